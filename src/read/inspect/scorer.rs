//! One scorer of a log as columns beside the samples'.

use crate::run::{Codes, ConfidenceSource, Numbers, Outcome, OutcomeRule, TagSets};

use super::super::belief::Beliefs;
use super::super::facet::Classes;
use super::super::json::Value;
use super::super::score::{ScoreRule, decide};
use super::super::stated;

/// A score value, brought to one form.
#[derive(Clone, Debug, PartialEq)]
pub enum Grade {
    /// C, I, P or N.
    Letter(char),
    /// A number, bool or yes / no.
    Number(f64),
    /// No value: null or NaN.
    Unscored,
    /// A text that is no grade.
    Odd(String),
    /// Several values: each with its key.
    Parts(Vec<(String, Grade)>),
}

impl Grade {
    /// Reads a score's `value`.
    #[must_use]
    pub fn read(value: &Value<'_>) -> Self {
        match value {
            Value::Null => Self::Unscored,
            Value::Bool(value) => Self::Number(f64::from(u8::from(*value))),
            Value::Number(_) => value.number().map_or(Self::Unscored, Self::Number),
            Value::String(text) => Self::of_text(&text.decode()),
            Value::Array(items) => {
                let parts = items.iter().enumerate();
                Self::Parts(parts.map(|(i, v)| (i.to_string(), Self::read(v))).collect())
            }
            Value::Object(members) => {
                let parts = members.iter();
                Self::Parts(parts.map(|(k, v)| (k.decode().into_owned(), Self::read(v))).collect())
            }
        }
    }

    fn of_text(text: &str) -> Self {
        match text {
            "C" => return Self::Letter('C'),
            "I" => return Self::Letter('I'),
            "P" => return Self::Letter('P'),
            "N" => return Self::Letter('N'),
            _ => {}
        }
        let lower = text.trim().to_ascii_lowercase();
        match lower.as_str() {
            "yes" | "true" => Self::Number(1.0),
            "no" | "false" => Self::Number(0.0),
            "nan" | "" => Self::Unscored,
            number => match number.parse::<f64>() {
                Ok(number) if number.is_finite() => Self::Number(number),
                _ => Self::Odd(text.to_owned()),
            },
        }
    }

    /// The grade as a number: C 1, P 0.5, I and N 0.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Letter('C') => Some(1.0),
            Self::Letter('P') => Some(0.5),
            Self::Letter(_) => Some(0.0),
            Self::Number(number) => Some(*number),
            Self::Unscored | Self::Odd(_) | Self::Parts(_) => None,
        }
    }
}

/// Fields of a score's metadata that name a failure category.
const CATEGORIES: [&str; 6] = [
    "failure_category",
    "failure_mode",
    "failure_type",
    "failure",
    "error_type",
    "error_category",
];

/// One scorer, or one value of a scorer that gives several.
#[derive(Clone, Debug, Default)]
pub struct Scorer {
    /// The scorer.
    pub scorer: String,
    /// The value's key, where it gives several.
    pub part: Option<String>,
    scores: Numbers,
    letters: bool,
    failures: TagSets,
    predicted: Classes,
    beliefs: Beliefs,
    odd: u64,
    odd_example: String,
}

/// A scorer's columns, complete.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Scores as numbers.
    pub scores: Numbers,
    /// Outcome by row; `None` where the scorer gave no score.
    pub outcomes: Vec<Option<Outcome>>,
    /// The rule behind them.
    pub rule: OutcomeRule,
    /// Failure categories the scorer named.
    pub failures: TagSets,
    /// Answers, where they come from a small set.
    pub predicted: Codes,
    /// Confidences in the scorer's metadata.
    pub beliefs: Beliefs,
    /// What was wrong, with the number of samples it concerns.
    pub problems: Vec<(String, u64)>,
}

impl Scorer {
    /// An empty column.
    #[must_use]
    pub fn new(scorer: &str, part: Option<&str>) -> Self {
        Self {
            scorer: scorer.to_owned(),
            part: part.map(str::to_owned),
            ..Self::default()
        }
    }

    /// Name of the run's scorer: `match`, or `rubric/format` for a key of several.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.part {
            Some(part) => format!("{}/{part}", self.scorer),
            None => self.scorer.clone(),
        }
    }

    /// Takes the grade of the sample at `row` and what its score says beside it.
    pub fn put(&mut self, row: usize, grade: &Grade, score: &Value<'_>) {
        self.scores.put(row, grade.number());
        self.letters |= matches!(grade, Grade::Letter(_));
        if let Grade::Odd(text) = grade {
            self.odd += 1;
            if self.odd_example.is_empty() {
                self.odd_example.clone_from(text);
            }
        }
        let metadata = score.at("metadata");
        let mut tags: Vec<String> = Vec::new();
        for name in CATEGORIES {
            match metadata.at(name) {
                Value::Array(items) => tags.extend(items.iter().filter_map(Value::label).map(|l| l.into_owned())),
                value => tags.extend(value.label().map(|l| l.into_owned())),
            }
        }
        tags.extend(score.at("reason").label().map(|l| l.into_owned()));
        if *grade == Grade::Letter('N') {
            tags.push("no answer".to_owned());
        }
        self.failures.put(row, tags.iter().map(String::as_str));
        self.predicted.put(row, score.at("answer").label().as_deref());
        for (name, value) in metadata.members() {
            let name = name.decode();
            if stated::is_confidence_name(&name) {
                let source = ConfidenceSource::Metadata(name.into_owned());
                self.beliefs
                    .put(row, &source, value.label().and_then(|v| stated::number(&v)));
            }
        }
    }

    /// Decides every row.
    #[must_use]
    pub fn finish(self, rows: usize, threshold: Option<f64>) -> Judged {
        let rule = ScoreRule {
            threshold,
            grades: self.letters,
            ..ScoreRule::default()
        };
        let mut decided = decide(&self.scores, rows, rule);
        if self.letters && threshold.is_none() {
            decided.rule.words = "letter C".to_owned();
        }
        let mut problems: Vec<(String, u64)> = Vec::new();
        if self.odd > 0 {
            let text = format!(
                "A score that is no grade (“{}”); taken as unscored. Use C, I, P, N, true, false or a number.",
                super::super::error::shorten(&self.odd_example, 40)
            );
            problems.push((text, self.odd));
        }
        if let Some(why) = decided.undecided {
            problems.push((why, self.scores.count() as u64));
        }
        Judged {
            scores: self.scores,
            outcomes: decided.outcomes,
            rule: decided.rule,
            failures: self.failures,
            predicted: self.predicted.finish(rows),
            beliefs: self.beliefs,
            problems,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;

    fn grade(text: &str) -> Grade {
        Grade::read(&json::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn every_kind_of_value_has_one_form() {
        for (text, number) in [
            (r#""C""#, Some(1.0)),
            (r#""P""#, Some(0.5)),
            (r#""N""#, Some(0.0)),
            (r#""I""#, Some(0.0)),
            ("true", Some(1.0)),
            (r#""no""#, Some(0.0)),
            (r#""0.25""#, Some(0.25)),
            ("3", Some(3.0)),
            ("NaN", None),
            ("null", None),
            (r#""GRADE""#, None),
        ] {
            assert_eq!(grade(text).number(), number, "{text}");
        }
        assert_eq!(grade(r#""GRADE""#), Grade::Odd("GRADE".into()));
        let parts = grade(r#"{"a": 1, "b": NaN}"#);
        assert_eq!(
            parts,
            Grade::Parts(vec![("a".into(), Grade::Number(1.0)), ("b".into(), Grade::Unscored)])
        );
    }

    #[test]
    fn partial_and_unanswered_are_categories_of_their_own() {
        let mut scorer = Scorer::new("s", None);
        for (row, text) in [
            r#"{"value":"C"}"#,
            r#"{"value":"P","metadata":{"failure_category":"off by one","confidence":"90%"}}"#,
            r#"{"value":"N","reason":"refusal"}"#,
            r#"{"value":NaN}"#,
        ]
        .into_iter()
        .enumerate()
        {
            let score = json::parse(text.as_bytes()).unwrap();
            scorer.put(row, &Grade::read(score.at("value")), &score);
        }
        let judged = scorer.finish(4, None);
        assert_eq!(
            judged.outcomes,
            [Some(Outcome::Right), Some(Outcome::Partial), Some(Outcome::Wrong), None]
        );
        assert_eq!(judged.failures.tags(), ["off by one", "refusal", "no answer"]);
        assert_eq!(judged.rule.words, "letter C");
    }
}
