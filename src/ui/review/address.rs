//! The address bar holds what would be shared; an address with a review in it opens the review.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::{desk, judgement, kept, secret::Sealed};
use crate::{
    link::{self, LinkError},
    ui::state::State,
};

/// How long changes have to rest before the address follows.
const REST: Duration = Duration::from_millis(700);
/// Longest address that the bar is given; a longer review is shared as a file.
const MOST_CHARACTERS: usize = 64_000;
/// Marks entries of the browser's history that this page wrote.
const OURS: &str = "assay";

/// Opens the review of the address, listens for others, and lets the address follow the review.
pub fn follow(state: State) {
    open(state);
    let hash = window_event_listener(leptos::ev::hashchange, move |_| {
        // Going back and forth through entries of ours changes nothing but the open sample.
        if !is_ours() {
            open(state);
        }
    });
    let back = window_event_listener(leptos::ev::popstate, move |_| {
        if state.sample.with_untracked(Option::is_some) {
            state.sample.set(None);
        }
    });
    // The last keys before somebody leaves are kept, too.
    let leave = window_event_listener(leptos::ev::pagehide, move |_| kept::flush(state));
    on_cleanup(move || {
        leave.remove();
        hash.remove();
        back.remove();
    });
    let turn = StoredValue::new(0_u32);
    Effect::new(move |_| {
        state.desk.review.track();
        state.desk.verdicts.track();
        state.report.track();
        state.desk.judged.track();
        let own = turn.get_value().wrapping_add(1);
        turn.set_value(own);
        set_timeout(
            move || {
                if turn.try_get_value() == Some(own) {
                    write(state);
                }
            },
            REST,
        );
    });
    let is_open = Memo::new(move |_| state.sample.with(Option::is_some));
    Effect::new(move |was_open: Option<bool>| {
        let is_open = is_open.get();
        // The first sample is a step that “Back” takes back; walking on to the next is not.
        if is_open
            && was_open == Some(false)
            && let Ok(history) = window().history()
        {
            drop(history.push_state_with_url(&JsValue::from_str(OURS), "", None));
        }
        is_open
    });
}

fn is_ours() -> bool {
    let state = window().history().ok().and_then(|history| history.state().ok());
    state.and_then(|state| state.as_string()).as_deref() == Some(OURS)
}

/// Opens the review that the address carries, if it carries one.
fn open(state: State) {
    let location = window().location();
    // A mail scanner that turned “#” into “%23” put the review into the path.
    let address = location.href().unwrap_or_default();
    let fragment = location.hash().unwrap_or_default();
    if !fragment.is_empty() && fragment != "#" {
        take(state, &fragment);
    } else if let Some((page, review)) = address.split_once("%23r").filter(|_| link::is_link(&address)) {
        // The bar is mended first, so that what is copied from it works.
        let mended = format!("{}#r{review}", page.trim_end_matches('?'));
        if let Ok(history) = window().history() {
            drop(history.replace_state_with_url(&JsValue::from_str(OURS), "", Some(&mended)));
        }
        take(state, &mended);
    }
}

/// Opens the review that `text` carries: a fragment, or a whole address. Says why if it cannot be opened.
pub fn take(state: State, text: &str) -> bool {
    match link::decode(text) {
        Ok(review) => {
            let names: Vec<String> = review.files().into_iter().map(|file| file.name).collect();
            let source = format!(
                "Opened from a link, which rounds: counts and verdicts are exact, other numbers have three or four digits, curves \
                 up to 64 points. Its numbers are claims: drop {} here to verify them and to see the samples.",
                crate::text::list(&names)
            );
            let is_shown = desk::show(state, review, source);
            if !is_shown {
                state.say("This link carries no report, so there is nothing to show.".to_owned());
            }
            is_shown
        }
        Err(LinkError::Encrypted) => {
            state.desk.sealed.set(Some(Sealed::Link(text.to_owned())));
            true
        }
        Err(error) => {
            state.say(error.to_string());
            false
        }
    }
}

/// Puts the encrypted link in `text` back into the address bar, so that a reload asks for the passphrase again.
pub fn keep_sealed(text: &str) {
    let plain: String = text.replace("%23", "#").split_whitespace().collect();
    let fragment = plain.rfind("#r").and_then(|at| plain.get(at..));
    if let (Some(fragment), Ok(history)) = (fragment, window().history()) {
        drop(history.replace_state_with_url(&JsValue::from_str(OURS), "", Some(fragment)));
    }
}

/// Takes the review out of the address bar.
pub fn clear() {
    let location = window().location();
    let plain = format!(
        "{}{}",
        location.pathname().unwrap_or_default(),
        location.search().unwrap_or_default()
    );
    if let Ok(history) = window().history() {
        drop(history.replace_state_with_url(&JsValue::from_str(OURS), "", Some(&plain)));
    }
}

/// Puts what would be shared into the address bar.
fn write(state: State) {
    // What came encrypted is not spelled out in the browser's history.
    if state.desk.is_secret.get_untracked() {
        return;
    }
    let is_worth_it = state.desk.claimed.with_untracked(Option::is_some)
        || state.desk.review.with_untracked(|review| {
            let said = &review.state;
            said.policy.is_some() || !said.decisions.is_empty() || !said.notes.is_empty() || !said.pins.is_empty()
        });
    let fragment = if is_worth_it {
        judgement::whole(state).and_then(|review| link::encode(&review).ok())
    } else {
        None
    };
    let Ok(history) = window().history() else { return };
    let before = window().location().hash().unwrap_or_default();
    match fragment.filter(|fragment| fragment.len() <= MOST_CHARACTERS) {
        Some(fragment) if fragment != before => {
            drop(history.replace_state_with_url(&JsValue::from_str(OURS), "", Some(&fragment)));
        }
        // A link that could not be opened stays where it is, to be looked at.
        None if !before.is_empty() && state.report.with_untracked(Option::is_some) => {
            clear();
        }
        _ => {}
    }
}
