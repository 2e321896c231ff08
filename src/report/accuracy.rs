//! Right or not: accuracy, failure rate, mean score, cost and tokens, with clusters and repeats taken into account.

use super::Report;
use super::input::{Input, Units};
use super::metric::Metric;
use crate::estimate::{Estimate, Unit};
use crate::stat::mean::{ClusteredMean, mean_clustered, mean_t, wilson_clustered};
use crate::stat::proportion::wilson;
use crate::stat::sum::sum;
use crate::text;

const NO_SCORES: &str = "No sample has a score: name the column that says what is right. One scored sample gives a \
                         value, about 100 an interval of ± 10 points.";

pub(super) fn compute(input: &Input<'_>, report: &mut Report) {
    let mut accuracy = accuracy_of(input, input.scored_rows());
    if let Some(why) = only_reported(report) {
        accuracy = Estimate::undefined(&why, 0, "Wilson", Unit::Share);
    }
    let failures = accuracy.complement();
    report.metrics.insert("accuracy".to_owned(), accuracy);
    report.metrics.insert("failures.rate".to_owned(), failures);
    report.metrics.insert("score.mean".to_owned(), mean_score(input));
    for (id, estimate) in costs(input) {
        report.metrics.insert(id.to_owned(), estimate);
    }
}

/// What the harness reported, where the files hold that and no sample.
fn only_reported(report: &Report) -> Option<String> {
    let reported = &report.meta.reported;
    if report.counts.read > 0 || reported.is_empty() {
        return None;
    }
    let told: Vec<String> = reported
        .iter()
        .map(|(name, value)| format!("{name} {}", text::number(*value, Unit::Score)))
        .collect();
    Some(format!(
        "The files hold no samples, only what the harness reported: {}. Add the file of samples to see more.",
        text::list(&told)
    ))
}

/// Share right among the scored rows of `rows`, by Wilson's interval: on effective numbers where rows are not independent.
pub(super) fn accuracy_of(input: &Input<'_>, rows: impl Iterator<Item = usize>) -> Estimate {
    let right = |row: usize| {
        let outcome = input.outcome(row);
        outcome.is_scored().then(|| f64::from(u8::from(outcome.is_right())))
    };
    rate_of(&input.units(rows, right), input.alpha(), Unit::Share, NO_SCORES)
}

/// The mean of 0/1 values (or of items' shares) with a Wilson interval; undefined with `why` for none.
pub(super) fn rate_of(units: &Units, alpha: f64, unit: Unit, why: &str) -> Estimate {
    let n = units.values.len() as u64;
    let Some(plain) = mean_t(&units.values, alpha) else {
        return Estimate::undefined(why, 0, "Wilson", unit);
    };
    let Some(clusters) = &units.clusters else {
        let interval = wilson(sum(units.values.iter().copied()).round() as u64, n, alpha);
        let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
        return Estimate::new(plain.mean, ends, 1.0 - alpha, n, "Wilson", unit);
    };
    // The rows, not the items, bound the effective number: repeats do add information.
    let mean = mean_clustered(&units.values, clusters, alpha).map(|mean| ClusteredMean { n: units.rows, ..mean });
    let interval = mean
        .and_then(|mean| wilson_clustered(mean, alpha))
        .map(|rate| rate.interval);
    let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
    Estimate::new(plain.mean, ends, 1.0 - alpha, n, "Wilson, clustered", unit)
}

/// The mean of values with a t interval, clustered where they share clusters; `None` for none.
pub(super) fn mean_of(units: &Units, alpha: f64, unit: Unit) -> Option<Estimate> {
    let plain = mean_t(&units.values, alpha)?;
    let (interval, method) = match &units.clusters {
        None => (plain.interval, "t"),
        Some(clusters) => {
            let mean = mean_clustered(&units.values, clusters, alpha)?;
            (mean.interval, "t, clustered")
        }
    };
    let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
    Some(Estimate::new(plain.mean, ends, 1.0 - alpha, plain.n, method, unit))
}

fn mean_score(input: &Input<'_>) -> Estimate {
    if input.counts.scored > 0 && !input.run.rule.graded {
        let why = "Every score is 0 or 1, so the mean score is the accuracy.";
        return undefined("score.mean", why, input.counts.scored);
    }
    let units = input.units(input.scored_rows(), |row| input.samples.scores.at(row));
    let why = "No sample has a numeric score.";
    let unit = Unit::Score;
    mean_of(&units, input.alpha(), unit).unwrap_or_else(|| undefined("score.mean", why, 0))
}

fn undefined(id: &str, why: &str, n: u64) -> Estimate {
    Metric::find(id).map_or_else(Estimate::default, |metric| metric.undefined(why, n))
}

fn costs(input: &Input<'_>) -> [(&'static str, Estimate); 4] {
    let samples = input.samples;
    let rows = 0..samples.len();
    let cost = |row: usize| samples.cost.at(row).filter(|dollars| *dollars >= 0.0);
    let mut priced: Vec<f64> = rows.clone().filter_map(cost).collect();
    priced.sort_unstable_by(f64::total_cmp);
    let n = priced.len() as u64;
    let total = sum(priced.iter().copied());
    let no_cost = "No sample states its cost. Add a cost column in US dollars.";
    let plain = |value: f64, method: &str| Estimate::new(value, (None, None), 0.0, n, method, Unit::Dollars);
    let right = rows
        .clone()
        .filter(|&row| cost(row).is_some() && input.outcome(row).is_right())
        .count();
    let per_right = match (n, right) {
        (0, _) => undefined("cost.per-right", no_cost, 0),
        (_, 0) => undefined(
            "cost.per-right",
            "No sample with a cost is right, so there is no right answer to pay for.",
            n,
        ),
        _ => plain(total / right as f64, "ratio of sums"),
    };
    let per_sample = mean_of(&input.units(rows.clone(), cost), input.alpha(), Unit::Dollars);
    let tokens = |row: usize| match (samples.tokens_in.at(row), samples.tokens_out.at(row)) {
        (None, None) => None,
        (read, written) => Some(read.unwrap_or(0.0) + written.unwrap_or(0.0)),
    };
    let tokens = mean_of(&input.units(rows, tokens), input.alpha(), Unit::Tokens);
    let no_tokens = "No sample states its tokens. Add columns for input and output tokens.";
    [
        (
            "cost.total",
            if n == 0 {
                undefined("cost.total", no_cost, 0)
            } else {
                plain(total, "sum")
            },
        ),
        (
            "cost.per-sample",
            per_sample.unwrap_or_else(|| undefined("cost.per-sample", no_cost, 0)),
        ),
        ("cost.per-right", per_right),
        (
            "tokens.per-sample",
            tokens.unwrap_or_else(|| undefined("tokens.per-sample", no_tokens, 0)),
        ),
    ]
}

/// Cautions on the accuracy of a run, for its headline.
pub(super) fn cautions(input: &Input<'_>) -> Vec<String> {
    let mut cautions = Vec::new();
    let few = input
        .groups()
        .map(|groups| groups.count)
        .filter(|&count| count < FEW_GROUPS);
    if let Some(count) = few {
        let groups = text::counted(
            count as u64,
            if input.clusters().is_some() { "cluster" } else { "item" },
        );
        cautions.push(format!(
            "Only {groups}: intervals that allow for dependence need about {FEW_GROUPS}."
        ));
    }
    if input.counts.duplicate_ids > 0 {
        let ids = text::counted(input.counts.duplicate_ids, "sample id");
        cautions.push(format!(
            "{ids} stand more than once in the same epoch; their rows count as repeats of one item."
        ));
    }
    if input.counts.errored > 0 {
        let errored = text::counted(input.counts.errored, "errored sample");
        let are = text::are(input.counts.errored);
        cautions.push(format!("{errored} {are} left out of accuracy and calibration."));
    }
    if input.counts.left_out > 0 {
        let records = text::counted(input.counts.left_out, "record");
        cautions.push(format!(
            "{records} could not be read, so this is not the whole run; see Data."
        ));
    }
    cautions
}

/// Fewer groups than this make clustered intervals unreliable.
const FEW_GROUPS: usize = 20;
