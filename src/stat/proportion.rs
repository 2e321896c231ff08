//! Intervals of one proportion.

use super::dist::{beta_quantile, z_two_sided};
use super::interval::Interval;

/// Wilson score interval of k successes in n trials at level 1 - `alpha`, two-sided.
///
/// n = 0 gives [0, 1]; k = 0 gives low = 0 and k = n gives high = 1 exactly. `None` when k > n or `alpha` is outside
/// (0, 1). The one-sided bound at α is the end of the interval at 2α (see [`wilson_lower`]). Source: Wilson 1927.
pub fn wilson(k: u64, n: u64, alpha: f64) -> Option<Interval> {
    if k > n || !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let z = z_two_sided(alpha)?;
    if n == 0 {
        return Interval::new(0.0, 1.0);
    }
    wilson_real(k as f64 / n as f64, n as f64, z)
}

/// Wilson interval of a rate in [0, 1] on `n` > 0 effective trials (not necessarily whole) with critical value `z` ≥ 0.
///
/// Rates 0 and 1 give an exact end. `None` outside these ranges.
pub fn wilson_real(rate: f64, n: f64, z: f64) -> Option<Interval> {
    let valid = (0.0..=1.0).contains(&rate) && n > 0.0 && n.is_finite() && z >= 0.0 && z.is_finite();
    if !valid {
        return None;
    }
    let square = z * z / n;
    let centre = (rate + square / 2.0) / (1.0 + square);
    let half = z * (rate * (1.0 - rate) / n + square / n / 4.0).sqrt() / (1.0 + square);
    let low = if rate == 0.0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if rate == 1.0 { 1.0 } else { (centre + half).min(1.0) };
    Interval::new(low, high)
}

/// One-sided lower Wilson bound at level 1 - `alpha` (0 < α < 0.5): the low end of the two-sided 1 - 2α interval.
pub fn wilson_lower(k: u64, n: u64, alpha: f64) -> Option<f64> {
    wilson(k, n, 2.0 * alpha).map(|interval| interval.low)
}

/// One-sided upper Wilson bound at level 1 - `alpha`; see [`wilson_lower`].
pub fn wilson_upper(k: u64, n: u64, alpha: f64) -> Option<f64> {
    wilson(k, n, 2.0 * alpha).map(|interval| interval.high)
}

/// Clopper–Pearson ("exact") interval of k successes in n trials at level 1 - `alpha`, from beta quantiles.
///
/// Conservative. n = 0 gives [0, 1]; k = 0 gives low = 0, k = n gives high = 1. `None` as for [`wilson`].
pub fn clopper_pearson(k: u64, n: u64, alpha: f64) -> Option<Interval> {
    if k > n || !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let (successes, failures) = (k as f64, (n - k) as f64);
    let low = if k == 0 {
        0.0
    } else {
        beta_quantile(alpha / 2.0, successes, failures + 1.0)?
    };
    let high = if k == n {
        1.0
    } else {
        beta_quantile(1.0 - alpha / 2.0, successes + 1.0, failures)?
    };
    Interval::new(low, high)
}

/// One-sided lower Clopper–Pearson bound at level 1 - `alpha` (0 < α < 0.5).
pub fn clopper_pearson_lower(k: u64, n: u64, alpha: f64) -> Option<f64> {
    clopper_pearson(k, n, 2.0 * alpha).map(|interval| interval.low)
}

/// One-sided upper Clopper–Pearson bound at level 1 - `alpha` (0 < α < 0.5).
pub fn clopper_pearson_upper(k: u64, n: u64, alpha: f64) -> Option<f64> {
    clopper_pearson(k, n, 2.0 * alpha).map(|interval| interval.high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_are_exact_at_the_extremes() {
        assert_eq!(wilson(0, 0, 0.05), Interval::new(0.0, 1.0));
        assert_eq!(clopper_pearson(0, 0, 0.05), Interval::new(0.0, 1.0));
        assert_eq!(wilson(0, 10, 0.05).map(|i| i.low), Some(0.0));
        assert_eq!(wilson(10, 10, 0.05).map(|i| i.high), Some(1.0));
        assert_eq!(wilson(11, 10, 0.05), None);
        assert_eq!(wilson(1, 10, 1.0), None);
    }

    proptest! {
        #[test]
        fn intervals_hold_the_rate_and_mirror(n in 1u64..2_000_000, share in 0.0f64..=1.0) {
            let k = (n as f64 * share) as u64;
            let rate = k as f64 / n as f64;
            for interval in [wilson, clopper_pearson] {
                let (own, mirror) = (interval(k, n, 0.05).unwrap(), interval(n - k, n, 0.05).unwrap());
                prop_assert!(own.low >= 0.0 && own.high <= 1.0);
                prop_assert!(own.contains(rate) || (own.low - rate).abs() < 1e-12 || (own.high - rate).abs() < 1e-12);
                prop_assert!((own.low - (1.0 - mirror.high)).abs() < 1e-10);
            }
        }
    }
}
