//! The verdict in one line under the bar.

use leptos::prelude::*;

use crate::{
    review::{Verdict, policy::TEMPLATES},
    ui::state::State,
};

/// Shape, word and sentence; without a policy one line that offers to set thresholds.
#[component]
pub fn VerdictLine() -> impl IntoView {
    let state = expect_context::<State>();
    move || match state.desk.verdicts.get() {
        Some(verdicts) => {
            let verdict = verdicts.verdict;
            view! {
                <p class=format!("verdict {}", class(verdict)) role="status">
                    <strong class="stamp">
                        <span aria-hidden="true">{verdict.shape()}</span>
                        {format!(" {}", headline(verdict))}
                    </strong>
                    <span>{verdicts.sentence.clone()}</span>
                </p>
            }
            .into_any()
        }
        None if state.desk.review.with(|review| review.state.policy.is_some()) => {
            view! { <p class="verdict muted" role="status">"Measuring what the policy asks for …"</p> }.into_any()
        }
        None => view! { <Offer state /> }.into_any(),
    }
}

#[component]
fn Offer(state: State) -> impl IntoView {
    let templates = TEMPLATES.iter().map(|template| {
        let start = move |_| super::desk::take_policy(state, template.name, template.toml.to_owned());
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

fn headline(verdict: Verdict) -> &'static str {
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
