//! How a gateway stops.

use std::{io, time::Duration};

use reqwest::Response;
use takar_gateway::Limits;
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::harness::{Stack, gateway, start_server};

/// A gateway that can be told to stop.
struct Stoppable {
    stack: Stack,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<io::Result<()>>,
}

async fn start(drain_timeout: Duration) -> Stoppable {
    let server = start_server().await;
    let limits = Limits { drain_timeout, ..Limits::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, told) = oneshot::channel();
    let shutdown = async {
        let _ = told.await;
    };
    let gateway = gateway(&format!("http://{server}"), limits);
    let serving = tokio::spawn(gateway.serve(listener, shutdown));
    Stoppable { stack: Stack::of(server, address), stop, serving }
}

/// Sends a request that takes some time, and waits until it is surely under way.
async fn under_way(stack: &Stack, milliseconds: u64) -> JoinHandle<reqwest::Result<Response>> {
    let request = stack.request("GET", &format!("/v1/slow/{milliseconds}")).send();
    let request = tokio::spawn(request);
    sleep(Duration::from_millis(200)).await;
    request
}

#[tokio::test]
async fn requests_under_way_are_finished_and_new_ones_refused() {
    let Stoppable { stack, stop, serving } = start(Limits::DRAIN_TIMEOUT).await;
    let request = under_way(&stack, 1000).await;
    stop.send(()).expect("it serves");
    sleep(Duration::from_millis(100)).await;
    assert!(stack.request("GET", "/v1/things").send().await.is_err());
    let answer = request.await.expect("no panic").expect("an answer");
    assert_eq!(answer.status(), 200);
    serving.await.expect("no panic").expect("a clean end");
}

#[tokio::test]
async fn a_request_that_takes_too_long_does_not_hold_the_end_up() {
    let Stoppable { stack, stop, serving } = start(Duration::from_millis(100)).await;
    let request = under_way(&stack, 60_000).await;
    let start = Instant::now();
    stop.send(()).expect("it serves");
    serving.await.expect("no panic").expect("a bounded end");
    assert!(start.elapsed() < Duration::from_secs(5));
    request.abort();
}
