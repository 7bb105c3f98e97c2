//! The formulas of the evaluation: from what was reported and scored to a scorecard.
//!
//! Nothing is rounded between steps; a missing value is never 0. The formulas are those of the
//! ministry's 2022 evaluation as its letters state them, and each figure carries its own.

use crate::{
    evaluation::{Evaluation, Score},
    instrument::{Definition, Instrument},
    scorecard::{Counts, EarlierIndex, Figure, PillarResult, Scorecard},
    tally::Tally,
    vocabulary::Pillar,
};

mod components;
mod figure;
mod improvement;
mod realisation;

use components::{component_result, direct, index};
use improvement::improvement;
use realisation::{mean_realisation, pooled_realisation, realisation};

/// Computes the scorecard of an evaluation under its cycle's instrument.
///
/// `earlier` is the region's newest published index of the nearest earlier cycle that has one.
pub fn score(
    evaluation: &Evaluation,
    region_display_name: String,
    instrument: &Instrument,
    earlier: Option<EarlierIndex>,
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
        simulated: evaluation.simulated,
        instrument: instrument.id().clone(),
        threshold_percent: definition.threshold.given(),
        all_pillars_at_or_above_threshold: all_at_or_above(&pillars),
        band: index.exact().and_then(|exact| instrument.band(exact)).map(str::to_owned),
        pillars,
        pooled_realisation: realisations.pooled,
        mean_of_pillars_realisation: realisations.mean,
        components,
        improvement: improvement(&index, earlier, instrument),
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

/// `Some(false)` as soon as one is below, `Some(true)` where all are not, else nothing can be said.
fn all_at_or_above(pillars: &[PillarResult]) -> Option<bool> {
    let known: Vec<_> = pillars.iter().filter_map(|result| result.at_or_above_threshold).collect();
    let none_below = known.iter().all(|is_at_or_above| *is_at_or_above);
    let all_known = known.len() == pillars.len();
    (!none_below || all_known).then_some(none_below)
}

#[cfg(test)]
mod tests;
