//! The four answers: one question, one sentence, one number with its interval each, and the change against the baseline.

use std::sync::Arc;

use leptos::prelude::*;

use super::state::State;
use crate::{
    chart::interval::{self, Against},
    report::{self, COMPARE, Question, Report},
    review::policy::Side,
    text,
};

/// Width of the number line, CSS pixels.
const LINE_WIDTH: f64 = 260.0;

/// The row of answers.
#[component]
pub fn Answers(
    /// The report that answers.
    report: Signal<Arc<Report>>,
) -> impl IntoView {
    let state = expect_context::<State>();
    let cards = Question::ALL.map(|question| {
        // Intervals that arrive later change the card they belong to, and nothing else.
        let answer = Memo::new(move |_| {
            report.with(|report| {
                (
                    text::tied(&report::sentence(report, question)),
                    number_line(report, question, threshold(state, question)),
                    text::tied(&change(report, question)),
                    threshold(state, question).map_or(
                        "",
                        |_| "Intervals here are two-sided; the policy judges by one-sided bounds at the level of each gate.",
                    ),
                )
            })
        });
        view! {
            <section class="answer" aria-label=question.words()>
                <h2>{question.words()}</h2>
                <p class="sentence">{move || answer.get().0}</p>
                <div class="line" inner_html=move || answer.get().1></div>
                <p class="small muted">{move || answer.get().2} " " {move || answer.get().3}</p>
            </section>
        }
    });
    view! { <div class="answers">{cards.into_iter().collect_view()}</div> }
}

/// The limit that the policy sets for the number behind an answer, all samples together; `None` without one.
fn threshold(state: State, question: Question) -> Option<(f64, bool)> {
    state.desk.review.with(|review| {
        let gates = &review.state.policy.as_ref()?.gates;
        let gate = gates
            .iter()
            .find(|gate| gate.metric == question.metric() && gate.slice.is_none())?;
        let limit = gate.limit()?;
        Some((limit.value, limit.side == Side::Within))
    })
}

/// The number behind an answer on its scale, with budget and baseline; empty where it is undefined.
fn number_line(report: &Report, question: Question, limit: Option<(f64, bool)>) -> String {
    let id = question.metric();
    let baseline = report
        .comparison
        .as_ref()
        .and_then(|comparison| comparison.baseline.metrics.get(id)?.value);
    let budget = report.options.budget_secs.filter(|_| question == Question::Fast);
    let is_within = limit.is_some_and(|(_, is_within)| is_within);
    let threshold = limit.map(|(value, _)| value).or(budget);
    let against = Against {
        threshold,
        is_within,
        margin: None,
        baseline,
    };
    let drawn = report
        .metrics
        .get(id)
        .and_then(|estimate| interval::draw(question.words(), estimate, &against, LINE_WIDTH));
    drawn.map(|chart| chart.svg).unwrap_or_default()
}

/// The change against the baseline in words; empty without one.
fn change(report: &Report, question: Question) -> String {
    if report.comparison.is_none() {
        return String::new();
    }
    match report.metrics.get(&format!("{COMPARE}{}", question.metric())) {
        Some(difference) if difference.value.is_some() => {
            format!(
                "{} against the baseline, n = {}",
                text::difference(difference),
                text::count(difference.n)
            )
        }
        _ => "No difference to the baseline can be computed.".to_owned(),
    }
}
