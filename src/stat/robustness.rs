//! The same items clean and perturbed: drop, flips, consistency over variants, and the worst group.

use super::difference::Contrast;
use super::dist::z_two_sided;
use super::interval::Interval;
use super::paired::PairedCounts;
use super::proportion::wilson;
use super::sum::{Sum, finite};

/// What a perturbation does to the items that were also answered clean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Perturbation {
    /// Items answered in both.
    pub n: u64,
    /// Accuracy clean, 0..=1.
    pub clean_rate: f64,
    /// Accuracy perturbed, 0..=1.
    pub rate: f64,
    /// Standard error of perturbed − clean; `None` for one item.
    pub se: Option<f64>,
    /// mean ± z·SE of perturbed − clean; `None` for one item.
    pub wald: Option<Interval>,
    /// perturbed − clean with the interval to show (Bonett and Price).
    pub difference: Contrast,
    /// 1 − perturbed / clean; `None` when nothing was right clean.
    pub relative_drop: Option<f64>,
    /// Its interval by the delta method on the logarithm of the paired ratio; `None` when either run has nothing right.
    pub relative_interval: Option<Interval>,
    /// Share of items that went from right to wrong.
    pub lost_rate: f64,
    /// Share of items that went from wrong to right.
    pub gained_rate: f64,
    /// Share of items whose outcome changed.
    pub flip_rate: f64,
    /// Wilson's interval of the flip rate.
    pub flip_interval: Interval,
    /// McNemar's exact two-sided p-value.
    pub p_exact: f64,
    /// McNemar's mid-p value.
    pub p_mid: f64,
}

/// Compares perturbed (second) with clean (first) outcomes at level 1 − `alpha`.
///
/// `None` without pairs or when `alpha` is outside (0, 1).
pub fn perturbation(counts: PairedCounts, alpha: f64) -> Option<Perturbation> {
    let difference = counts.bonett_price(alpha)?;
    let (n, z) = (counts.n(), z_two_sided(alpha)?);
    let share = |count: u64| count as f64 / n as f64;
    let flips = counts.lost + counts.gained;
    // The sum of squared differences is the number of flips, since each is −1 or 1.
    let spread = flips as f64 - n as f64 * difference.value * difference.value;
    let se = (n > 1).then(|| (spread.max(0.0) / (n - 1) as f64 / n as f64).sqrt());
    Some(Perturbation {
        n,
        clean_rate: share(counts.first_right()),
        rate: share(counts.second_right()),
        se,
        wald: se.and_then(|se| Interval::around(difference.value, z * se)),
        difference,
        relative_drop: relative_drop(counts),
        relative_interval: relative_interval(counts, z),
        lost_rate: share(counts.lost),
        gained_rate: share(counts.gained),
        flip_rate: share(flips),
        flip_interval: wilson(flips, n, alpha)?,
        p_exact: counts.mcnemar_exact(),
        p_mid: counts.mcnemar_mid_p(),
    })
}

fn relative_drop(counts: PairedCounts) -> Option<f64> {
    finite(1.0 - counts.second_right() as f64 / counts.first_right() as f64)
}

/// 1 − exp(ln RR ± z√((lost + gained) / (right perturbed · right clean))).
fn relative_interval(counts: PairedCounts, z: f64) -> Option<Interval> {
    let (clean, perturbed) = (counts.first_right() as f64, counts.second_right() as f64);
    let flips = (counts.lost + counts.gained) as f64;
    let factor = (z * (flips / (clean * perturbed)).sqrt()).exp();
    let ratio = perturbed / clean;
    Interval::new(1.0 - ratio * factor, 1.0 - ratio / factor)
}

/// Items answered under several variants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Consistency {
    /// Number of items.
    pub items: u64,
    /// Items right under every variant.
    pub all_right: u64,
    /// `all_right` / `items`: accuracy when the worst variant counts, 0..=1.
    pub worst_case: f64,
    /// Mean over items of the share of variants right, 0..=1.
    pub mean: f64,
}

/// Consistency of items over variants.
///
/// * `items`: for each item the number of variants right and the number tried; items with none tried are left out.
///
/// `None` when no item is left.
pub fn consistency(items: impl IntoIterator<Item = (u64, u64)>) -> Option<Consistency> {
    let (mut n, mut all_right, mut shares) = (0u64, 0u64, Sum::default());
    for (right, tried) in items {
        if tried > 0 {
            n += 1;
            all_right += u64::from(right >= tried);
            shares.add(right.min(tried) as f64 / tried as f64);
        }
    }
    if n == 0 {
        return None;
    }
    Some(Consistency {
        items: n,
        all_right,
        worst_case: all_right as f64 / n as f64,
        mean: shares.value() / n as f64,
    })
}

/// Items of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Items.
    pub n: u64,
    /// Right among them.
    pub right: u64,
}

/// Wilson intervals of all groups together at level 1 − `alpha` (each at α / number of groups, Bonferroni).
///
/// `None` for a group without items.
pub fn group_intervals(groups: &[Group], alpha: f64) -> Vec<Option<Interval>> {
    let each = alpha / groups.len() as f64;
    let interval = |group: &Group| wilson(group.right, group.n, each).filter(|_| group.n > 0);
    groups.iter().map(interval).collect()
}

/// Place of the group with the lowest accuracy among those with at least `min_n` items; the first of equals.
///
/// `None` when no group is large enough. The minimum over many small groups is biased down: list all groups beside it.
pub fn worst_group(groups: &[Group], min_n: u64) -> Option<usize> {
    let large = groups.iter().enumerate().filter(|(_, group)| group.n >= min_n.max(1));
    // Cross-multiplied, so that equal rates compare as equal.
    let rate_order =
        |a: &Group, b: &Group| (u128::from(a.right) * u128::from(b.n)).cmp(&(u128::from(b.right) * u128::from(a.n)));
    large.min_by(|a, b| rate_order(a.1, b.1)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn undefined_drops() {
        assert_eq!(perturbation(PairedCounts::default(), 0.05), None);
        let one = perturbation(PairedCounts::of([(false, true)]), 0.05).unwrap();
        assert_eq!((one.se, one.wald, one.relative_drop), (None, None, None));
        let broken = perturbation(PairedCounts::of([(true, false), (true, false)]), 0.05).unwrap();
        assert_eq!((broken.relative_drop, broken.relative_interval), (Some(1.0), None));
        assert_eq!(consistency([]), None);
        assert_eq!(consistency([(0, 0)]), None);
    }

    #[test]
    fn consistency_and_worst_group() {
        let c = consistency([(3, 3), (1, 2), (0, 4)]).unwrap();
        assert_eq!((c.all_right, c.mean), (1, 0.5));
        let groups = [(40, 20), (80, 40), (30, 29), (5, 0)].map(|(n, right)| Group { n, right });
        assert_eq!(worst_group(&groups, 30), Some(0));
        assert_eq!(worst_group(&groups, 1), Some(3));
        assert_eq!(worst_group(&groups, 100), None);
        let wide = group_intervals(&groups, 0.05);
        assert!(wide[0].unwrap().width() > wilson(20, 40, 0.05).unwrap().width());
        assert_eq!(group_intervals(&[Group { n: 0, right: 0 }], 0.05), vec![None]);
    }

    proptest! {
        #[test]
        fn parts_add_up(pairs in prop::collection::vec((any::<bool>(), any::<bool>()), 1..100)) {
            let one = perturbation(PairedCounts::of(pairs.iter().copied()), 0.05).unwrap();
            prop_assert!((one.gained_rate - one.lost_rate - one.difference.value).abs() < 1e-12);
            prop_assert!((one.gained_rate + one.lost_rate - one.flip_rate).abs() < 1e-12);
            prop_assert!(one.flip_interval.contains(one.flip_rate));
            if let (Some(drop), Some(interval)) = (one.relative_drop, one.relative_interval) {
                prop_assert!(interval.low <= drop + 1e-12 && drop <= interval.high + 1e-12);
            }
        }
    }
}
