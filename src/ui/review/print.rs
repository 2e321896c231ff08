//! The decision sheet: what is printed in place of the page. Verdict, numbers, gates, decision and files on one or two pages.

use leptos::prelude::*;

use super::{
    decision, judgement,
    note::anchor_words,
    verdict::{class, headline},
};
use crate::{
    chart::{CHARTS, Frame, Subject},
    estimate::Estimate,
    export::{HEADLINES, hash_shown},
    report::{self, COMPARE, Metric, Question, Report},
    review::{
        Review, Verdict, Verdicts,
        audit::Field,
        verdict::{GateVerdict, Kind},
    },
    text,
    ui::state::State,
};

/// Charts on the sheet, side by side.
const DRAWN: [&str; 2] = ["calibration.reliability", "latency.ecdf"];
/// Width of each, CSS pixels.
const CHART_WIDTH: f64 = 330.0;
/// Height of each, CSS pixels.
const CHART_HEIGHT: f64 = 300.0;
/// Weak slices on the sheet.
const MOST_WEAK: usize = 3;
/// Notes on the sheet; more are counted.
const MOST_NOTES: usize = 8;

/// Made when the browser is about to print, and shown on paper only.
#[component]
pub fn Sheet() -> impl IntoView {
    let state = expect_context::<State>();
    let review = RwSignal::new(None::<Review>);
    let before = window_event_listener(leptos::ev::Custom::<web_sys::Event>::new("beforeprint"), move |_| {
        review.set(judgement::whole(state));
    });
    let after = window_event_listener(leptos::ev::Custom::<web_sys::Event>::new("afterprint"), move |_| {
        review.set(None);
    });
    on_cleanup(move || {
        before.remove();
        after.remove();
    });
    move || {
        review
            .get()
            .map(|review| view! { <article class="sheet" aria-label="Decision sheet">{pages(&review)}</article> })
    }
}

fn pages(review: &Review) -> impl IntoView + use<> {
    let named = [&review.state.title, &review.state.product];
    let own = named.into_iter().find(|text| !text.is_empty()).cloned();
    let title = own.unwrap_or_else(|| "Evaluation review".to_owned());
    let runs: Vec<_> = review
        .reports
        .iter()
        .enumerate()
        .map(|(place, report)| run(report, review.verdicts.get(place)))
        .collect();
    view! {
        <h1>{title}</h1>
        <p class="small muted">{format!("Decision sheet, printed {}", super::desk::today())}</p>
        {runs.into_iter().collect_view()}
        {decided(review)}
        {said(review)}
        {files(review)}
        <p class="small muted">
            {format!(
                "Names are what people typed, not identities. Numbers with their intervals at {} %, gates by one-sided bounds. Assay {}, methods {}; history of {}, head {}.",
                text::fixed(review.reports.first().map_or(0.95, |report| report.options.level) * 100.0, 0),
                review.app,
                review.methods,
                text::counted(review.audit.count, "event"),
                review.audit.head.get(..16).unwrap_or("none"),
            )}
        </p>
    }
}

/// Verdict, numbers, charts and gates of one run.
fn run(report: &Report, verdicts: Option<&Verdicts>) -> impl IntoView + use<> {
    let baseline = report.comparison.as_ref().map(|own| own.baseline.meta.name.clone());
    let against = baseline.map_or(String::new(), |name| format!(", against {name}"));
    let head = format!(
        "{} · n = {}{against}",
        report.meta.name,
        text::count(report.counts.read)
    );
    let verdict = verdicts.map(|own| {
        view! {
            <p class=format!("verdict {}", class(own.verdict))>
                <strong class="stamp">{format!("{} {}", own.verdict.shape(), headline(own.verdict))}</strong>
                <span>{own.sentence.clone()}</span>
            </p>
        }
    });
    let frame = Frame {
        height: Some(CHART_HEIGHT),
        ..Frame::new(CHART_WIDTH)
    };
    let drawn = DRAWN.iter().filter_map(|id| {
        let kind = CHARTS.iter().find(|kind| kind.id == *id)?;
        let chart = (kind.draw)(&Subject::of(report), &frame)?;
        Some(view! {
            <figure>
                <figcaption class="small">{kind.title}</figcaption>
                <div inner_html=chart.svg></div>
            </figure>
        })
    });
    view! {
        <section>
            <h2>{head}</h2>
            {verdict}
            <div class="drawn">{drawn.collect_view()}</div>
            {told(report)}
            {numbers(report)}
            {verdicts.map(gates)}
        </section>
    }
}

/// How it fails, and where it is weak.
fn told(report: &Report) -> impl IntoView + use<> {
    let weak = report.slices.ready().map(|slices| {
        let named = slices.weak.iter().take(MOST_WEAK).map(|row| {
            let right = text::estimate(&row.accuracy);
            format!("{} right {right}, n = {}", slices.words(row), text::count(row.n))
        });
        named.collect::<Vec<String>>()
    });
    let weak = weak.filter(|named| !named.is_empty());
    let weak = weak.map(|named| view! { <p>{format!("Weakest slices: {}.", named.join("; "))}</p> });
    view! {
        <p>{report::sentence(report, Question::Fail)}</p>
        {weak}
    }
}

fn measured(estimate: &Estimate) -> String {
    match estimate.value {
        Some(_) => format!("{}, n = {}", text::estimate(estimate), text::count(estimate.n)),
        None => text::ABSENT.to_owned(),
    }
}

fn numbers(report: &Report) -> impl IntoView + use<> {
    let has_baseline = report.comparison.is_some();
    let rows = HEADLINES.into_iter().filter_map(|id| {
        let metric = Metric::find(id)?;
        let estimate = report.metrics.get(id).filter(|estimate| estimate.value.is_some())?;
        let difference = has_baseline.then(|| {
            let difference = report.metrics.get(&format!("{COMPARE}{id}"));
            let difference = difference.filter(|own| own.value.is_some());
            let words = difference.map_or(text::ABSENT.to_owned(), |own| {
                format!("{}, n = {}", text::difference(own), text::count(own.n))
            });
            view! { <td>{words}</td> }
        });
        Some(view! {
            <tr>
                <td>{metric.title}</td>
                <td>{measured(estimate)}</td>
                {difference}
            </tr>
        })
    });
    view! {
        <table>
            <thead>
                <tr>
                    <th scope="col">"Number"</th>
                    <th scope="col">"This run"</th>
                    {has_baseline.then(|| view! { <th scope="col">"Against the baseline"</th> })}
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

fn gates(verdicts: &Verdicts) -> impl IntoView + use<> {
    // Terms of the contract that hold are told in one line, so that the gates stand out.
    let is_quiet = |gate: &&GateVerdict| gate.kind == Kind::Contract && gate.verdict == Verdict::Pass;
    let quiet = verdicts.gates.iter().filter(is_quiet).count();
    let quiet = (quiet > 0).then(|| {
        let words = format!("{} of the data contract hold.", text::counted(quiet as u64, "term"));
        view! { <tr class="pass"><td><span class="stamp">"✓ pass"</span></td><td>"contract"</td><td>{words}</td></tr> }
    });
    let rows = verdicts.gates.iter().filter(|gate| !is_quiet(gate)).map(|gate| {
        let waived = gate.waiver.as_ref().filter(|_| gate.is_waived);
        let waived = waived.map_or(String::new(), |waiver| {
            format!(" Waived by {} until {}: {}.", waiver.who, waiver.until, waiver.why)
        });
        let after = if gate.set_after_run {
            " Set after the data was opened."
        } else {
            ""
        };
        view! {
            <tr class=class(gate.verdict)>
                <td><span class="stamp">{format!("{} {}", gate.verdict.shape(), gate.verdict.word())}</span></td>
                <td>{gate.id.clone()}</td>
                <td>{format!("{}{waived}{after}", gate.reason)}</td>
            </tr>
        }
    });
    view! {
        <table>
            <thead>
                <tr>
                    <th scope="col">"Gate"</th>
                    <th scope="col">"Id"</th>
                    <th scope="col">"Why"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}{quiet}</tbody>
        </table>
        <p>{verdicts.looks_in_words()}</p>
    }
}

fn decided(review: &Review) -> impl IntoView + use<> {
    let decisions = review.state.decisions.iter().map(|own| {
        let conditions = own
            .conditions
            .iter()
            .filter(|condition| !condition.words().is_empty())
            .map(|condition| view! { <li>{condition.words()}</li> })
            .collect_view();
        let dissent = own
            .dissent
            .iter()
            .filter(|dissent| !dissent.words().is_empty())
            .map(|dissent| view! { <li>{dissent.words()}</li> })
            .collect_view();
        view! {
            <p><strong>{decision::words(own)}</strong></p>
            <ul>{conditions}{dissent}</ul>
        }
    });
    let decisions = decisions.collect_view();
    let has_none = review.state.decisions.is_empty();
    let conflicts = review
        .state
        .conflicts
        .clone()
        .into_iter()
        .map(|words| view! { <p>{words}</p> });
    view! {
        <section>
            <h2>"Decision"</h2>
            {has_none.then(|| view! { <p>"Nothing is decided yet."</p> })}
            {decisions}
            {conflicts.collect_view()}
        </section>
    }
}

/// Scope, plans, triggers and notes, as far as anybody wrote any.
fn said(review: &Review) -> impl IntoView + use<> {
    let fields = Field::ALL.into_iter().filter(|(field, _)| *field != Field::Title);
    let rows: Vec<_> = fields
        .map(|(field, words)| (words.to_owned(), field.of(&review.state).to_owned()))
        .filter(|(_, own)| !own.is_empty())
        .map(|(words, own)| view! { <tr><td>{words}</td><td>{own}</td></tr> })
        .collect();
    let triggers = review
        .verdicts
        .first()
        .map(|own| own.triggers.clone())
        .unwrap_or_default();
    let triggers: Vec<_> = triggers
        .into_iter()
        .map(|trigger| {
            let words = trigger.sentence();
            view! { <tr><td>"Watched after release"</td><td>{words}</td></tr> }
        })
        .collect();
    let open: Vec<_> = review
        .state
        .notes
        .iter()
        .filter(|note| !note.is_done)
        .cloned()
        .collect();
    let more = open.len().saturating_sub(MOST_NOTES);
    let notes: Vec<_> = open
        .into_iter()
        .take(MOST_NOTES)
        .map(|note| {
            let who = if note.who.is_empty() {
                "no name".to_owned()
            } else {
                note.who
            };
            let head = format!("Note on {}", anchor_words(&note.on));
            view! { <tr><td>{head}</td><td>{format!("{} ({who})", note.text)}</td></tr> }
        })
        .collect();
    let is_empty = rows.is_empty() && triggers.is_empty() && notes.is_empty();
    (!is_empty).then(|| {
        view! {
            <section>
                <h2>"Scope, plans and notes"</h2>
                <table class="said">
                    <tbody>
                        {rows.into_iter().collect_view()}
                        {triggers.into_iter().collect_view()}
                        {notes.into_iter().collect_view()}
                    </tbody>
                </table>
                {(more > 0).then(|| view! { <p class="small">{format!("{} more in the review.", text::counted(more as u64, "note"))}</p> })}
            </section>
        }
    })
}

fn files(review: &Review) -> impl IntoView + use<> {
    let rows = review.files().into_iter().map(|file| {
        let hash = if file.sha256.is_empty() {
            text::ABSENT.to_owned()
        } else {
            hash_shown(file.sha256)
        };
        view! { <tr><td>{file.name}</td><td><code>{hash}</code></td></tr> }
    });
    view! {
        <section>
            <h2>"Files"</h2>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"File"</th>
                        <th scope="col">"SHA-256"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </section>
    }
}
