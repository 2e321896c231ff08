//! Reviews in this browser's own database: every change is kept shortly after it was made, under the files it is about.

use std::{rc::Rc, sync::Arc, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use rexie::{ObjectStore, Rexie, TransactionMode};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use super::{desk, judgement};
use crate::{
    report::InputFile,
    review::{Change, Policy, Review, audit, record},
    ui::{save, state::State},
};

const DATABASE: &str = "assay";
const STORE: &str = "reviews";
/// How long changes have to rest before they are written.
const REST: Duration = Duration::from_millis(150);

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

    /// What it is about, in a few words.
    #[must_use]
    pub fn words(&self) -> String {
        let title = &self.review.state.title;
        let run = self.review.reports.first().map(|report| report.meta.name.clone());
        if title.is_empty() {
            run.unwrap_or_default()
        } else {
            title.clone()
        }
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
        kept.review.events = audit::merged(&kept.review.events, &before.review.events);
        kept.review.follow();
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

/// Reads what this browser keeps.
pub fn load(state: State) {
    spawn_local(async move {
        // A browser that keeps nothing (a private window, say) has nothing to offer; saving will say so.
        let mut all = read().await.unwrap_or_default();
        all.sort_by(|a, b| b.changed_at.cmp(&a.changed_at));
        state.desk.kept.try_set(all.into_iter().map(Arc::new).collect());
    });
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

/// Keeps the review in progress once changes have come to rest.
pub fn save_soon(state: State) {
    let turn = state.desk.turn.get_value().wrapping_add(1).max(1);
    state.desk.turn.set_value(turn);
    state.desk.saved.set("Keeping …".to_owned());
    set_timeout(
        move || {
            if state.desk.turn.try_get_value() == Some(turn) {
                save(state);
            }
        },
        REST,
    );
}

/// Keeps now what waits to be kept.
pub fn flush(state: State) {
    if state.desk.turn.get_value() != 0 {
        save(state);
    }
}

/// Whether somebody did something in it.
fn is_worth_keeping(review: &Review, draft: &str) -> bool {
    let is_done = |change: &Change| !matches!(change, Change::Opened(_) | Change::Adopted { .. });
    !draft.trim().is_empty() || review.events.iter().any(|event| is_done(&event.change))
}

fn save(state: State) {
    let desk = state.desk;
    if state
        .report
        .with_untracked(|report| report.as_ref().is_some_and(|report| !report.pending.is_empty()))
    {
        // It is kept with the whole report, once that is there.
        return save_soon(state);
    }
    desk.turn.set_value(0);
    let draft = desk.draft.get_untracked();
    let is_many = state.set.with_untracked(|set| set.runs.len() > MOST_RUNS);
    let review = if is_many {
        judgement::shown(state)
    } else {
        judgement::whole(state)
    };
    let Some(review) = review.filter(|review| is_worth_keeping(review, &draft)) else {
        desk.saved.set(String::new());
        return;
    };
    if desk.key.with_untracked(String::is_empty) {
        desk.key.set(format!("{}-{}", desk::now(), desk::new_id()));
    }
    let kept = Kept {
        key: desk.key.get_untracked(),
        changed_at: desk::now(),
        review,
        draft,
        who: desk.who.get_untracked(),
    };
    let written: Rc<str> = kept.key.as_str().into();
    spawn_local(async move {
        match write(kept).await {
            Ok(kept) => {
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
                who: String::new(),
            };
            if let Err(error) = write(kept).await {
                return state.say(format!("{name} could not be kept in this browser: {error}"));
            }
        }
        load(state);
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
        let files: Vec<String> = kept.review.files().into_iter().map(|file| file.name).collect();
        let words = format!(
            "{} · {notes} · changed {}",
            crate::text::list(&files),
            kept.changed_at.get(..16).unwrap_or_default().replace('T', " ")
        );
        let title = kept.words();
        let key = kept.key.clone();
        let open = move |_| desk::show_kept(state, &kept);
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
