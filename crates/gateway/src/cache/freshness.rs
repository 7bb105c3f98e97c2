//! Whether what is kept may be shown.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// What was fetched without a change in between is of one generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Generation(u64);

/// The newest generation, and until when it is known to be that.
#[derive(Debug)]
pub(super) struct Freshness {
    generation: AtomicU64,
    /// In microseconds from `start`; before the first lease, and when one is given up, 0.
    leased_until: AtomicU64,
    start: Instant,
}

impl Freshness {
    /// Without a lease.
    pub(super) fn new() -> Self {
        Self {
            generation: AtomicU64::new(0),
            leased_until: AtomicU64::new(0),
            start: Instant::now(),
        }
    }

    /// The generation that may be shown; `None` where nothing may, as nobody would tell of a change.
    ///
    /// Who notes it before the server is asked, and finds the same one after, knows that the answer
    /// shows no less than the generation does.
    pub(super) fn generation(&self, now: Instant) -> Option<Generation> {
        let is_leased = self.micros(now) < self.leased_until.load(Ordering::Acquire);
        is_leased.then(|| Generation(self.generation.load(Ordering::Acquire)))
    }

    /// Makes all that was fetched until now old.
    pub(super) fn renew(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Takes a lease, or gives it up with a time that is over.
    pub(super) fn lease_until(&self, time: Instant) {
        self.leased_until.store(self.micros(time), Ordering::Release);
    }

    pub(super) fn end_lease(&self) {
        self.leased_until.store(0, Ordering::Release);
    }

    fn micros(&self, time: Instant) -> u64 {
        let since: Duration = time.saturating_duration_since(self.start);
        since.as_micros().try_into().unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(2);

    #[test]
    fn nothing_may_be_shown_without_a_lease() {
        let freshness = Freshness::new();
        let now = Instant::now();
        assert_eq!(freshness.generation(now), None);
        freshness.lease_until(now + LEASE);
        assert!(freshness.generation(now).is_some());
        let before = LEASE.saturating_sub(Duration::from_micros(1));
        assert!(freshness.generation(now + before).is_some());
        assert_eq!(freshness.generation(now + LEASE), None);
        freshness.end_lease();
        assert_eq!(freshness.generation(now), None);
    }

    #[test]
    fn what_was_fetched_before_a_change_is_of_another_generation() {
        let freshness = Freshness::new();
        let now = Instant::now();
        freshness.lease_until(now + LEASE);
        let before = freshness.generation(now);
        assert_eq!(freshness.generation(now), before);
        freshness.renew();
        assert!(freshness.generation(now).is_some());
        assert_ne!(freshness.generation(now), before);
    }
}
