//! Links: to which operations an answer leads, and with what.
//!
//! They follow from the resources (AIP-122, AIP-133): what was read or created can be read, changed, and
//! asked for what it holds, by the same parameters of the path and with the tag that came with it. To the
//! next page leads the header `Link`, as its token belongs to all that was asked for.

use http::Method;
use serde_json::{Map, Value, json};

use super::operation::Operation;
use crate::transcode::options;

/// Where an answer says by what its state is known.
const ETAG: &str = "$response.header.ETag";

/// An operation that a link can lead to.
#[derive(Debug)]
pub(crate) struct Target {
    /// Its id.
    id: String,
    /// The resource that its path names.
    resource: String,
    /// The parameters of its path.
    parameters: Vec<String>,
    /// Whether it is a GET of that path alone.
    is_read: bool,
    takes_etag: bool,
}

impl Target {
    /// What leads to an operation, if its path names one resource and nothing else.
    pub(crate) fn of(operation: &Operation<'_>) -> Option<Self> {
        let [variable] = operation.rule.binding.variables.as_slice() else { return None };
        let resource = options::resource_of(variable.leaf())?;
        let binding = &operation.rule.binding;
        let is_safe = operation.is_method(&Method::GET);
        Some(Self {
            id: operation.id(),
            is_read: is_safe && binding.output == resource,
            resource: resource.full_name().to_owned(),
            parameters: operation.path.names(),
            takes_etag: !is_safe && binding.etag.is_some(),
        })
    }
}

/// The links of an operation's answer.
pub(crate) fn of(operation: &Operation<'_>, targets: &[Target]) -> Map<String, Value> {
    let mut links = Map::new();
    let binding = &operation.rule.binding;
    let resource = binding.output.full_name();
    let id = operation.id();
    let others = targets.iter().filter(|target| target.resource == resource && target.id != id);
    match origin(operation, targets) {
        Some(Origin::Read) => {
            let known = operation.path.names();
            let is_known = |target: &&Target| target.parameters.iter().all(|it| known.contains(it));
            for target in others.filter(is_known) {
                let mut parameters = from_path(&target.parameters);
                if target.takes_etag {
                    parameters.insert("header.If-Match".to_owned(), json!(ETAG));
                }
                links.insert(target.id.clone(), link(&target.id, &parameters));
            }
        }
        Some(Origin::Created { id }) => {
            for target in others.filter(|target| target.is_read) {
                let mut parameters = from_path(&operation.path.names());
                let last = target.parameters.last().map(|name| format!("path.{name}"));
                parameters.extend(last.map(|name| (name, json!(format!("$request.query.{id}")))));
                links.insert(target.id.clone(), link(&target.id, &parameters));
            }
        }
        None => {}
    }
    links
}

/// Where an answer's resource came from.
enum Origin {
    /// It was read by its name.
    Read,
    /// It was created, with its id in this parameter of the query.
    Created { id: String },
}

fn origin(operation: &Operation<'_>, targets: &[Target]) -> Option<Origin> {
    let id = operation.id();
    if targets.iter().any(|target| target.is_read && target.id == id) {
        return Some(Origin::Read);
    }
    let binding = &operation.rule.binding;
    let resource = binding.output.full_name();
    let read = targets.iter().find(|target| target.is_read && target.resource == resource)?;
    let field = binding.input.get_field_by_name(&format!("{}_id", read.parameters.last()?))?;
    let is_in_query = operation.is_method(&Method::POST) && binding.body.field().is_some();
    is_in_query.then(|| Origin::Created { id: field.json_name().to_owned() })
}

fn from_path(names: &[String]) -> Map<String, Value> {
    let parameter =
        |name: &String| (format!("path.{name}"), json!(format!("$request.path.{name}")));
    names.iter().map(parameter).collect()
}

fn link(operation_id: &str, parameters: &Map<String, Value>) -> Value {
    json!({ "operationId": operation_id, "parameters": parameters })
}
