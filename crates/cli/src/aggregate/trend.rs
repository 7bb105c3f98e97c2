//! Trends, a cycle a line.

use takar_proto::v1::{
    CohortTrend, ObservationStatus, Trend, TrendPoint, figure::NullReason, missing_region::Reason,
};

use super::{NONE, cells, heading, measure_name, null_reason, shown};
use crate::{
    contract,
    language::Language,
    region::id,
    table::{Side, Table, plain},
    text::{self, Heading, Label},
};

/// The columns of a region's trend as CSV.
pub(super) const COLUMNS: [&str; 10] = [
    "region",
    "cycle",
    "simulated",
    "instrument",
    "region_code",
    "value",
    "unrounded",
    "exact",
    "status",
    "revision",
];

/// The columns of a cohort's trend as CSV.
pub(super) const COHORT_COLUMNS: [&str; 14] = [
    "cohort",
    "cycle",
    "simulated",
    "instrument",
    "expected",
    "present",
    "count",
    "mean",
    "mean_unrounded",
    "mean_exact",
    "median",
    "median_unrounded",
    "median_exact",
    "status",
];

/// A region's trend as rows of [`COLUMNS`].
pub(super) fn rows(trend: &Trend) -> Vec<Vec<String>> {
    let row = |point: &TrendPoint| {
        vec![
            id(&trend.region).to_owned(),
            id(&point.cycle).to_owned(),
            trend.simulated.to_string(),
            id(&point.instrument).to_owned(),
            point.region_code.clone(),
            point.value.clone().unwrap_or_default(),
            point.unrounded.clone().unwrap_or_default(),
            point.exact.clone().unwrap_or_default(),
            contract::word("ObservationStatus", point.status),
            point.revision.to_string(),
        ]
    };
    trend.points.iter().map(row).collect()
}

/// A cohort's trend as rows of [`COHORT_COLUMNS`].
pub(super) fn cohort_rows(trend: &CohortTrend) -> Vec<Vec<String>> {
    let points = trend.points.iter();
    let rows = points.map(|point| {
        let mut row = vec![
            id(&trend.cohort).to_owned(),
            id(&point.cycle).to_owned(),
            trend.simulated.to_string(),
            id(&point.instrument).to_owned(),
            point.expected_count.to_string(),
            point.present_count.to_string(),
            point.count.to_string(),
        ];
        row.extend(cells(point.mean.as_ref()));
        row.extend(cells(point.median.as_ref()));
        row.push(contract::word("ObservationStatus", point.status));
        row
    });
    rows.collect()
}

/// A region's trend for people.
pub(super) fn page(trend: &Trend, language: Language) -> String {
    let whose = format!("{} ({})", plain(&trend.region_display_name), plain(id(&trend.region)));
    let measure = measure_name(trend.measure, trend.pillar, trend.component, language);
    let title = Heading::Trend { whose: &whose, measure: &measure };
    let mut table = Table::new(&[
        (Label::Cycle.say(language), Side::Left),
        (Label::Value.say(language), Side::Right),
        (Label::Unrounded.say(language), Side::Right),
        (Label::Code.say(language), Side::Left),
        (Label::Instrument.say(language), Side::Left),
        (Label::Note.say(language), Side::Left),
    ]);
    for point in &trend.points {
        let decimal = |value: &Option<String>| {
            value.as_deref().map_or(NONE.to_owned(), |value| language.decimal(value))
        };
        table.push([
            id(&point.cycle).to_owned(),
            decimal(&point.value),
            decimal(&point.unrounded),
            point.region_code.clone(),
            id(&point.instrument).to_owned(),
            note(point, language),
        ]);
    }
    format!("{}\n{}", heading(&title.say(language), trend.simulated, language), table.render())
}

fn note(point: &TrendPoint, language: Language) -> String {
    if point.missing_reason() != Reason::Unspecified {
        text::missing_reason(point.missing_reason, language)
    } else if point.null_reason() != NullReason::Unspecified {
        null_reason(point.null_reason, language)
    } else if point.status() == ObservationStatus::Break {
        Heading::Break.say(language)
    } else {
        String::new()
    }
}

/// A cohort's trend for people.
pub(super) fn cohort_page(trend: &CohortTrend, language: Language) -> String {
    let measure = measure_name(trend.measure, trend.pillar, trend.component, language);
    let whose = plain(&trend.display_name);
    let title = Heading::Trend { whose: &whose, measure: &measure };
    let mut table = Table::new(&[
        (Label::Cycle.say(language), Side::Left),
        (Label::Expected.say(language), Side::Right),
        (Label::Present.say(language), Side::Right),
        (Label::Count.say(language), Side::Right),
        (Label::Mean.say(language), Side::Right),
        (Label::Median.say(language), Side::Right),
        (Label::Instrument.say(language), Side::Left),
        (Label::Note.say(language), Side::Left),
    ]);
    for point in &trend.points {
        let is_break = point.status() == ObservationStatus::Break;
        table.push([
            id(&point.cycle).to_owned(),
            point.expected_count.to_string(),
            point.present_count.to_string(),
            point.count.to_string(),
            shown(point.mean.as_ref(), language),
            shown(point.median.as_ref(), language),
            id(&point.instrument).to_owned(),
            if is_break { Heading::Break.say(language) } else { String::new() },
        ]);
    }
    format!("{}\n{}", heading(&title.say(language), trend.simulated, language), table.render())
}
