//! One connection, over HTTP/1.1 or HTTP/2.

use std::{
    convert::Infallible,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    response::Response,
};
use hyper::{body::Incoming, service::Service as HyperService};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use pin_project_lite::pin_project;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until},
};
use tower::Service;

use super::{
    activity::{Activity, Busy, Overdue, Patience, Watched},
    body::Tracked,
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
    http: Arc<auto::Builder<TokioExecutor>>,
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
        Self { http: Arc::new(protocols(limits)), patience, stack }
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
        let requests = Requests { stack, activity: Arc::clone(&activity) };
        let io = TokioIo::new(Watched::new(io, Arc::clone(&activity)));
        let http = Arc::clone(&self.http);
        async move {
            // Pinned where it is made: a variable of its own would double what each task takes.
            let connection = pin!(http.serve_connection(io, requests));
            drive(connection, &activity, stage).await;
            drop(place);
        }
    }
}

/// Both protocols, within the limits.
fn protocols(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let head_bytes = HEAD_SLACK * (limits.max_url_bytes + limits.max_header_bytes);
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        // Ours tells an idle client from a slow one, and costs no timer for each request.
        .header_read_timeout(None)
        .max_buf_size(head_bytes.max(MIN_HEAD_BUFFER_BYTES));
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_pending_accept_reset_streams(MAX_RESET_STREAMS)
        .max_header_list_size(u32::try_from(head_bytes).unwrap_or(u32::MAX))
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    http
}

type Connection<'h, I> = auto::Connection<'h, TokioIo<Watched<I>>, Requests, TokioExecutor>;

/// Lets a connection go on until it ends, is overdue, or has to end.
async fn drive<I>(
    mut connection: Pin<&mut Connection<'_, I>>,
    activity: &Activity,
    mut stage: watch::Receiver<Stage>,
) where
    I: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut is_closing = false;
    let mut check = pin!(sleep_until(activity.next_check(Instant::now())));
    loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(error, "the connection broke");
                }
                return;
            }
            () = &mut check => match activity.overdue(Instant::now()) {
                Some(Overdue::Idle) if !is_closing => {
                    is_closing = true;
                    connection.as_mut().graceful_shutdown();
                }
                Some(overdue) => {
                    tracing::debug!(?overdue, "the connection is closed");
                    return;
                }
                None => {}
            },
            changed = stage.changed() => {
                if changed.is_err() || *stage.borrow_and_update() == Stage::Ended {
                    return;
                }
                is_closing = true;
                connection.as_mut().graceful_shutdown();
            }
        }
        check.as_mut().reset(activity.next_check(Instant::now()));
    }
}

/// The requests of one connection, as hyper brings them.
struct Requests {
    stack: Stack,
    activity: Arc<Activity>,
}

impl HyperService<http::Request<Incoming>> for Requests {
    type Response = http::Response<Tracked>;
    type Error = Infallible;
    type Future = Tracking<<Stack as Service<Request>>::Future>;

    fn call(&self, request: http::Request<Incoming>) -> Self::Future {
        let busy = Activity::begin(&self.activity);
        let request =
            request.map(|body| if body.is_end_stream() { Body::empty() } else { Body::new(body) });
        // None of the layers ever waits to be ready: they refuse instead.
        let answer = self.stack.clone().call(request);
        Tracking { answer, busy: Some(busy) }
    }
}

pin_project! {
    /// An answer on its way, which keeps its connection busy.
    struct Tracking<F> {
        #[pin]
        answer: F,
        busy: Option<Busy>,
    }
}

impl<F> Future for Tracking<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<http::Response<Tracked>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.answer.poll(context))?;
        let busy = this.busy.take();
        Poll::Ready(Ok(response.map(|body| Tracked::new(body, busy))))
    }
}
