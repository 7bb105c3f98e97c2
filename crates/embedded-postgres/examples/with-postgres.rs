//! Runs a command with `DATABASE_URL` set to a database in a temporary Postgres.
//!
//! `with-postgres --migrations crates/store/migrations -- cargo sqlx prepare --check`

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode, ExitStatus},
};

use anyhow::Context;
use clap::Parser;
use sqlx::{ConnectOptions, Connection, migrate::Migrator, postgres::PgConnectOptions};
use takar_embedded_postgres::{Settings, TemporaryCluster};

/// The database that every cluster has.
const DATABASE: &str = "postgres";

/// Runs a command with `DATABASE_URL` set to a database in a temporary Postgres.
#[derive(Parser)]
struct Arguments {
    /// A directory of SQL migrations to apply first
    #[arg(long, value_name = "DIR")]
    migrations: Option<PathBuf>,
    /// Never fetch portable Postgres binaries
    #[arg(long)]
    no_fetch: bool,
    /// The command and its arguments
    #[arg(required = true, last = true)]
    command: Vec<String>,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let settings = Settings { fetch: !arguments.no_fetch, ..Settings::new("") };
    let temporary = TemporaryCluster::start(&settings, |step| eprintln!("{step}"))?;
    let url = temporary.cluster().url(DATABASE);
    if let Some(migrations) = &arguments.migrations {
        migrate(&url, migrations)?;
    }
    let status = run(&arguments.command, &url)?;
    // A command killed by a signal has no code of its own.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

#[tokio::main(flavor = "current_thread")]
async fn migrate(url: &str, migrations: &Path) -> anyhow::Result<()> {
    let context = || format!("applying the migrations in {}", migrations.display());
    let migrator = Migrator::new(migrations).await.with_context(context)?;
    let options: PgConnectOptions = url.parse()?;
    let mut connection = options.connect().await?;
    migrator.run(&mut connection).await.with_context(context)?;
    Ok(connection.close().await?)
}

fn run(command: &[String], url: &str) -> anyhow::Result<ExitStatus> {
    let (program, arguments) = command.split_first().context("no command was given")?;
    Command::new(program)
        .args(arguments)
        .env("DATABASE_URL", url)
        .status()
        .with_context(|| format!("running {program}"))
}
