//! What the reader of a report may choose, beside the numbers it changes.

use std::sync::Arc;

use leptos::prelude::*;

use super::{action, plot, save, state::State};
use crate::report::Report;

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
                {format!("{} ({})", source.words, crate::text::counted(source.count, "sample"))}
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

/// The latency budget and its target share, typed.
#[component]
pub fn LatencyBudget() -> impl IntoView {
    let state = expect_context::<State>();
    let wrong = RwSignal::new(false);
    let typed = move |value: String| {
        let budget = seconds(&value);
        wrong.set(budget.is_none() && !value.trim().is_empty());
        if !wrong.get_untracked() {
            action::choose(state, |options| options.budget_secs = budget);
        }
    };
    let target = move |value: String| {
        let share = value
            .trim()
            .trim_end_matches('%')
            .trim()
            .replace(',', ".")
            .parse::<f64>()
            .ok();
        let share = share
            .map(|percent| percent / 100.0)
            .filter(|share| (0.0..1.0).contains(share));
        action::choose(state, |options| options.target = share);
    };
    let budget = state
        .options
        .with_untracked(|options| options.budget_secs.map(|secs| format!("{secs} s")).unwrap_or_default());
    let share = state
        .options
        .with_untracked(|options| options.target.map(|t| format!("{} %", t * 100.0)).unwrap_or_default());
    view! {
        <div class="controls">
            <label>
                "Latency budget"
                <input
                    class="short"
                    type="text"
                    inputmode="decimal"
                    placeholder="8 s"
                    value=budget
                    aria-invalid=move || wrong.get().to_string()
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
                    value=share
                    on:change:target=move |event| target(event.target().value())
                />
                "of samples"
            </label>
            <Show when=move || wrong.get()>
                <span role="alert">"Type seconds or milliseconds, such as 8 s or 800 ms."</span>
            </Show>
        </div>
    }
}
