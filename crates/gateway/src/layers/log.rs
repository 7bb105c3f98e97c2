//! The access log: one line for each answer.

use std::time::Instant;

use axum::{extract::Request, response::Response};
use tracing::{Level, Span, span::Entered};

use super::context::Context;
use crate::problem::{AnsweredCode, code_name};

/// A line that is written once the answer is there.
///
/// Where the filter excludes it, all that it costs is to ask the filter.
#[derive(Debug)]
pub(super) struct Line {
    span: Span,
    start: Option<Instant>,
}

impl Line {
    /// Begins the line of a request.
    ///
    /// The query stays out of the log, as it may hold what only the client should know.
    pub(super) fn begin(request: &Request, context: &Context) -> Self {
        let span = tracing::info_span!(
            "request",
            method = %request.method(),
            path = request.uri().path(),
            request_id = context.request_id.to_str().unwrap_or_default(),
            trace_id = %context.trace,
            client = context.client.address.map(tracing::field::display),
        );
        Self { span, start: tracing::enabled!(Level::INFO).then(Instant::now) }
    }

    /// What is logged meanwhile belongs to the request.
    pub(super) fn enter(&self) -> Entered<'_> {
        self.span.enter()
    }

    /// Writes the line.
    pub(super) fn end(&self, response: &Response) {
        let Some(start) = self.start else {
            return;
        };
        let code = response.extensions().get::<AnsweredCode>().map(|code| code_name(code.0));
        tracing::info!(
            parent: &self.span,
            status = response.status().as_u16(),
            duration_ms = start.elapsed().as_secs_f64() * 1000.0,
            code,
            "answered"
        );
    }
}
