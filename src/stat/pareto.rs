//! Failure modes: how often each tag occurs, in which combinations, and how many failures the top tags cover.

use std::collections::BTreeMap;

use super::interval::Interval;
use super::proportion::wilson;

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

/// Goodman's simultaneous intervals of the shares of categories that exclude one another, together at level 1 - `alpha`:
/// each is a Wilson interval at α / number of categories.
///
/// * `counts`: items of each category, every category of the family included, also those without items.
///
/// Empty when there is no item or `alpha` is outside (0, 1). Source: Goodman 1965, "On simultaneous confidence intervals for
/// multinomial proportions"; statsmodels `multinomial_proportions_confint(method="goodman")`.
///
/// # Example
/// ```
/// use assay::stat::pareto::goodman;
///
/// let shares = goodman(&[10, 20, 30, 0], 0.05);
/// assert!((shares[0].low - 0.07945845838603345).abs() < 1e-9);
/// assert_eq!(shares[3].low, 0.0);
/// assert!(goodman(&[0, 0], 0.05).is_empty());
/// ```
#[must_use]
pub fn goodman(counts: &[u64], alpha: f64) -> Vec<Interval> {
    let n: u64 = counts.iter().sum();
    if n == 0 {
        return Vec::new();
    }
    let each = alpha / counts.len() as f64;
    let all: Option<Vec<Interval>> = counts.iter().map(|&count| wilson(count, n, each)).collect();
    all.unwrap_or_default()
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
    fn simultaneous_intervals_are_those_of_goodman() {
        // By the closed form with the quantile 6.2385 of chi-squared at 1 - 0.05 / 4 and one degree of freedom.
        let expected = [
            (0.07945845838603345, 0.31666343007332626),
            (0.20351099389536575, 0.4945499503343141),
            (0.34655389163533695, 0.653446108364663),
            (0.0, 0.0941828326890396),
        ];
        let found = goodman(&[10, 20, 30, 0], 0.05);
        assert_eq!(found.len(), expected.len());
        for (own, (low, high)) in found.iter().zip(expected) {
            assert!(
                (own.low - low).abs() < 1e-9 && (own.high - high).abs() < 1e-9,
                "{own:?}"
            );
        }
        // One category alone is its own family.
        assert_eq!(goodman(&[7], 0.05), vec![wilson(7, 7, 0.05).unwrap()]);
        assert!(goodman(&[], 0.05).is_empty() && goodman(&[3, 4], 0.0).is_empty());
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
