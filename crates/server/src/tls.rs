//! The settings of TLS.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;

/// What the listener shows, and whom it demands to see.
#[derive(Serialize, clap::Args)]
#[expect(clippy::struct_field_names, reason = "the names of the flags and of the settings")]
pub(crate) struct TlsFlags {
    /// Serve over TLS with this certificate and those that lead to its authority, in PEM form.
    #[arg(long, env = "TAKARD_TLS_CERTIFICATE_FILE", value_name = "FILE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_certificate_file: Option<PathBuf>,

    /// The private key of that certificate, in PEM form.
    #[arg(long, env = "TAKARD_TLS_KEY_FILE", value_name = "FILE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_key_file: Option<PathBuf>,

    /// Serve only clients that show a certificate of this authority.
    #[arg(long, env = "TAKARD_TLS_CLIENT_CA_FILE", value_name = "FILE", global = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_client_ca_file: Option<PathBuf>,
}

/// The files, where the server is to serve over TLS.
pub(crate) fn server(
    certificate: Option<&PathBuf>,
    key: Option<&PathBuf>,
    client_ca: Option<&PathBuf>,
) -> anyhow::Result<Option<takar_tls::Server>> {
    takar_tls::Server::given(certificate.cloned(), key.cloned(), client_ca.cloned())
        .context("the listener's TLS is set wrong")
}
