//! Keys at a URL: fetched when they are needed, kept, and fetched again when they are old or a
//! token names one that is not there.

use std::{
    error::Error,
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use super::{error::IdentityError, fetch::Fetcher, key_set::KeySet};

/// How old keys may be before they are fetched again: a key that the issuer withdrew is refused
/// after this time, and a fetch costs it nothing.
pub(super) const REFRESH_INTERVAL: TimeDelta = TimeDelta::minutes(10);
/// How long there is no further fetch after one, whatever tokens name: anyone can make up ids.
pub(super) const FETCH_INTERVAL_MIN: TimeDelta = TimeDelta::seconds(10);
/// How old keys may be when they cannot be fetched again: time to mend a broken line, and short
/// enough that a withdrawn key does not stay.
pub(super) const KEYS_MAX_AGE: TimeDelta = TimeDelta::hours(6);

/// The keys at a URL.
#[derive(Debug)]
pub(super) struct UrlKeys {
    fetcher: Fetcher,
    held: RwLock<Held>,
    /// Held by the one that fetches.
    flight: Mutex<()>,
}

/// What is known of the keys.
#[derive(Clone, Debug, Default)]
struct Held {
    keys: Option<Arc<KeySet>>,
    fetched_at: Option<DateTime<Utc>>,
    attempted_at: Option<DateTime<Utc>>,
    has_failed: bool,
}

impl UrlKeys {
    /// Keys that nothing has fetched yet.
    pub(super) fn new(fetcher: Fetcher) -> Arc<Self> {
        Arc::new(Self { fetcher, held: RwLock::default(), flight: Mutex::default() })
    }

    /// The keys, as new as they must be to have the key `id` in them if the issuer has it.
    pub(super) async fn keys_for(
        self: &Arc<Self>,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Arc<KeySet>, IdentityError> {
        let held = self.held();
        if let Some(keys) = held.keys_with(id, REFRESH_INTERVAL, now) {
            return Ok(keys);
        }
        // Old keys serve as long as another call is fetching.
        if let Some(keys) = held.keys_with(id, KEYS_MAX_AGE, now)
            && self.flight.try_lock().is_err()
        {
            return Ok(keys);
        }
        self.refresh(now).await;
        let held = self.held();
        match held.keys(KEYS_MAX_AGE, now) {
            // Whether the issuer has a key that we have not is known only after a fetch.
            Some(keys) if keys.has(id) || !held.has_failed => Ok(keys),
            _ => Err(IdentityError::ProviderUnavailable),
        }
    }

    /// Fetches the keys, unless it was tried just now. Callers wait for the one that fetches.
    async fn refresh(self: &Arc<Self>, now: DateTime<Utc>) {
        if self.held().was_just_attempted(now) {
            return;
        }
        // A caller that hangs up must not stop the fetch for those who wait for it.
        let this = Arc::clone(self);
        let fetching = tokio::spawn(async move {
            let _flight = this.flight.lock().await;
            if !this.held().was_just_attempted(now) {
                this.fetch(now).await;
            }
        });
        // It fails only where the runtime shuts down, and then nobody waits.
        let _ = fetching.await;
    }

    async fn fetch(&self, now: DateTime<Utc>) {
        let fetched = self.fetcher.fetch().await;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.attempted_at = Some(now);
        held.has_failed = fetched.is_err();
        match fetched {
            Ok(keys) => {
                held.keys = Some(Arc::new(keys));
                held.fetched_at = Some(now);
            }
            Err(error) => {
                let cause = error.source().map(ToString::to_string);
                tracing::warn!(cause, "the identity provider's keys can't be fetched: {error}");
            }
        }
    }

    fn held(&self) -> Held {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Held {
    fn keys(&self, max_age: TimeDelta, now: DateTime<Utc>) -> Option<Arc<KeySet>> {
        self.keys.clone().filter(|_| is_within(max_age, self.fetched_at, now))
    }

    fn keys_with(&self, id: &str, max_age: TimeDelta, now: DateTime<Utc>) -> Option<Arc<KeySet>> {
        self.keys(max_age, now).filter(|keys| keys.has(id))
    }

    fn was_just_attempted(&self, now: DateTime<Utc>) -> bool {
        is_within(FETCH_INTERVAL_MIN, self.attempted_at, now)
    }
}

/// Whether `then` is no longer ago than `span`. Calls overlap, so `then` may be a little later than
/// `now`; where it is much later the clock was set back, and `then` says nothing.
fn is_within(span: TimeDelta, then: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    then.is_some_and(|then| (now - then).abs() < span)
}
