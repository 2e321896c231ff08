//! `assay report`: the numbers of every run in the files, as a table or as JSON.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use super::BAD_INPUT;
use super::input::{Input, Loads, input_files, named, partner, problem_text, say};
use crate::export;
use crate::read::Loaded;
use crate::report::{COMPARE, METRICS, Options, Question, Report, Slices, make, make_compared, sentence};
use crate::run::{Problem, Run};
use crate::text;

/// What `assay report` takes.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    input: Input,
    /// Print JSON (assay-report/1) instead of a table.
    #[arg(long)]
    json: bool,
    /// Latency budget, such as 8s or 800ms.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = seconds)]
    budget: Option<f64>,
    /// Budget for the time to the first token, such as 1.5s.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = seconds)]
    ttft_budget: Option<f64>,
    /// Share of samples that should be within the budget, such as 0.99.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    target: Option<f64>,
    /// Compare with the run of this name, in the baseline files or among the files themselves.
    #[arg(long, value_name = "NAME")]
    baseline_run: Option<String>,
    /// Two-sided level of the intervals.
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95, value_parser = share)]
    level: f64,
}

/// Seconds from a number with `ms`, `s` or `m`, or a bare number of seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let (digits, factor) = [("ms", 0.001), ("s", 1.0), ("m", 60.0)]
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))
        .unwrap_or((text, 1.0));
    let value = digits.trim().parse::<f64>().ok().map(|number| number * factor);
    value
        .filter(|secs| secs.is_finite() && *secs > 0.0)
        .ok_or_else(|| "give a time above 0 such as 8s or 800ms".to_owned())
}

/// A share between 0 and 1, both excluded.
fn share(text: &str) -> Result<f64, String> {
    let value = text.trim().parse::<f64>().ok();
    value
        .filter(|v| *v > 0.0 && *v < 1.0)
        .ok_or_else(|| "give a share between 0 and 1, such as 0.99".to_owned())
}

/// Reads, reports and prints. Exit code 0 when every file was read, 2 otherwise.
pub fn run(arguments: &Arguments) -> ExitCode {
    let Loads {
        loaded,
        baseline,
        is_complete,
    } = arguments.input.load();
    let reports = match reports(arguments, &loaded, baseline.as_ref()) {
        Ok(reports) => reports,
        Err(message) => {
            say(&message);
            return ExitCode::from(BAD_INPUT);
        }
    };
    let problems: Vec<Problem> = loaded.problems.clone();
    let output = if arguments.json {
        export::numbers(&reports, &problems, &loaded.errors)
    } else {
        table_text(&reports)
    };
    // A closed pipe is the reader's choice, not an error.
    let _ = std::io::stdout().write_all(output.as_bytes());
    if is_complete && !reports.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(BAD_INPUT)
    }
}

/// The reports asked for, or what is wrong with the request.
fn reports(arguments: &Arguments, loaded: &Loaded, baseline: Option<&Loaded>) -> Result<Vec<Report>, String> {
    let chosen = arguments.input.chosen(loaded)?;
    let options = options(arguments);
    let files = input_files(loaded);
    let there = baseline.unwrap_or(loaded);
    let reference = arguments
        .baseline_run
        .as_ref()
        .map(|name| named(&there.runs, name, "baseline run"))
        .transpose()?;
    if baseline.is_some_and(|b| b.runs.is_empty()) {
        return Err("The baseline files hold no run.".to_owned());
    }
    let baseline_files = baseline.map_or_else(|| files.clone(), input_files);
    let report = |run: &&Run| {
        let partner = match (reference, baseline) {
            (Some(reference), _) => (!std::ptr::eq(reference, *run)).then_some(reference),
            (None, Some(baseline)) => partner(run, &baseline.runs),
            (None, None) => None,
        };
        let compared = partner.and_then(|p| make_compared((run, &files), (p, &baseline_files), &options, &|_| true));
        compared.unwrap_or_else(|| make(run, &files, &options))
    };
    Ok(chosen.iter().map(report).collect())
}

fn options(arguments: &Arguments) -> Options {
    Options {
        level: arguments.level,
        budget_secs: arguments.budget,
        ttft_budget_secs: arguments.ttft_budget,
        target: arguments.target,
        ..arguments.input.options()
    }
}

fn table_text(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        run_table(&mut out, report);
    }
    out
}

fn run_table(out: &mut String, report: &Report) {
    let (meta, counts) = (&report.meta, report.counts);
    // A run's name mostly holds model and task already.
    let more = [&meta.model, &meta.task]
        .into_iter()
        .filter(|part| !meta.name.contains(part.as_str()));
    let words: Vec<&str> = std::iter::once(or_dash(&meta.name))
        .chain(more.map(String::as_str))
        .collect();
    let _ = writeln!(out, "{}", words.join(" · "));
    let _ = writeln!(
        out,
        "{} read, {} left out, {} errored, {} unscored, {} without confidence, {} without latency",
        text::count(counts.read),
        text::count(counts.left_out),
        text::count(counts.errored),
        text::count(counts.unscored),
        text::count(counts.without_confidence),
        text::count(counts.without_latency)
    );
    for question in Question::ALL {
        let _ = writeln!(out, "  {:<18} {}", question.words(), sentence(report, question));
    }
    if let Some(comparison) = &report.comparison {
        let _ = writeln!(out, "  {:<18} {}", "Against baseline", comparison.sentence);
        if let Some(words) = comparison.slower_in_words() {
            let _ = writeln!(out, "  {:<18} {words}", "");
        }
        for warning in &comparison.warnings {
            let _ = writeln!(out, "  {:<18} {warning}", "");
        }
    }
    for metric in METRICS {
        metric_line(out, report, metric.id);
    }
    variants(out, report);
    if let Some(words) = report.slices.ready().and_then(Slices::confirmed) {
        let _ = writeln!(out, "  note: {words}");
    }
    for id in report.metrics.keys().filter(|id| id.starts_with(COMPARE)) {
        metric_line(out, report, id);
    }
    for caution in &report.cautions {
        let _ = writeln!(out, "  note: {caution}");
    }
    for problem in &report.problems {
        let _ = writeln!(out, "  problem: {}", problem_text(problem));
    }
    out.push('\n');
}

/// What each perturbed variant does to the items: a line each.
fn variants(out: &mut String, report: &Report) {
    let Some(robustness) = report.robustness.ready() else {
        return;
    };
    for variant in &robustness.variants {
        let changed = match variant.changed.value {
            Some(_) => text::estimate(&variant.changed),
            None => format!("not defined: {}", variant.changed.why),
        };
        let _ = writeln!(
            out,
            "  variant {:<22} {} against “{}”, n = {}; right to wrong {}; wrong to right {}; answer changed {changed}",
            variant.name,
            text::difference(&variant.drop),
            robustness.column.1,
            text::count(variant.n),
            text::estimate(&variant.flips.0),
            text::estimate(&variant.flips.1),
        );
    }
}

/// One line of the table; metrics that are undefined are left to the JSON.
fn metric_line(out: &mut String, report: &Report, id: &str) {
    if let Some(estimate) = report.metrics.get(id).filter(|e| e.value.is_some()) {
        let written = if id.starts_with(COMPARE) {
            text::difference(estimate)
        } else {
            text::estimate(estimate)
        };
        let _ = writeln!(
            out,
            "  {id:<30} {written:<32} n = {:<8} {}",
            text::count(estimate.n),
            estimate.method
        );
    }
}

fn or_dash(words: &str) -> &str {
    if words.is_empty() { text::ABSENT } else { words }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_unit() {
        assert_eq!(seconds("8s"), Ok(8.0));
        assert_eq!(seconds("800ms"), Ok(0.8));
        assert_eq!(seconds("1.5"), Ok(1.5));
        assert_eq!(seconds("2m"), Ok(120.0));
        assert!(seconds("-1s").is_err() && seconds("soon").is_err());
    }
}
