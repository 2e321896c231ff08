//! Texts, a bit at a time: what comes next is guessed from the letters before it, by contexts of several lengths whose
//! guesses are mixed. The model starts from a primer of the words that reviews use, so that short texts gain at once.
//!
//! All arithmetic is on integers: the same bits in the browser as natively. The primer and the constants are part of the
//! link format and never change within a version.

use super::coder::Odds;

/// Ends a text; no UTF-8 holds it.
pub(super) const END: u8 = 0xff;

/// What the model has read before the first text.
const PRIMER: &str = include_str!("primer.txt");

/// Contexts that guess: orders 0 to 6 and the word.
const ORDERS: usize = 8;
/// Slots of a context's table, a power of two.
const SLOTS: usize = 1 << 16;
/// What each input is worth at first; 1 is 2¹⁶.
const FIRST_WEIGHT: i32 = 18_000;
/// How far one error moves a weight.
const RATE: i32 = 6;
/// Bits after which a slot learns at a constant rate.
const LIMIT: u8 = 127;

/// The model and its state.
pub(super) struct Prose {
    slots: Vec<Odds>,
    weights: Vec<[i32; ORDERS]>,
    stretch: Vec<i16>,
    /// The eight bytes before, last in the low byte.
    past: u64,
    /// Hash of the letters of the word so far.
    word: u32,
    /// Hash of the word before.
    word_before: u32,
    /// Bits of the byte so far, under a leading one.
    partial: u32,
    bases: [u32; ORDERS],
    // Of the bit being coded.
    at: [usize; ORDERS],
    inputs: [i32; ORDERS],
    set: usize,
    guess: i32,
}

/// 1 / (1 + e^-x) with x in units of 1/256, result of 12 bits.
fn squash(x: i32) -> i32 {
    const TABLE: [i32; 33] = [
        1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047, 2549, 2994, 3348, 3607, 3785, 3901,
        3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094,
    ];
    let x = x.clamp(-2047, 2047) + 2048;
    let (place, rest) = ((x >> 7) as usize, x & 127);
    let low = TABLE.get(place).copied().unwrap_or(4094);
    let high = TABLE.get(place + 1).copied().unwrap_or(4095);
    (low * (128 - rest) + high * rest + 64) >> 7
}

/// The inverse of [`squash`] by table.
fn stretches() -> Vec<i16> {
    let mut table = vec![2047i16; 4096];
    let mut next = 0usize;
    for x in -2047..=2047 {
        let up_to = squash(x) as usize;
        while next <= up_to && next < table.len() {
            if let Some(slot) = table.get_mut(next) {
                *slot = x as i16;
            }
            next += 1;
        }
    }
    table
}

fn hash(a: u32, b: u32) -> u32 {
    let mixed = (a ^ b.wrapping_mul(0x9E37_79B1)).wrapping_mul(0x85EB_CA6B);
    mixed ^ (mixed >> 15)
}

impl Prose {
    /// A model that has read the primer.
    pub fn primed() -> Self {
        let mut model = Self {
            slots: vec![Odds::NEW; SLOTS * ORDERS],
            weights: vec![[FIRST_WEIGHT; ORDERS]; ORDERS + 1],
            stretch: stretches(),
            past: 0,
            word: 0,
            word_before: 0,
            partial: 1,
            bases: [0; ORDERS],
            at: [0; ORDERS],
            inputs: [0; ORDERS],
            set: 0,
            guess: 2048,
        };
        model.rebase();
        for byte in PRIMER.bytes() {
            let byte = if byte == b'\n' { END } else { byte };
            for place in (0..8).rev() {
                model.odds();
                model.learn(byte >> place & 1 == 1);
            }
        }
        model
    }

    /// Says what kind of text comes, so that the first letters are guessed from texts of the same kind.
    pub fn begin(&mut self, kind: u8) {
        self.past = 0xff00 | u64::from(kind);
        self.word = 0;
        self.word_before = u32::from(kind);
        self.rebase();
    }

    fn rebase(&mut self) {
        let recent = |bytes: u32| {
            let kept = self.past & (u64::MAX >> (64 - 8 * bytes));
            hash(kept as u32, (kept >> 32) as u32 ^ bytes << 24)
        };
        self.bases = [
            0,
            recent(1),
            recent(2),
            recent(3),
            recent(4),
            recent(6),
            hash(self.word, 77),
            hash(self.word, self.word_before.wrapping_add(0x5bd1)),
        ];
    }

    /// Probability of a one as the next bit, 16 bits.
    pub fn odds(&mut self) -> u16 {
        let mut sum = 0i64;
        let mut known = 0;
        for order in 0..ORDERS {
            let slot = hash(self.bases[order].wrapping_add(order as u32), self.partial) as usize % SLOTS;
            self.at[order] = order * SLOTS + slot;
            let odds = self.slots.get(self.at[order]).copied().unwrap_or(Odds::NEW);
            let stretched = i32::from(self.stretch.get(usize::from(odds.p >> 4)).copied().unwrap_or(0));
            self.inputs[order] = if odds.seen == 0 { 0 } else { stretched };
            known += usize::from(odds.seen > 0);
        }
        self.set = known;
        if let Some(weights) = self.weights.get(self.set) {
            for (input, weight) in self.inputs.iter().zip(weights) {
                sum += i64::from(*input) * i64::from(*weight);
            }
        }
        self.guess = squash((sum >> 16).clamp(-2047, 2047) as i32);
        (self.guess << 4) as u16
    }

    /// Takes in the bit that came.
    pub fn learn(&mut self, bit: bool) {
        let error = ((i32::from(bit) << 12) - self.guess) * RATE;
        if let Some(weights) = self.weights.get_mut(self.set) {
            for (weight, input) in weights.iter_mut().zip(&self.inputs) {
                *weight += (input * error + 0x2000) >> 14;
            }
        }
        for place in self.at {
            if let Some(odds) = self.slots.get_mut(place) {
                odds.learn(bit, LIMIT);
            }
        }
        self.partial = self.partial << 1 | u32::from(bit);
        if self.partial >= 256 {
            self.take(self.partial as u8);
        }
    }

    fn take(&mut self, byte: u8) {
        self.partial = 1;
        self.past = self.past << 8 | u64::from(byte);
        if byte.is_ascii_alphanumeric() || (byte >= 0x80 && byte != END) {
            self.word = hash(self.word, u32::from(byte.to_ascii_lowercase()) + 1);
        } else if self.word != 0 {
            self.word_before = self.word;
            self.word = 0;
        }
        self.rebase();
    }
}
