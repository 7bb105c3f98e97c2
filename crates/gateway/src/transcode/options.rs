//! What descriptors say of methods, messages and fields beyond `google.api.http`.

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor, Value,
};
use prost_types::FieldOptions;

const FIELD_BEHAVIOR: &str = "google.api.field_behavior";
const RESOURCE: &str = "google.api.resource";
const RESOURCE_REFERENCE: &str = "google.api.resource_reference";
const CACHE: &str = "takar.gateway.v1.cache";
const PREFERENCE: &str = "takar.gateway.v1.preference";
const PUBLIC: &str = "takar.gateway.v1.public";
const RULES: &str = "takar.gateway.v1.rules";

/// The numbers of `google.api.FieldBehavior`.
const REQUIRED: i32 = 2;
const OUTPUT_ONLY: i32 = 3;
const INPUT_ONLY: i32 = 4;
const IDENTIFIER: i32 = 8;

/// Whether a field is shown, or names its resource, and so is nothing that a client changes.
pub(crate) fn is_only_shown(field: &FieldDescriptor) -> bool {
    has_behavior(field, OUTPUT_ONLY) || has_behavior(field, IDENTIFIER)
}

/// Whether a field is only sent.
pub(crate) fn is_input(field: &FieldDescriptor) -> bool {
    has_behavior(field, INPUT_ONLY)
}

/// Whether a field must be sent.
pub(crate) fn is_required(field: &FieldDescriptor) -> bool {
    has_behavior(field, REQUIRED)
}

/// Whether a field is better not used any more.
pub(crate) fn is_deprecated(field: &FieldDescriptor) -> bool {
    let options = &field.field_descriptor_proto().options;
    options.as_ref().is_some_and(FieldOptions::deprecated)
}

fn has_behavior(field: &FieldDescriptor, number: i32) -> bool {
    let behaviors = option(&field.options(), field.parent_pool(), FIELD_BEHAVIOR);
    let behaviors = behaviors.as_ref().and_then(Value::as_list).unwrap_or_default();
    behaviors.iter().any(|behavior| behavior.as_enum_number() == Some(number))
}

/// Whether anybody may call a method, without a credential.
pub(crate) fn is_public(method: &MethodDescriptor) -> bool {
    let public = option(&method.options(), method.parent_pool(), PUBLIC);
    if public.and_then(|public| public.as_bool()) == Some(true) {
        return true;
    }
    let policy = cache(method);
    let is_public = policy.as_ref().and_then(|policy| policy.get_field_by_name("public"));
    is_public.and_then(|is_public| is_public.as_bool()).unwrap_or_default()
}

/// The resource whose name a field holds: that which it refers to, or that which it is the name of.
pub(crate) fn resource_of(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    let reference = option(&field.options(), field.parent_pool(), RESOURCE_REFERENCE);
    let Some(reference) = reference else {
        let message = field.parent_message();
        return Some(message.clone())
            .filter(|message| field.name() == "name" && is_resource(message));
    };
    let named = reference.as_message()?.get_field_by_name("type")?;
    let named = named.as_str()?;
    let is_named = |message: &MessageDescriptor| {
        let resource = option(&message.options(), message.parent_pool(), RESOURCE);
        let resource = resource.as_ref().and_then(Value::as_message);
        let name = resource.and_then(|resource| resource.get_field_by_name("type"));
        name.as_ref().and_then(|name| name.as_str()) == Some(named)
    };
    field.parent_pool().all_messages().find(is_named)
}

/// The patterns of the names of a resource.
pub(crate) fn resource_patterns(message: &MessageDescriptor) -> Vec<String> {
    let resource = option(&message.options(), message.parent_pool(), RESOURCE);
    let resource = resource.as_ref().and_then(Value::as_message);
    let patterns = resource.and_then(|resource| resource.get_field_by_name("pattern"));
    let patterns = patterns.as_ref().and_then(|patterns| patterns.as_list()).unwrap_or_default();
    patterns.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The preference that sets a field of a request, as it is written in the contract.
pub(crate) fn preference(field: &FieldDescriptor) -> Option<String> {
    let preference = option(&field.options(), field.parent_pool(), PREFERENCE)?;
    preference.as_str().map(str::to_owned)
}

/// What the service takes in a field, as it is written in the contract.
pub(crate) fn rules(field: &FieldDescriptor) -> Option<DynamicMessage> {
    let rules = option(&field.options(), field.parent_pool(), RULES)?;
    rules.as_message().cloned()
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
