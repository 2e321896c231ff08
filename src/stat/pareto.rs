//! Failure modes: how often each tag occurs, in which combinations, and how many failures the top tags cover.

use std::collections::BTreeMap;

/// Failed items counted by their set of tags. A key is the sorted, de-duplicated list of tag codes; the empty key counts
/// untagged failures. Adding the counts of two of these merges them.
pub type TagSets = BTreeMap<Vec<u32>, u64>;

/// One bar of the Pareto chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagCount {
    /// Code of the tag.
    pub tag: u32,
    /// Failed items that carry the tag, perhaps among others.
    pub count: u64,
    /// Failed items that carry this tag or one of those before it: the cumulative line, a union and not a sum.
    pub covered: u64,
}

/// Counts failed items by their exclusive combination of tags (the rows of an UpSet plot).
///
/// * `failures`: the tag codes of each failed item, in any order, repeats allowed; empty when untagged.
pub fn tag_sets<'a>(failures: impl IntoIterator<Item = &'a [u32]>) -> TagSets {
    let mut sets = TagSets::new();
    for tags in failures {
        let mut key = tags.to_vec();
        key.sort_unstable();
        key.dedup();
        *sets.entry(key).or_insert(0) += 1;
    }
    sets
}

/// The tags of `sets` by descending count, then by `name`, with the union each prefix covers.
///
/// * `name`: what ties are ordered by, such as the tag's text.
///
/// Shares of these counts may add to more than 1, because an item can carry several tags; each share has its Wilson
/// interval over failed items and over all items.
pub fn pareto<N: Ord>(sets: &TagSets, name: impl Fn(u32) -> N) -> Vec<TagCount> {
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    for (tags, count) in sets {
        for tag in tags {
            *counts.entry(*tag).or_insert(0) += count;
        }
    }
    let mut order: Vec<(u32, u64)> = counts.into_iter().collect();
    order.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| name(a.0).cmp(&name(b.0))));
    let places: BTreeMap<u32, usize> = order.iter().enumerate().map(|(at, tag)| (tag.0, at)).collect();
    // Each set is first covered by its tag that stands earliest.
    let mut newly = vec![0u64; order.len()];
    for (tags, count) in sets {
        if let Some(first) = tags.iter().filter_map(|tag| places.get(tag)).min() {
            newly[*first] += count;
        }
    }
    let mut covered = 0;
    order
        .into_iter()
        .zip(newly)
        .map(|((tag, count), new)| {
            covered += new;
            TagCount { tag, count, covered }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cumulative_line_is_a_union() {
        let rows: [&[u32]; 5] = [&[0, 1], &[1, 0, 0], &[0], &[2], &[]];
        let sets = tag_sets(rows);
        assert_eq!(sets.get(&vec![0, 1]), Some(&2));
        assert_eq!(sets.get(&vec![]), Some(&1));
        let bars = pareto(&sets, |tag| tag);
        let expected = [(0, 3, 3), (1, 2, 3), (2, 1, 4)];
        let got: Vec<(u32, u64, u64)> = bars.iter().map(|b| (b.tag, b.count, b.covered)).collect();
        assert_eq!(got, expected);
        assert!(pareto(&TagSets::new(), |tag| tag).is_empty());
    }

    #[test]
    fn ties_are_ordered_by_name() {
        let rows: [&[u32]; 2] = [&[0], &[1]];
        let bars = pareto(&tag_sets(rows), std::cmp::Reverse);
        assert_eq!(bars[0].tag, 1);
    }

    proptest! {
        #[test]
        fn order_never_matters_and_the_line_ends_at_all_tagged(
            rows in prop::collection::vec(prop::collection::vec(0u32..6, 0..4), 0..60),
        ) {
            let sets = tag_sets(rows.iter().map(Vec::as_slice));
            let backwards = tag_sets(rows.iter().rev().map(Vec::as_slice));
            prop_assert_eq!(&sets, &backwards);
            let bars = pareto(&sets, |tag| tag);
            let tagged = rows.iter().filter(|tags| !tags.is_empty()).count() as u64;
            prop_assert_eq!(bars.last().map_or(0, |bar| bar.covered), tagged);
            prop_assert!(bars.windows(2).all(|w| w[0].count >= w[1].count && w[0].covered <= w[1].covered));
        }
    }
}
