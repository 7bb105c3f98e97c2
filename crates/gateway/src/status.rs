//! Statuses of gRPC as problems.

use std::borrow::Cow;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use prost::Message as _;
use prost_types::Any;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _, pb};

use crate::{
    details,
    problem::{CLIENT_CLOSED_REQUEST, LocalizedMessage, Problem},
    refusal,
    transcode::{scalar::camel_case, violation::Violation},
};

/// Reasons that have a status of HTTP of their own, which no code of gRPC has.
const STATUS_BY_REASON: [(&str, StatusCode); 4] = [
    ("ETAG_MISMATCH", StatusCode::PRECONDITION_FAILED),
    ("IF_MATCH_REQUIRED", StatusCode::PRECONDITION_REQUIRED),
    ("KEY_REUSED", StatusCode::UNPROCESSABLE_ENTITY),
    ("CURSOR_EXPIRED", StatusCode::GONE),
];

/// HTTP wants every 401 to name a scheme; the `authorization` header is what is passed on.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer");

/// How the reasons begin that find fault with a token that was given, such as one expired.
const CREDENTIAL_REASONS: &str = "CREDENTIAL_";

/// Tells a client that another token is needed, not just one (RFC 6750, 3.1).
const CHALLENGE_OF_A_BAD_TOKEN: HeaderValue =
    HeaderValue::from_static("Bearer error=\"invalid_token\"");

/// How details are encoded in a header; senders may leave the padding out.
const DETAILS_ENCODING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Drops details that aren't what their header should be, before tonic reads the status: it panics.
pub(crate) fn drop_malformed_details(headers: &mut HeaderMap) {
    let details = headers.get(Status::GRPC_STATUS_DETAILS);
    if details.is_some_and(|details| DETAILS_ENCODING.decode(details).is_err()) {
        headers.remove(Status::GRPC_STATUS_DETAILS);
    }
}

/// Makes the problem of a status that the upstream sent.
pub(crate) fn problem(status: Status) -> Problem {
    let details = status.get_error_details();
    let code = status.code();
    let mut problem = Problem::new(http_status(code), code, "", detail(&status));
    add_details(&mut problem, &details);
    problem.details = other_details(&status);
    if let Some((_, http)) = STATUS_BY_REASON.iter().find(|(name, _)| *name == problem.reason) {
        problem.status = *http;
    }
    match details.retry_info().and_then(|info| info.retry_delay) {
        Some(delay) => problem = problem.with_retry_after(delay),
        None if code == Code::Unavailable => {
            problem = problem.with_retry_after(refusal::RETRY_AFTER);
        }
        None => {}
    }
    if problem.status == StatusCode::UNAUTHORIZED {
        let is_about_credential = problem.reason.starts_with(CREDENTIAL_REASONS);
        let challenge = if is_about_credential { CHALLENGE_OF_A_BAD_TOKEN } else { CHALLENGE };
        problem = problem.with_header(header::WWW_AUTHENTICATE, challenge);
    }
    if is_fault(code) { problem.with_cause(status) } else { problem }
}

fn add_details(problem: &mut Problem, details: &ErrorDetails) {
    if let Some(info) = details.error_info() {
        problem.reason = Cow::Owned(info.reason.clone());
        problem.domain.clone_from(&info.domain);
        problem.metadata = info.metadata.clone().into_iter().collect();
    }
    if let Some(bad_request) = details.bad_request() {
        problem.errors = bad_request.field_violations.iter().map(violation).collect();
    }
    let localized = details.localized_message();
    problem.localized_message =
        localized.map(|localized| LocalizedMessage::new(&localized.locale, &localized.message));
}

/// The details that have no member of their own in a problem; none where they can't be read.
fn other_details(status: &Status) -> Vec<Any> {
    let details = pb::Status::decode(status.details()).map(|status| status.details);
    details.unwrap_or_default().into_iter().filter(details::is_listed).collect()
}

/// A violation as the client of JSON knows its field: `programReports[0].program`.
fn violation(violation: &FieldViolation) -> Violation {
    Violation {
        field: camel_case(&violation.field),
        description: violation.description.clone(),
        reason: Cow::Owned(violation.reason.clone()),
    }
}

/// Whether a code tells of the service's own fault, of which the log should tell too.
fn is_fault(code: Code) -> bool {
    matches!(code, Code::Unknown | Code::Internal | Code::DataLoss | Code::Unavailable)
}

/// The message of a status, or a fixed one: of its own faults a server may say too much.
fn detail(status: &Status) -> Cow<'static, str> {
    match status.code() {
        Code::Unavailable => Cow::Borrowed("The service can't serve this now; try again later."),
        code if is_fault(code) => Cow::Borrowed("The service failed."),
        _ => Cow::Owned(status.message().to_owned()),
    }
}

/// The status of HTTP for a code of gRPC.
fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        Code::InvalidArgument | Code::OutOfRange | Code::FailedPrecondition => {
            StatusCode::BAD_REQUEST
        }
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Cancelled => {
            StatusCode::from_u16(CLIENT_CLOSED_REQUEST).unwrap_or(StatusCode::BAD_REQUEST)
        }
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
    }
}
