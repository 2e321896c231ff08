//! A samples file while it is being read: columns by task and filter, with one score column a metric.

use std::borrow::Cow;
use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::run::{Confidence, ConfidenceSource, Numbers, Outcome, Place, Problem, Run, Sample, Samples, TagSets};

use super::super::belief::Beliefs;
use super::super::facet::{Classes, Facets};
use super::super::json::Value;
use super::super::score::{ScoreRule, decide};
use super::super::{ReadError, stated};
use super::choice::Choices;
use super::results::larger_is_better;

/// Fields of a sample that are no metric.
const FIXED: [&str; 12] = [
    "doc_id",
    "doc",
    "target",
    "arguments",
    "resps",
    "filtered_resps",
    "filter",
    "metrics",
    "doc_hash",
    "prompt_hash",
    "target_hash",
    "prompt",
];

/// What `--predict_only` writes in place of a score.
const BYPASS: &str = "bypass";

/// Samples of a file, by task and filter.
#[derive(Debug)]
pub struct Collector {
    threshold: Option<f64>,
    groups: Vec<Group>,
    hash: Sha256,
}

/// The samples of one task and filter.
#[derive(Debug, Default)]
struct Group {
    task: String,
    filter: String,
    samples: Samples,
    facets: Facets,
    truth: Classes,
    beliefs: Beliefs,
    failures: TagSets,
    metrics: Vec<Metric>,
    seen: HashSet<String>,
    /// Lines of documents that stand there already.
    repeated: u64,
    /// Number of choices, while all samples have the same; 0 before the first.
    choices: usize,
    ragged: bool,
}

/// One metric of a group.
#[derive(Debug, Default)]
struct Metric {
    name: String,
    scores: Numbers,
    predicted: Classes,
    probability: Numbers,
}

impl Collector {
    /// An empty collector.
    #[must_use]
    pub fn new(threshold: Option<f64>) -> Self {
        Self {
            threshold,
            groups: Vec::new(),
            hash: Sha256::new(),
        }
    }

    /// How many samples were taken.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.groups.iter().map(|g| g.samples.len() as u64).sum()
    }

    /// Takes one logged sample; `task` where the file says it.
    ///
    /// # Errors
    /// The record is no object or has no document id.
    pub fn take(&mut self, sample: &Value<'_>, task: Option<&str>, place: Place) -> Result<(), ReadError> {
        if !matches!(sample, Value::Object(_)) {
            return Err(ReadError::wrong_type("record", "an object", sample.kind()));
        }
        let id = sample
            .at("doc_id")
            .label()
            .ok_or_else(|| ReadError::missing("doc_id"))?;
        for name in ["doc_hash", "prompt_hash", "target_hash"] {
            self.hash.update(sample.at(name).text().unwrap_or_default().as_bytes());
        }
        let filter = sample.at("filter").label().unwrap_or(Cow::Borrowed("none"));
        self.group(task.unwrap_or_default(), &filter).take(sample, &id, place);
        Ok(())
    }

    fn group(&mut self, task: &str, filter: &str) -> &mut Group {
        let found = self.groups.iter().position(|g| g.task == task && g.filter == filter);
        let index = found.unwrap_or(self.groups.len());
        if found.is_none() {
            self.groups.push(Group {
                task: task.to_owned(),
                filter: filter.to_owned(),
                ..Group::default()
            });
        }
        &mut self.groups[index]
    }

    /// The runs, to be completed by the results file.
    #[must_use]
    pub fn finish(self) -> Vec<Run> {
        let digest = self.hash.finalize();
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut runs: Vec<Run> = Vec::new();
        for group in self.groups {
            runs.extend(group.finish(self.threshold));
        }
        for run in &mut runs {
            run.meta.dataset_version.clone_from(&hash);
        }
        runs
    }
}

impl Group {
    fn take(&mut self, sample: &Value<'_>, id: &str, place: Place) {
        if !self.seen.insert(id.to_owned()) {
            self.repeated += 1;
            return;
        }
        let row = self.samples.len();
        self.samples.push(&Sample {
            id: Cow::Borrowed(id),
            place,
            ..Sample::default()
        });
        let fields = sample.at("doc").members().iter();
        for (name, value) in fields.filter(|(_, value)| value.label().is_some()) {
            self.facets.put(row, &name.decode(), value);
        }
        let target = sample.at("target").label();
        self.truth.put(row, target.as_deref());
        let choices = Choices::read(sample);
        self.put_classes(row, choices.as_ref());
        let answer = answer(sample);
        if choices.is_none() {
            let text = spoken(sample);
            self.beliefs.put(row, &ConfidenceSource::Stated, stated::find(&text));
        }
        if answer == "[invalid]" {
            self.failures.put(row, ["no answer extracted"]);
        }
        for (name, value) in metrics(sample) {
            let metric = self.metric(&name);
            let score = value.number().or_else(|| value.bool().map(|b| f64::from(u8::from(b))));
            metric.scores.put(row, score.filter(|_| name != BYPASS));
            match &choices {
                Some(choices) => metric.put_choice(row, choices, target.as_deref(), score),
                None => metric.predicted.put(row, Some(&answer)),
            }
        }
    }

    /// Notes the probability of every choice, as long as all samples have equally many.
    fn put_classes(&mut self, row: usize, choices: Option<&Choices>) {
        let count = choices.map_or(0, |c| c.probabilities.len());
        if row == 0 {
            self.choices = count;
        }
        self.ragged |= count != self.choices;
        if let (false, Some(choices)) = (self.ragged, choices) {
            self.samples.class_probabilities.extend(&choices.probabilities);
        }
    }

    fn metric(&mut self, name: &str) -> &mut Metric {
        let found = self.metrics.iter().position(|m| m.name == name);
        let index = found.unwrap_or(self.metrics.len());
        if found.is_none() {
            self.metrics.push(Metric {
                name: name.to_owned(),
                ..Metric::default()
            });
        }
        &mut self.metrics[index]
    }

    fn finish(mut self, threshold: Option<f64>) -> Vec<Run> {
        let rows = self.samples.len();
        let mut problems = Vec::new();
        self.samples.close();
        self.samples.truth = self.truth.finish(rows);
        self.facets.finish(&mut self.samples);
        if self.ragged || self.choices == 0 {
            self.samples.class_probabilities = Vec::new();
        } else {
            self.samples.class_names = (0..self.choices).map(|i| i.to_string()).collect();
        }
        self.beliefs.finish(&mut self.samples, &mut problems);
        if self.repeated > 0 {
            problems.push(Problem {
                text: "A line of a document that stands there already: another run was appended to the file. The first was \
                       kept. Drop a file of one run."
                    .to_owned(),
                count: self.repeated,
                left_out: true,
                ..Problem::default()
            });
        }
        let mut metrics = sensible(self.metrics);
        if metrics.is_empty() {
            problems.push(Problem {
                text: "The samples have no score of their own (predictions only, or a metric of the whole corpus), so they \
                       are unscored. Run the evaluation without --predict_only, or drop its results file too."
                    .to_owned(),
                count: rows as u64,
                ..Problem::default()
            });
            metrics.push(Metric::default());
        }
        let mut runs = Vec::new();
        for metric in metrics {
            let mut run = Run::default();
            run.meta.task.clone_from(&self.task);
            run.meta.filter.clone_from(&self.filter);
            run.problems.clone_from(&problems);
            metric.finish(&mut run, self.samples.clone(), &self.failures, threshold);
            runs.push(run);
        }
        runs
    }
}

/// The metrics that can decide a sample: if any lies in 0..=1, those; corpus-level ones (log-likelihoods for a perplexity) then stay out.
fn sensible(metrics: Vec<Metric>) -> Vec<Metric> {
    let scored: Vec<Metric> = metrics.into_iter().filter(|m| !m.scores.is_absent()).collect();
    let shares = |m: &Metric| m.scores.present().all(|s| (0.0..=1.0).contains(&s));
    if scored.iter().any(shares) {
        return scored.into_iter().filter(shares).collect();
    }
    scored
}

impl Metric {
    /// Puts the choice the metric takes and its probability, unless the metric's own verdict contradicts it.
    fn put_choice(&mut self, row: usize, choices: &Choices, target: Option<&str>, score: Option<f64>) {
        let Some(taken) = choices.taken(&self.name) else {
            return;
        };
        let gold = target.and_then(|t| t.parse::<usize>().ok());
        let agrees = match (gold, score) {
            (Some(gold), Some(score)) if self.name.starts_with("acc") => (gold == taken) == (score == 1.0),
            _ => true,
        };
        if agrees {
            self.predicted.put(row, Some(&taken.to_string()));
            self.probability.put(row, choices.probabilities.get(taken).copied());
        }
    }

    /// Completes `run` by this metric's columns.
    fn finish(mut self, run: &mut Run, mut samples: Samples, failures: &TagSets, threshold: Option<f64>) {
        let rows = samples.len();
        let rule = ScoreRule {
            larger_is_better: larger_is_better(&self.name),
            threshold,
            ..ScoreRule::default()
        };
        let decided = decide(&self.scores, rows, rule);
        for (row, outcome) in decided.outcomes.iter().enumerate() {
            if let Some(own) = samples.outcomes.get_mut(row) {
                *own = outcome.unwrap_or(Outcome::Unscored);
            }
        }
        samples.failures = failing(&samples, failures);
        self.scores.close(rows);
        self.probability.close(rows);
        samples.scores = self.scores;
        samples.predicted = self.predicted.finish(rows);
        if !self.probability.is_absent() {
            samples.confidences.insert(
                0,
                Confidence {
                    source: ConfidenceSource::AnswerProbability,
                    values: self.probability,
                },
            );
            samples.confidence = Some(0);
        }
        if let Some(why) = decided.undecided {
            run.problems.push(Problem {
                text: why,
                count: samples.scores.count() as u64,
                ..Problem::default()
            });
        }
        run.rule = decided.rule;
        run.meta.roles = vec![("score".to_owned(), self.name.clone())];
        if samples.confidence == Some(0) && !samples.confidences.is_empty() {
            let words = match samples.confidences[0].source {
                ConfidenceSource::AnswerProbability => "softmax of the choices' log-likelihoods",
                _ => "stated in the response",
            };
            run.meta.roles.push(("confidence".to_owned(), words.to_owned()));
        }
        run.meta.scorer = self.name;
        run.samples = samples;
    }
}

/// The categories of samples that are not right.
fn failing(samples: &Samples, failures: &TagSets) -> TagSets {
    let mut own = TagSets::default();
    for (row, outcome) in samples.outcomes.iter().enumerate() {
        if outcome.is_right() {
            continue;
        }
        let tags = failures.at(row).into_iter();
        let mut names: Vec<&str> = tags
            .filter_map(|i| failures.tags().get(i))
            .map(String::as_str)
            .collect();
        if *outcome == Outcome::Partial {
            names.push(outcome.word());
        }
        own.put(row, names);
    }
    own.close(samples.len());
    own
}

/// The sample's metrics: those it names, or in old files every field that is not one of the fixed ones.
pub fn metrics<'v, 'a>(sample: &'v Value<'a>) -> Vec<(Cow<'a, str>, &'v Value<'a>)> {
    let named = sample.at("metrics").items();
    if !named.is_empty() {
        let names = named.iter().filter_map(Value::text);
        return names
            .map(|name| {
                let value = sample.at(&name);
                (name, value)
            })
            .collect();
    }
    let members = sample.members().iter();
    let fields = members.map(|(name, value)| (name.decode(), value));
    fields.filter(|(name, _)| !FIXED.contains(&name.as_ref())).collect()
}

/// The answer after the filter; empty for choices.
#[must_use]
pub fn answer(sample: &Value<'_>) -> String {
    match sample.at("filtered_resps") {
        Value::Array(items) => match items.first() {
            Some(Value::Array(inner)) => inner.first().map_or_else(String::new, Value::show),
            Some(first) => first.show(),
            None => String::new(),
        },
        plain => plain.show(),
    }
}

/// What the model wrote, before any filter.
#[must_use]
pub fn spoken(sample: &Value<'_>) -> String {
    let first = sample.at("resps").item(0);
    match first {
        Value::Array(items) => items.first().map_or_else(String::new, Value::show),
        plain => plain.show(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;

    fn read(lines: &[&str]) -> Vec<Run> {
        let mut collector = Collector::new(None);
        for line in lines {
            let value = json::parse(line.as_bytes()).unwrap();
            collector.take(&value, None, Place::default()).unwrap();
        }
        collector.finish()
    }

    #[test]
    fn each_metric_is_a_run_and_takes_its_own_choice() {
        let line = r#"{"doc_id":0,"doc":{"s":"x"},"target":"1","arguments":{"g0":{"arg_0":"q","arg_1":" a"},"g1":{"arg_0":"q","arg_1":" a long one"}},
            "resps":[[["-3.0","False"]],[["-4.0","False"]]],"filtered_resps":[["-3.0","False"],["-4.0","False"]],"filter":"none",
            "metrics":["acc","acc_norm","brier_score"],"acc":0.0,"acc_norm":1.0,"brier_score":[1,"[0.7 0.3]"]}"#;
        let runs = read(&[line]);
        let names: Vec<_> = runs.iter().map(|r| r.meta.scorer.as_str()).collect();
        assert_eq!(names, ["acc", "acc_norm"]);
        let p = 1.0 / (1.0 + (-1.0f64).exp());
        assert!((runs[0].samples.confidence_at(0).unwrap() - p).abs() < 1e-12);
        assert!((runs[1].samples.confidence_at(0).unwrap() - (1.0 - p)).abs() < 1e-12);
        assert_eq!(runs[0].samples.outcomes, [Outcome::Wrong]);
        assert_eq!(runs[1].samples.outcomes, [Outcome::Right]);
        assert_eq!(runs[0].samples.class_names, ["0", "1"]);
    }

    #[test]
    fn a_verdict_that_contradicts_the_likeliest_choice_takes_no_confidence() {
        let line =
            r#"{"doc_id":0,"doc":{},"target":"0","filtered_resps":[[-3,false],[-4,false]],"resps":[],"acc":0.0}"#;
        assert!(read(&[line])[0].samples.confidences.is_empty());
    }

    #[test]
    fn filters_are_runs_and_repeated_lines_are_counted() {
        let line = |id: u32, filter: &str, answer: &str, score: f64| {
            format!(
                r#"{{"doc_id":{id},"doc":{{}},"target":"7","resps":[["It is 7. Confidence: 90%"]],"filtered_resps":["{answer}"],
                "filter":"{filter}","metrics":["exact_match"],"exact_match":{score}}}"#
            )
        };
        let lines = [
            line(0, "strict", "[invalid]", 0.0),
            line(0, "flexible", "7", 1.0),
            line(0, "strict", "[invalid]", 0.0),
        ];
        let runs = read(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(runs.len(), 2);
        assert_eq!(runs[0].samples.failures.tags(), ["no answer extracted"]);
        assert_eq!((runs[0].problems[0].count, runs[0].problems[0].left_out), (1, true));
        assert_eq!(runs[1].samples.confidence_at(0), Some(0.9));
    }

    #[test]
    fn predictions_without_scores_are_unscored() {
        let runs = read(&[
            r#"{"doc_id":0,"doc":{},"target":"7","resps":[["7"]],"filtered_resps":["7"],"filter":"none","metrics":["bypass"],"bypass":999}"#,
            r#"{"doc_id":1,"doc":{},"target":"7","resps":[["7"]],"filtered_resps":["7"],"filter":"none","metrics":["bypass"],"bypass":NaN}"#,
        ]);
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].samples.outcomes, [Outcome::Unscored; 2]);
        assert!(runs[0].problems[0].text.contains("unscored"));
    }

    #[test]
    fn metrics_of_the_corpus_give_way_to_those_of_the_sample() {
        let runs = read(&[
            r#"{"doc_id":0,"doc":{},"target":" word","resps":[[["-2.5","False"]]],"filtered_resps":[["-2.5","False"]],"filter":"none","perplexity":-2.5,"acc":0}"#,
        ]);
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].meta.scorer, "acc");
        assert!(runs[0].samples.confidences.is_empty());
    }
}
