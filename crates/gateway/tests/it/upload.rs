//! Bodies as they are: uploads and downloads.

use serde_json::json;
use takar_gateway::Limits;

use crate::harness::{Stack, assert_problem, echoed};

#[tokio::test]
async fn any_bytes_of_any_type_are_taken_as_they_are() {
    let stack = Stack::start().await;
    for content_type in ["text/csv; charset=utf-8", "application/json", "application/pdf"] {
        let request = stack.request("POST", "/v1/uploads/1?label=l");
        let request = request.header("content-type", content_type).body(b"\xff\x00{".to_vec());
        let response = request.send().await.expect("an answer");
        let file = json!({"contentType": content_type, "data": "/wB7"});
        assert_eq!(
            echoed(response).await,
            json!({"name": "uploads/1", "label": "l", "file": file})
        );
    }
}

#[tokio::test]
async fn an_empty_file_is_a_file() {
    let stack = Stack::start().await;
    let request = stack.request("POST", "/v1/uploads/1").header("content-type", "text/plain");
    let response = request.send().await.expect("an answer");
    let file = json!({"contentType": "text/plain"});
    assert_eq!(echoed(response).await, json!({"name": "uploads/1", "file": file}));
}

#[tokio::test]
async fn an_upload_without_a_type_is_refused() {
    let stack = Stack::start().await;
    assert_problem!(
        stack.request("POST", "/v1/uploads/1").body("x").send().await.expect("an answer")
    );
    for content_type in ["", "nonsense", "text/"] {
        let request = stack.request("POST", "/v1/uploads/1").header("content-type", content_type);
        let response = request.body("x").send().await.expect("an answer");
        assert_eq!(response.status(), 400, "{content_type}");
    }
}

#[tokio::test]
async fn a_compressed_upload_is_refused() {
    let stack = Stack::start().await;
    let request = stack.request("POST", "/v1/uploads/1").header("content-type", "text/plain");
    let request = request.header("content-encoding", "gzip").body("x");
    assert_problem!(request.send().await.expect("an answer"));
}

#[tokio::test]
async fn parameters_cannot_set_what_the_upload_sets() {
    let stack = Stack::start().await;
    for (method, path) in
        [("POST", "/v1/uploads/1?file.contentType=a/b"), ("PUT", "/v1/sent-back?contentType=a/b")]
    {
        let request = stack.request(method, path).header("content-type", "text/plain");
        let response = request.body("x").send().await.expect("an answer");
        let problem: serde_json::Value = response.json().await.expect("JSON");
        assert_eq!(problem["reason"], "UNKNOWN_PARAMETER", "{path}");
    }
}

#[tokio::test]
async fn an_upload_of_the_limit_passes_and_one_byte_more_does_not() {
    let stack = Stack::start().await;
    let upload = |bytes| {
        let request = stack.request("PUT", "/v1/sent-back").header("content-type", "image/png");
        request.body(vec![1_u8; bytes]).send()
    };
    let response = upload(Limits::MAX_UPLOAD_BYTES).await.expect("an answer");
    assert_eq!(response.status(), 200);
    let length = response.headers()["content-length"].to_str().expect("text").parse::<usize>();
    assert_eq!(length, Ok(Limits::MAX_UPLOAD_BYTES));
    let body = response.bytes().await.expect("a body");
    assert!(body.len() == Limits::MAX_UPLOAD_BYTES && body.iter().all(|byte| *byte == 1));
    assert_problem!(upload(Limits::MAX_UPLOAD_BYTES + 1).await.expect("an answer"));
}

#[tokio::test]
async fn a_download_is_never_a_page() {
    let stack = Stack::start().await;
    for method in ["GET", "HEAD"] {
        let request = stack.request(method, "/v1/uploads/1?etag=v1").header("accept", "image/png");
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        for (name, value) in [
            ("content-type", "text/html"),
            ("content-length", "8"),
            ("content-disposition", "attachment"),
            ("x-content-type-options", "nosniff"),
            ("etag", "\"v1\""),
        ] {
            assert_eq!(response.headers()[name], value, "{method}");
        }
        let expected = if method == "GET" { "<script>" } else { "" };
        assert_eq!(response.text().await.expect("a body"), expected);
    }
}
