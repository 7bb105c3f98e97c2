//! The connections to the server: as many as usual, and more while those are full.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep, sleep_until};

use super::{
    address::Address,
    connection::{Connection, Windows},
};

/// How long the first attempt after one that failed waits, which is doubled for each further one:
/// a server that restarts is found soon, and one that is down isn't stormed.
const FIRST_PAUSE: Duration = Duration::from_millis(20);

/// How long it waits at most: a request that comes meanwhile waits with it.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// How many times the usual connections there may be: enough for all requests that are let in.
const GROWTH: usize = 16;

/// How long a connection that was opened because the usual ones were full may be without a call, and at
/// most twice that: longer than the quiet between two waves of requests, and short enough that the
/// server doesn't hold for a day what it needed for a minute.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// The connections of one kind.
#[derive(Debug)]
pub(super) struct Pool {
    places: Box<[Arc<Place>]>,
    /// How many of the places are used before the others.
    usual: usize,
    turn: AtomicUsize,
    target: Arc<Target>,
}

/// What connections are made to.
#[derive(Debug)]
struct Target {
    address: Address,
    windows: Windows,
    keep_alive: Duration,
}

/// The place of one connection.
#[derive(Debug, Default)]
struct Place {
    connection: Mutex<Option<Arc<Connection>>>,
    /// Held while somebody connects.
    connecting: tokio::sync::Mutex<Attempts>,
    /// Whether a task of its own connects.
    is_connecting_behind: AtomicBool,
    /// Whether a task waits for the connection to be idle.
    is_seen_to: AtomicBool,
    /// The attempts that failed, ever.
    failed: AtomicU64,
}

/// The attempts since the last that succeeded.
#[derive(Debug, Default)]
struct Attempts {
    pause: Option<Duration>,
    next: Option<Instant>,
    error: Option<Arc<io::Error>>,
}

impl Pool {
    pub(super) fn new(
        address: &Address,
        usual: u8,
        windows: Windows,
        keep_alive: Duration,
    ) -> Self {
        let usual = usize::from(usual.max(1));
        let places = (0..usual * GROWTH).map(|_| Arc::default()).collect();
        let target = Target { address: address.clone(), windows, keep_alive };
        Self { places, usual, turn: AtomicUsize::new(0), target: Arc::new(target) }
    }

    /// How many connections there can be.
    pub(super) fn size(&self) -> usize {
        self.places.len()
    }

    /// Whether a place is one of those that are used before the others.
    fn is_usual(&self, place: &Arc<Place>) -> bool {
        self.places.iter().take(self.usual).any(|usual| Arc::ptr_eq(usual, place))
    }

    /// Gives a connection that takes a call, and connects where there is none.
    ///
    /// # Errors
    /// Where the server can't be reached.
    pub(super) async fn connection(&self) -> Result<Arc<Connection>, Arc<io::Error>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let place = &self.places[turn % self.usual];
        if let Some(connection) = place.open().filter(|one| one.has_room()) {
            return Ok(connection);
        }
        // Each that connects may find that others have filled what it opened.
        for _ in &self.places {
            let open = || self.places.iter().filter_map(|place| place.open());
            let least = open().filter(|one| one.has_room()).min_by_key(|one| one.calls());
            if let Some(least) = least {
                // That one serves while the usual one comes.
                if place.open().is_none() {
                    place.connect_behind(&self.target);
                }
                return Ok(least);
            }
            let vacant = [place].into_iter().chain(&self.places).find(|one| one.open().is_none());
            let Some(vacant) = vacant else { break };
            match vacant.connect(&self.target).await {
                Ok(_) if !self.is_usual(vacant) => vacant.close_when_idle(),
                Ok(_) => {}
                // A full one lets calls wait, which is better than none.
                Err(error) => return open().min_by_key(|one| one.calls()).ok_or(error),
            }
        }
        let full = self.places.iter().filter_map(|place| place.open());
        full.min_by_key(|one| one.calls()).ok_or_else(no_connection)
    }
}

/// Where all connections close as soon as they are opened.
fn no_connection() -> Arc<io::Error> {
    Arc::new(io::ErrorKind::NotConnected.into())
}

impl Place {
    /// The connection, if it takes calls.
    fn open(&self) -> Option<Arc<Connection>> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.as_ref().filter(|connection| connection.is_open()).cloned()
    }

    /// Connects; who comes meanwhile waits for the same attempt.
    async fn connect(&self, target: &Target) -> Result<Arc<Connection>, Arc<io::Error>> {
        let failed = self.failed.load(Ordering::Relaxed);
        let mut attempts = self.connecting.lock().await;
        if let Some(connection) = self.open() {
            return Ok(connection);
        }
        let has_failed = self.failed.load(Ordering::Relaxed) != failed;
        if let Some(error) = attempts.error.as_ref().filter(|_| has_failed) {
            return Err(Arc::clone(error));
        }
        if let Some(next) = attempts.next {
            sleep_until(next).await;
        }
        let opened = Connection::open(&target.address, target.windows, target.keep_alive).await;
        match opened {
            Ok(connection) => {
                *attempts = Attempts::default();
                let mut place = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
                *place = Some(Arc::clone(&connection));
                Ok(connection)
            }
            Err(error) => {
                self.failed.fetch_add(1, Ordering::Relaxed);
                Err(attempts.fail(error))
            }
        }
    }

    /// Closes the connection once it is idle, unless somebody sees to that already.
    fn close_when_idle(self: &Arc<Self>) {
        if self.is_seen_to.swap(true, Ordering::Relaxed) {
            return;
        }
        let place = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                sleep(IDLE_TIMEOUT).await;
                let Some(place) = place.upgrade() else { return };
                if !place.open().is_some_and(|connection| connection.was_used()) {
                    // First, so that nobody sees to none who connects meanwhile.
                    place.is_seen_to.store(false, Ordering::Relaxed);
                    place.vacate();
                    return;
                }
            }
        });
    }

    /// Gives the connection up, which closes when the last call that was about to begin is over.
    fn vacate(&self) {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(connection) = connection.take() {
            connection.close();
        }
    }

    /// Connects while others serve, unless somebody does so already.
    fn connect_behind(self: &Arc<Self>, target: &Arc<Target>) {
        if self.is_connecting_behind.swap(true, Ordering::Relaxed) {
            return;
        }
        let (place, target) = (Arc::clone(self), Arc::clone(target));
        tokio::spawn(async move {
            if let Err(error) = place.connect(&target).await {
                tracing::debug!(%error, "no further connection to the server");
            }
            place.is_connecting_behind.store(false, Ordering::Relaxed);
        });
    }
}

impl Attempts {
    fn fail(&mut self, error: io::Error) -> Arc<io::Error> {
        let pause = self.pause.map_or(FIRST_PAUSE, |pause| (2 * pause).min(LONGEST_PAUSE));
        self.pause = Some(pause);
        self.next = Some(Instant::now() + jittered(pause));
        let error = Arc::new(error);
        self.error = Some(Arc::clone(&error));
        error
    }
}

/// Between half of a pause and all of it, so that those who failed together don't try together.
pub(super) fn jittered(pause: Duration) -> Duration {
    let random = uuid::Uuid::now_v7().as_u128();
    let part = u32::try_from(random & 0xff).unwrap_or_default();
    pause / 2 + pause * part / 512
}

#[cfg(test)]
mod tests {
    use tokio::{
        net::TcpListener,
        sync::mpsc,
        time::{advance, pause},
    };

    use super::{super::exchange::Exchange, *};
    use crate::Upstream;

    /// As many calls as one connection takes.
    const FULL: usize = 100;

    /// A server that answers nothing, and tells of connections that closed.
    async fn start_server() -> (Upstream, mpsc::UnboundedReceiver<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (closed, is_closed) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.expect("a connection");
                let closed = closed.clone();
                tokio::spawn(async move {
                    let http2 = h2::server::handshake(tcp).await;
                    let mut http2 = http2.expect("HTTP/2");
                    let mut held = Vec::new();
                    while let Some(Ok(call)) = http2.accept().await {
                        held.push(call);
                    }
                    let _ = closed.send(());
                });
            }
        });
        let upstream = Upstream::parse(&format!("http://{address}")).expect("an upstream");
        (upstream, is_closed)
    }

    #[tokio::test]
    async fn what_was_opened_under_load_closes_when_it_is_idle_and_the_usual_stays() {
        let (upstream, mut is_closed) = start_server().await;
        let windows = Windows { stream_bytes: 65_535, connection_bytes: 65_535 };
        let pool = Pool::new(&upstream.0, 1, windows, Duration::from_hours(1));
        let usual = pool.connection().await.expect("a connection");
        let begin = |connection: &Arc<Connection>| {
            let request = http::Request::post("http://x/a.B/C").body(()).expect("a request");
            Exchange::begin(connection, request, 100).expect("a call")
        };
        let mut calls: Vec<_> = (0..FULL).map(|_| begin(&usual)).collect();
        let further = pool.connection().await.expect("a connection");
        assert!(!Arc::ptr_eq(&usual, &further));
        calls.push(begin(&further));
        drop(calls);
        while usual.calls() + further.calls() > 0 {
            sleep(Duration::from_millis(1)).await;
        }
        drop(further);

        pause();
        // It was used in the first of these minutes.
        advance(IDLE_TIMEOUT).await;
        tokio::task::yield_now().await;
        assert_eq!(pool.places.iter().filter(|place| place.open().is_some()).count(), 2);
        advance(IDLE_TIMEOUT).await;
        is_closed.recv().await.expect("it closes");
        assert!(is_closed.try_recv().is_err());
        assert!(Arc::ptr_eq(&usual, &pool.connection().await.expect("a connection")));
    }

    #[tokio::test]
    async fn what_is_in_use_is_not_closed() {
        let (upstream, mut is_closed) = start_server().await;
        let windows = Windows { stream_bytes: 65_535, connection_bytes: 65_535 };
        let pool = Pool::new(&upstream.0, 1, windows, Duration::from_hours(1));
        let place = &pool.places[1];
        let connection = place.connect(&pool.target).await.expect("a connection");
        place.close_when_idle();
        let request = http::Request::post("http://x/a.B/C").body(()).expect("a request");
        let call = Exchange::begin(&connection, request, 100).expect("a call");
        pause();
        for _ in 0..5 {
            advance(IDLE_TIMEOUT).await;
            tokio::task::yield_now().await;
        }
        assert!(is_closed.try_recv().is_err() && place.open().is_some());
        // Who has it in hand may begin where it was given up meanwhile.
        place.vacate();
        assert!(place.open().is_none());
        let request = http::Request::post("http://x/a.B/C").body(()).expect("a request");
        let later = Exchange::begin(&connection, request, 100);
        assert!(later.is_ok());
        drop((call, later, connection));
        is_closed.recv().await.expect("it closes when the last call is over");
    }
}
