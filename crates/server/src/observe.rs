//! A request id on every call, and a log line for each.

use std::time::Duration;

use http::{HeaderValue, Request, Response};
use tonic::Code;
use tower_http::{
    classify::{GrpcErrorsAsFailures, SharedClassifier},
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::{DefaultOnBodyChunk, DefaultOnEos, DefaultOnFailure, DefaultOnRequest, TraceLayer},
};
use tracing::{Span, field};
use uuid::Uuid;

const REQUEST_ID: http::HeaderName = http::HeaderName::from_static("x-request-id");

/// Makes ids that sort by time, where the caller gave none.
#[derive(Clone, Copy)]
pub(crate) struct MakeTimeOrderedId;

impl MakeRequestId for MakeTimeOrderedId {
    fn make_request_id<B>(&mut self, _request: &Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&Uuid::now_v7().to_string()).ok().map(RequestId::new)
    }
}

/// Sets `x-request-id` where the caller, mostly the gateway, did not.
pub(crate) fn set_request_id() -> SetRequestIdLayer<MakeTimeOrderedId> {
    SetRequestIdLayer::new(REQUEST_ID, MakeTimeOrderedId)
}

/// Gives `x-request-id` back with the answer.
pub(crate) fn propagate_request_id() -> PropagateRequestIdLayer {
    PropagateRequestIdLayer::new(REQUEST_ID)
}

type GrpcTrace = TraceLayer<
    SharedClassifier<GrpcErrorsAsFailures>,
    MakeSpan,
    DefaultOnRequest,
    LogResponse,
    DefaultOnBodyChunk,
    DefaultOnEos,
    DefaultOnFailure,
>;

/// Opens a span for every call and logs how it ended.
pub(crate) fn trace() -> GrpcTrace {
    TraceLayer::new_for_grpc().make_span_with(MakeSpan).on_response(LogResponse)
}

/// The span of one call.
#[derive(Clone, Copy)]
pub(crate) struct MakeSpan;

impl<B> tower_http::trace::MakeSpan<B> for MakeSpan {
    fn make_span(&mut self, request: &Request<B>) -> Span {
        let request_id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
        tracing::info_span!("call", method = request.uri().path(), request_id, code = field::Empty)
    }
}

/// One line a call.
#[derive(Clone, Copy)]
pub(crate) struct LogResponse;

impl<B> tower_http::trace::OnResponse<B> for LogResponse {
    fn on_response(self, response: &Response<B>, latency: Duration, _span: &Span) {
        // A status in the headers is an answer without body, so an error; otherwise it follows the
        // body, and is OK for unary calls.
        let code = response
            .headers()
            .get(tonic::Status::GRPC_STATUS)
            .map_or(Code::Ok, |code| Code::from_bytes(code.as_bytes()));
        tracing::info!(?code, ?latency, "answered");
    }
}
