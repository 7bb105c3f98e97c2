//! What a connection does, so that one that does too little can be told.
//!
//! Three things take long only where a client is slow, gone, or means harm: the head of a request,
//! taking an answer that is there, and doing nothing. How long an answer takes to be made, or a
//! stream to have something to say, is none of them: a quiet stream is no slow reader.
//!
//! What happens is noted in a few numbers, and one timer of the connection looks at them now and
//! then; so a request costs two looks at the clock and no timer of its own.
//!
//! Over HTTP/1.1 a reader is slow when the socket takes nothing. Over HTTP/2 the socket may take
//! other things meanwhile, so each answer is noted while it waits to be taken: or a client could
//! have any number of large answers made, open no window for them, and fill the memory.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

/// How long a client may be slow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) header: Duration,
    pub(super) write: Duration,
    pub(super) idle: Duration,
}

/// What a connection was too slow in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    Head,
    Write,
    Idle,
}

/// What a connection does.
///
/// Its parts are all in one task or wait for each other, so the order of these numbers is theirs;
/// but for requests, whose bodies may be dropped elsewhere: who sees that none is left sees what
/// was done before.
#[derive(Debug)]
pub(super) struct Activity {
    patience: Patience,
    start: Instant,
    requests: AtomicU32,
    /// Whether frames come, which may do so at any time: what comes is no sign of a request then.
    is_http_2: AtomicBool,
    /// Since when there has been no request, in milliseconds from the start.
    quiet_since: AtomicU64,
    /// Since when a head has been coming; [`NEVER`] where none is.
    head_since: AtomicU64,
    /// Since when the socket has taken nothing of what waits for it; [`NEVER`] where it does.
    blocked_since: AtomicU64,
    /// The answers of HTTP/2 that wait to be taken: their numbers, and since when they wait.
    offered: Mutex<Vec<(u64, u64)>>,
    offers: AtomicU64,
}

const NEVER: u64 = u64::MAX;

/// The times are in milliseconds; a patience of none must not keep a processor busy.
const MIN_CHECK_INTERVAL: Duration = Duration::from_millis(1);

impl Activity {
    pub(super) fn new(patience: Patience) -> Self {
        Self {
            patience,
            start: Instant::now(),
            requests: AtomicU32::new(0),
            is_http_2: AtomicBool::new(false),
            quiet_since: AtomicU64::new(0),
            head_since: AtomicU64::new(NEVER),
            blocked_since: AtomicU64::new(NEVER),
            offered: Mutex::default(),
            offers: AtomicU64::new(0),
        }
    }

    /// Begins a request, or a part of it that ends by itself.
    pub(super) fn begin(this: &Arc<Self>) -> Busy {
        this.requests.fetch_add(1, Ordering::Relaxed);
        this.head_since.store(NEVER, Ordering::Relaxed);
        Busy(Arc::clone(this))
    }

    fn end(&self) {
        // While others go on, it is not quiet, and the last of them notes the time.
        if self.requests.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.quiet_since.store(self.now(), Ordering::Relaxed);
        }
    }

    /// Notes that a connection of HTTP/2 has begun.
    pub(super) fn speaks_http_2(&self) {
        self.is_http_2.store(true, Ordering::Relaxed);
        self.head_since.store(NEVER, Ordering::Relaxed);
    }

    fn received(&self) {
        let is_new = self.requests.load(Ordering::Relaxed) == 0
            && self.head_since.load(Ordering::Relaxed) == NEVER
            && !self.is_http_2.load(Ordering::Relaxed);
        if is_new {
            self.head_since.store(self.now(), Ordering::Relaxed);
        }
    }

    fn wrote(&self, is_blocked: bool) {
        let since = self.blocked_since.load(Ordering::Relaxed);
        match (is_blocked, since == NEVER) {
            (true, true) => self.blocked_since.store(self.now(), Ordering::Relaxed),
            (false, false) => self.blocked_since.store(NEVER, Ordering::Relaxed),
            _ => {}
        }
    }

    fn offered(&self) -> MutexGuard<'_, Vec<(u64, u64)>> {
        // Nothing panics while it is held.
        self.offered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(NEVER - 1)
    }

    /// Since when nothing has come or waited to go, over HTTP/1.1; `None` where something does.
    pub(super) fn quiet_since(&self) -> Option<Instant> {
        let is_never = |since: &AtomicU64| since.load(Ordering::Relaxed) == NEVER;
        let is_quiet = self.requests.load(Ordering::Acquire) == 0
            && !self.is_http_2.load(Ordering::Relaxed)
            && is_never(&self.head_since)
            && is_never(&self.blocked_since);
        let since = || Duration::from_millis(self.quiet_since.load(Ordering::Relaxed));
        is_quiet.then(|| self.start + since())
    }

    /// What it is too slow in, if in anything.
    pub(super) fn overdue(&self, now: Instant) -> Option<Overdue> {
        self.deadlines()
            .into_iter()
            .flatten()
            .find(|(deadline, _)| *deadline <= now)
            .map(|due| due.1)
    }

    /// When to look again: at the next deadline, or earlier than any that may be set meanwhile.
    pub(super) fn next_check(&self, now: Instant) -> Instant {
        let Patience { header, write, idle } = self.patience;
        let shortest = header.min(write).min(idle).max(MIN_CHECK_INTERVAL);
        let deadlines = self.deadlines().into_iter().flatten().map(|(deadline, _)| deadline);
        let next = deadlines.filter(|deadline| *deadline > now).min();
        next.unwrap_or(now + shortest).clamp(now + MIN_CHECK_INTERVAL, now + shortest)
    }

    fn deadlines(&self) -> [Option<(Instant, Overdue)>; 3] {
        let after = |since: u64, patience: Duration, overdue: Overdue| {
            let since = (since != NEVER).then(|| self.start + Duration::from_millis(since))?;
            Some((since + patience, overdue))
        };
        let is_quiet = self.requests.load(Ordering::Relaxed) == 0;
        let read = |since: &AtomicU64| since.load(Ordering::Relaxed);
        let offered = self.offered().iter().map(|offer| offer.1).min().unwrap_or(NEVER);
        let blocked = after(read(&self.blocked_since), self.patience.write, Overdue::Write);
        let untaken = after(offered, self.patience.write, Overdue::Write);
        let head = after(read(&self.head_since), self.patience.header, Overdue::Head);
        let idle = after(read(&self.quiet_since), self.patience.idle, Overdue::Idle);
        // A head that comes ends the idleness before it.
        [blocked, untaken, if is_quiet { head.or(idle) } else { None }]
    }
}

/// A request and its answer, while they go on.
#[derive(Debug)]
pub(super) struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// An answer over HTTP/2, while it has something to give.
#[derive(Debug)]
pub(super) struct Offer {
    activity: Arc<Activity>,
    number: u64,
}

impl Offer {
    /// Notes an answer that is there; `None` where the connection's socket tells enough.
    pub(super) fn begin(busy: &Busy) -> Option<Self> {
        let activity = Arc::clone(&busy.0);
        if !activity.is_http_2.load(Ordering::Relaxed) {
            return None;
        }
        let number = activity.offers.fetch_add(1, Ordering::Relaxed);
        let offer = Self { activity, number };
        offer.wait();
        Some(offer)
    }

    /// It waits to be taken, from now on.
    pub(super) fn wait(&self) {
        let now = self.activity.now();
        let mut offered = self.activity.offered();
        offered.retain(|offer| offer.0 != self.number);
        offered.push((self.number, now));
    }

    /// It has been taken, and there is no more for now.
    pub(super) fn rest(&self) {
        self.activity.offered().retain(|offer| offer.0 != self.number);
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.rest();
    }
}

/// A connection of which every byte is noted.
#[derive(Debug)]
pub(super) struct Watched<I> {
    io: I,
    /// What was read and put back.
    again: Bytes,
    activity: Arc<Activity>,
}

impl<I> Watched<I> {
    pub(super) fn new(io: I, activity: Arc<Activity>) -> Self {
        Self { io, again: Bytes::new(), activity }
    }

    /// Lets bytes be read once more, before all others.
    ///
    /// They are copied, as what they are a part of may be much larger, and stay for long.
    pub(super) fn put_back(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.again = [bytes, &self.again].concat().into();
        }
    }

    /// Whether there is something that was put back and not read since.
    pub(super) fn has_more(&self) -> bool {
        !self.again.is_empty()
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Watched<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = if self.again.is_empty() {
            Pin::new(&mut self.io).poll_read(context, buffer)
        } else {
            let length = self.again.len().min(buffer.remaining());
            buffer.put_slice(&self.again.split_to(length));
            Poll::Ready(Ok(()))
        };
        if buffer.filled().len() > before {
            self.activity.received();
        }
        polled
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Watched<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(context, bytes);
        self.activity.wrote(polled.is_pending());
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.activity.wrote(polled.is_pending());
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // TLS keeps what it couldn't send. Who flushes has nothing left to write, so nothing waits
        // where this is done.
        let polled = Pin::new(&mut self.io).poll_flush(context);
        self.activity.wrote(polled.is_pending());
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_shutdown(context);
        self.activity.wrote(polled.is_pending());
        polled
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::{io::AsyncWriteExt as _, time::advance};

    use super::*;

    /// A connection that keeps what it is given, and can't send it for now.
    struct Full(bool);

    impl AsyncWrite for Full {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            if self.0 { Poll::Pending } else { Poll::Ready(Ok(())) }
        }

        fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.poll_flush(context)
        }
    }

    async fn flush(io: &mut Watched<Full>, is_ending: bool) -> io::Result<()> {
        if is_ending { io.shutdown().await } else { io.flush().await }
    }

    #[tokio::test(start_paused = true)]
    async fn what_tls_keeps_waits_until_it_is_sent() {
        let second = Duration::from_secs(1);
        let patience = Patience { header: second, write: second, idle: 10 * second };
        let activity = Arc::new(Activity::new(patience));
        let mut io = Watched::new(Full(true), Arc::clone(&activity));
        for is_ending in [false, true] {
            io.io = Full(true);
            let flushed = flush(&mut io, is_ending).now_or_never();
            assert!(flushed.is_none());
            assert_eq!(activity.quiet_since(), None);
            advance(2 * second).await;
            assert_eq!(activity.overdue(Instant::now()), Some(Overdue::Write));
            io.io = Full(false);
            flush(&mut io, is_ending).await.expect("sent");
            assert_eq!(activity.overdue(Instant::now()), None);
            assert!(activity.quiet_since().is_some());
        }
    }
}
