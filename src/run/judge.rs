//! What other scorers said of the same answers.

use std::collections::HashMap;

use super::{Meta, Numbers, Outcome, Run, Samples};

/// More scorers than this are not held against each other.
const MOST: usize = 8;

/// The verdicts of another scorer on the samples of a run, row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judge {
    /// Its name: scorer and filter, unique among the judges of a run.
    pub name: String,
    /// What it made of each sample; unscored where it saw none of this id and epoch, or several.
    pub outcomes: Vec<Outcome>,
    /// Its scores as given, where they are graded; empty otherwise.
    pub scores: Numbers,
}

/// Tells every run what the other scorers of the same answers said: runs of the same model, prompt and task that differ
/// in scorer or filter, paired by id and epoch.
///
/// Groups of more than eight scorers are left alone.
pub fn attach(runs: &mut [Run]) {
    let found: Vec<Vec<Judge>> = (0..runs.len()).map(|own| judges(runs, own)).collect();
    for (run, judges) in runs.iter_mut().zip(found) {
        run.samples.judges = judges;
    }
}

fn judges(runs: &[Run], own: usize) -> Vec<Judge> {
    let Some(run) = runs.get(own) else { return Vec::new() };
    let others: Vec<&Run> = runs.iter().filter(|other| is_sibling(&run.meta, &other.meta)).collect();
    if others.len() >= MOST {
        return Vec::new();
    }
    others.into_iter().map(|other| judge(&run.samples, other)).collect()
}

fn is_sibling(a: &Meta, b: &Meta) -> bool {
    let same = [(&a.model, &b.model), (&a.prompt, &b.prompt), (&a.task, &b.task)];
    same.iter().all(|(a, b)| a == b) && (&a.scorer, &a.filter) != (&b.scorer, &b.filter) && !b.scorer.is_empty()
}

fn judge(samples: &Samples, other: &Run) -> Judge {
    let theirs = &other.samples;
    let rows = matched(samples, theirs);
    let outcome = |row: &Option<usize>| row.and_then(|row| theirs.outcomes.get(row).copied());
    let score = |row: &Option<usize>| row.and_then(|row| theirs.scores.at(row));
    let meta = &other.meta;
    Judge {
        name: match meta.filter.as_str() {
            "" => meta.scorer.clone(),
            filter => format!("{} ({filter})", meta.scorer),
        },
        outcomes: rows.iter().map(|row| outcome(row).unwrap_or_default()).collect(),
        scores: match other.rule.graded {
            true => rows.iter().map(score).collect(),
            false => Numbers::default(),
        },
    }
}

/// The other's row of each row: of the same id and epoch, if both stand once on either side.
fn matched(mine: &Samples, theirs: &Samples) -> Vec<Option<usize>> {
    let index = |samples: &Samples| {
        let mut places: HashMap<(String, u16), Option<usize>> = HashMap::with_capacity(samples.len());
        for row in 0..samples.len() {
            let place = places.entry((samples.ids.at(row).to_owned(), samples.epoch(row)));
            place.and_modify(|known| *known = None).or_insert(Some(row));
        }
        places
    };
    let is_parallel = mine.len() == theirs.len()
        && (0..mine.len()).all(|row| mine.ids.at(row) == theirs.ids.at(row) && mine.epoch(row) == theirs.epoch(row));
    if is_parallel {
        return (0..mine.len()).map(Some).collect();
    }
    let (own, others) = (index(mine), index(theirs));
    let row_of = |row: usize| {
        let key = (mine.ids.at(row).to_owned(), mine.epoch(row));
        let is_single = !key.0.is_empty() && own.get(&key).is_some_and(Option::is_some);
        others.get(&key).copied().flatten().filter(|_| is_single)
    };
    (0..mine.len()).map(row_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Sample;

    fn run(scorer: &str, rows: &[(&str, Outcome)]) -> Run {
        let mut run = Run::default();
        scorer.clone_into(&mut run.meta.scorer);
        for (id, outcome) in rows {
            run.samples.push(&Sample {
                id: (*id).into(),
                outcome: *outcome,
                ..Sample::default()
            });
        }
        run.samples.close();
        run
    }

    #[test]
    fn scorers_of_the_same_answers_are_paired_by_id() {
        use Outcome::{Right, Unscored, Wrong};
        let mut runs = vec![
            run("judge", &[("a", Right), ("b", Wrong), ("c", Right), ("c", Right)]),
            run("human", &[("b", Right), ("a", Right), ("c", Wrong)]),
        ];
        attach(&mut runs);
        let judges = &runs[0].samples.judges;
        assert_eq!((judges.len(), judges[0].name.as_str()), (1, "human"));
        assert_eq!(judges[0].outcomes, [Right, Right, Unscored, Unscored]);
        assert_eq!(runs[1].samples.judges[0].outcomes, [Wrong, Right, Unscored]);
    }

    #[test]
    fn another_model_is_no_second_scorer() {
        let mut runs = vec![
            run("judge", &[("a", Outcome::Right)]),
            run("human", &[("a", Outcome::Right)]),
        ];
        runs[1].meta.model = "other".to_owned();
        attach(&mut runs);
        assert!(runs.iter().all(|run| run.samples.judges.is_empty()));
    }
}
