//! What is computed anew of many regions: what-if, and robustness.
//!
//! The work of processors is done beside the runtime, which answers others meanwhile; that of an
//! robustness on threads of its own, and few at once. Work that nobody waits for any more ends early.

mod robustness;
mod what_if;
mod workbench;

pub(crate) use robustness::{Reports, robustness};
pub(crate) use what_if::what_if;
pub(crate) use workbench::Workbench;

use std::sync::Arc;

use tokio::task::spawn_blocking;

use crate::error::Error;

/// Computes something that takes a processor for longer than the runtime may wait.
///
/// # Errors
/// [`Error::Panicked`] where it did that.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    spawn_blocking(work).await.map_err(Error::Panicked)
}

/// Computes as [`beside`] does. The work is given what tells whether its caller still waits: where the
/// future is dropped, as where a client hangs up or its time is over, nobody does.
///
/// # Errors
/// [`Error::Panicked`].
async fn while_wanted<T: Send + 'static>(
    work: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
) -> Result<T, Error> {
    let caller = Arc::new(());
    let waiting = Arc::downgrade(&caller);
    let result = beside(move || work(&|| waiting.strong_count() > 0)).await;
    drop(caller);
    result
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_learns_that_its_caller_went_away() {
        let (begun, has_begun) = oneshot::channel();
        let (ended, has_ended) = oneshot::channel();
        let caller = tokio::spawn(while_wanted(move |is_wanted| {
            begun.send(is_wanted()).expect("the test waits");
            while is_wanted() {
                thread::yield_now();
            }
            ended.send(()).expect("the test waits");
        }));
        assert!(has_begun.await.expect("it begins"));
        caller.abort();
        has_ended.await.expect("it ends");
    }
}
