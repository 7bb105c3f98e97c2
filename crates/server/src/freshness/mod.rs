//! Gateways hear of it when what the public is shown has changed, before the write that changed it is
//! answered.
//!
//! ```text
//! database --(NOTIFY, check)--> State --(watch)--> gateways
//! write's answer <--(settle)--- State <--(acknowledged, or lease over)--
//! ```
//!
//! A gateway may show what it keeps only while it has a lease. So nobody who reads after a write was
//! answered is shown what was before it, even by a gateway that can't be reached: its lease is over
//! then. That holds for the gateways that watch this process; those that watch others hear of it by the
//! database, within milliseconds, and at the latest when their leases are over.
//!
//! In reading order: [`state`], [`service`], [`check`], [`settle`].

mod check;
mod service;
mod settle;
mod state;

use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use self::state::State;
pub(crate) use self::{check::check, service::FreshnessService, settle::SettleLayer};

/// What is known of the version, and who has been told of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Freshness(watch::Sender<State>);

impl Freshness {
    /// Ends all watches, as the server stops.
    pub(crate) fn end(&self) {
        self.0.send_modify(|state| state.has_ended = true);
    }

    /// Takes in the version that the database had at a time, or somewhat later.
    fn see(&self, version: i64, time: Instant) {
        self.0.send_if_modified(|state| state.see(version, time));
    }

    /// Grants no lease until the version is known again.
    fn forget(&self) {
        self.0.send_modify(State::forget);
    }

    fn is_watched(&self) -> bool {
        self.0.borrow().is_watched()
    }

    /// Waits until no gateway shows anything older than this version.
    async fn settle(&self, version: i64) {
        let lagging = self.0.borrow().lagging(version, Instant::now());
        let Some(until) = lagging.iter().map(|(_, until)| *until).max() else { return };
        let mut states = self.0.subscribe();
        let told = states
            .wait_for(|state| lagging.iter().all(|(id, _)| state.has_acknowledged(*id, version)));
        if timeout_at(until, told).await.is_err() {
            tracing::warn!(
                "a gateway did not say that it heard of a change; its lease is over now"
            );
        }
    }
}
