//! Drift and gates.

use super::folder::{Folder, Record, Table};
use assay::stat::drift::{BinCounts, category_counts, decile_edges, drift, numeric_counts, numeric_drift};
use assay::stat::gate::{Decision, rate_at_least, rate_non_inferior};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Our value of the record; `None` when its id is not known.
pub fn compute(folder: &Folder, record: &Record) -> Option<Value> {
    match record.id.as_str() {
        "drift.column" => column(folder.table(&record.data), record.params["col"].as_str()?),
        "gate.decisions" => {
            let gates = folder.document(&record.data).as_array()?;
            Some(Value::Array(gates.iter().filter_map(gate).collect()))
        }
        _ => None,
    }
}

fn window(table: &Table, column: &str, wanted: &str) -> Vec<String> {
    let rows = table.text("win").iter().zip(table.text(column));
    rows.filter(|(window, _)| *window == wanted)
        .map(|(_, value)| value.clone())
        .collect()
}

fn column(table: &Table, name: &str) -> Option<Value> {
    let (reference, current) = (window(table, name, "ref"), window(table, name, "cur"));
    let numbers = |texts: &[String]| {
        texts
            .iter()
            .map(|text| text.parse::<f64>())
            .collect::<Result<Vec<f64>, _>>()
    };
    if let (Ok(reference), Ok(current)) = (numbers(&reference), numbers(&current)) {
        let edges = decile_edges(&reference);
        let counts = numeric_counts(&edges, &reference, &current);
        let numeric = numeric_drift(&reference, &current)?;
        let mut value = distances(&counts)?;
        value["decile_edges"] = json!(edges);
        value["wasserstein"] = json!(numeric.wasserstein);
        value["wasserstein_norm_evidently"] = json!(numeric.wasserstein_normed);
        value["ks_D"] = json!(numeric.ks.statistic);
        value["ks_p_limit"] = json!(numeric.ks.p);
        return Some(value);
    }
    let names: Vec<&String> = reference
        .iter()
        .chain(&current)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let codes = |texts: &[String]| -> Vec<u32> {
        texts
            .iter()
            .filter_map(|text| names.iter().position(|name| *name == text))
            .map(|at| at as u32)
            .collect()
    };
    let (keys, counts) = category_counts(&codes(&reference), &codes(&current));
    let mut value = distances(&counts)?;
    value["keys"] = json!(keys.iter().map(|code| names[*code as usize]).collect::<Vec<_>>());
    Some(value)
}

fn distances(counts: &BinCounts) -> Option<Value> {
    let d = drift(counts)?;
    let test = d.chi2?;
    Some(json!({
        "ref_counts": counts.reference, "cur_counts": counts.current, "psi_ours": d.psi, "psi_null95": d.psi_null95,
        "chi2": test.statistic, "chi2_p": test.p, "chi2_dof": test.df, "min_expected": test.min_expected,
        "cramers_v": test.cramers_v, "js_div_base2": d.js_divergence, "tvd": d.total_variation,
    }))
}

fn gate(gate: &Value) -> Option<Value> {
    let number = |name: &str| gate[name].as_f64();
    let whole = |name: &str| gate[name].as_u64();
    let judged = if gate["kind"] == "rate_min" {
        rate_at_least(whole("k")?, whole("n")?, number("threshold")?, number("alpha")?)
    } else {
        let (new, old) = ((whole("k_new")?, whole("n_new")?), (whole("k_old")?, whole("n_old")?));
        rate_non_inferior(new, old, number("margin")?, number("alpha")?)
    };
    let decision = match judged.decision {
        Decision::Pass => "pass",
        Decision::Fail => "fail",
        Decision::Inconclusive => "inconclusive",
    };
    Some(json!({"lower": judged.lower, "upper": judged.upper, "decision": decision}))
}
