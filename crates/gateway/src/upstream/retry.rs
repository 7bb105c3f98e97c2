//! When a call is made again.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use super::{failure::Failure, pool::jittered};

/// How often a call is made at most: a server that restarts is through, and one that fails three
/// times fails.
const MAX_ATTEMPTS: u32 = 3;

/// How long the first retry waits where the server did something; further ones wait longer.
const FIRST_PAUSE: Duration = Duration::from_millis(25);

/// By how much the next one waits longer.
const PAUSE_GROWTH: u32 = 4;

/// What may be retried of answers that say the server can't serve now, in tenths of a call.
///
/// As gRPC's own clients do: each such answer costs one, each good one gives a tenth back, and
/// where less than half is left nothing is retried. So retries never are more than a tenth of the
/// load for long, and don't keep a server down that is overloaded.
const BUDGET: u32 = 100;
const COST_OF_FAILURE: u32 = 10;
const WORTH_OF_SUCCESS: u32 = 1;

/// What is left for retries.
#[derive(Debug)]
pub(super) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(BUDGET))
    }
}

impl Budget {
    pub(super) fn succeeded(&self) {
        let left = self.0.load(Ordering::Relaxed);
        // What two threads add at once may count once: it is no account to the penny.
        if left < BUDGET {
            self.0.store((left + WORTH_OF_SUCCESS).min(BUDGET), Ordering::Relaxed);
        }
    }

    /// Tells how long to wait before an attempt after this one; `None` where there is none.
    pub(super) fn pause(
        &self,
        failure: &Failure,
        is_idempotent: bool,
        attempt: u32,
    ) -> Option<Duration> {
        if attempt >= MAX_ATTEMPTS || !failure.is_retriable(is_idempotent) {
            return None;
        }
        match failure {
            // Connections have pauses of their own.
            Failure::Unprocessed(_) => return Some(Duration::ZERO),
            Failure::Status(_) => {
                let left = self.0.load(Ordering::Relaxed).saturating_sub(COST_OF_FAILURE);
                self.0.store(left, Ordering::Relaxed);
                if left < BUDGET / 2 {
                    return None;
                }
            }
            _ => {}
        }
        Some(jittered(FIRST_PAUSE * PAUSE_GROWTH.pow(attempt - 1)))
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn a_server_that_stays_overloaded_is_spared_retries_until_it_serves_again() {
        let budget = Budget::default();
        let unavailable = Failure::status(Code::Unavailable, "");
        let is_retried = || budget.pause(&unavailable, true, 1).is_some();
        assert_eq!((0..10).filter(|_| is_retried()).count(), 5);
        (0..60).for_each(|_| budget.succeeded());
        assert!(is_retried());
        assert!(!is_retried());
        (0..1000).for_each(|_| budget.succeeded());
        assert_eq!((0..10).filter(|_| is_retried()).count(), 5);
    }

    #[test]
    fn only_what_is_safe_is_retried_and_not_for_ever() {
        let broken = || Failure::Broken("broken".into());
        let unprocessed = || Failure::Unprocessed("refused".into());
        let unavailable = || Failure::status(Code::Unavailable, "");
        for (failure, is_idempotent, attempt, expected) in [
            (broken(), true, 1, true),
            (broken(), true, 2, true),
            (broken(), true, 3, false),
            (broken(), false, 1, false),
            (unprocessed(), false, 1, true),
            (unprocessed(), false, 2, true),
            (unprocessed(), false, 3, false),
            (unavailable(), true, 1, true),
            (unavailable(), false, 1, false),
            (Failure::status(Code::Internal, ""), true, 1, false),
            (Failure::TimedOut, true, 1, false),
        ] {
            let pause = Budget::default().pause(&failure, is_idempotent, attempt);
            assert_eq!(pause.is_some(), expected, "{failure:?}, {is_idempotent}, {attempt}");
        }
    }
}
