//! What every method of the contract must have.

use prost_reflect::{Kind, MessageDescriptor};
use takar_domain::policy::{Effect, RULES};

use crate::grpc::method;

/// Writes whose answer is not kept for a repetition: one holds a secret, one changes nothing when it
/// comes again, and an import is known by its file.
const WITHOUT_KEY: [&str; 3] =
    ["AccessService/CreateApiKey", "AccessService/RevokeApiKey", "ImportService/ImportRows"];

/// How the names of methods begin that make something new, of which nobody knows a state.
const MAKING: [&str; 5] = ["Create", "BatchCreate", "Upload", "Simulate", "Import"];

fn input(rule: &str) -> MessageDescriptor {
    method(&rule.replace('/', ".")).input()
}

fn has_text(message: &MessageDescriptor, field: &str) -> bool {
    message.get_field_by_name(field).is_some_and(|field| field.kind() == Kind::String)
}

#[test]
fn every_write_can_be_repeated_with_a_key() {
    for rule in RULES.iter().filter(|rule| rule.effect == Effect::Writes) {
        let is_keyed = has_text(&input(rule.method), "request_id");
        assert_eq!(is_keyed, !WITHOUT_KEY.contains(&rule.method), "{}", rule.method);
    }
}

#[test]
fn every_change_names_the_state_that_it_knows() {
    for rule in RULES.iter().filter(|rule| rule.effect == Effect::Writes) {
        let name = rule.method.split('/').nth(1).expect("a method");
        let makes = MAKING.iter().any(|prefix| name.starts_with(prefix));
        let message = input(rule.method);
        let of_resource = message.fields().filter_map(|field| match field.kind() {
            Kind::Message(resource) => Some(resource),
            _ => None,
        });
        let is_tagged = has_text(&message, "etag")
            || (name.starts_with("Update")
                && of_resource.into_iter().any(|part| has_text(&part, "etag")));
        let expected = !makes && rule.method != "AccessService/RevokeApiKey";
        assert_eq!(is_tagged, expected, "{}", rule.method);
    }
}

#[test]
fn no_read_takes_a_key_or_an_etag() {
    for rule in RULES.iter().filter(|rule| rule.effect == Effect::Reads) {
        let message = input(rule.method);
        assert!(
            !has_text(&message, "request_id") && !has_text(&message, "etag"),
            "{}",
            rule.method
        );
    }
}
