//! Words, rules and exact arithmetic of the smart-city evaluation; no I/O.
//!
//! Input is parsed once into these types and never checked again; time is an argument. Read
//! [`scoring`] for the formulas.

pub mod fault;

pub mod digest;
pub mod exact;
pub mod name;
pub mod vocabulary;

pub mod access;
pub mod api_key;
pub mod policy;

pub mod assessment;
pub mod deadline;
pub mod evaluation;
pub mod evidence;
pub mod evidence_file;
pub mod instrument;
pub mod quick_win;
pub mod region_history;
pub mod registry;
pub mod rupiah;
pub mod tally;

pub mod import;
pub mod life;
pub mod workflow;

pub mod composite;
pub mod scoring;

pub mod explanation;
pub mod publication;
pub mod scorecard;

pub mod population;
pub mod ranking;
pub mod robustness;
pub mod shortlist;
pub mod statistics;
pub mod summary;
pub mod trend;
pub mod what_if;

pub mod observation;

pub mod audit;
pub mod filter;
pub mod simulation;
