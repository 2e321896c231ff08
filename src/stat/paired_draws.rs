//! Two runs on the same samples, resampled together: a sample (or its whole cluster) is drawn for both runs or for neither.

use super::bootstrap::{clear, count};
use super::cell::{Cell, Table, table};
use super::rng::Rng;

/// Probabilities in [0, 1] and outcomes of one run, sample by sample in the order of the other run's.
pub type Column<'a> = (&'a [f64], &'a [bool]);

/// Tables of both runs over the same drawn samples, one after the other. The draws follow from the seed alone; neither
/// the order of samples nor the labels of clusters play a part.
pub struct PairedDraws {
    drawn: [Vec<Cell>; 2],
    /// Samples as cell·2 + outcome in each run, unit after unit.
    samples: Vec<[u32; 2]>,
    /// First and last sample of each unit that is drawn as a whole.
    ranges: Vec<(usize, usize)>,
    rng: Rng,
}

impl PairedDraws {
    /// Prepares draws of two runs; `cluster` holds a label for each sample where samples are not independent.
    ///
    /// `None` when lengths differ, a probability is out of range, or fewer than two units could be drawn, which say nothing
    /// about their spread.
    pub fn new(first: Column<'_>, second: Column<'_>, cluster: Option<&[u32]>, seed: u64) -> Option<Self> {
        let n = first.0.len();
        if second.0.len() != n || cluster.is_some_and(|labels| labels.len() != n) {
            return None;
        }
        let tables = [table(first.0, first.1)?, table(second.0, second.1)?];
        let [own, other] = &tables;
        let (a, b) = (places(own, first)?, places(other, second)?);
        let mut rows: Vec<(u32, [u32; 2])> = a
            .into_iter()
            .zip(b)
            .enumerate()
            .map(|(row, (a, b))| (cluster.and_then(|labels| labels.get(row).copied()).unwrap_or(0), [a, b]))
            .collect();
        rows.sort_unstable();
        let samples: Vec<[u32; 2]> = rows.iter().map(|(_, sample)| *sample).collect();
        let mut ranges: Vec<(usize, usize)> = match cluster {
            None => (0..n).map(|row| (row, row + 1)).collect(),
            Some(_) => {
                let mut start = 0;
                let sizes = rows.chunk_by(|a, b| a.0 == b.0).map(<[_]>::len);
                sizes
                    .map(|size| {
                        start += size;
                        (start - size, start)
                    })
                    .collect()
            }
        };
        // Labels are arbitrary; contents decide the order.
        ranges.sort_unstable_by(|a, b| samples.get(a.0..a.1).cmp(&samples.get(b.0..b.1)));
        let drawn = tables.map(|table| table.cells);
        (ranges.len() > 1).then(|| Self {
            drawn,
            samples,
            ranges,
            rng: Rng::new(seed),
        })
    }

    /// The tables as they were drawn last, before the first draw those of the samples themselves.
    pub fn tables(&self) -> [&[Cell]; 2] {
        let [first, second] = &self.drawn;
        [first, second]
    }

    /// Draws the next pair of tables: the same cells with other counts.
    pub fn draw(&mut self) -> [&[Cell]; 2] {
        let [first, second] = &mut self.drawn;
        clear(first);
        clear(second);
        for _ in 0..self.ranges.len() {
            let place = self.rng.below(self.ranges.len());
            let range = self.ranges.get(place).copied().unwrap_or_default();
            for [own, other] in self.samples.get(range.0..range.1).unwrap_or_default() {
                count(first, *own);
                count(second, *other);
            }
        }
        self.tables()
    }
}

/// Each sample as its cell·2 + outcome.
fn places(table: &Table, (p, y): Column<'_>) -> Option<Vec<u32>> {
    let rows = p.iter().zip(y);
    rows.map(|(p, right)| Some(2 * u32::try_from(table.place(*p)?).ok()? + u32::from(*right)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(n: usize) -> (Vec<f64>, Vec<bool>, Vec<bool>) {
        let mut rng = Rng::new(3);
        let p: Vec<f64> = (0..n).map(|_| (rng.uniform() * 20.0).round() / 20.0).collect();
        let y: Vec<bool> = p.iter().map(|p| rng.uniform() < *p).collect();
        let other = y.iter().map(|right| *right ^ (rng.uniform() < 0.1)).collect();
        (p, y, other)
    }

    #[test]
    fn both_tables_hold_the_same_samples() {
        let (p, y, _) = runs(300);
        let mut draws = PairedDraws::new((&p, &y), (&p, &y), None, 5).unwrap();
        for _ in 0..20 {
            let [first, second] = draws.draw();
            assert_eq!(first, second);
            assert_eq!(first.iter().map(|cell| cell.n).sum::<u64>(), 300);
        }
    }

    #[test]
    fn order_and_labels_play_no_part() {
        let (p, y, other) = runs(120);
        let labels: Vec<u32> = (0..120).map(|row| row / 4).collect();
        let renamed: Vec<u32> = labels.iter().rev().map(|label| 90 - label).collect();
        let back = |values: &[bool]| values.iter().rev().copied().collect::<Vec<bool>>();
        let turned: Vec<f64> = p.iter().rev().copied().collect();
        let mut a = PairedDraws::new((&p, &y), (&p, &other), Some(&labels), 8).unwrap();
        let (y_back, other_back) = (back(&y), back(&other));
        let mut b = PairedDraws::new((&turned, &y_back), (&turned, &other_back), Some(&renamed), 8).unwrap();
        for _ in 0..10 {
            assert_eq!(a.draw(), b.draw());
        }
    }

    #[test]
    fn one_unit_or_unequal_lengths_are_refused() {
        let (p, y, other) = runs(10);
        assert!(PairedDraws::new((&p, &y), (&p, &other), Some(&[1; 10]), 1).is_none());
        assert!(PairedDraws::new((&p, &y), (&p[..9], &other[..9]), None, 1).is_none());
        assert!(PairedDraws::new((&p[..1], &y[..1]), (&p[..1], &other[..1]), None, 1).is_none());
        assert!(PairedDraws::new((&[], &[]), (&[], &[]), None, 1).is_none());
    }
}
