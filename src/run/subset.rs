//! Some rows of the columns, as columns.

use super::{Codes, Confidence, Judge, Labels, Numbers, Samples, TagSets};

impl Samples {
    /// The samples at `rows`, in that order; rows beyond the end are left out.
    #[must_use]
    pub fn subset(&self, rows: &[u32]) -> Self {
        let rows: Vec<usize> = rows
            .iter()
            .map(|&row| row as usize)
            .filter(|&row| row < self.len())
            .collect();
        let width = self.class_names.len();
        let probabilities = |row: &usize| self.class_probabilities.get(row * width..(row + 1) * width);
        Self {
            ids: labels(&self.ids, &rows),
            epochs: picked(&self.epochs, &rows),
            outcomes: picked(&self.outcomes, &rows),
            scores: numbers(&self.scores, &rows),
            confidences: (self.confidences.iter())
                .map(|column| Confidence {
                    source: column.source.clone(),
                    values: numbers(&column.values, &rows),
                })
                .collect(),
            confidence: self.confidence,
            latency_secs: numbers(&self.latency_secs, &rows),
            ttft_secs: numbers(&self.ttft_secs, &rows),
            timed_out: picked(&self.timed_out, &rows),
            cached: picked(&self.cached, &rows),
            tokens_in: numbers(&self.tokens_in, &rows),
            tokens_out: numbers(&self.tokens_out, &rows),
            cost: numbers(&self.cost, &rows),
            started_secs: numbers(&self.started_secs, &rows),
            failures: tags(&self.failures, &rows),
            truth: codes(&self.truth, &rows),
            predicted: codes(&self.predicted, &rows),
            class_probabilities: rows.iter().filter_map(probabilities).flatten().copied().collect(),
            class_names: self.class_names.clone(),
            slices: named(&self.slices, &rows, codes),
            attributes: named(&self.attributes, &rows, numbers),
            clusters: codes(&self.clusters, &rows),
            judges: (self.judges.iter())
                .map(|judge| Judge {
                    name: judge.name.clone(),
                    outcomes: picked(&judge.outcomes, &rows),
                    scores: numbers(&judge.scores, &rows),
                })
                .collect(),
            places: picked(&self.places, &rows),
            sources: self.sources.clone(),
        }
    }
}

fn picked<T: Copy>(column: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|&row| column.get(row).copied()).collect()
}

fn numbers(column: &Numbers, rows: &[usize]) -> Numbers {
    rows.iter().map(|&row| column.at(row)).collect()
}

fn codes(column: &Codes, rows: &[usize]) -> Codes {
    let mut kept = Codes::default();
    for (place, &row) in rows.iter().enumerate() {
        kept.put(place, column.at(row));
    }
    kept.close(rows.len());
    kept
}

fn labels(column: &Labels, rows: &[usize]) -> Labels {
    let mut kept = Labels::default();
    for &row in rows {
        kept.push(column.at(row));
    }
    kept
}

fn tags(column: &TagSets, rows: &[usize]) -> TagSets {
    let mut kept = TagSets::default();
    for (place, &row) in rows.iter().enumerate() {
        let names = column.at(row).into_iter().filter_map(|tag| column.tags().get(tag));
        kept.put(place, names.map(String::as_str));
    }
    kept.close(rows.len());
    kept
}

fn named<T>(columns: &[(String, T)], rows: &[usize], pick: fn(&T, &[usize]) -> T) -> Vec<(String, T)> {
    columns
        .iter()
        .map(|(name, column)| (name.clone(), pick(column, rows)))
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::run::{Outcome, Sample, Samples};

    #[test]
    fn a_subset_holds_the_rows_asked_for_and_all_rows_are_the_whole() {
        let mut samples = Samples::default();
        for (row, lang) in ["de", "en", "de"].into_iter().enumerate() {
            samples.push(&Sample {
                id: row.to_string().into(),
                outcome: Outcome::Right,
                latency_secs: (row > 0).then_some(row as f64),
                failures: vec!["slow".into()],
                slices: vec![("lang".into(), lang.into())],
                ..Sample::default()
            });
        }
        samples.close();
        assert_eq!(samples.subset(&[0, 1, 2]), samples);
        let some = samples.subset(&[2, 9, 0]);
        assert_eq!(
            (some.len(), some.ids.at(0), some.latency_secs.at(0)),
            (2, "2", Some(2.0))
        );
        assert_eq!(some.slice("lang").and_then(|codes| codes.at(1)), Some("de"));
        assert_eq!((some.latency_secs.at(1), some.failures.at(0)), (None, vec![0]));
    }
}
