//! Intervals where samples are not independent: whole clusters (or items with their repeats) are resampled.

use super::bootstrap::{Clusters, Draws, percentile};
use super::cell::{Cell, table};
use super::interval::Interval;
use super::quantile::Ratio;
use super::ranking::auroc_cells;
use super::recalibration::cox_cells;
use super::rng::Rng;

/// Share of replicates in which a statistic has to be defined, so that its interval means something.
const DEFINED: f64 = 0.95;

/// What is measured of a confidence in each resample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ranked {
    /// Area under the ROC curve.
    Auroc,
    /// Cox slope.
    Slope,
    /// Calibration in the large.
    InTheLarge,
    /// Share right among the 80 % most confident samples.
    AccuracyAt80,
}

/// AUROC, Cox slope, calibration in the large and accuracy at 80 % coverage of resampled clusters, drawn one by one.
///
/// The draws follow from the seed alone; neither the order of rows nor the labels of clusters play a part.
pub struct RankingDraws {
    draws: Draws,
    order: Vec<Vec<(usize, bool)>>,
    at_start: [Option<f64>; 4],
    is_exact: bool,
    found: [Vec<f64>; 4],
    done: usize,
}

impl RankingDraws {
    /// Prepares the draws for `p` in 0..=1 and `y`, with the label of its cluster for each.
    ///
    /// * `is_positive`: p is the probability of a class, as sure as its distance from 0.5 says, and not of the answer.
    ///
    /// `None` for invalid input and for fewer than two clusters, which say nothing about the spread between them.
    pub fn new(p: &[f64], y: &[bool], cluster: &[u32], is_positive: bool, seed: u64) -> Option<Self> {
        let pooled = table(p, y)?;
        let clusters = Clusters::new(&pooled, p, y, cluster)?;
        let order = by_sureness(&pooled.cells, is_positive);
        Some(Self {
            at_start: measures(&pooled.cells, &order),
            // Not the random numbers of the other bootstraps.
            draws: Draws::clusters(&pooled.cells, clusters, seed ^ 0x2545_F491_4F6C_DD1D)?,
            order,
            is_exact: pooled.exact,
            found: Default::default(),
            done: 0,
        })
    }

    /// Draws taken.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Takes the next draw.
    pub fn step(&mut self) {
        let measured = measures(self.draws.draw(), &self.order);
        for (found, value) in self.found.iter_mut().zip(measured) {
            found.extend(value);
        }
        self.done += 1;
    }

    /// The percentile interval of a measure around its `estimate`, at level 1 - `alpha`.
    ///
    /// Where confidences were pooled, it is shifted by what pooling changed. `None` when the measure is undefined in more
    /// than one replicate of twenty (one outcome only, or a slope that is infinite).
    pub fn interval(&self, what: Ranked, estimate: f64, alpha: f64) -> Option<Interval> {
        let (found, start) = (self.found.get(what as usize)?, *self.at_start.get(what as usize)?);
        if self.done == 0 || (found.len() as f64) < DEFINED * self.done as f64 {
            return None;
        }
        let shift = if self.is_exact { 0.0 } else { estimate - start? };
        let interval = percentile(found, alpha)?.shift(shift);
        match what {
            Ranked::Auroc | Ranked::AccuracyAt80 => Some(interval.clamp(0.0, 1.0)),
            Ranked::Slope | Ranked::InTheLarge => Some(interval),
        }
    }
}

/// Cells that are equally sure, surest first, each with whether p speaks for the negative class.
fn by_sureness(cells: &[Cell], is_positive: bool) -> Vec<Vec<(usize, bool)>> {
    let sure = |p: f64| if is_positive { p.max(1.0 - p) } else { p };
    let mut order: Vec<(f64, usize, bool)> = cells
        .iter()
        .enumerate()
        .map(|(place, cell)| (sure(cell.p), place, is_positive && cell.p < 0.5))
        .collect();
    order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    order
        .chunk_by(|a, b| a.0 == b.0)
        .map(|block| block.iter().map(|(_, place, turned)| (*place, *turned)).collect())
        .collect()
}

fn measures(cells: &[Cell], order: &[Vec<(usize, bool)>]) -> [Option<f64>; 4] {
    let fit = cox_cells(cells).ok();
    [
        auroc_cells(cells),
        fit.map(|fit| fit.slope),
        fit.map(|fit| fit.citl),
        accuracy_at_80(cells, order),
    ]
}

/// Share right among the ⌈0.8 n⌉ surest samples; tied blocks count by expected errors, so row order plays no part.
fn accuracy_at_80(cells: &[Cell], order: &[Vec<(usize, bool)>]) -> Option<f64> {
    let n: u64 = cells.iter().map(|cell| cell.n).sum();
    let answered = (n * 4).div_ceil(5);
    let (mut left, mut right) = (answered, 0.0);
    for block in order {
        let members = block.iter().filter_map(|(at, turned)| Some((cells.get(*at)?, *turned)));
        let (size, good) = members.fold((0, 0), |(size, good), (cell, turned)| {
            let own = if turned { cell.n - cell.right } else { cell.right };
            (size + cell.n, good + own)
        });
        let taken = left.min(size);
        if size > 0 {
            right += good as f64 * taken as f64 / size as f64;
        }
        left -= taken;
        if left == 0 {
            break;
        }
    }
    (answered > 0).then(|| right / answered as f64)
}

/// Nearest-rank quantiles of resampled clusters, drawn one by one; as for [`RankingDraws`].
pub struct QuantileDraws {
    /// Value and cluster (numbered from 0), by rising value.
    sorted: Vec<(f64, u32)>,
    weights: Vec<u64>,
    ranks: Vec<Ratio>,
    found: Vec<Vec<f64>>,
    rng: Rng,
    done: usize,
}

impl QuantileDraws {
    /// Prepares the draws.
    ///
    /// * `rows`: value and label of its cluster; `quantiles`: which, rising.
    ///
    /// `None` when a value is not finite or there are fewer than two clusters.
    pub fn new(rows: &[(f64, u32)], quantiles: &[Ratio], seed: u64) -> Option<Self> {
        let mut labels: Vec<u32> = rows.iter().map(|(_, label)| *label).collect();
        labels.sort_unstable();
        labels.dedup();
        if labels.len() < 2 || rows.iter().any(|(value, _)| !value.is_finite()) {
            return None;
        }
        let number = |label: u32| labels.binary_search(&label).unwrap_or(0) as u32;
        let mut sorted: Vec<(f64, u32)> = rows.iter().map(|(value, label)| (*value, number(*label))).collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        Some(Self {
            sorted,
            weights: vec![0; labels.len()],
            ranks: quantiles.to_vec(),
            found: vec![Vec::new(); quantiles.len()],
            rng: Rng::new(seed ^ 0x9E6C_63D0_876A_68DE),
            done: 0,
        })
    }

    /// Rows that a draw goes through.
    pub fn rows(&self) -> usize {
        self.sorted.len()
    }

    /// Draws taken.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Takes the next draw.
    pub fn step(&mut self) {
        self.weights.fill(0);
        for _ in 0..self.weights.len() {
            let drawn = self.rng.below(self.weights.len());
            if let Some(weight) = self.weights.get_mut(drawn) {
                *weight += 1;
            }
        }
        let weight = |cluster: u32| self.weights.get(cluster as usize).copied().unwrap_or(0);
        let total: u64 = self.sorted.iter().map(|(_, cluster)| weight(*cluster)).sum();
        let mut wanted = self.ranks.iter().zip(&mut self.found).peekable();
        let mut seen = 0;
        for (value, cluster) in &self.sorted {
            seen += weight(*cluster);
            while let Some((_, found)) = wanted.next_if(|(q, _)| q.rank(total) <= seen) {
                found.push(*value);
            }
            if wanted.peek().is_none() {
                break;
            }
        }
        self.done += 1;
    }

    /// The ends of the percentile interval of the quantile at `place` at level 1 - `alpha`.
    ///
    /// The upper end is `None` where the replicates reach the largest value: how much slower it could get is then not known.
    pub fn ends(&self, place: usize, alpha: f64) -> (Option<f64>, Option<f64>) {
        let interval = self.found.get(place).and_then(|found| percentile(found, alpha));
        let (first, last) = (self.sorted.first(), self.sorted.last());
        let is_constant = first.map(|(value, _)| value) == last.map(|(value, _)| value);
        let is_known = |high: &f64| is_constant || last.is_some_and(|(most, _)| high < most);
        (
            interval.map(|own| own.low),
            interval.map(|own| own.high).filter(is_known),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::bootstrap::percentile;
    use crate::stat::quantile::quantile_interval;
    use crate::stat::ranking::{delong, risk_coverage};
    use crate::stat::recalibration::cox;

    /// `copies` of each of 500 samples, each with its copies a cluster.
    fn copied(copies: usize) -> (Vec<f64>, Vec<bool>, Vec<u32>) {
        let mut rng = Rng::new(5);
        let (mut p, mut y, mut cluster) = (Vec::new(), Vec::new(), Vec::new());
        for item in 0..500 {
            let value = (rng.uniform() * 40.0).ceil() / 41.0;
            let right = rng.uniform() < value;
            p.extend(vec![value; copies]);
            y.extend(vec![right; copies]);
            cluster.extend(vec![item; copies]);
        }
        (p, y, cluster)
    }

    fn drawn(draws: &mut RankingDraws) {
        (0..2000).for_each(|_| draws.step());
    }

    #[test]
    fn copies_of_a_sample_say_no_more_than_one() {
        // Four copies of each sample: the truth about the spread is that of the samples without their copies.
        let (once, right, _) = copied(1);
        let (p, y, cluster) = copied(4);
        let mut draws = RankingDraws::new(&p, &y, &cluster, false, 1).unwrap();
        drawn(&mut draws);
        let alone = delong(&once, &right, 0.05).unwrap();
        let found = draws.interval(Ranked::Auroc, alone.auroc, 0.05).unwrap();
        assert!(
            (found.width() / alone.interval.width() - 1.0).abs() < 0.1,
            "{found:?} {alone:?}"
        );
        let naive = delong(&p, &y, 0.05).unwrap();
        assert!(found.width() > 1.8 * naive.interval.width());
        let fit = cox(&once, &right).unwrap();
        let (wald, found) = (
            fit.slope_interval(0.05).unwrap(),
            draws.interval(Ranked::Slope, fit.slope, 0.05).unwrap(),
        );
        assert!((found.width() / wald.width() - 1.0).abs() < 0.2, "{found:?} {wald:?}");
        assert!(found.contains(fit.slope));
    }

    #[test]
    fn measures_of_the_table_are_those_of_the_rows() {
        let (p, y, _) = copied(1);
        let cells = table(&p, &y).unwrap().cells;
        let [auroc, slope, large, at_80] = measures(&cells, &by_sureness(&cells, false)).map(Option::unwrap);
        let fit = cox(&p, &y).unwrap();
        assert_eq!((slope, large), (fit.slope, fit.citl));
        assert_eq!(auroc, delong(&p, &y, 0.05).unwrap().auroc);
        let curve = risk_coverage(&p, &y).unwrap();
        assert!((at_80 - (1.0 - curve.risk_at(0.8).unwrap())).abs() < 1e-12);
        // As sure of the negative class as of the positive one.
        let sure: Vec<f64> = p.iter().map(|p| p.max(1.0 - p)).collect();
        let right: Vec<bool> = p.iter().zip(&y).map(|(p, y)| (*p >= 0.5) == *y).collect();
        let turned = accuracy_at_80(&cells, &by_sureness(&cells, true)).unwrap();
        let curve = risk_coverage(&sure, &right).unwrap();
        assert!((turned - (1.0 - curve.risk_at(0.8).unwrap())).abs() < 1e-12);
    }

    #[test]
    fn neither_row_order_nor_labels_play_a_part() {
        let (p, y, cluster) = copied(2);
        let ends = |p: &[f64], y: &[bool], cluster: &[u32]| {
            let mut draws = RankingDraws::new(p, y, cluster, false, 3).unwrap();
            (0..100).for_each(|_| draws.step());
            draws.interval(Ranked::Auroc, 0.0, 0.05)
        };
        let back = |own: &[u32]| own.iter().rev().map(|label| 900 - label).collect::<Vec<u32>>();
        let (rp, ry): (Vec<f64>, Vec<bool>) = (p.iter().rev().copied().collect(), y.iter().rev().copied().collect());
        assert_eq!(ends(&p, &y, &cluster), ends(&rp, &ry, &back(&cluster)));
        assert!(RankingDraws::new(&p, &y, &vec![0; p.len()], false, 3).is_none());
    }

    #[test]
    fn quantiles_of_copies_have_the_interval_of_their_samples() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i * 7919 % 1000)).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let rows: Vec<(f64, u32)> = (0..1000u32)
            .zip(&values)
            .flat_map(|(item, value)| vec![(*value, item); 5])
            .collect();
        let quantiles = [Ratio::P50, Ratio::P90, Ratio::P99];
        let mut draws = QuantileDraws::new(&rows, &quantiles, 7).unwrap();
        (0..2000).for_each(|_| draws.step());
        for (place, q) in quantiles.into_iter().enumerate() {
            let wanted = quantile_interval(&sorted, q, 0.05).unwrap();
            let (low, high) = draws.ends(place, 0.05);
            // Values are their own ranks: a few ranks apart at most.
            assert!(
                (low.unwrap() - wanted.low.unwrap()).abs() < 5.0,
                "{q:?} {low:?} {wanted:?}"
            );
            assert!(
                (high.unwrap() - wanted.high.unwrap()).abs() < 5.0,
                "{q:?} {high:?} {wanted:?}"
            );
        }
        let few: Vec<(f64, u32)> = (0..20).map(|i| (f64::from(i), i as u32 / 2)).collect();
        let mut draws = QuantileDraws::new(&few, &[Ratio::P99], 7).unwrap();
        (0..200).for_each(|_| draws.step());
        assert_eq!(
            draws.ends(0, 0.05).1,
            None,
            "ten clusters do not show how slow one in a hundred is"
        );
        assert!(QuantileDraws::new(&[(1.0, 4), (2.0, 4)], &[Ratio::P50], 7).is_none());
        assert_eq!(percentile(&[], 0.05), None);
    }
}
