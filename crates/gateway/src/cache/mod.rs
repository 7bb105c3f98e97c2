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
//! No order of events hides a change ([`tests`] has them one by one):
//! - An answer is of the generation before it was asked for, and shown only while that is the newest;
//!   it may show more than its generation, never less.
//! - A change makes a new generation before it is acknowledged, so before its write is answered; a
//!   watch that begins again, or a lease after a time without one, does so whatever the version is.
//!   The version itself is the database's, and seen only together with what it tells of.
//! - Who waits for another's call asked while its generation was the newest, so before that write was
//!   answered. Who asks anew doesn't even wait for that.
//! - A lease counts from before it was asked for, by a clock that only goes forward. It stands still
//!   while the whole machine is suspended: for the rest of a lease, 2 s at most, one that wakes may show
//!   what was before. So does a server that reads from a standby, which Takar's does not.
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
#[cfg(test)]
mod tests;
mod watch;

pub(crate) use self::{keeper::Keeper, layer::Cache, terms::Terms};
