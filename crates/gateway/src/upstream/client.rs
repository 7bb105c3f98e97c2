//! Calls of any method, retried where that is safe.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use h2::SendStream;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version, header,
    uri::{self, PathAndQuery},
};
use prost::Message as _;
use tokio::time::{Instant, sleep, timeout_at};
use tonic::Code;
use tonic_health::pb::{HealthCheckResponse, health_check_response::ServingStatus};

use super::{
    address::{Address, Upstream},
    connection::Windows,
    exchange::Exchange,
    failure::Failure,
    message::Outgoing,
    pool::Pool,
    retry::Budget,
};
use crate::{limits::Limits, problem::Problem, refusal};

/// How long the server may take to say that it serves, within an orchestrator's usual patience.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);

const HEALTH_PATH: PathAndQuery = PathAndQuery::from_static("/grpc.health.v1.Health/Check");

/// Answers are read as they come and no faster than memory takes them, so the server need not wait
/// for us: a window holds most answers whole, and the largest ones at the speed of a local network.
const CALL_WINDOWS: Windows =
    Windows { stream_bytes: 1024 * 1024, connection_bytes: 8 * 1024 * 1024 };

/// What a reader of a stream is behind waits at the server, but for this much. The connection has
/// room for that of all its streams, or slow readers would hold up the others.
const STREAM_WINDOWS: Windows =
    Windows { stream_bytes: 64 * 1024, connection_bytes: 100 * 64 * 1024 };

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

/// Those, and what gRPC itself adds.
const HEADERS_CAPACITY: usize = 10;

const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// What is asked of the server.
#[derive(Clone, Debug)]
pub(crate) struct Call<'c> {
    pub(crate) path: &'c PathAndQuery,
    /// The headers of the client's request, of which some are passed on.
    pub(crate) headers: &'c HeaderMap,
    pub(crate) message: Bytes,
    /// Whether asking twice does no more than asking once.
    pub(crate) is_idempotent: bool,
    /// How long the client would wait, where that is less than the limit.
    pub(crate) patience: Option<Duration>,
}

/// What the server answers a call that it answers once.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) message: Bytes,
    /// What a file that the message holds is to be called.
    pub(crate) disposition: Option<HeaderValue>,
}

/// A client of the server that knows nothing of its messages.
#[derive(Clone, Debug)]
pub(crate) struct Client(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    address: Address,
    calls: Pool,
    pub(super) streams: Pool,
    pub(super) budget: Budget,
    pub(super) limits: Limits,
    /// The limit as the server is told of it.
    timeout: HeaderValue,
}

impl Client {
    /// Makes a client, which connects when it is first used and again whenever it must.
    pub(crate) fn new(upstream: &Upstream, limits: Limits) -> Self {
        let address = upstream.0.clone();
        let pool = |windows| {
            Pool::new(&address, limits.upstream_connections, windows, limits.upstream_keep_alive)
        };
        Self(Arc::new(Inner {
            calls: pool(CALL_WINDOWS),
            streams: pool(STREAM_WINDOWS),
            budget: Budget::default(),
            timeout: grpc_timeout(limits.request_timeout),
            limits,
            address,
        }))
    }

    /// Calls a method that answers once.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Reply, Problem> {
        self.0.call(&call).await.map_err(Failure::into_problem)
    }

    /// Asks the server whether it serves.
    ///
    /// One that has no health service serves if it can say so.
    pub(crate) async fn check(&self) -> Result<(), Problem> {
        let call = Call {
            path: &HEALTH_PATH,
            headers: &HeaderMap::new(),
            message: Bytes::new(),
            is_idempotent: true,
            patience: Some(HEALTH_TIMEOUT),
        };
        match self.0.call(&call).await {
            Ok(reply) => match HealthCheckResponse::decode(reply.message) {
                Ok(answer) if answer.status() == ServingStatus::Serving => Ok(()),
                _ => Err(refusal::not_ready()),
            },
            Err(Failure::Status(status)) if status.code() == Code::Unimplemented => Ok(()),
            Err(failure) => Err(match failure.into_problem().cause {
                Some(cause) => refusal::not_ready().with_cause(cause),
                None => refusal::not_ready(),
            }),
        }
    }
}

impl Inner {
    async fn call(&self, call: &Call<'_>) -> Result<Reply, Failure> {
        let longest = self.limits.request_timeout;
        let patience = call.patience.map_or(longest, |patience| patience.min(longest));
        let deadline = Instant::now() + patience;
        let answer = timeout_at(deadline, self.attempts(call, deadline)).await;
        match answer.unwrap_or(Err(Failure::TimedOut)) {
            // A server that heeds our deadline may be the first to give up.
            Err(Failure::Status(status))
                if status.code() == Code::Cancelled && Instant::now() >= deadline =>
            {
                Err(Failure::TimedOut)
            }
            answer => answer,
        }
    }

    async fn attempts(&self, call: &Call<'_>, deadline: Instant) -> Result<Reply, Failure> {
        let is_whole = call.patience.is_none();
        let mut attempt = 1;
        loop {
            let left = || grpc_timeout(deadline.saturating_duration_since(Instant::now()));
            let timeout = if is_whole && attempt == 1 { self.timeout.clone() } else { left() };
            let failure = match self.attempt(call, timeout).await {
                Ok(answer) => {
                    self.budget.succeeded();
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            let Some(pause) = self.budget.pause(&failure, call.is_idempotent, attempt) else {
                return Err(failure);
            };
            tracing::debug!(attempt, ?failure, "the call is made again");
            sleep(pause).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, call: &Call<'_>, timeout: HeaderValue) -> Result<Reply, Failure> {
        let begun = self.begin(&self.calls, call.path, call.headers, Some(timeout));
        let (mut exchange, mut stream) = begun.await?;
        if let Err(unsent) = send(&mut stream, call.message.clone(), true) {
            return Err(exchange.refusal(unsent).await);
        }
        drop(stream);
        let message = exchange.next().await.unwrap_or_else(|| Err(not_one()))?;
        match exchange.next().await {
            None => Ok(Reply { message, disposition: exchange.disposition().cloned() }),
            Some(Ok(_)) => Err(not_one()),
            Some(Err(failure)) => Err(failure),
        }
    }

    /// Begins a call on a connection that takes it.
    ///
    /// One that doesn't, as the server closes it, has sent nothing: another is taken at once.
    pub(super) async fn begin(
        &self,
        pool: &Pool,
        path: &PathAndQuery,
        headers: &HeaderMap,
        timeout: Option<HeaderValue>,
    ) -> Result<(Exchange, SendStream<Outgoing>), Failure> {
        let max_bytes = self.limits.max_answer_bytes;
        let mut left = pool.size();
        loop {
            let connection = pool.connection().await.map_err(unreachable)?;
            let request = self.request(path, headers, timeout.clone())?;
            left -= 1;
            match Exchange::begin(&connection, request, max_bytes) {
                Err(_) if left > 0 => {}
                begun => return begun,
            }
        }
    }

    fn request(
        &self,
        path: &PathAndQuery,
        headers: &HeaderMap,
        timeout: Option<HeaderValue>,
    ) -> Result<Request<()>, Failure> {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.address.scheme.clone());
        parts.authority = Some(self.address.authority.clone());
        parts.path_and_query = Some(path.clone());
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.version_mut() = Version::HTTP_2;
        *request.uri_mut() =
            Uri::from_parts(parts).map_err(|error| Failure::Unprocessed(error.into()))?;
        *request.headers_mut() = metadata(headers, timeout);
        Ok(request)
    }
}

/// What the server sees of a request's headers, and what gRPC adds.
fn metadata(headers: &HeaderMap, timeout: Option<HeaderValue>) -> HeaderMap {
    let mut metadata = HeaderMap::with_capacity(HEADERS_CAPACITY);
    metadata.insert(header::TE, HeaderValue::from_static("trailers"));
    metadata.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    let user_agent = concat!("takar-gateway/", env!("CARGO_PKG_VERSION"));
    metadata.insert(header::USER_AGENT, HeaderValue::from_static(user_agent));
    if let Some(timeout) = timeout {
        metadata.insert(GRPC_TIMEOUT, timeout);
    }
    for name in FORWARDED_HEADERS {
        for value in headers.get_all(&name) {
            let mut value = value.clone();
            // Few of them come again, or should be known to the connection when they do: they stay out
            // of the table by which HTTP/2 compresses headers.
            value.set_sensitive(true);
            metadata.append(&name, value);
        }
    }
    metadata
}

/// A time as gRPC writes it, in at most eight digits.
fn grpc_timeout(time: Duration) -> HeaderValue {
    const MAX: u128 = 99_999_999;
    let text = match (time.as_micros(), time.as_millis()) {
        (micros, _) if micros <= MAX => format!("{micros}u"),
        (_, millis) if millis <= MAX => format!("{millis}m"),
        (_, millis) => format!("{}S", (millis / 1000).min(MAX)),
    };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("99999999S"))
}

fn unreachable(error: Arc<io::Error>) -> Failure {
    Failure::Unprocessed(error.into())
}

fn not_one() -> Failure {
    Failure::status(Code::Internal, "The answer isn't one message.")
}

/// Hands a message over. That nothing can be sent means that the server has no whole request.
pub(super) fn send(
    stream: &mut SendStream<Outgoing>,
    message: Bytes,
    is_last: bool,
) -> Result<(), Failure> {
    let message = Outgoing::new(message).map_err(Failure::Malformed)?;
    stream.send_data(message, is_last).map_err(|error| Failure::Unprocessed(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_give_is_sensitive_and_what_grpc_adds_is_not() {
        let mut given: HeaderMap = FORWARDED_HEADERS
            .map(|name| (name, HeaderValue::from_static("x")))
            .into_iter()
            .collect();
        given.insert(header::COOKIE, HeaderValue::from_static("x"));
        let metadata = metadata(&given, Some(grpc_timeout(Duration::from_secs(1))));
        let sensitive: Vec<_> = metadata.iter().filter(|(_, value)| value.is_sensitive()).collect();
        assert_eq!(sensitive.len(), FORWARDED_HEADERS.len());
        assert!(sensitive.iter().all(|(name, _)| FORWARDED_HEADERS.contains(name)));
        assert_eq!(metadata.len(), HEADERS_CAPACITY);
    }
}
