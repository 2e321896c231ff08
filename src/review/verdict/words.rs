//! Verdicts in sentences.

use super::{GateVerdict, Verdict};
use crate::estimate::Unit;
use crate::report::{COMPARE, Metric};
use crate::review::policy::{Gate, Severity, Side};
use crate::text;

/// Gates that a sentence on the whole names.
const MOST_NAMED: usize = 3;
/// More samples than anybody collects to settle a gate: from here on the limit is too near, not the run too small.
const MOST_PRACTICAL: u64 = 100_000;

/// What the gate measures.
pub(super) fn title(metric: &Metric, gate: &Gate) -> String {
    let against = if gate.compares() { " against the baseline" } else { "" };
    let slice = gate.slice.as_ref().map_or(String::new(), |slice| {
        format!(" where {} is {}", slice.name, slice.value)
    });
    format!("{}{against}{slice}", metric.title)
}

/// A limit in its unit, as short as it was written.
fn limit_text(value: f64, unit: Unit) -> String {
    let digits = |value: f64| {
        let text = format!("{:.6}", value.abs());
        let text = text.trim_end_matches('0').trim_end_matches('.');
        let sign = if value < 0.0 && text != "0" { "−" } else { "" };
        format!("{sign}{text}")
    };
    match unit {
        Unit::Share => format!("{} %", digits(value * 100.0)),
        Unit::Points => format!("{} points", digits(value * 100.0)),
        Unit::Seconds if value.abs() < 1.0 && value != 0.0 => format!("{} ms", digits(value * 1000.0)),
        Unit::Seconds => format!("{} s", digits(value)),
        Unit::Dollars => format!("${}", digits(value)),
        Unit::Tokens => format!("{} tokens", digits(value)),
        Unit::TokensPerSecond => format!("{} tokens/s", digits(value)),
        Unit::Ratio | Unit::Score | Unit::Count => digits(value),
    }
}

fn measured(gate: &GateVerdict) -> String {
    if gate.metric.starts_with(COMPARE) {
        text::difference(&gate.estimate)
    } else {
        text::estimate(&gate.estimate)
    }
}

/// Why the verdict, without a full stop.
fn clause(gate: &GateVerdict, min_n: Option<u64>) -> String {
    let title = &gate.title;
    let n = text::count(gate.estimate.n);
    let Some(limit) = gate.limit else {
        return format!("{title} cannot be judged: the gate names no limit");
    };
    if gate.estimate.value.is_none() {
        let why = gate.estimate.why.trim_end_matches('.');
        return format!("{title} cannot be judged: {}", lower_first(why));
    }
    let value = measured(gate);
    let plain = limit_text(limit.value, gate.estimate.unit);
    let bar = if gate.margin.is_some() {
        format!("the {plain} that the margin allows")
    } else {
        format!("the limit of {plain}")
    };
    let enough = match gate.n_needed {
        Some(needed) if needed > MOST_PRACTICAL => {
            format!("n = {n}; the value is too close to the limit for any practical number of samples to decide")
        }
        Some(needed) => format!("n = {n}, about {} needed", text::rough_count(needed)),
        None => format!("n = {n}"),
    };
    match (gate.verdict, limit.side) {
        (Verdict::Pass, Side::AtLeast) => format!("{title} {value} is not below {bar} (n = {n})"),
        (Verdict::Pass, Side::AtMost) => format!("{title} {value} is not over {bar} (n = {n})"),
        (Verdict::Pass, Side::Within) => format!("{title} {value} is within {plain} of 0 (n = {n})"),
        (Verdict::Fail, Side::AtLeast) => format!("{title} {value} is below {bar} (n = {n})"),
        (Verdict::Fail, Side::AtMost) => format!("{title} {value} is over {bar} (n = {n})"),
        (Verdict::Fail, Side::Within) => format!("{title} {value} is more than {plain} away from 0 (n = {n})"),
        (Verdict::Inconclusive, _) if min_n.is_some_and(|least| gate.estimate.n < least) => {
            let least = text::count(min_n.unwrap_or(0));
            format!("{title} {value} rests on {n} samples, fewer than the {least} that the gate asks for")
        }
        (Verdict::Inconclusive, _) if gate.estimate.low.is_none() && gate.estimate.high.is_none() => {
            format!("{title} {value} has no interval, and a value alone never decides (limit {plain}, n = {n})")
        }
        (Verdict::Inconclusive, _) => {
            format!("{title} {value} could lie on either side of {bar} ({enough})")
        }
    }
}

/// Why the verdict, as a sentence.
pub(super) fn reason(verdict: &GateVerdict, gate: &Gate) -> String {
    format!("{}.", clause(verdict, gate.min_n))
}

/// The first letter in lower case, unless the word is an abbreviation.
fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// How the sentence of each verdict begins.
const PASSES: &str = "Passes the policy: ";
const FAILS: &str = "Fails the policy: ";
const OPEN: &str = "Not enough evidence to pass the policy: ";

/// The sentence of a verdict where the verdict stands before it already: without its beginning.
#[must_use]
pub fn after_stamp(sentence: &str) -> String {
    let rest = [PASSES, FAILS, OPEN]
        .iter()
        .find_map(|said| sentence.strip_prefix(said));
    rest.map_or_else(|| sentence.to_owned(), text::capitalised)
}

/// The verdict of the run in a sentence.
pub(super) fn sentence(verdict: Verdict, gates: &[GateVerdict], looks: Option<u32>) -> String {
    let blocking: Vec<&GateVerdict> = gates.iter().filter(|gate| gate.severity == Severity::Block).collect();
    if blocking.is_empty() {
        return "The policy has no blocking gate, so nothing can pass.".to_owned();
    }
    let waived = blocking
        .iter()
        .filter(|gate| gate.is_waived && gate.verdict != Verdict::Pass)
        .count() as u64;
    let aside = match waived {
        0 => String::new(),
        1 => " One gate that does not pass is waived.".to_owned(),
        many => format!(" {} gates that do not pass are waived.", text::count(many)),
    };
    let named = |of: Verdict| -> Vec<String> {
        let own = blocking.iter().filter(|gate| gate.weight() == Some(of));
        own.map(|gate| lower_first(gate.reason.trim_end_matches('.'))).collect()
    };
    let list = |clauses: &[String]| {
        let more = clauses.len().saturating_sub(MOST_NAMED);
        let shown = clauses.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join("; ");
        if more > 0 {
            format!("{shown}; and {more} more")
        } else {
            shown
        }
    };
    let (failing, open) = (named(Verdict::Fail), named(Verdict::Inconclusive));
    let text = match verdict {
        Verdict::Pass => {
            let passing = blocking.iter().filter(|gate| gate.verdict == Verdict::Pass).count() as u64;
            match passing {
                0 => "Passes the policy only by waivers.".to_owned(),
                1 => format!("{PASSES}its blocking gate passes."),
                many => format!("{PASSES}{} blocking gates pass.", text::count(many)),
            }
        }
        Verdict::Fail if open.is_empty() => format!("{FAILS}{}.", list(&failing)),
        Verdict::Fail => format!("{FAILS}{}. Not enough evidence: {}.", list(&failing), list(&open)),
        Verdict::Inconclusive => format!("{OPEN}{}.", list(&open)),
    };
    let looks = match looks {
        Some(looks @ 2..) => format!(" Each gate allows for {looks} looks at the run."),
        _ => String::new(),
    };
    format!("{text}{aside}{looks}")
}

/// How many looks at the run the verdict allows for.
pub(super) fn looks(looks: Option<u32>) -> String {
    match looks {
        Some(looks @ 2..) => format!(
            "{looks} looks at the run are declared: each gate is judged at 1/{looks} of the risk that its level allows \
             (α / {looks}), so that all {looks} looks together are wrong no more often than one would be. The bounds are wider \
             for it."
        ),
        Some(_) => "One look at the run is declared: it is judged once, when it is complete.".to_owned(),
        None => "One look at the run is assumed. Where a run is judged again and again while it goes on, a chance pass comes \
                 more often than the level says: declare the number in the policy (looks = 3)."
            .to_owned(),
    }
}

/// How several ways to fail were corrected for.
pub(super) fn correction(failing: u64, standing: u64, family: u64) -> String {
    let fails = if failing == 1 {
        "One gate fails by its own bounds".to_owned()
    } else {
        format!("{} gates fail by their own bounds", text::count(failing))
    };
    let stands = match standing {
        0 if failing == 1 => "it does not stand".to_owned(),
        1 if failing == 1 => "it stands".to_owned(),
        0 => "none stands".to_owned(),
        _ if standing == failing => "each stands".to_owned(),
        1 => "1 stands".to_owned(),
        some => format!("{} stand", text::count(some)),
    };
    let family = text::count(family);
    format!(
        "{fails}; after Holm's correction for {family} gates that could fail, {stands}. Passing needs no correction, since all gates must pass."
    )
}

/// How several triggers were corrected for.
pub(super) fn alerts(count: u64) -> String {
    format!(
        "A trigger fires only after Holm's correction for {} triggers.",
        text::count(count)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::Estimate;
    use crate::review::policy::Limit;

    #[test]
    fn one_failing_gate_is_told_in_the_singular() {
        assert!(correction(1, 1, 4).contains("One gate fails by its own bounds; after Holm's correction for 4 gates"));
        assert!(correction(1, 1, 4).contains(", it stands.") && correction(1, 0, 4).contains(", it does not stand."));
        assert!(correction(2, 2, 4).contains("each stands"));
    }

    #[test]
    fn a_number_of_samples_nobody_collects_is_not_asked_for() {
        let gate = |needed: u64| GateVerdict {
            title: "Accuracy".to_owned(),
            limit: Some(Limit {
                side: Side::AtLeast,
                value: 0.8,
                strict: false,
            }),
            estimate: Estimate::new(0.801, (Some(0.773), Some(0.825)), 0.9, 632, "Wilson", Unit::Share),
            n_needed: Some(needed),
            ..GateVerdict::default()
        };
        assert!(clause(&gate(900), None).ends_with("(n = 632, about 900 needed)"));
        let far = clause(&gate(1_100_000), None);
        assert!(
            far.contains("too close to the limit") && !far.contains("1,100,000"),
            "{far}"
        );
    }
}
