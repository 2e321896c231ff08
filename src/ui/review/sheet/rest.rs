//! Budgets, the data contract and waivers.

use std::rc::Rc;

use leptos::prelude::*;

use super::{Sheet, condition, drop_at, is_count, remove};
use crate::{
    estimate::Unit,
    review::{
        Policy,
        policy::{Contract, LatencyPolicy, MOST_LOOKS, Waiver, amount},
    },
    ui::review::typed::{Choose, Typed, enter_newest},
};

/// A budget: label, unit, and where it stands in the policy.
type Budget = (&'static str, Unit, fn(&mut LatencyPolicy) -> &mut Option<f64>);

const BUDGETS: [Budget; 7] = [
    ("Whole answer within", Unit::Seconds, |latency| &mut latency.budget),
    ("First token within", Unit::Seconds, |latency| &mut latency.ttft_budget),
    ("Share of answers within it", Unit::Share, |latency| &mut latency.target),
    ("Half of the answers within (p50)", Unit::Seconds, |latency| {
        &mut latency.p50
    }),
    ("90 % within (p90)", Unit::Seconds, |latency| &mut latency.p90),
    ("95 % within (p95)", Unit::Seconds, |latency| &mut latency.p95),
    ("99 % within (p99)", Unit::Seconds, |latency| &mut latency.p99),
];

fn is_looks(text: &str) -> bool {
    text.trim()
        .parse()
        .is_ok_and(|looks: u32| (1..=MOST_LOOKS).contains(&looks))
}

/// How often the run is judged while it goes on.
pub fn looks(sheet: Sheet, looks: Option<u32>) -> impl IntoView + use<> {
    let commit: Rc<dyn Fn(String)> = Rc::new(move |text| {
        sheet.edit(|policy| policy.looks = text.trim().parse().ok());
    });
    let value = looks.map(|looks| looks.to_string()).unwrap_or_default();
    view! {
        <div class="form">
            <Typed label="How often the run is judged, if more than once" hint="1" value commit reads=Rc::new(is_looks) />
        </div>
    }
}

/// Latency budgets.
pub fn budgets(sheet: Sheet, latency: &LatencyPolicy) -> impl IntoView + use<> {
    let mut latency = latency.clone();
    let fields = BUDGETS.map(|(label, unit, of)| {
        let value = of(&mut latency)
            .map(|value| amount::write(value, unit))
            .unwrap_or_default();
        let commit: Rc<dyn Fn(String)> = Rc::new(move |text| {
            sheet.edit(|policy| *of(&mut policy.latency) = amount::read(&text, unit));
        });
        view! { <Typed label value commit hint=amount::example(unit) reads=condition::reads(unit, false) /> }
    });
    view! {
        <details open=!latency.is_empty()>
            <summary>"Latency budgets"</summary>
            <div class="form">{fields.into_iter().collect_view()}</div>
        </details>
    }
}

/// The data contract; what it says of single columns is edited in the file.
pub fn contract(sheet: Sheet, contract: Option<&Contract>) -> impl IntoView + use<> {
    let own = contract.cloned().unwrap_or_default();
    let put = move |put: fn(&mut Contract, String)| -> Rc<dyn Fn(String)> {
        Rc::new(move |text| {
            sheet.edit(|policy| {
                let mut contract = policy.contract.take().unwrap_or_default();
                put(&mut contract, text);
                policy.contract = Some(contract).filter(|contract| *contract != Contract::default());
            });
        })
    };
    let unique = [("", "not asked"), ("true", "must be unique"), ("false", "may repeat")];
    let chosen = own.unique_ids.map(|unique| unique.to_string()).unwrap_or_default();
    view! {
        <details open=contract.is_some()>
            <summary>"Data contract"</summary>
            <div class="form">
                <Typed
                    label="Expected number of samples"
                    hint="400"
                    reads=Rc::new(is_count)
                    value=own.samples.map(|n| n.to_string()).unwrap_or_default()
                    commit=put(|contract, text| contract.samples = text.trim().parse().ok())
                />
                <Typed
                    label="Columns that must be there"
                    hint="confidence, latency"
                    value=own.required.join(", ")
                    commit=put(|contract, text| {
                        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
                        contract.required = names.map(str::to_owned).collect();
                    })
                />
                <Choose
                    label="Ids of samples"
                    options=unique.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec()
                    chosen
                    commit=put(|contract, text| contract.unique_ids = text.parse().ok())
                />
                <Typed
                    label="SHA-256 of the data, or its version"
                    value=own.hash.clone().unwrap_or_default()
                    commit=put(|contract, text| contract.hash = Some(text.trim().to_owned()).filter(|hash| !hash.is_empty()))
                />
            </div>
            <p class="missing small">
                "Types, ranges, allowed values and missing shares of single columns are written in the file below."
            </p>
        </details>
    }
}

/// Who permits which gate not to pass, why, and until when.
pub fn waivers(sheet: Sheet, policy: &Policy) -> impl IntoView + use<> {
    let gates: Vec<(String, String)> = policy
        .all_gates()
        .into_iter()
        .map(|gate| (gate.id.clone(), gate.id))
        .collect();
    let first = gates.first().map(|(id, _)| id.clone());
    let has_gates = first.is_some();
    let list: fn(&mut Policy) -> &mut Vec<Waiver> = |policy| &mut policy.waivers;
    let items = policy.waivers.iter().enumerate().map(|(place, waiver)| {
        let put = move |put: fn(&mut Waiver, String)| sheet.put(list, place, put);
        let mut gates = gates.clone();
        if !gates.iter().any(|(id, _)| *id == waiver.gate) {
            gates.push((waiver.gate.clone(), waiver.gate.clone()));
        }
        view! {
            <fieldset class="item" data-kind="waiver">
                <legend>{format!("Waiver {}", place + 1)}</legend>
                <div class="form">
                    <Choose label="Gate" options=gates chosen=waiver.gate.clone() commit=put(|waiver, text| waiver.gate = text) />
                    <Typed label="Permitted by" value=waiver.who.clone() commit=put(|waiver, text| waiver.who = text) />
                    <Typed label="Until" kind="date" value=waiver.until.clone() commit=put(|waiver, text| waiver.until = text) />
                    <Typed label="Why it is permitted" kind="long" value=waiver.why.clone() commit=put(|waiver, text| waiver.why = text) />
                </div>
                {remove(sheet, "Remove this waiver", move |policy| drop_at(&mut policy.waivers, place))}
            </fieldset>
        }
    });
    let add = move |event| {
        let gate = first.clone().unwrap_or_default();
        sheet.reshape(|policy| {
            policy.waivers.push(Waiver {
                gate,
                ..Waiver::default()
            })
        });
        enter_newest(&event, "[data-kind=waiver]");
    };
    view! {
        <details open=!policy.waivers.is_empty()>
            <summary>"Waivers"</summary>
            {items.collect_view()}
            <button type="button" disabled=!has_gates on:click=add>"Add a waiver"</button>
        </details>
    }
}
