//! Details of statuses that have no member of their own in a problem.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use prost_types::Duration;
use reqwest::Response;
use serde_json::{Value as Json, json};
use tonic_types::pb;

use crate::{
    harness::{Stack, assert_problem},
    lists::start,
};

const GOOGLE_RPC: &str = "type.googleapis.com/google.rpc";

async fn fail(stack: &Stack, request: &Json) -> Response {
    stack.send("POST", "/v1/fail-with", &request.to_string()).await
}

fn detail(type_url: &str, value: &[u8]) -> Json {
    json!({"typeUrl": type_url, "value": STANDARD.encode(value)})
}

fn of_google(name: &str, message: &impl prost::Message) -> Json {
    detail(&format!("{GOOGLE_RPC}.{name}"), &message.encode_to_vec())
}

#[tokio::test]
async fn details_of_google_rpc_are_readable() {
    let (stack, _) = start().await;
    let violation = pb::precondition_failure::Violation {
        r#type: "TOS".to_owned(),
        subject: "users/1".to_owned(),
        description: "Not accepted.".to_owned(),
    };
    let quota = pb::quota_failure::Violation {
        subject: "users/1".to_owned(),
        description: "Too many.".to_owned(),
        ..Default::default()
    };
    let resource = pb::ResourceInfo {
        resource_type: "Thing".to_owned(),
        resource_name: "things/1".to_owned(),
        ..Default::default()
    };
    let link = pb::help::Link { description: "How to".to_owned(), url: "https://x".to_owned() };
    let request = pb::RequestInfo { request_id: "r".to_owned(), serving_data: "d".to_owned() };
    let debug =
        pb::DebugInfo { stack_entries: vec!["secret".to_owned()], detail: "secret".to_owned() };
    let info = pb::ErrorInfo { reason: "TOO_MANY".to_owned(), ..Default::default() };
    let delay = Some(Duration { seconds: 7, nanos: 1 });
    let details = json!([
        of_google("ErrorInfo", &info),
        of_google("PreconditionFailure", &pb::PreconditionFailure { violations: vec![violation] }),
        of_google("QuotaFailure", &pb::QuotaFailure { violations: vec![quota] }),
        of_google("ResourceInfo", &resource),
        of_google("Help", &pb::Help { links: vec![link] }),
        of_google("RequestInfo", &request),
        of_google("DebugInfo", &debug),
        of_google("RetryInfo", &pb::RetryInfo { retry_delay: delay }),
    ]);
    let request = json!({"code": 8, "message": "Too many.", "details": details});
    assert_problem!(fail(&stack, &request).await);
}

#[tokio::test]
async fn other_details_are_readable_where_the_contract_knows_them() {
    let (stack, _) = start().await;
    let details = json!([
        detail("type.googleapis.com/throwaway.v1.Thing.Part", b"\x0a\x01p\x10\x07"),
        detail("https://types.example/a/b/throwaway.v1.Thing.Part", b""),
        detail("type.googleapis.com/google.protobuf.Duration", b"\x08\x05"),
        // Not known, and not what it says it is.
        detail("type.googleapis.com/other.v1.Unknown", b"\x00\xff"),
        detail("throwaway.v1.Thing.Part", b"\xff"),
        detail("type.googleapis.com/google.rpc.DebugInfo", b"\xff"),
        detail("", b""),
    ]);
    let request = json!({"code": 9, "message": "No.", "details": details});
    assert_problem!(fail(&stack, &request).await);
}

#[tokio::test]
async fn details_that_cannot_be_read_leave_a_problem() {
    let (stack, _) = start().await;
    let headers = ["////", "!", "=", "CgA", "*\u{7f}", "é"];
    for (header, is_trailer) in headers.iter().flat_map(|header| [(header, false), (header, true)])
    {
        let request = json!({
            "code": 5,
            "message": "Not here.",
            "header": header,
            "isTrailer": is_trailer,
        });
        let response = fail(&stack, &request).await;
        assert_eq!(response.status(), 404, "{header}");
        let problem: Json = response.json().await.expect("JSON");
        assert_eq!(problem["detail"], "Not here.", "{header}");
        assert_eq!(problem["type"], "about:blank", "{header}");
        assert_eq!(problem.get("details"), None, "{header}");
    }
}
