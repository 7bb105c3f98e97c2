//! One connection of HTTP/2 to the server.

use std::{
    future::poll_fn,
    io,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use h2::{
    Ping, PingPong, SendStream,
    client::{self, ResponseFuture, SendRequest},
};
use http::Request;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, timeout_at},
};

use super::{
    address::Address,
    batch::{Batch, Batching},
    exchange::Unfinished,
    message::Outgoing,
    socket::Connected,
};

/// How long the server may take to answer a ping, which no work of its own delays; no longer than
/// the silence before it.
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// The least that silence is: a limit of none would ask without end.
const SHORTEST_SILENCE: Duration = Duration::from_millis(1);

/// Calls that are reset before the server surely knows of it.
///
/// A server counts requests that are reset before it has begun them, and hangs up on who sends too
/// many, with all calls of the connection: those of tonic and hyper after 20. So after half as many
/// the next wait for the answer to a ping, by which the server has got as far as they.
const MAX_RESETS_AT_ONCE: usize = 10;

/// Calls on one connection before another is opened: servers allow 100 at least, as RFC 9113
/// recommends, and mostly not many more.
const MAX_CALLS: usize = 100;

/// The largest headers and trailers that are taken: those with details of an error are some
/// kilobytes.
const MAX_HEADER_LIST_BYTES: u32 = 64 * 1024;

/// What small frames that wait to be read may cost: no limit of its own, as the windows limit
/// them, and one slow reader must not end a connection that others share.
const FRAME_BUDGET_BYTES: usize = u32::MAX as usize;

/// How much may be on its way before it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Windows {
    /// Of one call.
    pub(super) stream_bytes: u32,
    /// Of all calls of a connection.
    pub(super) connection_bytes: u32,
}

/// A connection, until it closes.
#[derive(Debug)]
pub(super) struct Connection {
    /// Locked for as long as it takes to queue a request; a clone for each would take h2's own
    /// lock twice more.
    sender: Mutex<Sender>,
    /// Whether nothing more can be sent.
    is_closed: AtomicBool,
    /// Whether nothing came for as long as a server is let be silent.
    is_silent: AtomicBool,
    /// Calls under way.
    calls: AtomicUsize,
    /// Whether any has begun since this was last looked at.
    was_used: AtomicBool,
    /// Calls that the server takes at once, as far as it has said.
    max_calls: AtomicUsize,
    orders: mpsc::UnboundedSender<Order>,
    /// The calls that are sent next.
    batch: Batch,
}

/// What begins requests.
#[derive(Debug)]
struct Sender {
    h2: SendRequest<Outgoing>,
    /// Whether the last request was refused by h2 itself.
    has_refused: bool,
}

/// What a connection is to do besides.
#[derive(Debug)]
enum Order {
    /// To reset a call.
    Reset(Unfinished),
    /// To ask the server whether it lives.
    Ping,
}

impl Connection {
    /// Connects, and drives the connection in a task of its own until it ends.
    pub(super) async fn open(
        address: &Address,
        windows: Windows,
        keep_alive: Duration,
    ) -> io::Result<Arc<Self>> {
        let socket = address.socket.connect().await?;
        let has_read = socket.has_read();
        let handshake = client::Builder::new()
            .initial_window_size(windows.stream_bytes)
            .initial_connection_window_size(windows.connection_bytes)
            .max_header_list_size(MAX_HEADER_LIST_BYTES)
            .data_frame_budget(FRAME_BUDGET_BYTES)
            // Frames of calls that were cancelled and forgotten: a limit for servers that mean harm.
            .max_local_error_reset_streams(None)
            .enable_push(false)
            .handshake::<_, Outgoing>(socket);
        let (sender, mut h2) = handshake.await.map_err(io::Error::other)?;
        let pings = h2.ping_pong().map(|pings| Pings::new(pings, keep_alive.min(PING_TIMEOUT)));
        let (orders, to_do) = mpsc::unbounded_channel();
        let batch = Batch::default();
        let connection = Arc::new(Self {
            sender: Mutex::new(Sender { h2: sender, has_refused: false }),
            is_closed: AtomicBool::new(false),
            is_silent: AtomicBool::new(false),
            calls: AtomicUsize::new(0),
            was_used: AtomicBool::new(true),
            max_calls: AtomicUsize::new(usize::MAX),
            orders,
            batch: batch.clone(),
        });
        let of_connection = Arc::downgrade(&connection);
        let driving = async move {
            drive(h2, pings, &of_connection, &has_read, to_do, keep_alive).await;
            if let Some(connection) = of_connection.upgrade() {
                connection.close();
            }
        };
        tokio::spawn(Batching::new(driving, batch));
        Ok(connection)
    }

    /// Begins a call.
    ///
    /// # Errors
    /// Where the connection takes no more; nothing has been sent then.
    pub(super) fn begin(
        self: &Arc<Self>,
        request: Request<()>,
    ) -> Result<(Counted, ResponseFuture, SendStream<Outgoing>), h2::Error> {
        if self.is_silent.swap(false, Ordering::Relaxed) {
            let _ = self.orders.send(Order::Ping);
        }
        let counted = Counted::new(self);
        self.batch.join();
        let mut sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let max_calls = sender.h2.current_max_send_streams();
        self.max_calls.store(max_calls, Ordering::Relaxed);
        // A handle refuses more than the server takes at once, but h2 queues those of others.
        let begun = if self.calls() >= max_calls {
            sender.h2.clone().send_request(request, false)
        } else {
            sender.h2.send_request(request, false)
        };
        match begun {
            Ok((response, stream)) => {
                sender.has_refused = false;
                Ok((counted, response, stream))
            }
            Err(error) => {
                // A handle may refuse where the server has just lowered what it takes; another
                // doesn't, unless the connection has no numbers for calls left.
                let is_ours = error.reason().is_none() && !error.is_io();
                if !is_ours || std::mem::replace(&mut sender.has_refused, true) {
                    self.close();
                }
                sender.h2 = sender.h2.clone();
                Err(error)
            }
        }
    }

    /// Lets nothing more begin here.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_open(&self) -> bool {
        !self.is_closed.load(Ordering::Relaxed)
    }

    /// How many calls are under way.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Whether it has been used since this was last asked, or is in use.
    pub(super) fn was_used(&self) -> bool {
        self.was_used.swap(false, Ordering::Relaxed) || self.calls() > 0
    }

    /// Whether a call would begin at once.
    pub(super) fn has_room(&self) -> bool {
        let max_calls = self.max_calls.load(Ordering::Relaxed).min(MAX_CALLS);
        self.calls() < max_calls
    }

    /// Resets a call that nobody waits for any more, soon.
    pub(super) fn abandon(&self, unfinished: Unfinished) {
        // Where nobody drives the connection, it is reset as it drops.
        let _ = self.orders.send(Order::Reset(unfinished));
    }
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Counted(Arc<Connection>);

impl Counted {
    fn new(connection: &Arc<Connection>) -> Self {
        connection.calls.fetch_add(1, Ordering::Relaxed);
        connection.was_used.store(true, Ordering::Relaxed);
        Self(Arc::clone(connection))
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets a connection go on until it ends, or its server is found dead.
async fn drive(
    mut h2: client::Connection<Connected, Outgoing>,
    pings: Option<Pings>,
    connection: &Weak<Connection>,
    has_read: &AtomicBool,
    mut orders: mpsc::UnboundedReceiver<Order>,
    keep_alive: Duration,
) {
    let Some(mut pings) = pings else { return };
    let mut silence = interval(keep_alive.max(SHORTEST_SILENCE));
    silence.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            ended = &mut h2 => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "the connection to the server broke");
                }
                return;
            }
            is_answered = pings.answered(), if pings.is_awaited() => {
                // What came meanwhile tells that the server lives, too.
                if !is_answered && !has_read.swap(false, Ordering::Relaxed) {
                    tracing::warn!("the server is silent; its connection is given up");
                    return;
                }
            }
            _ = silence.tick() => {
                let is_silent = !has_read.swap(false, Ordering::Relaxed);
                let Some(connection) = connection.upgrade() else { continue };
                let is_waited_for = connection.calls() > 0;
                if is_silent && is_waited_for {
                    pings.send();
                }
                connection.is_silent.store(is_silent && !is_waited_for, Ordering::Relaxed);
            }
            Some(order) = orders.recv(), if pings.unconfirmed < MAX_RESETS_AT_ONCE => match order {
                Order::Ping => pings.send(),
                Order::Reset(unfinished) => {
                    drop(unfinished);
                    pings.unconfirmed += 1;
                }
            },
        }
        // After the connection had its turn to send the resets, which a ping would overtake.
        if pings.unconfirmed >= MAX_RESETS_AT_ONCE {
            pings.send();
        }
    }
}

/// Asks the server whether it lives, and how far it got.
#[derive(Debug)]
struct Pings {
    h2: PingPong,
    timeout: Duration,
    /// Until when the ping under way must be answered.
    deadline: Option<Instant>,
    /// Resets that the server may not have got to.
    unconfirmed: usize,
    /// Those of them that were sent before the ping under way.
    before_ping: usize,
}

impl Pings {
    fn new(h2: PingPong, timeout: Duration) -> Self {
        Self { h2, timeout, deadline: None, unconfirmed: 0, before_ping: 0 }
    }

    fn is_awaited(&self) -> bool {
        self.deadline.is_some()
    }

    /// Sends a ping, unless one is under way.
    fn send(&mut self) {
        if self.deadline.is_none() && self.h2.send_ping(Ping::opaque()).is_ok() {
            self.before_ping = self.unconfirmed;
            self.extend();
        }
    }

    fn extend(&mut self) {
        self.deadline = Some(Instant::now() + self.timeout);
    }

    /// Waits for the answer to the ping under way; false where it is overdue.
    async fn answered(&mut self) -> bool {
        let Some(deadline) = self.deadline else { return true };
        let pong = poll_fn(|context| self.h2.poll_pong(context));
        let Ok(pong) = timeout_at(deadline, pong).await else {
            self.extend();
            return false;
        };
        // An error is the connection's, which tells of it.
        if pong.is_ok() {
            self.unconfirmed -= self.before_ping;
            self.before_ping = 0;
        }
        self.deadline = None;
        true
    }
}
