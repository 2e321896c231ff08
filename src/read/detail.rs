//! One sample in full, read again when somebody opens it.

use serde::{Deserialize, Serialize};

use crate::run::Run;

/// What an adapter needs to read one record again.
#[derive(Clone, Copy, Debug)]
pub struct DetailContext<'a> {
    /// The run the sample belongs to.
    pub run: &'a Run,
    /// Its row in the run.
    pub row: usize,
    /// The first bytes of the source (header line of a table), at least 64 KiB where there are as many.
    pub head: &'a [u8],
}

/// One message of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks (`system`, `user`, `assistant`, `tool`).
    pub role: String,
    /// What is said.
    pub text: String,
}

/// One score of a sample.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScoreDetail {
    /// Scorer, metric or assertion.
    pub name: String,
    /// The value as the file writes it.
    pub value: String,
    /// Whether the scorer passed it, where it says so.
    pub passed: Option<bool>,
    /// The scorer's reason.
    pub explanation: String,
}

/// One sample in full. Texts are plain text, never HTML; empty means that the file has no such field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SampleDetail {
    /// Id as the harness wrote it.
    pub id: String,
    /// What the model was asked, where it is one text.
    pub input: String,
    /// The conversation, where it is several messages.
    pub messages: Vec<Message>,
    /// What the model answered.
    pub output: String,
    /// What was expected.
    pub target: String,
    /// The choices offered.
    pub choices: Vec<String>,
    /// Every score.
    pub scores: Vec<ScoreDetail>,
    /// Why the sample counts as it does, where one text says so.
    pub explanation: String,
    /// The error of the call or the harness.
    pub error: String,
    /// Every further field worth showing, by name.
    pub metadata: Vec<(String, String)>,
    /// Times with their unit, by name (`output.time` → `0.312 s`).
    pub times: Vec<(String, String)>,
    /// The record as it stands in the file.
    pub raw: String,
}
