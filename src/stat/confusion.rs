//! Confusion matrices: per-class scores, averages and agreement.

use super::sum::finite;

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
