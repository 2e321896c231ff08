//! Failures, slices, comparison and the smaller parts.

use assay::estimate::{Estimate, Unit};
use assay::report::{
    Agreement, FailureMode, Failures, Fairness, Group, Repeats, Report, Robustness, Section, SliceRow, Slices, Variant,
};
use assay::stat::rng::Rng;

use super::{LEVEL, share};

/// Failures of `scored` samples by category; the last one is unclassified.
pub fn failures(report: &mut Report, categories: &[(&str, u64)], scored: u64, errored: u64, unscored: u64) {
    let failed: u64 = categories.iter().map(|c| c.1).sum();
    let mut running = 0;
    let modes = categories.iter().map(|&(name, count)| {
        running += count;
        FailureMode {
            name: name.to_owned(),
            is_unclassified: name.is_empty(),
            count,
            of_failures: share(count, failed),
            of_scored: share(count, scored),
            cumulative: running as f64 / failed as f64,
        }
    });
    report.failures = Section::Ready(Failures {
        failed,
        scored,
        errored,
        unscored,
        modes: modes.collect(),
        errors: if errored > 0 {
            vec![
                ("rate limit".to_owned(), errored / 2),
                ("connection reset by peer".to_owned(), errored - errored / 2),
            ]
        } else {
            Vec::new()
        },
        ..Failures::default()
    });
}

fn row(column: &str, value: &str, n: u64, right: u64) -> SliceRow {
    SliceRow {
        conditions: vec![(column.to_owned(), value.to_owned())],
        n,
        accuracy: share(right, n),
        q: Some(0.2),
        ..SliceRow::default()
    }
}

pub fn slices(report: &mut Report, values: &[(&str, &str, u64, u64)]) {
    let rows: Vec<SliceRow> = values.iter().map(|v| row(v.0, v.1, v.2, v.3)).collect();
    let weak = rows
        .iter()
        .filter(|r| r.n >= 30 && r.accuracy.high < Some(0.62))
        .cloned()
        .collect();
    report.slices = Section::Ready(Slices {
        tested: rows.len() as u64,
        rows,
        weak,
        support: 30,
        ..Slices::default()
    });
}

pub fn agreement(report: &mut Report, classes: &[&str], rng: &mut Rng, scale: u64) {
    let size = classes.len();
    let counts = (0..size * size).map(|k| {
        let base = if k / size == k % size { 9 } else { 1 };
        base * rng.below(10) as u64 * scale
    });
    report.agreement = Section::Ready(Agreement {
        rows: "truth".to_owned(),
        columns: "prediction".to_owned(),
        classes: classes.iter().map(|c| (*c).to_owned()).collect(),
        counts: counts.collect(),
        ..Agreement::default()
    });
}

pub fn repeats(report: &mut Report, most: u64) {
    let at = |k: u64| 1.0 - 0.45_f64.powi(k as i32);
    let hat = |k: u64| 0.55_f64.powi(k as i32);
    let of = |value: f64| {
        Estimate::new(
            value,
            (Some((value - 0.06).max(0.0)), Some((value + 0.06).min(1.0))),
            LEVEL,
            120,
            "t",
            Unit::Share,
        )
    };
    report.repeats = Section::Ready(Repeats {
        items: 120,
        repeats: (most, most),
        pass_at: (1..=most).map(|k| (k, of(at(k)))).collect(),
        pass_hat: (1..=most).map(|k| (k, of(hat(k)))).collect(),
        variance: None,
    });
}

fn points(value: f64, half: f64, n: u64) -> Estimate {
    Estimate::new(
        value,
        (Some(value - half), Some(value + half)),
        LEVEL,
        n,
        "Bonett–Price",
        Unit::Points,
    )
}

pub fn robustness(report: &mut Report, variants: &[(&str, f64, f64)]) {
    let one = |v: &(&str, f64, f64)| Variant {
        name: v.0.to_owned(),
        n: 300,
        accuracy: (0.82, 0.82 + v.1),
        drop: points(v.1, v.2, 300),
        relative: points(v.1 / 0.82, v.2, 300),
        flips: (share(12, 300), share(5, 300)),
        changed: share(31, 300),
    };
    report.robustness = Section::Ready(Robustness {
        column: ("variant".to_owned(), "clean".to_owned()),
        variants: variants.iter().map(one).collect(),
        consistency: share(210, 300),
        worst_group: None,
    });
}

pub fn fairness(report: &mut Report, groups: &[(&str, u64)]) {
    let one = |(index, g): (usize, &(&str, u64))| {
        let part = |of: f64| share((g.1 as f64 * (of - 0.04 * index as f64)) as u64, g.1);
        Group {
            name: g.0.to_owned(),
            n: g.1,
            is_small: g.1 < 30,
            rates: vec![
                ("selection rate".to_owned(), part(0.5)),
                ("true positive rate".to_owned(), part(0.8)),
                ("false positive rate".to_owned(), part(0.3)),
                ("accuracy".to_owned(), part(0.78)),
            ],
            ..Group::default()
        }
    };
    report.fairness = Section::Ready(Fairness {
        column: "region".to_owned(),
        reference: groups[0].0.to_owned(),
        groups: groups.iter().enumerate().map(one).collect(),
        gaps: vec![
            (
                "Largest accuracy gap to the reference group".to_owned(),
                points(0.08, 0.05, 400),
            ),
            // A single cell is told in the table, not in the sentence.
            ("Largest calibration gap of a cell".to_owned(), points(0.3, 0.1, 40)),
        ],
        tested: 12,
        intersections: Vec::new(),
    });
}

/// Differences to a baseline, by metric id.
pub fn differences() -> Vec<(&'static str, Estimate)> {
    let secs = |value: f64, half: f64| {
        Estimate::new(
            value,
            (Some(value - half), Some(value + half)),
            LEVEL,
            1100,
            "bootstrap",
            Unit::Seconds,
        )
    };
    let score = |value: f64, half: f64| {
        Estimate::new(
            value,
            (Some(value - half), Some(value + half)),
            LEVEL,
            1100,
            "bootstrap",
            Unit::Score,
        )
    };
    vec![
        ("accuracy", points(0.013, 0.021, 1100)),
        ("failures.rate", points(-0.013, 0.021, 1100)),
        ("errors.rate", points(-0.004, 0.003, 1100)),
        ("calibration.ece", score(-0.081, 0.02)),
        ("calibration.brier", score(-0.034, 0.014)),
        ("latency.p50", secs(-0.27, 0.11)),
        ("latency.p90", secs(-0.96, 0.41)),
        ("latency.p95", secs(-1.37, 1.52)),
        ("latency.p99", secs(-2.9, 3.4)),
    ]
}
