//! Calibration slope and intercept, and the maps that recalibrate: temperature, Platt, isotonic.

use super::bin::equal_width;
use super::calibration::ece;
use super::cell::{Cell, GRID, distinct, valid};
use super::dist::z_two_sided;
use super::interval::Interval;
use super::rng::scramble;
use super::score::{Block, Rule, brier, isotonic, log_loss, loss, pav};
use super::sum::{Sum, finite, mean, variance};

/// Probabilities are clipped to [1e-6, 1 - 1e-6] before a logit.
pub const LOGIT_CLIP: f64 = 1e-6;

/// ln(p/(1-p)) of p clipped by [`LOGIT_CLIP`].
pub fn logit(p: f64) -> f64 {
    let clipped = p.clamp(LOGIT_CLIP, 1.0 - LOGIT_CLIP);
    (clipped / (1.0 - clipped)).ln()
}

/// 1/(1+e⁻ˣ) without overflow.
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// Share of probabilities that are exactly 0 or 1: above 0.01 the clip drives slope and temperature. `None` for none.
pub fn certain_share(p: &[f64]) -> Option<f64> {
    let certain = p.iter().filter(|p| **p == 0.0 || **p == 1.0).count();
    (!p.is_empty()).then(|| certain as f64 / p.len() as f64)
}

/// Why a logistic fit does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// No samples, lengths that differ, or a probability outside [0, 1].
    Invalid,
    /// All outcomes are equal.
    OneOutcome,
    /// Every sample has the same probability.
    OneValue,
    /// A threshold separates right from wrong, so the slope is infinite.
    Separable,
    /// Newton's method did not settle.
    NoConvergence,
}

/// Cox's calibration slope and intercepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cox {
    /// Intercept of the joint fit (rms `val.prob`'s "Intercept").
    pub intercept: f64,
    /// Slope: below 1 when probabilities are too extreme.
    pub slope: f64,
    /// Standard error of the intercept.
    pub intercept_se: f64,
    /// Standard error of the slope.
    pub slope_se: f64,
    /// Calibration-in-the-large: the intercept with the slope fixed at 1.
    pub citl: f64,
    /// Its standard error.
    pub citl_se: f64,
}

impl Cox {
    /// Wald interval of the slope at level 1 - `alpha`.
    pub fn slope_interval(&self, alpha: f64) -> Option<Interval> {
        Interval::around(self.slope, z_two_sided(alpha)? * self.slope_se)
    }

    /// Wald interval of calibration-in-the-large at level 1 - `alpha`.
    pub fn citl_interval(&self, alpha: f64) -> Option<Interval> {
        Interval::around(self.citl, z_two_sided(alpha)? * self.citl_se)
    }
}

/// Logistic regression of `y` on logit(p), and the intercept with logit(p) as offset. Source: Cox 1958.
pub fn cox(p: &[f64], y: &[bool]) -> Result<Cox, Unfit> {
    cox_cells(&distinct(p, y).ok_or(Unfit::Invalid)?)
}

/// As [`cox`], of a table of rising probabilities; cells without samples count nothing.
pub fn cox_cells(cells: &[Cell]) -> Result<Cox, Unfit> {
    two_outcomes(cells)?;
    separable(cells)?;
    let points: Vec<Point> = cells.iter().filter(|cell| cell.n > 0).map(Point::of).collect();
    let line = fit_line(&points)?;
    let (citl, citl_se) = fit_offset(&points)?;
    Ok(Cox {
        intercept: line.intercept,
        slope: line.slope,
        intercept_se: line.intercept_se,
        slope_se: line.slope_se,
        citl,
        citl_se,
    })
}

fn two_outcomes(cells: &[Cell]) -> Result<(), Unfit> {
    let n: u64 = cells.iter().map(|cell| cell.n).sum();
    let right: u64 = cells.iter().map(|cell| cell.right).sum();
    if right == 0 || right == n {
        return Err(Unfit::OneOutcome);
    }
    Ok(())
}

/// Refuses cells (rising) that one threshold separates, and cells of one value.
fn separable(cells: &[Cell]) -> Result<(), Unfit> {
    let ends = |has: fn(&Cell) -> bool| {
        let low = cells.iter().find(|cell| has(cell)).map_or(0.0, |cell| logit(cell.p));
        let high = cells.iter().rfind(|cell| has(cell)).map_or(0.0, |cell| logit(cell.p));
        (low, high)
    };
    let (right_low, right_high) = ends(|cell| cell.right > 0);
    let (wrong_low, wrong_high) = ends(|cell| cell.right < cell.n);
    if right_low == wrong_high && right_high == wrong_low {
        return Err(Unfit::OneValue);
    }
    if wrong_high <= right_low || right_high <= wrong_low {
        return Err(Unfit::Separable);
    }
    Ok(())
}

/// The exact table when few values recur, else one cell a row in row order: a fit needs no sort of a continuous column.
fn fit_cells(p: &[f64], y: &[bool]) -> Option<Vec<Cell>> {
    if !valid(p, y) {
        return None;
    }
    if recurs(p) {
        return distinct(p, y);
    }
    let row = |(p, right): (&f64, &bool)| Cell {
        p: *p,
        n: 1,
        right: u64::from(*right),
    };
    Some(p.iter().zip(y).map(row).collect())
}

/// Whether at most [`GRID`] distinct values occur.
fn recurs(p: &[f64]) -> bool {
    let mut seen = std::collections::HashSet::new();
    p.iter().all(|value| {
        seen.insert(value.to_bits());
        seen.len() <= GRID
    })
}

/// A value x with weight and total target.
struct Point {
    x: f64,
    weight: f64,
    target: f64,
}

impl Point {
    fn of(cell: &Cell) -> Self {
        Point {
            x: logit(cell.p),
            weight: cell.n as f64,
            target: cell.right as f64,
        }
    }
}

struct Line {
    intercept: f64,
    slope: f64,
    intercept_se: f64,
    slope_se: f64,
}

/// Newton's method for target ~ sigmoid(a + b·x), with halved steps where the likelihood would fall.
fn fit_line(points: &[Point]) -> Result<Line, Unfit> {
    let total: f64 = points.iter().map(|point| point.weight).sum();
    let (mut a, mut b) = (0.0, 0.0);
    let mut value = cross_entropy(points, a, b);
    for _ in 0..100 {
        let (mut ga, mut gb) = (Sum::default(), Sum::default());
        let (mut haa, mut hab, mut hbb) = (Sum::default(), Sum::default(), Sum::default());
        for point in points {
            let q = sigmoid(a + b * point.x);
            let (gap, curve) = (point.target - point.weight * q, point.weight * q * (1.0 - q));
            ga.add(gap);
            gb.add(gap * point.x);
            haa.add(curve);
            hab.add(curve * point.x);
            hbb.add(curve * point.x * point.x);
        }
        let (haa, hab, hbb) = (haa.value(), hab.value(), hbb.value());
        let determinant = haa * hbb - hab * hab;
        if determinant.is_nan() || determinant <= 1e-14 * haa * hbb {
            return Err(Unfit::OneValue);
        }
        let da = (hbb * ga.value() - hab * gb.value()) / determinant;
        let db = (haa * gb.value() - hab * ga.value()) / determinant;
        let mut step = 1.0;
        let mut next = cross_entropy(points, a + da, b + db);
        while next > value + 1e-12 * total && step > 1e-6 {
            step *= 0.5;
            next = cross_entropy(points, a + step * da, b + step * db);
        }
        (a, b, value) = (a + step * da, b + step * db, next);
        if da.abs().max(db.abs()) < 1e-11 * (1.0 + a.abs().max(b.abs())) {
            return Ok(Line {
                intercept: a,
                slope: b,
                intercept_se: (hbb / determinant).sqrt(),
                slope_se: (haa / determinant).sqrt(),
            });
        }
    }
    Err(Unfit::NoConvergence)
}

/// Σ weight·ln(1+eᵗ) - target·t at t = a + b·x.
fn cross_entropy(points: &[Point], a: f64, b: f64) -> f64 {
    let term = |point: &Point| {
        let t = a + b * point.x;
        point.weight * (t.max(0.0) + (-t.abs()).exp().ln_1p()) - point.target * t
    };
    points.iter().map(term).collect::<Sum>().value()
}

/// The intercept of target ~ sigmoid(a + x) and its standard error, by bisection-guarded Newton.
fn fit_offset(points: &[Point]) -> Result<(f64, f64), Unfit> {
    let (mut low, mut high, mut a) = (-40.0, 40.0, 0.0);
    for _ in 0..200 {
        let (mut gradient, mut curve) = (Sum::default(), Sum::default());
        for point in points {
            let q = sigmoid(a + point.x);
            gradient.add(point.target - point.weight * q);
            curve.add(point.weight * q * (1.0 - q));
        }
        if gradient.value() > 0.0 {
            low = a
        } else {
            high = a
        }
        let step = gradient.value() / curve.value();
        if step.abs() < 1e-12 * (1.0 + a.abs()) {
            return Ok((a, 1.0 / curve.value().sqrt()));
        }
        let next = a + step;
        a = if next > low && next < high {
            next
        } else {
            0.5 * (low + high)
        };
    }
    Err(Unfit::NoConvergence)
}

/// Temperature T > 0 minimising the mean negative log-likelihood of sigmoid(logit(p)/T), with ln T in [-10, 10].
///
/// At a limit (separable outcomes, or confidence of no use) the limit itself is returned. `None` for invalid input or
/// when every logit is 0.
pub fn temperature(p: &[f64], y: &[bool]) -> Option<f64> {
    let cells = fit_cells(p, y)?;
    let points: Vec<Point> = cells.iter().map(Point::of).collect();
    if points.iter().all(|point| point.x == 0.0) {
        return None;
    }
    inverse_temperature(|beta| {
        let terms = points
            .iter()
            .map(|point| (point.weight * sigmoid(beta * point.x) - point.target) * point.x);
        terms.collect::<Sum>().value()
    })
    .map(|beta| 1.0 / beta)
}

/// Root of the rising gradient of the likelihood in β = 1/T on a logarithmic scale, by false position (Illinois) with
/// every fourth step a bisection.
pub(super) fn inverse_temperature(gradient: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut low, mut high) = (-10.0f64, 10.0f64);
    let (mut at_low, mut at_high) = (gradient(low.exp()), gradient(high.exp()));
    if at_low >= 0.0 {
        return Some(low.exp());
    }
    if at_high <= 0.0 {
        return Some(high.exp());
    }
    for round in 0..200 {
        let halve = round % 4 == 3;
        let secant = high - at_high * (high - low) / (at_high - at_low);
        let inside = !halve && secant > low && secant < high;
        let middle = if inside { secant } else { 0.5 * (low + high) };
        if high - low < 1e-12 || middle <= low || middle >= high {
            break;
        }
        let value = gradient(middle.exp());
        if value == 0.0 {
            (low, high) = (middle, middle);
        } else if value < 0.0 {
            // A root this close to the last point needs no more steps.
            let settled = (middle - low).abs() < 1e-11;
            (low, at_low) = (middle, value);
            at_high *= if inside { 0.5 } else { 1.0 };
            if settled {
                high = middle;
            }
        } else {
            let settled = (high - middle).abs() < 1e-11;
            (high, at_high) = (middle, value);
            at_low *= if inside { 0.5 } else { 1.0 };
            if settled {
                low = middle;
            }
        }
    }
    finite((0.5 * (low + high)).exp())
}

/// A line on the logit scale: q = sigmoid(intercept + slope·logit(p)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Platt {
    /// Slope on logit(p).
    pub slope: f64,
    /// Intercept.
    pub intercept: f64,
}

/// Platt scaling on logit(p) with smoothed targets (N₊+1)/(N₊+2) and 1/(N₋+2). Source: Platt 1999.
///
/// scikit-learn's `_sigmoid_calibration` returns both numbers negated.
pub fn platt(p: &[f64], y: &[bool]) -> Result<Platt, Unfit> {
    let cells = fit_cells(p, y).ok_or(Unfit::Invalid)?;
    let n: u64 = cells.iter().map(|cell| cell.n).sum();
    let right: u64 = cells.iter().map(|cell| cell.right).sum();
    let high = (right as f64 + 1.0) / (right as f64 + 2.0);
    let low = 1.0 / ((n - right) as f64 + 2.0);
    let smoothed = |cell: &Cell| Point {
        target: cell.right as f64 * high + (cell.n - cell.right) as f64 * low,
        ..Point::of(cell)
    };
    let points: Vec<Point> = cells.iter().map(smoothed).collect();
    let line = fit_line(&points)?;
    Ok(Platt {
        slope: line.slope,
        intercept: line.intercept,
    })
}

/// A recalibration method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The probabilities as they are.
    None,
    /// [`temperature`].
    Temperature,
    /// [`platt`].
    Platt,
    /// Isotonic regression.
    Isotonic,
}

/// A fitted map from probability to recalibrated probability.
#[derive(Clone, Debug, PartialEq)]
pub enum Map {
    /// Leaves p unchanged.
    Identity,
    /// sigmoid(logit(p)/T).
    Temperature(f64),
    /// sigmoid(intercept + slope·logit(p)).
    Platt(Platt),
    /// Levels with linear interpolation between them.
    Isotonic(Vec<Block>),
}

impl Map {
    /// Fits `method`; `None` when it cannot be fitted.
    pub fn fit(method: Method, p: &[f64], y: &[bool]) -> Option<Self> {
        match method {
            Method::None => valid(p, y).then_some(Map::Identity),
            Method::Temperature => temperature(p, y).map(Map::Temperature),
            Method::Platt => platt(p, y).ok().map(Map::Platt),
            Method::Isotonic => distinct(p, y).map(|cells| Map::Isotonic(pav(&cells))),
        }
    }

    /// The recalibrated probability of `p` in [0, 1].
    pub fn apply(&self, p: f64) -> f64 {
        match self {
            Map::Identity => p,
            Map::Temperature(t) => sigmoid(logit(p) / t),
            Map::Platt(line) => sigmoid(line.intercept + line.slope * logit(p)),
            Map::Isotonic(blocks) => isotonic(blocks, p).unwrap_or(p),
        }
    }
}

/// The fold 0..`folds` of an item or cluster id: FNV-1a of its bytes, mixed. The same id always falls into the same fold.
pub fn fold_of(id: &str, folds: usize) -> usize {
    let mut hash = 0xCBF2_9CE4_8422_2325u64;
    for byte in id.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    (scramble(hash) % folds.max(1) as u64) as usize
}

/// Probabilities recalibrated by `method`, each by a map fitted on the other folds.
///
/// `folds[i]` is the fold of row i. `None` for invalid input, lengths that differ, fewer than two folds in use, or when
/// the method cannot be fitted on the rest of some fold.
pub fn crossfit(method: Method, p: &[f64], y: &[bool], folds: &[usize]) -> Option<Vec<f64>> {
    if !valid(p, y) || folds.len() != p.len() {
        return None;
    }
    let mut used: Vec<usize> = folds.to_vec();
    used.sort_unstable();
    used.dedup();
    if used.len() < 2 {
        return None;
    }
    let mut out = p.to_vec();
    for fold in used {
        let rest = p.iter().zip(y).zip(folds).filter(|(_, own)| **own != fold);
        let (train_p, train_y): (Vec<f64>, Vec<bool>) = rest.map(|((p, y), _)| (*p, *y)).unzip();
        let map = Map::fit(method, &train_p, &train_y)?;
        for ((slot, p), own) in out.iter_mut().zip(p).zip(folds) {
            if *own == fold {
                *slot = map.apply(*p);
            }
        }
    }
    Some(out)
}

/// How a method does on samples it was not fitted on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The method.
    pub method: Method,
    /// Cross-fitted mean log loss.
    pub log_loss: f64,
    /// Cross-fitted Brier score.
    pub brier: f64,
    /// Cross-fitted ECE over 10 equal-width bins.
    pub ece: f64,
    /// Interval of the mean log-loss difference to no recalibration (paired); `None` for [`Method::None`] and n < 2.
    pub difference: Option<Interval>,
}

/// All methods compared, and the one worth using.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Every method that could be fitted, [`Method::None`] first.
    pub candidates: Vec<Candidate>,
    /// The method with the lowest cross-fitted log loss, if its paired interval excludes 0 and Brier does not get worse;
    /// else [`Method::None`].
    pub best: Method,
    /// The suggested map, fitted on all samples.
    pub map: Map,
}

/// Fewer samples than that do not support isotonic regression.
pub const ISOTONIC_MINIMUM: usize = 200;

/// Compares recalibration methods by cross-fitted log loss over `folds` (see [`fold_of`]); intervals at level 1 - `alpha`.
///
/// In-sample gains are never used. With clusters, folds must be made of cluster ids. `None` for invalid input.
pub fn suggest(p: &[f64], y: &[bool], folds: &[usize], alpha: f64) -> Option<Suggestion> {
    let z = z_two_sided(alpha)?;
    let plain = candidate(Method::None, p, p, y, z)?;
    let mut candidates = vec![plain];
    for method in [Method::Temperature, Method::Platt, Method::Isotonic] {
        if method == Method::Isotonic && p.len() < ISOTONIC_MINIMUM {
            continue;
        }
        let fitted = crossfit(method, p, y, folds);
        candidates.extend(fitted.and_then(|q| candidate(method, &q, p, y, z)));
    }
    let lowest = candidates
        .iter()
        .reduce(|best, next| if next.log_loss < best.log_loss { next } else { best })?;
    let holds = lowest.difference.is_some_and(|ends| ends.high < 0.0) && lowest.brier <= plain.brier;
    let best = if holds { lowest.method } else { Method::None };
    Some(Suggestion {
        map: Map::fit(best, p, y)?,
        best,
        candidates,
    })
}

fn candidate(method: Method, q: &[f64], p: &[f64], y: &[bool], z: f64) -> Option<Candidate> {
    let gains: Vec<f64> = q
        .iter()
        .zip(p)
        .zip(y)
        .map(|((q, p), right)| loss(Rule::Log, *q, *right) - loss(Rule::Log, *p, *right))
        .collect();
    let difference = match (method, variance(&gains)) {
        (Method::None, _) | (_, None) => None,
        (_, Some(spread)) => Interval::around(mean(&gains)?, z * (spread / gains.len() as f64).sqrt()),
    };
    Some(Candidate {
        method,
        log_loss: log_loss(q, y)?.value,
        brier: brier(q, y)?,
        ece: ece(&equal_width(q, y, 10)?)?,
        difference,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stat::rng::Rng;
    use proptest::prelude::*;

    fn overconfident(n: usize, factor: f64) -> (Vec<f64>, Vec<bool>) {
        let mut rng = Rng::new(17);
        let draw = |_| {
            let truth = 4.0 * (rng.uniform() - 0.5);
            (sigmoid(factor * truth), rng.uniform() < sigmoid(truth))
        };
        (0..n).map(draw).unzip()
    }

    #[test]
    fn reasons_are_told_apart() {
        assert_eq!(cox(&[], &[]), Err(Unfit::Invalid));
        assert_eq!(cox(&[0.3, 0.6], &[true, true]), Err(Unfit::OneOutcome));
        assert_eq!(cox(&[0.5, 0.5], &[true, false]), Err(Unfit::OneValue));
        assert_eq!(cox(&[0.1, 0.3, 0.6], &[false, false, true]), Err(Unfit::Separable));
        assert_eq!(
            cox(&[0.1, 0.3, 0.3, 0.6], &[true, true, false, false]),
            Err(Unfit::Separable)
        );
        assert_eq!(temperature(&[0.5, 0.5], &[true, false]), None);
    }

    #[test]
    fn recovers_the_factor() {
        let (p, y) = overconfident(20_000, 2.5);
        assert!((cox(&p, &y).unwrap().slope - 0.4).abs() < 0.02);
        assert!((temperature(&p, &y).unwrap() - 2.5).abs() < 0.15);
        let folds: Vec<usize> = (0..p.len()).map(|i| fold_of(&i.to_string(), 5)).collect();
        let suggestion = suggest(&p, &y, &folds, 0.05).unwrap();
        assert!(matches!(suggestion.best, Method::Temperature | Method::Platt));
    }

    #[test]
    fn calibrated_scores_are_left_alone() {
        let (p, y) = overconfident(4000, 1.0);
        let folds: Vec<usize> = (0..p.len()).map(|i| i % 5).collect();
        let suggestion = suggest(&p, &y, &folds, 0.05).unwrap();
        assert_eq!((suggestion.best, suggestion.map), (Method::None, Map::Identity));
        assert_eq!(suggestion.candidates.len(), 4);
    }

    #[test]
    fn one_fold_cannot_be_crossed() {
        assert_eq!(
            crossfit(Method::Temperature, &[0.2, 0.8], &[false, true], &[1, 1]),
            None
        );
    }

    proptest! {
        #[test]
        fn maps_stay_in_range(rows in proptest::collection::vec((0u8..=10, any::<bool>()), 2..40)) {
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 10.0).collect();
            let y: Vec<bool> = rows.iter().map(|r| r.1).collect();
            for method in [Method::Temperature, Method::Platt, Method::Isotonic] {
                if let Some(map) = Map::fit(method, &p, &y) {
                    prop_assert!((0..=20).all(|i| (0.0..=1.0).contains(&map.apply(f64::from(i) / 20.0))));
                }
            }
            if let Ok(fit) = cox(&p, &y) {
                let (p, y): (Vec<f64>, Vec<bool>) = p.into_iter().zip(y).rev().unzip();
                let back = cox(&p, &y).unwrap();
                prop_assert!((fit.slope - back.slope).abs() < 1e-9 && fit.slope_se.is_finite());
            }
        }
    }
}
