//! Counting what is wrong: one entry a cause, with the place of its first record.

use super::error::{ReadError, ReadErrorKind};
use crate::run::Problem;

/// Most causes that are listed one by one.
const CAUSES: usize = 40;

/// Problems by cause.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    problems: Vec<(String, Problem)>,
}

impl Tally {
    /// Counts one record with this error; `left_out` says whether the record was left out for it.
    pub fn add(&mut self, error: &ReadError, left_out: bool) {
        let cause = cause(error, left_out);
        if let Some((_, known)) = self.problems.iter_mut().find(|(c, _)| *c == cause) {
            known.count += 1;
            return;
        }
        if self.problems.len() < CAUSES {
            self.problems.push((cause, error.problem(left_out)));
            return;
        }
        self.note("Further records are wrong in other ways.", left_out);
    }

    /// Counts one record with a problem said in full sentences, which is its cause as well.
    pub fn note(&mut self, text: &str, left_out: bool) {
        if let Some((_, known)) = self.problems.iter_mut().find(|(c, _)| c == text) {
            known.count += 1;
            return;
        }
        let problem = Problem {
            text: text.to_owned(),
            place: String::new(),
            count: 1,
            left_out,
        };
        self.problems.push((text.to_owned(), problem));
    }

    /// Whether nothing was wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many records were left out.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        let left_out = self.problems.iter().filter(|(_, p)| p.left_out);
        left_out.map(|(_, p)| p.count).sum()
    }

    /// The problems, in order of first appearance.
    #[must_use]
    pub fn problems(self) -> Vec<Problem> {
        self.problems.into_iter().map(|(_, p)| p).collect()
    }
}

/// What makes two errors the same cause: their kind and field, not the value given.
fn cause(error: &ReadError, left_out: bool) -> String {
    use ReadErrorKind as K;
    let field = match &error.kind {
        K::WrongType { field, .. } | K::OutOfRange { field, .. } | K::MissingField(field) => field.as_str(),
        K::NotJson(_) | K::NotTable(_) | K::Truncated(_) => "",
        K::Empty(what)
        | K::UnknownFormat(what)
        | K::NewerVersion(what)
        | K::Unsupported(what)
        | K::TooLarge(what)
        | K::Damaged(what) => what.as_str(),
        K::Ambiguous(_) | K::Bomb(_) | K::Unopened(_) | K::Encrypted | K::NotUtf8 | K::OtherShape => "",
    };
    format!("{:?} {left_out} {field}", std::mem::discriminant(&error.kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cause_is_listed_once_with_its_first_place() {
        let mut tally = Tally::default();
        for (line, given) in [(3, "1.2"), (9, "7")] {
            let error = ReadError::out_of_range("p", "between 0 and 1", given);
            tally.add(&error.at_line(Some(line)), true);
        }
        tally.add(&ReadError::missing("id"), false);
        assert_eq!(tally.left_out(), 2);
        let problems = tally.problems();
        assert_eq!(problems.len(), 2);
        assert_eq!((problems[0].count, problems[0].place.as_str()), (2, "line 3"));
    }
}
