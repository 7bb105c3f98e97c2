//! The only SQL of Takar: migrations, queries, and rows into domain types.
//!
//! One module a table family; each turns its rows into domain types in one function. Rules that must
//! never break are constraints of the database and come back as named [`Error`]s.

mod connection;
mod error;
mod page;

mod cohorts;
mod cycles;
mod instruments;
mod programs;
mod regions;

mod earlier_indexes;
mod evaluations;
mod publications;
mod reports;

pub use connection::{ConnectionSettings, Store};
pub use error::{Error, Precondition, Resource, Result};
pub use evaluations::{EvaluationFilter, EvaluationKey};
pub use page::{PAGE_SIZE_MAX, Page};
pub use publications::StoredScorecard;
pub use regions::RegionFilter;
