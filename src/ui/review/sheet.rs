//! The policy as a form: gates, triggers, budgets, contract and waivers in fields, beside the same policy as a file.
//!
//! The file's text stays the one draft. A field rewrites it; a text that reads as another policy rebuilds the fields.

mod condition;
mod rest;

use std::rc::Rc;

use leptos::prelude::*;

use super::{desk, policy::draft, typed::enter_newest};
use crate::{
    review::{
        Policy,
        policy::{Gate, Trigger},
    },
    ui::state::State,
};

/// The policy that the fields show, and how they change it.
#[derive(Clone, Copy)]
pub struct Sheet {
    /// The page's state.
    pub state: State,
    policy: StoredValue<Policy>,
    shape: RwSignal<u32>,
}

impl Sheet {
    /// Changes the policy by what a field holds; the fields stay as they are.
    pub fn edit(self, change: impl FnOnce(&mut Policy)) {
        self.policy.update_value(change);
        draft(self.state, self.policy.with_value(Policy::to_toml));
    }

    /// Changes which fields there are.
    pub fn reshape(self, change: impl FnOnce(&mut Policy)) {
        self.edit(change);
        self.shape.update(|shape| *shape += 1);
    }

    /// Takes what a field holds into the item at `place` of a list of the policy; a removed item takes nothing.
    fn put<T: 'static>(
        self,
        list: fn(&mut Policy) -> &mut Vec<T>,
        place: usize,
        put: impl Fn(&mut T, String) + 'static,
    ) -> Rc<dyn Fn(String)> {
        Rc::new(move |text| {
            self.edit(|policy| {
                if let Some(item) = list(policy).get_mut(place) {
                    put(item, text);
                }
            });
        })
    }
}

/// The fields.
#[component]
pub fn PolicySheet() -> impl IntoView {
    let state = expect_context::<State>();
    let sheet = Sheet {
        state,
        policy: StoredValue::new(Policy::default()),
        shape: RwSignal::new(0),
    };
    Effect::new(move |_| {
        let text = state.desk.draft.get();
        let Ok(policy) = Policy::parse(&text) else {
            // An empty draft is the empty policy; a text with faults leaves the fields as they were.
            if text.trim().is_empty() && sheet.policy.with_value(|own| *own != Policy::default()) {
                sheet.policy.set_value(Policy::default());
                sheet.shape.update(|shape| *shape += 1);
            }
            return;
        };
        if sheet.policy.with_value(|own| *own != policy) {
            sheet.policy.set_value(policy);
            sheet.shape.update(|shape| *shape += 1);
        }
    });
    move || {
        sheet.shape.track();
        let policy = sheet.policy.get_value();
        view! {
            {rest::looks(sheet, policy.looks)}
            <h4>"Gates before release"</h4>
            {policy.gates.iter().enumerate().map(|(place, gate)| gate_fields(sheet, place, gate)).collect_view()}
            <button
                type="button"
                on:click=move |event| {
                    sheet.reshape(|policy| policy.gates.push(new_gate(policy)));
                    enter_newest(&event, "[data-kind=gate]");
                }
            >
                "Add a gate"
            </button>
            <h4>"Triggers after release"</h4>
            {policy.triggers.iter().enumerate().map(|(place, trigger)| trigger_fields(sheet, place, trigger)).collect_view()}
            <button
                type="button"
                on:click=move |event| {
                    sheet.reshape(|policy| policy.triggers.push(new_trigger(policy)));
                    enter_newest(&event, "[data-kind=trigger]");
                }
            >
                "Add a trigger"
            </button>
            {rest::budgets(sheet, &policy.latency)}
            {rest::contract(sheet, policy.contract.as_ref())}
            {rest::waivers(sheet, &policy)}
        }
    }
}

/// A name that no gate or trigger of `policy` has.
fn free_name(policy: &Policy, stem: &str) -> String {
    let is_taken = |name: &str| {
        let gates = policy.gates.iter().map(|gate| &gate.id);
        gates
            .chain(policy.triggers.iter().map(|trigger| &trigger.id))
            .any(|id| id == name)
    };
    (1..)
        .map(|number| format!("{stem}-{number}"))
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

fn new_gate(policy: &Policy) -> Gate {
    Gate {
        id: free_name(policy, "gate"),
        metric: "accuracy".to_owned(),
        date: desk::today(),
        ..Gate::default()
    }
}

fn new_trigger(policy: &Policy) -> Trigger {
    Trigger {
        id: free_name(policy, "trigger"),
        metric: "accuracy".to_owned(),
        window: "7 days".to_owned(),
        ..Trigger::default()
    }
}

fn gate_fields(sheet: Sheet, place: usize, gate: &Gate) -> impl IntoView + use<> {
    let list: fn(&mut Policy) -> &mut Vec<Gate> = |policy| &mut policy.gates;
    let put = move |put: fn(&mut Gate, String)| sheet.put(list, place, put);
    let weights = [
        ("block", "blocks the release"),
        ("warn", "warns"),
        ("info", "for information"),
    ];
    let weight = serde_json::to_value(gate.severity).ok();
    let weight = weight
        .as_ref()
        .and_then(|value| value.as_str())
        .unwrap_or("block")
        .to_owned();
    let fewest = gate.min_n.map(|n| n.to_string()).unwrap_or_default();
    view! {
        <fieldset class="item" data-kind="gate">
            <legend>{format!("Gate {}", place + 1)}</legend>
            <div class="form">
                <super::typed::Typed label="Name" value=gate.id.clone() commit=put(|gate, text| gate.id = text) />
                {condition::fields(sheet, list, place, gate)}
                <super::typed::Choose
                    label="If it does not pass"
                    options=weights.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec()
                    chosen=weight
                    commit=put(|gate, text| {
                        gate.severity = serde_json::from_value(serde_json::Value::String(text)).unwrap_or_default();
                    })
                />
                <super::typed::Typed
                    label="Fewest samples (optional)"
                    hint="100"
                    reads=Rc::new(is_count)
                    value=fewest
                    commit=put(|gate, text| gate.min_n = text.trim().parse().ok())
                />
                <super::typed::Typed label="Set on" kind="date" value=gate.date.clone() commit=put(|gate, text| gate.date = text) />
                <super::typed::Typed
                    label="Why this limit"
                    kind="long"
                    value=gate.rationale.clone()
                    commit=put(|gate, text| gate.rationale = text)
                />
            </div>
            {remove(sheet, "Remove this gate", move |policy| drop_at(&mut policy.gates, place))}
        </fieldset>
    }
}

fn trigger_fields(sheet: Sheet, place: usize, trigger: &Trigger) -> impl IntoView + use<> {
    let list: fn(&mut Policy) -> &mut Vec<Trigger> = |policy| &mut policy.triggers;
    let put = move |put: fn(&mut Trigger, String)| sheet.put(list, place, put);
    let actions = [
        ("investigate", "investigate"),
        ("retrain", "retrain"),
        ("rollback", "roll back"),
    ];
    let action = serde_json::to_value(trigger.action).ok();
    let action = action
        .as_ref()
        .and_then(|value| value.as_str())
        .unwrap_or("investigate")
        .to_owned();
    view! {
        <fieldset class="item" data-kind="trigger">
            <legend>{format!("Trigger {}", place + 1)}</legend>
            <div class="form">
                <super::typed::Typed label="Name" value=trigger.id.clone() commit=put(|trigger, text| trigger.id = text) />
                {condition::fields(sheet, list, place, trigger)}
                <super::typed::Typed label="Looked at over" value=trigger.window.clone() commit=put(|trigger, text| trigger.window = text) />
                <super::typed::Choose
                    label="When it fires"
                    options=actions.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec()
                    chosen=action
                    commit=put(|trigger, text| {
                        trigger.action = serde_json::from_value(serde_json::Value::String(text)).unwrap_or_default();
                    })
                />
                <super::typed::Typed label="Done by" value=trigger.owner.clone() commit=put(|trigger, text| trigger.owner = text) />
                <super::typed::Typed
                    label="Why it is watched"
                    kind="long"
                    value=trigger.rationale.clone()
                    commit=put(|trigger, text| trigger.rationale = text)
                />
            </div>
            {remove(sheet, "Remove this trigger", move |policy| drop_at(&mut policy.triggers, place))}
        </fieldset>
    }
}

/// Whether a text is a number of samples.
fn is_count(text: &str) -> bool {
    text.trim().parse::<u64>().is_ok()
}

fn drop_at<T>(list: &mut Vec<T>, place: usize) {
    if place < list.len() {
        list.remove(place);
    }
}

fn remove(sheet: Sheet, words: &'static str, change: impl Fn(&mut Policy) + 'static) -> impl IntoView {
    view! {
        <button type="button" class="quiet" on:click=move |_| sheet.reshape(&change)>{words}</button>
    }
}
