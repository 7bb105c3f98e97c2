//! The columns of a summary, and the codes of its statistics.

use std::borrow::Cow;

use takar_domain::{population::Population, scorecard::NullReason, summary::HISTOGRAM_BINS};
use takar_store::Exported;

use crate::export::{
    codes::{
        NULL_REASONS, STATUSES, TOTAL, attribute, coded, cycle, dimension, instrument,
        measure_columns, null_reason, of_file, unit_columns, value_column, value_columns,
    },
    structure::{Code, Column, Content, Role},
};

/// How many columns there are.
pub(super) const COLUMNS: usize = 24;

/// A statistic of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Statistic {
    Count,
    Mean,
    StandardDeviation,
    Variance,
    Minimum,
    LowerQuartile,
    Median,
    UpperQuartile,
    Maximum,
    Threshold,
    AtOrAboveThreshold,
    ShareAtOrAboveThreshold,
    Breaks,
    /// In the part of the scale at this place, from 1.
    Bin(usize),
    /// In the instrument's band at this place, from 1.
    Band(usize),
    /// Without a value, for this reason.
    Nulls(NullReason),
    Pooled,
    Running,
    Planned,
    Complete,
    Partial,
    Unreported,
}

/// The statistics that every instrument has.
const STATISTICS: [(&str, &str, &str); 19] = [
    ("COUNT", "Regions that have a value", "Daerah yang memiliki nilai"),
    ("MEAN", "Arithmetic mean", "Rata-rata"),
    ("STANDARD_DEVIATION", "Standard deviation, of a population", "Simpangan baku, populasi"),
    ("VARIANCE", "Variance, of a population", "Varians, populasi"),
    ("MINIMUM", "Least value", "Nilai terendah"),
    ("LOWER_QUARTILE", "First quartile, linear", "Kuartil pertama, linear"),
    ("MEDIAN", "Median", "Median"),
    ("UPPER_QUARTILE", "Third quartile, linear", "Kuartil ketiga, linear"),
    ("MAXIMUM", "Greatest value", "Nilai tertinggi"),
    ("THRESHOLD", "The instrument's threshold", "Ambang instrumen"),
    (
        "AT_OR_ABOVE_THRESHOLD",
        "Regions at or above the instrument's threshold",
        "Daerah yang mencapai ambang instrumen",
    ),
    (
        "SHARE_AT_OR_ABOVE_THRESHOLD",
        "Their share of the regions that have a value",
        "Bagiannya dari daerah yang memiliki nilai",
    ),
    (
        "BREAK_COUNT",
        "Regions whose value is comparable with no other",
        "Daerah yang nilainya tidak dapat dibandingkan",
    ),
    (
        "POOLED",
        "Programmes running of those planned, over all regions",
        "Program berjalan dari yang direncanakan, seluruh daerah",
    ),
    ("RUNNING", "Programmes running", "Program berjalan"),
    ("PLANNED", "Programmes planned and due", "Program yang direncanakan dan jatuh tempo"),
    (
        "COMPLETE_COUNT",
        "Regions that reported on every pillar",
        "Daerah yang melaporkan semua dimensi",
    ),
    (
        "PARTIAL_COUNT",
        "Regions that reported on some pillars only",
        "Daerah yang melaporkan sebagian dimensi",
    ),
    ("UNREPORTED_COUNT", "Regions that reported on none", "Daerah yang tidak melapor"),
];

impl Statistic {
    pub(super) fn code(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Count => "COUNT",
            Self::Mean => "MEAN",
            Self::StandardDeviation => "STANDARD_DEVIATION",
            Self::Variance => "VARIANCE",
            Self::Minimum => "MINIMUM",
            Self::LowerQuartile => "LOWER_QUARTILE",
            Self::Median => "MEDIAN",
            Self::UpperQuartile => "UPPER_QUARTILE",
            Self::Maximum => "MAXIMUM",
            Self::Threshold => "THRESHOLD",
            Self::AtOrAboveThreshold => "AT_OR_ABOVE_THRESHOLD",
            Self::ShareAtOrAboveThreshold => "SHARE_AT_OR_ABOVE_THRESHOLD",
            Self::Breaks => "BREAK_COUNT",
            Self::Bin(place) => return Cow::Owned(format!("BIN_{place}")),
            Self::Band(place) => return Cow::Owned(format!("BAND_{place}")),
            Self::Nulls(reason) => return Cow::Owned(format!("NULL_{}", null_reason(reason))),
            Self::Pooled => "POOLED",
            Self::Running => "RUNNING",
            Self::Planned => "PLANNED",
            Self::Complete => "COMPLETE_COUNT",
            Self::Partial => "PARTIAL_COUNT",
            Self::Unreported => "UNREPORTED_COUNT",
        })
    }
}

/// The codes of all statistics; so many bands as the instrument with most of them has.
fn statistics(bands: usize) -> Vec<Code> {
    let mut codes = Code::all(&STATISTICS);
    codes.extend((1..=usize::from(HISTOGRAM_BINS)).map(|place| Code {
        id: Statistic::Bin(place).code(),
        english: format!("Regions in part {place} of the scale").into(),
        indonesian: format!("Daerah pada bagian ke-{place} skala").into(),
    }));
    codes.extend((1..=bands).map(|place| Code {
        id: Statistic::Band(place).code(),
        english: format!("Regions in band {place} of the instrument").into(),
        indonesian: format!("Daerah pada kategori ke-{place} instrumen").into(),
    }));
    codes.extend(NULL_REASONS.iter().map(|(id, english, indonesian)| Code {
        id: format!("NULL_{id}").into(),
        english: format!("Regions without a value: {english}").into(),
        indonesian: format!("Daerah tanpa nilai: {indonesian}").into(),
    }));
    codes
}

/// What a population is called by in a file.
pub(super) fn population_id(population: &Population) -> String {
    match population {
        Population::Nation => TOTAL.to_owned(),
        Population::Province(code) => code.to_string(),
        Population::Cohort(id) => id.to_string(),
    }
}

/// A row for each statistic.
pub(super) fn all(exported: &Exported) -> Vec<Column> {
    let population =
        Code::named(population_id(&exported.population), exported.population_display_name.clone());
    let population = Content::Coded(vec![population]);
    let bands = exported.instruments.values().map(|found| found.definition().bands.len()).max();
    let statistics = Content::Coded(statistics(bands.unwrap_or_default()));
    let mut columns = vec![
        cycle(exported, Role::Dimension),
        dimension("POPULATION", "Of which regions", "Populasi daerah", population),
    ];
    columns.extend(measure_columns());
    columns.extend([dimension("STATISTIC", "Statistic", "Statistik", statistics), value_column()]);
    columns.extend(value_columns());
    columns.push(attribute(
        "OBS_STATUS",
        "Observation status",
        "Status observasi",
        coded(&STATUSES),
    ));
    columns.extend(unit_columns());
    columns.extend([
        attribute("LABEL", "Label of the band", "Nama kategori", Content::Text),
        attribute(
            "LOWER_BOUND",
            "Lowest value of the band or part",
            "Batas bawah kategori atau bagian",
            Content::Decimal,
        ),
        attribute(
            "UPPER_BOUND",
            "End of the band or part",
            "Batas atas kategori atau bagian",
            Content::Decimal,
        ),
        attribute(
            "REGIONS",
            "Regions that have the value, the first 10",
            "Daerah pemilik nilai, 10 pertama",
            Content::Text,
        ),
        attribute("REGION_COUNT", "How many regions have it", "Jumlah pemilik", Content::Integer),
        attribute("EXPECTED_COUNT", "Regions expected", "Daerah diharapkan", Content::Integer),
        attribute("PRESENT_COUNT", "Regions published", "Daerah terbit", Content::Integer),
        instrument(exported),
        attribute(
            "NEWEST_PUBLISH_TIME",
            "When the newest of the revisions was published",
            "Waktu terbit revisi terbaru",
            Content::Time,
        ),
    ]);
    columns.extend(of_file());
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_every_statistic_is_in_the_list_once() {
        use Statistic as S;
        let fixed = [
            S::Count,
            S::Mean,
            S::StandardDeviation,
            S::Variance,
            S::Minimum,
            S::LowerQuartile,
            S::Median,
            S::UpperQuartile,
            S::Maximum,
            S::Threshold,
            S::AtOrAboveThreshold,
            S::ShareAtOrAboveThreshold,
            S::Breaks,
            S::Pooled,
            S::Running,
            S::Planned,
            S::Complete,
            S::Partial,
            S::Unreported,
        ];
        let bins = (1..=usize::from(HISTOGRAM_BINS)).map(S::Bin);
        let bands = (1..=3).map(S::Band);
        let nulls = NullReason::ALL.map(S::Nulls);
        let all = fixed.into_iter().chain(bins).chain(bands).chain(nulls).map(S::code);
        let listed = statistics(3).into_iter().map(|code| code.id);
        assert_eq!(all.collect::<Vec<_>>(), listed.collect::<Vec<_>>());
    }
}
