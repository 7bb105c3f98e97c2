//! Schemas of messages, enums and fields, as JSON shows them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use prost_types::FieldOptions;
use serde_json::{Map, Value, json};

use super::{
    comments::{Comments, Prose},
    example, responses,
};
use crate::transcode::{
    contract::{Body, Rule},
    options, scalar,
};

/// The schemas that the document refers to.
pub(crate) struct Schemas<'c> {
    comments: &'c Comments,
    components: BTreeMap<String, Value>,
    /// The messages that clients send, in which nothing unknown is taken.
    sent: BTreeSet<String>,
}

/// Which fields of a body are taken from elsewhere or may be left out.
#[derive(Debug, Default)]
pub(crate) struct Exceptions {
    /// Those that the path sets.
    pub(crate) omitted: Vec<FieldDescriptor>,
    /// Those that a header can set instead.
    pub(crate) optional: Vec<FieldDescriptor>,
    /// Whether the body holds only what changes.
    pub(crate) is_partial: bool,
}

impl<'c> Schemas<'c> {
    pub(crate) fn new(comments: &'c Comments, rules: &[Rule]) -> Self {
        let mut sent = BTreeSet::new();
        for rule in rules {
            match &rule.binding.body {
                Body::Nothing | Body::Raw(_) => {}
                Body::Whole => collect(&rule.binding.input, &mut sent),
                Body::Field(field) => {
                    if let Kind::Message(message) = field.kind() {
                        collect(&message, &mut sent);
                    }
                }
            }
        }
        Self { comments, components: BTreeMap::new(), sent }
    }

    pub(crate) fn into_components(mut self) -> BTreeMap<String, Value> {
        self.components.extend(responses::schemas());
        self.components
    }

    /// The schema of a field, as JSON holds it.
    pub(crate) fn field(&mut self, field: &FieldDescriptor) -> Value {
        let Prose { text, .. } = self.comments.of_field(field);
        let mut schema = if field.is_map() {
            let entry = field.kind();
            let value = entry.as_message().map(MessageDescriptor::map_entry_value_field);
            let value = value.map_or(json!({}), |value| self.single(&value));
            json!({ "type": "object", "additionalProperties": value })
        } else if field.is_list() {
            json!({ "type": "array", "items": self.single(field) })
        } else {
            self.single(field)
        };
        if let Some(members) = schema.as_object_mut() {
            describe(field, &text, members);
        }
        schema
    }

    /// The schema of one value of a field.
    pub(crate) fn single(&mut self, field: &FieldDescriptor) -> Value {
        match field.kind() {
            Kind::Message(message) => self.message(&message),
            Kind::Enum(values) => self.enumeration(&values),
            kind => scalar_schema(&kind),
        }
    }

    /// A reference to the schema of a message, which is made where there is none yet.
    pub(crate) fn message(&mut self, message: &MessageDescriptor) -> Value {
        if scalar::is_well_known(message) {
            return well_known(message);
        }
        let name = component_name(message.full_name(), message.package_name());
        if !self.components.contains_key(&name) {
            // Before its fields, which may lead back to it.
            self.components.insert(name.clone(), Value::Null);
            let schema = self.object(message, &Exceptions::default());
            self.components.insert(name.clone(), schema);
        }
        reference(&name)
    }

    /// The schema of a body, in which some fields are exceptions.
    pub(crate) fn body(&mut self, message: &MessageDescriptor, exceptions: &Exceptions) -> Value {
        let is_plain = exceptions.omitted.is_empty()
            && exceptions.optional.is_empty()
            && !exceptions.is_partial;
        if is_plain || scalar::is_well_known(message) {
            return self.message(message);
        }
        let name = component_name(message.full_name(), message.package_name());
        let suffix = if exceptions.is_partial { "Changes" } else { "Body" };
        let name = format!("{name}{suffix}");
        let schema = self.object(message, exceptions);
        // The same message may be the body of several paths that set different fields.
        let is_taken =
            |name: &String| self.components.get(name).is_some_and(|other| *other != schema);
        let mut unique = name.clone();
        let mut number = 1;
        while is_taken(&unique) {
            number += 1;
            unique = format!("{name}{number}");
        }
        self.components.insert(unique.clone(), schema);
        reference(&unique)
    }

    fn object(&mut self, message: &MessageDescriptor, exceptions: &Exceptions) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in message.fields().filter(|field| !exceptions.omitted.contains(field)) {
            let is_needed = options::is_required(&field)
                // Any one of a oneof will do.
                && field.containing_oneof().is_none()
                && !exceptions.is_partial
                && !exceptions.optional.contains(&field);
            if is_needed {
                required.push(field.json_name().to_owned());
            }
            properties.insert(field.json_name().to_owned(), self.field(&field));
        }
        let mut schema = Map::new();
        schema.insert("type".to_owned(), json!("object"));
        let Prose { text, .. } = self.comments.of_message(message);
        let text = [text, oneofs(message)].join("\n\n");
        if !text.trim().is_empty() {
            schema.insert("description".to_owned(), json!(text.trim()));
        }
        if !properties.is_empty() {
            schema.insert("properties".to_owned(), Value::Object(properties));
        }
        if !required.is_empty() {
            schema.insert("required".to_owned(), json!(required));
        }
        if self.sent.contains(message.full_name()) {
            schema.insert("additionalProperties".to_owned(), json!(false));
        }
        Value::Object(schema)
    }

    fn enumeration(&mut self, values: &EnumDescriptor) -> Value {
        let name = component_name(values.full_name(), values.package_name());
        if !self.components.contains_key(&name) {
            let mut names: Vec<_> = values.values().map(|value| value.name().to_owned()).collect();
            names.dedup();
            let mut text = self.comments.of_enum(values).text;
            for value in values.values() {
                let said = self.comments.of_value(&value).text.replace('\n', " ");
                let _ = write!(text, "\n- `{}`: {said}", value.name());
            }
            let schema = json!({ "type": "string", "enum": names, "description": text.trim() });
            self.components.insert(name.clone(), schema);
        }
        reference(&name)
    }
}

/// Adds what is said of a field beside its type.
fn describe(field: &FieldDescriptor, text: &str, members: &mut Map<String, Value>) {
    if !text.is_empty() {
        members.insert("description".to_owned(), json!(text));
    }
    if options::is_output(field) {
        members.insert("readOnly".to_owned(), json!(true));
    }
    if options::is_input(field) {
        members.insert("writeOnly".to_owned(), json!(true));
    }
    if field.field_descriptor_proto().options.as_ref().is_some_and(FieldOptions::deprecated) {
        members.insert("deprecated".to_owned(), json!(true));
    }
    let told = example::told(text).filter(|_| field.kind() == Kind::String && !field.is_list());
    if let Some(told) = told {
        members.insert("examples".to_owned(), json!([told]));
    }
}

/// Notes a message and all that stand in it.
fn collect(message: &MessageDescriptor, names: &mut BTreeSet<String>) {
    if scalar::is_well_known(message) || !names.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        if let Kind::Message(inner) = field.kind() {
            collect(&inner, names);
        }
    }
}

/// Which fields exclude each other.
fn oneofs(message: &MessageDescriptor) -> String {
    let groups = message.oneofs().filter(|oneof| !oneof.is_synthetic());
    let sentences = groups.map(|oneof| {
        let names: Vec<_> =
            oneof.fields().map(|field| format!("`{}`", field.json_name())).collect();
        format!("At most one of {} is given.", names.join(", "))
    });
    sentences.collect::<Vec<_>>().join(" ")
}

/// A full name without its package: `Region.Kind`.
fn component_name(full_name: &str, package: &str) -> String {
    full_name.strip_prefix(package).unwrap_or(full_name).trim_start_matches('.').to_owned()
}

pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schema of a kind as one text of a path or a query holds it.
pub(crate) fn text_schema(kind: &Kind) -> Value {
    match kind {
        Kind::Message(message) => well_known(message),
        Kind::Enum(values) => {
            let names: Vec<_> = values.values().map(|value| value.name().to_owned()).collect();
            json!({ "type": "string", "enum": names })
        }
        kind => scalar_schema(kind),
    }
}

fn scalar_schema(kind: &Kind) -> Value {
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
            "type": "string", "format": "int64", "pattern": "^-?[0-9]{1,18}$",
        }),
        Kind::Uint64 | Kind::Fixed64 => json!({
            "type": "string", "format": "uint64", "pattern": "^[0-9]{1,19}$",
        }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Bytes => json!({
            "type": "string", "contentEncoding": "base64", "pattern": "^[A-Za-z0-9+/]*={0,2}$",
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
fn well_known(message: &MessageDescriptor) -> Value {
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
        _ => message.get_field_by_name("value").map_or(
            json!({}),
            |value| json!({ "anyOf": [scalar_schema(&value.kind()), { "type": "null" }] }),
        ),
    }
}
