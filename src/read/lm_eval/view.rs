//! One logged sample in full.

use super::super::detail::ScoreDetail;
use super::super::json::{self, Value};
use super::super::{DetailContext, ReadError, SampleDetail};
use super::choice::{Choices, arguments};
use super::samples;

/// Reads the sample at the context's row again.
///
/// # Errors
/// The bytes are not JSON, or hold no such sample.
pub fn detail(bytes: &[u8], context: &DetailContext<'_>) -> Result<SampleDetail, ReadError> {
    let value = json::parse(bytes)?;
    let id = context.run.samples.ids.at(context.row);
    let found = match &value {
        Value::Array(list) => list
            .iter()
            .find(|s| s.at("doc_id").label().as_deref() == Some(id) && is_filter(s, &context.run.meta.filter))
            .ok_or_else(|| ReadError::missing("doc_id").of_sample(id))?,
        own => own,
    };
    let arguments = arguments(found);
    let choices = Choices::read(found);
    let taken = choices.as_ref().and_then(|c| c.taken(&context.run.meta.scorer));
    let output = match (&choices, taken) {
        (Some(choices), Some(taken)) => choices.texts.get(taken).cloned().unwrap_or_else(|| taken.to_string()),
        _ => samples::spoken(found),
    };
    let docs = found.at("doc").members().iter();
    let mut metadata: Vec<_> = docs.map(|(n, v)| (n.decode().into_owned(), v.show())).collect();
    metadata.extend(
        found
            .at("filter")
            .label()
            .map(|f| ("filter".to_owned(), f.into_owned())),
    );
    if choices.is_none() {
        metadata.push(("filtered response".to_owned(), samples::answer(found)));
        metadata.extend(repeats(found));
    }
    Ok(SampleDetail {
        id: id.to_owned(),
        input: arguments.first().map(|(prompt, _)| prompt.clone()).unwrap_or_default(),
        output,
        target: target(found, choices.as_ref()),
        choices: choices.as_ref().map(shown).unwrap_or_default(),
        scores: scores(found),
        metadata,
        raw: match &value {
            Value::Array(_) => found.show(),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        },
        ..SampleDetail::default()
    })
}

/// Whether the sample was scored after this filter.
fn is_filter(sample: &Value<'_>, filter: &str) -> bool {
    sample.at("filter").label().as_deref().unwrap_or("none") == filter
}

/// The target; for a position the choice's text behind it.
fn target(sample: &Value<'_>, choices: Option<&Choices>) -> String {
    let target = sample.at("target").show();
    let position = target.parse::<usize>().ok();
    match position.and_then(|i| choices.and_then(|c| c.texts.get(i))) {
        Some(text) => format!("{target}: {text}"),
        None => target,
    }
}

/// Choices with the probability the model gave them.
fn shown(choices: &Choices) -> Vec<String> {
    let probabilities = choices.probabilities.iter().enumerate();
    let line = |(index, probability): (usize, &f64)| {
        let text = choices.texts.get(index).map_or("", String::as_str);
        format!("{text} ({:.1} %)", probability * 100.0).trim().to_owned()
    };
    probabilities.map(line).collect()
}

/// Every response of a document that was asked several times.
fn repeats(sample: &Value<'_>) -> Vec<(String, String)> {
    let all = sample.at("resps").item(0).items();
    if all.len() < 2 {
        return Vec::new();
    }
    let numbered = all.iter().enumerate();
    numbered
        .map(|(i, text)| (format!("response {}", i + 1), text.show()))
        .collect()
}

/// Every metric of the sample.
fn scores(sample: &Value<'_>) -> Vec<ScoreDetail> {
    let metrics = samples::metrics(sample).into_iter();
    let score = |(name, value): (std::borrow::Cow<'_, str>, &Value<'_>)| ScoreDetail {
        name: name.into_owned(),
        value: value.show(),
        ..ScoreDetail::default()
    };
    metrics.map(score).collect()
}
