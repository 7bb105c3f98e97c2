//! Connections: how slow a client may be, how many there may be, and what they speak.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, StreamBody};
use hyper::{
    body::Frame,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value as Json;
use takar_gateway::Limits;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpStream, UnixListener, UnixStream},
    time::timeout,
};

use crate::harness::{PATIENCE, Stack, Stoppable, assert_problem, gateway, start_server};

/// A limit that is met soon.
pub(crate) const SOON: Duration = Duration::from_millis(200);

type Sender = http2::SendRequest<Empty<&'static [u8]>>;

pub(crate) async fn connect(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("a connection")
}

/// Reads until the gateway hangs up.
pub(crate) async fn read_to_end(connection: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = timeout(PATIENCE, connection.read_to_end(&mut answer)).await.expect("an end");
    answer
}

/// Reads one answer, whose body's length its head tells.
pub(crate) async fn read_answer(connection: &mut (impl AsyncRead + Unpin)) -> String {
    let mut answer = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() == length.map_or(0, |length| length.parse().expect("a number")) {
                return text;
            }
        }
        let read = timeout(PATIENCE, connection.read_buf(&mut answer)).await;
        assert_ne!(read.expect("in time").expect("an answer"), 0, "{text}");
    }
}

/// Lets time go by at the server, as much as the limits of the test are about.
async fn pass_time(stack: &Stack, time: Duration) {
    let client = crate::harness::client();
    let url = format!("http://{}/v1/slow/{}", stack.gateway, time.as_millis());
    assert_eq!(client.get(url).send().await.expect("an answer").status(), 200);
}

/// Speaks HTTP/2 from the first byte on; the other half ends with the connection.
async fn speak_http_2(address: SocketAddr) -> (Sender, tokio::task::JoinHandle<hyper::Result<()>>) {
    let io = TokioIo::new(connect(address).await);
    let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.expect("HTTP/2");
    (sender, tokio::spawn(connection))
}

fn request(path: &str) -> http::Request<Empty<&'static [u8]>> {
    http::Request::get(format!("http://x{path}")).body(Empty::new()).expect("a request")
}

#[tokio::test]
async fn a_head_that_trickles_is_hung_up_on() {
    let stack = Stack::with_limits(Limits { header_timeout: SOON, ..Limits::default() }).await;
    for start in ["G", "GET /healthz HTTP/1.1\r\nhost: x\r\n"] {
        let mut connection = connect(stack.gateway).await;
        connection.write_all(start.as_bytes()).await.expect("taken");
        assert_eq!(read_to_end(&mut connection).await, b"", "{start}");
    }
    // The second request of a connection is no less in a hurry.
    let mut connection = connect(stack.gateway).await;
    let requests = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    connection.write_all(requests.as_bytes()).await.expect("taken");
    assert!(read_answer(&mut connection).await.starts_with("HTTP/1.1 200"));
    connection.write_all(b"GET /healthz").await.expect("taken");
    assert_eq!(read_to_end(&mut connection).await, b"");
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_one_that_waits_for_its_answer_is_not() {
    let limits = Limits {
        idle_timeout: SOON,
        header_timeout: SOON,
        write_timeout: SOON,
        ..Limits::default()
    };
    let stack = Stack::with_limits(limits).await;
    let mut connection = connect(stack.gateway).await;
    let request = "GET /v1/slow/1000 HTTP/1.1\r\nhost: x\r\n\r\n";
    connection.write_all(request.as_bytes()).await.expect("taken");
    let answer = read_to_end(&mut connection).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    assert_eq!(read_to_end(&mut connect(stack.gateway).await).await, b"");
}

#[tokio::test]
async fn an_idle_connection_of_http_2_is_closed_in_order() {
    let limits = Limits { idle_timeout: SOON, header_timeout: SOON, ..Limits::default() };
    let stack = Stack::with_limits(limits).await;
    let (mut sender, connection) = speak_http_2(stack.gateway).await;
    let answer = sender.send_request(request("/v1/slow/1000")).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    drop(answer);
    timeout(PATIENCE, connection).await.expect("an end").expect("no panic").expect("GOAWAY");
}

#[tokio::test]
async fn a_connection_of_http_2_may_wait_before_its_first_request() {
    let stack = Stack::with_limits(Limits { header_timeout: SOON, ..Limits::default() }).await;
    let (mut sender, _connection) = speak_http_2(stack.gateway).await;
    pass_time(&stack, 3 * SOON).await;
    let answer = sender.send_request(request("/healthz")).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.version(), http::Version::HTTP_2);
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_hung_up_on() {
    let stack = Stack::with_limits(Limits { write_timeout: SOON, ..Limits::default() }).await;
    let mut connection = connect(stack.gateway).await;
    let head = "GET /v1/large/30000000 HTTP/1.1\r\nhost: x\r\n\r\n";
    connection.write_all(head.as_bytes()).await.expect("taken");
    // Whatever the kernel holds for both sides is less than the answer.
    let first = connection.read_u8().await.expect("an answer");
    assert_eq!(first, b'H');
    pass_time(&stack, 5 * SOON).await;
    assert!(read_to_end(&mut connection).await.len() < 30_000_000);
}

#[tokio::test]
async fn who_opens_no_window_for_an_answer_is_hung_up_on() {
    let stack = Stack::with_limits(Limits { write_timeout: SOON, ..Limits::default() }).await;
    let io = TokioIo::new(connect(stack.gateway).await);
    let handshake = http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(1000)
        .handshake(io)
        .await;
    let (mut sender, connection) = handshake.expect("HTTP/2");
    let connection = tokio::spawn(connection);
    // What fits the window is none of it, however long it is not looked at.
    let small = sender.send_request(request("/healthz")).await.expect("an answer");
    let answer = sender.send_request(request("/v1/large/100000")).await.expect("an answer");
    assert_eq!((small.status().as_u16(), answer.status().as_u16()), (200, 200));
    timeout(PATIENCE, connection).await.expect("an end").expect("no panic").expect_err("no end");
    assert!(answer.into_body().collect().await.is_err());
}

#[tokio::test]
async fn a_large_answer_arrives_whole_over_http_2() {
    let stack = Stack::start().await;
    let (mut sender, _connection) = speak_http_2(stack.gateway).await;
    let answer = sender.send_request(request("/v1/large/3000000")).await.expect("an answer");
    let length: usize =
        answer.headers()["content-length"].to_str().expect("it").parse().expect("it");
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    assert_eq!(body.len(), length);
    let body = std::str::from_utf8(&body).expect("text");
    assert!(body.contains(&"x".repeat(3_000_000)));
}

#[tokio::test]
async fn a_body_that_trickles_is_refused() {
    let stack = Stack::with_limits(Limits { body_timeout: SOON, ..Limits::default() }).await;
    let body = reqwest::Body::wrap(StreamBody::new(tokio_stream::pending::<
        Result<Frame<Bytes>, Infallible>,
    >()));
    let request = stack.request("PUT", "/v1/shelves/1").header("content-type", "application/json");
    assert_problem!(request.body(body).send().await.expect("an answer"));
}

#[tokio::test]
async fn a_body_has_more_time_as_its_bytes_come() {
    let stack = Stack::with_limits(Limits { body_timeout: SOON, ..Limits::default() }).await;
    let mut connection = connect(stack.gateway).await;
    let body = format!("{{\"text\": \"{}\"}}", "x".repeat(4000));
    let head = format!(
        "PUT /v1/shelves/1 HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let (first, second) = body.split_at(2000);
    connection.write_all(format!("{head}{first}").as_bytes()).await.expect("taken");
    pass_time(&stack, 4 * SOON).await;
    connection.write_all(second.as_bytes()).await.expect("taken");
    let answer = read_answer(&mut connection).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer:.300}");
}

#[tokio::test]
async fn headers_of_the_limit_pass_and_one_byte_more_does_not() {
    let stack = Stack::with_limits(Limits { max_header_bytes: 1000, ..Limits::default() }).await;
    let head = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\nlong: ";
    let others_bytes = "host: x\r\nconnection: close\r\nlong: \r\n".len();
    let longest = "x".repeat(1000 - others_bytes);
    for (more, status) in [("", "HTTP/1.1 200"), ("x", "HTTP/1.1 431")] {
        let mut connection = connect(stack.gateway).await;
        let request = format!("{head}{longest}{more}\r\n\r\n");
        connection.write_all(request.as_bytes()).await.expect("taken");
        let answer = read_to_end(&mut connection).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with(status), "{answer}");
    }
    let request = stack.request("GET", "/v1/things").header("long", "x".repeat(1000));
    assert_problem!(request.send().await.expect("an answer"));
}

#[tokio::test]
async fn headers_that_are_far_too_large_are_refused_without_a_word() {
    let limits = Limits { max_header_bytes: 1000, max_url_bytes: 1000, ..Limits::default() };
    let stack = Stack::with_limits(limits).await;
    for headers in [format!("long: {}\r\n", "x".repeat(20_000)), "a: b\r\n".repeat(101)] {
        let mut connection = connect(stack.gateway).await;
        let request = format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
        connection.write_all(request.as_bytes()).await.expect("taken");
        let answer = read_to_end(&mut connection).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
}

#[tokio::test]
async fn http_2_takes_no_more_headers_than_http_1() {
    let stack = Stack::start().await;
    let (mut sender, _connection) = speak_http_2(stack.gateway).await;
    for (count, status) in [(100, 200), (101, 431)] {
        let mut request = request("/healthz");
        for number in 0..count {
            let name = http::HeaderName::try_from(format!("x-{number}")).expect("a name");
            request.headers_mut().insert(name, http::HeaderValue::from_static("x"));
        }
        let answer = sender.send_request(request).await.expect("an answer");
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn more_connections_than_there_is_room_for_wait() {
    let stack = Stack::with_limits(Limits { max_connections: 1, ..Limits::default() }).await;
    let head = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut first = connect(stack.gateway).await;
    first.write_all(head.as_bytes()).await.expect("taken");
    assert!(read_answer(&mut first).await.starts_with("HTTP/1.1 200"));
    let mut second = connect(stack.gateway).await;
    second.write_all(head.as_bytes()).await.expect("taken");
    let mut byte = [0];
    assert!(timeout(SOON, second.read(&mut byte)).await.is_err(), "it isn't accepted");
    drop(first);
    assert!(read_answer(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_connection_of_http_2_finishes_what_is_under_way_when_the_gateway_stops() {
    let server = start_server().await;
    let gateway = gateway(&format!("http://{server}"), Limits::default());
    let gateway = Stoppable::start(gateway).await;
    let address = gateway.address;
    let (mut sender, connection) = speak_http_2(address).await;
    // Its first answer shows that the connection is there, before the second is on its way.
    sender.send_request(request("/healthz")).await.expect("an answer");
    let slow = sender.send_request(request("/v1/slow/1000"));
    sender.send_request(request("/healthz")).await.expect("an answer");
    let stopped = gateway.stop();
    assert_eq!(slow.await.expect("an answer").status(), 200);
    stopped.await;
    timeout(PATIENCE, connection).await.expect("an end").expect("no panic").expect("GOAWAY");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_unix_socket_is_served_and_its_proxy_believed() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gateway.sock");
    let server = start_server().await;
    let listener = UnixListener::bind(&path).expect("a socket");
    let gateway = gateway(&format!("http://{server}"), Limits::default());
    tokio::spawn(gateway.serve_unix(listener, std::future::pending()));
    let io = TokioIo::new(UnixStream::connect(&path).await.expect("a connection"));
    let (mut sender, connection) = http1::handshake(io).await.expect("HTTP/1.1");
    tokio::spawn(connection);
    let request = http::Request::get("/v1/things")
        .header("host", "x")
        .header("x-forwarded-for", "198.51.100.7")
        .body(Empty::<&[u8]>::new());
    let answer = sender.send_request(request.expect("a request")).await.expect("an answer");
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    let seen: Json = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(seen["metadata"]["x-forwarded-for"], "198.51.100.7");
}
