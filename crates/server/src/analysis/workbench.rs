//! Where analyses are carried out: threads of their own, and places for few at once.
//!
//! What-if has places apart: it takes a fraction of a second, and would else be refused for as long as
//! an analysis of robustness lasts.

use std::{sync::Arc, thread, time::Duration};

use rayon::ThreadPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// When to come again where an analysis of robustness is under way: one of 10,000 draws of the whole
/// country is over by then.
const ANALYSIS_RETRY: Duration = Duration::from_secs(5);
/// When to come again where what-ifs are computed.
const WHAT_IF_RETRY: Duration = Duration::from_secs(1);

/// Threads and places.
#[derive(Clone, Debug)]
pub(crate) struct Workbench {
    analyses: Arc<Semaphore>,
    what_ifs: Arc<Semaphore>,
    threads: Arc<ThreadPool>,
}

/// A place for an analysis of robustness, for as long as it is held.
#[derive(Debug)]
pub(super) struct Place {
    threads: Arc<ThreadPool>,
    _permit: OwnedSemaphorePermit,
}

/// A place for a what-if, for as long as it is held.
pub(super) type WhatIfPlace = OwnedSemaphorePermit;

impl Workbench {
    /// A workbench for so many analyses and what-ifs at once, analyses on half of the cores: the others
    /// answer.
    ///
    /// # Errors
    /// Where the system gives no threads.
    pub(crate) fn new(
        max_analyses: usize,
        max_what_ifs: usize,
    ) -> Result<Self, rayon::ThreadPoolBuildError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = rayon::ThreadPoolBuilder::new()
            .num_threads(cores.div_ceil(2))
            .thread_name(|number| format!("analysis-{number}"))
            .build()?;
        let places = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        let (analyses, what_ifs) = (places(max_analyses), places(max_what_ifs));
        Ok(Self { analyses, what_ifs, threads: Arc::new(threads) })
    }

    /// A place for an analysis.
    ///
    /// # Errors
    /// [`Error::AnalysesBusy`] where all are taken: nobody waits, as an analysis may take long.
    pub(super) fn place(&self) -> Result<Place, Error> {
        let permit = take(&self.analyses, ANALYSIS_RETRY)?;
        Ok(Place { threads: self.threads.clone(), _permit: permit })
    }

    /// A place for a what-if.
    ///
    /// # Errors
    /// [`Error::AnalysesBusy`] where all are taken.
    pub(super) fn what_if_place(&self) -> Result<WhatIfPlace, Error> {
        take(&self.what_ifs, WHAT_IF_RETRY)
    }
}

fn take(places: &Arc<Semaphore>, retry_after: Duration) -> Result<OwnedSemaphorePermit, Error> {
    places.clone().try_acquire_owned().map_err(|_| Error::AnalysesBusy { retry_after })
}

impl Place {
    /// Does the work on the workbench's threads.
    pub(super) fn work<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.threads.install(work)
    }
}
