//! The numbers of a section with how each is computed, and the methods page: both from the METRICS table.

use std::sync::Arc;

use leptos::prelude::*;

use super::turn::Fold;
use crate::{
    estimate::Estimate,
    report::{METRICS, Metric, Report},
    text,
};

/// The headline numbers of a section.
#[component]
pub fn MetricTable(
    /// Id of the section.
    section: &'static str,
    /// The report.
    report: Arc<Report>,
) -> impl IntoView {
    let rows: Vec<_> = METRICS
        .iter()
        .filter(|metric| metric.section == section)
        .filter_map(|metric| Some((metric, report.metrics.get(metric.id)?.clone())))
        .collect();
    let is_empty = rows.is_empty();
    let draw = move || table(&rows).into_any();
    (!is_empty).then(|| view! { <Fold title="Numbers, and how each is computed".to_owned() draw /> })
}

fn table(rows: &[(&'static Metric, Estimate)]) -> impl IntoView + use<> {
    let rows = rows
        .iter()
        .map(|(metric, estimate)| row(metric, estimate))
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

fn row(metric: &'static Metric, estimate: &Estimate) -> impl IntoView + use<> {
    let shown = match estimate.value {
        Some(_) if estimate.level > 0.0 => {
            format!("{} ({} % interval)", text::estimate(estimate), estimate.level * 100.0)
        }
        Some(_) => text::estimate(estimate),
        None => format!("{} {}", text::ABSENT, estimate.why),
    };
    view! {
        <tr>
            <td>{metric.title}<br /><code>{metric.id}</code></td>
            <td>{shown}</td>
            <td class="number">{text::count(estimate.n)}</td>
            <td>{how(metric)}</td>
        </tr>
    }
}

fn how(metric: &Metric) -> String {
    [metric.formula, metric.method, metric.assumptions, metric.source]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
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
    view! {
        <section class="section" id="methods" tabindex="-1" aria-labelledby="methods-title">
            <h2 id="methods-title">"Methods"</h2>
            <p class="reading-line">"How every number is computed, what it assumes and where the method comes from."</p>
            <Fold title=format!("{} numbers", METRICS.len()) draw />
        </section>
    }
}
