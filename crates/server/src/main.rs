//! The server's program, `takard`.

mod catalog_flags;
mod command;
mod identity_flags;
mod object_flags;
mod settings;
mod tls;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main()
}
