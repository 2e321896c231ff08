//! Calibration errors of two runs on the same samples: their difference, with a seeded bootstrap interval.

use std::collections::BTreeMap;

use super::super::input::Input;
use super::{ECE_BINS, MOST_WORK};
use crate::estimate::{Estimate, Unit};
use crate::stat::bin::Bin;
use crate::stat::bootstrap::{percentile, resample};
use crate::stat::calibration::ece;
use crate::stat::cell::{bin_of, table};
use crate::stat::paired_draws::PairedDraws;
use crate::stat::rng::Rng;
use crate::stat::smece::{SmoothMeter, smece};

/// A matched sample: confidence and whether it was right, in one run and in the other.
type Both = ((f64, bool), (f64, bool));

fn both(here: &Input<'_>, there: &Input<'_>, rows: &[(usize, usize)]) -> Vec<(usize, Both)> {
    let sure = |input: &Input<'_>, row: usize| {
        let p = input.confidence_at(row).filter(|_| input.outcome(row).is_scored())?;
        Some((p, input.happened(row, p)))
    };
    rows.iter()
        .filter_map(|&(row, other)| Some((row, (sure(here, row)?, sure(there, other)?))))
        .collect()
}

/// Matched samples that fall into the same bins with the same outcomes.
#[derive(Clone, Copy, Default)]
struct Joint {
    n: u64,
    sums: (f64, f64),
}

/// The place of a confidence and outcome among the bins of one run.
fn place((p, right): (f64, bool)) -> usize {
    bin_of(p, ECE_BINS) * 2 + usize::from(right)
}

/// ECE here less ECE of the baseline, samples resampled together, the interval shifted by its own bias.
pub(in crate::report) fn ece_difference(
    here: &Input<'_>,
    there: &Input<'_>,
    rows: &[(usize, usize)],
) -> Option<Estimate> {
    let pairs = both(here, there, rows);
    let mut joint: BTreeMap<(usize, usize), Joint> = BTreeMap::new();
    for (_, (mine, theirs)) in &pairs {
        let cell = joint.entry((place(*mine), place(*theirs))).or_default();
        cell.n += 1;
        cell.sums = (cell.sums.0 + mine.0, cell.sums.1 + theirs.0);
    }
    let keys: Vec<(usize, usize)> = joint.keys().copied().collect();
    let cells: Vec<Joint> = joint.into_values().collect();
    let counts: Vec<u64> = cells.iter().map(|cell| cell.n).collect();
    let value = difference(&keys, &cells, &counts)?;
    let options = here.options;
    let mut rng = Rng::new(options.seed);
    let groups = clusters(here, &pairs, &keys);
    let n = pairs.len() as u64;
    let mut replicates = Vec::new();
    // One group says nothing about the spread between groups.
    let is_alone = groups.as_ref().is_some_and(|groups| groups.len() < 2);
    let too_long = groups.is_some() && n * u64::from(options.replicates) > MOST_WORK;
    let weights: Vec<f64> = counts.iter().map(|&n| n as f64).collect();
    let mut drawn = vec![0u64; counts.len()];
    for done in 0..if too_long || is_alone { 0 } else { options.replicates } {
        if !here.goes_on("comparing calibration", f64::from(done) / f64::from(options.replicates)) {
            return None;
        }
        match &groups {
            None => rng.multinomial(n, &weights, &mut drawn),
            Some(groups) => draw_groups(groups, &mut rng, &mut drawn),
        }
        replicates.extend(difference(&keys, &cells, &drawn));
    }
    Some(shifted(
        value,
        &replicates,
        here,
        n,
        "paired bootstrap of 15 equal-width bins, shifted",
    ))
}

fn shifted(value: f64, replicates: &[f64], input: &Input<'_>, n: u64, method: &str) -> Estimate {
    let mean = crate::stat::sum::mean(replicates);
    let interval = percentile(replicates, input.alpha())
        .zip(mean)
        .map(|(ends, mean)| ends.shift(value - mean));
    let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
    let level = if interval.is_some() { input.level() } else { 0.0 };
    Estimate::new(value, ends, level, n, method, Unit::Score)
}

/// Members of each group as places among the joint cells; `None` where samples stand alone.
fn clusters(here: &Input<'_>, pairs: &[(usize, Both)], keys: &[(usize, usize)]) -> Option<Vec<Vec<usize>>> {
    let groups = here.groups()?;
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, (mine, theirs)) in pairs {
        let code = groups.of_row.get(*row).copied().unwrap_or(0);
        let cell = keys.binary_search(&(place(*mine), place(*theirs))).ok()?;
        members.entry(code).or_default().push(cell);
    }
    // Codes are arbitrary; contents decide the order, so that neither names nor rows matter.
    let mut members: Vec<Vec<usize>> = members.into_values().collect();
    members.iter_mut().for_each(|cells| cells.sort_unstable());
    members.sort_unstable();
    Some(members)
}

fn draw_groups(groups: &[Vec<usize>], rng: &mut Rng, drawn: &mut [u64]) {
    drawn.fill(0);
    for _ in 0..groups.len() {
        for &cell in groups.get(rng.below(groups.len())).into_iter().flatten() {
            if let Some(count) = drawn.get_mut(cell) {
                *count += 1;
            }
        }
    }
}

/// ECE here less that of the baseline when the joint cells hold `counts` samples.
fn difference(keys: &[(usize, usize)], cells: &[Joint], counts: &[u64]) -> Option<f64> {
    let mut mine = [(0u64, 0u64, 0.0); ECE_BINS];
    let mut theirs = mine;
    for ((key, cell), &n) in keys.iter().zip(cells).zip(counts) {
        let share = n as f64 / cell.n.max(1) as f64;
        for (side, place, total) in [(&mut mine, key.0, cell.sums.0), (&mut theirs, key.1, cell.sums.1)] {
            let bin = side.get_mut(place / 2)?;
            bin.0 += n;
            bin.1 += n * (place % 2) as u64;
            bin.2 += total * share;
        }
    }
    Some(ece(&bins(&mine))? - ece(&bins(&theirs))?)
}

fn bins(sums: &[(u64, u64, f64)]) -> Vec<Bin> {
    let filled = sums.iter().enumerate().filter(|(_, (n, ..))| *n > 0);
    filled
        .map(|(index, &(n, right, total))| Bin {
            index,
            low: index as f64 / ECE_BINS as f64,
            high: (index + 1) as f64 / ECE_BINS as f64,
            n,
            right,
            conf: total / n as f64,
        })
        .collect()
}

/// smECE here less smECE of the baseline on the same samples, resampled together; each run on its own, which is wider
/// where the runs agree, when that would take too long.
pub(in crate::report) fn smece_difference(
    here: &Input<'_>,
    there: &Input<'_>,
    rows: &[(usize, usize)],
) -> Option<Estimate> {
    let pairs = both(here, there, rows);
    let column =
        |side: fn(&Both) -> (f64, bool)| -> (Vec<f64>, Vec<bool>) { pairs.iter().map(|(_, both)| side(both)).unzip() };
    let (mine, theirs) = (column(|both| both.0), column(|both| both.1));
    let value = smece(&mine.0, &mine.1)?.value - smece(&theirs.0, &theirs.1)?.value;
    let n = pairs.len() as u64;
    let is_short = n * u64::from(here.options.replicates) <= MOST_DRAWN;
    let (replicates, method) = if is_short {
        let labels = here.groups().map(|groups| {
            let label = |(row, _): &(usize, Both)| groups.of_row.get(*row).copied().unwrap_or(0);
            pairs.iter().map(label).collect::<Vec<u32>>()
        });
        let draws = PairedDraws::new(
            (&mine.0, &mine.1),
            (&theirs.0, &theirs.1),
            labels.as_deref(),
            here.options.seed,
        );
        (draws_together(here, draws)?, "paired bootstrap, shifted")
    } else if here.groups().is_some() {
        (Vec::new(), "no interval: resampling clusters would take too long")
    } else {
        (draws_apart(here, &mine, &theirs)?, "bootstrap of each run, shifted")
    };
    Some(shifted(value, &replicates, here, n, method))
}

/// Samples times replicates up to which matched samples are drawn one by one.
const MOST_DRAWN: u64 = 200_000_000;

/// Differences of smECE over the same drawn samples; none where nothing can be drawn, `None` when stopped.
fn draws_together(here: &Input<'_>, draws: Option<PairedDraws>) -> Option<Vec<f64>> {
    let Some(mut draws) = draws else {
        return Some(Vec::new());
    };
    let mut meters = draws.tables().map(SmoothMeter::new);
    let replicates = here.options.replicates;
    let mut differences = Vec::with_capacity(replicates as usize);
    for done in 0..replicates {
        if !here.goes_on("comparing calibration", f64::from(done) / f64::from(replicates)) {
            return None;
        }
        let ([mine, theirs], [own, other]) = (draws.draw(), &mut meters);
        differences.push(own.measure(mine)? - other.measure(theirs)?);
    }
    Some(differences)
}

/// Differences of smECE with each run drawn on its own; `None` when stopped.
fn draws_apart(here: &Input<'_>, mine: &Sides, theirs: &Sides) -> Option<Vec<f64>> {
    let seed = here.options.seed;
    let (a, b) = (
        smooth_draws(here, mine, seed)?,
        smooth_draws(here, theirs, seed.wrapping_add(1))?,
    );
    Some(a.iter().zip(&b).map(|(a, b)| a[0] - b[0]).collect())
}

/// Confidences and outcomes of one run.
type Sides = (Vec<f64>, Vec<bool>);

fn smooth_draws(input: &Input<'_>, (p, y): &Sides, seed: u64) -> Option<Vec<[f64; 1]>> {
    let cells = table(p, y)?.cells;
    let mut meter = SmoothMeter::new(&cells);
    let replicates = input.options.replicates;
    let share = |done: usize| done as f64 / f64::from(replicates.max(1));
    let mut progress = |done: usize| input.goes_on("comparing calibration", share(done));
    resample(&cells, replicates as usize, seed, &mut progress, &mut |drawn| {
        Some([meter.measure(drawn)?])
    })
}
