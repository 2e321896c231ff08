//! Plain tables of predictions: JSON, JSON lines and delimited text, whatever the columns are called.

mod decide;
mod layout;
mod lookup;
mod open;
mod slot;
mod stage;

use super::error::{ReadError, ReadErrorKind};
use super::head::Head;
use super::json::{Cell, Cursor, Value};
use super::role::{Column, Datum, Role};
use super::{Adapter, Claim, Format, Part, ReadOptions, Record, RecordPath, join_runs};
use crate::run::Place;
use layout::Layout;
use lookup::Lookup;
use stage::Stage;

/// The adapter of plain tables: takes any table whose columns say something about right, sure or fast.
pub const PLAIN: Adapter = Adapter {
    id: "plain",
    name: "Plain table",
    accepts: "CSV, TSV, JSON or JSONL with one row per sample; columns are recognised by name and content",
    sniff,
    open: start,
    join: join_runs,
    detail: open::detail,
};

fn sniff(head: &Head<'_>) -> Option<Claim> {
    let layout = Layout::find(head)?;
    layout.is_useful().then_some(Claim::Table)
}

fn start(head: &Head<'_>, options: &ReadOptions) -> Box<dyn Format> {
    let layout = Layout::find(head).unwrap_or_default();
    Box::new(Plain {
        lookup: Lookup::new(&layout.columns),
        stage: Stage::new(&layout.columns),
        threshold: options.threshold,
        name: head.name.to_owned(),
        stem: head.base_name().to_owned(),
        layout,
    })
}

/// A table being read.
struct Plain {
    layout: Layout,
    lookup: Lookup,
    stage: Stage,
    threshold: Option<f64>,
    /// Name of the file with folders, for places, and without, for the run.
    name: String,
    stem: String,
}

impl Format for Plain {
    fn paths(&self) -> Vec<RecordPath> {
        self.layout.path.clone().into_iter().collect()
    }

    fn record(&mut self, record: &Record<'_>) -> Result<(), ReadError> {
        self.stage.begin();
        let taken = match record.row {
            Some(row) => self.cells(row),
            None if self.layout.positional => self.elements(record.bytes),
            None => self.members(record.bytes),
        };
        match taken {
            Ok(()) => {
                match record.key {
                    Some(key) => self.stage.commit(key, record.place),
                    None => self.stage.commit_numbered(record.index + 1, record.place),
                }
                self.stage.report(record, &self.name);
                Ok(())
            }
            Err(error) => {
                self.stage.abandon();
                Err(error)
            }
        }
    }

    fn envelope(&mut self, envelope: &Value<'_>) {
        if self.layout.by_column {
            layout::each_row(envelope, &mut |key, data| {
                self.stage.begin();
                for (column, datum) in data.iter().enumerate() {
                    self.stage.put(column, datum);
                }
                // The record is a row across the columns: its place is the whole document.
                self.stage.commit(key, Place::default());
            });
        }
        for _ in envelope.at("failures").items() {
            let text = "A case that failed stands under “failures” beside the samples; it is not among them.";
            self.stage.tally.note(text, false);
        }
        self.stage.lineage = layout::lineage(envelope);
    }

    fn samples(&self) -> u64 {
        self.stage.rows() as u64
    }

    fn finish(self: Box<Self>) -> Part {
        let mut part = decide::finish(self.stage, &self.layout, self.threshold, &self.stem);
        part.problems.extend(self.lookup.late());
        part.problems.extend(self.layout.unclear());
        part
    }
}

impl Plain {
    /// A row of a delimited table.
    fn cells(&mut self, row: super::head::Row<'_>) -> Result<(), ReadError> {
        let wanted = self.layout.columns.len();
        if row.len() != wanted {
            let why = format!("the row has {} cells, the header {wanted}", row.len());
            return Err(ReadError::new(ReadErrorKind::NotTable(why)));
        }
        for (index, column) in self.layout.columns.iter().enumerate() {
            if column.role == Role::Skip {
                continue;
            }
            let text = String::from_utf8_lossy(row.cell(index));
            self.stage.put(index, &column.datum(text));
        }
        Ok(())
    }

    /// A record that is an array, its columns by position.
    fn elements(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        let mut cursor = Cursor::new(bytes);
        if bytes.first() != Some(&b'[') {
            return Err(not_an_object(&mut cursor, "a list"));
        }
        if self.layout.bare {
            self.stage.put(0, &Datum::of_value(&super::json::parse(bytes)?));
            return Ok(());
        }
        let mut more = cursor.enter(b'[', b']')?;
        let mut index = 0;
        while more {
            let cell = cursor.cell()?;
            self.stage.put(index, &lookup::datum(cell)?);
            index += 1;
            more = cursor.more(b']')?;
        }
        cursor.end()
    }

    /// A record that is an object.
    fn members(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        let mut cursor = Cursor::new(bytes);
        if bytes.first() != Some(&b'{') {
            return Err(not_an_object(&mut cursor, "an object"));
        }
        self.lookup.walk(&mut cursor, &mut self.stage)?;
        cursor.end()?;
        if self.lookup.is_other_shape() {
            return Err(ReadError::new(ReadErrorKind::OtherShape));
        }
        Ok(())
    }
}

/// The error of a record that is something else; a fault in its JSON comes first.
fn not_an_object(cursor: &mut Cursor<'_>, needed: &str) -> ReadError {
    match cursor.cell() {
        Err(error) => error,
        Ok(cell) => {
            let given = match cell {
                Cell::Null => "null",
                Cell::Bool(_) => "true or false",
                Cell::Number(_) => "a number",
                Cell::Text(_) => "a text",
                Cell::Array(_) => "a list",
                Cell::Object(_) => "an object",
            };
            ReadError::wrong_type("record", needed, given)
        }
    }
}

/// The last part of a column's name, in snake case.
fn snake_leaf(name: &str) -> std::borrow::Cow<'static, str> {
    super::role::snake(name.rsplit('.').next().unwrap_or(name)).into()
}

/// Columns of one role.
fn of_role(columns: &[Column], role: Role) -> impl Iterator<Item = usize> + '_ {
    let found = columns.iter().enumerate();
    found.filter(move |(_, c)| c.role == role).map(|(i, _)| i)
}
