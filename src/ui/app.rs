//! The page: what stands where, what is dropped and which keys are heard.

use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::DragEvent;

use super::{
    action, bar,
    bar::Bar,
    drop,
    help::{self, Help},
    notice::{Notices, Reading},
    page::Page,
    panel::SamplePanel,
    review::{address, note::NoteDialog, print::Sheet, secret::PassphraseDialog, share::ShareDialog, traffic::Traffic},
    start::{self, Start},
    state::{Stage, State},
    turn,
};

/// All that `<assay-review>` shows.
#[component]
pub fn App() -> impl IntoView {
    let state = State::new();
    provide_context(state);
    state.theme.set(bar::remembered_theme());
    address::follow(state);
    action::warm(state);
    let print = leptos::ev::Custom::<web_sys::Event>::new("beforeprint");
    let print = window_event_listener(print, |_| turn::finish());
    on_cleanup(move || print.remove());
    on_cleanup(move || {
        if let Some(thread) = state.thread.try_get_value().flatten() {
            thread.forget();
        }
    });
    let root = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let theme = state.theme.get();
        // The tokens look at the element itself, so that a page can choose the theme of a widget too.
        let shadow = root
            .get()
            .and_then(|root| root.get_root_node().dyn_into::<web_sys::ShadowRoot>().ok());
        if let Some(host) = shadow.map(|shadow| shadow.host()) {
            let _ = host.set_attribute("data-theme", &theme);
        }
    });
    Effect::new(move |_| {
        let shadow = root
            .get()
            .and_then(|root| root.get_root_node().dyn_into::<web_sys::ShadowRoot>().ok());
        if let Some(host) = shadow.map(|shadow| shadow.host()) {
            start::open_named(state, &host);
        }
    });
    let over = RwSignal::new(false);
    let keys = window_event_listener(leptos::ev::keydown, move |event| help::press(state, &event));
    on_cleanup(move || keys.remove());
    let on_drag = move |event: DragEvent| {
        if event
            .data_transfer()
            .is_some_and(|dragged| drop::carries_files(&dragged))
        {
            event.prevent_default();
            over.set(true);
        }
    };
    let on_leave = move |event: DragEvent| {
        // Leaving for a child is not leaving.
        if event.related_target().is_none() {
            over.set(false);
        }
    };
    let on_drop = move |event: DragEvent| {
        over.set(false);
        if let Some(dropped) = event.data_transfer().filter(drop::carries_files) {
            event.prevent_default();
            let is_added = state.set.with_untracked(|set| !set.runs.is_empty());
            drop::collect(&dropped, move |files| action::open_files(state, files, is_added));
        }
    };
    let is_empty = Memo::new(move |_| state.set.with(|set| set.runs.is_empty()) && state.report.with(Option::is_none));
    let is_reading = turn::behind(Memo::new(move |_| {
        state.stage.with(|stage| matches!(stage, Stage::Reading { .. }))
    }));
    view! {
        <div
            class="root"
            node_ref=root
            on:dragenter=on_drag
            on:dragover=on_drag
            on:dragleave=on_leave
            on:drop=on_drop
        >
            <Bar />
            <Notices />
            <Reading />
            <Measured>
                <Show when=move || !is_empty.get() fallback=move || (!is_reading.get()).then(|| view! { <Start /> })>
                    <Page />
                </Show>
            </Measured>
            <SamplePanel />
            <Help />
            <NoteDialog />
            <ShareDialog />
            <PassphraseDialog />
            <Traffic />
            <Sheet />
            <Show when=move || over.get()>
                <div class="overlay">"Drop to open"</div>
            </Show>
        </div>
    }
}

/// Keeps the width for charts true while the window or the element around the page changes.
#[component]
fn Measured(children: Children) -> impl IntoView {
    let state = expect_context::<State>();
    let place = NodeRef::<html::Main>::new();
    Effect::new(move |_| {
        let Some(place) = place.get() else { return };
        let measured = place.clone();
        let measure = Closure::<dyn Fn()>::new(move || {
            let width = chart_width(u32::try_from(measured.client_width()).unwrap_or(0));
            if state.width.try_get_untracked().is_some_and(|before| before != width) {
                state.width.set(width);
            }
        });
        if let Ok(observer) = web_sys::ResizeObserver::new(measure.into_js_value().unchecked_ref()) {
            observer.observe(&place);
            let observer = StoredValue::new_local(observer);
            on_cleanup(move || observer.with_value(web_sys::ResizeObserver::disconnect));
        }
    });
    view! { <main node_ref=place>{children()}</main> }
}

/// Width of a chart that fills its section, for a page of `page` px: the paddings and columns of the style sheet.
fn chart_width(page: u32) -> u32 {
    let padding = if page <= 640 { 32 } else { 48 };
    let inner = page.min(1440).saturating_sub(padding);
    let contents = if page <= 900 { 0 } else { 152 + 32 };
    inner.saturating_sub(contents).max(280)
}
