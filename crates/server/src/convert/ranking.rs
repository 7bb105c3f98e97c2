//! Rankings.

use chrono::{DateTime, Utc};
use takar_domain::{
    exact::Exact,
    fault::{Fault, Faults},
    population::Survey,
    publication::Measure,
    ranking::{Entry, Ranking, TieRule},
    scorecard::UNROUNDED_DECIMALS,
};
use takar_proto::v1;

use super::{
    number::{count, null_status},
    summary::{missing_reason, population},
    timestamp, words,
};

/// Reads a measure that is kept of every revision: the index unless one is given, and the score of a
/// pillar or component that is given alone.
///
/// # Errors
/// [`Faults`] of `measure`, `pillar` and `component`.
pub(crate) fn parse_kept_measure(
    measure: i32,
    pillar: i32,
    component: i32,
) -> Result<Measure, Faults> {
    use v1::published_figure::Measure as Wire;
    let given = match (measure, pillar, component) {
        (0, 0, 0) => Wire::Index.into(),
        (0, 0, _) => Wire::ComponentScore.into(),
        (0, _, _) => Wire::PillarScore.into(),
        (measure, _, _) => measure,
    };
    let parsed = words::parse_measure(given, pillar, component)?;
    if parsed.kept_position().is_some() {
        return Ok(parsed);
    }
    let mut allowed: Vec<_> =
        Measure::KEPT.iter().map(|kept| words::measure(*kept).0.as_str_name()).collect();
    allowed.dedup();
    let given = words::measure(parsed).0.as_str_name();
    Err(Fault::new(given, allowed.join(", ")).at("measure").into())
}

pub(crate) fn parse_tie_rule(number: i32) -> Result<TieRule, Fault> {
    match v1::TieRule::try_from(number) {
        Ok(v1::TieRule::Unspecified | v1::TieRule::Standard) => Ok(TieRule::Standard),
        Ok(v1::TieRule::Dense) => Ok(TieRule::Dense),
        Err(_) => {
            let words = [v1::TieRule::Standard, v1::TieRule::Dense].map(|rule| rule.as_str_name());
            Err(Fault::new(number, words.join(" or ")))
        }
    }
}

pub(super) const fn tie_rule(rule: TieRule) -> v1::TieRule {
    match rule {
        TieRule::Standard => v1::TieRule::Standard,
        TieRule::Dense => v1::TieRule::Dense,
    }
}

pub(crate) fn ranking(
    survey: &Survey,
    (measure, rule): (Measure, TieRule),
    ranking: &Ranking<'_>,
    next_page_token: String,
    state: Option<DateTime<Utc>>,
) -> v1::ListRankingResponse {
    let decimals = measure.decimals(&survey.instrument);
    let regions = ranking.entries.iter().map(|entry| v1::RankedRegion {
        cycle: format!("cycles/{}", survey.cycle),
        simulated: survey.simulated,
        ..ranked_region(entry, decimals)
    });
    let (measure, pillar, component) = words::measure(measure);
    v1::ListRankingResponse {
        ranking: regions.collect(),
        next_page_token,
        population: Some(population(survey)),
        ranked_count: count(ranking.ranked_count),
        measure: measure.into(),
        pillar: pillar.into(),
        component: component.into(),
        tie_rule: tie_rule(rule).into(),
        simulated: survey.simulated,
        as_of_time: state.map(timestamp),
    }
}

/// A row; the cycle is left for the caller.
fn ranked_region(entry: &Entry<'_>, decimals: u32) -> v1::RankedRegion {
    use v1::{ObservationStatus as Status, figure::NullReason, missing_region::Reason};
    let absent = (NullReason::Unspecified, Reason::Unspecified);
    let (rank, published, value, status, (null_reason, missing_reason)) = match entry {
        Entry::Ranked(rank, region, value) => {
            (Some(count(*rank)), Some(region), Some(*value), Status::Normal, absent)
        }
        Entry::Break(region, value) => (None, Some(region), Some(*value), Status::Break, absent),
        Entry::Null(region, Some(reason)) => {
            let reasons = (words::null_reason(*reason), absent.1);
            (None, Some(region), None, null_status(*reason), reasons)
        }
        Entry::Null(region, None) => (None, Some(region), None, Status::Missing, absent),
        Entry::Missing(missing) => {
            let reasons = (absent.0, missing_reason(missing.reason));
            (None, None, None, Status::NotCollected, reasons)
        }
    };
    let region = entry.region();
    v1::RankedRegion {
        rank,
        region: format!("regions/{}", region.code),
        region_display_name: region.display_name.clone(),
        province: format!("regions/{}", region.province),
        value: value.map(|value| value.round(decimals).to_string()),
        unrounded: value.map(|value| value.round(UNROUNDED_DECIMALS).to_string()),
        exact: value.map(Exact::to_string),
        status: status.into(),
        null_reason: null_reason.into(),
        missing_reason: missing_reason.into(),
        revision: published.map_or(0, |published| published.revision),
        publish_time: published.map(|published| timestamp(published.publish_time)),
        cycle: String::new(),
        simulated: false,
    }
}
