//! A server that writes its frames itself, and so can do what no library does.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{self, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

use super::PATIENCE;

const PREFACE_BYTES: usize = 24;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;

const NO_FLAGS: u8 = 0;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const END_STREAM_AND_HEADERS: u8 = 5;

/// `:status: 200` and `content-type: application/grpc`, and `grpc-status: 0`, as HPACK has them.
const HEAD: &[u8] = b"\x88\x0f\x10\x10application/grpc";
const TRAILERS: &[u8] = b"\x00\x0bgrpc-status\x010";

/// What such a server does with each request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Goes away, and says that it has begun nothing.
    GoAway,
    /// Answers those that read long after they are reset, before the first that writes.
    AnswerLate,
}

/// The server, and what it saw.
pub(super) struct Raw {
    pub(super) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    events: mpsc::UnboundedReceiver<()>,
}

impl Raw {
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits for a request, or for its reset.
    pub(super) async fn event(&mut self) {
        timeout(PATIENCE, self.events.recv()).await.expect("in time").expect("a frame");
    }
}

pub(super) async fn start_raw(manner: Manner) -> Raw {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let connections = Arc::new(AtomicUsize::new(0));
    let (told, events) = mpsc::unbounded_channel();
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.expect("a connection");
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(serve(tcp, manner, told.clone()));
        }
    });
    Raw { address, connections, events }
}

async fn serve(
    mut tcp: TcpStream,
    manner: Manner,
    told: mpsc::UnboundedSender<()>,
) -> io::Result<()> {
    tcp.read_exact(&mut [0; PREFACE_BYTES]).await?;
    send(&mut tcp, SETTINGS, NO_FLAGS, 0, b"").await?;
    let (mut reset, mut is_late) = (Vec::new(), false);
    loop {
        let (kind, flags, stream, payload) = receive(&mut tcp).await?;
        match (manner, kind) {
            (_, SETTINGS) if flags & ACK == 0 => send(&mut tcp, SETTINGS, ACK, 0, b"").await?,
            (_, PING) if flags & ACK == 0 => send(&mut tcp, PING, ACK, 0, &payload).await?,
            // The last stream that was begun is 0, and the reason none.
            (Manner::GoAway, HEADERS) => send(&mut tcp, GO_AWAY, NO_FLAGS, 0, &[0; 8]).await?,
            // A request that writes has a body that isn't empty.
            (Manner::AnswerLate, DATA) if payload.len() > 5 => {
                for late in reset.drain(..) {
                    send(&mut tcp, HEADERS, END_HEADERS, late, HEAD).await?;
                }
                is_late = true;
                send(&mut tcp, HEADERS, END_HEADERS, stream, HEAD).await?;
                send(&mut tcp, DATA, NO_FLAGS, stream, b"\0\0\0\0\0").await?;
                send(&mut tcp, HEADERS, END_STREAM_AND_HEADERS, stream, TRAILERS).await?;
            }
            (Manner::AnswerLate, DATA) => drop(told.send(())),
            // An answer that nobody knows any more is reset once more, which is no question.
            (Manner::AnswerLate, RST_STREAM) if !is_late => {
                reset.push(stream);
                let _ = told.send(());
            }
            _ => {}
        }
    }
}

async fn receive(tcp: &mut TcpStream) -> io::Result<(u8, u8, u32, Vec<u8>)> {
    let mut head = [0; 9];
    tcp.read_exact(&mut head).await?;
    let [length @ .., kind, flags, s0, s1, s2, s3] = head;
    let length = u32::from_be_bytes([0, length[0], length[1], length[2]]);
    let mut payload = vec![0; length as usize];
    tcp.read_exact(&mut payload).await?;
    Ok((kind, flags, u32::from_be_bytes([s0, s1, s2, s3]), payload))
}

async fn send(
    tcp: &mut TcpStream,
    kind: u8,
    flags: u8,
    stream: u32,
    payload: &[u8],
) -> io::Result<()> {
    let length = u32::try_from(payload.len()).expect("a short payload").to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend_from_slice(&stream.to_be_bytes());
    frame.extend_from_slice(payload);
    tcp.write_all(&frame).await
}
