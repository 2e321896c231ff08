//! Robustness to perturbations and fairness between groups.

use super::folder::{Folder, Record, Table};
use assay::stat::bin::equal_width;
use assay::stat::calibration::{ece, overconfidence};
use assay::stat::fairness::{Disparity, Gap, GroupCounts, Rate, against_reference, disparity, multicalibration};
use assay::stat::interval::Interval;
use assay::stat::paired::PairedCounts;
use assay::stat::ranking::auroc;
use assay::stat::robustness::{Group, consistency, group_intervals, perturbation};
use assay::stat::score::brier;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

fn pair(interval: Option<Interval>) -> Value {
    interval.map_or(Value::Null, |ends| json!([ends.low, ends.high]))
}

fn flags(table: &Table, name: &str) -> Vec<bool> {
    table.numbers(name).iter().map(|x| *x == 1.0).collect()
}

/// Our value of the record; `None` when its id is not known.
pub fn compute(folder: &Folder, record: &Record) -> Option<Value> {
    let table = folder.table(&record.data);
    match record.id.as_str() {
        "robust.drop" => drop_of(table, record.params["variant"].as_str()?),
        "robust.consistency" => {
            let mut items: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
            for (item, right) in table.text("item").iter().zip(flags(table, "correct")) {
                let entry = items.entry(item).or_default();
                *entry = (entry.0 + u64::from(right), entry.1 + 1);
            }
            let c = consistency(items.into_values())?;
            let share = c.all_right as f64 / c.items as f64;
            Some(json!({"all_variants_correct": share, "mean_acc": c.mean, "worst_case_acc": c.worst_case}))
        }
        "robust.worst_group" => {
            let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
            for (name, right) in table.text("group").iter().zip(flags(table, "correct")) {
                let group = groups.entry(name).or_insert(Group { n: 0, right: 0 });
                group.n += 1;
                group.right += u64::from(right);
            }
            let counts: Vec<Group> = groups.values().copied().collect();
            let rows = groups
                .iter()
                .zip(group_intervals(&counts, 0.05))
                .map(|((name, group), interval)| {
                    let acc = group.right as f64 / group.n as f64;
                    (name.to_string(), json!({"acc": acc, "wilson_bonf": pair(interval)}))
                });
            Some(Value::Object(rows.collect()))
        }
        _ => fair(table, record),
    }
}

/// A variant against the clean answers of the same items.
fn drop_of(table: &Table, variant: &str) -> Option<Value> {
    let correct = flags(table, "correct");
    let rows_of = |wanted: &str| -> BTreeMap<&str, (bool, &str)> {
        let rows = table.text("item").iter().zip(table.text("variant")).enumerate();
        let wanted = rows.filter(|(_, (_, variant))| *variant == wanted);
        wanted
            .map(|(row, (item, _))| (item.as_str(), (correct[row], table.text("answer")[row].as_str())))
            .collect()
    };
    let (clean, perturbed) = (rows_of("clean"), rows_of(variant));
    let both: Vec<[(bool, &str); 2]> = clean
        .iter()
        .filter_map(|(item, clean)| Some([*clean, *perturbed.get(item)?]))
        .collect();
    let changed = both.iter().filter(|[clean, perturbed]| clean.1 != perturbed.1).count();
    let d = perturbation(
        PairedCounts::of(both.iter().map(|[clean, perturbed]| (clean.0, perturbed.0))),
        0.05,
    )?;
    Some(json!({
        "acc_clean": d.clean_rate, "acc": d.rate, "diff": d.difference.value, "se": d.se, "ci": pair(d.wald),
        "rel_drop": d.relative_drop, "rel_drop_ci_delta": pair(d.relative_interval), "mcnemar_p": d.p_exact,
        "c2w": d.lost_rate, "w2c": d.gained_rate, "flip": d.flip_rate,
        "answer_flip": changed as f64 / both.len() as f64, "flip_wilson": pair(Some(d.flip_interval)),
    }))
}

/// Rows of one group.
#[derive(Default)]
struct Members {
    truth: Vec<bool>,
    predicted: Vec<bool>,
    scores: Vec<f64>,
}

impl Members {
    fn counts(&self) -> GroupCounts {
        GroupCounts::of(self.truth.iter().copied().zip(self.predicted.iter().copied()))
    }
}

fn members(table: &Table, key: impl Fn(usize) -> String) -> BTreeMap<String, Members> {
    let (truth, predicted) = (flags(table, "y"), flags(table, "pred"));
    let mut groups: BTreeMap<String, Members> = BTreeMap::new();
    for (row, score) in table.numbers("score").into_iter().enumerate() {
        let group = groups.entry(key(row)).or_default();
        group.truth.push(truth[row]);
        group.predicted.push(predicted[row]);
        group.scores.push(score);
    }
    groups
}

fn fair(table: &Table, record: &Record) -> Option<Value> {
    let groups = members(table, |row| table.text("group")[row].clone());
    let object = |value: &dyn Fn(&Members) -> Value| {
        Value::Object(
            groups
                .iter()
                .map(|(name, group)| (name.clone(), value(group)))
                .collect(),
        )
    };
    Some(match record.id.as_str() {
        "fair.metrics" => metrics(disparity(&groups.values().map(Members::counts).collect::<Vec<_>>(), 1)),
        "fair.by_group" => object(&|group| {
            let c = group.counts();
            json!({
                "selection_rate": c.selection_rate(), "tpr": c.true_positive_rate(), "fpr": c.false_positive_rate(),
                "fnr": c.false_negative_rate(), "accuracy": c.accuracy(), "count": c.n(),
                "mean_prediction": c.selection_rate(),
            })
        }),
        "fair.intersection" => {
            let key = |row: usize| format!("{}|{}", table.text("group")[row], table.text("sex")[row]);
            let cells = members(table, key).into_iter().map(|(name, group)| {
                let c = group.counts();
                (name, json!({"selection_rate": c.selection_rate(), "count": c.n()}))
            });
            Value::Object(cells.collect())
        }
        "fair.vs_reference" => against(&groups, record.params["ref"].as_str()?)?,
        "fair.group_calibration" => object(&|group| {
            let over = overconfidence(&group.scores, &group.truth).expect("rows");
            let bins = equal_width(&group.scores, &group.truth, 10).expect("rows");
            json!({
                "n": group.scores.len(), "gap": over.gap, "se": over.se, "ece10": ece(&bins),
                "brier": brier(&group.scores, &group.truth), "auroc": auroc(&group.scores, &group.truth),
            })
        }),
        "fair.multicalibration" => {
            let names: Vec<&String> = groups.keys().collect();
            let data: Vec<(&[f64], &[bool])> = groups
                .values()
                .map(|group| (group.scores.as_slice(), group.truth.as_slice()))
                .collect();
            let cells = multicalibration(&data, 10, 20);
            let worst = cells.iter().map(|cell| cell.gap.abs()).fold(0.0, f64::max);
            let row = |cell: &assay::stat::fairness::CalibrationCell| json!({"group": names[cell.group], "bin": cell.bin, "n": cell.n, "gap": cell.gap});
            json!({"cells": cells.iter().map(row).collect::<Vec<_>>(), "max_abs": worst})
        }
        _ => return None,
    })
}

fn metrics(d: Disparity) -> Value {
    let mut fields = Map::new();
    let gaps = [
        ("demographic_parity", d.demographic_parity),
        ("equalized_odds", d.equalized_odds),
        ("equal_opportunity", d.equal_opportunity),
    ];
    for (name, gap) in gaps {
        fields.insert(format!("{name}_difference"), json!(gap.map(|gap: Gap| gap.difference)));
        fields.insert(format!("{name}_ratio"), json!(gap.and_then(|gap: Gap| gap.ratio)));
    }
    Value::Object(fields)
}

fn against(groups: &BTreeMap<String, Members>, reference: &str) -> Option<Value> {
    let rate = |group: &Members| Rate {
        count: group.counts().selected(),
        n: group.counts().n(),
    };
    let others: Vec<(&String, &Members)> = groups.iter().filter(|(name, _)| *name != reference).collect();
    let rates: Vec<Rate> = others.iter().map(|(_, group)| rate(group)).collect();
    let rows = against_reference(&rates, rate(groups.get(reference)?), 0.05);
    let row = |((name, _), row): (&(&String, &Members), Option<assay::stat::fairness::AgainstReference>)| {
        let row = row.expect("rows");
        let value = json!({
            "diff_newcombe": pair(Some(row.difference.interval)), "ratio": row.ratio,
            "ratio_log": pair(row.ratio_interval), "fisher_p": row.p,
        });
        (name.to_string(), value)
    };
    Some(Value::Object(others.iter().zip(rows).map(row).collect()))
}
