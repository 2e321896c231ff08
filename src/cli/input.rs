//! What every command that reads evaluations takes, and how it is read.

use std::io::Write as _;
use std::path::PathBuf;

use crate::read::{Loaded, ReadError, ReadErrorKind, ReadOptions, disk};
use crate::report::{InputFile, Options};
use crate::run::{Problem, Run};
use crate::text;

/// Files, and what is chosen of them.
#[derive(clap::Args)]
pub struct Input {
    /// Result files, folders or zip archives of them.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Compare every run with the run of the same task and scorer in these files.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    baseline: Vec<PathBuf>,
    /// Only the run of this name.
    #[arg(long, value_name = "NAME")]
    run: Option<String>,
    /// Confidence source to use, such as stated, answer-probability or field:y_prob; none uses none.
    #[arg(long, value_name = "SOURCE")]
    confidence: Option<String>,
    /// Column of groups and the group the others are compared with, such as lang=en.
    #[arg(long, value_name = "COLUMN=GROUP", value_parser = named_value)]
    fairness: Option<(String, String)>,
    /// Column that tells clean from perturbed samples and its clean value, such as variant=clean.
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = named_value)]
    variant: Option<(String, String)>,
    /// Judgement to hold the verdicts against: scorer:NAME or column:NAME; none takes truth and prediction.
    #[arg(long, value_name = "JUDGEMENT")]
    second: Option<String>,
    /// Read the files as this format instead of recognising it.
    #[arg(long, value_name = "ID")]
    format: Option<String>,
    /// Score from which a sample is right.
    #[arg(long, value_name = "SCORE")]
    threshold: Option<f64>,
    /// Seed of the bootstraps.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
}

/// What was read.
pub(super) struct Loads {
    /// The files.
    pub(super) loaded: Loaded,
    /// The baseline's, where some were given.
    pub(super) baseline: Option<Loaded>,
    /// Whether every file that had to be read was.
    pub(super) is_complete: bool,
}

impl Input {
    /// Reads everything, and writes to stderr what could not be read.
    pub(super) fn load(&self) -> Loads {
        let loaded = self.read(&self.files);
        let baseline = (!self.baseline.is_empty()).then(|| self.read(&self.baseline));
        let is_complete = tell(&loaded, &self.files) & baseline.as_ref().is_none_or(|own| tell(own, &self.baseline));
        Loads {
            loaded,
            baseline,
            is_complete,
        }
    }

    fn read(&self, paths: &[PathBuf]) -> Loaded {
        let options = ReadOptions {
            format: self.format.clone(),
            threshold: self.threshold,
            hash: true,
        };
        disk::load(paths, options)
    }

    /// The runs asked for.
    ///
    /// # Errors
    /// The run or the confidence source that was named is not there; the message lists those there are.
    pub(super) fn chosen<'a>(&self, loaded: &'a Loaded) -> Result<Vec<&'a Run>, String> {
        let chosen: Vec<&Run> = match &self.run {
            None => loaded.runs.iter().collect(),
            Some(name) => vec![named(&loaded.runs, name, "run")?],
        };
        known_confidence(self.confidence.as_deref(), &chosen)?;
        Ok(chosen)
    }

    /// The options of the report.
    pub(super) fn options(&self) -> Options {
        let defaults = Options::default();
        Options {
            confidence: self.confidence.clone(),
            fairness: self.fairness.clone(),
            variant: self.variant.clone(),
            second: self.second.clone(),
            seed: self.seed.unwrap_or(defaults.seed),
            ..defaults
        }
    }
}

/// A column and one of its values.
fn named_value(text: &str) -> Result<(String, String), String> {
    let (column, value) = text
        .split_once('=')
        .ok_or_else(|| "give a column and a value, such as lang=en".to_owned())?;
    Ok((column.trim().to_owned(), value.trim().to_owned()))
}

/// Writes a message to stderr.
pub(super) fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "assay: {message}");
}

/// Writes what could not be read to stderr; whether all of `paths` could. What a folder holds beside results is no error.
fn tell(loaded: &Loaded, paths: &[PathBuf]) -> bool {
    let is_beside = |error: &ReadError| {
        let is_named = paths.iter().any(|path| path.as_os_str() == error.spot.file.as_str());
        matches!(error.kind, ReadErrorKind::UnknownFormat(_)) && !is_named && !loaded.runs.is_empty()
    };
    for error in &loaded.errors {
        let word = if is_beside(error) { "left aside: " } else { "" };
        say(&format!("{word}{error}"));
    }
    for problem in &loaded.problems {
        say(&problem_text(problem));
    }
    loaded.errors.iter().all(is_beside)
}

/// A problem in one line.
pub(super) fn problem_text(problem: &Problem) -> String {
    let times = if problem.count > 1 {
        format!(" ({} times)", text::count(problem.count))
    } else {
        String::new()
    };
    let place = if problem.place.is_empty() {
        String::new()
    } else {
        format!("{}: ", problem.place)
    };
    format!("{place}{}{times}", problem.text)
}

/// Input files as the report keeps them: names without folders.
pub(super) fn input_files(loaded: &Loaded) -> Vec<InputFile> {
    let base = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned();
    loaded
        .files
        .iter()
        .map(|file| InputFile {
            name: base(&file.name),
            size: file.size,
            sha256: file.sha256.clone().unwrap_or_default(),
        })
        .collect()
}

/// The run called `name`, or a message that lists the names there are.
pub(super) fn named<'a>(runs: &'a [Run], name: &str, what: &str) -> Result<&'a Run, String> {
    runs.iter().find(|run| run.meta.name == name).ok_or_else(|| {
        let known: Vec<String> = runs.iter().map(|run| format!("“{}”", run.meta.name)).collect();
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            text::list(&known)
        };
        format!("There is no {what} called “{name}”. Found: {known}.")
    })
}

/// The baseline run that fits best: same task, scorer and filter, then same prompt and model; the only one fits always.
pub(super) fn partner<'a>(run: &Run, runs: &'a [Run]) -> Option<&'a Run> {
    let fit = |other: &Run| {
        let (a, b) = (&run.meta, &other.meta);
        let same = [
            (a.task == b.task, 16),
            (a.scorer == b.scorer, 8),
            (a.filter == b.filter, 4),
            (a.prompt == b.prompt, 2),
            (a.model == b.model, 1),
        ];
        same.iter()
            .filter(|(is_same, _)| *is_same)
            .map(|(_, weight)| weight)
            .sum::<u32>()
    };
    // The first of equals, so that the order of files decides and nothing else.
    runs.iter().rev().max_by_key(|other| fit(other))
}

/// An error that lists the sources there are, if `asked` is none of them.
fn known_confidence(asked: Option<&str>, runs: &[&Run]) -> Result<(), String> {
    if let Some(id) = asked.filter(|id| *id != "none") {
        let mut known: Vec<String> = runs
            .iter()
            .flat_map(|run| &run.samples.confidences)
            .map(|c| c.source.id())
            .collect();
        known.sort();
        known.dedup();
        if !runs.is_empty() && !known.iter().any(|own| own == id) {
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                text::list(&known)
            };
            return Err(format!("There is no confidence source called “{id}”. Found: {known}."));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partner_shares_task_and_scorer_before_model() {
        let run = |task: &str, model: &str| {
            let mut run = Run::default();
            (run.meta.task, run.meta.model) = (task.to_owned(), model.to_owned());
            run
        };
        let runs = [run("b", "new"), run("a", "old"), run("a", "older")];
        let found = partner(&run("a", "new"), &runs).map(|r| r.meta.model.clone());
        assert_eq!(found.as_deref(), Some("old"));
    }
}
