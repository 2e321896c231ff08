//! One result in full.

use std::borrow::Cow;

use super::super::detail::{Message, ScoreDetail};
use super::super::head::Dialect;
use super::super::json::{self, Value};
use super::super::{DetailContext, ReadError, SampleDetail};
use super::result;
use super::sheet::Layout;

/// Reads the result at the context's row again.
///
/// # Errors
/// The bytes are neither a result nor a row of a results table.
pub fn detail(bytes: &[u8], context: &DetailContext<'_>) -> Result<SampleDetail, ReadError> {
    match json::parse(bytes) {
        Ok(value @ Value::Object(_)) => Ok(of_result(&value, bytes, context)),
        Ok(_) => of_row(bytes, context),
        Err(error) => of_row(bytes, context).map_err(|_| error),
    }
}

fn of_result(value: &Value<'_>, bytes: &[u8], context: &DetailContext<'_>) -> SampleDetail {
    let prompt = value.at("prompt");
    let raw = prompt.at("raw").text().or_else(|| prompt.text()).unwrap_or_default();
    let messages = conversation(&raw);
    let grading = value.at("gradingResult");
    let outcome = result::outcome(value);
    let errored = outcome == crate::run::Outcome::Errored;
    SampleDetail {
        id: context.run.samples.ids.at(context.row).to_owned(),
        input: match messages.last() {
            Some(last) => last.text.clone(),
            None => raw.into_owned(),
        },
        messages,
        output: value.at("response").at("output").show(),
        target: targets(value),
        scores: scores(grading, 0),
        explanation: grading.at("reason").show(),
        error: if errored { result::error(value) } else { String::new() },
        metadata: metadata(value),
        times: latency(value),
        raw: String::from_utf8_lossy(bytes).into_owned(),
        ..SampleDetail::default()
    }
}

/// The messages of a prompt that is a JSON list of them; empty for plain text.
fn conversation(raw: &str) -> Vec<Message> {
    let trimmed = raw.trim_start();
    if !trimmed.starts_with('[') {
        return Vec::new();
    }
    let Ok(list) = json::parse(trimmed.as_bytes()) else {
        return Vec::new();
    };
    let messages = list.items().iter().filter(|m| m.find("role").is_some());
    let message = |m: &Value<'_>| Message {
        role: m.at("role").show(),
        text: m.at("content").show(),
    };
    messages.map(message).collect()
}

/// What the assertions ask for.
fn targets(value: &Value<'_>) -> String {
    let lines = value.at("testCase").at("assert").items().iter().map(|assertion| {
        let parts = [
            assertion.at("metric"),
            assertion.at("type"),
            assertion.at("value"),
            assertion.at("threshold"),
        ];
        let parts: Vec<String> = parts.iter().map(|p| p.show()).filter(|p| !p.is_empty()).collect();
        parts.join(" · ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Every assertion's verdict, those inside sets included.
fn scores(grading: &Value<'_>, depth: u8) -> Vec<ScoreDetail> {
    let mut out = Vec::new();
    for component in grading.at("componentResults").items() {
        let assertion = component.at("assertion");
        let name = [assertion.at("metric"), assertion.at("type")];
        out.push(ScoreDetail {
            name: name.into_iter().find_map(Value::label).unwrap_or_default().into_owned(),
            value: component.at("score").show(),
            passed: component.at("pass").bool(),
            explanation: component.at("reason").show(),
        });
        if depth < 8 {
            out.extend(scores(component, depth + 1));
        }
    }
    out
}

/// Variables, metadata and what else is worth showing.
fn metadata(value: &Value<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut add = |name: String, text: String| {
        if !text.is_empty() && !out.iter().any(|(n, _)| *n == name) {
            out.push((name, text));
        }
    };
    let case = value.at("testCase");
    add("test".to_owned(), case.at("description").show());
    for (name, field) in value.at("vars").members() {
        add(name.decode().into_owned(), field.show());
    }
    for source in [
        case.at("metadata"),
        value.at("metadata"),
        value.at("response").at("metadata"),
    ] {
        for (name, field) in source.members().iter().filter(|(n, _)| !n.decode().starts_with('_')) {
            add(name.decode().into_owned(), field.show());
        }
    }
    for name in ["score", "cost", "tokenUsage"] {
        add(name.to_owned(), value.at(name).show());
    }
    for name in ["finishReason", "cached", "isRefusal"] {
        add(name.to_owned(), value.at("response").at(name).show());
    }
    out
}

fn latency(value: &Value<'_>) -> Vec<(String, String)> {
    let ms = value.at("latencyMs").number();
    ms.map(|ms| ("latencyMs".to_owned(), format!("{ms} ms")))
        .into_iter()
        .collect()
}

/// A row of a table: the cells of the run's provider and prompt.
fn of_row(bytes: &[u8], context: &DetailContext<'_>) -> Result<SampleDetail, ReadError> {
    let dialect = Dialect { delimiter: b',' };
    let mut top = super::super::table::split_rows(context.head, dialect, 2).into_iter();
    let names = super::super::table::unique_names(&top.next().unwrap_or_default());
    let row = super::super::table::split_rows(bytes, dialect, 1)
        .into_iter()
        .next()
        .unwrap_or_default();
    let layout = Layout::read(&names, top.next().as_ref()).ok_or_else(|| ReadError::missing("Status"))?;
    let prompt = &context.run.meta.prompt;
    let own = |title: &str| title.ends_with(prompt.as_str()) && title.contains(context.run.meta.model.as_str());
    let block = layout
        .blocks
        .iter()
        .find(|b| own(&b.title))
        .ok_or_else(|| ReadError::missing(prompt))?;
    let cell = |index: usize| Cow::Borrowed(row.get(index).map_or("", String::as_str));
    let answer = block.answer(&cell).ok_or_else(|| ReadError::missing("Status"))?;
    let metrics = answer.metrics.iter().map(|(name, value)| ScoreDetail {
        name: name.clone(),
        value: value.to_string(),
        ..ScoreDetail::default()
    });
    let vars = layout
        .vars
        .iter()
        .map(|(index, name)| (name.clone(), cell(*index).into_owned()));
    Ok(SampleDetail {
        id: context.run.samples.ids.at(context.row).to_owned(),
        input: prompt.clone(),
        output: answer.output,
        scores: metrics.collect(),
        explanation: answer.reason,
        metadata: vars.collect(),
        raw: String::from_utf8_lossy(bytes).into_owned(),
        ..SampleDetail::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Run;

    #[test]
    fn a_result_is_shown_with_its_assertions() {
        let run = Run::default();
        let context = DetailContext {
            run: &run,
            row: 0,
            head: &[],
        };
        let text = r#"{"prompt":{"raw":"[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"2+2\"}]"},
            "response":{"output":{"answer":5}},"success":false,"failureReason":1,"error":"wrong","latencyMs":12,
            "gradingResult":{"reason":"wrong","componentResults":[{"pass":false,"score":0,"reason":"no","assertion":{"type":"equals"}}]},
            "testCase":{"description":"sum","assert":[{"type":"equals","value":"4"}]},"vars":{"a":"2"}}"#;
        let detail = detail(text.as_bytes(), &context).unwrap();
        assert_eq!((detail.input.as_str(), detail.messages.len()), ("2+2", 2));
        assert_eq!(detail.output, r#"{"answer": 5}"#);
        assert_eq!(detail.target, "equals · 4");
        assert_eq!(
            (detail.scores[0].passed, detail.scores[0].name.as_str()),
            (Some(false), "equals")
        );
        assert_eq!(detail.error, "", "a failed assertion is no error");
        assert_eq!(detail.times, [("latencyMs".to_owned(), "12 ms".to_owned())]);
    }
}
