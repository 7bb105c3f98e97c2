//! The program before services of another contract, told of by `--descriptor-set` alone: streams, maps,
//! `Any`, 64-bit numbers and every kind of binding, with curl and hyper as clients. The browser's `fetch`
//! is in [`crate::browser`].

use std::{fs, net::SocketAddr, process::Command};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::{
    documented,
    echo::{EVERYTHING, Echo},
    grpc::{self, Grpc},
    harness::{Stack, Throwaway, compile, unused_address},
    program::{Running, program, ready},
    streams::server::Streams,
};

/// The program, and the services behind it.
pub(crate) struct Strange {
    pub(crate) gateway: SocketAddr,
    server: SocketAddr,
    _running: Running,
    _directory: TempDir,
}

impl Strange {
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let files = ["everything.proto", "throwaway.proto", "streams.proto"];
        let directory = tempfile::tempdir().expect("a directory");
        let descriptors = directory.path().join("another.binpb");
        fs::write(&descriptors, compile(&files)).expect("a file");
        let (streams, _) = Streams::new();
        let router = grpc::router(Echo).add_service(Grpc(Throwaway::new()));
        let (_, health) = tonic_health::server::health_reporter();
        let server = grpc::start(router.add_service(Grpc(streams)).add_service(health)).await;
        let gateway = unused_address().await;
        let child = program()
            .arg("--descriptor-set")
            .arg(&descriptors)
            .args(["--upstream", &format!("http://{server}"), "--listen", &gateway.to_string()])
            .args(["--requests-per-second", "0"])
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the program runs");
        let running = Running(child);
        ready(gateway).await;
        Self { gateway, server, _running: running, _directory: directory }
    }

    /// What curl gets: the status and the body.
    async fn curl(&self, arguments: &[&str], path: &str) -> (u16, String) {
        let url = format!("http://{}{path}", self.gateway);
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--globoff", "--noproxy", "*", "--max-time", "60"]);
        curl.args(["--write-out", "\n%{http_code}"]).args(arguments).arg(url);
        let done = tokio::task::spawn_blocking(move || curl.output()).await.expect("no panic");
        let done = done.expect("curl is installed, which this test needs");
        let text = String::from_utf8(done.stdout).expect("text");
        let (body, status) = text.rsplit_once('\n').expect("a status");
        (status.parse().expect("a number"), body.to_owned())
    }

    /// What hyper gets over HTTP/1.1 or HTTP/2.
    async fn hyper(&self, is_http_2: bool, request: http::Request<Full<Bytes>>) -> (u16, String) {
        let tcp = TcpStream::connect(self.gateway).await.expect("a connection");
        let io = TokioIo::new(tcp);
        let response = if is_http_2 {
            let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), io);
            let (mut sender, connection) = handshake.await.expect("HTTP/2");
            tokio::spawn(connection);
            sender.send_request(request).await
        } else {
            let handshake = hyper::client::conn::http1::handshake(io);
            let (mut sender, connection) = handshake.await.expect("HTTP/1.1");
            tokio::spawn(connection);
            sender.send_request(request).await
        };
        let response = response.expect("an answer");
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }
}

/// The members of an answer that were sent, as it shows many defaults besides.
pub(crate) fn shown(answer: &str, sent: &Json) -> Json {
    let answer: Json = serde_json::from_str(answer).expect("JSON");
    let names = sent.as_object().expect("an object").keys();
    names.map(|name| (name.clone(), answer[name].clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_binding_of_another_contract_answers_curl() {
    let strange = Strange::start(&[]).await;
    let json = "content-type: application/json";
    for (arguments, path, pointer, expected) in [
        (&[][..], "/v1/shelves/1/books/2", "/request/name", json!("shelves/1/books/2")),
        (&[], "/v1/things?words=a&words=b", "/request/words", json!(["a", "b"])),
        (&[], "/v1/things?inner.deep.depth=3", "/request/inner/deep/depth", json!(3)),
        (
            &[],
            "/v1/things?int64_value=-9223372036854775808",
            "/request/int64Value",
            json!("-9223372036854775808"),
        ),
        (&["--json", r#"{"text":"x"}"#], "/v1/find", "/method", json!("Get")),
        (&["--json", "{}"], "/v1/files/a/b:move", "/request/name", json!("files/a/b")),
        (&["-X", "DELETE"], "/v1/shelves/1", "/request/name", json!("shelves/1")),
        (&["-X", "LOCK"], "/v1/shelves/1", "/request/name", json!("shelves/1")),
        (&["-X", "PURGE", "--json", "{}"], "/v1/anyhow", "/method", json!("Anyhow")),
        (&["-X", "PUT", "--json", r#"{"text":"t"}"#], "/v1/shelves/1", "/request/text", json!("t")),
        (&["-X", "PUT", "--json", r#"["a"]"#], "/v1/words", "/0", json!("a")),
        (&["-X", "PUT", "--json", r#""t""#], "/v1/text", "/text", json!("t")),
        (&["-X", "PUT", "--json", r#"{"k":"v"}"#], "/v1/labels", "", json!(null)),
        (&["--json", r#"{"id":"i"}"#], "/v1/shelves/1/books", "/request/inner/id", json!("i")),
        (&[], "/v1/find/i/d", "/request/inner/deep/deepId", json!("d")),
        (&[], "/v1/shelves/latest/books/b", "/method", json!("Latest")),
        (&[], "/v1/files/a%2Fb/c", "/request/name", json!("files/a%2Fb/c")),
    ] {
        let (status, body) = strange.curl(arguments, path).await;
        assert_eq!(status, 200, "{path}: {body}");
        let answer: Json = serde_json::from_str(&body).expect("JSON");
        assert_eq!(answer.pointer(pointer), Some(&expected), "{arguments:?} {path}: {body}");
    }
    // A field of the body, what it changes, a body as it is, and its file.
    let patch = ["-X", "PATCH", "-H", json, "-H", "if-match: \"e\"", "-d", r#"{"text":"n"}"#];
    let (status, body) = strange.curl(&patch, "/v1/states/1").await;
    assert!(status == 200 && body.contains(r#"\"etag\":\"e\""#), "{body}");
    let raw = ["-X", "PUT", "-H", "content-type: text/x", "-d", "as it is"];
    assert_eq!(strange.curl(&raw, "/v1/sent-back").await, (200, "as it is".to_owned()));
    assert_eq!(strange.curl(&[], "/v1/downloads/files/a.b").await, (200, "<script>".to_owned()));
    // Streams, in both forms.
    let (_, lines) = strange.curl(&[], "/v1/events?count=2").await;
    assert_eq!(lines.lines().last(), Some(r#"{"end":{}}"#), "{lines}");
    let (_, events) =
        strange.curl(&["-H", "accept: text/event-stream"], "/v1/events?count=1").await;
    assert!(events.starts_with("id: 1\ndata: {"), "{events}");
    // What is wrong, and where.
    let (status, body) = strange.curl(&[], "/v1/things?nmae=x").await;
    assert!(status == 400 && body.contains("\"field\":\"nmae\""), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn maps_any_and_large_numbers_of_another_contract_come_back_to_curl_and_hyper() {
    let strange = Strange::start(&[]).await;
    let sent: Json = serde_json::from_str(EVERYTHING).expect("JSON");
    let (status, body) = strange.curl(&["--json", EVERYTHING], "/v1/echo").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(shown(&body, &sent), sent);
    for is_http_2 in [false, true] {
        let uri = if is_http_2 { "http://x/v1/echo" } else { "/v1/echo" };
        let request = http::Request::post(uri)
            .header("host", "x")
            .header("content-type", "application/json")
            .body(Full::from(EVERYTHING))
            .expect("a request");
        let (status, body) = strange.hyper(is_http_2, request).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(shown(&body, &sent), sent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_binding_of_another_contract_takes_what_its_document_shows() {
    let strange = Strange::start(&[]).await;
    let stack = Stack::of(strange.server, strange.gateway);
    documented::assert_examples_are_taken_by(&stack).await;
}
