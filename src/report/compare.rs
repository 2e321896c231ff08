//! A run against its baseline: what differs between them, and by how much, on the very same samples.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::Report;
use super::accuracy::mean_of;
use super::calibration::{ece_difference, smece_difference};
use super::drift::DriftRow;
use super::input::Input;
use super::latency::{ran_out, within_budget, within_ttft_budget};
use super::metric::{COMPARE, METRICS, Metric};
use crate::estimate::{Estimate, Unit};
use crate::run::{Meta, Outcome};
use crate::stat::difference::{Contrast, newcombe};
use crate::stat::paired::PairedCounts;
use crate::stat::power::n_for_difference;
use crate::stat::quantile::Ratio;
use crate::stat::score::{Rule, loss};
use crate::stat::sum::variance;
use crate::stat::two_sample::{
    Measured, Resampling, brunner_munzel, mann_whitney, quantile_difference, quantile_difference_paired,
};
use crate::text;

/// Ids kept of samples that changed; the counts are exact.
const MOST_IDS: usize = 200;
/// Rows times replicates that a paired bootstrap of quantiles may cost.
const MOST_WORK: u64 = 200_000_000;
/// Replicates of a quantile difference, at least.
const QUANTILE_REPLICATES: usize = 2000;
/// Power at which a needed number of samples is stated.
const POWER: f64 = 0.8;
/// The change whose needed number of samples is stated, as a share.
const SMALL_CHANGE: f64 = 0.02;

/// How the samples of two runs pair up, by id and epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pairing {
    /// Samples in both runs.
    pub matched: u64,
    /// Matched samples that have a score in both.
    pub scored: u64,
    /// Matched samples that errored or have no score in one of them.
    pub unscored: u64,
    /// Samples only in this run.
    pub only_here: u64,
    /// Samples only in the baseline.
    pub only_baseline: u64,
    /// Samples left out since their id and epoch stand more than once.
    pub ambiguous: u64,
}

/// Matched and scored samples by outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flips {
    /// Right in both.
    pub both: u64,
    /// Right in the baseline, not here.
    pub newly_failing: u64,
    /// Right here, not in the baseline.
    pub newly_passing: u64,
    /// Right in neither.
    pub neither: u64,
    /// Ids of the newly failing, sorted, at most 200.
    pub failing_ids: Vec<String>,
    /// Ids of the newly passing, sorted, at most 200.
    pub passing_ids: Vec<String>,
    /// McNemar's mid-p.
    pub mid_p: f64,
}

/// A latency quantile in both runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuantileDifference {
    /// Which, 0..1.
    pub q: f64,
    /// Baseline, seconds.
    pub baseline_secs: f64,
    /// This run, seconds.
    pub candidate_secs: f64,
    /// This run less the baseline.
    pub difference: Estimate,
}

/// A run against its baseline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Comparison {
    /// The baseline's own report.
    pub baseline: Box<Report>,
    /// How samples pair up.
    pub pairing: Pairing,
    /// Differences are paired; `false` where no sample is in both.
    pub is_paired: bool,
    /// What differs between the runs' lineage, each a sentence.
    pub differs: Vec<String>,
    /// What puts the comparison in doubt, each a sentence.
    pub warnings: Vec<String>,
    /// Who changed.
    pub flips: Option<Flips>,
    /// Differences by id (`compare.accuracy`), this run less the baseline.
    pub metrics: BTreeMap<String, Estimate>,
    /// Latency quantiles side by side.
    pub quantiles: Vec<QuantileDifference>,
    /// Chance that a sample here takes longer than one of the baseline, ties counted half, with Mann–Whitney's p.
    pub slower: Option<(f64, f64)>,
    /// Brunner–Munzel's p for the same, which holds where one run's times spread more than the other's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slower_any_spread: Option<f64>,
    /// How the columns of the samples moved, largest first.
    pub drift: Vec<DriftRow>,
    /// Samples needed to see a change of 2 points in accuracy with power 0.8.
    pub needed: Option<u64>,
    /// What the comparison shows, in a sentence.
    pub sentence: String,
}

impl Comparison {
    /// Whether only one of the two tests of latency is clear (p below 0.05).
    #[must_use]
    pub fn tests_disagree(&self) -> bool {
        let both = self.slower.zip(self.slower_any_spread);
        both.is_some_and(|((_, rank), any_spread)| (rank < CLEAR) != (any_spread < CLEAR))
    }

    /// Whether calls take longer than those of the baseline, with what each test says; `None` without latencies.
    #[must_use]
    pub fn slower_in_words(&self) -> Option<String> {
        let (chance, rank) = self.slower?;
        let mut words = format!(
            "Of all pairs of a call here and one of the baseline, the call here took longer in {} (50 %: no difference; ties \
             count half); Mann–Whitney p {}.",
            text::number(chance, Unit::Share),
            text::p_value(rank)
        );
        if let Some(any_spread) = self.slower_any_spread {
            words += &format!(
                " Brunner–Munzel, which also holds where one run's times spread more than the other's: p {}.",
                text::p_value(any_spread)
            );
            if self.tests_disagree() {
                words += " The two disagree since the spreads differ: go by Brunner–Munzel.";
            }
        }
        words += " Both take calls as independent of each other.";
        Some(words)
    }
}

/// p below which a test speaks.
const CLEAR: f64 = 0.05;

/// Two runs with the rows that pair up.
struct Pair<'a> {
    here: &'a Input<'a>,
    there: &'a Input<'a>,
    /// (row here, row in the baseline), in the order of ids.
    rows: Vec<(usize, usize)>,
}

/// Compares the run of `here` with that of `there`, whose reports are `report` and `baseline`, columns moved as in `drift`.
pub(super) fn compare(
    here: &Input<'_>,
    there: &Input<'_>,
    report: &Report,
    baseline: Report,
    drift: Vec<DriftRow>,
) -> Comparison {
    let (rows, mut pairing) = matched(here, there);
    let pair = Pair { here, there, rows };
    let flips = pair.flips();
    pairing.scored = flips.both + flips.newly_failing + flips.newly_passing + flips.neither;
    pairing.unscored = pairing.matched - pairing.scored;
    let is_paired = pairing.scored > 1;
    let mut metrics = BTreeMap::new();
    for metric in METRICS.iter().filter(|m| m.compared) {
        let estimate = pair.difference(metric, report, &baseline);
        metrics.insert(format!("{COMPARE}{}", metric.id), estimate);
    }
    let (differs, mut warnings) = lineage(&report.meta, &baseline.meta);
    warnings.extend(doubts(report, &baseline, &pairing));
    let needed = pair.needed();
    let mut comparison = Comparison {
        pairing,
        is_paired,
        differs,
        warnings,
        flips: (pairing.scored > 0).then_some(flips),
        quantiles: side_by_side(report, &baseline, &metrics),
        slower: pair.slower(),
        slower_any_spread: pair.slower_any_spread(),
        drift,
        needed,
        metrics,
        sentence: String::new(),
        baseline: Box::new(baseline),
    };
    comparison.sentence = outcome(&comparison);
    comparison
}

/// The differences called `ids` alone, with `compare.` before each id; ids without a difference are left out.
pub(super) fn of_metrics(
    (here, report): (&Input<'_>, &Report),
    (there, baseline): (&Input<'_>, &Report),
    ids: &[&str],
) -> BTreeMap<String, Estimate> {
    let (rows, _) = matched(here, there);
    let pair = Pair { here, there, rows };
    let wanted = METRICS
        .iter()
        .filter(|m| m.compared)
        .map(|m| (m, format!("{COMPARE}{}", m.id)));
    wanted
        .filter(|(_, id)| ids.contains(&id.as_str()))
        .map(|(metric, id)| (id, pair.difference(metric, report, baseline)))
        .collect()
}

/// The rows that are in both runs once, by id and epoch.
fn matched(here: &Input<'_>, there: &Input<'_>) -> (Vec<(usize, usize)>, Pairing) {
    let (mine, theirs) = (index(here), index(there));
    let mut pairs: Vec<(&(&str, u16), usize, usize)> = Vec::new();
    let mut pairing = Pairing::default();
    for (key, row) in &mine {
        match (row, theirs.get(key)) {
            (_, None) => pairing.only_here += 1,
            (Some(row), Some(Some(other))) if !key.0.is_empty() => pairs.push((key, *row, *other)),
            _ => pairing.ambiguous += 1,
        }
    }
    pairing.only_baseline = theirs.keys().filter(|key| !mine.contains_key(*key)).count() as u64;
    pairing.matched = pairs.len() as u64;
    pairs.sort_unstable_by_key(|(key, ..)| *key);
    (pairs.into_iter().map(|(_, a, b)| (a, b)).collect(), pairing)
}

/// Row of each id and epoch; `None` where they stand more than once.
fn index<'a>(input: &Input<'a>) -> HashMap<(&'a str, u16), Option<usize>> {
    let samples = input.samples;
    let mut rows = HashMap::with_capacity(samples.len());
    for row in 0..samples.len() {
        let entry = rows.entry((samples.ids.at(row), samples.epoch(row)));
        entry.and_modify(|row| *row = None).or_insert(Some(row));
    }
    rows
}

impl Pair<'_> {
    fn alpha(&self) -> f64 {
        self.here.alpha()
    }

    /// Outcomes (baseline, here) of the rows scored in both.
    fn scored(&self) -> impl Iterator<Item = (usize, bool, bool)> + '_ {
        self.rows.iter().filter_map(|&(row, other)| {
            let (mine, theirs) = (self.here.outcome(row), self.there.outcome(other));
            let counts = mine.is_scored() && theirs.is_scored();
            counts.then(|| (row, theirs.is_right(), mine.is_right()))
        })
    }

    fn flips(&self) -> Flips {
        let counts = PairedCounts::of(self.scored().map(|(_, theirs, mine)| (theirs, mine)));
        let ids = |was: bool| {
            let changed = self
                .scored()
                .filter(move |&(_, theirs, mine)| theirs == was && mine != was);
            changed
                .take(MOST_IDS)
                .map(|(row, ..)| self.here.samples.ids.at(row).to_owned())
                .collect()
        };
        Flips {
            both: counts.both,
            newly_failing: counts.lost,
            newly_passing: counts.gained,
            neither: counts.neither,
            failing_ids: ids(true),
            passing_ids: ids(false),
            mid_p: counts.mcnemar_mid_p(),
        }
    }

    /// The difference of `metric`, this run less the baseline.
    fn difference(&self, metric: &Metric, report: &Report, baseline: &Report) -> Estimate {
        let unit = metric.difference_unit();
        let is_defined = |id: &str| {
            let both = [report, baseline];
            both.iter()
                .all(|own| own.metrics.get(id).is_some_and(|own| own.value.is_some()))
        };
        let found = match metric.id {
            "accuracy" => self.of_right(report, baseline),
            "failures.rate" => self.of_right(report, baseline).map(negated),
            "errors.rate" => self.of_flag(|input, row| Some(input.outcome(row) == Outcome::Errored)),
            "unscored.rate" => self.of_flag(|input, row| Some(input.outcome(row) == Outcome::Unscored)),
            "latency.timeouts" => self.of_flag(ran_out),
            // Calls without an answer alone, none of them timed, say nothing about a budget.
            "latency.attainment" | "latency.ttft-attainment" if !is_defined(metric.id) => None,
            "latency.attainment" => self.of_flag(within_budget),
            "latency.ttft-attainment" => self.of_flag(within_ttft_budget),
            "score.mean" => self.of_mean(unit, |input, row| {
                let counts = input.run.rule.graded && input.outcome(row).is_scored();
                input.samples.scores.at(row).filter(|_| counts)
            }),
            "cost.per-sample" => self.of_mean(unit, |input, row| input.samples.cost.at(row)),
            "tokens.per-sample" => self.of_mean(unit, tokens),
            "calibration.gap" => self.of_mean(unit, |input, row| {
                sure(input, row).map(|(p, y)| p - f64::from(u8::from(y)))
            }),
            "calibration.brier" => self.of_mean(unit, |input, row| {
                sure(input, row).map(|(p, y)| loss(Rule::Brier, p, y))
            }),
            "calibration.log-loss" => {
                self.of_mean(unit, |input, row| sure(input, row).map(|(p, y)| loss(Rule::Log, p, y)))
            }
            "calibration.ece" => ece_difference(self.here, self.there, &self.rows),
            "calibration.smece" => smece_difference(self.here, self.there, &self.rows),
            id => self.of_quantile(id),
        };
        found.unwrap_or_else(|| {
            let n = self.rows.len() as u64;
            let why = if n == 0 {
                "No sample id and epoch is in both runs, so nothing can be paired; two paired samples give a value."
            } else {
                "The two runs do not both hold what this needs on the same samples."
            };
            Estimate::undefined(why, n, metric.method, unit)
        })
    }

    fn estimate(&self, contrast: Contrast, n: u64, method: &str) -> Estimate {
        let ends = (Some(contrast.interval.low), Some(contrast.interval.high));
        Estimate::new(contrast.value, ends, self.here.level(), n, method, Unit::Points)
    }

    /// Accuracy: Bonett–Price where rows are independent, clustered otherwise, Newcombe where nothing pairs.
    fn of_right(&self, report: &Report, baseline: &Report) -> Option<Estimate> {
        let counts = PairedCounts::of(self.scored().map(|(_, theirs, mine)| (theirs, mine)));
        if counts.n() == 0 {
            let (mine, theirs) = (report.counts, baseline.counts);
            let contrast = newcombe(mine.right, mine.scored, theirs.right, theirs.scored, self.alpha())?;
            return Some(self.estimate(contrast, mine.scored + theirs.scored, "Newcombe, unpaired"));
        }
        if self.here.groups().is_none() {
            return Some(self.estimate(counts.bonett_price(self.alpha())?, counts.n(), "paired, Bonett–Price"));
        }
        self.of_shares(|input, row| {
            let outcome = input.outcome(row);
            outcome.is_scored().then(|| outcome.is_right())
        })
    }

    /// The difference of a yes-or-no property of matched rows.
    fn of_flag(&self, flag: impl Fn(&Input<'_>, usize) -> Option<bool>) -> Option<Estimate> {
        if self.here.groups().is_some() {
            return self.of_shares(flag);
        }
        let pairs = self
            .rows
            .iter()
            .filter_map(|&(row, other)| Some((flag(self.there, other)?, flag(self.here, row)?)));
        let counts = PairedCounts::of(pairs);
        Some(self.estimate(counts.bonett_price(self.alpha())?, counts.n(), "paired, Bonett–Price"))
    }

    /// The difference of a yes-or-no property where rows are not independent: a clustered t interval. Where every unit
    /// differs alike (most often not at all) its spread of 0 would claim certainty, so the units count as pairs.
    fn of_shares(&self, flag: impl Fn(&Input<'_>, usize) -> Option<bool>) -> Option<Estimate> {
        let value = |input: &Input<'_>, row: usize| flag(input, row).map(|yes| f64::from(u8::from(yes)));
        let differences = self.units(value).values;
        let first = *differences.first()?;
        if differences.iter().any(|own| *own != first) || first.fract() != 0.0 {
            return self.of_mean(Unit::Points, value);
        }
        let counts = PairedCounts::of(differences.iter().map(|_| (first < 0.0, first > 0.0)));
        Some(self.estimate(counts.bonett_price(self.alpha())?, counts.n(), "paired, Bonett–Price"))
    }

    /// The mean difference of a value of matched rows.
    fn of_mean(&self, unit: Unit, value: impl Fn(&Input<'_>, usize) -> Option<f64>) -> Option<Estimate> {
        let mut estimate = mean_of(&self.units(value), self.alpha(), unit)?;
        estimate.method = format!("paired, {}", estimate.method);
        Some(estimate)
    }

    /// Differences of a value of matched rows, repeats averaged.
    fn units(&self, value: impl Fn(&Input<'_>, usize) -> Option<f64>) -> super::input::Units {
        let mut differences: Vec<Option<f64>> = vec![None; self.here.samples.len()];
        for &(row, other) in &self.rows {
            if let (Some(slot), Some(mine)) = (differences.get_mut(row), value(self.here, row)) {
                *slot = value(self.there, other).map(|theirs| mine - theirs);
            }
        }
        let rows = self.rows.iter().map(|&(row, _)| row);
        self.here.units(rows, |row| differences.get(row).copied().flatten())
    }

    fn of_quantile(&self, id: &str) -> Option<Estimate> {
        let (q, is_ttft) = match id {
            "latency.p50" => (Ratio::P50, false),
            "latency.p90" => (Ratio::P90, false),
            "latency.p95" => (Ratio::P95, false),
            "latency.p99" => (Ratio::P99, false),
            "latency.ttft-p50" => (Ratio::P50, true),
            "latency.ttft-p95" => (Ratio::P95, true),
            _ => return None,
        };
        let time = |input: &Input<'_>, row: usize| {
            let total = input.latency_at(row);
            if is_ttft {
                total.and(input.samples.ttft_secs.at(row))
            } else {
                total
            }
        };
        let options = self.here.options;
        let replicates = (options.replicates as usize).max(QUANTILE_REPLICATES);
        let how = Resampling {
            alpha: self.alpha(),
            replicates,
            seed: options.seed,
        };
        let mut progress = |done: usize| self.here.goes_on("comparing latency", done as f64 / replicates as f64);
        let work = self.rows.len() as u64 * replicates as u64;
        let paired: Vec<(f64, f64)> = self
            .rows
            .iter()
            .filter_map(|&(row, other)| Some((time(self.there, other)?, time(self.here, row)?)))
            .collect();
        let n = paired.len() as u64;
        if n > 1 && work <= MOST_WORK {
            let items = self.item_codes(&time);
            let count = items.iter().copied().max().map_or(0, |code| code + 1);
            let column = |side: fn(&(f64, f64)) -> f64| -> Vec<Measured> {
                paired
                    .iter()
                    .zip(&items)
                    .map(|(pair, &item)| Measured {
                        item,
                        value: side(pair),
                    })
                    .collect()
            };
            let (theirs, mine) = (column(|pair| pair.0), column(|pair| pair.1));
            let found = quantile_difference_paired(&theirs, &mine, count, q, how, &mut progress)?;
            let mut estimate = self.estimate(found, n, "paired bootstrap of quantiles");
            estimate.unit = Unit::Seconds;
            return Some(estimate);
        }
        let all =
            |input: &Input<'_>| -> Vec<f64> { (0..input.samples.len()).filter_map(|row| time(input, row)).collect() };
        let (theirs, mine) = (all(self.there), all(self.here));
        let found = quantile_difference(&theirs, &mine, q, how)?;
        let mut estimate = self.estimate(
            found,
            (theirs.len() + mine.len()) as u64,
            "bootstrap of quantiles, unpaired",
        );
        estimate.unit = Unit::Seconds;
        Some(estimate)
    }

    /// A code of the group of each matched row that has a time in both, numbered from 0.
    fn item_codes(&self, time: &impl Fn(&Input<'_>, usize) -> Option<f64>) -> Vec<u32> {
        let mut codes: HashMap<u32, u32> = HashMap::new();
        let kept = self
            .rows
            .iter()
            .zip(0u32..)
            .filter(|((row, other), _)| time(self.there, *other).is_some() && time(self.here, *row).is_some());
        kept.map(|((row, _), place)| {
            let own = self
                .here
                .groups()
                .map_or(place, |groups| groups.of_row.get(*row).copied().unwrap_or(place));
            let next = codes.len() as u32;
            *codes.entry(own).or_insert(next)
        })
        .collect()
    }

    /// All latencies of the baseline and of this run.
    fn latencies(&self) -> (Vec<f64>, Vec<f64>) {
        let all = |input: &Input<'_>| -> Vec<f64> {
            (0..input.samples.len())
                .filter_map(|row| input.latency_at(row))
                .collect()
        };
        (all(self.there), all(self.here))
    }

    fn slower(&self) -> Option<(f64, f64)> {
        let (theirs, mine) = self.latencies();
        let found = mann_whitney(&mine, &theirs)?;
        Some((found.superiority, found.p))
    }

    fn slower_any_spread(&self) -> Option<f64> {
        let (theirs, mine) = self.latencies();
        brunner_munzel(&theirs, &mine).map(|found| found.p)
    }

    /// Units needed to see [`SMALL_CHANGE`] in accuracy.
    fn needed(&self) -> Option<u64> {
        let units = self.units(|input, row| {
            let outcome = input.outcome(row);
            outcome.is_scored().then(|| f64::from(u8::from(outcome.is_right())))
        });
        needed_for(variance(&units.values)?, self.alpha())
    }
}

/// Units needed to see [`SMALL_CHANGE`] where the difference of a unit has this variance.
pub(crate) fn needed_for(variance: f64, alpha: f64) -> Option<u64> {
    Some(n_for_difference(variance, SMALL_CHANGE, alpha, POWER)?.ceil() as u64)
}

fn negated(estimate: Estimate) -> Estimate {
    let turn = |v: f64| -v;
    Estimate {
        value: estimate.value.map(turn),
        low: estimate.high.map(turn),
        high: estimate.low.map(turn),
        ..estimate
    }
}

/// Confidence and what happened, of a scored row that has one.
fn sure(input: &Input<'_>, row: usize) -> Option<(f64, bool)> {
    let p = input.confidence_at(row).filter(|_| input.outcome(row).is_scored())?;
    Some((p, input.happened(row, p)))
}

fn tokens(input: &Input<'_>, row: usize) -> Option<f64> {
    match (input.samples.tokens_in.at(row), input.samples.tokens_out.at(row)) {
        (None, None) => None,
        (read, written) => Some(read.unwrap_or(0.0) + written.unwrap_or(0.0)),
    }
}

/// Latency quantiles of both runs with their differences.
pub(crate) fn side_by_side(
    report: &Report,
    baseline: &Report,
    metrics: &BTreeMap<String, Estimate>,
) -> Vec<QuantileDifference> {
    let value = |report: &Report, id: &str| report.metrics.get(id).and_then(|e| e.value);
    [
        (0.5, "latency.p50"),
        (0.9, "latency.p90"),
        (0.95, "latency.p95"),
        (0.99, "latency.p99"),
    ]
    .iter()
    .filter_map(|&(q, id)| {
        Some(QuantileDifference {
            q,
            baseline_secs: value(baseline, id)?,
            candidate_secs: value(report, id)?,
            difference: metrics.get(&format!("{COMPARE}{id}"))?.clone(),
        })
    })
    .collect()
}

/// What differs in the lineage: (all in words, those that put the comparison in doubt).
pub(crate) fn lineage(here: &Meta, there: &Meta) -> (Vec<String>, Vec<String>) {
    let mut differs = Vec::new();
    let mut doubtful = Vec::new();
    let rows = [
        ("Task", &here.task, &there.task, true),
        ("Scorer", &here.scorer, &there.scorer, true),
        ("Filter", &here.filter, &there.filter, true),
        ("Data set", &here.dataset, &there.dataset, true),
        ("Data set version", &here.dataset_version, &there.dataset_version, true),
        ("Model", &here.model, &there.model, false),
        ("Prompt", &here.prompt, &there.prompt, false),
        ("Harness", &here.harness, &there.harness, false),
        ("Commit", &here.commit, &there.commit, false),
    ];
    for (what, mine, theirs, is_doubtful) in rows {
        if mine == theirs {
            continue;
        }
        let words = format!("{what}: {} here, {} in the baseline.", quoted(mine), quoted(theirs));
        if is_doubtful {
            doubtful.push(words.clone());
        }
        differs.push(words);
    }
    let settings = |meta: &Meta| meta.settings.iter().cloned().collect::<BTreeMap<String, String>>();
    let (mine, theirs) = (settings(here), settings(there));
    let names: std::collections::BTreeSet<&String> = mine.keys().chain(theirs.keys()).collect();
    for name in names {
        let (a, b) = (mine.get(name), theirs.get(name));
        if a != b {
            let said = |v: Option<&String>| quoted(v.map_or("", String::as_str));
            differs.push(format!(
                "Setting {name}: {} here, {} in the baseline.",
                said(a),
                said(b)
            ));
        }
    }
    (differs, doubtful)
}

fn quoted(value: &str) -> String {
    if value.is_empty() {
        "not stated".to_owned()
    } else {
        format!("“{}”", text::shortened(value, 60))
    }
}

/// What beside the lineage puts the comparison in doubt.
pub(crate) fn doubts(report: &Report, baseline: &Report, pairing: &Pairing) -> Vec<String> {
    let mut doubts = Vec::new();
    if report.rule.words != baseline.rule.words {
        doubts.push(format!(
            "What counts as right differs: {} here, {} in the baseline.",
            quoted(&report.rule.words),
            quoted(&baseline.rule.words)
        ));
    }
    let source = |report: &Report| {
        report
            .confidence_sources
            .iter()
            .find(|s| s.chosen)
            .map(|s| s.id.clone())
    };
    if let (Some(mine), Some(theirs)) = (source(report), source(baseline))
        && mine != theirs
    {
        doubts.push(format!(
            "The confidence comes from {} here, from {} in the baseline.",
            quoted(&mine),
            quoted(&theirs)
        ));
    }
    if pairing.matched == 0 {
        doubts.push("No sample id and epoch is in both runs: the two are compared as independent groups.".to_owned());
    } else if pairing.only_here + pairing.only_baseline > 0 {
        doubts.push(format!(
            "{} only here and {} only in the baseline are left out of paired numbers.",
            text::counted(pairing.only_here, "sample"),
            text::count(pairing.only_baseline)
        ));
    }
    if pairing.unscored > 0 {
        let words = text::counted(pairing.unscored, "matched sample");
        doubts.push(format!(
            "{words} errored or have no score in one of the runs and are left out of paired accuracy."
        ));
    }
    doubts
}

/// What the comparison shows about accuracy, uncertainty included.
pub(crate) fn outcome(comparison: &Comparison) -> String {
    let name = text::shortened(&comparison.baseline.meta.name, 60);
    let baseline = if name.is_empty() {
        "the baseline".to_owned()
    } else {
        format!("the baseline “{name}”")
    };
    let Some(change) = comparison.metrics.get("compare.accuracy").filter(|c| c.value.is_some()) else {
        return format!("Cannot be compared with {baseline}: the two runs hold no scores to compare.");
    };
    let on = match comparison.is_paired {
        true => format!("on the same {}", text::counted(change.n, "sample")),
        false => format!("on {} that do not pair up", text::counted(change.n, "sample")),
    };
    let start = format!("Accuracy {} against {baseline} {on}", text::difference(change));
    match change.interval() {
        Some((low, _)) if low > 0.0 => format!("{start}: right more often."),
        Some((_, high)) if high < 0.0 => format!("{start}: right less often."),
        _ => {
            let needed = comparison
                .needed
                .filter(|&n| n > change.n)
                .map_or_else(String::new, |n| {
                    format!(
                        "; about {} would be needed to see a 2-point change",
                        text::rough_count(n)
                    )
                });
            format!("{start}: the interval includes zero, so this does not show that either is better{needed}.")
        }
    }
}
