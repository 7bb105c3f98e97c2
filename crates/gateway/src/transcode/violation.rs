//! What is wrong with single fields of a request.

use std::borrow::Cow;

use serde::Serialize;

/// Violations that one answer lists, so that a bad request of megabytes has a short answer.
const MAX_VIOLATIONS: usize = 50;

/// Characters of a client's value that are shown back to it, enough to recognise it.
const MAX_SHOWN_CHARACTERS: usize = 100;

/// The reasons of errors that the gateway itself finds.
pub(crate) mod reason {
    pub(crate) const ROUTE_NOT_FOUND: &str = "ROUTE_NOT_FOUND";
    pub(crate) const METHOD_NOT_ALLOWED: &str = "METHOD_NOT_ALLOWED";
    pub(crate) const NOT_ACCEPTABLE: &str = "NOT_ACCEPTABLE";
    pub(crate) const UNSUPPORTED_MEDIA_TYPE: &str = "UNSUPPORTED_MEDIA_TYPE";
    pub(crate) const RATE_LIMITED: &str = "RATE_LIMITED";
    pub(crate) const OVERLOADED: &str = "OVERLOADED";
    pub(crate) const HEADERS_TOO_LARGE: &str = "HEADERS_TOO_LARGE";
    pub(crate) const BODY_TOO_SLOW: &str = "BODY_TOO_SLOW";
    pub(crate) const BODY_TOO_LARGE: &str = "BODY_TOO_LARGE";
    pub(crate) const BODY_NOT_ALLOWED: &str = "BODY_NOT_ALLOWED";
    pub(crate) const BODY_INCOMPLETE: &str = "BODY_INCOMPLETE";
    pub(crate) const URL_TOO_LONG: &str = "URL_TOO_LONG";
    pub(crate) const MALFORMED_PATH: &str = "MALFORMED_PATH";
    pub(crate) const MALFORMED_QUERY: &str = "MALFORMED_QUERY";
    pub(crate) const MALFORMED_JSON: &str = "MALFORMED_JSON";
    pub(crate) const JSON_TOO_DEEP: &str = "JSON_TOO_DEEP";
    pub(crate) const UNKNOWN_FIELD: &str = "UNKNOWN_FIELD";
    pub(crate) const DUPLICATE_FIELD: &str = "DUPLICATE_FIELD";
    pub(crate) const INVALID_VALUE: &str = "INVALID_VALUE";
    pub(crate) const CONFLICTING_VALUE: &str = "CONFLICTING_VALUE";
    pub(crate) const UNKNOWN_PARAMETER: &str = "UNKNOWN_PARAMETER";
    pub(crate) const REPEATED_PARAMETER: &str = "REPEATED_PARAMETER";
    pub(crate) const INVALID_PARAMETER: &str = "INVALID_PARAMETER";
    pub(crate) const INVALID_HEADER: &str = "INVALID_HEADER";
    pub(crate) const UNSUPPORTED_HEADER: &str = "UNSUPPORTED_HEADER";
    pub(crate) const ETAG_MISMATCH: &str = "ETAG_MISMATCH";
    pub(crate) const UPSTREAM_UNAVAILABLE: &str = "UPSTREAM_UNAVAILABLE";
    pub(crate) const UPSTREAM_NOT_READY: &str = "UPSTREAM_NOT_READY";
    pub(crate) const UPSTREAM_TIMEOUT: &str = "UPSTREAM_TIMEOUT";
    pub(crate) const UPSTREAM_ANSWER_INVALID: &str = "UPSTREAM_ANSWER_INVALID";
}

/// One field that is wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Violation {
    /// The path of the field from the request, in JSON's spelling, or the parameter as written.
    pub(crate) field: String,
    /// A sentence for people.
    pub(crate) description: String,
    /// A word for programs.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) reason: Cow<'static, str>,
}

impl Violation {
    pub(crate) fn new(field: &str, reason: &'static str, description: impl Into<String>) -> Self {
        let description = description.into();
        Self { field: shorten(field), description, reason: reason.into() }
    }

    /// A parameter whose value can't be parsed.
    pub(crate) fn not_allowed(field: &str, value: &str, allowed: &str) -> Self {
        let description = format!("`{}` is not allowed: expected {allowed}", shorten(value));
        Self::new(field, reason::INVALID_PARAMETER, description)
    }
}

/// The violations of one request, up to a limit.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<Violation>);

impl Violations {
    /// Notes one more, unless the answer is full.
    pub(crate) fn push(&mut self, violation: Violation) {
        if self.0.len() < MAX_VIOLATIONS {
            self.0.push(violation);
        }
    }

    /// All that were noted.
    pub(crate) fn into_vec(self) -> Vec<Violation> {
        self.0
    }
}

/// Cuts a client's text to a length that is safe to show.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN_CHARACTERS) {
        Some((index, _)) => format!("{}...", &text[..index]),
        None => text.to_owned(),
    }
}
