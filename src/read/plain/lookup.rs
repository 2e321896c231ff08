//! From a record's keys to column numbers, guessing that records look alike.

use std::collections::HashMap;

use super::super::error::ReadError;
use super::super::json::{Cell, Cursor, parse};
use super::super::role::{Column, Datum, Role};
use super::stage::Stage;
use crate::run::Problem;

/// Most fields of one object that are remembered; further ones are unknown each time they are met.
const MOST_FIELDS: usize = 2000;

/// Most late fields that are told one by one.
const MOST_TOLD: usize = 10;

/// The names of one object level.
#[derive(Default)]
pub(super) struct Lookup {
    entries: Vec<Entry>,
    index: HashMap<String, usize>,
    /// Whether any column stands at this level or below.
    used: bool,
    /// Whether this is the record's own level.
    top: bool,
    /// Whether the record walked last has a field that half of the records in the head have.
    met: bool,
}

struct Entry {
    /// The name with its quotes, as it most often stands in the file.
    quoted: Vec<u8>,
    /// The entry that followed this one last time.
    next: usize,
    column: Option<usize>,
    inner: Option<Lookup>,
    /// Half of the records in the head have it, or something below it; or it tells that something went wrong.
    common: bool,
    /// Records that have the field, if the head of the file did not show it.
    late: Option<u64>,
}

impl Lookup {
    pub(super) fn new(columns: &[Column]) -> Self {
        let mut lookup = Self {
            top: true,
            ..Self::default()
        };
        let records = columns.iter().map(|column| column.stats.rows).max().unwrap_or(0);
        for (number, column) in columns.iter().enumerate() {
            lookup.add(&column.path, (column.role != Role::Skip).then_some(number));
            let event = matches!(column.role, Role::Error | Role::Failure | Role::TimedOut);
            if let (true, Some(name)) = (event || column.stats.rows * 2 >= records, column.path.first()) {
                let at = lookup.entry(name, None);
                if let Some(entry) = lookup.entries.get_mut(at) {
                    entry.common = true;
                }
            }
        }
        lookup
    }

    /// Whether the record walked last has no field in common with most of the others.
    pub(super) fn is_other_shape(&self) -> bool {
        !self.met
    }

    fn add(&mut self, path: &[String], column: Option<usize>) {
        let Some((name, rest)) = path.split_first() else {
            return;
        };
        self.used |= column.is_some();
        let at = self.entry(name, None);
        if let Some(entry) = self.entries.get_mut(at) {
            if rest.is_empty() {
                entry.column = column;
            } else {
                entry.inner.get_or_insert_default().add(rest, column);
            }
        }
    }

    /// The number of the entry called `name`, added if it is new.
    fn entry(&mut self, name: &str, late: Option<u64>) -> usize {
        if let Some(&at) = self.index.get(name) {
            return at;
        }
        let at = self.entries.len();
        self.index.insert(name.to_owned(), at);
        self.entries.push(Entry {
            quoted: format!("\"{name}\"").into_bytes(),
            next: at + 1,
            column: None,
            inner: None,
            common: false,
            late,
        });
        at
    }

    /// Walks an object and puts every value that has a column.
    pub(super) fn walk(&mut self, cursor: &mut Cursor<'_>, stage: &mut Stage) -> Result<(), ReadError> {
        let mut more = cursor.enter(b'{', b'}')?;
        let mut before = None;
        let mut guess = 0;
        let mut met = false;
        while more {
            let at = match self.entries.get(guess) {
                Some(entry) if cursor.guess(&entry.quoted) => Some(guess),
                _ => self.find(cursor, before)?,
            };
            match at.and_then(|at| self.entries.get_mut(at)) {
                Some(entry) => {
                    if self.top && entry.late == Some(0) {
                        entry.settle(stage);
                    }
                    met |= entry.common;
                    entry.take(cursor, stage)?;
                    guess = entry.next;
                    before = at;
                }
                None => cursor.skip()?,
            }
            more = cursor.more(b'}')?;
        }
        self.met = met;
        Ok(())
    }

    /// Reads a name that was not guessed, and notes that it follows the entry `before`.
    fn find(&mut self, cursor: &mut Cursor<'_>, before: Option<usize>) -> Result<Option<usize>, ReadError> {
        let key = cursor.key()?.decode();
        if self.entries.len() >= MOST_FIELDS && !self.index.contains_key(key.as_ref()) {
            return Ok(None);
        }
        let at = self.entry(&key, Some(0));
        if let Some(before) = before.and_then(|before| self.entries.get_mut(before)) {
            before.next = at;
        }
        Ok(Some(at))
    }

    /// Fields that first appear behind the head of the file, by which the meaning of fields is decided.
    pub(super) fn late(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        self.gather("", &mut found);
        let more = found.len().saturating_sub(MOST_TOLD);
        found.truncate(MOST_TOLD);
        let mut problems: Vec<Problem> = found.into_iter().map(late_problem).collect();
        if more > 0 {
            problems.push(Problem {
                text: format!("Further fields that first appear late in the file were not read: {more}."),
                count: more as u64,
                ..Problem::default()
            });
        }
        problems
    }

    fn gather(&self, above: &str, found: &mut Vec<(String, u64)>) {
        for entry in &self.entries {
            let name = String::from_utf8_lossy(&entry.quoted);
            let name = format!("{above}{}", name.trim_matches('"'));
            if let Some(records) = entry.late {
                found.push((name, records));
            } else if let Some(inner) = entry.inner.as_ref().filter(|inner| inner.used) {
                inner.gather(&format!("{name}."), found);
            }
        }
    }
}

fn late_problem((name, records): (String, u64)) -> Problem {
    let text = format!(
        "The field “{name}” first appears late in the file, after the meaning of the fields was decided; it was not \
         read. Give the first record the field, too, if it matters."
    );
    Problem {
        text,
        count: records,
        ..Problem::default()
    }
}

impl Entry {
    /// Gives a field that appears late its column, if its name says that it is there only where something happened.
    fn settle(&mut self, stage: &mut Stage) {
        let name = String::from_utf8_lossy(&self.quoted);
        self.column = stage.add_event(name.trim_matches('"'));
        if self.column.is_some() {
            self.late = None;
            self.common = true;
        }
    }

    #[inline]
    fn take(&mut self, cursor: &mut Cursor<'_>, stage: &mut Stage) -> Result<(), ReadError> {
        if let Some(records) = &mut self.late {
            *records += 1;
        }
        if let Some(inner) = self.inner.as_mut().filter(|inner| inner.used) {
            cursor.skip_space();
            if cursor.peek() == Some(b'{') {
                return inner.walk(cursor, stage);
            }
        }
        let Some(column) = self.column.filter(|&column| stage.wants(column)) else {
            return cursor.skip();
        };
        match cursor.cell()? {
            Cell::Null => {}
            Cell::Number(raw) => stage.put_number(column, raw),
            cell => stage.put(column, &datum(cell)?),
        }
        Ok(())
    }
}

/// A cell as the tables see it.
pub(super) fn datum(cell: Cell<'_>) -> Result<Datum<'_>, ReadError> {
    Ok(match cell {
        Cell::Null => Datum::Absent,
        Cell::Bool(value) => Datum::Bool(value),
        Cell::Number(raw) => Datum::of_number(raw),
        Cell::Text(text) => Datum::of_text(text.decode(), false),
        Cell::Array(bytes) => Datum::of_value(&parse(bytes)?),
        Cell::Object(bytes) if is_empty(bytes) => Datum::Absent,
        Cell::Object(_) => Datum::Other,
    })
}

/// Whether an object has no members.
fn is_empty(object: &[u8]) -> bool {
    let inside = object.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    inside.is_some_and(|inside| inside.trim_ascii().is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::super::role::Stats;
    use super::*;

    #[test]
    fn fields_are_found_in_any_order_and_late_ones_told() {
        let column = |name: &str, role| Column {
            role,
            ..Column::new(vec![name.to_owned()], Stats::default())
        };
        let columns = [
            column("id", Role::Id),
            column("x", Role::Attribute),
            column("note", Role::Skip),
        ];
        let mut lookup = Lookup::new(&columns);
        let mut stage = Stage::new(&columns);
        for (row, record) in [
            r#"{"id": "a", "x": 1, "note": "n"}"#,
            r#"{"note": "\"", "x": 2, "id": "b", "later": [1, 2]}"#,
            r#"{"x": 3, "later": {"x": 9}, "\u0069d": "c"}"#,
        ]
        .into_iter()
        .enumerate()
        {
            stage.begin();
            lookup.walk(&mut Cursor::new(record.as_bytes()), &mut stage).unwrap();
            stage.commit_numbered(row as u64 + 1, crate::run::Place::default());
        }
        assert_eq!(stage.samples.ids.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(stage.samples.attributes[0].1.raw(), [1.0, 2.0, 3.0]);
        stage.begin();
        let failed = br#"{"id": "d", "error": "429 too many requests"}"#;
        lookup.walk(&mut Cursor::new(failed), &mut stage).unwrap();
        stage.commit_numbered(4, crate::run::Place::default());
        assert_eq!(stage.errors, [false, false, false, true]);
        let late = lookup.late();
        assert_eq!(late.len(), 1);
        assert!(late[0].text.contains("“later”") && late[0].count == 2, "{late:?}");
    }
}
