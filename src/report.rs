//! Every derived number and every chart's series of one run: small, serialisable, the same whether it came from files,
//! from a link or from a rollup.
//!
//! The types say what a report holds; one file a section says how it is computed.

mod accuracy;
mod agreement;
mod bound;
mod calibration;
mod column;
mod compare;
mod drift;
mod failures;
mod fairness;
mod filter;
mod headline;
mod input;
mod latency;
mod metric;
mod piece;
mod repeats;
mod robustness;
mod section;
mod slices;
mod stage;

pub use bound::{Ask, Bound, bounds};
pub(crate) use calibration::{Derived, derived};
pub use column::{Column, columns};
pub use compare::{Comparison, Flips, Pairing, QuantileDifference};
pub(crate) use compare::{doubts, lineage, needed_for, outcome as compared_in_words, side_by_side};
pub use drift::DriftRow;
pub use failures::{PARTLY_RIGHT, UNCLASSIFIED};
pub(crate) use failures::{pairs_of, together};
pub use filter::Filter;
pub use headline::{Question, sentence, smooth_error};
pub use input::{Progress, Watch};
pub(crate) use latency::{bin_edges, bins_for, budget_used};
pub use metric::{COMPARE, Direction, METRICS, Metric, markdown_table};
pub use piece::Piece;
pub use robustness::is_clean;
pub(crate) use robustness::{most_changed, no_answers};
pub use section::*;
pub(crate) use slices::confirmed;
pub use stage::Making;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::estimate::Estimate;
use crate::run::{Meta, OutcomeRule, Problem, Run};
use input::Input;

/// What the reader of a report may choose. The defaults are those of the methods page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Two-sided confidence level of every interval, 0..1.
    pub level: f64,
    /// Latency budget in seconds, for attainment.
    pub budget_secs: Option<f64>,
    /// Share of samples that should be within the budget, 0..1; the rest is the error budget.
    pub target: Option<f64>,
    /// Time-to-first-token budget in seconds.
    pub ttft_budget_secs: Option<f64>,
    /// Id of the confidence source to use (`ConfidenceSource::id`); `None` takes the best one found.
    pub confidence: Option<String>,
    /// Seed of every bootstrap.
    pub seed: u64,
    /// Replicates of every bootstrap.
    pub replicates: u32,
    /// Slice column that holds the groups to compare for fairness, and the group the others are compared with.
    pub fairness: Option<(String, String)>,
    /// Slice column that names the variant (perturbation) of an item, and the value that means "clean".
    pub variant: Option<(String, String)>,
    /// The judgement that the run's own is held against: `scorer:NAME`, `column:NAME`, or `none` for truth and prediction;
    /// `None` takes that of people, or another scorer where there is no truth and prediction.
    pub second: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            level: 0.95,
            budget_secs: None,
            target: None,
            ttft_budget_secs: None,
            confidence: None,
            seed: 20_170_806,
            replicates: 1000,
            fairness: None,
            variant: None,
            second: None,
        }
    }
}

/// An input file of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct InputFile {
    /// Name as dropped or given, without folders.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 over the raw bytes, lower-case hex; empty while it is being computed.
    pub sha256: String,
}

/// How many samples there are, and how many are left out of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Records read as samples of this run.
    pub read: u64,
    /// Records that could not be read; they are listed among the problems.
    pub left_out: u64,
    /// Samples with a score.
    pub scored: u64,
    /// Scored samples that are right.
    pub right: u64,
    /// Scored samples that are partly right (counted as not right).
    pub partial: u64,
    /// Samples where the harness or the call failed.
    pub errored: u64,
    /// Samples that ran and have no score.
    pub unscored: u64,
    /// Scored samples without a confidence.
    pub without_confidence: u64,
    /// Samples without a latency that counts: absent, from a cache, or of a call that broke.
    pub without_latency: u64,
    /// Samples whose latency is left out since the answer came from a cache.
    pub cached: u64,
    /// Samples that ran into a time-out.
    pub timed_out: u64,
    /// Distinct items (samples less repeats).
    pub items: u64,
    /// Highest epoch.
    pub epochs: u64,
    /// Sample ids that stand more than once in the same epoch.
    pub duplicate_ids: u64,
}

/// A part of the report, or why there is none and how to supply what is missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section<T> {
    /// The part.
    Ready(T),
    /// What is missing and how to supply it, as a sentence.
    Missing(String),
}

impl<T> Default for Section<T> {
    fn default() -> Self {
        Self::Missing(String::new())
    }
}

impl<T> Section<T> {
    /// The part, if it is there.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(part) => Some(part),
            Self::Missing(_) => None,
        }
    }

    /// Why it is not there; `None` if it is.
    pub fn missing(&self) -> Option<&str> {
        match self {
            Self::Ready(_) => None,
            Self::Missing(why) => Some(why),
        }
    }
}

/// Every number and series of one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Lineage of the run.
    pub meta: Meta,
    /// How outcomes were decided.
    pub rule: OutcomeRule,
    /// The input files the run was read from.
    pub files: Vec<InputFile>,
    /// What was chosen.
    pub options: Options,
    /// What was read and left out.
    pub counts: Counts,
    /// Headline numbers by metric id: every id of the METRICS table, undefined ones with their reason.
    pub metrics: BTreeMap<String, Estimate>,
    /// Confidence sources found (id, words, samples that have one), best first.
    pub confidence_sources: Vec<SourceChoice>,
    /// Calibration.
    pub calibration: Section<Calibration>,
    /// Latency.
    pub latency: Section<Latency>,
    /// Failure modes.
    pub failures: Section<Failures>,
    /// Accuracy by slice and the scan for weak slices.
    pub slices: Section<Slices>,
    /// Cautions on the run as a whole, as sentences.
    pub cautions: Vec<String>,
    /// Repeats: pass@k and pass^k.
    pub repeats: Section<Repeats>,
    /// Agreement of the truth and prediction columns, or of two scorers.
    pub agreement: Section<Agreement>,
    /// Clean against perturbed variants.
    pub robustness: Section<Robustness>,
    /// Groups against a reference group.
    pub fairness: Section<Fairness>,
    /// The run against its baseline, where one is named.
    pub comparison: Option<Comparison>,
    /// What the columns hold, for the data contract.
    pub columns: Vec<Column>,
    /// Numbers at the slices and levels that the gates of a policy name.
    pub bounds: Vec<Bound>,
    /// What was found wrong while reading.
    pub problems: Vec<Problem>,
    /// What a link carries only a part of; empty for a report made from files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// Parts whose slow numbers (intervals by resampling, scans) are still missing, by id; empty in a complete report.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<String>,
}

/// A part of the computation.
#[derive(Clone, Copy)]
pub struct Part {
    /// Id, as in [`Metric::section`].
    pub id: &'static str,
    /// What is being computed, in words, for the progress line.
    pub doing: &'static str,
    compute: fn(&Input<'_>, &mut Report),
    /// What takes more than one pass over the samples; `None` where nothing does.
    refine: Option<stage::Begin>,
    /// Ids of the metrics that are complete only then, for this run.
    refined: fn(&Input<'_>) -> &'static [&'static str],
}

/// Every part, in the order of computation. A new section is one file and one line here.
pub const SECTIONS: &[Part] = &[
    Part {
        id: "accuracy",
        doing: "counting right answers",
        compute: accuracy::compute,
        refine: None,
        refined: |_| &[],
    },
    Part {
        id: "calibration",
        doing: "measuring calibration",
        compute: calibration::compute,
        refine: Some(calibration::refine),
        refined: calibration::refined,
    },
    Part {
        id: "failures",
        doing: "counting failures",
        compute: failures::compute,
        refine: None,
        refined: |_| &[],
    },
    Part {
        id: "latency",
        doing: "ranking latencies",
        compute: latency::compute,
        refine: Some(latency::refine),
        refined: latency::refined,
    },
    Part {
        id: "slices",
        doing: "scanning slices",
        compute: slices::announce,
        refine: Some(slices::refine),
        refined: |_| &slices::REFINED,
    },
    Part {
        id: "repeats",
        doing: "counting repeats",
        compute: repeats::compute,
        refine: None,
        refined: |_| &[],
    },
    Part {
        id: "agreement",
        doing: "counting classes",
        compute: agreement::compute,
        refine: None,
        refined: |_| &[],
    },
    Part {
        id: "robustness",
        doing: "pairing variants",
        compute: robustness::compute,
        refine: None,
        refined: |_| &[],
    },
    Part {
        id: "fairness",
        doing: "comparing groups",
        compute: fairness::compute,
        refine: None,
        refined: |_| &[],
    },
    Part {
        id: "drift",
        doing: "looking for a reference",
        compute: drift::compute,
        refine: None,
        refined: |_| &[],
    },
];

/// The report of `run`.
///
/// `files`: all input files; those the run was read from are kept. Row order never changes a number; bootstraps follow
/// from the seed in `options` alone.
#[must_use]
pub fn make(run: &Run, files: &[InputFile], options: &Options) -> Report {
    make_watched(run, files, options, &|_| true).unwrap_or_default()
}

/// As [`make`], telling `watch` how far it is; `None` when `watch` says to stop.
#[must_use]
pub fn make_watched(run: &Run, files: &[InputFile], options: &Options, watch: Watch<'_>) -> Option<Report> {
    Making::start(run, files, options, watch)?.finish(run, watch)
}

/// The report of `run` compared with `baseline`; the differences are among the metrics as `compare.…`.
///
/// `None` when `watch` says to stop. `baseline_files`: all input files of the baseline.
#[must_use]
pub fn make_compared(
    (run, files): (&Run, &[InputFile]),
    (baseline, baseline_files): (&Run, &[InputFile]),
    options: &Options,
    watch: Watch<'_>,
) -> Option<Report> {
    let report = make_watched(run, files, options, watch)?;
    let reference = make_watched(baseline, baseline_files, options, watch)?;
    compared((run, report), (baseline, reference), watch)
}

/// The complete report of a run compared with that of its baseline, both under the same options; as [`make_compared`].
#[must_use]
pub fn compared(
    (run, mut report): (&Run, Report),
    (baseline, reference): (&Run, Report),
    watch: Watch<'_>,
) -> Option<Report> {
    let options = report.options.clone();
    let (here, there) = (Input::new(run, &options, watch), Input::new(baseline, &options, watch));
    slices::recut(&here, &baseline.samples, &mut report);
    let moved = drift::moved(&here, &there);
    let comparison = compare::compare(&here, &there, &report, reference, moved.rows);
    if !here.goes_on("done", 1.0) {
        return None;
    }
    report.metrics.extend(comparison.metrics.clone());
    report.metrics.insert("drift.psi-max".to_owned(), moved.largest);
    report.comparison = Some(comparison);
    Some(report)
}

/// The input files `run` was read from; all where it does not say.
fn own_files(run: &Run, files: &[InputFile]) -> Vec<InputFile> {
    if run.meta.files.is_empty() {
        return files.to_vec();
    }
    let own = run.meta.files.iter().filter_map(|&file| files.get(file as usize));
    own.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_its_own_json() {
        let mut report = Report::default();
        report.metrics.insert("accuracy".to_owned(), Estimate::default());
        report.calibration = Section::Ready(Calibration::default());
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
}
