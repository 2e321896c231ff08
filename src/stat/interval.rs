//! The two ends of an interval.

/// A closed interval; `low <= high`, both finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// The interval with these ends; `None` when an end is not finite or they are the wrong way round.
    pub fn new(low: f64, high: f64) -> Option<Self> {
        (low.is_finite() && high.is_finite() && low <= high).then_some(Interval { low, high })
    }

    /// The symmetric interval `centre` ± `half_width`; `None` as for [`Interval::new`].
    pub fn around(centre: f64, half_width: f64) -> Option<Self> {
        Interval::new(centre - half_width, centre + half_width)
    }

    /// The part of the interval within `[floor, ceiling]`; an end outside moves to the nearest limit.
    pub fn clamp(self, floor: f64, ceiling: f64) -> Self {
        Interval {
            low: self.low.clamp(floor, ceiling),
            high: self.high.clamp(floor, ceiling),
        }
    }

    /// Both ends moved by `shift`.
    pub fn shift(self, shift: f64) -> Self {
        Interval {
            low: self.low + shift,
            high: self.high + shift,
        }
    }

    /// Whether `value` lies in the interval, ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// High end minus low end.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}
