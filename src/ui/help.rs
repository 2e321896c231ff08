//! The keyboard: what keys do, and the dialog that lists them.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use super::{action, state::State};

/// Keys and what they do, as the dialog lists them.
const KEYS: &[(&str, &str)] = &[
    ("j or →", "next sample; from the list, the first"),
    ("k or ←", "previous sample"),
    ("Esc", "back to the list, then close it"),
    ("/", "search in the open list"),
    (
        "arrow keys on a chart",
        "walk its values; Enter opens the samples behind one",
    ),
    ("?", "this list"),
];

/// Whether nothing else takes the key already.
fn is_free(event: &KeyboardEvent) -> bool {
    !(event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented())
}

fn is_typing(event: &KeyboardEvent) -> bool {
    let target = event.composed_path().get(0).dyn_into::<web_sys::Element>();
    target.is_ok_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

/// Whether a key is meant for the page, not for a field that somebody types in.
#[must_use]
pub fn is_for_page(event: &KeyboardEvent) -> bool {
    is_free(event) && !is_typing(event)
}

/// Handles a key pressed anywhere on the page, unless somebody is typing.
pub fn press(state: State, event: &KeyboardEvent) {
    if !is_free(event) {
        return;
    }
    let typing = is_typing(event);
    let is_list_open = state.panel.with_untracked(Option::is_some);
    match event.key().as_str() {
        "Escape" if state.is_help_open.get_untracked() => {}
        "Escape" if action::step_back(state) => event.prevent_default(),
        "Escape" => {}
        _ if typing => {}
        "j" | "ArrowRight" if is_list_open => {
            event.prevent_default();
            action::step_sample(state, 1);
        }
        "k" | "ArrowLeft" if is_list_open => {
            event.prevent_default();
            action::step_sample(state, -1);
        }
        "?" => state.is_help_open.set(true),
        _ => {}
    }
}

/// The dialog of keys.
#[component]
pub fn Help() -> impl IntoView {
    let state = expect_context::<State>();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if state.is_help_open.get() && !dialog.open() {
            drop(dialog.show_modal());
        }
    });
    let rows = KEYS
        .iter()
        .map(|(key, does)| view! { <dt><kbd>{*key}</kbd></dt> <dd>{*does}</dd> })
        .collect_view();
    view! {
        <dialog class="dialog" node_ref=dialog on:close=move |_| state.is_help_open.set(false) aria-label="Keyboard shortcuts">
            <h2>"Keyboard"</h2>
            <dl class="facts" style:margin="12px 0">{rows}</dl>
            <form method="dialog">
                <button class="primary">"Close"</button>
            </form>
        </dialog>
    }
}
