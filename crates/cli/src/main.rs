//! `takar`: the operator's tool, and `takar up`.
//!
//! In reading order: [`arguments`], [`command`]; the commands [`up`], [`region`], [`evaluation`],
//! [`scorecard`], [`aggregate`], [`analysis`], [`export`], [`mod@reference`], [`import`], [`key`],
//! [`audit`]; below them [`client`] with its
//! [`credential`], [`change`], [`contract`], [`output`], [`table`]; and what a person is told in
//! [`text`] and [`error`], in Indonesian or English.

mod arguments;
mod command;

mod aggregate;
mod analysis;
mod audit;
mod evaluation;
mod export;
mod import;
mod key;
mod reference;
mod region;
mod scorecard;
mod simulate;
mod up;

mod change;
mod client;
mod contract;
mod credential;
mod output;
mod table;

mod error;
mod language;
mod text;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main()
}
