//! The store against a real Postgres, one database a test.

mod hand;
mod support;

mod regions;
mod registry;
mod registry_updates;

mod evaluations;
mod evidence;
mod exports;
mod figures;
mod improvement;
mod populations;
mod publications;
mod reports;

mod public_state;
mod writes;

mod availability;
mod constraints;
