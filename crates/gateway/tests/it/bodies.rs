//! JSON bodies.

use serde_json::json;
use takar_gateway::Limits;

use crate::harness::{Stack, assert_problem};

#[tokio::test]
async fn a_whole_body_sets_all_but_the_path() {
    let stack = Stack::start().await;
    let body = json!({
        "int64Value": "9007199254740993",
        "uint64_value": 5,
        "blob": "-_8",
        "color": 2,
        "words": ["a", "b"],
        "inners": [{"displayName": "x"}, {"display_name": "y", "deep": {"depth": 1}}],
        "labels": {"k": "v"},
        "innerByNumber": {"7": {"id": "seven"}},
        "choiceInner": {"id": "c"},
        "at": "2022-12-31T17:00:00Z",
        "lasting": "3s",
        "updateMask": "displayName,inner.deepId",
        "wrappedText": "w",
        "structure": {"any": [1, null, {"thing": true}]},
        "any": {"@type": "type.googleapis.com/throwaway.v1.Inner", "id": "a"},
        "text": null,
    });
    assert_eq!(
        stack.seen_body("PUT", "/v1/shelves/1", &body.to_string()).await,
        json!({
            "method": "Replace",
            "name": "shelves/1",
            "int64Value": "9007199254740993",
            "uint64Value": "5",
            "blob": "+/8=",
            "color": "COLOR_BLUE",
            "words": ["a", "b"],
            "inners": [
                {"id": "", "displayName": "x", "tags": []},
                {"id": "", "displayName": "y", "deep": {"deepId": "", "depth": 1}, "tags": []},
            ],
            "labels": {"k": "v"},
            "innerByNumber": {"7": {"id": "seven"}},
            "choiceInner": {"id": "c"},
            "at": "2022-12-31T17:00:00Z",
            "lasting": "3s",
            "updateMask": "displayName,inner.deepId",
            "wrappedText": "w",
            "structure": {"any": [1.0, null, {"thing": true}]},
            "any": {"@type": "type.googleapis.com/throwaway.v1.Inner", "id": "a"},
        })
    );
}

#[tokio::test]
async fn a_body_can_set_one_field_of_any_kind() {
    let stack = Stack::start().await;
    assert_eq!(
        stack.seen_body("POST", "/v1/shelves/1/books?text=t", r#"{"id": "b"}"#).await,
        json!({"method": "Create", "name": "shelves/1", "text": "t", "inner": {"id": "b"}})
    );
    assert_eq!(
        stack.seen_body("PATCH", "/v1/shelves/1", r#"{"displayName": "n"}"#).await,
        json!({
            "method": "Update",
            "inner": {"id": "shelves/1", "displayName": "n"},
            "updateMask": "displayName",
        })
    );
    let words = stack.send("PUT", "/v1/words", r#"["a", "b"]"#).await;
    assert_eq!(words.text().await.expect("a body"), r#"["a","b"]"#);
    let text = stack.send("PUT", "/v1/text", r#""some text""#).await;
    let text: serde_json::Value = text.json().await.expect("JSON");
    assert_eq!(text["text"], "some text");
    let labels = stack.send("PUT", "/v1/labels", r#"{"a": "b"}"#).await;
    assert_eq!(labels.text().await.expect("a body"), "null");
}

#[tokio::test]
async fn an_empty_body_sets_nothing() {
    let stack = Stack::start().await;
    assert_eq!(
        stack.seen_body("PUT", "/v1/shelves/1", "").await,
        json!({"method": "Replace", "name": "shelves/1"})
    );
    assert_eq!(
        stack.seen_body("POST", "/v1/shelves/1/books", "").await,
        json!({"method": "Create", "name": "shelves/1"})
    );
}

#[tokio::test]
async fn a_body_may_repeat_the_path_but_not_contradict_it() {
    let stack = Stack::start().await;
    assert_eq!(
        stack.seen_body("PUT", "/v1/shelves/1", r#"{"name": "shelves/1"}"#).await,
        json!({"method": "Replace", "name": "shelves/1"})
    );
    assert_problem!(stack.send("PUT", "/v1/shelves/1", r#"{"name": "shelves/2"}"#).await);
}

#[tokio::test]
async fn bad_json_is_refused() {
    let stack = Stack::start().await;
    assert_problem!(stack.send("PUT", "/v1/shelves/1", "{\"text\": \"a\",\n}").await);
}

#[tokio::test]
async fn a_second_value_cannot_slip_in_behind_a_field() {
    let stack = Stack::start().await;
    for body in [r#""a", "name": "b""#, r#""a"} {"#, "\"a\" 1", "// no comment\n1"] {
        let response = stack.send("PUT", "/v1/text", body).await;
        assert_eq!(response.status(), 400, "{body}");
        let problem: serde_json::Value = response.json().await.expect("JSON");
        assert_eq!(problem["reason"], "MALFORMED_JSON", "{body}");
    }
}

#[tokio::test]
async fn unknown_fields_are_all_named() {
    let stack = Stack::start().await;
    let body = r#"{"txet": 1, "inners": [{}, {"deep": {"dpeth": {"x": 1}}}],
        "labels": {"free": "x"}, "innerByNumber": {"1": {"nope": 1}}, "structure": {"free": 1}}"#;
    assert_problem!(stack.send("PUT", "/v1/shelves/1", body).await);
}

#[tokio::test]
async fn an_unknown_field_of_a_fields_body_is_named_from_the_request() {
    let stack = Stack::start().await;
    assert_problem!(stack.send("POST", "/v1/shelves/1/books", r#"{"title": "x"}"#).await);
}

#[tokio::test]
async fn a_field_given_twice_is_named() {
    let stack = Stack::start().await;
    let body = r#"{"text": "a", "inner": {"displayName": "a", "display_name": "b"}, "text": "a",
        "labels": {"k": "1", "k": "2"}, "structure": {"s": {"t": 1, "t": 2}}}"#;
    assert_problem!(stack.send("PUT", "/v1/shelves/1", body).await);
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_named_with_its_path() {
    let stack = Stack::start().await;
    let body = r#"{"inners": [{}, {"deep": {"depth": "many"}}]}"#;
    assert_problem!(stack.send("PUT", "/v1/shelves/1", body).await);
}

#[tokio::test]
async fn many_mistakes_have_a_short_answer() {
    let stack = Stack::start().await;
    let names: Vec<_> = (0..1000).map(|number| format!("\"unknown{number}\": 1")).collect();
    let body = format!("{{{}}}", names.join(","));
    let problem = stack.send("PUT", "/v1/shelves/1", &body).await;
    let problem: serde_json::Value = problem.json().await.expect("JSON");
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(50));
}

#[tokio::test]
async fn two_members_of_a_oneof_are_refused() {
    let stack = Stack::start().await;
    let body = r#"{"choiceText": "a", "choiceNumber": 1}"#;
    assert_problem!(stack.send("PUT", "/v1/shelves/1", body).await);
}

#[tokio::test]
async fn a_body_that_nothing_reads_is_refused() {
    let stack = Stack::start().await;
    assert_problem!(stack.send("DELETE", "/v1/shelves/1", "{}").await);
}

#[tokio::test]
async fn a_body_must_be_json() {
    let stack = Stack::start().await;
    let request = stack.request("PUT", "/v1/shelves/1").header("content-type", "text/plain");
    assert_problem!(request.body("{}").send().await.expect("an answer"));
}

#[tokio::test]
async fn a_body_of_the_limit_passes_and_one_byte_more_does_not() {
    let stack = Stack::start().await;
    let body = |bytes: usize| {
        let text = "x".repeat(bytes - r#"{"text":""}"#.len());
        format!("{{\"text\":\"{text}\"}}")
    };
    let largest = body(Limits::MAX_BODY_BYTES);
    assert_eq!(stack.send("PUT", "/v1/shelves/1", &largest).await.status(), 200);
    let larger = body(Limits::MAX_BODY_BYTES + 1);
    assert_problem!(stack.send("PUT", "/v1/shelves/1", &larger).await);
}
