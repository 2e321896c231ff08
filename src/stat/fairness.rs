//! Rates by group, their gaps, and comparisons with a named reference group.
//!
//! Calibration within groups and equalised odds cannot both hold when base rates differ (Chouldechova 2017;
//! Kleinberg, Mullainathan & Raghavan 2017): say so beside these numbers.

use super::calibration::overconfidence;
use super::cell::bin_of;
use super::difference::{Contrast, newcombe, ratio};
use super::dist::normal_sf;
use super::fisher::{Table2, fisher_two_sided};
use super::multiplicity::{benjamini_hochberg, holm};
use super::sum::finite;

/// Fewest items a group needs to count in a headline.
pub const MIN_GROUP: u64 = 30;

/// Binary predictions of one group against the truth. Counts of two partitions add.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    /// Positive, predicted positive.
    pub true_positive: u64,
    /// Negative, predicted positive.
    pub false_positive: u64,
    /// Positive, predicted negative.
    pub false_negative: u64,
    /// Negative, predicted negative.
    pub true_negative: u64,
}

impl GroupCounts {
    /// Counts pairs (truth, prediction).
    pub fn of(pairs: impl IntoIterator<Item = (bool, bool)>) -> GroupCounts {
        let mut counts = GroupCounts::default();
        for pair in pairs {
            *match pair {
                (true, true) => &mut counts.true_positive,
                (false, true) => &mut counts.false_positive,
                (true, false) => &mut counts.false_negative,
                (false, false) => &mut counts.true_negative,
            } += 1;
        }
        counts
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: GroupCounts) {
        self.true_positive += other.true_positive;
        self.false_positive += other.false_positive;
        self.false_negative += other.false_negative;
        self.true_negative += other.true_negative;
    }

    /// Number of items.
    pub fn n(self) -> u64 {
        self.selected() + self.false_negative + self.true_negative
    }

    /// Number predicted positive.
    pub fn selected(self) -> u64 {
        self.true_positive + self.false_positive
    }

    /// Share predicted positive, 0..=1; `None` without items.
    pub fn selection_rate(self) -> Option<f64> {
        share(self.selected(), self.n())
    }

    /// Share of positives predicted positive; `None` without positives (fairlearn says 0).
    pub fn true_positive_rate(self) -> Option<f64> {
        share(self.true_positive, self.true_positive + self.false_negative)
    }

    /// Share of negatives predicted positive; `None` without negatives.
    pub fn false_positive_rate(self) -> Option<f64> {
        share(self.false_positive, self.false_positive + self.true_negative)
    }

    /// Share of positives predicted negative; `None` without positives.
    pub fn false_negative_rate(self) -> Option<f64> {
        share(self.false_negative, self.true_positive + self.false_negative)
    }

    /// Share predicted as it is; `None` without items.
    pub fn accuracy(self) -> Option<f64> {
        share(self.true_positive + self.true_negative, self.n())
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How far apart the groups of one rate are. Biased upward: the largest of many noisy rates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gap {
    /// Largest − smallest rate, 0..=1.
    pub difference: f64,
    /// Smallest / largest rate, 0..=1; `None` when all are 0.
    pub ratio: Option<f64>,
}

/// Gap of the rates that are defined; `None` for fewer than two.
pub fn gap(rates: impl IntoIterator<Item = Option<f64>>) -> Option<Gap> {
    let defined: Vec<f64> = rates.into_iter().flatten().filter(|x| x.is_finite()).collect();
    if defined.len() < 2 {
        return None;
    }
    let low = defined.iter().copied().fold(f64::INFINITY, f64::min);
    let high = defined.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(Gap {
        difference: high - low,
        ratio: finite(low / high),
    })
}

/// Gaps between groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disparity {
    /// Gap of selection rates: demographic parity.
    pub demographic_parity: Option<Gap>,
    /// Gap of true positive rates: equal opportunity.
    pub equal_opportunity: Option<Gap>,
    /// Gap of false positive rates.
    pub false_positive: Option<Gap>,
    /// The worse of the last two: larger difference, smaller ratio; `None` unless both are defined.
    pub equalized_odds: Option<Gap>,
    /// Groups that were large enough to count.
    pub groups: usize,
}

/// Gaps between the groups with at least `min_n` items (usually [`MIN_GROUP`]).
///
/// Same definitions as fairlearn's metrics, except that undefined rates are left out rather than 0.
pub fn disparity(groups: &[GroupCounts], min_n: u64) -> Disparity {
    let large: Vec<GroupCounts> = groups.iter().copied().filter(|g| g.n() >= min_n.max(1)).collect();
    let equal_opportunity = gap(large.iter().map(|g| g.true_positive_rate()));
    let false_positive = gap(large.iter().map(|g| g.false_positive_rate()));
    Disparity {
        demographic_parity: gap(large.iter().map(|g| g.selection_rate())),
        equal_opportunity,
        false_positive,
        equalized_odds: equal_opportunity.zip(false_positive).map(|(a, b)| Gap {
            difference: a.difference.max(b.difference),
            ratio: a.ratio.zip(b.ratio).map(|(a, b)| a.min(b)),
        }),
        groups: large.len(),
    }
}

/// A rate as a count out of a number of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Items with the property.
    pub count: u64,
    /// Items.
    pub n: u64,
}

/// A group's rate against the reference group's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AgainstReference {
    /// group − reference with Newcombe's interval.
    pub difference: Contrast,
    /// group / reference; `None` when the reference rate is 0.
    pub ratio: Option<f64>,
    /// The ratio's logarithmic interval; `None` when a count is 0.
    pub ratio_interval: Option<super::interval::Interval>,
    /// Fisher's two-sided p-value.
    pub p: f64,
    /// The same after Holm over all groups compared.
    pub p_holm: f64,
}

/// Compares each group with `reference` at level 1 − `alpha`; Holm over the groups that could be compared.
///
/// * `groups`: without the reference itself.
///
/// `None` for a group without items, or everywhere when the reference has none.
pub fn against_reference(groups: &[Rate], reference: Rate, alpha: f64) -> Vec<Option<AgainstReference>> {
    let mut rows: Vec<Option<AgainstReference>> =
        groups.iter().map(|group| compare(*group, reference, alpha)).collect();
    let p: Vec<f64> = rows.iter().flatten().map(|row| row.p).collect();
    for (row, adjusted) in rows.iter_mut().flatten().zip(holm(&p).unwrap_or_default()) {
        row.p_holm = adjusted;
    }
    rows
}

fn compare(group: Rate, reference: Rate, alpha: f64) -> Option<AgainstReference> {
    let difference = newcombe(group.count, group.n, reference.count, reference.n, alpha)?;
    let (rate, base) = (share(group.count, group.n)?, share(reference.count, reference.n)?);
    Some(AgainstReference {
        difference,
        ratio: finite(rate / base),
        ratio_interval: ratio(group.count, group.n, reference.count, reference.n, alpha)
            .map(|contrast| contrast.interval),
        p: fisher_two_sided(Table2 {
            a: group.count,
            b: group.n - group.count,
            c: reference.count,
            d: reference.n - reference.count,
        }),
        p_holm: 1.0,
    })
}

/// Ratio of each group's rate to the highest rate among groups of at least `min_n` items; below 0.8 a group fails the
/// four-fifths rule, a screening rule to report with its p-value and interval.
///
/// `None` for a group without items, and for all when no group is large enough or the highest rate is 0.
/// Source: 29 CFR 1607.4 D.
pub fn ratio_to_highest(groups: &[Rate], min_n: u64) -> Vec<Option<f64>> {
    let large = groups.iter().filter(|group| group.n >= min_n.max(1));
    let highest = large
        .filter_map(|group| share(group.count, group.n))
        .fold(0.0, f64::max);
    groups
        .iter()
        .map(|group| finite(share(group.count, group.n)? / highest))
        .collect()
}

/// Accuracy of calibration in one cell of group × score bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibrationCell {
    /// Place of the group.
    pub group: usize,
    /// 0-based equal-width bin of the score.
    pub bin: usize,
    /// Items in the cell.
    pub n: u64,
    /// Mean score − share positive, −1..=1.
    pub gap: f64,
    /// Two-sided p-value of gap = 0 (z test); `None` when all residuals are equal.
    pub p: Option<f64>,
    /// The same after Benjamini and Hochberg over all cells tested.
    pub q: Option<f64>,
}

/// Calibration gaps of all cells of group × equal-width score bin with at least `min_n` items (usually 20).
///
/// * `groups`: scores in [0, 1] and outcomes of each group; `bins`: number of bins, usually 10.
///
/// A group whose scores and outcomes do not pair up is left out. Source: Hébert-Johnson et al. 2018.
pub fn multicalibration(groups: &[(&[f64], &[bool])], bins: usize, min_n: u64) -> Vec<CalibrationCell> {
    let mut cells = Vec::new();
    for (group, (scores, outcomes)) in groups.iter().enumerate() {
        if scores.len() != outcomes.len() || bins == 0 {
            continue;
        }
        let mut members: Vec<(Vec<f64>, Vec<bool>)> = vec![Default::default(); bins];
        for (score, outcome) in scores.iter().zip(*outcomes) {
            if let Some(member) = members.get_mut(bin_of(*score, bins)) {
                member.0.push(*score);
                member.1.push(*outcome);
            }
        }
        for (bin, (scores, outcomes)) in members.iter().enumerate() {
            let enough = scores.len() as u64 >= min_n.max(1);
            cells.extend(enough.then(|| cell(group, bin, scores, outcomes)).flatten());
        }
    }
    adjust(&mut cells);
    cells
}

fn cell(group: usize, bin: usize, scores: &[f64], outcomes: &[bool]) -> Option<CalibrationCell> {
    let over = overconfidence(scores, outcomes)?;
    let z = over.se.filter(|se| *se > 0.0).map(|se| over.gap / se);
    Some(CalibrationCell {
        group,
        bin,
        n: scores.len() as u64,
        gap: over.gap,
        p: z.map(|z| (2.0 * normal_sf(z.abs())).min(1.0)),
        q: None,
    })
}

fn adjust(cells: &mut [CalibrationCell]) {
    let p: Vec<f64> = cells.iter().filter_map(|cell| cell.p).collect();
    let tested = cells.iter_mut().filter(|cell| cell.p.is_some());
    for (cell, q) in tested.zip(benjamini_hochberg(&p).unwrap_or_default()) {
        cell.q = Some(q);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn undefined_rates_are_left_out() {
        let no_positives = GroupCounts::of([(false, true), (false, false)]);
        assert_eq!(no_positives.true_positive_rate(), None);
        assert_eq!(no_positives.selection_rate(), Some(0.5));
        assert_eq!(GroupCounts::default().accuracy(), None);
        let d = disparity(&[no_positives, no_positives], 1);
        assert_eq!((d.equal_opportunity, d.equalized_odds, d.groups), (None, None, 2));
        assert_eq!(d.demographic_parity.map(|g| g.difference), Some(0.0));
        assert_eq!(disparity(&[no_positives], 30).groups, 0);
        assert_eq!(gap([Some(0.0), Some(0.0)]).map(|g| g.ratio), Some(None));
    }

    #[test]
    fn four_fifths_uses_the_highest_large_group() {
        let rates = [(10, 10), (60, 100), (30, 100), (0, 0)].map(|(count, n)| Rate { count, n });
        let ratios = ratio_to_highest(&rates, 30);
        assert_eq!((ratios[1], ratios[2], ratios[3]), (Some(1.0), Some(0.5), None));
        assert_eq!(ratio_to_highest(&[Rate { count: 0, n: 50 }], 30), vec![None]);
    }

    #[test]
    fn comparisons_skip_empty_groups() {
        let reference = Rate { count: 50, n: 100 };
        let groups = [
            Rate { count: 20, n: 100 },
            Rate { count: 0, n: 0 },
            Rate { count: 0, n: 9 },
        ];
        let rows = against_reference(&groups, reference, 0.05);
        assert!(rows[1].is_none());
        let first = rows[0].unwrap();
        assert!((first.p_holm - 2.0 * first.p).abs() < 1e-15 && first.ratio == Some(0.4));
        assert_eq!(rows[2].unwrap().ratio_interval, None);
        assert!(
            against_reference(&groups, Rate { count: 0, n: 0 }, 0.05)
                .iter()
                .all(Option::is_none)
        );
    }

    #[test]
    fn cells_need_support() {
        let (scores, outcomes) = (vec![0.95; 25], vec![true; 25]);
        let few = (&scores[..5], &outcomes[..5]);
        let cells = multicalibration(&[(&scores, &outcomes), few], 10, 20);
        assert_eq!(cells.len(), 1);
        assert_eq!((cells[0].bin, cells[0].n), (9, 25));
        assert!(multicalibration(&[(&scores, &[])], 10, 1).is_empty());
    }

    proptest! {
        #[test]
        fn counts_merge_in_any_order(
            pairs in prop::collection::vec((any::<bool>(), any::<bool>()), 0..80), cut in 0usize..80,
        ) {
            let all = GroupCounts::of(pairs.iter().copied());
            let (a, b) = pairs.split_at(cut.min(pairs.len()));
            let mut merged = GroupCounts::of(b.iter().rev().copied());
            merged.merge(GroupCounts::of(a.iter().copied()));
            prop_assert_eq!(merged, all);
            prop_assert_eq!(all.n(), pairs.len() as u64);
            if let (Some(hit), Some(miss)) = (all.true_positive_rate(), all.false_negative_rate()) {
                prop_assert!((hit + miss - 1.0).abs() < 1e-12);
            }
        }
    }
}
