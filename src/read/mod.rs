//! Reading: bytes of result files become [`Run`]s. One file a format; the core streams.
//!
//! A [`Session`] is fed chunks of files. It undoes wrappers, looks at the head of each file, asks every adapter of
//! [`ADAPTERS`] whether the file is its own, and hands the chosen [`Format`] one record after the other. Nothing is
//! dropped in silence: a record that cannot be read becomes a counted [`Problem`] with its place.

mod archive;
mod decode;
pub mod detail;
#[cfg(not(target_arch = "wasm32"))]
pub mod disk;
pub mod error;
mod fetch;
mod foreign;
pub mod head;
mod intake;
pub mod json;
mod salvage;
mod session;
mod split;
mod table;
pub mod tally;

mod belief;
mod cause;
mod facet;
mod inspect;
mod lm_eval;
mod logprob;
mod moment;
mod plain;
mod promptfoo;
mod role;
mod score;
mod stated;

pub use detail::{DetailContext, SampleDetail};
pub use error::{ReadError, ReadErrorKind};
pub use fetch::fetch;
pub use head::{Head, Shape};
pub use session::{Next, ReadSeek, Session};

use crate::run::{Place, Problem, Run};

/// The formats, in the order in which help, README and pickers list them. A new format is one file and one line here.
pub const ADAPTERS: &[Adapter] = &[inspect::INSPECT, lm_eval::LM_EVAL, promptfoo::PROMPTFOO, plain::PLAIN];

/// A format: how it is recognised, read and opened again.
#[derive(Clone, Copy)]
pub struct Adapter {
    /// Stable id (`inspect`, `promptfoo`, `lm-eval`, `plain`).
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Which files it reads, in one sentence, for help and README.
    pub accepts: &'static str,
    /// Whether the file is of this format, judged by its head (never by its name alone).
    pub sniff: fn(&Head<'_>) -> Option<Claim>,
    /// Starts reading a file.
    pub open: fn(&Head<'_>, &ReadOptions) -> Box<dyn Format>,
    /// Joins what was read from all files of this format (samples with their results file); most use [`join_runs`].
    pub join: fn(Vec<Part>) -> Vec<Run>,
    /// Reads one sample's record again, in full.
    pub detail: fn(&[u8], &DetailContext<'_>) -> Result<SampleDetail, ReadError>,
}

/// How sure an adapter is. Two adapters that are both [`Claim::Own`] make the file ambiguous.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// It is a table of some kind: taken if no adapter knows the file as its own.
    Table,
    /// The marks of the format are there.
    Own,
}

/// Choices of the user that change how files are read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadOptions {
    /// Reads every file as this adapter's (its id) instead of sniffing.
    pub format: Option<String>,
    /// Score from which a sample is right; `None` for the default rule (1 for grades, 0.5 for continuous scores).
    pub threshold: Option<f64>,
    /// Computes the SHA-256 of every file while it streams by.
    pub hash: bool,
}

/// Where an adapter's records stand in a JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPath {
    /// Keys from the root to the container of the records; none means that the root itself is the container.
    pub keys: Vec<String>,
    /// Whether the container is an object whose values are the records (their keys are ids), not an array.
    pub keyed: bool,
}

impl RecordPath {
    /// The elements of the array at `keys`.
    #[must_use]
    pub fn list(keys: &[&str]) -> Self {
        Self {
            keys: keys.iter().map(|&k| k.to_owned()).collect(),
            keyed: false,
        }
    }

    /// The values of the object at `keys`.
    #[must_use]
    pub fn keyed(keys: &[&str]) -> Self {
        Self {
            keyed: true,
            ..Self::list(keys)
        }
    }
}

/// One record as the core hands it to a [`Format`].
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its JSON text (an element, a line, a whole archive member), or the text of its table row.
    pub bytes: &'a [u8],
    /// The cells, where the file is a delimited table.
    pub row: Option<head::Row<'a>>,
    /// Where it stands; goes into [`Samples::places`](crate::run::Samples::places) as it is.
    pub place: Place,
    /// Its key where records are the values of an object, or the name of the archive member.
    pub key: Option<&'a str>,
    /// Which of [`Format::paths`] it was found under; 0 for lines, rows and archive members.
    pub path: usize,
    /// Number of the record in its file, from 0.
    pub index: u64,
    /// Line on which it starts, from 1, for lines and rows.
    pub line: Option<u64>,
}

impl<'a> Record<'a> {
    /// The record as a tree that borrows from its text.
    ///
    /// # Errors
    /// [`ReadErrorKind::NotJson`] with the byte inside the record; the core adds file and line.
    pub fn value(&self) -> Result<json::Value<'a>, ReadError> {
        json::parse(self.bytes)
    }
}

/// A member of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path in the archive.
    pub name: String,
    /// Its size when unpacked, as the directory states it.
    pub size: u64,
}

/// A file of one format while it is being read.
pub trait Format {
    /// Where the records stand in a JSON document. Not asked for lines, tables and archives.
    fn paths(&self) -> Vec<RecordPath> {
        vec![RecordPath::list(&[])]
    }

    /// The members of an archive to read, in this order, as indices into `members`; asked for archives only.
    /// Each comes as one [`Record`] whose `key` is its name and whose `place.source` is its index in `members`
    /// (so the place of a member that is not read now can be noted as well; length 0 means the whole member).
    fn members(&mut self, members: &[Member]) -> Vec<usize> {
        let _ = members;
        Vec::new()
    }

    /// Takes one record.
    ///
    /// # Errors
    /// The record is left out: the core counts it as a problem with its place and goes on.
    fn record(&mut self, record: &Record<'_>) -> Result<(), ReadError>;

    /// Takes the rest of a JSON document, the record containers emptied; called once, after the last record.
    fn envelope(&mut self, envelope: &json::Value<'_>) {
        let _ = envelope;
    }

    /// How many samples were taken so far, for progress.
    fn samples(&self) -> u64;

    /// Ends the file.
    fn finish(self: Box<Self>) -> Part;
}

/// What one file gave. The core fills in `file`, `name`, and in each run `meta.format`, `meta.files` and
/// `samples.sources`, and closes the columns.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Index of the input file.
    pub file: u32,
    /// Name of the input file as dropped, folders included.
    pub name: String,
    /// Runs, complete or to be completed by [`Adapter::join`].
    pub runs: Vec<Run>,
    /// Bytes kept for [`Adapter::join`] (an aggregate file that completes other files' runs).
    pub sidecar: Option<Vec<u8>>,
    /// Problems of the file as a whole.
    pub problems: Vec<Problem>,
}

/// The join of formats whose files stand alone: all runs, in file order.
#[must_use]
pub fn join_runs(parts: Vec<Part>) -> Vec<Run> {
    parts.into_iter().flat_map(|part| part.runs).collect()
}

/// An input file as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputFile {
    /// Name as dropped, folders included.
    pub name: String,
    /// Size in bytes, as read.
    pub size: u64,
    /// SHA-256 in hex, if [`ReadOptions::hash`] asked for it.
    pub sha256: Option<String>,
    /// Id of the adapter that read it; empty if none did.
    pub format: String,
}

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The runs, with unique names.
    pub runs: Vec<Run>,
    /// The files, in the order they were given.
    pub files: Vec<InputFile>,
    /// What was wrong with the input as a whole, not with one run.
    pub problems: Vec<Problem>,
    /// Files that could not be read at all.
    pub errors: Vec<ReadError>,
}
