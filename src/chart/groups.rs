//! Rates by group, beside those of the reference group: one panel a rate.

use super::canvas::{Canvas, Hold};
use super::forest::{self, Forest, HEADING, Row};
use super::frame::Paint;
use super::sheet::Pen;
use super::{Axes, Cell, Chart, Frame, Rect, Subject, Table, phrase};
use crate::estimate::{Estimate, Unit};
use crate::report::{Fairness, Filter, Group, METRICS};
use crate::text;

/// Panels drawn at most; every rate is in the table.
const PANELS: usize = 4;

/// Draws the first rates that are shares, a panel each, a row a group, the reference group as a line.
///
/// `None` without groups or without a rate.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let report = subject.report;
    let fairness = report.fairness.ready()?;
    let first = fairness.groups.first()?;
    let is_share = |e: &Estimate| e.unit == Unit::Share;
    let names: Vec<&str> = first
        .rates
        .iter()
        .filter(|r| is_share(&r.1))
        .map(|r| r.0.as_str())
        .collect();
    let panels: Vec<(&str, Forest)> = names.iter().take(PANELS).map(|n| (*n, panel(fairness, n))).collect();
    if panels.is_empty() {
        return None;
    }
    let height = panels.iter().map(|p| HEADING + p.1.height(frame)).sum();
    let mut canvas = Canvas::new(frame.width, height);
    let mut top = 0.0;
    let (mut marks, mut plot) = (Vec::new(), Rect::default());
    let mut axis = None;
    for (name, forest) in &panels {
        canvas.strong(
            (0.0, top + 9.0),
            Hold::Left,
            &text::capitalised(name),
            Pen::new(Paint::Ink),
        );
        let (drawn, of_panel) = forest.draw(&mut canvas, frame, top + HEADING);
        marks.extend(of_panel);
        axis.get_or_insert(drawn.x);
        plot = if plot.h == 0.0 { drawn.area } else { plot };
        top += HEADING + forest.height(frame);
    }
    let reading = reading(fairness);
    Some(Chart {
        svg: canvas.finish("Rates by group", &reading),
        width: frame.width,
        height,
        reading,
        table: table(fairness),
        marks,
        plot,
        axes: Axes { x: axis, y: None },
        legend: Vec::new(),
        caption: format!(
            "Groups of “{}” with {} intervals, hollow under 30 samples; the line is the reference group “{}”. {} made.",
            fairness.column,
            phrase::level(report.options.level),
            fairness.reference,
            text::counted(fairness.tested, "test"),
        ),
    })
}

fn rate<'a>(group: &'a Group, name: &str) -> Option<&'a Estimate> {
    group.rates.iter().find(|r| r.0 == name).map(|r| &r.1)
}

fn panel(fairness: &Fairness, name: &str) -> Forest {
    let one = |group: &Group| {
        let estimate = rate(group, name).cloned().unwrap_or_default();
        let words = format!("{}, n = {}", text::estimate(&estimate), text::count(group.n));
        Row {
            name: group.name.clone(),
            label: format!("{}, {name}: {words}", group.name),
            words,
            estimate,
            filter: Some(Filter::Slice {
                name: fairness.column.clone(),
                value: Some(group.name.clone()),
            }),
            is_small: group.is_small,
            ..Row::default()
        }
    };
    let rows: Vec<Row> = fairness.groups.iter().take(forest::MOST / PANELS).map(one).collect();
    let reference = fairness.groups.iter().find(|g| g.name == fairness.reference);
    let value = reference.and_then(|g| rate(g, name)?.value);
    let (axis, ticks) = forest::axis_around("Share of the group, %", &rows, value.as_slice(), (0.0, 1.0), 100.0);
    Forest {
        axis,
        ticks,
        reference: value.map(|v| (v, format!("reference {}", phrase::share(v)))),
        region: None,
        rows,
    }
}

fn reading(fairness: &Fairness) -> String {
    // Gaps between groups; ratios and single cells stand in the table.
    let is_gap = |name: &str| METRICS.iter().any(|own| own.section == "fairness" && own.title == name);
    let gaps = fairness.gaps.iter().filter(|g| g.1.value.is_some() && is_gap(&g.0));
    let widest = gaps.max_by(|a, b| {
        a.1.value
            .unwrap_or(0.0)
            .abs()
            .total_cmp(&b.1.value.unwrap_or(0.0).abs())
    });
    match widest {
        Some((name, gap)) => format!(
            "Among groups of “{}” with 30 samples and more, the {} is {}.",
            fairness.column,
            text::uncapitalised(name),
            text::estimate(gap)
        ),
        None => format!(
            "No two groups of “{}” have 30 samples each, so no gap is stated.",
            fairness.column
        ),
    }
}

fn table(fairness: &Fairness) -> Table {
    let headers = ["group", "samples", "rate", "value", "low", "high"];
    let rows = fairness.groups.iter().flat_map(|group| {
        group.rates.iter().map(|(name, estimate)| {
            let mut cells = vec![
                Cell::text(group.name.as_str()),
                Cell::count(group.n),
                Cell::text(name.as_str()),
            ];
            cells.extend(phrase::cells(estimate));
            cells
        })
    });
    Table {
        caption: format!("Rates by “{}”", fairness.column),
        headers: headers.map(str::to_owned).into(),
        rows: rows.collect(),
    }
}
