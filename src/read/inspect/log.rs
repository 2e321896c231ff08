//! A log while it is being read.

use std::collections::HashSet;

use crate::run::{ConfidenceSource, Outcome, Place, Problem, Run, Samples, TagSets};

use super::super::belief::Beliefs;
use super::super::cause::is_same;
use super::super::facet::{Classes, Facets};
use super::super::json::Value;
use super::super::{Format, Head, Member, Part, ReadError, ReadOptions, Record, RecordPath};
use super::header::Header;
use super::sample;
use super::scorer::{Grade, Judged, Scorer};

/// Whether a member of this name marks an archive as a log.
#[must_use]
pub fn is_mark(name: &str) -> bool {
    name == HEADER || name == START || is_sample(name)
}

const HEADER: &str = "header.json";
const START: &str = "_journal/start.json";
const SUMMARIES: &str = "summaries.json";
const JOURNAL_SUMMARIES: &str = "_journal/summaries/";

/// `samples/x_epoch_1.json`, or the shell of a chunked sample (`samples/x_epoch_1/sample.json`).
fn is_sample(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("samples/") else {
        return false;
    };
    match rest.strip_suffix("/sample.json") {
        Some(_) => true,
        None => rest.ends_with(".json") && !is_piece(rest),
    }
}

/// Whether a name below `samples/` belongs to a chunked sample (ids may hold slashes, its pieces' folders do not vary).
fn is_piece(rest: &str) -> bool {
    ["/messages/", "/events/", "/calls/", "/attachments/"]
        .iter()
        .any(|folder| rest.contains(folder))
        || ["/metadata.json", "/skeleton.json"]
            .iter()
            .any(|name| rest.ends_with(name))
}

/// A log while it is being read: the samples' shared columns, and one column set a scorer.
#[derive(Debug)]
pub struct Log {
    header: Header,
    has_header: bool,
    interrupted: bool,
    threshold: Option<f64>,
    samples: Samples,
    invalidated: Vec<usize>,
    facets: Facets,
    truth: Classes,
    beliefs: Beliefs,
    scorers: Vec<Scorer>,
    seen: HashSet<(String, u16)>,
    from_summaries: u64,
}

impl Log {
    /// Starts on a file; a document's header is read from its head, since samples need the model's name.
    #[must_use]
    pub fn open(head: &Head<'_>, options: &ReadOptions) -> Self {
        let header = head.document.as_ref().map(Header::read).unwrap_or_default();
        Self {
            header,
            has_header: false,
            interrupted: false,
            threshold: options.threshold,
            samples: Samples::default(),
            invalidated: Vec::new(),
            facets: Facets::default(),
            truth: Classes::default(),
            beliefs: Beliefs::default(),
            scorers: Vec::new(),
            seen: HashSet::new(),
            from_summaries: 0,
        }
    }

    /// Takes a full sample or a summary.
    fn take(&mut self, sample: &Value<'_>, place: Place) -> Result<(), ReadError> {
        let (id, epoch) = sample::identity(sample)?;
        if !self.seen.insert((id.clone(), epoch)) {
            let twice =
                super::super::ReadErrorKind::Damaged(format!("epoch {epoch} of this sample stands there twice"));
            return Err(ReadError::new(twice).of_sample(&id));
        }
        let row = self.samples.len();
        let columns = sample::row(sample, id, epoch, &self.header.model, place);
        self.samples.push(&columns);
        if sample::is_invalidated(sample) {
            self.invalidated.push(row);
        }
        self.describe(row, sample.at("metadata"));
        if let Some(reason) = sample::stop_reason(sample) {
            self.facets.put_text(row, "stop_reason", &reason);
        }
        let target = match sample.at("target") {
            Value::Array(targets) => targets.first().and_then(Value::label),
            target => target.label(),
        };
        self.truth.put(row, target.as_deref());
        sample::believe(sample, row, &mut self.beliefs);
        for (name, score) in sample::scores(sample) {
            match Grade::read(score.at("value")) {
                Grade::Parts(parts) => {
                    for (key, grade) in parts {
                        self.scorer(&name, Some(&key)).put(row, &grade, score);
                    }
                }
                grade => self.scorer(&name, None).put(row, &grade, score),
            }
        }
        Ok(())
    }

    /// Puts a sample's metadata as slices; a confidence is none.
    fn describe(&mut self, row: usize, metadata: &Value<'_>) {
        for (name, value) in metadata.members() {
            let name = name.decode();
            if !super::super::stated::is_confidence_name(&name) {
                self.facets.put(row, &name, value);
            }
        }
    }

    fn scorer(&mut self, scorer: &str, part: Option<&str>) -> &mut Scorer {
        let found = self
            .scorers
            .iter()
            .position(|s| s.scorer == scorer && s.part.as_deref() == part);
        let index = found.unwrap_or(self.scorers.len());
        if found.is_none() {
            self.scorers.push(Scorer::new(scorer, part));
        }
        &mut self.scorers[index]
    }

    /// Takes the summaries of samples that the archive does not hold in full.
    fn take_summaries(&mut self, list: &Value<'_>, place: Place) {
        for summary in list.items() {
            let unknown = sample::identity(summary).is_ok_and(|key| !self.seen.contains(&key));
            if unknown && self.take(summary, Place { length: 0, ..place }).is_ok() {
                self.from_summaries += 1;
            }
        }
    }

    /// Takes one member of an archive.
    fn take_member(&mut self, name: &str, value: &Value<'_>, place: Place) -> Result<(), ReadError> {
        if name == HEADER || name == START {
            self.header = Header::read(value);
            self.interrupted = name == START;
            return Ok(());
        }
        if name == SUMMARIES || name.starts_with(JOURNAL_SUMMARIES) {
            self.take_summaries(value, place);
            return Ok(());
        }
        if name.ends_with("/metadata.json") {
            // Follows its sample, whose row is the last.
            if let Some(row) = self.samples.len().checked_sub(1) {
                self.describe(row, value);
            }
            return Ok(());
        }
        self.take(value, place)
    }

    /// What concerns the log as a whole.
    fn whole_problems(&self) -> Vec<Problem> {
        let mut problems = self.header.problems.clone();
        let mut tell = |text: String, count: u64| {
            problems.push(Problem {
                text,
                count,
                ..Problem::default()
            });
        };
        let read = self.samples.len() as u64;
        if self.interrupted {
            tell(
                format!(
                    "The log has no header: the run was interrupted, or the file is cut short. The {read} samples written \
                     before were read."
                ),
                1,
            );
        }
        if read == 0 {
            let text = "The log holds no samples (only its header was written, or samples were not logged), so only the \
                        harness's own aggregates are shown. Run again with samples logged.";
            tell(text.to_owned(), 1);
        }
        if self.from_summaries > 0 {
            let text = "A sample that the log holds only as a summary: without output, log-probabilities and the model's \
                        own time.";
            tell(text.to_owned(), self.from_summaries);
        }
        let missing = self.header.expected.unwrap_or(0).saturating_sub(read);
        if missing > 0 && read > 0 {
            tell(
                "A sample of the run is not in the log: it did not end.".to_owned(),
                missing,
            );
        }
        problems
    }

    /// Runs without samples, from the harness's aggregates; one empty run if there is none.
    fn reported_runs(&self, problems: &[Problem]) -> Vec<Run> {
        let mut named: Vec<(&str, &str)> = Vec::new();
        for reported in &self.header.reported {
            let key = (reported.scorer.as_str(), reported.name.as_str());
            if !named.contains(&key) {
                named.push(key);
            }
        }
        if named.is_empty() {
            named.push(("", ""));
        }
        let several = named.len() > 1;
        let run = |(scorer, name): (&str, &str)| {
            let part = (scorer != name).then_some(name);
            let column = Scorer::new(scorer, part);
            self.run(&column, several, Samples::default(), problems.to_vec())
        };
        named.into_iter().map(run).collect()
    }

    /// A run of `scorer` with its lineage.
    fn run(&self, scorer: &Scorer, several: bool, samples: Samples, problems: Vec<Problem>) -> Run {
        let mut meta = self.header.meta.clone();
        meta.scorer = scorer.name();
        let mut parts = vec![meta.model.as_str(), meta.task.as_str()];
        if several {
            parts.push(meta.scorer.as_str());
        }
        parts.retain(|p| !p.is_empty());
        meta.name = parts.join(" · ");
        let own = |r: &&super::header::Reported| {
            r.scorer == scorer.scorer && scorer.part.as_ref().is_none_or(|part| r.name == *part)
        };
        let reported = self.header.reported.iter().filter(own);
        meta.reported = reported.map(|r| (r.metric.clone(), r.value)).collect();
        meta.roles = vec![
            ("score".to_owned(), format!("scores.{}.value", meta.scorer)),
            ("latency".to_owned(), "output.time, else working_time".to_owned()),
        ];
        Run {
            meta,
            samples,
            problems,
            ..Run::default()
        }
    }
}

impl Format for Log {
    fn paths(&self) -> Vec<RecordPath> {
        vec![RecordPath::list(&["samples"])]
    }

    /// Header first, then the samples (of members with one name the last), each followed by its metadata, then the
    /// summaries, which tell of samples that are not there in full.
    fn members(&mut self, members: &[Member]) -> Vec<usize> {
        let last = |wanted: &str| members.iter().rposition(|m| m.name == wanted);
        self.interrupted = last(HEADER).is_none();
        let mut order: Vec<usize> = last(HEADER).or_else(|| last(START)).into_iter().collect();
        let mut newest = std::collections::HashMap::new();
        for (index, member) in members.iter().enumerate() {
            newest.insert(member.name.as_str(), index);
        }
        let is_newest = |index: usize, name: &str| newest.get(name) == Some(&index);
        for (index, member) in members.iter().enumerate() {
            if is_sample(&member.name) && is_newest(index, &member.name) {
                order.push(index);
                let folder = member.name.strip_suffix("sample.json").filter(|f| f.ends_with('/'));
                order.extend(folder.and_then(|f| newest.get(format!("{f}metadata.json").as_str())));
            }
        }
        match last(SUMMARIES) {
            Some(index) => order.push(index),
            None => {
                let journal = members.iter().enumerate();
                order.extend(
                    journal
                        .filter(|(_, m)| m.name.starts_with(JOURNAL_SUMMARIES))
                        .map(|(i, _)| i),
                );
            }
        }
        order
    }

    fn record(&mut self, record: &Record<'_>) -> Result<(), ReadError> {
        let value = record.value()?;
        match record.key {
            Some(name) => self.take_member(name, &value, record.place),
            None => self.take(&value, record.place),
        }
    }

    fn envelope(&mut self, envelope: &Value<'_>) {
        self.header = Header::read(envelope);
        self.has_header = true;
    }

    fn samples(&self) -> u64 {
        self.samples.len() as u64
    }

    fn finish(mut self: Box<Self>) -> Part {
        let problems = self.whole_problems();
        if self.samples.is_empty() {
            return Part {
                runs: self.reported_runs(&problems),
                ..Part::default()
            };
        }
        let rows = self.samples.len();
        let mut base = std::mem::take(&mut self.samples);
        base.close();
        if base.epochs.iter().all(|&e| e == 1) {
            base.epochs.clear();
        }
        std::mem::take(&mut self.facets).finish(&mut base);
        base.truth = std::mem::take(&mut self.truth).finish(rows);
        let mut scorers = std::mem::take(&mut self.scorers);
        if scorers.is_empty() {
            scorers.push(Scorer::default());
        }
        let several = scorers.len() > 1;
        let beliefs = std::mem::take(&mut self.beliefs);
        let shell = |scorer: &Scorer| self.run(scorer, several, Samples::default(), problems.clone());
        let shells: Vec<Run> = scorers.iter().map(shell).collect();
        let complete = |(scorer, run): (Scorer, Run)| {
            let judged = scorer.finish(rows, self.threshold);
            complete(run, base.clone(), judged, &self.invalidated, beliefs.clone())
        };
        Part {
            runs: scorers.into_iter().zip(shells).map(complete).collect(),
            ..Part::default()
        }
    }
}

/// Joins the shared columns with a scorer's.
fn complete(mut run: Run, mut samples: Samples, judged: Judged, invalidated: &[usize], shared: Beliefs) -> Run {
    for (row, outcome) in judged.outcomes.iter().enumerate() {
        if let (Some(own), Some(outcome)) = (samples.outcomes.get_mut(row), outcome) {
            *own = *outcome;
        }
    }
    for &row in invalidated {
        if let Some(own) = samples.outcomes.get_mut(row) {
            *own = Outcome::Unscored;
        }
    }
    samples.scores = judged.scores;
    samples.predicted = judged.predicted;
    samples.failures = failures(&samples, &judged.failures);
    let mut beliefs = judged.beliefs;
    beliefs.join(shared);
    beliefs.finish(&mut samples, &mut run.problems);
    run.rule = judged.rule;
    for (text, count) in judged.problems {
        run.problems.push(Problem {
            text,
            count,
            ..Problem::default()
        });
    }
    let named = samples.confidence.and_then(|i| samples.confidences.get(i));
    let field = named.map(|c| match &c.source {
        ConfidenceSource::Metadata(name) => format!("metadata.{name}"),
        source => source.words(),
    });
    run.meta.roles.extend(field.map(|f| ("confidence".to_owned(), f)));
    run.samples = samples;
    run
}

/// Categories of samples that are not right: the sample's own and the scorer's. What the log says of a sample goes by the
/// name that its author gave the same fact (“cut off”), so that it is counted once.
fn failures(samples: &Samples, scorer: &TagSets) -> TagSets {
    let (own, authors) = (&samples.failures, scorer.tags());
    let named = |tag: &String| {
        authors
            .iter()
            .find(|author| is_same(author, tag))
            .unwrap_or(tag)
            .clone()
    };
    let own_names: Vec<String> = own.tags().iter().map(named).collect();
    let mut merged = TagSets::default();
    for (row, outcome) in samples.outcomes.iter().enumerate() {
        if outcome.is_right() {
            continue;
        }
        let of = |sets: &TagSets, names: &[String]| -> Vec<String> {
            let tags = sets.at(row).into_iter();
            tags.filter_map(|i| names.get(i).cloned()).collect()
        };
        let mut both = [of(own, &own_names), of(scorer, authors)].concat();
        if *outcome == Outcome::Partial {
            both.push(outcome.word().to_owned());
        }
        merged.put(row, both.iter().map(String::as_str));
    }
    merged.close(samples.len());
    merged
}
