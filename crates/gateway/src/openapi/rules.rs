//! What the contract says of a field's values beyond their type, as keywords of JSON Schema.
//!
//! They are `takar.gateway.v1.rules` and what follows from `google.api`: required fields, and the names
//! of resources. The gateway checks none of it: it is the service that refuses.

use prost_reflect::{DynamicMessage, EnumDescriptor, FieldDescriptor, Kind};
use serde_json::{Map, Value, json};

use crate::transcode::{options, template::Segment};

/// The rules that are of a list, not of its items.
const OF_LISTS: [&str; 3] = ["minItems", "maxItems", "uniqueItems"];

/// A text of one line: no control characters, and no blanks at its ends.
const LINE: &str = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$";

/// The rules of one field.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    of_list: Map<String, Value>,
    of_value: Map<String, Value>,
    /// The names of the enum that are refused.
    not_in: Vec<Value>,
}

impl Rules {
    pub(crate) fn of(field: &FieldDescriptor) -> Self {
        let mut rules = Self::told(field);
        if options::is_required(field) {
            if field.is_list() {
                rules.of_list.entry("minItems").or_insert_with(|| json!(1));
            } else if field.kind() == Kind::String && !rules.of_value.contains_key("pattern") {
                rules.of_value.entry("minLength").or_insert_with(|| json!(1));
            }
            if let Kind::Enum(values) = field.kind() {
                rules.not_in.push(json!(values.default_value().name()));
            }
        } else if !field.is_list() && !field.supports_presence() {
            rules.allow_default(field);
        }
        rules
    }

    /// What is told of it and, where it has no pattern, of the name of the resource that it refers to.
    fn told(field: &FieldDescriptor) -> Self {
        let told = |field: &FieldDescriptor| options::rules(field).as_ref().map(keywords);
        let mut all = told(field).unwrap_or_default();
        if !all.contains_key("pattern") {
            let name = options::resource_of(field).and_then(|it| it.get_field_by_name("name"));
            all.extend(name.as_ref().and_then(told).unwrap_or_default());
        }
        let mut rules = Self::default();
        for (keyword, value) in all {
            match (keyword.as_str(), value) {
                ("line", _) => {
                    rules.of_value.insert("pattern".to_owned(), json!(LINE));
                }
                ("notIn", Value::Array(names)) => rules.not_in = names,
                ("mediaTypes", _) => {}
                (list, value) if OF_LISTS.contains(&list) => {
                    rules.of_list.insert(keyword, value);
                }
                (_, value) => {
                    rules.of_value.insert(keyword, value);
                }
            }
        }
        rules
    }

    /// An empty text and a 0 of protobuf are what is not given.
    fn allow_default(&mut self, field: &FieldDescriptor) {
        if field.kind() != Kind::String {
            let minimum = self.of_value.get("minimum").and_then(Value::as_i64);
            if minimum.is_some_and(|minimum| minimum > 0) {
                let [minimum, maximum] =
                    ["minimum", "maximum"].map(|name| self.of_value.remove(name));
                let any = json!([{ "const": 0 }, { "minimum": minimum, "maximum": maximum }]);
                self.of_value.insert("anyOf".to_owned(), any);
            }
            return;
        }
        self.of_value.remove("minLength");
        if let Some(Value::String(pattern)) = self.of_value.get_mut("pattern") {
            pattern.insert_str(0, "^$|");
        }
        if let Some(format) = self.of_value.remove("format") {
            let any = json!([{ "maxLength": 0 }, { "format": format }]);
            self.of_value.insert("anyOf".to_owned(), any);
        }
    }

    /// The least number that is taken, or 0 where none is told.
    pub(crate) fn minimum(&self) -> i64 {
        let alternative =
            &self.of_value.get("anyOf").map_or(&Value::Null, |any| &any[1])["minimum"];
        let minimum = self.of_value.get("minimum").unwrap_or(alternative);
        minimum.as_i64().unwrap_or_default()
    }

    /// Whether a text is a date.
    pub(crate) fn is_date(&self) -> bool {
        let alternative = &self.of_value.get("anyOf").map_or(&Value::Null, |any| &any[1])["format"];
        self.of_value.get("format").unwrap_or(alternative) == "date"
    }

    /// Adds the rules to the schema of a field.
    pub(crate) fn add_to(&self, field: &FieldDescriptor, schema: &mut Value) {
        if field.is_map() {
            return;
        }
        let of_value = if field.is_list() { schema.get_mut("items") } else { Some(&mut *schema) };
        if let Some(members) = of_value.and_then(Value::as_object_mut) {
            members.extend(self.of_value.clone());
        }
        if let Some(members) = schema.as_object_mut() {
            members.extend(self.of_list.clone());
        }
    }

    /// The values of an enum that are taken; `None` where all are.
    pub(crate) fn taken(&self, values: &EnumDescriptor) -> Option<Vec<(String, i32)>> {
        let taken = values.values().map(|value| (value.name().to_owned(), value.number()));
        let is_taken =
            |(name, _): &(String, i32)| !self.not_in.iter().any(|refused| refused == name);
        (!self.not_in.is_empty()).then(|| taken.filter(is_taken).collect())
    }
}

/// The media types of a body that is taken as it is.
pub(crate) fn media_types(field: &FieldDescriptor) -> Vec<String> {
    let told = options::rules(field).as_ref().map(keywords).unwrap_or_default();
    let types = told.get("mediaTypes").and_then(Value::as_array);
    let types = types.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    let types: Vec<_> = types.collect();
    if types.is_empty() { vec!["*/*".to_owned()] } else { types }
}

/// The rules as the contract has them, by the names that JSON Schema has for them.
fn keywords(rules: &DynamicMessage) -> Map<String, Value> {
    match serde_json::to_value(rules) {
        Ok(Value::Object(keywords)) => keywords,
        _ => Map::new(),
    }
}

/// The pattern of one segment of a name, of which a template takes these segments.
///
/// The pattern of a name is that of its segments with slashes between, of the one alternative that has
/// the template's literals: `^things/[a-z]+$|^shelves/[0-9]+/things/[a-z]+$`.
pub(crate) fn of_segment(
    field: &FieldDescriptor,
    taken: &[Segment],
    index: usize,
) -> Option<String> {
    let rules = Rules::told(field);
    let pattern = rules.of_value.get("pattern")?.as_str()?;
    let segments = pattern.split("|^").find_map(|alternative| {
        let whole = alternative.trim_start_matches('^').strip_suffix('$')?;
        let segments: Vec<_> = whole.split('/').collect();
        let fits = |(segment, taken): (&&str, &Segment)| match taken {
            Segment::Literal(literal) => literal == *segment,
            Segment::One | Segment::Rest => true,
        };
        let is_it = segments.len() == taken.len() && segments.iter().zip(taken).all(fits);
        is_it.then_some(segments)
    })?;
    segments.get(index).map(|segment| format!("^{segment}$"))
}
