//! What takes many draws: intervals and null bands of the calibration errors, the band around the isotonic curve, and the
//! recalibrations that are tried.

use super::super::input::{Input, Progress};
use super::super::stage::Refine;
use super::super::{BandPoint, Report, Section};
use super::{ECE_BINS, MOST_POINTS, MOST_WORK, Pairs, recalibration};
use crate::stat::bootstrap::{BandDraws, CalibrationDraws, CalibrationUncertainty, Honest, Plan};
use crate::text;

/// Metrics whose interval comes from the draws.
pub(in crate::report) const REFINED: [&str; 2] = ["calibration.ece", "calibration.smece"];

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
    }))
}

struct Draws {
    step: Step,
    draws_a_turn: usize,
}

/// One after the other.
enum Step {
    Recalibration,
    Errors(Box<CalibrationDraws>),
    Band(Box<BandDraws>),
    Done,
}

impl Refine for Draws {
    fn advance(&mut self, input: &Input<'_>, report: &mut Report) -> bool {
        let Some(pairs) = input.pairs() else { return true };
        let next = match &mut self.step {
            Step::Recalibration => {
                suggest(input, pairs, report);
                Some(errors(input, pairs, report).map_or_else(|| band(input, pairs), Step::Errors))
            }
            Step::Errors(draws) => {
                (0..self.draws_a_turn).for_each(|_| draws.step());
                draws.is_complete().then(|| {
                    fill_errors(draws, input, report);
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
    let work = clusters.as_ref().map_or(0, Vec::len) as u64 * u64::from(input.options.replicates);
    if work > MOST_WORK {
        if let Section::Ready(part) = &mut report.calibration {
            part.cautions.push(format!(
                "Resampling the clusters of {} would take too long: calibration errors are shown without intervals.",
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
