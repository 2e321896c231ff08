//! A report in two stages: what one pass over the samples gives, at once; then what resamples or scans, bit by bit.

use std::collections::VecDeque;
use std::rc::Rc;

use super::input::{Input, Prepared, Progress, Watch};
use super::{InputFile, METRICS, Report, SECTIONS, accuracy, columns, own_files};
use crate::run::Run;

/// The slow rest of a part.
pub(super) trait Refine {
    /// Computes a little more (some ten milliseconds' worth). The numbers stand in the report when it returns true.
    fn advance(&mut self, input: &Input<'_>, report: &mut Report) -> bool;

    /// How far it is, `share` within this part.
    fn progress(&self) -> Progress;
}

/// Prepares the slow rest of a part; `None` where this run leaves none.
pub(super) type Begin = fn(&Input<'_>) -> Option<Box<dyn Refine>>;

/// A report on its way. Its numbers do not depend on how often, or by whom, it is advanced.
pub struct Making {
    report: Report,
    prepared: Rc<Prepared>,
    todo: VecDeque<Box<dyn Refine>>,
}

impl Making {
    /// Computes what takes one pass. `None` when `watch` says to stop.
    ///
    /// `files`: all input files; those the run was read from are kept.
    #[must_use]
    pub fn start(run: &Run, files: &[InputFile], options: &super::Options, watch: Watch<'_>) -> Option<Self> {
        let input = Input::new(run, options, watch);
        let mut report = Report {
            meta: run.meta.clone(),
            rule: run.rule.clone(),
            files: own_files(run, files),
            options: options.clone(),
            counts: input.counts,
            confidence_sources: input.sources(),
            problems: run.problems.clone(),
            cautions: accuracy::cautions(&input),
            columns: columns(run),
            ..Report::default()
        };
        let mut todo = VecDeque::new();
        for (place, part) in SECTIONS.iter().enumerate() {
            let share = place as f64 / SECTIONS.len() as f64;
            if !input.goes_on(part.doing, share) {
                return None;
            }
            (part.compute)(&input, &mut report);
            if let Some(rest) = part.refine.and_then(|refine| refine(&input)) {
                report.pending.push(part.id.to_owned());
                todo.push_back(rest);
            }
        }
        for metric in METRICS {
            if !report.metrics.contains_key(metric.id) {
                let absent = metric.undefined(missing(&report, metric.section), 0);
                report.metrics.insert(metric.id.to_owned(), absent);
            }
        }
        Some(Self {
            report,
            prepared: input.prepared,
            todo,
        })
    }

    /// The report so far; what is not in it yet is named in [`Report::pending`].
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Computes a little more of the report of `run`, which must be the run it was started with. Returns how far it is;
    /// `None` when there is nothing left, or when `watch` says to stop.
    pub fn advance(&mut self, run: &Run, watch: Watch<'_>) -> Option<Progress> {
        let options = self.report.options.clone();
        let input = Input::again(run, &options, watch, self.prepared.clone());
        let rest = self.todo.front_mut()?;
        let is_done = rest.advance(&input, &mut self.report);
        let progress = rest.progress();
        if is_done {
            self.todo.pop_front();
            self.report.pending.remove(0);
        }
        watch(progress).then_some(progress)
    }

    /// The complete report of `run`, which must be the run it was started with; `None` when `watch` says to stop.
    #[must_use]
    pub fn finish(mut self, run: &Run, watch: Watch<'_>) -> Option<Report> {
        while !self.todo.is_empty() {
            self.advance(run, watch)?;
        }
        watch(Progress::of("done", 1.0)).then_some(self.report)
    }
}

/// Why a metric of `section` is not there: what its section lacks, if it says so.
fn missing<'a>(report: &'a Report, section: &str) -> &'a str {
    let why = match section {
        "calibration" => report.calibration.missing(),
        "latency" => report.latency.missing(),
        "failures" => report.failures.missing(),
        "slices" => report.slices.missing(),
        "repeats" => report.repeats.missing(),
        "agreement" => report.agreement.missing(),
        "robustness" => report.robustness.missing(),
        "fairness" => report.fairness.missing(),
        _ => None,
    };
    why.unwrap_or("The files hold nothing it could be computed from.")
}
