//! The names of components, tags and operations: short where one is enough.

use std::collections::{HashMap, HashSet};

use prost_reflect::{Kind, MessageDescriptor, ServiceDescriptor};

use super::{operation, responses};
use crate::transcode::{contract::Rule, scalar};

/// What the document calls the parts of a contract.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Messages and enums, by their full names.
    types: HashMap<String, String>,
    services: HashMap<String, String>,
}

impl Names {
    /// Names what these routes lead to.
    pub(crate) fn new(rules: &[Rule]) -> Self {
        let mut types = Vec::new();
        let mut seen = HashSet::new();
        let mut services = HashSet::new();
        for rule in rules {
            reach(&rule.binding.input, &mut types, &mut seen);
            reach(&rule.binding.output, &mut types, &mut seen);
            services.insert(parts_of(rule.binding.descriptor.parent_service()));
        }
        Self {
            types: shorten(&types, &responses::SCHEMA_NAMES),
            services: shorten(&Vec::from_iter(services), &[operation::BUILT_IN_TAG]),
        }
    }

    /// The component of a message or an enum.
    pub(crate) fn of_type<'n>(&'n self, full_name: &'n str) -> &'n str {
        self.types.get(full_name).map_or(full_name, String::as_str)
    }

    /// Whether a name is that of a message or an enum.
    pub(crate) fn is_type(&self, name: &str) -> bool {
        self.types.values().any(|taken| taken == name)
    }

    /// The tag of a service.
    pub(crate) fn of_service<'n>(&'n self, service: &'n ServiceDescriptor) -> &'n str {
        self.services.get(service.full_name()).map_or(service.full_name(), String::as_str)
    }
}

/// A full name and the package in it.
type Parts = (String, String);

fn parts_of(service: &ServiceDescriptor) -> Parts {
    (service.full_name().to_owned(), service.package_name().to_owned())
}

/// Notes a message and all that it can contain.
fn reach(message: &MessageDescriptor, found: &mut Vec<Parts>, seen: &mut HashSet<String>) {
    if scalar::is_well_known(message) || !seen.insert(message.full_name().to_owned()) {
        return;
    }
    found.push((message.full_name().to_owned(), message.package_name().to_owned()));
    for field in message.fields() {
        match field.kind() {
            Kind::Message(inner) => reach(&inner, found, seen),
            Kind::Enum(inner) if seen.insert(inner.full_name().to_owned()) => {
                found.push((inner.full_name().to_owned(), inner.package_name().to_owned()));
            }
            _ => {}
        }
    }
}

/// Names without their packages, where no two are the same then and none is one of the gateway's.
fn shorten(names: &[Parts], reserved: &[&str]) -> HashMap<String, String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for parts in names {
        *counts.entry(short(parts)).or_default() += 1;
    }
    let name = |parts: &Parts| {
        let short = short(parts);
        let is_enough = counts.get(short) == Some(&1) && !reserved.contains(&short);
        let name = if is_enough { short } else { &parts.0 };
        (parts.0.clone(), name.to_owned())
    };
    names.iter().map(name).collect()
}

/// `Region.Kind` of `takar.v1.Region.Kind`.
fn short((full_name, package): &Parts) -> &str {
    full_name.strip_prefix(package.as_str()).unwrap_or(full_name).trim_start_matches('.')
}
