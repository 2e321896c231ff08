//! The runs under review, judged one by one: the one on show first, then the others. The worst verdict counts.

use std::{collections::BTreeMap, sync::Arc};

use leptos::{prelude::*, task::spawn_local};

use super::{desk, kept};
use crate::{
    report::{Bound, Options, Report},
    review::{Policy, Review, Verdict, Verdicts},
    ui::{
        action,
        state::State,
        worker::{Failure, Thread, message::Measure},
    },
};

/// A run as it was judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// What its gates needed.
    pub bounds: Arc<Vec<Bound>>,
    /// What they say.
    pub verdicts: Arc<Verdicts>,
}

/// By what the runs were judged; with any other, they have to be judged anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Ground {
    policy: Policy,
    options: Options,
    baseline: Option<usize>,
}

/// A run under review.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its index among the open runs, or those of the review on show.
    pub run: usize,
    /// Its name.
    pub name: String,
    /// Its verdict; `None` without a policy, or while it is measured.
    pub verdicts: Option<Arc<Verdicts>>,
}

/// Every run under review: all but the baseline. Follows the signals it reads.
#[must_use]
pub fn standings(state: State) -> Vec<Standing> {
    let shown = state.run.get();
    let (own, judged) = (state.desk.verdicts.get(), state.desk.judged.get());
    let verdicts = |run: usize| match run == shown {
        true => own.clone(),
        false => judged.get(&run).map(|judged| judged.verdicts.clone()),
    };
    let names = state
        .set
        .with(|set| set.runs.iter().map(|card| card.meta.name.clone()).collect::<Vec<_>>());
    if !names.is_empty() {
        let runs = under_review(names.len(), shown, state.baseline.get());
        let standing = |run: usize| Standing {
            run,
            name: names.get(run).cloned().unwrap_or_default(),
            verdicts: verdicts(run),
        };
        return runs.into_iter().map(standing).collect();
    }
    let Some(claimed) = state.desk.claimed.get() else {
        return Vec::new();
    };
    let reports = claimed.reports.iter().enumerate();
    let standing = |(run, report): (usize, &Report)| Standing {
        run,
        name: report.meta.name.clone(),
        verdicts: match run == shown {
            true => own.clone(),
            false => claimed.verdicts.get(run).cloned().map(Arc::new),
        },
    };
    reports.map(standing).collect()
}

/// The worst verdict of `standings`; `None` while one that could be worse is not known.
#[must_use]
pub fn worst(standings: &[Standing]) -> Option<Verdict> {
    let known = standings.iter().filter_map(|standing| standing.verdicts.as_ref());
    let worst = known.map(|verdicts| verdicts.verdict).max()?;
    let is_whole = standings.iter().all(|standing| standing.verdicts.is_some());
    (is_whole || worst == Verdict::Fail).then_some(worst)
}

/// Indices of the runs under review, of `count` that are open.
fn under_review(count: usize, shown: usize, baseline: Option<usize>) -> Vec<usize> {
    let baseline = baseline.filter(|&baseline| baseline != shown);
    (0..count).filter(|&run| Some(run) != baseline).collect()
}

fn open_under_review(state: State) -> Vec<usize> {
    let count = state.set.with_untracked(|set| set.runs.len());
    under_review(count, state.run.get_untracked(), state.baseline.get_untracked())
}

/// With which run `run` is compared: the chosen baseline, for runs not on show where it has the same task and scorer.
#[must_use]
pub fn baseline_of(state: State, run: usize) -> Option<usize> {
    let baseline = state.baseline.get_untracked().filter(|&baseline| baseline != run)?;
    let fits = state.set.with_untracked(|set| {
        let meta = |run: usize| set.runs.get(run).map(|card| (&card.meta.task, &card.meta.scorer));
        meta(run) == meta(baseline)
    });
    (fits || run == state.run.get_untracked()).then_some(baseline)
}

/// Measures what the policy asks for and judges the run on show, then the others as far as their reports are made.
pub fn judge(state: State) {
    let desk = state.desk;
    let policy = desk.review.with_untracked(|review| review.state.policy.clone());
    let (Some(policy), Some(thread)) = (policy, action::worker(state)) else {
        desk.verdicts.set(None);
        desk.judged.set(BTreeMap::new());
        return;
    };
    let ground = ground(state, &policy);
    if desk.ground.with_value(|before| before.as_ref() != Some(&ground)) {
        desk.judged.set(BTreeMap::new());
        desk.ground.set_value(Some(ground.clone()));
    }
    let run = state.run.get_untracked();
    spawn_local(async move {
        let measured = measured(&thread, state, run, &ground).await;
        if state.run.get_untracked() != run || !is_current(state, &ground) {
            return;
        }
        match measured {
            Ok(bounds) => {
                desk.bounds.set(Arc::new(bounds));
                hold(state);
                judge_others(&thread, state).await;
            }
            Err(failure) => state.say(failure.to_string()),
        }
    });
}

/// Judges the runs that are not on show and have a report, one after the other.
pub async fn judge_others(thread: &Thread, state: State) {
    let Some(ground) = state.desk.ground.get_value() else {
        return;
    };
    let round = state.desk.round.get_value().wrapping_add(1);
    state.desk.round.set_value(round);
    for run in open_under_review(state) {
        let report = state
            .overview
            .with_untracked(|all| all.get(run).cloned().flatten())
            .filter(|_| run != state.run.get_untracked());
        let is_known = state.desk.judged.with_untracked(|judged| judged.contains_key(&run));
        let Some(report) = report.filter(|_| !is_known) else {
            continue;
        };
        let Ok(bounds) = measured(thread, state, run, &ground).await else {
            return;
        };
        // A newer round, or another policy, goes on from here.
        if state.desk.round.get_value() != round || !is_current(state, &ground) {
            return;
        }
        keep(state, run, &report, bounds);
    }
}

fn keep(state: State, run: usize, report: &Report, bounds: Vec<Bound>) {
    let mut review = state.desk.review.get_untracked();
    review.reports = vec![Report {
        bounds: bounds.clone(),
        ..report.clone()
    }];
    review.judge(&desk::today());
    if let Some(verdicts) = review.verdicts.into_iter().next() {
        let judged = Judged {
            bounds: Arc::new(bounds),
            verdicts: Arc::new(verdicts),
        };
        state.desk.judged.update(|all| drop(all.insert(run, judged)));
        kept::save_soon(state);
    }
}

fn ground(state: State, policy: &Policy) -> Ground {
    Ground {
        policy: policy.clone(),
        options: desk::options(state),
        baseline: state.baseline.get_untracked(),
    }
}

fn is_current(state: State, before: &Ground) -> bool {
    let policy = state.desk.review.with_untracked(|review| review.state.policy.clone());
    policy.is_some_and(|policy| ground(state, &policy) == *before)
}

async fn measured(thread: &Thread, state: State, run: usize, ground: &Ground) -> Result<Vec<Bound>, Failure> {
    let question = Measure {
        run: run as u32,
        baseline: baseline_of(state, run).map(|baseline| baseline as u32),
        options: ground.options.clone(),
        asks: ground.policy.asks(),
    };
    let json = thread.ask(question, |_| ()).answer().await?;
    serde_json::from_str(&json).map_err(|error| Failure::Broken { why: error.to_string() })
}

/// Holds the run on show against the policy, by what was measured.
fn hold(state: State) {
    let Some(mut review) = shown(state) else { return };
    review.judge(&desk::today());
    let Some(verdicts) = review.verdicts.into_iter().next().map(Arc::new) else {
        return state.desk.verdicts.set(None);
    };
    let judged = Judged {
        bounds: state.desk.bounds.get_untracked(),
        verdicts: verdicts.clone(),
    };
    let run = state.run.get_untracked();
    state.desk.judged.update(|all| drop(all.insert(run, judged)));
    state.desk.verdicts.set(Some(verdicts));
    // What is kept shows these verdicts without the files, too.
    kept::save_soon(state);
}

/// The review with the report of the run on show, once that is complete: files by their hashes, numbers at the levels of the gates.
#[must_use]
pub fn shown(state: State) -> Option<Review> {
    let mut report = Report::clone(&*state.report.get_untracked()?);
    if !report.pending.is_empty() {
        return None;
    }
    report.bounds = state.desk.bounds.get_untracked().to_vec();
    identify(state, &mut report);
    let mut review = state.desk.review.get_untracked();
    review.reports = vec![report];
    review.verdicts = state
        .desk
        .verdicts
        .with_untracked(|verdicts| verdicts.iter().map(|verdicts| Verdicts::clone(verdicts)).collect());
    Some(review)
}

/// The review with the reports of all runs under review, the one on show first; of those open, what is measured by now.
#[must_use]
pub fn whole(state: State) -> Option<Review> {
    let mut review = shown(state)?;
    let shown = state.run.get_untracked();
    let runs = open_under_review(state);
    if runs.is_empty() {
        if let Some(claimed) = state.desk.claimed.get_untracked() {
            review.reports.clone_from(&claimed.reports);
            review.verdicts.clone_from(&claimed.verdicts);
        }
        return Some(review);
    }
    let is_judged = review.state.policy.is_some();
    if is_judged && review.verdicts.is_empty() {
        return Some(review);
    }
    let overview = state.overview.get_untracked();
    let judged = state.desk.judged.get_untracked();
    for run in runs.into_iter().filter(|&run| run != shown) {
        let Some(Some(report)) = overview.get(run) else {
            continue;
        };
        let mut report = Report::clone(report);
        match judged.get(&run) {
            Some(judged) if is_judged => {
                report.bounds = judged.bounds.to_vec();
                review.verdicts.push(Verdicts::clone(&judged.verdicts));
            }
            None if is_judged => continue,
            _ => {}
        }
        identify(state, &mut report);
        review.reports.push(report);
    }
    Some(review)
}

/// Puts the hashes of the files, where they are known, into `report`.
fn identify(state: State, report: &mut Report) {
    let known: BTreeMap<(String, u64), String> = state.set.with_untracked(|set| {
        let hashes = state.hashes.get_untracked();
        let named = set.files.iter().zip(hashes);
        named
            .map(|(file, hash)| ((file.name.clone(), file.size), hash))
            .collect()
    });
    let baseline = report
        .comparison
        .as_mut()
        .map(|comparison| &mut comparison.baseline.files);
    for file in report.files.iter_mut().chain(baseline.into_iter().flatten()) {
        if let Some(hash) = known
            .get(&(file.name.clone(), file.size))
            .filter(|hash| !hash.is_empty())
        {
            file.sha256.clone_from(hash);
        }
    }
}

/// Shows run `run` of a review whose files are not open.
pub fn show_claimed(state: State, run: usize) {
    let desk = state.desk;
    let Some(claimed) = desk.claimed.get_untracked() else {
        return;
    };
    let Some(report) = claimed.reports.get(run).cloned() else {
        return;
    };
    desk.bounds.set(Arc::new(report.bounds.clone()));
    desk.verdicts.set(claimed.verdicts.get(run).cloned().map(Arc::new));
    state.run.set(run);
    state.options.set(report.options.clone());
    state.report.set(Some(Arc::new(report)));
}
