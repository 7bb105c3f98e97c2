//! The kernel: from weights and scores to ranks, many thousand times.
//!
//! Scores lie component by component, so that the sums run over whole columns; ranks come of sorting
//! integers that hold a rounded score and its region. Nothing is allocated for a run.

use crate::vocabulary::Aggregation;

/// Into how many steps the reach of the scores is cut, as a power of 2: a step is 10^-12 of it, far
/// above what floating-point sums are off by and far below what input decimals tell apart. Scores of
/// one step are equal, as they are where they are exactly so.
const STEP_BITS: u32 = 40;
/// Bits that hold a region's place beside its score.
const PLACE_BITS: u32 = 12;
/// 2^52: what is added to it is rounded to an integer (half to even), which its lowest bits then are.
const ROUNDER: f64 = 4_503_599_627_370_496.0;
/// 2^42: the step of the lowest score, with room below for what is a little less.
const LOWEST_STEP: f64 = 4_398_046_511_104.0;
/// Above any step, for the highest score to be sorted first.
const STEP_LIMIT: u64 = 1 << 43;

/// A mean of components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mean {
    /// The weighted arithmetic mean.
    Arithmetic,
    /// The weighted geometric mean.
    Geometric,
    /// The weighted harmonic mean.
    Harmonic,
}

/// Scores of regions, ready to be aggregated and ranked.
#[derive(Clone, Debug)]
pub struct Kernel {
    len: usize,
    /// By component: the scores as they are, their logarithms, and their reciprocals. Where a score is
    /// missing, 0 stands in all of them.
    columns: Vec<Vec<f64>>,
    logarithms: Vec<Vec<f64>>,
    reciprocals: Vec<Vec<f64>>,
    /// 1 where there is a score, 0 where it is missing; nothing where all are there.
    present: Option<Vec<Vec<f64>>>,
    straight: Steps,
    logarithmic: Steps,
}

/// How scores become integers.
#[derive(Clone, Copy, Debug)]
struct Steps {
    low: f64,
    steps_a_unit: f64,
}

/// What one run is computed from.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// The weights, which need not sum to 1.
    pub weights: &'a [f64],
    /// Other scores than the kernel's own, by component; 0 where one is missing.
    pub columns: Option<&'a [Vec<f64>]>,
    /// How they are aggregated.
    pub mean: Mean,
}

/// What a run writes to.
#[derive(Clone, Debug)]
pub struct Scratch {
    scores: Vec<f64>,
    divisors: Vec<f64>,
    keys: Vec<u64>,
    ranks: Vec<u32>,
}

impl Mean {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Arithmetic, Self::Geometric, Self::Harmonic];

    /// The mean by which an aggregation goes; `None` where it goes by none.
    pub const fn of(aggregation: Aggregation) -> Option<Self> {
        match aggregation {
            Aggregation::Arithmetic => Some(Self::Arithmetic),
            Aggregation::Geometric => Some(Self::Geometric),
            Aggregation::Harmonic => Some(Self::Harmonic),
            Aggregation::Copeland => None,
        }
    }

    /// The aggregation that goes by it.
    pub const fn aggregation(self) -> Aggregation {
        match self {
            Self::Arithmetic => Aggregation::Arithmetic,
            Self::Geometric => Aggregation::Geometric,
            Self::Harmonic => Aggregation::Harmonic,
        }
    }
}

impl Kernel {
    /// A kernel of scores by component, all between the ends of `reach`, and 0 where one is missing.
    /// Where they are aggregated by a geometric or harmonic mean, they are above 0.
    pub fn new(
        columns: Vec<Vec<f64>>,
        present: Option<Vec<Vec<f64>>>,
        (low, high): (f64, f64),
    ) -> Self {
        let each = |of: fn(f64) -> f64| -> Vec<Vec<f64>> {
            columns.iter().map(|column| column.iter().map(|score| of(*score)).collect()).collect()
        };
        Self {
            len: columns.first().map_or(0, Vec::len),
            logarithms: each(logarithm),
            reciprocals: each(reciprocal),
            present,
            straight: Steps::between(low, high),
            logarithmic: Steps::between(logarithm(low), logarithm(high)),
            columns,
        }
    }

    /// What its runs write to.
    pub fn scratch(&self) -> Scratch {
        Scratch {
            scores: vec![0.0; self.len],
            divisors: vec![0.0; self.len],
            keys: vec![0; self.len],
            ranks: vec![0; self.len],
        }
    }

    /// Ranks the regions by a sample; equal ones share the better rank (1-2-2-4).
    pub fn rank(&self, sample: &Sample<'_>, scratch: &mut Scratch) {
        self.aggregate(sample, scratch);
        let steps = match sample.mean {
            Mean::Geometric => self.logarithmic,
            Mean::Arithmetic | Mean::Harmonic => self.straight,
        };
        let Scratch { scores, divisors: _, keys, ranks } = scratch;
        for (place, (key, score)) in (0..).zip(keys.iter_mut().zip(scores.iter())) {
            *key = (STEP_LIMIT - steps.of(*score)) << PLACE_BITS | place;
        }
        keys.sort_unstable();
        let (mut rank, mut before) = (0, u64::MAX);
        for (count, key) in (1..).zip(keys.iter()) {
            let step = key >> PLACE_BITS;
            if step != before {
                (rank, before) = (count, step);
            }
            ranks[place_of(*key)] = rank;
        }
    }

    /// The mean that is asked for, of a geometric one its logarithm, which has the same order.
    fn aggregate(&self, sample: &Sample<'_>, scratch: &mut Scratch) {
        let Scratch { scores, divisors, keys: _, ranks: _ } = scratch;
        let terms = |own, of: fn(f64) -> f64, scores: &mut [f64]| match sample.columns {
            None => sum(own, sample.weights, |score| score, scores),
            Some(columns) => sum(columns, sample.weights, of, scores),
        };
        match sample.mean {
            Mean::Arithmetic => terms(&self.columns, |score| score, scores),
            Mean::Geometric => terms(&self.logarithms, logarithm, scores),
            Mean::Harmonic => terms(&self.reciprocals, reciprocal, scores),
        }
        match &self.present {
            None => divisors.fill(sample.weights.iter().sum()),
            Some(present) => sum(present, sample.weights, |one| one, divisors),
        }
        let pairs = scores.iter_mut().zip(divisors.iter());
        match sample.mean {
            Mean::Arithmetic | Mean::Geometric => pairs.for_each(|(score, total)| *score /= total),
            Mean::Harmonic => pairs.for_each(|(score, total)| *score = total / *score),
        }
    }
}

impl Scratch {
    /// The ranks of the last run.
    pub fn ranks(&self) -> &[u32] {
        &self.ranks
    }
}

impl Steps {
    fn between(low: f64, high: f64) -> Self {
        let span = high - low;
        // Where all are alike, or no such mean is taken, any unit will do.
        let span = if span.is_finite() && span > 0.0 { span } else { 1.0 };
        Self { low, steps_a_unit: f64::from(STEP_BITS).exp2() / span }
    }

    fn of(self, score: f64) -> u64 {
        let rounded = (score - self.low) * self.steps_a_unit + (ROUNDER + LOWEST_STEP);
        rounded.to_bits() - ROUNDER.to_bits()
    }
}

/// Writes to `sums` the sum, over the components, of weight x score, the score taken by `of`.
fn sum(columns: &[Vec<f64>], weights: &[f64], of: impl Fn(f64) -> f64, sums: &mut [f64]) {
    sums.fill(0.0);
    for (column, weight) in columns.iter().zip(weights) {
        for (sum, score) in sums.iter_mut().zip(column) {
            *sum += weight * of(*score);
        }
    }
}

/// The natural logarithm; what has none is missing, or never aggregated by it.
fn logarithm(score: f64) -> f64 {
    if score > 0.0 { score.ln() } else { 0.0 }
}

/// The reciprocal; what has none is missing, or never aggregated by it.
fn reciprocal(score: f64) -> f64 {
    if score > 0.0 { score.recip() } else { 0.0 }
}

const fn place_of(key: u64) -> usize {
    (key & ((1 << PLACE_BITS) - 1)) as usize
}
