//! Answers to the public, kept and shown again until what they show changes.
//!
//! The handler says of an answer how it may be kept ([`terms`]); the layer keeps it as it leaves,
//! finished and compressed ([`layer`]). Nobody who shows a credential is answered from here, and what
//! they are answered is not kept.
//!
//! Nothing is shown that is older than what the server last said of the version of its public state
//! ([`watch`], [`freshness`]): it says so before it answers the write that made the new version, and
//! who can't hear it may show nothing. A server that doesn't tell its version has nothing kept.
//!
//! In reading order: [`terms`], [`question`], [`directives`], [`entry`], [`store`], [`flight`],
//! [`freshness`], [`watch`], [`keeper`], [`layer`].

mod directives;
mod entry;
mod flight;
mod freshness;
mod keeper;
mod layer;
mod question;
mod store;
mod terms;
mod watch;

pub(crate) use self::{keeper::Keeper, layer::Cache, terms::Terms};
