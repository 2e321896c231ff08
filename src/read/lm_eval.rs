//! lm-evaluation-harness: `samples_<task>_<time>.jsonl` files and the `results_<time>.json` beside them.
//!
//! A run is one metric of one filter of one task of one model. Samples name neither model nor version: these come from
//! the results file when it is there, else from the file's name and folder.

mod choice;
mod results;
mod samples;
mod view;

use crate::run::Run;

use super::json::{self, Value};
use super::{Adapter, Claim, Format, Head, Part, ReadError, ReadOptions, Record, RecordPath, Shape};

/// The adapter.
pub const LM_EVAL: Adapter = Adapter {
    id: "lm-eval",
    name: "lm-evaluation-harness",
    accepts: "lm-evaluation-harness: samples_*.jsonl and results_*.json, dropped together or alone.",
    sniff,
    open,
    join,
    detail: view::detail,
};

/// What the head holds.
fn sniff(head: &Head<'_>) -> Option<Claim> {
    let own = match head.shape {
        Shape::Lines => head.lines.first().is_some_and(is_sample),
        Shape::Document => head
            .document
            .as_ref()
            .is_some_and(|document| is_sample(document.item(0)) || is_results(document)),
        Shape::Table(_) | Shape::Archive => false,
    };
    own.then_some(Claim::Own)
}

/// Whether a value is a logged sample.
fn is_sample(value: &Value<'_>) -> bool {
    let has = |name: &str| value.find(name).is_some();
    has("doc_id") && has("doc") && (has("resps") || has("filtered_resps"))
}

/// Whether a document is a results file: task results beside what only this harness writes.
fn is_results(document: &Value<'_>) -> bool {
    let has = |name: &str| document.find(name).is_some();
    let marks = [
        "configs",
        "versions",
        "n-shot",
        "higher_is_better",
        "group_subtasks",
        "lm_eval_version",
    ];
    matches!(document.at("results"), Value::Object(_)) && marks.iter().filter(|mark| has(mark)).count() >= 2
        // The head may end inside the results, which come first.
        || document.at("results").members().iter().any(|(_, task)| {
            task.members().iter().any(|(name, _)| name.decode().contains("_stderr,"))
        })
}

fn open(head: &Head<'_>, options: &ReadOptions) -> Box<dyn Format> {
    let results = head.document.as_ref().is_some_and(is_results);
    Box::new(File {
        is_results: results,
        samples: samples::Collector::new(options.threshold),
        sidecar: None,
    })
}

/// A file while it is being read.
#[derive(Debug)]
struct File {
    is_results: bool,
    samples: samples::Collector,
    sidecar: Option<Vec<u8>>,
}

impl Format for File {
    /// Results files may hold the samples of their tasks too, when they were written by hand.
    fn paths(&self) -> Vec<RecordPath> {
        if self.is_results {
            vec![RecordPath::keyed(&["samples"])]
        } else {
            vec![RecordPath::list(&[])]
        }
    }

    fn record(&mut self, record: &Record<'_>) -> Result<(), ReadError> {
        let value = record.value()?;
        match (&value, record.key) {
            (Value::Array(list), Some(task)) => {
                for sample in list {
                    self.samples.take(sample, Some(task), record.place)?;
                }
                Ok(())
            }
            _ => self.samples.take(&value, None, record.place),
        }
    }

    fn envelope(&mut self, envelope: &Value<'_>) {
        if is_results(envelope) {
            self.sidecar = Some(envelope.show().into_bytes());
        }
    }

    fn samples(&self) -> u64 {
        self.samples.count()
    }

    fn finish(self: Box<Self>) -> Part {
        Part {
            runs: self.samples.finish(),
            sidecar: self.sidecar,
            ..Part::default()
        }
    }
}

/// Completes the runs of samples files by the results file that belongs to them; results without samples become runs
/// of their own that hold aggregates only.
fn join(parts: Vec<Part>) -> Vec<Run> {
    let mut books: Vec<results::Book> = Vec::new();
    for part in &parts {
        let bytes = part.sidecar.as_deref().unwrap_or_default();
        if let Ok(document) = json::parse(bytes) {
            books.push(results::Book::read(&document, part.file, &part.name));
        }
    }
    let mut runs = Vec::new();
    for part in parts {
        let file = results::FileName::read(&part.name);
        for mut run in part.runs {
            if run.meta.task.is_empty() {
                run.meta.task = file.task(&books);
            }
            results::complete(&mut run, &file, part.file, &mut books);
            runs.push(run);
        }
    }
    for book in &books {
        runs.extend(book.unused_runs());
    }
    results::name(&mut runs);
    runs
}
