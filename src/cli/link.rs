//! `assay link` and `assay open`: from files to a link, and from a link to what it carries.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use super::input::say;
use super::{BAD_INPUT, judging};
use crate::link::{decode, encode};
use crate::review::Review;
use crate::review::audit::Change;

/// Where the page stands that opens links, if the build says so.
const BASE: Option<&str> = option_env!("ASSAY_BASE");

/// What `assay link` takes.
#[derive(clap::Args)]
pub struct LinkArguments {
    #[command(flatten)]
    subject: judging::Subject,
    /// A .review.json file whose notes and decision the link carries.
    #[arg(long, value_name = "FILE")]
    review: Option<PathBuf>,
    /// Address of the page that opens the link.
    #[arg(long, value_name = "URL")]
    base: Option<String>,
}

/// What `assay open` takes.
#[derive(clap::Args)]
pub struct OpenArguments {
    /// The link, or its part from `#r1.` on.
    #[arg(value_name = "LINK")]
    link: String,
    /// Print JSON (assay-review/1), as a .review.json file holds it.
    #[arg(long)]
    json: bool,
}

/// Judges the files and prints their link, alone on a line. Exit code 0, or 2 for bad input.
pub fn link(arguments: &LinkArguments) -> ExitCode {
    let made = judging::review(&arguments.subject)
        .and_then(|made| with_people(made, arguments.review.as_ref()))
        .and_then(|review| address(&review, arguments.base.as_deref()));
    finish(made.map(|link| format!("{link}\n")))
}

/// The link of `review` at the page `base`, by default the one set at build, else relative.
///
/// # Errors
/// The review is too large for a link.
pub(super) fn address(review: &Review, base: Option<&str>) -> Result<String, String> {
    let link = encode(review).map_err(|error| error.to_string())?;
    let base = base.or(BASE).unwrap_or(".");
    Ok(format!("{}/{link}", base.trim_end_matches('/')))
}

/// `made` with what people wrote in the review file at `path`.
fn with_people(made: Review, path: Option<&PathBuf>) -> Result<Review, String> {
    let Some(path) = path else { return Ok(made) };
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("The review {name} cannot be read: {error}."))?;
    let mut review = Review::from_json(&text).map_err(|error| format!("{name}: {error}."))?;
    let date = made.verdicts.first().map(|run| run.date.clone()).unwrap_or_default();
    review.reports = made.reports;
    if let (true, Some(policy)) = (review.state.policy != made.state.policy, made.state.policy) {
        review.record(Change::Policy(Box::new(policy)), &date, "");
    }
    review.judge(&date);
    Ok(review)
}

/// Prints what a link carries. Exit code 0, or 2 with the reason for a link that cannot be opened.
pub fn open(arguments: &OpenArguments) -> ExitCode {
    let read = decode(&arguments.link).map_err(|error| error.to_string());
    finish(read.map(|review| match arguments.json {
        true => format!("{}\n", review.to_json()),
        false => crate::export::markdown(&review, None),
    }))
}

fn finish(output: Result<String, String>) -> ExitCode {
    match output {
        Ok(text) => {
            // A closed pipe is the reader's choice, not an error.
            let _ = std::io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(message) => {
            message.lines().for_each(say);
            ExitCode::from(BAD_INPUT)
        }
    }
}
