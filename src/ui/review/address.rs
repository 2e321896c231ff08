//! The address bar holds what would be shared; an address with a review in it opens the review.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;

use super::{desk, judgement, kept, secret::Sealed};
use crate::{
    export,
    link::{self, LinkError},
    review::{Audit, Review},
    ui::{
        action,
        state::{Stage, State},
    },
};

/// How long changes have to rest before the address follows.
const REST: Duration = Duration::from_millis(700);
/// Longest address that the bar is given; a longer review is shared as a file.
const MOST_CHARACTERS: usize = 64_000;
/// Marks entries of the browser's history that this page wrote; the key under which the review is kept follows.
const OURS: &str = "assay";

/// Opens the review of the address, listens for others, and lets the address follow the review.
pub fn follow(state: State) {
    start(state);
    let hash = window_event_listener(leptos::ev::hashchange, move |event| {
        let entry = own_entry();
        // Going back and forth through entries of one review changes nothing but the open sample.
        if entry
            .as_ref()
            .is_some_and(|entry| entry.place == state.desk.place.get_value())
        {
            return;
        }
        state.notices.set(Vec::new());
        let key = entry.as_ref().map_or("", |entry| entry.key.as_str());
        let next = state.desk.place.get_value().wrapping_add(1);
        state
            .desk
            .place
            .set_value(entry.as_ref().map_or(next, |entry| entry.place));
        if key.is_empty()
            && link::is_link(&event.old_url())
            && window().location().hash().is_ok_and(|hash| hash.is_empty())
        {
            return step_out(state);
        }
        go_on(state, key);
    });
    let back = window_event_listener(leptos::ev::popstate, move |_| {
        if state.sample.with_untracked(Option::is_some) {
            state.sample.set(None);
        }
    });
    on_cleanup(move || {
        hash.remove();
        back.remove();
    });
    keep_last_keys(state);
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
            drop(history.push_state_with_url(&marker(state), "", None));
        }
        is_open
    });
}

/// Keeps the last keys before somebody leaves. A telephone may say no more than that the page is hidden.
fn keep_last_keys(state: State) {
    let leave = window_event_listener(leptos::ev::pagehide, move |_| kept::leave(state));
    let hidden = leptos::ev::Custom::<web_sys::Event>::new("visibilitychange");
    let hidden = window_event_listener(hidden, move |_| {
        if document().hidden() {
            kept::leave(state);
        }
    });
    on_cleanup(move || {
        leave.remove();
        hidden.remove();
    });
}

/// What this page leaves with an entry of the browser's history.
fn marker(state: State) -> JsValue {
    let key = state.desk.key.get_untracked();
    // What came encrypted asks for its passphrase again.
    let is_secret = state.desk.is_secret.get_untracked();
    let key = if is_secret { "" } else { key.as_str() };
    JsValue::from_str(&format!("{OURS}:{}:{key}", state.desk.place.get_value()))
}

/// What this page left with an entry of the browser's history.
struct Entry {
    /// Counts the reviews that were left for others in this tab.
    place: u32,
    /// The key of the review, empty without one.
    key: String,
}

/// What this page left with the entry on show; `None` where somebody else wrote the entry.
fn own_entry() -> Option<Entry> {
    let state = window().history().ok()?.state().ok()?.as_string()?;
    let (place, key) = state.strip_prefix(OURS)?.strip_prefix(':')?.split_once(':')?;
    Some(Entry {
        place: place.parse().ok()?,
        key: key.to_owned(),
    })
}

/// Puts `url` into the address bar, or leaves it as it is, with the key of the review on show.
fn put(state: State, url: Option<&str>) {
    if let Ok(history) = window().history() {
        drop(history.replace_state_with_url(&marker(state), "", url));
    }
}

/// Leaves the key of the review on show with the address, so that a reload goes on with it.
pub fn remember(state: State) {
    let before = window().history().ok().and_then(|history| history.state().ok());
    if before != Some(marker(state)) {
        put(state, None);
    }
}

/// Opens the review of the address: at once, or, where this page wrote the address, once it is known what this browser
/// keeps of it.
fn start(state: State) {
    let own = own_entry();
    match &own {
        Some(entry) => state.desk.place.set_value(entry.place),
        None => open(state),
    }
    spawn_local(async move {
        kept::load(state).await;
        // The element may have left its page meanwhile.
        let Some(stage) = state.stage.try_get_untracked() else {
            return;
        };
        let is_empty = stage == Stage::Empty;
        match own {
            Some(own) if is_empty && state.report.with_untracked(Option::is_none) => go_on(state, &own.key),
            None if is_empty => take_up(state),
            _ => {}
        }
    });
}

/// Puts a review away as somebody goes back or forth to a place without one.
fn step_out(state: State) {
    action::put_away(state);
    state.say("No review and no file belongs to this address. Choose the files again, or go back.".to_owned());
}

/// Goes on with the review that is kept under `key`, or with that of the address.
fn go_on(state: State, key: &str) {
    let kept = state
        .desk
        .kept
        .with_untracked(|all| all.iter().find(|kept| kept.key == key).cloned());
    // The address may be older than what is kept, or bare.
    match kept {
        Some(kept) if desk::show_kept(state, &kept) => remember(state),
        _ => open(state),
    }
}

/// Goes on in full with the review of a link on which nobody has worked yet, if it is this browser's own.
fn take_up(state: State) {
    let is_untouched = state.desk.key.with_untracked(String::is_empty)
        && state.desk.review.with_untracked(|review| review.events.is_empty());
    let link = state.desk.claimed.get_untracked().filter(|_| is_untouched);
    let kept = link.and_then(|link| kept::of_link(state, &link.audit, false));
    if kept.is_some_and(|kept| desk::show_kept(state, &kept)) {
        remember(state);
    }
}

/// Whether `fragment` names an element of the page around this one.
fn is_place(fragment: &str) -> bool {
    let id = fragment.strip_prefix('#').filter(|id| !id.is_empty());
    id.is_some_and(|id| document().get_element_by_id(id).is_some())
}

/// Opens the review that the address carries, if it carries one.
fn open(state: State) {
    let location = window().location();
    // A mail scanner that turned “#” into “%23” put the review into the path.
    let address = location.href().unwrap_or_default();
    let fragment = location.hash().unwrap_or_default();
    if is_place(&fragment) {
        // The page around the element was asked for one of its own places.
    } else if !fragment.is_empty() && fragment != "#" {
        take(state, &fragment);
    } else if let Some((page, review)) = address.split_once("%23r").filter(|_| link::is_link(&address)) {
        // The bar is mended first, so that what is copied from it works.
        let mended = format!("{}#r{review}", page.trim_end_matches('?'));
        put(state, Some(&mended));
        take(state, &mended);
    }
}

/// Opens the review that `text` carries, a fragment or a whole address, and puts it into the address bar. Says why if it
/// cannot be opened.
pub fn take(state: State, text: &str) -> bool {
    let is_shown = show(state, text, is_own(text));
    if is_shown && state.desk.sealed.with_untracked(Option::is_none) {
        keep(state, text);
    }
    is_shown
}

/// Whether `text` is the fragment in the address bar, and this page put it there.
#[must_use]
pub fn is_own(text: &str) -> bool {
    own_entry().is_some() && window().location().hash().is_ok_and(|hash| hash == text)
}

/// The whole review that this page holds, if it is the one of a link that stands at `carried`.
fn whole_in_page(carried: &Audit) -> Option<Review> {
    let text = document().get_element_by_id(export::WHOLE)?.text_content()?;
    let whole = Review::from_json(&text).ok()?;
    whole.audit.is_told_by(carried).then_some(whole)
}

/// Shows the review that `text` carries: in full where this browser keeps it, of what this page put into the address bar
/// itself (`is_own`) also where it was gone on with since. Says why if it cannot be opened.
pub fn show(state: State, text: &str, is_own: bool) -> bool {
    match link::decode(text) {
        Ok(review) => {
            if let Some(kept) = kept::of_link(state, &review.audit, is_own) {
                return desk::show_kept(state, &kept);
            }
            let whole = whole_in_page(&review.audit);
            let source = |names: &str| match &whole {
                Some(_) => format!(
                    "Opened from this page, which holds the whole review. Its numbers are claims: drop {names} here to verify them \
                     and to see the samples."
                ),
                None => format!(
                    "Opened from a link, which rounds: counts and verdicts are exact, other numbers have three or four digits, \
                     curves up to 64 points. Its numbers are claims: drop {names} here to verify them and to see the samples."
                ),
            };
            let names: Vec<String> = review.files().into_iter().map(|file| file.name).collect();
            let source = source(&crate::text::list(&names));
            let is_shown = desk::show(state, whole.unwrap_or(review), source);
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

/// Puts the link in `text` into the address bar as it came, so that a reload opens it again.
pub fn keep(state: State, text: &str) {
    let plain: String = text.replace("%23", "#").split_whitespace().collect();
    let fragment = plain.rfind("#r").and_then(|at| plain.get(at..));
    match fragment {
        Some(fragment) => put(state, Some(fragment)),
        None => clear(state),
    }
}

/// Takes the review out of the address bar.
pub fn clear(state: State) {
    put(state, Some(&plain()));
}

/// Leaves the review of the address bar for another one; “Back” leads to it again.
pub fn leave(state: State) {
    let place = &state.desk.place;
    place.set_value(place.get_value().wrapping_add(1));
    if let Ok(history) = window().history() {
        // The key is that of the review that is left; the next one has none yet.
        let marker = JsValue::from_str(&format!("{OURS}:{}:", place.get_value()));
        drop(history.push_state_with_url(&marker, "", Some(&plain())));
    }
}

/// The address without a review.
fn plain() -> String {
    let location = window().location();
    format!(
        "{}{}",
        location.pathname().unwrap_or_default(),
        location.search().unwrap_or_default()
    )
}

/// Puts what would be shared into the address bar.
fn write(state: State) {
    // What came encrypted is not spelled out in the browser's history.
    if state.desk.is_secret.get_untracked() {
        return;
    }
    // A link on which nobody has worked stays as it came.
    let is_untouched = state.desk.review.with_untracked(|review| review.events.is_empty())
        && state
            .desk
            .claimed
            .with_untracked(|claimed| claimed.as_ref().is_some_and(|claimed| claimed.events.is_empty()));
    if is_untouched && window().location().hash().is_ok_and(|hash| link::is_link(&hash)) {
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
    let before = window().location().hash().unwrap_or_default();
    let is_complete = state
        .report
        .with_untracked(|report| report.as_ref().is_some_and(|report| report.pending.is_empty()));
    match fragment.filter(|fragment| fragment.len() <= MOST_CHARACTERS) {
        Some(fragment) if fragment != before => {
            put(state, Some(&fragment));
        }
        // A link that could not be opened stays where it is, to be looked at, and so does one while numbers are made.
        None if !before.is_empty() && !is_place(&before) && is_complete => {
            clear(state);
        }
        _ => {}
    }
}
