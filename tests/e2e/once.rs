//! Requests that come again or at once are carried out once, and a change that does not know the
//! present state is not.

use std::{collections::BTreeSet, net::SocketAddr};

use serde_json::{Value as Json, json};
use takar_server::Limits;
use tokio::{net::TcpStream, task::JoinSet};

use crate::{
    deadline::with_evaluation,
    grpc,
    rest::{Received, send},
    stack::{Stack, eventually, listen},
};

const EVALUATION: &str = "/v1/regions/33.05/evaluations/2022";

/// So many clients send the same request at once.
const AT_ONCE: usize = 50;

fn tally(running: i32) -> Json {
    json!({"tallies": [
        {"pillar": "PILLAR_LIVING", "running": running, "planned": 60, "source": "a test"},
    ]})
}

fn report(stack: &Stack, running: i32) -> reqwest::RequestBuilder {
    let path = format!("{EVALUATION}:reportTallies");
    stack.rest.request("POST", &path).json(&tally(running))
}

/// The trail's entries of writes that were carried out by a method.
async fn done(stack: &Stack, method: &str) -> usize {
    let trail = stack.rest.get("/v1/auditEntries?pageSize=1000").await.message();
    let entries = trail["auditEntries"].as_array().expect("entries");
    let contents = entries.iter().filter_map(|entry| entry["content"].as_str());
    contents.filter(|content| content.contains(method) && content.contains("\"OK\"")).count()
}

#[tokio::test]
async fn of_two_writers_with_one_etag_exactly_one_wins() {
    let stack = Stack::start().await;
    with_evaluation(&stack).await;
    let read = send(stack.rest.request("GET", EVALUATION)).await;
    let etag = read.header("etag").to_owned();
    assert!(etag.starts_with('"') && etag.len() > 2, "{etag}");
    let write = |running| send(report(&stack, running).header("if-match", &etag));
    let (first, second) = tokio::join!(write(1), write(2));
    let statuses = BTreeSet::from([first.status, second.status]);
    assert_eq!(statuses, BTreeSet::from([200, 412]), "{first:?} {second:?}");
    let (winner, loser) = if first.status == 200 { (first, second) } else { (second, first) };
    assert_eq!(loser.into_answer().refusal().reason, "ETAG_MISMATCH");
    assert_ne!(winner.header("etag"), etag);
    let now = send(stack.rest.request("GET", EVALUATION)).await;
    assert_eq!((now.header("etag"), &now.body), (winner.header("etag"), &winner.body));
}

#[tokio::test]
async fn a_change_without_an_etag_is_refused_and_the_same_state_is_not_sent_again() {
    let stack = Stack::start().await;
    with_evaluation(&stack).await;
    let refused = send(report(&stack, 1)).await;
    assert_eq!(refused.status, 428);
    assert_eq!(refused.into_answer().refusal().reason, "IF_MATCH_REQUIRED");
    let read = send(stack.rest.request("GET", EVALUATION)).await;
    let again = stack.rest.request("GET", EVALUATION).header("if-none-match", read.header("etag"));
    assert_eq!(send(again).await.status, 304);
}

#[tokio::test]
async fn the_same_key_at_once_writes_once_and_is_answered_alike() {
    let stack = Stack::start().await;
    with_evaluation(&stack).await;
    let mut clients = JoinSet::new();
    for _ in 0..AT_ONCE {
        let request = report(&stack, 7).header("if-match", "*").header("idempotency-key", "once");
        clients.spawn(send(request));
    }
    let answers: Vec<Received> = clients.join_all().await;
    assert_eq!(answers.len(), AT_ONCE);
    let bodies: BTreeSet<_> = answers.iter().map(|answer| answer.body.clone()).collect();
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(bodies.len(), 1);
    assert_eq!(done(&stack, "ReportTallies").await, 1);
}

#[tokio::test]
async fn a_key_with_another_request_is_refused_and_a_refused_request_keeps_no_key() {
    let stack = Stack::start().await;
    with_evaluation(&stack).await;
    let with_key = |running| {
        let request = report(&stack, running).header("if-match", "*");
        send(request.header("idempotency-key", "a-key"))
    };
    assert_eq!(with_key(61).await.status, 400, "more run than are planned");
    assert_eq!(with_key(1).await.status, 200, "a request that was refused may be mended");
    let other = with_key(2).await;
    assert_eq!(other.status, 422);
    assert_eq!(other.into_answer().refusal().reason, "KEY_REUSED");
    // gRPC's field is the same key.
    let request = json!({
        "name": "regions/33.05/evaluations/2022",
        "tallies": tally(1)["tallies"],
        "etag": "*",
        "requestId": "a-key",
    });
    let over_grpc = stack.grpc.call("EvaluationService.ReportTallies", &request).await.message();
    assert_eq!(over_grpc["tallies"][0]["running"], 1);
    assert_eq!(done(&stack, "ReportTallies").await, 1);
}

#[tokio::test]
async fn a_key_has_a_length() {
    let stack = Stack::start().await;
    with_evaluation(&stack).await;
    let with_key = async |key: String| {
        let request = json!({
            "name": "regions/33.05/evaluations/2022",
            "tallies": tally(1)["tallies"],
            "requestId": key,
        });
        stack.grpc.call("EvaluationService.ReportTallies", &request).await
    };
    with_key("k".repeat(200)).await.message();
    let refused = with_key("k".repeat(201)).await.refusal();
    assert_eq!(refused.field_names(), ["requestId"]);
    assert_eq!(with_key("a b".to_owned()).await.refusal().field_names(), ["requestId"]);
}

/// A way to the server on which no answer comes back.
async fn without_answers(server: SocketAddr) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        let (client, _) = listener.accept().await.expect("a client");
        let (mut requests, _no_answers) = client.into_split();
        let server = TcpStream::connect(server).await.expect("the server");
        let (_unread, mut to_server) = server.into_split();
        tokio::io::copy(&mut requests, &mut to_server).await
    });
    address
}

#[tokio::test]
async fn after_a_server_that_was_killed_before_its_answer_came_the_retry_replays() {
    let stack = Stack::start().await;
    with_evaluation(&stack).await;
    let request = json!({
        "name": "regions/33.05/evaluations/2022",
        "tallies": tally(3)["tallies"],
        "etag": "*",
        "requestId": "retried",
    });
    let rpc = "EvaluationService.ReportTallies";
    let client = grpc::Client::new(without_answers(stack.address).await, &stack.token);
    let asked = request.clone();
    let call = tokio::spawn(async move { client.call(rpc, &asked).await });
    eventually("the write is there", async || done(&stack, "ReportTallies").await == 1).await;
    assert!(!call.is_finished(), "its answer is not");
    let (token, database) = (stack.token.clone(), stack.database_url().to_owned());
    let keeper = stack.kill();
    call.abort();

    let next = Stack::over(&database, Limits::default()).await;
    let same_caller = next.grpc.with_token(&token);
    let replayed = same_caller.call(rpc, &request).await.message();
    assert_eq!(replayed["tallies"][0]["running"], 3);
    assert_eq!(done(&next, "ReportTallies").await, 1);
    drop(keeper);
}
