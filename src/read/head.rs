//! The head of a file: its first bytes, looked at before anything is read.

use super::error::{ReadError, ReadErrorKind, shorten};
use super::json::{self, Value};
use super::role::{Column, Datum, Stats, assign};
use super::{Member, table};

/// How many bytes of text are looked at before anything is read.
pub const HEAD: usize = 1 << 20;
/// Most lines and rows that are looked at.
const LINES: usize = 1000;
const ROWS: usize = 1000;

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
    /// What is wrong with the JSON of a document, if something is that the head shows.
    pub fault: Option<ReadError>,
}

impl<'a> Head<'a> {
    /// Looks at the first bytes of a text.
    ///
    /// # Errors
    /// If nothing can be read from it: it is empty, binary, a pointer instead of a file, or no known kind of text.
    pub fn of_text(name: &'a str, bytes: &'a [u8], whole: bool) -> Result<Self, ReadError> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut head = Self {
            name,
            bytes,
            whole,
            shape: Shape::Document,
            document: None,
            lines: Vec::new(),
            header: Vec::new(),
            rows: Vec::new(),
            members: &[],
            fault: None,
        };
        refuse(bytes)?;
        let json = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
        if json && head.look_at_json() {
            return Ok(head);
        }
        // A bracket may also begin a column's name (`[echo] prompt`); text that is JSON for a while is not a table.
        let fault = json::parse(bytes).err().filter(|_| json);
        let far = |e: &ReadError| e.spot.byte.is_some_and(|byte| byte > 16);
        if let Some(error) = fault.clone().filter(far) {
            return Err(error);
        }
        head.bytes = bytes.get(table::preamble(bytes).unwrap_or(0)..).unwrap_or(bytes);
        if let Some(dialect) = table::detect(head.bytes, whole) {
            head.look_at_table(dialect);
            if whole && head.rows.is_empty() {
                let found = "the table has a header and no rows".to_owned();
                return Err(ReadError::new(ReadErrorKind::Empty(found)));
            }
            return Ok(head);
        }
        if let Some(error) = fault {
            return Err(error);
        }
        // A tab stands in no cell of a single column of numbers or verdicts.
        head.look_at_table(Dialect { delimiter: b'\t' });
        if head.is_telling_column() {
            return Ok(head);
        }
        Err(ReadError::new(ReadErrorKind::UnknownFormat(guess(bytes))))
    }

    /// The head of a zip archive.
    #[must_use]
    pub fn of_archive(name: &'a str, members: &'a [Member]) -> Self {
        Self {
            name,
            bytes: &[],
            whole: false,
            shape: Shape::Archive,
            document: None,
            lines: Vec::new(),
            header: Vec::new(),
            rows: Vec::new(),
            members,
            fault: None,
        }
    }

    /// The file's own name, without folders.
    #[must_use]
    pub fn base_name(&self) -> &'a str {
        let behind = |mark: char| self.name.rfind(mark).map_or(0, |at| at + 1);
        let start = behind('/').max(behind('!')).max(behind('\\'));
        self.name.get(start..).unwrap_or(self.name)
    }

    /// Tells lines from one document; whether it is JSON at all.
    fn look_at_json(&mut self) -> bool {
        let mut lines = self.bytes.split(|&b| b == b'\n');
        let first = lines.find(|line| !line.trim_ascii().is_empty());
        let first = first.unwrap_or_default();
        let complete = json::parse(first).is_ok();
        let more = lines.any(|line| !line.trim_ascii().is_empty());
        let named = [".jsonl", ".ndjson", ".jsonlines"];
        let name = self.name.to_ascii_lowercase();
        let named = named.iter().any(|end| name.contains(end));
        let unfinished = !self.whole && first.len() == self.bytes.len();
        self.document = json::parse_prefix(self.bytes);
        let broken = self.document.is_none() || named;
        if (complete && (more || named)) || (named && unfinished) || (broken && self.some_line_is_json()) {
            self.document = None;
            self.shape = Shape::Lines;
            let lines = self.bytes.split(|&b| b == b'\n');
            let lines = lines.filter_map(|line| json::parse(line).ok());
            self.lines = lines.take(LINES).collect();
            return true;
        }
        self.note_fault();
        self.document.is_some()
    }

    /// Notes what is wrong with a document; what stands before a fault counts, so that its records can be read.
    fn note_fault(&mut self) {
        if self.document.is_none() || self.whole {
            self.fault = json::parse(self.bytes).err();
        }
        let before = self.fault.as_ref().and_then(|fault| fault.spot.byte);
        let before = before
            .and_then(|byte| usize::try_from(byte).ok())
            .filter(|byte| *byte > 16);
        if let (None, Some(before)) = (&self.document, before) {
            self.document = self.bytes.get(..before).and_then(json::parse_prefix);
        }
    }

    fn some_line_is_json(&self) -> bool {
        let mut lines = self.bytes.split(|&b| b == b'\n').take(LINES);
        lines.any(|line| matches!(json::parse(line), Ok(Value::Object(_))))
    }

    fn look_at_table(&mut self, dialect: Dialect) {
        self.shape = Shape::Table(dialect);
        let mut rows = table::split_rows(self.bytes, dialect, ROWS + 1);
        if !self.whole && rows.len() <= ROWS && rows.len() > 1 {
            rows.pop();
        }
        let mut rows = rows.into_iter();
        self.header = table::unique_names(&rows.next().unwrap_or_default());
        self.rows = rows.collect();
    }
}

impl Head<'_> {
    /// Whether the table is one column whose name and values say something about right, sure, fast or failing.
    fn is_telling_column(&self) -> bool {
        let (Some(name), true) = (self.header.first(), self.header.len() == 1) else {
            return false;
        };
        let mut stats = Stats::default();
        for cell in self.rows.iter().flatten() {
            stats.add(&Datum::of_text(cell.as_str().into(), true));
        }
        let mut columns = [Column::new(vec![name.clone()], stats)];
        assign(&mut columns);
        columns.iter().all(|column| column.role.tells())
    }
}

/// Refuses what no adapter can read, by what it shows.
fn refuse(bytes: &[u8]) -> Result<(), ReadError> {
    use ReadErrorKind as K;
    let kind = if bytes.is_empty() {
        K::Empty("the file has no bytes".to_owned())
    } else if bytes.trim_ascii().is_empty() {
        K::Empty("the file holds only white space".to_owned())
    } else if bytes.starts_with(b"version https://git-lfs") {
        K::Empty("this is a Git LFS pointer, not the file itself; fetch it with “git lfs pull”".to_owned())
    } else if let Some((_, what)) = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        K::Unsupported((*what).to_owned())
    } else if is_binary(bytes) {
        K::UnknownFormat("the file is binary, not text".to_owned())
    } else {
        return Ok(());
    };
    Err(ReadError::new(kind))
}

/// First bytes of formats that are known and not read, with the way round.
const MAGICS: &[(&[u8], &str)] = &[
    (
        b"PAR1",
        "Parquet files; in Python, pandas.read_parquet(…).to_json(…, orient=\"records\", lines=True) makes a table that it does read",
    ),
    (
        b"ARROW1",
        "Arrow files; in Python, pandas.read_feather(…).to_json(…, orient=\"records\", lines=True) makes a table that it does read",
    ),
    (
        b"FEA1",
        "Feather files; in Python, pandas.read_feather(…).to_json(…, orient=\"records\", lines=True) makes a table that it does read",
    ),
    (b"SQLite format 3", "SQLite databases; export the table as CSV"),
    (b"\x89HDF", "HDF5 files; export the table as CSV"),
    (b"%PDF", "PDF files; drop the results the report was made from"),
    (b"\xFD7zXZ", "xz archives; unpack the file first"),
    (b"BZh", "bzip2 archives; unpack the file first"),
    (b"7z\xBC\xAF", "7-Zip archives; unpack the file first"),
    (b"Rar!", "RAR archives; unpack the file first"),
    (b"\x80\x04", "Python pickles; write the results as JSON or CSV"),
    (b"\x80\x05", "Python pickles; write the results as JSON or CSV"),
    (b"\x93NUMPY", "NumPy arrays; write the results as CSV"),
    (b"\xD0\xCF\x11\xE0", "old Excel files; save the sheet as CSV"),
];

/// Whether zero bytes or many control characters show that it is no text.
fn is_binary(bytes: &[u8]) -> bool {
    let probe = bytes.get(..bytes.len().min(8192)).unwrap_or(bytes);
    let odd = probe.iter().filter(|b| matches!(b, 1..=8 | 14..=31 | 127)).count();
    probe.contains(&0) || odd * 20 > probe.len()
}

/// What a text that is neither JSON nor a table looks like, for the message.
fn guess(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(400)).unwrap_or(bytes));
    let start = text.trim_start();
    let looked = "JSON, JSONL, a table with a header, and the logs of the supported harnesses were looked for";
    let key = |line: &str| {
        let name = line.split_once(':').map_or("", |(name, _)| name);
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c))
    };
    let like = if start.starts_with("<!") || start.starts_with("<html") {
        "it looks like a web page; if a harness wrote it, have it write JSON instead"
    } else if start.starts_with('<') {
        "it looks like XML; if a harness wrote it, have it write JSON instead"
    } else if start.starts_with("---") || start.lines().next().is_some_and(key) {
        "it looks like YAML; if a harness wrote it, have it write JSON instead"
    } else {
        return format!("{looked}; it begins “{}”", shorten(start, 40));
    };
    format!("{looked}; {like}")
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

    /// The text of all cells, one after the other.
    #[must_use]
    pub fn text(&self) -> &'a [u8] {
        self.text
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
