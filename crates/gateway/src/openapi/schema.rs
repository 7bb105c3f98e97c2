//! Schemas of messages, enums and fields, as JSON shows them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::{
    comments::{Comments, Prose},
    example,
    names::Names,
    responses,
};
use crate::transcode::{
    contract::{Body, Rule},
    options, scalar,
};

/// The schemas that the document refers to.
pub(crate) struct Schemas<'c> {
    comments: &'c Comments,
    names: &'c Names,
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
    pub(crate) fn new(comments: &'c Comments, names: &'c Names, rules: &[Rule]) -> Self {
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
        Self { comments, names, components: BTreeMap::new(), sent }
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

    /// The schema of a field, as the texts of a query hold it.
    pub(crate) fn in_query(&mut self, field: &FieldDescriptor) -> Value {
        let single = match field.kind() {
            // By its name or its number.
            Kind::Enum(values) if !scalar::is_null(&values) => {
                json!({ "anyOf": [self.enumeration(&values), text_schema(&Kind::Int32)] })
            }
            kind => text_schema(&kind),
        };
        let mut schema =
            if field.is_list() { json!({ "type": "array", "items": single }) } else { single };
        if let Some(members) = schema.as_object_mut() {
            show(field, &self.comments.of_field(field).text, members);
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
        let name = self.names.of_type(message.full_name()).to_owned();
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
        let name = self.names.of_type(message.full_name());
        let suffix = if exceptions.is_partial { "Changes" } else { "Body" };
        let name = format!("{name}{suffix}");
        let schema = self.object(message, exceptions);
        // The same message may be the body of several paths that set different fields.
        let is_taken = |name: &String| {
            self.names.is_type(name)
                || self.components.get(name).is_some_and(|other| *other != schema)
        };
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
                && field.containing_oneof().is_none_or(|oneof| oneof.is_synthetic())
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
        if scalar::is_null(values) {
            return json!({ "type": "null" });
        }
        let name = self.names.of_type(values.full_name()).to_owned();
        if !self.components.contains_key(&name) {
            let names: Vec<_> = values.values().map(|value| value.name().to_owned()).collect();
            let mut text = self.comments.of_enum(values).text;
            for value in values.values() {
                let _ = write!(text, "\n- `{}`", value.name());
                let said = self.comments.of_value(&value).text.replace('\n', " ");
                if !said.is_empty() {
                    let _ = write!(text, ": {said}");
                }
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
    if options::is_deprecated(field) {
        members.insert("deprecated".to_owned(), json!(true));
    }
    show(field, text, members);
}

/// Adds the example that is told of a field.
fn show(field: &FieldDescriptor, text: &str, members: &mut Map<String, Value>) {
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

pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The schema of a kind as one text of a path or a query holds it, which no `null` can be.
pub(crate) fn text_schema(kind: &Kind) -> Value {
    match kind {
        Kind::Message(message) => scalar::wrapped(message)
            .map_or_else(|| well_known(message), |value| scalar_schema(&value.kind())),
        Kind::Enum(values) => {
            let names: Vec<_> = values.values().map(|value| value.name().to_owned()).collect();
            json!({ "type": "string", "enum": names })
        }
        kind => scalar_schema(kind),
    }
}

/// Groups of four, the last of which may be filled up; what is filled up are zeros.
const BASE64: &str =
    "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";

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
            "type": "string", "format": "int64", "pattern": "^-?[0-9]{1,19}$",
        }),
        Kind::Uint64 | Kind::Fixed64 => json!({
            "type": "string", "format": "uint64", "pattern": "^[0-9]{1,20}$",
        }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Bytes => json!({
            "type": "string", "contentEncoding": "base64", "pattern": BASE64,
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
        _ => scalar::wrapped(message).map_or(
            json!({}),
            |value| json!({ "anyOf": [scalar_schema(&value.kind()), { "type": "null" }] }),
        ),
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use proptest::prelude::*;

    use super::*;

    /// A pattern as the generator of texts takes it.
    fn texts_of(pattern: &str) -> impl Strategy<Value = String> + use<> {
        let whole = pattern.trim_start_matches('^').trim_end_matches('$');
        proptest::string::string_regex(whole).expect("a pattern")
    }

    proptest! {
        #[test]
        fn what_the_pattern_of_bytes_allows_is_base64(text in texts_of(BASE64)) {
            prop_assert!(STANDARD.decode(&text).is_ok(), "{}", text);
        }
    }
}
