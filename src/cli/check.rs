//! `assay check`: judges result files by a policy, for people and for CI.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::json;

use super::input::say;
use super::secret::Secret;
use super::{BAD_INPUT, judging, link, summary};
use crate::review::verdict::worst;
use crate::review::{Review, Verdict};

/// Some blocking gate fails.
const FAIL: u8 = 1;
/// No blocking gate fails, and some cannot be judged.
const INCONCLUSIVE: u8 = 3;

/// What `assay check` takes.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    subject: judging::Subject,
    /// Also write the verdicts as Markdown, such as to "$GITHUB_STEP_SUMMARY".
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Also write the verdicts as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Address of the page that opens the review's link.
    #[arg(long, value_name = "URL")]
    base: Option<String>,
    #[command(flatten)]
    secret: Secret,
    /// Print JSON (assay-check/1) instead of a table.
    #[arg(long)]
    json: bool,
}

/// Reads, judges, prints and writes. Exit code 0 pass, 1 fail, 3 not enough evidence, 2 bad input.
pub fn run(arguments: &Arguments) -> ExitCode {
    let written = judging::review(&arguments.subject).and_then(|review| write(arguments, &review).map(|()| review));
    match written {
        Ok(review) => ExitCode::from(match worst(&review.verdicts) {
            Verdict::Pass => 0,
            Verdict::Fail => FAIL,
            Verdict::Inconclusive => INCONCLUSIVE,
        }),
        Err(message) => {
            for line in message.lines() {
                say(line);
            }
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn write(arguments: &Arguments, review: &Review) -> Result<(), String> {
    let runs = &review.verdicts;
    // A review too large for a link is judged all the same; a passphrase that is not there stops everything.
    arguments.secret.read()?;
    let link = link::address(review, arguments.base.as_deref(), &arguments.secret);
    if let Err(why) = &link {
        say(&format!("There is no link: {why}"));
    }
    let link = link.ok();
    if let Some(path) = &arguments.summary {
        std::fs::write(path, summary::markdown(runs, link.as_deref())).map_err(|error| unwritten(path, &error))?;
    }
    if let Some(path) = &arguments.junit {
        std::fs::write(path, summary::junit(runs)?).map_err(|error| unwritten(path, &error))?;
    }
    let output = if arguments.json {
        let document = json!({
            "schema": "assay-check/1",
            "version": env!("CARGO_PKG_VERSION"),
            "verdict": worst(runs),
            "link": link,
            "runs": runs,
        });
        format!("{document:#}\n")
    } else {
        let line = link.map_or(String::new(), |link| format!("{link}\n"));
        format!("{}{line}", summary::table(runs))
    };
    // A closed pipe is the reader's choice, not an error.
    let _ = std::io::stdout().write_all(output.as_bytes());
    Ok(())
}

fn unwritten(path: &Path, error: &std::io::Error) -> String {
    format!("{} cannot be written: {error}.", path.display())
}
