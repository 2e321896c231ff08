//! Calibration slope, and the recalibration that holds on samples it was not fitted on.

use super::super::input::Input;
use super::super::{Point, Recalibration};
use super::Pairs;
use crate::estimate::{Estimate, Unit};
use crate::stat::interval::Interval;
use crate::stat::recalibration::{Candidate, Cox, ISOTONIC_MINIMUM, Map, Method, Suggestion, Unfit, cox, suggest};
use crate::text;

/// Folds of the cross-fitting.
const FOLDS: usize = 5;
/// Fewer samples than this cannot tell methods apart.
const FEWEST: u64 = 50;
/// Of more samples than this, every k-th by rising confidence is used, so that the cross-fitting stays quick.
const MOST: usize = 100_000;

/// Slope, intercept and calibration in the large with Wald intervals, or why not.
pub(super) fn cox_rows(alpha: f64, pairs: &Pairs) -> Vec<(String, Estimate)> {
    let n = pairs.n();
    let fitted = cox(&pairs.p, &pairs.y);
    let level = 1.0 - alpha;
    let row = |value: fn(&Cox) -> f64, interval: fn(&Cox, f64) -> Option<Interval>, unit: Unit| match &fitted {
        Ok(fit) => {
            let ends = interval(fit, alpha);
            let ends = (ends.map(|i| i.low), ends.map(|i| i.high));
            Estimate::new(
                value(fit),
                ends,
                if ends.0.is_some() { level } else { 0.0 },
                n,
                "logistic regression, Wald",
                unit,
            )
        }
        Err(why) => Estimate::undefined(words(*why), n, "logistic regression, Wald", unit),
    };
    vec![
        ("slope".to_owned(), row(|c| c.slope, Cox::slope_interval, Unit::Score)),
        ("intercept".to_owned(), row(|c| c.intercept, |_, _| None, Unit::Score)),
        (
            "calibration in the large".to_owned(),
            row(|c| c.citl, Cox::citl_interval, Unit::Score),
        ),
    ]
}

fn words(why: Unfit) -> &'static str {
    match why {
        Unfit::Invalid => "No sample has a usable confidence.",
        Unfit::OneOutcome => "All samples have the same outcome; needs right and wrong ones.",
        Unfit::OneValue => "All samples have the same confidence; needs two values at least.",
        Unfit::Separable => "A threshold on the confidence separates right from wrong, so the slope is infinite.",
        Unfit::NoConvergence => "The fit did not settle.",
    }
}

/// The recalibration worth using, or why none is suggested.
pub(super) fn suggestion(input: &Input<'_>, pairs: &Pairs) -> (Option<Recalibration>, String) {
    let n = pairs.n();
    if n < FEWEST {
        return (
            None,
            format!("Too few samples to try a recalibration: {n}, about {FEWEST} are needed."),
        );
    }
    let step = step(pairs);
    let p: Vec<f64> = pairs.p.iter().copied().step_by(step).collect();
    let y: Vec<bool> = pairs.y.iter().copied().step_by(step).collect();
    let folds = pairs.folds.iter().step_by(step);
    let folds: Vec<usize> = folds.map(|&fold| usize::from(fold)).collect();
    let Some(found) = suggest(&p, &y, &folds, input.alpha()) else {
        return (None, "No recalibration could be fitted to these samples.".to_owned());
    };
    match recalibration(&found) {
        Some(recalibration) => (Some(recalibration), String::new()),
        None => (None, why_none(n)),
    }
}

/// Every how many pairs, in rising order, a recalibration is tried on: 1 for all.
fn step(pairs: &Pairs) -> usize {
    pairs.p.len().div_ceil(MOST).max(1)
}

/// Says that a recalibration was tried on part of the samples only.
pub(super) fn caution(pairs: &Pairs) -> Option<String> {
    let (n, step) = (pairs.p.len(), step(pairs));
    (step > 1).then(|| {
        format!(
            "Recalibration was tried on {} of {}, evenly spread over the confidences.",
            text::count(n.div_ceil(step) as u64),
            text::counted(n as u64, "sample")
        )
    })
}

fn why_none(n: u64) -> String {
    let limit = ISOTONIC_MINIMUM as u64;
    let isotonic = if n < limit {
        format!(" Isotonic regression is not tried below {limit} samples.")
    } else {
        String::new()
    };
    format!(
        "No recalibration lowers the log loss on samples it was not fitted on (5-fold, interval of the difference excludes 0) \
         without making the Brier score worse.{isotonic}"
    )
}

fn recalibration(found: &Suggestion) -> Option<Recalibration> {
    let of = |method: Method| found.candidates.iter().find(|c| c.method == method);
    let (before, after): (&Candidate, &Candidate) = (of(Method::None)?, of(found.best)?);
    let difference = after.difference?;
    let (method, parameters, steps) = match &found.map {
        Map::Identity => return None,
        Map::Temperature(t) => ("temperature", vec![("temperature".to_owned(), *t)], Vec::new()),
        Map::Platt(fit) => {
            let parameters = vec![("slope".to_owned(), fit.slope), ("intercept".to_owned(), fit.intercept)];
            ("platt", parameters, Vec::new())
        }
        Map::Isotonic(blocks) => {
            let ends = |low: f64, high: f64| if high > low { vec![low, high] } else { vec![low] };
            let steps = blocks
                .iter()
                .flat_map(|b| ends(b.low, b.high).into_iter().map(|x| Point { x, y: b.cep() }))
                .collect();
            ("isotonic", Vec::new(), steps)
        }
    };
    Some(Recalibration {
        method: method.to_owned(),
        parameters,
        steps,
        log_loss: (before.log_loss, after.log_loss),
        brier: (before.brier, after.brier),
        difference: (difference.low, difference.high),
    })
}

/// The fold of a row: by its cluster, else its item, so that what belongs together stays together.
pub(super) fn fold(input: &Input<'_>, row: usize) -> u8 {
    let samples = input.samples;
    let own = samples.clusters.at(row).unwrap_or_else(|| samples.ids.at(row));
    let fold = if own.is_empty() {
        row % FOLDS
    } else {
        crate::stat::recalibration::fold_of(own, FOLDS)
    };
    fold as u8
}
