//! The header `Prefer`.

use reqwest::Response;
use serde_json::Value as Json;

use crate::{harness::Stack, lists::start};

async fn get(stack: &Stack, path: &str, prefer: &[&str]) -> Response {
    let request = stack.request("GET", path);
    let request = prefer.iter().fold(request, |request, line| request.header("prefer", *line));
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn a_preference_sets_its_field_and_is_said_to_be_heeded() {
    let (stack, _) = start().await;
    for prefer in [
        &["count=exact"][..],
        &["return=minimal, COUNT=\"exact\"; x=y"],
        &["respond-async", "count=exact"],
        &["\"no preference", "count=exact"],
        &["count=exact, count=estimated"],
    ] {
        let response = get(&stack, "/v1/lists/7/things", prefer).await;
        assert_eq!(response.headers()["preference-applied"], "count=exact", "{prefer:?}");
        let answer: Json = response.json().await.expect("JSON");
        assert_eq!(answer["totalSize"], 7, "{prefer:?}");
    }
}

#[tokio::test]
async fn what_nothing_here_knows_is_ignored() {
    let (stack, _) = start().await;
    for prefer in [
        &[][..],
        &["count"],
        &["count=EXACT"],
        &["count=estimated, count=exact"],
        &["return=minimal"],
        &["count=exact\""],
        &["é"],
    ] {
        let response = get(&stack, "/v1/lists/7/things", prefer).await;
        assert_eq!(response.status(), 200, "{prefer:?}");
        assert_eq!(response.headers().get("preference-applied"), None, "{prefer:?}");
        let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
        assert_eq!(vary, ["accept", "prefer", "Accept-Encoding"]);
        let answer: Json = response.json().await.expect("JSON");
        assert_eq!(answer.get("totalSize"), None, "{prefer:?}");
    }
    let response = get(&stack, "/v1/lists/7:rank", &["count=exact"]).await;
    assert_eq!(response.headers().get("preference-applied"), None);
}

#[tokio::test]
async fn a_wait_is_heeded_where_it_is_no_longer_than_the_gateway_waits() {
    let (stack, _) = start().await;
    for (path, prefer, applied) in [
        ("/v1/lists/7:rank", "wait=30", &["wait=30"][..]),
        ("/v1/lists/7:rank", "wait=31", &[]),
        ("/v1/lists/7:rank", "wait=0", &[]),
        ("/v1/lists/7/things", "count=exact, wait=5; x=y", &["count=exact", "wait=5"]),
    ] {
        let response = get(&stack, path, &[prefer]).await;
        assert_eq!(response.status(), 200);
        let said: Vec<_> = response.headers().get_all("preference-applied").iter().collect();
        assert_eq!(said, applied, "{path} {prefer}");
    }
    // Each page of rows has a time of its own, and nobody knows how many there are.
    let request = stack.request("GET", "/v1/lists/7/things").header("accept", "text/csv");
    let rows = request.header("prefer", "wait=5").send().await.expect("an answer");
    assert_eq!(rows.headers().get("preference-applied"), None);
}

#[tokio::test]
async fn who_waits_no_longer_is_told_so_in_time() {
    let stack = Stack::start().await;
    let start = std::time::Instant::now();
    let response = get(&stack, "/v1/slow/60000", &["wait=1"]).await;
    assert_eq!(response.status(), 504);
    assert!(start.elapsed() >= std::time::Duration::from_secs(1));
    let seen = get(&stack, "/v1/things", &["wait=7"]).await;
    let seen: Json = seen.json().await.expect("JSON");
    let told = seen["metadata"]["grpc-timeout"].as_str().expect("a text");
    let microseconds: u32 = told.trim_end_matches('u').parse().expect("microseconds");
    assert!((6_000_000..=7_000_000).contains(&microseconds), "{told}");
}

#[tokio::test]
async fn a_parameter_asks_for_the_same_without_a_header() {
    let (stack, _) = start().await;
    let response = get(&stack, "/v1/lists/7/things?countTotal=true", &[]).await;
    assert_eq!(response.headers().get("preference-applied"), None);
    let answer: Json = response.json().await.expect("JSON");
    assert_eq!(answer["totalSize"], 7);
}
