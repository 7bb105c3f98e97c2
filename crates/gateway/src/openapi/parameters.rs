//! Parameters: those of the path, of the query, and the headers that set fields.

use http::Method;
use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value, json};

use super::{comments::Comments, operation::Operation, path::PathParameter, schema::Schemas};
use crate::transcode::{
    contract::{Binding, Body},
    options,
    preference::PreferenceField,
    scalar,
};

/// The parameters of an operation.
pub(crate) fn of(operation: &Operation<'_>, schemas: &mut Schemas<'_>) -> Vec<Value> {
    let binding = &operation.rule.binding;
    let mut parameters: Vec<_> = operation.path.parameters.iter().map(in_path).collect();
    if !matches!(binding.body, Body::Whole | Body::Raw(None)) {
        let comments = operation.comments;
        let is_safe = operation.is_method(&Method::GET);
        let mut query = Query { binding, is_safe, schemas, comments, found: Vec::new() };
        query.add(&binding.input, &mut Vec::new());
        parameters.extend(query.found);
    }
    parameters.extend(headers(operation));
    parameters.push(json!({ "$ref": "#/components/parameters/AcceptLanguage" }));
    parameters
}

/// The parameters that operations refer to.
pub(crate) fn components() -> Value {
    json!({ "AcceptLanguage": header(
        "Accept-Language",
        "The languages that the client prefers (RFC 9110): a problem says in `localizedMessage` what \
         is wrong in one of them, where it can.",
        &json!({ "type": "string", "examples": ["id"] }),
    ) })
}

fn in_path(parameter: &PathParameter) -> Value {
    let kind = parameter.field.kind();
    let mut schema = match (&kind, parameter.is_whole_field) {
        (Kind::String, _) | (_, false) => json!({ "type": "string", "minLength": 1 }),
        (kind, true) => super::kinds::text_schema(kind),
    };
    if let Some(pattern) = &parameter.pattern {
        schema["pattern"] = json!(pattern);
    } else if !parameter.is_greedy && kind == Kind::String {
        schema["pattern"] = json!("^[^/:]+$");
    }
    let mut written = json!({
        "name": parameter.name,
        "in": "path",
        "required": true,
        "schema": schema,
    });
    if parameter.is_greedy {
        written["description"] = json!("May contain slashes.");
    }
    if let Some(example) = &parameter.example {
        written["example"] = json!(example);
    }
    written
}

/// The fields that a query may set.
struct Query<'q, 's> {
    binding: &'q Binding,
    is_safe: bool,
    schemas: &'q mut Schemas<'s>,
    comments: &'q Comments,
    found: Vec<Value>,
}

impl Query<'_, '_> {
    fn add(&mut self, message: &MessageDescriptor, parents: &mut Vec<FieldDescriptor>) {
        for field in message.fields() {
            let first = parents.first().unwrap_or(&field);
            if self.binding.body.field() == Some(first) {
                continue;
            }
            let name = json_path(parents, &field);
            if self.binding.variables.iter().any(|variable| variable.json_path() == name)
                || self.is_by_header(&name)
            {
                continue;
            }
            if !field.is_map() && scalar::is_bindable(&field) {
                let parameter = self.parameter(&name, &field, parents.is_empty());
                self.found.push(parameter);
            } else if let Some(inner) = inner_message(&field, parents) {
                parents.push(field);
                self.add(&inner, parents);
                parents.pop();
            }
        }
    }

    /// Whether a header sets a field: a value beside it could only repeat or contradict that.
    fn is_by_header(&self, name: &str) -> bool {
        let by_header = [&self.binding.etag, &self.binding.request_id];
        !self.is_safe && by_header.into_iter().flatten().any(|path| path.json_path() == name)
    }

    fn parameter(&mut self, name: &str, field: &FieldDescriptor, is_top: bool) -> Value {
        let schema = self.schemas.in_query(field);
        let description = self.comments.of_field(field).text;
        let is_required = is_top && options::is_required(field);
        let mut parameter = json!({ "name": name, "in": "query", "schema": schema });
        if !description.is_empty() {
            parameter["description"] = json!(description);
        }
        if is_required {
            parameter["required"] = json!(true);
        }
        if options::is_deprecated(field) {
            parameter["deprecated"] = json!(true);
        }
        parameter
    }
}

fn json_path(parents: &[FieldDescriptor], leaf: &FieldDescriptor) -> String {
    let names = parents.iter().chain([leaf]).map(FieldDescriptor::json_name);
    names.collect::<Vec<_>>().join(".")
}

/// The message whose fields a query names by dots; not one that it stands in itself.
fn inner_message(
    field: &FieldDescriptor,
    parents: &[FieldDescriptor],
) -> Option<MessageDescriptor> {
    let Kind::Message(inner) = field.kind() else { return None };
    let is_inside = |parent: &FieldDescriptor| parent.kind() == field.kind();
    let is_nameable = !field.is_list() && !field.is_map() && !scalar::is_well_known(&inner);
    (is_nameable && !parents.iter().any(is_inside) && *field.parent_message() != inner)
        .then_some(inner)
}

fn headers(operation: &Operation<'_>) -> Vec<Value> {
    let binding = &operation.rule.binding;
    let is_safe = operation.is_method(&Method::GET);
    let mut headers = Vec::new();
    if is_safe && !operation.is_stream() {
        headers.push(header(
            "If-None-Match",
            "The `ETag` of the answer that the client has: where it still holds, 304.",
            // One that can't be read is no reason to keep the answer back.
            &json!({ "type": "string" }),
        ));
    }
    if let Some(etag) = binding.etag.as_ref().filter(|_| !is_safe) {
        let mut if_match = header(
            "If-Match",
            "The `ETag` of the state that is to be changed, or `*` for whatever it is. It sets `etag`.",
            &json!({ "anyOf": [{ "const": "*" }, { "type": "string", "pattern": ETAG }] }),
        );
        if options::is_required(etag.leaf()) {
            if_match["required"] = json!(true);
        }
        headers.push(if_match);
    }
    if !is_safe && binding.request_id.is_some() {
        headers.push(header(
            "Idempotency-Key",
            "A key of the client's choice: the same request with the same key is carried out once. \
             It sets `requestId`.",
            &json!({ "type": "string", "pattern": "^[!#-~]{1,200}$" }),
        ));
    }
    if !binding.preferences.is_empty() {
        let known = binding.preferences.iter().map(PreferenceField::written).collect::<Vec<_>>();
        headers.push(header(
            "Prefer",
            "What the client would like (RFC 7240); what is heeded stands in `Preference-Applied`.",
            &json!({ "type": "string", "examples": known }),
        ));
    }
    headers
}

/// One strong tag.
const ETAG: &str = r#"^"[!#-~]+"$"#;

fn header(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "header", "description": description, "schema": schema })
}
