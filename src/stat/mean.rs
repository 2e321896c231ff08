//! The mean of scores: with a t interval, with clusters, and with repeated epochs of each item.

use std::collections::BTreeMap;

use super::dist::t_quantile;
use super::interval::Interval;
use super::proportion::wilson_real;
use super::sum::{Sum, finite, mean, variance};

/// A mean with what makes it honest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanEstimate {
    /// Number of values.
    pub n: u64,
    /// The mean, in the unit of the values.
    pub mean: f64,
    /// Standard error; `None` for fewer than two values.
    pub se: Option<f64>,
    /// t interval at the level asked for; `None` for fewer than two values.
    pub interval: Option<Interval>,
}

/// A mean of values that come in clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusteredMean {
    /// Number of values.
    pub n: u64,
    /// Number of clusters.
    pub clusters: u64,
    /// The mean, in the unit of the values.
    pub mean: f64,
    /// Standard error as if all values were independent; `None` for fewer than two values.
    pub se_independent: Option<f64>,
    /// Clustered standard error without a correction for few clusters (CR0); `None` for fewer than two clusters.
    pub se_uncorrected: Option<f64>,
    /// Clustered standard error times √(G / (G − 1)) (CR1), the one to use; `None` for fewer than two clusters.
    pub se: Option<f64>,
    /// t interval with G − 1 degrees of freedom; `None` for fewer than two clusters.
    pub interval: Option<Interval>,
    /// Variance with clusters over variance without; `None` when either is undefined or the latter is 0.
    pub design_effect: Option<f64>,
}

/// A rate of binary values that come in clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusteredRate {
    /// The mean of the 0/1 values and its clustered errors.
    pub mean: ClusteredMean,
    /// Number of independent values that would be as informative, at most n.
    pub n_effective: f64,
    /// Wilson's interval on that number with the critical value of t with G − 1 degrees of freedom.
    pub interval: Interval,
}

/// A mean over items of which each was tried several times (epochs), with its sources of variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochMean {
    /// Number of items.
    pub items: u64,
    /// Mean of the item means, its standard error over items and t interval.
    pub estimate: MeanEstimate,
    /// Variance of the item means (divisor n − 1); `None` for one item.
    pub item_mean_variance: Option<f64>,
    /// σ²: mean variance within an item over its epochs; `None` when no item has two.
    pub within_variance: Option<f64>,
    /// ω²: variance between questions without the noise of finitely many epochs, at least 0.
    pub question_variance: Option<f64>,
}

/// mean ± t·se with `df` degrees of freedom at level 1 − `alpha`; `None` when `df` is 0 or `alpha` is outside (0, 1).
pub fn t_interval(mean: f64, se: f64, df: u64, alpha: f64) -> Option<Interval> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let t = t_quantile(1.0 - alpha / 2.0, df as f64)?;
    Interval::around(mean, t * se)
}

/// Mean of independent values with its t interval at level 1 − `alpha`.
///
/// `None` for an empty slice or when a value is not finite.
pub fn mean_t(values: &[f64], alpha: f64) -> Option<MeanEstimate> {
    let n = values.len() as u64;
    let mean = mean(values)?;
    let se = variance(values).and_then(|v| finite((v / n as f64).sqrt()));
    Some(MeanEstimate {
        n,
        mean,
        se,
        interval: se.and_then(|se| t_interval(mean, se, n - 1, alpha)),
    })
}

/// Mean of values that come in clusters, with the clustered standard error and its t interval at level 1 − `alpha`.
///
/// * `values`: scores; `cluster`: a code for each, as long as `values`.
///
/// `None` when empty, when the lengths differ or a value is not finite. Method: V = Σ_c(Σ_{i∈c}(s_i − s̄))² / n², times
/// G / (G − 1). Warn when G < 20. Source: Miller 2024, arXiv 2411.00640, with the finite-cluster correction of
/// inspect-ai and statsmodels.
pub fn mean_clustered(values: &[f64], cluster: &[u32], alpha: f64) -> Option<ClusteredMean> {
    if values.len() != cluster.len() {
        return None;
    }
    let plain = mean_t(values, alpha)?;
    let mut residuals: BTreeMap<u32, Sum> = BTreeMap::new();
    for (value, code) in values.iter().zip(cluster) {
        residuals.entry(*code).or_default().add(value - plain.mean);
    }
    let squares: Sum = residuals.values().map(|s| s.value() * s.value()).collect();
    let raw = squares.value().sqrt() / plain.n as f64;
    Some(clustered(plain, residuals.len() as u64, raw, alpha))
}

/// Completes a clustered mean from the plain one, the number of clusters and the uncorrected standard error.
fn clustered(plain: MeanEstimate, clusters: u64, raw: f64, alpha: f64) -> ClusteredMean {
    let groups = clusters as f64;
    let se_uncorrected = finite(raw).filter(|_| clusters >= 2);
    let se = se_uncorrected.map(|se| se * (groups / (groups - 1.0)).sqrt());
    ClusteredMean {
        n: plain.n,
        clusters,
        mean: plain.mean,
        se_independent: plain.se,
        se_uncorrected,
        se,
        interval: se.and_then(|se| t_interval(plain.mean, se, clusters - 1, alpha)),
        design_effect: se
            .zip(plain.se)
            .and_then(|(se, independent)| finite((se / independent).powi(2))),
    }
}

/// Rate of binary values that come in clusters (or of items repeated over epochs), with Wilson's interval on an
/// effective number of values at level 1 − `alpha`.
///
/// * `right`: the outcomes; `cluster`: a code for each.
///
/// n_effective = min(n, p(1 − p)/V), and n when V is 0 or p is 0 or 1. `None` when empty, when the lengths differ or with
/// fewer than two clusters. Source: Korn & Graubard 1998, as inspect-ai's `ci_wilson(cluster=…)`.
pub fn rate_clustered(right: &[bool], cluster: &[u32], alpha: f64) -> Option<ClusteredRate> {
    let values: Vec<f64> = right.iter().map(|right| f64::from(u8::from(*right))).collect();
    let mean = mean_clustered(&values, cluster, alpha)?;
    wilson_clustered(mean, alpha)
}

/// Wilson's interval of a clustered rate; see [`rate_clustered`]. `None` with fewer than two clusters or when the mean is
/// not a rate.
pub fn wilson_clustered(mean: ClusteredMean, alpha: f64) -> Option<ClusteredRate> {
    let (se, rate, n) = (mean.se?, mean.mean, mean.n as f64);
    let certain = se == 0.0 || rate == 0.0 || rate == 1.0;
    let n_effective = if certain {
        n
    } else {
        n.min(rate * (1.0 - rate) / (se * se))
    };
    if !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let t = t_quantile(1.0 - alpha / 2.0, (mean.clusters - 1) as f64)?;
    Some(ClusteredRate {
        mean,
        n_effective,
        interval: wilson_real(rate, n_effective, t)?,
    })
}

/// Mean of each item's values, by item code: the unit of analysis when items are repeated over epochs.
///
/// Values that are not finite are left out; an item without any has no entry.
pub fn item_means(values: &[f64], item: &[u32]) -> BTreeMap<u32, f64> {
    by_item(values, item)
        .into_iter()
        .filter_map(|(code, scores)| mean(&scores).map(|mean| (code, mean)))
        .collect()
}

fn by_item(values: &[f64], item: &[u32]) -> BTreeMap<u32, Vec<f64>> {
    let mut items: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (value, code) in values.iter().zip(item) {
        if value.is_finite() {
            items.entry(*code).or_default().push(*value);
        }
    }
    items
}

/// Mean over items that were each tried several times, at level 1 − `alpha`: first averaged per item, since the tries of
/// one item are not independent.
///
/// * `values`: score of each try; `item`: its item's code.
///
/// `None` when empty or the lengths differ. ω² = Var(item means) − σ²·mean(1/K), floored at 0; more epochs do not shrink
/// it. Source: Miller 2024, sections 2.2 and 3.1.
pub fn epoch_mean(values: &[f64], item: &[u32], alpha: f64) -> Option<EpochMean> {
    if values.len() != item.len() {
        return None;
    }
    let items = by_item(values, item);
    let means: Vec<f64> = items.values().filter_map(|scores| mean(scores)).collect();
    let within: Vec<f64> = items.values().filter_map(|scores| variance(scores)).collect();
    let shares: Vec<f64> = items.values().map(|scores| 1.0 / scores.len() as f64).collect();
    let item_mean_variance = variance(&means);
    let within_variance = mean(&within);
    let question_variance = item_mean_variance
        .zip(within_variance)
        .zip(mean(&shares))
        .map(|((total, within), share)| (total - within * share).max(0.0));
    Some(EpochMean {
        items: means.len() as u64,
        estimate: mean_t(&means, alpha)?,
        item_mean_variance,
        within_variance,
        question_variance,
    })
}

/// Sums over whole clusters that add across partitions (a cluster must not be split between two).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClusterSums {
    /// Number of clusters.
    pub clusters: u64,
    /// Number of values.
    pub n: u64,
    /// Σ s: sum of values.
    pub sum: f64,
    /// Σ s²: sum of squares of values.
    pub squares: f64,
    /// Σ s_c²: sum over clusters of the squared cluster sum.
    pub cluster_squares: f64,
    /// Σ s_c·n_c.
    pub cross: f64,
    /// Σ n_c².
    pub size_squares: f64,
}

impl ClusterSums {
    /// Adds one whole cluster; values that are not finite are left out, and an empty cluster is not counted.
    pub fn add(&mut self, values: &[f64]) {
        let kept: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
        if kept.is_empty() {
            return;
        }
        let (sum, size) = (super::sum::sum(kept.iter().copied()), kept.len() as f64);
        self.clusters += 1;
        self.n += kept.len() as u64;
        self.sum += sum;
        self.squares += super::sum::sum(kept.iter().map(|x| x * x));
        self.cluster_squares += sum * sum;
        self.cross += sum * size;
        self.size_squares += size * size;
    }

    /// Adds the clusters of `other`.
    pub fn merge(&mut self, other: &ClusterSums) {
        self.clusters += other.clusters;
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
        self.cluster_squares += other.cluster_squares;
        self.cross += other.cross;
        self.size_squares += other.size_squares;
    }

    /// The same estimate as [`mean_clustered`] gives from the rows, up to rounding.
    pub fn mean_clustered(&self, alpha: f64) -> Option<ClusteredMean> {
        if self.n == 0 {
            return None;
        }
        let n = self.n as f64;
        let mean = finite(self.sum / n)?;
        let spread = (self.squares - n * mean * mean).max(0.0);
        let se = (self.n > 1).then(|| (spread / (n - 1.0) / n).sqrt());
        let plain = MeanEstimate {
            n: self.n,
            mean,
            se: se.and_then(finite),
            interval: None,
        };
        let between = self.cluster_squares - 2.0 * mean * self.cross + mean * mean * self.size_squares;
        Some(clustered(plain, self.clusters, between.max(0.0).sqrt() / n, alpha))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn null_conditions() {
        assert_eq!(mean_t(&[], 0.05), None);
        assert_eq!(mean_t(&[1.0, f64::NAN], 0.05), None);
        let one = mean_t(&[0.5], 0.05).unwrap();
        assert_eq!((one.mean, one.se, one.interval), (0.5, None, None));
        let single = mean_clustered(&[0.0, 1.0], &[7, 7], 0.05).unwrap();
        assert_eq!((single.clusters, single.se, single.interval), (1, None, None));
        assert_eq!(mean_clustered(&[0.0, 1.0], &[7], 0.05), None);
        assert_eq!(rate_clustered(&[true, false], &[7, 7], 0.05), None);
        assert_eq!(epoch_mean(&[], &[], 0.05), None);
        assert_eq!(ClusterSums::default().mean_clustered(0.05), None);
    }

    #[test]
    fn all_right_keeps_a_wide_interval() {
        let rate = rate_clustered(&[true; 6], &[0, 0, 1, 1, 2, 2], 0.05).unwrap();
        assert_eq!((rate.n_effective, rate.interval.high), (6.0, 1.0));
        assert!(rate.interval.low < 0.5);
        assert_eq!(rate.mean.design_effect, None);
    }

    #[test]
    fn epochs_split_the_variance() {
        let epochs = epoch_mean(&[1.0, 0.0, 1.0, 1.0], &[0, 0, 1, 1], 0.05).unwrap();
        assert_eq!(epochs.estimate.mean, 0.75);
        assert_eq!(epochs.within_variance, Some(0.25));
        assert_eq!(epochs.item_mean_variance, Some(0.125));
        assert_eq!(epochs.question_variance, Some(0.0));
        assert_eq!(item_means(&[1.0, f64::NAN], &[3, 4]).len(), 1);
    }

    proptest! {
        #[test]
        fn singletons_are_independent_values(values in prop::collection::vec(-5.0f64..5.0, 2..80)) {
            let codes: Vec<u32> = (0..values.len() as u32).collect();
            let plain = mean_t(&values, 0.05).unwrap();
            let own = mean_clustered(&values, &codes, 0.05).unwrap();
            prop_assert!((own.se.unwrap() - plain.se.unwrap()).abs() < 1e-12);
        }

        #[test]
        fn order_and_grouping_never_matter(
            rows in prop::collection::vec((0u32..8, 0.0f64..1.0), 2..120), shift in -3.0f64..3.0,
        ) {
            let (codes, values): (Vec<u32>, Vec<f64>) = rows.iter().copied().unzip();
            let (back_codes, back_values): (Vec<u32>, Vec<f64>) = rows.iter().rev().copied().unzip();
            let one = mean_clustered(&values, &codes, 0.05).unwrap();
            let other = mean_clustered(&back_values, &back_codes, 0.05).unwrap();
            prop_assert!((one.mean - other.mean).abs() < 1e-12);
            let moved: Vec<f64> = values.iter().map(|x| x + shift).collect();
            let moved = mean_clustered(&moved, &codes, 0.05).unwrap();
            prop_assert!((moved.mean - one.mean - shift).abs() < 1e-9);
            let (mut left, mut right) = (ClusterSums::default(), ClusterSums::default());
            for code in 0..8 {
                let part: Vec<f64> = rows.iter().filter(|row| row.0 == code).map(|row| row.1).collect();
                if code % 3 == 0 { left.add(&part) } else { right.add(&part) }
            }
            right.merge(&left);
            let merged = right.mean_clustered(0.05).unwrap();
            prop_assert_eq!((merged.n, merged.clusters), (one.n, one.clusters));
            if let (Some(a), Some(b), Some(c), Some(d)) = (one.se, other.se, moved.se, merged.se) {
                prop_assert!((a - b).abs() < 1e-12 && (a - c).abs() < 1e-9 && (a - d).abs() < 1e-7);
            }
        }
    }
}
