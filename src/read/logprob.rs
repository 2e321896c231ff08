//! Confidence from log-probabilities: of the chosen option, of the answer's own token, of all tokens of a text.

/// Probabilities proportional to `exp(log_likelihoods)`.
///
/// Minus infinity gives 0. `None` if the slice is empty, holds NaN or plus infinity, or is minus infinity throughout.
#[must_use]
pub fn softmax(log_likelihoods: &[f64]) -> Option<Vec<f64>> {
    let largest = log_likelihoods.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() || log_likelihoods.iter().any(|l| l.is_nan()) {
        return None;
    }
    let weights: Vec<f64> = log_likelihoods.iter().map(|l| (l - largest).exp()).collect();
    let total: f64 = weights.iter().sum();
    Some(weights.into_iter().map(|w| w / total).collect())
}

/// Index of the largest value; the first of equals, as numpy's `argmax`. `None` if empty or any value is NaN.
#[must_use]
pub fn argmax(values: &[f64]) -> Option<usize> {
    if values.iter().any(|v| v.is_nan()) {
        return None;
    }
    let mut best: Option<(usize, f64)> = None;
    for (index, &value) in values.iter().enumerate() {
        if best.is_none_or(|(_, b)| value > b) {
            best = Some((index, value));
        }
    }
    best.map(|(index, _)| index)
}

/// The geometric mean of the tokens' probabilities: `exp` of the mean log-probability.
///
/// `None` without tokens, or if one is NaN or positive beyond rounding.
#[must_use]
pub fn mean_probability(logprobs: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sum = 0.0;
    let mut count = 0u32;
    for logprob in logprobs {
        sum += probability_log(logprob)?;
        count += 1;
    }
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

/// The probability of the token that is the answer itself (the letter of a multiple-choice answer): the last token
/// that reads `answer` once spaces, brackets and punctuation are taken off.
///
/// `None` if no token does.
#[must_use]
pub fn answer_probability<'a>(
    tokens: impl DoubleEndedIterator<Item = (std::borrow::Cow<'a, str>, f64)>,
    answer: &str,
) -> Option<f64> {
    let wanted = bare(answer);
    if wanted.is_empty() {
        return None;
    }
    let (_, logprob) = tokens.rev().find(|(token, _)| bare(token) == wanted)?;
    probability_log(logprob).map(f64::exp)
}

/// A log-probability with rounding errors above 0 taken as 0; `None` for what cannot be one.
fn probability_log(logprob: f64) -> Option<f64> {
    (logprob <= 1e-6).then(|| logprob.min(0.0))
}

/// A token without the marks tokenisers and formatting put around it.
fn bare(token: &str) -> &str {
    token.trim_matches(|c: char| {
        c.is_whitespace() || c.is_ascii_punctuation() || matches!(c, '\u{0120}' | '\u{2581}' | '\u{010a}')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn tokens(list: &[(&'static str, f64)]) -> Vec<(Cow<'static, str>, f64)> {
        list.iter().map(|(t, l)| (Cow::Borrowed(*t), *l)).collect()
    }

    #[test]
    fn softmax_takes_minus_infinity_and_refuses_nan() {
        let p = softmax(&[-1.0, f64::NEG_INFINITY, -1.0]).unwrap();
        assert_eq!(p, [0.5, 0.0, 0.5]);
        assert_eq!(softmax(&[-1.0, f64::NAN]), None);
        assert_eq!(softmax(&[f64::NEG_INFINITY]), None);
        assert_eq!(softmax(&[]), None);
    }

    #[test]
    fn the_first_of_equals_is_the_largest() {
        assert_eq!(argmax(&[-2.0, -1.0, -1.0]), Some(1));
        assert_eq!(argmax(&[]), None);
    }

    #[test]
    fn the_answer_is_the_last_token_that_reads_so() {
        let list = tokens(&[("A", -3.0), ("NSWER", -0.1), (":", -0.1), (" A", -0.5), (".", -0.2)]);
        let p = answer_probability(list.into_iter(), "A").unwrap();
        assert!((p - (-0.5f64).exp()).abs() < 1e-15);
        let list = tokens(&[("ANSWER", -0.1), ("\u{0120}(B", -0.7), (")", 0.0)]);
        let p = answer_probability(list.into_iter(), "B").unwrap();
        assert!((p - (-0.7f64).exp()).abs() < 1e-15);
        assert_eq!(answer_probability(tokens(&[("x", 0.0)]).into_iter(), "B"), None);
        assert_eq!(answer_probability(tokens(&[("", 0.0)]).into_iter(), ""), None);
    }

    #[test]
    fn the_mean_is_geometric_and_refuses_impossible_tokens() {
        let p = mean_probability([(0.25f64).ln(), 0.0]).unwrap();
        assert!((p - 0.5).abs() < 1e-12);
        assert_eq!(mean_probability([]), None);
        assert_eq!(mean_probability([2.0]), None);
    }
}
