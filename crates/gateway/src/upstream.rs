//! The connection to the gRPC server.

use std::{error::Error, time::Duration};

use bytes::{Buf as _, BufMut as _, Bytes};
use http::{HeaderMap, HeaderName, header, uri::PathAndQuery};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Frame;
use tokio::time::{Instant, timeout};
use tonic::{
    Code, Request, Status,
    body::Body,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataMap,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tower::ServiceExt as _;

use crate::{limits::Limits, problem::Problem, refusal, status};

/// How long one attempt to connect may take; a server in the same network needs far less.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the server may take to say that it serves, within an orchestrator's usual patience.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);

/// The headers of a request that the server sees: who asks, in which language, and the traces.
/// What is in them of the client's address, id and trace is what the layers found.
///
/// All others stay here, as a client must not set metadata that the server trusts.
const FORWARDED_HEADERS: [HeaderName; 6] = [
    header::AUTHORIZATION,
    header::ACCEPT_LANGUAGE,
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-forwarded-for"),
];

/// Where the gRPC server listens.
#[derive(Clone, Debug)]
pub struct Upstream(Endpoint);

/// Why a text is no address of a server.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// It can't be parsed.
    #[error("`{0}` is no address such as `http://host:port` or `unix:///path`")]
    Malformed(String),
    /// Its scheme isn't spoken.
    #[error("`{0}`: only `http`, `https` and `unix` are spoken to the server")]
    Scheme(String),
    /// The files for TLS can't be used.
    #[error("the server can't be called over TLS")]
    Tls(#[from] takar_tls::Error),
}

impl Upstream {
    /// Parses `http://host:port`, `https://host:port` or `unix:///path/to/socket`.
    ///
    /// # Errors
    /// Where the text is none of them.
    pub fn parse(url: &str) -> Result<Self, UpstreamError> {
        Self::parse_with_tls(url, &takar_tls::Client::default())
    }

    /// Parses an address, of whose server these files tell more if it is one of `https`.
    ///
    /// # Errors
    /// Where the text is no address, or the files can't be used.
    pub fn parse_with_tls(url: &str, tls: &takar_tls::Client) -> Result<Self, UpstreamError> {
        if !["http://", "https://", "unix:"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(UpstreamError::Scheme(url.to_owned()));
        }
        let endpoint = Endpoint::from_shared(url.to_owned())
            .map_err(|_| UpstreamError::Malformed(url.to_owned()))?;
        Ok(Self(tls.secure(endpoint)?.connect_timeout(CONNECT_TIMEOUT)))
    }
}

/// A client of the server that knows nothing of its messages.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    channel: Channel,
    limits: Limits,
}

impl Client {
    /// Makes a client, which connects when it is first used and again whenever it must.
    pub(crate) fn new(upstream: &Upstream, limits: Limits) -> Self {
        Self { channel: upstream.0.connect_lazy(), limits }
    }

    /// Calls a method.
    pub(crate) async fn call(
        &self,
        path: &PathAndQuery,
        metadata: MetadataMap,
        message: Bytes,
    ) -> Result<Bytes, Problem> {
        let patience = self.limits.request_timeout;
        let mut request = Request::from_parts(metadata, tonic::Extensions::default(), message);
        request.set_timeout(patience);
        let start = Instant::now();
        let answer = timeout(patience, self.unary(path, request)).await;
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            // A server that heeds our deadline may be the first to give up.
            Ok(Err(status)) if status.code() == Code::Cancelled && start.elapsed() >= patience => {
                Err(refusal::timed_out().with_cause(status))
            }
            Ok(Err(status)) => Err(problem(status)),
            Err(elapsed) => Err(refusal::timed_out().with_cause(elapsed)),
        }
    }

    async fn unary(&self, path: &PathAndQuery, request: Request<Bytes>) -> Result<Bytes, Status> {
        let max_bytes = self.limits.max_answer_bytes;
        // The body is limited here: tonic's own limit can't be told from the server's OUT_OF_RANGE.
        let channel =
            self.channel.clone().map_response(move |mut response: http::Response<Body>| {
                status::drop_malformed_details(response.headers_mut());
                response.map(|body| Limited::new(body.map_frame(mend), max_bytes))
            });
        let mut client = Grpc::new(channel).max_decoding_message_size(usize::MAX);
        client.ready().await.map_err(|error| Status::from_error(error.into()))?;
        Ok(client.unary(request, path.clone(), BytesCodec).await?.into_inner())
    }

    /// Asks the server whether it serves.
    ///
    /// One that has no health service serves if it can say so.
    pub(crate) async fn check(&self) -> Result<(), Problem> {
        let mut client = HealthClient::new(self.channel.clone());
        let answer = timeout(HEALTH_TIMEOUT, client.check(HealthCheckRequest::default())).await;
        match answer {
            Ok(Ok(answer)) if answer.get_ref().status() == ServingStatus::Serving => Ok(()),
            Ok(Ok(_)) => Err(refusal::not_ready()),
            Ok(Err(status)) if status.code() == Code::Unimplemented => Ok(()),
            Ok(Err(status)) => Err(refusal::not_ready().with_cause(status)),
            Err(elapsed) => Err(refusal::not_ready().with_cause(elapsed)),
        }
    }
}

/// Drops what tonic couldn't read of a status behind an answer.
fn mend(mut frame: Frame<Bytes>) -> Frame<Bytes> {
    if let Some(trailers) = frame.trailers_mut() {
        status::drop_malformed_details(trailers);
    }
    frame
}

/// Makes the problem of a failed call; one that has a source never reached an answer.
fn problem(status: Status) -> Problem {
    match status.source() {
        None => status::problem(status),
        Some(source) if is_too_large(source) => {
            refusal::bad_answer(crate::transcode::answer::AnswerError::TooLarge)
        }
        Some(_) => refusal::unavailable().with_cause(status),
    }
}

fn is_too_large(error: &(dyn Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| (*error).source())
        .any(<dyn Error>::is::<LengthLimitError>)
}

/// The metadata of a call: the headers that are passed on.
pub(crate) fn metadata(headers: &HeaderMap) -> MetadataMap {
    let mut forwarded = HeaderMap::new();
    for name in FORWARDED_HEADERS {
        for value in headers.get_all(&name) {
            forwarded.append(&name, value.clone());
        }
    }
    MetadataMap::from_headers(forwarded)
}

/// Messages as the bytes they are.
#[derive(Clone, Copy, Debug, Default)]
struct BytesCodec;

impl Codec for BytesCodec {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
