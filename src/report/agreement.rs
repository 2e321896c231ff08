//! Two judgements of the same samples: the confusion matrix and how far they agree beyond chance.
//!
//! The second judgement is that of another scorer, a column that people filled in, or the truth beside the prediction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::accuracy::{mean_of, rate_of};
use super::input::{Input, Units};
use super::metric::Metric;
use super::{Agreement, Report, Section};
use crate::estimate::{Estimate, Unit};
use crate::run::{Outcome, Samples};
use crate::stat::confusion::{Confusion, Weights, kappa};
use crate::stat::paired::PairedCounts;

/// More classes than this are free text, not classes.
const MOST_CLASSES: usize = 50;
/// More different scores than this are a measurement, not grades.
const MOST_GRADES: usize = 10;
/// What precedes the name in the id of another scorer.
const SCORER: &str = "scorer:";
/// What precedes the name in the id of a column.
const COLUMN: &str = "column:";
/// The id that asks for truth and prediction.
const NONE: &str = "none";
/// Parts of the name of a column that people filled in.
const PEOPLE: [&str; 10] = [
    "human",
    "humans",
    "annotator",
    "annotation",
    "expert",
    "rater",
    "manual",
    "reviewer",
    "people",
    "crowd",
];

pub(super) fn compute(input: &Input<'_>, report: &mut Report) {
    let choices = choices(input);
    let second = chosen(input, &choices);
    let found = match &second {
        Some(id) => judged(input, id),
        None => classes(input),
    };
    match found {
        Ok(table) => put(input, report, &table, &choices),
        Err(why) => report.agreement = Section::Missing(why),
    }
}

/// Ids of the judgements that the run's own can be held against, those of people first.
fn choices(input: &Input<'_>) -> Vec<String> {
    let samples = input.samples;
    let columns = samples.slices.iter().map(|(name, _)| name);
    let columns = columns.chain(samples.attributes.iter().map(|(name, _)| name));
    let columns = columns
        .filter(|name| is_of_people(name))
        .map(|name| format!("{COLUMN}{name}"));
    let scorers = samples.judges.iter().map(|judge| format!("{SCORER}{}", judge.name));
    let mut all: Vec<String> = columns.chain(scorers).collect();
    all.sort_by_key(|id| (!is_of_people(id), id.clone()));
    all.dedup();
    all
}

/// Whether a column or scorer of this name holds what people said.
pub(super) fn is_of_people(name: &str) -> bool {
    let name = name.to_lowercase();
    name.split(|letter: char| !letter.is_alphanumeric())
        .any(|part| PEOPLE.contains(&part))
}

/// The second judgement to use: the one asked for if there is one of this id, else one of people, else another scorer where
/// there is no truth and prediction; `None` for truth and prediction.
fn chosen(input: &Input<'_>, choices: &[String]) -> Option<String> {
    let asked = input.options.second.as_deref();
    if asked == Some(NONE) {
        return None;
    }
    if let Some(own) = choices.iter().find(|own| Some(own.as_str()) == asked) {
        return Some(own.clone());
    }
    let first = choices.first()?;
    (is_of_people(first) || classes(input).is_err()).then(|| first.clone())
}

/// How a judgement is called on the page.
fn words(id: &str) -> String {
    match (id.strip_prefix(SCORER), id.strip_prefix(COLUMN)) {
        (Some(name), _) => format!("scorer “{name}”"),
        (_, Some(name)) => format!("column “{name}”"),
        _ => id.to_owned(),
    }
}

/// Two judgements of the same rows.
struct Table {
    /// Id of the second judgement; empty for truth and prediction.
    second: String,
    /// What rows and columns are called.
    names: (String, String),
    /// Classes in their order.
    classes: Vec<String>,
    /// Whether that order means something.
    is_ordered: bool,
    /// Row of the run, class of the second judgement, class of the run's own.
    pairs: Vec<(usize, u32, u32)>,
}

impl Table {
    /// From names of classes, in the order of the names.
    fn of_names(second: &str, names: (String, String), pairs: &[(usize, &str, &str)]) -> Self {
        let all: BTreeSet<&str> = pairs.iter().flat_map(|(_, theirs, own)| [*theirs, *own]).collect();
        Self::in_order(second, names, all.into_iter().collect(), pairs)
    }

    fn in_order(second: &str, names: (String, String), classes: Vec<&str>, pairs: &[(usize, &str, &str)]) -> Self {
        let codes: HashMap<&str, u32> = classes.iter().zip(0u32..).map(|(name, code)| (*name, code)).collect();
        let coded = |(row, theirs, own): &(usize, &str, &str)| Some((*row, *codes.get(theirs)?, *codes.get(own)?));
        Self {
            second: second.to_owned(),
            names,
            pairs: pairs.iter().filter_map(coded).collect(),
            classes: classes.into_iter().map(str::to_owned).collect(),
            is_ordered: false,
        }
    }
}

/// Truth against prediction.
fn classes(input: &Input<'_>) -> Result<Table, String> {
    let samples = input.samples;
    let pairs: Vec<(usize, &str, &str)> = input
        .scored_rows()
        .filter_map(|row| Some((row, samples.truth.at(row)?, samples.predicted.at(row)?)))
        .collect();
    let table = Table::of_names("", ("truth".to_owned(), "prediction".to_owned()), &pairs);
    if table.classes.is_empty() || table.classes.len() > MOST_CLASSES {
        return Err(
            "Needs a true and a predicted class from the same small set (at most 50 classes), a second scorer \
                    of the same answers, or a column of human labels (named human, annotator or expert)."
                .to_owned(),
        );
    }
    Ok(table)
}

/// A judgement of one row: in a word, and as a grade.
type Judgement<'a> = (Option<&'static str>, Option<f64>, Option<&'a str>);

/// What the judgement `id` says of `row`: right, partly right or wrong; the grade; the text as given.
fn said<'a>(samples: &'a Samples, id: &str, row: usize) -> Judgement<'a> {
    if let Some(judge) = id
        .strip_prefix(SCORER)
        .and_then(|name| samples.judges.iter().find(|j| j.name == name))
    {
        let outcome = judge.outcomes.get(row).copied().unwrap_or_default();
        let word = outcome.is_scored().then(|| outcome.word());
        return (word, word.and_then(|_| judge.scores.at(row)), None);
    }
    let name = id.strip_prefix(COLUMN).unwrap_or(id);
    if let Some(text) = samples.slice(name).and_then(|codes| codes.at(row)) {
        return (
            verdict(text),
            text.trim().parse().ok().filter(|v: &f64| v.is_finite()),
            Some(text),
        );
    }
    let column = samples.attributes.iter().find(|(own, _)| own == name);
    let grade = column.and_then(|(_, numbers)| numbers.at(row));
    let word = match grade {
        Some(1.0) => Some(Outcome::Right.word()),
        Some(0.0) => Some(Outcome::Wrong.word()),
        _ => None,
    };
    (word, grade, None)
}

/// A label of people as an outcome; `None` for any other word.
fn verdict(text: &str) -> Option<&'static str> {
    match text.trim().to_lowercase().as_str() {
        "1" | "1.0" | "true" | "yes" | "y" | "c" | "correct" | "right" | "pass" | "passed" | "good" | "accept"
        | "accepted" | "ok" => Some(Outcome::Right.word()),
        "0" | "0.0" | "false" | "no" | "n" | "i" | "incorrect" | "wrong" | "fail" | "failed" | "bad" | "reject"
        | "rejected" => Some(Outcome::Wrong.word()),
        "0.5" | "p" | "partial" | "partly right" | "partially correct" => Some(Outcome::Partial.word()),
        _ => None,
    }
}

/// A grade as the name of a class.
fn grade_name(grade: f64) -> String {
    // -0 and 0 are one grade.
    (grade + 0.0).to_string()
}

/// The judgement `row` got, by the names that classes have; for [`super::Filter`]:
/// that of `id` reads `theirs`, the run's own `own`.
pub(super) fn is_judged(samples: &Samples, row: usize, id: &str, theirs: &str, own: &str) -> bool {
    let outcome = samples.outcomes.get(row).copied().unwrap_or_default();
    let (word, grade, text) = said(samples, id, row);
    let is_theirs = word == Some(theirs) || text == Some(theirs) || grade.map(grade_name).as_deref() == Some(theirs);
    let is_own = outcome.word() == own
        || samples.predicted.at(row) == Some(own)
        || samples.scores.at(row).map(grade_name).as_deref() == Some(own);
    outcome.is_scored() && is_theirs && is_own
}

/// The run's own judgement against the one called `id`: by grades where both give a few, by the predicted class where the
/// column holds classes, else by right and wrong.
fn judged(input: &Input<'_>, id: &str) -> Result<Table, String> {
    let samples = input.samples;
    let names = (words(id), own_words(input));
    let rows: Vec<(usize, Judgement<'_>)> = input.scored_rows().map(|row| (row, said(samples, id, row))).collect();
    if let Some((classes, pairs)) = by_grade(input, &rows) {
        return Ok(Table {
            second: id.to_owned(),
            names,
            classes,
            is_ordered: true,
            pairs,
        });
    }
    let named: Vec<(usize, &str, &str)> = (rows.iter())
        .filter_map(|(row, (.., text))| Some((*row, (*text)?, samples.predicted.at(*row)?)))
        .collect();
    let own: BTreeSet<&str> = named.iter().map(|(.., own)| *own).collect();
    if named.iter().any(|(_, theirs, _)| own.contains(theirs)) {
        let table = Table::of_names(id, names.clone(), &named);
        if table.classes.len() <= MOST_CLASSES {
            return Ok(table);
        }
    }
    let verdicts: Vec<(usize, &str, &str)> = (rows.iter())
        .filter_map(|(row, (word, ..))| Some((*row, (*word)?, input.outcome(*row).word())))
        .collect();
    if verdicts.is_empty() {
        return Err(format!(
            "No scored sample has a verdict of the {} that reads as right or wrong.",
            names.0
        ));
    }
    let partial = Outcome::Partial.word();
    let has_partial = verdicts
        .iter()
        .any(|(_, theirs, own)| *theirs == partial || *own == partial);
    let order = [Outcome::Wrong.word(), partial, Outcome::Right.word()];
    let order = order
        .into_iter()
        .filter(|word| has_partial || *word != partial)
        .collect();
    Ok(Table {
        is_ordered: true,
        ..Table::in_order(id, names, order, &verdicts)
    })
}

fn own_words(input: &Input<'_>) -> String {
    match input.run.meta.scorer.as_str() {
        "" => "the file's verdict".to_owned(),
        scorer => words(&format!("{SCORER}{scorer}")),
    }
}

/// Names of the classes, and row with its two codes.
type Graded = (Vec<String>, Vec<(usize, u32, u32)>);

/// Classes and pairs where both judgements are grades of at least three and at most ten values together.
fn by_grade(input: &Input<'_>, rows: &[(usize, Judgement<'_>)]) -> Option<Graded> {
    if !input.run.rule.graded {
        return None;
    }
    let pairs: Vec<(usize, f64, f64)> = rows
        .iter()
        .filter_map(|(row, (_, grade, _))| Some((*row, (*grade)?, input.samples.scores.at(*row)?)))
        .collect();
    let mut grades: Vec<f64> = pairs
        .iter()
        .flat_map(|(_, theirs, own)| [theirs + 0.0, own + 0.0])
        .collect();
    grades.sort_unstable_by(f64::total_cmp);
    grades.dedup();
    if !(3..=MOST_GRADES).contains(&grades.len()) {
        return None;
    }
    let code = |grade: f64| {
        grades
            .binary_search_by(|own| own.total_cmp(&(grade + 0.0)))
            .ok()
            .map(|at| at as u32)
    };
    let coded = pairs
        .iter()
        .filter_map(|(row, theirs, own)| Some((*row, code(*theirs)?, code(*own)?)));
    let coded = coded.collect();
    Some((grades.into_iter().map(grade_name).collect(), coded))
}

/// Summary scores of a table, and the metrics they are.
struct Scores {
    observed: Estimate,
    kappa: Estimate,
    weighted: Estimate,
    lean: Estimate,
    macro_f1: Estimate,
}

fn put(input: &Input<'_>, report: &mut Report, table: &Table, choices: &[String]) {
    let size = table.classes.len();
    let matrix = Confusion::of(size, table.pairs.iter().map(|(_, theirs, own)| (*theirs, *own)));
    let scores = scores(input, table, &matrix);
    let metrics = [
        ("agreement.observed", &scores.observed),
        ("agreement.kappa", &scores.kappa),
        ("agreement.weighted-kappa", &scores.weighted),
        ("agreement.lean", &scores.lean),
        ("agreement.macro-f1", &scores.macro_f1),
    ];
    for (id, estimate) in metrics {
        report.metrics.insert(id.to_owned(), estimate.clone());
    }
    report.agreement = Section::Ready(Agreement {
        rows: table.names.0.clone(),
        columns: table.names.1.clone(),
        classes: table.classes.clone(),
        counts: (0..size * size)
            .map(|place| matrix.count(place / size, place % size))
            .collect(),
        by_class: (0..size)
            .map(|class| {
                let score = matrix.class(class);
                (score.precision, score.recall, score.f1)
            })
            .collect(),
        scores: rows(table, &matrix, &scores),
        second: table.second.clone(),
        choices: choices.iter().map(|id| (id.clone(), words(id))).collect(),
    });
}

fn scores(input: &Input<'_>, table: &Table, matrix: &Confusion) -> Scores {
    let n = matrix.n();
    let undefined =
        |id: &str, why: &str| Metric::find(id).map_or_else(Estimate::default, |metric| metric.undefined(why, n));
    let groups: Option<Vec<u32>> = input.groups().map(|groups| {
        let of_row = |(row, ..): &(usize, u32, u32)| groups.of_row.get(*row).copied().unwrap_or(0);
        table.pairs.iter().map(of_row).collect()
    });
    let pairs: Vec<(u32, u32)> = table.pairs.iter().map(|(_, theirs, own)| (*theirs, *own)).collect();
    let beyond_chance = |id: &str, weights: Weights| {
        let found = kappa(table.classes.len(), &pairs, groups.as_deref(), weights, input.alpha());
        let Some(found) = found else {
            return undefined(
                id,
                "Both judgements name one class only, so agreement by chance is certain.",
            );
        };
        let ends = (found.interval.map(|i| i.low), found.interval.map(|i| i.high));
        let level = if found.interval.is_some() { input.level() } else { 0.0 };
        let method = if groups.is_some() {
            "delta method, clustered"
        } else {
            "delta method"
        };
        Estimate::new(found.value, ends, level, n, method, Unit::Score)
    };
    let agrees: BTreeMap<usize, f64> = table
        .pairs
        .iter()
        .map(|(row, theirs, own)| (*row, f64::from(u8::from(theirs == own))))
        .collect();
    let units = input.units(agrees.keys().copied(), |row| agrees.get(&row).copied());
    let is_judged = !table.second.is_empty();
    Scores {
        observed: rate_of(&units, input.alpha(), Unit::Share, ""),
        kappa: beyond_chance("agreement.kappa", Weights::Equal),
        weighted: match table.is_ordered && table.classes.len() > 2 {
            true => beyond_chance("agreement.weighted-kappa", Weights::Quadratic),
            false => undefined(
                "agreement.weighted-kappa",
                "Needs three ordered classes, such as grades.",
            ),
        },
        lean: match is_judged && table.is_ordered {
            true => lean(input, table).unwrap_or_else(|| undefined("agreement.lean", "Needs two samples.")),
            false => undefined(
                "agreement.lean",
                "Needs a second judgement in right and wrong, or in grades.",
            ),
        },
        macro_f1: match matrix.macro_f1().filter(|_| !is_judged) {
            Some(value) => Estimate::new(value, (None, None), 0.0, n, "confusion matrix", Unit::Score),
            None => undefined("agreement.macro-f1", "Needs a true and a predicted class."),
        },
    }
}

/// Share put into the highest class by the run's own judgement less that by the second, paired.
fn lean(input: &Input<'_>, table: &Table) -> Option<Estimate> {
    let top = table.classes.len().checked_sub(1)? as u32;
    let tops: BTreeMap<usize, (bool, bool)> = table
        .pairs
        .iter()
        .map(|(row, theirs, own)| (*row, (*theirs == top, *own == top)))
        .collect();
    if input.groups().is_some() {
        let share = |yes: bool| f64::from(u8::from(yes));
        let difference = |row: usize| tops.get(&row).map(|(theirs, own)| share(*own) - share(*theirs));
        let units: Units = input.units(tops.keys().copied(), difference);
        let mut estimate = mean_of(&units, input.alpha(), Unit::Points)?;
        estimate.method = format!("paired, {}", estimate.method);
        return Some(estimate);
    }
    let counts = PairedCounts::of(tops.values().copied());
    let found = counts.bonett_price(input.alpha())?;
    let ends = (Some(found.interval.low), Some(found.interval.high));
    Some(Estimate::new(
        found.value,
        ends,
        input.level(),
        counts.n(),
        "paired, Bonett–Price",
        Unit::Points,
    ))
}

/// The scores as the page lists them.
fn rows(table: &Table, matrix: &Confusion, scores: &Scores) -> Vec<(String, Estimate)> {
    let n = matrix.n();
    let plain = |value: Option<f64>, unit: Unit| match value {
        Some(value) => Estimate::new(value, (None, None), 0.0, n, "confusion matrix", unit),
        None => Estimate::undefined("One side is one class only.", n, "confusion matrix", unit),
    };
    let is_judged = !table.second.is_empty();
    let first = if is_judged { "Observed agreement" } else { "Accuracy" };
    let mut rows = vec![
        (first.to_owned(), scores.observed.clone()),
        ("Cohen's kappa".to_owned(), scores.kappa.clone()),
    ];
    if scores.weighted.value.is_some() {
        rows.push(("Quadratic-weighted kappa".to_owned(), scores.weighted.clone()));
    }
    if scores.lean.value.is_some() {
        let top = table.classes.last().map_or("", String::as_str);
        rows.push((
            format!("Share “{top}” by {} less that by {}", table.names.1, table.names.0),
            scores.lean.clone(),
        ));
    }
    let mcc = (
        "Matthews correlation (MCC)".to_owned(),
        plain(matrix.mcc(), Unit::Score),
    );
    if is_judged {
        rows.push(mcc);
        return rows;
    }
    rows.push((
        "Balanced accuracy".to_owned(),
        plain(matrix.balanced_accuracy(), Unit::Share),
    ));
    rows.push(("Macro F1".to_owned(), scores.macro_f1.clone()));
    rows.push(mcc);
    rows
}
