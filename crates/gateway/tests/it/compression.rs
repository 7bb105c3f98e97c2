//! Answers in the coding that the client takes.

use std::io::Read as _;

use reqwest::Response;
use serde_json::Value as Json;

use crate::harness::{Stack, assert_problem};

/// A path whose answer is long enough, and has an etag.
fn state() -> String {
    format!("/v1/states/{}?etag=v1", "x".repeat(2000))
}

async fn get(stack: &Stack, path: &str, accept: &str) -> Response {
    let request = stack.request("GET", path).header("accept-encoding", accept);
    request.send().await.expect("an answer")
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().expect("text"))
}

fn decode(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match coding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).map(drop),
        "br" => brotli::BrotliDecompress(&mut &*bytes, &mut plain),
        "zstd" => zstd::stream::copy_decode(bytes, &mut plain),
        _ => panic!("{coding}"),
    }
    .expect("a body in the coding");
    plain
}

#[tokio::test]
async fn an_answer_comes_in_each_coding_with_a_tag_of_its_own() {
    let stack = Stack::start().await;
    let plain = stack.get(&state()).await;
    assert_eq!(header(&plain, "etag"), Some("\"v1\""));
    assert_eq!(header(&plain, "vary"), Some("Accept-Encoding"));
    assert_eq!(header(&plain, "content-encoding"), None);
    let plain = plain.bytes().await.expect("a body");
    for coding in ["gzip", "br", "zstd"] {
        let response = get(&stack, &state(), coding).await;
        assert_eq!(header(&response, "content-encoding"), Some(coding));
        assert_eq!(header(&response, "content-type"), Some("application/json"));
        assert_eq!(header(&response, "vary"), Some("Accept-Encoding"));
        assert_eq!(header(&response, "etag"), Some(format!("\"v1-{coding}\"").as_str()));
        let length: usize = header(&response, "content-length").expect("it").parse().expect("it");
        let encoded = response.bytes().await.expect("a body");
        assert_eq!(encoded.len(), length);
        assert!(encoded.len() < plain.len() / 2, "{coding}: {}", encoded.len());
        assert_eq!(decode(coding, &encoded), plain);
    }
}

#[tokio::test]
async fn the_tag_of_any_coding_is_known_to_be_of_the_state() {
    let stack = Stack::start().await;
    for tag in ["\"v1\"", "\"v1-gzip\"", "\"v1-br\"", "\"v1-zstd\""] {
        for accept in ["gzip", "identity"] {
            let request = stack.request("GET", &state()).header("accept-encoding", accept);
            let response = request.header("if-none-match", tag).send().await.expect("an answer");
            assert_eq!(response.status(), 304, "{tag}");
            // The tag by which the client finds what it has kept.
            assert_eq!(header(&response, "etag"), Some(tag));
            assert_eq!(header(&response, "vary"), Some("Accept-Encoding"));
            assert_eq!(header(&response, "content-encoding"), None);
        }
        let request = stack.request("DELETE", "/v1/states/1").header("if-match", tag);
        let answer: Json = request.send().await.expect("an answer").json().await.expect("JSON");
        let seen: Json =
            serde_json::from_str(answer["request"].as_str().expect("it")).expect("JSON");
        assert_eq!(seen["etag"], "v1", "{tag}");
    }
    let request = stack.request("GET", &state()).header("if-none-match", "\"v0-gzip\"");
    assert_eq!(request.send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn head_tells_the_headers_of_the_coding() {
    let stack = Stack::start().await;
    let get = get(&stack, &state(), "br").await;
    let request = stack.request("HEAD", &state()).header("accept-encoding", "br");
    let head = request.send().await.expect("an answer");
    for name in ["content-encoding", "content-length", "etag", "vary", "content-type"] {
        assert_eq!(header(&head, name), header(&get, name), "{name}");
        assert!(header(&head, name).is_some(), "{name}");
    }
    assert_eq!(head.bytes().await.expect("no body").len(), 0);
}

#[tokio::test]
async fn an_answer_below_the_threshold_stays_as_it_is() {
    let stack = Stack::start().await;
    // The whole answer is as much longer as its word.
    let rest_bytes = stack.get("/v1/large/0").await.bytes().await.expect("a body").len();
    for (bytes, coding) in [(1023, None), (1024, Some("gzip"))] {
        let path = format!("/v1/large/{}", bytes - rest_bytes - 8);
        let length = get(&stack, &path, "identity").await.bytes().await.expect("a body").len();
        // The number in the answer takes some bytes too.
        let path = format!("/v1/large/{}", bytes - rest_bytes - 8 + bytes - length);
        let plain = get(&stack, &path, "identity").await.bytes().await.expect("a body");
        assert_eq!(plain.len(), bytes);
        let response = get(&stack, &path, "gzip").await;
        assert_eq!(header(&response, "content-encoding"), coding, "{bytes}");
        assert_eq!(header(&response, "vary"), Some("Accept-Encoding"));
    }
}

#[tokio::test]
async fn a_large_answer_is_compressed_too() {
    let stack = Stack::start().await;
    let response = get(&stack, "/v1/large/3000000", "gzip, br").await;
    assert_eq!(header(&response, "content-encoding"), Some("br"));
    let plain = decode("br", &response.bytes().await.expect("a body"));
    assert!(plain.len() > 3_000_000);
}

#[tokio::test]
async fn problems_are_compressed_for_those_who_take_nothing_else() {
    let stack = Stack::start().await;
    let response = get(&stack, "/v1/nowhere", "identity;q=0, gzip").await;
    assert_eq!(response.status(), 404);
    assert_eq!(header(&response, "content-encoding"), Some("gzip"));
    let body = decode("gzip", &response.bytes().await.expect("a body"));
    let problem: Json = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(problem["reason"], "ROUTE_NOT_FOUND");
}

#[tokio::test]
async fn who_takes_no_coding_at_all_is_refused_before_anything_is_done() {
    let stack = Stack::start().await;
    assert_problem!(get(&stack, "/v1/things", "identity;q=0, deflate").await);
}

#[tokio::test]
async fn what_is_no_text_stays_as_it_is() {
    let stack = Stack::start().await;
    let body = vec![b'x'; 5000];
    for (content_type, coding) in
        [("application/pdf", None), ("image/png", None), ("text/csv; charset=utf-8", Some("gzip"))]
    {
        let request = stack.request("PUT", "/v1/sent-back").header("content-type", content_type);
        let request = request.header("accept-encoding", "gzip").body(body.clone());
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "content-encoding"), coding, "{content_type}");
    }
}
