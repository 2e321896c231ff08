//! Drawing by and by: one piece a task, what is near the screen first, so that no piece holds up a frame.

use std::{cell::RefCell, collections::VecDeque, rc::Rc, time::Duration};

use gloo::timers::future::TimeoutFuture;
use leptos::{html, prelude::*};
use wasm_bindgen::{closure::Closure, prelude::*};
use web_sys::Element;

type Job = Box<dyn FnOnce()>;

/// What waits to be drawn.
#[derive(Default)]
struct Queue {
    /// On the screen or close to it.
    near: VecDeque<Job>,
    /// Anywhere else: drawn when there is nothing better to do.
    far: VecDeque<Job>,
    is_under_way: bool,
    is_idle_asked: bool,
    /// Nothing is put off.
    is_finishing: bool,
}

thread_local! {
    static QUEUE: RefCell<Queue> = RefCell::default();
}

#[wasm_bindgen]
extern "C" {
    type IntersectionObserver;
    #[wasm_bindgen(constructor)]
    fn new(seen: &JsValue, options: &JsValue) -> IntersectionObserver;
    #[wasm_bindgen(method)]
    fn observe(this: &IntersectionObserver, target: &Element);
    #[wasm_bindgen(method)]
    fn disconnect(this: &IntersectionObserver);

    type Seen;
    #[wasm_bindgen(method, getter, js_name = isIntersecting)]
    fn is_intersecting(this: &Seen) -> bool;

    #[wasm_bindgen(catch, js_name = requestIdleCallback)]
    fn request_idle_callback(job: &JsValue, options: &JsValue) -> Result<f64, JsValue>;
}

/// How far beyond the screen things are drawn at once.
const MARGIN: &str = "400px 0px";
/// Idle work is not put off for longer than this while the page is busy.
const MOST_IDLE_MS: f64 = 1000.0;

/// Does `job` in a task of its own, after those that wait already; at once while nothing is put off.
pub fn soon(job: impl FnOnce() + 'static) {
    if QUEUE.with_borrow(|queue| queue.is_finishing) {
        return job();
    }
    QUEUE.with_borrow_mut(|queue| queue.near.push_back(Box::new(job)));
    go_on();
}

/// Does `job` when the page has nothing else to do.
pub fn idly(job: impl FnOnce() + 'static) {
    QUEUE.with_borrow_mut(|queue| queue.far.push_back(Box::new(job)));
    ask_for_idle_time();
}

/// Does everything that waits, now: before printing, and before somebody jumps to what stands below it.
pub fn finish() {
    QUEUE.with_borrow_mut(|queue| queue.is_finishing = true);
    while let Some(job) = take(true) {
        job();
    }
    // What these jobs draw is made before the next task, and may itself hold what would be put off.
    set_timeout(
        || QUEUE.with_borrow_mut(|queue| queue.is_finishing = false),
        Duration::ZERO,
    );
}

/// Ends the task here: what follows is done in the next one, so that frames and clicks come in between.
pub async fn breath() {
    TimeoutFuture::new(0).await;
}

/// `value` as it was a task ago: what hangs on it is drawn in a task of its own, not in that of whoever changed it.
pub fn behind<T: Clone + PartialEq + Send + Sync + 'static>(value: Memo<T>) -> ReadSignal<T> {
    let shown = RwSignal::new(value.get_untracked());
    Effect::new(move |was_read: Option<()>| {
        let next = value.get();
        if was_read.is_some() {
            soon(move || drop(shown.try_set(next)));
        }
    });
    shown.read_only()
}

fn take(with_far: bool) -> Option<Job> {
    QUEUE.with_borrow_mut(|queue| {
        let far = |queue: &mut Queue| if with_far { queue.far.pop_front() } else { None };
        queue.near.pop_front().or_else(|| far(queue))
    })
}

fn go_on() {
    let starts =
        QUEUE.with_borrow_mut(|queue| !queue.near.is_empty() && !std::mem::replace(&mut queue.is_under_way, true));
    if starts {
        set_timeout(
            || {
                QUEUE.with_borrow_mut(|queue| queue.is_under_way = false);
                if let Some(job) = take(false) {
                    job();
                }
                go_on();
            },
            Duration::ZERO,
        );
    }
}

fn ask_for_idle_time() {
    let asks =
        QUEUE.with_borrow_mut(|queue| !queue.far.is_empty() && !std::mem::replace(&mut queue.is_idle_asked, true));
    if !asks {
        return;
    }
    let work = || {
        QUEUE.with_borrow_mut(|queue| queue.is_idle_asked = false);
        if let Some(job) = take(true) {
            job();
        }
        ask_for_idle_time();
    };
    let options = js_sys::Object::new();
    // Setting a field of a fresh object cannot fail.
    let _ = js_sys::Reflect::set(&options, &"timeout".into(), &MOST_IDLE_MS.into());
    let called = Closure::once_into_js(work);
    if request_idle_callback(&called, &options).is_err() {
        // Safari has no idle time to ask for.
        set_timeout(
            move || drop(called.unchecked_ref::<js_sys::Function>().call0(&JsValue::NULL)),
            Duration::from_millis(30),
        );
    }
}

/// Calls `seen` once `element` comes near the screen, and stops looking when the returned guard is dropped.
fn when_near(element: &Element, seen: impl Fn() + 'static) -> Watching {
    let called = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
        if entries
            .iter()
            .any(|entry| entry.unchecked_into::<Seen>().is_intersecting())
        {
            seen();
        }
    });
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"rootMargin".into(), &MARGIN.into());
    let observer = IntersectionObserver::new(called.as_ref(), &options);
    observer.observe(element);
    Watching {
        observer,
        _called: called,
    }
}

struct Watching {
    observer: IntersectionObserver,
    _called: Closure<dyn Fn(js_sys::Array)>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Something that is drawn once it comes near the screen, or when there is time; until then a space of about its height.
#[component]
pub fn Later(
    /// Height to keep free, CSS pixels.
    #[prop(default = 320)]
    height: u32,
    /// Draws it.
    draw: impl Fn() -> AnyView + Send + 'static,
) -> impl IntoView {
    let is_due = RwSignal::new(QUEUE.with_borrow(|queue| queue.is_finishing));
    let place = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let Some(place) = place.get().filter(|_| !is_due.get_untracked()) else {
            return;
        };
        let show = move || {
            if is_due.try_get_untracked() == Some(false) {
                is_due.set(true);
            }
        };
        let watching = when_near(&place, move || soon(show));
        let watching = StoredValue::new_local(Some(Rc::new(watching)));
        // What is drawn already needs no watching.
        Effect::new(move |_| {
            if is_due.get() {
                watching.set_value(None);
            }
        });
        idly(show);
    });
    view! {
        <div class="later" node_ref=place style:min-height=move || if is_due.get() { String::new() } else { format!("{height}px") }>
            {move || is_due.get().then(&draw)}
        </div>
    }
}

/// Something that is drawn in a task of its own, after what waits already.
#[component]
pub fn Soon(
    /// Draws it.
    draw: impl Fn() -> AnyView + Send + 'static,
) -> impl IntoView {
    let is_due = RwSignal::new(false);
    soon(move || {
        // Whoever is gone by then has nothing to draw.
        let _ = is_due.try_set(true);
    });
    move || is_due.get().then(&draw)
}

/// A fold whose content is made when it is opened first.
#[component]
pub fn Fold(
    /// Its summary.
    title: String,
    /// Draws what is in it.
    draw: impl Fn() -> AnyView + Send + 'static,
) -> impl IntoView {
    let was_opened = RwSignal::new(false);
    view! {
        <details on:toggle=move |_| was_opened.set(true)>
            <summary>{title}</summary>
            {move || was_opened.get().then(&draw)}
        </details>
    }
}
