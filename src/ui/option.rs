//! What the reader of a report may choose, beside the numbers it changes.

use std::sync::Arc;

use leptos::prelude::*;

use super::{action, plot, save, state::State};
use crate::{estimate::Unit, report::Report, review::Policy, text};

/// Which confidence is used, where the files hold several.
#[component]
pub fn ConfidencePicker(
    /// The report.
    report: Arc<Report>,
) -> impl IntoView {
    let state = expect_context::<State>();
    let choices = report.confidence_sources.iter().map(|source| {
        view! {
            <option value=source.id.clone() selected=source.chosen>
                {format!("{} ({})", source.words, text::counted(source.count, "sample"))}
            </option>
        }
    });
    let choices = choices.collect_view();
    (!report.confidence_sources.is_empty()).then(|| {
        view! {
            <div class="controls">
                <label>
                    "Confidence from"
                    <select on:change:target=move |event| {
                        let id = event.target().value();
                        action::choose(state, |options| options.confidence = Some(id));
                    }>
                        {choices}
                        <option value="none">"none: do not judge calibration"</option>
                    </select>
                </label>
            </div>
        }
    })
}

/// The recalibration that holds on samples it was not fitted on, with its parameters to take along; or why there is none.
#[component]
pub fn Recalibrated(
    /// The report.
    report: Arc<Report>,
) -> impl IntoView {
    let calibration = report.calibration.ready()?;
    let Some(found) = calibration.recalibration.clone() else {
        let why = calibration.recalibration_why.clone();
        return Some(view! { <p class="missing">{why}</p> }.into_any());
    };
    let name = format!("{}-recalibration.json", plot::file_stem(&report.meta.name));
    let sentence = found.sentence();
    Some(
        view! {
            <p class="missing">{sentence}</p>
            <div class="tools">
                <button
                    type="button"
                    class="quiet"
                    on:click=move |_| save::text(&name, "application/json", &format!("{:#}\n", found.file()))
                >
                    "Save recalibration"
                </button>
            </div>
        }
        .into_any(),
    )
}

/// Seconds from words such as `8`, `8s`, `800 ms`; `None` for anything else and for what is not above 0.
#[must_use]
pub fn seconds(words: &str) -> Option<f64> {
    let words = words.trim().to_lowercase();
    let (digits, factor) = match words.strip_suffix("ms") {
        Some(digits) => (digits, 1e-3),
        None => (words.strip_suffix('s').unwrap_or(&words), 1.0),
    };
    let value = digits.trim().replace(',', ".").parse::<f64>().ok()? * factor;
    (value.is_finite() && value > 0.0).then_some(value)
}

/// A share from words such as `99 %` or `99`; `None` for anything else and for what is not below 100 %.
fn share(words: &str) -> Option<f64> {
    let percent = words.trim().trim_end_matches('%').trim().replace(',', ".");
    let share = percent.parse::<f64>().ok()? / 100.0;
    (share > 0.0 && share < 1.0).then_some(share)
}

/// The latency budget and its target share: typed, or set by the policy.
#[component]
pub fn LatencyBudget() -> impl IntoView {
    let state = expect_context::<State>();
    let policy = Memo::new(move |_| {
        let of = |policy: &Policy| (policy.latency.budget, policy.latency.target);
        state
            .desk
            .review
            .with(|review| review.state.policy.as_ref().map(of).unwrap_or_default())
    });
    let by_policy = Memo::new(move |_| policy.get().0.is_some());
    let target_by_policy = Memo::new(move |_| policy.get().1.is_some());
    let wrong = RwSignal::new(None::<&str>);
    let typed = move |value: String| {
        let budget = seconds(&value);
        let is_wrong = budget.is_none() && !value.trim().is_empty();
        wrong.set(is_wrong.then_some("Type seconds or milliseconds, such as 8 s or 800 ms. The budget is as it was."));
        if !is_wrong {
            action::choose(state, |options| options.budget_secs = budget);
        }
    };
    let target = move |value: String| {
        let share = share(&value);
        let is_wrong = share.is_none() && !value.trim().is_empty();
        wrong.set(is_wrong.then_some("Type a share below 100 %, such as 99 %. The share is as it was."));
        if !is_wrong {
            action::choose(state, |options| options.target = share);
        }
    };
    let in_force = move || {
        let chosen = state.options.get();
        let (budget, target) = policy.get();
        (budget.or(chosen.budget_secs), target.or(chosen.target))
    };
    let words = |value: Option<f64>, unit| value.map(|value| text::chosen(value, unit)).unwrap_or_default();
    let budget = move || words(in_force().0, Unit::Seconds);
    let percent = move || words(in_force().1, Unit::Share);
    view! {
        <div class="controls">
            <label>
                "Latency budget"
                <input
                    class="short"
                    type="text"
                    inputmode="decimal"
                    placeholder="8 s"
                    prop:value=budget
                    disabled=move || by_policy.get()
                    aria-invalid=move || wrong.get().is_some().to_string()
                    on:change:target=move |event| typed(event.target().value())
                />
            </label>
            <label>
                "to be met by"
                <input
                    class="short"
                    type="text"
                    inputmode="decimal"
                    placeholder="99 %"
                    prop:value=percent
                    disabled=move || target_by_policy.get()
                    aria-invalid=move || wrong.get().is_some().to_string()
                    on:change:target=move |event| target(event.target().value())
                />
                "of samples"
            </label>
            <Show when=move || by_policy.get() || target_by_policy.get()>
                <span class="muted">"Set by the policy; change it there."</span>
            </Show>
            <span role="alert">{move || wrong.get()}</span>
        </div>
    }
}
