//! A review on the wire.

use std::collections::BTreeMap;

use super::estimate::Known;
use super::metrics::number;
use super::report::{HEAD_DIGITS, hash, report};
use super::wire::{Done, Fault, Wire};
use crate::estimate::Unit;
use crate::report::{Bound, Options, Report};
use crate::review::policy::{
    Action, ColumnType, Contract, Gate, LatencyPolicy, Policy, Severity, SliceName, Trigger, Waiver,
};
use crate::review::{Anchor, Choice, Condition, Decision, Dissent, Note, Pin, Review, State};

/// Chooses one of `all` by number.
fn one_of<T: Copy + PartialEq>(wire: &mut Wire, kind: u16, value: &mut T, all: &[T]) -> Done {
    let mut place = all.iter().position(|own| own == value).unwrap_or(0) as u32;
    wire.choice(kind, all.len() as u32, &mut place)?;
    *value = *all.get(place as usize).ok_or(Fault::Nonsense)?;
    Ok(())
}

/// A whole review but for its events and verdicts.
pub(super) fn review(wire: &mut Wire, review: &mut Review) -> Done {
    wire.part = "review";
    wire.text(0x600, &mut review.app)?;
    let mut methods = u64::from(review.methods);
    wire.count(0x601, &mut methods)?;
    review.methods = u32::try_from(methods).map_err(|_| Fault::Nonsense)?;
    state(wire, &mut review.state)?;
    wire.part = "review";
    hash(wire, &mut review.audit.head, HEAD_DIGITS)?;
    wire.count(0x602, &mut review.audit.count)?;
    let policy = review.state.policy.clone().unwrap_or_default();
    let usual = policy.applied(&Options::default());
    wire.list(0x603, &mut review.reports, |wire, own| {
        report(wire, own, &usual)?;
        wire.part = "bounds";
        bounds(wire, own, &policy)
    })
}

/// What the gates and triggers of `policy` measured.
fn bounds(wire: &mut Wire, own: &mut Report, policy: &Policy) -> Done {
    let asks = policy.asks();
    let mut are_asked =
        own.bounds.len() == asks.len() && own.bounds.iter().zip(&asks).all(|(bound, ask)| bound.ask == *ask);
    wire.flag(0x604, &mut are_asked)?;
    let mut bounds = std::mem::take(&mut own.bounds);
    if are_asked {
        bounds.resize(asks.len(), Bound::default());
        for (each, ask) in bounds.iter_mut().zip(asks) {
            each.ask = ask;
            bound(wire, each, policy, own)?;
        }
    } else {
        wire.list(0x605, &mut bounds, |wire, each| {
            wire.text(0x607, &mut each.ask.metric)?;
            wire.option(0x608, &mut each.ask.slice, super::report::pair)?;
            wire.exact(0x609, &mut each.ask.level)?;
            bound(wire, each, policy, own)
        })?;
    }
    own.bounds = bounds;
    Ok(())
}

/// The measure of an ask that is known.
fn bound(wire: &mut Wire, bound: &mut Bound, policy: &Policy, own: &Report) -> Done {
    let triggers = policy.triggers.iter().map(Trigger::gate);
    let gates: Vec<Gate> = policy.all_gates().into_iter().chain(triggers).collect();
    let limit = gates.iter().find(|gate| gate.ask() == bound.ask).and_then(Gate::limit);
    let before = wire.usual_level;
    wire.usual_level = bound.ask.two_sided();
    let metric = crate::report::Metric::find(&bound.ask.metric);
    let unit = match metric {
        Some(metric) if bound.ask.metric.starts_with(crate::report::COMPARE) => metric.difference_unit(),
        Some(metric) => metric.unit,
        None => Unit::Share,
    };
    let whole = own.metrics.get(&bound.ask.metric).filter(|_| bound.ask.slice.is_none());
    let known = Known {
        unit,
        limit: limit.map(|limit| limit.value),
        guess: whole,
    };
    wire.about = number(wire.codec, &bound.ask.metric);
    let told = wire.estimate(0x610, &mut bound.estimate, known);
    wire.about = 0;
    wire.usual_level = before;
    told?;
    wire.tally(0x60a, &mut bound.read)?;
    wire.tally(0x60b, &mut bound.scored)
}

fn state(wire: &mut Wire, state: &mut State) -> Done {
    wire.part = "scope";
    wire.text(0x630, &mut state.title)?;
    wire.text(0x631, &mut state.product)?;
    let scope = &mut state.scope;
    let after = &mut state.after;
    let texts = [
        &mut scope.problem,
        &mut scope.goal,
        &mut scope.intended_use,
        &mut scope.not_covered,
        &mut scope.limitations,
        &mut scope.risk,
        &mut after.exposure,
        &mut after.flag,
        &mut after.rollback_steps,
        &mut after.rollback_version,
        &mut after.rollback_owner,
    ];
    for (place, text) in texts.into_iter().enumerate() {
        wire.text(0x632 + place as u16, text)?;
    }
    wire.moment(0x63f, &mut after.next_review)?;
    wire.part = "policy";
    wire.option(0x640, &mut state.policy, policy)?;
    wire.part = "decision";
    wire.list(0x641, &mut state.decisions, decision)?;
    wire.part = "notes";
    wire.list(0x642, &mut state.notes, note)?;
    wire.list(0x643, &mut state.pins, pin)?;
    wire.list(0x644, &mut state.set_after_run, |wire, id| wire.text(0x661, id))?;
    wire.list(0x646, &mut state.conflicts, |wire, text| wire.text(0x647, text))
}

fn policy(wire: &mut Wire, policy: &mut Policy) -> Done {
    wire.text(0x650, &mut policy.title)?;
    latency(wire, &mut policy.latency)?;
    wire.option(0x651, &mut policy.contract, contract)?;
    wire.list(0x652, &mut policy.gates, gate)?;
    wire.list(0x653, &mut policy.triggers, trigger)?;
    wire.list(0x654, &mut policy.waivers, waiver)
}

fn latency(wire: &mut Wire, latency: &mut LatencyPolicy) -> Done {
    let budgets = [
        &mut latency.budget,
        &mut latency.ttft_budget,
        &mut latency.target,
        &mut latency.p50,
        &mut latency.p90,
        &mut latency.p95,
        &mut latency.p99,
    ];
    for (place, budget) in budgets.into_iter().enumerate() {
        wire.exact_option(0x658 + place as u16, budget)?;
    }
    Ok(())
}

fn slice_option(wire: &mut Wire, slice: &mut Option<SliceName>) -> Done {
    wire.option(0x660, slice, |wire, slice| {
        wire.text(0x32, &mut slice.name)?;
        wire.text(0x33, &mut slice.value)
    })
}

fn gate(wire: &mut Wire, gate: &mut Gate) -> Done {
    wire.text(0x661, &mut gate.id)?;
    wire.text(0x662, &mut gate.metric)?;
    slice_option(wire, &mut gate.slice)?;
    wire.exact_option(0x663, &mut gate.at_least)?;
    wire.exact_option(0x664, &mut gate.at_most)?;
    wire.exact_option(0x665, &mut gate.margin)?;
    wire.level(0x666, &mut gate.level)?;
    wire.option(0x667, &mut gate.min_n, |wire, n| wire.count(0x668, n))?;
    one_of(
        wire,
        0x669,
        &mut gate.severity,
        &[Severity::Block, Severity::Warn, Severity::Info],
    )?;
    wire.text(0x66a, &mut gate.rationale)?;
    wire.moment(0x66b, &mut gate.date)
}

fn trigger(wire: &mut Wire, trigger: &mut Trigger) -> Done {
    wire.text(0x661, &mut trigger.id)?;
    wire.text(0x662, &mut trigger.metric)?;
    slice_option(wire, &mut trigger.slice)?;
    wire.exact_option(0x663, &mut trigger.at_least)?;
    wire.exact_option(0x664, &mut trigger.at_most)?;
    wire.text(0x670, &mut trigger.window)?;
    let actions = [Action::Investigate, Action::Rollback, Action::Retrain];
    one_of(wire, 0x671, &mut trigger.action, &actions)?;
    wire.text(0x672, &mut trigger.owner)?;
    wire.text(0x66a, &mut trigger.rationale)
}

fn waiver(wire: &mut Wire, waiver: &mut Waiver) -> Done {
    wire.text(0x661, &mut waiver.gate)?;
    wire.text(0x673, &mut waiver.who)?;
    wire.text(0x674, &mut waiver.why)?;
    wire.moment(0x66b, &mut waiver.until)
}

/// A map as a list of its pairs.
fn map<T: Default + Clone>(
    wire: &mut Wire,
    kind: u16,
    map: &mut BTreeMap<String, T>,
    mut item: impl FnMut(&mut Wire, &mut T) -> Done,
) -> Done {
    let mut pairs: Vec<(String, T)> = std::mem::take(map).into_iter().collect();
    wire.list(kind, &mut pairs, |wire, (name, value)| {
        wire.text(0x60, name)?;
        item(wire, value)
    })?;
    *map = pairs.into_iter().collect();
    Ok(())
}

fn contract(wire: &mut Wire, contract: &mut Contract) -> Done {
    wire.option(0x680, &mut contract.samples, |wire, n| wire.tally(0x681, n))?;
    wire.list(0x682, &mut contract.required, |wire, name| wire.text(0x60, name))?;
    wire.option(0x683, &mut contract.unique_ids, |wire, unique| wire.flag(0x684, unique))?;
    wire.option(0x685, &mut contract.hash, |wire, hash| wire.text(0x686, hash))?;
    map(wire, 0x687, &mut contract.missing_at_most, |wire, share| {
        wire.exact(0x688, share)
    })?;
    map(wire, 0x689, &mut contract.allowed, |wire, values| {
        wire.list(0x68a, values, |wire, value| wire.text(0x33, value))
    })?;
    let types = [
        ColumnType::Text,
        ColumnType::Number,
        ColumnType::Integer,
        ColumnType::Boolean,
    ];
    map(wire, 0x68b, &mut contract.types, |wire, own| {
        one_of(wire, 0x68c, own, &types)
    })?;
    map(wire, 0x68d, &mut contract.ranges, |wire, (low, high)| {
        wire.exact(0x68e, low)?;
        wire.exact(0x68e, high)
    })
}

fn decision(wire: &mut Wire, decision: &mut Decision) -> Done {
    one_of(wire, 0x690, &mut decision.choice, &Choice::ALL)?;
    wire.text(0x691, &mut decision.role)?;
    wire.text(0x673, &mut decision.name)?;
    wire.moment(0x66b, &mut decision.date)?;
    wire.text(0x692, &mut decision.reason)?;
    wire.list(0x693, &mut decision.conditions, |wire, own: &mut Condition| {
        wire.text(0x694, &mut own.text)?;
        wire.text(0x673, &mut own.owner)?;
        wire.moment(0x66b, &mut own.due)
    })?;
    wire.list(0x695, &mut decision.dissent, |wire, own: &mut Dissent| {
        wire.text(0x673, &mut own.who)?;
        wire.text(0x696, &mut own.text)
    })
}

fn note(wire: &mut Wire, note: &mut Note) -> Done {
    identity(wire, &mut note.id)?;
    anchor(wire, &mut note.on)?;
    identity(wire, &mut note.answers)?;
    wire.text(0x673, &mut note.who)?;
    wire.moment(0x66b, &mut note.at)?;
    wire.text(0x697, &mut note.text)?;
    wire.flag(0x698, &mut note.is_done)
}

/// An id: hexadecimal digits as bits, anything else as text.
fn identity(wire: &mut Wire, id: &mut String) -> Done {
    let is_hex = |id: &str| (1..=16).contains(&id.len()) && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let mut form = u32::from(is_hex(id));
    wire.choice(0x699, 2, &mut form)?;
    if form == 0 {
        return wire.text(0x69a, id);
    }
    let mut length = id.len() as u64;
    wire.count(0x69b, &mut length)?;
    if !(1..=16).contains(&length) {
        return Err(Fault::Nonsense);
    }
    let mut number = u64::from_str_radix(id, 16).unwrap_or(0);
    wire.bits(4 * length as u32, &mut number)?;
    *id = format!("{number:0width$x}", width = length as usize);
    Ok(())
}

fn anchor(wire: &mut Wire, anchor: &mut Anchor) -> Done {
    let mut form = match anchor {
        Anchor::Review => 0,
        Anchor::Sample { .. } => 1,
        Anchor::Bin { .. } => 2,
        Anchor::Slice { .. } => 3,
        Anchor::Gate(_) => 4,
        Anchor::Chart(_) => 5,
    };
    wire.choice(0x69c, 6, &mut form)?;
    let (mut a, mut b, mut epoch, mut low, mut high) = (String::new(), String::new(), 0u16, 0.0, 0.0);
    match std::mem::take(anchor) {
        Anchor::Review => {}
        Anchor::Sample { run, id, epoch: own } => (a, b, epoch) = (run, id, own),
        Anchor::Bin { low: from, high: to } => (low, high) = (from, to),
        Anchor::Slice { name, value } => (a, b) = (name, value),
        Anchor::Gate(id) | Anchor::Chart(id) => a = id,
    }
    *anchor = match form {
        0 => Anchor::Review,
        1 => {
            sample(wire, &mut a, &mut b, &mut epoch)?;
            Anchor::Sample { run: a, id: b, epoch }
        }
        2 => {
            wire.exact(0x69d, &mut low)?;
            wire.exact(0x69e, &mut high)?;
            Anchor::Bin { low, high }
        }
        3 => {
            wire.text(0x32, &mut a)?;
            wire.text(0x33, &mut b)?;
            Anchor::Slice { name: a, value: b }
        }
        4 => {
            wire.text(0x661, &mut a)?;
            Anchor::Gate(a)
        }
        _ => {
            wire.text(0x69f, &mut a)?;
            Anchor::Chart(a)
        }
    };
    Ok(())
}

fn sample(wire: &mut Wire, run: &mut String, id: &mut String, epoch: &mut u16) -> Done {
    wire.text(0x34, run)?;
    wire.text(0x9d, id)?;
    let mut own = u64::from(*epoch);
    wire.count(0x6a0, &mut own)?;
    *epoch = u16::try_from(own).map_err(|_| Fault::Nonsense)?;
    Ok(())
}

fn pin(wire: &mut Wire, pin: &mut Pin) -> Done {
    sample(wire, &mut pin.run, &mut pin.id, &mut pin.epoch)?;
    wire.text(0x6a1, &mut pin.label)?;
    wire.option(0x6a2, &mut pin.excerpt, |wire, text| wire.text(0x6a3, text))
}
