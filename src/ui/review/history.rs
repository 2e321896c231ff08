//! The history of a review: what was done, by whom and when; undo and redo are events like all others.

use leptos::prelude::*;

use super::desk;
use crate::{
    review::{
        Event,
        undo::{self, to_redo, to_undo},
    },
    text,
    ui::state::State,
};

/// Undo, redo and the list.
#[component]
pub fn History() -> impl IntoView {
    let state = expect_context::<State>();
    let events = move || state.desk.review.with(|review| review.events.clone());
    let undo = Memo::new(move |_| state.desk.review.with(|review| to_undo(&review.events)));
    let redo = Memo::new(move |_| state.desk.review.with(|review| to_redo(&review.events)));
    let take_back = move |id: Option<String>| {
        if let Some(id) = id {
            desk::take_back(state, id);
        }
    };
    let summary = move || {
        let events = state.desk.review.with(|review| review.events.len() as u64);
        // A link carries how long the history is and where it stands, not the events.
        let carried = state.desk.claimed.with(|claimed| {
            let bare = claimed.as_ref().filter(|claimed| claimed.events.is_empty());
            bare.map_or(0, |claimed| claimed.audit.count)
        });
        match (events, carried) {
            (_, 0) => format!("History: {}", text::counted(events, "event")),
            (0, carried) => format!(
                "History: {}, told in the file of the review; a link carries their count and last hash",
                text::counted(carried, "event")
            ),
            (events, carried) => format!(
                "History: {} since the link was opened, {} before",
                text::counted(events, "event"),
                text::count(carried)
            ),
        }
    };
    let all = events;
    let row = move |event: Event| {
        let who = if event.who.is_empty() {
            "no name".to_owned()
        } else {
            event.who.clone()
        };
        let at = event.at.get(..16).unwrap_or(&event.at).replace('T', " ");
        view! {
            <tr>
                <td class="number">{at}</td>
                <td>{who}</td>
                <td>{undo::words(&all(), &event)}</td>
            </tr>
        }
    };
    view! {
        <div class="tools">
            <button type="button" disabled=move || undo.get().is_none() on:click=move |_| take_back(undo.get_untracked())>
                "Undo"
            </button>
            <button type="button" disabled=move || redo.get().is_none() on:click=move |_| take_back(redo.get_untracked())>
                "Redo"
            </button>
            <span class="muted small">{move || state.desk.saved.get()}</span>
        </div>
        <details>
            <summary>{summary}</summary>
            <div class="scroll">
                <table>
                    <tbody>{move || events().into_iter().rev().map(row).collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}
