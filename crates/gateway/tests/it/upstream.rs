//! The connection to the server: what it is told, and what happens without it.

use std::time::Duration;

use serde_json::Value as Json;
use takar_gateway::Limits;

use tokio::net::{TcpListener, UnixListener};
use tokio_stream::wrappers::{TcpListenerStream, UnixListenerStream};

use crate::{
    grpc,
    harness::{Stack, Throwaway, assert_problem, start_gateway, unused_address},
};

#[tokio::test]
async fn a_server_that_is_down_is_unavailable_and_nothing_leaks() {
    let stack = Stack::without_server().await;
    let response = stack.get("/v1/things").await;
    let port = stack.server.port().to_string();
    let problem = crate::harness::problem(response).await;
    assert!(!problem.contains(&port) && !problem.contains("127.0.0.1"), "{problem}");
    insta::assert_snapshot!(problem);
}

#[tokio::test]
async fn a_slow_server_times_out() {
    let limits = Limits { request_timeout: Duration::from_millis(200), ..Limits::default() };
    let stack = Stack::with_limits(limits).await;
    assert_problem!(stack.get("/v1/slow/10000").await);
}

#[tokio::test]
async fn a_server_may_listen_on_a_unix_socket() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("server.sock");
    let listener = UnixListener::bind(&path).expect("a socket");
    let server = grpc::router(Throwaway::new());
    tokio::spawn(server.serve_with_incoming(UnixListenerStream::new(listener)));
    let upstream = format!("unix://{}", path.display());
    let gateway = start_gateway(&upstream, Limits::default()).await;
    let stack = Stack::of(unused_address().await, gateway);
    assert_eq!(stack.seen("/v1/shelves/1/books/2").await["name"], "shelves/1/books/2");
}

#[tokio::test]
async fn a_server_that_comes_back_is_found_again() {
    let stack = Stack::without_server().await;
    assert_eq!(stack.get("/v1/things").await.status(), 503);
    let listener = TcpListener::bind(stack.server).await.expect("the same port");
    let server = grpc::router(Throwaway::new());
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    assert_eq!(stack.get("/v1/things").await.status(), 200);
}

#[tokio::test]
async fn only_the_named_headers_are_passed_on() {
    let stack = Stack::start().await;
    let response = stack
        .request("GET", "/v1/things")
        .header("authorization", "Bearer token")
        .header("accept-language", "id")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("tracestate", "a=b")
        .header("x-request-id", "mine-1")
        .header("x-forwarded-for", "192.0.2.1")
        .header("cookie", "secret")
        .header("grpc-metadata-x", "y")
        .header("grpc-timeout", "1n")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.headers()["x-request-id"], "mine-1");
    let answer: Json = response.json().await.expect("JSON");
    let metadata = &answer["metadata"];
    assert_eq!(metadata["authorization"], "Bearer token");
    assert_eq!(metadata["accept-language"], "id");
    assert_eq!(metadata["tracestate"], "a=b");
    assert_eq!(metadata["x-request-id"], "mine-1");
    // A map shows the last of several values, which is the gateway's own.
    assert_eq!(metadata["x-forwarded-for"], "127.0.0.1");
    assert_eq!(metadata["grpc-timeout"], "30000000u");
    assert!(metadata["traceparent"].is_string());
    assert_eq!(metadata.get("cookie"), None);
    assert_eq!(metadata.get("grpc-metadata-x"), None);
}

#[tokio::test]
async fn a_strange_request_id_is_replaced() {
    let stack = Stack::start().await;
    for id in ["two words", "", &"x".repeat(129), "semi;colon"] {
        let request = stack.request("GET", "/v1/things").header("x-request-id", id);
        let response = request.send().await.expect("an answer");
        let answered = response.headers()["x-request-id"].to_str().expect("text").to_owned();
        assert_eq!(answered.len(), 36, "{id} became {answered}");
        let answer: Json = response.json().await.expect("JSON");
        assert_eq!(answer["metadata"]["x-request-id"], answered.as_str());
    }
}
