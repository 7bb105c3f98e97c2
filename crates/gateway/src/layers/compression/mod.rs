//! Answers made smaller, in the coding that the client takes.
//!
//! Only what is whole is compressed, all at once: so the encoder's memory, megabytes with some
//! codings, is held while it works and not while a slow client reads, the length stays known, and
//! a stream's messages are never held back in a buffer.

mod encode;

use std::{convert::Infallible, future::Future, pin::Pin, task::Poll};

use axum::{
    body::{self, Body, HttpBody as _},
    extract::Request,
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use tower::Service;

use super::context::request_id;
use crate::{
    negotiate::{self, Wish},
    problem::Occurrence,
    refusal,
    transcode::etag,
};

/// Bodies that are smaller stay as they are: they fit one packet either way.
const MIN_BYTES: u64 = 1024;

const VARY: HeaderValue = HeaderValue::from_static("Accept-Encoding");

/// Compresses what a service answers.
#[derive(Clone, Debug)]
pub(crate) struct Compression<S> {
    inner: S,
}

impl<S> Compression<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl<S> Service<Request> for Compression<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut std::task::Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Some(wish) = negotiate::coding(request.headers()) else {
            let occurrence = Occurrence::of(&request, request_id(&request));
            let refused = refusal::no_acceptable_coding().into_response(&occurrence);
            return Box::pin(async { Ok(refused) });
        };
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            response.headers_mut().append(header::VARY, VARY);
            Ok(if is_compressible(&response, wish) {
                compress(response, wish).await
            } else {
                response
            })
        })
    }
}

/// Whether a body is whole, and text that is large enough.
///
/// For a client that takes nothing as it is, all that is whole is compressed.
fn is_compressible(response: &Response, wish: Wish) -> bool {
    let headers = response.headers();
    let bytes = response.body().size_hint().exact().unwrap_or_default();
    let is_worth_it = bytes >= MIN_BYTES && is_text(headers);
    let is_plain = !headers.contains_key(header::CONTENT_ENCODING);
    bytes > 0 && is_plain && (is_worth_it || !wish.is_identity_taken)
}

/// Whether a type is one that shrinks: pictures, archives and office files are compressed already.
fn is_text(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let Some(content_type) = content_type else {
        return false;
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let kind = essence.rsplit(['/', '+']).next().unwrap_or_default();
    essence.starts_with("text/") || ["json", "xml", "yaml", "javascript"].contains(&kind)
}

async fn compress(response: Response, wish: Wish) -> Response {
    let Some(name) = wish.coding.name() else {
        return response;
    };
    let (mut head, body) = response.into_parts();
    // It is whole and in memory: there is nothing to wait for, and no limit to keep.
    let Ok(plain) = body::to_bytes(body, usize::MAX).await else {
        return Response::from_parts(head, Body::empty());
    };
    match encode::encode(wish.coding, plain.clone()).await {
        Some(encoded) if encoded.len() < plain.len() || !wish.is_identity_taken => {
            head.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
            head.headers.remove(header::CONTENT_LENGTH);
            etag::mark(&mut head.headers, name);
            Response::from_parts(head, Body::from(Bytes::from(encoded)))
        }
        _ => Response::from_parts(head, Body::from(plain)),
    }
}
