//! What has to be said, and how far a reading is.

use leptos::prelude::*;

use super::{
    action,
    state::{Stage, State},
};
use crate::text;

/// Errors, each shown once until it is dismissed.
#[component]
pub fn Notices() -> impl IntoView {
    let state = expect_context::<State>();
    view! {
        <div class="notices" role="alert" style:display=move || if state.notices.with(Vec::is_empty) { "none" } else { "grid" }>
            <For each=move || state.notices.get() key=|notice| notice.id let:notice>
                <div class="notice">
                    <p>{notice.text.clone()}</p>
                    <button
                        type="button"
                        class="quiet"
                        on:click=move |_| state.notices.update(|all| all.retain(|other| other.id != notice.id))
                    >
                        "Dismiss"
                    </button>
                </div>
            </For>
        </div>
    }
}

/// Progress of the reading, with a way to stop it.
#[component]
pub fn Reading() -> impl IntoView {
    let state = expect_context::<State>();
    let is_reading = Memo::new(move |_| state.stage.with(|stage| matches!(stage, Stage::Reading { .. })));
    let share = move || match state.stage.get() {
        Stage::Reading { progress, .. } if progress.bytes_total > 0 => {
            (progress.bytes_read as f64 / progress.bytes_total as f64).min(1.0)
        }
        _ => 0.0,
    };
    view! {
        <Show when=move || is_reading.get()>
            <div class="reading">
                <div class="row">
                    <strong>{move || reading_title(&state.stage.get())}</strong>
                    <span class="muted">{move || reading_words(&state.stage.get())}</span>
                    <button type="button" on:click=move |_| action::stop_reading(state)>"Stop"</button>
                </div>
                <progress max="1" prop:value=share aria-label="Reading"></progress>
            </div>
        </Show>
    }
}

fn reading_title(stage: &Stage) -> String {
    match stage {
        Stage::Reading { what, .. } => format!("Reading {what}"),
        Stage::Empty | Stage::Ready => String::new(),
    }
}

fn reading_words(stage: &Stage) -> String {
    let Stage::Reading { progress, since_ms, .. } = stage else {
        return String::new();
    };
    let elapsed_secs = (action::now_ms() - since_ms) / 1000.0;
    let mut words = format!(
        "{} of {} · {}",
        text::bytes(progress.bytes_read),
        text::bytes(progress.bytes_total),
        text::counted(progress.samples, "sample")
    );
    if elapsed_secs > 0.2 {
        words.push_str(&format!(
            " · {}/s",
            text::bytes((progress.bytes_read as f64 / elapsed_secs) as u64)
        ));
    }
    words
}
