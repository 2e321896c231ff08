//! Two samples of a skewed measurement such as latency: rank tests, distances between distributions, and differences
//! of quantiles. No t test on raw latency.

use super::bootstrap::{Progress, percentile};
use super::difference::Contrast;
use super::dist::{normal_sf, t_sf};
use super::quantile::{Ratio, quantile_nearest_rank, sorted_finite};
use super::rng::Rng;
use super::sum::{Sum, finite};

/// Result of the Mann–Whitney test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannWhitney {
    /// U of the first sample: pairs in which its value is larger, ties counted half.
    pub u: f64,
    /// P(A > B) + ½ P(A = B), 0..=1.
    pub superiority: f64,
    /// Two-sided p-value.
    pub p: f64,
}

/// A test statistic with its two-sided p-value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Test {
    /// The statistic.
    pub statistic: f64,
    /// Two-sided p-value.
    pub p: f64,
}

/// One distinct value of two merged samples.
struct Block {
    value: f64,
    in_a: u64,
    in_b: u64,
    /// Values of the second sample below this one.
    below_b: u64,
    /// Values of the first sample below this one.
    below_a: u64,
}

/// Distinct values of two sorted samples in ascending order.
fn blocks<'a>(a: &'a [f64], b: &'a [f64]) -> impl Iterator<Item = Block> + 'a {
    let (mut i, mut j) = (0, 0);
    std::iter::from_fn(move || {
        let value = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) => x.min(*y),
            (Some(x), None) => *x,
            (None, Some(y)) => *y,
            (None, None) => return None,
        };
        let run = |side: &[f64], from: usize| side.iter().skip(from).take_while(|x| **x == value).count();
        let (in_a, in_b) = (run(a, i), run(b, j));
        let block = Block {
            value,
            in_a: in_a as u64,
            in_b: in_b as u64,
            below_a: i as u64,
            below_b: j as u64,
        };
        i += in_a;
        j += in_b;
        Some(block)
    })
}

/// Mann–Whitney test of two independent samples, tie-corrected normal approximation with continuity correction.
///
/// * `a`, `b`: values in any order and unit; those not finite are left out.
///
/// `None` when a sample is empty; p is 1 when all values are equal. Same as R's `wilcox.test(exact = FALSE)`.
pub fn mann_whitney(a: &[f64], b: &[f64]) -> Option<MannWhitney> {
    let (a, b) = (sorted_finite(a), sorted_finite(b));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (n, m) = (a.len() as f64, b.len() as f64);
    let mut doubled = 0u64;
    let mut ties = Sum::default();
    for block in blocks(&a, &b) {
        doubled += block.in_a * (2 * block.below_b + block.in_b);
        let t = (block.in_a + block.in_b) as f64;
        ties.add(t * (t * t - 1.0));
    }
    let (u, all) = (doubled as f64 / 2.0, n + m);
    let variance = n * m / 12.0 * (all + 1.0 - ties.value() / all / (all - 1.0));
    let distance = u.max(n * m - u) - n * m / 2.0 - 0.5;
    let p = if variance > 0.0 {
        (2.0 * normal_sf(distance / variance.sqrt())).min(1.0)
    } else {
        1.0
    };
    Some(MannWhitney {
        u,
        superiority: u / n / m,
        p,
    })
}

/// Brunner–Munzel test, valid when the spreads of the two samples differ. Positive when `b` tends to be larger.
///
/// * `a`, `b`: values in any order; those not finite are left out.
///
/// `None` when a sample has fewer than two values or the samples do not overlap or are constant (no variance of ranks).
/// Source: Brunner & Munzel 2000, with t quantiles.
pub fn brunner_munzel(a: &[f64], b: &[f64]) -> Option<Test> {
    let (a, b) = (sorted_finite(a), sorted_finite(b));
    if a.len() < 2 || b.len() < 2 {
        return None;
    }
    let (n, m) = (a.len() as f64, b.len() as f64);
    // A value's placement: how many of the other sample lie below it, ties counted half.
    let place_a = |block: &Block| block.below_b as f64 + block.in_b as f64 / 2.0;
    let place_b = |block: &Block| block.below_a as f64 + block.in_a as f64 / 2.0;
    let weighted = |f: &dyn Fn(&Block) -> f64| blocks(&a, &b).map(|x| f(&x)).collect::<Sum>();
    let mean_a = weighted(&|x| x.in_a as f64 * place_a(x)).value() / n;
    let mean_b = weighted(&|x| x.in_b as f64 * place_b(x)).value() / m;
    let spread_a = weighted(&|x| x.in_a as f64 * (place_a(x) - mean_a).powi(2)).value() / (n - 1.0);
    let spread_b = weighted(&|x| x.in_b as f64 * (place_b(x) - mean_b).powi(2)).value() / (m - 1.0);
    let (share_a, share_b) = (n * spread_a, m * spread_b);
    let distance = (m - n) / 2.0 + mean_b - mean_a;
    let statistic = finite(n * m * distance / (n + m) / (share_a + share_b).sqrt())?;
    let df = (share_a + share_b).powi(2) / (share_a * share_a / (n - 1.0) + share_b * share_b / (m - 1.0));
    Some(Test {
        statistic,
        p: (2.0 * t_sf(statistic.abs(), df)?).min(1.0),
    })
}

/// Kolmogorov–Smirnov distance D = max |F_a − F_b| with the p-value of Kolmogorov's limit at √(nm/(n + m))·D.
///
/// * `a`, `b`: values in any order; those not finite are left out.
///
/// `None` when a sample is empty. Conservative with ties. Same as R's `ks.test(exact = FALSE)`; scipy's `asymp` uses the
/// finite-n law and differs.
pub fn kolmogorov_smirnov(a: &[f64], b: &[f64]) -> Option<Test> {
    let (a, b) = (sorted_finite(a), sorted_finite(b));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (n, m) = (a.len() as f64, b.len() as f64);
    let distance = blocks(&a, &b)
        .map(|x| ((x.below_a + x.in_a) as f64 / n - (x.below_b + x.in_b) as f64 / m).abs())
        .fold(0.0, f64::max);
    Some(Test {
        statistic: distance,
        p: kolmogorov_sf((n * m / (n + m)).sqrt() * distance),
    })
}

/// Upper tail of Kolmogorov's limit distribution.
fn kolmogorov_sf(t: f64) -> f64 {
    use std::f64::consts::PI;
    if t <= 0.0 {
        return 1.0;
    }
    if t < 1.0 {
        // The other form of the same theta function, which converges fast for small t.
        let base = -PI * PI / (8.0 * t * t);
        let sum: f64 = (0..8)
            .map(|k| (base * f64::from((2 * k + 1) * (2 * k + 1))).exp())
            .sum();
        return (1.0 - (2.0 * PI).sqrt() / t * sum).clamp(0.0, 1.0);
    }
    let term = |k: i32| (-2.0 * f64::from(k * k) * t * t).exp();
    let sum: f64 = (1..8).map(|k| if k % 2 == 1 { term(k) } else { -term(k) }).sum();
    (2.0 * sum).clamp(0.0, 1.0)
}

/// Wasserstein-1 distance ∫ |F_a − F_b|, in the unit of the values.
///
/// `None` when a sample is empty.
pub fn wasserstein(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (sorted_finite(a), sorted_finite(b));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut area, mut last) = (Sum::default(), (0.0, 0.0));
    for x in blocks(&a, &b) {
        let (from, gap): (f64, f64) = last;
        if gap > 0.0 {
            area.add(gap * (x.value - from));
        }
        let above_a = (x.below_a + x.in_a) as f64 / n;
        last = (x.value, (above_a - (x.below_b + x.in_b) as f64 / m).abs());
    }
    finite(area.value())
}

/// How to resample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resampling {
    /// Number of replicates: 2,000 or more for a 95 % interval.
    pub replicates: usize,
    /// Seed of our generator, to be shown with the result.
    pub seed: u64,
    /// 1 − level of the interval, in (0, 1).
    pub alpha: f64,
}

/// Difference of the q-quantiles (b − a, nearest rank) with its percentile bootstrap interval.
///
/// * `a`, `b`: independent samples in any order.
///
/// `None` when a sample is empty, there are no replicates or `alpha` is outside (0, 1). A replicate costs no resampling of
/// rows: the place of the k-th smallest of n draws with replacement is ⌈n·U⌉ with U from Beta(k, n − k + 1), exactly.
pub fn quantile_difference(a: &[f64], b: &[f64], q: Ratio, how: Resampling) -> Option<Contrast> {
    let (a, b) = (sorted_finite(a), sorted_finite(b));
    let value = quantile_nearest_rank(&b, q)? - quantile_nearest_rank(&a, q)?;
    let mut rng = Rng::new(how.seed);
    let mut draw = |sorted: &[f64]| {
        let n = sorted.len();
        let rank = q.rank(n as u64) as f64;
        let place = (n as f64 * rng.beta(rank, n as f64 - rank + 1.0)).ceil();
        sorted.get((place as usize).clamp(1, n) - 1).copied()
    };
    let drawn: Vec<f64> = (0..how.replicates)
        .filter_map(|_| Some(draw(&b)? - draw(&a)?))
        .collect();
    percentile_contrast(value, &drawn, how.alpha)
}

/// One measurement of one of two runs over the same items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Code of the item or cluster, below the number of items.
    pub item: u32,
    /// The measured value.
    pub value: f64,
}

/// Difference of the q-quantiles (b − a) when the same items ran in both: items are resampled, not rows.
///
/// * `a`, `b`: the measurements; `items`: number of item codes; `progress`: asked before each replicate.
///
/// `None` as for [`quantile_difference`], when a code is not below `items`, or when cancelled. Costs replicates × rows.
pub fn quantile_difference_paired(
    a: &[Measured],
    b: &[Measured],
    items: u32,
    q: Ratio,
    how: Resampling,
    progress: Progress,
) -> Option<Contrast> {
    if a.iter().chain(b).any(|row| row.item >= items) {
        return None;
    }
    let (a, b) = (in_order(a), in_order(b));
    let mut weights = vec![1u64; items as usize];
    let value = weighted_quantile(&b, &weights, q)? - weighted_quantile(&a, &weights, q)?;
    let mut rng = Rng::new(how.seed);
    let mut drawn = Vec::with_capacity(how.replicates);
    for done in 0..how.replicates {
        if !progress(done) {
            return None;
        }
        weights.fill(0);
        for _ in 0..items {
            if let Some(weight) = weights.get_mut(rng.below(items as usize)) {
                *weight += 1;
            }
        }
        let ends = weighted_quantile(&b, &weights, q).zip(weighted_quantile(&a, &weights, q));
        drawn.extend(ends.map(|(b, a)| b - a));
    }
    percentile_contrast(value, &drawn, how.alpha)
}

/// The finite measurements by rising value.
fn in_order(rows: &[Measured]) -> Vec<Measured> {
    let mut rows: Vec<Measured> = rows.iter().copied().filter(|row| row.value.is_finite()).collect();
    rows.sort_unstable_by(|x, y| x.value.total_cmp(&y.value));
    rows
}

/// Nearest-rank quantile of sorted rows, each repeated by the weight of its item; `None` when all weigh nothing.
fn weighted_quantile(sorted: &[Measured], weights: &[u64], q: Ratio) -> Option<f64> {
    let weight = |row: &Measured| weights.get(row.item as usize).copied().unwrap_or(0);
    let rank = q.rank(sorted.iter().map(weight).sum());
    let mut seen = 0;
    let row = sorted.iter().find(|row| {
        seen += weight(row);
        rank <= seen
    })?;
    Some(row.value)
}

/// `value` with the percentile interval of its replicates.
fn percentile_contrast(value: f64, replicates: &[f64], alpha: f64) -> Option<Contrast> {
    Some(Contrast {
        value: finite(value)?,
        interval: percentile(replicates, alpha)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOW: Resampling = Resampling {
        replicates: 3000,
        seed: 4,
        alpha: 0.05,
    };

    #[test]
    fn small_samples() {
        let none = Resampling { replicates: 0, ..HOW };
        let t = mann_whitney(&[1.0, 2.0, 2.0], &[2.0, 3.0]).unwrap();
        assert_eq!((t.u, t.superiority), (1.0, 1.0 / 6.0));
        assert_eq!(mann_whitney(&[], &[1.0]), None);
        assert_eq!(mann_whitney(&[1.0], &[1.0]).map(|t| t.p), Some(1.0));
        assert_eq!(brunner_munzel(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(brunner_munzel(&[1.0, 2.0], &[3.0, 4.0]), None);
        assert_eq!(
            kolmogorov_smirnov(&[1.0, 2.0], &[3.0, 4.0]).map(|t| t.statistic),
            Some(1.0)
        );
        assert_eq!(wasserstein(&[0.0, 1.0], &[5.0]), Some(4.5));
        assert_eq!(wasserstein(&[f64::NAN], &[5.0]), None);
        assert_eq!(quantile_difference(&[], &[1.0], Ratio::P50, HOW), None);
        assert_eq!(quantile_difference(&[1.0], &[1.0], Ratio::P50, none), None);
    }

    #[test]
    fn both_forms_of_the_limit_meet() {
        for t in [0.3, 0.9, 0.999_999, 1.0, 1.2] {
            let sum: f64 = (1..200)
                .map(|k| f64::from(1 - 2 * ((k + 1) % 2)) * (-2.0 * f64::from(k * k) * t * t).exp())
                .sum();
            assert!((kolmogorov_sf(t) - 2.0 * sum).abs() < 1e-12, "{t}");
        }
        assert_eq!(kolmogorov_sf(0.0), 1.0);
    }

    /// The paired resampling of one measurement an item in one run against a constant is the plain bootstrap.
    #[test]
    fn placed_draws_agree_with_resampling() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i * i % 977)).collect();
        let rows: Vec<Measured> = (0..400u32)
            .zip(&values)
            .map(|(item, value)| Measured { item, value: *value })
            .collect();
        let zeros: Vec<Measured> = rows.iter().map(|r| Measured { value: 0.0, ..*r }).collect();
        let q = Ratio::P90;
        let resampled = quantile_difference_paired(&zeros, &rows, 400, q, HOW, &mut |_| true).unwrap();
        let placed = quantile_difference(&[0.0], &values, q, HOW).unwrap();
        assert_eq!(
            quantile_difference_paired(&zeros, &rows, 400, q, HOW, &mut |done| done < 5),
            None
        );
        assert_eq!(
            quantile_difference_paired(&zeros, &rows, 399, q, HOW, &mut |_| true),
            None
        );
        assert_eq!(resampled.value, placed.value);
        assert!((resampled.interval.low - placed.interval.low).abs() < 12.0);
        assert!((resampled.interval.high - placed.interval.high).abs() < 12.0);
    }

    proptest! {
        #[test]
        fn swapping_mirrors_and_order_never_matters(
            a in prop::collection::vec(0u8..20, 2..60), b in prop::collection::vec(0u8..20, 2..60),
            scale in 0.5f64..8.0, shift in -4.0f64..4.0,
        ) {
            let floats = |x: &[u8]| x.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
            let (a, b) = (floats(&a), floats(&b));
            let back: Vec<f64> = a.iter().rev().copied().collect();
            let one = mann_whitney(&a, &b).unwrap();
            prop_assert_eq!(Some(one), mann_whitney(&back, &b));
            let other = mann_whitney(&b, &a).unwrap();
            prop_assert!((one.superiority + other.superiority - 1.0).abs() < 1e-12 && (one.p - other.p).abs() < 1e-12);
            let moved = |x: &[f64]| x.iter().map(|v| v * scale + shift).collect::<Vec<f64>>();
            prop_assert_eq!(mann_whitney(&moved(&a), &moved(&b)).map(|t| t.u), Some(one.u));
            if let (Some(x), Some(y)) = (brunner_munzel(&a, &b), brunner_munzel(&b, &a)) {
                prop_assert!((x.statistic + y.statistic).abs() < 1e-9 && (x.p - y.p).abs() < 1e-9);
                prop_assert_eq!(brunner_munzel(&back, &b), Some(x));
            }
            let (d, w) = (kolmogorov_smirnov(&a, &b).unwrap(), wasserstein(&a, &b).unwrap());
            prop_assert_eq!(kolmogorov_smirnov(&back, &b), Some(d));
            prop_assert!((0.0..=1.0).contains(&d.statistic) && (0.0..=1.0).contains(&d.p));
            prop_assert!((wasserstein(&moved(&b), &moved(&a)).unwrap() - scale * w).abs() < 1e-9);
            prop_assert_eq!(wasserstein(&a, &back), Some(0.0));
        }
    }
}
