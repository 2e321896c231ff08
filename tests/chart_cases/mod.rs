//! Synthetic reports for drawing: realistic shapes and the edges that break layouts.

mod calibration;
mod latency;
mod parts;

use std::collections::BTreeMap;

use assay::estimate::{Estimate, Unit};
use assay::report::Report;
use assay::stat::proportion::wilson;
use assay::stat::rng::Rng;
use latency::Speed;

/// A report to draw, and the baseline it is held against.
pub struct Case {
    pub name: &'static str,
    pub report: Report,
    pub baseline: Option<Report>,
    pub differences: BTreeMap<String, Estimate>,
    pub margins: BTreeMap<String, f64>,
}

/// Level of every interval here.
pub const LEVEL: f64 = 0.95;

/// Every case.
pub fn all() -> Vec<Case> {
    let compared = Case {
        baseline: Some(typical(12, 1150, 0.22, 2.0)),
        differences: parts::differences()
            .into_iter()
            .map(|(id, e)| (id.to_owned(), e))
            .collect(),
        margins: ["accuracy", "failures.rate", "errors.rate"]
            .map(|id| (id.to_owned(), 0.01))
            .into(),
        ..alone("compared", typical(11, 1200, 0.05, 1.7))
    };
    vec![
        alone("typical", typical(11, 1200, 0.18, 1.8)),
        compared,
        alone("verbalised", verbalised()),
        alone("few", few()),
        alone("one", one()),
        alone("all-right", all_right()),
        alone("all-wrong", all_wrong()),
        alone("hostile", hostile()),
        alone("million", million()),
    ]
}

fn alone(name: &'static str, report: Report) -> Case {
    Case {
        name,
        report,
        baseline: None,
        differences: BTreeMap::new(),
        margins: BTreeMap::new(),
    }
}

fn typical(seed: u64, n: usize, over: f64, median_secs: f64) -> Report {
    let mut report = run(seed, n, &|u| u, over);
    let speed = Speed {
        median_secs,
        spread: 0.75,
        budget_secs: Some(8.0),
        timed_out: 7,
        has_ttft: true,
    };
    latency::fill(&mut report, &mut Rng::new(seed), n, speed);
    let categories = [
        ("wrong unit", 96 + seed),
        ("hallucinated citation", 71),
        ("refused without need", 44),
        ("arithmetic", 18),
        ("format", 5),
        ("", 37),
    ];
    parts::failures(&mut report, &categories, n as u64, 12, 4);
    let slices = [
        ("language", "de", 240, 190),
        ("language", "en", 620, 505),
        ("language", "fr", 190, 139),
        ("language", "pt-BR", 22, 13),
        ("length", "under 1k tokens", 700, 590),
        ("length", "1k to 8k tokens", 310, 240),
        ("length", "over 8k tokens", 90, 44),
    ];
    parts::slices(&mut report, &slices);
    parts::agreement(
        &mut report,
        &["billing", "refund", "other", "spam"],
        &mut Rng::new(seed),
        1,
    );
    parts::repeats(&mut report, 8);
    let variants = [
        ("typos", -0.031, 0.02),
        ("paraphrase", -0.004, 0.018),
        ("upper case", -0.11, 0.034),
    ];
    parts::robustness(&mut report, &variants);
    parts::fairness(
        &mut report,
        &[("north", 410), ("south", 280), ("east", 96), ("overseas", 21)],
    );
    report
}

fn verbalised() -> Report {
    let values = [0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0];
    let mut report = run(5, 240, &|u| values[(u * 6.99) as usize], 0.25);
    let speed = Speed {
        median_secs: 0.42,
        spread: 1.6,
        budget_secs: Some(1.0),
        timed_out: 0,
        has_ttft: false,
    };
    latency::fill(&mut report, &mut Rng::new(5), 240, speed);
    report
}

fn few() -> Report {
    let mut report = run(7, 32, &|u| u, 0.2);
    let speed = Speed {
        median_secs: 3.1,
        spread: 0.5,
        budget_secs: Some(60.0),
        timed_out: 1,
        has_ttft: false,
    };
    latency::fill(&mut report, &mut Rng::new(7), 32, speed);
    parts::failures(&mut report, &[("wrong unit", 4), ("", 5)], 32, 0, 0);
    parts::repeats(&mut report, 2);
    report
}

fn one() -> Report {
    let mut report = run(3, 1, &|_| 0.9, 0.0);
    let speed = Speed {
        median_secs: 2.0,
        spread: 0.0,
        budget_secs: None,
        timed_out: 0,
        has_ttft: false,
    };
    latency::fill(&mut report, &mut Rng::new(3), 1, speed);
    parts::failures(&mut report, &[("", 1)], 1, 0, 0);
    parts::slices(&mut report, &[("language", "de", 1, 1)]);
    parts::repeats(&mut report, 1);
    parts::agreement(&mut report, &["yes"], &mut Rng::new(4), 1);
    report
}

fn all_right() -> Report {
    let mut report = run(21, 50, &|u| u, -2.0);
    parts::failures(&mut report, &[], 50, 3, 0);
    parts::slices(&mut report, &[("language", "de", 25, 25), ("language", "en", 25, 25)]);
    report
}

fn all_wrong() -> Report {
    let mut report = run(22, 50, &|u| u, 2.0);
    parts::failures(&mut report, &[("", 50)], 50, 0, 0);
    parts::slices(&mut report, &[("language", "de", 25, 0), ("language", "en", 25, 0)]);
    report
}

/// Names that are long, of other scripts, or markup.
pub const HOSTILE: [&str; 5] = [
    "</text><script>alert(1)</script>",
    "a name so long that no phone and no desk could ever show it whole without an ellipsis somewhere in its middle",
    "質問の意味を取り違えた回答および根拠のない引用",
    "x\" onload=\"alert(2)",
    "\u{202e}gnorw &amp; <b>bold</b>\n\tnext line",
];

fn hostile() -> Report {
    let mut report = run(31, 300, &|u| u, 0.1);
    let [a, b, c, d, e] = HOSTILE;
    parts::failures(&mut report, &[(a, 40), (b, 31), (c, 22), (d, 9), (e, 2)], 300, 2, 2);
    let slices = [
        (a, b, 40, 20),
        (b, a, 60, 30),
        (c, c, 50, 44),
        (d, e, 100, 80),
        (e, d, 50, 10),
    ];
    parts::slices(&mut report, &slices);
    parts::agreement(&mut report, &HOSTILE, &mut Rng::new(9), 1);
    let variants = HOSTILE.map(|name| (name, -0.05, 0.03));
    parts::robustness(&mut report, &variants);
    let groups = HOSTILE.map(|name| (name, 60));
    parts::fairness(&mut report, &groups);
    report
}

/// Counts of a large run.
fn million() -> Report {
    let mut report = run(41, 20_000, &|u| u, 0.02);
    let speed = Speed {
        median_secs: 0.9,
        spread: 0.9,
        budget_secs: Some(4.0),
        timed_out: 1_204_511,
        has_ttft: true,
    };
    latency::fill(&mut report, &mut Rng::new(41), 20_000, speed);
    let categories = [
        ("wrong unit", 1_480_221),
        ("hallucinated citation", 912_004),
        ("", 100_000),
    ];
    parts::failures(&mut report, &categories, 10_000_000, 1_000_000, 2_500_000);
    parts::slices(
        &mut report,
        &[
            ("language", "de", 5_000_000, 4_100_000),
            ("language", "en", 5_000_000, 4_099_000),
        ],
    );
    let classes: Vec<String> = (0..20).map(|k| format!("class number {k}")).collect();
    let names: Vec<&str> = classes.iter().map(String::as_str).collect();
    parts::agreement(&mut report, &names, &mut Rng::new(6), 11_111);
    report
}

/// A run of `n` samples whose confidence is `shape` of a skewed uniform, and whose chance of being right lies `over` below it.
fn run(seed: u64, n: usize, shape: &dyn Fn(f64) -> f64, over: f64) -> Report {
    let mut rng = Rng::new(seed);
    let p: Vec<f64> = (0..n).map(|_| shape(1.0 - rng.uniform() * rng.uniform())).collect();
    let y: Vec<bool> = p.iter().map(|&p| rng.uniform() < p - over * (0.3 + p * 0.7)).collect();
    let mut report = Report::default();
    calibration::fill(&mut report, &p, &y);
    let right = y.iter().filter(|y| **y).count() as u64;
    report.metrics.insert("accuracy".to_owned(), share(right, n as u64));
    report
}

/// A share with its Wilson interval.
pub fn share(k: u64, n: u64) -> Estimate {
    match wilson(k, n, 1.0 - LEVEL) {
        Some(i) if n > 0 => {
            let value = k as f64 / n as f64;
            Estimate::new(value, (Some(i.low), Some(i.high)), LEVEL, n, "Wilson", Unit::Share)
        }
        _ => Estimate::undefined("no samples", n, "Wilson", Unit::Share),
    }
}
