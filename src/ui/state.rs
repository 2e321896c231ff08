//! The only signals of the page. Components read them and call the verbers of `action`; nothing else holds state that
//! outlives a component.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    sync::Arc,
};

use leptos::prelude::*;

use super::action::NamedFile;
use super::review::{
    desk,
    judgement::{Ground, Judged},
    kept::Kept,
    note::Writing,
    secret::Sealed,
};
use super::worker::{
    Failure, Progress, Thread,
    message::{LoadedSet, Opened, Turn},
};
use crate::{
    report::{Bound, Filter, Options, Report},
    review::{PolicyError, Review, Verdicts},
    workspace::{ListRow, Order},
};

/// What the page is doing with files.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Nothing is open.
    Empty,
    /// Files are being read.
    Reading {
        /// What is read, in words.
        what: String,
        /// How far it is.
        progress: Progress,
        /// When it began, milliseconds as `performance.now()` counts.
        since_ms: f64,
    },
    /// Runs are open.
    Ready,
}

/// Something the page has to say once, until it is dismissed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Unique on this page.
    pub id: u32,
    /// What is wrong, where, what to do.
    pub text: String,
}

/// The list of samples behind a mark.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// What is being looked at, in words.
    pub title: String,
    /// Which samples.
    pub filters: Vec<Filter>,
    /// Search text, as typed.
    pub search: String,
    /// Order of the list.
    pub order: Order,
    /// From largest to smallest.
    pub is_descending: bool,
}

/// The open sample's position in the list, and the sample or why it cannot be shown.
pub type OpenSample = (usize, Result<Arc<Opened>, Failure>);

/// All that the page knows.
#[derive(Clone, Copy)]
pub struct State {
    /// The worker; started when first needed and again after it died.
    pub thread: StoredValue<Option<Rc<Thread>>, LocalStorage>,
    /// The question that reads files, if one is on its way.
    pub reading: StoredValue<Option<Turn>>,
    /// The files that are being read; others that come meanwhile join them.
    pub coming: StoredValue<Vec<NamedFile>, LocalStorage>,
    /// The files that are open, kept to be read again when others join them.
    pub files: StoredValue<Vec<NamedFile>, LocalStorage>,
    /// SHA-256 of each open file in hex, empty until it is known; in the order of the set's files.
    pub hashes: RwSignal<Vec<String>>,
    /// What the page is doing.
    pub stage: RwSignal<Stage>,
    /// What is open.
    pub set: RwSignal<Arc<LoadedSet>>,
    /// Index of the run on show.
    pub run: RwSignal<usize>,
    /// Index of the run it is compared with.
    pub baseline: RwSignal<Option<usize>>,
    /// What was chosen for the report.
    pub options: RwSignal<Options>,
    /// The report on show; `None` while the first one is made.
    pub report: RwSignal<Option<Arc<Report>>>,
    /// Reports of all runs, for the table of runs, by index.
    pub overview: RwSignal<Vec<Option<Arc<Report>>>>,
    /// A report is being made.
    pub is_busy: RwSignal<bool>,
    /// The question that makes the report on show, if one is on its way.
    pub making: StoredValue<Option<Turn>>,
    /// What is being computed for it, in words.
    pub computing: RwSignal<String>,
    /// The sample list, if open.
    pub panel: RwSignal<Option<Panel>>,
    /// What opened the list; it gets the focus back.
    pub opener: StoredValue<Option<web_sys::HtmlElement>, LocalStorage>,
    /// How many samples the list has, and the rows known so far by position.
    pub listed: RwSignal<Listed>,
    /// The open sample and its position in the list.
    pub sample: RwSignal<Option<OpenSample>>,
    /// What has to be said.
    pub notices: RwSignal<Vec<Notice>>,
    /// `auto`, `light` or `dark`.
    pub theme: RwSignal<String>,
    /// Width for charts, CSS pixels.
    pub width: RwSignal<u32>,
    /// The keyboard help is open.
    pub is_help_open: RwSignal<bool>,
    /// The review of what is open.
    pub desk: Desk,
}

/// The review in progress.
#[derive(Clone, Copy)]
pub struct Desk {
    /// What people wrote and how it came about; its reports are put in when it is saved or shared.
    pub review: RwSignal<Review>,
    /// What the gates need of the run on show, as the worker measured it.
    pub bounds: RwSignal<Arc<Vec<Bound>>>,
    /// The run on show, judged; `None` without a policy, or while it is measured.
    pub verdicts: RwSignal<Option<Arc<Verdicts>>>,
    /// Every run that was judged, the one on show included, by its index.
    pub judged: RwSignal<BTreeMap<usize, Judged>>,
    /// By what they were judged.
    pub ground: StoredValue<Option<Ground>>,
    /// Counts the rounds in which runs that are not on show are judged; the newest goes on.
    pub round: StoredValue<u32>,
    /// The policy file as it is typed.
    pub draft: RwSignal<String>,
    /// What is wrong with the policy file as it is typed.
    pub faults: RwSignal<Vec<PolicyError>>,
    /// The fields that hold what cannot be read.
    pub unread: RwSignal<BTreeSet<u32>>,
    /// Counts changes that did not come from a form, so that forms show them.
    pub revision: RwSignal<u32>,
    /// The name that was typed last: a claim.
    pub who: RwSignal<String>,
    /// The note that is being written.
    pub writing: RwSignal<Option<Writing>>,
    /// The reviews that this browser keeps, newest first.
    pub kept: RwSignal<Vec<Arc<Kept>>>,
    /// Under which key the review in progress is kept; empty until it is.
    pub key: RwSignal<String>,
    /// When it was kept last, in words.
    pub saved: RwSignal<String>,
    /// Counts changes, so that the browser keeps the last of several in a row only; 0: all are written, or being written.
    pub turn: StoredValue<u32>,
    /// Since when a change waits to be written, milliseconds as `performance.now()` counts.
    pub waiting_since: StoredValue<Option<f64>>,
    /// Counts the reviews that were left for others in this tab, so that “Back” is known to lead to another one.
    pub place: StoredValue<u32>,
    /// How many writings have begun and not ended.
    pub writings: StoredValue<u32>,
    /// The review as it came from a link, a file or this browser, to be held against the original files.
    pub claimed: RwSignal<Option<Arc<Review>>>,
    /// Where it came from, in words.
    pub source: RwSignal<String>,
    /// What came encrypted and waits for its passphrase.
    pub sealed: RwSignal<Option<Sealed>>,
    /// The review on show came encrypted, so the address bar does not spell it out.
    pub is_secret: RwSignal<bool>,
    /// The dialog that shares the review is open.
    pub is_share_open: RwSignal<bool>,
}

/// What is known of the open list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listed {
    /// Samples in the list; `None` until the worker has said.
    pub total: Option<usize>,
    /// Position of the first row of `rows`.
    pub start: usize,
    /// The rows around what is on screen.
    pub rows: Vec<ListRow>,
}

impl Desk {
    fn new() -> Self {
        Self {
            review: RwSignal::new(desk::fresh()),
            bounds: RwSignal::new(Arc::default()),
            verdicts: RwSignal::new(None),
            judged: RwSignal::new(BTreeMap::new()),
            ground: StoredValue::new(None),
            round: StoredValue::new(0),
            draft: RwSignal::new(String::new()),
            faults: RwSignal::new(Vec::new()),
            unread: RwSignal::new(BTreeSet::new()),
            revision: RwSignal::new(0),
            who: RwSignal::new(String::new()),
            writing: RwSignal::new(None),
            kept: RwSignal::new(Vec::new()),
            key: RwSignal::new(String::new()),
            saved: RwSignal::new(String::new()),
            turn: StoredValue::new(0),
            waiting_since: StoredValue::new(None),
            place: StoredValue::new(0),
            writings: StoredValue::new(0),
            claimed: RwSignal::new(None),
            source: RwSignal::new(String::new()),
            sealed: RwSignal::new(None),
            is_secret: RwSignal::new(false),
            is_share_open: RwSignal::new(false),
        }
    }
}

impl State {
    /// A page with nothing open.
    #[must_use]
    pub fn new() -> Self {
        Self {
            thread: StoredValue::new_local(None),
            reading: StoredValue::new(None),
            coming: StoredValue::new_local(Vec::new()),
            files: StoredValue::new_local(Vec::new()),
            hashes: RwSignal::new(Vec::new()),
            stage: RwSignal::new(Stage::Empty),
            set: RwSignal::new(Arc::default()),
            run: RwSignal::new(0),
            baseline: RwSignal::new(None),
            options: RwSignal::new(Options::default()),
            report: RwSignal::new(None),
            overview: RwSignal::new(Vec::new()),
            is_busy: RwSignal::new(false),
            making: StoredValue::new(None),
            computing: RwSignal::new(String::new()),
            panel: RwSignal::new(None),
            opener: StoredValue::new_local(None),
            listed: RwSignal::new(Listed::default()),
            sample: RwSignal::new(None),
            notices: RwSignal::new(Vec::new()),
            theme: RwSignal::new("auto".to_owned()),
            width: RwSignal::new(720),
            is_help_open: RwSignal::new(false),
            desk: Desk::new(),
        }
    }

    /// Whether the report on show is complete: only then is it judged, shared and saved.
    #[must_use]
    pub fn is_complete(self) -> bool {
        self.report
            .with(|report| report.as_ref().is_some_and(|report| report.pending.is_empty()))
    }

    /// Says `text` until it is dismissed. The same text is not said twice.
    pub fn say(self, text: String) {
        self.notices.update(|notices| {
            if notices.iter().all(|notice| notice.text != text) {
                let id = notices.iter().map(|notice| notice.id + 1).max().unwrap_or(0);
                notices.push(Notice { id, text });
            }
        });
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}
