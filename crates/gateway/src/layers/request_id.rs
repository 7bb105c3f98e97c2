//! The id of a request, which its answer, the log and the server repeat.

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::{Uuid, fmt::Hyphenated};

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a client: ids in use are at most a third of it, and each
/// line of the log repeats it.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// The id that the client gave, unless it could confuse a log.
pub(super) fn given(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut ids = headers.get_all(X_REQUEST_ID).iter();
    let id = ids.next().filter(|id| is_sane(id))?;
    ids.next().is_none().then(|| id.clone())
}

fn is_sane(id: &HeaderValue) -> bool {
    let is_sane = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:=/+".contains(byte);
    (1..=MAX_REQUEST_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(is_sane)
}

/// An id of our own: UUIDs of version 7 sort by time.
pub(super) fn write(id: Uuid) -> HeaderValue {
    let mut text = [0; Hyphenated::LENGTH];
    let text = id.hyphenated().encode_lower(&mut text);
    // Digits and hyphens always are a value.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}
