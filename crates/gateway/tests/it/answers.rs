//! Answers as JSON.

use takar_gateway::Limits;

use crate::harness::{Stack, assert_problem};

#[tokio::test]
async fn defaults_without_presence_are_shown() {
    let stack = Stack::start().await;
    let response = stack.get("/v1/things").await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let mut answer: serde_json::Value = response.json().await.expect("JSON");
    answer["metadata"].take();
    insta::assert_snapshot!(serde_json::to_string_pretty(&answer).expect("JSON"));
}

#[tokio::test]
async fn an_answer_that_is_no_message_is_the_services_fault() {
    let stack = Stack::start().await;
    assert_problem!(stack.get("/v1/garbage").await);
}

#[tokio::test]
async fn an_answer_over_the_limit_is_the_services_fault() {
    let limits = Limits { max_answer_bytes: 2048, ..Limits::default() };
    let stack = Stack::with_limits(limits).await;
    assert_eq!(stack.get("/v1/large/1000").await.status(), 200);
    let response = stack.get("/v1/large/2048").await;
    assert_eq!(response.status(), 500);
    let problem: serde_json::Value = response.json().await.expect("JSON");
    assert_eq!(problem["reason"], "UPSTREAM_ANSWER_INVALID");
}

#[tokio::test]
async fn an_answer_may_be_larger_than_a_request() {
    let stack = Stack::start().await;
    assert_eq!(stack.get("/v1/large/8000000").await.status(), 200);
}
