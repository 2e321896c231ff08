//! Result files of other tools that look like a table of samples and are none: taken for one they would give wrong
//! numbers, so they are refused by name with the way round.

use super::head::Head;
use super::json::Value;

/// Keys that tell a file, and what it is with the way round.
type Known = (&'static [&'static str], &'static str);

const PYDANTIC: &str = "a report of pydantic-evals, whose cases hold several assertions and scores by name; write one row \
     per case with the columns id (name), correct (the assertion that decides) and latency_secs (task_duration)";

/// Documents, by keys at the top.
const DOCUMENTS: &[Known] = &[
    (
        &["adapter_spec", "request_states"],
        "HELM's scenario_state.json, which holds answers without their scores; join it with per_instance_stats.json into \
         a table with the columns id, correct, confidence and latency_secs",
    ),
    (
        &["evaluation_results", "evaluation_id"],
        "aggregate scores in the Every Eval Ever schema, which hold no samples; the file of samples beside it may do",
    ),
    (
        &["scenario_spec", "adapter_spec"],
        "HELM's run_spec.json, which describes a run and holds no samples",
    ),
    (
        &["resolved_ids", "unresolved_ids"],
        "SWE-bench's run report, which lists ids; write one row per instance with the columns id, correct and failure",
    ),
    (
        &["hash", "eval", "date"],
        "EvalPlus results, several solutions a task; write one row per solution with the columns id (task_id) and \
         correct (plus_status is pass)",
    ),
    (
        &["mteb_version", "task_name", "scores"],
        "MTEB's aggregate scores, which hold no samples",
    ),
    (
        &["config_general", "results"],
        "lighteval's aggregate results, which hold no samples; turn the file details_….parquet beside it into JSON \
         lines with the columns id, correct and probs",
    ),
    (
        &["run", "evals.0.results"],
        "evalite's output, several evaluations in one file; write one row per result with the columns id, score, \
         latency_ms (duration) and task",
    ),
    (&["cases.0.assertions", "cases.0.task_duration"], PYDANTIC),
    (
        &["resourceLogs"],
        "OpenTelemetry logs; export one row per call with the columns id, correct and latency_secs",
    ),
    (
        &["resourceSpans"],
        "OpenTelemetry traces; export one row per call with the columns id, correct and latency_secs",
    ),
];

/// Records of a list, by the keys of the first.
const RECORDS: &[Known] = &[
    (
        &["spec.eval_name", "spec.completion_fns"],
        "OpenAI evals' log of events, several a sample; write one row per sample from the events of type match, with \
         the columns id (sample_id), correct, expected and prediction (picked)",
    ),
    (
        &["run_id", "event_id", "type", "data"],
        "OpenAI evals' log of events, several a sample; write one row per sample from the events of type match, with \
         the columns id (sample_id), correct, expected and prediction (picked)",
    ),
    (
        &["object", "datasource_item_id", "results"],
        "output items of the OpenAI Evals API; write one row per item with the columns id (datasource_item_id), \
         correct (status is pass), error (sample.error.message) and model",
    ),
    (
        &["evaluation_id", "evaluation_result_id", "sample_id"],
        "samples in the Every Eval Ever schema, one line per sample and metric; keep the lines of one metric and write \
         the columns id (sample_id), correct (is_correct) and latency_ms (generation_time_ms and latency_ms together)",
    ),
    (
        &["accuracy", "correct_count", "total_count"],
        "BFCL's score file, which lists only the failed samples; join it with the result file into a table with the \
         columns id, correct, latency_secs and failure (error_type)",
    ),
    (
        &["id", "result", "latency.0.0", "input_token_count"],
        "BFCL's multi-turn results, whose latencies are lists; write one row per sample with their sums as latency_secs",
    ),
    (&["assertions", "task_duration"], PYDANTIC),
    (
        &["patch_exists", "resolved"],
        "SWE-bench's reports of instances; write one row per instance with the columns id and correct (resolved)",
    ),
    (
        &["instance_id", "stats", "train_trial_index"],
        "HELM's per_instance_stats.json; write one row per instance with the columns id, correct (exact_match) and \
         confidence (max_prob)",
    ),
    (
        &["name", "count", "sum", "sum_squared"],
        "HELM's stats.json, which holds aggregates and no samples",
    ),
];

/// Tables, by columns.
const TABLES: &[Known] = &[(
    &["trace_id", "assessments", "trace_metadata"],
    "MLflow's table of traces with several assessments a row; rename the column that says what is right, such as \
     exact/value, to correct, and leave out trace_metadata",
)];

/// What the file is, if it is one of these.
pub(super) fn known(head: &Head<'_>) -> Option<&'static str> {
    let Some(document) = &head.document else {
        let table = |key: &str| head.header.iter().any(|name| name == key);
        return head.lines.first().and_then(in_record).or_else(|| found(TABLES, &table));
    };
    let keyed = document.members().first().map(|(_, value)| value);
    let inside = [Some(document.item(0)), Some(document.at("data").item(0)), keyed];
    found(DOCUMENTS, &|path| stands(document, path)).or_else(|| {
        inside
            .into_iter()
            .flatten()
            .find_map(|record| found(RECORDS, &|path| stands(record, path)))
    })
}

/// What a file is whose first line is this record.
fn in_record(record: &Value<'_>) -> Option<&'static str> {
    let has = |path: &str| stands(record, path);
    found(RECORDS, &has).or_else(|| found(DOCUMENTS, &has))
}

fn found(table: &[Known], has: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    let known = table.iter().find(|(keys, _)| keys.iter().all(|key| has(key)));
    known.map(|(_, what)| *what)
}

/// Whether something stands at a path of keys and numbers of elements (`evals.0.results`).
fn stands(value: &Value<'_>, path: &str) -> bool {
    let (key, rest) = path
        .split_once('.')
        .map_or((path, None), |(key, rest)| (key, Some(rest)));
    let next = match value {
        Value::Array(items) => key.parse::<usize>().ok().and_then(|index| items.get(index)),
        value => value.find(key),
    };
    next.is_some_and(|next| rest.is_none_or(|rest| stands(next, rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Option<&'static str> {
        known(&Head::of_text("a", text.as_bytes(), true).unwrap())
    }

    #[test]
    fn files_that_only_look_like_tables_are_told() {
        assert!(told(r#"{"adapter_spec": {}, "request_states": [{"result": {"success": true}}]}"#).is_some());
        assert!(told(r#"{"evaluation_id": "a", "evaluation_results": [{"score_details": {"score": 0.4}}]}"#).is_some());
        assert!(told("{\"resourceSpans\": []}\n{\"resourceSpans\": []}\n").is_some());
        assert!(told("trace_id,assessments,trace_metadata\na,[],{}\n").is_some());
        assert!(told(r#"{"name": "e", "cases": [{"name": "a", "assertions": {}, "task_duration": 1.5}]}"#).is_some());
        assert!(told(r#"[{"name": "a", "assertions": {}, "task_duration": 1.5}]"#).is_some());
        assert!(told(r#"{"run": {}, "evals": [{"results": []}]}"#).is_some());
        assert!(told("{\"spec\": {\"eval_name\": \"e\", \"completion_fns\": []}}\n{\"final_report\": {}}\n").is_some());
        assert!(
            told(r#"{"object": "list", "data": [{"object": "x", "datasource_item_id": 1, "results": []}]}"#).is_some()
        );
        assert!(told(r#"{"django__django-1": {"patch_exists": true, "resolved": false}}"#).is_some());
        assert!(told("{\"accuracy\": 0.5, \"correct_count\": 1, \"total_count\": 2}\n{\"id\": \"a\"}\n").is_some());
        assert_eq!(told("trace_id,correct\na,1\n"), None);
        assert_eq!(told(r#"[{"id": "a", "correct": true}]"#), None);
    }
}
