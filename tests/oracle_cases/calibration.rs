//! Calibration, scores, recalibration, selective prediction, multi-class, proportions and bootstrap intervals.

use super::folder::{Folder, Record};
use assay::stat::bin::{equal_mass, equal_mass_edges, equal_width, reliability};
use assay::stat::bootstrap::{basic, bca, bca_parts, percentile};
use assay::stat::confusion::Confusion;
use assay::stat::interval::Interval;
use assay::stat::multiclass::ClassTable;
use assay::stat::ranking::{auroc, delong, risk_coverage};
use assay::stat::recalibration::{Method, cox, crossfit, platt, temperature};
use assay::stat::score::{Decomposition, Rule, brier, corp, isotonic, log_loss, pav_blocks};
use assay::stat::smece::{smece, smece_at};
use assay::stat::{calibration, proportion};
use serde_json::{Value, json};

/// Whether a probability of the data lies on an inner edge of the bins.
pub fn has_edge_values(folder: &Folder, record: &Record) -> bool {
    let m = count(record, "M");
    let p = if record.data == "multiclass.csv" {
        multiclass(folder, record).confidence().0
    } else {
        binary(folder, record).0
    };
    (1..m).any(|edge| p.contains(&(edge as f64 / m as f64)))
}

/// Whether a confidence in the given answer is exactly 0 or 1.
pub fn has_certain_values(folder: &Folder, record: &Record) -> bool {
    let (confidence, _) = multiclass(folder, record).confidence();
    confidence.iter().any(|p| *p == 0.0 || *p == 1.0)
}

fn count(record: &Record, name: &str) -> usize {
    record.params[name].as_u64().expect("a whole parameter") as usize
}

/// Probabilities and outcomes without the rows that lack one.
fn binary(folder: &Folder, record: &Record) -> (Vec<f64>, Vec<bool>) {
    let table = folder.table(&record.data);
    let rows = table.numbers("p").into_iter().zip(table.numbers("y"));
    rows.filter(|(p, y)| !p.is_nan() && !y.is_nan())
        .map(|(p, y)| (p, y == 1.0))
        .unzip()
}

fn ends(interval: Option<Interval>) -> Value {
    interval.map_or(Value::Null, |ends| json!([ends.low, ends.high]))
}

/// Our value of the record in the shape of the reference's; `None` when its id is not known.
pub fn compute(folder: &Folder, record: &Record) -> Option<Value> {
    if record.id.starts_with("calib.") {
        return bins(folder, record).or_else(|| scores(folder, record));
    }
    match record.id.as_str() {
        id if id.starts_with("tiny.") => tiny(folder, record),
        id if id.starts_with("mc.") => classes(folder, record),
        id if id.starts_with("boot.") => resampled(folder, record),
        id if id.starts_with("recal.") => recalibration(folder, record),
        id if id.starts_with("select.") => selective(folder, record),
        "ci.proportion" => Some(proportions(record)),
        "ci.proportion_onesided" => Some(one_sided(record)),
        _ => None,
    }
}

fn bins(folder: &Folder, record: &Record) -> Option<Value> {
    let (p, y) = binary(folder, record);
    let width = || equal_width(&p, &y, count(record, "M")).expect("bins");
    let mass = || equal_mass(&p, &y, count(record, "M")).expect("bins");
    Some(match record.id.as_str() {
        "calib.n_used" => json!(p.len()),
        "calib.reliability_equal_width" => reliability_table(&p, &y, record),
        "calib.ece_ew_l1" | "calib.ece_ew_netcal" => json!(calibration::ece(&width())),
        "calib.ece_ew_l2_plugin" => json!(calibration::ece_l2(&width())),
        "calib.ece_ew_l2_debiased" => json!(calibration::ece_l2_debiased(&width())),
        "calib.mce_ew" | "calib.mce_ew_netcal" => json!(calibration::mce(&width())),
        "calib.ace_ew_netcal" => json!(calibration::ace(&width())),
        "calib.ece_em_l1" => json!(calibration::ece(&mass())),
        "calib.em_edges" => json!(equal_mass_edges(&p, count(record, "M"))),
        "calib.ece_em_l2_debiased" => json!(calibration::ece_l2_debiased(&mass())),
        "calib.ece_em_l1_debiased" => json!(calibration::ece_l1_debiased(&mass())),
        "calib.curve_uniform_sklearn" => {
            let bins = width();
            json!({
                "freq": bins.iter().map(|bin| bin.freq()).collect::<Vec<_>>(),
                "conf": bins.iter().map(|bin| bin.conf).collect::<Vec<_>>(),
            })
        }
        "calib.ece_sweep_l1" => {
            calibration::ece_sweep(&p, &y).map_or(Value::Null, |sweep| json!({"ece": sweep.ece, "bins": sweep.bins}))
        }
        "calib.overconfidence" => calibration::overconfidence(&p, &y).map_or(
            Value::Null,
            |over| json!({"mean_conf": over.mean_conf, "acc": over.accuracy, "gap": over.gap, "se": over.se}),
        ),
        "calib.spiegelhalter_z" => {
            calibration::spiegelhalter(&p, &y).map_or(Value::Null, |test| json!({"z": test.z, "p": test.p_value}))
        }
        _ => return None,
    })
}

fn reliability_table(p: &[f64], y: &[bool], record: &Record) -> Value {
    let (m, alpha) = (count(record, "M"), record.params["alpha"].as_f64().expect("alpha"));
    let rows = reliability(p, y, m, alpha).expect("rows");
    let entry = |index: usize| {
        let Some(row) = rows.iter().find(|row| row.bin.index == index) else {
            return json!({"bin": index, "n": 0});
        };
        json!({
            "bin": index, "n": row.bin.n, "conf": row.bin.conf, "freq": row.bin.freq(),
            "wilson": ends(Some(row.wilson)), "clopper_pearson": ends(Some(row.clopper_pearson)),
            "consistency": ends(Some(row.consistency)),
        })
    };
    json!((0..m).map(entry).collect::<Vec<_>>())
}

fn proportion_params(record: &Record) -> (u64, u64, f64) {
    let alpha = record.params["alpha"].as_f64().expect("alpha");
    (count(record, "k") as u64, count(record, "n") as u64, alpha)
}

fn proportions(record: &Record) -> Value {
    let (k, n, alpha) = proportion_params(record);
    json!({
        "wilson": ends(proportion::wilson(k, n, alpha)),
        "beta": ends(proportion::clopper_pearson(k, n, alpha)),
    })
}

fn one_sided(record: &Record) -> Value {
    let (k, n, alpha) = proportion_params(record);
    json!({
        "wilson_lower": proportion::wilson_lower(k, n, alpha),
        "wilson_upper": proportion::wilson_upper(k, n, alpha),
        "cp_lower": proportion::clopper_pearson_lower(k, n, alpha),
        "cp_upper": proportion::clopper_pearson_upper(k, n, alpha),
    })
}

fn scores(folder: &Folder, record: &Record) -> Option<Value> {
    let (p, y) = binary(folder, record);
    Some(match record.id.as_str() {
        "calib.smece_exact" => smece(&p, &y).map_or(Value::Null, |smooth| {
            json!({
                "smece": smooth.value, "sigma": smooth.sigma,
                "at_0_05": smece_at(&p, &y, 0.05), "at_0_1": smece_at(&p, &y, 0.1),
            })
        }),
        "calib.smece_relplot_nudged" => {
            let nudged: Vec<f64> = p.iter().map(|p| p.clamp(2e-3, 1.0 - 2e-3)).collect();
            let smooth = smece(&nudged, &y).map(|smooth| smooth.value);
            json!({"smece": smooth, "at_0_05": smece_at(&nudged, &y, 0.05)})
        }
        "calib.brier" => json!(brier(&p, &y)),
        "calib.log_loss" => json!(log_loss(&p, &y).map(|loss| loss.value)),
        "calib.corp_brier" => decomposition(corp(&p, &y, Rule::Brier)),
        "calib.corp_log" => decomposition(corp(&p, &y, Rule::Log)),
        "calib.pav_blocks" => {
            let blocks = pav_blocks(&p, &y).expect("blocks");
            let entry = |block: &assay::stat::score::Block| json!([block.low, block.high, block.n, block.cep()]);
            json!(blocks.iter().map(entry).collect::<Vec<_>>())
        }
        "calib.isotonic_predict" => {
            let blocks = pav_blocks(&p, &y).expect("blocks");
            let places = record.params["x"].as_array().expect("x");
            let predict = |x: &Value| isotonic(&blocks, x.as_f64().expect("a number"));
            json!(places.iter().map(predict).collect::<Vec<_>>())
        }
        "calib.cox" => cox(&p, &y).map_or(Value::Null, |fit| {
            json!({
                "intercept": fit.intercept, "slope": fit.slope,
                "se": [fit.intercept_se, fit.slope_se], "slope_ci": ends(fit.slope_interval(0.05)),
                "citl": fit.citl, "citl_se": fit.citl_se,
            })
        }),
        "calib.val_prob" => val_prob(&p, &y),
        "calib.auroc" => json!(auroc(&p, &y)),
        "calib.auroc_delong" => delong(&p, &y, 0.05).map_or(Value::Null, |area| {
            json!({
                "lo": area.interval.low, "auc": area.auroc,
                "hi": area.interval.high, "var": area.variance,
            })
        }),
        _ => return None,
    })
}

fn decomposition(parts: Option<Decomposition>) -> Value {
    parts.map_or(
        Value::Null,
        |parts| json!({"mcb": parts.mcb, "dsc": parts.dsc, "unc": parts.unc, "score": parts.score}),
    )
}

fn selective(folder: &Folder, record: &Record) -> Option<Value> {
    let (p, y) = binary(folder, record);
    let curve = risk_coverage(&p, &y)?;
    Some(match record.id.as_str() {
        "select.risk_coverage" => json!({
            "aurc": curve.aurc, "aurc_optimal": curve.aurc_optimal,
            "eaurc": curve.eaurc, "augrc": curve.augrc,
            "risk_at_cov": {
                "0.5": curve.risk_at(0.5), "0.8": curve.risk_at(0.8),
                "0.9": curve.risk_at(0.9), "1.0": curve.risk_at(1.0),
            },
        }),
        "select.augrc_closed_form" => json!(curve.augrc),
        "select.aurc_kumar" | "select.aurc_kumar_mc" => json!(curve.aurc),
        _ => return None,
    })
}

fn tiny(folder: &Folder, record: &Record) -> Option<Value> {
    let cases = folder.document(&record.data).as_array()?;
    let case = cases.iter().find(|case| case["name"] == record.params["name"])?;
    let list = |name: &str| case[name].as_array().cloned().unwrap_or_default();
    let p: Vec<f64> = list("p").iter().filter_map(Value::as_f64).collect();
    let y: Vec<bool> = list("y").iter().map(|y| y.as_f64() == Some(1.0)).collect();
    let (k, n) = (y.iter().filter(|y| **y).count() as u64, y.len() as u64);
    let when_any = |interval: Option<Interval>| ends(interval.filter(|_| n > 0));
    let ece10 = equal_width(&p, &y, 10).and_then(|bins| calibration::ece(&bins));
    let parts = corp(&p, &y, Rule::Brier);
    Some(json!({
        "n": n, "brier": brier(&p, &y), "log_loss": log_loss(&p, &y).map(|loss| loss.value),
        "ece10_l1": ece10, "auroc": auroc(&p, &y),
        "acc_wilson": when_any(proportion::wilson(k, n, 0.05)),
        "acc_cp": when_any(proportion::clopper_pearson(k, n, 0.05)),
        "corp": decomposition(parts),
    }))
}

fn val_prob(p: &[f64], y: &[bool]) -> Value {
    let (area, fit) = (auroc(p, y), cox(p, y).ok());
    let test = calibration::spiegelhalter(p, y);
    json!({
        "Dxy": area.map(|area| 2.0 * area - 1.0), "C (ROC)": area, "Brier": brier(p, y),
        "Intercept": fit.map(|fit| fit.intercept), "Slope": fit.map(|fit| fit.slope),
        "S:z": test.map(|test| test.z), "S:p": test.map(|test| test.p_value),
    })
}

fn recalibration(folder: &Folder, record: &Record) -> Option<Value> {
    let (p, y) = binary(folder, record);
    Some(match record.id.as_str() {
        "recal.temperature" => json!(temperature(&p, &y)),
        "recal.platt" => platt(&p, &y).map_or(
            Value::Null,
            |line| json!({"slope": line.slope, "intercept": line.intercept}),
        ),
        "recal.crossfit5" => {
            let folds: Vec<usize> = (0..p.len()).map(|row| row % count(record, "K")).collect();
            let entry = |method: Method| {
                let q = crossfit(method, &p, &y, &folds).expect("a fit");
                json!({"brier": brier(&q, &y), "ece10": ece_on_edges(&q, &y, method, record)})
            };
            json!({
                "none": entry(Method::None), "temperature": entry(Method::Temperature),
                "platt": entry(Method::Platt), "isotonic": entry(Method::Isotonic),
            })
        }
        _ => return None,
    })
}

/// ECE over 10 bins. An isotonic level is a fraction that may lie on a bin edge; the reference sums it in floating point
/// and so puts it on the edge or one bit above. Each such edge is tried on both sides and the nearest value compared.
fn ece_on_edges(q: &[f64], y: &[bool], method: Method, record: &Record) -> Value {
    let on_edge = |q: f64, edge: usize| (q - edge as f64 / 10.0).abs() < 1e-12;
    let heaps: Vec<usize> = (1..10).filter(|edge| q.iter().any(|q| on_edge(*q, *edge))).collect();
    let want = record.value["isotonic"]["ece10"].as_f64().unwrap_or(f64::NAN);
    let sides = if method == Method::Isotonic {
        1u32 << heaps.len()
    } else {
        1
    };
    let measure = |side: u32| {
        let raised = |q: f64| {
            let heap = heaps.iter().position(|edge| on_edge(q, *edge));
            if heap.is_some_and(|heap| side >> heap & 1 == 1) {
                q + 1e-12
            } else {
                q
            }
        };
        let moved: Vec<f64> = q.iter().map(|q| raised(*q)).collect();
        equal_width(&moved, y, 10)
            .and_then(|bins| calibration::ece(&bins))
            .unwrap_or(f64::NAN)
    };
    let nearest = (0..sides)
        .map(measure)
        .min_by(|a, b| (a - want).abs().total_cmp(&(b - want).abs()));
    json!(nearest)
}

fn multiclass(folder: &Folder, record: &Record) -> ClassTable {
    let table = folder.table(&record.data);
    let mut columns = Vec::new();
    while let Some(column) = table.find(&format!("p{}", columns.len())) {
        columns.push(column);
    }
    let labels: Vec<usize> = table.numbers("label").into_iter().map(|label| label as usize).collect();
    let row = |row: usize| {
        columns
            .iter()
            .map(move |column: &Vec<f64>| column[row])
            .collect::<Vec<f64>>()
    };
    let flat: Vec<f64> = (0..labels.len()).flat_map(row).collect();
    ClassTable::new(&flat, columns.len(), &labels).expect("class probabilities")
}

fn classes(folder: &Folder, record: &Record) -> Option<Value> {
    let table = multiclass(folder, record);
    let (p, y) = table.confidence();
    let top_ece = || equal_width(&p, &y, count(record, "M")).and_then(|bins| calibration::ece(&bins));
    Some(match record.id.as_str() {
        "mc.accuracy" => json!(table.accuracy()),
        "mc.log_loss" => json!(table.log_loss()),
        "mc.brier_sum" => json!(table.brier_sum()),
        "mc.ece_top_label" | "mc.ece_top_netcal" => json!(top_ece()),
        "mc.ece_classwise" => {
            let each = table.ece_classwise(count(record, "M")).expect("classes");
            json!({"mean": assay::stat::sum::mean(&each), "per_class": each})
        }
        "mc.smece_top" | "mc.smece_top_relplot" => json!(smece(&p, &y).map(|smooth| smooth.value)),
        "mc.auroc_conf_correct" => json!(auroc(&p, &y)),
        "mc.temperature" => json!(table.temperature()),
        "mc.confusion" | "mc.prf" => confusion(&table, record),
        _ => return None,
    })
}

fn confusion(table: &ClassTable, record: &Record) -> Value {
    let predicted = table.top_labels();
    let pairs = table.labels().iter().zip(&predicted);
    let matrix = Confusion::of(
        table.classes(),
        pairs.map(|(truth, top)| (*truth as u32, top.class as u32)),
    );
    let all = 0..table.classes();
    if record.id == "mc.confusion" {
        let row = |truth: usize| all.clone().map(|class| matrix.count(truth, class)).collect::<Vec<_>>();
        return json!(all.clone().map(row).collect::<Vec<_>>());
    }
    let scores: Vec<_> = all.map(|class| matrix.class(class)).collect();
    // The reference is told to put 0 where a class was never given or never true.
    json!({
        "precision": scores.iter().map(|score| score.precision.unwrap_or(0.0)).collect::<Vec<_>>(),
        "recall": scores.iter().map(|score| score.recall.unwrap_or(0.0)).collect::<Vec<_>>(),
        "f1": scores.iter().map(|score| score.f1.unwrap_or(0.0)).collect::<Vec<_>>(),
        "support": scores.iter().map(|score| score.support).collect::<Vec<_>>(),
        "macro_f1": matrix.macro_f1(), "micro_f1": matrix.accuracy(),
        "balanced_accuracy": matrix.balanced_accuracy(), "kappa": matrix.kappa(), "mcc": matrix.mcc(),
    })
}

fn resampled(folder: &Folder, record: &Record) -> Option<Value> {
    let given = folder.document(&record.data);
    let list = |name: &str| -> Vec<f64> {
        let values = given[name].as_array().expect("a list");
        values.iter().filter_map(Value::as_f64).collect()
    };
    let (sample, replicates) = (list("sample"), list("theta_star"));
    let n = sample.len() as f64;
    let total = assay::stat::sum::sum(sample.iter().copied());
    let jackknife: Vec<f64> = sample.iter().map(|value| (total - value) / (n - 1.0)).collect();
    let estimate = total / n;
    if record.id == "boot.bca_parts" {
        let parts = bca_parts(estimate, &replicates, &jackknife)?;
        return Some(json!({"z0": parts.bias, "accel": parts.acceleration}));
    }
    Some(match record.params["method"].as_str()? {
        "BCa" => ends(bca(estimate, &replicates, &jackknife, 0.05).map(|bca| bca.interval)),
        "percentile" => ends(percentile(&replicates, 0.05)),
        "basic" => ends(basic(estimate, &replicates, 0.05)),
        _ => return None,
    })
}
