//! Errors as `application/problem+json` (RFC 9457).

use std::{borrow::Cow, collections::BTreeMap, error::Error, time::Duration};

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use prost_reflect::DescriptorPool;
use prost_types::Any;
use serde::Serialize;
use serde_json::Value as Json;
use tonic::{Code, Status};

use crate::{
    details, negotiate,
    transcode::{reason, violation::Violation},
};

/// The media type of an error.
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// HTTP has no status of its own for a call that was cancelled; this one is nginx's.
pub(crate) const CLIENT_CLOSED_REQUEST: u16 = 499;

/// An error on its way to the client.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: Code,
    /// A word for programs, in the upstream's vocabulary or the gateway's; empty if it has none.
    pub(crate) reason: Cow<'static, str>,
    /// Whose word the reason is.
    pub(crate) domain: String,
    pub(crate) detail: Cow<'static, str>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) errors: Vec<Violation>,
    pub(crate) localized_message: Option<LocalizedMessage>,
    /// What else the upstream tells of it.
    pub(crate) details: Vec<Any>,
    /// By what the details are read, beside `google.rpc`.
    pub(crate) contract: Option<DescriptorPool>,
    pub(crate) headers: HeaderMap,
    /// What only the log may know.
    pub(crate) cause: Option<Box<dyn Error + Send + Sync>>,
}

/// The detail in the language that the client asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LocalizedMessage {
    pub(crate) locale: String,
    pub(crate) message: String,
}

impl LocalizedMessage {
    pub(crate) fn new(locale: &str, message: &str) -> Self {
        Self { locale: locale.to_owned(), message: message.to_owned() }
    }
}

/// The request that a problem is about.
///
/// It is noted of each request before anything goes wrong, so nothing of it is copied.
#[derive(Clone, Debug)]
pub(crate) struct Occurrence {
    uri: Uri,
    request_id: HeaderValue,
    prefers_indonesian: bool,
}

impl Occurrence {
    /// Notes what a problem's answer tells of its request.
    pub(crate) fn of(request: &Request, request_id: HeaderValue) -> Self {
        Self {
            uri: request.uri().clone(),
            request_id,
            prefers_indonesian: negotiate::prefers_indonesian(request.headers()),
        }
    }
}

/// The gRPC code of an answer, for the access log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnsweredCode(pub(crate) Code);

impl Problem {
    /// Makes a problem that the gateway found itself.
    pub(crate) fn new(
        status: StatusCode,
        code: Code,
        reason: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            reason: Cow::Borrowed(reason),
            domain: String::new(),
            detail: detail.into(),
            metadata: BTreeMap::new(),
            errors: Vec::new(),
            localized_message: None,
            details: Vec::new(),
            contract: None,
            headers: HeaderMap::new(),
            cause: None,
        }
    }

    /// Adds a header to the answer.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Adds what only the log may know.
    pub(crate) fn with_cause(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Tells the client when to try again, in whole seconds, never too early.
    pub(crate) fn with_retry_after(self, delay: Duration) -> Self {
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        self.with_header(header::RETRY_AFTER, seconds.into())
    }

    /// Adds the descriptors by which its details are read.
    pub(crate) fn of_contract(mut self, pool: &DescriptorPool) -> Self {
        self.contract = Some(pool.clone());
        self
    }

    /// Logs the cause.
    pub(crate) fn log(&self) {
        if let Some(cause) = &self.cause {
            let (status, cause) = (self.status.as_u16(), chain(cause.as_ref()));
            if self.status.is_server_error() {
                tracing::error!(status, reason = %self.reason, cause, "failed");
            } else {
                tracing::info!(status, reason = %self.reason, cause, "refused");
            }
        }
    }

    /// Logs the cause and writes the answer.
    pub(crate) fn into_response(self, occurrence: &Occurrence) -> Response {
        self.log();
        let body = self.document(occurrence);
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM_JSON);
        response.extensions_mut().insert(AnsweredCode(self.code));
        response
    }

    /// The body.
    pub(crate) fn document(&self, occurrence: &Occurrence) -> Vec<u8> {
        let document = Document {
            r#type: self.problem_type(),
            title: self.title(),
            status: self.status.as_u16(),
            detail: &self.detail,
            instance: occurrence.uri.path(),
            code: code_name(self.code),
            reason: &self.reason,
            domain: &self.domain,
            metadata: &self.metadata,
            errors: &self.errors,
            localized_message: self.localized_message(occurrence),
            details: self.details(),
            request_id: occurrence.request_id.to_str().unwrap_or_default(),
        };
        serde_json::to_vec(&document).unwrap_or_default()
    }

    /// The server's own words, or for what the gateway found, its words.
    fn localized_message(&self, occurrence: &Occurrence) -> Option<LocalizedMessage> {
        let is_own = self.domain.is_empty() && occurrence.prefers_indonesian;
        let own = || reason::indonesian(&self.reason).filter(|_| is_own);
        let own = || own().map(|message| LocalizedMessage::new("id", message));
        self.localized_message.clone().or_else(own)
    }

    fn details(&self) -> Vec<Json> {
        let contract = self.contract.as_ref();
        self.details.iter().map(|detail| details::write(detail, contract)).collect()
    }

    /// A URI for programs that goes with the reason, as RFC 9457 wants one per kind of problem.
    ///
    /// The gateway knows no page that would describe it, so it is only a name.
    fn problem_type(&self) -> String {
        if self.has_plain_reason() {
            format!("urn:problem:{}", self.reason.to_ascii_lowercase().replace('_', "-"))
        } else {
            "about:blank".to_owned()
        }
    }

    /// A short text that is the same for all problems of one type.
    fn title(&self) -> String {
        if self.has_plain_reason() {
            let (first, rest) = self.reason.split_at(1);
            return format!("{first}{}", rest.to_ascii_lowercase().replace('_', " "));
        }
        match self.status.canonical_reason() {
            Some(phrase) => phrase.to_owned(),
            None => "Client Closed Request".to_owned(),
        }
    }

    fn has_plain_reason(&self) -> bool {
        let is_plain =
            |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        !self.reason.is_empty() && self.reason.bytes().all(is_plain)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'p> {
    r#type: String,
    title: String,
    status: u16,
    detail: &'p str,
    instance: &'p str,
    code: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    reason: &'p str,
    #[serde(skip_serializing_if = "str::is_empty")]
    domain: &'p str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: &'p BTreeMap<String, String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'p [Violation],
    #[serde(skip_serializing_if = "Option::is_none")]
    localized_message: Option<LocalizedMessage>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    details: Vec<Json>,
    request_id: &'p str,
}

/// An error with all that caused it, in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| (*error).source())
        .map(|error| match error.downcast_ref::<Status>() {
            // A status prints its source and details too, which come next or are in the answer.
            Some(status) => format!("{}: {}", code_name(status.code()), status.message()),
            None => error.to_string(),
        })
        .collect::<Vec<_>>()
        .join(": ")
}

/// The name of a code as the gRPC specification writes it.
pub(crate) fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
