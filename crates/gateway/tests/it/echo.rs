//! Messages with every kind of field, there and back, and answers that are told byte by byte.

use std::sync::LazyLock;

use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};
use serde_json::{Value as Json, json};
use takar_gateway::{Gateway, Limits, Upstream};
use tokio::net::TcpListener;
use tonic::{Request, Response, body::Body};

use crate::{
    grpc::{self, Serve},
    harness::{self, Stack, assert_problem},
};

static DESCRIPTOR_SET: LazyLock<Vec<u8>> =
    LazyLock::new(|| harness::compile(&["everything.proto"]));

fn descriptor(name: &str) -> MessageDescriptor {
    let pool = DescriptorPool::decode(DESCRIPTOR_SET.as_slice()).expect("descriptors");
    pool.get_message_by_name(name).expect("a message")
}

/// The service: it answers with the bytes of the request, or with those that the request holds.
#[derive(Clone)]
pub(crate) struct Echo;

impl Serve for Echo {
    const NAME: &'static str = "everything.v1.Echo";

    async fn serve(self, method: String, request: http::Request<Body>) -> http::Response<Body> {
        let answer = async |request: Request<Bytes>| {
            let bytes = request.into_inner();
            Ok(Response::new(if method == "Tell" { told(bytes) } else { bytes }))
        };
        grpc::unary(request, answer).await
    }
}

/// The bytes that a `google.api.HttpBody` holds.
fn told(body: Bytes) -> Bytes {
    let body = DynamicMessage::decode(descriptor("google.api.HttpBody"), body).expect("a body");
    let data = body.get_field_by_name("data").expect("bytes");
    data.as_bytes().expect("bytes").clone()
}

async fn start() -> Stack {
    let server = grpc::start(grpc::router(Echo)).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let upstream = Upstream::parse(&format!("http://{server}")).expect("an upstream");
    let gateway = Gateway::new(&DESCRIPTOR_SET, &upstream, Limits::default()).expect("a contract");
    tokio::spawn(gateway.serve(listener, std::future::pending()));
    Stack::of(server, address)
}

/// Lets the server answer with these bytes.
async fn tell(stack: &Stack, path: &str, bytes: Vec<u8>) -> reqwest::Response {
    let request = stack.request("POST", path).header("content-type", "application/octet-stream");
    request.body(bytes).send().await.expect("an answer")
}

/// The bytes of a message that is given as JSON.
fn encoded(json: &Json) -> Vec<u8> {
    let read = DynamicMessage::deserialize(descriptor("everything.v1.Everything"), json);
    read.expect("JSON of the message").encode_to_vec()
}

/// What of an answer was asked for, which leaves out the many defaults.
async fn shown(answer: reqwest::Response, asked: &Json) -> Json {
    let status = answer.status();
    let text = answer.text().await.expect("a body");
    assert_eq!(status, 200, "{text}");
    let answer: Json = serde_json::from_str(&text).expect("JSON");
    let names = asked.as_object().expect("an object").keys();
    names.map(|name| (name.clone(), answer[name].clone())).collect()
}

/// A message with fields of every kind.
pub(crate) const EVERYTHING: &str = r#"{
    "oneDouble": 0.1, "oneFloat": 1.5, "oneInt32": -1, "oneInt64": "-9007199254740993",
    "oneUint32": 4294967295, "oneUint64": "18446744073709551615", "oneSint32": -2,
    "oneSint64": "-3", "oneFixed32": 4, "oneFixed64": "5", "oneSfixed32": -6,
    "oneSfixed64": "-7", "oneBool": true, "oneString": "\u0000\"é😀", "oneBytes": "+/8=",
    "oneLevel": "LEVEL_HIGH", "oneNull": null, "maybeInt32": 0, "maybeString": "",
    "maybeSmall": {"id": "", "count": "0", "tags": [], "level": 12}, "manyInt64": ["1", "-1"],
    "manyFloat": ["NaN", "Infinity", -0.5], "manyLevel": ["LEVEL_LOW", 9],
    "unpackedSint32": [1, -1], "choiceBytes": "AA==", "otherNumber": 0,
    "byBool": {"true": "t", "false": "f"}, "byUint64": {"18446744073709551615": "max"},
    "levelOf": {"a": "LEVEL_BELOW"}, "valueOf": {"true": {"a": [null]}},
    "timestampOf": {"t": "2026-11-27T01:02:03.004Z"},
    "any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1.500s"},
    "duration": "-0.000001s", "empty": {}, "fieldMask": "a,b.cD", "struct": {"x": 1.0},
    "value": "text", "listValue": [true, {}], "timestamp": "0001-01-01T00:00:00Z",
    "doubleValue": "NaN", "floatValue": 0.1, "int64Value": "1", "uint64Value": "2",
    "int32Value": 3, "uint32Value": 4, "boolValue": false, "stringValue": "",
    "bytesValue": "/w==", "highest": 1, "atTheTableEnd": "255", "higher": [1, 2],
    "quite \"other\" \n": "renamed"
}"#;

#[tokio::test]
async fn every_kind_of_field_comes_back_from_a_body() {
    let stack = start().await;
    let sent: Json = serde_json::from_str(EVERYTHING).expect("JSON");
    let answer = stack.send("POST", "/v1/echo", EVERYTHING).await;
    assert_eq!(shown(answer, &sent).await, sent);
}

#[tokio::test]
async fn every_kind_of_single_value_comes_back_from_a_query() {
    let stack = start().await;
    for (name, text, value) in [
        ("oneDouble", "1e-7", json!(1e-7)),
        ("oneFloat", "-Infinity", json!("-Infinity")),
        ("oneInt32", "-2147483648", json!(-2_147_483_648)),
        ("oneInt64", "-1", json!("-1")),
        ("oneUint32", "1", json!(1)),
        ("oneUint64", "18446744073709551615", json!("18446744073709551615")),
        ("oneSint32", "-1", json!(-1)),
        ("oneSint64", "-1", json!("-1")),
        ("oneFixed32", "1", json!(1)),
        ("oneFixed64", "1", json!("1")),
        ("oneSfixed32", "-1", json!(-1)),
        ("oneSfixed64", "-1", json!("-1")),
        ("oneBool", "true", json!(true)),
        ("oneString", "%22%5C+%2B", json!("\"\\ +")),
        ("oneBytes", "-_8%3D", json!("+/8=")),
        ("oneLevel", "LEVEL_LEAST", json!("LEVEL_LOW")),
        ("oneLevel", "-3", json!("LEVEL_BELOW")),
        ("oneLevel", "77", json!(77)),
        ("maybe_level", "0", json!("LEVEL_UNSPECIFIED")),
        ("manyLevel", "LEVEL_LOW&manyLevel=7", json!(["LEVEL_LOW", "LEVEL_HIGH"])),
        ("unpackedFixed64", "1&unpacked_fixed64=2", json!(["1", "2"])),
        ("choiceTimestamp", "2026-11-27T08:00:00%2B07:00", json!("2026-11-27T01:00:00Z")),
        ("timestamp", "0001-01-01T00:00:00Z", json!("0001-01-01T00:00:00Z")),
        ("duration", "-0.5s", json!("-0.500s")),
        ("manyDuration", "1s&manyDuration=2s", json!(["1s", "2s"])),
        ("fieldMask", "one_bool,maybeSmall.id", json!("oneBool,maybeSmall.id")),
        ("doubleValue", "NaN", json!("NaN")),
        ("floatValue", "0.1", json!(0.1)),
        ("int64Value", "1", json!("1")),
        ("uint64Value", "1", json!("1")),
        ("int32Value", "0", json!(0)),
        ("uint32Value", "1", json!(1)),
        ("boolValue", "false", json!(false)),
        ("stringValue", "", json!("")),
        ("bytesValue", "_w", json!("/w==")),
        ("behind_the_table_end", "x", json!("x")),
    ] {
        let answer = stack.get(&format!("/v1/echo?{name}={text}")).await;
        let name = json_name(name);
        assert_eq!(shown(answer, &json!({&name: null})).await, json!({name: value}));
    }
}

/// The name in JSON of a field that may be named as in the descriptor.
fn json_name(name: &str) -> String {
    let field = descriptor("everything.v1.Everything").get_field_by_name(name);
    field.map_or_else(|| name.to_owned(), |field| field.json_name().to_owned())
}

#[tokio::test]
async fn fields_in_several_places_are_shown_as_one() {
    let stack = start().await;
    let bytes = [
        json!({"oneInt32": 1, "manyInt32": [1], "maybeSmall": {"id": "a", "tags": ["x"]}}),
        json!({"choiceString": "lost", "byString": {"k": "lost", "l": "kept"}}),
        json!({"oneInt32": 2, "manyInt32": [2, 3], "maybeSmall": {"count": 7, "tags": ["y"]}}),
        json!({"choiceInt32": 0, "byString": {"k": "v"}}),
    ]
    .map(|part| encoded(&part))
    .concat();
    let expected = json!({
        "oneInt32": 2,
        "manyInt32": [1, 2, 3],
        "maybeSmall": {"id": "a", "count": "7", "tags": ["x", "y"], "level": "LEVEL_UNSPECIFIED"},
        "byString": {"k": "v", "l": "kept"},
        "choiceInt32": 0,
        "choiceString": null,
    });
    let answer = tell(&stack, "/v1/tell", bytes.clone()).await;
    assert_eq!(shown(answer, &expected).await, expected);
    let answer = tell(&stack, "/v1/tell/small", bytes).await;
    assert_eq!(answer.json::<Json>().await.expect("JSON"), expected["maybeSmall"]);
}

#[tokio::test]
async fn groups_and_extensions_of_older_contracts_are_shown() {
    let stack = start().await;
    let sent = json!({"legacy": {
        "requiredNumber": 0, "text": "", "grade": "GRADE_BAD", "numbers": [1], "packedNumbers": [],
        "grades": [], "gradeOf": {"a": "GRADE_GOOD"}, "textOf": {}, "lump": {"weight": 1, "notes": ["n"]},
        "piece": [{"name": "p"}], "[legacy.v1.added_number]": 5, "[legacy.v1.Added.nested]": {"text": "t"},
    }});
    let answer = tell(&stack, "/v1/tell", encoded(&sent)).await;
    assert_eq!(shown(answer, &sent).await, sent);
}

#[tokio::test]
async fn an_answer_with_unknown_fields_is_shown_without_them() {
    let stack = start().await;
    let mut bytes = encoded(&json!({"oneString": "known"}));
    prost::encoding::string::encode(777, &"unknown".to_owned(), &mut bytes);
    let answer = tell(&stack, "/v1/tell", bytes).await;
    let expected = json!({"oneString": "known"});
    assert_eq!(shown(answer, &expected).await, expected);
}

#[tokio::test]
async fn an_answer_that_is_cut_off_shows_nothing_of_it() {
    let stack = start().await;
    let bytes = encoded(&json!({"oneString": "secret", "maybeSmall": {"id": "secret"}}));
    for length in 1..bytes.len() {
        let answer = tell(&stack, "/v1/tell", bytes[..length].to_vec()).await;
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        // Between two fields the rest is a message of its own.
        assert!(status == 200 || status == 500 && !text.contains("secret"), "{length}: {text}");
    }
    assert_problem!(tell(&stack, "/v1/tell", bytes[..bytes.len() - 1].to_vec()).await);
}

#[tokio::test]
async fn an_answer_that_has_no_json_is_the_services_fault() {
    let stack = start().await;
    let everything = descriptor("everything.v1.Everything");
    let any = everything.get_field_by_name("any").expect("a field").number();
    let mut unknown = Vec::new();
    prost::encoding::string::encode(1, &"type.googleapis.com/no.Such".to_owned(), &mut unknown);
    let mut bytes = Vec::new();
    prost::encoding::bytes::encode(any, &unknown, &mut bytes);
    let problem = harness::problem(tell(&stack, "/v1/tell", bytes).await).await;
    // Whoever runs the service sees which type its descriptor set lacks.
    assert!(problem.contains("`type.googleapis.com/no.Such`"), "{problem}");
    insta::assert_snapshot!(problem);
}
