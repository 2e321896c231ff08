//! Latency quantiles of candidate and baseline as dumbbells, with their differences.

use super::canvas::{Canvas, Hold, Plot, X_ROOM, mark};
use super::font::{shorten, text_width};
use super::frame::{Frame, Paint, TEXT};
use super::sheet::Pen;
use super::{Axes, Axis, Cell, Chart, Mark, Rect, Subject, Table, curve, latency_ecdf, phrase};
use crate::estimate::Estimate;
use crate::report::{Latency, Quantile};
use crate::text;

/// Height of one dumbbell with its text, px.
const LANE: f64 = 42.0;

/// A quantile in both runs, and the difference.
type Pair<'a> = (&'a Quantile, &'a Quantile, Option<&'a Estimate>);

/// Draws a lane a quantile: baseline hollow, candidate filled, both intervals, the difference in words.
///
/// `None` without a baseline with latency, or without a quantile that both have.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let latency = subject.report.latency.ready()?;
    let other = subject.baseline?.latency.ready()?;
    let pairs = pairs(subject, latency, other);
    if pairs.is_empty() {
        return None;
    }
    #[allow(clippy::cast_precision_loss)] // four lanes
    let plot = Plot {
        area: Rect {
            x: 8.0,
            y: 24.0,
            w: frame.width - 16.0,
            h: pairs.len() as f64 * LANE,
        },
        x: axis(subject, latency, &pairs),
        y: Axis::linear("", 0.0, 1.0),
    };
    let height = plot.area.bottom() + X_ROOM;
    let mut canvas = Canvas::new(frame.width, height);
    let ticks = phrase::time_ticks(&plot.x, if frame.width < 500.0 { 5 } else { 9 });
    for (value, _) in &ticks {
        let x = plot.x.px_x(&plot.area, *value);
        canvas.line(
            (x, plot.area.y),
            (x, plot.area.bottom()),
            Pen::new(Paint::Rule).alpha(0.6),
        );
    }
    canvas.text(
        (0.0, 8.0),
        Hold::Left,
        &format!("n = {} and {}", text::count(latency.n), text::count(other.n)),
        Pen::new(Paint::Ink),
    );
    canvas.key(
        (canvas.width, 8.0),
        &[(Paint::Accent, "candidate"), (Paint::Baseline, "baseline")],
    );
    let mut marks = Vec::new();
    let mut y = plot.area.y;
    for pair in &pairs {
        marks.push(lane(&mut canvas, &plot, pair, y));
        y += LANE;
    }
    canvas.axis_x(&plot, &ticks);
    let reading = reading(&pairs);
    Some(Chart {
        svg: canvas.finish("Latency quantiles against the baseline", &reading),
        width: frame.width,
        height,
        reading,
        table: table(&pairs),
        marks,
        plot: plot.area,
        axes: Axes {
            x: Some(plot.x),
            y: None,
        },
        legend: Vec::new(),
        caption: format!(
            "Latency quantiles with {} intervals; differences are candidate less baseline.",
            phrase::level(subject.report.options.level)
        ),
    })
}

fn pairs<'a>(subject: &Subject<'a>, latency: &'a Latency, other: &'a Latency) -> Vec<Pair<'a>> {
    let find = |q: &'a Quantile| {
        let same = other
            .quantiles
            .iter()
            .find(|o| (o.q - q.q).abs() < 1e-9 && o.estimate.value.is_some())?;
        q.estimate.value?;
        let id = format!("latency.{}", latency_ecdf::name(q.q));
        Some((q, same, subject.difference(&id)))
    };
    latency.quantiles.iter().filter_map(find).collect()
}

/// The axis of all quantiles drawn; they span far less than all latencies do.
fn axis(subject: &Subject, latency: &Latency, pairs: &[Pair]) -> Axis {
    let all = curve::time_axis(subject, latency, false, false);
    let ends = pairs.iter().flat_map(|(a, b, _)| {
        let of = |q: &Quantile| [q.estimate.value, q.estimate.low, q.estimate.high];
        of(a).into_iter().chain(of(b))
    });
    let values: Vec<f64> = ends.flatten().collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(0.0, f64::max);
    match all.scale {
        super::Scale::Log => Axis::log(&all.title, low / 1.15, high * 1.15),
        super::Scale::Linear => Axis::linear(&all.title, 0.0, high * 1.04),
    }
}

fn lane(canvas: &mut Canvas, plot: &Plot, (quantile, other, difference): &Pair, top: f64) -> Mark {
    let x = |v: f64| plot.x.px_x(&plot.area, v.clamp(plot.x.low, plot.x.high));
    let name = latency_ecdf::name(quantile.q);
    let words = words(quantile, other, *difference);
    canvas.text((0.0, top + 10.0), Hold::Left, &name, Pen::new(Paint::Ink));
    let room = canvas.width - text_width(&name, TEXT, false) - 12.0;
    canvas.text(
        (canvas.width, top + 10.0),
        Hold::Right,
        &shorten(&words, TEXT, room),
        Pen::new(Paint::Muted),
    );
    let y = top + 28.0;
    for (q, paint, shift) in [(other, Paint::Baseline, 4.0), (quantile, Paint::Accent, -3.0)] {
        let e = &q.estimate;
        let Some(value) = e.value else { continue };
        let (low, high) = (e.low.unwrap_or(plot.x.low), e.high.unwrap_or(plot.x.high));
        canvas.line((x(low), y + shift), (x(high), y + shift), Pen::new(paint).wide(1.5));
        let pen = Pen::new(paint).wide(1.5);
        let pen = if paint == Paint::Baseline { pen.hollow() } else { pen };
        canvas.dot((x(value), y + shift), 4.0, pen);
    }
    let rect = Rect {
        x: 0.0,
        y: top,
        w: canvas.width,
        h: LANE,
    };
    mark(rect, format!("{name}: {words}"), None)
}

fn words(quantile: &Quantile, other: &Quantile, difference: Option<&Estimate>) -> String {
    let both = format!(
        "{} from {}",
        text::value(&quantile.estimate),
        text::value(&other.estimate)
    );
    match difference {
        Some(d) => format!("{both}: {}", text::difference(d)),
        None => both,
    }
}

fn reading(pairs: &[Pair]) -> String {
    let tail = pairs.iter().find(|p| (p.0.q - 0.95).abs() < 1e-9).or(pairs.last());
    let Some(pair) = tail else {
        return String::new();
    };
    let verdict = match pair.2.and_then(Estimate::interval) {
        Some((low, _)) if low > 0.0 => ", slower than the baseline",
        Some((_, high)) if high < 0.0 => ", faster than the baseline",
        Some(_) => "; the interval includes zero, so this shows no difference",
        None => "",
    };
    format!(
        "{} is {}{verdict}.",
        latency_ecdf::name(pair.0.q),
        words(pair.0, pair.1, pair.2)
    )
}

fn table(pairs: &[Pair]) -> Table {
    let headers = [
        "quantile",
        "candidate",
        "low",
        "high",
        "baseline",
        "low",
        "high",
        "difference",
        "low",
        "high",
    ];
    let row = |(a, b, d): &Pair| {
        let mut cells = vec![Cell::text(latency_ecdf::name(a.q))];
        cells.extend(phrase::cells(&a.estimate));
        cells.extend(phrase::cells(&b.estimate));
        match d {
            Some(d) => cells.extend(phrase::cells(d)),
            None => cells.resize(headers.len(), Cell::default()),
        }
        cells
    };
    Table {
        caption: "Latency quantiles in seconds".to_owned(),
        headers: headers.map(str::to_owned).into(),
        rows: pairs.iter().map(row).collect(),
    }
}
