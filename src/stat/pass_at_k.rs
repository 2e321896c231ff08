//! pass@k (any of k attempts right) and pass^k (all of k attempts right) from repeated attempts.

use super::sum::{mean, variance};

/// Attempts at one item: how many were made and how many were right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// Attempts made.
    pub n: u64,
    /// Attempts right.
    pub right: u64,
}

/// A mean over items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItemMean {
    /// Mean over the items that count, 0..=1.
    pub mean: f64,
    /// Standard error over items; `None` for one item.
    pub se: Option<f64>,
    /// Items that count.
    pub items: u64,
    /// Items left out because they have fewer than k attempts.
    pub too_few: u64,
}

/// Unbiased chance that at least one of `k` attempts drawn from those made is right: 1 − C(n − c, k) / C(n, k).
///
/// `None` when k is 0, k > n or more are right than made. Source: Chen et al. 2021, arXiv 2107.03374.
pub fn pass_at_k(attempts: Attempts, k: u64) -> Option<f64> {
    let wrong = attempts.n.checked_sub(attempts.right)?;
    if k == 0 || k > attempts.n {
        return None;
    }
    Some(1.0 - chance_of_all(wrong, attempts.n, k))
}

/// Unbiased chance that all of `k` attempts drawn from those made are right: C(c, k) / C(n, k).
///
/// `None` as for [`pass_at_k`]. Source: τ-bench, arXiv 2406.12045.
pub fn pass_hat_k(attempts: Attempts, k: u64) -> Option<f64> {
    if k == 0 || k > attempts.n || attempts.right > attempts.n {
        return None;
    }
    Some(chance_of_all(attempts.right, attempts.n, k))
}

/// Mean of `score` (either of the two above) over items; items with fewer than `k` attempts are left out and counted.
///
/// `None` when no item is left.
pub fn mean_over_items(items: &[Attempts], k: u64, score: fn(Attempts, u64) -> Option<f64>) -> Option<ItemMean> {
    let scores: Vec<f64> = items.iter().filter_map(|item| score(*item, k)).collect();
    let n = scores.len();
    Some(ItemMean {
        mean: mean(&scores)?,
        se: variance(&scores).map(|v| (v / n as f64).sqrt()),
        items: n as u64,
        too_few: (items.len() - n) as u64,
    })
}

/// C(chosen, k) / C(n, k), as a product that never leaves [0, 1].
fn chance_of_all(chosen: u64, n: u64, k: u64) -> f64 {
    if chosen < k {
        return 0.0;
    }
    (0..k).map(|j| (chosen - j) as f64 / (n - j) as f64).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values_and_null_conditions() {
        let five = Attempts { n: 5, right: 2 };
        assert!((pass_at_k(five, 2).unwrap() - 0.7).abs() < 1e-12);
        assert!((pass_hat_k(five, 2).unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(pass_at_k(five, 4), Some(1.0));
        assert_eq!(pass_at_k(five, 6), None);
        assert_eq!(pass_at_k(five, 0), None);
        assert_eq!(pass_hat_k(Attempts { n: 1, right: 2 }, 1), None);
        assert_eq!(mean_over_items(&[], 1, pass_at_k), None);
        let mixed = mean_over_items(&[five, Attempts { n: 1, right: 1 }], 2, pass_at_k).unwrap();
        assert_eq!((mixed.items, mixed.too_few, mixed.se), (1, 1, None));
    }

    proptest! {
        #[test]
        fn bounds_and_monotony(n in 1u64..60, right in 0u64..60, k in 1u64..60) {
            let attempts = Attempts { n, right: right.min(n) };
            match (pass_at_k(attempts, k), pass_hat_k(attempts, k)) {
                (Some(any), Some(all)) => {
                    prop_assert!((0.0..=1.0).contains(&any) && (0.0..=1.0).contains(&all) && all <= any + 1e-12);
                    let rate = attempts.right as f64 / n as f64;
                    prop_assert!(all <= rate + 1e-12 && any >= rate - 1e-12);
                }
                (None, None) => prop_assert!(k > n),
                _ => prop_assert!(false),
            }
        }
    }
}
