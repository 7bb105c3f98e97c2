//! A call ends when its client has no more use for it, or when it takes too long for anyone.

use std::time::Duration;

use serde_json::{Value as Json, json};
use sqlx::{Connection, PgConnection};
use takar_server::Limits;
use tonic::Request;

use crate::{grpc::refusal, stack::Stack};

/// An evaluation that can be locked.
pub(crate) async fn with_evaluation(stack: &Stack) {
    let region = |id, kind| json!({"regionId": id, "region": {"kind": kind, "displayName": id}});
    let regions = [region("33", "KIND_PROVINCE"), region("33.05", "KIND_KABUPATEN")];
    let part = json!({"component": "COMPONENT_OUTPUT", "weight": "100", "derivation": "DERIVATION_DIRECT"});
    let instrument = json!({
        "displayName": "Plain",
        "source": "a test",
        "scale": {"minimum": "0", "maximum": "4"},
        "components": [part],
        "thresholdPercent": "80",
    });
    let cycle = json!({"displayName": "2022", "instrument": "instruments/plain"});
    for (rpc, request) in [
        ("RegistryService.BatchCreateRegions", json!({"requests": regions})),
        (
            "RegistryService.CreateInstrument",
            json!({"instrumentId": "plain", "instrument": instrument}),
        ),
        ("RegistryService.CreateCycle", json!({"cycleId": "2022", "cycle": cycle})),
        (
            "EvaluationService.CreateEvaluation",
            json!({"parent": "regions/33.05", "cycle": "cycles/2022"}),
        ),
    ] {
        stack.grpc.call(rpc, &request).await.message();
    }
}

/// A call that waits for the evaluation's lock.
pub(crate) fn tally() -> (&'static str, Json) {
    let tally = json!({"pillar": "PILLAR_LIVING", "running": 1, "planned": 2, "source": "a test"});
    let name = "regions/33.05/evaluations/2022";
    let request = json!({"name": name, "tallies": [tally], "etag": "*"});
    ("EvaluationService.ReportTallies", request)
}

/// Locks all evaluations until it is dropped.
pub(crate) async fn lock(connection: &mut PgConnection) -> sqlx::Transaction<'_, sqlx::Postgres> {
    let mut transaction = connection.begin().await.expect("a transaction");
    let lock = sqlx::query("select from evaluation for update");
    lock.execute(&mut *transaction).await.expect("the lock");
    transaction
}

#[tokio::test]
async fn a_clients_deadline_is_kept() {
    let stack = Stack::start().await;
    with_evaluation(&stack).await;
    let mut connection = stack.connection().await;
    let _lock = lock(&mut connection).await;

    let (rpc, request) = tally();
    let mut request = Request::new(request);
    request.set_timeout(Duration::from_millis(300));
    request.metadata_mut().insert("x-request-id", "a-test".parse().unwrap());
    let status = stack.grpc.call_with(rpc, request).await.expect_err("no answer in time");
    let refused = refusal(&status);
    assert_eq!(
        (refused.code.as_str(), refused.reason.as_str()),
        ("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED")
    );
    let id = status.metadata().get("x-request-id");
    assert_eq!(id.and_then(|id| id.to_str().ok()), Some("a-test"));
}

#[tokio::test]
async fn a_call_without_deadline_ends_at_the_servers_limit() {
    let patient = Stack::start().await;
    with_evaluation(&patient).await;
    let mut connection = patient.connection().await;
    let _lock = lock(&mut connection).await;
    let limits = Limits { request_timeout: Duration::from_millis(300), ..Limits::default() };
    let stack = Stack::over(patient.database_url(), limits).await;

    let (rpc, request) = tally();
    let refused = stack.grpc.call(rpc, &request).await.refusal();
    assert_eq!(refused.code, "DEADLINE_EXCEEDED");
    let path = "/v1/regions/33.05/evaluations/2022:reportTallies";
    let body = json!({"tallies": request["tallies"], "etag": "*"});
    let over_http = crate::rest::send(stack.rest.request("POST", path).json(&body)).await;
    assert_eq!(over_http.status, 504);
    assert_eq!(over_http.into_answer().refusal().reason, "DEADLINE_EXCEEDED");
}

#[tokio::test]
async fn a_call_within_its_deadline_is_answered() {
    let stack = Stack::start().await;
    with_evaluation(&stack).await;
    let (rpc, request) = tally();
    let mut request = Request::new(request);
    request.set_timeout(crate::stack::PATIENCE);
    stack.grpc.call_with(rpc, request).await.expect("an answer");
}
