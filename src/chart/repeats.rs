//! Right in at least one, and in all, of k attempts.

use super::canvas::{Canvas, Hold, Plot, X_ROOM, Y_ROOM, label_room, mark};
use super::frame::{Frame, Paint};
use super::sheet::Pen;
use super::{Axes, Axis, Cell, Chart, Mark, Rect, Subject, Table, phrase};
use crate::estimate::Estimate;
use crate::report::Repeats;
use crate::text;

/// A curve: its name, its points, its paint.
type Curve<'a> = (&'static str, &'a [(u64, Estimate)], Paint);

/// Draws pass@k and pass^k against k with their intervals. `None` without repeats or without a point.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let repeats = subject.report.repeats.ready()?;
    let curves: [Curve; 2] = [
        ("at least one right (pass@k)", &repeats.pass_at, Paint::Accent),
        ("all right (pass^k)", &repeats.pass_hat, Paint::Wrong),
    ];
    let most = curves.iter().flat_map(|c| c.1).map(|p| p.0).max()?;
    let plot = plot(frame, most);
    let height = plot.area.bottom() + X_ROOM;
    let mut canvas = Canvas::new(frame.width, height);
    canvas.axis_y(&plot, &phrase::percent_ticks(5));
    let ticks: Vec<(f64, String)> = plot
        .x
        .whole_ticks(8)
        .into_iter()
        .filter(|v| *v >= 1.0)
        .map(|v| (v, text::fixed(v, 0)))
        .collect();
    canvas.axis_x(&plot, &ticks);
    let mut marks = Vec::new();
    for curve in &curves {
        marks.extend(line(&mut canvas, &plot, curve));
    }
    let names = curves.map(|c| (Pen::new(c.2), c.0.to_owned()));
    canvas.names(&plot, &names);
    let n = text::counted(repeats.items, "item");
    canvas.label(
        &[
            (plot.area.x + 8.0, plot.area.bottom() - 12.0, Hold::Left),
            (plot.area.x + 8.0, plot.area.y + 10.0, Hold::Left),
        ],
        &format!("n = {n}"),
        Pen::new(Paint::Ink).halo(),
    );
    let reading = reading(repeats);
    Some(Chart {
        svg: canvas.finish("Right in k attempts", &reading),
        width: frame.width,
        height,
        reading,
        table: table(&curves),
        marks,
        plot: plot.area,
        axes: Axes {
            x: Some(plot.x),
            y: Some(plot.y),
        },
        legend: Vec::new(),
        caption: format!(
            "Share of items right in k attempts with {} intervals over {n}.",
            phrase::level(subject.report.options.level)
        ),
    })
}

#[allow(clippy::cast_precision_loss)] // attempts
fn plot(frame: &Frame, most: u64) -> Plot {
    let left = label_room(&phrase::percent_ticks(5));
    Plot {
        area: Rect {
            x: left,
            y: Y_ROOM,
            w: frame.width - left - 12.0,
            h: frame.height.map_or(200.0, |h| (h - X_ROOM - Y_ROOM).max(80.0)),
        },
        x: Axis::linear("Attempts (k)", if most > 1 { 1.0 } else { 0.0 }, (most as f64).max(2.0)),
        y: Axis::linear("Share of items, %", 0.0, 1.0),
    }
}

#[allow(clippy::cast_precision_loss)] // attempts
fn line(canvas: &mut Canvas, plot: &Plot, (name, points, paint): &Curve) -> Vec<Mark> {
    let known: Vec<(f64, &Estimate)> = points
        .iter()
        .filter(|p| p.1.value.is_some())
        .map(|p| (p.0 as f64, &p.1))
        .collect();
    let band: Vec<(f64, f64, f64)> = known
        .iter()
        .filter_map(|(k, e)| e.interval().map(|(l, h)| (*k, l, h)))
        .collect();
    if band.len() > 1 {
        canvas.ribbon(plot, &band, Pen::new(*paint).alpha(0.15));
    } else if let [(k, low, high)] = band[..] {
        canvas.line(plot.px(k, low), plot.px(k, high), Pen::new(*paint));
    }
    let curve: Vec<(f64, f64)> = known.iter().filter_map(|(k, e)| Some((*k, e.value?))).collect();
    if curve.len() > 1 {
        canvas.curve(plot, &curve, Pen::new(*paint).wide(2.0).round());
        canvas.avoid(plot, &curve);
    }
    let mut marks = Vec::new();
    for ((k, value), (_, estimate)) in curve.iter().zip(&known) {
        let (x, y) = plot.px(*k, *value);
        canvas.dot((x, y), 3.0, Pen::new(*paint));
        let rect = Rect {
            x: x - 8.0,
            y: y - 8.0,
            w: 16.0,
            h: 16.0,
        };
        marks.push(mark(
            rect,
            format!("{name}, k = {k}: {}", text::estimate(estimate)),
            None,
        ));
    }
    marks
}

fn reading(repeats: &Repeats) -> String {
    let last = |points: &[(u64, Estimate)]| points.iter().rev().find(|p| p.1.value.is_some()).cloned();
    let n = text::counted(repeats.items, "item");
    match (last(&repeats.pass_at), last(&repeats.pass_hat)) {
        (Some((k, any)), Some((_, every))) => format!(
            "In {} at least one answer is right for {} of items, and every answer for {} (n = {n}).",
            text::counted(k, "attempt"),
            text::estimate(&any),
            text::estimate(&every)
        ),
        (Some((k, any)), None) => format!(
            "In {} at least one answer is right for {} of items (n = {n}).",
            text::counted(k, "attempt"),
            text::estimate(&any)
        ),
        _ => format!("{n} with repeats."),
    }
}

fn table(curves: &[Curve]) -> Table {
    let row = |name: &str, k: u64, e: &Estimate| {
        let mut cells = vec![Cell::text(name), Cell::count(k)];
        cells.extend(phrase::cells(e));
        cells
    };
    Table {
        caption: "Share of items right in k attempts".to_owned(),
        headers: ["measure", "k", "value", "low", "high"].map(str::to_owned).into(),
        rows: curves
            .iter()
            .flat_map(|c| c.1.iter().map(|(k, e)| row(c.0, *k, e)))
            .collect(),
    }
}
