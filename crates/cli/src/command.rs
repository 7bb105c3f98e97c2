//! From the command line to the commands, and from their errors to the exit code.

use std::{io, process::ExitCode};

use clap::{CommandFactory as _, Parser as _};
use clap_complete::Shell;
use tokio::runtime::Runtime;

use crate::{
    aggregate, analysis,
    arguments::{Arguments, Command, Common},
    audit,
    error::Error,
    evaluation, export, import, key, output, reference, region, scorecard, simulate, up,
};

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    let Arguments { command, common } = Arguments::parse();
    let language = common.language();
    match run(command, &common) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader has seen enough.
        Err(Error::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            output::tell(&format!("takar: {}", error.describe(language)));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, common: &Common) -> Result<(), Error> {
    let runtime = Runtime::new().map_err(Error::Runtime)?;
    runtime.block_on(async {
        match command {
            Command::Up(arguments) => up::run(&arguments, common.language()).await,
            Command::Region(command) => region::run(command, common).await,
            Command::Evaluation(command) => evaluation::run(command, common).await,
            Command::Key(command) => key::run(command, common).await,
            Command::Audit(command) => audit::run(command, common).await,
            Command::Scorecard(command) => scorecard::run(command, common).await,
            Command::Export(command) => export::run(command, common).await,
            Command::Summary(command) => aggregate::summary(command, common).await,
            Command::Ranking(command) => aggregate::ranking(command, common).await,
            Command::Trend(command) => aggregate::trend(command, common).await,
            Command::Shortlist(command) => aggregate::shortlist(command, common).await,
            Command::WhatIf(command) => analysis::what_if(command, common).await,
            Command::Robustness(command) => analysis::robustness(command, common).await,
            Command::Cohort(command) => reference::cohort(command, common).await,
            Command::Cycle(command) => reference::cycle(command, common).await,
            Command::Instrument(command) => reference::instrument(command, common).await,
            Command::Import(arguments) => import::run(&arguments, common).await,
            Command::Simulate(simulate) => simulate::run(&simulate, common).await,
            Command::Completions { shell } => completions(shell),
        }
    })
}

fn completions(shell: Shell) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "takar", &mut script);
    output::write(&String::from_utf8_lossy(&script))
}
