//! Verdicts as a table for the terminal, as Markdown and as JUnit XML.

use std::fmt::Write as _;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::estimate::Estimate;
use crate::report::COMPARE;
use crate::review::policy::Severity;
use crate::review::verdict::{Alarm, GateVerdict, Kind, TriggerVerdict, Verdict, Verdicts, worst};
use crate::text;

/// The table for the terminal: one block a run, worst verdict last.
pub(super) fn table(runs: &[Verdicts]) -> String {
    let mut out = String::new();
    for run in runs {
        let _ = writeln!(
            out,
            "{} · {} {}",
            or_dash(&run.run),
            run.verdict.shape(),
            run.verdict.word()
        );
        for gate in &run.gates {
            let _ = writeln!(
                out,
                "  {} {:<22} {:<6} {}{}",
                gate.verdict.shape(),
                gate.id,
                severity(gate),
                gate.reason,
                asides(gate)
            );
        }
        for trigger in &run.triggers {
            let _ = writeln!(
                out,
                "  {} {:<22} {:<6} {}",
                bell(trigger),
                trigger.gate.id,
                "watch",
                alarm(trigger)
            );
        }
        for note in run.corrections.iter().chain(&run.cautions) {
            let _ = writeln!(out, "  note: {note}");
        }
        let _ = writeln!(out, "  note: {}", run.looks_in_words());
        let _ = writeln!(out, "  {}\n", run.sentence);
    }
    let verdict = worst(runs);
    let of = if runs.len() > 1 {
        format!(" (the worst of {} runs)", runs.len())
    } else {
        String::new()
    };
    let _ = writeln!(out, "{} {}{of}", verdict.shape(), verdict.word());
    out
}

fn or_dash(words: &str) -> &str {
    if words.is_empty() { text::ABSENT } else { words }
}

fn severity(gate: &GateVerdict) -> &'static str {
    match (gate.is_waived, gate.severity) {
        (true, _) => "waived",
        (_, Severity::Block) => "block",
        (_, Severity::Warn) => "warn",
        (_, Severity::Info) => "info",
    }
}

/// What stands beside a verdict: the waiver, and a limit set late.
fn asides(gate: &GateVerdict) -> String {
    let waiver = gate.waiver.as_ref().map_or(String::new(), |waiver| {
        let state = if gate.is_waived { "Waived" } else { "Waiver ended:" };
        format!(
            " {state} by {} until {}: {}.",
            waiver.who,
            waiver.until,
            waiver.why.trim_end_matches('.')
        )
    });
    let late = if gate.set_after_run {
        " The limit was set after the run."
    } else {
        ""
    };
    format!("{waiver}{late}")
}

fn bell(trigger: &TriggerVerdict) -> &'static str {
    match trigger.alarm {
        Alarm::Quiet => "✓",
        Alarm::Unclear => "?",
        Alarm::Fires => "!",
    }
}

fn alarm(trigger: &TriggerVerdict) -> String {
    let reason = trigger.reason();
    match (trigger.alarm, trigger.advised) {
        (Alarm::Fires, Some(action)) => {
            let owner = if trigger.owner.is_empty() {
                String::new()
            } else {
                format!(" ({})", trigger.owner)
            };
            let advice = trigger.advice().map_or(String::new(), |advice| format!(" {advice}"));
            format!("{reason} Fires: {}{owner}.{advice}", action.words())
        }
        (Alarm::Quiet, _) => format!("{reason} Quiet."),
        _ => format!("{reason} Unclear."),
    }
}

fn measured(gate: &GateVerdict) -> String {
    let estimate: &Estimate = &gate.estimate;
    if gate.kind == Kind::Contract {
        return String::new();
    }
    if gate.metric.starts_with(COMPARE) {
        text::difference(estimate)
    } else {
        text::estimate(estimate)
    }
}

/// Text that stays one cell of a Markdown table and cannot become markup.
fn cell(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '\n' | '\r' => out.push(' '),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' => out.extend(['\\', letter]),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            other => out.push(other),
        }
    }
    out
}

/// The verdicts in Markdown, for a job summary or a comment, with `link` to the review where it is a web address.
pub(super) fn markdown(runs: &[Verdicts], link: Option<&str>) -> String {
    let verdict = worst(runs);
    let mut out = format!("## {} {}\n", verdict.shape(), text::capitalised(verdict.word()));
    for run in runs {
        let _ = write!(
            out,
            "\n### {}: {}\n\n{}\n\n",
            cell(or_dash(&run.run)),
            run.verdict.word(),
            cell(&run.sentence)
        );
        out.push_str("| | Gate | Measured, bounds | n | Why |\n| --- | --- | --- | ---: | --- |\n");
        for gate in &run.gates {
            let n = if gate.kind == Kind::Contract {
                String::new()
            } else {
                text::count(gate.estimate.n)
            };
            let why = format!("{}{}", gate.reason, asides(gate));
            let shown = format!("{} ({})", gate.id, severity(gate));
            let _ = writeln!(
                out,
                "| {} {} | {} | {} | {n} | {} |",
                gate.verdict.shape(),
                gate.verdict.word(),
                cell(&shown),
                cell(&measured(gate)),
                cell(&why)
            );
        }
        for trigger in &run.triggers {
            let _ = writeln!(
                out,
                "\n- {} trigger {}: {}",
                bell(trigger),
                cell(&trigger.gate.id),
                cell(&alarm(trigger))
            );
        }
        for note in run.corrections.iter().chain(&run.cautions) {
            let _ = writeln!(out, "\n- {}", cell(note));
        }
        let _ = writeln!(out, "\n- {}", cell(&run.looks_in_words()));
    }
    if let Some(link) = link.filter(|link| link.starts_with("https://") || link.starts_with("http://")) {
        let _ = writeln!(out, "\n[Open the review](<{link}>)");
    }
    let shared = if runs.iter().any(|run| run.looks.is_some_and(|looks| looks > 1)) {
        ", shared among the declared looks"
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "\nBounds are one-sided at the level of each gate, 95 % unless it says otherwise{shared}."
    );
    out
}

/// The verdicts as JUnit XML: a suite a run, a case a gate. What blocks without passing is a failure (not enough
/// evidence says so in its type); what does not block or is waived is skipped with its reason.
///
/// # Errors
/// The XML cannot be written.
pub(super) fn junit(runs: &[Verdicts]) -> Result<String, String> {
    let mut report = quick_junit::Report::new("assay");
    for run in runs {
        let mut suite = TestSuite::new(or_dash(&run.run));
        suite.add_test_cases(run.gates.iter().map(|gate| case(run, gate)));
        report.add_test_suite(suite);
    }
    report
        .to_string()
        .map_err(|error| format!("The JUnit file cannot be written: {error}."))
}

fn case(run: &Verdicts, gate: &GateVerdict) -> TestCase {
    let why = format!("{}{}", gate.reason, asides(gate));
    let status = match (gate.verdict, gate.weight()) {
        (Verdict::Pass, _) => TestCaseStatus::success(),
        (verdict, Some(_)) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type(verdict.word());
            status.set_message(why);
            status
        }
        (_, None) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why);
            status
        }
    };
    let mut case = TestCase::new(gate.id.as_str(), status);
    case.set_classname(or_dash(&run.run));
    case
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_text() {
        assert_eq!(cell("a|b\n<img>"), "a\\|b &lt;img>");
        let run = Verdicts {
            run: "<run> & \"co\"".to_owned(),
            gates: vec![GateVerdict {
                id: "a<b".to_owned(),
                verdict: Verdict::Fail,
                severity: Severity::Block,
                reason: "x & y.".to_owned(),
                ..GateVerdict::default()
            }],
            ..Verdicts::default()
        };
        let xml = junit(&[run]).unwrap();
        assert!(
            xml.contains("&lt;run&gt;") && xml.contains("a&lt;b") && xml.contains("failures=\"1\""),
            "{xml}"
        );
    }
}
