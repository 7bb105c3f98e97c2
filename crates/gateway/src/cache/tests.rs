//! Every order in which an answer, a change, a lease and those who ask can come: none hides a change.
//!
//! What is asked goes on only when a test says so: each future is polled by hand.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use axum::{
    body::{self, Body},
    extract::Request,
    response::Response,
};
use http::{Method, StatusCode, header};
use tokio::sync::watch;
use tower::Service;

use super::{keeper::Keeper, layer::Cache, terms::Keep};

const LEASE: Duration = Duration::from_hours(1);

/// A server whose answers are numbered by when they were asked for.
#[derive(Clone)]
struct Server {
    calls: Arc<AtomicU32>,
    answered: Arc<AtomicU32>,
    /// The calls that may be answered.
    let_go: watch::Sender<Vec<u32>>,
    stale: Duration,
}

impl Service<Request> for Server {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let server = self.clone();
        Box::pin(async move {
            let mut let_go = server.let_go.subscribe();
            let_go.wait_for(|let_go| let_go.contains(&call)).await.expect("it stays open");
            server.answered.fetch_add(1, Ordering::SeqCst);
            let mut response = Response::new(Body::from(call.to_string()));
            if request.uri().path() == "/failing" {
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            }
            response.extensions_mut().insert(Keep {
                max_age: (!server.stale.is_zero()).then_some(Duration::ZERO),
                stale_while_revalidate: server.stale,
                languages: [].into(),
            });
            Ok(response)
        })
    }
}

struct Stand {
    cache: Cache<Server>,
    server: Server,
    keeper: Arc<Keeper>,
}

/// Something that was asked.
struct Asking(Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>);

impl Asking {
    fn poll(&mut self) -> Poll<Result<Response, Infallible>> {
        self.0.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Goes on as far as it can, and gives the number of the call that answers it, and whether that
    /// was another's.
    async fn answer(&mut self) -> Option<(u32, bool)> {
        let Poll::Ready(Ok(response)) = self.poll() else { return None };
        let is_kept = response.headers().contains_key(header::AGE);
        let body = body::to_bytes(response.into_body(), 100).await.expect("a body");
        let call = std::str::from_utf8(&body).expect("text").parse().expect("a number");
        Some((call, is_kept))
    }
}

impl Stand {
    fn new() -> Self {
        Self::with_stale(Duration::ZERO)
    }

    fn with_stale(stale: Duration) -> Self {
        let (calls, answered, let_go) = (Arc::default(), Arc::default(), watch::Sender::default());
        let server = Server { calls, answered, let_go, stale };
        let keeper = Keeper::without_watch(1024 * 1024);
        let cache = Cache::new(server.clone(), Some(Arc::clone(&keeper)));
        let stand = Self { cache, server, keeper };
        stand.lease();
        stand
    }

    fn lease(&self) {
        self.keeper.shelf.freshness.lease_until(Instant::now() + LEASE);
    }

    /// Hears of a change, as the watch does.
    fn change(&self) {
        self.keeper.shelf.renew();
    }

    /// Lets a call be answered.
    fn let_go(&self, call: u32) {
        self.server.let_go.send_modify(|let_go| let_go.push(call));
    }

    fn calls(&self) -> u32 {
        self.server.calls.load(Ordering::SeqCst)
    }

    /// Asks, as far as that goes at once.
    fn ask(&self, method: Method, path: &str, cache_control: &str) -> Asking {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = path.parse().expect("a path");
        if !cache_control.is_empty() {
            let value = cache_control.parse().expect("a value");
            request.headers_mut().insert(header::CACHE_CONTROL, value);
        }
        let mut asking = Asking(Box::pin(self.cache.clone().call(request)));
        if let Poll::Ready(answer) = asking.poll() {
            asking.0 = Box::pin(std::future::ready(answer));
        }
        asking
    }

    fn get(&self) -> Asking {
        self.ask(Method::GET, "/", "")
    }

    fn get_anew(&self) -> Asking {
        self.ask(Method::GET, "/", "no-cache")
    }

    /// The call that answers one who asks now, and whether it was another's.
    async fn shown(&self) -> (u32, bool) {
        let mut asking = self.get();
        if let Some(answer) = asking.answer().await {
            return answer;
        }
        self.let_go(self.calls());
        asking.answer().await.expect("an answer")
    }
}

#[tokio::test]
async fn what_was_asked_before_a_change_is_not_kept_whoever_waits_for_it() {
    let stand = Stand::new();
    let (mut first, mut second) = (stand.get(), stand.get());
    stand.change();
    let mut third = stand.get();
    assert_eq!(stand.calls(), 2, "the third doesn't join what was asked before the change");
    stand.let_go(1);
    stand.let_go(2);
    // They asked before the change was heard of, so before the write was answered.
    assert_eq!(first.answer().await, Some((1, false)));
    assert_eq!(second.answer().await, Some((1, true)));
    assert_eq!(third.answer().await, Some((2, false)));
    assert_eq!(stand.shown().await, (2, true));
}

#[tokio::test]
async fn what_lands_last_but_was_asked_before_a_change_is_not_shown() {
    let stand = Stand::new();
    let mut before = stand.get();
    stand.change();
    let mut after = stand.get();
    stand.let_go(2);
    assert_eq!(after.answer().await, Some((2, false)));
    stand.let_go(1);
    assert_eq!(before.answer().await, Some((1, false)));
    assert_eq!(stand.shown().await, (2, true));
}

#[tokio::test]
async fn what_was_kept_before_a_change_is_not_shown_even_where_it_could_not_be_dropped() {
    let stand = Stand::new();
    assert_eq!(stand.shown().await, (1, false));
    assert_eq!(stand.shown().await, (1, true));
    // A change between the last look at the generation and the store is the same: what is in the store
    // is of an older generation.
    stand.keeper.shelf.freshness.renew();
    assert_eq!(stand.shown().await, (2, false));
}

#[tokio::test]
async fn what_lands_without_a_lease_is_not_kept_for_the_next_one() {
    let stand = Stand::new();
    let mut asking = stand.get();
    stand.keeper.shelf.freshness.end_lease();
    stand.let_go(1);
    assert_eq!(asking.answer().await, Some((1, false)));
    stand.lease();
    assert_eq!(stand.shown().await, (2, false));
}

#[tokio::test]
async fn a_watch_that_begins_again_shows_nothing_of_the_one_before() {
    let stand = Stand::new();
    assert_eq!(stand.shown().await, (1, false));
    let mut asking = stand.get_anew();
    stand.keeper.shelf.freshness.end_lease();
    let mut without_lease = stand.get();
    // Whatever version it is told of first is news: what happened in between, nobody told.
    stand.change();
    stand.lease();
    stand.let_go(2);
    stand.let_go(3);
    assert_eq!(asking.answer().await, Some((2, false)));
    assert_eq!(without_lease.answer().await, Some((3, false)));
    assert_eq!(stand.shown().await, (4, false));
}

#[tokio::test]
async fn a_write_that_passes_through_makes_old_what_was_asked_before_it_was_answered() {
    for path in ["/", "/failing"] {
        let stand = Stand::new();
        let mut write = stand.ask(Method::POST, path, "");
        let mut read = stand.get();
        stand.let_go(1);
        assert_eq!(
            write.answer().await,
            Some((1, false)),
            "what failed may have changed something"
        );
        stand.let_go(2);
        assert_eq!(read.answer().await, Some((2, false)));
        assert_eq!(stand.shown().await, (3, false), "{path}");
    }
}

#[tokio::test]
async fn what_is_fetched_behind_an_old_answer_is_not_kept_over_a_change() {
    let stand = Stand::with_stale(LEASE);
    assert_eq!(stand.shown().await, (1, false));
    assert_eq!(stand.get().answer().await, Some((1, true)), "old, and another is fetched");
    while stand.calls() < 2 {
        tokio::task::yield_now().await;
    }
    stand.change();
    let mut after = stand.get();
    assert_eq!(stand.calls(), 3);
    stand.let_go(2);
    stand.let_go(3);
    while stand.server.answered.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(after.answer().await, Some((3, false)));
    assert_eq!(stand.get().answer().await, Some((3, true)));
}

#[tokio::test]
async fn who_asks_anew_leaves_the_new_answer_for_others() {
    let stand = Stand::new();
    assert_eq!(stand.shown().await, (1, false));
    let mut anew = stand.get_anew();
    assert_eq!(stand.get().answer().await, Some((1, true)), "the old is good until then");
    stand.let_go(2);
    assert_eq!(anew.answer().await, Some((2, false)));
    assert_eq!(stand.shown().await, (2, true));
}

#[tokio::test]
async fn however_many_ask_anew_the_server_is_asked_by_one_at_a_time() {
    let stand = Stand::new();
    let mut first = stand.get_anew();
    let mut others = Vec::new();
    // No more than a task may poll at once.
    for _ in 0..20 {
        others.push(stand.get_anew());
    }
    assert_eq!(stand.calls(), 1);
    stand.let_go(1);
    assert_eq!(first.answer().await, Some((1, false)));
    // What was asked before they did is not for them: one of them asks for all.
    for other in &mut others {
        assert_eq!(other.answer().await, None);
    }
    assert_eq!(stand.calls(), 2);
    stand.let_go(2);
    let mut answers = Vec::new();
    for other in &mut others {
        answers.extend(other.answer().await);
    }
    assert_eq!((answers.len(), stand.calls()), (20, 2));
    assert!(answers.iter().all(|(call, _)| *call == 2));
    assert_eq!(answers.iter().filter(|(_, is_kept)| !is_kept).count(), 1);
}

#[tokio::test]
async fn who_asks_anew_goes_on_where_the_one_before_hangs_up() {
    let stand = Stand::new();
    let first = stand.get();
    let mut anew = stand.get_anew();
    drop(first);
    assert_eq!((anew.answer().await, stand.calls()), (None, 2));
    stand.let_go(2);
    assert_eq!(anew.answer().await, Some((2, false)));
    assert_eq!(stand.shown().await, (2, true));
}

#[tokio::test]
async fn who_wants_nothing_stored_leaves_nothing() {
    let stand = Stand::new();
    stand.let_go(1);
    assert_eq!(stand.ask(Method::GET, "/", "no-store").answer().await, Some((1, false)));
    assert_eq!(stand.shown().await, (2, false));
    stand.let_go(3);
    assert_eq!(stand.ask(Method::GET, "/", "no-store").answer().await, Some((3, false)));
    assert_eq!(stand.shown().await, (2, true));
}
