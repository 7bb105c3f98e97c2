//! The server of the streams.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value};
use tokio::{net::TcpListener, sync::watch, time::timeout};
use tokio_stream::{StreamExt as _, wrappers::TcpListenerStream};
use tonic::{Code, Request, Response, Status, body::Body};

use super::PATIENCE;
use crate::{
    grpc::{self, Messages, Serve},
    harness::descriptor_set,
};

/// What the server counts.
#[derive(Clone, Debug)]
pub(crate) struct Counters {
    sent: Arc<AtomicUsize>,
    open: watch::Sender<usize>,
    hang_up: watch::Sender<bool>,
}

impl Counters {
    /// The messages that were handed over.
    pub(super) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// The streams that are open.
    pub(super) fn open(&self) -> usize {
        *self.open.borrow()
    }

    /// Waits until no stream is open.
    pub(super) async fn all_ended(&self) {
        let mut open = self.open.subscribe();
        let ended = open.wait_for(|open| *open == 0);
        timeout(PATIENCE, ended).await.expect("an end in time").expect("a server");
    }

    /// Waits until no further message is handed over.
    pub(super) async fn sent_until_blocked(&self) -> usize {
        let mut before = 0;
        for _ in 0..60 {
            // A stream that isn't held back sends thousands in that time.
            tokio::time::sleep(Duration::from_millis(500)).await;
            let sent = self.sent();
            if sent > 0 && sent == before {
                return sent;
            }
            before = sent;
        }
        panic!("{before} messages were sent, and more are")
    }

    /// Closes all connections at once.
    pub(super) fn hang_up(&self) {
        self.hang_up.send_replace(true);
    }
}

/// Starts the server.
pub(crate) async fn start_server() -> (SocketAddr, Counters) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (service, counters) = Streams::new();
    let server = grpc::router(service).serve_with_incoming(TcpListenerStream::new(listener));
    // Its connections are tasks that only the end of their runtime ends for sure.
    let mut hang_up = counters.hang_up.subscribe();
    std::thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().expect("a runtime");
        runtime.block_on(async {
            tokio::select! {
                _ = server => {}
                _ = hang_up.wait_for(|hang_up| *hang_up) => {}
            }
        });
        runtime.shutdown_background();
    });
    (address, counters)
}

#[derive(Clone)]
pub(crate) struct Streams {
    pool: DescriptorPool,
    counters: Counters,
}

/// Counts a stream as open.
struct Open(watch::Sender<usize>);

impl Open {
    fn new(open: &watch::Sender<usize>) -> Self {
        open.send_modify(|open| *open += 1);
        Self(open.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

impl Streams {
    pub(crate) fn new() -> (Self, Counters) {
        let counters = Counters {
            sent: Arc::default(),
            open: watch::channel(0).0,
            hang_up: watch::channel(false).0,
        };
        let pool = DescriptorPool::decode(descriptor_set()).expect("descriptors");
        (Self { pool, counters: counters.clone() }, counters)
    }

    /// An event for each line of a body as it is.
    fn lines(&self, request: &Bytes) -> Messages {
        let message = |name| DynamicMessage::new(self.pool.get_message_by_name(name).expect("it"));
        let mut body = message("google.api.HttpBody");
        body.merge(request.clone()).expect("a request");
        let data = body.get_field_by_name("data").expect("a field");
        let text = String::from_utf8(data.as_bytes().expect("bytes").to_vec()).expect("text");
        let event = |(index, line): (usize, &str)| {
            let mut event = message("streams.v1.Event");
            event.set_field_by_name("text", Value::String(line.to_owned()));
            event.set_field_by_name("cursor", Value::String((index + 1).to_string()));
            Ok(event.encode_to_vec().into())
        };
        let events: Vec<_> = text.lines().enumerate().map(event).collect();
        Box::pin(tokio_stream::iter(events))
    }

    fn answer(&self, method: &str, request: &Bytes) -> Response<Messages> {
        let service = self.pool.get_service_by_name(Self::NAME).expect("the service");
        let method = service.methods().find(|known| known.name() == method).expect("a method");
        let request = DynamicMessage::decode(method.input(), request.clone()).expect("a request");
        let number = |name: &str| {
            request.get_field_by_name(name).and_then(|value| value.as_i32()).expect("a number")
        };
        let cursor = request.get_field_by_name("cursor");
        let cursor = cursor.and_then(|cursor| cursor.as_str()?.parse().ok()).unwrap_or(0);
        let text = "x".repeat(usize::try_from(number("text_bytes")).expect("a size"));
        let open = Open::new(&self.counters.open);
        let sent = Arc::clone(&self.counters.sent);
        let output = method.output();
        let events = (1..=number("count")).map(move |index| {
            sent.fetch_add(1, Ordering::Relaxed);
            let mut event = DynamicMessage::new(output.clone());
            if output.name() == "HttpBody" {
                event.set_field_by_name("content_type", Value::String("text/csv".to_owned()));
                event.set_field_by_name("data", Value::Bytes(text.clone().into()));
            } else {
                event.set_field_by_name("text", Value::String(text.clone()));
            }
            if output.get_field_by_name("cursor").is_some() {
                event.set_field_by_name("cursor", Value::String((cursor + index).to_string()));
            }
            Ok(event.encode_to_vec().into())
        });
        let fail_code = number("fail_code");
        let failure = (fail_code != 0).then(|| Err(Status::new(Code::from_i32(fail_code), "No.")));
        let stays_open = request.get_field_by_name("stays_open").and_then(|value| value.as_bool());
        let events = tokio_stream::iter(events).chain(tokio_stream::iter(failure));
        let counted = move |event| {
            let _open_until_it_drops = &open;
            event
        };
        let mut response = Response::<Messages>::new(match stays_open {
            Some(true) => Box::pin(events.chain(tokio_stream::pending()).map(counted)),
            _ => Box::pin(events.map(counted)),
        });
        let disposition = request.get_field_by_name("disposition");
        let disposition = disposition.as_ref().and_then(|text| text.as_str());
        if let Some(disposition) = disposition.filter(|text| !text.is_empty()) {
            let disposition = disposition.parse().expect("ASCII");
            response.metadata_mut().insert("content-disposition", disposition);
        }
        response
    }
}

impl Serve for Streams {
    const NAME: &'static str = "streams.v1.Streams";

    async fn serve(self, method: String, request: http::Request<Body>) -> http::Response<Body> {
        let answer = |request: Request<Bytes>| {
            Ok(match method.as_str() {
                "Split" => Response::new(self.lines(request.get_ref())),
                method => self.answer(method, request.get_ref()),
            })
        };
        grpc::streaming(request, answer).await
    }
}
