//! Reviews in this browser's own database: every change is kept shortly after it was made, under the files it is about.

use std::{rc::Rc, sync::Arc, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use rexie::{ObjectStore, Rexie, TransactionMode};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

mod journal;

use super::{address, desk, judgement, typed};
use crate::{
    report::InputFile,
    review::{Audit, Change, Policy, Review, audit, record},
    ui::{action, save, state::State},
};

const DATABASE: &str = "assay";
const STORE: &str = "reviews";
/// How long changes have to rest before they are written.
const REST: Duration = Duration::from_millis(150);
/// How long a change waits at most, however fast others follow it, milliseconds.
const MOST_WAIT_MS: f64 = 800.0;

/// Most open runs whose reports are kept with each change; of more, the one on show is.
const MOST_RUNS: usize = 8;

/// A review as this browser keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// Its key.
    pub key: String,
    /// When it changed last, RFC 3339 in UTC.
    pub changed_at: String,
    /// The review, the report of the run on show included.
    pub review: Review,
    /// The policy file as it was typed.
    pub draft: String,
    /// The name that was typed last.
    pub who: String,
    /// It came encrypted.
    pub is_secret: bool,
}

impl Kept {
    /// Whether it is the review of `files`: the same names and sizes, and the same hashes where both are known.
    #[must_use]
    pub fn is_of(&self, files: &[InputFile]) -> bool {
        let opened = self.review.events.iter().rev().find_map(|event| match &event.change {
            Change::Opened(files) => Some(files),
            _ => None,
        });
        let hash = |file: &InputFile| {
            let known = self.review.files();
            let found = known
                .into_iter()
                .find(|own| own.name == file.name && own.size == file.size);
            found.map(|own| own.sha256).unwrap_or_default()
        };
        let is_same = |own: &InputFile, other: &InputFile| {
            let known = hash(own);
            let hashes_fit = known.is_empty() || other.sha256.is_empty() || known == other.sha256;
            own.name == other.name && own.size == other.size && hashes_fit
        };
        opened.is_some_and(|opened| {
            opened.len() == files.len() && opened.iter().zip(files).all(|(own, other)| is_same(own, other))
        })
    }

    /// Names of its files.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let mut files = self.review.files();
        if files.is_empty() {
            let opened = self.review.events.iter().rev().find_map(|event| match &event.change {
                Change::Opened(files) => Some(files.clone()),
                _ => None,
            });
            files = opened.unwrap_or_default();
        }
        files.into_iter().map(|file| file.name).collect()
    }

    /// What it is about, in a few words.
    #[must_use]
    pub fn words(&self) -> String {
        let title = &self.review.state.title;
        let run = self.review.reports.first().map(|report| report.meta.name.clone());
        if title.is_empty() {
            run.or_else(|| self.files().into_iter().next()).unwrap_or_default()
        } else {
            title.clone()
        }
    }
}

impl Kept {
    /// Takes in what was kept of it before, by another tab, say: no event is lost, and the later copy's texts and numbers stay.
    fn take_in(&mut self, before: Self) {
        let events = audit::merged(&self.review.events, &before.review.events);
        if self.review.reports.is_empty() {
            self.review.reports.clone_from(&before.review.reports);
            self.review.verdicts.clone_from(&before.review.verdicts);
        }
        if before.changed_at > self.changed_at {
            *self = before;
        }
        self.review.events = events;
        self.review.follow();
    }
}

async fn database() -> rexie::Result<Rexie> {
    let store = ObjectStore::new(STORE);
    Rexie::builder(DATABASE)
        .version(1)
        .add_object_store(store)
        .build()
        .await
}

async fn read() -> rexie::Result<Vec<Kept>> {
    let database = database().await?;
    let transaction = database.transaction(&[STORE], TransactionMode::ReadOnly)?;
    let all = transaction.store(STORE)?.get_all(None, None).await?;
    transaction.done().await?;
    // What an older or newer version wrote in another shape stays in the database and is not shown.
    let parsed = all
        .iter()
        .filter_map(|value| serde_json::from_str(&value.as_string()?).ok());
    Ok(parsed.collect())
}

async fn write(mut kept: Kept) -> rexie::Result<Kept> {
    let database = database().await?;
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
    let store = transaction.store(STORE)?;
    let key = JsValue::from_str(&kept.key);
    // Another tab may have written to the same review; its events are kept.
    let before = store.get(key.clone()).await?.and_then(|value| value.as_string());
    if let Some(before) = before.and_then(|text| serde_json::from_str::<Kept>(&text).ok()) {
        kept.take_in(before);
    }
    let text = serde_json::to_string(&kept).unwrap_or_default();
    store.put(&JsValue::from_str(&text), Some(&key)).await?;
    transaction.done().await?;
    Ok(kept)
}

async fn erase(key: String) -> rexie::Result<()> {
    let database = database().await?;
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
    transaction.store(STORE)?.delete(JsValue::from_str(&key)).await?;
    transaction.done().await?;
    Ok(())
}

/// Reads what this browser keeps, after what was jotted down when a page was left.
pub async fn load(state: State) {
    for kept in journal::all() {
        if let Ok(written) = write(kept).await {
            journal::strike(&written);
        }
    }
    // A browser that keeps nothing (a private window, say) has nothing to offer; saving will say so.
    let mut all = read().await.unwrap_or_default();
    all.sort_by(|a, b| b.changed_at.cmp(&a.changed_at));
    state.desk.kept.try_set(all.into_iter().map(Arc::new).collect());
}

/// The kept review whose history stands where that of a link does, `carried`; with `is_older_too` also one that was gone
/// on with since.
#[must_use]
pub fn of_link(state: State, carried: &Audit, is_older_too: bool) -> Option<Arc<Kept>> {
    let is_it = |kept: &&Arc<Kept>| {
        let review = &kept.review;
        review.audit.is_told_by(carried) || is_older_too && audit::has_passed(&review.events, carried)
    };
    state.desk.kept.with_untracked(|all| all.iter().find(is_it).cloned())
}

/// Forgets the review called `key`.
pub fn forget(state: State, key: String) {
    state.desk.kept.update(|all| all.retain(|kept| kept.key != key));
    spawn_local(async move {
        if let Err(error) = erase(key).await {
            state.say(format!("The review could not be removed from this browser: {error}"));
        }
    });
}

/// Keeps the review in progress once changes have come to rest, and before long if they do not.
pub fn save_soon(state: State) {
    let now = action::now_ms();
    let since = state.desk.waiting_since.get_value().unwrap_or(now);
    state.desk.waiting_since.set_value(Some(since));
    let left = Duration::from_secs_f64((MOST_WAIT_MS - (now - since)).max(0.0) / 1000.0);
    let turn = state.desk.turn.get_value().wrapping_add(1).max(1);
    state.desk.turn.set_value(turn);
    state.desk.saved.set("Keeping …".to_owned());
    set_timeout(
        move || {
            if state.desk.turn.try_get_value() == Some(turn) {
                save(state);
            }
        },
        REST.min(left),
    );
}

/// Keeps now what waits to be kept.
pub fn flush(state: State) {
    if state.desk.turn.get_value() != 0 {
        save(state);
    }
}

/// Keeps what waits to be kept as the page is left: the database may not come to it any more, so it is jotted down as well.
pub fn leave(state: State) {
    typed::finish();
    let desk = state.desk;
    if desk.turn.get_value() == 0 && desk.writings.get_value() == 0 {
        return;
    }
    let Some(kept) = current(state) else { return };
    let has_numbers = |own: &Arc<Kept>| own.key == kept.key && !own.review.reports.is_empty();
    let is_known = desk.kept.with_untracked(|all| all.iter().any(has_numbers));
    journal::jot(&kept, is_known);
    flush(state);
}

/// Whether somebody did something in it.
fn is_worth_keeping(review: &Review, draft: &str) -> bool {
    let is_done = |change: &Change| !matches!(change, Change::Opened(_) | Change::Adopted { .. });
    !draft.trim().is_empty() || review.events.iter().any(|event| is_done(&event.change))
}

/// The review in progress as it is kept, under a key of its own from now on; `None` while nobody did anything. Without
/// reports while these are being made.
fn current(state: State) -> Option<Kept> {
    let desk = state.desk;
    let draft = desk.draft.get_untracked();
    let is_many = state.set.with_untracked(|set| set.runs.len() > MOST_RUNS);
    let review = if is_many {
        judgement::shown(state)
    } else {
        judgement::whole(state)
    };
    let review = review.unwrap_or_else(|| desk.review.get_untracked());
    if !is_worth_keeping(&review, &draft) {
        return None;
    }
    if desk.key.with_untracked(String::is_empty) {
        desk.key.set(format!("{}-{}", desk::now(), desk::new_id()));
    }
    address::remember(state);
    Some(Kept {
        key: desk.key.get_untracked(),
        changed_at: desk::now(),
        review,
        draft,
        who: desk.who.get_untracked(),
        is_secret: desk.is_secret.get_untracked(),
    })
}

fn save(state: State) {
    let desk = state.desk;
    if state
        .report
        .with_untracked(|report| report.as_ref().is_some_and(|report| !report.pending.is_empty()))
    {
        // It is kept with the whole report, once that is there.
        desk.waiting_since.set_value(None);
        return save_soon(state);
    }
    desk.turn.set_value(0);
    desk.waiting_since.set_value(None);
    let Some(kept) = current(state).filter(|kept| !kept.review.reports.is_empty()) else {
        desk.saved.set(String::new());
        return;
    };
    let written: Rc<str> = kept.key.as_str().into();
    desk.writings.update_value(|count| *count += 1);
    spawn_local(async move {
        let outcome = write(kept).await;
        desk.writings.try_update_value(|count| *count = count.saturating_sub(1));
        match outcome {
            Ok(kept) => {
                journal::strike(&kept);
                let time = kept.changed_at.get(11..16).unwrap_or_default().to_owned();
                desk.kept.update(|all| {
                    all.retain(|own| *own.key != *written);
                    all.insert(0, Arc::new(kept));
                });
                desk.saved.set(format!("Kept in this browser at {time} UTC"));
            }
            Err(error) => {
                desk.saved.set("Not kept in this browser".to_owned());
                state.say(format!(
                    "This browser keeps nothing between visits, so save the review as a file before you leave. ({error})"
                ));
            }
        }
    });
}

/// Name of the file of all kept reviews.
const EVERYTHING: &str = "assay.reviews.json";

/// Saves every kept review as one file.
fn export_all(state: State) {
    let text = state.desk.kept.with_untracked(|all| {
        let reviews: Vec<&Review> = all.iter().map(|kept| &kept.review).collect();
        record::all_to_json(&reviews)
    });
    save::text(EVERYTHING, "application/json", &text);
}

/// Keeps the reviews of a file of several, called `name`, beside those that are there; copies of one are merged.
pub fn take_all(state: State, name: &str, text: &str) {
    let reviews = match record::all_from_json(text) {
        Ok(reviews) => reviews,
        Err(error) => return state.say(format!("{name}: {error}.")),
    };
    let count = crate::text::counted(reviews.len() as u64, "review");
    let name = name.to_owned();
    spawn_local(async move {
        for review in reviews {
            let first = review.events.first().map(|event| event.id.clone());
            let known = state.desk.kept.with_untracked(|all| {
                let same = |kept: &&Arc<Kept>| {
                    first.is_some() && kept.review.events.first().map(|event| event.id.clone()) == first
                };
                all.iter().find(same).map(|kept| kept.key.clone())
            });
            let draft = review.state.policy.as_ref().map(Policy::to_toml).unwrap_or_default();
            let kept = Kept {
                key: known.unwrap_or_else(|| format!("{}-{}", desk::now(), desk::new_id())),
                changed_at: desk::now(),
                review,
                draft,
                ..Kept::default()
            };
            if let Err(error) = write(kept).await {
                return state.say(format!("{name} could not be kept in this browser: {error}"));
            }
        }
        load(state).await;
        state.say(format!(
            "{count} of {name} are kept in this browser now; the start page lists them."
        ));
    });
}

/// The reviews kept in this browser, on the start page.
#[component]
pub fn KeptList() -> impl IntoView {
    let state = expect_context::<State>();
    let is_empty = Memo::new(move |_| state.desk.kept.with(Vec::is_empty));
    let row = move |kept: Arc<Kept>| {
        let notes = crate::text::counted(kept.review.state.notes.len() as u64, "note");
        let words = format!(
            "{} · {notes} · changed {}",
            crate::text::list(&kept.files()),
            kept.changed_at.get(..16).unwrap_or_default().replace('T', " ")
        );
        let title = kept.words();
        let key = kept.key.clone();
        let open = move |_| {
            if desk::show_kept(state, &kept) {
                // What the bar says is about another review.
                address::clear(state);
            }
        };
        view! {
            <li>
                <p><strong>{title}</strong></p>
                <p class="small muted">{words}</p>
                <div class="tools">
                    <button type="button" on:click=open>"Go on with it"</button>
                    <button type="button" class="quiet" on:click=move |_| forget(state, key.clone())>"Remove from this browser"</button>
                </div>
            </li>
        }
    };
    view! {
        <Show when=move || !is_empty.get()>
            <section aria-label="Kept reviews">
                <h2>"Reviews kept in this browser"</h2>
                <ul class="triggers plain">
                    <For each=move || state.desk.kept.get() key=|kept| (kept.key.clone(), kept.changed_at.clone()) children=row />
                </ul>
                <div class="tools">
                    <button type="button" on:click=move |_| export_all(state)>"Save them all as one file"</button>
                </div>
            </section>
        </Show>
    }
}
