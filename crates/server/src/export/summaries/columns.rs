//! The columns of a summary, and the codes of its statistics.

use takar_domain::population::Population;
use takar_store::Exported;

use crate::export::{
    codes::{
        STATUSES, TOTAL, attribute, coded, cycle, dimension, instrument, measure_columns, of_file,
        unit_columns, value_column, value_columns,
    },
    structure::{Code, Column, Content, Role},
};

/// How many columns there are.
pub(super) const COLUMNS: usize = 21;

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
    AtOrAboveThreshold,
    ShareAtOrAboveThreshold,
    Breaks,
    Pooled,
}

const STATISTICS: [(&str, &str, &str); 13] = [
    ("COUNT", "Regions that have a value", "Daerah yang memiliki nilai"),
    ("MEAN", "Arithmetic mean", "Rata-rata"),
    ("STANDARD_DEVIATION", "Standard deviation, of a population", "Simpangan baku, populasi"),
    ("VARIANCE", "Variance, of a population", "Varians, populasi"),
    ("MINIMUM", "Least value", "Nilai terendah"),
    ("LOWER_QUARTILE", "First quartile, linear", "Kuartil pertama, linear"),
    ("MEDIAN", "Median", "Median"),
    ("UPPER_QUARTILE", "Third quartile, linear", "Kuartil ketiga, linear"),
    ("MAXIMUM", "Greatest value", "Nilai tertinggi"),
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
];

impl Statistic {
    pub(super) const fn code(self) -> &'static str {
        STATISTICS[self as usize].0
    }
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
    let mut columns = vec![
        cycle(exported, Role::Dimension),
        dimension("POPULATION", "Of which regions", "Populasi daerah", population),
    ];
    columns.extend(measure_columns());
    columns.extend([
        dimension("STATISTIC", "Statistic", "Statistik", coded(&STATISTICS)),
        value_column(),
    ]);
    columns.extend(value_columns());
    columns.push(attribute(
        "OBS_STATUS",
        "Observation status",
        "Status observasi",
        coded(&STATUSES),
    ));
    columns.extend(unit_columns());
    columns.extend([
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
    fn a_statistic_has_the_code_of_its_place() {
        for (statistic, code) in [
            (Statistic::Count, "COUNT"),
            (Statistic::Variance, "VARIANCE"),
            (Statistic::Median, "MEDIAN"),
            (Statistic::Breaks, "BREAK_COUNT"),
            (Statistic::Pooled, "POOLED"),
        ] {
            assert_eq!(statistic.code(), code);
        }
    }
}
