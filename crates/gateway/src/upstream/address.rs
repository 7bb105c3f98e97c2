//! Where the server is.

use std::path::{Path, PathBuf};

use http::{
    Uri,
    uri::{Authority, Scheme},
};

/// The host that requests over a Unix socket name, as they must name one.
const LOCAL_HOST: Authority = Authority::from_static("localhost");

/// The host of a URL without one, which is refused as a name.
const HTTP_PORT: u16 = 80;
const HTTPS_PORT: u16 = 443;

/// Where the gRPC server listens.
#[derive(Clone, Debug)]
pub struct Upstream(pub(super) Address);

/// What a connection needs to know.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    pub(super) socket: Socket,
}

/// The kinds of sockets.
#[derive(Clone, Debug)]
pub(super) enum Socket {
    Tcp { host: String, port: u16 },
    Tls { host: String, port: u16, tls: takar_tls::Connector },
    Unix(PathBuf),
}

/// Why a text is no address of a server.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// It can't be parsed.
    #[error("`{0}` is no address such as `http://host:port` or `unix:///path`")]
    Malformed(String),
    /// Its scheme isn't spoken.
    #[error("`{0}`: only `http`, `https` and `unix` are spoken to the server")]
    Scheme(String),
    /// Files for TLS are given, but it isn't spoken.
    #[error("files for TLS are given, but `{0}` is not `https`")]
    NotHttps(String),
    /// The files for TLS can't be used.
    #[error("the server can't be called over TLS")]
    Tls(#[from] takar_tls::Error),
}

impl Upstream {
    /// Parses `http://host:port`, `https://host:port` or `unix:///path/to/socket`.
    ///
    /// # Errors
    /// Where the text is none of them.
    pub fn parse(url: &str) -> Result<Self, UpstreamError> {
        Self::parse_with_tls(url, &takar_tls::Client::default())
    }

    /// Parses an address, of whose server these files tell more if it is one of `https`.
    ///
    /// # Errors
    /// Where the text is no address, or the files can't be used.
    pub fn parse_with_tls(url: &str, tls: &takar_tls::Client) -> Result<Self, UpstreamError> {
        let malformed = || UpstreamError::Malformed(url.to_owned());
        let not_https = || UpstreamError::NotHttps(url.to_owned());
        if let Some(path) = url.strip_prefix("unix:") {
            let path = Path::new(path.strip_prefix("//").unwrap_or(path));
            return match path.has_root() {
                false => Err(malformed()),
                true if !tls.is_default() => Err(not_https()),
                true => Ok(Self(Address {
                    scheme: Scheme::HTTP,
                    authority: LOCAL_HOST,
                    socket: Socket::Unix(path.to_owned()),
                })),
            };
        }
        if !["http://", "https://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(UpstreamError::Scheme(url.to_owned()));
        }
        let uri: Uri = url.parse().map_err(|_| malformed())?;
        let authority = uri.authority().cloned().ok_or_else(malformed)?;
        let host = authority.host().to_owned();
        if host.is_empty() {
            return Err(malformed());
        }
        let port = authority.port_u16();
        if uri.scheme() == Some(&Scheme::HTTPS) {
            let tls = tls.connector(&host)?;
            let socket = Socket::Tls { host, port: port.unwrap_or(HTTPS_PORT), tls };
            return Ok(Self(Address { scheme: Scheme::HTTPS, authority, socket }));
        }
        if !tls.is_default() {
            return Err(not_https());
        }
        let socket = Socket::Tcp { host, port: port.unwrap_or(HTTP_PORT) };
        Ok(Self(Address { scheme: Scheme::HTTP, authority, socket }))
    }
}
