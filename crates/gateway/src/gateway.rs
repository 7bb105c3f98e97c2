//! The gateway: requests in, calls out, answers back.

use std::{
    convert::Infallible,
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{extract::Request, response::Response, serve::ListenerExt as _};
use http::{HeaderMap, Method, request};
use takar_tls::Acceptor;
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tower::Service;

use crate::{
    cache::{Keeper, Terms},
    csv_answer,
    docs::{self, Page},
    layers::{self, AllowedOrigins, Rules, Stack, TrustedProxies},
    limits::Limits,
    negotiate::{self, Form},
    openapi,
    problem::{Occurrence, Problem},
    refusal, request_body,
    respond::{self, Answered},
    serve::{self, tls::Secure},
    stream::Streams,
    transcode::{
        answer::{self, AnswerError},
        cache_policy::Languages,
        contract::{self, Binding, ContractError, Rule},
        etag,
        preference::{self, Known},
        request::{self as grpc_request, Asked, Parts},
        router::{Found, MethodPattern, Router},
        template::Template,
    },
    upstream::{Call, Client, Reply, Upstream},
};

/// A gateway in front of one server.
#[derive(Debug)]
pub struct Gateway {
    shared: Arc<Shared>,
    tls: Option<Acceptor>,
    origins: AllowedOrigins,
    proxies: TrustedProxies,
    /// Those by which answers differ that are kept; `None` where none are.
    kept_preferences: Option<Known>,
}

#[derive(Debug)]
struct Shared {
    router: Router<Target>,
    client: Client,
    streams: Streams,
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
    /// Tells of the API.
    Page(Page),
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
        let kept = || rules.iter().filter(|rule| rule.binding.kept_languages().is_some());
        let has_kept_answers = kept().next().is_some();
        let preferences = Known::of(kept().flat_map(|rule| &rule.binding.preferences));
        let openapi = openapi::write(&rules);
        let mut router = routes(rules)?;
        add_built_in(&mut router, "/healthz", Target::Live);
        add_built_in(&mut router, "/readyz", Target::Ready);
        for (path, page) in docs::pages(openapi) {
            add_built_in(&mut router, path, Target::Page(page));
        }
        let client = Client::new(upstream, limits);
        let streams = Streams::new(&limits);
        Ok(Self {
            shared: Arc::new(Shared { router, client, streams, limits }),
            kept_preferences: has_kept_answers.then_some(preferences),
            tls: None,
            origins: AllowedOrigins::default(),
            proxies: TrustedProxies::default(),
        })
    }

    /// Serves over TLS.
    #[must_use]
    pub fn with_tls(self, acceptor: Acceptor) -> Self {
        Self { tls: Some(acceptor), ..self }
    }

    /// Lets pages of these origins read answers, as CORS has it; nobody's unless told.
    #[must_use]
    pub fn with_allowed_origins(self, origins: AllowedOrigins) -> Self {
        Self { origins, ..self }
    }

    /// Believes these proxies whom they speak for; nobody unless told.
    #[must_use]
    pub fn with_trusted_proxies(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }

    /// The gateway as a service, for a server of one's own.
    ///
    /// That server tells the client's address by `ConnectInfo<SocketAddr>`. The limits of
    /// connections are its own to keep.
    pub fn into_router(self) -> axum::Router {
        axum::Router::new().fallback_service(self.into_stack())
    }

    fn into_stack(self) -> Stack {
        let keeper = self.keeper();
        let is_secure = self.tls.is_some();
        let rules = Rules::new(&self.shared.limits, self.proxies, self.origins, is_secure);
        layers::stack(Handler(self.shared), keeper, rules)
    }

    /// Begins to keep answers to the public, where there are any to keep.
    fn keeper(&self) -> Option<Arc<Keeper>> {
        let Shared { client, limits, .. } = &*self.shared;
        let known = self.kept_preferences.clone().filter(|_| limits.cache_bytes > 0)?;
        let shared = Arc::clone(&self.shared);
        let kept_languages = move |path: &str| shared.kept_languages(path);
        Some(Keeper::start(limits.cache_bytes, client.clone(), kept_languages, known))
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
        let limits = self.shared.limits;
        let shutdown = self.shared.streams.end_after(shutdown);
        match self.tls.clone() {
            None => {
                let listener = listener.tap_io(|tcp| send_at_once(tcp));
                serve::serve(listener, self.into_stack(), limits, shutdown).await;
            }
            Some(acceptor) => {
                let listener = Secure(takar_tls::Listener::new(listener, acceptor));
                serve::serve(listener, self.into_stack(), limits, shutdown).await;
            }
        }
        Ok(())
    }

    /// As [`Gateway::serve`], on a Unix socket, for a proxy on the same machine. It is trusted to
    /// say who its clients are: who may write to the socket is the file's matter.
    ///
    /// # Errors
    /// Where the listener fails for good.
    pub async fn serve_unix(
        self,
        listener: UnixListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let limits = self.shared.limits;
        let shutdown = self.shared.streams.end_after(shutdown);
        serve::serve(listener, self.into_stack(), limits, shutdown).await;
        Ok(())
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
        tracing::warn!(path, method, "a path of the gateway is also one of the contract's");
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
            Self::Page(_) => "the gateway's documentation",
        }
    }
}

/// The gateway's handler, which the layers are around.
///
/// No axum router: it would only hand every request to its fallback, and it takes the body away
/// from the answer to HEAD, whose length is known only once it is compressed.
#[derive(Clone, Debug)]
pub(crate) struct Handler(Arc<Shared>);

impl Service<Request> for Handler {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let shared = Arc::clone(&self.0);
        Box::pin(async move { Ok(handle(&shared, request).await) })
    }
}

async fn handle(shared: &Shared, request: Request) -> Response {
    let occurrence = Occurrence::of(&request, layers::request_id(&request));
    match shared.answer(request, &occurrence).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(&occurrence),
    }
}

impl Shared {
    async fn answer(&self, request: Request, occurrence: &Occurrence) -> Result<Response, Problem> {
        let uri = request.uri();
        let url_bytes = uri.path_and_query().map_or(0, |url| url.as_str().len());
        if url_bytes > self.limits.max_url_bytes {
            return Err(refusal::url_too_long(self.limits.max_url_bytes));
        }
        let method = request.method();
        let found = self.router.find(method, uri.path()).map_err(refusal::malformed_path)?;
        match found {
            Found::Route(Target::Call(binding), variables) => {
                self.call(binding, &variables, request, occurrence).await
            }
            Found::Route(Target::Live, _) => Ok(respond::json(r#"{"status":"LIVE"}"#.into())),
            Found::Route(Target::Ready, _) => {
                self.client.check().await?;
                Ok(respond::json(r#"{"status":"SERVING"}"#.into()))
            }
            Found::Route(Target::Page(page), _) => Ok(page.respond(request.headers())),
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
        occurrence: &Occurrence,
    ) -> Result<Response, Problem> {
        let offered = offered(binding);
        let form = negotiate::choose(request.headers(), offered)
            // What a body as it is will be, only the server knows.
            .or(binding.is_answer_raw.then_some(Form::Json))
            .ok_or_else(|| refusal::not_acceptable(offered))?;
        let (mut head, body) = request.into_parts();
        layers::forward(&mut head);
        let body = request_body::read(binding, &head.headers, body, &self.limits).await?;
        let request::Parts { method, headers, uri, .. } = &head;
        let query = uri.query().unwrap_or_default();
        let parts = Parts { method, headers, variables, query, body: &body };
        let Asked { message, applied } =
            grpc_request::read(binding, parts).map_err(refusal::bad_input)?;
        let terms = Terms::of(binding, method, headers, &message);
        let call = Call {
            path: &binding.grpc_path,
            headers,
            message,
            is_idempotent: method.is_safe(),
            patience: preference::wait(headers),
        };
        let heeded_wait = call.patience.filter(|wait| *wait <= self.limits.request_timeout);
        let answered = match (form, &binding.list) {
            _ if binding.stream.is_some() => {
                self.streams.answer(&self.client, binding, &call, form, occurrence).await
            }
            (Form::Csv, Some(list)) => {
                csv_answer::answer(&self.client, binding, list, headers, call.message).await
            }
            _ => self.call_once(binding, call, &head).await,
        };
        let of_contract = |problem: Problem| problem.of_contract(binding.input.parent_pool());
        let applied = match form {
            // Rows don't show what is preferred.
            Form::Csv => Vec::new(),
            // A stream has no end that could be waited for.
            _ if binding.stream.is_some() => applied,
            _ => {
                applied.into_iter().chain(heeded_wait.and_then(preference::written_wait)).collect()
            }
        };
        let mut response = answered.map_err(of_contract)?.respond(binding, uri, applied);
        if let Some(terms) = terms {
            terms.mark(&mut response);
        }
        Ok(response)
    }

    /// The languages of the answer to GET of a path, if it may be kept for everybody.
    fn kept_languages(&self, path: &str) -> Option<Languages> {
        match self.router.find(&Method::GET, path) {
            Ok(Found::Route(Target::Call(binding), _)) => binding.kept_languages().cloned(),
            _ => None,
        }
    }

    async fn call_once(
        &self,
        binding: &Binding,
        call: Call<'_>,
        head: &request::Parts,
    ) -> Result<Answered, Problem> {
        let reply = self.client.call(call).await?;
        answered(binding, reply, head).map_err(refusal::bad_answer)
    }
}

/// The forms in which a client can have an answer, the usual one first.
fn offered(binding: &Binding) -> &'static [Form] {
    match (&binding.stream, &binding.list) {
        (Some(_), _) => &[Form::JsonLines, Form::Events],
        (None, Some(_)) => &[Form::Json, Form::Csv],
        (None, None) => &[Form::Json],
    }
}

fn answered(
    binding: &Binding,
    reply: Reply,
    head: &request::Parts,
) -> Result<Answered, AnswerError> {
    let Reply { message: answer, disposition } = reply;
    let is_read = [Method::GET, Method::HEAD].contains(&head.method);
    let hash = || is_read.then(|| binding.hasher.tag(Form::Json.media_type(), &answer));
    let own = answer::etag(binding, &answer)?.filter(|etag| etag::is_writable(etag));
    let etag = own.or_else(hash);
    let next_page_token = answer::next_page_token(binding, &answer)?;
    let known = etag.as_deref().filter(|_| is_read);
    let known = known.and_then(|etag| respond::known_state(&head.headers, etag));
    let response = match known {
        Some(tag) => respond::not_modified(HeaderMap::new(), tag),
        None => respond::content(answer::write(binding, &answer)?, etag.as_deref(), disposition),
    };
    Ok(Answered { response, next_page_token })
}
