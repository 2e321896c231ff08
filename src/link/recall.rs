//! What came before: texts and numbers are told once, and then named by where they stand.

use std::collections::HashMap;
use std::hash::Hash;

/// Values of one kind that are offered by rank, at most.
const MOST_RANKED: usize = 64;
/// Most values whose age is kept.
pub(super) const MOST_AGED: usize = 256;

/// Values told so far, with what usually follows what.
#[derive(Clone, Debug)]
pub(super) struct Recall<T> {
    known: Vec<T>,
    places: HashMap<T, u32>,
    /// Values of a kind, the latest last.
    of_kind: HashMap<u32, Vec<u32>>,
    /// What followed a value the last time a kind came after it.
    after: HashMap<(u32, u32), u32>,
    /// Every value, the latest last.
    recent: Vec<u32>,
    last: u32,
    most: usize,
}

/// Which value is likely, and how sure that is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guess {
    pub place: u32,
    /// 0: what followed the last time, the latest of its kind as well; 1: only that; 2: only the latest.
    pub form: u32,
}

impl<T: Clone + Eq + Hash> Recall<T> {
    /// Remembers at most `most` values.
    pub fn new(most: usize) -> Self {
        Self {
            known: Vec::new(),
            places: HashMap::new(),
            of_kind: HashMap::new(),
            after: HashMap::new(),
            recent: Vec::new(),
            last: 0,
            most,
        }
    }

    pub fn len(&self) -> usize {
        self.known.len()
    }

    pub fn place(&self, value: &T) -> Option<u32> {
        self.places.get(value).copied()
    }

    pub fn at(&self, place: u32) -> Option<&T> {
        self.known.get(place as usize)
    }

    /// What is likely to come as a value of `kind`.
    pub fn guess(&self, kind: u32) -> Option<Guess> {
        let latest = self.of_kind.get(&kind).and_then(|list| list.last()).copied();
        match (self.after.get(&(self.last, kind)).copied(), latest) {
            (Some(place), latest) => Some(Guess {
                place,
                form: u32::from(latest != Some(place)),
            }),
            (None, Some(place)) => Some(Guess { place, form: 2 }),
            (None, None) => None,
        }
    }

    /// Rank of the value at `place` among those of `kind`, the latest first.
    pub fn rank(&self, kind: u32, place: u32) -> Option<usize> {
        self.of_kind.get(&kind)?.iter().rev().position(|own| *own == place)
    }

    /// The value of `kind` of that rank.
    pub fn ranked(&self, kind: u32, rank: usize) -> Option<u32> {
        self.of_kind.get(&kind)?.iter().rev().nth(rank).copied()
    }

    /// Whether the age of values is kept.
    pub fn is_aged(&self) -> bool {
        self.most <= MOST_AGED
    }

    /// How many other values were told since the one at `place`.
    pub fn age(&self, place: u32) -> Option<u64> {
        self.recent
            .iter()
            .rev()
            .zip(0u64..)
            .find(|(own, _)| **own == place)
            .map(|(_, age)| age)
    }

    /// The place of the value since which so many others were told.
    pub fn of_age(&self, age: u64) -> Option<u32> {
        self.recent.iter().rev().nth(usize::try_from(age).ok()?).copied()
    }

    /// Whether any value of `kind` was told.
    pub fn has(&self, kind: u32) -> bool {
        self.of_kind.contains_key(&kind)
    }

    /// Takes in that `value` was told as one of `kind`.
    pub fn tell(&mut self, kind: u32, value: &T) {
        let place = match self.places.get(value) {
            Some(place) => *place,
            None if self.known.len() < self.most => {
                let place = self.known.len() as u32;
                self.known.push(value.clone());
                self.places.insert(value.clone(), place);
                place
            }
            None => return,
        };
        // Only few values are named by their age, and only for few is it kept.
        if self.is_aged() {
            self.recent.retain(|own| *own != place);
            self.recent.push(place);
        }
        self.after.insert((self.last, kind), place);
        let list = self.of_kind.entry(kind).or_default();
        list.retain(|own| *own != place);
        if list.len() >= MOST_RANKED {
            list.remove(0);
        }
        list.push(place);
        self.last = place;
    }

    /// Forgets every value.
    pub fn clear(&mut self) {
        *self = Self::new(self.most);
    }
}
