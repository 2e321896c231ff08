//! Accuracy by slice: a dot with its interval for every value of every slice column.

use super::canvas::Canvas;
use super::forest::{self, Forest, Row};
use super::{Axes, Axis, Cell, Chart, Frame, Subject, Table, phrase};
use crate::report::{Filter, SliceRow, Slices};
use crate::text;

/// Fewer samples are drawn hollow.
const FEW: u64 = 30;

/// Draws accuracy by slice, the whole run as a line, weak slices (by the scan) in the colour of wrong samples.
///
/// `None` without slices.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let report = subject.report;
    let slices = report.slices.ready()?;
    let is_weak = |row: &SliceRow| slices.weak.iter().any(|w| w.conditions == row.conditions);
    let before = subject.baseline.and_then(|b| b.slices.ready());
    let one = |row: &SliceRow| {
        let words = format!("{}, n = {}", text::estimate(&row.accuracy), text::count(row.n));
        let other = before.and_then(|s| s.rows.iter().find(|r| r.conditions == row.conditions));
        Row {
            name: slices.words(row),
            label: format!("{}: right {words}", slices.words(row)),
            words,
            estimate: row.accuracy.clone(),
            baseline: other.map(|r| r.accuracy.clone()),
            filter: filter(slices, row),
            is_small: row.n < FEW,
            is_weak: is_weak(row),
            ..Row::default()
        }
    };
    let rows: Vec<Row> = slices.rows.iter().take(forest::MOST).map(one).collect();
    if rows.is_empty() {
        return None;
    }
    let whole = report.metrics.get("accuracy").and_then(|a| a.value);
    let (axis, ticks) = forest::axis_around("Share right, %", &rows, whole.as_slice(), (0.0, 1.0), 100.0);
    let forest = Forest {
        axis,
        ticks,
        reference: whole.map(|v| (v, format!("all {}", phrase::share(v)))),
        region: None,
        rows,
    };
    let height = forest.height(frame);
    let mut canvas = Canvas::new(frame.width, height);
    let (plot, marks) = forest.draw(&mut canvas, frame, 0.0);
    let reading = reading(slices);
    Some(Chart {
        svg: canvas.finish("Accuracy by slice", &reading),
        width: frame.width,
        height,
        reading,
        table: table(slices, &is_weak),
        marks,
        plot: plot.area,
        axes: Axes {
            x: Some(plot.x),
            y: None::<Axis>,
        },
        legend: Vec::new(),
        caption: format!(
            "Share right with {} intervals, hollow under {FEW} samples; {} of at least {} tested.{}",
            phrase::level(report.options.level),
            text::counted(slices.tested, "slice"),
            text::counted(slices.support, "sample"),
            forest::rest(slices.rows.len(), "slices"),
        ),
    })
}

/// The samples of a slice with one condition.
fn filter(slices: &Slices, row: &SliceRow) -> Option<Filter> {
    match &row.conditions[..] {
        [condition] => Some(slices.filter(condition)),
        _ => None,
    }
}

fn reading(slices: &Slices) -> String {
    let tested = slices.tested;
    match &slices.weak[..] {
        [worst, ..] => format!(
            "{} is the weakest of {}: right {} (n = {}).",
            slices.words(worst),
            text::counted(tested, "tested slice"),
            text::estimate(&worst.accuracy),
            text::count(worst.n),
        ),
        [] => {
            let shown = text::counted(slices.rows.len() as u64, "slice");
            if tested == 0 {
                let support = text::count(slices.support.max(FEW));
                return format!(
                    "{shown}, none tested: none has the {support} samples, and as many outside it, that a test needs."
                );
            }
            format!("{shown}, {tested} tested: none is shown to be weaker than the rest of the run.")
        }
    }
}

fn table(slices: &Slices, is_weak: &dyn Fn(&SliceRow) -> bool) -> Table {
    let headers = ["slice", "samples", "share right", "low", "high", "weak"];
    let row = |r: &SliceRow| {
        let mut cells = vec![Cell::text(slices.words(r)), Cell::count(r.n)];
        cells.extend(phrase::cells(&r.accuracy));
        cells.push(Cell::text(if is_weak(r) { "yes" } else { "" }));
        cells
    };
    Table {
        caption: "Share right by slice".to_owned(),
        headers: headers.map(str::to_owned).into(),
        rows: slices.rows.iter().map(row).collect(),
    }
}
