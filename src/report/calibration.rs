//! Is it as sure as it is right: reliability, calibration errors, proper scores, ranking by confidence.

mod derived;
mod difference;
mod multiclass;
mod recalibration;
mod resampling;

pub(crate) use derived::{Derived, derived};
pub(super) use difference::{ece_difference, smece_difference};
pub(super) use resampling::{refine, refined};

use super::accuracy::mean_of;
use super::input::{Input, Units};
use super::metric::Metric;
use super::{
    Calibration, Decomposition, EceVariant, HistogramBin, Point, Reliability, ReliabilityBin, Report, Section,
};
use crate::estimate::{Estimate, Unit};
use crate::run::ConfidenceOf;
use crate::stat::bin::{Bin, consistency, equal_mass, equal_width};
use crate::stat::calibration::{
    ace, ece, ece_l1_debiased, ece_l2, ece_l2_debiased, ece_sweep, overconfidence, signed_ece, spiegelhalter, worst_bin,
};
use crate::stat::cell::{Cell, bin_of, distinct};
use crate::stat::dist::z_two_sided;
use crate::stat::interval::Interval;
use crate::stat::proportion::{clopper_pearson, wilson, wilson_real};
use crate::stat::ranking::{RiskCoverage, delong, risk_coverage};
use crate::stat::score::{self, Rule, corp_cells, isotonic, log_loss, loss, pav};
use crate::stat::smece::smece;
use crate::text;

/// Bins of the diagrams.
const DRAWN_BINS: usize = 10;
/// Bins of the number reported as ECE.
const ECE_BINS: usize = 15;
/// Up to this many distinct values, each seen three times on average, a confidence is shown by value.
const MOST_DISTINCT: usize = 30;
/// Points a curve is resampled to.
const MOST_POINTS: usize = 256;
/// Samples from which a risk–coverage curve starts.
const FIRST_COVERED: u64 = 30;
/// Share of confidences of exactly 0 or 1 from which the logarithmic methods carry a warning.
const MANY_CERTAIN: f64 = 0.01;

/// The samples with score and confidence, by rising confidence, then outcome: no number depends on row order.
pub(super) struct Pairs {
    /// Confidence, 0..=1.
    pub p: Vec<f64>,
    /// Whether what the confidence is about happened.
    pub y: Vec<bool>,
    /// Row of each.
    pub rows: Vec<u32>,
    /// Fold of each for cross-fitting.
    pub folds: Vec<u8>,
    /// Distinct confidences.
    pub cells: Vec<Cell>,
}

impl Pairs {
    /// The pairs among `rows`; `None` without any.
    pub fn of(input: &Input<'_>, rows: impl Iterator<Item = usize>) -> Option<Self> {
        let mut pairs: Vec<(f64, bool, u8, u32)> = rows
            .filter_map(|row| {
                let p = input.confidence_at(row)?;
                let y = input.happened(row, p);
                Some((p, y, recalibration::fold(input, row), row as u32))
            })
            .collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let p: Vec<f64> = pairs.iter().map(|(p, ..)| *p).collect();
        let y: Vec<bool> = pairs.iter().map(|(_, y, ..)| *y).collect();
        Some(Self {
            cells: distinct(&p, &y)?,
            folds: pairs.iter().map(|(_, _, fold, _)| *fold).collect(),
            rows: pairs.iter().map(|(.., row)| *row).collect(),
            p,
            y,
        })
    }

    pub fn n(&self) -> u64 {
        self.p.len() as u64
    }

    /// The risk–coverage curve of being right: a positive-class probability is as sure as its distance from 0.5 says.
    fn ranking(&self, of: ConfidenceOf) -> Option<RiskCoverage> {
        if of == ConfidenceOf::Answer {
            return risk_coverage(&self.p, &self.y);
        }
        let sure: Vec<f64> = self.p.iter().map(|p| p.max(1.0 - p)).collect();
        let right: Vec<bool> = self.p.iter().zip(&self.y).map(|(p, y)| (*p >= 0.5) == *y).collect();
        risk_coverage(&sure, &right)
    }

    /// Group of each pair whose rows are not independent; `None` if each stands alone.
    pub fn clusters(&self, input: &Input<'_>) -> Option<Vec<u32>> {
        let groups = input.groups()?;
        let code = |row: &u32| groups.of_row.get(*row as usize).copied().unwrap_or(0);
        Some(self.rows.iter().map(code).collect())
    }

    /// A value of each pair as units for a mean: repeats averaged, clusters kept.
    pub fn units(&self, input: &Input<'_>, value: impl Fn(f64, bool) -> f64) -> Units {
        if input.groups().is_none() {
            let values = self.p.iter().zip(&self.y).map(|(p, y)| value(*p, *y)).collect();
            return Units::alone(values);
        }
        let of_row: std::collections::HashMap<usize, f64> = (self.rows.iter().zip(self.p.iter().zip(&self.y)))
            .map(|(row, (p, y))| (*row as usize, value(*p, *y)))
            .collect();
        let mut rows: Vec<usize> = of_row.keys().copied().collect();
        rows.sort_unstable();
        input.units(rows.into_iter(), |row| of_row.get(&row).copied())
    }
}

pub(super) fn compute(input: &Input<'_>, report: &mut Report) {
    let Some(pairs) = input.pairs() else {
        let why = missing(input);
        for metric in METRICS_HERE.iter().filter_map(|id| Metric::find(id)) {
            report.metrics.insert(metric.id.to_owned(), metric.undefined(&why, 0));
        }
        report.calibration = Section::Missing(why);
        return;
    };
    let shared = Shared {
        ranking: pairs.ranking(input.run.rule.confidence_of),
        cox: recalibration::cox_rows(input.alpha(), pairs),
        auroc: auroc(input.alpha(), pairs),
    };
    let shared = shared.resampled_later(input);
    for (id, estimate) in metrics(input, pairs, &shared) {
        report.metrics.insert(id.to_owned(), estimate);
    }
    report.calibration = Section::Ready(section(input, pairs, shared));
}

/// What both the metrics and the section show, computed once.
struct Shared {
    ranking: Option<RiskCoverage>,
    cox: Vec<(String, Estimate)>,
    auroc: Estimate,
}

/// What the method of an interval says that resamples whole clusters.
const BY_CLUSTER: &str = "cluster bootstrap";

impl Shared {
    /// Where samples are not independent, the intervals of single samples are too narrow: resampling adds others.
    fn resampled_later(mut self, input: &Input<'_>) -> Self {
        if input.groups().is_some() {
            let rows = self.cox.iter_mut().map(|(_, row)| row);
            rows.chain([&mut self.auroc]).for_each(await_resampling);
        }
        self
    }
}

/// Takes the interval of a defined estimate away until clusters are resampled.
fn await_resampling(estimate: &mut Estimate) {
    if estimate.value.is_some() {
        (estimate.low, estimate.high, estimate.level) = (None, None, 0.0);
        let before = std::mem::take(&mut estimate.method);
        estimate.method = match before.as_str() {
            "logistic regression, Wald" => format!("logistic regression, {BY_CLUSTER}"),
            _ => BY_CLUSTER.to_owned(),
        };
    }
}

/// Samples times replicates that resampling whole clusters may cost.
const MOST_WORK: u64 = 1_000_000_000;

/// Ids that need a confidence.
const METRICS_HERE: [&str; 11] = [
    "calibration.gap",
    "calibration.smece",
    "calibration.ece",
    "calibration.brier",
    "calibration.log-loss",
    "calibration.mcb",
    "calibration.slope",
    "calibration.auroc",
    "selective.accuracy-80",
    "selective.aurc",
    "selective.augrc",
];

fn missing(input: &Input<'_>) -> String {
    let found: Vec<String> = input.samples.confidences.iter().map(|c| c.source.id()).collect();
    if let (true, Some(asked)) = (input.is_confidence_unknown, &input.options.confidence) {
        let known = if found.is_empty() {
            "none".to_owned()
        } else {
            text::list(&found)
        };
        return format!(
            "There is no confidence source called “{}”. Found: {known}.",
            text::shortened(asked, 60)
        );
    }
    if input.counts.scored == 0 {
        return "No sample has a score, so a confidence has nothing to be compared with.".to_owned();
    }
    if !found.is_empty() && input.confidence.is_none() {
        return format!("No confidence is in use. Choose one of {}.", text::list(&found));
    }
    "No scored sample states a confidence. Add a column with the probability of the answer, or ask the model to end with \
     a line such as “Confidence: 85 %”. About 100 samples show a gap of 10 points."
        .to_owned()
}

fn undefined(id: &str, why: &str, n: u64) -> Estimate {
    Metric::find(id).map_or_else(Estimate::default, |metric| metric.undefined(why, n))
}

/// A mean loss whose interval keeps to what a loss can be: t intervals of few samples reach beyond.
fn possible(mean: Estimate, rule: Rule) -> Estimate {
    let (most, words) = match rule {
        Rule::Brier => (1.0, "0 to 1"),
        Rule::Log => (f64::MAX, "0 and more"),
    };
    let end = |end: Option<f64>| end.map(|end| end.clamp(0.0, most));
    let (low, high) = (end(mean.low), end(mean.high));
    if (low, high) == (mean.low, mean.high) {
        return mean;
    }
    let method = format!("{}, cut to {words}", mean.method);
    Estimate {
        low,
        high,
        method,
        ..mean
    }
}

fn metrics(input: &Input<'_>, pairs: &Pairs, shared: &Shared) -> Vec<(&'static str, Estimate)> {
    let ranking = shared.ranking.as_ref();
    let n = pairs.n();
    let plain = |value: Option<f64>, id: &str, method: &str| match value {
        Some(value) => Estimate::new(value, (None, None), 0.0, n, method, Unit::Score),
        None => undefined(id, "Not defined for these samples.", n),
    };
    let mean = |id: &str, rule: Rule| {
        let units = pairs.units(input, |p, y| loss(rule, p, y));
        let mean = mean_of(&units, input.alpha(), Unit::Score);
        mean.map_or_else(|| undefined(id, "Not defined.", n), |mean| possible(mean, rule))
    };
    let bins = equal_width(&pairs.p, &pairs.y, ECE_BINS).unwrap_or_default();
    let smooth = smece(&pairs.p, &pairs.y).map(|s| s.value);
    let mcb = corp_cells(&pairs.cells, Rule::Brier).map(|split| split.mcb);
    let slope = shared.cox.first().map(|(_, slope)| slope.clone()).unwrap_or_default();
    let aurc = ranking.map(|curve| curve.aurc);
    let augrc = ranking.map(|curve| curve.augrc);
    let mut at_80 = accuracy_at_80(input.alpha(), ranking, n);
    if input.groups().is_some() {
        await_resampling(&mut at_80);
    }
    vec![
        ("calibration.gap", gap(input, pairs)),
        (
            "calibration.smece",
            plain(smooth, "calibration.smece", "smECE, shifted bootstrap"),
        ),
        (
            "calibration.ece",
            plain(ece(&bins), "calibration.ece", "15 equal-width bins, shifted bootstrap"),
        ),
        ("calibration.brier", mean("calibration.brier", Rule::Brier)),
        ("calibration.log-loss", mean("calibration.log-loss", Rule::Log)),
        ("calibration.mcb", plain(mcb, "calibration.mcb", "CORP")),
        ("calibration.slope", slope),
        ("calibration.auroc", shared.auroc.clone()),
        ("selective.accuracy-80", at_80),
        ("selective.aurc", plain(aurc, "selective.aurc", "tied blocks")),
        ("selective.augrc", plain(augrc, "selective.augrc", "tied blocks")),
    ]
}

/// Mean confidence less the share right: ± z·SE, clustered where samples are not independent.
pub(super) fn gap(input: &Input<'_>, pairs: &Pairs) -> Estimate {
    if input.groups().is_some() {
        let n = pairs.n();
        let units = pairs.units(input, |p, y| p - f64::from(u8::from(y)));
        let mean = mean_of(&units, input.alpha(), Unit::Points);
        let independent = units.clusters.as_ref().map_or(units.values.len(), |own| {
            own.iter().collect::<std::collections::HashSet<_>>().len()
        });
        return mean.map_or_else(
            || undefined("calibration.gap", "Not defined.", n),
            |mean| bounded_gap(mean, input.alpha(), pairs, independent),
        );
    }
    independent_gap(input.alpha(), pairs)
}

/// A gap whose interval stays within -1..=1. Where every p - y is the same, its standard error of 0 would claim certainty:
/// if all p are equal the interval is p less Wilson's of the frequency, on the number of `independent` units; else none.
fn bounded_gap(gap: Estimate, alpha: f64, pairs: &Pairs, independent: usize) -> Estimate {
    let residuals = pairs.p.iter().zip(&pairs.y).map(|(p, y)| p - f64::from(u8::from(*y)));
    let end = |end: Option<f64>| end.map(|end| end.clamp(-1.0, 1.0));
    if independent < 2 || !is_constant(residuals) {
        return Estimate {
            low: end(gap.low),
            high: end(gap.high),
            ..gap
        };
    }
    let p = pairs
        .p
        .first()
        .copied()
        .filter(|_| is_constant(pairs.p.iter().copied()));
    let right = pairs.y.first().map_or(0.0, |right| f64::from(u8::from(*right)));
    let z = z_two_sided(alpha);
    let wilson = p.and_then(|p| Some((p, wilson_real(right, independent as f64, z?)?)));
    let (low, high) = match wilson {
        Some((p, own)) => (Some(p - own.high), Some(p - own.low)),
        None => (None, None),
    };
    Estimate {
        low: end(low),
        high: end(high),
        method: if wilson.is_some() {
            "confidence less Wilson"
        } else {
            "mean"
        }
        .to_owned(),
        ..gap
    }
}

/// Whether all values are the same, but for rounding.
fn is_constant(mut values: impl Iterator<Item = f64>) -> bool {
    values
        .next()
        .is_none_or(|first| values.all(|value| (value - first).abs() < 1e-12))
}

/// The gap of samples that stand alone.
fn independent_gap(alpha: f64, pairs: &Pairs) -> Estimate {
    let n = pairs.n();
    let Some(found) = overconfidence(&pairs.p, &pairs.y) else {
        return undefined("calibration.gap", "Not defined.", n);
    };
    let interval = found.interval(alpha);
    let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
    let gap = Estimate::new(found.gap, ends, 1.0 - alpha, n, "mean ± z·SE", Unit::Points);
    bounded_gap(gap, alpha, pairs, pairs.p.len())
}

fn auroc(alpha: f64, pairs: &Pairs) -> Estimate {
    let n = pairs.n();
    match delong(&pairs.p, &pairs.y, alpha) {
        Some(found) => {
            let ends = (Some(found.interval.low), Some(found.interval.high));
            Estimate::new(found.auroc, ends, 1.0 - alpha, n, "DeLong", Unit::Score)
        }
        None => {
            let why = "Needs two right and two wrong samples with a confidence at least.";
            undefined("calibration.auroc", why, n)
        }
    }
}

fn accuracy_at_80(alpha: f64, ranking: Option<&RiskCoverage>, n: u64) -> Estimate {
    let answered = (n * 4).div_ceil(5);
    let rate = ranking
        .filter(|_| answered >= FIRST_COVERED)
        .and_then(|curve| curve.risk_at(0.8));
    let Some(rate) = rate.map(|risk| (1.0 - risk).clamp(0.0, 1.0)) else {
        return undefined(
            "selective.accuracy-80",
            "Needs about 38 samples with a confidence, so that 30 are answered.",
            n,
        );
    };
    let interval = z_two_sided(alpha).and_then(|z| wilson_real(rate, answered as f64, z));
    let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
    Estimate::new(rate, ends, 1.0 - alpha, answered, "Wilson", Unit::Share)
}

fn section(input: &Input<'_>, pairs: &Pairs, shared: Shared) -> Calibration {
    let Shared { ranking, cox, auroc } = shared;
    let bins = equal_width(&pairs.p, &pairs.y, ECE_BINS).unwrap_or_default();
    let over = overconfidence(&pairs.p, &pairs.y);
    let is_discrete = is_discrete(pairs);
    let parts = signed_ece(&bins);
    let certain = log_loss(&pairs.p, &pairs.y).map_or(0, |l| l.certain_and_wrong as u64);
    let column = input.confidence.and_then(|place| input.samples.confidences.get(place));
    Calibration {
        n: pairs.n(),
        confidence_of: input.run.rule.confidence_of,
        source: column.map_or_else(String::new, |c| c.source.words()),
        mean_confidence: over.map_or(0.0, |o| o.mean_conf),
        frequency: over.map_or(0.0, |o| o.accuracy),
        distinct: pairs.cells.len() as u64,
        is_discrete,
        equal_width: drawn(
            input.alpha(),
            pairs,
            "equal width",
            equal_width(&pairs.p, &pairs.y, DRAWN_BINS),
        ),
        equal_mass: drawn(
            input.alpha(),
            pairs,
            "equal mass",
            equal_mass(&pairs.p, &pairs.y, DRAWN_BINS),
        ),
        distinct_values: is_discrete.then(|| by_value(input.alpha(), &pairs.cells)),
        corp: corp_curve(pairs),
        brier_split: split(pairs, Rule::Brier),
        log_split: split(pairs, Rule::Log),
        cox,
        recalibration_why: "Recalibrations are being tried …".to_owned(),
        certain_and_wrong: certain,
        variants: variants(pairs, &bins),
        over_under: parts.map_or((0.0, 0.0), |parts| (parts.over, parts.under)),
        auroc,
        spiegelhalter: spiegelhalter(&pairs.p, &pairs.y).map(|test| (test.z, test.p_value)),
        histogram: histogram(pairs),
        risk_coverage: ranking.as_ref().map(risk_curve).unwrap_or_default(),
        selective: ranking.as_ref().map(selective).unwrap_or_default(),
        selective_scores: ranking.as_ref().map(selective_scores).unwrap_or_default(),
        cautions: cautions(input, pairs, certain),
        multiclass: multiclass::rows(input),
        // What resampling adds.
        ..Calibration::default()
    }
}

fn is_discrete(pairs: &Pairs) -> bool {
    pairs.cells.len() <= MOST_DISTINCT && pairs.cells.len() * 3 <= pairs.p.len()
}

/// Bins with everything drawn about them. `pairs` is sorted, so a bin is a stretch of it.
fn drawn(alpha: f64, pairs: &Pairs, scheme: &str, bins: Option<Vec<Bin>>) -> Reliability {
    let mut start = 0usize;
    let row = |bin: Bin| {
        let end = start + bin.n as usize;
        let members = pairs.p.get(start..end).unwrap_or_default();
        start = end;
        ReliabilityBin {
            low: bin.low,
            high: bin.high,
            ..reliability_bin(alpha, bin.n, bin.right, bin.conf, members)
        }
    };
    Reliability {
        scheme: scheme.to_owned(),
        bins_asked: DRAWN_BINS as u32,
        bins: bins.unwrap_or_default().into_iter().map(row).collect(),
    }
}

fn reliability_bin(alpha: f64, n: u64, right: u64, confidence: f64, members: &[f64]) -> ReliabilityBin {
    let ends = |interval: Option<Interval>| interval.map_or((0.0, 1.0), |i| (i.low, i.high));
    ReliabilityBin {
        n,
        right,
        confidence,
        frequency: right as f64 / n.max(1) as f64,
        wilson: ends(wilson(right, n, alpha)),
        clopper_pearson: ends(clopper_pearson(right, n, alpha)),
        consistency: ends(consistency(members, alpha)),
        ..ReliabilityBin::default()
    }
}

fn by_value(alpha: f64, cells: &[Cell]) -> Reliability {
    let bin = |cell: &Cell| {
        let members = vec![cell.p; cell.n as usize];
        ReliabilityBin {
            low: cell.p,
            high: cell.p,
            ..reliability_bin(alpha, cell.n, cell.right, cell.p, &members)
        }
    };
    Reliability {
        scheme: "distinct values".to_owned(),
        bins_asked: cells.len() as u32,
        bins: cells.iter().map(bin).collect(),
    }
}

/// The isotonic curve at the ends of its blocks; resampled to even steps of confidence if they are many.
fn corp_curve(pairs: &Pairs) -> Vec<Point> {
    let blocks = pav(&pairs.cells);
    if blocks.len() * 2 <= MOST_POINTS {
        let mut points: Vec<Point> = Vec::with_capacity(blocks.len() * 2);
        for block in &blocks {
            points.push(Point {
                x: block.low,
                y: block.cep(),
            });
            if block.high > block.low {
                points.push(Point {
                    x: block.high,
                    y: block.cep(),
                });
            }
        }
        return points;
    }
    let (low, high) = (
        blocks.first().map_or(0.0, |b| b.low),
        blocks.last().map_or(1.0, |b| b.high),
    );
    (0..=MOST_POINTS)
        .filter_map(|step| {
            let x = low + (high - low) * step as f64 / MOST_POINTS as f64;
            Some(Point {
                x,
                y: isotonic(&blocks, x)?,
            })
        })
        .collect()
}

fn split(pairs: &Pairs, rule: Rule) -> Option<Decomposition> {
    let score::Decomposition { score, mcb, dsc, unc } = corp_cells(&pairs.cells, rule)?;
    Some(Decomposition {
        score,
        miscalibration: mcb,
        discrimination: dsc,
        uncertainty: unc,
        null_miscalibration: None,
    })
}

fn variants(pairs: &Pairs, bins: &[Bin]) -> Vec<EceVariant> {
    let variant = |name: &str, value: Option<f64>, why: &str| EceVariant {
        name: name.to_owned(),
        value,
        why: why.to_owned(),
    };
    let mass = equal_mass(&pairs.p, &pairs.y, ECE_BINS).unwrap_or_default();
    let ten = equal_width(&pairs.p, &pairs.y, DRAWN_BINS).unwrap_or_default();
    let worst = worst_bin(bins);
    let worst_words = worst.map_or_else(String::new, |bin| {
        let (low, high) = (text::number(bin.low, Unit::Share), text::number(bin.high, Unit::Share));
        format!(
            "in the bin from {low} to {high}, which holds {}",
            text::counted(bin.n, "sample")
        )
    });
    let sweep = ece_sweep(&pairs.p, &pairs.y);
    let sweep_why = match &sweep {
        Some(found) => format!("{} equal-mass chunks", found.bins),
        None => "many confidences are equal: the chunks would depend on row order".to_owned(),
    };
    let zero = |value: Option<f64>| value.map(|v| v.max(0.0));
    vec![
        variant("ECE, 15 equal-width bins", ece(bins), ""),
        variant("ECE, 10 equal-width bins", ece(&ten), ""),
        variant("ECE, 15 equal-mass bins", ece(&mass), ""),
        variant(
            "ECE, 15 equal-mass bins, bias removed",
            zero(ece_l1_debiased(&mass)),
            "cut off at 0",
        ),
        variant("Root-mean-square error, 15 equal-width bins", ece_l2(bins), ""),
        variant(
            "Root-mean-square error, 15 equal-width bins, bias removed",
            ece_l2_debiased(bins),
            "cut off at 0",
        ),
        variant(
            "Largest error of a bin (MCE)",
            worst.map(|bin| bin.gap().abs()),
            &worst_words,
        ),
        variant("Mean error of the bins (ACE)", ace(bins), "every bin weighs the same"),
        variant("ECE with swept bins", sweep.map(|found| found.ece), &sweep_why),
    ]
}

fn histogram(pairs: &Pairs) -> Vec<HistogramBin> {
    let mut bins: Vec<HistogramBin> = (0..DRAWN_BINS)
        .map(|b| HistogramBin {
            low: b as f64 / DRAWN_BINS as f64,
            high: (b + 1) as f64 / DRAWN_BINS as f64,
            ..HistogramBin::default()
        })
        .collect();
    for cell in &pairs.cells {
        if let Some(bin) = bins.get_mut(bin_of(cell.p, DRAWN_BINS)) {
            bin.right += cell.right;
            bin.wrong += cell.n - cell.right;
        }
    }
    bins
}

fn risk_curve(curve: &RiskCoverage) -> Vec<Point> {
    let points: Vec<Point> = curve
        .points
        .iter()
        .filter(|point| point.answered >= FIRST_COVERED)
        .map(|point| Point {
            x: point.coverage,
            y: point.risk,
        })
        .collect();
    thinned(points)
}

/// At most [`MOST_POINTS`] of `points`, evenly spaced, both ends kept.
fn thinned<T: Copy>(points: Vec<T>) -> Vec<T> {
    let n = points.len();
    if n <= MOST_POINTS {
        return points;
    }
    let at = |step: usize| points.get(step * (n - 1) / (MOST_POINTS - 1)).copied();
    (0..MOST_POINTS).filter_map(at).collect()
}

/// Share right at the first achievable coverage of 50, 60 … 100 %.
fn selective(curve: &RiskCoverage) -> Vec<Point> {
    let mut reached: Vec<Point> = Vec::new();
    for tenth in 5..=10 {
        let wanted = f64::from(tenth) / 10.0;
        let first = curve
            .points
            .iter()
            .find(|p| p.answered >= FIRST_COVERED && p.coverage >= wanted - 1e-12);
        if let Some(point) = first
            && reached.last().is_none_or(|last| last.x < point.coverage)
        {
            reached.push(Point {
                x: point.coverage,
                y: 1.0 - point.risk,
            });
        }
    }
    reached
}

fn selective_scores(curve: &RiskCoverage) -> Vec<(String, f64)> {
    vec![
        ("Area under the risk–coverage curve (AURC)".to_owned(), curve.aurc),
        (
            "The same above the best possible order (E-AURC)".to_owned(),
            curve.eaurc,
        ),
        ("Generalised area (AUGRC)".to_owned(), curve.augrc),
    ]
}

fn cautions(input: &Input<'_>, pairs: &Pairs, certain_and_wrong: u64) -> Vec<String> {
    let n = pairs.n();
    let mut cautions = Vec::new();
    if let [cell] = pairs.cells.as_slice() {
        let value = text::number(cell.p, Unit::Share);
        cautions.push(format!(
            "Every sample states the same confidence, {value}: it cannot tell right from wrong."
        ));
    }
    let exact: u64 = pairs
        .cells
        .iter()
        .filter(|c| c.p == 0.0 || c.p == 1.0)
        .map(|c| c.n)
        .sum();
    if exact as f64 > MANY_CERTAIN * n as f64 {
        let share = text::number(exact as f64 / n as f64, Unit::Share);
        cautions.push(format!(
            "{share} of the confidences are exactly 0 or 1: slope, temperature and log loss depend on how far these are moved."
        ));
    }
    if certain_and_wrong > 0 {
        let words = text::counted(certain_and_wrong, "sample");
        cautions.push(format!(
            "{words} said 0 % or 100 % and the opposite happened; each adds 36 to the log loss sum."
        ));
    }
    cautions.extend(recalibration::caution(pairs));
    if let Some(words) = missing_not_at_random(input) {
        cautions.push(words);
    }
    if input.counts.without_confidence > 0 && cautions.iter().all(|c| !c.contains("without a confidence")) {
        let words = text::counted(input.counts.without_confidence, "scored sample");
        cautions.push(format!(
            "{words} without a confidence {} left out here.",
            text::are(input.counts.without_confidence)
        ));
    }
    if input.run.rule.confidence_of == ConfidenceOf::PositiveClass {
        cautions.push("The confidence is the probability of the positive class, not of the given answer.".to_owned());
    }
    cautions
}

/// Said when samples without a confidence are right clearly more or less often than those with one.
fn missing_not_at_random(input: &Input<'_>) -> Option<String> {
    let (mut right, mut n) = ([0u64; 2], [0u64; 2]);
    for row in input.scored_rows() {
        let side = usize::from(input.confidence_at(row).is_none());
        *n.get_mut(side)? += 1;
        *right.get_mut(side)? += u64::from(input.outcome(row).is_right());
    }
    let [with, without] = n;
    let found = crate::stat::difference::newcombe(right[1], without, right[0], with, input.alpha())?;
    let differs = found.interval.low > 0.0 || found.interval.high < 0.0;
    differs.then(|| {
        let share = |k: u64, n: u64| text::rough(k as f64 / n as f64, Unit::Share, 2);
        format!(
            "{} without a confidence are left out; they are right {} of the time, the others {}: they are not missing at random.",
            text::counted(without, "scored sample"),
            share(right[1], without),
            share(right[0], with)
        )
    })
}
