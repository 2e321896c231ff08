//! The page: a file is chosen, and identified by its SHA-256.

use std::rc::Rc;

use leptos::{html::Input, prelude::*, task::spawn_local};

use super::worker::{
    Failure, Progress, Thread,
    message::{Digest, Hash, Turn},
};

/// What the page is doing with the file.
#[derive(Clone)]
enum Stage {
    Empty,
    Reading { name: String, progress: Progress },
    Identified { name: String, digest: Digest },
    Failed(Failure),
}

/// All that `<assay-review>` shows.
#[component]
pub fn App() -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let stage = RwSignal::new(Stage::Empty);
    let thread = StoredValue::<Option<Rc<Thread>>, LocalStorage>::new_local(None);
    let turn = StoredValue::<Option<Turn>>::new(None);

    let identify = move |_| {
        let Some(file) = input
            .get_untracked()
            .and_then(|input| input.files())
            .and_then(|files| files.get(0))
        else {
            return;
        };
        cancel(thread, turn);
        match running(thread) {
            Ok(worker) => turn.set_value(Some(ask(&worker, file, stage))),
            Err(failure) => stage.set(Stage::Failed(failure)),
        }
    };

    view! {
        <main>
            <h1>"Assay"</h1>
            <p>
                <label>"Identify a file: " <input type="file" node_ref=input on:change=identify /></label>
            </p>
            {move || show(stage.get(), move || cancel(thread, turn))}
            <p>"Nothing is uploaded: the file is read in this browser."</p>
        </main>
    }
}

/// The worker, started when it is first needed and again after it died.
fn running(thread: StoredValue<Option<Rc<Thread>>, LocalStorage>) -> Result<Rc<Thread>, Failure> {
    if let Some(thread) = thread.get_value().filter(|thread| !thread.is_broken()) {
        return Ok(thread);
    }
    let started = Rc::new(Thread::start()?);
    thread.set_value(Some(started.clone()));
    Ok(started)
}

/// Stops what is being read, if anything is.
fn cancel(thread: StoredValue<Option<Rc<Thread>>, LocalStorage>, turn: StoredValue<Option<Turn>>) {
    if let (Some(thread), Some(turn)) = (thread.get_value(), turn.get_value()) {
        thread.cancel(turn);
    }
}

/// Asks for the file's digest and shows what comes of it.
fn ask(worker: &Thread, file: web_sys::File, stage: RwSignal<Stage>) -> Turn {
    let name = file.name();
    let reading = {
        let name = name.clone();
        move |progress| {
            stage.try_set(Stage::Reading {
                name: name.clone(),
                progress,
            });
        }
    };
    reading(Progress {
        bytes_read: 0,
        bytes_total: file.size() as u64,
    });
    let ask = worker.ask(Hash { file }, reading);
    let turn = ask.turn();
    spawn_local(async move {
        let stage_now = match ask.answer().await {
            Ok(digest) => Stage::Identified { name, digest },
            Err(failure) => Stage::Failed(failure),
        };
        stage.try_set(stage_now);
    });
    turn
}

fn show(stage: Stage, stop: impl Fn() + 'static) -> AnyView {
    match stage {
        Stage::Empty => ().into_any(),
        Stage::Reading { name, progress } => view! {
            <p>
                <label>
                    {format!("Reading {name} ")}
                    <progress max=progress.bytes_total.to_string() value=progress.bytes_read.to_string()></progress>
                </label>
                " "
                <button type="button" on:click=move |_| stop()>"Stop"</button>
            </p>
        }
        .into_any(),
        Stage::Identified { name, digest } => view! {
            <p role="status">
                {format!("{name}: {} bytes, SHA-256 ", digest.bytes)} <code>{digest.sha256}</code>
            </p>
        }
        .into_any(),
        Stage::Failed(failure) => view! { <p role="alert">{failure.to_string()}</p> }.into_any(),
    }
}
