//! Tables of a section that no chart draws.

use leptos::prelude::*;

use super::{plot, turn::Fold};
use crate::{
    chart::{Cell, Table},
    estimate::{Estimate, Unit},
    report::{
        Agreement, Calibration, CoOccurrence, Comparison, Counts, Crossed, Decomposition, DriftRow, Failures, Fairness,
        Group, Intersection, Latency, Repeats, Report, Robustness, SliceRow, Slices, Variant,
    },
    text,
};

/// The tables of section `id`, folded.
#[must_use]
pub fn tables(id: &str, report: &Report) -> impl IntoView + use<> {
    let tables = match id {
        "calibration" => report.calibration.ready().map(calibration).unwrap_or_default(),
        "latency" => report.latency.ready().map(latency).unwrap_or_default(),
        "failures" => {
            let own = report.failures.ready();
            own.map(|own| failures(own, report.options.level)).unwrap_or_default()
        }
        "slices" => {
            let own = report.slices.ready();
            own.map(|own| slices(own, report.counts)).unwrap_or_default()
        }
        "drift" => report.comparison.as_ref().map(drift).unwrap_or_default(),
        "repeats" => report.repeats.ready().map(repeats).unwrap_or_default(),
        "agreement" => report.agreement.ready().map(agreement).unwrap_or_default(),
        "robustness" => report.robustness.ready().map(robustness).unwrap_or_default(),
        "fairness" => report.fairness.ready().map(fairness).unwrap_or_default(),
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

/// Combinations exclude one another, so their intervals hold together.
fn combinations(section: &Failures, level: f64) -> Table {
    let shares = section.combination_shares(level);
    let row = |(place, (name, count)): (usize, &(String, u64))| {
        let share = shares.get(place).map(estimate);
        [Cell::text(name.as_str()), Cell::count(*count)]
            .into_iter()
            .chain(share)
            .collect()
    };
    let headers = ["Combination", "Samples", "Share of failed samples"];
    let caption = if shares.is_empty() {
        "Exact combinations of categories".to_owned()
    } else {
        format!(
            "Exact combinations of categories; the intervals of all {} hold together (Goodman)",
            shares.len()
        )
    };
    let shown = if shares.is_empty() { 2 } else { 3 };
    made(
        &caption,
        headers.get(..shown).unwrap_or(&headers),
        section.combinations.iter().enumerate().map(row).collect(),
    )
}

fn failures(section: &Failures, level: f64) -> Vec<Table> {
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
        combinations(section, level),
        made(
            "What errored samples say",
            &["Error", "Samples"],
            counted(&section.errors),
        ),
    ]
}

fn slices(section: &Slices, counts: Counts) -> Vec<Table> {
    let held = |row: &SliceRow| {
        let again = row.again.as_ref().map(text::difference);
        let again = again.map_or(String::new(), |words| format!(": {words}"));
        Cell::text(match row.held {
            Some(true) => format!("holds{again}"),
            Some(false) => format!("not shown{again}"),
            None => "not found in half of the items alone".to_owned(),
        })
    };
    let row = |row: &SliceRow| {
        let q = row
            .q
            .map_or_else(|| Cell::text(text::ABSENT), |q| Cell::number(q, text::p_value(q)));
        vec![
            Cell::text(section.words(row)),
            Cell::count(row.n),
            estimate(&row.accuracy),
            Cell::text(text::difference(&row.difference)),
            q,
            row.gap.as_ref().map_or_else(|| Cell::text(text::ABSENT), estimate),
            row.p95_secs
                .map_or_else(|| Cell::text(text::ABSENT), |secs| number(secs, Unit::Seconds)),
            score(Slices::score(row, counts)),
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
        "SliceLine score",
    ];
    let weak_headers: Vec<&str> = headers.iter().copied().chain(["In the other half"]).collect();
    let weak = |own: &SliceRow| row(own).into_iter().chain([held(own)]).collect();
    let confirmed = section.confirmed().unwrap_or_default();
    let tested = text::count(section.tested);
    vec![
        made(
            &format!(
                "Weak slices: {tested} tested, Benjamini–Hochberg, at least {} samples each. {confirmed} SliceLine's score \
                 (above 0: worse than its size excuses) ranks, it is no test",
                section.support
            ),
            &weak_headers,
            section.weak.iter().map(weak).collect(),
        ),
        made(
            "Every value of every slice",
            &headers,
            section.rows.iter().map(row).collect(),
        ),
    ]
}

fn share(value: Option<f64>) -> Cell {
    value.map_or_else(|| Cell::text(text::ABSENT), |value| number(value, Unit::Share))
}

fn score(value: Option<f64>) -> Cell {
    value.map_or_else(|| Cell::text(text::ABSENT), |value| number(value, Unit::Score))
}

fn p_value(p: Option<f64>) -> Cell {
    p.map_or_else(|| Cell::text(text::ABSENT), |p| Cell::number(p, text::p_value(p)))
}

fn drift(comparison: &Comparison) -> Vec<Table> {
    let row = |row: &DriftRow| {
        vec![
            Cell::text(row.column.as_str()),
            Cell::count(row.n.0),
            Cell::count(row.n.1),
            number(row.psi, Unit::Score),
            score(row.null_psi),
            number(row.js_divergence, Unit::Score),
            share(Some(row.total_variation)),
            score(row.ks.map(|(distance, _)| distance)),
            score(row.wasserstein_normed),
            p_value(row.chi2_q),
            score(row.cramers_v),
        ]
    };
    let tested = comparison.drift.iter().filter(|row| row.chi2_q.is_some()).count() as u64;
    let caption = format!(
        "Columns against the baseline, largest shift first; {} by χ², Benjamini–Hochberg",
        text::counted(tested, "test")
    );
    let headers = [
        "Column",
        "n in the baseline",
        "n here",
        "Population stability index (PSI)",
        "PSI of no shift, up to",
        "Jensen–Shannon divergence, bits",
        "Total variation",
        "Kolmogorov–Smirnov distance",
        "Wasserstein distance, standard deviations",
        "Adjusted p",
        "Cramér's V",
    ];
    vec![made(&caption, &headers, comparison.drift.iter().map(row).collect())]
}

fn repeats(section: &Repeats) -> Vec<Table> {
    let rows = section.variance.map(|(between, within)| {
        [("Between items", between), ("Within an item", within)]
            .map(|(name, value)| vec![Cell::text(name), number(value, Unit::Score)])
            .into()
    });
    vec![made(
        "Variance of right and wrong",
        &["Part", "Variance"],
        rows.unwrap_or_default(),
    )]
}

fn agreement(section: &Agreement) -> Vec<Table> {
    let classes = section.classes.iter().zip(&section.by_class);
    let rows = classes.map(|(name, (precision, recall, f1))| {
        vec![Cell::text(name.as_str()), share(*precision), share(*recall), score(*f1)]
    });
    let headers = ["Class", "Precision", "Recall", "F1"];
    let caption = format!("By class, {} taken for right", section.rows);
    vec![
        made(
            "Agreement",
            &["Number", "Value", "n"],
            section.scores.iter().map(named).collect(),
        ),
        made(&caption, &headers, rows.collect()),
    ]
}

fn robustness(section: &Robustness) -> Vec<Table> {
    let row = |variant: &Variant| {
        vec![
            Cell::text(variant.name.as_str()),
            Cell::count(variant.n),
            share(Some(variant.accuracy.0)),
            share(Some(variant.accuracy.1)),
            Cell::text(text::difference(&variant.drop)),
            estimate(&variant.relative),
            estimate(&variant.flips.0),
            estimate(&variant.flips.1),
            estimate(&variant.changed),
        ]
    };
    let headers = [
        "Variant",
        "Items in both",
        "Right, clean",
        "Right, perturbed",
        "Difference",
        "Relative drop",
        "Right to wrong",
        "Wrong to right",
        "Answer changed",
    ];
    let caption = format!(
        "Against “{}” of “{}”, same items; {}, intervals not adjusted",
        section.column.1,
        section.column.0,
        text::counted(section.variants.len() as u64, "comparison")
    );
    vec![made(&caption, &headers, section.variants.iter().map(row).collect())]
}

fn fairness(section: &Fairness) -> Vec<Table> {
    let differences = section.groups.iter().flat_map(|group: &Group| {
        let one = |(name, difference, p): &(String, Estimate, Option<f64>)| {
            vec![
                Cell::text(group.name.as_str()),
                Cell::count(group.n),
                Cell::text(name.as_str()),
                Cell::text(text::difference(difference)),
                p_value(*p),
            ]
        };
        group.differences.iter().map(one).collect::<Vec<_>>()
    });
    let caption = format!(
        "Differences to “{}”: {}, Holm over the groups of each rate",
        section.reference,
        text::counted(section.tested, "test")
    );
    let mut tables = vec![
        made(
            &caption,
            &["Group", "n", "Rate", "Difference", "Adjusted p"],
            differences.collect(),
        ),
        made(
            "Gaps over groups of 30 samples and more",
            &["Gap", "Value", "n"],
            section.gaps.iter().map(named).collect(),
        ),
    ];
    tables.extend(section.intersections.iter().map(intersection));
    tables
}

/// Groups crossed with those of another column.
fn intersection(own: &Intersection) -> Table {
    let row = |cell: &Crossed| {
        let difference = match (&cell.difference, cell.is_small) {
            (Some(difference), _) => text::difference(difference),
            (None, true) => "under 30 samples, not compared".to_owned(),
            (None, false) => "the one compared with".to_owned(),
        };
        vec![
            Cell::text(cell.name.as_str()),
            Cell::count(cell.n),
            estimate(&cell.accuracy),
            cell.selection
                .as_ref()
                .map_or_else(|| Cell::text(text::ABSENT), estimate),
            Cell::text(difference),
            p_value(cell.p),
        ]
    };
    let caption = format!(
        "Where groups meet those of “{}”, against {}: {}, Holm",
        own.column,
        own.reference,
        text::counted(own.tested, "test")
    );
    let headers = [
        "Intersection",
        "n",
        "Accuracy",
        "Selection rate",
        "Difference in accuracy",
        "Adjusted p",
    ];
    made(&caption, &headers, own.cells.iter().map(row).collect())
}
