//! Service levels: attainment of a latency budget, the error budget it burns, Apdex, the tail ratio, and quantiles
//! when some requests were cut off.

use super::quantile::Ratio;
use super::sum::{finite, sum};

/// How many requests kept a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attainment {
    /// Requests that succeeded within the budget.
    pub attained: u64,
    /// All requests.
    pub n: u64,
}

impl Attainment {
    /// Share attained, 0..=1; `None` without requests.
    pub fn rate(self) -> Option<f64> {
        (self.n > 0).then(|| self.attained as f64 / self.n as f64)
    }
}

/// Counts the requests that succeeded within `budget_secs`.
///
/// * `requests`: duration in seconds and whether the request succeeded (an error or a time-out has not).
///
/// A duration that is NaN is not attained. The interval of the share is Wilson's.
pub fn attainment(requests: impl IntoIterator<Item = (f64, bool)>, budget_secs: f64) -> Attainment {
    let mut counts = Attainment { attained: 0, n: 0 };
    for (secs, succeeded) in requests {
        counts.n += 1;
        counts.attained += u64::from(succeeded && secs <= budget_secs);
    }
    counts
}

/// Share of the error budget that is used: (1 − attained) / (1 − target); above 1 the budget is overdrawn.
///
/// * `attained`, `target`: shares, 0..=1.
///
/// `None` when the target is 1 (there is no budget) or an argument is outside [0, 1].
pub fn error_budget_used(attained: f64, target: f64) -> Option<f64> {
    let valid = (0.0..=1.0).contains(&attained) && (0.0..1.0).contains(&target);
    valid.then(|| (1.0 - attained) / (1.0 - target))
}

/// Apdex score, 0..=1: satisfied requests (≤ T) count 1, tolerating ones (≤ 4T) ½, errors and slower ones 0.
///
/// * `requests`: duration in seconds and whether the request succeeded; `threshold_secs`: T.
///
/// `None` without requests. Source: Apdex technical specification 1.1.
pub fn apdex(requests: impl IntoIterator<Item = (f64, bool)>, threshold_secs: f64) -> Option<f64> {
    let (mut halves, mut n) = (0u64, 0u64);
    for (secs, succeeded) in requests {
        n += 1;
        halves += match succeeded {
            true if secs <= threshold_secs => 2,
            true if secs <= 4.0 * threshold_secs => 1,
            _ => 0,
        };
    }
    (n > 0).then(|| halves as f64 / 2.0 / n as f64)
}

/// How much longer the tail is than the middle: p99 / p50 by nearest rank.
///
/// * `p99`, `p50`: durations in one unit.
///
/// `None` when the median is not above 0.
pub fn tail_ratio(p99: f64, p50: f64) -> Option<f64> {
    if p50 > 0.0 { finite(p99 / p50) } else { None }
}

/// Geometric mean; `None` for an empty slice or when a value is not above 0.
pub fn geometric_mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() || !values.iter().all(|x| *x > 0.0) {
        return None;
    }
    finite((sum(values.iter().map(|x| x.ln())) / values.len() as f64).exp())
}

/// A quantile of durations of which some were cut off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CensoredQuantile {
    /// No request at or below this rank was cut off: the value is observed.
    Observed(f64),
    /// Requests at or below this rank were cut off: the quantile is at least this value.
    AtLeast(f64),
}

/// The q-quantile by nearest rank when cut-off requests are kept at the time they were cut off.
///
/// * `requests`: duration in seconds and whether the request was cut off at it (timed out).
///
/// Equal durations: observed before cut off. Since a cut-off request would have lasted longer, the value at the rank is a
/// lower bound as soon as one of them stands at or below the rank. `None` without requests or for a duration that is not
/// finite.
pub fn quantile_censored(requests: &[(f64, bool)], q: Ratio) -> Option<CensoredQuantile> {
    if requests.iter().any(|(secs, _)| !secs.is_finite()) {
        return None;
    }
    let mut sorted = requests.to_vec();
    let at = usize::try_from(q.rank(sorted.len() as u64) - 1).ok()?;
    if at >= sorted.len() {
        return None;
    }
    let (before, chosen, _) = sorted.select_nth_unstable_by(at, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (secs, cut_off) = *chosen;
    if cut_off || before.iter().any(|(_, cut)| *cut) {
        Some(CensoredQuantile::AtLeast(secs))
    } else {
        Some(CensoredQuantile::Observed(secs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REQUESTS: [(f64, bool); 5] = [(0.1, true), (0.5, true), (0.6, true), (3.0, true), (0.2, false)];

    #[test]
    fn errors_never_attain() {
        let counts = attainment(REQUESTS, 0.5);
        assert_eq!(counts, Attainment { attained: 2, n: 5 });
        assert_eq!(counts.rate(), Some(0.4));
        assert_eq!(attainment([], 0.5).rate(), None);
        assert_eq!(attainment([(f64::NAN, true)], 0.5).attained, 0);
    }

    #[test]
    fn error_budget_is_undefined_at_a_target_of_one() {
        assert!((error_budget_used(0.98, 0.99).unwrap() - 2.0).abs() < 1e-12);
        assert_eq!(error_budget_used(1.0, 0.9), Some(0.0));
        assert_eq!(error_budget_used(0.98, 1.0), None);
        assert_eq!(error_budget_used(f64::NAN, 0.9), None);
    }

    #[test]
    fn apdex_counts_tolerating_half() {
        assert_eq!(apdex(REQUESTS, 0.5), Some(0.5));
        assert_eq!(apdex([], 0.5), None);
    }

    #[test]
    fn ratios_and_means_need_positive_values() {
        assert_eq!(tail_ratio(3.0, 2.0), Some(1.5));
        assert_eq!(tail_ratio(3.0, 0.0), None);
        assert_eq!(geometric_mean(&[]), None);
        assert_eq!(geometric_mean(&[0.0, 1.0]), None);
        assert!((geometric_mean(&[1.0, 4.0]).unwrap() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn time_outs_are_censored_not_dropped() {
        let requests = [(1.0, false), (2.0, false), (9.0, true), (9.0, true)];
        let at = |percent| quantile_censored(&requests, Ratio::percent(percent));
        assert_eq!(at(50), Some(CensoredQuantile::Observed(2.0)));
        assert_eq!(at(75), Some(CensoredQuantile::AtLeast(9.0)));
        assert_eq!(quantile_censored(&[], Ratio::P50), None);
        let early = [(1.0, true), (2.0, false), (3.0, false)];
        assert_eq!(
            quantile_censored(&early, Ratio::P50),
            Some(CensoredQuantile::AtLeast(2.0))
        );
    }

    proptest! {
        #[test]
        fn scores_stay_in_bounds_and_ignore_order(
            requests in prop::collection::vec((0.0f64..5.0, any::<bool>()), 1..100), threshold in 0.1f64..3.0,
        ) {
            let score = apdex(requests.iter().copied(), threshold).unwrap();
            prop_assert!((0.0..=1.0).contains(&score));
            let reversed = requests.iter().rev().copied();
            prop_assert_eq!(apdex(reversed.clone(), threshold), Some(score));
            prop_assert_eq!(attainment(reversed, threshold), attainment(requests.iter().copied(), threshold));
            let mut backwards = requests.clone();
            backwards.reverse();
            prop_assert_eq!(quantile_censored(&requests, Ratio::P90), quantile_censored(&backwards, Ratio::P90));
        }
    }
}
