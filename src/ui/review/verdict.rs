//! The verdict in one line under the bar.

use leptos::prelude::*;

use super::{
    desk,
    judgement::{self, Standing},
};
use crate::{
    review::{Condition, Decision, Dissent, Policy, Verdict, after_stamp, policy::TEMPLATES},
    text,
    ui::{action, state::State},
};

/// Shape, word and sentence of the run on show, or of the worst where there are several; without a policy one line that
/// offers to set thresholds.
#[component]
pub fn VerdictLine() -> impl IntoView {
    let state = expect_context::<State>();
    let standings = Memo::new(move |_| judgement::standings(state));
    let has_policy = Memo::new(move |_| {
        let is_set = state.desk.review.with(|review| review.state.policy.is_some());
        is_set || state.desk.verdicts.with(Option::is_some)
    });
    move || {
        let standings = standings.get();
        let several = standings.len() > 1 && has_policy.get();
        let first = standings.first().and_then(|standing| standing.verdicts.clone());
        let own = state.desk.verdicts.get();
        match (own.or(first).filter(|_| has_policy.get()), several) {
            (Some(_), true) => view! { <Several state standings /> }.into_any(),
            (Some(verdicts), false) => line(verdicts.verdict, verdicts.sentence.clone()).into_any(),
            (None, _) if has_policy.get() => {
                view! { <p class="verdict muted" role="status">"Measuring what the policy asks for …"</p> }.into_any()
            }
            (None, _) => view! { <Offer state /> }.into_any(),
        }
    }
}

/// What was decided, by whom and when, and that a policy was changed since it judged; nothing before either.
#[component]
pub fn DecisionLine() -> impl IntoView {
    let state = expect_context::<State>();
    // Two copies that were merged may disagree; both stand.
    let decided = Memo::new(move |_| state.desk.review.with(|review| review.state.decisions.clone()));
    let is_changed = Memo::new(move |_| {
        let judged_by = state.desk.review.with(|review| review.state.policy.clone());
        let typed = state.desk.draft.with(|draft| Policy::parse(draft).ok());
        judged_by.is_some() && typed.is_some() && typed != judged_by
    });
    view! {
        {move || {
            decided.get().iter().map(whole_decision).collect_view()
        }}
        <Show when=move || is_changed.get()>
            <p class="caution" role="status">"The policy was changed and has not judged yet: see “Judge by this policy” below."</p>
        </Show>
    }
}

/// A decision with its conditions and who disagrees, to be read.
fn whole_decision(decision: &Decision) -> impl IntoView + use<> {
    let conditions = decision.conditions.iter().map(Condition::words);
    let conditions = conditions.filter(|words| !words.is_empty());
    let dissent = decision.dissent.iter().map(Dissent::words);
    let dissent = dissent.filter(|words| !words.is_empty());
    let rest: Vec<String> = conditions
        .map(|words| format!("Condition: {words}"))
        .chain(dissent)
        .collect();
    let rest = (!rest.is_empty()).then(|| {
        let items = rest.into_iter().map(|words| view! { <li>{text::tied(&words)}</li> });
        view! { <ul>{items.collect_view()}</ul> }
    });
    view! { <div class="decided"><span>{decided(decision)}</span>{rest}</div> }
}

fn decided(decision: &Decision) -> String {
    let by = [&decision.name, &decision.role, &decision.date];
    let by: Vec<&str> = by
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    let by = if by.is_empty() {
        String::new()
    } else {
        format!(" ({})", by.join(", "))
    };
    let reason = if decision.reason.is_empty() {
        String::new()
    } else {
        format!(": {}", decision.reason)
    };
    format!("Decision: {}{by}{reason}", decision.choice.words().to_lowercase())
}

fn line(verdict: Verdict, sentence: String) -> impl IntoView {
    let sentence = after_stamp(&sentence);
    view! {
        <p class=format!("verdict {}", class(verdict)) role="status">
            <strong class="stamp">
                <span aria-hidden="true">{verdict.shape()}</span>
                {format!(" {}", headline(verdict))}
            </strong>
            <span>{sentence}</span>
        </p>
    }
}

/// The worst of several runs, and each of them to be shown.
#[component]
fn Several(state: State, standings: Vec<Standing>) -> impl IntoView {
    let worst = judgement::worst(&standings);
    let summary = match worst {
        Some(worst) => line(worst, summary(worst, &standings)).into_any(),
        None => view! { <p class="verdict muted" role="status">"Measuring what the policy asks for in the other runs …"</p> }
            .into_any(),
    };
    let runs = standings.into_iter().map(|standing| {
        let run = standing.run;
        let verdict = standing.verdicts.map(|verdicts| verdicts.verdict);
        let shown = match verdict {
            Some(verdict) => format!("{} {}: {}", verdict.shape(), standing.name, verdict.word()),
            None => format!("… {}", standing.name),
        };
        let class = verdict.map_or("", class);
        view! {
            <li class=class>
                <button
                    type="button"
                    class="quiet stamp"
                    aria-pressed=move || (state.run.get() == run).to_string()
                    on:click=move |_| action::choose_run(state, run)
                >
                    {shown}
                </button>
            </li>
        }
    });
    view! {
        {summary}
        <ul class="run-verdicts plain" aria-label="Verdict of each run">{runs.collect_view()}</ul>
    }
}

/// How many of the runs say what, and the sentence of the worst.
fn summary(worst: Verdict, standings: &[Standing]) -> String {
    let count = |wanted: Verdict| {
        let same = |standing: &&Standing| standing.verdicts.as_ref().is_some_and(|own| own.verdict == wanted);
        standings.iter().filter(same).count()
    };
    let parts = [
        (Verdict::Pass, "pass"),
        (Verdict::Fail, "fail"),
        (Verdict::Inconclusive, "cannot be judged on this evidence"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(verdict, _)| count(*verdict) > 0)
        .map(|(verdict, words)| format!("{} {words}", count(verdict)))
        .collect();
    let first = standings
        .iter()
        .filter_map(|standing| Some((standing, standing.verdicts.as_ref()?)))
        .find(|(_, verdicts)| verdicts.verdict == worst && worst != Verdict::Pass);
    let told = first.map_or(String::new(), |(standing, verdicts)| {
        format!(" {}: {}", standing.name, verdicts.sentence)
    });
    format!(
        "The worst of {} counts: {}.{told}",
        text::counted(standings.len() as u64, "run"),
        parts.join(", ")
    )
}

#[component]
fn Offer(state: State) -> impl IntoView {
    let templates = TEMPLATES.iter().map(|template| {
        let start = move |_| desk::take_policy(state, template.name, template.dated(&desk::today()));
        view! { <button type="button" class="quiet" on:click=start>{template.name}</button> }
    });
    view! {
        <p class="verdict offer muted">
            <span>"No policy is set, so nothing is judged. Set thresholds, starting from:"</span>
            {templates.collect_view()}
        </p>
    }
}

/// The class that colours a verdict.
#[must_use]
pub fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Inconclusive => "unclear",
        Verdict::Fail => "fail",
    }
}

/// The word of a verdict where it stands alone.
#[must_use]
pub fn headline(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "Pass",
        Verdict::Inconclusive => "Not enough evidence",
        Verdict::Fail => "Fail",
    }
}

/// The verdicts of the gates, counted, in a sentence.
#[must_use]
pub fn reading(state: State) -> String {
    let Some(verdicts) = state.desk.verdicts.get() else {
        return "What the run has to meet, written down before it is made; each limit with its reason.".to_owned();
    };
    let count = |wanted: Verdict| verdicts.gates.iter().filter(|gate| gate.verdict == wanted).count();
    let waived = verdicts.gates.iter().filter(|gate| gate.is_waived).count();
    let mut words = format!(
        "{} pass, {} fail, {} cannot be judged on this evidence",
        count(Verdict::Pass),
        count(Verdict::Fail),
        count(Verdict::Inconclusive)
    );
    if waived > 0 {
        words.push_str(&format!("; {waived} waived"));
    }
    words + "."
}
