//! Requests of HTTP into messages of gRPC.

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};

use crate::{
    body::{self, MalformedJson},
    contract::Binding,
    field::FieldPath,
    query, scalar,
    violation::{Violation, Violations, reason},
};

/// Why a request can't be made into a message.
#[derive(Debug)]
pub(crate) enum RequestError {
    /// The body is no JSON.
    Json(MalformedJson),
    /// These fields and parameters are wrong.
    Fields(Vec<Violation>),
}

/// The parts of an HTTP request that set fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'r> {
    /// The values of the path's variables, decoded, in the template's order.
    pub(crate) variables: &'r [String],
    /// The query, still encoded.
    pub(crate) query: &'r str,
    /// The body; empty where there is none.
    pub(crate) body: &'r [u8],
}

/// Makes the message of a request, encoded, or lists everything that is wrong.
pub(crate) fn request(binding: &Binding, parts: Parts<'_>) -> Result<Bytes, RequestError> {
    let mut violations = Violations::default();
    let mut request =
        body::read(binding, parts.body, &mut violations).map_err(RequestError::Json)?;
    for (field, text) in binding.variables.iter().zip(parts.variables) {
        if let Err(violation) = bind_variable(field, text, &mut request) {
            violations.push(violation);
        }
    }
    query::bind(binding, parts.query, &mut request, &mut violations);
    match violations.into_vec() {
        none if none.is_empty() => Ok(request.encode_to_vec().into()),
        violations => Err(RequestError::Fields(violations)),
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
    if field.get(request).is_some_and(|given: Value| given != value) {
        let description = "has one value in the path and another in the body";
        return Err(Violation::new(&name, reason::CONFLICTING_VALUE, description));
    }
    if let Some(rival) = field.rival(request) {
        let description = format!("excludes `{}`, which is given too", rival.json_name());
        return Err(Violation::new(&name, reason::CONFLICTING_VALUE, description));
    }
    field.put(request, value);
    Ok(())
}
