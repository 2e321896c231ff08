//! Differences to the baseline: paired intervals around zero, a panel a unit.

use super::canvas::{Canvas, Hold};
use super::forest::{self, Forest, HEADING, Row};
use super::frame::Paint;
use super::sheet::Pen;
use super::{Axes, Cell, Chart, Frame, Subject, Table, phrase};
use crate::estimate::{Estimate, Unit};
use crate::report::{Direction, METRICS, Metric};
use crate::text;

/// A metric with its difference (candidate less baseline).
type Difference<'a> = (&'static Metric, &'a Estimate);

/// Draws every difference that has a value, metrics of one unit on one axis, the margins of the policy shaded.
///
/// `None` without a baseline or without a difference.
pub(super) fn draw(subject: &Subject, frame: &Frame) -> Option<Chart> {
    let differences = differences(subject);
    let panels = panels(subject, &differences);
    if panels.is_empty() {
        return None;
    }
    let height = panels.iter().map(|p| HEADING + p.1.height(frame)).sum();
    let mut canvas = Canvas::new(frame.width, height);
    let (mut top, mut marks, mut plot, mut axis) = (0.0, Vec::new(), None, None);
    for (name, forest) in &panels {
        canvas.strong((0.0, top + 9.0), Hold::Left, name, Pen::new(Paint::Ink));
        let (drawn, of_panel) = forest.draw(&mut canvas, frame, top + HEADING);
        marks.extend(of_panel);
        plot.get_or_insert(drawn.area);
        axis.get_or_insert(drawn.x);
        top += HEADING + forest.height(frame);
    }
    let reading = reading(&differences);
    let shaded = panels.iter().any(|p| p.1.region.is_some());
    Some(Chart {
        svg: canvas.finish("Differences to the baseline", &reading),
        width: frame.width,
        height,
        reading,
        table: table(&differences),
        marks,
        plot: plot.unwrap_or_default(),
        axes: Axes { x: axis, y: None },
        legend: Vec::new(),
        caption: format!(
            "Candidate less baseline with {} intervals; an interval that includes zero shows no difference.{}",
            phrase::level(subject.report.options.level),
            if shaded {
                " Shaded: differences within the policy's margin."
            } else {
                ""
            },
        ),
    })
}

/// Differences in the order of the table of metrics.
fn differences<'a>(subject: &Subject<'a>) -> Vec<Difference<'a>> {
    METRICS
        .iter()
        .filter_map(|m| Some((m, subject.difference(m.id)?)))
        .collect()
}

/// Units in the order they are drawn, with heading, axis title and factor.
const UNITS: [(&[Unit], &str, &str, f64); 6] = [
    (&[Unit::Share, Unit::Points], "Shares", "Difference, points", 100.0),
    (&[Unit::Score], "Scores", "Difference", 1.0),
    (&[Unit::Seconds], "Times", "Difference, s", 1.0),
    (&[Unit::Dollars], "Cost", "Difference, $", 1.0),
    (
        &[Unit::Tokens, Unit::TokensPerSecond, Unit::Count],
        "Amounts",
        "Difference",
        1.0,
    ),
    (&[Unit::Ratio], "Ratios", "Difference", 1.0),
];

fn panels(subject: &Subject, differences: &[Difference]) -> Vec<(&'static str, Forest)> {
    let panel = |&(units, heading, title, factor): &(&[Unit], &'static str, &str, f64)| {
        let of_unit: Vec<&Difference> = differences.iter().filter(|d| units.contains(&d.1.unit)).collect();
        let rows: Vec<Row> = of_unit.iter().map(|d| row(d)).collect();
        if rows.is_empty() {
            return None;
        }
        // One margin can be shaded only where it holds for every row of the panel.
        let margins: Vec<Option<f64>> = of_unit.iter().map(|d| subject.margin(d.0.id)).collect();
        let margin = margins
            .first()
            .copied()
            .flatten()
            .filter(|m| margins.iter().all(|n| *n == Some(*m)));
        let others: Vec<f64> = margin.map_or(vec![0.0], |m| vec![-m, 0.0, m]);
        let (axis, ticks) = forest::axis_around(title, &rows, &others, (f64::MIN, f64::MAX), factor);
        let forest = Forest {
            axis,
            ticks,
            reference: Some((0.0, "no difference".to_owned())),
            region: margin.map(|m| (-m, m)),
            rows,
        };
        Some((heading, forest))
    };
    UNITS.iter().filter_map(panel).collect()
}

fn row((metric, estimate): &Difference) -> Row {
    let words = text::difference(estimate);
    let judged = judged(metric.direction, estimate);
    Row {
        name: metric.title.to_owned(),
        short: abbreviated(metric.title),
        label: format!(
            "{}: {words} against the baseline, n = {} ({})",
            metric.title,
            text::count(estimate.n),
            metric.direction.words()
        ),
        words: format!("{words}{judged}"),
        estimate: (*estimate).clone(),
        ..Row::default()
    }
}

/// Whether a difference that is shown is for the better: `, better`; empty where neither is shown or meant.
fn judged(direction: Direction, difference: &Estimate) -> &'static str {
    let is_more = match difference.interval() {
        Some((low, _)) if low > 0.0 => true,
        Some((_, high)) if high < 0.0 => false,
        _ => return "",
    };
    match (direction, is_more) {
        (Direction::Larger, true) | (Direction::Smaller, false) => ", better",
        (Direction::Larger, false) | (Direction::Smaller, true) => ", worse",
        (Direction::Zero | Direction::One, _) => "",
    }
}

/// A title by its abbreviation: `ECE, 15 equal-width bins` for `Expected calibration error (ECE), 15 equal-width bins`.
fn abbreviated(title: &str) -> Option<String> {
    let (_, rest) = title.split_once('(')?;
    let (short, rest) = rest.split_once(')')?;
    Some(format!("{short}{rest}"))
}

fn reading(differences: &[Difference]) -> String {
    let Some((metric, estimate)) = differences.first() else {
        return String::new();
    };
    let shown = differences
        .iter()
        .filter(|d| d.1.interval().is_some_and(|(l, h)| l > 0.0 || h < 0.0))
        .count();
    let verdict = match estimate.interval() {
        Some((low, high)) if low > 0.0 || high < 0.0 => {
            format!("the interval excludes zero{}", judged(metric.direction, estimate))
        }
        _ => "the interval includes zero, so this shows no difference".to_owned(),
    };
    format!(
        "{}: {} against the baseline (n = {}): {verdict}; {} of {} differences exclude zero.",
        metric.title,
        text::difference(estimate),
        text::count(estimate.n),
        shown,
        differences.len()
    )
}

fn table(differences: &[Difference]) -> Table {
    let headers = ["metric", "samples", "difference", "low", "high", "better", "method"];
    let row = |(metric, estimate): &Difference| {
        let mut cells = vec![Cell::text(metric.title), Cell::count(estimate.n)];
        cells.extend(phrase::cells(estimate));
        cells.push(Cell::text(metric.direction.words()));
        cells.push(Cell::text(estimate.method.as_str()));
        cells
    };
    Table {
        caption: "Candidate less baseline".to_owned(),
        headers: headers.map(str::to_owned).into(),
        rows: differences.iter().map(row).collect(),
    }
}
