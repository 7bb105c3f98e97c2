//! Imports of spreadsheets: programmes, reports, tallies and scores of many regions at once.
//!
//! In reading order: [`cell`] is what a spreadsheet holds, [`columns`] what its first row must say,
//! [`row`] reads one row into what it asks for; here is what becomes of it all.

mod cell;
mod columns;
mod row;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use self::{
    cell::Cell,
    columns::{Columns, columns_of},
    row::{Entry, Reader, Row, Subject},
};
use crate::{
    access::Principal,
    digest::Sha256Digest,
    fault::Fault,
    name::{CycleId, RegionCode},
    policy,
    vocabulary::{Role, words},
};

/// The most rows of a file: three times the 31,000 programmes of all 514 regions, and held in memory.
pub const ROWS_MAX: usize = 100_000;

/// The most faults that are kept and shown of one import: who has more begins with these, and a
/// message that holds them stays well below a megabyte.
pub const ERRORS_SHOWN_MAX: usize = 1_000;

/// How many hexadecimal digits an import's id has: 128 bits, so that no two meet by chance.
const ID_DIGITS: usize = 32;

words! {
    /// What the rows of a file are.
    Kind, "programs, program_reports, tallies or scores" {
        /// Programmes of masterplans.
        Programs = "programs",
        /// Reports on programmes in a cycle.
        ProgramReports = "program_reports",
        /// Counts of programmes in a cycle.
        Tallies = "tallies",
        /// Final scores in a cycle.
        Scores = "scores",
    }
}

words! {
    /// What is written where rows are at fault.
    Atomicity, "file or region" {
        /// All rows of the file or none.
        File = "file",
        /// All rows of a region or none of that region.
        Region = "region",
    }
}

words! {
    /// What became of an import.
    State, "running, succeeded, partial or refused" {
        /// It is under way, or was cut off.
        Running = "running",
        /// All rows are written.
        Succeeded = "succeeded",
        /// Some regions are written, others refused.
        Partial = "partial",
        /// Nothing is written.
        Refused = "refused",
    }
}

impl Kind {
    /// Whether the rows are of a cycle.
    pub const fn is_of_cycle(self) -> bool {
        !matches!(self, Self::Programs)
    }

    /// The methods that write the same, row by row.
    const fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Programs => &["RegistryService/CreateProgram", "RegistryService/UpdateProgram"],
            Self::ProgramReports => &["EvaluationService/ReportPrograms"],
            Self::Tallies => &["EvaluationService/ReportTallies"],
            Self::Scores => &["EvaluationService/ModerateEvaluation"],
        }
    }

    /// Whether the policy lets the role write such rows one by one, for some region at least.
    pub fn is_written_by(self, role: Role) -> bool {
        self.methods().iter().all(|method| {
            policy::rule(method)
                .is_some_and(|rule| rule.admits.iter().any(|(admitted, _)| *admitted == role))
        })
    }
}

/// A cell or a row that is at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowFault {
    /// The row, as a spreadsheet counts.
    pub row: u32,
    /// The column's name; empty for the row as a whole.
    pub column: String,
    /// What stands there.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

impl RowFault {
    /// A fault found in a row; its field is the column.
    pub fn new(row: u32, fault: Fault) -> Self {
        let Fault { field, value, allowed } = fault;
        Self { row, column: field, value, allowed }
    }
}

/// What is imported, and how: the same twice is the same import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The current code of the region that all rows must be of; `None` for any.
    pub region: Option<RegionCode>,
    /// What the rows are.
    pub kind: Kind,
    /// The cycle; `None` for programmes.
    pub cycle: Option<CycleId>,
    /// What is written where rows are at fault.
    pub atomicity: Atomicity,
    /// The source of rows that name none.
    pub source: String,
    /// The sheet that was asked for.
    pub sheet: String,
    /// The file's digest.
    pub sha256: Sha256Digest,
}

impl Order {
    /// The id, which follows from all of it.
    pub fn id(&self) -> ImportId {
        let Self { region, kind, cycle, atomicity, source, sheet, sha256 } = self;
        let parts = [
            region.as_ref().map_or("", RegionCode::as_str),
            kind.as_str(),
            cycle.as_ref().map_or("", CycleId::as_str),
            atomicity.as_str(),
            source,
            sheet,
        ];
        let mut hash = Sha256::new().chain_update(sha256.as_bytes());
        for part in parts {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let mut digits = Sha256Digest::from_bytes(hash.finalize().into()).to_string();
        digits.truncate(ID_DIGITS);
        ImportId(digits)
    }
}

/// The id of an import.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportId(String);

impl ImportId {
    /// Reads an id.
    ///
    /// # Errors
    /// A [`Fault`] where it is not 32 of `0-9` and `a-f`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == ID_DIGITS && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Fault::new(text, format!("{ID_DIGITS} hexadecimal digits, 0-9 and a-f")))
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How many rows did what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Were new.
    pub rows_created: usize,
    /// Changed what was there.
    pub rows_updated: usize,
    /// Were there already.
    pub rows_unchanged: usize,
    /// Regions that are written.
    pub regions_written: usize,
    /// Evaluations that were begun.
    pub evaluations_created: usize,
}

impl Counts {
    /// Counts a row.
    pub const fn count(&mut self, effect: Effect) {
        match effect {
            Effect::Created => self.rows_created += 1,
            Effect::Updated => self.rows_updated += 1,
            Effect::Unchanged => self.rows_unchanged += 1,
        }
    }
}

/// What a row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is new.
    Created,
    /// It changes what is there.
    Updated,
    /// It is there already.
    Unchanged,
}

impl Effect {
    /// What a row does that brings `new` where there is `existing`.
    pub fn of<T: PartialEq>(existing: Option<&T>, new: &T) -> Self {
        match existing {
            None => Self::Created,
            Some(existing) if existing == new => Self::Unchanged,
            Some(_) => Self::Updated,
        }
    }
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended, so far.
    pub state: State,
    /// How many rows the file has.
    pub rows: usize,
    /// How many regions it has rows of.
    pub regions: usize,
    /// What was written.
    pub counts: Counts,
    /// How many faults there are.
    pub error_count: usize,
    /// The first of them, by row.
    pub errors: Vec<RowFault>,
}

impl Outcome {
    /// An import that begins.
    pub const fn running(rows: usize, regions: usize) -> Self {
        let counts = Counts {
            rows_created: 0,
            rows_updated: 0,
            rows_unchanged: 0,
            regions_written: 0,
            evaluations_created: 0,
        };
        Self { state: State::Running, rows, regions, counts, error_count: 0, errors: Vec::new() }
    }

    /// An import that ended with these faults, so many regions being written.
    #[must_use]
    pub fn ended(self, counts: Counts, mut faults: Vec<RowFault>) -> Self {
        faults.sort_by(|one, other| (one.row, &one.column).cmp(&(other.row, &other.column)));
        let state = match (faults.is_empty(), counts.regions_written) {
            (true, _) => State::Succeeded,
            (false, 0) => State::Refused,
            (false, _) => State::Partial,
        };
        let error_count = faults.len();
        faults.truncate(ERRORS_SHOWN_MAX);
        Self { state, counts, error_count, errors: faults, ..self }
    }
}

/// An import that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// What was asked for.
    pub order: Order,
    /// What came of it.
    pub outcome: Outcome,
    /// Who asked for it last.
    pub principal: Principal,
    /// When it was first begun.
    pub create_time: DateTime<Utc>,
    /// When it came to its state.
    pub update_time: DateTime<Utc>,
}

#[cfg(test)]
mod tests;
