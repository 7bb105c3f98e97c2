//! Exports: what is published, as files.
//!
//! ```text
//! store -(a cycle at a time)-> rows -> form -> pieces -> client
//! ```
//!
//! A file is a [`table`] whose columns [`structure`] states, and which a [`form`] writes row by row:
//! no more is held than what is published of one cycle, which the country bounds. In reading order:
//! [`structure`], [`table`], [`scorecards`], [`form`], [`sink`], [`pipeline`], [`request`],
//! [`catalog`], [`service`].

mod structure;
mod table;

mod scorecards;

mod form;
mod pipeline;
mod sink;

mod catalog;
mod catalog_settings;
mod request;
mod service;

pub use catalog_settings::{CatalogSettings, CatalogTable};
pub(crate) use service::ExportService;
