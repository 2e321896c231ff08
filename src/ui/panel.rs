//! The list of samples behind a mark, and one sample in full: a side panel, a full sheet on a phone.

use std::sync::Arc;

use leptos::{html, prelude::*};

use super::{
    action::{self, WINDOW},
    help,
    review::note::{self, NoteButton, SampleTools},
    state::{Panel, State},
    worker::{Failure, message::Opened},
};
use crate::{
    estimate::Unit,
    run::Outcome,
    text,
    workspace::{ListRow, ORDERS},
};

/// Height of a row, as in the style sheet; the list is virtual and must know it.
const ROW_HEIGHT: usize = 56;
/// Browsers refuse elements much taller than this; longer lists are narrowed by search or filter.
const MOST_ROWS: usize = 300_000;

/// The panel, if a list is open.
#[component]
pub fn SamplePanel() -> impl IntoView {
    let state = expect_context::<State>();
    let place = NodeRef::<html::Aside>::new();
    let is_open = Memo::new(move |_| state.panel.with(Option::is_some));
    let is_sample_open = Memo::new(move |_| state.sample.with(Option::is_some));
    Effect::new(move |_| {
        // What had the focus goes with the list or the sample that held it.
        is_sample_open.track();
        if is_open.get()
            && let Some(panel) = place.get()
        {
            drop(panel.focus());
        }
    });
    move || {
        is_open.get().then(|| {
            view! {
                <aside class="panel" node_ref=place tabindex="-1" aria-label="Samples">
                    <Header />
                    {move || match state.sample.get() {
                        None => view! { <Search /> <List /> }.into_any(),
                        Some((position, opened)) => view! { <Steps position /> {sample(opened)} }.into_any(),
                    }}
                </aside>
            }
        })
    }
}

#[component]
fn Header() -> impl IntoView {
    let state = expect_context::<State>();
    let title = move || {
        let title = state
            .panel
            .with(|panel| panel.as_ref().map(|panel| panel.title.clone()).unwrap_or_default());
        match state.listed.with(|listed| listed.total) {
            Some(total) => format!("{title}: {}", text::counted(total as u64, "sample")),
            None => title,
        }
    };
    view! {
        <header>
            <Show when=move || state.sample.with(Option::is_some)>
                <button type="button" class="quiet" on:click=move |_| state.sample.set(None)>
                    "← List"
                </button>
            </Show>
            <h2>{title}</h2>
            {move || state.panel.with(|panel| panel.as_ref().and_then(note::anchor_of)).map(|on| view! { <NoteButton on /> })}
            <button type="button" class="quiet" aria-label="Close samples" on:click=move |_| action::close_list(state)>"Close"</button>
        </header>
    }
}

#[component]
fn Search() -> impl IntoView {
    let state = expect_context::<State>();
    let typed = move || {
        state
            .panel
            .with(|panel| panel.as_ref().map(|panel| panel.search.clone()).unwrap_or_default())
    };
    let field = NodeRef::<html::Input>::new();
    // The slash on the keyboard goes here.
    let slash = window_event_listener(leptos::ev::keydown, move |event| {
        if help::is_for_page(&event) && event.key() == "/" {
            event.prevent_default();
            if let Some(field) = field.get_untracked() {
                drop(field.focus());
            }
        }
    });
    on_cleanup(move || slash.remove());
    let chosen = move |panel: &Panel| {
        ORDERS
            .iter()
            .position(|(order, _)| *order == panel.order)
            .unwrap_or(0)
            .to_string()
    };
    view! {
        <div class="search">
            <input
                node_ref=field
                type="search"
                placeholder="Search id, category, slice"
                aria-label="Search in these samples"
                prop:value=typed
                on:input:target=move |event| {
                    let value = event.target().value();
                    action::change_list(state, |panel| panel.search = value);
                }
            />
            <label>
                <span class="hidden-visually">"Order by"</span>
                <select
                    prop:value=move || state.panel.with(|panel| panel.as_ref().map(chosen).unwrap_or_default())
                    on:change:target=move |event| {
                        let order = event.target().value().parse().ok().and_then(|index: usize| ORDERS.get(index));
                        if let Some(&(order, _)) = order {
                            action::change_list(state, |panel| panel.order = order);
                        }
                    }
                >
                    {ORDERS
                        .iter()
                        .enumerate()
                        .map(|(index, (_, word))| view! { <option value=index.to_string()>{format!("By {word}")}</option> })
                        .collect_view()}
                </select>
            </label>
            <button
                type="button"
                aria-pressed=move || state.panel.with(|p| p.as_ref().is_some_and(|p| p.is_descending)).to_string()
                on:click=move |_| action::change_list(state, |panel| panel.is_descending = !panel.is_descending)
            >
                {move || {
                    if state.panel.with(|p| p.as_ref().is_some_and(|p| p.is_descending)) { "Largest first" } else { "Smallest first" }
                }}
            </button>
        </div>
    }
}

#[component]
fn List() -> impl IntoView {
    let state = expect_context::<State>();
    let place = NodeRef::<html::Div>::new();
    let on_scroll = move |_| {
        let Some(list) = place.get_untracked() else { return };
        let first = usize::try_from(list.scroll_top()).unwrap_or(0) / ROW_HEIGHT;
        let last = first + usize::try_from(list.client_height()).unwrap_or(0) / ROW_HEIGHT + 1;
        let (start, end, total) = state
            .listed
            .with_untracked(|l| (l.start, l.start + l.rows.len(), l.total.unwrap_or(0)));
        if first < start || (last > end && end < total) {
            action::fetch_rows(state, first.saturating_sub(WINDOW / 3));
        }
    };
    let height = move || {
        state
            .listed
            .with(|listed| listed.total.unwrap_or(0).min(MOST_ROWS) * ROW_HEIGHT)
    };
    view! {
        <div class="list" node_ref=place on:scroll=on_scroll tabindex="-1">
            <div class="rows" style:height=move || format!("{}px", height())>
                {move || {
                    state.listed.with(|listed| {
                        let start = listed.start;
                        listed.rows.iter().enumerate().map(|(index, row)| entry(state, start + index, row)).collect_view()
                    })
                }}
            </div>
            <Show when=move || state.listed.with(|listed| listed.total.is_some_and(|total| total > MOST_ROWS))>
                <p class="missing" style:padding="16px">
                    {format!("The first {} are listed. Search or add a filter to see the others.", text::count(MOST_ROWS as u64))}
                </p>
            </Show>
            <Show when=move || state.listed.with(|listed| listed.total.is_none())>
                <p class="missing" style:padding="16px" role="status">"Looking for the samples …"</p>
            </Show>
            <Show when=move || state.listed.with(|listed| listed.total == Some(0))>
                <p class="missing" style:padding="16px">"No sample matches. Change the search or close a filter."</p>
            </Show>
        </div>
    }
}

/// Shape and class of an outcome; the word stands beside it.
fn sign(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Right => ("✓", "sign right"),
        Outcome::Wrong => ("✗", "sign wrong"),
        Outcome::Partial => ("◐", "sign wrong"),
        Outcome::Unscored => ("○", "sign"),
        Outcome::Errored => ("!", "sign wrong"),
    }
}

fn numbers(row: &ListRow) -> String {
    let confidence = row.confidence.map(|p| text::number(p, Unit::Share));
    let latency = row.latency_secs.map(|secs| text::number(secs, Unit::Seconds));
    [confidence, latency]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

fn entry(state: State, position: usize, row: &ListRow) -> impl IntoView + use<> {
    let (shape, class) = sign(row.outcome);
    let mut more = vec![row.outcome.word().to_owned()];
    more.extend(row.failures.iter().cloned());
    more.extend(row.slices.iter().take(4).cloned());
    let id = match row.epoch {
        Some(epoch) => format!("{} · epoch {epoch}", row.id),
        None => row.id.clone(),
    };
    view! {
        <button
            type="button"
            class="entry"
            style:top=format!("{}px", position * ROW_HEIGHT)
            on:click=move |_| action::open_sample(state, position)
        >
            <span class=class aria-hidden="true">{shape}</span>
            <span class="id">{id}</span>
            <span class="numbers">{numbers(row)}</span>
            <span class="more">{more.join(" · ")}</span>
        </button>
    }
}

#[component]
fn Steps(position: usize) -> impl IntoView {
    let state = expect_context::<State>();
    let total = move || state.listed.with(|listed| listed.total.unwrap_or(0));
    view! {
        <div class="search">
            <button type="button" disabled=position == 0 on:click=move |_| action::step_sample(state, -1)>
                "← Previous"
            </button>
            <button type="button" disabled={move || position + 1 >= total()} on:click=move |_| action::step_sample(state, 1)>
                "Next →"
            </button>
            <span class="muted" style:align-self="center">
                {move || format!("{} of {}", text::count(position as u64 + 1), text::count(total() as u64))}
            </span>
        </div>
    }
}

fn sample(opened: Result<Arc<Opened>, Failure>) -> AnyView {
    let opened = match opened {
        Ok(opened) => opened,
        Err(failure) => {
            return view! { <p class="missing" role="alert" style:padding="16px">{failure.to_string()}</p> }.into_any();
        }
    };
    let (row, detail) = (&opened.row, &opened.detail);
    let (shape, class) = sign(row.outcome);
    let messages = detail.messages.iter().map(|message| {
        let name = if message.role.is_empty() {
            "Message".to_owned()
        } else {
            message.role.clone()
        };
        block(&name, &message.text)
    });
    let mut outcome = vec![row.outcome.word().to_owned()];
    outcome.extend(row.failures.iter().cloned());
    view! {
        <article class="sample" tabindex="0" aria-label=format!("Sample {}", row.id)>
            <h3>"Sample"</h3>
            <p>
                <strong>{row.id.clone()}</strong>
                {row.epoch.map(|epoch| format!(" · epoch {epoch}"))}
                " · "
                <span class=class>{shape}</span>
                {format!(" {}", outcome.join(" · "))}
            </p>
            <p class="muted small">{row.slices.join(" · ")}</p>
            <SampleTools id=row.id.clone() epoch=row.epoch.unwrap_or(1) />
            {block("Error", &detail.error)}
            {block("Input", &detail.input)}
            {messages.collect_view()}
            {(!detail.choices.is_empty()).then(|| block("Choices", &detail.choices.join("\n")))}
            <div class="sides">
                <div>{block("Output", &detail.output)}</div>
                <div>{block("Target", &detail.target)}</div>
            </div>
            {scores(&opened)}
            {block("Explanation", &detail.explanation)}
            {facts("Numbers", &own_numbers(row))}
            {facts("Times", &detail.times)}
            {facts("Metadata", &detail.metadata)}
            <details>
                <summary>"Record as it stands in the file"</summary>
                <pre>{detail.raw.clone()}</pre>
            </details>
        </article>
    }
    .into_any()
}

fn own_numbers(row: &ListRow) -> Vec<(String, String)> {
    let mut numbers = Vec::new();
    let mut put = |name: &str, value: Option<f64>, unit| {
        if let Some(value) = value {
            numbers.push((name.to_owned(), text::number(value, unit)));
        }
    };
    put("Score", row.score, Unit::Score);
    put("Confidence", row.confidence, Unit::Share);
    put("Latency", row.latency_secs, Unit::Seconds);
    numbers
}

fn scores(opened: &Opened) -> Option<impl IntoView + use<>> {
    let scores = &opened.detail.scores;
    let rows = scores.iter().map(|score| {
        let passed = score
            .passed
            .map_or("", |passed| if passed { "✓ passed" } else { "✗ not passed" });
        view! {
            <tr>
                <td>{score.name.clone()}</td>
                <td>{score.value.clone()}</td>
                <td>{passed}</td>
                <td>{score.explanation.clone()}</td>
            </tr>
        }
    });
    (!scores.is_empty()).then(|| {
        view! {
            <h3>"Scores"</h3>
            <div class="scroll">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"Scorer"</th>
                            <th scope="col">"Value"</th>
                            <th scope="col">"Passed"</th>
                            <th scope="col">"Reason"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
    })
}

fn block(name: &str, content: &str) -> Option<impl IntoView + use<>> {
    let (name, content) = (name.to_owned(), content.to_owned());
    (!content.is_empty()).then(|| view! { <h3>{name}</h3> <pre>{content}</pre> })
}

fn facts(name: &str, pairs: &[(String, String)]) -> Option<impl IntoView + use<>> {
    let name = name.to_owned();
    let rows = pairs
        .iter()
        .map(|(name, value)| view! { <dt>{name.clone()}</dt> <dd>{value.clone()}</dd> })
        .collect_view();
    (!pairs.is_empty()).then(|| view! { <h3>{name}</h3> <dl class="facts">{rows}</dl> })
}
