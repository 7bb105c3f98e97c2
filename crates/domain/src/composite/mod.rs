//! Composite indicators: component scores are normalised, then aggregated.
//!
//! The methods are those of the *Handbook on Constructing Composite Indicators* (OECD and JRC, 2008,
//! steps 5 and 6), each as the R package `COINr` defines it (Becker et al., 2022), so that evaluators
//! can repeat an index there. What is rational is exact. A geometric mean and a z-score are not; they
//! are computed by integers and rounded half up to [`DECIMALS`], and what follows from them is exact.
//!
//! A value of which a method is not defined is none, with a reason; it is never 0.

use rust_decimal::Decimal;

use crate::{
    exact::{Exact, parse_decimal},
    fault::{Fault, Faults},
    instrument::{Composition, Definition, WeightedComponent},
    scorecard::NullReason,
    vocabulary::{Component, Normalisation},
};

mod aggregate;
mod irrational;
mod normalise;

pub use aggregate::aggregate;
pub use irrational::{DECIMALS, signed_root};

use aggregate::copeland;
use normalise::{borda, lay, min_max, z_score};

/// A score, or why there is none.
pub type Cell = Result<Exact, NullReason>;

/// Between what a component's score is laid: what is at or below `lower` gets the scale's minimum,
/// what is at or above `upper` its maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goalposts {
    lower: Decimal,
    upper: Decimal,
}

/// What the composition makes of one region's component scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composite {
    /// The scores that were aggregated, in the order of the instrument's components.
    pub normalised: Vec<Cell>,
    /// The index, or why there is none.
    pub index: Cell,
    /// The components that the index does without, or for want of which there is none.
    pub missing: Vec<Component>,
}

impl Goalposts {
    /// Reads goalposts.
    ///
    /// # Errors
    /// [`Faults`] of `lower` and `upper`, which must be above it.
    pub fn parse(lower: &str, upper: &str) -> Result<Self, Faults> {
        let mut faults = Faults::none();
        let posts = faults
            .keep("lower", parse_decimal(lower))
            .zip(faults.keep("upper", parse_decimal(upper)));
        if let Some((lower, upper)) = posts
            && upper <= lower
        {
            let allowed = format!("more than lower, which is {lower}");
            faults.push(Fault::new(upper, allowed).at("upper"));
        }
        faults.into_result(posts.map(|(lower, upper)| Self { lower, upper }))
    }

    /// What gets the scale's minimum.
    pub const fn lower(self) -> Decimal {
        self.lower
    }

    /// What gets the scale's maximum.
    pub const fn upper(self) -> Decimal {
        self.upper
    }
}

/// A region's score as it goes into the index, where that takes no other region; `None` where the
/// normalisation does.
pub fn normalised_alone(
    score: &Exact,
    part: &WeightedComponent,
    definition: &Definition,
) -> Option<Exact> {
    match (definition.composition.normalisation, part.goalposts) {
        (Normalisation::None, _) => Some(score.clone()),
        (Normalisation::Goalposts, Some(posts)) => Some(lay(score, posts, definition.scale)),
        // An instrument has goalposts of each component where it takes any.
        (Normalisation::Goalposts, None)
        | (Normalisation::MinMax | Normalisation::ZScore | Normalisation::Borda, _) => None,
    }
}

/// The composites of a population: for each region its scores, in the order of the instrument's
/// components.
///
/// What a normalisation is relative to are all regions that have the component's score. A component
/// that is missing is missing for the index by the instrument's own rule of availability.
pub fn composites(regions: &[Vec<Cell>], definition: &Definition) -> Vec<Composite> {
    let normalised = normalise(regions, definition);
    let weights: Vec<_> = definition.components.iter().map(|part| part.weight).collect();
    let is_available = |cells: &Vec<Cell>| {
        let scored = weights.iter().zip(cells).filter(|(_, cell)| cell.is_ok());
        let scored: Decimal = scored.map(|(weight, _)| *weight).sum();
        // A threshold of 0 asks for something all the same.
        scored > Decimal::ZERO && definition.is_available(scored)
    };
    let is_available: Vec<_> = normalised.iter().map(is_available).collect();
    let outranking = definition.composition.aggregation.is_relative().then(|| {
        let compared: Vec<_> = normalised
            .iter()
            .zip(&is_available)
            .map(|(cells, is_available)| is_available.then_some(cells.as_slice()))
            .collect();
        copeland(&compared, &weights)
    });
    normalised
        .into_iter()
        .enumerate()
        .map(|(place, cells)| {
            let index = match (&outranking, is_available[place]) {
                (_, false) => Err(reason(&cells)),
                (Some(outranking), true) => outranking[place].clone(),
                (None, true) => {
                    let scored = weights.iter().zip(&cells);
                    let scored =
                        scored.filter_map(|(weight, cell)| Some((*weight, cell.as_ref().ok()?)));
                    aggregate(definition.composition.aggregation, &scored.collect::<Vec<_>>())
                }
            };
            Composite { missing: missing(&cells, definition), normalised: cells, index }
        })
        .collect()
}

/// Each component's scores of all regions, normalised.
fn normalise(regions: &[Vec<Cell>], definition: &Definition) -> Vec<Vec<Cell>> {
    let Composition { normalisation, aggregation: _ } = definition.composition;
    let mut normalised = regions.to_vec();
    for (place, part) in definition.components.iter().enumerate() {
        let column: Vec<_> = regions.iter().map(|cells| cells[place].clone()).collect();
        let column = match normalisation {
            Normalisation::None | Normalisation::Goalposts => {
                let alone = |score| normalised_alone(&score, part, definition);
                let needs = || Err(NullReason::NeedsPopulation);
                column.into_iter().map(|cell| alone(cell?).map_or_else(needs, Ok)).collect()
            }
            Normalisation::MinMax => min_max(&column, definition.scale),
            Normalisation::ZScore => z_score(&column),
            Normalisation::Borda => borda(&column),
        };
        for (cells, cell) in normalised.iter_mut().zip(column) {
            cells[place] = cell;
        }
    }
    normalised
}

fn missing(cells: &[Cell], definition: &Definition) -> Vec<Component> {
    let parts = definition.components.iter().zip(cells);
    parts.filter(|(_, cell)| cell.is_err()).map(|(part, _)| part.component).collect()
}

/// Why too little is there: what the method could not do counts before what was not given.
fn reason(cells: &[Cell]) -> NullReason {
    let of_method =
        |reason: &NullReason| matches!(reason, NullReason::NoSpread | NullReason::NeedsPopulation);
    let mut reasons = cells.iter().filter_map(|cell| cell.as_ref().err().copied());
    reasons.find(of_method).unwrap_or(NullReason::InputMissing)
}

#[cfg(test)]
mod published;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
