//! The gateway's program.

mod command;
mod flags;
mod listen;
mod settings;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main()
}
