//! The same but for the last bits: what went through JSON is still taken for what follows from the counts.

use crate::estimate::Estimate;
use crate::report::{CoOccurrence, HistogramBin, Point, Reliability, ReliabilityBin};

/// Largest relative difference of numbers that are alike.
const LAST_BITS: f64 = 1e-9;

/// Values that are the same but for the last bits of their numbers.
pub(super) trait Alike {
    /// Whether `self` and `other` are alike.
    fn is_alike(&self, other: &Self) -> bool;
}

impl Alike for f64 {
    fn is_alike(&self, other: &Self) -> bool {
        (self - other).abs() <= LAST_BITS * self.abs().max(other.abs()).max(LAST_BITS)
    }
}

macro_rules! plainly {
    ($($kind:ty),*) => {
        $(impl Alike for $kind {
            fn is_alike(&self, other: &Self) -> bool {
                self == other
            }
        })*
    };
}

plainly!(u64, u32, bool, String);

impl<T: Alike> Alike for Option<T> {
    fn is_alike(&self, other: &Self) -> bool {
        match (self, other) {
            (Some(a), Some(b)) => a.is_alike(b),
            (None, None) => true,
            _ => false,
        }
    }
}

impl<T: Alike> Alike for Vec<T> {
    fn is_alike(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(a, b)| a.is_alike(b))
    }
}

impl<A: Alike, B: Alike> Alike for (A, B) {
    fn is_alike(&self, other: &Self) -> bool {
        self.0.is_alike(&other.0) && self.1.is_alike(&other.1)
    }
}

impl<A: Alike, B: Alike, C: Alike> Alike for (A, B, C) {
    fn is_alike(&self, other: &Self) -> bool {
        self.0.is_alike(&other.0) && self.1.is_alike(&other.1) && self.2.is_alike(&other.2)
    }
}

/// Structures are alike where these fields are.
macro_rules! by_fields {
    ($kind:ty: $($field:ident),*) => {
        impl Alike for $kind {
            fn is_alike(&self, other: &Self) -> bool {
                $(self.$field.is_alike(&other.$field))&&*
            }
        }
    };
}

by_fields!(Point: x, y);
by_fields!(HistogramBin: low, high, right, wrong);
by_fields!(ReliabilityBin: low, high, n, right, confidence, frequency, wilson, clopper_pearson, consistency);
by_fields!(Reliability: scheme, bins_asked, bins);
by_fields!(CoOccurrence: a, b, both, jaccard, phi, q);

impl Alike for Estimate {
    fn is_alike(&self, other: &Self) -> bool {
        let numbers = |e: &Self| (e.value, (e.low, e.high), e.level);
        let rest = |e: &Self| (e.n, e.unit, e.why.clone(), e.method.clone());
        numbers(self).is_alike(&numbers(other)) && rest(self) == rest(other)
    }
}
