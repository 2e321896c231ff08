//! Binary arithmetic coding: a bit costs as many bits as it is surprising.

/// Probabilities have 16 bits and stay this far from 0 and 1.
const LEAST: u32 = 24;
/// A probability of one half.
pub(super) const HALF: u16 = 1 << 15;

/// Writes bits.
#[derive(Clone, Debug)]
pub(super) struct Encoder {
    low: u32,
    high: u32,
    bytes: Vec<u8>,
}

/// Reads the bits an [`Encoder`] wrote, given the same probabilities.
#[derive(Clone, Debug)]
pub(super) struct Decoder {
    low: u32,
    high: u32,
    code: u32,
    bytes: Vec<u8>,
    next: usize,
}

/// Where the range splits when a one has probability `odds` / 2¹⁶.
fn split(low: u32, high: u32, odds: u16) -> u32 {
    let odds = u64::from(u32::from(odds).clamp(LEAST, (1 << 16) - LEAST));
    low + ((u64::from(high - low) * odds) >> 16) as u32
}

impl Encoder {
    pub fn new() -> Self {
        Self {
            low: 0,
            high: u32::MAX,
            bytes: Vec::new(),
        }
    }

    /// Writes `bit`, which is a one with probability `odds` / 2¹⁶.
    pub fn bit(&mut self, odds: u16, bit: bool) {
        let middle = split(self.low, self.high, odds);
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.bytes.push((self.high >> 24) as u8);
            self.low <<= 8;
            self.high = (self.high << 8) | 0xff;
        }
    }

    /// The bytes, as few as name the last range; zeros follow in thought.
    pub fn finish(mut self) -> Vec<u8> {
        for kept in 1..=4u32 {
            let rest = u32::MAX.checked_shr(8 * kept).unwrap_or(0);
            let Some(up) = self.low.checked_add(rest) else { continue };
            let value = up & !rest;
            if value <= self.high {
                self.bytes.extend(value.to_be_bytes().iter().take(kept as usize));
                break;
            }
        }
        while self.bytes.last() == Some(&0) {
            self.bytes.pop();
        }
        self.bytes
    }
}

impl Decoder {
    pub fn new(bytes: Vec<u8>) -> Self {
        let mut decoder = Self {
            low: 0,
            high: u32::MAX,
            code: 0,
            bytes,
            next: 0,
        };
        for _ in 0..4 {
            decoder.shift();
        }
        decoder
    }

    fn shift(&mut self) {
        let byte = self.bytes.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        self.code = (self.code << 8) | u32::from(byte);
    }

    /// Reads a bit that is a one with probability `odds` / 2¹⁶.
    pub fn bit(&mut self, odds: u16) -> bool {
        let middle = split(self.low, self.high, odds);
        let bit = self.code <= middle;
        if bit {
            self.high = middle;
        } else {
            self.low = middle + 1;
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.low <<= 8;
            self.high = (self.high << 8) | 0xff;
            self.shift();
        }
        bit
    }

    /// More was read than was there.
    pub fn is_past_end(&self) -> bool {
        self.next > self.bytes.len() + 8
    }

    /// Bytes that nothing asked for.
    pub fn is_too_long(&self) -> bool {
        self.next < self.bytes.len()
    }
}

/// A probability that learns: fast at first, then slowly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Odds {
    /// Probability of a one, 16 bits.
    pub p: u16,
    /// Bits seen, up to a limit.
    pub seen: u8,
}

impl Odds {
    pub const NEW: Self = Self { p: HALF, seen: 0 };

    /// Moves towards `bit`; after `limit` bits the step stays 1 / (limit + 1.5).
    pub fn learn(&mut self, bit: bool, limit: u8) {
        let target = if bit { i64::from(u16::MAX) } else { 0 };
        let step = (target - i64::from(self.p)) * 2 / (2 * i64::from(self.seen) + 3);
        self.p = (i64::from(self.p) + step).clamp(0, i64::from(u16::MAX)) as u16;
        if self.seen < limit {
            self.seen += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_rare_bits_cost_more() {
        let bits: Vec<bool> = (0..4000u32).map(|i| i.wrapping_mul(2_654_435_761) >> 27 == 0).collect();
        let mut odds = Odds::NEW;
        let mut encoder = Encoder::new();
        for &bit in &bits {
            encoder.bit(odds.p, bit);
            odds.learn(bit, 250);
        }
        let bytes = encoder.finish();
        assert!(
            bytes.len() < 150,
            "{} bytes for {} bits of entropy 0.2",
            bytes.len(),
            bits.len()
        );
        let mut odds = Odds::NEW;
        let mut decoder = Decoder::new(bytes);
        for &bit in &bits {
            assert_eq!(decoder.bit(odds.p), bit);
            odds.learn(bit, 250);
        }
        assert!(!decoder.is_past_end() && !decoder.is_too_long());
    }
}
