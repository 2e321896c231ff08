//! The same items clean and perturbed: drop, flips, changed answers, and items right whatever the variant.

use std::collections::{BTreeMap, BTreeSet};

use super::input::Input;
use super::{Report, Robustness, Section, Variant};
use crate::estimate::{Estimate, Unit};
use crate::run::Outcome;
use crate::stat::mean::{mean_clustered, rate_clustered};
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
            if let Some(changed) = most_changed(&found) {
                report
                    .metrics
                    .insert("robustness.answer-change".to_owned(), changed.clone());
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

/// Outcomes of items by variant.
type Outcomes<'a> = BTreeMap<&'a str, BTreeMap<&'a str, bool>>;
/// Answers of items by variant.
type Answers<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>;

/// Said where the files state no answers.
const NO_ANSWERS: &str = "No answers from a small set are stated, so it cannot be seen whether they changed. Add a column \
                          with the predicted class or choice, such as “prediction”.";

/// How often answers changed under the variant that changes most.
pub(crate) fn most_changed(found: &Robustness) -> Option<&Estimate> {
    let share = |own: &Estimate| own.value.unwrap_or(-1.0);
    let all = found.variants.iter().map(|own| &own.changed);
    all.max_by(|a, b| share(a).total_cmp(&share(b)))
}

/// How often answers changed, where the files state none.
pub(crate) fn no_answers() -> Estimate {
    Estimate::undefined(NO_ANSWERS, 0, "Wilson", Unit::Share)
}

fn section(input: &Input<'_>) -> Result<Robustness, String> {
    let Some((column, clean)) = &variants(input) else {
        if input.samples.slices.is_empty() {
            return Err("The files have no column that tells clean from perturbed samples.".to_owned());
        }
        return Err("Name the column that tells clean from perturbed samples, and its clean value.".to_owned());
    };
    let Some(codes) = input.samples.slice(column) else {
        return Err(format!("There is no slice column called “{column}”."));
    };
    // Outcome of each item under each variant; the last repeat by epoch would depend on order, so all must be right.
    let mut outcomes = Outcomes::new();
    for row in input.scored_rows() {
        let id = input.samples.ids.at(row);
        if let (Some(variant), false) = (codes.at(row), id.is_empty()) {
            let right = input.outcome(row).is_right();
            let own = outcomes.entry(variant).or_default().entry(id).or_insert(true);
            *own &= right;
        }
    }
    let Some(reference) = outcomes.get(clean.as_str()) else {
        return Err(format!(
            "No sample of the column “{column}” has the clean value “{clean}”."
        ));
    };
    let items = Items::of(input, codes);
    let variants: Vec<Variant> = outcomes
        .iter()
        .filter(|(name, _)| **name != clean.as_str())
        .filter_map(|(name, own)| variant(input, &items, (name, clean), (reference, own)))
        .collect();
    if variants.is_empty() {
        return Err(
            "No sample id stands both clean and perturbed: pairs need the same id under every variant.".to_owned(),
        );
    }
    Ok(Robustness {
        column: (column.clone(), clean.clone()),
        consistency: consistent(input, &items, &outcomes),
        worst_group: worst(input, &outcomes),
        variants,
    })
}

/// What is known of items beside their outcomes.
struct Items<'a> {
    answers: Answers<'a>,
    /// Cluster of each item, where the files have one.
    clusters: Option<BTreeMap<&'a str, u32>>,
}

impl<'a> Items<'a> {
    fn of(input: &'a Input<'_>, codes: &'a crate::run::Codes) -> Self {
        let samples = input.samples;
        let mut counts: BTreeMap<(&str, &str), BTreeMap<&str, u64>> = BTreeMap::new();
        for row in (0..samples.len()).filter(|&row| input.outcome(row) != Outcome::Errored) {
            if let (Some(variant), Some(answer)) = (codes.at(row), samples.predicted.at(row)) {
                let own = counts.entry((variant, samples.ids.at(row))).or_default();
                *own.entry(answer).or_default() += 1;
            }
        }
        let mut answers = Answers::new();
        for ((variant, id), own) in counts.into_iter().filter(|((_, id), _)| !id.is_empty()) {
            // Of repeats the most frequent answer counts, the first by name among equals.
            let most = own.into_iter().rev().max_by_key(|(_, count)| *count);
            if let Some((answer, _)) = most {
                answers.entry(variant).or_default().insert(id, answer);
            }
        }
        let clusters = input.clusters().map(|groups| {
            let mut of_item: BTreeMap<&str, u32> = BTreeMap::new();
            for (row, code) in groups.of_row.iter().enumerate() {
                // Where an item lies in several clusters (it should not), the first by name counts.
                let own = of_item.entry(samples.ids.at(row)).or_insert(*code);
                *own = (*own).min(*code);
            }
            of_item
        });
        Self { answers, clusters }
    }

    fn clusters<T>(&self, items: &[(&str, T)]) -> Option<Vec<u32>> {
        let of_item = self.clusters.as_ref()?;
        items.iter().map(|(id, _)| of_item.get(id).copied()).collect()
    }

    /// The share of items that are flagged: Wilson, on effective numbers where items share a cluster.
    fn rate(&self, input: &Input<'_>, flags: &[(&str, bool)], why: &str) -> Estimate {
        let holds: Vec<bool> = flags.iter().map(|(_, holds)| *holds).collect();
        let (k, n) = (holds.iter().filter(|holds| **holds).count() as u64, flags.len() as u64);
        let Some(clusters) = self.clusters(flags).filter(|_| n > 0) else {
            return input.rate(k, n, why);
        };
        let interval = rate_clustered(&holds, &clusters, input.alpha()).map(|rate| rate.interval);
        let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
        Estimate::new(
            k as f64 / n as f64,
            ends,
            input.level(),
            n,
            "Wilson, clustered",
            Unit::Share,
        )
    }

    /// Accuracy on the variant less that on clean, clustered; `None` where no clusters are stated.
    fn drop(&self, input: &Input<'_>, pairs: &[(&str, (bool, bool))]) -> Option<Estimate> {
        let clusters = self.clusters(pairs)?;
        let number = |flag: bool| f64::from(u8::from(flag));
        let values: Vec<f64> = pairs.iter().map(|(_, (was, is))| number(*is) - number(*was)).collect();
        let mean = mean_clustered(&values, &clusters, input.alpha())?;
        let ends = (mean.interval.map(|i| i.low), mean.interval.map(|i| i.high));
        Some(Estimate::new(
            mean.mean,
            ends,
            input.level(),
            mean.n,
            "paired, clustered t",
            Unit::Points,
        ))
    }

    /// The share of items whose answer differs between `clean` and `name`.
    fn changed(&self, input: &Input<'_>, name: &str, clean: &str) -> Estimate {
        if self.answers.is_empty() {
            return no_answers();
        }
        let both = self.answers.get(clean).zip(self.answers.get(name));
        let flags: Vec<(&str, bool)> = both.map_or_else(Vec::new, |(reference, own)| {
            let pairs = own
                .iter()
                .filter_map(|(id, answer)| Some((*id, reference.get(id)? != answer)));
            pairs.collect()
        });
        self.rate(
            input,
            &flags,
            "No item has an answer both clean and under this variant.",
        )
    }
}

fn variant(
    input: &Input<'_>,
    items: &Items<'_>,
    (name, clean): (&str, &str),
    (reference, own): (&BTreeMap<&str, bool>, &BTreeMap<&str, bool>),
) -> Option<Variant> {
    let pairs: Vec<(&str, (bool, bool))> = own
        .iter()
        .filter_map(|(id, right)| Some((*id, (*reference.get(id)?, *right))))
        .collect();
    let counts = PairedCounts::of(pairs.iter().map(|(_, pair)| *pair));
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
    let flips = |turned: (bool, bool)| {
        let flags: Vec<(&str, bool)> = pairs.iter().map(|(id, pair)| (*id, *pair == turned)).collect();
        items.rate(input, &flags, "")
    };
    let drop = items.drop(input, &pairs).unwrap_or_else(|| {
        Estimate::new(
            found.difference.value,
            ends(found.difference.interval),
            input.level(),
            found.n,
            "paired, Bonett–Price",
            Unit::Points,
        )
    });
    Some(Variant {
        name: name.to_owned(),
        n: found.n,
        accuracy: (found.clean_rate, found.rate),
        drop,
        relative,
        flips: (flips((true, false)), flips((false, true))),
        changed: items.changed(input, name, clean),
    })
}

/// Items right under every variant, among those that have all of them.
fn consistent(input: &Input<'_>, items: &Items<'_>, outcomes: &Outcomes<'_>) -> Estimate {
    let ids: BTreeSet<&str> = outcomes.values().flat_map(|own| own.keys().copied()).collect();
    let complete = ids
        .into_iter()
        .filter(|id| outcomes.values().all(|own| own.contains_key(id)));
    // Right under all of them is the worst case over variants.
    let flags: Vec<(&str, bool)> = complete
        .filter_map(|id| {
            let right = outcomes.values().filter(|own| own.get(id) == Some(&true)).count() as u64;
            let found = consistency([(right, outcomes.len() as u64)])?;
            Some((id, found.all_right == 1))
        })
        .collect();
    match flags.len() {
        0 => Estimate::undefined("No item was tried under every variant.", 0, "Wilson", Unit::Share),
        _ => items.rate(input, &flags, ""),
    }
}

fn worst(input: &Input<'_>, outcomes: &Outcomes<'_>) -> Option<(String, Estimate)> {
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
