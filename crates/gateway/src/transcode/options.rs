//! What descriptors say of methods, messages and fields beyond `google.api.http`.

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor, Value,
};

const FIELD_BEHAVIOR: &str = "google.api.field_behavior";
const RESOURCE: &str = "google.api.resource";
const PREFERENCE: &str = "takar.gateway.v1.preference";
const CACHE: &str = "takar.gateway.v1.cache";

/// `OUTPUT_ONLY` and `IDENTIFIER` of `google.api.FieldBehavior`.
const NOT_CHANGED_BY_CLIENTS: [i32; 2] = [3, 8];

/// Whether a field is shown, or names its resource, and so is nothing that a client changes.
pub(crate) fn is_only_shown(field: &FieldDescriptor) -> bool {
    let behaviors = option(&field.options(), field.parent_pool(), FIELD_BEHAVIOR);
    let behaviors = behaviors.as_ref().and_then(Value::as_list).unwrap_or_default();
    let numbers = behaviors.iter().filter_map(Value::as_enum_number);
    numbers.into_iter().any(|number| NOT_CHANGED_BY_CLIENTS.contains(&number))
}

/// The preference that sets a field of a request, as it is written in the contract.
pub(crate) fn preference(field: &FieldDescriptor) -> Option<String> {
    let preference = option(&field.options(), field.parent_pool(), PREFERENCE)?;
    preference.as_str().map(str::to_owned)
}

/// How answers of a method may be kept, as it is written in the contract.
pub(crate) fn cache(method: &MethodDescriptor) -> Option<DynamicMessage> {
    let policy = option(&method.options(), method.parent_pool(), CACHE)?;
    policy.as_message().cloned()
}

/// Whether a message is a resource: a thing by itself, however many parts it has.
pub(crate) fn is_resource(message: &MessageDescriptor) -> bool {
    option(&message.options(), message.parent_pool(), RESOURCE).is_some()
}

/// What several resources of a message are called, where it is one and says so.
pub(crate) fn plural(message: &MessageDescriptor) -> Option<String> {
    let resource = option(&message.options(), message.parent_pool(), RESOURCE)?;
    let plural = resource.as_message()?.get_field_by_name("plural")?;
    plural.as_str().filter(|plural| !plural.is_empty()).map(str::to_owned)
}

/// An option that is given, if the descriptor set knows it at all.
fn option(options: &DynamicMessage, pool: &DescriptorPool, name: &str) -> Option<Value> {
    let extension = pool.get_extension_by_name(name)?;
    options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
}
