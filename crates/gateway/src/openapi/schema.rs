//! Schemas of messages, enums and fields, as JSON shows them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor};
use serde_json::{Map, Value, json};

use super::{
    comments::{Comments, Prose},
    example,
    kinds::{scalar_schema, text_schema, well_known},
    names::Names,
    responses,
    rules::Rules,
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
    /// Those that a header sets: in the body they could only repeat or contradict it.
    pub(crate) by_header: Vec<FieldDescriptor>,
    /// Whether the body holds only what changes.
    pub(crate) is_partial: bool,
    /// Whether it is a body at all, in which `null` stands for what is not given.
    pub(crate) is_body: bool,
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
        let rules = Rules::of(field);
        rules.add_to(field, &mut schema);
        narrow(field, &rules, &mut schema);
        if let Some(members) = schema.as_object_mut() {
            describe(field, &text, members);
        }
        schema
    }

    /// The schema of a field, as the texts of a query hold it.
    pub(crate) fn in_query(&mut self, field: &FieldDescriptor) -> Value {
        let single = match field.kind() {
            // By its name or its number.
            Kind::Enum(values) if !scalar::is_null(&values) => self.enum_in_query(field, &values),
            kind => text_schema(&kind),
        };
        let mut schema =
            if field.is_list() { json!({ "type": "array", "items": single }) } else { single };
        Rules::of(field).add_to(field, &mut schema);
        if let Some(members) = schema.as_object_mut() {
            show(field, &self.comments.of_field(field).text, members);
        }
        schema
    }

    /// The schema of an enum by its names or its numbers.
    fn enum_in_query(&mut self, field: &FieldDescriptor, values: &EnumDescriptor) -> Value {
        let mut by_name = self.enumeration(values);
        let taken = Rules::of(field).taken(values);
        let numbers = match taken {
            Some(taken) => {
                let (names, numbers): (Vec<_>, Vec<_>) = taken.into_iter().unzip();
                by_name["enum"] = json!(names);
                numbers
            }
            None => values.values().map(|value| value.number()).collect(),
        };
        let by_number = json!({
            "type": "integer",
            "format": "int32",
            "enum": numbers,
            "minimum": numbers.iter().min(),
            "maximum": numbers.iter().max(),
        });
        json!({ "anyOf": [by_name, by_number] })
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
        if scalar::is_well_known(message) {
            return self.message(message);
        }
        let name = self.names.of_type(message.full_name());
        let schema = self.object(message, exceptions);
        if schema == self.object(message, &Exceptions::default()) {
            return self.message(message);
        }
        let suffix = if exceptions.is_partial { "Changes" } else { "Body" };
        let name = format!("{name}{suffix}");
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

    /// Whether the object that a schema refers to must have anything.
    pub(crate) fn has_required(&self, reference: &Value) -> bool {
        let name = reference["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        let schema = name.and_then(|name| self.components.get(name));
        schema.is_some_and(|schema| schema.get("required").is_some())
    }

    fn object(&mut self, message: &MessageDescriptor, exceptions: &Exceptions) -> Value {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in message.fields().filter(|field| !exceptions.omitted.contains(field)) {
            let is_needed = options::is_required(&field)
                // Any one of a oneof will do.
                && field.containing_oneof().is_none_or(|oneof| oneof.is_synthetic())
                && !exceptions.is_partial
                && !exceptions.by_header.contains(&field);
            if is_needed {
                required.push(field.json_name().to_owned());
            }
            let mut property = self.field(&field);
            if exceptions.by_header.contains(&field) {
                property["readOnly"] = json!(true);
            } else if exceptions.is_body && is_nullable(&field) {
                property = nullable(property);
            }
            properties.insert(field.json_name().to_owned(), property);
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
            let choices = choices(message, exceptions);
            if !choices.is_empty() {
                schema.insert("allOf".to_owned(), json!(choices));
            }
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

/// Leaves of an enum what is taken of it.
fn narrow(field: &FieldDescriptor, rules: &Rules, schema: &mut Value) {
    let Kind::Enum(values) = field.kind() else { return };
    let Some(taken) = rules.taken(&values) else { return };
    let names = taken.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let single = if field.is_list() { schema.get_mut("items") } else { Some(schema) };
    if let Some(members) = single.and_then(Value::as_object_mut) {
        members.insert("enum".to_owned(), json!(names));
    }
}

/// Adds what is said of a field beside its type.
fn describe(field: &FieldDescriptor, text: &str, members: &mut Map<String, Value>) {
    if !text.is_empty() {
        members.insert("description".to_owned(), json!(text));
    }
    if options::is_only_shown(field) {
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

/// Whether `null` is as good as nothing; in a change it clears the field.
fn is_nullable(field: &FieldDescriptor) -> bool {
    let is_choice = field.containing_oneof().is_some_and(|oneof| !oneof.is_synthetic());
    !is_choice && !options::is_required(field) && !options::is_only_shown(field)
}

/// The same schema, which `null` fits too.
fn nullable(mut schema: Value) -> Value {
    let Some(members) = schema.as_object_mut() else { return schema };
    let is_plain = !["$ref", "anyOf", "enum"].iter().any(|name| members.contains_key(*name));
    match members.get_mut("type") {
        Some(kind @ Value::String(_)) if is_plain => *kind = json!([kind.take(), "null"]),
        None if is_plain => {}
        _ => {
            let told = ["description", "examples", "deprecated", "writeOnly"];
            let mut around = Map::new();
            for name in told {
                around.extend(members.remove(name).map(|value| (name.to_owned(), value)));
            }
            around.insert("anyOf".to_owned(), json!([schema, { "type": "null" }]));
            return Value::Object(around);
        }
    }
    schema
}

/// Which fields exclude each other, as a schema for each group.
fn choices(message: &MessageDescriptor, exceptions: &Exceptions) -> Vec<Value> {
    let groups = message.oneofs().filter(|oneof| !oneof.is_synthetic());
    let group = |oneof: OneofDescriptor| {
        let is_needed = oneof.fields().any(|field| options::is_required(&field));
        let each = oneof.fields().map(|field| json!({ "required": [field.json_name()] }));
        let mut choices: Vec<_> = each.collect();
        if !is_needed || exceptions.is_partial {
            choices.push(json!({ "not": { "anyOf": choices } }));
        }
        json!({ "oneOf": choices })
    };
    groups.map(group).collect()
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
