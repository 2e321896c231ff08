//! Three-valued decisions from bounds, how many samples would decide, and bounds that stay valid under peeking.

use super::difference::newcombe;
use super::dist::normal_quantile;
use super::interval::Interval;
use super::proportion::wilson;
use super::sum::finite;

/// What a gate says. The point estimate never decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The bad end of the interval is on the good side.
    Pass,
    /// The good end of the interval is on the bad side.
    Fail,
    /// Not enough evidence.
    Inconclusive,
}

/// Larger is better: pass if lower ≥ `threshold`, fail if upper < `threshold`.
///
/// * `lower`, `upper`: one-sided bounds at the gate's level; a missing one never decides.
pub fn at_least(lower: Option<f64>, upper: Option<f64>, threshold: f64) -> Decision {
    if lower.is_some_and(|lower| lower >= threshold) {
        Decision::Pass
    } else if upper.is_some_and(|upper| upper < threshold) {
        Decision::Fail
    } else {
        Decision::Inconclusive
    }
}

/// Smaller is better: pass if upper ≤ `threshold`, fail if lower > `threshold`. Mirror of [`at_least`].
pub fn at_most(lower: Option<f64>, upper: Option<f64>, threshold: f64) -> Decision {
    if upper.is_some_and(|upper| upper <= threshold) {
        Decision::Pass
    } else if lower.is_some_and(|lower| lower > threshold) {
        Decision::Fail
    } else {
        Decision::Inconclusive
    }
}

/// Not worse than the baseline by `margin`, when larger is better: pass (non-inferior) if lower > −margin, fail
/// (regression) if upper ≤ −margin.
///
/// * `lower`, `upper`: one-sided bounds of new − old; `margin`: ≥ 0.
///
/// "Not significant" is not "non-inferior": only the bound passes. When smaller is better, give old − new.
pub fn non_inferior(lower: Option<f64>, upper: Option<f64>, margin: f64) -> Decision {
    if lower.is_some_and(|lower| lower > -margin) {
        Decision::Pass
    } else if upper.is_some_and(|upper| upper <= -margin) {
        Decision::Fail
    } else {
        Decision::Inconclusive
    }
}

/// Bounds and what they say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// One-sided lower bound; `None` without samples.
    pub lower: Option<f64>,
    /// One-sided upper bound; `None` without samples.
    pub upper: Option<f64>,
    /// The decision they give.
    pub decision: Decision,
}

impl Judged {
    /// Bounds from the ends of an interval, judged by `rule` (one of the three functions above) against `limit`.
    fn by(ends: Option<Interval>, rule: fn(Option<f64>, Option<f64>, f64) -> Decision, limit: f64) -> Judged {
        let (lower, upper) = (ends.map(|ends| ends.low), ends.map(|ends| ends.high));
        Judged {
            lower,
            upper,
            decision: rule(lower, upper, limit),
        }
    }
}

/// A rate of `k` in `n`, larger is better, by one-sided Wilson bounds at `alpha` (0 < α < 0.5). n = 0 is inconclusive.
pub fn rate_at_least(k: u64, n: u64, threshold: f64, alpha: f64) -> Judged {
    Judged::by(wilson(k, n, 2.0 * alpha).filter(|_| n > 0), at_least, threshold)
}

/// A rate of `k` in `n`, smaller is better; mirror of [`rate_at_least`].
pub fn rate_at_most(k: u64, n: u64, threshold: f64, alpha: f64) -> Judged {
    Judged::by(wilson(k, n, 2.0 * alpha).filter(|_| n > 0), at_most, threshold)
}

/// Two independent rates (count, number), larger is better: is `new` worse than `old` by less than `margin`?
///
/// One-sided Newcombe bounds of new − old at `alpha` (0 < α < 0.5). Inconclusive when either has no samples.
pub fn rate_non_inferior(new: (u64, u64), old: (u64, u64), margin: f64, alpha: f64) -> Judged {
    let difference = newcombe(new.0, new.1, old.0, old.1, 2.0 * alpha);
    Judged::by(difference.map(|difference| difference.interval), non_inferior, margin)
}

/// Number of samples at which a rate that stays as observed would be decided by one-sided Wilson bounds at `alpha`.
///
/// * `rate`: observed, 0..=1; `threshold`: 0..=1.
///
/// `None` when they are equal (no number decides) or an argument is out of range.
/// Method: the score bound excludes τ when n ≥ z²·τ(1 − τ)/(p − τ)².
pub fn n_to_decide_rate(rate: f64, threshold: f64, alpha: f64) -> Option<u64> {
    let valid = (0.0..=1.0).contains(&rate) && (0.0..=1.0).contains(&threshold);
    if !valid {
        return None;
    }
    n_to_decide_mean(rate, threshold, threshold * (1.0 - threshold), alpha)
}

/// Number of samples at which a mean (or a difference) that stays as observed would be decided by one-sided normal bounds.
///
/// * `value`: observed; `threshold`: what it is held against; `variance`: of one sample, ≥ 0; `alpha`: in (0, 0.5).
///
/// `None` when value and threshold are equal, an argument is out of range or the number is above 2⁵³.
pub fn n_to_decide_mean(value: f64, threshold: f64, variance: f64, alpha: f64) -> Option<u64> {
    let distance = value - threshold;
    let valid = distance != 0.0 && variance >= 0.0 && alpha > 0.0 && alpha < 0.5;
    if !valid {
        return None;
    }
    let z = normal_quantile(1.0 - alpha)?;
    let n = finite((z / distance).powi(2) * variance)?.ceil().max(1.0);
    (n <= 9_007_199_254_740_992.0).then_some(n as u64)
}

/// Interval of a running mean of values in [0, 1] that holds at every look at once, at level 1 − `alpha`.
///
/// * `mean`: of the first `n` values; `planned`: the number of values at which the interval is to be tightest.
///
/// `None` when n or planned is 0, the mean is outside [0, 1] or alpha outside (0, 1). Conservative for rates near 0 and 1.
/// Method: normal mixture for sub-Gaussian values of variance at most ¼, clamped to [0, 1].
/// Source: Howard, Ramdas, McAuliffe & Sekhon 2021, arXiv 1810.08240.
pub fn confidence_sequence(mean: f64, n: u64, planned: u64, alpha: f64) -> Option<Interval> {
    let valid = (0.0..=1.0).contains(&mean) && alpha > 0.0 && alpha < 1.0;
    if !valid || n == 0 || planned == 0 {
        return None;
    }
    let branch = lambert_lower(-alpha * alpha / std::f64::consts::E)?;
    let rho = planned as f64 / 4.0 / (-branch - 1.0);
    let time = n as f64 / 4.0 + rho;
    let half = (time * (time / (rho * alpha * alpha)).ln()).sqrt() / n as f64;
    Some(Interval::around(mean, finite(half)?)?.clamp(0.0, 1.0))
}

/// Level of each of `looks` looks declared in advance: α / K; `None` for 0 looks or `alpha` outside (0, 1).
pub fn alpha_per_look(alpha: f64, looks: u32) -> Option<f64> {
    (looks > 0 && alpha > 0.0 && alpha < 1.0).then(|| alpha / f64::from(looks))
}

/// W₋₁(x), the lower real branch of Lambert's function; `None` unless −1/e < x < 0.
fn lambert_lower(x: f64) -> Option<f64> {
    if !(x < 0.0 && x > -(-1f64).exp()) {
        return None;
    }
    // Newton's steps on w + ln(−w) = ln(−x), which is concave: from the left of the root they climb monotonically.
    let target = (-x).ln();
    let mut w = target - (-target).ln().max(0.0) - 2.0;
    for _ in 0..60 {
        let next = w - (w + (-w).ln() - target) * w / (w + 1.0);
        if next == w || next.is_nan() || next >= -1.0 {
            break;
        }
        w = next;
    }
    finite(w)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bounds_decide_and_missing_bounds_do_not() {
        assert_eq!(at_least(Some(0.9), Some(0.95), 0.9), Decision::Pass);
        assert_eq!(at_least(Some(0.8), Some(0.9), 0.9), Decision::Inconclusive);
        assert_eq!(at_least(Some(0.8), Some(0.89), 0.9), Decision::Fail);
        assert_eq!(at_least(None, None, 0.9), Decision::Inconclusive);
        assert_eq!(at_most(Some(1.0), Some(2.0), 2.0), Decision::Pass);
        assert_eq!(at_most(Some(2.1), None, 2.0), Decision::Fail);
        assert_eq!(at_most(Some(2.0), None, 2.0), Decision::Inconclusive);
        assert_eq!(non_inferior(Some(-0.02), Some(0.1), 0.02), Decision::Inconclusive);
        assert_eq!(non_inferior(Some(-0.01), Some(0.1), 0.02), Decision::Pass);
        assert_eq!(non_inferior(Some(-0.1), Some(-0.02), 0.02), Decision::Fail);
    }

    #[test]
    fn nothing_measured_decides_nothing() {
        for judged in [
            rate_at_least(0, 0, 0.0, 0.05),
            rate_at_most(0, 0, 1.0, 0.05),
            rate_non_inferior((0, 0), (5, 9), 1.0, 0.05),
            rate_at_least(5, 4, 0.5, 0.05),
        ] {
            assert_eq!(
                (judged.lower, judged.upper, judged.decision),
                (None, None, Decision::Inconclusive)
            );
        }
        assert_eq!(rate_at_least(0, 3, 0.9, 0.05).decision, Decision::Fail);
        assert_eq!(
            rate_non_inferior((900, 1000), (900, 1000), 0.05, 0.05).decision,
            Decision::Pass
        );
    }

    #[test]
    fn undefined_sizes() {
        assert_eq!(n_to_decide_rate(0.9, 0.9, 0.05), None);
        assert_eq!(n_to_decide_rate(1.1, 0.9, 0.05), None);
        assert_eq!(n_to_decide_mean(1.0, 2.0, f64::NAN, 0.05), None);
        assert_eq!(n_to_decide_mean(1.0, 1.0 + 1e-16, 1.0, 0.05), None);
        assert_eq!(alpha_per_look(0.05, 0), None);
    }

    #[test]
    fn lower_branch_solves_its_equation() {
        for x in [-0.367, -0.3, -0.1, -1e-3, -1e-9, -1e-200] {
            let w: f64 = lambert_lower(x).unwrap();
            assert!(w <= -1.0 && (w * w.exp() / x - 1.0).abs() < 1e-9, "{x} {w}");
        }
        assert_eq!(lambert_lower(0.0), None);
        assert_eq!(lambert_lower(-0.5), None);
    }

    #[test]
    fn sequence_is_wider_than_a_fixed_interval_by_the_known_factor() {
        let half = |p: f64| confidence_sequence(p, 2000, 2000, 0.05).unwrap().width() / 2.0;
        let fixed = |p: f64| 1.959_964 * (p * (1.0 - p) / 2000.0).sqrt();
        assert!((half(0.5) / fixed(0.5) - 1.6).abs() < 0.06);
        assert!((half(0.9) / fixed(0.9) - 2.6).abs() < 0.1);
        assert_eq!(confidence_sequence(0.5, 0, 2000, 0.05), None);
        assert_eq!(confidence_sequence(0.5, 10, 2000, 0.0), None);
    }

    proptest! {
        #[test]
        fn the_named_size_decides(k in 0u64..=100, threshold in 1u64..100, alpha in 0.01f64..0.2) {
            let (rate, threshold) = (k as f64 / 100.0, threshold as f64 / 100.0);
            if let Some(n) = n_to_decide_rate(rate, threshold, alpha) {
                // The next multiple of 100 keeps the rate exact.
                let n = n.div_ceil(100).max(1) * 100;
                let k = k * n / 100;
                prop_assert_ne!(rate_at_least(k, n, threshold, alpha).decision, Decision::Inconclusive);
                prop_assert_ne!(rate_at_most(k, n, threshold, alpha).decision, Decision::Inconclusive);
            }
        }
    }
}
