//! The page before anything is open: what can be dropped, what happens to it, and examples one click away.

use leptos::{prelude::*, task::spawn_local};
use serde::Deserialize;

use super::{
    action::{self, Pair},
    drop, option,
    picker::Picker,
    review::{kept::KeptList, share::PasteLink},
    state::State,
};
use crate::read::ADAPTERS;

/// Where the examples stand, beside the page.
const EXAMPLES: &str = "examples/";

/// One example evaluation, as `examples/index.json` lists it.
#[derive(Clone, Debug, Deserialize)]
struct Example {
    title: String,
    description: String,
    shows: String,
    files: Vec<String>,
    candidate: Option<String>,
    baseline: Option<String>,
    budget: Option<String>,
}

/// The empty state.
#[component]
pub fn Start() -> impl IntoView {
    let state = expect_context::<State>();
    view! {
        <div class="start">
            <div>
                <h1>"Is the model right, sure and fast enough to ship?"</h1>
                <p class="lead">
                    "Drop the files your evaluation harness wrote. Assay shows accuracy, calibration, latency and failure modes, each with its interval and the samples behind it."
                </p>
            </div>
            <div class="drop">
                <p>
                    <strong>"Drop result files, a folder or a zip here"</strong>
                </p>
                <Picker is_added=false />
                <ul class="plain small muted">
                    {ADAPTERS.iter().map(|adapter| view! { <li>{adapter.accepts}</li> }).collect_view()}
                </ul>
            </div>
            <PasteLink />
            <KeptList />
            <Examples state />
            <p class="muted">
                "Nothing is uploaded: files are read in this browser, and there is no account."
            </p>
        </div>
    }
}

#[component]
fn Examples(state: State) -> impl IntoView {
    let examples = RwSignal::new(Vec::<Example>::new());
    spawn_local(async move {
        if drop::own_page().is_some() {
            return;
        }
        let url = drop::beside_page(&format!("{EXAMPLES}index.json"));
        // A page that is hosted without the examples simply has none to offer.
        if let Ok(text) = drop::fetched_text(&url).await
            && let Ok(found) = serde_json::from_str::<Vec<Example>>(&text)
        {
            examples.try_set(found);
        }
    });
    let card = move |example: Example| {
        let (title, words) = (
            example.title.clone(),
            format!("{} {}", example.description, example.shows),
        );
        let open = move |_| {
            let example = example.clone();
            spawn_local(async move { open_example(state, example).await });
        };
        view! {
            <button type="button" class="example" on:click=open>
                <strong>{title}</strong>
                <span class="small">{words}</span>
            </button>
        }
    };
    view! {
        <Show when=move || examples.with(|examples| !examples.is_empty())>
            <section aria-label="Examples">
                <h2 style:font-size="var(--body)" style:margin-bottom="12px">"Or open an example"</h2>
                <div class="examples">{move || examples.get().into_iter().map(card).collect_view()}</div>
            </section>
        </Show>
    }
}

/// Opens the files that the element's attributes name: `src` and `baseline`, addresses of the page's own origin separated by
/// spaces; `budget` as typed on the page. Nothing happens without `src`.
pub fn open_named(state: State, element: &web_sys::Element) {
    let list = |name: &str| -> Vec<String> {
        let value = element.get_attribute(name).unwrap_or_default();
        value.split_whitespace().map(drop::beside_page).collect()
    };
    let (sources, baselines) = (list("src"), list("baseline"));
    if sources.is_empty() {
        return;
    }
    let budget = element.get_attribute("budget");
    state
        .options
        .update(|options| options.budget_secs = budget.as_deref().and_then(option::seconds));
    let name = |urls: &[String]| urls.first().and_then(|url| url.rsplit('/').next()).map(str::to_owned);
    let pair = Pair {
        candidate: name(&sources),
        baseline: name(&baselines),
    };
    spawn_local(async move {
        if let Some(files) = fetch_all(state, sources.iter().chain(&baselines)).await
            && !state.stage.is_disposed()
        {
            action::open_pair(state, files, pair);
        }
    });
}

/// Fetches files; `None` once one could not be, which is said on the page.
async fn fetch_all(state: State, urls: impl Iterator<Item = &String>) -> Option<Vec<action::NamedFile>> {
    let mut files = Vec::new();
    for url in urls {
        match drop::fetched(url).await {
            Ok(file) => files.push(file),
            // The page may be gone by now.
            Err(_) if state.stage.is_disposed() => return None,
            Err(why) => {
                state.say(why);
                return None;
            }
        }
    }
    Some(files)
}

async fn open_example(state: State, example: Example) {
    let urls: Vec<String> = example
        .files
        .iter()
        .map(|name| drop::beside_page(&format!("{EXAMPLES}{name}")))
        .collect();
    let Some(files) = fetch_all(state, urls.iter())
        .await
        .filter(|_| !state.stage.is_disposed())
    else {
        return;
    };
    state
        .options
        .update(|options| options.budget_secs = example.budget.as_deref().and_then(option::seconds));
    let pair = Pair {
        candidate: example.candidate,
        baseline: example.baseline,
    };
    action::open_pair(state, files, pair);
}
