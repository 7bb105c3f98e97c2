//! The subcommands.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Parser as _;
use http::{Request, StatusCode, header};
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use takar_gateway::Gateway;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    time::timeout,
};

use crate::settings::{Flags, Settings};

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
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("can't listen on {}", settings.listen))?;
    tracing::info!(listen = %listener.local_addr()?, upstream = settings.upstream, "serving");
    let shutdown = async {
        if let Err(error) = takar_telemetry::shutdown_signal().await {
            tracing::error!(%error, "can't wait for signals");
        }
    };
    gateway.serve(listener, shutdown).await?;
    tracing::info!("stopped");
    Ok(())
}

fn check_config(settings: &Settings) -> anyhow::Result<()> {
    gateway(settings)?;
    println!("{}", serde_json::to_string_pretty(settings)?);
    Ok(())
}

fn gateway(settings: &Settings) -> anyhow::Result<Gateway> {
    let gateway = plain_gateway(settings)?;
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
    let address = reachable(settings.listen);
    let tls = settings.tls()?;
    let status = timeout(HEALTHCHECK_TIMEOUT, ready_status(address, tls.as_ref()))
        .await
        .context("no answer in time")?
        .with_context(|| format!("{address} can't be asked"))?;
    if status != StatusCode::OK {
        bail!("not ready: {status}");
    }
    Ok(())
}

async fn ready_status(
    address: SocketAddr,
    tls: Option<&takar_tls::Server>,
) -> anyhow::Result<StatusCode> {
    let tcp = TcpStream::connect(address).await?;
    match tls {
        None => ask(address, tcp).await,
        Some(tls) => ask(address, tls.connect(tcp).await?).await,
    }
}

async fn ask<C>(address: SocketAddr, connection: C) -> anyhow::Result<StatusCode>
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let connection = TokioIo::new(connection);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(connection).await?;
    tokio::spawn(connection);
    let request = Request::get("/readyz")
        .header(header::HOST, address.to_string())
        .body(Empty::<&[u8]>::new())?;
    Ok(sender.send_request(request).await?.status())
}

/// An address at which a listener on this one can be reached from the same machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
