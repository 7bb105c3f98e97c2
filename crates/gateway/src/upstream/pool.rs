//! The connections to the server: as many as usual, and more while those are full.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

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
            if let Err(error) = vacant.connect(&self.target).await {
                // A full one lets calls wait, which is better than none.
                return open().min_by_key(|one| one.calls()).ok_or(error);
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
