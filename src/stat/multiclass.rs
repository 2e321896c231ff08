//! Calibration and scores of class probabilities.

use super::bin::equal_width;
use super::calibration::ece;
use super::recalibration::inverse_temperature;
use super::sum::{Sum, finite, sum};

/// A row of class probabilities may miss a sum of 1 by this much.
pub const SUM_TOLERANCE: f64 = 1e-3;

/// Class probabilities of n samples, checked and renormalised.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassTable {
    classes: usize,
    /// Row-major, as given.
    given: Vec<f64>,
    /// Sums of the given rows.
    totals: Vec<f64>,
    labels: Vec<usize>,
    /// Rows whose sum was not 1 to 1e-9.
    pub renormalised: usize,
}

/// The answer with the highest probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TopLabel {
    /// Class index; the lowest of equal ones.
    pub class: usize,
    /// Its probability as given.
    pub confidence: f64,
    /// Whether it is the true class.
    pub right: bool,
}

impl ClassTable {
    /// Checks `probabilities` (row-major, `classes` a row, each in [0, 1], rows summing to 1 ± 1e-3) and `labels`.
    ///
    /// `None` for no rows, lengths that do not fit, fewer than two classes, a value or label out of range, or a row sum
    /// outside the tolerance.
    pub fn new(probabilities: &[f64], classes: usize, labels: &[usize]) -> Option<Self> {
        let fits = classes >= 2 && !labels.is_empty() && probabilities.len() == labels.len() * classes;
        let in_range = probabilities.iter().all(|p| (0.0..=1.0).contains(p));
        if !fits || !in_range || labels.iter().any(|label| *label >= classes) {
            return None;
        }
        let totals: Vec<f64> = probabilities
            .chunks(classes)
            .map(|row| sum(row.iter().copied()))
            .collect();
        if totals.iter().any(|total| (total - 1.0).abs() > SUM_TOLERANCE) {
            return None;
        }
        Some(ClassTable {
            classes,
            given: probabilities.to_vec(),
            renormalised: totals.iter().filter(|total| (*total - 1.0).abs() > 1e-9).count(),
            totals,
            labels: labels.to_vec(),
        })
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// True classes.
    pub fn labels(&self) -> &[usize] {
        &self.labels
    }

    fn rows(&self) -> impl Iterator<Item = (&[f64], usize)> {
        self.given.chunks(self.classes).zip(self.labels.iter().copied())
    }

    /// The top label of every sample.
    pub fn top_labels(&self) -> Vec<TopLabel> {
        let top = |(row, label): (&[f64], usize)| {
            let best =
                row.iter().enumerate().fold(
                    (0, f64::NEG_INFINITY),
                    |best, (class, p)| {
                        if *p > best.1 { (class, *p) } else { best }
                    },
                );
            TopLabel {
                class: best.0,
                confidence: best.1,
                right: best.0 == label,
            }
        };
        self.rows().map(top).collect()
    }

    /// Confidence and correctness of the top labels: the input of every binary measure.
    pub fn confidence(&self) -> (Vec<f64>, Vec<bool>) {
        self.top_labels()
            .into_iter()
            .map(|top| (top.confidence, top.right))
            .unzip()
    }

    /// Share of samples whose top label is the true class.
    pub fn accuracy(&self) -> Option<f64> {
        let right = self.top_labels().iter().filter(|top| top.right).count();
        finite(right as f64 / self.labels.len() as f64)
    }

    /// Brier score summed over classes (Brier 1950), 0..=2, of the probabilities as given.
    pub fn brier_sum(&self) -> Option<f64> {
        let score = |(row, label): (&[f64], usize)| {
            let square = |(class, p): (usize, &f64)| (p - f64::from(u8::from(class == label))).powi(2);
            sum(row.iter().enumerate().map(square))
        };
        finite(sum(self.rows().map(score)) / self.labels.len() as f64)
    }

    /// Mean log loss of the renormalised probabilities, clipped to [2⁻⁵², 1 - 2⁻⁵²].
    pub fn log_loss(&self) -> Option<f64> {
        let clip = super::score::LOG_CLIP;
        let terms = self.rows().zip(&self.totals).map(|((row, label), total)| {
            let p = row.get(label).copied().unwrap_or(0.0) / total;
            -p.clamp(clip, 1.0 - clip).ln()
        });
        finite(sum(terms) / self.labels.len() as f64)
    }

    /// Column `class` as a binary problem: its probability, and whether it is the true class. Empty beyond the classes.
    pub fn one_against_rest(&self, class: usize) -> (Vec<f64>, Vec<bool>) {
        let pair = |(row, label): (&[f64], usize)| row.get(class).map(|p| (*p, label == class));
        self.rows().filter_map(pair).unzip()
    }

    /// Class-wise ECE over `bins` equal-width bins: one value a class; their mean is the class-wise ECE (Kull 2019).
    pub fn ece_classwise(&self, bins: usize) -> Option<Vec<f64>> {
        let column = |class| {
            let (p, y) = self.one_against_rest(class);
            ece(&equal_width(&p, &y, bins)?)
        };
        (0..self.classes).map(column).collect()
    }

    /// Temperature T > 0 minimising the mean negative log-likelihood of softmax(ln p / T), with ln T in [-10, 10].
    ///
    /// p is clipped below at 1e-12 and renormalised. `None` when every row is uniform. Source: Guo 2017.
    pub fn temperature(&self) -> Option<f64> {
        let logits: Vec<f64> = self.given.iter().map(|p| p.max(1e-12).ln()).collect();
        let flat = logits
            .chunks(self.classes)
            .all(|row| row.iter().all(|x| Some(x) == row.first()));
        if flat {
            return None;
        }
        let slope = |beta: f64| {
            let mut total = Sum::default();
            for (row, label) in logits.chunks(self.classes).zip(&self.labels) {
                let peak = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let (mut mass, mut moment) = (0.0, 0.0);
                for x in row {
                    let weight = (beta * (x - peak)).exp();
                    mass += weight;
                    moment += weight * (x - peak);
                }
                let truth = row.get(*label).copied().unwrap_or(peak) - peak;
                total.add(moment / mass - truth);
            }
            total.value()
        };
        inverse_temperature(slope).map(|beta| 1.0 / beta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_no_distribution() {
        assert_eq!(ClassTable::new(&[], 2, &[]), None);
        assert_eq!(ClassTable::new(&[0.5, 0.4], 2, &[0]), None);
        assert_eq!(ClassTable::new(&[0.5, 0.5], 2, &[2]), None);
        assert_eq!(ClassTable::new(&[1.0], 1, &[0]), None);
        assert_eq!(
            ClassTable::new(&[0.5, 0.4995], 2, &[0]).map(|t| t.renormalised),
            Some(1)
        );
    }

    #[test]
    fn ties_go_to_the_lowest_class() {
        let table = ClassTable::new(&[0.4, 0.4, 0.2], 3, &[1]).unwrap();
        assert_eq!(
            table.top_labels(),
            [TopLabel {
                class: 0,
                confidence: 0.4,
                right: false
            }]
        );
        assert_eq!(table.accuracy(), Some(0.0));
    }

    #[test]
    fn certain_and_right_is_perfect() {
        let table = ClassTable::new(&[1.0, 0.0, 0.0, 1.0], 2, &[0, 1]).unwrap();
        assert_eq!(table.brier_sum(), Some(0.0));
        assert!(table.log_loss().unwrap() < 1e-15);
        assert_eq!(table.ece_classwise(10), Some(vec![0.0, 0.0]));
        assert_eq!(ClassTable::new(&[0.5, 0.5], 2, &[0]).unwrap().temperature(), None);
    }

    proptest! {
        #[test]
        fn two_classes_agree_with_the_binary_temperature(
            rows in proptest::collection::vec((1u8..100, any::<bool>()), 20..60),
        ) {
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 100.0).collect();
            let y: Vec<bool> = rows.iter().map(|r| r.1).collect();
            let flat: Vec<f64> = p.iter().flat_map(|p| [1.0 - p, *p]).collect();
            let labels: Vec<usize> = y.iter().map(|y| usize::from(*y)).collect();
            let table = ClassTable::new(&flat, 2, &labels).unwrap();
            let (two, one) = (table.temperature(), crate::stat::recalibration::temperature(&p, &y));
            match (two, one) {
                (Some(two), Some(one)) => prop_assert!((two / one - 1.0).abs() < 1e-6),
                (two, one) => prop_assert_eq!(two, one),
            }
            let binary = crate::stat::score::brier(&p, &y).unwrap();
            prop_assert!((table.brier_sum().unwrap() - 2.0 * binary).abs() < 1e-12);
        }
    }
}
