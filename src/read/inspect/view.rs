//! One sample of a log in full.

use super::super::detail::{Message, ScoreDetail};
use super::super::json::{self, Value};
use super::super::{DetailContext, ReadError, SampleDetail};
use super::sample;

/// Reads the sample at the context's row again, attachments put back where they were taken from.
///
/// # Errors
/// The bytes are not JSON, or hold no such sample.
pub fn detail(bytes: &[u8], context: &DetailContext<'_>) -> Result<SampleDetail, ReadError> {
    let value = json::parse(bytes)?;
    let found = match &value {
        Value::Array(_) => summary(&value, context)?,
        own => own,
    };
    let attachments = Attachments::of(found);
    let text = |value: &Value<'_>| attachments.resolve(&value.show());
    let messages = messages(found, &attachments);
    let input = match found.at("input") {
        Value::Array(list) => list
            .last()
            .map_or_else(String::new, |m| sample::content(m.at("content"))),
        plain => plain.show(),
    };
    let scores = scores(found, &attachments);
    let scorer = context.run.meta.scorer.split('/').next().unwrap_or_default();
    let explanation = scores.iter().find(|s| s.name == scorer).map(|s| s.explanation.clone());
    Ok(SampleDetail {
        id: found.at("id").label().unwrap_or_default().into_owned(),
        input: attachments.resolve(&input),
        messages,
        output: attachments.resolve(&sample::completion(found)),
        target: list(found.at("target")),
        choices: found.at("choices").items().iter().map(text).collect(),
        explanation: explanation.unwrap_or_default(),
        scores,
        error: error(found),
        metadata: metadata(found),
        times: times(found),
        raw: match &value {
            Value::Array(_) => found.show(),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        },
    })
}

/// The summary of the context's row in a list of summaries.
fn summary<'v, 'a>(list: &'v Value<'a>, context: &DetailContext<'_>) -> Result<&'v Value<'a>, ReadError> {
    let samples = &context.run.samples;
    let key = (samples.ids.at(context.row).to_owned(), samples.epoch(context.row));
    let found = list
        .items()
        .iter()
        .find(|s| sample::identity(s).is_ok_and(|k| k == key));
    found.ok_or_else(|| ReadError::missing("id").of_sample(&key.0))
}

/// Long texts that a log keeps once and refers to.
struct Attachments<'v, 'a> {
    texts: Vec<(String, &'v Value<'a>)>,
}

impl<'v, 'a> Attachments<'v, 'a> {
    fn of(sample: &'v Value<'a>) -> Self {
        let new = sample.at("attachments").members().iter();
        let old = sample.at("transcript").at("content").members().iter();
        let new = new.map(|(hash, text)| (format!("attachment://{}", hash.decode()), text));
        let old = old.map(|(hash, text)| (format!("tc://{}", hash.decode()), text));
        Self {
            texts: new.chain(old).collect(),
        }
    }

    /// `text` with every reference replaced by what it refers to.
    fn resolve(&self, text: &str) -> String {
        if !text.contains("attachment://") && !text.contains("tc://") {
            return text.to_owned();
        }
        let mut out = text.to_owned();
        for (mark, value) in &self.texts {
            if out.contains(mark.as_str()) {
                out = out.replace(mark.as_str(), &value.show());
            }
        }
        out
    }
}

/// The conversation: `messages`, or in summaries the messages of the input.
fn messages(sample: &Value<'_>, attachments: &Attachments<'_, '_>) -> Vec<Message> {
    let list = match sample.at("messages").items() {
        [] => sample.at("input").items(),
        list => list,
    };
    let message = |message: &Value<'_>| Message {
        role: message.at("role").label().unwrap_or_default().into_owned(),
        text: attachments.resolve(&spoken(message)),
    };
    list.iter().map(message).collect()
}

/// What a message says: its text, what kind of thing other parts are, and the tools it calls.
fn spoken(message: &Value<'_>) -> String {
    let mut lines = Vec::new();
    match message.at("content") {
        Value::Array(parts) => {
            for part in parts {
                let kind = part.at("type").label().unwrap_or_default();
                let text = [part.at("text"), part.at("reasoning")]
                    .into_iter()
                    .find_map(Value::text);
                lines.push(match text {
                    Some(text) if kind == "reasoning" => format!("(reasoning) {text}"),
                    Some(text) => text.into_owned(),
                    None => format!("({kind})"),
                });
            }
        }
        content => lines.extend(content.text().filter(|t| !t.is_empty()).map(|t| t.into_owned())),
    }
    for call in message.at("tool_calls").items() {
        let function = call.at("function").label().unwrap_or_default();
        lines.push(format!("→ {function}({})", call.at("arguments").show()));
    }
    lines.join("\n")
}

/// Every score with its answer and explanation.
fn scores(sample: &Value<'_>, attachments: &Attachments<'_, '_>) -> Vec<ScoreDetail> {
    let mut out = Vec::new();
    for (name, score) in sample::scores(sample) {
        let mut lines: Vec<String> = Vec::new();
        lines.extend(score.at("answer").label().map(|a| format!("Answer: {a}")));
        lines.extend(score.at("explanation").text().map(|e| e.into_owned()));
        if !score.at("metadata").members().is_empty() {
            lines.push(score.at("metadata").show());
        }
        out.push(ScoreDetail {
            name: name.into_owned(),
            value: score.at("value").show(),
            passed: passed(score.at("value")),
            explanation: attachments.resolve(&lines.join("\n")),
        });
    }
    out
}

/// Whether a letter or bool is a pass; numbers are judged by the run's rule.
fn passed(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(passed) => Some(*passed),
        letter if letter.is_text("C") => Some(true),
        letter if letter.is_text("I") || letter.is_text("N") || letter.is_text("P") => Some(false),
        _ => None,
    }
}

/// The error with its traceback.
fn error(sample: &Value<'_>) -> String {
    let error = sample.at("error");
    match error.text() {
        Some(text) => text.into_owned(),
        None => {
            let parts = [error.at("message"), error.at("traceback")];
            let texts: Vec<_> = parts.into_iter().filter_map(Value::text).collect();
            texts.join("\n\n")
        }
    }
}

/// A text, or the texts of a list on lines of their own.
fn list(value: &Value<'_>) -> String {
    match value {
        Value::Array(items) => items.iter().map(Value::show).collect::<Vec<_>>().join("\n"),
        plain => plain.show(),
    }
}

/// The sample's metadata and what else is worth showing.
fn metadata(sample: &Value<'_>) -> Vec<(String, String)> {
    let members = sample.at("metadata").members().iter();
    let mut out: Vec<_> = members.map(|(n, v)| (n.decode().into_owned(), v.show())).collect();
    let mut add = |name: &str, text: Option<String>| {
        if let Some(text) = text.filter(|t| !t.is_empty()) {
            out.push((name.to_owned(), text));
        }
    };
    add("epoch", sample.at("epoch").label().map(|l| l.into_owned()));
    add("model", sample.at("output").at("model").label().map(|l| l.into_owned()));
    add("stop_reason", sample::stop_reason(sample).map(|l| l.into_owned()));
    add("limit", sample::limit_type(sample).map(|l| l.into_owned()));
    add(
        "model_usage",
        Some(sample.at("model_usage").show()).filter(|t| t != "{}"),
    );
    add("uuid", sample.at("uuid").label().map(|l| l.into_owned()));
    out
}

/// Times with their unit.
fn times(sample: &Value<'_>) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for (name, value) in [
        ("output.time", sample.at("output").at("time")),
        ("working_time", sample.at("working_time")),
        ("total_time", sample.at("total_time")),
    ] {
        if let Some(secs) = value.number() {
            out.push((name.to_owned(), format!("{secs:.3} s")));
        }
    }
    for name in ["started_at", "completed_at"] {
        out.extend(sample.at(name).label().map(|t| (name.to_owned(), t.into_owned())));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Run;

    fn read(text: &str, scorer: &str) -> SampleDetail {
        let mut run = Run::default();
        run.meta.scorer = scorer.to_owned();
        run.samples.ids.push("b");
        let context = DetailContext {
            run: &run,
            row: 0,
            head: &[],
        };
        detail(text.as_bytes(), &context).unwrap()
    }

    #[test]
    fn attachments_are_put_back_and_parts_joined() {
        let detail = read(
            r#"{"id":"b","epoch":1,"input":[{"role":"user","content":"attachment://ff"}],"target":["x","y"],
            "messages":[{"role":"user","content":[{"type":"text","text":"see attachment://ff"},{"type":"image"}]},
              {"role":"assistant","content":"","tool_calls":[{"function":"bash","arguments":{"cmd":"ls"}}]}],
            "output":{"completion":"done","time":0.25},"attachments":{"ff":"long text"},
            "scores":{"m":{"value":{"a":1},"answer":"x","explanation":"why"}},"error":{"message":"E","traceback":"T"}}"#,
            "m/a",
        );
        assert_eq!(detail.input, "long text");
        assert_eq!(detail.messages[0].text, "see long text\n(image)");
        assert_eq!(detail.messages[1].text, r#"→ bash({"cmd": "ls"})"#);
        assert_eq!((detail.output.as_str(), detail.target.as_str()), ("done", "x\ny"));
        assert_eq!(detail.explanation, "Answer: x\nwhy");
        assert_eq!(detail.error, "E\n\nT");
        assert_eq!(detail.times, [("output.time".to_owned(), "0.250 s".to_owned())]);
    }

    #[test]
    fn a_summary_is_found_by_id() {
        let detail = read(r#"[{"id":"a","input":"1"},{"id":"b","input":"2","error":"gone"}]"#, "m");
        assert_eq!((detail.input.as_str(), detail.error.as_str()), ("2", "gone"));
    }
}
