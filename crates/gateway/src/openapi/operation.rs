//! Operations: one for each route.

use http::Method;
use prost_types::MethodOptions;
use serde_json::{Map, Value, json};

use super::{
    comments::Comments,
    example::{Examples, Side},
    links::Target,
    names::Names,
    parameters,
    path::Path,
    responses, rules,
    schema::{Exceptions, Schemas},
};
use crate::transcode::{
    contract::{Body, Rule},
    field::FieldPath,
    options,
    router::MethodPattern,
};

/// The methods that a path of the document can have.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// The paths of the gateway itself, and what they answer.
pub(crate) const BUILT_IN: [(&str, &str); 2] = [
    ("/healthz", "Says that the gateway lives."),
    ("/readyz", "Says whether the service behind the gateway is ready."),
];

/// The tag of those, which no service has.
pub(crate) const BUILT_IN_TAG: &str = "Gateway";

/// One operation of the document.
pub(crate) struct Operation<'o> {
    pub(crate) rule: &'o Rule,
    pub(crate) path: &'o Path,
    /// Which of its method's routes it is, from 1.
    pub(crate) number: usize,
    pub(crate) comments: &'o Comments,
    pub(crate) names: &'o Names,
}

/// The methods of a route that the document can name; none of a custom one such as `LOCK`.
pub(crate) fn methods(rule: &Rule) -> Vec<&'static str> {
    let wanted = match &rule.method {
        MethodPattern::Only(method) => method.as_str().to_ascii_lowercase(),
        MethodPattern::Any if rule.binding.body == Body::Nothing => "get".to_owned(),
        MethodPattern::Any => "post".to_owned(),
    };
    METHODS.into_iter().filter(|method| *method == wanted).collect()
}

impl Operation<'_> {
    /// Whether it answers this method only.
    pub(crate) fn is_method(&self, method: &Method) -> bool {
        self.rule.method == MethodPattern::Only(method.clone())
    }

    /// Whether it answers with a stream.
    pub(crate) fn is_stream(&self) -> bool {
        self.rule.binding.descriptor.is_server_streaming()
    }

    /// What it is called by.
    pub(crate) fn id(&self) -> String {
        let method = &self.rule.binding.descriptor;
        let tag = self.names.of_service(method.parent_service()).replace('.', "_");
        let number = if self.number == 1 { String::new() } else { format!("_{}", self.number) };
        format!("{tag}_{}{number}", method.name())
    }

    pub(crate) fn write(&self, schemas: &mut Schemas<'_>, targets: &[Target]) -> Value {
        let method = &self.rule.binding.descriptor;
        let service = method.parent_service();
        let tag = self.names.of_service(service);
        let prose = self.comments.of_method(method);
        let bearer = json!({ "bearer": [] });
        let security =
            if options::is_public(method) { json!([{}, bearer]) } else { json!([bearer]) };
        let parameters = parameters::of(self, schemas);
        let responses = responses::of(self, schemas, targets);
        let mut operation = json!({
            "operationId": self.id(),
            "tags": [tag],
            "summary": if prose.summary.is_empty() { method.name() } else { &prose.summary },
            "parameters": parameters,
            "responses": responses,
            "security": security,
        });
        // One sentence is said once.
        if prose.text.trim_end_matches('.') != prose.summary {
            operation["description"] = json!(prose.text);
        }
        if method.method_descriptor_proto().options.as_ref().is_some_and(MethodOptions::deprecated)
        {
            operation["deprecated"] = json!(true);
        }
        if let Some(body) = self.body(schemas) {
            operation["requestBody"] = body;
        }
        operation
    }

    fn body(&self, schemas: &mut Schemas<'_>) -> Option<Value> {
        let binding = &self.rule.binding;
        let examples = Examples { comments: self.comments, side: Side::Client };
        let json_content = |is_required: bool, schema: Value, example: Value| {
            let content = json!({ "schema": schema, "example": example });
            json!({ "required": is_required, "content": { "application/json": content } })
        };
        match &binding.body {
            Body::Nothing => None,
            Body::Raw(field) => {
                let types = field.as_ref().map_or(vec!["*/*".to_owned()], rules::media_types);
                let schema = json!({ "schema": { "type": "string", "format": "binary" } });
                let content = types.into_iter().map(|media_type| (media_type, schema.clone()));
                let content: Map<_, _> = content.collect();
                Some(json!({ "required": true, "content": content }))
            }
            Body::Whole => {
                let exceptions = self.exceptions("");
                let schema = schemas.body(&binding.input, &exceptions);
                let example = examples.message(&binding.input);
                // Without a body the request is one without fields.
                let is_required = schemas.has_required(&schema);
                Some(json_content(is_required, schema, self.without_set(example, "")))
            }
            Body::Field(field) => {
                let prefix = format!("{}.", field.json_name());
                let exceptions = self.exceptions(&prefix);
                let message = field.kind();
                let message = message.as_message().filter(|_| !field.is_list() && !field.is_map());
                let schema = match message {
                    Some(message) => schemas.body(message, &exceptions),
                    None => schemas.field(field),
                };
                let example = examples.field(field);
                // What the path sets in it makes it there.
                let is_in = |path: &FieldPath| path.json_path().starts_with(&prefix);
                let is_there = binding.variables.iter().any(is_in);
                let is_needed = options::is_required(field) && !is_there;
                let is_required = is_needed || schemas.has_required(&schema);
                Some(json_content(is_required, schema, self.without_set(example, &prefix)))
            }
        }
    }

    /// What the body need not have: `prefix` leads from the request to the body.
    fn exceptions(&self, prefix: &str) -> Exceptions {
        let binding = &self.rule.binding;
        let in_body = |path: &FieldPath| {
            let path_in_body = path.json_path().strip_prefix(prefix)?.to_owned();
            (!path_in_body.contains('.')).then(|| path.leaf().clone())
        };
        let by_header = [&binding.etag, &binding.request_id];
        let by_header = by_header.into_iter().flatten().filter_map(in_body).collect();
        let mut omitted: Vec<_> = binding.variables.iter().filter_map(in_body).collect();
        let mut shown = Vec::new();
        // A resource is sent as it was read, a request is not.
        if binding.body == Body::Whole {
            omitted.extend(by_header);
        } else {
            shown = by_header;
        }
        Exceptions {
            omitted,
            by_header: shown,
            is_partial: binding.update_mask.is_some(),
            is_body: true,
        }
    }

    /// An example without what the path or a header sets: it could contradict that.
    fn without_set(&self, mut example: Value, prefix: &str) -> Value {
        let binding = &self.rule.binding;
        for path in binding.variables.iter().chain(&binding.etag).chain(&binding.request_id) {
            let path = path.json_path();
            let Some(path) = path.strip_prefix(prefix) else { continue };
            let (parents, leaf) = path.rsplit_once('.').unwrap_or(("", path));
            let mut parents = parents.split('.').filter(|name| !name.is_empty());
            let parent = parents.try_fold(&mut example, |value, name| value.get_mut(name));
            if let Some(members) = parent.and_then(Value::as_object_mut) {
                members.remove(leaf);
            }
        }
        example
    }
}

/// An operation of the gateway itself.
pub(crate) fn built_in(path: &str, description: &str) -> Value {
    let schema = json!({
        "type": "object",
        "properties": { "status": { "type": "string" } },
        "required": ["status"],
    });
    let problem = |name: &str| json!({ "$ref": format!("#/components/responses/{name}") });
    json!({
        "operationId": format!("Gateway_{}", path.trim_start_matches('/')),
        "tags": [BUILT_IN_TAG],
        "summary": description.trim_end_matches('.'),
        "description": description,
        "security": [],
        "responses": {
            "200": { "description": "It does.", "content": { "application/json": { "schema": schema } } },
            "400": problem("BadRequest"),
            "414": problem("URITooLong"),
            "429": problem("TooManyRequests"),
            "431": problem("RequestHeaderFieldsTooLarge"),
            "503": problem("ServiceUnavailable"),
        },
    })
}

pub(crate) fn built_in_tag() -> Value {
    json!({ "name": BUILT_IN_TAG, "description": "The gateway itself." })
}
