//! A review as a link: how long it is, what it keeps, and what happens to links that arrive broken.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

mod link_cases;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use assay::estimate::Estimate;
use assay::link::{LinkError, decode, encode, encode_with_text, is_link, omissions, usual, weigh, without};
use assay::report::{HistogramBin, Point, ReliabilityBin, Report, Section, SliceRow};
use assay::review::audit::{self, Field};
use assay::review::{Change, Decision, Policy, Review};
use proptest::prelude::*;
use serde_json::Value;

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

/// Tells the usual reviews anew. Only before a format is frozen: every link that was made depends on them.
#[test]
#[ignore = "writes a part of the link format"]
fn usual_reviews_are_told_anew() {
    let told = usual(&link_cases::usual::all()).unwrap();
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/link/usual-q.bin"), told).unwrap();
}

fn verdicts(review: &Review) -> Vec<(String, assay::review::Verdict, bool)> {
    let gates = review.verdicts.iter().flat_map(|run| &run.gates);
    gates
        .map(|gate| (gate.id.clone(), gate.verdict, gate.is_waived))
        .collect()
}

/// Longest fragment of a review of this size, characters: with the address of a page, a link stays under 2,000.
const MOST_CHARACTERS: usize = 1_800;
/// What it comes to on average.
const USUAL_CHARACTERS: usize = 1_600;

#[test]
fn links_are_as_short_as_promised() {
    let mut total = 0;
    for (name, review) in cases() {
        let link = encode(review).unwrap();
        let mut parts: BTreeMap<&str, f64> = BTreeMap::new();
        for (part, _, _, bits) in weigh(review).unwrap() {
            *parts.entry(part).or_default() += bits / 8.0;
        }
        let told: Vec<String> = parts.iter().map(|(part, bytes)| format!("{part} {bytes:.0}")).collect();
        println!(
            "{:>6} characters: {name}\n       bytes: {}",
            link.len(),
            told.join(", ")
        );
        assert!(link.len() <= MOST_CHARACTERS, "{name}: {} characters", link.len());
        total += link.len();
        let notes = review.state.notes.iter().map(|note| note.text.chars().count());
        assert!(
            notes.clone().count() == 5 && notes.into_iter().all(|n| (105..=120).contains(&n)),
            "{name}"
        );
        let policy = review.state.policy.as_ref().unwrap();
        assert_eq!(
            (policy.gates.len(), review.files().len().clamp(1, 2)),
            (6, review.files().len()),
            "{name}"
        );
    }
    assert!(total <= USUAL_CHARACTERS * cases().len(), "{total} characters together");
    for saving in omissions(reference()) {
        println!("  {:>5} {}", saving.characters, saving.omission.words());
    }
}

#[test]
fn a_link_opens_as_the_same_review() {
    for (name, review) in cases() {
        let read = decode(&encode(review).unwrap()).unwrap();
        assert_eq!(verdicts(&read), verdicts(review), "{name}");
        assert_eq!(read.state, review.state, "{name}");
        assert_eq!(read.audit.count, review.audit.count, "{name}");
        assert_eq!(read.reports[0].counts, review.reports[0].counts, "{name}");
        let again = decode(&encode(&read).unwrap()).unwrap();
        assert_eq!(verdicts(&again), verdicts(review), "{name}");
        let mut changed = Vec::new();
        differences(&json(&read), &json(&again), "", &mut changed);
        assert!(changed.is_empty(), "{name}: what was read can be sent on: {changed:#?}");
    }
}

fn json(review: &Review) -> Value {
    serde_json::to_value(review).unwrap()
}

/// Places where two reviews differ by more than the last bits.
fn differences(own: &Value, told: &Value, path: &str, found: &mut Vec<String>) {
    match (own, told) {
        (Value::Object(own), Value::Object(told)) if own.len() == told.len() => {
            for (key, value) in own {
                differences(
                    value,
                    told.get(key).unwrap_or(&Value::Null),
                    &format!("{path}/{key}"),
                    found,
                );
            }
        }
        (Value::Array(own), Value::Array(told)) if own.len() == told.len() => {
            for (place, (own, told)) in own.iter().zip(told).enumerate() {
                differences(own, told, &format!("{path}/{place}"), found);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            if (a - b).abs() > 1e-9 * a.abs().max(b.abs()).max(1e-6) {
                found.push(format!("{path}: {a} {b}"));
            }
        }
        (own, told) if own != told => found.push(format!("{path}: {own} {told}")),
        _ => {}
    }
}

/// Whether `got` is `own` within what the format states.
fn is_within(got: &Estimate, own: &Estimate) -> bool {
    let near = |a: Option<f64>, b: Option<f64>, least: f64, share: f64| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= (share * b.abs()).max(least),
        (a, b) => a == b,
    };
    near(got.value, own.value, 0.000_251, 0.001_01)
        && near(got.low, own.low, 0.001_3, 0.011)
        && near(got.high, own.high, 0.001_3, 0.011)
        && (got.n, got.unit, &got.why, &got.method) == (own.n, own.unit, &own.why, &own.method)
}

#[test]
fn every_number_is_within_its_bound() {
    for (name, review) in cases() {
        let read = decode(&encode(review).unwrap()).unwrap();
        let (own, told) = (&review.reports[0], &read.reports[0]);
        for (id, estimate) in &own.metrics {
            let Some(got) = told.metrics.get(id) else {
                assert_eq!(estimate.value, None, "{name}: {id} is missing");
                continue;
            };
            assert!(is_within(got, estimate), "{name}: {id}: {estimate:?} became {got:?}");
        }
        for (bound, got) in own.bounds.iter().zip(&told.bounds) {
            assert_eq!(bound.ask, got.ask);
            assert!(
                is_within(&got.estimate, &bound.estimate),
                "{name}: {:?} became {:?}",
                bound,
                got
            );
        }
        let (before, after) = (own.comparison.as_ref().unwrap(), told.comparison.as_ref().unwrap());
        for (id, got) in &after.baseline.metrics {
            assert!(is_within(got, &before.baseline.metrics[id]), "{name}: baseline {id}");
        }
        for id in ["accuracy", "calibration.gap", "failures.rate", "latency.p95"] {
            assert!(after.baseline.metrics.contains_key(id), "{name}: baseline {id}");
        }
        slices_are_carried(own, told);
        curves_are_carried(own, told);
        curves_are_carried(&before.baseline, &after.baseline);
    }
}

/// Eight slices, and every one that a gate or note names, with their numbers; what is left out is said.
fn slices_are_carried(own: &Report, told: &Report) {
    let (own, rows) = (own.slices.ready().unwrap(), &told.slices.ready().unwrap().rows);
    assert_eq!(rows.len(), own.rows.len().min(8));
    for row in rows {
        let before = own
            .rows
            .iter()
            .find(|before| before.conditions == row.conditions)
            .unwrap();
        assert_eq!((row.n, &row.accuracy), (before.n, &before.accuracy));
        assert_eq!(row.gap.is_some(), before.gap.is_some());
    }
    let said = told.left_out.iter().find(|left| left.what == "slices");
    assert_eq!(
        said.map(|left| (left.carried, left.of)),
        (own.rows.len() > 8).then_some((8, own.rows.len() as u64))
    );
}

/// Bins to the count, curves to what can be seen.
fn curves_are_carried(own: &Report, told: &Report) {
    let (Some(own_bins), Some(bins)) = (own.calibration.ready(), told.calibration.ready()) else {
        panic!("calibration is missing");
    };
    let counts = |bins: &[ReliabilityBin]| -> Vec<(u64, u64)> { bins.iter().map(|bin| (bin.n, bin.right)).collect() };
    assert_eq!(counts(&bins.equal_width.bins), counts(&own_bins.equal_width.bins));
    assert_eq!(bins.distinct_values.is_some(), own_bins.distinct_values.is_some());
    near_curve(&own_bins.corp, &bins.corp, 0.006);
    near_curve(&own_bins.risk_coverage, &bins.risk_coverage, 0.006);
    let (Some(own), Some(latency)) = (own.latency.ready(), told.latency.ready()) else {
        return;
    };
    near_curve(&own.ecdf, &latency.ecdf, 0.03);
    for (quantile, before) in latency.quantiles.iter().zip(&own.quantiles) {
        assert!(
            is_within(&quantile.estimate, &before.estimate),
            "{quantile:?} {before:?}"
        );
    }
    if !latency.histogram.is_empty() {
        let counts = |bins: &[HistogramBin]| -> Vec<u64> { bins.iter().map(|bin| bin.right).collect() };
        assert_eq!(counts(&latency.histogram), counts(&own.histogram));
    }
}

/// Whether `told`, drawn as lines, comes within `most` of each point of `own`.
fn near_curve(own: &[Point], told: &[Point], most: f64) {
    assert!(
        told.len() <= 64 && told.is_empty() == own.is_empty(),
        "{} points",
        told.len()
    );
    let span = own.last().map_or(1.0, |p| p.x.max(1.0));
    let distance = |p: &Point, a: &Point, b: &Point| {
        let (dx, dy) = ((b.x - a.x) / span, b.y - a.y);
        let (px, py) = ((p.x - a.x) / span, p.y - a.y);
        let along = if dx.hypot(dy) > 0.0 {
            ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0)
        } else {
            0.0
        };
        (px - along * dx).hypot(py - along * dy)
    };
    for p in own {
        let off = told
            .windows(2)
            .map(|pair| distance(p, &pair[0], &pair[1]))
            .fold(f64::INFINITY, f64::min);
        assert!(told.len() < 2 || off <= most, "{p:?} is {off} off");
    }
}

/// Parts of a baseline that are carried.
const OF_BASELINE: [&str; 16] = [
    "/meta",
    "/rule",
    "/files",
    "/options",
    "/counts",
    "/confidence_sources",
    "/calibration/ready/n",
    "/calibration/ready/corp",
    "/calibration/ready/risk_coverage",
    "/calibration/ready/frequency",
    "/latency/ready/n",
    "/latency/ready/range",
    "/latency/ready/ecdf",
    "/latency/ready/quantiles",
    "/failures/ready/modes/0/of_failures",
    "/slices/ready/rows/0/accuracy",
];

#[test]
fn every_field_that_is_shown_is_there() {
    for (name, review) in cases() {
        let read = decode(&encode(review).unwrap()).unwrap();
        let mut before = review.clone();
        before.events.clear();
        for (report, told) in before.reports.iter_mut().zip(&read.reports) {
            report.columns.clear();
            let comparison = report.comparison.as_mut().unwrap();
            comparison.drift.clear();
            if !comparison.tests_disagree() {
                comparison.slower_any_spread = None;
            }
            if let Section::Ready(calibration) = &mut report.calibration {
                calibration.equal_mass = Default::default();
            }
            let rows = &told.slices.ready().unwrap().rows;
            let is_told = |row: &SliceRow| rows.iter().any(|own| own.conditions == row.conditions);
            // Metrics without a value that no table names are left to the files.
            report
                .metrics
                .retain(|id, estimate| estimate.value.is_some() || told.metrics.contains_key(id));
            let baseline = &mut report.comparison.as_mut().unwrap().baseline;
            baseline.meta.reported.clear();
            for slices in [&mut report.slices, &mut baseline.slices] {
                if let Section::Ready(slices) = slices {
                    slices.cuts.clear();
                    slices.weak.iter_mut().for_each(|row| row.again = None);
                    slices.halves = slices.halves.filter(|(found, _)| *found > 0);
                    slices.rows.retain(is_told);
                }
            }
        }
        let mut missing = Vec::new();
        paths(&json(&before), &json(&read), "", &mut missing);
        let is_shown = |path: &String| match path.strip_prefix("/reports/0/comparison/baseline") {
            Some(rest) => OF_BASELINE.iter().any(|part| {
                let after = rest.strip_prefix(part).map(|after| after.chars().next());
                after.is_some_and(|next| next.is_none_or(|c| c == '/' || c == ':'))
            }),
            None => true,
        };
        missing.retain(is_shown);
        assert!(missing.is_empty(), "{name}: not carried: {missing:#?}");
    }
}

/// Paths of `own` that hold something and are empty in `told`; series may be shorter.
fn paths(own: &Value, told: &Value, path: &str, missing: &mut Vec<String>) {
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
    let check = |codec: &str| {
        use base64::Engine;
        let hash = crc32fast::hash(format!("{codec}AAAA").as_bytes()).to_be_bytes();
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash)
    };
    assert_eq!(
        decode(&format!("#r1.z.4.{}.AAAA", check("z"))).unwrap_err(),
        LinkError::NewerCodec("z".to_owned())
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

#[test]
fn damaged_payloads_are_refused_or_read() {
    use base64::Engine;
    let codec = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let link = encode(reference()).unwrap();
    let whole = codec.decode(link.rsplit('.').next().unwrap()).unwrap();
    for round in 0..48usize {
        let mut bytes = whole.clone();
        let place = round.wrapping_mul(7919) % bytes.len();
        bytes[place] ^= 1 << (round % 8);
        let payload = codec.encode(&bytes);
        for letter in ["p", "q"] {
            let check = codec.encode(crc32fast::hash(format!("{letter}{payload}").as_bytes()).to_be_bytes());
            if let Ok(read) = decode(&format!("#r1.{letter}.{}.{check}.{payload}", payload.len())) {
                let _ = encode(&read);
            }
        }
    }
}

/// Links that were made once and are opened for ever, each beside the review that it carries. `ASSAY_GOLDEN=update` writes
/// only what is not there.
#[test]
fn frozen_links_open_as_they_did() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/link");
    let is_new = std::env::var("ASSAY_GOLDEN").is_ok_and(|v| v == "update");
    for (name, make) in link_cases::frozen::ALL {
        let (link, golden) = (
            folder.join(format!("{name}.txt")),
            folder.join(format!("{name}.review.json")),
        );
        if is_new && !link.exists() {
            let made = encode_with_text(&make()).unwrap();
            std::fs::create_dir_all(link.parent().unwrap()).unwrap();
            std::fs::write(&golden, decode(&made).unwrap().to_json()).unwrap();
            std::fs::write(&link, made + "\n").unwrap();
        }
        let read = decode(&std::fs::read_to_string(&link).unwrap()).unwrap();
        let own = Review::from_json(&std::fs::read_to_string(&golden).unwrap()).unwrap();
        let mut changed = Vec::new();
        differences(&json(&own), &json(&read), "", &mut changed);
        assert!(changed.is_empty(), "{name}: {changed:#?}");
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
        for letter in ["p", "q"] {
            let check = crc32fast::hash(format!("{letter}{payload}").as_bytes()).to_be_bytes();
            let check = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(check);
            let read = decode(&format!("#r1.{letter}.{}.{check}.{payload}", payload.len()));
            prop_assert!(matches!(read, Ok(_) | Err(LinkError::Garbled | LinkError::TooLarge | LinkError::Newer(_))));
        }
    }

    #[test]
    fn texts_survive(title in ".{0,80}", reason in "\\PC{0,200}") {
        let mut review = Review::default();
        review.state.title = title;
        review.state.decisions = vec![Decision { reason, ..Decision::default() }];
        prop_assert_eq!(decode(&encode(&review).unwrap()).unwrap().state, review.state);
    }
}

/// Where the characters of links go is printed with `cargo test --test link spends -- --nocapture`.
#[test]
fn what_a_link_spends_is_told_part_by_part() {
    for (name, review) in cases() {
        let link = encode(review).unwrap();
        let parts = weigh(review).unwrap();
        let bits: f64 = parts.iter().map(|(_, _, _, bits)| bits).sum();
        assert!(
            bits > 0.0 && bits / 8.0 <= link.len() as f64,
            "{name}: {bits} bits in {} characters",
            link.len()
        );
        for (part, kind, items, bits) in parts {
            println!(
                "{name} {part:>20} {kind:#06x} {items:>5} items {:>7.1} bytes",
                bits / 8.0
            );
        }
    }
}

#[test]
fn a_history_knows_where_a_link_says_that_it_stood() {
    let at = "2026-11-22T00:00:00Z";
    let mut review = Review::new(reference().reports.clone(), None, at, "Ada");
    let carried = |review: &Review| decode(&encode(review).unwrap()).unwrap();
    let link = carried(&review);
    assert!(review.audit.is_told_by(&link.audit) && audit::has_passed(&review.events, &link.audit));
    let title = |text: &str| Change::Text(Field::Title, String::new(), text.to_owned());
    review.record(title("gone on with"), at, "Ada");
    assert!(!review.audit.is_told_by(&link.audit) && audit::has_passed(&review.events, &link.audit));

    // Somebody else goes on from the link.
    let mut theirs = link.clone();
    theirs.record(title("theirs"), at, "Ben");
    assert!(audit::has_passed(&theirs.events, &link.audit));
    assert!(!audit::has_passed(&review.events, &carried(&theirs).audit));
    assert!(
        !Review::default().audit.is_told_by(&audit::standing(&[])),
        "nothing stands without events"
    );
}

#[test]
fn declared_looks_travel_with_their_bounds_and_verdicts() {
    let (here, there) = (
        link_cases::file("public/examples/classifier-tree.csv"),
        link_cases::file("public/examples/classifier-logistic.csv"),
    );
    for looks in [1, 4] {
        let policy = Policy::parse(&format!("looks = {looks}\n{}", link_cases::CLINIC.policy)).unwrap();
        let report = link_cases::compared((&here, 0), (&there, 0), &policy);
        let mut review = Review::new(vec![report], Some(policy.clone()), "2026-11-20T09:30:00Z", "");
        review.judge("2026-11-20");
        let read = decode(&encode(&review).unwrap()).unwrap();
        assert_eq!(read.state.policy.as_ref(), Some(&policy));
        assert_eq!(verdicts(&read), verdicts(&review));
        assert_eq!(read.verdicts[0].looks, Some(looks));
        let asks = |review: &Review| {
            review.reports[0]
                .bounds
                .iter()
                .map(|own| own.ask.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(asks(&read), asks(&review));
        for (told, own) in read.verdicts[0].gates.iter().zip(&review.verdicts[0].gates) {
            assert_eq!((told.level, told.estimate.level), (own.level, own.estimate.level));
            assert!(is_within(&told.estimate, &own.estimate), "{told:?} {own:?}");
        }
    }
}
