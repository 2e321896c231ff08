//! Notes on a sample, a bin, a slice, a gate or a chart, and pinned samples.

use std::rc::Rc;

use leptos::{html, prelude::*};

use super::{desk, typed::Typed};
pub use crate::export::anchor_words;
use crate::{
    report::Filter,
    review::{Anchor, Change, Note, Pin, Review},
    ui::{
        action,
        state::{Panel, State},
    },
};

/// A note that is being written.
#[derive(Clone, Debug, PartialEq)]
pub struct Writing {
    /// Its id.
    pub id: String,
    /// What it is on.
    pub on: Anchor,
    /// Id of the note it answers; empty if it starts a thread.
    pub answers: String,
}

/// A button that begins a note on `on`.
#[component]
pub fn NoteButton(
    /// What the note is on.
    on: Anchor,
) -> impl IntoView {
    let state = expect_context::<State>();
    let count = {
        let on = on.clone();
        move || {
            let count = state
                .desk
                .review
                .with(|review| review.state.notes.iter().filter(|note| note.on == on).count());
            if count == 0 {
                "Note…".to_owned()
            } else {
                format!("Note… ({count})")
            }
        }
    };
    let begin = move |_| write(state, on.clone(), String::new());
    view! { <button type="button" class="quiet" on:click=begin>{count}</button> }
}

fn write(state: State, on: Anchor, answers: String) {
    let id = desk::new_id();
    state.desk.writing.set(Some(Writing { id, on, answers }));
}

/// What a note on a list of samples is on: the bin or slice of its first filter.
#[must_use]
pub fn anchor_of(panel: &Panel) -> Option<Anchor> {
    match panel.filters.as_slice() {
        [Filter::Confidence { low, high }] => Some(Anchor::Bin { low: *low, high: *high }),
        // Where few values are stated, each is a bin of its own.
        [Filter::ConfidenceIs(value)] => Some(Anchor::Bin {
            low: *value,
            high: *value,
        }),
        [
            Filter::Slice {
                name,
                value: Some(value),
            },
        ] => Some(Anchor::Slice {
            name: name.clone(),
            value: value.clone(),
        }),
        _ => None,
    }
}

/// The note that is being written, in a dialog; kept as it is typed.
#[component]
pub fn NoteDialog() -> impl IntoView {
    let state = expect_context::<State>();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        match state.desk.writing.get() {
            Some(_) if !dialog.open() => drop(dialog.show_modal()),
            None if dialog.open() => dialog.close(),
            _ => {}
        }
    });
    let body = move || {
        let writing = state.desk.writing.get()?;
        let title = format!("Note on {}", anchor_words(&writing.on));
        let named: Rc<dyn Fn(String)> = {
            let writing = writing.clone();
            Rc::new(move |name| {
                state.desk.who.set(name);
                // A name that is typed after the note belongs to it too.
                if let Some(text) = written(state, &writing).map(|note| note.text) {
                    put_note(state, &writing, text);
                }
            })
        };
        let put: Rc<dyn Fn(String)> = {
            let writing = writing.clone();
            Rc::new(move |text| put_note(state, &writing, text))
        };
        Some(view! {
            <h2>{title}</h2>
            <div class="form">
                <Typed label="Note" kind="long" value=String::new() commit=put />
                <Typed label="Your name" value=state.desk.who.get_untracked() commit=named />
            </div>
            <p class="missing small">"A name typed here is a claim, not an identity. The note is kept in this browser as you type."</p>
        })
    };
    view! {
        <dialog class="dialog" node_ref=dialog on:close=move |_| state.desk.writing.set(None) aria-label="Note">
            {body}
            <form method="dialog">
                <button class="primary">"Done"</button>
            </form>
        </dialog>
    }
}

/// The note as it is kept so far.
fn written(state: State, writing: &Writing) -> Option<Note> {
    let notes = |review: &Review| review.state.notes.iter().find(|note| note.id == writing.id).cloned();
    state.desk.review.with_untracked(notes)
}

fn put_note(state: State, writing: &Writing, text: String) {
    let old = written(state, writing);
    let text = text.trim().to_owned();
    if text.is_empty() && old.is_none() {
        return;
    }
    let new = Note {
        id: writing.id.clone(),
        on: writing.on.clone(),
        answers: writing.answers.clone(),
        who: state.desk.who.get_untracked(),
        at: old.as_ref().map_or_else(desk::now, |note| note.at.clone()),
        text,
        is_done: false,
    };
    if old.as_ref() != Some(&new) {
        let new = (!new.text.is_empty()).then(|| Box::new(new));
        desk::record(state, Change::Note(old.map(Box::new), new));
    }
}

/// Every note and pin.
#[component]
pub fn Notes() -> impl IntoView {
    let state = expect_context::<State>();
    let notes = move || state.desk.review.with(|review| threads(&review.state.notes));
    let pins = move || state.desk.review.with(|review| review.state.pins.clone());
    view! {
        <h3>"Notes"</h3>
        <ul class="notes plain" aria-label="Notes">
            <For each=notes key=|(note, depth)| (note.id.clone(), note.text.clone(), note.is_done, *depth) let:entry>
                {one(state, entry.0, entry.1)}
            </For>
        </ul>
        <div class="tools">
            <button type="button" on:click=move |_| write(state, Anchor::Review, String::new())>"Note on the review…"</button>
        </div>
        <Show when=move || !pins().is_empty()>
            <h3>"Pinned samples"</h3>
            <ul class="notes plain">
                <For each=pins key=|pin| (pin.run.clone(), pin.id.clone(), pin.epoch, pin.label.clone()) let:pin>
                    {pinned(state, pin)}
                </For>
            </ul>
        </Show>
    }
}

/// Notes with their answers behind them, each with its depth.
fn threads(notes: &[Note]) -> Vec<(Note, usize)> {
    let is_known = |id: &str| notes.iter().any(|note| note.id == id);
    let mut waiting: Vec<(&Note, usize)> = notes
        .iter()
        .rev()
        .filter(|note| note.answers.is_empty() || !is_known(&note.answers))
        .map(|note| (note, 0))
        .collect();
    let mut ordered = Vec::new();
    while let Some((note, depth)) = waiting.pop() {
        // Answers in a circle would never end.
        if ordered.len() >= notes.len() {
            break;
        }
        ordered.push((note.clone(), depth));
        waiting.extend(
            notes
                .iter()
                .rev()
                .filter(|other| other.answers == note.id)
                .map(|other| (other, depth + 1)),
        );
    }
    ordered
}

fn one(state: State, note: Note, depth: usize) -> impl IntoView {
    let who = if note.who.is_empty() { "no name" } else { &note.who };
    let day: String = note.at.chars().take(10).collect();
    let head = format!("{} · {who} · {day}", anchor_words(&note.on));
    let settled = if note.is_done { "Open again" } else { "Settle" };
    let indent = format!("{}px", depth.min(4) * 24);
    let (answer, settle, remove) = (note.clone(), note.clone(), note.clone());
    let on_answer = move |_| write(state, answer.on.clone(), answer.id.clone());
    let on_settle = move |_| {
        let new = Note {
            is_done: !settle.is_done,
            ..settle.clone()
        };
        desk::record(state, Change::Note(Some(Box::new(settle.clone())), Some(Box::new(new))));
    };
    let on_remove = move |_| desk::record(state, Change::Note(Some(Box::new(remove.clone())), None));
    let opened = note.on.clone();
    let is_sample = matches!(note.on, Anchor::Sample { .. });
    let open = move |_| {
        if let Anchor::Sample { run, id, .. } = &opened {
            action::choose_named(state, run);
            action::show_list(state, format!("Sample {id}"), vec![Filter::Ids(vec![id.clone()])]);
        }
    };
    view! {
        <li class:done=note.is_done style:padding-inline-start=indent>
            <p class="small muted">{head}{note.is_done.then_some(" · settled")}</p>
            <p>{note.text}</p>
            <div class="tools">
                {is_sample.then(|| view! { <button type="button" class="quiet" on:click=open>"Open sample"</button> })}
                <button type="button" class="quiet" on:click=on_answer>"Answer…"</button>
                <button type="button" class="quiet" on:click=on_settle>{settled}</button>
                <button type="button" class="quiet" on:click=on_remove>"Remove"</button>
            </div>
        </li>
    }
}

fn pinned(state: State, pin: Pin) -> impl IntoView {
    let (labelled, removed, run, opened) = (pin.clone(), pin.clone(), pin.run.clone(), pin.id.clone());
    let commit: Rc<dyn Fn(String)> = Rc::new(move |label: String| {
        let new = Pin {
            label,
            ..labelled.clone()
        };
        if new != labelled {
            desk::record(
                state,
                Change::Pin(Some(Box::new(labelled.clone())), Some(Box::new(new))),
            );
        }
    });
    let remove = move |_| desk::record(state, Change::Pin(Some(Box::new(removed.clone())), None));
    let open = move |_| {
        action::choose_named(state, &run);
        action::show_list(
            state,
            format!("Sample {opened}"),
            vec![Filter::Ids(vec![opened.clone()])],
        )
    };
    view! {
        <li class="form">
            <p><strong>{pin.id.clone()}</strong></p>
            <Typed label="Why it is pinned" value=pin.label.clone() commit />
            <div class="tools">
                <button type="button" class="quiet" on:click=open>"Open sample"</button>
                <button type="button" class="quiet" on:click=remove>"Unpin"</button>
            </div>
        </li>
    }
}

/// Note and pin, for the sample `id` of the run on show.
#[component]
pub fn SampleTools(
    /// Id of the sample.
    id: String,
    /// Its epoch, from 1.
    epoch: u16,
) -> impl IntoView {
    let state = expect_context::<State>();
    let run = state.report.with_untracked(|report| {
        report
            .as_ref()
            .map(|report| report.meta.name.clone())
            .unwrap_or_default()
    });
    let on = Anchor::Sample {
        run: run.clone(),
        id: id.clone(),
        epoch,
    };
    let pin = Pin {
        run,
        id,
        epoch,
        ..Pin::default()
    };
    let found = {
        let pin = pin.clone();
        move |pins: &[Pin]| {
            let is_same = |own: &&Pin| (&own.run, &own.id, own.epoch) == (&pin.run, &pin.id, pin.epoch);
            pins.iter().find(is_same).cloned()
        }
    };
    let is_pinned = {
        let found = found.clone();
        Memo::new(move |_| state.desk.review.with(|review| found(&review.state.pins).is_some()))
    };
    let turn = move |_| {
        let old = state.desk.review.with_untracked(|review| found(&review.state.pins));
        let new = old.is_none().then(|| Box::new(pin.clone()));
        desk::record(state, Change::Pin(old.map(Box::new), new));
    };
    view! {
        <div class="tools">
            <NoteButton on />
            <button type="button" class="quiet" aria-pressed=move || is_pinned.get().to_string() on:click=turn>
                {move || if is_pinned.get() { "Pinned ✓" } else { "Pin" }}
            </button>
        </div>
    }
}
