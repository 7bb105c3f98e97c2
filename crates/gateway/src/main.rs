//! The gateway's program.

mod command;
mod listen;
mod settings;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main()
}
