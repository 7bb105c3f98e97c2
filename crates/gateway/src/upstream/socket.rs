//! Sockets to the server, over TCP, TLS or the file system.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use socket2::{SockRef, TcpKeepalive};
use takar_tls::ClientStream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, UnixStream},
    time::timeout,
};

use super::address::Socket;

/// How long one attempt to connect may take, with TLS; a server in the same network needs far less.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an idle connection is silent before the kernel tries it: less than the minutes after
/// which routers forget one. While calls are under way HTTP/2's own pings find out sooner.
const TCP_KEEP_ALIVE: Duration = Duration::from_mins(1);

/// A connected socket, which notes when something came.
#[derive(Debug)]
pub(super) struct Connected {
    stream: Stream,
    has_read: Arc<AtomicBool>,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Tls(Box<ClientStream<TcpStream>>),
    Unix(UnixStream),
}

impl Socket {
    /// Connects, in bounded time.
    pub(super) async fn connect(&self) -> io::Result<Connected> {
        let stream = timeout(CONNECT_TIMEOUT, self.dial()).await??;
        Ok(Connected { stream, has_read: Arc::default() })
    }

    async fn dial(&self) -> io::Result<Stream> {
        match self {
            Self::Tcp { host, port } => Ok(Stream::Tcp(tcp(host, *port).await?)),
            Self::Tls { host, port, tls } => {
                Ok(Stream::Tls(Box::new(tls.connect(tcp(host, *port).await?).await?)))
            }
            Self::Unix(path) => Ok(Stream::Unix(UnixStream::connect(path).await?)),
        }
    }
}

async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    // The resolver wants an address of IPv6 without the brackets that it has in a URL.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, port)).await?;
    // A call is small, and nothing follows that it could wait for.
    stream.set_nodelay(true)?;
    let keep_alive = TcpKeepalive::new().with_time(TCP_KEEP_ALIVE);
    SockRef::from(&stream).set_tcp_keepalive(&keep_alive)?;
    Ok(stream)
}

impl Connected {
    /// Whether something came since this was last set to false.
    pub(super) fn has_read(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.has_read)
    }
}

/// Does the same with each kind of stream.
macro_rules! with_stream {
    ($connected:expr, $stream:ident => $do:expr) => {
        match &mut $connected.get_mut().stream {
            Stream::Tcp($stream) => $do,
            Stream::Tls(boxed) => {
                let $stream = boxed.as_mut();
                $do
            }
            Stream::Unix($stream) => $do,
        }
    };
}

impl AsyncRead for Connected {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let this = self.get_mut();
        let polled = match &mut this.stream {
            Stream::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
            Stream::Unix(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        if buffer.filled().len() > before {
            this.has_read.store(true, Ordering::Relaxed);
        }
        polled
    }
}

impl AsyncWrite for Connected {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        with_stream!(self, stream => Pin::new(stream).poll_write(context, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        with_stream!(self, stream => Pin::new(stream).poll_write_vectored(context, slices))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Tcp(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
            Stream::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        with_stream!(self, stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        with_stream!(self, stream => Pin::new(stream).poll_shutdown(context))
    }
}

#[cfg(test)]
mod tests {
    use takar_tls::{Listener, testing::Authority};
    use tokio::net::TcpListener;
    use tokio_stream::StreamExt as _;

    use crate::Upstream;

    #[tokio::test]
    async fn why_a_server_over_tls_cannot_be_called_is_told() {
        let authority = Authority::new();
        let issued = authority.issue("127.0.0.1");
        for (protocols, why) in [
            (&["h2"][..], None),
            (&[], Some("the server speaks no HTTP/2 over TLS")),
            (&["http/1.1"], Some("received fatal alert: NoApplicationProtocol")),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = listener.local_addr().expect("an address");
            let mut listener = Listener::new(listener, issued.acceptor_speaking(protocols));
            let accepting = tokio::spawn(async move { listener.next().await });
            let url = format!("https://{address}");
            let upstream = Upstream::parse_with_tls(&url, &authority.client(None));
            let connected = upstream.expect("an upstream").0.socket.connect().await;
            let said = connected.err().map(|error| error.to_string());
            assert_eq!(said.as_deref(), why, "{protocols:?}");
            accepting.abort();
        }
    }
}
