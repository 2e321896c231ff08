//! Inspect AI logs: `.json` documents and `.eval` archives, every version so far.
//!
//! A run is one scorer (each key of a scorer that gives several values) of one log; epochs are samples of the run.

mod header;
mod log;
mod sample;
mod scorer;
mod view;

use super::{Adapter, Claim, Head, Shape, join_runs};

/// The adapter.
pub const INSPECT: Adapter = Adapter {
    id: "inspect",
    name: "Inspect AI",
    accepts: "Inspect AI logs: .eval (deflate or zstd members, also of interrupted runs) and .json.",
    sniff,
    open: |head, options| Box::new(log::Log::open(head, options)),
    join: join_runs,
    detail: view::detail,
};

/// A document with the log's header, or an archive with one.
fn sniff(head: &Head<'_>) -> Option<Claim> {
    let own = match head.shape {
        Shape::Document => head.document.as_ref().is_some_and(|document| {
            let eval = document.at("eval");
            eval.find("task").is_some() && eval.find("model").is_some()
        }),
        Shape::Archive => head.members.iter().any(|m| log::is_mark(&m.name)),
        Shape::Lines | Shape::Table(_) => false,
    };
    own.then_some(Claim::Own)
}
