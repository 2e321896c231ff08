//! Sums that keep their precision over a million terms.

/// A running sum after Neumaier (1974): the rounding error of every addition is carried along and added at the end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    total: f64,
    carry: f64,
}

impl Sum {
    /// Adds one term.
    pub fn add(&mut self, term: f64) {
        let next = self.total + term;
        self.carry += if self.total.abs() >= term.abs() {
            (self.total - next) + term
        } else {
            (term - next) + self.total
        };
        self.total = next;
    }

    /// The sum so far; 0 before the first term.
    pub fn value(&self) -> f64 {
        self.total + self.carry
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Sum::default();
        for term in terms {
            sum.add(term);
        }
        sum
    }
}

/// Sums `terms` with Neumaier's compensation; 0 for none.
pub fn sum<I: IntoIterator<Item = f64>>(terms: I) -> f64 {
    terms.into_iter().collect::<Sum>().value()
}

/// Arithmetic mean of `values`; `None` for none or when the sum is not finite.
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    finite(sum(values.iter().copied()) / values.len() as f64)
}

/// Sample variance (divisor n - 1) of `values` in two passes; `None` for fewer than two values.
pub fn variance(values: &[f64]) -> Option<f64> {
    if values.len() < 2 {
        return None;
    }
    let centre = mean(values)?;
    let squares = sum(values.iter().map(|value| (value - centre).powi(2)));
    finite(squares / (values.len() - 1) as f64)
}

/// `value` if it is finite: the gate that keeps NaN and infinity inside `stat`.
pub fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_small_terms_beside_large_ones() {
        assert_eq!(sum([1.0, 1e100, 1.0, -1e100]), 2.0);
    }

    #[test]
    fn mean_and_variance_have_null_conditions() {
        assert_eq!(mean(&[]), None);
        assert_eq!(variance(&[1.0]), None);
        assert_eq!(variance(&[1.0, 3.0]), Some(2.0));
        assert_eq!(mean(&[f64::INFINITY]), None);
    }
}
