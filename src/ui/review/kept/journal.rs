//! What the database may not come to any more as a page is left, jotted down where writing is over at once; the next start
//! takes it up.

use leptos::prelude::*;
use serde::Deserialize;

use super::Kept;
use crate::review::Review;

/// What names of such entries begin with; the key of the review follows.
const PLACE: &str = "assay.unsaved.";

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Jots `kept` down: without its numbers where these are kept already (`is_known`), or where there is no room for them.
pub(super) fn jot(kept: &Kept, is_known: bool) {
    let Some(storage) = storage() else { return };
    let place = format!("{PLACE}{}", kept.key);
    let is_done = |kept: &Kept| {
        let text = serde_json::to_string(kept).unwrap_or_default();
        storage.set_item(&place, &text).is_ok()
    };
    if !is_known && is_done(kept) {
        return;
    }
    let bare = Kept {
        review: Review {
            reports: Vec::new(),
            verdicts: Vec::new(),
            ..kept.review.clone()
        },
        ..kept.clone()
    };
    // Where there is no room for this either, the database is all there is.
    let _ = is_done(&bare);
}

/// Everything that was jotted down.
pub(super) fn all() -> Vec<Kept> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    let names = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok().flatten());
    let names: Vec<String> = names.filter(|name| name.starts_with(PLACE)).collect();
    let text = |name: String| storage.get_item(&name).ok().flatten();
    // What another version jotted down in another shape stays there.
    names
        .into_iter()
        .filter_map(|name| serde_json::from_str(&text(name)?).ok())
        .collect()
}

/// When an entry changed.
#[derive(Deserialize)]
struct Stamp {
    changed_at: String,
}

/// Strikes out what was jotted down of `written`, unless it is newer.
pub(super) fn strike(written: &Kept) {
    let Some(storage) = storage() else { return };
    let place = format!("{PLACE}{}", written.key);
    let text = storage.get_item(&place).ok().flatten();
    let stamp = text.and_then(|text| serde_json::from_str::<Stamp>(&text).ok());
    if stamp.is_some_and(|stamp| stamp.changed_at <= written.changed_at) {
        // A browser that cannot remove it offers it again, and it is merged again.
        let _ = storage.remove_item(&place);
    }
}
