//! JSON as evaluation harnesses write it: strict where garbage must be found, tolerant where real files sin.
//!
//! Tolerated: bare `NaN`, `Infinity` and `-Infinity` (Python's default), lone surrogates (they become U+FFFD), bytes
//! that are not UTF-8 inside strings (likewise), a byte-order mark. Everything else is an error with its byte.

mod cursor;
mod parse;
mod text;

pub use cursor::{Cell, Cursor, MAX_DEPTH, find_quote, parse_number};
pub use parse::{parse, parse_prefix};
pub use text::Text;

use std::borrow::Cow;

/// A JSON value that borrows from the text it was read from.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written; also `NaN`, `Infinity`, `-Infinity`.
    Number(&'a str),
    /// A string, its escapes not yet undone.
    String(Text<'a>),
    /// An array.
    Array(Vec<Value<'a>>),
    /// An object, members in file order, names not necessarily unique (the last counts).
    Object(Vec<(Text<'a>, Value<'a>)>),
}

/// What a missing member reads as.
static NULL: Value<'static> = Value::Null;

impl<'a> Value<'a> {
    /// The member `name` of an object (the last of that name); `None` if there is none or this is no object.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Value<'a>> {
        match self {
            Self::Object(members) => members
                .iter()
                .rev()
                .find(|(key, _)| key.is(name))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The member `name`, or null: `record.at("output").at("usage").number()` never fails half way.
    #[must_use]
    pub fn at(&self, name: &str) -> &Value<'a> {
        self.find(name).unwrap_or(shared_null())
    }

    /// The element `index` of an array, or null.
    #[must_use]
    pub fn item(&self, index: usize) -> &Value<'a> {
        self.items().get(index).unwrap_or(shared_null())
    }

    /// The value at the end of `path`, object keys only, or null.
    #[must_use]
    pub fn path(&self, path: &[&str]) -> &Value<'a> {
        path.iter().fold(self, |value, key| value.at(key))
    }

    /// Whether it is null (or missing, when reached by [`Self::at`]).
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is a bare NaN.
    #[must_use]
    pub fn is_nan(&self) -> bool {
        matches!(self, Self::Number("NaN"))
    }

    /// The elements of an array; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Value<'a>] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    /// The members of an object in file order; empty for anything else.
    #[must_use]
    pub fn members(&self) -> &[(Text<'a>, Value<'a>)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The text of a string; `None` for anything else.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::String(text) => Some(text.decode()),
            _ => None,
        }
    }

    /// Whether it is the string `text`.
    #[must_use]
    pub fn is_text(&self, text: &str) -> bool {
        matches!(self, Self::String(own) if own.is(text))
    }

    /// A bool; `None` for anything else.
    #[must_use]
    pub fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// A finite number; `None` for NaN, infinities and anything that is not a number.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(raw) => raw.parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }

    /// A finite number, also when it is written as a string (`"-3.21"`), as several harnesses do.
    #[must_use]
    pub fn loose_number(&self) -> Option<f64> {
        match self {
            Self::String(text) => {
                let text = text.decode();
                text.trim().parse().ok().filter(|n: &f64| n.is_finite())
            }
            _ => self.number(),
        }
    }

    /// A short text for an id, a slice or a label: the string itself, a number as written, `true`, `false`.
    /// `None` for null, NaN, arrays and objects.
    #[must_use]
    pub fn label(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::String(text) => Some(text.decode()),
            Self::Number("NaN") => None,
            Self::Number(raw) => Some(Cow::Borrowed(raw)),
            Self::Bool(true) => Some(Cow::Borrowed("true")),
            Self::Bool(false) => Some(Cow::Borrowed("false")),
            _ => None,
        }
    }

    /// The value as readable text: a string as it is, anything else as JSON.
    #[must_use]
    pub fn show(&self) -> String {
        match self {
            Self::String(text) => text.decode().into_owned(),
            Self::Null => String::new(),
            _ => {
                let mut out = String::new();
                self.write(&mut out);
                out
            }
        }
    }

    /// What kind of value it is, for error texts.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::String(_) => "a text",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(raw) => out.push_str(raw),
            Self::String(text) => text.write_raw(out),
            Self::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (i, (key, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    key.write_raw(out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Bytes of a record as text, what is not UTF-8 replaced.
#[must_use]
pub fn show_bytes(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The null that stands for what is missing, for any lifetime.
fn shared_null<'a, 'v>() -> &'v Value<'a> {
    &NULL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_reached_without_failing_half_way() {
        let value = parse(br#"{"a": {"b": [1, "2", NaN]}, "a": {"b": [3.5, "2", NaN]}}"#).unwrap();
        assert_eq!(value.at("a").at("b").item(0).number(), Some(3.5));
        assert_eq!(value.at("a").at("b").item(1).loose_number(), Some(2.0));
        assert!(value.at("a").at("b").item(2).is_nan());
        assert_eq!(value.at("x").at("y").item(9).number(), None);
        assert_eq!(value.path(&["a", "b"]).show(), r#"[3.5, "2", NaN]"#);
    }
}
