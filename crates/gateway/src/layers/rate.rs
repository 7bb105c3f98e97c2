//! How often a client may ask.
//!
//! A client's requests count against its address, and against its credential where it shows one:
//! one alone could be evaded, the credential by making them up, the address by having many.
//!
//! The counters are governor's (GCRA, one number each), in a table of fixed size that is found by
//! a keyed hash. Two clients may share a counter, by chance, and nobody can choose whose. A map
//! of clients would have to forget some when it is full, and an attacker would choose whom.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    num::NonZeroU32,
};

use bytes::Bytes;
use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::{StateInformationMiddleware, StateSnapshot},
    nanos::Nanos,
    state::{InMemoryState, StateStore, direct::NotKeyed},
};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{problem::Problem, refusal};

/// Counters: with a thousand clients at once, of a hundred of them one or two share theirs.
const COUNTERS: usize = 64 * 1024;

/// How much of a credential's end tells it from all others: a token ends in its signature, a key
/// in its secret.
const CREDENTIAL_BYTES: usize = 64;

/// `"default";r=;t=` and two numbers of ten digits at most.
const MAX_VALUE_BYTES: usize = 36;

const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The limit of one gateway.
#[derive(Debug)]
pub(super) struct Rate {
    limiter: RateLimiter<u64, Counters, DefaultClock, StateInformationMiddleware>,
    hasher: RandomState,
    per_second: u32,
    burst: u32,
    policy: HeaderValue,
}

/// How much a client has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Left(u32);

impl Rate {
    /// A limit of so many requests in a second over time, and at once; `None` where it is 0.
    pub(super) fn new(per_second: u32, burst: u32) -> Option<Self> {
        let rate = NonZeroU32::new(per_second)?;
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let limiter = RateLimiter::new(
            Quota::per_second(rate).allow_burst(burst),
            Counters::default(),
            DefaultClock::default(),
        );
        let window = burst.get().div_ceil(per_second);
        let policy = format!("\"default\";q={burst};w={window}");
        let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(""));
        Some(Self { limiter, hasher: RandomState::new(), per_second, burst: burst.get(), policy })
    }

    /// Counts a request; whoever asked too often is told when to ask again.
    pub(super) fn check(
        &self,
        client: Option<IpAddr>,
        headers: &HeaderMap,
    ) -> Result<Left, Box<Problem>> {
        let mut left = Left(self.burst);
        let credential = headers.get(header::AUTHORIZATION).map(|value| ending(value.as_bytes()));
        let address = client.map(|address| self.hasher.hash_one(network(address)));
        let credential = credential.map(|ending| self.hasher.hash_one(ending));
        for key in address.into_iter().chain(credential) {
            match self.limiter.check_key(&key) {
                Ok(state) => left = left.min(remaining(&state)),
                Err(refused) => {
                    let wait = refused.wait_time_from(self.limiter.clock().now());
                    return Err(Box::new(refusal::too_many_requests(self.per_second, wait)));
                }
            }
        }
        Ok(left)
    }

    /// Tells the policy, what is left of it, and when all of it will be there again, in the words
    /// of draft-ietf-httpapi-ratelimit-headers.
    pub(super) fn add(&self, left: Left, headers: &mut HeaderMap) {
        let seconds = (self.burst - left.0.min(self.burst)).div_ceil(self.per_second);
        let mut text = Vec::with_capacity(MAX_VALUE_BYTES);
        text.extend_from_slice(b"\"default\";r=");
        text.extend_from_slice(itoa::Buffer::new().format(left.0).as_bytes());
        text.extend_from_slice(b";t=");
        text.extend_from_slice(itoa::Buffer::new().format(seconds).as_bytes());
        if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(text)) {
            headers.insert(RATELIMIT, value);
        }
        headers.insert(RATELIMIT_POLICY, self.policy.clone());
    }
}

impl Left {
    pub(super) const NOTHING: Self = Self(0);

    fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }
}

fn remaining(state: &StateSnapshot) -> Left {
    Left(state.remaining_burst_capacity())
}

/// What counts as one address: of IPv6, a household or machine has all of a /64.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let network = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(network.into())
        }
    }
}

fn ending(credential: &[u8]) -> &[u8] {
    &credential[credential.len().saturating_sub(CREDENTIAL_BYTES)..]
}

/// A table of counters that is as large in the beginning as it ever gets.
#[derive(Debug)]
struct Counters(Box<[InMemoryState]>);

impl Default for Counters {
    fn default() -> Self {
        Self(std::iter::repeat_with(InMemoryState::default).take(COUNTERS).collect())
    }
}

impl StateStore for Counters {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        // The remainder is less than a usize that the table fits in.
        #[expect(clippy::cast_possible_truncation, reason = "it is less than COUNTERS")]
        let index = (key % COUNTERS as u64) as usize;
        self.0[index].measure_and_replace(&NotKeyed::NonKey, decide)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check(rate: &Rate, client: &str, credential: Option<&'static str>) -> Result<u32, String> {
        let client = (!client.is_empty()).then(|| client.parse().expect("an address"));
        let headers =
            credential.map(|text| (header::AUTHORIZATION, HeaderValue::from_static(text)));
        let checked = rate.check(client, &headers.into_iter().collect());
        checked.map(|left| left.0).map_err(|problem| problem.reason.into_owned())
    }

    /// So slow that nothing comes back within the test.
    fn slow(burst: u32) -> Rate {
        let mut rate = Rate::new(1, burst).expect("a limit");
        let quota = Quota::with_period(Duration::from_hours(1)).expect("a period");
        let quota = quota.allow_burst(NonZeroU32::new(burst).expect("a burst"));
        rate.limiter = RateLimiter::new(quota, Counters::default(), DefaultClock::default());
        rate
    }

    #[test]
    fn a_client_has_its_burst_and_no_more() {
        let rate = slow(2);
        assert_eq!(check(&rate, "192.0.2.1", None), Ok(1));
        assert_eq!(check(&rate, "192.0.2.1", None), Ok(0));
        assert_eq!(check(&rate, "192.0.2.1", None), Err("RATE_LIMITED".to_owned()));
        assert_eq!(check(&rate, "192.0.2.2", None), Ok(1));
        assert_eq!(check(&rate, "", None), Ok(2));
    }

    #[test]
    fn a_network_of_ipv6_is_one_client() {
        let rate = slow(2);
        assert_eq!(check(&rate, "2001:db8::1", None), Ok(1));
        assert_eq!(check(&rate, "2001:db8::ffff:1:2", None), Ok(0));
        assert_eq!(check(&rate, "2001:db8:0:1::1", None), Ok(1));
    }

    #[test]
    fn neither_many_addresses_nor_many_credentials_get_more() {
        let rate = slow(2);
        assert_eq!(check(&rate, "192.0.2.1", Some("Bearer a")), Ok(1));
        assert_eq!(check(&rate, "192.0.2.2", Some("Bearer a")), Ok(0));
        assert_eq!(check(&rate, "192.0.2.3", Some("Bearer a")), Err("RATE_LIMITED".to_owned()));
        assert_eq!(check(&rate, "192.0.2.1", Some("Bearer b")), Ok(0));
        assert_eq!(check(&rate, "192.0.2.1", Some("Bearer c")), Err("RATE_LIMITED".to_owned()));
    }

    #[test]
    fn without_a_rate_there_is_no_limit() {
        assert!(Rate::new(0, 5).is_none());
    }

    #[test]
    fn what_is_left_comes_back_at_the_rate() {
        let rate = Rate::new(10, 25).expect("a limit");
        let mut headers = HeaderMap::new();
        rate.add(Left(4), &mut headers);
        assert_eq!(headers["ratelimit"], "\"default\";r=4;t=3");
        assert_eq!(headers["ratelimit-policy"], "\"default\";q=25;w=3");
    }
}
