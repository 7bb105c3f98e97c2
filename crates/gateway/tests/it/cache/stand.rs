//! A service that tells how often it was called and when it changes, and a gateway before it.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicI32, AtomicI64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use prost::Message;
use reqwest::Response;
use takar_gateway::{Gateway, Limits, Upstream};
use takar_proto::gateway::{
    WatchPublicStateRequest, WatchPublicStateResponse,
    freshness_service_server::{FreshnessService, FreshnessServiceServer},
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, mpsc, watch},
    time::{sleep, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Status, Streaming, body::Body};

use crate::{
    grpc::{self, Serve},
    harness::{PATIENCE, Stack, compile},
};

/// A lease that outlasts any test.
pub(super) const LONG_LEASE: Duration = Duration::from_hours(1);

pub(super) static DESCRIPTOR_SET: LazyLock<Vec<u8>> = LazyLock::new(|| compile(&["kept.proto"]));

/// How the service tells of its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// At once, with leases of this length.
    Leases(Duration),
    /// Of new versions, but it grants no more leases.
    NoLeases,
    /// Not at all: a watch ends with this.
    Ends(Code),
}

/// The service, and what a test does with it.
#[derive(Clone)]
pub(super) struct Service(Arc<State>);

struct State {
    calls: AtomicI32,
    version: watch::Sender<i64>,
    telling: watch::Sender<Telling>,
    acknowledged: watch::Sender<i64>,
    watches: AtomicI64,
    /// A call takes one before it answers.
    permits: Semaphore,
    waiting: watch::Sender<usize>,
}

/// A gateway with a service of the test's own.
pub(super) struct Stand {
    pub(super) stack: Stack,
    pub(super) service: Service,
}

impl Stand {
    /// Starts both, and waits until the gateway may keep answers.
    pub(super) async fn start() -> Self {
        Self::with(Limits::default(), Telling::Leases(LONG_LEASE)).await
    }

    /// Starts both, and waits until the gateway may keep answers, if it ever may.
    pub(super) async fn with(limits: Limits, telling: Telling) -> Self {
        let service = Service::new(telling);
        let freshness = FreshnessServiceServer::new(service.clone());
        let server = grpc::start(grpc::router(service.clone()).add_service(freshness)).await;
        let upstream = Upstream::parse(&format!("http://{server}")).expect("an upstream");
        let gateway = Gateway::new(&DESCRIPTOR_SET, &upstream, limits).expect("a contract");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(gateway.serve(listener, std::future::pending()));
        if matches!(telling, Telling::Leases(_)) && limits.cache_bytes > 0 {
            service.until_acknowledged().await;
        }
        Self { stack: Stack::of(server, address), service }
    }

    /// Sends a GET without a credential, and with these headers.
    pub(super) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers).await
    }

    pub(super) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request =
            headers.iter().fold(self.stack.request(method, path), |request, (name, value)| {
                request.header(*name, *value)
            });
        Answer::read(request.send().await.expect("an answer")).await
    }
}

/// An answer, read whole.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) body: Bytes,
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.bytes().await.expect("a body") }
    }

    /// A header; empty where there is none, and with commas where there are several.
    pub(super) fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter();
        values.map(|value| value.to_str().expect("text")).collect::<Vec<_>>().join(", ")
    }

    /// Whether it was kept, or another's.
    pub(super) fn is_kept(&self) -> bool {
        self.headers.contains_key("age")
    }

    fn json(&self) -> serde_json::Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, 200, "{text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// How often the service had been called when it gave this.
    pub(super) fn calls(&self) -> i64 {
        self.json()["calls"].as_i64().expect("a number")
    }

    pub(super) fn text(&self, field: &str) -> String {
        self.json()[field].as_str().expect("a text").to_owned()
    }
}

/// Asks until it is so, for a bounded time.
pub(super) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = timeout(PATIENCE, async {
        while !is_so().await {
            sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(asking.await.is_ok(), "in {PATIENCE:?}: {what}");
}

impl Service {
    fn new(telling: Telling) -> Self {
        Self(Arc::new(State {
            calls: AtomicI32::new(0),
            version: watch::Sender::new(1),
            telling: watch::Sender::new(telling),
            acknowledged: watch::Sender::new(0),
            watches: AtomicI64::new(0),
            permits: Semaphore::new(Semaphore::MAX_PERMITS),
            waiting: watch::Sender::new(0),
        }))
    }

    /// How often it has been called.
    pub(super) fn calls(&self) -> i32 {
        self.0.calls.load(Ordering::SeqCst)
    }

    /// How many watches have begun.
    pub(super) fn watches(&self) -> i64 {
        self.0.watches.load(Ordering::SeqCst)
    }

    /// Tells of a new version, and waits until the gateway has heard of it, as a service does
    /// before it answers a write.
    pub(super) async fn change(&self) {
        self.change_unheard();
        self.until_acknowledged().await;
    }

    /// Tells of a new version, and doesn't wait.
    pub(super) fn change_unheard(&self) {
        self.0.version.send_modify(|version| *version += 1);
    }

    async fn until_acknowledged(&self) {
        let version = *self.0.version.borrow();
        let mut acknowledged = self.0.acknowledged.subscribe();
        let heard = acknowledged.wait_for(|acknowledged| *acknowledged == version);
        assert!(timeout(PATIENCE, heard).await.is_ok(), "the gateway heard of {version}");
    }

    /// Goes on to tell in another way.
    pub(super) fn tell(&self, telling: Telling) {
        self.0.telling.send_replace(telling);
    }

    /// Answers no call until it is let.
    pub(super) fn hold(&self) {
        self.0.permits.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// Answers so many calls.
    pub(super) fn let_go(&self, calls: usize) {
        self.0.permits.add_permits(calls);
    }

    /// Waits until so many calls are held.
    pub(super) async fn until_waiting(&self, calls: usize) {
        let mut waiting = self.0.waiting.subscribe();
        let held = waiting.wait_for(|waiting| *waiting == calls);
        assert!(timeout(PATIENCE, held).await.is_ok(), "{calls} calls are held");
    }

    /// Waits until it has been called so often.
    pub(super) async fn until_called(&self, calls: i32) {
        eventually("it is called", async || self.calls() >= calls).await;
    }

    /// Waits until so many of the calls have been answered.
    pub(super) async fn until_answered(&self, calls: i32) {
        let waiting = || i32::try_from(*self.0.waiting.borrow()).expect("a small number");
        eventually("it has answered", async || self.calls() - waiting() >= calls).await;
    }

    async fn answer(&self, method: String, request: Request<Bytes>) -> Result<Bytes, Status> {
        let (metadata, _, bytes) = request.into_parts();
        let calls = self.0.calls.fetch_add(1, Ordering::SeqCst) + 1;
        // A call that is given up no longer waits.
        let waiting = Waiting::begin(&self.0.waiting);
        self.0.permits.acquire().await.expect("it stays open").forget();
        drop(waiting);
        if method == "ListPublic" {
            let answers = vec![Said { name: "one".to_owned(), calls, ..Said::default() }];
            return Ok(List { answers }.encode_to_vec().into());
        }
        let asked = Asked::decode(bytes).expect("a request");
        if asked.refusal != 0 {
            return Err(Status::new(Code::from_i32(asked.refusal), "refused"));
        }
        let language = metadata.get("accept-language").map(|value| value.to_str().expect("text"));
        let said = Said {
            name: asked.name,
            calls,
            etag: asked.etag,
            language: language.unwrap_or_default().to_owned(),
            filling: "x".repeat(usize::try_from(asked.size).expect("a size")),
        };
        Ok(said.encode_to_vec().into())
    }
}

struct Waiting(watch::Sender<usize>);

impl Waiting {
    fn begin(waiting: &watch::Sender<usize>) -> Self {
        waiting.send_modify(|waiting| *waiting += 1);
        Self(waiting.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}

#[derive(Clone, PartialEq, Message)]
struct Asked {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int32, tag = "3")]
    size: i32,
    #[prost(int32, tag = "4")]
    refusal: i32,
    #[prost(string, tag = "5")]
    etag: String,
}

#[derive(Clone, PartialEq, Message)]
struct Said {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int32, tag = "2")]
    calls: i32,
    #[prost(string, tag = "3")]
    etag: String,
    #[prost(string, tag = "4")]
    language: String,
    #[prost(string, tag = "5")]
    filling: String,
}

#[derive(Clone, PartialEq, Message)]
struct List {
    #[prost(message, repeated, tag = "1")]
    answers: Vec<Said>,
}

impl Serve for Service {
    const NAME: &'static str = "kept.v1.Kept";

    async fn serve(self, method: String, request: http::Request<Body>) -> http::Response<Body> {
        grpc::unary(request, async |request| {
            Ok(tonic::Response::new(self.answer(method, request).await?))
        })
        .await
    }
}

#[tonic::async_trait]
impl FreshnessService for Service {
    type WatchPublicStateStream = ReceiverStream<Result<WatchPublicStateResponse, Status>>;

    async fn watch_public_state(
        &self,
        request: Request<Streaming<WatchPublicStateRequest>>,
    ) -> Result<tonic::Response<Self::WatchPublicStateStream>, Status> {
        self.0.watches.fetch_add(1, Ordering::SeqCst);
        if let Telling::Ends(code) = *self.0.telling.borrow() {
            return Err(Status::new(code, "no watch"));
        }
        let (responses, stream) = mpsc::channel(16);
        tokio::spawn(self.clone().tell_gateway(request.into_inner(), responses));
        Ok(tonic::Response::new(ReceiverStream::new(stream)))
    }
}

impl Service {
    async fn tell_gateway(
        self,
        mut requests: Streaming<WatchPublicStateRequest>,
        responses: mpsc::Sender<Result<WatchPublicStateResponse, Status>>,
    ) {
        let (mut versions, mut tellings) = (self.0.version.subscribe(), self.0.telling.subscribe());
        let mut granted = 0;
        loop {
            tokio::select! {
                request = requests.message() => {
                    let Ok(Some(request)) = request else { return };
                    self.0.acknowledged.send_replace(request.version);
                    if request.lease == 0 || *tellings.borrow() == Telling::NoLeases {
                        continue;
                    }
                    granted = request.lease;
                }
                _ = versions.changed() => {}
                _ = tellings.changed() => {}
            }
            let telling = *tellings.borrow();
            let lease = match telling {
                Telling::Leases(lease) => lease,
                Telling::NoLeases => Duration::ZERO,
                Telling::Ends(code) => {
                    let _ = responses.send(Err(Status::new(code, "no watch"))).await;
                    return;
                }
            };
            let version = *versions.borrow_and_update();
            let lease_duration = lease.try_into().ok();
            let response = WatchPublicStateResponse { version, lease: granted, lease_duration };
            if responses.send(Ok(response)).await.is_err() {
                return;
            }
        }
    }
}
