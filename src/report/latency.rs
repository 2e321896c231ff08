//! How fast: quantiles with intervals from order statistics (from resampled clusters where calls are not independent),
//! distribution, attainment of a budget, speed of writing.

mod resampling;

pub(super) use resampling::{refine, refined};

use super::accuracy::mean_of;
use super::input::{Input, Units};
use super::metric::Metric;
use super::{Attainment, HistogramBin, Latency, Point, Quantile, Report, Section, Ttft};
use crate::estimate::{Estimate, Unit};
use crate::run::Outcome;
use crate::stat::ecdf::dkw_half_width;
use crate::stat::quantile::{Ratio, n_for_quantile_interval, quantile_interval, quantile_nearest_rank};
use crate::stat::slo::{CensoredQuantile, apdex, error_budget_used, quantile_censored, tail_ratio};
use crate::stat::tpot::{throughput, tpot};
use crate::text;

/// Points that a distribution function is resampled to.
const MOST_POINTS: usize = 512;
/// The quantiles shown, with the ids of their metrics.
const QUANTILES: [(Ratio, &str, &str); 4] = [
    (Ratio::P50, "latency.p50", "latency.ttft-p50"),
    (Ratio::P90, "latency.p90", ""),
    (Ratio::P95, "latency.p95", "latency.ttft-p95"),
    (Ratio::P99, "latency.p99", ""),
];
const NO_LATENCY: &str = "No sample states how long the model took. Add a latency column (seconds or milliseconds) or \
                          a log that times each call.";
const NO_TTFT: &str = "No sample states the time to its first token. Add a column such as time_to_first_token_ms.";

pub(super) fn compute(input: &Input<'_>, report: &mut Report) {
    let times = Times::of(input, |input, row| input.latency_at(row));
    let firsts = Times::of(input, first_at);
    for (q, total_id, first_id) in QUANTILES {
        put(report, total_id, times.quantile(q, input, NO_LATENCY).estimate);
        put(report, first_id, firsts.quantile(q, input, NO_TTFT).estimate);
    }
    let options = input.options;
    let attainment = times.attainment(input, options.budget_secs, NO_LATENCY, within_budget);
    let ttft_attainment = firsts.attainment(input, options.ttft_budget_secs, NO_TTFT, within_ttft_budget);
    put_attainment(report, &attainment, &ttft_attainment);
    let writing = writing(input);
    put_rest(input, report, &times, &writing);
    report.latency = if times.is_empty() && firsts.is_empty() {
        Section::Missing(missing(input))
    } else {
        Section::Ready(section(input, &times, &firsts, (attainment, ttft_attainment), writing))
    };
}

/// The time to the first token of a row.
fn first_at(input: &Input<'_>, row: usize) -> Option<f64> {
    let ttft = input.samples.ttft_secs.at(row);
    input.latency_at(row).and(ttft).or_else(|| lone_ttft(input, row))
}

/// Whether the answer of `row` came within the latency budget: not if it errored or was cut off.
///
/// `None` without a budget, for an answer from a cache, and for one that states no time.
pub(super) fn within_budget(input: &Input<'_>, row: usize) -> Option<bool> {
    let budget_secs = input.options.budget_secs?;
    match input.latency_at(row) {
        Some(secs) => Some(secs <= budget_secs && !input.samples.is_timed_out(row)),
        None => never_came(input, row).then_some(false),
    }
}

/// The same for the first token, which may have come before a call was cut off.
pub(super) fn within_ttft_budget(input: &Input<'_>, row: usize) -> Option<bool> {
    let budget_secs = input.options.ttft_budget_secs?;
    match first_at(input, row) {
        Some(secs) => Some(secs <= budget_secs),
        None => never_came(input, row).then_some(false),
    }
}

/// Whether a row without a time stands for a call that gave no answer.
fn never_came(input: &Input<'_>, row: usize) -> bool {
    input.outcome(row) == Outcome::Errored || (input.samples.is_timed_out(row) && !input.samples.is_cached(row))
}

/// Whether a call ran into a time-out; `None` for one that states neither a latency nor a time-out.
pub(super) fn ran_out(input: &Input<'_>, row: usize) -> Option<bool> {
    let is_cut = input.samples.is_timed_out(row) && !input.samples.is_cached(row);
    (is_cut || input.latency_at(row).is_some()).then_some(is_cut)
}

/// A time to first token of a sample without total latency.
fn lone_ttft(input: &Input<'_>, row: usize) -> Option<f64> {
    let counts = input.outcome(row) != Outcome::Errored && !input.samples.is_cached(row);
    input.samples.ttft_secs.at(row).filter(|secs| counts && *secs >= 0.0)
}

fn missing(input: &Input<'_>) -> String {
    match input.counts.cached {
        0 => NO_LATENCY.to_owned(),
        cached => format!(
            "All latencies are of answers from a cache ({}), which say nothing about the model. Run again without the cache.",
            text::counted(cached, "sample")
        ),
    }
}

fn put(report: &mut Report, id: &str, estimate: Estimate) {
    if !id.is_empty() {
        report.metrics.insert(id.to_owned(), estimate);
    }
}

fn undefined(id: &str, why: &str, n: u64) -> Estimate {
    Metric::find(id).map_or_else(Estimate::default, |metric| metric.undefined(why, n))
}

fn put_attainment(report: &mut Report, total: &Option<Attainment>, first: &Option<Attainment>) {
    let share = |attainment: &Option<Attainment>, id: &str, flag: &str| match attainment {
        Some(attainment) => attainment.share.clone(),
        None => undefined(
            id,
            &format!("No budget is set. Give one on the page or with {flag}."),
            0,
        ),
    };
    let total_share = share(total, "latency.attainment", "--budget 8s");
    let first_share = share(first, "latency.ttft-attainment", "--ttft-budget 1.5s");
    let used = total.as_ref().and_then(error_budget);
    put(report, "latency.attainment", total_share);
    put(report, "latency.ttft-attainment", first_share);
    let no_target = "No target share is set (such as 99 % within the budget), so there is no error budget.";
    put(
        report,
        "latency.error-budget",
        used.unwrap_or_else(|| undefined("latency.error-budget", no_target, 0)),
    );
}

/// Error budget used, from the attainment and its interval.
fn error_budget(attainment: &Attainment) -> Option<Estimate> {
    budget_used(&attainment.share, attainment.target?)
}

/// Error budget used where `share` is attained of a `target` share.
pub(crate) fn budget_used(share: &Estimate, target: f64) -> Option<Estimate> {
    let used = |share: f64| error_budget_used(share, target);
    let ends = (share.high.and_then(used), share.low.and_then(used));
    let value = used(share.value?)?;
    Some(Estimate::new(
        value,
        ends,
        share.level,
        share.n,
        "from the attainment",
        Unit::Share,
    ))
}

/// A quantile of `n` calls with the ends from order statistics; where calls are not independent, without an interval until
/// clusters are resampled.
fn of_rank(input: &Input<'_>, value: f64, ends: (Option<f64>, Option<f64>), n: u64) -> Estimate {
    match input.groups() {
        None => Estimate::new(value, ends, input.level(), n, "order statistics", Unit::Seconds),
        Some(_) => Estimate::new(value, (None, None), 0.0, n, BY_CLUSTER, Unit::Seconds),
    }
}

/// What the method of a quantile says whose interval comes from resampled clusters.
const BY_CLUSTER: &str = "nearest rank, cluster bootstrap";

/// Times of the samples, ascending, with those that were cut off.
struct Times {
    sorted: Vec<f64>,
    /// The same with whether each was cut off; empty if none was.
    with_cut_offs: Vec<(f64, bool)>,
    cut_off: u64,
}

impl Times {
    fn of(input: &Input<'_>, time: impl Fn(&Input<'_>, usize) -> Option<f64>) -> Self {
        let rows = 0..input.samples.len();
        let timed: Vec<(f64, bool)> = rows
            .filter_map(|row| Some((time(input, row)?, input.samples.is_timed_out(row))))
            .collect();
        let cut_off = timed.iter().filter(|(_, cut)| *cut).count() as u64;
        let mut sorted: Vec<f64> = timed.iter().map(|(secs, _)| *secs).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let with_cut_offs = if cut_off > 0 { timed } else { Vec::new() };
        Self {
            sorted,
            with_cut_offs,
            cut_off,
        }
    }

    fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    fn n(&self) -> u64 {
        self.sorted.len() as u64
    }

    fn quantile(&self, q: Ratio, input: &Input<'_>, why: &str) -> Quantile {
        let n_needed = n_for_quantile_interval(q, input.alpha()).unwrap_or(0);
        let Some(value) = quantile_nearest_rank(&self.sorted, q) else {
            let estimate = Estimate::undefined(why, 0, "order statistics", Unit::Seconds);
            return Quantile {
                q: q.value(),
                estimate,
                n_needed,
                is_censored: false,
            };
        };
        let interval = quantile_interval(&self.sorted, q, input.alpha()).filter(|_| input.groups().is_none());
        let is_censored = self.cut_off > 0
            && matches!(
                quantile_censored(&self.with_cut_offs, q),
                Some(CensoredQuantile::AtLeast(_))
            );
        let high = interval.and_then(|i| i.high).filter(|_| !is_censored);
        let ends = (interval.and_then(|i| i.low), high);
        let estimate = of_rank(input, value, ends, self.n());
        Quantile {
            q: q.value(),
            estimate,
            n_needed,
            is_censored,
        }
    }

    fn quantiles(&self, input: &Input<'_>) -> Vec<Quantile> {
        QUANTILES.iter().map(|(q, ..)| self.quantile(*q, input, "")).collect()
    }

    /// Share of the calls `within` the budget; undefined where no call states a time.
    fn attainment(
        &self,
        input: &Input<'_>,
        budget_secs: Option<f64>,
        why: &str,
        within: impl Fn(&Input<'_>, usize) -> Option<bool>,
    ) -> Option<Attainment> {
        let budget_secs = budget_secs.filter(|b| *b > 0.0)?;
        let share = input.rate_among(why, |row| within(input, row).filter(|_| !self.is_empty()));
        let target = input.options.target;
        Some(Attainment {
            budget_secs,
            error_budget_used: target
                .zip(share.value)
                .and_then(|(target, share)| error_budget_used(share, target)),
            share,
            target,
        })
    }

    /// Share at or below, at most [`MOST_POINTS`] points: evenly spaced ranks, the first and last value always.
    fn ecdf(&self) -> Vec<Point> {
        let n = self.sorted.len();
        let steps = n.min(MOST_POINTS);
        let mut points: Vec<Point> = Vec::with_capacity(steps);
        for step in 1..=steps {
            let rank = (step * n).div_ceil(steps).max(1);
            let Some(&x) = self.sorted.get(rank - 1) else { continue };
            let at_most = self.sorted.partition_point(|v| *v <= x);
            if points.last().is_none_or(|last| last.x < x) {
                points.push(Point {
                    x,
                    y: at_most as f64 / n as f64,
                });
            }
        }
        match (self.sorted.first(), points.first()) {
            (Some(&x), Some(first)) if x < first.x => {
                let y = self.sorted.partition_point(|v| *v <= x) as f64 / n as f64;
                points.insert(0, Point { x, y });
            }
            _ => {}
        }
        points
    }

    /// Counts in at most 40 bins, equal on a log scale (on a linear one if a value is 0).
    fn histogram(&self) -> Vec<HistogramBin> {
        let (Some(&low), Some(&high)) = (self.sorted.first(), self.sorted.last()) else {
            return Vec::new();
        };
        let edges = bin_edges(low, high, bins_for(self.sorted.len()));
        let below = |x: f64| self.sorted.partition_point(|v| *v <= x) as u64;
        let count = edges.len().saturating_sub(2);
        edges
            .windows(2)
            .enumerate()
            .filter_map(|(place, pair)| {
                let &[low, high] = pair else { return None };
                let before = if place == 0 { 0 } else { below(low) };
                let upto = if place == count { self.n() } else { below(high) };
                Some(HistogramBin {
                    low,
                    high,
                    right: upto - before,
                    wrong: 0,
                })
            })
            .collect()
    }
}

/// Rice's rule, between 5 and 40 bins.
pub(crate) fn bins_for(n: usize) -> usize {
    ((2.0 * (n as f64).cbrt()).ceil() as usize).clamp(5, 40)
}

/// Edges of `bins` bins from `low` to `high`; one bin if both are equal.
pub(crate) fn bin_edges(low: f64, high: f64, bins: usize) -> Vec<f64> {
    if high <= low {
        return vec![low, high];
    }
    let share = |place: usize| place as f64 / bins as f64;
    let (ratio, width) = (high / low, high - low);
    let edge = |place: usize| match place {
        0 => low,
        _ if place == bins => high,
        _ if low > 0.0 && ratio.is_finite() => low * ratio.powf(share(place)),
        // Ends further apart than a number can say: the same edge by way of its logarithm.
        _ if low > 0.0 => (low.ln() + (high.ln() - low.ln()) * share(place)).exp(),
        _ if width.is_finite() => low + width * share(place),
        _ => low * (1.0 - share(place)) + high * share(place),
    };
    (0..=bins).map(edge).collect()
}

/// Speed of writing.
struct Writing {
    tpot: Vec<(String, Estimate)>,
    mean: Estimate,
    throughput: Estimate,
}

/// Latency, time to first token and output tokens of a row that states all three and was not cut off.
fn generation(input: &Input<'_>, row: usize) -> Option<(f64, f64, u64)> {
    let samples = input.samples;
    let tokens = samples.tokens_out.at(row)?;
    let is_usable = !samples.is_timed_out(row) && tokens >= 0.0;
    is_usable.then_some((input.latency_at(row)?, samples.ttft_secs.at(row)?, tokens as u64))
}

/// Time per output token of a row.
fn secs_a_token(input: &Input<'_>, row: usize) -> Option<f64> {
    tpot([generation(input, row)?])?.secs.first().copied()
}

fn writing(input: &Input<'_>) -> Writing {
    let samples = input.samples;
    let generations = (0..samples.len()).filter_map(|row| generation(input, row));
    let why = "Needs latency, time to first token and output tokens of the same samples.";
    let Some(found) = tpot(generations) else {
        return Writing {
            tpot: Vec::new(),
            mean: undefined("latency.tpot", why, 0),
            throughput: throughput_of(input),
        };
    };
    let n = found.secs.len() as u64;
    let mut sorted = found.secs.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let units = match input.groups() {
        None => Units::alone(sorted.clone()),
        Some(_) => input.units(0..samples.len(), |row| secs_a_token(input, row)),
    };
    let mean = mean_of(&units, input.alpha(), Unit::Seconds);
    let mean = mean.unwrap_or_else(|| undefined("latency.tpot", why, n));
    let plain = |value: f64, method: &str| Estimate::new(value, (None, None), 0.0, n, method, Unit::Seconds);
    let mut rows = vec![("mean of ratios".to_owned(), mean.clone())];
    for (q, name) in [(Ratio::P50, "median"), (Ratio::P99, "p99")] {
        if let Some(value) = quantile_nearest_rank(&sorted, q) {
            let interval = quantile_interval(&sorted, q, input.alpha());
            let ends = (interval.and_then(|i| i.low), interval.and_then(|i| i.high));
            rows.push((name.to_owned(), of_rank(input, value, ends, n)));
        }
    }
    rows.push((
        "ratio of sums".to_owned(),
        plain(found.ratio_of_sums_secs, "ratio of sums"),
    ));
    Writing {
        tpot: rows,
        mean,
        throughput: throughput_of(input),
    }
}

fn throughput_of(input: &Input<'_>) -> Estimate {
    let samples = input.samples;
    let (mut first, mut last, mut tokens, mut n) = (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0u64);
    for row in 0..samples.len() {
        let (Some(start), Some(secs), Some(out)) = (
            samples.started_secs.at(row),
            input.latency_at(row),
            samples.tokens_out.at(row),
        ) else {
            continue;
        };
        first = first.min(start);
        last = last.max(start + secs);
        tokens += out.max(0.0).round();
        n += 1;
    }
    let value = (n > 1).then(|| throughput(tokens as u64, last - first)).flatten();
    match value {
        Some(value) => Estimate::new(value, (None, None), 0.0, n, "ratio of sums", Unit::TokensPerSecond),
        None => undefined(
            "latency.throughput",
            "Needs start time, latency and output tokens of two samples or more.",
            n,
        ),
    }
}

fn put_rest(input: &Input<'_>, report: &mut Report, times: &Times, writing: &Writing) {
    let n = times.n();
    let ratio = quantile_nearest_rank(&times.sorted, Ratio::P99)
        .zip(quantile_nearest_rank(&times.sorted, Ratio::P50))
        .and_then(|(p99, p50)| tail_ratio(p99, p50));
    let ratio = match ratio {
        Some(ratio) => Estimate::new(ratio, (None, None), 0.0, n, "nearest rank", Unit::Ratio),
        None => undefined(
            "latency.tail-ratio",
            if n == 0 { NO_LATENCY } else { "The median latency is 0." },
            n,
        ),
    };
    put(report, "latency.tail-ratio", ratio);
    put(
        report,
        "latency.timeouts",
        input.rate_among(NO_LATENCY, |row| ran_out(input, row)),
    );
    put(report, "latency.tpot", writing.mean.clone());
    put(report, "latency.throughput", writing.throughput.clone());
}

fn section(
    input: &Input<'_>,
    times: &Times,
    firsts: &Times,
    (attainment, ttft_attainment): (Option<Attainment>, Option<Attainment>),
    writing: Writing,
) -> Latency {
    let ends = |sorted: &[f64]| {
        (
            sorted.first().copied().unwrap_or(0.0),
            sorted.last().copied().unwrap_or(0.0),
        )
    };
    let tail_ratio = quantile_nearest_rank(&times.sorted, Ratio::P99)
        .zip(quantile_nearest_rank(&times.sorted, Ratio::P50))
        .and_then(|(p99, p50)| tail_ratio(p99, p50));
    let ttft = (!firsts.is_empty()).then(|| Ttft {
        n: firsts.n(),
        ecdf: firsts.ecdf(),
        quantiles: firsts.quantiles(input),
        attainment: ttft_attainment,
    });
    Latency {
        n: times.n(),
        source: source(input),
        range: ends(&times.sorted),
        ecdf: times.ecdf(),
        dkw: dkw_half_width(times.n(), input.alpha()).unwrap_or(0.0),
        histogram: times.histogram(),
        quantiles: if times.is_empty() {
            Vec::new()
        } else {
            times.quantiles(input)
        },
        apdex: apdex_of(input, attainment.as_ref()),
        attainment,
        is_long_tailed: tail_ratio.is_some_and(|ratio| ratio > LONG_TAIL),
        tail_ratio,
        timed_out: times.cut_off,
        ttft,
        tpot: writing.tpot,
        throughput: writing.throughput.value.is_some().then_some(writing.throughput),
        cautions: cautions(input, times),
    }
}

/// A p99 this many times the median asks for a log axis.
const LONG_TAIL: f64 = 5.0;

/// Where the latency comes from: the field the reader took it from.
fn source(input: &Input<'_>) -> String {
    let role = input.run.meta.roles.iter().find(|(role, _)| role == "latency");
    role.map_or_else(String::new, |(_, field)| format!("the field “{field}”"))
}

fn apdex_of(input: &Input<'_>, attainment: Option<&Attainment>) -> Option<f64> {
    let threshold_secs = attainment?.budget_secs;
    let rows = 0..input.samples.len();
    let requests = rows.filter_map(|row| {
        let is_fine = input.outcome(row) != Outcome::Errored && !input.samples.is_timed_out(row);
        match input.latency_at(row) {
            Some(secs) => Some((secs, is_fine)),
            None => (!is_fine).then_some((0.0, false)),
        }
    });
    apdex(requests, threshold_secs)
}

fn cautions(input: &Input<'_>, times: &Times) -> Vec<String> {
    let counts = input.counts;
    let mut cautions = Vec::new();
    if counts.cached > 0 {
        let cached = text::counted(counts.cached, "sample");
        cautions.push(format!("{cached} answered from a cache are left out."));
    }
    if times.cut_off > 0 {
        let cut = text::counted(times.cut_off, "sample");
        cautions.push(format!("{cut} ran into a time-out and count as at least their limit."));
    }
    let is_lost = |row: &usize| ran_out(input, *row) == Some(true) && input.latency_at(*row).is_none();
    let lost = (0..input.samples.len()).filter(is_lost).count() as u64;
    if lost > 0 {
        let words = text::counted(lost, "time-out");
        cautions.push(format!(
            "{words} without a latency are not in the quantiles, which look better for it; they count as missing the budget."
        ));
    }
    if input.groups().is_some() && times.n() > 1 {
        cautions.push(
            "The band around the distribution takes calls as independent: with repeats or clusters it is too narrow. The \
             intervals of the quantiles are not: they resample whole clusters."
                .to_owned(),
        );
    }
    let errored = (0..input.samples.len())
        .filter(|&row| input.outcome(row) == Outcome::Errored && !input.samples.is_timed_out(row))
        .count() as u64;
    if errored > 0 {
        let words = text::counted(errored, "errored sample");
        cautions.push(format!(
            "{words} are not in the quantiles; they count as missing the budget."
        ));
    }
    let whole = !times.is_empty() && times.sorted.iter().all(|secs| secs.fract() == 0.0);
    if whole && times.n() > 1 {
        cautions.push("All latencies are whole seconds: they may have been rounded.".to_owned());
    }
    if times.n() > 1 {
        cautions.push(
            "If the load generator waited for each answer before the next call, slow periods are under-counted and high \
             quantiles look better than they are."
                .to_owned(),
        );
    }
    cautions
}
