//! Which failure tags come together.

use super::fisher::{Table2, fisher_two_sided};
use super::multiplicity::benjamini_hochberg;
use super::pareto::TagSets;
use super::sum::finite;

/// How two tags occur together among failed items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Code of the first tag, the smaller one.
    pub first: u32,
    /// Code of the second tag.
    pub second: u32,
    /// Failed items that carry both.
    pub both: u64,
    /// Items with both over items with either, 0..=1; `None` when neither occurs.
    pub jaccard: Option<f64>,
    /// The φ coefficient (Matthews correlation of the two tags), −1..=1; `None` when a tag is on all items or on none.
    pub phi: Option<f64>,
    /// Fisher's two-sided p-value.
    pub p: f64,
    /// The same after Benjamini and Hochberg over all pairs here.
    pub q: f64,
}

/// Shared share of two sets: |A ∩ B| / |A ∪ B|; `None` when both are empty.
///
/// * `table`: items with both, only the first, only the second, neither.
pub fn jaccard(table: Table2) -> Option<f64> {
    let either = table.a + table.b + table.c;
    (either > 0).then(|| table.a as f64 / either as f64)
}

/// The φ coefficient of a two-by-two table, −1..=1; `None` when a margin is empty.
pub fn phi(table: Table2) -> Option<f64> {
    let Table2 { a, b, c, d } = table;
    let [a, b, c, d] = [a, b, c, d].map(|count| count as f64);
    let margins = ((a + b) * (c + d)).sqrt() * ((a + c) * (b + d)).sqrt();
    finite((a * d - b * c) / margins)
}

/// All pairs of `tags` among the failed items of `sets`, ordered by the place of the tags in the list.
///
/// Untagged failures count as carrying neither.
pub fn cooccurrence(sets: &TagSets, tags: &[u32]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (at, first) in tags.iter().enumerate() {
        for second in tags.iter().skip(at + 1) {
            let table = pair_table(sets, *first, *second);
            pairs.push(Pair {
                first: *first,
                second: *second,
                both: table.a,
                jaccard: jaccard(table),
                phi: phi(table),
                p: fisher_two_sided(table),
                q: 1.0,
            });
        }
    }
    let p: Vec<f64> = pairs.iter().map(|pair| pair.p).collect();
    for (pair, q) in pairs.iter_mut().zip(benjamini_hochberg(&p).unwrap_or_default()) {
        pair.q = q;
    }
    pairs
}

fn pair_table(sets: &TagSets, first: u32, second: u32) -> Table2 {
    let mut table = Table2 { a: 0, b: 0, c: 0, d: 0 };
    for (tags, count) in sets {
        let cell = match (tags.contains(&first), tags.contains(&second)) {
            (true, true) => &mut table.a,
            (true, false) => &mut table.b,
            (false, true) => &mut table.c,
            (false, false) => &mut table.d,
        };
        *cell += count;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::pareto::tag_sets;
    use super::*;

    #[test]
    fn pairs_of_a_small_set() {
        let rows: [&[u32]; 4] = [&[0, 1], &[0, 1], &[0], &[]];
        let pairs = cooccurrence(&tag_sets(rows), &[0, 1, 2]);
        assert_eq!(pairs.len(), 3);
        assert_eq!((pairs[0].both, pairs[0].jaccard), (2, Some(2.0 / 3.0)));
        assert!((pairs[0].phi.unwrap() - 1.0 / 3f64.sqrt()).abs() < 1e-12);
        assert_eq!((pairs[1].phi, pairs[1].jaccard, pairs[1].p), (None, Some(0.0), 1.0));
        assert!(pairs.iter().all(|pair| pair.q >= pair.p));
    }

    #[test]
    fn undefined_without_items() {
        let empty = cooccurrence(&TagSets::new(), &[0, 1]);
        assert_eq!((empty[0].jaccard, empty[0].phi, empty[0].p), (None, None, 1.0));
        assert!(cooccurrence(&TagSets::new(), &[0]).is_empty());
    }
}
