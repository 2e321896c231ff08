//! What a link carries of a review: what the page shows of it without the files.
//!
//! Left out without a word are the history (its head and length are carried), columns that the contract does not name,
//! equal-mass bins, drift by column (its largest index is a metric), edges of quintiles and judgements to choose from: the
//! page shows none of them without the files. Of a weak slice in the other half only whether it held is carried (nothing where none was found), and of the
//! two tests of latency the second only where it says something else than the first. Of a baseline, what is drawn or said about it is carried: lineage, counts,
//! four headline numbers, latency quantiles, curves, categories and accuracy of the slices. Whatever else is cut is named in
//! [`Report::left_out`].

use crate::report::{Calibration, FailureMode, Failures, Latency, LeftOut, Report, Section, SliceRow, Slices};
use crate::review::verdict::column_name;
use crate::review::{Anchor, Review};

/// Slices carried, beside those that somebody names.
const MOST_SLICES: usize = 8;
/// Weak slices carried.
const MOST_WEAK: usize = 3;
/// Changed samples carried by id, each way.
const MOST_CHANGED: usize = 3;
/// Categories of failure carried.
const MOST_MODES: usize = 12;
/// Combinations of categories carried.
const MOST_COMBINATIONS: usize = 24;
/// Problems carried.
const MOST_PROBLEMS: usize = 4;
/// Numbers of a baseline that are shown beside those of its candidate.
const OF_BASELINE: [&str; 7] = [
    "accuracy",
    "calibration.gap",
    "failures.rate",
    "latency.p50",
    "latency.p90",
    "latency.p95",
    "latency.p99",
];
/// Said where a section of a baseline would be.
const NOT_OF_BASELINE: &str = "The link carries only what is drawn of a baseline.";

/// Whether a slice is named.
type Named = dyn Fn(&SliceRow) -> bool;

/// `review` as a link carries it.
pub(super) fn carried(review: &Review) -> Review {
    let mut carried = review.clone();
    carried.events.clear();
    let columns = columns(review);
    let named = named(review);
    let is_named = move |row: &SliceRow| matches!(row.conditions.as_slice(), [one] if named.contains(one));
    for report in &mut carried.reports {
        let named: Vec<String> = columns
            .iter()
            .map(|name| column_name(report, name).0.to_owned())
            .collect();
        report.columns.retain(|column| named.contains(&column.name));
        trim(report, &is_named);
    }
    carried
}

/// Columns that the contract names.
fn columns(review: &Review) -> Vec<String> {
    let contract = review.state.policy.as_ref().and_then(|policy| policy.contract.clone());
    let mut named: Vec<String> = Vec::new();
    if let Some(contract) = contract {
        named.extend(contract.required);
        named.extend(contract.missing_at_most.into_keys());
        named.extend(contract.allowed.into_keys());
        named.extend(contract.types.into_keys());
        named.extend(contract.ranges.into_keys());
    }
    named
}

/// Slices that a gate, a trigger or a note names.
fn named(review: &Review) -> Vec<(String, String)> {
    let asks = review
        .state
        .policy
        .as_ref()
        .map(|policy| policy.asks())
        .unwrap_or_default();
    let noted = review.state.notes.iter().filter_map(|note| match &note.on {
        Anchor::Slice { name, value } => Some((name.clone(), value.clone())),
        _ => None,
    });
    asks.into_iter().filter_map(|ask| ask.slice).chain(noted).collect()
}

/// Notes that `carried` of more `what` are carried; says so once, with the number there were at first.
fn note(report: &mut Report, what: &str, carried: usize, of: usize) {
    if carried >= of {
        return;
    }
    match report.left_out.iter_mut().find(|own| own.what == what) {
        Some(own) => own.carried = carried as u64,
        None => report.left_out.push(LeftOut {
            what: what.to_owned(),
            carried: carried as u64,
            of: of as u64,
        }),
    }
}

fn cut<T>(report: &mut Report, what: &str, most: usize, list: impl Fn(&mut Report) -> Option<&mut Vec<T>>) {
    let Some(own) = list(report) else { return };
    let of = own.len();
    own.truncate(most);
    note(report, what, most, of);
}

fn trim(report: &mut Report, is_named: &Named) {
    if let Section::Ready(calibration) = &mut report.calibration {
        calibration.equal_mass = Default::default();
    }
    if let Section::Ready(slices) = &mut report.slices {
        slices.cuts.clear();
        slices.weak.iter_mut().for_each(|row| row.again = None);
    }
    if let Section::Ready(agreement) = &mut report.agreement {
        agreement.choices.clear();
    }
    cut(report, "problems", MOST_PROBLEMS, |report| Some(&mut report.problems));
    cut(report, "categories of failure", MOST_MODES, |report| {
        Some(&mut ready(&mut report.failures)?.modes)
    });
    cut(report, "combinations of categories", MOST_COMBINATIONS, |report| {
        Some(&mut ready(&mut report.failures)?.combinations)
    });
    slices(report, is_named);
    cut(report, "weak slices", MOST_WEAK, |report| {
        Some(&mut ready(&mut report.slices)?.weak)
    });
    cut(report, "newly failing samples by id", MOST_CHANGED, |report| {
        Some(&mut report.comparison.as_mut()?.flips.as_mut()?.failing_ids)
    });
    cut(report, "newly passing samples by id", MOST_CHANGED, |report| {
        Some(&mut report.comparison.as_mut()?.flips.as_mut()?.passing_ids)
    });
    changed(report);
    cut(report, "intersections of groups", 0, |report| {
        Some(&mut ready(&mut report.fairness)?.intersections)
    });
    let rows = report.slices.ready().map(|own| own.rows.clone()).unwrap_or_default();
    if let Some(comparison) = &mut report.comparison {
        if !comparison.tests_disagree() {
            comparison.slower_any_spread = None;
        }
        comparison.drift.clear();
        *comparison.baseline = baseline(&comparison.baseline, &rows);
    }
}

fn ready<T>(section: &mut Section<T>) -> Option<&mut T> {
    match section {
        Section::Ready(own) => Some(own),
        Section::Missing(_) => None,
    }
}

/// Ids of changed samples that the report itself had cut are counted with those left out here.
fn changed(report: &mut Report) {
    let Some(flips) = report.comparison.as_ref().and_then(|own| own.flips.as_ref()) else {
        return;
    };
    let counts = [
        ("newly failing samples by id", flips.newly_failing),
        ("newly passing samples by id", flips.newly_passing),
    ];
    for (what, count) in counts {
        if let Some(own) = report.left_out.iter_mut().find(|own| own.what == what) {
            own.of = count;
        }
    }
}

/// Keeps the most telling slices: those that somebody names, then by adjusted p, then by accuracy; in their order.
fn slices(report: &mut Report, is_named: &Named) {
    let Section::Ready(own) = &mut report.slices else {
        return;
    };
    let of = own.rows.len();
    let mut order: Vec<usize> = (0..of).collect();
    let key = |place: &usize| {
        let row = own.rows.get(*place);
        let named = row.is_some_and(is_named);
        let q = row.and_then(|row| row.q).unwrap_or(2.0);
        let accuracy = row.and_then(|row| row.accuracy.value).unwrap_or(1.0);
        (!named, q, accuracy)
    };
    order.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2))
    });
    let most = MOST_SLICES.max(own.rows.iter().filter(|row| is_named(row)).count());
    order.truncate(most);
    let mut place = 0;
    own.rows.retain(|_| {
        place += 1;
        order.contains(&(place - 1))
    });
    note(report, "slices", most, of);
}

/// A baseline with what is drawn or said of it. `rows`: the slices that are carried of its candidate.
fn baseline(own: &Report, rows: &[SliceRow]) -> Report {
    let shown = own.metrics.iter().filter(|(id, _)| OF_BASELINE.contains(&id.as_str()));
    Report {
        meta: crate::run::Meta {
            reported: Vec::new(),
            ..own.meta.clone()
        },
        rule: own.rule.clone(),
        files: own.files.clone(),
        options: own.options.clone(),
        counts: own.counts,
        metrics: shown.map(|(id, estimate)| (id.clone(), estimate.clone())).collect(),
        confidence_sources: own
            .confidence_sources
            .iter()
            .filter(|source| source.chosen)
            .cloned()
            .collect(),
        calibration: kept(&own.calibration, calibration),
        latency: kept(&own.latency, latency),
        failures: kept(&own.failures, failures),
        slices: kept(&own.slices, |own| of_slices(own, rows)),
        repeats: Section::Missing(NOT_OF_BASELINE.to_owned()),
        agreement: Section::Missing(NOT_OF_BASELINE.to_owned()),
        robustness: Section::Missing(NOT_OF_BASELINE.to_owned()),
        fairness: Section::Missing(NOT_OF_BASELINE.to_owned()),
        ..Report::default()
    }
}

fn kept<T>(section: &Section<T>, part: impl FnOnce(&T) -> T) -> Section<T> {
    match section {
        Section::Ready(own) => Section::Ready(part(own)),
        Section::Missing(why) => Section::Missing(why.clone()),
    }
}

fn calibration(own: &Calibration) -> Calibration {
    Calibration {
        n: own.n,
        confidence_of: own.confidence_of,
        source: own.source.clone(),
        mean_confidence: own.mean_confidence,
        frequency: own.frequency,
        distinct: own.distinct,
        is_discrete: own.is_discrete,
        equal_width: own.equal_width.clone(),
        distinct_values: own.distinct_values.clone(),
        histogram: own.histogram.clone(),
        corp: own.corp.clone(),
        risk_coverage: own.risk_coverage.clone(),
        ..Calibration::default()
    }
}

fn latency(own: &Latency) -> Latency {
    Latency {
        n: own.n,
        source: own.source.clone(),
        range: own.range,
        ecdf: own.ecdf.clone(),
        quantiles: own.quantiles.clone(),
        is_long_tailed: own.is_long_tailed,
        timed_out: own.timed_out,
        ..Latency::default()
    }
}

fn failures(own: &Failures) -> Failures {
    let mode = |mode: &FailureMode| FailureMode {
        cumulative: 0.0,
        ..mode.clone()
    };
    Failures {
        failed: own.failed,
        scored: own.scored,
        modes: own.modes.iter().take(MOST_MODES).map(mode).collect(),
        ..Failures::default()
    }
}

fn of_slices(own: &Slices, rows: &[SliceRow]) -> Slices {
    let same = |row: &SliceRow| own.rows.iter().find(|other| other.conditions == row.conditions);
    let kept = rows.iter().filter_map(same).map(|row| SliceRow {
        conditions: row.conditions.clone(),
        n: row.n,
        accuracy: row.accuracy.clone(),
        ..SliceRow::default()
    });
    Slices {
        rows: kept.collect(),
        ..Slices::default()
    }
}
