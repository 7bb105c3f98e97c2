//! Connections that rest: nothing is kept of them but the socket.
//!
//! hyper keeps two buffers and a parser for each connection, some 20 KB, though most connections
//! wait for their next request most of the time. So hyper is given a connection only when its first
//! bytes come, and gives it back when it has been quiet for a while.

use std::{pin::pin, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite},
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    activity::{Activity, Watched},
    connection::Stage,
};

/// How a connection of HTTP/2 begins.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long a connection is quiet before it rests: longer than a client takes between requests that
/// follow each other, as waking costs a few microseconds and a read more.
pub(super) const REST_AFTER: Duration = Duration::from_millis(100);

/// How soon a connection is looked at again that was busy after [`REST_AFTER`]: soon enough for its
/// buffers to be no matter, and seldom enough for open streams to cost nothing.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Whether a connection has been quiet for long enough.
pub(super) fn is_due(activity: &Activity) -> bool {
    activity.quiet_since().is_some_and(|since| since + REST_AFTER <= Instant::now())
}

/// When to ask that again, if it was asked before.
pub(super) fn next_look(activity: &Activity, now: Instant) -> Instant {
    let due = activity.quiet_since().map(|since| since + REST_AFTER);
    due.filter(|due| *due > now).unwrap_or(now + LOOK_INTERVAL)
}

/// What a connection wakes up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// A request of HTTP/1.1.
    Http1,
    /// A connection of HTTP/2, from its first byte on.
    Http2,
    /// Nothing more comes, or nothing more is wanted.
    End,
}

/// Waits for the first bytes of a connection, which tell what it speaks.
pub(super) async fn first_bytes<I>(
    io: &mut Watched<I>,
    activity: &Activity,
    stage: &mut watch::Receiver<Stage>,
) -> Wake
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let mut first = [0; PREFACE.len()];
    let mut length = 0;
    while length < PREFACE.len() && PREFACE.starts_with(&first[..length]) {
        match read(io, &mut first[length..], activity, stage).await {
            0 => return Wake::End,
            count => length += count,
        }
    }
    let first = &first[..length];
    io.put_back(first);
    if first == PREFACE {
        activity.speaks_http_2();
        return Wake::Http2;
    }
    Wake::Http1
}

/// Waits for the next request of a connection that speaks HTTP/1.1.
pub(super) async fn next_request<I>(
    io: &mut Watched<I>,
    activity: &Activity,
    stage: &mut watch::Receiver<Stage>,
) -> Wake
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    // The start of a head that came along with the request before has time from now on.
    if io.has_more() {
        return Wake::Http1;
    }
    let mut first = [0; PREFACE.len()];
    match read(io, &mut first, activity, stage).await {
        0 => Wake::End,
        length => {
            io.put_back(&first[..length]);
            Wake::Http1
        }
    }
}

/// Reads what comes; nothing where the client or the gateway ends, or the client is overdue.
async fn read<I>(
    io: &mut Watched<I>,
    buffer: &mut [u8],
    activity: &Activity,
    stage: &mut watch::Receiver<Stage>,
) -> usize
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let mut check = pin!(sleep_until(activity.next_check(Instant::now())));
    loop {
        tokio::select! {
            biased;
            count = io.read(buffer) => return count.unwrap_or_else(|error| {
                tracing::debug!(%error, "the connection broke");
                0
            }),
            () = &mut check => if let Some(overdue) = activity.overdue(Instant::now()) {
                tracing::debug!(?overdue, "the connection is closed");
                return 0;
            },
            // Whatever it has become, nothing is begun any more.
            _ = stage.changed() => return 0,
        }
        check.as_mut().reset(activity.next_check(Instant::now()));
    }
}
