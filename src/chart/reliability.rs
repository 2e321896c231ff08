//! Reliability diagram: share right against stated confidence.

use super::canvas::{Canvas, Hold, LINE, Plot, X_ROOM, Y_ROOM, label_room, mark};
use super::frame::{Frame, Paint};
use super::phrase;
use super::sheet::Pen;
use super::{Axes, Axis, Cell, Chart, Mark, Rect, Subject, Table};
use crate::report::{BandPoint, Calibration, Filter, Point, ReliabilityBin, Report};
use crate::run::ConfidenceOf;
use crate::text;

/// Bins with fewer samples are drawn hollow.
const FEW: u64 = 10;

/// Draws the reliability diagram: diagonal with consistency band, CORP curve, bins with their Wilson intervals.
///
/// Bins are the equal-width ones, or the distinct values where the confidence has few. `None` without calibration or
/// without a non-empty bin.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let report = subject.report;
    let calibration = report.calibration.ready()?;
    let bins = bins(calibration);
    if bins.is_empty() {
        return None;
    }
    let baseline = subject.baseline.and_then(|b| b.calibration.ready());
    let plot = square(frame, calibration);
    let (width, height) = (plot.area.right() + 12.0, plot.area.bottom() + X_ROOM);
    let mut canvas = Canvas::new(width, height);
    ground(&mut canvas, &plot, calibration);
    if let Some(other) = baseline {
        curve(&mut canvas, &plot, other, Paint::Baseline);
        dots(&mut canvas, &plot, self::bins(other), Paint::Baseline);
    }
    curve(&mut canvas, &plot, calibration, Paint::Accent);
    dots(&mut canvas, &plot, bins, Paint::Accent);
    notes(&mut canvas, &plot, calibration, baseline);
    let reading = reading(report, calibration);
    Some(Chart {
        svg: canvas.finish("Reliability diagram", &reading),
        width,
        height,
        reading,
        table: table(report, calibration, bins),
        marks: marks(report, &plot, calibration, bins),
        plot: plot.area,
        axes: Axes {
            x: Some(plot.x),
            y: Some(plot.y),
        },
        legend: Vec::new(),
        caption: caption(report, calibration, baseline.is_some()),
    })
}

/// The bins to draw: distinct values where they are few, else equal width.
pub(super) fn bins(calibration: &Calibration) -> &[ReliabilityBin] {
    match &calibration.distinct_values {
        Some(distinct) if calibration.is_discrete => &distinct.bins,
        _ => &calibration.equal_width.bins,
    }
}

/// What is right, for axis titles and sentences: the answer, or the positive class.
pub(super) fn of_what(calibration: &Calibration) -> (&'static str, &'static str) {
    match calibration.confidence_of {
        ConfidenceOf::Answer => ("Confidence, %", "Share right, %"),
        ConfidenceOf::PositiveClass => ("Predicted probability of the positive class, %", "Share positive, %"),
    }
}

/// The square plot; the confidence histogram takes the same columns, so that it can stand under it.
pub(super) fn square(frame: &Frame, calibration: &Calibration) -> Plot {
    let (x, y) = of_what(calibration);
    let left = label_room(&phrase::percent_ticks(5));
    let side = (frame.width - left - 12.0).min(frame.height.map_or(460.0, |h| (h - X_ROOM - Y_ROOM).max(120.0)));
    Plot {
        area: Rect {
            x: left,
            y: Y_ROOM,
            w: side,
            h: side,
        },
        x: Axis::linear(x, 0.0, 1.0),
        y: Axis::linear(y, 0.0, 1.0),
    }
}

/// Axes, the gap, the band and the diagonal.
fn ground(canvas: &mut Canvas, plot: &Plot, calibration: &Calibration) {
    let ticks = phrase::percent_ticks(5);
    gap(canvas, plot, &calibration.corp);
    // Over the gap: what lies inside the band is no evidence of a gap.
    canvas.ribbon(plot, &band(calibration), Pen::new(Paint::Band));
    canvas.axis_y(plot, &ticks);
    canvas.axis_x(plot, &ticks);
    canvas.curve(plot, &[(0.0, 0.0), (1.0, 1.0)], Pen::new(Paint::Muted).dashed());
}

/// The consistency band: that of the curve, else that of the bins.
fn band(calibration: &Calibration) -> Vec<(f64, f64, f64)> {
    let of_curve: Vec<_> = calibration
        .corp_band
        .iter()
        .map(|&BandPoint { x, low, high }| (x, low, high))
        .collect();
    if of_curve.len() > 1 {
        return of_curve;
    }
    let of_bin = |b: &ReliabilityBin| (b.confidence, b.consistency.0, b.consistency.1);
    bins(calibration).iter().map(of_bin).collect()
}

/// Fills the gap between the curve and the diagonal, above in one paint, below in the other, split where they cross.
fn gap(canvas: &mut Canvas, plot: &Plot, corp: &[Point]) {
    for pair in corp.windows(2) {
        let &[a, b] = pair else { continue };
        let (da, db) = (a.y - a.x, b.y - b.x);
        let mut side = |p: Point, q: Point, d: f64| {
            let paint = if d > 0.0 { Paint::Under } else { Paint::Over };
            let ribbon = [(p.x, p.x.min(p.y), p.x.max(p.y)), (q.x, q.x.min(q.y), q.x.max(q.y))];
            if d != 0.0 {
                canvas.ribbon(plot, &ribbon, Pen::new(paint).alpha(0.8));
            }
        };
        if da * db >= 0.0 {
            side(a, b, da + db);
        } else {
            let t = da / (da - db);
            let at = a.x + t * (b.x - a.x);
            let cross = Point { x: at, y: at };
            side(a, cross, da);
            side(cross, b, db);
        }
    }
}

fn curve(canvas: &mut Canvas, plot: &Plot, calibration: &Calibration, paint: Paint) {
    if calibration.corp.len() > 1 {
        let points: Vec<(f64, f64)> = calibration.corp.iter().map(|p| (p.x, p.y)).collect();
        canvas.curve(plot, &points, Pen::new(paint).wide(2.0).round());
    }
}

/// Bins as dots whose area says how many samples they hold, with the Wilson interval as a whisker.
fn dots(canvas: &mut Canvas, plot: &Plot, bins: &[ReliabilityBin], paint: Paint) {
    let most = bins.iter().map(|b| b.n).max().unwrap_or(1);
    for bin in bins {
        let (x, y) = plot.px(bin.confidence, bin.frequency);
        let (_, low) = plot.px(bin.confidence, bin.wilson.0);
        let (_, high) = plot.px(bin.confidence, bin.wilson.1);
        canvas.line((x, low), (x, high), Pen::new(paint).wide(1.2));
        let radius = radius(bin.n, most);
        if bin.n < FEW {
            canvas.dot((x, y), radius, Pen::new(paint).wide(1.5).hollow());
        } else {
            canvas.dot((x, y), radius, Pen::new(paint));
        }
        canvas.keep(around((x, y), radius));
    }
}

#[allow(clippy::cast_precision_loss)] // counts of samples
fn radius(n: u64, most: u64) -> f64 {
    let most = most.max(1) as f64;
    let full = (3.0 + most.sqrt()).min(9.0);
    (full * (n as f64 / most).sqrt()).max(2.5)
}

fn around((x, y): (f64, f64), radius: f64) -> Rect {
    Rect {
        x: x - radius,
        y: y - radius,
        w: 2.0 * radius,
        h: 2.0 * radius,
    }
}

/// Words in the drawing: n, what either side of the diagonal means, and which line is whose.
fn notes(canvas: &mut Canvas, plot: &Plot, calibration: &Calibration, baseline: Option<&Calibration>) {
    let area = plot.area;
    let (left, right) = (area.x + 8.0, area.right() - 6.0);
    let muted = Pen::new(Paint::Muted).halo();
    let n = format!("n = {}", text::count(calibration.n));
    let mut top = area.y + 12.0;
    match baseline {
        None => canvas.text((left, top), Hold::Left, &n, Pen::new(Paint::Ink).halo()),
        Some(other) => {
            let rows = [
                (Paint::Accent, format!("candidate, {n}")),
                (Paint::Baseline, format!("baseline, n = {}", text::count(other.n))),
            ];
            for (paint, words) in rows {
                canvas.line((left, top), (left + 14.0, top), Pen::new(paint).wide(2.0).round());
                canvas.text((left + 20.0, top), Hold::Left, &words, Pen::new(Paint::Ink).halo());
                top += LINE;
            }
            top -= LINE;
        }
    }
    canvas.label(
        &[(left, top + LINE, Hold::Left)],
        "above the line: underconfident",
        muted,
    );
    let low = area.bottom() - 12.0;
    canvas.label(
        &[(right, low, Hold::Right), (right, low - LINE, Hold::Right)],
        "below: overconfident",
        muted,
    );
}

fn reading(report: &Report, calibration: &Calibration) -> String {
    let says = phrase::share(calibration.mean_confidence);
    let is = phrase::share(calibration.frequency);
    let n = text::count(calibration.n);
    let (sure, right) = match calibration.confidence_of {
        ConfidenceOf::Answer => (
            format!("Says {says} sure on average"),
            format!("is right {is} of the time"),
        ),
        ConfidenceOf::PositiveClass => (
            format!("Predicts the positive class with {says} on average"),
            format!("it is positive {is} of the time"),
        ),
    };
    let gap = report.metrics.get("calibration.gap").filter(|g| g.value.is_some());
    let Some(gap) = gap else {
        return format!("{sure}, {right} (n = {n}).");
    };
    let size = crate::estimate::Estimate {
        value: gap.value.map(f64::abs),
        low: if gap.value < Some(0.0) {
            gap.high.map(|v| -v)
        } else {
            gap.low
        },
        high: if gap.value < Some(0.0) {
            gap.low.map(|v| -v)
        } else {
            gap.high
        },
        ..gap.clone()
    };
    match gap.interval() {
        Some((low, high)) if low > 0.0 || high < 0.0 => {
            let word = if low > 0.0 { "overconfident" } else { "underconfident" };
            format!("{sure}, {right}: {word} by {} (n = {n}).", text::estimate(&size))
        }
        _ => format!(
            "{sure}, {right}: a gap of {}, which does not show over- or underconfidence (n = {n}).",
            text::estimate(gap)
        ),
    }
}

fn caption(report: &Report, calibration: &Calibration, compared: bool) -> String {
    let level = phrase::level(report.options.level);
    let what = if calibration.is_discrete && calibration.distinct_values.is_some() {
        "Every stated value as a dot"
    } else {
        "Ten equal-width bins as dots"
    };
    let band = if compared { " of the candidate" } else { "" };
    format!(
        "{what} (area by samples, hollow under {FEW}) with {level} Wilson intervals; the line is the isotonic (CORP) curve; \
         the grey band{band} is where a calibrated model of this size would lie (90 %). Confidence from {}.",
        calibration.source
    )
}

/// A bin in words: its value or its range.
pub(super) fn range_words(calibration: &Calibration, bin: &ReliabilityBin) -> String {
    if is_value(calibration, bin) {
        phrase::share(bin.confidence)
    } else {
        format!(
            "{} to {}",
            text::tick(bin.low * 100.0, 0.1),
            text::number(bin.high, crate::estimate::Unit::Share)
        )
    }
}

fn is_value(calibration: &Calibration, bin: &ReliabilityBin) -> bool {
    (calibration.is_discrete && calibration.distinct_values.is_some()) || bin.low >= bin.high
}

/// The samples of a bin.
pub(super) fn filter(calibration: &Calibration, bin: &ReliabilityBin) -> Filter {
    if is_value(calibration, bin) {
        Filter::ConfidenceIs(bin.confidence)
    } else {
        Filter::Confidence {
            low: bin.low,
            high: bin.high,
        }
    }
}

fn marks(report: &Report, plot: &Plot, calibration: &Calibration, bins: &[ReliabilityBin]) -> Vec<Mark> {
    let most = bins.iter().map(|b| b.n).max().unwrap_or(1);
    let word = match calibration.confidence_of {
        ConfidenceOf::Answer => "right",
        ConfidenceOf::PositiveClass => "positive",
    };
    let one = |bin: &ReliabilityBin| {
        let (x, y) = plot.px(bin.confidence, bin.frequency);
        let (_, low) = plot.px(bin.confidence, bin.wilson.0);
        let (_, high) = plot.px(bin.confidence, bin.wilson.1);
        let r = radius(bin.n, most);
        let share = phrase::share_of(bin.frequency, bin.wilson, report.options.level, bin.n);
        let label = format!(
            "Confidence {}: says {}, {word} {} ({} of {})",
            range_words(calibration, bin),
            phrase::share(bin.confidence),
            text::estimate(&share),
            text::count(bin.right),
            text::counted(bin.n, "sample"),
        );
        let top = high.min(y - r);
        let rect = Rect {
            x: x - r,
            y: top,
            w: 2.0 * r,
            h: low.max(y + r) - top,
        };
        mark(rect, label, Some(filter(calibration, bin)))
    };
    bins.iter().map(one).collect()
}

fn table(report: &Report, calibration: &Calibration, bins: &[ReliabilityBin]) -> Table {
    let level = phrase::level(report.options.level);
    let word = match calibration.confidence_of {
        ConfidenceOf::Answer => "right",
        ConfidenceOf::PositiveClass => "positive",
    };
    let headers = [
        "confidence".to_owned(),
        "samples".to_owned(),
        word.to_owned(),
        "mean confidence".to_owned(),
        format!("share {word}"),
        format!("{level} low"),
        format!("{level} high"),
        "confidence less share".to_owned(),
    ];
    let percent = |v: f64| Cell::number(v, phrase::share(v));
    let row = |bin: &ReliabilityBin| {
        let gap = bin.confidence - bin.frequency;
        vec![
            Cell::text(range_words(calibration, bin)),
            Cell::count(bin.n),
            Cell::count(bin.right),
            percent(bin.confidence),
            percent(bin.frequency),
            percent(bin.wilson.0),
            percent(bin.wilson.1),
            Cell::number(gap, phrase::points(gap)),
        ]
    };
    Table {
        caption: format!("Reliability, {}", text::counted(calibration.n, "sample")),
        headers: headers.into(),
        rows: bins.iter().map(row).collect(),
    }
}
