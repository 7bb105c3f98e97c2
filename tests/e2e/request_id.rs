//! Every answer says which request it is of.

use serde_json::json;
use tonic::{Request, metadata::MetadataMap};

use crate::{rest::send, stack::Stack};

const REQUEST_ID: &str = "x-request-id";

fn id_in(metadata: &MetadataMap) -> String {
    let id = metadata.get(REQUEST_ID).expect("an id");
    id.to_str().expect("text").to_owned()
}

#[tokio::test]
async fn a_given_request_id_comes_back_over_grpc() {
    let stack = Stack::start().await;
    let request = |request| {
        let mut request = Request::new(request);
        request.metadata_mut().insert(REQUEST_ID, "a-test-1".parse().unwrap());
        request
    };
    let answer = stack.grpc.call_with("RegistryService.ListCycles", request(json!({}))).await;
    assert_eq!(id_in(answer.expect("an answer").metadata()), "a-test-1");
    let unknown = json!({"name": "cycles/unknown"});
    let refused = stack.grpc.call_with("RegistryService.GetCycle", request(unknown)).await;
    assert_eq!(id_in(refused.expect_err("a refusal").metadata()), "a-test-1");
}

#[tokio::test]
async fn a_request_without_an_id_is_given_one_of_its_own() {
    let stack = Stack::start().await;
    let id = async || {
        let request = Request::new(json!({}));
        let answer = stack.grpc.call_with("RegistryService.ListCycles", request).await;
        id_in(answer.expect("an answer").metadata())
    };
    let (first, second) = (id().await, id().await);
    assert!(first < second, "later ids sort behind: {first}, {second}");
}

#[tokio::test]
async fn a_request_id_goes_through_the_gateway_and_back() {
    let stack = Stack::start().await;
    let get = |path| stack.rest.request("GET", path).header(REQUEST_ID, "a-test-2");
    assert_eq!(send(get("/v1/cycles")).await.header(REQUEST_ID), "a-test-2");
    let refused = send(get("/v1/cycles/unknown")).await;
    assert_eq!(refused.header(REQUEST_ID), "a-test-2");
    assert!(refused.body.contains(r#""requestId":"a-test-2""#), "{}", refused.body);
    let made = send(stack.rest.request("GET", "/v1/cycles")).await;
    assert!(!made.header(REQUEST_ID).is_empty());
}
