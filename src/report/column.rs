//! What the columns of a run hold: what a data contract is checked against.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::run::{Codes, Numbers, Run};

/// Distinct texts of a column that are listed; the count of distinct ones is exact.
const MOST_VALUES: usize = 100;

/// A column in numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Column {
    /// Its role (`confidence`, `latency`, …), or its own name for slices and attributes.
    pub name: String,
    /// Samples that have a value.
    pub present: u64,
    /// Smallest and largest value of a column of numbers; `None` for texts and without values.
    pub range: Option<(f64, f64)>,
    /// Every number of the column is whole.
    pub is_whole: bool,
    /// Values of a column of texts with their counts, by count, then name; at most 100.
    pub values: Vec<(String, u64)>,
    /// Distinct values of a column of texts.
    pub distinct: u64,
}

/// The columns of `run` that hold a value.
#[must_use]
pub fn columns(run: &Run) -> Vec<Column> {
    let samples = &run.samples;
    let ids = samples.ids.iter().filter(|id| !id.is_empty()).count() as u64;
    let tagged = (0..samples.len())
        .filter(|&row| !samples.failures.at(row).is_empty())
        .count() as u64;
    let confidence = samples.confidence.and_then(|at| samples.confidences.get(at));
    let mut found = vec![
        plain("id", ids),
        plain("failure", tagged),
        plain("epoch", samples.epochs.len() as u64),
    ];
    let numbers = [
        ("score", Some(&samples.scores)),
        ("confidence", confidence.map(|column| &column.values)),
        ("latency", Some(&samples.latency_secs)),
        ("ttft", Some(&samples.ttft_secs)),
        ("tokens_in", Some(&samples.tokens_in)),
        ("tokens_out", Some(&samples.tokens_out)),
        ("cost", Some(&samples.cost)),
        ("started", Some(&samples.started_secs)),
    ];
    found.extend(
        numbers
            .into_iter()
            .filter_map(|(name, column)| Some(number(name, column?))),
    );
    found.extend(samples.attributes.iter().map(|(name, column)| number(name, column)));
    let codes = [
        ("truth", &samples.truth),
        ("prediction", &samples.predicted),
        ("cluster", &samples.clusters),
    ];
    found.extend(codes.into_iter().map(|(name, column)| text(name, column)));
    found.extend(samples.slices.iter().map(|(name, column)| text(name, column)));
    found.retain(|column| column.present > 0);
    found
}

fn plain(name: &str, present: u64) -> Column {
    Column {
        name: name.to_owned(),
        present,
        ..Column::default()
    }
}

fn number(name: &str, column: &Numbers) -> Column {
    let ends = column.present().fold(None, |ends: Option<(f64, f64)>, value| {
        Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
    });
    Column {
        range: ends,
        is_whole: ends.is_some() && column.present().all(|value| value.fract() == 0.0),
        ..plain(name, column.count() as u64)
    }
}

fn text(name: &str, column: &Codes) -> Column {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in 0..column.raw().len() {
        if let Some(value) = column.at(row) {
            *counts.entry(value).or_insert(0) += 1;
        }
    }
    let mut values: Vec<(String, u64)> = counts
        .iter()
        .map(|(value, count)| ((*value).to_owned(), *count))
        .collect();
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    values.truncate(MOST_VALUES);
    Column {
        distinct: counts.len() as u64,
        values,
        ..plain(name, counts.values().sum())
    }
}
