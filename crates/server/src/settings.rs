//! Settings: flags before the environment, before the file, before the defaults.

use std::{fs, net::SocketAddr, num::NonZeroU32, path::PathBuf, time::Duration};

use anyhow::Context as _;
use config::{Config, File, FileFormat};
use serde::{Deserialize, Serialize};
use takar_objects::ObjectSettings;
use takar_store::ConnectionSettings;
use takar_telemetry::LogFormat;

use takar_server::{
    CatalogSettings, CatalogTable, Limits,
    identity::{IdentitySettings, IdentityTable},
};

use crate::{
    catalog_flags::CatalogFlags,
    identity_flags::IdentityFlags,
    object_flags::ObjectFlags,
    tls::{self, TlsFlags},
};

/// What can be given by flag or environment; what is not comes from the file or is the default.
#[derive(Serialize, clap::Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Flags {
    /// A TOML file with these settings, named as the long flags with `_` for `-`.
    #[arg(long, env = "TAKARD_CONFIG", value_name = "FILE", global = true)]
    #[serde(skip)]
    config: Option<PathBuf>,

    /// The address that gRPC is served on [default: 127.0.0.1:50051]
    #[arg(long, env = "TAKARD_LISTEN", value_name = "ADDRESS", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    listen: Option<SocketAddr>,

    #[command(flatten)]
    #[serde(flatten)]
    tls: TlsFlags,

    /// The database, `postgres://user@host/database`.
    #[arg(long, env = "TAKARD_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<String>,

    /// A file that holds the database's password, for one kept apart from the URL.
    #[arg(long, env = "TAKARD_DATABASE_PASSWORD_FILE", value_name = "FILE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    database_password_file: Option<PathBuf>,

    #[command(flatten)]
    #[serde(flatten)]
    objects: ObjectFlags,

    /// The most connections to the database [default: 16]
    #[arg(long, env = "TAKARD_MAX_DATABASE_CONNECTIONS", value_name = "COUNT", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_database_connections: Option<u32>,

    /// How long a statement may run [default: 30]
    #[arg(long, env = "TAKARD_STATEMENT_TIMEOUT_SECONDS", value_name = "SECONDS", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    statement_timeout_seconds: Option<u64>,

    /// How long a call may take, unless its own deadline is sooner [default: 30]
    #[arg(long, env = "TAKARD_REQUEST_TIMEOUT_SECONDS", value_name = "SECONDS", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    request_timeout_seconds: Option<u64>,

    /// The largest request message [default: 4194304]
    #[arg(long, env = "TAKARD_MAX_MESSAGE_BYTES", value_name = "BYTES", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_message_bytes: Option<usize>,

    /// How long calls under way may take to end after the shutdown signal [default: 20]
    #[arg(long, env = "TAKARD_DRAIN_TIMEOUT_SECONDS", value_name = "SECONDS", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    drain_timeout_seconds: Option<u64>,

    /// How many exports are made at once [default: 4]
    #[arg(long, env = "TAKARD_MAX_EXPORTS", value_name = "COUNT", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_exports: Option<NonZeroU32>,

    #[command(flatten)]
    #[serde(skip_serializing_if = "CatalogFlags::are_absent")]
    catalog: CatalogFlags,

    /// How many analyses of robustness are carried out at once [default: 1]
    #[arg(long, env = "TAKARD_MAX_ANALYSES", value_name = "COUNT", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_analyses: Option<usize>,

    /// How many what-ifs are computed at once [default: 2]
    #[arg(long, env = "TAKARD_MAX_WHAT_IFS", value_name = "COUNT", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    max_what_ifs: Option<usize>,

    /// Know API keys only: no token of an identity provider is accepted.
    #[arg(long, env = "TAKARD_API_KEYS_ONLY", global = true, num_args = 0..=1)]
    #[arg(value_name = "BOOLEAN", require_equals = true, default_missing_value = "true")]
    #[serde(skip_serializing_if = "Option::is_none")]
    api_keys_only: Option<bool>,

    /// Let the secretariat fill cycles with made-up results, marked as simulated.
    #[arg(long, env = "TAKARD_ALLOW_SIMULATION", global = true, num_args = 0..=1)]
    #[arg(value_name = "BOOLEAN", require_equals = true, default_missing_value = "true")]
    #[serde(skip_serializing_if = "Option::is_none")]
    allow_simulation: Option<bool>,

    #[command(flatten)]
    #[serde(skip_serializing_if = "IdentityFlags::are_absent")]
    identity: IdentityFlags,

    /// How log lines are written [default: text]
    #[arg(long, env = "TAKARD_LOG_FORMAT", value_name = "FORMAT", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_format: Option<LogFormat>,

    /// What is logged: `info,takar_store=debug`.
    #[arg(long, env = "TAKARD_LOG_FILTER", value_name = "FILTER", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    log_filter: Option<String>,
}

/// The settings in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The address that gRPC is served on.
    pub(crate) listen: SocketAddr,
    tls_certificate_file: Option<PathBuf>,
    tls_key_file: Option<PathBuf>,
    tls_client_ca_file: Option<PathBuf>,
    database_url: String,
    database_password_file: Option<PathBuf>,
    objects_url: String,
    objects_endpoint: Option<String>,
    max_database_connections: u32,
    statement_timeout_seconds: u64,
    request_timeout_seconds: u64,
    max_message_bytes: usize,
    drain_timeout_seconds: u64,
    max_exports: NonZeroU32,
    catalog: Option<CatalogTable>,
    max_analyses: usize,
    max_what_ifs: usize,
    api_keys_only: bool,
    /// Whether cycles may be filled with made-up results.
    pub(crate) allow_simulation: bool,
    identity: Option<IdentityTable>,
    /// How log lines are written.
    pub(crate) log_format: LogFormat,
    /// What is logged.
    pub(crate) log_filter: String,
}

impl Default for Settings {
    fn default() -> Self {
        let connection = ConnectionSettings::default();
        let limits = Limits::default();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 50_051)),
            tls_certificate_file: None,
            tls_key_file: None,
            tls_client_ca_file: None,
            database_url: String::new(),
            database_password_file: None,
            objects_url: ObjectSettings::default().url,
            objects_endpoint: None,
            max_database_connections: connection.max_connections,
            statement_timeout_seconds: connection.statement_timeout.as_secs(),
            request_timeout_seconds: limits.request_timeout.as_secs(),
            max_message_bytes: limits.max_message_bytes,
            drain_timeout_seconds: limits.drain_timeout.as_secs(),
            max_exports: limits.max_exports,
            catalog: None,
            max_analyses: limits.max_analyses,
            max_what_ifs: limits.max_what_ifs,
            api_keys_only: false,
            allow_simulation: false,
            identity: None,
            log_format: LogFormat::default(),
            log_filter: takar_telemetry::DEFAULT_FILTER.to_owned(),
        }
    }
}

impl Settings {
    /// Reads the settings from where they are given.
    ///
    /// # Errors
    /// Where the file cannot be read, or a setting is unknown or wrong; the error names it.
    pub(crate) fn load(flags: &Flags) -> anyhow::Result<Self> {
        let mut sources = Config::builder();
        if let Some(path) = &flags.config {
            sources = sources.add_source(File::from(path.as_path()).format(FileFormat::Toml));
        }
        let roles = &flags.identity.role_map;
        let flags = Config::try_from(flags).context("the flags can't be read")?;
        let settings = sources.add_source(flags).build().context("the settings can't be read")?;
        let mut settings: Self = settings.try_deserialize().context("the settings are wrong")?;
        if !roles.is_empty() {
            let identity = settings.identity.get_or_insert_default();
            identity.role_map.extend(roles.iter().cloned());
        }
        Ok(settings)
    }

    /// What the listener shows, where it serves over TLS.
    ///
    /// # Errors
    /// Where one file is given without those that it needs.
    pub(crate) fn tls(&self) -> anyhow::Result<Option<takar_tls::Server>> {
        let (certificate, key) = (self.tls_certificate_file.as_ref(), self.tls_key_file.as_ref());
        tls::server(certificate, key, self.tls_client_ca_file.as_ref())
    }

    /// The database's URL, which is required.
    ///
    /// # Errors
    /// Where it is not given.
    pub(crate) fn database_url(&self) -> anyhow::Result<&str> {
        anyhow::ensure!(
            !self.database_url.is_empty(),
            "no database is given: set --database-url or TAKARD_DATABASE_URL to \
             postgres://user@host/database"
        );
        Ok(&self.database_url)
    }

    /// Where files of evidence are kept.
    pub(crate) fn objects(&self) -> ObjectSettings {
        ObjectSettings { url: self.objects_url.clone(), endpoint: self.objects_endpoint.clone() }
    }

    /// How the store connects.
    ///
    /// # Errors
    /// Where the password's file cannot be read.
    pub(crate) fn connection(&self) -> anyhow::Result<ConnectionSettings> {
        let password = self.database_password_file.as_ref().map(|path| {
            let password = fs::read_to_string(path).with_context(|| {
                format!("the database's password in {} cannot be read", path.display())
            })?;
            anyhow::Ok(password.trim_end_matches(['\r', '\n']).to_owned())
        });
        Ok(ConnectionSettings {
            password: password.transpose()?,
            max_connections: self.max_database_connections,
            statement_timeout: Duration::from_secs(self.statement_timeout_seconds),
            ..ConnectionSettings::default()
        })
    }

    /// The catalogue of open datasets; `None` where there is none.
    ///
    /// # Errors
    /// Where its settings are wrong; the error names them.
    pub(crate) fn catalog(&self) -> anyhow::Result<Option<CatalogSettings>> {
        let settings = self.catalog.clone().map(CatalogSettings::parse).transpose();
        settings.context("the settings of the catalogue, catalog..., are wrong")
    }

    /// The identity provider; `None` where only API keys are known, which must be said.
    ///
    /// # Errors
    /// Where neither is given, or both are, or the provider's settings are wrong; the error names
    /// them.
    pub(crate) fn identity(&self) -> anyhow::Result<Option<IdentitySettings>> {
        match (&self.identity, self.api_keys_only) {
            (Some(_), true) => anyhow::bail!(
                "an identity provider is given beside --api-keys-only: take away one of them"
            ),
            (Some(table), false) => {
                let settings = IdentitySettings::new(table.clone());
                settings.map(Some).context("the settings of the identity provider are wrong")
            }
            (None, true) => Ok(None),
            (None, false) => anyhow::bail!(
                "no identity provider is given, so that nobody could sign in: set \
                 --identity-issuer or TAKARD_IDENTITY_ISSUER to the issuer of the tokens, or say \
                 --api-keys-only"
            ),
        }
    }

    /// What the server allows.
    pub(crate) const fn limits(&self) -> Limits {
        Limits {
            max_message_bytes: self.max_message_bytes,
            request_timeout: Duration::from_secs(self.request_timeout_seconds),
            drain_timeout: Duration::from_secs(self.drain_timeout_seconds),
            max_exports: self.max_exports,
            max_analyses: self.max_analyses,
            max_what_ifs: self.max_what_ifs,
        }
    }

    /// The settings without the URL's password, for a person to check.
    pub(crate) fn shown(&self) -> Self {
        Self { database_url: without_password(&self.database_url), ..self.clone() }
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
mod tests;
