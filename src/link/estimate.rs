//! Estimates on the wire: what follows from counts is recomputed by the reader and not sent.

use super::alike::Alike;
use super::quantum::{rounded_end, rounded_half, rounded_value};
use super::wire::{Done, Fault, Wire};
use crate::estimate::{Estimate, Unit};
use crate::stat::paired::PairedCounts;
use crate::stat::proportion::wilson;

const UNITS: [Unit; 9] = [
    Unit::Share,
    Unit::Points,
    Unit::Score,
    Unit::Seconds,
    Unit::Dollars,
    Unit::Tokens,
    Unit::TokensPerSecond,
    Unit::Ratio,
    Unit::Count,
];

/// How an estimate's value and ends are told.
const PLAIN: u32 = 0;
/// By a count of n, with Wilson's ends.
const COUNTED: u32 = 1;
/// To the last digit.
const EXACT: u32 = 2;
/// By the samples that changed either way, with Bonett and Price's ends.
const PAIRED: u32 = 3;
/// A value with half the width of its interval.
const EVEN: u32 = 4;
/// As counted, at a level corrected for a number of tests.
const CORRECTED: u32 = 5;
const FORMS: u32 = 6;

fn is_share(unit: Unit) -> bool {
    matches!(unit, Unit::Share | Unit::Points | Unit::Score)
}

/// Same value and ends but for the last bits.
fn is_same(a: &Estimate, b: &Estimate) -> bool {
    a.value.is_alike(&b.value) && a.low.is_alike(&b.low) && a.high.is_alike(&b.high)
}

/// Right ones of `n` if value and ends are exactly Wilson's of a whole number, at a level corrected for `tests`.
fn counted(estimate: &Estimate, tests: u64) -> Option<u64> {
    let right = (estimate.value? * estimate.n as f64).round();
    let is_count = (0.0..=estimate.n as f64).contains(&right);
    let told = is_count.then(|| of_count(right as u64, tests, estimate))?;
    is_same(&told, estimate).then_some(right as u64)
}

/// `shape` with the rate of `right` and Wilson's interval at its level, corrected for `tests`.
fn of_count(right: u64, tests: u64, shape: &Estimate) -> Estimate {
    let interval = wilson(right, shape.n, (1.0 - shape.level) / tests.max(1) as f64);
    Estimate {
        value: (shape.n > 0).then(|| right as f64 / shape.n as f64),
        low: interval.map(|i| i.low),
        high: interval.map(|i| i.high),
        ..shape.clone()
    }
}

/// The number of tests that a rate is corrected for, with its count; `None` if it is no such rate.
fn corrected(estimate: &Estimate) -> Option<(u64, u64)> {
    (2..=200).find_map(|tests| Some((tests, counted(estimate, tests)?)))
}

/// `shape` with the difference of `gained` and `lost` of n pairs.
fn of_pairs((gained, lost): (u64, u64), shape: &Estimate) -> Option<Estimate> {
    let neither = shape.n.checked_sub(gained.checked_add(lost)?)?;
    let counts = PairedCounts {
        both: 0,
        lost,
        gained,
        neither,
    };
    let found = counts.bonett_price(1.0 - shape.level)?;
    Some(Estimate {
        value: Some(found.value),
        low: Some(found.interval.low),
        high: Some(found.interval.high),
        ..shape.clone()
    })
}

/// Pairs that changed either way, if value and ends are exactly those of such counts. The interval widens with their sum.
fn paired(estimate: &Estimate) -> Option<(u64, u64)> {
    let n = estimate.n as i64;
    let net = (estimate.value? * n as f64).round() as i64;
    if !(1..=1 << 40).contains(&n) || net.abs() > n {
        return None;
    }
    let of = |more: i64| ((more + net.max(0)) as u64, (more - net.min(0)) as u64);
    let (mut low, mut high) = (0, (n - net.abs()) / 2);
    while low < high {
        let middle = (low + high) / 2;
        let told = of_pairs(of(middle), estimate)?;
        if told.high? - told.low? < estimate.high? - estimate.low? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let told = of_pairs(of(low), estimate)?;
    is_same(&told, estimate).then_some(of(low))
}

/// `estimate` as a reader of the plain form finds it; `value` is what the reader knows already.
fn rounded(estimate: &Estimate, value: Option<f64>) -> Estimate {
    let share = is_share(estimate.unit);
    let middle = value.unwrap_or_else(|| rounded_value(estimate.value.unwrap_or(0.0), share));
    Estimate {
        value: Some(middle),
        low: estimate.low.map(|end| rounded_end(end, middle, true, share)),
        high: estimate.high.map(|end| rounded_end(end, middle, false, share)),
        ..estimate.clone()
    }
}

/// As [`rounded`], for the even form; `None` where its ends would be too far off.
fn rounded_evenly(estimate: &Estimate, value: Option<f64>) -> Option<Estimate> {
    let ends = estimate.interval().filter(|_| is_share(estimate.unit))?;
    let middle = value.unwrap_or_else(|| rounded_value(estimate.value.unwrap_or(0.0), true));
    let (low, high) = rounded_half(ends, middle)?;
    Some(Estimate {
        value: Some(middle),
        low: Some(low),
        high: Some(high),
        ..estimate.clone()
    })
}

/// Whether `told` lies on the other side of ± `limit` than `own` with its value or an end.
fn crosses(told: &Estimate, own: &Estimate, limit: Option<f64>) -> bool {
    let Some(limit) = limit else { return false };
    let sides = |number: Option<f64>| number.map(|v| (v.total_cmp(&limit), v.total_cmp(&-limit)));
    let all = |e: &Estimate| [e.value, e.low, e.high].map(sides);
    all(told) != all(own)
}

/// Whether `told` may stand for `own`: as near as rounding, and on the same side of a limit.
pub(super) fn is_about(told: &Estimate, own: &Estimate) -> bool {
    let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => is_close_end(a, b, is_share(own.unit)),
        (a, b) => a == b,
    };
    let rest = |e: &Estimate| (e.n, e.unit, e.level.to_bits(), e.why.clone(), e.method.clone());
    let is_close = match (told.value, own.value) {
        (Some(a), Some(b)) => is_close(a, b, is_share(own.unit)),
        (a, b) => a == b,
    };
    is_close && near(told.low, own.low) && near(told.high, own.high) && rest(told) == rest(own)
}

/// Whether the number `told` may stand for `own`: as near as rounding.
pub(super) fn is_close(told: f64, own: f64, share: bool) -> bool {
    let most = if share { 0.000_125 } else { 0.001 * own.abs() };
    (told - own).abs() <= most && (told > 0.0) == (own > 0.0)
}

/// Whether the end `told` may stand for `own`.
fn is_close_end(told: f64, own: f64, share: bool) -> bool {
    let most = if share { 0.001 } else { 0.01 * own.abs() };
    (told - own).abs() <= most && (told > 0.0) == (own > 0.0)
}

/// What is known of an estimate before it is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// Its unit, mostly.
    pub unit: Unit,
    /// What it is held against: rounding never brings an end to the other side.
    pub limit: Option<f64>,
    /// What it follows to be.
    pub guess: Option<&'a Estimate>,
}

impl Known<'_> {
    /// Only the unit.
    pub fn unit(unit: Unit) -> Self {
        Self {
            unit,
            limit: None,
            guess: None,
        }
    }
}

impl Wire {
    /// An estimate. `kind` has 16 kinds after it for itself.
    pub fn estimate(&mut self, kind: u16, estimate: &mut Estimate, known: Known<'_>) -> Done {
        if let Some(guess) = known.guess {
            let mut is_guessed = is_about(guess, estimate) && !crosses(guess, estimate, known.limit);
            self.flag(kind + 12, &mut is_guessed)?;
            if is_guessed {
                estimate.clone_from(guess);
                return Ok(());
            }
        }
        self.unit(kind, &mut estimate.unit, known.unit)?;
        let mut is_defined = estimate.value.is_some();
        self.flag(kind, &mut is_defined)?;
        self.text(kind + 2, &mut estimate.method)?;
        self.tally(kind + 3, &mut estimate.n)?;
        if !is_defined {
            self.text(kind + 4, &mut estimate.why)?;
            let shape = std::mem::take(estimate);
            *estimate = Estimate::undefined(&shape.why, shape.n, &shape.method, shape.unit);
            return Ok(());
        }
        self.level(kind + 5, &mut estimate.level)?;
        estimate.why.clear();
        self.measured(kind, estimate, known)
    }

    /// Value and ends of a defined estimate.
    fn measured(&mut self, kind: u16, estimate: &mut Estimate, known: Known<'_>) -> Done {
        let mut value = known.guess.and_then(|guess| guess.value);
        let usable = |guess: f64| {
            let own = estimate.value.unwrap_or(0.0);
            is_close(guess, own, is_share(estimate.unit))
                && !crosses(&rounded(estimate, Some(guess)), estimate, known.limit)
        };
        let mut form = self.form(estimate, value.filter(|v| usable(*v)), known.limit);
        self.choice(kind + 6, FORMS, &mut form)?;
        if let (PLAIN | EVEN, Some(guess)) = (form, value) {
            let mut is_guessed = usable(guess);
            self.flag(kind + 13, &mut is_guessed)?;
            value = is_guessed.then_some(guess);
        }
        match form {
            COUNTED | CORRECTED => self.counts(kind, estimate, form),
            PAIRED => self.pairs(kind, estimate),
            EXACT => self.exactly(kind, estimate),
            _ => self.plainly(kind, estimate, value, form == EVEN),
        }
    }

    /// The form that tells `estimate` in the fewest bits; a reader is told.
    fn form(&self, estimate: &Estimate, value: Option<f64>, limit: Option<f64>) -> u32 {
        if !self.is_writer() {
            return PLAIN;
        }
        if counted(estimate, 1).is_some() {
            return COUNTED;
        }
        if paired(estimate).is_some() {
            return PAIRED;
        }
        if estimate.unit == Unit::Share && corrected(estimate).is_some() {
            return CORRECTED;
        }
        match rounded_evenly(estimate, value) {
            Some(told) if !crosses(&told, estimate, limit) => EVEN,
            _ if crosses(&rounded(estimate, value), estimate, limit) => EXACT,
            _ => PLAIN,
        }
    }

    fn counts(&mut self, kind: u16, estimate: &mut Estimate, form: u32) -> Done {
        let (mut tests, mut right) = match form {
            CORRECTED => corrected(estimate).unwrap_or((1, 0)),
            _ => (1, counted(estimate, 1).unwrap_or(0)),
        };
        if form == CORRECTED {
            self.count(kind + 8, &mut tests)?;
        }
        let most = estimate.n;
        self.tally_within(kind + 7, &mut right, most)?;
        *estimate = of_count(right, tests, estimate);
        Ok(())
    }

    fn pairs(&mut self, kind: u16, estimate: &mut Estimate) -> Done {
        let (mut gained, mut lost) = paired(estimate).unwrap_or_default();
        self.tally(kind + 9, &mut gained)?;
        self.tally(kind + 10, &mut lost)?;
        *estimate = of_pairs((gained, lost), estimate).ok_or(Fault::Nonsense)?;
        Ok(())
    }

    fn unit(&mut self, kind: u16, unit: &mut Unit, usual: Unit) -> Done {
        let mut is_usual = *unit == usual;
        self.flag(kind ^ 0x800, &mut is_usual)?;
        if is_usual {
            *unit = usual;
            return Ok(());
        }
        let mut place = UNITS.iter().position(|own| own == unit).unwrap_or(0) as u32;
        self.choice(kind ^ 0x801, UNITS.len() as u32, &mut place)?;
        *unit = *UNITS.get(place as usize).ok_or(Fault::Nonsense)?;
        Ok(())
    }

    /// A level of confidence: the usual one, none, or exactly.
    pub fn level(&mut self, kind: u16, level: &mut f64) -> Done {
        let mut form = match *level {
            own if own == self.usual_level => 0,
            0.0 => 1,
            _ => 2,
        };
        self.choice(kind, 3, &mut form)?;
        match form {
            0 => *level = self.usual_level,
            1 => *level = 0.0,
            _ => self.exact(kind ^ 0x802, level)?,
        }
        Ok(())
    }

    fn exactly(&mut self, kind: u16, estimate: &mut Estimate) -> Done {
        let mut value = estimate.value.unwrap_or(0.0);
        self.exact(kind ^ 0x804, &mut value)?;
        estimate.value = Some(value);
        self.exact_option(kind ^ 0x805, &mut estimate.low)?;
        self.exact_option(kind ^ 0x806, &mut estimate.high)
    }

    /// Rounded value and ends; `value` is known already, or told first.
    fn plainly(&mut self, kind: u16, estimate: &mut Estimate, value: Option<f64>, is_even: bool) -> Done {
        let share = is_share(estimate.unit);
        let mut middle = estimate.value.unwrap_or(0.0);
        match value {
            Some(value) => middle = value,
            None => self.value(kind + 7, &mut middle, share)?,
        }
        estimate.value = Some(middle);
        if is_even {
            let ends = estimate.interval().unwrap_or((middle, middle));
            let (low, high) = self.half_width(kind + 11, ends, middle)?;
            (estimate.low, estimate.high) = (Some(low), Some(high));
            return Ok(());
        }
        for (end, is_low) in [(&mut estimate.low, true), (&mut estimate.high, false)] {
            let kind = kind + if is_low { 8 } else { 10 };
            self.option(kind, end, |wire, end| {
                wire.end_of(kind ^ 0x807, end, middle, is_low, share)
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(estimate: &Estimate, known: Known<'_>) -> Estimate {
        let mut written = estimate.clone();
        let mut writer = Wire::blank_writer();
        writer.estimate(1, &mut written, known).unwrap();
        let mut read = Estimate::default();
        let mut reader = Wire::blank_reader(writer.into_bytes());
        reader.estimate(1, &mut read, known).unwrap();
        reader.end().unwrap();
        assert_eq!(written, read);
        read
    }

    fn usual() -> Known<'static> {
        Known::unit(Unit::Share)
    }

    proptest! {
        #[test]
        fn rates_of_counts_come_out_to_the_last_bit(n in 1u64..100_000, share in 0.0f64..=1.0) {
            let right = (share * n as f64) as u64;
            let shape = Estimate { n, level: 0.95, method: "Wilson".to_owned(), unit: Unit::Share, ..Estimate::default() };
            let estimate = of_count(right, 1, &shape);
            prop_assert_eq!(sent(&estimate, usual()), estimate);
        }

        #[test]
        fn rounding_keeps_the_side_of_the_limit(value in 0.0f64..1.0, width in 0.0f64..0.2, off in -0.002f64..0.002) {
            let limit = value + off;
            let estimate = Estimate::new(value, (Some(value - width), Some(value + width)), 0.9, 50, "t", Unit::Score);
            let read = sent(&estimate, Known { limit: Some(limit), ..usual() });
            let sides = |e: &Estimate| [e.value, e.low, e.high].map(|v| v.map(|v| v.total_cmp(&limit)));
            prop_assert_eq!(sides(&read), sides(&estimate));
        }
    }

    #[test]
    fn paired_differences_come_out_to_the_last_bit() {
        for (n, gained, lost) in [(623, 109, 62), (24, 1, 4), (40, 0, 0), (5000, 700, 698), (1, 1, 0)] {
            let shape = Estimate {
                n,
                level: 0.95,
                method: "paired".to_owned(),
                unit: Unit::Points,
                ..Estimate::default()
            };
            let estimate = of_pairs((gained, lost), &shape).unwrap();
            assert_eq!(
                sent(&estimate, Known::unit(Unit::Points)),
                estimate,
                "{n} {gained} {lost}"
            );
        }
    }

    #[test]
    fn what_is_undefined_keeps_its_reason() {
        let estimate = Estimate::undefined("No sample has a score.", 3, "mean", Unit::Seconds);
        assert_eq!(sent(&estimate, usual()), estimate);
    }
}
