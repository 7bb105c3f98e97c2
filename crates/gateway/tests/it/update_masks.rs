//! The masks of PATCH, which follow from the body where none is given.

use serde_json::{Value as Json, json};

use crate::{
    harness::{Stack, drop_defaults},
    lists::start,
};

const THING: &str = "/v1/lists/1/things/2";

/// What the server saw of a change, without what has its default.
async fn seen(stack: &Stack, method: &str, path: &str, body: &str) -> Json {
    let response = stack.send(method, path, body).await;
    let status = response.status();
    let mut seen: Json = response.json().await.expect("JSON");
    assert_eq!(status, 200, "{seen}");
    drop_defaults(&mut seen);
    seen
}

#[tokio::test]
async fn a_patch_changes_the_fields_that_its_body_has() {
    let (stack, _) = start().await;
    for (body, mask) in [
        ("{}", ""),
        ("", ""),
        (r#"{"displayName": "x", "size": 1}"#, "size,displayName"),
        (r#"{"display_name": ""}"#, "displayName"),
        // A message stands for those of its fields that are given.
        (r#"{"box": {"colour": "red", "within": {"volume": 1}}}"#, "box.colour,box.within.volume"),
        (r#"{"box": {}}"#, ""),
        // What is given as a whole.
        (r#"{"marker": {}, "parts": [{"label": "p"}]}"#, "parts,marker"),
        (r#"{"counts": {"a": 1}, "tags": []}"#, "tags,counts"),
        (r#"{"note": "n", "extra": {"a": {"b": 1}}}"#, "note,extra"),
        (r#"{"choicePart": {"label": "c"}}"#, "choicePart.label"),
        (r#"{"times": ["2022-01-01T00:00:00Z"]}"#, "times"),
    ] {
        let seen = seen(&stack, "PATCH", THING, body).await;
        assert_eq!(seen["updateMask"].as_str().unwrap_or_default(), mask, "{body}");
    }
}

#[tokio::test]
async fn null_clears() {
    let (stack, _) = start().await;
    let body = r#"{"displayName": null, "box": null, "tags": null, "counts": null, "note": null,
        "choiceText": null, "weight": null, "anything": null}"#;
    assert_eq!(
        seen(&stack, "PATCH", THING, body).await,
        json!({
            "thing": {"name": "lists/1/things/2"},
            "updateMask": "box,weight,tags,counts,displayName,note,anything,choiceText",
        })
    );
    let body = r#"{"box": {"within": null}}"#;
    assert_eq!(seen(&stack, "PATCH", THING, body).await["updateMask"], "box.within");
}

#[tokio::test]
async fn an_empty_mask_is_none() {
    let (stack, _) = start().await;
    let path = format!("{THING}?updateMask=");
    let seen = seen(&stack, "PATCH", &path, r#"{"displayName": null}"#).await;
    assert_eq!(seen["updateMask"], "displayName");
}

#[tokio::test]
async fn null_in_place_of_a_change_is_refused() {
    let (stack, _) = start().await;
    let response = stack.send("PATCH", THING, " null\n").await;
    assert_eq!(response.status(), 400);
    let problem: Json = response.json().await.expect("JSON");
    assert_eq!(
        problem["errors"],
        json!([{
            "field": "thing",
            "description": "can't be `null`: a change is an object",
            "reason": "INVALID_VALUE",
        }])
    );
}

#[tokio::test]
async fn what_says_which_thing_it_is_or_is_only_shown_is_no_change() {
    let (stack, _) = start().await;
    let request = stack.request("PATCH", THING).header("if-match", "\"v1\"");
    let request = request.header("content-type", "application/json");
    let body = r#"{"name": "lists/1/things/2", "etag": "v1", "createTime": "2022-01-01T00:00:00Z",
        "box": {"madeTime": null, "colour": "red"}, "displayName": "x"}"#;
    let response = request.body(body).send().await.expect("an answer");
    let seen: Json = response.json().await.expect("JSON");
    assert_eq!(seen["updateMask"], "box.colour,displayName");
    assert_eq!(seen["thing"]["etag"], "v1");
}

#[tokio::test]
async fn a_mask_that_is_given_counts() {
    let (stack, _) = start().await;
    let body = r#"{"displayName": "x", "tags": ["a"]}"#;
    for (query, mask) in [
        ("?updateMask=size,box.colour", json!("size,box.colour")),
        ("?update_mask=display_name", json!("displayName")),
        ("?updateMask=*", json!("*")),
    ] {
        let seen = seen(&stack, "PATCH", &format!("{THING}{query}"), body).await;
        assert_eq!(seen["updateMask"], mask, "{query}");
    }
}

#[tokio::test]
async fn only_a_patch_with_one_mask_has_it_derived() {
    let (stack, _) = start().await;
    let body = r#"{"displayName": "x"}"#;
    for (method, path) in [("PUT", THING), ("PATCH", "/v1/twice/lists/1/things/2")] {
        let seen = seen(&stack, method, path, body).await;
        assert_eq!((&seen["updateMask"], &seen["readMask"]), (&Json::Null, &Json::Null), "{path}");
    }
}
