//! Paths and the fields that they set.

use serde_json::json;

use crate::harness::{Stack, assert_problem, seen};

#[tokio::test]
async fn a_variable_of_several_segments_is_one_name() {
    let stack = Stack::start().await;
    assert_eq!(
        stack.seen("/v1/shelves/a%20b/books/c%3Ad%2Fe").await,
        json!({"method": "Get", "name": "shelves/a b/books/c:d%2Fe"})
    );
}

#[tokio::test]
async fn a_literal_is_preferred_to_a_variable() {
    let stack = Stack::start().await;
    assert_eq!(
        stack.seen("/v1/shelves/latest/books/7%2F8").await,
        json!({"method": "Latest", "name": "7/8"})
    );
}

#[tokio::test]
async fn additional_bindings_set_nested_fields() {
    let stack = Stack::start().await;
    assert_eq!(
        stack.seen("/v1/find/i/d").await,
        json!({"method": "Get", "inner": {"id": "i", "deep": {"deepId": "d"}}})
    );
    assert_eq!(
        stack.seen_body("POST", "/v1/find", r#"{"name": "n"}"#).await,
        json!({"method": "Get", "name": "n"})
    );
}

#[tokio::test]
async fn a_rest_takes_any_number_of_segments() {
    let stack = Stack::start().await;
    for (path, name) in [
        ("/v1/files", "files"),
        ("/v1/files/", "files/"),
        ("/v1/files/a", "files/a"),
        ("/v1/files/a/b/c.txt", "files/a/b/c.txt"),
        ("/v1/files/a:b", "files/a:b"),
    ] {
        assert_eq!(stack.seen(path).await, json!({"method": "ReadFile", "name": name}));
    }
}

#[tokio::test]
async fn a_custom_verb_is_a_method_of_its_own() {
    let stack = Stack::start().await;
    assert_eq!(
        stack.seen_body("POST", "/v1/files/a/b:move", r#"{"text": "c"}"#).await,
        json!({"method": "MoveFile", "name": "files/a/b", "text": "c"})
    );
}

#[tokio::test]
async fn a_custom_kind_is_a_method_of_http() {
    let stack = Stack::start().await;
    let locked = stack.request("LOCK", "/v1/shelves/1").send().await.expect("an answer");
    assert_eq!(seen(locked).await, json!({"method": "Lock", "name": "shelves/1"}));
    for method in ["GET", "BREW", "OPTIONS"] {
        let answer = stack.request(method, "/v1/anyhow").send().await.expect("an answer");
        assert_eq!(seen(answer).await, json!({"method": "Anyhow"}));
    }
}

#[tokio::test]
async fn variables_have_types() {
    let stack = Stack::start().await;
    assert_eq!(
        stack.seen("/v1/typed/-9007199254740993/true/COLOR_BLUE/2022-12-31T17:00:00Z").await,
        json!({
            "method": "Typed",
            "int64Value": "-9007199254740993",
            "boolValue": true,
            "color": "COLOR_BLUE",
            "at": "2022-12-31T17:00:00Z",
        })
    );
}

#[tokio::test]
async fn variables_that_cannot_be_parsed_are_all_named() {
    let stack = Stack::start().await;
    assert_problem!(stack.get("/v1/typed/1.5/yes/GREEN/today").await);
}

#[tokio::test]
async fn a_path_that_cannot_be_decoded_is_refused() {
    let stack = Stack::start().await;
    assert_problem!(stack.get("/v1/files/%ff").await);
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let stack = Stack::start().await;
    assert_problem!(stack.get("/v1/nowhere/at/all?secret=1").await);
}

#[tokio::test]
async fn streaming_and_unmapped_methods_have_no_route() {
    let stack = Stack::start().await;
    for path in ["/v1/watch", "/throwaway.v1.Throwaway/Unmapped", "/v1/shelves/"] {
        assert_eq!(stack.get(path).await.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_url_longer_than_the_limit_is_refused() {
    let stack = Stack::start().await;
    let longest = takar_gateway::Limits::MAX_URL_BYTES - "/v1/files/".len();
    let path = format!("/v1/files/{}", "a".repeat(longest));
    assert_eq!(stack.get(&path).await.status(), 200);
    let response = stack.get(&format!("{path}a")).await;
    assert_eq!(response.status(), 414);
    assert_eq!(response.json::<serde_json::Value>().await.expect("JSON")["reason"], "URL_TOO_LONG");
}
