//! Sobol' indices: how much of an output's variance each factor explains.

use super::approximate;

/// An estimate with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error over the draws.
    pub standard_error: f64,
}

/// How much of the output's variance a factor explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity {
    /// The first-order index: by itself.
    pub first_order: Estimate,
    /// The total-order index: with all its interactions.
    pub total_order: Estimate,
}

/// The indices of each factor, from the outputs `a` of the sample A, `b` of B, and `m` of A with that
/// factor from B; `None` where the output does not vary.
///
/// First order by Saltelli et al. (2010), table 2 (b): mean of `b (m - a) / V`, of outputs less
/// their mean, which leaves its expectation and takes away most of its error. Total order by Jansen
/// (1999): mean of `(a - m)^2 / 2V`. V is the variance of A and B together. `COINr` has the same
/// estimators. Both are quotients of means over the draws; their standard errors are those of the
/// linearised quotient.
///
/// - Saltelli, Annoni, Azzini, Campolongo, Ratto, Tarantola: Variance based sensitivity analysis of
///   model output. Computer Physics Communications 181 (2010) 259-270.
/// - Jansen: Analysis of variance designs for model output. Computer Physics Communications 117
///   (1999) 35-43.
pub fn sensitivities(
    first: &[f64],
    second: &[f64],
    mixed: &[Vec<f64>],
) -> Option<Vec<Sensitivity>> {
    let count = approximate(first.len() + second.len());
    let mean = first.iter().chain(second).sum::<f64>() / count;
    let squares = |output: &f64| (output - mean) * (output - mean);
    let variances: Vec<_> =
        first.iter().zip(second).map(|(a, b)| f64::midpoint(squares(a), squares(b))).collect();
    if variances.iter().sum::<f64>() <= 0.0 {
        return None;
    }
    let sensitivity = |outputs: &Vec<f64>| {
        let triples = || first.iter().zip(second).zip(outputs);
        let alone = triples().map(|((a, b), mixed)| (b - mean) * (mixed - a));
        let whole = triples().map(|((a, _), mixed)| (a - mixed) * (a - mixed) / 2.0);
        Sensitivity {
            first_order: quotient(&alone.collect::<Vec<_>>(), &variances),
            total_order: quotient(&whole.collect::<Vec<_>>(), &variances),
        }
    };
    Some(mixed.iter().map(sensitivity).collect())
}

/// The quotient of two means over the same draws, with its standard error.
fn quotient(above: &[f64], below: &[f64]) -> Estimate {
    let count = approximate(above.len());
    let mean = below.iter().sum::<f64>() / count;
    let value = above.iter().sum::<f64>() / count / mean;
    let squares = above.iter().zip(below).map(|(above, below)| {
        let residual = above - value * below;
        residual * residual
    });
    let variance = squares.sum::<f64>() / (count * (count - 1.0).max(1.0));
    Estimate { value, standard_error: variance.sqrt() / mean }
}
