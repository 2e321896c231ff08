//! Adding samples row by row.

use std::borrow::Cow;

use super::{Codes, Confidence, ConfidenceSource, Numbers, Outcome, Place, Samples};

/// One sample on its way into the columns. Fields left at their default are absent.
#[derive(Clone, Debug, Default)]
pub struct Sample<'a> {
    /// Id as the harness wrote it.
    pub id: Cow<'a, str>,
    /// Repeat number, 1-based; 0 if the file has none.
    pub epoch: u16,
    /// What became of it.
    pub outcome: Outcome,
    /// The score as given.
    pub score: Option<f64>,
    /// Confidences, 0..=1 each.
    pub confidences: Vec<(ConfidenceSource, f64)>,
    /// The model's own time, seconds.
    pub latency_secs: Option<f64>,
    /// Time to first token, seconds.
    pub ttft_secs: Option<f64>,
    /// The latency is a time-out.
    pub timed_out: bool,
    /// The answer came from a cache; the latency is then left out.
    pub cached: bool,
    /// Tokens read.
    pub tokens_in: Option<f64>,
    /// Tokens written.
    pub tokens_out: Option<f64>,
    /// US dollars.
    pub cost: Option<f64>,
    /// Seconds since 1970, UTC.
    pub started_secs: Option<f64>,
    /// Failure categories.
    pub failures: Vec<Cow<'a, str>>,
    /// True class or reference answer.
    pub truth: Option<Cow<'a, str>>,
    /// Predicted class or answer.
    pub predicted: Option<Cow<'a, str>>,
    /// Slices by column name.
    pub slices: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Numeric attributes by column name.
    pub attributes: Vec<(Cow<'a, str>, f64)>,
    /// Cluster.
    pub cluster: Option<Cow<'a, str>>,
    /// Where its record stands.
    pub place: Place,
}

impl Samples {
    /// Appends a sample as the next row. Call [`Samples::close`] after the last.
    pub fn push(&mut self, sample: &Sample<'_>) {
        let row = self.len();
        self.ids.push(&sample.id);
        if sample.epoch > 0 {
            self.epochs.resize(row, 1);
            self.epochs.push(sample.epoch);
        }
        self.outcomes.push(sample.outcome);
        self.scores.put(row, sample.score);
        for (source, value) in &sample.confidences {
            self.confidence_column(source).put(row, Some(*value));
        }
        if !sample.cached {
            self.latency_secs.put(row, sample.latency_secs);
            self.ttft_secs.put(row, sample.ttft_secs);
        }
        put_flag(&mut self.timed_out, row, sample.timed_out);
        put_flag(&mut self.cached, row, sample.cached);
        self.tokens_in.put(row, sample.tokens_in);
        self.tokens_out.put(row, sample.tokens_out);
        self.cost.put(row, sample.cost);
        self.started_secs.put(row, sample.started_secs);
        self.failures.put(row, sample.failures.iter().map(Cow::as_ref));
        self.truth.put(row, sample.truth.as_deref());
        self.predicted.put(row, sample.predicted.as_deref());
        for (name, value) in &sample.slices {
            self.slice_column(name).put(row, Some(value));
        }
        for (name, value) in &sample.attributes {
            self.attribute_column(name).put(row, Some(*value));
        }
        self.clusters.put(row, sample.cluster.as_deref());
        self.places.push(sample.place);
    }

    /// Makes every column that is there as long as the rows, orders the confidences best source first and puts the
    /// best that is not a judge's in use, if none is yet.
    pub fn close(&mut self) {
        let rows = self.len();
        self.scores.close(rows);
        self.latency_secs.close(rows);
        self.ttft_secs.close(rows);
        self.tokens_in.close(rows);
        self.tokens_out.close(rows);
        self.cost.close(rows);
        self.started_secs.close(rows);
        self.failures.close(rows);
        self.truth.close(rows);
        self.predicted.close(rows);
        self.clusters.close(rows);
        for (_, column) in &mut self.slices {
            column.close(rows);
        }
        for (_, column) in &mut self.attributes {
            column.close(rows);
        }
        if !self.epochs.is_empty() {
            self.epochs.resize(rows, 1);
        }
        for flags in [&mut self.timed_out, &mut self.cached] {
            if !flags.is_empty() {
                flags.resize(rows, false);
            }
        }
        for confidence in &mut self.confidences {
            confidence.values.close(rows);
        }
        let chosen = self.confidence.and_then(|i| self.confidences.get(i));
        let chosen = chosen.map(|c| c.source.clone());
        self.confidences.sort_by(|a, b| a.source.cmp(&b.source));
        self.confidence = match chosen {
            Some(source) => self.confidences.iter().position(|c| c.source == source),
            None => self
                .confidences
                .iter()
                .position(|c| !matches!(c.source, ConfidenceSource::Judge(_))),
        };
    }

    /// Drops every row from `rows` on that columns may already hold.
    pub fn truncate(&mut self, rows: usize) {
        self.outcomes.truncate(rows);
        self.epochs.truncate(rows);
        self.timed_out.truncate(rows);
        self.cached.truncate(rows);
        self.places.truncate(rows);
        let numbers = [
            &mut self.scores,
            &mut self.latency_secs,
            &mut self.ttft_secs,
            &mut self.tokens_in,
            &mut self.tokens_out,
            &mut self.cost,
            &mut self.started_secs,
        ];
        let confidences = self.confidences.iter_mut().map(|c| &mut c.values);
        let attributes = self.attributes.iter_mut().map(|(_, numbers)| numbers);
        numbers
            .into_iter()
            .chain(confidences)
            .chain(attributes)
            .for_each(|c| c.close(rows));
        let codes = [&mut self.truth, &mut self.predicted, &mut self.clusters];
        let slices = self.slices.iter_mut().map(|(_, codes)| codes);
        codes.into_iter().chain(slices).for_each(|c| c.close(rows));
        self.failures.close(rows);
    }

    /// The samples at `rows`, in that order, every column with them. Codes keep only the names still in use.
    #[must_use]
    pub fn pick(&self, rows: &[usize]) -> Self {
        let numbers = |column: &Numbers| -> Numbers { rows.iter().map(|&row| column.at(row)).collect() };
        let codes = |column: &Codes| {
            let mut picked = Codes::default();
            for (at, &row) in rows.iter().enumerate() {
                picked.put(at, column.at(row));
            }
            picked.close(rows.len());
            picked
        };
        let flags =
            |column: &[bool]| -> Vec<bool> { rows.iter().filter_map(|&row| column.get(row).copied()).collect() };
        let mut ids = super::Labels::default();
        let mut failures = super::TagSets::default();
        for (at, &row) in rows.iter().enumerate() {
            ids.push(self.ids.at(row));
            let tags = self
                .failures
                .at(row)
                .into_iter()
                .filter_map(|t| self.failures.tags().get(t));
            failures.put(at, tags.map(String::as_str));
        }
        failures.close(rows.len());
        let width = self.class_names.len();
        let classes = rows
            .iter()
            .filter_map(|&row| self.class_probabilities.get(row * width..(row + 1) * width));
        Self {
            ids,
            epochs: rows.iter().filter_map(|&row| self.epochs.get(row).copied()).collect(),
            outcomes: rows.iter().filter_map(|&row| self.outcomes.get(row).copied()).collect(),
            scores: numbers(&self.scores),
            confidences: self
                .confidences
                .iter()
                .map(|c| Confidence {
                    source: c.source.clone(),
                    values: numbers(&c.values),
                })
                .collect(),
            confidence: self.confidence,
            latency_secs: numbers(&self.latency_secs),
            ttft_secs: numbers(&self.ttft_secs),
            timed_out: flags(&self.timed_out),
            cached: flags(&self.cached),
            tokens_in: numbers(&self.tokens_in),
            tokens_out: numbers(&self.tokens_out),
            cost: numbers(&self.cost),
            started_secs: numbers(&self.started_secs),
            failures,
            truth: codes(&self.truth),
            predicted: codes(&self.predicted),
            class_probabilities: classes.flatten().copied().collect(),
            class_names: self.class_names.clone(),
            slices: self.slices.iter().map(|(name, c)| (name.clone(), codes(c))).collect(),
            attributes: self
                .attributes
                .iter()
                .map(|(name, c)| (name.clone(), numbers(c)))
                .collect(),
            clusters: codes(&self.clusters),
            // Scorers are held against each other once all files are read.
            judges: Vec::new(),
            places: rows.iter().filter_map(|&row| self.places.get(row).copied()).collect(),
            sources: self.sources.clone(),
        }
    }

    /// The confidence column of `source`, added if it is new.
    pub fn confidence_column(&mut self, source: &ConfidenceSource) -> &mut Numbers {
        let found = self.confidences.iter().position(|c| c.source == *source);
        let index = found.unwrap_or(self.confidences.len());
        if found.is_none() {
            self.confidences.push(Confidence {
                source: source.clone(),
                values: Numbers::default(),
            });
        }
        &mut self.confidences[index].values
    }

    /// The slice column called `name`, added if it is new.
    pub fn slice_column(&mut self, name: &str) -> &mut Codes {
        column(&mut self.slices, name)
    }

    /// The numeric attribute called `name`, added if it is new.
    pub fn attribute_column(&mut self, name: &str) -> &mut Numbers {
        column(&mut self.attributes, name)
    }
}

/// The column called `name` of a list, added if it is new.
fn column<'c, C: Default>(columns: &'c mut Vec<(String, C)>, name: &str) -> &'c mut C {
    let found = columns.iter().position(|(n, _)| n == name);
    let index = found.unwrap_or(columns.len());
    if found.is_none() {
        columns.push((name.to_owned(), C::default()));
    }
    &mut columns[index].1
}

/// Notes a flag that few rows have.
fn put_flag(flags: &mut Vec<bool>, row: usize, flag: bool) {
    if flag {
        flags.resize(row, false);
        flags.push(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_appear_when_first_used_and_end_equally_long() {
        let mut samples = Samples::default();
        samples.push(&Sample {
            id: "a".into(),
            ..Sample::default()
        });
        samples.push(&Sample {
            id: "b".into(),
            cached: true,
            latency_secs: Some(0.0),
            score: Some(1.0),
            confidences: vec![
                (ConfidenceSource::Judge("j".into()), 0.4),
                (ConfidenceSource::Stated, 0.9),
            ],
            slices: vec![("lang".into(), "de".into())],
            ..Sample::default()
        });
        samples.push(&Sample::default());
        samples.close();
        assert_eq!(samples.scores.raw().len(), 3);
        assert!(samples.latency_secs.is_absent(), "a cached answer has no latency");
        assert_eq!(samples.confidence_at(1), Some(0.9));
        assert_eq!(samples.slice("lang").and_then(|c| c.at(1)), Some("de"));
        assert_eq!(samples.cached, [false, true, false]);
    }
}
