//! The gateway: requests in, calls out, answers back.

use std::{error::Error, future::Future, io, net::SocketAddr, sync::Arc};

use axum::{
    body::{self, Body, HttpBody as _},
    extract::{ConnectInfo, Request, State},
    response::Response,
    serve::{Listener, ListenerExt as _, TapIo},
};
use bytes::Bytes;
use http::{HeaderMap, Method, request};
use http_body_util::LengthLimitError;
use takar_tls::Acceptor;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::sleep,
};
use tonic::metadata::MetadataMap;

use crate::{
    csv_answer, layers,
    limits::Limits,
    negotiate::{self, Form},
    problem::{Occurrence, Problem},
    refusal,
    respond::{self, Answered},
    tls::Secure,
    transcode::{
        answer::{self, AnswerError},
        contract::{self, Binding, ContractError, Rule},
        request::{self as grpc_request, Asked, Parts},
        router::{Found, MethodPattern, Router},
        template::Template,
    },
    upstream::{self, Client, Upstream},
};

/// A gateway in front of one server.
#[derive(Debug)]
pub struct Gateway {
    shared: Arc<Shared>,
    tls: Option<Acceptor>,
}

#[derive(Debug)]
struct Shared {
    router: Router<Target>,
    client: Client,
    limits: Limits,
}

/// What a route leads to.
#[derive(Debug)]
enum Target {
    Call(Arc<Binding>),
    /// Says that this process lives.
    Live,
    /// Says whether the server serves.
    Ready,
}

impl Gateway {
    /// Makes a gateway whose routes are the `google.api.http` annotations of a descriptor set.
    ///
    /// It connects to the server when a request comes, so the server may start later. Must be
    /// called within a Tokio runtime.
    ///
    /// # Errors
    /// Where the descriptor set can't be read, or an annotation is wrong or ambiguous.
    pub fn new(
        descriptor_set: &[u8],
        upstream: &Upstream,
        limits: Limits,
    ) -> Result<Self, ContractError> {
        let rules = contract::read(descriptor_set)?;
        if rules.is_empty() {
            tracing::warn!("no method of the descriptor set has a `google.api.http` annotation");
        }
        tracing::info!(routes = rules.len(), "read the contract");
        let mut router = routes(rules)?;
        add_built_in(&mut router, "/healthz", Target::Live);
        add_built_in(&mut router, "/readyz", Target::Ready);
        let client = Client::new(upstream, limits);
        Ok(Self { shared: Arc::new(Shared { router, client, limits }), tls: None })
    }

    /// Serves over TLS.
    #[must_use]
    pub fn with_tls(self, acceptor: Acceptor) -> Self {
        Self { tls: Some(acceptor), ..self }
    }

    /// The gateway as a service, for a server of one's own.
    pub fn into_router(self) -> axum::Router {
        layers::add(axum::Router::new().fallback(handle).with_state(self.shared))
    }

    /// Serves until `shutdown` ends, then lets requests under way finish, for a bounded time.
    ///
    /// # Errors
    /// Where the listener fails for good.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        match self.tls.clone() {
            None => self.serve_on(listener.tap_io(|tcp| send_at_once(tcp)), shutdown).await,
            Some(acceptor) => {
                let listener = Secure(takar_tls::Listener::new(listener, acceptor));
                self.serve_on(listener.tap_io(|_| {}), shutdown).await
            }
        }
    }

    async fn serve_on<L, F>(
        self,
        listener: TapIo<L, F>,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()>
    where
        L: Listener<Addr = SocketAddr>,
        F: FnMut(&mut L::Io) + Send + 'static,
    {
        let drain_timeout = self.shared.limits.drain_timeout;
        let service = self.into_router().into_make_service_with_connect_info::<SocketAddr>();
        let (tell, told) = oneshot::channel();
        let server = axum::serve(listener, service).with_graceful_shutdown(async move {
            shutdown.await;
            let _ = tell.send(());
        });
        let patience = async move {
            let _ = told.await;
            sleep(drain_timeout).await;
        };
        tokio::select! {
            ended = server => ended,
            () = patience => {
                tracing::warn!("stopped with requests under way");
                Ok(())
            }
        }
    }
}

/// Small answers must not wait for the client's acknowledgement of earlier ones.
fn send_at_once(connection: &TcpStream) {
    if let Err(error) = connection.set_nodelay(true) {
        tracing::debug!(%error, "the connection keeps Nagle's algorithm");
    }
}

fn routes(rules: Vec<Rule>) -> Result<Router<Target>, ContractError> {
    let mut router = Router::new();
    for rule in rules {
        let second = rule.binding.method.clone();
        let target = Target::Call(rule.binding);
        if let Err(first) = router.insert(rule.method, rule.template, target) {
            let first = first.method().to_owned();
            return Err(ContractError::Ambiguous { first, second, template: rule.text });
        }
    }
    Ok(router)
}

/// Adds a route of the gateway itself; the contract's own route of the same path wins.
fn add_built_in(router: &mut Router<Target>, path: &'static str, target: Target) {
    if let Ok(Found::Route(shadowed, _)) = router.find(&Method::GET, path) {
        let method = shadowed.method();
        tracing::warn!(path, method, "a health path is also one of the contract's");
    }
    if let Ok(template) = Template::parse(path) {
        let _ = router.insert(MethodPattern::Only(Method::GET), template, target);
    }
}

impl Target {
    fn method(&self) -> &str {
        match self {
            Self::Call(binding) => &binding.method,
            Self::Live | Self::Ready => "the gateway's health",
        }
    }
}

async fn handle(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let occurrence = Occurrence {
        path: request.uri().path().to_owned(),
        request_id: layers::request_id(&request),
    };
    let is_head = request.method() == Method::HEAD;
    let response = match shared.answer(request).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(&occurrence),
    };
    if is_head { respond::without_body(response) } else { response }
}

impl Shared {
    async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let uri = request.uri();
        let url_bytes = uri.path_and_query().map_or(0, |url| url.as_str().len());
        if url_bytes > self.limits.max_url_bytes {
            return Err(refusal::url_too_long(self.limits.max_url_bytes));
        }
        let method = request.method();
        let found = self.router.find(method, uri.path()).map_err(refusal::malformed_path)?;
        match found {
            Found::Route(Target::Call(binding), variables) => {
                self.call(binding, &variables, request).await
            }
            Found::Route(Target::Live, _) => Ok(respond::json(r#"{"status":"LIVE"}"#.into())),
            Found::Route(Target::Ready, _) => {
                self.client.check().await?;
                Ok(respond::json(r#"{"status":"SERVING"}"#.into()))
            }
            Found::OtherMethods(allowed) if method == Method::OPTIONS => {
                Ok(respond::options(&allowed))
            }
            Found::OtherMethods(allowed) => Err(refusal::method_not_allowed(method, &allowed)),
            Found::Nothing => Err(refusal::route_not_found()),
        }
    }

    async fn call(
        &self,
        binding: &Arc<Binding>,
        variables: &[String],
        request: Request,
    ) -> Result<Response, Problem> {
        let offered = offered(binding);
        let form = negotiate::choose(request.headers(), offered)
            // What a body as it is will be, only the server knows.
            .or(binding.is_answer_raw.then_some(Form::Json))
            .ok_or_else(|| refusal::not_acceptable(offered))?;
        let (head, body) = request.into_parts();
        let body = read_body(binding, &head.headers, body, &self.limits).await?;
        let request::Parts { method, headers, uri, .. } = &head;
        let query = uri.query().unwrap_or_default();
        let parts = Parts { method, headers, variables, query, body: &body };
        let Asked { message, applied } =
            grpc_request::read(binding, parts).map_err(refusal::bad_input)?;
        let metadata = upstream::metadata(headers, peer(&head));
        let answered = match (form, &binding.list) {
            (Form::Csv, Some(list)) => {
                csv_answer::answer(&self.client, binding, list, metadata, message).await
            }
            _ => self.call_once(binding, metadata, message, &head).await,
        };
        let of_contract = |problem: Problem| problem.of_contract(binding.input.parent_pool());
        // Rows don't show what is preferred.
        let applied = if form == Form::Csv { Vec::new() } else { applied };
        Ok(answered.map_err(of_contract)?.respond(binding, uri, applied))
    }

    async fn call_once(
        &self,
        binding: &Binding,
        metadata: MetadataMap,
        message: Bytes,
        head: &request::Parts,
    ) -> Result<Answered, Problem> {
        let answer = self.client.call(&binding.grpc_path, metadata, message).await?;
        answered(binding, &answer, head).map_err(refusal::bad_answer)
    }
}

/// The forms in which a client can have an answer, the usual one first.
fn offered(binding: &Binding) -> &'static [Form] {
    if binding.list.is_some() { &[Form::Json, Form::Csv] } else { &[Form::Json] }
}

fn answered(
    binding: &Binding,
    answer: &Bytes,
    head: &request::Parts,
) -> Result<Answered, AnswerError> {
    let etag = answer::etag(binding, answer)?;
    let etag = etag.as_deref();
    let next_page_token = answer::next_page_token(binding, answer)?;
    let response = match respond::not_modified(&head.method, &head.headers, etag) {
        Some(not_modified) => not_modified,
        None => respond::content(answer::write(binding, answer)?, etag),
    };
    Ok(Answered { response, next_page_token })
}

/// Reads a body up to the limit, and not at all where it could only be refused.
async fn read_body(
    binding: &Binding,
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
) -> Result<Bytes, Problem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let is_taken = binding.body != contract::Body::Nothing;
    let is_raw = matches!(binding.body, contract::Body::Raw(_));
    let max_bytes = if is_raw { limits.max_upload_bytes } else { limits.max_body_bytes };
    if is_taken && negotiate::is_encoded(headers) {
        return Err(refusal::unsupported_encoding());
    }
    if let Some(obstacle) = negotiate::json_obstacle(headers).filter(|_| is_taken && !is_raw) {
        return Err(refusal::unsupported_media_type(obstacle));
    }
    if body.size_hint().lower() > max_bytes as u64 {
        return Err(refusal::body_too_large(max_bytes));
    }
    let bytes = body::to_bytes(body, max_bytes).await;
    let bytes = bytes.map_err(|error| unreadable(error, max_bytes))?;
    // A body that nothing reads would be dropped silently, as if its fields had been set.
    if is_taken || bytes.is_empty() { Ok(bytes) } else { Err(refusal::body_not_allowed()) }
}

fn unreadable(error: axum::Error, max_bytes: usize) -> Problem {
    if error.source().is_some_and(<dyn Error>::is::<LengthLimitError>) {
        refusal::body_too_large(max_bytes)
    } else {
        refusal::body_incomplete(error)
    }
}

fn peer(head: &request::Parts) -> Option<SocketAddr> {
    head.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0)
}
