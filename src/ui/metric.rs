//! The numbers of a section with how each is computed, and the methods page: both from the METRICS table.

use std::sync::Arc;

use leptos::prelude::*;

use super::turn::Fold;
use crate::{
    estimate::Estimate,
    report::{COMPARE, METRICS, Metric, Report},
    text,
};

/// The part of the page that shows the metrics of `section`.
#[must_use]
pub fn part_of(section: &'static str) -> &'static str {
    match section {
        "cost" => "accuracy",
        own => own,
    }
}

/// The headline numbers of a part of the page.
#[component]
pub fn MetricTable(
    /// Id of the part.
    part: &'static str,
    /// The report.
    report: Arc<Report>,
) -> impl IntoView {
    let ids = METRICS.iter().filter_map(|metric| match part {
        "compare" => metric.compared.then(|| (metric, format!("{COMPARE}{}", metric.id))),
        _ => (part_of(metric.section) == part).then(|| (metric, metric.id.to_owned())),
    });
    let rows: Vec<_> = ids
        .filter_map(|(metric, id)| Some((metric, report.metrics.get(&id)?.clone(), id)))
        .collect();
    let is_empty = rows.is_empty();
    let draw = move || table(&rows).into_any();
    (!is_empty).then(|| view! { <Fold title="Numbers, and how each is computed".to_owned() draw /> })
}

fn table(rows: &[(&'static Metric, Estimate, String)]) -> impl IntoView + use<> {
    let rows = rows
        .iter()
        .map(|(metric, estimate, id)| row(metric, id.clone(), estimate))
        .collect_view();
    view! {
        <div class="scroll">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Number"</th>
                        <th scope="col">"Value and interval"</th>
                        <th scope="col" class="number">"n"</th>
                        <th scope="col">"How it is computed"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(metric: &'static Metric, id: String, estimate: &Estimate) -> impl IntoView + use<> {
    let is_difference = id.starts_with(COMPARE);
    let how = if is_difference {
        format!("{} Used here: {}.", how_compared(metric), estimate.method)
    } else {
        how(metric)
    };
    let shown = match estimate.value {
        Some(_) if estimate.level > 0.0 => {
            format!("{} ({} % interval)", text::estimate(estimate), estimate.level * 100.0)
        }
        Some(_) => text::estimate(estimate),
        None => format!("{} {}", text::ABSENT, estimate.why),
    };
    view! {
        <tr>
            <td>{metric.title}<br /><code>{id}</code></td>
            <td>{shown}</td>
            <td class="number">{text::count(estimate.n)}</td>
            <td>{how}</td>
        </tr>
    }
}

/// Formula, method, assumptions, source and the n needed.
fn how(metric: &Metric) -> String {
    let least = crate::text::counted(metric.minimum, "sample");
    format!(
        "{}. {}. Assumes: {} Source: {}. Needs {least} at least.",
        metric.formula,
        metric.method,
        ended(metric.assumptions),
        metric.source
    )
}

/// How the difference to a baseline is computed.
fn how_compared(metric: &Metric) -> String {
    format!(
        "This run less the baseline, of: {}. {} Source: {}.",
        metric.formula,
        metric.comparison(),
        metric.comparison_source()
    )
}

fn ended(sentence: &str) -> String {
    let end = if sentence.ends_with('.') { "" } else { "." };
    format!("{sentence}{end}")
}

/// The methods page.
#[component]
pub fn Methods() -> impl IntoView {
    let draw = || {
        let rows = METRICS.iter().map(|metric| {
            view! { <dt><strong>{metric.title}</strong><br /><code>{metric.id}</code></dt> <dd>{how(metric)}</dd> }
        });
        view! { <dl class="facts">{rows.collect_view()}</dl> }.into_any()
    };
    let draw_compared = || {
        let compared = METRICS.iter().filter(|metric| metric.compared).map(|metric| {
            let id = format!("{COMPARE}{}", metric.id);
            view! { <dt><strong>{metric.title}</strong><br /><code>{id}</code></dt> <dd>{how_compared(metric)}</dd> }
        });
        view! { <dl class="facts">{compared.collect_view()}</dl> }.into_any()
    };
    let compared = METRICS.iter().filter(|metric| metric.compared).count();
    view! {
        <section class="section" id="methods" tabindex="-1" aria-labelledby="methods-title">
            <h2 id="methods-title">"Methods"</h2>
            <p class="reading-line">"How every number is computed, what it assumes and where the method comes from."</p>
            <Fold title=format!("{} numbers", METRICS.len()) draw />
            <Fold title=format!("{compared} differences to a baseline") draw=draw_compared />
        </section>
    }
}
