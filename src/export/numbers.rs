//! The numbers of a report as JSON: what `assay report --json` prints and the page saves.

use serde_json::{Map, Value, json};

use crate::estimate::Estimate;
use crate::read::ReadError;
use crate::report::{COMPARE, Comparison, Question, Report, Slices, sentence};
use crate::run::Problem;

/// The numbers of `reports` as JSON (`assay-report/1`), with what was wrong with the files and which could not be read.
#[must_use]
pub fn numbers(reports: &[Report], problems: &[Problem], errors: &[ReadError]) -> String {
    let runs: Vec<Value> = reports.iter().map(run_json).collect();
    let mut document = json!({ "schema": "assay-report/1", "version": env!("CARGO_PKG_VERSION"), "runs": runs });
    if let Some(options) = reports.first().map(|report| &report.options) {
        document["seed"] = json!(options.seed);
        document["level"] = json!(options.level);
    }
    let comparisons: Vec<Value> = reports.iter().filter_map(comparison_json).collect();
    if !comparisons.is_empty() {
        document["comparisons"] = json!(comparisons);
    }
    document["problems"] = json!(problems);
    document["errors"] = json!(errors.iter().map(ToString::to_string).collect::<Vec<_>>());
    format!("{document:#}\n")
}

fn run_json(report: &Report) -> Value {
    let (meta, counts) = (&report.meta, report.counts);
    let files: Vec<Value> = report
        .files
        .iter()
        .map(|f| json!({ "name": f.name, "sha256": f.sha256 }))
        .collect();
    let answers: Map<String, Value> = Question::ALL
        .iter()
        .map(|q| (q.metric().to_owned(), json!(sentence(report, *q))))
        .collect();
    let own = report.metrics.iter().filter(|(id, _)| !id.starts_with(COMPARE));
    json!({
        "name": meta.name,
        "model": meta.model,
        "task": meta.task,
        "format": meta.format,
        "prompt": meta.prompt,
        "scorer": meta.scorer,
        "filter": meta.filter,
        "reported": meta.reported.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<Map<_, _>>(),
        "files": files,
        "samples": counts,
        "confidence": report.confidence_sources,
        "rule": report.rule,
        "answers": answers,
        "metrics": estimates(own),
        "robustness": report.robustness.ready(),
        "intersections": report.fairness.ready().map(|own| &own.intersections),
        "weak_slices": report.slices.ready().map(weak_slices),
        "recalibration": recalibration(report),
        "cautions": report.cautions,
        "problems": report.problems,
    })
}

/// The slices found to be weak, with what the other half of the items said.
fn weak_slices(slices: &Slices) -> Value {
    let (found, held) = slices.halves.unwrap_or_default();
    json!({
        "tested": slices.tested,
        "support": slices.support,
        "found": slices.weak,
        "found_in_one_half": found,
        "held_in_the_other": held,
        "sentence": slices.confirmed(),
    })
}

/// The recalibration that holds on samples it was not fitted on, or null with why there is none.
fn recalibration(report: &Report) -> Value {
    let own = report.calibration.ready();
    let why = own
        .map(|own| own.recalibration_why.as_str())
        .or(report.calibration.missing());
    match own.and_then(|own| own.recalibration.as_ref()) {
        Some(found) => found.file(),
        None => json!({ "method": null, "why": why }),
    }
}

/// Estimates by id; undefined ones with their reason, the level null where there is no interval.
fn estimates<'a>(metrics: impl Iterator<Item = (&'a String, &'a Estimate)>) -> Map<String, Value> {
    let one = |estimate: &Estimate| {
        let mut value = json!(estimate);
        if estimate.low.is_none() && estimate.high.is_none() {
            value["level"] = Value::Null;
        }
        value
    };
    metrics.map(|(id, estimate)| (id.clone(), one(estimate))).collect()
}

fn comparison_json(report: &Report) -> Option<Value> {
    let Comparison {
        baseline,
        pairing,
        differs,
        warnings,
        flips,
        metrics,
        needed,
        drift,
        sentence,
        slower,
        slower_any_spread,
        ..
    } = report.comparison.as_ref()?;
    Some(json!({
        "run": report.meta.name,
        "baseline": baseline.meta.name,
        "samples": pairing,
        "differs": differs,
        "warnings": warnings,
        "changed": flips,
        "metrics": estimates(metrics.iter()),
        "drift": drift,
        "needed_for_2_points": needed,
        "slower": slower.map(|(chance, p)| json!({
            "chance": chance,
            "mann_whitney_p": p,
            "brunner_munzel_p": slower_any_spread,
        })),
        "sentence": sentence,
    }))
}
