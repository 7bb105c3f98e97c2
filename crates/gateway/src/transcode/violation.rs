//! What is wrong with single fields of a request.

use std::borrow::Cow;

use serde::Serialize;

pub(crate) use crate::transcode::reason;

/// Violations that one answer lists, so that a bad request of megabytes has a short answer.
const MAX_VIOLATIONS: usize = 50;

/// Characters of a client's value that are shown back to it, enough to recognise it.
const MAX_SHOWN_CHARACTERS: usize = 100;

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
