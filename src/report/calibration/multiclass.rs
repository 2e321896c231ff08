//! Scores of class probabilities, where every class has one: all classes count, not only the answer.

use std::collections::HashMap;

use super::super::input::Input;
use super::ECE_BINS;
use crate::estimate::{Estimate, Unit};
use crate::stat::bin::equal_width;
use crate::stat::calibration::ece;
use crate::stat::multiclass::{ClassTable, SUM_TOLERANCE};
use crate::stat::sum::{mean, sum};

/// The scores with their names; empty without class probabilities or a truth among the classes.
///
/// Rows whose probabilities do not sum to 1 (± 0.001) or whose truth is no class are left out; n says how many remain.
pub(super) fn rows(input: &Input<'_>) -> Vec<(String, Estimate)> {
    table(input).map_or_else(Vec::new, |table| scores(input, &table))
}

fn table(input: &Input<'_>) -> Option<ClassTable> {
    let samples = input.samples;
    let width = samples.class_names.len();
    if width < 2 {
        return None;
    }
    let places: HashMap<&str, usize> = samples.class_names.iter().map(String::as_str).zip(0..).collect();
    let mut rows: Vec<(&[f64], usize)> = Vec::new();
    for row in input.scored_rows() {
        let own = samples.class_probabilities.get(row * width..(row + 1) * width);
        let label = samples.truth.at(row).and_then(|truth| places.get(truth));
        let (Some(own), Some(&label)) = (own, label) else {
            continue;
        };
        let in_range = own.iter().all(|p| (0.0..=1.0).contains(p));
        if in_range && (sum(own.iter().copied()) - 1.0).abs() <= SUM_TOLERANCE {
            rows.push((own, label));
        }
    }
    // Sums depend on the order of their terms in the last bits, so the values decide it.
    rows.sort_unstable_by(|a, b| {
        let values = a.0.iter().zip(b.0).map(|(a, b)| a.total_cmp(b));
        values
            .fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            .then(a.1.cmp(&b.1))
    });
    let labels: Vec<usize> = rows.iter().map(|(_, label)| *label).collect();
    let probabilities: Vec<f64> = rows.iter().flat_map(|(own, _)| own.iter().copied()).collect();
    ClassTable::new(&probabilities, width, &labels)
}

fn scores(input: &Input<'_>, table: &ClassTable) -> Vec<(String, Estimate)> {
    let n = table.labels().len() as u64;
    let (confidence, right) = table.confidence();
    let row = |name: String, value: Option<f64>, method: &str| {
        let estimate = match value {
            Some(value) => Estimate::new(value, (None, None), 0.0, n, method, Unit::Score),
            None => Estimate::undefined("Not defined for these probabilities.", n, method, Unit::Score),
        };
        (name, estimate)
    };
    let top_label = equal_width(&confidence, &right, ECE_BINS).and_then(|bins| ece(&bins));
    let classwise = table.ece_classwise(ECE_BINS).and_then(|classes| mean(&classes));
    let correct = right.iter().filter(|right| **right).count() as u64;
    let bins = format!("{ECE_BINS} equal-width bins");
    vec![
        ("Accuracy of the likeliest class".to_owned(), input.rate(correct, n, "")),
        row("Top-label ECE".to_owned(), top_label, &bins),
        row(
            format!("Classwise ECE, mean of {} classes", table.classes()),
            classwise,
            &bins,
        ),
        row(
            "Brier score, summed over the classes (0 to 2)".to_owned(),
            table.brier_sum(),
            "mean",
        ),
        row("Log loss of the true class".to_owned(), table.log_loss(), "mean"),
    ]
}
