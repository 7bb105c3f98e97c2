//! A server that takes nothing doesn't hold the gateway's end up.

use bytes::Bytes;
use h2::server;
use http::Response;
use takar_gateway::{Gateway, Limits, Upstream};
use tokio::{net::TcpListener, time::timeout};

use super::stand::DESCRIPTOR_SET;
use crate::harness::{PATIENCE, Stoppable};

#[tokio::test]
async fn a_watch_whose_server_takes_no_request_for_a_lease_ends_with_the_gateway() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let server = listener.local_addr().expect("an address");
    let upstream = Upstream::parse(&format!("http://{server}")).expect("an upstream");
    let gateway = Gateway::new(&DESCRIPTOR_SET, &upstream, Limits::default()).expect("a contract");
    let gateway = Stoppable::start(gateway).await;

    let (tcp, _) = timeout(PATIENCE, listener.accept()).await.expect("in time").expect("it");
    let handshake = server::Builder::new().initial_window_size(0).handshake::<_, Bytes>(tcp);
    let mut connection = handshake.await.expect("HTTP/2");
    let begun = timeout(PATIENCE, connection.accept()).await.expect("in time");
    let (request, mut respond) = begun.expect("a request").expect("a request");
    assert!(request.uri().path().ends_with("/WatchPublicState"));
    let head = Response::builder().header("content-type", "application/grpc");
    let _answers = respond.send_response(head.body(()).expect("a head"), false).expect("sent");
    let driven = tokio::spawn(async move { while connection.accept().await.is_some() {} });

    gateway.stop().await;
    let mut body = request.into_body();
    // It says that it shows nothing more by the end of the requests, and not by a reset.
    while let Some(piece) = timeout(PATIENCE, body.data()).await.expect("an end in time") {
        assert_eq!(piece.expect("no reset"), "");
    }
    timeout(PATIENCE, driven).await.expect("the connection's end").expect("no panic");
}
