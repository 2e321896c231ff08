//! What a link says, one item after another, written and read by the same functions: on writing an item is coded, on
//! reading it is replaced. After writing, an item holds what a reader will find (a number its quantised value).

use super::coder::{Decoder, Encoder, HALF, Odds};
use super::prose::{END, Prose};

/// Why a payload cannot be read although it is intact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It ends in the middle, goes on after the end, or holds what cannot be.
    Nonsense,
    /// It would unfold to more than a review may hold.
    TooLarge,
}

/// Done, or why not.
pub(super) type Done = Result<(), Fault>;

/// Most bytes of text a review may hold.
pub const MOST_TEXT: usize = 8 << 20;
/// Most items (numbers, flags, texts) a review may hold.
pub const MOST_ITEMS: usize = 4 << 20;
/// Slots of learning probabilities, a power of two.
const SLOTS: usize = 1 << 14;
/// Bits after which a flag learns at a constant rate.
const LIMIT: u8 = 30;
/// Numbers of samples that are remembered.
const MOST_TALLIES: usize = 32;
/// Texts that are remembered to be named again by number.
const MOST_KNOWN: usize = 4096;

enum Side {
    Write(Encoder),
    Read(Decoder),
}

/// One end of the wire.
pub(super) struct Wire {
    side: Side,
    odds: Vec<Odds>,
    prose: Option<Box<Prose>>,
    known: Vec<String>,
    tallies: Vec<u64>,
    text_bytes: usize,
    items: usize,
    /// Two-sided level of intervals, mostly.
    pub usual_level: f64,
}

impl Wire {
    fn new(side: Side) -> Self {
        Self {
            side,
            odds: vec![Odds::NEW; SLOTS],
            prose: None,
            known: Vec::new(),
            tallies: Vec::new(),
            text_bytes: 0,
            items: 0,
            usual_level: 0.95,
        }
    }

    /// To write on.
    pub fn writer() -> Self {
        Self::new(Side::Write(Encoder::new()))
    }

    /// To read `bytes` from.
    pub fn reader(bytes: Vec<u8>) -> Self {
        Self::new(Side::Read(Decoder::new(bytes)))
    }

    /// Whether items are written (and not read).
    pub fn is_writer(&self) -> bool {
        matches!(self.side, Side::Write(_))
    }

    /// The bytes written; of a reader, nothing.
    pub fn into_bytes(self) -> Vec<u8> {
        match self.side {
            Side::Write(encoder) => encoder.finish(),
            Side::Read(_) => Vec::new(),
        }
    }

    /// Whether everything was read and nothing stands behind it.
    pub fn end(&self) -> Done {
        match &self.side {
            Side::Read(decoder) if decoder.is_too_long() || decoder.is_past_end() => Err(Fault::Nonsense),
            _ => Ok(()),
        }
    }

    /// Counts an item; stops what reads on behind the end or unfolds without end.
    fn step(&mut self) -> Done {
        self.items += 1;
        if self.items > MOST_ITEMS {
            return Err(Fault::TooLarge);
        }
        match &self.side {
            Side::Read(decoder) if decoder.is_past_end() => Err(Fault::Nonsense),
            _ => Ok(()),
        }
    }

    fn raw_bit(&mut self, odds: u16, bit: bool) -> bool {
        match &mut self.side {
            Side::Write(encoder) => {
                encoder.bit(odds, bit);
                bit
            }
            Side::Read(decoder) => decoder.bit(odds),
        }
    }

    /// A bit that is learned by `kind` and `place`.
    fn bit(&mut self, kind: u16, place: u32, bit: bool) -> bool {
        let mixed =
            (u32::from(kind).wrapping_mul(0x9E37_79B1) ^ place.wrapping_mul(0x85EB_CA6B)).wrapping_mul(0xC2B2_AE35);
        let slot = (mixed >> 18) as usize;
        let odds = self.odds.get(slot).copied().unwrap_or(Odds::NEW);
        let bit = self.raw_bit(odds.p, bit);
        if let Some(odds) = self.odds.get_mut(slot) {
            odds.learn(bit, LIMIT);
        }
        bit
    }

    /// Yes or no.
    pub fn flag(&mut self, kind: u16, flag: &mut bool) -> Done {
        self.step()?;
        *flag = self.bit(kind, 0, *flag);
        Ok(())
    }

    /// `width` bits that are alike likely, at most 64.
    pub fn bits(&mut self, width: u32, value: &mut u64) -> Done {
        self.step()?;
        let mut read = 0u64;
        for place in (0..width.min(64)).rev() {
            read = read << 1 | u64::from(self.raw_bit(HALF, *value >> place & 1 == 1));
        }
        *value = read;
        Ok(())
    }

    /// One of `count` choices, learned by kind; at most 65,536.
    pub fn choice(&mut self, kind: u16, count: u32, value: &mut u32) -> Done {
        self.step()?;
        let width = u32::BITS - count.saturating_sub(1).leading_zeros();
        let mut node = 1u32;
        for place in (0..width).rev() {
            let bit = self.bit(kind, node, *value >> place & 1 == 1);
            node = node << 1 | u32::from(bit);
        }
        let read = node - (1 << width);
        if read >= count {
            return Err(Fault::Nonsense);
        }
        *value = read;
        Ok(())
    }

    /// A count, small ones cheaper; its size and two leading bits are learned by kind.
    pub fn count(&mut self, kind: u16, value: &mut u64) -> Done {
        let mut width = u64::BITS - value.leading_zeros();
        self.choice(kind, 65, &mut width)?;
        if width < 2 {
            *value = u64::from(width);
            return Ok(());
        }
        let mut read = 1u64;
        for place in (0..width - 1).rev() {
            let bit = *value >> place & 1 == 1;
            let depth = width - 2 - place;
            let bit = if depth < 2 {
                let context = 256 + width * 8 + (read as u32 & ((1 << depth) - 1)) + depth * 4;
                self.bit(kind, context, bit)
            } else {
                self.raw_bit(HALF, bit)
            };
            read = read << 1 | u64::from(bit);
        }
        *value = read;
        Ok(())
    }

    /// A number of samples: one that came before is named by its place.
    pub fn tally(&mut self, kind: u16, value: &mut u64) -> Done {
        let place = self.tallies.iter().position(|known| known == value);
        let mut is_known = place.is_some();
        self.flag(kind ^ 0x2020, &mut is_known)?;
        if is_known {
            let mut place = place.unwrap_or(0) as u32;
            self.choice(kind ^ 0x2021, MOST_TALLIES as u32, &mut place)?;
            *value = *self.tallies.get(place as usize).ok_or(Fault::Nonsense)?;
            return Ok(());
        }
        self.count(kind, value)?;
        if self.tallies.len() < MOST_TALLIES {
            self.tallies.push(*value);
        }
        Ok(())
    }

    /// A whole number of either sign.
    pub fn whole(&mut self, kind: u16, value: &mut i64) -> Done {
        let mut folded = ((*value << 1) ^ (*value >> 63)) as u64;
        self.count(kind, &mut folded)?;
        *value = (folded >> 1) as i64 ^ -((folded & 1) as i64);
        Ok(())
    }

    /// A text. One that came before is named by number.
    pub fn text(&mut self, kind: u16, text: &mut String) -> Done {
        self.step()?;
        let mut is_empty = text.is_empty();
        self.flag(kind ^ 0x4000, &mut is_empty)?;
        if is_empty {
            text.clear();
            return Ok(());
        }
        let place = self.known.iter().position(|known| known == text);
        let mut is_known = place.is_some();
        self.flag(kind ^ 0x4001, &mut is_known)?;
        if is_known {
            let mut place = place.unwrap_or(0) as u32;
            self.choice(kind ^ 0x4002, MOST_KNOWN as u32, &mut place)?;
            let known = self.known.get(place as usize).ok_or(Fault::Nonsense)?;
            *text = known.clone();
        } else {
            self.spell(kind, text)?;
            if self.known.len() < MOST_KNOWN {
                self.known.push(text.clone());
            }
        }
        self.text_bytes += text.len();
        if self.text_bytes > MOST_TEXT {
            return Err(Fault::TooLarge);
        }
        Ok(())
    }

    fn spell(&mut self, kind: u16, text: &mut String) -> Done {
        let mut prose = self.prose.take().unwrap_or_else(|| Box::new(Prose::primed()));
        prose.begin((kind & 0x7f) as u8);
        let mut given = text.bytes();
        let mut read: Vec<u8> = Vec::new();
        let spelled = loop {
            let byte = given.next().unwrap_or(END);
            let mut partial = 0u8;
            for place in (0..8).rev() {
                let odds = prose.odds();
                let bit = self.raw_bit(odds, byte >> place & 1 == 1);
                prose.learn(bit);
                partial = partial << 1 | u8::from(bit);
            }
            if partial == END {
                break Ok(());
            }
            read.push(partial);
            if self.text_bytes + read.len() > MOST_TEXT {
                break Err(Fault::TooLarge);
            }
            let is_past_end = matches!(&self.side, Side::Read(decoder) if decoder.is_past_end());
            if is_past_end {
                break Err(Fault::Nonsense);
            }
        };
        self.prose = Some(prose);
        spelled?;
        *text = String::from_utf8(read).map_err(|_| Fault::Nonsense)?;
        Ok(())
    }

    /// A list, each item by `item`.
    pub fn list<T: Default>(
        &mut self,
        kind: u16,
        list: &mut Vec<T>,
        mut item: impl FnMut(&mut Self, &mut T) -> Done,
    ) -> Done {
        let mut length = list.len() as u64;
        self.count(kind, &mut length)?;
        if length > MOST_ITEMS as u64 {
            return Err(Fault::TooLarge);
        }
        if self.is_writer() {
            return list.iter_mut().try_for_each(|each| item(self, each));
        }
        list.clear();
        for _ in 0..length {
            self.step()?;
            let mut each = T::default();
            item(self, &mut each)?;
            list.push(each);
        }
        Ok(())
    }

    /// Something that may be absent.
    pub fn option<T: Default>(
        &mut self,
        kind: u16,
        value: &mut Option<T>,
        item: impl FnOnce(&mut Self, &mut T) -> Done,
    ) -> Done {
        let mut is_there = value.is_some();
        self.flag(kind, &mut is_there)?;
        if !is_there {
            *value = None;
            return Ok(());
        }
        item(self, value.get_or_insert_with(T::default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(say: impl Fn(&mut Wire) -> Result<String, Fault>) -> usize {
        let mut writer = Wire::writer();
        let written = say(&mut writer).unwrap();
        let bytes = writer.into_bytes();
        let length = bytes.len();
        let mut reader = Wire::reader(bytes);
        assert_eq!(say(&mut reader).unwrap(), written);
        reader.end().unwrap();
        length
    }

    #[test]
    fn what_is_written_is_read() {
        both(|wire| {
            let writes = wire.is_writer();
            let (mut count, mut whole, mut text) = if writes {
                (u64::MAX, i64::MIN, "Grüße, \u{0} 世界".to_owned())
            } else {
                (0, 0, String::new())
            };
            wire.count(1, &mut count)?;
            wire.whole(2, &mut whole)?;
            wire.text(3, &mut text)?;
            wire.text(3, &mut text)?;
            Ok(format!("{count} {whole} {text}"))
        });
    }

    #[test]
    fn english_costs_less_than_three_bits_a_letter() {
        let note = "The two German samples about refunds changed from right to wrong because the new prompt asks for a date first.";
        let bytes = both(|wire| {
            let mut text = if wire.is_writer() {
                note.to_owned()
            } else {
                String::new()
            };
            wire.text(9, &mut text)?;
            Ok(text)
        });
        println!("{bytes} bytes for {}", note.len());
        assert!(bytes * 8 < note.len() * 3, "{bytes} bytes for {}", note.len());
    }

    #[test]
    fn noise_is_refused() {
        for seed in 0..200u32 {
            let bytes = (0..seed)
                .map(|i| (i.wrapping_mul(seed).wrapping_mul(2_654_435_761) >> 24) as u8)
                .collect();
            let mut wire = Wire::reader(bytes);
            let mut texts: Vec<String> = Vec::new();
            let read = wire.list(1, &mut texts, |wire, text| wire.text(2, text));
            assert!(read.is_err() || texts.len() <= MOST_ITEMS);
        }
    }
}
