//! The same items clean and perturbed: drop, flips, and items right whatever the variant.

use std::collections::{BTreeMap, BTreeSet};

use super::input::Input;
use super::{Report, Robustness, Section, Variant};
use crate::estimate::{Estimate, Unit};
use crate::stat::paired::PairedCounts;
use crate::stat::robustness::{Group, Perturbation, consistency, group_intervals, perturbation, worst_group};

/// Fewest samples of a variant that counts for the worst.
const FEWEST: u64 = 30;

pub(super) fn compute(input: &Input<'_>, report: &mut Report) {
    match section(input) {
        Ok(found) => {
            let worst = found
                .variants
                .iter()
                .min_by(|a, b| a.accuracy.1.total_cmp(&b.accuracy.1));
            if let Some(variant) = worst {
                report
                    .metrics
                    .insert("robustness.drop".to_owned(), variant.drop.clone());
            }
            report
                .metrics
                .insert("robustness.consistency".to_owned(), found.consistency.clone());
            let none = || {
                Estimate::undefined(
                    "No variant has 30 scored samples.",
                    0,
                    "Wilson, Bonferroni",
                    Unit::Share,
                )
            };
            let worst = found
                .worst_group
                .as_ref()
                .map_or_else(none, |(_, estimate)| estimate.clone());
            report.metrics.insert("robustness.worst-group".to_owned(), worst);
            report.robustness = Section::Ready(found);
        }
        Err(why) => report.robustness = Section::Missing(why),
    }
}

/// Names of the value that means “not perturbed”.
const CLEAN: [&str; 6] = [
    "clean",
    "original",
    "unperturbed",
    "unmodified",
    "none",
    "no perturbation",
];
/// Parts of the name of a column that tells variants apart.
const VARIANT: [&str; 6] = ["variant", "perturbation", "perturbed", "corruption", "attack", "noise"];

/// Whether a value of a variant column means that nothing was changed.
#[must_use]
pub fn is_clean(value: &str) -> bool {
    CLEAN.contains(&value.trim().to_lowercase().as_str())
}

/// The column of variants and its clean value: those asked for, else a column of that name with such a value.
pub(super) fn variants(input: &Input<'_>) -> Option<(String, String)> {
    if input.options.variant.is_some() {
        return input.options.variant.clone();
    }
    let mut own: Vec<_> = input.samples.slices.iter().collect();
    own.sort_by(|a, b| a.0.cmp(&b.0));
    own.into_iter().find_map(|(name, codes)| {
        let lower = name.to_lowercase();
        let clean = codes.names().iter().filter(|value| is_clean(value)).min()?;
        VARIANT
            .iter()
            .any(|part| lower.contains(part))
            .then(|| (name.clone(), clean.clone()))
    })
}

fn section(input: &Input<'_>) -> Result<Robustness, String> {
    let Some((column, clean)) = &variants(input) else {
        return Err("Name the column that tells clean from perturbed samples, and its clean value.".to_owned());
    };
    let Some(codes) = input.samples.slice(column) else {
        return Err(format!("There is no slice column called “{column}”."));
    };
    // Outcome of each item under each variant; the last repeat by epoch would depend on order, so all must be right.
    let mut outcomes: BTreeMap<&str, BTreeMap<&str, bool>> = BTreeMap::new();
    for row in input.scored_rows() {
        if let Some(variant) = codes.at(row) {
            let right = input.outcome(row).is_right();
            let own = outcomes
                .entry(variant)
                .or_default()
                .entry(input.samples.ids.at(row))
                .or_insert(true);
            *own &= right;
        }
    }
    let Some(reference) = outcomes.get(clean.as_str()) else {
        return Err(format!(
            "No sample of the column “{column}” has the clean value “{clean}”."
        ));
    };
    let variants: Vec<Variant> = outcomes
        .iter()
        .filter(|(name, _)| **name != clean.as_str())
        .filter_map(|(name, own)| variant(input, name, reference, own))
        .collect();
    if variants.is_empty() {
        return Err(
            "No sample id stands both clean and perturbed: pairs need the same id under every variant.".to_owned(),
        );
    }
    Ok(Robustness {
        column: (column.clone(), clean.clone()),
        consistency: consistent(input, &outcomes),
        worst_group: worst(input, &outcomes),
        variants,
    })
}

fn variant(input: &Input<'_>, name: &str, clean: &BTreeMap<&str, bool>, own: &BTreeMap<&str, bool>) -> Option<Variant> {
    let pairs = own.iter().filter_map(|(id, right)| Some((*clean.get(id)?, *right)));
    let counts = PairedCounts::of(pairs);
    let found: Perturbation = perturbation(counts, input.alpha())?;
    let ends = |interval: crate::stat::interval::Interval| (Some(interval.low), Some(interval.high));
    let relative = match found.relative_drop {
        Some(value) => {
            let own = found.relative_interval.map_or((None, None), ends);
            let level = if own.0.is_some() { input.level() } else { 0.0 };
            Estimate::new(value, own, level, found.n, "log ratio, paired", Unit::Share)
        }
        None => Estimate::undefined("Nothing was right clean.", found.n, "log ratio, paired", Unit::Share),
    };
    Some(Variant {
        name: name.to_owned(),
        n: found.n,
        accuracy: (found.clean_rate, found.rate),
        drop: Estimate::new(
            found.difference.value,
            ends(found.difference.interval),
            input.level(),
            found.n,
            "paired, Bonett–Price",
            Unit::Points,
        ),
        relative,
        flips: (
            input.rate(counts.lost, found.n, ""),
            input.rate(counts.gained, found.n, ""),
        ),
    })
}

/// Items right under every variant, among those that have all of them.
fn consistent(input: &Input<'_>, outcomes: &BTreeMap<&str, BTreeMap<&str, bool>>) -> Estimate {
    let ids: BTreeSet<&str> = outcomes.values().flat_map(|own| own.keys().copied()).collect();
    let complete = ids
        .iter()
        .filter(|id| outcomes.values().all(|own| own.contains_key(*id)));
    let items = complete.map(|id| {
        let right = outcomes
            .values()
            .filter(|own| own.get(id).copied().unwrap_or(false))
            .count();
        (right as u64, outcomes.len() as u64)
    });
    match consistency(items) {
        Some(found) => input.rate(found.all_right, found.items, ""),
        None => Estimate::undefined("No item was tried under every variant.", 0, "Wilson", Unit::Share),
    }
}

fn worst(input: &Input<'_>, outcomes: &BTreeMap<&str, BTreeMap<&str, bool>>) -> Option<(String, Estimate)> {
    let group = |own: &BTreeMap<&str, bool>| Group {
        n: own.len() as u64,
        right: own.values().filter(|right| **right).count() as u64,
    };
    let (names, groups): (Vec<&str>, Vec<Group>) = outcomes
        .iter()
        .map(|(name, own)| (*name, group(own)))
        .filter(|(_, group)| group.n >= FEWEST)
        .unzip();
    let place = worst_group(&groups, FEWEST)?;
    let interval = (*group_intervals(&groups, input.alpha()).get(place)?)?;
    let own = groups.get(place)?;
    let ends = (Some(interval.low), Some(interval.high));
    let estimate = Estimate::new(
        own.right as f64 / own.n as f64,
        ends,
        input.level(),
        own.n,
        "Wilson, Bonferroni",
        Unit::Share,
    );
    Some(((*names.get(place)?).to_owned(), estimate))
}
