//! Policies, verdicts and histories together.

// A test may panic, and so may what it is made of.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::audit::{self, Field};
use super::policy::{Gate, Severity, TEMPLATES, Waiver, schema};
use super::verdict::{Alarm, worst};
use super::*;
use crate::report::{METRICS, make};
use crate::run::{Outcome, Run, Sample};

const AT: &str = "2026-11-22T10:00:00Z";

/// `right` of `n` samples right, in the slice lang=de the first half.
fn run(right: usize, n: usize) -> Run {
    let mut run = Run::default();
    run.meta.created = "2026-11-20T00:00:00Z".to_owned();
    for row in 0..n {
        run.samples.push(&Sample {
            id: row.to_string().into(),
            outcome: if row < right { Outcome::Right } else { Outcome::Wrong },
            latency_secs: Some(1.0 + row as f64 / n as f64),
            slices: vec![("lang".into(), if row < n / 2 { "de" } else { "en" }.into())],
            ..Sample::default()
        });
    }
    run.samples.close();
    run
}

fn gate(text: &str) -> Policy {
    Policy::parse(&format!("[[gate]]\nid = \"g\"\n{text}")).unwrap()
}

fn verdict(run: &Run, text: &str) -> Verdicts {
    let policy = gate(text);
    let report = measure((run, &[]), None, &Options::default(), &policy, &|_| true).unwrap();
    judge(&report, &policy, "2026-11-22")
}

#[test]
fn a_rate_is_judged_by_the_one_sided_wilson_bounds() {
    // 570 of 600 against 0.9: bounds 0.9332 and 0.9627, as the reference has them.
    let judged = verdict(&run(570, 600), "metric = \"accuracy\"\nat_least = 0.9");
    let estimate = &judged.gates[0].estimate;
    assert!((estimate.low.unwrap() - 0.933_238_582_278).abs() < 1e-9, "{estimate:?}");
    assert!(
        (estimate.high.unwrap() - 0.962_721_320_306).abs() < 1e-9,
        "{estimate:?}"
    );
    assert_eq!(judged.verdict, Verdict::Pass);
    let open = verdict(&run(39, 40), "metric = \"accuracy\"\nat_least = 0.9");
    assert_eq!(open.verdict, Verdict::Inconclusive);
    assert!(open.gates[0].n_needed.unwrap() > 40);
    assert_eq!(
        verdict(&run(10, 40), "metric = \"accuracy\"\nat_least = 0.9").verdict,
        Verdict::Fail
    );
}

#[test]
fn declared_looks_share_the_risk_of_each_gate() {
    // 380 of 400 against 0.92 pass at one look of 95 %, and are open at each of ten looks of 99.5 %.
    let judged = |right: usize, looks: &str| {
        let text = format!("{looks}[[gate]]\nid = \"g\"\nmetric = \"accuracy\"\nat_least = 0.92");
        let policy = Policy::parse(&text).unwrap();
        let report = measure((&run(right, 400), &[]), None, &Options::default(), &policy, &|_| true).unwrap();
        judge(&report, &policy, "2026-11-22")
    };
    let (one, ten) = (judged(380, ""), judged(380, "looks = 10\n"));
    assert_eq!((one.verdict, one.gates[0].level), (Verdict::Pass, 0.95));
    assert_eq!((ten.verdict, ten.gates[0].level), (Verdict::Inconclusive, 0.995));
    // Wilson at z = 1.6448536 and z = 2.5758293.
    let low = |judged: &Verdicts| judged.gates[0].estimate.low.unwrap();
    assert!((low(&one) - 0.928_858_626_809_036_2).abs() < 1e-9, "{}", low(&one));
    assert!((low(&ten) - 0.913_866_039_891_145_9).abs() < 1e-9, "{}", low(&ten));
    assert!(one.looks_in_words().contains("One look"));
    assert!(ten.looks_in_words().contains("10 looks") && ten.sentence.contains("10 looks"));
    assert_eq!(judged(380, "looks = 1\n").gates[0].level, 0.95);
    let faults = |looks: &str| Policy::parse(&format!("title = \"t\"\nlooks = {looks}\n")).unwrap_err();
    for wrong in ["0", "101", "2.5", "\"3\""] {
        let fault = &faults(wrong)[0];
        assert_eq!((fault.line, fault.column), (2, 9), "{wrong}: {fault}");
    }
    let policy = Policy::parse("looks = 3\n").unwrap();
    assert_eq!(Policy::parse(&policy.to_toml()).unwrap(), policy);
}

#[test]
fn fewer_looks_after_the_data_was_opened_are_marked() {
    let gates = "[[gate]]\nid = \"g\"\nmetric = \"accuracy\"\nat_least = 0.9";
    let before = Policy::parse(&format!("looks = 4\n{gates}")).unwrap();
    let mut review = Review::new(
        vec![make(&run(38, 40), &[], &Options::default())],
        Some(before),
        AT,
        "Ada",
    );
    assert!(review.state.set_after_run.is_empty());
    let after = Policy::parse(gates).unwrap();
    review.record(Change::Policy(Box::new(after)), AT, "Ada");
    assert_eq!(review.state.set_after_run, ["g"]);
}

#[test]
fn what_is_missing_never_passes() {
    let run = run(40, 40);
    for text in [
        "metric = \"accuracy\"\nat_least = 0.0\nslice = \"lang=fr\"",
        "metric = \"compare.accuracy\"\nmargin = 1.0",
        "metric = \"calibration.smece\"\nat_most = 1.0",
        "metric = \"accuracy\"\nat_least = 0.5\nmin_n = 41",
    ] {
        let judged = verdict(&run, text);
        assert_eq!(judged.verdict, Verdict::Inconclusive, "{text}: {}", judged.sentence);
        assert!(judged.gates[0].reason.ends_with('.'), "{text}");
    }
    assert_eq!(
        judge(&make(&run, &[], &Options::default()), &Policy::default(), "2026-11-22").verdict,
        Verdict::Inconclusive
    );
    assert_eq!(worst(&[]), Verdict::Inconclusive);
}

#[test]
fn a_slice_is_judged_on_its_own_samples() {
    let judged = verdict(
        &run(100, 200),
        "metric = \"accuracy\"\nat_least = 0.9\nslice = \"lang=de\"",
    );
    assert_eq!((judged.gates[0].estimate.n, judged.verdict), (100, Verdict::Pass));
}

#[test]
fn waivers_hold_until_their_day_and_stay_visible() {
    let run = run(10, 40);
    let mut policy = gate("metric = \"accuracy\"\nat_least = 0.9");
    policy.waivers.push(Waiver {
        gate: "g".to_owned(),
        who: "Ann".to_owned(),
        why: "pilot".to_owned(),
        until: "2026-11-22".to_owned(),
    });
    let report = measure((&run, &[]), None, &Options::default(), &policy, &|_| true).unwrap();
    let held = judge(&report, &policy, "2026-11-22");
    assert_eq!((held.verdict, held.gates[0].verdict), (Verdict::Pass, Verdict::Fail));
    assert!(
        held.gates[0].is_waived && held.sentence.contains("waive"),
        "{}",
        held.sentence
    );
    let over = judge(&report, &policy, "2026-11-23");
    assert_eq!(over.verdict, Verdict::Fail);
    assert!(over.gates[0].waiver.is_some() && over.cautions.iter().any(|c| c.contains("Ann")));
}

#[test]
fn a_broken_contract_fails_and_a_limit_set_late_is_told() {
    let text = "metric = \"accuracy\"\nat_least = 0.1\ndate = \"2026-11-21\"\n[contract]\nsamples = 41\nunique_ids = true\nallowed = { lang = [\"de\"] }";
    let judged = verdict(&run(40, 40), text);
    assert_eq!(judged.verdict, Verdict::Fail);
    let failing: Vec<&str> = judged
        .gates
        .iter()
        .filter(|g| g.verdict == Verdict::Fail)
        .map(|g| g.id.as_str())
        .collect();
    assert_eq!(failing, ["contract.samples", "contract.allowed.lang"]);
    assert!(judged.gates.iter().any(|g| g.id == "g" && g.set_after_run));
}

#[test]
fn a_trigger_fires_with_its_action() {
    let policy =
        Policy::parse("[[trigger]]\nid = \"t\"\nmetric = \"accuracy\"\nat_least = 0.9\naction = \"rollback\"").unwrap();
    let report = measure((&run(10, 40), &[]), None, &Options::default(), &policy, &|_| true).unwrap();
    let judged = judge(&report, &policy, "2026-11-22");
    assert_eq!(judged.triggers[0].alarm, Alarm::Fires);
    assert_eq!(judged.triggers[0].advised, Some(policy::Action::Rollback));
}

#[test]
fn errors_name_line_column_and_the_nearest_name() {
    let cases = [
        (
            "[[gate]]\nid = \"a\"\nmetric = \"acuracy\"\nat_least = 0.8",
            (3, 10),
            "accuracy",
        ),
        (
            "[[gate]]\nid = \"a\"\nmetric = \"accuracy\"\nat_lest = 0.8\nat_most = 1",
            (4, 1),
            "at_least",
        ),
        (
            "[[gate]]\nid = \"a\"\nmetric = \"accuracy\"\nat_least = 80",
            (4, 12),
            "0.8",
        ),
        (
            "[[gate]]\nid = \"a\"\nmetric = \"latency.p95\"\nat_most = \"99 %\"",
            (4, 11),
            "seconds",
        ),
        ("[latency]\nbudget = ", (2, 10), "TOML"),
        (
            "{\"gate\": [{\"id\": \"a\",\n\"metric\": \"latency.p955\", \"at_most\": 8}]}",
            (2, 11),
            "latency.p95",
        ),
    ];
    for (text, place, hint) in cases {
        let errors = Policy::parse(text).unwrap_err();
        let first = &errors[0];
        assert_eq!((first.line, first.column), place, "{text}: {errors:?}");
        assert!(first.text.contains(hint), "{first}");
    }
}

#[test]
fn templates_parse_explain_themselves_and_come_back_from_toml_and_json() {
    for template in TEMPLATES {
        let policy = Policy::parse(template.toml).unwrap_or_else(|errors| panic!("{}: {errors:?}", template.id));
        assert!(
            policy.gates.iter().all(|gate| !gate.rationale.is_empty()),
            "{}",
            template.id
        );
        assert_eq!(Policy::parse(&policy.to_toml()).unwrap(), policy, "{}", template.id);
        assert_eq!(Policy::parse(&serde_json::to_string(&policy).unwrap()).unwrap(), policy);
    }
}

#[test]
fn the_schema_knows_every_metric() {
    let text = schema().to_string();
    for metric in METRICS {
        assert!(text.contains(&format!("\"{}\"", metric.id)), "{}", metric.id);
    }
}

fn review() -> Review {
    let policy = gate("metric = \"accuracy\"\nat_least = 0.5");
    let report = measure((&run(30, 40), &[]), None, &Options::default(), &policy, &|_| true).unwrap();
    Review::new(vec![report], Some(policy), AT, "Ann")
}

fn decided(choice: Choice, name: &str) -> Change {
    let decision = Decision {
        choice,
        name: name.to_owned(),
        ..Decision::default()
    };
    Change::Decision(None, Some(Box::new(decision)))
}

fn note(id: &str) -> Change {
    let note = Note {
        id: id.to_owned(),
        text: format!("says {id}"),
        ..Note::default()
    };
    Change::Note(None, Some(Box::new(note)))
}

#[test]
fn two_copies_merge_without_loss_and_decisions_in_conflict_are_both_kept() {
    let base = review();
    let (mut ann, mut bob) = (base.clone(), base.clone());
    ann.record(note("a"), "2026-11-22T11:00:00Z", "Ann");
    ann.record(decided(Choice::Ship, "Ann"), "2026-11-22T11:01:00Z", "Ann");
    bob.record(note("b"), "2026-11-22T11:00:30Z", "Bob");
    bob.record(decided(Choice::Hold, "Bob"), "2026-11-22T11:02:00Z", "Bob");
    let mut both = merge(&ann, &bob);
    assert_eq!(both, merge(&bob, &ann));
    assert_eq!(both.state.notes.len(), 2);
    assert_eq!(both.state.decisions.len(), 2);
    assert!(
        both.state.conflicts[0].contains("Ann and Bob"),
        "{:?}",
        both.state.conflicts
    );
    both.record(decided(Choice::Hold, "Ann"), "2026-11-22T12:00:00Z", "Ann");
    assert_eq!((both.state.decisions.len(), both.state.conflicts.len()), (1, 0));
}

#[test]
fn undo_is_an_event_and_can_be_undone() {
    let mut review = review();
    review.record(Change::Text(Field::Title, String::new(), "One".to_owned()), AT, "Ann");
    let id = review.events.last().unwrap().id.clone();
    review.record(Change::Undone(id), AT, "Ann");
    assert_eq!(review.state.title, "");
    let undo = review.events.last().unwrap().id.clone();
    review.record(Change::Undone(undo), AT, "Ann");
    assert_eq!(review.state.title, "One");
    assert_eq!(review.audit.count, review.events.len() as u64);
}

#[test]
fn a_limit_changed_after_the_data_was_opened_is_marked() {
    let mut review = review();
    let old = review.state.policy.clone().unwrap().gates[0].clone();
    let new = Gate {
        at_least: Some(0.4),
        severity: Severity::Block,
        ..old.clone()
    };
    review.record(Change::Gate(Some(Box::new(old)), Some(Box::new(new))), AT, "Ann");
    review.judge("2026-11-22");
    assert!(review.verdicts[0].gates[0].set_after_run);
}

#[test]
fn a_review_comes_back_from_its_file_and_says_what_is_wrong_with_others() {
    let mut written = review();
    written.record(note("a"), AT, "Ann");
    let text = written.to_json();
    assert_eq!(Review::from_json(&text).unwrap(), written);
    let newer = text.replacen("assay-review/1", "assay-review/2", 1);
    assert_eq!(Review::from_json(&newer).unwrap_err(), RecordError::Newer(2));
    let altered = text.replace("says a", "says b");
    assert!(matches!(Review::from_json(&altered), Err(RecordError::Altered(1))));
    assert_eq!(Review::from_json("{}").unwrap_err(), RecordError::NoReview);
    assert!(matches!(
        Review::from_json("{\"schema\":\"assay-review/1\",\"events\":3}"),
        Err(RecordError::Malformed(_))
    ));
}

#[test]
fn a_file_of_version_1_opens_for_ever() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/review/v1.review.json");
    if std::env::var("ASSAY_FREEZE").is_ok() {
        let mut made = review();
        made.record(note("a"), AT, "Ann");
        made.record(decided(Choice::ShipWithConditions, "Ann"), AT, "Ann");
        std::fs::write(path, made.to_json()).unwrap();
    }
    let opened = Review::from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!((opened.state.notes.len(), opened.audit.count), (1, 4));
    assert_eq!(opened.state.decisions[0].choice, Choice::ShipWithConditions);
    assert_eq!(opened.verdict(), Some(Verdict::Pass));
}

#[test]
fn verification_tells_the_same_from_the_changed() {
    let claimed = review();
    let same = verify::verify(&claimed, &[], &claimed.reports, |_| 0.0);
    assert!(same.sentence.starts_with("Verified"), "{}", same.sentence);
    let other = make(&run(29, 40), &[], &Options::default());
    let differs = verify::verify(&claimed, &[], &[other], |_| 0.0);
    assert!(differs.sentence.starts_with("Different"), "{}", differs.sentence);
}

#[test]
fn what_stands_before_a_sentence_is_not_said_again() {
    assert_eq!(after_stamp("Fails the policy: accuracy is low."), "Accuracy is low.");
    assert_eq!(
        after_stamp("Passes the policy only by waivers."),
        "Passes the policy only by waivers."
    );
    let dissent = |who: &str, text: &str| {
        Dissent {
            who: who.to_owned(),
            text: text.to_owned(),
        }
        .words()
    };
    assert_eq!(dissent("Bob", "too slow"), "Bob disagrees: too slow");
    assert_eq!(
        (dissent("Bob", ""), dissent("", "")),
        ("Bob disagrees.".to_owned(), String::new())
    );
}

#[test]
fn a_trigger_tells_why_it_is_watched() {
    let mut trigger = verdict::TriggerVerdict::default();
    assert_eq!(trigger.purpose(), None);
    trigger.gate.rationale = "Complaints rise first. ".to_owned();
    assert!(
        trigger
            .sentence()
            .ends_with(" Why it is watched: Complaints rise first."),
        "{}",
        trigger.sentence()
    );
}

#[test]
fn verification_never_calls_numbers_equal_that_it_could_not_compute() {
    let file = |digit: &str| crate::report::InputFile {
        name: "answers.csv".to_owned(),
        size: 1,
        sha256: digit.repeat(64),
    };
    let mut claimed = review();
    claimed.reports[0].files = vec![file("a")];
    let mut other = claimed.reports[0].clone();
    other.meta.name = "another run".to_owned();
    let gone = verify::verify(&claimed, &[file("b")], &[other], |_| 0.0);
    let own = &claimed.reports[0].meta.name;
    assert!(
        gone.numbers
            .iter()
            .all(|number| number.standing == verify::Standing::Absent)
    );
    assert!(gone.sentence.contains("could not be checked"), "{}", gone.sentence);
    assert!(
        gone.sentence.contains(&format!("“{own}” is not in these files")),
        "{}",
        gone.sentence
    );
    assert!(!gone.sentence.contains("differ"), "{}", gone.sentence);
}

proptest! {
    #[test]
    fn merging_keeps_every_note_whatever_the_order(left in prop::collection::vec(0u8..40, 0..6), right in prop::collection::vec(0u8..40, 0..6)) {
        let (mut a, mut b) = (Review::default(), Review::default());
        for id in &left {
            a.record(note(&format!("a{id}")), AT, "Ann");
        }
        for id in &right {
            b.record(note(&format!("b{id}")), AT, "Bob");
        }
        let both = merge(&a, &b);
        prop_assert_eq!(&both, &merge(&b, &a));
        prop_assert_eq!(&merge(&both, &a), &both);
        for event in a.events.iter().chain(&b.events) {
            prop_assert!(both.events.contains(event));
        }
        prop_assert_eq!(audit::standing(&both.events), both.audit.clone());
        prop_assert_eq!(Review::from_json(&both.to_json()).unwrap(), both);
    }

    #[test]
    fn any_text_is_a_policy_or_an_error(text in "\\PC{0,60}") {
        if let Err(errors) = Policy::parse(&text) {
            prop_assert!(!errors.is_empty() && errors.iter().all(|e| e.line > 0 && e.column > 0));
        }
    }
}
