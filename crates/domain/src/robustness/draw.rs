//! Draws: what each factor is in the samples A and B of one draw.

use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};
use rand_distr::{Distribution as _, Gamma};

use super::{Factor, Field, Mean, Plan, Sample};
use crate::exact::Exact;

/// One of the two independent samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// A.
    First,
    /// B.
    Second,
}

impl Half {
    const BOTH: [Self; 2] = [Self::First, Self::Second];
}

/// Draws for one field by one plan.
pub(super) struct Drawer<'a> {
    field: &'a Field,
    plan: &'a Plan,
    /// The key of all streams.
    key: [u8; 32],
    gammas: Vec<Gamma<f64>>,
    drawn: [Drawn; Half::BOTH.len()],
}

/// What was drawn for one sample.
struct Drawn {
    weights: Vec<f64>,
    columns: Vec<Vec<f64>>,
    mean: Mean,
}

impl<'a> Drawer<'a> {
    pub(super) fn new(field: &'a Field, plan: &'a Plan) -> Self {
        let concentration = Exact::from(plan.concentration()).approximate();
        let gamma =
            |weight: &f64| Gamma::new(weight * concentration, 1.0).expect("a shape above 0 is one");
        let drawn = || Drawn {
            weights: field.weights().to_vec(),
            columns: field.columns().iter().map(|column| column.normalised.clone()).collect(),
            mean: field.mean(),
        };
        Self {
            field,
            plan,
            key: ChaCha8Rng::seed_from_u64(plan.seed()).get_seed(),
            gammas: field.weights().iter().map(gamma).collect(),
            drawn: [drawn(), drawn()],
        }
    }

    /// Draws both samples. Each factor of each sample has a random stream of its own, so that what is
    /// drawn depends on nothing else.
    pub(super) fn draw(&mut self, draw: u64) {
        let Self { field, plan, key, gammas, drawn } = self;
        for half in Half::BOTH {
            let drawn = &mut drawn[half as usize];
            for factor in plan.factors() {
                let mut stream = ChaCha8Rng::from_seed(*key);
                stream.set_stream(draw << 3 | (*factor as u64) << 1 | half as u64);
                match factor {
                    Factor::Weights => draw_weights(gammas, &mut stream, &mut drawn.weights),
                    Factor::Rounding => draw_scores(field, &mut stream, &mut drawn.columns),
                    Factor::Aggregation => {
                        drawn.mean = plan.means()[stream.random_range(0..plan.means().len())];
                    }
                }
            }
        }
    }

    /// A sample as it was drawn; where `mixed` is the place of a factor in the plan, with that factor
    /// from the second.
    pub(super) fn sample(&self, half: Half, mixed: Option<usize>) -> Sample<'_> {
        let mixed = mixed.map(|place| self.plan.factors()[place]);
        let of = |factor: Factor| {
            let half = if mixed == Some(factor) { Half::Second } else { half };
            &self.drawn[half as usize]
        };
        Sample {
            weights: &of(Factor::Weights).weights,
            columns: self
                .plan
                .varies(Factor::Rounding)
                .then(|| of(Factor::Rounding).columns.as_slice()),
            mean: of(Factor::Aggregation).mean,
        }
    }
}

/// A Dirichlet distribution is one of gammas, by their sum (which the kernel divides by).
fn draw_weights(gammas: &[Gamma<f64>], random: &mut ChaCha8Rng, weights: &mut [f64]) {
    for (weight, gamma) in weights.iter_mut().zip(gammas) {
        // A small shape may give less than there are numbers for; a weight is more than 0.
        *weight = gamma.sample(random).max(f64::MIN_POSITIVE);
    }
}

/// Scores within half a unit of what is shown, normalised as the scores themselves are.
fn draw_scores(field: &Field, random: &mut ChaCha8Rng, columns: &mut [Vec<f64>]) {
    for (drawn, column) in columns.iter_mut().zip(field.columns()) {
        let scores = column.raw.iter().zip(&column.present);
        for (drawn, (raw, present)) in drawn.iter_mut().zip(scores) {
            // 24 bits of randomness are plenty for what rounding hides.
            let within = random.random::<f32>();
            let shift = column.half_unit * (2.0 * f64::from(within) - 1.0);
            *drawn = if *present > 0.0 { column.line.at(raw + shift) } else { 0.0 };
        }
    }
}
