//! The four answers: one question, one sentence, one number with its interval each.

use std::sync::Arc;

use leptos::prelude::*;

use super::state::State;
use crate::{
    chart::{self, Frame},
    report::{Report, headline},
};

/// The row of answers.
#[component]
pub fn Answers(report: Arc<Report>) -> impl IntoView {
    let state = expect_context::<State>();
    let cards = headline::answers(&report).into_iter().map(|answer| {
        let estimate = report.metrics.get(answer.metric).cloned();
        let drawn = estimate.filter(|estimate| estimate.value.is_some()).map(|estimate| {
            let report = report.clone();
            move || {
                let baseline = state.baseline_report.get();
                let before = baseline.as_ref().and_then(|baseline| baseline.metrics.get(answer.metric)?.value);
                let budget = report.options.budget_secs.filter(|_| answer.metric.starts_with("latency.p"));
                let svg = chart::interval::draw(&estimate, budget, before, &Frame::new(280.0)).svg;
                view! { <div inner_html=svg></div> }
            }
        });
        view! {
            <section class="answer" aria-label=answer.question>
                <h2>{answer.question}</h2>
                <p class="sentence">{answer.sentence}</p>
                {drawn}
                <p class="small muted">{answer.change}</p>
            </section>
        }
    });
    view! { <div class="answers">{cards.collect_view()}</div> }
}
