//! One result: a provider's answer to one test case with one prompt.

use std::borrow::Cow;

use crate::run::{ConfidenceSource, Outcome, Place, Sample};

use super::super::belief::Beliefs;
use super::super::cause::{cause, is_same};
use super::super::json::Value;
use super::super::logprob::mean_probability;
use super::super::stated;

/// Provider's label (else its id), provider's id, prompt's label and the prompt's column: what makes a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// Label, else id.
    pub provider: String,
    /// Id.
    pub id: String,
    /// The prompt as written, with its variables.
    pub prompt: String,
    /// Column of provider and prompt, where the file numbers them.
    pub column: Option<usize>,
}

impl Key {
    /// The run that `result` belongs to.
    #[must_use]
    pub fn of(result: &Value<'_>) -> Self {
        let provider = result.at("provider");
        let id = provider
            .label()
            .or_else(|| provider.at("id").label())
            .unwrap_or_default();
        let label = provider.at("label").label().filter(|l| !l.is_empty());
        let prompt = result.at("prompt");
        let template = [prompt.at("label"), prompt.at("display"), prompt.at("raw")];
        let template = template.into_iter().find_map(Value::label).or_else(|| prompt.label());
        Self {
            provider: label.unwrap_or_else(|| id.clone()).into_owned(),
            id: id.into_owned(),
            prompt: template.unwrap_or_default().into_owned(),
            column: result.at("promptIdx").number().map(|n| n as usize),
        }
    }
}

/// What became of the result.
///
/// An error is an error only where `failureReason` says so; files without that field (version 2) are errors where a
/// row has an error and no grading, or the response itself failed.
#[must_use]
pub fn outcome(result: &Value<'_>) -> Outcome {
    let reason = result.at("failureReason").number();
    let failed = !text(result.at("response").at("error")).is_empty();
    let ungraded = result.at("gradingResult").is_null() && !text(result.at("error")).is_empty();
    if reason == Some(2.0) || (reason.is_none() && (failed || ungraded)) {
        return Outcome::Errored;
    }
    match result
        .at("success")
        .bool()
        .or(result.at("gradingResult").at("pass").bool())
    {
        Some(true) => Outcome::Right,
        Some(false) => Outcome::Wrong,
        None => Outcome::Unscored,
    }
}

/// The result as a row, its id and repeat still to come.
#[must_use]
pub fn row<'a>(result: &Value<'a>, place: Place) -> Sample<'a> {
    let outcome = outcome(result);
    let usage = usage(result);
    let cost = result.at("cost").number().or(result.at("response").at("cost").number());
    let scores = result.at("namedScores").members().iter();
    let errored = outcome == Outcome::Errored;
    let timed_out = errored && cause(&error(result)) == "time-out";
    Sample {
        outcome,
        score: result.at("score").number().filter(|_| !errored),
        latency_secs: result
            .at("latencyMs")
            .number()
            .filter(|ms| *ms >= 0.0)
            .map(|ms| ms / 1000.0),
        timed_out,
        cached: is_cached(result),
        tokens_in: usage.0,
        tokens_out: usage.1,
        cost: cost.filter(|_| !errored),
        failures: failures(result, outcome),
        attributes: scores
            .filter_map(|(name, value)| Some((Cow::Owned(format!("metric {}", name.decode())), value.number()?)))
            .collect(),
        place,
        ..Sample::default()
    }
}

/// Whether the answer came from the cache: the response says so, or, where it does not, all its tokens were cached.
fn is_cached(result: &Value<'_>) -> bool {
    let response = result.at("response");
    response.at("cached").bool().unwrap_or_else(|| {
        let usage = usage_of(result);
        let count = |name: &str| usage.at(name).number().unwrap_or(0.0);
        count("cached") > 0.0 && count("prompt") + count("completion") == 0.0
    })
}

fn usage_of<'v, 'a>(result: &'v Value<'a>) -> &'v Value<'a> {
    let own = result.at("tokenUsage");
    if own.is_null() {
        result.at("response").at("tokenUsage")
    } else {
        own
    }
}

/// Tokens read and written; a usage of nothing but zeros is none.
fn usage(result: &Value<'_>) -> (Option<f64>, Option<f64>) {
    let usage = usage_of(result);
    let count = |name: &str| usage.at(name).number().filter(|n| *n >= 0.0);
    let used = ["prompt", "completion"]
        .iter()
        .filter_map(|name| count(name))
        .sum::<f64>();
    if used > 0.0 {
        (count("prompt"), count("completion"))
    } else {
        (None, None)
    }
}

/// The error's text, of the row or of the response.
#[must_use]
pub fn error(result: &Value<'_>) -> String {
    let own = text(result.at("error"));
    if own.is_empty() {
        text(result.at("response").at("error"))
    } else {
        own
    }
}

fn text(value: &Value<'_>) -> String {
    value.show()
}

/// Why the result is not right.
fn failures<'a>(result: &Value<'a>, outcome: Outcome) -> Vec<Cow<'a, str>> {
    let mut tags = Vec::new();
    match outcome {
        Outcome::Right => return tags,
        Outcome::Errored => tags.push(Cow::Owned(cause(&error(result)))),
        _ => failed_assertions(result.at("gradingResult"), 0, &mut tags),
    }
    let response = result.at("response");
    if let Some(reason @ ("length" | "content_filter" | "max_tokens")) = response.at("finishReason").label().as_deref()
    {
        let stopped = format!("stopped by {reason}");
        // An assertion may have found the same; it is counted once.
        if !tags.iter().any(|tag| is_same(tag, &stopped)) {
            tags.push(Cow::Owned(stopped));
        }
    }
    if response.at("isRefusal").bool() == Some(true) {
        tags.push(Cow::Borrowed("refusal"));
    }
    if response.at("guardrails").at("flagged").bool() == Some(true) {
        tags.push(Cow::Borrowed("guardrail"));
    }
    tags
}

/// Names of the assertions that failed: the metric's, else the kind of assertion. Sets of assertions are looked into.
fn failed_assertions<'a>(grading: &Value<'a>, depth: u8, tags: &mut Vec<Cow<'a, str>>) {
    for component in grading.at("componentResults").items() {
        if component.at("pass").bool() != Some(false) {
            continue;
        }
        let before = tags.len();
        if depth < 8 {
            failed_assertions(component, depth + 1, tags);
        }
        let assertion = component.at("assertion");
        let named = [assertion.at("metric"), assertion.at("type")];
        if tags.len() == before {
            tags.extend(named.into_iter().find_map(|n| n.label().filter(|l| !l.is_empty())));
        }
    }
}

/// Whether promptfoo passed the result without having checked anything.
#[must_use]
pub fn is_unchecked(result: &Value<'_>) -> bool {
    let assertions = result.at("testCase").at("assert");
    let grading = result.at("gradingResult");
    matches!(assertions, Value::Array(list) if list.is_empty())
        && grading.at("componentResults").items().is_empty()
        && result.at("success").bool() == Some(true)
}

/// Puts every confidence of the result.
pub fn believe(result: &Value<'_>, row: usize, beliefs: &mut Beliefs) {
    let named = |value: &Value<'_>| value.label().and_then(|v| stated::number(&v));
    for (name, value) in result.members() {
        let name = name.decode();
        if stated::is_confidence_name(&name) {
            beliefs.put(row, &ConfidenceSource::Field(name.into_owned()), named(value));
        }
    }
    let response = result.at("response");
    let own = response.at("metadata").members().iter();
    let shared = result.at("metadata").members().iter();
    let mut seen: Vec<Cow<'_, str>> = Vec::new();
    for (name, value) in own.chain(shared) {
        let name = name.decode();
        if stated::is_confidence_name(&name) && !seen.contains(&name) {
            beliefs.put(
                row,
                &ConfidenceSource::Metadata(name.clone().into_owned()),
                named(value),
            );
            seen.push(name);
        }
    }
    let output = response.at("output");
    let said = match output {
        Value::Object(members) => {
            let own = members
                .iter()
                .find(|(name, _)| stated::is_confidence_name(&name.decode()));
            own.and_then(|(_, value)| named(value))
        }
        plain => stated::find(&plain.text().unwrap_or_default()),
    };
    beliefs.put(row, &ConfidenceSource::Stated, said);
    put_logprobs(response, row, beliefs);
}

/// Token log-probabilities: of an answer that is one token (one word with one log-probability), its own; else the mean over all.
fn put_logprobs(response: &Value<'_>, row: usize, beliefs: &mut Beliefs) {
    let tokens = response.at("logProbs").items().iter();
    let logprobs: Vec<f64> = tokens
        .filter_map(|token| token.number().or_else(|| token.at("logprob").number()))
        .collect();
    let output = response.at("output").label().unwrap_or_default();
    let one_token = logprobs.len() == 1 && output.split_whitespace().count() == 1;
    let source = if one_token {
        ConfidenceSource::AnswerProbability
    } else {
        ConfidenceSource::TokenProbability
    };
    beliefs.put_probability(row, &source, mean_probability(logprobs));
}

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;

    fn read(text: &str) -> Sample<'_> {
        row(&json::parse(text.as_bytes()).unwrap(), Place::default())
    }

    #[test]
    fn an_error_text_alone_is_a_failed_assertion() {
        let sample = read(
            r#"{"success":false,"failureReason":1,"error":"wrong sum","score":0.66,"latencyMs":15,
            "gradingResult":{"pass":false,"componentResults":[
              {"pass":true,"assertion":{"type":"is-json","metric":"format"}},
              {"pass":false,"assertion":{"type":"javascript","metric":"correct"}},
              {"pass":false,"assertion":{"type":"assert-set"},"componentResults":[{"pass":false,"assertion":{"type":"latency"}}]}]}}"#,
        );
        assert_eq!(sample.outcome, Outcome::Wrong);
        assert_eq!(sample.failures, ["correct", "latency"]);
        assert_eq!((sample.score, sample.latency_secs), (Some(0.66), Some(0.015)));
    }

    #[test]
    fn errors_are_told_by_their_reason_and_in_version_2_by_their_marks() {
        let new = read(
            r#"{"success":false,"failureReason":2,"error":"Evaluation timed out after 3000ms","latencyMs":3000,"cost":0}"#,
        );
        assert_eq!((new.outcome, new.timed_out, new.cost), (Outcome::Errored, true, None));
        assert_eq!(new.failures, ["time-out"]);
        let old = read(r#"{"success":false,"error":"API error: 500","latencyMs":3}"#);
        assert_eq!(old.outcome, Outcome::Errored);
        let graded = read(r#"{"success":false,"error":"wrong","gradingResult":{"pass":false},"latencyMs":3}"#);
        assert_eq!(graded.outcome, Outcome::Wrong);
    }

    #[test]
    fn cached_answers_are_marked_by_the_response_or_its_tokens() {
        assert!(read(r#"{"success":true,"latencyMs":0,"response":{"cached":true}}"#).cached);
        let old = read(r#"{"success":true,"latencyMs":0,"response":{"tokenUsage":{"cached":20,"total":20}}}"#);
        assert!(old.cached);
        assert_eq!(old.tokens_in, None);
        assert!(!read(r#"{"success":true,"latencyMs":9,"response":{"cached":false}}"#).cached);
    }

    #[test]
    fn confidences_come_from_metadata_text_and_tokens() {
        let result = json::parse(
            br#"{"response":{"output":"{\"answer\":14,\"confidence\":0.61}","logProbs":[-0.5,-0.1],"metadata":{"confidence":0.6}},
            "metadata":{"confidence":0.6,"requestId":"r"}}"#,
        )
        .unwrap();
        let mut beliefs = Beliefs::default();
        believe(&result, 0, &mut beliefs);
        let mut samples = crate::run::Samples {
            outcomes: vec![Outcome::Right],
            ..Default::default()
        };
        beliefs.finish(&mut samples, &mut Vec::new());
        let ids: Vec<_> = samples.confidences.iter().map(|c| c.source.id()).collect();
        assert_eq!(ids, ["metadata:confidence", "stated", "token-probability"]);
        assert_eq!(samples.confidence_at(0), Some(0.6));
    }

    #[test]
    fn the_run_is_provider_and_prompt() {
        let result = json::parse(br#"{"provider":{"id":"file://p.js","label":"large"},"prompt":{"raw":"2+2","label":"{{a}}"},"promptIdx":3}"#);
        let key = Key::of(&result.unwrap());
        assert_eq!(
            (key.provider.as_str(), key.prompt.as_str(), key.column),
            ("large", "{{a}}", Some(3))
        );
        let plain = json::parse(br#"{"provider":"echo","prompt":"p"}"#).unwrap();
        assert_eq!(Key::of(&plain).provider, "echo");
    }
}
