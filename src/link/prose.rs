//! Texts, a bit at a time: what comes next is guessed from the letters before it, by contexts of several lengths, by the
//! longest stretch that was seen before, and by mixing all guesses. The model starts from a primer of the words that
//! reviews use, so that short texts gain at once.
//!
//! All arithmetic is on integers: the same bits in the browser as natively. The primer and the constants are part of the
//! link format and never change within a codec. The mixing is that of Mahoney 2005 (lpaq).
//!
//! The second codec also asks a dictionary, knows more phrases, and learns how much each set of weights is worth.

use std::sync::OnceLock;

use super::Codec;
use super::coder::Odds;
use super::dictionary::{CLASSES, Speller};

/// Ends a text; no UTF-8 holds it.
pub(super) const END: u8 = 0xff;

/// What the model has read before the first text: common words, then sentences of the program.
const PRIMER: &str = include_str!("primer.txt");
/// What it reads then in the second codec: sentences as people write them in reviews.
const PHRASES: &str = include_str!("phrases.txt");

/// Contexts that guess: orders 0 to 6, the word, the word with the one before.
const ORDERS: usize = 9;
/// A guess of each context, how sure it is, the guess of the match, and that of the dictionary in two forms.
const INPUTS: usize = ORDERS * 2 + 3;
const OF_MATCH: usize = ORDERS * 2;
const OF_WORDS: usize = OF_MATCH + 1;
/// Slots of a context's table, a power of two.
const SLOTS: usize = 1 << 16;
/// What a guess is worth at first; 1 is 2¹⁶.
const FIRST_WEIGHT: i32 = 14_000;
/// What its sureness is worth at first.
const FIRST_SURE: i32 = 4_000;
/// How far one error moves a weight.
const RATE: i32 = 3;
/// How far one error moves what a set of weights is worth.
const RATE_OF_SETS: i32 = 1;
/// Bits after which a slot learns at a constant rate.
const LIMIT: u8 = 250;
/// Bits after which a context is as sure as it gets.
const SURE: u8 = 10;
/// Sets of weights: by the byte so far, by known contexts and length of the match, by the byte before, by what the dictionary
/// knows. The first codec has the first three.
const SETS: usize = 4;
const SETS_AT_FIRST: i32 = 3;
const BY_KNOWN: usize = 256;
const BY_BEFORE: usize = BY_KNOWN + (ORDERS + 1) * 16;
const BY_WORDS: usize = BY_BEFORE + 256;
/// Places where a stretch of five bytes was seen last, a power of two.
const STRETCHES: usize = 1 << 16;
/// Longest match that is told apart.
const LONGEST: usize = 63;

/// The model and its state.
#[derive(Clone)]
pub(super) struct Prose {
    codec: Codec,
    slots: Vec<Odds>,
    weights: Vec<[i32; INPUTS]>,
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
    matched: Match,
    speller: Speller,
    /// What each set of weights is worth, 2¹⁶ together at first.
    worth: [i32; SETS],
    // Of the bit being coded.
    at: [usize; ORDERS],
    inputs: [i32; INPUTS],
    sets: [usize; SETS],
    guesses: [i32; SETS],
    mixed: [i32; SETS],
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

/// The longest stretch before that ends like the text so far, and what came after it.
#[derive(Clone)]
struct Match {
    history: Vec<u8>,
    seen: Vec<u32>,
    next: usize,
    length: usize,
    odds: Vec<Odds>,
}

impl Match {
    fn new() -> Self {
        Self {
            history: Vec::new(),
            seen: vec![0; STRETCHES],
            next: 0,
            length: 0,
            odds: vec![Odds::NEW; LONGEST + 1],
        }
    }

    /// The bit that came after the match, given the byte so far; forgets a match that went another way.
    fn expected(&mut self, partial: u32) -> Option<bool> {
        if self.length == 0 {
            return None;
        }
        let byte = u32::from(self.history.get(self.next).copied().unwrap_or(0)) | 256;
        let bits = 31 - partial.leading_zeros();
        if byte >> (8 - bits) != partial {
            self.length = 0;
            return None;
        }
        Some(byte >> (7 - bits) & 1 == 1)
    }

    fn odds(&self) -> Odds {
        self.odds.get(self.length.min(LONGEST)).copied().unwrap_or(Odds::NEW)
    }

    fn learn(&mut self, partial: u32, bit: bool) {
        let length = self.length.min(LONGEST);
        let Some(expected) = self.expected(partial) else { return };
        if let Some(odds) = self.odds.get_mut(length) {
            odds.learn(expected == bit, LIMIT);
        }
        if expected != bit {
            self.length = 0;
        }
    }

    fn take(&mut self, byte: u8, past: u64) {
        self.history.push(byte);
        let place = hash(past as u32, (past >> 32) as u32 & 0xff) as usize % STRETCHES;
        let seen = self.seen.get(place).copied().unwrap_or(0) as usize;
        if self.length > 0 {
            self.next += 1;
            self.length += 1;
        } else if seen > 0 {
            self.next = seen;
            let ends = self.history.iter().rev().zip(self.history.iter().take(seen).rev());
            self.length = ends.take(32).take_while(|(a, b)| a == b).count();
        }
        if let Some(slot) = self.seen.get_mut(place) {
            *slot = self.history.len() as u32;
        }
    }
}

impl Prose {
    /// A model that has read the primer.
    pub fn primed(codec: Codec) -> Self {
        static FIRST: OnceLock<Prose> = OnceLock::new();
        static SECOND: OnceLock<Prose> = OnceLock::new();
        let primed = match codec {
            Codec::First => &FIRST,
            Codec::Second => &SECOND,
        };
        primed.get_or_init(|| Self::read(codec)).clone()
    }

    fn read(codec: Codec) -> Self {
        let mut first = [FIRST_WEIGHT; INPUTS];
        first
            .iter_mut()
            .skip(ORDERS)
            .take(ORDERS)
            .for_each(|weight| *weight = FIRST_SURE);
        let mut model = Self {
            codec,
            slots: vec![Odds::NEW; SLOTS * ORDERS],
            weights: vec![first; BY_WORDS + CLASSES],
            stretch: stretches(),
            past: 0,
            word: 0,
            word_before: 0,
            partial: 1,
            bases: [0; ORDERS],
            matched: Match::new(),
            speller: Speller::new(),
            worth: [(1 << 16) / SETS as i32; SETS],
            at: [0; ORDERS],
            inputs: [0; INPUTS],
            sets: [0; SETS],
            guesses: [2048; SETS],
            mixed: [0; SETS],
            guess: 2048,
        };
        model.rebase();
        let more = match codec {
            Codec::First => "",
            Codec::Second => PHRASES,
        };
        for byte in PRIMER.bytes().chain(more.bytes()) {
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
        self.matched.length = 0;
        if self.codec == Codec::Second {
            self.speller.begin();
        }
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
            recent(5),
            recent(6),
            hash(self.word, 77),
            hash(self.word, self.word_before.wrapping_add(0x5bd1)),
        ];
    }

    fn stretched(&self, odds: Odds) -> i32 {
        i32::from(self.stretch.get(usize::from(odds.p >> 4)).copied().unwrap_or(0))
    }

    /// Guesses of the contexts and of the match as inputs; gives how many contexts were seen before.
    fn look(&mut self) -> usize {
        let mut known = 0;
        for order in 0..ORDERS {
            let slot = hash(self.bases[order].wrapping_add(order as u32), self.partial) as usize % SLOTS;
            self.at[order] = order * SLOTS + slot;
            let odds = self.slots.get(self.at[order]).copied().unwrap_or(Odds::NEW);
            let sure = i32::from(odds.seen.min(SURE));
            self.inputs[order] = if odds.seen > 0 { self.stretched(odds) } else { 0 };
            self.inputs[ORDERS + order] = (i32::from(odds.p >> 4) - 2048) * sure / i32::from(SURE);
            known += usize::from(odds.seen > 0);
        }
        let expected = self.matched.expected(self.partial);
        let of_match = self.stretched(self.matched.odds());
        self.inputs[OF_MATCH] = match expected {
            Some(true) => of_match,
            Some(false) => -of_match,
            None => 0,
        };
        if self.codec == Codec::Second {
            self.ask();
        }
        known
    }

    /// The guess of the dictionary as inputs.
    fn ask(&mut self) {
        let (one, all) = self.speller.odds(self.partial);
        let guess = (one * 4095 + all / 2).checked_div(all);
        (self.inputs[OF_WORDS], self.inputs[OF_WORDS + 1]) = guess.map_or((0, 0), |guess| {
            let stretched = self.stretch.get(guess.clamp(1, 4094) as usize).copied();
            (i32::from(stretched.unwrap_or(0)), guess as i32 - 2048)
        });
    }

    /// Probability of a one as the next bit, 16 bits.
    pub fn odds(&mut self) -> u16 {
        let known = self.look();
        self.sets = [
            self.partial as usize,
            BY_KNOWN + known * 16 + self.matched.length.min(15),
            BY_BEFORE + (self.past & 255) as usize,
            match self.codec {
                Codec::First => usize::MAX,
                Codec::Second => BY_WORDS + self.speller.class(self.partial),
            },
        ];
        for (place, (set, guess)) in self.sets.iter().zip(&mut self.guesses).enumerate() {
            let Some(weights) = self.weights.get(*set) else {
                continue;
            };
            let products = self
                .inputs
                .iter()
                .zip(weights)
                .map(|(i, w)| i64::from(*i) * i64::from(*w));
            let mixed = (products.sum::<i64>() >> 16).clamp(-2047, 2047) as i32;
            *guess = squash(mixed);
            self.mixed[place] = mixed;
        }
        self.guess = squash(match self.codec {
            Codec::First => self.mixed.iter().sum::<i32>() / SETS_AT_FIRST,
            Codec::Second => {
                let products = self
                    .mixed
                    .iter()
                    .zip(&self.worth)
                    .map(|(m, w)| i64::from(*m) * i64::from(*w));
                (products.sum::<i64>() >> 16).clamp(-2047, 2047) as i32
            }
        });
        (self.guess << 4 | 8) as u16
    }

    /// Takes in the bit that came.
    pub fn learn(&mut self, bit: bool) {
        let error = ((i32::from(bit) << 12) - self.guess) * RATE_OF_SETS;
        for (worth, mixed) in self.worth.iter_mut().zip(&self.mixed) {
            *worth = worth.saturating_add((mixed * error + 0x2000) >> 14);
        }
        for (set, guess) in self.sets.iter().zip(self.guesses) {
            let error = ((i32::from(bit) << 12) - guess) * RATE;
            let Some(weights) = self.weights.get_mut(*set) else {
                continue;
            };
            for (weight, input) in weights.iter_mut().zip(&self.inputs) {
                *weight = weight.saturating_add((input * error + 0x2000) >> 14);
            }
        }
        for place in self.at {
            if let Some(odds) = self.slots.get_mut(place) {
                odds.learn(bit, LIMIT);
            }
        }
        self.matched.learn(self.partial, bit);
        self.partial = self.partial << 1 | u32::from(bit);
        if self.partial >= 256 {
            self.take(self.partial as u8);
        }
    }

    fn take(&mut self, byte: u8) {
        self.partial = 1;
        self.past = self.past << 8 | u64::from(byte);
        self.matched.take(byte, self.past);
        if self.codec == Codec::Second {
            self.speller.take(byte, END);
        }
        if byte.is_ascii_alphanumeric() || (byte >= 0x80 && byte != END) {
            self.word = hash(self.word, u32::from(byte.to_ascii_lowercase()) + 1);
        } else if self.word != 0 {
            self.word_before = self.word;
            self.word = 0;
        }
        self.rebase();
    }
}
