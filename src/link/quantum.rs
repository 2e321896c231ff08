//! Numbers of a link and how far they may be from the original.
//!
//! | what | step | at most off by |
//! | --- | --- | --- |
//! | counts, settings, limits of gates | exact | 0 |
//! | shares and scores between −1 and 1 | 1/4000 | 0.000125 |
//! | other values (seconds, dollars, ratios) | four digits, the last even | 0.1 % |
//! | ends of intervals, of shares | 1/1000, rounded outwards | 0.001 |
//! | ends of intervals, others | steps of 0.8 % or three digits, rounded outwards | 1 % |
//! | points of a curve | 1/1023 of its range, at most 64 | 0.05 % of the range |
//! | lines that stand for a curve | fewer points | a pixel of 320 |
//! | distribution functions of more than 48 points | 20 even parts and the tail | straight between two parts |
//!
//! In the first codec points of a curve stood on a grid of 1/4095, and distribution functions had 24 parts.
//!
//! An end that rounding would bring to 0, and a measured bound that rounding would bring to the other side of its limit,
//! is sent exactly, so neither a sign nor a verdict changes.

use super::wire::{Done, Fault, Wire};

/// Most points of a curve that a link carries.
pub const MOST_POINTS: usize = 64;
/// Shares and scores beyond this are told as any other number.
const FAR: f64 = 8.0;
/// Steps of a share between 0 and 1.
const SHARE_STEPS: f64 = 4000.0;
/// Steps of an interval's end between 0 and 1.
const END_STEPS: f64 = 1000.0;
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

/// How an end of an interval is told.
const END_NEAR: u32 = 0;
const END_DIGITS: u32 = 1;
const END_EXACT: u32 = 2;
/// Ratio of one step of an end to the next, where end and value are both above 0 and no shares.
const END_RATIO: f64 = 1.008;
/// Most such steps.
const MOST_RATIO_STEPS: u64 = 1 << 12;
/// Steps of half an interval's width between 0 and 1.
const HALF_STEPS: f64 = 2000.0;

/// How `end` is told so that no sign is lost.
fn end_form(end: f64, value: f64, is_low: bool, is_share: bool) -> u32 {
    let round = if is_low { Round::Down } else { Round::Up };
    let near = match is_share {
        true => Some(round.of(end * END_STEPS) / END_STEPS),
        false => {
            by_ratio(value, ratio_steps(end, value, is_low), is_low).filter(|near| (near - end).abs() <= 0.01 * end)
        }
    };
    match near {
        Some(near) if near != 0.0 || end == 0.0 => END_NEAR,
        Some(_) => END_EXACT,
        None if end != 0.0 && round_digits(end, 3, round) == 0.0 => END_EXACT,
        None => END_DIGITS,
    }
}

/// Steps of [`END_RATIO`] from `value` to `end` and just beyond; more than the most where there are none.
fn ratio_steps(end: f64, value: f64, is_low: bool) -> u64 {
    if !(end > 0.0 && value > 0.0) {
        return MOST_RATIO_STEPS + 1;
    }
    let mut at = value;
    let mut steps = 0;
    while steps <= MOST_RATIO_STEPS
        && (if is_low {
            at > end * (1.0 + 1e-9)
        } else {
            at < end * (1.0 - 1e-9)
        })
    {
        at = if is_low { at / END_RATIO } else { at * END_RATIO };
        steps += 1;
    }
    steps
}

/// `value` after so many steps; `None` for too many. Plain multiplication: the same to the last bit everywhere.
fn by_ratio(value: f64, steps: u64, is_low: bool) -> Option<f64> {
    if steps > MOST_RATIO_STEPS {
        return None;
    }
    let end = (0..steps).fold(value, |at, _| if is_low { at / END_RATIO } else { at * END_RATIO });
    end.is_finite().then_some(end)
}

fn half_steps((low, high): (f64, f64), value: f64) -> u64 {
    Round::Up.of((value - low).max(high - value) * HALF_STEPS).max(0.0) as u64
}

fn evenly(value: f64, steps: u64) -> (f64, f64) {
    let half = steps as f64 / HALF_STEPS;
    // What is a step of a share but for the last bits is one.
    let end = |end: f64| match end * SHARE_STEPS {
        steps if (steps - steps.round()).abs() < 1e-6 => steps.round() / SHARE_STEPS,
        _ => end,
    };
    (end(value - half), end(value + half))
}

/// A value as a reader finds it.
pub(super) fn rounded_value(value: f64, is_share: bool) -> f64 {
    if is_share && value.abs() <= 1.0 {
        return ((value.abs() * SHARE_STEPS).round() / SHARE_STEPS).copysign(value) + 0.0;
    }
    round_digits(value, 4, Round::Nearest)
}

/// An end around `value` as a reader finds it.
pub(super) fn rounded_end(end: f64, value: f64, is_low: bool, is_share: bool) -> f64 {
    let round = if is_low { Round::Down } else { Round::Up };
    match end_form(end, value, is_low, is_share) {
        END_EXACT => end,
        END_DIGITS => round_digits(end, 3, round),
        _ if is_share => round.of(end * END_STEPS) / END_STEPS,
        _ => by_ratio(value, ratio_steps(end, value, is_low), is_low).unwrap_or(end),
    }
}

/// Both ends of an interval that is even around the share `value`, as a reader finds them; `None` where that would be off
/// by more than an end may be, and for ends that were rounded already.
pub(super) fn rounded_half((low, high): (f64, f64), value: f64) -> Option<(f64, f64)> {
    let is_rounded = |end: f64| (end * END_STEPS - (end * END_STEPS).round()).abs() < 1e-6;
    if is_rounded(low) && is_rounded(high) {
        return None;
    }
    let told = evenly(value, half_steps((low, high), value));
    let is_near =
        |told: f64, own: f64| (told - own).abs() <= 1.3 / HALF_STEPS && (told > 0.0) == (own > 0.0) && told != 0.0;
    (is_near(told.0, low) && is_near(told.1, high)).then_some(told)
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

    /// A share that is near to `guess`, or any number: in steps of a share from it.
    pub fn share_near(&mut self, kind: u16, value: &mut f64, guess: f64) -> Done {
        let far = |value: f64| value.abs() > FAR;
        let mut is_far = far(*value) || far(guess);
        self.flag(kind ^ 0x200e, &mut is_far)?;
        if is_far {
            return self.number(kind, value);
        }
        let from = (guess.clamp(-FAR, FAR) * SHARE_STEPS).round() as i64;
        let mut step = (*value * SHARE_STEPS).round() as i64 - from;
        self.whole(kind ^ 0x200f, &mut step)?;
        *value = from.checked_add(step).ok_or(Fault::Nonsense)? as f64 / SHARE_STEPS;
        Ok(())
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
        let mut form = end_form(*end, value, is_low, is_share);
        self.choice(kind ^ 0x2004, 3, &mut form)?;
        if form == END_EXACT {
            return self.exact(kind ^ 0x2005, end);
        }
        if form == END_DIGITS {
            let round = if is_low { Round::Down } else { Round::Up };
            return self.digits(kind, end, 3, round);
        }
        if !is_share {
            let mut steps = ratio_steps(*end, value, is_low);
            self.count(kind ^ 0x200d, &mut steps)?;
            *end = by_ratio(value, steps, is_low).ok_or(Fault::Nonsense)?;
            return Ok(());
        }
        // An end stands near its value: the distance is cheaper than the place.
        let origin = (value * END_STEPS).round() as i64;
        let mut distance = (if is_low { Round::Down } else { Round::Up }).of(*end * END_STEPS) as i64 - origin;
        self.whole(kind, &mut distance)?;
        let place = origin.checked_add(distance).ok_or(Fault::Nonsense)?;
        *end = place as f64 / END_STEPS;
        Ok(())
    }

    /// Half the width of an interval that is even around a share `value`: gives both ends.
    pub fn half_width(&mut self, kind: u16, (low, high): (f64, f64), value: f64) -> Result<(f64, f64), Fault> {
        let mut steps = half_steps((low, high), value);
        self.count(kind, &mut steps)?;
        Ok(evenly(value, steps))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(value: f64, say: impl Fn(&mut Wire, &mut f64) -> Done) -> f64 {
        let mut written = value;
        let mut writer = Wire::blank_writer();
        say(&mut writer, &mut written).unwrap();
        let mut read = 0.0;
        let mut reader = Wire::blank_reader(writer.into_bytes());
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
    }
}
