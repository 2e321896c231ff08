//! The parts of a report: numbers and series, aggregated, ready to draw.

use serde::{Deserialize, Serialize};

use super::Filter;
use crate::estimate::{Estimate, Unit};
use crate::run::ConfidenceOf;
use crate::stat::slice::{Total, slice_line_score};
use crate::text;

/// A confidence source the user may choose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceChoice {
    /// Id, as `ConfidenceSource::id`.
    pub id: String,
    /// In words.
    pub words: String,
    /// Samples that have a value.
    pub count: u64,
    /// In use.
    pub chosen: bool,
}

/// Something of which a link carries only a part. A report made from files has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// What it is, in the plural: `slices`.
    pub what: String,
    /// How many the link carries.
    pub carried: u64,
    /// How many there were.
    pub of: u64,
}

impl LeftOut {
    /// As a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        let (carried, of) = (crate::text::count(self.carried), crate::text::count(self.of));
        format!(
            "The link carries {carried} of {of} {}; open the files to see all.",
            self.what
        )
    }
}

/// A point of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Horizontal value.
    pub x: f64,
    /// Vertical value.
    pub y: f64,
}

/// A point with a band.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BandPoint {
    /// Horizontal value.
    pub x: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One bin of a reliability diagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReliabilityBin {
    /// Lower edge, excluded (0 is included in the lowest bin).
    pub low: f64,
    /// Upper edge, included.
    pub high: f64,
    /// Samples in the bin.
    pub n: u64,
    /// Right ones among them.
    pub right: u64,
    /// Mean confidence.
    pub confidence: f64,
    /// Share right (or of the positive class).
    pub frequency: f64,
    /// Wilson interval of the share.
    pub wilson: (f64, f64),
    /// Clopper–Pearson interval of the share.
    pub clopper_pearson: (f64, f64),
    /// Where the share of a calibrated model would lie.
    pub consistency: (f64, f64),
}

/// A binning with its scheme said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reliability {
    /// `equal width`, `equal mass` or `distinct values`.
    pub scheme: String,
    /// Number of bins asked for (M).
    pub bins_asked: u32,
    /// Non-empty bins, ascending.
    pub bins: Vec<ReliabilityBin>,
}

/// A miscalibration score with its scheme.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EceVariant {
    /// What it is called (`ECE, 15 equal-width bins`).
    pub name: String,
    /// Its value; `None` with the reason in `why`.
    pub value: Option<f64>,
    /// Why there is none, or a caution.
    pub why: String,
}

/// Score decomposition by isotonic regression: score = miscalibration − discrimination + uncertainty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decomposition {
    /// Mean score.
    pub score: f64,
    /// Miscalibration (MCB).
    pub miscalibration: f64,
    /// Discrimination (DSC).
    pub discrimination: f64,
    /// Uncertainty (UNC).
    pub uncertainty: f64,
    /// 95 % quantile of the miscalibration that a calibrated model of this size would show.
    pub null_miscalibration: Option<f64>,
}

/// A fitted recalibration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recalibration {
    /// `temperature`, `platt` or `isotonic`.
    pub method: String,
    /// Named parameters (`temperature`; `slope`, `intercept`), fitted on all samples.
    pub parameters: Vec<(String, f64)>,
    /// Isotonic steps, empty for the others.
    pub steps: Vec<Point>,
    /// Cross-fitted mean log loss before and after.
    pub log_loss: (f64, f64),
    /// Cross-fitted Brier score before and after.
    pub brier: (f64, f64),
    /// Interval of the per-sample log-loss difference (after − before).
    pub difference: (f64, f64),
}

impl Recalibration {
    /// What it is and what it gains, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let score = |value: f64| text::number(value, Unit::Score);
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .map(|(name, value)| format!("{name} {}", score(*value)))
            .collect();
        let what = match (self.method.as_str(), parameters.is_empty()) {
            ("temperature", _) => format!("temperature scaling ({})", text::list(&parameters)),
            ("platt", _) => format!("Platt scaling ({})", text::list(&parameters)),
            (_, true) => "isotonic regression".to_owned(),
            (other, false) => format!("{other} ({})", text::list(&parameters)),
        };
        format!(
            "Recalibration by {what} lowers the log loss from {} to {} and takes the Brier score from {} to {}, on samples it \
             was not fitted on (5-fold); the change in log loss lies within [{}, {}].",
            score(self.log_loss.0),
            score(self.log_loss.1),
            score(self.brier.0),
            score(self.brier.1),
            score(self.difference.0),
            score(self.difference.1)
        )
    }

    /// How a confidence p is recalibrated with the parameters.
    #[must_use]
    pub fn formula(&self) -> &'static str {
        match self.method.as_str() {
            "temperature" => "1 / (1 + exp(-ln(p / (1 - p)) / temperature)), p kept 1e-6 away from 0 and 1",
            "platt" => "1 / (1 + exp(-(slope * ln(p / (1 - p)) + intercept))), p kept 1e-6 away from 0 and 1",
            _ => "linear between the steps [p, recalibrated], constant outside of them",
        }
    }

    /// As a file for the program that states the confidence.
    #[must_use]
    pub fn file(&self) -> serde_json::Value {
        let parameters: serde_json::Map<String, serde_json::Value> = self
            .parameters
            .iter()
            .map(|(name, value)| (name.clone(), serde_json::json!(value)))
            .collect();
        let steps: Vec<[f64; 2]> = self.steps.iter().map(|step| [step.x, step.y]).collect();
        serde_json::json!({
            "schema": "assay-recalibration/1",
            "method": self.method,
            "formula": self.formula(),
            "parameters": parameters,
            "steps": steps,
            "log_loss": { "before": self.log_loss.0, "after": self.log_loss.1 },
            "brier": { "before": self.brier.0, "after": self.brier.1 },
            "log_loss_difference": { "low": self.difference.0, "high": self.difference.1 },
        })
    }
}

/// How calibrated the confidence is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Calibration {
    /// Samples with confidence and score.
    pub n: u64,
    /// What the confidence is the probability of.
    pub confidence_of: ConfidenceOf,
    /// Where the confidence comes from, in words.
    pub source: String,
    /// Mean confidence.
    pub mean_confidence: f64,
    /// Share right (or positive).
    pub frequency: f64,
    /// Distinct values of the confidence.
    pub distinct: u64,
    /// Distinct values are few (verbalised): draw and list them instead of bins.
    pub is_discrete: bool,
    /// Ten equal-width bins, for drawing.
    pub equal_width: Reliability,
    /// Ten equal-mass bins.
    pub equal_mass: Reliability,
    /// Every distinct value as a bin, if few.
    pub distinct_values: Option<Reliability>,
    /// The isotonic (CORP) curve at its block ends.
    pub corp: Vec<Point>,
    /// Its 90 % consistency band around the diagonal.
    pub corp_band: Vec<BandPoint>,
    /// Brier score taken apart.
    pub brier_split: Option<Decomposition>,
    /// Log loss taken apart.
    pub log_split: Option<Decomposition>,
    /// Wrong samples with a confidence of exactly 0 or 1 on the wrong side.
    pub certain_and_wrong: u64,
    /// 95 % quantile of ECE (15 equal-width bins) that a calibrated model of this size would show.
    pub null_ece: Option<f64>,
    /// The same of smECE.
    pub null_smece: Option<f64>,
    /// ECE variants with scheme and M.
    pub variants: Vec<EceVariant>,
    /// Share-weighted gap of the bins that are overconfident, and of those that are underconfident.
    pub over_under: (f64, f64),
    /// Cox slope, calibration intercept and calibration in the large with intervals, or why not.
    pub cox: Vec<(String, Estimate)>,
    /// AUROC of confidence for right against wrong, DeLong interval.
    pub auroc: Estimate,
    /// Spiegelhalter's z and p.
    pub spiegelhalter: Option<(f64, f64)>,
    /// Histogram of the confidence in the equal-width bins: right and wrong counts.
    pub histogram: Vec<HistogramBin>,
    /// Risk against coverage, from coverage of 30 samples on.
    pub risk_coverage: Vec<Point>,
    /// Share right among the most confident: (coverage reached, share right).
    pub selective: Vec<Point>,
    /// Area measures of the risk–coverage curve (AURC, E-AURC, AUGRC).
    pub selective_scores: Vec<(String, f64)>,
    /// A recalibration that holds cross-fitted, if one does.
    pub recalibration: Option<Recalibration>,
    /// Why no recalibration is suggested; empty if one is.
    pub recalibration_why: String,
    /// Multi-class scores where every class has a probability (classwise ECE, multi-class Brier …).
    pub multiclass: Vec<(String, Estimate)>,
    /// Cautions on this input (many exact 0 or 1, constant confidence, missing not at random …).
    pub cautions: Vec<String>,
}

/// A histogram bin with stacked counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HistogramBin {
    /// Lower edge.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Right samples (or all, where the split does not apply).
    pub right: u64,
    /// Samples not right.
    pub wrong: u64,
}

/// A quantile with its interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quantile {
    /// Which, 0..1.
    pub q: f64,
    /// Its estimate; an upper end may be missing.
    pub estimate: Estimate,
    /// Samples needed for both ends of the interval.
    pub n_needed: u64,
    /// The rank falls among the time-outs: the value is a lower bound.
    pub is_censored: bool,
}

/// How fast the model answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Latency {
    /// Samples with a latency (time-outs included).
    pub n: u64,
    /// Where the latency comes from, in words.
    pub source: String,
    /// Smallest and largest, seconds.
    pub range: (f64, f64),
    /// Share of samples at or below, resampled to at most 512 points.
    pub ecdf: Vec<Point>,
    /// Half-width of the Dvoretzky–Kiefer–Wolfowitz band around it.
    pub dkw: f64,
    /// Counts in bins that are equal on a log scale.
    pub histogram: Vec<HistogramBin>,
    /// p50, p90, p95, p99.
    pub quantiles: Vec<Quantile>,
    /// Share of samples within the budget, if one is set.
    pub attainment: Option<Attainment>,
    /// The tail is long enough to want a log axis.
    pub is_long_tailed: bool,
    /// p99 / p50.
    pub tail_ratio: Option<f64>,
    /// Time-outs, counted at the right edge.
    pub timed_out: u64,
    /// Time to first token, if the files have it.
    pub ttft: Option<Ttft>,
    /// Time per output token: mean of ratios, median, p99, ratio of sums (seconds a token).
    pub tpot: Vec<(String, Estimate)>,
    /// Tokens a second over the wall time, where start times are there.
    pub throughput: Option<Estimate>,
    /// Apdex at the budget, if one is set.
    pub apdex: Option<f64>,
    /// Cautions (closed-loop load, cached answers left out, whole seconds only …).
    pub cautions: Vec<String>,
}

/// Attainment of a latency budget.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attainment {
    /// The budget, seconds.
    pub budget_secs: f64,
    /// Share within it; errors and time-outs are not.
    pub share: Estimate,
    /// Target share, if set.
    pub target: Option<f64>,
    /// Share of the error budget used (1 = all), if a target is set.
    pub error_budget_used: Option<f64>,
}

/// Time to first token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ttft {
    /// Samples that have one.
    pub n: u64,
    /// Share of samples at or below.
    pub ecdf: Vec<Point>,
    /// p50, p90, p95, p99.
    pub quantiles: Vec<Quantile>,
    /// Attainment of the TTFT budget, if one is set.
    pub attainment: Option<Attainment>,
}

/// One failure category.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FailureMode {
    /// Category; `unclassified` for failures without one.
    pub name: String,
    /// No category was given.
    pub is_unclassified: bool,
    /// Failed samples with it.
    pub count: u64,
    /// Share of failed samples, Wilson.
    pub of_failures: Estimate,
    /// Share of scored samples, Wilson.
    pub of_scored: Estimate,
    /// Share of failed samples covered by this and all more frequent categories together.
    pub cumulative: f64,
}

/// Two categories on the same failed samples.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CoOccurrence {
    /// First category.
    pub a: String,
    /// Second category.
    pub b: String,
    /// Failed samples with both.
    pub both: u64,
    /// Jaccard index.
    pub jaccard: f64,
    /// Phi coefficient; `None` where a category is constant.
    pub phi: Option<f64>,
    /// Fisher's two-sided p, Benjamini–Hochberg adjusted over all pairs.
    pub q: f64,
}

/// How it fails.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Failures {
    /// Scored samples that are not right.
    pub failed: u64,
    /// Scored samples.
    pub scored: u64,
    /// Samples that errored, with the kinds.
    pub errored: u64,
    /// Samples without a score.
    pub unscored: u64,
    /// Categories by count, then name; unclassified last.
    pub modes: Vec<FailureMode>,
    /// What errored samples say, by count.
    pub errors: Vec<(String, u64)>,
    /// Exact combinations of categories, by count.
    pub combinations: Vec<(String, u64)>,
    /// Pairs of categories, if a sample can have several.
    pub pairs: Vec<CoOccurrence>,
}

/// How much SliceLine's score weighs the failure rate against the size.
const SLICE_LINE_WEIGHT: f64 = 0.95;

/// One value of one slice column (or a pair).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SliceRow {
    /// Conditions: column and value; one or two.
    pub conditions: Vec<(String, String)>,
    /// Scored samples.
    pub n: u64,
    /// Right among them.
    pub accuracy: Estimate,
    /// Failure rate less the rate of the rest, Newcombe interval.
    pub difference: Estimate,
    /// Fisher's one-sided p adjusted over all tested slices; `None` if not tested (support).
    pub q: Option<f64>,
    /// Mean confidence less share right, where there is a confidence.
    pub gap: Option<Estimate>,
    /// p95 latency of the slice, seconds, where there is one.
    pub p95_secs: Option<f64>,
    /// Of a weak slice that is found in one half of the items already: whether it is weak in the other half as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<bool>,
    /// Its failure rate in that other half less that of the rest there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again: Option<Estimate>,
}

/// Accuracy by slice, and the scan for weak slices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Slices {
    /// Every value of every slice column, in order.
    pub rows: Vec<SliceRow>,
    /// Weakest slices found by the scan (one or two conditions, adjusted p below 0.05), worst first.
    pub weak: Vec<SliceRow>,
    /// How many slices were tested.
    pub tested: u64,
    /// Smallest support tested.
    pub support: u64,
    /// Number columns with the inner edges they are cut at: quintiles of the reference run, else of this one.
    pub cuts: Vec<(String, Vec<f64>)>,
    /// Slices found in one half of the items, and those of them that are weak in the other half as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub halves: Option<(u64, u64)>,
}

impl Slices {
    /// What became of slices found in one half of the items, as a sentence.
    #[must_use]
    pub fn confirmed(&self) -> Option<String> {
        Some(match self.halves? {
            (0, _) => "Half of the items alone show no weak slice, so there is nothing to confirm in the other half."
                .to_owned(),
            (1, 0) => "The one slice found in half of the items is not shown to be weak in the other half.".to_owned(),
            (1, _) => "The one slice found in half of the items is weak in the other half as well.".to_owned(),
            (found, held) => format!(
                "Of {} slices found in half of the items, {} weak in the other half as well (Fisher, Holm over the {}).",
                text::count(found),
                match held {
                    0 => "none is shown to be".to_owned(),
                    1 => "1 is".to_owned(),
                    many => format!("{} are", text::count(many)),
                },
                text::count(found)
            ),
        })
    }

    /// SliceLine's score of a slice of a run with `counts`, α = 0.95: above 0 is worse than its size excuses. Not a test.
    #[must_use]
    pub fn score(row: &SliceRow, counts: super::Counts) -> Option<f64> {
        let total = Total {
            n: counts.scored,
            errors: counts.scored.checked_sub(counts.right)?,
        };
        let rest = total.n.checked_sub(row.n)?;
        let errors = match (row.difference.value, rest) {
            (_, 0) => total.errors,
            (None, _) => return None,
            // The difference to the rest and the whole give the slice's own errors.
            (Some(difference), _) => {
                let (n, rest) = (row.n as f64, rest as f64);
                ((difference + total.errors as f64 / rest) / (1.0 / n + 1.0 / rest)).round() as u64
            }
        };
        let own = Total { n: row.n, errors };
        slice_line_score(total, own, SLICE_LINE_WEIGHT)
    }

    /// A slice in words: `lang: de and tokens 120 to 340`.
    #[must_use]
    pub fn words(&self, row: &SliceRow) -> String {
        let word = |(column, value): &(String, String)| match self.cut(column) {
            Some(_) => format!("{column} {value}"),
            // A link carries the ranges by their names only.
            None if is_range(value) => format!("{column} {value}"),
            None => format!("{column}: {value}"),
        };
        text::list(&row.conditions.iter().map(word).collect::<Vec<_>>())
    }

    /// The samples of a condition.
    #[must_use]
    pub fn filter(&self, (column, value): &(String, String)) -> Filter {
        let range = self.cut(column).and_then(|edges| {
            let place = range_names(edges).iter().position(|name| name == value)?;
            let low = place.checked_sub(1).and_then(|before| edges.get(before));
            Some((low.copied(), edges.get(place).copied()))
        });
        match range {
            Some((low, high)) => Filter::Range {
                name: column.clone(),
                low,
                high,
            },
            None => Filter::Slice {
                name: column.clone(),
                value: Some(value.clone()),
            },
        }
    }

    fn cut(&self, column: &str) -> Option<&[f64]> {
        let cut = self.cuts.iter().find(|(name, _)| name == column);
        cut.map(|(_, edges)| edges.as_slice())
    }
}

/// Whether `value` is a name that [`range_names`] gives: its words with numbers.
fn is_range(value: &str) -> bool {
    let is_number = |word: &str| {
        let digits = word.strip_prefix('−').unwrap_or(word).replace(',', "");
        digits.parse::<f64>().is_ok_and(f64::is_finite)
    };
    let end = value.strip_prefix("up to ").or_else(|| value.strip_prefix("above "));
    match (end, value.split_once(" to ")) {
        (Some(end), _) => is_number(end),
        (None, Some((low, high))) => is_number(low) && is_number(high),
        (None, None) => false,
    }
}

/// Names of the ranges between rising inner `edges`, upper ends included: `up to 120`, `120 to 340`, `above 340`.
pub(super) fn range_names(edges: &[f64]) -> Vec<String> {
    // As few decimals as tell the edges apart and are off by a two-hundredth at most.
    let is_near = |edge: f64, decimals: i32| {
        let scale = 10f64.powi(decimals);
        (edge - (edge * scale).round() / scale).abs() <= 0.005 * edge.abs()
    };
    let fits = |decimals: &i32| {
        let words: Vec<String> = edges.iter().map(|edge| text::fixed(*edge, *decimals)).collect();
        words.windows(2).all(|pair| pair.first() != pair.last()) && edges.iter().all(|edge| is_near(*edge, *decimals))
    };
    let decimals = (0..9).find(fits);
    let word = |edge: &f64| match decimals {
        Some(decimals) if edge.abs() < 1e15 => text::fixed(*edge, decimals),
        _ => text::rough(*edge, Unit::Score, 4),
    };
    let words: Vec<String> = edges.iter().map(word).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return Vec::new();
    };
    let between = words.windows(2).map(|pair| pair.join(" to "));
    let mut names = vec![format!("up to {first}")];
    names.extend(between);
    names.push(format!("above {last}"));
    names
}

/// Repeats of the same items.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Repeats {
    /// Items.
    pub items: u64,
    /// Repeats an item, smallest and largest.
    pub repeats: (u64, u64),
    /// pass@k: share of items with at least one right answer in k.
    pub pass_at: Vec<(u64, Estimate)>,
    /// pass^k: share of items with k right answers in k.
    pub pass_hat: Vec<(u64, Estimate)>,
    /// Variance between items, and within an item.
    pub variance: Option<(f64, f64)>,
}

/// A confusion matrix with its summary.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Agreement {
    /// What the rows are (`truth`, name of the first scorer).
    pub rows: String,
    /// What the columns are.
    pub columns: String,
    /// Class names.
    pub classes: Vec<String>,
    /// Counts, row by row.
    pub counts: Vec<u64>,
    /// Precision, recall, F1 by class; `None` for 0/0.
    pub by_class: Vec<(Option<f64>, Option<f64>, Option<f64>)>,
    /// Summary scores (observed agreement or accuracy, Cohen's kappa, balanced accuracy, macro F1, MCC).
    pub scores: Vec<(String, Estimate)>,
    /// Id of the second judgement; empty for truth and prediction.
    pub second: String,
    /// Ids and words of the judgements that the run's own can be held against.
    pub choices: Vec<(String, String)>,
}

/// A perturbed variant against the clean one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Variant {
    /// Name of the variant.
    pub name: String,
    /// Matched items.
    pub n: u64,
    /// Accuracy on clean and on the variant.
    pub accuracy: (f64, f64),
    /// Accuracy on the variant less that on clean, paired.
    pub drop: Estimate,
    /// Relative drop.
    pub relative: Estimate,
    /// Share of items that turned from right to wrong, and from wrong to right.
    pub flips: (Estimate, Estimate),
    /// Share of items whose answer is another one than clean, right or wrong; undefined where the files state no answers.
    pub changed: Estimate,
}

/// Robustness to perturbation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Robustness {
    /// Name of the variant column, and the clean value.
    pub column: (String, String),
    /// Variants.
    pub variants: Vec<Variant>,
    /// Share of items right under every variant.
    pub consistency: Estimate,
    /// Worst group: name and accuracy with a Bonferroni–Wilson interval.
    pub worst_group: Option<(String, Estimate)>,
}

/// One group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// Name.
    pub name: String,
    /// Scored samples.
    pub n: u64,
    /// Too small for the headline (n < 30).
    pub is_small: bool,
    /// Named rates (selection rate, TPR, FPR, accuracy, mean score, Brier, AUROC, gap).
    pub rates: Vec<(String, Estimate)>,
    /// Differences to the reference group, by the same names; Holm-adjusted p beside.
    pub differences: Vec<(String, Estimate, Option<f64>)>,
    /// Ratio of the selection rate to that of the reference group.
    pub ratio: Estimate,
}

/// Groups against a named reference group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fairness {
    /// Name of the group column.
    pub column: String,
    /// Reference group.
    pub reference: String,
    /// Groups by size.
    pub groups: Vec<Group>,
    /// Largest gaps over groups of 30 and more (demographic parity, equalised odds, accuracy gap …).
    pub gaps: Vec<(String, Estimate)>,
    /// Tests made, for the correction.
    pub tested: u64,
    /// The groups crossed with those of other columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub intersections: Vec<Intersection>,
}

/// Groups crossed with those of a second column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Intersection {
    /// The second column.
    pub column: String,
    /// The intersection the others are compared with, in words: the largest one of the reference group.
    pub reference: String,
    /// Every intersection with a scored sample, by name.
    pub cells: Vec<Crossed>,
    /// Tests made, for the correction.
    pub tested: u64,
}

/// One intersection of two groups.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Crossed {
    /// In words: `sex: f and age: under 30`.
    pub name: String,
    /// Scored samples.
    pub n: u64,
    /// Too small to be compared (n < 30).
    pub is_small: bool,
    /// Accuracy, Wilson.
    pub accuracy: Estimate,
    /// Share predicted positive, where truth and prediction are binary.
    pub selection: Option<Estimate>,
    /// Accuracy less that of the reference intersection, Newcombe; `None` for itself and for small ones.
    pub difference: Option<Estimate>,
    /// Fisher's two-sided p after Holm over the intersections of this column.
    pub p: Option<f64>,
}
