//! Servers that do as a script says.

use std::{
    collections::VecDeque,
    future::poll_fn,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use h2::{
    Reason, RecvStream,
    server::{Connection, SendResponse},
};
use http::{HeaderMap, Request, Response};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    time::timeout,
};

use super::PATIENCE;

/// An empty message of gRPC.
const MESSAGE: &[u8] = b"\0\0\0\0\0";

/// What a server does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Serve,
    /// Answers nothing, until the gateway goes.
    Hold,
    /// Says that it has not begun.
    Refuse,
    Unavailable,
    /// Refuses the caller without reading the request.
    Deny,
    BreakBeforeHead,
    BreakBehindHead,
    BreakAmidMessage,
    BreakBeforeTrailers,
    ResetInternal,
    ResetCancel,
    NoTrailers,
    NoStatus,
    NoMessage,
    TwoMessages,
    HalfMessage,
    Compressed,
    BadStatus,
    BadDetails,
    HttpError,
    Html,
}

impl Act {
    /// Those that end with the connection.
    pub(super) const BREAKS: [Self; 4] = [
        Self::BreakBeforeHead,
        Self::BreakBehindHead,
        Self::BreakAmidMessage,
        Self::BreakBeforeTrailers,
    ];

    /// All that is no answer, and may have had an effect.
    pub(super) const FAULTS: [Self; 17] = [
        Self::Unavailable,
        Self::BreakBeforeHead,
        Self::BreakBehindHead,
        Self::BreakAmidMessage,
        Self::BreakBeforeTrailers,
        Self::ResetInternal,
        Self::ResetCancel,
        Self::NoTrailers,
        Self::NoStatus,
        Self::NoMessage,
        Self::TwoMessages,
        Self::HalfMessage,
        Self::Compressed,
        Self::BadStatus,
        Self::BadDetails,
        Self::HttpError,
        Self::Html,
    ];

    /// What is sent before anything breaks.
    fn body(self) -> &'static [u8] {
        match self {
            Self::BreakAmidMessage | Self::HalfMessage => b"\0\0\0\0\x09half",
            Self::TwoMessages => b"\0\0\0\0\0\0\0\0\0\0",
            Self::Compressed => b"\x01\0\0\0\x01x",
            Self::BreakBehindHead | Self::NoMessage | Self::BadDetails => b"",
            _ => MESSAGE,
        }
    }

    fn head(self) -> Response<()> {
        let response = Response::builder().header("content-type", "application/grpc");
        let response = match self {
            Self::HttpError => Response::builder().status(502).header("content-type", "text/html"),
            Self::Html => Response::builder().header("content-type", "text/html"),
            Self::Unavailable => response.header("grpc-status", "14"),
            Self::Deny => response.header("grpc-status", "16"),
            _ => response,
        };
        response.body(()).expect("a head")
    }

    fn trailers(self) -> HeaderMap {
        let trailers: &[(&'static str, &'static str)] = match self {
            Self::NoStatus => &[("x-other", "1")],
            Self::BadStatus => &[("grpc-status", "nonsense"), ("grpc-message", "%zz%")],
            Self::BadDetails => &[("grpc-status", "3"), ("grpc-status-details-bin", "{}")],
            _ => &[("grpc-status", "0")],
        };
        let trailers = trailers
            .iter()
            .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
        trailers.collect()
    }
}

/// A server, and what it saw.
pub(super) struct Fake {
    pub(super) address: SocketAddr,
    shared: Arc<Shared>,
    held: mpsc::UnboundedReceiver<()>,
    resets: mpsc::UnboundedReceiver<Reason>,
}

struct Shared {
    /// The last goes on for all further requests.
    script: Mutex<VecDeque<Act>>,
    seen: AtomicUsize,
    connections: AtomicUsize,
    go_away: watch::Sender<bool>,
    held: mpsc::UnboundedSender<()>,
    resets: mpsc::UnboundedSender<Reason>,
}

impl Fake {
    /// The requests that came.
    pub(super) fn seen(&self) -> usize {
        self.shared.seen.load(Ordering::SeqCst)
    }

    pub(super) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Sets what is done from now on.
    pub(super) fn then(&self, act: Act) {
        *self.shared.script.lock().expect("no panic") = VecDeque::from([act]);
    }

    /// Waits for a request that is held.
    pub(super) async fn held(&mut self) {
        timeout(PATIENCE, self.held.recv()).await.expect("in time").expect("a request");
    }

    /// Waits for a held request that is reset.
    pub(super) async fn reset(&mut self) -> Reason {
        timeout(PATIENCE, self.resets.recv()).await.expect("in time").expect("a reset")
    }

    /// Tells so many connections to take no more, and waits until the other side knows.
    pub(super) async fn go_away(&mut self, count: usize) {
        while self.connections() < count {
            tokio::task::yield_now().await;
        }
        self.shared.go_away.send_replace(true);
        for _ in 0..count {
            self.held().await;
        }
    }
}

/// Starts a server of HTTP/2 that does with each request what is next in the script.
pub(super) async fn start_fake(script: &[Act]) -> Fake {
    start_with(script, h2::server::Builder::new()).await
}

/// One that takes no byte of a request before it has read it.
pub(super) async fn start_fake_without_window(script: &[Act]) -> Fake {
    let mut http2 = h2::server::Builder::new();
    http2.initial_window_size(0);
    start_with(script, http2).await
}

async fn start_with(script: &[Act], http2: h2::server::Builder) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let ((held, is_held), (resets, is_reset)) =
        (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    let shared = Arc::new(Shared {
        script: Mutex::new(script.iter().copied().collect()),
        seen: AtomicUsize::new(0),
        connections: AtomicUsize::new(0),
        go_away: watch::channel(false).0,
        held,
        resets,
    });
    let fake = Fake { address, shared: Arc::clone(&shared), held: is_held, resets: is_reset };
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.expect("a connection");
            tokio::spawn(serve(tcp, http2.clone(), Arc::clone(&shared)));
        }
    });
    fake
}

async fn serve(tcp: TcpStream, http2: h2::server::Builder, shared: Arc<Shared>) {
    let Ok(mut connection) = http2.handshake(tcp).await else { return };
    let mut go_away = shared.go_away.subscribe();
    go_away.mark_unchanged();
    shared.connections.fetch_add(1, Ordering::SeqCst);
    loop {
        let request = tokio::select! {
            request = connection.accept() => request,
            changed = go_away.changed() => {
                if changed.is_ok() {
                    connection.graceful_shutdown();
                    settle(&mut connection).await;
                    let _ = shared.held.send(());
                }
                continue;
            }
        };
        let Some(Ok((request, respond))) = request else { return };
        shared.seen.fetch_add(1, Ordering::SeqCst);
        let act = {
            let mut script = shared.script.lock().expect("no panic");
            if script.len() > 1 { script.pop_front() } else { script.front().copied() }
        };
        let act = act.expect("an act");
        if perform(act, request, respond, &shared) {
            settle(&mut connection).await;
            return;
        }
    }
}

/// Answers, and tells whether the connection is to break then.
fn perform(
    act: Act,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    shared: &Arc<Shared>,
) -> bool {
    match act {
        Act::Hold => {
            tokio::spawn(hold(request, respond, Arc::clone(shared)));
        }
        Act::Refuse => respond.send_reset(Reason::REFUSED_STREAM),
        Act::ResetInternal => respond.send_reset(Reason::INTERNAL_ERROR),
        Act::ResetCancel => respond.send_reset(Reason::CANCEL),
        Act::BreakBeforeHead => {}
        Act::Unavailable | Act::Deny => {
            respond.send_response(act.head(), true).expect("sent");
        }
        _ => answer(act, &mut respond),
    }
    Act::BREAKS.contains(&act)
}

fn answer(act: Act, respond: &mut SendResponse<Bytes>) {
    let mut body = respond.send_response(act.head(), false).expect("sent");
    let is_all = act == Act::NoTrailers;
    body.send_data(Bytes::from_static(act.body()), is_all).expect("sent");
    if !is_all && !Act::BREAKS.contains(&act) {
        body.send_trailers(act.trailers()).expect("sent");
    }
    if Act::BREAKS.contains(&act) {
        // Dropped it would be reset.
        std::mem::forget(body);
    }
}

async fn hold(request: Request<RecvStream>, mut respond: SendResponse<Bytes>, shared: Arc<Shared>) {
    let _ = shared.held.send(());
    let reset = poll_fn(|context| respond.poll_reset(context)).await;
    if let Ok(reason) = reset {
        let _ = shared.resets.send(reason);
    }
    drop(request);
}

/// Drives a connection until the gateway has got all that was sent to it.
async fn settle(connection: &mut Connection<TcpStream, Bytes>) {
    let mut pings = connection.ping_pong().expect("the first to ask");
    pings.send_ping(h2::Ping::opaque()).expect("a ping");
    let pong = poll_fn(|context| pings.poll_pong(context));
    tokio::select! {
        _ = poll_fn(|context| connection.poll_closed(context)) => {}
        pong = pong => drop(pong),
    }
}
