//! The policy, edited in place as fields or as its file: what is wrong is said with line and column while it is typed.

use std::collections::BTreeSet;

use leptos::{html, prelude::*};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{desk, kept, sheet::PolicySheet};
use crate::{
    review::{Policy, policy::TEMPLATES},
    ui::{save, state::State},
};

/// Name of the file in a repository.
pub const FILE: &str = "assay.policy.toml";

/// The draft is `text` from now on; what is wrong with it is said.
pub fn draft(state: State, text: String) {
    let faults = Policy::parse(&text).err().unwrap_or_default();
    state
        .desk
        .faults
        .set(if text.trim().is_empty() { Vec::new() } else { faults });
    state.desk.draft.set(text);
    kept::save_soon(state);
}

/// Template, fields, file, errors.
#[component]
pub fn PolicyEditor() -> impl IntoView {
    let state = expect_context::<State>();
    let is_open = state.desk.draft.with_untracked(String::is_empty);
    let typed = move |text: String| draft(state, text);
    let apply = move || {
        let text = state.desk.draft.get_untracked();
        if let Ok(policy) = Policy::parse(&text) {
            desk::put_policy(state, policy);
        }
    };
    let cannot_apply = move || {
        state.desk.draft.with(|text| text.trim().is_empty())
            || !state.desk.faults.with(Vec::is_empty)
            || !state.desk.unread.with(BTreeSet::is_empty)
    };
    let faults = move || {
        let faults = state.desk.faults.get();
        faults
            .iter()
            .map(|fault| view! { <li>{fault.to_string()}</li> })
            .collect_view()
    };
    let save_file = move |_| save::text(FILE, "application/toml", &state.desk.draft.get_untracked());
    view! {
        <details open=is_open>
            <summary>"Edit the policy"</summary>
            <p class="missing">"A limit that is set after the data was opened is marked so."</p>
            <div class="controls">
                <Templates state />
                <PolicyPicker state />
            </div>
            <PolicySheet />
            <details>
            <summary>"The policy as a file"</summary>
            <p class="missing">
                "Fields above and file are the same policy; limits are fractions and seconds, and a change in a field drops the file's comments. Keep the file in your repository and run "
                <code>"assay check FILE --policy assay.policy.toml"</code>" there."
            </p>
            <textarea
                class="policy"
                rows="16"
                spellcheck="false"
                autocapitalize="off"
                aria-label="Policy as TOML"
                aria-invalid=move || (!state.desk.faults.with(Vec::is_empty)).to_string()
                prop:value=move || state.desk.draft.get()
                on:input:target=move |event| typed(event.target().value())
                on:keydown=move |event| {
                    if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                        event.prevent_default();
                        apply();
                    }
                }
            ></textarea>
            </details>
            <ul class="faults plain" role="status">{faults}</ul>
            <div class="tools">
                <button type="button" class="primary" disabled=cannot_apply on:click=move |_| apply()>"Judge by this policy"</button>
                <button type="button" on:click=save_file>"Save as assay.policy.toml"</button>
            </div>
        </details>
    }
}

#[component]
fn Templates(state: State) -> impl IntoView {
    // What was written before a template took its place, until it is brought back.
    let before = RwSignal::new(None::<String>);
    let take = move |value: String| {
        if let Some(template) = value.parse().ok().and_then(|place: usize| TEMPLATES.get(place)) {
            let written = state.desk.draft.get_untracked();
            let is_own = !written.trim().is_empty() && !TEMPLATES.iter().any(|own| own.is_untouched(&written));
            if is_own {
                before.set(Some(written));
            }
            draft(state, template.dated(&desk::today()));
        }
    };
    let bring_back = move |_| {
        if let Some(written) = before.get_untracked() {
            before.set(None);
            draft(state, written);
        }
    };
    let options = TEMPLATES
        .iter()
        .enumerate()
        .map(|(place, template)| view! { <option value=place.to_string()>{template.name}</option> });
    view! {
        <label>
            "Start from"
            <select on:change:target=move |event| take(event.target().value())>
                <option value="">"a template"</option>
                {options.collect_view()}
            </select>
        </label>
        <Show when=move || before.with(Option::is_some)>
            <button type="button" on:click=bring_back>"Bring back what was written before"</button>
        </Show>
    }
}

#[component]
fn PolicyPicker(state: State) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let take = move |_| {
        let file = input.get_untracked().and_then(|input| {
            let file = input.files()?.get(0);
            input.set_value("");
            file
        });
        let Some(file) = file else { return };
        spawn_local(async move {
            match JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()) {
                Some(text) => desk::take_policy(state, &file.name(), text),
                None => state.say(format!("The browser could not read {}. Choose it again.", file.name())),
            }
        });
    };
    let press = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    view! {
        <button type="button" on:click=press>"Open a policy file…"</button>
        <input
            type="file"
            accept=".toml,.json"
            node_ref=input
            class="hidden-visually"
            tabindex="-1"
            aria-label="Open a policy file"
            on:change=take
        />
    }
}
