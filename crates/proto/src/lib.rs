//! The contract: generated messages, clients and servers, and the descriptor set.
//!
//! All of it is generated from `/proto` when the crate is built; the prose of the API stands there.

/// Packages of Google's that the contract uses.
pub mod google {
    /// Package `google.api`, of which the contract's messages hold `HttpBody`.
    pub mod api {
        #![allow(clippy::pedantic, missing_docs, reason = "generated code")]
        tonic::include_proto!("google.api");
    }
}

/// The contract's packages, nested as their names are: generated code finds the others so.
mod takar {
    pub(crate) mod evaluation {
        /// Package `takar.evaluation.v1`.
        pub mod v1 {
            #![allow(
                clippy::large_enum_variant,
                clippy::pedantic,
                missing_docs,
                reason = "generated code"
            )]
            tonic::include_proto!("takar.evaluation.v1");
        }
    }

    pub(crate) mod gateway {
        /// Package `takar.gateway.v1`: what a gateway and the service behind it say to each other.
        pub mod v1 {
            #![allow(clippy::pedantic, missing_docs, reason = "generated code")]
            tonic::include_proto!("takar.gateway.v1");
        }
    }
}

pub use takar::{evaluation::v1, gateway::v1 as gateway};

/// The encoded `FileDescriptorSet` of the contract with its imports, options and comments.
///
/// Reflection and the gateway's routes are made from it.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor_set.binpb"));

/// The encoded `FileDescriptorSet` of `FreshnessService`, for reflection.
///
/// It is no part of the contract: like health, it is for those who run the service.
pub const FRESHNESS_DESCRIPTOR_SET: &[u8] =
    include_bytes!(concat!(env!("OUT_DIR"), "/freshness_descriptor_set.binpb"));
