use super::*;
use crate::transcode::contract;

fn document() -> Value {
    let rules = contract::read(takar_proto::DESCRIPTOR_SET).expect("routes");
    serde_json::from_slice(&write(&rules)).expect("JSON")
}

/// All values of `$ref` below a value.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "$ref" => found.push(text.clone()),
                    value => references(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_to_a_part() {
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{}", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').expect("a part of this document");
        assert!(document.pointer(pointer).is_some_and(Value::is_object), "{reference}");
    }
}

#[test]
fn every_route_is_an_operation_of_its_own() {
    let rules = contract::read(takar_proto::DESCRIPTOR_SET).expect("routes");
    let document = document();
    let paths = document["paths"].as_object().expect("paths");
    let operations: Vec<_> =
        paths.values().flat_map(|item| item.as_object().expect("an item").values()).collect();
    assert_eq!(operations.len(), rules.len() + BUILT_IN_COUNT);
    let ids: std::collections::BTreeSet<_> = operations
        .iter()
        .map(|operation| operation["operationId"].as_str().expect("an id"))
        .collect();
    assert_eq!(ids.len(), operations.len());
}

const BUILT_IN_COUNT: usize = operation::BUILT_IN.len();
