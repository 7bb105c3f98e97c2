//! The version, and the leases that were granted for it.

use std::{collections::BTreeMap, time::Duration};

use takar_proto::gateway::{WatchPublicStateRequest, WatchPublicStateResponse};
use tokio::time::Instant;

/// How long a gateway may show what it keeps without hearing from us. A write waits as long for a
/// gateway that is hung, so not for long; and it is several times what a gateway lets pass between
/// its requests, so that a moment's delay does not make it ask for everything anew.
pub(super) const LEASE: Duration = Duration::from_secs(2);

/// How often the database is asked for the version, should it fail to tell.
pub(super) const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// How old what is known may be for a lease to be granted: one check may be late.
const SEEN_MAX_AGE: Duration = CHECK_INTERVAL.saturating_mul(2);

/// The most watches of one process: there is one for each gateway, and anybody who reaches us may
/// begin one.
const WATCHES_MAX: usize = 64;

/// What is known, and who has been told of it.
#[derive(Debug, Default)]
pub(super) struct State {
    seen: Option<Seen>,
    watches: BTreeMap<u64, Watch>,
    next_id: u64,
    /// Whether the server stops.
    pub(super) has_ended: bool,
}

/// The version as the database had it at a time, or somewhat later.
#[derive(Clone, Copy, Debug)]
struct Seen {
    version: i64,
    time: Instant,
}

/// What one gateway asked for, was told and has acknowledged.
#[derive(Debug)]
struct Watch {
    asked_lease: i64,
    asked_time: Instant,
    granted_lease: i64,
    /// When that lease is over.
    until: Instant,
    told: Option<i64>,
    acknowledged: i64,
    /// Whether it ceased to listen without saying that it shows nothing more.
    is_lost: bool,
}

impl State {
    /// Takes in a version that was read from a time on; false where a later one is known.
    ///
    /// Versions grow, so one that is higher is later, whenever its reading began. One that is lower is
    /// later only if it began later: then a backup was put in place.
    pub(super) fn see(&mut self, version: i64, time: Instant) -> bool {
        let is_news = self.seen.is_none_or(|seen| seen.version < version || seen.time < time);
        if is_news {
            let time = self.seen.map_or(time, |seen| seen.time.max(time));
            self.seen = Some(Seen { version, time });
        }
        is_news
    }

    /// Forgets the version, as another may have taken its place: nobody is granted a lease for it.
    pub(super) fn forget(&mut self) {
        self.seen = None;
    }

    /// Begins a watch, unless there are too many.
    pub(super) fn open(&mut self, now: Instant) -> Option<u64> {
        self.watches.retain(|_, watch| !watch.is_lost || watch.until > now);
        if self.watches.len() >= WATCHES_MAX {
            return None;
        }
        let id = self.next_id;
        self.next_id += 1;
        self.watches.insert(id, Watch::new(now));
        Some(id)
    }

    /// Ends a watch whose gateway shows nothing more.
    pub(super) fn close(&mut self, id: u64) {
        self.watches.remove(&id);
    }

    /// Ends a watch whose gateway may go on until its lease is over.
    pub(super) fn lose(&mut self, id: u64) {
        if let Some(watch) = self.watches.get_mut(&id) {
            watch.is_lost = true;
        }
    }

    /// Takes in what a gateway says.
    pub(super) fn hear(&mut self, id: u64, request: WatchPublicStateRequest, now: Instant) {
        let WatchPublicStateRequest { version, lease } = request;
        let Some(watch) = self.watches.get_mut(&id) else { return };
        watch.acknowledged = version;
        if lease > watch.asked_lease {
            watch.asked_lease = lease;
            watch.asked_time = now;
        }
    }

    /// What a gateway is to be told now, if anything: another version, or that it has a lease.
    pub(super) fn tell(&mut self, id: u64, now: Instant) -> Option<WatchPublicStateResponse> {
        let (seen, watch) = (self.seen?, self.watches.get_mut(&id)?);
        let is_granted = watch.asked_lease > watch.granted_lease && seen.time + SEEN_MAX_AGE >= now;
        if is_granted {
            watch.granted_lease = watch.asked_lease;
            watch.until = watch.asked_time + LEASE;
        }
        let is_news = watch.told.replace(seen.version) != Some(seen.version);
        (is_granted || is_news).then(|| WatchPublicStateResponse {
            version: seen.version,
            lease: watch.granted_lease,
            lease_duration: LEASE.try_into().ok(),
        })
    }

    /// The gateways that may show what is older than a version, and until when.
    pub(super) fn lagging(&self, version: i64, now: Instant) -> Vec<(u64, Instant)> {
        let lagging = self
            .watches
            .iter()
            .filter(|(_, watch)| watch.acknowledged < version && watch.until > now);
        lagging.map(|(id, watch)| (*id, watch.until)).collect()
    }

    /// Whether a gateway shows nothing that is older than a version.
    pub(super) fn has_acknowledged(&self, id: u64, version: i64) -> bool {
        self.watches.get(&id).is_none_or(|watch| watch.acknowledged >= version)
    }

    pub(super) fn is_watched(&self) -> bool {
        !self.watches.is_empty()
    }
}

impl Watch {
    fn new(now: Instant) -> Self {
        Self {
            asked_lease: 0,
            asked_time: now,
            granted_lease: 0,
            until: now,
            told: None,
            acknowledged: 0,
            is_lost: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(1);

    fn ask(version: i64, lease: i64) -> WatchPublicStateRequest {
        WatchPublicStateRequest { version, lease }
    }

    /// The version and the lease that a gateway is told of.
    fn told(state: &mut State, id: u64, now: Instant) -> Option<(i64, i64)> {
        state.tell(id, now).map(|response| (response.version, response.lease))
    }

    #[test]
    fn a_gateway_hears_of_versions_and_leases_once_each() {
        let (mut state, now) = (State::default(), Instant::now());
        let id = state.open(now).expect("a watch");
        state.hear(id, ask(0, 1), now);
        assert_eq!(told(&mut state, id, now), None, "nothing is known");
        state.see(7, now);
        assert_eq!(told(&mut state, id, now), Some((7, 1)));
        assert_eq!(told(&mut state, id, now), None);
        state.hear(id, ask(7, 0), now);
        assert_eq!(told(&mut state, id, now), None, "an acknowledgement");
        state.see(8, now + STEP);
        assert_eq!(told(&mut state, id, now), Some((8, 1)));
        state.hear(id, ask(8, 2), now);
        assert_eq!(told(&mut state, id, now), Some((8, 2)));
    }

    #[test]
    fn no_lease_is_granted_for_what_was_seen_long_ago() {
        let (mut state, now) = (State::default(), Instant::now());
        let id = state.open(now).expect("a watch");
        state.see(7, now);
        state.hear(id, ask(0, 1), now);
        let late = now + SEEN_MAX_AGE + STEP;
        assert_eq!(told(&mut state, id, late), Some((7, 0)));
        assert_eq!(state.lagging(8, now), []);
        state.see(7, late);
        assert_eq!(told(&mut state, id, late), Some((7, 1)));
        assert_eq!(state.lagging(8, late), [(id, now + LEASE)], "from when it was asked for");
    }

    #[test]
    fn what_was_read_earlier_does_not_count_again() {
        let (mut state, now) = (State::default(), Instant::now());
        assert!(state.see(8, now + STEP));
        assert!(!state.see(7, now));
        assert!(state.see(9, now), "a higher one is later, whenever its reading began");
        assert!(state.see(8, now + 2 * STEP));
        let id = state.open(now).expect("a watch");
        assert_eq!(told(&mut state, id, now), Some((8, 0)));
        // A backup that was put in place has a lower one.
        assert!(state.see(5, now + 3 * STEP));
        assert_eq!(told(&mut state, id, now), Some((5, 0)));
    }

    #[test]
    fn who_has_a_lease_and_has_not_acknowledged_is_lagging() {
        let (mut state, now) = (State::default(), Instant::now());
        state.see(7, now);
        let id = state.open(now).expect("a watch");
        assert_eq!(state.lagging(8, now), [], "no lease yet");
        state.hear(id, ask(0, 1), now);
        state.tell(id, now);
        assert_eq!(state.lagging(8, now), [(id, now + LEASE)]);
        assert_eq!(state.lagging(8, now + LEASE), [], "it is over");
        state.hear(id, ask(8, 0), now);
        assert_eq!(state.lagging(8, now), []);
        assert!(state.has_acknowledged(id, 8) && !state.has_acknowledged(id, 9));
    }

    #[test]
    fn who_is_lost_keeps_its_lease_and_who_says_goodbye_does_not() {
        for (is_lost, lagging) in [(true, 1), (false, 0)] {
            let (mut state, now) = (State::default(), Instant::now());
            state.see(7, now);
            let id = state.open(now).expect("a watch");
            state.hear(id, ask(0, 1), now);
            state.tell(id, now);
            if is_lost {
                state.lose(id);
            } else {
                state.close(id);
            }
            assert_eq!(state.lagging(8, now).len(), lagging);
            state.open(now + LEASE).expect("a watch");
            assert_eq!(state.watches.len(), 1, "the lost one is forgotten");
        }
    }

    #[test]
    fn so_many_watch_and_one_more_does_not() {
        let (mut state, now) = (State::default(), Instant::now());
        let ids: Vec<_> = (0..WATCHES_MAX).filter_map(|_| state.open(now)).collect();
        assert_eq!(ids.len(), WATCHES_MAX);
        assert_eq!(state.open(now), None);
        state.close(ids[0]);
        assert!(state.open(now).is_some());
    }
}
