//! What page and worker say to each other. Each message is one value that serde writes as a JavaScript object; files
//! cross as they are, without a copy.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::File;

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
pub(super) fn text_of(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => error.as_string().unwrap_or_else(|| format!("{error:?}")),
    }
}
