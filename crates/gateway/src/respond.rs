//! The answers that are no problems.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, HttpBody},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use hyper::body::Frame;

use crate::{
    refusal,
    transcode::{
        answer::Content,
        etag::{self, EntityTags},
    },
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Answers with what the server answered.
pub(crate) fn content(content: Content, etag: Option<&str>) -> Response {
    let mut response = match content {
        Content::Json(body) => json(body),
        Content::Raw { content_type, data } => raw(content_type, data),
    };
    if let Some(etag) = etag.and_then(etag::write) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// Answers with JSON.
pub(crate) fn json(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// Answers with bytes that somebody once sent here: a browser must neither guess their type nor
/// run them as a page of this origin.
fn raw(content_type: HeaderValue, data: Bytes) -> Response {
    let mut response = Response::new(Body::from(data));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The answer to a reader who knows this state already, if it is one.
pub(crate) fn not_modified(
    method: &Method,
    headers: &HeaderMap,
    etag: Option<&str>,
) -> Option<Response> {
    let opaque = etag.filter(|_| [Method::GET, Method::HEAD].contains(method))?;
    etag::write(opaque)?;
    // A header that can't be read is no reason to keep the answer back.
    let known = EntityTags::read(headers, &header::IF_NONE_MATCH).ok().flatten()?;
    // The tag that the client knows, as it is by this one that it finds what it has kept.
    let tag = known.matching(opaque).and_then(etag::quoted)?;
    let mut response = Response::new(Body::new(NoBody));
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response.headers_mut().insert(header::ETAG, tag);
    Some(response)
}

/// A body that isn't there, for an answer whose length would be taken for that of the resource.
struct NoBody;

impl HttpBody for NoBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

/// The answer to OPTIONS.
pub(crate) fn options(allowed: &[Method]) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(header::ALLOW, refusal::allow(allowed));
    response
}

/// The answer to HEAD: the headers of GET, with the length that its body would have.
pub(crate) fn without_body(mut response: Response) -> Response {
    // This one has no body in GET either.
    if response.status() == StatusCode::NOT_MODIFIED {
        return response;
    }
    let length = response.body().size_hint().exact();
    if let Some(length) = length {
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    *response.body_mut() = Body::empty();
    response
}
