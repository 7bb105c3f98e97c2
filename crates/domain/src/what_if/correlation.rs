//! Rank correlations of two orders of the same regions, exact up to the root that they end in.

use crate::{
    composite::signed_root,
    exact::Exact,
    ranking::{TieRule, ranks},
};

/// Spearman's rho: Pearson's correlation of ranks, equal values having the mean of their ranks; rounded
/// half up to 12 decimals. `None` of fewer than two pairs, or where either side is all alike.
pub fn spearman(pairs: &[(&Exact, &Exact)]) -> Option<Exact> {
    let before = doubled_ranks(pairs.iter().map(|(before, _)| *before));
    let after = doubled_ranks(pairs.iter().map(|(_, after)| *after));
    // Twice a mean rank, and so twice the mean of all, which is the count and 1.
    let mean = i128::try_from(pairs.len()).ok()? + 1;
    let products = |left: &[i128], right: &[i128]| -> i128 {
        left.iter().zip(right).map(|(left, right)| (left - mean) * (right - mean)).sum()
    };
    correlation(products(&before, &after), products(&before, &before), products(&after, &after))
}

/// Kendall's tau-b: pairs of regions in the same order less those in another, by the geometric mean of
/// how many pairs either side tells apart; rounded half up to 12 decimals. `None` as for [`spearman`].
pub fn kendall(pairs: &[(&Exact, &Exact)]) -> Option<Exact> {
    // Ranks compare as their values do, and faster.
    let before = doubled_ranks(pairs.iter().map(|(before, _)| *before));
    let after = doubled_ranks(pairs.iter().map(|(_, after)| *after));
    let (mut concord, mut told_before, mut told_after) = (0_i128, 0_i128, 0_i128);
    for place in 0..pairs.len() {
        for other in 0..place {
            let first = (before[place] - before[other]).signum();
            let second = (after[place] - after[other]).signum();
            concord += first * second;
            told_before += first.abs();
            told_after += second.abs();
        }
    }
    correlation(concord, told_before, told_after)
}

/// above / sqrt(left x right).
fn correlation(above: i128, left: i128, right: i128) -> Option<Exact> {
    let square = Exact::quotient(above * above, left * right)?;
    Some(signed_root(&square, above < 0))
}

/// Twice the mean of the ranks that equal values share, an integer.
fn doubled_ranks<'a>(values: impl Iterator<Item = &'a Exact>) -> Vec<i128> {
    let values: Vec<_> = values.map(Some).collect();
    let ranks: Vec<_> = ranks(&values, TieRule::Standard).into_iter().flatten().collect();
    let mut shared = vec![0_i128; ranks.len() + 1];
    for rank in &ranks {
        shared[*rank] += 1;
    }
    // The ranks r, r + 1, ... of so many have twice the mean 2r + count - 1.
    ranks
        .iter()
        .map(|rank| 2 * i128::try_from(*rank).unwrap_or(i128::MAX) + shared[*rank] - 1)
        .collect()
}
