//! The contract as data: messages as JSON, and the words of its enumerations.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, ReflectMessage as _,
    SerializeOptions, Value,
};

const PACKAGE: &str = "takar.evaluation.v1";

/// As the gateway writes answers: a zero is an answer.
const ANSWER: SerializeOptions = SerializeOptions::new().skip_default_fields(false);

/// `google.api.FieldBehavior`: what a client does not set.
const NOT_INPUT: [i32; 2] = [/* OUTPUT_ONLY */ 3, /* IDENTIFIER */ 8];

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(takar_proto::DESCRIPTOR_SET).expect("our own descriptors are whole")
});

/// The JSON of a message, as REST answers it but indented.
pub(crate) fn json(message: &impl Message, name: &str) -> serde_json::Result<String> {
    let mut json = serde_json::Serializer::pretty(Vec::new());
    reflect(message, name).serialize_with_options(&mut json, &ANSWER)?;
    Ok(String::from_utf8_lossy(&json.into_inner()).into_owned())
}

/// The JSON of what a client sets of a message, without what only the server knows.
pub(crate) fn input_json(message: &impl Message, name: &str) -> serde_json::Value {
    let mut message = reflect(message, name);
    keep_input(&mut message);
    serde_json::to_value(&message).unwrap_or_default()
}

/// An enumeration's words without their prefix, each with its number; not the unspecified one.
pub(crate) fn words(enumeration: &str) -> Vec<(String, i32)> {
    let descriptor = enumeration_descriptor(enumeration);
    let prefix = prefix_of(&descriptor);
    descriptor
        .values()
        .filter(|value| value.number() != 0)
        .map(|value| (value.name().replacen(&prefix, "", 1), value.number()))
        .collect()
}

/// The word of a number; the number itself where a newer server knows more words than we.
pub(crate) fn word(enumeration: &str, number: i32) -> String {
    let descriptor = enumeration_descriptor(enumeration);
    match descriptor.get_value(number) {
        Some(value) => value.name().replacen(&prefix_of(&descriptor), "", 1),
        None => number.to_string(),
    }
}

/// Whether a text is a decimal without a sign: `85.71`, `4`.
pub(crate) fn is_unsigned_decimal(text: &str) -> bool {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(decimals)
}

fn enumeration_descriptor(enumeration: &str) -> EnumDescriptor {
    POOL.get_enum_by_name(&format!("{PACKAGE}.{enumeration}"))
        .expect("the enumeration is one of the contract's")
}

/// `PILLAR_` of `PILLAR_UNSPECIFIED`.
fn prefix_of(descriptor: &EnumDescriptor) -> String {
    let unspecified = descriptor.default_value();
    unspecified.name().replace("UNSPECIFIED", "")
}

fn reflect(message: &impl Message, name: &str) -> DynamicMessage {
    let descriptor = POOL
        .get_message_by_name(&format!("{PACKAGE}.{name}"))
        .expect("the message is one of the contract's");
    DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice())
        .expect("the descriptors are those that the message was generated from")
}

fn keep_input(message: &mut DynamicMessage) {
    for field in message.descriptor().fields() {
        if is_not_input(&field) {
            message.clear_field(&field);
        } else if message.has_field(&field) {
            match message.get_field_mut(&field) {
                Value::Message(inner) => keep_input(inner),
                Value::List(items) => {
                    items.iter_mut().filter_map(Value::as_message_mut).for_each(keep_input);
                }
                _ => {}
            }
        }
    }
}

fn is_not_input(field: &FieldDescriptor) -> bool {
    // A client gives it back, but only the server says what it is.
    if field.name() == "etag" {
        return true;
    }
    let behaviour =
        POOL.get_extension_by_name("google.api.field_behavior").expect("the contract imports it");
    let options = field.options();
    let behaviours = options.get_extension(&behaviour);
    behaviours.as_list().is_some_and(|behaviours| {
        behaviours
            .iter()
            .filter_map(Value::as_enum_number)
            .any(|number| NOT_INPUT.contains(&number))
    })
}
