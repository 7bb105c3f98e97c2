//! The codes that stand in exported data, and the columns that more than one table has.

use takar_domain::{
    publication::Measure,
    scorecard::NullReason,
    vocabulary::{Component, Pillar},
};
use takar_store::Exported;

use super::structure::{Code, Column, Content, Role, Words};

/// What stands where a measure is over all pillars or components.
pub(super) const TOTAL: &str = "_T";
/// What stands where a measure has no pillar or component.
pub(super) const NOT_APPLICABLE: &str = "_Z";
/// A percentage.
pub(super) const PERCENT: &str = "PT";
const SCORE: &str = "SCORE";
/// A count.
pub(super) const NUMBER: &str = "NUMBER";

pub(super) const MEASURES: [(&str, &str, &str); 7] = [
    ("INDEX", "Index", "Indeks"),
    (
        "IMPROVEMENT",
        "Index less that of the previous cycle",
        "Selisih indeks dari siklus sebelumnya",
    ),
    ("POOLED_REALISATION", "Realisation, pooled", "Capaian gabungan"),
    (
        "MEAN_OF_PILLARS_REALISATION",
        "Realisation, mean of the pillars",
        "Capaian, rata-rata dimensi",
    ),
    ("PILLAR_REALISATION", "Realisation of a pillar", "Capaian dimensi"),
    ("PILLAR_SCORE", "Score of a pillar", "Skor dimensi"),
    ("COMPONENT_SCORE", "Score of a component", "Skor aspek"),
];

const PILLARS: [(&str, &str, &str); 8] = [
    ("GOVERNANCE", "Smart Governance", "Smart Governance"),
    ("BRANDING", "Smart Branding", "Smart Branding"),
    ("ECONOMY", "Smart Economy", "Smart Economy"),
    ("LIVING", "Smart Living", "Smart Living"),
    ("SOCIETY", "Smart Society", "Smart Society"),
    ("ENVIRONMENT", "Smart Environment", "Smart Environment"),
    (TOTAL, "All pillars", "Semua dimensi"),
    (NOT_APPLICABLE, "Not applicable", "Tidak berlaku"),
];

const COMPONENTS: [(&str, &str, &str); 7] = [
    ("BASELINE", "Baseline", "Baseline"),
    ("OUTPUT", "Output", "Output"),
    ("OUTCOME", "Outcome", "Outcome"),
    ("IMPACT", "Impact", "Dampak"),
    ("QUICK_WIN", "Quick win", "Quick win"),
    (TOTAL, "All components", "Semua aspek"),
    (NOT_APPLICABLE, "Not applicable", "Tidak berlaku"),
];

/// Those of SDMX's code list `CL_OBS_STATUS` that published figures have.
pub(super) const STATUSES: [(&str, &str, &str); 4] = [
    ("A", "Normal value", "Nilai normal"),
    ("B", "Time series break", "Putus deret waktu"),
    (
        "L",
        "Missing value; data exist but were not collected",
        "Kosong; data ada tetapi tidak dikumpulkan",
    ),
    ("M", "Missing value; data cannot exist", "Kosong; data tidak mungkin ada"),
];

pub(super) const NULL_REASONS: [(&str, &str, &str); 8] = [
    ("NOTHING_PLANNED", "Nothing was planned", "Tidak ada yang direncanakan"),
    ("NOT_REPORTED", "Nothing was reported", "Tidak dilaporkan"),
    ("NOT_SCORED", "It was not scored", "Tidak dinilai"),
    (
        "INPUT_MISSING",
        "Something that it is computed from is missing",
        "Bahan perhitungannya tidak lengkap",
    ),
    ("NO_EARLIER_INDEX", "No earlier index is published", "Belum ada indeks sebelumnya"),
    (
        "NEEDS_POPULATION",
        "It is relative to other regions, so a scorecard alone has none",
        "Relatif terhadap daerah lain, sehingga satu rapor tidak memilikinya",
    ),
    ("NO_SPREAD", "All regions have the same score", "Skor semua daerah sama"),
    (
        "NOT_POSITIVE",
        "The mean is not defined of a score of 0 or less",
        "Rata-rata tidak terdefinisi untuk skor 0 atau kurang",
    ),
];

pub(super) const UNITS: [(&str, &str, &str); 3] = [
    (PERCENT, "Percent", "Persen"),
    (SCORE, "Points on the instrument's scale", "Poin pada skala instrumen"),
    (NUMBER, "Number", "Jumlah"),
];

/// The measure, pillar and component of an observation.
pub(super) const fn codes(measure: Measure) -> (&'static str, &'static str, &'static str) {
    match measure {
        Measure::Index => ("INDEX", NOT_APPLICABLE, TOTAL),
        Measure::Improvement => ("IMPROVEMENT", NOT_APPLICABLE, TOTAL),
        Measure::PooledRealisation => ("POOLED_REALISATION", TOTAL, NOT_APPLICABLE),
        Measure::MeanOfPillarsRealisation => ("MEAN_OF_PILLARS_REALISATION", TOTAL, NOT_APPLICABLE),
        Measure::PillarRealisation(pillar) => {
            ("PILLAR_REALISATION", self::pillar(pillar), NOT_APPLICABLE)
        }
        Measure::PillarScore(pillar) => ("PILLAR_SCORE", self::pillar(pillar), NOT_APPLICABLE),
        Measure::ComponentScore(component) => {
            ("COMPONENT_SCORE", NOT_APPLICABLE, self::component(component))
        }
        // None of these is kept of a scorecard, nor is it in the code list.
        Measure::PreviousIndex => ("PREVIOUS_INDEX", NOT_APPLICABLE, TOTAL),
        Measure::NationalRank => ("NATIONAL_RANK", NOT_APPLICABLE, TOTAL),
        Measure::ProvinceRank => ("PROVINCE_RANK", NOT_APPLICABLE, TOTAL),
    }
}

const fn pillar(pillar: Pillar) -> &'static str {
    match pillar {
        Pillar::Governance => "GOVERNANCE",
        Pillar::Branding => "BRANDING",
        Pillar::Economy => "ECONOMY",
        Pillar::Living => "LIVING",
        Pillar::Society => "SOCIETY",
        Pillar::Environment => "ENVIRONMENT",
    }
}

const fn component(component: Component) -> &'static str {
    match component {
        Component::Baseline => "BASELINE",
        Component::Output => "OUTPUT",
        Component::Outcome => "OUTCOME",
        Component::Impact => "IMPACT",
        Component::QuickWin => "QUICK_WIN",
    }
}

pub(super) const fn null_reason(reason: NullReason) -> &'static str {
    match reason {
        NullReason::NothingPlanned => "NOTHING_PLANNED",
        NullReason::NotReported => "NOT_REPORTED",
        NullReason::NotScored => "NOT_SCORED",
        NullReason::InputMissing => "INPUT_MISSING",
        NullReason::NoEarlierIndex => "NO_EARLIER_INDEX",
        NullReason::NeedsPopulation => "NEEDS_POPULATION",
        NullReason::NoSpread => "NO_SPREAD",
        NullReason::NotPositive => "NOT_POSITIVE",
    }
}

pub(super) const fn unit(measure: Measure) -> &'static str {
    if measure.is_realisation() { PERCENT } else { SCORE }
}

/// What is measured, and of which pillar or component.
pub(super) fn measure_columns() -> [Column; 3] {
    [
        dimension("MEASURE", "Measure", "Ukuran", coded(&MEASURES)),
        dimension("PILLAR", "Pillar", "Dimensi smart city", coded(&PILLARS)),
        dimension("COMPONENT", "Component", "Aspek evaluasi", coded(&COMPONENTS)),
    ]
}

/// The value of an observation.
pub(super) fn value_column() -> Column {
    let column = attribute("OBS_VALUE", "Value as shown", "Nilai tampilan", Content::Decimal);
    Column { role: Role::Measure, ..column }
}

/// What else is known of the value.
pub(super) fn value_columns() -> [Column; 2] {
    [
        attribute("UNROUNDED_VALUE", "Value to 6 decimals", "Nilai 6 desimal", Content::Decimal),
        attribute("EXACT_VALUE", "Exact value", "Nilai eksak", Content::Text),
    ]
}

/// What the value is measured in, and how it is shown.
pub(super) fn unit_columns() -> [Column; 2] {
    [
        attribute("UNIT_MEASURE", "Unit of measure", "Satuan", coded(&UNITS)),
        attribute("DECIMALS", "Decimals shown", "Jumlah desimal", Content::Integer),
    ]
}

pub(super) fn cycle(exported: &Exported, role: Role) -> Column {
    let named = exported
        .cycles
        .iter()
        .map(|cycle| Code::named(cycle.id.to_string(), cycle.display_name.clone()));
    let words = Words { english: "Cycle", indonesian: "Siklus" };
    Column { id: "CYCLE", words, role, content: Content::Coded(named.collect()) }
}

/// The instrument of the cycle.
pub(super) fn instrument(exported: &Exported) -> Column {
    let instruments = exported.instruments.values().map(|instrument| {
        let display_name = instrument.definition().display_name.clone();
        Code::named(instrument.id().to_string(), display_name)
    });
    attribute("INSTRUMENT", "Instrument", "Instrumen", Content::Coded(instruments.collect()))
}

/// Whether the cycle is simulated, and what the file says of itself.
pub(super) fn of_file() -> [Column; 3] {
    let of_file = |column| Column { role: Role::OfFile, ..column };
    [
        attribute(
            "SIMULATED",
            "Whether its figures are made up",
            "Apakah angkanya rekaan",
            Content::Boolean,
        ),
        of_file(attribute("AS_OF", "As of", "Keadaan per", Content::Time)),
        of_file(attribute("MADE_BY", "Made by", "Dibuat oleh", Content::Text)),
    ]
}

pub(super) fn coded(codes: &[(&'static str, &'static str, &'static str)]) -> Content {
    Content::Coded(Code::all(codes))
}

pub(super) const fn attribute(
    id: &'static str,
    english: &'static str,
    indonesian: &'static str,
    content: Content,
) -> Column {
    Column { id, words: Words { english, indonesian }, role: Role::Attribute, content }
}

pub(super) fn dimension(
    id: &'static str,
    english: &'static str,
    indonesian: &'static str,
    content: Content,
) -> Column {
    Column { role: Role::Dimension, ..attribute(id, english, indonesian, content) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_for_want_of_a_value_is_in_the_list() {
        let listed = NULL_REASONS.map(|(id, ..)| id);
        assert_eq!(NullReason::ALL.map(null_reason), listed);
    }

    #[test]
    fn every_figure_of_a_scorecard_is_of_codes_that_are_in_the_lists() {
        let is_in = |code, list: &[(&str, &str, &str)]| list.iter().any(|(id, ..)| *id == code);
        for measure in Measure::KEPT {
            let (code, pillar, component) = codes(measure);
            assert!(is_in(code, &MEASURES), "{measure:?}");
            assert!(is_in(pillar, &PILLARS) && is_in(component, &COMPONENTS), "{measure:?}");
            assert!(is_in(unit(measure), &UNITS), "{measure:?}");
        }
    }
}
