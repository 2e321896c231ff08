//! Charts: one file a chart, each a pure function from a report to an SVG string, a sentence, a table and its marks.
//!
//! A chart computes nothing: it draws series that the report holds. The bytes are the same natively, in a worker and on
//! the page, since [`frame`] measures text itself. Legends are left to the page (HTML) and given as data.

mod axis;
mod canvas;
mod compare;
mod confidence_histogram;
mod confusion;
mod curve;
mod failures;
mod font;
mod forest;
pub mod frame;
mod groups;
pub mod interval;
mod latency_ecdf;
mod latency_histogram;
mod latency_survival;
pub mod layer;
mod phrase;
mod quantile_shift;
mod reliability;
mod repeats;
mod risk_coverage;
mod robustness;
mod sheet;
mod slices;
mod table;

pub use axis::{Axis, Scale};
pub use font::{shorten, text_width};
pub use frame::{Frame, Paint};
pub use table::{Cell, Table};

use std::collections::BTreeMap;

use crate::estimate::Estimate;
use crate::report::{COMPARE, Filter, Report};

/// What a chart is drawn of: a run, and the baseline it is held against, if there is one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Subject<'a> {
    /// The run; the candidate where there is a baseline.
    pub report: &'a Report,
    /// The baseline.
    pub baseline: Option<&'a Report>,
    /// Differences to the baseline (candidate less baseline, paired where possible) by metric id, with or without `compare.`
    /// before it.
    pub differences: Option<&'a BTreeMap<String, Estimate>>,
    /// Largest difference that makes no difference, by metric id, in the metric's unit; from the policy.
    pub margins: Option<&'a BTreeMap<String, f64>>,
}

impl<'a> Subject<'a> {
    /// A run alone.
    #[must_use]
    pub fn new(report: &'a Report) -> Self {
        Self {
            report,
            baseline: None,
            differences: None,
            margins: None,
        }
    }

    /// A run with the baseline that its report is compared with, if it is.
    #[must_use]
    pub fn of(report: &'a Report) -> Self {
        match &report.comparison {
            Some(own) => Self::new(report).against(&own.baseline).differing(&own.metrics),
            None => Self::new(report),
        }
    }

    /// The same with a baseline.
    #[must_use]
    pub fn against(self, baseline: &'a Report) -> Self {
        Self {
            baseline: Some(baseline),
            ..self
        }
    }

    /// The same with the differences to the baseline.
    #[must_use]
    pub fn differing(self, differences: &'a BTreeMap<String, Estimate>) -> Self {
        Self {
            differences: Some(differences),
            ..self
        }
    }

    /// The same with the policy's margins.
    #[must_use]
    pub fn within(self, margins: &'a BTreeMap<String, f64>) -> Self {
        Self {
            margins: Some(margins),
            ..self
        }
    }

    /// The difference in the metric `id`, if there is one.
    fn difference(&self, id: &str) -> Option<&'a Estimate> {
        let all = self.differences?;
        all.get(id)
            .or_else(|| all.get(&format!("{COMPARE}{id}")))
            .filter(|d| d.value.is_some())
    }

    /// The margin of the metric `id`, if the policy sets one.
    fn margin(&self, id: &str) -> Option<f64> {
        let all = self.margins?;
        let margin = all.get(id).or_else(|| all.get(&format!("{COMPARE}{id}")))?;
        (*margin > 0.0).then_some(*margin)
    }
}

/// A rectangle in CSS pixels of the chart: origin at the upper left of the SVG.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

impl Rect {
    /// Right edge.
    #[must_use]
    pub fn right(&self) -> f64 {
        self.x + self.w
    }

    /// Lower edge.
    #[must_use]
    pub fn bottom(&self) -> f64 {
        self.y + self.h
    }

    /// Whether the two share more than an edge.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
}

/// Something in the chart that can be pointed at: its box, its values in words and the samples behind it.
///
/// Marks stand in reading order, so that arrow keys walk them; the box is at least 8 px each way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mark {
    /// Left edge in px.
    pub x: f64,
    /// Upper edge in px.
    pub y: f64,
    /// Width in px.
    pub w: f64,
    /// Height in px.
    pub h: f64,
    /// Its values in words, as plain text (hover, screen reader).
    pub label: String,
    /// The samples it stands for; `None` where it stands for none in particular.
    pub filter: Option<Filter>,
}

/// Axes of a plot, for a layer that turns pixels into values; `None` where the axis lists names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axes {
    /// Horizontal axis, left to right.
    pub x: Option<Axis>,
    /// Vertical axis, bottom to top.
    pub y: Option<Axis>,
}

/// A drawn chart with everything needed to read it without seeing it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// The drawing: a whole `<svg>` element, safe to insert as markup (all text in it is escaped).
    pub svg: String,
    /// Width of the drawing in px.
    pub width: f64,
    /// Height of the drawing in px.
    pub height: f64,
    /// What the chart says, in one sentence with its uncertainty.
    pub reading: String,
    /// The same numbers as a table.
    pub table: Table,
    /// What can be pointed at.
    pub marks: Vec<Mark>,
    /// The plot's own rectangle, without axes and titles.
    pub plot: Rect,
    /// Its axes.
    pub axes: Axes,
    /// Legend for what is not labelled in the drawing: paint and words.
    pub legend: Vec<(Paint, String)>,
    /// What is drawn, with n, confidence level and method, said once.
    pub caption: String,
}

impl Chart {
    /// The SVG with every custom property replaced by its light value, for programs that do not know `var()`.
    #[must_use]
    pub fn standalone(&self) -> String {
        frame::flatten(&self.svg)
    }
}

/// A kind of chart.
#[derive(Clone, Copy)]
pub struct ChartKind {
    /// Stable id, `section.chart`; never reused.
    pub id: &'static str,
    /// Its title, sentence case.
    pub title: &'static str,
    /// Section of the page it stands in (`calibration`, `latency`, `failures`, `slices`, `compare`, `agreement`, `repeats`,
    /// `robustness`, `fairness`).
    pub section: &'static str,
    /// Draws it; `None` where the report does not hold what it needs.
    pub draw: fn(&Subject, &Frame) -> Option<Chart>,
}

/// Every chart, in page order.
pub const CHARTS: &[ChartKind] = &[
    ChartKind {
        id: "calibration.reliability",
        title: "Reliability diagram",
        section: "calibration",
        draw: reliability::draw,
    },
    ChartKind {
        id: "calibration.histogram",
        title: "Distribution of confidence",
        section: "calibration",
        draw: confidence_histogram::draw,
    },
    ChartKind {
        id: "calibration.risk-coverage",
        title: "Right among the most confident",
        section: "calibration",
        draw: risk_coverage::draw,
    },
    ChartKind {
        id: "latency.ecdf",
        title: "Share of samples by latency",
        section: "latency",
        draw: latency_ecdf::draw,
    },
    ChartKind {
        id: "latency.histogram",
        title: "Distribution of latency",
        section: "latency",
        draw: latency_histogram::draw,
    },
    ChartKind {
        id: "latency.survival",
        title: "Tail of the latency",
        section: "latency",
        draw: latency_survival::draw,
    },
    ChartKind {
        id: "failures.pareto",
        title: "Failures by category",
        section: "failures",
        draw: failures::draw,
    },
    ChartKind {
        id: "slices.accuracy",
        title: "Accuracy by slice",
        section: "slices",
        draw: slices::draw,
    },
    ChartKind {
        id: "compare.differences",
        title: "Differences to the baseline",
        section: "compare",
        draw: compare::draw,
    },
    ChartKind {
        id: "compare.quantiles",
        title: "Latency quantiles against the baseline",
        section: "compare",
        draw: quantile_shift::draw,
    },
    ChartKind {
        id: "agreement.confusion",
        title: "Confusion matrix",
        section: "agreement",
        draw: confusion::draw,
    },
    ChartKind {
        id: "repeats.pass-at-k",
        title: "Right in k attempts",
        section: "repeats",
        draw: repeats::draw,
    },
    ChartKind {
        id: "robustness.variants",
        title: "Accuracy by variant",
        section: "robustness",
        draw: robustness::draw,
    },
    ChartKind {
        id: "fairness.groups",
        title: "Rates by group",
        section: "fairness",
        draw: groups::draw,
    },
];

/// The paired change that stands under a chart whose run is compared with a baseline, in words; `None` without one.
#[must_use]
pub fn change(kind: &ChartKind, subject: &Subject<'_>) -> Option<String> {
    let ids: &[&str] = match kind.id {
        "calibration.reliability" => &["calibration.smece", "calibration.ece"],
        "calibration.histogram" => &["calibration.gap"],
        "calibration.risk-coverage" => &["calibration.brier"],
        "latency.ecdf" => &["latency.p50", "latency.p95"],
        "latency.histogram" => &["latency.p50"],
        "latency.survival" => &["latency.p99"],
        "failures.pareto" => &["failures.rate"],
        "slices.accuracy" => &["accuracy"],
        _ => &[],
    };
    let one = |id: &&str| {
        let (metric, change) = (crate::report::Metric::find(id)?, subject.difference(id)?);
        Some(format!(
            "{} {} (n = {})",
            metric.title,
            crate::text::difference(change),
            crate::text::count(change.n)
        ))
    };
    let words: Vec<String> = ids.iter().filter_map(one).collect();
    (!words.is_empty()).then(|| format!("Against the baseline: {}.", crate::text::list(&words)))
}
