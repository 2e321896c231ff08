//! Ranking quality and selective prediction: AUROC, DeLong's interval, the risk-coverage curve.

use super::cell::{Cell, distinct};
use super::dist::z_two_sided;
use super::interval::Interval;
use super::sum::{Sum, finite};

/// Area under the ROC curve of `p` for telling right from wrong; ties count ½.
///
/// `None` for invalid input or when all outcomes are equal.
pub fn auroc(p: &[f64], y: &[bool]) -> Option<f64> {
    auroc_cells(&distinct(p, y)?)
}

/// [`auroc`] from cells in rising order.
pub fn auroc_cells(cells: &[Cell]) -> Option<f64> {
    let (positives, negatives) = classes(cells)?;
    let (mut below, mut twice) = (0u64, 0u128);
    for cell in cells {
        let wrong = cell.n - cell.right;
        twice += u128::from(cell.right) * u128::from(2 * below + wrong);
        below += wrong;
    }
    finite(twice as f64 / 2.0 / positives as f64 / negatives as f64)
}

fn classes(cells: &[Cell]) -> Option<(u64, u64)> {
    let n: u64 = cells.iter().map(|cell| cell.n).sum();
    let positives: u64 = cells.iter().map(|cell| cell.right).sum();
    (positives > 0 && positives < n).then_some((positives, n - positives))
}

/// AUROC with DeLong's variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeLong {
    /// The area.
    pub auroc: f64,
    /// Its variance.
    pub variance: f64,
    /// Normal interval, clipped to [0, 1].
    pub interval: Interval,
}

/// AUROC with its interval at level 1 - `alpha` (DeLong, DeLong & Clarke-Pearson 1988; R pROC).
///
/// `None` for invalid input or with fewer than two samples of either outcome.
pub fn delong(p: &[f64], y: &[bool], alpha: f64) -> Option<DeLong> {
    let cells = distinct(p, y)?;
    let (positives, negatives) = classes(&cells)?;
    if positives < 2 || negatives < 2 {
        return None;
    }
    let area = auroc_cells(&cells)?;
    let (many, few) = (positives as f64, negatives as f64);
    let (mut wrong_below, mut right_below) = (0.0, 0.0);
    let (mut of_right, mut of_wrong) = (Sum::default(), Sum::default());
    for cell in &cells {
        let (right, wrong) = (cell.right as f64, (cell.n - cell.right) as f64);
        let placement_right = (wrong_below + wrong / 2.0) / few;
        let placement_wrong = (many - right_below - right / 2.0) / many;
        of_right.add(right * (placement_right - area).powi(2));
        of_wrong.add(wrong * (placement_wrong - area).powi(2));
        wrong_below += wrong;
        right_below += right;
    }
    let variance = of_right.value() / (many - 1.0) / many + of_wrong.value() / (few - 1.0) / few;
    let interval = Interval::around(area, z_two_sided(alpha)? * variance.sqrt())?;
    Some(DeLong {
        auroc: area,
        variance: finite(variance)?,
        interval: interval.clamp(0.0, 1.0),
    })
}

/// One achievable operating point: answer when the confidence is at least `threshold`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RiskPoint {
    /// Confidence threshold.
    pub threshold: f64,
    /// Samples answered.
    pub answered: u64,
    /// Wrong ones among them.
    pub errors: u64,
    /// Share of samples answered.
    pub coverage: f64,
    /// Share of the answered that are wrong.
    pub risk: f64,
}

/// The risk-coverage curve and its areas.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskCoverage {
    /// Achievable points, one a distinct confidence, coverage rising; the last covers all.
    pub points: Vec<RiskPoint>,
    /// Mean risk over coverages k/n (Geifman).
    pub aurc: f64,
    /// The least `aurc` possible with this number of errors.
    pub aurc_optimal: f64,
    /// `aurc - aurc_optimal` (Geifman 2019), ≥ 0.
    pub eaurc: f64,
    /// Area under the generalised risk-coverage curve (Traub 2024): (1-AUROC)·acc(1-acc) + ½(1-acc)².
    pub augrc: f64,
}

impl RiskCoverage {
    /// Expected risk when the `⌈coverage·n⌉` most confident samples are answered; inside a tied block errors are spread
    /// evenly, so row order does not matter. `None` unless 0 < coverage ≤ 1.
    pub fn risk_at(&self, coverage: f64) -> Option<f64> {
        let n = self.points.last()?.answered;
        if !(coverage > 0.0 && coverage <= 1.0) {
            return None;
        }
        let k = ((coverage * n as f64).ceil() as u64).clamp(1, n);
        let place = self.points.partition_point(|point| point.answered < k);
        let (before, errors_before) = match place.checked_sub(1).and_then(|place| self.points.get(place)) {
            Some(point) => (point.answered, point.errors),
            None => (0, 0),
        };
        let point = self.points.get(place)?;
        let block = (point.errors - errors_before) as f64 / (point.answered - before) as f64;
        finite((errors_before as f64 + block * (k - before) as f64) / k as f64)
    }
}

/// Risk-coverage curve of confidence `p` with `y` = right. `None` for invalid input.
pub fn risk_coverage(p: &[f64], y: &[bool]) -> Option<RiskCoverage> {
    let cells = distinct(p, y)?;
    let total: u64 = cells.iter().map(|cell| cell.n).sum();
    let n = total as f64;
    let mut points = Vec::with_capacity(cells.len());
    let (mut answered, mut errors) = (0u64, 0u64);
    let (mut risks, mut joint) = (Sum::default(), Sum::default());
    for cell in cells.iter().rev() {
        let wrong = cell.n - cell.right;
        let rate = wrong as f64 / cell.n as f64;
        for step in 1..=cell.n {
            let expected = errors as f64 + rate * step as f64;
            risks.add(expected / (answered + step) as f64);
            joint.add(expected);
        }
        answered += cell.n;
        errors += wrong;
        points.push(RiskPoint {
            threshold: cell.p,
            answered,
            errors,
            coverage: answered as f64 / n,
            risk: errors as f64 / answered as f64,
        });
    }
    let mut best = Sum::default();
    for k in total - errors + 1..=total {
        best.add((k - (total - errors)) as f64 / k as f64);
    }
    let (aurc, aurc_optimal) = (risks.value() / n, best.value() / n);
    Some(RiskCoverage {
        points,
        aurc: finite(aurc)?,
        aurc_optimal: finite(aurc_optimal)?,
        eaurc: finite((aurc - aurc_optimal).max(0.0))?,
        augrc: finite((joint.value() - errors as f64 / 2.0) / n / n)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_outcome_has_no_ranking() {
        assert_eq!(auroc(&[0.1, 0.2], &[true, true]), None);
        assert_eq!(auroc(&[], &[]), None);
        assert_eq!(delong(&[0.1, 0.2, 0.3], &[true, false, false], 0.05), None);
        assert_eq!(auroc(&[0.5, 0.5], &[true, false]), Some(0.5));
        assert_eq!(risk_coverage(&[], &[]), None);
    }

    #[test]
    fn perfect_order_has_no_excess_risk() {
        let curve = risk_coverage(&[0.1, 0.4, 0.6, 0.9], &[false, false, true, true]).unwrap();
        assert!(curve.eaurc < 1e-15);
        assert_eq!(curve.risk_at(0.5), Some(0.0));
        assert_eq!(curve.risk_at(1.0), Some(0.5));
        assert_eq!(curve.risk_at(0.0), None);
    }

    proptest! {
        #[test]
        fn laws(rows in proptest::collection::vec((0u8..=10, any::<bool>()), 1..60)) {
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 10.0).collect();
            let y: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let curve = risk_coverage(&p, &y).unwrap();
            let accuracy = y.iter().filter(|y| **y).count() as f64 / y.len() as f64;
            prop_assert!((0.0..=1.0).contains(&curve.aurc) && curve.aurc >= curve.aurc_optimal - 1e-12);
            prop_assert!((curve.risk_at(1.0).unwrap() - (1.0 - accuracy)).abs() < 1e-12);
            if let Some(area) = auroc(&p, &y) {
                let closed = (1.0 - area) * accuracy * (1.0 - accuracy) + 0.5 * (1.0 - accuracy).powi(2);
                prop_assert!((curve.augrc - closed).abs() < 1e-12);
                let mirrored: Vec<f64> = p.iter().map(|p| 1.0 - p).collect();
                prop_assert!((auroc(&mirrored, &y).unwrap() - (1.0 - area)).abs() < 1e-12);
            }
            let (p, y): (Vec<f64>, Vec<bool>) = p.into_iter().zip(y).rev().unzip();
            prop_assert_eq!(curve, risk_coverage(&p, &y).unwrap());
        }
    }
}
