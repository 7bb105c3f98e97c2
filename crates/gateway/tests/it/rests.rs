//! Connections that rest between requests, of which no client is to notice anything.

mod memory;
mod secure;

use std::time::Duration;

use takar_gateway::Limits;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    connections::{SOON, connect, read_answer, read_to_end},
    harness::{PATIENCE, Stack, Stoppable, gateway, start_server},
};

const GET: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

const LAST_GET: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

/// The start of a head, which is longer than what tells that one comes.
const HALF_HEAD: &str =
    "GET /healthz HTTP/1.1\r\nhost: x\r\nlong: 1234567890123456789012345678901234";

/// Sends nothing for so long that the connection rests, whatever it did before.
async fn be_quiet() {
    tokio::time::sleep(Duration::from_millis(1500)).await;
}

async fn send(connection: &mut (impl AsyncWrite + Unpin), text: &str) {
    connection.write_all(text.as_bytes()).await.expect("taken");
    connection.flush().await.expect("taken");
}

async fn ask(connection: &mut (impl AsyncRead + AsyncWrite + Unpin), request: &str) -> String {
    send(connection, request).await;
    read_answer(connection).await
}

/// Reads until the text has come that is the last of an answer.
async fn read_until(connection: &mut (impl AsyncRead + Unpin), end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        let count = timeout(PATIENCE, connection.read_buf(&mut read)).await.expect("in time");
        assert_ne!(count.expect("more"), 0, "{}", String::from_utf8_lossy(&read));
    }
    String::from_utf8(read).expect("text")
}

#[tokio::test]
async fn a_connection_goes_on_after_every_rest() {
    let stack = Stack::start().await;
    let mut connection = connect(stack.gateway).await;
    for _ in 0..4 {
        be_quiet().await;
        let answer = ask(&mut connection, GET).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    be_quiet().await;
    // More at once than hyper looks at in one go.
    send(&mut connection, &GET.repeat(99)).await;
    send(&mut connection, LAST_GET).await;
    let answers = String::from_utf8(read_to_end(&mut connection).await).expect("text");
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 100);
}

#[tokio::test]
async fn a_head_that_begins_behind_another_request_is_read_on_after_a_rest() {
    let stack = Stack::start().await;
    let mut connection = connect(stack.gateway).await;
    for first in [GET, "GET /v1/slow/300 HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let answer = ask(&mut connection, &format!("{first}{HALF_HEAD}")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        be_quiet().await;
        let answer = ask(&mut connection, "\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[tokio::test]
async fn a_head_that_begins_behind_another_request_is_in_no_less_of_a_hurry() {
    let stack = Stack::with_limits(Limits { header_timeout: SOON, ..Limits::default() }).await;
    for first in [GET, "GET /v1/slow/300 HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let mut connection = connect(stack.gateway).await;
        let answer = ask(&mut connection, &format!("{first}{HALF_HEAD}")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert_eq!(read_to_end(&mut connection).await, b"");
    }
}

#[tokio::test]
async fn a_body_may_pause_and_is_asked_for_where_the_client_waits_for_that() {
    let stack = Stack::start().await;
    let mut connection = connect(stack.gateway).await;
    let head = "PUT /v1/sent-back HTTP/1.1\r\nhost: x\r\ncontent-type: image/png\r\n";
    for (framing, pieces) in [
        ("content-length: 4", ["ab", "cd"]),
        ("transfer-encoding: chunked", ["2\r\nab\r\n2", "\r\ncd\r\n0\r\n\r\n"]),
    ] {
        be_quiet().await;
        send(&mut connection, &format!("{head}{framing}\r\nexpect: 100-continue\r\n\r\n")).await;
        read_until(&mut connection, "HTTP/1.1 100 Continue\r\n\r\n").await;
        for piece in pieces {
            be_quiet().await;
            send(&mut connection, piece).await;
        }
        let answer = read_answer(&mut connection).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with("abcd"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_nobody_reads_is_no_request() {
    let stack = Stack::start().await;
    let (length, too_large) = (GET.len(), Limits::MAX_BODY_BYTES + 1);
    for (path, framing, status) in [
        ("/nowhere", format!("content-length: {length}"), 404),
        ("/nowhere", "transfer-encoding: chunked".to_owned(), 404),
        ("/nowhere", format!("expect: 100-continue\r\ncontent-length: {length}"), 404),
        ("/v1/text", format!("content-type: a/b\r\ncontent-length: {length}"), 415),
        ("/v1/text", format!("content-type: application/json\r\ncontent-length: {too_large}"), 413),
    ] {
        let mut connection = connect(stack.gateway).await;
        let head = format!("PUT {path} HTTP/1.1\r\nhost: x\r\n{framing}\r\n\r\n");
        let answer = ask(&mut connection, &head).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}{answer}");
        be_quiet().await;
        // It may be known by then that nobody reads it.
        let _ = connection.write_all(GET.as_bytes()).await;
        assert_eq!(read_to_end(&mut connection).await, b"", "{head}");
    }
}

#[tokio::test]
async fn what_ends_a_connection_ends_one_that_rested() {
    let stack = Stack::start().await;
    for (last, status) in [
        (LAST_GET, "HTTP/1.1 200"),
        ("GET /healthz HTTP/1.0\r\n\r\n", "HTTP/1.0 200"),
        ("nonsense\r\n\r\n", "HTTP/1.1 400"),
    ] {
        let mut connection = connect(stack.gateway).await;
        ask(&mut connection, GET).await;
        be_quiet().await;
        send(&mut connection, last).await;
        let answer = String::from_utf8(read_to_end(&mut connection).await).expect("text");
        assert!(answer.starts_with(status), "{last}{answer}");
    }
}

#[tokio::test]
async fn answers_without_a_body_leave_a_connection_that_goes_on() {
    let stack = Stack::start().await;
    let mut connection = connect(stack.gateway).await;
    for (request, status) in [
        ("HEAD /v1/states/1 HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 200"),
        ("GET /openapi.json HTTP/1.1\r\nhost: x\r\nif-none-match: *\r\n\r\n", "HTTP/1.1 304"),
    ] {
        send(&mut connection, request).await;
        let answer = read_until(&mut connection, "\r\n\r\n").await;
        assert!(answer.starts_with(status), "{answer}");
        be_quiet().await;
        let answer = ask(&mut connection, GET).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[tokio::test]
async fn a_connection_that_rests_is_idle() {
    let stack = Stack::with_limits(Limits { idle_timeout: 10 * SOON, ..Limits::default() }).await;
    let mut connection = connect(stack.gateway).await;
    ask(&mut connection, GET).await;
    assert_eq!(read_to_end(&mut connection).await, b"");
}

#[tokio::test]
async fn a_client_that_leaves_while_its_connection_rests_makes_room() {
    let stack = Stack::with_limits(Limits { max_connections: 1, ..Limits::default() }).await;
    let mut first = connect(stack.gateway).await;
    ask(&mut first, GET).await;
    be_quiet().await;
    let mut second = connect(stack.gateway).await;
    drop(first);
    assert!(ask(&mut second, GET).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn connections_that_rest_do_not_hold_the_end_up() {
    let server = start_server().await;
    let gateway = gateway(&format!("http://{server}"), Limits::default());
    let gateway = Stoppable::start(gateway).await;
    let address = gateway.address;
    let (mut used, unused) = (connect(address).await, connect(address).await);
    let mut begun = connect(address).await;
    send(&mut begun, "PRI * HTTP").await;
    // It is known to be there once one that came later is served.
    ask(&mut used, GET).await;
    ask(&mut connect(address).await, GET).await;
    be_quiet().await;
    // Sooner than requests under way are given up.
    gateway.stop().await;
    for mut connection in [used, unused, begun] {
        assert_eq!(read_to_end(&mut connection).await, b"");
    }
}

/// How a connection of HTTP/2 begins, with empty settings of the client.
const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0";

/// Speaks HTTP/2 in pieces, and reads the head of the first frame.
async fn begin_http_2(connection: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> [u8; 9] {
    for piece in [&PREFACE[..1], &PREFACE[1..20], &PREFACE[20..25], &PREFACE[25..]] {
        send(connection, piece).await;
        tokio::time::sleep(SOON).await;
    }
    let mut head = [0; 9];
    timeout(PATIENCE, connection.read_exact(&mut head)).await.expect("in time").expect("a frame");
    head
}

/// The type of the frame with which a server begins.
const SETTINGS: u8 = 4;

#[tokio::test]
async fn http_2_may_begin_in_pieces() {
    let stack = Stack::start().await;
    let head = begin_http_2(&mut connect(stack.gateway).await).await;
    assert_eq!(head[3], SETTINGS);
}

#[tokio::test]
async fn the_beginning_of_http_2_takes_no_longer_than_a_head() {
    let stack = Stack::with_limits(Limits { header_timeout: SOON, ..Limits::default() }).await;
    let mut connection = connect(stack.gateway).await;
    send(&mut connection, &PREFACE[..20]).await;
    assert_eq!(read_to_end(&mut connection).await, b"");
}

#[tokio::test]
async fn what_only_begins_as_http_2_does_is_taken_for_http_1() {
    let stack = Stack::start().await;
    for (pieces, status) in [
        (["PRI", "NT /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"], "HTTP/1.1 405"),
        (["P", "UT /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"], "HTTP/1.1 404"),
        (["PRI * HTTP/2.0\r\n\r\nS", "X\r\n\r\n"], "HTTP/1.1 400"),
    ] {
        let mut connection = connect(stack.gateway).await;
        send(&mut connection, pieces[0]).await;
        tokio::time::sleep(SOON).await;
        send(&mut connection, pieces[1]).await;
        let answer = String::from_utf8(read_to_end(&mut connection).await).expect("text");
        assert!(answer.starts_with(status), "{pieces:?} {answer}");
    }
}

#[tokio::test]
async fn http_2_begins_on_no_connection_that_was_one_of_http_1() {
    let stack = Stack::start().await;
    let mut connection: TcpStream = connect(stack.gateway).await;
    ask(&mut connection, GET).await;
    be_quiet().await;
    send(&mut connection, PREFACE).await;
    assert_eq!(read_to_end(&mut connection).await, b"");
}
