//! Whether the gateway lives, and whether its server serves.

use takar_gateway::Limits;
use tonic_health::ServingStatus;

use crate::{
    grpc,
    harness::{Stack, Throwaway, assert_problem, start_gateway},
};

#[tokio::test]
async fn a_gateway_lives_without_its_server_but_is_not_ready() {
    let stack = Stack::without_server().await;
    assert_eq!(stack.get("/healthz").await.status(), 200);
    assert_problem!(stack.get("/readyz").await);
}

#[tokio::test]
async fn a_gateway_is_ready_when_its_server_serves() {
    let stack = Stack::start().await;
    let response = stack.get("/readyz").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.expect("a body"), r#"{"status":"SERVING"}"#);
    assert_eq!(stack.request("POST", "/readyz").send().await.expect("an answer").status(), 405);
}

#[tokio::test]
async fn a_gateway_is_not_ready_while_its_server_does_not_serve() {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("", ServingStatus::NotServing).await;
    let stack = in_front_of(tonic::transport::Server::builder().add_service(health)).await;
    assert_eq!(stack.get("/readyz").await.status(), 503);
    reporter.set_service_status("", ServingStatus::Serving).await;
    assert_eq!(stack.get("/readyz").await.status(), 200);
}

#[tokio::test]
async fn a_server_without_a_health_service_serves_if_it_can_say_so() {
    let server = grpc::router(Throwaway::new());
    assert_eq!(in_front_of(server).await.get("/readyz").await.status(), 200);
}

async fn in_front_of(server: tonic::transport::server::Router) -> Stack {
    let address = grpc::start(server).await;
    Stack::of(address, start_gateway(&format!("http://{address}"), Limits::default()).await)
}
