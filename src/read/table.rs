//! Delimited tables: finding out how one is written, and splitting it into rows as it streams in.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::error::{ReadError, ReadErrorKind};
use super::head::{Dialect, Row};
use super::split::MAX_RECORD;

/// A row found in the stream.
#[derive(Clone, Copy, Debug)]
pub struct FoundRow<'a> {
    /// Its cells.
    pub row: Row<'a>,
    /// Byte offset of its start; a line end of the row before may stand there.
    pub offset: u64,
    /// Its length.
    pub length: u64,
    /// Its line, from 1.
    pub line: u64,
}

/// Splits a table into rows, the header among them.
pub struct Rows {
    reader: Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    text_length: usize,
    cells: usize,
    offset: u64,
    start: u64,
    line: u64,
    /// Lines before the stream that the reader does not see.
    before: u64,
    /// The last byte taken was a carriage return: the line ends, though the reader counts it at the line feed behind.
    returned: bool,
    /// An odd number of quotes was seen: a quoted cell is open.
    open_quote: bool,
}

impl Rows {
    /// A splitter for a table written so.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(dialect.delimiter).build(),
            text: vec![0; 16 << 10],
            ends: vec![0; 64],
            text_length: 0,
            cells: 0,
            offset: 0,
            start: 0,
            line: 1,
            before: 0,
            returned: false,
            open_quote: false,
        }
    }

    /// The stream begins behind a line of `length` bytes that says how the table is written.
    pub fn start_behind(&mut self, length: usize) {
        self.offset = length as u64;
        self.start = self.offset;
        self.before = 1;
        self.line = 2;
    }

    /// Takes a chunk and hands every row that ends in it to `each`.
    ///
    /// # Errors
    /// If a row is longer than any record may be.
    pub fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(FoundRow<'_>)) -> Result<(), ReadError> {
        self.open_quote ^= memchr::memchr_iter(b'"', chunk).count() % 2 == 1;
        let mut rest = chunk;
        while !rest.is_empty() {
            let (_, read) = self.step(rest, each)?;
            rest = rest.get(read..).unwrap_or_default();
        }
        Ok(())
    }

    /// Hands on the last row, if it has no end.
    ///
    /// # Errors
    /// If the row is longer than any record may be, or a cell in quotes has no end.
    pub fn end(&mut self, each: &mut dyn FnMut(FoundRow<'_>)) -> Result<(), ReadError> {
        let line = self.line;
        while !self.step(&[], each)?.0 {}
        if self.open_quote {
            let what = "a cell in quotes".to_owned();
            return Err(ReadError::new(ReadErrorKind::Truncated(what)).at_line(Some(line)));
        }
        Ok(())
    }

    /// One step of the state machine: whether the table has ended, and how many bytes were taken.
    fn step(&mut self, input: &[u8], each: &mut dyn FnMut(FoundRow<'_>)) -> Result<(bool, usize), ReadError> {
        let text = self.text.get_mut(self.text_length..).unwrap_or_default();
        let ends = self.ends.get_mut(self.cells..).unwrap_or_default();
        let (result, read, wrote, cells) = self.reader.read_record(input, text, ends);
        self.offset += read as u64;
        if let Some(last) = read.checked_sub(1).and_then(|last| input.get(last)) {
            self.returned = *last == b'\r';
        }
        self.text_length += wrote;
        self.cells += cells;
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::OutputFull => {
                if self.text.len() > MAX_RECORD {
                    let what = format!("a row is longer than {} MiB", MAX_RECORD >> 20);
                    let error = ReadError::new(ReadErrorKind::TooLarge(what));
                    return Err(error.at_line(Some(self.line)));
                }
                self.text.resize(self.text.len() * 2, 0);
            }
            ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            ReadRecordResult::Record => self.hand(each),
            ReadRecordResult::End => return Ok((true, read)),
        }
        Ok((false, read))
    }

    fn hand(&mut self, each: &mut dyn FnMut(FoundRow<'_>)) {
        let text = self.text.get(..self.text_length).unwrap_or_default();
        let ends = self.ends.get(..self.cells).unwrap_or_default();
        each(FoundRow {
            row: Row::new(text, ends),
            offset: self.start,
            length: self.offset - self.start,
            line: self.line,
        });
        self.text_length = 0;
        self.cells = 0;
        self.start = self.offset;
        self.line = self.reader.line() + self.before + u64::from(self.returned);
    }
}

/// The rows of a text that fits into memory, at most `limit`.
#[must_use]
pub fn split_rows(text: &[u8], dialect: Dialect, limit: usize) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut splitter = Rows::new(dialect);
    let mut take = |found: FoundRow<'_>| {
        if rows.len() < limit {
            let cells = 0..found.row.len();
            let cell = |i| String::from_utf8_lossy(found.row.cell(i)).into_owned();
            rows.push(cells.map(cell).collect());
        }
    };
    // A text that is cut off may end in an open quote: the rows before it stand.
    if splitter.feed(text, &mut take).is_ok() {
        let _ = splitter.end(&mut take);
    }
    rows
}

/// Length of the line `sep=;` that Excel takes as the delimiter, a byte-order mark before it included; `None` without.
#[must_use]
pub fn preamble(text: &[u8]) -> Option<usize> {
    let mark = text.len() - text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text).len();
    let start = text
        .get(mark..)?
        .get(..16)
        .unwrap_or_else(|| text.get(mark..).unwrap_or_default());
    let end = start.iter().position(|&b| b == b'\n')?;
    let line = start.get(..end)?.trim_ascii_end();
    (line.len() <= 5 && line.get(..4)?.eq_ignore_ascii_case(b"sep=")).then_some(mark + end + 1)
}

/// How a table is written, judged by its first bytes; `None` if it is no table of two or more columns.
///
/// Of comma, semicolon, tab and bar, the delimiter wins under which most of the first rows have as many cells as the
/// header; ties go to the one with more columns.
#[must_use]
pub fn detect(text: &[u8], whole: bool) -> Option<Dialect> {
    let mut best: Option<(usize, usize, Dialect)> = None;
    for delimiter in *b",;\t|" {
        let dialect = Dialect { delimiter };
        let mut rows = split_rows(text.get(..text.len().min(256 << 10)).unwrap_or(text), dialect, 200);
        if !whole && rows.len() > 1 {
            rows.pop();
        }
        let columns = rows.first().map_or(0, Vec::len);
        if columns < 2 {
            continue;
        }
        let fit = rows.iter().filter(|r| r.len() == columns).count();
        let share = fit * 1000 / rows.len();
        if share >= 500 && best.is_none_or(|(s, c, _)| (share, columns) > (s, c)) {
            best = Some((share, columns, dialect));
        }
    }
    best.map(|(_, _, dialect)| dialect)
}

/// What the commas in the numbers of a column are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comma {
    /// There are none.
    #[default]
    Absent,
    /// Decimal marks: `0,85`.
    Decimal,
    /// Between thousands: `1,234,567`.
    Thousands,
    /// They may be either: `1,234`, or some numbers have a comma and others a point.
    Unclear,
}

/// What the commas in the cells of each column are.
///
/// A number such as `0,85` or `12,5` has a decimal comma, since thousands come in threes; `1,234` may have either, and is
/// taken as the other columns of the table are, or as decimal in a table with semicolons, which is written so because the
/// comma is taken. A column that has numbers with a point as well stays unclear, and so does one with both kinds of comma.
#[must_use]
pub fn commas(rows: &[Vec<String>], columns: usize, delimiter: u8) -> Vec<Comma> {
    let mut counts = vec![[0_usize; 4]; columns];
    for row in rows {
        for (cell, count) in row.iter().zip(&mut counts) {
            if let Some(at) = comma_of(cell).and_then(|kind| count.get_mut(kind as usize)) {
                *at += 1;
            }
        }
    }
    let decimal = counts.iter().any(|c| c[Kind::Decimal as usize] > 0);
    let point = counts.iter().any(|c| c[Kind::Point as usize] > 0);
    let usual = decimal || (delimiter == b';' && !point);
    let of = |&[point, decimal, thousands, either]: &[usize; 4]| match (decimal, thousands, either) {
        (0, 0, 0) => Comma::Absent,
        (_, 0, _) if point == 0 && (decimal > 0 || usual) => Comma::Decimal,
        (0, 1.., _) => Comma::Thousands,
        _ => Comma::Unclear,
    };
    counts.iter().map(of).collect()
}

/// How a number is written.
#[derive(Clone, Copy)]
enum Kind {
    Point,
    Decimal,
    Thousands,
    Either,
}

/// How the number in a cell is written; `None` for one without a mark and for anything else.
fn comma_of(cell: &str) -> Option<Kind> {
    let cell = cell.trim().trim_end_matches('%').trim_end();
    let number = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let mantissa = number.split(['e', 'E']).next().unwrap_or(number);
    let grouped = |text: &str, mark: char| {
        let mut groups = text.split(mark);
        groups
            .next()
            .is_some_and(|g| digits(g) && g.len() <= 3 && !g.starts_with('0'))
            && groups.all(|g| digits(g) && g.len() == 3)
    };
    match (mantissa.matches(',').count(), mantissa.split_once('.')) {
        (0, Some((whole, part))) => (digits(whole) && digits(part)).then_some(Kind::Point),
        (0, None) => None,
        // `1.234,5`
        (1, Some(_)) if mantissa.find('.') < mantissa.find(',') => {
            let (whole, part) = mantissa.split_once(',')?;
            (grouped(whole, '.') && digits(part)).then_some(Kind::Decimal)
        }
        // `1,234.5`
        (_, Some((whole, part))) => (grouped(whole, ',') && digits(part)).then_some(Kind::Thousands),
        (1, None) => {
            let (whole, part) = mantissa.split_once(',')?;
            let kind = if grouped(mantissa, ',') {
                Kind::Either
            } else {
                Kind::Decimal
            };
            (digits(whole) && digits(part)).then_some(kind)
        }
        (_, None) => grouped(mantissa, ',').then_some(Kind::Thousands),
    }
}

/// Column names made unique and none empty: `Score`, `Score.1`; an unnamed column becomes `column 1`.
#[must_use]
pub fn unique_names(names: &[String]) -> Vec<String> {
    let mut unique: Vec<String> = Vec::with_capacity(names.len());
    for (i, name) in names.iter().enumerate() {
        let name = name.trim();
        let base = if name.is_empty() {
            format!("column {}", i + 1)
        } else {
            name.to_owned()
        };
        let mut candidate = base.clone();
        let mut copy = 0;
        while unique.contains(&candidate) {
            copy += 1;
            candidate = format!("{base}.{copy}");
        }
        unique.push(candidate);
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_told_apart() {
        let told = |text: &str| detect(text.as_bytes(), true).map(|d| char::from(d.delimiter));
        assert_eq!(told("id,p\n1,0.5\n"), Some(','));
        assert_eq!(told("id;p;t\r\n1;0,5;a, b\r\n2;1;c\r\n"), Some(';'));
        assert_eq!(told("id\tp\n1\t0.5\n"), Some('\t'));
        assert_eq!(told("id|text|p\n1|\"a|b\nc\"|2\n"), Some('|'));
        assert_eq!(told("just words\nand words\n"), None);
        assert_eq!(preamble(b"sep=;\r\nid;p\r\n"), Some(7));
        assert_eq!(preamble(b"\xEF\xBB\xBFsep=\t\nid"), Some(9));
        assert_eq!(preamble(b"sepal;p\n"), None);
    }

    #[test]
    fn rows_keep_their_place_whatever_the_chunks() {
        let text = "a,b\r\n1,\"x\r\ny\"\r\n\r\n2,z";
        let dialect = Dialect { delimiter: b',' };
        for chunk in 1..text.len() {
            let mut seen = Vec::new();
            let mut rows = Rows::new(dialect);
            let mut note = |f: FoundRow<'_>| {
                let from = usize::try_from(f.offset).unwrap();
                let to = from + usize::try_from(f.length).unwrap();
                assert_eq!(f.row.len(), 2);
                seen.push((text[from..to].trim().to_owned(), f.row.cell(1).to_vec(), f.line));
            };
            for part in text.as_bytes().chunks(chunk) {
                rows.feed(part, &mut note).unwrap();
            }
            rows.end(&mut note).unwrap();
            // The line of a row is where the one before it ends: an empty line between them is the row's.
            let expected = [("a,b", "b", 1), ("1,\"x\r\ny\"", "x\r\ny", 2), ("2,z", "z", 4)];
            let expected = expected.map(|(t, c, line)| (t.to_owned(), c.as_bytes().to_vec(), line));
            assert_eq!(seen, expected, "chunks of {chunk}");
        }
    }

    #[test]
    fn commas_are_told_apart_column_by_column() {
        use Comma::{Absent, Decimal, Thousands, Unclear};
        let told = |cells: &[&[&str]], delimiter: u8| {
            let rows: Vec<Vec<String>> = cells
                .iter()
                .map(|r| r.iter().map(|c| (*c).to_owned()).collect())
                .collect();
            commas(&rows, rows[0].len(), delimiter)
        };
        assert_eq!(
            told(&[&["0,85", "1.5", "a, b"], &["1", "2.5", "c"]], b','),
            [Decimal, Absent, Absent]
        );
        assert_eq!(told(&[&["1,234"], &["999"]], b','), [Unclear]);
        assert_eq!(told(&[&["1,234"], &["999"]], b';'), [Decimal]);
        assert_eq!(told(&[&["1,234", "0.5"], &["999", "1"]], b';'), [Unclear, Absent]);
        assert_eq!(told(&[&["1,234", "0,5"], &["999", "1"]], b'\t'), [Decimal, Decimal]);
        assert_eq!(told(&[&["1,234"], &["1,234,567"]], b','), [Thousands]);
        assert_eq!(told(&[&["1,234.5"], &["12.5"]], b','), [Thousands]);
        assert_eq!(told(&[&["1.234,5"], &["12,5 %"]], b';'), [Decimal]);
        assert_eq!(told(&[&["0,5"], &["0.5"]], b';'), [Unclear]);
        assert_eq!(told(&[&["0,850"], &["-1,5e-3"]], b','), [Decimal]);
    }

    #[test]
    fn names_become_unique() {
        let names = ["", "Score", "Score", " "].map(str::to_owned);
        assert_eq!(unique_names(&names), ["column 1", "Score", "Score.1", "column 4"]);
    }
}
