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
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use hyper::body::Frame;
use tonic::Code;

use crate::{
    file_name,
    problem::AnsweredCode,
    refusal,
    transcode::{
        answer::Content,
        contract::Binding,
        etag::{self, EntityTags},
    },
};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A good answer on its way to the client.
pub(crate) struct Answered {
    pub(crate) response: Response,
    /// What asks for the next page of the list that it is.
    pub(crate) next_page_token: Option<String>,
}

impl Answered {
    /// Adds what headers say of the answer: what it depends on, what was heeded, what comes next.
    pub(crate) fn respond(
        mut self,
        binding: &Binding,
        uri: &Uri,
        applied: Vec<HeaderValue>,
    ) -> Response {
        let next_page = self.next_page(binding, uri);
        let headers = self.response.headers_mut();
        if binding.list.is_some() || binding.stream.is_some() {
            headers.append(header::VARY, HeaderValue::from_static("accept"));
        }
        if !binding.preferences.is_empty() {
            headers.append(header::VARY, HeaderValue::from_static("prefer"));
        }
        for preference in applied {
            headers.append(PREFERENCE_APPLIED, preference);
        }
        if let Some(next_page) = next_page {
            headers.insert(header::LINK, next_page);
        }
        self.response.extensions_mut().insert(AnsweredCode(Code::Ok));
        self.response
    }

    /// The same request for the next page, as RFC 8288 writes it.
    fn next_page(&self, binding: &Binding, uri: &Uri) -> Option<HeaderValue> {
        let paging = binding.list.as_ref()?.paging.as_ref()?;
        let token = self.next_page_token.as_deref()?;
        let query = paging.query_of_page(&binding.input, uri.query().unwrap_or_default(), token);
        HeaderValue::try_from(format!("<{}?{query}>; rel=\"next\"", uri.path())).ok()
    }
}

/// Answers with what the server answered, and by this name where that is a file.
pub(crate) fn content(
    content: Content,
    etag: Option<&str>,
    disposition: Option<HeaderValue>,
) -> Response {
    let mut response = match content {
        Content::Json(body) => json(body),
        Content::Raw { content_type, data } => raw(content_type, data, disposition),
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

/// Answers with bytes that somebody once sent here.
fn raw(content_type: HeaderValue, data: Bytes, disposition: Option<HeaderValue>) -> Response {
    let mut response = Response::new(Body::from(data));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    guard_raw(headers, disposition);
    response
}

/// Lets a browser neither guess the type of bytes that somebody sent nor run them as a page of this
/// origin, whatever the server says of how they are to be stored.
pub(crate) fn guard_raw(headers: &mut HeaderMap, disposition: Option<HeaderValue>) {
    headers.insert(header::CONTENT_DISPOSITION, file_name::disposition(disposition));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// The tag by which a reader knows a state, if it does: as it is by this one that it finds what it
/// has kept, whichever coding that has.
pub(crate) fn known_state(request: &HeaderMap, state: &str) -> Option<HeaderValue> {
    // A header that can't be read is no reason to keep the answer back.
    let known = EntityTags::read(request, &header::IF_NONE_MATCH).ok().flatten()?;
    known.matching(state).and_then(etag::quoted)
}

/// The tag by which a reader knows the state that an answer's headers tell of, if it does.
pub(crate) fn known_tag(request: &HeaderMap, answer: &HeaderMap) -> Option<HeaderValue> {
    let asked = request.get(header::IF_NONE_MATCH)?;
    let tag = answer.get(header::ETAG)?;
    if asked == tag {
        return Some(tag.clone());
    }
    known_state(request, etag::state(etag::opaque(tag)?))
}

/// Makes of an answer to GET or HEAD the short one, where its reader knows the state already.
pub(crate) fn if_modified(request: &HeaderMap, response: Response) -> Response {
    let is_good = response.status() == StatusCode::OK;
    let tag = known_tag(request, response.headers()).filter(|_| is_good);
    let Some(tag) = tag else { return response };
    let (head, _) = response.into_parts();
    let mut short = not_modified(not_modified_headers(head.headers), tag);
    *short.extensions_mut() = head.extensions;
    short
}

/// The headers of an answer but for those that tell of its content, which a short answer lacks.
pub(crate) fn not_modified_headers(mut headers: HeaderMap) -> HeaderMap {
    for name in [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
        header::CONTENT_DISPOSITION,
    ] {
        headers.remove(name);
    }
    headers
}

/// The answer to a reader who knows the state by this tag.
pub(crate) fn not_modified(headers: HeaderMap, tag: HeaderValue) -> Response {
    let mut response = Response::new(Body::new(NoBody));
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.headers_mut() = headers;
    response.headers_mut().insert(header::ETAG, tag);
    response
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
