//! Groups against a named reference group: accuracy, selection and error rates, calibration.

mod intersection;

use std::collections::BTreeMap;

use super::accuracy::mean_of;
use super::calibration::{Pairs, gap};
use super::input::Input;
use super::{Fairness, Group, Report, Section};
use crate::estimate::{Estimate, Unit};
use crate::stat::fairness::{
    AgainstReference, GroupCounts, MIN_GROUP, Rate, against_reference, disparity, multicalibration, ratio_to_highest,
};
use crate::stat::ranking::delong;
use crate::stat::score::{Rule, loss};

use crate::text;

/// Names of a positive class.
const POSITIVE: [&str; 5] = ["1", "true", "yes", "positive", "pos"];

pub(super) fn compute(input: &Input<'_>, report: &mut Report) {
    match section(input) {
        Ok((found, metrics)) => {
            report
                .metrics
                .extend(metrics.into_iter().map(|(id, estimate)| (id.to_owned(), estimate)));
            report.fairness = Section::Ready(found);
        }
        Err(why) => report.fairness = Section::Missing(why),
    }
}

/// One group with what is counted of it.
struct Counted {
    name: String,
    rows: Vec<usize>,
    right: u64,
    /// Binary predictions against the truth, where both are binary.
    binary: Option<GroupCounts>,
}

type Metrics = Vec<(&'static str, Estimate)>;

fn section(input: &Input<'_>) -> Result<(Fairness, Metrics), String> {
    let Some((column, reference)) = &input.options.fairness else {
        if input.samples.slices.is_empty() {
            return Err("The files have no column of groups, such as a language or a region, to compare.".to_owned());
        }
        return Err("Name the column that holds the groups, and the group the others are compared with.".to_owned());
    };
    let Some(codes) = input.samples.slice(column) else {
        return Err(format!("There is no slice column called “{column}”."));
    };
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for row in input.scored_rows() {
        if let Some(name) = codes.at(row) {
            rows.entry(name).or_default().push(row);
        }
    }
    let mut groups: Vec<Counted> = rows
        .into_iter()
        .map(|(name, rows)| counted(input, name, rows))
        .collect();
    groups.sort_by(|a, b| b.rows.len().cmp(&a.rows.len()).then_with(|| a.name.cmp(&b.name)));
    let Some(base) = groups.iter().find(|group| group.name == *reference) else {
        return Err(format!(
            "No scored sample of the column “{column}” is in the group “{reference}”."
        ));
    };
    let others: Vec<&Counted> = groups.iter().filter(|group| group.name != *reference).collect();
    let accuracy = compared(input, &others, base, |g| {
        Some(Rate {
            count: g.right,
            n: g.rows.len() as u64,
        })
    });
    let selection = compared(input, &others, base, |g| {
        g.binary.map(|b| Rate {
            count: b.selected(),
            n: b.n(),
        })
    });
    let places: BTreeMap<&str, usize> = others
        .iter()
        .enumerate()
        .map(|(place, g)| (g.name.as_str(), place))
        .collect();
    let shown = groups
        .iter()
        .map(|group| {
            let place = places.get(group.name.as_str()).copied();
            let of = |list: &[Option<AgainstReference>]| place.and_then(|place| list.get(place).copied().flatten());
            shown(input, group, of(&accuracy), of(&selection))
        })
        .collect();
    let intersections = intersection::intersections(input, column, reference, &groups);
    let mut metrics = metrics(input, &groups, &others, &accuracy);
    metrics.push(("fairness.worst-intersection", intersection::worst(&intersections)));
    let mut gaps: Vec<(String, Estimate)> = metrics
        .iter()
        .filter_map(|(id, e)| Some((super::Metric::find(id)?.title.to_owned(), e.clone())))
        .collect();
    gaps.extend(of_rates(&groups));
    gaps.extend(screening(input, &groups));
    gaps.extend(worst_cell(input, &groups));
    let fairness = Fairness {
        column: column.clone(),
        reference: reference.clone(),
        groups: shown,
        intersections,
        gaps,
        tested: (accuracy.iter().flatten().count() + selection.iter().flatten().count()) as u64,
    };
    Ok((fairness, metrics))
}

/// Equal opportunity, and demographic parity as a ratio, over groups of 30 and more.
fn of_rates(groups: &[Counted]) -> Vec<(String, Estimate)> {
    let counts: Vec<GroupCounts> = groups.iter().filter_map(|group| group.binary).collect();
    let found = disparity(&counts, MIN_GROUP);
    let n = counts.iter().map(|own| own.n()).sum();
    let row = |words: &str, value: Option<f64>, method: &str, unit: Unit| {
        Some((
            words.to_owned(),
            Estimate::new(value?, (None, None), 0.0, n, method, unit),
        ))
    };
    let opportunity = row(
        "Equal opportunity difference (largest − smallest true positive rate)",
        found.equal_opportunity.map(|gap| gap.difference),
        "difference of rates",
        Unit::Points,
    );
    let parity = row(
        "Demographic parity ratio (smallest / largest selection rate)",
        found.demographic_parity.and_then(|gap| gap.ratio),
        "ratio of rates",
        Unit::Ratio,
    );
    opportunity.into_iter().chain(parity).collect()
}

/// The four-fifths rule of thumb: smallest selection rate over the highest, groups of 30 and more, with Katz' interval and
/// Fisher's p of these two groups.
fn screening(input: &Input<'_>, groups: &[Counted]) -> Option<(String, Estimate)> {
    let binary = groups.iter().filter_map(|group| group.binary);
    let rates: Vec<Rate> = binary
        .map(|counts| Rate {
            count: counts.selected(),
            n: counts.n(),
        })
        .collect();
    let lowest = ratio_to_highest(&rates, MIN_GROUP)
        .into_iter()
        .flatten()
        .min_by(f64::total_cmp)?;
    let n = rates.iter().map(|rate| rate.n).sum();
    let large = || rates.iter().filter(|rate| rate.n >= MIN_GROUP);
    let order = |a: &&Rate, b: &&Rate| (a.count * b.n).cmp(&(b.count * a.n));
    let (low, high) = (large().min_by(order)?, large().max_by(order)?);
    let found = against_reference(&[*low], *high, input.alpha())
        .into_iter()
        .flatten()
        .next()?;
    let ends = found.ratio_interval.map(|own| (Some(own.low), Some(own.high)));
    let level = if ends.is_some() { input.level() } else { 0.0 };
    let words = format!(
        "Lowest selection rate over the highest (below 0.8 is a reason to look, four-fifths rule; Fisher p {})",
        text::p_value(found.p)
    );
    let ends = ends.unwrap_or_default();
    Some((
        words,
        Estimate::new(lowest, ends, level, n, "log ratio (Katz)", Unit::Ratio),
    ))
}

/// The largest calibration gap of any group in any tenth of the confidence, cells of 20 samples and more.
fn worst_cell(input: &Input<'_>, groups: &[Counted]) -> Option<(String, Estimate)> {
    let pairs: Vec<(usize, Pairs)> = groups
        .iter()
        .enumerate()
        .filter_map(|(place, group)| Some((place, Pairs::of(input, group.rows.iter().copied())?)))
        .collect();
    let views: Vec<(&[f64], &[bool])> = pairs
        .iter()
        .map(|(_, own)| (own.p.as_slice(), own.y.as_slice()))
        .collect();
    let cells = multicalibration(&views, CELL_BINS, CELL_LEAST);
    let worst = cells.iter().max_by(|a, b| a.gap.abs().total_cmp(&b.gap.abs()))?;
    let (place, _) = pairs.get(worst.group)?;
    let (low, high) = (worst.bin * 100 / CELL_BINS, (worst.bin + 1) * 100 / CELL_BINS);
    let q = worst
        .q
        .map_or_else(String::new, |q| format!(", adjusted p {}", text::p_value(q)));
    let words = format!(
        "Largest calibration gap of a group and a tenth of the confidence: “{}”, {low} to {high} % ({} tested{q})",
        groups.get(*place)?.name,
        text::counted(cells.len() as u64, "cell"),
    );
    let estimate = Estimate::new(
        worst.gap,
        (None, None),
        0.0,
        worst.n,
        "mean confidence − share right",
        Unit::Points,
    );
    Some((words, estimate))
}

/// Bins of confidence in which groups are compared, and the fewest samples of a cell.
const CELL_BINS: usize = 10;
const CELL_LEAST: u64 = 20;

fn counted(input: &Input<'_>, name: &str, rows: Vec<usize>) -> Counted {
    let samples = input.samples;
    let is_positive = |word: &str| POSITIVE.contains(&word.to_ascii_lowercase().as_str());
    let pairs: Vec<(bool, bool)> = rows
        .iter()
        .filter_map(|&row| {
            Some((
                is_positive(samples.truth.at(row)?),
                is_positive(samples.predicted.at(row)?),
            ))
        })
        .collect();
    let is_binary =
        samples.truth.names().len() == 2 && samples.truth.names().iter().filter(|n| is_positive(n)).count() == 1;
    Counted {
        name: name.to_owned(),
        right: rows.iter().filter(|&&row| input.outcome(row).is_right()).count() as u64,
        binary: (is_binary && !pairs.is_empty()).then(|| GroupCounts::of(pairs)),
        rows,
    }
}

/// Each of `others` against the reference by one rate; Holm over the groups.
fn compared(
    input: &Input<'_>,
    others: &[&Counted],
    base: &Counted,
    rate: impl Fn(&Counted) -> Option<Rate>,
) -> Vec<Option<AgainstReference>> {
    let empty = Rate { count: 0, n: 0 };
    let rates: Vec<Rate> = others.iter().map(|group| rate(group).unwrap_or(empty)).collect();
    against_reference(&rates, rate(base).unwrap_or(empty), input.alpha())
}

fn difference_of(input: &Input<'_>, found: &AgainstReference, n: u64) -> Estimate {
    let ends = (
        Some(found.difference.interval.low),
        Some(found.difference.interval.high),
    );
    Estimate::new(found.difference.value, ends, input.level(), n, "Newcombe", Unit::Points)
}

fn shown(
    input: &Input<'_>,
    group: &Counted,
    accuracy: Option<AgainstReference>,
    selection: Option<AgainstReference>,
) -> Group {
    let n = group.rows.len() as u64;
    let mut rates = vec![("accuracy".to_owned(), input.rate(group.right, n, ""))];
    if let Some(binary) = group.binary {
        let positives = binary.true_positive + binary.false_negative;
        let negatives = binary.false_positive + binary.true_negative;
        let none = "No sample of this group has that true class.";
        rates.push((
            "selection rate".to_owned(),
            input.rate(binary.selected(), binary.n(), none),
        ));
        rates.push((
            "true positive rate".to_owned(),
            input.rate(binary.true_positive, positives, none),
        ));
        rates.push((
            "false positive rate".to_owned(),
            input.rate(binary.false_positive, negatives, none),
        ));
        rates.push((
            "false negative rate".to_owned(),
            input.rate(binary.false_negative, positives, none),
        ));
    }
    if let Some(pairs) = Pairs::of(input, group.rows.iter().copied()) {
        rates.extend(sureness(input, &pairs));
        rates.push(("confidence gap".to_owned(), gap(input, &pairs)));
    }
    let differences = [("accuracy", &accuracy), ("selection rate", &selection)]
        .iter()
        .filter_map(|(name, found)| {
            found
                .as_ref()
                .map(|f| ((*name).to_owned(), difference_of(input, f, n), Some(f.p_holm)))
        })
        .collect();
    let ratio = match selection.and_then(|found| Some((found.ratio?, found.ratio_interval, n))) {
        Some((value, interval, n)) => {
            let ends = (interval.map(|i| i.low), interval.map(|i| i.high));
            let level = if interval.is_some() { input.level() } else { 0.0 };
            Estimate::new(value, ends, level, n, "log ratio (Katz)", Unit::Ratio)
        }
        None => Estimate::undefined(
            "Needs a binary truth and prediction, and a second group.",
            n,
            "log ratio (Katz)",
            Unit::Ratio,
        ),
    };
    Group {
        name: group.name.clone(),
        n,
        is_small: n < MIN_GROUP,
        rates,
        differences,
        ratio,
    }
}

/// Mean confidence, Brier score and AUROC of a group, where they are defined.
fn sureness(input: &Input<'_>, pairs: &Pairs) -> Vec<(String, Estimate)> {
    let mean = |name: &str, value: fn(f64, bool) -> f64| {
        let estimate = mean_of(&pairs.units(input, value), input.alpha(), Unit::Score)?;
        Some((name.to_owned(), estimate))
    };
    let auroc = delong(&pairs.p, &pairs.y, input.alpha()).map(|found| {
        let ends = (Some(found.interval.low), Some(found.interval.high));
        let estimate = Estimate::new(found.auroc, ends, input.level(), pairs.n(), "DeLong", Unit::Score);
        ("AUROC of the confidence".to_owned(), estimate)
    });
    let means = [
        mean("mean confidence", |p, _| p),
        mean("Brier score", |p, y| loss(Rule::Brier, p, y)),
        auroc,
    ];
    means.into_iter().flatten().collect()
}

fn metrics(
    input: &Input<'_>,
    groups: &[Counted],
    others: &[&Counted],
    accuracy: &[Option<AgainstReference>],
) -> Metrics {
    let large = others
        .iter()
        .zip(accuracy)
        .filter(|(group, _)| group.rows.len() as u64 >= MIN_GROUP);
    let worst = large
        .filter_map(|(group, found)| Some((group, found.as_ref()?)))
        .min_by(|a, b| {
            a.1.difference
                .value
                .total_cmp(&b.1.difference.value)
                .then_with(|| a.0.name.cmp(&b.0.name))
        });
    let counts: Vec<GroupCounts> = groups.iter().filter_map(|group| group.binary).collect();
    let found = disparity(&counts, MIN_GROUP);
    let n: u64 = counts.iter().map(|c| c.n()).sum();
    let plain = |value: Option<f64>| match value {
        Some(value) => Estimate::new(value, (None, None), 0.0, n, "difference of rates", Unit::Points),
        None => {
            let why = "Needs a binary truth and prediction in two groups of at least 30 samples.";
            Estimate::undefined(why, n, "difference of rates", Unit::Points)
        }
    };
    let none = || {
        Estimate::undefined(
            "Needs two groups of at least 30 scored samples.",
            0,
            "Newcombe",
            Unit::Points,
        )
    };
    vec![
        (
            "fairness.worst-gap",
            worst.map_or_else(none, |(group, f)| difference_of(input, f, group.rows.len() as u64)),
        ),
        (
            "fairness.demographic-parity",
            plain(found.demographic_parity.map(|gap| gap.difference)),
        ),
        (
            "fairness.equalised-odds",
            plain(found.equalized_odds.map(|gap| gap.difference)),
        ),
    ]
}
