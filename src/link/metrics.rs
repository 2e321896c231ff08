//! Metrics on the wire. What follows from the table of confidences or from other metrics is not told.

use std::collections::BTreeMap;

use super::Codec;
use super::estimate::Known;
use super::wire::{Done, Wire};
use crate::estimate::{Estimate, Unit};
use crate::report::{COMPARE, Options, budget_used};
use crate::stat::slo::tail_ratio;

/// Metrics by number; only ever appended to, with another codec.
const KNOWN: [(&str, Unit); 48] = [
    ("accuracy", Unit::Share),
    ("score.mean", Unit::Score),
    ("slices.worst-accuracy", Unit::Share),
    ("repeats.pass-at-k", Unit::Share),
    ("repeats.pass-hat-k", Unit::Share),
    ("calibration.gap", Unit::Points),
    ("calibration.smece", Unit::Score),
    ("calibration.ece", Unit::Score),
    ("calibration.brier", Unit::Score),
    ("calibration.log-loss", Unit::Score),
    ("calibration.mcb", Unit::Score),
    ("calibration.slope", Unit::Ratio),
    ("calibration.auroc", Unit::Score),
    ("selective.accuracy-80", Unit::Share),
    ("selective.aurc", Unit::Score),
    ("selective.augrc", Unit::Score),
    ("latency.p50", Unit::Seconds),
    ("latency.p90", Unit::Seconds),
    ("latency.p95", Unit::Seconds),
    ("latency.p99", Unit::Seconds),
    ("latency.tail-ratio", Unit::Ratio),
    ("latency.ttft-p50", Unit::Seconds),
    ("latency.ttft-p95", Unit::Seconds),
    ("latency.attainment", Unit::Share),
    ("latency.ttft-attainment", Unit::Share),
    ("latency.error-budget", Unit::Share),
    ("latency.timeouts", Unit::Share),
    ("latency.tpot", Unit::Seconds),
    ("latency.throughput", Unit::TokensPerSecond),
    ("failures.rate", Unit::Share),
    ("errors.rate", Unit::Share),
    ("unscored.rate", Unit::Share),
    ("cost.total", Unit::Dollars),
    ("cost.per-sample", Unit::Dollars),
    ("cost.per-right", Unit::Dollars),
    ("tokens.per-sample", Unit::Tokens),
    ("agreement.kappa", Unit::Score),
    ("agreement.macro-f1", Unit::Score),
    ("robustness.drop", Unit::Points),
    ("robustness.consistency", Unit::Share),
    ("robustness.worst-group", Unit::Share),
    ("fairness.worst-gap", Unit::Points),
    ("fairness.demographic-parity", Unit::Points),
    ("fairness.equalised-odds", Unit::Points),
    ("drift.psi-max", Unit::Score),
    // From here on the second codec.
    ("agreement.observed", Unit::Share),
    ("agreement.weighted-kappa", Unit::Score),
    ("agreement.lean", Unit::Points),
];
/// How many of them the first codec has.
const KNOWN_AT_FIRST: usize = 45;

/// The metrics that `codec` has by number.
fn known(codec: Codec) -> &'static [(&'static str, Unit)] {
    match codec {
        Codec::First => KNOWN.get(..KNOWN_AT_FIRST).unwrap_or(&KNOWN),
        Codec::Second => &KNOWN,
    }
}

/// Metrics that follow from what `additions.rs` tells.
const FOLLOWING: [&str; 2] = ["robustness.answer-change", "slices.confirmed"];

/// Metrics by id.
pub(super) type Metrics = BTreeMap<String, Estimate>;

/// Number of a metric, with or without what precedes a difference; 0 for one that is not in the table.
pub(super) fn number(codec: Codec, id: &str) -> u16 {
    let bare = id.strip_prefix(COMPARE).unwrap_or(id);
    let place = known(codec).iter().position(|(known, _)| *known == bare);
    place.map_or(0, |place| place as u16 + 1)
}

/// Metrics of a run. `derived`: what the table of confidences gives.
pub(super) fn metrics(
    wire: &mut Wire,
    metrics: &mut Metrics,
    derived: &[(&'static str, Estimate)],
    options: &Options,
) -> Done {
    let own = std::mem::take(metrics);
    let codec = wire.codec;
    for &(id, unit) in known(codec) {
        let given = own.get(id);
        wire.about = number(codec, id);
        let mut is_there = given.is_some();
        wire.flag(0x70, &mut is_there)?;
        if !is_there {
            continue;
        }
        let mut estimate = given.cloned().unwrap_or_default();
        let of_table = derived
            .iter()
            .find(|(own, _)| *own == id)
            .map(|(_, estimate)| estimate.clone());
        let guess = of_table.or_else(|| follows(id, metrics, options));
        let known = Known {
            guess: guess.as_ref(),
            ..Known::unit(unit)
        };
        wire.estimate(0x100, &mut estimate, known)?;
        metrics.insert(id.to_owned(), estimate);
    }
    wire.about = 0;
    others(wire, own, metrics, |id| {
        number(codec, id) > 0 || id.starts_with(COMPARE) || FOLLOWING.contains(&id)
    })
}

/// Differences by id.
pub(super) fn differences(wire: &mut Wire, differences: &mut Metrics) -> Done {
    let own = std::mem::take(differences);
    let codec = wire.codec;
    for &(base, unit) in known(codec) {
        let id = format!("{COMPARE}{base}");
        let given = own.get(&id);
        wire.about = number(codec, base);
        let mut is_there = given.is_some();
        wire.flag(0xa0, &mut is_there)?;
        if !is_there {
            continue;
        }
        let mut estimate = given.cloned().unwrap_or_default();
        let unit = if unit == Unit::Share { Unit::Points } else { unit };
        let guess = match base {
            "failures.rate" => differences.get("compare.accuracy").map(negated),
            _ => None,
        };
        let known = Known {
            guess: guess.as_ref(),
            ..Known::unit(unit)
        };
        wire.estimate(0x200, &mut estimate, known)?;
        differences.insert(id, estimate);
    }
    wire.about = 0;
    others(wire, own, differences, |id| number(codec, id) > 0)
}

/// Metrics that are in no table; one without a value is left to the files.
fn others(wire: &mut Wire, own: Metrics, metrics: &mut Metrics, is_told: impl Fn(&str) -> bool) -> Done {
    let mut others: Vec<(String, Estimate)> = own
        .into_iter()
        .filter(|(id, estimate)| !is_told(id) && estimate.value.is_some())
        .collect();
    wire.list(0x72, &mut others, |wire, (id, estimate)| {
        wire.text(0x73, id)?;
        wire.estimate(0x1c0, estimate, Known::unit(Unit::Score))
    })?;
    metrics.extend(others);
    Ok(())
}

fn negated(estimate: &Estimate) -> Estimate {
    let turn = |v: f64| -v;
    Estimate {
        value: estimate.value.map(turn),
        low: estimate.high.map(turn),
        high: estimate.low.map(turn),
        ..estimate.clone()
    }
}

/// What follows from metrics told before.
fn follows(id: &str, metrics: &Metrics, options: &Options) -> Option<Estimate> {
    match id {
        "failures.rate" => Some(metrics.get("accuracy")?.complement()),
        "latency.tail-ratio" => {
            let (p50, p99) = (metrics.get("latency.p50")?, metrics.get("latency.p99")?);
            let ratio = tail_ratio(p99.value?, p50.value?)?;
            Some(Estimate::new(
                ratio,
                (None, None),
                0.0,
                p99.n,
                "nearest rank",
                Unit::Ratio,
            ))
        }
        "latency.error-budget" => budget_used(metrics.get("latency.attainment")?, options.target?),
        _ => None,
    }
}
