//! The head of a file: its first bytes, looked at before anything is read.

use super::Member;
use super::json::Value;

/// What the first bytes of a file look like.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// One JSON value.
    Document,
    /// One JSON value a line.
    Lines,
    /// A delimited table.
    Table(Dialect),
    /// A zip archive.
    Archive,
}

/// How a delimited table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Between cells: `,` `;` tab or `|`.
    pub delimiter: u8,
    /// Decimal comma instead of point.
    pub decimal_comma: bool,
}

/// The head of a file, as adapters see it.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// Name as dropped, folders included.
    pub name: &'a str,
    /// The first bytes, unwrapped, as UTF-8, without a byte-order mark.
    pub bytes: &'a [u8],
    /// Whether `bytes` is the whole file.
    pub whole: bool,
    /// What it looks like.
    pub shape: Shape,
    /// [`Shape::Document`]: as much of the document as the head holds, open arrays and objects ending where it ends.
    pub document: Option<Value<'a>>,
    /// [`Shape::Lines`]: the first lines that are complete and are JSON, at most 100.
    pub lines: Vec<Value<'a>>,
    /// [`Shape::Table`]: the header's names, made unique (`Score`, `Score.1`), an unnamed column as `column 1`.
    pub header: Vec<String>,
    /// [`Shape::Table`]: the first rows, at most 1,000.
    pub rows: Vec<Vec<String>>,
    /// [`Shape::Archive`]: the members.
    pub members: &'a [Member],
}

/// The cells of one table row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    text: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Row<'a> {
    /// A row of cells that stand one after the other in `text` and end at `ends`.
    #[must_use]
    pub fn new(text: &'a [u8], ends: &'a [usize]) -> Self {
        Self { text, ends }
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of cell `index`, unquoted; empty beyond the end.
    #[must_use]
    pub fn cell(&self, index: usize) -> &'a [u8] {
        let start = index
            .checked_sub(1)
            .and_then(|i| self.ends.get(i))
            .copied()
            .unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }
}
