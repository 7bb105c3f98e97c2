//! Requests of HTTP into messages of gRPC.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use prost::Message as _;
use prost_reflect::DynamicMessage;

use crate::transcode::{
    body::{self, MalformedJson},
    contract::{Binding, Body},
    field::FieldPath,
    header_fields::{self, Precondition},
    http_body, preference, query, scalar,
    violation::{Violation, Violations},
};

/// Why a request can't be made into a message.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// The body is no JSON.
    Json(MalformedJson),
    /// These fields and parameters are wrong.
    Fields(Vec<Violation>),
    /// It is only to be done in a state that can't be.
    Precondition,
}

/// The parts of an HTTP request that set fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'r> {
    pub(crate) method: &'r Method,
    pub(crate) headers: &'r HeaderMap,
    /// The values of the path's variables, decoded, in the template's order.
    pub(crate) variables: &'r [String],
    /// The query, still encoded.
    pub(crate) query: &'r str,
    /// The body; empty where there is none.
    pub(crate) body: &'r Bytes,
}

/// What a request asks of the server.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The message, encoded.
    pub(crate) message: Bytes,
    /// The preferences that it heeds, as `Preference-Applied` says them.
    pub(crate) applied: Vec<HeaderValue>,
}

/// Makes the message of a request, or lists everything that is wrong.
pub(crate) fn read(binding: &Binding, parts: Parts<'_>) -> Result<Asked, RequestError> {
    let mut violations = Violations::default();
    let mut request = read_body(binding, parts, &mut violations).map_err(RequestError::Json)?;
    for (field, text) in binding.variables.iter().zip(parts.variables) {
        if let Err(violation) = bind_variable(field, text, &mut request) {
            violations.push(violation);
        }
    }
    query::bind(binding, parts.query, &mut request, &mut violations);
    let precondition =
        header_fields::bind(binding, parts.method, parts.headers, &mut request, &mut violations);
    match (violations.into_vec(), precondition) {
        (none, Precondition::Open) if none.is_empty() => {
            if let Some(mask) = &binding.update_mask {
                mask.derive(parts.body, &mut request);
            }
            let applied = preference::apply(&binding.preferences, parts.headers, &mut request);
            Ok(Asked { message: request.encode_to_vec().into(), applied })
        }
        (none, Precondition::Hopeless) if none.is_empty() => Err(RequestError::Precondition),
        (violations, _) => Err(RequestError::Fields(violations)),
    }
}

fn read_body(
    binding: &Binding,
    parts: Parts<'_>,
    violations: &mut Violations,
) -> Result<DynamicMessage, MalformedJson> {
    match &binding.body {
        Body::Raw(field) => {
            let field = field.as_ref();
            Ok(http_body::read(&binding.input, field, parts.headers, parts.body, violations))
        }
        Body::Nothing | Body::Whole | Body::Field(_) => body::read(binding, parts.body, violations),
    }
}

/// Sets a field from the path; the body may repeat the value, but not give another.
fn bind_variable(
    field: &FieldPath,
    text: &str,
    request: &mut DynamicMessage,
) -> Result<(), Violation> {
    let name = field.json_path();
    let kind = field.leaf().kind();
    let value = scalar::parse(&kind, text)
        .ok_or_else(|| Violation::not_allowed(&name, text, &scalar::allowed(&kind)))?;
    let conflict = "has one value in the path and another in the body";
    field.put_agreeing(request, value, conflict)
}
