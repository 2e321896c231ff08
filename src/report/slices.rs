//! Accuracy by slice, and the scan for weak slices with every test counted.

use super::agreement::is_of_people;
use super::calibration::{Pairs, gap};
use super::input::{Input, Progress, rate};
use super::section::range_names;
use super::stage::Refine;
use super::{Report, Section, SliceRow, Slices};
use crate::estimate::{Estimate, Unit};
use crate::run::{Codes, Numbers, Samples};
use crate::stat::difference::newcombe;
use crate::stat::quantile::{Ratio, select_nearest_rank};
use crate::stat::recalibration::fold_of;
use crate::stat::robustness::{Group, group_intervals, worst_group};
use crate::stat::slice::{Confirmation, Predicate, ScanRule, SliceTest, Total, count_slices, finds, scan, split_half};

/// Columns with more values than this are labels, not slices.
const MOST_VALUES: usize = 100;
/// Weak slices kept.
const MOST_WEAK: usize = 20;
/// Fewest samples of a slice that counts for the weakest.
const FEWEST: u64 = 30;
/// Adjusted p below which a slice is weak.
const LIMIT: f64 = 0.05;
/// Up to this many samples, slices also state their confidence gap and p95.
const MOST_DETAILED: u64 = 300_000;

/// Number columns cut into quintiles, at most.
const MOST_NUMBERS: usize = 20;
/// Names of the token columns, as drift calls them.
const TOKENS: [&str; 2] = ["input tokens", "output tokens"];

/// A column to slice by: code 0 where a row has no value, `c` for `names[c - 1]`.
struct Sliced {
    name: String,
    names: Vec<String>,
    codes: Vec<u32>,
    /// Inner edges of a number column.
    edges: Option<Vec<f64>>,
}

/// Metrics that the scan gives.
pub(super) const REFINED: [&str; 2] = ["slices.worst-accuracy", "slices.confirmed"];

/// Says that slices are being scanned, or why there are none.
pub(super) fn announce(input: &Input<'_>, report: &mut Report) {
    let why = if has_slices(input) {
        "Slices are being scanned …"
    } else {
        "No column to slice by: add columns such as language, subject or difficulty (at most 100 values each), or numbers."
    };
    report.slices = Section::Missing(why.to_owned());
}

fn has_slices(input: &Input<'_>) -> bool {
    !sliced(input, input.samples).is_empty() && input.counts.scored > 0
}

/// The scan, where there is something to scan.
pub(super) fn refine(input: &Input<'_>) -> Option<Box<dyn Refine>> {
    has_slices(input).then(|| Box::new(Scan) as Box<dyn Refine>)
}

struct Scan;

impl Refine for Scan {
    fn advance(&mut self, input: &Input<'_>, report: &mut Report) -> bool {
        compute(input, input.samples, report);
        true
    }

    fn progress(&self) -> Progress {
        Progress::of("Scanning slices", 1.0)
    }
}

/// Slices once more, number columns cut at the quintiles of `reference`; nothing to do without number columns.
pub(super) fn recut(input: &Input<'_>, reference: &Samples, report: &mut Report) {
    if !number_columns(input.samples).is_empty() && has_slices(input) {
        compute(input, reference, report);
    }
}

/// Every column to slice by, number columns cut at the quintiles of `reference`.
fn sliced(input: &Input<'_>, reference: &Samples) -> Vec<Sliced> {
    let mut columns = columns(input);
    columns.extend(cut(input.samples, reference));
    columns
}

fn compute(input: &Input<'_>, reference: &Samples, report: &mut Report) {
    let columns = sliced(input, reference);
    let rows = rows(input, &columns);
    report
        .metrics
        .insert("slices.worst-accuracy".to_owned(), worst(input, &rows));
    let found = scanned(input, &columns, rows);
    report
        .metrics
        .insert("slices.confirmed".to_owned(), confirmed(found.halves));
    report.slices = Section::Ready(found);
}

/// The share of slices found in one half of the items that are weak in the other half as well; slices overlap, so that it
/// has no interval.
pub(crate) fn confirmed(halves: Option<(u64, u64)>) -> Estimate {
    match halves {
        Some((found, held)) if found > 0 => {
            let share = held as f64 / found as f64;
            Estimate::new(share, (None, None), 0.0, found, "split half", Unit::Share)
        }
        _ => Estimate::undefined(
            "Half of the items alone show no weak slice.",
            0,
            "split half",
            Unit::Share,
        ),
    }
}

/// Whether a row belongs to the second half: by its cluster, else its item, so that what belongs together stays together.
fn is_second(input: &Input<'_>, row: usize) -> bool {
    let samples = input.samples;
    let own = samples.clusters.at(row).unwrap_or_else(|| samples.ids.at(row));
    match own {
        "" => row % 2 == 1,
        own => fold_of(own, 2) == 1,
    }
}

/// What the slices found in the first half came to in the second.
fn confirm(input: &Input<'_>, views: &[&[u32]], errors: &[bool], scored: &[usize]) -> Vec<Confirmation> {
    let second: Vec<bool> = scored.iter().map(|&row| is_second(input, row)).collect();
    split_half(views, errors, &second, LIMIT, input.alpha())
}

/// The row of a weak slice with what the other half said of it.
fn with_confirmation(input: &Input<'_>, row: SliceRow, found: Option<&Confirmation>) -> SliceRow {
    let again = found.and_then(|own| Some((own.difference?, own.count.n)));
    SliceRow {
        held: found.map(is_held),
        again: again.map(|(own, n)| {
            let ends = (Some(own.interval.low), Some(own.interval.high));
            Estimate::new(own.value, ends, input.level(), n, "Newcombe", Unit::Points)
        }),
        ..row
    }
}

fn is_held(own: &Confirmation) -> bool {
    own.p_holm < LIMIT
}

/// The slice columns with few enough values, by name.
fn columns(input: &Input<'_>) -> Vec<Sliced> {
    let own = input.samples.slices.iter();
    let mut columns: Vec<&(String, Codes)> = own
        .filter(|(_, codes)| !codes.is_absent() && (2..=MOST_VALUES).contains(&codes.names().len()))
        .collect();
    columns.sort_by_key(|(name, _)| name);
    let sliced = |(name, codes): &(String, Codes)| Sliced {
        name: name.clone(),
        names: codes.names().to_vec(),
        codes: (0..input.samples.len()).map(|row| codes.code(row)).collect(),
        edges: None,
    };
    columns.into_iter().map(sliced).collect()
}

/// The number column called `name`: an attribute, or tokens.
pub(super) fn numbers<'a>(samples: &'a Samples, name: &str) -> Option<&'a Numbers> {
    match TOKENS.iter().position(|own| *own == name) {
        Some(0) => Some(&samples.tokens_in),
        Some(_) => Some(&samples.tokens_out),
        None => samples
            .attributes
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, column)| column),
    }
}

/// Names of the number columns that hold a value, sorted. What people said of the answers is no property of the question.
fn number_columns(samples: &Samples) -> Vec<&str> {
    let own = samples.attributes.iter().map(|(name, _)| name.as_str());
    let mut names: Vec<&str> = own
        .chain(TOKENS)
        .filter(|name| !is_of_people(name) && numbers(samples, name).is_some_and(|column| column.count() > 0))
        .collect();
    names.sort_unstable();
    names.truncate(MOST_NUMBERS);
    names
}

/// Number columns cut at the quintiles of `reference`; those with a single bin are left out.
fn cut(samples: &Samples, reference: &Samples) -> Vec<Sliced> {
    let one = |name: &str| {
        let column = numbers(samples, name)?;
        let known = numbers(reference, name).filter(|own| own.count() > 0).unwrap_or(column);
        let edges = quintiles(known);
        (!edges.is_empty()).then(|| Sliced {
            name: name.to_owned(),
            names: range_names(&edges),
            codes: (0..samples.len())
                .map(|row| {
                    column
                        .at(row)
                        .map_or(0, |v| 1 + edges.partition_point(|edge| *edge < v) as u32)
                })
                .collect(),
            edges: Some(edges),
        })
    };
    number_columns(samples).into_iter().filter_map(one).collect()
}

/// Inner edges at 20, 40, 60 and 80 % of the values by nearest rank, without repeats and without the largest value.
fn quintiles(column: &Numbers) -> Vec<f64> {
    let mut values: Vec<f64> = column.present().collect();
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let fifths = (1..5).map(|fifth| Ratio::percent(fifth * 20));
    let mut edges: Vec<f64> = fifths.filter_map(|q| select_nearest_rank(&mut values, q)).collect();
    edges.dedup();
    edges.retain(|edge| *edge < largest);
    edges
}

/// One row for every value of every column.
fn rows(input: &Input<'_>, columns: &[Sliced]) -> Vec<SliceRow> {
    let mut rows = Vec::new();
    for column in columns {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); column.names.len()];
        for row in input.scored_rows() {
            let code = column.codes.get(row).copied().unwrap_or(0);
            let place = (code as usize).checked_sub(1);
            if let Some(list) = place.and_then(|place| members.get_mut(place)) {
                list.push(row);
            }
        }
        let mut of_column: Vec<SliceRow> = column
            .names
            .iter()
            .zip(&members)
            .filter(|(_, members)| !members.is_empty())
            .map(|(value, members)| row(input, vec![(column.name.clone(), value.clone())], members))
            .collect();
        if column.edges.is_none() {
            of_column.sort_by(|a, b| a.conditions.cmp(&b.conditions));
        }
        rows.extend(of_column);
    }
    rows
}

fn row(input: &Input<'_>, conditions: Vec<(String, String)>, members: &[usize]) -> SliceRow {
    let n = members.len() as u64;
    let right = members.iter().filter(|&&row| input.outcome(row).is_right()).count() as u64;
    let is_detailed = input.counts.scored <= MOST_DETAILED;
    let accuracy = match input.groups() {
        Some(_) if is_detailed => super::accuracy::accuracy_of(input, members.iter().copied()),
        _ => rate(right, n, input.alpha(), Unit::Share, ""),
    };
    let pairs = is_detailed.then(|| Pairs::of(input, members.iter().copied())).flatten();
    let mut times: Vec<f64> = members.iter().filter_map(|&row| input.latency_at(row)).collect();
    SliceRow {
        conditions,
        n,
        accuracy,
        difference: difference(input, n, n - right),
        q: None,
        gap: pairs.map(|pairs| gap(input, &pairs)),
        p95_secs: select_nearest_rank(&mut times, Ratio::P95),
        ..SliceRow::default()
    }
}

/// Failure rate of a slice less that of the rest.
fn difference(input: &Input<'_>, n: u64, failed: u64) -> Estimate {
    let counts = input.counts;
    let (rest, rest_failed) = (counts.scored - n, counts.scored - counts.right - failed);
    match newcombe(failed, n, rest_failed, rest, input.alpha()) {
        Some(found) => {
            let ends = (Some(found.interval.low), Some(found.interval.high));
            Estimate::new(
                found.value,
                ends,
                input.level(),
                counts.scored,
                "Newcombe",
                Unit::Points,
            )
        }
        None => Estimate::undefined("The slice holds every scored sample.", n, "Newcombe", Unit::Points),
    }
}

/// The weakest slice among those large enough, at a level corrected for their number.
fn worst(input: &Input<'_>, rows: &[SliceRow]) -> Estimate {
    let large: Vec<(Group, &SliceRow)> = rows
        .iter()
        .filter(|row| row.n >= FEWEST)
        .map(|row| {
            let right = row.accuracy.value.unwrap_or(0.0) * row.n as f64;
            (
                Group {
                    n: row.n,
                    right: right.round() as u64,
                },
                row,
            )
        })
        .collect();
    let groups: Vec<Group> = large.iter().map(|(group, _)| *group).collect();
    let intervals = group_intervals(&groups, input.alpha());
    let found =
        worst_group(&groups, FEWEST).and_then(|place| Some((groups.get(place)?, intervals.get(place)?.as_ref()?)));
    match found {
        Some((group, interval)) => {
            let value = group.right as f64 / group.n as f64;
            let ends = (Some(interval.low), Some(interval.high));
            Estimate::new(value, ends, input.level(), group.n, "Wilson, Bonferroni", Unit::Share)
        }
        None => {
            let why = "No slice has 30 scored samples.";
            Estimate::undefined(why, input.counts.scored, "Wilson, Bonferroni", Unit::Share)
        }
    }
}

fn scanned(input: &Input<'_>, columns: &[Sliced], mut rows: Vec<SliceRow>) -> Slices {
    let scored: Vec<usize> = input.scored_rows().collect();
    let errors: Vec<bool> = scored.iter().map(|&row| !input.outcome(row).is_right()).collect();
    let code = |column: &Sliced, row: usize| column.codes.get(row).copied().unwrap_or(0);
    let codes: Vec<Vec<u32>> = columns
        .iter()
        .map(|column| scored.iter().map(|&row| code(column, row)).collect())
        .collect();
    let views: Vec<&[u32]> = codes.iter().map(Vec::as_slice).collect();
    let counts = input.counts;
    let total = Total {
        n: counts.scored,
        errors: counts.scored - counts.right,
    };
    let rule = ScanRule {
        alpha: input.alpha(),
        ..ScanRule::usual(counts.scored)
    };
    let tests = scan(total, &count_slices(&views, &errors), rule);
    let named = |predicates: &[Predicate]| -> Vec<(String, String)> {
        let name = |p: &Predicate| {
            let column = columns.get(p.column as usize)?;
            let value = column.names.get((p.code as usize).checked_sub(1)?)?;
            Some((column.name.clone(), value.clone()))
        };
        predicates.iter().filter_map(name).collect()
    };
    for test in tests.iter().filter(|test| test.count.predicates.len() == 1) {
        let conditions = named(&test.count.predicates);
        if let Some(row) = rows.iter_mut().find(|row| row.conditions == conditions) {
            row.q = Some(test.q);
        }
    }
    let mut weak: Vec<(&SliceTest, Vec<(String, String)>)> = finds(&tests, LIMIT, input.alpha())
        .into_iter()
        .map(|test| (test, named(&test.count.predicates)))
        .collect();
    let low = |test: &SliceTest| test.difference.interval.low;
    weak.sort_by(|a, b| low(b.0).total_cmp(&low(a.0)).then_with(|| a.1.cmp(&b.1)));
    weak.truncate(MOST_WEAK);
    let members = |predicates: &[Predicate]| -> Vec<usize> {
        let holds = |row: usize, p: &Predicate| columns.get(p.column as usize).is_some_and(|c| code(c, row) == p.code);
        let all = scored.iter().copied();
        all.filter(|&row| predicates.iter().all(|p| holds(row, p))).collect()
    };
    let halves = confirm(input, &views, &errors, &scored);
    let half = |test: &SliceTest| halves.iter().find(|own| own.predicates == test.count.predicates);
    let held = halves.iter().filter(|own| is_held(own)).count() as u64;
    Slices {
        rows,
        weak: weak
            .into_iter()
            .map(|(test, conditions)| {
                let members = members(&test.count.predicates);
                let own = SliceRow {
                    q: Some(test.q),
                    ..row(input, conditions, &members)
                };
                with_confirmation(input, own, half(test))
            })
            .collect(),
        tested: tests.len() as u64,
        support: rule.min_support,
        cuts: columns
            .iter()
            .filter_map(|column| Some((column.name.clone(), column.edges.clone()?)))
            .collect(),
        halves: Some((halves.len() as u64, held)),
    }
}
