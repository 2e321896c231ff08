//! TOML and JSON as one tree whose keys and values know where they stand.

use super::PolicyError;
use crate::read::json;

/// A value with its place.
#[derive(Debug)]
pub(super) struct Node {
    /// Byte at which it starts.
    pub at: usize,
    pub value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Table(Vec<(Key, Node)>),
    /// A date, a null: what no key takes.
    Other(&'static str),
}

#[derive(Debug)]
pub(super) struct Key {
    pub at: usize,
    pub name: String,
}

impl Value {
    /// What it is, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(kind) => kind,
        }
    }
}

/// An error at byte `at` of `source`.
pub(super) fn error(source: &str, at: usize, text: impl Into<String>) -> PolicyError {
    let before = source.get(..at).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    PolicyError {
        line: before.matches('\n').count() + 1,
        column: before.get(line_start..).unwrap_or("").chars().count() + 1,
        text: text.into(),
    }
}

/// The tree of a text: JSON if it starts with a brace, else TOML.
pub(super) fn parse(source: &str) -> Result<Node, PolicyError> {
    if source.trim_start().starts_with('{') {
        return from_json(source);
    }
    let table = toml::de::DeTable::parse(source).map_err(|found| {
        let at = found.span().map_or(0, |span| span.start);
        error(source, at, format!("this is not TOML: {}", found.message()))
    })?;
    Ok(Node {
        at: 0,
        value: toml_table(table.get_ref()),
    })
}

fn toml_table(table: &toml::de::DeTable<'_>) -> Value {
    let mut members: Vec<(Key, Node)> = table
        .iter()
        .map(|(key, value)| {
            let key = Key {
                at: key.span().start,
                name: key.get_ref().to_string(),
            };
            let node = Node {
                at: value.span().start,
                value: toml_value(value.get_ref()),
            };
            (key, node)
        })
        .collect();
    members.sort_by_key(|(key, _)| key.at);
    Value::Table(members)
}

fn toml_value(value: &toml::de::DeValue<'_>) -> Value {
    use toml::de::DeValue as V;
    match value {
        V::String(text) => Value::Text(text.to_string()),
        V::Boolean(value) => Value::Bool(*value),
        V::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or(Value::Other("a number out of range"), |number| {
                Value::Number(number as f64)
            }),
        V::Float(number) => finite(number.as_str()),
        V::Datetime(date) => Value::Text(date.to_string()),
        V::Array(items) => Value::List(
            (items.iter())
                .map(|item| Node {
                    at: item.span().start,
                    value: toml_value(item.get_ref()),
                })
                .collect(),
        ),
        V::Table(table) => toml_table(table),
    }
}

fn finite(text: &str) -> Value {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.map_or(Value::Other("a number that is not finite"), Value::Number)
}

fn from_json(source: &str) -> Result<Node, PolicyError> {
    // The reader of evaluation files forgives duplicate keys and bare NaN; a policy is written by hand, so this does not.
    if let Err(found) = serde_json::from_str::<serde::de::IgnoredAny>(source) {
        let words = found.to_string();
        let words = words.split(" at line ").next().unwrap_or("").to_owned();
        return Err(PolicyError {
            line: found.line(),
            column: found.column(),
            text: format!("this is not JSON: {words}"),
        });
    }
    let value =
        json::parse(source.as_bytes()).map_err(|found| error(source, 0, format!("this is not JSON: {found}")))?;
    let start = source.len() - source.trim_start().len();
    Ok(json_node(source, &value, start))
}

fn json_node(source: &str, value: &json::Value<'_>, at: usize) -> Node {
    let value = match value {
        json::Value::Null => Value::Other("null"),
        json::Value::Bool(value) => Value::Bool(*value),
        json::Value::Number(text) => finite(text),
        json::Value::String(text) => Value::Text(text.decode().into_owned()),
        json::Value::Array(items) => {
            let mut from = at;
            let nodes = items.iter().map(|item| {
                let start = start_of(source, item, from);
                from = start;
                json_node(source, item, start)
            });
            Value::List(nodes.collect())
        }
        json::Value::Object(members) => Value::Table(
            (members.iter())
                .map(|(name, value)| {
                    let at = quote(source, name.raw()).unwrap_or(at);
                    let key = Key {
                        at,
                        name: name.decode().into_owned(),
                    };
                    (key, json_node(source, value, start_of(source, value, at)))
                })
                .collect(),
        ),
    };
    Node { at, value }
}

/// Where a JSON value starts: exactly for texts and numbers, at its first key or item for the others, else at `near`.
fn start_of(source: &str, value: &json::Value<'_>, near: usize) -> usize {
    let found = match value {
        json::Value::Number(text) => offset(source, text.as_bytes()),
        json::Value::String(text) => quote(source, text.raw()),
        json::Value::Array(items) => items.first().map(|item| start_of(source, item, near)),
        json::Value::Object(members) => members.first().and_then(|(name, _)| quote(source, name.raw())),
        json::Value::Null | json::Value::Bool(_) => None,
    };
    found.unwrap_or(near)
}

/// Byte of the quote before `inside`, the inside of a text.
fn quote(source: &str, inside: &[u8]) -> Option<usize> {
    offset(source, inside)?.checked_sub(1)
}

/// Byte at which `part`, a part of `source`, starts.
fn offset(source: &str, part: &[u8]) -> Option<usize> {
    let at = (part.as_ptr() as usize).checked_sub(source.as_ptr() as usize)?;
    (at <= source.len()).then_some(at)
}
