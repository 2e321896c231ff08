//! What a person can do with a review. Every change is an event that is only ever appended.

use std::{collections::BTreeMap, sync::Arc};

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

use super::{address, judgement, kept, secret::Sealed};
use crate::{
    report::{Filter, InputFile, Options},
    review::{Change, METHODS_VERSION, Policy, Review, audit::Field, merge},
    seal,
    ui::{
        action::{self, NamedFile},
        state::State,
        worker::message::LoadedSet,
    },
};

/// Now, RFC 3339 in UTC.
#[must_use]
pub fn now() -> String {
    js_sys::Date::new_0().to_iso_string().into()
}

/// Today in UTC, `2026-11-22`.
#[must_use]
pub fn today() -> String {
    now().chars().take(10).collect()
}

/// Appends a change to the history.
pub fn record(state: State, change: Change) {
    let who = state.desk.who.get_untracked();
    state.desk.review.update(|review| review.record(change, &now(), &who));
    kept::save_soon(state);
}

/// A text of the review.
#[must_use]
pub fn text(state: State, field: Field) -> String {
    state
        .desk
        .review
        .with_untracked(|review| field.of(&review.state).to_owned())
}

/// Changes a text of the review.
pub fn put_text(state: State, field: Field, new: String) {
    let old = text(state, field);
    if old != new {
        record(state, Change::Text(field, old, new));
    }
}

/// A short id that no other note of the review has.
#[must_use]
pub fn new_id() -> String {
    let number = (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    format!("{number:08x}")
}

/// Undoes the event `id`, or does it again if it is an undoing.
pub fn take_back(state: State, id: String) {
    let before = options(state);
    let policy = |state: State| state.desk.review.with_untracked(|review| review.state.policy.clone());
    let old = policy(state);
    record(state, Change::Undone(id));
    let new = policy(state);
    if old != new {
        state
            .desk
            .draft
            .set(new.map(|policy| policy.to_toml()).unwrap_or_default());
        state.desk.faults.set(Vec::new());
        rejudge(state, &before);
    }
    state.desk.revision.update(|revision| *revision += 1);
}

/// The options of the report: those chosen, with the budgets of the policy.
#[must_use]
pub fn options(state: State) -> Options {
    let chosen = state.options.get_untracked();
    state.desk.review.with_untracked(|review| match &review.state.policy {
        Some(policy) => policy.applied(&chosen),
        None => chosen.clone(),
    })
}

/// The names of policy files.
#[must_use]
pub fn is_policy(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with(".toml") || name.ends_with(".policy.json")
}

/// The names of review files.
#[must_use]
pub fn is_review(name: &str) -> bool {
    name.to_lowercase().ends_with(".review.json")
}

/// The names of files of several reviews.
#[must_use]
pub fn is_everything(name: &str) -> bool {
    name.to_lowercase().ends_with(".reviews.json")
}

/// Takes policies and reviews out of dropped or chosen files and puts them in place before the others are opened.
pub fn sort(state: State, files: Vec<NamedFile>, open: impl FnOnce(Vec<NamedFile>) + 'static) {
    let (own, others): (Vec<_>, Vec<_>) = files
        .into_iter()
        .partition(|(name, _)| is_policy(name) || is_review(name) || is_everything(name));
    if own.is_empty() {
        return open(others);
    }
    spawn_local(async move {
        for (name, file) in own {
            match JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()) {
                Some(text) if is_review(&name) => take_review(state, &name, &text),
                Some(text) if is_everything(&name) => kept::take_all(state, &name, &text),
                Some(text) => take_policy(state, &name, text),
                None => state.say(format!("The browser could not read {name}. Choose it again.")),
            }
        }
        open(others);
    });
}

/// Puts the policy file called `name` in place, or says what is wrong with it.
pub fn take_policy(state: State, name: &str, text: String) {
    match Policy::parse(&text) {
        Ok(policy) => {
            state.desk.draft.set(text);
            state.desk.faults.set(Vec::new());
            put_policy(state, policy);
        }
        Err(faults) => {
            let first = faults.first().map(ToString::to_string).unwrap_or_default();
            state.say(format!(
                "{name}: {first}. Correct the file under “Policy and decision”."
            ));
            state.desk.draft.set(text);
            state.desk.faults.set(faults);
        }
    }
    state.desk.revision.update(|revision| *revision += 1);
}

/// Opens the review file called `name`, or merges it where it is about the files that are open.
pub fn take_review(state: State, name: &str, text: &str) {
    if seal::is_sealed_file(text) {
        let (name, text) = (name.to_owned(), text.to_owned());
        return state.desk.sealed.set(Some(Sealed::File { name, text }));
    }
    let theirs = match Review::from_json(text) {
        Ok(theirs) => theirs,
        Err(error) => return state.say(format!("{name}: {error}.")),
    };
    let files = state.report.with_untracked(|report| match report {
        Some(report) => report.files.clone(),
        None => Vec::new(),
    });
    if files.is_empty() || !names_some(&theirs, &files) {
        let names: Vec<String> = theirs.files().into_iter().map(|file| file.name).collect();
        let names = crate::text::list(&names);
        let source = format!(
            "Opened from {name}. Its numbers are claims: drop {names} here to verify them and to see the samples."
        );
        if show(state, theirs, source) {
            // What the bar says is about another review.
            address::clear(state);
        } else {
            state.say(format!("{name} carries no report, so there is nothing to show."));
        }
        return;
    }
    let desk = state.desk;
    let before = options(state);
    let mine = desk.review.get_untracked();
    let old = mine.state.policy.clone();
    let bare = Review {
        reports: Vec::new(),
        verdicts: Vec::new(),
        ..theirs.clone()
    };
    let both = merge(&mine, &bare);
    let added = both.events.len().saturating_sub(mine.events.len());
    let new = both.state.policy.clone();
    desk.review.set(both);
    desk.claimed.set(Some(Arc::new(theirs)));
    desk.source.set(format!(
        "Merged with {name}: {} came with it, and nothing was lost.",
        crate::text::counted(added as u64, "event")
    ));
    if old != new {
        desk.draft.set(new.map(|policy| policy.to_toml()).unwrap_or_default());
        desk.faults.set(Vec::new());
        rejudge(state, &before);
    }
    desk.revision.update(|revision| *revision += 1);
    kept::save_soon(state);
}

/// Shows the run, and the baseline, that the claimed review is about.
pub fn choose_claimed(state: State, set: &LoadedSet) {
    let Some(claimed) = state.desk.claimed.get_untracked() else {
        return;
    };
    let Some(report) = claimed.reports.first() else { return };
    let place = |name: &str| set.runs.iter().position(|card| card.meta.name == name);
    if let Some(run) = place(&report.meta.name) {
        state.run.set(run);
        if let Some(comparison) = &report.comparison {
            state.baseline.set(place(&comparison.baseline.meta.name));
        }
    }
}

/// Judges by `policy` from now on.
pub fn put_policy(state: State, policy: Policy) {
    let is_same = state
        .desk
        .review
        .with_untracked(|review| review.state.policy.as_ref() == Some(&policy));
    if is_same {
        return;
    }
    let before = options(state);
    record(state, Change::Policy(Box::new(policy)));
    rejudge(state, &before);
}

/// Brings report and verdicts up to date after the policy changed; `before`: the options of the report on show.
pub fn rejudge(state: State, before: &Options) {
    if state.set.with_untracked(|set| set.runs.is_empty()) {
        return;
    }
    if options(state) == *before {
        judgement::judge(state);
    } else {
        // The report is made again under the budgets, and judged then.
        action::choose(state, |_| ());
    }
}

/// The review of other files begins, goes on with files added, or is taken up again where it was left.
pub fn opened(state: State, files: Vec<InputFile>, is_added: bool) {
    let desk = state.desk;
    forget_verdicts(state);
    let is_claimed = desk
        .claimed
        .with_untracked(|claimed| claimed.as_ref().is_some_and(|review| names_some(review, &files)));
    let is_under_way = desk.review.with_untracked(|review| {
        review
            .events
            .iter()
            .any(|event| matches!(event.change, Change::Opened(_)))
    });
    if !is_claimed && !is_added {
        let is_foreign = desk.claimed.with_untracked(Option::is_some);
        let policy = desk.review.with_untracked(|review| review.state.policy.clone());
        let policy = policy.filter(|_| !is_foreign);
        let found = desk
            .kept
            .with_untracked(|all| all.iter().find(|kept| kept.is_of(&files)).cloned());
        if is_foreign {
            leave_foreign(state, &files);
        }
        match found.filter(|_| policy.is_none() || is_under_way) {
            Some(kept) => {
                restore(state, &kept);
                if !is_foreign {
                    address::clear(state);
                }
                desk.source.set(format!(
                    "Taken up where you left it in this browser on {}.",
                    kept.changed_at.get(..10).unwrap_or_default()
                ));
            }
            None if is_foreign => begin(state, None),
            None if is_under_way => {
                begin(state, policy);
                address::clear(state);
            }
            None => {}
        }
    }
    // Adding files to those that are open is no second opening.
    let is_known = desk.review.with_untracked(|review| {
        let names = |files: &[InputFile]| {
            files
                .iter()
                .map(|file| (file.name.clone(), file.size))
                .collect::<Vec<_>>()
        };
        let same = |event: &crate::review::Event| match &event.change {
            Change::Opened(before) => names(before) == names(&files),
            _ => false,
        };
        review.events.iter().any(same)
    });
    if !is_known {
        record(state, Change::Opened(files));
    }
    desk.revision.update(|revision| *revision += 1);
}

/// Other files than those of the review on show were opened: it is put away so that “Back” leads to it, and that is said.
/// Nothing that was chosen for it holds for them.
fn leave_foreign(state: State, files: &[InputFile]) {
    let desk = state.desk;
    let is_kept = !desk.key.with_untracked(String::is_empty);
    let about = desk.claimed.with_untracked(|claimed| {
        let report = claimed.as_ref().and_then(|claimed| claimed.reports.first());
        report.map(|report| report.meta.name.clone()).unwrap_or_default()
    });
    let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
    let are = if names.len() == 1 {
        "is not a file"
    } else {
        "are not the files"
    };
    let kept = if is_kept {
        ", and this browser keeps what was done in it"
    } else {
        ""
    };
    state.say(format!(
        "{} {are} of the review of {about} that was open, so a review of its own began. “Back” in the browser goes back to that \
         one{kept}.",
        crate::text::list(&names)
    ));
    address::leave(state);
    state.options.set(Options::default());
    desk.draft.set(String::new());
    desk.faults.set(Vec::new());
}

/// Whether `files` hold one that the review names.
fn names_some(review: &Review, files: &[InputFile]) -> bool {
    let named = review.files();
    let same = |file: &InputFile| {
        named
            .iter()
            .any(|own| own.name == file.name || own.sha256.starts_with(&file.sha256) && !file.sha256.is_empty())
    };
    files.iter().any(same)
}

/// Begins a review of its own. A policy outlives the files it was written for; what was decided about them does not.
pub fn begin(state: State, policy: Option<Policy>) {
    let desk = state.desk;
    desk.review.set(fresh());
    desk.key.set(String::new());
    desk.saved.set(String::new());
    desk.source.set(String::new());
    desk.claimed.set(None);
    desk.is_secret.set(false);
    if let Some(policy) = policy {
        record(state, Change::Policy(Box::new(policy)));
    }
}

/// Begins the review of the open files anew; the one that was restored stays kept.
pub fn begin_afresh(state: State) {
    let before = options(state);
    begin(state, None);
    state.desk.draft.set(String::new());
    forget_verdicts(state);
    record(state, Change::Opened(state.set.with_untracked(|set| set.files.clone())));
    state.desk.revision.update(|revision| *revision += 1);
    rejudge(state, &before);
}

/// Takes up a review that this browser kept.
pub fn restore(state: State, kept: &kept::Kept) {
    let desk = state.desk;
    let mut review = kept.review.clone();
    review.reports.clear();
    review.verdicts.clear();
    desk.review.set(review);
    desk.key.set(kept.key.clone());
    desk.is_secret.set(kept.is_secret);
    desk.draft.set(kept.draft.clone());
    desk.faults.set(Vec::new());
    if desk.who.with_untracked(String::is_empty) {
        desk.who.set(kept.who.clone());
    }
    desk.revision.update(|revision| *revision += 1);
}

/// Shows a review without its files: as a link, a file or this browser holds it.
pub fn show(state: State, review: Review, source: String) -> bool {
    if review.reports.is_empty() {
        return false;
    }
    action::put_away(state);
    let desk = state.desk;
    desk.draft
        .set(review.state.policy.as_ref().map(Policy::to_toml).unwrap_or_default());
    desk.faults.set(Vec::new());
    desk.key.set(String::new());
    let mut own = review.clone();
    own.reports.clear();
    own.verdicts.clear();
    desk.review.set(own);
    desk.claimed.set(Some(Arc::new(review)));
    desk.source.set(source);
    judgement::show_claimed(state, 0);
    desk.revision.update(|revision| *revision += 1);
    true
}

/// Shows a kept review without its files, and goes on with it: history, key and all.
pub fn show_kept(state: State, kept: &kept::Kept) -> bool {
    let day = kept.changed_at.get(..10).unwrap_or_default();
    let names: Vec<String> = kept.review.files().into_iter().map(|file| file.name).collect();
    let source = format!(
        "Kept in this browser since {day}. Drop {} to see the samples and to verify the numbers.",
        crate::text::list(&names)
    );
    if !show(state, kept.review.clone(), source) {
        let names = crate::text::list(&kept.files());
        state.say(format!(
            "No numbers were kept with this review yet. Drop {names} here to go on with it."
        ));
        return false;
    }
    let desk = state.desk;
    desk.key.set(kept.key.clone());
    desk.draft.set(kept.draft.clone());
    desk.is_secret.set(kept.is_secret);
    if desk.who.with_untracked(String::is_empty) {
        desk.who.set(kept.who.clone());
    }
    true
}

/// An empty review of this version of the program.
#[must_use]
pub fn fresh() -> Review {
    Review {
        app: env!("CARGO_PKG_VERSION").to_owned(),
        methods: METHODS_VERSION,
        ..Review::default()
    }
}

/// Clears the desk. What was done stays kept in this browser.
pub fn put_away(state: State) {
    kept::flush(state);
    begin(state, None);
    state.desk.draft.set(String::new());
    state.desk.faults.set(Vec::new());
    forget_verdicts(state);
}

/// Forgets what was measured and judged; the runs are judged anew.
fn forget_verdicts(state: State) {
    let desk = state.desk;
    desk.verdicts.set(None);
    desk.bounds.set(Arc::default());
    desk.judged.set(BTreeMap::new());
    desk.ground.set_value(None);
}

/// Most ids of samples that are named in a sentence.
const MOST_IDS: usize = 20;

/// Says that the samples that pass `filters` are in the files, which these are, and which samples the review names itself.
pub fn say_where_samples_are(state: State, filters: &[Filter]) {
    let files = state
        .desk
        .claimed
        .with_untracked(|review| review.as_ref().map(|review| review.files()).unwrap_or_default());
    let names: Vec<String> = files.into_iter().map(|file| file.name).collect();
    let ids = filters.iter().find_map(|filter| match filter {
        Filter::Ids(ids) if !ids.is_empty() => Some(ids),
        _ => None,
    });
    let named = ids.map_or_else(String::new, |ids| {
        let shown: Vec<String> = ids.iter().take(MOST_IDS).map(|id| format!("“{id}”")).collect();
        format!(" The review names {}.", crate::text::list(&shown))
    });
    state.say(format!(
        "The samples are in the files this review was made of, not in the review. Drop {} on the page to open them.{named}",
        crate::text::list(&names)
    ));
}
