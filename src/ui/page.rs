//! The open page: four answers first, then one section after the other.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    answer::Answers,
    data::DataSection,
    metric::{Methods, MetricTable},
    option::{ConfidencePicker, LatencyBudget},
    plot::Plot,
    runs::RunTable,
    state::State,
    table,
};
use crate::{
    chart::{CHARTS, ChartKind},
    report::{Report, Section},
};

/// A section of the page.
struct Part {
    /// Id: the anchor, and the section that charts and metrics name.
    id: &'static str,
    /// Its title.
    title: &'static str,
    /// Why there is nothing to show; `None` if there is.
    missing: fn(&Report) -> Option<&str>,
}

fn why<T>(section: &Section<T>) -> Option<&str> {
    section.missing()
}

/// The sections, top to bottom.
const PARTS: &[Part] = &[
    Part {
        id: "calibration",
        title: "Calibration",
        missing: |report| why(&report.calibration),
    },
    Part {
        id: "latency",
        title: "Latency",
        missing: |report| why(&report.latency),
    },
    Part {
        id: "failures",
        title: "Failures",
        missing: |report| why(&report.failures),
    },
    Part {
        id: "slices",
        title: "Slices",
        missing: |report| why(&report.slices),
    },
    Part {
        id: "compare",
        title: "Compare",
        missing: |report| {
            report.meta.name.is_empty().then_some(
                "Choose a baseline in the bar above to see paired differences; add its file if it is not open yet.",
            )
        },
    },
    Part {
        id: "repeats",
        title: "Repeats",
        missing: |report| why(&report.repeats),
    },
    Part {
        id: "agreement",
        title: "Agreement",
        missing: |report| why(&report.agreement),
    },
    Part {
        id: "robustness",
        title: "Robustness",
        missing: |report| why(&report.robustness),
    },
    Part {
        id: "fairness",
        title: "Fairness",
        missing: |report| why(&report.fairness),
    },
];

/// Everything below the bar.
#[component]
pub fn Page() -> impl IntoView {
    let state = expect_context::<State>();
    view! {
        <div class="page" aria-busy=move || state.is_busy.get().to_string()>
            {move || match state.report.get() {
                None => view! { <p class="missing" style:padding="24px 0" role="status">"Computing the report …"</p> }.into_any(),
                Some(report) => view! {
                    <Answers report=report.clone() />
                    <div class="columns">
                        <Contents report=report.clone() />
                        <div style:min-width="0">
                            <RunTable />
                            {PARTS.iter().map(|part| section(part, &report, state)).collect_view()}
                            <DataSection report=report.clone() />
                            <Methods />
                        </div>
                    </div>
                }
                .into_any(),
            }}
        </div>
    }
}

#[component]
fn Contents(report: Arc<Report>) -> impl IntoView {
    let links = PARTS.iter().map(|part| {
        let is_empty = (part.missing)(&report).is_some();
        (part.id, part.title, is_empty)
    });
    let links = links.chain([("data", "Data", false), ("methods", "Methods", false)]);
    let jump = |id: &'static str, event: leptos::ev::MouseEvent| {
        // The address bar belongs to the review link, and anchors do not reach into a shadow root.
        event.prevent_default();
        let target = event
            .target()
            .map(wasm_bindgen::JsCast::unchecked_into::<web_sys::Element>);
        let root = target.map(|target| target.get_root_node());
        if let Some(root) = root.and_then(|root| wasm_bindgen::JsCast::dyn_into::<web_sys::ShadowRoot>(root).ok())
            && let Some(section) = root.get_element_by_id(id)
        {
            section.scroll_into_view();
            drop(wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(section).focus());
        }
    };
    let links = links.map(|(id, title, is_empty)| {
        view! { <a href=format!("#{id}") class:empty=is_empty on:click=move |event| jump(id, event)>{title}</a> }
    });
    view! { <nav class="contents" aria-label="Sections">{links.collect_view()}</nav> }
}

fn section(part: &'static Part, report: &Arc<Report>, state: State) -> impl IntoView + use<> {
    let body = match (part.missing)(report) {
        Some(why) => view! { <p class="missing">{why.to_owned()}</p> }.into_any(),
        None => filled(part, report, state).into_any(),
    };
    view! {
        <section class="section" id=part.id tabindex="-1" aria-labelledby=format!("{}-title", part.id)>
            <h2 id=format!("{}-title", part.id)>{part.title}</h2>
            {body}
        </section>
    }
}

fn filled(part: &'static Part, report: &Arc<Report>, state: State) -> impl IntoView + use<> {
    let charts: Vec<&'static ChartKind> = CHARTS.iter().filter(|chart| chart.section == part.id).collect();
    let controls = match part.id {
        "calibration" => Some(view! { <ConfidencePicker report=report.clone() /> }.into_any()),
        "latency" => Some(view! { <LatencyBudget /> }.into_any()),
        _ => None,
    };
    let reading = charts.first().and_then(|chart| {
        let baseline = state.baseline_report.get_untracked();
        let subject = crate::chart::Subject::new(report);
        let frame = crate::chart::Frame::new(480.0);
        let drawn = match &baseline {
            Some(baseline) => (chart.draw)(&subject.against(baseline), &frame),
            None => (chart.draw)(&subject, &frame),
        };
        drawn.map(|chart| chart.reading)
    });
    let share = if charts.len() > 1 { 0.5 } else { 1.0 };
    let plots = {
        let report = report.clone();
        move || {
            let baseline = state.baseline_report.get();
            charts
                .iter()
                .map(|kind| view! { <Plot kind=kind report=report.clone() baseline=baseline.clone() share /> })
                .collect_view()
        }
    };
    view! {
        {reading.map(|reading| view! { <p class="reading-line">{reading}</p> })}
        {controls}
        <div class="plots" class:single=share == 1.0>{plots}</div>
        {table::tables(part.id, report)}
        <MetricTable section=part.id report=report.clone() />
    }
}
