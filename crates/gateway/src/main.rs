//! The gateway's program.

mod command;
mod settings;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main()
}
