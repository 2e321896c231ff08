//! One row of a table in full.

use std::borrow::Cow;

use super::super::detail::{DetailContext, Message, SampleDetail, ScoreDetail};
use super::super::error::ReadError;
use super::super::head::{Head, Shape};
use super::super::json::{self, Value};
use super::super::table;
use super::layout::Layout;
use crate::run::Samples;

/// Reads a row again: by the roles the run notes for its columns, the rest as metadata.
pub(super) fn detail(record: &[u8], context: &DetailContext<'_>) -> Result<SampleDetail, ReadError> {
    let samples: &Samples = &context.run.samples;
    let head = Head::of_text("", context.head, false).ok();
    let fields = match head.as_ref().map(|head| &head.shape) {
        Some(Shape::Table(dialect)) => {
            let rows = table::split_rows(record.trim_ascii_start(), *dialect, 1);
            let names = head.as_ref().map(|head| head.header.clone()).unwrap_or_default();
            names
                .into_iter()
                .zip(rows.into_iter().next().unwrap_or_default())
                .collect()
        }
        _ => of_json(&json::parse(record)?, head.as_ref(), samples.ids.at(context.row)),
    };
    let mut detail = SampleDetail {
        id: samples.ids.at(context.row).to_owned(),
        raw: json::show_bytes(record),
        ..SampleDetail::default()
    };
    for (name, value) in fields {
        place(&mut detail, &context.run.meta.roles, name, value);
    }
    Ok(detail)
}

/// The fields of a JSON record: of an object, its members, one level of nesting flattened; of an array, its elements
/// by column; of a document of columns, the row.
fn of_json(value: &Value<'_>, head: Option<&Head<'_>>, id: &str) -> Vec<(String, String)> {
    let layout = head.and_then(Layout::find).unwrap_or_default();
    let mut fields = Vec::new();
    if layout.by_column {
        for (name, column) in value.members() {
            let cell = match column.members() {
                [] => id.parse::<usize>().map_or(&Value::Null, |row| column.item(row)),
                _ => column.at(id),
            };
            fields.push((name.decode().into_owned(), cell.show()));
        }
        return fields;
    }
    for (index, item) in value.items().iter().enumerate() {
        let name = layout
            .columns
            .get(index)
            .map_or_else(|| index.to_string(), |column| column.name.clone());
        fields.push((name, item.show()));
    }
    for (name, value) in value.members() {
        let name = name.decode();
        match value {
            Value::Object(members) => {
                let inner = members
                    .iter()
                    .map(|(inner, value)| (format!("{name}.{}", inner.decode()), value.show()));
                fields.extend(inner);
            }
            _ => fields.push((name.into_owned(), value.show())),
        }
    }
    fields
}

/// Puts a field where its role says.
fn place(detail: &mut SampleDetail, roles: &[(String, String)], name: String, value: String) {
    if value.is_empty() {
        return;
    }
    let named = |said: &str| {
        said == name
            || said
                .strip_prefix(name.as_str())
                .is_some_and(|rest| rest.starts_with(", "))
    };
    let role = roles
        .iter()
        .find(|(_, said)| named(said))
        .map_or("", |(role, _)| role.as_str());
    let leaf = super::snake_leaf(&name);
    match role {
        "id" => detail.id = value,
        "prediction" => detail.output = value,
        "target" => detail.target = value,
        "error" => detail.error = value,
        "correct" | "score" => detail.scores.push(ScoreDetail {
            name,
            value,
            ..ScoreDetail::default()
        }),
        "latency" | "time to first token" | "start" | "end" => detail.times.push((name, value)),
        _ => match leaf.as_ref() {
            "input" | "question" | "prompt" | "text" | "instruction" | "query" | "problem"
                if detail.input.is_empty() =>
            {
                detail.input = value;
            }
            "output" | "response" | "completion" if detail.output.is_empty() => detail.output = value,
            "explanation" | "reason" | "reasoning" | "rationale" if detail.explanation.is_empty() => {
                detail.explanation = value;
            }
            "messages" => detail.messages = messages(&value),
            "choices" | "options" => detail.choices = choices(&value),
            _ => detail.metadata.push((name, value)),
        },
    }
}

fn messages(text: &str) -> Vec<Message> {
    let Ok(value) = json::parse(text.as_bytes()) else {
        return Vec::new();
    };
    let message = |m: &Value<'_>| Message {
        role: m.at("role").show(),
        text: m.at("content").show(),
    };
    value.items().iter().map(message).collect()
}

fn choices(text: &str) -> Vec<String> {
    match super::Datum::of_text(Cow::Borrowed(text), false) {
        super::Datum::Texts(texts) => texts,
        _ => vec![text.to_owned()],
    }
}
