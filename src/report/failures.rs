//! How it fails: categories of failure by frequency, alone and together; errors and unscored samples apart.

use std::collections::{BTreeMap, HashMap};

use super::input::Input;
use super::{CoOccurrence, FailureMode, Failures, Report, Section};
use crate::estimate::{Estimate, Unit};
use crate::run::Outcome;
use crate::stat::cooccurrence::cooccurrence;
use crate::stat::interval::Interval;
use crate::stat::pareto::{self, TagSets, pareto};

/// Name of the bar of failures without a category.
pub const UNCLASSIFIED: &str = "unclassified";
/// Category of samples that are partly right and carry no other.
pub const PARTLY_RIGHT: &str = "partly right";
/// Name of errored samples that say nothing.
const UNNAMED_ERROR: &str = "no message";

pub(super) fn compute(input: &Input<'_>, report: &mut Report) {
    let counts = input.counts;
    let nothing = "No sample was read.";
    let errors = input.rate_among(nothing, |row| Some(input.outcome(row) == Outcome::Errored));
    let unscored = input.rate_among(nothing, |row| Some(input.outcome(row) == Outcome::Unscored));
    report.metrics.insert("errors.rate".to_owned(), errors);
    report.metrics.insert("unscored.rate".to_owned(), unscored);
    report.failures = if counts.scored + counts.errored == 0 {
        Section::Missing(
            "No sample has a score, so none can have failed. Name the column that says what is right.".to_owned(),
        )
    } else {
        Section::Ready(failures(input))
    };
}

fn failures(input: &Input<'_>) -> Failures {
    let counts = input.counts;
    let failed = counts.scored - counts.right;
    let names = Names::of(input);
    let sets = pareto::tag_sets(names.by_row.iter().map(Vec::as_slice));
    let untagged = sets.get(&Vec::new()).copied().unwrap_or(0);
    let name = |tag: u32| names.name(tag).to_owned();
    let bars = pareto(&sets, name);
    let mode = |name: String, count: u64, covered: u64, is_unclassified: bool| FailureMode {
        name,
        is_unclassified,
        count,
        of_failures: input.rate(count, failed, ""),
        of_scored: input.rate(count, counts.scored, ""),
        cumulative: covered as f64 / failed.max(1) as f64,
    };
    let mut modes: Vec<FailureMode> = bars
        .iter()
        .map(|bar| mode(name(bar.tag), bar.count, bar.covered, false))
        .collect();
    if untagged > 0 {
        modes.push(mode(UNCLASSIFIED.to_owned(), untagged, failed, true));
    }
    let tags: Vec<u32> = bars.iter().map(|bar| bar.tag).collect();
    Failures {
        failed,
        scored: counts.scored,
        errored: counts.errored,
        unscored: counts.unscored,
        modes,
        errors: errors(input),
        combinations: combinations(&sets, &names),
        pairs: pairs_of(&sets, &tags, &name),
    }
}

/// Pairs are made of no more than this many of the most frequent categories.
const MOST_PAIRED: usize = 20;

/// Category codes of the failed rows, "partly right" included.
struct Names<'a> {
    tags: &'a [String],
    by_row: Vec<Vec<u32>>,
}

impl<'a> Names<'a> {
    fn of(input: &Input<'a>) -> Self {
        let tags = input.samples.failures.tags();
        let partly = tags.len() as u32;
        let failed = input.scored_rows().filter(|&row| !input.outcome(row).is_right());
        let by_row = failed
            .map(|row| {
                let mut codes: Vec<u32> = input.samples.failures.at(row).iter().map(|&t| t as u32).collect();
                if codes.is_empty() && input.outcome(row) == Outcome::Partial {
                    codes.push(partly);
                }
                codes
            })
            .collect();
        Self { tags, by_row }
    }

    fn name(&self, tag: u32) -> &str {
        self.tags.get(tag as usize).map_or(PARTLY_RIGHT, String::as_str)
    }
}

/// What errored samples say, by count, then name.
fn errors(input: &Input<'_>) -> Vec<(String, u64)> {
    let tags = input.samples.failures.tags();
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for row in (0..input.samples.len()).filter(|&row| input.outcome(row) == Outcome::Errored) {
        let own = input.samples.failures.at(row);
        if own.is_empty() {
            *counts.entry(UNNAMED_ERROR).or_insert(0) += 1;
        }
        for tag in own.iter().filter_map(|&tag| tags.get(tag)) {
            *counts.entry(tag).or_insert(0) += 1;
        }
    }
    by_count(counts.into_iter().map(|(name, n)| (name.to_owned(), n)))
}

fn by_count(counts: impl Iterator<Item = (String, u64)>) -> Vec<(String, u64)> {
    let mut sorted: Vec<(String, u64)> = counts.collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sorted
}

impl Failures {
    /// The share of the failed samples that has each exact combination of categories, in the order of `combinations`, with
    /// Goodman's simultaneous intervals together at `level`.
    ///
    /// Empty where not every failed sample is in one of them, as where a link carries the largest only.
    #[must_use]
    pub fn combination_shares(&self, level: f64) -> Vec<Estimate> {
        let counts: Vec<u64> = self.combinations.iter().map(|(_, count)| *count).collect();
        if counts.iter().sum::<u64>() != self.failed {
            return Vec::new();
        }
        let share = |(&count, interval): (&u64, Interval)| {
            let value = count as f64 / self.failed as f64;
            let ends = (Some(interval.low), Some(interval.high));
            Estimate::new(value, ends, level, self.failed, "Goodman", Unit::Share)
        };
        let intervals = pareto::goodman(&counts, 1.0 - level);
        counts.iter().zip(intervals).map(share).collect()
    }
}

fn combinations(sets: &TagSets, names: &Names<'_>) -> Vec<(String, u64)> {
    let mut merged: BTreeMap<String, u64> = BTreeMap::new();
    for (tags, count) in sets {
        let words: Vec<&str> = tags.iter().map(|&tag| names.name(tag)).collect();
        *merged.entry(together(words)).or_insert(0) += count;
    }
    by_count(merged.into_iter())
}

/// The label of a combination of categories.
pub(crate) fn together(mut names: Vec<&str>) -> String {
    names.sort_unstable();
    if names.is_empty() {
        return UNCLASSIFIED.to_owned();
    }
    names.join(" + ")
}

/// Every pair of `tags` on the samples of `sets`, the most frequent first; empty where no sample has two.
pub(crate) fn pairs_of(sets: &TagSets, tags: &[u32], name: &dyn Fn(u32) -> String) -> Vec<CoOccurrence> {
    let has_several = sets.keys().any(|tags| tags.len() > 1);
    if !has_several {
        return Vec::new();
    }
    let tags = tags.get(..MOST_PAIRED).unwrap_or(tags);
    let mut pairs: Vec<CoOccurrence> = cooccurrence(sets, tags)
        .into_iter()
        .map(|pair| CoOccurrence {
            a: name(pair.first),
            b: name(pair.second),
            both: pair.both,
            jaccard: pair.jaccard.unwrap_or(0.0),
            phi: pair.phi,
            q: pair.q,
        })
        .collect();
    pairs.sort_by(|x, y| y.both.cmp(&x.both).then_with(|| (&x.a, &x.b).cmp(&(&y.a, &y.b))));
    pairs
}
