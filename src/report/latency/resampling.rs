//! Intervals of quantiles where calls are not independent: whole clusters, or items with their repeats, are resampled.

use std::collections::VecDeque;

use super::super::input::{Input, Progress};
use super::super::stage::Refine;
use super::super::{Quantile, Report, Section};
use super::{QUANTILES, first_at, secs_a_token};
use crate::estimate::Estimate;
use crate::stat::clustered::QuantileDraws;
use crate::stat::quantile::Ratio;
use crate::text;

/// Calls times replicates that resampling may cost.
const MOST_WORK: u64 = 1_000_000_000;
/// Calls gone through before somebody may stop the draws.
const CALLS_A_TURN: usize = 1_000_000;
/// Metrics whose interval comes from the draws.
const REFINED: [&str; 6] = [
    "latency.p50",
    "latency.p90",
    "latency.p95",
    "latency.p99",
    "latency.ttft-p50",
    "latency.ttft-p95",
];
/// Quantiles of the time per output token.
const OF_TPOT: [(Ratio, &str); 2] = [(Ratio::P50, "median"), (Ratio::P99, "p99")];

/// Metrics of this run whose interval comes from the draws: none where calls are independent.
pub(in crate::report) fn refined(input: &Input<'_>) -> &'static [&'static str] {
    if input.groups().is_some() { &REFINED } else { &[] }
}

/// The draws, where calls are not independent.
pub(in crate::report) fn refine(input: &Input<'_>) -> Option<Box<dyn Refine>> {
    input.groups()?;
    let kinds = [Of::Total, Of::FirstToken, Of::Token].into_iter();
    let todo: VecDeque<(Of, Option<QuantileDraws>)> = kinds
        .filter_map(|of| {
            let rows = of.rows(input);
            let work = rows.len() as u64 * u64::from(input.options.replicates);
            let draws = || QuantileDraws::new(&rows, &of.quantiles(), input.options.seed);
            match work {
                0 => None,
                _ if work > MOST_WORK => Some((of, None)),
                _ => draws().map(|draws| (of, Some(draws))),
            }
        })
        .collect();
    (!todo.is_empty()).then(|| -> Box<dyn Refine> {
        Box::new(Resampling {
            kinds: todo.len(),
            todo,
            replicates: input.options.replicates as usize,
        })
    })
}

/// What is timed.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Total,
    FirstToken,
    Token,
}

impl Of {
    /// Time and cluster of each call that has one.
    fn rows(self, input: &Input<'_>) -> Vec<(f64, u32)> {
        let time = |row: usize| match self {
            Self::Total => input.latency_at(row),
            Self::FirstToken => first_at(input, row),
            Self::Token => secs_a_token(input, row),
        };
        let group = |row: usize| input.groups()?.of_row.get(row).copied();
        let rows = 0..input.samples.len();
        rows.filter_map(|row| Some((time(row)?, group(row)?))).collect()
    }

    fn quantiles(self) -> Vec<Ratio> {
        match self {
            Self::Token => OF_TPOT.map(|(q, _)| q).into(),
            _ => QUANTILES.map(|(q, ..)| q).into(),
        }
    }
}

struct Resampling {
    /// What is left to do; without draws where they would take too long.
    todo: VecDeque<(Of, Option<QuantileDraws>)>,
    kinds: usize,
    replicates: usize,
}

impl Refine for Resampling {
    fn advance(&mut self, input: &Input<'_>, report: &mut Report) -> bool {
        let Some((of, draws)) = self.todo.front_mut() else {
            return true;
        };
        let is_done = match draws {
            None => {
                too_long(*of, report);
                true
            }
            Some(draws) => {
                let turn = (CALLS_A_TURN / draws.rows().max(1)).clamp(1, 100);
                let left = self.replicates - draws.done().min(self.replicates);
                (0..turn.min(left)).for_each(|_| draws.step());
                let is_done = draws.done() >= self.replicates;
                if is_done {
                    fill(*of, draws, input, report);
                }
                is_done
            }
        };
        if is_done {
            self.todo.pop_front();
        }
        self.todo.is_empty()
    }

    fn progress(&self) -> Progress {
        let own = self.todo.front().and_then(|(_, draws)| draws.as_ref());
        let done = own.map_or(0, QuantileDraws::done);
        let before = self.kinds - self.todo.len();
        Progress {
            doing: "Intervals of the latency quantiles",
            share: (before as f64 + done as f64 / self.replicates.max(1) as f64) / self.kinds.max(1) as f64,
            replicates: Some((done as u64, self.replicates as u64)),
        }
    }
}

/// Says that an interval would take too long.
fn too_long(of: Of, report: &mut Report) {
    if let (Section::Ready(part), Of::Total) = (&mut report.latency, of) {
        let words = text::counted(part.n, "call");
        part.cautions.push(format!(
            "Resampling the clusters of {words} would take too long: quantiles are shown without intervals."
        ));
    }
}

/// Puts the intervals where the quantiles stand.
fn fill(of: Of, draws: &QuantileDraws, input: &Input<'_>, report: &mut Report) {
    let put = |estimate: &mut Estimate, place: usize, is_censored: bool| {
        let (low, high) = draws.ends(place, input.alpha());
        if estimate.value.is_some() && (low.is_some() || high.is_some()) {
            (estimate.low, estimate.high) = (low, high.filter(|_| !is_censored));
            estimate.level = input.level();
        }
    };
    let Section::Ready(part) = &mut report.latency else {
        return;
    };
    let quantiles: &mut [Quantile] = match of {
        Of::Total => &mut part.quantiles,
        Of::FirstToken => part.ttft.as_mut().map_or(&mut [], |ttft| &mut ttft.quantiles),
        Of::Token => {
            for (place, (_, name)) in OF_TPOT.iter().enumerate() {
                let row = part.tpot.iter_mut().find(|(own, _)| own == name);
                row.into_iter().for_each(|(_, estimate)| put(estimate, place, false));
            }
            &mut []
        }
    };
    for (place, (quantile, (_, total, first))) in quantiles.iter_mut().zip(QUANTILES).enumerate() {
        put(&mut quantile.estimate, place, quantile.is_censored);
        let id = if of == Of::Total { total } else { first };
        if let Some(metric) = report.metrics.get_mut(id) {
            metric.clone_from(&quantile.estimate);
        }
    }
}
