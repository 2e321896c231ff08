//! The review on the page: verdict, policy, decision, notes, and how it is kept and shared.

pub mod desk;
pub mod gate;
pub mod policy;
pub mod verdict;

use leptos::prelude::*;

use self::{gate::Gates, policy::PolicyEditor};
use super::state::State;

/// The section "Policy and decision".
#[component]
pub fn ReviewSection() -> impl IntoView {
    let state = expect_context::<State>();
    view! {
        <section class="section" id="review" tabindex="-1" aria-labelledby="review-title">
            <h2 id="review-title">"Policy and decision"</h2>
            <p class="reading-line">{move || verdict::reading(state)}</p>
            <Gates />
            <PolicyEditor />
        </section>
    }
}
