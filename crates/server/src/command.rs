//! The subcommands.

use std::{net::Ipv4Addr, process::ExitCode, time::Duration};

use anyhow::Context as _;
use clap::Parser as _;
use takar_objects::Objects;
use takar_server::{Server, identity::Identifier};
use takar_store::Store;
use takar_tls::Acceptor;
use tokio::{net::TcpListener, runtime::Runtime};
use tonic::transport::Endpoint;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::settings::{Flags, Settings};

/// How long a healthcheck waits: health is known beforehand, so the answer comes at once.
const HEALTHCHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Said where it can't be told where files of evidence are.
const OBJECTS_WRONG: &str = "the settings of the files of evidence, objects_..., are wrong";

/// Takar's gRPC server: the evaluation of Indonesia's smart cities, over Postgres.
#[derive(clap::Parser)]
#[command(name = "takard", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    flags: Flags,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Serve gRPC until SIGTERM or Ctrl-C, then let the calls under way end.
    Serve,
    /// Bring the database's schema up to this version.
    Migrate,
    /// Create an API key and print its secret, which is not shown again. It makes the first key: the
    /// API itself wants one.
    CreateKey {
        /// Which person or system it is for.
        #[arg(long, value_name = "NAME")]
        name: String,
        /// What it may do, once for each role: `administrator`, `secretariat`, `assessor`,
        /// `operator=33.05,33.06`, `integrator=*`.
        #[arg(long = "role", value_name = "GRANT", required = true)]
        roles: Vec<String>,
    },
    /// Read the settings, print those in force, and exit.
    CheckConfig,
    /// Exit with 0 if the server that has these settings is healthy.
    Healthcheck,
}

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("takard: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let settings = Settings::load(&arguments.flags)?;
    let runtime = Runtime::new().context("the runtime can't start")?;
    // Even a store that is never used has a pool, which wants a runtime around it.
    let _entered = runtime.enter();
    match &arguments.command {
        Command::Serve => runtime.block_on(serve(&settings)),
        Command::Migrate => runtime.block_on(migrate(&settings)),
        Command::CreateKey { name, roles } => runtime.block_on(create_key(&settings, name, roles)),
        Command::CheckConfig => check_config(&settings),
        Command::Healthcheck => runtime.block_on(healthcheck(&settings)),
    }
}

async fn serve(settings: &Settings) -> anyhow::Result<()> {
    takar_telemetry::init(settings.log_format, &settings.log_filter)?;
    let acceptor = acceptor(settings)?;
    let identifier = settings.identity()?.map(Identifier::new).transpose()?;
    let catalog = settings.catalog()?;
    let store = store(settings)?;
    store.connect().await?;
    let objects = objects(settings).await?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("can't listen on {}", settings.listen))?;
    tracing::info!(listen = %listener.local_addr()?, "serving");
    let shutdown = async {
        if let Err(error) = takar_telemetry::shutdown_signal().await {
            tracing::error!(%error, "can't wait for signals");
        }
    };
    let mut server = Server::new(store.clone(), settings.limits()).with_objects(objects);
    if settings.allow_simulation {
        server = server.with_simulation();
    }
    if let Some(acceptor) = acceptor {
        server = server.with_tls(acceptor);
    }
    if let Some(identifier) = identifier {
        server = server.with_identifier(identifier);
    }
    if let Some(catalog) = catalog {
        server = server.with_catalog(catalog);
    }
    server.serve(listener, shutdown).await?;
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    takar_telemetry::init(settings.log_format, &settings.log_filter)?;
    store(settings)?.migrate().await?;
    tracing::info!("the database's schema is up to date");
    Ok(())
}

/// Prints nothing but the secret, so that it can go into a file or a vault as it is.
async fn create_key(settings: &Settings, name: &str, roles: &[String]) -> anyhow::Result<()> {
    let store = store(settings)?;
    store.connect().await?;
    let roles: Vec<_> = roles.iter().map(String::as_str).collect();
    let server = Server::new(store.clone(), settings.limits());
    let secret = server.create_api_key(name, &roles).await.context("the key can't be created")?;
    store.close().await;
    println!("{secret}");
    Ok(())
}

fn check_config(settings: &Settings) -> anyhow::Result<()> {
    store(settings)?;
    settings.identity()?;
    settings.catalog()?;
    acceptor(settings)?;
    settings.objects().check().context(OBJECTS_WRONG)?;
    println!("{}", serde_json::to_string_pretty(&settings.shown())?);
    Ok(())
}

fn store(settings: &Settings) -> anyhow::Result<Store> {
    Ok(Store::new(settings.database_url()?, &settings.connection()?)?)
}

/// The files of evidence, which can be written to: a mistake shows now, not at the first upload.
async fn objects(settings: &Settings) -> anyhow::Result<Objects> {
    let objects = Objects::open(&settings.objects()).context(OBJECTS_WRONG)?;
    objects.ping().await.context("files of evidence can't be stored")?;
    Ok(objects)
}

fn acceptor(settings: &Settings) -> anyhow::Result<Option<Acceptor>> {
    let tls = settings.tls()?;
    tls.map(|tls| tls.acceptor()).transpose().context("TLS can't be served")
}

async fn healthcheck(settings: &Settings) -> anyhow::Result<()> {
    let mut address = settings.listen;
    if address.ip().is_unspecified() {
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    let endpoint = match settings.tls()? {
        None => Endpoint::from_shared(format!("http://{address}"))?,
        Some(tls) => tls.secure(Endpoint::from_shared(format!("https://{address}"))?)?,
    };
    let endpoint = endpoint.timeout(HEALTHCHECK_TIMEOUT);
    let channel = endpoint.connect().await.with_context(|| format!("{address} can't be asked"))?;
    let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await?;
    let status = answer.into_inner().status();
    anyhow::ensure!(status == ServingStatus::Serving, "not healthy: {}", status.as_str_name());
    Ok(())
}
