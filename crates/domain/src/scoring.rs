//! The formulas of the evaluation: from what was reported and scored to a scorecard.
//!
//! Nothing is rounded between steps; a missing value is never 0. The formulas are those of the
//! ministry's 2022 evaluation as its letters state them, and each figure carries its own.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::{
    evaluation::{Evaluation, Score, tally_source},
    exact::Exact,
    instrument::{Definition, Instrument, WeightedComponent},
    scorecard::{
        ComponentResult, Counts, Figure, Input, Method, NullReason, Outcome, PillarResult,
        Scorecard,
    },
    tally::{Percent, Tally},
    vocabulary::{Derivation, Pillar},
};

/// Computes the scorecard of an evaluation under its cycle's instrument.
pub fn score(
    evaluation: &Evaluation,
    region_display_name: String,
    instrument: &Instrument,
) -> Scorecard {
    let definition = instrument.definition();
    let tallies = evaluation.tallies();
    let pillars: Vec<_> = Pillar::ALL
        .into_iter()
        .map(|pillar| {
            pillar_result(
                pillar,
                tallies.get(&pillar),
                evaluation.pillar_scores.get(&pillar),
                definition,
            )
        })
        .collect();
    let realisations = Realisations {
        pooled: pooled_realisation(&tallies, definition),
        mean: mean_realisation(&pillars, definition),
    };
    let components: Vec<_> = definition
        .components
        .iter()
        .map(|part| component_result(part, evaluation, &pillars, &realisations, definition))
        .collect();
    let index = index(&components, definition);
    Scorecard {
        region: evaluation.region.clone(),
        region_display_name,
        cycle: evaluation.cycle.clone(),
        instrument: instrument.id().clone(),
        threshold_percent: definition.threshold.given(),
        all_pillars_at_or_above_threshold: all_at_or_above(&pillars),
        band: index
            .exact()
            .and_then(|exact| instrument.band(exact))
            .map(str::to_owned),
        pillars,
        pooled_realisation: realisations.pooled,
        mean_of_pillars_realisation: realisations.mean,
        components,
        index,
        published_figures: Vec::new(),
    }
}

/// Realisation over all pillars, by both methods.
struct Realisations {
    pooled: Figure,
    mean: Figure,
}

fn pillar_result(
    pillar: Pillar,
    tally: Option<&Tally>,
    score: Option<&Score>,
    definition: &Definition,
) -> PillarResult {
    let percent = tally.and_then(|tally| tally.ratio.percent());
    PillarResult {
        pillar,
        counts: tally.map(|tally| Counts {
            running: tally.ratio.running(),
            planned: tally.ratio.planned(),
            not_due: tally.not_due,
        }),
        realisation: realisation(tally, definition.decimals.percent),
        at_or_above_threshold: percent.map(|percent| percent >= *definition.threshold.percent()),
        score: direct(score, definition.decimals.score),
    }
}

/// Running / planned x 100.
fn realisation(tally: Option<&Tally>, decimals: u8) -> Figure {
    let Some(tally) = tally else {
        return null(Method::Ratio, NullReason::NotReported);
    };
    let (running, planned) = (tally.ratio.running(), tally.ratio.planned());
    let count = |name: &str, count: u32| Input {
        name: name.to_owned(),
        value: Some(count.to_string()),
        weight: None,
        source: tally_source(tally).to_owned(),
    };
    Figure {
        outcome: tally
            .ratio
            .percent()
            .map_or(Outcome::Null(NullReason::NothingPlanned), |percent| {
                value(percent.exact().clone(), decimals)
            }),
        method: Method::Ratio,
        formula: format!("100 x {running} / {planned}"),
        inputs: vec![count("running", running), count("planned", planned)],
        missing: Vec::new(),
    }
}

/// Sum of running / sum of planned x 100, over the six pillars.
fn pooled_realisation(tallies: &BTreeMap<Pillar, Tally>, definition: &Definition) -> Figure {
    let missing = names_of(
        Pillar::ALL
            .into_iter()
            .filter(|pillar| !tallies.contains_key(pillar)),
    );
    let sum = |count: fn(&Tally) -> u32| {
        tallies
            .values()
            .map(|tally| u64::from(count(tally)))
            .sum::<u64>()
    };
    let terms =
        |count: fn(&Tally) -> u32| joined(tallies.values().map(|tally| count(tally).to_string()));
    let running = |tally: &Tally| tally.ratio.running();
    let planned = |tally: &Tally| tally.ratio.planned();

    let outcome = if missing.is_empty() {
        Exact::quotient(sum(running) * 100, sum(planned))
            .map_or(Outcome::Null(NullReason::NothingPlanned), |exact| {
                value(exact, definition.decimals.percent)
            })
    } else {
        Outcome::Null(input_missing(
            missing.len(),
            Pillar::ALL.len(),
            NullReason::NotReported,
        ))
    };
    let inputs = Pillar::ALL.into_iter().map(|pillar| Input {
        name: pillar.to_string(),
        value: tallies
            .get(&pillar)
            .map(|tally| format!("{}/{}", running(tally), planned(tally))),
        weight: None,
        source: tallies
            .get(&pillar)
            .map(tally_source)
            .unwrap_or_default()
            .to_owned(),
    });
    Figure {
        outcome,
        method: Method::Pooled,
        formula: format!("100 x ({}) / ({})", terms(running), terms(planned)),
        inputs: inputs.collect(),
        missing,
    }
}

/// Mean of the pillars' exact realisations. A pillar of which nothing is planned has none and
/// leaves the mean; one of which nothing was reported leaves no mean.
fn mean_realisation(pillars: &[PillarResult], definition: &Definition) -> Figure {
    let unreported = pillars
        .iter()
        .filter(|result| result.counts.is_none())
        .map(|result| result.pillar);
    let missing = names_of(unreported);
    let present: Vec<_> = pillars
        .iter()
        .filter_map(|result| result.realisation.exact())
        .collect();
    let outcome = if missing.is_empty() {
        Exact::mean(present.iter().copied())
            .map_or(Outcome::Null(NullReason::NothingPlanned), |exact| {
                value(exact, definition.decimals.percent)
            })
    } else {
        Outcome::Null(input_missing(
            missing.len(),
            pillars.len(),
            NullReason::NotReported,
        ))
    };
    mean_figure(
        outcome,
        &present,
        pillars
            .iter()
            .map(|result| (result.pillar, &result.realisation)),
        missing,
    )
}

/// Mean of the six pillars' exact scores; all six are needed.
fn mean_of_pillar_scores(pillars: &[PillarResult], decimals: u8) -> Figure {
    let unscored = pillars
        .iter()
        .filter(|result| result.score.exact().is_none())
        .map(|result| result.pillar);
    let missing = names_of(unscored);
    let present: Vec<_> = pillars
        .iter()
        .filter_map(|result| result.score.exact())
        .collect();
    let outcome = match Exact::mean(present.iter().copied()) {
        Some(exact) if missing.is_empty() => value(exact, decimals),
        _ => Outcome::Null(input_missing(
            missing.len(),
            pillars.len(),
            NullReason::NotScored,
        )),
    };
    mean_figure(
        outcome,
        &present,
        pillars.iter().map(|result| (result.pillar, &result.score)),
        missing,
    )
}

fn mean_figure<'a>(
    outcome: Outcome,
    present: &[&Exact],
    inputs: impl Iterator<Item = (Pillar, &'a Figure)>,
    missing: Vec<String>,
) -> Figure {
    Figure {
        outcome,
        method: Method::MeanOfPillars,
        formula: format!(
            "({}) / {}",
            joined(present.iter().map(ToString::to_string)),
            present.len()
        ),
        inputs: inputs
            .map(|(pillar, figure)| computed_input(pillar.as_str(), figure, None))
            .collect(),
        missing,
    }
}

fn component_result(
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
        Derivation::MeanRealisation => scaled(
            "mean_of_pillars_realisation",
            &realisations.mean,
            definition,
        ),
    };
    ComponentResult {
        component: part.component,
        weight: part.weight,
        score,
    }
}

/// A score as it was given.
fn direct(score: Option<&Score>, decimals: u8) -> Figure {
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

/// Minimum + (maximum - minimum) x realisation / 100.
fn scaled(name: &str, realisation: &Figure, definition: &Definition) -> Figure {
    let scale = definition.scale;
    let (outcome, formula) = match &realisation.outcome {
        Outcome::Null(reason) => (Outcome::Null(*reason), String::new()),
        Outcome::Value { exact, .. } => (
            value(
                scale.lay(&Percent::from(exact.clone())),
                definition.decimals.score,
            ),
            format!(
                "{0} + ({1} - {0}) x {exact} / 100",
                scale.minimum(),
                scale.maximum()
            ),
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
fn index(components: &[ComponentResult], definition: &Definition) -> Figure {
    let scored: Vec<_> = components
        .iter()
        .filter_map(|result| {
            Some((
                result.weight,
                Exact::from(result.weight),
                result.score.exact()?,
            ))
        })
        .collect();
    let unscored = components
        .iter()
        .filter(|result| result.score.exact().is_none());
    let missing: Vec<_> = unscored
        .map(|result| result.component.to_string())
        .collect();

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
    let products = scored
        .iter()
        .map(|(weight, _, score)| format!("{weight} x {score}"));
    let inputs = components.iter().map(|result| {
        computed_input(
            result.component.as_str(),
            &result.score,
            Some(result.weight),
        )
    });
    Figure {
        outcome,
        method: Method::WeightedMean,
        formula: format!("({}) / {available}", joined(products)),
        inputs: inputs.collect(),
        missing,
    }
}

/// `Some(false)` as soon as one is below, `Some(true)` where all are not, else nothing can be said.
fn all_at_or_above(pillars: &[PillarResult]) -> Option<bool> {
    let known: Vec<_> = pillars
        .iter()
        .filter_map(|result| result.at_or_above_threshold)
        .collect();
    let none_below = known.iter().all(|is_at_or_above| *is_at_or_above);
    let all_known = known.len() == pillars.len();
    (!none_below || all_known).then_some(none_below)
}

fn value(exact: Exact, decimals: u8) -> Outcome {
    Outcome::Value {
        shown: exact.round(decimals.into()),
        exact,
    }
}

fn null(method: Method, reason: NullReason) -> Figure {
    Figure {
        outcome: Outcome::Null(reason),
        method,
        formula: String::new(),
        inputs: Vec::new(),
        missing: Vec::new(),
    }
}

/// Where every input is missing, the reason is theirs; where some are, that they are missing.
fn input_missing(missing: usize, all: usize, theirs: NullReason) -> NullReason {
    if missing == all {
        theirs
    } else {
        NullReason::InputMissing
    }
}

fn computed_input(name: &str, figure: &Figure, weight: Option<Decimal>) -> Input {
    Input {
        name: name.to_owned(),
        value: figure.exact().map(ToString::to_string),
        weight,
        source: String::new(),
    }
}

fn names_of(pillars: impl Iterator<Item = Pillar>) -> Vec<String> {
    pillars.map(|pillar| pillar.to_string()).collect()
}

fn joined(terms: impl Iterator<Item = String>) -> String {
    terms.collect::<Vec<_>>().join(" + ")
}

#[cfg(test)]
mod tests;
