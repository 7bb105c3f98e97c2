//! The API as an `OpenAPI` 3.1 document, made of the descriptors and their comments.
//!
//! It tells what the gateway does with the contract, no more: which paths there are, which fields
//! they take from where, what comes back. In reading order: [`comments`], [`example`], [`names`], [`path`],
//! [`rules`], [`kinds`], [`schema`], [`parameters`], [`responses`], [`operation`], [`links`].

mod comments;
mod example;
mod kinds;
mod links;
mod names;
mod operation;
mod parameters;
mod path;
mod responses;
mod rules;
mod schema;

use std::collections::BTreeMap;

use prost_reflect::ServiceDescriptor;
use serde_json::{Map, Value, json};

use self::{
    comments::{Comments, Prose},
    links::Target,
    names::Names,
    operation::Operation,
    path::Paths,
    schema::Schemas,
};
use crate::transcode::contract::Rule;

/// The version of the specification that the document follows.
const OPENAPI: &str = "3.1.0";

/// Writes the document of these routes.
pub(crate) fn write(rules: &[Rule]) -> Vec<u8> {
    let pool = rules.first().map(|rule| rule.binding.descriptor.parent_pool());
    let comments = pool.map(Comments::new).unwrap_or_default();
    let names = Names::new(rules);
    let mut schemas = Schemas::new(&comments, &names, rules);
    let mut paths = Paths::default();
    let mut items: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut binding_counts: BTreeMap<&str, usize> = BTreeMap::new();
    let paths: Vec<_> = rules.iter().map(|rule| paths.of(rule, &comments)).collect();
    let operations = rules.iter().zip(&paths).map(|(rule, path)| {
        let count = binding_counts.entry(&rule.binding.method).or_default();
        *count += 1;
        Operation { rule, path, number: *count, comments: &comments, names: &names }
    });
    let operations: Vec<_> = operations.collect();
    let targets: Vec<_> = operations.iter().filter_map(Target::of).collect();
    for operation in &operations {
        for method in operation::methods(operation.rule) {
            let item = items.entry(operation.path.text.clone()).or_default();
            item.insert(method.to_owned(), operation.write(&mut schemas, &targets));
        }
    }
    for (path, description) in operation::BUILT_IN {
        let item = items.entry(path.to_owned()).or_default();
        item.entry("get").or_insert_with(|| operation::built_in(path, description));
    }
    let services = services(rules);
    // Only what is referred to.
    let paths = json!(items).to_string();
    let mut answers = responses::components();
    answers.retain(|name, _| paths.contains(&format!("#/components/responses/{name}\"")));
    let document = json!({
        "openapi": OPENAPI,
        "info": info(&comments, &services),
        "servers": [{ "url": "/", "description": "This gateway.", "x-internal": false }],
        "tags": tags(&comments, &names, &services),
        "paths": items,
        "components": {
            "schemas": schemas.into_components(),
            "responses": answers,
            "parameters": parameters::components(),
            "headers": responses::headers(),
            "securitySchemes": { "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "A key or a token of the API, as `Authorization: Bearer ...` \
                                (RFC 6750).",
            } },
        },
    });
    document.to_string().into_bytes()
}

/// The services that have routes, in the order of the descriptors.
fn services(rules: &[Rule]) -> Vec<ServiceDescriptor> {
    let mut services: Vec<_> =
        rules.iter().map(|rule| rule.binding.descriptor.parent_service().clone()).collect();
    services.dedup();
    services
}

/// The title is the heading of the package's comment, where it begins with one; of several packages,
/// of the first that says anything.
fn info(comments: &Comments, services: &[ServiceDescriptor]) -> Value {
    let packages = || services.iter().map(ServiceDescriptor::package_name);
    let told = packages().find(|package| !comments.package(package).is_empty());
    let package = told.or(packages().next()).unwrap_or_default();
    let prose = comments.package(package);
    let heading = prose.lines().next().and_then(|line| line.strip_prefix("# "));
    let description = heading.map_or(prose, |_| prose.split_once('\n').unwrap_or_default().1);
    let version = package.rsplit('.').next().unwrap_or_default();
    json!({
        "title": heading.unwrap_or(if package.is_empty() { "API" } else { package }),
        "version": version,
        "description": description.trim(),
    })
}

fn tags(comments: &Comments, names: &Names, services: &[ServiceDescriptor]) -> Vec<Value> {
    let tag = |service: &ServiceDescriptor| {
        let Prose { text, .. } = comments.of_service(service);
        json!({ "name": names.of_service(service), "description": text })
    };
    services.iter().map(tag).chain([operation::built_in_tag()]).collect()
}

#[cfg(test)]
mod tests;
