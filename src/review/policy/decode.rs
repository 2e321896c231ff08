//! From the tree of a file to a policy, collecting everything that is wrong on the way.

use std::collections::BTreeMap;

use super::amount::{example, fault, from_text};
use super::tree::{Key, Node, Value, error, parse};
use super::{
    Action, ColumnType, Contract, Gate, LatencyPolicy, MOST_BYTES, MOST_LOOKS, Policy, PolicyError, Severity,
    SliceName, Trigger, Waiver,
};
use crate::estimate::Unit;
use crate::report::{COMPARE, METRICS, Metric};

const TOP: &[&str] = &["title", "looks", "gate", "trigger", "latency", "contract", "waiver"];
pub(super) const GATE: &[&str] = &[
    "id",
    "metric",
    "slice",
    "at_least",
    "at_most",
    "margin",
    "level",
    "min_n",
    "severity",
    "rationale",
    "date",
];
pub(super) const TRIGGER: &[&str] = &[
    "id",
    "metric",
    "slice",
    "at_least",
    "at_most",
    "window",
    "action",
    "owner",
    "rationale",
];
pub(super) const LATENCY: &[&str] = &["budget", "ttft_budget", "target", "p50", "p90", "p95", "p99"];
pub(super) const CONTRACT: &[&str] = &[
    "samples",
    "required",
    "unique_ids",
    "hash",
    "missing_at_most",
    "allowed",
    "types",
    "ranges",
];
pub(super) const WAIVER: &[&str] = &["gate", "who", "why", "until"];

/// Most gates, triggers and waivers that are read.
const MOST_ENTRIES: usize = 500;

pub(super) fn decode(source: &str) -> Result<Policy, Vec<PolicyError>> {
    if source.len() > MOST_BYTES {
        return Err(vec![error(source, 0, "the policy is larger than 1 MB")]);
    }
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let tree = parse(source).map_err(|found| vec![found])?;
    let mut reader = Reader {
        source,
        errors: Vec::new(),
    };
    let policy = reader.policy(&tree);
    reader.errors.sort_by_key(|found| (found.line, found.column));
    if reader.errors.is_empty() {
        Ok(policy)
    } else {
        Err(reader.errors)
    }
}

struct Reader<'a> {
    source: &'a str,
    errors: Vec<PolicyError>,
}

type Fields<'n> = BTreeMap<&'n str, (&'n Key, &'n Node)>;

impl Reader<'_> {
    fn wrong(&mut self, at: usize, text: impl Into<String>) {
        self.errors.push(error(self.source, at, text));
    }

    fn policy(&mut self, tree: &Node) -> Policy {
        let fields = self.fields(tree, "a policy", TOP);
        let policy = Policy {
            title: self.text(&fields, "title"),
            looks: self.looks(&fields),
            latency: self.one(&fields, "latency", Self::latency).unwrap_or_default(),
            contract: self.one(&fields, "contract", Self::contract),
            gates: self.entries(&fields, "gate", Self::gate),
            triggers: self.entries(&fields, "trigger", Self::trigger),
            waivers: self.entries(&fields, "waiver", Self::waiver),
        };
        self.unique(
            &fields,
            "gate",
            policy.gates.iter().map(|gate| gate.id.as_str()).collect(),
        );
        self.unique(
            &fields,
            "trigger",
            policy.triggers.iter().map(|own| own.id.as_str()).collect(),
        );
        for (place, waiver) in policy.waivers.iter().enumerate() {
            let known: Vec<String> = policy.all_gates().into_iter().map(|gate| gate.id).collect();
            if waiver.gate.starts_with("contract.") || waiver.gate.is_empty() || known.contains(&waiver.gate) {
                continue;
            }
            let at = item(&fields, "waiver", place)
                .and_then(|node| value_of(node, "gate"))
                .map_or(0, |node| node.at);
            let hint = nearest(&waiver.gate, known.iter().map(String::as_str));
            self.wrong(at, format!("no gate is called “{}”{hint}", waiver.gate));
        }
        policy
    }

    /// The members of a table, those that `what` does not have reported.
    fn fields<'n>(&mut self, node: &'n Node, what: &str, known: &[&str]) -> Fields<'n> {
        let Value::Table(members) = &node.value else {
            self.wrong(
                node.at,
                format!("{what} is a table of keys and values, not {}", node.value.kind()),
            );
            return Fields::new();
        };
        let mut fields = Fields::new();
        for (key, value) in members {
            if !known.contains(&key.name.as_str()) {
                let hint = nearest(&key.name, known.iter().copied());
                let hint = if hint.is_empty() {
                    format!("; it has {}", known.join(", "))
                } else {
                    hint
                };
                self.wrong(
                    key.at,
                    format!("{what} has no key “{}”{hint}", crate::text::shortened(&key.name, 40)),
                );
            } else if fields.insert(key.name.as_str(), (key, value)).is_some() {
                self.wrong(key.at, format!("the key “{}” stands twice", key.name));
            }
        }
        fields
    }

    fn one<T>(&mut self, fields: &Fields<'_>, name: &str, read: fn(&mut Self, &Node) -> T) -> Option<T> {
        fields.get(name).map(|(_, node)| read(self, node))
    }

    fn entries<T>(&mut self, fields: &Fields<'_>, name: &str, read: fn(&mut Self, &Node) -> T) -> Vec<T> {
        let Some((key, node)) = fields.get(name) else {
            return Vec::new();
        };
        match &node.value {
            Value::List(items) if items.len() <= MOST_ENTRIES => items.iter().map(|item| read(self, item)).collect(),
            Value::List(_) => {
                self.wrong(key.at, format!("there are more than {MOST_ENTRIES} entries “{name}”"));
                Vec::new()
            }
            _ => {
                self.wrong(
                    key.at,
                    format!("“{name}” is a list of tables: write [[{name}]] before each"),
                );
                Vec::new()
            }
        }
    }

    fn unique(&mut self, fields: &Fields<'_>, list: &str, ids: Vec<&str>) {
        for (place, id) in ids.iter().enumerate() {
            if !id.is_empty() && ids.iter().take(place).any(|other| other == id) {
                let at = item(fields, list, place)
                    .and_then(|node| value_of(node, "id"))
                    .map_or(0, |node| node.at);
                self.wrong(at, format!("two entries “{list}” are called “{id}”"));
            }
        }
    }

    fn text(&mut self, fields: &Fields<'_>, name: &str) -> String {
        match fields.get(name) {
            None => String::new(),
            Some((_, node)) => self.text_of(node, name),
        }
    }

    fn text_of(&mut self, node: &Node, name: &str) -> String {
        if let Value::Text(text) = &node.value {
            return text.clone();
        }
        self.wrong(
            node.at,
            format!("“{name}” is a text in quotes, not {}", node.value.kind()),
        );
        String::new()
    }

    fn needed(&mut self, node: &Node, fields: &Fields<'_>, what: &str, name: &str) -> String {
        if !fields.contains_key(name) {
            self.wrong(node.at, format!("{what} needs “{name}”"));
        }
        let text = self.text(fields, name);
        if text.trim().is_empty()
            && let Some((_, value)) = fields
                .get(name)
                .filter(|(_, value)| matches!(value.value, Value::Text(_)))
        {
            self.wrong(value.at, format!("“{name}” is empty"));
        }
        text
    }

    fn number(&mut self, fields: &Fields<'_>, name: &str, unit: Unit, is_difference: bool) -> Option<f64> {
        let (_, node) = fields.get(name)?;
        let value = match &node.value {
            Value::Number(number) => Some(*number),
            Value::Text(text) => from_text(text, unit),
            _ => None,
        };
        let Some(value) = value else {
            self.wrong(
                node.at,
                format!("“{name}” takes {} here, not {}", example(unit), written(&node.value)),
            );
            return None;
        };
        if let Some(fault) = fault(value, unit, is_difference) {
            self.wrong(node.at, format!("“{name}”: {fault}"));
        }
        Some(value)
    }

    fn whole(&mut self, fields: &Fields<'_>, name: &str) -> Option<u64> {
        let (_, node) = fields.get(name)?;
        match node.value {
            Value::Number(number) if number >= 0.0 && number.fract() == 0.0 && number < 9e15 => Some(number as u64),
            _ => {
                self.wrong(
                    node.at,
                    format!("“{name}” is a whole number, not {}", written(&node.value)),
                );
                None
            }
        }
    }

    /// How often the run is judged.
    fn looks(&mut self, fields: &Fields<'_>) -> Option<u32> {
        let looks = self.whole(fields, "looks")?;
        let known = u32::try_from(looks)
            .ok()
            .filter(|looks| (1..=MOST_LOOKS).contains(looks));
        if let (None, Some((_, node))) = (known, fields.get("looks")) {
            self.wrong(
                node.at,
                format!(
                    "“looks” is how often the run is judged while it goes on, a whole number from 1 to {MOST_LOOKS}, not \
                     {looks}"
                ),
            );
        }
        known
    }

    /// One of a few words.
    fn word<T: Copy>(&mut self, fields: &Fields<'_>, name: &str, words: &[(&str, T)]) -> Option<T> {
        let (_, node) = fields.get(name)?;
        self.word_of(node, name, words)
    }

    fn word_of<T: Copy>(&mut self, node: &Node, name: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text_of(node, name);
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() && matches!(node.value, Value::Text(_)) {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.wrong(
                node.at,
                format!(
                    "“{name}” is one of {}, not “{}”",
                    known.join(", "),
                    crate::text::shortened(&text, 40)
                ),
            );
        }
        found
    }

    fn date(&mut self, fields: &Fields<'_>, name: &str) -> String {
        let date = self.text(fields, name);
        if let (Some((_, node)), false) = (fields.get(name), is_date(&date)) {
            self.wrong(node.at, format!("“{name}” is a day such as 2026-10-01"));
        }
        date
    }

    /// The id of a known metric, and its row.
    fn metric(&mut self, node: &Node, fields: &Fields<'_>, what: &str) -> (String, Option<&'static Metric>) {
        let id = self.needed(node, fields, what, "metric");
        let metric = Metric::find(&id);
        if let (None, false, Some((_, value))) = (metric, id.is_empty(), fields.get("metric")) {
            let differences = METRICS
                .iter()
                .filter(|m| m.compared)
                .map(|m| format!("{COMPARE}{}", m.id));
            let known: Vec<String> = METRICS.iter().map(|m| m.id.to_owned()).chain(differences).collect();
            let hint = nearest(&id, known.iter().map(String::as_str));
            self.wrong(
                value.at,
                format!("there is no metric “{}”{hint}", crate::text::shortened(&id, 60)),
            );
        }
        (id, metric)
    }

    fn slice(&mut self, fields: &Fields<'_>) -> Option<SliceName> {
        let (_, node) = fields.get("slice")?;
        let text = self.text_of(node, "slice");
        match SliceName::try_from(text) {
            Ok(slice) => Some(slice),
            Err(why) => {
                self.wrong(node.at, why);
                None
            }
        }
    }

    fn gate(&mut self, node: &Node) -> Gate {
        let fields = self.fields(node, "a gate", GATE);
        let id = self.needed(node, &fields, "a gate", "id");
        let (mut metric, mut row) = self.metric(node, &fields, "a gate");
        let has_limit = fields.contains_key("at_least") || fields.contains_key("at_most");
        if let (Some((key, _)), false) = (fields.get("margin"), metric.starts_with(COMPARE)) {
            // A margin alone can only mean the comparison.
            let difference = format!("{COMPARE}{metric}");
            match Metric::find(&difference) {
                Some(found) if !has_limit => (metric, row) = (difference, Some(found)),
                Some(_) => self.wrong(
                    key.at,
                    format!("a margin belongs to a comparison with the baseline: name the metric “{difference}”"),
                ),
                None if row.is_some() => self.wrong(
                    key.at,
                    format!("“{metric}” is not compared with a baseline, so it takes no margin"),
                ),
                None => {}
            }
        }
        let is_difference = metric.starts_with(COMPARE);
        let unit = row.map_or(
            Unit::Score,
            |m| if is_difference { m.difference_unit() } else { m.unit },
        );
        let gate = Gate {
            id,
            slice: self.slice(&fields),
            at_least: self.number(&fields, "at_least", unit, is_difference || unit == Unit::Points),
            at_most: self.number(&fields, "at_most", unit, is_difference || unit == Unit::Points),
            margin: self.number(&fields, "margin", unit, true),
            level: self.level(&fields),
            min_n: self.whole(&fields, "min_n"),
            severity: self.severity(&fields),
            rationale: self.text(&fields, "rationale"),
            date: self.date(&fields, "date"),
            metric,
        };
        self.one_limit(node, &fields, "a gate", true);
        if let (Some(margin), Some((_, value))) = (gate.margin, fields.get("margin"))
            && margin < 0.0
        {
            self.wrong(
                value.at,
                "a margin is 0 or more: how much worse than the baseline is still fine",
            );
        }
        gate
    }

    fn level(&mut self, fields: &Fields<'_>) -> f64 {
        let level = self.number(fields, "level", Unit::Share, false);
        if let (Some(level), Some((_, node))) = (level, fields.get("level"))
            && !(level > 0.5 && level < 1.0)
        {
            self.wrong(
                node.at,
                "“level” is the one-sided level of the bounds, above 0.5 and below 1, such as 0.95",
            );
            return super::DEFAULT_LEVEL;
        }
        level.unwrap_or(super::DEFAULT_LEVEL)
    }

    fn severity(&mut self, fields: &Fields<'_>) -> Severity {
        let words = [
            ("block", Severity::Block),
            ("warn", Severity::Warn),
            ("info", Severity::Info),
        ];
        self.word(fields, "severity", &words).unwrap_or_default()
    }

    fn one_limit(&mut self, node: &Node, fields: &Fields<'_>, what: &str, takes_margin: bool) {
        match (fields.get("at_least"), fields.get("at_most")) {
            (Some(_), Some((key, _))) => {
                self.wrong(
                    key.at,
                    format!("{what} has one limit, “at_least” or “at_most”: make two of it"),
                );
            }
            (None, None) if !(takes_margin && fields.contains_key("margin")) => {
                let margin = if takes_margin {
                    ", or “margin” against a baseline"
                } else {
                    ""
                };
                self.wrong(
                    node.at,
                    format!("{what} needs a limit: “at_least” or “at_most”{margin}"),
                );
            }
            _ => {}
        }
    }

    fn trigger(&mut self, node: &Node) -> Trigger {
        let fields = self.fields(node, "a trigger", TRIGGER);
        let id = self.needed(node, &fields, "a trigger", "id");
        let (metric, row) = self.metric(node, &fields, "a trigger");
        let is_difference = metric.starts_with(COMPARE);
        let unit = row.map_or(
            Unit::Score,
            |m| if is_difference { m.difference_unit() } else { m.unit },
        );
        let actions = [
            ("rollback", Action::Rollback),
            ("retrain", Action::Retrain),
            ("investigate", Action::Investigate),
        ];
        self.one_limit(node, &fields, "a trigger", false);
        Trigger {
            id,
            slice: self.slice(&fields),
            at_least: self.number(&fields, "at_least", unit, is_difference || unit == Unit::Points),
            at_most: self.number(&fields, "at_most", unit, is_difference || unit == Unit::Points),
            window: self.text(&fields, "window"),
            action: self.word(&fields, "action", &actions).unwrap_or_default(),
            owner: self.text(&fields, "owner"),
            rationale: self.text(&fields, "rationale"),
            metric,
        }
    }

    fn latency(&mut self, node: &Node) -> LatencyPolicy {
        let fields = self.fields(node, "[latency]", LATENCY);
        let mut budget = |name: &str, unit: Unit| {
            let value = self.number(&fields, name, unit, false)?;
            let is_fine = value > 0.0 && (unit != Unit::Share || value < 1.0);
            if let (false, Some((_, node))) = (is_fine, fields.get(name)) {
                self.wrong(
                    node.at,
                    format!(
                        "“{name}” must lie above 0{}",
                        if unit == Unit::Share { " and below 1" } else { "" }
                    ),
                );
            }
            Some(value)
        };
        LatencyPolicy {
            budget: budget("budget", Unit::Seconds),
            ttft_budget: budget("ttft_budget", Unit::Seconds),
            target: budget("target", Unit::Share),
            p50: budget("p50", Unit::Seconds),
            p90: budget("p90", Unit::Seconds),
            p95: budget("p95", Unit::Seconds),
            p99: budget("p99", Unit::Seconds),
        }
    }

    fn contract(&mut self, node: &Node) -> Contract {
        let fields = self.fields(node, "[contract]", CONTRACT);
        let types = [
            ("number", ColumnType::Number),
            ("integer", ColumnType::Integer),
            ("boolean", ColumnType::Boolean),
            ("text", ColumnType::Text),
        ];
        Contract {
            samples: self.whole(&fields, "samples"),
            required: self
                .one(&fields, "required", |own, node| own.texts(node, "required"))
                .unwrap_or_default(),
            unique_ids: self.one(&fields, "unique_ids", Self::flag).flatten(),
            hash: fields.contains_key("hash").then(|| self.text(&fields, "hash")),
            missing_at_most: self.by_column(&fields, "missing_at_most", |own, node, _| own.share_of(node)),
            allowed: self.by_column(&fields, "allowed", |own, node, name| Some(own.texts(node, name))),
            types: self.by_column(&fields, "types", |own, node, name| own.word_of(node, name, &types)),
            ranges: self.by_column(&fields, "ranges", |own, node, _| own.range(node)),
        }
    }

    fn by_column<T>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        read: impl Fn(&mut Self, &Node, &str) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let Some((_, node)) = fields.get(name) else {
            return BTreeMap::new();
        };
        let Value::Table(members) = &node.value else {
            self.wrong(
                node.at,
                format!("“{name}” has a value for each column, such as {{ confidence = … }}"),
            );
            return BTreeMap::new();
        };
        members
            .iter()
            .filter_map(|(key, node)| Some((key.name.clone(), read(self, node, &key.name)?)))
            .collect()
    }

    fn flag(&mut self, node: &Node) -> Option<bool> {
        if let Value::Bool(flag) = node.value {
            return Some(flag);
        }
        self.wrong(node.at, format!("this is true or false, not {}", written(&node.value)));
        None
    }

    fn texts(&mut self, node: &Node, name: &str) -> Vec<String> {
        let Value::List(items) = &node.value else {
            self.wrong(
                node.at,
                format!(
                    "“{name}” is a list of texts such as [\"de\", \"en\"], not {}",
                    node.value.kind()
                ),
            );
            return Vec::new();
        };
        items.iter().map(|item| self.text_of(item, name)).collect()
    }

    fn share_of(&mut self, node: &Node) -> Option<f64> {
        let share = match &node.value {
            Value::Number(number) => Some(*number),
            Value::Text(text) => from_text(text, Unit::Share),
            _ => None,
        };
        let share = share.filter(|share| (0.0..=1.0).contains(share));
        if share.is_none() {
            self.wrong(
                node.at,
                format!(
                    "this is a share between 0 and 1 such as 0.05, not {}",
                    written(&node.value)
                ),
            );
        }
        share
    }

    fn range(&mut self, node: &Node) -> Option<(f64, f64)> {
        if let Value::List(items) = &node.value
            && let [low, high] = items.as_slice()
            && let (Value::Number(low), Value::Number(high)) = (&low.value, &high.value)
            && low <= high
        {
            return Some((*low, *high));
        }
        self.wrong(node.at, "a range is a list of its ends such as [0, 1]");
        None
    }

    fn waiver(&mut self, node: &Node) -> Waiver {
        let fields = self.fields(node, "a waiver", WAIVER);
        let waiver = Waiver {
            gate: self.needed(node, &fields, "a waiver", "gate"),
            who: self.needed(node, &fields, "a waiver", "who"),
            why: self.needed(node, &fields, "a waiver", "why"),
            until: self.date(&fields, "until"),
        };
        if !fields.contains_key("until") {
            self.wrong(
                node.at,
                "a waiver needs “until”: the last day it holds, such as 2026-12-31",
            );
        }
        waiver
    }
}

fn item<'n>(fields: &Fields<'n>, list: &str, place: usize) -> Option<&'n Node> {
    match &fields.get(list)?.1.value {
        Value::List(items) => items.get(place),
        _ => None,
    }
}

fn value_of<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    match &node.value {
        Value::Table(members) => members.iter().find(|(key, _)| key.name == name).map(|(_, value)| value),
        _ => None,
    }
}

/// A value as it stands in the file, or what it is.
fn written(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        Value::Text(text) => format!("“{}”", crate::text::shortened(text, 40)),
        Value::Bool(value) => value.to_string(),
        other => other.kind().to_owned(),
    }
}

/// Whether `text` is a day of the calendar, `2026-10-01`.
pub(super) fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// `; did you mean “…”?` with the known name that is closest; empty if none is close.
fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> String {
    let name = name.to_lowercase();
    let best = known.map(|own| (distance(&name, own), own)).min();
    match best {
        Some((far, own)) if far <= (name.chars().count() / 2).max(2) => format!("; did you mean “{own}”?"),
        _ => String::new(),
    }
}

/// Levenshtein's edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(100).enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let next = (diagonal + usize::from(x != *y)).min(*cell + 1).min(left + 1);
            diagonal = *cell;
            *cell = next;
            left = next;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
