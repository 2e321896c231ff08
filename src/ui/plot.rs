//! One chart on the page: the drawing, the layer that is pointed at, and what stands below it.

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::{
    action,
    review::note::NoteButton,
    save,
    state::State,
    turn::{self, Fold},
};
use crate::{
    chart::{self, Chart, ChartKind, Frame, Subject, Table, layer},
    report::{Filter, Report},
    review::Anchor,
    text,
};

/// A chart on the page, anew when it changes.
#[component]
pub fn Plot(
    /// Which chart.
    kind: &'static ChartKind,
    /// The drawing, and the change against the baseline in words.
    chart: RwSignal<Option<Arc<Plotted>>>,
) -> impl IntoView {
    move || chart.get().map(|plotted| view! { <Drawn kind plotted /> })
}

/// A chart that is drawn, with what stands under it.
#[derive(Debug, PartialEq)]
pub struct Plotted {
    chart: Arc<Chart>,
    change: Option<String>,
    name: String,
}

impl Plotted {
    /// What the chart says, in one sentence.
    #[must_use]
    pub fn reading(&self) -> &str {
        &self.chart.reading
    }
}

/// The charts of a section of `report`, one a task; `take` gets them in the order of `kinds`, `None` where the report does
/// not hold what a chart needs. Nothing is taken once `is_wanted` says so.
pub fn draw(
    kinds: Vec<&'static ChartKind>,
    report: Arc<Report>,
    width: u32,
    is_wanted: impl Fn() -> bool + 'static,
    take: impl FnOnce(Vec<Option<Arc<Plotted>>>) + 'static,
) {
    let share = if kinds.len() > 1 { Share::Half } else { Share::Whole };
    draw_next(kinds, report, (width, share), Vec::new(), is_wanted, take);
}

/// How much of the section's width a chart takes.
#[derive(Clone, Copy, PartialEq)]
enum Share {
    Whole,
    Half,
}

fn draw_next(
    kinds: Vec<&'static ChartKind>,
    report: Arc<Report>,
    (width, share): (u32, Share),
    mut drawn: Vec<Option<Arc<Plotted>>>,
    is_wanted: impl Fn() -> bool + 'static,
    take: impl FnOnce(Vec<Option<Arc<Plotted>>>) + 'static,
) {
    turn::soon(move || {
        if !is_wanted() {
            return;
        }
        if let Some(kind) = kinds.get(drawn.len()) {
            drawn.push(plotted(kind, &report, frame(width, share)));
            return draw_next(kinds, report, (width, share), drawn, is_wanted, take);
        }
        // What was drawn to stand beside another and stands alone has the whole width.
        let is_alone = drawn.iter().flatten().count() == 1;
        if is_alone && share == Share::Half && frame(width, Share::Whole) != frame(width, share) {
            return draw_next(kinds, report, (width, Share::Whole), Vec::new(), is_wanted, take);
        }
        take(drawn);
    });
}

fn frame(width: u32, share: Share) -> Frame {
    let width = f64::from(width);
    // Two charts stand side by side from 860 px on.
    Frame::new(if share == Share::Half && width >= 880.0 {
        (width - 40.0) / 2.0
    } else {
        width
    })
}

fn plotted(kind: &ChartKind, report: &Report, frame: Frame) -> Option<Arc<Plotted>> {
    let subject = Subject::of(report);
    Some(Arc::new(Plotted {
        chart: Arc::new((kind.draw)(&subject, &frame)?),
        change: chart::change(kind, &subject),
        name: report.meta.name.clone(),
    }))
}

/// A chart that is drawn.
#[component]
fn Drawn(kind: &'static ChartKind, plotted: Arc<Plotted>) -> impl IntoView {
    let (chart, change, name) = (plotted.chart.clone(), plotted.change.clone(), plotted.name.clone());
    let tip = RwSignal::new(None::<(f64, f64, String)>);
    let legend = chart.legend.iter().map(|(paint, words)| {
        let fill = paint.css();
        view! {
            <span>
                <svg viewBox="0 0 16 12" aria-hidden="true">
                    <rect x="0" y="1" width="16" height="10" rx="2" fill=fill />
                </svg>
                {words.clone()}
            </span>
        }
    });
    let legend = legend.collect_view();
    let draw_table = {
        let chart = chart.clone();
        move || view! { <div class="scroll">{table(&chart.table)}</div> }.into_any()
    };
    view! {
        <figure class="plot" data-chart=kind.id>
            <h3>{kind.title}</h3>
            {(!chart.legend.is_empty()).then(|| view! { <div class="legend">{legend}</div> })}
            // A drawing that is made narrower than its place is not blown up.
            <div class="canvas" style:max-width=format!("{}px", chart.width) on:pointerleave=move |_| tip.set(None)>
                <div inner_html=chart.svg.clone()></div>
                <Marks chart=chart.clone() tip />
                {move || {
                    tip.get().map(|(x, y, label)| {
                        let side = if x > 50.0 { "translate(calc(-100% - 8px), -50%)" } else { "translate(12px, -50%)" };
                        view! {
                            <div class="tip" style:left=format!("{x}%") style:top=format!("{y}%") style:transform=side>
                                {label}
                            </div>
                        }
                    })
                }}
            </div>
            <p class="caption">{text::tied(&chart.caption)}</p>
            {change.map(|change| view! { <p class="caption">{text::tied(&change)}</p> })}
            <div class="folds">
                <Fold title="Table".to_owned() draw=draw_table />
                <Tools kind chart=chart.clone() name />
                <NoteButton on=Anchor::Chart(kind.id.to_owned()) />
            </div>
        </figure>
    }
}

/// The marks of a chart over its drawing: one stop for the tab key, arrows walk from mark to mark.
#[component]
fn Marks(chart: Arc<Chart>, tip: RwSignal<Option<(f64, f64, String)>>) -> impl IntoView {
    let state = expect_context::<State>();
    let drawn = layer::layer(&chart);
    let (shown, opened, walked) = (chart.clone(), chart.clone(), chart);
    let show = move |event: &web_sys::Event| {
        let mark = hit(event).and_then(|(place, _)| shown.marks.get(place));
        tip.set(mark.map(|mark| {
            let across = 100.0 * (mark.x + mark.w / 2.0) / shown.width;
            let down = 100.0 * (mark.y + mark.h / 2.0) / shown.height;
            (across, down, mark.label.clone())
        }));
    };
    let point = show.clone();
    let open = move |event: &web_sys::Event| {
        let mark = hit(event).and_then(|(place, _)| opened.marks.get(place));
        if let Some((mark, filter)) = mark.and_then(|mark| Some((mark, mark.filter.clone()?))) {
            action::show_list(state, title(&mark.label, &filter), vec![filter]);
        }
    };
    let press = open.clone();
    let keys = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
        "ArrowRight" | "ArrowDown" => walk(&event, 1, walked.marks.len()),
        "ArrowLeft" | "ArrowUp" => walk(&event, -1, walked.marks.len()),
        "Enter" | " " => {
            event.prevent_default();
            press(&event);
        }
        _ => {}
    };
    view! {
        <div
            class="layer"
            inner_html=drawn
            on:pointerover=move |event| point(&event)
            on:focusin=move |event| show(&event)
            on:focusout=move |_| tip.set(None)
            on:click=move |event| open(&event)
            on:keydown=keys
        ></div>
    }
}

/// What the samples behind a mark are called.
fn title(label: &str, filter: &Filter) -> String {
    match filter {
        Filter::Slice {
            name,
            value: Some(value),
        } => format!("{name} = {value}"),
        _ => label
            .split(['\n', ':', ';'])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned(),
    }
}

/// The mark that an event is about: its place and its element.
fn hit(event: &web_sys::Event) -> Option<(usize, web_sys::Element)> {
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    let place = target.get_attribute(layer::PLACE)?.parse().ok()?;
    Some((place, target))
}

/// Moves the focus `step` marks on from the one that has it, around the end; the tab key comes back to where it went.
fn walk(event: &web_sys::KeyboardEvent, step: isize, count: usize) {
    let Some((place, from)) = hit(event) else { return };
    event.prevent_default();
    let next = (place as isize + step).rem_euclid(count.max(1) as isize) as u32;
    let to = from.parent_element().and_then(|all| all.children().item(next));
    if let Some(to) = to {
        // Setting an attribute of a well-known name cannot fail.
        let _ = from.set_attribute("tabindex", "-1");
        let _ = to.set_attribute("tabindex", "0");
        // A rectangle of SVG has the same way to take the focus.
        drop(to.unchecked_into::<web_sys::HtmlElement>().focus());
    }
}

/// Ways to take the chart along.
#[component]
fn Tools(kind: &'static ChartKind, chart: Arc<Chart>, name: String) -> impl IntoView {
    let state = expect_context::<State>();
    let stem = file_stem(&format!("{name} {}", kind.title));
    let (as_svg, as_png, as_csv) = (chart.clone(), chart.clone(), chart);
    let (svg_name, png_name, csv_name) = (format!("{stem}.svg"), format!("{stem}.png"), format!("{stem}.csv"));
    view! {
        <div class="tools">
            <button type="button" class="quiet" on:click=move |_| save::text(&svg_name, "image/svg+xml", &as_svg.standalone())>
                "Save SVG"
            </button>
            <button
                type="button"
                class="quiet"
                on:click=move |_| {
                    let size = (as_png.width as u32, as_png.height as u32);
                    save::png(png_name.clone(), &as_png.standalone(), size, move |why| state.say(why));
                }
            >
                "Save PNG"
            </button>
            <button type="button" class="quiet" on:click=move |_| save::text(&csv_name, "text/csv", &as_csv.table.csv())>
                "Save CSV"
            </button>
        </div>
    }
}

/// A file name from words: letters, digits, dots and hyphens.
#[must_use]
pub fn file_stem(words: &str) -> String {
    let mut stem = String::new();
    for letter in words.chars() {
        match letter {
            letter if letter.is_alphanumeric() || letter == '.' => stem.extend(letter.to_lowercase()),
            _ if stem.ends_with('-') || stem.is_empty() => {}
            _ => stem.push('-'),
        }
    }
    stem.trim_end_matches(['-', '.']).chars().take(80).collect()
}

/// A table twin as HTML.
#[must_use]
pub fn table(table: &Table) -> impl IntoView + use<> {
    let is_number = |column: usize| {
        table
            .rows
            .iter()
            .any(|row| row.get(column).is_some_and(|cell| cell.value.is_some()))
    };
    let class = |column: usize| if is_number(column) { "number" } else { "" };
    let headers = table.headers.iter().enumerate().map(|(column, header)| {
        view! { <th scope="col" class=class(column)>{header.clone()}</th> }
    });
    let rows = table.rows.iter().map(|row| {
        let cells = row
            .iter()
            .enumerate()
            .map(|(column, cell)| view! { <td class=class(column)>{cell.text.clone()}</td> });
        view! { <tr>{cells.collect_view()}</tr> }
    });
    view! {
        <table>
            <caption>{table.caption.clone()}</caption>
            <thead>
                <tr>{headers.collect_view()}</tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
