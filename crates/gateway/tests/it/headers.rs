//! Headers that set fields, and those that come from them.

use reqwest::Response;
use serde_json::{Value as Json, json};

use crate::{
    harness::{Stack, assert_problem, echoed},
    raw::exchange,
};

async fn send(stack: &Stack, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = stack.request(method, path);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.expect("an answer")
}

/// The status and the fields that are wrong.
async fn refused(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let problem: Json = response.json().await.expect("JSON");
    let field = |error: &Json| {
        format!("{}: {}", error["field"].as_str().unwrap(), error["reason"].as_str().unwrap())
    };
    let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    (status, errors.iter().map(field).collect::<Vec<_>>().join(", "))
}

#[tokio::test]
async fn an_idempotency_key_is_the_request_id() {
    let stack = Stack::start().await;
    for (given, key) in [("abc", "abc"), ("\"abc\"", "abc"), (r#""a\"\\""#, r#"a"\"#)] {
        let headers = [("idempotency-key", given)];
        let response = send(&stack, "DELETE", "/v1/states/1", &headers).await;
        assert_eq!(echoed(response).await, json!({"name": "states/1", "requestId": key}));
    }
    let headers = [("idempotency-key", "k"), ("content-type", "application/json")];
    let response = send(&stack, "PATCH", "/v1/states/1", &headers).await;
    let expected = json!({"state": {"name": "states/1"}, "requestId": "k"});
    assert_eq!(echoed(response).await, expected);
}

#[tokio::test]
async fn a_bad_idempotency_key_is_refused_by_its_name() {
    let stack = Stack::start().await;
    for key in ["", "\"\"", "a b", "\"a", &"x".repeat(201)] {
        let response = send(&stack, "DELETE", "/v1/states/1", &[("idempotency-key", key)]).await;
        let expected = (400, "Idempotency-Key: INVALID_HEADER".to_owned());
        assert_eq!(refused(response).await, expected, "{key}");
    }
    let twice = [("idempotency-key", "a"), ("idempotency-key", "a")];
    assert_problem!(send(&stack, "DELETE", "/v1/states/1", &twice).await);
}

#[tokio::test]
async fn a_header_may_repeat_the_field_but_not_contradict_it() {
    let stack = Stack::start().await;
    let headers = [("idempotency-key", "a"), ("if-match", "\"v\"")];
    let path = "/v1/states/1?requestId=a&etag=v";
    let response = send(&stack, "DELETE", path, &headers).await;
    let expected = json!({"name": "states/1", "requestId": "a", "etag": "v"});
    assert_eq!(echoed(response).await, expected);
    let path = "/v1/states/1?requestId=b&etag=w";
    assert_problem!(send(&stack, "DELETE", path, &headers).await);
    let request = stack.request("POST", "/v1/states/1:act").header("if-match", "*");
    let response = request.body(r#"{"etag": "v"}"#).send().await.expect("an answer");
    assert_eq!(refused(response).await, (400, "etag: CONFLICTING_VALUE".to_owned()));
}

#[tokio::test]
async fn if_match_is_the_etag_of_the_request_or_of_what_it_updates() {
    let stack = Stack::start().await;
    for (given, etag) in [("\"v1\"", "v1"), ("*", "*"), ("\"a,b\"", "a,b")] {
        let response = send(&stack, "DELETE", "/v1/states/1", &[("if-match", given)]).await;
        assert_eq!(echoed(response).await, json!({"name": "states/1", "etag": etag}));
    }
    let request = stack.request("PATCH", "/v1/states/1").header("if-match", "\"v1\"");
    let response = request.body(r#"{"text": "t"}"#).send().await.expect("an answer");
    let state = json!({"name": "states/1", "text": "t", "etag": "v1"});
    assert_eq!(echoed(response).await, json!({"state": state}));
    let request = stack.request("PATCH", "/v1/states/1").header("if-match", "\"v1\"");
    let response = request.body(r#"{"etag": "v2"}"#).send().await.expect("an answer");
    assert_eq!(refused(response).await, (400, "state.etag: CONFLICTING_VALUE".to_owned()));
}

#[tokio::test]
async fn an_etag_that_no_state_can_have_fails_the_precondition() {
    let stack = Stack::start().await;
    for etag in ["W/\"v1\"", "\"\"", "\"*\""] {
        let response = send(&stack, "DELETE", "/v1/states/1", &[("if-match", etag)]).await;
        assert_eq!(response.status(), 412, "{etag}");
    }
    assert_problem!(send(&stack, "DELETE", "/v1/states/1", &[("if-match", "W/\"v1\"")]).await);
    // What is wrong in any state goes first.
    let response = send(&stack, "DELETE", "/v1/states/1?x=1", &[("if-match", "W/\"a\"")]).await;
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn if_match_takes_one_etag() {
    let stack = Stack::start().await;
    for tags in ["v1", "\"v1", "", "\"a\" \"b\""] {
        let response = send(&stack, "DELETE", "/v1/states/1", &[("if-match", tags)]).await;
        let expected = (400, "If-Match: INVALID_HEADER".to_owned());
        assert_eq!(refused(response).await, expected, "{tags}");
    }
    assert_problem!(send(&stack, "DELETE", "/v1/states/1", &[("if-match", "\"a\", \"b\"")]).await);
}

#[tokio::test]
async fn a_change_that_cannot_heed_a_header_is_refused() {
    let stack = Stack::start().await;
    let headers = [("idempotency-key", "a"), ("if-match", "\"v\""), ("if-none-match", "*")];
    assert_problem!(send(&stack, "DELETE", "/v1/shelves/1", &headers).await);
    // Nothing is changed here, so there is nothing to heed.
    let headers = [("idempotency-key", ""), ("if-match", "v")];
    assert_eq!(send(&stack, "GET", "/v1/things", &headers).await.status(), 200);
    let response = send(&stack, "GET", "/v1/states/1", &headers).await;
    assert_eq!(echoed(response).await, json!({"name": "states/1"}));
}

#[tokio::test]
async fn an_answer_tells_its_etag() {
    let stack = Stack::start().await;
    let response = stack.get("/v1/states/1?etag=v1").await;
    assert_eq!(response.headers()["etag"], "\"v1\"");
    let body: Json = response.json().await.expect("JSON");
    assert_eq!(body["etag"], "v1");
    let response = send(&stack, "DELETE", "/v1/states/1?etag=v1", &[]).await;
    assert_eq!(response.headers()["etag"], "\"v1\"");
    // Only what is read has one that the service does not tell.
    for path in ["/v1/states/1", "/v1/states/1?etag=a%22b"] {
        let response = send(&stack, "DELETE", path, &[]).await;
        assert!(!response.headers().contains_key("etag"), "{path}");
    }
}

#[tokio::test]
async fn a_reader_who_knows_the_state_is_told_so() {
    let stack = Stack::start().await;
    let path = "/v1/states/1?etag=v1";
    for (method, known, status) in [
        ("GET", "\"v1\"", 304),
        ("HEAD", "\"v1\"", 304),
        ("GET", "W/\"v1\"", 304),
        ("GET", "\"v0\", \"v1\"", 304),
        ("GET", "*", 304),
        ("GET", "\"v0\"", 200),
        ("GET", "v1", 200),
    ] {
        let response = send(&stack, method, path, &[("if-none-match", known)]).await;
        assert_eq!(response.status(), status, "{method} {known}");
        assert_eq!(response.headers()["etag"], "\"v1\"", "{method} {known}");
    }
}

#[tokio::test]
async fn not_modified_has_neither_body_nor_length() {
    let stack = Stack::start().await;
    for method in ["GET", "HEAD"] {
        let request = format!(
            "{method} /v1/states/1?etag=v1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             if-none-match: \"v1\"\r\n\r\n"
        );
        let answer = exchange(&stack, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 304"), "{answer}");
        assert!(!answer.contains("content-length"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    }
}
