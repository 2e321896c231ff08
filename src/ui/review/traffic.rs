//! How many requests the page made since it loaded: a line that anybody can check against the browser's own tools.

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{PerformanceEntry, PerformanceObserver, PerformanceObserverEntryList, PerformanceObserverInit};

/// The line.
#[component]
pub fn Traffic() -> impl IntoView {
    let own = RwSignal::new(0_u32);
    let elsewhere = RwSignal::new(0_u32);
    let origin = window().location().origin().unwrap_or_default();
    let hear = Closure::<dyn Fn(PerformanceObserverEntryList)>::new(move |list: PerformanceObserverEntryList| {
        for entry in list.get_entries().iter() {
            let name = entry.unchecked_into::<PerformanceEntry>().name();
            // Blobs and data addresses are made in the page and go nowhere.
            if name.starts_with("blob:") || name.starts_with("data:") {
                continue;
            }
            let counter = if name.starts_with(&origin) { own } else { elsewhere };
            counter.try_update(|count| *count += 1);
        }
    });
    if let Ok(observer) = PerformanceObserver::new(hear.into_js_value().unchecked_ref()) {
        // An observer hears of what is requested from now on: the page itself has loaded.
        observer.observe(&PerformanceObserverInit::new(&Array::of1(&JsValue::from_str(
            "resource",
        ))));
        let observer = StoredValue::new_local(observer);
        on_cleanup(move || observer.with_value(PerformanceObserver::disconnect));
    }
    view! {
        <footer class="traffic small muted">
            {move || {
                format!(
                    "Requests since load: {} to other hosts, {} for the page's own files.",
                    elsewhere.get(),
                    own.get()
                )
            }}
        </footer>
    }
}
