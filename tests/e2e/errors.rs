//! Every refusal says why in `ErrorInfo`, the framework's own too.

use prost_reflect::{DynamicMessage, MethodDescriptor};
use serde_json::json;
use tonic::{Code, Request};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

use crate::{
    grpc::{method, parse},
    stack::Stack,
};

#[tokio::test]
async fn an_unknown_method_and_an_unknown_service_are_refused_with_a_reason() {
    let stack = Stack::start().await;
    // Of a later version of the contract.
    let pool = later_contract();
    for (service, name) in [("RegistryService", "DeleteRegion"), ("AwardService", "GetAward")] {
        let method = find(&pool, service, name);
        let request = Request::new(DynamicMessage::new(method.input()));
        let status = stack.grpc.call_method(&method, request).await.expect_err("a refusal");
        assert_eq!(status.code(), Code::Unimplemented);
        let details = status.get_error_details();
        let info = details.error_info().expect("ErrorInfo");
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("METHOD_NOT_FOUND", "takar.evaluation.v1")
        );
    }
}

#[tokio::test]
async fn bytes_that_are_no_message_are_refused_with_a_reason() {
    let stack = Stack::start().await;
    // `name` as a number, under its own field number.
    let pool = later_contract();
    let method = find(&pool, "RegistryService", "GetRegion");
    let request = parse(method.input(), json!({"name": 7}));
    let status =
        stack.grpc.call_method(&method, Request::new(request)).await.expect_err("a refusal");
    assert_eq!(status.code(), Code::Internal);
    let details = status.get_error_details();
    assert_eq!(details.error_info().map(|info| info.reason.as_str()), Some("MESSAGE_UNREADABLE"));
}

#[tokio::test]
async fn health_of_an_unknown_service_is_refused_with_a_reason() {
    let stack = Stack::start().await;
    let channel = stack.channel().await;
    let request = HealthCheckRequest { service: "takar.Unknown".to_owned() };
    let status = HealthClient::new(channel).check(request).await.expect_err("a refusal");
    assert_eq!(status.code(), Code::NotFound);
    let details = status.get_error_details();
    assert_eq!(details.error_info().map(|info| info.reason.as_str()), Some("SERVICE_NOT_FOUND"));
}

#[tokio::test]
async fn an_answer_without_fault_has_no_details() {
    let stack = Stack::start().await;
    let request = Request::new(parse(method("RegistryService.ListCycles").input(), json!({})));
    let answer = stack.grpc.call_method(&method("RegistryService.ListCycles"), request).await;
    let answer = answer.expect("an answer");
    assert!(answer.metadata().get("grpc-status-details-bin").is_none());
}

fn find(pool: &prost_reflect::DescriptorPool, service: &str, name: &str) -> MethodDescriptor {
    let service = pool.get_service_by_name(&format!("takar.evaluation.v1.{service}"));
    let mut methods = service.expect("a service").methods().collect::<Vec<_>>().into_iter();
    methods.find(|method| method.name() == name).expect("a method")
}

/// A contract that has more, and says otherwise what ours says.
fn later_contract() -> prost_reflect::DescriptorPool {
    use prost_types::{
        DescriptorProto, FieldDescriptorProto, FileDescriptorProto, MethodDescriptorProto,
        ServiceDescriptorProto,
        field_descriptor_proto::{Label, Type},
    };
    let message = |name: &str, field: Option<FieldDescriptorProto>| DescriptorProto {
        name: Some(name.to_owned()),
        field: field.into_iter().collect(),
        ..Default::default()
    };
    let method = |name: &str| MethodDescriptorProto {
        name: Some(name.to_owned()),
        input_type: Some(".takar.evaluation.v1.Input".to_owned()),
        output_type: Some(".takar.evaluation.v1.Output".to_owned()),
        ..Default::default()
    };
    let service = |name: &str, methods: &[&str]| ServiceDescriptorProto {
        name: Some(name.to_owned()),
        method: methods.iter().map(|name| method(name)).collect(),
        ..Default::default()
    };
    let number = FieldDescriptorProto {
        name: Some("name".to_owned()),
        number: Some(1),
        label: Some(Label::Optional.into()),
        r#type: Some(Type::Int32.into()),
        ..Default::default()
    };
    let file = FileDescriptorProto {
        name: Some("later.proto".to_owned()),
        package: Some("takar.evaluation.v1".to_owned()),
        message_type: vec![message("Input", Some(number)), message("Output", None)],
        service: vec![
            service("RegistryService", &["DeleteRegion", "GetRegion"]),
            service("AwardService", &["GetAward"]),
        ],
        syntax: Some("proto3".to_owned()),
        ..Default::default()
    };
    let mut pool = prost_reflect::DescriptorPool::new();
    pool.add_file_descriptor_protos([file]).expect("a contract");
    pool
}
