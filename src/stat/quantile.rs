//! Quantiles: nearest rank by exact integer arithmetic, labelled alternatives, and intervals from order statistics.

use super::dist::binomial_cdf;

/// The fraction a quantile stands for, kept as two integers so that `ceil(q·n)` never rounds the wrong way
/// (in floating point `0.07 * 100` is above 7 and would give rank 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: u64,
    denominator: u64,
}

impl Ratio {
    /// One half.
    pub const P50: Ratio = Ratio::percent(50);
    /// Nine tenths.
    pub const P90: Ratio = Ratio::percent(90);
    /// 95 of 100.
    pub const P95: Ratio = Ratio::percent(95);
    /// 99 of 100.
    pub const P99: Ratio = Ratio::percent(99);
    /// 999 of 1000.
    pub const P999: Ratio = Ratio {
        numerator: 999,
        denominator: 1000,
    };

    /// The fraction `numerator / denominator`; `None` unless it lies in 0..=1 with a denominator above 0.
    pub const fn new(numerator: u64, denominator: u64) -> Option<Ratio> {
        if denominator == 0 || numerator > denominator {
            None
        } else {
            Some(Ratio { numerator, denominator })
        }
    }

    /// A whole percentage; values above 100 are taken as 100.
    pub const fn percent(percent: u8) -> Ratio {
        let numerator = if percent > 100 { 100 } else { percent };
        Ratio {
            numerator: numerator as u64,
            denominator: 100,
        }
    }

    /// The fraction that the shortest decimal notation of `q` writes: 0.95 becomes 95/100.
    ///
    /// `None` outside [0, 1], for NaN and for more than 18 decimals.
    pub fn from_decimal(q: f64) -> Option<Ratio> {
        if !(0.0..=1.0).contains(&q) {
            return None;
        }
        let text = format!("{q}");
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let places = u32::try_from(decimals.len()).ok().filter(|p| *p <= 18)?;
        let digits: u64 = format!("{whole}{decimals}").parse().ok()?;
        Ratio::new(digits, 10u64.pow(places))
    }

    /// The fraction as a floating-point number.
    pub fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// The nearest rank among `n` sorted values, counted from 1: `max(1, ceil(q·n))`.
    pub fn rank(self, n: u64) -> u64 {
        let wide = u128::from(self.numerator) * u128::from(n);
        let rank = wide.div_ceil(u128::from(self.denominator));
        u64::try_from(rank).unwrap_or(n).max(1)
    }

    /// `floor(q·n)` in exact arithmetic.
    pub fn floor_of(self, n: u64) -> u64 {
        let wide = u128::from(self.numerator) * u128::from(n);
        u64::try_from(wide / u128::from(self.denominator)).unwrap_or(n)
    }
}

/// How a quantile between two observed values is read, named after Hyndman and Fan's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantileType {
    /// Type 1: nearest rank, always an observed value.
    NearestRank,
    /// Type 5: Hazen, piecewise linear through the middle of the steps.
    Hazen,
    /// Type 7: linear between order statistics, the default of numpy and pandas.
    Linear,
    /// Type 8: approximately median-unbiased.
    MedianUnbiased,
}

/// Interval of a quantile from order statistics. A bound that no sample of this size can give is `None`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileInterval {
    /// Lower bound, in the unit of the values.
    pub low: Option<f64>,
    /// Upper bound, in the unit of the values.
    pub high: Option<f64>,
}

/// Sorts values ascending and drops everything that is not finite; the input of the functions on sorted slices.
pub fn sorted_finite(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The quantile by nearest rank: the smallest observed value x with share(≤ x) ≥ q.
///
/// * `sorted`: values in ascending order, any unit.
///
/// `None` for an empty slice or when the value at that rank is not finite.
/// Source: Hyndman & Fan 1996, type 1; the exact dual of attainment (x ≤ budget if and only if share(≤ budget) ≥ q).
pub fn quantile_nearest_rank(sorted: &[f64], q: Ratio) -> Option<f64> {
    value_at_rank(sorted, q.rank(sorted.len() as u64))
}

/// The quantile by nearest rank of unsorted values, by selection instead of a sort. Reorders `values`.
///
/// `None` for an empty slice or when the selected value is not finite.
pub fn select_nearest_rank(values: &mut [f64], q: Ratio) -> Option<f64> {
    let at = usize::try_from(q.rank(values.len() as u64) - 1).ok()?;
    if at >= values.len() {
        return None;
    }
    let (_, value, _) = values.select_nth_unstable_by(at, f64::total_cmp);
    Some(*value).filter(|x| x.is_finite())
}

/// A quantile of the wanted type.
///
/// * `sorted`: finite values in ascending order.
///
/// `None` for an empty slice. Source: Hyndman & Fan 1996.
pub fn quantile(sorted: &[f64], q: Ratio, kind: QuantileType) -> Option<f64> {
    let (n, p) = (sorted.len() as f64, q.value());
    let position = match kind {
        QuantileType::NearestRank => return quantile_nearest_rank(sorted, q),
        QuantileType::Hazen => n * p - 0.5,
        QuantileType::Linear => (n - 1.0) * p,
        QuantileType::MedianUnbiased => n * p + (1.0 + p) / 3.0 - 1.0,
    };
    let position = position.clamp(0.0, (n - 1.0).max(0.0));
    let below = position.floor();
    let low = *sorted.get(below as usize)?;
    let high = sorted.get(below as usize + 1).copied().unwrap_or(low);
    Some(low + (position - below) * (high - low)).filter(|x| x.is_finite())
}

/// Ranks (from 1) of the order statistics that bound the q-quantile at two-sided level 1 − `alpha`.
///
/// * `n`: number of values; `alpha`: in (0, 1).
///
/// Lower = the largest r with P(Bin(n, q) ≤ r − 1) ≤ α/2, upper = the smallest s with P(Bin(n, q) ≤ s − 1) ≥ 1 − α/2;
/// `None` where no such rank exists among 1..=n. Conservative, valid with ties.
/// Source: Conover 1999, section 3.2; scipy `quantile_test`.
pub fn order_statistic_ranks(n: u64, q: Ratio, alpha: f64) -> (Option<u64>, Option<u64>) {
    if n == 0 || !(alpha > 0.0 && alpha < 1.0) {
        return (None, None);
    }
    let p = q.value();
    // First rank k in 1..=n+1 whose P(Bin ≤ k − 1) satisfies a condition that stays true once true.
    let first = |holds: fn(f64, f64) -> bool, mass: f64| -> u64 {
        let (mut low, mut high) = (1, n + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if binomial_cdf(middle - 1, n, p).is_some_and(|cdf| holds(cdf, mass)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    };
    let lower = first(|cdf, mass| cdf > mass, alpha / 2.0) - 1;
    let upper = first(|cdf, mass| cdf >= mass, 1.0 - alpha / 2.0);
    (Some(lower).filter(|r| *r >= 1), Some(upper).filter(|s| *s <= n))
}

/// Distribution-free interval of the q-quantile at two-sided level 1 − `alpha`.
///
/// * `sorted`: values in ascending order; `alpha`: in (0, 1).
///
/// `None` for an empty slice; a bound is `None` when this n cannot give it. Method: [`order_statistic_ranks`].
/// A one-sided bound at α is the end of the interval at 2α.
pub fn quantile_interval(sorted: &[f64], q: Ratio, alpha: f64) -> Option<QuantileInterval> {
    if sorted.is_empty() {
        return None;
    }
    let (lower, upper) = order_statistic_ranks(sorted.len() as u64, q, alpha);
    Some(QuantileInterval {
        low: lower.and_then(|r| value_at_rank(sorted, r)),
        high: upper.and_then(|s| value_at_rank(sorted, s)),
    })
}

/// The smallest n at which both bounds of [`quantile_interval`] exist: qⁿ ≤ α/2 and (1 − q)ⁿ ≤ α/2.
///
/// `None` when q is 0 or 1 or `alpha` is outside (0, 1). For p99 at 95 % it is 368.
pub fn n_for_quantile_interval(q: Ratio, alpha: f64) -> Option<u64> {
    let p = q.value();
    if !(p > 0.0 && p < 1.0 && alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let larger = p.max(1.0 - p);
    Some(((alpha / 2.0).ln() / larger.ln()).ceil() as u64)
}

fn value_at_rank(sorted: &[f64], rank: u64) -> Option<f64> {
    let at = usize::try_from(rank.checked_sub(1)?).ok()?;
    sorted.get(at).copied().filter(|x| x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranks_do_not_fall_into_the_float_trap() {
        assert_eq!(Ratio::percent(7).rank(100), 7);
        assert_eq!(Ratio::percent(55).rank(100), 55);
        assert_eq!(Ratio::from_decimal(0.07).map(|q| q.rank(100)), Some(7));
        assert_eq!(Ratio::P99.rank(0), 1);
        assert_eq!(Ratio::percent(0).rank(10), 1);
        assert_eq!(Ratio::percent(100).rank(10), 10);
    }

    #[test]
    fn decimals_become_exact_ratios() {
        assert_eq!(Ratio::from_decimal(0.95), Ratio::new(95, 100));
        assert_eq!(Ratio::from_decimal(0.999), Ratio::new(999, 1000));
        assert_eq!(Ratio::from_decimal(1.0), Ratio::new(1, 1));
        assert_eq!(Ratio::from_decimal(1.1), None);
        assert_eq!(Ratio::from_decimal(f64::NAN), None);
        assert_eq!(Ratio::new(1, 0), None);
    }

    #[test]
    fn tiny_samples() {
        assert_eq!(quantile_nearest_rank(&[], Ratio::P50), None);
        assert_eq!(select_nearest_rank(&mut [], Ratio::P50), None);
        assert_eq!(quantile(&[], Ratio::P50, QuantileType::Linear), None);
        assert_eq!(quantile(&[3.0], Ratio::P99, QuantileType::Hazen), Some(3.0));
        assert_eq!(quantile(&[1.0, 2.0], Ratio::P50, QuantileType::Linear), Some(1.5));
        assert_eq!(quantile_nearest_rank(&[1.0, 2.0], Ratio::P50), Some(1.0));
        assert_eq!(quantile_nearest_rank(&[f64::NAN], Ratio::P50), None);
        assert_eq!(quantile_interval(&[], Ratio::P50, 0.05), None);
        let one = quantile_interval(&[1.0], Ratio::P50, 0.05);
        assert_eq!(one, Some(QuantileInterval { low: None, high: None }));
    }

    #[test]
    fn bounds_exist_from_the_published_sizes_on() {
        assert_eq!(n_for_quantile_interval(Ratio::P99, 0.05), Some(368));
        assert_eq!(n_for_quantile_interval(Ratio::P999, 0.05), Some(3688));
        assert_eq!(order_statistic_ranks(367, Ratio::P99, 0.05).1, None);
        assert_eq!(order_statistic_ranks(368, Ratio::P99, 0.05).1, Some(368));
        assert_eq!(order_statistic_ranks(10, Ratio::P50, 0.05), (Some(2), Some(9)));
        let large = order_statistic_ranks(1_000_000, Ratio::P50, 0.05);
        assert_eq!(large, (Some(499_020), Some(500_981)));
    }

    proptest! {
        #[test]
        fn selection_agrees_with_sorting(
            mut values in prop::collection::vec(-50i32..50, 1..200),
            percent in 0u8..=100,
        ) {
            let mut floats: Vec<f64> = values.drain(..).map(f64::from).collect();
            let sorted = sorted_finite(&floats);
            let q = Ratio::percent(percent);
            prop_assert_eq!(select_nearest_rank(&mut floats, q), quantile_nearest_rank(&sorted, q));
        }

        #[test]
        fn nearest_rank_is_the_dual_of_attainment(
            values in prop::collection::vec(0u32..30, 1..100),
            budget in 0u32..30,
            percent in 1u8..=100,
        ) {
            let floats: Vec<f64> = values.iter().map(|x| f64::from(*x)).collect();
            let sorted = sorted_finite(&floats);
            let q = Ratio::percent(percent);
            let within = values.iter().filter(|x| **x <= budget).count() as u64;
            let attained = within * 100 >= u64::from(percent) * values.len() as u64;
            let quantile = quantile_nearest_rank(&sorted, q);
            prop_assert_eq!(quantile.is_some_and(|x| x <= f64::from(budget)), attained);
        }

        #[test]
        fn every_type_shifts_and_scales_with_the_values(
            values in prop::collection::vec(-100.0f64..100.0, 1..60),
            percent in 0u8..=100, shift in -10.0f64..10.0, scale in 0.1f64..10.0,
        ) {
            let sorted = sorted_finite(&values);
            let moved: Vec<f64> = sorted.iter().map(|x| x * scale + shift).collect();
            let q = Ratio::percent(percent);
            for kind in [QuantileType::NearestRank, QuantileType::Hazen, QuantileType::Linear, QuantileType::MedianUnbiased] {
                let plain = quantile(&sorted, q, kind).unwrap();
                let after = quantile(&moved, q, kind).unwrap();
                prop_assert!((plain * scale + shift - after).abs() < 1e-9);
                prop_assert!(sorted[0] <= plain && plain <= sorted[sorted.len() - 1]);
            }
        }

        #[test]
        fn interval_brackets_the_quantile(
            values in prop::collection::vec(0.0f64..1.0, 1..300), percent in 1u8..100,
        ) {
            let sorted = sorted_finite(&values);
            let q = Ratio::percent(percent);
            let point = quantile_nearest_rank(&sorted, q).unwrap();
            let interval = quantile_interval(&sorted, q, 0.05).unwrap();
            prop_assert!(interval.low.is_none_or(|low| low <= point));
            prop_assert!(interval.high.is_none_or(|high| point <= high));
        }
    }
}
