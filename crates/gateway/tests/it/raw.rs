//! What no well-behaved client sends.

use takar_gateway::Limits;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::Stack;

/// Sends bytes as they are and reads until the gateway closes.
pub(crate) async fn exchange(stack: &Stack, request: &[u8]) -> String {
    let mut connection = TcpStream::connect(stack.gateway).await.expect("a connection");
    connection.write_all(request).await.expect("the request is taken");
    let mut answer = Vec::new();
    // A reset after the answer is the gateway's right where the request was too large.
    let _ = connection.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn chunked(body_bytes: usize) -> Vec<u8> {
    const CHUNK: usize = 64 * 1024;
    let mut request = b"PUT /v1/shelves/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        .to_vec();
    let body = format!("{{\"text\":\"{}\"}}", "x".repeat(body_bytes - r#"{"text":""}"#.len()));
    for chunk in body.as_bytes().chunks(CHUNK) {
        request.extend(format!("{:x}\r\n", chunk.len()).bytes());
        request.extend(chunk);
        request.extend(b"\r\n");
    }
    request.extend(b"0\r\n\r\n");
    request
}

#[tokio::test]
async fn the_limit_holds_for_chunked_bodies() {
    let limits = Limits { max_body_bytes: 100_000, ..Limits::default() };
    let stack = Stack::with_limits(limits).await;
    let answer = exchange(&stack, &chunked(100_000)).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer:.300}");
    let answer = exchange(&stack, &chunked(100_001)).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer:.300}");
    assert!(answer.contains("BODY_TOO_LARGE"), "{answer:.600}");
}

#[tokio::test]
async fn a_large_body_is_refused_before_it_is_sent() {
    let stack = Stack::start().await;
    let head = "PUT /v1/shelves/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/json\r\ncontent-length: 999999999999\r\n\r\n";
    let answer = exchange(&stack, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer:.300}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let stack = Stack::start().await;
    let request = "PUT /v1/shelves/1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
        2\r\n{}\r\nno length\r\n";
    let answer = exchange(&stack, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer:.300}");
    assert!(answer.contains("BODY_INCOMPLETE"), "{answer:.600}");
}

#[tokio::test]
async fn a_broken_encoding_in_the_path_is_refused() {
    let stack = Stack::start().await;
    for path in ["/v1/files/%", "/v1/files/%zz", "/v1/files/%c3%28"] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = exchange(&stack, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{path}: {answer:.300}");
        assert!(answer.contains("MALFORMED_PATH"), "{path}: {answer:.600}");
    }
}
