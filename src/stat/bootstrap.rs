//! Seeded resampling: bootstrap intervals, and what a calibrated model of the same size would show.
//!
//! Replicates are drawn from pooled cells, not rows, so a million samples cost no more than a few thousand cells. Every
//! draw asks `progress` whether to go on; a cancelled run gives `None`.

use super::cell::{Cell, Table, table};
use super::dist::{normal_cdf, normal_quantile};
use super::interval::Interval;
use super::rng::Rng;
use super::sum::{finite, sum};

/// Told the number of replicates done so far; answers whether to go on.
pub type Progress<'a> = &'a mut dyn FnMut(usize) -> bool;

/// The type 7 quantile of sorted values at `q` in [0, 1]; `None` for none.
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let place = (sorted.len().checked_sub(1)? as f64) * q.clamp(0.0, 1.0);
    let below = *sorted.get(place.floor() as usize)?;
    let above = sorted.get(place.ceil() as usize).copied().unwrap_or(below);
    finite(below + (place - place.floor()) * (above - below))
}

fn sorted(replicates: &[f64]) -> Option<Vec<f64>> {
    if replicates.is_empty() || replicates.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut values = replicates.to_vec();
    values.sort_unstable_by(f64::total_cmp);
    Some(values)
}

/// Percentile interval of `replicates` at level 1 - `alpha`: their type 7 quantiles at α/2 and 1 - α/2.
///
/// `None` for no replicates, one that is not finite, or `alpha` outside (0, 1).
pub fn percentile(replicates: &[f64], alpha: f64) -> Option<Interval> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let values = sorted(replicates)?;
    Interval::new(quantile(&values, alpha / 2.0)?, quantile(&values, 1.0 - alpha / 2.0)?)
}

/// Basic interval: the percentile interval mirrored at the estimate. `None` as for [`percentile`].
pub fn basic(estimate: f64, replicates: &[f64], alpha: f64) -> Option<Interval> {
    let ends = percentile(replicates, alpha)?;
    Interval::new(2.0 * estimate - ends.high, 2.0 * estimate - ends.low)
}

/// Bias correction and acceleration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bca {
    /// z0 = Φ⁻¹ of the mean share of replicates below, and at or below, the estimate.
    pub bias: f64,
    /// Acceleration from the jackknife.
    pub acceleration: f64,
}

/// The parts of the BCa interval from the estimate, its replicates and the leave-one-out values.
///
/// `None` when z0 is infinite (all replicates on one side), when all leave-one-out values are equal, or without values.
/// Source: Efron 1987; as scipy's `_bca_interval`.
pub fn bca_parts(estimate: f64, replicates: &[f64], jackknife: &[f64]) -> Option<Bca> {
    let below = replicates.iter().filter(|value| **value < estimate).count();
    let up_to = replicates.iter().filter(|value| **value <= estimate).count();
    let bias = normal_quantile((below + up_to) as f64 / (2 * replicates.len()) as f64)?;
    let centre = finite(sum(jackknife.iter().copied()) / jackknife.len() as f64)?;
    let power = |exponent: i32| sum(jackknife.iter().map(|value| (centre - value).powi(exponent)));
    let squares = power(2);
    if squares <= 0.0 {
        return None;
    }
    Some(Bca {
        bias,
        acceleration: finite(power(3) / (6.0 * squares.powf(1.5)))?,
    })
}

/// An interval and whether it had to be the percentile one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BcaInterval {
    /// The interval.
    pub interval: Interval,
    /// True when BCa was undefined and the percentile interval is given instead.
    pub fell_back: bool,
}

/// BCa interval at level 1 - `alpha`, or the percentile interval when [`bca_parts`] is undefined. `None` as for
/// [`percentile`].
pub fn bca(estimate: f64, replicates: &[f64], jackknife: &[f64], alpha: f64) -> Option<BcaInterval> {
    let plain = percentile(replicates, alpha)?;
    let corrected = bca_parts(estimate, replicates, jackknife).and_then(|parts| {
        let values = sorted(replicates)?;
        let end = |z: f64| {
            let shifted = parts.bias + z;
            let stretch = 1.0 - parts.acceleration * shifted;
            // Beyond the pole the correction has no meaning.
            (stretch > 0.0).then(|| quantile(&values, normal_cdf(parts.bias + shifted / stretch)))?
        };
        let z = normal_quantile(alpha / 2.0)?;
        Interval::new(end(z)?, end(-z)?)
    });
    Some(BcaInterval {
        interval: corrected.unwrap_or(plain),
        fell_back: corrected.is_none(),
    })
}

/// BCa interval of the mean of `values` from `replicates` seeded resamples. `None` for fewer than two values, invalid
/// `alpha`, or when cancelled.
pub fn bca_mean(values: &[f64], alpha: f64, replicates: usize, seed: u64, progress: Progress) -> Option<BcaInterval> {
    let n = values.len();
    if n < 2 || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    // The order of rows must not decide which values are drawn.
    let ordered = sorted(values)?;
    let total = sum(ordered.iter().copied());
    let mut rng = Rng::new(seed);
    let mut means = Vec::with_capacity(replicates);
    for done in 0..replicates {
        if !progress(done) {
            return None;
        }
        let drawn = (0..n).map(|_| ordered.get(rng.below(n)).copied().unwrap_or(0.0));
        means.push(sum(drawn) / n as f64);
    }
    let jackknife: Vec<f64> = ordered.iter().map(|value| (total - value) / (n - 1) as f64).collect();
    bca(total / n as f64, &means, &jackknife, alpha)
}

/// What a calibrated model would show: outcomes are drawn as y* ~ Bernoulli(p) and `measure` is taken of each draw.
///
/// Returns `replicates` rows of `N` measures (draws where `measure` is undefined are left out). The cells' counts keep
/// their order; cells that pool several values use their mean. `None` when cancelled or without cells.
pub fn simulate_null<const N: usize>(
    cells: &[Cell],
    replicates: usize,
    seed: u64,
    progress: Progress,
    measure: &mut dyn FnMut(&[Cell]) -> Option<[f64; N]>,
) -> Option<Vec<[f64; N]>> {
    Draws::null(cells, seed)?.measured(replicates, progress, measure)
}

/// Resamples samples with replacement, as counts per cell and outcome, and takes `measure` of each resample.
///
/// Cells keep their order and place; a resampled cell may hold no samples. `None` when cancelled or without cells.
pub fn resample<const N: usize>(
    cells: &[Cell],
    replicates: usize,
    seed: u64,
    progress: Progress,
    measure: &mut dyn FnMut(&[Cell]) -> Option<[f64; N]>,
) -> Option<Vec<[f64; N]>> {
    Draws::samples(cells, seed)?.measured(replicates, progress, measure)
}

/// Tables over the same cells, drawn one after the other. The draws follow from the seed alone, however many are taken at
/// a time.
pub struct Draws {
    cells: Vec<Cell>,
    drawn: Vec<Cell>,
    rng: Rng,
    drawer: Drawer,
}

impl Draws {
    fn new(cells: &[Cell], seed: u64, drawer: Drawer) -> Option<Self> {
        (!cells.is_empty()).then(|| Self {
            cells: cells.to_vec(),
            drawn: cells.to_vec(),
            rng: Rng::new(seed),
            drawer,
        })
    }

    /// Draws of a calibrated model, as in [`simulate_null`]; `None` without cells.
    pub fn null(cells: &[Cell], seed: u64) -> Option<Self> {
        Self::new(cells, seed, Drawer::Null)
    }

    /// Resamples of the samples, as in [`resample`]; `None` without samples.
    pub fn samples(cells: &[Cell], seed: u64) -> Option<Self> {
        let n: u64 = cells.iter().map(|cell| cell.n).sum();
        let is_dense = n > FEWEST_DENSE && n > DENSE * cells.len() as u64;
        let drawer = if n > MOST_ROWS || is_dense {
            Drawer::Sizes(cells.iter().map(|cell| cell.n as f64).collect(), vec![0; cells.len()])
        } else {
            let mut rows = Vec::new();
            for (place, cell) in cells.iter().enumerate() {
                rows.extend((0..cell.n).map(|row| 2 * place as u32 + u32::from(row < cell.right)));
            }
            Drawer::Rows(rows)
        };
        Self::new(cells, seed, drawer).filter(|_| n > 0)
    }

    /// Resamples of whole clusters; `None` without cells.
    pub fn clusters(cells: &[Cell], clusters: Clusters, seed: u64) -> Option<Self> {
        Self::new(cells, seed, Drawer::Clusters(clusters))
    }

    /// The next table: the same cells with other counts.
    pub fn draw(&mut self) -> &[Cell] {
        let Self {
            cells,
            drawn,
            rng,
            drawer,
        } = self;
        match drawer {
            Drawer::Null => {
                for cell in drawn.iter_mut() {
                    cell.right = rng.binomial(cell.n, cell.p);
                }
            }
            Drawer::Rows(rows) => {
                clear(drawn);
                for _ in 0..rows.len() {
                    count(drawn, rows.get(rng.below(rows.len())).copied().unwrap_or(0));
                }
            }
            Drawer::Sizes(sizes, counts) => {
                let n = cells.iter().map(|cell| cell.n).sum();
                rng.multinomial(n, sizes, counts);
                for ((cell, original), count) in drawn.iter_mut().zip(cells).zip(counts) {
                    cell.n = *count;
                    cell.right = rng.binomial(*count, original.freq());
                }
            }
            Drawer::Clusters(Clusters { samples, ranges }) => {
                clear(drawn);
                for _ in 0..ranges.len() {
                    let range = ranges.get(rng.below(ranges.len())).copied().unwrap_or_default();
                    for sample in samples.get(range.0..range.1).unwrap_or_default() {
                        count(drawn, *sample);
                    }
                }
            }
        }
        drawn
    }

    fn measured<const N: usize>(
        mut self,
        replicates: usize,
        progress: Progress,
        measure: &mut dyn FnMut(&[Cell]) -> Option<[f64; N]>,
    ) -> Option<Vec<[f64; N]>> {
        let mut rows = Vec::with_capacity(replicates);
        for done in 0..replicates {
            if !progress(done) {
                return None;
            }
            rows.extend(measure(self.draw()));
        }
        Some(rows)
    }
}

/// How the next table comes about.
enum Drawer {
    /// Outcomes as a calibrated model would give them.
    Null,
    /// One entry a sample, cell·2 + outcome: for few samples.
    Rows(Vec<u32>),
    /// Sizes of the cells: counts are drawn from the multinomial distribution.
    Sizes(Vec<f64>, Vec<u64>),
    /// Whole clusters.
    Clusters(Clusters),
}

/// Above this many samples counts are drawn instead of samples.
const MOST_ROWS: u64 = 100_000;
/// From this many samples a cell, counts take less time than samples, if there are enough of them for it to matter.
const DENSE: u64 = 12;
const FEWEST_DENSE: u64 = 5000;

pub(super) fn clear(drawn: &mut [Cell]) {
    for cell in drawn {
        (cell.n, cell.right) = (0, 0);
    }
}

/// Counts a sample given as cell·2 + outcome.
pub(super) fn count(drawn: &mut [Cell], sample: u32) {
    if let Some(cell) = drawn.get_mut((sample / 2) as usize) {
        cell.n += 1;
        cell.right += u64::from(sample % 2);
    }
}

/// Samples grouped by cluster, each as its cell and outcome, for resampling whole clusters.
pub struct Clusters {
    /// Samples as cell·2 + outcome, cluster after cluster.
    samples: Vec<u32>,
    /// First and last sample of each cluster.
    ranges: Vec<(usize, usize)>,
}

impl Clusters {
    /// Groups rows by `cluster` (any labels) over the cells of `table`, which must be that of these `p` and `y`.
    ///
    /// `None` when lengths differ, there are fewer than two clusters, or a p has no cell.
    pub fn new(table: &Table, p: &[f64], y: &[bool], cluster: &[u32]) -> Option<Self> {
        if p.len() != y.len() || p.len() != cluster.len() {
            return None;
        }
        let mut rows: Vec<(u32, u32)> = Vec::with_capacity(p.len());
        for ((value, right), label) in p.iter().zip(y).zip(cluster) {
            let place = u32::try_from(table.place(*value)?).ok()?;
            rows.push((*label, 2 * place + u32::from(*right)));
        }
        rows.sort_unstable();
        let mut ranges = Vec::new();
        let mut start = 0;
        for group in rows.chunk_by(|a, b| a.0 == b.0) {
            ranges.push((start, start + group.len()));
            start += group.len();
        }
        let samples: Vec<u32> = rows.into_iter().map(|(_, sample)| sample).collect();
        // Labels are arbitrary; contents decide the order, so that renaming clusters changes nothing.
        ranges.sort_unstable_by(|a, b| samples.get(a.0..a.1).cmp(&samples.get(b.0..b.1)));
        (ranges.len() > 1).then_some(Clusters { samples, ranges })
    }

    /// Number of clusters.
    pub fn count(&self) -> usize {
        self.ranges.len()
    }
}

/// A biased measure with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Honest {
    /// The estimate from the samples.
    pub estimate: f64,
    /// Percentile bootstrap interval shifted by (estimate - replicate mean), clamped at 0.
    pub interval: Option<Interval>,
    /// 95 % quantile of what a calibrated model of this size shows.
    pub null_95: Option<f64>,
}

/// The percentile interval of column `column`, shifted so that its centre of mass is the estimate, clamped at 0.
///
/// Percentile intervals of ECE and its kin are biased upward by the same mechanism as the estimate; the shift takes
/// that out once. `None` as for [`percentile`].
pub fn shifted_interval<const N: usize>(
    estimate: f64,
    rows: &[[f64; N]],
    column: usize,
    alpha: f64,
) -> Option<Interval> {
    let values = column_of(rows, column)?;
    let centre = sum(values.iter().copied()) / values.len() as f64;
    let shifted = percentile(&values, alpha)?.shift(estimate - centre);
    Interval::new(shifted.low.max(0.0), shifted.high.max(0.0))
}

/// The type 7 quantile at `q` of column `column`; `None` without rows.
pub fn column_quantile<const N: usize>(rows: &[[f64; N]], column: usize, q: f64) -> Option<f64> {
    quantile(&sorted(&column_of(rows, column)?)?, q)
}

fn column_of<const N: usize>(rows: &[[f64; N]], column: usize) -> Option<Vec<f64>> {
    let values: Option<Vec<f64>> = rows.iter().map(|row| row.get(column).copied()).collect();
    values.filter(|values| !values.is_empty())
}

/// How a resampling run is set up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// Intervals are at level 1 - `alpha`.
    pub alpha: f64,
    /// Bootstrap replicates.
    pub replicates: usize,
    /// Simulations of the null band.
    pub simulations: usize,
    /// Seed of both.
    pub seed: u64,
}

impl Default for Plan {
    /// 95 % intervals from 1,000 replicates and 500 simulations.
    fn default() -> Self {
        Plan {
            alpha: 0.05,
            replicates: 1000,
            simulations: 500,
            seed: 1,
        }
    }
}

/// ECE, smooth ECE and CORP's MCB (Brier) with intervals and null bands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationUncertainty {
    /// ECE (L1) over the given number of equal-width bins.
    pub ece: Honest,
    /// Smooth calibration error.
    pub smece: Honest,
    /// CORP miscalibration under the Brier score.
    pub mcb: Honest,
}

/// Intervals and null bands of ECE over `bins` equal-width bins, smooth ECE and MCB.
///
/// As [`CalibrationDraws`], all at once. `progress` sees steps 0..simulations + replicates. `None` for invalid input or
/// when cancelled.
pub fn calibration_uncertainty(
    p: &[f64],
    y: &[bool],
    cluster: Option<&[u32]>,
    bins: usize,
    plan: Plan,
    progress: Progress,
) -> Option<CalibrationUncertainty> {
    let mut draws = CalibrationDraws::new(p, y, cluster, bins, plan)?;
    while !draws.is_complete() {
        if !progress(draws.done()) {
            return None;
        }
        draws.step();
    }
    let ece = super::calibration::ece(&super::bin::equal_width(p, y, bins)?)?;
    let mcb = super::score::corp(p, y, super::score::Rule::Brier)?.mcb;
    Some(draws.uncertainty([ece, super::smece::smece(p, y)?.value, mcb]))
}

/// The draws behind [`CalibrationUncertainty`], taken one by one: first what a calibrated model would show, then
/// resamples. With cluster labels whole clusters are resampled; fewer than two clusters give no interval.
pub struct CalibrationDraws {
    bins: usize,
    plan: Plan,
    meter: super::smece::SmoothMeter,
    null: Draws,
    samples: Option<Draws>,
    null_rows: Vec<[f64; 3]>,
    sample_rows: Vec<[f64; 3]>,
    done: usize,
}

impl CalibrationDraws {
    /// Prepares the draws for `p` in 0..=1 and `y`, with a label of its cluster each; `None` for invalid input.
    pub fn new(p: &[f64], y: &[bool], cluster: Option<&[u32]>, bins: usize, plan: Plan) -> Option<Self> {
        let pooled = table(p, y)?;
        let cells = &pooled.cells;
        // The two runs must not share random numbers.
        let seed = plan.seed ^ 0x5851_F42D_4C95_7F2D;
        let samples = match cluster {
            // One cluster says nothing about the spread between clusters: no interval.
            Some(labels) => {
                Clusters::new(&pooled, p, y, labels).and_then(|clusters| Draws::clusters(cells, clusters, seed))
            }
            None => Draws::samples(cells, seed),
        };
        Some(Self {
            bins,
            plan,
            meter: super::smece::SmoothMeter::new(cells),
            null: Draws::null(cells, plan.seed)?,
            samples,
            null_rows: Vec::with_capacity(plan.simulations),
            sample_rows: Vec::with_capacity(plan.replicates),
            done: 0,
        })
    }

    /// Draws taken.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Draws to take in all.
    pub fn total(&self) -> usize {
        let replicates = if self.samples.is_some() {
            self.plan.replicates
        } else {
            0
        };
        self.plan.simulations + replicates
    }

    /// Whether all draws are taken.
    pub fn is_complete(&self) -> bool {
        self.done >= self.total()
    }

    /// Takes the next draw; nothing once complete.
    pub fn step(&mut self) {
        let (draws, rows) = if self.done < self.plan.simulations {
            (Some(&mut self.null), &mut self.null_rows)
        } else if self.done < self.plan.simulations + self.plan.replicates {
            (self.samples.as_mut(), &mut self.sample_rows)
        } else {
            return;
        };
        if let Some(draws) = draws {
            rows.extend(measured(draws.draw(), self.bins, &mut self.meter));
        }
        self.done += 1;
    }

    /// Intervals and null bands around the `estimates` of ECE, smooth ECE and MCB.
    pub fn uncertainty(&self, [ece, smece, mcb]: [f64; 3]) -> CalibrationUncertainty {
        let honest = |column: usize, estimate: f64| Honest {
            estimate,
            interval: shifted_interval(estimate, &self.sample_rows, column, self.plan.alpha),
            null_95: column_quantile(&self.null_rows, column, 0.95),
        };
        CalibrationUncertainty {
            ece: honest(0, ece),
            smece: honest(1, smece),
            mcb: honest(2, mcb),
        }
    }
}

/// ECE, smooth ECE and MCB of one draw.
fn measured(drawn: &[Cell], bins: usize, meter: &mut super::smece::SmoothMeter) -> Option<[f64; 3]> {
    Some([
        super::calibration::ece(&super::bin::equal_width_cells(drawn, bins)?)?,
        meter.measure(drawn)?,
        super::score::corp_cells(drawn, super::score::Rule::Brier)?.mcb,
    ])
}

/// One place of a CORP consistency band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandPoint {
    /// Probability.
    pub p: f64,
    /// Pointwise quantiles of the recalibrated value of a calibrated model.
    pub band: Interval,
}

/// Pointwise consistency band of the CORP curve at `level` (0.9 is reliabilitydiag's default), at every cell.
///
/// As [`BandDraws`], all at once. `None` for invalid input, a level outside (0, 1), or when cancelled.
pub fn corp_band(
    p: &[f64],
    y: &[bool],
    level: f64,
    replicates: usize,
    seed: u64,
    progress: Progress,
) -> Option<Vec<BandPoint>> {
    let mut draws = BandDraws::new(p, y, usize::MAX, seed)?;
    for done in 0..replicates {
        if !progress(done) {
            return None;
        }
        draws.step();
    }
    draws.band(level)
}

/// The draws behind a CORP band, taken one by one.
///
/// Probabilities are resampled, outcomes drawn as Bernoulli(p*), isotonic regression fitted and read off at the cells.
/// Source: Dimitriadis, Gneiting & Jordan 2021.
pub struct BandDraws {
    cells: Vec<Cell>,
    drawn: Vec<Cell>,
    sizes: Vec<f64>,
    counts: Vec<u64>,
    places: Vec<f64>,
    curves: Vec<Vec<f64>>,
    rng: Rng,
    done: usize,
}

impl BandDraws {
    /// Prepares the draws; the band is read at `places` cells at most, evenly spaced, both ends kept. `None` for invalid
    /// input.
    pub fn new(p: &[f64], y: &[bool], places: usize, seed: u64) -> Option<Self> {
        let Table { cells, .. } = table(p, y)?;
        let (last, most) = (cells.len() - 1, places.max(2));
        let at = |step: usize| cells.get(step * last / (most - 1)).map(|cell| cell.p);
        let places: Vec<f64> = if cells.len() <= most {
            cells.iter().map(|cell| cell.p).collect()
        } else {
            (0..most).filter_map(at).collect()
        };
        Some(Self {
            drawn: cells.clone(),
            sizes: cells.iter().map(|cell| cell.n as f64).collect(),
            counts: vec![0; cells.len()],
            curves: vec![Vec::new(); places.len()],
            rng: Rng::new(seed),
            cells,
            places,
            done: 0,
        })
    }

    /// Draws taken.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Takes the next draw.
    pub fn step(&mut self) {
        let n: u64 = self.cells.iter().map(|cell| cell.n).sum();
        self.rng.multinomial(n, &self.sizes, &mut self.counts);
        for (cell, count) in self.drawn.iter_mut().zip(&self.counts) {
            cell.n = *count;
            cell.right = self.rng.binomial(*count, cell.p);
        }
        let blocks = super::score::pav(&self.drawn);
        for (curve, place) in self.curves.iter_mut().zip(&self.places) {
            curve.extend(super::score::isotonic(&blocks, *place));
        }
        self.done += 1;
    }

    /// The band at `level`; `None` without draws or for a level outside (0, 1).
    pub fn band(&self, level: f64) -> Option<Vec<BandPoint>> {
        let point = |(place, curve): (&f64, &Vec<f64>)| {
            let band = percentile(curve, 1.0 - level)?;
            Some(BandPoint { p: *place, band })
        };
        self.places.iter().zip(&self.curves).map(point).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::bin::equal_width_cells;
    use crate::stat::calibration::ece;

    fn calibrated(n: usize, seed: u64) -> (Vec<f64>, Vec<bool>) {
        let mut rng = Rng::new(seed);
        let draw = |_| {
            let p = rng.uniform().sqrt();
            (p, rng.uniform() < p)
        };
        (0..n).map(draw).unzip()
    }

    #[test]
    fn null_band_of_beta_2_1_scores() {
        // Means over repeated data sets: ECE over 15 bins about 0.053, smooth ECE about 0.037 at n = 500.
        let (p, y) = calibrated(500, 4);
        let plan = Plan {
            replicates: 200,
            simulations: 300,
            ..Plan::default()
        };
        let got = calibration_uncertainty(&p, &y, None, 15, plan, &mut |_| true).unwrap();
        let null = got.ece.null_95.unwrap();
        assert!((0.055..0.085).contains(&null), "{null}");
        let null = got.smece.null_95.unwrap();
        assert!((0.04..0.07).contains(&null), "{null}");
        assert!(got.smece.interval.unwrap().contains(got.smece.estimate));
        assert!(got.mcb.null_95.unwrap() > 0.0);
    }

    #[test]
    fn pooled_cells_give_the_same_spread_as_rows() {
        let (p, y) = calibrated(5000, 8);
        let exact = super::super::cell::distinct(&p, &y).unwrap();
        let pooled = table(&p, &y).unwrap();
        assert!(!pooled.exact);
        let mut measure = |cells: &[Cell]| Some([ece(&equal_width_cells(cells, 10)?)?]);
        let a = resample(&exact, 400, 1, &mut |_| true, &mut measure).unwrap();
        let b = resample(&pooled.cells, 400, 1, &mut |_| true, &mut measure).unwrap();
        let spread =
            |rows: &[[f64; 1]]| column_quantile(rows, 0, 0.975).unwrap() - column_quantile(rows, 0, 0.025).unwrap();
        assert!((spread(&a) / spread(&b) - 1.0).abs() < 0.2);
    }

    #[test]
    fn singleton_clusters_are_samples() {
        let (p, y) = calibrated(300, 5);
        let pooled = table(&p, &y).unwrap();
        let cells = pooled.cells.clone();
        let labels: Vec<u32> = (0..300).collect();
        let clusters = Clusters::new(&pooled, &p, &y, &labels).unwrap();
        assert_eq!(clusters.count(), 300);
        let mut measure = |cells: &[Cell]| Some([ece(&equal_width_cells(cells, 10)?)?]);
        let draws = Draws::clusters(&cells, clusters, 2).unwrap();
        let rows = draws.measured(300, &mut |_| true, &mut measure).unwrap();
        let plain = resample(&cells, 300, 2, &mut |_| true, &mut measure).unwrap();
        let middle = |rows: &[[f64; 1]]| column_quantile(rows, 0, 0.5).unwrap();
        assert!((middle(&rows) - middle(&plain)).abs() < 0.01);
        assert!(Clusters::new(&pooled, &p, &y, &[0; 300]).is_none());
    }

    #[test]
    fn row_order_and_cancelling() {
        let (p, y) = calibrated(200, 6);
        let run = |p: &[f64], y: &[bool]| {
            let plan = Plan {
                replicates: 50,
                simulations: 50,
                ..Plan::default()
            };
            calibration_uncertainty(p, y, None, 10, plan, &mut |_| true)
        };
        let (rp, ry): (Vec<f64>, Vec<bool>) = p.iter().copied().zip(y.iter().copied()).rev().unzip();
        assert_eq!(run(&p, &y), run(&rp, &ry));
        let plan = Plan::default();
        assert_eq!(
            calibration_uncertainty(&p, &y, None, 10, plan, &mut |done| done < 600),
            None
        );
        assert_eq!(bca_mean(&[1.0], 0.05, 10, 1, &mut |_| true), None);
    }

    #[test]
    fn bca_falls_back_when_undefined() {
        let same = bca(1.0, &[1.0, 2.0, 3.0], &[5.0, 5.0], 0.05).unwrap();
        assert!(same.fell_back);
        let outside = bca(0.0, &[1.0, 2.0, 3.0], &[5.0, 6.0], 0.05).unwrap();
        assert!(outside.fell_back);
        assert_eq!(percentile(&[], 0.05), None);
    }

    #[test]
    fn band_holds_the_diagonal() {
        let (p, y) = calibrated(400, 7);
        let band = corp_band(&p, &y, 0.9, 100, 3, &mut |_| true).unwrap();
        let inside = band.iter().filter(|point| point.band.contains(point.p)).count();
        assert!(inside * 10 > band.len() * 8);
    }
}
