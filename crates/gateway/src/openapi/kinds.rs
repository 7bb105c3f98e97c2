//! Schemas of scalars, and of the messages that JSON shows in their own way.

use prost_reflect::{Kind, MessageDescriptor};
use serde_json::{Value, json};

use crate::transcode::scalar;

/// The schema of a kind as one text of a path or a query holds it, which no `null` can be.
pub(crate) fn text_schema(kind: &Kind) -> Value {
    match kind {
        Kind::Message(message) => scalar::wrapped(message)
            .map_or_else(|| well_known(message), |value| scalar_schema(&value.kind())),
        Kind::Enum(values) => {
            let names: Vec<_> = values.values().map(|value| value.name().to_owned()).collect();
            json!({ "type": "string", "enum": names })
        }
        kind => scalar_schema(kind),
    }
}

/// Groups of four, the last of which may be filled up; what is filled up are zeros.
const BASE64: &str =
    "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

pub(crate) fn scalar_schema(kind: &Kind) -> Value {
    match kind {
        Kind::Double => number("double"),
        Kind::Float => number("float"),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({
            "type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX,
        }),
        Kind::Uint32 | Kind::Fixed32 => json!({
            "type": "integer", "format": "int64", "minimum": 0, "maximum": u32::MAX,
        }),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => json!({
            "type": "string", "format": "int64", "pattern": "^-?[0-9]{1,19}$",
        }),
        Kind::Uint64 | Kind::Fixed64 => json!({
            "type": "string", "format": "uint64", "pattern": "^[0-9]{1,20}$",
        }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Bytes => json!({
            "type": "string", "contentEncoding": "base64", "pattern": BASE64,
        }),
        Kind::String | Kind::Enum(_) | Kind::Message(_) => json!({ "type": "string" }),
    }
}

fn number(format: &str) -> Value {
    json!({ "anyOf": [
        { "type": "number", "format": format },
        { "type": "string", "enum": ["NaN", "Infinity", "-Infinity"] },
    ] })
}

/// The messages that JSON shows in their own way.
pub(crate) fn well_known(message: &MessageDescriptor) -> Value {
    match message.full_name().trim_start_matches("google.protobuf.") {
        "Timestamp" => json!({ "type": "string", "format": "date-time" }),
        "Duration" => json!({ "type": "string", "pattern": "^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$" }),
        "FieldMask" => json!({ "type": "string" }),
        "ListValue" => json!({ "type": "array", "items": {} }),
        "Value" => json!({}),
        "Any" => json!({
            "type": "object",
            "properties": { "@type": { "type": "string" } },
            "required": ["@type"],
        }),
        "Struct" => json!({ "type": "object", "additionalProperties": true }),
        "Empty" => json!({ "type": "object", "additionalProperties": false }),
        _ => scalar::wrapped(message).map_or(
            json!({}),
            |value| json!({ "anyOf": [scalar_schema(&value.kind()), { "type": "null" }] }),
        ),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    use super::*;

    /// A pattern as the generator of texts takes it.
    fn texts_of(pattern: &str) -> impl Strategy<Value = String> + use<> {
        let whole = pattern.trim_start_matches('^').trim_end_matches('$');
        proptest::string::string_regex(whole).expect("a pattern")
    }

    proptest! {
        #[test]
        fn what_the_pattern_of_bytes_allows_is_base64(text in texts_of(BASE64)) {
            prop_assert!(STANDARD.decode(&text).is_ok(), "{}", text);
        }
    }
}
