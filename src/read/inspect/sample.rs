//! What a sample says beside its scores: time, tokens, confidence, why it failed.

use std::borrow::Cow;

use crate::run::{ConfidenceSource, Outcome, Place, Sample};

use super::super::belief::Beliefs;
use super::super::cause::cause;
use super::super::json::Value;
use super::super::logprob::{answer_probability, mean_probability};
use super::super::{ReadError, moment, stated};

/// Id and epoch of a sample or summary.
///
/// # Errors
/// The record is no object or has no id.
pub fn identity(sample: &Value<'_>) -> Result<(String, u16), ReadError> {
    if !matches!(sample, Value::Object(_)) {
        return Err(ReadError::wrong_type("samples", "objects", sample.kind()));
    }
    let id = sample.at("id").label().ok_or_else(|| ReadError::missing("id"))?;
    let epoch = sample.at("epoch").loose_number().unwrap_or(1.0);
    Ok((id.into_owned(), epoch.clamp(1.0, f64::from(u16::MAX)) as u16))
}

/// Scores by scorer: `scores`, or the one `score` of the oldest logs.
#[must_use]
pub fn scores<'v, 'a>(sample: &'v Value<'a>) -> Vec<(Cow<'a, str>, &'v Value<'a>)> {
    match sample.find("score") {
        Some(score @ Value::Object(_)) => vec![(Cow::Borrowed("score"), score)],
        _ => {
            let members = sample.at("scores").members().iter();
            members.map(|(name, score)| (name.decode(), score)).collect()
        }
    }
}

/// The model's last words, where the record holds them.
#[must_use]
pub fn completion(sample: &Value<'_>) -> String {
    let output = sample.at("output");
    if let Some(text) = output.at("completion").text() {
        return text.into_owned();
    }
    content(output.at("choices").item(0).at("message").at("content"))
}

/// The model's last words, put back where they were taken out into an attachment.
fn answer(sample: &Value<'_>) -> String {
    let text = completion(sample);
    let attached = text.strip_prefix("attachment://");
    let attached = attached.and_then(|hash| sample.at("attachments").at(hash).text());
    attached.map_or(text, Cow::into_owned)
}

/// The text of a message's content: a string, or the text parts of a list.
#[must_use]
pub fn content(content: &Value<'_>) -> String {
    match content {
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.at("text").text());
            texts.collect::<Vec<_>>().join("\n")
        }
        value => value.text().unwrap_or_default().into_owned(),
    }
}

/// The sample as a row; its outcome is what it is where no scorer gave a score.
#[must_use]
pub fn row<'a>(sample: &Value<'a>, id: String, epoch: u16, model: &str, place: Place) -> Sample<'a> {
    let output = sample.at("output");
    let events = Events::count(sample);
    let limit = limit_type(sample);
    let usage = usage(sample, model);
    let started = sample.at("started_at").text().or_else(|| events.first_time.clone());
    let mut attributes = Vec::new();
    for (name, value) in [
        ("retries", retries(sample)),
        ("model_calls", (events.calls > 1).then_some(f64::from(events.calls))),
        ("model_secs_all_calls", (events.calls > 1).then_some(events.secs)),
    ] {
        attributes.extend(value.map(|v| (Cow::Borrowed(name), v)));
    }
    Sample {
        id: Cow::Owned(id),
        epoch,
        outcome: default_outcome(sample),
        latency_secs: seconds(output.at("time")).or_else(|| seconds(sample.at("working_time"))),
        timed_out: matches!(limit.as_deref(), Some("time" | "working")),
        cached: events.calls > 0 && events.from_cache == events.calls,
        tokens_in: usage.tokens_in,
        tokens_out: usage.tokens_out,
        cost: usage.cost,
        started_secs: started.and_then(|s| moment::secs(&s)),
        failures: failures(sample, limit.as_deref()),
        attributes,
        place,
        ..Sample::default()
    }
}

/// Errored if the sample has an error, else unscored.
fn default_outcome(sample: &Value<'_>) -> Outcome {
    if sample.at("error").is_null() {
        Outcome::Unscored
    } else {
        Outcome::Errored
    }
}

/// Whether somebody took the sample's validity back.
#[must_use]
pub fn is_invalidated(sample: &Value<'_>) -> bool {
    !sample.at("invalidation").is_null()
}

/// Why the sample failed, as far as the record says beside its scores.
fn failures<'a>(sample: &Value<'a>, limit: Option<&str>) -> Vec<Cow<'a, str>> {
    let mut tags = Vec::new();
    let error = sample.at("error");
    if !error.is_null() {
        let message = error.at("message").text().or_else(|| error.text()).unwrap_or_default();
        tags.push(Cow::Owned(cause(&message)));
    }
    if let Some(limit) = limit {
        tags.push(Cow::Owned(format!("{limit} limit")));
    }
    if let Some(reason @ ("max_tokens" | "model_length" | "content_filter")) = stop_reason(sample).as_deref() {
        tags.push(Cow::Owned(format!("stopped by {reason}")));
    }
    if is_invalidated(sample) {
        tags.push(Cow::Borrowed("invalidated"));
    }
    tags
}

/// Why the model stopped.
#[must_use]
pub fn stop_reason<'a>(sample: &Value<'a>) -> Option<Cow<'a, str>> {
    sample.at("output").at("choices").item(0).at("stop_reason").label()
}

/// The kind of limit the sample ran into; an object in samples, a text in summaries.
#[must_use]
pub fn limit_type<'a>(sample: &Value<'a>) -> Option<Cow<'a, str>> {
    let limit = sample.at("limit");
    limit.at("type").label().or_else(|| limit.label())
}

/// How often the sample was tried again.
fn retries(sample: &Value<'_>) -> Option<f64> {
    let retries = sample
        .at("retries")
        .number()
        .or_else(|| Some(sample.at("error_retries").items().len() as f64));
    retries.filter(|r| *r > 0.0)
}

/// A time in seconds that can be one.
fn seconds(value: &Value<'_>) -> Option<f64> {
    value.number().filter(|s| *s >= 0.0)
}

/// Tokens and cost of a sample.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Usage {
    tokens_in: Option<f64>,
    tokens_out: Option<f64>,
    cost: Option<f64>,
}

/// Usage of the evaluated model (a judge's tokens are not the answer's); cost of all models, where stated.
fn usage(sample: &Value<'_>, model: &str) -> Usage {
    let by_model = sample.at("model_usage");
    let own = by_model.find(model).or(match by_model.members() {
        [(_, only)] => Some(only),
        _ => None,
    });
    let usage = own.unwrap_or(sample.at("output").at("usage"));
    let count = |name: &str| usage.at(name).number().filter(|n| *n >= 0.0);
    // The count of input tokens leaves out those read from and written to the provider's cache.
    let cached = count("input_tokens_cache_read").unwrap_or(0.0) + count("input_tokens_cache_write").unwrap_or(0.0);
    let costs = by_model
        .members()
        .iter()
        .filter_map(|(_, u)| u.at("total_cost").number());
    let costs: Vec<f64> = costs.collect();
    Usage {
        tokens_in: count("input_tokens").map(|n| n + cached),
        tokens_out: count("output_tokens"),
        cost: (!costs.is_empty()).then(|| costs.iter().sum()),
    }
}

/// What the events tell of the model's calls.
#[derive(Clone, Debug, Default)]
struct Events<'a> {
    calls: u32,
    from_cache: u32,
    secs: f64,
    first_time: Option<Cow<'a, str>>,
}

impl<'a> Events<'a> {
    fn count(sample: &Value<'a>) -> Self {
        let events = match sample.at("events").items() {
            [] => sample.at("transcript").at("events").items(),
            events => events,
        };
        let mut count = Self {
            first_time: events.first().and_then(|e| e.at("timestamp").text()),
            ..Self::default()
        };
        for event in events {
            // Scoring comes after the answer; a judge's calls are not the model's.
            if event.at("type").is_text("scorers") || event.at("name").is_text("scorers") {
                break;
            }
            if event.at("event").is_text("model") {
                count.calls += 1;
                count.from_cache += u32::from(event.at("cache").is_text("read"));
                let secs = seconds(event.at("output").at("time")).or_else(|| seconds(event.at("working_time")));
                count.secs += secs.unwrap_or(0.0);
            }
        }
        count
    }
}

/// Puts every confidence that does not come from a scorer.
pub fn believe(sample: &Value<'_>, row: usize, beliefs: &mut Beliefs) {
    for (name, value) in sample.at("metadata").members() {
        let name = name.decode();
        if stated::is_confidence_name(&name) {
            let source = ConfidenceSource::Metadata(name.into_owned());
            beliefs.put(row, &source, value.label().and_then(|v| stated::number(&v)));
        }
    }
    beliefs.put(row, &ConfidenceSource::Stated, stated::find(&answer(sample)));
    let tokens = tokens(sample);
    if tokens.is_empty() {
        return;
    }
    let mean = mean_probability(tokens.iter().map(|(_, logprob)| *logprob));
    beliefs.put_probability(row, &ConfidenceSource::TokenProbability, mean);
    if let Some(letter) = answer_letter(sample) {
        let own = answer_probability(tokens.into_iter(), &letter);
        beliefs.put_probability(row, &ConfidenceSource::AnswerProbability, own);
    }
}

/// Tokens of the output with their log-probabilities; empty unless they were asked for.
fn tokens<'a>(sample: &Value<'a>) -> Vec<(Cow<'a, str>, f64)> {
    let choice = sample.at("output").at("choices").item(0);
    let content = choice.at("logprobs").at("content").items().iter();
    content
        .filter_map(|t| Some((t.at("token").text()?, t.at("logprob").number()?)))
        .collect()
}

/// The letter the model chose, if the sample is multiple choice.
fn answer_letter(sample: &Value<'_>) -> Option<String> {
    let offered = sample.at("choices").items().len();
    let letter = |text: &str| {
        let mut chars = text.trim().chars();
        let letter = chars.next().filter(char::is_ascii_uppercase)?;
        let index = (letter as u8 - b'A') as usize;
        (chars.next().is_none() && (offered == 0 || index < offered)).then(|| letter.to_string())
    };
    let scored = scores(sample);
    let answers = scored.iter().filter_map(|(_, score)| score.at("answer").text());
    answers.into_iter().find_map(|a| letter(&a)).or_else(|| {
        let text = completion(sample);
        let (_, after) = text.rsplit_once("ANSWER:")?;
        (offered > 0)
            .then(|| letter(after.split_whitespace().next()?))
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;
    use crate::run::Samples;

    fn read(text: &str) -> Sample<'_> {
        let value = json::parse(text.as_bytes()).unwrap();
        let (id, epoch) = identity(&value).unwrap();
        row(&value, id, epoch, "demo/m", Place::default())
    }

    #[test]
    fn the_models_own_time_counts_and_the_total_never() {
        let sample = read(r#"{"id":1,"epoch":2,"output":{"time":0.3},"total_time":1.4,"working_time":0.5}"#);
        assert_eq!(
            (sample.id.as_ref(), sample.epoch, sample.latency_secs),
            ("1", 2, Some(0.3))
        );
        assert_eq!(
            read(r#"{"id":1,"total_time":1.4,"working_time":0.5}"#).latency_secs,
            Some(0.5)
        );
        assert_eq!(read(r#"{"id":1,"total_time":1.4}"#).latency_secs, None);
    }

    #[test]
    fn an_answer_from_the_cache_is_marked() {
        let text = r#"{"id":"a","events":[{"event":"model","cache":"read","output":{"time":0.2}},
            {"event":"span_begin","name":"scorers"},{"event":"model","output":{"time":9}}],"output":{"time":0.2}}"#;
        assert!(read(text).cached);
    }

    #[test]
    fn errors_limits_and_stops_become_categories() {
        let sample = read(
            r#"{"id":1,"error":{"message":"429 Too Many Requests"},"limit":{"type":"time","limit":3},
            "output":{"choices":[{"stop_reason":"max_tokens"}]}}"#,
        );
        assert_eq!(sample.outcome, Outcome::Errored);
        assert_eq!(sample.failures, ["rate limit", "time limit", "stopped by max_tokens"]);
        assert!(sample.timed_out);
        assert_eq!(
            read(r#"{"id":1,"error":"x","limit":"token"}"#).failures,
            ["other error", "token limit"]
        );
    }

    #[test]
    fn tokens_are_the_evaluated_models_cached_ones_included() {
        let sample = read(
            r#"{"id":1,"model_usage":{"demo/m":{"input_tokens":3,"input_tokens_cache_read":7,"output_tokens":5,"total_cost":0.5},
            "judge":{"input_tokens":100,"output_tokens":100,"total_cost":1}}}"#,
        );
        assert_eq!(
            (sample.tokens_in, sample.tokens_out, sample.cost),
            (Some(10.0), Some(5.0), Some(1.5))
        );
    }

    #[test]
    fn the_answer_letters_own_token_is_the_confidence() {
        let text = r#"{"id":1,"choices":["x","y"],"output":{"choices":[{"message":{"content":"ANSWER: B"},
            "logprobs":{"content":[{"token":"ANSWER","logprob":-0.1},{"token":": ","logprob":-0.1},{"token":"B","logprob":-1.0}]}}]},
            "scores":{"choice":{"value":"C","answer":"B"}},"metadata":{"label_confidence":0.2}}"#;
        let value = json::parse(text.as_bytes()).unwrap();
        let mut beliefs = Beliefs::default();
        believe(&value, 0, &mut beliefs);
        let mut samples = Samples {
            outcomes: vec![Outcome::Right],
            ..Samples::default()
        };
        beliefs.finish(&mut samples, &mut Vec::new());
        assert_eq!(samples.confidences.len(), 2, "a label's confidence is not the answer's");
        assert_eq!(samples.confidence_at(0), Some((-1.0f64).exp()));
    }

    #[test]
    fn a_confidence_is_found_in_an_attachment() {
        let text = r#"{"id":1,"output":{"completion":"attachment://ab"},"attachments":{"ab":"12\nConfidence: 80%"}}"#;
        assert_eq!(answer(&json::parse(text.as_bytes()).unwrap()), "12\nConfidence: 80%");
    }

    #[test]
    fn a_sample_without_id_is_refused() {
        assert!(identity(&json::parse(b"{}").unwrap()).is_err());
        assert!(identity(&json::parse(b"3").unwrap()).is_err());
    }
}
