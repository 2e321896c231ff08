//! What every section reads: the run, the choices, and columns prepared once.

use std::cell::{Cell, OnceCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::calibration::Pairs;
use super::{Counts, Options, SourceChoice};
use crate::estimate::{Estimate, Unit};
use crate::run::{ConfidenceOf, Outcome, Run, Samples};
use crate::stat::mean::{item_means, rate_clustered};
use crate::stat::proportion::wilson;

/// How far the computation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// What is being computed, in words.
    pub doing: &'static str,
    /// Share done, 0..=1.
    pub share: f64,
    /// Replicates drawn, and to be drawn, where it draws some.
    pub replicates: Option<(u64, u64)>,
}

impl Progress {
    /// Progress that is no number of replicates.
    pub(super) fn of(doing: &'static str, share: f64) -> Self {
        Self {
            doing,
            share,
            replicates: None,
        }
    }
}

/// Asked now and then with the progress so far; `false` stops the computation.
pub type Watch<'a> = &'a dyn Fn(Progress) -> bool;

/// A run with what the sections share.
pub(super) struct Input<'a> {
    pub run: &'a Run,
    pub samples: &'a Samples,
    pub options: &'a Options,
    /// Index of the confidence column in use.
    pub confidence: Option<usize>,
    /// The confidence asked for does not exist.
    pub is_confidence_unknown: bool,
    pub counts: Counts,
    watch: Watch<'a>,
    is_stopped: Cell<bool>,
    pub prepared: Rc<Prepared>,
}

/// What is prepared once for a run and its options, whoever computes with it.
#[derive(Default)]
pub(super) struct Prepared {
    counts: Counts,
    /// Item of each row, where items repeat.
    items: Option<Groups>,
    /// Cluster of each row, where the files have one.
    clusters: Option<Groups>,
    pairs: OnceCell<Option<Pairs>>,
}

/// Rows that belong together: one code a row, numbered in the order of names, so that row order plays no part.
pub(super) struct Groups {
    pub of_row: Vec<u32>,
    /// Number of groups.
    pub count: usize,
}

/// Values ready for a mean: one a unit (a row, or an item whose repeats are averaged), with the cluster of each unit.
pub(super) struct Units {
    pub values: Vec<f64>,
    /// Cluster of each value; `None` if each unit stands alone.
    pub clusters: Option<Vec<u32>>,
    /// Rows behind the units.
    pub rows: u64,
}

/// What the ids tell.
struct Items {
    distinct: u64,
    duplicates: u64,
}

impl Units {
    /// Values that each stand alone.
    pub fn alone(values: Vec<f64>) -> Self {
        Self {
            rows: values.len() as u64,
            values,
            clusters: None,
        }
    }
}

impl<'a> Input<'a> {
    /// Prepares `run` under `options`.
    pub fn new(run: &'a Run, options: &'a Options, watch: Watch<'a>) -> Self {
        let samples = &run.samples;
        let items = items(samples);
        let prepared = Prepared {
            items: (items.distinct < samples.len() as u64).then(|| group(samples, |_| None)),
            clusters: (!samples.clusters.is_absent()).then(|| group(samples, |row| samples.clusters.at(row))),
            ..Prepared::default()
        };
        let mut input = Self::again(run, options, watch, Rc::default());
        let counts = input.count(&items);
        input.counts = counts;
        input.prepared = Rc::new(Prepared { counts, ..prepared });
        input
    }

    /// The same `run` under the same `options` once more, with what was `prepared` the first time.
    pub fn again(run: &'a Run, options: &'a Options, watch: Watch<'a>, prepared: Rc<Prepared>) -> Self {
        let (confidence, is_confidence_unknown) = chosen_confidence(&run.samples, options);
        Self {
            run,
            samples: &run.samples,
            options,
            confidence,
            is_confidence_unknown,
            counts: prepared.counts,
            watch,
            is_stopped: Cell::new(false),
            prepared,
        }
    }

    /// Item of each row, where items repeat.
    pub fn items(&self) -> Option<&Groups> {
        self.prepared.items.as_ref()
    }

    /// Cluster of each row, where the files have one.
    pub fn clusters(&self) -> Option<&Groups> {
        self.prepared.clusters.as_ref()
    }

    /// The scored samples with a confidence; `None` without any.
    pub fn pairs(&self) -> Option<&Pairs> {
        let found = || Pairs::of(self, self.scored_rows());
        self.prepared.pairs.get_or_init(found).as_ref()
    }

    /// Tells how far it is; `false`, from then on, when somebody asked to stop.
    pub fn goes_on(&self, doing: &'static str, share: f64) -> bool {
        if !self.is_stopped.get() && !(self.watch)(Progress::of(doing, share)) {
            self.is_stopped.set(true);
        }
        !self.is_stopped.get()
    }

    /// Two-sided α of every interval, in (0, 1); a level outside it counts as 0.95.
    pub fn alpha(&self) -> f64 {
        let alpha = 1.0 - self.options.level;
        if alpha > 0.0 && alpha < 1.0 { alpha } else { 0.05 }
    }

    /// Two-sided level of every interval.
    pub fn level(&self) -> f64 {
        1.0 - self.alpha()
    }

    /// The confidence in use at `row`, if it lies in 0..=1.
    pub fn confidence_at(&self, row: usize) -> Option<f64> {
        let column = self.samples.confidences.get(self.confidence?)?;
        column.values.at(row).filter(|p| (0.0..=1.0).contains(p))
    }

    /// The latency at `row` where it counts: not cached, not negative, and of a call that did not break (a time-out does).
    pub fn latency_at(&self, row: usize) -> Option<f64> {
        let is_broken = self.outcome(row) == Outcome::Errored && !self.samples.is_timed_out(row);
        if is_broken || self.samples.is_cached(row) {
            return None;
        }
        self.samples.latency_secs.at(row).filter(|secs| *secs >= 0.0)
    }

    /// Whether what the confidence `p` of `row` is about happened: the answer is right, or the class is positive.
    pub fn happened(&self, row: usize, p: f64) -> bool {
        let right = self.outcome(row).is_right();
        match self.run.rule.confidence_of {
            ConfidenceOf::Answer => right,
            // A positive-class probability is read at 0.5: right means that the class is on p's side of it.
            ConfidenceOf::PositiveClass => right == (p >= 0.5),
        }
    }

    /// What became of `row`.
    pub fn outcome(&self, row: usize) -> Outcome {
        self.samples.outcomes.get(row).copied().unwrap_or_default()
    }

    /// The confidence sources found, best first.
    pub fn sources(&self) -> Vec<SourceChoice> {
        let columns = self.samples.confidences.iter().enumerate();
        columns
            .map(|(place, column)| SourceChoice {
                id: column.source.id(),
                words: column.source.words(),
                count: column.values.count() as u64,
                chosen: self.confidence == Some(place),
            })
            .collect()
    }

    /// Rows with a score.
    pub fn scored_rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.samples.len()).filter(|&row| self.outcome(row).is_scored())
    }

    /// A rate of independent samples with its Wilson interval; undefined with `why` for no samples.
    pub fn rate(&self, k: u64, n: u64, why: &str) -> Estimate {
        rate(k, n, self.alpha(), Unit::Share, why)
    }

    /// The rate at which `flag` holds among the rows where it answers, by Wilson's interval: on effective numbers where rows
    /// are not independent. Undefined with `why` for no rows.
    pub fn rate_among(&self, why: &str, flag: impl Fn(usize) -> Option<bool>) -> Estimate {
        let rows = 0..self.samples.len();
        let flags: Vec<(usize, bool)> = rows.filter_map(|row| Some((row, flag(row)?))).collect();
        let holds: Vec<bool> = flags.iter().map(|(_, holds)| *holds).collect();
        let (k, n) = (holds.iter().filter(|holds| **holds).count() as u64, flags.len() as u64);
        let Some(groups) = self.groups().filter(|_| n > 0) else {
            return self.rate(k, n, why);
        };
        let code = |(row, _): &(usize, bool)| groups.of_row.get(*row).copied().unwrap_or(0);
        let clusters: Vec<u32> = flags.iter().map(code).collect();
        let interval = rate_clustered(&holds, &clusters, self.alpha()).map(|rate| rate.interval);
        let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
        let value = k as f64 / n as f64;
        Estimate::new(value, ends, self.level(), n, "Wilson, clustered", Unit::Share)
    }

    /// Groups whose rows are not independent: clusters, else items that repeat; `None` if each row stands alone.
    pub fn groups(&self) -> Option<&Groups> {
        self.clusters().or(self.items())
    }

    /// The values of `rows` that have one, repeats of an item averaged first; in an order that rows play no part in.
    pub fn units(&self, rows: impl Iterator<Item = usize>, value: impl Fn(usize) -> Option<f64>) -> Units {
        let code = |groups: Option<&Groups>, row: usize| {
            groups.and_then(|groups| groups.of_row.get(row).copied()).unwrap_or(0)
        };
        let mut found: Vec<(u32, u32, f64)> = rows
            .filter_map(|row| Some((code(self.items(), row), code(self.clusters(), row), value(row)?)))
            .collect();
        found.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let n = found.len() as u64;
        let values: Vec<f64> = found.iter().map(|(.., value)| *value).collect();
        if self.items().is_none() {
            let clusters = self
                .clusters()
                .is_some()
                .then(|| found.iter().map(|(_, cluster, _)| *cluster).collect());
            return Units {
                values,
                clusters,
                rows: n,
            };
        }
        let items: Vec<u32> = found.iter().map(|(item, ..)| *item).collect();
        let means = item_means(&values, &items);
        // Where an item lies in several clusters (it should not), the first by name counts.
        let mut cluster_of: BTreeMap<u32, u32> = BTreeMap::new();
        for (item, cluster, _) in &found {
            let own = if self.clusters().is_some() { *cluster } else { *item };
            cluster_of.entry(*item).or_insert(own);
        }
        Units {
            clusters: Some(means.keys().filter_map(|item| cluster_of.get(item).copied()).collect()),
            values: means.into_values().collect(),
            rows: n,
        }
    }

    fn count(&self, items: &Items) -> Counts {
        let samples = self.samples;
        let mut counts = Counts {
            read: samples.len() as u64,
            left_out: self.run.problems.iter().filter(|p| p.left_out).map(|p| p.count).sum(),
            items: items.distinct,
            duplicate_ids: items.duplicates,
            epochs: u64::from(samples.epochs.iter().copied().max().unwrap_or(1)),
            ..Counts::default()
        };
        for row in 0..samples.len() {
            match self.outcome(row) {
                Outcome::Errored => counts.errored += 1,
                Outcome::Unscored => counts.unscored += 1,
                scored => {
                    counts.scored += 1;
                    counts.right += u64::from(scored.is_right());
                    counts.partial += u64::from(scored == Outcome::Partial);
                    counts.without_confidence += u64::from(self.confidence_at(row).is_none());
                }
            }
            counts.without_latency += u64::from(self.latency_at(row).is_none());
            counts.cached += u64::from(samples.is_cached(row));
            counts.timed_out += u64::from(samples.is_timed_out(row));
        }
        counts
    }
}

/// k of n as an estimate in `unit` with its Wilson interval; undefined with `why` for n = 0.
pub(super) fn rate(k: u64, n: u64, alpha: f64, unit: Unit, why: &str) -> Estimate {
    if n == 0 {
        return Estimate::undefined(why, 0, "Wilson", unit);
    }
    let interval = wilson(k, n, alpha);
    let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
    Estimate::new(k as f64 / n as f64, ends, 1.0 - alpha, n, "Wilson", unit)
}

/// The confidence column in use, and whether the one asked for is missing.
fn chosen_confidence(samples: &Samples, options: &Options) -> (Option<usize>, bool) {
    match options.confidence.as_deref() {
        None => (samples.confidence, false),
        Some("none") => (None, false),
        Some(id) => {
            let found = samples.confidences.iter().position(|c| c.source.id() == id);
            (found, found.is_none())
        }
    }
}

/// Counts distinct ids, and ids that stand more than once in one epoch. Rows without an id each count as an item.
fn items(samples: &Samples) -> Items {
    let mut seen: HashMap<(&str, u16), bool> = HashMap::with_capacity(samples.len());
    let (mut anonymous, mut duplicates) = (0, 0);
    for (row, id) in samples.ids.iter().enumerate() {
        if id.is_empty() {
            anonymous += 1;
            continue;
        }
        match seen.entry((id, samples.epoch(row))) {
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(false);
            }
            std::collections::hash_map::Entry::Occupied(mut place) => {
                duplicates += u64::from(!place.insert(true));
            }
        }
    }
    let distinct = if samples.epochs.is_empty() {
        seen.len()
    } else {
        seen.keys()
            .map(|(id, _)| *id)
            .collect::<std::collections::HashSet<_>>()
            .len()
    };
    Items {
        distinct: distinct as u64 + anonymous,
        duplicates,
    }
}

/// Groups rows by `cluster`; a row without one stands for its item, a row without an id for itself.
fn group<'a>(samples: &'a Samples, cluster: impl Fn(usize) -> Option<&'a str>) -> Groups {
    // The mark in front keeps clusters and items of one name apart.
    let name = |row: usize| match cluster(row) {
        Some(cluster) => (true, cluster, 0),
        None => match samples.ids.at(row) {
            "" => (false, "", row),
            id => (false, id, 0),
        },
    };
    let rows = 0..samples.len();
    let names: BTreeSet<(bool, &str, usize)> = rows.clone().map(name).collect();
    let numbers: HashMap<_, u32> = names.iter().zip(0u32..).map(|(name, number)| (*name, number)).collect();
    Groups {
        of_row: rows.map(|row| numbers.get(&name(row)).copied().unwrap_or(0)).collect(),
        count: names.len(),
    }
}
