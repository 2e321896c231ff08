//! The runs of the open files side by side: a table that is also the switcher.

use leptos::prelude::*;

use super::{action, bar::run_words, state::State};
use crate::{report::Report, text};

/// Metrics that the table of runs shows, with their column headings.
const COLUMNS: &[(&str, &str)] = &[
    ("accuracy", "Accuracy"),
    ("calibration.smece", "Calibration error (smECE)"),
    ("latency.p95", "p95 latency"),
    ("failures.rate", "Failure rate"),
    ("errors.rate", "Error rate"),
];

/// The table of runs; nothing for a single run.
#[component]
pub fn RunTable() -> impl IntoView {
    let state = expect_context::<State>();
    let several = Memo::new(move |_| state.set.with(|set| set.runs.len() > 1));
    view! {
        <Show when=move || several.get()>
            <section class="section" aria-labelledby="runs-title">
                <h2 id="runs-title">"Runs"</h2>
                <p class="reading-line">
                    "One line a run. Show one, or make it the baseline of the one on show."
                </p>
                <div class="scroll" style:margin-top="12px">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Run"</th>
                                {COLUMNS.iter().map(|(_, title)| view! { <th scope="col">{*title}</th> }).collect_view()}
                                <th scope="col"><span class="hidden-visually">"Choose"</span></th>
                            </tr>
                        </thead>
                        <tbody>{move || rows(state)}</tbody>
                    </table>
                </div>
            </section>
        </Show>
    }
}

fn rows(state: State) -> impl IntoView {
    let set = state.set.get();
    let overview = state.overview.get();
    let (run, baseline) = (state.run.get(), state.baseline.get());
    let row = move |index: usize, words: String, report: Option<&Report>| {
        let cells = COLUMNS.iter().map(|(id, _)| {
            let shown = match report {
                None => "…".to_owned(),
                Some(report) => report
                    .metrics
                    .get(*id)
                    .map_or_else(|| text::ABSENT.to_owned(), text::estimate),
            };
            view! { <td>{shown}</td> }
        });
        view! {
            <tr class="choice" class:chosen=index == run>
                <td>{words}</td>
                {cells.collect_view()}
                <td>
                    <div class="tools" style:margin="0">
                        <button type="button" class="quiet" disabled=index == run on:click=move |_| action::choose_run(state, index)>
                            {if index == run { "On show" } else { "Show" }}
                        </button>
                        <button
                            type="button"
                            class="quiet"
                            disabled=index == run
                            aria-pressed=(baseline == Some(index)).to_string()
                            on:click=move |_| {
                                action::choose_baseline(state, (baseline != Some(index)).then_some(index));
                            }
                        >
                            {if baseline == Some(index) { "Baseline ✓" } else { "Baseline" }}
                        </button>
                    </div>
                </td>
            </tr>
        }
    };
    let rows = set.runs.iter().enumerate().map(|(index, card)| {
        row(
            index,
            run_words(&card.meta, card.samples),
            overview.get(index).and_then(|report| report.as_deref()),
        )
    });
    rows.collect_view()
}
