//! Lines that stand for a curve: vertices on a grid, in the fewest bits, no point of the curve farther away than allowed.
//!
//! Shortest path over vertices at the curve's own places, a little above and below them too (Imai & Iri 1986, with free
//! vertices on a grid). Only the writer does this: how a line was found is not part of the link format.

use super::curve::{Row, class};

/// A point with N values over one x, in steps of the grid.
pub(super) type Place<const N: usize> = (f64, [f64; N]);

/// Vertices tried at each place: on the curve, above, below.
const VARIANTS: [f64; 3] = [0.0, -0.6, 0.6];
/// Most places that are tried; a longer curve is thinned to an eighth of what is allowed first.
const MOST_PLACES: usize = 240;
const SHARE_OF_THINNING: f64 = 0.125;
/// Places in a row that no line reaches, after which none farther on is tried.
const MOST_MISSES: usize = 8;
/// Bits of a step beside those of its size, about.
const BITS_OF_STEP: u32 = 2;

/// What the vertices must keep to.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    /// Steps of the grid.
    pub steps: f64,
    /// Largest distance of the curve's points from the line, in steps.
    pub most_off: f64,
    /// The values mostly rise like x.
    pub is_diagonal: bool,
}

/// The cheapest way to a vertex: its bits, and the vertex before.
type Way = Option<(u32, (usize, usize))>;

/// The vertices of a line that stands for `curve`, which rises in x.
pub(super) fn fitted<const N: usize>(curve: &[Place<N>], rule: Rule) -> Vec<Row<N>> {
    let mut rule = rule;
    let mut places = curve.to_vec();
    if places.len() > MOST_PLACES {
        let allowed = rule.most_off * SHARE_OF_THINNING;
        places = super::curve::thinned(&places, allowed);
        rule.most_off -= allowed;
    }
    let last = places.len().saturating_sub(1);
    let rows: Vec<Vec<Row<N>>> = places
        .iter()
        .enumerate()
        .map(|(at, place)| variants(place, rule, at == 0 || at == last))
        .collect();
    let is_rising = |n: usize| places.windows(2).all(|pair| pair[0].1[n] <= pair[1].1[n]);
    let rising: [bool; N] = std::array::from_fn(is_rising);
    let mut ways: Vec<Vec<Way>> = rows.iter().map(|own| vec![None; own.len()]).collect();
    if let Some(first) = ways.first_mut().and_then(|own| own.first_mut()) {
        *first = Some((0, (0, 0)));
    }
    for from in 0..last {
        let mut misses = 0;
        for to in from + 1..=last {
            let is_reached = connect((&rows, &places), &mut ways, (from, to), (rule, &rising));
            misses = if is_reached { 0 } else { misses + 1 };
            if misses > MOST_MISSES {
                break;
            }
        }
    }
    walked(&rows, &ways)
}

/// The vertices at a place: those on the grid beside the curve, an end of it only on the curve.
fn variants<const N: usize>(place: &Place<N>, rule: Rule, is_end: bool) -> Vec<Row<N>> {
    let mut found: Vec<Row<N>> = Vec::with_capacity(VARIANTS.len());
    let taken = if is_end { 1 } else { VARIANTS.len() };
    for off in VARIANTS.iter().take(taken) {
        let on_grid = |value: f64| value.round().clamp(0.0, rule.steps) as i64;
        // Ends of a band move apart and together: the first up, the second down.
        let moved = std::array::from_fn(|n| {
            let side = if n == 0 { 1.0 } else { -1.0 };
            on_grid(place.1[n] + side * off * rule.most_off)
        });
        let row = (on_grid(place.0), moved);
        if !found.contains(&row) {
            found.push(row);
        }
    }
    found
}

/// Looks for cheaper ways from the vertices at one place to those at another; whether any line reaches.
fn connect<const N: usize>(
    (rows, places): (&[Vec<Row<N>>], &[Place<N>]),
    ways: &mut [Vec<Way>],
    (from, to): (usize, usize),
    (rule, rising): (Rule, &[bool; N]),
) -> bool {
    let (Some(starts), Some(ends)) = (rows.get(from), rows.get(to)) else {
        return false;
    };
    let between = places.get(from + 1..to).unwrap_or_default();
    let mut is_reached = false;
    for (place, end) in ends.iter().enumerate() {
        for (before, start) in starts.iter().enumerate() {
            let Some(way) = ways.get(from).and_then(|own| own.get(before).copied().flatten()) else {
                continue;
            };
            let falls = (0..N).any(|n| rising[n] && end.1[n] < start.1[n]);
            if falls || between.iter().any(|own| distance(own, start, end) > rule.most_off) {
                continue;
            }
            is_reached = true;
            let bits = way.0 + cost(start, end, rule.is_diagonal);
            let best = ways.get_mut(to).and_then(|own| own.get_mut(place));
            if let Some(best) = best.filter(|best| best.is_none_or(|(known, _)| bits < known)) {
                *best = Some((bits, (from, before)));
            }
        }
    }
    is_reached
}

/// Bits of a step, about.
fn cost<const N: usize>(start: &Row<N>, end: &Row<N>, is_diagonal: bool) -> u32 {
    let run = end.0 - start.0;
    let usual = if is_diagonal { run } else { 0 };
    let rises = (0..N).map(|n| class(2 * (end.1[n] - start.1[n] - usual).unsigned_abs()) + BITS_OF_STEP);
    class(2 * run.unsigned_abs()) + BITS_OF_STEP + rises.sum::<u32>()
}

/// Largest distance of a place's points from the straight lines between two vertices.
fn distance<const N: usize>(place: &Place<N>, a: &Row<N>, b: &Row<N>) -> f64 {
    let start = (a.0 as f64, a.1.map(|value| value as f64));
    let end = (b.0 as f64, b.1.map(|value| value as f64));
    super::curve::distance(place, &start, &end)
}

/// The vertices of the cheapest way to the last place.
fn walked<const N: usize>(rows: &[Vec<Row<N>>], ways: &[Vec<Way>]) -> Vec<Row<N>> {
    let mut found = Vec::new();
    let mut at = rows.len().checked_sub(1).map(|last| (last, 0));
    while let Some((place, variant)) = at {
        found.extend(rows.get(place).and_then(|own| own.get(variant)).copied());
        let way = ways.get(place).and_then(|own| own.get(variant).copied().flatten());
        at = way.map(|(_, before)| before).filter(|_| place > 0);
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        steps: 1023.0,
        most_off: 3.0,
        is_diagonal: false,
    };

    #[test]
    fn few_vertices_stand_for_a_bent_curve() {
        let curve: Vec<Place<1>> = (0..=200)
            .map(|x| (f64::from(x) * 5.0, [1000.0 * (f64::from(x) / 200.0).powi(3)]))
            .collect();
        let rows = fitted(&curve, RULE);
        assert!(rows.len() < 12, "{} vertices", rows.len());
        assert_eq!((rows[0], rows[rows.len() - 1]), ((0, [0]), (1000, [1000])));
        for place in &curve {
            let off = rows.windows(2).map(|pair| distance(place, &pair[0], &pair[1]));
            let inside = rows
                .windows(2)
                .zip(off)
                .filter(|(pair, _)| (pair[0].0 as f64 - 1.0..=pair[1].0 as f64 + 1.0).contains(&place.0));
            assert!(
                inside.map(|(_, off)| off).fold(f64::INFINITY, f64::min) <= 3.0,
                "{place:?}"
            );
        }
        assert!(rows.windows(2).all(|pair| pair[0].1 <= pair[1].1));
    }

    #[test]
    fn short_curves_are_kept() {
        assert!(fitted::<1>(&[], RULE).is_empty());
        assert_eq!(fitted(&[(4.4, [9.6])], RULE), [(4, [10])]);
        assert_eq!(fitted(&[(0.0, [0.0]), (0.0, [800.0])], RULE), [(0, [0]), (0, [800])]);
    }
}
