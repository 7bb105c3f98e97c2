//! A server that is told to stop ends the calls under way, takes no new ones, and stops.

use std::time::Duration;

use serde_json::json;
use takar_server::Limits;
use tokio::{net::TcpStream, time::timeout};

use crate::{
    deadline::{lock, tally, with_evaluation},
    grpc,
    stack::{PATIENCE, Stack, eventually},
};

#[tokio::test]
async fn a_call_under_way_at_shutdown_is_answered_and_new_ones_are_refused() {
    let stack = Stack::start().await;
    with_evaluation(&stack).await;
    let mut connection = stack.connection().await;
    let lock = lock(&mut connection).await;
    let client = stack.grpc.clone();
    let call = tokio::spawn(async move {
        let (rpc, request) = tally();
        client.call(rpc, &request).await
    });
    stack.await_waiting_session().await;

    let address = stack.address;
    let server = stack.stop();
    eventually("no new connection is taken", async || TcpStream::connect(address).await.is_err())
        .await;
    let refused =
        grpc::Client::new(address, "").call("RegistryService.ListCycles", &json!({})).await;
    assert_eq!(refused.refusal().code, "UNKNOWN", "the client's own word for no connection");
    assert!(!call.is_finished() && !server.is_finished());

    lock.rollback().await.unwrap();
    let answer = call.await.unwrap().message();
    assert_eq!(answer["tallies"][0]["running"], 1);
    let ended = timeout(PATIENCE, server).await.expect("the server stops");
    ended.unwrap().expect("without a failure");
}

#[tokio::test]
async fn a_call_that_does_not_end_is_cut_off() {
    let limits = Limits { drain_timeout: Duration::from_millis(200), ..Limits::default() };
    let stack = Stack::with_limits(limits).await;
    with_evaluation(&stack).await;
    let mut connection = stack.connection().await;
    let _lock = lock(&mut connection).await;
    let client = stack.grpc.clone();
    let call = tokio::spawn(async move {
        let (rpc, request) = tally();
        client.call(rpc, &request).await
    });
    stack.await_waiting_session().await;
    let ended = timeout(PATIENCE, stack.stop()).await.expect("the server stops all the same");
    ended.unwrap().expect("without a failure");
    call.abort();
}
