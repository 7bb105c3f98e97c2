//! Populations and their summaries.

use takar_domain::{
    exact::Exact,
    population::{MissingReason, MissingRegion, Population, Survey},
    scorecard::NullReason,
    statistics::Statistics,
    summary::{Bin, Extreme, MeasureSummary, PooledRealisation, Summary, ThresholdCount},
};
use takar_proto::v1;

use super::{
    number::{count, number, root},
    timestamp, words,
};

pub(crate) fn summary(survey: &Survey, summary: Summary) -> v1::Summary {
    let Summary { measures, pooled } = summary;
    let percent_decimals = u32::from(survey.instrument.definition().decimals.percent);
    let measures = measures.into_iter().map(|found| {
        let decimals = found.measure.decimals(&survey.instrument);
        measure_summary(found, decimals, percent_decimals)
    });
    v1::Summary {
        cycle: format!("cycles/{}", survey.cycle),
        simulated: survey.simulated,
        instrument: format!("instruments/{}", survey.instrument.id()),
        population: Some(population(survey)),
        missing: survey.missing.iter().map(missing_region).collect(),
        newest_publish_time: survey.newest_publish_time().map(timestamp),
        quartile_method: v1::summary::QuartileMethod::Linear.into(),
        deviation_method: v1::summary::DeviationMethod::Population.into(),
        measures: measures.collect(),
        pooled_realisation: Some(pooled_realisation(&pooled, percent_decimals)),
    }
}

/// Of whom something is said.
pub(super) fn population(survey: &Survey) -> v1::Population {
    let (cohort, province) = match &survey.population {
        Population::Nation => (String::new(), String::new()),
        Population::Province(code) => (String::new(), format!("regions/{code}")),
        Population::Cohort(id) => (format!("cohorts/{id}"), String::new()),
    };
    v1::Population {
        cohort,
        province,
        display_name: survey.display_name.clone(),
        expected_count: count(survey.expected_count()),
        present_count: count(survey.present.len()),
    }
}

pub(super) fn missing_region(missing: &MissingRegion) -> v1::MissingRegion {
    let MissingRegion { region, reason } = missing;
    v1::MissingRegion {
        region: format!("regions/{}", region.code),
        display_name: region.display_name.clone(),
        reason: missing_reason(*reason).into(),
    }
}

pub(super) const fn missing_reason(reason: MissingReason) -> v1::missing_region::Reason {
    match reason {
        MissingReason::NoEvaluation => v1::missing_region::Reason::NoEvaluation,
        MissingReason::NotPublished => v1::missing_region::Reason::NotPublished,
        MissingReason::Withdrawn => v1::missing_region::Reason::Withdrawn,
        MissingReason::NotAssessable => v1::missing_region::Reason::NotAssessable,
    }
}

fn measure_summary(
    found: MeasureSummary,
    decimals: u32,
    percent_decimals: u32,
) -> v1::MeasureSummary {
    let MeasureSummary {
        measure,
        statistics,
        minimum,
        maximum,
        nulls,
        break_count,
        threshold,
        bands,
        histogram,
    } = found;
    let (measure, pillar, component) = words::measure(measure);
    let shown = |of: fn(&Statistics) -> &Exact| {
        statistics.as_ref().map(|found| number(of(found), decimals))
    };
    v1::MeasureSummary {
        measure: measure.into(),
        pillar: pillar.into(),
        component: component.into(),
        count: count(statistics.as_ref().map_or(0, |found| found.count)),
        nulls: nulls.into_iter().map(null_count).collect(),
        break_count: count(break_count),
        mean: shown(|found| &found.mean),
        standard_deviation: statistics.as_ref().and_then(|found| root(&found.variance, decimals)),
        variance: shown(|found| &found.variance),
        minimum: extreme(minimum, shown(|found| &found.minimum)),
        lower_quartile: shown(|found| &found.lower_quartile),
        median: shown(|found| &found.median),
        upper_quartile: shown(|found| &found.upper_quartile),
        maximum: extreme(maximum, shown(|found| &found.maximum)),
        threshold: threshold.map(|threshold| threshold_count(threshold, percent_decimals)),
        bands: bands.into_iter().map(band_count).collect(),
        histogram: histogram.iter().map(bin).collect(),
    }
}

fn null_count((reason, regions): (NullReason, usize)) -> v1::measure_summary::NullCount {
    v1::measure_summary::NullCount {
        reason: words::null_reason(reason).into(),
        count: count(regions),
    }
}

fn extreme(extreme: Extreme, value: Option<v1::Number>) -> Option<v1::measure_summary::Extreme> {
    let Extreme { regions, count: region_count } = extreme;
    let names = regions.iter().map(|region| format!("regions/{}", region.code)).collect();
    value.map(|value| v1::measure_summary::Extreme {
        value: Some(value),
        regions: names,
        region_display_names: regions.into_iter().map(|region| region.display_name).collect(),
        region_count: count(region_count),
    })
}

fn threshold_count(
    threshold: ThresholdCount,
    percent_decimals: u32,
) -> v1::measure_summary::ThresholdCount {
    let ThresholdCount { threshold, count: values, share } = threshold;
    v1::measure_summary::ThresholdCount {
        threshold_percent: threshold.to_string(),
        count: count(values),
        share_percent: share.map(|share| number(&share, percent_decimals)),
    }
}

fn band_count((label, values): (String, usize)) -> v1::measure_summary::BandCount {
    v1::measure_summary::BandCount { label, count: count(values) }
}

fn bin(bin: &Bin) -> v1::measure_summary::Bin {
    let Bin { lower, upper, count: values } = bin;
    v1::measure_summary::Bin {
        lower: lower.to_string(),
        upper: upper.to_string(),
        count: count(*values),
    }
}

fn pooled_realisation(pooled: &PooledRealisation, decimals: u32) -> v1::PooledRealisation {
    let PooledRealisation { running, planned, complete_count, partial_count, unreported_count } =
        pooled;
    let programs = |programs: u64| i64::try_from(programs).unwrap_or(i64::MAX);
    v1::PooledRealisation {
        percent: pooled.percent().map(|percent| number(&percent, decimals)),
        running: programs(*running),
        planned: programs(*planned),
        complete_count: count(*complete_count),
        partial_count: count(*partial_count),
        unreported_count: count(*unreported_count),
    }
}
