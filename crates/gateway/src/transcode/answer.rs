//! Answers as JSON, or as the bytes that they hold.

use bytes::Bytes;
use http::HeaderValue;
use prost::DecodeError;
use prost_reflect::DynamicMessage;

use crate::transcode::{contract::Binding, field::FieldPath, http_body, json::WriteError, scan};

/// Why an answer of the upstream can't be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswerError {
    /// The bytes are not the message that the descriptors promise.
    #[error("the upstream's answer is not the message that its descriptor promises")]
    Decode(#[from] DecodeError),
    /// The message can't be written.
    #[error("the upstream's answer can't be written as JSON")]
    Write(#[from] WriteError),
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
///
/// Only the etag is read, so that an answer which the client has already costs no more.
pub(crate) fn etag(binding: &Binding, answer: &Bytes) -> Result<Option<String>, AnswerError> {
    text_at(binding, binding.answer_etag.as_ref(), answer)
}

/// How far a stream is with a message, where it tells.
pub(crate) fn cursor(binding: &Binding, answer: &Bytes) -> Result<Option<String>, AnswerError> {
    let cursor = binding.stream.as_ref().and_then(|stream| stream.answer_cursor.as_ref());
    text_at(binding, cursor, answer)
}

/// A text of an answer, unless it is empty.
fn text_at(
    binding: &Binding,
    field: Option<&FieldPath>,
    answer: &Bytes,
) -> Result<Option<String>, AnswerError> {
    let Some(field) = field else { return Ok(None) };
    let text = if let Ok(found) = scan::find_text(&field.fields(), answer) {
        found.map(str::to_owned)
    } else {
        let value = field.get(&read(binding, answer)?);
        value.as_ref().and_then(|value| value.as_str()).map(str::to_owned)
    };
    Ok(text.filter(|text| !text.is_empty()))
}

/// What asks for the page behind an answer, where it is one of a list and not the last.
pub(crate) fn next_page_token(
    binding: &Binding,
    answer: &Bytes,
) -> Result<Option<String>, AnswerError> {
    let paging = binding.list.as_ref().and_then(|list| list.paging.as_ref());
    let Some(paging) = paging else { return Ok(None) };
    if let Ok(found) = scan::find_text(&[&paging.next_page_token], answer) {
        return Ok(found.filter(|token| !token.is_empty()).map(str::to_owned));
    }
    Ok(paging.next_page_token(&read(binding, answer)?))
}

/// Writes what an answer shows.
pub(crate) fn write(binding: &Binding, answer: &Bytes) -> Result<Content, AnswerError> {
    if binding.is_answer_raw {
        let (content_type, data) = raw_parts(binding, answer)?;
        return Ok(Content::Raw { content_type, data });
    }
    let mut json = Vec::new();
    write_json(binding, answer, &mut json)?;
    Ok(Content::Json(json))
}

/// Appends the JSON of what an answer, or one message of a stream of answers, shows.
///
/// # Errors
/// Where it is no message or has no JSON form; nothing is appended then.
pub(crate) fn write_json(
    binding: &Binding,
    answer: &[u8],
    json: &mut Vec<u8>,
) -> Result<(), AnswerError> {
    Ok(binding.writer.write(answer, json)?)
}

/// The media type and the bytes of an answer, which are not copied.
pub(crate) fn raw_parts(
    binding: &Binding,
    answer: &Bytes,
) -> Result<(HeaderValue, Bytes), AnswerError> {
    let holder = binding.response_body.as_ref();
    if let Ok(parts) = http_body::find_parts(&binding.output, holder, answer) {
        return Ok(parts);
    }
    let answer = read(binding, answer)?;
    let field = holder.map(|field| answer.get_field(field));
    let shown = field.as_ref().and_then(|value| value.as_message()).unwrap_or(&answer);
    Ok(http_body::into_parts(shown))
}

fn read(binding: &Binding, answer: &Bytes) -> Result<DynamicMessage, AnswerError> {
    Ok(DynamicMessage::decode(binding.output.clone(), answer.clone())?)
}
