//! Mergeable moments of a column: what a distributed engine can add up, enough for a mean and its interval.

use super::mean::{MeanEstimate, t_interval};
use super::sum::{Sum, finite};

/// Counts and sums of finite values around a fixed shift; parts made with the same shift merge exactly.
///
/// The shift only keeps precision: choose a typical value (or 0) and use the same everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Moments {
    shift: f64,
    n: u64,
    sum: Sum,
    squares: Sum,
    low: f64,
    high: f64,
}

impl Moments {
    /// No values yet; `None` when `shift` is not finite.
    pub fn new(shift: f64) -> Option<Moments> {
        shift.is_finite().then(|| Moments {
            shift,
            n: 0,
            sum: Sum::default(),
            squares: Sum::default(),
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
        })
    }

    /// Adds one value; a value that is not finite is left out.
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        let moved = value - self.shift;
        self.n += 1;
        self.sum.add(moved);
        self.squares.add(moved * moved);
        self.low = self.low.min(value);
        self.high = self.high.max(value);
    }

    /// Adds the values of `other`; `false`, and no change, when the shifts differ.
    pub fn merge(&mut self, other: &Moments) -> bool {
        if self.shift != other.shift {
            return false;
        }
        self.n += other.n;
        self.sum.add(other.sum.value());
        self.squares.add(other.squares.value());
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        true
    }

    /// Number of values.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Smallest value; `None` without values.
    pub fn min(&self) -> Option<f64> {
        finite(self.low)
    }

    /// Largest value; `None` without values.
    pub fn max(&self) -> Option<f64> {
        finite(self.high)
    }

    /// Mean; `None` without values.
    pub fn mean(&self) -> Option<f64> {
        finite(self.shift + self.sum.value() / self.n as f64)
    }

    /// Sample variance (divisor n − 1); `None` for fewer than two values.
    pub fn variance(&self) -> Option<f64> {
        if self.n < 2 {
            return None;
        }
        let (n, sum) = (self.n as f64, self.sum.value());
        finite((self.squares.value() - sum * sum / n).max(0.0) / (n - 1.0))
    }

    /// Mean with its standard error and t interval at level 1 − `alpha`; `None` without values.
    pub fn mean_t(&self, alpha: f64) -> Option<MeanEstimate> {
        let mean = self.mean()?;
        let se = self.variance().and_then(|v| finite((v / self.n as f64).sqrt()));
        Some(MeanEstimate {
            n: self.n,
            mean,
            se,
            interval: se.and_then(|se| t_interval(mean, se, self.n - 1, alpha)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::mean::mean_t;
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64]) -> Moments {
        let mut moments = Moments::new(5.0).unwrap();
        values.iter().for_each(|x| moments.add(*x));
        moments
    }

    #[test]
    fn nothing_and_one_value() {
        let none = of(&[f64::NAN, f64::INFINITY]);
        assert_eq!((none.n(), none.mean(), none.min(), none.max()), (0, None, None, None));
        let one = of(&[3.0]).mean_t(0.05).unwrap();
        assert_eq!((one.mean, one.se, one.interval), (3.0, None, None));
        assert!(Moments::new(f64::NAN).is_none());
        assert!(!of(&[1.0]).merge(&Moments::new(0.0).unwrap()));
    }

    proptest! {
        #[test]
        fn any_grouping_agrees_with_the_rows(
            a in prop::collection::vec(-1e3f64..1e3, 0..40),
            b in prop::collection::vec(-1e3f64..1e3, 1..40),
            c in prop::collection::vec(-1e3f64..1e3, 1..40),
        ) {
            let rows: Vec<f64> = c.iter().chain(&b).chain(&a).copied().collect();
            let direct = mean_t(&rows, 0.05).unwrap();
            let (mut left, mut right) = (of(&a), of(&c));
            left.merge(&of(&b));
            left.merge(&of(&c));
            right.merge(&of(&a));
            right.merge(&of(&b));
            for merged in [left, right] {
                let got = merged.mean_t(0.05).unwrap();
                prop_assert!((got.mean - direct.mean).abs() < 1e-9);
                prop_assert!((got.se.unwrap() - direct.se.unwrap()).abs() < 1e-9);
                prop_assert_eq!(got.n, direct.n);
            }
        }
    }
}
