//! Realisation: of each pillar, and over all of them by both methods.

use std::collections::BTreeMap;

use super::figure::{formula, input_missing, joined, mean_figure, names_of, null, value};
use crate::{
    evaluation::tally_source,
    exact::Exact,
    instrument::Definition,
    scorecard::{Figure, Input, Method, NullReason, Outcome, PillarResult},
    tally::Tally,
    vocabulary::Pillar,
};

/// Running / planned x 100.
pub(super) fn realisation(tally: Option<&Tally>, decimals: u8) -> Figure {
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
    let outcome =
        tally.ratio.percent().map_or(Outcome::Null(NullReason::NothingPlanned), |percent| {
            value(percent.exact().clone(), decimals)
        });
    Figure {
        formula: formula(&outcome, format!("100 x {running} / {planned}")),
        outcome,
        method: Method::Ratio,
        inputs: vec![count("running", running), count("planned", planned)],
        missing: Vec::new(),
    }
}

/// Sum of running / sum of planned x 100, over the six pillars.
pub(super) fn pooled_realisation(
    tallies: &BTreeMap<Pillar, Tally>,
    definition: &Definition,
) -> Figure {
    let missing = names_of(Pillar::ALL.into_iter().filter(|pillar| !tallies.contains_key(pillar)));
    let sum = |count: fn(&Tally) -> u32| {
        tallies.values().map(|tally| u64::from(count(tally))).sum::<u64>()
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
        Outcome::Null(input_missing(missing.len(), Pillar::ALL.len(), NullReason::NotReported))
    };
    let inputs = Pillar::ALL.into_iter().map(|pillar| Input {
        name: pillar.to_string(),
        value: tallies.get(&pillar).map(|tally| format!("{}/{}", running(tally), planned(tally))),
        weight: None,
        source: tallies.get(&pillar).map(tally_source).unwrap_or_default().to_owned(),
    });
    let written = format!("100 x ({}) / ({})", terms(running), terms(planned));
    Figure {
        formula: formula(&outcome, written),
        outcome,
        method: Method::Pooled,
        inputs: inputs.collect(),
        missing,
    }
}

/// Mean of the pillars' exact realisations. A pillar of which nothing is planned has none and
/// leaves the mean; one of which nothing was reported leaves no mean.
pub(super) fn mean_realisation(pillars: &[PillarResult], definition: &Definition) -> Figure {
    let unreported =
        pillars.iter().filter(|result| result.counts.is_none()).map(|result| result.pillar);
    let missing = names_of(unreported);
    let present: Vec<_> = pillars.iter().filter_map(|result| result.realisation.exact()).collect();
    let outcome = if missing.is_empty() {
        Exact::mean(present.iter().copied())
            .map_or(Outcome::Null(NullReason::NothingPlanned), |exact| {
                value(exact, definition.decimals.percent)
            })
    } else {
        Outcome::Null(input_missing(missing.len(), pillars.len(), NullReason::NotReported))
    };
    mean_figure(
        outcome,
        &present,
        pillars.iter().map(|result| (result.pillar, &result.realisation)),
        missing,
    )
}
