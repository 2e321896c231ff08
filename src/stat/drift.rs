//! Drift of a column between a reference and a current window: rank columns by effect, not by p-value.

use std::collections::BTreeMap;

use super::bootstrap::shifted_interval;
use super::dist::{chi2_quantile, chi2_sf};
use super::interval::Interval;
use super::quantile::{Ratio, quantile_nearest_rank, sorted_finite};
use super::rng::Rng;
use super::sum::{Sum, finite, variance};
use super::two_sample::{Resampling, Test, kolmogorov_smirnov, wasserstein};

/// Counts of the same bins in both windows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BinCounts {
    /// Reference window.
    pub reference: Vec<u64>,
    /// Current window.
    pub current: Vec<u64>,
}

/// Distances between two windows over the same bins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Population stability index with ½ added to every count.
    pub psi: f64,
    /// The 95 % quantile of the index when nothing drifted, about (1/n + 1/m)·χ²; `None` for one bin.
    pub psi_null95: Option<f64>,
    /// Jensen–Shannon divergence in bits, 0..=1 (scipy and evidently give the distance, its root, in base e).
    pub js_divergence: f64,
    /// Total variation distance, 0..=1.
    pub total_variation: f64,
    /// The χ² test; `None` when fewer than two bins hold anything.
    pub chi2: Option<ChiSquared>,
}

/// χ² test of homogeneity without Yates' correction, on the bins that hold anything.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChiSquared {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: u64,
    /// p-value.
    pub p: f64,
    /// Smallest expected count; below 5 merge rare bins first ([`merge_rare`]).
    pub min_expected: f64,
    /// Cramér's V, 0..=1.
    pub cramers_v: f64,
}

/// Distances between two windows of a numeric column, without bins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumericDrift {
    /// Kolmogorov–Smirnov distance and p-value.
    pub ks: Test,
    /// Wasserstein-1 distance, in the unit of the column.
    pub wasserstein: f64,
    /// The same over the reference's standard deviation (at least 0.001); `None` for fewer than two reference values.
    pub wasserstein_normed: Option<f64>,
}

/// Inner bin edges of a numeric column: the nine deciles of the reference by nearest rank, without repeats.
///
/// * `reference`: in any order; values that are not finite are left out.
///
/// Empty when no value is left: then there is one bin.
pub fn decile_edges(reference: &[f64]) -> Vec<f64> {
    let sorted = sorted_finite(reference);
    let deciles = (1..10).map(|tenth| Ratio::percent(tenth * 10));
    let mut edges: Vec<f64> = deciles.filter_map(|q| quantile_nearest_rank(&sorted, q)).collect();
    edges.dedup();
    edges
}

/// Counts of a numeric column in the bins (e_{j−1}, e_j], open at both ends.
///
/// * `edges`: rising inner edges, one fewer than the bins; values that are missing (not finite) in either window get a bin
///   of their own at the end.
pub fn numeric_counts(edges: &[f64], reference: &[f64], current: &[f64]) -> BinCounts {
    let count = |values: &[f64]| {
        let mut counts = vec![0u64; edges.len() + 2];
        for value in values {
            let bin = if value.is_finite() {
                edges.partition_point(|edge| edge < value)
            } else {
                edges.len() + 1
            };
            if let Some(count) = counts.get_mut(bin) {
                *count += 1;
            }
        }
        counts
    };
    let (mut reference, mut current) = (count(reference), count(current));
    if reference.last() == Some(&0) && current.last() == Some(&0) {
        reference.pop();
        current.pop();
    }
    BinCounts { reference, current }
}

/// Counts of a categorical column by code, over the union of the codes of both windows, with the codes in rising order.
pub fn category_counts(reference: &[u32], current: &[u32]) -> (Vec<u32>, BinCounts) {
    let mut counts: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for code in reference {
        counts.entry(*code).or_default().0 += 1;
    }
    for code in current {
        counts.entry(*code).or_default().1 += 1;
    }
    let (reference, current) = counts.values().copied().unzip();
    (counts.into_keys().collect(), BinCounts { reference, current })
}

/// All distances over bins.
///
/// `None` when a window is empty or the lengths differ. PSI = Σ(a − b)·ln(a/b) with a = (r + ½)/(n + B/2); the usual limits
/// 0.1 and 0.25 are folklore (Siddiqi 2006) and ignore n, so show `psi_null95` (Yurdakul & Naranjo 2020) beside it.
pub fn drift(counts: &BinCounts) -> Option<Drift> {
    let psi = psi(&counts.reference, &counts.current)?;
    let (n, m) = (total(&counts.reference), total(&counts.current));
    let (mut divergence, mut variation) = (Sum::default(), Sum::default());
    for (r, c) in counts.reference.iter().zip(&counts.current) {
        let (a, b) = (*r as f64 / n, *c as f64 / m);
        let middle = (a + b) / 2.0;
        for part in [a, b] {
            if part > 0.0 {
                divergence.add(part * (part / middle).log2() / 2.0);
            }
        }
        variation.add((a - b).abs() / 2.0);
    }
    let df = counts.reference.len() as f64 - 1.0;
    Some(Drift {
        psi,
        psi_null95: chi2_quantile(0.95, df).and_then(|chi2| finite((1.0 / n + 1.0 / m) * chi2)),
        js_divergence: divergence.value().clamp(0.0, 1.0),
        total_variation: variation.value().min(1.0),
        chi2: chi_squared(counts),
    })
}

fn total(counts: &[u64]) -> f64 {
    counts.iter().sum::<u64>() as f64
}

fn psi(reference: &[u64], current: &[u64]) -> Option<f64> {
    let (n, m, bins) = (total(reference), total(current), reference.len() as f64);
    if reference.len() != current.len() || n == 0.0 || m == 0.0 {
        return None;
    }
    let terms = reference.iter().zip(current).map(|(r, c)| {
        let a = (*r as f64 + 0.5) / (n + bins / 2.0);
        let b = (*c as f64 + 0.5) / (m + bins / 2.0);
        (a - b) * (a / b).ln()
    });
    finite(terms.collect::<Sum>().value())
}

fn chi_squared(counts: &BinCounts) -> Option<ChiSquared> {
    let (n, m) = (total(&counts.reference), total(&counts.current));
    let (mut statistic, mut bins, mut smallest) = (Sum::default(), 0u64, f64::INFINITY);
    for (r, c) in counts.reference.iter().zip(&counts.current) {
        let both = (r + c) as f64;
        if both > 0.0 {
            bins += 1;
            for (observed, size) in [(*r as f64, n), (*c as f64, m)] {
                let expected = both * size / (n + m);
                smallest = smallest.min(expected);
                statistic.add((observed - expected).powi(2) / expected);
            }
        }
    }
    let df = bins.checked_sub(1)?;
    let statistic = finite(statistic.value())?;
    Some(ChiSquared {
        statistic,
        df,
        p: chi2_sf(statistic, df as f64)?,
        min_expected: finite(smallest)?,
        cramers_v: (statistic / (n + m)).sqrt().min(1.0),
    })
}

/// The same counts with the bins whose expected count is below `least` (usually 5) in either window pooled into one at
/// the end, for a χ² test that holds.
pub fn merge_rare(counts: &BinCounts, least: f64) -> BinCounts {
    let (n, m) = (total(&counts.reference), total(&counts.current));
    let (mut merged, mut rare) = (BinCounts::default(), (0, 0));
    for (r, c) in counts.reference.iter().zip(&counts.current) {
        if (r + c) as f64 * n.min(m) < least * (n + m) {
            rare = (rare.0 + r, rare.1 + c);
        } else {
            merged.reference.push(*r);
            merged.current.push(*c);
        }
    }
    if rare != (0, 0) {
        merged.reference.push(rare.0);
        merged.current.push(rare.1);
    }
    merged
}

/// Interval of the population stability index, by resampling the counts of both windows.
///
/// The percentile interval shifted by (estimate − replicate mean), because resampling inflates the index as sampling did,
/// and clamped at 0. `None` as for [`drift`], without replicates or when `alpha` is outside (0, 1).
pub fn psi_interval(counts: &BinCounts, how: Resampling) -> Option<Interval> {
    let estimate = psi(&counts.reference, &counts.current)?;
    let mut rng = Rng::new(how.seed);
    let mut resample = |window: &[u64]| {
        let weights: Vec<f64> = window.iter().map(|count| *count as f64).collect();
        let mut drawn = vec![0; window.len()];
        rng.multinomial(window.iter().sum(), &weights, &mut drawn);
        drawn
    };
    let replicate = |_| Some([psi(&resample(&counts.reference), &resample(&counts.current))?]);
    let drawn: Vec<[f64; 1]> = (0..how.replicates).filter_map(replicate).collect();
    shifted_interval(estimate, &drawn, 0, how.alpha)
}

/// Distances of a numeric column that need no bins; values that are not finite are left out.
///
/// `None` when a window has no value.
pub fn numeric_drift(reference: &[f64], current: &[f64]) -> Option<NumericDrift> {
    let wasserstein = wasserstein(reference, current)?;
    let finite_reference: Vec<f64> = reference.iter().copied().filter(|x| x.is_finite()).collect();
    let sd = variance(&finite_reference).map(|v| v.sqrt().max(0.001));
    Some(NumericDrift {
        ks: kolmogorov_smirnov(reference, current)?,
        wasserstein,
        wasserstein_normed: sd.and_then(|sd| finite(wasserstein / sd)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOW: Resampling = Resampling {
        replicates: 500,
        seed: 9,
        alpha: 0.05,
    };

    fn counts(reference: &[u64], current: &[u64]) -> BinCounts {
        BinCounts {
            reference: reference.to_vec(),
            current: current.to_vec(),
        }
    }

    #[test]
    fn edges_and_bins_are_right_closed() {
        let reference: Vec<f64> = (1..=100).map(f64::from).collect();
        let edges = decile_edges(&reference);
        assert_eq!(edges, vec![10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]);
        let binned = numeric_counts(&edges, &reference, &[10.0, 10.5, 1e9]);
        assert_eq!(binned.reference, vec![10; 10]);
        assert_eq!(binned.current, vec![1, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
        let missing = numeric_counts(&edges, &reference, &[f64::NAN]);
        assert_eq!((missing.current.len(), missing.current[10]), (11, 1));
        assert!(decile_edges(&[f64::NAN]).is_empty());
        assert_eq!(decile_edges(&[3.0; 8]), vec![3.0]);
    }

    #[test]
    fn null_conditions() {
        assert_eq!(drift(&counts(&[], &[])), None);
        assert_eq!(drift(&counts(&[1, 2], &[0, 0])), None);
        assert_eq!(drift(&counts(&[1, 2], &[1])), None);
        let one = drift(&counts(&[5], &[7])).unwrap();
        assert_eq!((one.psi, one.psi_null95, one.chi2), (0.0, None, None));
        let apart = drift(&counts(&[5, 0], &[0, 7])).unwrap();
        assert!((apart.js_divergence - 1.0).abs() < 1e-12 && (apart.total_variation - 1.0).abs() < 1e-12);
        assert_eq!(numeric_drift(&[], &[1.0]), None);
        assert_eq!(numeric_drift(&[1.0], &[2.0]).map(|d| d.wasserstein_normed), Some(None));
        let none = Resampling { replicates: 0, ..HOW };
        assert_eq!(psi_interval(&counts(&[1, 1], &[1, 1]), none), None);
    }

    #[test]
    fn rare_bins_are_pooled() {
        let merged = merge_rare(&counts(&[50, 1, 40, 1], &[45, 2, 50, 0]), 5.0);
        assert_eq!(merged, counts(&[50, 40, 2], &[45, 50, 2]));
    }

    #[test]
    fn index_interval_holds_the_estimate() {
        let shifted = counts(&[100, 200, 300, 400], &[150, 210, 290, 350]);
        let interval = psi_interval(&shifted, HOW).unwrap();
        assert!(interval.contains(drift(&shifted).unwrap().psi) && interval.low > 0.0);
    }

    proptest! {
        #[test]
        fn equal_windows_do_not_drift_and_swapping_changes_nothing(
            bins in prop::collection::vec((0u64..50, 0u64..50), 1..12),
        ) {
            let (reference, current): (Vec<u64>, Vec<u64>) = bins.iter().copied().unzip();
            if let Some(one) = drift(&counts(&reference, &current)) {
                let other = drift(&counts(&current, &reference)).unwrap();
                prop_assert!((one.psi - other.psi).abs() < 1e-9);
                prop_assert!((one.js_divergence - other.js_divergence).abs() < 1e-12);
                prop_assert!(one.js_divergence <= one.total_variation + 1e-12);
                prop_assert!(one.psi >= 0.0);
                let same = drift(&counts(&reference, &reference)).unwrap();
                prop_assert!(same.psi == 0.0 && same.total_variation == 0.0 && same.js_divergence == 0.0);
                prop_assert!(same.chi2.is_none_or(|test| test.statistic.abs() < 1e-9));
            }
        }

        #[test]
        fn codes_are_counted_whatever_their_order(
            a in prop::collection::vec(0u32..6, 0..60), b in prop::collection::vec(0u32..6, 0..60),
        ) {
            let (back_a, back_b): (Vec<u32>, Vec<u32>) =
                (a.iter().rev().copied().collect(), b.iter().rev().copied().collect());
            prop_assert_eq!(category_counts(&a, &b), category_counts(&back_a, &back_b));
        }
    }
}
