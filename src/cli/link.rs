//! `assay link` and `assay open`: from files to a link, and from a link to what it carries.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::input::say;
use super::secret::Secret;
use super::{BAD_INPUT, judging};
use crate::link::{LinkError, decode, encode};
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
    #[command(flatten)]
    secret: Secret,
}

/// What `assay open` takes.
#[derive(clap::Args)]
pub struct OpenArguments {
    /// The link, its part from `#r1.` on, or a .review.json file.
    #[arg(value_name = "LINK")]
    link: String,
    #[command(flatten)]
    secret: Secret,
    /// Print JSON (assay-review/1), as a .review.json file holds it.
    #[arg(long)]
    json: bool,
}

/// Judges the files and prints their link, alone on a line. Exit code 0, or 2 for bad input.
pub fn link(arguments: &LinkArguments) -> ExitCode {
    let made = judging::review(&arguments.subject)
        .and_then(|made| with_people(made, arguments.review.as_ref(), &arguments.secret))
        .and_then(|review| address(&review, arguments.base.as_deref(), &arguments.secret));
    finish(made.map(|link| format!("{link}\n")))
}

/// The link of `review` at the page `base`, by default the one set at build, else relative; sealed if `secret` says so.
///
/// # Errors
/// The review is too large for a link, or the passphrase cannot be read.
pub(super) fn address(review: &Review, base: Option<&str>, secret: &Secret) -> Result<String, String> {
    let link = secret.sealed(encode(review).map_err(|error| error.to_string())?)?;
    crate::link::left_out(review).iter().for_each(|words| say(words));
    let base = base.or(BASE).unwrap_or(".");
    Ok(format!("{}/{link}", base.trim_end_matches('/')))
}

/// `made` with what people wrote in the review file at `path`.
fn with_people(made: Review, path: Option<&PathBuf>, secret: &Secret) -> Result<Review, String> {
    let Some(path) = path else { return Ok(made) };
    let mut review = from_file(path, secret)?;
    let date = made.verdicts.first().map(|run| run.date.clone()).unwrap_or_default();
    review.reports = made.reports;
    if let (true, Some(policy)) = (review.state.policy != made.state.policy, made.state.policy) {
        review.record(Change::Policy(Box::new(policy)), &date, "");
    }
    review.judge(&date);
    Ok(review)
}

/// The review in the file at `path`.
fn from_file(path: &Path, secret: &Secret) -> Result<Review, String> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        format!(
            "The review {name} cannot be read: {}.",
            crate::read::disk::why(path, &error)
        )
    })?;
    let text = secret.opened_file(text).map_err(|why| format!("{name}: {why}"))?;
    Review::from_json(&text).map_err(|error| format!("{name}: {error}."))
}

/// The review that a link carries, or a file.
///
/// # Errors
/// What is wrong with the link, the file or the passphrase.
pub(super) fn named(text: &str, secret: &Secret) -> Result<Review, String> {
    match decode(text) {
        Err(LinkError::Encrypted) => decode(&secret.opened_link(text)?).map_err(|error| error.to_string()),
        Err(LinkError::NotALink) if Path::new(text).is_file() => from_file(Path::new(text), secret),
        read => read.map_err(|error| error.to_string()),
    }
}

/// Prints what a link carries. Exit code 0, or 2 with the reason for a link that cannot be opened.
pub fn open(arguments: &OpenArguments) -> ExitCode {
    let read = named(&arguments.link, &arguments.secret);
    finish(read.map(|review| match arguments.json {
        true => format!("{}\n", review.to_json()),
        false => crate::export::markdown(&review, None),
    }))
}

/// Prints `output`, or says why there is none. Exit code 0, or 2.
pub(super) fn finish(output: Result<String, String>) -> ExitCode {
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
