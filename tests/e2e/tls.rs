//! Mutual TLS between the gateway and the server.

use takar_gateway::{Gateway, Upstream};
use takar_proto::DESCRIPTOR_SET;
use takar_server::{Limits, Server};
use takar_store::{ConnectionSettings, Store};
use takar_tls::testing::Authority;

use crate::{
    rest,
    stack::{Stack, eventually, listen},
};

#[tokio::test]
async fn a_gateway_reads_from_a_server_that_demands_its_certificate() {
    let authority = Authority::new();
    let stack = Stack::start().await;
    let store = Store::new(stack.database_url(), &ConnectionSettings::default()).expect("a URL");
    let (listener, address) = listen().await;
    let server = Server::new(store, Limits::default())
        .with_tls(authority.issue("127.0.0.1").acceptor(Some(&authority)));
    tokio::spawn(server.serve(listener, std::future::pending()));

    let issued = authority.issue("gateway.example");
    let mut clients = Vec::new();
    for shown in [Some(&issued), None] {
        let upstream =
            Upstream::parse_with_tls(&format!("https://{address}"), &authority.client(shown));
        let upstream = upstream.expect("an upstream");
        let gateway = Gateway::new(DESCRIPTOR_SET, &upstream, takar_gateway::Limits::default())
            .expect("the contract's routes");
        let (listener, address) = listen().await;
        tokio::spawn(gateway.serve(listener, std::future::pending()));
        clients.push(rest::Client::new(address, ""));
    }
    let status = async |client: &rest::Client, path: &str| {
        client.request("GET", path).send().await.expect("an answer").status().as_u16()
    };
    eventually("the server serves", async || status(&clients[0], "/readyz").await == 200).await;
    assert_eq!(status(&clients[0], "/v1/cycles").await, 200);
    assert_eq!(status(&clients[1], "/v1/cycles").await, 503);

    // The trail knows from where a refused write came, through both hops.
    let write = clients[0].request("POST", "/v1/regions:batchCreate").body("{}");
    let write = write.header("content-type", "application/json");
    assert_eq!(write.send().await.expect("an answer").status().as_u16(), 401);
    let trail = stack.rest.get("/v1/auditEntries?principal=anonymous").await.message();
    let content = trail["auditEntries"][0]["content"].as_str().expect("an entry").to_owned();
    assert!(content.contains(r#""peer":"127.0.0.1 via 127.0.0.1:"#), "{content}");
}
