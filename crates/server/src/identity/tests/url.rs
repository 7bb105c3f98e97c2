//! Keys at a URL, by a real provider on this machine and a clock of the test's.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::*;
use crate::identity::{
    fetch::{FetchError, Fetcher},
    key_url::{FETCH_INTERVAL_MIN, KEYS_MAX_AGE, REFRESH_INTERVAL},
};

const UNAVAILABLE: Result<String, &str> = Err("IDENTITY_PROVIDER_UNAVAILABLE");
const UNKNOWN_KEY: Result<String, &str> = Err("CREDENTIAL_UNKNOWN_KEY");

/// A token that is valid for a day.
fn token(key: &TestKey) -> String {
    key.token(&claims(&json!({ "exp": 1_800_086_400 })))
}

#[expect(clippy::unnecessary_wraps, reason = "it is what a call is compared with")]
fn siti() -> Result<String, &'static str> {
    Ok("users/siti".to_owned())
}

#[tokio::test]
async fn keys_are_fetched_when_a_token_comes_and_once_for_all_who_wait() {
    let key = TestKey::ed25519("a");
    let provider = Provider::with(&[&key]).await;
    let identifier = Arc::new(provider.identifier());
    assert_eq!(provider.requests(), 0);

    let gate = provider.shared.gate.acquire().await.unwrap();
    let mut calls = JoinSet::new();
    for index in 0..20 {
        let (identifier, token) = (Arc::clone(&identifier), token(&key));
        calls.spawn(async move { caller(&identifier, &token, after(index % 3)).await });
    }
    provider.wait_for_requests(1).await;
    drop(gate);
    assert_eq!(calls.join_all().await, vec![siti(); 20]);
    assert_eq!(provider.requests(), 1);
}

#[tokio::test]
async fn a_new_key_is_fetched_when_a_token_names_it() {
    let (old, new) = (TestKey::ed25519("a"), TestKey::p256("b"));
    let provider = Provider::with(&[&old]).await;
    let identifier = provider.identifier();
    assert_eq!(caller(&identifier, &token(&old), noon()).await, siti());

    provider.publish(&[&old, &new]);
    let soon = noon() + FETCH_INTERVAL_MIN - TimeDelta::seconds(1);
    assert_eq!(caller(&identifier, &token(&new), soon).await, UNKNOWN_KEY);
    let later = noon() + FETCH_INTERVAL_MIN;
    assert_eq!(caller(&identifier, &token(&new), later).await, siti());
    assert_eq!(caller(&identifier, &token(&old), later).await, siti());
    assert_eq!(provider.requests(), 2);
}

#[tokio::test]
async fn made_up_key_ids_do_not_hammer_the_provider() {
    let (key, stranger) = (TestKey::ed25519("a"), TestKey::ed25519("stranger"));
    let provider = Provider::with(&[&key]).await;
    let identifier = provider.identifier();
    for second in 0..60 {
        for index in 0..10 {
            let header = json!({ "alg": "EdDSA", "kid": format!("{second}-{index}") });
            let token = stranger.token_with(&header, &claims(&json!({})));
            assert_eq!(caller(&identifier, &token, after(second)).await, UNKNOWN_KEY);
        }
        assert_eq!(caller(&identifier, &token(&key), after(second)).await, siti());
    }
    assert_eq!(provider.requests(), 6, "one in ten seconds");
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_after_the_refresh() {
    let (old, new) = (TestKey::ed25519("a"), TestKey::ed25519("b"));
    let provider = Provider::with(&[&old]).await;
    let identifier = provider.identifier();
    assert_eq!(caller(&identifier, &token(&old), noon()).await, siti());

    provider.publish(&[&new]);
    let refresh = noon() + REFRESH_INTERVAL;
    let before = refresh - TimeDelta::seconds(1);
    assert_eq!(caller(&identifier, &token(&old), before).await, siti());
    assert_eq!(provider.requests(), 1);
    assert_eq!(caller(&identifier, &token(&old), refresh).await, UNKNOWN_KEY);
    assert_eq!(caller(&identifier, &token(&new), refresh).await, siti());
    assert_eq!(provider.requests(), 2);
}

#[tokio::test]
async fn old_keys_serve_for_hours_while_the_provider_is_down() {
    let (key, new) = (TestKey::ed25519("a"), TestKey::ed25519("b"));
    let provider = Provider::with(&[&key]).await;
    let identifier = provider.identifier();
    assert_eq!(caller(&identifier, &token(&key), noon()).await, siti());

    provider.answer_with(503, String::new());
    let down = noon() + REFRESH_INTERVAL;
    assert_eq!(caller(&identifier, &token(&key), down).await, siti());
    // Nobody can say whether this key is the provider's.
    assert_eq!(caller(&identifier, &token(&new), down).await, UNAVAILABLE);
    let end = noon() + KEYS_MAX_AGE;
    let before = end - TimeDelta::seconds(1);
    assert_eq!(caller(&identifier, &token(&key), before).await, siti());
    assert_eq!(caller(&identifier, &token(&key), end).await, UNAVAILABLE);
    assert_eq!(provider.requests(), 3);

    provider.publish(&[&key]);
    assert_eq!(caller(&identifier, &token(&key), end + FETCH_INTERVAL_MIN).await, siti());
}

#[tokio::test]
async fn a_provider_that_was_never_there_is_asked_again_but_not_by_every_call() {
    let key = TestKey::ed25519("a");
    let provider = Provider::with(&[&key]).await;
    let identifier = provider.identifier();
    for (status, body) in [
        (503, String::new()),
        (302, key_set(&[&key])),
        (204, String::new()),
        (200, "<html>".to_owned()),
        (200, r#"{"keys":[]}"#.to_owned()),
        (200, key_set(&[&key]) + &" ".repeat(300_000)),
    ] {
        provider.answer_with(status, body);
        let identifier = provider.identifier();
        let before = provider.requests();
        for second in 0..12 {
            let caller = caller(&identifier, &token(&key), after(second)).await;
            assert_eq!(caller, UNAVAILABLE, "{status}");
        }
        assert_eq!(provider.requests() - before, 2, "{status}");
    }
    provider.publish(&[&key]);
    assert_eq!(caller(&identifier, &token(&key), noon()).await, siti());
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_stop_the_fetch() {
    let key = TestKey::ed25519("a");
    let provider = Provider::with(&[&key]).await;
    let identifier = Arc::new(provider.identifier());
    let gate = provider.shared.gate.acquire().await.unwrap();
    let (called, token_of_first) = (Arc::clone(&identifier), token(&key));
    let first = tokio::spawn(async move { caller(&called, &token_of_first, noon()).await });
    provider.wait_for_requests(1).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    drop(gate);
    assert_eq!(caller(&identifier, &token(&key), after(1)).await, siti());
    assert_eq!(provider.requests(), 1);
}

#[tokio::test]
async fn known_keys_serve_while_another_call_waits_for_the_provider() {
    let (key, new) = (TestKey::ed25519("a"), TestKey::ed25519("b"));
    let provider = Provider::with(&[&key]).await;
    let identifier = Arc::new(provider.identifier());
    assert_eq!(caller(&identifier, &token(&key), noon()).await, siti());

    provider.publish(&[&key, &new]);
    let refresh = noon() + REFRESH_INTERVAL;
    let gate = provider.shared.gate.acquire().await.unwrap();
    let (called, new_token) = (Arc::clone(&identifier), token(&new));
    let waiting = tokio::spawn(async move { caller(&called, &new_token, refresh).await });
    provider.wait_for_requests(2).await;
    assert_eq!(caller(&identifier, &token(&key), refresh).await, siti());
    assert!(!waiting.is_finished());
    drop(gate);
    assert_eq!(waiting.await.unwrap(), siti());
    assert_eq!(provider.requests(), 2);
}

#[tokio::test]
async fn a_provider_that_says_nothing_is_not_waited_for() {
    let provider = Provider::with(&[&TestKey::ed25519("a")]).await;
    let _gate = provider.shared.gate.acquire().await.unwrap();
    let fetcher = Fetcher::new(provider.url.parse().unwrap()).unwrap();
    let answer = fetcher.with_patience(Duration::from_millis(50)).fetch().await;
    assert!(matches!(answer, Err(FetchError::TooSlow(_))), "{answer:?}");
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_stop_fetches() {
    let (old, new) = (TestKey::ed25519("a"), TestKey::ed25519("b"));
    let provider = Provider::with(&[&old]).await;
    let identifier = provider.identifier();
    assert_eq!(caller(&identifier, &token(&old), after(7_200)).await, siti());
    provider.publish(&[&new]);
    assert_eq!(caller(&identifier, &token(&new), noon()).await, siti());
}

#[tokio::test]
async fn a_url_of_https_is_never_asked_without_tls() {
    let provider = Provider::with(&[&TestKey::ed25519("a")]).await;
    let url = provider.url.replace("http:", "https:");
    let answer = Fetcher::new(url.parse().unwrap()).unwrap().fetch().await;
    assert!(matches!(answer, Err(FetchError::Request(_))), "{answer:?}");
    assert_eq!(provider.requests(), 0);
}
