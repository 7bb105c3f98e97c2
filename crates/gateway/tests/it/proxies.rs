//! Whose address a request is said to come from.

use std::net::SocketAddr;

use serde_json::Value as Json;
use takar_gateway::{Limits, TrustedProxies};
use tokio::net::TcpListener;

use crate::harness::{Stack, gateway, start_server};

async fn trusting(networks: &[&str]) -> Stack {
    let networks: Vec<String> = networks.iter().map(|&network| network.to_owned()).collect();
    let proxies = TrustedProxies::parse(&networks).expect("networks");
    Stack::with(Limits::default(), |gateway| gateway.with_trusted_proxies(proxies)).await
}

/// The chain of addresses that the server was told.
async fn chain(stack: &Stack, headers: &[(&str, &str)]) -> Json {
    let request = stack.request("GET", "/v1/things");
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = request.send().await.expect("an answer");
    let mut answer: Json = response.json().await.expect("JSON");
    answer["metadata"]["x-forwarded-for"].take()
}

#[tokio::test]
async fn who_is_not_trusted_is_the_client_whatever_it_says() {
    for stack in [Stack::start().await, trusting(&["10.0.0.0/8"]).await] {
        for headers in [
            &[][..],
            &[("x-forwarded-for", "198.51.100.7")],
            &[("forwarded", "for=198.51.100.7")],
            &[("x-forwarded-for", "10.0.0.1, 198.51.100.7"), ("x-forwarded-for", "1.1.1.1")],
        ] {
            assert_eq!(chain(&stack, headers).await, "127.0.0.1", "{headers:?}");
        }
    }
}

#[tokio::test]
async fn a_trusted_proxy_says_who_the_client_is() {
    let stack = trusting(&["127.0.0.0/8", "10.0.0.0/8"]).await;
    for (headers, expected) in [
        (&[][..], "127.0.0.1"),
        (&[("x-forwarded-for", "198.51.100.7")], "198.51.100.7, 127.0.0.1"),
        (
            &[("x-forwarded-for", "1.1.1.1, 198.51.100.7, 10.0.0.2")],
            "198.51.100.7, 10.0.0.2, 127.0.0.1",
        ),
        (&[("forwarded", "for=\"[2001:db8::1]:80\";proto=https")], "2001:db8::1, 127.0.0.1"),
    ] {
        assert_eq!(chain(&stack, headers).await, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn a_server_of_ones_own_tells_the_address() {
    let server = start_server().await;
    let router = gateway(&format!("http://{server}"), Limits::default()).into_router();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async { axum::serve(listener, service).await });
    let stack = Stack::of(server, address);
    assert_eq!(chain(&stack, &[("x-forwarded-for", "1.1.1.1")]).await, "127.0.0.1");
}
