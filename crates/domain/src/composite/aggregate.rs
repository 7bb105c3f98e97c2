//! Aggregation: the scores of one region into its index.

use rust_decimal::Decimal;

use super::{Cell, irrational::weighted_geometric_mean};
use crate::{exact::Exact, scorecard::NullReason, vocabulary::Aggregation};

/// The index of one region's weighted scores, which must be enough for one.
///
/// # Errors
/// [`NullReason::NotPositive`] of a geometric or harmonic mean with a score of 0 or less;
/// [`NullReason::NeedsPopulation`] of Copeland's method; [`NullReason::InputMissing`] of no scores.
pub fn aggregate(aggregation: Aggregation, scored: &[(Decimal, &Exact)]) -> Cell {
    if aggregation.is_relative() {
        return Err(NullReason::NeedsPopulation);
    }
    if aggregation.needs_positive() && scored.iter().any(|(_, score)| !score.is_positive()) {
        return Err(NullReason::NotPositive);
    }
    let weights: Vec<_> = scored.iter().map(|(weight, _)| Exact::from(*weight)).collect();
    let pairs = weights.iter().zip(scored).map(|(weight, (_, score))| (weight, *score));
    let index = match aggregation {
        Aggregation::Arithmetic => Exact::weighted_mean(pairs),
        Aggregation::Geometric => weighted_geometric_mean(pairs),
        Aggregation::Harmonic => harmonic(pairs),
        Aggregation::Copeland => None,
    };
    index.ok_or(NullReason::InputMissing)
}

/// Sum of weights / sum of (weight / score) (`COINr`'s `a_hmean`); the scores are above 0.
fn harmonic<'a>(pairs: impl Iterator<Item = (&'a Exact, &'a Exact)> + Clone) -> Option<Exact> {
    let total: Exact = pairs.clone().map(|(weight, _)| weight.clone()).sum();
    let quotients: Exact = pairs.map(|(weight, score)| weight.clone() / score).sum();
    quotients.is_positive().then(|| total / &quotients)
}

/// For each region the sum, over the others, of the share of the weights in which it scores higher,
/// an equal score counting half: the row sums of the outranking matrix (`COINr`'s `a_copeland` and
/// `outrankMatrix`; the handbook's step 6). So it goes from 0 to the number of the others.
///
/// `None` stands for a region that is not compared. Two regions are compared by the components that
/// both have.
pub(super) fn copeland(regions: &[Option<&[Cell]>], weights: &[Decimal]) -> Vec<Cell> {
    let compared = regions.iter().flatten().count();
    let weights: Vec<_> = weights.iter().map(|weight| Exact::from(*weight)).collect();
    let row = |(place, cells): (usize, Option<&[Cell]>)| {
        let cells = cells.ok_or(NullReason::InputMissing)?;
        if compared < 2 {
            return Err(NullReason::NeedsPopulation);
        }
        let others = regions.iter().enumerate().filter(|(other, _)| *other != place);
        Ok(others.filter_map(|(_, other)| outranking(cells, (*other)?, &weights)).sum())
    };
    regions.iter().copied().enumerate().map(row).collect()
}

/// The share of the weights with which one region outranks another; `None` where they have no
/// component in common.
fn outranking(one: &[Cell], other: &[Cell], weights: &[Exact]) -> Option<Exact> {
    let two = Exact::from(2);
    let (mut won, mut shared) = (Exact::from(0), Exact::from(0));
    for (weight, cells) in weights.iter().zip(one.iter().zip(other)) {
        let (Ok(score), Ok(beside)) = cells else { continue };
        shared = shared + weight;
        if score > beside {
            won = won + weight;
        } else if score == beside {
            won = won + &(weight.clone() / &two);
        }
    }
    shared.is_positive().then(|| won / &shared)
}
