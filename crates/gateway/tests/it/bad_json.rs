//! Bodies that are no JSON, too deep, or stranger than they need to be.

use serde_json::{Value as Json, json};

use crate::harness::{Stack, assert_problem};

async fn send(stack: &Stack, body: &[u8]) -> (u16, Json) {
    let request = stack.request("PUT", "/v1/shelves/1").header("content-type", "application/json");
    let response = request.body(body.to_vec()).send().await.expect("an answer");
    (response.status().as_u16(), response.json().await.expect("JSON"))
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let stack = Stack::start().await;
    for body in [
        &b"\xef\xbb\xbf{}"[..],
        b"\xff\xfe{\0}\0",
        b"{} {}",
        b"{}x",
        b"{}\0",
        b" ",
        b"{",
        b"{\"text\"}",
        b"{\"text\": \"a\",}",
        b"{'text': 'a'}",
        b"{text: 1}",
        b"{\"words\": [1,]}",
        b"{\"doubleValue\": NaN}",
        b"{\"doubleValue\": Infinity}",
        b"{\"doubleValue\": -Infinity}",
        b"{\"doubleValue\": .5}",
        b"{\"doubleValue\": 1.}",
        b"{\"doubleValue\": +1}",
        b"{\"doubleValue\": 01}",
        b"{\"doubleValue\": 1e999}",
        b"{\"int32Value\": 0x1}",
        b"{\"text\": \"\\ud800\"}",
        b"{\"text\": \"\\ud800\\u0041\"}",
        b"{\"text\": \"\\udc00\"}",
        b"{\"\\ud800\": 1}",
        b"{\"text\": \"\\x41\"}",
        b"{\"text\": \"a\nb\"}",
        b"{\"text\": \"\xff\"}",
        b"{\"text\": \"\xed\xa0\x80\"}",
        b"{\"boolValue\": True}",
        b"{\"text\": undefined}",
        b"// a comment\n{}",
    ] {
        let shown = String::from_utf8_lossy(body);
        let (status, problem) = send(&stack, body).await;
        assert_eq!((status, &problem["reason"]), (400, &json!("MALFORMED_JSON")), "{shown}");
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.starts_with("The body is not JSON: "), "{detail}");
        let is_located = detail.contains(" at line ") || detail.contains("byte order mark");
        assert!(is_located, "{shown}: {detail}");
    }
}

#[tokio::test]
async fn json_of_another_shape_is_refused() {
    let stack = Stack::start().await;
    for body in ["null", "[]", "1", "\"x\"", "true"] {
        let (status, problem) = send(&stack, body.as_bytes()).await;
        assert_eq!((status, &problem["reason"]), (400, &json!("INVALID_VALUE")), "{body}");
    }
}

#[tokio::test]
async fn json_of_the_greatest_depth_passes_and_a_level_more_does_not() {
    let stack = Stack::start().await;
    let arrays = |levels: usize| {
        format!(
            "{{\"structure\": {{\"a\": {}{}}}}}",
            "[".repeat(levels - 2),
            "]".repeat(levels - 2)
        )
    };
    // Each object of a `Struct` is three messages, so this is also what the server can decode.
    let objects = |levels: usize| {
        let (open, close) = ("{\"a\":".repeat(levels - 1), "}".repeat(levels - 1));
        format!("{{\"structure\": {open}1{close}}}")
    };
    for body in [arrays(32), objects(32)] {
        assert_eq!(send(&stack, body.as_bytes()).await.0, 200, "{body}");
    }
    for body in [arrays(33), objects(33), "[".repeat(33), "[".repeat(1_000_000)] {
        let (status, problem) = send(&stack, body.as_bytes()).await;
        assert_eq!((status, &problem["reason"]), (400, &json!("JSON_TOO_DEEP")), "{body:.100}");
    }
    assert_problem!(stack.send("PUT", "/v1/shelves/1", &objects(33)).await);
}

#[tokio::test]
async fn many_names_and_long_numbers_are_no_matter() {
    let stack = Stack::start().await;
    let labels: Vec<_> = (0..50_000).map(|number| format!("\"k{number}\": \"v\"")).collect();
    let digits = "0".repeat(100_000);
    for body in [
        format!("{{\"labels\": {{{}}}}}", labels.join(",")),
        format!("{{\"doubleValue\": 0.{digits}1}}"),
        format!("{{\"doubleValue\": 1.{digits}}}"),
        format!("{{\"structure\": {{\"{digits}\": 1}}}}"),
    ] {
        assert_eq!(send(&stack, body.as_bytes()).await.0, 200, "{body:.100}");
    }
    let (status, problem) = send(&stack, format!("{{\"int32Value\": 1{digits}}}").as_bytes()).await;
    assert_eq!((status, &problem["reason"]), (400, &json!("MALFORMED_JSON")));
}

#[tokio::test]
async fn null_is_as_if_nothing_were_given() {
    let stack = Stack::start().await;
    let fields = [
        "text",
        "int64Value",
        "doubleValue",
        "boolValue",
        "blob",
        "color",
        "maybe",
        "words",
        "inner",
        "inners",
        "labels",
        "innerByNumber",
        "choiceText",
        "choiceInner",
        "at",
        "lasting",
        "updateMask",
        "wrappedInt64",
        "wrappedText",
        "structure",
        "any",
    ];
    let members: Vec<_> = fields.iter().map(|field| format!("\"{field}\": null")).collect();
    let body = format!("{{{}, \"choiceNumber\": 1}}", members.join(","));
    assert_eq!(
        stack.seen_body("PUT", "/v1/shelves/1", &body).await,
        json!({"method": "Replace", "name": "shelves/1", "choiceNumber": 1})
    );
}

#[tokio::test]
async fn null_within_a_list_or_a_map_is_no_value() {
    let stack = Stack::start().await;
    for (body, field) in [
        (r#"{"words": [null]}"#, "words[0]"),
        (r#"{"inners": [{}, null]}"#, "inners[1]"),
        (r#"{"times": [null]}"#, "times[0]"),
        (r#"{"labels": {"a": null}}"#, "labels.a"),
        (r#"{"innerByNumber": {"1": null}}"#, "innerByNumber.1"),
    ] {
        let (status, problem) = send(&stack, body.as_bytes()).await;
        assert_eq!((status, &problem["reason"]), (400, &json!("INVALID_VALUE")), "{body}");
        assert_eq!(problem["errors"][0]["field"], field, "{body}");
    }
}

#[tokio::test]
async fn null_is_a_value_of_a_value() {
    let stack = Stack::start().await;
    let body = r#"{"structure": {"a": null, "b": [null]}}"#;
    let seen: Json = stack.send("PUT", "/v1/shelves/1", body).await.json().await.expect("JSON");
    assert_eq!(seen["request"]["structure"], json!({"a": null, "b": [null]}));
}
