//! The size of messages, at the edge.

use serde_json::json;
use takar_server::Limits;

use crate::{
    grpc::{method, parse},
    stack::Stack,
};

const MESSAGE_BYTES: usize = 1_000;

#[tokio::test]
async fn a_message_of_the_largest_size_is_read_and_a_larger_one_is_not() {
    let limits = Limits { max_message_bytes: MESSAGE_BYTES, ..Limits::default() };
    let stack = Stack::with_limits(limits).await;
    let rpc = "RegistryService.GetRegion";
    // A tag, a length of two bytes, and the name.
    let request = |bytes: usize| json!({"name": "x".repeat(bytes - 3)});
    let size = |bytes| {
        use prost::Message as _;
        parse(method(rpc).input(), request(bytes)).encoded_len()
    };
    assert_eq!((size(MESSAGE_BYTES), size(MESSAGE_BYTES + 1)), (MESSAGE_BYTES, MESSAGE_BYTES + 1));

    let read = stack.grpc.call(rpc, &request(MESSAGE_BYTES)).await.refusal();
    assert_eq!((read.code.as_str(), read.reason.as_str()), ("INVALID_ARGUMENT", "INVALID_FIELDS"));
    let refused = stack.grpc.call(rpc, &request(MESSAGE_BYTES + 1)).await.refusal();
    assert_eq!(
        (refused.code.as_str(), refused.reason.as_str()),
        ("OUT_OF_RANGE", "MESSAGE_TOO_LARGE")
    );
}

#[tokio::test]
async fn a_write_that_is_too_large_is_refused_and_told_of() {
    let limits = Limits { max_message_bytes: MESSAGE_BYTES, ..Limits::default() };
    let stack = Stack::with_limits(limits).await;
    let cohort = json!({"cohortId": "x".repeat(MESSAGE_BYTES)});
    let refused = stack.grpc.call("RegistryService.CreateCohort", &cohort).await.refusal();
    assert_eq!(refused.reason, "MESSAGE_TOO_LARGE");
    let trail = stack.rest.get("/v1/auditEntries").await.message();
    let entries = trail["auditEntries"].as_array().expect("entries");
    let last = entries.last().and_then(|entry| entry["content"].as_str()).expect("an entry");
    assert!(last.contains("CreateCohort") && last.contains("OUT_OF_RANGE"), "{last}");
}

#[tokio::test]
async fn a_thousand_faults_of_long_values_fit_in_an_answer() {
    let stack = Stack::start().await;
    let wrong = json!({"regionId": "x".repeat(1_000), "region": {"kind": "KIND_KOTA"}});
    let batch = json!({"requests": vec![wrong; 1_000]});
    let over_grpc = stack.grpc.call("RegistryService.BatchCreateRegions", &batch).await.refusal();
    let over_rest = stack.rest.request("POST", "/v1/regions:batchCreate").json(&batch);
    let over_rest = crate::rest::send(over_rest).await.into_answer().refusal();
    assert_eq!(over_grpc, over_rest);
    assert_eq!(over_grpc.reason, "INVALID_FIELDS");
    assert_eq!(over_grpc.fields[0].0, "requests[0].regionId");
    assert!((2..2_000).contains(&over_grpc.fields.len()), "{}", over_grpc.fields.len());
}

#[tokio::test]
async fn a_batch_of_the_largest_count_fits_in_a_message() {
    let stack = Stack::start().await;
    let name = "x".repeat(200);
    let region = |id: String, kind: &str| json!({"regionId": id, "region": {"kind": kind, "displayName": name}});
    let requests: Vec<_> = (10..20)
        .flat_map(|province| {
            let others = (1..100).map(move |number| format!("{province}.{number:02}"));
            let others = others.map(|id| region(id, "KIND_KABUPATEN"));
            std::iter::once(region(province.to_string(), "KIND_PROVINCE")).chain(others)
        })
        .collect();
    assert_eq!(requests.len(), 1_000);
    let batch = json!({"requests": requests});
    let created = stack.grpc.call("RegistryService.BatchCreateRegions", &batch).await.message();
    let listed = stack.rest.get("/v1/regions?pageSize=1000").await.message();
    assert_eq!(created["regions"].as_array().map(Vec::len), Some(1_000));
    // Without the 200 KB of text that assert_eq would print.
    assert!(listed["regions"] == created["regions"], "listed otherwise than created");
    assert_eq!(listed["nextPageToken"], "");
}
