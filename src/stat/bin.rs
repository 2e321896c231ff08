//! Bins of a reliability diagram, and the table drawn from them.

use super::cell::{Cell, bin_of, valid};
use super::dist::{normal_cdf, normal_pdf, z_two_sided};
use super::interval::Interval;
use super::proportion::{clopper_pearson, wilson};
use super::sum::Sum;

/// One non-empty bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// 0-based place among all bins, empty ones counted.
    pub index: usize,
    /// Lower edge, excluded (0 is included in the first bin).
    pub low: f64,
    /// Upper edge, included.
    pub high: f64,
    /// Number of samples, at least 1.
    pub n: u64,
    /// How many of them are right.
    pub right: u64,
    /// Mean probability.
    pub conf: f64,
}

impl Bin {
    /// Share of right samples.
    pub fn freq(&self) -> f64 {
        self.right as f64 / self.n as f64
    }

    /// Observed frequency minus mean probability: negative when over-confident.
    pub fn gap(&self) -> f64 {
        self.freq() - self.conf
    }
}

/// The non-empty bins of `m` ≥ 1 equal-width, right-closed bins: bin b holds (b/m, (b+1)/m], the first also 0.
///
/// `p` in [0, 1], `y` of the same length; `None` when they do not pair up, are empty or out of range, or m = 0.
/// Edges are `(b+1) as f64 / m as f64` compared with ≤ (Guo 2017; scikit-learn and uncertainty-calibration agree,
/// netcal closes bins on the left).
pub fn equal_width(p: &[f64], y: &[bool], m: usize) -> Option<Vec<Bin>> {
    if m == 0 || !valid(p, y) {
        return None;
    }
    Some(gather(rows(p, y), &width_edges(m), |p| bin_of(p, m)))
}

/// [`equal_width`] from pooled cells; exact when each cell lies in one bin.
pub fn equal_width_cells(cells: &[Cell], m: usize) -> Option<Vec<Bin>> {
    if m == 0 || cells.is_empty() {
        return None;
    }
    Some(gather(cells.iter().copied(), &width_edges(m), |p| bin_of(p, m)))
}

/// Upper edges of `m` ≥ 1 equal-mass bins, rising, the last 1; fewer than m when edges coincide or n < m.
///
/// The sorted values are split as numpy's `array_split`; an edge is the midpoint between neighbours of two chunks, so a
/// tie is never split (uncertainty-calibration's `get_equal_bins`). `None` for no values, m = 0 or a value outside [0, 1].
pub fn equal_mass_edges(p: &[f64], m: usize) -> Option<Vec<f64>> {
    let in_range = p.iter().all(|value| (0.0..=1.0).contains(value));
    if p.is_empty() || m == 0 || !in_range {
        return None;
    }
    let mut sorted = p.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let m = m.min(sorted.len());
    let (size, longer) = (sorted.len() / m, sorted.len() % m);
    let mut edges = Vec::with_capacity(m);
    let mut cut = 0;
    for chunk in 0..m - 1 {
        cut += size + usize::from(chunk < longer);
        if let (Some(last), Some(next)) = (sorted.get(cut - 1), sorted.get(cut)) {
            edges.push((last + next) / 2.0);
        }
    }
    edges.push(1.0);
    edges.dedup();
    Some(edges)
}

/// The non-empty bins of [`equal_mass_edges`]; `None` as for [`equal_width`].
pub fn equal_mass(p: &[f64], y: &[bool], m: usize) -> Option<Vec<Bin>> {
    if !valid(p, y) {
        return None;
    }
    let edges = equal_mass_edges(p, m)?;
    let last = edges.len() - 1;
    Some(gather(rows(p, y), &edges, |p| {
        edges.partition_point(|edge| *edge < p).min(last)
    }))
}

fn rows<'a>(p: &'a [f64], y: &'a [bool]) -> impl Iterator<Item = Cell> + 'a {
    p.iter().zip(y).map(|(p, right)| Cell {
        p: *p,
        n: 1,
        right: u64::from(*right),
    })
}

fn width_edges(m: usize) -> Vec<f64> {
    (1..=m).map(|b| b as f64 / m as f64).collect()
}

fn gather(cells: impl Iterator<Item = Cell>, edges: &[f64], place: impl Fn(f64) -> usize) -> Vec<Bin> {
    let mut sums = vec![(Sum::default(), 0u64, 0u64); edges.len()];
    for cell in cells {
        if let Some((total, n, right)) = sums.get_mut(place(cell.p)) {
            total.add(cell.p * cell.n as f64);
            *n += cell.n;
            *right += cell.right;
        }
    }
    let mut low = 0.0;
    let mut bins = Vec::new();
    for (index, ((total, n, right), high)) in sums.into_iter().zip(edges).enumerate() {
        if n > 0 {
            bins.push(Bin {
                index,
                low,
                high: *high,
                n,
                right,
                conf: total.value() / n as f64,
            });
        }
        low = *high;
    }
    bins
}

/// A bin with what can be said about its frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinRow {
    /// The bin.
    pub bin: Bin,
    /// Where the true frequency is (Wilson).
    pub wilson: Interval,
    /// Where the true frequency is, conservative (Clopper–Pearson).
    pub clopper_pearson: Interval,
    /// What a calibrated model could show in this bin (Bröcker & Smith 2007), as a frequency.
    pub consistency: Interval,
}

/// The table of `m` equal-width bins with intervals at level 1 - `alpha`; `None` as for [`equal_width`] or when `alpha`
/// is outside (0, 1).
pub fn reliability(p: &[f64], y: &[bool], m: usize, alpha: f64) -> Option<Vec<BinRow>> {
    let bins = equal_width(p, y, m)?;
    let mut members: Vec<Vec<f64>> = vec![Vec::new(); m];
    for value in p {
        if let Some(list) = members.get_mut(bin_of(*value, m)) {
            list.push(*value);
        }
    }
    bins.into_iter()
        .map(|bin| {
            let inside = members.get(bin.index)?;
            Some(BinRow {
                bin,
                wilson: wilson(bin.right, bin.n, alpha)?,
                clopper_pearson: clopper_pearson(bin.right, bin.n, alpha)?,
                consistency: consistency(inside, alpha)?,
            })
        })
        .collect()
}

/// Bins up to this size get the exact distribution of their count.
const EXACT_COUNT: usize = 20_000;

/// The 1 - `alpha` interval of the frequency that calibrated probabilities `p` would show: the α/2 and 1 - α/2
/// quantiles (smallest k whose distribution function reaches them) of the Poisson-binomial count, over n.
///
/// Exact by convolution up to 20,000 values, beyond by the normal approximation with skewness correction (Volkova 1996).
/// `None` for no values, a value outside [0, 1] or `alpha` outside (0, 1). Source: Bröcker & Smith 2007.
pub fn consistency(p: &[f64], alpha: f64) -> Option<Interval> {
    let in_range = p.iter().all(|value| (0.0..=1.0).contains(value));
    if p.is_empty() || !in_range || !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let n = p.len() as f64;
    let (low, high) = if p.len() <= EXACT_COUNT {
        count_quantiles(p, alpha)
    } else {
        let z = z_two_sided(alpha)?;
        (
            approximate_quantile(p, alpha / 2.0, -z),
            approximate_quantile(p, 1.0 - alpha / 2.0, z),
        )
    };
    Interval::new(low / n, high / n)
}

/// Both quantiles of the Poisson-binomial count by convolution, keeping only masses that can matter.
fn count_quantiles(p: &[f64], alpha: f64) -> (f64, f64) {
    const NEGLIGIBLE: f64 = 1e-20;
    let mut first = 0usize;
    let mut masses = vec![1.0f64];
    for &success in p {
        masses.push(0.0);
        let mut below = 0.0;
        for mass in masses.iter_mut() {
            let own = *mass;
            *mass = own * (1.0 - success) + below * success;
            below = own;
        }
        while masses.last().is_some_and(|mass| *mass < NEGLIGIBLE) {
            masses.pop();
        }
        let skip = masses.iter().take_while(|mass| **mass < NEGLIGIBLE).count();
        // Shifting the window costs its length, so it waits until there is something to gain.
        if skip > 32 {
            masses.drain(..skip);
            first += skip;
        }
    }
    let quantile = |q: f64| {
        let mut reached = Sum::default();
        let place = masses.iter().position(|mass| {
            reached.add(*mass);
            reached.value() >= q
        });
        (first + place.unwrap_or(masses.len().saturating_sub(1))) as f64
    };
    (quantile(alpha / 2.0), quantile(1.0 - alpha / 2.0))
}

/// Smallest k with the skewness-corrected normal distribution function at least `q`; `z` = Φ⁻¹(q).
fn approximate_quantile(p: &[f64], q: f64, z: f64) -> f64 {
    let (mut mean, mut variance, mut third) = (Sum::default(), Sum::default(), Sum::default());
    for &value in p {
        let spread = value * (1.0 - value);
        mean.add(value);
        variance.add(spread);
        third.add(spread * (1.0 - 2.0 * value));
    }
    let (mean, sd) = (mean.value(), variance.value().sqrt());
    if sd == 0.0 {
        return mean.round();
    }
    let skew = third.value() / (sd * sd * sd);
    let cdf = |k: f64| {
        let x = (k + 0.5 - mean) / sd;
        normal_cdf(x) + skew * (1.0 - x * x) * normal_pdf(x) / 6.0
    };
    let mut k = (mean + z * sd).round();
    while k > 0.0 && cdf(k - 1.0) >= q {
        k -= 1.0;
    }
    while k < p.len() as f64 && cdf(k) < q {
        k += 1.0;
    }
    k.clamp(0.0, p.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::dist::binomial_quantile;

    #[test]
    fn bins_close_on_the_right() {
        let bins = equal_width(&[0.0, 0.1, 0.100_000_1, 1.0], &[true, false, true, true], 10).unwrap();
        let shape: Vec<(usize, u64, u64)> = bins.iter().map(|b| (b.index, b.n, b.right)).collect();
        assert_eq!(shape, [(0, 2, 1), (1, 1, 1), (9, 1, 1)]);
    }

    #[test]
    fn equal_mass_never_splits_ties() {
        let p = [0.2, 0.2, 0.2, 0.2, 0.9];
        let bins = equal_mass(&p, &[true; 5], 5).unwrap();
        assert_eq!(bins.iter().map(|b| b.n).collect::<Vec<_>>(), [4, 1]);
        assert_eq!(equal_mass_edges(&[], 3), None);
        assert_eq!(equal_mass_edges(&[0.4], 3), Some(vec![1.0]));
    }

    #[test]
    fn consistency_of_equal_probabilities_is_binomial() {
        for (n, p) in [(1, 0.3), (7, 0.0), (50, 1.0), (500, 0.35), (30_000, 0.02)] {
            let got = consistency(&vec![p; n], 0.05).unwrap();
            let want = |q| binomial_quantile(q, n as u64, p).unwrap() as f64 / n as f64;
            assert_eq!((got.low, got.high), (want(0.025), want(0.975)), "{n} {p}");
        }
    }
}
