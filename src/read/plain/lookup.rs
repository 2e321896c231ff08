//! From a record's keys to column numbers, guessing that records look alike.

use std::collections::HashMap;

use super::super::error::ReadError;
use super::super::json::{Cell, Cursor, parse};
use super::super::role::{Column, Datum, Role};

/// The names of one object level.
#[derive(Default)]
pub(super) struct Lookup {
    entries: Vec<Entry>,
    index: HashMap<String, usize>,
    next: usize,
}

struct Entry {
    /// The name with its quotes, as it most often stands in the file.
    quoted: Vec<u8>,
    column: Option<usize>,
    inner: Option<Lookup>,
}

impl Lookup {
    pub(super) fn new(columns: &[Column]) -> Self {
        let mut lookup = Self::default();
        for (number, column) in columns.iter().enumerate() {
            lookup.add(&column.path, (column.role != Role::Skip).then_some(number));
        }
        lookup
    }

    fn add(&mut self, path: &[String], column: Option<usize>) {
        let Some((name, rest)) = path.split_first() else {
            return;
        };
        let at = *self.index.entry(name.clone()).or_insert(self.entries.len());
        if at == self.entries.len() {
            self.entries.push(Entry {
                quoted: format!("\"{name}\"").into_bytes(),
                column: None,
                inner: None,
            });
        }
        if let Some(entry) = self.entries.get_mut(at) {
            if rest.is_empty() {
                entry.column = column;
            } else if column.is_some() {
                entry.inner.get_or_insert_default().add(rest, column);
            }
        }
    }

    /// Walks an object and hands over every value that has a column.
    pub(super) fn walk(
        &mut self,
        cursor: &mut Cursor<'_>,
        put: &mut dyn FnMut(usize, &Datum<'_>),
    ) -> Result<(), ReadError> {
        let mut more = cursor.enter(b'{', b'}')?;
        self.next = 0;
        while more {
            match self.find(cursor)? {
                Some(entry) => entry.take(cursor, put)?,
                None => cursor.skip()?,
            }
            more = cursor.more(b'}')?;
        }
        Ok(())
    }

    fn find(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<&mut Entry>, ReadError> {
        let guess = self.next;
        if self.entries.get(guess).is_some_and(|entry| cursor.guess(&entry.quoted)) {
            self.next += 1;
            return Ok(self.entries.get_mut(guess));
        }
        let key = cursor.key()?.decode();
        let found = self.index.get(key.as_ref()).copied();
        if let Some(found) = found {
            self.next = found + 1;
        }
        Ok(found.and_then(|found| self.entries.get_mut(found)))
    }
}

impl Entry {
    fn take(&mut self, cursor: &mut Cursor<'_>, put: &mut dyn FnMut(usize, &Datum<'_>)) -> Result<(), ReadError> {
        cursor.skip_space();
        if let Some(inner) = self.inner.as_mut().filter(|_| cursor.peek() == Some(b'{')) {
            return inner.walk(cursor, put);
        }
        match self.column {
            Some(column) => put(column, &datum(cursor.cell()?)?),
            None => cursor.skip()?,
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
        Cell::Object(_) => Datum::Other,
    })
}
