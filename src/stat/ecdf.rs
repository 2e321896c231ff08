//! The empirical distribution function, its survival tail and the band around both.

use std::f64::consts::LN_2;

/// Share of values that are at most `x`: right-continuous.
///
/// * `sorted`: values in ascending order, any unit.
///
/// `None` for an empty slice or a NaN `x`.
pub fn ecdf(sorted: &[f64], x: f64) -> Option<f64> {
    if sorted.is_empty() || x.is_nan() {
        return None;
    }
    let at_most = sorted.partition_point(|value| *value <= x);
    Some(at_most as f64 / sorted.len() as f64)
}

/// The steps of the distribution function: each distinct value with the share of values at most that value.
///
/// * `sorted`: finite values in ascending order.
///
/// Empty for an empty slice; the last share is 1.
pub fn ecdf_steps(sorted: &[f64]) -> Vec<(f64, f64)> {
    let n = sorted.len() as f64;
    let mut steps = Vec::new();
    for (at, value) in sorted.iter().enumerate() {
        if sorted.get(at + 1).is_none_or(|next| next > value) {
            steps.push((*value, (at + 1) as f64 / n));
        }
    }
    steps
}

/// Points of the survival function for a logarithmic share axis: (value, share of values above it).
///
/// * `sorted`: finite values in ascending order; `points`: the most points wanted, at least 2.
///
/// The shares are spread evenly in their logarithm from 1 − 1/n down to 1/n, and the point of the largest value, whose
/// share is 0, is left out: a logarithm cannot show it. Equal values give one point. Empty when n < 2 or all are equal.
pub fn survival_tail(sorted: &[f64], points: usize) -> Vec<(f64, f64)> {
    let n = sorted.len();
    let mut tail: Vec<(f64, f64)> = Vec::new();
    if n < 2 {
        return tail;
    }
    let steps = points.max(2) - 1;
    for step in 0..=steps {
        let share = ((1.0 / n as f64).ln() * step as f64 / steps as f64).exp();
        let above = ((share * n as f64).round() as usize).clamp(1, n - 1);
        let Some(value) = sorted.get(n - 1 - above).copied() else {
            continue;
        };
        let at_most = sorted.partition_point(|other| *other <= value);
        let left = (n - at_most) as f64 / n as f64;
        if left > 0.0 && tail.last().is_none_or(|last| last.0 < value) {
            tail.push((value, left));
        }
    }
    tail
}

/// Half-width of the simultaneous band around a distribution function of `n` values at level 1 − `alpha`.
///
/// A share, 0..=1; `None` when `n` is 0 or `alpha` is outside (0, 1).
/// Method: √(ln(2/α) / 2n). Source: Dvoretzky, Kiefer & Wolfowitz 1956 with Massart's constant (1990).
pub fn dkw_half_width(n: u64, alpha: f64) -> Option<f64> {
    if n == 0 || !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    Some(((LN_2 - alpha.ln()) / (2.0 * n as f64)).sqrt().min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ties_make_one_step() {
        let sorted = [1.0, 2.0, 2.0, 5.0];
        assert_eq!(ecdf_steps(&sorted), vec![(1.0, 0.25), (2.0, 0.75), (5.0, 1.0)]);
        assert_eq!(ecdf(&sorted, 2.0), Some(0.75));
        assert_eq!(ecdf(&sorted, 1.9), Some(0.25));
        assert_eq!(ecdf(&sorted, 0.0), Some(0.0));
        assert_eq!(ecdf(&[], 1.0), None);
        assert_eq!(ecdf(&sorted, f64::NAN), None);
    }

    #[test]
    fn survival_tail_reaches_the_last_value_but_one() {
        let sorted: Vec<f64> = (1..=1000).map(f64::from).collect();
        let tail = survival_tail(&sorted, 50);
        assert_eq!(tail.first(), Some(&(1.0, 0.999)));
        assert_eq!(tail.last(), Some(&(999.0, 0.001)));
        assert!(tail.len() <= 50);
        assert!(survival_tail(&[1.0], 10).is_empty());
        assert!(survival_tail(&[2.0, 2.0], 10).is_empty());
    }

    #[test]
    fn band_narrows_with_n() {
        assert!((dkw_half_width(1000, 0.05).unwrap() - 0.042_947).abs() < 1e-6);
        assert_eq!(dkw_half_width(0, 0.05), None);
        assert_eq!(dkw_half_width(1, 1e-9), Some(1.0));
    }

    proptest! {
        #[test]
        fn steps_and_tail_rise_and_fall(values in prop::collection::vec(0u8..40, 0..200)) {
            let mut sorted: Vec<f64> = values.iter().map(|x| f64::from(*x)).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let steps = ecdf_steps(&sorted);
            prop_assert!(steps.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1));
            prop_assert!(steps.iter().all(|s| ecdf(&sorted, s.0) == Some(s.1)));
            let tail = survival_tail(&sorted, 20);
            prop_assert!(tail.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 > w[1].1));
            prop_assert!(tail.iter().all(|s| (ecdf(&sorted, s.0).unwrap() + s.1 - 1.0).abs() < 1e-12));
        }
    }
}
