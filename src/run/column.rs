//! Columns: plain vectors with cheap "not there".

use std::collections::HashMap;

/// A column of numbers; an absent value is NaN inside and `None` outside. An empty column means the file has no such field.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    values: Vec<f64>,
}

/// Two columns are equal when they hold the same numbers and the same gaps.
impl PartialEq for Numbers {
    fn eq(&self, other: &Self) -> bool {
        self.values.len() == other.values.len()
            && self
                .values
                .iter()
                .zip(&other.values)
                .all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
    }
}

impl Numbers {
    /// Appends a value for row `row`, filling the rows before it that had none. Infinite values count as absent, and so do
    /// those beyond ±1e100: nothing that is measured is so large, and its square would leave the range of numbers.
    pub fn put(&mut self, row: usize, value: Option<f64>) {
        if let Some(value) = value.filter(|v| v.abs() <= 1e100) {
            self.values.resize(row, f64::NAN);
            self.values.push(value);
        }
    }

    /// Makes the column exactly `rows` long, unless it is empty.
    pub fn close(&mut self, rows: usize) {
        if !self.values.is_empty() {
            self.values.resize(rows, f64::NAN);
        }
    }

    /// The value at `row`; `None` where there is none.
    #[must_use]
    pub fn at(&self, row: usize) -> Option<f64> {
        self.values.get(row).copied().filter(|v| !v.is_nan())
    }

    /// Whether the column holds no value at all.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.values.is_empty()
    }

    /// How many rows have a value.
    #[must_use]
    pub fn count(&self) -> usize {
        self.values.iter().filter(|v| !v.is_nan()).count()
    }

    /// The raw slice: NaN marks an absent value; empty if the column is absent.
    #[must_use]
    pub fn raw(&self) -> &[f64] {
        &self.values
    }

    /// The values that are there, in row order.
    pub fn present(&self) -> impl Iterator<Item = f64> + '_ {
        self.values.iter().copied().filter(|v| !v.is_nan())
    }
}

impl FromIterator<Option<f64>> for Numbers {
    fn from_iter<I: IntoIterator<Item = Option<f64>>>(values: I) -> Self {
        let mut column = Self::default();
        let mut rows = 0;
        for value in values {
            column.put(rows, value);
            rows += 1;
        }
        column.close(rows);
        column
    }
}

/// A column of short texts from a small set, kept as codes. Code 0 means absent; code `c` is `names[c - 1]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Codes {
    names: Vec<String>,
    index: HashMap<String, u32>,
    codes: Vec<u32>,
}

impl Codes {
    /// Puts `name` at `row`, filling the rows before it that had none. `None` or an empty name leaves the row absent.
    pub fn put(&mut self, row: usize, name: Option<&str>) {
        if let Some(name) = name.filter(|n| !n.is_empty()) {
            let code = self.intern(name);
            self.codes.resize(row, 0);
            self.codes.push(code);
        }
    }

    /// Replaces what stands at `row`, filling the rows before it that had none. An empty name makes the row absent.
    pub fn set(&mut self, row: usize, name: &str) {
        let code = if name.is_empty() { 0 } else { self.intern(name) };
        if self.codes.len() <= row {
            self.codes.resize(row + 1, 0);
        }
        if let Some(old) = self.codes.get_mut(row) {
            *old = code;
        }
    }

    /// The code of `name`, added if it is new. Codes start at 1.
    pub fn intern(&mut self, name: &str) -> u32 {
        if let Some(code) = self.recall(name) {
            return code;
        }
        self.names.push(name.to_owned());
        let code = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.index.insert(name.to_owned(), code);
        code
    }

    /// The code of a name that the column has. The last row's name and the first few are compared before anything is
    /// hashed: most columns have few names, or long stretches of one.
    #[inline]
    fn recall(&self, name: &str) -> Option<u32> {
        const FEW: usize = 8;
        let last = self.codes.last().copied().unwrap_or(0);
        if self.name(last) == Some(name) {
            return Some(last);
        }
        if let Some(at) = self.names.iter().take(FEW).position(|known| known == name) {
            return u32::try_from(at + 1).ok();
        }
        if self.names.len() <= FEW {
            return None;
        }
        self.index.get(name).copied()
    }

    /// Makes the column exactly `rows` long, unless it is empty.
    pub fn close(&mut self, rows: usize) {
        if !self.codes.is_empty() {
            self.codes.resize(rows, 0);
        }
    }

    /// The name at `row`; `None` where there is none.
    #[must_use]
    pub fn at(&self, row: usize) -> Option<&str> {
        self.name(self.code(row))
    }

    /// The code at `row`; 0 where there is none.
    #[must_use]
    pub fn code(&self, row: usize) -> u32 {
        self.codes.get(row).copied().unwrap_or(0)
    }

    /// The name of `code`; `None` for 0 and for codes not given out.
    #[must_use]
    pub fn name(&self, code: u32) -> Option<&str> {
        self.names.get((code as usize).checked_sub(1)?).map(String::as_str)
    }

    /// The code of `name`, if the column has it.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<u32> {
        self.index.get(name).copied()
    }

    /// All names, in order of first appearance; `names()[c - 1]` belongs to code `c`.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The codes by row; empty if the column is absent.
    #[must_use]
    pub fn raw(&self) -> &[u32] {
        &self.codes
    }

    /// Whether the column holds no value at all.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.codes.is_empty()
    }
}

/// A column of arbitrary texts that differ from row to row (sample ids), in one arena.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    bytes: String,
    ends: Vec<u32>,
}

impl Labels {
    /// Appends one label.
    pub fn push(&mut self, label: &str) {
        self.bytes.push_str(label);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    /// The label at `row`; empty beyond the end.
    #[must_use]
    pub fn at(&self, row: usize) -> &str {
        let start = match row.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0) as usize,
            None => 0,
        };
        let end = self.ends.get(row).copied().unwrap_or(0) as usize;
        self.bytes.get(start..end).unwrap_or("")
    }

    /// Number of labels.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Labels in row order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.at(row))
    }
}

/// A column of tag sets: each row has none, one or several tags; equal sets share a code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagSets {
    tags: Codes,
    sets: Vec<Vec<u32>>,
    index: HashMap<Vec<u32>, u32>,
    codes: Vec<u32>,
}

impl TagSets {
    /// Puts the set of `tags` at `row` (order and repeats do not matter), filling the rows before it with no tags.
    pub fn put<'a>(&mut self, row: usize, tags: impl IntoIterator<Item = &'a str>) {
        let mut set: Vec<u32> = tags
            .into_iter()
            .filter(|t| !t.is_empty())
            .map(|t| self.tags.intern(t))
            .collect();
        if set.is_empty() {
            return;
        }
        set.sort_unstable();
        set.dedup();
        let next = u32::try_from(self.sets.len() + 1).unwrap_or(u32::MAX);
        let code = *self.index.entry(set.clone()).or_insert(next);
        if code == next {
            self.sets.push(set);
        }
        self.codes.resize(row, 0);
        self.codes.push(code);
    }

    /// Makes the column exactly `rows` long, unless it is empty.
    pub fn close(&mut self, rows: usize) {
        if !self.codes.is_empty() {
            self.codes.resize(rows, 0);
        }
    }

    /// Indices into [`Self::tags`] of the tags at `row`, ascending; empty where there are none.
    #[must_use]
    pub fn at(&self, row: usize) -> Vec<usize> {
        let code = self.codes.get(row).copied().unwrap_or(0) as usize;
        let set = code.checked_sub(1).and_then(|i| self.sets.get(i));
        set.map(|set| set.iter().map(|&t| t as usize - 1).collect())
            .unwrap_or_default()
    }

    /// Tag names in order of first appearance.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        self.tags.names()
    }

    /// Whether no row has a tag.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.codes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_and_infinity_is_absent() {
        let mut column = Numbers::default();
        column.put(2, Some(1.5));
        column.put(3, Some(f64::INFINITY));
        column.close(5);
        assert_eq!(column.at(0), None);
        assert_eq!(column.at(2), Some(1.5));
        assert_eq!(column.at(3), None);
        assert_eq!((column.raw().len(), column.count()), (5, 1));
    }

    #[test]
    fn codes_start_at_one_and_zero_is_absent() {
        let mut column = Codes::default();
        column.put(1, Some("de"));
        column.put(2, Some("en"));
        column.put(3, Some("de"));
        column.close(5);
        assert_eq!(column.at(0), None);
        assert_eq!(column.raw(), &[0, 1, 2, 1, 0]);
        assert_eq!(column.find("en"), Some(2));
    }

    #[test]
    fn labels_keep_empty_ones() {
        let mut ids = Labels::default();
        for id in ["a", "", "ccc"] {
            ids.push(id);
        }
        assert_eq!(ids.iter().collect::<Vec<_>>(), ["a", "", "ccc"]);
        assert_eq!(ids.at(9), "");
    }

    #[test]
    fn equal_tag_sets_share_a_code_in_any_order() {
        let mut column = TagSets::default();
        column.put(0, ["timeout", "format"]);
        column.put(2, ["format", "timeout", "format"]);
        column.close(3);
        assert_eq!(column.at(0), column.at(2));
        assert_eq!(column.at(1), Vec::<usize>::new());
        assert_eq!(column.tags(), ["timeout", "format"]);
    }
}
