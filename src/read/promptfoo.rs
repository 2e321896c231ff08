//! promptfoo results: JSON of file versions 2 and 3, JSONL, CSV.
//!
//! A run is one provider with one prompt. Its outcome is promptfoo's own pass; assertions and named metrics that failed
//! are its failure categories. The row's `score` is the mean of its assertions, not correctness.

mod result;
mod runs;
mod sheet;
mod view;

use super::json::Value;
use super::{Adapter, Claim, Format, Head, Part, ReadError, ReadOptions, Record, RecordPath, Shape, join_runs};

/// The adapter.
pub const PROMPTFOO: Adapter = Adapter {
    id: "promptfoo",
    name: "promptfoo",
    accepts: "promptfoo results: JSON (versions 2 and 3), JSONL and CSV.",
    sniff,
    open,
    join: join_runs,
    detail: view::detail,
};

/// What the head holds.
fn sniff(head: &Head<'_>) -> Option<Claim> {
    let own = match head.shape {
        Shape::Document => head.document.as_ref().is_some_and(is_document),
        Shape::Lines => head.lines.first().is_some_and(is_result),
        Shape::Table(_) => sheet::Layout::read(&head.header, head.rows.first()).is_some(),
        Shape::Archive => false,
    };
    own.then_some(Claim::Own)
}

/// `results` with a version, beside an evaluation id, or with the marks of a summary.
fn is_document(document: &Value<'_>) -> bool {
    let results = document.at("results");
    let summary = ["prompts", "table", "stats", "timestamp"]
        .iter()
        .any(|name| results.find(name).is_some());
    results.at("version").number().is_some() && (summary || document.find("evalId").is_some())
}

/// An element of `results`.
fn is_result(value: &Value<'_>) -> bool {
    let has = |name: &str| value.find(name).is_some();
    has("success") && has("latencyMs") && has("provider") && (has("vars") || has("testCase"))
}

fn open(head: &Head<'_>, _: &ReadOptions) -> Box<dyn Format> {
    match sheet::Layout::read(&head.header, head.rows.first()) {
        Some(layout) => Box::new(sheet::Sheet::new(layout, head.name)),
        None => Box::new(File {
            runs: runs::Runs::new(head.name),
        }),
    }
}

/// A JSON or JSONL file while it is being read.
#[derive(Debug)]
struct File {
    runs: runs::Runs,
}

impl Format for File {
    /// The second path is version 2's table, which says everything again and is passed over.
    fn paths(&self) -> Vec<RecordPath> {
        vec![
            RecordPath::list(&["results", "results"]),
            RecordPath::list(&["results", "table", "body"]),
        ]
    }

    fn record(&mut self, record: &Record<'_>) -> Result<(), ReadError> {
        if record.path == 1 {
            return Ok(());
        }
        self.runs.take(&record.value()?, record.place)
    }

    fn envelope(&mut self, envelope: &Value<'_>) {
        self.runs.describe(envelope);
    }

    fn samples(&self) -> u64 {
        self.runs.count()
    }

    fn finish(self: Box<Self>) -> Part {
        Part {
            runs: self.runs.finish(),
            ..Part::default()
        }
    }
}
