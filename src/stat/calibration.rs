//! Scalar measures of miscalibration from bins and from rows.

use super::bin::Bin;
use super::cell::{distinct, valid};
use super::dist::{normal_cdf, normal_sf, z_two_sided};
use super::interval::Interval;
use super::sum::{Sum, finite, sum};

fn total(bins: &[Bin]) -> Option<f64> {
    let n: u64 = bins.iter().map(|bin| bin.n).sum();
    (n > 0).then_some(n as f64)
}

/// Expected calibration error, L1: Σ w|freq - conf| over non-empty bins, w = n_b/n. `None` without samples.
///
/// Source: Naeini 2015; Guo 2017.
pub fn ece(bins: &[Bin]) -> Option<f64> {
    let n = total(bins)?;
    finite(sum(bins.iter().map(|bin| bin.n as f64 / n * bin.gap().abs())))
}

/// Expected calibration error, L2: √Σ w(freq - conf)², biased upward. `None` without samples.
pub fn ece_l2(bins: &[Bin]) -> Option<f64> {
    let n = total(bins)?;
    finite(sum(bins.iter().map(|bin| bin.n as f64 / n * bin.gap().powi(2))).sqrt())
}

/// Debiased L2: √max(0, Σ w[(freq - conf)² - freq(1-freq)/(n_b-1)]); bins with one sample give 0.
///
/// `None` without samples. Source: Kumar, Liang & Ma 2019; Bröcker 2012.
pub fn ece_l2_debiased(bins: &[Bin]) -> Option<f64> {
    let n = total(bins)?;
    let terms = bins.iter().filter(|bin| bin.n > 1).map(|bin| {
        let noise = bin.freq() * (1.0 - bin.freq()) / (bin.n - 1) as f64;
        bin.n as f64 / n * (bin.gap().powi(2) - noise)
    });
    finite(sum(terms).max(0.0).sqrt())
}

/// Debiased L1: 2·ECE - Σ w E|N(gap, freq(1-freq)/n_b)|; may be negative, clamp at 0 to show it. `None` without samples.
///
/// The closed form of Kumar's Monte-Carlo estimator (folded normal mean).
pub fn ece_l1_debiased(bins: &[Bin]) -> Option<f64> {
    let n = total(bins)?;
    let terms = bins.iter().map(|bin| {
        let sd = (bin.freq() * (1.0 - bin.freq()) / bin.n as f64).sqrt();
        bin.n as f64 / n * folded_mean(bin.gap().abs(), sd)
    });
    finite(2.0 * ece(bins)? - sum(terms))
}

/// E|X| for X ~ N(m, sd²).
fn folded_mean(m: f64, sd: f64) -> f64 {
    if sd == 0.0 {
        return m.abs();
    }
    let x = m / sd;
    sd * (2.0 / std::f64::consts::PI).sqrt() * (-0.5 * x * x).exp() + m * (1.0 - 2.0 * normal_cdf(-x))
}

/// The bin with the largest |freq - conf|: the maximum calibration error is its gap's size. `None` without samples.
///
/// Show it with the bin's n: it is usually the smallest bin. Of equal gaps the lowest bin is given.
pub fn worst_bin(bins: &[Bin]) -> Option<&Bin> {
    bins.iter().reduce(|worst, bin| {
        if bin.gap().abs() > worst.gap().abs() {
            bin
        } else {
            worst
        }
    })
}

/// Maximum calibration error: the largest |freq - conf| over non-empty bins. `None` without samples.
pub fn mce(bins: &[Bin]) -> Option<f64> {
    worst_bin(bins).and_then(|bin| finite(bin.gap().abs()))
}

/// Average calibration error: the unweighted mean of |freq - conf| over non-empty bins (Neumann 2018; netcal's ACE).
pub fn ace(bins: &[Bin]) -> Option<f64> {
    if bins.is_empty() {
        return None;
    }
    finite(sum(bins.iter().map(|bin| bin.gap().abs())) / bins.len() as f64)
}

/// The two parts of the ECE by sign.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedEce {
    /// Σ w|gap| over bins where confidence exceeds frequency.
    pub over: f64,
    /// Σ w|gap| over bins where frequency exceeds confidence.
    pub under: f64,
}

/// Splits the ECE into over- and under-confidence; the parts add up to it. `None` without samples.
pub fn signed_ece(bins: &[Bin]) -> Option<SignedEce> {
    let n = total(bins)?;
    let part = |sign: f64| {
        let gaps = bins.iter().map(|bin| bin.n as f64 / n * (sign * bin.gap()).max(0.0));
        finite(sum(gaps))
    };
    Some(SignedEce {
        over: part(-1.0)?,
        under: part(1.0)?,
    })
}

/// Mean confidence against accuracy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overconfidence {
    /// Mean probability.
    pub mean_conf: f64,
    /// Share of right samples.
    pub accuracy: f64,
    /// Mean probability minus accuracy: positive when over-confident.
    pub gap: f64,
    /// Standard error of the gap, sd(p - y)/√n (paired); `None` for n < 2.
    pub se: Option<f64>,
}

impl Overconfidence {
    /// gap ± z·SE at level 1 - `alpha`; `None` without an SE.
    pub fn interval(&self, alpha: f64) -> Option<Interval> {
        Interval::around(self.gap, z_two_sided(alpha)? * self.se?)
    }
}

/// Mean confidence minus accuracy with its paired standard error. `None` when `p` and `y` do not pair up, are empty, or
/// a p is outside [0, 1].
pub fn overconfidence(p: &[f64], y: &[bool]) -> Option<Overconfidence> {
    if !valid(p, y) {
        return None;
    }
    let n = p.len() as f64;
    let mean_conf = sum(p.iter().copied()) / n;
    let accuracy = y.iter().filter(|right| **right).count() as f64 / n;
    let gap = mean_conf - accuracy;
    let squares = sum(residuals(p, y).map(|residual| (residual - gap).powi(2)));
    let se = (p.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt());
    Some(Overconfidence {
        mean_conf,
        accuracy,
        gap,
        se,
    })
}

fn residuals<'a>(p: &'a [f64], y: &'a [bool]) -> impl Iterator<Item = f64> + 'a {
    p.iter().zip(y).map(|(p, right)| p - f64::from(u8::from(*right)))
}

/// A z statistic and its two-sided normal p-value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZTest {
    /// Standard normal under the null hypothesis.
    pub z: f64,
    /// Two-sided p-value.
    pub p_value: f64,
}

/// Spiegelhalter's test that the probabilities are calibrated: z = Σ(y-p)(1-2p)/√Σ(1-2p)²p(1-p).
///
/// `None` for invalid input or when the denominator is 0 (every p is 0, ½ or 1). Source: Spiegelhalter 1986; equals
/// `S:z` of R rms `val.prob`.
pub fn spiegelhalter(p: &[f64], y: &[bool]) -> Option<ZTest> {
    if !valid(p, y) {
        return None;
    }
    let (mut top, mut bottom) = (Sum::default(), Sum::default());
    for (value, residual) in p.iter().zip(residuals(p, y)) {
        let slope = 1.0 - 2.0 * value;
        top.add(-residual * slope);
        bottom.add(slope * slope * value * (1.0 - value));
    }
    if bottom.value() <= 0.0 {
        return None;
    }
    let z = finite(top.value() / bottom.value().sqrt())?;
    Some(ZTest {
        z,
        p_value: 2.0 * normal_sf(z.abs()),
    })
}

/// Result of [`ece_sweep`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SweepEce {
    /// L1 error of the chosen chunks.
    pub ece: f64,
    /// Number of chunks.
    pub bins: usize,
}

/// Share of samples whose probability occurs more than once, 0..=1; `None` for no values or one outside [0, 1].
pub fn tie_share(p: &[f64]) -> Option<f64> {
    let cells = distinct(p, &vec![false; p.len()])?;
    let tied: u64 = cells.iter().filter(|cell| cell.n > 1).map(|cell| cell.n).sum();
    Some(tied as f64 / p.len() as f64)
}

/// ECE over the largest number of equal-mass chunks that keep the frequencies monotone.
///
/// Rows are sorted by `p` (stable) and cut as `min(B-1, floor(i/n·B))` for B = 2, 3, …; the last B before a chunk mean
/// of `y` falls below its predecessor counts (caltrain's `em_ece_sweep`). B stops at 100 above 20,000 rows. The
/// reference splits ties, so equal p are taken in row order: the one number here that may depend on it. Therefore
/// `None` when 5 % or more of the rows are tied, and for invalid input. Source: Roelofs 2022.
pub fn ece_sweep(p: &[f64], y: &[bool]) -> Option<SweepEce> {
    if !valid(p, y) || tie_share(p)? >= 0.05 {
        return None;
    }
    let mut rows: Vec<(f64, bool)> = p.iter().copied().zip(y.iter().copied()).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n = rows.len();
    let (mut conf, mut right) = (vec![0.0], vec![0u64]);
    let (mut conf_sum, mut right_sum) = (Sum::default(), 0);
    for (value, is_right) in rows {
        conf_sum.add(value);
        right_sum += u64::from(is_right);
        conf.push(conf_sum.value());
        right.push(right_sum);
    }
    let limit = if n <= 20_000 { n } else { 101 };
    let mut best = sweep_chunks(&conf, &right, 1)?;
    for bins in 2..limit {
        match sweep_chunks(&conf, &right, bins) {
            Some(next) => best = next,
            None => break,
        }
    }
    Some(best)
}

/// L1 error of `bins` chunks given prefix sums; `None` when the frequencies are not monotone.
fn sweep_chunks(conf: &[f64], right: &[u64], bins: usize) -> Option<SweepEce> {
    let n = conf.len() - 1;
    let chunk = |i: usize| (i as f64 / n as f64 * bins as f64).floor() as usize;
    let mut error = Sum::default();
    let (mut start, mut last) = (0, -1.0);
    for b in 0..bins {
        let mut end = ((b + 1) * n).div_ceil(bins).min(n);
        // The reference's rounding of i/n·B decides on which side a boundary row falls.
        while end > start && b + 1 < bins && chunk(end - 1) > b {
            end -= 1;
        }
        while end < n && b + 1 < bins && chunk(end) <= b {
            end += 1;
        }
        if b + 1 == bins {
            end = n;
        }
        if end == start {
            continue;
        }
        let size = (end - start) as f64;
        let freq = (right.get(end)? - right.get(start)?) as f64 / size;
        let mean = (conf.get(end)? - conf.get(start)?) / size;
        if freq < last {
            return None;
        }
        last = freq;
        error.add(size * (freq - mean).abs());
        start = end;
    }
    Some(SweepEce {
        ece: finite(error.value() / n as f64)?,
        bins,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::bin::{equal_mass, equal_width};
    use proptest::prelude::*;

    #[test]
    fn nothing_is_defined_without_samples() {
        assert_eq!(ece(&[]), None);
        assert_eq!(mce(&[]), None);
        assert_eq!(ace(&[]), None);
        assert_eq!(ece_l2_debiased(&[]), None);
        assert_eq!(overconfidence(&[], &[]), None);
        assert_eq!(spiegelhalter(&[0.0, 1.0, 0.5], &[true, true, false]), None);
        assert_eq!(ece_sweep(&[], &[]), None);
    }

    #[test]
    fn one_sample() {
        let bins = equal_width(&[0.8], &[true], 10).unwrap();
        assert!((ece(&bins).unwrap() - 0.2).abs() < 1e-15);
        assert_eq!(ece_l2_debiased(&bins), Some(0.0));
        assert_eq!(overconfidence(&[0.8], &[true]).unwrap().se, None);
        assert_eq!(ece_sweep(&[0.8], &[true]).unwrap().bins, 1);
    }

    #[test]
    fn sweep_is_silent_on_ties() {
        assert_eq!(ece_sweep(&[0.5; 10], &[true; 10]), None);
    }

    proptest! {
        #[test]
        fn bounds_and_order(rows in proptest::collection::vec((0u8..=20, any::<bool>()), 1..60), turn in 0usize..60) {
            let mut rows = rows;
            let measure = |rows: &[(u8, bool)]| {
                let p: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 20.0).collect();
                let y: Vec<bool> = rows.iter().map(|r| r.1).collect();
                let mut out = Vec::new();
                for bins in [equal_width(&p, &y, 10).unwrap(), equal_mass(&p, &y, 7).unwrap()] {
                    let (l1, l2, max) = (ece(&bins).unwrap(), ece_l2(&bins).unwrap(), mce(&bins).unwrap());
                    let signed = signed_ece(&bins).unwrap();
                    assert!((signed.over + signed.under - l1).abs() < 1e-12);
                    assert!((0.0..=1.0).contains(&l1) && l1 <= l2 + 1e-12 && l2 <= max + 1e-12);
                    assert!(ece_l2_debiased(&bins).unwrap() <= l2 + 1e-12);
                    out.extend([l1, l2, max, ace(&bins).unwrap(), ece_l1_debiased(&bins).unwrap()]);
                }
                out.push(overconfidence(&p, &y).unwrap().gap);
                out.push(spiegelhalter(&p, &y).map_or(0.0, |t| t.z));
                out
            };
            let before = measure(&rows);
            let turn = turn % rows.len();
            rows.rotate_left(turn);
            rows.reverse();
            for (a, b) in before.iter().zip(measure(&rows)) {
                prop_assert!((a - b).abs() < 1e-12);
            }
        }
    }
}
