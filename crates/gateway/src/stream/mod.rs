//! Answers of many messages, each sent as it comes.
//!
//! As lines of JSON (NDJSON), or as server-sent events for browsers. Both end by saying how: a
//! client that sees no last line knows that it was cut off. In reading order: [`form`], [`body`].

mod body;
mod form;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, response::Response};
use http::{HeaderName, HeaderValue, header};
use tokio_util::sync::CancellationToken;

use self::{
    body::{Messages, Patience},
    form::Writing,
};
use crate::{
    limits::Limits,
    negotiate::Form,
    problem::{Occurrence, Problem},
    refusal,
    respond::{self, Answered},
    transcode::contract::Binding,
    upstream::{Call, Client, Failure},
};

/// How long a stream may be quiet before its answer begins without a message: long enough for the
/// server to refuse it, which is a problem's answer then, and short for a page that waits.
const QUIET_START: Duration = Duration::from_secs(2);

/// Tells nginx not to hold messages back, which it does to save packets.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The streams of a gateway.
#[derive(Debug)]
pub(crate) struct Streams {
    open: Arc<AtomicU32>,
    max: u32,
    idle_timeout: Duration,
    /// Cancelled when the gateway stops.
    stopping: CancellationToken,
}

/// One of the streams, until it ends.
#[derive(Debug)]
struct Place(Arc<AtomicU32>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Streams {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            open: Arc::default(),
            max: limits.max_streams,
            idle_timeout: limits.stream_idle_timeout,
            stopping: CancellationToken::new(),
        }
    }

    /// Lets streams end when `shutdown` does: nobody knows when they would of themselves.
    pub(crate) fn end_after<F: Future<Output = ()>>(
        &self,
        shutdown: F,
    ) -> impl Future<Output = ()> + use<F> {
        let stopping = self.stopping.clone();
        async move {
            shutdown.await;
            stopping.cancel();
        }
    }

    /// Answers with a stream.
    ///
    /// # Errors
    /// Those before its first message; what goes wrong later is its last line.
    pub(crate) async fn answer(
        &self,
        client: &Client,
        binding: &Arc<Binding>,
        call: &Call<'_>,
        form: Form,
        occurrence: &Occurrence,
    ) -> Result<Answered, Problem> {
        let place = self.enter().map_err(|problem| *problem)?;
        // Its type is known by its first message only, so that must come first.
        let quiet_start = if binding.is_answer_raw { self.idle_timeout } else { QUIET_START };
        let (start, answers) =
            client.stream(call, quiet_start).await.map_err(Failure::into_problem)?;
        let disposition = answers.disposition().cloned();
        let writing = Writing::new(Arc::clone(binding), form, occurrence.clone());
        let patience = Patience::new(self.idle_timeout, self.stopping.clone());
        let mut messages = Messages::new(answers, writing, patience, place);
        let content_type = messages.start(start).map_err(refusal::bad_answer)?;
        let response = respond(content_type, disposition, messages);
        Ok(Answered { response, next_page_token: None })
    }

    fn enter(&self) -> Result<Place, Box<Problem>> {
        let open = self.open.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(&self.open));
        if open < self.max { Ok(place) } else { Err(Box::new(refusal::too_many_streams())) }
    }
}

fn respond(
    content_type: HeaderValue,
    disposition: Option<HeaderValue>,
    messages: Messages,
) -> Response {
    let is_raw = messages.is_raw();
    let mut response = Response::new(Body::new(messages));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    if is_raw {
        respond::guard_raw(headers, disposition);
    }
    response
}
