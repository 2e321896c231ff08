//! Where a column's values go: decided once, from its role, name and first values.

use super::super::role::{Column, Role, class_of, duration_unit, role_of_event, snake};
use super::super::table::Comma;
use super::stage::Stage;
use crate::run::{Codes, ConfidenceSource, Numbers, Samples};

/// How a confidence is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Fraction,
    Percent,
    Logit,
}

/// How class scores are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scores {
    #[default]
    Probabilities,
    LogProbabilities,
    Logits,
}

/// Where a column's values go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot {
    Skip,
    Id,
    Correct,
    /// By number in [`Samples::confidences`].
    Confidence(usize, Scale),
    Vector,
    /// The best label with its score, which goes into the confidence of this number.
    Top(usize),
    /// By number in [`Stage::classes`].
    Wide(usize),
    /// With the number of the confidence stated in the text, if texts state one.
    Predicted(Option<usize>),
    Truth,
    Amount(Amount),
    Category(Category),
    /// Latency, bare numbers in units of so many seconds; `None` if only values with a unit count.
    Latency(Option<f64>),
    /// Time to first token, likewise.
    Ttft(Option<f64>),
    Start,
    End,
    Failure,
    Error,
    Cached,
    TimedOut,
    Epoch,
}

/// A column of numbers kept as they are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Amount {
    Score,
    TokensIn,
    TokensOut,
    Cost,
    /// By number in [`Samples::attributes`].
    Attribute(usize),
}

/// A column of names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Category {
    Cluster,
    /// Model, task, prompt or scorer, by number in [`Stage::splits`].
    Split(usize),
    /// By number in [`Samples::slices`].
    Slice(usize),
}

impl Amount {
    /// Its column.
    #[inline]
    pub(super) fn of(self, samples: &mut Samples) -> Option<&mut Numbers> {
        match self {
            Self::Score => Some(&mut samples.scores),
            Self::TokensIn => Some(&mut samples.tokens_in),
            Self::TokensOut => Some(&mut samples.tokens_out),
            Self::Cost => Some(&mut samples.cost),
            Self::Attribute(which) => samples.attributes.get_mut(which).map(|(_, numbers)| numbers),
        }
    }
}

impl Stage {
    /// Decides where a column goes, and notes it in the list of roles.
    pub(super) fn slot(&mut self, column: &Column) -> Slot {
        let mut said = column.name.clone();
        let slot = match column.role {
            Role::Skip => return Slot::Skip,
            Role::Confidence => self.confidence(column, &mut said),
            Role::Vector if column.stats.width.1 == 1 => {
                said.push_str(", the best label with its score");
                Slot::Top(self.confidence_at(ConfidenceSource::Field(column.name.clone())))
            }
            Role::Vector => {
                self.kind = kind_of(column.stats.sums, &column.name);
                said.push_str(kind_words(self.kind));
                Slot::Vector
            }
            Role::Wide => self.wide(column, &mut said),
            Role::Predicted => {
                let stated = column.stats.stated > 0;
                Slot::Predicted(stated.then(|| self.confidence_at(ConfidenceSource::Stated)))
            }
            Role::Latency | Role::Ttft => {
                let (secs, words) = duration_unit(&column.name, &column.stats);
                said = format!("{}, {words}", column.name);
                if column.role == Role::Ttft {
                    Slot::Ttft(secs)
                } else {
                    Slot::Latency(secs)
                }
            }
            Role::Slice => {
                self.samples.slices.push((column.name.clone(), Codes::default()));
                Slot::Category(Category::Slice(self.samples.slices.len() - 1))
            }
            Role::Attribute => {
                self.samples.attributes.push((column.name.clone(), Numbers::default()));
                Slot::Amount(Amount::Attribute(self.samples.attributes.len() - 1))
            }
            role => of_role(role),
        };
        said.push_str(match column.comma {
            Comma::Decimal => ", with decimal commas",
            Comma::Thousands => ", with commas between thousands",
            Comma::Absent | Comma::Unclear => "",
        });
        if matches!(column.role, Role::Score | Role::Attribute) && column.stats.percents > 0 {
            said.push_str(", percentages read as fractions");
        }
        self.roles.push((column.role.word().to_owned(), said));
        slot
    }

    /// Takes up a field that appears late and is there only where something happened (an error, a time-out): its
    /// number. `None` if its name says something else, or another field says it already.
    pub(super) fn add_event(&mut self, name: &str) -> Option<usize> {
        let role = role_of_event(name)?;
        let slot = of_role(role);
        let taken = |known: &Slot| std::mem::discriminant(known) == std::mem::discriminant(&slot);
        if self.slots.iter().any(taken) {
            return None;
        }
        self.slots.push(slot);
        self.names.push(name.to_owned());
        self.roles.push((role.word().to_owned(), name.to_owned()));
        Some(self.slots.len() - 1)
    }

    fn confidence(&mut self, column: &Column, said: &mut String) -> Slot {
        let scale = scale_of(column);
        said.push_str(match scale {
            Scale::Fraction => "",
            Scale::Percent => ", read as percent",
            Scale::Logit => ", a logit turned into a probability by the logistic function",
        });
        Slot::Confidence(self.confidence_at(source_of(&column.name)), scale)
    }

    /// The number of a confidence column, added if it is new. Columns that stay empty are dropped at the end.
    fn confidence_at(&mut self, source: ConfidenceSource) -> usize {
        self.samples.confidence_column(&source);
        let found = self.samples.confidences.iter().position(|c| c.source == source);
        found.unwrap_or(self.samples.confidences.len())
    }

    fn wide(&mut self, column: &Column, said: &mut String) -> Slot {
        const PREFIXES: [&str; 11] = [
            "probabilities",
            "probability",
            "probs",
            "proba",
            "prob",
            "class",
            "logits",
            "logit",
            "scores",
            "score",
            "p",
        ];
        let class = PREFIXES.iter().find_map(|prefix| class_of(&column.name, prefix));
        if snake(&column.name).starts_with("logit") {
            self.kind = Scores::Logits;
            said.push_str(kind_words(self.kind));
        }
        self.classes.push(class.unwrap_or(&column.name).to_owned());
        Slot::Wide(self.classes.len() - 1)
    }
}

/// Where the values of a role go that needs no more than its name.
fn of_role(role: Role) -> Slot {
    match role {
        Role::Id => Slot::Id,
        Role::Correct => Slot::Correct,
        Role::Truth => Slot::Truth,
        Role::Score => Slot::Amount(Amount::Score),
        Role::TokensIn => Slot::Amount(Amount::TokensIn),
        Role::TokensOut => Slot::Amount(Amount::TokensOut),
        Role::Cost => Slot::Amount(Amount::Cost),
        Role::Start => Slot::Start,
        Role::End => Slot::End,
        Role::Failure => Slot::Failure,
        Role::Error => Slot::Error,
        Role::Cached => Slot::Cached,
        Role::TimedOut => Slot::TimedOut,
        Role::Epoch => Slot::Epoch,
        Role::Cluster => Slot::Category(Category::Cluster),
        Role::Model => Slot::Category(Category::Split(0)),
        Role::Task => Slot::Category(Category::Split(1)),
        Role::Prompt => Slot::Category(Category::Split(2)),
        Role::Scorer => Slot::Category(Category::Split(3)),
        _ => Slot::Skip,
    }
}

/// How a confidence column is written: percent by its name, or if half its numbers are above 1 and none above 100.
fn scale_of(column: &Column) -> Scale {
    let name = snake(&column.name);
    if name.ends_with("logit") {
        return Scale::Logit;
    }
    let stats = &column.stats;
    let above = stats.numbers.iter().filter(|n| **n > 1.0).count();
    let named = name.contains("percent") || name.contains("pct");
    let high = stats.range().map_or(0.0, |(_, high)| high);
    let bare = stats.percents * 2 < stats.numbers.len();
    if bare && (named && above > 0 || (above * 2 >= stats.numbers.len() && above > 0 && high <= 100.0)) {
        return Scale::Percent;
    }
    Scale::Fraction
}

fn source_of(name: &str) -> ConfidenceSource {
    let first = name.split('.').next().unwrap_or("");
    if name.contains('.') && matches!(first, "metadata" | "meta" | "extra") {
        return ConfidenceSource::Metadata(name.to_owned());
    }
    ConfidenceSource::Field(name.to_owned())
}

fn kind_of((plain, logs): (bool, bool), name: &str) -> Scores {
    if logs && !plain {
        Scores::LogProbabilities
    } else if plain && !snake(name).contains("logit") {
        Scores::Probabilities
    } else {
        Scores::Logits
    }
}

fn kind_words(kind: Scores) -> &'static str {
    match kind {
        Scores::Probabilities => "",
        Scores::LogProbabilities => ", log probabilities turned into probabilities",
        Scores::Logits => ", logits turned into probabilities by softmax",
    }
}
