//! One connection, over HTTP/1.1 or HTTP/2.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt as _;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _},
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until},
};

use super::{
    activity::{Activity, Overdue, Patience, Watched},
    requests::Requests,
    rest::{self, REST_AFTER, Wake},
};
use crate::{
    layers::{Peer, Stack},
    limits::Limits,
};

/// Requests that one connection of HTTP/2 may have under way: more than a page or a proxy's share
/// needs, and a small part of what all may have together.
const MAX_STREAMS: u32 = 128;

/// Streams that a client may open and reset before they are looked at: as many as it may open.
const MAX_RESET_STREAMS: usize = MAX_STREAMS as usize;

/// How much of one body may be on its way: 5 MB/s over a round trip of 50 ms.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;

/// The same for all bodies of a connection.
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;

/// How much of an answer waits for a slow reader before its source has to wait.
const SEND_BUFFER_BYTES: usize = 64 * 1024;

/// How often a connection of HTTP/2 is tried: routers on the way forget silent ones in minutes.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// How long the answer to that may take.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Heads up to this many times the limits get that far that a problem can be answered; hyper
/// answers larger ones with a bare 431 and hangs up.
const HEAD_SLACK: usize = 2;

/// The least that hyper reads heads into.
const MIN_HEAD_BUFFER_BYTES: usize = 8 * 1024;

/// How far the gateway is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Serving,
    /// What is under way is finished, and nothing else is begun.
    Draining,
    Ended,
}

/// What all connections have in common.
pub(super) struct Connections {
    protocols: Arc<Protocols>,
    patience: Patience,
    stack: Stack,
}

impl Connections {
    pub(super) fn new(limits: &Limits, stack: Stack) -> Self {
        let patience = Patience {
            header: limits.header_timeout,
            write: limits.write_timeout,
            idle: limits.idle_timeout,
        };
        Self { protocols: Arc::new(Protocols::new(limits)), patience, stack }
    }

    /// Serves a connection until it ends; the place that it takes is free again then.
    pub(super) fn serve<I>(
        &self,
        io: I,
        peer: Peer,
        stage: watch::Receiver<Stage>,
        place: Option<OwnedSemaphorePermit>,
    ) -> impl Future<Output = ()> + Send + use<I>
    where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let activity = Arc::new(Activity::new(self.patience));
        let stack = self.stack.clone().of_peer(peer);
        let requests = Requests::new(stack, Arc::clone(&activity));
        let io = Watched::new(io, Arc::clone(&activity));
        let protocols = Arc::clone(&self.protocols);
        async move {
            protocols.serve(io, requests, &activity, stage).await;
            drop(place);
        }
    }
}

/// Both protocols, within the limits.
struct Protocols {
    http_1: http1::Builder,
    http_2: http2::Builder<TokioExecutor>,
}

impl Protocols {
    fn new(limits: &Limits) -> Self {
        let head_bytes = HEAD_SLACK * (limits.max_url_bytes + limits.max_header_bytes);
        let mut http_1 = http1::Builder::new();
        http_1
            // Ours tells an idle client from a slow one, and costs no timer for each request.
            .header_read_timeout(None)
            .max_buf_size(head_bytes.max(MIN_HEAD_BUFFER_BYTES));
        let mut http_2 = http2::Builder::new(TokioExecutor::new());
        http_2
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_pending_accept_reset_streams(MAX_RESET_STREAMS)
            .max_header_list_size(u32::try_from(head_bytes).unwrap_or(u32::MAX))
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_send_buf_size(SEND_BUFFER_BYTES)
            .keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT);
        Self { http_1, http_2 }
    }

    /// Serves a connection, and lets it rest whenever it is quiet.
    async fn serve<I>(
        &self,
        mut io: Watched<I>,
        mut requests: Requests,
        activity: &Activity,
        mut stage: watch::Receiver<Stage>,
    ) where
        I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let mut wake = rest::first_bytes(&mut io, activity, &mut stage).await;
        loop {
            match wake {
                Wake::Http1 => {
                    let parts = {
                        // In a box, which a connection that rests doesn't keep.
                        let connection = self.http_1.serve_connection(TokioIo::new(io), requests);
                        let mut connection = Box::new(connection);
                        if drive(&mut *connection, activity, &mut stage).await == Pause::End {
                            return;
                        }
                        connection.into_parts()
                    };
                    (io, requests) = (parts.io.into_inner(), parts.service);
                    io.put_back(&parts.read_buf);
                    drop(parts.read_buf);
                    wake = rest::next_request(&mut io, activity, &mut stage).await;
                }
                Wake::Http2 => {
                    let connection = self.http_2.serve_connection(TokioIo::new(io), requests);
                    drive(&mut *Box::new(connection), activity, &mut stage).await;
                    return;
                }
                Wake::End => {
                    // TLS says goodbye, where the socket takes it at once.
                    let _ = io.shutdown().now_or_never();
                    return;
                }
            }
        }
    }
}

/// A connection that hyper drives.
trait Driven: Future<Output = hyper::Result<()>> + Unpin {
    /// Whether it may be taken from hyper between two requests.
    const RESTS: bool;

    /// Lets nothing more begin on it.
    fn finish(&mut self);
}

impl<I> Driven for http1::Connection<TokioIo<Watched<I>>, Requests>
where
    I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    const RESTS: bool = true;

    fn finish(&mut self) {
        Pin::new(self).graceful_shutdown();
    }
}

impl<I> Driven for http2::Connection<TokioIo<Watched<I>>, Requests, TokioExecutor>
where
    I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    const RESTS: bool = false;

    fn finish(&mut self) {
        Pin::new(self).graceful_shutdown();
    }
}

/// Why a connection doesn't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pause {
    /// It has ended, or has to.
    End,
    /// It may rest.
    Rest,
}

/// Lets a connection go on until it ends, is overdue, has to end, or may rest.
async fn drive<C: Driven>(
    connection: &mut C,
    activity: &Activity,
    stage: &mut watch::Receiver<Stage>,
) -> Pause {
    let mut is_closing = false;
    // Most are quiet soon after the request that woke them.
    let first_look = next_look::<C>(activity).min(Instant::now() + REST_AFTER);
    let mut check = pin!(sleep_until(first_look));
    loop {
        tokio::select! {
            biased;
            ended = &mut *connection => return end(ended),
            () = &mut check => match activity.overdue(Instant::now()) {
                Some(Overdue::Idle) if !is_closing => {
                    is_closing = true;
                    connection.finish();
                }
                Some(overdue) => {
                    tracing::debug!(?overdue, "the connection is closed");
                    return Pause::End;
                }
                None if C::RESTS && !is_closing && rest::is_due(activity) => {
                    // What has become quiet only now, as a body that nobody reads any more, hyper
                    // may not know yet: it may have to hang up.
                    if let Some(ended) = connection.now_or_never() {
                        return end(ended);
                    }
                    if rest::is_due(activity) {
                        return Pause::Rest;
                    }
                }
                None => {}
            },
            changed = stage.changed() => {
                if changed.is_err() || *stage.borrow_and_update() == Stage::Ended {
                    return Pause::End;
                }
                is_closing = true;
                connection.finish();
            }
        }
        check.as_mut().reset(next_look::<C>(activity));
    }
}

fn end(ended: hyper::Result<()>) -> Pause {
    if let Err(error) = ended {
        tracing::debug!(%error, "the connection broke");
    }
    Pause::End
}

/// When a connection is to be looked at again.
fn next_look<C: Driven>(activity: &Activity) -> Instant {
    let now = Instant::now();
    let check = activity.next_check(now);
    if C::RESTS { check.min(rest::next_look(activity, now)) } else { check }
}
