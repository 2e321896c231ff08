//! English words, most frequent first, and what they say about the next letter of a text.
//!
//! The list is part of the link format and never changes within a codec. Words of general English by rank are those of the
//! frequency lists of zxcvbn (MIT licence); words of model evaluation stand where their use in reviews puts them.

use std::sync::OnceLock;

/// Words by frequency, one a line.
const WORDS: &str = include_str!("words.txt");
/// Weight of a word is this over its rank and [`RANK_SHIFT`] (Zipf's law).
const WEIGHT: u64 = 4_000_000;
const RANK_SHIFT: u64 = 6;
/// Weight of the rarest words, about.
const LEAST_WEIGHT: u64 = 400;
/// Longest beginning of a word that is told apart.
const DEEPEST: usize = 7;
/// Classes of [`Speller::class`].
pub(super) const CLASSES: usize = 256;

/// The words in order of their letters, with the sums of the weights before them.
struct Words {
    words: Vec<&'static [u8]>,
    sums: Vec<u64>,
    /// First letters, with weights.
    first: Vec<(u8, u64)>,
}

impl Words {
    /// The letters after the first `depth` of the words in `range`, which share those, with weights; a blank for the end.
    fn next(&self, (mut at, high): (usize, usize), depth: usize) -> Vec<(u8, u64)> {
        let mut found = Vec::new();
        while let Some(own) = self.words.get(at..high).filter(|own| !own.is_empty()) {
            let letter = own.first().and_then(|word| word.get(depth));
            let end = at + own.partition_point(|word| word.get(depth) <= letter);
            let sum = |place: usize| self.sums.get(place).copied().unwrap_or(0);
            found.push((letter.copied().unwrap_or(b' '), sum(end) - sum(at)));
            at = end;
        }
        found
    }
}

fn words() -> &'static Words {
    static ALL: OnceLock<Words> = OnceLock::new();
    ALL.get_or_init(|| {
        let ranked = WORDS.split_ascii_whitespace().zip(0u64..);
        let mut all: Vec<(&[u8], u64)> = ranked
            .map(|(word, rank)| (word.as_bytes(), WEIGHT / (rank + RANK_SHIFT)))
            .collect();
        all.sort_unstable();
        let mut sums = Vec::with_capacity(all.len() + 1);
        let mut sum = 0;
        sums.push(sum);
        for (_, weight) in &all {
            sum += weight;
            sums.push(sum);
        }
        let mut made = Words {
            words: all.into_iter().map(|(word, _)| word).collect(),
            sums,
            first: Vec::new(),
        };
        made.first = made.next((0, made.words.len()), 0);
        made
    })
}

/// Follows a text letter by letter.
#[derive(Clone)]
pub(super) struct Speller {
    /// Words that begin like the one being spelled, as places in the list.
    range: (usize, usize),
    /// Letters of it so far.
    depth: usize,
    /// A sentence begins, so a word would with a capital.
    is_start: bool,
    /// What may come next, with weights.
    next: Vec<(u8, u64)>,
}

impl Speller {
    /// At the beginning of a text.
    pub fn new() -> Self {
        let mut speller = Self {
            range: (0, 0),
            depth: 0,
            is_start: true,
            next: Vec::new(),
        };
        speller.begin();
        speller
    }

    /// Another text begins.
    pub fn begin(&mut self) {
        self.is_start = true;
        self.restart();
    }

    fn restart(&mut self) {
        self.range = (0, words().words.len());
        self.depth = 0;
        self.next.clone_from(&words().first);
        if self.is_start {
            self.next
                .iter_mut()
                .for_each(|(letter, _)| letter.make_ascii_uppercase());
        }
    }

    /// Takes in the byte that came; `end` is the one that ends a text.
    pub fn take(&mut self, byte: u8, end: u8) {
        let letter = byte.to_ascii_lowercase();
        if !letter.is_ascii_lowercase() && (byte != b'\'' || self.depth == 0) {
            if !matches!(byte, b' ' | b'"') {
                self.is_start = matches!(byte, b'.' | b'?' | b'!' | b':') || byte == end;
            }
            return self.restart();
        }
        let (low, high) = self.range;
        let own = words().words.get(low..high).unwrap_or_default();
        let from = own.partition_point(|word| word.get(self.depth) < Some(&letter));
        let to = own.partition_point(|word| word.get(self.depth) <= Some(&letter));
        self.range = (low + from, low + to);
        self.depth += 1;
        self.is_start = false;
        self.next = words().next(self.range, self.depth);
    }

    /// Weight of the words whose next bit is a one, and of all that go on from `partial`, the bits of the byte so far
    /// under a leading one.
    pub fn odds(&self, partial: u32) -> (u64, u64) {
        let bits = 31 - partial.leading_zeros();
        let (mut one, mut all) = (0, 0);
        for (byte, weight) in &self.next {
            let byte = u32::from(*byte) | 256;
            if byte >> (8 - bits) == partial {
                all += weight;
                one += if byte >> (7 - bits) & 1 == 1 { *weight } else { 0 };
            }
        }
        (one, all)
    }

    /// How much the words that go on from `partial` are worth: letters so far, weight, first bits of the byte.
    pub fn class(&self, partial: u32) -> usize {
        let (_, all) = self.odds(partial);
        let size = match all {
            0 => 0,
            _ => 1 + ((u64::BITS - (all / LEAST_WEIGHT).leading_zeros()) as usize).min(14),
        };
        self.depth.min(DEEPEST) * 16 + size + 128 * usize::from(partial < 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &str) -> Speller {
        let mut speller = Speller::new();
        text.bytes().for_each(|byte| speller.take(byte, 0xff));
        speller
    }

    #[test]
    fn words_are_known_once_and_in_lower_case() {
        let all = words();
        assert!(all.words.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(
            all.words
                .iter()
                .all(|word| word.iter().all(|b| b.is_ascii_lowercase() || *b == b'\''))
        );
        assert!(all.sums.windows(2).all(|pair| pair[1] - pair[0] >= WEIGHT / 20_000));
    }

    #[test]
    fn what_may_come_next_follows_the_word() {
        let next = |text: &str| -> Vec<u8> { after(text).next.iter().map(|(byte, _)| *byte).collect() };
        assert!(next("the calibratio").contains(&b'n'));
        assert!(next("").contains(&b'T') && !next("").contains(&b't'));
        assert!(next("So th").contains(&b'e'));
        assert!(next("zzzzq").is_empty());
        assert!(next("the").contains(&b' '));
        let (one, all) = after("zzzzq").odds(1);
        assert_eq!((one, all), (0, 0));
    }
}
