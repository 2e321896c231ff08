//! How a run and its baseline pair up, what differs between them, and which samples changed.

use leptos::prelude::*;

use super::{action, state::State};
use crate::{
    report::{Comparison, Filter},
    text,
};

/// Warnings, pairing and the samples that changed.
#[must_use]
pub fn facts(comparison: &Comparison) -> impl IntoView + use<> {
    let state = expect_context::<State>();
    let warnings = comparison
        .warnings
        .iter()
        .map(|warning| view! { <p class="caution">{warning.clone()}</p> })
        .collect_view();
    let differs = comparison
        .differs
        .iter()
        .map(|sentence| view! { <li>{sentence.clone()}</li> })
        .collect_view();
    let has_differences = !comparison.differs.is_empty();
    let pairing = &comparison.pairing;
    let paired = format!(
        "{} in both runs, {} of them scored in both; {} only in this run, {} only in the baseline.",
        text::counted(pairing.matched, "sample"),
        text::count(pairing.scored),
        text::count(pairing.only_here),
        text::count(pairing.only_baseline),
    );
    let changed = comparison.flips.as_ref().map(|flips| {
        let open = |title: &'static str, count: u64, ids: &[String]| {
            let ids = ids.to_vec();
            let words = format!("{title}: {}", text::count(count));
            let show = move |_| action::show_list(state, title.to_owned(), vec![Filter::Ids(ids.clone())]);
            view! { <button type="button" disabled=count == 0 on:click=show>{words}</button> }
        };
        view! {
            <div class="controls">
                {open("Newly failing", flips.newly_failing, &flips.failing_ids)}
                {open("Newly passing", flips.newly_passing, &flips.passing_ids)}
                <span class="muted">{format!("McNemar mid-p {}", text::p_value(flips.mid_p))}</span>
            </div>
        }
    });
    let slower = comparison
        .slower_in_words()
        .map(|words| view! { <p class="missing small">{words}</p> });
    view! {
        {warnings}
        <p class="missing">{paired}</p>
        {changed}
        {slower}
        {has_differences.then(|| view! {
            <details>
                <summary>"What differs between the two runs"</summary>
                <ul>{differs}</ul>
            </details>
        })}
    }
}
