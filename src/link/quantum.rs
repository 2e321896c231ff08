//! Numbers of a link and how far they may be from the original.
//!
//! | what | step | at most off by |
//! | --- | --- | --- |
//! | counts, settings, limits of gates | exact | 0 |
//! | shares and scores between −1 and 1 | 1/4000 | 0.000125 |
//! | other values (seconds, dollars, ratios) | four digits, the last even | 0.1 % |
//! | ends of intervals, of shares | 1/1000, rounded outwards | 0.001 |
//! | ends of intervals, others | three digits, rounded outwards | 1 % |
//! | points of a curve | 1/4095 of its range | 0.013 % of the range |
//!
//! An end that rounding would bring to 0, and a measured bound that rounding would bring to the other side of its limit,
//! is sent exactly, so neither a sign nor a verdict changes.

use super::wire::{Done, Fault, Wire};
use crate::report::{BandPoint, Point};

/// Most points of a curve that a link carries.
pub const MOST_POINTS: usize = 64;
/// Most points of a band.
pub const MOST_BAND_POINTS: usize = 32;
/// Steps of a share between 0 and 1.
const SHARE_STEPS: f64 = 4000.0;
/// Steps of an interval's end between 0 and 1.
const END_STEPS: f64 = 1000.0;
/// Steps of a curve's range.
const CURVE_STEPS: f64 = 4095.0;
/// Curves over more than this ratio have logarithmic steps.
const LONG_RANGE: f64 = 10.0;

/// How a number is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    Nearest,
    Down,
    Up,
}

impl Round {
    fn of(self, value: f64) -> f64 {
        match self {
            Self::Nearest => value.round(),
            // What is a whole number but for the last bits stays.
            Self::Down => (value + 1e-6).floor(),
            Self::Up => (value - 1e-6).ceil(),
        }
    }

    fn of_size(self, is_negative: bool) -> Self {
        match (self, is_negative) {
            (Self::Down, true) => Self::Up,
            (Self::Up, true) => Self::Down,
            (round, _) => round,
        }
    }
}

/// `digits` · 10^`power` as the nearest number.
fn decimal(digits: u64, power: i64) -> f64 {
    format!("{digits}e{power}").parse().unwrap_or(0.0)
}

impl Wire {
    /// A number as it is: few bytes for one with few decimal digits.
    pub fn exact(&mut self, kind: u16, value: &mut f64) -> Done {
        let shortest = format!("{:e}", value.abs());
        let (digits, power) = shortest.split_once('e').unwrap_or(("0", "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut mantissa: u64 = format!("{whole}{fraction}").parse().unwrap_or(0);
        let mut power = power.parse::<i64>().unwrap_or(0) - fraction.len() as i64;
        let mut is_negative = *value < 0.0;
        self.flag(kind ^ 0x2000, &mut is_negative)?;
        self.count(kind, &mut mantissa)?;
        self.whole(kind ^ 0x2001, &mut power)?;
        if !(-400..=400).contains(&power) {
            return Err(Fault::Nonsense);
        }
        let size = decimal(mantissa, power);
        if !size.is_finite() {
            return Err(Fault::Nonsense);
        }
        *value = if is_negative { -size } else { size };
        Ok(())
    }

    /// A number that may be absent, as it is.
    pub fn exact_option(&mut self, kind: u16, value: &mut Option<f64>) -> Done {
        self.option(kind ^ 0x2003, value, |wire, value| wire.exact(kind, value))
    }

    /// A share or score: 1/4000 between −1 and 1, four digits beyond.
    pub fn share(&mut self, kind: u16, value: &mut f64) -> Done {
        self.stepped(kind, value)
    }

    /// A share that may be absent.
    pub fn share_option(&mut self, kind: u16, value: &mut Option<f64>) -> Done {
        self.option(kind ^ 0x2003, value, |wire, value| wire.share(kind, value))
    }

    /// Any number: four digits.
    pub fn number(&mut self, kind: u16, value: &mut f64) -> Done {
        self.digits(kind, value, 4, Round::Nearest)
    }

    /// Any number that may be absent.
    pub fn number_option(&mut self, kind: u16, value: &mut Option<f64>) -> Done {
        self.option(kind ^ 0x2003, value, |wire, value| wire.number(kind, value))
    }

    /// A value in its unit: a share where `is_share`, else any number.
    pub fn value(&mut self, kind: u16, value: &mut f64, is_share: bool) -> Done {
        if is_share {
            self.share(kind, value)
        } else {
            self.number(kind, value)
        }
    }

    /// An end of an interval around `value`, rounded outwards.
    pub fn end_of(&mut self, kind: u16, end: &mut f64, value: f64, is_low: bool, is_share: bool) -> Done {
        let round = if is_low { Round::Down } else { Round::Up };
        let rounded = match is_share {
            true => round.of(*end * END_STEPS) / END_STEPS,
            false => round_digits(*end, 3, round),
        };
        let mut is_exact = rounded == 0.0 && *end != 0.0;
        self.flag(kind ^ 0x2004, &mut is_exact)?;
        if is_exact {
            return self.exact(kind ^ 0x2005, end);
        }
        if !is_share {
            return self.digits(kind, end, 3, round);
        }
        // An end stands near its value: the distance is cheaper than the place.
        let origin = (value * END_STEPS).round() as i64;
        let mut distance = round.of(*end * END_STEPS) as i64 - origin;
        self.whole(kind, &mut distance)?;
        let place = origin.checked_add(distance).ok_or(Fault::Nonsense)?;
        *end = place as f64 / END_STEPS;
        Ok(())
    }

    fn stepped(&mut self, kind: u16, value: &mut f64) -> Done {
        let mut is_inside = value.abs() <= 1.0;
        self.flag(kind ^ 0x2006, &mut is_inside)?;
        if !is_inside {
            return self.digits(kind, value, 4, Round::Nearest);
        }
        let mut is_negative = *value < 0.0;
        self.flag(kind ^ 0x2007, &mut is_negative)?;
        let mut step = (value.abs() * SHARE_STEPS).round() as u64;
        // Small scores are usual: the size is learned, the rest is plain.
        self.count(kind ^ 0x2008, &mut step)?;
        if step > SHARE_STEPS as u64 {
            return Err(Fault::Nonsense);
        }
        let size = step as f64 / SHARE_STEPS;
        *value = if is_negative && step > 0 { -size } else { size };
        Ok(())
    }

    /// A number with so many leading digits, the last of four even.
    fn digits(&mut self, kind: u16, value: &mut f64, digits: u32, round: Round) -> Done {
        let mut is_zero = *value == 0.0;
        self.flag(kind ^ 0x2009, &mut is_zero)?;
        if is_zero {
            *value = 0.0;
            return Ok(());
        }
        let mut is_negative = *value < 0.0;
        self.flag(kind ^ 0x200a, &mut is_negative)?;
        let (mantissa, mut power) = parts(value.abs(), digits, round.of_size(is_negative));
        self.whole(kind ^ 0x200b, &mut power)?;
        let least = 10u64.pow(digits - 1);
        let step = if digits == 4 { 2 } else { 1 };
        let mut place = mantissa.saturating_sub(least) / step;
        let width = u64::BITS - (9 * least / step - 1).leading_zeros();
        // The three leading bits are learned: numbers of a kind are alike.
        let mut top = (place >> (width - 3)) as u32;
        self.choice(kind ^ 0x200c, 8, &mut top)?;
        self.bits(width - 3, &mut place)?;
        place |= u64::from(top) << (width - 3);
        if !(-400..=400).contains(&power) {
            return Err(Fault::Nonsense);
        }
        let size = decimal(least + place * step, power);
        if !size.is_finite() {
            return Err(Fault::Nonsense);
        }
        *value = if is_negative { -size } else { size };
        Ok(())
    }

    /// A curve: at most [`MOST_POINTS`] of its points, each within 1/4095 of the range.
    pub fn curve(&mut self, kind: u16, points: &mut Vec<Point>) -> Done {
        thin(points, MOST_POINTS);
        let mut axes = [
            points.iter().map(|p| p.x).collect(),
            points.iter().map(|p| p.y).collect(),
        ];
        self.axes(kind, &mut axes)?;
        let [xs, ys] = axes;
        *points = xs.into_iter().zip(ys).map(|(x, y)| Point { x, y }).collect();
        Ok(())
    }

    /// A band: at most [`MOST_BAND_POINTS`] of its points.
    pub fn band(&mut self, kind: u16, points: &mut Vec<BandPoint>) -> Done {
        thin(points, MOST_BAND_POINTS);
        let axis = |of: fn(&BandPoint) -> f64| points.iter().map(of).collect::<Vec<f64>>();
        let mut axes = [axis(|p| p.x), axis(|p| p.low), axis(|p| p.high)];
        self.axes(kind, &mut axes)?;
        let [xs, lows, highs] = axes;
        let rows = xs.into_iter().zip(lows.into_iter().zip(highs));
        *points = rows.map(|(x, (low, high))| BandPoint { x, low, high }).collect();
        Ok(())
    }

    /// Several columns of the same length.
    fn axes<const N: usize>(&mut self, kind: u16, axes: &mut [Vec<f64>; N]) -> Done {
        let mut length = axes.first().map_or(0, Vec::len) as u64;
        self.count(kind ^ 0x2010, &mut length)?;
        if length as usize > MOST_POINTS {
            return Err(Fault::TooLarge);
        }
        for (place, axis) in axes.iter_mut().enumerate() {
            axis.resize(length as usize, 0.0);
            if length > 0 {
                self.axis(kind.wrapping_add(place as u16 * 4), axis)?;
            }
        }
        Ok(())
    }

    /// A column as steps of its own range; the change of the change is learned.
    fn axis(&mut self, kind: u16, values: &mut [f64]) -> Done {
        let mut least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let mut most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.number_exactly(kind ^ 0x2011, &mut least)?;
        self.number_exactly(kind ^ 0x2012, &mut most)?;
        let is_log = least > 0.0 && most / least > LONG_RANGE && most > 1.0;
        let (from, to) = if is_log { (least.ln(), most.ln()) } else { (least, most) };
        let span = to - from;
        let mut before = 0i64;
        for value in values.iter_mut() {
            let own = if is_log { value.max(least).ln() } else { *value };
            let place = if span > 0.0 {
                ((own - from) / span * CURVE_STEPS).round() as i64
            } else {
                0
            };
            let mut change = place.clamp(0, CURVE_STEPS as i64) - before;
            self.whole(kind ^ 0x2013, &mut change)?;
            let place = before.checked_add(change).ok_or(Fault::Nonsense)?;
            if !(0..=CURVE_STEPS as i64).contains(&place) {
                return Err(Fault::Nonsense);
            }
            let share = place as f64 / CURVE_STEPS;
            *value = match (place == CURVE_STEPS as i64, is_log) {
                (true, _) => most,
                (false, true) => (from + span * share).exp(),
                (false, false) => from + span * share,
            };
            before = place;
        }
        Ok(())
    }

    /// An end of a range: exactly if it has at most four digits, else four.
    fn number_exactly(&mut self, kind: u16, value: &mut f64) -> Done {
        self.digits(kind, value, 4, Round::Nearest)
    }
}

/// The `digits` leading digits of a positive number and the power of ten behind them.
fn parts(size: f64, digits: u32, round: Round) -> (u64, i64) {
    if !(size > 0.0 && size.is_finite()) {
        return (10u64.pow(digits - 1), -400);
    }
    let mut power = size.log10().floor() as i64 - i64::from(digits - 1);
    let scaled = |power: i64| size / 10f64.powi(power as i32);
    if scaled(power) < 10f64.powi(digits as i32 - 1) {
        power -= 1;
    }
    let step = if digits == 4 { 2.0 } else { 1.0 };
    let mut mantissa = (round.of(scaled(power) / step) * step) as u64;
    if mantissa >= 10u64.pow(digits) {
        mantissa = 10u64.pow(digits - 1);
        power += 1;
    }
    (mantissa.max(10u64.pow(digits - 1)), power)
}

fn round_digits(value: f64, digits: u32, round: Round) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let (mantissa, power) = parts(value.abs(), digits, round.of_size(value < 0.0));
    decimal(mantissa, power).copysign(value)
}

/// Keeps at most `most` of the points, the first and the last among them, evenly by number.
fn thin<T: Clone>(points: &mut Vec<T>, most: usize) {
    let length = points.len();
    if length <= most {
        return;
    }
    let kept = (0..most).filter_map(|place| {
        points
            .get((place * (length - 1) + (most - 1) / 2) / (most - 1))
            .cloned()
    });
    *points = kept.collect();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(value: f64, say: impl Fn(&mut Wire, &mut f64) -> Done) -> f64 {
        let mut written = value;
        let mut writer = Wire::writer();
        say(&mut writer, &mut written).unwrap();
        let mut read = 0.0;
        let mut reader = Wire::reader(writer.into_bytes());
        say(&mut reader, &mut read).unwrap();
        reader.end().unwrap();
        assert_eq!(
            written.to_bits(),
            read.to_bits(),
            "the writer knows what the reader sees"
        );
        read
    }

    proptest! {
        #[test]
        fn shares_are_within_their_step(value in -1.0f64..=1.0) {
            prop_assert!((sent(value, |w, v| w.share(1, v)) - value).abs() <= 0.000_125 + 1e-12);
        }

        #[test]
        fn numbers_are_within_a_thousandth(value in prop_oneof![1e-9f64..1e9, 0.5f64..100.0, -50.0f64..-0.001]) {
            let read = sent(value, |w, v| w.number(1, v));
            prop_assert!(((read - value) / value).abs() <= 0.001 + 1e-12, "{value} became {read}");
        }

        #[test]
        fn exact_numbers_are_exact(value in proptest::num::f64::NORMAL | proptest::num::f64::ZERO) {
            let read = sent(value, |w, v| w.exact(1, v));
            prop_assert!(read == value);
        }

        #[test]
        fn ends_move_outwards_and_never_lose_their_sign(value in -1.0f64..1.0, width in 0.0f64..0.5, is_low: bool) {
            let end = if is_low { value - width } else { value + width };
            let read = sent(end, |w, v| w.end_of(1, v, value, is_low, true));
            prop_assert!((read - end).abs() <= 0.001 + 1e-9);
            let is_outside = if is_low { read <= end + 1e-8 } else { read >= end - 1e-8 };
            prop_assert!(is_outside);
            prop_assert_eq!(read > 0.0, end > 0.0);
            prop_assert_eq!(read < 0.0, end < 0.0);
        }

        #[test]
        fn other_ends_move_outwards_by_at_most_a_hundredth(value in 0.001f64..1e5, is_low: bool) {
            let read = sent(value, |w, v| w.end_of(1, v, value, is_low, false));
            prop_assert!(((read - value) / value).abs() <= 0.01 + 1e-9, "{value} became {read}");
            let is_outside = if is_low { read <= value * (1.0 + 1e-8) } else { read >= value * (1.0 - 1e-8) };
            prop_assert!(is_outside);
        }

        #[test]
        fn curves_keep_their_ends_and_order(mut values in prop::collection::vec((0.0f64..60.0, 0.0f64..1.0), 0..200)) {
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            let curve: Vec<Point> = values.iter().map(|(x, y)| Point { x: *x, y: *y }).collect();
            let mut written = curve.clone();
            let mut writer = Wire::writer();
            writer.curve(1, &mut written).unwrap();
            let mut read = Vec::new();
            let mut reader = Wire::reader(writer.into_bytes());
            reader.curve(1, &mut read).unwrap();
            prop_assert_eq!(&read, &written);
            prop_assert!(read.len() <= MOST_POINTS);
            prop_assert!(read.windows(2).all(|pair| pair[0].x <= pair[1].x));
            let mut thinned = curve;
            thin(&mut thinned, MOST_POINTS);
            for (a, b) in thinned.iter().zip(&read) {
                prop_assert!((a.x - b.x).abs() <= 60.0 / 4095.0 + 0.001 * a.x.abs() + 1e-9);
                prop_assert!((a.y - b.y).abs() <= 1.0 / 4095.0 + 0.001);
            }
        }
    }
}
