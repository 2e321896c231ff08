//! The bar: name, the run on show and its baseline, adding files, theme.

use leptos::prelude::*;

use super::{
    action,
    picker::Picker,
    review::{judgement, share::ShareButton},
    runs,
    state::State,
    turn,
};
use crate::{run::Meta, text};

/// The bar on top of the page.
#[component]
pub fn Bar() -> impl IntoView {
    let state = expect_context::<State>();
    let is_open = turn::behind(Memo::new(move |_| state.set.with(|set| !set.runs.is_empty())));
    let has_runs = turn::behind(Memo::new(move |_| !runs::lines(state).is_empty()));
    view! {
        <header class="bar">
            <span class="name">"Assay"</span>
            <Show when=move || has_runs.get()>
                <Runs />
            </Show>
            <span class="spring"></span>
            <span role="status" class="small muted">{move || busy(state)}</span>
            <Show when=move || is_open.get()>
                <Picker is_added=true />
                <button type="button" class="quiet" on:click=move |_| action::close(state)>"Close files"</button>
            </Show>
            <Show when=move || !is_open.get() && state.report.with(Option::is_some)>
                <Picker is_added=false />
                <button type="button" class="quiet" on:click=move |_| action::close(state)>"Close review"</button>
            </Show>
            <ShareButton />
            <Theme />
            <button
                type="button"
                class="quiet"
                aria-label="Keyboard shortcuts"
                on:click=move |_| state.is_help_open.set(true)
            >
                "?"
            </button>
        </header>
    }
}

/// What is being computed, in words; empty when nothing is.
fn busy(state: State) -> String {
    match (state.is_busy.get(), state.computing.get()) {
        (false, _) => String::new(),
        (true, words) if words.is_empty() => "Computing …".to_owned(),
        (true, words) => words,
    }
}

/// How a run is called where there is room for one line.
#[must_use]
pub fn run_words(meta: &Meta, samples: u64) -> String {
    format!("{} · n = {}", meta.name, text::count(samples))
}

#[component]
fn Runs() -> impl IntoView {
    let state = expect_context::<State>();
    // A word beside each name in the list says what the policy makes of it.
    let options = move || {
        let standings = judgement::standings(state);
        let option = |(index, line): (usize, runs::Line)| {
            let standing = standings.iter().find(|standing| standing.run == index);
            let verdict = standing.and_then(|standing| Some(standing.verdicts.as_ref()?.verdict));
            let mark = verdict.map_or(String::new(), |verdict| format!("{} ", verdict.shape()));
            (index, format!("{mark}{}", line.words))
        };
        runs::lines(state)
            .into_iter()
            .enumerate()
            .map(option)
            .collect::<Vec<_>>()
    };
    let several = Memo::new(move |_| state.set.with(|set| set.runs.len() > 1));
    view! {
        <label class="chip candidate">
            <span>"Run"</span>
            <select
                aria-label="Run on show"
                on:change:target=move |event| {
                    if let Ok(run) = event.target().value().parse() {
                        action::choose_run(state, run);
                    }
                }
            >
                {move || {
                    options()
                        .into_iter()
                        .map(|(index, words)| {
                            view! { <option value=index.to_string() selected=move || state.run.get() == index>{words}</option> }
                        })
                        .collect_view()
                }}
            </select>
        </label>
        <Show when=move || several.get()>
            <label class="chip">
                <span>"Baseline"</span>
                <select
                    aria-label="Baseline to compare with"
                    on:change:target=move |event| action::choose_baseline(state, event.target().value().parse().ok())
                >
                    <option value="" selected=move || state.baseline.get().is_none()>"none"</option>
                    {move || {
                        let run = state.run.get();
                        options()
                            .into_iter()
                            .filter(|(index, _)| *index != run)
                            .map(|(index, words)| {
                                let is_chosen = move || state.baseline.get() == Some(index);
                                view! { <option value=index.to_string() selected=is_chosen>{words}</option> }
                            })
                            .collect_view()
                    }}
                </select>
            </label>
        </Show>
    }
}

/// Where the theme is remembered in the browser.
const THEME_KEY: &str = "assay.theme";

/// The theme the reader chose last, `auto` if none.
#[must_use]
pub fn remembered_theme() -> String {
    let stored = window()
        .local_storage()
        .ok()
        .flatten()
        .and_then(|storage| storage.get_item(THEME_KEY).ok().flatten());
    stored
        .filter(|theme| ["light", "dark"].contains(&theme.as_str()))
        .unwrap_or_else(|| "auto".to_owned())
}

#[component]
fn Theme() -> impl IntoView {
    let state = expect_context::<State>();
    let next = move || match state.theme.get().as_str() {
        "auto" => "light",
        "light" => "dark",
        _ => "auto",
    };
    let turn = move |_| {
        let theme = next().to_owned();
        // A browser that keeps nothing still shows the theme until the page closes.
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = storage.set_item(THEME_KEY, &theme);
        }
        state.theme.set(theme);
    };
    view! {
        <button type="button" class="quiet" title="Change the theme" on:click=turn>
            {move || match state.theme.get().as_str() {
                "light" => "Theme: light",
                "dark" => "Theme: dark",
                _ => "Theme: auto",
            }}
        </button>
    }
}
