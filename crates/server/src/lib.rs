//! The gRPC service over the store.
//!
//! A request goes from a service's handler through [`convert`] into domain types, to the store, and
//! back the same way. Errors become statuses in [`error`] alone.

mod server;

mod access;
mod convert;
mod descriptors;
mod error;
mod list;
mod name;
mod page;
mod population;

mod etag;
mod mask;
mod write;

mod access_service;
mod aggregates;
mod analysis;
mod evaluation_service;
mod evidence_service;
mod export;
mod region_changes;
mod registry_service;
mod scorecard_reads;
mod simulation_service;
mod updates;

mod import;
mod spreadsheet;

pub mod identity;

mod deadline;
mod freshness;
mod observe;

pub use access_service::KeyError;
pub use export::{CatalogSettings, CatalogTable};
pub use server::{Limits, ServeError, Server};
