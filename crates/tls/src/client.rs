//! Clients of gRPC.

use std::path::PathBuf;

use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity as TonicIdentity};

use crate::{
    Error, HANDSHAKE_TIMEOUT,
    files::{Identity, authorities, read},
};

/// Whom a client trusts and what it shows; by default the public authorities, and nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    ca: Option<PathBuf>,
    identity: Option<Identity>,
    server_name: Option<String>,
}

impl Client {
    /// Takes the files of the settings: the authority that is trusted instead of the public ones,
    /// and the client's own certificate with its key.
    ///
    /// # Errors
    /// Where a certificate is given without its key, or a key without its certificate.
    pub fn given(
        ca: Option<PathBuf>,
        certificate: Option<PathBuf>,
        key: Option<PathBuf>,
    ) -> Result<Self, Error> {
        Ok(Self { ca, identity: Identity::given(certificate, key)?, server_name: None })
    }

    /// Expects a certificate of this name instead of the one in the server's address.
    #[must_use]
    pub fn with_server_name(self, server_name: Option<String>) -> Self {
        Self { server_name, ..self }
    }

    /// Sets up TLS where the address is `https`.
    ///
    /// # Errors
    /// Where a file can't be used, or files are given for an address without TLS.
    pub fn secure(&self, endpoint: Endpoint) -> Result<Endpoint, Error> {
        let uri = endpoint.uri();
        if uri.scheme_str() != Some("https") {
            if *self == Self::default() {
                return Ok(endpoint);
            }
            return Err(Error::NotHttps(uri.to_string()));
        }
        let mut config = ClientTlsConfig::new().timeout(HANDSHAKE_TIMEOUT);
        config = match &self.ca {
            None => config.with_webpki_roots(),
            Some(path) => {
                // Tonic leaves out what it can't use, and would then trust nobody.
                authorities(path)?;
                config.ca_certificate(Certificate::from_pem(read(path)?))
            }
        };
        if let Some(identity) = &self.identity {
            config = config.identity(to_tonic(identity)?);
        }
        if let Some(name) = &self.server_name {
            config = config.domain_name(name);
        }
        endpoint.tls_config(config).map_err(|error| Error::Setup(error.into()))
    }
}

/// Checks an identity, and hands it on as the PEM that it is.
pub(crate) fn to_tonic(identity: &Identity) -> Result<TonicIdentity, Error> {
    identity.load()?;
    Ok(TonicIdentity::from_pem(read(&identity.certificate)?, read(&identity.key)?))
}
