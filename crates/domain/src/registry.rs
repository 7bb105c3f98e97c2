//! Regions, cohorts, cycles and programmes: what evaluations refer to.

use chrono::NaiveDate;

use crate::{
    name::{CohortId, CycleId, InstrumentId, ProgramId, RegionCode},
    region_history::RegionHistory,
    vocabulary::{Pillar, RegionKind},
};

/// The most members of a cohort: all 514 regencies and cities, and room for those to come.
pub const COHORT_MEMBERS_MAX: usize = 1_000;

/// A province, kabupaten or kota (daerah).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its current code.
    pub code: RegionCode,
    /// What it is.
    pub kind: RegionKind,
    /// Its name with its kind: `Kabupaten Kebumen`.
    pub display_name: String,
    /// Codes that it had before, newest first.
    pub former_codes: Vec<FormerCode>,
    /// What became of it; nothing yet of a new one.
    pub history: RegionHistory,
}

/// A code that a region had before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormerCode {
    /// The code.
    pub code: RegionCode,
    /// The last day on which it was in force, where a source states it.
    pub end_date: Option<NaiveDate>,
    /// Where the change is stated.
    pub source: String,
}

/// A named set of regions (kelompok).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// Its id.
    pub id: CohortId,
    /// What it is called.
    pub display_name: String,
    /// Where the membership is stated.
    pub source: String,
    /// Its regions, by code.
    pub members: Vec<CohortMember>,
}

/// A region of a cohort.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CohortMember {
    /// The region's current code.
    pub region: RegionCode,
    /// The region's name.
    pub display_name: String,
}

/// One round of the evaluation (tahun atau tahap evaluasi).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Its id.
    pub id: CycleId,
    /// What it is called.
    pub display_name: String,
    /// The instrument by which it is scored.
    pub instrument: InstrumentId,
    /// The cycle before, with whose index improvement is measured; `None` for the first one.
    pub previous_cycle: Option<CycleId>,
}

/// A programme of a region's masterplan (program).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The region's current code.
    pub region: RegionCode,
    /// Its id within the region.
    pub id: ProgramId,
    /// The pillar to which it belongs.
    pub pillar: Pillar,
    /// What it is called.
    pub display_name: String,
    /// The agency that runs it; empty where no source states it.
    pub owner_agency: String,
    /// Whether it is the region's flagship of its pillar.
    pub flagship: bool,
    /// Whether it was planned as a quick win.
    pub quick_win: bool,
    /// Where it is stated.
    pub source: String,
}
