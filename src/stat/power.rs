//! How many samples a comparison needs, and what a sample can show. Never "observed power" after the fact.

use super::dist::normal_quantile;
use super::sum::finite;

/// z_{1−α/2} + z_{power}; `None` unless 0 < alpha < 1 and 0 < power < 1.
fn critical_sum(alpha: f64, power: f64) -> Option<f64> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    Some(normal_quantile(1.0 - alpha / 2.0)? + normal_quantile(power)?)
}

/// Number of items at which a mean difference `delta` is found with probability `power` by a two-sided test at `alpha`.
///
/// * `variance`: of the per-item difference (times the design effect when clustered); `delta`: not 0.
///
/// A real number: round it up. `None` for delta 0, a negative variance or a probability outside (0, 1).
/// Method: n = (z_{1−α/2} + z_{1−β})²·Var(d)/δ². Source: Miller 2024, arXiv 2411.00640, section 5.
pub fn n_for_difference(variance: f64, delta: f64, alpha: f64, power: f64) -> Option<f64> {
    if variance.is_nan() || variance < 0.0 || delta == 0.0 {
        return None;
    }
    finite((critical_sum(alpha, power)? / delta).powi(2) * variance)
}

/// Smallest true difference that `n` items would show with probability `power`: (z_{1−α/2} + z_{1−β})·√(Var(d)/n).
///
/// `None` for n 0, a negative variance or a probability outside (0, 1).
pub fn minimum_detectable(variance: f64, n: u64, alpha: f64, power: f64) -> Option<f64> {
    if variance.is_nan() || variance < 0.0 || n == 0 {
        return None;
    }
    finite(critical_sum(alpha, power)? * (variance / n as f64).sqrt())
}

/// Variance of the per-item difference of two runs that repeat each item: ω_d² + σ_A²/K_A + σ_B²/K_B.
///
/// * `question`: variance of the true per-item difference; `within_a`, `within_b`: variance within an item;
///   `epochs_a`, `epochs_b`: repeats, above 0.
///
/// `None` for 0 repeats or a sum that is not finite. Source: Miller 2024, section 5.
pub fn variance_with_epochs(
    question: f64,
    (within_a, epochs_a): (f64, u64),
    (within_b, epochs_b): (f64, u64),
) -> Option<f64> {
    finite(question + within_a / epochs_a as f64 + within_b / epochs_b as f64)
}

/// Variance of the per-item difference of two binary runs: p_A(1 − p_A) + p_B(1 − p_B) − 2·covariance.
///
/// `None` when a rate is outside [0, 1] or the result is negative (an impossible covariance).
pub fn variance_of_rates(rate_a: f64, rate_b: f64, covariance: f64) -> Option<f64> {
    let valid = (0.0..=1.0).contains(&rate_a) && (0.0..=1.0).contains(&rate_b);
    let variance = rate_a * (1.0 - rate_a) + rate_b * (1.0 - rate_b) - 2.0 * covariance;
    finite(variance).filter(|variance| valid && *variance >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_size() {
        let n = n_for_difference(0.25, 0.03, 0.05, 0.8).unwrap();
        assert!((n - 2180.244).abs() < 1e-3);
        assert_eq!(n_for_difference(0.25, 0.0, 0.05, 0.8), None);
        assert_eq!(n_for_difference(f64::NAN, 0.1, 0.05, 0.8), None);
        assert_eq!(n_for_difference(0.25, 0.1, 0.05, 1.0), None);
        assert_eq!(minimum_detectable(0.25, 0, 0.05, 0.8), None);
        assert_eq!(variance_with_epochs(0.1, (0.2, 0), (0.2, 4)), None);
        assert_eq!(
            variance_with_epochs(0.1, (0.2, 2), (0.2, 4)).map(|v| (v * 100.0).round()),
            Some(25.0)
        );
        assert_eq!(variance_of_rates(0.5, 0.5, 0.25), Some(0.0));
        assert_eq!(variance_of_rates(0.5, 0.5, 0.3), None);
    }

    proptest! {
        #[test]
        fn size_and_difference_are_inverse(variance in 0.01f64..2.0, n in 10u64..100_000, power in 0.5f64..0.99) {
            let delta = minimum_detectable(variance, n, 0.05, power).unwrap();
            let back = n_for_difference(variance, delta, 0.05, power).unwrap();
            prop_assert!((back / n as f64 - 1.0).abs() < 1e-9);
        }
    }
}
