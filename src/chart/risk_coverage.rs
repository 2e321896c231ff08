//! How often the model would be right if it answered only where it is most confident.

use super::canvas::{Canvas, Hold, Plot, X_ROOM, Y_ROOM, label_room, mark};
use super::frame::{Frame, Paint};
use super::sheet::Pen;
use super::{Axes, Axis, Cell, Chart, Mark, Rect, Subject, Table, phrase};
use crate::report::{Calibration, Point};
use crate::text;

/// A curve that starts at a larger coverage than this (under 40 samples) says nothing beside the accuracy.
const MOST_START: f64 = 0.75;

/// Draws share right against coverage (one less risk). `None` without calibration, under two points, or
/// where the curve would begin near its end.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let calibration = subject.report.calibration.ready()?;
    let points = series(calibration);
    let from = points.first().map_or(1.0, |first| first.0);
    if points.len() < 2 || from > MOST_START {
        return None;
    }
    let other = subject.baseline.and_then(|b| b.calibration.ready());
    let before = other.map(series).unwrap_or_default();
    let (plot, ticks) = plot(frame, &points, &before, calibration.frequency);
    let height = plot.area.bottom() + X_ROOM;
    let mut canvas = Canvas::new(frame.width, height);
    canvas.axis_y(&plot, &ticks);
    canvas.axis_x(&plot, &phrase::percent_ticks(5));
    let all = plot.px(0.0, calibration.frequency);
    canvas.line(
        (plot.area.x, all.1),
        (plot.area.right(), all.1),
        Pen::new(Paint::Muted).dashed(),
    );
    if before.len() > 1 {
        canvas.curve(&plot, &before, Pen::new(Paint::Baseline).wide(1.5).round());
        canvas.avoid(&plot, &before);
    }
    canvas.curve(&plot, &points, Pen::new(Paint::Accent).wide(2.0).round());
    canvas.avoid(&plot, &points);
    canvas.avoid_line((plot.area.x, all.1), (plot.area.right(), all.1));
    notes(&mut canvas, &plot, subject, calibration, before.len() > 1);
    let reading = reading(subject, calibration);
    Some(Chart {
        svg: canvas.finish("Right among the most confident", &reading),
        width: frame.width,
        height,
        reading,
        table: table(calibration, &points),
        marks: marks(&plot, calibration),
        plot: plot.area,
        axes: Axes {
            x: Some(plot.x),
            y: Some(plot.y),
        },
        legend: Vec::new(),
        caption: format!(
            "Share right among the most confident samples, from 30 samples on; n = {}. The dashed line is the whole run.",
            text::count(calibration.n)
        ),
    })
}

/// Coverage and share right, ascending in coverage.
fn series(calibration: &Calibration) -> Vec<(f64, f64)> {
    calibration
        .risk_coverage
        .iter()
        .map(|p: &Point| (p.x, 1.0 - p.y))
        .collect()
}

fn plot(frame: &Frame, points: &[(f64, f64)], before: &[(f64, f64)], all: f64) -> (Plot, Vec<(f64, String)>) {
    let values = points.iter().chain(before).map(|p| p.1).chain([all]);
    let lowest = values.fold(1.0, f64::min);
    let low = ((lowest - 0.02) * 10.0).floor().clamp(0.0, 9.0) / 10.0;
    let scaled = Axis::linear("", low * 100.0, 100.0).ticks(5);
    let ticks: Vec<(f64, String)> = scaled.iter().map(|&v| (v / 100.0, text::tick(v, 1.0))).collect();
    let left = label_room(&phrase::percent_ticks(5));
    let plot = Plot {
        area: Rect {
            x: left,
            y: Y_ROOM,
            w: frame.width - left - 12.0,
            h: frame.height.map_or(200.0, |h| (h - X_ROOM - Y_ROOM).max(80.0)),
        },
        x: Axis::linear("Coverage: share of samples answered, %", 0.0, 1.0),
        y: Axis::linear("Share right among those, %", low, 1.0),
    };
    (plot, ticks)
}

fn notes(canvas: &mut Canvas, plot: &Plot, subject: &Subject, calibration: &Calibration, compared: bool) {
    let area = plot.area;
    let ink = Pen::new(Paint::Ink).halo();
    let n = format!("n = {}", text::count(calibration.n));
    let accent = Pen::new(Paint::Accent);
    if compared {
        let names = [
            (accent, format!("candidate, {n}")),
            (Pen::new(Paint::Baseline), "baseline".to_owned()),
        ];
        canvas.names(plot, &names);
    } else {
        canvas.names(plot, &[(accent, n)]);
    }
    if let Some(at_80) = subject
        .report
        .metrics
        .get("selective.accuracy-80")
        .filter(|e| e.value.is_some())
    {
        let (x, y) = plot.px(0.8, at_80.value.unwrap_or(0.0));
        if let Some((low, high)) = at_80.interval() {
            let ends = (plot.px(0.8, low).1, plot.px(0.8, high).1);
            canvas.line((x, ends.0), (x, ends.1), Pen::new(Paint::Accent).wide(1.2));
        }
        canvas.dot((x, y), 4.0, Pen::new(Paint::Accent));
        let words = format!("at 80 %: {}", text::estimate(at_80));
        let near = [20.0, -20.0, 32.0, -32.0, 48.0, -48.0, 64.0];
        let places: Vec<(f64, f64, Hold)> = near
            .iter()
            .flat_map(|d| {
                [
                    (x, y - d, Hold::Middle),
                    (area.right(), y - d, Hold::Right),
                    (x - 8.0, y - d, Hold::Right),
                ]
            })
            .collect();
        canvas.label(&places, &words, ink);
    }
    let (_, all) = plot.px(0.0, calibration.frequency);
    let words = format!("all samples: {}", phrase::share(calibration.frequency));
    let places: Vec<(f64, f64, Hold)> = [11.0, -11.0]
        .iter()
        .flat_map(|d| {
            [
                (area.x + 8.0, all + d, Hold::Left),
                (area.right() - 4.0, all + d, Hold::Right),
            ]
        })
        .collect();
    canvas.label(&places, &words, Pen::new(Paint::Muted).halo());
}

fn reading(subject: &Subject, calibration: &Calibration) -> String {
    let all = phrase::share(calibration.frequency);
    let n = text::count(calibration.n);
    match subject
        .report
        .metrics
        .get("selective.accuracy-80")
        .filter(|e| e.value.is_some())
    {
        Some(e) => format!(
            "If it answered only the most confident 80 % of samples, it would be right {}, against {all} of all (n = {n}).",
            text::estimate(e)
        ),
        None => {
            format!("It is right on {all} of all samples (n = {n}); with less coverage the share follows the curve.")
        }
    }
}

fn marks(plot: &Plot, calibration: &Calibration) -> Vec<Mark> {
    let one = |p: &Point| {
        let (x, y) = plot.px(p.x, p.y);
        let label = format!(
            "The most confident {} of samples: right {}",
            phrase::share(p.x),
            phrase::share(p.y)
        );
        let rect = Rect {
            x: x - 8.0,
            y: y - 8.0,
            w: 16.0,
            h: 16.0,
        };
        mark(rect, label, None)
    };
    calibration.selective.iter().map(one).collect()
}

fn table(calibration: &Calibration, points: &[(f64, f64)]) -> Table {
    let of = |x: f64, y: f64| vec![Cell::number(x, phrase::share(x)), Cell::number(y, phrase::share(y))];
    let rows: Vec<Vec<Cell>> = if calibration.selective.is_empty() {
        points.iter().map(|p| of(p.0, p.1)).collect()
    } else {
        calibration.selective.iter().map(|p| of(p.x, p.y)).collect()
    };
    Table {
        caption: "Share right among the most confident".to_owned(),
        headers: ["coverage", "share right"].map(str::to_owned).into(),
        rows,
    }
}
