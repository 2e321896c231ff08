//! What the curves over latency share: the time axis, the budget line, the series as steps.

use super::canvas::{Canvas, Hold, Plot};
use super::frame::Paint;
use super::sheet::Pen;
use super::{Axis, Subject, phrase};
use crate::report::{Latency, Point};
use crate::text;

/// The latency axis of a subject: candidate, baseline and budget have room on it; logarithmic where the tail asks for it, or
/// where `log` does; `first` makes room for the time to first token.
pub(super) fn time_axis(subject: &Subject, latency: &Latency, log: bool, first: bool) -> Axis {
    let other = subject.baseline.and_then(|b| b.latency.ready());
    let is_log = log || latency.is_long_tailed || other.is_some_and(|o| o.is_long_tailed);
    let mut low = latency.range.0.min(other.map_or(f64::INFINITY, |o| o.range.0));
    let mut high = latency.range.1.max(other.map_or(0.0, |o| o.range.1));
    if let Some(budget) = &latency.attainment {
        low = low.min(budget.budget_secs);
        high = high.max(budget.budget_secs);
    }
    if let Some(ttft) = latency.ttft.as_ref().filter(|_| first) {
        low = ttft.ecdf.first().map_or(low, |p| low.min(p.x));
    }
    if is_log {
        // A few tiny values must not take half the axis.
        let low = if low > 0.0 { low.max(high / 1e5) } else { high / 1e4 };
        Axis::log("Latency (log scale)", low / 1.1, high * 1.1)
    } else {
        Axis::linear("Latency", 0.0, high * 1.04)
    }
}

/// Points of a cumulative share as steps, from the bottom.
pub(super) fn steps(points: &[Point]) -> Vec<(f64, f64)> {
    let mut out = Vec::with_capacity(points.len() * 2 + 1);
    let mut y = 0.0;
    for p in points {
        out.push((p.x, y));
        out.push((p.x, p.y));
        y = p.y;
    }
    out
}

/// The budget as a line with its words, at the top of the plot; `false` if there is none.
pub(super) fn budget(canvas: &mut Canvas, plot: &Plot, latency: &Latency, with_share: bool) -> bool {
    let Some(attainment) = &latency.attainment else {
        return false;
    };
    let area = plot.area;
    let x = plot.x.px_x(&area, attainment.budget_secs);
    canvas.line((x, area.y), (x, area.bottom()), Pen::new(Paint::Warn).wide(1.5));
    canvas.avoid_line((x, area.y), (x, area.bottom()));
    let name = format!("budget {}", phrase::seconds(attainment.budget_secs));
    let share = text::estimate(&attainment.share);
    let words = if with_share {
        format!("{name}: {share} within")
    } else {
        name
    };
    let y = area.y - 14.0;
    let places = [
        (x, y, Hold::Middle),
        (canvas.width, y, Hold::Right),
        (area.right(), y, Hold::Right),
    ];
    let pen = Pen::new(Paint::Warn);
    let drawn = canvas.label(&places, &words, pen);
    if !drawn {
        let short = format!("budget: {}", text::value(&attainment.share));
        canvas.label(&[(x, y, Hold::Middle), (canvas.width, y, Hold::Right)], &short, pen);
    }
    true
}

/// `timed_out` as an arrow to the right edge with its count: in the line of the title, of the budget, or in the plot.
pub(super) fn time_outs(canvas: &mut Canvas, plot: &Plot, timed_out: u64) {
    if timed_out == 0 {
        return;
    }
    let words = text::counted(timed_out, "time-out");
    let tip = canvas.width - 2.0;
    let at = tip - 18.0;
    let area = plot.area;
    for y in [8.0, area.y - 14.0, area.y + 10.0, area.y + 26.0, area.y + 42.0] {
        let pen = Pen::new(Paint::Warn).halo();
        if canvas.label(&[(at, y, Hold::Right)], &words, pen) {
            let pen = Pen::new(Paint::Warn).wide(1.5);
            canvas.line((tip - 14.0, y), (tip, y), pen);
            canvas.line((tip - 4.0, y - 3.5), (tip, y), pen);
            canvas.line((tip - 4.0, y + 3.5), (tip, y), pen);
            return;
        }
    }
}

/// The sentence of a caption that counts time-outs; empty without one.
pub(super) fn time_outs_words(timed_out: u64) -> String {
    if timed_out == 0 {
        return String::new();
    }
    let are = if timed_out == 1 { "counts" } else { "count" };
    format!(
        " {} {are} as slower than everything shown.",
        text::counted(timed_out, "time-out")
    )
}
