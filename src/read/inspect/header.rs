//! What a log says about the whole evaluation: lineage, settings, the harness's own aggregates.

use crate::run::{Meta, Problem};

use super::super::error::shorten;
use super::super::json::Value;
use super::super::moment;

/// The highest log version whose fields are known.
const NEWEST: f64 = 2.0;

/// An aggregate of the harness: scorer, value of it, metric (with its reducer where it is not the first), number.
#[derive(Clone, Debug, PartialEq)]
pub struct Reported {
    /// The scorer.
    pub scorer: String,
    /// The score's name: the scorer's, or the key of a scorer that gives several values.
    pub name: String,
    /// Metric and reducer.
    pub metric: String,
    /// The number.
    pub value: f64,
}

/// The header of a log.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// Lineage shared by all runs of the log.
    pub meta: Meta,
    /// The evaluated model, as keys of usage tables name it.
    pub model: String,
    /// Aggregates.
    pub reported: Vec<Reported>,
    /// Samples the run should have: data set (or its limit) times epochs.
    pub expected: Option<u64>,
    /// What is wrong with the run as a whole.
    pub problems: Vec<Problem>,
}

impl Header {
    /// Reads the header (a whole log, `header.json` or `_journal/start.json`); what is not there stays empty.
    #[must_use]
    pub fn read(log: &Value<'_>) -> Self {
        let eval = log.at("eval");
        let text = |value: &Value<'_>| value.label().map_or_else(String::new, |v| v.into_owned());
        let version = text(eval.path(&["packages", "inspect_ai"]));
        let model = text(eval.at("model"));
        let meta = Meta {
            model: model.clone(),
            task: text(eval.at("task")),
            prompt: solvers(log),
            harness: format!("inspect_ai {version}").trim().to_owned(),
            created: moment::utc(&text(eval.at("created"))),
            dataset: text(eval.path(&["dataset", "name"])),
            commit: text(eval.path(&["revision", "commit"])),
            status: text(log.at("status")),
            settings: settings(log),
            ..Meta::default()
        };
        Self {
            model,
            reported: reported(log.at("results")),
            expected: log.path(&["results", "total_samples"]).number().map(|n| n as u64),
            problems: problems(log, &meta.status),
            meta,
        }
    }
}

/// The solvers in order, as the run's configuration label.
fn solvers(log: &Value<'_>) -> String {
    let steps = log.path(&["plan", "steps"]).items().iter();
    let names: Vec<_> = steps.filter_map(|step| step.at("solver").label()).collect();
    names.join(" → ")
}

/// Every setting worth comparing, sorted by name.
fn settings(log: &Value<'_>) -> Vec<(String, String)> {
    let eval = log.at("eval");
    let mut settings = Vec::new();
    for (prefix, object) in [
        ("", eval.at("model_generate_config")),
        ("", log.path(&["plan", "config"])),
        ("task_args.", eval.at("task_args")),
        ("model_args.", eval.at("model_args")),
        ("model_roles.", eval.at("model_roles")),
        ("metadata.", eval.at("metadata")),
    ] {
        for (name, value) in object.members() {
            add(&mut settings, format!("{prefix}{}", name.decode()), value);
        }
    }
    for name in [
        "epochs",
        "limit",
        "sample_id",
        "message_limit",
        "token_limit",
        "time_limit",
        "score_on_error",
    ] {
        add(&mut settings, name.to_owned(), eval.path(&["config", name]));
    }
    add(&mut settings, "task_version".to_owned(), eval.at("task_version"));
    add(&mut settings, "tags".to_owned(), eval.at("tags"));
    add(
        &mut settings,
        "dataset.location".to_owned(),
        eval.path(&["dataset", "location"]),
    );
    add(
        &mut settings,
        "dataset.samples".to_owned(),
        eval.path(&["dataset", "samples"]),
    );
    add(
        &mut settings,
        "revision.dirty".to_owned(),
        eval.path(&["revision", "dirty"]),
    );
    for step in log.path(&["plan", "steps"]).items() {
        let solver = step.at("solver").label().unwrap_or_default();
        for (name, value) in step.at("params").members() {
            add(&mut settings, format!("{solver}.{}", name.decode()), value);
        }
    }
    settings.sort();
    settings.dedup_by(|a, b| a.0 == b.0);
    settings
}

/// Adds a setting that is there and not empty.
fn add(settings: &mut Vec<(String, String)>, name: String, value: &Value<'_>) {
    let empty = value.is_null()
        || matches!(value, Value::Array(items) if items.is_empty())
        || matches!(value, Value::Object(members) if members.is_empty());
    if !empty {
        settings.push((name, shorten(&value.show(), 300)));
    }
}

/// The aggregates under `results.scores` (or, in the oldest logs, one scorer under `results`).
fn reported(results: &Value<'_>) -> Vec<Reported> {
    let mut out: Vec<Reported> = Vec::new();
    let single = std::slice::from_ref(results);
    let scores = match results.at("scores").items() {
        [] => single,
        scores => scores,
    };
    for score in scores {
        let scorer = match score.at("scorer") {
            named @ Value::Object(_) => named.at("name").label(),
            plain => plain.label(),
        };
        let Some(scorer) = scorer else { continue };
        let name = score.at("name").label().unwrap_or_else(|| scorer.clone());
        let reducer = score.at("reducer").label();
        for (key, metric) in score.at("metrics").members() {
            let number = metric.at("value").number().or_else(|| metric.number());
            let Some(value) = number else { continue };
            let plain = key.decode().into_owned();
            let taken = out
                .iter()
                .any(|r| r.scorer == scorer && r.name == name && r.metric == plain);
            let metric = match &reducer {
                Some(reducer) if taken => format!("{plain} ({reducer})"),
                _ => plain,
            };
            out.push(Reported {
                scorer: scorer.to_string(),
                name: name.to_string(),
                metric,
                value,
            });
        }
    }
    out
}

/// What the status and version say.
fn problems(log: &Value<'_>, status: &str) -> Vec<Problem> {
    let mut texts = Vec::new();
    match status {
        "error" => {
            let message = log.path(&["error", "message"]).label().unwrap_or_default();
            texts.push(format!(
                "The evaluation ended with an error; the samples written before it were read. It said: {}",
                shorten(&message, 200)
            ));
        }
        "cancelled" => {
            texts.push("The evaluation was cancelled; the samples written before were read.".to_owned());
        }
        "started" => {
            texts.push(
                "The evaluation had not ended when this log was written; the samples so far were read.".to_owned(),
            );
        }
        _ => {}
    }
    if let Some(version) = log.at("version").number().filter(|v| *v > NEWEST) {
        texts.push(format!(
            "The log has version {version}; versions up to {NEWEST} are known. It was read as far as it is understood. Update Assay."
        ));
    }
    let problem = |text| Problem {
        text,
        count: 1,
        ..Problem::default()
    };
    texts.into_iter().map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;

    #[test]
    fn lineage_settings_and_aggregates_are_read() {
        let log = json::parse(
            br#"{"version":2,"status":"success","eval":{"created":"2024-10-15T12:53:13-04:00","task":"t","task_args":{"n":4},
            "dataset":{"name":"d","samples":12},"model":"demo/m","model_generate_config":{"temperature":0.7},
            "config":{"epochs":3},"revision":{"commit":"02526f4c"},"packages":{"inspect_ai":"0.3.285"}},
            "plan":{"steps":[{"solver":"generate","params":{}}]},
            "results":{"total_samples":36,"scores":[
              {"name":"m","scorer":"m","reducer":"mean","metrics":{"accuracy":{"value":0.6}}},
              {"name":"m","scorer":"m","reducer":"max","metrics":{"accuracy":{"value":1}}},
              {"name":"k","scorer":"dict","reducer":"mean","metrics":{"mean":{"value":NaN}}}]}}"#,
        )
        .unwrap();
        let header = Header::read(&log);
        assert_eq!(header.meta.created, "2024-10-15T16:53:13Z");
        assert_eq!(header.meta.commit, "02526f4c");
        assert_eq!(header.expected, Some(36));
        assert!(header.meta.settings.contains(&("temperature".into(), "0.7".into())));
        assert!(header.meta.settings.contains(&("epochs".into(), "3".into())));
        let metrics: Vec<_> = header.reported.iter().map(|r| (r.metric.as_str(), r.value)).collect();
        assert_eq!(metrics, [("accuracy", 0.6), ("accuracy (max)", 1.0)]);
        assert!(header.problems.is_empty());
    }

    #[test]
    fn a_run_that_did_not_end_well_says_so() {
        let log = json::parse(br#"{"version":3,"status":"error","error":{"message":"boom"},"eval":{}}"#).unwrap();
        let problems = Header::read(&log).problems;
        assert!(problems[0].text.contains("boom"));
        assert!(problems[1].text.contains("version 3"));
    }
}
