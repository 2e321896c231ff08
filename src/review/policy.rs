//! The policy: what was agreed before the run. Gates, triggers, budgets, the data contract and waivers, as a TOML or JSON
//! file in the team's own repository or edited in the page.

pub mod amount;
mod decode;
mod schema;
mod template;
mod tree;

pub use schema::schema;
pub use template::{TEMPLATES, Template};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::{Ask, COMPARE, Direction, Metric, Options};
use crate::stat::gate::alpha_per_look;
use decode::decode;

/// One-sided level of a gate that names none.
pub const DEFAULT_LEVEL: f64 = 0.95;
/// Most looks that a policy may declare.
pub const MOST_LOOKS: u32 = 100;

/// Everything agreed beforehand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Name of the policy; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// How often the run is judged by this policy while it goes on, the last time included; `None` for once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks: Option<u32>,
    /// Latency budgets.
    #[serde(skip_serializing_if = "LatencyPolicy::is_empty")]
    pub latency: LatencyPolicy,
    /// The data contract; `None` if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<Contract>,
    /// Release gates.
    #[serde(rename = "gate", skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Gate>,
    /// What is watched after release.
    #[serde(rename = "trigger", skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    /// Gates that may fail for a while, and why.
    #[serde(rename = "waiver", skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
}

/// How much a gate weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Shown only.
    Info,
    /// Shown as a warning; does not decide.
    Warn,
    /// Decides.
    #[default]
    Block,
}

/// A slice: a column and one of its values, written `lang=de`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SliceName {
    /// Name of the slice column.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl From<SliceName> for String {
    fn from(slice: SliceName) -> Self {
        format!("{}={}", slice.name, slice.value)
    }
}

impl TryFrom<String> for SliceName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => Ok(Self {
                name: name.trim().to_owned(),
                value: value.trim().to_owned(),
            }),
            _ => Err("a slice is written column=value, such as lang=de".to_owned()),
        }
    }
}

/// A condition that a metric must meet before release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gate {
    /// Name of the gate, unique in the policy.
    pub id: String,
    /// Id of the metric, `compare.` before it for the difference to the baseline.
    pub metric: String,
    /// Slice it is measured on; `None` for all samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slice: Option<SliceName>,
    /// Smallest allowed value, in the unit of the metric (fractions, seconds).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Largest allowed value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Non-inferiority margin of a comparison with the baseline, ≥ 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// One-sided level of the bounds, in 0.5..1.
    pub level: f64,
    /// Fewest samples (of the slice) on which it may pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_n: Option<u64>,
    /// How much it weighs.
    pub severity: Severity,
    /// Why the limit is what it is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rationale: String,
    /// When the limit was set, `2026-10-01`; empty if not said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub date: String,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            id: String::new(),
            metric: String::new(),
            slice: None,
            at_least: None,
            at_most: None,
            margin: None,
            level: DEFAULT_LEVEL,
            min_n: None,
            severity: Severity::default(),
            rationale: String::new(),
            date: String::new(),
        }
    }
}

/// Which side of a limit is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// At or above it.
    #[default]
    AtLeast,
    /// At or below it.
    AtMost,
    /// Within it on either side of 0.
    Within,
}

/// What a value is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// The good side.
    pub side: Side,
    /// The limit with the margin taken in, in the unit of the metric.
    pub value: f64,
    /// Reaching the limit is not enough: it has to be passed (non-inferiority).
    pub strict: bool,
}

impl Gate {
    /// What its metric is held against; `None` if the gate names no limit or no known metric.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        let metric = Metric::find(&self.metric)?;
        let margin = self.margin.unwrap_or(0.0);
        let strict = self.margin.is_some();
        let limit = |side, value| Some(Limit { side, value, strict });
        match (self.at_least, self.at_most, metric.direction) {
            (Some(least), None, _) => limit(Side::AtLeast, least - margin),
            (None, Some(most), Direction::Zero) if most >= 0.0 => limit(Side::Within, most + margin),
            (None, Some(most), _) => limit(Side::AtMost, most + margin),
            (None, None, _) if !strict => None,
            (None, None, Direction::Larger) => limit(Side::AtLeast, -margin),
            (None, None, Direction::Smaller) => limit(Side::AtMost, margin),
            (None, None, Direction::Zero | Direction::One) => limit(Side::Within, margin),
            (Some(_), Some(_), _) => None,
        }
    }

    /// Whether it compares with a baseline.
    #[must_use]
    pub fn compares(&self) -> bool {
        self.metric.starts_with(COMPARE)
    }

    /// What has to be measured for it.
    #[must_use]
    pub fn ask(&self) -> Ask {
        Ask {
            metric: self.metric.clone(),
            slice: self.slice.clone().map(|slice| (slice.name, slice.value)),
            level: self.level,
        }
    }
}

/// What is done when a trigger fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Go back to the version before.
    Rollback,
    /// Train, tune or prompt again.
    Retrain,
    /// Look into it.
    #[default]
    Investigate,
}

impl Action {
    /// As it reads in a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Rollback => "roll back",
            Self::Retrain => "retrain",
            Self::Investigate => "investigate",
        }
    }
}

/// A condition watched after release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trigger {
    /// Name of the trigger, unique in the policy.
    pub id: String,
    /// Id of the metric.
    pub metric: String,
    /// Slice it is measured on; `None` for all samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slice: Option<SliceName>,
    /// Smallest value that is still fine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Largest value that is still fine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// How long a window is looked at, in words: `7 days`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub window: String,
    /// What is done when it fires.
    pub action: Action,
    /// Who does it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// Why it is watched.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rationale: String,
}

impl Trigger {
    /// The trigger as a gate at the default level: it fires when the gate fails.
    #[must_use]
    pub fn gate(&self) -> Gate {
        Gate {
            id: self.id.clone(),
            metric: self.metric.clone(),
            slice: self.slice.clone(),
            at_least: self.at_least,
            at_most: self.at_most,
            rationale: self.rationale.clone(),
            ..Gate::default()
        }
    }
}

/// Latency budgets, from which attainment and the error budget follow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LatencyPolicy {
    /// Budget of the whole answer, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<f64>,
    /// Budget of the first token, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttft_budget: Option<f64>,
    /// Share that should be within the budget, 0..1; the rest is the error budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// Budget of the median, seconds; a gate of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p50: Option<f64>,
    /// Budget of the 90 % quantile, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p90: Option<f64>,
    /// Budget of the 95 % quantile, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p95: Option<f64>,
    /// Budget of the 99 % quantile, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p99: Option<f64>,
}

impl LatencyPolicy {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Gates that its budgets by percentile stand for.
    fn gates(&self) -> impl Iterator<Item = Gate> {
        let budgets = [
            ("p50", self.p50),
            ("p90", self.p90),
            ("p95", self.p95),
            ("p99", self.p99),
        ];
        budgets.into_iter().filter_map(|(name, budget)| {
            Some(Gate {
                id: format!("latency-{name}"),
                metric: format!("latency.{name}"),
                at_most: Some(budget?),
                ..Gate::default()
            })
        })
    }
}

/// What a column must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Numbers.
    Number,
    /// Whole numbers.
    Integer,
    /// True or false.
    Boolean,
    /// Any text.
    #[default]
    Text,
}

/// What the data must be like for a verdict to mean anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contract {
    /// Expected number of samples (of items where they repeat).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<u64>,
    /// Columns that must be there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub required: Vec<String>,
    /// No id may stand twice in an epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_ids: Option<bool>,
    /// SHA-256 of an input file, or version of the data set as the files state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Largest share of samples without a value, by column; `score` bounds unscored and errored samples.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub missing_at_most: BTreeMap<String, f64>,
    /// The only values a column may hold.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub allowed: BTreeMap<String, Vec<String>>,
    /// Type by column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, ColumnType>,
    /// Smallest and largest value by column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ranges: BTreeMap<String, (f64, f64)>,
}

/// Permission for a gate not to pass, for a while.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Waiver {
    /// Id of the gate.
    pub gate: String,
    /// Who permits it.
    pub who: String,
    /// Why.
    pub why: String,
    /// Last day it holds, `2026-12-31`.
    pub until: String,
}

/// What is wrong with a policy file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub text: String,
}

impl std::fmt::Display for PolicyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.text)
    }
}

impl std::error::Error for PolicyError {}

/// Largest policy that is read, bytes.
pub const MOST_BYTES: usize = 1 << 20;

impl Policy {
    /// Reads a policy: JSON if the text starts with a brace, else TOML.
    ///
    /// # Errors
    /// Everything found wrong, each with line and column: syntax, unknown keys and metrics (with the nearest known
    /// name), wrong units, limits that are missing or contradict each other.
    pub fn parse(text: &str) -> Result<Self, Vec<PolicyError>> {
        decode(text)
    }

    /// The policy as a TOML file that [`Self::parse`] reads back as the same policy. Comments are not kept.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Every field has a TOML form, so this cannot fail; an empty file is the empty policy.
        toml::to_string(self).unwrap_or_default()
    }

    /// The gates, those of the latency budgets by percentile last, each at its level for one of the declared looks.
    #[must_use]
    pub fn all_gates(&self) -> Vec<Gate> {
        let gates = self.gates.iter().cloned().chain(self.latency.gates());
        gates
            .map(|gate| Gate {
                level: self.level_per_look(gate.level),
                ..gate
            })
            .collect()
    }

    /// The level of each look that keeps all declared looks together at the one-sided `level`: 1 − (1 − level) / looks.
    ///
    /// Source: Bonferroni 1936, over looks declared in advance.
    #[must_use]
    pub fn level_per_look(&self, level: f64) -> f64 {
        let looks = self.looks.unwrap_or(1).clamp(1, MOST_LOOKS);
        match alpha_per_look(1.0 - level, looks) {
            // 1 − 0.05 / 10 should be 0.995 to the last bit.
            Some(alpha) if looks > 1 => ((1.0 - alpha) * 1e12).round() / 1e12,
            _ => level,
        }
    }

    /// Everything that has to be measured for it.
    #[must_use]
    pub fn asks(&self) -> Vec<Ask> {
        let triggers = self.triggers.iter().map(Trigger::gate);
        let mut asks: Vec<Ask> = Vec::new();
        for ask in self
            .all_gates()
            .iter()
            .chain(&triggers.collect::<Vec<_>>())
            .map(Gate::ask)
        {
            if !asks.contains(&ask) {
                asks.push(ask);
            }
        }
        asks
    }

    /// `options` with the budgets of the policy.
    #[must_use]
    pub fn applied(&self, options: &Options) -> Options {
        Options {
            budget_secs: self.latency.budget.or(options.budget_secs),
            ttft_budget_secs: self.latency.ttft_budget.or(options.ttft_budget_secs),
            target: self.latency.target.or(options.target),
            ..options.clone()
        }
    }

    /// Whether a gate or trigger needs a baseline.
    #[must_use]
    pub fn compares(&self) -> bool {
        self.asks().iter().any(|ask| ask.metric.starts_with(COMPARE))
    }
}
