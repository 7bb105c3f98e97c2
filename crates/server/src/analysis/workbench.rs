//! Where analyses are carried out: threads of their own, and places for few at once.

use std::{sync::Arc, thread};

use rayon::ThreadPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// Threads and places.
#[derive(Clone, Debug)]
pub(crate) struct Workbench {
    places: Arc<Semaphore>,
    threads: Arc<ThreadPool>,
}

/// A place, for as long as it is held.
#[derive(Debug)]
pub(super) struct Place {
    threads: Arc<ThreadPool>,
    _permit: OwnedSemaphorePermit,
}

impl Workbench {
    /// A workbench for so many analyses at once, on half of the cores: the others answer.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub(crate) fn new(max_analyses: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(cores.div_ceil(2))
            .thread_name(|number| format!("analysis-{number}"))
            .build()?;
        let places = Semaphore::new(max_analyses.min(Semaphore::MAX_PERMITS));
        Ok(Self { places: Arc::new(places), threads: Arc::new(threads) })
    }

    /// A place to work.
    ///
    /// # Errors
    /// [`Error::AnalysesBusy`] where all are taken: nobody waits, as an analysis may take long.
    pub(super) fn place(&self) -> Result<Place, Error> {
        let permit = self.places.clone().try_acquire_owned().map_err(|_| Error::AnalysesBusy)?;
        Ok(Place { threads: self.threads.clone(), _permit: permit })
    }
}

impl Place {
    /// Does the work on the workbench's threads.
    pub(super) fn work<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.threads.install(work)
    }
}
