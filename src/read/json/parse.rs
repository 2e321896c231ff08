//! The tree parser: one record, or the head of a document, as [`Value`].

use super::super::error::ReadError;
use super::cursor::{Cell, Cursor};
use super::{Text, Value};

/// Reads one JSON value that takes up all of `bytes`.
///
/// # Errors
/// [`NotJson`](crate::read::ReadErrorKind::NotJson) or [`Truncated`](crate::read::ReadErrorKind::Truncated) with the byte
/// at which it went wrong.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, ReadError> {
    let mut cursor = Cursor::new(bytes);
    let value = cursor.value(0)?;
    cursor.end()?;
    Ok(value)
}

/// Reads as much of a JSON value as `bytes`, the start of a longer text, holds: what is open at the end is closed,
/// and a member or element that is not complete is left out. `None` if it is not JSON so far.
#[must_use]
pub fn parse_prefix(bytes: &[u8]) -> Option<Value<'_>> {
    Cursor::partial(bytes).value(0).ok()
}

impl<'a> Cursor<'a> {
    /// Reads the value at the cursor as a tree; `depth` is how deep it stands.
    pub(super) fn value(&mut self, depth: usize) -> Result<Value<'a>, ReadError> {
        self.check_depth(depth)?;
        self.skip_space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            _ => self.cell().map(scalar),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value<'a>, ReadError> {
        let mut members = Vec::new();
        let mut more = self.enter(b'{', b'}')?;
        while more {
            match self.member(depth) {
                Ok(member) => members.push(member),
                Err(_) if self.stopped => break,
                Err(error) => return Err(error),
            }
            more = !self.stopped && self.more(b'}')?;
        }
        Ok(Value::Object(members))
    }

    fn member(&mut self, depth: usize) -> Result<(Text<'a>, Value<'a>), ReadError> {
        Ok((self.key()?, self.value(depth + 1)?))
    }

    fn array(&mut self, depth: usize) -> Result<Value<'a>, ReadError> {
        let mut items = Vec::new();
        let mut more = self.enter(b'[', b']')?;
        while more {
            match self.value(depth + 1) {
                Ok(item) => items.push(item),
                Err(_) if self.stopped => break,
                Err(error) => return Err(error),
            }
            more = !self.stopped && self.more(b']')?;
        }
        Ok(Value::Array(items))
    }
}

/// A scalar cell as a value; containers never come here.
fn scalar(cell: Cell<'_>) -> Value<'_> {
    match cell {
        Cell::Bool(value) => Value::Bool(value),
        Cell::Number(raw) => std::str::from_utf8(raw).map_or(Value::Null, Value::Number),
        Cell::Text(text) => Value::String(text),
        Cell::Null | Cell::Array(_) | Cell::Object(_) => Value::Null,
    }
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
