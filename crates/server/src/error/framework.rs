//! What the framework refuses by itself.

use std::collections::HashMap;

use http::Response as HttpResponse;
use tonic::{Code, Status, body::Body};

use super::status;

/// Adds `ErrorInfo` to a status of the framework's, which has none: an unknown method, a message
/// that is too large or cannot be read.
pub(crate) fn with_error_info(mut response: HttpResponse<Body>) -> HttpResponse<Body> {
    let bare = Status::from_header_map(response.headers())
        .filter(|status| status.code() != Code::Ok && status.details().is_empty());
    let Some(bare) = bare else { return response };
    let (reason, message) = match bare.code() {
        Code::Unimplemented if bare.message().is_empty() => {
            ("METHOD_NOT_FOUND", "this server has no such method")
        }
        Code::Unimplemented => ("UNIMPLEMENTED", bare.message()),
        Code::OutOfRange => ("MESSAGE_TOO_LARGE", bare.message()),
        Code::Internal => ("MESSAGE_UNREADABLE", bare.message()),
        Code::NotFound => ("SERVICE_NOT_FOUND", bare.message()),
        _ => ("UNSPECIFIED", bare.message()),
    };
    let full = status(bare.code(), reason, message.to_owned(), HashMap::new());
    // What is text in one header is text in the next.
    let _ = full.add_header(response.headers_mut());
    response
}
