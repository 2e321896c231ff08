//! Failures by category, most frequent first; errors and unscored samples apart, below a rule.

use super::canvas::{Canvas, Hold, Plot, X_ROOM, mark};
use super::font::{shorten, text_width};
use super::frame::{Frame, Paint, TEXT};
use super::sheet::Pen;
use super::{Axes, Axis, Cell, Chart, Mark, Rect, Subject, Table, phrase};
use crate::report::{FailureMode, Failures, Filter};
use crate::run::Outcome;
use crate::text;

/// Categories drawn at most; the rest is in the table.
const MOST: usize = 16;

/// A frame under this width sets names above their bars.
const NARROW: f64 = 560.0;

/// A bar with its place.
struct Lane<'a> {
    mode: &'a FailureMode,
    name: String,
    words: String,
    other: Option<f64>,
}

/// Columns: where bars start and end, and the height of a lane.
struct Columns {
    is_narrow: bool,
    left: f64,
    right: f64,
    step: f64,
}

/// Draws a horizontal bar a category with its Wilson whisker, count and share at its end, unclassified hatched.
///
/// `None` without failures part, or where nothing failed, errored or stayed unscored.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let failures = subject.report.failures.ready()?;
    if failures.failed + failures.errored + failures.unscored == 0 {
        return None;
    }
    let before = subject.baseline.and_then(|b| b.failures.ready());
    let lanes: Vec<Lane> = failures.modes.iter().take(MOST).map(|m| lane(m, before)).collect();
    let columns = columns(&lanes, frame);
    let plot = plot(&lanes, &columns);
    let below = [failures.errored, failures.unscored]
        .into_iter()
        .filter(|&n| n > 0)
        .count();
    #[allow(clippy::cast_precision_loss)] // two rows
    let apart = if below > 0 { 16.0 + below as f64 * 22.0 } else { 0.0 };
    let axis = if lanes.is_empty() { 0.0 } else { X_ROOM };
    let height = plot.area.bottom() + axis + apart;
    let mut canvas = Canvas::new(frame.width, height);
    let head = format!(
        "{} of {} failed",
        text::count(failures.failed),
        text::counted(failures.scored, "scored sample")
    );
    canvas.text((0.0, 9.0), Hold::Left, &head, Pen::new(Paint::Ink));
    let ticks: Vec<(f64, String)> = if lanes.is_empty() { Vec::new() } else { ticks(&plot.x) };
    for (value, _) in &ticks {
        let x = plot.x.px_x(&plot.area, *value);
        canvas.line(
            (x, plot.area.y),
            (x, plot.area.bottom()),
            Pen::new(Paint::Rule).alpha(0.6),
        );
    }
    let mut marks: Vec<Mark> = Vec::new();
    let mut y = plot.area.y;
    for lane in &lanes {
        marks.push(bar(&mut canvas, &plot, &columns, lane, y));
        y += columns.step;
    }
    if !lanes.is_empty() {
        canvas.axis_x(&plot, &ticks);
    }
    marks.extend(rest(&mut canvas, failures, plot.area.bottom() + axis));
    let reading = reading(failures);
    Some(Chart {
        svg: canvas.finish("Failures by category", &reading),
        width: frame.width,
        height,
        reading,
        table: table(failures),
        marks,
        plot: plot.area,
        axes: Axes {
            x: Some(plot.x),
            y: None,
        },
        legend: Vec::new(),
        caption: caption(subject, failures),
    })
}

fn lane<'a>(mode: &'a FailureMode, before: Option<&Failures>) -> Lane<'a> {
    let name = if mode.is_unclassified {
        "unclassified"
    } else {
        mode.name.as_str()
    };
    let other = before.and_then(|b| {
        let same = b
            .modes
            .iter()
            .find(|m| m.name == mode.name && m.is_unclassified == mode.is_unclassified)?;
        same.of_failures.value
    });
    Lane {
        mode,
        name: name.to_owned(),
        words: format!("{} · {}", text::count(mode.count), text::estimate(&mode.of_failures)),
        other,
    }
}

fn columns(lanes: &[Lane], frame: &Frame) -> Columns {
    if frame.width < NARROW {
        return Columns {
            is_narrow: true,
            left: 1.0,
            right: frame.width - 10.0,
            step: 40.0,
        };
    }
    let widest = |text: &dyn Fn(&Lane) -> f64| lanes.iter().map(text).fold(0.0, f64::max);
    let names = widest(&|l| text_width(&l.name, TEXT, false)).min(frame.width * 0.3);
    let words = widest(&|l| text_width(&l.words, TEXT, false)).min(frame.width * 0.35);
    Columns {
        is_narrow: false,
        left: names + 12.0,
        right: frame.width - words - 12.0,
        step: 26.0,
    }
}

#[allow(clippy::cast_precision_loss)] // a few lanes
fn plot(lanes: &[Lane], columns: &Columns) -> Plot {
    let highest = lanes
        .iter()
        .flat_map(|l| [l.mode.of_failures.value, l.mode.of_failures.high, l.other])
        .flatten()
        .fold(0.0, f64::max);
    Plot {
        area: Rect {
            x: columns.left,
            y: 24.0,
            w: columns.right - columns.left,
            h: (lanes.len() as f64 * columns.step).max(1.0),
        },
        x: Axis::linear("Share of failed samples, %", 0.0, highest.clamp(0.01, 1.0)),
        y: Axis::linear("", 0.0, 1.0),
    }
}

fn ticks(axis: &Axis) -> Vec<(f64, String)> {
    let values = Axis::linear("", 0.0, axis.high * 100.0).ticks(5);
    let step = values.get(1).copied().unwrap_or(1.0);
    values.into_iter().map(|v| (v / 100.0, text::tick(v, step))).collect()
}

fn bar(canvas: &mut Canvas, plot: &Plot, columns: &Columns, lane: &Lane, top: f64) -> Mark {
    let share = &lane.mode.of_failures;
    let x = |v: f64| plot.x.px_x(&plot.area, v);
    let (bar_top, thick, text_y) = if columns.is_narrow {
        (top + 20.0, 12.0, top + 11.0)
    } else {
        (top + 6.0, 14.0, top + 13.0)
    };
    let middle = bar_top + thick / 2.0;
    let rect = Rect {
        x: plot.area.x,
        y: bar_top,
        w: (x(share.value.unwrap_or(0.0)) - plot.area.x).max(1.0),
        h: thick,
    };
    if lane.mode.is_unclassified {
        canvas.hatch(rect, Pen::new(Paint::Muted));
        canvas.outline(rect, Pen::new(Paint::Muted));
    } else {
        canvas.block(rect, Pen::new(Paint::Accent).alpha(0.75));
    }
    if let Some((low, high)) = share.interval() {
        canvas.whisker_x(x(low), x(high), middle, Pen::new(Paint::Ink));
    }
    if let Some(other) = lane.other {
        canvas.line(
            (x(other), bar_top - 2.0),
            (x(other), bar_top + thick + 2.0),
            Pen::new(Paint::Baseline).wide(2.5),
        );
    }
    let room = if columns.is_narrow {
        canvas.width - text_width(&lane.words, TEXT, false) - 12.0
    } else {
        columns.left - 8.0
    };
    canvas.text(
        (0.0, text_y),
        Hold::Left,
        &shorten(&lane.name, TEXT, room),
        Pen::new(Paint::Ink),
    );
    canvas.text((canvas.width, text_y), Hold::Right, &lane.words, Pen::new(Paint::Muted));
    let filter = if lane.mode.is_unclassified {
        Filter::Unclassified
    } else {
        Filter::Failure(lane.mode.name.clone())
    };
    let place = Rect {
        x: 0.0,
        y: top,
        w: canvas.width,
        h: columns.step,
    };
    let label = format!(
        "{}: {}, {} of failed samples, {} of scored samples",
        lane.name,
        text::counted(lane.mode.count, "sample"),
        text::estimate(share),
        text::estimate(&lane.mode.of_scored)
    );
    mark(place, label, Some(filter))
}

/// Errored and unscored samples, below a rule: they are no failures of the model.
fn rest(canvas: &mut Canvas, failures: &Failures, top: f64) -> Vec<Mark> {
    let kinds = failures
        .errors
        .iter()
        .map(|(what, n)| format!("{what} ({})", text::count(*n)));
    let kinds: Vec<String> = kinds.take(3).collect();
    let rows = [
        (failures.errored, "errored", kinds, Outcome::Errored),
        (failures.unscored, "without a score", Vec::new(), Outcome::Unscored),
    ];
    let mut y = top + 22.0;
    let mut marks = Vec::new();
    for (n, words, kinds, outcome) in rows.into_iter().filter(|r| r.0 > 0) {
        if marks.is_empty() {
            canvas.line((0.0, top + 8.0), (canvas.width, top + 8.0), Pen::new(Paint::Rule));
        }
        let words = format!("{} {words}, not counted above", text::count(n));
        canvas.text((0.0, y), Hold::Left, &words, Pen::new(Paint::Ink));
        let used = text_width(&words, TEXT, false) + 16.0;
        let fits = |k: &usize| text_width(&kinds[..*k].join(", "), TEXT, false) <= canvas.width - used;
        let shown = (1..=kinds.len()).rev().find(fits).unwrap_or(0);
        canvas.text(
            (canvas.width, y),
            Hold::Right,
            &kinds[..shown].join(", "),
            Pen::new(Paint::Muted),
        );
        let place = Rect {
            x: 0.0,
            y: y - 11.0,
            w: canvas.width,
            h: 22.0,
        };
        marks.push(mark(place, words, Some(Filter::Outcome(outcome))));
        y += 22.0;
    }
    marks
}

fn have(count: u64) -> &'static str {
    if count == 1 { "has" } else { "have" }
}

fn reading(failures: &Failures) -> String {
    let named = failures.modes.iter().find(|m| !m.is_unclassified && m.count > 0);
    let apart = match (failures.errored, failures.unscored) {
        (0, 0) => String::new(),
        (e, 0) => format!("; {} errored", text::count(e)),
        (0, u) => format!("; {} {} no score", text::count(u), have(u)),
        (e, u) => format!("; {} errored, {} {} no score", text::count(e), text::count(u), have(u)),
    };
    let failed = format!(
        "{} of {} failed",
        text::count(failures.failed),
        text::counted(failures.scored, "scored sample")
    );
    match named {
        Some(m) => format!(
            "{failed}; the most frequent category is “{}” with {} of the failures{apart}.",
            m.name,
            text::estimate(&m.of_failures)
        ),
        None => format!("{failed}, none with a category{apart}."),
    }
}

fn caption(subject: &Subject, failures: &Failures) -> String {
    let level = phrase::level(subject.report.options.level);
    let several = if failures.pairs.is_empty() {
        ""
    } else {
        " A sample can have several categories, so shares can add up to more than 100 %."
    };
    let more = match failures.modes.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(
            " {} are in the table.",
            text::counted(more as u64, "more category").replace("categorys", "categories")
        ),
    };
    let baseline = if subject.baseline.is_some() {
        " The upright tick is the baseline."
    } else {
        ""
    };
    format!("Failed samples by category with {level} Wilson intervals.{several}{more}{baseline}")
}

fn table(failures: &Failures) -> Table {
    let headers = [
        "category",
        "samples",
        "share of failed",
        "low",
        "high",
        "share of scored",
        "low",
        "high",
        "cumulative",
    ];
    let mut rows: Vec<Vec<Cell>> = failures
        .modes
        .iter()
        .map(|m| {
            let name = if m.is_unclassified {
                "unclassified"
            } else {
                m.name.as_str()
            };
            let mut cells = vec![Cell::text(name), Cell::count(m.count)];
            cells.extend(phrase::cells(&m.of_failures));
            cells.extend(phrase::cells(&m.of_scored));
            cells.push(Cell::number(m.cumulative, phrase::share(m.cumulative)));
            cells
        })
        .collect();
    for (name, n) in [
        ("errored (apart)", failures.errored),
        ("without a score (apart)", failures.unscored),
    ] {
        let mut cells = vec![Cell::text(name), Cell::count(n)];
        cells.resize(headers.len(), Cell::default());
        rows.push(cells);
    }
    Table {
        caption: "Failed samples by category".to_owned(),
        headers: headers.map(str::to_owned).into(),
        rows,
    }
}
