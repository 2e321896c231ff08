//! Latency on the wire: quantiles follow from the metrics, histogram counts nearly from the distribution function.

use super::curve::ranks_at;
use super::estimate::Known;
use super::metrics::Metrics;
use super::series::{named, sentences, unless};
use super::wire::{Done, Fault, Wire};
use crate::estimate::Unit;
use crate::report::{Attainment, HistogramBin, Latency, Quantile, Ttft, bin_edges, bins_for};
use crate::stat::ecdf::dkw_half_width;
use crate::stat::quantile::{Ratio, n_for_quantile_interval};

/// Quantiles with the ids of their metrics: of the whole latency, and of the time to the first token.
const QUANTILES: [(Ratio, &str, &str); 4] = [
    (Ratio::P50, "latency.p50", "latency.ttft-p50"),
    (Ratio::P90, "latency.p90", "latency.ttft-p90"),
    (Ratio::P95, "latency.p95", "latency.ttft-p95"),
    (Ratio::P99, "latency.p99", "latency.ttft-p99"),
];
/// Most bins of a histogram.
const MOST_BINS: usize = 64;

fn quantiles(wire: &mut Wire, own: &mut Vec<Quantile>, metrics: &Metrics, is_first: bool) -> Done {
    let level = wire.usual_level;
    let mut place = 0;
    wire.list(0x3a0, own, |wire, quantile| {
        let usual = QUANTILES.get(place);
        place += 1;
        wire.about = place as u16;
        let q = usual.map_or(0.5, |usual| usual.0.value());
        unless(wire, 0x3a1, &mut quantile.q, Some(&q), |wire, q| wire.exact(0x3a2, q))?;
        let known = Known {
            guess: usual.and_then(|usual| metrics.get(if is_first { usual.2 } else { usual.1 })),
            ..Known::unit(Unit::Seconds)
        };
        wire.estimate(0x170, &mut quantile.estimate, known)?;
        let needed = usual
            .and_then(|usual| n_for_quantile_interval(usual.0, 1.0 - level))
            .unwrap_or(0);
        unless(wire, 0x3a3, &mut quantile.n_needed, Some(&needed), |wire, n| {
            wire.tally(0x3a4, n)
        })?;
        wire.flag(0x3a5, &mut quantile.is_censored)
    })?;
    wire.about = 0;
    Ok(())
}

fn attainment(
    wire: &mut Wire,
    own: &mut Attainment,
    metrics: &Metrics,
    known: (Option<f64>, Option<f64>, &str),
) -> Done {
    let (budget, target, id) = known;
    unless(wire, 0x3a6, &mut own.budget_secs, budget.as_ref(), |wire, own| {
        wire.exact(0x3a7, own)
    })?;
    let known = Known {
        guess: metrics.get(id),
        ..Known::unit(Unit::Share)
    };
    wire.estimate(0x180, &mut own.share, known)?;
    unless(wire, 0x3a8, &mut own.target, Some(&target), |wire, own| {
        wire.exact_option(0x3a9, own)
    })?;
    let used = (own.target.zip(own.share.value))
        .and_then(|(target, share)| crate::stat::slo::error_budget_used(share, target));
    unless(wire, 0x3aa, &mut own.error_budget_used, Some(&used), |wire, own| {
        wire.number_option(0x3ab, own)
    })
}

/// Smallest and largest, and the distribution function between them.
fn distribution(
    wire: &mut Wire,
    range: &mut (f64, f64),
    ecdf: &mut Vec<crate::report::Point>,
    n: u64,
) -> Result<Vec<(u64, u64)>, Fault> {
    wire.number(0x3ac, &mut range.0)?;
    wire.number(0x3ad, &mut range.1)?;
    wire.ecdf(0x3b0, ecdf, n, *range)
}

/// Budgets that were chosen, for the attainment of them: (total, first token, target share).
pub(super) type Budgets = (Option<f64>, Option<f64>, Option<f64>);

/// A whole section, or of a baseline what is drawn.
pub(super) fn latency(wire: &mut Wire, own: &mut Latency, metrics: &Metrics, budgets: Budgets) -> Done {
    wire.tally(0x3ae, &mut own.n)?;
    wire.sentence(0x3af, &mut own.source)?;
    let told = distribution(wire, &mut own.range, &mut own.ecdf, own.n)?;
    quantiles(wire, &mut own.quantiles, metrics, false)?;
    wire.flag(0x3c0, &mut own.is_long_tailed)?;
    wire.tally(0x3c1, &mut own.timed_out)?;
    if wire.is_baseline {
        return Ok(());
    }
    let guess = dkw_half_width(own.n, 1.0 - wire.usual_level).unwrap_or(0.0);
    unless(wire, 0x3c2, &mut own.dkw, Some(&guess), |wire, own| {
        wire.share(0x3c3, own)
    })?;
    histogram(wire, own, &told)?;
    wire.option(0x3c4, &mut own.attainment, |wire, own| {
        attainment(wire, own, metrics, (budgets.0, budgets.2, "latency.attainment"))
    })?;
    let ratio = metrics.get("latency.tail-ratio").and_then(|ratio| ratio.value);
    let mut is_metric = match (own.tail_ratio, ratio) {
        (Some(own), Some(ratio)) => super::estimate::is_close(ratio, own, false),
        (own, ratio) => own == ratio,
    };
    wire.flag(0x3c5, &mut is_metric)?;
    match is_metric {
        true => own.tail_ratio = ratio,
        false => wire.number_option(0x3c6, &mut own.tail_ratio)?,
    }
    wire.option(0x3c7, &mut own.ttft, |wire, own| {
        first(wire, own, metrics, (budgets.1, budgets.2, "latency.ttft-attainment"))
    })?;
    speed(wire, own, metrics)?;
    sentences(wire, 0x3c8, &mut own.cautions)
}

fn first(wire: &mut Wire, own: &mut Ttft, metrics: &Metrics, known: (Option<f64>, Option<f64>, &str)) -> Done {
    wire.tally(0x3c9, &mut own.n)?;
    let ends = |points: &[crate::report::Point]| Some((points.first()?.x, points.last()?.x));
    let mut range = ends(&own.ecdf).unwrap_or_default();
    distribution(wire, &mut range, &mut own.ecdf, own.n)?;
    quantiles(wire, &mut own.quantiles, metrics, true)?;
    wire.option(0x3ca, &mut own.attainment, |wire, own| {
        attainment(wire, own, metrics, known)
    })
}

/// Time per output token, throughput, Apdex.
fn speed(wire: &mut Wire, own: &mut Latency, metrics: &Metrics) -> Done {
    let mut place = 0u16;
    wire.list(0x3cb, &mut own.tpot, |wire, row| {
        let guess = metrics.get("latency.tpot").filter(|_| place == 0);
        place += 1;
        wire.about = place;
        named(
            wire,
            0x3cc,
            row,
            Known {
                guess,
                ..Known::unit(Unit::Seconds)
            },
        )
    })?;
    wire.about = 0;
    wire.option(0x3cd, &mut own.throughput, |wire, own| {
        let guess = metrics.get("latency.throughput");
        wire.estimate(
            0x190,
            own,
            Known {
                guess,
                ..Known::unit(Unit::TokensPerSecond)
            },
        )
    })?;
    wire.share_option(0x3ce, &mut own.apdex)
}

/// Latency bins: the edges follow from the range, the counts nearly from the distribution function.
fn histogram(wire: &mut Wire, own: &mut Latency, told: &[(u64, u64)]) -> Done {
    let usual = bins_for(usize::try_from(own.n).unwrap_or(usize::MAX).min(1 << 30));
    let edges = bin_edges(own.range.0, own.range.1, usual);
    let is_near = |a: f64, b: f64| (a - b).abs() <= 0.002 * a.abs().max(b.abs());
    let mut is_regular = edges.len() == own.histogram.len() + 1
        && own
            .histogram
            .iter()
            .zip(edges.windows(2))
            .all(|(bin, pair)| match pair {
                [low, high] => is_near(bin.low, *low) && is_near(bin.high, *high) && bin.wrong == 0,
                _ => false,
            });
    wire.flag(0x3d0, &mut is_regular)?;
    if !is_regular {
        if own.histogram.len() > MOST_BINS {
            own.histogram.clear();
        }
        return wire.list(0x3d1, &mut own.histogram, |wire, bin| {
            wire.number(0x3d2, &mut bin.low)?;
            wire.number(0x3d3, &mut bin.high)?;
            wire.count(0x3d4, &mut bin.right)?;
            wire.count(0x3d5, &mut bin.wrong)
        });
    }
    // The number of bins is told: that of a cube root may differ in its last bit from machine to machine.
    let mut bins = own.histogram.len() as u64;
    wire.count(0x3d9, &mut bins)?;
    if !(1..=MOST_BINS as u64).contains(&bins) {
        return Err(Fault::Nonsense);
    }
    let bins = bins as usize;
    let edges = bin_edges(own.range.0, own.range.1, bins);
    own.histogram.resize(bins, HistogramBin::default());
    let steps = wire.codec.steps() as f64;
    let at = |place: usize| ranks_at(told, steps * place as f64 / bins as f64);
    let (mut before, mut left) = (0.0, own.n);
    for (place, (bin, pair)) in own.histogram.iter_mut().zip(edges.windows(2)).enumerate() {
        let &[low, high] = pair else { continue };
        (bin.low, bin.high) = (low, high);
        if place + 1 == bins {
            unless(wire, 0x3d6, &mut bin.right, Some(&left), |wire, own| {
                wire.count(0x3d7, own)
            })?;
            break;
        }
        let upto = at(place + 1);
        let expected = (upto - before).round().max(0.0) as i64;
        let mut off = bin.right as i64 - expected;
        wire.whole_of(0x3d8, super::curve::class(expected.unsigned_abs()), &mut off)?;
        bin.right = u64::try_from(expected.checked_add(off).ok_or(Fault::Nonsense)?).map_err(|_| Fault::Nonsense)?;
        left = left.saturating_sub(bin.right);
        before = upto;
    }
    Ok(())
}
