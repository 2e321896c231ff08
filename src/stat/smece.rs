//! Smooth expected calibration error (Błasiok & Nakkiran 2023, arXiv 2309.12236).
//!
//! The residual p - y is smoothed over p by a reflected Gaussian of width σ. On [0, 1] that is the Neumann heat kernel,
//! diagonal in cosines, so r(t) = Σ c_k exp(-(πkσ)²/2) cos πkt with c_0 = mean(p - y) and c_k = 2 mean((p - y) cos πkp)
//! exactly: no grid of its own, no loss at p = 0 or 1 (where relplot 1.0.3 halves the weight).

use super::cell::{Cell, distinct, valid};
use super::sum::{finite, sum};
use std::f64::consts::PI;

/// The smooth calibration error and its bandwidth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SmoothEce {
    /// ∫|r(t)|dt at the bandwidth: 0 for perfect calibration, at most 1.
    pub value: f64,
    /// The bandwidth σ* at which the error equals the bandwidth.
    pub sigma: f64,
}

/// Bisection steps on the bandwidth: σ* is known to 2⁻¹⁸.
const STEPS: usize = 18;
/// Points of the midpoint rule while searching, and for the value itself.
const SEARCH_POINTS: usize = 4001;
const VALUE_POINTS: usize = 20_001;
/// No more cosines than these, whatever the bandwidth.
const MOST_TERMS: usize = 6000;
/// Above this many samples residuals are split linearly between the points of a grid of this size: an error below 1e-6.
const GRID_POINTS: usize = 65_536;

/// Smooth calibration error of `p` in [0, 1] against `y`: σ* with smECE_σ* = σ*, and the error there.
///
/// `None` when the slices do not pair up, are empty, or a p is out of range. Independent of row order and of ties.
pub fn smece(p: &[f64], y: &[bool]) -> Option<SmoothEce> {
    let mut spectrum = Spectrum::of(p, y)?;
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..STEPS {
        let middle = (low + high) / 2.0;
        if middle < spectrum.error(middle, SEARCH_POINTS) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(SmoothEce {
        value: finite(spectrum.error(high, VALUE_POINTS))?,
        sigma: high,
    })
}

/// Smooth calibration error at a given bandwidth `sigma` > 0; `None` for invalid input as in [`smece`].
pub fn smece_at(p: &[f64], y: &[bool], sigma: f64) -> Option<f64> {
    if !(sigma > 0.0 && sigma.is_finite()) {
        return None;
    }
    finite(Spectrum::of(p, y)?.error(sigma, VALUE_POINTS))
}

/// The smoothed residual r(t) at bandwidth `sigma` > 0 on `points` midpoints of [0, 1]: positive where over-confident.
///
/// `None` for invalid input or `points` = 0.
pub fn smooth_residual(p: &[f64], y: &[bool], sigma: f64, points: usize) -> Option<Vec<f64>> {
    if !(sigma > 0.0 && sigma.is_finite()) || points == 0 {
        return None;
    }
    let mut spectrum = Spectrum::of(p, y)?;
    Some(field(&spectrum.damped(sigma), points))
}

/// Point masses of the residual, with as many cosine coefficients as were needed so far.
struct Spectrum {
    places: Vec<f64>,
    masses: Vec<f64>,
    coefficients: Vec<f64>,
}

impl Spectrum {
    fn of(p: &[f64], y: &[bool]) -> Option<Self> {
        if !valid(p, y) {
            return None;
        }
        let n = p.len() as f64;
        let (places, masses) = if p.len() <= GRID_POINTS {
            let cells = distinct(p, y)?;
            let mass = |cell: &Cell| (cell.n as f64 * cell.p - cell.right as f64) / n;
            cells.iter().map(|cell| (cell.p, mass(cell))).unzip()
        } else {
            split(p, y)
        };
        let mean = sum(masses.iter().copied());
        Some(Spectrum {
            places,
            masses,
            coefficients: vec![mean],
        })
    }

    /// Coefficients damped at `sigma`.
    fn damped(&mut self, sigma: f64) -> Vec<f64> {
        let terms = MOST_TERMS.min((8.0 / (PI * sigma)).ceil() as usize + 1);
        self.extend(terms);
        let damp = |(k, c): (usize, &f64)| c * (-0.5 * (PI * k as f64 * sigma).powi(2)).exp();
        self.coefficients.iter().take(terms).enumerate().map(damp).collect()
    }

    /// ∫|r| by the midpoint rule.
    fn error(&mut self, sigma: f64, points: usize) -> f64 {
        let values = field(&self.damped(sigma), points);
        sum(values.iter().map(|value| value.abs())) / points as f64
    }

    /// Adds coefficients up to `terms` by the recurrence cos((k+1)θ) = 2cosθ cos kθ - cos((k-1)θ).
    fn extend(&mut self, terms: usize) {
        const LANES: usize = 32;
        let first = self.coefficients.len();
        if terms <= first {
            return;
        }
        let mut added = vec![0.0; terms - first];
        for (places, masses) in self.places.chunks(LANES).zip(self.masses.chunks(LANES)) {
            let (mut mass, mut twice) = ([0.0; LANES], [0.0; LANES]);
            let (mut before, mut now) = ([0.0; LANES], [0.0; LANES]);
            for (lane, (place, weight)) in places.iter().zip(masses).enumerate() {
                let theta = PI * place;
                mass[lane] = 2.0 * weight;
                twice[lane] = 2.0 * theta.cos();
                before[lane] = ((first as f64 - 1.0) * theta).cos();
                now[lane] = (first as f64 * theta).cos();
            }
            for slot in &mut added {
                // Four partial sums let the processor add in parallel.
                let mut partial = [0.0; 4];
                for lane in 0..LANES {
                    partial[lane % 4] += mass[lane] * now[lane];
                    let next = twice[lane] * now[lane] - before[lane];
                    before[lane] = now[lane];
                    now[lane] = next;
                }
                *slot += (partial[0] + partial[1]) + (partial[2] + partial[3]);
            }
        }
        self.coefficients.extend(added);
    }
}

/// Splits each residual linearly between its two neighbours on the grid j/GRID_POINTS; keeps its mass and mean place.
fn split(p: &[f64], y: &[bool]) -> (Vec<f64>, Vec<f64>) {
    let n = p.len() as f64;
    let mut masses = vec![0.0; GRID_POINTS + 1];
    for (value, right) in p.iter().zip(y) {
        let residual = value - f64::from(u8::from(*right));
        let scaled = value * GRID_POINTS as f64;
        let left = (scaled as usize).min(GRID_POINTS - 1);
        let share = scaled - left as f64;
        masses[left] += residual * (1.0 - share);
        masses[left + 1] += residual * share;
    }
    masses.iter_mut().for_each(|mass| *mass /= n);
    let places = (0..=GRID_POINTS).map(|j| j as f64 / GRID_POINTS as f64).collect();
    (places, masses)
}

/// Σ a_k cos πkt at the midpoints of `points` equal parts of [0, 1] (Clenshaw).
fn field(coefficients: &[f64], points: usize) -> Vec<f64> {
    const LANES: usize = 32;
    let mut values = Vec::with_capacity(points + LANES);
    let mean = coefficients.first().copied().unwrap_or(0.0);
    for start in (0..points).step_by(LANES) {
        let mut twice = [0.0; LANES];
        for (lane, slot) in twice.iter_mut().enumerate() {
            *slot = 2.0 * (PI * ((start + lane) as f64 + 0.5) / points as f64).cos();
        }
        let (mut ahead, mut beyond) = ([0.0; LANES], [0.0; LANES]);
        for a in coefficients.iter().skip(1).rev() {
            for lane in 0..LANES {
                let own = a + twice[lane] * ahead[lane] - beyond[lane];
                beyond[lane] = ahead[lane];
                ahead[lane] = own;
            }
        }
        for lane in 0..LANES {
            values.push(mean + 0.5 * twice[lane] * ahead[lane] - beyond[lane]);
        }
    }
    values.truncate(points);
    values
}

/// The smooth calibration error of many tables over the same probabilities, for bootstraps and null bands.
///
/// The residual is put on a grid fine against the bandwidth and convolved with the reflected Gaussian directly; the
/// search for the bandwidth starts from the last one found.
pub struct SmoothMeter {
    places: Vec<f64>,
    last_sigma: f64,
}

impl SmoothMeter {
    /// Grid points for one bandwidth.
    const RESOLUTION: f64 = 6.0;

    /// A meter for tables whose cells stand at these probabilities, in this order.
    pub fn new(cells: &[Cell]) -> Self {
        SmoothMeter {
            places: cells.iter().map(|cell| cell.p).collect(),
            last_sigma: 0.05,
        }
    }

    /// The error of a table over the same cells (counts may be 0), to about 0.2 %; `None` when it is empty or has other
    /// cells.
    pub fn measure(&mut self, cells: &[Cell]) -> Option<f64> {
        let n: u64 = cells.iter().map(|cell| cell.n).sum();
        if n == 0 || cells.len() != self.places.len() {
            return None;
        }
        let mass = |cell: &Cell| (cell.n as f64 * cell.p - cell.right as f64) / n as f64;
        let masses: Vec<f64> = cells.iter().map(mass).collect();
        let excess = |sigma: f64| self.error(&masses, sigma) - sigma;
        let start = self.last_sigma.clamp(1e-3, 1.0);
        let first = excess(start);
        // smECE_σ falls as σ grows, so the fixed point lies between σ and smECE_σ.
        let other = (start + first).clamp(1e-6, 1.0);
        let second = excess(other);
        let (mut low, mut high, mut at_low, mut at_high) = if first > 0.0 {
            (start, other, first, second)
        } else {
            (other, start, second, first)
        };
        for _ in 0..12 {
            if high - low <= 1e-3 * high || at_low <= 0.0 || at_high >= 0.0 {
                break;
            }
            let middle = low + (high - low) * at_low / (at_low - at_high);
            let value = excess(middle);
            if value.abs() <= 1e-3 * middle {
                (low, high, at_low) = (middle, middle, 0.0);
            } else if value > 0.0 {
                (low, at_low) = (middle, value);
                at_high *= 0.5;
            } else {
                (high, at_high) = (middle, value);
                at_low *= 0.5;
            }
        }
        let sigma = if at_low <= 0.0 { low } else { high };
        self.last_sigma = sigma;
        finite(sigma)
    }

    /// ∫|r| at `sigma` from residual masses at the meter's places.
    fn error(&self, masses: &[f64], sigma: f64) -> f64 {
        let points = ((Self::RESOLUTION / sigma).ceil() as usize).clamp(128, 4096);
        let step = 1.0 / points as f64;
        // Splitting a mass between neighbours widens it by step²/6 on average, which the kernel leaves out.
        let width = (sigma * sigma - step * step / 6.0).max(step * step / 16.0).sqrt();
        let reach = ((4.5 * width / step).ceil() as usize).max(1);
        let mut kernel: Vec<f64> = (0..=2 * reach)
            .map(|k| (-0.5 * ((k as f64 - reach as f64) * step / width).powi(2)).exp())
            .collect();
        let total: f64 = kernel.iter().sum();
        kernel.iter_mut().for_each(|weight| *weight /= total);
        let mut grid = vec![0.0; points];
        for (place, mass) in self.places.iter().zip(masses) {
            let scaled = (place * points as f64 - 0.5).clamp(0.0, (points - 1) as f64);
            let left = (scaled as usize).min(points - 2);
            let share = scaled - left as f64;
            grid[left] += mass * (1.0 - share);
            grid[left + 1] += mass * share;
        }
        let mirrored: Vec<f64> = (0..points + 2 * reach)
            .map(|i| {
                // Reflection at both ends has period 2·points.
                let turn = (i + 2 * points * (1 + reach / points) - reach) % (2 * points);
                grid.get(turn.min(2 * points - 1 - turn)).copied().unwrap_or(0.0)
            })
            .collect();
        mirrored
            .windows(kernel.len())
            .map(|window| dot(window, &kernel).abs())
            .sum()
    }
}

/// Σ a·b in four partial sums.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut partial = [0.0; 4];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..4 {
            partial[lane] += a[lane] * b[lane];
        }
    }
    for ((slot, a), b) in partial.iter_mut().zip(a_rest).zip(b_rest) {
        *slot += a * b;
    }
    (partial[0] + partial[1]) + (partial[2] + partial[3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::rng::Rng;
    use proptest::prelude::*;

    fn near(a: f64, b: f64, tolerance: f64) {
        assert!((a - b).abs() <= tolerance, "{a} is not {b}");
    }

    #[test]
    fn ends_keep_their_full_weight() {
        // 50 samples at p = 1 that are right half the time, 50 calibrated ones at p = 0.5: the error is 0.25.
        let p: Vec<f64> = (0..100).map(|i| if i < 50 { 1.0 } else { 0.5 }).collect();
        let y: Vec<bool> = (0..100).map(|i| i % 2 == 0).collect();
        near(smece_at(&p, &y, 0.02).unwrap(), 0.25, 1e-6);
    }

    #[test]
    fn constant_residual_is_its_own_error() {
        near(smece(&[0.8], &[true]).unwrap().value, 0.2, 1e-4);
        near(smece(&[0.3; 10], &[false; 10]).unwrap().value, 0.3, 1e-4);
        near(smece(&[0.0, 1.0], &[false, true]).unwrap().value, 0.0, 1e-12);
        assert_eq!(smece(&[], &[]), None);
        assert_eq!(smece_at(&[0.5], &[true], 0.0), None);
    }

    #[test]
    fn grid_and_meter_agree_with_the_exact_sum() {
        let mut rng = Rng::new(9);
        let p: Vec<f64> = (0..70_000).map(|_| rng.uniform()).collect();
        let y: Vec<bool> = p.iter().map(|p| rng.uniform() < p * p).collect();
        let gridded = smece(&p, &y).unwrap();
        let cells = distinct(&p, &y).unwrap();
        let mut exact = Spectrum {
            places: cells.iter().map(|c| c.p).collect(),
            masses: cells
                .iter()
                .map(|c| (c.n as f64 * c.p - c.right as f64) / 70_000.0)
                .collect(),
            coefficients: vec![],
        };
        exact.coefficients.push(sum(exact.masses.iter().copied()));
        near(gridded.value, exact.error(gridded.sigma, VALUE_POINTS), 1e-7);
        let pooled = crate::stat::cell::table(&p, &y).unwrap();
        let metered = SmoothMeter::new(&pooled.cells).measure(&pooled.cells).unwrap();
        near(metered, gridded.value, 4e-3 * gridded.value);
        for size in [40, 400, 4000] {
            let cells = distinct(&p[..size], &y[..size]).unwrap();
            let exact = smece(&p[..size], &y[..size]).unwrap().value;
            near(SmoothMeter::new(&cells).measure(&cells).unwrap(), exact, 4e-3 * exact);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn bounded_and_free_of_row_order(rows in proptest::collection::vec((0u8..=20, any::<bool>()), 1..40)) {
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 20.0).collect();
            let y: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let forward = smece(&p, &y).unwrap();
            let (p, y): (Vec<f64>, Vec<bool>) = p.into_iter().zip(y).rev().unzip();
            let backward = smece(&p, &y).unwrap();
            prop_assert_eq!(forward, backward);
            prop_assert!((0.0..=1.0).contains(&forward.value));
            let gap = crate::stat::calibration::overconfidence(&p, &y).unwrap().gap;
            prop_assert!(forward.value >= gap.abs() - 1e-9);
        }
    }
}
