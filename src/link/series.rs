//! Failures, slices and the smaller parts of a report on the wire.

use super::alike::Alike;
use super::estimate::Known;
use super::metrics::Metrics;
use super::report::pair;
use super::wire::{Done, Fault, Wire};
use crate::estimate::{Estimate, Unit};
use crate::report::{
    Agreement, CoOccurrence, Counts, FailureMode, Failures, Fairness, Group, Repeats, Robustness, SliceRow, Slices,
    Variant, pairs_of, together,
};
use crate::stat::confusion::Confusion;
use crate::stat::difference::newcombe;
use crate::stat::pareto::TagSets;
use crate::stat::proportion::wilson;

/// Most categories of failure whose combinations are told by number.
const MOST_TAGS: usize = 64;

/// Sentences that the program wrote.
pub(super) fn sentences(wire: &mut Wire, kind: u16, list: &mut Vec<String>) -> Done {
    wire.list(kind, list, |wire, text| wire.sentence(kind ^ 0x400, text))
}

fn texts(wire: &mut Wire, kind: u16, list: &mut Vec<String>) -> Done {
    wire.list(kind, list, |wire, text| wire.text(kind ^ 0x400, text))
}

/// A named estimate.
pub(super) fn named(wire: &mut Wire, kind: u16, (name, estimate): &mut (String, Estimate), known: Known<'_>) -> Done {
    wire.sentence(kind, name)?;
    wire.estimate(kind + 0x400, estimate, known)
}

/// A value that is told only if it is not what the reader works out anyway.
pub(super) fn unless<T: Alike + Clone>(
    wire: &mut Wire,
    kind: u16,
    own: &mut T,
    guess: Option<&T>,
    tell: impl FnOnce(&mut Wire, &mut T) -> Done,
) -> Done {
    if let Some(guess) = guess {
        let mut is_guessed = guess.is_alike(own);
        wire.flag(kind, &mut is_guessed)?;
        if is_guessed {
            own.clone_from(guess);
            return Ok(());
        }
    }
    tell(wire, own)
}

fn shares(wire: &mut Wire, kind: u16, own: &mut (f64, f64)) -> Done {
    wire.share(kind, &mut own.0)?;
    wire.share(kind + 1, &mut own.1)
}

/// The share of `count` in `n`, as a report states it.
fn share_of(count: u64, n: u64, level: f64) -> Estimate {
    let ends = wilson(count, n, 1.0 - level)
        .map(|i| (Some(i.low), Some(i.high)))
        .unwrap_or_default();
    Estimate::new(count as f64 / n as f64, ends, level, n, "Wilson", Unit::Share)
}

/// A category. `counts`: failed, scored, and failed samples covered before.
fn mode(wire: &mut Wire, mode: &mut FailureMode, counts: (u64, u64, u64)) -> Done {
    let (failed, scored, before) = counts;
    wire.text(0x420, &mut mode.name)?;
    wire.flag(0x421, &mut mode.is_unclassified)?;
    wire.count(0x422, &mut mode.count)?;
    let level = wire.usual_level;
    for (kind, n, estimate) in [
        (0x423, failed, &mut mode.of_failures),
        (0x424, scored, &mut mode.of_scored),
    ] {
        let guess = share_of(mode.count, n, level);
        unless(wire, kind, estimate, Some(&guess), |wire, own| {
            wire.estimate(0x1a0, own, Known::unit(Unit::Share))
        })?;
    }
    if wire.is_baseline {
        return Ok(());
    }
    let covered = before.saturating_add(mode.count).min(failed) as f64 / failed.max(1) as f64;
    unless(wire, 0x425, &mut mode.cumulative, Some(&covered), |wire, own| {
        let mut covered = (*own * failed as f64).round() as u64;
        wire.within(0x426, &mut covered, failed)?;
        *own = covered as f64 / failed.max(1) as f64;
        Ok(())
    })
}

fn co_occurrence(wire: &mut Wire, pair: &mut CoOccurrence) -> Done {
    wire.text(0x427, &mut pair.a)?;
    wire.text(0x427, &mut pair.b)?;
    wire.count(0x428, &mut pair.both)?;
    wire.share(0x429, &mut pair.jaccard)?;
    wire.share_option(0x42a, &mut pair.phi)?;
    wire.number(0x42b, &mut pair.q)
}

pub(super) fn failures(wire: &mut Wire, own: &mut Failures) -> Done {
    wire.tally(0x42c, &mut own.failed)?;
    wire.tally(0x42d, &mut own.scored)?;
    let (failed, scored) = (own.failed, own.scored);
    let mut before = 0u64;
    wire.list(0x430, &mut own.modes, |wire, each| {
        mode(wire, each, (failed, scored, before))?;
        before = before.saturating_add(each.count);
        Ok(())
    })?;
    if wire.is_baseline {
        return Ok(());
    }
    wire.tally(0x42e, &mut own.errored)?;
    wire.tally(0x42f, &mut own.unscored)?;
    wire.list(0x431, &mut own.errors, |wire, (name, count)| {
        wire.text(0x432, name)?;
        wire.tally(0x433, count)
    })?;
    combinations(wire, own)
}

/// Exact combinations of categories, as numbers of categories, and what follows from them.
fn combinations(wire: &mut Wire, own: &mut Failures) -> Done {
    let single: Vec<(String, u64)> = own.modes.iter().map(|mode| (mode.name.clone(), mode.count)).collect();
    let mut sorted = single.clone();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut sets = numbered(own);
    let mut form = match () {
        () if own.combinations.is_alike(&sorted) => 0,
        () if sets.is_some() => 1,
        () => 2,
    };
    wire.choice(0x434, 3, &mut form)?;
    match form {
        0 => own.combinations = sorted,
        1 => {
            let mut told = sets.take().unwrap_or_default();
            let most = own.modes.len().min(MOST_TAGS);
            wire.list(0x435, &mut told, |wire, (tags, count)| {
                for place in 0..most {
                    let mut has = *tags >> place & 1 == 1;
                    wire.flag(0x436, &mut has)?;
                    *tags = *tags & !(1 << place) | u64::from(has) << place;
                }
                wire.tally(0x437, count)
            })?;
            own.combinations = told.iter().map(|(tags, count)| (label(own, *tags), *count)).collect();
            sets = Some(told);
        }
        _ => wire.list(0x438, &mut own.combinations, |wire, (name, count)| {
            wire.text(0x439, name)?;
            wire.count(0x43a, count)
        })?,
    }
    let guess = sets
        .filter(|_| form == 1)
        .map(|sets| pairs(wire, own, &sets))
        .unwrap_or_default();
    unless(wire, 0x43b, &mut own.pairs, Some(&guess), |wire, own| {
        wire.list(0x43c, own, co_occurrence)
    })
}

/// The places of the categories in `tags`.
fn places(tags: u64) -> impl Iterator<Item = u32> {
    (0..64u32).filter(move |place| tags >> place & 1 == 1)
}

fn label(own: &Failures, tags: u64) -> String {
    let names = places(tags).filter_map(|place| own.modes.get(place as usize));
    together(
        names
            .filter(|mode| !mode.is_unclassified)
            .map(|mode| mode.name.as_str())
            .collect(),
    )
}

/// Combinations as sets of categories; `None` where a label is no such set.
fn numbered(own: &Failures) -> Option<Vec<(u64, u64)>> {
    if own.modes.len() > MOST_TAGS {
        return None;
    }
    let of = |text: &str| -> Option<u64> {
        let parts = text.split(" + ");
        let place = |name: &str| own.modes.iter().position(|mode| mode.name == name);
        let tags = parts
            .map(|name| place(name).map(|place| 1u64 << place))
            .sum::<Option<u64>>()?;
        (label(own, tags) == text).then_some(tags)
    };
    own.combinations
        .iter()
        .map(|(text, count)| Some((of(text)?, *count)))
        .collect()
}

/// The table of pairs that the combinations give.
fn pairs(wire: &mut Wire, own: &Failures, sets: &[(u64, u64)]) -> Vec<CoOccurrence> {
    let mut tag_sets = TagSets::new();
    for (tags, count) in sets {
        let named =
            places(*tags).filter(|place| own.modes.get(*place as usize).is_some_and(|mode| !mode.is_unclassified));
        let slot = tag_sets.entry(named.collect()).or_insert(0);
        *slot = slot.saturating_add(*count);
    }
    let total = tag_sets.values().try_fold(0u64, |sum, count| sum.checked_add(*count));
    let tests = (own.modes.len() as u64).pow(2);
    if !total
        .and_then(|total| total.checked_mul(tests))
        .is_some_and(|work| wire.affords(work))
    {
        return Vec::new();
    }
    let tags: Vec<u32> = (0u32..)
        .zip(&own.modes)
        .filter(|(_, mode)| !mode.is_unclassified)
        .map(|(tag, _)| tag)
        .collect();
    let name = |tag: u32| {
        own.modes
            .get(tag as usize)
            .map(|mode| mode.name.clone())
            .unwrap_or_default()
    };
    pairs_of(&tag_sets, &tags, &name)
}

/// What is left of the samples when the slices before are taken away.
#[derive(Clone, Debug, Default)]
struct Rest {
    counts: Counts,
    column: String,
    n: u64,
    right: u64,
}

impl Rest {
    fn new(counts: Counts) -> Self {
        Self {
            counts,
            ..Self::default()
        }
    }

    /// Samples and right ones that are left for `row`.
    fn of(&self, row: &SliceRow) -> (u64, u64) {
        match row.conditions.as_slice() {
            [(column, _)] if *column == self.column => (self.n, self.right.min(self.n)),
            _ => (self.counts.scored, self.counts.right.min(self.counts.scored)),
        }
    }

    /// Takes `row` away.
    fn take(&mut self, row: &SliceRow) {
        let (n, right) = self.of(row);
        self.column = row
            .conditions
            .first()
            .map(|(column, _)| column.clone())
            .unwrap_or_default();
        let own = (row.accuracy.value.unwrap_or(0.0) * row.n as f64).round() as u64;
        (self.n, self.right) = (n.saturating_sub(row.n), right.saturating_sub(own));
    }
}

/// A slice. `base`: the same slice of the candidate, where this is the baseline's.
fn slice(wire: &mut Wire, row: &mut SliceRow, rest: Rest, base: Option<&SliceRow>) -> Done {
    match base {
        Some(base) => unless(wire, 0x43d, &mut row.conditions, Some(&base.conditions), |wire, own| {
            wire.list(0x43e, own, pair)
        })?,
        None => wire.list(0x43e, &mut row.conditions, pair)?,
    }
    let (n, right) = rest.of(row);
    unless(wire, 0x444, &mut row.n, Some(&n), |wire, own| wire.tally(0x43f, own))?;
    let guess = share_of(right, n, wire.usual_level);
    let known = Known {
        guess: Some(&guess).filter(|_| row.n == n && n > 0),
        ..Known::unit(Unit::Share)
    };
    wire.estimate(0x440, &mut row.accuracy, known)?;
    if wire.is_baseline {
        return Ok(());
    }
    let guess = gap_to_rest(row, rest.counts, wire.usual_level);
    unless(wire, 0x438, &mut row.difference, guess.as_ref(), |wire, own| {
        wire.estimate(0x450, own, Known::unit(Unit::Points))
    })?;
    wire.number_option(0x439, &mut row.q)?;
    wire.option(0x43a, &mut row.gap, |wire, gap| {
        wire.estimate(0x460, gap, Known::unit(Unit::Points))
    })?;
    wire.number_option(0x43b, &mut row.p95_secs)
}

/// Failure rate of a slice less that of all other samples, as its counts give it.
fn gap_to_rest(row: &SliceRow, counts: Counts, level: f64) -> Option<Estimate> {
    let right = (row.accuracy.value? * row.n as f64).round() as u64;
    let failed = row.n.checked_sub(right)?;
    let rest = counts.scored.checked_sub(row.n)?;
    let rest_failed = counts.scored.checked_sub(counts.right)?.checked_sub(failed)?;
    let found = newcombe(failed, row.n, rest_failed, rest, 1.0 - level)?;
    let ends = (Some(found.interval.low), Some(found.interval.high));
    Some(Estimate::new(
        found.value,
        ends,
        level,
        counts.scored,
        "Newcombe",
        Unit::Points,
    ))
}

/// Slices. `base`: those of the candidate, where these are the baseline's.
pub(super) fn slices(wire: &mut Wire, own: &mut Slices, counts: Counts, base: Option<&Slices>) -> Done {
    let (mut place, mut rest) = (0, Rest::new(counts));
    wire.list(0x470, &mut own.rows, |wire, row| {
        let same = base.and_then(|base| base.rows.get(place));
        place += 1;
        slice(wire, row, rest.clone(), same)?;
        rest.take(row);
        Ok(())
    })?;
    if wire.is_baseline {
        return Ok(());
    }
    let rows = &own.rows;
    wire.list(0x471, &mut own.weak, |wire, row| {
        let place = rows.iter().position(|own| own == row);
        let mut is_row = place.is_some();
        wire.flag(0x472, &mut is_row)?;
        if !is_row {
            return slice(wire, row, Rest::new(counts), None);
        }
        let mut place = place.unwrap_or(0) as u64;
        wire.count(0x473, &mut place)?;
        *row = rows.get(place as usize).cloned().ok_or(Fault::Nonsense)?;
        Ok(())
    })?;
    wire.count(0x474, &mut own.tested)?;
    wire.count(0x475, &mut own.support)
}

pub(super) fn repeats(wire: &mut Wire, own: &mut Repeats) -> Done {
    wire.tally(0x480, &mut own.items)?;
    wire.tally(0x481, &mut own.repeats.0)?;
    wire.tally(0x481, &mut own.repeats.1)?;
    for list in [&mut own.pass_at, &mut own.pass_hat] {
        wire.list(0x482, list, |wire, (k, estimate)| {
            wire.count(0x483, k)?;
            wire.estimate(0x490, estimate, Known::unit(Unit::Share))
        })?;
    }
    wire.option(0x484, &mut own.variance, |wire, pair| {
        wire.number(0x485, &mut pair.0)?;
        wire.number(0x486, &mut pair.1)
    })
}

pub(super) fn agreement(wire: &mut Wire, own: &mut Agreement, metrics: &Metrics) -> Done {
    wire.text(0x4a0, &mut own.rows)?;
    wire.text(0x4a0, &mut own.columns)?;
    texts(wire, 0x4a1, &mut own.classes)?;
    wire.list(0x4a2, &mut own.counts, |wire, count| wire.count(0x4a3, count))?;
    let matrix = confusion(wire, own);
    let by_class = matrix.as_ref().map(|matrix| {
        let of = |class: usize| {
            let score = matrix.class(class);
            (score.precision, score.recall, score.f1)
        };
        (0..own.classes.len()).map(of).collect()
    });
    unless(wire, 0x4a4, &mut own.by_class, by_class.as_ref(), |wire, own| {
        wire.list(0x4a5, own, |wire, (precision, recall, f1)| {
            wire.share_option(0x4a6, precision)?;
            wire.share_option(0x4a7, recall)?;
            wire.share_option(0x4a8, f1)
        })
    })?;
    let known = [
        None,
        matrix.as_ref().and_then(Confusion::balanced_accuracy),
        matrix.as_ref().and_then(Confusion::macro_f1),
        matrix.as_ref().and_then(Confusion::kappa),
        matrix.as_ref().and_then(Confusion::mcc),
    ];
    let mut place = 0;
    wire.list(0x4a9, &mut own.scores, |wire, row| {
        let value = known.get(place).copied().flatten();
        place += 1;
        wire.about = place as u16;
        let of_counts = value.map(|value| Estimate {
            value: Some(value),
            ..Estimate::default()
        });
        let guess = if place == 1 {
            metrics.get("accuracy").cloned()
        } else {
            of_counts
        };
        named(
            wire,
            0x4aa,
            row,
            Known {
                guess: guess.as_ref(),
                ..Known::unit(Unit::Score)
            },
        )
    })?;
    wire.about = 0;
    Ok(())
}

/// The confusion matrix, if the counts are those of one and not too many.
fn confusion(wire: &mut Wire, own: &Agreement) -> Option<Confusion> {
    let size = own.classes.len();
    let total = own.counts.iter().try_fold(0u64, |sum, count| sum.checked_add(*count))?;
    if size == 0 || size > 64 || own.counts.len() != size * size || !wire.affords(total) {
        return None;
    }
    let cells = own.counts.iter().enumerate();
    let pairs =
        cells.flat_map(|(place, count)| (0..*count).map(move |_| ((place / size) as u32, (place % size) as u32)));
    Some(Confusion::of(size, pairs))
}

fn variant(wire: &mut Wire, own: &mut Variant) -> Done {
    wire.text(0x4c0, &mut own.name)?;
    wire.tally(0x4c1, &mut own.n)?;
    shares(wire, 0x4c2, &mut own.accuracy)?;
    for estimate in [&mut own.drop, &mut own.relative, &mut own.flips.0, &mut own.flips.1] {
        wire.estimate(0x4d0, estimate, Known::unit(Unit::Points))?;
    }
    Ok(())
}

pub(super) fn robustness(wire: &mut Wire, own: &mut Robustness) -> Done {
    pair(wire, &mut own.column)?;
    wire.list(0x4c4, &mut own.variants, variant)?;
    wire.estimate(0x4e0, &mut own.consistency, Known::unit(Unit::Share))?;
    wire.option(0x4c5, &mut own.worst_group, |wire, row| {
        named(wire, 0x4c6, row, Known::unit(Unit::Share))
    })
}

fn group(wire: &mut Wire, own: &mut Group) -> Done {
    wire.text(0x500, &mut own.name)?;
    wire.tally(0x501, &mut own.n)?;
    wire.flag(0x502, &mut own.is_small)?;
    wire.list(0x503, &mut own.rates, |wire, row| {
        named(wire, 0x504, row, Known::unit(Unit::Share))
    })?;
    wire.list(0x505, &mut own.differences, |wire, (name, estimate, p)| {
        wire.text(0x504, name)?;
        wire.estimate(0x520, estimate, Known::unit(Unit::Points))?;
        wire.number_option(0x506, p)
    })?;
    wire.estimate(0x530, &mut own.ratio, Known::unit(Unit::Ratio))
}

pub(super) fn fairness(wire: &mut Wire, own: &mut Fairness) -> Done {
    wire.text(0x507, &mut own.column)?;
    wire.text(0x508, &mut own.reference)?;
    wire.list(0x509, &mut own.groups, group)?;
    wire.list(0x50a, &mut own.gaps, |wire, row| {
        named(wire, 0x50b, row, Known::unit(Unit::Points))
    })?;
    wire.count(0x50c, &mut own.tested)
}
