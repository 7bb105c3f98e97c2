//! Configuration: flags, over environment variables, over a file, over defaults.

use std::{fs, net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::Context as _;
use clap::Args;
use serde::{Deserialize, Serialize};
use takar_store::ConnectionSettings;
use takar_telemetry::LogFormat;

use crate::server::Limits;

/// What can be given by flag or environment; what is not comes from the file or is the default.
#[derive(Args, Serialize)]
pub struct Flags {
    /// A TOML file with these settings, named as the long flags with `_` for `-`.
    #[arg(long, env = "TAKARD_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    config: Option<PathBuf>,

    /// The address that gRPC is served on [default: 127.0.0.1:50051]
    #[arg(long, env = "TAKARD_GRPC_ADDRESS", value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    grpc_address: Option<SocketAddr>,

    /// The database, `postgres://user@host/database`.
    #[arg(
        long,
        env = "TAKARD_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<String>,

    /// A file that holds the database's password, for one kept apart from the URL.
    #[arg(long, env = "TAKARD_DATABASE_PASSWORD_FILE", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_password_file: Option<PathBuf>,

    /// The most connections to the database [default: 16]
    #[arg(long, env = "TAKARD_DATABASE_CONNECTIONS_MAX", value_name = "COUNT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_connections_max: Option<u32>,

    /// How long a statement may run [default: 30]
    #[arg(long, env = "TAKARD_STATEMENT_TIMEOUT_SECONDS", value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_timeout_seconds: Option<u64>,

    /// How long a call may take, unless its own deadline is sooner [default: 30]
    #[arg(long, env = "TAKARD_REQUEST_TIMEOUT_SECONDS", value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    request_timeout_seconds: Option<u64>,

    /// The largest request message [default: 4194304]
    #[arg(long, env = "TAKARD_MESSAGE_BYTES_MAX", value_name = "BYTES")]
    #[serde(skip_serializing_if = "Option::is_none")]
    message_bytes_max: Option<usize>,

    /// How long calls under way may take to end after the shutdown signal [default: 20]
    #[arg(long, env = "TAKARD_DRAIN_SECONDS", value_name = "SECONDS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    drain_seconds: Option<u64>,

    /// How log lines are written [default: text]
    #[arg(long, env = "TAKARD_LOG_FORMAT", value_name = "FORMAT")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_format: Option<LogFormat>,

    /// What is logged: `info,takar_store=debug`.
    #[arg(long, env = "TAKARD_LOG_FILTER", value_name = "FILTER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_filter: Option<String>,
}

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The address that gRPC is served on.
    pub grpc_address: SocketAddr,
    database_url: String,
    database_password_file: Option<PathBuf>,
    database_connections_max: u32,
    statement_timeout_seconds: u64,
    request_timeout_seconds: u64,
    message_bytes_max: usize,
    drain_seconds: u64,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log_filter: String,
}

impl Default for Config {
    fn default() -> Self {
        let connection = ConnectionSettings::default();
        let limits = Limits::default();
        Self {
            grpc_address: SocketAddr::from(([127, 0, 0, 1], 50_051)),
            database_url: String::new(),
            database_password_file: None,
            database_connections_max: connection.connections_max,
            statement_timeout_seconds: connection.statement_timeout.as_secs(),
            request_timeout_seconds: limits.request_timeout.as_secs(),
            message_bytes_max: limits.message_bytes_max,
            drain_seconds: limits.drain.as_secs(),
            log_format: LogFormat::default(),
            log_filter: takar_telemetry::DEFAULT_FILTER.to_owned(),
        }
    }
}

impl Config {
    /// Reads the settings from where they are given.
    ///
    /// # Errors
    /// Where the file cannot be read, or a setting is unknown or wrong; the error names it.
    pub fn load(flags: &Flags) -> anyhow::Result<Self> {
        let mut builder = config::Config::builder();
        if let Some(path) = &flags.config {
            builder = builder.add_source(config::File::from(path.as_path()));
        }
        builder
            .add_source(config::Config::try_from(flags)?)
            .build()
            .and_then(config::Config::try_deserialize)
            .context("the configuration cannot be read")
    }

    /// The database's URL, which is required.
    ///
    /// # Errors
    /// Where it is not given.
    pub fn database_url(&self) -> anyhow::Result<&str> {
        anyhow::ensure!(
            !self.database_url.is_empty(),
            "no database is given: set --database-url or TAKARD_DATABASE_URL to \
             postgres://user@host/database"
        );
        Ok(&self.database_url)
    }

    /// How the store connects.
    ///
    /// # Errors
    /// Where the password's file cannot be read.
    pub fn connection(&self) -> anyhow::Result<ConnectionSettings> {
        let password = self.database_password_file.as_ref().map(|path| {
            let password = fs::read_to_string(path).with_context(|| {
                format!(
                    "the database's password in {} cannot be read",
                    path.display()
                )
            })?;
            anyhow::Ok(password.trim_end_matches(['\r', '\n']).to_owned())
        });
        Ok(ConnectionSettings {
            password: password.transpose()?,
            connections_max: self.database_connections_max,
            statement_timeout: Duration::from_secs(self.statement_timeout_seconds),
            ..ConnectionSettings::default()
        })
    }

    /// What the server allows.
    pub const fn limits(&self) -> Limits {
        Limits {
            message_bytes_max: self.message_bytes_max,
            request_timeout: Duration::from_secs(self.request_timeout_seconds),
            drain: Duration::from_secs(self.drain_seconds),
        }
    }

    /// The settings as TOML, for a person to check; the URL's password is not shown.
    ///
    /// # Errors
    /// Where they cannot be written as TOML.
    pub fn to_toml(&self) -> anyhow::Result<String> {
        let shown = Self {
            database_url: without_password(&self.database_url),
            ..self.clone()
        };
        Ok(toml::to_string(&shown)?)
    }
}

/// `postgres://user:secret@host/database` as `postgres://user:***@host/database`.
fn without_password(url: &str) -> String {
    let hidden = url.split_once("://").and_then(|(scheme, rest)| {
        let (login, place) = rest.rsplit_once('@')?;
        let (user, _password) = login.split_once(':')?;
        Some(format!("{scheme}://{user}:***@{place}"))
    });
    hidden.unwrap_or_else(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown() {
        for (url, shown) in [
            (
                "postgres://takar:s3cr@t@db/takar",
                "postgres://takar:***@db/takar",
            ),
            ("postgres://takar@db/takar", "postgres://takar@db/takar"),
            ("postgres:///takar?host=/run", "postgres:///takar?host=/run"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
