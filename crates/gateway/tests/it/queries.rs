//! Query parameters.

use serde_json::json;

use crate::harness::{Stack, assert_problem};

#[tokio::test]
async fn every_type_can_be_a_parameter() {
    let stack = Stack::start().await;
    assert_eq!(
        stack
            .seen(
                "/v1/things?int32Value=-7&int64Value=9007199254740993&uint32Value=4294967295\
                 &uint64Value=18446744073709551615&floatValue=1.5&doubleValue=-Infinity\
                 &boolValue=true&text=a+b%2Bc%26&blob=-_8&color=COLOR_RED&maybe=0"
            )
            .await,
        json!({
            "method": "Search",
            "int32Value": -7,
            "int64Value": "9007199254740993",
            "uint32Value": 4_294_967_295_u32,
            "uint64Value": "18446744073709551615",
            "floatValue": 1.5,
            "doubleValue": "-Infinity",
            "boolValue": true,
            "text": "a b+c&",
            "blob": "+/8=",
            "color": "COLOR_RED",
        })
    );
}

#[tokio::test]
async fn well_known_types_are_written_as_in_json() {
    let stack = Stack::start().await;
    assert_eq!(
        stack
            .seen(
                "/v1/things?at=2022-12-31T17:00:00.5%2B07:00&lasting=1.5s\
                 &updateMask=displayName,inner.deep_id&wrappedInt64=5&wrappedText=x\
                 &wrappedBool=true&times=2022-01-01T00:00:00Z&times=2023-01-01T00:00:00Z"
            )
            .await,
        json!({
            "method": "Search",
            "at": "2022-12-31T10:00:00.500Z",
            "lasting": "1.500s",
            "updateMask": "displayName,inner.deepId",
            "wrappedInt64": "5",
            "wrappedText": "x",
            "wrappedBool": true,
            "times": ["2022-01-01T00:00:00Z", "2023-01-01T00:00:00Z"],
        })
    );
}

#[tokio::test]
async fn nested_and_repeated_fields_take_both_spellings() {
    let stack = Stack::start().await;
    assert_eq!(
        stack
            .seen(
                "/v1/things?inner.display_name=n&inner.deep.depth=3&inner.deep.deepId=d\
                 &inner.tags=a&inner.tags=b&words=x&words=&numbers=1&numbers=2\
                 &colors=COLOR_RED&colors=2&&choiceNumber=4"
            )
            .await,
        json!({
            "method": "Search",
            "inner": {
                "displayName": "n",
                "deep": {"deepId": "d", "depth": 3},
                "tags": ["a", "b"],
            },
            "words": ["x", ""],
            "numbers": [1, 2],
            "colors": ["COLOR_RED", "COLOR_BLUE"],
            "choiceNumber": 4,
        })
    );
}

#[tokio::test]
async fn presence_is_kept() {
    let stack = Stack::start().await;
    let answer = stack.get("/v1/things?maybe=0&wrappedInt64=0").await;
    let answer: serde_json::Value = answer.json().await.expect("JSON");
    assert_eq!(answer["request"]["maybe"], 0);
    assert_eq!(answer["request"]["wrappedInt64"], "0");
    assert_eq!(answer["request"].get("wrappedText"), None);
}

#[tokio::test]
async fn an_unknown_parameter_is_named() {
    let stack = Stack::start().await;
    assert_problem!(stack.get("/v1/things?pageSize=1").await);
}

#[tokio::test]
async fn a_parameter_given_twice_is_named() {
    let stack = Stack::start().await;
    assert_problem!(stack.get("/v1/things?int32Value=1&int32_value=2").await);
}

#[tokio::test]
async fn all_wrong_parameters_are_named() {
    let stack = Stack::start().await;
    let query = "int32Value=1e3&uint32Value=-1&floatValue=1e39&doubleValue=inf&boolValue=1\
        &color=GREEN&blob=*&at=now&lasting=5&updateMask=a-B,c__d&wrappedInt64=x\
        &inner=1&inner.nope=1&inners=1&inners.id=1&labels=1&labels.a=1&at.seconds=1&text.x=1\
        &structure=1&any=1&choiceText=a&choiceNumber=1&int64Value=&%zz=1&text=%ff";
    assert_problem!(stack.get(&format!("/v1/things?{query}")).await);
}

#[tokio::test]
async fn a_parameter_cannot_set_what_the_path_sets() {
    let stack = Stack::start().await;
    assert_problem!(stack.get("/v1/find/i/d?inner.id=j&inner.deep.deep_id=e&inner.tags=t").await);
}

#[tokio::test]
async fn a_parameter_cannot_set_what_the_body_sets() {
    let stack = Stack::start().await;
    assert_problem!(stack.send("POST", "/v1/shelves/1/books?inner.id=1&text=x", "{}").await);
}

#[tokio::test]
async fn a_whole_body_leaves_no_parameters() {
    let stack = Stack::start().await;
    assert_problem!(stack.send("PUT", "/v1/shelves/1?text=x", "{}").await);
}
