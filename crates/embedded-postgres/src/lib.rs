//! Starts and supervises a private Postgres.
//!
//! `takar up` and the tests need a database without asking anybody to install, configure and
//! guard one. A [`Cluster`] runs the machine's own Postgres (or portable binaries fetched once)
//! on a private data directory, reachable through a Unix socket only. It keeps Postgres's own
//! promises: `fsync` stays on, a second instance on the same directory is refused, and after a
//! crash of the parent the next start takes the directory over.
//!
//! The calls block: they wait for processes and files. From async code, call
//! [`Cluster::start`] and [`Cluster::stop`] through `spawn_blocking`; [`Cluster::exited`] is a
//! future that any runtime can poll.

pub use binaries::{Rejection, Search, Version};
pub use cluster::Cluster;
pub use error::{Error, FetchError};
pub use postmaster::Exited;
pub use settings::{Progress, Settings, default_data_directory};
pub use temporary::TemporaryCluster;

mod settings;

mod cluster;

mod binaries;
mod fetch;
mod install;

mod account;
mod directory;
mod initialise;
mod predecessor;

mod death_signal;
mod postmaster;

mod error;

mod temporary;
#[cfg(feature = "testing")]
pub mod testing;
