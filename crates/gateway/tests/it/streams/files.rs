//! Answers that are files: what they are called, and that one which broke off never looks whole.

use std::process::Command;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{PATIENCE, header, start, text};
use crate::harness::Stack;

/// Larger than all buffers between the server and a client, so that its beginning is sent.
const BREAKS_OFF: &str = "/v1/export?count=200&textBytes=20000&failCode=13";

/// What curl calls the file, and what is in it.
async fn downloaded(url: String) -> (String, Vec<u8>) {
    let curl = move || {
        let directory = tempfile::tempdir().expect("a directory");
        let done = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--noproxy", "*"])
            .args(["--remote-name", "--remote-header-name", &url])
            .current_dir(&directory)
            .output()
            .expect("curl is installed, which this test needs");
        assert!(done.status.success(), "{url}: {}", String::from_utf8_lossy(&done.stderr));
        let mut files = std::fs::read_dir(&directory).expect("a directory");
        let file = files.next().expect("a file").expect("a file");
        assert!(files.next().is_none(), "{url}");
        let name = file.file_name().into_string().expect("text");
        (name, std::fs::read(file.path()).expect("a file"))
    };
    let curl = tokio::task::spawn_blocking(curl);
    timeout(PATIENCE, curl).await.expect("in time").expect("no panic")
}

/// A path whose server says this of the file.
fn named(path: &str, said: &str) -> String {
    let encoded: Vec<_> = said.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let encoded = encoded.concat();
    format!("{path}&disposition={encoded}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_stored_by_the_name_that_the_server_says() {
    let streams = start().await;
    let name = "disposition=attachment%3B%20filename%3D%22scores-2022.csv%22";
    let url = format!("http://{}/v1/export?count=2&textBytes=2&{name}", streams.stack.gateway);
    assert_eq!(downloaded(url).await, ("scores-2022.csv".to_owned(), b"xxxx".to_vec()));

    let stack = Stack::start().await;
    let url = format!("http://{}/v1/downloads/files/rapor.html", stack.gateway);
    assert_eq!(downloaded(url).await, ("rapor.html".to_owned(), b"<script>".to_vec()));
}

#[tokio::test]
async fn a_name_is_told_before_the_file_and_in_its_head_alone() {
    let streams = start().await;
    for said in [
        "attachment; filename=\"a.csv\"",
        "attachment; filename=\"a.csv\"; filename*=UTF-8''%C3%A1.csv",
    ] {
        for path in ["/v1/export?count=1", "/v1/export?count=0", "/v1/events?count=1"] {
            for method in ["GET", "HEAD"] {
                let request = streams.stack.request(method, &named(path, said));
                let response = request.send().await.expect("an answer");
                assert_eq!(response.status(), 200);
                let told = response.headers().get("content-disposition");
                let told = told.map(|value| value.to_str().expect("text"));
                assert_eq!(told, path.contains("export").then_some(said), "{method} {path}");
            }
        }
    }
    let stack = Stack::start().await;
    let response = stack.request("HEAD", "/v1/downloads/files/a.b").send().await.expect("it");
    assert_eq!(header(&response, "content-disposition"), "attachment; filename=\"a.b\"");
}

#[tokio::test]
async fn no_server_can_have_a_browser_show_a_file_as_a_page() {
    let streams = start().await;
    for said in ["inline", "inline; filename=\"a.html\"", "attachment; filename=\"../a\"", "x"] {
        let response = streams.get(&named("/v1/export?count=1&textBytes=1", said)).await;
        assert_eq!(header(&response, "content-disposition"), "attachment", "{said}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(text(response).await, "x");
    }
}

#[tokio::test]
async fn a_file_that_breaks_off_over_http_1_has_no_last_chunk() {
    let streams = start().await;
    for coding in ["identity", "gzip"] {
        let mut connection = TcpStream::connect(streams.stack.gateway).await.expect("it");
        let request =
            format!("GET {BREAKS_OFF} HTTP/1.1\r\nhost: x\r\naccept-encoding: {coding}\r\n\r\n");
        connection.write_all(request.as_bytes()).await.expect("taken");
        let mut answer = Vec::new();
        // How the connection ends makes no difference to what is missing.
        let _ = timeout(PATIENCE, connection.read_to_end(&mut answer)).await.expect("an end");
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
        let head = String::from_utf8_lossy(&answer[..1000]).into_owned();
        assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
        assert!(answer.len() > 20_000 && !answer.ends_with(b"\r\n0\r\n\r\n"), "{coding}");
        // The next request of the connection would be answered here.
        assert!(!answer.windows(8).any(|bytes| bytes == b"problem+"));
    }
}

#[tokio::test]
async fn a_file_that_breaks_off_over_http_2_is_reset() {
    let streams = start().await;
    let tcp = TcpStream::connect(streams.stack.gateway).await.expect("a connection");
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tcp));
    let (mut sender, connection) = handshake.await.expect("HTTP/2");
    tokio::spawn(connection);
    let request = |path: &str| {
        let request = http::Request::get(format!("http://x{path}"));
        request.body(Empty::<Bytes>::new()).expect("a request")
    };
    let response = sender.send_request(request(BREAKS_OFF)).await.expect("an answer");
    assert_eq!(response.status(), 200);
    let mut body = response.into_body();
    let mut read = 0;
    let error = loop {
        match timeout(PATIENCE, body.frame()).await.expect("in time").expect("no end") {
            Ok(frame) => read += frame.into_data().map_or(0, |data| data.len()),
            Err(error) => break error,
        }
    };
    assert!(read > 20_000);
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref());
    let reset: &h2::Error = cause.expect("an error of HTTP/2");
    assert!(reset.is_reset() && reset.is_remote(), "{reset:?}");
    // The connection goes on.
    let whole = sender.send_request(request("/v1/export?count=3&textBytes=2")).await.expect("it");
    let whole = whole.into_body().collect().await.expect("all of it").to_bytes();
    assert_eq!(whole, "xxxxxx");
}

#[tokio::test]
async fn a_body_as_it_is_may_be_answered_with_a_stream() {
    let streams = start().await;
    let request = streams.stack.request("POST", "/v1/split").header("content-type", "text/plain");
    let lines = text(request.body("one\ntwo").send().await.expect("an answer")).await;
    let expected =
        [r#"{"text":"one","cursor":"1"}"#, r#"{"text":"two","cursor":"2"}"#, r#"{"end":{}}"#];
    assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
    // One request of HTTP can't be a stream of bodies, which the gateway says as it starts.
    assert_eq!(streams.stack.send("POST", "/v1/join", "{}").await.status(), 404);
}
