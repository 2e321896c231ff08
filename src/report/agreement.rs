//! Truth against prediction: the confusion matrix and its summary.

use std::collections::{BTreeSet, HashMap};

use super::input::Input;
use super::{Agreement, Report, Section};
use crate::estimate::{Estimate, Unit};
use crate::stat::confusion::Confusion;

/// More classes than this are free text, not classes.
const MOST_CLASSES: usize = 50;

pub(super) fn compute(input: &Input<'_>, report: &mut Report) {
    let samples = input.samples;
    let pairs: Vec<(&str, &str)> = input
        .scored_rows()
        .filter_map(|row| Some((samples.truth.at(row)?, samples.predicted.at(row)?)))
        .collect();
    let classes: BTreeSet<&str> = pairs
        .iter()
        .flat_map(|(truth, predicted)| [*truth, *predicted])
        .collect();
    if pairs.is_empty() || classes.len() > MOST_CLASSES {
        let why = "Needs a true and a predicted class from the same small set (at most 50 classes).";
        report.agreement = Section::Missing(why.to_owned());
        return;
    }
    let codes: HashMap<&str, u32> = classes.iter().zip(0u32..).map(|(name, code)| (*name, code)).collect();
    let code = |name: &str| codes.get(name).copied().unwrap_or(u32::MAX);
    let matrix = Confusion::of(
        classes.len(),
        pairs.iter().map(|(truth, predicted)| (code(truth), code(predicted))),
    );
    let n = matrix.n();
    let plain = |value: Option<f64>, unit: Unit, why: &str| match value {
        Some(value) => Estimate::new(value, (None, None), 0.0, n, "confusion matrix", unit),
        None => Estimate::undefined(why, n, "confusion matrix", unit),
    };
    let constant = "Truth or prediction is one class only.";
    let right = (0..classes.len()).map(|class| matrix.count(class, class)).sum();
    let kappa = plain(matrix.kappa(), Unit::Score, constant);
    let macro_f1 = plain(matrix.macro_f1(), Unit::Score, constant);
    report.metrics.insert("agreement.kappa".to_owned(), kappa.clone());
    report.metrics.insert("agreement.macro-f1".to_owned(), macro_f1.clone());
    let size = classes.len();
    report.agreement = Section::Ready(Agreement {
        rows: "truth".to_owned(),
        columns: "prediction".to_owned(),
        classes: classes.iter().map(|name| (*name).to_owned()).collect(),
        counts: (0..size * size)
            .map(|place| matrix.count(place / size, place % size))
            .collect(),
        by_class: (0..size)
            .map(|class| {
                let score = matrix.class(class);
                (score.precision, score.recall, score.f1)
            })
            .collect(),
        scores: vec![
            ("Accuracy".to_owned(), input.rate(right, n, "")),
            (
                "Balanced accuracy".to_owned(),
                plain(matrix.balanced_accuracy(), Unit::Share, constant),
            ),
            ("Macro F1".to_owned(), macro_f1),
            ("Cohen's kappa".to_owned(), kappa),
            (
                "Matthews correlation (MCC)".to_owned(),
                plain(matrix.mcc(), Unit::Score, constant),
            ),
        ],
    });
}
