//! What happens around every request: its id and its line in the log.

use std::time::Duration;

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::Response,
};
use http::{HeaderName, HeaderValue};
use tower_http::{
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};
use tracing::Span;
use uuid::Uuid;

use crate::problem::{AnsweredCode, code_name};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a client: ids in use are at most a third of it, and each
/// line of the log repeats it.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// Adds the layers; the last one added is the first that a request meets.
pub(crate) fn add(router: Router) -> Router {
    router
        .layer(PropagateRequestIdLayer::new(X_REQUEST_ID))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_response(log)
                .on_failure(()),
        )
        .layer(SetRequestIdLayer::new(X_REQUEST_ID, TimeOrderedId))
        .layer(middleware::from_fn(drop_strange_id))
}

/// Ids that sort by time, as UUIDs of version 7.
#[derive(Clone, Copy)]
struct TimeOrderedId;

impl MakeRequestId for TimeOrderedId {
    fn make_request_id<B>(&mut self, _: &http::Request<B>) -> Option<RequestId> {
        HeaderValue::try_from(Uuid::now_v7().to_string()).ok().map(RequestId::new)
    }
}

/// Drops a client's id that could confuse a log, so that a new one is made.
async fn drop_strange_id(mut request: Request, next: Next) -> Response {
    let mut ids = request.headers().get_all(X_REQUEST_ID).iter();
    let is_sane = ids.next().is_some_and(is_sane_id) && ids.next().is_none();
    if !is_sane {
        request.headers_mut().remove(X_REQUEST_ID);
    }
    next.run(request).await
}

fn is_sane_id(id: &HeaderValue) -> bool {
    let is_sane = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:=/+".contains(byte);
    (1..=MAX_REQUEST_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(is_sane)
}

/// The id of a request that went through the layers.
pub(crate) fn request_id(request: &Request) -> String {
    let id = request.extensions().get::<RequestId>();
    id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default().to_owned()
}

/// The query stays out of the log, as it may hold what only the client should know.
fn span(request: &Request) -> Span {
    tracing::info_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        request_id = request_id(request),
    )
}

fn log(response: &Response, duration: Duration, _: &Span) {
    let code = response.extensions().get::<AnsweredCode>().map(|code| code_name(code.0));
    tracing::info!(
        status = response.status().as_u16(),
        duration_ms = duration.as_secs_f64() * 1000.0,
        code,
        "answered"
    );
}
