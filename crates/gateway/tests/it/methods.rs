//! Methods of HTTP, and what a client accepts.

use crate::harness::{Stack, assert_problem};

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let stack = Stack::start().await;
    assert_problem!(stack.request("POST", "/v1/shelves/1").send().await.expect("an answer"));
}

#[tokio::test]
async fn a_verb_of_another_method_is_not_taken_for_an_id() {
    let stack = Stack::start().await;
    let response = stack.get("/v1/files/a:move").await;
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "OPTIONS, POST");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let stack = Stack::start().await;
    let get = stack.get("/v1/shelves/1/books/2").await;
    let head = stack.request("HEAD", "/v1/shelves/1/books/2").send().await.expect("an answer");
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-type"], "application/json");
    let length: usize =
        head.headers()["content-length"].to_str().expect("text").parse().expect("a length");
    // The request ids have the same length, so the answers do.
    assert_eq!(length, get.bytes().await.expect("a body").len());
    assert_eq!(head.bytes().await.expect("a body").len(), 0);
    let missing = stack.request("HEAD", "/v1/nowhere").send().await.expect("an answer");
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn options_tells_the_methods() {
    let stack = Stack::start().await;
    let response = stack.request("OPTIONS", "/v1/shelves/1").send().await.expect("an answer");
    assert_eq!(response.status(), 204);
    assert_eq!(response.headers()["allow"], "DELETE, LOCK, OPTIONS, PATCH, PUT");
    let missing = stack.request("OPTIONS", "/v1/nowhere").send().await.expect("an answer");
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn a_client_that_takes_no_json_is_refused() {
    let stack = Stack::start().await;
    let request = stack.request("GET", "/v1/things").header("accept", "text/csv, */*;q=0");
    assert_problem!(request.send().await.expect("an answer"));
}
