//! Reviews whose links are frozen.

use assay::report::Options;
use assay::review::{Dissent, Pin, Policy, Review, measure};

use super::{CLINIC, assistant, file, files, plain_pair, review};

/// A name, and how the review is made.
pub type Frozen = (&'static str, fn() -> Review);

/// Every frozen review.
pub const ALL: [Frozen; 8] = [
    ("q/reference", assistant),
    ("q/plain", plain),
    ("q/everything", everything),
    ("q/minimal", Review::default),
    // In the first codec.
    ("reference", assistant),
    ("plain", plain),
    ("everything", everything),
    ("minimal", Review::default),
];

/// One run without policy and baseline.
fn plain() -> Review {
    let mut whole = plain_pair(40, &[], "frozen");
    whole.reports.iter_mut().for_each(|report| {
        report.comparison = None;
        report.bounds.clear();
        report.metrics.retain(|id, _| !id.starts_with("compare."));
    });
    Review::new(whole.reports, None, "2026-11-20T09:30:00Z", "")
}

/// Two runs, groups, variants, repeats, and everything that people can write.
fn everything() -> Review {
    let (here, there) = (
        file("public/examples/classifier-tree.csv"),
        file("public/examples/classifier-logistic.csv"),
    );
    let policy = Policy::parse(&format!("{}{EXTRA}", CLINIC.policy)).unwrap();
    let options = Options {
        fairness: Some(("sex".to_owned(), "sex 1".to_owned())),
        variant: Some(("bmi_band".to_owned(), "under 25".to_owned())),
        level: 0.9,
        ..Options::default()
    };
    let (mine, theirs) = (files(&here), files(&there));
    let pair = Some((&there.runs[0], theirs.as_slice()));
    let report = measure((&here.runs[0], &mine), pair, &options, &policy, &|_| true).unwrap();
    let mut made = review(report, &CLINIC);
    let repeats = file("tests/fixtures/inspect-ai/scorers_epochs3_v0.3.285.eval");
    let more = measure((&repeats.runs[0], &files(&repeats)), None, &options, &policy, &|_| true).unwrap();
    made.reports.push(more);
    made.state.policy = Some(policy);
    fill(&mut made);
    made.judge("2026-11-20");
    made
}

const EXTRA: &str = r#"
[[trigger]]
id = "slips"
metric = "accuracy"
at_least = 0.6
window = "14 days"
action = "rollback"
owner = "ward IT"
rationale = "too many wrong letters"

[[waiver]]
gate = "honest"
who = "Dr. Ines Okafor"
why = "silent run only"
until = "2027-01-31"

[contract]
samples = 400
required = ["confidence", "prediction"]
unique_ids = true
missing_at_most = { confidence = 0.05 }
allowed = { sex = ["sex 1", "sex 2"] }
"#;

fn fill(made: &mut Review) {
    let state = &mut made.state;
    state.product = "Ward letters".to_owned();
    state.scope.problem = "Letters take a week".to_owned();
    state.scope.goal = "Two days, with no more mistakes than now".to_owned();
    state.scope.intended_use = "Adults on the medical ward".to_owned();
    state.scope.not_covered = "Children; surgery".to_owned();
    state.scope.limitations = "One hospital, 442 patients".to_owned();
    state.scope.risk = "high".to_owned();
    state.after.exposure = "5 % of letters for a month".to_owned();
    state.after.flag = "letters-tree".to_owned();
    state.after.rollback_steps = "Turn the flag off".to_owned();
    state.after.rollback_version = "regression 3".to_owned();
    state.after.rollback_owner = "Pawel Nowak".to_owned();
    state.after.next_review = "2027-01-15".to_owned();
    state.decisions[0].dissent.push(Dissent {
        who: "Pawel Nowak".to_owned(),
        text: "I would wait for the winter cohort.".to_owned(),
    });
    state.notes[1].answers = state.notes[0].id.clone();
    state.notes[1].is_done = true;
    state.pins.push(Pin {
        run: "classifier-tree".to_owned(),
        id: "patient-001".to_owned(),
        epoch: 1,
        label: "sure and wrong".to_owned(),
        excerpt: Some("Input: äöü, 世界".to_owned()),
    });
    state.set_after_run = vec!["honest".to_owned()];
    state.conflicts = vec!["Two people set the limit of “honest”.".to_owned()];
}
