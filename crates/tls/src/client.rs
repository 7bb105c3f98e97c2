//! Clients of gRPC.

use std::{io, path::PathBuf, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, pki_types::ServerName},
};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity as TonicIdentity};

use crate::{
    ALPN_HTTP_2, ClientStream, Error, HANDSHAKE_TIMEOUT,
    files::{Identity, authorities, read},
    provider,
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

    /// Whether nothing is said of it, which suits a server without TLS, too.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Reads the files, for connections of HTTP/2 to a host.
    ///
    /// # Errors
    /// Where a file can't be used, or the host can be in no certificate.
    pub fn connector(&self, host: &str) -> Result<Connector, Error> {
        let roots = match &self.ca {
            None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
            Some(path) => authorities(path)?,
        };
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Setup(error.into()))?
            .with_root_certificates(roots);
        let mut config = match &self.identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let loaded = identity.load()?;
                builder
                    .with_client_auth_cert(loaded.chain, loaded.key)
                    .map_err(|error| Error::Setup(error.into()))?
            }
        };
        config.alpn_protocols = vec![ALPN_HTTP_2.to_vec()];
        // A URL has brackets around an address of IPv6, a certificate has none.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = self.server_name.clone().unwrap_or_else(|| host.to_owned());
        let name = ServerName::try_from(name).map_err(|error| Error::Setup(error.into()))?;
        Ok(Connector { tls: TlsConnector::from(Arc::new(config)), name })
    }
}

/// Secures connections to one server.
#[derive(Clone)]
pub struct Connector {
    tls: TlsConnector,
    name: ServerName<'static>,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Connector").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Connector {
    /// Secures a connection, over which HTTP/2 is spoken then.
    ///
    /// # Errors
    /// Where one side doesn't trust the other, or the server doesn't speak HTTP/2 over TLS.
    pub async fn connect<C>(&self, connection: C) -> io::Result<ClientStream<C>>
    where
        C: AsyncRead + AsyncWrite + Unpin,
    {
        let handshake = self.tls.connect(self.name.clone(), connection);
        let stream = timeout(HANDSHAKE_TIMEOUT, handshake).await??;
        if stream.get_ref().1.alpn_protocol() == Some(ALPN_HTTP_2) {
            return Ok(stream);
        }
        Err(io::Error::other("the server speaks no HTTP/2 over TLS"))
    }
}

/// Checks an identity, and hands it on as the PEM that it is.
pub(crate) fn to_tonic(identity: &Identity) -> Result<TonicIdentity, Error> {
    identity.load()?;
    Ok(TonicIdentity::from_pem(read(&identity.certificate)?, read(&identity.key)?))
}
