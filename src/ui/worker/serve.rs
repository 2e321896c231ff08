//! The worker's end: takes questions from the port and answers them.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageEvent, MessagePort};

use super::{
    desk, hash,
    message::{Computing, Failure, Progress, Request, ToPage, ToWorker, Turn},
    seal,
};

/// Progress is told at most this often; a person sees no more.
const PROGRESS_INTERVAL_MS: f64 = 70.0;

thread_local! {
    /// Where a panic is reported; the panic hook can hold no JavaScript value of its own.
    static PANIC_PORT: RefCell<Option<MessagePort>> = const { RefCell::new(None) };
}

/// Starts to answer what arrives on `port`. Called once, by the worker's script.
#[wasm_bindgen]
pub fn serve(port: MessagePort) {
    report_panics(port.clone());
    let cancels = Cancels::default();
    let answer_to = port.clone();
    let listen =
        Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            match serde_wasm_bindgen::from_value(event.data()) {
                Ok(ToWorker::Ask { turn, request }) => {
                    let answering = Answering::new(turn, answer_to.clone(), &cancels);
                    spawn_local(async move { answering.answer(request).await });
                }
                Ok(ToWorker::Cancel { turn }) => {
                    if let Some(cancelled) = cancels.borrow().get(&turn) {
                        cancelled.set(true);
                    }
                }
                Err(error) => post(&answer_to, &ToPage::Broken { why: error.to_string() }),
            }
        });
    // Setting the handler, unlike adding a listener, also opens the port. It lives as long as the worker.
    port.set_onmessage(Some(listen.into_js_value().unchecked_ref()));
}

type Cancels = Rc<RefCell<HashMap<Turn, Rc<Cell<bool>>>>>;

/// One question being answered: where its progress goes, and whether the page still wants it.
pub struct Answering {
    turn: Turn,
    port: MessagePort,
    cancelled: Rc<Cell<bool>>,
    cancels: Cancels,
    told_at_ms: Cell<f64>,
    samples: Cell<u64>,
}

impl Answering {
    fn new(turn: Turn, port: MessagePort, cancels: &Cancels) -> Self {
        let cancelled = Rc::new(Cell::new(false));
        cancels.borrow_mut().insert(turn, cancelled.clone());
        Self {
            turn,
            port,
            cancelled,
            cancels: cancels.clone(),
            told_at_ms: Cell::new(f64::NEG_INFINITY),
            samples: Cell::new(0),
        }
    }

    /// Whether the page asked to stop. It can be heard only between two awaits of something the browser does.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.get()
    }

    /// Tells the page how far the answer is; more often than a person can see, it is left unsaid.
    pub fn progress(&self, bytes_read: u64, bytes_total: u64) {
        if !self.is_time_to_tell() {
            return;
        }
        let progress = Progress {
            bytes_read,
            bytes_total,
            samples: self.samples.get(),
        };
        post(
            &self.port,
            &ToPage::Progress {
                turn: self.turn,
                progress,
            },
        );
    }

    fn is_time_to_tell(&self) -> bool {
        let now_ms = js_sys::Date::now();
        let is_time = now_ms - self.told_at_ms.get() >= PROGRESS_INTERVAL_MS;
        if is_time {
            self.told_at_ms.set(now_ms);
        }
        is_time
    }

    /// Tells the page what is computed, in words; more often than a person can see, it is left unsaid.
    pub fn computing(&self, words: impl FnOnce() -> String) {
        if self.is_time_to_tell() {
            let computing = Computing { words: words() };
            let turn = self.turn;
            post(&self.port, &ToPage::Computing { turn, computing });
        }
    }

    /// Gives a first answer ahead of the whole one.
    ///
    /// # Errors
    /// [`Failure::Broken`] where it cannot cross.
    pub fn first(&self, answer: &impl Serialize) -> Result<(), Failure> {
        let answer =
            serde_wasm_bindgen::to_value(answer).map_err(|error| Failure::Broken { why: error.to_string() })?;
        let turn = self.turn;
        post(&self.port, &ToPage::First { turn, answer });
        Ok(())
    }

    /// Notes how many samples were found so far, for the next word on progress.
    pub fn found(&self, samples: u64) {
        self.samples.set(samples);
    }

    async fn answer(self, request: Request) {
        match request {
            Request::Hash(question) => self.settle(hash::answer(question, &self).await),
            Request::Load(question) => self.settle(desk::load(question, &self).await),
            Request::MakeReport(question) => self.settle(desk::report(&question, &self).await),
            Request::Measure(question) => self.settle(desk::measure(&question)),
            Request::List(question) => self.settle(desk::list(&question)),
            Request::Open(question) => self.settle(desk::open(question).await),
            Request::Seal(question) => self.settle(seal::answer(&question)),
        }
    }

    fn settle<A: Serialize>(&self, outcome: Result<A, Failure>) {
        let turn = self.turn;
        let said = match outcome {
            Ok(answer) => match serde_wasm_bindgen::to_value(&answer) {
                Ok(answer) => ToPage::Answer { turn, answer },
                Err(error) => ToPage::Failure {
                    turn,
                    failure: Failure::Broken { why: error.to_string() },
                },
            },
            Err(failure) => ToPage::Failure { turn, failure },
        };
        post(&self.port, &said);
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.cancels.borrow_mut().remove(&self.turn);
    }
}

/// Says `message` to the page. Neither step can fail for messages of ours; if one did, the worker's error handler tells.
fn post(port: &MessagePort, message: &ToPage) {
    let said = serde_wasm_bindgen::to_value(message)
        .map_err(JsValue::from)
        .and_then(|value| port.post_message(&value));
    if let Err(error) = said {
        wasm_bindgen::throw_val(error);
    }
}

/// Tells the page of a panic in its own words, before the browser tells it of the trap that follows.
fn report_panics(port: MessagePort) {
    PANIC_PORT.with_borrow_mut(|place| *place = Some(port));
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        PANIC_PORT.with_borrow(|port| {
            if let Some(port) = port {
                post(port, &ToPage::Broken { why: panic.to_string() });
            }
        });
    }));
}
