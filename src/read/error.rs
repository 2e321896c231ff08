//! What can be wrong with a file, said so that its owner can act: what is wrong · where · what to do.

use std::fmt;

use crate::run::Problem;

/// Where in the input something stands. Parts that are not known are left empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// File name, with `!member` behind it for a member of an archive.
    pub file: String,
    /// Line number, 1-based.
    pub line: Option<u64>,
    /// Byte offset, 0-based, in the decoded text.
    pub byte: Option<u64>,
    /// JSON pointer inside the document or record (`/results/3/score`), or the name of a column.
    pub pointer: String,
    /// Id of the sample.
    pub sample: String,
}

/// `file, line 3 (byte 120), /score, sample a7`: only the parts that are known.
impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.file.is_empty() {
            parts.push(self.file.clone());
        }
        match (self.line, self.byte) {
            (Some(line), Some(byte)) => parts.push(format!("line {line} (byte {byte})")),
            (Some(line), None) => parts.push(format!("line {line}")),
            (None, Some(byte)) => parts.push(format!("byte {byte}")),
            (None, None) => {}
        }
        if !self.pointer.is_empty() {
            parts.push(self.pointer.clone());
        }
        if !self.sample.is_empty() {
            parts.push(format!("sample {}", shorten(&self.sample, 40)));
        }
        f.write_str(&parts.join(", "))
    }
}

/// What is wrong, by what its owner can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// The file has no bytes, or no records. The text says what was found instead.
    Empty(String),
    /// Nobody knows this shape; the text says what was looked for and what stands there.
    UnknownFormat(String),
    /// Two adapters claim the file: their names.
    Ambiguous(Vec<String>),
    /// The text is not JSON; what stands there instead.
    NotJson(String),
    /// The text is not a table; why.
    NotTable(String),
    /// A field that is needed is not there.
    MissingField(String),
    /// A field holds something of the wrong kind: field, what is needed, what was given.
    WrongType {
        /// The field.
        field: String,
        /// What would do.
        needed: String,
        /// What stands there.
        given: String,
    },
    /// A record that shares no field with the others: a header or summary among the samples.
    OtherShape,
    /// A number outside its range: field, allowed, given.
    OutOfRange {
        /// The field.
        field: String,
        /// The range that is allowed.
        allowed: String,
        /// What stands there.
        given: String,
    },
    /// Written by a newer version than this program knows.
    NewerVersion(String),
    /// A format that is known but not read here; the text says how to convert it.
    Unsupported(String),
    /// Packed so that it unpacks to absurd sizes; the numbers, in words. Nothing of such a file is kept.
    Bomb(String),
    /// Larger than can be taken: what, its size and the limit, in words.
    TooLarge(String),
    /// The file stops in the middle; what was being read.
    Truncated(String),
    /// The file cannot be opened; why.
    Unopened(String),
    /// Encrypted archive member.
    Encrypted,
    /// Text in another encoding than UTF-8 or UTF-16.
    NotUtf8,
    /// The archive, compression or encoding is damaged; how.
    Damaged(String),
}

/// A thing wrong with the input: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// What is wrong.
    pub kind: ReadErrorKind,
    /// Where.
    pub spot: Box<Spot>,
}

impl ReadError {
    /// An error whose place is not known yet; [`Self::in_file`] and [`Self::at_line`] add it.
    #[must_use]
    pub fn new(kind: ReadErrorKind) -> Self {
        Self {
            kind,
            spot: Box::default(),
        }
    }

    /// A field that is needed is not there.
    #[must_use]
    pub fn missing(field: &str) -> Self {
        Self::new(ReadErrorKind::MissingField(field.to_owned()))
    }

    /// A field holds something of the wrong kind.
    #[must_use]
    pub fn wrong_type(field: &str, needed: &str, given: &str) -> Self {
        Self::new(ReadErrorKind::WrongType {
            field: field.to_owned(),
            needed: needed.to_owned(),
            given: given.to_owned(),
        })
    }

    /// A number outside its range.
    #[must_use]
    pub fn out_of_range(field: &str, allowed: &str, given: &str) -> Self {
        Self::new(ReadErrorKind::OutOfRange {
            field: field.to_owned(),
            allowed: allowed.to_owned(),
            given: given.to_owned(),
        })
    }

    /// Adds the file name, if none is known yet.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        if self.spot.file.is_empty() {
            file.clone_into(&mut self.spot.file);
        }
        self
    }

    /// Adds the line, if none is known yet.
    #[must_use]
    pub fn at_line(mut self, line: Option<u64>) -> Self {
        self.spot.line = self.spot.line.or(line);
        self
    }

    /// Adds the byte offset at which the record starts: a byte already known is counted from there.
    #[must_use]
    pub fn from_byte(mut self, start: u64) -> Self {
        self.spot.byte = Some(start + self.spot.byte.unwrap_or(0));
        self
    }

    /// Adds the JSON pointer or column name.
    #[must_use]
    pub fn at_pointer(mut self, pointer: &str) -> Self {
        pointer.clone_into(&mut self.spot.pointer);
        self
    }

    /// Adds the sample's id.
    #[must_use]
    pub fn of_sample(mut self, id: &str) -> Self {
        id.clone_into(&mut self.spot.sample);
        self
    }

    /// The error as one problem of a run or file, concerning one record.
    #[must_use]
    pub fn problem(&self, left_out: bool) -> Problem {
        Problem {
            text: format!("{}. {}", self.what(), self.remedy_of_part()),
            place: self.spot.to_string(),
            count: 1,
            left_out,
        }
    }

    /// What is wrong: one sentence without its full stop.
    #[must_use]
    pub fn what(&self) -> String {
        use ReadErrorKind as K;
        match &self.kind {
            K::Empty(found) => format!("There is nothing to read: {found}"),
            K::UnknownFormat(looked) => format!("This is not a format Assay knows: {looked}"),
            K::Ambiguous(names) => format!("The file could be {}", names.join(" or ")),
            K::NotJson(why) => format!("This is not JSON: {why}"),
            K::NotTable(why) => format!("This is not a table: {why}"),
            K::MissingField(field) => format!("The field “{field}” is missing"),
            K::WrongType { field, needed, given } => {
                format!("The field “{field}” must be {needed}, not {}", shorten(given, 60))
            }
            K::OtherShape => "The record has none of the fields that the others have".to_owned(),
            K::OutOfRange { field, allowed, given } => {
                format!("The field “{field}” must be {allowed}, not {}", shorten(given, 40))
            }
            K::NewerVersion(version) => {
                format!("The file is of a newer version than Assay reads: {version}")
            }
            K::Unsupported(what) => format!("Assay does not read {what}"),
            K::Bomb(what) => format!("This looks like a decompression bomb: {what}"),
            K::TooLarge(what) => format!("This is too large: {what}"),
            K::Truncated(what) => format!("The file stops in the middle of {what}"),
            K::Unopened(why) => format!("The file cannot be opened: {why}"),
            K::Encrypted => "The archive is encrypted".to_owned(),
            K::NotUtf8 => "The text is not UTF-8, so some letters are shown as �".to_owned(),
            K::Damaged(how) => format!("The file is damaged: {how}"),
        }
    }

    /// What to do where the rest of the file was read.
    fn remedy_of_part(&self) -> String {
        match &self.kind {
            ReadErrorKind::Truncated(_) => "Copy or write the file again; what came before was kept.".to_owned(),
            _ => self.remedy(),
        }
    }

    /// What to do: one sentence with its full stop.
    #[must_use]
    pub fn remedy(&self) -> String {
        use ReadErrorKind as K;
        match &self.kind {
            K::Empty(_) => "Check that the evaluation wrote its results.".to_owned(),
            K::UnknownFormat(_) => {
                "Drop a result file of a supported harness, or a CSV, JSON or JSONL table with one row per sample."
                    .to_owned()
            }
            K::Ambiguous(_) => "Choose the format.".to_owned(),
            K::NotJson(_) => "Correct the text there, or write the file again.".to_owned(),
            K::NotTable(_) => "Correct the table there, or export it again.".to_owned(),
            K::MissingField(_) => "Write the evaluation again with this field.".to_owned(),
            K::OtherShape => "It is no sample, unless its fields are called otherwise.".to_owned(),
            K::WrongType { .. } | K::OutOfRange { .. } => "Correct the value.".to_owned(),
            K::NewerVersion(_) => "Update Assay, or write the file with an older version.".to_owned(),
            K::Unsupported(what) if what.contains("no samples") => "Drop the file that holds the samples.".to_owned(),
            K::Unsupported(_) => "Convert it and drop the result.".to_owned(),
            K::Bomb(_) => {
                "Nothing of it was kept; unpack it yourself if you trust it, and drop the files inside.".to_owned()
            }
            K::TooLarge(_) => "Split the file, or read it with the assay command.".to_owned(),
            K::Truncated(_) => "Copy or write the file again.".to_owned(),
            K::Unopened(_) => "Check its name and who may read it.".to_owned(),
            K::Encrypted => "Decrypt it first.".to_owned(),
            K::NotUtf8 => "Save the file as UTF-8.".to_owned(),
            K::Damaged(_) => "Copy or write the file again.".to_owned(),
        }
    }
}

/// `what (where). What to do.`
impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.spot.to_string();
        if place.is_empty() {
            write!(f, "{}. {}", self.what(), self.remedy())
        } else {
            write!(f, "{place}: {}. {}", self.what(), self.remedy())
        }
    }
}

impl std::error::Error for ReadError {}

/// Content of the user's, cut to `limit` characters for a message, control characters replaced by spaces.
#[must_use]
pub fn shorten(text: &str, limit: usize) -> String {
    let mut out: String = text
        .chars()
        .take(limit)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(limit).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_where_what_and_what_to_do() {
        let error = ReadError::out_of_range("y_prob", "between 0 and 1", "1.2")
            .in_file("a.csv")
            .at_line(Some(3))
            .of_sample("x7");
        assert_eq!(
            error.to_string(),
            "a.csv, line 3, sample x7: The field “y_prob” must be between 0 and 1, not 1.2. Correct the value."
        );
    }

    #[test]
    fn user_content_is_shortened_and_one_line() {
        assert_eq!(shorten("ab\ncd", 10), "ab cd");
        assert_eq!(shorten("abcdef", 3), "abc…");
    }
}
