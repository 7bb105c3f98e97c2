//! The only SQL of Takar: migrations, queries, and rows into domain types.
//!
//! One module a table family; each turns its rows into domain types in one function. Rules that must
//! never break are constraints of the database and come back as named [`Error`]s.

mod connection;
mod error;
mod page;

mod audit;
mod write;

mod cohorts;
mod cycles;
mod instruments;
mod programs;
mod region_changes;
mod regions;

mod changes;
mod earlier_indexes;
mod evaluation_rows;
mod evaluations;
mod evidence;
mod exports;
mod imports;
mod kept_evaluations;
mod populations;
mod publications;
mod reports;
mod trends;

mod api_keys;
mod counts;
mod public_state;
mod simulations;
mod upkeep;

pub use api_keys::{NewApiKey, Opened, StoredApiKey};
pub use audit::{AuditFilter, ChainEnd, StoredEntry};
pub use connection::{ConnectionSettings, Store};
pub use error::{Error, Precondition, Resource, Result};
pub use evaluations::{AsOf, EvaluationFilter, EvaluationKey, LockedEvaluation};
pub use evidence::{EvidenceFilter, StoredEvidence};
pub use exports::{Exported, PublishedAs, PublishedCycle};
pub use imports::{
    ImportFilter, ImportRegion, ImportedEvaluation, ImportedProgram, StagedRow, Unbegun,
};
pub use page::{PAGE_SIZE_MAX, Page};
pub use public_state::PublicStateListener;
pub use publications::StoredScorecard;
pub use region_changes::LockedRegion;
pub use regions::RegionFilter;
pub use write::{Begun, Call, RequestKey, Write};
