//! What follows from the table of confidences alone: a link that carries the table carries all of it.

use super::super::Calibration;
use super::super::input::Units;
use super::{
    DRAWN_BINS, ECE_BINS, Pairs, accuracy_at_80, auroc, by_value, corp_curve, drawn, histogram, independent_gap,
    mean_of, recalibration, risk_curve, selective, selective_scores, split, undefined, variants,
};
use crate::estimate::{Estimate, Unit};
use crate::run::ConfidenceOf;
use crate::stat::bin::equal_width;
use crate::stat::calibration::{ece, overconfidence, signed_ece, spiegelhalter};
use crate::stat::cell::Cell;
use crate::stat::ranking::RiskCoverage;
use crate::stat::score::{Rule, log_loss, loss};
use crate::stat::smece::smece;

/// Larger tables are not unfolded.
const MOST: u64 = 200_000;

/// A calibration section without what takes resampling or the rows, and the metrics of the table.
pub(crate) struct Derived {
    /// The section: equal-mass bins, bands, null quantiles, recalibration, class scores and cautions are left empty.
    pub calibration: Calibration,
    /// Metrics by id, each sample standing alone; calibration errors without intervals.
    pub metrics: Vec<(&'static str, Estimate)>,
}

/// What follows from `cells`, rising in confidence, at two-sided `alpha`.
///
/// `None` for an empty or very large table, for confidences outside 0..=1 or out of order, and for impossible counts.
pub(crate) fn derived(cells: &[Cell], of: ConfidenceOf, alpha: f64) -> Option<Derived> {
    let total = cells.iter().try_fold(0u64, |sum, cell| sum.checked_add(cell.n))?;
    let is_sound = |cell: &Cell| (0.0..=1.0).contains(&cell.p) && cell.right <= cell.n && cell.n > 0;
    let is_rising = cells.windows(2).all(|pair| matches!(pair, [a, b] if a.p < b.p));
    if !(1..=MOST).contains(&total) || !cells.iter().all(is_sound) || !is_rising {
        return None;
    }
    let expand = |cell: &Cell| {
        let wrong = cell.n - cell.right;
        (0..cell.n).map(move |place| place >= wrong)
    };
    let pairs = Pairs {
        p: cells.iter().flat_map(|cell| (0..cell.n).map(|_| cell.p)).collect(),
        y: cells.iter().flat_map(expand).collect(),
        rows: Vec::new(),
        folds: Vec::new(),
        cells: cells.to_vec(),
    };
    let ranking = pairs.ranking(of);
    let cox = recalibration::cox_rows(alpha, &pairs);
    let metrics = metrics(alpha, &pairs, ranking.as_ref(), &cox);
    Some(Derived {
        calibration: section(alpha, of, &pairs, ranking.as_ref(), cox),
        metrics,
    })
}

fn metrics(
    alpha: f64,
    pairs: &Pairs,
    ranking: Option<&RiskCoverage>,
    cox: &[(String, Estimate)],
) -> Vec<(&'static str, Estimate)> {
    let n = pairs.n();
    let plain = |value: Option<f64>, id: &str, method: &str| match value {
        Some(value) => Estimate::new(value, (None, None), 0.0, n, method, Unit::Score),
        None => undefined(id, "Not defined for these samples.", n),
    };
    let mean = |id: &str, rule: Rule| {
        let values = pairs.p.iter().zip(&pairs.y).map(|(p, y)| loss(rule, *p, *y)).collect();
        mean_of(&Units::alone(values), alpha, Unit::Score).unwrap_or_else(|| undefined(id, "Not defined.", n))
    };
    let bins = equal_width(&pairs.p, &pairs.y, ECE_BINS).unwrap_or_default();
    let mcb = super::corp_cells(&pairs.cells, Rule::Brier).map(|split| split.mcb);
    let smooth = smece(&pairs.p, &pairs.y).map(|found| found.value);
    vec![
        ("calibration.gap", independent_gap(alpha, pairs)),
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
        (
            "calibration.slope",
            cox.first().map(|(_, slope)| slope.clone()).unwrap_or_default(),
        ),
        ("calibration.auroc", auroc(alpha, pairs)),
        ("selective.accuracy-80", accuracy_at_80(alpha, ranking, n)),
        (
            "selective.aurc",
            plain(ranking.map(|curve| curve.aurc), "selective.aurc", "tied blocks"),
        ),
        (
            "selective.augrc",
            plain(ranking.map(|curve| curve.augrc), "selective.augrc", "tied blocks"),
        ),
    ]
}

fn section(
    alpha: f64,
    of: ConfidenceOf,
    pairs: &Pairs,
    ranking: Option<&RiskCoverage>,
    cox: Vec<(String, Estimate)>,
) -> Calibration {
    let bins = equal_width(&pairs.p, &pairs.y, ECE_BINS).unwrap_or_default();
    let over = overconfidence(&pairs.p, &pairs.y);
    let parts = signed_ece(&bins);
    Calibration {
        n: pairs.n(),
        confidence_of: of,
        mean_confidence: over.map_or(0.0, |o| o.mean_conf),
        frequency: over.map_or(0.0, |o| o.accuracy),
        distinct: pairs.cells.len() as u64,
        is_discrete: true,
        equal_width: drawn(alpha, pairs, "equal width", equal_width(&pairs.p, &pairs.y, DRAWN_BINS)),
        distinct_values: Some(by_value(alpha, &pairs.cells)),
        corp: corp_curve(pairs),
        brier_split: split(pairs, Rule::Brier),
        log_split: split(pairs, Rule::Log),
        cox,
        certain_and_wrong: log_loss(&pairs.p, &pairs.y).map_or(0, |l| l.certain_and_wrong as u64),
        variants: variants(pairs, &bins),
        over_under: parts.map_or((0.0, 0.0), |parts| (parts.over, parts.under)),
        auroc: auroc(alpha, pairs),
        spiegelhalter: spiegelhalter(&pairs.p, &pairs.y).map(|test| (test.z, test.p_value)),
        histogram: histogram(pairs),
        risk_coverage: ranking.map(risk_curve).unwrap_or_default(),
        selective: ranking.map(selective).unwrap_or_default(),
        selective_scores: ranking.map(selective_scores).unwrap_or_default(),
        ..Calibration::default()
    }
}
