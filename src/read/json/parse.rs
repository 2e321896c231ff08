//! The tree parser: one record, or the head of a document, as [`Value`].

use memchr::memchr2;

use super::super::error::{ReadError, ReadErrorKind, shorten};
use super::{Text, Value};

/// Deepest nesting that is read; deeper is an error, so that hostile input cannot exhaust the stack.
pub const MAX_DEPTH: usize = 256;

/// Reads one JSON value that takes up all of `bytes`.
///
/// # Errors
/// [`ReadErrorKind::NotJson`] or [`ReadErrorKind::Truncated`] with the byte at which it went wrong.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, ReadError> {
    let mut parser = Parser::new(bytes, false);
    let value = parser.value(0)?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.unexpected("the end")),
    }
}

/// Reads as much of a JSON value as `bytes`, the start of a longer text, holds: what is open at the end is closed,
/// and a member or element that is not complete is left out. `None` if it is not JSON so far.
#[must_use]
pub fn parse_prefix(bytes: &[u8]) -> Option<Value<'_>> {
    Parser::new(bytes, true).value(0).ok()
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The text may stop anywhere: close what is open.
    partial: bool,
    /// A partial text has stopped.
    stopped: bool,
}

impl<'a> Parser<'a> {
    fn new(bytes: &'a [u8], partial: bool) -> Self {
        let at = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        Self {
            bytes,
            at,
            partial,
            stopped: false,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>, ReadError> {
        if depth > MAX_DEPTH {
            return Err(self.error(format!("it is nested deeper than {MAX_DEPTH} levels")));
        }
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9' | b'N' | b'I') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value<'a>, ReadError> {
        self.at += 1;
        let mut members = Vec::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            match self.member(depth) {
                Ok(member) => members.push(member),
                Err(_) if self.stopped => break,
                Err(error) => return Err(error),
            }
            if self.stopped || !self.separator(b'}', "“,” or “}”")? {
                break;
            }
        }
        Ok(Value::Object(members))
    }

    fn member(&mut self, depth: usize) -> Result<(Text<'a>, Value<'a>), ReadError> {
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
        Ok((key, self.value(depth + 1)?))
    }

    fn array(&mut self, depth: usize) -> Result<Value<'a>, ReadError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            match self.value(depth + 1) {
                Ok(item) => items.push(item),
                Err(_) if self.stopped => break,
                Err(error) => return Err(error),
            }
            if self.stopped || !self.separator(b']', "“,” or “]”")? {
                break;
            }
        }
        Ok(Value::Array(items))
    }

    /// After an element: `true` at a comma, `false` at the closing bracket or where a partial text stops.
    fn separator(&mut self, close: u8, wanted: &str) -> Result<bool, ReadError> {
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
            _ => Err(self.unexpected(wanted)),
        }
    }

    fn string(&mut self) -> Result<Text<'a>, ReadError> {
        let start = self.at + 1;
        let mut from = start;
        let mut escaped = false;
        loop {
            let rest = self.bytes.get(from..).unwrap_or_default();
            let Some(found) = memchr2(b'"', b'\\', rest) else {
                self.at = self.bytes.len();
                return Err(self.unexpected("a closing quote"));
            };
            let at = from + found;
            if rest.get(found) == Some(&b'"') {
                self.at = at + 1;
                return Ok(Text::new(self.bytes.get(start..at).unwrap_or_default(), escaped));
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
                self.at = if digits.is_some() { at } else { self.bytes.len() };
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

    fn number(&mut self) -> Result<Value<'a>, ReadError> {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        for word in ["NaN", "Infinity", "-Infinity"] {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(Value::Number(word));
            }
        }
        let length = number_length(rest);
        let end = start + length.unwrap_or(0);
        if self.partial && end == self.bytes.len() {
            self.stopped = true;
        }
        let raw = length
            .and_then(|n| rest.get(..n))
            .and_then(|raw| std::str::from_utf8(raw).ok());
        match raw {
            Some(raw) if !self.stopped => {
                self.at = end;
                Ok(Value::Number(raw))
            }
            _ => Err(self.unexpected("a number")),
        }
    }

    fn word(&mut self, word: &'static str, value: Value<'a>) -> Result<Value<'a>, ReadError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        if word.as_bytes().starts_with(rest) {
            self.at = self.bytes.len();
        }
        Err(self.unexpected("a value"))
    }

    /// The error for what stands at `at`; marks a partial text that ended as stopped.
    fn unexpected(&mut self, wanted: &str) -> ReadError {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            self.stopped = self.partial;
            let mut error = ReadError::new(ReadErrorKind::Truncated(format!("a JSON value ({wanted} expected)")));
            error.spot.byte = Some(self.at as u64);
            return error;
        }
        let found = String::from_utf8_lossy(rest.get(..rest.len().min(48)).unwrap_or(rest));
        self.error(format!("{wanted} expected, found {}", shorten(&found, 12)))
    }

    fn error(&self, why: String) -> ReadError {
        let mut error = ReadError::new(ReadErrorKind::NotJson(why));
        error.spot.byte = Some(self.at as u64);
        error
    }
}

/// Length of the JSON number at the start of `bytes`; `None` if there is none.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_is_an_error_with_its_byte() {
        for (text, byte) in [
            ("{\"a\": tru}", 6),
            ("[1,]", 3),
            ("[01]", 1),
            ("[1 2]", 3),
            ("{\"a\" 1}", 5),
            ("\"\\q\"", 1),
            ("\"\\u00g0\"", 1),
            ("[1", 2),
            ("[1]]", 3),
            ("", 0),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.spot.byte, Some(byte), "{text}");
        }
    }

    #[test]
    fn python_numbers_are_read() {
        let value = parse(b"[NaN, Infinity, -Infinity, -0.5e+3]").unwrap();
        assert!(value.item(0).is_nan());
        assert_eq!(value.item(1).number(), None);
        assert_eq!(value.item(3).number(), Some(-500.0));
    }

    #[test]
    fn a_head_that_stops_anywhere_is_closed() {
        let text = br#"{"version": 12, "list": [{"a": 1.5}, {"b": "x\u00e9y"}], "t": true}"#;
        for end in 1..=text.len() {
            let value = parse_prefix(text.get(..end).unwrap());
            let value = value.unwrap_or_else(|| panic!("stopped at {end}"));
            if end > 15 {
                assert_eq!(value.at("version").number(), Some(12.0), "at {end}");
            }
            if end > 35 {
                assert_eq!(value.at("list").item(0).at("a").number(), Some(1.5));
            }
        }
        assert!(parse_prefix(b"{hello").is_none());
    }

    #[test]
    fn depth_is_capped() {
        let text = "[".repeat(100_000);
        assert!(parse(text.as_bytes()).is_err());
        assert!(parse_prefix(text.as_bytes()).is_none());
    }
}
