//! What is computed anew of many regions: what-if, and robustness.
//!
//! The work of processors is done beside the runtime, which answers others meanwhile; that of an
//! analysis on threads of its own, and few at once.

mod robustness;
mod what_if;
mod workbench;

pub(crate) use robustness::{Reports, robustness};
pub(crate) use what_if::what_if;
pub(crate) use workbench::Workbench;

use tokio::task::spawn_blocking;

use crate::error::Error;

/// Computes something that takes a processor for longer than the runtime may wait.
///
/// # Errors
/// [`Error::Panicked`] where it did that.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    spawn_blocking(work).await.map_err(Error::Panicked)
}
