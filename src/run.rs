//! One model × prompt × task × scorer: what it was (lineage) and its samples as columns.
//!
//! Text is not kept. A sample keeps the [`Place`] where its record stands and is read again when somebody opens it.

mod column;
mod judge;
mod push;
mod sample;
mod subset;

pub use column::{Codes, Labels, Numbers, TagSets};
pub use judge::{Judge, attach as attach_judges};
pub use push::Sample;
pub use sample::{Confidence, ConfidenceSource, Outcome, Place, Samples, Source, Wrapper};

use serde::{Deserialize, Serialize};

/// One run: a model with one prompt or configuration, on one task, judged by one scorer (and filter).
///
/// Epochs and repeats of an item are samples of the same run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// What was run; shown as lineage and compared before a difference is believed.
    pub meta: Meta,
    /// The samples, as columns of equal length.
    pub samples: Samples,
    /// How outcomes came about, for the page's "what counts" line.
    pub rule: OutcomeRule,
    /// What was found wrong while reading; the run is usable all the same.
    pub problems: Vec<Problem>,
}

/// Lineage of a run. Empty strings mean that the files do not say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// Short name, unique within a loaded set: what the switcher shows and `--run` takes.
    pub name: String,
    /// Model identifier as the harness wrote it.
    pub model: String,
    /// Task, data set or test-suite name.
    pub task: String,
    /// Prompt or configuration label where a file holds several.
    pub prompt: String,
    /// Scorer, metric or assertion that decided the outcome.
    pub scorer: String,
    /// Filter applied before scoring (lm-evaluation-harness), else empty.
    pub filter: String,
    /// Id of the adapter that read it (`inspect`, `promptfoo`, `lm-eval`, `plain`).
    pub format: String,
    /// Harness name with version (`inspect_ai 0.3.285`).
    pub harness: String,
    /// When the run was made, as RFC 3339 in UTC.
    pub created: String,
    /// Name of the data set, where it differs from the task.
    pub dataset: String,
    /// Hash or version of the data set, where the files say so.
    pub dataset_version: String,
    /// Version control commit of the evaluated code, where the files say so.
    pub commit: String,
    /// Status the harness gave the whole run (`success`, `cancelled`, `error`), else empty.
    pub status: String,
    /// Any further setting worth comparing (temperature, shots, arguments): name and value, sorted by name.
    pub settings: Vec<(String, String)>,
    /// Names of the columns or fields each role was taken from (`confidence` → `y_prob`), for the Data section.
    pub roles: Vec<(String, String)>,
    /// Indices into the input files this run was read from.
    pub files: Vec<u32>,
    /// Aggregates that the harness itself reported (`accuracy` → 0.71), kept to compare, never shown as ours.
    pub reported: Vec<(String, f64)>,
}

/// How each sample's [`Outcome`] was decided.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutcomeRule {
    /// The rule in words (`score ≥ 0.5`, `promptfoo success`, `letter C`).
    pub words: String,
    /// Scores are graded (not only 0 and 1), so `score.mean` is worth showing.
    pub graded: bool,
    /// Pass threshold on the score, where one was used.
    pub threshold: Option<f64>,
    /// `false` where a smaller score is better.
    pub larger_is_better: bool,
    /// What the confidence is a probability of.
    pub confidence_of: ConfidenceOf,
}

/// What a confidence column is the probability of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfidenceOf {
    /// The given answer being right.
    #[default]
    Answer,
    /// The positive class (truth 1), whatever was predicted.
    PositiveClass,
}

/// Something wrong in the input that did not stop the reading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What is wrong, where, what to do: one sentence each.
    pub text: String,
    /// Where: file, line or byte, JSON pointer, sample id. Empty if it concerns the whole input.
    pub place: String,
    /// How many records it concerns.
    pub count: u64,
    /// Whether the records it concerns were left out.
    pub left_out: bool,
}
