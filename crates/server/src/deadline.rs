//! The time that a call may take: its own deadline, and ours.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, Request, Response};
use tokio::time::timeout;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::error::deadline_exceeded;

/// The header in which a client says how long it waits.
const GRPC_TIMEOUT: &str = "grpc-timeout";
/// How much sooner than the client's deadline we answer: the transport keeps that deadline too, but
/// answers `CANCELLED` and past every layer, so without request id and details.
const ANSWER_MARGIN: Duration = Duration::from_millis(2);

/// Answers `DEADLINE_EXCEEDED` to calls that take longer than they may.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeadlineLayer {
    /// How long a call may take, unless its own deadline is sooner.
    pub(crate) limit: Duration,
}

impl<S> Layer<S> for DeadlineLayer {
    type Service = Deadline<S>;

    fn layer(&self, inner: S) -> Deadline<S> {
        let Self { limit } = *self;
        Deadline { inner, limit }
    }
}

/// The service that [`DeadlineLayer`] makes.
#[derive(Clone, Debug)]
pub(crate) struct Deadline<S> {
    inner: S,
    limit: Duration,
}

impl<S, B> Service<Request<B>> for Deadline<S>
where
    S: Service<Request<B>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let patience = patience(request.headers(), self.limit);
        let answer = timeout(patience, self.inner.call(request));
        Box::pin(async move {
            match answer.await {
                Ok(answer) => answer,
                Err(_) => Ok(deadline_exceeded(patience).into_http()),
            }
        })
    }
}

fn patience(headers: &HeaderMap, limit: Duration) -> Duration {
    headers
        .get(GRPC_TIMEOUT)
        .and_then(|value| parse_timeout(value.to_str().ok()?))
        .map_or(limit, |asked| asked.saturating_sub(ANSWER_MARGIN).min(limit))
}

/// Reads a `grpc-timeout`, up to 8 digits and a unit; `None` where it is none, as the transport
/// then ignores it too.
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 60 * 60)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_timeout_has_digits_and_a_unit() {
        for (text, expected) in [
            ("1H", Some(Duration::from_hours(1))),
            ("2M", Some(Duration::from_mins(2))),
            ("3S", Some(Duration::from_secs(3))),
            ("4m", Some(Duration::from_millis(4))),
            ("5u", Some(Duration::from_micros(5))),
            ("99999999n", Some(Duration::from_nanos(99_999_999))),
            ("", None),
            ("m", None),
            ("1", None),
            ("100000000m", None),
            ("-1m", None),
            ("+1m", None),
            ("1.5S", None),
            ("1s", None),
            ("1é", None),
        ] {
            assert_eq!(parse_timeout(text), expected, "{text}");
        }
    }

    #[test]
    fn the_sooner_of_the_clients_deadline_and_ours_counts() {
        let limit = Duration::from_secs(30);
        let patience = |timeout: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(GRPC_TIMEOUT, HeaderValue::from_static(timeout));
            patience(&headers, limit)
        };
        assert_eq!(patience("100m"), Duration::from_millis(98));
        assert_eq!(patience("1n"), Duration::ZERO);
        assert_eq!(patience("1H"), limit);
        assert_eq!(patience("soon"), limit);
    }
}
