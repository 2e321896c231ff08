//! What a person chooses for fairness, robustness and agreement: a column and one of its values, or a second judgement.

use std::sync::Arc;

use leptos::prelude::*;

use super::{action, state::State};
use crate::report::{Options, Report};

/// More values than this are labels of single samples, nothing to choose from.
const MOST_VALUES: u64 = 100;
/// Columns that hold no property of the question.
const NO_SLICE: [&str; 3] = ["truth", "prediction", "cluster"];

/// A column, and the value that the others are held against.
#[derive(Clone, Copy)]
struct Pair {
    /// What the column is for.
    column: &'static str,
    /// What the value is.
    value: &'static str,
    /// What is in use.
    used: fn(&Report) -> Option<(String, String)>,
    /// Which value a column starts with; the most frequent one if none fits.
    usual: fn(&str) -> bool,
    /// Takes the choice.
    choose: fn(&mut Options, Option<(String, String)>),
}

const GROUPS: Pair = Pair {
    column: "Groups from",
    value: "compared with",
    used: |report| report.options.fairness.clone(),
    usual: |_| false,
    choose: |options, pair| options.fairness = pair,
};

const VARIANTS: Pair = Pair {
    column: "Variants from",
    value: "clean is",
    used: |report| {
        report
            .robustness
            .ready()
            .map(|own| own.column.clone())
            .or_else(|| report.options.variant.clone())
    },
    usual: crate::report::is_clean,
    choose: |options, pair| options.variant = pair,
};

/// The controls of section `id`, where it has any and samples are there to compute from.
#[component]
pub fn Choices(
    /// Id of the section.
    id: &'static str,
    /// The report.
    report: Arc<Report>,
) -> impl IntoView {
    let state = expect_context::<State>();
    if state.set.with(|set| set.runs.is_empty()) {
        return ().into_any();
    }
    match id {
        "fairness" => view! { <ColumnAndValue pair=GROUPS report /> }.into_any(),
        "robustness" => view! { <ColumnAndValue pair=VARIANTS report /> }.into_any(),
        "agreement" => view! { <Judgement report /> }.into_any(),
        _ => ().into_any(),
    }
}

#[component]
fn ColumnAndValue(pair: Pair, report: Arc<Report>) -> impl IntoView {
    let state = expect_context::<State>();
    let columns: Vec<(String, Vec<String>)> = report
        .columns
        .iter()
        .filter(|own| (2..=MOST_VALUES).contains(&own.distinct) && !NO_SLICE.contains(&own.name.as_str()))
        .map(|own| {
            (
                own.name.clone(),
                own.values.iter().map(|(value, _)| value.clone()).collect(),
            )
        })
        .collect();
    if columns.is_empty() {
        return ().into_any();
    }
    let used = (pair.used)(&report);
    let column = used.as_ref().map(|(column, _)| column.clone()).unwrap_or_default();
    let chosen = column.clone();
    let options = columns
        .iter()
        .map(|(name, _)| view! { <option value=name.clone() selected=*name == column>{name.clone()}</option> })
        .collect_view();
    let all = columns.clone();
    let take_column = move |name: String| {
        let values = all.iter().find(|(own, _)| *own == name).map(|(_, values)| values);
        let first = values.and_then(|values| values.iter().find(|v| (pair.usual)(v)).or(values.first()).cloned());
        action::choose(state, move |options| {
            (pair.choose)(options, first.map(|value| (name, value)))
        });
    };
    let values = columns
        .into_iter()
        .find(|(name, _)| *name == chosen)
        .map(|(_, values)| values);
    let value = values.map(|values| {
        let used = used.map(|(_, value)| value).unwrap_or_default();
        let options = values
            .into_iter()
            .map(|value| view! { <option value=value.clone() selected=value == used>{value.clone()}</option> })
            .collect_view();
        view! {
            <label>
                {pair.value}
                <select on:change:target=move |event| {
                    let own = (chosen.clone(), event.target().value());
                    action::choose(state, move |options| (pair.choose)(options, Some(own)));
                }>{options}</select>
            </label>
        }
    });
    view! {
        <div class="controls">
            <label>
                {pair.column}
                <select on:change:target=move |event| take_column(event.target().value())>
                    <option value="" selected=column.is_empty()>"no column"</option>
                    {options}
                </select>
            </label>
            {value}
        </div>
    }
    .into_any()
}

/// Which judgement the run's own is held against.
#[component]
fn Judgement(report: Arc<Report>) -> impl IntoView {
    let state = expect_context::<State>();
    let agreement = report.agreement.ready()?;
    if agreement.choices.is_empty() {
        return None;
    }
    let second = agreement.second.clone();
    let options = agreement
        .choices
        .iter()
        .map(|(id, words)| view! { <option value=id.clone() selected=*id == second>{words.clone()}</option> })
        .collect_view();
    Some(view! {
        <div class="controls">
            <label>
                "Held against"
                <select on:change:target=move |event| {
                    let id = event.target().value();
                    action::choose(state, |options| options.second = Some(id));
                }>
                    {options}
                    <option value="none" selected=second.is_empty()>"truth against prediction"</option>
                </select>
            </label>
        </div>
    })
}
