//! Multiple choice: log-likelihoods of the choices, as probabilities, and which choice each metric takes.

use super::super::json::Value;
use super::super::logprob::{argmax, softmax};

/// The choices of one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Choices {
    /// Log-likelihood of each choice.
    pub log_likelihoods: Vec<f64>,
    /// Softmax of them.
    pub probabilities: Vec<f64>,
    /// Texts of the choices, without the space that joins them to the prompt; empty where a sample varies the prompt instead.
    pub texts: Vec<String>,
}

impl Choices {
    /// Reads `filtered_resps` with `arguments`; `None` if the sample is no multiple choice (fewer than two pairs of
    /// log-likelihood and greediness), or a log-likelihood is not a number.
    #[must_use]
    pub fn read(sample: &Value<'_>) -> Option<Self> {
        let mut log_likelihoods = Vec::new();
        for pair in sample.at("filtered_resps").items() {
            let greedy = pair.item(1);
            if pair.items().len() != 2
                || !(greedy.bool().is_some() || greedy.is_text("True") || greedy.is_text("False"))
            {
                return None;
            }
            log_likelihoods.push(log_likelihood(pair.item(0))?);
        }
        let arguments = arguments(sample);
        // Mutual information asks every choice twice: with the prompt, then with an empty one.
        let half = log_likelihoods.len() / 2;
        let unprompted = arguments.get(half..).unwrap_or_default();
        if half >= 2 && unprompted.len() == half && unprompted.iter().all(|(prompt, _)| prompt.is_empty()) {
            log_likelihoods.truncate(half);
        }
        if log_likelihoods.len() < 2 {
            return None;
        }
        Some(Self {
            probabilities: softmax(&log_likelihoods)?,
            texts: texts(&arguments, log_likelihoods.len()),
            log_likelihoods,
        })
    }

    /// The choice that `metric` takes as the answer: the likeliest; for `acc_norm` per character, for `acc_bytes` per
    /// byte. `None` where that cannot be told.
    #[must_use]
    pub fn taken(&self, metric: &str) -> Option<usize> {
        let length: fn(&str) -> usize = match metric {
            "acc" | "exact_match" => return argmax(&self.log_likelihoods),
            "acc_norm" => |text| text.chars().count(),
            "acc_bytes" => str::len,
            _ => return None,
        };
        let lengths: Vec<usize> = self.texts.iter().map(|t| length(t)).collect();
        if lengths.len() != self.log_likelihoods.len() || lengths.contains(&0) {
            return None;
        }
        let pairs = self.log_likelihoods.iter().zip(&lengths);
        let per_unit: Vec<f64> = pairs.map(|(l, n)| l / *n as f64).collect();
        argmax(&per_unit)
    }
}

/// Prompt and continuation of each request; objects in new files, lists in old ones.
#[must_use]
pub fn arguments(sample: &Value<'_>) -> Vec<(String, String)> {
    let of = |request: &Value<'_>| match request {
        Value::Array(_) => (request.item(0).show(), request.item(1).show()),
        _ => (request.at("arg_0").show(), request.at("arg_1").show()),
    };
    match sample.at("arguments") {
        Value::Array(requests) => requests.iter().map(of).collect(),
        requests => requests.members().iter().map(|(_, request)| of(request)).collect(),
    }
}

/// The bare choices; empty where all continuations are one and the prompts differ.
fn texts(arguments: &[(String, String)], count: usize) -> Vec<String> {
    let own = arguments.get(..count).unwrap_or_default();
    let Some((_, first)) = own.first() else {
        return Vec::new();
    };
    if own.iter().all(|(_, text)| text == first) {
        return Vec::new();
    }
    let spaced = own.iter().all(|(_, text)| text.starts_with(' '));
    let bare = own.iter().map(|(_, text)| match spaced {
        true => text.get(1..).unwrap_or_default().to_owned(),
        false => text.clone(),
    });
    bare.collect()
}

/// A log-likelihood, written as a number or a string; minus infinity is one, NaN is none.
#[must_use]
pub fn log_likelihood(value: &Value<'_>) -> Option<f64> {
    let number: f64 = value.label()?.trim().parse().ok()?;
    (!number.is_nan() && number < f64::INFINITY).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;

    fn read(text: &str) -> Option<Choices> {
        Choices::read(&json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn the_normalised_answer_can_differ_from_the_likeliest() {
        let choices = read(
            r#"{"filtered_resps":[["-3.0","False"],["-4.0","False"]],
            "arguments":{"gen_args_0":{"arg_0":"q","arg_1":" a"},"gen_args_1":{"arg_0":"q","arg_1":" a long one"}}}"#,
        )
        .unwrap();
        assert_eq!(choices.texts, ["a", "a long one"]);
        assert_eq!(choices.taken("acc"), Some(0));
        assert_eq!(choices.taken("acc_norm"), Some(1));
        assert_eq!(choices.taken("acc_mutual_info"), None);
        let expected = 1.0 / (1.0 + (-1.0f64).exp());
        assert!((choices.probabilities[0] - expected).abs() < 1e-15);
    }

    #[test]
    fn minus_infinity_is_a_choice_and_nan_is_not() {
        let choices = read(r#"{"filtered_resps":[["-inf","False"],["-1.0","True"]]}"#).unwrap();
        assert_eq!(choices.probabilities, [0.0, 1.0]);
        assert_eq!(read(r#"{"filtered_resps":[["nan","False"],["-1.0","True"]]}"#), None);
        assert_eq!(read(r#"{"filtered_resps":["42"]}"#), None);
        assert_eq!(
            read(r#"{"filtered_resps":[[-1.5,true]]}"#),
            None,
            "one request is no choice"
        );
    }

    #[test]
    fn old_lists_and_mutual_information_are_understood() {
        let choices = read(
            r#"{"filtered_resps":[[-1,true],[-2,false],[-9,false],[-8,false]],
            "arguments":[["q"," x"],["q"," y"],[""," x"],[""," y"]]}"#,
        )
        .unwrap();
        assert_eq!(choices.log_likelihoods, [-1.0, -2.0]);
    }

    #[test]
    fn lengths_are_unknown_where_the_prompt_varies() {
        let choices =
            read(r#"{"filtered_resps":[[-1,true],[-2,false]],"arguments":[["He"," ran"],["She"," ran"]]}"#).unwrap();
        assert_eq!((choices.taken("acc"), choices.taken("acc_norm")), (Some(0), None));
    }
}
