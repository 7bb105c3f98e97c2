//! The columns of both layouts.

use takar_domain::{
    publication::Measure,
    vocabulary::{Component, Pillar},
};
use takar_store::Exported;

use crate::export::{
    codes::{
        MEASURES, NULL_REASONS, STATUSES, attribute, coded, codes, cycle, instrument,
        measure_columns, of_file, unit_columns, value_column, value_columns,
    },
    structure::{Code, Column, Content, Role, Words},
};

/// How many columns the long layout has.
pub(super) const LONG_COLUMNS: usize = 20;

/// A row for each observation.
pub(super) fn long(exported: &Exported) -> Vec<Column> {
    let mut columns = vec![region(exported, Role::Dimension), cycle(exported, Role::Dimension)];
    columns.extend(measure_columns());
    columns.extend([value_column(), region_name()]);
    columns.extend(value_columns());
    columns.extend([
        attribute("OBS_STATUS", "Observation status", "Status observasi", coded(&STATUSES)),
        attribute("NULL_REASON", "Why there is no value", "Alasan kosong", coded(&NULL_REASONS)),
    ]);
    columns.extend(unit_columns());
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

/// How the scorecard was published, and what the file says of itself.
fn of_scorecard(exported: &Exported) -> impl Iterator<Item = Column> + use<> {
    let published = [
        instrument(exported),
        attribute("REVISION", "Revision", "Revisi", Content::Integer),
        attribute("PUBLISH_TIME", "When it was published", "Waktu terbit", Content::Time),
        attribute("LETTER_NUMBER", "Number of the letter", "Nomor surat", Content::Text),
    ];
    published.into_iter().chain(of_file())
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
