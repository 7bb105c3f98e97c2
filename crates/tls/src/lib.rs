//! TLS out of PEM files: for the listeners of the programs, their clients and their healthchecks.
//!
//! In reading order: [`files`], [`listener`], [`own`], [`client`].
#![allow(rustdoc::private_intra_doc_links, reason = "the map is for readers of the code")]

mod client;
mod error;
mod files;
mod listener;
mod own;

#[cfg(feature = "testing")]
pub mod testing;

pub use client::{Client, Connector};
pub use error::Error;
pub use listener::{Acceptor, Listener, Server};
pub use tokio_rustls::{client::TlsStream as ClientStream, server::TlsStream as ServerStream};

use std::{sync::Arc, time::Duration};

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};

/// How long a handshake may take: several round trips around the world, and no longer, as each
/// holds a socket.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How HTTP/2 is called where a handshake agrees on it.
const ALPN_HTTP_2: &[u8] = b"h2";

/// The cryptography, named so that no other library's choice changes it.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
