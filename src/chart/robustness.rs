//! How much accuracy each perturbed variant costs, paired with the clean items.

use super::canvas::Canvas;
use super::forest::{self, Forest, Row};
use super::{Axes, Cell, Chart, Frame, Subject, Table, phrase};
use crate::report::{Filter, Variant};
use crate::text;

/// Draws the paired difference of every variant to the clean items, around zero.
///
/// `None` without variants.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let report = subject.report;
    let robustness = report.robustness.ready()?;
    let clean = &robustness.column.1;
    let one = |v: &Variant| {
        let words = format!("{}, n = {}", text::difference(&v.drop), text::count(v.n));
        Row {
            name: v.name.clone(),
            label: format!(
                "{}: {} against “{clean}” (right {} there, {} here)",
                v.name,
                words,
                phrase::share(v.accuracy.0),
                phrase::share(v.accuracy.1)
            ),
            words,
            estimate: v.drop.clone(),
            filter: Some(Filter::Slice {
                name: robustness.column.0.clone(),
                value: Some(v.name.clone()),
            }),
            is_weak: v.drop.high.is_some_and(|h| h < 0.0),
            ..Row::default()
        }
    };
    let rows: Vec<Row> = robustness.variants.iter().take(forest::MOST).map(one).collect();
    if rows.is_empty() {
        return None;
    }
    let title = format!("Accuracy against “{clean}”, points");
    let (axis, ticks) = forest::axis_around(&title, &rows, &[0.0], (-1.0, 1.0), 100.0);
    let forest = Forest {
        axis,
        ticks,
        reference: Some((0.0, "no change".to_owned())),
        region: None,
        rows,
    };
    let height = forest.height(frame);
    let mut canvas = Canvas::new(frame.width, height);
    let (plot, marks) = forest.draw(&mut canvas, frame, 0.0);
    let reading = reading(&robustness.variants, clean);
    Some(Chart {
        svg: canvas.finish("Accuracy by variant", &reading),
        width: frame.width,
        height,
        reading,
        table: table(&robustness.variants),
        marks,
        plot: plot.area,
        axes: Axes {
            x: Some(plot.x),
            y: None,
        },
        legend: Vec::new(),
        caption: format!(
            "Share right on the variant less that on the same items under “{clean}”, with {} paired intervals.{}",
            phrase::level(report.options.level),
            forest::rest(robustness.variants.len(), "variants"),
        ),
    })
}

fn reading(variants: &[Variant], clean: &str) -> String {
    let worst = variants
        .iter()
        .filter(|v| v.drop.value.is_some())
        .min_by(|a, b| a.drop.value.unwrap_or(0.0).total_cmp(&b.drop.value.unwrap_or(0.0)));
    match worst {
        Some(v) if v.drop.high.is_some_and(|h| h < 0.0) => format!(
            "“{}” costs most: {} against “{clean}” on {}.",
            v.name,
            text::difference(&v.drop),
            text::counted(v.n, "matched item")
        ),
        Some(v) => format!(
            "No variant is shown to cost accuracy; the largest change is {} under “{}”.",
            text::difference(&v.drop),
            v.name
        ),
        None => "No variant has matched items.".to_owned(),
    }
}

fn table(variants: &[Variant]) -> Table {
    let headers = [
        "variant",
        "matched items",
        "right clean",
        "right on variant",
        "difference",
        "low",
        "high",
        "answers changed",
        "low",
        "high",
    ];
    let row = |v: &Variant| {
        let mut cells = vec![
            Cell::text(v.name.as_str()),
            Cell::count(v.n),
            Cell::number(v.accuracy.0, phrase::share(v.accuracy.0)),
            Cell::number(v.accuracy.1, phrase::share(v.accuracy.1)),
        ];
        cells.extend(phrase::cells(&v.drop));
        cells.extend(phrase::cells(&v.changed));
        cells
    };
    Table {
        caption: "Accuracy by variant, paired with clean".to_owned(),
        headers: headers.map(str::to_owned).into(),
        rows: variants.iter().map(row).collect(),
    }
}
