//! Settings: flags before the environment, before the file, before the defaults.

use std::{
    net::SocketAddr,
    num::{NonZeroU8, NonZeroU32, NonZeroU64},
    path::PathBuf,
    time::Duration,
};

use anyhow::Context as _;
use config::{Config, File, FileFormat};
use serde::{Deserialize, Serialize};
use takar_gateway::{AllowedOrigins, Limits, TrustedProxies, Upstream};
use takar_telemetry::LogFormat;

use crate::{flags::Flags, listen::Listen};

/// The settings in force.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) listen: Listen,
    tls_certificate_file: Option<PathBuf>,
    tls_key_file: Option<PathBuf>,
    tls_client_ca_file: Option<PathBuf>,
    pub(crate) upstream: String,
    upstream_ca_file: Option<PathBuf>,
    upstream_certificate_file: Option<PathBuf>,
    upstream_key_file: Option<PathBuf>,
    upstream_server_name: Option<String>,
    pub(crate) descriptor_set: Option<PathBuf>,
    pub(crate) max_body_bytes: usize,
    pub(crate) max_upload_bytes: usize,
    pub(crate) max_url_bytes: usize,
    pub(crate) max_answer_bytes: usize,
    pub(crate) request_timeout_seconds: u64,
    max_streams: NonZeroU32,
    stream_idle_timeout_seconds: NonZeroU64,
    upstream_connections: NonZeroU8,
    upstream_keep_alive_seconds: NonZeroU64,
    max_header_bytes: usize,
    header_timeout_seconds: NonZeroU64,
    body_timeout_seconds: NonZeroU64,
    write_timeout_seconds: NonZeroU64,
    idle_timeout_seconds: NonZeroU64,
    max_connections: NonZeroU32,
    max_concurrent_requests: NonZeroU32,
    requests_per_second: u32,
    request_burst: NonZeroU32,
    cors_allowed_origins: Vec<String>,
    trusted_proxies: Vec<String>,
    cache_bytes: usize,
    pub(crate) drain_timeout_seconds: u64,
    pub(crate) log_format: LogFormat,
    pub(crate) log_filter: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 8080))),
            tls_certificate_file: None,
            tls_key_file: None,
            tls_client_ca_file: None,
            upstream: "http://127.0.0.1:50051".to_owned(),
            upstream_ca_file: None,
            upstream_certificate_file: None,
            upstream_key_file: None,
            upstream_server_name: None,
            descriptor_set: None,
            max_body_bytes: Limits::MAX_BODY_BYTES,
            max_upload_bytes: Limits::MAX_UPLOAD_BYTES,
            max_url_bytes: Limits::MAX_URL_BYTES,
            max_answer_bytes: Limits::MAX_ANSWER_BYTES,
            request_timeout_seconds: Limits::REQUEST_TIMEOUT.as_secs(),
            max_streams: count(Limits::MAX_STREAMS),
            stream_idle_timeout_seconds: seconds(Limits::STREAM_IDLE_TIMEOUT),
            upstream_connections: NonZeroU8::new(Limits::UPSTREAM_CONNECTIONS)
                .unwrap_or(NonZeroU8::MIN),
            upstream_keep_alive_seconds: seconds(Limits::UPSTREAM_KEEP_ALIVE),
            max_header_bytes: Limits::MAX_HEADER_BYTES,
            header_timeout_seconds: seconds(Limits::HEADER_TIMEOUT),
            body_timeout_seconds: seconds(Limits::BODY_TIMEOUT),
            write_timeout_seconds: seconds(Limits::WRITE_TIMEOUT),
            idle_timeout_seconds: seconds(Limits::IDLE_TIMEOUT),
            max_connections: count(Limits::MAX_CONNECTIONS),
            max_concurrent_requests: count(Limits::MAX_CONCURRENT_REQUESTS),
            requests_per_second: Limits::REQUESTS_PER_SECOND,
            request_burst: count(Limits::REQUEST_BURST),
            cors_allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            cache_bytes: Limits::CACHE_BYTES,
            drain_timeout_seconds: Limits::DRAIN_TIMEOUT.as_secs(),
            log_format: LogFormat::default(),
            log_filter: takar_telemetry::DEFAULT_FILTER.to_owned(),
        }
    }
}

/// Whole seconds of a default, of which none is less than one.
fn seconds(time: Duration) -> NonZeroU64 {
    NonZeroU64::new(time.as_secs()).unwrap_or(NonZeroU64::MIN)
}

fn count(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN)
}

impl Settings {
    /// Reads the file, if any, and lays flags and environment over it.
    pub(crate) fn load(flags: &Flags) -> anyhow::Result<Self> {
        let mut sources = Config::builder();
        if let Some(path) = &flags.config {
            sources = sources.add_source(File::from(path.as_path()).format(FileFormat::Toml));
        }
        let flags = Config::try_from(flags).context("the flags can't be read")?;
        let settings = sources.add_source(flags).build().context("the settings can't be read")?;
        settings.try_deserialize().context("the settings are wrong")
    }

    /// What the listener shows, where it serves HTTPS.
    pub(crate) fn tls(&self) -> anyhow::Result<Option<takar_tls::Server>> {
        let certificate = self.tls_certificate_file.clone();
        let (key, client_ca) = (self.tls_key_file.clone(), self.tls_client_ca_file.clone());
        takar_tls::Server::given(certificate, key, client_ca)
            .context("the listener's TLS is set wrong")
    }

    /// The server that is called.
    pub(crate) fn upstream(&self) -> anyhow::Result<Upstream> {
        let certificate = self.upstream_certificate_file.clone();
        let (ca, key) = (self.upstream_ca_file.clone(), self.upstream_key_file.clone());
        let tls = takar_tls::Client::given(ca, certificate, key)
            .context("the upstream's TLS is set wrong")?
            .with_server_name(self.upstream_server_name.clone());
        Ok(Upstream::parse_with_tls(&self.upstream, &tls)?)
    }

    /// The origins whose pages may read answers.
    pub(crate) fn allowed_origins(&self) -> anyhow::Result<AllowedOrigins> {
        AllowedOrigins::parse(&self.cors_allowed_origins).context("the allowed origins are wrong")
    }

    /// The proxies that are believed.
    pub(crate) fn trusted_proxies(&self) -> anyhow::Result<TrustedProxies> {
        TrustedProxies::parse(&self.trusted_proxies).context("the trusted proxies are wrong")
    }

    /// The limits of the gateway.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            max_body_bytes: self.max_body_bytes,
            max_upload_bytes: self.max_upload_bytes,
            max_url_bytes: self.max_url_bytes,
            max_answer_bytes: self.max_answer_bytes,
            request_timeout: Duration::from_secs(self.request_timeout_seconds),
            max_streams: self.max_streams.get(),
            stream_idle_timeout: Duration::from_secs(self.stream_idle_timeout_seconds.get()),
            upstream_connections: self.upstream_connections.get(),
            upstream_keep_alive: Duration::from_secs(self.upstream_keep_alive_seconds.get()),
            max_header_bytes: self.max_header_bytes,
            header_timeout: Duration::from_secs(self.header_timeout_seconds.get()),
            body_timeout: Duration::from_secs(self.body_timeout_seconds.get()),
            write_timeout: Duration::from_secs(self.write_timeout_seconds.get()),
            idle_timeout: Duration::from_secs(self.idle_timeout_seconds.get()),
            max_connections: self.max_connections.get(),
            max_concurrent_requests: self.max_concurrent_requests.get(),
            requests_per_second: self.requests_per_second,
            request_burst: self.request_burst.get(),
            cache_bytes: self.cache_bytes,
            drain_timeout: Duration::from_secs(self.drain_timeout_seconds),
        }
    }
}
