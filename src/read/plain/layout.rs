//! Where the table stands in a file, and what its columns are.

use std::borrow::Cow;
use std::collections::HashMap;

use super::super::RecordPath;
use super::super::head::{Head, Shape};
use super::super::json::{Text, Value};
use super::super::role::{Column, Datum, Role, Stats, assign, snake};
use super::super::table::{self, Comma};
use crate::run::Problem;

/// Most records of the head that are looked at.
const LOOK: usize = 1000;

/// The table of a file.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// The columns, roles assigned.
    pub columns: Vec<Column>,
    /// Where the records stand, in a JSON document.
    pub path: Option<RecordPath>,
    /// Records are arrays, columns by position.
    pub positional: bool,
    /// A record as a whole is the one column (the bare output of a pipeline).
    pub bare: bool,
    /// The document holds columns, not records.
    pub by_column: bool,
}

impl Layout {
    /// The table of a file; `None` if there is none.
    pub(super) fn find(head: &Head<'_>) -> Option<Self> {
        let mut layout = match &head.shape {
            Shape::Lines => Self::of_records(&head.lines.iter().collect::<Vec<_>>(), None)?,
            Shape::Table(dialect) => Self::of_rows(head, dialect.delimiter),
            Shape::Document => Self::of_document(head.document.as_ref()?)?,
            Shape::Archive => return None,
        };
        assign(&mut layout.columns);
        layout.name_index(head);
        Some(layout)
    }

    /// Whether a column says something about right, sure, fast or failing.
    pub(super) fn is_useful(&self) -> bool {
        use Role as R;
        let has = |role: R| self.columns.iter().any(|c| c.role == role);
        self.columns.iter().any(|c| c.role.tells())
            || (has(R::Truth) && has(R::Predicted))
            || (has(R::Start) && has(R::End))
    }

    fn of_rows(head: &Head<'_>, delimiter: u8) -> Self {
        let rows = head.rows.get(..head.rows.len().min(LOOK)).unwrap_or(&head.rows);
        let commas = table::commas(rows, head.header.len(), delimiter);
        let mut columns: Vec<Column> = head.header.iter().zip(commas).map(named).collect();
        for row in rows {
            for (cell, column) in row.iter().zip(&mut columns) {
                let datum = column.datum(Cow::Borrowed(cell));
                column.stats.add(&datum);
            }
        }
        Self {
            columns,
            ..Self::default()
        }
    }

    /// Columns of numbers whose commas may mean one thing or the other.
    pub(super) fn unclear(&self) -> Vec<Problem> {
        let unclear = |c: &&Column| c.comma == Comma::Unclear && c.is_named_as_number();
        let problem = |column: &Column| Problem {
            text: format!(
                "The column “{}” has numbers with a comma that may be a decimal mark or stand between thousands (1,234), so \
                 these were not read as numbers. Write them with a decimal point and nothing between thousands.",
                column.name
            ),
            count: 1,
            ..Problem::default()
        };
        self.columns.iter().filter(unclear).map(problem).collect()
    }

    fn of_document(document: &Value<'_>) -> Option<Self> {
        if !document.items().is_empty() {
            return Self::of_records(
                &document.items().iter().collect::<Vec<_>>(),
                Some(RecordPath::list(&[])),
            );
        }
        if let Some(layout) = Self::of_split(document).or_else(|| Self::of_columns(document)) {
            return Some(layout);
        }
        let mut found: Vec<Self> = Vec::new();
        for (key, value) in document.members() {
            let key = key.decode();
            found.extend(Self::of_container(value, &[&key]));
            for (inner, value) in value.members() {
                found.extend(Self::of_container(value, &[&key, &inner.decode()]));
            }
        }
        found.extend(Self::of_container(document, &[]));
        // The container with the most to say wins; the first among equals.
        found.into_iter().rev().max_by_key(|layout| {
            let mut columns = layout.columns.clone();
            assign(&mut columns);
            let rows = columns.iter().map(|c| c.stats.rows).max().unwrap_or(0);
            let useful = Self {
                columns,
                ..Self::default()
            };
            (useful.is_useful(), rows)
        })
    }

    /// An array of records, or an object whose values are records.
    fn of_container(value: &Value<'_>, keys: &[&str]) -> Option<Self> {
        match value {
            Value::Array(items) => Self::of_records(&items.iter().collect::<Vec<_>>(), Some(RecordPath::list(keys))),
            Value::Object(members) => {
                let records: Vec<&Value<'_>> = members.iter().map(|(_, value)| value).collect();
                let objects = records.iter().filter(|v| matches!(v, Value::Object(_))).count();
                let alike = objects == records.len() && objects >= 2;
                let keyed = Self::of_records(&records, Some(RecordPath::keyed(keys))).filter(|_| alike)?;
                // A table of settings is keyed, too; records share their keys.
                let common = keyed.columns.iter().any(|c| c.stats.rows * 10 >= objects * 9);
                common.then_some(keyed)
            }
            _ => None,
        }
    }

    /// Records that are objects, or bare outputs of a pipeline.
    fn of_records(records: &[&Value<'_>], path: Option<RecordPath>) -> Option<Self> {
        let records = records.get(..records.len().min(LOOK)).unwrap_or(records);
        let objects = records.iter().filter(|r| matches!(r, Value::Object(_))).count();
        let arrays = records.iter().filter(|r| matches!(r, Value::Array(_))).count();
        if objects > 0 && objects >= arrays {
            let mut columns = Columns::default();
            for record in records {
                columns.add(record);
            }
            return Some(Self {
                columns: columns.list,
                path,
                ..Self::default()
            });
        }
        let mut stats = Stats::default();
        for record in records {
            stats.add(&Datum::of_value(record));
        }
        let bare = arrays > 0 && stats.labelled * 2 >= stats.count;
        bare.then(|| Self {
            columns: vec![Column::new(vec!["output".to_owned()], stats)],
            path,
            positional: true,
            bare: true,
            ..Self::default()
        })
    }

    /// `{"columns": […], "data": [[…], …]}`.
    fn of_split(document: &Value<'_>) -> Option<Self> {
        let names: Vec<String> = document.at("columns").items().iter().map(Value::show).collect();
        let rows = document.at("data").items();
        let arrays = rows.iter().all(|row| matches!(row, Value::Array(_)));
        if names.is_empty() || rows.is_empty() || !arrays {
            return None;
        }
        let mut stats = vec![Stats::default(); names.len()];
        for row in rows.iter().take(LOOK) {
            for (value, stats) in row.items().iter().zip(&mut stats) {
                stats.add(&Datum::of_value(value));
            }
        }
        let named = names.into_iter().zip(stats);
        Some(Self {
            columns: named.map(|(name, stats)| Column::new(vec![name], stats)).collect(),
            path: Some(RecordPath::list(&["data"])),
            positional: true,
            ..Self::default()
        })
    }

    /// `{"column": {"0": …, "1": …}, …}` or `{"column": […], …}`.
    fn of_columns(document: &Value<'_>) -> Option<Self> {
        let members = document.members();
        let scalar = |v: &Value<'_>| !matches!(v, Value::Object(_));
        let indexed = |v: &Value<'_>| match v {
            Value::Object(cells) => {
                let first = cells.first().map(|(key, _)| key.decode());
                first.is_some_and(|k| k.parse::<i64>().is_ok()) && cells.iter().all(|(_, v)| scalar(v))
            }
            _ => false,
        };
        let listed = |v: &Value<'_>| match v {
            Value::Array(cells) => cells.iter().all(scalar) && cells.len() > 1,
            _ => false,
        };
        let whole = !members.is_empty() && members.iter().all(|(_, v)| indexed(v));
        let lists = members.len() > 1 && members.iter().all(|(_, v)| listed(v));
        if !whole && !lists {
            return None;
        }
        let columns = members.iter().map(|(name, cells)| {
            let mut stats = Stats::default();
            for value in cells_of(cells).take(LOOK) {
                stats.add(&Datum::of_value(value));
            }
            Column::new(vec![name.decode().into_owned()], stats)
        });
        Some(Self {
            columns: columns.collect(),
            by_column: true,
            ..Self::default()
        })
    }

    /// An unnamed first column of whole numbers is pandas' index: the id, if there is no other.
    fn name_index(&mut self, head: &Head<'_>) {
        let unnamed = head
            .header
            .first()
            .is_some_and(|name| name == "column 1" || name == "Unnamed: 0");
        let taken = self.columns.iter().any(|c| c.role == Role::Id);
        if let Some(column) = self.columns.first_mut().filter(|_| unnamed) {
            column.role = if taken { Role::Skip } else { Role::Id };
        }
    }
}

fn named((name, comma): (&String, Comma)) -> Column {
    Column {
        comma,
        ..Column::new(vec![name.clone()], Stats::default())
    }
}

/// The cells of a column of a column-oriented document.
fn cells_of<'v, 'a>(column: &'v Value<'a>) -> Box<dyn Iterator<Item = &'v Value<'a>> + 'v> {
    match column {
        Value::Object(cells) => Box::new(cells.iter().map(|(_, value)| value)),
        other => Box::new(other.items().iter()),
    }
}

/// Hands over the rows of a column-oriented document: key, and values by column.
pub(super) fn each_row(document: &Value<'_>, each: &mut dyn FnMut(&str, &[Datum<'_>])) {
    let columns: Vec<Vec<&Value<'_>>> = document.members().iter().map(|(_, c)| cells_of(c).collect()).collect();
    let keys = document.members().first().map(|(_, c)| c.members()).unwrap_or_default();
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..rows {
        let data: Vec<Datum<'_>> = columns
            .iter()
            .map(|column| column.get(row).map_or(Datum::Absent, |value| Datum::of_value(value)))
            .collect();
        let key = keys
            .get(row)
            .map_or_else(|| row.to_string(), |(key, _)| key.decode().into_owned());
        each(&key, &data);
    }
}

/// Model, task and other lineage beside the records: short scalars at the top level, or one level down in `meta`.
pub(super) fn lineage(document: &Value<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut add = |members: &[(Text<'_>, Value<'_>)]| {
        for (key, value) in members {
            if let Some(label) = value.label().filter(|label| label.len() <= 200) {
                found.push((snake(&key.decode()), label.into_owned()));
            }
        }
    };
    add(document.members());
    for name in ["meta", "metadata", "config", "run", "info", "settings"] {
        add(document.at(name).members());
    }
    found
}

/// Columns being discovered in records.
#[derive(Default)]
struct Columns {
    list: Vec<Column>,
    index: HashMap<Vec<String>, usize>,
}

impl Columns {
    fn add(&mut self, record: &Value<'_>) {
        for (key, value) in record.members() {
            let path = vec![key.decode().into_owned()];
            match value {
                Value::Object(members) if !members.is_empty() => {
                    for (inner, value) in members {
                        let mut path = path.clone();
                        path.push(inner.decode().into_owned());
                        self.see(path, value);
                    }
                }
                _ => self.see(path, value),
            }
        }
    }

    fn see(&mut self, path: Vec<String>, value: &Value<'_>) {
        let at = *self.index.entry(path.clone()).or_insert(self.list.len());
        if at == self.list.len() {
            self.list.push(Column::new(path, Stats::default()));
        }
        if let Some(column) = self.list.get_mut(at) {
            column.stats.add(&Datum::of_value(value));
        }
    }
}
