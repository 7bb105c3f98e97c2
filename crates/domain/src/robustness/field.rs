//! The regions of an analysis: their scores as numbers to draw around, and their nominal ranks.

use crate::{
    composite::{Cell, Composite, Goalposts, composites},
    exact::Exact,
    instrument::Definition,
    ranking::{TieRule, ranks},
    vocabulary::Normalisation,
};

use super::{Factor, Kernel, Mean, Plan, REGIONS_MAX};

/// Why ranks can't be analysed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnalysable {
    /// There is nothing to rank.
    #[error("{0} regions have an index; an analysis takes two at least")]
    TooFewRegions(usize),
    /// There are too many.
    #[error("{0} regions have an index; an analysis takes {REGIONS_MAX} at most")]
    TooManyRegions(usize),
    /// The index is relative by its aggregation.
    #[error("Copeland's method has no place among the means that an analysis draws from")]
    Copeland,
    /// Borda scores are counts, which no rounding hides.
    #[error("Borda scores are not rounded: leave the factor of rounding out")]
    RoundedBorda,
    /// A geometric or harmonic mean is not defined of what may be drawn.
    #[error(
        "{region} has a component score that is 0 or less, or may be within its rounding; a \
         geometric or harmonic mean is not defined of it: draw from the arithmetic mean alone"
    )]
    NotPositive {
        /// The first such region, as it was named.
        region: String,
    },
}

/// Scores of regions that have an index, component by component.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The names, as they were given.
    names: Vec<String>,
    /// In shares of 1.
    weights: Vec<f64>,
    columns: Vec<Column>,
    mean: Mean,
    nominal_ranks: Vec<u32>,
}

/// One component of all regions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    /// The scores before they are normalised; 0 where one is missing.
    pub(super) raw: Vec<f64>,
    /// The scores as they are aggregated; 0 where one is missing.
    pub(super) normalised: Vec<f64>,
    /// 1 where there is a score, 0 where it is missing.
    pub(super) present: Vec<f64>,
    /// What rounding may hide of a raw score, at most.
    pub(super) half_unit: f64,
    /// How a raw score is normalised.
    pub(super) line: Line,
}

/// A straight line, held within bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    intercept: f64,
    slope: f64,
    low: f64,
    high: f64,
}

impl Line {
    pub(super) fn at(self, raw: f64) -> f64 {
        (self.intercept + self.slope * raw).clamp(self.low, self.high)
    }
}

impl Field {
    /// The regions that have an index, of these with their component scores, and the places of those
    /// that have none beside why.
    ///
    /// # Errors
    /// [`NotAnalysable`].
    pub fn new(
        regions: &[(String, Vec<Cell>)],
        definition: &Definition,
        plan: &Plan,
    ) -> Result<(Self, Vec<(usize, Composite)>), NotAnalysable> {
        let composition = definition.composition;
        let mean = Mean::of(composition.aggregation).ok_or(NotAnalysable::Copeland)?;
        if composition.normalisation == Normalisation::Borda && plan.varies(Factor::Rounding) {
            return Err(NotAnalysable::RoundedBorda);
        }
        let cells: Vec<_> = regions.iter().map(|(_, cells)| cells.clone()).collect();
        let (mut present, mut absent) = (Vec::new(), Vec::new());
        for (place, composite) in composites(&cells, definition).into_iter().enumerate() {
            match composite.index {
                Ok(_) => present.push((place, composite)),
                Err(_) => absent.push((place, composite)),
            }
        }
        match present.len() {
            count @ (0 | 1) => return Err(NotAnalysable::TooFewRegions(count)),
            count if count > REGIONS_MAX => return Err(NotAnalysable::TooManyRegions(count)),
            _ => {}
        }
        let field = Self {
            names: present.iter().map(|(place, _)| regions[*place].0.clone()).collect(),
            weights: shares(definition),
            columns: columns(&cells, &present, definition),
            mean,
            nominal_ranks: nominal_ranks(&present),
        };
        field.check_positive(plan)?;
        Ok((field, absent))
    }

    /// How many regions it has.
    pub const fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether it has none, which no field has.
    pub const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names of its regions.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The ranks by the exact indexes, equal ones sharing the better rank (1-2-2-4).
    pub fn nominal_ranks(&self) -> &[u32] {
        &self.nominal_ranks
    }

    /// The weights as the instrument has them, in shares of 1.
    pub(super) fn weights(&self) -> &[f64] {
        &self.weights
    }

    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(super) const fn mean(&self) -> Mean {
        self.mean
    }

    pub(super) fn kernel(&self) -> Kernel {
        let columns = self.columns.iter().map(|column| column.normalised.clone()).collect();
        let is_whole =
            self.columns.iter().all(|column| column.present.iter().all(|one| *one > 0.0));
        let present =
            (!is_whole).then(|| self.columns.iter().map(|column| column.present.clone()).collect());
        Kernel::new(columns, present, self.reach())
    }

    /// Between what all scores lie that may be drawn.
    fn reach(&self) -> (f64, f64) {
        let reaches = self.columns.iter().flat_map(|column| {
            let scores = column.raw.iter().zip(&column.normalised).zip(&column.present);
            let scores = scores.filter(|(_, present)| **present > 0.0);
            scores.flat_map(|((raw, normalised), _)| {
                let drawn = [raw - column.half_unit, raw + column.half_unit];
                let drawn = drawn.map(|raw| column.line.at(raw));
                [drawn[0], drawn[1], *normalised]
            })
        });
        let bounds = (f64::INFINITY, f64::NEG_INFINITY);
        reaches.fold(bounds, |(low, high), score| (low.min(score), high.max(score)))
    }

    fn check_positive(&self, plan: &Plan) -> Result<(), NotAnalysable> {
        let draws_mean = plan.varies(Factor::Aggregation);
        let drawn = plan.means().iter().filter(|_| draws_mean);
        if drawn.chain([&self.mean]).all(|mean| *mean == Mean::Arithmetic) {
            return Ok(());
        }
        let is_positive = |place: usize| {
            self.columns.iter().filter(|column| column.present[place] > 0.0).all(|column| {
                let lowest = if plan.varies(Factor::Rounding) {
                    let half = column.half_unit.copysign(column.line.slope);
                    column.line.at(column.raw[place] - half)
                } else {
                    column.normalised[place]
                };
                lowest > 0.0
            })
        };
        match (0..self.len()).find(|place| !is_positive(*place)) {
            Some(place) => Err(NotAnalysable::NotPositive { region: self.names[place].clone() }),
            None => Ok(()),
        }
    }
}

fn shares(definition: &Definition) -> Vec<f64> {
    let weights = definition.components.iter().map(|part| Exact::from(part.weight).approximate());
    let total: f64 = weights.clone().sum();
    weights.map(|weight| weight / total).collect()
}

fn nominal_ranks(present: &[(usize, Composite)]) -> Vec<u32> {
    let indexes: Vec<_> =
        present.iter().map(|(_, composite)| composite.index.as_ref().ok()).collect();
    let ranks = ranks(&indexes, TieRule::Standard).into_iter().flatten();
    ranks.map(|rank| u32::try_from(rank).unwrap_or(u32::MAX)).collect()
}

fn columns(
    cells: &[Vec<Cell>],
    present: &[(usize, Composite)],
    definition: &Definition,
) -> Vec<Column> {
    let half_unit = 0.5 / 10_f64.powi(definition.decimals.score.into());
    let number = |cell: &Cell| cell.as_ref().map_or(0.0, Exact::approximate);
    let column = |(place, goalposts): (usize, Option<Goalposts>)| {
        let normalised = |of: fn(&Cell) -> f64| {
            present
                .iter()
                .map(|(_, composite)| of(&composite.normalised[place]))
                .collect::<Vec<_>>()
        };
        let raw: Vec<_> =
            present.iter().map(|(region, _)| number(&cells[*region][place])).collect();
        let scores = normalised(|cell| cell.as_ref().map_or(0.0, Exact::approximate));
        let present = normalised(|cell| f64::from(u8::from(cell.is_ok())));
        let line = line(definition, goalposts, (&raw, &scores, &present));
        Column { raw, normalised: scores, present, half_unit, line }
    };
    let posts = definition.components.iter().map(|part| part.goalposts);
    posts.enumerate().map(column).collect()
}

/// How raw scores are normalised: within the scale where that takes no other region; else by the
/// population as it is, which a draw does not change.
fn line(
    definition: &Definition,
    goalposts: Option<Goalposts>,
    (raw, normalised, present): (&[f64], &[f64], &[f64]),
) -> Line {
    let low = Exact::from(definition.scale.minimum()).approximate();
    let high = Exact::from(definition.scale.maximum()).approximate();
    match (definition.composition.normalisation, goalposts) {
        (Normalisation::None, _) => Line { intercept: 0.0, slope: 1.0, low, high },
        (Normalisation::Goalposts, Some(posts)) => {
            let lower = Exact::from(posts.lower()).approximate();
            let slope = (high - low) / (Exact::from(posts.upper()).approximate() - lower);
            Line { intercept: low - slope * lower, slope, low, high }
        }
        // Straight lines through the lowest and the highest score; Borda's is not varied.
        (
            Normalisation::Goalposts
            | Normalisation::MinMax
            | Normalisation::ZScore
            | Normalisation::Borda,
            _,
        ) => {
            let scored = raw.iter().zip(normalised).zip(present);
            let scored = scored.filter(|(_, present)| **present > 0.0).map(|(pair, _)| pair);
            let ordered = |left: &(&f64, &f64), right: &(&f64, &f64)| left.0.total_cmp(right.0);
            let ends = scored.clone().min_by(ordered).zip(scored.max_by(ordered));
            let (slope, intercept) = match ends {
                Some(((x, y), (right, above))) if right > x => {
                    let slope = (above - y) / (right - x);
                    (slope, y - slope * x)
                }
                _ => (0.0, 0.0),
            };
            Line { intercept, slope, low: f64::NEG_INFINITY, high: f64::INFINITY }
        }
    }
}
