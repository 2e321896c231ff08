//! What is open, on the worker's side: answers [`Load`], [`MakeReport`], [`Measure`],
//! [`List`] and [`Open`].

use std::{cell::RefCell, rc::Rc};

use gloo::timers::future::TimeoutFuture;
use wasm_bindgen::JsCast;
use web_sys::File;

use super::{
    blob::BlobReader,
    chunk::Chunks,
    message::{Failure, List, ListPage, Load, LoadedSet, MakeReport, Measure, Open, Opened, RunCard},
    serve::Answering,
};
use crate::{
    read::{self, Loaded, Next, ReadOptions, Session},
    report::{self, InputFile, Making, Options, Piece, Progress, Report},
    run::Run,
    text,
    workspace::{self, ListQuery},
};

/// The runs that are open, their files, and the list that was asked for last.
#[derive(Default)]
struct Desk {
    loaded: Loaded,
    files: Vec<File>,
    list: Option<KnownList>,
    /// The complete report that was made last of each run, with the run.
    made: Vec<(u32, Rc<Report>)>,
    /// Counts what was opened, so that a report of what was open before is given up.
    opening: u32,
}

/// A list as it was made; windows of it are asked for one after the other.
struct KnownList {
    run: u32,
    confidence: Option<String>,
    query: ListQuery,
    rows: Vec<u32>,
}

/// Memory at which reading stops, bytes; WebAssembly ends at 4 GiB, and a growing column needs its double for a moment.
const MOST_MEMORY: u64 = 2_500_000_000;

thread_local! {
    static DESK: RefCell<Desk> = RefCell::default();
}

/// Reads the files and puts their runs on the desk. What was there stays if the reading is stopped or finds no run.
///
/// # Errors
/// [`Failure::Cancelled`], or [`Failure::Unreadable`] when the browser cannot read a file.
pub async fn load(question: Load, answering: &Answering) -> Result<LoadedSet, Failure> {
    let files: Vec<File> = question.files.iter().map(JsCast::unchecked_into).collect();
    let total = files.iter().map(|file| file.size() as u64).sum();
    let mut session = Session::new(ReadOptions {
        format: question.format,
        ..ReadOptions::default()
    });
    let mut before = 0;
    for (file, name) in files.iter().zip(&question.names) {
        session.begin(name);
        let mut chunks = Chunks::open(file, before, total)?;
        let mut next = Next::Chunk;
        while let (Next::Chunk, Some(chunk)) = (next, chunks.next(answering).await?) {
            next = session.feed(chunk);
            answering.found(session.samples());
            check_room(name, session.samples())?;
        }
        drop(chunks);
        if next == Next::Seek {
            unpack(&mut session, file, (before, total), answering).await?;
        } else {
            session.end();
        }
        before += file.size() as u64;
    }
    let loaded = session.finish();
    let set = described(&loaded);
    if !loaded.runs.is_empty() {
        DESK.with_borrow_mut(|desk| {
            *desk = Desk {
                loaded,
                files,
                opening: desk.opening.wrapping_add(1),
                ..Desk::default()
            };
        });
    }
    Ok(set)
}

/// Refuses to go on before the tab's memory is full: a browser would stop the page without a word.
fn check_room(name: &str, samples: u64) -> Result<(), Failure> {
    let used = (core::arch::wasm32::memory_size::<0>() as u64) << 16;
    if used <= MOST_MEMORY {
        return Ok(());
    }
    Err(Failure::Refused(format!(
        "This is more than the tab can take: {} use {} of memory, and {} is the limit. Read it on the command line \
         (assay report), or split it and open the parts. {name}",
        text::counted(samples, "sample"),
        text::bytes(used),
        text::bytes(MOST_MEMORY),
    )))
}

/// Goes on with the file as an archive, member by member, listening for a stop in between.
async fn unpack(
    session: &mut Session,
    file: &File,
    (before, total): (u64, u64),
    answering: &Answering,
) -> Result<(), Failure> {
    let reader = BlobReader::new(file).map_err(|error| Failure::Unreadable {
        name: file.name(),
        why: error.to_string(),
    })?;
    session.seek(Box::new(reader));
    let mut breath_ms = js_sys::Date::now();
    while session.step() {
        if js_sys::Date::now() - breath_ms < 30.0 {
            continue;
        }
        // A turn of the event loop: the page's wish to stop arrives in it.
        TimeoutFuture::new(0).await;
        if answering.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        breath_ms = js_sys::Date::now();
        let (done, all) = session.unpacked().unwrap_or((1, 1));
        let share = if all == 0 {
            1.0
        } else {
            (done as f64 / all as f64).min(1.0)
        };
        answering.found(session.samples());
        check_room(&file.name(), session.samples())?;
        answering.progress(before + (share * file.size()) as u64, total);
    }
    Ok(())
}

fn described(loaded: &Loaded) -> LoadedSet {
    LoadedSet {
        runs: loaded
            .runs
            .iter()
            .map(|run| RunCard {
                meta: run.meta.clone(),
                samples: run.samples.len() as u64,
            })
            .collect(),
        files: input_files(loaded),
        problems: loaded.problems.clone(),
        errors: loaded.errors.iter().map(ToString::to_string).collect(),
    }
}

fn input_files(loaded: &Loaded) -> Vec<InputFile> {
    let file = |file: &read::InputFile| InputFile {
        name: file.name.clone(),
        size: file.size,
        sha256: file.sha256.clone().unwrap_or_default(),
    };
    loaded.files.iter().map(file).collect()
}

fn closed() -> Failure {
    Failure::Refused("This run is no longer open. Open its files again.".to_owned())
}

/// How long the worker computes before it listens for a stop and answers what was asked meanwhile.
const BREATH_MS: f64 = 40.0;

/// The report of a run, as JSON; a first one goes ahead, of what takes one pass over the samples.
///
/// # Errors
/// [`Failure::Refused`] when the run is not open, [`Failure::Cancelled`] when the page asked to stop or opened something
/// else.
pub async fn report(question: &MakeReport, answering: &Answering) -> Result<Vec<Piece>, Failure> {
    let compares = question.baseline.is_some();
    let report = made(question.run, &question.options, answering, Some(compares)).await?;
    let Some(baseline) = question.baseline else {
        return pieces(&report);
    };
    let reference = made(baseline, &question.options, answering, None).await?;
    answering.computing(|| "Comparing with the baseline".to_owned());
    pause(answering).await?;
    DESK.with_borrow(|desk| {
        let (run, baseline) = (desk.run(question.run)?, desk.run(baseline)?);
        let (report, reference) = (Report::clone(&report), Report::clone(&reference));
        let watch = |progress| {
            answering.computing(|| words(progress));
            true
        };
        let compared = report::compared((run, report), (baseline, reference), &watch);
        pieces(&compared.ok_or(Failure::Cancelled)?)
    })
}

fn pieces(report: &Report) -> Result<Vec<Piece>, Failure> {
    report.pieces().map_err(|error| Failure::Refused(error.to_string()))
}

/// Progress in words.
fn words(progress: Progress) -> String {
    match progress.replicates {
        Some((done, total)) => format!(
            "{}: {} of {} replicates",
            progress.doing,
            text::count(done),
            text::count(total)
        ),
        None => format!("{} …", progress.doing),
    }
}

/// A turn of the event loop: the page's wish to stop arrives in it.
async fn pause(answering: &Answering) -> Result<(), Failure> {
    TimeoutFuture::new(0).await;
    if answering.is_cancelled() {
        return Err(Failure::Cancelled);
    }
    Ok(())
}

/// The complete report of a run by itself, made now unless it was made last. With `first` a first one is told ahead, and
/// whether a comparison will follow.
async fn made(
    index: u32,
    options: &Options,
    answering: &Answering,
    first: Option<bool>,
) -> Result<Rc<Report>, Failure> {
    let (known, opening) = DESK.with_borrow(|desk| (desk.known(index, options), desk.opening));
    if let Some(report) = known {
        return Ok(report);
    }
    let started = DESK.with_borrow(|desk| {
        let files = input_files(&desk.loaded);
        Ok(Making::start(desk.run(index)?, &files, options, &|_| true))
    })?;
    let mut making = started.ok_or(Failure::Cancelled)?;
    if let Some(compares) = first {
        tell_first(making.report(), compares, answering)?;
    }
    let mut breath_ms = js_sys::Date::now();
    loop {
        let progress = DESK.with_borrow(|desk| {
            if desk.opening != opening {
                return Err(Failure::Cancelled);
            }
            Ok(making.advance(desk.run(index)?, &|_| true))
        })?;
        let Some(progress) = progress else { break };
        if js_sys::Date::now() - breath_ms >= BREATH_MS {
            answering.computing(|| words(progress));
            pause(answering).await?;
            breath_ms = js_sys::Date::now();
        }
    }
    let report = Rc::new(making.report().clone());
    DESK.with_borrow_mut(|desk| {
        desk.made.retain(|(run, _)| *run != index);
        desk.made.push((index, report.clone()));
    });
    Ok(report)
}

/// Gives the report as far as it is, unless it is complete.
fn tell_first(report: &Report, compares: bool, answering: &Answering) -> Result<(), Failure> {
    if report.pending.is_empty() && !compares {
        return Ok(());
    }
    let mut report = report.clone();
    if compares {
        report.pending.push("compare".to_owned());
    }
    answering.first(&pieces(&report)?)
}

/// What the gates of a policy need, as JSON.
///
/// # Errors
/// [`Failure::Refused`] when the run is not open.
pub fn measure(question: &Measure) -> Result<String, Failure> {
    DESK.with_borrow(|desk| {
        let run = |index: u32| desk.loaded.runs.get(index as usize).ok_or_else(closed);
        let candidate = run(question.run)?;
        let baseline = question.baseline.map(run).transpose()?;
        let measured = report::bounds(candidate, baseline, &question.options, &question.asks, &|_| true);
        serde_json::to_string(&measured.unwrap_or_default()).map_err(|error| Failure::Refused(error.to_string()))
    })
}

/// A window of a list of samples.
///
/// # Errors
/// [`Failure::Refused`] when the run is not open.
pub fn list(question: &List) -> Result<ListPage, Failure> {
    DESK.with_borrow_mut(|desk| {
        desk.make_list(question.run, question.confidence.as_ref(), &question.query)?;
        let (run, rows) = desk.listed(question.run)?;
        let start = (question.start as usize).min(rows.len());
        let end = (start + question.count as usize).min(rows.len());
        Ok(ListPage {
            total: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            start: question.start,
            rows: rows[start..end]
                .iter()
                .map(|&row| workspace::list_row(run, row))
                .collect(),
        })
    })
}

/// A sample in full, read again from its file.
///
/// # Errors
/// [`Failure::Refused`] when the run is not open, there is no such sample, or its record cannot be read again.
pub async fn open(question: Open) -> Result<Opened, Failure> {
    DESK.with_borrow_mut(|desk| {
        desk.make_list(question.run, question.confidence.as_ref(), &question.query)?;
        let (run, rows) = desk.listed(question.run)?;
        let &row = rows.get(question.position as usize).ok_or_else(closed)?;
        let file = desk.file_of(run, row as usize).ok_or_else(closed)?;
        let reader = BlobReader::new(file).map_err(|error| Failure::Refused(error.to_string()))?;
        let detail =
            read::fetch(run, row as usize, Box::new(reader)).map_err(|error| Failure::Refused(error.to_string()))?;
        Ok(Opened {
            row: workspace::list_row(run, row),
            detail,
            total: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        })
    })
}

impl Desk {
    fn run(&self, index: u32) -> Result<&Run, Failure> {
        self.loaded.runs.get(index as usize).ok_or_else(closed)
    }

    /// The complete report of the run under these options, if it was the last that was made of it.
    fn known(&self, index: u32, options: &Options) -> Option<Rc<Report>> {
        let found = self.made.iter().find(|(run, _)| *run == index);
        found
            .map(|(_, report)| report.clone())
            .filter(|report| report.options == *options)
    }

    /// Makes the list unless it is the one that was made last.
    fn make_list(&mut self, run: u32, confidence: Option<&String>, query: &ListQuery) -> Result<(), Failure> {
        let is_known = self
            .list
            .as_ref()
            .is_some_and(|known| known.run == run && known.confidence.as_ref() == confidence && known.query == *query);
        if is_known {
            return Ok(());
        }
        let open = self.loaded.runs.get_mut(run as usize).ok_or_else(closed)?;
        // Lists show and filter by the same confidence as the report.
        if let Some(id) = confidence {
            open.samples.choose_confidence(id);
        }
        let rows = workspace::list(open, query);
        self.list = Some(KnownList {
            run,
            confidence: confidence.cloned(),
            query: query.clone(),
            rows,
        });
        Ok(())
    }

    fn listed(&self, run: u32) -> Result<(&Run, &[u32]), Failure> {
        let known = self.list.as_ref().ok_or_else(closed)?;
        Ok((self.loaded.runs.get(run as usize).ok_or_else(closed)?, &known.rows))
    }

    /// The file that the sample's record stands in.
    fn file_of(&self, run: &Run, row: usize) -> Option<&File> {
        let place = run.samples.places.get(row)?;
        let source = run.samples.sources.get(place.source as usize)?;
        self.files.get(source.file as usize)
    }
}
