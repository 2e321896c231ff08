//! Synthetic reports for drawing: realistic shapes and the edges that break layouts.

mod calibration;

use assay::estimate::{Estimate, Unit};
use assay::report::Report;
use assay::stat::proportion::wilson;
use assay::stat::rng::Rng;

/// A report to draw, and the baseline it is held against.
pub struct Case {
    pub name: &'static str,
    pub report: Report,
    pub baseline: Option<Report>,
}

/// Level of every interval here.
pub const LEVEL: f64 = 0.95;

/// Every case.
pub fn all() -> Vec<Case> {
    vec![
        alone("typical", run(11, 1200, &|u| u, 0.18)),
        Case {
            name: "compared",
            report: run(11, 1200, &|u| u, 0.05),
            baseline: Some(run(12, 1150, &|u| u, 0.22)),
        },
        alone(
            "verbalised",
            run(
                5,
                240,
                &|u| [0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0][(u * 7.0) as usize],
                0.25,
            ),
        ),
        alone("few", run(7, 32, &|u| u, 0.2)),
        alone("one", run(3, 1, &|_| 0.9, 0.0)),
        alone("all-right", run(21, 50, &|u| u, -2.0)),
        alone("all-wrong", run(22, 50, &|u| u, 2.0)),
    ]
}

fn alone(name: &'static str, report: Report) -> Case {
    Case {
        name,
        report,
        baseline: None,
    }
}

/// A run of `n` samples whose confidence is `shape` of a skewed uniform, and whose chance of being right lies `over` below it.
fn run(seed: u64, n: usize, shape: &dyn Fn(f64) -> f64, over: f64) -> Report {
    let mut rng = Rng::new(seed);
    let p: Vec<f64> = (0..n).map(|_| shape(1.0 - rng.uniform() * rng.uniform())).collect();
    let y: Vec<bool> = p.iter().map(|&p| rng.uniform() < p - over * (0.3 + p * 0.7)).collect();
    let mut report = Report::default();
    calibration::fill(&mut report, &p, &y);
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
