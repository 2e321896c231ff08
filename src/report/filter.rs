//! Which samples a mark, a bar or a picker stands for.

use serde::{Deserialize, Serialize};

use super::agreement::is_judged;
use super::slices::numbers;
use crate::run::{Outcome, Samples};

/// A condition on a sample; a selection is a list of these that must all hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filter {
    /// Confidence in `(low, high]`; the lowest bin (`low` = 0) also takes 0.
    Confidence {
        /// Lower edge, excluded unless 0.
        low: f64,
        /// Upper edge, included.
        high: f64,
    },
    /// Confidence exactly this value.
    ConfidenceIs(f64),
    /// Samples without a confidence.
    WithoutConfidence,
    /// Latency in `(low, high]` seconds.
    Latency {
        /// Lower edge in seconds, excluded.
        low: f64,
        /// Upper edge in seconds, included; `None` for no upper edge.
        high: Option<f64>,
    },
    /// Time to first token in `(low, high]` seconds.
    Ttft {
        /// Lower edge in seconds, excluded.
        low: f64,
        /// Upper edge in seconds, included; `None` for no upper edge.
        high: Option<f64>,
    },
    /// Has this outcome.
    Outcome(Outcome),
    /// Scored and not right.
    NotRight,
    /// Failed with this category.
    Failure(String),
    /// Scored, not right and without a category.
    Unclassified,
    /// The slice column `name` has this value; `None` selects samples without one.
    Slice {
        /// Name of the slice column.
        name: String,
        /// Its value.
        value: Option<String>,
    },
    /// Truth is `truth` and prediction is `predicted`.
    Cell {
        /// Name of the true class.
        truth: String,
        /// Name of the predicted class.
        predicted: String,
    },
    /// Judged so by the run's own scorer and by a second judgement.
    Judged {
        /// Id of the second judgement.
        second: String,
        /// Class that it names.
        theirs: String,
        /// Class that the run's own scorer names.
        own: String,
    },
    /// A number (attribute or tokens) in `(low, high]`.
    Range {
        /// Name of the column.
        name: String,
        /// Lower edge, excluded; `None` for no lower edge.
        low: Option<f64>,
        /// Upper edge, included; `None` for no upper edge.
        high: Option<f64>,
    },
    /// One of these samples, by id.
    Ids(Vec<String>),
}

impl Filter {
    /// Whether the sample at `row` passes.
    #[must_use]
    pub fn holds(&self, samples: &Samples, row: usize) -> bool {
        let within = |value: Option<f64>, low: f64, high: Option<f64>| {
            value.is_some_and(|v| v > low && high.is_none_or(|h| v <= h))
        };
        let outcome = samples.outcomes.get(row).copied().unwrap_or_default();
        let is_failure = outcome.is_scored() && !outcome.is_right();
        match self {
            Self::Confidence { low, high } => samples
                .confidence_at(row)
                .is_some_and(|p| outcome.is_scored() && p <= *high && (p > *low || (*low <= 0.0 && p >= 0.0))),
            Self::ConfidenceIs(value) => outcome.is_scored() && samples.confidence_at(row) == Some(*value),
            Self::WithoutConfidence => samples.confidence_at(row).is_none(),
            Self::Latency { low, high } => within(samples.latency_secs.at(row), *low, *high),
            Self::Ttft { low, high } => within(samples.ttft_secs.at(row), *low, *high),
            Self::Outcome(wanted) => outcome == *wanted,
            Self::NotRight => is_failure,
            Self::Failure(tag) => {
                is_failure
                    && samples
                        .failures
                        .at(row)
                        .iter()
                        .any(|&t| samples.failures.tags()[t] == *tag)
            }
            Self::Unclassified => is_failure && samples.failures.at(row).is_empty(),
            Self::Slice { name, value } => samples
                .slice(name)
                .is_some_and(|codes| codes.at(row) == value.as_deref()),
            Self::Cell { truth, predicted } => {
                samples.truth.at(row) == Some(truth.as_str()) && samples.predicted.at(row) == Some(predicted.as_str())
            }
            Self::Judged { second, theirs, own } => is_judged(samples, row, second, theirs, own),
            Self::Range { name, low, high } => numbers(samples, name)
                .and_then(|column| column.at(row))
                .is_some_and(|v| low.is_none_or(|low| v > low) && high.is_none_or(|high| v <= high)),
            Self::Ids(ids) => ids.iter().any(|id| id == samples.ids.at(row)),
        }
    }

    /// The rows that pass every filter, in order.
    #[must_use]
    pub fn select(filters: &[Self], samples: &Samples) -> Vec<u32> {
        let rows = u32::try_from(samples.len()).unwrap_or(u32::MAX);
        (0..rows)
            .filter(|&row| filters.iter().all(|f| f.holds(samples, row as usize)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Confidence, ConfidenceSource, Numbers};

    #[test]
    fn the_lowest_bin_takes_zero_and_edges_belong_to_the_lower_bin() {
        let samples = Samples {
            outcomes: vec![Outcome::Right; 3],
            confidences: vec![Confidence {
                source: ConfidenceSource::Stated,
                values: Numbers::from_iter([Some(0.0), Some(0.1), Some(0.1000001)]),
            }],
            confidence: Some(0),
            ..Samples::default()
        };
        assert_eq!(
            Filter::select(&[Filter::Confidence { low: 0.0, high: 0.1 }], &samples),
            [0, 1]
        );
        assert_eq!(
            Filter::select(&[Filter::Confidence { low: 0.1, high: 0.2 }], &samples),
            [2]
        );
    }
}
