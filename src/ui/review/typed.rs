//! A text that is kept as it is typed: shortly after the last key, before long where keys do not rest, and at once when the
//! field or the page is left.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, time::Duration};

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use wasm_bindgen::JsCast;

use crate::{
    text,
    ui::{action, state::State},
};

/// How long typing has to rest before the text is kept.
const REST: Duration = Duration::from_millis(300);
/// How long the first key waits at most, milliseconds.
const MOST_WAIT_MS: f64 = 800.0;

/// A text that is being typed.
struct Waiting {
    text: String,
    commit: Rc<dyn Fn(String)>,
    since_ms: f64,
    timer: Option<TimeoutHandle>,
}

/// What is being typed, by field.
#[derive(Default)]
struct Fields {
    waiting: BTreeMap<u32, Waiting>,
    count: u32,
}

thread_local! {
    static FIELDS: RefCell<Fields> = RefCell::default();
}

fn new_field() -> u32 {
    FIELDS.with_borrow_mut(|fields| {
        fields.count = fields.count.wrapping_add(1);
        fields.count
    })
}

fn take(field: u32) -> Option<Waiting> {
    let waiting = FIELDS.with_borrow_mut(|fields| fields.waiting.remove(&field))?;
    if let Some(timer) = &waiting.timer {
        timer.clear();
    }
    Some(waiting)
}

/// `text` stands in the field now and is given to `commit` soon.
fn wait(field: u32, text: String, commit: Rc<dyn Fn(String)>) {
    let now = action::now_ms();
    let since_ms = take(field).map_or(now, |before| before.since_ms);
    let left = Duration::from_secs_f64((MOST_WAIT_MS - (now - since_ms)).max(0.0) / 1000.0);
    let timer = set_timeout_with_handle(move || keep(field), REST.min(left)).ok();
    let waiting = Waiting {
        text,
        commit,
        since_ms,
        timer,
    };
    FIELDS.with_borrow_mut(|fields| drop(fields.waiting.insert(field, waiting)));
}

fn keep(field: u32) {
    if let Some(waiting) = take(field) {
        (waiting.commit)(waiting.text);
    }
}

/// Keeps everything that is being typed now.
pub fn finish() {
    let fields: Vec<u32> = FIELDS.with_borrow(|fields| fields.waiting.keys().copied().collect());
    fields.into_iter().for_each(keep);
}

/// Puts the focus into the first field of the last of `items`, a selector, once what the click added is drawn.
pub fn enter_newest(event: &web_sys::MouseEvent, items: &'static str) {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Node>().ok());
    let Some(root) = target.and_then(|target| target.get_root_node().dyn_into::<web_sys::ShadowRoot>().ok()) else {
        return;
    };
    let enter = move || {
        let all = root.query_selector_all(items).ok();
        let newest = all.and_then(|all| all.item(all.length().checked_sub(1)?));
        let newest = newest.and_then(|node| node.dyn_into::<web_sys::Element>().ok());
        let field = newest.and_then(|newest| newest.query_selector("input, select, textarea").ok().flatten());
        if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
            // A browser that refuses leaves the focus where it was.
            let _ = field.focus();
        }
    };
    set_timeout(enter, Duration::ZERO);
}

/// Whether a text is one that its field can hold.
pub type Reads = Rc<dyn Fn(&str) -> bool>;

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
    /// Whether it can be read; said at the field once it is left.
    #[prop(optional)]
    reads: Option<Reads>,
) -> impl IntoView {
    let own = new_field();
    let fault = RwSignal::new(None::<String>);
    let unread = expect_context::<State>().desk.unread;
    let mark = move |is_wrong: bool| {
        if unread.try_with_untracked(|unread| unread.contains(&own)) == Some(!is_wrong) {
            unread.update(|unread| {
                if is_wrong {
                    unread.insert(own);
                } else {
                    unread.remove(&own);
                }
            });
        }
    };
    on_cleanup(move || mark(false));
    let (later, at_once) = (commit.clone(), commit);
    let typed = move |text: String| wait(own, text, later.clone());
    let left = move |text: String| {
        drop(take(own));
        let is_wrong = !text.trim().is_empty() && reads.as_ref().is_some_and(|reads| !reads(&text));
        fault.set(is_wrong.then(|| format!("“{}” is not read; write it like {hint}.", text::shortened(&text, 40))));
        mark(is_wrong);
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
                aria-invalid=move || fault.with(Option::is_some).to_string()
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
            {move || fault.get().map(|fault| view! { <span class="fault" role="alert">{fault}</span> })}
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
