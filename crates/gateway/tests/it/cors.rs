//! Pages of other origins.

use reqwest::{Response, header::HeaderMap};
use takar_gateway::{AllowedOrigins, Limits};

use crate::harness::Stack;

const PAGE: &str = "https://data.example.go.id";

async fn open_to(origins: &[&str]) -> Stack {
    let origins: Vec<String> = origins.iter().map(|&origin| origin.to_owned()).collect();
    let origins = AllowedOrigins::parse(&origins).expect("origins");
    Stack::with(Limits::default(), |gateway| gateway.with_allowed_origins(origins)).await
}

async fn send(stack: &Stack, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = stack.request(method, path);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.send().await.expect("an answer")
}

async fn preflight(stack: &Stack, origin: &str) -> Response {
    let headers = [("origin", origin), ("access-control-request-method", "PATCH")];
    send(stack, "OPTIONS", "/v1/shelves/1", &headers).await
}

/// The headers that CORS is about, one a line.
fn shown(headers: &HeaderMap) -> String {
    let mut lines: Vec<String> = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("access-control") || *name == "vary")
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("text")))
        .collect();
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn a_preflight_of_an_allowed_origin_is_answered() {
    let stack = open_to(&["https://other.example", PAGE]).await;
    let response = preflight(&stack, PAGE).await;
    assert_eq!(response.status(), 204);
    assert!(response.headers().contains_key("x-request-id"));
    insta::assert_snapshot!(shown(response.headers()));
}

#[tokio::test]
async fn a_page_of_an_allowed_origin_reads_answers_and_refusals() {
    let stack = open_to(&[PAGE]).await;
    let response = send(&stack, "GET", "/v1/things", &[("origin", PAGE)]).await;
    assert_eq!(response.status(), 200);
    let read = shown(response.headers());
    let response = send(&stack, "GET", "/v1/nowhere", &[("origin", PAGE)]).await;
    assert_eq!(response.status(), 404);
    assert_eq!(shown(response.headers()), read);
    insta::assert_snapshot!(read);
}

#[tokio::test]
async fn a_page_of_another_origin_reads_nothing() {
    let stack = open_to(&[PAGE]).await;
    for origin in ["https://evil.example", "null", "https://data.example.go.id.evil.example"] {
        let response = preflight(&stack, origin).await;
        assert_eq!(
            (response.status().as_u16(), shown(response.headers()).as_str()),
            (204, "vary: Origin")
        );
        let response = send(&stack, "GET", "/v1/things", &[("origin", origin)]).await;
        assert_eq!(shown(response.headers()), "vary: Accept-Encoding\nvary: Origin");
    }
    // Nor may a cache give it what was answered to none.
    let response = stack.get("/v1/things").await;
    assert_eq!(shown(response.headers()), "vary: Accept-Encoding\nvary: Origin");
}

#[tokio::test]
async fn any_origin_may_be_allowed() {
    let stack = open_to(&["*"]).await;
    let response = preflight(&stack, PAGE).await;
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let response = send(&stack, "GET", "/v1/things", &[("origin", PAGE)]).await;
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert_eq!(response.headers()["cross-origin-resource-policy"], "cross-origin");
    assert_eq!(response.headers()["vary"], "Accept-Encoding");
}

#[tokio::test]
async fn nobody_is_allowed_unless_told() {
    let stack = Stack::start().await;
    let response = preflight(&stack, PAGE).await;
    assert_eq!(response.headers()["allow"], "DELETE, LOCK, OPTIONS, PATCH, PUT");
    assert!(!shown(response.headers()).contains("access-control"));
    let response = send(&stack, "GET", "/v1/things", &[("origin", PAGE)]).await;
    assert_eq!(shown(response.headers()), "vary: Accept-Encoding");
}

#[tokio::test]
async fn options_that_is_no_preflight_tells_the_methods() {
    let stack = open_to(&[PAGE]).await;
    for headers in [&[][..], &[("origin", PAGE)], &[("access-control-request-method", "GET")]] {
        let response = send(&stack, "OPTIONS", "/v1/shelves/1", headers).await;
        assert_eq!(response.status(), 204);
        assert_eq!(response.headers()["allow"], "DELETE, LOCK, OPTIONS, PATCH, PUT");
    }
}
