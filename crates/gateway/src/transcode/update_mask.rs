//! Which fields a PATCH changes, where it doesn't say so itself (AIP-134).
//!
//! The body is read as a merge patch (RFC 7396): what it has changes, and `null` clears. An object
//! of a message stands for those of its fields that it has, so that the others stay as they are;
//! lists, maps and messages that JSON shows in its own way are given as a whole.

use std::collections::HashMap;

use http::Method;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};
use serde_json::value::RawValue;

use crate::transcode::{contract::Body, field::FieldPath, options, router::MethodPattern, scalar};

const PATHS: &str = "paths";

/// Where the mask of a PATCH goes, and what never belongs in it.
#[derive(Debug)]
pub(crate) struct UpdateMask {
    /// The field of the request that takes the mask.
    mask: FieldDescriptor,
    /// The field of the request that the body sets.
    resource: FieldDescriptor,
    /// The fields that the path and headers set, in JSON's spelling: they say what is changed.
    set_elsewhere: Vec<String>,
}

impl UpdateMask {
    /// Finds the mask of a PATCH: the only field of its kind, beside the one that the body sets.
    pub(crate) fn find(
        method: &MethodPattern,
        input: &MessageDescriptor,
        body: &Body,
        set_elsewhere: &[&FieldPath],
    ) -> Option<Self> {
        let is_patch = *method == MethodPattern::Only(Method::PATCH);
        let Body::Field(resource) = body else {
            return None;
        };
        if !is_patch || inner_message(resource).is_none() {
            return None;
        }
        let mut masks = input.fields().filter(|field| field != resource && is_mask(field));
        let mask = masks.next()?;
        let set_elsewhere = set_elsewhere.iter().map(|path| path.json_path()).collect();
        let is_only = masks.next().is_none();
        is_only.then(|| Self { mask, resource: resource.clone(), set_elsewhere })
    }

    /// Sets the mask to what a body has, unless the request has a mask of its own.
    ///
    /// The body has been read into the request already, so it is what its descriptor says.
    pub(crate) fn derive(&self, body: &[u8], request: &mut DynamicMessage) {
        let Kind::Message(descriptor) = self.mask.kind() else {
            return;
        };
        if names_paths(&request.get_field(&self.mask)) {
            return;
        }
        let mut paths = Vec::new();
        if let Some(resource) = inner_message(&self.resource) {
            let place = Place { json: self.resource.json_name().to_owned(), mask: String::new() };
            self.note(&resource, body, &place, &mut paths);
        }
        let mut mask = DynamicMessage::new(descriptor);
        mask.set_field_by_name(PATHS, Value::List(paths.into_iter().map(Value::String).collect()));
        request.set_field(&self.mask, Value::Message(mask));
    }

    fn note(
        &self,
        message: &MessageDescriptor,
        json: &[u8],
        place: &Place,
        paths: &mut Vec<String>,
    ) {
        // What is no object is `null`, which has no members.
        let members: HashMap<String, &RawValue> = serde_json::from_slice(json).unwrap_or_default();
        for field in message.fields() {
            let value = members.get(field.json_name()).or_else(|| members.get(field.name()));
            let place = place.of(&field);
            match value {
                Some(_) if self.is_left_out(&field, &place) => {}
                Some(value) => match inner_message(&field).filter(|_| value.get() != "null") {
                    Some(inner) => self.note(&inner, value.get().as_bytes(), &place, paths),
                    None => paths.push(place.mask),
                },
                None => {}
            }
        }
    }

    fn is_left_out(&self, field: &FieldDescriptor, place: &Place) -> bool {
        self.set_elsewhere.contains(&place.json) || options::is_only_shown(field)
    }
}

/// Whether a mask names anything: an empty one, such as `updateMask=`, is none.
fn names_paths(mask: &Value) -> bool {
    let paths = mask.as_message().and_then(|mask| mask.get_field_by_name(PATHS));
    paths.as_deref().and_then(Value::as_list).is_some_and(|paths| !paths.is_empty())
}

/// A field's path: from the request as JSON spells it, from the resource as a mask does.
struct Place {
    json: String,
    mask: String,
}

impl Place {
    fn of(&self, field: &FieldDescriptor) -> Self {
        let separator = if self.mask.is_empty() { "" } else { "." };
        Self {
            json: format!("{}.{}", self.json, field.json_name()),
            mask: format!("{}{separator}{}", self.mask, field.name()),
        }
    }
}

/// The message of a field whose members change one by one.
fn inner_message(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(message) if !field.is_list() && !field.is_map() => {
            // One without fields says all by being there.
            let is_leaf = scalar::is_well_known(&message) || message.fields().len() == 0;
            (!is_leaf).then_some(message)
        }
        _ => None,
    }
}

fn is_mask(field: &FieldDescriptor) -> bool {
    let is_single = !field.is_list();
    is_single
        && matches!(field.kind(), Kind::Message(message) if message.full_name() == scalar::FIELD_MASK)
}
