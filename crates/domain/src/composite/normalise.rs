//! Normalisation: scores of one component onto one scale.

use super::{Cell, Goalposts, irrational::signed_root};
use crate::{exact::Exact, instrument::Scale, scorecard::NullReason};

/// minimum + (maximum - minimum) x (score - lower) / (upper - lower), held within the scale (`COINr`'s
/// `n_goalposts`).
pub(super) fn lay(score: &Exact, posts: Goalposts, scale: Scale) -> Exact {
    let (lower, upper) = (Exact::from(posts.lower()), Exact::from(posts.upper()));
    let score = score.clone().clamp(lower.clone(), upper.clone());
    onto(&score, (&lower, &upper), scale)
}

/// minimum + (maximum - minimum) x (score - lowest) / (highest - lowest) (`COINr`'s `n_minmax` with the
/// scale as its bounds).
pub(super) fn min_max(column: &[Cell], scale: Scale) -> Vec<Cell> {
    over_population(column, |scores| {
        let (lowest, highest) = (scores.iter().min()?, scores.iter().max()?);
        let (lowest, highest) = ((*lowest).clone(), (*highest).clone());
        (lowest < highest).then_some(move |score: &Exact| onto(score, (&lowest, &highest), scale))
    })
}

/// (score - mean) / standard deviation, that of a sample with n - 1 below (`COINr`'s `n_zscore`, R's
/// `sd`).
pub(super) fn z_score(column: &[Cell]) -> Vec<Cell> {
    over_population(column, |scores| {
        let mean = Exact::mean(scores.iter().copied())?;
        let squares = scores.iter().map(|score| square(&((*score).clone() - &mean)));
        let variance = squares.sum::<Exact>() / &Exact::from(scores.len() as u64 - 1);
        variance.is_positive().then_some(move |score: &Exact| {
            let distance = score.clone() - &mean;
            signed_root(&(square(&distance) / &variance), score < &mean)
        })
    })
}

/// How many regions have a lower score (`COINr`'s `n_borda`, whose ties share the lowest rank).
pub(super) fn borda(column: &[Cell]) -> Vec<Cell> {
    let mut sorted: Vec<_> = column.iter().filter_map(|cell| cell.as_ref().ok()).collect();
    sorted.sort();
    over_population(column, |_| {
        Some(
            move |score: &Exact| Exact::from(sorted.partition_point(|other| *other < score) as u64),
        )
    })
}

/// Normalises the scores that are there by what `prepare` learns of all of them; there must be two at
/// least, and a spread among them where `prepare` finds none.
fn over_population<Normalise: Fn(&Exact) -> Exact>(
    column: &[Cell],
    prepare: impl FnOnce(&[&Exact]) -> Option<Normalise>,
) -> Vec<Cell> {
    let scores: Vec<_> = column.iter().filter_map(|cell| cell.as_ref().ok()).collect();
    let normalise = if scores.len() < 2 {
        Err(NullReason::NeedsPopulation)
    } else {
        prepare(&scores).ok_or(NullReason::NoSpread)
    };
    let cell = |cell: &Cell| match (cell, &normalise) {
        (Err(reason), _) | (Ok(_), Err(reason)) => Err(*reason),
        (Ok(score), Ok(normalise)) => Ok(normalise(score)),
    };
    column.iter().map(cell).collect()
}

fn onto(score: &Exact, (lower, upper): (&Exact, &Exact), scale: Scale) -> Exact {
    let share = (score.clone() - lower) / &(upper.clone() - lower);
    let span = Exact::from(scale.maximum()) - &Exact::from(scale.minimum());
    Exact::from(scale.minimum()) + &(span * &share)
}

fn square(value: &Exact) -> Exact {
    value.clone() * value
}
