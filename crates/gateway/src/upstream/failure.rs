//! Why a call has no answer, and what may be done about it.

use http::{HeaderMap, StatusCode, header};
use tonic::{Code, Status};

use super::message::Malformed;
use crate::{problem::Problem, refusal, status, transcode::answer::AnswerError};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a call has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server, or what stands before it, says so.
    Status(Box<Status>),
    /// The server has done nothing of it: it was not sent, or the server says that it began nothing.
    Unprocessed(Cause),
    /// The connection broke, and nobody knows how far the server got.
    Broken(Cause),
    /// The server answers what is no answer.
    Malformed(Malformed),
    /// There was no answer in time.
    TimedOut,
}

impl Failure {
    /// The failure of a call that the connection took.
    pub(super) fn of(error: h2::Error) -> Self {
        // Only streams that the server has not begun end by its GOAWAY (RFC 9113, 6.8).
        let is_refused = error.is_go_away() && error.is_remote()
            || error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        if is_refused { Self::Unprocessed(error.into()) } else { Self::Broken(error.into()) }
    }

    pub(super) fn status(code: Code, message: impl Into<String>) -> Self {
        Self::Status(Box::new(Status::new(code, message)))
    }

    /// Whether the call may be made again without doing twice what it asks for.
    pub(super) fn is_retriable(&self, is_idempotent: bool) -> bool {
        match self {
            Self::Unprocessed(_) => true,
            Self::Broken(_) => is_idempotent,
            Self::Status(status) => is_idempotent && status.code() == Code::Unavailable,
            Self::Malformed(_) | Self::TimedOut => false,
        }
    }

    /// What the client gets to see.
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Self::Status(status) => status::problem(*status),
            Self::Unprocessed(cause) | Self::Broken(cause) => {
                refusal::unavailable().with_cause(cause)
            }
            Self::Malformed(Malformed::TooLarge) => refusal::bad_answer(AnswerError::TooLarge),
            Self::Malformed(malformed) => refusal::broken_answer(malformed),
            Self::TimedOut => refusal::timed_out(),
        }
    }

    /// The same as a status, for what speaks gRPC itself.
    #[cfg(test)]
    fn code(&self) -> Option<Code> {
        match self {
            Self::Status(status) => Some(status.code()),
            _ => None,
        }
    }
}

/// Reads the status of trailers, or of headers that are all there is; `None` where they have none.
pub(super) fn read_status(headers: &mut HeaderMap) -> Option<Result<(), Failure>> {
    if headers.get(Status::GRPC_STATUS)? == "0" {
        return Some(Ok(()));
    }
    status::drop_malformed_details(headers);
    let status = Status::from_header_map(headers)?;
    Some(if status.code() == Code::Ok { Ok(()) } else { Err(Failure::Status(Box::new(status))) })
}

/// Tells what answers in place of a gRPC server, as the specification maps its status of HTTP.
pub(super) fn check_head(status: StatusCode, headers: &HeaderMap) -> Result<(), Failure> {
    let content_type = headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    let is_grpc = content_type.is_some_and(|kind| {
        let rest = kind.strip_prefix(b"application/grpc");
        rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
    });
    let code = match status {
        StatusCode::OK if is_grpc => return Ok(()),
        StatusCode::BAD_REQUEST => Code::Internal,
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::FORBIDDEN => Code::PermissionDenied,
        StatusCode::NOT_FOUND => Code::Unimplemented,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Code::Unavailable,
        _ => Code::Unknown,
    };
    let message =
        format!("The service answered with HTTP status {}, not with gRPC.", status.as_u16());
    Err(Failure::status(code, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_answer_of_grpc_has_the_code_of_its_http_status() {
        let grpc = [(header::CONTENT_TYPE, "application/grpc+proto".parse().expect("a value"))];
        let grpc = grpc.into_iter().collect();
        let web = [(header::CONTENT_TYPE, "application/grpc-web".parse().expect("a value"))];
        let web = web.into_iter().collect();
        let html = [(header::CONTENT_TYPE, "text/html".parse().expect("a value"))];
        let html = html.into_iter().collect();
        for (status, headers, expected) in [
            (200, &grpc, None),
            (200, &html, Some(Code::Unknown)),
            (200, &web, Some(Code::Unknown)),
            (200, &HeaderMap::new(), Some(Code::Unknown)),
            (400, &grpc, Some(Code::Internal)),
            (401, &html, Some(Code::Unauthenticated)),
            (403, &html, Some(Code::PermissionDenied)),
            (404, &html, Some(Code::Unimplemented)),
            (429, &html, Some(Code::Unavailable)),
            (502, &html, Some(Code::Unavailable)),
            (503, &html, Some(Code::Unavailable)),
            (504, &html, Some(Code::Unavailable)),
            (500, &html, Some(Code::Unknown)),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            let code = check_head(status, headers).err().and_then(|failure| failure.code());
            assert_eq!(code, expected, "{status}");
        }
    }
}
