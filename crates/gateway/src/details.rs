//! Details of a status as JSON, whatever their types are.

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use prost_reflect::{DescriptorPool, DynamicMessage};
use prost_types::Any;
use serde_json::{Map, Value as Json};
use tonic_types::pb;

use crate::transcode::scalar;

/// The messages of `google.rpc`, which a contract needn't import to send them.
static GOOGLE_RPC: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(pb::FILE_DESCRIPTOR_SET).unwrap_or_default());

/// What a problem shows in members of its own, or as a header.
const SHOWN_ELSEWHERE: [&str; 4] = [
    "google.rpc.ErrorInfo",
    "google.rpc.BadRequest",
    "google.rpc.RetryInfo",
    "google.rpc.LocalizedMessage",
];

/// Stack traces and the like, which no client may see.
const DEBUG_INFO: &str = "google.rpc.DebugInfo";

/// Whether a problem lists a detail among its others.
pub(crate) fn is_listed(detail: &Any) -> bool {
    let name = type_name(detail);
    name != DEBUG_INFO && !SHOWN_ELSEWHERE.contains(&name)
}

/// Writes a detail by a contract's descriptors, or by those of `google.rpc`; of an unknown type, as
/// the bytes that it is.
pub(crate) fn write(detail: &Any, contract: Option<&DescriptorPool>) -> Json {
    let pools = contract.into_iter().chain([&*GOOGLE_RPC]);
    let json = pools.into_iter().find_map(|pool| readable(detail, pool));
    let json = json.unwrap_or_else(|| wrapped(STANDARD.encode(&detail.value).into()));
    with_type(&detail.type_url, json)
}

fn readable(detail: &Any, pool: &DescriptorPool) -> Option<Map<String, Json>> {
    let descriptor = pool.get_message_by_name(type_name(detail))?;
    let is_well_known = scalar::is_well_known(&descriptor);
    let message = DynamicMessage::decode(descriptor, detail.value.as_slice()).ok()?;
    match serde_json::to_value(&message).ok()? {
        Json::Object(members) if !is_well_known => Some(members),
        value => Some(wrapped(value)),
    }
}

/// What isn't an object of fields stands beside its type, as JSON of an `Any` has it.
fn wrapped(value: Json) -> Map<String, Json> {
    Map::from_iter([("value".to_owned(), value)])
}

fn with_type(type_url: &str, mut members: Map<String, Json>) -> Json {
    members.insert("@type".to_owned(), type_url.into());
    Json::Object(members)
}

/// The message's name, after whatever address stands before it.
fn type_name(detail: &Any) -> &str {
    detail.type_url.rsplit('/').next().unwrap_or_default()
}
