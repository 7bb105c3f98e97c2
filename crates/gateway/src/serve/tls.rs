//! The listener of TLS as the HTTP server takes one.

use std::{io, net::SocketAddr};

use axum::serve;
use takar_tls::{Listener, ServerStream};
use tokio::net::TcpStream;

/// A listener of secure connections.
pub(crate) struct Secure(pub(crate) Listener);

impl serve::Listener for Secure {
    type Io = ServerStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (ServerStream<TcpStream>, SocketAddr) {
        self.0.accept().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
