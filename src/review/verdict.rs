//! Verdicts: what each gate says of a report, why, and what would decide it.

mod contract;
mod judge;
mod words;

pub use words::after_stamp;

pub(crate) use contract::column_name;
pub use judge::judge;

use serde::{Deserialize, Serialize};

use super::policy::{Action, Limit, Severity, SliceName, Waiver};
use crate::estimate::Estimate;
use crate::report::Filter;

/// What a gate, a run or a review says. The order is from best to worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The bad end of the bounds is on the good side.
    Pass,
    /// Not enough evidence.
    #[default]
    Inconclusive,
    /// The good end of the bounds is on the bad side.
    Fail,
}

impl Verdict {
    /// The word shown for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "not enough evidence",
            Self::Fail => "fail",
        }
    }

    /// The shape shown before the word, so that colour is never needed.
    #[must_use]
    pub fn shape(self) -> &'static str {
        match self {
            Self::Pass => "✓",
            Self::Inconclusive => "?",
            Self::Fail => "✗",
        }
    }
}

/// Where a gate comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A gate of the policy.
    #[default]
    Gate,
    /// A term of the data contract.
    Contract,
}

/// One gate, judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GateVerdict {
    /// Id of the gate; terms of the contract are `contract.…`.
    pub id: String,
    /// Where it comes from.
    pub kind: Kind,
    /// Id of the metric; empty for terms of the contract.
    pub metric: String,
    /// What is measured, in words.
    pub title: String,
    /// Slice it is measured on.
    pub slice: Option<SliceName>,
    /// The verdict by the bounds.
    pub verdict: Verdict,
    /// How much it weighs.
    pub severity: Severity,
    /// The value; its ends are the one-sided bounds at [`Self::level`].
    pub estimate: Estimate,
    /// One-sided level of each bound.
    pub level: f64,
    /// What it is held against; `None` for terms of the contract.
    pub limit: Option<Limit>,
    /// The margin, where it compares with a baseline.
    pub margin: Option<f64>,
    /// Samples at which the observed value would decide; `None` if decided, or if no number would.
    pub n_needed: Option<u64>,
    /// Chance of bounds this far on the bad side if the value were just at the limit; `None` unless it fails by bounds.
    pub p: Option<f64>,
    /// The same after Holm's correction over all gates that could fail.
    pub p_holm: Option<f64>,
    /// Why the verdict, in one sentence.
    pub reason: String,
    /// Why the limit is what it is, and when it was set.
    pub rationale: String,
    /// When the limit was set.
    pub date: String,
    /// The limit was set after the run was made or its data opened.
    pub set_after_run: bool,
    /// The samples it was measured on that speak against it.
    pub filters: Vec<Filter>,
    /// A waiver that names it, in force or not.
    pub waiver: Option<Waiver>,
    /// The waiver is in force.
    pub is_waived: bool,
}

impl GateVerdict {
    /// What it adds to the verdict of the run; `None` if it does not decide.
    #[must_use]
    pub fn weight(&self) -> Option<Verdict> {
        (self.severity == Severity::Block && !self.is_waived).then_some(self.verdict)
    }
}

/// What a trigger says now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alarm {
    /// Shown to be within the limit.
    Quiet,
    /// Neither shown within nor beyond.
    #[default]
    Unclear,
    /// Shown to be beyond the limit, after Holm's correction over all triggers.
    Fires,
}

/// One trigger, evaluated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TriggerVerdict {
    /// The measurement, as a gate.
    pub gate: GateVerdict,
    /// What it says.
    pub alarm: Alarm,
    /// What is done when it fires.
    pub action: Action,
    /// What the evidence supports now: retraining needs worse quality beside the drift.
    pub advised: Option<Action>,
    /// Window.
    pub window: String,
    /// Who acts.
    pub owner: String,
}

impl TriggerVerdict {
    /// What was measured against the limit, in sentences; of drift with the column that moved most.
    #[must_use]
    pub fn reason(&self) -> String {
        let method = &self.gate.estimate.method;
        let column = method
            .strip_prefix("column “")
            .and_then(|rest| rest.split_once('”'))
            .filter(|_| self.gate.metric == "drift.psi-max");
        match column {
            Some((name, _)) => format!("{} The column that moved most is “{name}”.", self.gate.reason),
            None => self.gate.reason.clone(),
        }
    }

    /// Why the evidence supports something else than the plan; `None` where it supports the plan or does not fire.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        let advised = self.advised.filter(|advised| *advised != self.action)?;
        // Only a plan to retrain on drift is ever softened.
        Some(format!(
            "The evidence supports: {}. Drift alone is no reason to retrain, only drift with a loss of quality.",
            advised.words()
        ))
    }

    /// What it says now.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match self.alarm {
            Alarm::Quiet => "✓ within its limit now",
            Alarm::Unclear => "? not clear now",
            Alarm::Fires => "✗ would fire now",
        }
    }

    /// What is watched over which window, what is done and by whom: `Failure rate over 1 day: roll back (on call)`.
    #[must_use]
    pub fn plan(&self) -> String {
        let owner = if self.owner.is_empty() {
            "nobody is named"
        } else {
            &self.owner
        };
        let window = if self.window.is_empty() { "" } else { " over " };
        format!(
            "{}{window}{}: {} ({owner})",
            self.gate.title,
            self.window,
            self.action.words()
        )
    }

    /// Why it is watched, as its author wrote it; `None` where nobody did.
    #[must_use]
    pub fn purpose(&self) -> Option<String> {
        let rationale = self.gate.rationale.trim().trim_end_matches('.');
        (!rationale.is_empty()).then(|| format!("Why it is watched: {rationale}."))
    }

    /// All of it in sentences: plan, state, measurement, advice and purpose.
    #[must_use]
    pub fn sentence(&self) -> String {
        let more: String = [self.advice(), self.purpose()]
            .into_iter()
            .flatten()
            .map(|words| format!(" {words}"))
            .collect();
        format!("{}; {}. {}{more}", self.plan(), self.state(), self.reason())
    }
}

/// A run judged against a policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdicts {
    /// Name of the run.
    pub run: String,
    /// Day of judgement, `2026-11-22`: waivers are read on it.
    pub date: String,
    /// Looks that the policy declares; `None` where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks: Option<u32>,
    /// The worst unwaived blocking gate; without any, not enough evidence.
    pub verdict: Verdict,
    /// The verdict in a sentence.
    pub sentence: String,
    /// Terms of the data contract, then gates, in the order of the policy.
    pub gates: Vec<GateVerdict>,
    /// Triggers.
    pub triggers: Vec<TriggerVerdict>,
    /// How several ways to fail or alert were corrected for, as sentences.
    pub corrections: Vec<String>,
    /// Cautions that no gate states (duplicates, unscored samples, waivers that have ended), as sentences.
    pub cautions: Vec<String>,
}

impl Verdicts {
    /// How many looks the verdict allows for, as a sentence.
    #[must_use]
    pub fn looks_in_words(&self) -> String {
        words::looks(self.looks)
    }
}

/// The worst of several runs; not enough evidence for none.
#[must_use]
pub fn worst(runs: &[Verdicts]) -> Verdict {
    runs.iter().map(|run| run.verdict).max().unwrap_or_default()
}
