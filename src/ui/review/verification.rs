//! A review from elsewhere held against the original files: verified, different or absent, file by file and number by number.

use leptos::prelude::*;

use super::{judgement, verdict::headline};
use crate::{
    link,
    report::{Metric, Report},
    review::{
        Review,
        verify::{NumberCheck, Standing, Verification, verify},
    },
    text,
    ui::state::State,
};

/// What came of it, for the line under the verdict and for the section; nothing while there is nothing to verify, or the
/// files are not identified yet.
#[derive(Clone, Copy)]
pub struct Found(Memo<Option<Verification>>);

impl Found {
    /// Holds the review against the files whenever either changes.
    #[must_use]
    pub fn of(state: State) -> Self {
        Self(Memo::new(move |_| check(state)))
    }
}

/// The whole in a sentence, beside the verdict; where the files say otherwise, with what the review itself says.
#[component]
pub fn VerificationLine() -> impl IntoView {
    let state = expect_context::<State>();
    let Found(found) = expect_context();
    move || {
        let found = found.get()?;
        let is_same = |number: &NumberCheck| number.standing == Standing::Verified;
        let is_verified = found.numbers.iter().all(is_same);
        let claim = state
            .desk
            .claimed
            .with(|claimed| claimed.as_ref().and_then(|claimed| claimed.verdict()));
        let claim = claim.filter(|_| !is_verified).map(|claim| {
            format!(
                " The numbers and the verdict on this page are those of the files; the review says: {}.",
                text::uncapitalised(headline(claim))
            )
        });
        let class = if is_verified {
            "verification"
        } else {
            "verification caution"
        };
        Some(view! { <p class=class role="status">{found.sentence}{claim}</p> })
    }
}

/// File by file and number by number.
#[component]
pub fn VerificationPart() -> impl IntoView {
    let Found(found) = expect_context();
    move || {
        found.get().map(|found| {
            let files = found.files.iter().map(|file| {
                view! { <li>{format!("{} {}: {}", sign(file.standing), file.name, file.standing.word())}</li> }
            });
            let files = files.collect_view();
            let summary = format!("{}, one by one", text::counted(found.numbers.len() as u64, "number"));
            let rows = found.numbers.iter().map(row).collect_view();
            view! {
                <div class="verification">
                    <p>"The review held against the files that are open:"</p>
                    <ul class="plain small">{files}</ul>
                    <details>
                        <summary>{summary}</summary>
                        <div class="scroll">
                            <table>
                                <thead>
                                    <tr>
                                        <th scope="col">"Number"</th>
                                        <th scope="col">"In the review"</th>
                                        <th scope="col">"From the files"</th>
                                        <th scope="col">"Standing"</th>
                                    </tr>
                                </thead>
                                <tbody>{rows}</tbody>
                            </table>
                        </div>
                    </details>
                </div>
            }
        })
    }
}

fn row(number: &NumberCheck) -> impl IntoView + use<> {
    let title = Metric::find(&number.metric).map_or(number.metric.as_str(), |metric| metric.title);
    let computed = number
        .computed
        .as_ref()
        .map_or_else(|| text::ABSENT.to_owned(), text::estimate);
    view! {
        <tr>
            <td>{title.to_owned()}<br /><code>{number.metric.clone()}</code></td>
            <td>{text::estimate(&number.claimed)}</td>
            <td>{computed}</td>
            <td>{format!("{} {}", sign(number.standing), number.standing.word())}</td>
        </tr>
    }
}

fn sign(standing: Standing) -> &'static str {
    match standing {
        Standing::Verified => "✓",
        Standing::Different => "✗",
        Standing::Absent => "?",
    }
}

fn check(state: State) -> Option<Verification> {
    let claimed = state.desk.claimed.get()?;
    state.report.track();
    state.overview.track();
    state.desk.judged.track();
    let hashes = state.hashes.get();
    let mut files = state.set.with(|set| set.files.clone());
    if files.is_empty() || hashes.iter().any(String::is_empty) {
        return None;
    }
    for (file, hash) in files.iter_mut().zip(&hashes) {
        file.sha256.clone_from(hash);
    }
    let computed = judgement::whole(state)?.reports;
    let computed = as_carried(&claimed, computed);
    Some(verify(&claimed, &files, &computed, |_| 0.0))
}

/// The reports as the claimed review carries them: a link rounds numbers, always the same way.
fn as_carried(claimed: &Review, computed: Vec<Report>) -> Vec<Report> {
    if !claimed.events.is_empty() {
        return computed;
    }
    let again = Review {
        reports: computed.clone(),
        ..claimed.clone()
    };
    let rounded = link::encode(&again).and_then(|fragment| link::decode(&fragment));
    rounded.map_or(computed, |review| review.reports)
}
