//! What page and worker say to each other. Each message is one value that serde writes as a JavaScript object; files
//! cross as they are, without a copy.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::File;

use crate::{
    read::SampleDetail,
    report::{Ask, InputFile, Options, Piece},
    run::{Meta, Problem},
    seal::Chance,
    workspace::{ListQuery, ListRow},
};

/// The number of one question, unique within one worker.
pub type Turn = u32;

/// Something the page may ask, with the type of its answer.
pub trait Question: Into<Request> {
    /// What the worker answers.
    type Answer: Serialize + DeserializeOwned + 'static;
}

/// Every question there is.
#[derive(Serialize, Deserialize)]
pub enum Request {
    /// See [`struct@Hash`].
    Hash(Hash),
    /// See [`Load`].
    Load(Load),
    /// See [`MakeReport`].
    MakeReport(MakeReport),
    /// See [`Measure`].
    Measure(Measure),
    /// See [`List`].
    List(List),
    /// See [`Open`].
    Open(Open),
    /// See [`Seal`].
    Seal(Seal),
}

/// Asks for the SHA-256 of a file.
#[derive(Serialize, Deserialize)]
pub struct Hash {
    /// The file, read in chunks.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub file: File,
}

impl Question for Hash {
    type Answer = Digest;
}

impl From<Hash> for Request {
    fn from(question: Hash) -> Self {
        Self::Hash(question)
    }
}

/// Asks to read files, all together: one may complete another.
#[derive(Serialize, Deserialize)]
pub struct Load {
    /// The files, an array of `File`.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub files: js_sys::Array,
    /// Their names, folders included, in the same order.
    pub names: Vec<String>,
    /// Reads every file as this adapter's.
    pub format: Option<String>,
}

impl Question for Load {
    type Answer = LoadedSet;
}

impl From<Load> for Request {
    fn from(question: Load) -> Self {
        Self::Load(question)
    }
}

/// What is open.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq)]
pub struct LoadedSet {
    /// The runs, in order.
    pub runs: Vec<RunCard>,
    /// The files they were read from.
    pub files: Vec<InputFile>,
    /// What was wrong with the input as a whole.
    pub problems: Vec<Problem>,
    /// Files that could not be read, as sentences.
    pub errors: Vec<String>,
}

/// A run as the switcher shows it.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq)]
pub struct RunCard {
    /// Its lineage.
    pub meta: Meta,
    /// Samples read.
    pub samples: u64,
}

/// Asks for a run's report.
#[derive(Serialize, Deserialize)]
pub struct MakeReport {
    /// Index of the run.
    pub run: u32,
    /// Index of the run to compare it with.
    pub baseline: Option<u32>,
    /// What was chosen, as JSON of `report::Options`.
    pub options: Options,
}

impl Question for MakeReport {
    /// The report in pieces of JSON: few strings cross faster than thousands of small objects, and are read one a time. A
    /// first one comes ahead, of what takes one pass over the samples.
    type Answer = Vec<Piece>;
}

impl From<MakeReport> for Request {
    fn from(question: MakeReport) -> Self {
        Self::MakeReport(question)
    }
}

/// Asks for what the gates of a policy need.
#[derive(Serialize, Deserialize)]
pub struct Measure {
    /// Index of the run.
    pub run: u32,
    /// Index of the run to compare it with.
    pub baseline: Option<u32>,
    /// What was chosen.
    pub options: Options,
    /// Which numbers, at which slices and levels.
    pub asks: Vec<Ask>,
}

impl Question for Measure {
    /// JSON of a list of `report::Bound`, in the order of the asks.
    type Answer = String;
}

impl From<Measure> for Request {
    fn from(question: Measure) -> Self {
        Self::Measure(question)
    }
}

/// Asks for a window of a list of samples.
#[derive(Serialize, Deserialize)]
pub struct List {
    /// Index of the run.
    pub run: u32,
    /// Id of the confidence source in use, as in `report::Options`.
    pub confidence: Option<String>,
    /// Which samples, in which order.
    pub query: ListQuery,
    /// Position of the first row wanted.
    pub start: u32,
    /// How many rows are wanted.
    pub count: u32,
}

impl Question for List {
    type Answer = ListPage;
}

impl From<List> for Request {
    fn from(question: List) -> Self {
        Self::List(question)
    }
}

/// A window of a list.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq)]
pub struct ListPage {
    /// Samples in the whole list.
    pub total: u32,
    /// Position of the first row.
    pub start: u32,
    /// The rows.
    pub rows: Vec<ListRow>,
}

/// Asks for the sample at a position of a list, in full.
#[derive(Serialize, Deserialize)]
pub struct Open {
    /// Index of the run.
    pub run: u32,
    /// Id of the confidence source in use.
    pub confidence: Option<String>,
    /// The list.
    pub query: ListQuery,
    /// Position in it.
    pub position: u32,
}

impl Question for Open {
    type Answer = Opened;
}

impl From<Open> for Request {
    fn from(question: Open) -> Self {
        Self::Open(question)
    }
}

/// A sample in full.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq)]
pub struct Opened {
    /// Its numbers.
    pub row: ListRow,
    /// Its texts, read again from the file.
    pub detail: SampleDetail,
    /// Samples in the list it was opened from.
    pub total: u32,
}

/// Asks to encrypt a review, or to open one that is encrypted.
#[derive(Serialize, Deserialize)]
pub struct Seal {
    /// What, and which of both.
    pub what: Sealing,
    /// The passphrase.
    pub passphrase: String,
    /// Random bytes, fresh for each question.
    pub chance: Chance,
}

/// What is encrypted, or opened.
#[derive(Serialize, Deserialize)]
pub enum Sealing {
    /// Encrypts a link.
    Link(String),
    /// Encrypts the text of a file.
    File(String),
    /// Opens a link.
    OpenLink(String),
    /// Opens the text of a file.
    OpenFile(String),
}

impl Question for Seal {
    /// The link or text.
    type Answer = String;
}

impl From<Seal> for Request {
    fn from(question: Seal) -> Self {
        Self::Seal(question)
    }
}

/// The identity of a file's content.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Length of the file in bytes.
    pub bytes: u64,
}

/// How far a question has come.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read so far.
    pub bytes_read: u64,
    /// Bytes there are to read.
    pub bytes_total: u64,
    /// Samples found so far.
    pub samples: u64,
}

/// How far a computation is.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq)]
pub struct Computing {
    /// What is being computed, and how much of it is done, in words.
    pub words: String,
}

/// What the worker says about a question before it is answered.
pub enum Word {
    /// Bytes are read.
    Read(Progress),
    /// Something is computed.
    Computing(Computing),
    /// A first answer, of the answer's type; the whole one follows.
    First(JsValue),
}

/// Why a question has no answer.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The page asked to stop.
    Cancelled,
    /// The browser could not read the file: it was moved, changed or withdrawn since it was chosen.
    Unreadable {
        /// The file's name.
        name: String,
        /// The browser's own words.
        why: String,
    },
    /// The question cannot be answered, in words for people.
    Refused(String),
    /// The worker died or could not start; a new one may be started.
    Broken {
        /// The browser's or the panic's own words.
        why: String,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => write!(out, "Stopped."),
            Self::Refused(text) => write!(out, "{text}"),
            Self::Unreadable { name, why } => {
                write!(
                    out,
                    "The browser could not read this file; it may have been moved or changed. Choose it again. ({why}) {name}"
                )
            }
            Self::Broken { why } => {
                write!(
                    out,
                    "The reader stopped working; reload the page and try again, with a smaller file if it was out of memory. ({why})"
                )
            }
        }
    }
}

/// From the page to the worker.
#[derive(Serialize, Deserialize)]
pub(super) enum ToWorker {
    Ask { turn: Turn, request: Request },
    Cancel { turn: Turn },
}

/// From the worker to the page.
#[derive(Serialize, Deserialize)]
pub(super) enum ToPage {
    Progress {
        turn: Turn,
        progress: Progress,
    },
    Computing {
        turn: Turn,
        computing: Computing,
    },
    First {
        turn: Turn,
        #[serde(with = "serde_wasm_bindgen::preserve")]
        answer: JsValue,
    },
    Answer {
        turn: Turn,
        #[serde(with = "serde_wasm_bindgen::preserve")]
        answer: JsValue,
    },
    Failure {
        turn: Turn,
        failure: Failure,
    },
    /// The whole worker is lost.
    Broken {
        why: String,
    },
}

/// The text of an error that JavaScript threw.
pub fn text_of(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| format!("{error:?}")),
    }
}
