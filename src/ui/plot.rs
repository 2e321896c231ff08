//! One chart on the page: the drawing, the layer that is pointed at, and what stands below it.

use std::sync::Arc;

use leptos::{html, prelude::*};

use super::{action, review::note::NoteButton, save, state::State, turn::Fold};
use crate::{
    chart::{self, Chart, ChartKind, Frame, Mark, Subject, Table},
    report::Report,
    review::Anchor,
    text,
};

/// A chart of the report on show, or nothing where the report does not hold what it needs.
#[component]
pub fn Plot(
    /// Which chart.
    kind: &'static ChartKind,
    /// The report.
    report: Arc<Report>,
    /// Share of the section's width that the chart takes.
    #[prop(default = 1.0)]
    share: f64,
) -> impl IntoView {
    let state = expect_context::<State>();
    move || {
        let width = f64::from(state.width.get());
        // Two charts stand side by side from 860 px on.
        let width = if share < 1.0 && width >= 880.0 {
            (width - 40.0) * share
        } else {
            width
        };
        let chart = (kind.draw)(&subject(&report), &Frame::new(width));
        let change = chart::change(kind, &subject(&report));
        chart.map(|chart| view! { <Drawn kind chart=Arc::new(chart) name=report.meta.name.clone() change /> })
    }
}

/// What the charts of a report are drawn of: the run, and the baseline it is compared with.
#[must_use]
pub fn subject(report: &Report) -> Subject<'_> {
    let subject = Subject::new(report);
    match &report.comparison {
        Some(comparison) => subject.against(&comparison.baseline).differing(&comparison.metrics),
        None => subject,
    }
}

/// A chart that is drawn.
#[component]
fn Drawn(kind: &'static ChartKind, chart: Arc<Chart>, name: String, change: Option<String>) -> impl IntoView {
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
            <div class="canvas" on:pointerleave=move |_| tip.set(None)>
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

/// The marks of a chart as buttons over the drawing: one stop for the tab key, arrows walk from mark to mark.
#[component]
fn Marks(chart: Arc<Chart>, tip: RwSignal<Option<(f64, f64, String)>>) -> impl IntoView {
    let state = expect_context::<State>();
    let place = NodeRef::<html::Div>::new();
    let current = RwSignal::new(0_usize);
    let count = chart.marks.len();
    let walk = move |event: web_sys::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowRight" | "ArrowDown" => 1,
            "ArrowLeft" | "ArrowUp" => count.saturating_sub(1),
            _ => return,
        };
        event.prevent_default();
        let next = (current.get_untracked() + step) % count.max(1);
        current.set(next);
        let mark = place
            .get_untracked()
            .and_then(|place| place.children().item(next as u32));
        if let Some(mark) = mark {
            drop(wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(mark).focus());
        }
    };
    let (width, height) = (chart.width, chart.height);
    let buttons = chart.marks.iter().enumerate().map(move |(index, mark)| {
        let Mark {
            x,
            y,
            w,
            h,
            label,
            filter,
        } = mark.clone();
        let shown = (
            100.0 * (x + w / 2.0) / width,
            100.0 * (y + h / 2.0) / height,
            label.clone(),
        );
        let (on_focus, on_pointer) = (shown.clone(), shown);
        let is_dead = filter.is_none();
        let title = label
            .split(['\n', ':', ';'])
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        let open = move |_| {
            if let Some(filter) = filter.clone() {
                action::show_list(state, title.clone(), vec![filter]);
            }
        };
        view! {
            <button
                type="button"
                class="mark"
                aria-label=label
                aria-disabled=is_dead.then_some("true")
                tabindex=move || if current.get() == index { "0" } else { "-1" }
                style:left=format!("{}%", 100.0 * x / width)
                style:top=format!("{}%", 100.0 * y / height)
                style:width=format!("{}%", 100.0 * w / width)
                style:height=format!("{}%", 100.0 * h / height)
                style:cursor=if is_dead { "default" } else { "pointer" }
                on:click=open
                on:pointerenter=move |_| tip.set(Some(on_pointer.clone()))
                on:focus=move |_| {
                    current.set(index);
                    tip.set(Some(on_focus.clone()));
                }
                on:blur=move |_| tip.set(None)
            ></button>
        }
    });
    let buttons = buttons.collect_view();
    view! {
        <div node_ref=place on:keydown=walk role="group" aria-label="Values of the chart; arrow keys walk, Enter opens the samples">
            {buttons}
        </div>
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
