//! Calibration on the wire. Where the confidences are few, their table is told first and the rest follows from it.

use super::curve::TOLERANCE;
use super::estimate::{Known, is_close};
use super::metrics::Metrics;
use super::report::confidence_of;
use super::series::{named, sentences, unless};
use super::wire::{Done, Fault, Wire};
use crate::estimate::{Estimate, Unit};
use crate::report::{
    Calibration, Decomposition, Derived, HistogramBin, Recalibration, Reliability, ReliabilityBin, Report, Section,
    derived,
};
use crate::stat::cell::Cell;
use crate::stat::dist::normal_sf;
use crate::stat::proportion::{clopper_pearson, wilson};

/// Work of a table beside its samples: the smooth calibration error takes its time.
const PER_TABLE: u64 = 50_000;

/// The table of confidences, where there are few: told before everything that follows from it.
pub(super) fn table(wire: &mut Wire, report: &mut Report) -> Result<Option<Derived>, Fault> {
    let own = report.calibration.ready().filter(|own| own.is_discrete);
    let own = own.and_then(|own| own.distinct_values.as_ref());
    let mut cells: Vec<(f64, u64, u64)> = Vec::new();
    if let (true, Some(own)) = (wire.is_writer(), own) {
        cells = own.bins.iter().map(|bin| (bin.low, bin.n, bin.right)).collect();
    }
    let mut before = 0.0;
    wire.list(0x340, &mut cells, |wire, (value, n, right)| {
        decimal_after(wire, 0x341, value, before)?;
        before = *value;
        wire.count(0x343, n)?;
        wire.within(0x344, right, *n)
    })?;
    let mut of = report.rule.confidence_of;
    confidence_of(wire, &mut of)?;
    let cells: Vec<Cell> = cells.into_iter().map(|(p, n, right)| Cell { p, n, right }).collect();
    let total = cells.iter().try_fold(PER_TABLE, |sum, cell| sum.checked_add(cell.n));
    if cells.is_empty() || !total.is_some_and(|total| wire.affords(total)) {
        return Ok(None);
    }
    Ok(derived(&cells, of, 1.0 - wire.usual_level))
}

/// A number above `before`, exactly: in hundredths or thousandths if it is such.
fn decimal_after(wire: &mut Wire, kind: u16, value: &mut f64, before: f64) -> Done {
    let steps = |scale: f64| (*value * scale).round();
    let is_of = |scale: f64| steps(scale) / scale == *value && steps(scale) >= (before * scale).ceil() && *value <= 1.0;
    let mut form = match () {
        () if is_of(100.0) => 0,
        () if is_of(1000.0) => 1,
        () => 2,
    };
    wire.choice(kind, 3, &mut form)?;
    let scale = match form {
        0 => 100.0,
        1 => 1000.0,
        _ => return wire.exact(kind ^ 0x1000, value),
    };
    let from = (before * scale).ceil();
    let mut step = (*value * scale).round() as i64 - from as i64;
    wire.whole_of(kind + 1, form, &mut step)?;
    *value = (from + step as f64) / scale;
    Ok(())
}

/// A share that follows from what is known, mostly; else near to it.
fn share_like(wire: &mut Wire, kind: u16, value: &mut f64, guess: Option<f64>) -> Done {
    let Some(guess) = guess else {
        return wire.share(kind, value);
    };
    let mut is_guessed = is_close(guess, *value, true);
    wire.flag(kind ^ 0x1001, &mut is_guessed)?;
    if is_guessed {
        *value = guess;
        return Ok(());
    }
    wire.share_near(kind, value, guess)
}

fn option_like(wire: &mut Wire, kind: u16, value: &mut Option<f64>, guess: Option<f64>) -> Done {
    wire.option(kind ^ 0x1002, value, |wire, value| share_like(wire, kind, value, guess))
}

fn reliability(wire: &mut Wire, own: &mut Reliability) -> Done {
    wire.text(0x300, &mut own.scheme)?;
    let mut asked = u64::from(own.bins_asked);
    wire.count(0x301, &mut asked)?;
    own.bins_asked = u32::try_from(asked).map_err(|_| Fault::Nonsense)?;
    let bins = f64::from(own.bins_asked.max(1));
    let mut before = 0.0;
    wire.list(0x302, &mut own.bins, |wire, own| {
        bin(wire, own, before, bins)?;
        before = own.high;
        Ok(())
    })
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

fn bin(wire: &mut Wire, bin: &mut ReliabilityBin, before: f64, bins: f64) -> Done {
    edges(wire, 0x304, (&mut bin.low, &mut bin.high), before, bins)?;
    wire.count(0x308, &mut bin.n)?;
    let most = bin.n;
    wire.within(0x309, &mut bin.right, most)?;
    let mut is_inside = bin.low <= bin.confidence && bin.confidence <= bin.high;
    wire.flag(0x30a, &mut is_inside)?;
    let width = bin.high - bin.low;
    if is_inside && width > 0.0 {
        // 1/1023 of the bin, or of a tenth.
        let mut place = ((bin.confidence - bin.low) / width * 1023.0).round().clamp(0.0, 1023.0) as u64;
        wire.within(0x317, &mut place, 1023)?;
        bin.confidence = bin.low + width * place as f64 / 1023.0;
    } else if is_inside {
        bin.confidence = bin.low;
    } else {
        wire.share(0x30b, &mut bin.confidence)?;
    }
    around(wire, bin)
}

/// The share right with its intervals, which follow from the counts.
fn around(wire: &mut Wire, bin: &mut ReliabilityBin) -> Done {
    let share = bin.right as f64 / bin.n.max(1) as f64;
    unless(wire, 0x30c, &mut bin.frequency, Some(&share), |wire, own| {
        wire.share(0x30d, own)
    })?;
    let alpha = 1.0 - wire.usual_level;
    let ends = |interval: Option<crate::stat::interval::Interval>| interval.map_or((0.0, 1.0), |i| (i.low, i.high));
    let pair = |wire: &mut Wire, own: &mut (f64, f64)| {
        wire.share(0x310, &mut own.0)?;
        wire.share(0x311, &mut own.1)
    };
    let guess = ends(wilson(bin.right, bin.n, alpha));
    unless(wire, 0x30e, &mut bin.wilson, Some(&guess), pair)?;
    let guess = ends(clopper_pearson(bin.right, bin.n, alpha));
    unless(wire, 0x30f, &mut bin.clopper_pearson, Some(&guess), pair)?;
    consistency(wire, bin)
}

/// Where a calibrated model's share would lie: whole counts over n, told by their distance from the expected count.
fn consistency(wire: &mut Wire, bin: &mut ReliabilityBin) -> Done {
    let n = bin.n as f64;
    let counts = ((bin.consistency.0 * n).round(), (bin.consistency.1 * n).round());
    let mut is_whole = bin.n > 0 && (counts.0 / n, counts.1 / n) == bin.consistency;
    wire.flag(0x312, &mut is_whole)?;
    if !is_whole {
        wire.share(0x313, &mut bin.consistency.0)?;
        return wire.share(0x314, &mut bin.consistency.1);
    }
    let expected = (bin.confidence * n).round();
    let spread = (1.96 * (n * bin.confidence * (1.0 - bin.confidence)).max(0.0).sqrt()).round();
    let tell = |wire: &mut Wire, kind: u16, count: f64, guess: f64| {
        let mut off = (count - guess) as i64;
        wire.whole(kind, &mut off)?;
        Ok((guess + off as f64) / n.max(1.0))
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
        let edge = |place: u32| f64::from(place) / f64::from(count);
        let own = bins.bins.iter().find(|bin| bin.low == edge(place));
        HistogramBin {
            low: edge(place),
            high: edge(place + 1),
            right: own.map_or(0, |bin| bin.right),
            wrong: own.map_or(0, |bin| bin.n.saturating_sub(bin.right)),
        }
    });
    regular.collect()
}

fn decomposition(wire: &mut Wire, own: &mut Decomposition, guess: Option<&Decomposition>, known: Split) -> Done {
    let part = |of: fn(&Decomposition) -> f64| guess.map(of);
    let of_score = part(|split| split.score).or(known.score);
    let of_mcb = part(|split| split.miscalibration).or(known.miscalibration);
    share_like(wire, 0x320, &mut own.score, of_score)?;
    share_like(wire, 0x321, &mut own.miscalibration, of_mcb)?;
    share_like(
        wire,
        0x322,
        &mut own.uncertainty,
        part(|split| split.uncertainty).or(known.uncertainty),
    )?;
    let rest = own.miscalibration + own.uncertainty - own.score;
    share_like(
        wire,
        0x323,
        &mut own.discrimination,
        part(|split| split.discrimination).or(Some(rest)),
    )?;
    wire.share_option(0x325, &mut own.null_miscalibration)
}

/// What is known of a score taken apart.
struct Split {
    score: Option<f64>,
    miscalibration: Option<f64>,
    uncertainty: Option<f64>,
}

fn recalibration(
    wire: &mut Wire,
    fit: &mut Recalibration,
    known: (Option<f64>, Option<f64>),
    steps: &[crate::report::Point],
) -> Done {
    wire.text(0x326, &mut fit.method)?;
    wire.list(0x327, &mut fit.parameters, |wire, (name, value)| {
        wire.text(0x328, name)?;
        wire.number(0x329, value)
    })?;
    unless(wire, 0x32b, &mut fit.steps, Some(&steps.to_vec()), |wire, steps| {
        wire.unit_curve(0x32c, steps)
    })?;
    share_like(wire, 0x330, &mut fit.log_loss.0, known.0)?;
    share_like(wire, 0x331, &mut fit.log_loss.1, None)?;
    share_like(wire, 0x332, &mut fit.brier.0, known.1)?;
    share_like(wire, 0x333, &mut fit.brier.1, None)?;
    wire.share(0x334, &mut fit.difference.0)?;
    wire.share(0x335, &mut fit.difference.1)
}

/// A whole section. `guess`: what the table of confidences gives; `metrics`: told before.
pub(super) fn calibration(
    wire: &mut Wire,
    own: &mut Calibration,
    guess: Option<&Calibration>,
    metrics: &Metrics,
) -> Done {
    wire.tally(0x345, &mut own.n)?;
    confidence_of(wire, &mut own.confidence_of)?;
    wire.sentence(0x346, &mut own.source)?;
    bins_and_curves(wire, own, guess)?;
    if wire.is_baseline {
        return Ok(());
    }
    let value = |id: &str| metrics.get(id).and_then(|estimate| estimate.value);
    unless(
        wire,
        0x347,
        &mut own.certain_and_wrong,
        guess.map(|g| &g.certain_and_wrong),
        |wire, own| wire.count(0x348, own),
    )?;
    wire.unit_band(0x360, &mut own.corp_band)?;
    let uncertainty = Some(own.frequency * (1.0 - own.frequency));
    let brier = Split {
        score: value("calibration.brier"),
        miscalibration: value("calibration.mcb"),
        uncertainty,
    };
    let log = Split {
        score: value("calibration.log-loss"),
        miscalibration: None,
        uncertainty: None,
    };
    let splits = [
        (
            0x349,
            &mut own.brier_split,
            guess.and_then(|g| g.brier_split.as_ref()),
            brier,
        ),
        (0x34a, &mut own.log_split, guess.and_then(|g| g.log_split.as_ref()), log),
    ];
    for (kind, split, guess, known) in splits {
        wire.about = kind;
        wire.option(kind, split, |wire, split| decomposition(wire, split, guess, known))?;
    }
    wire.about = 0;
    wire.share_option(0x34b, &mut own.null_ece)?;
    wire.share_option(0x34c, &mut own.null_smece)?;
    variants(wire, own, guess, value("calibration.ece"))?;
    scores(wire, own, guess, metrics)?;
    fitted(wire, own, metrics)
}

/// Everything that is drawn of a baseline as well.
fn bins_and_curves(wire: &mut Wire, own: &mut Calibration, guess: Option<&Calibration>) -> Done {
    share_like(wire, 0x350, &mut own.mean_confidence, guess.map(|g| g.mean_confidence))?;
    share_like(wire, 0x351, &mut own.frequency, guess.map(|g| g.frequency))?;
    unless(
        wire,
        0x352,
        &mut own.distinct,
        guess.map(|g| &g.distinct),
        |wire, own| wire.count(0x353, own),
    )?;
    unless(
        wire,
        0x354,
        &mut own.is_discrete,
        guess.map(|g| &g.is_discrete),
        |wire, own| wire.flag(0x355, own),
    )?;
    unless(
        wire,
        0x356,
        &mut own.equal_width,
        guess.map(|g| &g.equal_width),
        reliability,
    )?;
    unless(
        wire,
        0x357,
        &mut own.distinct_values,
        guess.map(|g| &g.distinct_values),
        |wire, own| wire.option(0x358, own, reliability),
    )?;
    let guessed = stacked(&own.equal_width);
    let bins = f64::from(own.equal_width.bins_asked.max(1));
    unless(wire, 0x359, &mut own.histogram, Some(&guessed), |wire, own| {
        histogram(wire, own, bins)
    })?;
    unless(wire, 0x35a, &mut own.corp, guess.map(|g| &g.corp), |wire, own| {
        wire.unit_curve(0x368, own)
    })?;
    let n = own.n;
    unless(
        wire,
        0x35b,
        &mut own.risk_coverage,
        guess.map(|g| &g.risk_coverage),
        |wire, own| wire.risk_curve(0xb00, own, n, TOLERANCE),
    )
}

fn variants(wire: &mut Wire, own: &mut Calibration, guess: Option<&Calibration>, ece: Option<f64>) -> Done {
    let mut place = 0u16;
    wire.list(0x370, &mut own.variants, |wire, own| {
        let known = guess.and_then(|g| g.variants.get(usize::from(place)));
        place += 1;
        wire.about = place;
        wire.text(0x371, &mut own.name)?;
        let usual = known.map(|known| known.why.clone()).unwrap_or_default();
        wire.sentence_like(0x372, &mut own.why, &usual)?;
        option_like(wire, 0x373, &mut own.value, known.and_then(|known| known.value).or(ece))
    })?;
    wire.about = 0;
    let known = guess.map(|g| g.over_under);
    share_like(wire, 0x374, &mut own.over_under.0, known.map(|k| k.0))?;
    let rest = ece.map(|ece| ece - own.over_under.0);
    share_like(wire, 0x375, &mut own.over_under.1, known.map(|k| k.1).or(rest))
}

/// Ranking, slope, areas.
fn scores(wire: &mut Wire, own: &mut Calibration, guess: Option<&Calibration>, metrics: &Metrics) -> Done {
    let mut place = 0u16;
    wire.list(0x376, &mut own.cox, |wire, row| {
        let metric = metrics.get("calibration.slope").filter(|_| place == 0);
        let known = guess
            .and_then(|g| g.cox.get(usize::from(place)))
            .map(|(_, known)| known);
        place += 1;
        wire.about = place;
        wire.text(0x377, &mut row.0)?;
        let known = Known {
            guess: known.or(metric),
            ..Known::unit(Unit::Score)
        };
        wire.estimate(0x130, &mut row.1, known)
    })?;
    wire.about = 0;
    let known = Known {
        guess: metrics.get("calibration.auroc"),
        ..Known::unit(Unit::Score)
    };
    wire.estimate(0x150, &mut own.auroc, known)?;
    wire.option(0x378, &mut own.spiegelhalter, |wire, (z, p)| {
        let known = guess.and_then(|g| g.spiegelhalter);
        number_like(wire, 0x379, z, known.map(|known| known.0))?;
        let usual = 2.0 * normal_sf(z.abs());
        number_like(wire, 0x37a, p, known.map(|known| known.1).or(Some(usual)))
    })?;
    let n = own.n;
    unless(
        wire,
        0x37b,
        &mut own.selective,
        guess.map(|g| &g.selective),
        |wire, own| selective(wire, own, n),
    )?;
    let mut place = 0;
    wire.list(0x37d, &mut own.selective_scores, |wire, (name, score)| {
        let known = guess
            .and_then(|g| g.selective_scores.get(place))
            .map(|(_, score)| *score);
        let metric = match place {
            0 => metrics.get("selective.aurc"),
            2 => metrics.get("selective.augrc"),
            _ => None,
        };
        place += 1;
        wire.text(0x37e, name)?;
        share_like(wire, 0x37f, score, known.or(metric.and_then(|metric| metric.value)))
    })
}

/// Points of share right by coverage.
fn selective(wire: &mut Wire, own: &mut Vec<crate::report::Point>, n: u64) -> Done {
    let turned = |points: &mut Vec<crate::report::Point>| points.iter_mut().for_each(|p| p.y = 1.0 - p.y);
    turned(own);
    wire.risk_curve(0xb10, own, n, -1.0)?;
    turned(own);
    Ok(())
}

fn number_like(wire: &mut Wire, kind: u16, value: &mut f64, guess: Option<f64>) -> Done {
    if let Some(guess) = guess {
        let mut is_guessed = is_close(guess, *value, false);
        wire.flag(kind ^ 0x1003, &mut is_guessed)?;
        if is_guessed {
            *value = guess;
            return Ok(());
        }
    }
    wire.number(kind, value)
}

/// Recalibration, class scores and cautions.
fn fitted(wire: &mut Wire, own: &mut Calibration, metrics: &Metrics) -> Done {
    let value = |id: &str| metrics.get(id).and_then(|estimate| estimate.value);
    let known = (value("calibration.log-loss"), value("calibration.brier"));
    let steps = own.corp.clone();
    wire.option(0x383, &mut own.recalibration, |wire, fit| {
        recalibration(wire, fit, known, &steps)
    })?;
    wire.sentence(0x384, &mut own.recalibration_why)?;
    let accuracy = metrics.get("accuracy").cloned();
    let mut place = 0u16;
    wire.list(0x385, &mut own.multiclass, |wire, row| {
        place += 1;
        wire.about = place;
        let ece = metrics.get("calibration.ece");
        let guess: Option<&Estimate> = match place {
            1 => accuracy.as_ref(),
            2 => ece,
            _ => None,
        };
        named(
            wire,
            0x386,
            row,
            Known {
                guess,
                ..Known::unit(Unit::Score)
            },
        )
    })?;
    wire.about = 0;
    sentences(wire, 0x387, &mut own.cautions)
}

/// A section, or why there is none.
pub(super) fn section(wire: &mut Wire, report: &mut Report, derived: Option<&Derived>) -> Done {
    let guess = derived.map(|derived| &derived.calibration);
    let metrics = std::mem::take(&mut report.metrics);
    let mut section: Section<Calibration> = std::mem::take(&mut report.calibration);
    let done = super::report::section(wire, 0x17, &mut section, |wire, own| {
        calibration(wire, own, guess, &metrics)
    });
    report.calibration = section;
    report.metrics = metrics;
    done
}
