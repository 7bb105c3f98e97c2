//! Components, by their derivations, and the index over them.

use rust_decimal::Decimal;

use super::{
    Realisations,
    figure::{computed_input, formula, input_missing, joined, mean_figure, names_of, null, value},
};
use crate::{
    composite::{DECIMALS, aggregate, normalised_alone},
    evaluation::{Evaluation, Score},
    exact::Exact,
    instrument::{Definition, WeightedComponent},
    scorecard::{ComponentResult, Figure, Input, Method, NullReason, Outcome, PillarResult},
    tally::Percent,
    vocabulary::{Aggregation, Derivation},
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
    let normalised = normalised(part, &score, definition);
    ComponentResult { component: part.component, weight: part.weight, score, normalised }
}

/// The score between its goalposts; `None` where it goes into the index as it is, or, relative to
/// other regions, only there.
fn normalised(part: &WeightedComponent, score: &Figure, definition: &Definition) -> Option<Figure> {
    let posts = part.goalposts?;
    let scale = definition.scale;
    let (outcome, formula) = match &score.outcome {
        Outcome::Null(reason) => (Outcome::Null(*reason), String::new()),
        Outcome::Value { exact, .. } => (
            value(normalised_alone(exact, part, definition)?, definition.decimals.score),
            format!(
                "{0} + ({1} - {0}) x ({exact} - {2}) / ({3} - {2}), at least {0}, at most {1}",
                scale.minimum(),
                scale.maximum(),
                posts.lower(),
                posts.upper(),
            ),
        ),
    };
    Some(Figure {
        outcome,
        method: Method::Goalposts,
        formula,
        inputs: vec![computed_input(part.component.as_str(), score, None)],
        missing: score.missing.clone(),
    })
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

/// What the instrument aggregates of the components that are scored: their weighted mean of its kind.
///
/// Where one is missing there is an index only if the instrument states an availability threshold
/// and the weights of those scored reach it. Where it takes other regions, there is none here.
pub(super) fn index(components: &[ComponentResult], definition: &Definition) -> Figure {
    let scored: Vec<_> = components
        .iter()
        .filter_map(|result| Some((result.weight, result.aggregated().exact()?)))
        .collect();
    let unscored = components.iter().filter(|result| result.aggregated().exact().is_none());
    let missing: Vec<_> = unscored.map(|result| result.component.to_string()).collect();

    let available = scored.iter().map(|(weight, _)| weight).sum();
    let composition = definition.composition;
    let outcome = if !definition.is_available(available) || scored.is_empty() {
        Outcome::Null(NullReason::InputMissing)
    } else if composition.is_relative() {
        Outcome::Null(NullReason::NeedsPopulation)
    } else {
        match aggregate(composition.aggregation, &scored) {
            Ok(exact) => value(exact, definition.decimals.score),
            Err(reason) => Outcome::Null(reason),
        }
    };
    let inputs = components.iter().map(|result| {
        computed_input(result.component.as_str(), result.aggregated(), Some(result.weight))
    });
    let written = written(composition.aggregation, &scored, available);
    Figure {
        formula: formula(&outcome, written),
        outcome,
        method: match composition.aggregation {
            Aggregation::Arithmetic => Method::WeightedMean,
            Aggregation::Geometric => Method::WeightedGeometricMean,
            Aggregation::Harmonic => Method::WeightedHarmonicMean,
            Aggregation::Copeland => Method::Copeland,
        },
        inputs: inputs.collect(),
        missing,
    }
}

/// The aggregation with its numbers; nothing where these don't make it up.
fn written(aggregation: Aggregation, scored: &[(Decimal, &Exact)], available: Decimal) -> String {
    let terms = |term: fn(&(Decimal, &Exact)) -> String| scored.iter().map(term);
    match aggregation {
        Aggregation::Arithmetic => {
            let products = terms(|(weight, score)| format!("{weight} x {score}"));
            format!("({}) / {available}", joined(products))
        }
        Aggregation::Geometric => {
            let powers = terms(|(weight, score)| format!("({score})^{weight}"));
            let powers: Vec<_> = powers.collect();
            let product = powers.join(" x ");
            format!("({product})^(1 / {available}), rounded half up to {DECIMALS} decimals")
        }
        Aggregation::Harmonic => {
            let quotients = terms(|(weight, score)| format!("{weight} / ({score})"));
            format!("{available} / ({})", joined(quotients))
        }
        Aggregation::Copeland => String::new(),
    }
}
