//! Methods that answer with a stream: how it is written, how it ends, and what it holds up.

mod files;
pub(crate) mod server;

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
    time::Duration,
};

use http_body_util::BodyExt as _;
use reqwest::Response;
use serde_json::Value as Json;
use takar_gateway::Limits;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use self::server::{Counters, start_server};
use crate::harness::{Stack, Stoppable, assert_problem, gateway, problem};

/// How long anything may take, on a machine that is busy with other tests: a heartbeat comes after 15 s.
const PATIENCE: Duration = Duration::from_secs(40);

/// A gateway in front of the streams, and what its server counts.
struct Streams {
    stack: Stack,
    counters: Counters,
    gateway: Stoppable,
}

async fn start() -> Streams {
    start_with(Limits::default()).await
}

async fn start_with(limits: Limits) -> Streams {
    let (server, counters) = start_server().await;
    let gateway = Stoppable::start(gateway(&format!("http://{server}"), limits)).await;
    Streams { stack: Stack::of(server, gateway.address), counters, gateway }
}

impl Streams {
    async fn get(&self, path: &str) -> Response {
        self.stack.get(path).await
    }

    async fn events(&self, path: &str) -> Response {
        let request = self.stack.request("GET", path).header("accept", "text/event-stream");
        request.send().await.expect("an answer")
    }

    async fn after(&self, path: &str, id: &str) -> Response {
        let request = self.stack.request("GET", path).header("last-event-id", id);
        request.header("accept", "text/event-stream").send().await.expect("an answer")
    }
}

async fn text(response: Response) -> String {
    assert_eq!(response.status(), 200);
    timeout(PATIENCE, response.text()).await.expect("an end").expect("a whole body")
}

/// The text, with ids and other things that differ left out.
fn masked(text: &str) -> String {
    let line = |line: &str| {
        let Some(start) = line.find("{\"error\":").map(|_| 0).or_else(|| line.find("{\"type\""))
        else {
            return line.to_owned();
        };
        let (before, json) = line.split_at(start);
        let mut json: Json = serde_json::from_str(json).expect("JSON");
        let problem = if json.get("error").is_some() { &mut json["error"] } else { &mut json };
        assert!(problem["requestId"].is_string(), "{line}");
        problem["requestId"] = "[id]".into();
        format!("{before}{json}")
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers()[name].to_str().expect("text")
}

#[tokio::test]
async fn messages_are_lines_of_json_and_the_last_line_says_that_they_are_all() {
    let streams = start().await;
    for path in ["/v1/events?count=2", "/v1/ticks?count=2", "/v1/texts?count=2", "/v1/events"] {
        let response = streams.get(path).await;
        assert_eq!(header(&response, "content-type"), "application/x-ndjson");
        assert_eq!(header(&response, "cache-control"), "no-store");
        assert_eq!(header(&response, "x-accel-buffering"), "no");
        insta::assert_snapshot!(text(response).await);
    }
    let response = streams.stack.send("POST", "/v1/events", r#"{"count": 1}"#).await;
    assert_eq!(text(response).await.lines().count(), 2);
}

#[tokio::test]
async fn messages_are_events_with_their_cursor_as_id() {
    let streams = start().await;
    for path in ["/v1/events?count=2", "/v1/ticks?count=2", "/v1/texts?count=2", "/v1/events"] {
        let response = streams.events(path).await;
        assert_eq!(header(&response, "content-type"), "text/event-stream");
        assert_eq!(header(&response, "vary"), "accept");
        insta::assert_snapshot!(text(response).await);
    }
}

#[tokio::test]
async fn a_stream_that_fails_after_two_messages_does_not_look_complete() {
    let streams = start().await;
    let lines = streams.get("/v1/events?count=2&failCode=9").await;
    insta::assert_snapshot!(masked(&text(lines).await));
    let events = streams.events("/v1/events?count=2&failCode=13").await;
    insta::assert_snapshot!(masked(&text(events).await));
    let raw = streams.stack.request("GET", "/v1/export?count=2&failCode=9").send().await;
    if let Ok(raw) = raw {
        raw.bytes().await.expect_err("a body that breaks off");
    }
}

#[tokio::test]
async fn what_fails_before_the_first_message_is_a_problem() {
    let streams = start().await;
    assert_problem!(streams.get("/v1/events?failCode=5").await);
    assert_eq!(streams.events("/v1/events?failCode=5").await.status(), 404);
    assert_eq!(streams.get("/v1/export?failCode=5").await.status(), 404);
    assert_eq!(streams.get("/v1/events?nothing=1").await.status(), 400);
}

#[tokio::test]
async fn a_form_that_no_stream_has_is_refused() {
    let streams = start().await;
    let request = streams.stack.request("GET", "/v1/events").header("accept", "application/json");
    assert_problem!(request.send().await.expect("an answer"));
}

#[tokio::test]
async fn bytes_are_sent_one_after_the_other_as_they_are() {
    let streams = start().await;
    let response = streams.get("/v1/export?count=3&textBytes=2").await;
    assert_eq!(header(&response, "content-type"), "text/csv");
    assert_eq!(header(&response, "content-disposition"), "attachment");
    assert_eq!(text(response).await, "xxxxxx");
    let empty = streams.get("/v1/export").await;
    assert_eq!(header(&empty, "content-type"), "application/octet-stream");
    assert_eq!(text(empty).await, "");
}

#[tokio::test]
async fn a_stream_goes_on_after_the_last_event_that_was_seen() {
    let streams = start().await;
    for path in ["/v1/events?count=1", "/v1/events?count=1&cursor=3"] {
        let events = text(streams.after(path, "7").await).await;
        assert!(events.starts_with("id: 8\n"), "{events}");
    }
    let events = text(streams.after("/v1/events/after/7?count=1", "7").await).await;
    assert!(events.starts_with("id: 8\n"), "{events}");
    let events = text(streams.after("/v1/events?count=1", "").await).await;
    assert!(events.starts_with("id: 1\n"), "{events}");
    assert_problem!(streams.after("/v1/events/after/3", "7").await);
    assert_problem!(streams.after("/v1/ticks", "7").await);
}

#[tokio::test]
async fn a_method_that_takes_a_stream_has_no_route() {
    let streams = start().await;
    for path in ["/v1/chat", "/v1/send"] {
        assert_eq!(streams.get(path).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_stream_without_a_message_begins_all_the_same() {
    let streams = start().await;
    let response = timeout(PATIENCE, streams.events("/v1/events?staysOpen=true")).await;
    assert_eq!(response.expect("an answer before any message").status(), 200);
}

#[tokio::test]
async fn a_stream_that_has_nothing_to_say_for_too_long_ends_by_saying_so() {
    let limits = Limits { stream_idle_timeout: Duration::from_millis(300), ..Limits::default() };
    let streams = start_with(limits).await;
    let lines = streams.get("/v1/events?count=1&staysOpen=true").await;
    insta::assert_snapshot!(masked(&text(lines).await));
    streams.counters.all_ended().await;
}

#[tokio::test]
async fn a_stream_outlives_the_time_that_a_request_has() {
    let limits = Limits { request_timeout: Duration::from_millis(200), ..Limits::default() };
    let streams = start_with(limits).await;
    let mut response = streams.get("/v1/events?count=1&staysOpen=true").await;
    assert!(response.chunk().await.expect("a message").is_some());
    assert!(timeout(Duration::from_secs(1), response.chunk()).await.is_err());
}

#[tokio::test]
async fn a_client_that_hangs_up_ends_the_stream_at_the_server() {
    let streams = start().await;
    for _ in 0..3 {
        let mut response = streams.get("/v1/events?count=1&staysOpen=true").await;
        assert!(response.chunk().await.expect("a message").is_some());
        assert_eq!(streams.counters.open(), 1);
        drop(response);
        streams.counters.all_ended().await;
    }
}

#[tokio::test]
async fn only_so_many_streams_are_open_at_once() {
    let streams = start_with(Limits { max_streams: 2, ..Limits::default() }).await;
    let path = "/v1/events?count=1&staysOpen=true";
    let (one, _two) = (streams.get(path).await, streams.get(path).await);
    assert_problem!(streams.get(path).await);
    assert_eq!(streams.get("/v1/events?nothing=1").await.status(), 400);
    drop(one);
    let again = async {
        while streams.get(path).await.status() != 200 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, again).await.expect("the place that became free");
}

#[tokio::test]
async fn a_stream_that_waits_ends_by_saying_so_when_the_gateway_stops() {
    let Streams { stack, counters, gateway } = start().await;
    let mut response = stack.get("/v1/events?count=1&staysOpen=true").await;
    assert!(response.chunk().await.expect("a message").is_some());
    let stopped = gateway.stop();
    insta::assert_snapshot!(masked(&text(response).await));
    counters.all_ended().await;
    stopped.await;
}

/// A connection that takes little, to which a stream of a gigabyte is sent.
async fn slow_reader(gateway: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 * 1024).expect("a small buffer");
    let mut reader = socket.connect(gateway).await.expect("a connection");
    let request = "GET /v1/events?count=1000000&textBytes=1000 HTTP/1.1\r\nhost: x\r\n\r\n";
    reader.write_all(request.as_bytes()).await.expect("taken");
    reader
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_holds_the_server_back_and_memory_flat() {
    // What the kernel holds for one connection; all else is some hundred kilobytes.
    const MOST: usize = 12_000;
    let streams = start().await;
    let mut reader = slow_reader(streams.stack.gateway).await;
    let sent = streams.counters.sent_until_blocked().await;
    assert!(sent < MOST, "{sent} messages were sent that nobody reads");
    // What is read makes room for more.
    let mut read = vec![0; (sent + 1000) * 1000];
    timeout(PATIENCE, reader.read_exact(&mut read)).await.expect("in time").expect("more");
    assert!(streams.counters.sent() > sent);
    drop(reader);
    streams.counters.all_ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_of_http_2_holds_nobody_else_up() {
    // Windows of 64 KiB on both sides, and what is between them.
    const MOST: usize = 1_000;
    let streams = start().await;
    let io = hyper_util::rt::TokioIo::new(
        TcpStream::connect(streams.stack.gateway).await.expect("a connection"),
    );
    let handshake = hyper::client::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new())
        .initial_stream_window_size(64 * 1024)
        .handshake(io);
    let (mut sender, connection) = handshake.await.expect("HTTP/2");
    tokio::spawn(connection);
    let mut slow = Vec::new();
    let request = || {
        let url = "http://x/v1/events?count=1000000&textBytes=1000";
        let body = http_body_util::Empty::<&'static [u8]>::new();
        http::Request::get(url).body(body).expect("a request")
    };
    for _ in 0..20 {
        sender.ready().await.expect("a connection");
        slow.push(sender.send_request(request()).await.expect("an answer").into_body());
    }
    let sent = streams.counters.sent_until_blocked().await;
    assert!(sent < 20 * MOST, "{sent} messages were sent that nobody reads");
    // The others of the same connections go on.
    let all = text(streams.get("/v1/events?count=1000&textBytes=1000").await).await;
    assert_eq!(all.lines().count(), 1001);
    let frame = slow[0].frame().await.expect("a frame").expect("a frame");
    assert!(frame.is_data());
}

#[tokio::test]
async fn messages_that_are_there_at_once_are_sent_together() {
    let streams = start().await;
    let mut response = streams.get("/v1/events?count=10000").await;
    let (mut pieces, mut bytes) = (0, 0);
    while let Some(piece) = response.chunk().await.expect("a piece") {
        (pieces, bytes) = (pieces + 1, bytes + piece.len());
    }
    assert!(pieces < 2_000, "{bytes} bytes came in {pieces} pieces");
}

/// The first lines of a stream that goes on, as curl shows them.
async fn curl(url: &str, accept: &str, count: usize) -> Vec<String> {
    let child = Command::new("curl")
        .args(["--no-buffer", "--silent", "--header", accept, "--noproxy", "*", url])
        .stdout(Stdio::piped())
        .spawn()
        .expect("curl is installed, which this test needs");
    let mut child = Killed(child);
    let output = child.0.stdout.take().expect("its output");
    let lines = tokio::task::spawn_blocking(move || {
        let lines = std::io::BufRead::lines(std::io::BufReader::new(output));
        lines.take(count).map(|line| line.expect("a line")).collect()
    });
    timeout(PATIENCE, lines).await.expect("lines while the stream goes on").expect("no panic")
}

struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_shows_each_message_as_it_comes() {
    let streams = start().await;
    let url = format!("http://{}/v1/events?count=2&staysOpen=true", streams.stack.gateway);
    let lines = curl(&url, "accept: application/x-ndjson", 2).await;
    assert_eq!(lines, [r#"{"cursor":"1","text":""}"#, r#"{"cursor":"2","text":""}"#]);
    let lines = curl(&url, "accept: text/event-stream", 2).await;
    assert_eq!(lines, ["id: 1", r#"data: {"cursor":"1","text":""}"#]);
    streams.counters.all_ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_source_hears_of_a_silent_stream_that_it_goes_on() {
    let streams = start().await;
    let url = format!("http://{}/v1/events?count=1&staysOpen=true", streams.stack.gateway);
    // The comment comes when nothing else has for 15 s.
    let lines = curl(&url, "accept: text/event-stream", 4).await;
    assert_eq!(lines[2..], ["", ": heartbeat"]);
    streams.counters.all_ended().await;
}

#[tokio::test]
async fn a_server_that_dies_amid_a_stream_is_told_in_the_last_line() {
    let streams = start().await;
    let mut response = streams.get("/v1/events?count=1&staysOpen=true").await;
    assert!(response.chunk().await.expect("a message").is_some());
    streams.counters.hang_up();
    insta::assert_snapshot!(masked(&text(response).await));
}

#[tokio::test]
async fn a_stream_of_a_server_that_is_down_is_a_problem() {
    let stack = Stack::without_server().await;
    let problem = problem(stack.get("/v1/events").await).await;
    assert!(problem.starts_with("503"), "{problem}");
}

#[tokio::test]
async fn a_stream_over_http_1_is_chunked_and_comes_line_by_line() {
    let streams = start().await;
    let mut connection = TcpStream::connect(streams.stack.gateway).await.expect("a connection");
    let request = "GET /v1/events?count=1&staysOpen=true HTTP/1.1\r\nhost: x\r\n\r\n";
    connection.write_all(request.as_bytes()).await.expect("taken");
    let mut lines = BufReader::new(connection).lines();
    let mut seen = Vec::new();
    while !seen.last().is_some_and(|line: &String| line.starts_with("{\"cursor\"")) {
        let line = timeout(PATIENCE, lines.next_line()).await.expect("in time");
        seen.push(line.expect("a line").expect("no end"));
    }
    assert!(seen.contains(&"transfer-encoding: chunked".to_owned()), "{seen:?}");
}
