//! A text that is kept as it is typed: shortly after the last key, and at once when the field is left.

use std::{rc::Rc, time::Duration};

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

/// How long typing has to rest before the text is kept.
const REST: Duration = Duration::from_millis(300);

/// A field with its label.
#[component]
pub fn Typed(
    /// What it is for.
    label: &'static str,
    /// What stands in it.
    value: String,
    /// Takes the text.
    commit: Rc<dyn Fn(String)>,
    /// `text`, `date`, or `long` for several lines.
    #[prop(default = "text")]
    kind: &'static str,
    /// What such a text looks like, shown while the field is empty.
    #[prop(default = "")]
    hint: &'static str,
) -> impl IntoView {
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(handle) = waiting.try_update_value(Option::take).flatten() {
            handle.clear();
        }
    };
    let (later, at_once) = (commit.clone(), commit);
    let typed = move |text: String| {
        stop();
        let commit = later.clone();
        let handle = set_timeout_with_handle(move || commit(text), REST);
        waiting.set_value(handle.ok());
    };
    let left = move |text: String| {
        stop();
        at_once(text);
    };
    let field = if kind == "long" {
        view! {
            <textarea
                rows="2"
                prop:value=value
                on:input:target=move |event| typed(event.target().value())
                on:change:target=move |event| left(event.target().value())
            ></textarea>
        }
        .into_any()
    } else {
        view! {
            <input
                type=kind
                placeholder=hint
                prop:value=value
                on:input:target=move |event| typed(event.target().value())
                on:change:target=move |event| left(event.target().value())
            />
        }
        .into_any()
    };
    view! {
        <label class="typed">
            <span>{label}</span>
            {field}
        </label>
    }
}

/// One of several, with its label.
#[component]
pub fn Choose(
    /// What it is for.
    label: &'static str,
    /// Value and words of each.
    options: Vec<(String, String)>,
    /// The value that is chosen.
    chosen: String,
    /// Takes the value.
    commit: Rc<dyn Fn(String)>,
) -> impl IntoView {
    let options = options.into_iter().map(|(value, words)| {
        let is_chosen = value == chosen;
        view! { <option value=value selected=is_chosen>{words}</option> }
    });
    let options = options.collect_view();
    view! {
        <label class="typed">
            <span>{label}</span>
            <select on:change:target=move |event| commit(event.target().value())>{options}</select>
        </label>
    }
}
