//! The four answers: one question, one sentence, one number with its interval each.

use std::sync::Arc;

use leptos::prelude::*;

use crate::{
    report::{self, Question, Report},
    text,
};

/// The row of answers.
#[component]
pub fn Answers(
    /// The report that answers.
    report: Arc<Report>,
) -> impl IntoView {
    let cards = Question::ALL.map(|question| {
        let estimate = report.metrics.get(question.metric());
        let number = estimate.filter(|estimate| estimate.value.is_some()).map(text::estimate);
        view! {
            <section class="answer" aria-label=question.words()>
                <h2>{question.words()}</h2>
                <p class="sentence">{report::sentence(&report, question)}</p>
                <p class="small muted">{number}</p>
            </section>
        }
    });
    view! { <div class="answers">{cards.into_iter().collect_view()}</div> }
}
