//! The review: policy, verdicts, decision, notes and their history. The thing that is shared.

pub mod audit;
pub mod leak;
pub mod policy;
pub mod record;
pub mod undo;
pub mod verdict;
pub mod verify;

use serde::{Deserialize, Serialize};

use crate::report::{self, InputFile, Options, Report, Watch};
use crate::run::Run;
pub use audit::{Change, Event, merge};
pub use policy::{Policy, PolicyError};
pub use record::RecordError;
pub use verdict::{Verdict, Verdicts, after_stamp, judge};

/// Version of the statistical methods; changes when a number would come out differently.
pub const METHODS_VERSION: u32 = 1;

/// The report of `run` with everything that `policy` asks for, compared with `baseline` if there is one.
///
/// The budgets of the policy take the place of those in `options`. `None` when `watch` says to stop.
#[must_use]
pub fn measure(
    (run, files): (&Run, &[InputFile]),
    baseline: Option<(&Run, &[InputFile])>,
    options: &Options,
    policy: &Policy,
    watch: Watch<'_>,
) -> Option<Report> {
    let options = policy.applied(options);
    let mut made = match baseline {
        Some(baseline) => report::make_compared((run, files), baseline, &options, watch)?,
        None => report::make_watched(run, files, &options, watch)?,
    };
    made.bounds = report::bounds(run, baseline.map(|(run, _)| run), &options, &policy.asks(), watch)?;
    Some(made)
}

/// A review: what was measured, how it was judged, what was decided, and how it came about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Review {
    /// Version of this program that wrote it.
    pub app: String,
    /// Version of the methods.
    pub methods: u32,
    /// Reports of the runs under review; each carries its baseline.
    pub reports: Vec<Report>,
    /// Verdict of each run, in the order of [`Self::reports`].
    pub verdicts: Vec<Verdicts>,
    /// What people wrote: follows from [`Self::events`] where those are there.
    pub state: State,
    /// Everything that was done, oldest first. Empty in a link, which carries [`Self::audit`] only.
    pub events: Vec<Event>,
    /// Where the history stands.
    pub audit: Audit,
}

/// Where a history stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Audit {
    /// SHA-256 over the ids of the events that no other follows; empty without events.
    pub head: String,
    /// Number of events.
    pub count: u64,
}

impl Audit {
    /// Whether `carried` stands at the same place: as many events, and a head that begins as this one does, since a link
    /// carries only the first digits of it. Nothing stands where there are no events.
    #[must_use]
    pub fn is_told_by(&self, carried: &Self) -> bool {
        !carried.head.is_empty() && self.count == carried.count && self.head.starts_with(&carried.head)
    }
}

/// What people wrote.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Title of the review.
    pub title: String,
    /// Product or feature.
    pub product: String,
    /// What is in and out.
    pub scope: Scope,
    /// The policy.
    pub policy: Option<Policy>,
    /// The decision; more than one where two people decided without knowing of each other.
    pub decisions: Vec<Decision>,
    /// After release.
    pub after: After,
    /// Notes, oldest first.
    pub notes: Vec<Note>,
    /// Pinned samples.
    pub pins: Vec<Pin>,
    /// Ids of gates whose limit changed after the data was opened.
    pub set_after_run: Vec<String>,
    /// What two people changed without knowing of each other, each a sentence.
    pub conflicts: Vec<String>,
}

/// What the review is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// The problem to solve.
    pub problem: String,
    /// Business goal and how success is recognised.
    pub goal: String,
    /// Intended use.
    pub intended_use: String,
    /// What is not covered.
    pub not_covered: String,
    /// Known limitations.
    pub limitations: String,
    /// Risk tier.
    pub risk: String,
}

/// What is done with the candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// Release.
    Ship,
    /// Release under conditions.
    ShipWithConditions,
    /// Do not release yet.
    #[default]
    Hold,
    /// Go back to the version before.
    RollBack,
    /// Train, tune or prompt again.
    Retrain,
}

impl Choice {
    /// Every choice, in the order of the form.
    pub const ALL: [Self; 5] = [
        Self::Ship,
        Self::ShipWithConditions,
        Self::Hold,
        Self::RollBack,
        Self::Retrain,
    ];

    /// The words shown for it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Ship => "Ship",
            Self::ShipWithConditions => "Ship with conditions",
            Self::Hold => "Hold",
            Self::RollBack => "Roll back",
            Self::Retrain => "Retrain",
        }
    }
}

/// A decision. The name is what somebody typed: a claim, not an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    /// What is done.
    pub choice: Choice,
    /// Role of who decided.
    pub role: String,
    /// Name of who decided.
    pub name: String,
    /// Day, `2026-11-22`.
    pub date: String,
    /// Why.
    pub reason: String,
    /// Conditions of the release.
    pub conditions: Vec<Condition>,
    /// Who disagrees, and why.
    pub dissent: Vec<Dissent>,
}

/// A condition of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Condition {
    /// What has to be done.
    pub text: String,
    /// Who does it.
    pub owner: String,
    /// By which day.
    pub due: String,
}

impl Condition {
    /// It in one line: what, and by whom until when as far as that is said.
    #[must_use]
    pub fn words(&self) -> String {
        let due = if self.due.is_empty() {
            String::new()
        } else {
            format!("by {}", self.due)
        };
        let known = [self.owner.as_str(), due.as_str()];
        let known: Vec<&str> = known.into_iter().filter(|part| !part.is_empty()).collect();
        match known.is_empty() {
            true => self.text.clone(),
            false => format!("{} ({})", self.text, known.join(", ")),
        }
    }
}

/// A disagreement with the decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dissent {
    /// Who disagrees.
    pub who: String,
    /// Why.
    pub text: String,
}

impl Dissent {
    /// It in one line: who disagrees and why, as far as that is said; empty where nothing is.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.who.as_str(), self.text.as_str()) {
            ("", "") => String::new(),
            ("", why) => format!("Dissent: {why}"),
            (who, "") => format!("{who} disagrees."),
            (who, why) => format!("{who} disagrees: {why}"),
        }
    }
}

/// What happens after release; the triggers stand in the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct After {
    /// Exposure plan: canary share and steps.
    pub exposure: String,
    /// Feature flag.
    pub flag: String,
    /// Steps of a rollback.
    pub rollback_steps: String,
    /// Version to go back to.
    pub rollback_version: String,
    /// Who rolls back.
    pub rollback_owner: String,
    /// Day of the next review.
    pub next_review: String,
}

/// What a note is on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Anchor {
    /// The review as a whole.
    #[default]
    Review,
    /// A sample of a run.
    Sample {
        /// Name of the run.
        run: String,
        /// Id of the sample.
        id: String,
        /// Epoch, from 1.
        epoch: u16,
    },
    /// A confidence bin, `(low, high]`.
    Bin {
        /// Lower edge.
        low: f64,
        /// Upper edge.
        high: f64,
    },
    /// A slice.
    Slice {
        /// Name of the slice column.
        name: String,
        /// Its value.
        value: String,
    },
    /// A gate, by id.
    Gate(String),
    /// A chart, by id.
    Chart(String),
}

/// A note, or an answer to one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// Id, unique in the review.
    pub id: String,
    /// What it is on.
    pub on: Anchor,
    /// Id of the note it answers; empty if it starts a thread.
    pub answers: String,
    /// Who wrote it: a claim.
    pub who: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// What it says.
    pub text: String,
    /// It is settled.
    pub is_done: bool,
}

/// A pinned sample.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pin {
    /// Name of the run.
    pub run: String,
    /// Id of the sample.
    pub id: String,
    /// Epoch, from 1.
    pub epoch: u16,
    /// Why it is pinned.
    pub label: String,
    /// Text of the sample, only where somebody ticked that it may leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

impl Review {
    /// A review of `reports`, judged by `policy` on day `today`; its history starts with the opening of the files.
    #[must_use]
    pub fn new(reports: Vec<Report>, policy: Option<Policy>, at: &str, who: &str) -> Self {
        let mut review = Self {
            app: env!("CARGO_PKG_VERSION").to_owned(),
            methods: METHODS_VERSION,
            reports,
            ..Self::default()
        };
        if let Some(policy) = policy {
            review.record(Change::Policy(Box::new(policy)), at, who);
        }
        let files = review.files();
        review.record(Change::Opened(files), at, who);
        review.judge(at.get(..10).unwrap_or(at));
        review
    }

    /// Every input file once: of the runs, then of their baselines.
    #[must_use]
    pub fn files(&self) -> Vec<InputFile> {
        let mut files: Vec<InputFile> = Vec::new();
        let baselines = self
            .reports
            .iter()
            .filter_map(|report| report.comparison.as_ref())
            .map(|own| &*own.baseline);
        for file in self.reports.iter().chain(baselines).flat_map(|report| &report.files) {
            if !files.contains(file) {
                files.push(file.clone());
            }
        }
        files
    }

    /// Appends what `who` did at `at` (RFC 3339 in UTC) to the history and brings the state up to date.
    pub fn record(&mut self, change: Change, at: &str, who: &str) {
        if self.events.is_empty() && (self.audit.count > 0 || self.state != State::default()) {
            let adopted = Change::Adopted {
                state: Box::new(self.state.clone()),
                audit: self.audit.clone(),
            };
            self.events.push(Event::following(&[], adopted, at, who));
        }
        self.events.push(Event::following(&self.events, change, at, who));
        self.follow();
    }

    /// Derives state and audit from the events, if there are any.
    pub fn follow(&mut self) {
        if !self.events.is_empty() {
            self.state = audit::state(&self.events);
            self.audit = audit::standing(&self.events);
        }
    }

    /// Judges every report by the policy on day `today`.
    pub fn judge(&mut self, today: &str) {
        let Some(policy) = &self.state.policy else {
            self.verdicts.clear();
            return;
        };
        self.verdicts = self.reports.iter().map(|report| judge(report, policy, today)).collect();
        for gate in self.verdicts.iter_mut().flat_map(|run| &mut run.gates) {
            gate.set_after_run |= self.state.set_after_run.contains(&gate.id);
        }
    }

    /// The worst verdict of its runs; `None` without a policy.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.state.policy.as_ref().map(|_| verdict::worst(&self.verdicts))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
