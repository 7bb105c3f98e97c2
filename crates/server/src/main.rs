//! `takard`, the gRPC server.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use takar_server::{
    Server,
    config::{Config, Flags},
};
use takar_store::Store;
use tokio::net::TcpListener;
use tonic::transport::Endpoint;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

/// Takar's gRPC server: the evaluation of Indonesia's smart cities, over Postgres.
#[derive(Parser)]
#[command(name = "takard", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves gRPC until SIGTERM or Ctrl-C, then lets the calls under way end.
    Serve(Flags),
    /// Brings the database's schema up to this version.
    Migrate(Flags),
    /// Reads the configuration and shows what is in force.
    CheckConfig(Flags),
    /// Asks a running server whether it is healthy; fails where it is not.
    Healthcheck(Flags),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("takard: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(flags) => serve(&Config::load(&flags)?).await,
        Command::Migrate(flags) => migrate(&Config::load(&flags)?).await,
        Command::CheckConfig(flags) => {
            let config = Config::load(&flags)?;
            Store::new(config.database_url()?, &config.connection()?)?;
            print!("{}", config.to_toml()?);
            Ok(())
        }
        Command::Healthcheck(flags) => healthcheck(&Config::load(&flags)?).await,
    }
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    takar_telemetry::init(config.log_format, &config.log_filter)?;
    let store = Store::new(config.database_url()?, &config.connection()?)?;
    store.ping().await?;
    let listener = TcpListener::bind(config.grpc_address)
        .await
        .with_context(|| format!("cannot listen on {}", config.grpc_address))?;
    tracing::info!(address = %listener.local_addr()?, "serving gRPC");
    let shutdown = async {
        if let Err(error) = takar_telemetry::shutdown_signal().await {
            tracing::error!(%error, "signals cannot be received; shutting down");
        }
    };
    Server::new(store.clone(), config.limits())
        .serve(listener, shutdown)
        .await?;
    store.close().await;
    Ok(())
}

async fn migrate(config: &Config) -> anyhow::Result<()> {
    takar_telemetry::init(config.log_format, &config.log_filter)?;
    let store = Store::new(config.database_url()?, &config.connection()?)?;
    store.migrate().await?;
    tracing::info!("the database's schema is up to date");
    Ok(())
}

async fn healthcheck(config: &Config) -> anyhow::Result<()> {
    let mut address = config.grpc_address;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let channel = Endpoint::from_shared(format!("http://{address}"))?
        .connect()
        .await?;
    let answer = HealthClient::new(channel)
        .check(HealthCheckRequest::default())
        .await?;
    let status = answer.into_inner().status();
    anyhow::ensure!(
        status == ServingStatus::Serving,
        "{address} is {}",
        status.as_str_name()
    );
    Ok(())
}
