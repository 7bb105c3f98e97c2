//! A gateway's watch, played by hand.

use serde_json::json;
use takar_proto::gateway::{
    WatchPublicStateRequest, WatchPublicStateResponse,
    freshness_service_client::FreshnessServiceClient,
};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Streaming};

use super::scene::{conclude, publish};
use crate::{
    deadline,
    stack::{PATIENCE, Stack},
};

/// The gateway's end of a watch.
struct Watch {
    requests: mpsc::Sender<WatchPublicStateRequest>,
    responses: Streaming<WatchPublicStateResponse>,
}

impl Watch {
    /// Begins one, and waits for its first lease and for what was written before: nobody had to be told
    /// of that, so the server may have yet to hear of it.
    async fn begin(stack: &Stack) -> (Self, i64) {
        let (requests, stream) = mpsc::channel(4);
        let mut client = FreshnessServiceClient::new(stack.channel().await);
        let responses = client.watch_public_state(ReceiverStream::new(stream)).await;
        let mut watch = Self { requests, responses: responses.expect("a watch").into_inner() };
        watch.say(0, 1).await;
        let mut response = watch.hear().await;
        let newest = public_version(stack).await;
        while response.lease < 1 || response.version < newest {
            response = watch.hear().await;
        }
        assert!(response.lease_duration.is_some());
        (watch, response.version)
    }

    async fn say(&self, version: i64, lease: i64) {
        let request = WatchPublicStateRequest { version, lease };
        self.requests.send(request).await.expect("the server listens");
    }

    async fn hear(&mut self) -> WatchPublicStateResponse {
        let response = timeout(PATIENCE, self.responses.message()).await.expect("it is told");
        response.expect("a response").expect("the watch goes on")
    }
}

/// The version as the database has it.
async fn public_version(stack: &Stack) -> i64 {
    sqlx::query_scalar("select version from public_state")
        .fetch_one(&mut stack.connection().await)
        .await
        .expect("the version")
}

/// A server whose only watch is the test's.
async fn stack() -> Stack {
    let stack = Stack::without_gateway().await;
    conclude(&stack).await;
    stack
}

fn publishing(stack: &Stack) -> JoinHandle<()> {
    let grpc = stack.grpc.clone();
    tokio::spawn(async move {
        let publication = json!({"source": "a letter", "reason": "a correction"});
        let request = json!({"name": super::EVALUATION, "publication": publication});
        grpc.call("EvaluationService.PublishEvaluation", &request).await.message();
    })
}

#[tokio::test]
async fn a_publication_is_answered_when_who_watches_has_acknowledged_it() {
    let stack = stack().await;
    publish(&stack, "").await;
    let (mut watch, version) = Watch::begin(&stack).await;
    watch.say(version, 0).await;
    let publishing = publishing(&stack);
    let response = watch.hear().await;
    assert_ne!(response.version, version);
    assert!(!publishing.is_finished());
    watch.say(response.version, 0).await;
    publishing.await.expect("it is published");
}

#[tokio::test]
async fn who_is_hung_or_gone_holds_a_publication_up_for_its_lease_and_no_longer() {
    let stack = stack().await;
    publish(&stack, "").await;
    let (hung, _) = Watch::begin(&stack).await;
    let (gone, _) = Watch::begin(&stack).await;
    drop(gone);
    timeout(PATIENCE, publishing(&stack)).await.expect("in time").expect("it is published");
    drop(hung);
}

#[tokio::test]
async fn what_the_public_is_not_shown_makes_no_new_version() {
    let stack = Stack::without_gateway().await;
    deadline::with_evaluation(&stack).await;
    let (mut watch, version) = Watch::begin(&stack).await;
    let (rpc, request) = deadline::tally();
    stack.grpc.call(rpc, &request).await.message();
    watch.say(version, 2).await;
    let response = watch.hear().await;
    assert_eq!((response.version, response.lease), (version, 2));
}

#[tokio::test]
async fn a_watch_ends_when_the_server_stops() {
    let stack = stack().await;
    let (mut watch, _) = Watch::begin(&stack).await;
    let server = stack.stop();
    let ended = timeout(PATIENCE, watch.responses.message()).await.expect("it ends");
    assert_eq!(ended.expect_err("no more").code(), Code::Unavailable);
    timeout(PATIENCE, server).await.expect("the server stops").unwrap().expect("without a failure");
}

#[tokio::test]
async fn so_many_watch_and_one_more_is_refused_until_one_says_goodbye() {
    const WATCHES_MAX: usize = 64;
    let stack = stack().await;
    let mut watches = Vec::new();
    for _ in 0..WATCHES_MAX {
        watches.push(Watch::begin(&stack).await.0);
    }
    let mut client = FreshnessServiceClient::new(stack.channel().await);
    let (_requests, stream) = mpsc::channel(1);
    let refused = client.watch_public_state(ReceiverStream::new(stream)).await;
    assert_eq!(refused.expect_err("no room").code(), Code::ResourceExhausted);
    let Watch { requests, mut responses } = watches.pop().expect("a watch");
    drop(requests);
    let ended = timeout(PATIENCE, responses.message()).await.expect("it ends");
    assert!(ended.expect("in order").is_none());
    Watch::begin(&stack).await;
}
