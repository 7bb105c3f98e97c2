//! JSON bodies, read strictly into requests.

use prost_reflect::{DeserializeOptions, DynamicMessage, Kind, MessageDescriptor};
use serde_path_to_error::{Path, Segment};

use crate::transcode::{
    body_names,
    contract::{Binding, Body},
    field::field_in,
    scalar,
    violation::{Violation, Violations, reason},
};

/// What some editors put before a text in UTF-8, and JSON doesn't take (RFC 8259, 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a body is not even JSON.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MalformedJson {
    /// It doesn't follow the grammar.
    #[error("the body is not JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// It follows it only after its first bytes.
    #[error("the body is not JSON: it begins with a byte order mark")]
    ByteOrderMark,
}

/// Reads the body into a request; an empty body is an empty request.
///
/// All names that are unknown or given twice are noted, but only the first value that can't be
/// read: the library that reads values stops there.
pub(crate) fn read(
    binding: &Binding,
    body: &[u8],
    violations: &mut Violations,
) -> Result<DynamicMessage, MalformedJson> {
    let empty = DynamicMessage::new(binding.input.clone());
    if body.is_empty() {
        return Ok(empty);
    }
    if body.starts_with(BYTE_ORDER_MARK) {
        return Err(MalformedJson::ByteOrderMark);
    }
    // Also makes sure that the body is one JSON value, which wrapping it below relies on.
    let are_names_right = body_names::check(binding, body, violations)?;
    if !are_names_right {
        return Ok(empty);
    }
    if let (Some(_), Some(field)) = (&binding.update_mask, binding.body.field())
        && body.trim_ascii() == b"null"
    {
        // As a merge patch (RFC 7396) it would take the whole away, and no change means that.
        let description = "can't be `null`: a change is an object";
        violations.push(Violation::new(field.json_name(), reason::INVALID_VALUE, description));
        return Ok(empty);
    }
    let request = match &binding.body {
        Body::Field(field) => read_message(binding, &wrapped(field.json_name(), body)),
        Body::Whole | Body::Nothing | Body::Raw(_) => read_message(binding, body),
    };
    Ok(request.unwrap_or_else(|violation| {
        violations.push(violation);
        empty
    }))
}

/// Makes the JSON of a field into the JSON of the request, so that all kinds of fields are read
/// alike and every path starts at the request.
fn wrapped(name: &str, body: &[u8]) -> Vec<u8> {
    let mut wrapped = format!("{{{}:", serde_json::Value::from(name)).into_bytes();
    wrapped.extend_from_slice(body);
    wrapped.push(b'}');
    wrapped
}

fn read_message(binding: &Binding, json: &[u8]) -> Result<DynamicMessage, Violation> {
    let mut json = serde_json::Deserializer::from_slice(json);
    let mut track = serde_path_to_error::Track::new();
    let json = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    let options = DeserializeOptions::new();
    DynamicMessage::deserialize_with_options(binding.input.clone(), json, &options)
        .map_err(|error| violation(&binding.input, &track.path(), &error.to_string()))
}

/// Says what is wrong with a value, and what the field at its path would take.
fn violation(request: &MessageDescriptor, path: &Path, error: &str) -> Violation {
    // The position would be one in the wrapped text; the path says where.
    let error = error.rsplit_once(" at line ").map_or(error, |(description, _)| description);
    let expected = kind_at(request, path)
        .map_or(String::new(), |kind| format!("; expected {}", scalar::allowed(&kind)));
    let path = path.to_string();
    let field = if path == "." { "" } else { path.as_str() };
    Violation::new(field, reason::INVALID_VALUE, format!("can't be read: {error}{expected}"))
}

/// The kind of the single value that a path of JSON leads to.
fn kind_at(request: &MessageDescriptor, path: &Path) -> Option<Kind> {
    let mut kind = Kind::Message(request.clone());
    let mut is_map = false;
    for segment in path {
        let Segment::Map { key } = segment else {
            continue;
        };
        let message = kind.as_message()?.clone();
        let field = if is_map { message.map_entry_value_field() } else { field_in(&message, key)? };
        is_map = field.is_map();
        kind = field.kind();
    }
    match kind {
        Kind::Message(message) if !scalar::is_well_known(&message) => None,
        kind => Some(kind),
    }
}
