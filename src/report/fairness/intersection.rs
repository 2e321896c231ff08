//! Intersections of the groups with those of a second column: a gap may show only where two attributes meet.

use std::collections::BTreeMap;

use super::super::input::Input;
use super::super::robustness::variants;
use super::super::{Crossed, Intersection};
use super::{Counted, counted, difference_of};
use crate::estimate::{Estimate, Unit};
use crate::run::Codes;
use crate::stat::fairness::{AgainstReference, MIN_GROUP, Rate, against_reference};

/// Columns crossed at most, by name.
const MOST_COLUMNS: usize = 5;
/// Groups that a column may have to be crossed, and the cells of both columns together.
const MOST_GROUPS: usize = 6;
const MOST_CELLS: usize = 36;
/// Said where nothing can be crossed.
const NONE: &str = "No second column of groups (2 to 6 values) leaves two intersections of at least 30 scored samples.";

/// The groups of `column` crossed with every other column of few groups that leaves two cells of 30 samples or more, each
/// cell against the largest one of the group `reference`.
pub(super) fn intersections(input: &Input<'_>, column: &str, reference: &str, groups: &[Counted]) -> Vec<Intersection> {
    let of_variants = variants(input).map(|(name, _)| name);
    let mut columns: Vec<&(String, Codes)> = input
        .samples
        .slices
        .iter()
        .filter(|(name, _)| name != column && of_variants.as_ref() != Some(name))
        .collect();
    columns.sort_by_key(|(name, _)| name);
    columns
        .into_iter()
        .filter_map(|own| crossed(input, column, reference, groups, own))
        .take(MOST_COLUMNS)
        .collect()
}

fn crossed(
    input: &Input<'_>,
    column: &str,
    reference: &str,
    groups: &[Counted],
    (other, codes): &(String, Codes),
) -> Option<Intersection> {
    let mut cells: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for group in groups {
        for &row in &group.rows {
            if let Some(value) = codes.at(row) {
                cells.entry((group.name.as_str(), value)).or_default().push(row);
            }
        }
    }
    let values: std::collections::BTreeSet<&str> = cells.keys().map(|(_, value)| *value).collect();
    let large = cells.values().filter(|rows| rows.len() as u64 >= MIN_GROUP).count();
    if !(2..=MOST_GROUPS).contains(&values.len()) || groups.len() * values.len() > MOST_CELLS || large < 2 {
        return None;
    }
    // Of cells of one size the first by name.
    let largest = cells.iter().rev().filter(|((group, _), _)| *group == reference);
    let base = *largest.max_by_key(|(_, rows)| rows.len())?.0;
    let words = |(group, value): (&str, &str)| format!("{column}: {group} and {other}: {value}");
    let rate = |own: &Counted| Rate {
        count: own.right,
        n: own.rows.len() as u64,
    };
    let all: Vec<((&str, &str), Counted)> = cells
        .into_iter()
        .map(|(key, rows)| (key, counted(input, &words(key), rows)))
        .collect();
    let reference_rate = all.iter().find(|(key, _)| *key == base).map(|(_, own)| rate(own))?;
    let is_large = |own: &Counted| own.rows.len() as u64 >= MIN_GROUP;
    let tested: Vec<&((&str, &str), Counted)> = all.iter().filter(|(key, own)| *key != base && is_large(own)).collect();
    let rates: Vec<Rate> = tested.iter().map(|(_, own)| rate(own)).collect();
    let found: BTreeMap<(&str, &str), AgainstReference> = tested
        .iter()
        .zip(against_reference(&rates, reference_rate, input.alpha()))
        .filter_map(|((key, _), found)| Some((*key, found?)))
        .collect();
    Some(Intersection {
        column: other.clone(),
        reference: words(base),
        tested: found.len() as u64,
        cells: all.iter().map(|(key, own)| cell(input, own, found.get(key))).collect(),
    })
}

fn cell(input: &Input<'_>, own: &Counted, found: Option<&AgainstReference>) -> Crossed {
    let n = own.rows.len() as u64;
    Crossed {
        name: own.name.clone(),
        n,
        is_small: n < MIN_GROUP,
        accuracy: input.rate(own.right, n, ""),
        selection: own.binary.map(|binary| input.rate(binary.selected(), binary.n(), "")),
        difference: found.map(|found| difference_of(input, found, n)),
        p: found.map(|found| found.p_holm),
    }
}

/// The smallest difference of any intersection of 30 samples or more to the reference one.
pub(super) fn worst(found: &[Intersection]) -> Estimate {
    let cells = found.iter().flat_map(|own| &own.cells);
    let differences = cells.filter_map(|own| own.difference.as_ref());
    let worst = differences.min_by(|a, b| a.value.unwrap_or(0.0).total_cmp(&b.value.unwrap_or(0.0)));
    worst.map_or_else(
        || Estimate::undefined(NONE, 0, "Newcombe", Unit::Points),
        Estimate::clone,
    )
}
