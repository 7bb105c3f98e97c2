//! Exports: what is published, as files.
//!
//! ```text
//! store -(a cycle at a time)-> rows -> form -> pieces -> client
//! ```
//!
//! A file is a [`table`] whose columns [`structure`] states, and which a [`form`] writes row by row:
//! no more is held than what is published of one cycle, which the country bounds. In reading order:
//! [`structure`], [`table`], [`codes`], [`scorecards`], [`summaries`], [`subject`], [`form`], [`sink`],
//! [`pipeline`], [`request`], [`catalog`], [`service`].

mod structure;
mod table;

mod codes;
mod facts;
mod scorecards;
mod subject;
mod summaries;

mod form;
mod pipeline;
mod sink;

mod catalog;
mod catalog_settings;
mod request;
mod service;

pub use catalog_settings::{CatalogSettings, CatalogTable};
pub(crate) use service::ExportService;
