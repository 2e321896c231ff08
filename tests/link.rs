//! A review as a link: how long it is, what it keeps, and what happens to links that arrive broken.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod link_cases;

use std::sync::OnceLock;

use assay::link::{CHANNELS, LinkError, decode, encode, is_link, omissions, without};
use assay::review::{Decision, Review};
use proptest::prelude::*;

/// One run and a baseline, three chart families, slices, six gates, a decision, five notes, two files.
fn reference() -> &'static Review {
    static REVIEW: OnceLock<Review> = OnceLock::new();
    REVIEW.get_or_init(link_cases::assistant)
}

/// Every review of the table.
fn cases() -> &'static [(&'static str, Review)] {
    static CASES: OnceLock<Vec<(&'static str, Review)>> = OnceLock::new();
    CASES.get_or_init(link_cases::all)
}

#[test]
#[ignore = "dump"]
fn dump() {
    for (place, (_, review)) in cases().iter().enumerate() {
        std::fs::write(format!("/tmp/l2/case{place}.json"), serde_json::to_string(review).unwrap()).unwrap();
    }
    for (place, review) in link_cases::usual::all().iter().enumerate() {
        std::fs::write(format!("/tmp/l2/train{place}.json"), serde_json::to_string(review).unwrap()).unwrap();
    }
}

fn verdicts(review: &Review) -> Vec<(String, assay::review::Verdict, bool)> {
    let gates = review.verdicts.iter().flat_map(|run| &run.gates);
    gates
        .map(|gate| (gate.id.clone(), gate.verdict, gate.is_waived))
        .collect()
}

#[test]
fn the_length_of_the_reference_review_is_known() {
    let review = reference();
    let link = encode(review).unwrap();
    println!("reference review: {} characters", link.len());
    for saving in omissions(review) {
        println!("  {:>5} {}", saving.characters, saving.omission.words());
    }
    for (name, review) in cases() {
        println!("{:>6} {name}", encode(review).unwrap().len());
        assert!(review.state.notes.iter().all(|note| (108..=118).contains(&note.text.chars().count())));
    }
    assert!(link.len() <= CHANNELS[2].most, "{} characters", link.len());
}

#[test]
fn a_link_opens_as_the_same_review() {
    let review = reference();
    let link = encode(review).unwrap();
    let read = decode(&link).unwrap();
    assert_eq!(verdicts(&read), verdicts(review));
    assert_eq!(read.state, review.state);
    assert_eq!(read.audit.count, review.audit.count);
    assert_eq!(read.reports[0].counts, review.reports[0].counts);
    let again = decode(&encode(&read).unwrap()).unwrap();
    assert_eq!(verdicts(&again), verdicts(review), "what was read can be sent on");
}

#[test]
fn every_number_is_within_its_bound_and_every_field_is_there() {
    let review = reference();
    let read = decode(&encode(review).unwrap()).unwrap();
    let (own, told) = (&review.reports[0], &read.reports[0]);
    for (id, estimate) in &own.metrics {
        let got = told.metrics.get(id).unwrap_or_else(|| panic!("{id} is missing"));
        assert_eq!(
            (got.n, got.unit, &got.why),
            (estimate.n, estimate.unit, &estimate.why),
            "{id}"
        );
        for (a, b, least, share) in [
            (got.value, estimate.value, 0.000_251, 0.001_01),
            (got.low, estimate.low, 0.001_3, 0.011),
            (got.high, estimate.high, 0.001_3, 0.011),
        ] {
            assert_eq!(a.is_some(), b.is_some(), "{id}");
            let (a, b) = (a.unwrap_or(0.0), b.unwrap_or(0.0));
            assert!((a - b).abs() <= (share * b.abs()).max(least), "{id}: {b} became {a}");
        }
    }
    let mut missing = Vec::new();
    let mut before = review.clone();
    before.events.clear();
    for report in &mut before.reports {
        report.columns.clear();
        report.comparison.as_mut().unwrap().baseline.columns.clear();
    }
    paths(
        &serde_json::to_value(&before).unwrap(),
        &serde_json::to_value(&read).unwrap(),
        "",
        &mut missing,
    );
    assert!(missing.is_empty(), "not carried: {missing:#?}");
}

/// Paths of `own` that hold something and are empty in `told`; series may be shorter.
fn paths(own: &serde_json::Value, told: &serde_json::Value, path: &str, missing: &mut Vec<String>) {
    use serde_json::Value;
    match (own, told) {
        (Value::Object(own), Value::Object(told)) => {
            for (key, value) in own {
                paths(
                    value,
                    told.get(key).unwrap_or(&Value::Null),
                    &format!("{path}/{key}"),
                    missing,
                );
            }
        }
        (Value::Array(own), Value::Array(told)) => {
            if let (Some(own), Some(told)) = (own.first(), told.first()) {
                paths(own, told, &format!("{path}/0"), missing);
            } else if own.len() != told.len() {
                missing.push(path.to_owned());
            }
        }
        (Value::String(own), Value::String(told)) => {
            if own.is_empty() != told.is_empty() {
                missing.push(path.to_owned());
            }
        }
        (Value::Number(own), Value::Number(told)) => {
            let (own, told) = (own.as_f64().unwrap_or(0.0), told.as_f64().unwrap_or(0.0));
            if (own - told).abs() > 0.02 * own.abs().max(0.1) {
                missing.push(format!("{path}: {own} {told}"));
            }
        }
        (own, told) => {
            if own != told {
                missing.push(format!("{path}: {own} {told}"));
            }
        }
    }
}

#[test]
fn broken_links_say_what_happened_to_them() {
    let link = encode(reference()).unwrap();
    let payload = link.rsplit('.').next().unwrap();
    let cut = decode(&link[..link.len() - 400]).unwrap_err();
    assert_eq!(
        cut,
        LinkError::Cut {
            arrived: payload.len() - 400,
            promised: payload.len()
        }
    );
    assert!(cut.to_string().starts_with("This link was cut off: "), "{cut}");
    let middle = link.len() - 300;
    let other = if link.as_bytes()[middle] == b'A' { "B" } else { "A" };
    let altered = format!("{}{other}{}", &link[..middle], &link[middle + 1..]);
    assert_eq!(decode(&altered).unwrap_err(), LinkError::Altered);
    assert_eq!(
        decode(&link.replacen("#r1.", "#r7.", 1)).unwrap_err(),
        LinkError::Newer(7)
    );
    assert_eq!(decode("hello").unwrap_err(), LinkError::NotALink);
    assert_eq!(decode("https://example.org/#section").unwrap_err(), LinkError::NotALink);
    assert!(matches!(
        decode("#r1.p.99999999999.AAAAAA.AA"),
        Err(LinkError::TooLong(_))
    ));
    assert!(matches!(decode(&"A".repeat(3 << 20)), Err(LinkError::TooLong(_))));
    assert!(!is_link("#readme"));
}

#[test]
fn links_are_mended_as_mail_programs_break_them() {
    let review = reference();
    let link = encode(review).unwrap();
    let forms = [
        format!("https://example.org/assay/{link}"),
        format!("https://example.org/assay/{}", link.replacen('#', "%23", 1)),
        format!("  {}\r\n {}", &link[..700], &link[700..]),
        format!("{link}>."),
        link.trim_start_matches('#').to_owned(),
    ];
    for form in forms {
        assert_eq!(verdicts(&decode(&form).unwrap()), verdicts(review));
    }
}

#[test]
fn what_is_left_out_is_asked_for_and_makes_the_link_shorter() {
    let review = reference();
    let whole = encode(review).unwrap().len();
    for saving in omissions(review) {
        let shorter = without(review, &[saving.omission]);
        let link = encode(&shorter).unwrap();
        assert_eq!(link.len() + saving.characters, whole);
        assert_eq!(verdicts(&decode(&link).unwrap()), verdicts(review));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn noise_never_panics(text in "#?r[0-9]{0,2}\\.[a-z]\\.[0-9]{0,6}\\.[A-Za-z0-9_-]{0,8}\\.[A-Za-z0-9_-]{0,400}") {
        let _ = decode(&text);
    }

    #[test]
    fn a_payload_of_noise_is_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        use base64::Engine;
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        let check = crc32fast::hash(format!("p{payload}").as_bytes()).to_be_bytes();
        let check = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(check);
        let read = decode(&format!("#r1.p.{}.{check}.{payload}", payload.len()));
        prop_assert!(matches!(read, Ok(_) | Err(LinkError::Garbled | LinkError::TooLarge)));
    }

    #[test]
    fn texts_survive(title in ".{0,80}", reason in "\\PC{0,200}") {
        let mut review = Review::default();
        review.state.title = title;
        review.state.decisions = vec![Decision { reason, ..Decision::default() }];
        prop_assert_eq!(decode(&encode(&review).unwrap()).unwrap().state, review.state);
    }
}
