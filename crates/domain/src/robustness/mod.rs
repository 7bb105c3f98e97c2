//! How far ranks depend on choices that could have been made otherwise: weights, rounding, and the
//! kind of mean.
//!
//! The uncertainty and sensitivity analysis of composite indicators (OECD and JRC, *Handbook on
//! Constructing Composite Indicators*, 2008, step 7; Saisana, Saltelli and Tarantola, 2005), laid out
//! as the R package `COINr` does: two independent samples A and B of the factors, and for each factor
//! the sample A with that factor from B, so `draws x (factors + 2)` runs. Ranks are told of A and B;
//! the output whose sensitivity is told is the mean absolute shift of ranks from the nominal ones.
//!
//! Draws are floating-point numbers: they are no scores, and no figure rests on them. What is told of
//! them are counts of ranks, which are integers, and estimates with their errors. Each draw has random
//! streams of its own, addressed by the seed, the draw, the factor and the sample, so results depend
//! neither on threads nor on their order.

use std::ops::ControlFlow;

use rayon::prelude::*;
use rust_decimal::Decimal;

use crate::{
    exact::parse_decimal,
    fault::{Fault, Faults},
    vocabulary::Aggregation,
};

mod draw;
mod field;
mod kernel;
mod sobol;
mod tally;

pub use field::{Field, NotAnalysable};
pub use kernel::{Kernel, Mean, Sample, Scratch};
pub use sobol::{Estimate, Sensitivity, sensitivities};
pub use tally::{RankSpread, Tally};

use draw::{Drawer, Half};

/// How many draws where none are asked for: enough for ranks to a place or two.
pub const DRAWS_DEFAULT: u32 = 1_000;
/// The fewest draws, below which an interval says nothing.
pub const DRAWS_MIN: u32 = 100;
/// The most draws, of which 514 regions take a core some 15 seconds.
pub const DRAWS_MAX: u32 = 100_000;
/// The most regions: several times the country's, and few enough that the counts of ranks, the
/// square of it, fit in some megabytes.
pub const REGIONS_MAX: usize = 2_000;
/// How closely weights gather around the instrument's where nothing is asked for: a weight of 20 %
/// then has a standard deviation of 4.
pub const CONCENTRATION_DEFAULT: u32 = 100;
/// How closely weights may gather; a weight of 20 % then has a standard deviation of 0.04.
const CONCENTRATION_MAX: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
/// Of how many of the best the share is told where nothing is asked for.
pub const TOP_DEFAULT: u32 = 10;
/// Of how many of the best at most: of all of them.
const TOP_MAX: u32 = 2_000;
/// Into how many parts a run is cut, to tell of its progress and to end it early.
pub const PARTS: u32 = 100;

/// What is varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    /// The weights: Dirichlet around the instrument's.
    Weights,
    /// What rounding of the components' scores hides: uniform within half a unit of the last decimal
    /// that the instrument shows.
    Rounding,
    /// The kind of mean: one of a given set, each as likely.
    Aggregation,
}

impl Factor {
    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Weights, Self::Rounding, Self::Aggregation];
}

/// What is analysed.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    factors: Vec<Factor>,
    means: Vec<Mean>,
    draws: u32,
    seed: u64,
    concentration: Decimal,
    top: u32,
}

/// What a plan is made of; 0 and nothing stand for what is usual.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// What is varied; nothing for all of it.
    pub factors: Vec<Factor>,
    /// Which means are drawn from; nothing for all.
    pub aggregations: Vec<Aggregation>,
    /// How many draws each sample has.
    pub draws: i32,
    /// What the random streams begin with.
    pub seed: u64,
    /// The concentration of the weights' Dirichlet distribution, a decimal.
    pub concentration: String,
    /// Of how many of the best the share is told.
    pub top: i32,
}

impl Plan {
    /// A plan of what is wished for.
    ///
    /// # Errors
    /// [`Faults`] of `draws`, `weight_concentration`, `aggregations[n]` and `top_count`.
    pub fn new(wish: Wish) -> Result<Self, Faults> {
        let Wish { mut factors, aggregations, draws, seed, concentration, top } = wish;
        let mut faults = Faults::none();
        let draws = faults.keep("draws", bounded(draws, DRAWS_DEFAULT, DRAWS_MIN..=DRAWS_MAX));
        let top = faults.keep("top_count", bounded(top, TOP_DEFAULT, 1..=TOP_MAX));
        let concentration =
            faults.keep("weight_concentration", parse_concentration(&concentration));
        let means = aggregations.iter().enumerate().map(|(index, aggregation)| {
            let fault = || Fault::new(aggregation, "arithmetic, geometric or harmonic");
            faults.keep(&format!("aggregations[{index}]"), Mean::of(*aggregation).ok_or_else(fault))
        });
        let means: Vec<_> = means.collect();
        let mut means: Vec<_> = means.into_iter().flatten().collect();
        if factors.is_empty() {
            factors = Factor::ALL.to_vec();
        }
        if aggregations.is_empty() {
            means = Mean::ALL.to_vec();
        }
        factors.sort_unstable();
        factors.dedup();
        means.sort_unstable();
        means.dedup();
        let parts = draws.zip(top).zip(concentration);
        faults.into_result(parts.map(|((draws, top), concentration)| Self {
            factors,
            means,
            draws,
            seed,
            concentration,
            top,
        }))
    }

    /// The same, with nothing varied.
    #[must_use]
    pub fn without_noise(self) -> Self {
        Self { factors: Vec::new(), ..self }
    }

    /// What is varied, in order.
    pub fn factors(&self) -> &[Factor] {
        &self.factors
    }

    /// Which means are drawn from, in order.
    pub fn means(&self) -> &[Mean] {
        &self.means
    }

    /// How many draws each sample has.
    pub const fn draws(&self) -> u32 {
        self.draws
    }

    /// What the random streams begin with.
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The concentration of the weights' Dirichlet distribution.
    pub const fn concentration(&self) -> Decimal {
        self.concentration
    }

    /// Of how many of the best the share is told.
    pub const fn top(&self) -> u32 {
        self.top
    }

    /// How often the ranks are computed.
    pub fn runs(&self) -> u64 {
        u64::from(self.draws) * (self.factors.len() as u64 + 2)
    }

    /// Whether a factor is varied.
    pub fn varies(&self, factor: Factor) -> bool {
        self.factors.contains(&factor)
    }
}

/// How far an analysis has come, in runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Those that are done.
    pub done: u64,
    /// All.
    pub total: u64,
}

/// What came of an analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// How the ranks of each region are spread, in the field's order.
    pub spreads: Vec<RankSpread>,
    /// How much of the shift's variance each factor explains, in the plan's order; `None` where it
    /// does not vary.
    pub sensitivities: Option<Vec<Sensitivity>>,
    /// The mean absolute shift of ranks from the nominal ones, over all draws and regions.
    pub mean_shift: f64,
}

/// Analyses a field by a plan, on the threads of the current rayon pool.
///
/// `report` hears of the progress, [`PARTS`] times at most, and may end it: then the result is `None`.
pub fn analyse(
    field: &Field,
    plan: &Plan,
    mut report: impl FnMut(Progress) -> ControlFlow<()>,
) -> Option<Analysis> {
    let kernel = field.kernel();
    let runs_each = plan.factors.len() + 2;
    let mut workers: Vec<_> = (0..rayon::current_num_threads().max(1))
        .map(|_| Worker::new(field, &kernel, plan))
        .collect();
    let mut outputs = vec![0_u64; runs_each * plan.draws as usize];
    let part = plan.draws.div_ceil(PARTS);
    let mut begin = 0;
    for part_outputs in outputs.chunks_mut(part as usize * runs_each) {
        let draws = part_outputs.len() / runs_each;
        let share = draws.div_ceil(workers.len()).max(1);
        let shares = part_outputs.par_chunks_mut(share * runs_each).zip(workers.par_iter_mut());
        shares.enumerate().for_each(|(place, (outputs, worker))| {
            let first = u64::from(begin) + (place * share) as u64;
            for (draw, outputs) in (first..).zip(outputs.chunks_mut(runs_each)) {
                worker.run(draw, outputs);
            }
        });
        begin += u32::try_from(draws).unwrap_or(u32::MAX);
        let progress = Progress { done: u64::from(begin) * runs_each as u64, total: plan.runs() };
        if report(progress).is_break() {
            return None;
        }
    }
    let tally = workers.into_iter().map(|worker| worker.tally).reduce(Tally::merge)?;
    Some(Analysis::of(field, plan, &tally, &outputs))
}

impl Analysis {
    fn of(field: &Field, plan: &Plan, tally: &Tally, outputs: &[u64]) -> Self {
        let runs_each = plan.factors.len() + 2;
        let regions = approximate(field.len());
        let column = |place: usize| -> Vec<f64> {
            let shifts = outputs.iter().skip(place).step_by(runs_each);
            shifts.map(|shift| approximate(*shift) / regions).collect()
        };
        let (first, second) = (column(0), column(1));
        let mixed: Vec<_> = (2..runs_each).map(column).collect();
        let sum: f64 = first.iter().chain(&second).sum();
        Self {
            spreads: tally.spreads(plan.top),
            sensitivities: sensitivities(&first, &second, &mixed),
            mean_shift: sum / approximate(first.len() * 2),
        }
    }
}

/// What one thread works with; nothing is allocated for a draw.
struct Worker<'a> {
    field: &'a Field,
    kernel: &'a Kernel,
    drawer: Drawer<'a>,
    scratch: Scratch,
    tally: Tally,
}

impl<'a> Worker<'a> {
    fn new(field: &'a Field, kernel: &'a Kernel, plan: &'a Plan) -> Self {
        Self {
            field,
            kernel,
            drawer: Drawer::new(field, plan),
            scratch: kernel.scratch(),
            tally: Tally::new(field.len()),
        }
    }

    /// Runs one draw: A, B, and A with each factor from B in turn. An output is the sum of the shifts.
    fn run(&mut self, draw: u64, outputs: &mut [u64]) {
        self.drawer.draw(draw);
        for (place, output) in outputs.iter_mut().enumerate() {
            let half = if place == 1 { Half::Second } else { Half::First };
            let sample = self.drawer.sample(half, place.checked_sub(2));
            self.kernel.rank(&sample, &mut self.scratch);
            let ranks = self.scratch.ranks();
            if place < 2 {
                self.tally.add(ranks);
            }
            let shifts = ranks.iter().zip(self.field.nominal_ranks());
            *output = shifts.map(|(rank, nominal)| u64::from(rank.abs_diff(*nominal))).sum();
        }
    }
}

/// A count as a floating-point number; counts here are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn approximate(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}

fn bounded(number: i32, default: u32, range: std::ops::RangeInclusive<u32>) -> Result<u32, Fault> {
    match u32::try_from(number) {
        Ok(0) => Ok(default),
        Ok(number) if range.contains(&number) => Ok(number),
        _ => {
            let (least, most) = (range.start(), range.end());
            Err(Fault::new(number, format!("{least} to {most}, or 0 for {default}")))
        }
    }
}

fn parse_concentration(text: &str) -> Result<Decimal, Fault> {
    if text.is_empty() {
        return Ok(CONCENTRATION_DEFAULT.into());
    }
    let concentration = parse_decimal(text)?;
    if (Decimal::ONE..=CONCENTRATION_MAX).contains(&concentration) {
        Ok(concentration)
    } else {
        Err(Fault::new(text, format!("1 to {CONCENTRATION_MAX}")))
    }
}

#[cfg(test)]
mod tests;
