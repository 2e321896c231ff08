//! What was read: files, lineage, counts, what was left out and why.

use std::sync::Arc;

use leptos::prelude::*;

use super::{action, plot::file_stem, save, state::State};
use crate::{
    estimate::Unit,
    export::{self, hash_shown},
    report::{Counts, Filter, Report},
    run::{Meta, Outcome, Problem},
    text,
};

/// The Data section.
#[component]
pub fn DataSection(
    /// The report.
    report: Arc<Report>,
) -> impl IntoView {
    let state = expect_context::<State>();
    let counts = &report.counts;
    let sentence = format!(
        "{} read, {} scored; {} left out.",
        text::counted(counts.read, "sample"),
        text::count(counts.scored),
        text::counted(counts.left_out, "record"),
    );
    let shown = report.clone();
    let save_json = move |_| {
        let Some(report) = state.report.get_untracked() else {
            return;
        };
        let json = export::numbers(std::slice::from_ref(&*report), &report.problems, &[]);
        let name = format!("{}-report.json", file_stem(&report.meta.name));
        save::text(&name, "application/json", &json);
    };
    view! {
        <section class="section" id="data" tabindex="-1" aria-labelledby="data-title">
            <h2 id="data-title">"Data"</h2>
            <p class="reading-line">{sentence}</p>
            <p class="missing">{what_counts(&report)}</p>
            {counted(counts, state)}
            <h3>"Lineage"</h3>
            {lineage(&report.meta)}
            {reported(&report.meta)}
            {move || files(&shown, &state.hashes.get())}
            {problems(&report.problems)}
            <div class="tools" style:margin-top="12px">
                <button
                    type="button"
                    on:click=move |_| action::show_list(state, "All samples".to_owned(), Vec::new())
                >
                    "Open all samples"
                </button>
                <button
                    type="button"
                    disabled=move || !state.is_complete()
                    title=move || if state.is_complete() { "" } else { "Intervals are still being computed; the file holds them all." }
                    on:click=save_json
                >
                    "Save report as JSON"
                </button>
            </div>
        </section>
    }
}

fn what_counts(report: &Report) -> String {
    let rule = if report.rule.words.is_empty() {
        "as the harness scored it"
    } else {
        &report.rule.words
    };
    let gloss = if rule == "letter C" {
        " (C for correct: the scorer gave the sample the grade C)"
    } else {
        ""
    };
    format!(
        "Right means: {rule}{gloss}. Errored and unscored samples are left out of accuracy and calibration and counted apart."
    )
}

fn counted(counts: &Counts, state: State) -> impl IntoView + use<> {
    let rows: Vec<(&str, u64, Option<Filter>)> = vec![
        ("Right", counts.right, Some(Filter::Outcome(Outcome::Right))),
        (
            "Not right",
            counts.scored - counts.right.min(counts.scored),
            Some(Filter::NotRight),
        ),
        (
            "of these partly right",
            counts.partial,
            Some(Filter::Outcome(Outcome::Partial)),
        ),
        ("Errored", counts.errored, Some(Filter::Outcome(Outcome::Errored))),
        ("Unscored", counts.unscored, Some(Filter::Outcome(Outcome::Unscored))),
        (
            "Without confidence",
            counts.without_confidence,
            Some(Filter::WithoutConfidence),
        ),
        ("Without latency", counts.without_latency, None),
        ("Latency left out, answer from a cache", counts.cached, None),
        ("Timed out", counts.timed_out, None),
        ("Records left out", counts.left_out, None),
        ("Ids that stand more than once", counts.duplicate_ids, None),
        ("Items", counts.items, None),
        ("Repeats an item", counts.epochs, None),
    ];
    let rows = rows.into_iter().map(|(name, count, filter)| {
        let open = filter.filter(|_| count > 0).map(|filter| {
            let open = move |_| action::show_list(state, name.to_owned(), vec![filter.clone()]);
            view! { <button type="button" class="quiet" on:click=open>"Open"</button> }
        });
        view! {
            <tr>
                <td>{name}</td>
                <td class="number">{text::count(count)}</td>
                <td style:padding-block="0">{open}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <h3>"Counts"</h3>
        <div class="scroll">
            <table>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn lineage(meta: &Meta) -> impl IntoView + use<> {
    let named = [
        ("Model", &meta.model),
        ("Task", &meta.task),
        ("Prompt or configuration", &meta.prompt),
        ("Scorer", &meta.scorer),
        ("Filter", &meta.filter),
        ("Harness", &meta.harness),
        ("Run on", &meta.created),
        ("Data set", &meta.dataset),
        ("Data set version", &meta.dataset_version),
        ("Commit", &meta.commit),
        ("Status", &meta.status),
    ];
    let named = named.into_iter().map(|(name, value)| (name.to_owned(), value.clone()));
    let roles = meta
        .roles
        .iter()
        .map(|(role, field)| (format!("Column for {role}"), field.clone()));
    let facts = named
        .chain(meta.settings.iter().cloned())
        .chain(roles)
        .filter(|(_, value)| !value.is_empty());
    let facts = facts
        .map(|(name, value)| view! { <dt>{name}</dt> <dd>{value}</dd> })
        .collect_view();
    view! { <dl class="facts">{facts}</dl> }
}

/// The harness's own numbers, to hold against those computed here.
fn reported(meta: &Meta) -> Option<impl IntoView + use<>> {
    let rows = meta.reported.iter().map(|(name, value)| {
        view! { <dt>{name.clone()}</dt> <dd>{text::number(*value, Unit::Score)}</dd> }
    });
    let rows = rows.collect_view();
    (!meta.reported.is_empty()).then(|| {
        view! {
            <h3>"Reported by the harness"</h3>
            <dl class="facts">{rows}</dl>
        }
    })
}

fn files(report: &Report, hashes: &[String]) -> impl IntoView + use<> {
    let known = report.meta.files.iter().map(|&index| hashes.get(index as usize));
    let known: Vec<Option<&String>> = known.collect();
    let rows = report.files.iter().enumerate().map(|(place, file)| {
        let hash = known.get(place).copied().flatten().unwrap_or(&file.sha256);
        let hash = if hash.is_empty() {
            "not computed yet".to_owned()
        } else {
            hash_shown(hash.clone())
        };
        view! {
            <tr>
                <td>{file.name.clone()}</td>
                <td class="number">{text::bytes(file.size)}</td>
                <td><code>{hash}</code></td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <h3>"Files"</h3>
        <div class="scroll">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col" class="number">"Size"</th>
                        <th scope="col">"SHA-256"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn problems(problems: &[Problem]) -> Option<impl IntoView + use<>> {
    let rows = problems.iter().map(|problem| {
        view! {
            <tr>
                <td class="number">{text::count(problem.count)}</td>
                <td>{problem.text.clone()}</td>
                <td>{problem.place.clone()}</td>
                <td>{if problem.left_out { "left out" } else { "kept" }}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    (!problems.is_empty()).then(|| {
        view! {
            <h3>"Problems"</h3>
            <div class="scroll">
                <table>
                    <thead>
                        <tr>
                            <th scope="col" class="number">"Records"</th>
                            <th scope="col">"What"</th>
                            <th scope="col">"Where"</th>
                            <th scope="col">"Samples"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
    })
}
