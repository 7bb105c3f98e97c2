//! Between HTTP with JSON and gRPC, by the descriptors alone: nothing here knows a server of HTTP.
//!
//! In reading order: [`template`], [`router`], [`contract`], [`options`], [`field`], [`scalar`],
//! [`query`], [`body`], [`update_mask`], [`http_body`], [`etag`], [`header_fields`],
//! [`preference`], [`cache_policy`], [`request`], [`json`], [`scan`], [`answer`], [`digest`], [`list`],
//! [`table`].

pub(crate) mod answer;
pub(crate) mod body;
mod body_names;
pub(crate) mod cache_policy;
pub(crate) mod contract;
pub(crate) mod digest;
pub(crate) mod etag;
pub(crate) mod field;
mod header_fields;
mod http_body;
pub(crate) mod json;
pub(crate) mod list;
pub(crate) mod options;
pub(crate) mod percent;
pub(crate) mod preference;
pub(crate) mod query;
pub(crate) mod reason;
pub(crate) mod request;
pub(crate) mod router;
pub(crate) mod scalar;
mod scan;
mod table;
pub(crate) mod template;
mod update_mask;
pub(crate) mod violation;
