//! Where errors gather: a scan over all slices of one or two predicates, corrected for the number of slices tested, and
//! SliceLine's score.

use std::collections::HashMap;

use super::difference::{Contrast, newcombe};
use super::fisher::{Table2, fisher_greater};
use super::multiplicity::{benjamini_hochberg, holm};
use super::sum::finite;

/// One condition of a slice: the column (by place) holds the value with this code. Code 0 means absent and is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Predicate {
    /// Place of the column.
    pub column: u32,
    /// Code of the value, above 0.
    pub code: u32,
}

/// Items and errors of one slice. Counts of the same slice from two partitions add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SliceCount {
    /// One predicate, or two on different columns in rising order of column.
    pub predicates: Vec<Predicate>,
    /// Items in the slice.
    pub n: u64,
    /// Errors among them.
    pub errors: u64,
}

/// All items and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Items.
    pub n: u64,
    /// Errors among them.
    pub errors: u64,
}

/// What is tested, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScanRule {
    /// Fewest items in a slice.
    pub min_support: u64,
    /// Fewest items outside it.
    pub min_rest: u64,
    /// 1 − level of the intervals.
    pub alpha: f64,
}

impl ScanRule {
    /// The usual rule for `n` items: at least 30 and 1 % of the items inside, 30 outside, 95 % intervals.
    pub fn usual(n: u64) -> ScanRule {
        ScanRule {
            min_support: 30.max(n.div_ceil(100)),
            min_rest: 30,
            alpha: 0.05,
        }
    }
}

/// One tested slice.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceTest {
    /// Items and errors.
    pub count: SliceCount,
    /// Error rate in the slice, 0..=1.
    pub rate: f64,
    /// Error rate of all other items, 0..=1.
    pub rest_rate: f64,
    /// rate − rest_rate with Newcombe's interval.
    pub difference: Contrast,
    /// Fisher's one-sided p-value (more errors in the slice).
    pub p: f64,
    /// The same after Benjamini and Hochberg over all slices tested.
    pub q: f64,
}

/// Counts all slices of one and of two predicates that occur.
///
/// * `columns`: codes of each column, one a row (0 = absent: the row is in no slice of that column); `errors`: one a row.
///
/// Empty when a column's length differs. Slices come in a fixed order: by columns, then by codes.
pub fn count_slices(columns: &[&[u32]], errors: &[bool]) -> Vec<SliceCount> {
    let mut slices = Vec::new();
    if columns.iter().any(|column| column.len() != errors.len()) {
        return slices;
    }
    for (first, codes) in columns.iter().enumerate() {
        slices.extend(count_one(first as u32, codes, errors));
    }
    for (first, codes) in columns.iter().enumerate() {
        for (second, others) in columns.iter().enumerate().skip(first + 1) {
            slices.extend(count_two((first as u32, codes), (second as u32, others), errors));
        }
    }
    slices
}

fn count_one(column: u32, codes: &[u32], errors: &[bool]) -> Vec<SliceCount> {
    let counts = tally(codes.iter().map(|code| (*code, 1)), errors);
    let slice = |((code, _), count): ((u32, u32), Total)| SliceCount {
        predicates: vec![Predicate { column, code }],
        n: count.n,
        errors: count.errors,
    };
    counts.into_iter().map(slice).collect()
}

fn count_two((first, codes): (u32, &[u32]), (second, others): (u32, &[u32]), errors: &[bool]) -> Vec<SliceCount> {
    let counts = tally(codes.iter().copied().zip(others.iter().copied()), errors);
    let predicate = |column, code| Predicate { column, code };
    let slice = |((code, other), count): ((u32, u32), Total)| SliceCount {
        predicates: vec![predicate(first, code), predicate(second, other)],
        n: count.n,
        errors: count.errors,
    };
    counts.into_iter().map(slice).collect()
}

/// Items and errors by pair of codes, in rising order; pairs with a code 0 and pairs that do not occur are left out.
fn tally(pairs: impl Iterator<Item = (u32, u32)> + Clone, errors: &[bool]) -> Vec<((u32, u32), Total)> {
    const DENSE: usize = 1 << 16;
    let nothing = Total { n: 0, errors: 0 };
    let width = pairs.clone().map(|pair| pair.1 as usize + 1).max().unwrap_or(1);
    let height = pairs.clone().map(|pair| pair.0 as usize + 1).max().unwrap_or(1);
    let cells = Some(height.saturating_mul(width)).filter(|cells| *cells <= DENSE);
    let mut dense = vec![nothing; cells.unwrap_or(0)];
    let mut sparse: HashMap<(u32, u32), Total> = HashMap::new();
    for ((code, other), error) in pairs.zip(errors) {
        // A table is several times faster than hashing; few columns have so many values that it would not fit.
        let cell = match dense.get_mut(code as usize * width + other as usize) {
            Some(cell) => cell,
            None => sparse.entry((code, other)).or_insert(nothing),
        };
        cell.n += 1;
        cell.errors += u64::from(*error);
    }
    let from_dense = dense
        .into_iter()
        .enumerate()
        .map(|(at, count)| (((at / width) as u32, (at % width) as u32), count));
    let occurs = |(pair, count): &((u32, u32), Total)| pair.0 > 0 && pair.1 > 0 && count.n > 0;
    let mut counts: Vec<((u32, u32), Total)> = from_dense.chain(sparse).filter(occurs).collect();
    counts.sort_unstable_by_key(|(pair, _)| *pair);
    counts
}

/// Tests every slice with enough support against the rest; the length of the result is the number of tests made.
///
/// * `total`: all items; `counts`: the slices, from rows or from a query engine (then pruned slices must still be counted
///   as tests, or q is wrong).
///
/// Slices that hold all items are not tested. q is Benjamini and Hochberg's over all that are.
pub fn scan(total: Total, counts: &[SliceCount], rule: ScanRule) -> Vec<SliceTest> {
    let mut tests: Vec<SliceTest> = counts.iter().filter_map(|count| test(total, count, rule)).collect();
    let p: Vec<f64> = tests.iter().map(|test| test.p).collect();
    for (test, q) in tests.iter_mut().zip(benjamini_hochberg(&p).unwrap_or_default()) {
        test.q = q;
    }
    tests
}

fn test(total: Total, count: &SliceCount, rule: ScanRule) -> Option<SliceTest> {
    let rest = total.n.checked_sub(count.n)?;
    let rest_errors = total.errors.checked_sub(count.errors)?;
    if count.n < rule.min_support || rest < rule.min_rest || rest == 0 {
        return None;
    }
    let difference = newcombe(count.errors, count.n, rest_errors, rest, rule.alpha)?;
    Some(SliceTest {
        count: count.clone(),
        rate: count.errors as f64 / count.n as f64,
        rest_rate: rest_errors as f64 / rest as f64,
        difference,
        p: fisher_greater(Table2 {
            a: count.errors,
            b: count.n - count.errors,
            c: rest_errors,
            d: rest - rest_errors,
        }),
        q: 1.0,
    })
}

/// The slices worth showing: q below `limit`, ranked by the lower end of the effect's interval, without children that do
/// not differ from a parent.
///
/// * `tests`: from [`scan`]; `limit`: usually 0.05; `alpha`: of the interval child − rest of the parent.
///
/// Same-data discovery is optimistic: confirm on fresh data or on the other half.
pub fn finds(tests: &[SliceTest], limit: f64, alpha: f64) -> Vec<&SliceTest> {
    let parents: HashMap<&[Predicate], &SliceCount> = tests
        .iter()
        .map(|t| (t.count.predicates.as_slice(), &t.count))
        .collect();
    let adds_nothing = |child: &SliceCount| {
        child.predicates.len() > 1
            && child.predicates.iter().any(|predicate| {
                let parent = parents.get(std::slice::from_ref(predicate));
                parent.is_some_and(|parent| !differs(child, parent, alpha))
            })
    };
    let mut finds: Vec<&SliceTest> = tests
        .iter()
        .filter(|t| t.q < limit && !adds_nothing(&t.count))
        .collect();
    finds.sort_by(|a, b| {
        let lows = b.difference.interval.low.total_cmp(&a.difference.interval.low);
        lows.then_with(|| a.count.predicates.cmp(&b.count.predicates))
    });
    finds
}

/// A slice found in one half of the items, tested once in the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmation {
    /// The slice.
    pub predicates: Vec<Predicate>,
    /// Its items and errors in the other half.
    pub count: Total,
    /// Error rate there less that of the rest, with Newcombe's interval; `None` where nothing of it is there.
    pub difference: Option<Contrast>,
    /// Fisher's one-sided p-value there after Holm over all slices found; 1 where nothing of it is there.
    pub p_holm: f64,
}

/// Split-half confirmation: slices of one or two predicates are found in the items of the first half (q < `limit`), and each
/// is tested once in those of the second.
///
/// * `columns`, `errors`: as for [`count_slices`]; `is_second`: the half of each item, which must not depend on its errors.
///
/// Support is asked for as [`ScanRule::usual`] does for the size of the first half. Empty where nothing is found, or when
/// a length differs.
pub fn split_half(
    columns: &[&[u32]],
    errors: &[bool],
    is_second: &[bool],
    limit: f64,
    alpha: f64,
) -> Vec<Confirmation> {
    let half = |wanted: bool| -> (Vec<Vec<u32>>, Vec<bool>, Total) {
        let pick = |column: &&[u32]| -> Vec<u32> {
            let own = column.iter().zip(is_second);
            own.filter(|(_, half)| **half == wanted)
                .map(|(code, _)| *code)
                .collect()
        };
        let own = errors.iter().zip(is_second).filter(|(_, half)| **half == wanted);
        let errors: Vec<bool> = own.map(|(error, _)| *error).collect();
        let total = Total {
            n: errors.len() as u64,
            errors: errors.iter().filter(|error| **error).count() as u64,
        };
        (columns.iter().map(pick).collect(), errors, total)
    };
    if is_second.len() != errors.len() || columns.iter().any(|column| column.len() != errors.len()) {
        return Vec::new();
    }
    let (first, first_errors, total) = half(false);
    let views: Vec<&[u32]> = first.iter().map(Vec::as_slice).collect();
    let rule = ScanRule {
        alpha,
        ..ScanRule::usual(total.n)
    };
    let tests = scan(total, &count_slices(&views, &first_errors), rule);
    let (second, second_errors, total) = half(true);
    let found = finds(&tests, limit, alpha).into_iter();
    let mut tried: Vec<Confirmation> = found
        .map(|test| again(&test.count.predicates, &second, &second_errors, total, alpha))
        .collect();
    let p: Vec<f64> = tried.iter().map(|own| own.p_holm).collect();
    for (own, adjusted) in tried.iter_mut().zip(holm(&p).unwrap_or_default()) {
        own.p_holm = adjusted;
    }
    tried
}

/// The slice in other items, its p-value not adjusted yet.
fn again(predicates: &[Predicate], columns: &[Vec<u32>], errors: &[bool], total: Total, alpha: f64) -> Confirmation {
    let holds = |row: usize, own: &Predicate| {
        let column = columns.get(own.column as usize);
        column.and_then(|codes| codes.get(row)) == Some(&own.code)
    };
    let mut count = Total { n: 0, errors: 0 };
    for (row, error) in errors.iter().enumerate() {
        if predicates.iter().all(|own| holds(row, own)) {
            count.n += 1;
            count.errors += u64::from(*error);
        }
    }
    let (rest, rest_errors) = (total.n - count.n, total.errors - count.errors);
    let p_holm = match count.n {
        0 => 1.0,
        _ => fisher_greater(Table2 {
            a: count.errors,
            b: count.n - count.errors,
            c: rest_errors,
            d: rest - rest_errors,
        }),
    };
    Confirmation {
        predicates: predicates.to_vec(),
        count,
        difference: newcombe(count.errors, count.n, rest_errors, rest, alpha),
        p_holm,
    }
}

/// SliceLine's score of one slice: α(ē_s/ē − 1) − (1 − α)(n/n_s − 1) with `weight` α; `None` without errors or items.
///
/// Above 0 means interesting: worse than the whole by more than its smallness costs. Not a test.
/// Source: Sagadeeva & Boehm 2021, SIGMOD.
pub fn slice_line_score(total: Total, slice: Total, weight: f64) -> Option<f64> {
    let overall = total.errors as f64 / total.n as f64;
    let (n, errors) = (slice.n as f64, slice.errors as f64);
    let (worse, smaller) = (errors / n / overall - 1.0, total.n as f64 / n - 1.0);
    finite(weight * worse - (1.0 - weight) * smaller)
}

/// Whether the interval of child − rest of the parent excludes 0; false when the parent has no other items.
fn differs(child: &SliceCount, parent: &SliceCount, alpha: f64) -> bool {
    let rest = parent.n.saturating_sub(child.n);
    let errors = parent.errors.saturating_sub(child.errors);
    newcombe(child.errors, child.n, errors, rest, alpha).is_some_and(|difference| !difference.interval.contains(0.0))
}

/// A slice with SliceLine's score.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoredSlice {
    /// Items and errors.
    pub count: SliceCount,
    /// The score; above 0 means interesting.
    pub score: f64,
}

/// The `top` slices by SliceLine's score among those with a positive score and at least `min_support` items.
///
/// * `weight`: α, how much the error rate counts against the size, in (0, 1], usually 0.95.
///
/// Score: α(ē_s/ē − 1) − (1 − α)(n/n_s − 1). Empty without errors. Not a test: see [`finds`].
/// Source: Sagadeeva & Boehm 2021, SIGMOD.
pub fn slice_line(total: Total, counts: &[SliceCount], min_support: u64, weight: f64, top: usize) -> Vec<ScoredSlice> {
    let score = |count: &SliceCount| {
        let own = Total {
            n: count.n,
            errors: count.errors,
        };
        slice_line_score(total, own, weight)
    };
    let supported = counts.iter().filter(|count| count.n >= min_support);
    let mut scored: Vec<ScoredSlice> = supported
        .filter_map(|count| {
            Some(ScoredSlice {
                score: score(count).filter(|score| *score > 0.0)?,
                count: count.clone(),
            })
        })
        .collect();
    scored.sort_by(|a, b| {
        let scores = b.score.total_cmp(&a.score);
        scores.then_with(|| a.count.predicates.cmp(&b.count.predicates))
    });
    scored.truncate(top);
    scored
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RULE: ScanRule = ScanRule {
        min_support: 5,
        min_rest: 5,
        alpha: 0.05,
    };

    fn total(errors: &[bool]) -> Total {
        Total {
            n: errors.len() as u64,
            errors: errors.iter().filter(|e| **e).count() as u64,
        }
    }

    /// 200 rows; errors gather where the first column is 2, whatever the second.
    fn sample() -> (Vec<u32>, Vec<u32>, Vec<bool>) {
        let first: Vec<u32> = (0..200).map(|i| 1 + u32::from(i % 4 == 0)).collect();
        let second: Vec<u32> = (0..200).map(|i| 1 + (i / 4) % 3).collect();
        let errors = first.iter().enumerate().map(|(i, c)| *c == 2 && i % 8 == 0).collect();
        (first, second, errors)
    }

    #[test]
    fn the_cause_is_found_and_its_children_are_hidden() {
        let (first, second, errors) = sample();
        let counts = count_slices(&[&first, &second], &errors);
        assert_eq!(counts.len(), 2 + 3 + 6);
        let tests = scan(total(&errors), &counts, RULE);
        let finds = finds(&tests, 0.05, 0.05);
        assert_eq!(finds.len(), 1);
        assert_eq!(finds[0].count.predicates, vec![Predicate { column: 0, code: 2 }]);
        let top = slice_line(total(&errors), &counts, 5, 0.95, 1);
        assert_eq!(top[0].count.predicates[0].code, 2);
    }

    #[test]
    fn absent_values_and_odd_lengths() {
        assert!(count_slices(&[&[1, 2]], &[true]).is_empty());
        let counts = count_slices(&[&[0, 1], &[1, 0]], &[true, false]);
        assert_eq!(counts.len(), 2);
        assert!(count_slices(&[], &[true]).is_empty());
        let whole = count_slices(&[&[1; 40]], &[true; 40]);
        let all = Total { n: 40, errors: 40 };
        let rule = ScanRule { min_rest: 0, ..RULE };
        assert!(scan(all, &whole, rule).is_empty());
        let nothing = Total { n: 40, errors: 0 };
        assert!(slice_line(nothing, &whole, 1, 0.95, 5).is_empty());
        assert_eq!(ScanRule::usual(100_000).min_support, 1000);
        assert_eq!(ScanRule::usual(10).min_support, 30);
    }

    #[test]
    fn what_is_found_in_one_half_is_tested_in_the_other() {
        // 400 items, halves by turns. Where the first column is 2 a third fails; where the second is 2 only the first half does.
        let halves: Vec<bool> = (0..400).map(|i| i % 2 == 1).collect();
        let first: Vec<u32> = (0..400).map(|i| 1 + u32::from((i / 2) % 4 == 0)).collect();
        let second: Vec<u32> = (0..400).map(|i| 1 + u32::from((i / 8) % 4 == 0)).collect();
        let error = |i: usize| {
            let (a, b) = (first[i] == 2, second[i] == 2);
            (a && (i / 8).is_multiple_of(3)) || (b && !halves[i])
        };
        let errors: Vec<bool> = (0..400).map(error).collect();
        let tried = split_half(&[&first, &second], &errors, &halves, 0.05, 0.05);
        let of = |column: u32| {
            let wanted = [Predicate { column, code: 2 }];
            tried.iter().find(|own| own.predicates == wanted).unwrap()
        };
        let (real, chance) = (of(0), of(1));
        assert_eq!((real.count.n, real.count.errors), (50, 17));
        assert!(real.p_holm < 1e-6, "{real:?}");
        assert!(real.difference.unwrap().interval.low > 0.15);
        assert!(chance.p_holm > 0.05, "{chance:?}");
        assert!(split_half(&[&first], &errors, &halves[..9], 0.05, 0.05).is_empty());
        assert!(split_half(&[&first], &[false; 400], &halves, 0.05, 0.05).is_empty());
    }

    #[test]
    fn the_score_weighs_how_bad_against_how_small() {
        let all = Total { n: 200, errors: 20 };
        let score = |n: u64, errors: u64| slice_line_score(all, Total { n, errors }, 0.95);
        // 0.95 · (0.3 / 0.1 − 1) − 0.05 · (200 / 50 − 1)
        assert!((score(50, 15).unwrap() - 1.75).abs() < 1e-12);
        assert!(score(200, 20).unwrap().abs() < 1e-12);
        assert!(score(2, 0).unwrap() < 0.0);
        assert_eq!(score(0, 0), None);
        assert_eq!(
            slice_line_score(Total { n: 9, errors: 0 }, Total { n: 3, errors: 0 }, 0.95),
            None
        );
    }

    #[test]
    fn many_values_are_counted_like_few() {
        let first: Vec<u32> = (0..600).map(|i| 1 + (i * 7) % 300).collect();
        let second: Vec<u32> = (0..600).map(|i| 1 + (i * 11) % 400).collect();
        let errors: Vec<bool> = (0..600).map(|i| i % 5 == 0).collect();
        let counts = count_slices(&[&first, &second], &errors);
        let pairs: Vec<&SliceCount> = counts.iter().filter(|c| c.predicates.len() == 2).collect();
        assert_eq!(pairs.iter().map(|c| c.n).sum::<u64>(), 600);
        assert_eq!(pairs.iter().map(|c| c.errors).sum::<u64>(), 120);
        assert!(pairs.windows(2).all(|w| w[0].predicates < w[1].predicates));
    }

    proptest! {
        #[test]
        fn order_never_matters(rows in prop::collection::vec((0u32..4, 0u32..3, any::<bool>()), 0..200)) {
            let split = |rows: &[(u32, u32, bool)]| {
                let a: Vec<u32> = rows.iter().map(|r| r.0).collect();
                let b: Vec<u32> = rows.iter().map(|r| r.1).collect();
                let e: Vec<bool> = rows.iter().map(|r| r.2).collect();
                (scan(total(&e), &count_slices(&[&a, &b], &e), RULE), e)
            };
            let (tests, _) = split(&rows);
            let mut back = rows.clone();
            back.reverse();
            prop_assert_eq!(&tests, &split(&back).0);
            for test in &tests {
                prop_assert!(test.p <= test.q + 1e-12 && test.q <= 1.0);
                prop_assert!(test.difference.interval.contains(test.difference.value));
            }
        }
    }
}
