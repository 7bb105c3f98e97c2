//! The way of the library, which reads a message before it writes it: slower, but it knows what
//! counts where a field is given twice, and what is wrong.

use prost_reflect::{
    DynamicMessage, FieldDescriptor, MessageDescriptor, ReflectMessage as _, SerializeOptions,
    Value,
};
use serde_json::value::RawValue;

use crate::transcode::json::{MAX_DEPTH, WriteError};

/// Fields without presence are shown even where they have their default: a zero is an answer.
pub(crate) const OPTIONS: SerializeOptions = SerializeOptions::new().skip_default_fields(false);

/// How many letters of an unknown type's URL are told: more than any name that people give has.
const TYPE_URL_MAX: usize = 300;

const ANY: &str = "google.protobuf.Any";

/// Writes a message, or one field of it; `null` for a field that isn't set.
pub(super) fn write(
    descriptor: &MessageDescriptor,
    field: Option<&FieldDescriptor>,
    bytes: &[u8],
) -> Result<Vec<u8>, WriteError> {
    let message = DynamicMessage::decode(descriptor.clone(), bytes)?;
    check_depth(&message, MAX_DEPTH)?;
    let whole = write_message(&message).map_err(|error| why_unwritten(&message, error))?;
    // The library writes whole messages only, so a field is cut out.
    Ok(match field {
        Some(field) => cut(&whole, field)?,
        None => whole,
    })
}

fn write_message(message: &DynamicMessage) -> Result<Vec<u8>, serde_json::Error> {
    let mut json = serde_json::Serializer::new(Vec::new());
    message.serialize_with_options(&mut json, &OPTIONS)?;
    Ok(json.into_inner())
}

/// What the library's error doesn't tell in a way that can be shown.
fn why_unwritten(message: &DynamicMessage, error: serde_json::Error) -> WriteError {
    unknown_type(message).map_or(WriteError::Form(error), WriteError::UnknownType)
}

/// The first type of a message in an `Any` that nothing describes, with what is before its name.
fn unknown_type(message: &DynamicMessage) -> Option<String> {
    let of_value = |value: &Value| match value {
        Value::Message(inner) => unknown_type(inner),
        Value::List(values) => values.iter().filter_map(Value::as_message).find_map(unknown_type),
        Value::Map(values) => values.values().filter_map(Value::as_message).find_map(unknown_type),
        _ => None,
    };
    let descriptor = message.descriptor();
    if descriptor.full_name() == ANY {
        if let Some(inner) = any_message(message) {
            return unknown_type(&inner);
        }
        let type_url = message.get_field_by_number(1)?;
        let type_url = type_url.as_str()?;
        let name = type_url.rsplit_once('/').map_or(type_url, |(_, name)| name);
        let is_known = descriptor.parent_pool().get_message_by_name(name).is_some();
        return (!is_known).then(|| type_url.chars().take(TYPE_URL_MAX).collect());
    }
    let extensions = message.extensions().map(|(_, value)| value);
    let mut values = message.fields().map(|(_, value)| value).chain(extensions);
    values.find_map(of_value)
}

fn cut(whole: &[u8], field: &FieldDescriptor) -> Result<Vec<u8>, serde_json::Error> {
    let mut members: std::collections::HashMap<String, &RawValue> = serde_json::from_slice(whole)?;
    let value = members.remove(field.json_name()).map_or("null", RawValue::get);
    Ok(value.as_bytes().to_vec())
}

/// Makes sure that messages stand in each other no deeper than is left, through every `Any` too.
///
/// The library would follow `Any`s as deep as they go, until the stack is used up.
fn check_depth(message: &DynamicMessage, depth_left: u32) -> Result<(), WriteError> {
    if let Some(inner) = any_message(message) {
        check_depth(&inner, depth_left.checked_sub(1).ok_or(WriteError::Depth)?)?;
    }
    let extensions = message.extensions().map(|(_, value)| value);
    let mut values = message.fields().map(|(_, value)| value).chain(extensions);
    values.try_for_each(|value| check_value_depth(value, depth_left))
}

fn check_value_depth(value: &Value, depth_left: u32) -> Result<(), WriteError> {
    match value {
        Value::Message(inner) => {
            check_depth(inner, depth_left.checked_sub(1).ok_or(WriteError::Depth)?)
        }
        Value::List(values) => {
            values.iter().try_for_each(|value| check_value_depth(value, depth_left))
        }
        Value::Map(values) => {
            values.values().try_for_each(|value| check_value_depth(value, depth_left))
        }
        _ => Ok(()),
    }
}

/// The message in an `Any`, where it is one that the library will find and read.
pub(super) fn any_message(any: &DynamicMessage) -> Option<DynamicMessage> {
    let descriptor = any.descriptor();
    if descriptor.full_name() != ANY {
        return None;
    }
    let type_url = any.get_field_by_number(1)?;
    let (_, name) = type_url.as_str()?.rsplit_once('/')?;
    let inner = descriptor.parent_pool().get_message_by_name(name)?;
    let bytes = any.get_field_by_number(2)?;
    DynamicMessage::decode(inner, bytes.as_bytes()?.clone()).ok()
}
