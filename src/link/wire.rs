//! What a link says, one item after another, written and read by the same functions: on writing an item is coded, on
//! reading it is replaced. After writing, an item holds what a reader will find (a number its quantised value).

use std::collections::BTreeMap;
use std::hash::Hash;

use super::Codec;
use super::coder::{Decoder, Encoder, HALF, Odds};
use super::prose::{END, Prose};
use super::recall::{MOST_AGED, Recall};
use super::template::{FIRST_DAY, HOLE, Moment, apart, together};

/// Why a payload cannot be read although it is intact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It ends in the middle, goes on after the end, or holds what cannot be.
    Nonsense,
    /// It would unfold to more than a review may hold.
    TooLarge,
    /// It holds what this program does not know yet.
    Newer,
}

/// Done, or why not.
pub(super) type Done = Result<(), Fault>;

/// Most bytes of text a review may hold: a few letters of a link can stand for as many, and each takes microseconds.
pub const MOST_TEXT: usize = 1 << 20;
/// Most items (numbers, flags, texts) a review may hold.
pub const MOST_ITEMS: usize = 4 << 20;
/// Most work, in samples looked at, that what a link says may ask for: numbers that would take more are told.
const MOST_WORK: u64 = 4_000_000;
/// Slots of learning probabilities, a power of two.
const SLOTS: usize = 1 << 16;
/// Bits after which a flag learns at a constant rate.
const LIMIT: u8 = 30;
/// Numbers of samples that are remembered.
const MOST_TALLIES: usize = MOST_AGED;
/// Texts that are remembered to be named again.
const MOST_KNOWN: usize = 4096;

#[derive(Clone)]
enum Side {
    Write(Encoder),
    Read(Decoder),
}

/// Bits by part of the review and kind of item: (items, bits).
pub(super) type Spent = BTreeMap<(&'static str, u16), (u64, f64)>;

/// One end of the wire.
#[derive(Clone)]
pub(super) struct Wire {
    side: Side,
    /// Which codec is spoken.
    pub codec: Codec,
    odds: Vec<Odds>,
    prose: Box<Prose>,
    texts: Recall<String>,
    tallies: Recall<u64>,
    text_bytes: usize,
    items: usize,
    /// Two-sided level of intervals, mostly.
    pub usual_level: f64,
    /// What the items are about (the number of a metric): they are learned apart.
    pub about: u16,
    /// Whether the items are of a baseline: how often they repeat the candidate's is learned apart.
    pub is_baseline: bool,
    /// The part of the review that is being told.
    pub part: &'static str,
    /// How the candidate's distribution function rises.
    pub shape: Vec<u64>,
    /// The day before.
    day: i64,
    /// Work that may still be asked for.
    work: u64,
    kind: u16,
    spent: Option<Spent>,
}

impl Wire {
    fn new(side: Side, codec: Codec) -> Self {
        Self {
            side,
            codec,
            odds: vec![Odds::NEW; SLOTS],
            prose: Box::new(Prose::primed(codec)),
            texts: Recall::new(MOST_KNOWN),
            tallies: Recall::new(MOST_TALLIES),
            text_bytes: 0,
            items: 0,
            usual_level: 0.95,
            about: 0,
            is_baseline: false,
            part: "",
            shape: Vec::new(),
            day: FIRST_DAY,
            work: MOST_WORK,
            kind: 0,
            spent: None,
        }
    }

    /// To read `bytes` from, knowing nothing.
    #[cfg(test)]
    pub fn blank_reader(bytes: Vec<u8>) -> Self {
        Self::reader_of(Codec::Second, bytes)
    }

    /// To read from `bytes` what was written in `codec`, knowing nothing.
    pub fn reader_of(codec: Codec, bytes: Vec<u8>) -> Self {
        Self::new(Side::Read(Decoder::new(bytes)), codec)
    }

    /// To write on, knowing nothing.
    pub fn blank_writer() -> Self {
        Self::new(Side::Write(Encoder::new()), Codec::Second)
    }

    /// To write on, with everything that `self` has learned.
    pub fn writer(&self) -> Self {
        self.turned(Side::Write(Encoder::new()))
    }

    /// To read `bytes` from, with everything that `self` has learned.
    pub fn reader(&self, bytes: Vec<u8>) -> Self {
        self.turned(Side::Read(Decoder::new(bytes)))
    }

    fn turned(&self, side: Side) -> Self {
        let mut turned = Self { side, ..self.clone() };
        turned.begin();
        (turned.text_bytes, turned.items) = (0, 0);
        turned
    }

    /// A new review begins: its numbers have nothing to do with those before.
    pub fn begin(&mut self) {
        self.tallies.clear();
        self.shape.clear();
        (self.day, self.work) = (FIRST_DAY, MOST_WORK);
        (self.usual_level, self.about, self.is_baseline) = (0.95, 0, false);
    }

    /// Whether so much work may be done to find what follows; takes it away if so.
    pub fn affords(&mut self, work: u64) -> bool {
        let left = self.work.checked_sub(work);
        self.work = left.unwrap_or(self.work);
        left.is_some()
    }

    /// Counts from now on what the items cost.
    pub fn weigh(&mut self) {
        self.spent = Some(Spent::new());
    }

    /// What was counted.
    pub fn spent(&mut self) -> Spent {
        self.spent.take().unwrap_or_default()
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
    fn step(&mut self, kind: u16) -> Done {
        self.kind = kind;
        if let Some(spent) = &mut self.spent {
            spent.entry((self.part, kind)).or_default().0 += 1;
        }
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
        if let Some(spent) = &mut self.spent {
            let one = f64::from(odds.clamp(24, 65_512)) / 65_536.0;
            let own = if bit { one } else { 1.0 - one };
            spent.entry((self.part, self.kind)).or_default().1 -= own.log2();
        }
        match &mut self.side {
            Side::Write(encoder) => {
                encoder.bit(odds, bit);
                bit
            }
            Side::Read(decoder) => decoder.bit(odds),
        }
    }

    /// A bit that is learned by `kind`, `place` and what it is about.
    fn bit(&mut self, kind: u16, place: u32, bit: bool) -> bool {
        let about = u32::from(self.about) << 1 | u32::from(self.is_baseline);
        let mixed = u32::from(kind).wrapping_mul(0x9E37_79B1) ^ place.wrapping_mul(0x85EB_CA6B);
        let mixed = (mixed ^ (mixed >> 13) ^ about.wrapping_mul(0xC2B2_AE3D)).wrapping_mul(0x27D4_EB2F);
        let slot = (mixed >> 16) as usize;
        let odds = self.odds.get(slot).copied().unwrap_or(Odds::NEW);
        let bit = self.raw_bit(odds.p, bit);
        if let Some(odds) = self.odds.get_mut(slot) {
            odds.learn(bit, LIMIT);
        }
        bit
    }

    /// Yes or no.
    pub fn flag(&mut self, kind: u16, flag: &mut bool) -> Done {
        self.flag_of(kind, 0, flag)
    }

    /// Yes or no, learned by `class` as well.
    pub fn flag_of(&mut self, kind: u16, class: u32, flag: &mut bool) -> Done {
        self.step(kind)?;
        *flag = self.bit(kind, class, *flag);
        Ok(())
    }

    /// `width` bits that are alike likely, at most 64.
    pub fn bits(&mut self, width: u32, value: &mut u64) -> Done {
        let kind = self.kind;
        self.step(kind)?;
        let mut read = 0u64;
        for place in (0..width.min(64)).rev() {
            read = read << 1 | u64::from(self.raw_bit(HALF, *value >> place & 1 == 1));
        }
        *value = read;
        Ok(())
    }

    /// One of `count` choices, learned by kind; at most 65,536.
    pub fn choice(&mut self, kind: u16, count: u32, value: &mut u32) -> Done {
        self.choice_of(kind, 0, count, value)
    }

    /// One of `count` choices, learned by kind and `class`.
    fn choice_of(&mut self, kind: u16, class: u32, count: u32, value: &mut u32) -> Done {
        self.step(kind)?;
        let width = u32::BITS - count.saturating_sub(1).leading_zeros();
        let mut node = 1u32;
        for place in (0..width).rev() {
            let bit = self.bit(kind, node | class << 17, *value >> place & 1 == 1);
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
        self.count_of(kind, 0, value)
    }

    /// A count that is learned by `class` as well, below 1,024.
    pub fn count_of(&mut self, kind: u16, class: u32, value: &mut u64) -> Done {
        let mut width = u64::BITS - value.leading_zeros();
        self.choice_of(kind, class, 65, &mut width)?;
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
                self.bit(kind, context | class << 17, bit)
            } else {
                self.raw_bit(HALF, bit)
            };
            read = read << 1 | u64::from(bit);
        }
        *value = read;
        Ok(())
    }

    /// A number below `most`, all alike likely.
    fn uniform(&mut self, most: u64, value: &mut u64) -> Done {
        let width = u64::BITS - most.saturating_sub(1).leading_zeros();
        self.bits(width, value)?;
        if *value < most { Ok(()) } else { Err(Fault::Nonsense) }
    }

    /// A value that came before is named; `false` for a new one, of which nothing was told but that.
    fn recalled<T: Clone + Eq + Hash>(&mut self, recall: &Recall<T>, kind: u16, value: &mut T) -> Result<bool, Fault> {
        let key = u32::from(kind) << 16 | u32::from(self.about);
        let place = recall.place(value);
        if let Some(guess) = recall.guess(key) {
            let mut is_guessed = place == Some(guess.place);
            self.flag_of(kind ^ 0x4001, guess.form, &mut is_guessed)?;
            if is_guessed {
                value.clone_from(recall.at(guess.place).ok_or(Fault::Nonsense)?);
                return Ok(true);
            }
        }
        if recall.has(key) {
            let rank = place.and_then(|place| recall.rank(key, place));
            let mut is_ranked = rank.is_some();
            self.flag(kind ^ 0x4002, &mut is_ranked)?;
            if is_ranked {
                let mut rank = rank.unwrap_or(0) as u64;
                self.count(kind ^ 0x4003, &mut rank)?;
                let place = recall.ranked(key, rank as usize).ok_or(Fault::Nonsense)?;
                value.clone_from(recall.at(place).ok_or(Fault::Nonsense)?);
                return Ok(true);
            }
        }
        let mut is_known = place.is_some();
        self.flag(kind ^ 0x4004, &mut is_known)?;
        if is_known {
            let place = self.known_place(recall, kind, place.unwrap_or(0))?;
            value.clone_from(recall.at(place).ok_or(Fault::Nonsense)?);
        }
        Ok(is_known)
    }

    /// The place of a value that was told as another kind: in the second codec by how long ago, few numbers of samples
    /// being repeated again and again.
    fn known_place<T: Clone + Eq + Hash>(&mut self, recall: &Recall<T>, kind: u16, place: u32) -> Result<u32, Fault> {
        let is_few = recall.is_aged();
        if self.codec == Codec::First || !is_few {
            let mut place = u64::from(place);
            self.uniform(recall.len() as u64, &mut place)?;
            return Ok(place as u32);
        }
        let mut age = recall.age(place).unwrap_or(0);
        self.count(kind ^ 0x400a, &mut age)?;
        recall.of_age(age).ok_or(Fault::Nonsense)
    }

    /// A number of samples: one that came before is named.
    pub fn tally(&mut self, kind: u16, value: &mut u64) -> Done {
        let mut tallies = std::mem::replace(&mut self.tallies, Recall::new(0));
        let told = self.recalled(&tallies, kind, value);
        let done = match told {
            Ok(true) => Ok(()),
            Ok(false) => self.count(kind, value),
            Err(fault) => Err(fault),
        };
        tallies.tell(u32::from(kind) << 16 | u32::from(self.about), value);
        self.tallies = tallies;
        done
    }

    /// A count up to `most`: one that came before is named, any other alike likely but for its two leading bits.
    pub fn tally_within(&mut self, kind: u16, value: &mut u64, most: u64) -> Done {
        let mut tallies = std::mem::replace(&mut self.tallies, Recall::new(0));
        let told = self.recalled(&tallies, kind, value);
        let done = match told {
            Ok(true) => Ok(()),
            Ok(false) => self.within(kind, value, most),
            Err(fault) => Err(fault),
        };
        tallies.tell(u32::from(kind) << 16 | u32::from(self.about), value);
        self.tallies = tallies;
        done?;
        if *value > most { Err(Fault::Nonsense) } else { Ok(()) }
    }

    /// A count up to `most`; its two leading bits are learned.
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

    /// A whole number of either sign.
    pub fn whole(&mut self, kind: u16, value: &mut i64) -> Done {
        self.whole_of(kind, 0, value)
    }

    /// A whole number of either sign, learned by `class` as well, below 1,024.
    pub fn whole_of(&mut self, kind: u16, class: u32, value: &mut i64) -> Done {
        let mut folded = ((*value << 1) ^ (*value >> 63)) as u64;
        self.count_of(kind, class, &mut folded)?;
        *value = (folded >> 1) as i64 ^ -((folded & 1) as i64);
        Ok(())
    }

    /// A text. One that came before is named.
    pub fn text(&mut self, kind: u16, text: &mut String) -> Done {
        self.step(kind)?;
        let mut texts = std::mem::replace(&mut self.texts, Recall::new(0));
        let told = self.recalled(&texts, kind, text);
        let done = match told {
            Ok(true) => Ok(()),
            Ok(false) => self.spell(kind, text),
            Err(fault) => Err(fault),
        };
        texts.tell(u32::from(kind) << 16 | u32::from(self.about), text);
        self.texts = texts;
        self.text_bytes += text.len();
        if self.text_bytes > MOST_TEXT {
            return Err(Fault::TooLarge);
        }
        done
    }

    /// A text that follows from what was told before, mostly.
    pub fn text_like(&mut self, kind: u16, text: &mut String, guess: &str) -> Done {
        let mut is_guessed = text == guess;
        self.flag(kind ^ 0x4005, &mut is_guessed)?;
        if !is_guessed {
            return self.text(kind, text);
        }
        self.repeat(text, guess)
    }

    /// A sentence that the program wrote: its words are recalled, its numbers told apart.
    pub fn sentence(&mut self, kind: u16, text: &mut String) -> Done {
        self.sentence_like(kind, text, "")
    }

    /// As [`Self::sentence`], which follows from what was told before, mostly; `usual` empty if it does not.
    pub fn sentence_like(&mut self, kind: u16, text: &mut String, usual: &str) -> Done {
        if !usual.is_empty() {
            let mut is_usual = text == usual;
            self.flag(kind ^ 0x4006, &mut is_usual)?;
            if is_usual {
                return self.repeat(text, usual);
            }
        }
        let (mut words, mut numbers) = apart(text);
        self.text(kind, &mut words)?;
        let holes = words.matches(HOLE).count();
        numbers.resize(holes, 0);
        for number in &mut numbers {
            self.tally(kind ^ 0x4007, number)?;
        }
        *text = together(&words, &numbers);
        Ok(())
    }

    fn repeat(&mut self, text: &mut String, usual: &str) -> Done {
        usual.clone_into(text);
        self.text_bytes += text.len();
        if self.text_bytes > MOST_TEXT {
            Err(Fault::TooLarge)
        } else {
            Ok(())
        }
    }

    /// A day or a moment to the second, relative to the one before; anything else as a text.
    pub fn moment(&mut self, kind: u16, text: &mut String) -> Done {
        let moment = Moment::parse(text);
        let mut form = match moment {
            _ if text.is_empty() => 0,
            None => 1,
            Some(Moment { second: None, .. }) => 2,
            Some(_) => 3,
        };
        self.choice(kind, 4, &mut form)?;
        match form {
            0 => {
                text.clear();
                return Ok(());
            }
            1 => return self.text(kind, text),
            _ => {}
        }
        let moment = moment.unwrap_or_default();
        let mut days = moment.day.wrapping_sub(self.day);
        self.whole(kind ^ 0x4008, &mut days)?;
        let day = self.day.checked_add(days).ok_or(Fault::Nonsense)?;
        let mut second = moment.second.unwrap_or(0);
        if form == 3 {
            self.within(kind ^ 0x4009, &mut second, 86_399)?;
        }
        let told = Moment {
            day,
            second: (form == 3).then_some(second),
        };
        *text = told.words().ok_or(Fault::Nonsense)?;
        self.day = day;
        Ok(())
    }

    fn spell(&mut self, kind: u16, text: &mut String) -> Done {
        self.kind = kind;
        self.prose.begin((kind & 0x7f) as u8);
        let mut given = text.bytes();
        let mut read: Vec<u8> = Vec::new();
        loop {
            let byte = given.next().unwrap_or(END);
            let mut partial = 0u8;
            for place in (0..8).rev() {
                let odds = self.prose.odds();
                let bit = self.raw_bit(odds, byte >> place & 1 == 1);
                self.prose.learn(bit);
                partial = partial << 1 | u8::from(bit);
            }
            if partial == END {
                break;
            }
            read.push(partial);
            if self.text_bytes + read.len() > MOST_TEXT {
                return Err(Fault::TooLarge);
            }
            if matches!(&self.side, Side::Read(decoder) if decoder.is_past_end()) {
                return Err(Fault::Nonsense);
            }
        }
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
            self.step(kind)?;
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
        let mut writer = Wire::blank_writer();
        let written = say(&mut writer).unwrap();
        let bytes = writer.into_bytes();
        let length = bytes.len();
        let mut reader = Wire::blank_reader(bytes);
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
            let mut wire = Wire::blank_reader(bytes);
            let mut texts: Vec<String> = Vec::new();
            let read = wire.list(1, &mut texts, |wire, text| wire.text(2, text));
            assert!(read.is_err() || texts.len() <= MOST_ITEMS);
        }
    }
}
