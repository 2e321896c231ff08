//! Finding records in a stream: whole records are handed on where they lie, only an incomplete tail is moved.

use memchr::memchr;

use super::RecordPath;
use super::error::{ReadError, ReadErrorKind};
use super::json::{MAX_DEPTH, find_quote};

/// Longest record that is read. A longer one is no sample, and would not fit into a browser's memory beside the page.
pub const MAX_RECORD: usize = 512 << 20;
/// Most that is kept of a document around its records.
pub const MAX_ENVELOPE: usize = 128 << 20;

/// A record found in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// Its text.
    pub bytes: &'a [u8],
    /// Byte offset of its start in the stream.
    pub offset: u64,
    /// Its line, from 1, if the stream is split by lines.
    pub line: Option<u64>,
    /// Its key, quotes removed and escapes in place, if records are the values of an object.
    pub key: Option<&'a [u8]>,
    /// Index of the [`RecordPath`].
    pub path: usize,
}

/// Splits by lines; blank lines are skipped.
#[derive(Debug, Default)]
pub struct Lines {
    carry: Vec<u8>,
    offset: u64,
    line: u64,
}

impl Lines {
    /// A splitter whose first byte stands at `offset` of the stream.
    #[must_use]
    pub fn new(offset: u64) -> Self {
        Self {
            offset,
            ..Self::default()
        }
    }

    /// Takes a chunk and hands every line that ends in it to `each`.
    ///
    /// # Errors
    /// If a line is longer than [`MAX_RECORD`].
    pub fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Found<'_>)) -> Result<(), ReadError> {
        let mut rest = chunk;
        if !self.carry.is_empty() {
            let Some(end) = memchr(b'\n', rest) else {
                return self.keep(rest);
            };
            let (head, tail) = rest.split_at(end + 1);
            self.keep(head)?;
            let line = std::mem::take(&mut self.carry);
            self.hand(line.get(..line.len() - 1).unwrap_or_default(), each);
            self.offset += 1;
            self.carry = line;
            self.carry.clear();
            rest = tail;
        }
        while let Some(end) = memchr(b'\n', rest) {
            let (line, tail) = rest.split_at(end);
            self.hand(line, each);
            self.offset += 1;
            rest = tail.get(1..).unwrap_or_default();
        }
        self.keep(rest)
    }

    /// Hands on the last line, if it has no end.
    pub fn end(&mut self, each: &mut dyn FnMut(Found<'_>)) {
        let line = std::mem::take(&mut self.carry);
        self.hand(&line, each);
    }

    fn hand(&mut self, line: &[u8], each: &mut dyn FnMut(Found<'_>)) {
        self.line += 1;
        let bytes = line.trim_ascii();
        if !bytes.is_empty() {
            let skipped = line.len() - line.trim_ascii_start().len();
            each(Found {
                bytes,
                offset: self.offset + skipped as u64,
                line: Some(self.line),
                key: None,
                path: 0,
            });
        }
        self.offset += line.len() as u64;
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        self.carry.extend_from_slice(bytes);
        if self.carry.len() > MAX_RECORD {
            return Err(too_long(self.offset).at_line(Some(self.line + 1)));
        }
        Ok(())
    }
}

fn too_long(offset: u64) -> ReadError {
    let limit = MAX_RECORD >> 20;
    let what = format!("one record is longer than {limit} MiB");
    ReadError::new(ReadErrorKind::TooLarge(what)).from_byte(offset)
}

/// Splits one JSON document: the elements of the wanted containers are records, all else is the envelope.
#[derive(Debug)]
pub struct Document {
    paths: Vec<RecordPath>,
    /// Everything outside records, the containers emptied; valid JSON if the document is.
    pub envelope: Vec<u8>,
    /// Containers open outside records, outermost first.
    frames: Vec<Frame>,
    mode: Mode,
    carry: Vec<u8>,
    /// Key of the member whose value comes next or is being read.
    key: Vec<u8>,
    offset: u64,
    record_start: u64,
    scan: Scan,
    /// Whether the envelope was cut at [`MAX_ENVELOPE`].
    pub cut: bool,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    object: bool,
    /// Paths that still match, as bits.
    matching: u32,
    /// Index of the path whose container this is.
    container: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Before a value.
    Value,
    /// In an object, before a key or its end.
    Key,
    /// In a key, after its opening quote.
    InKey { escape: bool },
    /// After a key.
    Colon,
    /// In a string value outside records.
    InString { escape: bool },
    /// In a number, true, false or null outside records.
    InScalar,
    /// After a value.
    After,
    /// In a record.
    InRecord,
    /// After the document.
    Done,
}

/// Finds the end of one value across chunks: strings are stepped over, brackets counted.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    depth: u32,
    string: bool,
    escape: bool,
    scalar: bool,
}

/// Bytes that matter outside strings.
const STRUCTURAL: [bool; 256] = {
    let mut table = [false; 256];
    table[b'"' as usize] = true;
    table[b'{' as usize] = true;
    table[b'}' as usize] = true;
    table[b'[' as usize] = true;
    table[b']' as usize] = true;
    table
};

impl Scan {
    /// Goes on from `at`; the end of the value if it ends in `bytes` (exclusive).
    fn run(&mut self, bytes: &[u8], mut at: usize) -> Option<usize> {
        if self.scalar {
            let rest = bytes.get(at..)?;
            let end = rest.iter().position(|b| b",]} \n\r\t".contains(b))?;
            return Some(at + end);
        }
        loop {
            if self.string {
                at = self.run_string(bytes, at)?;
                if self.depth == 0 {
                    return Some(at);
                }
            }
            let rest = bytes.get(at..)?;
            at += rest.iter().position(|&b| STRUCTURAL[b as usize])?;
            match bytes.get(at)? {
                b'"' => self.string = true,
                b'{' | b'[' => self.depth += 1,
                _ => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
            }
            at += 1;
        }
    }

    /// Steps over the rest of a string; the byte behind its closing quote.
    fn run_string(&mut self, bytes: &[u8], mut at: usize) -> Option<usize> {
        loop {
            if self.escape {
                bytes.get(at)?;
                self.escape = false;
                at += 1;
            }
            at += find_quote(bytes.get(at..)?)?;
            if bytes.get(at) == Some(&b'"') {
                self.string = false;
                return Some(at + 1);
            }
            self.escape = true;
            at += 1;
        }
    }
}

impl Document {
    /// A splitter that looks for the containers at `paths` (at most 32); its first byte stands at `offset` of the stream.
    #[must_use]
    pub fn new(paths: Vec<RecordPath>, offset: u64) -> Self {
        Self {
            paths,
            envelope: Vec::new(),
            frames: Vec::new(),
            mode: Mode::Value,
            carry: Vec::new(),
            key: Vec::new(),
            offset,
            record_start: 0,
            scan: Scan::default(),
            cut: false,
        }
    }

    /// Takes a chunk and hands every record that ends in it to `each`.
    ///
    /// # Errors
    /// If the document is not JSON outside its records; records before the fault were handed on.
    pub fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Found<'_>)) -> Result<(), ReadError> {
        let mut at = 0;
        while at < chunk.len() {
            at = match self.mode {
                Mode::InRecord => self.in_record(chunk, at, each)?,
                Mode::InKey { escape } => self.in_key(chunk, at, escape),
                Mode::InString { escape } => self.in_string(chunk, at, escape),
                Mode::InScalar => self.in_scalar(chunk, at),
                _ => self.between(chunk, at)?,
            };
        }
        self.offset += chunk.len() as u64;
        Ok(())
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// If the document is not complete; [`Self::envelope`] is then closed as far as possible by the prefix parser.
    pub fn end(&mut self) -> Result<(), ReadError> {
        let complete = match self.mode {
            Mode::Done => true,
            Mode::InScalar => self.frames.is_empty(),
            _ => false,
        };
        if complete {
            return Ok(());
        }
        let what = match self.mode {
            Mode::InRecord => "a record",
            _ => "a JSON document",
        };
        Err(ReadError::new(ReadErrorKind::Truncated(what.to_owned())).from_byte(self.offset))
    }

    /// Steps over white space and takes the next structural byte.
    fn between(&mut self, chunk: &[u8], at: usize) -> Result<usize, ReadError> {
        let byte = chunk.get(at).copied().unwrap_or(b' ');
        if byte.is_ascii_whitespace() {
            return Ok(at + 1);
        }
        let in_container = self.frames.last().is_some_and(|f| f.container.is_some());
        match (self.mode, byte) {
            (Mode::Value, b']') if self.may_close(b']') => self.close(byte),
            (Mode::Value, _) if in_container => {
                self.begin_record(byte, at)?;
                return Ok(at);
            }
            (Mode::Value, _) => return self.value(byte, at),
            (Mode::Key, b'"') => {
                self.key.clear();
                self.mode = Mode::InKey { escape: false };
            }
            (Mode::Key, b'}') if self.may_close(b'}') => self.close(byte),
            (Mode::Colon, b':') => {
                if !in_container {
                    self.put(b":");
                }
                self.mode = Mode::Value;
            }
            (Mode::After, b',') => {
                if !in_container {
                    self.put(b",");
                }
                let object = self.frames.last().is_some_and(|f| f.object);
                self.mode = if object { Mode::Key } else { Mode::Value };
            }
            (Mode::After, b']' | b'}') if self.may_close(byte) => self.close(byte),
            _ => return Err(self.fault(byte, at)),
        }
        Ok(at + 1)
    }

    /// A value outside records begins.
    fn value(&mut self, byte: u8, at: usize) -> Result<usize, ReadError> {
        match byte {
            b'{' | b'[' => {
                self.open(byte, at)?;
                self.put(&[byte]);
            }
            b'"' => {
                self.put(b"\"");
                self.mode = Mode::InString { escape: false };
            }
            b'-' | b'0'..=b'9' | b'a'..=b'z' | b'N' | b'I' => {
                self.mode = Mode::InScalar;
                return Ok(at);
            }
            _ => return Err(self.fault(byte, at)),
        }
        Ok(at + 1)
    }

    /// An array or object outside records opens: notes which paths go through it and whether it holds records.
    fn open(&mut self, byte: u8, at: usize) -> Result<(), ReadError> {
        let object = byte == b'{';
        let depth = self.frames.len();
        if depth >= MAX_DEPTH {
            return Err(self.fault(byte, at));
        }
        let before = match self.frames.last() {
            None => u32::MAX,
            Some(frame) if frame.object => frame.matching,
            Some(_) => 0,
        };
        let mut matching = 0;
        let mut container = None;
        for (i, path) in self.paths.iter().enumerate().take(32) {
            let key_matches = match depth.checked_sub(1) {
                None => true,
                Some(last) => path.keys.get(last).is_some_and(|k| k.as_bytes() == self.key),
            };
            if before & (1 << i) == 0 || !key_matches {
                continue;
            }
            if path.keys.len() > depth {
                matching |= 1 << i;
            } else if path.keys.len() == depth && path.keyed == object {
                container = container.or(Some(i));
            }
        }
        self.frames.push(Frame {
            object,
            matching,
            container,
        });
        self.mode = if object { Mode::Key } else { Mode::Value };
        Ok(())
    }

    /// Whether `byte` closes the innermost container.
    fn may_close(&self, byte: u8) -> bool {
        self.frames.last().is_some_and(|f| f.object == (byte == b'}'))
    }

    fn close(&mut self, byte: u8) {
        self.put(&[byte]);
        self.frames.pop();
        self.mode = if self.frames.is_empty() {
            Mode::Done
        } else {
            Mode::After
        };
    }

    fn begin_record(&mut self, byte: u8, at: usize) -> Result<(), ReadError> {
        let known = matches!(byte, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b'a'..=b'z' | b'N' | b'I');
        if !known {
            return Err(self.fault(byte, at));
        }
        self.record_start = self.offset + at as u64;
        self.scan = Scan {
            scalar: !matches!(byte, b'{' | b'[' | b'"'),
            ..Scan::default()
        };
        self.carry.clear();
        self.mode = Mode::InRecord;
        Ok(())
    }

    fn in_record(&mut self, chunk: &[u8], at: usize, each: &mut dyn FnMut(Found<'_>)) -> Result<usize, ReadError> {
        let end = self.scan.run(chunk, at);
        let part = chunk.get(at..end.unwrap_or(chunk.len())).unwrap_or_default();
        if end.is_none() || !self.carry.is_empty() {
            self.carry.extend_from_slice(part);
        }
        let Some(end) = end else {
            if self.carry.len() > MAX_RECORD {
                return Err(too_long(self.record_start));
            }
            return Ok(chunk.len());
        };
        let frame = self.frames.last();
        let bytes = if self.carry.is_empty() { part } else { &self.carry };
        each(Found {
            bytes,
            offset: self.record_start,
            line: None,
            key: frame.is_some_and(|f| f.object).then_some(&self.key),
            path: frame.and_then(|f| f.container).unwrap_or(0),
        });
        self.carry.clear();
        self.mode = Mode::After;
        Ok(end)
    }

    fn in_key(&mut self, chunk: &[u8], at: usize, escape: bool) -> usize {
        let (end, mode) = string_end(chunk, at, escape);
        self.key.extend_from_slice(chunk.get(at..end).unwrap_or_default());
        match mode {
            Some(escape) => {
                self.mode = Mode::InKey { escape };
                end
            }
            None => {
                let in_container = self.frames.last().is_some_and(|f| f.container.is_some());
                if !in_container {
                    let key = std::mem::take(&mut self.key);
                    self.put(b"\"");
                    self.put(&key);
                    self.put(b"\"");
                    self.key = key;
                }
                self.mode = Mode::Colon;
                end + 1
            }
        }
    }

    fn in_string(&mut self, chunk: &[u8], at: usize, escape: bool) -> usize {
        let (end, mode) = string_end(chunk, at, escape);
        self.put(chunk.get(at..end).unwrap_or_default());
        match mode {
            Some(escape) => {
                self.mode = Mode::InString { escape };
                end
            }
            None => {
                self.put(b"\"");
                self.after_scalar();
                end + 1
            }
        }
    }

    fn in_scalar(&mut self, chunk: &[u8], at: usize) -> usize {
        let rest = chunk.get(at..).unwrap_or_default();
        let end = rest.iter().position(|b| b",]} \n\r\t".contains(b));
        self.put(rest.get(..end.unwrap_or(rest.len())).unwrap_or_default());
        if let Some(end) = end {
            self.after_scalar();
            return at + end;
        }
        chunk.len()
    }

    fn after_scalar(&mut self) {
        self.mode = if self.frames.is_empty() {
            Mode::Done
        } else {
            Mode::After
        };
    }

    fn put(&mut self, bytes: &[u8]) {
        self.cut |= self.envelope.len() + bytes.len() > MAX_ENVELOPE;
        if !self.cut {
            self.envelope.extend_from_slice(bytes);
        }
    }

    fn fault(&self, byte: u8, at: usize) -> ReadError {
        let wanted = match self.mode {
            Mode::Key => "a name in quotes",
            Mode::Colon => "“:”",
            Mode::After => "“,” or a closing bracket",
            Mode::Done => "the end",
            _ => "a value",
        };
        let found = char::from(byte);
        let why = format!("{wanted} expected, found {found}");
        ReadError::new(ReadErrorKind::NotJson(why)).from_byte(self.offset + at as u64)
    }
}

/// From inside a string at `at`: where it ends in `chunk` with `None`, or the chunk's end with the escape state.
fn string_end(chunk: &[u8], at: usize, escape: bool) -> (usize, Option<bool>) {
    let mut scan = Scan {
        string: true,
        escape,
        ..Scan::default()
    };
    match scan.run_string(chunk, at) {
        Some(behind) => (behind - 1, None),
        None => (chunk.len(), Some(scan.escape)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Seen = Vec<(String, u64, Option<u64>, Option<String>, usize)>;

    fn note(seen: &mut Seen, found: Found<'_>) {
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        let key = found.key.map(text);
        seen.push((text(found.bytes), found.offset, found.line, key, found.path));
    }

    fn split(text: &[u8], sizes: &[usize], paths: Vec<RecordPath>) -> (Seen, String, bool) {
        let mut seen = Vec::new();
        let mut document = Document::new(paths, 0);
        let mut at = 0;
        let mut sizes = sizes.iter().cycle();
        let mut good = true;
        while at < text.len() && good {
            let end = text.len().min(at + sizes.next().copied().unwrap_or(1));
            good = document.feed(&text[at..end], &mut |f| note(&mut seen, f)).is_ok();
            at = end;
        }
        good &= document.end().is_ok();
        (seen, String::from_utf8_lossy(&document.envelope).into_owned(), good)
    }

    const SAMPLE: &[u8] = br#"{"v": 3, "r": {"x": ["]", 1.5], "list": [{"a": "}\"]"}, 7 , "s\\", [[1],{}]], "z": null},
        "k": {"q\"1": {"b": 2}, "q2": true}}"#;

    fn paths() -> Vec<RecordPath> {
        vec![RecordPath::list(&["r", "list"]), RecordPath::keyed(&["k"])]
    }

    #[test]
    fn records_are_found_and_the_rest_is_the_envelope() {
        let (seen, envelope, good) = split(SAMPLE, &[4096], paths());
        assert!(good);
        let texts: Vec<_> = seen.iter().map(|s| s.0.as_str()).collect();
        let expected = [r#"{"a": "}\"]"}"#, "7", r#""s\\""#, "[[1],{}]", r#"{"b": 2}"#, "true"];
        assert_eq!(texts, expected);
        assert_eq!(seen[4].3.as_deref(), Some(r#"q\"1"#));
        assert_eq!((seen[4].4, seen[0].4), (1, 0));
        let expected = r#"{"v":3,"r":{"x":["]",1.5],"list":[],"z":null},"k":{}}"#;
        assert_eq!(envelope, expected);
        for (text, offset, ..) in &seen {
            let at = usize::try_from(*offset).unwrap();
            assert_eq!(&SAMPLE[at..at + text.len()], text.as_bytes());
        }
    }

    #[test]
    fn faults_are_found() {
        for text in ["[{} {}]", "[1,2", "{\"a\":}", "[}", "[1]x", "{a:1}", ""] {
            let (_, _, good) = split(text.as_bytes(), &[1], vec![RecordPath::list(&[])]);
            assert!(!good, "{text}");
        }
    }

    #[test]
    fn lines_count_blank_ones_and_carriage_returns() {
        let text = b"{}\r\n\n [1]\nlast";
        let mut seen = Vec::new();
        let mut lines = Lines::default();
        for byte in text {
            lines.feed(&[*byte], &mut |f| note(&mut seen, f)).unwrap();
        }
        lines.end(&mut |f| note(&mut seen, f));
        let short: Vec<_> = seen.iter().map(|s| (s.0.as_str(), s.1, s.2)).collect();
        assert_eq!(short, [("{}", 0, Some(1)), ("[1]", 6, Some(3)), ("last", 10, Some(4))]);
    }

    proptest! {
        #[test]
        fn chunk_boundaries_change_nothing(sizes in proptest::collection::vec(1usize..9, 1..20)) {
            prop_assert_eq!(split(SAMPLE, &sizes, paths()), split(SAMPLE, &[4096], paths()));
        }
    }
}
