//! What a person can do. Each action asks the worker and puts the answer into a signal of [`State`].

use std::{rc::Rc, sync::Arc, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, HtmlElement};

use super::{
    review::{address, desk, judgement, kept},
    state::{Listed, Panel, Stage, State},
    turn,
    worker::{
        Failure, Progress, Thread,
        message::{Hash, List, Load, LoadedSet, MakeReport, Open, Word},
        thread::Ask,
    },
};
use crate::{
    report::{Filter, Options, Piece, Report},
    text,
    workspace::{ListQuery, Order},
};

/// Rows asked for at once.
pub const WINDOW: usize = 120;

/// A file with its name, folders included.
pub type NamedFile = (String, File);

/// The worker, started when it is first needed and again after it died.
pub fn worker(state: State) -> Option<Rc<Thread>> {
    if let Some(thread) = state.thread.get_value().filter(|thread| !thread.is_broken()) {
        return Some(thread);
    }
    match Thread::start() {
        Ok(thread) => {
            let thread = Rc::new(thread);
            state.thread.set_value(Some(thread.clone()));
            Some(thread)
        }
        Err(failure) => {
            state.say(failure.to_string());
            None
        }
    }
}

/// Starts the worker while there is nothing else to do, so that it is ready when files come.
pub fn warm(state: State) {
    turn::idly(move || {
        if state.thread.try_with_value(Option::is_none) == Some(true) {
            drop(worker(state));
        }
    });
}

/// Which of several files holds the candidate and which the baseline, by file name.
#[derive(Clone, Debug, Default)]
pub struct Pair {
    /// File of the run to show.
    pub candidate: Option<String>,
    /// File of the run to compare it with.
    pub baseline: Option<String>,
}

/// Reads files: instead of what is open, or beside it. Files that join others are read together with them, since one may
/// complete another.
pub fn open_files(state: State, files: Vec<NamedFile>, is_added: bool) {
    // What was said is about what was done before.
    state.notices.set(Vec::new());
    desk::sort(state, files, move |files| {
        read_files(state, files, is_added, Pair::default())
    });
}

/// Reads files instead of what is open, and compares one with another.
pub fn open_pair(state: State, files: Vec<NamedFile>, pair: Pair) {
    read_files(state, files, false, pair);
}

fn read_files(state: State, files: Vec<NamedFile>, is_added: bool, pair: Pair) {
    if !files.is_empty() {
        // The browser's own part of a drop or a choice takes its time as well.
        set_timeout(move || begin_reading(state, files, is_added, pair), Duration::ZERO);
    }
}

fn begin_reading(state: State, files: Vec<NamedFile>, is_added: bool, pair: Pair) {
    let coming = state.coming.get_value();
    cancel_reading(state);
    let Some(thread) = worker(state) else { return };
    let files = match (coming.is_empty(), is_added) {
        (false, _) => joined(coming, files),
        (true, true) => joined(state.files.get_value(), files),
        (true, false) => files,
    };
    state.coming.set_value(files.clone());
    let total: f64 = files.iter().map(|(_, file)| file.size()).sum();
    let what = match files.as_slice() {
        [(name, _)] => name.clone(),
        _ => text::counted(files.len() as u64, "file"),
    };
    let since_ms = now_ms();
    let tell = move |progress| {
        state.stage.set(Stage::Reading {
            what: what.clone(),
            progress,
            since_ms,
        })
    };
    tell(Progress {
        bytes_read: 0,
        bytes_total: total as u64,
        samples: 0,
    });
    let names = files.iter().map(|(name, _)| name.clone()).collect();
    let load = Load {
        files: files.iter().map(|(_, file)| file).collect(),
        names,
        format: None,
    };
    let ask = thread.ask(load, tell);
    let turn = ask.turn();
    state.reading.set_value(Some(turn));
    spawn_local(async move {
        let answer = ask.answer().await;
        // Stopped, or read anew together with others.
        let is_wanted = move || state.reading.try_get_value() == Some(Some(turn));
        if is_wanted() {
            kept::flush(state);
            turn::breath().await;
        }
        if !is_wanted() {
            return;
        }
        state.reading.set_value(None);
        state.coming.set_value(Vec::new());
        match answer {
            Ok(set) => show_set(state, set, files, is_added, &pair),
            Err(failure) => {
                if failure != Failure::Cancelled {
                    state.say(failure.to_string());
                }
                if matches!(failure, Failure::Broken { .. }) {
                    close(state);
                }
                settle(state);
            }
        }
    });
}

/// The open files and the new ones; a new one replaces an open one of the same name.
fn joined(mut open: Vec<NamedFile>, new: Vec<NamedFile>) -> Vec<NamedFile> {
    open.retain(|(name, _)| new.iter().all(|(other, _)| other != name));
    open.extend(new);
    open
}

/// Goes back to what is open, or to the start.
fn settle(state: State) {
    let is_open = state.set.with_untracked(|set| !set.runs.is_empty());
    state.stage.set(if is_open { Stage::Ready } else { Stage::Empty });
}

/// Stops the reading that is on its way, if one is. What was open stays open.
pub fn stop_reading(state: State) {
    cancel_reading(state);
    settle(state);
}

fn cancel_reading(state: State) {
    if let (Some(thread), Some(turn)) = (state.thread.get_value(), state.reading.get_value()) {
        thread.cancel(turn);
    }
    state.reading.set_value(None);
    state.coming.set_value(Vec::new());
}

/// Stops the report whose first numbers are on their way, and closes what is open. The worker hears nothing while it goes
/// over the samples, so it is ended; the next files are read by another one.
pub fn stop_computing(state: State) {
    close(state);
    state.thread.set_value(None);
}

/// Forgets everything that is open, in the address bar, too.
pub fn close(state: State) {
    put_away(state);
    address::clear(state);
}

/// Forgets everything that is open; the address bar is left as it is.
pub fn put_away(state: State) {
    if let (Some(thread), Some(turn)) = (state.thread.get_value(), state.making.get_value()) {
        thread.cancel(turn);
        state.making.set_value(None);
        state.is_busy.set(false);
    }
    desk::put_away(state);
    // What was chosen is about the files that go.
    state.options.set(Options::default());
    state.set.set(Arc::default());
    state.files.set_value(Vec::new());
    state.hashes.set(Vec::new());
    state.report.set(None);
    state.baseline.set(None);
    state.overview.set(Vec::new());
    state.panel.set(None);
    state.sample.set(None);
    state.is_busy.set(false);
    state.stage.set(Stage::Empty);
}

fn show_set(state: State, set: LoadedSet, files: Vec<NamedFile>, is_added: bool, pair: &Pair) {
    for error in &set.errors {
        state.say(error.clone());
    }
    if set.runs.is_empty() {
        return settle(state);
    }
    let chosen = state.set.with_untracked(|before| {
        before
            .runs
            .get(state.run.get_untracked())
            .map(|card| card.meta.name.clone())
    });
    let kept = chosen
        .filter(|_| is_added)
        .and_then(|name| set.runs.iter().position(|card| card.meta.name == name));
    state.files.set_value(files);
    state.hashes.set(vec![String::new(); set.files.len()]);
    state.overview.set(vec![None; set.runs.len()]);
    state.panel.set(None);
    state.sample.set(None);
    state.report.set(None);
    let of_file = |name: &Option<String>| {
        let file = set.files.iter().position(|file| Some(&file.name) == name.as_ref())?;
        set.runs
            .iter()
            .position(|card| card.meta.files.contains(&(file as u32)))
    };
    state.baseline.set(of_file(&pair.baseline));
    state.run.set(kept.or(of_file(&pair.candidate)).unwrap_or(0));
    desk::opened(state, set.files.clone(), is_added);
    desk::choose_claimed(state, &set);
    state.set.set(Arc::new(set));
    remake(state);
    // The bar of the reading goes away in a task of its own.
    turn::soon(move || {
        if state.reading.try_get_value() == Some(None) {
            settle(state);
        }
    });
}

/// Identifies the open files by their SHA-256, after everything that somebody waits for.
async fn identify(thread: &Thread, state: State) {
    let files = state.files.get_value();
    for (index, (_, file)) in files.into_iter().enumerate() {
        let is_known = state
            .hashes
            .with_untracked(|hashes| hashes.get(index).is_none_or(|hash| !hash.is_empty()));
        if is_known {
            continue;
        }
        // A file that cannot be read a second time stays without a hash, and the Data section says so.
        if let Ok(digest) = thread.ask(Hash { file }, |_| ()).answer().await {
            state.hashes.update(|hashes| {
                if let Some(hash) = hashes.get_mut(index) {
                    *hash = digest.sha256;
                }
            });
        }
    }
}

/// Makes the report of the run on show, then those of the others for the table of runs. A report that is being made is
/// given up.
pub fn remake(state: State) {
    let Some(thread) = worker(state) else { return };
    if let Some(turn) = state.making.get_value() {
        thread.cancel(turn);
    }
    state.is_busy.set(true);
    state.computing.set(String::new());
    let run = state.run.get_untracked();
    let baseline = state.baseline.get_untracked().filter(|&baseline| baseline != run);
    let set = state.set.get_untracked();
    let ask = ask_report(&thread, state, run, baseline, true);
    let turn = ask.turn();
    state.making.set_value(Some(turn));
    spawn_local(async move {
        let made = assembled(ask.answer().await).await;
        // Whoever gave it up makes another; files that were closed meanwhile do not come back with an old report.
        let is_same = state.set.with_untracked(|now| Arc::ptr_eq(now, &set));
        if state.making.try_get_value() != Some(Some(turn)) || !is_same {
            return;
        }
        state.making.set_value(None);
        state.is_busy.set(false);
        match made {
            Ok(report) => {
                keep(state, run, report, true);
                turn::breath().await;
                judgement::judge(state);
            }
            Err(Failure::Cancelled) => return,
            Err(failure) => return state.say(failure.to_string()),
        }
        make_others(&thread, state, run).await;
        judgement::judge_others(&thread, state).await;
        identify(&thread, state).await;
    });
}

async fn make_others(thread: &Rc<Thread>, state: State, run: usize) {
    for other in 0..state.overview.with_untracked(Vec::len) {
        let is_known = state
            .overview
            .with_untracked(|all| all.get(other).is_none_or(Option::is_some));
        if is_known || state.run.get_untracked() != run {
            continue;
        }
        let baseline = judgement::baseline_of(state, other);
        let answer = ask_report(thread, state, other, baseline, false).answer().await;
        match assembled(answer).await {
            Ok(made) => keep(state, other, made, false),
            Err(_) => return,
        }
    }
}

fn keep(state: State, run: usize, report: Report, is_shown: bool) {
    let report = Arc::new(report);
    state.overview.update(|all| {
        if let Some(place) = all.get_mut(run) {
            *place = Some(report.clone());
        }
    });
    if is_shown {
        state.report.set(Some(report));
    }
}

/// Asks for a report. The one on show (`is_shown`) is shown as soon as its first numbers are there.
fn ask_report(
    thread: &Rc<Thread>,
    state: State,
    run: usize,
    baseline: Option<usize>,
    is_shown: bool,
) -> Ask<Vec<Piece>> {
    let question = MakeReport {
        run: run as u32,
        baseline: baseline.map(|b| b as u32),
        options: desk::options(state),
    };
    thread.ask_listening(question, move |word| match word {
        Word::Computing(computing) if is_shown => state.computing.set(computing.words),
        Word::First(answer) if is_shown => show_first(state, answer),
        Word::Computing(_) | Word::First(_) | Word::Read(_) => {}
    })
}

/// Shows a first report, unless the whole one or another is there by then.
fn show_first(state: State, answer: JsValue) {
    let making = state.making.get_value();
    spawn_local(async move {
        let pieces = serde_wasm_bindgen::from_value(answer);
        let report = assembled(pieces.map_err(|error| Failure::Broken { why: error.to_string() })).await;
        match report {
            // Drawn in a task of its own, after what waits already.
            Ok(report) => turn::soon(move || {
                if making.is_some() && state.making.try_get_value() == Some(making) {
                    state.report.set(Some(Arc::new(report)));
                }
            }),
            Err(failure) => state.say(failure.to_string()),
        }
    });
}

/// Time after which the rest of a report is put together in another task, milliseconds.
const MOST_PUTTING_MS: f64 = 4.0;

/// The report of its pieces.
async fn assembled(answer: Result<Vec<Piece>, Failure>) -> Result<Report, Failure> {
    let mut report = Report::default();
    let mut since_ms = now_ms();
    for piece in answer? {
        report
            .put(&piece)
            .map_err(|error| Failure::Broken { why: error.to_string() })?;
        if now_ms() - since_ms > MOST_PUTTING_MS {
            turn::breath().await;
            since_ms = now_ms();
        }
    }
    Ok(report)
}

/// Shows another run.
pub fn choose_run(state: State, run: usize) {
    if state.set.with_untracked(|set| set.runs.is_empty()) {
        return judgement::show_claimed(state, run);
    }
    if state.run.get_untracked() != run {
        state.run.set(run);
        if state.baseline.get_untracked() == Some(run) {
            state.baseline.set(None);
            forget_reports(state);
        }
        state.panel.set(None);
        state.sample.set(None);
        remake(state);
    }
}

/// Shows the run called `name`, if it is open.
pub fn choose_named(state: State, name: &str) {
    let run = state
        .set
        .with_untracked(|set| set.runs.iter().position(|card| card.meta.name == name));
    if let Some(run) = run {
        choose_run(state, run);
    }
}

/// Compares with another run, or with none.
pub fn choose_baseline(state: State, baseline: Option<usize>) {
    if state.baseline.get_untracked() != baseline {
        state.baseline.set(baseline);
        forget_reports(state);
        remake(state);
    }
}

/// Forgets the reports in the table of runs, to be made anew.
fn forget_reports(state: State) {
    state
        .overview
        .update(|all| all.iter_mut().for_each(|report| *report = None));
}

/// Changes what was chosen for the report and makes all reports again.
pub fn choose(state: State, change: impl FnOnce(&mut crate::report::Options)) {
    state.options.update(change);
    forget_reports(state);
    remake(state);
}

/// Opens the list of the samples that pass `filters`.
pub fn show_list(state: State, title: String, filters: Vec<Filter>) {
    if state.set.with_untracked(|set| set.runs.is_empty()) {
        return desk::say_where_samples_are(state, &filters);
    }
    let (order, is_descending) = match filters.first() {
        Some(Filter::Latency { .. } | Filter::Ttft { .. }) => (Order::Latency, true),
        Some(Filter::Confidence { .. }) => (Order::Outcome, false),
        _ => (Order::File, false),
    };
    state.sample.set(None);
    state.listed.set(Listed::default());
    if state.panel.with_untracked(Option::is_none) {
        state.opener.set_value(focused());
    }
    state.panel.set(Some(Panel {
        title,
        filters,
        search: String::new(),
        order,
        is_descending,
    }));
    fetch_rows(state, 0);
}

/// Changes the open list and fetches it anew.
pub fn change_list(state: State, change: impl FnOnce(&mut Panel)) {
    state.panel.update(|panel| {
        if let Some(panel) = panel {
            change(panel);
        }
    });
    fetch_rows(state, 0);
}

fn query(panel: &Panel) -> ListQuery {
    ListQuery {
        filters: panel.filters.clone(),
        search: panel.search.clone(),
        order: panel.order,
        is_descending: panel.is_descending,
    }
}

/// Fetches a window of the open list that begins at `start`.
pub fn fetch_rows(state: State, start: usize) {
    let (Some(panel), Some(thread)) = (state.panel.get_untracked(), worker(state)) else {
        return;
    };
    let run = state.run.get_untracked();
    let question = List {
        run: run as u32,
        confidence: state.options.with_untracked(|options| options.confidence.clone()),
        query: query(&panel),
        start: start as u32,
        count: WINDOW as u32,
    };
    spawn_local(async move {
        match thread.ask(question, |_| ()).answer().await {
            Ok(page) if state.panel.get_untracked().as_ref() == Some(&panel) => {
                let total = Some(page.total as usize);
                state.listed.set(Listed {
                    total,
                    start: page.start as usize,
                    rows: page.rows,
                });
            }
            Ok(_) | Err(Failure::Cancelled) => {}
            Err(failure) => state.say(failure.to_string()),
        }
    });
}

/// Opens the sample at `position` of the open list.
pub fn open_sample(state: State, position: usize) {
    let (Some(panel), Some(thread)) = (state.panel.get_untracked(), worker(state)) else {
        return;
    };
    let question = Open {
        run: state.run.get_untracked() as u32,
        confidence: state.options.with_untracked(|options| options.confidence.clone()),
        query: query(&panel),
        position: position as u32,
    };
    spawn_local(async move {
        let opened = thread.ask(question, |_| ()).answer().await.map(Arc::new);
        if state.panel.get_untracked().as_ref() == Some(&panel) {
            state.sample.set(Some((position, opened)));
        }
    });
}

/// Opens the next (`1`) or previous (`-1`) sample of the list.
pub fn step_sample(state: State, step: isize) {
    let total = state.listed.with_untracked(|listed| listed.total.unwrap_or(0));
    let position = state
        .sample
        .with_untracked(|sample| sample.as_ref().map(|(position, _)| *position));
    let next = match position {
        Some(position) => position.checked_add_signed(step),
        // From the list, a step forward opens its first sample.
        None => (step > 0).then_some(0),
    };
    if let Some(next) = next.filter(|&next| next < total) {
        open_sample(state, next);
    }
}

/// Closes the list and goes back to what opened it.
pub fn close_list(state: State) {
    state.sample.set(None);
    state.panel.set(None);
    if let Some(opener) = state.opener.get_value() {
        drop(opener.focus());
    }
}

/// What has the focus, inside shadow roots too.
fn focused() -> Option<HtmlElement> {
    let mut active = document().active_element()?;
    while let Some(inner) = active.shadow_root().and_then(|root| root.active_element()) {
        active = inner;
    }
    // A mark is an element of SVG, which takes the focus in the same way.
    Some(active.unchecked_into())
}

/// Closes the open sample, or the list if no sample is open. Returns whether there was something to close.
pub fn step_back(state: State) -> bool {
    if state.sample.with_untracked(Option::is_some) {
        state.sample.set(None);
    } else if state.panel.with_untracked(Option::is_some) {
        close_list(state);
    } else {
        return false;
    }
    true
}

/// Milliseconds since the page began.
#[must_use]
pub fn now_ms() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}
