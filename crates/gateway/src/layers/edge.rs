//! The layers that never wait, as one service.

use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use axum::{
    extract::{ConnectInfo, Request},
    response::Response,
};
use http::{HeaderValue, Method};
use pin_project_lite::pin_project;
use tower::Service;

use super::{
    context::Context,
    cors::AllowedOrigins,
    header_size,
    log::Line,
    overload::{Place, Room},
    rate::{Left, Rate},
    request_id::X_REQUEST_ID,
    security::Security,
    trusted_proxies::{Peer, TrustedProxies},
};
use crate::{
    limits::Limits,
    problem::{Occurrence, Problem},
    respond,
};

/// Paths that are answered even under load, or a busy gateway would be taken for a dead one.
const HEALTH_PATHS: [&str; 2] = ["/healthz", "/readyz"];

/// How many headers an answer mostly gets here: room for them is made once, as growing is what
/// costs most in a map of headers. Not more, as each connection keeps the map for its next request.
const ADDED_HEADERS: usize = 9;

/// What the layers go by.
#[derive(Debug)]
pub(crate) struct Rules {
    proxies: TrustedProxies,
    origins: AllowedOrigins,
    security: Security,
    max_header_bytes: usize,
    rate: Option<Rate>,
    room: Room,
}

impl Rules {
    pub(crate) fn new(
        limits: &Limits,
        proxies: TrustedProxies,
        origins: AllowedOrigins,
        is_secure: bool,
    ) -> Self {
        Self {
            proxies,
            security: Security::new(is_secure, origins.is_any()),
            origins,
            max_header_bytes: limits.max_header_bytes,
            rate: Rate::new(limits.requests_per_second, limits.request_burst),
            room: Room::new(limits.max_concurrent_requests),
        }
    }
}

/// The outer layers around a service that is always ready.
#[derive(Clone, Debug)]
pub(crate) struct Edge<S> {
    inner: S,
    rules: Arc<Rules>,
    peer: Peer,
}

impl<S> Edge<S> {
    pub(super) fn new(inner: S, rules: Arc<Rules>) -> Self {
        Self { inner, rules, peer: Peer::Unknown }
    }

    /// The same for the requests of one connection.
    pub(crate) fn of_peer(mut self, peer: Peer) -> Self {
        self.peer = peer;
        self
    }

    fn peer(&self, request: &Request) -> Peer {
        match (self.peer, request.extensions().get::<ConnectInfo<SocketAddr>>()) {
            (Peer::Unknown, Some(info)) => info.0.into(),
            (peer, _) => peer,
        }
    }
}

impl<S> Service<Request> for Edge<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, context: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let context = Context::of(&request, self.peer(&request), &self.rules.proxies);
        let line = Line::begin(&request, &context);
        let mut course = Course {
            request_id: context.request_id.clone(),
            is_head: request.method() == Method::HEAD,
            origin: self.rules.origins.allowed(request.headers()),
            left: None,
            place: None,
        };
        let entered = line.enter();
        let answer = if let Some(response) = self.rules.answer(&request, &context, &mut course) {
            Answer::Early { response: Some(response) }
        } else {
            request.extensions_mut().insert(context);
            Answer::Coming { future: self.inner.call(request) }
        };
        drop(entered);
        Answering { answer, line, course, rules: Arc::clone(&self.rules) }
    }
}

/// What is kept of a request until its answer is there.
#[derive(Debug)]
struct Course {
    request_id: HeaderValue,
    is_head: bool,
    origin: Option<HeaderValue>,
    left: Option<Left>,
    place: Option<Place>,
}

impl Rules {
    /// Answers a request that goes no further.
    fn answer(
        &self,
        request: &Request,
        context: &Context,
        course: &mut Course,
    ) -> Option<Response> {
        if let Some(preflight) = self.origins.preflight(request) {
            return Some(preflight);
        }
        let problem = self.admit(request, context, course).err()?;
        Some(problem.into_response(&Occurrence::of(request, context.request_id.clone())))
    }

    /// Lets a request in, within the limits.
    fn admit(
        &self,
        request: &Request,
        context: &Context,
        course: &mut Course,
    ) -> Result<(), Box<Problem>> {
        header_size::check(request.headers(), self.max_header_bytes)?;
        if HEALTH_PATHS.contains(&request.uri().path()) {
            return Ok(());
        }
        if let Some(rate) = &self.rate {
            let checked = rate.check(context.client.address, request.headers());
            course.left = Some(*checked.as_ref().unwrap_or(&Left::NOTHING));
            checked?;
        }
        course.place = Some(self.room.enter()?);
        Ok(())
    }

    /// Makes of an answer what leaves here.
    fn finish(&self, course: &mut Course, mut response: Response) -> Response {
        course.place = None;
        let headers = response.headers_mut();
        headers.reserve(ADDED_HEADERS);
        headers.insert(X_REQUEST_ID, course.request_id.clone());
        self.origins.add(course.origin.take(), headers);
        if let (Some(rate), Some(left)) = (&self.rate, course.left) {
            rate.add(left, headers);
        }
        self.security.add(&mut response);
        if course.is_head { respond::without_body(response) } else { response }
    }
}

pin_project! {
    /// The answer to a request, on its way.
    pub(crate) struct Answering<F> {
        #[pin]
        answer: Answer<F>,
        line: Line,
        course: Course,
        rules: Arc<Rules>,
    }
}

pin_project! {
    #[project = AnswerProjection]
    enum Answer<F> {
        Early { response: Option<Response> },
        Coming { #[pin] future: F },
    }
}

impl<F> Future for Answering<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _entered = this.line.enter();
        let response = match this.answer.project() {
            AnswerProjection::Early { response } => response.take().unwrap_or_default(),
            AnswerProjection::Coming { future } => match ready!(future.poll(context)) {
                Ok(response) => response,
                Err(never) => match never {},
            },
        };
        let response = this.rules.finish(this.course, response);
        this.line.end(&response);
        Poll::Ready(Ok(response))
    }
}
