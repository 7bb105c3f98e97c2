//! The columns of both layouts, and the codes that stand in them.

use takar_domain::{
    publication::Measure,
    scorecard::NullReason,
    vocabulary::{Component, Pillar},
};
use takar_store::Exported;

use crate::export::structure::{Code, Column, Content, Role, Words};

/// How many columns the long layout has.
pub(super) const LONG_COLUMNS: usize = 20;

/// What stands where a measure is over all pillars or components.
const TOTAL: &str = "_T";
/// What stands where a measure has no pillar or component.
const NOT_APPLICABLE: &str = "_Z";
const PERCENT: &str = "PT";
const SCORE: &str = "SCORE";

const MEASURES: [(&str, &str, &str); 7] = [
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
const STATUSES: [(&str, &str, &str); 4] = [
    ("A", "Normal value", "Nilai normal"),
    ("B", "Time series break", "Putus deret waktu"),
    (
        "L",
        "Missing value; data exist but were not collected",
        "Kosong; data ada tetapi tidak dikumpulkan",
    ),
    ("M", "Missing value; data cannot exist", "Kosong; data tidak mungkin ada"),
];

const NULL_REASONS: [(&str, &str, &str); 5] = [
    ("NOTHING_PLANNED", "Nothing was planned", "Tidak ada yang direncanakan"),
    ("NOT_REPORTED", "Nothing was reported", "Tidak dilaporkan"),
    ("NOT_SCORED", "It was not scored", "Tidak dinilai"),
    (
        "INPUT_MISSING",
        "Something that it is computed from is missing",
        "Bahan perhitungannya tidak lengkap",
    ),
    ("NO_EARLIER_INDEX", "No earlier index is published", "Belum ada indeks sebelumnya"),
];

const UNITS: [(&str, &str, &str); 2] = [
    (PERCENT, "Percent", "Persen"),
    (SCORE, "Points on the instrument's scale", "Poin pada skala instrumen"),
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
    }
}

pub(super) const fn unit(measure: Measure) -> &'static str {
    if measure.is_percent() { PERCENT } else { SCORE }
}

/// A row for each observation.
pub(super) fn long(exported: &Exported) -> Vec<Column> {
    let coded =
        |codes: &[(&'static str, &'static str, &'static str)]| Content::Coded(Code::all(codes));
    let mut columns = vec![
        region(exported, Role::Dimension),
        cycle(exported, Role::Dimension),
        dimension("MEASURE", "Measure", "Ukuran", coded(&MEASURES)),
        dimension("PILLAR", "Pillar", "Dimensi smart city", coded(&PILLARS)),
        dimension("COMPONENT", "Component", "Aspek evaluasi", coded(&COMPONENTS)),
        Column {
            role: Role::Measure,
            ..attribute("OBS_VALUE", "Value as shown", "Nilai tampilan", Content::Decimal)
        },
        region_name(),
        attribute("UNROUNDED_VALUE", "Value to 6 decimals", "Nilai 6 desimal", Content::Decimal),
        attribute("EXACT_VALUE", "Exact value", "Nilai eksak", Content::Text),
        attribute("OBS_STATUS", "Observation status", "Status observasi", coded(&STATUSES)),
        attribute("NULL_REASON", "Why there is no value", "Alasan kosong", coded(&NULL_REASONS)),
        attribute("UNIT_MEASURE", "Unit of measure", "Satuan", coded(&UNITS)),
        attribute("DECIMALS", "Decimals shown", "Jumlah desimal", Content::Integer),
    ];
    columns.extend(of_scorecard(exported));
    columns
}

/// A row for each scorecard.
pub(super) fn wide(exported: &Exported) -> Vec<Column> {
    let mut columns =
        vec![region(exported, Role::Dimension), region_name(), cycle(exported, Role::Dimension)];
    columns.extend(Measure::KEPT.map(figure));
    columns.extend(of_scorecard(exported));
    columns
}

fn region(exported: &Exported, role: Role) -> Column {
    let named = exported
        .regions
        .iter()
        .map(|region| Code::named(region.code.to_string(), region.display_name.clone()));
    let words = Words {
        english: "Region, by its Kemendagri code",
        indonesian: "Daerah, dengan kode Kemendagri",
    };
    Column { id: "REF_AREA", words, role, content: Content::Listed(named.collect()) }
}

fn region_name() -> Column {
    attribute(
        "REF_AREA_NAME",
        "Name of the region when the scorecard was published",
        "Nama daerah saat rapor diterbitkan",
        Content::Text,
    )
}

fn cycle(exported: &Exported, role: Role) -> Column {
    let named = exported
        .cycles
        .iter()
        .map(|cycle| Code::named(cycle.id.to_string(), cycle.display_name.clone()));
    let words = Words { english: "Cycle", indonesian: "Siklus" };
    Column { id: "CYCLE", words, role, content: Content::Coded(named.collect()) }
}

/// How the scorecard was published, and what the file says of itself.
fn of_scorecard(exported: &Exported) -> [Column; 7] {
    let instruments = exported.instruments.values().map(|instrument| {
        let display_name = instrument.definition().display_name.clone();
        Code::named(instrument.id().to_string(), display_name)
    });
    let of_file = |column| Column { role: Role::OfFile, ..column };
    [
        attribute("INSTRUMENT", "Instrument", "Instrumen", Content::Coded(instruments.collect())),
        attribute("REVISION", "Revision", "Revisi", Content::Integer),
        attribute("PUBLISH_TIME", "When it was published", "Waktu terbit", Content::Time),
        attribute("LETTER_NUMBER", "Number of the letter", "Nomor surat", Content::Text),
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

/// The column of a figure where each has its own.
fn figure(measure: Measure) -> Column {
    let (id, english, indonesian) = match measure {
        Measure::PillarRealisation(pillar) => match pillar {
            Pillar::Governance => {
                ("REALISATION_GOVERNANCE", "Realisation, governance", "Capaian governance")
            }
            Pillar::Branding => {
                ("REALISATION_BRANDING", "Realisation, branding", "Capaian branding")
            }
            Pillar::Economy => ("REALISATION_ECONOMY", "Realisation, economy", "Capaian economy"),
            Pillar::Living => ("REALISATION_LIVING", "Realisation, living", "Capaian living"),
            Pillar::Society => ("REALISATION_SOCIETY", "Realisation, society", "Capaian society"),
            Pillar::Environment => {
                ("REALISATION_ENVIRONMENT", "Realisation, environment", "Capaian environment")
            }
        },
        Measure::PillarScore(pillar) => match pillar {
            Pillar::Governance => ("SCORE_GOVERNANCE", "Score, governance", "Skor governance"),
            Pillar::Branding => ("SCORE_BRANDING", "Score, branding", "Skor branding"),
            Pillar::Economy => ("SCORE_ECONOMY", "Score, economy", "Skor economy"),
            Pillar::Living => ("SCORE_LIVING", "Score, living", "Skor living"),
            Pillar::Society => ("SCORE_SOCIETY", "Score, society", "Skor society"),
            Pillar::Environment => ("SCORE_ENVIRONMENT", "Score, environment", "Skor environment"),
        },
        Measure::ComponentScore(component) => match component {
            Component::Baseline => ("SCORE_BASELINE", "Score, baseline", "Skor baseline"),
            Component::Output => ("SCORE_OUTPUT", "Score, output", "Skor output"),
            Component::Outcome => ("SCORE_OUTCOME", "Score, outcome", "Skor outcome"),
            Component::Impact => ("SCORE_IMPACT", "Score, impact", "Skor dampak"),
            Component::QuickWin => ("SCORE_QUICK_WIN", "Score, quick win", "Skor quick win"),
        },
        Measure::Index
        | Measure::Improvement
        | Measure::PooledRealisation
        | Measure::MeanOfPillarsRealisation
        | Measure::PreviousIndex
        | Measure::NationalRank
        | Measure::ProvinceRank => {
            let (id, ..) = codes(measure);
            let known = MEASURES.into_iter().find(|(known, ..)| *known == id);
            known.unwrap_or((id, id, id))
        }
    };
    attribute(id, english, indonesian, Content::Decimal)
}

const fn attribute(
    id: &'static str,
    english: &'static str,
    indonesian: &'static str,
    content: Content,
) -> Column {
    Column { id, words: Words { english, indonesian }, role: Role::Attribute, content }
}

fn dimension(
    id: &'static str,
    english: &'static str,
    indonesian: &'static str,
    content: Content,
) -> Column {
    Column { role: Role::Dimension, ..attribute(id, english, indonesian, content) }
}
