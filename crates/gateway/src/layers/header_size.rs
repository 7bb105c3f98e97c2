//! How large the headers of a request may be.

use http::HeaderMap;

use crate::{problem::Problem, refusal};

/// Lines of headers that are taken: several times what browsers and proxies send. HTTP/1.1
/// parses no more of them; over HTTP/2 this is the limit.
pub(crate) const MAX_HEADERS: usize = 100;

/// What a line has besides its name and value: `: ` and its end.
const SEPARATORS_BYTES: usize = 4;

/// Refuses headers that are too large.
pub(super) fn check(headers: &HeaderMap, max_bytes: usize) -> Result<(), Box<Problem>> {
    let line_bytes = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        name.as_str().len() + value.len() + SEPARATORS_BYTES
    };
    if headers.len() > MAX_HEADERS {
        return Err(Box::new(refusal::too_many_headers(MAX_HEADERS)));
    }
    if headers.iter().map(line_bytes).sum::<usize>() > max_bytes {
        return Err(Box::new(refusal::headers_too_large(max_bytes)));
    }
    Ok(())
}
