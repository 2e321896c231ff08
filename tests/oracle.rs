//! Our statistics against reference packages: every record of `expected.json` is computed again by the functions the
//! report uses and compared field by field.
//!
//! The folder is `tests/oracle`, or the one named by the environment variable `ASSAY_ORACLE`: CSV and JSON inputs beside
//! `expected.json`, which lists records `{id, data, params, value, tol, by, kind}`. A field agrees when it differs by at
//! most `tol`; a text such as `6*mc_sd+2` takes the Monte-Carlo spread `mc_sd` that stands beside the field.

#[path = "oracle_cases/folder.rs"]
mod folder;

#[path = "oracle_cases/calibration.rs"]
mod calibration;

#[path = "oracle_cases/latency.rs"]
mod latency;

#[path = "oracle_cases/accuracy.rs"]
mod accuracy;

#[path = "oracle_cases/failure.rs"]
mod failure;

#[path = "oracle_cases/group.rs"]
mod group;

#[path = "oracle_cases/decision.rs"]
mod decision;

use folder::{Folder, Record};
use serde_json::Value;

/// Conventions that ours deliberately differs from: record id, field (empty: the whole record), reason.
const OTHER_CONVENTION: &[(&str, &str, &str)] = &[
    (
        "calib.smece_relplot_raw",
        "",
        "relplot as shipped halves points at exactly 0 or 1 and stops its search at 1/1024",
    ),
    (
        "calib.val_prob",
        "C (ROC)",
        "rms counts concordance on binned probabilities, which is off by about 1e-5",
    ),
    (
        "calib.val_prob",
        "Dxy",
        "rms counts concordance on binned probabilities, which is off by about 1e-5",
    ),
    (
        "lat.hdr_py",
        "",
        "Python's hdrhistogram takes rank floor(q n + 1/2); ours and Java's is ceil(q n)",
    ),
    (
        "lat.ks",
        "p_scipy_asymp",
        "scipy's 'asymp' is the finite-n kstwo; ours is Kolmogorov's limit as in R",
    ),
    (
        "lat.ks_mw_R",
        "ks_p",
        "R ends Kolmogorov's series at 1e-6 (after three terms below 1, off by up to 3e-5); lat.ks holds ours to 1e-9",
    ),
    ("acc.ci", "agresti_coull", "not offered; Wilson and Clopper-Pearson are"),
    ("acc.ci", "jeffreys", "not offered; Wilson and Clopper-Pearson are"),
    ("acc.ci", "normal", "the normal interval fails for small n"),
    (
        "ci.proportion",
        "agresti_coull",
        "not offered; Wilson and Clopper-Pearson are",
    ),
    (
        "ci.proportion",
        "jeffreys",
        "not offered; Wilson and Clopper-Pearson are",
    ),
    (
        "acc.mcnemar",
        "p_chi2",
        "the chi-squared forms are not offered; exact and mid-p are",
    ),
    (
        "acc.mcnemar",
        "p_chi2_cc",
        "the chi-squared forms are not offered; exact and mid-p are",
    ),
    (
        "acc.diff_indep",
        "miettinen_nurminen",
        "statsmodels' solver fails at the boundaries; ours is Newcombe",
    ),
    ("acc.diff_indep", "agresti_caffo", "not offered; Newcombe is"),
    (
        "robust.drop",
        "rel_drop_ci_nam",
        "Nam's score interval; ours is the paired delta method",
    ),
    (
        "fair.vs_reference",
        "ratio_score",
        "ours is the log interval of the ratio",
    ),
    (
        "drift.column",
        "psi_evidently",
        "evidently bins the combined data by Sturges and puts 1e-4 for zeros",
    ),
    (
        "drift.column",
        "js_distance_evidently",
        "evidently gives the distance, base e; ours is the divergence, base 2",
    ),
    ("drift.column", "bins_sturges", "evidently's bins"),
    (
        "drift.column",
        "wasserstein_norm_evidently",
        "evidently divides by numpy's std (divisor n), ours by the sample standard deviation (divisor n - 1)",
    ),
];

/// netcal closes bins on the left, so it can only be compared when no probability lies on an edge.
const NETCAL: &str = "netcal closes bins on the left and a probability lies on an edge";

/// relplot can only be compared raw when no confidence is exactly 0 or 1.
const RELPLOT: &str = "relplot halves the weight of confidences at exactly 0 or 1, and there are some";

/// What became of one record.
enum Outcome {
    Checked,
    OtherConvention(Vec<String>),
    NotBuilt,
    Differs(Vec<String>),
}

/// Our value of the record by the family its id starts with; `None` when the id is not known.
fn main_dispatch(folder: &Folder, record: &Record) -> Option<Value> {
    match record.id.split_once('.')?.0 {
        "lat" => latency::compute(folder, record),
        "acc" | "power" | "multi" => accuracy::compute(folder, record),
        "fail" | "slice" => failure::compute(folder, record),
        "robust" | "fair" => group::compute(folder, record),
        "drift" | "gate" => decision::compute(folder, record),
        _ => calibration::compute(folder, record),
    }
}

fn examine(folder: &Folder, record: &Record) -> Outcome {
    let whole = OTHER_CONVENTION
        .iter()
        .find(|row| row.0 == record.id && row.1.is_empty());
    if let Some((_, _, reason)) = whole {
        return Outcome::OtherConvention(vec![(*reason).to_string()]);
    }
    if record.id.contains("netcal") && calibration::has_edge_values(folder, record) {
        return Outcome::OtherConvention(vec![NETCAL.to_string()]);
    }
    if record.id == "mc.smece_top_relplot" && calibration::has_certain_values(folder, record) {
        return Outcome::OtherConvention(vec![RELPLOT.to_string()]);
    }
    if record.tol.is_null() {
        return Outcome::OtherConvention(vec!["informational: the reference gives no tolerance".to_string()]);
    }
    let Some(ours) = main_dispatch(folder, record) else {
        return Outcome::NotBuilt;
    };
    let mut comparison = Comparison {
        record,
        skipped: Vec::new(),
        differences: Vec::new(),
    };
    comparison.walk("", "", &record.value, &ours, &Value::Null);
    if !comparison.differences.is_empty() {
        Outcome::Differs(comparison.differences)
    } else if !comparison.skipped.is_empty() {
        Outcome::OtherConvention(comparison.skipped)
    } else {
        Outcome::Checked
    }
}

struct Comparison<'a> {
    record: &'a Record,
    skipped: Vec<String>,
    differences: Vec<String>,
}

impl Comparison<'_> {
    /// Compares `want` with `got`; `field` is the nearest object key, `spread` the `mc_sd` beside it.
    fn walk(&mut self, path: &str, field: &str, want: &Value, got: &Value, spread: &Value) {
        let other = OTHER_CONVENTION
            .iter()
            .find(|row| row.0 == self.record.id && row.1 == field && !field.is_empty());
        if let Some((_, _, reason)) = other {
            self.skipped.push(format!("{field}: {reason}"));
            return;
        }
        match (want, got) {
            (Value::Object(want), Value::Object(got)) => {
                let beside = want.get("mc_sd").unwrap_or(&Value::Null);
                for (key, inner) in want {
                    if key == "mc_sd" {
                        continue;
                    }
                    let ours = got.get(key).unwrap_or(&Value::Null);
                    self.walk(&format!("{path}/{key}"), key, inner, ours, beside);
                }
            }
            (Value::Array(want), Value::Array(got)) => {
                if want.len() != got.len() {
                    let text = format!("{path}: {} entries, not {}", got.len(), want.len());
                    self.differences.push(text);
                    return;
                }
                for (place, (inner, ours)) in want.iter().zip(got).enumerate() {
                    let beside = spread.get(place).unwrap_or(&Value::Null);
                    self.walk(&format!("{path}/{place}"), field, inner, ours, beside);
                }
            }
            (Value::Number(want), Value::Number(got)) => {
                let (want, got) = (want.as_f64().unwrap_or(f64::NAN), got.as_f64().unwrap_or(f64::NAN));
                let tolerance = tolerance(&self.record.tol, spread);
                let agrees = (want - got).abs() <= tolerance;
                if !agrees {
                    let text = format!("{path}: {got} is not {want} within {tolerance:e}");
                    self.differences.push(text);
                }
            }
            _ if want == got => {}
            _ => self.differences.push(format!("{path}: {got} is not {want}")),
        }
    }
}

/// The number, or `A*mc_sd+B` with the spread beside the field (a field without one is deterministic: 1e-9).
fn tolerance(tol: &Value, spread: &Value) -> f64 {
    match tol {
        Value::String(formula) => {
            let Some(sd) = spread.as_f64() else { return 1e-9 };
            let (factor, constant) = formula
                .split_once("*mc_sd+")
                .expect("a tolerance of the form A*mc_sd+B");
            let number = |text: &str| text.parse::<f64>().expect("a number in the tolerance");
            number(factor) * sd + number(constant)
        }
        // A tolerance of 0 asks for the same value; decimal text may still differ in the last bit.
        other => other.as_f64().expect("a numeric tolerance").max(1e-12),
    }
}

#[test]
fn agrees_with_reference_packages() {
    let folder = Folder::open();
    let (mut checked, mut other_convention, mut not_built, mut failed) = (0, 0, 0, 0);
    for record in folder.records() {
        let name = format!("{} {} {}", record.id, record.data, record.params);
        match examine(&folder, record) {
            Outcome::Checked => checked += 1,
            Outcome::OtherConvention(reasons) => {
                other_convention += 1;
                println!("other convention: {name}: {}", reasons.join("; "));
            }
            Outcome::NotBuilt => {
                not_built += 1;
                println!("not built: {name}");
            }
            Outcome::Differs(differences) => {
                failed += 1;
                println!("differs: {name}");
                differences.iter().take(8).for_each(|text| println!("    {text}"));
            }
        }
    }
    println!("oracle: {checked} records checked, {other_convention} of another convention, {not_built} not built");
    assert_eq!((failed, not_built), (0, 0), "records that differ, records not built");
    assert!(checked > 0, "no record was compared");
}

#[test]
fn agrees_with_inspect_ai() {
    let folder = Folder::open();
    let Some(expected) = folder.find_document("expected_inspect.json") else {
        println!("no expected_inspect.json: skipped");
        return;
    };
    for (name, theirs, ours) in accuracy::inspect(&folder, expected) {
        assert!((theirs - ours).abs() < 1e-9, "{name}: {ours} is not {theirs}");
    }
}
