//! Sharing: the link with its length against what each channel takes, files, Markdown, print. Nothing is left out and no
//! text of a sample leaves unless somebody says so.

use std::collections::{BTreeMap, BTreeSet};

use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

use super::{
    desk, judgement,
    secret::{self, PassphraseChoice},
};
use crate::{
    export, link,
    link::{CHANNELS, Omission},
    report::Filter,
    review::{Change, Pin, Review, Verdict, leak},
    text,
    ui::{
        action, drop,
        plot::file_stem,
        save,
        state::State,
        worker::message::{Open, Sealing},
    },
    workspace::{ListQuery, Order},
};

/// How long typing a passphrase has to rest before the link is encrypted.
const SEAL_REST: std::time::Duration = std::time::Duration::from_millis(400);

/// What is shared, as chosen in the dialog.
#[derive(Clone, Debug, Default, PartialEq)]
struct Choice {
    /// Places of the runs that stay behind.
    left_runs: BTreeSet<usize>,
    omissions: Vec<Omission>,
    /// Texts of pinned samples, by run, id and epoch; empty unless ticked.
    excerpts: BTreeMap<(String, String, u16), String>,
}

/// The review with what was chosen.
fn chosen(state: State, choice: &Choice) -> Option<Review> {
    let mut review = judgement::whole(state)?;
    leave(&mut review.reports, &choice.left_runs);
    leave(&mut review.verdicts, &choice.left_runs);
    for pin in review.state.pins.clone() {
        let key = (pin.run.clone(), pin.id.clone(), pin.epoch);
        if let Some(excerpt) = choice.excerpts.get(&key) {
            let new = Pin {
                excerpt: Some(excerpt.clone()),
                ..pin.clone()
            };
            let who = state.desk.who.get_untracked();
            review.record(
                Change::Pin(Some(Box::new(pin)), Some(Box::new(new))),
                &desk::now(),
                &who,
            );
        }
    }
    if choice.omissions.is_empty() {
        Some(review)
    } else {
        Some(link::without(&review, &choice.omissions))
    }
}

/// Takes the items at `places` out.
fn leave<T>(items: &mut Vec<T>, places: &BTreeSet<usize>) {
    let mut place = 0..;
    items.retain(|_| place.next().is_some_and(|place| !places.contains(&place)));
}

fn fragment(review: &Review) -> Result<String, String> {
    link::encode_with_text(review).map_err(|error| error.to_string())
}

/// Whether this page was opened from a file of this computer: its address is of use nowhere else.
fn is_local() -> bool {
    window().location().protocol().is_ok_and(|protocol| protocol == "file:")
}

/// The address of this page with `fragment`; of a page opened from a file, the fragment alone.
fn address(fragment: &str) -> String {
    if is_local() {
        return fragment.to_owned();
    }
    let href = window().location().href().unwrap_or_default();
    let page = href.split('#').next().unwrap_or_default();
    format!("{page}{fragment}")
}

/// The dialog.
#[component]
pub fn ShareDialog() -> impl IntoView {
    let state = expect_context::<State>();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if state.desk.is_share_open.get() && !dialog.open() {
            std::mem::drop(dialog.show_modal());
        }
    });
    view! {
        <dialog
            class="dialog share"
            node_ref=dialog
            on:close=move |_| state.desk.is_share_open.set(false)
            aria-label="Share the review"
        >
            <Show when=move || state.desk.is_share_open.get()>
                <Body state />
            </Show>
            <form method="dialog">
                <button>"Close"</button>
            </form>
        </dialog>
    }
}

#[component]
fn Body(state: State) -> impl IntoView {
    let choice = RwSignal::new(Choice::default());
    let passphrase = RwSignal::new(None::<String>);
    let said = RwSignal::new(String::new());
    let shared = Memo::new(move |_| {
        state.desk.judged.track();
        let review = chosen(state, &choice.get());
        review.map(|review| (fragment(&review).map(|fragment| address(&fragment)), review))
    });
    let link = sealed_link(state, passphrase, shared);
    let failed = move || link.get().err();
    let link = Signal::derive(move || link.get().unwrap_or_default());
    let copy = move |text: String, done: &'static str| {
        spawn_local(async move {
            let written = JsFuture::from(window().navigator().clipboard().write_text(&text)).await;
            said.try_set(match written {
                Ok(_) => done.to_owned(),
                Err(_) => "This browser did not let the page copy. Select the text and copy it yourself.".to_owned(),
            });
        });
    };
    let copy_markdown = move |_| {
        if let Some((_, review)) = shared.get_untracked() {
            let link = link.get_untracked();
            let link = Some(link.as_str()).filter(|link| !link.is_empty() && !is_local());
            copy(export::markdown(&review, link), "The Markdown is copied.");
        }
    };
    view! {
        <h2>"Share the review"</h2>
        <p class="missing">
            {if is_local() {
                "This page was opened from a file, whose address works on this computer only. Send the file itself, or this text, which can be pasted into “paste a review link” of any Assay page."
            } else {
                "The link carries the review behind its # sign, which browsers never send to a server: numbers, verdicts, decision and notes. Who opens it needs no file."
            }}
        </p>
        <WhichRuns state choice />
        <textarea class="link" rows="4" readonly aria-label="Link" prop:value=link></textarea>
        {move || failed().map(|why| view! { <p class="caution">{why}</p> })}
        <Show when=move || !link.with(String::is_empty)>
            <Length link=Signal::derive(move || link.get().chars().count()) />
        </Show>
        <PassphraseChoice passphrase />
        {move || shared.get().map(|(_, review)| parts(&review, has_files(state)))}
        <Leaving state choice />
        <Texts state choice />
        <Scan shared=Signal::derive(move || shared.get().map(|(_, review)| review)) />
        <div class="tools">
            <button
                type="button"
                class="primary"
                disabled=move || link.get().is_empty()
                on:click=move |_| copy(link.get_untracked(), "The link is copied.")
            >
                "Copy link"
            </button>
            <button type="button" on:click=copy_markdown>"Copy as Markdown"</button>
        </div>
        <Files state passphrase link shared=Signal::derive(move || shared.get().map(|(_, review)| review)) />
        <p role="status" class="small">{move || said.get()}</p>
    }
}

/// The link that leaves: as it is, or encrypted once there is a passphrase; empty while there is none to copy.
fn sealed_link(
    state: State,
    passphrase: RwSignal<Option<String>>,
    shared: Memo<Option<(Result<String, String>, Review)>>,
) -> Signal<Result<String, String>> {
    let sealed = RwSignal::new(Ok(String::new()));
    let turn = StoredValue::new(0_u32);
    let plain = move || {
        shared.with(|shared| {
            shared
                .as_ref()
                .map(|(link, _)| link.clone())
                .unwrap_or(Ok(String::new()))
        })
    };
    Effect::new(move |_| {
        sealed.set(Ok(String::new()));
        let own = turn.get_value().wrapping_add(1);
        turn.set_value(own);
        let (Some(words), Ok(link)) = (passphrase.get(), plain()) else {
            return;
        };
        if words.is_empty() || link.is_empty() {
            return;
        }
        let seal = move || {
            if turn.try_get_value() != Some(own) {
                return;
            }
            spawn_local(async move {
                let outcome = secret::ask(state, Sealing::Link(link), words).await;
                if turn.try_get_value() == Some(own) {
                    sealed.set(outcome.map(|fragment| address(&fragment)));
                }
            });
        };
        // Each key would cost a derivation; the last of several is worth one.
        set_timeout(seal, SEAL_REST);
    });
    Signal::derive(move || {
        if passphrase.with(Option::is_some) {
            sealed.get()
        } else {
            plain()
        }
    })
}

/// Which of several runs are shared.
#[component]
fn WhichRuns(state: State, choice: RwSignal<Choice>) -> impl IntoView {
    let names = Memo::new(move |_| {
        state.desk.judged.track();
        let review = judgement::whole(state).unwrap_or_default();
        let verdict = |place: usize| review.verdicts.get(place).map(|own| own.verdict);
        let named = review.reports.iter().enumerate();
        named
            .map(|(place, report)| (report.meta.name.clone(), verdict(place)))
            .collect::<Vec<_>>()
    });
    let waiting = Memo::new(move |_| judgement::standings(state).len().saturating_sub(names.with(Vec::len)));
    let row = move |(place, (name, verdict)): (usize, (String, Option<Verdict>))| {
        let turn = move |is_on: bool| {
            choice.update(|choice| {
                if is_on {
                    choice.left_runs.remove(&place);
                } else {
                    choice.left_runs.insert(place);
                }
            });
        };
        // The last one stays: a review without a run says nothing.
        let is_last = move || {
            choice
                .with(|choice| !choice.left_runs.contains(&place) && choice.left_runs.len() + 1 >= names.with(Vec::len))
        };
        let verdict = verdict.map(|verdict| format!(" · {} {}", verdict.shape(), verdict.word()));
        view! {
            <label class="option">
                <input
                    type="checkbox"
                    checked=choice.with_untracked(|choice| !choice.left_runs.contains(&place))
                    disabled=is_last
                    on:change:target=move |event| turn(event.target().checked())
                />
                {name}
                {verdict}
            </label>
        }
    };
    move || {
        let names = names.get();
        (names.len() > 1 || waiting.get() > 0).then(|| {
            view! {
                <fieldset class="runs">
                    <legend>"Runs that are shared, the baseline with each"</legend>
                    <div class="choices">{names.into_iter().enumerate().map(row).collect_view()}</div>
                    {(waiting.get() > 0).then(|| view! {
                        <p class="missing small" role="status">
                            {format!("{} still being measured.", text::counted(waiting.get() as u64, "run"))}
                        </p>
                    })}
                </fieldset>
            }
        })
    }
}

/// Characters, and who takes that many.
#[component]
fn Length(link: Signal<usize>) -> impl IntoView {
    // Only a web address is one for a chat or a ticket.
    let channels = if is_local() { &[][..] } else { &CHANNELS[..] };
    let fits = channels.iter().map(move |channel| {
        view! {
            <li class:over=move || { link.get() > channel.most }>
                {move || if link.get() <= channel.most { "✓ " } else { "✗ " }}
                {format!("{} ({})", channel.name, text::count(channel.most as u64))}
            </li>
        }
    });
    view! {
        <p><strong>{move || format!("{} characters", text::count(link.get() as u64))}</strong></p>
        <ul class="channels plain small" aria-label="Where a link of this length fits">{fits.collect_view()}</ul>
    }
}

/// Whether the samples are at hand.
fn has_files(state: State) -> bool {
    state.set.with(|set| !set.runs.is_empty())
}

/// What the link carries only a part of, and what carries all.
fn parts(review: &Review, has_files: bool) -> Option<impl IntoView + use<>> {
    let parts = link::left_out(review);
    (!parts.is_empty()).then(|| {
        let rows = parts.into_iter().map(|words| view! { <li>{words}</li> });
        view! {
            <ul class="plain small missing" aria-label="Carried in part">
                {rows.collect_view()}
                <li>
                    {if has_files {
                        "A .review.json carries all of it."
                    } else {
                        "A .review.json carries all that this review holds; if it was opened from a link, that is what the link held."
                    }}
                    " Numbers in the link are rounded to three or four digits; counts and verdicts are exact."
                </li>
            </ul>
        }
    })
}

/// What could be left out, and what that saves.
#[component]
fn Leaving(state: State, choice: RwSignal<Choice>) -> impl IntoView {
    let savings = judgement::whole(state)
        .map(|review| link::omissions(&review))
        .unwrap_or_default();
    let is_empty = savings.is_empty();
    let options = savings.into_iter().map(|saving| {
        let omission = saving.omission;
        let turn = move |is_on: bool| {
            choice.update(|choice| {
                choice.omissions.retain(|own| *own != omission);
                if is_on {
                    choice.omissions.push(omission);
                }
            });
        };
        view! {
            <label class="option">
                <input type="checkbox" on:change:target=move |event| turn(event.target().checked()) />
                {format!("{} (saves {} characters)", omission.words(), text::count(saving.characters as u64))}
            </label>
        }
    });
    let options = options.collect_view();
    (!is_empty).then(|| {
        view! {
            <details>
                <summary>"Leave something out to make it shorter"</summary>
                <div class="choices">{options}</div>
            </details>
        }
    })
}

/// The texts of pinned samples: ticked one by one, shown as they would leave.
#[component]
fn Texts(state: State, choice: RwSignal<Choice>) -> impl IntoView {
    let pins = state.desk.review.with_untracked(|review| review.state.pins.clone());
    let has_files = state.set.with_untracked(|set| !set.runs.is_empty());
    let rows = pins.into_iter().map(|pin| {
        let id = pin.id.clone();
        let key = (pin.run.clone(), pin.id.clone(), pin.epoch);
        let shown = {
            let key = key.clone();
            move || choice.with(|choice| choice.excerpts.get(&key).cloned())
        };
        let turn = move |is_on: bool| {
            if is_on {
                fetch_text(state, choice, &pin);
            } else {
                choice.update(|choice| drop_key(choice, &key));
            }
        };
        view! {
            <li>
                <label class="option">
                    <input type="checkbox" disabled=!has_files on:change:target=move |event| turn(event.target().checked()) />
                    {format!("Text of sample {id}")}
                </label>
                {move || shown().map(|text| view! { <pre class="excerpt">{text}</pre> })}
            </li>
        }
    });
    let rows: Vec<_> = rows.collect();
    view! {
        <details>
            <summary>"Sample texts: none unless ticked"</summary>
            {if rows.is_empty() {
                view! { <p class="missing">"No sample is pinned, so no text of a sample can leave. Pin a sample to offer its text here."</p> }.into_any()
            } else {
                view! { <ul class="plain">{rows.collect_view()}</ul> }.into_any()
            }}
        </details>
    }
}

fn drop_key(choice: &mut Choice, key: &(String, String, u16)) {
    choice.excerpts.remove(key);
}

/// Most characters of a sample that a review carries.
const MOST_EXCERPT: usize = 2_000;

/// Reads the text of a pinned sample from its file.
fn fetch_text(state: State, choice: RwSignal<Choice>, pin: &Pin) {
    let Some(thread) = action::worker(state) else { return };
    let named = state
        .set
        .with_untracked(|set| set.runs.iter().position(|card| card.meta.name == pin.run));
    let question = Open {
        run: named.unwrap_or(state.run.get_untracked()) as u32,
        confidence: state.options.with_untracked(|options| options.confidence.clone()),
        query: ListQuery {
            filters: vec![Filter::Ids(vec![pin.id.clone()])],
            search: String::new(),
            order: Order::File,
            is_descending: false,
        },
        position: u32::from(pin.epoch.saturating_sub(1)),
    };
    let key = (pin.run.clone(), pin.id.clone(), pin.epoch);
    spawn_local(async move {
        match thread.ask(question, |_| ()).answer().await {
            Ok(opened) => {
                let detail = opened.detail;
                let parts = [
                    ("Input", detail.input),
                    ("Output", detail.output),
                    ("Target", detail.target),
                ];
                let parts = parts.iter().filter(|(_, text)| !text.is_empty());
                let parts: Vec<String> = parts.map(|(name, text)| format!("{name}: {text}")).collect();
                let text = text::shortened(&parts.join("\n"), MOST_EXCERPT);
                choice.try_update(|choice| choice.excerpts.insert(key, text));
            }
            Err(failure) => state.say(failure.to_string()),
        }
    });
}

/// What looks like a key, an address or a number of a person in what would leave.
#[component]
fn Scan(shared: Signal<Option<Review>>) -> impl IntoView {
    let found = move || {
        shared
            .get()
            .map(|review| leak::scan_review(&review))
            .unwrap_or_default()
    };
    move || {
        let found = found();
        if found.is_empty() {
            return view! { <p class="missing small">"Scanned: no key, e-mail address or telephone number in what would leave."</p> }
                .into_any();
        }
        let rows = found
            .into_iter()
            .map(|leak| view! { <li>{format!("{}: {} in {}", leak.shown, leak.kind.words(), leak.place)}</li> });
        view! {
            <div class="caution" role="alert">
                <p>"Look at this before you copy:"</p>
                <ul class="plain">{rows.collect_view()}</ul>
            </div>
        }
        .into_any()
    }
}

/// Ways to take the review along as a file, and to print it.
#[component]
fn Files(
    state: State,
    passphrase: RwSignal<Option<String>>,
    link: Signal<String>,
    shared: Signal<Option<Review>>,
) -> impl IntoView {
    let stem = move || {
        let title = shared.get_untracked().map(|review| {
            let run = review.reports.first().map(|report| report.meta.name.clone());
            if review.state.title.is_empty() {
                run.unwrap_or_default()
            } else {
                review.state.title
            }
        });
        file_stem(&title.unwrap_or_default())
    };
    let save_review = move |_| {
        let Some(review) = shared.get_untracked() else { return };
        let (name, text) = (format!("{}.review.json", stem()), review.to_json());
        let Some(words) = passphrase.get_untracked() else {
            return save::text(&name, "application/json", &text);
        };
        spawn_local(async move {
            match secret::ask(state, Sealing::File(text), words).await {
                Ok(sealed) => save::text(&name, "application/json", &sealed),
                Err(why) => state.say(why),
            }
        });
    };
    let save_card = move |_| {
        if let Some(review) = shared.get_untracked() {
            let link = link.get_untracked();
            let card = export::card(
                &review,
                Some(link.as_str()).filter(|link| !link.is_empty() && !is_local()),
            );
            save::text(&format!("{}-card.md", stem()), "text/markdown", &card);
        }
    };
    let save_html = move |_| {
        let (name, link) = (format!("{}.html", stem()), link.get_untracked());
        // What is encrypted is in the link only.
        let is_plain = passphrase.with_untracked(Option::is_none);
        let whole = shared.get_untracked().filter(|_| is_plain);
        spawn_local(async move { save_page(state, name, &link, whole.as_ref()).await });
    };
    let print = move |_| {
        state.desk.is_share_open.set(false);
        set_timeout(
            || std::mem::drop(window().print()),
            std::time::Duration::from_millis(50),
        );
    };
    // Without its passphrase or its link a file would leave in the clear, or empty.
    let is_unready = move || passphrase.with(|own| own.as_deref() == Some(""));
    let has_no_link = move || link.with(String::is_empty);
    view! {
        <div class="tools">
            <button type="button" disabled=is_unready on:click=save_review>"Save .review.json"</button>
            <button type="button" disabled=has_no_link on:click=save_html>"Save as one HTML"</button>
            <button type="button" on:click=save_card>"Save eval card"</button>
            <button type="button" on:click=print>"Print…"</button>
        </div>
    }
}

/// Saves the whole program with the review inside: as its link, and `whole` with its history.
async fn save_page(state: State, name: String, link: &str, whole: Option<&Review>) {
    let fragment = link.find('#').and_then(|at| link.get(at..)).unwrap_or_default();
    let page = match drop::own_page() {
        Some(page) => page,
        None => match drop::fetched_text(&drop::beside_page("assay-single.html")).await {
            Ok(page) => page,
            Err(why) => return state.say(format!("{why}. Save the .review.json instead.")),
        },
    };
    let page = export::with_whole(&page, whole).unwrap_or(page);
    match export::filled(&page, fragment) {
        Some(page) => save::text(&name, "text/html", &page),
        None => state
            .say("This copy of the page has no one-file build beside it. Save the .review.json instead.".to_owned()),
    }
}

/// The button in the bar.
#[component]
pub fn ShareButton() -> impl IntoView {
    let state = expect_context::<State>();
    let can = Memo::new(move |_| state.report.with(Option::is_some));
    view! {
        <Show when=move || can.get()>
            <button
                type="button"
                disabled=move || !state.is_complete()
                title=move || if state.is_complete() { "" } else { "Intervals are still being computed; a review holds them all." }
                on:click=move |_| state.desk.is_share_open.set(true)
            >
                "Share…"
            </button>
        </Show>
    }
}

/// A box that takes a pasted link.
#[component]
pub fn PasteLink() -> impl IntoView {
    let state = expect_context::<State>();
    let input = NodeRef::<html::Input>::new();
    let open = move || {
        let text = input.get_untracked().map(|input| input.value()).unwrap_or_default();
        if !text.trim().is_empty() {
            super::address::take(state, &text);
        }
    };
    view! {
        <form
            class="paste"
            on:submit=move |event| {
                event.prevent_default();
                open();
            }
        >
            <label>
                <span>"Or paste a review link"</span>
                <input type="text" node_ref=input autocomplete="off" spellcheck="false" placeholder="https://…#r1.…" />
            </label>
            <button type="submit">"Open the review"</button>
        </form>
    }
}
