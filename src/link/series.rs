//! The parts of a report on the wire, with every chart's series.

use super::estimate::Usual;
use super::quantum::MOST_POINTS;
use super::report::{confidence_of, pair};
use super::wire::{Done, Fault, Wire};
use crate::estimate::{Estimate, Unit};
use crate::report::{
    Agreement, Attainment, Calibration, CoOccurrence, Counts, Decomposition, FailureMode, Failures, Fairness, Group,
    HistogramBin, Latency, Quantile, Recalibration, Reliability, ReliabilityBin, Repeats, Robustness, SliceRow, Slices,
    Ttft, Variant,
};
use crate::stat::difference::newcombe;
use crate::stat::ecdf::dkw_half_width;
use crate::stat::proportion::{clopper_pearson, wilson};

const RATE: Usual = Usual {
    unit: Unit::Share,
    method: "Wilson",
};
const POINTS: Usual = Usual {
    unit: Unit::Points,
    method: "paired, Bonett–Price",
};
const SCORE: Usual = Usual {
    unit: Unit::Score,
    method: "t",
};
const SECONDS: Usual = Usual {
    unit: Unit::Seconds,
    method: "order statistics",
};

fn texts(wire: &mut Wire, kind: u16, list: &mut Vec<String>) -> Done {
    wire.list(kind, list, |wire, text| wire.text(kind ^ 0x400, text))
}

/// A named estimate.
fn named(wire: &mut Wire, kind: u16, (name, estimate): &mut (String, Estimate), usual: Usual) -> Done {
    wire.text(kind, name)?;
    wire.estimate(kind + 0x400, estimate, usual)
}

/// A value that is sent only if it is not what the reader would work out anyway.
fn unless(
    wire: &mut Wire,
    kind: u16,
    own: &mut (f64, f64),
    guess: Option<(f64, f64)>,
    tell: impl FnOnce(&mut Wire, &mut (f64, f64)) -> Done,
) -> Done {
    let mut is_guessed = guess == Some(*own);
    wire.flag(kind, &mut is_guessed)?;
    match (is_guessed, guess) {
        (true, Some(guess)) => {
            *own = guess;
            Ok(())
        }
        (true, None) => Err(Fault::Nonsense),
        (false, _) => tell(wire, own),
    }
}

fn shares(wire: &mut Wire, kind: u16, own: &mut (f64, f64)) -> Done {
    wire.share(kind, &mut own.0)?;
    wire.share(kind + 1, &mut own.1)
}

/// How the edges of a bin are told.
const REGULAR: u32 = 0;
const FOLLOWING: u32 = 1;
const POINT: u32 = 2;
const FREE: u32 = 3;

/// Edges of a bin after one that ended at `before`, of `bins` equal ones if regular.
fn edges(wire: &mut Wire, kind: u16, (low, high): (&mut f64, &mut f64), before: f64, bins: f64) -> Done {
    let place = (*low * bins).round().max(0.0);
    let mut form = match () {
        () if *low == place / bins && *high == (place + 1.0) / bins => REGULAR,
        () if low == high => POINT,
        () if *low == before => FOLLOWING,
        () => FREE,
    };
    wire.choice(kind, 4, &mut form)?;
    match form {
        REGULAR => {
            let next = (before * bins).round();
            let mut skipped = (place - next) as i64;
            wire.whole(kind + 1, &mut skipped)?;
            let place = next + skipped as f64;
            (*low, *high) = (place / bins, (place + 1.0) / bins);
        }
        POINT => {
            wire.share(kind + 2, low)?;
            *high = *low;
        }
        FOLLOWING => {
            *low = before;
            wire.share(kind + 3, high)?;
        }
        _ => {
            wire.share(kind + 2, low)?;
            wire.share(kind + 3, high)?;
        }
    }
    Ok(())
}

fn reliability(wire: &mut Wire, reliability: &mut Reliability) -> Done {
    wire.text(0x300, &mut reliability.scheme)?;
    let mut asked = u64::from(reliability.bins_asked);
    wire.count(0x301, &mut asked)?;
    reliability.bins_asked = u32::try_from(asked).map_err(|_| Fault::Nonsense)?;
    let bins = f64::from(reliability.bins_asked.max(1));
    let mut before = 0.0;
    wire.list(0x302, &mut reliability.bins, |wire, own| {
        bin(wire, own, before, bins)?;
        before = own.high;
        Ok(())
    })
}

fn bin(wire: &mut Wire, bin: &mut ReliabilityBin, before: f64, bins: f64) -> Done {
    edges(wire, 0x304, (&mut bin.low, &mut bin.high), before, bins)?;
    wire.count(0x308, &mut bin.n)?;
    let most = bin.n;
    wire.within(0x309, &mut bin.right, most)?;
    let mut is_inside = bin.low <= bin.confidence && bin.confidence <= bin.high;
    wire.flag(0x30a, &mut is_inside)?;
    let width = bin.high - bin.low;
    if is_inside && width > 0.0 {
        // 1/1024 of the bin.
        let mut place = ((bin.confidence - bin.low) / width * 1023.0).round().clamp(0.0, 1023.0) as u64;
        wire.bits(10, &mut place)?;
        bin.confidence = bin.low + width * place as f64 / 1023.0;
    } else if is_inside {
        bin.confidence = bin.low;
    } else {
        wire.share(0x30b, &mut bin.confidence)?;
    }
    let share = bin.right as f64 / bin.n.max(1) as f64;
    let mut frequency = (bin.frequency, 0.0);
    unless(wire, 0x30c, &mut frequency, Some((share, 0.0)), |wire, own| {
        wire.share(0x30d, &mut own.0)
    })?;
    bin.frequency = frequency.0;
    let alpha = 1.0 - wire.usual_level;
    let ends = |interval: Option<crate::stat::interval::Interval>| interval.map_or((0.0, 1.0), |i| (i.low, i.high));
    let guess = ends(wilson(bin.right, bin.n, alpha));
    unless(wire, 0x30e, &mut bin.wilson, Some(guess), |wire, own| {
        shares(wire, 0x310, own)
    })?;
    let guess = ends(clopper_pearson(bin.right, bin.n, alpha));
    unless(wire, 0x30f, &mut bin.clopper_pearson, Some(guess), |wire, own| {
        shares(wire, 0x310, own)
    })?;
    consistency(wire, bin)
}

/// Where a calibrated model's share would lie: whole counts over n, told by their distance from the expected count.
fn consistency(wire: &mut Wire, bin: &mut ReliabilityBin) -> Done {
    let n = bin.n as f64;
    let counts = ((bin.consistency.0 * n).round(), (bin.consistency.1 * n).round());
    let is_whole = bin.n > 0 && (counts.0 / n, counts.1 / n) == bin.consistency;
    let mut is_told = is_whole;
    wire.flag(0x312, &mut is_told)?;
    if !is_told {
        return shares(wire, 0x313, &mut bin.consistency);
    }
    let expected = (bin.confidence * n).round();
    let spread = (2.0 * (n * bin.confidence * (1.0 - bin.confidence)).max(0.0).sqrt()).round();
    let tell = |wire: &mut Wire, kind: u16, count: f64, guess: f64| {
        let mut off = (count - guess) as i64;
        wire.whole(kind, &mut off)?;
        Ok((guess + off as f64) / n)
    };
    bin.consistency.0 = tell(wire, 0x315, counts.0, expected - spread)?;
    bin.consistency.1 = tell(wire, 0x316, counts.1, expected + spread)?;
    Ok(())
}

fn histogram(wire: &mut Wire, histogram: &mut Vec<HistogramBin>, bins: f64) -> Done {
    let mut before = 0.0;
    wire.list(0x318, histogram, |wire, bin| {
        edges(wire, 0x319, (&mut bin.low, &mut bin.high), before, bins)?;
        before = bin.high;
        wire.count(0x31d, &mut bin.right)?;
        wire.count(0x31e, &mut bin.wrong)
    })
}

/// The stacked counts that the bins of a diagram give, empty bins among them.
fn stacked(bins: &Reliability) -> Vec<HistogramBin> {
    let count = bins.bins_asked.min(1000);
    let regular = (0..count).map(|place| {
        let (low, high) = (
            f64::from(place) / f64::from(count),
            f64::from(place + 1) / f64::from(count),
        );
        let own = bins.bins.iter().find(|bin| bin.low == low);
        HistogramBin {
            low,
            high,
            right: own.map_or(0, |bin| bin.right),
            wrong: own.map_or(0, |bin| bin.n.saturating_sub(bin.right)),
        }
    });
    regular.collect()
}

fn decomposition(wire: &mut Wire, split: &mut Decomposition) -> Done {
    wire.share(0x320, &mut split.miscalibration)?;
    wire.share(0x321, &mut split.discrimination)?;
    wire.share(0x322, &mut split.uncertainty)?;
    let sum = split.miscalibration - split.discrimination + split.uncertainty;
    let mut is_sum = (sum - split.score).abs() < 0.000_5;
    wire.flag(0x323, &mut is_sum)?;
    if is_sum {
        split.score = sum;
    } else {
        wire.share(0x324, &mut split.score)?;
    }
    wire.share_option(0x325, &mut split.null_miscalibration)
}

fn recalibration(wire: &mut Wire, fit: &mut Recalibration) -> Done {
    wire.text(0x326, &mut fit.method)?;
    wire.list(0x327, &mut fit.parameters, |wire, (name, value)| {
        wire.text(0x328, name)?;
        wire.number(0x329, value)
    })?;
    wire.curve(0x32a, &mut fit.steps)?;
    shares(wire, 0x330, &mut fit.log_loss)?;
    shares(wire, 0x332, &mut fit.brier)?;
    shares(wire, 0x334, &mut fit.difference)
}

pub(super) fn calibration(wire: &mut Wire, own: &mut Calibration) -> Done {
    wire.tally(0x340, &mut own.n)?;
    confidence_of(wire, &mut own.confidence_of)?;
    wire.text(0x341, &mut own.source)?;
    wire.share(0x342, &mut own.mean_confidence)?;
    wire.share(0x343, &mut own.frequency)?;
    wire.count(0x344, &mut own.distinct)?;
    wire.flag(0x345, &mut own.is_discrete)?;
    reliability(wire, &mut own.equal_width)?;
    reliability(wire, &mut own.equal_mass)?;
    wire.option(0x346, &mut own.distinct_values, reliability)?;
    wire.curve(0x350, &mut own.corp)?;
    wire.band(0x360, &mut own.corp_band)?;
    wire.option(0x347, &mut own.brier_split, decomposition)?;
    wire.option(0x348, &mut own.log_split, decomposition)?;
    wire.count(0x349, &mut own.certain_and_wrong)?;
    wire.share_option(0x34a, &mut own.null_ece)?;
    wire.share_option(0x34b, &mut own.null_smece)?;
    wire.list(0x34c, &mut own.variants, |wire, variant| {
        wire.text(0x34d, &mut variant.name)?;
        wire.share_option(0x34e, &mut variant.value)?;
        wire.text(0x34f, &mut variant.why)
    })?;
    shares(wire, 0x370, &mut own.over_under)?;
    wire.list(0x372, &mut own.cox, |wire, row| {
        named(
            wire,
            0x373,
            row,
            Usual {
                unit: Unit::Ratio,
                method: "logistic regression, Wald",
            },
        )
    })?;
    wire.estimate(
        0x120,
        &mut own.auroc,
        Usual {
            unit: Unit::Score,
            method: "DeLong",
        },
    )?;
    wire.option(0x374, &mut own.spiegelhalter, |wire, (z, p)| {
        wire.number(0x375, z)?;
        wire.number(0x376, p)
    })?;
    stacked_or_told(wire, own)?;
    wire.curve(0x380, &mut own.risk_coverage)?;
    wire.curve(0x390, &mut own.selective)?;
    wire.list(0x377, &mut own.selective_scores, |wire, (name, score)| {
        wire.text(0x378, name)?;
        wire.share(0x379, score)
    })?;
    wire.option(0x37a, &mut own.recalibration, recalibration)?;
    wire.text(0x37b, &mut own.recalibration_why)?;
    wire.list(0x37c, &mut own.multiclass, |wire, row| named(wire, 0x37d, row, SCORE))?;
    texts(wire, 0x37e, &mut own.cautions)
}

fn stacked_or_told(wire: &mut Wire, own: &mut Calibration) -> Done {
    let guess = stacked(&own.equal_width);
    let mut is_guessed = guess == own.histogram;
    wire.flag(0x37f, &mut is_guessed)?;
    if is_guessed {
        own.histogram = guess;
        return Ok(());
    }
    let bins = f64::from(own.equal_width.bins_asked.max(1));
    histogram(wire, &mut own.histogram, bins)
}

fn quantile(wire: &mut Wire, quantile: &mut Quantile) -> Done {
    wire.exact(0x3a0, &mut quantile.q)?;
    wire.estimate(0x3b0, &mut quantile.estimate, SECONDS)?;
    wire.tally(0x3a1, &mut quantile.n_needed)?;
    wire.flag(0x3a2, &mut quantile.is_censored)
}

fn attainment(wire: &mut Wire, own: &mut Attainment) -> Done {
    wire.exact(0x3a3, &mut own.budget_secs)?;
    wire.estimate(0x100, &mut own.share, RATE)?;
    wire.exact_option(0x3a4, &mut own.target)?;
    wire.number_option(0x3a5, &mut own.error_budget_used)
}

fn ttft(wire: &mut Wire, own: &mut Ttft) -> Done {
    wire.tally(0x3a6, &mut own.n)?;
    wire.curve(0x3c0, &mut own.ecdf)?;
    wire.list(0x3a7, &mut own.quantiles, quantile)?;
    wire.option(0x3a8, &mut own.attainment, attainment)
}

pub(super) fn latency(wire: &mut Wire, own: &mut Latency) -> Done {
    wire.tally(0x3a9, &mut own.n)?;
    wire.text(0x3aa, &mut own.source)?;
    wire.number(0x3ab, &mut own.range.0)?;
    wire.number(0x3ac, &mut own.range.1)?;
    wire.curve(0x3c0, &mut own.ecdf)?;
    let guess = dkw_half_width(own.n, 1.0 - wire.usual_level).unwrap_or(0.0);
    let mut dkw = (own.dkw, 0.0);
    unless(wire, 0x3ad, &mut dkw, Some((guess, 0.0)), |wire, dkw| {
        wire.share(0x3ae, &mut dkw.0)
    })?;
    own.dkw = dkw.0;
    log_histogram(wire, &mut own.histogram)?;
    wire.list(0x3a7, &mut own.quantiles, quantile)?;
    wire.option(0x3d0, &mut own.attainment, attainment)?;
    wire.flag(0x3d1, &mut own.is_long_tailed)?;
    wire.number_option(0x3d2, &mut own.tail_ratio)?;
    wire.tally(0x3d3, &mut own.timed_out)?;
    wire.option(0x3d4, &mut own.ttft, ttft)?;
    wire.list(0x3d5, &mut own.tpot, |wire, row| named(wire, 0x3d6, row, SECONDS))?;
    wire.option(0x3d7, &mut own.throughput, |wire, own| {
        wire.estimate(
            0x160,
            own,
            Usual {
                unit: Unit::TokensPerSecond,
                method: "ratio of sums",
            },
        )
    })?;
    wire.share_option(0x3d8, &mut own.apdex)?;
    texts(wire, 0x37e, &mut own.cautions)
}

/// Latency bins: each begins where the one before ends, so the edges are one curve.
fn log_histogram(wire: &mut Wire, bins: &mut Vec<HistogramBin>) -> Done {
    let is_chain = bins.len() < MOST_POINTS
        && bins.windows(2).all(|pair| matches!(pair, [a, b] if a.high == b.low))
        && bins.iter().all(|bin| bin.wrong == 0);
    let mut is_told = is_chain;
    wire.flag(0x3d9, &mut is_told)?;
    if !is_told {
        return wire.list(0x3da, bins, |wire, bin| {
            wire.number(0x3db, &mut bin.low)?;
            wire.number(0x3dc, &mut bin.high)?;
            wire.count(0x3dd, &mut bin.right)?;
            wire.count(0x3de, &mut bin.wrong)
        });
    }
    let mut length = bins.len() as u64;
    wire.count(0x3df, &mut length)?;
    if length as usize > MOST_POINTS {
        return Err(Fault::TooLarge);
    }
    bins.resize(length as usize, HistogramBin::default());
    let mut least = bins.first().map_or(0.0, |bin| bin.low);
    let mut most = bins.last().map_or(0.0, |bin| bin.high);
    if length > 0 {
        wire.number(0x3e0, &mut least)?;
        wire.number(0x3e1, &mut most)?;
    }
    let ratio = if least > 0.0 { (most / least).ln() } else { 0.0 };
    let edge = |place: usize| match (place, ratio > 0.0) {
        (0, _) => least,
        (place, _) if place as u64 == length => most,
        (place, true) => least * (ratio * place as f64 / length as f64).exp(),
        (place, false) => least + (most - least) * place as f64 / length as f64,
    };
    let is_even = |a: f64, b: f64| (a - b).abs() <= 0.002 * a.abs().max(b.abs());
    let mut is_regular = bins
        .iter()
        .enumerate()
        .all(|(place, bin)| is_even(bin.low, edge(place)));
    wire.flag(0x3e2, &mut is_regular)?;
    for (place, bin) in bins.iter_mut().enumerate() {
        if is_regular {
            (bin.low, bin.high) = (edge(place), edge(place + 1));
        } else {
            wire.number(0x3e3, &mut bin.low)?;
            wire.number(0x3e4, &mut bin.high)?;
        }
        wire.count(0x3e5, &mut bin.right)?;
    }
    Ok(())
}

fn mode(wire: &mut Wire, mode: &mut FailureMode, failed: u64, scored: u64, before: u64) -> Done {
    wire.text(0x420, &mut mode.name)?;
    wire.flag(0x421, &mut mode.is_unclassified)?;
    wire.count(0x422, &mut mode.count)?;
    let alpha = 1.0 - wire.usual_level;
    for (kind, n, estimate) in [
        (0x423, failed, &mut mode.of_failures),
        (0x424, scored, &mut mode.of_scored),
    ] {
        let ends = wilson(mode.count, n, alpha)
            .map(|i| (Some(i.low), Some(i.high)))
            .unwrap_or_default();
        let guess = Estimate::new(
            mode.count as f64 / n as f64,
            ends,
            wire.usual_level,
            n,
            "Wilson",
            Unit::Share,
        );
        let mut is_guessed = guess == *estimate;
        wire.flag(kind, &mut is_guessed)?;
        if is_guessed {
            *estimate = guess;
        } else {
            wire.estimate(0x100, estimate, RATE)?;
        }
    }
    let share = (before + mode.count) as f64 / failed as f64;
    let mut is_sum = share == mode.cumulative;
    wire.flag(0x425, &mut is_sum)?;
    if is_sum {
        mode.cumulative = share;
        return Ok(());
    }
    wire.share(0x426, &mut mode.cumulative)
}

fn together(wire: &mut Wire, pair: &mut CoOccurrence) -> Done {
    wire.text(0x427, &mut pair.a)?;
    wire.text(0x427, &mut pair.b)?;
    wire.count(0x428, &mut pair.both)?;
    wire.share(0x429, &mut pair.jaccard)?;
    wire.share_option(0x42a, &mut pair.phi)?;
    wire.number(0x42b, &mut pair.q)
}

pub(super) fn failures(wire: &mut Wire, own: &mut Failures) -> Done {
    wire.tally(0x42c, &mut own.failed)?;
    wire.tally(0x42d, &mut own.scored)?;
    wire.tally(0x42e, &mut own.errored)?;
    wire.tally(0x42f, &mut own.unscored)?;
    let (failed, scored) = (own.failed, own.scored);
    let mut before = 0u64;
    wire.list(0x430, &mut own.modes, |wire, each| {
        mode(wire, each, failed, scored, before)?;
        before = before.saturating_add(each.count);
        Ok(())
    })?;
    for list in [&mut own.errors, &mut own.combinations] {
        wire.list(0x431, list, |wire, (name, count)| {
            wire.text(0x432, name)?;
            wire.count(0x433, count)
        })?;
    }
    wire.list(0x434, &mut own.pairs, together)
}

fn slice(wire: &mut Wire, row: &mut SliceRow, counts: Counts) -> Done {
    wire.list(0x436, &mut row.conditions, pair)?;
    wire.estimate(0x440, &mut row.accuracy, RATE)?;
    wire.tally(0x437, &mut row.n)?;
    let guess = gap_to_rest(row, counts, wire.usual_level);
    let mut is_guessed = guess.as_ref() == Some(&row.difference);
    wire.flag(0x438, &mut is_guessed)?;
    match (is_guessed, guess) {
        (true, Some(guess)) => row.difference = guess,
        (true, None) => return Err(Fault::Nonsense),
        (false, _) => {
            let usual = Usual {
                unit: Unit::Points,
                method: "Newcombe",
            };
            wire.estimate(0x450, &mut row.difference, usual)?;
        }
    }
    wire.number_option(0x439, &mut row.q)?;
    wire.option(0x43a, &mut row.gap, |wire, gap| {
        wire.estimate(
            0x460,
            gap,
            Usual {
                unit: Unit::Points,
                method: "mean ± z·SE",
            },
        )
    })?;
    wire.number_option(0x43b, &mut row.p95_secs)
}

/// Failure rate of a slice less that of all other samples, as its counts give it.
fn gap_to_rest(row: &SliceRow, counts: Counts, level: f64) -> Option<Estimate> {
    let right = (row.accuracy.value? * row.n as f64).round() as u64;
    let failed = row.n.checked_sub(right)?;
    let rest = counts.scored.checked_sub(row.n)?;
    let rest_failed = counts.scored.checked_sub(counts.right)?.checked_sub(failed)?;
    let found = newcombe(failed, row.n, rest_failed, rest, 1.0 - level)?;
    let ends = (Some(found.interval.low), Some(found.interval.high));
    Some(Estimate::new(
        found.value,
        ends,
        level,
        counts.scored,
        "Newcombe",
        Unit::Points,
    ))
}

pub(super) fn slices(wire: &mut Wire, own: &mut Slices, counts: Counts) -> Done {
    wire.list(0x470, &mut own.rows, |wire, row| slice(wire, row, counts))?;
    let rows = &own.rows;
    wire.list(0x471, &mut own.weak, |wire, row| {
        let place = rows.iter().position(|own| own == row);
        let mut is_row = place.is_some();
        wire.flag(0x472, &mut is_row)?;
        if !is_row {
            return slice(wire, row, counts);
        }
        let mut place = place.unwrap_or(0) as u64;
        wire.count(0x473, &mut place)?;
        *row = rows.get(place as usize).cloned().ok_or(Fault::Nonsense)?;
        Ok(())
    })?;
    wire.count(0x474, &mut own.tested)?;
    wire.count(0x475, &mut own.support)
}

pub(super) fn repeats(wire: &mut Wire, own: &mut Repeats) -> Done {
    wire.tally(0x480, &mut own.items)?;
    wire.tally(0x481, &mut own.repeats.0)?;
    wire.tally(0x481, &mut own.repeats.1)?;
    for list in [&mut own.pass_at, &mut own.pass_hat] {
        wire.list(0x482, list, |wire, (k, estimate)| {
            wire.count(0x483, k)?;
            wire.estimate(
                0x490,
                estimate,
                Usual {
                    unit: Unit::Share,
                    method: "",
                },
            )
        })?;
    }
    wire.option(0x484, &mut own.variance, |wire, pair| {
        wire.number(0x485, &mut pair.0)?;
        wire.number(0x486, &mut pair.1)
    })
}

pub(super) fn agreement(wire: &mut Wire, own: &mut Agreement) -> Done {
    wire.text(0x4a0, &mut own.rows)?;
    wire.text(0x4a0, &mut own.columns)?;
    texts(wire, 0x4a1, &mut own.classes)?;
    wire.list(0x4a2, &mut own.counts, |wire, count| wire.count(0x4a3, count))?;
    wire.list(0x4a4, &mut own.by_class, |wire, (precision, recall, f1)| {
        wire.share_option(0x4a5, precision)?;
        wire.share_option(0x4a6, recall)?;
        wire.share_option(0x4a7, f1)
    })?;
    wire.list(0x4a8, &mut own.scores, |wire, row| named(wire, 0x4a9, row, SCORE))
}

fn variant(wire: &mut Wire, own: &mut Variant) -> Done {
    wire.text(0x4c0, &mut own.name)?;
    wire.tally(0x4c1, &mut own.n)?;
    shares(wire, 0x4c2, &mut own.accuracy)?;
    for estimate in [&mut own.drop, &mut own.relative, &mut own.flips.0, &mut own.flips.1] {
        wire.estimate(0x4d0, estimate, POINTS)?;
    }
    Ok(())
}

pub(super) fn robustness(wire: &mut Wire, own: &mut Robustness) -> Done {
    pair(wire, &mut own.column)?;
    wire.list(0x4c4, &mut own.variants, variant)?;
    wire.estimate(0x4e0, &mut own.consistency, RATE)?;
    wire.option(0x4c5, &mut own.worst_group, |wire, row| named(wire, 0x4c6, row, RATE))
}

fn group(wire: &mut Wire, own: &mut Group) -> Done {
    wire.text(0x500, &mut own.name)?;
    wire.tally(0x501, &mut own.n)?;
    wire.flag(0x502, &mut own.is_small)?;
    wire.list(0x503, &mut own.rates, |wire, row| named(wire, 0x504, row, RATE))?;
    wire.list(0x505, &mut own.differences, |wire, (name, estimate, p)| {
        wire.text(0x504, name)?;
        wire.estimate(0x520, estimate, POINTS)?;
        wire.number_option(0x506, p)
    })?;
    wire.estimate(
        0x530,
        &mut own.ratio,
        Usual {
            unit: Unit::Ratio,
            method: "",
        },
    )
}

pub(super) fn fairness(wire: &mut Wire, own: &mut Fairness) -> Done {
    wire.text(0x507, &mut own.column)?;
    wire.text(0x508, &mut own.reference)?;
    wire.list(0x509, &mut own.groups, group)?;
    wire.list(0x50a, &mut own.gaps, |wire, row| named(wire, 0x50b, row, POINTS))?;
    wire.count(0x50c, &mut own.tested)
}
