//! The lists of samples one asks a run for: which, in which order, and a window of them.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::{
    report::Filter,
    run::{Outcome, Run, Samples},
};

/// By what a list of samples is ordered. Samples without a value come last either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As the file has them.
    #[default]
    File,
    /// By id.
    Id,
    /// By outcome, wrong ones first.
    Outcome,
    /// By confidence.
    Confidence,
    /// By latency.
    Latency,
    /// By score.
    Score,
}

/// Every order with the word for it.
pub const ORDERS: &[(Order, &str)] = &[
    (Order::File, "file order"),
    (Order::Id, "id"),
    (Order::Outcome, "outcome"),
    (Order::Confidence, "confidence"),
    (Order::Latency, "latency"),
    (Order::Score, "score"),
];

/// Which samples a list holds and in which order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Conditions that must all hold.
    pub filters: Vec<Filter>,
    /// Text to find in ids, outcomes, failure categories, classes and slices; case does not matter.
    pub search: String,
    /// Order.
    pub order: Order,
    /// From largest to smallest.
    pub is_descending: bool,
}

/// One row of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListRow {
    /// Row in the run.
    pub row: u32,
    /// Id.
    pub id: String,
    /// Epoch, if the run has several.
    pub epoch: Option<u16>,
    /// Outcome.
    pub outcome: Outcome,
    /// Score as given.
    pub score: Option<f64>,
    /// Confidence in use, 0..=1.
    pub confidence: Option<f64>,
    /// Latency, seconds.
    pub latency_secs: Option<f64>,
    /// Failure categories.
    pub failures: Vec<String>,
    /// Slices as `name: value`.
    pub slices: Vec<String>,
}

/// The rows of `run` that `query` asks for, in its order; ties keep the file's order.
#[must_use]
pub fn list(run: &Run, query: &ListQuery) -> Vec<u32> {
    let samples = &run.samples;
    let needle = query.search.trim().to_lowercase();
    let mut rows = Filter::select(&query.filters, samples);
    if !needle.is_empty() {
        rows.retain(|&row| mentions(samples, row as usize, &needle));
    }
    if query.order != Order::File {
        rows.sort_by(|&a, &b| compare(samples, query, a as usize, b as usize));
    } else if query.is_descending {
        rows.reverse();
    }
    rows
}

/// Row `row` of `run` as a list shows it.
#[must_use]
pub fn list_row(run: &Run, row: u32) -> ListRow {
    let samples = &run.samples;
    let at = row as usize;
    ListRow {
        row,
        id: samples.ids.at(at).to_owned(),
        epoch: (!samples.epochs.is_empty()).then(|| samples.epoch(at)),
        outcome: samples.outcomes.get(at).copied().unwrap_or_default(),
        score: samples.scores.at(at),
        confidence: samples.confidence_at(at),
        latency_secs: samples.latency_secs.at(at),
        failures: failure_names(samples, at).map(str::to_owned).collect(),
        slices: samples
            .slices
            .iter()
            .filter_map(|(name, codes)| Some(format!("{name}: {}", codes.at(at)?)))
            .collect(),
    }
}

fn failure_names(samples: &Samples, row: usize) -> impl Iterator<Item = &str> {
    samples
        .failures
        .at(row)
        .into_iter()
        .filter_map(|tag| samples.failures.tags().get(tag).map(String::as_str))
}

/// Whether any of the row's short texts contains `needle` (lower case).
fn mentions(samples: &Samples, row: usize, needle: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(needle);
    let outcome = samples.outcomes.get(row).copied().unwrap_or_default();
    has(samples.ids.at(row))
        || has(outcome.word())
        || samples.truth.at(row).is_some_and(has)
        || samples.predicted.at(row).is_some_and(has)
        || failure_names(samples, row).any(has)
        || samples.slices.iter().any(|(_, codes)| codes.at(row).is_some_and(has))
}

fn compare(samples: &Samples, query: &ListQuery, a: usize, b: usize) -> Ordering {
    let turned = |ordering: Ordering| {
        if query.is_descending {
            ordering.reverse()
        } else {
            ordering
        }
    };
    let by_number = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => turned(a.total_cmp(&b)),
        (a, b) => b.is_some().cmp(&a.is_some()),
    };
    match query.order {
        Order::File => turned(a.cmp(&b)),
        Order::Id => turned(by_id(samples.ids.at(a), samples.ids.at(b))),
        Order::Outcome => turned(outcome_rank(samples, a).cmp(&outcome_rank(samples, b))),
        Order::Confidence => by_number(samples.confidence_at(a), samples.confidence_at(b)),
        Order::Latency => by_number(samples.latency_secs.at(a), samples.latency_secs.at(b)),
        Order::Score => by_number(samples.scores.at(a), samples.scores.at(b)),
    }
}

/// Ids that are numbers come in the order of the numbers, before the others.
fn by_id(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.total_cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

fn outcome_rank(samples: &Samples, row: usize) -> u8 {
    match samples.outcomes.get(row).copied().unwrap_or_default() {
        Outcome::Wrong => 0,
        Outcome::Partial => 1,
        Outcome::Errored => 2,
        Outcome::Unscored => 3,
        Outcome::Right => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Numbers;

    fn run() -> Run {
        let mut run = Run::default();
        for id in ["10", "9", "b", "a"] {
            run.samples.ids.push(id);
        }
        run.samples.outcomes = vec![Outcome::Right, Outcome::Wrong, Outcome::Errored, Outcome::Right];
        run.samples.latency_secs = Numbers::from_iter([Some(2.0), None, Some(1.0), Some(3.0)]);
        run.samples.failures.put(1, ["wrong sum"]);
        run.samples.failures.close(4);
        run
    }

    fn rows(query: ListQuery) -> Vec<u32> {
        list(&run(), &query)
    }

    #[test]
    fn numbers_sort_as_numbers_before_names() {
        assert_eq!(
            rows(ListQuery {
                order: Order::Id,
                ..ListQuery::default()
            }),
            [1, 0, 3, 2]
        );
    }

    #[test]
    fn a_missing_value_is_last_in_both_directions() {
        let query = ListQuery {
            order: Order::Latency,
            ..ListQuery::default()
        };
        assert_eq!(rows(query.clone()), [2, 0, 3, 1]);
        assert_eq!(
            rows(ListQuery {
                is_descending: true,
                ..query
            }),
            [3, 0, 2, 1]
        );
    }

    #[test]
    fn search_finds_categories_in_any_case() {
        assert_eq!(
            rows(ListQuery {
                search: " Wrong SUM ".to_owned(),
                ..ListQuery::default()
            }),
            [1]
        );
        assert_eq!(
            rows(ListQuery {
                search: "errored".to_owned(),
                ..ListQuery::default()
            }),
            [2]
        );
    }

    #[test]
    fn wrong_samples_come_first_by_outcome() {
        assert_eq!(
            rows(ListQuery {
                order: Order::Outcome,
                ..ListQuery::default()
            }),
            [1, 2, 0, 3]
        );
    }
}
