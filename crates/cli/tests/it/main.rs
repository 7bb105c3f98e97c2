//! The tool and `takar up` as a person runs them: the real binary, a real database.

mod access;
mod aggregates;
mod analyses;
mod crash;
mod export;
mod help;
mod import;
mod repeat;
mod sample;
mod simulate;
mod spreadsheets;
mod support;
mod tls;
mod workflow;
