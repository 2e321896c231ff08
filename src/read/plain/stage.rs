//! The columns of a table while its rows arrive. What needs all rows (outcomes, meanings) is decided afterwards.

use std::fmt::Write as _;

use super::super::Record;
use super::super::error::ReadError;
use super::super::intake::locate;
use super::super::json::parse_number;
use super::super::role::{Column, Datum, Role, Verdict, duration, instant};
use super::super::stated;
use super::super::tally::Tally;
use super::of_role;
use super::slot::{Amount, Category, Scale, Scores, Slot};
use crate::run::{Codes, Numbers, Place, Samples};

/// Most names of a class or slice column; with more it is free text and dropped.
const MAX_NAMES: usize = 200;

/// One row on its way.
#[derive(Debug, Default)]
struct Row {
    id: String,
    truth: Vec<String>,
    predicted: String,
    scores: Vec<f64>,
    labels: Vec<String>,
    faults: Vec<ReadError>,
    error: bool,
    cached: bool,
    timed_out: bool,
}

/// Columns being filled.
pub(super) struct Stage {
    pub(super) slots: Vec<Slot>,
    pub(super) names: Vec<String>,
    row: Row,
    /// The columns that need no decision.
    pub samples: Samples,
    pub verdicts: Vec<Option<Verdict>>,
    /// Whether prediction equals truth.
    pub matches: Vec<Option<bool>>,
    pub errors: Vec<bool>,
    pub error_causes: Codes,
    pub end_secs: Numbers,
    /// Model, task, prompt, scorer.
    pub splits: [Codes; 4],
    /// Class scores, [`Self::classes`] long a row.
    pub scores: Vec<f64>,
    pub classes: Vec<String>,
    pub kind: Scores,
    /// Columns with too many names, dropped.
    pub dropped: Vec<String>,
    /// Said of each role (`latency` → `latency_ms, milliseconds by its name`).
    pub roles: Vec<(String, String)>,
    pub tally: Tally,
    pub lineage: Vec<(String, String)>,
    overflown: [bool; 2],
    /// Whether there are both truths and predictions.
    compares: bool,
}

impl Stage {
    pub(super) fn new(columns: &[Column]) -> Self {
        let mut stage = Self {
            slots: Vec::new(),
            names: columns.iter().map(|c| c.name.clone()).collect(),
            row: Row::default(),
            samples: Samples::default(),
            verdicts: Vec::new(),
            matches: Vec::new(),
            errors: Vec::new(),
            error_causes: Codes::default(),
            end_secs: Numbers::default(),
            splits: Default::default(),
            scores: Vec::new(),
            classes: Vec::new(),
            kind: Scores::default(),
            dropped: Vec::new(),
            roles: Vec::new(),
            tally: Tally::default(),
            lineage: Vec::new(),
            overflown: [false; 2],
            compares: [Role::Truth, Role::Predicted]
                .into_iter()
                .all(|role| of_role(columns, role).next().is_some()),
        };
        stage.slots = columns.iter().map(|column| stage.slot(column)).collect();
        stage
    }

    /// Number of rows taken.
    pub(super) fn rows(&self) -> usize {
        self.samples.places.len()
    }

    /// Begins a row.
    pub(super) fn begin(&mut self) {
        let row = &mut self.row;
        row.id.clear();
        row.truth.clear();
        row.predicted.clear();
        row.scores.clear();
        row.labels.clear();
        row.faults.clear();
        (row.error, row.cached, row.timed_out) = (false, false, false);
    }

    /// Whether anything is kept of a column: free text that is compared with nothing is not looked at again.
    #[inline]
    pub(super) fn wants(&self, column: usize) -> bool {
        match self.slots.get(column) {
            None | Some(Slot::Skip) => false,
            Some(Slot::Truth) => self.compares || !self.is_free_text(0),
            Some(Slot::Predicted(None)) => self.compares || !self.is_free_text(1),
            Some(_) => true,
        }
    }

    /// Takes one number of the row as JSON writes it: straight into its column, where that is one of numbers.
    #[inline]
    pub(super) fn put_number(&mut self, column: usize, raw: &[u8]) {
        let at = self.rows();
        let number = parse_number(raw).unwrap_or(f64::NAN);
        let target = match self.slots.get(column) {
            Some(Slot::Amount(amount)) => amount.of(&mut self.samples),
            Some(&Slot::Confidence(which, Scale::Fraction)) if (0.0..=1.0).contains(&number) => {
                self.samples.confidences.get_mut(which).map(|c| &mut c.values)
            }
            _ => None,
        };
        match target {
            Some(numbers) => numbers.put(at, Some(number)),
            None => self.put(column, &Datum::of_number(raw)),
        }
    }

    /// Takes one value of the row.
    pub(super) fn put(&mut self, column: usize, datum: &Datum<'_>) {
        let Some(slot) = self.slots.get(column).copied() else {
            return;
        };
        if matches!(datum, Datum::Absent) {
            return;
        }
        let at = self.rows();
        match slot {
            Slot::Skip => {}
            Slot::Id => copy(&mut self.row.id, datum),
            Slot::Correct => self.put_verdict(column, datum),
            Slot::Confidence(which, scale) => self.put_confidence(column, (which, scale), datum),
            Slot::Vector => self.put_vector(column, datum),
            Slot::Top(which) => self.put_top(column, which, datum),
            Slot::Wide(class) => self.put_class(column, class, datum),
            Slot::Predicted(stated) => self.put_predicted(stated, datum),
            Slot::Truth => match datum {
                Datum::Texts(texts) => self.row.truth.extend(texts.iter().map(|t| t.trim().to_owned())),
                _ => {
                    let label = datum.label().map(|label| label.trim().to_owned());
                    self.row.truth.extend(label);
                }
            },
            Slot::Amount(amount) => {
                let number = datum.number();
                if let Some(numbers) = amount.of(&mut self.samples) {
                    numbers.put(at, number);
                }
                if number.is_none() && !matches!(amount, Amount::Attribute(_)) {
                    self.fault(column, "a number", datum);
                }
            }
            Slot::Category(category) => self.put_category(category, datum),
            Slot::Latency(secs) => self.put_duration(column, secs, datum, false),
            Slot::Ttft(secs) => self.put_duration(column, secs, datum, true),
            Slot::Start => self.samples.started_secs.put(at, instant(datum)),
            Slot::End => self.end_secs.put(at, instant(datum)),
            Slot::Failure => put_failures(&mut self.samples, at, datum),
            Slot::Error => self.put_error(datum),
            Slot::Cached => self.row.cached = datum.verdict() == Some(Verdict::Right),
            Slot::TimedOut => self.row.timed_out = datum.verdict() == Some(Verdict::Right),
            Slot::Epoch => self.put_epoch(at, datum),
        }
    }

    fn put_verdict(&mut self, column: usize, datum: &Datum<'_>) {
        let verdict = datum.verdict();
        self.verdicts.resize(self.rows(), None);
        self.verdicts.push(verdict);
        if verdict.is_none() {
            self.fault(column, "right or wrong", datum);
        }
    }

    fn put_confidence(&mut self, column: usize, (which, scale): (usize, Scale), datum: &Datum<'_>) {
        match probability(datum, scale) {
            Some(p) if (0.0..=1.0).contains(&p) => self.put_share(which, p),
            Some(_) if scale == Scale::Percent => self.fault(column, "between 0 and 100 percent", datum),
            Some(_) => self.fault(column, "between 0 and 1", datum),
            None => self.fault(column, "a number between 0 and 1", datum),
        }
    }

    fn put_share(&mut self, which: usize, share: f64) {
        let at = self.rows();
        if let Some(column) = self.samples.confidences.get_mut(which) {
            column.values.put(at, Some(share));
        }
    }

    fn put_predicted(&mut self, stated: Option<usize>, datum: &Datum<'_>) {
        if let (Some(which), Datum::Text(text)) = (stated, datum)
            && let Some(share) = stated::find(text).and_then(stated_share)
        {
            self.put_share(which, share);
        }
        copy(&mut self.row.predicted, datum);
    }

    fn put_category(&mut self, category: Category, datum: &Datum<'_>) {
        let at = self.rows();
        match category {
            Category::Cluster => self.samples.clusters.put(at, datum.label().as_deref()),
            Category::Split(which) => {
                if let Some(codes) = self.splits.get_mut(which) {
                    codes.put(at, datum.label().as_deref());
                }
            }
            Category::Slice(which) => {
                if let Some((name, codes)) = self.samples.slices.get_mut(which)
                    && put_capped(codes, at, datum)
                    && !self.dropped.contains(name)
                {
                    self.dropped.push(name.clone());
                }
            }
        }
    }

    fn put_error(&mut self, datum: &Datum<'_>) {
        let text = datum
            .label()
            .filter(|t| !matches!(t.as_ref(), "false" | "0" | "none" | "no"));
        self.row.error = text.is_some() || *datum == Datum::Other;
        if let Some(text) = text {
            let cause = super::super::cause::cause(&text);
            self.error_causes.put(self.samples.places.len(), Some(&cause));
        }
    }

    fn put_epoch(&mut self, at: usize, datum: &Datum<'_>) {
        let epoch = datum
            .number()
            .filter(|n| n.fract() == 0.0 && (0.0..60_000.0).contains(n));
        if let Some(epoch) = epoch {
            self.samples.epochs.resize(at, 1);
            self.samples.epochs.push(epoch as u16);
        }
    }

    fn put_duration(&mut self, column: usize, unit_secs: Option<f64>, datum: &Datum<'_>, first_token: bool) {
        let secs = match datum {
            Datum::Text(text) => duration(text),
            Datum::Percent(_) => None,
            datum => datum.number().zip(unit_secs).map(|(number, unit)| number * unit),
        };
        let Some(secs) = secs.filter(|s| *s >= 0.0) else {
            let bare = unit_secs.is_none() && datum.number().is_some();
            let needed = if bare {
                "followed by its unit, as the others are"
            } else {
                "a number, 0 or more"
            };
            self.fault(column, needed, datum);
            return;
        };
        let at = self.samples.places.len();
        let target = if first_token {
            &mut self.samples.ttft_secs
        } else {
            &mut self.samples.latency_secs
        };
        target.put(at, Some(secs));
    }

    fn put_vector(&mut self, column: usize, datum: &Datum<'_>) {
        match datum {
            Datum::Numbers(numbers) => {
                if self.classes.is_empty() {
                    self.classes = (0..numbers.len()).map(|i| i.to_string()).collect();
                }
                self.row.scores.clone_from(numbers);
            }
            Datum::Labelled(pairs) => {
                for (label, _) in pairs {
                    if !self.classes.contains(label) && self.rows() == 0 {
                        self.classes.push(label.clone());
                    }
                }
                let of = |class: &String| {
                    pairs
                        .iter()
                        .find(|(label, _)| label == class)
                        .map_or(f64::NAN, |(_, s)| *s)
                };
                self.row.scores = self.classes.iter().map(of).collect();
            }
            _ => return,
        }
        let bad = |p: &f64| !(0.0..=1.0).contains(p);
        if self.kind == Scores::Probabilities && self.row.scores.iter().any(bad) {
            self.row.scores.clear();
            self.fault(column, "a list of probabilities between 0 and 1", datum);
        } else if self.row.scores.len() != self.classes.len() {
            self.row.scores.clear();
            let needed = format!("a list of {} numbers", self.classes.len());
            self.fault(column, &needed, datum);
        }
    }

    fn put_top(&mut self, column: usize, which: usize, datum: &Datum<'_>) {
        let Datum::Labelled(pairs) = datum else { return };
        let [(label, score)] = pairs.as_slice() else {
            self.fault(column, "one label with its score", datum);
            return;
        };
        label.clone_into(&mut self.row.predicted);
        if (0.0..=1.0).contains(score) {
            self.put_share(which, *score);
        } else {
            let given = Datum::Number(*score, score.to_string().into());
            self.fault(column, "between 0 and 1", &given);
        }
    }

    fn put_class(&mut self, column: usize, class: usize, datum: &Datum<'_>) {
        let Some(number) = datum.number() else { return };
        if self.kind == Scores::Probabilities && !(0.0..=1.0).contains(&number) {
            self.fault(column, "between 0 and 1", datum);
            return;
        }
        self.row.scores.resize(self.classes.len(), f64::NAN);
        if let Some(score) = self.row.scores.get_mut(class) {
            *score = number;
        }
    }

    fn fault(&mut self, column: usize, allowed: &str, datum: &Datum<'_>) {
        let name = self.names.get(column).map_or("", String::as_str);
        let given = datum
            .label()
            .map_or_else(|| "a list".to_owned(), std::borrow::Cow::into_owned);
        self.row.faults.push(ReadError::out_of_range(name, allowed, &given));
    }

    /// Ends the row; a row without an id gets its number.
    pub(super) fn commit_numbered(&mut self, number: u64, place: Place) {
        if self.row.id.is_empty() {
            let _ = write!(self.row.id, "{number}");
        }
        self.commit("", place);
    }

    /// Ends the row; a row without an id gets `key`.
    pub(super) fn commit(&mut self, key: &str, place: Place) {
        let at = self.rows();
        let row = &mut self.row;
        if row.id.is_empty() {
            key.clone_into(&mut row.id);
        }
        self.samples.ids.push(&row.id);
        self.samples.places.push(place);
        let compared = !row.truth.is_empty() && !row.predicted.is_empty();
        let equal = compared.then(|| row.truth.iter().any(|truth| same(truth, &row.predicted)));
        self.matches.push(equal);
        self.verdicts.resize(at + 1, None);
        self.errors.push(row.error);
        let truth = row.truth.first().map_or("", String::as_str);
        for (which, codes, name) in [
            (0, &mut self.samples.truth, truth),
            (1, &mut self.samples.predicted, row.predicted.as_str()),
        ] {
            if !self.overflown[which] {
                codes.put(at, Some(name));
                self.overflown[which] = name.len() > 200 || codes.names().len() > MAX_NAMES;
            }
        }
        if !self.classes.is_empty() {
            self.scores.extend_from_slice(&row.scores);
            self.scores.resize((at + 1) * self.classes.len(), f64::NAN);
        }
        if row.cached {
            self.samples.cached.resize(at, false);
            self.samples.cached.push(true);
            self.samples.latency_secs.close(at);
            self.samples.ttft_secs.close(at);
        }
        if row.timed_out {
            self.samples.timed_out.resize(at, false);
            self.samples.timed_out.push(true);
        }
    }

    /// Counts what was wrong with single values of the row just ended.
    pub(super) fn report(&mut self, record: &Record<'_>, name: &str) {
        for fault in self.row.faults.drain(..) {
            let error = locate(fault, record, name, &[]).of_sample(&self.row.id);
            self.tally.add(&error, false);
        }
    }

    /// Takes back what was put for a row that could not be read.
    pub(super) fn abandon(&mut self) {
        let rows = self.rows();
        self.verdicts.truncate(rows);
        self.samples.epochs.truncate(rows);
        for codes in &mut self.splits {
            codes.close(rows);
        }
        self.error_causes.close(rows);
        self.end_secs.close(rows);
        self.samples.truncate(rows);
    }

    /// Whether truths (0) or predictions (1) are sentences rather than names: long, and hardly one like another.
    pub(super) fn reads_as_prose(&self, which: usize) -> bool {
        let codes = if which == 0 {
            &self.samples.truth
        } else {
            &self.samples.predicted
        };
        let names = codes.names();
        let bytes: usize = names.iter().map(String::len).sum();
        self.is_free_text(which) || (bytes > names.len() * 30 && names.len() * 2 > self.rows())
    }

    /// Whether truth (0) or prediction (1) turned out to be free text.
    #[inline]
    pub(super) fn is_free_text(&self, which: usize) -> bool {
        self.overflown.get(which).copied().unwrap_or(false)
    }
}

/// Equal as texts, or as numbers; a pipeline without names for its classes calls them `LABEL_0`, `LABEL_1`.
pub(super) fn same(truth: &str, predicted: &str) -> bool {
    let predicted = predicted.trim();
    let number = |label: &str| label.strip_prefix("LABEL_").unwrap_or(label).parse::<f64>();
    truth == predicted
        || match (number(truth), number(predicted)) {
            (Ok(a), Ok(b)) => a == b,
            _ => false,
        }
}

fn copy(target: &mut String, datum: &Datum<'_>) {
    if let Some(label) = datum.label() {
        label.as_ref().clone_into(target);
    }
}

fn put_failures(samples: &mut Samples, at: usize, datum: &Datum<'_>) {
    match datum {
        Datum::Texts(texts) => samples.failures.put(at, texts.iter().map(String::as_str)),
        _ => samples.failures.put(at, datum.label().as_deref()),
    }
}

/// Puts a slice value; `true` if the column has too many names.
fn put_capped(codes: &mut Codes, at: usize, datum: &Datum<'_>) -> bool {
    if codes.names().len() > MAX_NAMES {
        return true;
    }
    codes.put(at, datum.label().as_deref());
    codes.names().len() > MAX_NAMES
}

/// A confidence as a fraction.
fn probability(datum: &Datum<'_>, scale: Scale) -> Option<f64> {
    match (datum, scale) {
        (Datum::Percent(n), _) | (Datum::Number(n, _), Scale::Percent) => Some(n / 100.0),
        (Datum::Number(n, _), Scale::Fraction) => Some(*n),
        (Datum::Number(n, _), Scale::Logit) => Some(1.0 / (1.0 + (-n).exp())),
        (Datum::Text(text), _) => stated::number(text).and_then(stated_share),
        _ => None,
    }
}

/// A stated confidence as a fraction: bare numbers above 1 are percent.
fn stated_share(stated: stated::Stated) -> Option<f64> {
    let percent = match stated.scale {
        stated::Scale::Fraction => false,
        stated::Scale::Percent => true,
        stated::Scale::Bare => stated.number > 1.0,
    };
    let share = if percent { stated.number / 100.0 } else { stated.number };
    Some(share).filter(|s| (0.0..=1.0).contains(s))
}
