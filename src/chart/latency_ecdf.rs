//! Share of samples answered within a time, with the quantiles as lanes under it.

use super::canvas::{Canvas, Hold, Plot, X_ROOM, Y_ROOM, label_room, mark};
use super::font::text_width;
use super::frame::{Frame, Paint, TEXT};
use super::sheet::Pen;
use super::{Axes, Axis, Cell, Chart, Mark, Rect, Subject, Table, curve, phrase};
use crate::report::{Attainment, Filter, Latency, Quantile};
use crate::text;

/// Height of the lane of one quantile, px.
const LANE: f64 = 20.0;

/// Draws the ECDF with its band, time to first token as a second curve, the budget with the attained share, and a lane for
/// every quantile with its interval.
///
/// `None` without latency or without a point.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let report = subject.report;
    let latency = report.latency.ready()?;
    if latency.ecdf.is_empty() {
        return None;
    }
    let plot = plot(subject, frame, latency);
    #[allow(clippy::cast_precision_loss)] // four lanes
    let lanes = latency.quantiles.len() as f64 * LANE + 6.0;
    let height = plot.area.bottom() + lanes + X_ROOM;
    let mut canvas = Canvas::new(frame.width, height);
    curves(&mut canvas, &plot, subject, latency);
    let axis_plot = Plot {
        area: Rect {
            h: plot.area.h + lanes,
            ..plot.area
        },
        ..plot.clone()
    };
    canvas.axis_x(
        &axis_plot,
        &phrase::time_ticks(&plot.x, if frame.width < 500.0 { 5 } else { 9 }),
    );
    let mut marks = marks(&plot, latency);
    let before = subject.baseline.and_then(|b| b.latency.ready());
    let mut y = plot.area.bottom() + 6.0 + LANE / 2.0;
    for quantile in &latency.quantiles {
        let other = before.and_then(|b| b.quantiles.iter().find(|q| (q.q - quantile.q).abs() < 1e-9));
        marks.push(lane(&mut canvas, &plot, quantile, other, y));
        y += LANE;
    }
    let reading = reading(latency);
    Some(Chart {
        svg: canvas.finish("Share of samples by latency", &reading),
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
        caption: caption(subject, latency),
    })
}

fn plot(subject: &Subject, frame: &Frame, latency: &Latency) -> Plot {
    let ticks = phrase::percent_ticks(4);
    let left = label_room(&ticks);
    Plot {
        area: Rect {
            x: left,
            y: Y_ROOM + 16.0,
            w: frame.width - left - 12.0,
            h: frame.height.map_or(200.0, |h| (h - 180.0).max(100.0)),
        },
        x: curve::time_axis(subject, latency, false, true),
        y: Axis::linear("Share of samples answered, %", 0.0, 1.0),
    }
}

fn curves(canvas: &mut Canvas, plot: &Plot, subject: &Subject, latency: &Latency) {
    let band: Vec<(f64, f64, f64)> = latency
        .ecdf
        .windows(2)
        .flat_map(|pair| {
            let (low, high) = ((pair[0].y - latency.dkw).max(0.0), (pair[0].y + latency.dkw).min(1.0));
            [(pair[0].x, low, high), (pair[1].x, low, high)]
        })
        .collect();
    if latency.dkw > 0.0 && band.len() > 1 {
        canvas.ribbon(plot, &band, Pen::new(Paint::Band));
    }
    canvas.axis_y(
        &Plot {
            area: plot.area,
            x: plot.x.clone(),
            y: Axis {
                title: String::new(),
                ..plot.y.clone()
            },
        },
        &phrase::percent_ticks(4),
    );
    canvas.text((0.0, 8.0), Hold::Left, &plot.y.title, Pen::new(Paint::Muted));
    curve::budget(canvas, plot, latency, true);
    let n = format!("n = {}", text::count(latency.n));
    let accent = Pen::new(Paint::Accent);
    let mut names = Vec::new();
    if let Some(other) = subject.baseline.and_then(|b| b.latency.ready()) {
        series(canvas, plot, &other.ecdf, Pen::new(Paint::Baseline).wide(1.5).round());
        names.push((accent, format!("candidate, {n}")));
        names.push((
            Pen::new(Paint::Baseline),
            format!("baseline, n = {}", text::count(other.n)),
        ));
    }
    if let Some(ttft) = &latency.ttft {
        series(canvas, plot, &ttft.ecdf, accent.wide(1.5).dashed());
        if names.is_empty() {
            names.push((accent, format!("whole answer, {n}")));
        }
        names.push((accent.dashed(), format!("first token, n = {}", text::count(ttft.n))));
    }
    series(canvas, plot, &latency.ecdf, accent.wide(2.0).round());
    curve::time_outs(canvas, plot, latency.timed_out);
    if names.is_empty() {
        names.push((accent, n));
    }
    canvas.names(plot, &names);
}

/// A cumulative curve that labels keep off.
fn series(canvas: &mut Canvas, plot: &Plot, points: &[crate::report::Point], pen: Pen) {
    let steps = curve::steps(points);
    canvas.curve(plot, &steps, pen);
    canvas.avoid(plot, &steps);
}

/// `p95` and the like.
pub(super) fn name(q: f64) -> String {
    format!("p{}", phrase::share(q).trim_end_matches(" %"))
}

/// The value in words: rounded by its interval, a bound where it is one, what is needed where an end is missing.
pub(super) fn words(quantile: &Quantile) -> String {
    let e = &quantile.estimate;
    if e.value.is_none() {
        return format!("needs {}", text::counted(quantile.n_needed, "sample"));
    }
    let bound = if quantile.is_censored { "≥ " } else { "" };
    let mut words = format!("{bound}{}", text::estimate(e));
    if e.high.is_none() && e.level > 0.0 && !quantile.is_censored {
        words += &format!(", needs {}", text::counted(quantile.n_needed, "sample"));
    }
    words
}

/// One quantile: its name at the left, dot and whisker at its place, its value beside it.
fn lane(canvas: &mut Canvas, plot: &Plot, quantile: &Quantile, other: Option<&Quantile>, y: f64) -> Mark {
    let area = plot.area;
    let x = |v: f64| plot.x.px_x(&area, v.clamp(plot.x.low, plot.x.high));
    canvas.text((0.0, y), Hold::Left, &name(quantile.q), Pen::new(Paint::Muted));
    canvas.line((area.x, y), (area.right(), y), Pen::new(Paint::Rule).alpha(0.5));
    let words = words(quantile);
    let e = &quantile.estimate;
    let (mut left, mut right) = (area.x, area.x);
    if let Some(value) = e.value {
        (left, right) = whisker(canvas, plot, e, (x(value), y));
    }
    if let Some(value) = other.and_then(|o| o.estimate.value) {
        canvas.dot((x(value), y), 3.0, Pen::new(Paint::Baseline).wide(1.5).hollow());
        // Well off the ring, so that the words are not read as the baseline's.
        (left, right) = (left.min(x(value) - 10.0), right.max(x(value) + 10.0));
    }
    let pen = Pen::new(Paint::Ink).halo();
    // Where the whisker leaves no room for value and interval, the value alone: the interval is drawn.
    let short = format!("{}{}", if quantile.is_censored { "≥ " } else { "" }, text::value(e));
    let mut beside = [&words, &short]
        .into_iter()
        .flat_map(|words| [(right + 8.0, Hold::Left, words), (left - 8.0, Hold::Right, words)]);
    let is_room = |(x, hold, words): &(f64, Hold, &String)| match hold {
        Hold::Left => x + text_width(words, TEXT, false) <= canvas.width,
        _ => x - text_width(words, TEXT, false) >= area.x,
    };
    match beside.find(is_room) {
        Some((x, hold, words)) => canvas.text((x, y), hold, words, pen),
        // A whisker across the whole plot: over it, the halo keeps it readable.
        None => canvas.text((canvas.width, y), Hold::Right, &short, pen),
    }
    let rect = Rect {
        x: area.x,
        y: y - LANE / 2.0,
        w: area.w,
        h: LANE,
    };
    let filter = e.value.map(|low| Filter::Latency { low, high: None });
    mark(rect, format!("{}: {words}", name(quantile.q)), filter)
}

/// The interval of a quantile around its dot; an end that is not known is a short dashed line with an arrow. Returns the
/// px from which to which it reaches.
fn whisker(canvas: &mut Canvas, plot: &Plot, e: &crate::estimate::Estimate, at: (f64, f64)) -> (f64, f64) {
    let pen = Pen::new(Paint::Accent).wide(1.5);
    let x = |v: f64| plot.x.px_x(&plot.area, v.clamp(plot.x.low, plot.x.high));
    let mut reach = (at.0, at.0);
    let has_interval = e.level > 0.0 && (e.low.is_some() || e.high.is_some());
    for (end, sign) in [(e.low, -1.0), (e.high, 1.0)] {
        let to = match end {
            Some(end) => x(end),
            None if has_interval => (at.0 + sign * 22.0).clamp(plot.area.x, plot.area.right()),
            None => at.0,
        };
        if end.is_some() {
            canvas.line(at, (to, at.1), pen);
            canvas.line((to, at.1 - 3.0), (to, at.1 + 3.0), pen);
        } else if has_interval {
            canvas.line(at, (to, at.1), pen.dashed());
            canvas.line((to - sign * 4.0, at.1 - 3.0), (to, at.1), pen);
            canvas.line((to - sign * 4.0, at.1 + 3.0), (to, at.1), pen);
        }
        reach = (reach.0.min(to), reach.1.max(to));
    }
    canvas.dot(at, 3.5, Pen::new(Paint::Accent));
    reach
}

/// Slices of the time axis, each with the share that is slower than its start.
fn marks(plot: &Plot, latency: &Latency) -> Vec<Mark> {
    let count = 24;
    let (from, width) = (plot.area.x, plot.area.w / f64::from(count));
    let one = |k: i32| {
        let left = from + f64::from(k) * width;
        let (low, high) = (plot.x.at_x(&plot.area, left), plot.x.at_x(&plot.area, left + width));
        let at = |x: f64| latency.ecdf.iter().take_while(|p| p.x <= x).last().map_or(0.0, |p| p.y);
        let label = format!(
            "{} to {}: {} of samples; {} are slower",
            phrase::seconds(low.max(0.0)),
            phrase::seconds(high),
            phrase::share(at(high) - at(low)),
            phrase::share(1.0 - at(high)),
        );
        let rect = Rect {
            x: left,
            w: width,
            ..plot.area
        };
        let high = (k + 1 < count).then_some(high);
        mark(
            rect,
            label,
            Some(Filter::Latency {
                low: low.max(0.0),
                high,
            }),
        )
    };
    (0..count).map(one).collect()
}

fn reading(latency: &Latency) -> String {
    let by = |q: f64| {
        latency
            .quantiles
            .iter()
            .find(|x| (x.q - q).abs() < 1e-9)
            .filter(|x| x.estimate.value.is_some())
    };
    let mut parts = Vec::new();
    if let Some(half) = by(0.5) {
        parts.push(format!(
            "half of the samples are answered within {}",
            text::estimate(&half.estimate)
        ));
    }
    if let Some(slow) = by(0.95) {
        let bound = if slow.is_censored { "at least " } else { "" };
        parts.push(format!("19 of 20 within {bound}{}", text::estimate(&slow.estimate)));
    }
    if let Some(a) = &latency.attainment {
        parts.push(format!(
            "{} are within the budget of {}{}",
            text::estimate(&a.share),
            phrase::seconds(a.budget_secs),
            own_count(a, latency.n)
        ));
    }
    if parts.is_empty() {
        parts.push("latency is known for some samples".to_owned());
    }
    let sentence = text::capitalised(&text::list(&parts));
    let has_own = latency.attainment.as_ref().is_some_and(|a| a.share.n != latency.n);
    let timed = if has_own { "; of the times " } else { " (" };
    format!(
        "{sentence}{timed}n = {}{}.",
        text::count(latency.n),
        if has_own { "" } else { ")" }
    )
}

/// The count behind the attainment where it is not `timed`: a call without an answer counts as a miss, and has no latency.
fn own_count(attainment: &Attainment, timed: u64) -> String {
    match attainment.share.n {
        own if own == timed => String::new(),
        own => format!(" (n = {}, calls without an answer as misses)", text::count(own)),
    }
}

fn caption(subject: &Subject, latency: &Latency) -> String {
    let level = phrase::level(subject.report.options.level);
    let band = if latency.dkw > 0.0 {
        format!("the grey band holds the whole curve with {level} confidence; ")
    } else {
        String::new()
    };
    let ring = match subject.baseline.and_then(|b| b.latency.ready()) {
        Some(_) => " A ring is the baseline's quantile.",
        None => "",
    };
    format!(
        "Share of samples at or below a latency; {band}whiskers are {level} order-statistic intervals.{ring} Latency is {}.{}",
        latency.source,
        curve::time_outs_words(latency.timed_out)
    )
}

fn table(latency: &Latency) -> Table {
    let row = |name: String, q: &Quantile| {
        let mut cells = vec![Cell::text(name)];
        cells.extend(phrase::cells(&q.estimate));
        cells.push(Cell::count(q.estimate.n));
        cells.push(Cell::count(q.n_needed));
        cells
    };
    let mut rows: Vec<Vec<Cell>> = latency.quantiles.iter().map(|q| row(name(q.q), q)).collect();
    if let Some(ttft) = &latency.ttft {
        rows.extend(
            ttft.quantiles
                .iter()
                .map(|q| row(format!("first token, {}", name(q.q)), q)),
        );
    }
    if rows.is_empty() {
        rows.extend(latency.ecdf.iter().map(|p| {
            let share = Cell::number(p.y, phrase::share(p.y));
            let time = Cell::number(p.x, phrase::seconds(p.x));
            vec![
                share,
                time,
                Cell::default(),
                Cell::default(),
                Cell::count(latency.n),
                Cell::default(),
            ]
        }));
    }
    let headers = ["quantile", "latency", "low", "high", "samples", "samples needed"];
    Table {
        caption: format!("Latency quantiles in seconds, {}", text::counted(latency.n, "sample")),
        headers: headers.map(str::to_owned).into(),
        rows,
    }
}
