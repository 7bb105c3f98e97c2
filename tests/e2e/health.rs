//! Health follows the database.

use std::time::Duration;

use takar_embedded_postgres::{Settings, TemporaryCluster};
use takar_server::Limits;
use takar_store::{ConnectionSettings, Store};
use tokio::task;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    rest::send,
    stack::{Stack, eventually},
};

async fn status(stack: &Stack) -> ServingStatus {
    let mut client = HealthClient::new(stack.channel().await);
    let answer = client.check(HealthCheckRequest::default()).await;
    answer.expect("a status").into_inner().status()
}

#[tokio::test]
async fn a_server_whose_database_stops_does_not_serve() {
    let start = || TemporaryCluster::start(&Settings::new(""), |step| eprintln!("{step}"));
    let cluster = task::spawn_blocking(start).await.unwrap().expect("a cluster");
    let url = cluster.cluster().url("postgres");
    let settings =
        ConnectionSettings { acquire_timeout: Duration::from_secs(1), ..Default::default() };
    Store::new(&url, &settings).unwrap().migrate().await.unwrap();

    let stack = Stack::over(&url, Limits::default()).await;
    eventually("it serves", async || status(&stack).await == ServingStatus::Serving).await;
    assert_eq!(send(stack.rest.request("GET", "/readyz")).await.status, 200);

    task::spawn_blocking(move || drop(cluster)).await.unwrap();
    eventually("it does not serve", async || status(&stack).await == ServingStatus::NotServing)
        .await;
    let ready = send(stack.rest.request("GET", "/readyz")).await;
    assert_eq!((ready.status, ready.header("retry-after")), (503, "5"));
    // It lives, and answers each call with a refusal that can be tried again.
    assert_eq!(send(stack.rest.request("GET", "/healthz")).await.status, 200);
    let refusal =
        stack.grpc.call("RegistryService.ListCycles", &serde_json::json!({})).await.refusal();
    assert_eq!(
        (refusal.code.as_str(), refusal.reason.as_str()),
        ("UNAVAILABLE", "DATABASE_UNAVAILABLE")
    );
    let over_http = send(stack.rest.request("GET", "/v1/cycles")).await;
    assert_eq!((over_http.status, over_http.header("retry-after")), (503, "5"));
    let shown = over_http.body.to_lowercase();
    for inside in ["socket", "sqlx", "postgres", "select", "/tmp"] {
        assert!(!shown.contains(inside), "{shown}");
    }
}
