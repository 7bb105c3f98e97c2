//! Answers as JSON.

use bytes::Bytes;
use prost::DecodeError;
use prost_reflect::{DynamicMessage, FieldDescriptor, SerializeOptions};
use serde_json::value::RawValue;

use crate::contract::Binding;

/// Fields without presence are shown even where they have their default: a zero is an answer.
const OPTIONS: SerializeOptions = SerializeOptions::new().skip_default_fields(false);

/// Why an answer of the upstream can't be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswerError {
    /// The bytes are not the message that the descriptors promise.
    #[error("the upstream's answer is not the message that its descriptor promises")]
    Decode(#[from] DecodeError),
    /// The message has no JSON form, such as a time beyond the year 9999.
    #[error("the upstream's answer has no JSON form")]
    Write(#[from] serde_json::Error),
    /// The answer is larger than the limit.
    #[error("the upstream's answer is larger than the limit")]
    TooLarge,
}

/// Writes an answer, still in protobuf's bytes, as JSON.
pub(crate) fn write(binding: &Binding, answer: Bytes) -> Result<Vec<u8>, AnswerError> {
    let message = DynamicMessage::decode(binding.output.clone(), answer)?;
    match &binding.response_body {
        Some(field) => write_field(&message, field),
        None => write_message(&message),
    }
}

fn write_message(message: &DynamicMessage) -> Result<Vec<u8>, AnswerError> {
    let mut json = serde_json::Serializer::new(Vec::new());
    message.serialize_with_options(&mut json, &OPTIONS)?;
    Ok(json.into_inner())
}

/// Writes one field; `null` where it isn't set.
///
/// The whole message is written and the field cut out, as the library writes messages only.
fn write_field(message: &DynamicMessage, field: &FieldDescriptor) -> Result<Vec<u8>, AnswerError> {
    let whole = write_message(message)?;
    let mut members: std::collections::HashMap<String, &RawValue> = serde_json::from_slice(&whole)?;
    let value = members.remove(field.json_name()).map_or("null", RawValue::get);
    Ok(value.as_bytes().to_vec())
}
