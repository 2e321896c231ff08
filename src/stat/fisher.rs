//! Fisher's exact test of a two-by-two table.

use super::dist::binomial_pmf;

/// A two-by-two table of counts.
///
/// For a slice against the rest: `a` slice and error, `b` slice and right, `c` rest and error, `d` rest and right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table2 {
    /// First row, first column.
    pub a: u64,
    /// First row, second column.
    pub b: u64,
    /// Second row, first column.
    pub c: u64,
    /// Second row, second column.
    pub d: u64,
}

/// The distribution of cell `a` when the margins are fixed.
struct Hypergeometric {
    total: u64,
    row: u64,
    column: u64,
    low: u64,
    high: u64,
}

impl Hypergeometric {
    fn of(table: Table2) -> Hypergeometric {
        let (row, column) = (table.a + table.b, table.a + table.c);
        let total = row + table.c + table.d;
        Hypergeometric {
            total,
            row,
            column,
            low: (row + column).saturating_sub(total),
            high: row.min(column),
        }
    }

    /// Probability of `a`, as a ratio of three binomial masses (Loader 2000), which keeps its precision at large counts.
    fn mass(&self, a: u64) -> f64 {
        if a < self.low || a > self.high {
            return 0.0;
        }
        if self.low == self.high {
            return 1.0;
        }
        let share = self.row as f64 / self.total as f64;
        let part = |k, n| binomial_pmf(k, n, share).unwrap_or(0.0);
        let all = part(self.row, self.total);
        part(a, self.column) * part(self.row - a, self.total - self.column) / all
    }

    /// Mass at `a + 1` over the mass at `a`.
    fn step(&self, a: u64) -> f64 {
        let ways = (self.row - a) as f64 * (self.column - a) as f64;
        ways / ((a + 1) as f64 * (self.total + a + 1 - self.row - self.column) as f64)
    }

    /// P(X ≥ a), for `a` at or above the mode.
    fn upper(&self, a: u64) -> f64 {
        let (mut term, mut sum, mut at) = (self.mass(a), 0.0, a);
        while term > 0.0 && at <= self.high {
            sum += term;
            if at == self.high || term < sum * 1e-18 {
                break;
            }
            term *= self.step(at);
            at += 1;
        }
        sum
    }

    /// P(X ≤ a), for `a` at or below the mode.
    fn lower(&self, a: u64) -> f64 {
        let (mut term, mut sum, mut at) = (self.mass(a), 0.0, a);
        while term > 0.0 && at >= self.low {
            sum += term;
            if at == self.low || term < sum * 1e-18 {
                break;
            }
            term /= self.step(at - 1);
            at -= 1;
        }
        sum
    }

    fn mode(&self) -> u64 {
        let peak = (self.row + 1) as f64 * (self.column + 1) as f64 / (self.total + 2) as f64;
        (peak.floor() as u64).clamp(self.low, self.high)
    }

    /// First value in `from..=to` that `holds`, which must stay true once true; `to + 1` when none does.
    fn first(from: u64, to: u64, holds: impl Fn(u64) -> bool) -> u64 {
        let (mut low, mut high) = (from, to + 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }
}

/// One-sided p-value: the probability of a cell `a` at least as large, given the margins.
pub fn fisher_greater(table: Table2) -> f64 {
    let law = Hypergeometric::of(table);
    if table.a <= law.low {
        1.0
    } else if table.a > law.mode() {
        law.upper(table.a).min(1.0)
    } else {
        (1.0 - law.lower(table.a - 1)).clamp(0.0, 1.0)
    }
}

/// Two-sided p-value: the probability of all tables with these margins that are no more likely than this one.
///
/// Tables whose probability exceeds the observed by less than 1e-7 (relative) count as equally likely, as in R; 1 for a
/// table with an empty margin.
pub fn fisher_two_sided(table: Table2) -> f64 {
    let law = Hypergeometric::of(table);
    if law.low == law.high {
        return 1.0;
    }
    let (mode, limit) = (law.mode(), law.mass(table.a) * (1.0 + 1e-7));
    if law.mass(mode) <= limit {
        return 1.0;
    }
    let above = Hypergeometric::first(mode, law.high, |a| law.mass(a) <= limit);
    let below = Hypergeometric::first(law.low, mode, |a| law.mass(a) > limit);
    let upper = if above > law.high { 0.0 } else { law.upper(above) };
    let lower = if below > law.low { law.lower(below - 1) } else { 0.0 };
    (upper + lower).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table(a: u64, b: u64, c: u64, d: u64) -> Table2 {
        Table2 { a, b, c, d }
    }

    #[test]
    fn tea_tasting() {
        assert!((fisher_two_sided(table(3, 1, 1, 3)) - 34.0 / 70.0).abs() < 1e-12);
        assert!((fisher_greater(table(3, 1, 1, 3)) - 17.0 / 70.0).abs() < 1e-12);
        assert!((fisher_greater(table(4, 0, 0, 4)) - 1.0 / 70.0).abs() < 1e-14);
    }

    #[test]
    fn empty_margins_say_nothing() {
        for t in [
            table(0, 0, 0, 0),
            table(0, 5, 0, 3),
            table(2, 0, 7, 0),
            table(0, 0, 3, 4),
        ] {
            assert_eq!(fisher_two_sided(t), 1.0);
            assert_eq!(fisher_greater(t), 1.0);
        }
    }

    /// Sums all tables directly.
    fn by_enumeration(t: Table2) -> (f64, f64) {
        let law = Hypergeometric::of(t);
        let observed = law.mass(t.a);
        let masses: Vec<(u64, f64)> = (law.low..=law.high).map(|a| (a, law.mass(a))).collect();
        let total: f64 = masses.iter().map(|m| m.1).sum();
        assert!((total - 1.0).abs() < 1e-10, "{total}");
        let two = masses
            .iter()
            .filter(|m| m.1 <= observed * (1.0 + 1e-7))
            .map(|m| m.1)
            .sum();
        (two, masses.iter().filter(|m| m.0 >= t.a).map(|m| m.1).sum())
    }

    proptest! {
        #[test]
        fn tails_equal_the_enumeration(a in 0u64..40, b in 0u64..40, c in 0u64..40, d in 0u64..40) {
            let t = table(a, b, c, d);
            let (two, greater) = by_enumeration(t);
            prop_assert!((fisher_two_sided(t) - two).abs() < 1e-9, "{} {}", fisher_two_sided(t), two);
            prop_assert!((fisher_greater(t) - greater).abs() < 1e-9);
            prop_assert!((fisher_two_sided(t) - fisher_two_sided(table(b, a, d, c))).abs() < 1e-9);
            prop_assert!((fisher_two_sided(t) - fisher_two_sided(table(a, c, b, d))).abs() < 1e-9);
        }
    }
}
