//! `takar up`: the database, the gRPC server and the gateway in one process.
//!
//! They start in that order, with the sample data between the server and the gateway, so that the
//! gateway's `/readyz` answers once all is there; and they stop in the reverse order.

mod announce;
mod development_key;
mod listen;
mod sample;
mod shutdown;

use std::path::Path;

use takar_embedded_postgres::{Cluster, Progress, Settings, default_data_directory};
use takar_gateway::{Gateway, Limits as GatewayLimits, Upstream};
use takar_objects::Objects;
use takar_server::{CatalogSettings, CatalogTable, Limits, ServeError, Server};
use tokio::{
    sync::oneshot,
    task::{JoinError, JoinHandle, spawn_blocking},
};

use self::{listen::Reserved, shutdown::Shutdown};
use crate::{arguments::Up, error::Error, language::Language, output, text::Message};

/// The database that a new cluster has. It is ours alone, so it needs no name of its own.
const DATABASE: &str = "postgres";

/// Where files of evidence are, in the data directory.
const OBJECTS: &str = "objects";

/// The licence of the sample's regions.
const SAMPLE_LICENCE_URL: &str = "https://opendatacommons.org/licenses/odbl/1-0/";

/// Runs everything until SIGTERM or Ctrl-C.
///
/// # Errors
/// Where something cannot start, or stops by itself.
pub(crate) async fn run(arguments: &Up, language: Language) -> Result<(), Error> {
    takar_telemetry::init(arguments.log_format, &arguments.log_filter).map_err(Error::Logging)?;
    let shutdown = Shutdown::on_signals(language);
    let settings = postgres_settings(arguments);
    let cluster = start_postgres(settings, language).await?;
    let outcome = serve(&cluster, arguments, language, &shutdown).await;
    let stopped = spawn_blocking(|| cluster.stop()).await.map_err(Error::Task)?;
    // Why it ended says more than that Postgres, then, did not end well either.
    outcome.and(stopped.map_err(|error| Error::Postgres(Box::new(error))))
}

fn postgres_settings(arguments: &Up) -> Settings {
    let directory = arguments.data_dir.clone();
    let mut settings = Settings::new(directory.unwrap_or_else(default_data_directory));
    settings.fetch = !arguments.no_fetch;
    if let Some(chosen) = &arguments.postgres_bin {
        settings.search.chosen = Some(chosen.clone());
    }
    settings
}

async fn start_postgres(settings: Settings, language: Language) -> Result<Cluster, Error> {
    let start = move || Cluster::start(&settings, |progress| tell(progress, language));
    let cluster = spawn_blocking(start).await.map_err(Error::Task)?;
    cluster.map_err(|error| Error::Postgres(Box::new(error)))
}

fn tell(progress: Progress<'_>, language: Language) {
    let said = match progress {
        Progress::Fetching { version, into } => Message::FetchingPostgres {
            version: &version.to_string(),
            into: &into.display().to_string(),
        }
        .say(language),
        Progress::Initialising { directory, version } => Message::InitialisingPostgres {
            version: &version.to_string(),
            directory: &directory.display().to_string(),
        }
        .say(language),
        Progress::AwaitingPredecessor { pid } => Message::AwaitingPredecessor { pid }.say(language),
        Progress::Starting { binaries, version } => Message::StartingPostgres {
            version: &version.to_string(),
            binaries: &binaries.display().to_string(),
        }
        .say(language),
        // A step that we don't know yet is said in English.
        other => other.to_string(),
    };
    output::tell(&said);
}

/// Serves on a running database until the shutdown, then lets what is under way end.
async fn serve(
    cluster: &Cluster,
    arguments: &Up,
    language: Language,
    shutdown: &Shutdown,
) -> Result<(), Error> {
    let grpc = Reserved::at(arguments.grpc, "--grpc")?;
    let http = Reserved::at(arguments.http, "--http")?;
    let database_url = cluster.url(DATABASE);
    let server = tokio::select! {
        opened = Server::open(&database_url, Limits::default()) => opened.map_err(|error| Error::Database(Box::new(error)))?,
        () = shutdown.requested() => return Ok(()),
    };
    // It is for trying out.
    let server = server.with_simulation();
    let objects = Objects::in_directory(cluster.data_directory().join(OBJECTS));
    let server = server.with_objects(objects.map_err(|error| Error::Objects(Box::new(error)))?);
    let addresses = announce::Addresses { grpc: grpc.reachable(), http: http.reachable() };
    let server = server.with_catalog(catalog(&addresses)?);
    let mut grpc_server = GrpcServer::start(&server, grpc)?;
    let ended = tokio::select! {
        ended = serve_rest(cluster, &server, &addresses, http, arguments, language, shutdown) => ended,
        ended = grpc_server.ended() => Err(Error::ServerStopped(ended.err())),
        _status = cluster.exited() => Err(Error::PostgresDied { log: cluster.log() }),
    };
    let drained = grpc_server.stop().await;
    server.close().await;
    ended.and(drained.map_err(|error| Error::ServerStopped(Some(error))))
}

/// A catalogue for this machine. What is published of the sample rests on regions under this licence.
fn catalog(addresses: &announce::Addresses) -> Result<CatalogSettings, Error> {
    let table = CatalogTable {
        public_url: Some(addresses.gateway_url()),
        licence_url: Some(SAMPLE_LICENCE_URL.to_owned()),
        ..CatalogTable::default()
    };
    CatalogSettings::parse(table).map_err(|faults| Error::Gateway(faults.into()))
}

/// Imports the sample data, then opens the gateway and serves until the shutdown.
async fn serve_rest(
    cluster: &Cluster,
    server: &Server,
    addresses: &announce::Addresses,
    http: Reserved,
    arguments: &Up,
    language: Language,
    shutdown: &Shutdown,
) -> Result<(), Error> {
    let server_url = addresses.server_url();
    tokio::select! {
        filled = fill(server, &server_url, cluster.data_directory(), arguments, language) => filled?,
        () = shutdown.requested() => return Ok(()),
    }
    let upstream = Upstream::parse(&server_url).map_err(|error| Error::Gateway(error.into()))?;
    // Who comes here is on this machine, so a limit for each client would be one for all.
    let limits = GatewayLimits { requests_per_second: 0, ..GatewayLimits::default() };
    let gateway = Gateway::new(takar_proto::DESCRIPTOR_SET, &upstream, limits)
        .map_err(|error| Error::Gateway(error.into()))?;
    let listener = http.listen()?;
    if let Err(error) = announce::running(cluster, addresses, language) {
        // It runs all the same; whoever closed standard output knows.
        output::tell(&format!("takar: {}", error.describe(language)));
    }
    let stop = shutdown.clone();
    let ended = gateway.serve(listener, async move { stop.requested().await }).await;
    match ended {
        Ok(()) if shutdown.is_requested() => Ok(()),
        ended => Err(Error::GatewayStopped(ended.err())),
    }
}

/// Makes the development key, and imports the sample data with it.
async fn fill(
    server: &Server,
    server_url: &str,
    data_directory: &Path,
    arguments: &Up,
    language: Language,
) -> Result<(), Error> {
    let client = development_key::client(server, server_url, data_directory, language).await?;
    if arguments.no_sample { Ok(()) } else { sample::import(client, language).await }
}

/// The gRPC server in a task of its own, as it must outlive the gateway.
struct GrpcServer {
    task: JoinHandle<Result<(), ServeError>>,
    has_ended: bool,
    stop: oneshot::Sender<()>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl GrpcServer {
    fn start(server: &Server, address: Reserved) -> Result<Self, Error> {
        let listener = address.listen()?;
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            // The sender's end means the same.
            let _ = stopped.await;
        };
        Ok(Self {
            task: tokio::spawn(server.clone().serve(listener, shutdown)),
            has_ended: false,
            stop,
        })
    }

    /// Ready once the server has ended by itself.
    async fn ended(&mut self) -> Result<(), Failure> {
        let ended = (&mut self.task).await;
        self.has_ended = true;
        flatten(ended)
    }

    /// Lets the calls under way end.
    async fn stop(self) -> Result<(), Failure> {
        if self.has_ended {
            return Ok(());
        }
        // A server that ends at this very moment doesn't listen any more.
        let _ = self.stop.send(());
        flatten(self.task.await)
    }
}

fn flatten(ended: Result<Result<(), ServeError>, JoinError>) -> Result<(), Failure> {
    match ended {
        Ok(served) => served.map_err(Failure::from),
        Err(panicked) => Err(Failure::from(panicked)),
    }
}
