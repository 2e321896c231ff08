//! The review on the page: verdict, policy, decision, notes, and how it is kept and shared.

pub mod address;
pub mod decision;
pub mod desk;
pub mod gate;
pub mod history;
pub mod judgement;
pub mod kept;
pub mod note;
pub mod policy;
pub mod print;
pub mod secret;
pub mod share;
pub mod sheet;
pub mod traffic;
pub mod typed;
pub mod verdict;
pub mod verification;

use leptos::prelude::*;

use self::{
    decision::DecisionPanel, gate::Gates, history::History, note::Notes, policy::PolicyEditor,
    verification::VerificationPart,
};
use super::{
    state::State,
    turn::{Later, Soon},
};

/// The section "Policy and decision".
#[component]
pub fn ReviewSection() -> impl IntoView {
    let state = expect_context::<State>();
    view! {
        <section class="section" id="review" tabindex="-1" aria-labelledby="review-title">
            <h2 id="review-title">"Policy and decision"</h2>
            <p class="reading-line">{move || verdict::reading(state)}</p>
            <Source />
            <Soon draw=|| view! { <VerificationPart /> }.into_any() />
            <Soon draw=|| view! { <Gates /> }.into_any() />
            <Later height=240 draw=|| view! { <PolicyEditor /> }.into_any() />
            <Later height=320 draw=|| view! { <DecisionPanel /> }.into_any() />
            <Later
                height=120
                draw=|| view! {
                    <Notes />
                    <Soon draw=|| view! { <History /> }.into_any() />
                }.into_any()
            />
        </section>
    }
}

/// Where the review came from, and a way to begin another one.
#[component]
fn Source() -> impl IntoView {
    let state = expect_context::<State>();
    let has_files = Memo::new(move |_| state.set.with(|set| !set.runs.is_empty()));
    view! {
        <Show when=move || !state.desk.source.with(String::is_empty)>
            <p class="missing">
                {move || state.desk.source.get()}
                <Show when=move || has_files.get()>
                    " "
                    <button type="button" class="quiet" on:click=move |_| desk::begin_afresh(state)>"Begin a new review"</button>
                </Show>
            </p>
        </Show>
    }
}
