//! A proxy between the gateway and its server, which can be as bad as a network.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::timeout,
};

use super::PATIENCE;

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;

/// What the proxy does with what the gateway sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Forward,
    /// Keeps it, and sends it all at once later.
    HoldBack,
}

/// The proxy, and what it saw.
pub(super) struct Proxy {
    pub(super) address: SocketAddr,
    flow: watch::Sender<Flow>,
    /// How often the connections that there were ceased to forward, without closing.
    frozen: watch::Sender<usize>,
    held: watch::Receiver<Vec<u8>>,
    connections: watch::Receiver<usize>,
}

impl Proxy {
    pub(super) fn connections(&self) -> usize {
        *self.connections.borrow()
    }

    /// Lets the connections that there are be silent from now on.
    pub(super) fn freeze(&self) {
        self.frozen.send_modify(|times| *times += 1);
    }

    pub(super) fn hold_back(&self) {
        self.flow.send_replace(Flow::HoldBack);
    }

    pub(super) fn let_go(&self) {
        self.flow.send_replace(Flow::Forward);
    }

    /// Waits until so many requests are held back.
    pub(super) async fn held_requests(&self, count: usize) {
        let mut held = self.held.clone();
        let all = held.wait_for(|bytes| count_frames(bytes, HEADERS) == count);
        timeout(PATIENCE, all).await.expect("in time").expect("a proxy");
    }

    /// Waits until all resets are held back that the gateway sends.
    pub(super) async fn held_resets(&self) {
        let mut held = self.held.clone();
        let any = held.wait_for(|bytes| count_frames(bytes, RST_STREAM) > 0);
        timeout(PATIENCE, any).await.expect("in time").expect("a proxy");
        while timeout(Duration::from_millis(300), held.changed()).await.is_ok() {}
    }
}

/// The frames of HTTP/2 of one kind in bytes that begin with a frame.
fn count_frames(mut bytes: &[u8], kind: u8) -> usize {
    let mut count = 0;
    while let [l0, l1, l2, of_kind, ..] = *bytes {
        count += usize::from(of_kind == kind);
        let length = u32::from_be_bytes([0, l0, l1, l2]) as usize;
        bytes = bytes.get(9 + length..).unwrap_or_default();
    }
    count
}

pub(super) async fn start_proxy(server: SocketAddr) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (flow, flowing) = watch::channel(Flow::Forward);
    let (frozen, freezing) = watch::channel(0);
    let (kept, held) = watch::channel(Vec::new());
    let (count, connections) = watch::channel(0);
    tokio::spawn(async move {
        loop {
            let (inner, _) = listener.accept().await.expect("a connection");
            count.send_modify(|count| *count += 1);
            let (flowing, mut freezing, kept) = (flowing.clone(), freezing.clone(), kept.clone());
            freezing.mark_unchanged();
            tokio::spawn(async move {
                let outer = TcpStream::connect(server).await.expect("the server");
                let (mut from_gateway, mut to_gateway) = inner.into_split();
                let (mut from_server, mut to_server) = outer.into_split();
                // They stay here, and so open, when nothing is forwarded any more.
                tokio::select! {
                    _ = forward(&mut from_gateway, &mut to_server, flowing, &kept) => {}
                    _ = tokio::io::copy(&mut from_server, &mut to_gateway) => {}
                    Ok(()) = freezing.changed() => std::future::pending().await,
                }
            });
        }
    });
    Proxy { address, flow, frozen, held, connections }
}

async fn forward(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    mut flow: watch::Receiver<Flow>,
    kept: &watch::Sender<Vec<u8>>,
) -> Option<()> {
    let mut bytes = vec![0; 64 * 1024];
    loop {
        tokio::select! {
            read = from.read(&mut bytes) => {
                let count = read.ok().filter(|count| *count > 0)?;
                if *flow.borrow() == Flow::HoldBack {
                    kept.send_modify(|held| held.extend_from_slice(&bytes[..count]));
                } else {
                    to.write_all(&bytes[..count]).await.ok()?;
                }
            }
            changed = flow.changed() => {
                changed.ok()?;
                if *flow.borrow() == Flow::Forward {
                    to.write_all(&kept.send_replace(Vec::new())).await.ok()?;
                }
            }
        }
    }
}
