//! Components, by their derivations, and the index over them.

use rust_decimal::Decimal;

use super::{
    Realisations,
    figure::{computed_input, formula, input_missing, joined, mean_figure, names_of, null, value},
};
use crate::{
    evaluation::{Evaluation, Score},
    exact::Exact,
    instrument::{Definition, WeightedComponent},
    scorecard::{ComponentResult, Figure, Input, Method, NullReason, Outcome, PillarResult},
    tally::Percent,
    vocabulary::Derivation,
};

pub(super) fn component_result(
    part: &WeightedComponent,
    evaluation: &Evaluation,
    pillars: &[PillarResult],
    realisations: &Realisations,
    definition: &Definition,
) -> ComponentResult {
    let decimals = definition.decimals.score;
    let score = match part.derivation {
        Derivation::Direct => direct(evaluation.component_scores.get(&part.component), decimals),
        Derivation::MeanOfPillars => mean_of_pillar_scores(pillars, decimals),
        Derivation::PooledRealisation => {
            scaled("pooled_realisation", &realisations.pooled, definition)
        }
        Derivation::MeanRealisation => {
            scaled("mean_of_pillars_realisation", &realisations.mean, definition)
        }
    };
    ComponentResult { component: part.component, weight: part.weight, score }
}

/// A score as it was given.
pub(super) fn direct(score: Option<&Score>, decimals: u8) -> Figure {
    let Some(score) = score else {
        return null(Method::Direct, NullReason::NotScored);
    };
    Figure {
        outcome: value(score.value().into(), decimals),
        method: Method::Direct,
        formula: score.value().to_string(),
        inputs: vec![Input {
            name: "score".to_owned(),
            value: Some(score.value().to_string()),
            weight: None,
            source: score.source().to_owned(),
        }],
        missing: Vec::new(),
    }
}

/// Mean of the six pillars' exact scores; all six are needed.
fn mean_of_pillar_scores(pillars: &[PillarResult], decimals: u8) -> Figure {
    let unscored =
        pillars.iter().filter(|result| result.score.exact().is_none()).map(|result| result.pillar);
    let missing = names_of(unscored);
    let present: Vec<_> = pillars.iter().filter_map(|result| result.score.exact()).collect();
    let outcome = match Exact::mean(present.iter().copied()) {
        Some(exact) if missing.is_empty() => value(exact, decimals),
        _ => Outcome::Null(input_missing(missing.len(), pillars.len(), NullReason::NotScored)),
    };
    mean_figure(
        outcome,
        &present,
        pillars.iter().map(|result| (result.pillar, &result.score)),
        missing,
    )
}

/// Minimum + (maximum - minimum) x realisation / 100.
fn scaled(name: &str, realisation: &Figure, definition: &Definition) -> Figure {
    let scale = definition.scale;
    let (outcome, formula) = match &realisation.outcome {
        Outcome::Null(reason) => (Outcome::Null(*reason), String::new()),
        Outcome::Value { exact, .. } => (
            value(scale.lay(&Percent::from(exact.clone())), definition.decimals.score),
            format!("{0} + ({1} - {0}) x {exact} / 100", scale.minimum(), scale.maximum()),
        ),
    };
    Figure {
        outcome,
        method: Method::ScaledRealisation,
        formula,
        inputs: vec![computed_input(name, realisation, None)],
        missing: realisation.missing.clone(),
    }
}

/// Sum of (weight x score) / sum of weights, over the components that are scored.
///
/// Where one is missing there is an index only if the instrument states an availability threshold
/// and the weights of those scored reach it.
pub(super) fn index(components: &[ComponentResult], definition: &Definition) -> Figure {
    let scored: Vec<_> = components
        .iter()
        .filter_map(|result| {
            Some((result.weight, Exact::from(result.weight), result.score.exact()?))
        })
        .collect();
    let unscored = components.iter().filter(|result| result.score.exact().is_none());
    let missing: Vec<_> = unscored.map(|result| result.component.to_string()).collect();

    let available: Decimal = scored.iter().map(|(weight, ..)| weight).sum();
    let is_available = match &definition.availability_threshold {
        // Weights are percents that sum to 100.
        Some(threshold) => available >= threshold.given(),
        None => missing.is_empty(),
    };
    let mean = Exact::weighted_mean(scored.iter().map(|(_, weight, score)| (weight, *score)));
    let outcome = match mean {
        Some(exact) if is_available => value(exact, definition.decimals.score),
        _ => Outcome::Null(NullReason::InputMissing),
    };
    let products = scored.iter().map(|(weight, _, score)| format!("{weight} x {score}"));
    let inputs = components.iter().map(|result| {
        computed_input(result.component.as_str(), &result.score, Some(result.weight))
    });
    let written = format!("({}) / {available}", joined(products));
    Figure {
        formula: formula(&outcome, written),
        outcome,
        method: Method::WeightedMean,
        inputs: inputs.collect(),
        missing,
    }
}
