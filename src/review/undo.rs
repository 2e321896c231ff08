//! What undo and redo would take back.

use std::collections::BTreeSet;

use super::{Change, Event};

/// The event that undo would take back: the last that stands, the opening of files aside.
#[must_use]
pub fn to_undo(events: &[Event]) -> Option<String> {
    let undone = undone(events);
    let is_own = |event: &&Event| {
        !matches!(
            event.change,
            Change::Opened(_) | Change::Adopted { .. } | Change::Undone(_)
        )
    };
    let mut standing = events.iter().rev().filter(is_own);
    standing
        .find(|event| !undone.contains(&event.id))
        .map(|event| event.id.clone())
}

/// The undoing that redo would take back: the last that stands, if nothing else was done since.
#[must_use]
pub fn to_redo(events: &[Event]) -> Option<String> {
    let undone = undone(events);
    let since = events.iter().rev();
    let since = since.take_while(|event| matches!(event.change, Change::Undone(_)));
    let mut standing = since.filter(|event| !undone.contains(&event.id));
    // An undoing that itself did something again is no undoing to take back.
    let found = standing.find(|event| matches!(&event.change, Change::Undone(id) if !is_undoing(events, id)));
    found.map(|event| event.id.clone())
}

/// What happened in `event`, one of `events`, in words: an undoing that takes back another does something again.
#[must_use]
pub fn words(events: &[Event], event: &Event) -> String {
    match &event.change {
        Change::Undone(id) if is_undoing(events, id) => "redid a change".to_owned(),
        _ => event.words(),
    }
}

fn is_undoing(events: &[Event], id: &str) -> bool {
    let event = events.iter().find(|event| event.id == id);
    event.is_some_and(|event| matches!(event.change, Change::Undone(_)))
}

/// Ids of the events that do not stand.
fn undone(events: &[Event]) -> BTreeSet<String> {
    let mut undone = BTreeSet::new();
    for event in events.iter().rev() {
        if let (Change::Undone(id), false) = (&event.change, undone.contains(&event.id)) {
            undone.insert(id.clone());
        }
    }
    undone
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::{Review, audit::Field};

    fn review(titles: &[&str]) -> Review {
        let mut review = Review::default();
        for title in titles {
            let text = Change::Text(Field::Title, review.state.title.clone(), (*title).to_owned());
            review.record(text, "2026-11-22T00:00:00Z", "");
        }
        review
    }

    fn turn(review: &mut Review, id: Option<String>) {
        review.record(Change::Undone(id.unwrap()), "2026-11-22T00:00:01Z", "");
    }

    #[test]
    fn undo_and_redo_walk_through_every_step() {
        let mut own = review(&["a", "b", "c"]);
        for title in ["b", "a", ""] {
            let id = to_undo(&own.events);
            turn(&mut own, id);
            assert_eq!(own.state.title, title);
        }
        assert_eq!(to_undo(&own.events), None);
        for title in ["a", "b", "c"] {
            let id = to_redo(&own.events);
            turn(&mut own, id);
            assert_eq!(own.state.title, title);
        }
        assert_eq!(to_redo(&own.events), None);
    }
}
