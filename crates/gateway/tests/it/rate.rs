//! How often a client may ask, and how many may at once.

use std::time::Instant;

use reqwest::{Response, StatusCode};
use takar_gateway::{Limits, TrustedProxies};

use crate::harness::{PATIENCE, Stack, assert_problem};

async fn limited(burst: u32) -> Stack {
    let limits = Limits { requests_per_second: 1, request_burst: burst, ..Limits::default() };
    let proxies = TrustedProxies::parse(&["127.0.0.1".to_owned()]).expect("an address");
    Stack::with(limits, |gateway| gateway.with_trusted_proxies(proxies)).await
}

/// Asks for a client with a credential.
async fn ask(stack: &Stack, client: &str, credential: &str) -> Response {
    let request = stack.request("GET", "/v1/nowhere").header("x-forwarded-for", client);
    request.header("authorization", credential).send().await.expect("an answer")
}

/// Asks until the limit is met, which takes more than the burst where time goes on meanwhile.
async fn exhaust(stack: &Stack, client: &str, credential: &str) -> Response {
    let start = Instant::now();
    loop {
        let response = ask(stack, client, credential).await;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            return response;
        }
        assert!(start.elapsed() < PATIENCE, "there is no limit");
    }
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_when_to_come_back() {
    let stack = limited(3).await;
    let first = ask(&stack, "192.0.2.1", "a").await;
    assert_eq!(first.headers()["ratelimit"], "\"default\";r=2;t=1");
    assert_eq!(first.headers()["ratelimit-policy"], "\"default\";q=3;w=3");
    let refused = exhaust(&stack, "192.0.2.1", "a").await;
    assert_eq!(refused.headers()["ratelimit"], "\"default\";r=0;t=3");
    assert_eq!(refused.headers()["ratelimit-policy"], "\"default\";q=3;w=3");
    assert_problem!(refused);
}

#[tokio::test]
async fn neither_another_address_nor_another_credential_gets_around_the_limit() {
    let stack = limited(3).await;
    exhaust(&stack, "192.0.2.1", "a").await;
    assert_eq!(ask(&stack, "192.0.2.2", "c").await.status(), 404);
    exhaust(&stack, "192.0.2.3", "a").await;
    exhaust(&stack, "192.0.2.1", "b").await;
}

#[tokio::test]
async fn health_is_told_without_limit() {
    let stack = limited(1).await;
    exhaust(&stack, "127.0.0.1", "a").await;
    for path in ["/healthz", "/readyz"] {
        let response = stack.get(path).await;
        assert_eq!(response.status(), 200);
        assert!(!response.headers().contains_key("ratelimit"));
    }
}

#[tokio::test]
async fn without_a_rate_nobody_is_limited() {
    let limits = Limits { requests_per_second: 0, request_burst: 1, ..Limits::default() };
    let stack = Stack::with_limits(limits).await;
    for _ in 0..20 {
        let response = stack.get("/v1/nowhere").await;
        assert_eq!(response.status(), 404);
        assert!(!response.headers().contains_key("ratelimit-policy"));
    }
}

#[tokio::test]
async fn more_requests_than_there_is_room_for_are_refused_at_once() {
    let limits = Limits { max_concurrent_requests: 1, ..Limits::default() };
    let stack = Stack::with_limits(limits).await;
    let slow = tokio::spawn(stack.request("GET", "/v1/slow/60000").send());
    let start = Instant::now();
    let refused = loop {
        let response = stack.get("/v1/things").await;
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            break response;
        }
        assert!(start.elapsed() < PATIENCE, "there is room");
        tokio::task::yield_now().await;
    };
    assert_problem!(refused);
    assert_eq!(stack.get("/readyz").await.status(), 200);
    // Whoever leaves makes room.
    slow.abort();
    while stack.get("/v1/things").await.status() != StatusCode::OK {
        assert!(start.elapsed() < PATIENCE, "there is no room");
    }
}
