//! Confusion matrices: per-class scores, averages and agreement.

use std::collections::BTreeMap;

use super::dist::{t_quantile, z_two_sided};
use super::interval::Interval;
use super::sum::{Sum, finite};

/// Counts by true class (rows) and predicted class (columns). Matrices of the same classes add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    counts: Vec<u64>,
}

/// Scores of one class against all others; each 0..=1, `None` where its denominator is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassScore {
    /// Of the items predicted as this class, the share that are.
    pub precision: Option<f64>,
    /// Of the items of this class, the share predicted so.
    pub recall: Option<f64>,
    /// 2·right / (2·right + wrongly in + wrongly out).
    pub f1: Option<f64>,
    /// Items of this class.
    pub support: u64,
}

impl Confusion {
    /// Counts pairs of codes (truth, predicted); pairs with a code not below `classes` are left out.
    pub fn of(classes: usize, pairs: impl IntoIterator<Item = (u32, u32)>) -> Confusion {
        let mut counts = vec![0; classes * classes];
        for (truth, predicted) in pairs {
            let (row, column) = (truth as usize, predicted as usize);
            if row < classes
                && column < classes
                && let Some(count) = counts.get_mut(row * classes + column)
            {
                *count += 1;
            }
        }
        Confusion { classes, counts }
    }

    /// Adds the counts of `other`; `false`, and no change, when the number of classes differs.
    pub fn merge(&mut self, other: &Confusion) -> bool {
        if self.classes != other.classes {
            return false;
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        true
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Items of class `truth` predicted as `predicted`; 0 beyond the classes.
    pub fn count(&self, truth: usize, predicted: usize) -> u64 {
        let inside = truth < self.classes && predicted < self.classes;
        let at = truth * self.classes + predicted;
        self.counts.get(at).copied().filter(|_| inside).unwrap_or(0)
    }

    /// Number of items.
    pub fn n(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn row(&self, class: usize) -> u64 {
        (0..self.classes).map(|other| self.count(class, other)).sum()
    }

    fn column(&self, class: usize) -> u64 {
        (0..self.classes).map(|other| self.count(other, class)).sum()
    }

    fn diagonal(&self) -> u64 {
        (0..self.classes).map(|class| self.count(class, class)).sum()
    }

    /// Share of items on the diagonal (also the micro-averaged F1); `None` without items.
    pub fn accuracy(&self) -> Option<f64> {
        finite(self.diagonal() as f64 / self.n() as f64)
    }

    /// Precision, recall and F1 of `class`.
    pub fn class(&self, class: usize) -> ClassScore {
        let (right, support, predicted) = (self.count(class, class), self.row(class), self.column(class));
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        ClassScore {
            precision: share(right, predicted),
            recall: share(right, support),
            f1: share(2 * right, support + predicted),
            support,
        }
    }

    /// Mean F1 over the classes that occur in truth or prediction; `None` without items.
    pub fn macro_f1(&self) -> Option<f64> {
        average((0..self.classes).filter_map(|class| self.class(class).f1))
    }

    /// Mean recall over the classes that occur in truth; `None` without items.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        average((0..self.classes).filter_map(|class| self.class(class).recall))
    }

    /// Cohen's κ: agreement beyond chance, −1..=1; `None` when chance alone agrees always or without items.
    pub fn kappa(&self) -> Option<f64> {
        let n = self.n() as f64;
        let chance: f64 = (0..self.classes)
            .map(|class| self.row(class) as f64 * self.column(class) as f64)
            .sum();
        finite((self.diagonal() as f64 * n - chance) / (n * n - chance))
    }

    /// Matthews correlation for any number of classes, −1..=1; `None` when truth or prediction is one class only.
    ///
    /// Source: Gorodkin 2004.
    pub fn mcc(&self) -> Option<f64> {
        let n = self.n() as f64;
        let (mut product, mut truth, mut predicted) = (0.0, 0.0, 0.0);
        for class in 0..self.classes {
            let (row, column) = (self.row(class) as f64, self.column(class) as f64);
            product += row * column;
            truth += row * row;
            predicted += column * column;
        }
        let scale = (n * n - truth).sqrt() * (n * n - predicted).sqrt();
        finite((self.diagonal() as f64 * n - product) / scale)
    }
}

/// How much a disagreement between two classes weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// Every disagreement weighs the same: Cohen's κ.
    Equal,
    /// By the square of the distance between ordered classes.
    Quadratic,
}

impl Weights {
    fn of(self, row: usize, column: usize) -> f64 {
        match self {
            Self::Equal => f64::from(u8::from(row != column)),
            Self::Quadratic => (row.abs_diff(column) as f64).powi(2),
        }
    }
}

/// Agreement beyond chance with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kappa {
    /// κ, −1..=1.
    pub value: f64,
    /// Standard error; `None` for fewer than two pairs (or groups), or when it is 0.
    pub se: Option<f64>,
    /// Interval, clamped to −1..=1; `None` without a standard error.
    pub interval: Option<Interval>,
}

/// κ = 1 − (weighted disagreement) / (the same by chance), with its large-sample interval.
///
/// * `pairs`: codes of the first and the second judgement, each below `classes`; others are left out.
/// * `groups`: group of each pair whose members are not independent, of the same length; `None` if each stands alone.
///
/// The variance is the delta method's, as by Fleiss, Cohen & Everitt 1969 (statsmodels' `std_kappa`): the mean square of
/// each pair's influence over n. With groups the influences are summed by group and multiplied by G/(G − 1) (CR1), and the
/// quantile is Student's with G − 1 degrees of freedom instead of the normal one. `None` without pairs, and when chance alone
/// agrees always.
pub fn kappa(
    classes: usize,
    pairs: &[(u32, u32)],
    groups: Option<&[u32]>,
    weights: Weights,
    alpha: f64,
) -> Option<Kappa> {
    let matrix = Confusion::of(classes, pairs.iter().copied());
    let n = matrix.n() as f64;
    let rows: Vec<f64> = (0..classes).map(|class| matrix.row(class) as f64 / n).collect();
    let columns: Vec<f64> = (0..classes).map(|class| matrix.column(class) as f64 / n).collect();
    // What a judgement of one side disagrees with the other side's on average.
    let against = |shares: &[f64], class: usize| {
        let terms = shares
            .iter()
            .enumerate()
            .map(|(other, share)| share * weights.of(class, other));
        terms.collect::<Sum>().value()
    };
    let of_row: Vec<f64> = (0..classes).map(|class| against(&columns, class)).collect();
    let of_column: Vec<f64> = (0..classes).map(|class| against(&rows, class)).collect();
    let cells = (0..classes).flat_map(|row| (0..classes).map(move |column| (row, column)));
    let observed = cells.map(|(row, column)| matrix.count(row, column) as f64 / n * weights.of(row, column));
    let observed = observed.collect::<Sum>().value();
    let chance = rows
        .iter()
        .zip(&of_row)
        .map(|(share, own)| share * own)
        .collect::<Sum>()
        .value();
    let value = finite(1.0 - observed / chance)?;
    let influence = |(row, column): (u32, u32)| {
        let (row, column) = (row as usize, column as usize);
        let own = weights.of(row, column) - observed;
        let expected = of_row.get(row)? + of_column.get(column)? - 2.0 * chance;
        Some(observed / chance.powi(2) * expected - own / chance)
    };
    let alone = 0..pairs.len() as u32;
    let codes = groups.map_or_else(|| alone.collect(), <[u32]>::to_vec);
    let mut sums: BTreeMap<u32, Sum> = BTreeMap::new();
    for (pair, code) in pairs.iter().zip(codes) {
        if let Some(own) = influence(*pair) {
            sums.entry(code).or_default().add(own);
        }
    }
    let count = sums.len();
    let squares = sums.values().map(|sum| sum.value().powi(2)).collect::<Sum>().value();
    let (scale, quantile) = match groups {
        None => (1.0, z_two_sided(alpha)),
        Some(_) => {
            let df = count as f64 - 1.0;
            (count as f64 / df, t_quantile(1.0 - alpha / 2.0, df))
        }
    };
    let se = finite((squares * scale).sqrt() / n).filter(|se| count > 1 && *se > 0.0);
    let interval = se.zip(quantile).and_then(|(se, q)| Interval::around(value, q * se));
    Some(Kappa {
        value,
        se,
        interval: interval.map(|interval| interval.clamp(-1.0, 1.0)),
    })
}

fn average(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0u32), |(sum, n), value| (sum + value, n + 1));
    (n > 0).then(|| sum / f64::from(n))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_judges() {
        // Textbook κ: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no gives 0.4.
        let cells = [(1, 1, 20), (1, 0, 5), (0, 1, 10), (0, 0, 15)];
        let pairs = cells.iter().flat_map(|(t, p, n)| std::iter::repeat_n((*t, *p), *n));
        let matrix = Confusion::of(2, pairs);
        assert!((matrix.kappa().unwrap() - 0.4).abs() < 1e-12);
        assert_eq!(matrix.accuracy(), Some(0.7));
        assert_eq!(matrix.class(1).recall, Some(0.8));
        assert!((matrix.mcc().unwrap() - 1.0 / 6f64.sqrt()).abs() < 1e-12);
    }

    /// The pairs of a matrix, row by row.
    fn spread(size: u32, counts: &[usize]) -> Vec<(u32, u32)> {
        let cells = counts.iter().zip(0u32..);
        cells
            .flat_map(|(n, place)| std::iter::repeat_n((place / size, place % size), *n))
            .collect()
    }

    #[test]
    fn kappa_has_the_interval_of_fleiss_cohen_and_everitt() {
        // From statsmodels 0.15.0, cohens_kappa: kappa, std_kappa; the second with wt="quadratic".
        let plain = kappa(2, &spread(2, &[20, 5, 10, 15]), None, Weights::Equal, 0.05).unwrap();
        assert!((plain.value - 0.4).abs() < 1e-12 && (plain.se.unwrap() - 0.126_996_062_931_100_33).abs() < 1e-12);
        let grades = spread(3, &[44, 5, 1, 7, 20, 3, 9, 5, 6]);
        let plain = kappa(3, &grades, None, Weights::Equal, 0.05).unwrap();
        assert!(
            (plain.value - 0.491_525_423_728_813_7).abs() < 1e-12
                && (plain.se.unwrap() - 0.072_127_459_293_340_68).abs() < 1e-12
        );
        let ordered = kappa(3, &grades, None, Weights::Quadratic, 0.05).unwrap();
        assert!(
            (ordered.value - 0.454_545_454_545_454_6).abs() < 1e-12
                && (ordered.se.unwrap() - 0.093_979_697_775_725_7).abs() < 1e-12
        );
        let z = 1.959_963_984_540_054;
        let interval = ordered.interval.unwrap();
        assert!((interval.width() - 2.0 * z * 0.093_979_697_775_725_7).abs() < 1e-12);
    }

    #[test]
    fn kappa_of_repeats_counts_groups() {
        // Every pair twice as one group: the same κ, the standard error of the single pairs but for G/(G − 1).
        let once = spread(2, &[20, 5, 10, 15]);
        let twice: Vec<(u32, u32)> = once.iter().flat_map(|pair| [*pair, *pair]).collect();
        let groups: Vec<u32> = (0..once.len() as u32).flat_map(|group| [group, group]).collect();
        let alone = kappa(2, &once, None, Weights::Equal, 0.05).unwrap();
        let grouped = kappa(2, &twice, Some(&groups), Weights::Equal, 0.05).unwrap();
        assert!((grouped.value - alone.value).abs() < 1e-12);
        let want = alone.se.unwrap() * (50.0f64 / 49.0).sqrt();
        assert!((grouped.se.unwrap() - want).abs() < 1e-12);
        let one = kappa(2, &once, Some(&[7; 50]), Weights::Equal, 0.05).unwrap();
        assert_eq!((one.se, one.interval), (None, None));
        assert_eq!(kappa(2, &[], None, Weights::Equal, 0.05), None);
        assert_eq!(kappa(2, &[(1, 1); 9], None, Weights::Equal, 0.05), None);
    }

    #[test]
    fn undefined_scores() {
        let empty = Confusion::of(3, []);
        assert_eq!((empty.accuracy(), empty.kappa(), empty.mcc()), (None, None, None));
        assert_eq!((empty.macro_f1(), empty.balanced_accuracy()), (None, None));
        let one = Confusion::of(2, [(0, 0), (9, 0)]);
        assert_eq!((one.n(), one.kappa(), one.mcc()), (1, None, None));
        assert_eq!((one.class(1).precision, one.class(1).f1), (None, None));
        assert_eq!(one.count(0, 5), 0);
        assert!(!empty.clone().merge(&one));
    }

    proptest! {
        #[test]
        fn parts_merge_and_truth_and_prediction_swap(
            pairs in prop::collection::vec((0u32..4, 0u32..4), 0..120), cut in 0usize..120,
        ) {
            let all = Confusion::of(4, pairs.iter().copied());
            let (a, b) = pairs.split_at(cut.min(pairs.len()));
            let mut merged = Confusion::of(4, b.iter().rev().copied());
            merged.merge(&Confusion::of(4, a.iter().copied()));
            prop_assert_eq!(&merged, &all);
            let swapped = Confusion::of(4, pairs.iter().map(|(t, p)| (*p, *t)));
            prop_assert_eq!(swapped.kappa(), all.kappa());
            prop_assert_eq!(swapped.class(2).precision, all.class(2).recall);
            for value in [all.kappa(), all.mcc()].into_iter().flatten() {
                prop_assert!((-1.0 - 1e-12..=1.0 + 1e-12).contains(&value));
            }
        }
    }
}
