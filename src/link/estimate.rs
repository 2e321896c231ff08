//! Estimates on the wire: what follows from counts is recomputed by the reader and not sent.

use super::wire::{Done, Fault, Wire};
use crate::estimate::{Estimate, Unit};
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

/// What an estimate of a place usually is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usual {
    pub unit: Unit,
    pub method: &'static str,
}

/// Tells a value, or an end of the interval around one (the middle, and whether it is the low end); last, whether it is a share.
type Number = fn(&mut Wire, u16, &mut f64, Option<(f64, bool)>, bool) -> Done;

/// How an estimate's value and ends are told.
const PLAIN: u32 = 0;
const COUNTED: u32 = 1;
const EXACT: u32 = 2;

fn is_share(unit: Unit) -> bool {
    matches!(unit, Unit::Share | Unit::Points | Unit::Score)
}

/// Right ones of `n` if value and ends are exactly Wilson's of a whole number.
fn counted(estimate: &Estimate) -> Option<u64> {
    let right = (estimate.value? * estimate.n as f64).round();
    let is_count = (0.0..=estimate.n as f64).contains(&right);
    let told = is_count.then(|| of_count(right as u64, estimate))?;
    (told.value == estimate.value && told.low == estimate.low && told.high == estimate.high).then_some(right as u64)
}

/// `shape` with the rate of `right` and Wilson's interval at its level.
fn of_count(right: u64, shape: &Estimate) -> Estimate {
    let interval = wilson(right, shape.n, 1.0 - shape.level);
    Estimate {
        value: (shape.n > 0).then(|| right as f64 / shape.n as f64),
        low: interval.map(|i| i.low),
        high: interval.map(|i| i.high),
        ..shape.clone()
    }
}

impl Wire {
    /// An estimate of a place where `usual` is usual. `kind` has 16 kinds after it for itself.
    pub fn estimate(&mut self, kind: u16, estimate: &mut Estimate, usual: Usual) -> Done {
        self.estimate_held(kind, estimate, usual, None)
    }

    /// As [`Self::estimate`], for an estimate held against `limit`: rounding never brings an end to its other side.
    pub fn estimate_held(&mut self, kind: u16, estimate: &mut Estimate, usual: Usual, limit: Option<f64>) -> Done {
        self.unit(kind, &mut estimate.unit, usual.unit)?;
        let mut is_defined = estimate.value.is_some();
        self.flag(kind, &mut is_defined)?;
        let mut is_usual = estimate.method == usual.method;
        self.flag(kind + 1, &mut is_usual)?;
        if is_usual {
            usual.method.clone_into(&mut estimate.method);
        } else {
            self.text(kind + 2, &mut estimate.method)?;
        }
        self.tally(kind + 3, &mut estimate.n)?;
        if !is_defined {
            self.text(kind + 4, &mut estimate.why)?;
            let shape = std::mem::take(estimate);
            *estimate = Estimate::undefined(&shape.why, shape.n, &shape.method, shape.unit);
            return Ok(());
        }
        self.level(kind + 5, &mut estimate.level)?;
        estimate.why.clear();
        let count = counted(estimate);
        let mut form = if count.is_some() { COUNTED } else { PLAIN };
        if form == PLAIN && self.is_writer() && crosses(estimate, limit) {
            form = EXACT;
        }
        self.choice(kind + 6, 3, &mut form)?;
        match form {
            COUNTED => {
                let mut right = count.unwrap_or(0);
                let most = estimate.n;
                self.within(kind + 7, &mut right, most)?;
                *estimate = of_count(right, estimate);
                Ok(())
            }
            EXACT => self.plainly(kind + 7, estimate, Self::exact_value),
            _ => self.plainly(kind + 7, estimate, Self::rounded_value),
        }
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

    /// A count up to `most`, all alike likely.
    pub fn within(&mut self, kind: u16, value: &mut u64, most: u64) -> Done {
        let width = u64::BITS - most.leading_zeros();
        let mut top = (*value >> width.saturating_sub(2)) as u32;
        self.choice(kind ^ 0x803, 4, &mut top)?;
        if width > 2 {
            self.bits(width - 2, value)?;
            *value |= u64::from(top) << (width - 2);
        } else {
            *value = u64::from(top);
        }
        if *value > most { Err(Fault::Nonsense) } else { Ok(()) }
    }

    fn plainly(&mut self, kind: u16, estimate: &mut Estimate, number: Number) -> Done {
        let share = is_share(estimate.unit);
        let mut value = estimate.value.unwrap_or(0.0);
        number(self, kind, &mut value, None, share)?;
        estimate.value = Some(value);
        let tell = |wire: &mut Self, kind: u16, end: &mut Option<f64>, is_low: bool| {
            wire.option(kind, end, |wire, end| {
                number(wire, kind + 1, end, Some((value, is_low)), share)
            })
        };
        tell(self, kind + 1, &mut estimate.low, true)?;
        tell(self, kind + 3, &mut estimate.high, false)
    }

    fn exact_value(&mut self, kind: u16, value: &mut f64, _end: Option<(f64, bool)>, _share: bool) -> Done {
        self.exact(kind ^ 0x804, value)
    }

    fn rounded_value(&mut self, kind: u16, value: &mut f64, end: Option<(f64, bool)>, share: bool) -> Done {
        match end {
            None => self.value(kind, value, share),
            Some((middle, is_low)) => self.end_of(kind, value, middle, is_low, share),
        }
    }
}

/// Whether rounding brings the value or an end to the other side of ± `limit`.
fn crosses(estimate: &Estimate, limit: Option<f64>) -> bool {
    let Some(limit) = limit else { return false };
    let mut rounded = estimate.clone();
    // On a wire of its own: what it learns must not reach the real one.
    let mut trial = Wire::writer();
    if trial.plainly(0, &mut rounded, Wire::rounded_value).is_err() {
        return true;
    }
    let sides = |number: Option<f64>| number.map(|v| (v.total_cmp(&limit), v.total_cmp(&-limit)));
    let all = |e: &Estimate| [e.value, e.low, e.high].map(sides);
    all(&rounded) != all(estimate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(estimate: &Estimate, usual: Usual, limit: Option<f64>) -> Estimate {
        let mut written = estimate.clone();
        let mut writer = Wire::writer();
        writer.estimate_held(1, &mut written, usual, limit).unwrap();
        let mut read = Estimate::default();
        let mut reader = Wire::reader(writer.into_bytes());
        reader.estimate_held(1, &mut read, usual, limit).unwrap();
        reader.end().unwrap();
        assert_eq!(written, read);
        read
    }

    const USUAL: Usual = Usual {
        unit: Unit::Share,
        method: "Wilson",
    };

    proptest! {
        #[test]
        fn rates_of_counts_come_out_to_the_last_bit(n in 1u64..100_000, share in 0.0f64..=1.0) {
            let right = (share * n as f64) as u64;
            let shape = Estimate { n, level: 0.95, method: "Wilson".to_owned(), unit: Unit::Share, ..Estimate::default() };
            let estimate = of_count(right, &shape);
            prop_assert_eq!(sent(&estimate, USUAL, None), estimate);
        }

        #[test]
        fn rounding_keeps_the_side_of_the_limit(value in 0.0f64..1.0, width in 0.0f64..0.2, off in -0.002f64..0.002) {
            let limit = value + off;
            let estimate = Estimate::new(value, (Some(value - width), Some(value + width)), 0.9, 50, "t", Unit::Score);
            let read = sent(&estimate, USUAL, Some(limit));
            let sides = |e: &Estimate| [e.value, e.low, e.high].map(|v| v.map(|v| v.total_cmp(&limit)));
            prop_assert_eq!(sides(&read), sides(&estimate));
        }
    }

    #[test]
    fn what_is_undefined_keeps_its_reason() {
        let estimate = Estimate::undefined("No sample has a score.", 3, "mean", Unit::Seconds);
        assert_eq!(sent(&estimate, USUAL, None), estimate);
    }
}
