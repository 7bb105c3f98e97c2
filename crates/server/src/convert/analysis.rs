//! What-if and robustness.

use std::collections::BTreeMap;

use takar_domain::{
    composite::{Cell, Composite},
    exact::Exact,
    fault::{Fault, Faults},
    instrument::Instrument,
    population::{NamedRegion, Survey},
    ranking::TieRule,
    robustness::{
        Analysis, Estimate, Factor, Field, Mean, Plan, Progress, RankSpread, Sensitivity, Wish,
    },
    scorecard::{NullReason, UNROUNDED_DECIMALS},
    vocabulary::Component,
    what_if::{Change, Comparison, Recomputed, Standing, TriedWeight},
};
use takar_proto::v1::{
    self,
    robustness_report::Report,
    what_if_request::{ComponentGoalposts, Weight},
};

use super::{
    check_count, each_once,
    instrument::{instrument, parse_aggregation, parse_goalposts, parse_normalisation},
    number::{count, number},
    ranking::tie_rule,
    required,
    summary::{missing_region, population},
    timestamp, words,
};

/// A published region that has no index to rank: its place in the survey, and why.
pub(crate) type Unranked = (usize, Composite);

/// Decimals of ranks that lie between two, and of percents.
const RANK_DECIMALS: u32 = 2;
/// Decimals of estimates over draws: more than their errors leave.
const ESTIMATE_DECIMALS: usize = 4;

/// Reads how an instrument is changed.
pub(crate) fn parse_change(
    weights: Vec<Weight>,
    goalposts: Vec<ComponentGoalposts>,
    (normalisation, aggregation): (i32, i32),
) -> Result<Change, Faults> {
    let mut faults = Faults::none();
    let component = |(component, _): &(Component, _)| *component;
    check_count(&mut faults, "weights", weights.len(), 0, Component::ALL.len());
    let weights =
        each_once(&mut faults, "weights", weights, parse_weight, ("component", component));
    check_count(&mut faults, "goalposts", goalposts.len(), 0, Component::ALL.len());
    let component = |(component, _): &(Component, _)| *component;
    let goalposts = each_once(
        &mut faults,
        "goalposts",
        goalposts,
        |given| {
            let ComponentGoalposts { component, goalposts } = given;
            let mut faults = Faults::none();
            let component = faults.keep("component", words::parse_component(component));
            let goalposts = faults.keep("goalposts", required(goalposts));
            let goalposts =
                goalposts.and_then(|given| faults.keep("goalposts", parse_goalposts(given)));
            faults.into_result(component.zip(goalposts))
        },
        ("component", component),
    );
    let normalisation = faults.keep("normalisation", parse_normalisation(normalisation));
    let aggregation = faults.keep("aggregation", parse_aggregation(aggregation));
    let parts = weights.zip(goalposts).zip(normalisation).zip(aggregation);
    faults.into_result(parts.map(|(((weights, goalposts), normalisation), aggregation)| Change {
        weights: BTreeMap::from_iter(weights),
        goalposts: BTreeMap::from_iter(goalposts),
        normalisation,
        aggregation,
    }))
}

fn parse_weight(given: Weight) -> Result<(Component, TriedWeight), Faults> {
    let Weight { component, weight } = given;
    let mut faults = Faults::none();
    let component = faults.keep("component", words::parse_component(component));
    let weight = faults.keep("weight", TriedWeight::parse(&weight));
    faults.into_result(component.zip(weight))
}

pub(crate) fn what_if(
    survey: &Survey,
    tried: &Instrument,
    comparison: &Comparison,
    movers: usize,
) -> v1::WhatIfResponse {
    let Comparison { regions, not_kept, spearman, kendall } = comparison;
    let decimals = u32::from(tried.definition().decimals.score);
    let shift = |place: &usize| region_shift(&regions[*place], decimals);
    let (risers, fallers) = comparison.movers(movers);
    v1::WhatIfResponse {
        cycle: format!("cycles/{}", survey.cycle),
        simulated: survey.simulated,
        instrument: format!("instruments/{}", survey.instrument.id()),
        tried: Some(instrument(tried)),
        population: Some(population(survey)),
        missing: survey.missing.iter().map(missing_region).collect(),
        not_kept: not_kept.iter().map(region_not_kept).collect(),
        newest_publish_time: survey.newest_publish_time().map(timestamp),
        tie_rule: tie_rule(TieRule::Standard).into(),
        regions: regions.iter().map(|region| region_shift(region, decimals)).collect(),
        risers: risers.iter().map(shift).collect(),
        fallers: fallers.iter().map(shift).collect(),
        spearman: spearman.as_ref().map(correlation),
        kendall: kendall.as_ref().map(correlation),
    }
}

fn correlation(exact: &Exact) -> String {
    exact.round(UNROUNDED_DECIMALS).to_string()
}

fn region_not_kept(region: &NamedRegion) -> v1::what_if_response::NotKept {
    v1::what_if_response::NotKept {
        region: format!("regions/{}", region.code),
        region_display_name: region.display_name.clone(),
    }
}

fn region_shift(recomputed: &Recomputed, decimals: u32) -> v1::RegionShift {
    let Recomputed { region, revision, before, after } = recomputed;
    v1::RegionShift {
        region: format!("regions/{}", region.code),
        region_display_name: region.display_name.clone(),
        revision: *revision,
        before: Some(standing(before, decimals)),
        after: Some(standing(after, decimals)),
        rise: recomputed.rise().and_then(|rise| i32::try_from(rise).ok()),
    }
}

fn standing(standing: &Standing, decimals: u32) -> v1::region_shift::Standing {
    let Standing { index, missing, rank } = standing;
    v1::region_shift::Standing {
        index: index.as_ref().ok().map(|exact| number(exact, decimals)),
        rank: rank.map(count),
        null_reason: null_reason(index).into(),
        missing: missing.iter().map(|component| words::component(*component).into()).collect(),
    }
}

fn null_reason(index: &Cell) -> v1::figure::NullReason {
    let reason: Option<NullReason> = index.as_ref().err().copied();
    reason.map_or(v1::figure::NullReason::Unspecified, words::null_reason)
}

/// Reads what is analysed.
pub(crate) fn parse_plan(
    (factors, aggregations): (&[i32], &[i32]),
    (draws, seed, top_count): (i32, i64, i32),
    weight_concentration: String,
) -> Result<Plan, Faults> {
    let mut faults = Faults::none();
    let factors = parse_words(&mut faults, "factors", factors, words::parse_factor);
    let aggregations =
        parse_words(&mut faults, "aggregations", aggregations, words::parse_aggregation);
    let seed = u64::try_from(seed).map_err(|_| Fault::new(seed, "0 or more"));
    let seed = faults.keep("seed", seed);
    let plan = faults.merge(Plan::new(Wish {
        factors,
        aggregations,
        draws,
        seed: seed.unwrap_or_default(),
        concentration: weight_concentration,
        top: top_count,
    }));
    faults.into_result(plan)
}

/// Reads each word of a repeated field.
fn parse_words<Word>(
    faults: &mut Faults,
    field: &str,
    numbers: &[i32],
    parse: fn(i32) -> Result<Word, Fault>,
) -> Vec<Word> {
    let parsed = numbers.iter().enumerate();
    let parsed = parsed
        .filter_map(|(index, number)| faults.keep(&format!("{field}[{index}]"), parse(*number)));
    parsed.collect()
}

pub(crate) fn progress(progress: Progress) -> v1::RobustnessReport {
    let Progress { done, total } = progress;
    let runs = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let progress = v1::RobustnessProgress { done_count: runs(done), total_count: runs(total) };
    v1::RobustnessReport { report: Some(Report::Progress(progress)) }
}

/// What came of an analysis of a survey's regions, those that are not unranked in their order.
pub(crate) fn robustness(
    survey: &Survey,
    plan: &Plan,
    (field, unranked): (&Field, &[Unranked]),
    analysis: &Analysis,
) -> v1::Robustness {
    let Analysis { spreads, sensitivities, mean_shift } = analysis;
    let is_ranked = |place: &usize| unranked.iter().all(|(other, _)| other != place);
    let ranked = (0..survey.present.len()).filter(is_ranked);
    let ranked = ranked.zip(field.nominal_ranks().iter().zip(spreads));
    let mut regions: Vec<_> =
        ranked.map(|(place, (rank, spread))| region_spread(survey, place, *rank, spread)).collect();
    // By rank; the regions come by code, which holds where that is equal.
    regions.sort_by_key(|region| region.nominal_rank);
    let means = plan.means().iter().filter(|_| plan.varies(Factor::Aggregation));
    let sensitivities = sensitivities.iter().flatten();
    v1::Robustness {
        cycle: format!("cycles/{}", survey.cycle),
        simulated: survey.simulated,
        instrument: format!("instruments/{}", survey.instrument.id()),
        population: Some(population(survey)),
        missing: survey.missing.iter().map(missing_region).collect(),
        unranked: unranked.iter().map(|unranked| region_unranked(survey, unranked)).collect(),
        newest_publish_time: survey.newest_publish_time().map(timestamp),
        factors: plan.factors().iter().map(|factor| words::factor(*factor).into()).collect(),
        aggregations: means.map(|mean| aggregation(*mean)).collect(),
        draws: count(plan.draws() as usize),
        seed: i64::try_from(plan.seed()).unwrap_or(i64::MAX),
        weight_concentration: plan.concentration().to_string(),
        top_count: count(plan.top() as usize),
        mean_rank_shift: decimal(*mean_shift),
        sensitivities: plan.factors().iter().zip(sensitivities).map(sensitivity).collect(),
        regions,
    }
}

fn aggregation(mean: Mean) -> i32 {
    words::aggregation(mean.aggregation()).into()
}

fn region_spread(
    survey: &Survey,
    place: usize,
    nominal_rank: u32,
    spread: &RankSpread,
) -> v1::robustness::RegionSpread {
    let RankSpread { median, fifth_percentile, ninety_fifth_percentile, top_share } = spread;
    let published = &survey.present[place];
    let rank = |exact: &Exact| exact.round(RANK_DECIMALS).to_string();
    v1::robustness::RegionSpread {
        region: format!("regions/{}", published.region.code),
        region_display_name: published.region.display_name.clone(),
        revision: published.revision,
        nominal_rank: count(nominal_rank as usize),
        median_rank: rank(median),
        fifth_percentile_rank: rank(fifth_percentile),
        ninety_fifth_percentile_rank: rank(ninety_fifth_percentile),
        top_percent: rank(&(top_share.clone() * &Exact::from(100))),
    }
}

fn region_unranked(survey: &Survey, (place, composite): &Unranked) -> v1::robustness::Unranked {
    let Composite { normalised: _, index, missing } = composite;
    let region = &survey.present[*place].region;
    v1::robustness::Unranked {
        region: format!("regions/{}", region.code),
        region_display_name: region.display_name.clone(),
        null_reason: null_reason(index).into(),
        missing: missing.iter().map(|component| words::component(*component).into()).collect(),
    }
}

fn sensitivity((factor, found): (&Factor, &Sensitivity)) -> v1::robustness::Sensitivity {
    let Sensitivity { first_order, total_order } = found;
    let estimate = |Estimate { value, standard_error }: &Estimate| v1::robustness::Estimate {
        value: decimal(*value),
        standard_error: decimal(*standard_error),
    };
    v1::robustness::Sensitivity {
        factor: words::factor(*factor).into(),
        first_order: Some(estimate(first_order)),
        total_order: Some(estimate(total_order)),
    }
}

/// An estimate over draws; it is no score.
fn decimal(estimate: f64) -> String {
    let written = format!("{estimate:.ESTIMATE_DECIMALS$}");
    // What is rounded to 0 has no sign.
    if written.trim_start_matches(['-', '0', '.']).is_empty() {
        written.trim_start_matches('-').to_owned()
    } else {
        written
    }
}
