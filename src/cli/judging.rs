//! From files and a policy on the command line to a judged review.

use std::path::PathBuf;

use super::input::{Input, Loads, input_files, partner, say};
use crate::report::{InputFile, Report};
use crate::review::{Policy, Review, measure};

/// What every command that judges takes.
#[derive(clap::Args)]
pub struct Subject {
    #[command(flatten)]
    input: Input,
    /// The policy, TOML or JSON.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Day on which waivers are read, such as 2026-11-22; today by default.
    #[arg(long, value_name = "DATE", value_parser = day)]
    today: Option<String>,
}

fn day(text: &str) -> Result<String, String> {
    let date = text.parse::<jiff::civil::Date>();
    date.map(|date| date.to_string())
        .map_err(|_| "give a day such as 2026-11-22".to_owned())
}

/// The review of the files, judged; a message to print where they cannot be judged.
///
/// # Errors
/// The policy cannot be read or is wrong; a file cannot be read; a run or confidence source that was named is not there;
/// the policy compares and there is no baseline.
pub(super) fn review(arguments: &Subject) -> Result<Review, String> {
    let policy = policy(&arguments.policy)?;
    let Loads {
        loaded,
        baseline,
        is_complete,
    } = arguments.input.load();
    if !is_complete {
        return Err("Some files could not be read, so nothing is judged.".to_owned());
    }
    if loaded.runs.is_empty() || baseline.as_ref().is_some_and(|own| own.runs.is_empty()) {
        return Err("The files hold no run.".to_owned());
    }
    let chosen = arguments.input.chosen(&loaded)?;
    if baseline.is_none() && policy.compares() {
        say("The policy compares with a baseline and there is none (--baseline): those gates cannot pass.");
    }
    let options = arguments.input.options();
    let files = input_files(&loaded);
    let baseline_files: Vec<InputFile> = baseline.as_ref().map(input_files).unwrap_or_default();
    let reports = chosen.iter().filter_map(|run| {
        let partner = baseline.as_ref().and_then(|own| partner(run, &own.runs));
        let partner = partner.map(|run| (run, baseline_files.as_slice()));
        measure((run, &files), partner, &options, &policy, &|_| true)
    });
    let reports: Vec<Report> = reports.collect();
    let (now, today) = now(arguments.today.as_deref());
    let mut review = Review::new(reports, Some(policy), &now, "");
    review.judge(&today);
    Ok(review)
}

/// The moment in UTC, and the day to judge on.
fn now(today: Option<&str>) -> (String, String) {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    let now = jiff::Timestamp::from_second(i64::try_from(seconds).unwrap_or(0))
        .unwrap_or_default()
        .to_string();
    let day = today.or_else(|| now.get(..10)).unwrap_or("").to_owned();
    (now, day)
}

fn policy(path: &PathBuf) -> Result<Policy, String> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        format!(
            "The policy {name} cannot be read: {}.",
            crate::read::disk::why(path, &error)
        )
    })?;
    Policy::parse(&text).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|error| format!("{name}: {error}")).collect();
        lines.join("\n")
    })
}
