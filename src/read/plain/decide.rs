//! What only the whole table can tell: outcomes, what the confidence is of, which rows make which run.

use std::hash::BuildHasher as _;

use super::super::Part;
use super::super::cause::TIME_OUT;
use super::super::logprob::{argmax, softmax};
use super::super::role::{Role, Verdict};
use super::super::score::{self, ScoreRule};
use super::layout::Layout;
use super::of_role;
use super::slot::Scores;
use super::stage::{Stage, same};
use crate::run::{
    Codes, ConfidenceOf, ConfidenceSource, Labels, Meta, Outcome, OutcomeRule, Problem, Run, Samples, TagSets,
};

/// Most runs that one table is split into.
const MAX_RUNS: usize = 1_000;

/// Says that rows of too many models are one run.
fn pooled(runs: usize) -> Problem {
    let (runs, most) = (crate::text::count(runs as u64), crate::text::count(MAX_RUNS as u64));
    Problem {
        text: format!(
            "The rows are of {runs} models, tasks, prompts or scorers; at most {most} are told apart, so all rows are \
             one run. Split the file."
        ),
        count: 1,
        ..Problem::default()
    }
}

/// Ends a table.
pub(super) fn finish(mut stage: Stage, layout: &Layout, threshold: Option<f64>, name: &str) -> Part {
    stage.samples.outcomes = vec![Outcome::Unscored; stage.rows()];
    close(&mut stage);
    add_latency(&mut stage);
    let vector = of_role(&layout.columns, Role::Vector)
        .chain(of_role(&layout.columns, Role::Wide))
        .next();
    if let Some(column) = vector.and_then(|i| layout.columns.get(i)) {
        let wide = column.role == Role::Wide;
        add_classes(&mut stage, if wide { "class probabilities" } else { &column.name });
    }
    let mut problems = Vec::new();
    let mut rule = decide(&mut stage, threshold, &mut problems);
    add_errors(&mut stage);
    settle_positive(&mut stage, &mut rule);
    drop_free_text(&mut stage, &mut problems);
    stage.samples.close();
    let meta = meta_of(&mut stage, name);
    let samples = std::mem::take(&mut stage.samples);
    let mut runs = split(&stage.splits, samples, &meta, &rule, &mut problems);
    for run in &mut runs {
        // Within its run: an id that another model answered as well is no repeat.
        number_repeats(&mut run.samples);
    }
    problems.splice(0..0, std::mem::take(&mut stage.tally).problems());
    Part {
        runs,
        problems,
        ..Part::default()
    }
}

fn close(stage: &mut Stage) {
    let rows = stage.rows();
    for codes in &mut stage.splits {
        codes.close(rows);
    }
    stage.error_causes.close(rows);
    stage.end_secs.close(rows);
    stage.samples.confidences.retain(|column| !column.values.is_absent());
    stage.samples.close();
    stage.samples.confidence = None;
}

/// Latency from start and end, where no column holds it.
fn add_latency(stage: &mut Stage) {
    if !stage.samples.latency_secs.is_absent() || stage.end_secs.is_absent() {
        return;
    }
    let rows = stage.rows();
    let mut negative = false;
    for row in 0..rows {
        let (start, end) = (stage.samples.started_secs.at(row), stage.end_secs.at(row));
        let secs = start.zip(end).map(|(start, end)| end - start);
        negative |= secs.is_some_and(|s| s < 0.0);
        let secs = secs.filter(|s| *s >= 0.0 && !stage.samples.is_cached(row));
        // Times since 1970 hold microseconds in a double; further digits are noise.
        stage
            .samples
            .latency_secs
            .put(row, secs.map(|s| (s * 1e6).round() / 1e6));
    }
    stage.samples.latency_secs.close(rows);
    if negative {
        stage
            .tally
            .note("Some samples end before they start; they have no latency.", false);
    }
    stage.roles.push(("latency".to_owned(), "end minus start".to_owned()));
}

/// Probabilities of classes: the top label where no prediction stands there, and its probability.
fn add_classes(stage: &mut Stage, source: &str) {
    let width = stage.classes.len();
    if width < 2 {
        return;
    }
    let rows = stage.rows();
    for row in 0..rows {
        let Some(scores) = stage.scores.get_mut(row * width..(row + 1) * width) else {
            break;
        };
        let probabilities = match stage.kind {
            Scores::Probabilities => Some(scores.to_vec()),
            Scores::LogProbabilities => Some(scores.iter().map(|s| s.exp()).collect()),
            Scores::Logits => softmax(scores),
        };
        let top = probabilities.as_deref().and_then(argmax);
        match (probabilities, top) {
            (Some(probabilities), Some(_)) => scores.copy_from_slice(&probabilities),
            _ => scores.fill(f64::NAN),
        }
        let given = stage.samples.predicted.at(row).map(str::to_owned);
        if given.is_none() {
            let name = top.and_then(|top| stage.classes.get(top));
            stage.samples.predicted.set(row, name.map_or("", String::as_str));
            let truth = stage.samples.truth.at(row);
            if let (Some(matched), Some(truth)) = (stage.matches.get_mut(row), truth) {
                *matched = name.map(|name| same(truth, name));
            }
        }
        let class = match given {
            Some(given) => stage.classes.iter().position(|class| *class == given).or(top),
            None => top,
        };
        let p = class
            .and_then(|class| scores.get(class).copied())
            .filter(|p| (0.0..=1.0).contains(p));
        let source = ConfidenceSource::Field(source.to_owned());
        stage.samples.confidence_column(&source).put(row, p);
    }
    stage.samples.predicted.close(rows);
    stage.samples.class_probabilities = std::mem::take(&mut stage.scores);
    stage.samples.class_names = stage.classes.clone();
}

/// Decides the outcomes by the best basis there is.
fn decide(stage: &mut Stage, threshold: Option<f64>, problems: &mut Vec<Problem>) -> OutcomeRule {
    let rows = stage.rows();
    let role = |stage: &Stage, word: &str| {
        let found = stage.roles.iter().find(|(role, _)| role == word);
        found.map_or_else(String::new, |(_, said)| said.clone())
    };
    if stage.verdicts.iter().any(Option::is_some) {
        for (verdict, outcome) in stage.verdicts.iter().zip(&mut stage.samples.outcomes) {
            *outcome = verdict.map_or(Outcome::Unscored, |v| match v {
                Verdict::Right => Outcome::Right,
                Verdict::Wrong => Outcome::Wrong,
                Verdict::Partial => Outcome::Partial,
            });
        }
        return rule(format!("the column “{}”", role(stage, "correct")));
    }
    let prose = is_never_equal(stage) && (0..2).any(|which| stage.reads_as_prose(which));
    if prose {
        problems.push(not_compared(stage));
    } else if stage.matches.iter().any(Option::is_some) {
        for (matched, outcome) in stage.matches.iter().zip(&mut stage.samples.outcomes) {
            *outcome = of_bool(*matched);
        }
        let words = match (role(stage, "prediction"), role(stage, "target")) {
            (predicted, truth) if predicted.is_empty() => format!("the most probable class equals “{truth}”"),
            (predicted, truth) => format!("“{predicted}” equals “{truth}”"),
        };
        problems.extend(never_equal(stage, &words));
        return rule(words);
    }
    if positive_names(&stage.samples.truth).is_some()
        && let Some(words) = decide_positive(stage)
    {
        return OutcomeRule {
            confidence_of: ConfidenceOf::PositiveClass,
            ..rule(words)
        };
    }
    if !stage.samples.scores.is_absent() {
        let decided = score::decide(
            &stage.samples.scores,
            rows,
            ScoreRule {
                threshold,
                ..ScoreRule::default()
            },
        );
        for (found, outcome) in decided.outcomes.iter().zip(&mut stage.samples.outcomes) {
            *outcome = found.unwrap_or(Outcome::Unscored);
        }
        problems.extend(decided.undecided.map(|text| Problem {
            text,
            count: rows as u64,
            ..Problem::default()
        }));
        return decided.rule;
    }
    rule("nothing: the table has no column that says what is right".to_owned())
}

/// Whether five predictions or more were compared with their targets and none is equal.
fn is_never_equal(stage: &Stage) -> bool {
    stage.matches.iter().flatten().count() >= 5 && !stage.matches.contains(&Some(true))
}

/// Free texts of which none equals its target were not meant to be compared letter for letter.
fn not_compared(stage: &Stage) -> Problem {
    Problem {
        text:
            "Answers and targets are free texts, of which no two are the same letter for letter; nothing says what is \
               right. Add a column “correct” with true or false."
                .to_owned(),
        count: stage.matches.iter().flatten().count() as u64,
        ..Problem::default()
    }
}

/// A prediction that equals no target at all is more likely written differently than wrong each time.
fn never_equal(stage: &Stage, words: &str) -> Option<Problem> {
    let compared = stage.matches.iter().flatten().count();
    is_never_equal(stage).then(|| Problem {
        text: format!(
            "Right means that {words}, letter for letter, and none is. If the two are only written differently, add a \
             column “correct” with true or false."
        ),
        count: compared as u64,
        ..Problem::default()
    })
}

fn rule(words: String) -> OutcomeRule {
    OutcomeRule {
        words,
        larger_is_better: true,
        ..OutcomeRule::default()
    }
}

fn of_bool(right: Option<bool>) -> Outcome {
    match right {
        Some(true) => Outcome::Right,
        Some(false) => Outcome::Wrong,
        None => Outcome::Unscored,
    }
}

/// Truth and a probability of class 1, no prediction: right is what 0.5 makes of it.
fn decide_positive(stage: &mut Stage) -> Option<String> {
    let best = stage.samples.confidences.iter().map(|c| &c.source).min()?.clone();
    let ConfidenceSource::Field(name) = &best else {
        return None;
    };
    let name = name.clone();
    let values = stage.samples.confidence_column(&best).clone();
    for row in 0..stage.rows() {
        let truth = stage.samples.truth.at(row).and_then(is_positive);
        let right = truth.zip(values.at(row)).map(|(truth, p)| truth == (p >= 0.5));
        if let Some(outcome) = stage.samples.outcomes.get_mut(row) {
            *outcome = of_bool(right);
        }
    }
    let kept = stage.samples.confidences.iter().position(|c| c.source == best);
    stage.samples.confidence = kept;
    Some(format!("“{name}” ≥ 0.5 agrees with the target"))
}

/// A probability of class 1 beside a binary prediction becomes the probability of the prediction.
///
/// It is taken for that of class 1 if there are predictions of both classes and nine of ten agree with p ≥ 0.5.
fn settle_positive(stage: &mut Stage, rule: &mut OutcomeRule) {
    let named = positive_names(&stage.samples.predicted).is_some();
    if rule.confidence_of == ConfidenceOf::PositiveClass || !named {
        return;
    }
    for index in 0..stage.samples.confidences.len() {
        let Some(confidence) = stage.samples.confidences.get_mut(index) else {
            break;
        };
        let ConfidenceSource::Field(name) = &confidence.source else {
            continue;
        };
        let (mut agree, mut low, mut count) = (0, 0, 0);
        for row in 0..stage.errors.len() {
            let predicted = stage.samples.predicted.at(row).and_then(is_positive);
            if let (Some(predicted), Some(p)) = (predicted, confidence.values.at(row)) {
                count += 1;
                agree += usize::from(predicted == (p >= 0.5));
                low += usize::from(p < 0.5);
            }
        }
        if low == 0 || agree * 10 < count * 9 || stage.samples.class_names.len() > 1 {
            continue;
        }
        let words = format!("{name}, the probability of class 1; for predictions of the other class, 1 minus it");
        let turned = (0..stage.errors.len()).map(|row| {
            let predicted = stage.samples.predicted.at(row).and_then(is_positive);
            let p = confidence.values.at(row)?;
            predicted.map(|positive| if positive { p } else { 1.0 - p })
        });
        confidence.values = turned.collect();
        for (role, said) in &mut stage.roles {
            if role == "confidence" && said == name {
                said.clone_from(&words);
            }
        }
    }
}

/// The two names of a binary column, if they are names of classes 0 and 1.
fn positive_names(codes: &Codes) -> Option<()> {
    let names = codes.names();
    (!names.is_empty() && names.len() <= 2 && names.iter().all(|name| is_positive(name).is_some())).then_some(())
}

/// Whether a class name means class 1; `None` if it means neither.
fn is_positive(name: &str) -> Option<bool> {
    match name.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "positive" | "pos" => Some(true),
        "0" | "-1" | "false" | "no" | "negative" | "neg" => Some(false),
        _ => None,
    }
}

/// Errors: a sample without a score whose call failed is errored; a scored one keeps its outcome and gets the cause.
fn add_errors(stage: &mut Stage) {
    let no_failures = stage.samples.failures.is_absent();
    let rows = stage.errors.len();
    for row in 0..rows {
        if !stage.errors.get(row).copied().unwrap_or(false) {
            continue;
        }
        let Some(outcome) = stage.samples.outcomes.get_mut(row) else {
            break;
        };
        if *outcome == Outcome::Unscored {
            *outcome = Outcome::Errored;
        }
        if *outcome == Outcome::Right {
            continue;
        }
        if no_failures {
            stage.samples.failures.put(row, stage.error_causes.at(row));
        }
        if stage.error_causes.at(row) == Some(TIME_OUT) {
            stage.samples.timed_out.resize(rows, false);
            stage
                .samples
                .timed_out
                .iter_mut()
                .skip(row)
                .take(1)
                .for_each(|cut| *cut = true);
        }
    }
    stage.samples.failures.close(rows);
    if !no_failures {
        name_errors(stage);
    }
}

/// An errored sample that the author put into no category is in that of its error's cause.
fn name_errors(stage: &mut Stage) {
    let mut named = TagSets::default();
    let rows = stage.errors.len();
    for row in 0..rows {
        let own = stage.samples.failures.at(row);
        let is_errored = stage.samples.outcomes.get(row) == Some(&Outcome::Errored);
        if own.is_empty() && is_errored {
            named.put(row, stage.error_causes.at(row));
        } else {
            let tags = stage.samples.failures.tags();
            named.put(row, own.iter().filter_map(|&tag| tags.get(tag)).map(String::as_str));
        }
    }
    named.close(rows);
    stage.samples.failures = named;
}

/// Free text is no class; slices with too many names are dropped, and said to be.
fn drop_free_text(stage: &mut Stage, problems: &mut Vec<Problem>) {
    let rows = stage.rows();
    let useless = |codes: &Codes| codes.names().len() > 50 && codes.names().len() * 2 > rows;
    if stage.is_free_text(0) || useless(&stage.samples.truth) {
        stage.samples.truth = Codes::default();
    }
    if stage.is_free_text(1) || useless(&stage.samples.predicted) {
        stage.samples.predicted = Codes::default();
    }
    let dropped = std::mem::take(&mut stage.dropped);
    stage.samples.slices.retain(|(name, _)| !dropped.contains(name));
    for name in dropped {
        stage.roles.retain(|(role, said)| !(role == "slice" && *said == name));
        problems.push(Problem {
            text: format!("The column “{name}” has more than 200 different values; it is not offered as a slice."),
            count: 1,
            ..Problem::default()
        });
    }
}

/// The same id several times, and no epoch column: repeats are numbered in file order.
fn number_repeats(samples: &mut Samples) {
    if !samples.epochs.is_empty() {
        if samples.epochs.contains(&0) {
            for epoch in &mut samples.epochs {
                *epoch = epoch.saturating_add(1);
            }
        }
        return;
    }
    if all_differ(&samples.ids) {
        return;
    }
    let mut seen: std::collections::HashMap<&str, u16> = std::collections::HashMap::new();
    let epochs: Vec<u16> = samples
        .ids
        .iter()
        .map(|id| {
            let count = seen.entry(id).or_insert(0);
            *count = count.saturating_add(1);
            *count
        })
        .collect();
    if epochs.iter().any(|&epoch| epoch > 1) {
        samples.epochs = epochs;
    }
}

/// Whether no id stands twice. `false` may be wrong where two ids happen to share a hash.
fn all_differ(ids: &Labels) -> bool {
    let state = std::hash::RandomState::new();
    let mut hashes: Vec<u64> = ids.iter().map(|id| state.hash_one(id)).collect();
    hashes.sort_unstable();
    hashes.is_sorted_by(|a, b| a < b)
}

/// Lineage from beside the records, and the roles.
fn meta_of(stage: &mut Stage, name: &str) -> Meta {
    let known = |names: &[&str]| {
        let found = stage.lineage.iter().find(|(key, _)| names.contains(&key.as_str()));
        found.map_or_else(String::new, |(_, value)| value.clone())
    };
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let mut meta = Meta {
        model: known(&["model", "model_name", "model_id"]),
        task: known(&["task", "task_name", "dataset", "dataset_name", "benchmark"]),
        prompt: known(&["prompt_name", "prompt_version", "variant"]),
        created: super::super::moment::utc(&known(&["created", "created_at", "timestamp", "date"])),
        commit: known(&["commit", "git_hash", "git_commit"]),
        roles: std::mem::take(&mut stage.roles),
        ..Meta::default()
    };
    for (key, value) in &stage.lineage {
        if let Some(number) = value.parse::<f64>().ok().filter(|n| n.is_finite()) {
            meta.reported.push((key.clone(), number));
        }
    }
    if meta.model.is_empty() && meta.task.is_empty() {
        stem.clone_into(&mut meta.name);
    }
    meta
}

/// Rows of different models, tasks, prompts or scorers make different runs.
///
/// Beyond [`MAX_RUNS`] they stay together, and `problems` says so.
fn split(
    splits: &[Codes; 4],
    samples: Samples,
    meta: &Meta,
    rule: &OutcomeRule,
    problems: &mut Vec<Problem>,
) -> Vec<Run> {
    let mut groups: Vec<([u32; 4], Vec<usize>)> = Vec::new();
    let mut index = std::collections::HashMap::new();
    let single = splits.iter().all(|codes| codes.names().len() < 2);
    if !single {
        for row in 0..samples.len() {
            let key = [0, 1, 2, 3].map(|which: usize| splits.get(which).map_or(0, |codes| codes.code(row)));
            let at = *index.entry(key).or_insert(groups.len());
            if at == groups.len() {
                groups.push((key, Vec::new()));
            }
            if let Some((_, rows)) = groups.get_mut(at) {
                rows.push(row);
            }
        }
    }
    if groups.len() > MAX_RUNS {
        problems.push(pooled(groups.len()));
        return vec![Run {
            meta: meta.clone(),
            samples,
            rule: rule.clone(),
            problems: Vec::new(),
        }];
    }
    let run = |key: [u32; 4], samples: Samples| {
        let mut meta = meta.clone();
        let fields = [&mut meta.model, &mut meta.task, &mut meta.prompt, &mut meta.scorer];
        for ((field, codes), code) in fields.into_iter().zip(splits).zip(key) {
            if let Some(name) = codes.name(code) {
                name.clone_into(field);
                meta.name.clear();
            }
        }
        Run {
            meta,
            samples,
            rule: rule.clone(),
            problems: Vec::new(),
        }
    };
    if single {
        let key = [0, 1, 2, 3].map(|which: usize| splits.get(which).map_or(0, |c| u32::from(c.names().len() == 1)));
        return vec![run(key, samples)];
    }
    groups
        .into_iter()
        .map(|(key, rows)| run(key, samples.pick(&rows)))
        .collect()
}
