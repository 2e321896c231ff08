//! Failure modes, their combinations, and slices.

use super::folder::{Folder, Record, Table};
use assay::stat::cooccurrence::cooccurrence;
use assay::stat::pareto::{TagSets, pareto, tag_sets};
use assay::stat::proportion::wilson;
use assay::stat::slice::{Predicate, ScanRule, Total, count_slices, scan, slice_line};
use serde_json::{Map, Value, json};

const COLUMNS: [&str; 3] = ["lang", "length", "source"];

/// Names of all tags in order; a tag's code is its place.
fn tag_names(table: &Table) -> Vec<&str> {
    let tags = table.text("tags").iter().flat_map(|tags| tags.split(';'));
    let mut names: Vec<&str> = tags.filter(|tag| !tag.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn errors(table: &Table) -> Vec<bool> {
    table.numbers("error").iter().map(|error| *error == 1.0).collect()
}

/// Tag sets of the failed rows.
fn failed(table: &Table, names: &[&str]) -> TagSets {
    let code = |tag: &str| names.iter().position(|name| *name == tag).map(|at| at as u32);
    let rows: Vec<Vec<u32>> = table
        .text("tags")
        .iter()
        .zip(errors(table))
        .filter(|(_, error)| *error)
        .map(|(tags, _)| tags.split(';').filter_map(code).collect())
        .collect();
    tag_sets(rows.iter().map(Vec::as_slice))
}

/// Our value of the record; `None` when its id is not known.
pub fn compute(folder: &Folder, record: &Record) -> Option<Value> {
    let table = folder.table(&record.data);
    let names = tag_names(table);
    let name = |code: u32| names[code as usize];
    let sets = failed(table, &names);
    Some(match record.id.as_str() {
        "fail.pareto" => {
            let (failed, all) = (sets.values().sum::<u64>(), errors(table).len() as u64);
            let ends = |k, n| wilson(k, n, 0.05).map(|ends| [ends.low, ends.high]);
            let row = |bar: &assay::stat::pareto::TagCount| {
                json!({
                    "tag": name(bar.tag), "k": bar.count,
                    "share_of_errors": bar.count as f64 / failed as f64,
                    "wilson_of_errors": ends(bar.count, failed),
                    "wilson_of_rows": ends(bar.count, all),
                })
            };
            Value::Array(pareto(&sets, name).iter().map(row).collect())
        }
        "fail.upset_exclusive" => {
            let key = |tags: &Vec<u32>| tags.iter().map(|tag| name(*tag)).collect::<Vec<_>>().join("&");
            Value::Object(sets.iter().map(|(tags, n)| (key(tags), json!(n))).collect())
        }
        "fail.cooccur" => {
            let codes: Vec<u32> = (0..names.len() as u32).collect();
            let pairs = cooccurrence(&sets, &codes);
            let row = |pair: &assay::stat::cooccurrence::Pair| {
                json!({
                    "a": name(pair.first), "b": name(pair.second), "both": pair.both,
                    "jaccard": pair.jaccard, "phi": pair.phi, "p_fisher": pair.p,
                })
            };
            Value::Array(pairs.iter().map(row).collect())
        }
        "slice.scan" | "slice.sliceline" => return slices(table, record),
        _ => return None,
    })
}

fn slices(table: &Table, record: &Record) -> Option<Value> {
    let errors = errors(table);
    let codes = COLUMNS.map(|column| table.codes(column));
    let columns: Vec<&[u32]> = codes.iter().map(Vec::as_slice).collect();
    let counts = count_slices(&columns, &errors);
    let total = Total {
        n: errors.len() as u64,
        errors: errors.iter().filter(|error| **error).count() as u64,
    };
    let named = |predicates: &[Predicate]| -> Map<String, Value> {
        let field = |predicate: &Predicate| {
            let column = COLUMNS[predicate.column as usize];
            let row = table.codes(column).iter().position(|code| *code == predicate.code);
            (
                column.to_string(),
                json!(table.text(column)[row.expect("a known code")]),
            )
        };
        predicates.iter().map(field).collect()
    };
    if record.id == "slice.sliceline" {
        let top = slice_line(total, &counts, 30, record.params["alpha"].as_f64()?, 5);
        let row = |slice: &assay::stat::slice::ScoredSlice| {
            let (n, errors) = (slice.count.n as f64, slice.count.errors as f64);
            json!({"slice": named(&slice.count.predicates), "score": slice.score, "n": n, "mean": errors / n})
        };
        return Some(Value::Array(top.iter().map(row).collect()));
    }
    // The reference wants support inside only.
    let rule = ScanRule {
        min_support: 30,
        min_rest: 1,
        alpha: 0.05,
    };
    let tests = scan(total, &counts, rule);
    assert_eq!(
        Some(tests.len() as u64),
        record.params["n_tests"].as_u64(),
        "number of tests"
    );
    let mut rows: Vec<(String, Value)> = tests
        .iter()
        .map(|test| {
            let slice = named(&test.count.predicates);
            let fields = slice.iter().map(|(key, value)| format!("\"{key}\": {value}"));
            let key = format!("{{{}}}", fields.collect::<Vec<_>>().join(", "));
            let ends = test.difference.interval;
            let row = json!({
                "slice": slice, "n": test.count.n, "errors": test.count.errors, "rate": test.rate,
                "rest_rate": test.rest_rate, "diff": test.difference.value, "newcombe": [ends.low, ends.high],
                "p": test.p, "q": test.q,
            });
            (key, row)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    Some(Value::Array(rows.into_iter().map(|row| row.1).collect()))
}
