//! The problems that the gateway itself answers with.

use std::time::Duration;

use http::{HeaderValue, Method, StatusCode, header};
use tonic::Code;

use crate::{
    negotiate::Form,
    problem::Problem,
    transcode::{
        answer::AnswerError,
        json::WriteError,
        percent::PercentError,
        request::RequestError,
        violation::{Violation, reason},
    },
};

/// When to try an unavailable upstream again: a restart takes about as long.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(5);

/// When to try an overloaded gateway again: most requests are done long before.
const RETRY_WHEN_OVERLOADED: Duration = Duration::from_secs(1);

pub(crate) fn route_not_found() -> Problem {
    let detail = "No resource of this API has this path.";
    Problem::new(StatusCode::NOT_FOUND, Code::NotFound, reason::ROUTE_NOT_FOUND, detail)
}

pub(crate) fn method_not_allowed(method: &Method, allowed: &[Method]) -> Problem {
    let allow = allow(allowed);
    let detail = format!("{method} is not allowed here; allowed: {}.", join(allowed));
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Code::Unimplemented,
        reason::METHOD_NOT_ALLOWED,
        detail,
    )
    .with_header(header::ALLOW, allow)
}

/// The value of an `Allow` header.
pub(crate) fn allow(allowed: &[Method]) -> HeaderValue {
    HeaderValue::try_from(join(allowed)).unwrap_or(HeaderValue::from_static(""))
}

fn join(methods: &[Method]) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
}

pub(crate) fn url_too_long(max_bytes: usize) -> Problem {
    let detail = format!("The path and query are longer than {max_bytes} bytes.");
    Problem::new(StatusCode::URI_TOO_LONG, Code::InvalidArgument, reason::URL_TOO_LONG, detail)
}

pub(crate) fn headers_too_large(max_bytes: usize) -> Problem {
    too_large_headers(format!("The headers are larger than {max_bytes} bytes."))
}

pub(crate) fn too_many_headers(max: usize) -> Problem {
    too_large_headers(format!("There are more than {max} headers."))
}

fn too_large_headers(detail: String) -> Problem {
    Problem::new(
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Code::InvalidArgument,
        reason::HEADERS_TOO_LARGE,
        detail,
    )
}

pub(crate) fn too_many_requests(per_second: u32, wait: Duration) -> Problem {
    let detail =
        format!("Too many requests came from you; over time, {per_second} a second are taken.");
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        Code::ResourceExhausted,
        reason::RATE_LIMITED,
        detail,
    )
    .with_retry_after(wait.max(Duration::from_secs(1)))
}

pub(crate) fn overloaded() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Code::Unavailable,
        reason::OVERLOADED,
        "Too many requests are under way; try again later.",
    )
    .with_retry_after(RETRY_WHEN_OVERLOADED)
}

pub(crate) fn no_acceptable_coding() -> Problem {
    let detail =
        "The answer is plain, gzip, br or zstd, which the Accept-Encoding header excludes.";
    Problem::new(StatusCode::NOT_ACCEPTABLE, Code::InvalidArgument, reason::NOT_ACCEPTABLE, detail)
}

pub(crate) fn malformed_path(error: PercentError) -> Problem {
    bad_request(reason::MALFORMED_PATH, format!("The path can't be decoded: {error}."))
}

pub(crate) fn not_acceptable(offered: &[Form]) -> Problem {
    let offered: Vec<_> = offered.iter().map(|form| form.media_type()).collect();
    let offered = offered.join(" or ");
    let detail = format!("The answer is {offered}, which the Accept header excludes.");
    Problem::new(StatusCode::NOT_ACCEPTABLE, Code::InvalidArgument, reason::NOT_ACCEPTABLE, detail)
}

pub(crate) fn unsupported_media_type(detail: &'static str) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::InvalidArgument,
        reason::UNSUPPORTED_MEDIA_TYPE,
        detail,
    )
    .with_header(header::ACCEPT, HeaderValue::from_static("application/json"))
}

pub(crate) fn unsupported_encoding() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::InvalidArgument,
        reason::UNSUPPORTED_MEDIA_TYPE,
        "The body must not be compressed.",
    )
    .with_header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
}

pub(crate) fn body_too_large(max_bytes: usize) -> Problem {
    let detail = format!("The body is larger than {max_bytes} bytes.");
    // gRPC servers answer OUT_OF_RANGE to a message that is too large.
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, Code::OutOfRange, reason::BODY_TOO_LARGE, detail)
}

pub(crate) fn body_not_allowed() -> Problem {
    bad_request(reason::BODY_NOT_ALLOWED, "This request takes no body.")
}

pub(crate) fn body_too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        Code::DeadlineExceeded,
        reason::BODY_TOO_SLOW,
        "The body came too slowly.",
    )
}

pub(crate) fn body_incomplete(
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> Problem {
    bad_request(reason::BODY_INCOMPLETE, "The body ended before its end.").with_cause(cause)
}

pub(crate) fn bad_input(error: RequestError) -> Problem {
    match error {
        RequestError::Json(error) => {
            bad_request(reason::MALFORMED_JSON, sentence(&error.to_string()))
        }
        RequestError::Fields(violations) => bad_fields(violations),
        RequestError::Precondition => etag_mismatch(),
    }
}

fn etag_mismatch() -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        Code::Aborted,
        reason::ETAG_MISMATCH,
        "The resource has no state with the etag of the If-Match header.",
    )
}

fn bad_fields(violations: Vec<Violation>) -> Problem {
    let first = violations.first();
    let detail = match first {
        Some(Violation { field, description, .. }) if violations.len() == 1 => {
            sentence(format!("`{field}` {description}").trim_start_matches("`` "))
        }
        _ => format!("{} fields or parameters are wrong.", violations.len()),
    };
    let reason = first.map_or("".into(), |violation| violation.reason.clone());
    let mut problem = bad_request("", detail);
    problem.reason = reason;
    problem.errors = violations;
    problem
}

fn bad_request(reason: &'static str, detail: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, Code::InvalidArgument, reason, detail)
}

/// Makes a clause a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

pub(crate) fn bad_answer(error: AnswerError) -> Problem {
    let unknown = match &error {
        AnswerError::Write(WriteError::UnknownType(type_url)) => Some(type_url.clone()),
        _ => None,
    };
    let mut problem = broken_answer(error);
    if let Some(type_url) = unknown {
        problem.detail = format!(
            "The service gave an answer that can't be shown: it holds a message of the type \
             `{type_url}`, which the contract doesn't describe."
        )
        .into();
        problem.metadata.insert("typeUrl".to_owned(), type_url);
    }
    problem
}

/// What the service sent is no answer, for any reason.
pub(crate) fn broken_answer(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        Code::Internal,
        reason::UPSTREAM_ANSWER_INVALID,
        "The service gave an answer that can't be shown.",
    )
    .with_cause(cause)
}

pub(crate) fn not_kept() -> Problem {
    Problem::new(
        StatusCode::GATEWAY_TIMEOUT,
        Code::DeadlineExceeded,
        reason::NOT_KEPT,
        "No answer is kept that could be given, and the Cache-Control header wants no other.",
    )
}

pub(crate) fn unavailable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Code::Unavailable,
        reason::UPSTREAM_UNAVAILABLE,
        "The service can't be reached now; try again later.",
    )
    .with_retry_after(RETRY_AFTER)
}

pub(crate) fn not_ready() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Code::Unavailable,
        reason::UPSTREAM_NOT_READY,
        "The service isn't ready to serve.",
    )
    .with_retry_after(RETRY_AFTER)
}

pub(crate) fn timed_out() -> Problem {
    Problem::new(
        StatusCode::GATEWAY_TIMEOUT,
        Code::DeadlineExceeded,
        reason::UPSTREAM_TIMEOUT,
        "The service didn't answer in time.",
    )
}

pub(crate) fn too_many_streams() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Code::Unavailable,
        reason::OVERLOADED,
        "Too many streams are open; try again later.",
    )
    .with_retry_after(RETRY_AFTER)
}

pub(crate) fn stream_idle() -> Problem {
    Problem::new(
        StatusCode::GATEWAY_TIMEOUT,
        Code::DeadlineExceeded,
        reason::STREAM_IDLE,
        "The service had nothing to send for too long; connect again.",
    )
}

pub(crate) fn stopping() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Code::Unavailable,
        reason::GATEWAY_STOPPING,
        "The gateway is being stopped; connect again.",
    )
    .with_retry_after(RETRY_WHEN_OVERLOADED)
}
