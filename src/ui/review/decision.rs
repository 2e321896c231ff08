//! The decision: what is done, by whom, why, under which conditions, and who disagrees.

use std::rc::Rc;

use leptos::prelude::*;

use super::{
    desk,
    typed::{Typed, enter_newest},
};
use crate::{
    review::{Change, Choice, Condition, Decision, Dissent, audit::Field},
    ui::state::State,
};

/// Fields of the scope, and of what happens after release.
const SCOPE: [Field; 8] = [
    Field::Title,
    Field::Product,
    Field::Problem,
    Field::Goal,
    Field::IntendedUse,
    Field::NotCovered,
    Field::Limitations,
    Field::Risk,
];

/// Decision, scope and what happens after release.
#[component]
pub fn DecisionPanel() -> impl IntoView {
    let state = expect_context::<State>();
    // The form is made anew only when something else than the form changed the review.
    move || {
        state.desk.revision.track();
        view! {
            <h3>"Decision"</h3>
            <Conflicts state />
            <Form state />
            <details>
                <summary>"Scope: what this is about, and what it does not cover"</summary>
                <div class="form">{fields(state, |field| SCOPE.contains(&field))}</div>
            </details>
            <details>
                <summary>"After release: exposure, rollback, next review"</summary>
                <div class="form">{fields(state, |field| !SCOPE.contains(&field))}</div>
            </details>
        }
    }
}

fn fields(state: State, is_wanted: impl Fn(Field) -> bool) -> impl IntoView {
    let wanted = Field::ALL.into_iter().filter(|(field, _)| is_wanted(*field));
    let wanted: Vec<_> = wanted
        .map(|(field, words)| {
            let value = desk::text(state, field);
            let commit: Rc<dyn Fn(String)> = Rc::new(move |text| desk::put_text(state, field, text));
            let kind = match field {
                Field::Title | Field::Product | Field::Risk | Field::Flag => "text",
                Field::RollbackVersion | Field::RollbackOwner => "text",
                Field::NextReview => "date",
                _ => "long",
            };
            view! { <Typed label=words value commit kind /> }
        })
        .collect();
    wanted.collect_view()
}

/// The decision that stands, or an empty one of today.
fn current(state: State) -> Option<Decision> {
    state
        .desk
        .review
        .with_untracked(|review| review.state.decisions.first().cloned())
}

/// Changes the decision.
fn decide(state: State, change: impl FnOnce(&mut Decision)) {
    let old = current(state);
    let mut new = old.clone().unwrap_or_else(|| Decision {
        date: desk::today(),
        name: state.desk.who.get_untracked(),
        ..Decision::default()
    });
    change(&mut new);
    if old.as_ref() != Some(&new) {
        desk::record(state, Change::Decision(old.map(Box::new), Some(Box::new(new))));
    }
}

/// Changes the decision by more or fewer lines, so that the form has to be made anew.
fn reshape(state: State, change: impl FnOnce(&mut Decision)) {
    decide(state, change);
    state.desk.revision.update(|revision| *revision += 1);
}

/// Decisions made without knowing of each other: all are shown, one can be kept.
#[component]
fn Conflicts(state: State) -> impl IntoView {
    let (conflicts, decisions) = state
        .desk
        .review
        .with_untracked(|review| (review.state.conflicts.clone(), review.state.decisions.clone()));
    let said = conflicts
        .into_iter()
        .map(|words| view! { <p class="caution">{words}</p> })
        .collect_view();
    let first = decisions.first().cloned().map(Box::new);
    let choices = decisions.iter().map(|decision| {
        let (old, new) = (first.clone(), Box::new(decision.clone()));
        let keep = move |_| {
            desk::record(state, Change::Decision(old.clone(), Some(new.clone())));
            state.desk.revision.update(|revision| *revision += 1);
        };
        view! {
            <li>
                <p>{words(decision)}</p>
                <button type="button" on:click=keep>"Keep this decision"</button>
            </li>
        }
    });
    let choices = (decisions.len() > 1).then(|| view! { <ul class="triggers plain">{choices.collect_view()}</ul> });
    view! {
        {said}
        {choices}
    }
}

/// A decision in a sentence.
#[must_use]
pub fn words(decision: &Decision) -> String {
    let who = [decision.name.as_str(), decision.role.as_str()];
    let who: Vec<&str> = who.into_iter().filter(|part| !part.is_empty()).collect();
    let who = if who.is_empty() {
        "nobody named".to_owned()
    } else {
        who.join(", ")
    };
    let mut words = format!("{} ({who}, {})", decision.choice.words(), decision.date);
    if !decision.reason.is_empty() {
        words.push_str(&format!(": {}", decision.reason));
    }
    words
}

#[component]
fn Form(state: State) -> impl IntoView {
    let decision = current(state).unwrap_or_default();
    let is_made = current(state).is_some();
    let put = move |change: fn(&mut Decision, String)| -> Rc<dyn Fn(String)> {
        Rc::new(move |text| decide(state, |decision| change(decision, text)))
    };
    let chosen = decision.choice;
    let choices = Choice::ALL.map(|choice| {
        view! {
            <label class="option">
                <input
                    type="radio"
                    name="decision"
                    checked=is_made && choice == chosen
                    on:change=move |_| decide(state, |decision| decision.choice = choice)
                />
                {choice.words()}
            </label>
        }
    });
    let named: Rc<dyn Fn(String)> = Rc::new(move |text: String| {
        state.desk.who.set(text.clone());
        decide(state, |decision| decision.name = text);
    });
    view! {
        <div role="radiogroup" aria-label="Decision" class="choices">{choices.into_iter().collect_view()}</div>
        <div class="form" role="group" aria-label="Who decided, and why">
            <Typed label="Name" value=decision.name.clone() commit=named />
            <Typed label="Role" value=decision.role.clone() commit=put(|decision, text| decision.role = text) />
            <Typed label="Date" kind="date" value=decision.date.clone() commit=put(|decision, text| decision.date = text) />
            <Typed label="Reason" kind="long" value=decision.reason.clone() commit=put(|decision, text| decision.reason = text) />
        </div>
        <p class="missing small">"A name typed here is a claim, not an identity."</p>
        <Conditions state conditions=decision.conditions />
        <Dissents state dissents=decision.dissent />
    }
}

#[component]
fn Conditions(state: State, conditions: Vec<Condition>) -> impl IntoView {
    let put = move |place: usize, change: fn(&mut Condition, String)| -> Rc<dyn Fn(String)> {
        Rc::new(move |text| {
            decide(state, |decision| {
                if let Some(condition) = decision.conditions.get_mut(place) {
                    change(condition, text);
                }
            });
        })
    };
    let rows = conditions.into_iter().enumerate().map(|(place, condition)| {
        let remove = move |_| {
            reshape(state, |decision| {
                if place < decision.conditions.len() {
                    decision.conditions.remove(place);
                }
            });
        };
        view! {
            <li class="form">
                <Typed label="Condition" value=condition.text commit=put(place, |own, text| own.text = text) />
                <Typed label="Owner" value=condition.owner commit=put(place, |own, text| own.owner = text) />
                <Typed label="Due" kind="date" value=condition.due commit=put(place, |own, text| own.due = text) />
                <button type="button" class="quiet" on:click=remove>"Remove condition"</button>
            </li>
        }
    });
    let add = move |event| {
        reshape(state, |decision| decision.conditions.push(Condition::default()));
        enter_newest(&event, "[aria-label=Conditions] > li");
    };
    view! {
        <ul class="conditions plain" aria-label="Conditions">{rows.collect_view()}</ul>
        <div class="tools"><button type="button" on:click=add>"Add a condition"</button></div>
    }
}

#[component]
fn Dissents(state: State, dissents: Vec<Dissent>) -> impl IntoView {
    let put = move |place: usize, change: fn(&mut Dissent, String)| -> Rc<dyn Fn(String)> {
        Rc::new(move |text| {
            decide(state, |decision| {
                if let Some(dissent) = decision.dissent.get_mut(place) {
                    change(dissent, text);
                }
            });
        })
    };
    let rows = dissents.into_iter().enumerate().map(|(place, dissent)| {
        let remove = move |_| {
            reshape(state, |decision| {
                if place < decision.dissent.len() {
                    decision.dissent.remove(place);
                }
            });
        };
        view! {
            <li class="form">
                <Typed label="Who disagrees" value=dissent.who commit=put(place, |own, text| own.who = text) />
                <Typed label="Why" kind="long" value=dissent.text commit=put(place, |own, text| own.text = text) />
                <button type="button" class="quiet" on:click=remove>"Remove dissent"</button>
            </li>
        }
    });
    let add = move |event| {
        reshape(state, |decision| decision.dissent.push(Dissent::default()));
        enter_newest(&event, "[aria-label=Dissent] > li");
    };
    view! {
        <ul class="plain" aria-label="Dissent">{rows.collect_view()}</ul>
        <div class="tools"><button type="button" on:click=add>"Add a dissent"</button></div>
    }
}
