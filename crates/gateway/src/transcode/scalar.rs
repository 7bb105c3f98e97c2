//! Values of fields out of the text of a path or a query.

use std::{fmt::Display, str::FromStr};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use prost_reflect::{
    DeserializeOptions, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor,
    Value,
};
use serde::de::{IntoDeserializer as _, value::StrDeserializer};

/// Names of an enum that a message lists, so that a large enum doesn't fill the answer.
const MAX_LISTED_ENUM_NAMES: usize = 20;

const TIMESTAMP: &str = "google.protobuf.Timestamp";
const DURATION: &str = "google.protobuf.Duration";
pub(crate) const FIELD_MASK: &str = "google.protobuf.FieldMask";
const WRAPPERS: [&str; 9] = [
    "google.protobuf.DoubleValue",
    "google.protobuf.FloatValue",
    "google.protobuf.Int64Value",
    "google.protobuf.UInt64Value",
    "google.protobuf.Int32Value",
    "google.protobuf.UInt32Value",
    "google.protobuf.BoolValue",
    "google.protobuf.StringValue",
    "google.protobuf.BytesValue",
];
/// Well-known messages whose JSON is no single text.
const STRUCTURED: [&str; 5] = [
    "google.protobuf.Any",
    "google.protobuf.Struct",
    "google.protobuf.Value",
    "google.protobuf.ListValue",
    "google.protobuf.Empty",
];

/// Whether JSON shows a message otherwise than as an object of its fields.
pub(crate) fn is_well_known(message: &MessageDescriptor) -> bool {
    is_text(message) || STRUCTURED.contains(&message.full_name())
}

/// Whether an enum is that of `null` alone.
pub(crate) fn is_null(values: &EnumDescriptor) -> bool {
    values.full_name() == "google.protobuf.NullValue"
}

/// Whether one text can hold a value of the field, or one element of it where it's repeated.
pub(crate) fn is_bindable(field: &FieldDescriptor) -> bool {
    match field.kind() {
        Kind::Message(message) => is_text(&message),
        _ => true,
    }
}

/// Parses one value of a field, if the text is one.
pub(crate) fn parse(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Double => float(text).filter(is_written_so(text, f64::is_finite)).map(Value::F64),
        Kind::Float => float(text).filter(is_written_so(text, f32::is_finite)).map(Value::F32),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => integer(text).map(Value::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => integer(text).map(Value::I64),
        Kind::Uint32 | Kind::Fixed32 => integer(text).map(Value::U32),
        Kind::Uint64 | Kind::Fixed64 => integer(text).map(Value::U64),
        Kind::Bool => text.parse().ok().map(Value::Bool),
        Kind::String => Some(Value::String(text.to_owned())),
        Kind::Bytes => bytes(text).map(|bytes| Value::Bytes(bytes.into())),
        Kind::Enum(descriptor) => enum_number(descriptor, text).map(Value::EnumNumber),
        Kind::Message(descriptor) => message(descriptor, text).map(Value::Message),
    }
}

/// Says what is allowed for a value of a field.
pub(crate) fn allowed(kind: &Kind) -> String {
    match kind {
        Kind::Double | Kind::Float => "a number, `NaN`, `Infinity` or `-Infinity`".to_owned(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => whole_number(i32::MIN, i32::MAX),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => whole_number(i64::MIN, i64::MAX),
        Kind::Uint32 | Kind::Fixed32 => whole_number(u32::MIN, u32::MAX),
        Kind::Uint64 | Kind::Fixed64 => whole_number(u64::MIN, u64::MAX),
        Kind::Bool => "`true` or `false`".to_owned(),
        Kind::String => "text".to_owned(),
        Kind::Bytes => "base64 (in a query, `+` is written `%2B` or `-`)".to_owned(),
        Kind::Enum(descriptor) => enum_names(descriptor),
        Kind::Message(descriptor) => match descriptor.full_name() {
            TIMESTAMP => "a time such as `2022-12-31T17:00:00Z`".to_owned(),
            DURATION => "a duration such as `1.5s`".to_owned(),
            FIELD_MASK => "fields joined by commas, such as `displayName,source`".to_owned(),
            _ => wrapped(descriptor).map_or("an object".to_owned(), |field| allowed(&field.kind())),
        },
    }
}

fn whole_number(min: impl Display, max: impl Display) -> String {
    format!("a whole number from {min} to {max}")
}

fn enum_names(descriptor: &EnumDescriptor) -> String {
    let names: Vec<_> = descriptor
        .values()
        .take(MAX_LISTED_ENUM_NAMES)
        .map(|value| format!("`{}`", value.name()))
        .collect();
    let more = if descriptor.values().len() > names.len() { ", ..." } else { "" };
    format!("one of {}{more}, or its number", names.join(", "))
}

fn is_text(message: &MessageDescriptor) -> bool {
    let name = message.full_name();
    [TIMESTAMP, DURATION, FIELD_MASK].contains(&name) || WRAPPERS.contains(&name)
}

/// Rust reads `+5` too; JSON doesn't.
fn integer<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

fn float<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

/// Rust reads `inf`, `nan` and `1e999` too; JSON knows none of them.
fn is_written_so<T: Copy>(text: &str, is_finite: fn(T) -> bool) -> impl Fn(&T) -> bool {
    let is_special = ["NaN", "Infinity", "-Infinity"].contains(&text);
    move |number| is_special || is_finite(*number)
}

/// Decodes base64 of either alphabet, padded or not, as JSON of protobuf is.
fn bytes(text: &str) -> Option<Vec<u8>> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

    let engine = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    engine.decode(text).ok()
}

fn enum_number(descriptor: &EnumDescriptor, text: &str) -> Option<i32> {
    let named = descriptor.get_value_by_name(text);
    named.map(|value| value.number()).or_else(|| integer(text))
}

fn message(descriptor: &MessageDescriptor, text: &str) -> Option<DynamicMessage> {
    match descriptor.full_name() {
        TIMESTAMP | DURATION => well_known(descriptor, text),
        FIELD_MASK => well_known(descriptor, &camel_case(text)),
        _ => wrapper(descriptor, text),
    }
}

/// Lets prost-reflect parse the text as the JSON string it would be in a body.
fn well_known(descriptor: &MessageDescriptor, text: &str) -> Option<DynamicMessage> {
    let deserializer: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    let options = DeserializeOptions::new();
    DynamicMessage::deserialize_with_options(descriptor.clone(), deserializer, &options).ok()
}

fn wrapper(descriptor: &MessageDescriptor, text: &str) -> Option<DynamicMessage> {
    let field = wrapped(descriptor)?;
    let mut message = DynamicMessage::new(descriptor.clone());
    message.set_field(&field, parse(&field.kind(), text)?);
    Some(message)
}

/// The field of a wrapper that holds its value.
pub(crate) fn wrapped(descriptor: &MessageDescriptor) -> Option<FieldDescriptor> {
    let is_wrapper = WRAPPERS.contains(&descriptor.full_name());
    descriptor.get_field_by_name("value").filter(|_| is_wrapper)
}

/// Turns `display_name` into `displayName`, in every word of a text.
///
/// A field's name in JSON is made by the same rule.
pub(crate) fn camel_case(text: &str) -> String {
    let mut is_after_underscore = false;
    let mut camel = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '_' {
            is_after_underscore = true;
        } else if is_after_underscore {
            camel.push(character.to_ascii_uppercase());
            is_after_underscore = false;
        } else {
            camel.push(character);
        }
    }
    camel
}
