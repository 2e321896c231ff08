//! A number with what makes it honest.

use serde::{Deserialize, Serialize};

/// The unit a value is in; decides how it is written, never how it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A share of samples, 0..=1; written as a percentage.
    Share,
    /// A difference of shares, -1..=1; written in points.
    Points,
    /// A probability-scale score (ECE, Brier), 0..=1; written as a decimal.
    #[default]
    Score,
    /// Seconds.
    Seconds,
    /// US dollars.
    Dollars,
    /// Tokens.
    Tokens,
    /// Tokens a second.
    TokensPerSecond,
    /// A ratio without unit.
    Ratio,
    /// A whole number of things.
    Count,
}

/// A value with its interval, or the reason why there is none.
///
/// `value` is `None` exactly when `why` is not empty. Either end of the interval may be missing alone
/// (the upper end of a p99 from few samples).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Estimate {
    /// The point estimate.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Two-sided confidence level of the interval (0.95); 0 if the method gives no interval.
    pub level: f64,
    /// Number of samples (or items, where epochs are averaged) behind the value.
    pub n: u64,
    /// Method in short (`Wilson`, `order statistics`), as in the methods page.
    pub method: String,
    /// Unit of value, low and high.
    pub unit: Unit,
    /// Why there is no value, as a sentence with the n that would be enough; empty if there is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
}

impl Estimate {
    /// 1 − a rate, its interval turned round. What is undefined stays so.
    #[must_use]
    pub fn complement(&self) -> Self {
        let rest = |share: f64| 1.0 - share;
        Self {
            value: self.value.map(rest),
            low: self.high.map(rest),
            high: self.low.map(rest),
            ..self.clone()
        }
    }

    /// A value with interval `(low, high)` at two-sided `level`. A value that is not finite becomes undefined.
    #[must_use]
    pub fn new(value: f64, interval: (Option<f64>, Option<f64>), level: f64, n: u64, method: &str, unit: Unit) -> Self {
        if !value.is_finite() {
            return Self::undefined("the value is not a finite number", n, method, unit);
        }
        let finite = |end: Option<f64>| end.filter(|v| v.is_finite());
        Self {
            value: Some(value),
            low: finite(interval.0),
            high: finite(interval.1),
            level,
            n,
            method: method.to_owned(),
            unit,
            why: String::new(),
        }
    }

    /// No value, and why.
    #[must_use]
    pub fn undefined(why: &str, n: u64, method: &str, unit: Unit) -> Self {
        Self {
            n,
            method: method.to_owned(),
            unit,
            why: why.to_owned(),
            ..Self::default()
        }
    }

    /// Both ends of the interval, if both are known.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        Some((self.low?, self.high?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_not_finite_is_undefined_with_a_reason() {
        let estimate = Estimate::new(f64::NAN, (None, None), 0.95, 3, "mean", Unit::Score);
        assert_eq!(estimate.value, None);
        assert!(!estimate.why.is_empty());
    }

    #[test]
    fn one_end_may_be_missing() {
        let estimate = Estimate::new(
            2.0,
            (Some(1.0), Some(f64::INFINITY)),
            0.95,
            10,
            "order statistics",
            Unit::Seconds,
        );
        assert_eq!(
            (estimate.low, estimate.high, estimate.interval()),
            (Some(1.0), None, None)
        );
    }
}
