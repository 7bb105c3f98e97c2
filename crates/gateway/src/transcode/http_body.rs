//! Bodies as they are, of the messages that `google.api.HttpBody` stands for.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use mime::Mime;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use crate::transcode::{
    json::Unusual,
    scan,
    violation::{Violation, Violations, reason},
};

const HTTP_BODY: &str = "google.api.HttpBody";
const CONTENT_TYPE: &str = "content_type";
const DATA: &str = "data";

/// The type of an answer that tells none: bytes that mean nothing.
const OCTET_STREAM: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// Whether a message is a body as it is.
pub(crate) fn is_raw(message: &MessageDescriptor) -> bool {
    message.full_name() == HTTP_BODY
}

/// Whether a field holds one body as it is.
pub(crate) fn is_raw_field(field: &FieldDescriptor) -> bool {
    let is_single = !field.is_list() && !field.is_map();
    is_single && matches!(field.kind(), Kind::Message(message) if is_raw(&message))
}

/// Reads a body into a field of the request, or into the request itself where there is no field.
pub(crate) fn read(
    input: &MessageDescriptor,
    field: Option<&FieldDescriptor>,
    headers: &HeaderMap,
    body: &Bytes,
    violations: &mut Violations,
) -> DynamicMessage {
    let mut request = DynamicMessage::new(input.clone());
    match content_type(headers) {
        Ok(content_type) => {
            let holder = match field {
                Some(field) => request.get_field_mut(field).as_message_mut(),
                None => Some(&mut request),
            };
            if let Some(holder) = holder {
                holder.set_field_by_name(CONTENT_TYPE, Value::String(content_type));
                holder.set_field_by_name(DATA, Value::Bytes(body.clone()));
            }
        }
        Err(description) => {
            violations.push(Violation::new("Content-Type", reason::INVALID_HEADER, description));
        }
    }
    request
}

/// The one media type, without which nobody could read the bytes later.
fn content_type(headers: &HeaderMap) -> Result<String, &'static str> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let value = values.next().ok_or("must be given: it says what the body is")?;
    if values.next().is_some() {
        return Err("is given twice; a body has one type");
    }
    let text = value.to_str().ok().filter(|text| is_media_type(text));
    text.map(str::to_owned).ok_or("is no media type such as `text/csv`")
}

/// The library also parses `text/`.
fn is_media_type(text: &str) -> bool {
    text.parse::<Mime>().is_ok_and(|media_type| !media_type.subtype().as_str().is_empty())
}

/// Finds the media type and the bytes of an answer, or of a field of it, where they stand.
pub(crate) fn find_parts(
    output: &MessageDescriptor,
    holder: Option<&FieldDescriptor>,
    answer: &Bytes,
) -> Result<(HeaderValue, Bytes), Unusual> {
    let held = holder.map(FieldDescriptor::kind);
    let body = held.as_ref().and_then(Kind::as_message).unwrap_or(output);
    let field = |name: &str| body.get_field_by_name(name).ok_or(Unusual);
    let (media_type, data) = (field(CONTENT_TYPE)?, field(DATA)?);
    let path_to = |field| holder.into_iter().chain([field]).collect::<Vec<_>>();
    let media_type = scan::find_text(&path_to(&media_type), answer)?;
    let data = scan::find(&path_to(&data), answer)?.map(|data| answer.slice_ref(data));
    Ok((shown_type(media_type), data.unwrap_or_default()))
}

/// The media type and the bytes of an answer that was read.
pub(crate) fn into_parts(answer: &DynamicMessage) -> (HeaderValue, Bytes) {
    let media_type = answer.get_field_by_name(CONTENT_TYPE);
    let media_type = media_type.as_ref().and_then(|value| value.as_str());
    let data = answer.get_field_by_name(DATA);
    let data = data.as_ref().and_then(|value| value.as_bytes()).cloned();
    (shown_type(media_type), data.unwrap_or_default())
}

fn shown_type(media_type: Option<&str>) -> HeaderValue {
    let media_type = media_type.filter(|text| is_media_type(text));
    let media_type = media_type.and_then(|text| HeaderValue::try_from(text).ok());
    media_type.unwrap_or(OCTET_STREAM)
}
