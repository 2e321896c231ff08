//! The latency part.

use assay::estimate::{Estimate, Unit};
use assay::report::{Attainment, HistogramBin, Latency, Point, Quantile, Report, Section, Ttft};
use assay::stat::ecdf::{dkw_half_width, ecdf_steps};
use assay::stat::quantile::{Ratio, n_for_quantile_interval, quantile_interval, quantile_nearest_rank, sorted_finite};
use assay::stat::rng::Rng;

use super::{LEVEL, share};

/// What a latency part is made of.
#[derive(Clone, Copy)]
pub struct Speed {
    pub median_secs: f64,
    /// Spread of the logarithm; 0 gives equal latencies.
    pub spread: f64,
    pub budget_secs: Option<f64>,
    pub timed_out: u64,
    pub has_ttft: bool,
}

pub fn fill(report: &mut Report, rng: &mut Rng, n: usize, speed: Speed) {
    let values: Vec<f64> = (0..n)
        .map(|_| speed.median_secs * (speed.spread * normal(rng)).exp())
        .collect();
    let sorted = sorted_finite(&values);
    let first: Vec<f64> = sorted_finite(
        &values
            .iter()
            .map(|v| v * (0.05 + 0.2 * rng.uniform()))
            .collect::<Vec<_>>(),
    );
    let count = n as u64;
    let p95 = quantiles(&sorted)[2].estimate.clone();
    report.metrics.insert("latency.p95".to_owned(), p95);
    report.latency = Section::Ready(Latency {
        n: count,
        source: "the model's own time".to_owned(),
        range: (sorted[0], sorted[n - 1]),
        ecdf: ecdf(&sorted),
        dkw: dkw_half_width(count, 1.0 - LEVEL).unwrap(),
        histogram: histogram(&sorted),
        quantiles: quantiles(&sorted),
        attainment: speed.budget_secs.map(|budget_secs| Attainment {
            budget_secs,
            share: share(sorted.iter().filter(|v| **v <= budget_secs).count() as u64, count),
            target: Some(0.95),
            error_budget_used: None,
        }),
        is_long_tailed: sorted[n - 1] > 20.0 * sorted[n / 2],
        tail_ratio: Some(sorted[n * 99 / 100] / sorted[n / 2]),
        timed_out: speed.timed_out,
        ttft: speed.has_ttft.then(|| Ttft {
            n: count,
            ecdf: ecdf(&first),
            quantiles: quantiles(&first),
            attainment: None,
        }),
        ..Latency::default()
    });
}

/// Standard normal by twelve uniforms: close enough to draw.
fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.uniform()).sum::<f64>() - 6.0
}

fn ecdf(sorted: &[f64]) -> Vec<Point> {
    let steps = ecdf_steps(sorted);
    let every = steps.len().div_ceil(512).max(1);
    let last = steps.len() - 1;
    let kept = steps.iter().enumerate().filter(|(i, _)| i % every == 0 || *i == last);
    kept.map(|(_, &(x, y))| Point { x, y }).collect()
}

fn histogram(sorted: &[f64]) -> Vec<HistogramBin> {
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    let ratio = (high / low).powf(1.0 / 24.0).max(1.01);
    let edge = |k: i32| low * 0.999 * ratio.powi(k);
    (0..25)
        .map(|k| {
            let inside: Vec<usize> = (0..sorted.len())
                .filter(|&i| sorted[i] > edge(k) && sorted[i] <= edge(k + 1))
                .collect();
            let wrong = inside.iter().filter(|i| *i % 4 == 0).count() as u64;
            HistogramBin {
                low: edge(k),
                high: edge(k + 1),
                right: inside.len() as u64 - wrong,
                wrong,
            }
        })
        .collect()
}

fn quantiles(sorted: &[f64]) -> Vec<Quantile> {
    let one = |q: f64| {
        let ratio = Ratio::from_decimal(q).unwrap();
        let interval = quantile_interval(sorted, ratio, 1.0 - LEVEL).unwrap();
        let value = quantile_nearest_rank(sorted, ratio).unwrap();
        Quantile {
            q,
            estimate: Estimate::new(
                value,
                (interval.low, interval.high),
                LEVEL,
                sorted.len() as u64,
                "order statistics",
                Unit::Seconds,
            ),
            n_needed: n_for_quantile_interval(ratio, 1.0 - LEVEL).unwrap(),
            is_censored: false,
        }
    };
    [0.5, 0.9, 0.95, 0.99].map(one).into()
}
