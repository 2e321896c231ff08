//! Rows of dots with their intervals on one axis: slices, groups, variants, differences.
//!
//! Wide: name, plot and value side by side. Narrow: name and value on one line, the interval under them.

use super::canvas::{Canvas, Hold, LINE, Plot, X_ROOM, mark};
use super::font::{shorten, text_width};
use super::frame::{Frame, Paint, TEXT};
use super::sheet::Pen;
use super::{Axis, Mark, Rect};
use crate::estimate::Estimate;
use crate::report::Filter;
use crate::text;

/// A row.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// Name in full; shortened in the drawing.
    pub(super) name: String,
    /// A shorter name for where the full one has no room.
    pub(super) short: Option<String>,
    /// What is drawn; a row without a value says why in its place.
    pub(super) estimate: Estimate,
    /// The same of the baseline.
    pub(super) baseline: Option<Estimate>,
    /// The value as written at the end of the row.
    pub(super) words: String,
    /// What the mark says.
    pub(super) label: String,
    /// The samples behind it.
    pub(super) filter: Option<Filter>,
    /// Too few samples: drawn hollow.
    pub(super) is_small: bool,
    /// Worth the eye: drawn in the paint of wrong samples.
    pub(super) is_weak: bool,
}

/// Rows on an axis.
#[derive(Clone, Debug, Default)]
pub(super) struct Forest {
    /// Axis with title and range.
    pub(super) axis: Axis,
    /// Its ticks.
    pub(super) ticks: Vec<(f64, String)>,
    /// A value to compare with (zero, the whole run), and its name.
    pub(super) reference: Option<(f64, String)>,
    /// Region of no difference.
    pub(super) region: Option<(f64, f64)>,
    /// Rows, top to bottom.
    pub(super) rows: Vec<Row>,
}

/// Columns of a forest in a frame: where names end, the plot lies and values start.
struct Columns {
    is_narrow: bool,
    plot: (f64, f64),
    step: f64,
}

/// A frame under this width sets name and value above the interval.
const NARROW: f64 = 560.0;
/// Room above the rows for the name of the reference.
const TOP: f64 = 20.0;

impl Forest {
    fn columns(&self, frame: &Frame) -> Columns {
        let is_narrow = frame.width < NARROW;
        if is_narrow {
            return Columns {
                is_narrow,
                plot: (8.0, frame.width - 8.0),
                step: 38.0,
            };
        }
        let widest = |words: &dyn Fn(&Row) -> f64| self.rows.iter().map(words).fold(0.0, f64::max);
        let names = widest(&|r| text_width(&r.name, TEXT, false)).min(frame.width * 0.3);
        let values = widest(&|r| text_width(&r.words, TEXT, false));
        Columns {
            is_narrow,
            plot: (names + 16.0, frame.width - values - 16.0),
            step: 24.0,
        }
    }

    /// Height in px, axis included.
    #[allow(clippy::cast_precision_loss)] // a few dozen rows
    pub(super) fn height(&self, frame: &Frame) -> f64 {
        TOP + self.rows.len() as f64 * self.columns(frame).step + X_ROOM
    }

    /// Draws it from `top` down; the plot and its marks.
    #[allow(clippy::cast_precision_loss)] // a few dozen rows
    pub(super) fn draw(&self, canvas: &mut Canvas, frame: &Frame, top: f64) -> (Plot, Vec<Mark>) {
        let columns = self.columns(frame);
        let (left, right) = columns.plot;
        let plot = Plot {
            area: Rect {
                x: left,
                y: top + TOP,
                w: (right - left).max(40.0),
                h: self.rows.len() as f64 * columns.step,
            },
            x: self.axis.clone(),
            y: Axis::linear("", 0.0, 1.0),
        };
        self.reference(canvas, &plot);
        // Narrow rows have their text over the interval: grid, region and reference keep to the interval's own strip.
        for index in 0..self.rows.len() {
            let strip = Rect {
                y: plot.area.y + index as f64 * columns.step + if columns.is_narrow { 18.0 } else { 0.0 },
                h: if columns.is_narrow {
                    columns.step - 18.0
                } else {
                    columns.step
                },
                ..plot.area
            };
            self.ground(canvas, &plot, strip);
        }
        let mut marks = Vec::new();
        for (index, row) in self.rows.iter().enumerate() {
            let y = plot.area.y + (index as f64 + 0.5) * columns.step;
            let line = if columns.is_narrow { y + 8.0 } else { y };
            let text_y = if columns.is_narrow { y - 9.0 } else { y };
            names(canvas, row, &columns, frame.width, text_y);
            dot(canvas, &plot, row, line);
            let rect = Rect {
                x: plot.area.x,
                y: y - columns.step / 2.0,
                w: plot.area.w,
                h: columns.step,
            };
            marks.push(mark(rect, row.label.clone(), row.filter.clone()));
        }
        canvas.axis_x(&plot, &self.ticks);
        (plot, marks)
    }

    /// Region of no difference, grid and reference in a strip of the plot.
    fn ground(&self, canvas: &mut Canvas, plot: &Plot, area: Rect) {
        if let Some((low, high)) = self.region {
            let (from, to) = (
                plot.x.px_x(&area, low).max(area.x),
                plot.x.px_x(&area, high).min(area.right()),
            );
            let region = Rect {
                x: from,
                w: to - from,
                ..area
            };
            canvas.block(region, Pen::new(Paint::Region));
        }
        for (value, _) in &self.ticks {
            let x = plot.x.px_x(&area, *value);
            canvas.line((x, area.y), (x, area.bottom()), Pen::new(Paint::Rule).alpha(0.5));
        }
        if let Some((value, _)) = &self.reference {
            let x = plot.x.px_x(&area, *value);
            canvas.line((x, area.y), (x, area.bottom()), Pen::new(Paint::Muted));
        }
    }

    /// The name of the reference over its line.
    fn reference(&self, canvas: &mut Canvas, plot: &Plot) {
        let area = plot.area;
        if let Some((value, name)) = &self.reference {
            let x = plot.x.px_x(&area, *value);
            canvas.line((x, area.y - 4.0), (x, area.y), Pen::new(Paint::Muted));
            let at = area.y - 11.0;
            let places = [
                (x, at, Hold::Middle),
                (x - 4.0, at, Hold::Right),
                (x + 4.0, at, Hold::Left),
            ];
            canvas.label(&places, name, Pen::new(Paint::Muted));
        }
    }
}

/// Name at the left, value at the right.
fn names(canvas: &mut Canvas, row: &Row, columns: &Columns, width: f64, y: f64) {
    let room = if columns.is_narrow {
        width - text_width(&row.words, TEXT, false) - 12.0
    } else {
        columns.plot.0 - 12.0
    };
    let name = match &row.short {
        Some(short) if text_width(&row.name, TEXT, false) > room => short,
        _ => &row.name,
    };
    canvas.text((0.0, y), Hold::Left, &shorten(name, TEXT, room), Pen::new(Paint::Ink));
    canvas.text((width, y), Hold::Right, &row.words, Pen::new(Paint::Muted));
}

/// The interval and its dot; the baseline's just under it.
fn dot(canvas: &mut Canvas, plot: &Plot, row: &Row, y: f64) {
    let x = |v: f64| plot.x.px_x(&plot.area, v.clamp(plot.x.low, plot.x.high));
    if let Some(other) = &row.baseline
        && let Some(value) = other.value
    {
        if let Some((low, high)) = other.interval() {
            canvas.line(
                (x(low), y + 5.0),
                (x(high), y + 5.0),
                Pen::new(Paint::Baseline).wide(1.2),
            );
        }
        canvas.dot((x(value), y + 5.0), 2.5, Pen::new(Paint::Baseline).wide(1.2).hollow());
    }
    let Some(value) = row.estimate.value else {
        return;
    };
    let pen = Pen::new(if row.is_weak { Paint::Wrong } else { Paint::Accent });
    let (low, high) = (row.estimate.low, row.estimate.high);
    if low.is_some() || high.is_some() {
        let (from, to) = (low.unwrap_or(plot.x.low), high.unwrap_or(plot.x.high));
        canvas.line((x(from), y), (x(to), y), pen.wide(1.5));
        for (end, tip, sign) in [(low, x(from), -1.0), (high, x(to), 1.0)] {
            if end.is_none() {
                canvas.line((tip - sign * 4.0, y - 3.0), (tip, y), pen.wide(1.5));
                canvas.line((tip - sign * 4.0, y + 3.0), (tip, y), pen.wide(1.5));
            }
        }
    }
    if row.is_small {
        canvas.dot((x(value), y), 4.0, pen.wide(1.5).hollow());
    } else {
        canvas.dot((x(value), y), 4.0, pen);
    }
}

/// An axis that holds every interval of `rows`, with a little air, within `limits`, and its ticks in the factor of its unit
/// (100 for shares and points).
pub(super) fn axis_around(
    title: &str,
    rows: &[Row],
    others: &[f64],
    limits: (f64, f64),
    factor: f64,
) -> (Axis, Vec<(f64, String)>) {
    let ends = rows.iter().flat_map(|r| {
        let of = |e: &Estimate| [e.value, e.low, e.high];
        of(&r.estimate)
            .into_iter()
            .chain(r.baseline.as_ref().map(of).into_iter().flatten())
    });
    let values: Vec<f64> = ends
        .flatten()
        .chain(others.iter().copied())
        .filter(|v| v.is_finite())
        .collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = if values.is_empty() { (0.0, 1.0) } else { (low, high) };
    let air = (high - low) * 0.04;
    let axis = Axis::linear(title, (low - air).max(limits.0), (high + air).min(limits.1));
    let scaled = Axis::linear("", axis.low * factor, axis.high * factor);
    let ticks = scaled.ticks(5);
    let step = match ticks[..] {
        [a, b, ..] => b - a,
        _ => 1.0,
    };
    let words = |v: f64| if v == 0.0 { "0".to_owned() } else { text::tick(v, step) };
    let ticks = ticks.iter().map(|&v| (v / factor, words(v))).collect();
    (axis, ticks)
}

/// Rows drawn at most; the rest is in the table, and [`rest`] says so.
pub(super) const MOST: usize = 30;

/// Says how many rows are left to the table; empty if none.
pub(super) fn rest(rows: usize, noun: &str) -> String {
    match rows.saturating_sub(MOST) {
        0 => String::new(),
        more => format!(" {} more {noun} are in the table.", text::count(more as u64)),
    }
}

/// Height of a heading line above a panel.
pub(super) const HEADING: f64 = LINE + 4.0;
