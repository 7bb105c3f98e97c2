//! The gateway's program.

mod command;
mod flags;
mod listen;
mod settings;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Much of what a request takes is large, and given back by another thread than took it: there the
/// system's allocator is slow, and has threads wait for each other.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    command::main()
}
