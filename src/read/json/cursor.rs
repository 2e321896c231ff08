//! A checked walk over JSON text that allocates nothing: what the tree parser and the hot path of tables stand on.

use memchr::memchr2;

use super::super::error::{ReadError, ReadErrorKind, shorten};
use super::Text;

/// Deepest nesting that is read; deeper is an error, so that hostile input cannot exhaust the stack.
pub const MAX_DEPTH: usize = 128;

/// A position in JSON text. Every method starts at the cursor and leaves it behind what it read.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The text may stop anywhere: close what is open.
    pub(super) partial: bool,
    /// A partial text has stopped.
    pub(super) stopped: bool,
}

/// A value as the walk meets it: scalars read, containers as their checked text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written; also `NaN`, `Infinity`, `-Infinity`.
    Number(&'a [u8]),
    /// A string.
    Text(Text<'a>),
    /// An array, brackets included.
    Array(&'a [u8]),
    /// An object, braces included.
    Object(&'a [u8]),
}

impl<'a> Cursor<'a> {
    /// At the start of `bytes`, behind a byte-order mark.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        let at = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        Self {
            bytes,
            at,
            partial: false,
            stopped: false,
        }
    }

    /// As [`Self::new`], for text that may stop anywhere.
    pub(super) fn partial(bytes: &'a [u8]) -> Self {
        Self {
            partial: true,
            ..Self::new(bytes)
        }
    }

    /// Byte offset of the cursor.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.at
    }

    /// The byte at the cursor.
    #[must_use]
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Steps over white space.
    #[inline]
    pub fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// Checks that only white space is left.
    ///
    /// # Errors
    /// If anything else stands there.
    pub fn end(&mut self) -> Result<(), ReadError> {
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.unexpected("the end")),
        }
    }

    /// Enters an object or array: steps over `open` and says whether there is a first element (else over `close`, too).
    ///
    /// # Errors
    /// If `open` does not stand there.
    #[inline]
    pub fn enter(&mut self, open: u8, close: u8) -> Result<bool, ReadError> {
        self.skip_space();
        if self.peek() != Some(open) {
            let wanted = format!("“{}”", char::from(open));
            return Err(self.unexpected(&wanted));
        }
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(false);
        }
        Ok(true)
    }

    /// After an element: `true` at a comma, `false` at the closing bracket or where a partial text stops.
    ///
    /// # Errors
    /// If neither stands there.
    #[inline]
    pub fn more(&mut self, close: u8) -> Result<bool, ReadError> {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            None if self.partial => {
                self.stopped = true;
                Ok(false)
            }
            _ => {
                let wanted = format!("“,” or “{}”", char::from(close));
                Err(self.unexpected(&wanted))
            }
        }
    }

    /// Steps over `quoted` (a name with its quotes) and the colon behind it, if they stand at the cursor.
    #[inline]
    pub fn guess(&mut self, quoted: &[u8]) -> bool {
        self.skip_space();
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if !rest.starts_with(quoted) {
            return false;
        }
        let before = self.at;
        self.at += quoted.len();
        self.skip_space();
        if self.peek() == Some(b':') {
            self.at += 1;
            return true;
        }
        self.at = before;
        false
    }

    /// Reads a member's name and the colon behind it.
    ///
    /// # Errors
    /// If it is not there.
    pub fn key(&mut self) -> Result<Text<'a>, ReadError> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a name in quotes"));
        }
        let key = self.string()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("“:”"));
        }
        self.at += 1;
        Ok(key)
    }

    /// Reads the value at the cursor; a container is checked and comes as its text.
    ///
    /// # Errors
    /// If no JSON value stands there.
    #[inline]
    pub fn cell(&mut self) -> Result<Cell<'a>, ReadError> {
        self.skip_space();
        match self.peek() {
            Some(b'"') => self.string().map(Cell::Text),
            Some(b'-' | b'0'..=b'9' | b'N' | b'I') => self.number().map(Cell::Number),
            Some(b't') => self.word(b"true").map(|()| Cell::Bool(true)),
            Some(b'f') => self.word(b"false").map(|()| Cell::Bool(false)),
            Some(b'n') => self.word(b"null").map(|()| Cell::Null),
            Some(b'{') => self.container(0).map(Cell::Object),
            Some(b'[') => self.container(0).map(Cell::Array),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// Steps over a checked value.
    ///
    /// # Errors
    /// If no JSON value stands there.
    #[inline]
    pub fn skip(&mut self) -> Result<(), ReadError> {
        self.skip_at(0)
    }

    fn skip_at(&mut self, depth: usize) -> Result<(), ReadError> {
        self.skip_space();
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'{' | b'[') => self.container(depth).map(drop),
            _ => self.cell().map(drop),
        }
    }

    /// Steps over a checked array or object; returns its text.
    fn container(&mut self, depth: usize) -> Result<&'a [u8], ReadError> {
        self.check_depth(depth)?;
        let start = self.at;
        let object = self.peek() == Some(b'{');
        let (open, close) = if object { (b'{', b'}') } else { (b'[', b']') };
        let mut more = self.enter(open, close)?;
        while more {
            if object {
                self.key()?;
            }
            self.skip_at(depth + 1)?;
            more = self.more(close)?;
        }
        Ok(self.bytes.get(start..self.at).unwrap_or_default())
    }

    /// Fails if `depth` is too deep.
    pub(super) fn check_depth(&self, depth: usize) -> Result<(), ReadError> {
        if depth < MAX_DEPTH {
            return Ok(());
        }
        Err(self.error(format!("it is nested deeper than {MAX_DEPTH} levels")))
    }

    /// Reads a string.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Text<'a>, ReadError> {
        let start = self.at + 1;
        let mut from = start;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(from..).unwrap_or_default();
            let Some(found) = find_quote(rest) else {
                self.at = self.bytes.len();
                return Err(self.unexpected("a closing quote"));
            };
            let at = from + found;
            if rest.get(found) == Some(&b'"') {
                self.at = at + 1;
                let raw = self.bytes.get(start..at).unwrap_or_default();
                return Ok(Text::new(raw, escaped));
            }
            escaped = true;
            from = at + self.escape(at)?;
        }
    }

    /// Checks the escape at `at`; returns its length.
    fn escape(&mut self, at: usize) -> Result<usize, ReadError> {
        match self.bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') => {
                let digits = self.bytes.get(at + 2..at + 6);
                if digits.is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit)) {
                    return Ok(6);
                }
                self.at = match digits {
                    Some(_) => at,
                    None => self.bytes.len(),
                };
                Err(self.unexpected("four hexadecimal digits"))
            }
            Some(_) => {
                self.at = at;
                Err(self.unexpected("a known escape"))
            }
            None => {
                self.at = self.bytes.len();
                Err(self.unexpected("a closing quote"))
            }
        }
    }

    /// Reads a number as written.
    #[inline]
    pub(super) fn number(&mut self) -> Result<&'a [u8], ReadError> {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let end = start + number_length(rest).unwrap_or(0);
        if end == start {
            return self.odd_number();
        }
        if self.partial && end == self.bytes.len() {
            self.at = end;
            return Err(self.unexpected("a number"));
        }
        self.at = end;
        Ok(self.bytes.get(start..end).unwrap_or_default())
    }

    /// Reads what only Python calls a number, or fails.
    fn odd_number(&mut self) -> Result<&'a [u8], ReadError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        for word in [b"NaN".as_slice(), b"Infinity", b"-Infinity"] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(word);
            }
        }
        let cut = rest.iter().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b));
        if self.partial && cut {
            self.at = self.bytes.len();
        }
        Err(self.unexpected("a number"))
    }

    /// Steps over `word`.
    #[inline]
    fn word(&mut self, word: &'static [u8]) -> Result<(), ReadError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(word) {
            self.at += word.len();
            return Ok(());
        }
        if word.starts_with(rest) {
            self.at = self.bytes.len();
        }
        Err(self.unexpected("a value"))
    }

    /// The error for what stands at the cursor; marks a partial text that ended as stopped.
    #[cold]
    pub(super) fn unexpected(&mut self, wanted: &str) -> ReadError {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            self.stopped = self.partial;
            let what = format!("a JSON value ({wanted} expected)");
            let mut error = ReadError::new(ReadErrorKind::Truncated(what));
            error.spot.byte = Some(self.at as u64);
            return error;
        }
        let found = String::from_utf8_lossy(rest.get(..rest.len().min(48)).unwrap_or(rest));
        self.error(format!("{wanted} expected, found {}", shorten(&found, 12)))
    }

    #[cold]
    fn error(&self, why: String) -> ReadError {
        let mut error = ReadError::new(ReadErrorKind::NotJson(why));
        error.spot.byte = Some(self.at as u64);
        error
    }
}

/// Position of the first quote or backslash.
///
/// The first bytes are looked at eight at a time in place, because most strings and stretches between escapes are
/// short; the rest by memchr, whose wider steps pay on long ones.
#[must_use]
#[inline]
pub fn find_quote(bytes: &[u8]) -> Option<usize> {
    const NEAR: usize = 6;
    const LOW: u64 = u64::MAX / 255;
    let has_zero = |word: u64| word.wrapping_sub(LOW) & !word & (LOW << 7);
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().take(NEAR).enumerate() {
        let word = u64::from_le_bytes(*word);
        let hit = has_zero(word ^ (LOW * b'"' as u64)) | has_zero(word ^ (LOW * b'\\' as u64));
        if hit != 0 {
            return Some(i * 8 + hit.trailing_zeros() as usize / 8);
        }
    }
    if words.len() > NEAR {
        let far = bytes.get(NEAR * 8..).unwrap_or_default();
        return Some(NEAR * 8 + memchr2(b'"', b'\\', far)?);
    }
    let found = rest.iter().position(|&b| b == b'"' || b == b'\\')?;
    Some(words.len() * 8 + found)
}

/// Length of the JSON number at the start of `bytes`; `None` if there is none.
#[inline]
fn number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().take_while(|b| b.is_ascii_digit()).count()
    };
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(at);
    if whole == 0 || (whole > 1 && bytes.get(at) == Some(&b'0')) {
        return None;
    }
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent == 0 {
            return None;
        }
        at += 1 + sign + exponent;
    }
    Some(at)
}

/// The number written in `raw`, surrounding blanks allowed; `None` if it is none. NaN and infinities come as they are.
///
/// Up to 19 digits with a power of ten up to 22 are computed exactly (Clinger's fast path); the rest by the standard
/// library, so the result is always the nearest double.
#[must_use]
#[inline]
pub fn parse_number(raw: &[u8]) -> Option<f64> {
    fast_number(raw).or_else(|| slow_number(raw))
}

#[inline]
fn fast_number(raw: &[u8]) -> Option<f64> {
    const POWERS: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ];
    let (negative, digits) = match raw.split_first() {
        Some((b'-', rest)) => (true, rest),
        _ => (false, raw),
    };
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut mantissa: u64 = 0;
    let mut point = None;
    for (i, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(i),
            _ => return None,
        }
    }
    if mantissa >= 1 << 53 {
        return None;
    }
    let scale = point.map_or(0, |p| digits.len() - 1 - p);
    if point == Some(0) || (point.is_some() && scale == 0) {
        return None;
    }
    let value = mantissa as f64 / POWERS.get(scale)?;
    Some(if negative { -value } else { value })
}

#[cold]
fn slow_number(raw: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(raw).ok()?.trim();
    let starts = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    if starts || ["NaN", "nan", "Infinity", "inf"].contains(&text) {
        return text.parse().ok();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_nearest_double() {
        for text in [
            "0",
            "-1.5",
            "0.1",
            "9007199254740993",
            "3.141592653589793238",
            "1e-7",
            "6.5493808594970775e-06",
            "-0.0",
        ] {
            let expected: f64 = text.parse().unwrap();
            let read = parse_number(text.as_bytes()).unwrap();
            assert_eq!(read.to_bits(), expected.to_bits(), "{text}");
        }
        assert!(parse_number(b"-Infinity").is_some_and(f64::is_infinite));
        assert_eq!(parse_number(b"abc"), None);
        assert_eq!(parse_number(b""), None);
        assert_eq!(parse_number(b"1.2.3"), None);
    }

    #[test]
    fn the_first_quote_or_backslash_is_found_at_any_place() {
        for length in [0, 1, 7, 8, 9, 47, 48, 49, 60, 100] {
            assert_eq!(find_quote(&vec![b'#'; length]), None);
            for at in 0..length {
                for mark in *b"\"\\" {
                    let mut text = vec![b'!'; length];
                    text[at..].fill(b'"');
                    text[at] = mark;
                    assert_eq!(find_quote(&text), Some(at), "{length}");
                }
            }
        }
    }

    #[test]
    fn a_guessed_name_is_stepped_over_with_its_colon() {
        let mut cursor = Cursor::new(br#"{"ab" : 1, "abc": [1, {"x": "]"}]}"#);
        assert_eq!(cursor.enter(b'{', b'}'), Ok(true));
        assert!(cursor.guess(b"\"ab\""));
        assert_eq!(cursor.cell(), Ok(Cell::Number(b"1")));
        assert_eq!(cursor.more(b'}'), Ok(true));
        assert!(!cursor.guess(b"\"ab\""));
        assert!(cursor.key().unwrap().is("abc"));
        assert_eq!(cursor.cell(), Ok(Cell::Array(br#"[1, {"x": "]"}]"#)));
        assert_eq!(cursor.more(b'}'), Ok(false));
    }
}
