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

#[test]
fn rates_of_repeats_are_no_surer_than_those_of_items() {
    let once = rows(300, 1, 13);
    let copies = |row: &Row| [1, 2, 3, 4].map(|epoch| Row { epoch, ..row.clone() });
    let repeated: Vec<Row> = once.iter().flat_map(copies).collect();
    let (single, four) = (report(&once), report(&repeated));
    for id in ["errors.rate", "unscored.rate", "latency.attainment"] {
        let (one, other) = (&single.metrics[id], &four.metrics[id]);
        let width = |estimate: &assay::estimate::Estimate| estimate.interval().map(|(low, high)| high - low).unwrap();
        assert!((one.value.unwrap() - other.value.unwrap()).abs() < 1e-12, "{id}");
        assert_eq!(
            (other.n, other.method.as_str()),
            (4 * one.n, "Wilson, clustered"),
            "{id}"
        );
        assert!(
            (width(other) / width(one) - 1.0).abs() < 0.05,
            "{id}: {one:?} {other:?}"
        );
    }
}

#[test]
fn a_gap_that_never_varies_is_not_certain() {
    let mut all = rows(50, 1, 3);
    for row in &mut all {
        (row.outcome, row.confidence) = (Outcome::Wrong, Some(0.9));
    }
    let gap = report(&all).metrics["calibration.gap"].clone();
    // Wilson's upper end of 0 in n is z²/(n + z²).
    let z2 = 1.959_963_984_540_054_f64.powi(2);
    near(&ends(&gap), &[0.9, 0.9 - z2 / (50.0 + z2), 0.9]);
    for row in &mut all {
        row.confidence = Some(if row.id.len() % 2 == 0 { 0.0 } else { 1.0 });
        row.outcome = if row.confidence == Some(1.0) {
            Outcome::Right
        } else {
            Outcome::Wrong
        };
    }
    let gap = report(&all).metrics["calibration.gap"].clone();
    assert_eq!(ends(&gap), [Some(0.0), None, None]);
}

#[test]
fn errors_alone_attain_no_time_to_first_token() {
    let mut here = rows(40, 1, 5);
    here[0].outcome = Outcome::Errored;
    here[1].outcome = Outcome::Errored;
    let options = Options {
        ttft_budget_secs: Some(1.0),
        ..options()
    };
    let runs = [run(&here), run(&rows(40, 1, 6))];
    let report = assay::report::make_compared((&runs[0], &[]), (&runs[1], &[]), &options, &|_| true).unwrap();
    for id in ["latency.ttft-attainment", "compare.latency.ttft-attainment"] {
        let found = &report.metrics[id];
        assert!(found.value.is_none() && !found.why.is_empty(), "{id}");
    }
}

#[test]
fn time_outs_without_a_latency_are_counted() {
    let mut run = Run::default();
    run.rule.larger_is_better = true;
    for row in 0..40 {
        let is_cut = row % 4 == 0;
        run.samples.push(&Sample {
            id: format!("item-{row}").as_str().into(),
            outcome: if is_cut { Outcome::Errored } else { Outcome::Right },
            timed_out: is_cut,
            latency_secs: (row % 8 != 0).then_some(if is_cut { 30.0 } else { 1.0 }),
            ..Sample::default()
        });
    }
    run.samples.close();
    let report = make(&run, &[], &options());
    let (attained, cut) = (
        &report.metrics["latency.attainment"],
        &report.metrics["latency.timeouts"],
    );
    assert_eq!((attained.value, attained.n), (Some(0.75), 40));
    assert_eq!((cut.value, cut.n), (Some(0.25), 40));
    assert_eq!(report.metrics["latency.p50"].n, 35);
    let cautions = &report.latency.ready().unwrap().cautions;
    assert!(
        cautions
            .iter()
            .any(|words| words.starts_with("5 time-outs without a latency")),
        "{cautions:?}"
    );
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

/// Numbers that overflow or vanish in a quotient, a square or a sum.
const HOSTILE: [f64; 9] = [0.0, 5e-324, 1e-310, 1e-300, 1e-9, 1.0, 2.5, 1e300, 1.7e308];

/// A run whose every column of numbers holds values of [`HOSTILE`].
fn hostile(n: usize, epochs: u16, seed: u64) -> Run {
    let mut rng = Rng::new(seed);
    let mut run = Run::default();
    run.rule.larger_is_better = true;
    run.rule.graded = seed.is_multiple_of(2);
    for at in 0..n {
        let epoch = if epochs > 1 { (at as u16) % epochs + 1 } else { 0 };
        let mut pick = || {
            let value = HOSTILE[rng.below(HOSTILE.len())];
            (rng.below(8) > 0).then_some(value)
        };
        let (latency_secs, ttft_secs, cost) = (pick(), pick(), pick());
        let (tokens_in, tokens_out, started_secs, score) = (pick(), pick(), pick(), pick());
        let (probability, weight) = (pick(), pick());
        let is_right = rng.below(3) > 0;
        run.samples.push(&Sample {
            id: format!("item-{}", at / usize::from(epochs)).as_str().into(),
            epoch,
            outcome: if is_right { Outcome::Right } else { Outcome::Wrong },
            score: if run.rule.graded {
                score
            } else {
                Some(f64::from(u8::from(is_right)))
            },
            confidences: probability
                .into_iter()
                .map(|p| (ConfidenceSource::Stated, p.min(1.0)))
                .collect(),
            latency_secs,
            ttft_secs,
            tokens_in,
            tokens_out,
            cost,
            started_secs,
            timed_out: rng.below(9) == 0,
            attributes: weight.into_iter().map(|weight| ("weight".into(), weight)).collect(),
            slices: vec![("lang".into(), ["de", "en"][rng.below(2)].into())],
            ..Sample::default()
        });
    }
    run.samples.close();
    run
}

/// What a report becomes on its way to the page: every infinity and NaN would be `null` there.
fn carried(report: &Report) -> Report {
    serde_json::from_str(&serde_json::to_string(report).unwrap()).unwrap()
}

#[test]
fn one_tiny_latency_leaves_a_report() {
    let mut rows = rows(6, 1, 3);
    rows[2].latency_secs = Some(1e-310);
    let report = report(&rows);
    assert_eq!(carried(&report), report);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn no_number_of_a_report_is_infinite(n in 1usize..40, epochs in 1u16..3, seed in 0u64..1_000_000) {
        let (here, there) = (hostile(n, epochs, seed), hostile(n, epochs, seed + 1));
        let mut options = options();
        options.budget_secs = Some(HOSTILE[1 + n % 8]);
        options.ttft_budget_secs = Some(HOSTILE[1 + n % 7]);
        let alone = make(&here, &[], &options);
        prop_assert_eq!(carried(&alone), alone);
        let both = assay::report::make_compared((&here, &[]), (&there, &[]), &options, &|_| true).unwrap();
        prop_assert_eq!(carried(&both), both);
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
fn calibration_errors_of_two_runs_are_resampled_together() {
    let rows = rows(200, 1, 29);
    let same = compared(&rows, &rows);
    for id in ["compare.calibration.ece", "compare.calibration.smece"] {
        // Drawn for both runs or for neither, the same samples never differ.
        assert_eq!(same.metrics[id].interval(), Some((0.0, 0.0)), "{id}");
    }
    let mut other = rows.clone();
    for row in other.iter_mut().filter(|row| row.outcome == Outcome::Right).take(4) {
        row.outcome = Outcome::Wrong;
    }
    let four = compared(&rows, &other);
    let (low, high) = four.metrics["compare.calibration.smece"].interval().unwrap();
    assert!(high - low < 0.06, "{low} {high}");
    // Copies of every sample in a second epoch tell nothing new: whole items are drawn.
    let twice = |rows: &[Row]| -> Vec<Row> {
        let copies = |row: &Row| [1, 2].map(|epoch| Row { epoch, ..row.clone() });
        rows.iter().flat_map(copies).collect()
    };
    let repeated = compared(&twice(&rows), &twice(&other));
    let (from, to) = repeated.metrics["compare.calibration.smece"].interval().unwrap();
    assert!((to - from) / (high - low) > 0.8, "{from} {to} {low} {high}");
}

#[test]
fn no_change_of_repeated_items_is_not_certainty() {
    let copies = |row: &Row| [1, 2].map(|epoch| Row { epoch, ..row.clone() });
    let repeated: Vec<Row> = rows(60, 1, 5).iter().flat_map(copies).collect();
    let report = compared(&repeated, &repeated);
    for id in [
        "accuracy",
        "failures.rate",
        "errors.rate",
        "unscored.rate",
        "latency.attainment",
    ] {
        let change = &report.metrics[&format!("compare.{id}")];
        let (low, high) = change.interval().unwrap();
        // As for 60 unchanged pairs, or the fewer that have a score.
        assert!(
            change.value == Some(0.0) && low < -0.04 && high > 0.04 && high < 0.06,
            "{id}: {change:?}"
        );
    }
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

/// The runs of a fixture.
fn fixture(name: &str) -> Vec<Run> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    assay::read::disk::load(&[path], assay::read::ReadOptions::default()).runs
}

#[test]
fn robustness_asks_for_the_same_items_under_every_variant() {
    let runs = fixture("plain/llm_verbalised.csv");
    let options = Options {
        variant: Some(("language".to_owned(), "en".to_owned())),
        ..options()
    };
    // Each question stands in one language only.
    let report = make(&runs[0], &[], &options);
    assert!(report.robustness.missing().unwrap().contains("same id"));
    assert!(!report.metrics["robustness.drop"].why.is_empty());
}

#[test]
fn class_probabilities_of_a_file_are_scored_over_all_classes() {
    let runs = fixture("plain/digits_probs_vector.jsonl");
    let report = make(&runs[0], &[], &options());
    let multiclass = &report.calibration.ready().unwrap().multiclass;
    assert_eq!(multiclass.len(), 5);
    for (name, estimate) in multiclass {
        assert!(
            estimate.value.is_some_and(|v| v >= 0.0) && estimate.n > 290,
            "{name} {estimate:?}"
        );
    }
    assert_eq!(multiclass[0].1.value, report.metrics["accuracy"].value);
    let agreement = report.agreement.ready().unwrap();
    assert_eq!(
        (agreement.classes.len(), agreement.counts.iter().sum::<u64>()),
        (10, report.counts.scored)
    );
    assert!(report.metrics["agreement.kappa"].value.unwrap() > 0.5);
}

#[test]
fn a_file_does_not_drift_from_itself() {
    let runs = fixture("plain/llm_verbalised.csv");
    let whole = (&runs[0], &[][..]);
    let report = assay::report::make_compared(whole, whole, &options(), &|_| true).unwrap();
    assert_eq!(report.metrics["drift.psi-max"].value, Some(0.0));
    assert!(report.comparison.unwrap().drift.len() > 3);
}

#[test]
fn a_mean_score_is_stated_for_grades_only() {
    let graded = fixture("plain/graded_only.jsonl");
    assert!(make(&graded[0], &[], &options()).metrics["score.mean"].value.is_some());
    let binary = fixture("plain/llm_verbalised.csv");
    let mean = &make(&binary[0], &[], &options()).metrics["score.mean"];
    assert!(mean.value.is_none() && mean.why.contains("accuracy"), "{mean:?}");
}

/// Whether every number is what was computed by hand.
fn near(found: &[Option<f64>], wanted: &[f64]) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(
            found.is_some_and(|v| (v - wanted).abs() < 1e-9),
            "{found:?} is not {wanted}"
        );
    }
}

fn ends(estimate: &assay::estimate::Estimate) -> [Option<f64>; 3] {
    [estimate.value, estimate.low, estimate.high]
}

// The numbers below were computed from the fixtures by statsmodels 0.15.0 (`proportion_confint`,
// `confint_proportions_2indep`, `cohens_kappa`), scipy 1.17.1 (`fisher_exact`, `t.ppf`) and, for pass@k and Bonett–Price, by
// their formulas in Python.

#[test]
fn fairness_compares_languages_of_a_file_with_the_one_named() {
    let runs = fixture("plain/llm_verbalised.csv");
    let groups = |reference: &str| {
        let options = Options {
            fairness: Some(("language".to_owned(), reference.to_owned())),
            ..options()
        };
        make(&runs[0], &[], &options)
    };
    let report = groups("en");
    let found = report.fairness.ready().unwrap();
    let names: Vec<(&str, u64)> = found
        .groups
        .iter()
        .map(|group| (group.name.as_str(), group.n))
        .collect();
    assert_eq!(names, [("de", 80), ("en", 80), ("sw", 64)]);
    let (_, difference, p) = &found.groups[2].differences[0];
    near(
        &ends(difference),
        &[-0.1625, -0.306_329_355_967_012_1, -0.013_890_196_254_375_126],
    );
    // Holm: the smaller of the two Fisher p-values, times two.
    near(&[*p], &[2.0 * 0.040_977_387_846_826_92]);
    near(&ends(&report.metrics["fairness.worst-gap"])[..1], &[-0.1625]);
    assert_eq!(found.tested, 2);
    assert!(groups("fr").fairness.missing().unwrap().contains("fr"));
}

#[test]
fn robustness_finds_the_column_of_variants_and_pairs_by_item() {
    let runs = fixture("plain/variants.csv");
    assert_eq!(runs.len(), 1, "variants with a clean one are one run");
    let report = make(&runs[0], &[], &options());
    let found = report.robustness.ready().unwrap();
    assert_eq!(found.column, ("variant".to_owned(), "clean".to_owned()));
    let noise = found.variants.iter().find(|variant| variant.name == "noise").unwrap();
    assert_eq!(noise.n, 60);
    near(
        &[noise.drop.low, noise.drop.high],
        &[-0.393_898_313_074_165, -0.154_488_783_700_028_6],
    );
    near(&[noise.relative.value], &[1.0 - 24.0 / 41.0]);
    near(
        &ends(&noise.flips.0),
        &[17.0 / 60.0, 0.185_068_284_284_327_12, 0.407_672_851_643_911_87],
    );
    near(
        &ends(&report.metrics["robustness.consistency"]),
        &[0.4, 0.285_694_905_348_825_5, 0.526_339_465_079_592_5],
    );
    near(
        &ends(&report.metrics["robustness.worst-group"]),
        &[0.4, 0.263_799_179_157_024_6, 0.553_638_946_348_016_9],
    );
    assert!(report.repeats.missing().is_some(), "variants are no repeats");
}

#[test]
fn repeats_of_a_file_are_averaged_by_item() {
    let runs = fixture("plain/repeats.csv");
    let report = make(&runs[0], &[], &options());
    let repeats = report.repeats.ready().unwrap();
    assert_eq!((repeats.items, repeats.repeats, report.counts.epochs), (30, (4, 4), 4));
    let values = |list: &[(u64, assay::estimate::Estimate)]| list.iter().map(|(_, e)| e.value).collect::<Vec<_>>();
    near(
        &values(&repeats.pass_at),
        &[
            2.0 / 3.0,
            0.855_555_555_555_555_5,
            0.916_666_666_666_666_6,
            0.933_333_333_333_333_3,
        ],
    );
    near(
        &values(&repeats.pass_hat),
        &[2.0 / 3.0, 0.477_777_777_777_777_75, 0.35, 0.266_666_666_666_666_66],
    );
    near(
        &ends(&report.metrics["repeats.pass-at-k"]),
        &[0.933_333_333_333_333_3, 0.838_597_160_010_201_6, 1.0],
    );
    let (between, within) = repeats.variance.unwrap();
    near(
        &[Some(between), Some(within)],
        &[0.036_111_111_111_111_1, 0.188_888_888_888_888_86],
    );
    near(
        &ends(&report.metrics["accuracy"]),
        &[2.0 / 3.0, 0.552_978_459_575_103_7, 0.763_791_885_730_171_8],
    );
}

#[test]
fn a_judge_is_held_against_a_column_of_human_labels() {
    let runs = fixture("plain/judge_and_human.jsonl");
    let report = make(&runs[0], &[], &options());
    let found = report.agreement.ready().unwrap();
    assert_eq!(
        (found.second.as_str(), found.rows.as_str()),
        ("column:human", "column “human”")
    );
    assert_eq!(
        (found.classes.join(" "), &found.counts[..]),
        ("wrong right".to_owned(), &[42, 6, 1, 71][..])
    );
    near(
        &ends(&report.metrics["agreement.kappa"]),
        &[
            0.876_325_088_339_222_6,
            0.787_787_157_883_175_9,
            0.964_863_018_795_269_4,
        ],
    );
    near(&ends(&report.metrics["agreement.observed"])[..1], &[113.0 / 120.0]);
    // Bonett–Price: (6 + 1)/122 passed by the judge alone, (1 + 1)/122 by people alone.
    let (gained, lost) = (7.0 / 122.0, 2.0 / 122.0);
    let spread = 1.959_963_984_540_054 * ((gained + lost - (gained - lost) * (gained - lost)) / 122.0f64).sqrt();
    near(
        &ends(&report.metrics["agreement.lean"]),
        &[5.0 / 120.0, gained - lost - spread, gained - lost + spread],
    );
    assert!(
        report.metrics["agreement.weighted-kappa"]
            .why
            .contains("three ordered classes")
    );
    let filter = assay::report::Filter::Judged {
        second: "column:human".to_owned(),
        theirs: "wrong".to_owned(),
        own: "right".to_owned(),
    };
    assert_eq!(assay::report::Filter::select(&[filter], &runs[0].samples).len(), 6);
}

#[test]
fn two_scorers_of_one_log_are_held_against_each_other() {
    let runs = fixture("inspect-ai/scorers_epochs3_v0.3.285.eval");
    let of = |scorer: &str| runs.iter().find(|run| run.meta.scorer == scorer).unwrap();
    let (own, other) = (of("includes"), of("grade"));
    let choice = Options {
        second: Some("scorer:grade".to_owned()),
        ..options()
    };
    let report = make(own, &[], &choice);
    let found = report.agreement.ready().unwrap();
    assert_eq!(found.columns, "scorer “includes”");
    // Counted here by id and epoch, the classes in the order wrong, partly right, right.
    let place = |outcome: Outcome| {
        [Outcome::Wrong, Outcome::Partial, Outcome::Right]
            .iter()
            .position(|o| *o == outcome)
    };
    let mut counts = [0u64; 9];
    for row in 0..own.samples.len() {
        let key = |run: &Run, row: usize| (run.samples.ids.at(row).to_owned(), run.samples.epoch(row));
        let pair = (0..other.samples.len())
            .find(|&theirs| key(other, theirs) == key(own, row))
            .unwrap();
        if let (Some(a), Some(b)) = (place(other.samples.outcomes[pair]), place(own.samples.outcomes[row])) {
            counts[a * 3 + b] += 1;
        }
    }
    assert_eq!(found.counts, counts, "{:?}", found.classes);
    let n: u64 = counts.iter().sum();
    let share = |cells: &[usize]| cells.iter().map(|&cell| counts[cell]).sum::<u64>() as f64 / n as f64;
    let observed = share(&[0, 4, 8]);
    let chance: f64 = (0..3)
        .map(|k| share(&[k * 3, k * 3 + 1, k * 3 + 2]) * share(&[k, k + 3, k + 6]))
        .sum();
    near(
        &[report.metrics["agreement.kappa"].value],
        &[(observed - chance) / (1.0 - chance)],
    );
    near(&[report.metrics["agreement.observed"].value], &[observed]);
    let ids: Vec<&str> = found.choices.iter().map(|(id, _)| id.as_str()).collect();
    assert!(
        ids.contains(&"scorer:grade") && !ids.contains(&"scorer:includes"),
        "{ids:?}"
    );
    let truth = Options {
        second: Some("none".to_owned()),
        ..options()
    };
    let plain = make(own, &[], &truth);
    assert!(plain.agreement.ready().is_none_or(|table| table.second.is_empty()));
}

#[test]
fn numbers_are_sliced_at_the_quintiles_of_the_reference() {
    let runs = fixture("plain/judge_and_human.jsonl");
    let run = &runs[0];
    let report = make(run, &[], &options());
    let slices = report.slices.ready().unwrap();
    assert_eq!(
        slices.cuts,
        [("input tokens".to_owned(), vec![192.0, 377.0, 521.0, 639.0])]
    );
    let tokens: Vec<_> = slices
        .rows
        .iter()
        .filter(|row| row.conditions[0].0 == "input tokens")
        .collect();
    let words: Vec<String> = tokens.iter().map(|row| slices.words(row)).collect();
    assert_eq!(
        words,
        [
            "input tokens up to 192",
            "input tokens 192 to 377",
            "input tokens 377 to 521",
            "input tokens 521 to 639",
            "input tokens above 639"
        ]
    );
    let right: Vec<u64> = tokens
        .iter()
        .map(|r| (r.accuracy.value.unwrap() * r.n as f64).round() as u64)
        .collect();
    assert_eq!(right, [18, 15, 17, 14, 13]);
    for row in &tokens {
        let selected = assay::report::Filter::select(&[slices.filter(&row.conditions[0])], &run.samples);
        assert_eq!(selected.len() as u64, row.n);
    }
    // Against a baseline of the first rows only, the edges are the baseline's.
    let mut first = run.clone();
    first.samples = run.samples.subset(&(0..50).collect::<Vec<u32>>());
    let compared = assay::report::make_compared((run, &[]), (&first, &[]), &options(), &|_| true).unwrap();
    let mut tokens: Vec<f64> = first.samples.tokens_in.present().collect();
    tokens.sort_by(f64::total_cmp);
    let edges = vec![tokens[9], tokens[19], tokens[29], tokens[39]];
    assert_eq!(
        compared.slices.ready().unwrap().cuts,
        [("input tokens".to_owned(), edges)]
    );
}

#[test]
fn a_shifted_column_drifts_with_an_interval() {
    let runs = fixture("plain/llm_verbalised.csv");
    let whole = &runs[0];
    let mut slow = whole.clone();
    slow.samples.latency_secs = whole
        .samples
        .latency_secs
        .raw()
        .iter()
        .map(|secs| Some(secs * 2.0))
        .collect();
    let report = assay::report::make_compared((&slow, &[]), (whole, &[]), &options(), &|_| true).unwrap();
    let psi = &report.metrics["drift.psi-max"];
    assert!(psi.method.contains("latency"), "{}", psi.method);
    // By hand: deciles of the reference by nearest rank, half a count added to each of the bins.
    let times = |run: &Run| -> Vec<f64> {
        let rows = 0..run.samples.len();
        let is_answered = |row: usize| run.samples.outcomes[row] != Outcome::Errored;
        let counts = rows.filter(|&row| is_answered(row) || run.samples.is_timed_out(row));
        counts.filter_map(|row| run.samples.latency_secs.at(row)).collect()
    };
    let (mut before, after) = (times(whole), times(&slow));
    before.sort_by(f64::total_cmp);
    let missing = whole.samples.len() - before.len();
    let edge = |tenth: usize| before[(before.len() * tenth).div_ceil(10) - 1];
    let bin = |v: f64| (1..10).filter(|&tenth| edge(tenth) < v).count();
    let count = |values: &[f64]| {
        let mut counts = [0.0; 11];
        values.iter().for_each(|v| counts[bin(*v)] += 1.0);
        counts[10] = missing as f64;
        counts
    };
    let (a, b) = (count(&before), count(&after));
    let bins = if missing > 0 { 11 } else { 10 };
    let share = |counts: &[f64; 11], k: usize| (counts[k] + 0.5) / (whole.samples.len() as f64 + bins as f64 / 2.0);
    let index: f64 = (0..bins)
        .map(|k| (share(&a, k) - share(&b, k)) * (share(&a, k) / share(&b, k)).ln())
        .sum();
    near(&[psi.value], &[index]);
    assert!(
        psi.low.unwrap() > 0.0 && psi.low < psi.value && psi.value < psi.high,
        "{psi:?}"
    );
    let rows = &report.comparison.unwrap().drift;
    assert!(rows.iter().all(|row| row.chi2_q >= row.chi2_p));
}

/// Forty items clean and under noise: ten answers change, six of which were right before. Without clusters, or four items
/// each in ten of them.
fn disturbed(has_clusters: bool, has_answers: bool) -> Run {
    let mut run = Run::default();
    run.rule.larger_is_better = true;
    for variant in ["noise", "clean"] {
        for item in 0..40 {
            let is_noise = variant == "noise";
            let outcome = if is_noise && item < 6 {
                Outcome::Wrong
            } else {
                Outcome::Right
            };
            let answer = if is_noise && item < 10 { "B" } else { "A" };
            run.samples.push(&Sample {
                id: format!("i{item:02}").into(),
                outcome,
                score: Some(f64::from(u8::from(outcome.is_right()))),
                predicted: has_answers.then(|| answer.into()),
                cluster: has_clusters.then(|| format!("c{}", item / 4).into()),
                slices: vec![("variant".into(), variant.into())],
                ..Sample::default()
            });
        }
    }
    run.samples.close();
    run
}

#[test]
fn answers_that_change_count_whether_right_or_wrong() {
    let report = make(&disturbed(false, true), &[], &options());
    let noise = &report.robustness.ready().unwrap().variants[0];
    near(
        &ends(&noise.changed),
        &[0.25, 0.141_871_186_390_963_02, 0.401_939_614_207_680_27],
    );
    assert_eq!(noise.changed.n, 40);
    assert_eq!(report.metrics["robustness.answer-change"], noise.changed);
    near(&[noise.flips.0.value, noise.flips.1.value], &[0.15, 0.0]);
}

#[test]
fn items_that_share_a_cluster_widen_every_rate_of_robustness() {
    let report = make(&disturbed(true, true), &[], &options());
    let noise = &report.robustness.ready().unwrap().variants[0];
    near(
        &ends(&noise.changed),
        &[0.25, 0.070_408_422_895_430_26, 0.594_646_563_419_905_5],
    );
    near(
        &ends(&noise.flips.0),
        &[0.15, 0.031_645_815_010_355_24, 0.487_949_806_464_854_4],
    );
    near(
        &ends(&noise.drop),
        &[-0.15, -0.391_414_555_960_486_1, 0.091_414_555_960_486_12],
    );
}

#[test]
fn without_answers_a_change_of_them_is_undefined_in_words() {
    let report = make(&disturbed(false, false), &[], &options());
    let noise = &report.robustness.ready().unwrap().variants[0];
    let metric = &report.metrics["robustness.answer-change"];
    assert_eq!((noise.changed.value, metric.value), (None, None));
    assert!(metric.why.contains("predicted class or choice"), "{}", metric.why);
}

#[test]
fn repeats_that_repeat_nothing_new_narrow_no_interval() {
    // Four repeats of each sample that are copies of each other: what is known is what one of each tells.
    let once = rows(400, 1, 23);
    let copies: Vec<Row> = once
        .iter()
        .flat_map(|row| (1..=4).map(|epoch| Row { epoch, ..row.clone() }))
        .collect();
    let options = Options {
        replicates: 1000,
        ..options()
    };
    let (alone, run) = (make(&run(&once), &[], &options), run(&copies));
    let making = assay::report::Making::start(&run, &[], &options, &|_| true).unwrap();
    let first = making.report().clone();
    assert!(first.pending.contains(&"latency".to_owned()));
    let report = making.finish(&run, &|_| true).unwrap();
    let width = |report: &Report, id: &str| {
        let own = &report.metrics[id];
        own.high.unwrap() - own.low.unwrap()
    };
    let widened = [
        ("latency.p50", 0.4),
        ("latency.p90", 0.4),
        ("calibration.auroc", 0.15),
        // Confidences of exactly 1 weigh heavily, which Wald is too sure of.
        ("calibration.slope", 0.9),
        ("selective.accuracy-80", 0.25),
    ];
    for (id, most) in widened {
        let (own, wanted) = (width(&report, id), width(&alone, id));
        assert!((own / wanted - 1.0).abs() < most, "{id}: {own} {wanted}");
        assert!(report.metrics[id].method.contains("cluster bootstrap"), "{id}");
        let early = &first.metrics[id];
        assert_eq!((early.value, early.low), (report.metrics[id].value, None), "{id}");
    }
    let section = report.latency.ready().unwrap();
    assert_eq!(section.quantiles[0].estimate, report.metrics["latency.p50"]);
    assert_eq!(
        report.calibration.ready().unwrap().auroc,
        report.metrics["calibration.auroc"]
    );
    let ask = assay::report::Ask {
        metric: "latency.p50".to_owned(),
        slice: None,
        level: 0.95,
    };
    let bound = &assay::report::bounds(&run, None, &options, &[ask], &|_| true).unwrap()[0].estimate;
    let whole = &report.metrics["latency.p50"];
    assert!(bound.low.unwrap() >= whole.low.unwrap() && bound.high.unwrap() <= whole.high.unwrap());
}

#[test]
fn a_weak_slice_is_looked_for_in_the_other_half_and_scored() {
    // 800 items: where lang is sw six of ten fail, elsewhere one of ten.
    let mut list = rows(800, 1, 29);
    for (place, row) in list.iter_mut().enumerate() {
        let is_weak = place % 4 == 0;
        row.lang = Some(if is_weak { "sw" } else { "en" });
        let fails = if is_weak {
            place / 4 % 10 < 6
        } else {
            place / 4 % 10 < 1
        };
        row.outcome = if fails { Outcome::Wrong } else { Outcome::Right };
    }
    let report = make(&run(&list), &[], &options());
    let slices = report.slices.ready().unwrap();
    let weak = &slices.weak[0];
    assert_eq!(weak.conditions, [("lang".to_owned(), "sw".to_owned())]);
    assert_eq!(weak.held, Some(true));
    let again = weak.again.as_ref().unwrap();
    assert!(again.low.unwrap() > 0.3 && again.n > 60 && again.n < 140, "{again:?}");
    let (found, held) = slices.halves.unwrap();
    assert!(found >= 1 && (1..=found).contains(&held));
    near(
        &[report.metrics["slices.confirmed"].value],
        &[held as f64 / found as f64],
    );
    assert!(slices.confirmed().unwrap().contains("other half"));
    // 120 of 200 fail there, 180 of 800 in all: 0.95 (0.6 / 0.225 - 1) - 0.05 (800 / 200 - 1).
    let score = assay::report::Slices::score(weak, report.counts);
    near(&[score], &[0.95 * (0.6 / 0.225 - 1.0) - 0.05 * 3.0]);
    // Nothing gathers where outcomes are drawn at will.
    let even = make(&run(&rows(300, 1, 31)), &[], &options());
    assert!(
        even.slices
            .ready()
            .unwrap()
            .weak
            .iter()
            .all(|row| row.held != Some(true))
    );
}

#[test]
fn groups_are_crossed_with_those_of_another_column() {
    let cells = [
        ("f", "old", 40, 20),
        ("f", "young", 60, 54),
        ("m", "old", 100, 80),
        ("m", "young", 12, 3),
    ];
    let mut run = Run::default();
    run.rule.larger_is_better = true;
    for (sex, age, n, right) in cells {
        for item in 0..n {
            run.samples.push(&Sample {
                id: format!("{sex}{age}{item}").into(),
                outcome: if item < right { Outcome::Right } else { Outcome::Wrong },
                score: Some(f64::from(u8::from(item < right))),
                slices: vec![("sex".into(), sex.into()), ("age".into(), age.into())],
                ..Sample::default()
            });
        }
    }
    run.samples.close();
    let options = Options {
        fairness: Some(("sex".to_owned(), "m".to_owned())),
        ..options()
    };
    let report = make(&run, &[], &options);
    let [own] = &report.fairness.ready().unwrap().intersections[..] else {
        panic!("one other column");
    };
    assert_eq!((own.column.as_str(), own.tested), ("age", 2));
    assert_eq!(own.reference, "sex: m and age: old");
    let cell = |name: &str| own.cells.iter().find(|cell| cell.name == name).unwrap();
    let small = cell("sex: m and age: young");
    assert!(small.is_small && small.difference.is_none() && small.n == 12);
    // Newcombe of 20 of 40 against 80 of 100.
    let worst = cell("sex: f and age: old").difference.as_ref().unwrap();
    near(
        &ends(worst),
        &[-0.3, -0.462_312_556_116_379_17, -0.127_384_760_350_372_08],
    );
    assert_eq!(&report.metrics["fairness.worst-intersection"], worst);
    assert!(cell("sex: f and age: old").p.unwrap() < 0.01);
}

#[test]
fn latency_is_compared_by_ranks_whatever_the_spread() {
    let there = rows(200, 1, 51);
    let mut here = there.clone();
    for (place, row) in here.iter_mut().enumerate() {
        row.latency_secs = row
            .latency_secs
            .map(|secs| secs * if place % 2 == 0 { 0.2 } else { 3.0 });
    }
    let report = compared(&here, &there);
    let found = report.comparison.as_ref().unwrap();
    // What counts: latencies of calls that did not break.
    let times = |rows: &[Row]| -> Vec<f64> {
        let own = rows.iter().filter(|row| row.outcome != Outcome::Errored);
        own.filter_map(|row| row.latency_secs).collect()
    };
    let wanted = assay::stat::two_sample::brunner_munzel(&times(&there), &times(&here)).unwrap();
    near(&[found.slower_any_spread], &[wanted.p]);
    let words = found.slower_in_words().unwrap();
    assert!(
        words.contains("Mann–Whitney p") && words.contains("Brunner–Munzel"),
        "{words}"
    );
}

#[test]
fn selection_is_screened_with_interval_and_test() {
    // In a 50 of 100 are predicted positive, 40 of the 50 positives; in b 35 of 100, 30 of 50.
    let mut run = Run::default();
    run.rule.larger_is_better = true;
    for (group, hits, alarms) in [("a", 40, 10), ("b", 30, 5)] {
        for item in 0..100 {
            let truth = item < 50;
            let predicted = if truth { item < hits } else { item - 50 < alarms };
            let word = |yes: bool| if yes { "yes" } else { "no" };
            run.samples.push(&Sample {
                id: format!("{group}{item}").into(),
                outcome: if truth == predicted {
                    Outcome::Right
                } else {
                    Outcome::Wrong
                },
                score: Some(f64::from(u8::from(truth == predicted))),
                truth: Some(word(truth).into()),
                predicted: Some(word(predicted).into()),
                slices: vec![("group".into(), group.into())],
                ..Sample::default()
            });
        }
    }
    run.samples.close();
    let options = Options {
        fairness: Some(("group".to_owned(), "a".to_owned())),
        ..options()
    };
    let report = make(&run, &[], &options);
    let gaps = &report.fairness.ready().unwrap().gaps;
    let gap = |words: &str| gaps.iter().find(|(name, _)| name.contains(words)).unwrap();
    near(&[gap("Equal opportunity").1.value], &[0.2]);
    near(&[gap("Demographic parity ratio").1.value], &[0.7]);
    let (words, ratio) = gap("four-fifths");
    near(&ends(ratio), &[0.7, 0.502_595_642_378_469_7, 0.974_938_814_990_789_6]);
    assert!(words.contains("Fisher p 0.04"), "{words}");
}
