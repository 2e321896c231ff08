//! What a report says about runs built by hand, and that row order never changes a number.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use assay::report::{METRICS, Options, Report, make};
use assay::run::{ConfidenceSource, Outcome, Run, Sample};
use assay::stat::rng::Rng;
use proptest::prelude::*;

/// A sample as the tests vary it.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    epoch: u16,
    outcome: Outcome,
    confidence: Option<f64>,
    latency_secs: Option<f64>,
    tags: Vec<&'static str>,
    lang: Option<&'static str>,
}

fn run(rows: &[Row]) -> Run {
    let mut run = Run::default();
    run.rule.larger_is_better = true;
    for row in rows {
        let score = row
            .outcome
            .is_scored()
            .then(|| f64::from(u8::from(row.outcome.is_right())));
        run.samples.push(&Sample {
            id: row.id.as_str().into(),
            epoch: row.epoch,
            outcome: row.outcome,
            score,
            confidences: row.confidence.iter().map(|p| (ConfidenceSource::Stated, *p)).collect(),
            latency_secs: row.latency_secs,
            cost: row.latency_secs.map(|secs| secs / 100.0),
            failures: row.tags.iter().map(|&tag| tag.into()).collect(),
            slices: row.lang.iter().map(|&lang| ("lang".into(), lang.into())).collect(),
            ..Sample::default()
        });
    }
    run.samples.close();
    run
}

/// Rows with everything in them, the same for a seed.
fn rows(n: usize, epochs: u16, seed: u64) -> Vec<Row> {
    let mut rng = Rng::new(seed);
    let mut rows = Vec::new();
    for item in 0..n {
        for epoch in 1..=epochs {
            let p = (rng.uniform() * 20.0).ceil() / 20.0;
            let outcome = match rng.uniform() {
                u if u < 0.03 => Outcome::Errored,
                u if u < 0.05 => Outcome::Unscored,
                u if u < 0.05 + 0.9 * p => Outcome::Right,
                _ => Outcome::Wrong,
            };
            let tags = match rng.below(4) {
                0 => vec!["format"],
                1 => vec!["format", "too long"],
                2 => vec!["wrong unit"],
                _ => vec![],
            };
            rows.push(Row {
                id: format!("item-{item}"),
                epoch: if epochs > 1 { epoch } else { 0 },
                outcome,
                confidence: (rng.uniform() < 0.95).then_some(p),
                latency_secs: Some((rng.uniform() * 6.0).exp() / 50.0),
                tags: if outcome == Outcome::Wrong { tags } else { vec![] },
                lang: Some(["de", "en", "fr"][rng.below(3)]),
            });
        }
    }
    rows
}

fn shuffled(rows: &[Row], seed: u64) -> Vec<Row> {
    let mut rng = Rng::new(seed);
    let mut shuffled = rows.to_vec();
    for last in (1..shuffled.len()).rev() {
        shuffled.swap(last, rng.below(last + 1));
    }
    shuffled
}

fn options() -> Options {
    Options {
        budget_secs: Some(2.0),
        target: Some(0.9),
        replicates: 50,
        ..Options::default()
    }
}

fn report(rows: &[Row]) -> Report {
    make(&run(rows), &[], &options())
}

#[test]
fn every_metric_is_there_with_a_value_or_a_reason() {
    for rows in [
        rows(0, 1, 1),
        rows(1, 1, 1),
        rows(2, 1, 3),
        rows(60, 1, 5),
        rows(30, 3, 7),
    ] {
        let report = report(&rows);
        for metric in METRICS {
            let estimate = &report.metrics[metric.id];
            assert_eq!(
                estimate.value.is_some(),
                estimate.why.is_empty(),
                "{} with {} rows",
                metric.id,
                rows.len()
            );
            assert_eq!(estimate.unit, metric.unit, "{}", metric.id);
        }
    }
}

#[test]
fn counts_add_up() {
    let report = report(&rows(400, 1, 11));
    let counts = report.counts;
    assert_eq!(counts.scored + counts.errored + counts.unscored, counts.read);
    assert_eq!(report.metrics["latency.p50"].n + counts.without_latency, counts.read);
    assert_eq!(
        report.metrics["calibration.gap"].n + counts.without_confidence,
        counts.scored
    );
    assert_eq!(
        report.metrics["accuracy"].value,
        Some(counts.right as f64 / counts.scored as f64)
    );
    let failures = report.failures.ready().unwrap();
    let combined: u64 = failures.combinations.iter().map(|(_, n)| n).sum();
    assert_eq!(combined, counts.scored - counts.right);
}

#[test]
fn repeats_widen_the_interval_and_count_as_items() {
    let once = rows(50, 1, 13);
    let mut repeated = Vec::new();
    for epoch in 1..=4 {
        repeated.extend(once.iter().cloned().map(|row| Row { epoch, ..row }));
    }
    let (single, four) = (report(&once), report(&repeated));
    let width = |report: &Report| {
        let (low, high) = report.metrics["accuracy"].interval().unwrap();
        high - low
    };
    assert_eq!(four.metrics["accuracy"].n, single.metrics["accuracy"].n);
    // Repeating the very same answers tells nothing new; the t quantile makes the interval a little wider.
    assert!(width(&four) >= width(&single) && width(&four) < 1.1 * width(&single));
    assert_eq!((four.counts.items, four.counts.epochs), (50, 4));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn row_order_never_changes_a_number(n in 2usize..120, epochs in 1u16..4, seed in 0u64..1000) {
        let rows = rows(n, epochs, seed);
        let (given, mixed) = (report(&rows), report(&shuffled(&rows, seed + 1)));
        prop_assert_eq!(serde_json::to_string_pretty(&given).unwrap(), serde_json::to_string_pretty(&mixed).unwrap());
    }
}

#[test]
fn calibration_errors_carry_intervals_and_null_bands() {
    let report = report(&rows(300, 1, 17));
    for id in ["calibration.ece", "calibration.smece"] {
        let estimate = &report.metrics[id];
        let (low, high) = estimate.interval().unwrap();
        assert!(
            low <= estimate.value.unwrap() && estimate.value.unwrap() <= high,
            "{id} {estimate:?}"
        );
    }
    let calibration = report.calibration.ready().unwrap();
    assert!(calibration.null_ece.unwrap() > calibration.null_smece.unwrap());
    assert!(calibration.is_discrete && calibration.distinct_values.as_ref().unwrap().bins.len() == 20);
    assert!(!calibration.corp_band.is_empty());
}

/// What is shown first stands: later only intervals, bands and scans appear.
#[test]
fn the_first_answer_holds_every_value_of_the_complete_report() {
    let run = run(&rows(300, 1, 17));
    let making = assay::report::Making::start(&run, &[], &options(), &|_| true).unwrap();
    let first = making.report().clone();
    assert_eq!(first.pending, ["calibration", "slices"]);
    let complete = making.finish(&run, &|_| true).unwrap();
    assert!(complete.pending.is_empty());
    for (id, estimate) in complete.metrics.iter().filter(|(id, _)| !id.starts_with("slices.")) {
        let early = &first.metrics[id];
        assert_eq!(early.value, estimate.value, "{id}");
        assert!(early.low.is_none() || early.low == estimate.low, "{id}");
        assert!(early.high.is_none() || early.high == estimate.high, "{id}");
    }
    assert_eq!(complete, assay::report::make(&run, &[], &options()));
    let lower = |report: &Report| report.metrics["calibration.smece"].low;
    assert!(lower(&first).is_none() && lower(&complete).is_some());
}

#[test]
fn stopping_gives_no_report() {
    let run = run(&rows(60, 1, 19));
    let calls = std::cell::Cell::new(0);
    let stops = |_| {
        calls.set(calls.get() + 1);
        calls.get() < 12
    };
    assert_eq!(assay::report::make_watched(&run, &[], &options(), &stops), None);
    assert_eq!(calls.get(), 12);
}

/// The table of metrics in the README; `ASSAY_GOLDEN=update` writes it anew.
#[test]
fn the_readme_lists_every_metric() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let (before, rest) = readme.split_once("<!-- metrics -->\n").unwrap();
    let (block, after) = rest.split_once("<!-- /metrics -->").unwrap();
    let table = assay::report::markdown_table();
    if std::env::var("ASSAY_GOLDEN").is_ok_and(|v| v == "update") {
        let text = format!("{before}<!-- metrics -->\n{table}<!-- /metrics -->{after}");
        std::fs::write(path, text).unwrap();
    } else {
        assert!(
            block == table,
            "README.md is behind METRICS; ASSAY_GOLDEN=update writes its table anew"
        );
    }
}

fn compared(here: &[Row], there: &[Row]) -> Report {
    assay::report::make_compared((&run(here), &[]), (&run(there), &[]), &options(), &|_| true).unwrap()
}

#[test]
fn a_run_against_itself_shows_no_difference() {
    let rows = rows(200, 1, 29);
    let report = compared(&rows, &rows);
    for (id, estimate) in report.metrics.iter().filter(|(id, _)| id.starts_with("compare.")) {
        assert!(estimate.value.is_none_or(|v| v == 0.0), "{id} {estimate:?}");
    }
    let comparison = report.comparison.unwrap();
    assert_eq!(comparison.pairing.matched, 200);
    assert_eq!(comparison.flips.unwrap().newly_failing, 0);
    assert!(
        comparison.sentence.contains("the interval includes zero"),
        "{}",
        comparison.sentence
    );
}

#[test]
fn a_comparison_pairs_by_id_and_names_who_changed() {
    let there = rows(300, 1, 31);
    let mut here = shuffled(&there, 3);
    let mut broken: Vec<String> = Vec::new();
    for row in here.iter_mut().filter(|row| row.outcome == Outcome::Right).take(40) {
        row.outcome = Outcome::Wrong;
        broken.push(row.id.clone());
    }
    broken.sort();
    here.push(Row {
        id: "new".to_owned(),
        ..here[0].clone()
    });
    let report = compared(&here, &there);
    let comparison = report.comparison.as_ref().unwrap();
    assert_eq!(
        (
            comparison.pairing.matched,
            comparison.pairing.only_here,
            comparison.pairing.only_baseline
        ),
        (300, 1, 0)
    );
    let flips = comparison.flips.as_ref().unwrap();
    assert_eq!((flips.newly_failing, flips.newly_passing), (40, 0));
    assert_eq!(flips.failing_ids, broken);
    let change = &report.metrics["compare.accuracy"];
    assert_eq!(change.value, Some(-40.0 / comparison.pairing.scored as f64));
    assert!(
        change.high.unwrap() < 0.0 && comparison.sentence.ends_with("right less often."),
        "{}",
        comparison.sentence
    );
    assert_eq!(report.metrics["compare.failures.rate"].value, change.value.map(|v| -v));
    let again = compared(&shuffled(&here, 5), &shuffled(&there, 7));
    assert_eq!(again.metrics, report.metrics);
}

#[test]
fn slices_and_repeats_are_reported() {
    let report = report(&rows(200, 3, 37));
    let slices = report.slices.ready().unwrap();
    assert_eq!(slices.rows.iter().map(|row| row.n).sum::<u64>(), report.counts.scored);
    assert!(slices.tested >= 3 && slices.rows.iter().all(|row| row.q.is_some()));
    let repeats = report.repeats.ready().unwrap();
    let (pass, hat) = (&repeats.pass_at, &repeats.pass_hat);
    // pass@1 and pass^1 are the same mean, rounded on different ways.
    assert!((pass[0].1.value.unwrap() - hat[0].1.value.unwrap()).abs() < 1e-12);
    assert!(pass[1].1.value > pass[0].1.value && hat[1].1.value < hat[0].1.value);
}
