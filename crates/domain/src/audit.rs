//! The audit trail: what an entry says, and the chain that its hashes make.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::{access::Principal, vocabulary::Role};

/// The hash of an entry.
pub type ChainHash = [u8; 32];

/// What stands before the first entry.
pub const CHAIN_START: ChainHash = [0; 32];

/// How a write ended that was carried out.
pub const OUTCOME_OK: &str = "OK";

/// What one entry says. Its JSON is hashed as it is stored, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When, RFC 3339 in UTC, with microseconds.
    pub time: String,
    /// Who.
    pub principal: Principal,
    /// In which role; absent where no role admitted them.
    pub role: Option<Role>,
    /// The method, `EvaluationService/PublishEvaluation`.
    pub method: String,
    /// The id that the answer carried.
    pub request_id: String,
    /// From where, as far as it is known.
    pub peer: String,
    /// What was written, or to be written; empty where the request names nothing.
    pub resource: String,
    /// `OK`, or the gRPC code of the refusal.
    pub outcome: String,
    /// The reason of the refusal.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub reason: String,
    /// What changed.
    pub changes: Vec<ResourceChange>,
}

/// What changed of one resource: the members that differ, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceChange {
    /// Its name.
    pub resource: String,
    /// As it was; `null` where it was not there.
    pub before: Value,
    /// As it is.
    pub after: Value,
}

impl ResourceChange {
    /// What differs between two forms of a resource, each an object or absent.
    pub fn between(resource: String, before: Option<Value>, after: Option<Value>) -> Self {
        match (before, after) {
            (Some(Value::Object(before)), Some(Value::Object(after))) => Self {
                resource,
                before: Value::Object(unlike(&before, &after)),
                after: Value::Object(unlike(&after, &before)),
            },
            (before, after) => Self {
                resource,
                before: before.unwrap_or(Value::Null),
                after: after.unwrap_or(Value::Null),
            },
        }
    }
}

/// The members of one object that the other does not have alike.
fn unlike(one: &Map<String, Value>, other: &Map<String, Value>) -> Map<String, Value> {
    let members = one.iter().filter(|(name, value)| other.get(*name) != Some(value));
    members.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The hash of an entry: SHA-256 of the hash before it and the bytes of its content.
pub fn chain(previous: &ChainHash, content: &str) -> ChainHash {
    Sha256::new().chain_update(previous).chain_update(content).finalize().into()
}

/// A time as entries write it.
pub fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::digest::Sha256Digest;

    #[test]
    fn a_change_holds_the_members_that_differ() {
        let before = json!({"state": "DRAFT", "cycle": "2022", "late": false});
        let after = json!({"state": "SUBMITTED", "cycle": "2022", "submitTime": "now"});
        let change =
            ResourceChange::between("evaluations/1".to_owned(), Some(before), Some(after.clone()));
        assert_eq!(change.before, json!({"state": "DRAFT", "late": false}));
        assert_eq!(change.after, json!({"state": "SUBMITTED", "submitTime": "now"}));
        let made = ResourceChange::between("evaluations/1".to_owned(), None, Some(after.clone()));
        assert_eq!((made.before, made.after), (Value::Null, after));
    }

    #[test]
    fn the_hash_depends_on_the_content_and_on_all_before_it() {
        let first = chain(&CHAIN_START, "a");
        assert_ne!(first, chain(&CHAIN_START, "b"));
        assert_ne!(chain(&first, "b"), chain(&CHAIN_START, "b"));
        // Of 32 zero bytes and "abc", by `sha256sum`.
        let hex = Sha256Digest::from_bytes(chain(&CHAIN_START, "abc")).to_string();
        assert_eq!(hex, "365aa7d8f7f9402c4b9434502b4cc89ddb09fe50d7cd95b493b834c62d5a5370");
    }
}
