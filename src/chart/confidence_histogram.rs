//! How the stated confidence is distributed, right and wrong stacked; stands under the reliability diagram.

use super::canvas::{Canvas, Hold, Plot, X_ROOM, Y_ROOM, mark};
use super::frame::{Frame, Paint};
use super::sheet::Pen;
use super::{Axes, Axis, Cell, Chart, Mark, Rect, Subject, Table, phrase, reliability};
use crate::report::{Calibration, Filter, HistogramBin};
use crate::text;

/// Draws counts by confidence in the columns of the reliability diagram: one bar a bin, or a narrow one a distinct value.
///
/// `None` without calibration or where all bars are empty.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let report = subject.report;
    let calibration = report.calibration.ready()?;
    let bars = bars(calibration);
    let most = bars.iter().map(|b| b.1.right + b.1.wrong).max().filter(|&m| m > 0)?;
    let plot = plot(frame, calibration, most);
    let (width, height) = (plot.area.right() + 12.0, plot.area.bottom() + X_ROOM);
    let mut canvas = Canvas::new(width, height);
    let ticks: Vec<(f64, String)> = plot
        .y
        .whole_ticks(3)
        .into_iter()
        .map(|v| (v, text::fixed(v, 0)))
        .collect();
    // Counts as labels inside the axis would stand left of the shared columns: they stand on their lines instead.
    for (value, label) in ticks.iter().filter(|t| t.0 > 0.0) {
        let y = plot.y.px_y(&plot.area, *value);
        canvas.line((plot.area.x, y), (plot.area.right(), y), Pen::new(Paint::Rule));
        let at = (plot.area.x - 6.0, y, Hold::Right);
        if !canvas.label(&[at], label, Pen::new(Paint::Muted)) {
            canvas.label(
                &[(plot.area.x + 2.0, y - 8.0, Hold::Left)],
                label,
                Pen::new(Paint::Muted).halo(),
            );
        }
    }
    for (rect, bar, _) in placed(&plot, &bars) {
        stack(&mut canvas, &plot, rect, &bar);
    }
    canvas.axis_x(&plot, &phrase::percent_ticks(5));
    canvas.text((0.0, 12.0), Hold::Left, &plot.y.title, Pen::new(Paint::Muted));
    let (right, wrong) = words(calibration);
    canvas.key(
        (plot.area.right(), 12.0),
        &[(Paint::Right, right), (Paint::Wrong, wrong)],
    );
    let reading = reading(calibration, &bars);
    Some(Chart {
        svg: canvas.finish("Distribution of confidence", &reading),
        width,
        height,
        reading,
        table: table(calibration, &bars),
        marks: marks(&plot, calibration, &bars),
        plot: plot.area,
        axes: Axes {
            x: Some(plot.x),
            y: Some(plot.y),
        },
        legend: Vec::new(),
        caption: format!(
            "Samples by confidence, {} below, {} on top; n = {}.",
            words(calibration).0,
            words(calibration).1,
            text::count(calibration.n)
        ),
    })
}

/// A bar: what it covers in words, its counts, its samples.
type Bar = (String, HistogramBin, Filter);

fn bars(calibration: &Calibration) -> Vec<Bar> {
    if calibration.is_discrete && calibration.distinct_values.is_some() {
        let one = |bin: &crate::report::ReliabilityBin| {
            let counts = HistogramBin {
                low: bin.confidence,
                high: bin.confidence,
                right: bin.right,
                wrong: bin.n.saturating_sub(bin.right),
            };
            (
                reliability::range_words(calibration, bin),
                counts,
                reliability::filter(calibration, bin),
            )
        };
        return reliability::bins(calibration).iter().map(one).collect();
    }
    let one = |bin: &HistogramBin| {
        let range = format!("{} to {}", text::tick(bin.low * 100.0, 0.1), phrase::share(bin.high));
        let filter = Filter::Confidence {
            low: bin.low,
            high: bin.high,
        };
        (range, *bin, filter)
    };
    calibration.histogram.iter().map(one).collect()
}

fn words(calibration: &Calibration) -> (&'static str, &'static str) {
    match calibration.confidence_of {
        crate::run::ConfidenceOf::Answer => ("right", "wrong"),
        crate::run::ConfidenceOf::PositiveClass => ("positive", "negative"),
    }
}

#[allow(clippy::cast_precision_loss)] // counts of samples
fn plot(frame: &Frame, calibration: &Calibration, most: u64) -> Plot {
    let square = reliability::square(&Frame { height: None, ..*frame }, calibration);
    let height = frame.height.map_or(96.0, |h| (h - X_ROOM - Y_ROOM).max(48.0));
    Plot {
        area: Rect {
            h: height,
            ..square.area
        },
        x: square.x,
        y: Axis::linear("Samples", 0.0, most as f64),
    }
}

/// Where each bar stands: 1 px apart, at least 5 px wide (a distinct value has no width of its own).
fn placed(plot: &Plot, bars: &[Bar]) -> Vec<(Rect, HistogramBin, Filter)> {
    let place = |bar: &Bar| {
        let (left, _) = plot.px(bar.1.low, 0.0);
        let (right, _) = plot.px(bar.1.high, 0.0);
        let (x, w) = if right - left < 6.0 {
            ((left + right) / 2.0 - 2.5, 5.0)
        } else {
            (left + 0.5, right - left - 1.0)
        };
        #[allow(clippy::cast_precision_loss)] // counts of samples
        let (_, y) = plot.px(0.0, (bar.1.right + bar.1.wrong) as f64);
        let rect = Rect {
            x: x.clamp(plot.area.x, plot.area.right() - w),
            y,
            w,
            h: plot.area.bottom() - y,
        };
        (rect, bar.1, bar.2.clone())
    };
    bars.iter().map(place).collect()
}

#[allow(clippy::cast_precision_loss)] // counts of samples
fn stack(canvas: &mut Canvas, plot: &Plot, rect: Rect, bar: &HistogramBin) {
    let (_, split) = plot.px(0.0, bar.right as f64);
    if bar.right > 0 {
        let part = Rect {
            y: split,
            h: rect.bottom() - split,
            ..rect
        };
        canvas.block(part, Pen::new(Paint::Right));
    }
    if bar.wrong > 0 {
        // A line of paper between the two, where there is room for it.
        let lift = if bar.right > 0 && split - rect.y > 2.0 {
            0.7
        } else {
            0.0
        };
        let part = Rect {
            h: split - rect.y - lift,
            ..rect
        };
        canvas.block(part, Pen::new(Paint::Wrong));
    }
}

fn reading(calibration: &Calibration, bars: &[Bar]) -> String {
    let total: u64 = bars.iter().map(|b| b.1.right + b.1.wrong).sum();
    let Some(top) = bars.iter().max_by_key(|b| b.1.right + b.1.wrong) else {
        return String::new();
    };
    let n = top.1.right + top.1.wrong;
    #[allow(clippy::cast_precision_loss)] // counts of samples
    let share = phrase::share(n as f64 / total.max(1) as f64);
    let (right, _) = words(calibration);
    format!(
        "Most samples ({} of {}, {share}) have a confidence of {}; {} of them are {right}.",
        text::count(n),
        text::count(total),
        top.0,
        text::count(top.1.right),
    )
}

fn marks(plot: &Plot, calibration: &Calibration, bars: &[Bar]) -> Vec<Mark> {
    let (right, wrong) = words(calibration);
    placed(plot, bars)
        .into_iter()
        .zip(bars)
        .filter(|(_, bar)| bar.1.right + bar.1.wrong > 0)
        .map(|((rect, counts, filter), bar)| {
            let label = format!(
                "Confidence {}: {} {right}, {} {wrong}",
                bar.0,
                text::count(counts.right),
                text::count(counts.wrong)
            );
            mark(rect, label, Some(filter))
        })
        .collect()
}

fn table(calibration: &Calibration, bars: &[Bar]) -> Table {
    let (right, wrong) = words(calibration);
    Table {
        caption: format!("Samples by confidence, {}", text::counted(calibration.n, "sample")),
        headers: vec!["confidence".to_owned(), right.to_owned(), wrong.to_owned()],
        rows: bars
            .iter()
            .map(|(range, bar, _)| {
                vec![
                    Cell::text(range.as_str()),
                    Cell::count(bar.right),
                    Cell::count(bar.wrong),
                ]
            })
            .collect(),
    }
}
