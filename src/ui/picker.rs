//! Buttons that choose files or a folder.

use leptos::{html, prelude::*};

use super::{action, drop, state::State};

/// Two buttons: files, and a folder.
#[component]
pub fn Picker(
    /// Keeps what is open.
    is_added: bool,
) -> impl IntoView {
    view! {
        <div class="row">
            <One is_added is_folder=false />
            <One is_added is_folder=true />
        </div>
    }
}

#[component]
fn One(is_added: bool, is_folder: bool) -> impl IntoView {
    let state = expect_context::<State>();
    let input = NodeRef::<html::Input>::new();
    let words = match (is_added, is_folder) {
        (false, false) => "Choose files…",
        (true, false) => "Add files…",
        (false, true) => "Choose a folder…",
        (true, true) => "Add a folder…",
    };
    let class = match (is_added, is_folder) {
        (_, true) => "folder",
        (true, false) => "",
        (false, false) => "primary",
    };
    let press = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let take = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let files = input.files().map(|files| drop::listed(&files)).unwrap_or_default();
        // The same file may be chosen again after it changed.
        input.set_value("");
        action::open_files(state, files, is_added);
    };
    // The attribute is not in the HTML standard, so the view has no name for it.
    Effect::new(move |_| {
        if let (true, Some(input)) = (is_folder, input.get()) {
            input.set_webkitdirectory(true);
        }
    });
    view! {
        <button type="button" class=class on:click=press>{words}</button>
        <input
            type="file"
            node_ref=input
            multiple=true
            style:display="none"
            on:change=take
        />
    }
}
