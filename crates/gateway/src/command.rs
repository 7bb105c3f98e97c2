//! The subcommands.

use std::{fs, net::SocketAddr, process::ExitCode, time::Duration};

use anyhow::{Context as _, bail};
use clap::Parser as _;
use http::{Request, StatusCode, header};
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use takar_gateway::Gateway;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream, UnixStream},
    runtime::Runtime,
    time::timeout,
};

use crate::{
    flags::Flags,
    listen::{Listen, bind_unix, reachable},
    settings::Settings,
};

/// How long a healthcheck waits: more than the gateway itself waits for the server to say.
const HEALTHCHECK_TIMEOUT: Duration = Duration::from_secs(4);

/// A JSON gateway in front of a gRPC service, driven by its descriptors.
#[derive(Debug, clap::Parser)]
#[command(name = "takar-gateway", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Clone, Copy, Debug, Default, clap::Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl-C (the default).
    #[default]
    Serve,
    /// Exit with 0 if the gateway that has these settings, and its server, are ready.
    Healthcheck,
    /// Read the settings and the descriptors, print the settings in force, and exit.
    CheckConfig,
}

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("takar-gateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let settings = Settings::load(&arguments.flags)?;
    let runtime = Runtime::new().context("the runtime can't start")?;
    // Even a gateway that never serves has a channel, which wants a runtime around it.
    let _entered = runtime.enter();
    match arguments.command.unwrap_or_default() {
        Command::Serve => runtime.block_on(serve(&settings)),
        Command::Healthcheck => runtime.block_on(healthcheck(&settings)),
        Command::CheckConfig => check_config(&settings),
    }
}

async fn serve(settings: &Settings) -> anyhow::Result<()> {
    takar_telemetry::init(settings.log_format, &settings.log_filter)?;
    let gateway = gateway(settings)?;
    let shutdown = async {
        if let Err(error) = takar_telemetry::shutdown_signal().await {
            tracing::error!(%error, "can't wait for signals");
        }
    };
    let upstream = &settings.upstream;
    let refused = || format!("can't listen on {}", settings.listen);
    match &settings.listen {
        Listen::Tcp(address) => {
            let listener = TcpListener::bind(address).await.with_context(refused)?;
            tracing::info!(listen = %listener.local_addr()?, upstream, "serving");
            gateway.serve(listener, shutdown).await?;
        }
        Listen::Unix(path) => {
            let (listener, _file) = bind_unix(path).await.with_context(refused)?;
            tracing::info!(listen = %settings.listen, upstream, "serving");
            gateway.serve_unix(listener, shutdown).await?;
        }
    }
    tracing::info!("stopped");
    Ok(())
}

fn check_config(settings: &Settings) -> anyhow::Result<()> {
    gateway(settings)?;
    println!("{}", serde_json::to_string_pretty(settings)?);
    Ok(())
}

fn gateway(settings: &Settings) -> anyhow::Result<Gateway> {
    let gateway = plain_gateway(settings)?
        .with_allowed_origins(settings.allowed_origins()?)
        .with_trusted_proxies(settings.trusted_proxies()?);
    let Some(tls) = settings.tls()? else {
        return Ok(gateway);
    };
    Ok(gateway.with_tls(tls.acceptor().context("HTTPS can't be served")?))
}

fn plain_gateway(settings: &Settings) -> anyhow::Result<Gateway> {
    let upstream = settings.upstream()?;
    let Some(path) = &settings.descriptor_set else {
        return Ok(Gateway::new(takar_proto::DESCRIPTOR_SET, &upstream, settings.limits())?);
    };
    let descriptor_set =
        fs::read(path).with_context(|| format!("{} can't be read", path.display()))?;
    Gateway::new(&descriptor_set, &upstream, settings.limits())
        .with_context(|| format!("{} can't be served", path.display()))
}

async fn healthcheck(settings: &Settings) -> anyhow::Result<()> {
    let tls = settings.tls()?;
    let status = timeout(HEALTHCHECK_TIMEOUT, ready_status(&settings.listen, tls.as_ref()))
        .await
        .context("no answer in time")?
        .with_context(|| format!("{} can't be asked", settings.listen))?;
    if status != StatusCode::OK {
        bail!("not ready: {status}");
    }
    Ok(())
}

async fn ready_status(
    listen: &Listen,
    tls: Option<&takar_tls::Server>,
) -> anyhow::Result<StatusCode> {
    match listen {
        Listen::Tcp(address) => tcp_status(reachable(*address), tls).await,
        Listen::Unix(path) => ask("localhost", UnixStream::connect(path).await?).await,
    }
}

async fn tcp_status(
    address: SocketAddr,
    tls: Option<&takar_tls::Server>,
) -> anyhow::Result<StatusCode> {
    let tcp = TcpStream::connect(address).await?;
    let host = address.to_string();
    match tls {
        None => ask(&host, tcp).await,
        Some(tls) => ask(&host, tls.connect(tcp).await?).await,
    }
}

async fn ask<C>(host: &str, connection: C) -> anyhow::Result<StatusCode>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let connection = TokioIo::new(connection);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(connection).await?;
    tokio::spawn(connection);
    let request = Request::get("/readyz").header(header::HOST, host).body(Empty::<&[u8]>::new())?;
    Ok(sender.send_request(request).await?.status())
}
