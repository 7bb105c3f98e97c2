//! A JSON gateway in front of any gRPC service, driven by its descriptors.
//!
//! The routes are the `google.api.http` annotations of a descriptor set. A request is matched
//! ([`transcode::router`]), its path, query and body become a message ([`transcode::request`]), the
//! message goes to the server as bytes ([`upstream`]), and what comes back becomes JSON
//! ([`transcode::answer`]) or a problem ([`problem`]). No message, method or field of a service is
//! named here.
//!
//! In reading order: [`transcode`], [`respond`], [`file_name`], [`csv_answer`], [`stream`],
//! [`problem`], [`refusal`], [`status`], [`details`], [`openapi`], [`docs`], [`upstream`], [`request_body`],
//! [`layers`], [`cache`], [`gateway`], [`serve`].
#![allow(rustdoc::private_intra_doc_links, reason = "the map is for readers of the code")]

mod cache;
mod csv_answer;
mod details;
mod docs;
mod file_name;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod gateway;
mod layers;
mod limits;
mod negotiate;
mod openapi;
mod problem;
mod refusal;
mod request_body;
mod respond;
mod serve;
mod status;
mod stream;
mod transcode;
mod upstream;

pub use gateway::Gateway;
pub use layers::{AllowedOrigins, OriginError, ProxyError, TrustedProxies};
pub use limits::Limits;
pub use transcode::{
    cache_policy::PolicyError,
    contract::{ContractError, RuleError},
    field::FieldPathError,
    template::TemplateError,
};
pub use upstream::{Upstream, UpstreamError};
