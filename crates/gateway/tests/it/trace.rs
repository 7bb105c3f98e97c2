//! The id and the trace of a request, on their way to the server and back.

use reqwest::Response;
use serde_json::Value as Json;

use crate::harness::Stack;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

async fn send(stack: &Stack, headers: &[(&str, &str)]) -> Response {
    let request = stack.request("GET", "/v1/things");
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.expect("an answer")
}

/// What the server was told.
async fn told(stack: &Stack, headers: &[(&str, &str)]) -> Json {
    let mut answer: Json = send(stack, headers).await.json().await.expect("JSON");
    answer["metadata"].take()
}

#[tokio::test]
async fn a_trace_goes_on_as_it_came() {
    let stack = Stack::start().await;
    let told = told(&stack, &[("traceparent", PARENT), ("tracestate", "a=1,b=2")]).await;
    assert_eq!(told["traceparent"], PARENT);
    assert_eq!(told["tracestate"], "a=1,b=2");
}

#[tokio::test]
async fn a_request_without_a_valid_trace_begins_one() {
    let stack = Stack::start().await;
    let strange = format!("{PARENT}-more");
    let mut seen = Vec::new();
    for headers in [
        &[][..],
        &[("tracestate", "a=1")],
        &[("traceparent", "00-0-0-00"), ("tracestate", "a=1")],
        &[("traceparent", &strange), ("tracestate", "a=1")],
        &[("traceparent", PARENT), ("traceparent", PARENT), ("tracestate", "a=1")],
    ] {
        let told = told(&stack, headers).await;
        let parent = told["traceparent"].as_str().expect("a parent").to_owned();
        let pieces: Vec<&str> = parent.split('-').collect();
        let [version, trace, id, flags] = pieces[..] else { panic!("{parent}") };
        assert_eq!((version, trace.len(), id.len(), flags), ("00", 32, 16, "00"), "{parent}");
        assert_eq!(told["tracestate"], Json::Null, "{headers:?}");
        assert!(!seen.contains(&parent), "{parent}");
        seen.push(parent);
    }
}

#[tokio::test]
async fn a_state_that_is_too_long_is_dropped() {
    let stack = Stack::start().await;
    let (long, longer) = (format!("a={}", "x".repeat(510)), format!("a={}", "x".repeat(511)));
    for (state, expected) in [(&long, Json::from(long.as_str())), (&longer, Json::Null)] {
        let told = told(&stack, &[("traceparent", PARENT), ("tracestate", state)]).await;
        assert_eq!(told["tracestate"], expected);
        assert_eq!(told["traceparent"], PARENT);
    }
}

#[tokio::test]
async fn an_id_that_was_made_here_is_told_to_all_and_is_that_of_the_trace() {
    let stack = Stack::start().await;
    let response = send(&stack, &[]).await;
    let id = response.headers()["x-request-id"].to_str().expect("text").to_owned();
    let answer: Json = response.json().await.expect("JSON");
    assert_eq!(answer["metadata"]["x-request-id"], id.as_str());
    let parent = answer["metadata"]["traceparent"].as_str().expect("a parent");
    assert_eq!(parent[3..35], id.replace('-', ""));
}

#[tokio::test]
async fn an_id_of_the_client_is_kept_unless_it_is_strange() {
    let stack = Stack::start().await;
    let (long, longer) = ("x".repeat(128), "x".repeat(129));
    for (id, is_kept) in
        [("a-1", true), (long.as_str(), true), (&longer, false), ("a b", false), ("", false)]
    {
        let response = send(&stack, &[("x-request-id", id)]).await;
        assert_eq!(response.headers()["x-request-id"] == id, is_kept, "{id}");
    }
    let response = send(&stack, &[("x-request-id", "a"), ("x-request-id", "b")]).await;
    assert!(response.headers()["x-request-id"].len() > 1);
}
