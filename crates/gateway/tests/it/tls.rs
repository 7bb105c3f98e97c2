//! TLS on both sides of the gateway.

use std::{net::SocketAddr, time::Duration};

use http_body_util::BodyExt as _;
use serde_json::Value as Json;
use takar_gateway::{Gateway, Limits, Upstream};
use takar_tls::{Acceptor, Client, Listener, testing::Authority};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tonic::{body::Body, transport::Endpoint};
use tower::ServiceExt as _;

use crate::{
    grpc,
    harness::{PATIENCE, Throwaway, descriptor_set, start_server},
};

/// Starts a gateway that serves HTTPS.
async fn start(acceptor: Acceptor) -> SocketAddr {
    let server = start_server().await;
    let upstream = Upstream::parse(&format!("http://{server}")).expect("an upstream");
    serve(&upstream, Some(acceptor)).await
}

async fn serve(upstream: &Upstream, acceptor: Option<Acceptor>) -> SocketAddr {
    let gateway = Gateway::new(descriptor_set(), upstream, Limits::default()).expect("routes");
    let gateway = match acceptor {
        Some(acceptor) => gateway.with_tls(acceptor),
        None => gateway,
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(gateway.serve(listener, std::future::pending()));
    address
}

/// Starts a gRPC server over TLS.
async fn start_tls_server(acceptor: Acceptor) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = grpc::router(Throwaway::new());
    tokio::spawn(server.serve_with_incoming(Listener::new(listener, acceptor)));
    address
}

/// Sends a GET over HTTP/2, which a client of gRPC speaks; `None` where there is no answer.
async fn get(address: SocketAddr, client: &Client, path: &str) -> Option<(u16, Json)> {
    let response = answer(address, client, path).await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    Some((status, serde_json::from_slice(&body).expect("JSON")))
}

async fn answer(address: SocketAddr, client: &Client, path: &str) -> Option<http::Response<Body>> {
    let endpoint = Endpoint::from_shared(format!("https://{address}")).expect("an address");
    let channel = client.secure(endpoint).expect("files").connect().await.ok()?;
    let request = http::Request::get(path).body(Body::empty()).expect("a request");
    timeout(PATIENCE, channel.oneshot(request)).await.expect("in time").ok()
}

async fn status(address: SocketAddr, client: &Client) -> Option<u16> {
    get(address, client, "/v1/things").await.map(|(status, _)| status)
}

#[tokio::test]
async fn https_is_served_and_tells_who_asks() {
    let authority = Authority::new();
    let address = start(authority.issue("127.0.0.1").acceptor(None)).await;
    let (status, body) =
        get(address, &authority.client(None), "/v1/things").await.expect("an answer");
    assert_eq!(status, 200);
    assert_eq!(body["metadata"]["x-forwarded-for"], "127.0.0.1");
}

#[tokio::test]
async fn https_is_http_2_where_the_client_speaks_it_and_stays_https() {
    let authority = Authority::new();
    let address = start(authority.issue("127.0.0.1").acceptor(None)).await;
    let answer = answer(address, &authority.client(None), "/healthz").await.expect("an answer");
    assert_eq!(answer.version(), http::Version::HTTP_2);
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
}

#[tokio::test]
async fn a_client_trusts_neither_another_authority_nor_another_name() {
    let authority = Authority::new();
    let address = start(authority.issue("127.0.0.1").acceptor(None)).await;
    assert_eq!(status(address, &Authority::new().client(None)).await, None);
    let address = start(authority.issue("gateway.example").acceptor(None)).await;
    assert_eq!(status(address, &authority.client(None)).await, None);
    let client = authority.client(None).with_server_name(Some("gateway.example".to_owned()));
    assert_eq!(status(address, &client).await, Some(200));
}

#[tokio::test]
async fn plain_http_gets_no_answer_where_https_is_served() {
    let authority = Authority::new();
    let address = start(authority.issue("127.0.0.1").acceptor(None)).await;
    let mut connection = TcpStream::connect(address).await.expect("a connection");
    connection.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.expect("sent");
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, connection.read_to_end(&mut answer)).await.expect("the end");
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/"), "{answer:?}");
    assert_eq!(status(address, &authority.client(None)).await, Some(200));
}

#[tokio::test]
async fn a_slow_handshake_holds_up_nobody() {
    let authority = Authority::new();
    let address = start(authority.issue("127.0.0.1").acceptor(None)).await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(address).await.expect("a connection"));
    }
    let answer = timeout(Duration::from_secs(5), status(address, &authority.client(None))).await;
    assert_eq!(answer, Ok(Some(200)));
}

#[tokio::test]
async fn mutual_tls_takes_only_clients_of_its_authority() {
    let (authority, clients, strangers) = (Authority::new(), Authority::new(), Authority::new());
    let address = start(authority.issue("127.0.0.1").acceptor(Some(&clients))).await;
    let stranger = strangers.issue("client.example");
    assert_eq!(status(address, &authority.client(None)).await, None);
    assert_eq!(status(address, &authority.client(Some(&stranger))).await, None);
    let client = clients.issue("client.example");
    assert_eq!(status(address, &authority.client(Some(&client))).await, Some(200));
}

#[tokio::test]
async fn a_server_may_demand_mutual_tls_of_the_gateway() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let server = start_tls_server(authority.issue("127.0.0.1").acceptor(Some(&clients))).await;
    let shown = clients.issue("gateway.example");
    for (client, status) in [
        (authority.client(Some(&shown)), 200),
        (authority.client(None), 503),
        (authority.client(Some(&authority.issue("another.example"))), 503),
        (Authority::new().client(Some(&shown)), 503),
        (Client::default(), 503),
    ] {
        let url = format!("https://{server}");
        let upstream = Upstream::parse_with_tls(&url, &client).expect("an upstream");
        let gateway = serve(&upstream, None).await;
        let url = format!("http://{gateway}/v1/things");
        let answer = crate::harness::client().get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{client:?}");
    }
}

#[tokio::test]
async fn a_server_that_speaks_no_http_2_over_tls_is_not_ready() {
    let authority = Authority::new();
    let issued = authority.issue("127.0.0.1");
    for (protocols, status) in [(&["h2"][..], 200), (&["http/1.1"], 503), (&[], 503)] {
        let server = start_tls_server(issued.acceptor_speaking(protocols)).await;
        let url = format!("https://{server}");
        let upstream = Upstream::parse_with_tls(&url, &authority.client(None));
        let gateway = serve(&upstream.expect("an upstream"), None).await;
        for path in ["/readyz", "/v1/things"] {
            let asking = crate::harness::client().get(format!("http://{gateway}{path}")).send();
            let answer = timeout(PATIENCE, asking).await.expect("in time").expect("an answer");
            assert_eq!(answer.status(), status, "{protocols:?} {path}");
        }
    }
}

#[tokio::test]
async fn both_sides_can_be_secure_at_once() {
    let authority = Authority::new();
    let issued = authority.issue("127.0.0.1");
    let server = start_tls_server(issued.acceptor(Some(&authority))).await;
    let client = authority.client(Some(&issued));
    let upstream = Upstream::parse_with_tls(&format!("https://{server}"), &client);
    let upstream = upstream.expect("an upstream");
    let gateway = serve(&upstream, Some(issued.acceptor(Some(&authority)))).await;
    assert_eq!(status(gateway, &client).await, Some(200));
}

#[tokio::test]
async fn files_for_an_upstream_without_tls_are_refused() {
    let client = Authority::new().client(None);
    for url in ["http://127.0.0.1:1", "unix:///run/takar.sock"] {
        assert!(Upstream::parse_with_tls(url, &client).is_err(), "{url}");
    }
}
