//! A JSON gateway in front of any gRPC service, driven by its descriptors.
//!
//! The routes are the `google.api.http` annotations of a descriptor set. A request is matched
//! ([`router`]), its path, query and body become the fields of a dynamic message ([`transcode`]),
//! the message goes to the server as bytes ([`upstream`]), and what comes back becomes JSON
//! ([`answer`]) or a problem ([`problem`]). No message, method or field of a service is named here.
//!
//! In reading order: [`template`], [`router`], [`contract`], [`field`], [`scalar`], [`query`],
//! [`body`], [`http_body`], [`etag`], [`header_fields`], [`transcode`], [`answer`], [`respond`],
//! [`problem`], [`refusal`], [`status`], [`upstream`], [`layers`], [`tls`], [`gateway`].
#![allow(rustdoc::private_intra_doc_links, reason = "the map is for readers of the code")]

mod answer;
mod body;
mod body_names;
mod contract;
mod etag;
mod field;
mod gateway;
mod header_fields;
mod http_body;
mod layers;
mod limits;
mod negotiate;
mod percent;
mod problem;
mod query;
mod refusal;
mod respond;
mod router;
mod scalar;
mod status;
mod template;
mod tls;
mod transcode;
mod upstream;
mod violation;

pub use contract::{ContractError, RuleError};
pub use field::FieldPathError;
pub use gateway::Gateway;
pub use limits::Limits;
pub use template::TemplateError;
pub use upstream::{Upstream, UpstreamError};
