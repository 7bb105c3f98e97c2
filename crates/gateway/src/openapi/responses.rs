//! What comes back: the answer in its forms, and problems.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use prost_reflect::MessageDescriptor;
use serde_json::{Map, Value, json};

use super::{
    comments::Comments,
    example::{Examples, Side},
    links::{self, Target},
    operation::Operation,
    schema::{Schemas, reference},
};
use crate::transcode::contract::{Binding, Body};

const PROBLEM_JSON: &str = "application/problem+json";

/// The problems that any request can meet.
const ALWAYS: [u16; 12] = [400, 401, 403, 404, 406, 414, 429, 431, 500, 501, 503, 504];

/// The problems of requests with a body.
const WITH_BODY: [u16; 3] = [408, 413, 415];

/// What each status means here.
const MEANINGS: [(u16, &str); 20] = [
    (400, "The request is wrong: `errors` names the fields, their values and what is allowed."),
    (401, "Who asks is not known: a credential is needed, or the one shown does not hold."),
    (403, "Whoever asks may not do this."),
    (404, "There is no such thing, or not for whoever asks."),
    (406, "None of the forms that the client accepts is one of this answer."),
    (408, "The body did not come in time."),
    (409, "It conflicts with what there is already."),
    (410, "What followed the event that was seen last is not kept any more."),
    (412, "The state that the change is meant for is not the present one."),
    (413, "The body is too large."),
    (414, "The path and query are too long."),
    (415, "The body is of a type that is not taken."),
    (422, "The key was used for another request."),
    (428, "The change must name the state that it is meant for."),
    (429, "Too many requests; `Retry-After` says when to come again."),
    (431, "The headers are too large."),
    (500, "The service failed."),
    (501, "The service does not know this operation yet."),
    (503, "The service can't be reached or is overloaded; `Retry-After` says when to come again."),
    (504, "The service did not answer in time."),
];

/// The responses of an operation.
pub(crate) fn of(
    operation: &Operation<'_>,
    schemas: &mut Schemas<'_>,
    targets: &[Target],
) -> Value {
    let mut responses = Map::new();
    let mut answer = answer(operation, schemas);
    let links = links::of(operation, targets);
    if !links.is_empty() {
        answer["links"] = Value::Object(links);
    }
    responses.insert("200".to_owned(), answer);
    let is_read = operation.is_method(&Method::GET);
    if is_read && !operation.is_stream() {
        responses.insert("304".to_owned(), json!({ "$ref": "#/components/responses/NotModified" }));
    }
    for status in problems(&operation.rule.binding, is_read) {
        let name = component_name(status);
        let reference = json!({ "$ref": format!("#/components/responses/{name}") });
        responses.insert(status.to_string(), reference);
    }
    Value::Object(responses)
}

fn problems(binding: &Binding, is_read: bool) -> Vec<u16> {
    let mut statuses = ALWAYS.to_vec();
    if binding.body != Body::Nothing {
        statuses.extend(WITH_BODY);
    }
    if binding.stream.as_ref().is_some_and(|stream| stream.cursor.is_some()) {
        statuses.push(410);
    }
    if !is_read {
        statuses.push(409);
    }
    if !is_read && binding.etag.is_some() {
        statuses.extend([412, 428]);
    }
    if !is_read && binding.request_id.is_some() {
        statuses.push(422);
    }
    statuses
}

fn answer(operation: &Operation<'_>, schemas: &mut Schemas<'_>) -> Value {
    let binding = &operation.rule.binding;
    let mut content = Map::new();
    if binding.is_answer_raw {
        // Bytes of any type, which no schema describes (3.1, 4.8.14.2).
        content.insert("*/*".to_owned(), json!({}));
    } else {
        let examples = Examples { comments: operation.comments, side: Side::Server };
        let (schema, example) = match &binding.response_body {
            Some(field) => (schemas.field(field), examples.field(field)),
            None => (schemas.message(&binding.output), examples.message(&binding.output)),
        };
        if operation.is_stream() {
            let events = json!({ "schema": { "type": "string" } });
            content.insert("application/x-ndjson".to_owned(), json!({ "schema": lines(&schema) }));
            content.insert("text/event-stream".to_owned(), events);
        } else {
            content.insert(
                "application/json".to_owned(),
                json!({ "schema": schema, "example": example }),
            );
        }
    }
    if binding.list.is_some() {
        content.insert("text/csv".to_owned(), json!({ "schema": { "type": "string" } }));
    }
    let mut headers = Map::new();
    for name in header_names(operation) {
        headers.insert(name.to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
    }
    let description = description(&binding.output, operation.comments);
    json!({ "description": description, "headers": headers, "content": content })
}

/// A line of a stream: a message, or the last one, which says how it ended.
fn lines(message: &Value) -> Value {
    json!({ "anyOf": [
        message,
        { "type": "object", "properties": { "end": { "type": "object" } }, "required": ["end"] },
        { "type": "object", "properties": { "error": reference("Problem") }, "required": ["error"] },
    ] })
}

fn description(output: &MessageDescriptor, comments: &Comments) -> String {
    let summary = comments.of_message(output).summary;
    if summary.is_empty() { "The answer.".to_owned() } else { format!("{summary}.") }
}

fn header_names(operation: &Operation<'_>) -> Vec<&'static str> {
    let binding = &operation.rule.binding;
    let mut names =
        vec!["X-Request-Id", "RateLimit", "RateLimit-Policy", "Access-Control-Allow-Origin"];
    if operation.is_method(&Method::GET) && !operation.is_stream() || binding.answer_etag.is_some()
    {
        names.push("ETag");
    }
    if binding.list.as_ref().is_some_and(|list| list.paging.is_some()) {
        names.push("Link");
    }
    if !binding.preferences.is_empty() {
        names.push("Preference-Applied");
    }
    names
}

/// The headers that answers refer to.
pub(crate) fn headers() -> Value {
    let text =
        |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "Access-Control-Allow-Origin": text("The origin of the page that asks, where it is allowed."),
        "X-Request-Id": text("The id of the request, which a client may choose."),
        "ETag": text("What the state that is shown is known by (RFC 9110)."),
        "Link": text("Where the next page is, as `rel=\"next\"` (RFC 8288)."),
        "Preference-Applied": text("The preferences that were heeded (RFC 7240)."),
        "RateLimit": text("What is left of the client's requests, and when there are more again."),
        "RateLimit-Policy": text("How many requests a client has."),
        "Retry-After": { "description": "After how many seconds to try again.",
            "schema": { "type": "integer", "format": "int32", "minimum": 0, "maximum": i32::MAX } },
    })
}

/// The responses that operations refer to.
pub(crate) fn components() -> BTreeMap<String, Value> {
    let not_modified = json!({
        "description": "What the client has still holds.",
        "headers": {
            "ETag": { "$ref": "#/components/headers/ETag" },
            "Access-Control-Allow-Origin": {
                "$ref": "#/components/headers/Access-Control-Allow-Origin"
            },
        },
    });
    let problems = MEANINGS
        .iter()
        .map(|(status, meaning)| (component_name(*status), problem(*status, meaning)));
    problems.chain([("NotModified".to_owned(), not_modified)]).collect()
}

fn problem(status: u16, meaning: &str) -> Value {
    let mut headers = json!({ "X-Request-Id": { "$ref": "#/components/headers/X-Request-Id" } });
    if [429, 503].contains(&status) {
        headers["Retry-After"] = json!({ "$ref": "#/components/headers/Retry-After" });
    }
    for name in ["Access-Control-Allow-Origin", "RateLimit", "RateLimit-Policy"] {
        headers[name] = json!({ "$ref": format!("#/components/headers/{name}") });
    }
    json!({
        "description": meaning,
        "headers": headers,
        "content": { PROBLEM_JSON: { "schema": reference("Problem") } },
    })
}

/// `TooManyRequests` of 429.
fn component_name(status: u16) -> String {
    let phrase = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    phrase.unwrap_or("Client Closed Request").split([' ', '-']).collect()
}

/// What the schemas of problems are called, so no message is.
pub(crate) const SCHEMA_NAMES: [&str; 2] = ["Problem", "Violation"];

/// The schemas of problems.
pub(crate) fn schemas() -> [(String, Value); 2] {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let problem = json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "properties": {
            "type": { "type": "string", "format": "uri", "description": "A URI that names the kind of problem." },
            "title": text("What that kind of problem is called."),
            "status": { "type": "integer", "format": "int32", "minimum": 400, "maximum": 599,
                "description": "The status of the answer." },
            "detail": text("What went wrong this time, for people."),
            "instance": text("The path of the request."),
            "code": text("The code of gRPC."),
            "reason": text("What went wrong, for programs."),
            "domain": text("Whose word the reason is."),
            "metadata": { "type": "object", "additionalProperties": { "type": "string" },
                "description": "More for programs." },
            "errors": { "type": "array", "items": reference("Violation"),
                "description": "What is wrong with single fields." },
            "details": { "type": "array", "description": "Further details, each with its type.",
                "items": { "type": "object", "properties": { "@type": { "type": "string" } } } },
            "localizedMessage": { "type": "object", "description": "The detail in the client's language.",
                "properties": { "locale": { "type": "string" }, "message": { "type": "string" } } },
            "requestId": text("The id of the request."),
        },
        "required": ["type", "title", "status", "detail", "instance", "code", "requestId"],
        "examples": [{
            "type": "urn:problem:invalid-parameter",
            "title": "Invalid parameter",
            "status": 400,
            "detail": "`pageSize` `x` is not allowed: expected a whole number.",
            "instance": "/v1/things",
            "code": "INVALID_ARGUMENT",
            "reason": "INVALID_PARAMETER",
            "requestId": "01980000-0000-7000-8000-000000000000",
        }],
    });
    let violation = json!({
        "type": "object",
        "description": "What is wrong with one field.",
        "properties": {
            "field": text("The path of the field, or the name of the parameter or header."),
            "description": text("What is wrong, and what is allowed."),
            "reason": text("The same for programs."),
        },
        "required": ["field", "description"],
    });
    let [problem_name, violation_name] = SCHEMA_NAMES.map(str::to_owned);
    [(problem_name, problem), (violation_name, violation)]
}
