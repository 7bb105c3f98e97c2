//! Listeners.

use std::{
    future::{Future as _, poll_fn},
    io,
    net::SocketAddr,
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{Sleep, sleep, timeout},
};
use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    rustls::{ClientConfig, ServerConfig, pki_types::ServerName, server::WebPkiClientVerifier},
};
use tokio_stream::Stream;
use tonic::transport::{ClientTlsConfig, Endpoint};

use crate::{
    ALPN_HTTP_2, ClientStream, Error, HANDSHAKE_TIMEOUT, ServerStream,
    client::to_tonic,
    files::{Identity, authorities},
    own::{OnlyThis, ThisOr},
    provider,
};

/// Handshakes under way at once; further connections wait in the kernel's queue. Each holds a
/// socket and some kilobytes for up to [`HANDSHAKE_TIMEOUT`], which is all a stranger can take.
const HANDSHAKES_MAX: usize = 1_024;

/// How long to wait after the kernel gave no connection, mostly for want of file descriptors.
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(1);

const ALPN_HTTP_1_1: &[u8] = b"http/1.1";

/// What a listener shows, and whom it demands to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    identity: Identity,
    client_ca: Option<PathBuf>,
}

impl Server {
    /// Takes the files of the settings: the certificate, its key, and the authority of which every
    /// client must show a certificate; `None` where there is none of them.
    ///
    /// # Errors
    /// Where one is given without those that it needs.
    pub fn given(
        certificate: Option<PathBuf>,
        key: Option<PathBuf>,
        client_ca: Option<PathBuf>,
    ) -> Result<Option<Self>, Error> {
        match (Identity::given(certificate, key)?, client_ca) {
            (Some(identity), client_ca) => Ok(Some(Self { identity, client_ca })),
            (None, None) => Ok(None),
            (None, Some(given)) => {
                Err(Error::Half { given, missing: "listener's own certificate and key" })
            }
        }
    }

    /// Reads the files.
    ///
    /// # Errors
    /// Where they can't be used.
    pub fn acceptor(&self) -> Result<Acceptor, Error> {
        let identity = self.identity.load()?;
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Setup(error.into()))?;
        let builder = match &self.client_ca {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let roots = Arc::new(authorities(path)?);
                let others = WebPkiClientVerifier::builder_with_provider(roots, provider())
                    .build()
                    .map_err(|source| Error::ClientAuthority { path: path.clone(), source })?;
                let this = identity.chain[0].clone();
                builder.with_client_cert_verifier(Arc::new(ThisOr { this, others }))
            }
        };
        let mut config = builder
            .with_single_cert(identity.chain, identity.key)
            .map_err(|error| Error::Setup(error.into()))?;
        config.alpn_protocols = vec![ALPN_HTTP_2.to_vec(), ALPN_HTTP_1_1.to_vec()];
        Ok(Acceptor(TlsAcceptor::from(Arc::new(config))))
    }

    /// Speaks HTTP/1.1 with the listener that has these files, as its healthcheck.
    ///
    /// # Errors
    /// Where the files can't be used, or somebody else answers.
    pub async fn connect(&self, tcp: TcpStream) -> Result<ClientStream<TcpStream>, Error> {
        let identity = self.identity.load()?;
        let this = identity.chain[0].clone();
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::Setup(error.into()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(OnlyThis(this)))
            .with_client_auth_cert(identity.chain, identity.key)
            .map_err(|error| Error::Setup(error.into()))?;
        config.alpn_protocols = vec![ALPN_HTTP_1_1.to_vec()];
        let address = tcp.peer_addr().map_err(|error| Error::Setup(error.into()))?;
        let name = ServerName::IpAddress(address.ip().into());
        let connector = TlsConnector::from(Arc::new(config));
        connector.connect(name, tcp).await.map_err(|error| Error::Setup(error.into()))
    }

    /// Speaks gRPC with the listener that has these files, as its healthcheck; the address is one
    /// of `https`.
    ///
    /// # Errors
    /// Where the files can't be used.
    pub fn secure(&self, endpoint: Endpoint) -> Result<Endpoint, Error> {
        let this = self.identity.load()?.chain[0].clone();
        let config = ClientTlsConfig::new().identity(to_tonic(&self.identity)?);
        endpoint
            .tls_config_with_verifier(config, Arc::new(OnlyThis(this)))
            .map_err(|error| Error::Setup(error.into()))
    }
}

/// Makes connections secure.
#[derive(Clone)]
pub struct Acceptor(pub(crate) TlsAcceptor);

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Acceptor").finish_non_exhaustive()
    }
}

type Connection = (ServerStream<TcpStream>, SocketAddr);

/// A listener whose connections are secure once they are accepted.
///
/// Handshakes go on beside each other, so that a slow one holds up nobody else; one that fails or
/// takes too long leaves nothing but a line in the log.
pub struct Listener {
    tcp: TcpListener,
    acceptor: Acceptor,
    handshakes: JoinSet<Option<Connection>>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Listener {
    /// Listens on what is bound already.
    pub fn new(tcp: TcpListener, acceptor: Acceptor) -> Self {
        Self { tcp, acceptor, handshakes: JoinSet::new(), pause: None }
    }

    /// The address that is listened on.
    ///
    /// # Errors
    /// Where the system can't say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }

    /// Waits for the next connection; who gives up waiting loses none.
    pub async fn accept(&mut self) -> Connection {
        poll_fn(|context| self.poll_accept(context)).await
    }

    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<Connection> {
        loop {
            self.poll_begin(context);
            match self.handshakes.poll_join_next(context) {
                Poll::Ready(Some(Ok(Some(connection)))) => return Poll::Ready(connection),
                // A failed one has made room for another.
                Poll::Ready(Some(Ok(None) | Err(_))) => {}
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Takes what connections there are, and begins their handshakes.
    fn poll_begin(&mut self, context: &mut Context<'_>) {
        while self.handshakes.len() < HANDSHAKES_MAX {
            if let Some(pause) = &mut self.pause {
                if pause.as_mut().poll(context).is_pending() {
                    return;
                }
                self.pause = None;
            }
            match self.tcp.poll_accept(context) {
                Poll::Ready(Ok((tcp, peer))) => {
                    self.handshakes.spawn(handshake(self.acceptor.clone(), tcp, peer));
                }
                Poll::Ready(Err(error)) if is_of_one_connection(&error) => {}
                Poll::Ready(Err(error)) => {
                    tracing::error!(%error, "can't accept connections for now");
                    self.pause = Some(Box::pin(sleep(PAUSE_AFTER_ERROR)));
                }
                Poll::Pending => return,
            }
        }
    }
}

/// The connections themselves, for a server that takes a stream of them.
impl Stream for Listener {
    type Item = io::Result<ServerStream<TcpStream>>;

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<ServerStream<TcpStream>>>> {
        self.get_mut().poll_accept(context).map(|(connection, _)| Some(Ok(connection)))
    }
}

/// Whether only the connection is broken, not the listener.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn handshake(acceptor: Acceptor, tcp: TcpStream, peer: SocketAddr) -> Option<Connection> {
    // Small answers must not wait for the client's acknowledgement of earlier ones.
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%error, "the connection keeps Nagle's algorithm");
    }
    match timeout(HANDSHAKE_TIMEOUT, acceptor.0.accept(tcp)).await {
        Ok(Ok(connection)) => Some((connection, peer)),
        Ok(Err(error)) => {
            tracing::debug!(%peer, %error, "the handshake failed");
            None
        }
        Err(_) => {
            tracing::debug!(%peer, "the handshake took too long");
            None
        }
    }
}
