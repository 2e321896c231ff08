//! The small number line beside a headline or a gate: value, interval, threshold, baseline.

use super::canvas::{Canvas, Hold, Plot, mark};
use super::font::text_width;
use super::frame::{Paint, TEXT};
use super::sheet::Pen;
use super::{Axes, Axis, Cell, Chart, Rect, Table, phrase};
use crate::estimate::{Estimate, Unit};
use crate::text;

/// What to hold the number against.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Against {
    /// Threshold, in the unit of the number.
    pub threshold: Option<f64>,
    /// The threshold holds on both sides of zero.
    pub is_within: bool,
    /// Region of no difference around zero, for differences.
    pub margin: Option<f64>,
    /// Value of the baseline.
    pub baseline: Option<f64>,
}

/// Draws `estimate` on its scale in `width` px (at least 120): shares from 0 to 100 %, differences around zero, everything
/// else from zero on. `None` without a value.
#[must_use]
pub fn draw(title: &str, estimate: &Estimate, against: &Against, width: f64) -> Option<Chart> {
    let value = estimate.value?;
    let width = if width.is_finite() {
        width.clamp(120.0, 1000.0)
    } else {
        240.0
    };
    let axis = scale(estimate, against);
    let words: Vec<String> = [axis.low, axis.high].map(|v| tick(v, estimate.unit)).into();
    let has_label = against.threshold.is_some() || against.baseline.is_some();
    let top = if has_label { 18.0 } else { 4.0 };
    let plot = Plot {
        area: Rect {
            x: 6.0,
            y: top,
            w: width - 12.0,
            h: 16.0,
        },
        x: axis,
        y: Axis::linear("", 0.0, 1.0),
    };
    let height = plot.area.bottom() + 16.0;
    let mut canvas = Canvas::new(width, height);
    let area = plot.area;
    let y = area.y + area.h / 2.0;
    let x = |v: f64| plot.x.px_x(&area, v.clamp(plot.x.low, plot.x.high));
    if let Some(margin) = against.margin {
        let region = Rect {
            x: x(-margin),
            w: x(margin) - x(-margin),
            ..area
        };
        canvas.block(region, Pen::new(Paint::Region));
    }
    canvas.line((area.x, y), (area.right(), y), Pen::new(Paint::Rule));
    if plot.x.low < 0.0 && plot.x.high > 0.0 {
        canvas.line((x(0.0), area.y), (x(0.0), area.bottom()), Pen::new(Paint::Muted));
    }
    references(&mut canvas, &plot, against, estimate.unit);
    bar(
        &mut canvas,
        (x(value), y),
        (estimate.low.map(x), estimate.high.map(x)),
        &area,
    );
    canvas.dot((x(value), y), 4.0, Pen::new(Paint::Accent));
    let muted = Pen::new(Paint::Muted);
    canvas.text((0.0, height - 8.0), Hold::Left, &words[0], muted);
    canvas.label(&[(width, height - 8.0, Hold::Right)], &words[1], muted);
    let reading = reading(title, estimate, against);
    Some(Chart {
        svg: canvas.finish(title, &reading),
        width,
        height,
        marks: vec![mark(area, reading.clone(), None)],
        table: table(title, estimate, against),
        plot: area,
        axes: Axes {
            x: Some(plot.x),
            y: None,
        },
        legend: Vec::new(),
        caption: format!(
            "{}, {} interval, n = {}.",
            title,
            phrase::level(estimate.level),
            text::count(estimate.n)
        ),
        reading,
    })
}

/// The interval with its `ends` in px around the dot at `at`; where only one is known, a dashed line with an arrow to the
/// edge of the `area` on the other side.
fn bar(canvas: &mut Canvas, at: (f64, f64), ends: (Option<f64>, Option<f64>), area: &Rect) {
    let pen = Pen::new(Paint::Accent);
    let (tip, sign) = match ends {
        (None, None) => return,
        (None, Some(_)) => (area.x, -1.0),
        (Some(_), None) => (area.right(), 1.0),
        (Some(_), Some(_)) => (at.0, 0.0),
    };
    let (from, to) = (ends.0.unwrap_or(at.0), ends.1.unwrap_or(at.0));
    canvas.line((from, at.1), (to, at.1), pen.wide(4.0).alpha(0.45));
    if sign != 0.0 {
        canvas.line(at, (tip, at.1), pen.wide(1.5).dashed());
        canvas.line((tip - sign * 5.0, at.1 - 4.0), (tip, at.1), pen.wide(1.5));
        canvas.line((tip - sign * 5.0, at.1 + 4.0), (tip, at.1), pen.wide(1.5));
    }
}

/// The scale of the number's unit, with room for all that is drawn.
fn scale(estimate: &Estimate, against: &Against) -> Axis {
    let ends = [
        estimate.value,
        estimate.low,
        estimate.high,
        against.threshold,
        against.baseline,
    ];
    let widest = ends
        .into_iter()
        .flatten()
        .chain(against.margin)
        .map(f64::abs)
        .fold(0.0, f64::max);
    let lowest = ends.into_iter().flatten().fold(0.0, f64::min);
    let round = Axis::linear("", 0.0, if widest > 0.0 { widest * 1.1 } else { 1.0 });
    let step = round.ticks(4).get(1).copied().unwrap_or(widest);
    let top = (round.high / step - 1e-9).ceil() * step;
    match estimate.unit {
        Unit::Share => Axis::linear("", 0.0, 1.0),
        // Most scores end at 1; only one beyond it needs a longer scale.
        Unit::Score if lowest >= 0.0 && widest <= 1.0 => Axis::linear("", 0.0, top.min(1.0)),
        Unit::Points => Axis::linear("", -top, top),
        _ if lowest < 0.0 => Axis::linear("", -top, top),
        _ => Axis::linear("", 0.0, top),
    }
}

fn tick(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Share => phrase::share(value),
        Unit::Points => phrase::points(value),
        Unit::Seconds => phrase::seconds(value),
        _ if value == 0.0 => "0".to_owned(),
        _ => text::rough(value, unit, 2),
    }
}

/// Threshold and baseline as ticks through the line, with their names above where there is room.
fn references(canvas: &mut Canvas, plot: &Plot, against: &Against, unit: Unit) {
    let area = plot.area;
    let marks = [
        (against.threshold, "limit", Paint::Warn),
        (against.baseline, "baseline", Paint::Baseline),
    ];
    for (value, name, paint) in marks {
        let Some(value) = value else { continue };
        let x = plot.x.px_x(&area, value.clamp(plot.x.low, plot.x.high));
        canvas.line((x, area.y - 2.0), (x, area.bottom()), Pen::new(paint).wide(2.0));
        let is_pair = against.is_within && name == "limit";
        if is_pair {
            let x = plot.x.px_x(&area, (-value).clamp(plot.x.low, plot.x.high));
            canvas.line((x, area.y - 2.0), (x, area.bottom()), Pen::new(paint).wide(2.0));
        }
        let words = match is_pair {
            true => format!("{name} ± {}", tick(value, unit).trim_start_matches('+')),
            false => format!("{name} {}", tick(value, unit)),
        };
        let half = text_width(&words, TEXT, false) / 2.0;
        let middle = x.clamp(half, (canvas.width - half).max(half));
        let places = [
            (middle, 8.0, Hold::Middle),
            (0.0, 8.0, Hold::Left),
            (canvas.width, 8.0, Hold::Right),
        ];
        canvas.label(&places, &words, Pen::new(Paint::Muted));
    }
}

fn reading(title: &str, estimate: &Estimate, against: &Against) -> String {
    let mut words = format!(
        "{title}: {} (n = {})",
        text::estimate(estimate),
        text::count(estimate.n)
    );
    if let Some(threshold) = against.threshold {
        let size = tick(threshold, estimate.unit);
        words += &match against.is_within {
            true => format!(", limit ± {}", size.trim_start_matches('+')),
            false => format!(", limit {size}"),
        };
    }
    if let Some(baseline) = against.baseline {
        words += &format!(", baseline {}", tick(baseline, estimate.unit));
    }
    words + "."
}

fn table(title: &str, estimate: &Estimate, against: &Against) -> Table {
    let mut rows = vec![{
        let mut cells = vec![Cell::text(title)];
        cells.extend(phrase::cells(estimate));
        cells
    }];
    for (name, value) in [
        ("limit", against.threshold),
        ("margin", against.margin),
        ("baseline", against.baseline),
    ] {
        if let Some(value) = value {
            rows.push(vec![
                Cell::text(name),
                Cell::number(value, tick(value, estimate.unit)),
                Cell::default(),
                Cell::default(),
            ]);
        }
    }
    Table {
        caption: title.to_owned(),
        headers: ["number", "value", "low", "high"].map(str::to_owned).into(),
        rows,
    }
}
