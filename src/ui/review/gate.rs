//! The gates, judged: number line, verdict, reason, and the way to the samples behind each.

use leptos::prelude::*;

use super::{note::NoteButton, verdict::class};
use crate::{
    chart::interval::{self, Against},
    review::{
        Anchor,
        policy::{Severity, Side},
        verdict::{GateVerdict, TriggerVerdict},
    },
    text,
    ui::{action, state::State},
};

/// Width of a number line, CSS pixels.
const LINE_WIDTH: f64 = 240.0;

/// Every gate and trigger of the policy.
#[component]
pub fn Gates() -> impl IntoView {
    let state = expect_context::<State>();
    move || {
        let verdicts = state.desk.verdicts.get()?;
        let after = state.desk.review.with(|review| review.state.set_after_run.clone());
        let gates = verdicts.gates.iter().map(|gate| {
            let is_after = gate.set_after_run || after.contains(&gate.id);
            card(state, gate, is_after)
        });
        let gates = gates.collect_view();
        let triggers = verdicts.triggers.iter().map(watched);
        let triggers = triggers.collect_view();
        let has_triggers = !verdicts.triggers.is_empty();
        let said = verdicts.cautions.iter().cloned();
        let said = said
            .map(|caution| view! { <p class="caution">{caution}</p> })
            .collect_view();
        let corrections = verdicts.corrections.iter().cloned().chain([verdicts.looks_in_words()]);
        let corrections = corrections
            .map(|words| view! { <p class="missing small">{words}</p> })
            .collect_view();
        Some(view! {
            {said}
            <ul class="gates plain" aria-label="Gates">{gates}</ul>
            {has_triggers.then(|| view! {
                <h3>"After release"</h3>
                <ul class="triggers plain">{triggers}</ul>
            })}
            {corrections}
        })
    }
}

/// Whether the samples are at hand.
fn is_measured(state: State) -> bool {
    state.set.with(|set| !set.runs.is_empty())
}

fn card(state: State, gate: &GateVerdict, is_after: bool) -> impl IntoView + use<> {
    let verdict = gate.verdict;
    let line = number_line(gate);
    let marks = [
        Some(severity(gate.severity).to_owned()),
        (gate.level > 0.0).then(|| {
            format!(
                "one-sided level {} %",
                text::fixed(gate.level * 100.0, 1).trim_end_matches(".0")
            )
        }),
        gate.p_holm.map(|p| match p <= 1.0 - gate.level {
            true => format!("p {} after Holm", text::p_value(p)),
            false => format!(
                "p {} after Holm: it fails by its own bounds, and of several gates one may do so by chance",
                text::p_value(p)
            ),
        }),
        (!gate.date.is_empty()).then(|| format!("set {}", gate.date)),
    ];
    let marks = marks.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let waiver = gate.waiver.as_ref().map(|waiver| {
        let word = if gate.is_waived { "Waived" } else { "A waiver has ended" };
        let words = format!("{word}: {}, by {}, until {}.", waiver.why, waiver.who, waiver.until);
        view! { <p class="small caution">{words}</p> }
    });
    let (title, filters) = (gate.title.clone(), gate.filters.clone());
    let open = (!filters.is_empty() && is_measured(state)).then(|| {
        let open = move |_| action::show_list(state, title.clone(), filters.clone());
        view! { <button type="button" class="quiet" on:click=open>"Open its samples"</button> }
    });
    view! {
        <li class=format!("gate {}", class(verdict))>
            <div>
                <p class="stamp"><span aria-hidden="true">{verdict.shape()}</span>{format!(" {}", verdict.word())}</p>
                <p class="small muted">{gate.id.clone()}</p>
            </div>
            <div>
                <p>{text::tied(&gate.reason)}</p>
                {(!gate.rationale.is_empty()).then(|| view! { <p class="small muted">{format!("Why this limit: {}", gate.rationale)}</p> })}
                {is_after.then(|| view! { <p class="small after">"◆ set after the data was opened"</p> })}
                {waiver}
                <p class="small muted">{marks}</p>
            </div>
            <div>
                <div class="line" inner_html=line></div>
                <div class="tools">{open} <NoteButton on=Anchor::Gate(gate.id.clone()) /></div>
            </div>
        </li>
    }
}

/// Value and bounds with the limit; the region of no difference where it compares.
fn number_line(gate: &GateVerdict) -> String {
    let against = Against {
        threshold: gate.limit.filter(|_| gate.margin.is_none()).map(|limit| limit.value),
        is_within: gate.limit.is_some_and(|limit| limit.side == Side::Within),
        margin: gate.margin,
        baseline: None,
    };
    interval::draw(&gate.title, &gate.estimate, &against, LINE_WIDTH)
        .map(|chart| chart.svg)
        .unwrap_or_default()
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => "blocks the release",
        Severity::Warn => "warns",
        Severity::Info => "for information",
    }
}

fn watched(trigger: &TriggerVerdict) -> impl IntoView + use<> {
    let (state, plan) = (trigger.state(), trigger.plan());
    let reason = text::tied(&trigger.reason());
    let (advised, purpose) = (trigger.advice(), trigger.purpose());
    view! {
        <li>
            <p><strong>{trigger.gate.id.clone()}</strong>" "{plan}</p>
            <p class="small muted">{state}". "{reason}</p>
            {advised.map(|words| view! { <p class="small">{words}</p> })}
            {purpose.map(|words| view! { <p class="small muted">{words}</p> })}
        </li>
    }
}
