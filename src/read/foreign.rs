//! Result files of other tools that look like a table of samples and are none: taken for one they would give wrong
//! numbers, so they are refused by name with the way round.

use super::head::Head;
use super::json::Value;

/// Keys that tell a file, and what it is with the way round.
type Known = (&'static [&'static str], &'static str);

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
        &["resourceSpans"],
        "OpenTelemetry traces; export one row per call with the columns id, correct and latency_secs",
    ),
];

/// Records of a list, by the keys of the first.
const RECORDS: &[Known] = &[
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
    let found = |table: &[Known], has: &dyn Fn(&str) -> bool| {
        let known = table.iter().find(|(keys, _)| keys.iter().all(|key| has(key)));
        known.map(|(_, what)| *what)
    };
    let in_record = |record: Option<&Value<'_>>| {
        let record = record?;
        found(RECORDS, &|key| record.find(key).is_some())
            .or_else(|| found(DOCUMENTS, &|key| record.find(key).is_some()))
    };
    if let Some(document) = &head.document {
        return found(DOCUMENTS, &|key| document.find(key).is_some()).or_else(|| in_record(Some(document.item(0))));
    }
    in_record(head.lines.first()).or_else(|| found(TABLES, &|key| head.header.iter().any(|name| name == key)))
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
        assert_eq!(told("trace_id,correct\na,1\n"), None);
        assert_eq!(told(r#"[{"id": "a", "correct": true}]"#), None);
    }
}
