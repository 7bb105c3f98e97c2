//! Servers that break off, refuse, fall silent or talk nonsense: each has its answer, and calls that
//! have nothing to do with it go on.

mod proxy;
mod raw;
mod server;

use std::{net::SocketAddr, time::Duration};

use reqwest::Response;
use takar_gateway::Limits;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
    time::timeout,
};

use self::{
    proxy::start_proxy,
    raw::{Manner, start_raw},
    server::{Act, Fake, start_fake, start_fake_without_window},
};
use crate::harness::{PATIENCE, Stack, problem, start_gateway, start_server};

/// One connection only, so that a test knows which one a call goes over.
fn one_connection() -> Limits {
    Limits { upstream_connections: 1, ..Limits::default() }
}

async fn stack_of(server: SocketAddr, limits: Limits) -> Stack {
    let gateway = start_gateway(&format!("http://{server}"), limits).await;
    Stack::of(server, gateway)
}

async fn start(script: &[Act]) -> (Stack, Fake) {
    let fake = start_fake(script).await;
    (stack_of(fake.address, one_connection()).await, fake)
}

async fn read(stack: &Stack) -> Response {
    timeout(PATIENCE, stack.get("/v1/things")).await.expect("an answer in time")
}

async fn write(stack: &Stack) -> Response {
    timeout(PATIENCE, stack.send("POST", "/v1/find", "{}")).await.expect("an answer in time")
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_is_none_is_told_once_for_a_write() {
    let mut told = Vec::new();
    for act in Act::FAULTS {
        let (stack, fake) = start(&[act]).await;
        let problem = problem(write(&stack).await).await;
        let outline: Vec<_> = problem
            .lines()
            .filter(|line| {
                ["\"status\"", "\"code\"", "\"reason\""].iter().any(|name| line.contains(name))
            })
            .map(str::trim)
            .collect();
        told.push(format!("{act:?}: {}", outline.join(" ")));
        assert_eq!(fake.seen(), 1, "{act:?}");
        // The next call finds a server that serves.
        fake.then(Act::Serve);
        assert_eq!(write(&stack).await.status(), 200, "{act:?}");
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn a_read_is_made_again_where_the_connection_breaks_at_any_point() {
    for act in Act::BREAKS {
        let (stack, fake) = start(&[act, Act::Serve]).await;
        assert_eq!(read(&stack).await.status(), 200, "{act:?}");
        assert_eq!(fake.seen(), 2, "{act:?}");
    }
}

#[tokio::test]
async fn what_the_server_has_not_begun_is_made_again_even_for_a_write() {
    let (stack, fake) = start(&[Act::Refuse, Act::Refuse, Act::Serve]).await;
    assert_eq!(write(&stack).await.status(), 200);
    assert_eq!(fake.seen(), 3);
}

#[tokio::test]
async fn a_stream_that_is_refused_before_its_request_is_read_hears_why() {
    let fake = start_fake_without_window(&[Act::Deny]).await;
    let stack = stack_of(fake.address, one_connection()).await;
    // By the second one the gateway knows that the server takes nothing unread.
    for seen in [1, 2] {
        let answer = timeout(PATIENCE, stack.send("POST", "/v1/events", "{}"));
        assert_eq!(answer.await.expect("an answer in time").status(), 401);
        assert_eq!(fake.seen(), seen);
    }
}

#[tokio::test]
async fn nothing_is_made_again_more_than_twice() {
    for act in [Act::Refuse, Act::BreakBeforeHead, Act::Unavailable] {
        let (stack, fake) = start(&[act]).await;
        assert_eq!(read(&stack).await.status(), 503, "{act:?}");
        assert_eq!(fake.seen(), 3, "{act:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_an_error_is_not_made_again() {
    let (stack, fake) = start(&[Act::BadStatus]).await;
    assert_eq!(read(&stack).await.status(), 500);
    assert_eq!(fake.seen(), 1);
}

#[tokio::test]
async fn a_retry_stays_within_the_time_that_the_request_has() {
    let fake = start_fake(&[Act::BreakBeforeHead, Act::Hold]).await;
    let limits = Limits { request_timeout: Duration::from_millis(300), ..one_connection() };
    let stack = stack_of(fake.address, limits).await;
    assert_eq!(read(&stack).await.status(), 504);
    assert_eq!(fake.seen(), 2);
}

#[tokio::test]
async fn a_client_may_wait_less_than_the_limit_and_not_more() {
    let (stack, _fake) = start(&[Act::Hold]).await;
    let request = stack.request("GET", "/v1/things").header("prefer", "wait=1");
    let answer = timeout(Duration::from_secs(10), request.send()).await.expect("in time");
    assert_eq!(answer.expect("an answer").status(), 504);
    let fake = start_fake(&[Act::Hold]).await;
    let limits = Limits { request_timeout: Duration::from_millis(300), ..one_connection() };
    let stack = stack_of(fake.address, limits).await;
    let request = stack.request("GET", "/v1/things").header("prefer", "wait=1000");
    let answer = timeout(Duration::from_secs(10), request.send()).await.expect("in time");
    assert_eq!(answer.expect("an answer").status(), 504);
}

#[tokio::test]
async fn a_client_that_hangs_up_cancels_its_call() {
    let (stack, mut fake) = start(&[Act::Hold]).await;
    for method in ["GET", "POST"] {
        let request = stack.request(method, "/v1/anyhow").send();
        let request = tokio::spawn(request);
        fake.held().await;
        request.abort();
        assert_eq!(fake.reset().await, h2::Reason::CANCEL, "{method}");
    }
}

#[tokio::test]
async fn a_call_that_is_too_late_is_cancelled() {
    let mut fake = start_fake(&[Act::Hold]).await;
    let limits = Limits { request_timeout: Duration::from_millis(100), ..one_connection() };
    let stack = stack_of(fake.address, limits).await;
    assert_eq!(read(&stack).await.status(), 504);
    assert_eq!(fake.reset().await, h2::Reason::CANCEL);
}

#[tokio::test]
async fn a_burst_of_clients_that_hang_up_breaks_no_call_of_others() {
    const HASTY: usize = 60;
    let proxy = start_proxy(start_server().await).await;
    let stack = stack_of(proxy.address, one_connection()).await;
    assert_eq!(write(&stack).await.status(), 200);
    // The server gets all of them at once, with what became of them.
    proxy.hold_back();
    let innocent = tokio::spawn(stack.request("POST", "/v1/anyhow").send());
    let mut hasty = JoinSet::new();
    for _ in 0..HASTY {
        hasty.spawn(stack.request("GET", "/v1/slow/60000").send());
    }
    proxy.held_requests(HASTY + 1).await;
    hasty.shutdown().await;
    proxy.held_resets().await;
    proxy.let_go();
    let innocent = timeout(PATIENCE, innocent).await.expect("an answer in time");
    assert_eq!(innocent.expect("no panic").expect("an answer").status(), 200);
    assert_eq!(write(&stack).await.status(), 200);
    // And not because they were made again: the server had no reason to close the connection.
    assert_eq!(proxy.connections(), 1);
}

#[tokio::test]
async fn answers_that_cross_their_cancellation_are_no_reason_to_close() {
    let mut raw = start_raw(Manner::AnswerLate).await;
    let limits = Limits { requests_per_second: 0, ..one_connection() };
    let stack = stack_of(raw.address, limits).await;
    for _ in 0..1100 {
        let request = tokio::spawn(stack.request("GET", "/v1/things").send());
        raw.event().await;
        request.abort();
        raw.event().await;
    }
    assert_eq!(stack.send("POST", "/v1/find", r#"{"text": "x"}"#).await.status(), 200);
    assert_eq!(raw.connections(), 1);
}

#[tokio::test]
async fn a_dead_server_is_found_by_its_silence_and_reads_are_made_again() {
    let proxy = start_proxy(start_server().await).await;
    let limits = Limits { upstream_keep_alive: Duration::from_millis(300), ..one_connection() };
    let stack = stack_of(proxy.address, limits).await;
    assert_eq!(write(&stack).await.status(), 200);
    proxy.freeze();
    assert_eq!(write(&stack).await.status(), 503);
    assert_eq!(write(&stack).await.status(), 200);
    proxy.freeze();
    assert_eq!(read(&stack).await.status(), 200);
}

#[tokio::test]
async fn a_slow_answer_is_no_silence_while_the_server_answers_pings() {
    let limits = Limits { upstream_keep_alive: Duration::from_millis(100), ..one_connection() };
    let stack = stack_of(start_server().await, limits).await;
    assert_eq!(stack.get("/v1/slow/1500").await.status(), 200);
}

#[tokio::test]
async fn calls_beyond_what_one_connection_takes_go_over_others() {
    let proxy = start_proxy(start_server().await).await;
    let limits = Limits { requests_per_second: 0, ..one_connection() };
    let stack = stack_of(proxy.address, limits).await;
    let mut held = JoinSet::new();
    for _ in 0..250 {
        held.spawn(stack.request("GET", "/v1/slow/3000").send());
    }
    while let Some(answer) = held.join_next().await {
        assert_eq!(answer.expect("no panic").expect("an answer").status(), 200);
    }
    assert!((3..=5).contains(&proxy.connections()), "{}", proxy.connections());
}

#[tokio::test]
async fn a_call_that_the_server_goes_away_from_unbegun_is_made_over_another_connection() {
    let raw = start_raw(Manner::GoAway).await;
    let stack = stack_of(raw.address, one_connection()).await;
    assert_eq!(write(&stack).await.status(), 503);
    // Each time anew, as nothing was begun.
    assert_eq!(raw.connections(), 3);
}

#[tokio::test]
async fn connections_that_the_server_closes_in_order_are_left_at_once() {
    let script = [Act::Hold, Act::Hold, Act::Hold, Act::Hold, Act::Serve];
    let mut fake = start_fake(&script).await;
    let limits = Limits { upstream_connections: 4, ..Limits::default() };
    let stack = stack_of(fake.address, limits).await;
    let mut held = JoinSet::new();
    for _ in 0..4 {
        held.spawn(stack.request("POST", "/v1/anyhow").send());
        fake.held().await;
    }
    fake.go_away(4).await;
    assert_eq!(write(&stack).await.status(), 200);
    held.shutdown().await;
}

#[tokio::test]
async fn a_server_that_speaks_no_http_2_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.expect("a connection");
            let _ = connection.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = connection.read(&mut [0; 100]).await;
        }
    });
    let stack = stack_of(address, one_connection()).await;
    assert_eq!(write(&stack).await.status(), 503);
    assert_eq!(read(&stack).await.status(), 503);
}
