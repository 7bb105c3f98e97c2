//! A server and a gateway of each test's own, and a client.

use std::{borrow::Cow, io, net::SocketAddr, sync::LazyLock, time::Duration};

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MapKey, Value};
use reqwest::{Client, Method, Response};
use serde_json::Value as Json;
use takar_gateway::{Gateway, Limits, Upstream};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};
use tonic::{Code, Request, Response as Answer, Status, body::Body};
use tonic_types::{ErrorDetails, FieldViolation, LocalizedMessage, StatusExt as _};

use crate::grpc::{self, Serve};

/// How long anything may take, on a machine that is busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The encoded descriptor set of the throw-away service, compiled once.
pub(crate) fn descriptor_set() -> &'static [u8] {
    static COMPILED: LazyLock<Vec<u8>> =
        LazyLock::new(|| compile(&["throwaway.proto", "lists.proto", "streams.proto"]));
    &COMPILED
}

/// Compiles files of the tests, with all that they import.
pub(crate) fn compile(files: &[&str]) -> Vec<u8> {
    let root = env!("CARGO_MANIFEST_DIR");
    let includes = [format!("{root}/tests/proto"), format!("{root}/../../proto")];
    let mut compiler = protox::Compiler::new(includes).expect("the include paths");
    compiler.include_imports(true);
    // Comments, which the document shows.
    compiler.include_source_info(true);
    for file in files {
        compiler.open_file(file).expect("a proto file that compiles");
    }
    compiler.encode_file_descriptor_set()
}

/// A server, a gateway in front of it, and a client.
pub(crate) struct Stack {
    pub(crate) server: SocketAddr,
    pub(crate) gateway: SocketAddr,
    client: Client,
}

impl Stack {
    /// Starts both with the usual limits.
    pub(crate) async fn start() -> Self {
        Self::with_limits(Limits::default()).await
    }

    /// Starts both with limits of the test's own.
    pub(crate) async fn with_limits(limits: Limits) -> Self {
        let server = start_server().await;
        let gateway = start_gateway(&format!("http://{server}"), limits).await;
        Self::of(server, gateway)
    }

    /// Starts both with a gateway that is told more than limits.
    pub(crate) async fn with(limits: Limits, tell: impl FnOnce(Gateway) -> Gateway) -> Self {
        let server = start_server().await;
        let gateway = tell(gateway(&format!("http://{server}"), limits));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(gateway.serve(listener, std::future::pending()));
        Self::of(server, address)
    }

    /// Starts only a gateway, whose server doesn't exist.
    pub(crate) async fn without_server() -> Self {
        let server = unused_address().await;
        let gateway = start_gateway(&format!("http://{server}"), Limits::default()).await;
        Self::of(server, gateway)
    }

    /// A client of what runs already.
    pub(crate) fn of(server: SocketAddr, gateway: SocketAddr) -> Self {
        Self { server, gateway, client: client() }
    }

    /// Begins a request.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method: Method = method.parse().expect("a method");
        self.client.request(method, format!("http://{}{path}", self.gateway))
    }

    /// Sends a GET.
    pub(crate) async fn get(&self, path: &str) -> Response {
        self.request("GET", path).send().await.expect("an answer")
    }

    /// Sends a body as JSON.
    pub(crate) async fn send(&self, method: &str, path: &str, body: &str) -> Response {
        let request = self.request(method, path).header("content-type", "application/json");
        request.body(body.to_owned()).send().await.expect("an answer")
    }

    /// What the server saw of a GET.
    pub(crate) async fn seen(&self, path: &str) -> Json {
        seen(self.get(path).await).await
    }

    /// What the server saw of a request with a body.
    pub(crate) async fn seen_body(&self, method: &str, path: &str, body: &str) -> Json {
        seen(self.send(method, path, body).await).await
    }
}

/// A client that asks the gateway itself, whatever proxy the environment names.
pub(crate) fn client() -> Client {
    Client::builder().no_proxy().build().expect("a client")
}

/// The answer's request, without the fields that have their default.
pub(crate) async fn seen(response: Response) -> Json {
    let status = response.status();
    let text = response.text().await.expect("a body");
    assert_eq!(status, 200, "{text}");
    let mut json: Json = serde_json::from_str(&text).expect("JSON");
    let mut request = json["request"].take();
    drop_defaults(&mut request);
    request["method"] = json["method"].take();
    request
}

/// The request that a method which echoes got.
pub(crate) async fn echoed(response: Response) -> Json {
    let status = response.status();
    let text = response.text().await.expect("a body");
    assert_eq!(status, 200, "{text}");
    let json: Json = serde_json::from_str(&text).expect("JSON");
    serde_json::from_str(json["request"].as_str().expect("a request")).expect("JSON")
}

pub(crate) fn drop_defaults(json: &mut Json) {
    let Json::Object(members) = json else { return };
    members.values_mut().for_each(drop_defaults);
    members.retain(|_, value| match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => {
            !["", "0"].contains(&text.as_str()) && !text.ends_with("_UNSPECIFIED")
        }
        Json::Array(values) => !values.is_empty(),
        Json::Object(members) => !members.is_empty(),
    });
}

/// A problem as the client sees it: the headers that matter and the body, without its id.
pub(crate) async fn problem(response: Response) -> String {
    let status = response.status().as_u16();
    let header = |name: &str| {
        response.headers().get(name).map(|value| value.to_str().expect("text").to_owned())
    };
    assert_eq!(header("content-type").as_deref(), Some("application/problem+json"));
    let id = header("x-request-id").expect("an id");
    let names = ["allow", "retry-after", "accept", "www-authenticate"];
    let headers: Vec<_> = names
        .iter()
        .filter_map(|name| header(name).map(|value| format!("{name}: {value}\n")))
        .collect();
    let mut body: Json = response.json().await.expect("JSON");
    assert_eq!(body["requestId"], id.as_str());
    assert_eq!(body["status"], status);
    body["requestId"] = "[id]".into();
    let body = serde_json::to_string_pretty(&body).expect("JSON");
    format!("{status}\n{}{body}", headers.concat())
}

/// Snapshots a problem under the test's name.
macro_rules! assert_problem {
    ($response:expr) => {
        insta::assert_snapshot!($crate::harness::problem($response).await)
    };
}
pub(crate) use assert_problem;

/// Starts a gateway in this process.
pub(crate) async fn start_gateway(upstream: &str, limits: Limits) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(gateway(upstream, limits).serve(listener, std::future::pending()));
    address
}

/// A gateway in this process that can be told to stop.
pub(crate) struct Stoppable {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
}

impl Stoppable {
    pub(crate) async fn start(gateway: Gateway) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, told) = oneshot::channel();
        let serving = tokio::spawn(gateway.serve(listener, async {
            let _ = told.await;
        }));
        Self { address, stop, serving }
    }

    /// Tells it to stop, at once; to be awaited is that it has.
    pub(crate) fn stop(self) -> impl Future<Output = ()> {
        drop(self.stop);
        let ended = timeout(PATIENCE, self.serving);
        async { ended.await.expect("an end").expect("no panic").expect("a clean end") }
    }
}

/// Makes a gateway of the throw-away service.
pub(crate) fn gateway(upstream: &str, limits: Limits) -> Gateway {
    let upstream = Upstream::parse(upstream).expect("an upstream");
    Gateway::new(descriptor_set(), &upstream, limits).expect("a contract that can be served")
}

/// Starts the server of the throw-away service.
pub(crate) async fn start_server() -> SocketAddr {
    let (_, health) = tonic_health::server::health_reporter();
    grpc::start(grpc::router(Throwaway::new()).add_service(health)).await
}

/// An address where nothing listens.
pub(crate) async fn unused_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address")
}

/// The service, by descriptors as the gateway is: it answers with what it saw.
#[derive(Clone)]
pub(crate) struct Throwaway {
    pool: DescriptorPool,
}

impl Throwaway {
    pub(crate) fn new() -> Self {
        let pool = DescriptorPool::decode(descriptor_set());
        Self { pool: pool.expect("descriptors") }
    }

    fn message(&self, name: &str) -> DynamicMessage {
        let name = format!("throwaway.v1.{name}");
        DynamicMessage::new(self.pool.get_message_by_name(&name).expect("a message"))
    }

    /// The answer of a method that echoes what it got; `None` where it is another's.
    fn echo(&self, method: &str, bytes: &Bytes) -> Option<Answer<Bytes>> {
        let service = self.pool.get_service_by_name(Self::NAME).expect("the service");
        let method = service.methods().find(|known| known.name() == method).expect("a method");
        let request = DynamicMessage::decode(method.input(), bytes.clone()).expect("a request");
        let mut answer = DynamicMessage::new(method.output());
        let etag = request.get_field_by_name("etag").map(Cow::into_owned);
        match method.output().name() {
            "Echo" => {
                let text = serde_json::to_string(&request).expect("JSON");
                answer.set_field_by_name("request", Value::String(text));
            }
            "HttpBody" => return Some(Answer::new(bytes.clone())),
            "Downloaded" => {
                let body = self.pool.get_message_by_name("google.api.HttpBody").expect("it");
                let mut file = DynamicMessage::new(body);
                file.set_field_by_name("content_type", Value::String("text/html".to_owned()));
                file.set_field_by_name("data", Value::Bytes(Bytes::from_static(b"<script>")));
                answer.set_field_by_name("file", Value::Message(file));
            }
            _ => return None,
        }
        if let Some(etag) = etag {
            answer.set_field_by_name("etag", etag);
        }
        let mut answer = Answer::new(answer.encode_to_vec().into());
        let name = request.get_field_by_name("name");
        if let Some(name) = name.as_ref().and_then(|name| name.as_str()?.strip_prefix("files/")) {
            let disposition = format!("attachment; filename=\"{name}\"").parse().expect("ASCII");
            answer.metadata_mut().insert("content-disposition", disposition);
        }
        Some(answer)
    }

    async fn answer(
        self,
        method: String,
        request: Request<Bytes>,
    ) -> Result<Answer<Bytes>, Status> {
        let (metadata, _, bytes) = request.into_parts();
        if let Some(echo) = self.echo(&method, &bytes) {
            return Ok(echo);
        }
        let mut everything = self.message("Everything");
        everything.merge(bytes).map_err(|error| Status::internal(error.to_string()))?;
        let number = everything.get_field_by_name("int32_value").and_then(|value| value.as_i32());
        let number = number.unwrap_or_default();
        let mut words = everything.get_field_by_name("words").expect("words").into_owned();
        match method.as_str() {
            "Fail" => return Err(failure(number, &everything)),
            "Slow" => {
                let milliseconds = u64::try_from(number).expect("a time");
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            }
            "Garbage" => return Ok(Answer::new(Bytes::from_static(b"\xff\xff\xff"))),
            "Large" => {
                let text = "x".repeat(usize::try_from(number).expect("a size"));
                words = Value::List(vec![Value::String(text)]);
            }
            _ => {}
        }
        let headers = metadata.into_headers();
        let headers = headers.iter().map(|(name, value)| {
            let value = value.to_str().expect("text").to_owned();
            (MapKey::String(name.to_string()), Value::String(value))
        });
        let mut seen = self.message("Seen");
        seen.set_field_by_name("method", Value::String(method));
        seen.set_field_by_name("metadata", Value::Map(headers.collect()));
        seen.set_field_by_name("words", words);
        seen.set_field_by_name("request", Value::Message(everything));
        Ok(Answer::new(seen.encode_to_vec().into()))
    }
}

/// The status of the number, with details where the request wants them.
fn failure(number: i32, request: &DynamicMessage) -> Status {
    let text = |name: &str| {
        request.get_field_by_name(name).and_then(|value| value.as_str().map(str::to_owned))
    };
    let message = text("text").unwrap_or_default();
    let is_rich = request.get_field_by_name("bool_value").and_then(|value| value.as_bool());
    if is_rich != Some(true) {
        return Status::new(Code::from_i32(number), message);
    }
    let mut details = ErrorDetails::new();
    let metadata = [("limit".to_owned(), "7".to_owned())];
    details.set_error_info(text("choice_text").unwrap_or_default(), "throwaway.example", metadata);
    let mut violation = FieldViolation::new("inners[0].display_name", "is empty");
    "EMPTY".clone_into(&mut violation.reason);
    details.set_bad_request(vec![violation]);
    details.set_retry_info(Some(Duration::from_millis(1500)));
    let localized = LocalizedMessage::new("id-ID", "Nama kosong.");
    details.set_localized_message(localized.locale, localized.message);
    Status::with_error_details(Code::from_i32(number), message, details)
}

impl Serve for Throwaway {
    const NAME: &'static str = "throwaway.v1.Throwaway";

    async fn serve(self, method: String, request: http::Request<Body>) -> http::Response<Body> {
        grpc::unary(request, |request| self.answer(method, request)).await
    }
}
