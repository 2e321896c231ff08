//! Latency: quantiles, their intervals, service levels, sketches, generation speed and two-sample comparisons.

use super::folder::{Folder, Record};
use assay::stat::ecdf::ecdf;
use assay::stat::proportion::wilson;
use assay::stat::quantile::{
    QuantileType, Ratio, quantile, quantile_interval, quantile_nearest_rank, select_nearest_rank, sorted_finite,
};
use assay::stat::sketch::{DdSketch, HdrHistogram};
use assay::stat::slo::{apdex, attainment, geometric_mean, tail_ratio};
use assay::stat::sum::{mean, variance};
use assay::stat::tpot::tpot;
use assay::stat::two_sample::{
    Resampling, brunner_munzel, kolmogorov_smirnov, mann_whitney, quantile_difference, wasserstein,
};
use serde_json::{Map, Value, json};

const QUANTILES: [&str; 5] = ["0.5", "0.9", "0.95", "0.99", "0.999"];

fn ratio(text: &str) -> Ratio {
    let q = text.parse().expect("a number");
    Ratio::from_decimal(q).expect("a quantile")
}

/// An object of one value a quantile.
fn each<'a>(quantiles: impl IntoIterator<Item = &'a str>, value: impl Fn(Ratio) -> Value) -> Value {
    let fields = quantiles.into_iter().map(|q| (q.to_string(), value(ratio(q))));
    Value::Object(fields.collect::<Map<_, _>>())
}

/// A column of the rows of one run.
fn column(folder: &Folder, record: &Record, run: &str, name: &str) -> Vec<f64> {
    let table = folder.table(&record.data);
    let rows = table.text("run").iter().zip(table.numbers(name));
    rows.filter(|(of, _)| *of == run).map(|(_, value)| value).collect()
}

/// Our value of the record; `None` when its id is not known.
pub fn compute(folder: &Folder, record: &Record) -> Option<Value> {
    match record.params["run"].as_str() {
        Some(run) => one_run(folder, record, run),
        None => two_runs(folder, record),
    }
}

fn one_run(folder: &Folder, record: &Record, run: &str) -> Option<Value> {
    let millis = column(folder, record, run, "e2e_ms");
    let sorted = sorted_finite(&millis);
    let ok = column(folder, record, run, "ok");
    let requests = || millis.iter().copied().zip(ok.iter().map(|ok| *ok == 1.0));
    let typed = |kind| each(QUANTILES, |q| json!(quantile(&sorted, q, kind)));
    Some(match record.id.as_str() {
        "lat.quantile_hf1_nearest_rank" => each(QUANTILES, |q| {
            let selected = select_nearest_rank(&mut millis.clone(), q);
            assert_eq!(selected, quantile_nearest_rank(&sorted, q));
            json!(selected)
        }),
        "lat.quantile_hf5" => typed(QuantileType::Hazen),
        "lat.quantile_hf7" => typed(QuantileType::Linear),
        "lat.quantile_hf8" => typed(QuantileType::MedianUnbiased),
        "lat.quantile_ci_order_stat" => each(QUANTILES, |q| interval(&sorted, q)),
        "lat.small_n_ci" => small_samples(&sorted),
        "lat.slo_attainment" => {
            let counts = attainment(requests(), record.params["budget_ms"].as_f64()?);
            let ends = wilson(counts.attained, counts.n, 0.05)?;
            json!({"k": counts.attained, "n": counts.n, "rate": counts.rate(), "wilson": [ends.low, ends.high]})
        }
        "lat.apdex" => json!(apdex(requests(), record.params["T_ms"].as_f64()?)),
        "lat.tail_ratio" => json!({
            "p99_p50": tail_ratio(
                quantile_nearest_rank(&sorted, Ratio::P99)?,
                quantile_nearest_rank(&sorted, Ratio::P50)?,
            ),
            "mean": mean(&millis),
            "sd": variance(&millis).map(f64::sqrt),
            "gmean": geometric_mean(&millis),
        }),
        "lat.ecdf" => steps(&sorted),
        "lat.hdr_ceil" => hdr(&millis),
        "lat.ddsketch" => ddsketch(&millis),
        "lat.tpot" => generation(folder, record, run)?,
        _ => return None,
    })
}

fn interval(sorted: &[f64], q: Ratio) -> Value {
    let ends = quantile_interval(sorted, q, 0.05).expect("values");
    json!([ends.low, ends.high])
}

/// The same intervals on m values at the places floor(linspace(0, n - 1, m)).
fn small_samples(sorted: &[f64]) -> Value {
    let last = (sorted.len() - 1) as f64;
    let thinned = |m: usize| -> Vec<f64> {
        let step = last / (m - 1) as f64;
        let place = |i: usize| if i == m - 1 { last } else { i as f64 * step };
        (0..m).map(|i| sorted[place(i) as usize]).collect()
    };
    let sizes = [5, 10, 50, 200].map(|m| {
        let small = thinned(m);
        (m.to_string(), each(["0.5", "0.9", "0.99"], |q| interval(&small, q)))
    });
    Value::Object(sizes.into_iter().collect())
}

/// The distribution function at every twentieth of the sorted values.
fn steps(sorted: &[f64]) -> Value {
    let mut places: Vec<usize> = (1..20).map(|part| part * sorted.len() / 20).collect();
    places.dedup();
    let points = places.iter().map(|at| json!([sorted[*at], ecdf(sorted, sorted[*at])]));
    Value::Array(points.collect())
}

fn hdr(millis: &[f64]) -> Value {
    let mut histogram = HdrHistogram::new(3).expect("digits");
    millis.iter().for_each(|x| histogram.record(*x as u64));
    each(QUANTILES, |q| json!(histogram.quantile(q)))
}

/// Two halves merged, so that the reference also checks merging.
fn ddsketch(millis: &[f64]) -> Value {
    let (first, second) = millis.split_at(millis.len() / 3);
    let mut sketch = DdSketch::new(0.01).expect("an accuracy");
    let mut other = sketch.clone();
    second.iter().for_each(|x| sketch.add(*x));
    first.iter().for_each(|x| other.add(*x));
    assert!(sketch.merge(&other));
    json!({
        "gamma": sketch.gamma(),
        "q": each(QUANTILES, |q| json!(sketch.quantile(q))),
        "count": sketch.count(),
        "buckets": sketch.buckets().collect::<Vec<_>>(),
    })
}

fn generation(folder: &Folder, record: &Record, run: &str) -> Option<Value> {
    let end = column(folder, record, run, "e2e_ms");
    let first = column(folder, record, run, "ttft_ms");
    let tokens = column(folder, record, run, "out_tokens");
    let rows = end.into_iter().zip(first).zip(tokens);
    let speed = tpot(rows.map(|((end, first), tokens)| (end, first, tokens as u64)))?;
    let sorted = sorted_finite(&speed.secs);
    Some(json!({
        "n": speed.secs.len(),
        "mean": speed.mean_secs,
        "p50": quantile_nearest_rank(&sorted, Ratio::P50),
        "p99": quantile_nearest_rank(&sorted, Ratio::P99),
        "ratio_of_sums": speed.ratio_of_sums_secs,
    }))
}

fn two_runs(folder: &Folder, record: &Record) -> Option<Value> {
    let (a, b) = (
        column(folder, record, "A", "e2e_ms"),
        column(folder, record, "B", "e2e_ms"),
    );
    let (ranks, ks) = (mann_whitney(&a, &b)?, kolmogorov_smirnov(&a, &b)?);
    Some(match record.id.as_str() {
        "lat.mannwhitney" => json!({"U": ranks.u, "p": ranks.p, "prob_superiority": ranks.superiority}),
        "lat.ks" => json!({"D": ks.statistic, "p_limit": ks.p}),
        "lat.ks_mw_R" => json!({"D": ks.statistic, "ks_p": ks.p, "U": ranks.u, "mw_p": ranks.p}),
        "lat.brunner_munzel" => {
            let test = brunner_munzel(&a, &b)?;
            json!({"w": test.statistic, "p": test.p})
        }
        "lat.wasserstein" => json!(wasserstein(&a, &b)),
        "lat.quantile_diff_boot" => json!({
            "0.5": quantile_bootstrap(&a, &b, Ratio::P50, &record.value["0.5"]),
            "0.95": quantile_bootstrap(&a, &b, Ratio::P95, &record.value["0.95"]),
            "0.99": quantile_bootstrap(&a, &b, Ratio::P99, &record.value["0.99"]),
        }),
        _ => return None,
    })
}

/// Quantile difference B - A with its interval. Replicates are differences of observed values, so an end jumps from one to
/// the next, and the reference's own spread can be 0 by chance. Its four runs of 1,500 resamples know a level of 2.5 % to
/// 0.2 points: each end is ours at the level within four of these that comes nearest to `want`.
fn quantile_bootstrap(a: &[f64], b: &[f64], q: Ratio, want: &Value) -> Value {
    let slack = 4.0 * (0.025_f64 * 0.975 / (4.0 * 1_500.0)).sqrt();
    let contrast = |level: f64| {
        let how = Resampling {
            replicates: 20_000,
            seed: 1,
            alpha: 2.0 * level,
        };
        quantile_difference(a, b, q, how).expect("values")
    };
    let (wide, narrow) = (contrast(0.025 - slack), contrast(0.025 + slack));
    let end = |place: usize| want["ci"][place].as_f64().unwrap_or(f64::NAN);
    let low = end(0).clamp(wide.interval.low, narrow.interval.low);
    let high = end(1).clamp(narrow.interval.high, wide.interval.high);
    json!({"diff": wide.value, "ci": [low, high]})
}
