//! The trace that a request is part of (W3C Trace Context).
//!
//! A valid `traceparent` goes on to the server as it is: the gateway exports no spans, and a
//! parent that nobody exports would tear the trace apart. A request without one begins a trace,
//! so that the log's lines of the gateway and the server can be put together.
//!
//! There is no `traceresponse`: it is a draft still, and `X-Request-Id` says as much.

use std::{fmt, ops::Range};

use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::{Uuid, fmt::Simple};

pub(super) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
pub(super) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The bytes of `tracestate` that everybody must pass on (3.3.1.5); what is longer is dropped.
const MAX_STATE_BYTES: usize = 512;

/// `00-`, 32 digits of the trace, `-`, 16 of the parent, `-`, 2 of flags.
const PARENT_BYTES: usize = 55;

/// Those of a trace's id that are its first parent's, which needs only be unlike others of the trace.
const PARENT_DIGITS: Range<usize> = 16..32;

/// A trace.
#[derive(Clone, Debug)]
pub(crate) enum Trace {
    /// The client's, by its valid `traceparent`.
    Given(HeaderValue),
    /// One that begins here.
    Begun(Uuid),
}

impl Trace {
    /// The value of `traceparent` for the server.
    pub(super) fn parent(&self) -> HeaderValue {
        match self {
            Self::Given(parent) => parent.clone(),
            Self::Begun(id) => {
                let mut digits = [0; Simple::LENGTH];
                let trace = &*id.simple().encode_lower(&mut digits);
                let parent = &trace[PARENT_DIGITS];
                // Not sampled: nobody records this.
                let text = ["00-", trace, "-", parent, "-00"].concat();
                HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
            }
        }
    }

    /// Whether the request's `tracestate` belongs to this trace and can be passed on.
    pub(super) fn keeps_state(&self, headers: &HeaderMap) -> bool {
        let values = headers.get_all(TRACESTATE);
        let is_text = |value: &HeaderValue| value.to_str().is_ok();
        matches!(self, Self::Given(_))
            && values.iter().all(is_text)
            && values.iter().map(HeaderValue::len).sum::<usize>() <= MAX_STATE_BYTES
    }
}

/// The trace's id, in 32 digits.
impl fmt::Display for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(parent) => {
                let text = parent.to_str().unwrap_or_default();
                formatter.write_str(text.get(3..35).unwrap_or_default())
            }
            Self::Begun(id) => write!(formatter, "{}", id.simple()),
        }
    }
}

/// The client's `traceparent`, if there is one and it is valid.
pub(super) fn given(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut parents = headers.get_all(TRACEPARENT).iter();
    let parent = parents.next().filter(|parent| is_valid(parent.as_bytes()))?;
    parents.next().is_none().then(|| parent.clone())
}

/// Whether a value is a parent of version 00, or of a later one, which must begin alike.
fn is_valid(parent: &[u8]) -> bool {
    let Some((parent, rest)) = parent.split_at_checked(PARENT_BYTES) else {
        return false;
    };
    let (version, trace, id, flags) =
        (&parent[0..2], &parent[3..35], &parent[36..52], &parent[53..55]);
    let is_hex =
        |digits: &[u8]| digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let is_zero = |digits: &[u8]| digits.iter().all(|digit| *digit == b'0');
    let is_whole = match version {
        b"ff" => false,
        b"00" => rest.is_empty(),
        _ => rest.is_empty() || rest.starts_with(b"-"),
    };
    is_whole
        && [2, 35, 52].iter().all(|index| parent[*index] == b'-')
        && [version, trace, id, flags].into_iter().all(is_hex)
        && !is_zero(trace)
        && !is_zero(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_is_valid_as_the_specification_says() {
        for (parent, expected) in [
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", true),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", true),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", false),
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01later", false),
            ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
            ("00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01", false),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", false),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", false),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", false),
            ("00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false),
            ("", false),
        ] {
            assert_eq!(is_valid(parent.as_bytes()), expected, "{parent}");
        }
    }

    #[test]
    fn a_trace_that_begins_here_is_valid_and_has_the_id_that_the_log_shows() {
        let trace = Trace::Begun(Uuid::now_v7());
        let parent = trace.parent();
        assert!(is_valid(parent.as_bytes()), "{parent:?}");
        assert_eq!(Trace::Given(parent).to_string(), trace.to_string());
    }
}
