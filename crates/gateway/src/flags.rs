//! The settings as flags.

use std::{
    num::{NonZeroU8, NonZeroU32, NonZeroU64},
    path::PathBuf,
};

use serde::Serialize;
use takar_telemetry::LogFormat;

use crate::listen::Listen;

/// The settings as flags and environment variables; what isn't given is left to the file.
#[derive(Debug, Default, Serialize, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Flags {
    /// Read settings from this TOML file, by the names of the flags with underscores.
    #[arg(long, env = "TAKAR_GATEWAY_CONFIG", value_name = "FILE", global = true)]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,

    /// Listen for HTTP here, `address:port` or `unix:/path` [default: 127.0.0.1:8080].
    #[arg(long, env = "TAKAR_GATEWAY_LISTEN", value_name = "WHERE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<Listen>,

    /// Serve HTTPS with this certificate and those that lead to its authority, in PEM form.
    #[arg(long, env = "TAKAR_GATEWAY_TLS_CERTIFICATE_FILE", value_name = "FILE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_certificate_file: Option<PathBuf>,

    /// The private key of that certificate, in PEM form.
    #[arg(long, env = "TAKAR_GATEWAY_TLS_KEY_FILE", value_name = "FILE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_key_file: Option<PathBuf>,

    /// Serve only clients that show a certificate of this authority.
    #[arg(long, env = "TAKAR_GATEWAY_TLS_CLIENT_CA_FILE", value_name = "FILE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_client_ca_file: Option<PathBuf>,

    /// Call the gRPC server here, `http://host:port`, `https://host:port` or `unix:///path`
    /// [default: `http://127.0.0.1:50051`].
    #[arg(long, env = "TAKAR_GATEWAY_UPSTREAM", value_name = "URL", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<String>,

    /// Trust this authority for an `https` upstream instead of the public ones.
    #[arg(long, env = "TAKAR_GATEWAY_UPSTREAM_CA_FILE", value_name = "FILE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_ca_file: Option<PathBuf>,

    /// Show this certificate to an `https` upstream.
    #[arg(
        long,
        env = "TAKAR_GATEWAY_UPSTREAM_CERTIFICATE_FILE",
        value_name = "FILE",
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_certificate_file: Option<PathBuf>,

    /// The private key of that certificate.
    #[arg(long, env = "TAKAR_GATEWAY_UPSTREAM_KEY_FILE", value_name = "FILE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_key_file: Option<PathBuf>,

    /// Expect this name in the upstream's certificate instead of its host.
    #[arg(long, env = "TAKAR_GATEWAY_UPSTREAM_SERVER_NAME", value_name = "NAME", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_server_name: Option<String>,

    /// Serve the services of this encoded `FileDescriptorSet` (with imports) instead of Takar's.
    #[arg(long, env = "TAKAR_GATEWAY_DESCRIPTOR_SET", value_name = "FILE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor_set: Option<PathBuf>,

    /// Refuse larger bodies [default: 4194304].
    #[arg(long, env = "TAKAR_GATEWAY_MAX_BODY_BYTES", value_name = "BYTES", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_body_bytes: Option<usize>,

    /// Refuse larger uploads, which are bodies that are not JSON [default: 10485760].
    #[arg(long, env = "TAKAR_GATEWAY_MAX_UPLOAD_BYTES", value_name = "BYTES", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_upload_bytes: Option<usize>,

    /// Refuse longer paths and queries [default: 8192].
    #[arg(long, env = "TAKAR_GATEWAY_MAX_URL_BYTES", value_name = "BYTES", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_url_bytes: Option<usize>,

    /// Take no larger answers from the server [default: 33554432].
    #[arg(long, env = "TAKAR_GATEWAY_MAX_ANSWER_BYTES", value_name = "BYTES", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_answer_bytes: Option<usize>,

    /// Wait this long for the server's answer [default: 30].
    #[arg(
        long,
        env = "TAKAR_GATEWAY_REQUEST_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    request_timeout_seconds: Option<u64>,

    /// Keep so many streams open at once and refuse further ones [default: 1024].
    #[arg(long, env = "TAKAR_GATEWAY_MAX_STREAMS", value_name = "COUNT", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_streams: Option<NonZeroU32>,

    /// End streams that have nothing to send for this long [default: 3600].
    #[arg(
        long,
        env = "TAKAR_GATEWAY_STREAM_IDLE_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_idle_timeout_seconds: Option<NonZeroU64>,

    /// Keep so many connections to the server, for calls and for streams each [default: 2].
    #[arg(long, env = "TAKAR_GATEWAY_UPSTREAM_CONNECTIONS", value_name = "COUNT", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_connections: Option<NonZeroU8>,

    /// Ask a server that is waited for and silent for this long whether it lives [default: 20].
    #[arg(
        long,
        env = "TAKAR_GATEWAY_UPSTREAM_KEEP_ALIVE_SECONDS",
        value_name = "SECONDS",
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_keep_alive_seconds: Option<NonZeroU64>,

    /// Refuse larger headers [default: 32768].
    #[arg(long, env = "TAKAR_GATEWAY_MAX_HEADER_BYTES", value_name = "BYTES", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_header_bytes: Option<usize>,

    /// Wait this long for the head of a request [default: 10].
    #[arg(
        long,
        env = "TAKAR_GATEWAY_HEADER_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    header_timeout_seconds: Option<NonZeroU64>,

    /// Wait this long for a body, and longer only as its bytes come [default: 20].
    #[arg(long, env = "TAKAR_GATEWAY_BODY_TIMEOUT_SECONDS", value_name = "SECONDS", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    body_timeout_seconds: Option<NonZeroU64>,

    /// Hang up on clients that take nothing of an answer for this long [default: 60].
    #[arg(
        long,
        env = "TAKAR_GATEWAY_WRITE_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    write_timeout_seconds: Option<NonZeroU64>,

    /// Close connections that have no request for this long [default: 75].
    #[arg(long, env = "TAKAR_GATEWAY_IDLE_TIMEOUT_SECONDS", value_name = "SECONDS", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_timeout_seconds: Option<NonZeroU64>,

    /// Keep so many connections; further ones wait to be accepted [default: 4096].
    #[arg(long, env = "TAKAR_GATEWAY_MAX_CONNECTIONS", value_name = "COUNT", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_connections: Option<NonZeroU32>,

    /// Work on so many requests at once and refuse further ones [default: 1024].
    #[arg(
        long,
        env = "TAKAR_GATEWAY_MAX_CONCURRENT_REQUESTS",
        value_name = "COUNT",
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_concurrent_requests: Option<NonZeroU32>,

    /// Let a client ask so often in a second, over time; 0 is no limit [default: 200].
    #[arg(long, env = "TAKAR_GATEWAY_REQUESTS_PER_SECOND", value_name = "COUNT", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    requests_per_second: Option<u32>,

    /// Let a client ask so often at once [default: 1000].
    #[arg(long, env = "TAKAR_GATEWAY_REQUEST_BURST", value_name = "COUNT", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    request_burst: Option<NonZeroU32>,

    /// Let pages of these origins read answers (CORS), or of any with `*` [default: none].
    #[arg(
        long,
        env = "TAKAR_GATEWAY_CORS_ALLOWED_ORIGINS",
        value_name = "ORIGINS",
        value_delimiter = ',',
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    cors_allowed_origins: Option<Vec<String>>,

    /// Believe these proxies' `X-Forwarded-For` and `Forwarded` [default: none].
    #[arg(
        long,
        env = "TAKAR_GATEWAY_TRUSTED_PROXIES",
        value_name = "NETWORKS",
        value_delimiter = ',',
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted_proxies: Option<Vec<String>>,

    /// Keep answers to the public in so much memory; 0 keeps none [default: 33554432].
    #[arg(long, env = "TAKAR_GATEWAY_CACHE_BYTES", value_name = "BYTES", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_bytes: Option<usize>,

    /// Let requests under way finish for this long when stopping [default: 25].
    #[arg(
        long,
        env = "TAKAR_GATEWAY_DRAIN_TIMEOUT_SECONDS",
        value_name = "SECONDS",
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    drain_timeout_seconds: Option<u64>,

    /// Write log lines in this form [default: text].
    #[arg(
        long,
        env = "TAKAR_GATEWAY_LOG_FORMAT",
        value_enum,
        value_name = "FORMAT",
        global = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_format: Option<LogFormat>,

    /// Log what this filter says, in the syntax of `RUST_LOG`.
    #[arg(long, env = "TAKAR_GATEWAY_LOG_FILTER", value_name = "FILTER", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_filter: Option<String>,
}
