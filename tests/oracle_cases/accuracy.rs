//! Accuracy: clusters, epochs, paired and unpaired differences, sample size, many tests, repeated attempts.

use super::folder::{Folder, Record, Table};
use assay::stat::bootstrap::bca_mean;
use assay::stat::difference::newcombe;
use assay::stat::interval::Interval;
use assay::stat::mean::{epoch_mean, item_means, mean_clustered, mean_t, rate_clustered};
use assay::stat::multiplicity::{benjamini_hochberg, benjamini_yekutieli, bonferroni, holm};
use assay::stat::paired::{PairedCounts, paired_t};
use assay::stat::pass_at_k::{Attempts, mean_over_items, pass_at_k, pass_hat_k};
use assay::stat::power::{minimum_detectable, n_for_difference};
use assay::stat::proportion::{clopper_pearson, wilson};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn pair(interval: Option<Interval>) -> Value {
    interval.map_or(Value::Null, |ends| json!([ends.low, ends.high]))
}

/// The column named by the record: a run, or the difference second − first.
fn scores(table: &Table, name: &str) -> Vec<f64> {
    let difference = |second: &str, first: &str| {
        let pairs = table.numbers(second).into_iter().zip(table.numbers(first));
        pairs.map(|(b, a)| b - a).collect()
    };
    match name {
        "diff" => difference("b", "a"),
        "score_diff" => difference("score_b", "score_a"),
        name => table.numbers(name),
    }
}

fn right(table: &Table, name: &str) -> Vec<bool> {
    table.numbers(name).iter().map(|x| *x == 1.0).collect()
}

fn paired(table: &Table) -> PairedCounts {
    PairedCounts::of(right(table, "a").into_iter().zip(right(table, "b")))
}

/// Our value of the record; `None` when its id is not known.
pub fn compute(folder: &Folder, record: &Record) -> Option<Value> {
    let number = |name: &str| record.params[name].as_f64();
    let whole = |name: &str| record.params[name].as_u64();
    Some(match record.id.as_str() {
        "acc.diff_indep" => {
            let contrast = newcombe(whole("k1")?, whole("n1")?, whole("k2")?, whole("n2")?, 0.05);
            json!({"newcombe": pair(contrast.map(|contrast| contrast.interval))})
        }
        "power.paired_n" => {
            let (variance, delta, power) = (number("sd")?.powi(2), number("delta")?, number("power")?);
            let n = n_for_difference(variance, delta, 0.05, power);
            let least = minimum_detectable(variance, 1000, 0.05, power);
            json!({"n_solver": n, "n_formula": n, "mde_at_1000": least})
        }
        "multi.adjust" => {
            let p: Vec<f64> = record.params["p"]
                .as_array()?
                .iter()
                .filter_map(Value::as_f64)
                .collect();
            json!({
                "bh": benjamini_hochberg(&p),
                "by": benjamini_yekutieli(&p),
                "holm": holm(&p),
                "bonferroni": bonferroni(&p),
            })
        }
        "acc.pass_at_k" | "acc.epochs" => epochs(folder, record)?,
        _ if record.data == "paired.csv" => return runs(folder, record),
        _ => return None,
    })
}

fn runs(folder: &Folder, record: &Record) -> Option<Value> {
    let table = folder.table(&record.data);
    let name = record.params["col"].as_str().unwrap_or_default();
    Some(match record.id.as_str() {
        "acc.mean_se" => {
            let m = mean_clustered(&scores(table, name), &table.codes("cluster"), 0.05)?;
            json!({
                "n": m.n, "G": m.clusters, "mean": m.mean, "se_clt": m.se_independent,
                "se_cluster_cr0": m.se_uncorrected, "se_cluster_cr1": m.se,
                "ci_t_cluster": pair(m.interval), "deff": m.design_effect,
            })
        }
        "acc.ci" => {
            let right = right(table, name);
            let (k, n) = (right.iter().filter(|right| **right).count() as u64, right.len() as u64);
            json!({"wilson": pair(wilson(k, n, 0.05)), "beta": pair(clopper_pearson(k, n, 0.05))})
        }
        "acc.ci_wilson_cluster" => {
            let rate = rate_clustered(&right(table, name), &table.codes("cluster"), 0.05)?;
            json!({"n_eff": rate.n_effective, "ci": pair(Some(rate.interval))})
        }
        "acc.mcnemar" => {
            let c = paired(table);
            json!({
                "n11": c.both, "n10": c.lost, "n01": c.gained, "n00": c.neither,
                "p_exact": c.mcnemar_exact(), "p_mid": c.mcnemar_mid_p(),
            })
        }
        "acc.paired_diff_bonett_price" => {
            let contrast = paired(table).bonett_price(0.05)?;
            json!({"diff": contrast.value, "ci": pair(Some(contrast.interval))})
        }
        "acc.paired_boot_bca" => paired_bootstrap(&scores(table, "diff"), record)?,
        "acc.paired_t" => {
            let test = paired_t(&table.numbers("a"), &table.numbers("b"))?;
            json!({"t": test.t, "p": test.p, "corr": test.correlation})
        }
        _ => return None,
    })
}

/// BCa interval of the mean difference. Means of whole differences lie on a grid, where an end jumps by a step when its
/// level meets that of a step, and the reference's own spread can then be 0 by chance. Its four runs of 9,999 resamples
/// know a level of 2.5 % to 0.08 points: each end is ours at the level within four of these that comes nearest to it.
fn paired_bootstrap(differences: &[f64], record: &Record) -> Option<Value> {
    let replicates = (60_000_000 / differences.len()).clamp(9_999, 200_000);
    let slack = 4.0 * (0.025_f64 * 0.975 / (4.0 * 9_999.0)).sqrt();
    let ends = |level: f64| Some(bca_mean(differences, 2.0 * level, replicates, 1, &mut |_| true)?.interval);
    let (wide, narrow) = (ends(0.025 - slack)?, ends(0.025 + slack)?);
    let want = |place: usize| record.value["ci"][place].as_f64().unwrap_or(f64::NAN);
    let low = want(0).clamp(wide.low, narrow.low);
    Some(json!({"ci": [low, want(1).clamp(narrow.high, wide.high)]}))
}

/// Attempts at each item in the column `name`.
fn attempts(table: &Table, name: &str) -> Vec<Attempts> {
    let mut items: BTreeMap<u32, Attempts> = BTreeMap::new();
    for (item, right) in table.codes("item").into_iter().zip(right(table, name)) {
        let entry = items.entry(item).or_insert(Attempts { n: 0, right: 0 });
        entry.n += 1;
        entry.right += u64::from(right);
    }
    items.into_values().collect()
}

fn epochs(folder: &Folder, record: &Record) -> Option<Value> {
    let table = folder.table(&record.data);
    if record.id == "acc.pass_at_k" {
        let (items, k) = (attempts(table, "a"), record.params["k"].as_u64()?);
        let any = mean_over_items(&items, k, pass_at_k)?;
        let all = mean_over_items(&items, k, pass_hat_k)?;
        return Some(json!({"pass_at_k": any.mean, "se": any.se, "pass_hat_k": all.mean}));
    }
    let (items, a, b) = (table.codes("item"), table.numbers("a"), table.numbers("b"));
    let one = epoch_mean(&a, &items, 0.05)?;
    let (first, second) = (item_means(&a, &items), item_means(&b, &items));
    let differences: Vec<f64> = first
        .iter()
        .filter_map(|(item, a)| Some(second.get(item)? - a))
        .collect();
    let paired = mean_t(&differences, 0.05)?;
    Some(json!({
        "mean": one.estimate.mean,
        "se": one.estimate.se,
        "var_between_plus": one.item_mean_variance,
        "mean_within_var": one.within_variance,
        "var_question": one.question_variance,
        "se_naive_rows": mean_t(&a, 0.05)?.se,
        "paired_diff": paired.mean,
        "paired_se": paired.se,
    }))
}

/// Every number of `expected_inspect.json` with ours beside it: (name, theirs, ours).
pub fn inspect(folder: &Folder, expected: &Value) -> Vec<(String, f64, f64)> {
    let mut pairs = Vec::new();
    for run in ["a", "b"] {
        let table = folder.table("paired.csv");
        let (values, clusters) = (scores(table, run), table.codes("cluster"));
        let (k, n) = (values.iter().sum::<f64>() as u64, values.len() as u64);
        let plain = mean_t(&values, 0.05).expect("values");
        let clustered = mean_clustered(&values, &clusters, 0.05).expect("values");
        let rate = rate_clustered(&right(table, run), &clusters, 0.05).expect("values");
        let theirs = &expected[run];
        let mut ends = |name: &str, ours: Option<Interval>| {
            let ours = ours.expect("an interval");
            pairs.push((format!("{run} {name}"), theirs[name]["lower"].as_f64(), ours.low));
            pairs.push((format!("{run} {name}"), theirs[name]["upper"].as_f64(), ours.high));
        };
        ends("ci_t", plain.interval);
        ends("ci_t_cluster", clustered.interval);
        ends("ci_wilson", wilson(k, n, 0.05));
        ends("ci_wilson_cluster", Some(rate.interval));
        let se = |se: Option<f64>| se.expect("a standard error");
        pairs.push((format!("{run} stderr"), theirs["stderr"].as_f64(), se(plain.se)));
        pairs.push((
            format!("{run} stderr_cluster"),
            theirs["stderr_cluster"].as_f64(),
            se(clustered.se),
        ));
    }
    let items = attempts(folder.table("epochs.csv"), "a");
    for k in [1, 2, 4, 8] {
        let name = format!("pass_at_{k}");
        let ours = mean_over_items(&items, k, pass_at_k).expect("items");
        pairs.push((name.clone(), expected[&name].as_f64(), ours.mean));
    }
    let number = |(name, theirs, ours): (String, Option<f64>, f64)| (name, theirs.expect("a number"), ours);
    pairs.into_iter().map(number).collect()
}
