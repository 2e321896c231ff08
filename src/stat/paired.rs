//! Two runs over the same items: paired counts, differences and tests.

use super::difference::Contrast;
use super::dist::{binomial_cdf, binomial_pmf, t_sf, z_two_sided};
use super::interval::Interval;
use super::sum::{finite, mean, sum, variance};

/// Items by the outcome in a first run and in a second. Adds across partitions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairedCounts {
    /// Right in both.
    pub both: u64,
    /// Right in the first only: newly wrong.
    pub lost: u64,
    /// Right in the second only: newly right.
    pub gained: u64,
    /// Wrong in both.
    pub neither: u64,
}

impl PairedCounts {
    /// Counts pairs of outcomes (first run, second run).
    pub fn of(pairs: impl IntoIterator<Item = (bool, bool)>) -> PairedCounts {
        let mut counts = PairedCounts::default();
        for pair in pairs {
            *match pair {
                (true, true) => &mut counts.both,
                (true, false) => &mut counts.lost,
                (false, true) => &mut counts.gained,
                (false, false) => &mut counts.neither,
            } += 1;
        }
        counts
    }

    /// Adds the pairs of `other`.
    pub fn merge(&mut self, other: PairedCounts) {
        self.both += other.both;
        self.lost += other.lost;
        self.gained += other.gained;
        self.neither += other.neither;
    }

    /// Number of pairs.
    pub fn n(self) -> u64 {
        self.both + self.lost + self.gained + self.neither
    }

    /// Number right in the first run.
    pub fn first_right(self) -> u64 {
        self.both + self.lost
    }

    /// Number right in the second run.
    pub fn second_right(self) -> u64 {
        self.both + self.gained
    }

    /// Rate of the second run minus rate of the first, −1..=1; `None` without pairs.
    pub fn difference(self) -> Option<f64> {
        finite((self.gained as f64 - self.lost as f64) / self.n() as f64)
    }

    /// Variance of the per-item difference (divisor n), for planning a sample size; `None` without pairs.
    pub fn variance_of_difference(self) -> Option<f64> {
        let difference = self.difference()?;
        let discordant = (self.gained + self.lost) as f64 / self.n() as f64;
        Some((discordant - difference * difference).max(0.0))
    }

    /// The difference with the adjusted interval of paired proportions at level 1 − `alpha`.
    ///
    /// `None` without pairs or when `alpha` is outside (0, 1). Method: Wald on counts with one added to each discordant
    /// cell, clamped to [−1, 1]. Source: Bonett & Price 2012.
    pub fn bonett_price(self, alpha: f64) -> Option<Contrast> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return None;
        }
        let (z, n) = (z_two_sided(alpha)?, self.n() as f64 + 2.0);
        let (lost, gained) = ((self.lost + 1) as f64 / n, (self.gained + 1) as f64 / n);
        let centre = gained - lost;
        let half = z * ((lost + gained - centre * centre) / n).sqrt();
        Some(Contrast {
            value: self.difference()?,
            interval: Interval::around(centre, half)?.clamp(-1.0, 1.0),
        })
    }

    /// McNemar's exact two-sided p-value: twice the smaller binomial tail, at most 1; 1 without discordant pairs.
    pub fn mcnemar_exact(self) -> f64 {
        let (small, all) = (self.lost.min(self.gained), self.lost + self.gained);
        binomial_cdf(small, all, 0.5).map_or(1.0, |tail| (2.0 * tail).min(1.0))
    }

    /// McNemar's mid-p value, less conservative than the exact test; 1 without discordant pairs.
    ///
    /// Method: the exact p-value less the probability of the observed split. Source: Fagerland, Lydersen & Laake 2013.
    pub fn mcnemar_mid_p(self) -> f64 {
        let (small, all) = (self.lost.min(self.gained), self.lost + self.gained);
        if all == 0 {
            return 1.0;
        }
        let point = binomial_pmf(small, all, 0.5).unwrap_or(0.0);
        (self.mcnemar_exact() - point).clamp(0.0, 1.0)
    }
}

/// Student's paired t test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedT {
    /// Mean of second − first.
    pub mean: f64,
    /// The t statistic.
    pub t: f64,
    /// Degrees of freedom, n − 1.
    pub df: u64,
    /// Two-sided p-value.
    pub p: f64,
    /// Pearson correlation of the two runs; `None` when a run is constant.
    pub correlation: Option<f64>,
}

/// Paired t test of `second` against `first`.
///
/// `None` for different lengths, fewer than two pairs or differences that are all equal.
pub fn paired_t(first: &[f64], second: &[f64]) -> Option<PairedT> {
    if first.len() != second.len() {
        return None;
    }
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| b - a).collect();
    let n = differences.len();
    let (mean, spread) = (mean(&differences)?, variance(&differences)?);
    let t = finite(mean / (spread / n as f64).sqrt())?;
    Some(PairedT {
        mean,
        t,
        df: n as u64 - 1,
        p: (2.0 * t_sf(t.abs(), (n - 1) as f64)?).min(1.0),
        correlation: correlation(first, second),
    })
}

/// Pearson's correlation, −1..=1; `None` for different lengths, fewer than two pairs or a constant column.
pub fn correlation(first: &[f64], second: &[f64]) -> Option<f64> {
    if first.len() != second.len() {
        return None;
    }
    let (centre_a, centre_b) = (mean(first)?, mean(second)?);
    let scale = (variance(first)? * variance(second)?).sqrt() * (first.len() - 1) as f64;
    let products = first.iter().zip(second).map(|(a, b)| (a - centre_a) * (b - centre_b));
    finite(sum(products) / scale).map(|r| r.clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(both: u64, lost: u64, gained: u64, neither: u64) -> PairedCounts {
        PairedCounts {
            both,
            lost,
            gained,
            neither,
        }
    }

    #[test]
    fn null_conditions() {
        let none = PairedCounts::default();
        assert_eq!((none.difference(), none.bonett_price(0.05)), (None, None));
        assert_eq!((none.mcnemar_exact(), none.mcnemar_mid_p()), (1.0, 1.0));
        assert_eq!(counts(5, 0, 0, 2).mcnemar_mid_p(), 1.0);
        assert_eq!(paired_t(&[1.0], &[2.0]), None);
        assert_eq!(paired_t(&[1.0, 2.0], &[2.0, 3.0]), None);
        assert_eq!(correlation(&[1.0, 1.0], &[2.0, 3.0]), None);
        assert_eq!(correlation(&[1.0, 2.0], &[2.0]), None);
    }

    #[test]
    fn published_example() {
        // Fagerland et al. 2013, table 1: airway hyper-responsiveness, 1 / 7 discordant of 21.
        let table = counts(1, 1, 7, 12);
        assert!((table.mcnemar_exact() - 0.0703).abs() < 5e-5);
        assert!((table.mcnemar_mid_p() - 0.0391).abs() < 5e-5);
    }

    #[test]
    fn interval_stays_in_bounds() {
        let all_gained = counts(0, 0, 3, 0).bonett_price(0.05).unwrap();
        assert_eq!((all_gained.value, all_gained.interval.high), (1.0, 1.0));
    }

    proptest! {
        #[test]
        fn swapping_runs_mirrors_and_parts_merge(
            pairs in prop::collection::vec((any::<bool>(), any::<bool>()), 1..150), cut in 0usize..150,
        ) {
            let one = PairedCounts::of(pairs.iter().copied());
            let other = PairedCounts::of(pairs.iter().rev().map(|(a, b)| (*b, *a)));
            prop_assert_eq!(one.mcnemar_exact(), other.mcnemar_exact());
            prop_assert!(one.mcnemar_mid_p() <= one.mcnemar_exact());
            let (a, b) = (one.bonett_price(0.05).unwrap(), other.bonett_price(0.05).unwrap());
            prop_assert!((a.value + b.value).abs() < 1e-12 && (a.interval.low + b.interval.high).abs() < 1e-12);
            let (left, right) = pairs.split_at(cut.min(pairs.len()));
            let mut merged = PairedCounts::of(right.iter().copied());
            merged.merge(PairedCounts::of(left.iter().copied()));
            prop_assert_eq!(merged, one);
        }

        #[test]
        fn correlation_ignores_scale_and_shift(
            pairs in prop::collection::vec((-5.0f64..5.0, -5.0f64..5.0), 3..50), scale in 0.1f64..9.0,
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
            let moved: Vec<f64> = b.iter().map(|x| 3.0 - x * scale).collect();
            if let (Some(r), Some(s)) = (correlation(&a, &b), correlation(&a, &moved)) {
                prop_assert!((r + s).abs() < 1e-9);
            }
        }
    }
}
