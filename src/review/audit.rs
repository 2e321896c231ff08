//! The history: events that are only ever appended, each naming the hashes of those it follows. The state follows from
//! them, so two copies of a review merge by putting their events together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::policy::{Contract, Gate, LatencyPolicy, Policy, Trigger, Waiver};
use super::{Audit, Decision, Note, Pin, Review, State};
use crate::report::InputFile;

/// Most events that are read from a file.
pub const MOST_EVENTS: usize = 20_000;

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The data was opened: from here on a changed limit is "set after the run".
    Opened(Vec<InputFile>),
    /// A review came without its history (from a link): its state, and where its history stood.
    Adopted {
        /// What it said.
        state: Box<State>,
        /// Head and count of the history it came from.
        audit: Audit,
    },
    /// A whole policy was put in place.
    Policy(Box<Policy>),
    /// A gate was added (no old), changed or taken out (no new).
    Gate(Option<Box<Gate>>, Option<Box<Gate>>),
    /// A trigger was added, changed or taken out.
    Trigger(Option<Box<Trigger>>, Option<Box<Trigger>>),
    /// A waiver was given, changed or taken back.
    Waiver(Option<Waiver>, Option<Waiver>),
    /// The latency budgets changed.
    Latency(LatencyPolicy, LatencyPolicy),
    /// The data contract changed.
    Contract(Box<Option<Contract>>, Box<Option<Contract>>),
    /// A text of the review changed: which, old and new.
    Text(Field, String, String),
    /// The decision was made, changed or taken back.
    Decision(Option<Box<Decision>>, Option<Box<Decision>>),
    /// A note was written, changed or taken out.
    Note(Option<Box<Note>>, Option<Box<Note>>),
    /// A sample was pinned, its label changed or the pin taken out.
    Pin(Option<Box<Pin>>, Option<Box<Pin>>),
    /// The event with this id was undone; undoing this event does it again.
    Undone(String),
}

/// A text of the review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Title.
    Title,
    /// Product or feature.
    Product,
    /// The problem to solve.
    Problem,
    /// Business goal and success criteria.
    Goal,
    /// Intended use.
    IntendedUse,
    /// What is not covered.
    NotCovered,
    /// Known limitations.
    Limitations,
    /// Risk tier.
    Risk,
    /// Exposure plan.
    Exposure,
    /// Feature flag.
    Flag,
    /// Steps of a rollback.
    RollbackSteps,
    /// Version to go back to.
    RollbackVersion,
    /// Who rolls back.
    RollbackOwner,
    /// Day of the next review.
    NextReview,
}

impl Field {
    /// Every field, in the order of the form, with its words.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::Title, "Title"),
        (Self::Product, "Product or feature"),
        (Self::Problem, "Problem to solve"),
        (Self::Goal, "Business goal and success criteria"),
        (Self::IntendedUse, "Intended use"),
        (Self::NotCovered, "Not covered"),
        (Self::Limitations, "Known limitations"),
        (Self::Risk, "Risk tier"),
        (Self::Exposure, "Exposure plan"),
        (Self::Flag, "Feature flag"),
        (Self::RollbackSteps, "Rollback steps"),
        (Self::RollbackVersion, "Version to go back to"),
        (Self::RollbackOwner, "Who rolls back"),
        (Self::NextReview, "Next review"),
    ];

    /// Its text in `state`.
    #[must_use]
    pub fn of(self, state: &State) -> &str {
        match self {
            Self::Title => &state.title,
            Self::Product => &state.product,
            Self::Problem => &state.scope.problem,
            Self::Goal => &state.scope.goal,
            Self::IntendedUse => &state.scope.intended_use,
            Self::NotCovered => &state.scope.not_covered,
            Self::Limitations => &state.scope.limitations,
            Self::Risk => &state.scope.risk,
            Self::Exposure => &state.after.exposure,
            Self::Flag => &state.after.flag,
            Self::RollbackSteps => &state.after.rollback_steps,
            Self::RollbackVersion => &state.after.rollback_version,
            Self::RollbackOwner => &state.after.rollback_owner,
            Self::NextReview => &state.after.next_review,
        }
    }

    fn in_state(self, state: &mut State) -> &mut String {
        match self {
            Self::Title => &mut state.title,
            Self::Product => &mut state.product,
            Self::Problem => &mut state.scope.problem,
            Self::Goal => &mut state.scope.goal,
            Self::IntendedUse => &mut state.scope.intended_use,
            Self::NotCovered => &mut state.scope.not_covered,
            Self::Limitations => &mut state.scope.limitations,
            Self::Risk => &mut state.scope.risk,
            Self::Exposure => &mut state.after.exposure,
            Self::Flag => &mut state.after.flag,
            Self::RollbackSteps => &mut state.after.rollback_steps,
            Self::RollbackVersion => &mut state.after.rollback_version,
            Self::RollbackOwner => &mut state.after.rollback_owner,
            Self::NextReview => &mut state.after.next_review,
        }
    }
}

/// Something that was done, by whom and when. The name is a claim, not an identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// SHA-256, hex, over the JSON of the other four fields.
    pub id: String,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Who.
    pub who: String,
    /// Ids of the events it follows, sorted.
    pub follows: Vec<String>,
    /// What.
    pub change: Change,
}

impl Event {
    /// The event that follows all of `before`.
    #[must_use]
    pub fn following(before: &[Self], change: Change, at: &str, who: &str) -> Self {
        let mut event = Self {
            id: String::new(),
            at: at.to_owned(),
            who: who.to_owned(),
            follows: heads(before),
            change,
        };
        event.id = event.hash();
        event
    }

    /// The id its content gives.
    #[must_use]
    pub fn hash(&self) -> String {
        // Every number in a change is finite, so this has a JSON form; one that had none would not match its id.
        let content = serde_json::to_vec(&(&self.at, &self.who, &self.follows, &self.change)).unwrap_or_default();
        hex(&Sha256::digest(content))
    }

    /// What was done, in a few words, for the history.
    #[must_use]
    pub fn words(&self) -> String {
        let told = |noun: &str, name: &str, had: bool, has: bool| {
            let verb = match (had, has) {
                (false, _) => "added",
                (true, true) => "changed",
                (true, false) => "removed",
            };
            format!("{verb} {noun} {name}").trim_end().to_owned()
        };
        match &self.change {
            Change::Opened(files) => format!("opened {}", crate::text::counted(files.len() as u64, "file")),
            Change::Adopted { audit, .. } => {
                let events = crate::text::counted(audit.count, "event");
                format!("opened a link with a history of {events}")
            }
            Change::Policy(_) => "set the policy".to_owned(),
            Change::Gate(old, new) => told("the gate", name(old, new, |g| &g.id), old.is_some(), new.is_some()),
            Change::Trigger(old, new) => told("the trigger", name(old, new, |t| &t.id), old.is_some(), new.is_some()),
            Change::Waiver(old, new) => told(
                "the waiver of",
                name(old, new, |w| &w.gate),
                old.is_some(),
                new.is_some(),
            ),
            Change::Latency(..) => "changed the latency budgets".to_owned(),
            Change::Contract(..) => "changed the data contract".to_owned(),
            Change::Text(field, ..) => {
                let words = Field::ALL
                    .iter()
                    .find(|(own, _)| own == field)
                    .map_or("", |(_, words)| words);
                format!("changed “{words}”")
            }
            Change::Decision(old, new) => decided(old.as_deref(), new.as_deref()),
            Change::Note(old, new) => told("a note", "", old.is_some(), new.is_some()),
            Change::Pin(old, new) => told("the pin of", name(old, new, |p| &p.id), old.is_some(), new.is_some()),
            Change::Undone(_) => "undid a change".to_owned(),
        }
    }
}

/// What became of the decision.
fn decided(old: Option<&Decision>, new: Option<&Decision>) -> String {
    let (old, new) = match (old, new) {
        (_, None) => return "took the decision back".to_owned(),
        (None, Some(new)) => return format!("decided: {}", new.choice.words()),
        (Some(old), Some(new)) => (old, new),
    };
    if old.choice != new.choice {
        return format!(
            "changed the decision from “{}” to “{}”",
            old.choice.words(),
            new.choice.words()
        );
    }
    let parts = [
        ("reason", old.reason != new.reason),
        ("conditions", old.conditions != new.conditions),
        ("dissent", old.dissent != new.dissent),
        ("name", old.name != new.name),
        ("role", old.role != new.role),
        ("date", old.date != new.date),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, is_changed)| *is_changed)
        .map(|(part, _)| part.to_owned())
        .collect();
    format!("changed the decision: {}", crate::text::list(&parts))
}

fn name<'a, T>(old: &'a Option<T>, new: &'a Option<T>, of: impl Fn(&'a T) -> &'a String) -> &'a str {
    new.as_ref().or(old.as_ref()).map_or("", |value| of(value))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Ids of the events that no other of them follows, sorted.
fn heads(events: &[Event]) -> Vec<String> {
    let followed: BTreeSet<&String> = events.iter().flat_map(|event| &event.follows).collect();
    let mut heads: Vec<String> = events
        .iter()
        .map(|event| &event.id)
        .filter(|id| !followed.contains(id))
        .cloned()
        .collect();
    heads.sort_unstable();
    heads.dedup();
    heads
}

/// Where the history of `events` stands.
#[must_use]
pub fn standing(events: &[Event]) -> Audit {
    let heads = heads(events);
    Audit {
        head: match heads.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            several => hex(&Sha256::digest(several.join(" "))),
        },
        count: events.len() as u64,
    }
}

/// Whether the history of `events` (oldest first) stands where `carried` says, once stood there, or began with a review that
/// did.
#[must_use]
pub fn has_passed(events: &[Event], carried: &Audit) -> bool {
    let count = usize::try_from(carried.count).unwrap_or(usize::MAX);
    let stood = events
        .get(..count)
        .is_some_and(|earlier| standing(earlier).is_told_by(carried));
    stood
        || matches!(events.first().map(|event| &event.change), Some(Change::Adopted { audit, .. }) if audit.is_told_by(carried))
}

/// The events of both histories, each once, in an order in which none comes before one it follows.
#[must_use]
pub fn merged(a: &[Event], b: &[Event]) -> Vec<Event> {
    let all: BTreeMap<&String, &Event> = a.iter().chain(b).map(|event| (&event.id, event)).collect();
    let events: Vec<Event> = all.into_values().cloned().collect();
    let history = History::of(&events);
    history.order.iter().filter_map(|&at| events.get(at)).cloned().collect()
}

/// Events in order, and who follows whom.
struct History<'a> {
    events: &'a [Event],
    /// Places of the events: followed ones first, then by time and id.
    order: Vec<usize>,
    /// For each event the set of those it follows, directly or not, as bits.
    before: Vec<Vec<u64>>,
    /// Whether each stands, that is, was not undone.
    stands: Vec<bool>,
}

impl<'a> History<'a> {
    fn of(events: &'a [Event]) -> Self {
        let places: HashMap<&str, usize> = events
            .iter()
            .enumerate()
            .map(|(at, event)| (event.id.as_str(), at))
            .collect();
        let parents: Vec<Vec<usize>> = events
            .iter()
            .map(|event| {
                event
                    .follows
                    .iter()
                    .filter_map(|id| places.get(id.as_str()).copied())
                    .collect()
            })
            .collect();
        let order = ordered(events, &parents);
        let width = events.len().div_ceil(64);
        let mut before = vec![vec![0u64; width]; events.len()];
        for &at in &order {
            let mut bits = vec![0u64; width];
            for &parent in parents.get(at).into_iter().flatten() {
                set(&mut bits, parent);
                for (own, theirs) in bits.iter_mut().zip(before.get(parent).into_iter().flatten()) {
                    *own |= theirs;
                }
            }
            if let Some(place) = before.get_mut(at) {
                *place = bits;
            }
        }
        let mut stands = vec![true; events.len()];
        for &at in order.iter().rev() {
            let is_standing = stands.get(at).copied().unwrap_or(false);
            if let (true, Some(Change::Undone(id))) = (is_standing, events.get(at).map(|event| &event.change))
                && let Some(undone) = places.get(id.as_str()).and_then(|&place| stands.get_mut(place))
            {
                *undone = false;
            }
        }
        Self {
            events,
            order,
            before,
            stands,
        }
    }

    /// The events that stand, in order.
    fn standing(&self) -> impl Iterator<Item = (usize, &'a Event)> + '_ {
        self.order
            .iter()
            .filter(|&&at| self.stands.get(at).copied().unwrap_or(false))
            .filter_map(|&at| Some((at, self.events.get(at)?)))
    }

    fn follows(&self, later: usize, earlier: usize) -> bool {
        self.before.get(later).is_some_and(|bits| is_set(bits, earlier))
    }
}

fn set(bits: &mut [u64], at: usize) {
    if let Some(word) = bits.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}

fn is_set(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

/// Followed events first; among those that may come next the earliest, then the smallest id. Events in a circle (which
/// no honest history has) are left out.
fn ordered(events: &[Event], parents: &[Vec<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = parents.iter().map(Vec::len).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); events.len()];
    for (child, own) in parents.iter().enumerate() {
        for &parent in own {
            if let Some(list) = children.get_mut(parent) {
                list.push(child);
            }
        }
    }
    let key = |at: usize| events.get(at).map(|event| (event.at.as_str(), event.id.as_str(), at));
    let mut ready: BTreeSet<_> = (0..events.len())
        .filter(|&at| waiting.get(at) == Some(&0))
        .filter_map(key)
        .collect();
    let mut order = Vec::with_capacity(events.len());
    while let Some((_, _, at)) = ready.pop_first() {
        order.push(at);
        for &child in children.get(at).into_iter().flatten() {
            if let Some(left) = waiting.get_mut(child) {
                *left -= 1;
                if *left == 0 {
                    ready.extend(key(child));
                }
            }
        }
    }
    order
}

/// What the events say together.
#[must_use]
pub fn state(events: &[Event]) -> State {
    let history = History::of(events);
    let mut state = State::default();
    let opened: Vec<usize> = history
        .standing()
        .filter(|(_, event)| matches!(event.change, Change::Opened(_)))
        .map(|(at, _)| at)
        .collect();
    for (at, event) in history.standing() {
        let is_after = opened.iter().any(|&opening| history.follows(at, opening));
        apply(&mut state, &event.change, is_after);
    }
    let (decisions, conflicts) = disagreements(&history);
    if decisions.len() > 1 {
        state.decisions = decisions;
    }
    state.conflicts.extend(conflicts);
    state
}

fn apply(state: &mut State, change: &Change, is_after_opening: bool) {
    match change {
        Change::Opened(_) | Change::Undone(_) => {}
        Change::Adopted { state: adopted, .. } => adopt(state, adopted),
        Change::Policy(policy) => {
            if is_after_opening {
                // Fewer declared looks are a lower bar for every gate.
                let at_a_look = |policy: &Policy| -> Vec<Gate> {
                    let of_gate = |gate: &Gate| Gate {
                        level: policy.level_per_look(gate.level),
                        ..gate.clone()
                    };
                    policy.gates.iter().map(of_gate).collect()
                };
                let old = at_a_look(&state.policy.take().unwrap_or_default());
                let changed = at_a_look(policy)
                    .into_iter()
                    .filter(|gate| limits_differ(old.iter().find(|g| g.id == gate.id), gate));
                let ids: Vec<String> = changed.map(|gate| gate.id).collect();
                state.set_after_run.extend(ids);
            }
            state.policy = Some((**policy).clone());
        }
        Change::Gate(old, new) => {
            if let (true, Some(gate)) = (is_after_opening, new)
                && limits_differ(old.as_deref(), gate)
            {
                state.set_after_run.push(gate.id.clone());
            }
            let policy = state.policy.get_or_insert_default();
            put(&mut policy.gates, old.as_deref(), new.as_deref(), |g| &g.id);
        }
        Change::Trigger(old, new) => {
            let policy = state.policy.get_or_insert_default();
            put(&mut policy.triggers, old.as_deref(), new.as_deref(), |t| &t.id);
        }
        Change::Waiver(old, new) => {
            let policy = state.policy.get_or_insert_default();
            put(&mut policy.waivers, old.as_ref(), new.as_ref(), |w| &w.gate);
        }
        Change::Latency(_, new) => state.policy.get_or_insert_default().latency = new.clone(),
        Change::Contract(_, new) => state.policy.get_or_insert_default().contract = (**new).clone(),
        Change::Text(field, _, new) => field.in_state(state).clone_from(new),
        Change::Decision(_, new) => state.decisions = new.iter().map(|decision| (**decision).clone()).collect(),
        Change::Note(old, new) => put(&mut state.notes, old.as_deref(), new.as_deref(), |n| &n.id),
        Change::Pin(old, new) => {
            let is_same = |a: &Pin, b: &Pin| (&a.run, &a.id, a.epoch) == (&b.run, &b.id, b.epoch);
            state
                .pins
                .retain(|pin| !old.iter().chain(new).any(|other| is_same(pin, other)));
            state.pins.extend(new.iter().map(|pin| (**pin).clone()));
        }
    }
    state.set_after_run.sort_unstable();
    state.set_after_run.dedup();
}

/// Takes over what `adopted` says wherever `state` says nothing yet; nobody's note is lost.
fn adopt(state: &mut State, adopted: &State) {
    for (field, _) in Field::ALL {
        if field.of(state).is_empty() {
            field.in_state(state).push_str(field.of(adopted));
        }
    }
    state.policy = state.policy.take().or_else(|| adopted.policy.clone());
    if state.decisions.is_empty() {
        state.decisions.clone_from(&adopted.decisions);
    }
    for note in &adopted.notes {
        if !state.notes.iter().any(|own| own.id == note.id) {
            state.notes.push(note.clone());
        }
    }
    for pin in &adopted.pins {
        if !state.pins.contains(pin) {
            state.pins.push(pin.clone());
        }
    }
    state.set_after_run.extend(adopted.set_after_run.iter().cloned());
    state.conflicts.extend(adopted.conflicts.iter().cloned());
}

/// Whether `new` holds its metric against something else than `old` did.
fn limits_differ(old: Option<&Gate>, new: &Gate) -> bool {
    let key = |gate: &Gate| {
        let own = (
            gate.metric.clone(),
            gate.slice.clone(),
            gate.level,
            gate.severity,
            gate.min_n,
        );
        (own, gate.at_least, gate.at_most, gate.margin)
    };
    old.map(key) != Some(key(new))
}

/// Puts `new` in the place of what has the id of `old` (or of `new`), at the end if there is none; takes it out without `new`.
fn put<T: Clone>(list: &mut Vec<T>, old: Option<&T>, new: Option<&T>, id: impl Fn(&T) -> &String) {
    let of_old = old.and_then(|old| list.iter().position(|own| id(own) == id(old)));
    let of_new = new.and_then(|new| list.iter().position(|own| id(own) == id(new)));
    match (of_old.or(of_new), new) {
        (Some(at), Some(new)) => {
            if let Some(place) = list.get_mut(at) {
                *place = new.clone();
            }
        }
        (Some(at), None) => {
            list.remove(at);
        }
        (None, Some(new)) => list.push(new.clone()),
        (None, None) => {}
    }
}

/// What decisions are called in sentences about conflicts.
const DECISION: &str = "the decision";

/// What a change sets, so that two changes of the same thing can be told; `None` where nothing can disagree.
fn register(change: &Change) -> Option<String> {
    match change {
        Change::Decision(..) => Some(DECISION.to_owned()),
        Change::Gate(old, new) => Some(format!("the gate {}", name(old, new, |g| &g.id))),
        Change::Trigger(old, new) => Some(format!("the trigger {}", name(old, new, |t| &t.id))),
        Change::Waiver(old, new) => Some(format!("the waiver of {}", name(old, new, |w| &w.gate))),
        Change::Note(old @ Some(_), new) => Some(format!("the note {}", name(old, new, |n| &n.id))),
        Change::Text(field, ..) => {
            let words = Field::ALL
                .iter()
                .find(|(own, _)| own == field)
                .map_or("", |(_, words)| words);
            Some(format!("“{words}”"))
        }
        Change::Policy(_) => Some("the policy".to_owned()),
        Change::Latency(..) => Some("the latency budgets".to_owned()),
        Change::Contract(..) => Some("the data contract".to_owned()),
        Change::Opened(_) | Change::Adopted { .. } | Change::Note(None, _) | Change::Pin(..) | Change::Undone(_) => {
            None
        }
    }
}

/// Decisions made without knowing of each other, and a sentence for each thing that was changed so.
fn disagreements(history: &History<'_>) -> (Vec<Decision>, Vec<String>) {
    let mut by_register: BTreeMap<String, Vec<(usize, &Event)>> = BTreeMap::new();
    for (at, event) in history.standing() {
        let has_adopted = matches!(&event.change, Change::Adopted { state, .. } if !state.decisions.is_empty());
        if let Some(register) = register(&event.change).or_else(|| has_adopted.then(|| DECISION.to_owned())) {
            by_register.entry(register).or_default().push((at, event));
        }
    }
    let mut decisions = Vec::new();
    let mut conflicts = Vec::new();
    for (what, changes) in &by_register {
        let last: Vec<&Event> = changes
            .iter()
            .filter(|(at, _)| !changes.iter().any(|(later, _)| history.follows(*later, *at)))
            .map(|(_, event)| *event)
            .collect();
        let is_same = |a: &Event, b: &Event| after(&a.change) == after(&b.change);
        if last.len() < 2 || last.windows(2).all(|pair| matches!(pair, [a, b] if is_same(a, b))) {
            continue;
        }
        let people: BTreeSet<String> = last.iter().map(|event| who(event)).collect();
        let people: Vec<String> = people.into_iter().collect();
        let kept = if what == DECISION {
            "both are kept"
        } else {
            "the later one is in force"
        };
        conflicts.push(format!(
            "{} changed {what} without knowing of each other; {kept}.",
            crate::text::list(&people)
        ));
        if what == DECISION {
            decisions = last
                .iter()
                .flat_map(|event| match &event.change {
                    Change::Decision(_, Some(new)) => vec![(**new).clone()],
                    Change::Adopted { state, .. } => state.decisions.clone(),
                    _ => Vec::new(),
                })
                .collect();
        }
    }
    (decisions, conflicts)
}

fn who(event: &Event) -> String {
    if event.who.is_empty() {
        "somebody without a name".to_owned()
    } else {
        event.who.clone()
    }
}

/// The new value of a change, as text to compare.
fn after(change: &Change) -> String {
    let json = match change {
        Change::Decision(_, new) => serde_json::to_string(new),
        Change::Adopted { state, .. } => serde_json::to_string(&state.decisions.first()),
        Change::Gate(_, new) => serde_json::to_string(new),
        Change::Trigger(_, new) => serde_json::to_string(new),
        Change::Waiver(_, new) => serde_json::to_string(new),
        Change::Note(_, new) => serde_json::to_string(new),
        Change::Latency(_, new) => serde_json::to_string(new),
        Change::Contract(_, new) => serde_json::to_string(new),
        Change::Text(_, _, new) => Ok(new.clone()),
        other => serde_json::to_string(other),
    };
    json.unwrap_or_default()
}

/// Two copies of a review as one: every event of both, every report of both, nothing lost. The order does not matter.
///
/// Reports of the same run over the same files are kept once. Verdicts are to be judged again by the caller.
#[must_use]
pub fn merge(a: &Review, b: &Review) -> Review {
    let (first, second) = if standing_key(a) <= standing_key(b) {
        (a, b)
    } else {
        (b, a)
    };
    let mut both = first.clone();
    for report in &second.reports {
        let is_same = |own: &crate::report::Report| own.meta.name == report.meta.name && own.files == report.files;
        if !both.reports.iter().any(is_same) {
            both.reports.push(report.clone());
        }
    }
    for review in [first, second] {
        if review.events.is_empty() && (review.audit.count > 0 || review.state != State::default()) {
            let adopted = Change::Adopted {
                state: Box::new(review.state.clone()),
                audit: review.audit.clone(),
            };
            both.events = merged(&both.events, &[Event::following(&[], adopted, "", "")]);
        }
    }
    both.events = merged(&both.events, &second.events);
    both.follow();
    both
}

/// Decides which copy comes first in a merge, so that both orders give the same.
fn standing_key(review: &Review) -> (String, String) {
    (
        review.audit.head.clone(),
        serde_json::to_string(&review.reports).unwrap_or_default(),
    )
}
