//! From bounds to verdicts.

use super::{Alarm, GateVerdict, Kind, TriggerVerdict, Verdict, Verdicts, contract, words};
use crate::estimate::{Estimate, Unit};
use crate::report::{Bound, COMPARE, Direction, Filter, Metric, Report};
use crate::review::policy::{Action, Gate, Limit, Policy, Severity, Side, Waiver};
use crate::run::Outcome;
use crate::stat::dist::{normal_quantile, normal_sf};
use crate::stat::gate::{self, Decision};
use crate::stat::multiplicity::holm;
use crate::stat::quantile::{Ratio, n_for_quantile_interval};

/// Judges `report` by `policy` on day `today` (`2026-11-22`): the data contract, every gate, every trigger.
///
/// The bounds are those of [`Report::bounds`], measured for [`Policy::asks`]. It fails closed: what is missing, absent or
/// not measured at the level of its gate is not enough evidence.
#[must_use]
pub fn judge(report: &Report, policy: &Policy, today: &str) -> Verdicts {
    let mut gates = contract::terms(report, policy.contract.as_ref());
    gates.extend(policy.all_gates().iter().map(|gate| judged(report, gate)));
    let mut corrections = Vec::new();
    corrections.extend(correct(&mut gates));
    for verdict in &mut gates {
        waive(verdict, &policy.waivers, today);
    }
    let (triggers, correction) = triggers(report, policy, &gates);
    corrections.extend(correction);
    let blocking = gates.iter().filter(|own| own.severity == Severity::Block).count();
    let verdict = match blocking {
        0 => Verdict::Inconclusive,
        _ => gates
            .iter()
            .filter_map(GateVerdict::weight)
            .max()
            .unwrap_or(Verdict::Pass),
    };
    let mut cautions = contract::cautions(report, policy.contract.as_ref());
    cautions.extend(ended(&policy.waivers, today));
    Verdicts {
        run: report.meta.name.clone(),
        date: today.to_owned(),
        looks: policy.looks,
        verdict,
        sentence: words::sentence(verdict, &gates, policy.looks),
        gates,
        triggers,
        corrections,
        cautions,
    }
}

/// One gate, waivers aside.
pub(super) fn judged(report: &Report, gate: &Gate) -> GateVerdict {
    let metric = Metric::find(&gate.metric);
    let mut verdict = GateVerdict {
        id: gate.id.clone(),
        kind: Kind::Gate,
        metric: gate.metric.clone(),
        title: metric.map_or_else(|| gate.metric.clone(), |metric| words::title(metric, gate)),
        slice: gate.slice.clone(),
        severity: gate.severity,
        level: gate.level,
        limit: gate.limit(),
        margin: gate.margin,
        rationale: gate.rationale.clone(),
        date: gate.date.clone(),
        set_after_run: is_after(&gate.date, &report.meta.created),
        filters: filters(report, gate),
        ..GateVerdict::default()
    };
    let bound = bound(report, gate);
    verdict.estimate = bound.map_or_else(|| unmeasured(metric), |bound| exact(bound.estimate));
    decide(&mut verdict, gate, metric);
    verdict.reason = words::reason(&verdict, gate);
    verdict
}

fn is_after(date: &str, created: &str) -> bool {
    let made = created.get(..10).unwrap_or("");
    !date.is_empty() && !made.is_empty() && date > made
}

/// What was measured for `gate`.
fn bound(report: &Report, gate: &Gate) -> Option<Bound> {
    let ask = gate.ask();
    let found = report.bounds.iter().find(|bound| bound.ask == ask).cloned();
    found.or_else(|| {
        // A number of the report serves where its interval happens to be of the level asked.
        let estimate = report.metrics.get(&gate.metric).filter(|_| gate.slice.is_none())?;
        let fits = estimate.value.is_none() || (estimate.level - ask.two_sided()).abs() < 1e-9;
        fits.then(|| Bound {
            estimate: estimate.clone(),
            ask,
            read: report.counts.read,
            scored: report.counts.scored,
        })
    })
}

fn unmeasured(metric: Option<&Metric>) -> Estimate {
    let why = "It was not measured at this slice and level. Open the files to judge it.";
    metric.map_or_else(
        || Estimate::undefined("There is no such metric.", 0, "", Unit::Score),
        |m| m.undefined(why, 0),
    )
}

/// A sum over the run itself has no sampling error: its bounds are the sum.
fn exact(estimate: Estimate) -> Estimate {
    if estimate.method != "sum" {
        return estimate;
    }
    Estimate {
        low: estimate.value,
        high: estimate.value,
        ..estimate
    }
}

/// Fills in verdict, needed samples and p-value.
fn decide(verdict: &mut GateVerdict, gate: &Gate, metric: Option<&Metric>) {
    let (Some(limit), Some(value)) = (verdict.limit, verdict.estimate.value) else {
        let least = metric.map(|metric| metric.minimum.max(gate.min_n.unwrap_or(0)));
        verdict.n_needed = least.filter(|least| verdict.limit.is_some() && *least > verdict.estimate.n);
        return;
    };
    let (low, high) = sized(limit.side, verdict.estimate.low, verdict.estimate.high);
    verdict.verdict = of(decision(limit, low, high));
    let (alpha, n) = (1.0 - gate.level, verdict.estimate.n);
    let size = if limit.side == Side::Within { value.abs() } else { value };
    if verdict.verdict == Verdict::Inconclusive {
        verdict.n_needed = needed(&verdict.estimate, (low, high), size, limit, alpha, &gate.metric);
    }
    verdict.p = p_bad(&verdict.estimate, (low, high), size, limit, alpha);
    if let Some(least) = gate.min_n.filter(|least| n < *least) {
        verdict.verdict = Verdict::Inconclusive;
        verdict.n_needed = verdict.n_needed.max(Some(least));
    }
}

fn of(decision: Decision) -> Verdict {
    match decision {
        Decision::Pass => Verdict::Pass,
        Decision::Fail => Verdict::Fail,
        Decision::Inconclusive => Verdict::Inconclusive,
    }
}

/// Bounds of the value, or of its distance from 0.
fn sized(side: Side, low: Option<f64>, high: Option<f64>) -> (Option<f64>, Option<f64>) {
    match (side, low, high) {
        (Side::Within, Some(low), Some(high)) => {
            let nearest = if low <= 0.0 && high >= 0.0 {
                0.0
            } else {
                low.abs().min(high.abs())
            };
            (Some(nearest), Some(low.abs().max(high.abs())))
        }
        (Side::Within, ..) => (None, None),
        _ => (low, high),
    }
}

fn decision(limit: Limit, low: Option<f64>, high: Option<f64>) -> Decision {
    let turned = |end: Option<f64>| end.map(|end| -end);
    match (limit.side, limit.strict) {
        (Side::AtLeast, false) => gate::at_least(low, high, limit.value),
        (Side::AtLeast, true) => gate::non_inferior(low, high, -limit.value),
        (Side::AtMost | Side::Within, false) => gate::at_most(low, high, limit.value),
        (Side::AtMost | Side::Within, true) => gate::non_inferior(turned(high), turned(low), limit.value),
    }
}

/// Samples at which the value, staying as observed, would be decided.
fn needed(
    estimate: &Estimate,
    (low, high): (Option<f64>, Option<f64>),
    size: f64,
    limit: Limit,
    alpha: f64,
    metric: &str,
) -> Option<u64> {
    let distance = size - limit.value;
    if distance == 0.0 {
        return None;
    }
    let more = |n: u64| (n > estimate.n && n < 1_000_000_000_000).then_some(n);
    if estimate.method == "Wilson" && estimate.unit == Unit::Share {
        return gate::n_to_decide_rate(size, limit.value, alpha).map(|n| n.max(estimate.n + 1));
    }
    // The half-width that faces the limit has to shrink to the distance; it shrinks with the root of n.
    let end = if distance > 0.0 { low } else { high };
    let ranks = quantile(metric).and_then(|q| n_for_quantile_interval(q, 2.0 * alpha));
    let Some(end) = end else {
        return ranks.and_then(more);
    };
    let shrink = ((size - end).abs() / distance.abs()).powi(2);
    let scaled = (estimate.n as f64 * shrink).ceil();
    let scaled = (scaled.is_finite() && scaled < 1e12).then_some(scaled as u64)?;
    more(scaled.max(estimate.n + 1).max(ranks.unwrap_or(0)))
}

fn quantile(metric: &str) -> Option<Ratio> {
    let percent = metric.rsplit(['p', '-']).next()?.parse::<u8>().ok()?;
    metric.starts_with("latency.").then(|| Ratio::percent(percent))
}

/// Chance of a value this far on the bad side of the limit, or further, if the truth lay at the limit.
///
/// Score test for plain rates (dual to Wilson's bounds), normal by the half-width of the bounds otherwise.
fn p_bad(
    estimate: &Estimate,
    (low, high): (Option<f64>, Option<f64>),
    size: f64,
    limit: Limit,
    alpha: f64,
) -> Option<f64> {
    let beyond = match limit.side {
        Side::AtLeast => limit.value - size,
        Side::AtMost | Side::Within => size - limit.value,
    };
    let null = limit.value * (1.0 - limit.value) / estimate.n as f64;
    if estimate.method == "Wilson" && null > 0.0 {
        return Some(normal_sf(beyond / null.sqrt()));
    }
    let good_end = if limit.side == Side::AtLeast { high } else { low }?;
    let error = (size - good_end).abs() / normal_quantile(1.0 - alpha)?;
    if error > 0.0 {
        return Some(normal_sf(beyond / error));
    }
    Some(if beyond > 0.0 { 0.0 } else { 1.0 })
}

/// Adjusts the p-values of gates that fail for the number of gates that could have; says so.
fn correct(gates: &mut [GateVerdict]) -> Option<String> {
    let family: Vec<usize> = (0..gates.len())
        .filter(|&at| gates.get(at).is_some_and(|own| own.p.is_some()))
        .collect();
    let p: Vec<f64> = family.iter().filter_map(|&at| gates.get(at)?.p).collect();
    let adjusted = holm(&p)?;
    let (mut failing, mut standing) = (0u64, 0u64);
    for (&at, adjusted) in family.iter().zip(adjusted) {
        let Some(gate) = gates.get_mut(at) else { continue };
        if gate.verdict == Verdict::Fail {
            gate.p_holm = Some(adjusted);
            failing += 1;
            standing += u64::from(adjusted <= 1.0 - gate.level);
        } else {
            gate.p = None;
        }
    }
    (failing > 0 && family.len() > 1).then(|| words::correction(failing, standing, family.len() as u64))
}

fn waive(verdict: &mut GateVerdict, waivers: &[Waiver], today: &str) {
    let own = waivers.iter().filter(|waiver| waiver.gate == verdict.id);
    // Of several waivers the one that lasts longest counts.
    verdict.waiver = own.max_by_key(|waiver| waiver.until.clone()).cloned();
    let holds = |waiver: &Waiver| {
        let is_signed = !waiver.who.trim().is_empty() && !waiver.why.trim().is_empty();
        is_signed && !today.is_empty() && waiver.until.as_str() >= today
    };
    verdict.is_waived = verdict.waiver.as_ref().is_some_and(holds);
}

fn ended(waivers: &[Waiver], today: &str) -> Vec<String> {
    let over = waivers.iter().filter(|waiver| waiver.until.as_str() < today);
    over.map(|waiver| {
        format!(
            "The waiver of “{}” by {} ended on {}.",
            waiver.gate, waiver.who, waiver.until
        )
    })
    .collect()
}

fn triggers(report: &Report, policy: &Policy, gates: &[GateVerdict]) -> (Vec<TriggerVerdict>, Option<String>) {
    let mut judged: Vec<GateVerdict> = policy
        .triggers
        .iter()
        .map(|trigger| self::judged(report, &trigger.gate()))
        .collect();
    let p: Vec<f64> = judged.iter().map(|own| own.p.unwrap_or(1.0)).collect();
    let adjusted = holm(&p).unwrap_or_default();
    for (own, adjusted) in judged.iter_mut().zip(adjusted) {
        own.p_holm = own.p.map(|_| adjusted);
    }
    let is_worse = gates.iter().any(is_quality_failing);
    let count = judged.len() as u64;
    let verdicts = judged.into_iter().zip(&policy.triggers).map(|(gate, trigger)| {
        let holds = gate.p_holm.is_none_or(|p| p <= 1.0 - gate.level);
        let alarm = match gate.verdict {
            Verdict::Pass => Alarm::Quiet,
            Verdict::Fail if holds => Alarm::Fires,
            Verdict::Fail | Verdict::Inconclusive => Alarm::Unclear,
        };
        let advised = match trigger.action {
            Action::Retrain if trigger.metric.starts_with("drift.") && !is_worse => Action::Investigate,
            action => action,
        };
        TriggerVerdict {
            gate,
            alarm,
            action: trigger.action,
            advised: (alarm == Alarm::Fires).then_some(advised),
            window: trigger.window.clone(),
            owner: trigger.owner.clone(),
        }
    });
    (verdicts.collect(), (count > 1).then(|| words::alerts(count)))
}

/// Whether the gate shows that answers are worse than agreed.
fn is_quality_failing(gate: &GateVerdict) -> bool {
    let id = gate.metric.strip_prefix(COMPARE).unwrap_or(&gate.metric);
    let is_quality =
        Metric::find(id).is_some_and(|metric| matches!(metric.section, "accuracy" | "failures" | "slices"));
    gate.verdict == Verdict::Fail && is_quality
}

/// The samples that speak against the gate.
fn filters(report: &Report, gate: &Gate) -> Vec<Filter> {
    let mut filters: Vec<Filter> = gate
        .slice
        .iter()
        .map(|slice| Filter::Slice {
            name: slice.name.clone(),
            value: Some(slice.value.clone()),
        })
        .collect();
    let id = gate.metric.strip_prefix(COMPARE).unwrap_or(&gate.metric);
    let limit = gate.limit().map_or(0.0, |limit| limit.value);
    let is_difference = gate.compares();
    let flips = report
        .comparison
        .as_ref()
        .and_then(|comparison| comparison.flips.as_ref());
    match id {
        "accuracy" | "failures.rate" | "score.mean" if is_difference => {
            filters.extend(flips.map(|flips| Filter::Ids(flips.failing_ids.clone())));
        }
        "errors.rate" => filters.push(Filter::Outcome(Outcome::Errored)),
        "unscored.rate" => filters.push(Filter::Outcome(Outcome::Unscored)),
        "latency.attainment" => filters.extend(
            report
                .options
                .budget_secs
                .map(|low| Filter::Latency { low, high: None }),
        ),
        "latency.ttft-attainment" => filters.extend(
            report
                .options
                .ttft_budget_secs
                .map(|low| Filter::Ttft { low, high: None }),
        ),
        _ if is_difference => {}
        _ if id.starts_with("latency.ttft-p") => filters.push(Filter::Ttft { low: limit, high: None }),
        _ if id.starts_with("latency.p") => filters.push(Filter::Latency { low: limit, high: None }),
        _ => match Metric::find(id) {
            Some(m) if matches!(m.section, "accuracy" | "failures" | "slices") => filters.push(Filter::NotRight),
            // Confident and wrong is what makes calibration bad.
            Some(m) if m.section == "calibration" && m.direction != Direction::One => {
                filters.extend([Filter::NotRight, Filter::Confidence { low: 0.8, high: 1.0 }]);
            }
            _ => {}
        },
    }
    filters
}
