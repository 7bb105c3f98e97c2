//! Between HTTP with JSON and gRPC, by the descriptors alone: nothing here knows a server of HTTP.
//!
//! In reading order: [`template`], [`router`], [`contract`], [`field`], [`scalar`], [`query`],
//! [`body`], [`http_body`], [`etag`], [`header_fields`], [`request`], [`json`], [`scan`], [`answer`].

pub(crate) mod answer;
pub(crate) mod body;
mod body_names;
pub(crate) mod contract;
pub(crate) mod etag;
pub(crate) mod field;
mod header_fields;
mod http_body;
pub(crate) mod json;
pub(crate) mod percent;
pub(crate) mod query;
pub(crate) mod request;
pub(crate) mod router;
pub(crate) mod scalar;
mod scan;
pub(crate) mod template;
pub(crate) mod violation;
