//! Numbers with the bounds a gate needs: any metric, on any slice, at any level.

use serde::{Deserialize, Serialize};

use super::compare;
use super::drift;
use super::input::{Input, Watch};
use super::metric::{COMPARE, Metric};
use super::{Filter, Options, Report, SECTIONS};
use crate::estimate::{Estimate, Unit};
use crate::run::Run;

/// The metric that needs a baseline and is no difference.
const DRIFT: &str = "drift.psi-max";

/// What a gate asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ask {
    /// Id of the metric, with `compare.` before it for a difference.
    pub metric: String,
    /// Slice column and value; `None` for all samples.
    pub slice: Option<(String, String)>,
    /// One-sided level of each bound, 0.5..1.
    pub level: f64,
}

/// What was asked for, measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bound {
    /// What was asked.
    pub ask: Ask,
    /// The value; its ends are one-sided bounds at the level asked, so its own two-sided level is 2 · level − 1.
    pub estimate: Estimate,
    /// Samples read in the slice.
    pub read: u64,
    /// Scored samples among them.
    pub scored: u64,
}

impl Ask {
    /// Two-sided level whose interval ends at the one-sided bounds.
    #[must_use]
    pub fn two_sided(&self) -> f64 {
        // 2 · 0.95 − 1 should be 0.9 to the last bit.
        ((2.0 * self.level - 1.0) * 1e12).round() / 1e12
    }
}

/// Measures what `asks` want of `run`, differences against `baseline`; one answer an ask, in their order.
///
/// Exact: each pair of slice and level is computed from the samples, by the method of the metric. A slice that does not
/// exist, a metric that is not in the table and a missing baseline give an undefined estimate with the reason.
/// `None` when `watch` says to stop.
#[must_use]
pub fn bounds(
    run: &Run,
    baseline: Option<&Run>,
    options: &Options,
    asks: &[Ask],
    watch: Watch<'_>,
) -> Option<Vec<Bound>> {
    let mut groups: Vec<(&Ask, Vec<usize>)> = Vec::new();
    for (place, ask) in asks.iter().enumerate() {
        match groups
            .iter_mut()
            .find(|(first, _)| first.slice == ask.slice && first.two_sided() == ask.two_sided())
        {
            Some((_, places)) => places.push(place),
            None => groups.push((ask, vec![place])),
        }
    }
    let mut answers: Vec<Bound> = asks
        .iter()
        .map(|ask| Bound {
            ask: ask.clone(),
            ..Bound::default()
        })
        .collect();
    for (first, places) in groups {
        let ids: Vec<&str> = places
            .iter()
            .filter_map(|&at| asks.get(at))
            .map(|ask| ask.metric.as_str())
            .collect();
        let measured = measure(run, baseline, options, first, &ids, watch)?;
        for place in places {
            let Some(answer) = answers.get_mut(place) else { continue };
            answer.read = measured.counts.read;
            answer.scored = measured.counts.scored;
            answer.estimate = found(&measured, answer, baseline.is_some());
        }
    }
    Some(answers)
}

/// The estimate that `answer` asks for, from the report of its slice and level.
fn found(measured: &Report, answer: &Bound, has_baseline: bool) -> Estimate {
    let id = answer.ask.metric.as_str();
    let Some(metric) = Metric::find(id) else {
        return Estimate::undefined(&format!("There is no metric called “{id}”."), 0, "", Unit::Score);
    };
    if let (Some((name, value)), 0) = (&answer.ask.slice, answer.read) {
        return metric.undefined(&format!("No sample is in the slice {name} = {value}."), 0);
    }
    if id.starts_with(COMPARE) && !has_baseline {
        let why = "There is no baseline to compare with.";
        return Estimate::undefined(why, 0, metric.method, metric.difference_unit());
    }
    let absent = || metric.undefined("The files hold nothing it could be computed from.", 0);
    measured.metrics.get(id).cloned().unwrap_or_else(absent)
}

/// The report of the slice at the level of `ask`, with what `ids` need.
fn measure(
    run: &Run,
    baseline: Option<&Run>,
    options: &Options,
    ask: &Ask,
    ids: &[&str],
    watch: Watch<'_>,
) -> Option<Report> {
    let options = Options {
        level: ask.two_sided(),
        ..options.clone()
    };
    let slice = |run: &Run| match &ask.slice {
        Some((name, value)) => within(run, name, value),
        None => run.clone(),
    };
    let drifts = ids.contains(&DRIFT);
    let compares = drifts || ids.iter().any(|id| id.starts_with(COMPARE));
    let run = slice(run);
    let input = Input::new(&run, &options, watch);
    let mut report = parts(&input, ids)?;
    if let (true, Some(baseline)) = (compares, baseline) {
        let baseline = slice(baseline);
        let there = Input::new(&baseline, &options, watch);
        let reference = parts(&there, ids)?;
        let differences = compare::of_metrics((&input, &report), (&there, &reference), ids);
        report.metrics.extend(differences);
        if drifts {
            report
                .metrics
                .insert(DRIFT.to_owned(), drift::moved(&input, &there).largest);
        }
    }
    report.counts = input.counts;
    Some(report)
}

/// The parts of a report that `ids` need.
fn parts(input: &Input<'_>, ids: &[&str]) -> Option<Report> {
    // Differences of calibration are computed from the samples, not from these numbers.
    let own = ids.iter().filter(|id| !id.starts_with(COMPARE));
    let sections: Vec<&str> = own
        .filter_map(|id| Metric::find(id))
        .map(|metric| metric.section)
        .collect();
    let mut report = Report {
        meta: input.run.meta.clone(),
        rule: input.run.rule.clone(),
        options: input.options.clone(),
        counts: input.counts,
        ..Report::default()
    };
    // Counting is cheap and its ids stand in several sections; the rest is computed only where somebody asks for it.
    let is_wanted = |id: &str| matches!(id, "accuracy" | "failures" | "latency") || sections.contains(&id);
    for part in SECTIONS.iter().filter(|part| is_wanted(part.id)) {
        if !input.goes_on(part.doing, 0.0) {
            return None;
        }
        (part.compute)(input, &mut report);
        let is_refined = (part.refined)(input).iter().any(|id| ids.contains(id));
        let rest = part.refine.filter(|_| is_refined).and_then(|refine| refine(input));
        if let Some(mut rest) = rest {
            while !rest.advance(input, &mut report) {
                if !input.goes_on(part.doing, rest.progress().share) {
                    return None;
                }
            }
        }
    }
    input.goes_on("measuring gates", 1.0).then_some(report)
}

/// The run with only those samples whose slice column `name` holds `value`.
fn within(run: &Run, name: &str, value: &str) -> Run {
    let filter = Filter::Slice {
        name: name.to_owned(),
        value: Some(value.to_owned()),
    };
    Run {
        meta: run.meta.clone(),
        samples: run.samples.subset(&Filter::select(&[filter], &run.samples)),
        rule: run.rule.clone(),
        problems: Vec::new(),
    }
}
