//! Whether the samples of a run look like those of a reference run, column by column.

use serde::{Deserialize, Serialize};

use super::Report;
use super::input::Input;
use super::metric::Metric;
use crate::estimate::{Estimate, Unit};
use crate::run::Codes;
use crate::stat::drift::{
    BinCounts, ChiSquared, category_counts, decile_edges, drift, merge_rare, numeric_counts, numeric_drift,
    psi_interval,
};
use crate::stat::multiplicity::benjamini_hochberg;
use crate::stat::two_sample::Resampling;

/// Bins with fewer expected counts are pooled before the χ² test.
const LEAST_EXPECTED: f64 = 5.0;

/// How one column moved between the reference and this run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DriftRow {
    /// Name of the column.
    pub column: String,
    /// Values in the reference and here.
    pub n: (u64, u64),
    /// Population stability index.
    pub psi: f64,
    /// Its 95 % quantile when nothing moved; `None` for one bin.
    pub null_psi: Option<f64>,
    /// Jensen–Shannon divergence in bits, 0..=1.
    pub js_divergence: f64,
    /// Total variation distance, 0..=1.
    pub total_variation: f64,
    /// p of the χ² test, bins with fewer than 5 expected pooled.
    pub chi2_p: Option<f64>,
    /// The same adjusted over all columns by Benjamini and Hochberg.
    pub chi2_q: Option<f64>,
    /// Cramér's V of the same table, 0..=1: how strong the shift is, whatever n.
    pub cramers_v: Option<f64>,
    /// Kolmogorov–Smirnov distance and p, numeric columns.
    pub ks: Option<(f64, f64)>,
    /// Wasserstein-1 distance over the reference's standard deviation, numeric columns.
    pub wasserstein_normed: Option<f64>,
}

/// Every column that both runs have, and the largest index as a metric.
pub(super) struct Moved {
    /// The columns, largest index first.
    pub rows: Vec<DriftRow>,
    /// The largest index, with its interval.
    pub largest: Estimate,
}

/// Compares the columns of two runs; `there` is the reference.
pub(super) fn moved(here: &Input<'_>, there: &Input<'_>) -> Moved {
    let columns = columns(here, there);
    let largest = largest(here, columns.first());
    let mut rows: Vec<DriftRow> = columns.into_iter().map(|(row, _)| row).collect();
    let p: Vec<f64> = rows.iter().filter_map(|row| row.chi2_p).collect();
    let adjusted = benjamini_hochberg(&p).unwrap_or_default();
    let tested = rows.iter_mut().filter(|row| row.chi2_p.is_some());
    for (row, q) in tested.zip(adjusted) {
        row.chi2_q = Some(q);
    }
    Moved { rows, largest }
}

/// The columns both runs have with the counts behind them, largest index first.
fn columns(here: &Input<'_>, there: &Input<'_>) -> Vec<(DriftRow, BinCounts)> {
    let mut rows = Vec::new();
    let (a, b) = (there.samples, here.samples);
    let confidence = |input: &Input<'_>| {
        (0..input.samples.len())
            .map(|row| input.confidence_at(row).unwrap_or(f64::NAN))
            .collect()
    };
    let latency = |input: &Input<'_>| {
        (0..input.samples.len())
            .map(|row| input.latency_at(row).unwrap_or(f64::NAN))
            .collect()
    };
    rows.extend(numeric("confidence", confidence(there), confidence(here)));
    rows.extend(numeric("latency", latency(there), latency(here)));
    rows.extend(numeric(
        "input tokens",
        a.tokens_in.raw().to_vec(),
        b.tokens_in.raw().to_vec(),
    ));
    rows.extend(numeric(
        "output tokens",
        a.tokens_out.raw().to_vec(),
        b.tokens_out.raw().to_vec(),
    ));
    for (name, column) in &a.attributes {
        if let Some((_, own)) = b.attributes.iter().find(|(other, _)| other == name) {
            rows.extend(numeric(name, column.raw().to_vec(), own.raw().to_vec()));
        }
    }
    for (name, column) in &a.slices {
        if let Some(own) = b.slice(name) {
            rows.extend(categorical(name, (column, a.len()), (own, b.len())));
        }
    }
    rows.extend(categorical("truth", (&a.truth, a.len()), (&b.truth, b.len())));
    rows.extend(categorical(
        "prediction",
        (&a.predicted, a.len()),
        (&b.predicted, b.len()),
    ));
    rows.sort_by(|(x, _), (y, _)| y.psi.total_cmp(&x.psi).then_with(|| x.column.cmp(&y.column)));
    rows
}

/// The χ² test of counts whose rare bins are pooled, so that it holds.
fn chi2(counts: &BinCounts) -> Option<ChiSquared> {
    drift(&merge_rare(counts, LEAST_EXPECTED))?.chi2
}

fn row(column: &str, counts: &BinCounts) -> Option<DriftRow> {
    let found = drift(counts)?;
    let chi2 = chi2(counts);
    Some(DriftRow {
        column: column.to_owned(),
        n: (counts.reference.iter().sum(), counts.current.iter().sum()),
        psi: found.psi,
        null_psi: found.psi_null95,
        js_divergence: found.js_divergence,
        total_variation: found.total_variation,
        chi2_p: chi2.map(|test| test.p),
        cramers_v: chi2.map(|test| test.cramers_v),
        ..DriftRow::default()
    })
}

/// A numeric column; `None` where one of the runs has no value of it.
fn numeric(name: &str, mut reference: Vec<f64>, mut current: Vec<f64>) -> Option<(DriftRow, BinCounts)> {
    if !reference.iter().any(|v| v.is_finite()) || !current.iter().any(|v| v.is_finite()) {
        return None;
    }
    reference.sort_unstable_by(f64::total_cmp);
    current.sort_unstable_by(f64::total_cmp);
    let edges = decile_edges(&reference);
    let distances = numeric_drift(&reference, &current);
    let counts = numeric_counts(&edges, &reference, &current);
    let found = DriftRow {
        ks: distances.as_ref().map(|d| (d.ks.statistic, d.ks.p)),
        wasserstein_normed: distances.and_then(|d| d.wasserstein_normed),
        ..row(name, &counts)?
    };
    Some((found, counts))
}

/// A column of names; `None` where one of the runs does not have it or the names are labels of single samples.
fn categorical(
    name: &str,
    (a, rows_a): (&Codes, usize),
    (b, rows_b): (&Codes, usize),
) -> Option<(DriftRow, BinCounts)> {
    const MOST_VALUES: usize = 200;
    if a.is_absent() || b.is_absent() || a.names().len() + b.names().len() > 2 * MOST_VALUES {
        return None;
    }
    // One numbering for both runs, by name.
    let mut names: Vec<&String> = a.names().iter().chain(b.names()).collect();
    names.sort();
    names.dedup();
    let codes = |column: &Codes, rows: usize| -> Vec<u32> {
        let place = |row: usize| {
            column
                .at(row)
                .and_then(|own| names.binary_search_by(|n| n.as_str().cmp(own)).ok())
        };
        (0..rows)
            .map(|row| place(row).map_or(0, |place| place as u32 + 1))
            .collect()
    };
    let counts = category_counts(&codes(a, rows_a), &codes(b, rows_b)).1;
    Some((row(name, &counts)?, counts))
}

/// The largest index as a metric, with the interval of its column; the null quantile is in the method.
fn largest(input: &Input<'_>, first: Option<&(DriftRow, BinCounts)>) -> Estimate {
    match first {
        Some((row, counts)) => {
            let how = Resampling {
                alpha: input.alpha(),
                replicates: input.options.replicates as usize,
                seed: input.options.seed,
            };
            let interval = psi_interval(counts, how);
            let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
            let level = if interval.is_some() { input.level() } else { 0.0 };
            let null = row.null_psi.map_or_else(String::new, |null| {
                format!(", 95 % null quantile {}", crate::text::rough(null, Unit::Score, 2))
            });
            let method = format!("column “{}”, reference bins{null}", row.column);
            Estimate::new(row.psi, ends, level, row.n.0 + row.n.1, &method, Unit::Score)
        }
        None => undefined("The two runs have no column in common."),
    }
}

/// Without a reference there is nothing to compare with; a comparison fills it in.
pub(super) fn compute(_: &Input<'_>, report: &mut Report) {
    report.metrics.insert(
        "drift.psi-max".to_owned(),
        undefined("Needs a reference run: name a baseline."),
    );
}

fn undefined(why: &str) -> Estimate {
    Metric::find("drift.psi-max").map_or_else(Estimate::default, |metric| metric.undefined(why, 0))
}
