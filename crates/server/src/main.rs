//! The server's program, `takard`.

mod command;
mod settings;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main()
}
