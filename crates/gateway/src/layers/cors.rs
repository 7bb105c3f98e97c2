//! Which pages of other origins may read answers (the Fetch standard's CORS).
//!
//! Ours rather than tower-http's, which takes every OPTIONS for a preflight: ours also tells the
//! methods of a path.

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

/// How long a browser may rely on a preflight: two hours, more than which none heeds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// Which of them a path knows, the request itself is told.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");

/// The headers that a request may have beyond the few that any may have.
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "authorization, content-type, if-match, if-none-match, idempotency-key, prefer, \
     last-event-id, x-request-id, traceparent, tracestate",
);

/// The headers that a page may read beyond the few that any may read.
const ANSWER_HEADERS: HeaderValue = HeaderValue::from_static(
    "etag, link, location, ratelimit, ratelimit-policy, retry-after, x-request-id, \
     preference-applied, age, allow, content-disposition, www-authenticate",
);

const ANY: HeaderValue = HeaderValue::from_static("*");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");

/// The origins whose pages may read answers.
///
/// Credentials are headers that a page must know, never cookies, so any origin may be allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Origins);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Origins {
    Any,
    Listed(Vec<HeaderValue>),
}

impl Default for Origins {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

/// A text that is no origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no origin such as `https://data.example.go.id`, or `*` alone")]
pub struct OriginError(String);

impl AllowedOrigins {
    /// Reads origins, `scheme://host` or `scheme://host:port` as browsers write them, or `*` alone.
    ///
    /// # Errors
    /// Where a text is none.
    pub fn parse(origins: &[String]) -> Result<Self, OriginError> {
        if let [only] = origins
            && only == "*"
        {
            return Ok(Self(Origins::Any));
        }
        let origin = |text: &String| read(text).ok_or_else(|| OriginError(text.clone()));
        origins.iter().map(origin).collect::<Result<_, _>>().map(Origins::Listed).map(Self)
    }

    /// Whether pages of any origin may.
    pub(super) fn is_any(&self) -> bool {
        self.0 == Origins::Any
    }

    fn is_none(&self) -> bool {
        matches!(&self.0, Origins::Listed(origins) if origins.is_empty())
    }

    /// Answers a preflight, if the request is one and there is anybody to allow.
    pub(super) fn preflight(&self, request: &Request) -> Option<Response> {
        let headers = request.headers();
        let is_preflight = request.method() == Method::OPTIONS
            && headers.contains_key(header::ORIGIN)
            && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if !is_preflight || self.is_none() {
            return None;
        }
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if self.allowed(headers).is_some() {
            let headers = response.headers_mut();
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
        Some(response)
    }

    /// The value that allows the origin of a request, if it has one and it is allowed.
    pub(super) fn allowed(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        if self.is_none() {
            return None;
        }
        let origin = headers.get(header::ORIGIN)?;
        match &self.0 {
            Origins::Any => Some(ANY),
            Origins::Listed(origins) => origins.iter().find(|allowed| *allowed == origin).cloned(),
        }
    }

    /// Lets the page of an allowed origin read the answer.
    pub(super) fn add(&self, allowed: Option<HeaderValue>, headers: &mut HeaderMap) {
        if !self.is_any() && !self.is_none() {
            headers.append(header::VARY, VARY_ORIGIN);
        }
        if let Some(origin) = allowed {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS);
        }
    }
}

/// Reads an origin, which ends where a URL's path would begin.
fn read(text: &str) -> Option<HeaderValue> {
    let (scheme, authority) = text.split_once("://")?;
    let is_scheme = !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_host =
        |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b':' | b'[' | b']');
    let is_authority = !authority.is_empty() && authority.bytes().all(is_host);
    (is_scheme && is_authority).then(|| HeaderValue::try_from(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_a_browser_writes() {
        for (origins, is_right) in [
            (&[][..], true),
            (&["*"], true),
            (&["https://data.example.go.id", "http://localhost:3000", "https://[::1]:8080"], true),
            (&["https://data.example.go.id/"], false),
            (&["https://Data.example.go.id"], false),
            (&["https://*.example.go.id"], false),
            (&["data.example.go.id"], false),
            (&["https://data.example.go.id", "*"], false),
            (&["null"], false),
            (&[""], false),
        ] {
            let origins: Vec<String> = origins.iter().map(|&origin| origin.to_owned()).collect();
            assert_eq!(AllowedOrigins::parse(&origins).is_ok(), is_right, "{origins:?}");
        }
    }
}
