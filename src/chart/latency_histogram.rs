//! How latencies are distributed, right and wrong stacked, on a log scale.

use super::canvas::{Canvas, Hold, Plot, X_ROOM, Y_ROOM, label_room, mark};
use super::frame::{Frame, Paint};
use super::sheet::Pen;
use super::{Axes, Axis, Cell, Chart, Rect, Subject, Table, curve, phrase};
use crate::report::{Filter, HistogramBin, Latency};
use crate::text;

/// Draws counts in bins that are equal on a log scale. `None` without latency or where all bins are empty.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let latency = subject.report.latency.ready()?;
    let bins = &latency.histogram;
    let total = |b: &HistogramBin| b.right + b.wrong;
    let most = bins.iter().map(total).max().filter(|&m| m > 0)?;
    let has_wrong = bins.iter().any(|b| b.wrong > 0);
    let (plot, ticks) = plot(subject, frame, latency, most);
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
    let mut marks = Vec::new();
    for bin in bins.iter().filter(|b| total(b) > 0) {
        let rect = bar(&mut canvas, &plot, bin, has_wrong);
        let split = if has_wrong {
            format!(", {} right, {} not", text::count(bin.right), text::count(bin.wrong))
        } else {
            String::new()
        };
        let label = format!(
            "{} to {}: {}{split}",
            phrase::seconds(bin.low),
            phrase::seconds(bin.high),
            text::counted(total(bin), "sample")
        );
        let filter = Filter::Latency {
            low: bin.low,
            high: Some(bin.high),
        };
        marks.push(mark(rect, label, Some(filter)));
    }
    canvas.text((0.0, 8.0), Hold::Left, "Samples", Pen::new(Paint::Muted));
    if has_wrong {
        let words = [(Paint::Right, "right"), (Paint::Wrong, "not right")];
        canvas.key((plot.area.right(), 8.0), &words);
    }
    canvas.axis_x(
        &plot,
        &phrase::time_ticks(&plot.x, if frame.width < 500.0 { 5 } else { 9 }),
    );
    curve::budget(&mut canvas, &plot, latency, false);
    curve::time_outs(&mut canvas, &plot, latency.timed_out);
    let reading = reading(latency);
    Some(Chart {
        svg: canvas.finish("Distribution of latency", &reading),
        width: frame.width,
        height,
        reading,
        table: table(latency),
        marks,
        plot: plot.area,
        axes: Axes {
            x: Some(plot.x),
            y: Some(plot.y),
        },
        legend: Vec::new(),
        caption: format!(
            "Samples by latency in bins of equal ratio; n = {}. Latency is {}.{}",
            text::count(latency.n),
            latency.source,
            curve::time_outs_words(latency.timed_out)
        ),
    })
}

#[allow(clippy::cast_precision_loss)] // counts of samples
fn plot(subject: &Subject, frame: &Frame, latency: &Latency, most: u64) -> (Plot, Vec<(f64, String)>) {
    let y = Axis::linear("Samples", 0.0, most as f64);
    let ticks: Vec<(f64, String)> = y.whole_ticks(3).into_iter().map(|v| (v, text::fixed(v, 0))).collect();
    let left = label_room(&ticks).max(label_room(&phrase::percent_ticks(4)));
    let x = curve::time_axis(subject, latency, true, false);
    let low = latency
        .histogram
        .iter()
        .map(|b| b.low)
        .filter(|v| *v > 0.0)
        .fold(x.low, f64::min);
    let high = latency.histogram.iter().map(|b| b.high).fold(x.high, f64::max);
    let plot = Plot {
        area: Rect {
            x: left,
            y: Y_ROOM + 16.0,
            w: frame.width - left - 12.0,
            h: frame.height.map_or(110.0, |h| (h - X_ROOM - Y_ROOM - 16.0).max(60.0)),
        },
        x: Axis { low, high, ..x },
        y,
    };
    (plot, ticks)
}

#[allow(clippy::cast_precision_loss)] // counts of samples
fn bar(canvas: &mut Canvas, plot: &Plot, bin: &HistogramBin, has_wrong: bool) -> Rect {
    let (left, split) = plot.px(bin.low.max(plot.x.low), bin.right as f64);
    let (right, top) = plot.px(bin.high, (bin.right + bin.wrong) as f64);
    let w = (right - left - 1.0).max(2.0);
    let base = plot.area.bottom();
    let lower = Rect {
        x: left + 0.5,
        y: split,
        w,
        h: base - split,
    };
    if bin.right > 0 {
        canvas.block(lower, Pen::new(if has_wrong { Paint::Right } else { Paint::Accent }));
    }
    if bin.wrong > 0 {
        let upper = Rect {
            y: top,
            h: split - top,
            ..lower
        };
        canvas.block(upper, Pen::new(Paint::Wrong));
    }
    Rect {
        y: top,
        h: base - top,
        ..lower
    }
}

fn reading(latency: &Latency) -> String {
    let (low, high) = latency.range;
    let mut words = format!(
        "Latencies run from {} to {} (n = {})",
        phrase::seconds(low),
        phrase::seconds(high),
        text::count(latency.n)
    );
    if let Some(ratio) = latency.tail_ratio {
        words += &format!(
            "; p99 is {} times the median",
            text::rough(ratio, crate::estimate::Unit::Score, 2)
        );
    }
    words + "."
}

fn table(latency: &Latency) -> Table {
    let row = |bin: &HistogramBin| {
        vec![
            Cell::number(bin.low, phrase::seconds(bin.low)),
            Cell::number(bin.high, phrase::seconds(bin.high)),
            Cell::count(bin.right),
            Cell::count(bin.wrong),
        ]
    };
    Table {
        caption: "Samples by latency in seconds".to_owned(),
        headers: ["over", "up to", "right", "not right"].map(str::to_owned).into(),
        rows: latency.histogram.iter().map(row).collect(),
    }
}
