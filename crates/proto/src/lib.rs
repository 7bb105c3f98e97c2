//! The contract: generated messages, clients and servers, and the descriptor set.
//!
//! All of it is generated from `/proto` when the crate is built; the prose of the API stands there.

/// Package `takar.evaluation.v1`.
pub mod v1 {
    #![allow(clippy::pedantic, missing_docs, reason = "generated code")]
    tonic::include_proto!("takar.evaluation.v1");
}

/// The encoded `FileDescriptorSet` of the contract with its imports, options and comments.
///
/// Reflection and the gateway's routes are made from it.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor_set.binpb"));
