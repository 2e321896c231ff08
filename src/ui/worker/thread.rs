//! The page's end: starts the worker, asks it, and hands each answer to whoever asked.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    marker::PhantomData,
    rc::Rc,
};

use futures_channel::oneshot;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, MessagePort, Worker};

use super::message::{Failure, Progress, Question, ToPage, ToWorker, Turn, Word, text_of};

#[wasm_bindgen(module = "/src/ui/worker/worker.js")]
extern "C" {
    type Started;

    #[wasm_bindgen(catch)]
    fn start(glue: &str, module: &JsValue, broken: &JsValue) -> Result<Started, JsValue>;
    #[wasm_bindgen(method, getter)]
    fn worker(this: &Started) -> Worker;
    #[wasm_bindgen(method, getter)]
    fn port(this: &Started) -> MessagePort;
}

#[wasm_bindgen]
extern "C" {
    /// The URL of the script that wasm-bindgen wrote; the worker imports it too.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static GLUE: String;
}

/// The worker, as the page sees it. Dropped, it stops the worker wherever it is.
pub struct Thread {
    worker: Worker,
    port: MessagePort,
    waiting: Waiting,
    next_turn: Cell<Turn>,
    // Called by the port as long as the thread lives.
    _listen: Closure<dyn Fn(MessageEvent)>,
    _broken: Closure<dyn Fn(String)>,
}

/// A question on its way. Its answer is awaited with [`Ask::answer`]; [`Thread::cancel`] stops it by its turn.
pub struct Ask<A> {
    turn: Turn,
    answer: oneshot::Receiver<Result<JsValue, Failure>>,
    kind: PhantomData<A>,
}

struct Asker {
    on_word: Rc<dyn Fn(Word)>,
    answer: oneshot::Sender<Result<JsValue, Failure>>,
}

/// The askers by turn; `Err` once the worker is lost, with the reason.
type Waiting = Rc<RefCell<Result<HashMap<Turn, Asker>, Failure>>>;

impl Thread {
    /// Starts a worker.
    ///
    /// # Errors
    /// [`Failure::Broken`] when the browser refuses a worker.
    pub fn start() -> Result<Self, Failure> {
        let waiting: Waiting = Rc::new(RefCell::new(Ok(HashMap::new())));
        let broken = {
            let waiting = waiting.clone();
            Closure::<dyn Fn(String)>::new(move |why| lose(&waiting, why))
        };
        let listen = {
            let waiting = waiting.clone();
            Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| hear(&waiting, event.data()))
        };
        let started = GLUE
            .with(|glue| start(glue, &wasm_bindgen::module(), broken.as_ref()))
            .map_err(|error| Failure::Broken { why: text_of(&error) })?;
        let port = started.port();
        port.set_onmessage(Some(listen.as_ref().unchecked_ref()));
        Ok(Self {
            worker: started.worker(),
            port,
            waiting,
            next_turn: Cell::new(0),
            _listen: listen,
            _broken: broken,
        })
    }

    /// Asks `question`; `on_progress` hears how far the reading is, some fifteen times a second at most.
    pub fn ask<Q: Question>(&self, question: Q, on_progress: impl Fn(Progress) + 'static) -> Ask<Q::Answer> {
        self.ask_listening(question, move |word| {
            if let Word::Read(progress) = word {
                on_progress(progress);
            }
        })
    }

    /// Asks `question`; `on_word` hears all that the worker says before the answer, progress some fifteen times a second
    /// at most.
    pub fn ask_listening<Q: Question>(&self, question: Q, on_word: impl Fn(Word) + 'static) -> Ask<Q::Answer> {
        let turn = self.next_turn.replace(self.next_turn.get().wrapping_add(1));
        let (sender, answer) = oneshot::channel();
        let mut asker = Some(Asker {
            on_word: Rc::new(on_word),
            answer: sender,
        });
        if let Ok(waiting) = self.waiting.borrow_mut().as_mut() {
            waiting.extend(asker.take().map(|asker| (turn, asker)));
        }
        match asker {
            None => self.say(&ToWorker::Ask {
                turn,
                request: question.into(),
            }),
            Some(asker) => asker.refuse(&self.waiting),
        }
        Ask {
            turn,
            answer,
            kind: PhantomData,
        }
    }

    /// Stops the question of that turn, whose answer then is [`Failure::Cancelled`]. A turn that is over is left as it is.
    pub fn cancel(&self, turn: Turn) {
        let asker = self
            .waiting
            .borrow_mut()
            .as_mut()
            .ok()
            .and_then(|waiting| waiting.remove(&turn));
        if let Some(asker) = asker {
            self.say(&ToWorker::Cancel { turn });
            asker.settle(Err(Failure::Cancelled));
        }
    }

    /// Forgets every question on its way: who waits for an answer waits for ever, and is dropped with what it waits for.
    pub fn forget(&self) {
        *self.waiting.borrow_mut() = Ok(HashMap::new());
    }

    /// Whether the worker died; every question to it fails from then on.
    pub fn is_broken(&self) -> bool {
        self.waiting.borrow().is_err()
    }

    fn say(&self, message: &ToWorker) {
        let said = serde_wasm_bindgen::to_value(message)
            .map_err(JsValue::from)
            .and_then(|value| self.port.post_message(&value));
        if let Err(error) = said {
            lose(&self.waiting, text_of(&error));
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.worker.set_onerror(None);
        self.port.close();
        self.worker.terminate();
    }
}

impl<A: serde::de::DeserializeOwned> Ask<A> {
    /// The number that [`Thread::cancel`] takes.
    pub fn turn(&self) -> Turn {
        self.turn
    }

    /// Waits for the answer.
    ///
    /// # Errors
    /// Whatever the worker failed with; [`Failure::Broken`] when it died. It never comes once the [`Thread`] was told to
    /// forget it or was dropped: the page is gone, and with it whatever the answer was for.
    pub async fn answer(self) -> Result<A, Failure> {
        let Ok(answer) = self.answer.await else {
            return std::future::pending().await;
        };
        let answer = answer?;
        serde_wasm_bindgen::from_value(answer).map_err(|error| Failure::Broken { why: error.to_string() })
    }
}

impl Asker {
    fn settle(self, outcome: Result<JsValue, Failure>) {
        // Nobody waits any more when the asker's component is gone; then there is nobody to tell.
        let _ = self.answer.send(outcome);
    }

    fn refuse(self, waiting: &Waiting) {
        if let Err(failure) = &*waiting.borrow() {
            self.settle(Err(failure.clone()));
        }
    }
}

/// Hands what the worker said to the asker it is for. A turn that is no longer waited for was cancelled meanwhile.
fn hear(waiting: &Waiting, message: JsValue) {
    let take = |turn: Turn| {
        waiting
            .borrow_mut()
            .as_mut()
            .ok()
            .and_then(|waiting| waiting.remove(&turn))
    };
    let tell = |turn: Turn, word: Word| {
        let on_word = waiting
            .borrow()
            .as_ref()
            .ok()
            .and_then(|waiting| waiting.get(&turn))
            .map(|asker| asker.on_word.clone());
        if let Some(on_word) = on_word {
            on_word(word);
        }
    };
    match serde_wasm_bindgen::from_value(message) {
        Ok(ToPage::Progress { turn, progress }) => tell(turn, Word::Read(progress)),
        Ok(ToPage::Computing { turn, computing }) => tell(turn, Word::Computing(computing)),
        Ok(ToPage::First { turn, answer }) => tell(turn, Word::First(answer)),
        Ok(ToPage::Answer { turn, answer }) => {
            if let Some(asker) = take(turn) {
                asker.settle(Ok(answer));
            }
        }
        Ok(ToPage::Failure { turn, failure }) => {
            if let Some(asker) = take(turn) {
                asker.settle(Err(failure));
            }
        }
        Ok(ToPage::Broken { why }) => lose(waiting, why),
        Err(error) => lose(waiting, error.to_string()),
    }
}

/// Fails every question there is and every one to come. The first reason stays: later ones follow from it.
fn lose(waiting: &Waiting, why: String) {
    let failure = Failure::Broken { why };
    let mut state = waiting.borrow_mut();
    if state.is_err() {
        return;
    }
    let askers = std::mem::replace(&mut *state, Err(failure.clone()));
    drop(state);
    for asker in askers.into_iter().flat_map(HashMap::into_values) {
        asker.settle(Err(failure.clone()));
    }
}
