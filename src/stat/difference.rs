//! Two independent proportions: their difference and their ratio.

use super::dist::z_two_sided;
use super::interval::Interval;
use super::proportion::wilson;
use super::sum::finite;

/// A difference or a ratio with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// The point estimate.
    pub value: f64,
    /// Its interval at the level asked for.
    pub interval: Interval,
}

/// Difference k1/n1 − k2/n2 of two independent proportions with Newcombe's hybrid score interval at level 1 − `alpha`.
///
/// `None` when n1 or n2 is 0, k > n or `alpha` is outside (0, 1). Built from the two Wilson intervals, so it never leaves
/// [−1, 1]. Source: Newcombe 1998, method 10.
pub fn newcombe(k1: u64, n1: u64, k2: u64, n2: u64, alpha: f64) -> Option<Contrast> {
    if n1 == 0 || n2 == 0 {
        return None;
    }
    let (first, second) = (wilson(k1, n1, alpha)?, wilson(k2, n2, alpha)?);
    let (p1, p2) = (k1 as f64 / n1 as f64, k2 as f64 / n2 as f64);
    let value = p1 - p2;
    Some(Contrast {
        value,
        interval: Interval::new(
            value - (p1 - first.low).hypot(second.high - p2),
            value + (first.high - p1).hypot(p2 - second.low),
        )?,
    })
}

/// Ratio (k1/n1) / (k2/n2) of two independent proportions with the interval of its logarithm (Katz) at level 1 − `alpha`.
///
/// `None` when a count is 0, k > n or `alpha` is outside (0, 1): a logarithm of 0 has no interval.
/// Source: Katz, Baptista, Azen & Pike 1978.
pub fn ratio(k1: u64, n1: u64, k2: u64, n2: u64, alpha: f64) -> Option<Contrast> {
    if k1 == 0 || k2 == 0 || k1 > n1 || k2 > n2 || alpha >= 1.0 {
        return None;
    }
    let z = z_two_sided(alpha)?;
    let inverse = |count: u64| 1.0 / count as f64;
    let value = finite(k1 as f64 / n1 as f64 / (k2 as f64 / n2 as f64))?;
    let variance = inverse(k1) - inverse(n1) + inverse(k2) - inverse(n2);
    let factor = (z * variance.max(0.0).sqrt()).exp();
    Some(Contrast {
        value,
        interval: Interval::new(value / factor, value * factor)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_example() {
        // Newcombe 1998, table II, contrast (a): 56/70 against 48/80.
        let d = newcombe(56, 70, 48, 80, 0.05).unwrap();
        assert!((d.value - 0.2).abs() < 1e-12);
        assert!((d.interval.low - 0.0524).abs() < 5e-5 && (d.interval.high - 0.3339).abs() < 5e-5);
        let d = newcombe(10, 10, 0, 20, 0.05).unwrap();
        assert!((d.interval.low - 0.6791).abs() < 5e-5 && d.interval.high == 1.0);
    }

    #[test]
    fn null_conditions() {
        assert_eq!(newcombe(0, 0, 1, 2, 0.05), None);
        assert_eq!(newcombe(1, 2, 0, 0, 0.05), None);
        assert_eq!(newcombe(3, 2, 1, 2, 0.05), None);
        assert_eq!(ratio(0, 5, 1, 5, 0.05), None);
        assert_eq!(ratio(1, 5, 0, 5, 0.05), None);
        assert_eq!(ratio(1, 5, 2, 5, 1.5), None);
        assert_eq!(ratio(5, 5, 5, 5, 0.05).map(|r| r.interval.width()), Some(0.0));
    }

    proptest! {
        #[test]
        fn swapping_mirrors(n1 in 1u64..500, n2 in 1u64..500, s1 in 0.0f64..=1.0, s2 in 0.0f64..=1.0) {
            let (k1, k2) = ((n1 as f64 * s1) as u64, (n2 as f64 * s2) as u64);
            let (one, other) = (newcombe(k1, n1, k2, n2, 0.05).unwrap(), newcombe(k2, n2, k1, n1, 0.05).unwrap());
            prop_assert!((one.interval.low + other.interval.high).abs() < 1e-12);
            prop_assert!(one.interval.low >= -1.0 - 1e-12 && one.interval.high <= 1.0 + 1e-12);
            prop_assert!(one.interval.contains(one.value));
            if let (Some(one), Some(other)) = (ratio(k1, n1, k2, n2, 0.05), ratio(k2, n2, k1, n1, 0.05)) {
                prop_assert!((one.value * other.value - 1.0).abs() < 1e-9);
                prop_assert!((one.interval.low * other.interval.high - 1.0).abs() < 1e-9);
            }
        }
    }
}
