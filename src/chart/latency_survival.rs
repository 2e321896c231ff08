//! Share of samples slower than a time, on a log scale: what the tail looks like.

use super::canvas::{Canvas, Hold, Plot, X_ROOM, Y_ROOM, label_room, mark};
use super::frame::{Frame, Paint};
use super::sheet::Pen;
use super::{Axes, Axis, Cell, Chart, Mark, Rect, Subject, Table, curve, phrase};
use crate::report::{Filter, Latency, Point};
use crate::text;

/// Draws 1 − ECDF with a log vertical axis, the baseline's beside it. `None` without latency or under two points.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let latency = subject.report.latency.ready()?;
    let tail = tail(&latency.ecdf);
    if tail.len() < 2 {
        return None;
    }
    let before = subject.baseline.and_then(|b| b.latency.ready());
    let lowest = tail.iter().map(|p| p.1).fold(1.0, f64::min);
    let y = Axis::log("Share of samples slower, % (log scale)", (lowest / 1.6).min(0.1), 1.0);
    let ticks: Vec<(f64, String)> = log_shares(&y);
    let left = label_room(&ticks).max(label_room(&phrase::percent_ticks(4)));
    let plot = Plot {
        area: Rect {
            x: left,
            y: Y_ROOM + 16.0,
            w: frame.width - left - 12.0,
            h: frame.height.map_or(180.0, |h| (h - X_ROOM - Y_ROOM - 16.0).max(80.0)),
        },
        x: curve::time_axis(subject, latency, false, false),
        y,
    };
    let height = plot.area.bottom() + X_ROOM;
    let mut canvas = Canvas::new(frame.width, height);
    let untitled = Plot {
        y: Axis {
            title: String::new(),
            ..plot.y.clone()
        },
        ..plot.clone()
    };
    canvas.axis_y(&untitled, &ticks);
    canvas.text((0.0, 8.0), Hold::Left, &plot.y.title, Pen::new(Paint::Muted));
    canvas.axis_x(
        &plot,
        &phrase::time_ticks(&plot.x, if frame.width < 500.0 { 5 } else { 9 }),
    );
    curve::budget(&mut canvas, &plot, latency, false);
    let n = format!("n = {}", text::count(latency.n));
    let mut names = vec![(Pen::new(Paint::Accent), n)];
    if let Some(other) = before {
        let pen = Pen::new(Paint::Baseline).wide(1.5).round();
        let tail = self::tail(&other.ecdf);
        canvas.curve(&plot, &tail, pen);
        canvas.avoid(&plot, &tail);
        names = vec![
            (
                Pen::new(Paint::Accent),
                format!("candidate, n = {}", text::count(latency.n)),
            ),
            (pen, format!("baseline, n = {}", text::count(other.n))),
        ];
    }
    canvas.curve(&plot, &tail, Pen::new(Paint::Accent).wide(2.0).round());
    canvas.avoid(&plot, &tail);
    curve::time_outs(&mut canvas, &plot, latency.timed_out);
    canvas.names(&plot, &names);
    let reading = reading(latency);
    Some(Chart {
        svg: canvas.finish("Tail of the latency", &reading),
        width: frame.width,
        height,
        reading,
        table: table(latency),
        marks: marks(&plot, latency),
        plot: plot.area,
        axes: Axes {
            x: Some(plot.x),
            y: Some(plot.y),
        },
        legend: Vec::new(),
        caption: format!(
            "Share of samples that take longer than a time, n = {}; the last steps stand for single samples. Latency is {}.{}",
            text::count(latency.n),
            latency.source,
            curve::time_outs_words(latency.timed_out)
        ),
    })
}

/// Steps of 1 − F where it is above zero.
fn tail(points: &[Point]) -> Vec<(f64, f64)> {
    curve::steps(points)
        .into_iter()
        .map(|(x, y)| (x, 1.0 - y))
        .filter(|p| p.1 > 1e-12)
        .collect()
}

/// Powers of ten in per cent: `100`, `10`, `1`, `0.1`.
fn log_shares(axis: &Axis) -> Vec<(f64, String)> {
    let percent = Axis {
        low: axis.low * 100.0,
        high: axis.high * 100.0,
        ..axis.clone()
    };
    percent
        .ticks(5)
        .into_iter()
        .map(|v| (v / 100.0, text::tick(v, v)))
        .collect()
}

/// The tails: beyond the median, p90, p95, p99, each up to the edge.
fn marks(plot: &Plot, latency: &Latency) -> Vec<Mark> {
    let one = |q: &crate::report::Quantile| {
        let value = q.estimate.value?;
        let x = plot.x.px_x(&plot.area, value);
        let label = format!(
            "{} of samples take longer than {}",
            phrase::share(1.0 - q.q),
            phrase::seconds(value)
        );
        let rect = Rect {
            x: x - 6.0,
            w: 12.0,
            ..plot.area
        };
        Some(mark(rect, label, Some(Filter::Latency { low: value, high: None })))
    };
    latency.quantiles.iter().filter_map(one).collect()
}

fn reading(latency: &Latency) -> String {
    let last = latency.quantiles.iter().rev().find(|q| q.estimate.value.is_some());
    match last {
        Some(q) => format!(
            "{} of samples take longer than {}; the slowest takes {} (n = {}).",
            phrase::share(1.0 - q.q),
            text::estimate(&q.estimate),
            phrase::seconds(latency.range.1),
            text::count(latency.n)
        ),
        None => format!(
            "The slowest of {} takes {}.",
            text::counted(latency.n, "sample"),
            phrase::seconds(latency.range.1)
        ),
    }
}

fn table(latency: &Latency) -> Table {
    let row = |p: &Point| {
        vec![
            Cell::number(p.x, phrase::seconds(p.x)),
            Cell::number(1.0 - p.y, text::number(1.0 - p.y, crate::estimate::Unit::Share)),
        ]
    };
    Table {
        caption: "Share of samples slower than a latency in seconds".to_owned(),
        headers: ["latency", "share slower"].map(str::to_owned).into(),
        rows: latency.ecdf.iter().map(row).collect(),
    }
}
