//! A client that knows nothing beforehand, as grpcurl does.

use std::collections::BTreeSet;

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage};
use prost_types::FileDescriptorProto;
use serde_json::json;
use tonic::{Code, Request, Status};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use crate::{
    grpc::{parse, to_json},
    stack::Stack,
};

/// Asks one question by reflection.
async fn ask(stack: &Stack, question: MessageRequest) -> Result<MessageResponse, Status> {
    let request = ServerReflectionRequest { message_request: Some(question), ..Default::default() };
    let mut client = ServerReflectionClient::new(stack.channel().await);
    let answers = client.server_reflection_info(tokio_stream::once(request)).await?;
    let answer = answers.into_inner().message().await?.expect("one answer");
    Ok(answer.message_response.expect("what was asked for"))
}

async fn files(stack: &Stack, question: MessageRequest) -> Vec<FileDescriptorProto> {
    match ask(stack, question).await.expect("a file") {
        MessageResponse::FileDescriptorResponse(response) => response
            .file_descriptor_proto
            .iter()
            .map(|bytes| FileDescriptorProto::decode(bytes.as_slice()).expect("a file"))
            .collect(),
        other => panic!("not a file: {other:?}"),
    }
}

/// The descriptors of a symbol, with all that they import.
async fn descriptors_of(stack: &Stack, symbol: &str) -> DescriptorPool {
    let mut found = files(stack, MessageRequest::FileContainingSymbol(symbol.to_owned())).await;
    let mut names: BTreeSet<_> = found.iter().map(|file| file.name().to_owned()).collect();
    let mut next = 0;
    while let Some(file) = found.get(next) {
        for import in file.dependency.clone() {
            if names.insert(import.clone()) {
                found.extend(files(stack, MessageRequest::FileByFilename(import)).await);
            }
        }
        next += 1;
    }
    let mut pool = DescriptorPool::new();
    pool.add_file_descriptor_protos(found).expect("files that fit together");
    pool
}

#[tokio::test]
async fn reflection_lists_the_services() {
    let stack = Stack::start().await;
    let MessageResponse::ListServicesResponse(listed) =
        ask(&stack, MessageRequest::ListServices(String::new())).await.expect("a list")
    else {
        panic!("not a list of services");
    };
    let names: BTreeSet<_> = listed.service.iter().map(|service| service.name.as_str()).collect();
    assert_eq!(
        names,
        BTreeSet::from([
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "takar.evaluation.v1.AccessService",
            "takar.evaluation.v1.EvaluationService",
            "takar.evaluation.v1.EvidenceService",
            "takar.evaluation.v1.ImportService",
            "takar.evaluation.v1.ExportService",
            "takar.evaluation.v1.RegistryService",
            "takar.evaluation.v1.SimulationService",
            "takar.gateway.v1.FreshnessService",
        ])
    );
}

#[tokio::test]
async fn a_scorecard_is_got_by_descriptors_from_reflection_alone() {
    let stack = Stack::start().await;
    let story: [(&str, serde_json::Value); 4] = [
        (
            "RegistryService.BatchCreateRegions",
            json!({"requests": [
                {"regionId": "33", "region": {"kind": "KIND_PROVINCE", "displayName": "Jawa Tengah"}},
                {"regionId": "33.05", "region": {"kind": "KIND_KABUPATEN", "displayName": "Kebumen"}},
            ]}),
        ),
        (
            "RegistryService.CreateInstrument",
            json!({"instrumentId": "plain", "instrument": {
                "displayName": "Plain",
                "source": "a test",
                "scale": {"minimum": "0", "maximum": "4"},
                "components": [{
                    "component": "COMPONENT_OUTPUT",
                    "weight": "100",
                    "derivation": "DERIVATION_DIRECT",
                }],
                "thresholdPercent": "80",
            }}),
        ),
        (
            "RegistryService.CreateCycle",
            json!({"cycleId": "2022", "cycle": {"displayName": "2022", "instrument": "instruments/plain"}}),
        ),
        (
            "EvaluationService.CreateEvaluation",
            json!({"parent": "regions/33.05", "cycle": "cycles/2022"}),
        ),
    ];
    for (rpc, request) in &story {
        stack.grpc.call(rpc, request).await.message();
    }

    let service = "takar.evaluation.v1.EvaluationService";
    let pool = descriptors_of(&stack, service).await;
    let service = pool.get_service_by_name(service).expect("the service");
    let method = service.methods().find(|method| method.name() == "GetScorecard");
    let method = method.expect("the method");
    let request = parse(method.input(), json!({"name": "regions/33.05/scorecards/2022"}));
    let answer: DynamicMessage = stack
        .grpc
        .call_method(&method, Request::new(request))
        .await
        .expect("a scorecard")
        .into_inner();
    let scorecard = to_json(&answer);
    assert_eq!(scorecard["regionDisplayName"], "Kebumen");
    assert_eq!(scorecard, stack.rest.get("/v1/regions/33.05/scorecards/2022").await.message());
}

#[tokio::test]
async fn what_is_not_served_has_no_descriptors() {
    let stack = Stack::start().await;
    let question = MessageRequest::FileContainingSymbol("takar.Unknown".to_owned());
    let status = ask(&stack, question).await.expect_err("nothing");
    assert_eq!(status.code(), Code::NotFound);
}
