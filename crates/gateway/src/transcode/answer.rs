//! Answers as JSON, or as the bytes that they hold.

use bytes::Bytes;
use http::HeaderValue;
use prost::DecodeError;
use prost_reflect::{DynamicMessage, FieldDescriptor, SerializeOptions};
use serde_json::value::RawValue;

use crate::transcode::{contract::Binding, http_body};

/// Fields without presence are shown even where they have their default: a zero is an answer.
pub(crate) const OPTIONS: SerializeOptions = SerializeOptions::new().skip_default_fields(false);

/// Why an answer of the upstream can't be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswerError {
    /// The bytes are not the message that the descriptors promise.
    #[error("the upstream's answer is not the message that its descriptor promises")]
    Decode(#[from] DecodeError),
    /// The message has no JSON form, such as a time beyond the year 9999.
    #[error("the upstream's answer has no JSON form")]
    Write(#[from] serde_json::Error),
    /// A list leads from a page to the same page again.
    #[error("the upstream's list has no end: a page leads to itself")]
    Endless,
    /// The answer is larger than the limit.
    #[error("the upstream's answer is larger than the limit")]
    TooLarge,
}

/// What the client gets to see.
#[derive(Debug)]
pub(crate) enum Content {
    /// The message, or a field of it.
    Json(Vec<u8>),
    /// The bytes that the message, or a field of it, holds.
    Raw { content_type: HeaderValue, data: Bytes },
}

/// The etag of what an answer shows, where it tells one.
pub(crate) fn etag(binding: &Binding, answer: &Bytes) -> Result<Option<String>, AnswerError> {
    let Some(field) = &binding.answer_etag else { return Ok(None) };
    let value = field.get(&read(binding, answer)?);
    let text = value.as_ref().and_then(|value| value.as_str());
    Ok(text.filter(|etag| !etag.is_empty()).map(str::to_owned))
}

/// What asks for the page behind an answer, where it is one of a list and not the last.
pub(crate) fn next_page_token(
    binding: &Binding,
    answer: &Bytes,
) -> Result<Option<String>, AnswerError> {
    let paging = binding.list.as_ref().and_then(|list| list.paging.as_ref());
    let Some(paging) = paging else { return Ok(None) };
    Ok(paging.next_page_token(&read(binding, answer)?))
}

/// Writes what an answer shows.
pub(crate) fn write(binding: &Binding, answer: &Bytes) -> Result<Content, AnswerError> {
    if binding.is_answer_raw {
        let answer = read(binding, answer)?;
        let field = binding.response_body.as_ref().map(|field| answer.get_field(field));
        let shown = field.as_ref().and_then(|value| value.as_message()).unwrap_or(&answer);
        let (content_type, data) = http_body::into_parts(shown);
        return Ok(Content::Raw { content_type, data });
    }
    let mut json = Vec::new();
    write_json(binding, answer, &mut json)?;
    Ok(Content::Json(json))
}

/// Appends the JSON of what an answer, or one message of a stream of answers, shows.
///
/// Where it fails, what it has appended is no JSON.
pub(crate) fn write_json(
    binding: &Binding,
    answer: &Bytes,
    json: &mut Vec<u8>,
) -> Result<(), AnswerError> {
    let answer = read(binding, answer)?;
    let text = match &binding.response_body {
        Some(field) => write_field(&answer, field)?,
        None => write_message(&answer)?,
    };
    json.extend(text);
    Ok(())
}

fn read(binding: &Binding, answer: &Bytes) -> Result<DynamicMessage, AnswerError> {
    Ok(DynamicMessage::decode(binding.output.clone(), answer.clone())?)
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
