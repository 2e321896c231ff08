//! Charts: one file a chart, each a pure function from a report to an SVG string, a sentence, a table and its marks.
//!
//! A chart computes nothing: it draws series that the report holds. The bytes are the same natively, in a worker and on
//! the page, since [`frame`] measures text itself. Legends are left to the page (HTML) and given as data.

mod axis;
mod canvas;
mod confidence_histogram;
mod font;
pub mod frame;
mod phrase;
mod reliability;
mod sheet;
mod table;

pub use axis::{Axis, Scale};
pub use font::{shorten, text_width};
pub use frame::{Frame, Paint};
pub use table::{Cell, Table};

use crate::report::{Filter, Report};

/// What a chart is drawn of: a run, and the baseline it is held against, if there is one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Subject<'a> {
    /// The run; the candidate where there is a baseline.
    pub report: &'a Report,
    /// The baseline.
    pub baseline: Option<&'a Report>,
}

impl<'a> Subject<'a> {
    /// A run alone.
    #[must_use]
    pub fn new(report: &'a Report) -> Self {
        Self { report, baseline: None }
    }

    /// The same with a baseline.
    #[must_use]
    pub fn against(self, baseline: &'a Report) -> Self {
        Self {
            baseline: Some(baseline),
            ..self
        }
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
];
