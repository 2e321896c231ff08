//! p-values adjusted for the number of tests made. State the family and its size wherever these are shown.

/// Holm's step-down adjustment: controls the chance of any false alarm in a family (gates that may alert).
///
/// `None` when a p-value is outside [0, 1]. Result in the order given, each at least its p-value and at most 1.
/// Source: Holm 1979.
pub fn holm(p: &[f64]) -> Option<Vec<f64>> {
    let order = ascending(p)?;
    let m = p.len() as f64;
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, (at, value)) in order.into_iter().enumerate() {
        largest = largest.max(value * (m - rank as f64)).min(1.0);
        adjusted[at] = largest;
    }
    Some(adjusted)
}

/// Benjamini and Hochberg's q-values: control the share of false finds among the finds (exploratory slices).
///
/// `None` when a p-value is outside [0, 1]. Source: Benjamini & Hochberg 1995.
pub fn benjamini_hochberg(p: &[f64]) -> Option<Vec<f64>> {
    step_up(p, 1.0)
}

/// Benjamini and Yekutieli's q-values: as [`benjamini_hochberg`], valid under any dependence between the tests.
///
/// `None` when a p-value is outside [0, 1]. Source: Benjamini & Yekutieli 2001.
pub fn benjamini_yekutieli(p: &[f64]) -> Option<Vec<f64>> {
    step_up(p, (1..=p.len()).map(|i| 1.0 / i as f64).sum())
}

/// Bonferroni's adjustment: each p-value times the number of tests, at most 1.
///
/// `None` when a p-value is outside [0, 1].
pub fn bonferroni(p: &[f64]) -> Option<Vec<f64>> {
    ascending(p)?;
    Some(p.iter().map(|value| (value * p.len() as f64).min(1.0)).collect())
}

fn step_up(p: &[f64], penalty: f64) -> Option<Vec<f64>> {
    let order = ascending(p)?;
    let m = p.len() as f64;
    let mut adjusted = vec![0.0; p.len()];
    let mut smallest: f64 = 1.0;
    for (rank, (at, value)) in order.into_iter().enumerate().rev() {
        smallest = smallest.min(value * m * penalty / (rank as f64 + 1.0));
        adjusted[at] = smallest;
    }
    Some(adjusted)
}

/// Places and values by ascending value; `None` when one is not a probability.
fn ascending(p: &[f64]) -> Option<Vec<(usize, f64)>> {
    if !p.iter().all(|value| (0.0..=1.0).contains(value)) {
        return None;
    }
    let mut order: Vec<(usize, f64)> = p.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    Some(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_families() {
        assert_eq!(holm(&[]), Some(vec![]));
        assert_eq!(benjamini_hochberg(&[0.03]), Some(vec![0.03]));
        assert_eq!(holm(&[0.5, 0.01]), Some(vec![0.5, 0.02]));
        assert_eq!(benjamini_hochberg(&[0.04, 0.01]), Some(vec![0.04, 0.02]));
        assert_eq!(holm(&[f64::NAN]), None);
        assert_eq!(bonferroni(&[1.2]), None);
    }

    proptest! {
        #[test]
        fn order_is_kept_and_methods_are_nested(
            places in prop::collection::vec(0u32..=20, 1..40),
        ) {
            let p: Vec<f64> = places.iter().map(|x| f64::from(*x) / 20.0).collect();
            let (h, q) = (holm(&p).unwrap(), benjamini_hochberg(&p).unwrap());
            let (y, b) = (benjamini_yekutieli(&p).unwrap(), bonferroni(&p).unwrap());
            for i in 0..p.len() {
                prop_assert!(p[i] <= q[i] + 1e-12 && q[i] <= h[i] + 1e-12 && h[i] <= b[i] + 1e-12);
                prop_assert!(q[i] <= y[i] && y[i] <= 1.0);
                for j in 0..p.len() {
                    if p[i] <= p[j] {
                        prop_assert!(q[i] <= q[j] && h[i] <= h[j]);
                    }
                }
            }
            let mut backwards = p.clone();
            backwards.reverse();
            let mut reversed = benjamini_hochberg(&backwards).unwrap();
            reversed.reverse();
            prop_assert_eq!(reversed, q);
        }
    }
}
