//! Answers that are kept, and that no change is ever hidden by them.

mod changes;
mod coalescing;
mod conditional;
mod policy;
mod stand;
mod store;
mod watch;
