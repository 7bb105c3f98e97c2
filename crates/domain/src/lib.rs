//! Words, rules and exact arithmetic of the smart-city evaluation; no I/O.
//!
//! Input is parsed once into these types and never checked again; time is an argument. Read
//! [`scoring`] for the formulas.

pub mod fault;

pub mod exact;
pub mod name;
pub mod vocabulary;

pub mod evaluation;
pub mod instrument;
pub mod registry;
pub mod tally;

pub mod scoring;

pub mod access;
pub mod api_key;

pub mod publication;
pub mod scorecard;
