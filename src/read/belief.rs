//! Confidence columns while they are collected: one a source, their scales settled at the end, ranked best first.

use crate::run::{Confidence, ConfidenceSource, Numbers, Problem, Samples};

use super::stated::{Scale, Stated};

/// Every confidence of a run while it is read.
#[derive(Clone, Debug, Default)]
pub struct Beliefs {
    columns: Vec<Column>,
}

impl Beliefs {
    /// Puts a confidence as it was written; nothing is put for `None`. Rows of a source come in ascending order.
    pub fn put(&mut self, row: usize, source: &ConfidenceSource, stated: Option<Stated>) {
        let Some(stated) = stated else { return };
        match self.columns.iter_mut().find(|c| c.source == *source) {
            Some(column) => column.cells.push((row, stated)),
            None => self.columns.push(Column {
                source: source.clone(),
                cells: vec![(row, stated)],
            }),
        }
    }

    /// Puts a probability that was computed.
    pub fn put_probability(&mut self, row: usize, source: &ConfidenceSource, probability: Option<f64>) {
        let stated = probability.map(|number| Stated {
            number,
            scale: Scale::Fraction,
        });
        self.put(row, source, stated);
    }

    /// Adds the columns of `other`; a source that both have keeps this one's.
    pub fn join(&mut self, other: Self) {
        for column in other.columns {
            if self.columns.iter().all(|c| c.source != column.source) {
                self.columns.push(column);
            }
        }
    }

    /// Moves the columns into `samples`, best source first, and chooses the best one that at least half as many
    /// samples have as have the commonest. Cells outside 0..=1 are absent and become a problem.
    pub fn finish(mut self, samples: &mut Samples, problems: &mut Vec<Problem>) {
        self.columns.sort_by(|a, b| a.source.cmp(&b.source));
        let rows = samples.len();
        for column in self.columns {
            let name = column.source.words();
            let (confidence, outside) = column.finish(rows);
            if outside > 0 {
                problems.push(Problem {
                    text: format!("A confidence outside 0 to 1 in {name}; taken as missing. Correct the value."),
                    count: outside,
                    ..Problem::default()
                });
            }
            if !confidence.values.is_absent() {
                samples.confidences.push(confidence);
            }
        }
        let most = samples.confidences.iter().map(|c| c.values.count()).max();
        samples.confidence = most.and_then(|most| {
            samples
                .confidences
                .iter()
                .position(|c| c.values.count() * 2 >= most && !matches!(c.source, ConfidenceSource::Judge(_)))
        });
    }
}

/// One source's cells, their scale not yet known.
#[derive(Clone, Debug)]
struct Column {
    source: ConfidenceSource,
    cells: Vec<(usize, Stated)>,
}

impl Column {
    /// The column as probabilities, and how many cells were outside 0..=1 and are absent for that.
    ///
    /// Bare numbers are percent if more of them are above 1 than are exactly 1.
    fn finish(self, rows: usize) -> (Confidence, u64) {
        let bare = || self.cells.iter().filter(|(_, s)| s.scale == Scale::Bare);
        let above = bare().filter(|(_, s)| s.number > 1.0).count();
        let ones = bare().filter(|(_, s)| s.number == 1.0).count();
        let bare_is_percent = above > 0 && above >= ones;
        let mut values = Numbers::default();
        let mut outside = 0;
        for (row, stated) in &self.cells {
            let share = match stated.scale {
                Scale::Fraction => stated.number,
                Scale::Percent => stated.number / 100.0,
                Scale::Bare if bare_is_percent => stated.number / 100.0,
                Scale::Bare => stated.number,
            };
            if (0.0..=1.0).contains(&share) {
                values.put(*row, Some(share));
            } else {
                outside += 1;
            }
        }
        values.close(rows);
        let source = self.source;
        (Confidence { source, values }, outside)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stated;
    use super::*;
    use crate::run::Outcome;

    fn finish(beliefs: Beliefs, rows: usize) -> (Samples, Vec<Problem>) {
        let mut samples = Samples {
            outcomes: vec![Outcome::Right; rows],
            ..Samples::default()
        };
        let mut problems = Vec::new();
        beliefs.finish(&mut samples, &mut problems);
        (samples, problems)
    }

    fn column(texts: &[&str]) -> (Vec<Option<f64>>, usize) {
        let mut beliefs = Beliefs::default();
        for (row, text) in texts.iter().enumerate() {
            beliefs.put(row, &ConfidenceSource::Stated, stated::number(text));
        }
        let (samples, problems) = finish(beliefs, texts.len());
        let values = (0..texts.len()).map(|row| samples.confidence_at(row)).collect();
        (values, problems.len())
    }

    #[test]
    fn bare_numbers_take_the_scale_of_their_column() {
        assert_eq!(column(&["85", "1", "0"]), (vec![Some(0.85), Some(0.01), Some(0.0)], 0));
        assert_eq!(column(&["1", "0", "0.5"]), (vec![Some(1.0), Some(0.0), Some(0.5)], 0));
    }

    #[test]
    fn numbers_outside_are_absent_and_counted() {
        assert_eq!(column(&["0.5", "250%", "x"]), (vec![Some(0.5), None, None], 1));
    }

    #[test]
    fn the_best_source_that_is_common_enough_is_chosen() {
        let mut beliefs = Beliefs::default();
        for row in 0..4 {
            beliefs.put_probability(row, &ConfidenceSource::TokenProbability, Some(0.9));
            beliefs.put(row, &ConfidenceSource::Stated, stated::number("0.7"));
        }
        beliefs.put_probability(3, &ConfidenceSource::AnswerProbability, Some(0.1));
        let (samples, _) = finish(beliefs, 4);
        assert_eq!(samples.confidences.len(), 3);
        assert_eq!(samples.confidence, Some(1));
        assert_eq!(samples.confidence_at(0), Some(0.7));
    }
}
