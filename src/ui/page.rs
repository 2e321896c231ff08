//! The open page: four answers first, then one section after the other.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    action,
    answer::Answers,
    choice::Choices,
    compare,
    data::DataSection,
    metric::{self, Methods, MetricTable},
    option::{ConfidencePicker, LatencyBudget, Recalibrated},
    plot::{self, Plot, Plotted},
    review::{
        ReviewSection,
        verdict::{DecisionLine, VerdictLine},
        verification::{Found, VerificationLine},
    },
    runs::RunTable,
    state::State,
    table,
    turn::{self, Later, Soon},
};
use crate::{
    chart::{CHARTS, ChartKind},
    estimate::{Estimate, Unit},
    report::{self, Comparison, METRICS, Question, Report, Section},
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
    /// Whether two reports hold the same for it.
    is_same: fn(&Report, &Report) -> bool,
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
        is_same: |_, _| true,
    },
    Part {
        id: "calibration",
        title: "Calibration",
        missing: |report| why(&report.calibration),
        is_same: |a, b| a.calibration == b.calibration,
    },
    Part {
        id: "latency",
        title: "Latency",
        missing: |report| why(&report.latency),
        is_same: |a, b| a.latency == b.latency,
    },
    Part {
        id: "failures",
        title: "Failures",
        missing: |report| why(&report.failures),
        is_same: |a, b| a.failures == b.failures,
    },
    Part {
        id: "slices",
        title: "Slices",
        missing: |report| why(&report.slices),
        is_same: |a, b| a.slices == b.slices,
    },
    Part {
        id: "compare",
        title: "Compare",
        missing: |report| {
            report.comparison.is_none().then_some(
                "Choose a baseline in the bar above to see paired differences; add its file if it is not open yet.",
            )
        },
        is_same: |_, _| true,
    },
    Part {
        id: "drift",
        title: "Drift",
        missing: |report| {
            let has_columns = report.comparison.as_ref().is_some_and(|own| !own.drift.is_empty());
            (!has_columns).then_some(match report.comparison {
                Some(_) => "This review does not hold how each column moved: open the files of both runs to see it.",
                None => "Choose the reference run as the baseline to see how the samples moved against it.",
            })
        },
        is_same: |_, _| true,
    },
    Part {
        id: "repeats",
        title: "Repeats",
        missing: |report| why(&report.repeats),
        is_same: |a, b| a.repeats == b.repeats,
    },
    Part {
        id: "agreement",
        title: "Agreement",
        missing: |report| why(&report.agreement),
        is_same: |a, b| a.agreement == b.agreement,
    },
    Part {
        id: "robustness",
        title: "Robustness",
        missing: |report| why(&report.robustness),
        is_same: |a, b| a.robustness == b.robustness,
    },
    Part {
        id: "fairness",
        title: "Fairness",
        missing: |report| why(&report.fairness),
        is_same: |a, b| a.fairness == b.fairness,
    },
];

/// A part with the report it shows: the same as long as nothing that it shows changes.
#[derive(Clone)]
struct Shown {
    part: &'static Part,
    report: Arc<Report>,
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        let (mine, theirs) = (&*self.report, &*other.report);
        let is_of_part = |id: &str| {
            METRICS
                .iter()
                .any(|metric| metric.id == id && metric::part_of(metric.section) == self.part.id)
        };
        let metrics = |report: &Report| -> Vec<Estimate> {
            let own = report.metrics.iter().filter(|(id, _)| is_of_part(id));
            own.map(|(_, estimate)| estimate.clone()).collect()
        };
        Arc::ptr_eq(&self.report, &other.report)
            || mine.meta == theirs.meta
                && mine.options == theirs.options
                && mine.counts == theirs.counts
                && is_pending(self.part.id, mine) == is_pending(self.part.id, theirs)
                && mine.comparison == theirs.comparison
                && metrics(mine) == metrics(theirs)
                && (self.part.is_same)(mine, theirs)
    }
}

fn is_pending(part: &str, report: &Report) -> bool {
    report.pending.iter().any(|id| id == part)
}

/// Everything below the bar.
#[component]
pub fn Page() -> impl IntoView {
    let state = expect_context::<State>();
    let is_made = Memo::new(move |_| state.report.with(Option::is_some));
    let awaited = move || {
        if state.is_busy.get() {
            "Computing the report …"
        } else {
            "The report could not be made. The reason stands above; close these files, or add others."
        }
    };
    view! {
        <div class="page" aria-busy=move || state.is_busy.get().to_string()>
            {move || if is_made.get() {
                view! { <Made /> }.into_any()
            } else {
                view! {
                    <div class="row" style:padding="24px 0">
                        <p class="missing" role="status">{awaited}</p>
                        <Show when=move || state.is_busy.get()>
                            <button type="button" on:click=move |_| action::stop_computing(state)>"Stop"</button>
                        </Show>
                    </div>
                }
                .into_any()
            }}
        </div>
    }
}

/// A report that is made, at least in its first numbers.
#[component]
fn Made() -> impl IntoView {
    let state = expect_context::<State>();
    provide_context(Found::of(state));
    let report = Signal::derive(move || state.report.get().unwrap_or_default());
    let cautions = Memo::new(move |_| report.with(|report| report.cautions.clone()));
    let cautions = move || {
        cautions
            .get()
            .into_iter()
            .map(|caution| view! { <p class="caution">{caution}</p> })
            .collect_view()
    };
    let left_out = Memo::new(move |_| report.with(|report| report.left_out.clone()));
    let left_out = move || {
        left_out
            .get()
            .into_iter()
            .map(|own| view! { <p class="missing">{own.words()}</p> })
            .collect_view()
    };
    let gaps = Memo::new(move |_| {
        report.with(|report| {
            PARTS
                .iter()
                .map(|part| (part.missing)(report).is_some())
                .collect::<Vec<_>>()
        })
    });
    let head = || {
        view! {
            <VerdictLine />
            <VerificationLine />
            <DecisionLine />
        }
        .into_any()
    };
    let answers = move || view! { <Answers report /> }.into_any();
    let contents = move || view! { {move || view! { <Contents gaps=gaps.get() /> }} }.into_any();
    let parts = PARTS.iter().map(|part| {
        let draw = move || view! { <PartSection part report /> }.into_any();
        view! { <Soon draw /> }
    });
    view! {
        <Soon draw=head />
        <Soon draw=answers />
        {cautions}
        {left_out}
        <div class="columns">
            <Soon draw=contents />
            <div style:min-width="0">
                <Soon draw=|| view! { <RunTable /> }.into_any() />
                {parts.collect_view()}
                <Later height=480 draw=|| view! { <ReviewSection /> }.into_any() />
                <Later height=640 draw=move || view! { <DataPart report /> }.into_any() />
                <Methods />
            </div>
        </div>
    }
}

/// The Data section, anew when what it shows changes.
#[component]
fn DataPart(report: Signal<Arc<Report>>) -> impl IntoView {
    let shown = Memo::new(move |_| Read(report.get()));
    move || view! { <DataSection report=shown.get().0 /> }
}

/// A report as far as it tells what was read.
#[derive(Clone)]
struct Read(Arc<Report>);

impl PartialEq for Read {
    fn eq(&self, other: &Self) -> bool {
        let told = |report: &Report| {
            (
                report.counts,
                report.meta.clone(),
                report.rule.clone(),
                report.files.clone(),
            )
        };
        told(&self.0) == told(&other.0) && self.0.problems == other.0.problems
    }
}

#[component]
fn Contents(
    /// Which of the parts have nothing to show.
    gaps: Vec<bool>,
) -> impl IntoView {
    let links = PARTS
        .iter()
        .zip(gaps)
        .map(|(part, is_empty)| (part.id, part.title, is_empty));
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
        let Some(root) = target.map(|target| target.get_root_node()) else {
            return;
        };
        // What stands above has to have its height before the page scrolls past it.
        turn::finish();
        let scroll = move || {
            if let Ok(root) = wasm_bindgen::JsCast::dyn_into::<web_sys::ShadowRoot>(root)
                && let Some(section) = root.get_element_by_id(id)
            {
                section.scroll_into_view();
                drop(wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(section).focus());
            }
        };
        set_timeout(scroll, std::time::Duration::ZERO);
    };
    let links = links.map(|(id, title, is_empty)| {
        view! { <a href=format!("#{id}") class:empty=is_empty on:click=move |event| jump(id, event)>{title}</a> }
    });
    view! { <nav class="contents" aria-label="Sections">{links.collect_view()}</nav> }
}

/// A section: its title at once, what is in it by and by.
#[component]
fn PartSection(part: &'static Part, report: Signal<Arc<Report>>) -> impl IntoView {
    let shown = Memo::new(move |_| Shown {
        part,
        report: report.get(),
    });
    // What changes later is drawn in a task of its own.
    let drawn = RwSignal::new(shown.get_untracked());
    Effect::new(move |was_drawn: Option<()>| {
        let next = shown.get();
        if was_drawn.is_some() {
            turn::soon(move || drop(drawn.try_set(next)));
        }
    });
    let state_of = move |shown: &Shown| match (part.missing)(&shown.report) {
        _ if part.id == "compare" && is_pending(part.id, &shown.report) => Filling::Awaited,
        Some(_) => Filling::Missing,
        None => Filling::There,
    };
    let filling = Memo::new(move |_| drawn.with(state_of));
    let body = move || match filling.get() {
        Filling::Awaited => view! { <p class="missing">"Comparing with the baseline …"</p> }.into_any(),
        Filling::Missing => (move || missing(part, &drawn.get().report)).into_any(),
        Filling::There => view! { <Filled part drawn /> }.into_any(),
    };
    let is_absent = Memo::new(move |_| {
        let report = shown.get().report;
        !is_pending(part.id, &report) && (part.missing)(&report).is_some()
    });
    view! {
        <section class="section" class:absent=move || is_absent.get() id=part.id tabindex="-1" aria-labelledby=format!("{}-title", part.id)>
            <h2 id=format!("{}-title", part.id)>{part.title}</h2>
            {body}
        </section>
    }
}

/// What a section can show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filling {
    /// It is being computed.
    Awaited,
    /// The files do not hold it.
    Missing,
    /// It is there.
    There,
}

/// Why a section is empty, and what can be chosen to fill it.
fn missing(part: &'static Part, report: &Arc<Report>) -> impl IntoView + use<> {
    let why = (part.missing)(report).unwrap_or_default().to_owned();
    view! {
        <p class="missing">{why}</p>
        <Choices id=part.id report=report.clone() />
    }
}

/// Height that is kept free for a section until it is drawn, CSS pixels.
const HEIGHT: u32 = 560;

/// A section that has something to show: drawn when it comes near the screen, one chart a task.
#[component]
fn Filled(part: &'static Part, drawn: RwSignal<Shown>) -> impl IntoView {
    let draw = move || view! { <Content part drawn /> }.into_any();
    view! { <Later height=HEIGHT draw /> }
}

/// The charts of a section; each changes by itself.
#[derive(Clone)]
struct Plots(Vec<(&'static ChartKind, RwSignal<Option<Arc<Plotted>>>)>);

impl Plots {
    fn of(section: &str) -> Self {
        let own = CHARTS.iter().filter(|kind| kind.section == section);
        Self(own.map(|kind| (kind, RwSignal::new(None))).collect())
    }

    fn kinds(&self) -> Vec<&'static ChartKind> {
        self.0.iter().map(|(kind, _)| *kind).collect()
    }

    /// Which of them there are.
    fn present(&self) -> Vec<bool> {
        self.0
            .iter()
            .map(|(_, chart)| chart.with_untracked(Option::is_some))
            .collect()
    }

    /// Shows other drawings: all at once where others are there than before, else one a task.
    fn show(&self, next: Vec<Option<Arc<Plotted>>>) {
        let is_same = self.present() == next.iter().map(Option::is_some).collect::<Vec<_>>();
        for ((_, chart), next) in self.0.iter().zip(next) {
            let chart = *chart;
            if chart.with_untracked(|before| *before == next) {
                continue;
            }
            let show = move || drop(chart.try_set(next));
            if is_same { turn::soon(show) } else { show() }
        }
    }
}

/// What stands in a section: drawn anew, chart by chart, when its report or its width changes.
#[component]
fn Content(part: &'static Part, drawn: RwSignal<Shown>) -> impl IntoView {
    let state = expect_context::<State>();
    let plots = Plots::of(part.id);
    let present = RwSignal::new(Vec::new());
    // The report whose words are shown, with the reading of its first chart.
    let told = RwSignal::new(None::<Told>);
    let newest = StoredValue::new(0_u32);
    let drawing = plots.clone();
    Effect::new(move |_| {
        let (report, width) = (drawn.get().report, state.width.get());
        let round = newest.get_value() + 1;
        newest.set_value(round);
        let is_wanted = move || newest.try_get_value() == Some(round);
        let (plots, words) = (drawing.clone(), report.clone());
        plot::draw(drawing.kinds(), report, width, is_wanted, move |charts| {
            let reading = charts.iter().flatten().next().map(|first| first.reading().to_owned());
            plots.show(charts);
            present.set(plots.present());
            told.set(Some(Told { report: words, reading }));
        });
    });
    let layout = Memo::new(move |_| present.get());
    view! {
        // Without a height of its own until it is drawn, what stands below would come near the screen too early.
        <div style:min-height=move || if told.with(Option::is_none) { format!("{HEIGHT}px") } else { String::new() }>
            {move || told.get().map(|told| view! { <Words part told /> })}
            {move || layout.get().contains(&true).then(|| stacks(part, &plots, &layout.get()))}
            {move || told.get().map(|told| view! { <Numbers part report=told.report /> })}
        </div>
    }
}

/// A report, and what its first chart says.
#[derive(Clone)]
struct Told {
    report: Arc<Report>,
    reading: Option<String>,
}

/// The charts in one or two columns: the first chart and what lies under it share one, the others fill the second.
fn stacks(part: &'static Part, plots: &Plots, present: &[bool]) -> impl IntoView + use<> {
    let own: Vec<_> = plots
        .0
        .iter()
        .zip(present)
        .filter(|(_, is_there)| **is_there)
        .map(|(plot, _)| *plot)
        .collect();
    let columns = own.len().min(2);
    let stack = |column: usize| {
        let of_column = own
            .iter()
            .enumerate()
            .filter(|(place, _)| column_of(part.id, *place) == column);
        let plots = of_column.map(|(_, (kind, chart))| {
            let (kind, chart) = (*kind, *chart);
            // The page is made for one chart a task.
            let draw = move || view! { <Plot kind chart /> }.into_any();
            view! { <Later height=380 draw /> }
        });
        view! { <div class="stack">{plots.collect_view()}</div> }
    };
    view! { <div class="plots" class:single=columns == 1>{(0..columns).map(stack).collect_view()}</div> }
}

/// What stands above the charts of a section: the sentence that reads them, cautions and choices.
#[component]
fn Words(part: &'static Part, told: Told) -> impl IntoView {
    let Told { report, reading } = told;
    let reading = match part.id {
        "compare" => report.comparison.as_ref().map(|comparison| comparison.sentence.clone()),
        "accuracy" => Some(report::sentence(&report, Question::Right)),
        "drift" => report.comparison.as_ref().and_then(drift),
        "agreement" => reading.map(|reading| agreed(&report, &reading)),
        "calibration" => reading.map(|reading| match report::smooth_error(&report) {
            Some(more) => format!("{reading} {more}"),
            None => reading,
        }),
        _ => reading,
    };
    let has_files = expect_context::<State>().set.with_untracked(|set| !set.runs.is_empty());
    let extra = match part.id {
        // What comes from a link alone cannot be computed anew.
        "calibration" | "latency" if !has_files => None,
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
    view! {
        {reading.map(|reading| view! { <p class="reading-line">{text::tied(&reading)}</p> })}
        {cautions(part.id, &report).into_iter().map(|caution| view! { <p class="caution">{text::tied(&caution)}</p> }).collect_view()}
        {extra}
    }
}

/// What stands below the charts of a section: its tables and metrics.
#[component]
fn Numbers(part: &'static Part, report: Arc<Report>) -> impl IntoView {
    view! {
        {table::tables(part.id, &report)}
        <MetricTable part=part.id report />
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
        "slices" if report.counts.items < report.counts.read && report.slices.ready().is_some() => vec![
            "Items repeat here. Tests of slices and the interval of the weakest take every sample as independent, so they \
             claim more than repeats can show: read weak slices as hints."
                .to_owned(),
        ],
        "fairness" if report.metrics.get("fairness.equalised-odds").is_some_and(|odds| odds.value.is_some()) => vec![
            "Where groups differ in how often the positive class occurs, no score but a perfect one is both calibrated in \
             every group and free of differences in error rates."
                .to_owned(),
        ],
        _ => Vec::new(),
    }
}
