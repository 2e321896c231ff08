//! Tables of a section that no chart draws.

use leptos::prelude::*;

use super::{plot, turn::Fold};
use crate::{
    chart::{Cell, Table},
    estimate::{Estimate, Unit},
    report::{Calibration, CoOccurrence, Decomposition, Failures, Latency, Report, SliceRow, Slices},
    text,
};

/// The tables of section `id`, folded.
#[must_use]
pub fn tables(id: &str, report: &Report) -> impl IntoView + use<> {
    let tables = match id {
        "calibration" => report.calibration.ready().map(calibration).unwrap_or_default(),
        "latency" => report.latency.ready().map(latency).unwrap_or_default(),
        "failures" => report.failures.ready().map(failures).unwrap_or_default(),
        "slices" => report.slices.ready().map(slices).unwrap_or_default(),
        _ => Vec::new(),
    };
    let tables = tables.into_iter().filter(|table| !table.rows.is_empty()).map(|table| {
        let title = table.caption.clone();
        let draw = move || view! { <div class="scroll">{plot::table(&table)}</div> }.into_any();
        view! { <Fold title draw /> }
    });
    view! { <div class="folds">{tables.collect_view()}</div> }
}

fn made(caption: &str, headers: &[&str], rows: Vec<Vec<Cell>>) -> Table {
    Table {
        caption: caption.to_owned(),
        headers: headers.iter().map(|&h| h.to_owned()).collect(),
        rows,
    }
}

fn number(value: f64, unit: Unit) -> Cell {
    Cell::number(value, text::number(value, unit))
}

fn estimate(estimate: &Estimate) -> Cell {
    Cell::text(match estimate.value {
        Some(_) => text::estimate(estimate),
        None => format!("{} {}", text::ABSENT, estimate.why),
    })
}

fn named((name, value): &(String, Estimate)) -> Vec<Cell> {
    vec![Cell::text(name.as_str()), estimate(value), Cell::count(value.n)]
}

fn calibration(section: &Calibration) -> Vec<Table> {
    let variants = section.variants.iter().map(|variant| {
        let value = variant
            .value
            .map_or_else(|| Cell::text(text::ABSENT), |value| number(value, Unit::Score));
        vec![
            Cell::text(variant.name.as_str()),
            value,
            Cell::text(variant.why.as_str()),
        ]
    });
    let split = |name: &str, split: &Option<Decomposition>| {
        split.as_ref().map(|split| {
            let mut row = vec![Cell::text(name)];
            let parts = [
                split.score,
                split.miscalibration,
                split.discrimination,
                split.uncertainty,
            ];
            row.extend(parts.map(|part| number(part, Unit::Score)));
            row.push(
                split
                    .null_miscalibration
                    .map_or_else(|| Cell::text(text::ABSENT), |null| number(null, Unit::Score)),
            );
            row
        })
    };
    let splits = [
        split("Brier score", &section.brier_split),
        split("Log loss", &section.log_split),
    ];
    let mut others: Vec<Vec<Cell>> = section.cox.iter().map(named).collect();
    others.push(named(&(
        "AUROC of confidence for right".to_owned(),
        section.auroc.clone(),
    )));
    others.extend(section.multiclass.iter().map(named));
    let areas = section
        .selective_scores
        .iter()
        .map(|(name, value)| vec![Cell::text(name.as_str()), number(*value, Unit::Score)]);
    vec![
        made(
            "Calibration errors by scheme",
            &["Score", "Value", "Note"],
            variants.collect(),
        ),
        made(
            "Scores taken apart: score = miscalibration − discrimination + uncertainty",
            &[
                "Score",
                "Mean",
                "Miscalibration",
                "Discrimination",
                "Uncertainty",
                "Miscalibration a calibrated model would show",
            ],
            splits.into_iter().flatten().collect(),
        ),
        made("Slope, ranking and classes", &["Number", "Value", "n"], others),
        made("Selective prediction", &["Area", "Value"], areas.collect()),
    ]
}

fn latency(section: &Latency) -> Vec<Table> {
    let mut rows: Vec<Vec<Cell>> = section.tpot.iter().map(named).collect();
    rows.extend(
        section
            .throughput
            .iter()
            .map(|value| named(&("Throughput".to_owned(), value.clone()))),
    );
    vec![made(
        "Time per output token and throughput",
        &["Number", "Value", "n"],
        rows,
    )]
}

fn failures(section: &Failures) -> Vec<Table> {
    let pair = |pair: &CoOccurrence| {
        let phi = pair
            .phi
            .map_or_else(|| Cell::text(text::ABSENT), |phi| number(phi, Unit::Score));
        vec![
            Cell::text(pair.a.as_str()),
            Cell::text(pair.b.as_str()),
            Cell::count(pair.both),
            number(pair.jaccard, Unit::Score),
            phi,
            Cell::number(pair.q, text::p_value(pair.q)),
        ]
    };
    let counted = |rows: &[(String, u64)]| {
        rows.iter()
            .map(|(name, n)| vec![Cell::text(name.as_str()), Cell::count(*n)])
            .collect()
    };
    vec![
        made(
            &format!(
                "Categories on the same samples, {} tests, Benjamini–Hochberg",
                section.pairs.len()
            ),
            &["Category", "Category", "Both", "Jaccard", "Phi", "Adjusted p"],
            section.pairs.iter().map(pair).collect(),
        ),
        made(
            "Exact combinations of categories",
            &["Combination", "Samples"],
            counted(&section.combinations),
        ),
        made(
            "What errored samples say",
            &["Error", "Samples"],
            counted(&section.errors),
        ),
    ]
}

fn slices(section: &Slices) -> Vec<Table> {
    let row = |row: &SliceRow| {
        let conditions: Vec<String> = row
            .conditions
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        let q = row
            .q
            .map_or_else(|| Cell::text(text::ABSENT), |q| Cell::number(q, text::p_value(q)));
        vec![
            Cell::text(text::list(&conditions)),
            Cell::count(row.n),
            estimate(&row.accuracy),
            Cell::text(text::difference(&row.difference)),
            q,
            row.gap.as_ref().map_or_else(|| Cell::text(text::ABSENT), estimate),
            row.p95_secs
                .map_or_else(|| Cell::text(text::ABSENT), |secs| number(secs, Unit::Seconds)),
        ]
    };
    let headers = [
        "Slice",
        "n",
        "Accuracy",
        "Failure rate less that of the rest",
        "Adjusted p",
        "Calibration gap",
        "p95 latency",
    ];
    let tested = text::count(section.tested);
    vec![
        made(
            &format!(
                "Weak slices: {tested} tested, Benjamini–Hochberg, at least {} samples each",
                section.support
            ),
            &headers,
            section.weak.iter().map(row).collect(),
        ),
        made(
            "Every value of every slice",
            &headers,
            section.rows.iter().map(row).collect(),
        ),
    ]
}
