//! The open page: four answers first, then one section after the other.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    answer::Answers,
    choice::Choices,
    compare,
    data::DataSection,
    metric::{Methods, MetricTable},
    option::{ConfidencePicker, LatencyBudget, Recalibrated},
    plot::{self, Plot},
    review::{ReviewSection, verdict::VerdictLine},
    runs::RunTable,
    state::State,
    table,
};
use crate::{
    chart::{CHARTS, ChartKind, Frame},
    estimate::Unit,
    report::{self, Comparison, Question, Report, Section},
    text,
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
        id: "accuracy",
        title: "Accuracy and cost",
        missing: |_| None,
    },
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
            report.comparison.is_none().then_some(
                "Choose a baseline in the bar above to see paired differences; add its file if it is not open yet.",
            )
        },
    },
    Part {
        id: "drift",
        title: "Drift",
        missing: |report| {
            let has_columns = report.comparison.as_ref().is_some_and(|own| !own.drift.is_empty());
            (!has_columns)
                .then_some("Choose the reference run as the baseline to see how the samples moved against it.")
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
                    <VerdictLine />
                    <Answers report=report.clone() />
                    {report.cautions.iter().map(|caution| view! { <p class="caution">{caution.clone()}</p> }).collect_view()}
                    {report.left_out.iter().map(|own| view! { <p class="missing">{own.words()}</p> }).collect_view()}
                    <div class="columns">
                        <Contents report=report.clone() />
                        <div style:min-width="0">
                            <RunTable />
                            {PARTS.iter().map(|part| section(part, &report)).collect_view()}
                            <ReviewSection />
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
    let links = links.chain([
        ("review", "Policy and decision", false),
        ("data", "Data", false),
        ("methods", "Methods", false),
    ]);
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

fn section(part: &'static Part, report: &Arc<Report>) -> impl IntoView + use<> {
    let missing = (part.missing)(report);
    let is_absent = missing.is_some();
    let body = match missing {
        Some(why) => view! {
            <p class="missing">{why.to_owned()}</p>
            <Choices id=part.id report=report.clone() />
        }
        .into_any(),
        None => filled(part, report).into_any(),
    };
    view! {
        <section class="section" class:absent=is_absent id=part.id tabindex="-1" aria-labelledby=format!("{}-title", part.id)>
            <h2 id=format!("{}-title", part.id)>{part.title}</h2>
            {body}
        </section>
    }
}

fn filled(part: &'static Part, report: &Arc<Report>) -> impl IntoView + use<> {
    let charts: Vec<&'static ChartKind> = CHARTS.iter().filter(|chart| chart.section == part.id).collect();
    let extra = match part.id {
        "calibration" => Some(
            view! {
                <ConfidencePicker report=report.clone() />
                <Recalibrated report=report.clone() />
            }
            .into_any(),
        ),
        "latency" => Some(view! { <LatencyBudget /> }.into_any()),
        "compare" => report
            .comparison
            .as_ref()
            .map(|comparison| compare::facts(comparison).into_any()),
        id => Some(view! { <Choices id report=report.clone() /> }.into_any()),
    };
    let drawn: Vec<_> = charts
        .iter()
        .filter_map(|kind| Some((*kind, (kind.draw)(&plot::subject(report), &Frame::new(480.0))?)))
        .collect();
    let reading = match part.id {
        "compare" => report.comparison.as_ref().map(|comparison| comparison.sentence.clone()),
        "accuracy" => Some(report::sentence(report, Question::Right)),
        "drift" => report.comparison.as_ref().and_then(drift),
        "agreement" => drawn.first().map(|(_, chart)| agreed(report, &chart.reading)),
        _ => drawn.first().map(|(_, chart)| chart.reading.clone()),
    };
    let share = if drawn.len() > 1 { 0.5 } else { 1.0 };
    // The first chart and what lies under it share a column; the others fill the second.
    let columns = drawn.len().min(2);
    let plots = (0..columns).map(|column| {
        let kinds: Vec<_> = drawn
            .iter()
            .enumerate()
            .filter(|(place, _)| column_of(part.id, *place) == column)
            .map(|(_, (kind, _))| *kind)
            .collect();
        let plots = kinds
            .into_iter()
            .map(|kind| view! { <Plot kind=kind report=report.clone() share /> });
        view! { <div class="stack">{plots.collect_view()}</div> }
    });
    view! {
        {reading.map(|reading| view! { <p class="reading-line">{text::tied(&reading)}</p> })}
        {cautions(part.id, report).into_iter().map(|caution| view! { <p class="caution">{text::tied(&caution)}</p> }).collect_view()}
        {extra}
        <div class="plots" class:single=share == 1.0>{plots.collect_view()}</div>
        {table::tables(part.id, report)}
        <MetricTable section=part.id report=report.clone() />
        {(part.id == "accuracy").then(|| view! { <MetricTable section="cost" report=report.clone() /> })}
    }
}

/// The reading of the confusion matrix with the agreement beyond chance.
fn agreed(report: &Report, reading: &str) -> String {
    match report
        .metrics
        .get("agreement.kappa")
        .filter(|kappa| kappa.value.is_some())
    {
        Some(kappa) => format!(
            "{reading} Agreement beyond chance (Cohen's kappa) {}.",
            text::estimate(kappa)
        ),
        None => reading.to_owned(),
    }
}

/// Which column moved most, and whether by more than chance.
fn drift(comparison: &Comparison) -> Option<String> {
    let first = comparison.drift.first()?;
    let (psi, null) = (text::number(first.psi, Unit::Score), first.null_psi?);
    let limit = text::number(null, Unit::Score);
    Some(match first.psi > null {
        true => format!(
            "“{}” moved most: population stability index (PSI) {psi}, where a column of this size that did not move shows \
             up to {limit}.",
            first.column
        ),
        false => format!(
            "No column is shown to have moved: the largest population stability index (PSI) is {psi}, of “{}”, and a \
             column of this size that did not move shows up to {limit}.",
            first.column
        ),
    })
}

/// Column of the chart at `place` of a section: the histogram of confidence lies under the reliability diagram.
fn column_of(section: &str, place: usize) -> usize {
    match (section, place) {
        ("calibration", 0 | 1) | (_, 0) => 0,
        (_, place) => place.min(1),
    }
}

fn cautions(section: &str, report: &Report) -> Vec<String> {
    match section {
        "calibration" => report
            .calibration
            .ready()
            .map(|part| part.cautions.clone())
            .unwrap_or_default(),
        "latency" => report
            .latency
            .ready()
            .map(|part| part.cautions.clone())
            .unwrap_or_default(),
        "fairness" if report.metrics.get("fairness.equalised-odds").is_some_and(|odds| odds.value.is_some()) => vec![
            "Where groups differ in how often the positive class occurs, no score but a perfect one is both calibrated in \
             every group and free of differences in error rates."
                .to_owned(),
        ],
        _ => Vec::new(),
    }
}
