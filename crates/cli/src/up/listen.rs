//! Addresses: taken early, opened once there is something to answer.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket};

use crate::error::Error;

/// Connections that may wait to be accepted, as many as the standard library lets wait.
const BACKLOG: u32 = 128;

/// An address that is ours but refuses connections until [`Reserved::listen`].
///
/// So a taken port is told before anything is imported, port 0 has its number before anybody can
/// connect, and a client that waits for `/readyz` is refused instead of kept waiting.
#[derive(Debug)]
pub(super) struct Reserved {
    socket: TcpSocket,
    address: SocketAddr,
    option: &'static str,
}

impl Reserved {
    /// Takes the address that `option` gave.
    ///
    /// # Errors
    /// [`Error::Listen`] where it is taken, or not one of this machine.
    pub(super) fn at(address: SocketAddr, option: &'static str) -> Result<Self, Error> {
        let failed = |source| Error::Listen { option, address, source };
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        };
        let socket = socket.map_err(failed)?;
        // Else the connections of an earlier run keep the address for minutes.
        socket.set_reuseaddr(true).map_err(failed)?;
        socket.bind(address).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address, option })
    }

    /// Where a client on this machine finds it.
    pub(super) fn reachable(&self) -> SocketAddr {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        SocketAddr::new(ip, self.address.port())
    }

    /// Opens it.
    ///
    /// # Errors
    /// [`Error::Listen`] where another program came first.
    pub(super) fn listen(self) -> Result<TcpListener, Error> {
        let Self { socket, address, option } = self;
        socket.listen(BACKLOG).map_err(|source| Error::Listen { option, address, source })
    }
}
