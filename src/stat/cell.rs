//! Samples pooled by their probability: the exact table when few values occur, a fine grid when many do.

use super::sum::Sum;

/// How many trials and successes share one probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The probability; the mean of the cell's probabilities when it pools several.
    pub p: f64,
    /// Number of samples, at least 1.
    pub n: u64,
    /// How many of them are right (y = 1).
    pub right: u64,
}

impl Cell {
    /// Share of right samples.
    pub fn freq(&self) -> f64 {
        self.right as f64 / self.n as f64
    }
}

/// Cells in rising order of probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Non-empty cells, `p` strictly rising when exact.
    pub cells: Vec<Cell>,
    /// True when every cell holds one value only, so that nothing was lost but the order of rows.
    pub exact: bool,
}

impl Table {
    /// The place of the cell that holds `p`; `None` when there is none.
    pub fn place(&self, p: f64) -> Option<usize> {
        let key = |value: f64| if value == 0.0 { 0 } else { 1 + bin_of(value, GRID) };
        let found = if self.exact {
            self.cells.binary_search_by(|cell| cell.p.total_cmp(&p.abs()))
        } else {
            self.cells.binary_search_by_key(&key(p), |cell| key(cell.p))
        };
        found.ok()
    }
}

/// Cells of the grid used for more distinct values than that: a multiple of 10, 15, 20, 25 and 30, so that equal-width
/// bins of these numbers are unions of cells.
pub const GRID: usize = 3000;

/// Whether `p` and `y` pair up, are not empty, and every p lies in [0, 1].
pub fn valid(p: &[f64], y: &[bool]) -> bool {
    !p.is_empty() && p.len() == y.len() && p.iter().all(|value| (0.0..=1.0).contains(value))
}

/// The exact table of distinct values, rising; `None` when [`valid`] is false. One sort.
pub fn distinct(p: &[f64], y: &[bool]) -> Option<Vec<Cell>> {
    if !valid(p, y) {
        return None;
    }
    if p.is_sorted() {
        return Some(pooled(p.iter().copied().zip(y.iter().copied())));
    }
    let mut rows: Vec<(f64, bool)> = p.iter().copied().zip(y.iter().copied()).collect();
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    Some(pooled(rows.into_iter()))
}

/// Cells of rows in rising order.
fn pooled(rows: impl Iterator<Item = (f64, bool)>) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for (p, right) in rows {
        match cells.last_mut() {
            // -0.0 and 0.0 are one value.
            Some(cell) if cell.p == p => {
                cell.n += 1;
                cell.right += u64::from(right);
            }
            _ => cells.push(Cell {
                p: p.abs(),
                n: 1,
                right: u64::from(right),
            }),
        }
    }
    cells
}

/// The exact table when at most [`GRID`] distinct values occur, else right-closed cells of width 1/[`GRID`] with their
/// mean probability (p = 0 in a cell of its own). `None` when [`valid`] is false. One pass.
pub fn table(p: &[f64], y: &[bool]) -> Option<Table> {
    if p.len() <= GRID {
        return distinct(p, y).map(|cells| Table { cells, exact: true });
    }
    if !valid(p, y) {
        return None;
    }
    if p.is_sorted() {
        let changes = p.windows(2).filter(|pair| pair.first() != pair.last());
        let exact = changes.take(GRID).count() < GRID;
        let cells = if exact { distinct(p, y)? } else { grid(p, y) };
        return Some(Table { cells, exact });
    }
    // A value recurs bit for bit in a discrete column, so a small set tells discrete from continuous early.
    let mut seen = std::collections::HashSet::new();
    for value in p {
        seen.insert(value.abs().to_bits());
        if seen.len() > GRID {
            return Some(Table {
                cells: grid(p, y),
                exact: false,
            });
        }
    }
    distinct(p, y).map(|cells| Table { cells, exact: true })
}

fn grid(p: &[f64], y: &[bool]) -> Vec<Cell> {
    let mut sums = vec![(Sum::default(), 0u64, 0u64); GRID + 1];
    for (value, right) in p.iter().zip(y) {
        let place = if *value == 0.0 { 0 } else { 1 + bin_of(*value, GRID) };
        if let Some((total, n, k)) = sums.get_mut(place) {
            total.add(*value);
            *n += 1;
            *k += u64::from(*right);
        }
    }
    let cells = sums.into_iter().filter(|(_, n, _)| *n > 0);
    cells
        .map(|(total, n, right)| Cell {
            p: (total.value() / n as f64).min(1.0),
            n,
            right,
        })
        .collect()
}

/// The 0-based right-closed equal-width bin of `p` in [0, 1] among `m` ≥ 1: the smallest b with p ≤ (b+1)/m.
pub fn bin_of(p: f64, m: usize) -> usize {
    let edge = |b: usize| (b + 1) as f64 / m as f64;
    // The product is off by one bin at most; the comparison with the edge decides.
    let mut b = ((p * m as f64) as usize).min(m.saturating_sub(1));
    while b > 0 && p <= edge(b - 1) {
        b -= 1;
    }
    while b + 1 < m && p > edge(b) {
        b += 1;
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pools_equal_values() {
        let cells = distinct(&[0.5, 0.0, 0.5, -0.0], &[true, false, false, true]).unwrap();
        let want = [Cell { p: 0.0, n: 2, right: 1 }, Cell { p: 0.5, n: 2, right: 1 }];
        assert_eq!(cells, want);
        assert_eq!(distinct(&[], &[]), None);
        assert_eq!(distinct(&[1.1], &[true]), None);
        assert_eq!(distinct(&[f64::NAN], &[true]), None);
    }

    #[test]
    fn edges_belong_to_the_lower_bin() {
        assert_eq!(bin_of(0.0, 10), 0);
        assert_eq!(bin_of(0.3, 10), 2);
        assert_eq!(bin_of(0.300_000_000_000_000_04, 10), 3);
        assert_eq!(bin_of(0.29, 100), 28);
        assert_eq!(bin_of(1.0, 10), 9);
    }

    #[test]
    fn grid_keeps_bins_of_ten_and_fifteen() {
        let p: Vec<f64> = (0..20_000).map(|i| f64::from(i) / 19_999.0).collect();
        let y: Vec<bool> = (0..20_000).map(|i| i % 3 == 0).collect();
        let table = table(&p, &y).unwrap();
        assert!(!table.exact);
        for m in [10, 15, 20] {
            let mut rows = vec![0; m];
            let mut cells = vec![0; m];
            p.iter().for_each(|p| rows[bin_of(*p, m)] += 1);
            table.cells.iter().for_each(|c| cells[bin_of(c.p, m)] += c.n);
            assert_eq!(rows, cells);
        }
        assert!(p.iter().all(|p| {
            table
                .place(*p)
                .is_some_and(|at| (table.cells[at].p - p).abs() <= 1.0 / 3000.0)
        }));
    }

    proptest! {
        #[test]
        fn bin_is_the_first_whose_edge_reaches(p in 0.0f64..=1.0, m in 1usize..200) {
            let b = bin_of(p, m);
            prop_assert!(p <= (b + 1) as f64 / m as f64);
            prop_assert!(b == 0 || p > b as f64 / m as f64);
        }
    }
}
