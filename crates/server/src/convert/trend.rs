//! Trends.

use takar_domain::{
    population::{KeptFigure, Survey},
    publication::Measure,
    scorecard::UNROUNDED_DECIMALS,
    statistics::Statistics,
    trend::{
        ChainCycle, CohortTrend, PointContent, PublishedPoint, RegionPoint, RegionTrend, breaks,
    },
};
use takar_proto::v1;

use super::{
    number::{count, null_status, number},
    summary::missing_reason,
    timestamp, words,
};

pub(crate) fn trend(trend: RegionTrend, measure: Measure) -> v1::Trend {
    let RegionTrend { region, display_name, points } = trend;
    let simulated = points.iter().any(|point| point.cycle.simulated);
    let is_break =
        breaks(points.iter().map(|point| (&point.cycle.instrument, has_value(point, measure))));
    let points = points.into_iter().zip(is_break);
    let (wire, pillar, component) = words::measure(measure);
    v1::Trend {
        region: format!("regions/{region}"),
        region_display_name: display_name,
        measure: wire.into(),
        pillar: pillar.into(),
        component: component.into(),
        simulated,
        points: points.map(|(point, is_break)| trend_point(point, measure, is_break)).collect(),
    }
}

fn has_value(point: &RegionPoint, measure: Measure) -> bool {
    match &point.content {
        PointContent::Published(published) => published.figures.exact(measure).is_some(),
        PointContent::Gap(_) => false,
    }
}

fn trend_point(point: RegionPoint, measure: Measure, is_break: bool) -> v1::TrendPoint {
    let RegionPoint { cycle, instrument, content } = point;
    let ChainCycle {
        id,
        display_name,
        instrument: instrument_id,
        previous: _,
        simulated: _,
        create_time: _,
        has_figures: _,
    } = cycle;
    let of_cycle = v1::TrendPoint {
        cycle: format!("cycles/{id}"),
        cycle_display_name: display_name,
        instrument: format!("instruments/{instrument_id}"),
        status: v1::ObservationStatus::NotCollected.into(),
        ..v1::TrendPoint::default()
    };
    match content {
        PointContent::Gap(reason) => {
            v1::TrendPoint { missing_reason: missing_reason(reason).into(), ..of_cycle }
        }
        PointContent::Published(published) => published_point(
            of_cycle,
            *published,
            (measure, measure.decimals(&instrument)),
            is_break,
        ),
    }
}

fn published_point(
    of_cycle: v1::TrendPoint,
    published: PublishedPoint,
    (measure, decimals): (Measure, u32),
    is_break: bool,
) -> v1::TrendPoint {
    let PublishedPoint { region, revision, publish_time, figures, improvement_is_break } =
        published;
    // An improvement says itself whether it compares two instruments.
    let is_break = if measure == Measure::Improvement { improvement_is_break } else { is_break };
    let of_revision = v1::TrendPoint {
        region_code: region.to_string(),
        revision,
        publish_time: Some(timestamp(publish_time)),
        ..of_cycle
    };
    match figures.get(measure) {
        Some(KeptFigure::Value(exact)) => {
            let status =
                if is_break { v1::ObservationStatus::Break } else { v1::ObservationStatus::Normal };
            v1::TrendPoint {
                value: Some(exact.round(decimals).to_string()),
                unrounded: Some(exact.round(UNROUNDED_DECIMALS).to_string()),
                exact: Some(exact.to_string()),
                status: status.into(),
                ..of_revision
            }
        }
        Some(KeptFigure::Null(reason)) => v1::TrendPoint {
            status: null_status(*reason).into(),
            null_reason: words::null_reason(*reason).into(),
            ..of_revision
        },
        Some(KeptFigure::NotOfInstrument) | None => {
            v1::TrendPoint { status: v1::ObservationStatus::Missing.into(), ..of_revision }
        }
    }
}

pub(crate) fn cohort_trend(trend: CohortTrend, measure: Measure) -> v1::CohortTrend {
    let CohortTrend { cohort, display_name, points } = trend;
    let simulated = points.iter().any(|(cycle, _)| cycle.simulated);
    let statistics: Vec<_> = points.iter().map(|(_, survey)| statistics(survey, measure)).collect();
    let is_break = breaks(
        points
            .iter()
            .zip(&statistics)
            .map(|((cycle, _), found)| (&cycle.instrument, found.is_some())),
    );
    let points = points.into_iter().zip(statistics).zip(is_break);
    let (wire, pillar, component) = words::measure(measure);
    v1::CohortTrend {
        cohort: format!("cohorts/{cohort}"),
        display_name,
        measure: wire.into(),
        pillar: pillar.into(),
        component: component.into(),
        simulated,
        points: points
            .map(|(((cycle, survey), statistics), is_break)| {
                cohort_point(&cycle, &survey, statistics.as_ref(), (measure, is_break))
            })
            .collect(),
    }
}

/// The statistics of the values that are comparable.
fn statistics(survey: &Survey, measure: Measure) -> Option<Statistics> {
    let comparable = survey.present.iter().filter(|region| !region.is_break(measure));
    Statistics::of(comparable.filter_map(|region| region.figures.exact(measure)).collect())
}

fn cohort_point(
    cycle: &ChainCycle,
    survey: &Survey,
    statistics: Option<&Statistics>,
    (measure, is_break): (Measure, bool),
) -> v1::CohortTrendPoint {
    let decimals = measure.decimals(&survey.instrument);
    let status = match statistics {
        // Improvements over another instrument's indexes are not among them.
        Some(_) if is_break && measure != Measure::Improvement => v1::ObservationStatus::Break,
        Some(_) => v1::ObservationStatus::Normal,
        None => v1::ObservationStatus::NotCollected,
    };
    v1::CohortTrendPoint {
        cycle: format!("cycles/{}", cycle.id),
        cycle_display_name: cycle.display_name.clone(),
        instrument: format!("instruments/{}", cycle.instrument),
        expected_count: count(survey.expected_count()),
        present_count: count(survey.present.len()),
        count: count(statistics.map_or(0, |found| found.count)),
        mean: statistics.map(|found| number(&found.mean, decimals)),
        median: statistics.map(|found| number(&found.median, decimals)),
        status: status.into(),
    }
}
