//! Curves on the wire: on a grid, with no more points than it takes to draw the same line within a pixel.

use super::Codec;
use super::fit::{Place, Rule, fitted};
use super::quantum::MOST_POINTS;
use super::wire::{Done, Fault, Wire};
use crate::report::{BandPoint, Point};

/// How far a line may be from the one it stands for, as a share of the plot: a pixel of 320, the
/// width of a telephone.
pub(super) const TOLERANCE: f64 = 1.0 / 320.0;
/// The same of the ends of a band, which simulation leaves ragged.
const BAND_TOLERANCE: f64 = 1.0 / 160.0;
/// Rounds of thinning after which a curve is cut.
const MOST_ROUNDS: usize = 24;
/// Distribution functions of up to this many points are told point by point.
const MOST_EXACT: usize = 48;
/// Most samples of a risk curve that is told by exact counts; with more, counts are finer than what can be seen.
const MOST_COUNTED: u64 = 256;
/// Parts of the slow tail that are told.
const TAIL: [u64; 6] = [48, 100, 200, 400, 1000, 4000];

/// A point with N values over one x, on the grid.
pub(super) type Row<const N: usize> = (i64, [i64; N]);

impl Codec {
    /// Steps of a curve's range.
    pub fn steps(self) -> u64 {
        match self {
            Self::First => 4095,
            Self::Second => 1023,
        }
    }

    /// Even parts of a distribution function that are told.
    fn parts(self) -> u64 {
        match self {
            Self::First => 24,
            Self::Second => 20,
        }
    }

    fn of_grid(self, place: i64) -> f64 {
        place as f64 / self.steps() as f64
    }
}

/// Class of a step's size, below 16.
pub(super) fn class(steps: u64) -> u32 {
    (u64::BITS - steps.leading_zeros()).min(15)
}

/// A point of a risk curve in counts: samples answered, wrong ones among them.
fn counted(point: Point, n: u64) -> (u64, u64) {
    let answered = (point.x * n as f64).round();
    (answered as u64, (point.y * answered).round() as u64)
}

fn shares((answered, errors): (u64, u64), n: u64) -> Point {
    Point {
        x: answered as f64 / n.max(1) as f64,
        y: errors as f64 / answered.max(1) as f64,
    }
}

/// Points that draw the same lines within `limit`, ends included: the farthest point is kept until none is too far
/// (Douglas & Peucker 1973).
pub(super) fn thinned<const N: usize>(rows: &[Place<N>], limit: f64) -> Vec<Place<N>> {
    let mut is_kept = vec![false; rows.len()];
    let mut spans = vec![(0, rows.len().saturating_sub(1))];
    for end in [0, rows.len().saturating_sub(1)] {
        if let Some(kept) = is_kept.get_mut(end) {
            *kept = true;
        }
    }
    while let Some((from, to)) = spans.pop() {
        let (Some(a), Some(b)) = (rows.get(from), rows.get(to)) else {
            continue;
        };
        let inner = rows.iter().enumerate().take(to).skip(from + 1);
        let off = inner.map(|(place, row)| (place, distance(row, a, b)));
        let farthest = off.max_by(|x, y| x.1.total_cmp(&y.1));
        if let Some((place, _)) = farthest.filter(|(_, off)| *off > limit || limit < 0.0) {
            if let Some(kept) = is_kept.get_mut(place) {
                *kept = true;
            }
            spans.push((from, place));
            spans.push((place, to));
        }
    }
    let kept = rows.iter().zip(is_kept).filter(|(_, kept)| *kept);
    kept.map(|(row, _)| *row).collect()
}

/// Largest distance of a row's points from the straight lines between those of `a` and `b`.
pub(super) fn distance<const N: usize>(row: &Place<N>, a: &Place<N>, b: &Place<N>) -> f64 {
    let run = b.0 - a.0;
    let each = (0..N).map(|n| {
        let rise = b.1[n] - a.1[n];
        let length = run.hypot(rise);
        let (dx, dy) = (row.0 - a.0, row.1[n] - a.1[n]);
        if length > 0.0 {
            (run * dy - rise * dx).abs() / length
        } else {
            dx.hypot(dy)
        }
    });
    each.fold(0.0, f64::max)
}

/// Thins until nothing changes, so that what was read is sent on as it is.
fn settled<const N: usize>(rows: &[Place<N>], limit: f64) -> Vec<Place<N>> {
    let mut rows = rows.to_vec();
    for _ in 0..MOST_ROUNDS {
        let fewer = thinned(&rows, limit);
        let is_done = fewer.len() == rows.len();
        rows = fewer;
        if is_done {
            break;
        }
    }
    rows
}

/// The first thinning, from `tolerance` on, that leaves no more points than a link carries.
fn few<P>(mut tolerance: f64, thin: impl Fn(f64) -> Vec<P>) -> Vec<P> {
    let mut rows = thin(tolerance);
    for _ in 0..MOST_ROUNDS {
        if rows.len() <= MOST_POINTS {
            break;
        }
        tolerance = tolerance.max(TOLERANCE) * 1.5;
        rows = thin(tolerance);
    }
    rows.truncate(MOST_POINTS);
    rows
}

/// The vertices of a line within `tolerance` of `points`, values between 0 and 1. What stands on the grid already was
/// read from a link, and is sent on as it is.
fn on_grid<const N: usize>(points: &[Place<N>], steps: f64, tolerance: f64, is_diagonal: bool) -> Vec<Row<N>> {
    let scaled = |value: f64| value.clamp(0.0, 1.0) * steps;
    let places: Vec<Place<N>> = points.iter().map(|p| (scaled(p.0), p.1.map(scaled))).collect();
    let is_whole = |value: f64| (value - value.round()).abs() < 1e-6;
    if points.len() <= MOST_POINTS && places.iter().all(|p| is_whole(p.0) && p.1.iter().all(|y| is_whole(*y))) {
        let whole = |value: f64| value.round() as i64;
        return places.iter().map(|p| (whole(p.0), p.1.map(whole))).collect();
    }
    few(tolerance, |tolerance| {
        let most_off = tolerance * steps;
        fitted(
            &places,
            Rule {
                steps,
                most_off,
                is_diagonal,
            },
        )
    })
}

impl Wire {
    /// A curve in the unit square, rising in x: a line within a pixel of each point.
    ///
    /// A curve that leaves the square is cut to it.
    pub fn unit_curve(&mut self, kind: u16, points: &mut Vec<Point>) -> Done {
        let mut rows = Vec::new();
        if self.is_writer() {
            let all: Vec<Place<1>> = points.iter().map(|p| (p.x, [p.y])).collect();
            rows = on_grid(&all, self.codec.steps() as f64, TOLERANCE, false);
        }
        let codec = self.codec;
        self.rows(kind, &mut rows, |_| [0])?;
        *points = rows
            .into_iter()
            .map(|(x, [y])| Point {
                x: codec.of_grid(x),
                y: codec.of_grid(y),
            })
            .collect();
        Ok(())
    }

    /// Wrong ones among the first of `n` samples, as (share of samples, share wrong among them): by exact counts.
    ///
    /// Points left out are within `most_off` of the line, as a share of the plot; none is left out below 0. A curve that is
    /// none of counts, or of so many that nobody sees them, is told like any other.
    pub fn risk_curve(&mut self, kind: u16, points: &mut Vec<Point>, n: u64, most_off: f64) -> Done {
        let counts: Vec<(u64, u64)> = points.iter().map(|p| counted(*p, n)).collect();
        let is_near = |(p, own): (&Point, &(u64, u64))| {
            let told = shares(*own, n);
            (told.x - p.x).abs() < 1e-9 && (told.y - p.y).abs() < 1e-9
        };
        let is_rising = counts
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.0 < b.0 && a.1 <= b.1));
        let is_seen = n <= MOST_COUNTED || most_off < 0.0;
        let mut is_counted = is_seen && is_rising && points.iter().zip(&counts).all(is_near);
        self.flag(kind + 4, &mut is_counted)?;
        if !is_counted {
            return self.unit_curve(kind, points);
        }
        let mut kept = Vec::new();
        if self.is_writer() {
            let all: Vec<Place<1>> = points.iter().map(|p| (p.x, [p.y])).collect();
            let rows = few(most_off, |most_off| settled(&all, most_off));
            let kept_of = all.iter().zip(&counts).filter(|(p, _)| rows.contains(p));
            kept = kept_of.map(|(_, counts)| *counts).collect();
        }
        self.counted_points(kind, &mut kept, n)?;
        *points = kept.into_iter().map(|own| shares(own, n)).collect();
        Ok(())
    }

    fn counted_points(&mut self, kind: u16, kept: &mut Vec<(u64, u64)>, n: u64) -> Done {
        let mut length = kept.len() as u64;
        self.count(kind + 5, &mut length)?;
        if length as usize > MOST_POINTS {
            return Err(Fault::TooLarge);
        }
        kept.resize(length as usize, (0, 0));
        let mut before = (0u64, 0u64);
        for (place, own) in kept.iter_mut().enumerate() {
            self.rise(kind + 6, u32::from(place > 0), &mut own.0, before.0)?;
            let more = own.0 - before.0;
            // As often wrong as so far.
            let expected = (u128::from(more) * u128::from(before.1))
                .checked_div(u128::from(before.0))
                .unwrap_or(0);
            let expected = i64::try_from(expected).map_err(|_| Fault::Nonsense)?;
            let mut off = own.1.wrapping_sub(before.1) as i64 - expected;
            self.whole_of(kind + 7, class(more), &mut off)?;
            let errors = expected
                .checked_add(off)
                .and_then(|more| before.1.checked_add_signed(more));
            own.1 = errors
                .filter(|errors| *errors <= own.0 && own.0 <= n)
                .ok_or(Fault::Nonsense)?;
            before = *own;
        }
        Ok(())
    }

    /// A band around the diagonal of the unit square.
    pub fn unit_band(&mut self, kind: u16, points: &mut Vec<BandPoint>) -> Done {
        let mut rows = Vec::new();
        if self.is_writer() {
            let all: Vec<Place<2>> = points.iter().map(|p| (p.x, [p.low, p.high])).collect();
            rows = on_grid(&all, self.codec.steps() as f64, BAND_TOLERANCE, true);
        }
        let codec = self.codec;
        self.rows(kind, &mut rows, |step| [step, step])?;
        let band = rows.into_iter().map(|(x, [low, high])| BandPoint {
            x: codec.of_grid(x),
            low: codec.of_grid(low),
            high: codec.of_grid(high),
        });
        *points = band.collect();
        Ok(())
    }

    /// Rows on the grid; `usual` says how far the values move when x moves by so much.
    fn rows<const N: usize>(&mut self, kind: u16, rows: &mut Vec<Row<N>>, usual: fn(i64) -> [i64; N]) -> Done {
        let mut length = rows.len() as u64;
        self.count(kind, &mut length)?;
        if length as usize > MOST_POINTS {
            return Err(Fault::TooLarge);
        }
        rows.resize(length as usize, (0, [0; N]));
        let last = self.codec.steps() as i64;
        let is_inside = |place: i64| (0..=last).contains(&place);
        let (mut before, mut was_flat) = ((0, [0; N]), 2);
        for row in rows.iter_mut() {
            let mut step = row.0 - before.0;
            self.whole_of(kind + 1, was_flat, &mut step)?;
            row.0 = before.0.checked_add(step).ok_or(Fault::Nonsense)?;
            if !is_inside(row.0) {
                return Err(Fault::Nonsense);
            }
            let usual = usual(step);
            let size = class(step.unsigned_abs());
            let context = size << 2 | was_flat;
            was_flat = 1;
            let columns = row.1.iter_mut().zip(before.1).zip(usual);
            for (n, ((own, last), usual)) in (0u16..).zip(columns) {
                let mut change = *own - last - usual;
                self.whole_of(kind + 2 + n, context, &mut change)?;
                *own = change
                    .checked_add(usual)
                    .and_then(|step| last.checked_add(step))
                    .ok_or(Fault::Nonsense)?;
                was_flat &= u32::from(change == 0);
            }
            if !row.1.iter().all(|place| is_inside(*place)) {
                return Err(Fault::Nonsense);
            }
            before = *row;
        }
        Ok(())
    }

    /// A distribution function of `n` values between `range`: at even parts and along the tail, with a point between.
    ///
    /// Steps are even on a log scale, or on a linear one where the smallest value is not above 0. Gives the places told:
    /// (steps from the smallest value, values at or below).
    pub fn ecdf(
        &mut self,
        kind: u16,
        points: &mut Vec<Point>,
        n: u64,
        range: (f64, f64),
    ) -> Result<Vec<(u64, u64)>, Fault> {
        let scale = Scale::of(range, self.codec.steps());
        // A point halfway between two parts, read from a link, may stand for half a sample.
        let is_whole = |p: &Point| (p.y * n as f64 - (p.y * n as f64).round()).abs() < 1e-6;
        let mut is_exact = points.len() <= MOST_EXACT && points.iter().all(is_whole);
        self.flag(kind, &mut is_exact)?;
        let mut told: Vec<(u64, u64)> = Vec::new();
        if is_exact {
            let mut length = points.len() as u64;
            self.count(kind + 1, &mut length)?;
            if length as usize > MOST_EXACT {
                return Err(Fault::TooLarge);
            }
            let own: Vec<(u64, u64)> = points.iter().map(|p| (scale.place(p.x), rank(p.y, n))).collect();
            let mut before = (0, 0);
            for place in 0..length as usize {
                let (mut at, mut rank) = own.get(place).copied().unwrap_or_default();
                self.rise(kind + 2, 0, &mut at, before.0)?;
                self.rise(kind + 3, 0, &mut rank, before.1)?;
                before = (at, rank);
                told.push(before);
            }
        } else {
            self.parts(kind, &mut told, points, n, &scale)?;
        }
        if told.iter().any(|(at, rank)| *at > scale.steps || *rank > n) {
            return Err(Fault::Nonsense);
        }
        *points = drawn(&told, n, &scale, !is_exact);
        Ok(told)
    }

    fn parts(&mut self, kind: u16, told: &mut Vec<(u64, u64)>, points: &[Point], n: u64, scale: &Scale) -> Done {
        let shape = std::mem::take(&mut self.shape);
        let mut steps = Vec::new();
        let mut before = (0, 0);
        for (place, level) in levels(n, self.codec.parts()).into_iter().enumerate() {
            if level >= n {
                told.push((scale.steps, n));
                break;
            }
            let own = points.iter().find(|p| rank(p.y, n) >= level);
            let mut at = own.map_or(before.0, |p| scale.place(p.x)).max(before.0);
            if level > 1 {
                // A baseline is shaped like its candidate, a part like the one before.
                let expected = match shape.get(place) {
                    Some(step) if self.is_baseline => 16 + class(*step),
                    _ => class(steps.last().copied().unwrap_or(0)),
                };
                self.rise(kind + 4, expected, &mut at, before.0)?;
            } else {
                at = 0;
            }
            steps.push(at - before.0);
            before = (at, level);
            told.push(before);
        }
        self.shape = if self.is_baseline { shape } else { steps };
        Ok(())
    }

    /// A number not below `before`.
    fn rise(&mut self, kind: u16, class: u32, value: &mut u64, before: u64) -> Done {
        let mut step = value.saturating_sub(before);
        self.count_of(kind, class, &mut step)?;
        *value = before.checked_add(step).ok_or(Fault::Nonsense)?;
        Ok(())
    }
}

/// The ranks among n values at which a distribution function is told, rising, the last n.
fn levels(n: u64, parts: u64) -> Vec<u64> {
    let even = (1..=parts)
        .map(|part| u64::try_from((u128::from(n) * u128::from(part)).div_ceil(u128::from(parts))).unwrap_or(n));
    let tail = TAIL.iter().map(|part| n - (n / part).min(n));
    let mut levels: Vec<u64> = [1].into_iter().chain(even).chain(tail).collect();
    levels.sort_unstable();
    levels.dedup();
    levels.retain(|level| (1..=n).contains(level));
    levels
}

fn rank(share: f64, n: u64) -> u64 {
    (share * n as f64).round() as u64
}

/// The points between which a distribution function is drawn; halfway ones where `fills`.
fn drawn(told: &[(u64, u64)], n: u64, scale: &Scale, fills: bool) -> Vec<Point> {
    let point = |at: f64, rank: f64| Point {
        x: scale.value(at),
        y: rank / n.max(1) as f64,
    };
    let mut points = Vec::with_capacity(told.len() * 2);
    let mut before: Option<(u64, u64)> = None;
    for &(at, rank) in told {
        if let Some((at_before, rank_before)) = before.filter(|own| fills && own.1 + 1 < rank && own.0 < at) {
            let middle = |a: u64, b: u64| (a as f64 + b as f64) / 2.0;
            points.push(point(middle(at_before, at), middle(rank_before, rank)));
        }
        points.push(point(at as f64, rank as f64));
        before = Some((at, rank));
    }
    points
}

/// Values at or below a place on the scale, between the places `told`.
pub(super) fn ranks_at(told: &[(u64, u64)], at: f64) -> f64 {
    let mut before = (0, 0);
    for &(own, rank) in told {
        if own as f64 >= at {
            let run = (own - before.0) as f64;
            let share = if run > 0.0 { (at - before.0 as f64) / run } else { 1.0 };
            return before.1 as f64 + share * (rank - before.1) as f64;
        }
        before = (own, rank);
    }
    before.1 as f64
}

/// A scale of so many steps from the smallest to the largest value.
struct Scale {
    low: f64,
    high: f64,
    steps: u64,
}

impl Scale {
    fn of((low, high): (f64, f64), steps: u64) -> Self {
        Self { low, high, steps }
    }

    fn is_log(&self) -> bool {
        self.low > 0.0
    }

    fn place(&self, value: f64) -> u64 {
        let share = match self.is_log() {
            _ if self.high <= self.low => 0.0,
            true => (value.max(self.low) / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        (share.clamp(0.0, 1.0) * self.steps as f64).round() as u64
    }

    fn value(&self, at: f64) -> f64 {
        let share = at / self.steps as f64;
        match self.is_log() {
            _ if share >= 1.0 => self.high,
            _ if share <= 0.0 => self.low,
            true => self.low * ((self.high / self.low).ln() * share).exp(),
            false => self.low + (self.high - self.low) * share,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn both<T: Clone + Default + PartialEq + std::fmt::Debug>(own: &T, tell: impl Fn(&mut Wire, &mut T) -> Done) -> T {
        let mut written = own.clone();
        let mut writer = Wire::blank_writer();
        tell(&mut writer, &mut written).unwrap();
        let mut read = T::default();
        let mut reader = Wire::blank_reader(writer.into_bytes());
        tell(&mut reader, &mut read).unwrap();
        reader.end().unwrap();
        assert_eq!(written, read);
        read
    }

    fn at(curve: &[Point], x: f64) -> f64 {
        let next = curve.partition_point(|p| p.x < x);
        let (b, a) = (&curve[next.min(curve.len() - 1)], &curve[next.saturating_sub(1)]);
        if b.x > a.x {
            a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)
        } else {
            b.y
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn curves_stay_within_a_pixel_and_settle(steps in prop::collection::vec((0.001f64..0.01, 0.0f64..0.006), 2..90)) {
            let mut sum = Point::default();
            let curve: Vec<Point> = steps
                .iter()
                .map(|(dx, dy)| {
                    sum = Point { x: sum.x + dx, y: sum.y + dy };
                    sum
                })
                .collect();
            let read = both(&curve, |wire, points| wire.unit_curve(1, points));
            prop_assert!(read.len() <= MOST_POINTS);
            for p in &curve {
                prop_assert!((at(&read, p.x) - p.y).abs() < 0.012, "{p:?}");
            }
            prop_assert_eq!(both(&read, |wire, points| wire.unit_curve(1, points)), read);
        }

        #[test]
        fn distribution_functions_keep_their_shape(mut values in prop::collection::vec(0.01f64..60.0, 1..900)) {
            values.sort_by(f64::total_cmp);
            values.dedup();
            let n = values.len() as u64;
            let range = (values[0], values[values.len() - 1]);
            let ecdf: Vec<Point> = values.iter().zip(1..).map(|(&x, rank)| Point { x, y: f64::from(rank) / n as f64 }).collect();
            let tell = |wire: &mut Wire, points: &mut Vec<Point>| wire.ecdf(1, points, n, range).map(|_| ());
            let read = both(&ecdf, tell);
            prop_assert!(read.len() <= MOST_POINTS, "{}", read.len());
            for p in &ecdf {
                prop_assert!((at(&read, p.x) - p.y).abs() < 0.05 + 1.5 / n as f64, "{p:?} {}", at(&read, p.x));
            }
            let again = both(&read, tell);
            prop_assert_eq!(again.len(), read.len());
        }
    }
}
