//! The samples of a run as columns of equal length.

use serde::{Deserialize, Serialize};

use super::{Codes, Judge, Labels, Numbers, TagSets};

/// What became of a sample. Errored and unscored samples are left out of accuracy and calibration and counted apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The harness passed it, or its score reached the pass threshold.
    Right,
    /// Scored and not right.
    Wrong,
    /// Graded between wrong and right; not right, a failure category of its own.
    Partial,
    /// Ran, but no score.
    #[default]
    Unscored,
    /// The harness or the model call failed.
    Errored,
}

impl Outcome {
    /// Whether the sample counts in accuracy and calibration.
    #[must_use]
    pub fn is_scored(self) -> bool {
        matches!(self, Self::Right | Self::Wrong | Self::Partial)
    }

    /// Whether the sample is right.
    #[must_use]
    pub fn is_right(self) -> bool {
        self == Self::Right
    }

    /// The word shown for it, in lower case.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Partial => "partly right",
            Self::Unscored => "unscored",
            Self::Errored => "errored",
        }
    }
}

/// Where a confidence comes from, best first: the order in which a source is chosen when several exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "name")]
pub enum ConfidenceSource {
    /// A field the file's author set for it.
    Field(String),
    /// Probability of the answer token or of the chosen option.
    AnswerProbability,
    /// A field in response or sample metadata.
    Metadata(String),
    /// Stated in the output text ("Confidence: 85 %").
    Stated,
    /// Mean token probability of free text.
    TokenProbability,
    /// A judge's score; only when the user chooses it.
    Judge(String),
}

impl ConfidenceSource {
    /// Stable id: what `--confidence` takes and the page's picker sends (`field:y_prob`, `answer-probability`).
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Field(name) => format!("field:{name}"),
            Self::AnswerProbability => "answer-probability".to_owned(),
            Self::Metadata(name) => format!("metadata:{name}"),
            Self::Stated => "stated".to_owned(),
            Self::TokenProbability => "token-probability".to_owned(),
            Self::Judge(name) => format!("judge:{name}"),
        }
    }

    /// The source in words, for captions.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Field(name) => format!("the field “{name}”"),
            Self::AnswerProbability => "the probability of the answer".to_owned(),
            Self::Metadata(name) => format!("the metadata field “{name}”"),
            Self::Stated => "the confidence stated in the output".to_owned(),
            Self::TokenProbability => "the mean token probability".to_owned(),
            Self::Judge(name) => format!("the judge's score “{name}”"),
        }
    }
}

/// One confidence column: probabilities in 0..=1.
#[derive(Clone, Debug, PartialEq)]
pub struct Confidence {
    /// Where it comes from.
    pub source: ConfidenceSource,
    /// The probabilities; absent where a sample has none.
    pub values: Numbers,
}

/// Where a sample's record stands, so that it can be read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Index into [`Samples::sources`].
    pub source: u32,
    /// Byte offset of the record in the source's decoded bytes.
    pub offset: u64,
    /// Length of the record in bytes; 0 for everything from the offset on.
    pub length: u32,
}

/// A byte stream that records stand in: an input file, or something wrapped in one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Index of the input file.
    pub file: u32,
    /// Names of the zip members on the way, outermost first; none if the file is no archive.
    pub members: Vec<String>,
    /// What lies between the file's (or member's) bytes and the text.
    pub wrapper: Wrapper,
}

/// An encoding to undo before offsets count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrapper {
    /// The bytes are the text (UTF-8; offsets count a byte-order mark).
    #[default]
    Plain,
    /// gzip.
    Gzip,
    /// Zstandard, one or several frames.
    Zstd,
    /// UTF-16, little endian; offsets count bytes of its UTF-8 form.
    Utf16Le,
    /// UTF-16, big endian; offsets count bytes of its UTF-8 form.
    Utf16Be,
}

/// The samples of a run. Every column is either absent (empty) or [`Samples::len`] long.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Id as the harness wrote it (`12`, `item-3`); pairs samples between runs together with the epoch.
    pub ids: Labels,
    /// Repeat number, 1-based; empty if every item was run once.
    pub epochs: Vec<u16>,
    /// What became of each sample.
    pub outcomes: Vec<Outcome>,
    /// The score as given, in its own unit and direction.
    pub scores: Numbers,
    /// Every confidence found, best source first.
    pub confidences: Vec<Confidence>,
    /// Which of [`Self::confidences`] is in use; `None` if there is none to use.
    pub confidence: Option<usize>,
    /// The model's own time, seconds; absent for cached answers.
    pub latency_secs: Numbers,
    /// Time to first token, seconds.
    pub ttft_secs: Numbers,
    /// Whether the latency is a time-out: a lower bound, not a measurement. Empty if none is.
    pub timed_out: Vec<bool>,
    /// Whether the answer came from a cache. Empty if none did.
    pub cached: Vec<bool>,
    /// Tokens read.
    pub tokens_in: Numbers,
    /// Tokens written, reasoning included.
    pub tokens_out: Numbers,
    /// Cost in US dollars.
    pub cost: Numbers,
    /// When the sample's call was sent, seconds since 1970 in UTC.
    pub started_secs: Numbers,
    /// Failure categories of samples that are not right; several may hold.
    pub failures: TagSets,
    /// True class or reference answer, where it comes from a small set.
    pub truth: Codes,
    /// Predicted class or answer, where it comes from a small set.
    pub predicted: Codes,
    /// Probability of each class, `classes.len()` a row, in the order of [`Self::class_names`]; empty if absent. NaN rows are absent.
    pub class_probabilities: Vec<f64>,
    /// Names of the classes of [`Self::class_probabilities`].
    pub class_names: Vec<String>,
    /// Named slice columns (language, subject, difficulty …).
    pub slices: Vec<(String, Codes)>,
    /// Named numeric attributes that can be sliced by quintile or watched for drift.
    pub attributes: Vec<(String, Numbers)>,
    /// Cluster (document, conversation, user) that samples share; absent if each stands alone.
    pub clusters: Codes,
    /// What other scorers said of the same answers.
    pub judges: Vec<Judge>,
    /// Where each sample's record stands.
    pub places: Vec<Place>,
    /// The streams that [`Self::places`] refers to.
    pub sources: Vec<Source>,
}

impl Samples {
    /// Number of samples read.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// The epoch of `row`, 1 if the run has none.
    #[must_use]
    pub fn epoch(&self, row: usize) -> u16 {
        self.epochs.get(row).copied().unwrap_or(1)
    }

    /// The confidence in use at `row`, 0..=1.
    #[must_use]
    pub fn confidence_at(&self, row: usize) -> Option<f64> {
        self.confidences.get(self.confidence?)?.values.at(row)
    }

    /// Whether the answer at `row` came from a cache.
    #[must_use]
    pub fn is_cached(&self, row: usize) -> bool {
        self.cached.get(row).copied().unwrap_or(false)
    }

    /// Whether the latency at `row` is a time-out.
    #[must_use]
    pub fn is_timed_out(&self, row: usize) -> bool {
        self.timed_out.get(row).copied().unwrap_or(false)
    }

    /// The slice column called `name`.
    #[must_use]
    pub fn slice(&self, name: &str) -> Option<&Codes> {
        self.slices.iter().find(|(n, _)| n == name).map(|(_, codes)| codes)
    }

    /// Uses the confidence whose [`ConfidenceSource::id`] is `id`; `none` uses none. Returns whether it was found.
    pub fn choose_confidence(&mut self, id: &str) -> bool {
        if id == "none" {
            self.confidence = None;
            return true;
        }
        let found = self.confidences.iter().position(|c| c.source.id() == id);
        if found.is_some() {
            self.confidence = found;
        }
        found.is_some()
    }
}
