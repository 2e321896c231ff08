//! Mergeable quantile sketches: DDSketch with a relative error, and the HDR histogram with significant digits.
//! Both merge exactly, by adding counts, in any grouping.

use std::collections::BTreeMap;

use super::quantile::Ratio;

/// A sketch whose quantiles are within a relative accuracy of the observed values.
///
/// Key of a value x > 0: `ceil(ln x / ln γ)` with γ = (1 + a) / (1 − a); value of a key: 2γᵏ / (γ + 1).
/// Zeros are counted apart; negative and not finite values are refused and counted.
/// Source: Masson, Rim & Lee 2019, "DDSketch", VLDB 12:2195.
#[derive(Clone, Debug, PartialEq)]
pub struct DdSketch {
    accuracy: f64,
    counts: BTreeMap<i32, u64>,
    zeros: u64,
    refused: u64,
}

impl DdSketch {
    /// An empty sketch of relative accuracy `accuracy`, a fraction in (0, 1); `None` outside.
    pub fn new(accuracy: f64) -> Option<DdSketch> {
        (accuracy > 0.0 && accuracy < 1.0).then(|| DdSketch {
            accuracy,
            counts: BTreeMap::new(),
            zeros: 0,
            refused: 0,
        })
    }

    /// A sketch from counts by key, as a query engine makes them with `ceil(ln(x) / ln(γ))`.
    pub fn from_counts(accuracy: f64, zeros: u64, counts: impl IntoIterator<Item = (i32, u64)>) -> Option<DdSketch> {
        let mut sketch = DdSketch::new(accuracy)?;
        sketch.zeros = zeros;
        for (key, count) in counts {
            sketch.add_count(key, count);
        }
        Some(sketch)
    }

    /// γ, the ratio between the upper ends of neighbouring buckets.
    pub fn gamma(&self) -> f64 {
        1.0 + 2.0 * self.accuracy / (1.0 - self.accuracy)
    }

    /// Adds one value; a value that is negative or not finite is only counted as refused.
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() || value < 0.0 {
            self.refused += 1;
        } else if value == 0.0 {
            self.zeros += 1;
        } else {
            let key = (value.ln() / self.ln_gamma()).ceil();
            self.add_count(key as i32, 1);
        }
    }

    /// Adds the counts of `other`; `false`, and no change, when the accuracies differ.
    pub fn merge(&mut self, other: &DdSketch) -> bool {
        if self.accuracy != other.accuracy {
            return false;
        }
        self.zeros += other.zeros;
        self.refused += other.refused;
        for (key, count) in &other.counts {
            self.add_count(*key, *count);
        }
        true
    }

    /// Number of values held.
    pub fn count(&self) -> u64 {
        self.zeros + self.counts.values().sum::<u64>()
    }

    /// Number of values refused because they were negative or not finite.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// The buckets above zero that hold anything, by ascending key.
    pub fn buckets(&self) -> impl Iterator<Item = (i32, u64)> + '_ {
        self.counts.iter().map(|(key, count)| (*key, *count))
    }

    /// The value that stands for a bucket: within the relative accuracy of everything in it.
    pub fn bucket_value(&self, key: i32) -> f64 {
        // Through the binary exponent, so that the rounding error does not grow with the key.
        let exponent = f64::from(key) * self.ln_gamma() / std::f64::consts::LN_2;
        exponent.exp2() * 2.0 / (1.0 + self.gamma())
    }

    /// The q-quantile at rank ⌊q(n − 1)⌋ counted from 0, the sketch's own convention (not nearest rank).
    ///
    /// `None` for an empty sketch.
    pub fn quantile(&self, q: Ratio) -> Option<f64> {
        let rank = q.floor_of(self.count().checked_sub(1)?);
        let mut seen = self.zeros;
        if rank < seen {
            return Some(0.0);
        }
        for (key, count) in &self.counts {
            seen += count;
            if rank < seen {
                return Some(self.bucket_value(*key)).filter(|x| x.is_finite());
            }
        }
        None
    }

    fn ln_gamma(&self) -> f64 {
        (2.0 * self.accuracy / (1.0 - self.accuracy)).ln_1p()
    }

    fn add_count(&mut self, key: i32, count: u64) {
        if count > 0 {
            *self.counts.entry(key).or_insert(0) += count;
        }
    }
}

/// A histogram of whole numbers that keeps a fixed number of significant decimal digits.
///
/// Counts are kept by the lowest value of each bucket; bucket edges are those of HdrHistogram with a lowest
/// discernible value of 1. Unlimited above. Source: hdrhistogram.org; ranks as its Java and Rust versions, `ceil(q·n)`
/// (its Python version uses `floor(q·n + ½)`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HdrHistogram {
    /// Binary digits kept.
    digits: u32,
    counts: BTreeMap<u64, u64>,
}

impl HdrHistogram {
    /// An empty histogram of `significant` decimal digits, 1..=5; `None` outside.
    pub fn new(significant: u32) -> Option<HdrHistogram> {
        (1..=5).contains(&significant).then(|| {
            let largest_with_unit = 2 * 10u64.pow(significant);
            HdrHistogram {
                digits: largest_with_unit.next_power_of_two().trailing_zeros(),
                counts: BTreeMap::new(),
            }
        })
    }

    /// Adds one value.
    pub fn record(&mut self, value: u64) {
        let low = value & !self.bucket_mask(value);
        *self.counts.entry(low).or_insert(0) += 1;
    }

    /// Adds one value and the values that a closed-loop generator with one request every `interval` missed while it
    /// waited: `value − interval`, `value − 2·interval`, … down to `interval`. Label what is made with it as corrected.
    pub fn record_corrected(&mut self, value: u64, interval: u64) {
        self.record(value);
        let mut missed = value.saturating_sub(interval);
        while interval > 0 && missed >= interval {
            self.record(missed);
            missed -= interval;
        }
    }

    /// Adds the counts of `other`; `false`, and no change, when the digits differ.
    pub fn merge(&mut self, other: &HdrHistogram) -> bool {
        if self.digits != other.digits {
            return false;
        }
        for (low, count) in &other.counts {
            *self.counts.entry(*low).or_insert(0) += count;
        }
        true
    }

    /// Number of values held.
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The q-quantile at rank `max(1, ceil(q·n))`: the highest value that falls into the same bucket.
    ///
    /// `None` for an empty histogram.
    pub fn quantile(&self, q: Ratio) -> Option<u64> {
        let rank = q.rank(self.count());
        let mut seen = 0;
        for (low, count) in &self.counts {
            seen += count;
            if rank <= seen {
                return Some(low | self.bucket_mask(*low));
            }
        }
        None
    }

    /// The low bits in which values of one bucket differ.
    fn bucket_mask(&self, value: u64) -> u64 {
        let length = u64::BITS - value.leading_zeros();
        (1u64 << length.saturating_sub(self.digits)) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn empty_and_refused() {
        let mut sketch = DdSketch::new(0.01).unwrap();
        assert_eq!(sketch.quantile(Ratio::P50), None);
        sketch.add(f64::NAN);
        sketch.add(-1.0);
        sketch.add(f64::INFINITY);
        assert_eq!((sketch.count(), sketch.refused()), (0, 3));
        sketch.add(0.0);
        assert_eq!(sketch.quantile(Ratio::P99), Some(0.0));
        assert_eq!(DdSketch::new(1.0), None);
        assert_eq!(DdSketch::new(f64::NAN), None);
        assert!(!sketch.merge(&DdSketch::new(0.02).unwrap()));
    }

    #[test]
    fn hdr_buckets_have_the_published_edges() {
        let mut h = HdrHistogram::new(3).unwrap();
        assert_eq!(h.quantile(Ratio::P50), None);
        h.record(4257);
        assert_eq!(h.quantile(Ratio::P50), Some(4259));
        let mut small = HdrHistogram::new(3).unwrap();
        small.record(2047);
        assert_eq!(small.quantile(Ratio::P50), Some(2047));
        let mut next = HdrHistogram::new(3).unwrap();
        next.record(2048);
        assert_eq!(next.quantile(Ratio::P50), Some(2049));
        assert_eq!(HdrHistogram::new(0), None);
    }

    #[test]
    fn correction_adds_the_missed_requests() {
        let mut h = HdrHistogram::new(3).unwrap();
        h.record_corrected(100, 25);
        assert_eq!(h.count(), 4);
        h.record_corrected(10, 0);
        assert_eq!(h.count(), 5);
    }

    fn sketch_of(values: &[f64]) -> DdSketch {
        let mut sketch = DdSketch::new(0.01).unwrap();
        values.iter().for_each(|x| sketch.add(*x));
        sketch
    }

    fn hdr_of(values: &[f64]) -> HdrHistogram {
        let mut hdr = HdrHistogram::new(3).unwrap();
        values.iter().for_each(|x| hdr.record((x * 1000.0) as u64));
        hdr
    }

    proptest! {
        #[test]
        fn merging_in_any_grouping_equals_adding(
            a in prop::collection::vec(0.0f64..1e4, 0..40),
            b in prop::collection::vec(0.0f64..1e4, 0..40),
            c in prop::collection::vec(0.0f64..1e4, 0..40),
        ) {
            let all: Vec<f64> = c.iter().chain(&a).chain(&b).copied().collect();
            let mut left = sketch_of(&a);
            left.merge(&sketch_of(&b));
            left.merge(&sketch_of(&c));
            let mut right = sketch_of(&b);
            right.merge(&sketch_of(&c));
            right.merge(&sketch_of(&a));
            prop_assert_eq!(&left, &right);
            prop_assert_eq!(&left, &sketch_of(&all));
            let mut hdr = hdr_of(&a);
            let mut rest = hdr_of(&b);
            rest.merge(&hdr_of(&c));
            hdr.merge(&rest);
            prop_assert_eq!(hdr, hdr_of(&all));
        }

        #[test]
        fn quantiles_keep_their_accuracy(
            values in prop::collection::vec(0.001f64..1e6, 1..200), percent in 0u8..=100,
        ) {
            let q = Ratio::percent(percent);
            let mut sorted = values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            let exact = sorted[q.floor_of(values.len() as u64 - 1) as usize];
            let got = sketch_of(&values).quantile(q).unwrap();
            prop_assert!((got - exact).abs() <= exact * 0.01 * (1.0 + 1e-9));
            let ranked = sorted[q.rank(values.len() as u64) as usize - 1];
            let hdr = hdr_of(&values).quantile(q).unwrap() as f64;
            let whole = (ranked * 1000.0).floor();
            prop_assert!(hdr >= whole && hdr <= whole * 1.001);
        }
    }
}
