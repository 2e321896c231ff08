//! From scores to outcomes: one rule for every format that grades by number.

use crate::run::{Numbers, Outcome, OutcomeRule};

/// What is known about a scorer before its scores are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreRule {
    /// Whether a larger score is better.
    pub larger_is_better: bool,
    /// Score from which a sample is right, where somebody set one; `None` for the default.
    pub threshold: Option<f64>,
    /// Scores are grades (letters, rubric steps), so only the full score is right.
    pub grades: bool,
}

impl Default for ScoreRule {
    fn default() -> Self {
        Self {
            larger_is_better: true,
            threshold: None,
            grades: false,
        }
    }
}

/// Outcomes of a score column.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// One per row; `None` where there is no score, or no rule that could decide.
    pub outcomes: Vec<Option<Outcome>>,
    /// The rule in words and numbers.
    pub rule: OutcomeRule,
    /// Why no score could be decided, where that is so.
    pub undecided: Option<String>,
}

/// Decides every row of `scores` (`rows` long).
///
/// Scores that are only 0 and 1: 1 is right. Grades in 0..=1 (quarters and thirds, or declared): 1 is right, between
/// is partly right. Other scores in 0..=1: right from 0.5. With a threshold: right from there. A smaller score being better turns each round. Scores
/// outside 0..=1 without a threshold stay undecided.
#[must_use]
pub fn decide(scores: &Numbers, rows: usize, rule: ScoreRule) -> Decided {
    let within = scores.present().all(|s| (0.0..=1.0).contains(&s));
    let binary = scores.present().all(|s| s == 0.0 || s == 1.0);
    let grades = !binary && (rule.grades || scores.present().all(is_step));
    let threshold = match rule.threshold {
        Some(threshold) => threshold,
        None if !within => return undecided(scores, rows, rule),
        None if binary || grades => f64::from(u8::from(rule.larger_is_better)),
        None => 0.5,
    };
    let stepped = grades && rule.threshold.is_none();
    let outcomes = (0..rows).map(|row| scores.at(row).map(|s| one(s, threshold, rule, stepped)));
    Decided {
        outcomes: outcomes.collect(),
        rule: OutcomeRule {
            words: words(threshold, rule.larger_is_better, binary && rule.threshold.is_none()),
            graded: !binary,
            threshold: Some(threshold),
            larger_is_better: rule.larger_is_better,
            ..OutcomeRule::default()
        },
        undecided: None,
    }
}

/// The outcome of one score.
fn one(score: f64, threshold: f64, rule: ScoreRule, stepped: bool) -> Outcome {
    let right = if rule.larger_is_better {
        score >= threshold
    } else {
        score <= threshold
    };
    if right {
        Outcome::Right
    } else if stepped && score > 0.0 && score < 1.0 {
        Outcome::Partial
    } else {
        Outcome::Wrong
    }
}

/// The rule in words.
fn words(threshold: f64, larger_is_better: bool, binary: bool) -> String {
    if binary {
        format!("score = {threshold}")
    } else if larger_is_better {
        format!("score ≥ {threshold}")
    } else {
        format!("score ≤ {threshold}")
    }
}

/// Whether a score is a step of a common rubric: quarters or thirds.
fn is_step(score: f64) -> bool {
    [score * 4.0, score * 3.0].iter().any(|s| (s - s.round()).abs() < 0.011)
}

/// Scores on a scale of their own.
fn undecided(scores: &Numbers, rows: usize, rule: ScoreRule) -> Decided {
    let low = scores.present().fold(f64::INFINITY, f64::min);
    let high = scores.present().fold(f64::NEG_INFINITY, f64::max);
    let why = format!(
        "The scores run from {low} to {high}, and nothing says from which score a sample is right. Set a pass threshold."
    );
    Decided {
        outcomes: vec![None; rows],
        rule: OutcomeRule {
            words: "no pass threshold".to_owned(),
            graded: true,
            threshold: None,
            larger_is_better: rule.larger_is_better,
            ..OutcomeRule::default()
        },
        undecided: Some(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Partial, Right, Wrong};

    fn outcomes(scores: &[f64], rule: ScoreRule) -> Vec<Option<Outcome>> {
        let column: Numbers = scores.iter().map(|s| Some(*s).filter(|s| !s.is_nan())).collect();
        decide(&column, scores.len(), rule).outcomes
    }

    #[test]
    fn each_kind_of_score_has_its_rule() {
        let larger = ScoreRule::default();
        let smaller = ScoreRule {
            larger_is_better: false,
            ..larger
        };
        assert_eq!(
            outcomes(&[1.0, 0.0, f64::NAN], larger),
            [Some(Right), Some(Wrong), None]
        );
        assert_eq!(
            outcomes(&[1.0, 0.5, 0.0], larger),
            [Some(Right), Some(Partial), Some(Wrong)]
        );
        assert_eq!(
            outcomes(&[0.765, 0.5, 0.091], larger),
            [Some(Right), Some(Right), Some(Wrong)]
        );
        assert_eq!(outcomes(&[1.0, 0.0], smaller), [Some(Wrong), Some(Right)]);
        assert_eq!(outcomes(&[0.9, 0.2], smaller), [Some(Wrong), Some(Right)]);
    }

    #[test]
    fn a_threshold_settles_any_scale() {
        let rule = ScoreRule {
            threshold: Some(4.0),
            ..ScoreRule::default()
        };
        assert_eq!(outcomes(&[5.0, 3.0], rule), [Some(Right), Some(Wrong)]);
        let column: Numbers = [Some(5.0), Some(3.0)].into_iter().collect();
        let open = decide(&column, 2, ScoreRule::default());
        assert_eq!(open.outcomes, [None, None]);
        assert!(open.undecided.is_some());
    }
}
