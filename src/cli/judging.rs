//! From files and a policy on the command line to a judged review.

use std::path::PathBuf;

use super::report::{input_files, known_confidence, load, named, named_value, partner, say, tell};
use crate::report::{InputFile, Options, Report};
use crate::review::{Policy, Review, measure};
use crate::run::Run;

/// What every command that judges takes.
#[derive(clap::Args)]
pub struct Subject {
    /// Result files, folders or zip archives of them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The policy, TOML or JSON.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// Compare every run with the run of the same task and scorer in these files.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    baseline: Vec<PathBuf>,
    /// Judge only the run of this name.
    #[arg(long, value_name = "NAME")]
    run: Option<String>,
    /// Confidence source to use, such as stated, answer-probability or field:y_prob; none uses none.
    #[arg(long, value_name = "SOURCE")]
    confidence: Option<String>,
    /// Slice column that holds the groups to compare, and the group the others are compared with.
    #[arg(long, value_name = "COLUMN=GROUP", value_parser = named_value)]
    fairness: Option<(String, String)>,
    /// Slice column that names the variant of an item, and the value that means undisturbed.
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = named_value)]
    variant: Option<(String, String)>,
    /// Read the files as this format instead of recognising it.
    #[arg(long, value_name = "ID")]
    format: Option<String>,
    /// Score from which a sample is right.
    #[arg(long, value_name = "SCORE")]
    threshold: Option<f64>,
    /// Seed of the bootstraps.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
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
    let read = |paths: &[PathBuf]| load(arguments.format.as_deref(), arguments.threshold, paths);
    let loaded = read(&arguments.files);
    let baseline = (!arguments.baseline.is_empty()).then(|| read(&arguments.baseline));
    let is_complete = tell(&loaded) & baseline.as_ref().is_none_or(tell);
    if !is_complete {
        return Err("Some files could not be read, so nothing is judged.".to_owned());
    }
    if loaded.runs.is_empty() || baseline.as_ref().is_some_and(|own| own.runs.is_empty()) {
        return Err("The files hold no run.".to_owned());
    }
    let chosen: Vec<&Run> = match &arguments.run {
        None => loaded.runs.iter().collect(),
        Some(name) => vec![named(&loaded.runs, name, "run")?],
    };
    known_confidence(arguments.confidence.as_deref(), &chosen)?;
    if baseline.is_none() && policy.compares() {
        say("The policy compares with a baseline and there is none (--baseline): those gates cannot pass.");
    }
    let options = options(arguments);
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

fn options(arguments: &Subject) -> Options {
    let defaults = Options::default();
    Options {
        confidence: arguments.confidence.clone(),
        fairness: arguments.fairness.clone(),
        variant: arguments.variant.clone(),
        seed: arguments.seed.unwrap_or(defaults.seed),
        ..defaults
    }
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
    let text = std::fs::read_to_string(path).map_err(|error| format!("The policy {name} cannot be read: {error}."))?;
    Policy::parse(&text).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(|error| format!("{name}: {error}")).collect();
        lines.join("\n")
    })
}
