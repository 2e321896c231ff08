//! What takes many draws: intervals and null bands of the calibration errors, of ranking and slope where samples are not
//! independent, the band around the isotonic curve, and the recalibrations that are tried.

use super::super::input::{Input, Progress};
use super::super::stage::Refine;
use super::super::{BandPoint, Report, Section};
use super::{ECE_BINS, MOST_POINTS, MOST_WORK, Pairs, recalibration};
use crate::estimate::Estimate;
use crate::run::ConfidenceOf;
use crate::stat::bootstrap::{BandDraws, CalibrationDraws, CalibrationUncertainty, Honest, Plan};
use crate::stat::clustered::{Ranked, RankingDraws};
use crate::stat::interval::Interval;
use crate::text;

/// Metrics whose interval comes from the draws: the first two always, all where samples are not independent.
const REFINED: [&str; 5] = [
    "calibration.ece",
    "calibration.smece",
    "calibration.slope",
    "calibration.auroc",
    "selective.accuracy-80",
];

/// Metrics of this run whose interval comes from the draws.
pub(in crate::report) fn refined(input: &Input<'_>) -> &'static [&'static str] {
    let count = if input.groups().is_some() { REFINED.len() } else { 2 };
    REFINED.get(..count).unwrap_or_default()
}

/// Simulations of a calibrated model for the null bands.
const SIMULATIONS: usize = 500;
/// Simulations for the band around the isotonic curve, and its level.
const BAND_REPLICATES: usize = 400;
const BAND_LEVEL: f64 = 0.9;
/// Cells drawn before somebody may stop the draws.
const CELLS_A_TURN: usize = 20_000;

/// The draws, where there are samples to draw from.
pub(in crate::report) fn refine(input: &Input<'_>) -> Option<Box<dyn Refine>> {
    let pairs = input.pairs()?;
    let draws_a_turn = CELLS_A_TURN.div_ceil(pairs.cells.len().clamp(100, 3000));
    Some(Box::new(Draws {
        step: Step::Recalibration,
        draws_a_turn,
        replicates: input.options.replicates as usize,
    }))
}

struct Draws {
    step: Step,
    draws_a_turn: usize,
    replicates: usize,
}

/// One after the other.
enum Step {
    Recalibration,
    Errors(Box<CalibrationDraws>),
    Ranking(Box<RankingDraws>),
    Band(Box<BandDraws>),
    Done,
}

impl Refine for Draws {
    fn advance(&mut self, input: &Input<'_>, report: &mut Report) -> bool {
        let Some(pairs) = input.pairs() else { return true };
        let next = match &mut self.step {
            Step::Recalibration => {
                suggest(input, pairs, report);
                Some(errors(input, pairs, report).map_or_else(|| ranking(input, pairs), Step::Errors))
            }
            Step::Errors(draws) => {
                (0..self.draws_a_turn).for_each(|_| draws.step());
                draws.is_complete().then(|| {
                    fill_errors(draws, input, report);
                    ranking(input, pairs)
                })
            }
            Step::Ranking(draws) => {
                let total = input.options.replicates as usize;
                // Each draw fits a regression as well.
                let turn = self.draws_a_turn.div_ceil(4).min(total - draws.done().min(total));
                (0..turn).for_each(|_| draws.step());
                (draws.done() >= total).then(|| {
                    fill_ranking(draws, input, report);
                    band(input, pairs)
                })
            }
            Step::Band(draws) => {
                let left = BAND_REPLICATES - draws.done();
                (0..self.draws_a_turn.min(left)).for_each(|_| draws.step());
                (draws.done() >= BAND_REPLICATES).then(|| {
                    fill_band(draws, report);
                    Step::Done
                })
            }
            Step::Done => None,
        };
        if let Some(next) = next {
            self.step = next;
        }
        matches!(self.step, Step::Done)
    }

    fn progress(&self) -> Progress {
        let (doing, done, total) = match &self.step {
            Step::Recalibration => return Progress::of("Trying recalibrations", 0.0),
            Step::Errors(draws) => ("Intervals of the calibration errors", draws.done(), draws.total()),
            Step::Ranking(draws) => ("Intervals of ranking and slope", draws.done(), self.replicates),
            Step::Band(draws) => ("Band around the reliability curve", draws.done(), BAND_REPLICATES),
            Step::Done => return Progress::of("Calibration", 1.0),
        };
        Progress {
            doing,
            share: done as f64 / total.max(1) as f64,
            replicates: Some((done as u64, total as u64)),
        }
    }
}

fn suggest(input: &Input<'_>, pairs: &Pairs, report: &mut Report) {
    if let Section::Ready(part) = &mut report.calibration {
        (part.recalibration, part.recalibration_why) = recalibration::suggestion(input, pairs);
    }
}

/// The draws of the calibration errors, or the caution that they would take too long.
fn errors(input: &Input<'_>, pairs: &Pairs, report: &mut Report) -> Option<Box<CalibrationDraws>> {
    let clusters = pairs.clusters(input);
    if clusters.as_ref().is_some_and(|own| work(input, own) > MOST_WORK) {
        if let Section::Ready(part) = &mut report.calibration {
            part.cautions.push(format!(
                "Resampling the clusters of {} would take too long: calibration errors, AUROC, slope and accuracy at 80 % \
                 coverage are shown without intervals.",
                text::counted(pairs.n(), "sample")
            ));
        }
        return None;
    }
    let plan = Plan {
        alpha: input.alpha(),
        replicates: input.options.replicates as usize,
        simulations: SIMULATIONS,
        seed: input.options.seed,
    };
    let draws = CalibrationDraws::new(&pairs.p, &pairs.y, clusters.as_deref(), ECE_BINS, plan);
    draws.filter(|_| pairs.n() > 1).map(Box::new)
}

fn fill_errors(draws: &CalibrationDraws, input: &Input<'_>, report: &mut Report) {
    let value = |id: &str| report.metrics.get(id).and_then(|estimate| estimate.value);
    let values = (
        value("calibration.ece"),
        value("calibration.smece"),
        value("calibration.mcb"),
    );
    let (Some(ece), Some(smece), Some(mcb)) = values else {
        return;
    };
    let CalibrationUncertainty { ece, smece, mcb } = draws.uncertainty([ece, smece, mcb]);
    let mut put = |id: &str, found: Honest| {
        if let (Some(estimate), Some(interval)) = (report.metrics.get_mut(id), found.interval) {
            estimate.low = Some(interval.low);
            estimate.high = Some(interval.high);
            estimate.level = input.level();
        }
    };
    put("calibration.ece", ece);
    put("calibration.smece", smece);
    if let Section::Ready(part) = &mut report.calibration {
        part.null_ece = ece.null_95;
        part.null_smece = smece.null_95;
        if let Some(split) = &mut part.brier_split {
            split.null_miscalibration = mcb.null_95;
        }
    }
}

/// The draws of whole clusters, where there are some; else what comes after them.
fn ranking(input: &Input<'_>, pairs: &Pairs) -> Step {
    let is_positive = input.run.rule.confidence_of == ConfidenceOf::PositiveClass;
    let clusters = pairs.clusters(input).filter(|own| work(input, own) <= MOST_WORK);
    let draws = clusters.and_then(|own| RankingDraws::new(&pairs.p, &pairs.y, &own, is_positive, input.options.seed));
    draws.map_or_else(|| band(input, pairs), |draws| Step::Ranking(Box::new(draws)))
}

/// What resampling clusters costs: samples times replicates.
fn work(input: &Input<'_>, clusters: &[u32]) -> u64 {
    clusters.len() as u64 * u64::from(input.options.replicates)
}

fn fill_ranking(draws: &RankingDraws, input: &Input<'_>, report: &mut Report) {
    let fill = |estimate: &mut Estimate, what: Ranked| {
        let interval: Option<Interval> = estimate
            .value
            .and_then(|value| draws.interval(what, value, input.alpha()));
        if let Some(own) = interval {
            (estimate.low, estimate.high, estimate.level) = (Some(own.low), Some(own.high), input.level());
        }
    };
    let metrics = [
        ("calibration.auroc", Ranked::Auroc),
        ("calibration.slope", Ranked::Slope),
        ("selective.accuracy-80", Ranked::AccuracyAt80),
    ];
    for (id, what) in metrics {
        if let Some(estimate) = report.metrics.get_mut(id) {
            fill(estimate, what);
        }
    }
    if let Section::Ready(part) = &mut report.calibration {
        fill(&mut part.auroc, Ranked::Auroc);
        for (name, estimate) in &mut part.cox {
            match name.as_str() {
                "slope" => fill(estimate, Ranked::Slope),
                "calibration in the large" => fill(estimate, Ranked::InTheLarge),
                _ => {}
            }
        }
    }
}

fn band(input: &Input<'_>, pairs: &Pairs) -> Step {
    let draws = BandDraws::new(&pairs.p, &pairs.y, MOST_POINTS, input.options.seed);
    draws.map_or(Step::Done, |draws| Step::Band(Box::new(draws)))
}

fn fill_band(draws: &BandDraws, report: &mut Report) {
    if let Section::Ready(part) = &mut report.calibration {
        let points = draws.band(BAND_LEVEL).unwrap_or_default().into_iter();
        part.corp_band = points
            .map(|at| BandPoint {
                x: at.p,
                low: at.band.low,
                high: at.band.high,
            })
            .collect();
    }
}
