//! Repeats of the same items: pass@k and pass^k, and how much of the variance lies between items.

use std::collections::BTreeMap;

use super::input::Input;
use super::{Repeats, Report, Section};
use crate::estimate::{Estimate, Unit};
use crate::stat::mean::{epoch_mean, t_interval};
use crate::stat::pass_at_k::{Attempts, mean_over_items, pass_at_k, pass_hat_k};

/// The k shown, where there are as many repeats.
const KS: [u64; 7] = [1, 2, 3, 4, 5, 8, 10];

pub(super) fn compute(input: &Input<'_>, report: &mut Report) {
    let items = attempts(input);
    let (fewest, most) = (
        items.iter().map(|a| a.n).min().unwrap_or(0),
        items.iter().map(|a| a.n).max().unwrap_or(0),
    );
    let ids = [
        ("repeats.pass-at-k", pass_at_k as Score),
        ("repeats.pass-hat-k", pass_hat_k as Score),
    ];
    for (id, score) in ids {
        let estimate = if fewest > 1 {
            over_items(input, &items, fewest, score)
        } else {
            None
        };
        let why = "Items were run once, or some of them: needs two scored repeats of every item.";
        let estimate =
            estimate.unwrap_or_else(|| Estimate::undefined(why, items.len() as u64, "mean over items", Unit::Share));
        report.metrics.insert(id.to_owned(), estimate);
    }
    if most < 2 {
        let why =
            "Every item was run once. Repeat items (epochs, repeats or samples) to see how steady the answers are.";
        report.repeats = Section::Missing(why.to_owned());
        return;
    }
    let all = |score: Score| -> Vec<(u64, Estimate)> {
        let wanted = KS.iter().copied().filter(|&k| k <= most);
        wanted
            .filter_map(|k| Some((k, over_items(input, &items, k, score)?)))
            .collect()
    };
    report.repeats = Section::Ready(Repeats {
        items: items.len() as u64,
        repeats: (fewest, most),
        pass_at: all(pass_at_k),
        pass_hat: all(pass_hat_k),
        variance: variance(input),
    });
}

type Score = fn(Attempts, u64) -> Option<f64>;

/// Scored tries of each item, in the order of item names; empty where items do not repeat. An item under several variants
/// counts once a variant: perturbations are no repeats.
fn attempts(input: &Input<'_>) -> Vec<Attempts> {
    let Some(items) = input.items() else {
        return Vec::new();
    };
    let variants = super::robustness::variants(input);
    let column = variants.and_then(|(name, _)| input.samples.slice(&name));
    let mut counts: BTreeMap<(u32, u32), Attempts> = BTreeMap::new();
    for row in input.scored_rows() {
        let item = items.of_row.get(row).copied().unwrap_or(0);
        let variant = column.map_or(0, |codes| codes.code(row));
        let own = counts.entry((item, variant)).or_insert(Attempts { n: 0, right: 0 });
        own.n += 1;
        own.right += u64::from(input.outcome(row).is_right());
    }
    counts.into_values().collect()
}

fn over_items(input: &Input<'_>, items: &[Attempts], k: u64, score: Score) -> Option<Estimate> {
    let found = mean_over_items(items, k, score)?;
    let interval = found
        .se
        .and_then(|se| t_interval(found.mean, se, found.items.saturating_sub(1), input.alpha()));
    let interval = interval.map(|interval| interval.clamp(0.0, 1.0));
    let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
    let level = if interval.is_some() { input.level() } else { 0.0 };
    Some(Estimate::new(
        found.mean,
        ends,
        level,
        found.items,
        &format!("mean over items, k = {k}"),
        Unit::Share,
    ))
}

/// Variance between items and within an item.
fn variance(input: &Input<'_>) -> Option<(f64, f64)> {
    let items = input.items()?;
    let (values, codes): (Vec<f64>, Vec<u32>) = input
        .scored_rows()
        .map(|row| {
            (
                f64::from(u8::from(input.outcome(row).is_right())),
                items.of_row.get(row).copied().unwrap_or(0),
            )
        })
        .unzip();
    let found = epoch_mean(&values, &codes, input.alpha())?;
    Some((found.question_variance?, found.within_variance?))
}
