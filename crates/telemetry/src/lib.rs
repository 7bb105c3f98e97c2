//! Logs and the shutdown signal, shared by the binaries.

use std::io::{self, IsTerminal as _};

use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// What is logged unless a filter says otherwise: our own work, and others' warnings.
pub const DEFAULT_FILTER: &str = "warn,takar=info";

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For a person at a terminal.
    #[default]
    Text,
    /// One JSON object a line, for a collector.
    Json,
}

/// Starts logging to standard error; standard output belongs to the program's answers.
///
/// `filter` is in the syntax of `RUST_LOG`: `info,takar_store=debug`.
///
/// # Errors
/// `InvalidInput` where the filter cannot be read, `AlreadyExists` where logging runs already.
pub fn init(format: LogFormat, filter: &str) -> io::Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("log filter {filter:?}: {error}"))
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A closed standard error must not end the program, nor be complained of on itself.
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    }
    .map_err(|error| io::Error::new(io::ErrorKind::AlreadyExists, error))
}

/// Waits for SIGTERM (an orchestrator) or SIGINT (Ctrl-C), and says which came.
///
/// # Errors
/// Where the handlers cannot be installed.
pub async fn shutdown_signal() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal = name, "shutting down");
    Ok(())
}
