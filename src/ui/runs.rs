//! The runs of the open files side by side: a table that is also the switcher.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    action,
    bar::run_words,
    review::{
        judgement::{self, Standing},
        verdict,
    },
    state::State,
    worker::message::RunCard,
};
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
    let several = Memo::new(move |_| lines(state).len() > 1);
    let is_judged = Memo::new(move |_| state.desk.verdicts.with(Option::is_some));
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
                                <Show when=move || is_judged.get()><th scope="col">"Verdict"</th></Show>
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

/// A run as bar and table show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Name and number of samples.
    pub words: String,
    /// Its report, once it is made.
    pub report: Option<Arc<Report>>,
}

/// The runs of the open files, or of the review on show where its files are not open. Follows the signals it reads.
#[must_use]
pub fn lines(state: State) -> Vec<Line> {
    let set = state.set.get();
    if set.runs.is_empty() {
        let claimed = state.desk.claimed.get();
        let reports = claimed.iter().flat_map(|review| &review.reports);
        let line = |report: &Report| Line {
            words: run_words(&report.meta, report.counts.read),
            report: Some(Arc::new(report.clone())),
        };
        return reports.map(line).collect();
    }
    let overview = state.overview.get();
    let line = |(index, card): (usize, &RunCard)| Line {
        words: run_words(&card.meta, card.samples),
        report: overview.get(index).cloned().flatten(),
    };
    set.runs.iter().enumerate().map(line).collect()
}

fn rows(state: State) -> impl IntoView {
    let (run, baseline) = (state.run.get(), state.baseline.get());
    let has_files = state.set.with(|set| !set.runs.is_empty());
    let is_judged = state.desk.verdicts.with(Option::is_some);
    let standings = judgement::standings(state);
    let rows = lines(state).into_iter().enumerate().map(|(index, line)| {
        let cells = COLUMNS.iter().map(|(id, _)| {
            let shown = match &line.report {
                None => "…".to_owned(),
                Some(report) => report
                    .metrics
                    .get(*id)
                    .map_or_else(|| text::ABSENT.to_owned(), text::estimate),
            };
            view! { <td>{shown}</td> }
        });
        let verdict = is_judged.then(|| verdict_cell(standings.iter().find(|standing| standing.run == index)));
        let choose_baseline = move |_| action::choose_baseline(state, (baseline != Some(index)).then_some(index));
        view! {
            <tr class="choice" class:chosen=index == run>
                <td>{line.words.clone()}</td>
                {verdict}
                {cells.collect_view()}
                <td>
                    <div class="tools" style:margin="0">
                        <button type="button" class="quiet" disabled=index == run on:click=move |_| action::choose_run(state, index)>
                            {if index == run { "On show" } else { "Show" }}
                        </button>
                        {has_files.then(|| view! {
                            <button
                                type="button"
                                class="quiet"
                                disabled=index == run
                                aria-pressed=(baseline == Some(index)).to_string()
                                on:click=choose_baseline
                            >
                                {if baseline == Some(index) { "Baseline ✓" } else { "Baseline" }}
                            </button>
                        })}
                    </div>
                </td>
            </tr>
        }
    });
    rows.collect_view()
}

/// What the policy says of a run; the baseline is not under review.
fn verdict_cell(standing: Option<&Standing>) -> impl IntoView + use<> {
    let (class, words) = match standing {
        None => ("muted", "baseline, not judged".to_owned()),
        Some(Standing { verdicts: None, .. }) => ("muted", "…".to_owned()),
        Some(Standing {
            verdicts: Some(own), ..
        }) => (
            verdict::class(own.verdict),
            format!("{} {}", own.verdict.shape(), own.verdict.word()),
        ),
    };
    view! { <td class=class><span class="stamp">{words}</span></td> }
}
