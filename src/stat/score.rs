//! Proper scores and their decomposition by isotonic regression (CORP).

use super::cell::{Cell, distinct, valid};
use super::sum::{finite, sum};

/// Probabilities are clipped to [2⁻⁵², 1 - 2⁻⁵²] before a logarithm, as scikit-learn ≥ 1.3 does.
pub const LOG_CLIP: f64 = f64::EPSILON;

/// Brier score, mean (p - y)², 0..=1. `None` when `p` and `y` do not pair up, are empty, or a p is outside [0, 1].
pub fn brier(p: &[f64], y: &[bool]) -> Option<f64> {
    if !valid(p, y) {
        return None;
    }
    let terms = p.iter().zip(y).map(|(p, right)| loss(Rule::Brier, *p, *right));
    finite(sum(terms) / p.len() as f64)
}

/// Brier skill, 1 - Brier/(ȳ(1-ȳ)): 0 for always saying the base rate. `None` when all outcomes are equal.
pub fn brier_skill(p: &[f64], y: &[bool]) -> Option<f64> {
    let score = brier(p, y)?;
    let rate = y.iter().filter(|right| **right).count() as f64 / y.len() as f64;
    let uncertainty = rate * (1.0 - rate);
    if uncertainty <= 0.0 {
        return None;
    }
    finite(1.0 - score / uncertainty)
}

/// Log loss with what drives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogLoss {
    /// Mean negative log-likelihood, natural logarithm.
    pub value: f64,
    /// Samples with p exactly 0 or 1 that were wrong; each costs 36.04.
    pub certain_and_wrong: usize,
}

/// Mean log loss with p clipped to [2⁻⁵², 1 - 2⁻⁵²]. `None` as for [`brier`].
pub fn log_loss(p: &[f64], y: &[bool]) -> Option<LogLoss> {
    if !valid(p, y) {
        return None;
    }
    // One logarithm of a product of eight instead of eight: it stays above 2⁻⁴¹⁶.
    let given = |(p, right): (&f64, &bool)| likelihood(*p, *right);
    let terms = p
        .chunks(8)
        .zip(y.chunks(8))
        .map(|(p, y)| -p.iter().zip(y).map(given).product::<f64>().ln());
    let certain = |(p, right): &(&f64, &bool)| **p == f64::from(u8::from(!**right));
    Some(LogLoss {
        value: finite(sum(terms) / p.len() as f64)?,
        certain_and_wrong: p.iter().zip(y).filter(certain).count(),
    })
}

/// A proper scoring rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// (p - y)².
    Brier,
    /// -ln of the probability given to what happened.
    Log,
}

/// Loss of one sample under `rule`; smaller is better.
pub fn loss(rule: Rule, p: f64, right: bool) -> f64 {
    match rule {
        Rule::Brier => (p - f64::from(u8::from(right))).powi(2),
        Rule::Log => -likelihood(p, right).ln(),
    }
}

/// The probability given to what happened, clipped below only: certainty that proves right costs nothing.
fn likelihood(p: f64, right: bool) -> f64 {
    let clipped = p.clamp(LOG_CLIP, 1.0 - LOG_CLIP);
    match right {
        true if p == 1.0 => 1.0,
        false if p == 0.0 => 1.0,
        true => clipped,
        false => 1.0 - clipped,
    }
}

/// A score split into miscalibration, discrimination and uncertainty: score = mcb - dsc + unc.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decomposition {
    /// Mean score of the probabilities.
    pub score: f64,
    /// What isotonic recalibration would gain, ≥ 0; optimistic in sample.
    pub mcb: f64,
    /// What the recalibrated probabilities gain over the base rate, ≥ 0.
    pub dsc: f64,
    /// Score of always saying the base rate.
    pub unc: f64,
}

/// CORP decomposition under `rule`. `None` as for [`brier`].
///
/// Equal p are pooled first, then isotonic regression gives the recalibrated ĉ. Source: Dimitriadis, Gneiting & Jordan
/// 2021 (PNAS).
pub fn corp(p: &[f64], y: &[bool], rule: Rule) -> Option<Decomposition> {
    corp_cells(&distinct(p, y)?, rule)
}

/// [`corp`] from cells in rising order of probability (cells without samples are passed over).
pub fn corp_cells(cells: &[Cell], rule: Rule) -> Option<Decomposition> {
    let n: u64 = cells.iter().map(|cell| cell.n).sum();
    let right: u64 = cells.iter().map(|cell| cell.right).sum();
    if n == 0 {
        return None;
    }
    let weighted =
        |p: f64, n: u64, right: u64| right as f64 * loss(rule, p, true) + (n - right) as f64 * loss(rule, p, false);
    let total = n as f64;
    let score = sum(cells.iter().map(|cell| weighted(cell.p, cell.n, cell.right))) / total;
    let blocks = pav(cells);
    let recalibrated = sum(blocks.iter().map(|block| weighted(block.cep(), block.n, block.right))) / total;
    let unc = weighted(right as f64 / total, n, right) / total;
    Some(Decomposition {
        score: finite(score)?,
        mcb: finite((score - recalibrated).max(0.0))?,
        dsc: finite((unc - recalibrated).max(0.0))?,
        unc: finite(unc)?,
    })
}

/// One level of the isotonic fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Smallest probability in the block.
    pub low: f64,
    /// Largest probability in the block.
    pub high: f64,
    /// Number of samples.
    pub n: u64,
    /// How many of them are right.
    pub right: u64,
}

impl Block {
    /// Conditional event probability: the recalibrated value ĉ of the block.
    pub fn cep(&self) -> f64 {
        self.right as f64 / self.n as f64
    }
}

/// Isotonic regression of outcome on probability by pool-adjacent-violators: strictly rising levels.
///
/// `cells` in rising order; those without samples are passed over. Levels are compared as fractions of whole numbers,
/// so equal levels merge exactly (R's `isoreg` on order(p, -y) gives the same blocks).
pub fn pav(cells: &[Cell]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for cell in cells.iter().filter(|cell| cell.n > 0) {
        let mut block = Block {
            low: cell.p,
            high: cell.p,
            n: cell.n,
            right: cell.right,
        };
        while let Some(last) = blocks.last() {
            if !product_reaches((last.right, block.n), (block.right, last.n)) {
                break;
            }
            block = Block {
                low: last.low,
                high: block.high,
                n: last.n + block.n,
                right: last.right + block.right,
            };
            blocks.pop();
        }
        blocks.push(block);
    }
    blocks
}

/// Whether a·b ≥ c·d, exactly. Browsers multiply 128 bits slowly, and counts seldom need them.
fn product_reaches((a, b): (u64, u64), (c, d): (u64, u64)) -> bool {
    if (a | b | c | d) >> 32 == 0 {
        return a * b >= c * d;
    }
    u128::from(a) * u128::from(b) >= u128::from(c) * u128::from(d)
}

/// Blocks of the isotonic fit of `y` on `p`, rising; `None` as for [`brier`].
pub fn pav_blocks(p: &[f64], y: &[bool]) -> Option<Vec<Block>> {
    distinct(p, y).map(|cells| pav(&cells))
}

/// The recalibrated probability at `x`: a block's level on the block, linear between blocks, the end levels outside.
///
/// `None` without blocks or for NaN. The arithmetic is that of numpy's `interp`, which scikit-learn's `predict` uses.
pub fn isotonic(blocks: &[Block], x: f64) -> Option<f64> {
    if x.is_nan() {
        return None;
    }
    let place = blocks.partition_point(|block| block.high < x);
    let Some(block) = blocks.get(place) else {
        return blocks.last().map(Block::cep);
    };
    let before = place.checked_sub(1).and_then(|place| blocks.get(place));
    match before {
        Some(before) if x < block.low => {
            let slope = (block.cep() - before.cep()) / (block.low - before.high);
            Some((slope * (x - before.high) + before.cep()).clamp(0.0, 1.0))
        }
        _ => Some(block.cep()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn log_loss_counts_certain_errors() {
        let got = log_loss(&[1.0, 0.0, 1.0], &[false, false, true]).unwrap();
        assert_eq!(got.certain_and_wrong, 1);
        assert!((got.value - 36.043_653_389_117_15 / 3.0).abs() < 1e-12);
        assert_eq!(log_loss(&[], &[]), None);
    }

    #[test]
    fn skill_needs_both_outcomes() {
        assert_eq!(brier_skill(&[0.2, 0.9], &[true, true]), None);
        assert_eq!(brier_skill(&[0.5, 0.5], &[true, false]), Some(0.0));
    }

    #[test]
    fn blocks_of_a_reversed_pair_merge() {
        let blocks = pav_blocks(&[0.3, 0.7], &[true, false]).unwrap();
        assert_eq!(
            blocks,
            [Block {
                low: 0.3,
                high: 0.7,
                n: 2,
                right: 1
            }]
        );
        assert_eq!(isotonic(&blocks, 0.0), Some(0.5));
        assert_eq!(isotonic(&[], 0.5), None);
    }

    proptest! {
        #[test]
        fn corp_adds_up(rows in proptest::collection::vec((0u8..=10, any::<bool>()), 1..60)) {
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.0) / 10.0).collect();
            let y: Vec<bool> = rows.iter().map(|r| r.1).collect();
            for rule in [Rule::Brier, Rule::Log] {
                let parts = corp(&p, &y, rule).unwrap();
                prop_assert!((parts.mcb - parts.dsc + parts.unc - parts.score).abs() < 1e-12);
                prop_assert!(parts.mcb >= 0.0 && parts.dsc >= 0.0 && parts.unc >= 0.0);
            }
            let blocks = pav_blocks(&p, &y).unwrap();
            prop_assert!(blocks.windows(2).all(|pair| pair[0].cep() < pair[1].cep()));
            prop_assert_eq!(blocks.iter().map(|b| b.n).sum::<u64>(), p.len() as u64);
            let (p, y): (Vec<f64>, Vec<bool>) = p.into_iter().zip(y).rev().unzip();
            prop_assert_eq!(blocks, pav_blocks(&p, &y).unwrap());
        }
    }
}
