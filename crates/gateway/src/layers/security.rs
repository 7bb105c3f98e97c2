//! Headers that keep browsers and caches from doing with an answer what nobody meant.

use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

/// A year, the least that browsers' preload lists take.
const STRICT_TRANSPORT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What is set unless the answer has its own, after OWASP's list for REST.
///
/// An answer is data: nothing in it may load, run or be framed, whatever a browser takes it for.
/// And it is for who asked: without a policy of its own nobody keeps it.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The headers of one gateway.
#[derive(Debug)]
pub(super) struct Security(Vec<(HeaderName, HeaderValue)>);

impl Security {
    /// Those that suit how it is served, and whether pages of any origin may read it.
    pub(super) fn new(is_secure: bool, is_open: bool) -> Self {
        let mut headers = Vec::from(HEADERS);
        // Of listed origins, only requests that CORS covers get through, which this leaves alone.
        let whose = if is_open { "cross-origin" } else { "same-origin" };
        headers.push((RESOURCE_POLICY, HeaderValue::from_static(whose)));
        if is_secure {
            headers.push((header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT));
        }
        Self(headers)
    }

    /// Sets those that the answer doesn't have.
    pub(super) fn add(&self, response: &mut Response) {
        let headers = response.headers_mut();
        for (name, value) in &self.0 {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }
}
