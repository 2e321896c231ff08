//! "Copy as Markdown": verdict, numbers with their intervals, decision, link. A fragment has no preview card, so this stands
//! beside the link wherever it is pasted.

use std::fmt::Write as _;

use super::{anchor_words, plain};
use crate::estimate::Estimate;
use crate::report::{COMPARE, Metric, Report};
use crate::review::verdict::{GateVerdict, Kind, Verdicts};
use crate::review::{Decision, Review};
use crate::text;

/// Ids of the headline numbers, in order.
pub const HEADLINES: [&str; 7] = [
    "accuracy",
    "calibration.smece",
    "calibration.brier",
    "latency.p50",
    "latency.p95",
    "failures.rate",
    "errors.rate",
];

/// `review` as Markdown: title and verdict, a table of gates and one of numbers for each run, the decision, `link` last.
#[must_use]
pub fn markdown(review: &Review, link: Option<&str>) -> String {
    let mut page = String::new();
    let _ = writeln!(page, "## {}\n", title(review));
    for (place, report) in review.reports.iter().enumerate() {
        let verdicts = review.verdicts.get(place);
        if let Some(verdicts) = verdicts {
            page.push_str(&verdict(verdicts, &review.state.set_after_run));
        }
        page.push_str(&numbers(report));
    }
    for decision in &review.state.decisions {
        page.push_str(&decided(decision));
    }
    page.push_str(&notes(review));
    if let Some(link) = link {
        let _ = writeln!(page, "[Open the review]({link})");
    }
    page
}

fn title(review: &Review) -> String {
    let named = [&review.state.title, &review.state.product];
    let own = named.into_iter().find(|text| !text.is_empty());
    let run = review.reports.first().map(|report| &report.meta.name);
    own.or(run).map_or_else(|| "Review".to_owned(), |text| plain(text))
}

/// Verdict and gates of a run; `set_after`: ids of gates whose limit was set after the data was opened.
fn verdict(run: &Verdicts, set_after: &[String]) -> String {
    let mut part = format!(
        "**{} {}** · {}\n\n| Gate | Measured | Limit | Verdict |\n| --- | --- | --- | --- |\n",
        run.verdict.shape(),
        run.verdict.word(),
        plain(&run.sentence)
    );
    for gate in &run.gates {
        let is_after = gate.set_after_run || set_after.contains(&gate.id);
        let after = if is_after {
            ", set after the data was opened"
        } else {
            ""
        };
        let waived = if gate.is_waived { ", waived" } else { "" };
        let _ = writeln!(
            part,
            "| {} (`{}`) | {} | {} | {} {}{waived}{after} |",
            plain(&gate.title),
            plain(&gate.id),
            held(gate),
            limit(gate),
            gate.verdict.shape(),
            gate.verdict.word()
        );
    }
    let _ = writeln!(part, "\n{}\n", plain(&run.looks_in_words()));
    for trigger in &run.triggers {
        let _ = writeln!(
            part,
            "- Trigger `{}`: {}",
            plain(&trigger.gate.id),
            plain(&trigger.sentence())
        );
    }
    for words in run.corrections.iter().chain(&run.cautions) {
        let _ = writeln!(part, "- {}", plain(words));
    }
    if !(run.triggers.is_empty() && run.corrections.is_empty() && run.cautions.is_empty()) {
        part.push('\n');
    }
    part
}

fn limit(gate: &GateVerdict) -> String {
    use crate::review::policy::Side;
    let Some(limit) = gate.limit else {
        return text::ABSENT.to_owned();
    };
    let sign = match limit.side {
        Side::AtLeast => "≥",
        Side::AtMost => "≤",
        Side::Within => "±",
    };
    format!("{sign} {}", text::chosen(limit.value, gate.estimate.unit))
}

/// What a gate was measured to be; of a term of the contract, what was found.
fn held(gate: &GateVerdict) -> String {
    match gate.kind {
        Kind::Contract => {
            let reason = gate.reason.trim_start_matches("Data contract: ").trim_end_matches('.');
            plain(reason)
        }
        _ if gate.metric.starts_with(COMPARE) && gate.estimate.value.is_some() => {
            format!(
                "{}, n = {}",
                text::difference(&gate.estimate),
                text::count(gate.estimate.n)
            )
        }
        _ => measured(&gate.estimate),
    }
}

fn measured(estimate: &Estimate) -> String {
    match estimate.value {
        Some(_) => format!("{}, n = {}", text::estimate(estimate), text::count(estimate.n)),
        None => plain(&estimate.why),
    }
}

/// Headline numbers of a run and how they differ from its baseline.
fn numbers(report: &Report) -> String {
    let has_baseline = report.comparison.is_some();
    let (head, rule) = if has_baseline {
        ("| | This run | Against the baseline |", "| --- | --- | --- |")
    } else {
        ("| | This run |", "| --- | --- |")
    };
    let mut part = format!("{head}\n{rule}\n");
    for id in HEADLINES {
        let (Some(metric), Some(estimate)) = (Metric::find(id), report.metrics.get(id)) else {
            continue;
        };
        if estimate.value.is_none() {
            continue;
        }
        let _ = write!(part, "| {} | {} |", metric.title, measured(estimate));
        if has_baseline {
            let difference = report.metrics.get(&format!("{COMPARE}{id}"));
            let told = difference
                .filter(|d| d.value.is_some())
                .map_or(text::ABSENT.to_owned(), |d| {
                    format!("{}, n = {}", text::difference(d), text::count(d.n))
                });
            let _ = write!(part, " {told} |");
        }
        part.push('\n');
    }
    let _ = writeln!(
        part,
        "\nIntervals are at {} %.\n",
        text::fixed(report.options.level * 100.0, 0)
    );
    part
}

/// The notes that are still open, each with what it is on and who wrote it.
fn notes(review: &Review) -> String {
    let mut part = String::new();
    for note in review.state.notes.iter().filter(|note| !note.is_done) {
        let who = if note.who.is_empty() { "no name" } else { &note.who };
        let _ = writeln!(
            part,
            "- Note on {} ({}): {}",
            plain(&anchor_words(&note.on)),
            plain(who),
            plain(&note.text)
        );
    }
    if !part.is_empty() {
        part.push('\n');
    }
    part
}

fn decided(decision: &Decision) -> String {
    let who = [&decision.name, &decision.role, &decision.date];
    let who: Vec<String> = who
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| plain(text))
        .collect();
    let mut part = format!("**{}** · {}\n\n", decision.choice.words(), who.join(", "));
    if !decision.reason.is_empty() {
        let _ = writeln!(part, "{}\n", plain(&decision.reason));
    }
    for condition in decision.conditions.iter().filter(|own| !own.words().is_empty()) {
        let _ = writeln!(part, "- {}", plain(&condition.words()));
    }
    for dissent in decision.dissent.iter().filter(|own| !own.words().is_empty()) {
        let _ = writeln!(part, "- {}", plain(&dissent.words()));
    }
    if !decision.conditions.is_empty() || !decision.dissent.is_empty() {
        part.push('\n');
    }
    part
}
