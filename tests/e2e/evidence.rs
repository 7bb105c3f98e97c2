//! Files of evidence, up and down again over both transports, and what is wrong with some.

use std::{fs, path::PathBuf};

use serde_json::{Value as Json, json};
use takar_domain::{digest::Sha256Digest, evidence_file::FILE_MAX_BYTES};
use takar_proto::{
    google::api::HttpBody,
    v1::{self, evidence_service_client::EvidenceServiceClient, upload_evidence_request::Subject},
};
use tonic::{
    Request, Status,
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};

use crate::{
    answer::{Answer, Refusal},
    grpc::refusal,
    rest::{Received, send},
    stack::Stack,
};

const EVALUATION: &str = "regions/33.05/evaluations/2026";
const PDF: &str = "application/pdf";
const MESSAGE_MAX_BYTES: usize = 64 * 1024 * 1024;

/// A stack with an evaluation that is a draft.
async fn with_draft() -> Stack {
    let stack = Stack::start().await;
    let instrument = json!({
        "displayName": "One component", "source": "a test",
        "scale": {"minimum": "0", "maximum": "4"},
        "components":
            [{"component": "COMPONENT_OUTPUT", "weight": "100", "derivation": "DERIVATION_DIRECT"}],
        "thresholdPercent": "80", "percentDecimals": 2, "scoreDecimals": 2,
    });
    let region =
        |id: &str, kind: &str| json!({"regionId": id, "region": {"kind": kind, "displayName": id}});
    let regions = [region("33", "KIND_PROVINCE"), region("33.05", "KIND_KABUPATEN")];
    for (rpc, request) in [
        ("RegistryService.BatchCreateRegions", json!({"requests": regions})),
        (
            "RegistryService.CreateInstrument",
            json!({"instrumentId": "one", "instrument": instrument}),
        ),
        (
            "RegistryService.CreateCycle",
            json!({"cycleId": "2026", "cycle": {"displayName": "2026", "instrument": "instruments/one"}}),
        ),
        (
            "EvaluationService.CreateEvaluation",
            json!({"parent": "regions/33.05", "cycle": "cycles/2026"}),
        ),
    ] {
        stack.grpc.call(rpc, &request).await.message();
    }
    stack
}

/// A file that looks like a PDF, of this size.
fn pdf(bytes: usize) -> Vec<u8> {
    let mut content = b"%PDF-1.7\n".to_vec();
    content.resize(bytes, b'0');
    content
}

fn max_bytes() -> usize {
    usize::try_from(FILE_MAX_BYTES).expect("10 MiB")
}

async fn upload(stack: &Stack, id: &str, media_type: &str, content: Vec<u8>) -> Answer {
    send_upload(stack, id, media_type, content).await.into_answer()
}

async fn send_upload(stack: &Stack, id: &str, media_type: &str, content: Vec<u8>) -> Received {
    let path = format!(
        "/v1/{EVALUATION}/evidence:upload?evidenceId={id}&title=Scan&component=COMPONENT_OUTPUT"
    );
    let request = stack.rest.request("POST", &path).header("content-type", media_type);
    send(request.body(content)).await
}

async fn download(stack: &Stack, id: &str) -> reqwest::Response {
    let path = format!("/v1/{EVALUATION}/evidence/{id}:download");
    stack.rest.request("GET", &path).send().await.expect("an answer")
}

async fn client(
    stack: &Stack,
) -> EvidenceServiceClient<InterceptedService<Channel, impl Interceptor>> {
    let credential: tonic::metadata::MetadataValue<_> =
        format!("Bearer {}", stack.token).parse().expect("a header's text");
    let show = move |mut request: Request<()>| {
        request.metadata_mut().insert("authorization", credential.clone());
        Ok::<_, Status>(request)
    };
    EvidenceServiceClient::with_interceptor(stack.channel().await, show)
        .max_decoding_message_size(MESSAGE_MAX_BYTES)
}

fn upload_request(id: &str, media_type: &str, content: Vec<u8>) -> v1::UploadEvidenceRequest {
    let file = HttpBody {
        content_type: media_type.to_owned(),
        data: content.into(),
        extensions: Vec::new(),
    };
    v1::UploadEvidenceRequest {
        parent: EVALUATION.to_owned(),
        evidence_id: id.to_owned(),
        title: "Scan".to_owned(),
        subject: Some(Subject::Component(v1::Component::Output.into())),
        file: Some(file),
        request_id: String::new(),
    }
}

async fn upload_over_grpc(
    stack: &Stack,
    id: &str,
    media_type: &str,
    content: Vec<u8>,
) -> Result<v1::Evidence, Refusal> {
    let answer = client(stack).await.upload_evidence(upload_request(id, media_type, content)).await;
    answer.map(tonic::Response::into_inner).map_err(|status| refusal(&status))
}

async fn download_over_grpc(stack: &Stack, id: &str) -> Result<HttpBody, Refusal> {
    let name = format!("{EVALUATION}/evidence/{id}");
    let answer = client(stack).await.download_evidence(v1::DownloadEvidenceRequest { name }).await;
    answer.map(tonic::Response::into_inner).map_err(|status| refusal(&status))
}

/// Where a content is kept.
fn stored(stack: &Stack, content: &[u8]) -> PathBuf {
    let digits = Sha256Digest::of(content).to_string();
    stack.objects.path().join("sha256").join(&digits[..2]).join(&digits[2..])
}

fn said(refusal: &Refusal) -> (&str, &str, Vec<&str>) {
    (&refusal.code, &refusal.reason, refusal.field_names())
}

#[tokio::test]
async fn a_file_of_the_largest_size_comes_back_as_it_was_over_both_transports() {
    let stack = with_draft().await;
    let content = pdf(max_bytes());
    let over_rest = upload(&stack, "a", PDF, content.clone()).await.message();
    let expected = json!({
        "mediaType": PDF, "sizeBytes": "10485760", "sha256": Sha256Digest::of(&content),
    });
    assert_eq!(over_rest["file"], expected);
    let other = pdf(max_bytes() - 1);
    upload_over_grpc(&stack, "b", PDF, other.clone()).await.unwrap();

    for (id, content) in [("a", content), ("b", other)] {
        let answer = download(&stack, id).await;
        assert_eq!(answer.status(), 200);
        for (name, value) in [
            ("content-type", PDF),
            ("content-disposition", "attachment"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(answer.headers()[name], value, "{name}");
        }
        assert!(answer.bytes().await.unwrap() == content, "{id}: other bytes over REST");
        let file = download_over_grpc(&stack, id).await.unwrap();
        assert_eq!(file.content_type, PDF);
        assert!(file.data == content, "{id}: other bytes over gRPC");
    }
}

#[tokio::test]
async fn a_file_that_is_a_byte_larger_is_refused_and_not_kept() {
    let stack = with_draft().await;
    let content = pdf(max_bytes() + 1);
    let over_rest = send_upload(&stack, "a", PDF, content.clone()).await;
    assert_eq!(over_rest.status, 413);
    assert_eq!(over_rest.into_answer().refusal().reason, "BODY_TOO_LARGE");
    let over_grpc = upload_over_grpc(&stack, "a", PDF, content.clone()).await.unwrap_err();
    assert_eq!(said(&over_grpc), ("INVALID_ARGUMENT", "INVALID_FIELDS", vec!["file.data"]));
    let beyond = upload_over_grpc(&stack, "a", PDF, pdf(max_bytes() + 65 * 1024)).await;
    assert_eq!(said(&beyond.unwrap_err()), ("OUT_OF_RANGE", "MESSAGE_TOO_LARGE", vec![]));
    assert!(!stored(&stack, &content).exists());
}

#[tokio::test]
async fn a_file_is_of_a_type_that_is_taken_and_is_what_it_says() {
    let stack = with_draft().await;
    let html = b"<!DOCTYPE html><script>alert(1)</script>".to_vec();
    for (media_type, content, field) in [
        ("text/html", html.clone(), "file.contentType"),
        (
            "image/svg+xml",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            "file.contentType",
        ),
        (PDF, html.clone(), "file.contentType"),
        ("text/plain", html, "file.contentType"),
        ("image/png", pdf(100), "file.contentType"),
        ("text/csv", b"a\0b".to_vec(), "file.data"),
        (PDF, Vec::new(), "file.data"),
    ] {
        let over_rest = upload(&stack, "a", media_type, content.clone()).await.refusal();
        assert_eq!(said(&over_rest), ("INVALID_ARGUMENT", "INVALID_FIELDS", vec![field]));
        let over_grpc = upload_over_grpc(&stack, "a", media_type, content).await.unwrap_err();
        assert_eq!(over_grpc, over_rest, "{media_type}");
    }
    assert_eq!(fs::read_dir(stack.objects.path()).unwrap().count(), 0, "nothing is kept");
}

#[tokio::test]
async fn a_file_that_was_altered_or_lost_is_not_answered() {
    let stack = with_draft().await;
    let content = pdf(1_000);
    upload(&stack, "a", PDF, content.clone()).await.message();
    let path = stored(&stack, &content);
    for (reason, change) in [("EVIDENCE_ALTERED", Some(pdf(999))), ("EVIDENCE_LOST", None)] {
        match change {
            Some(other) => fs::write(&path, other).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let over_grpc = download_over_grpc(&stack, "a").await.unwrap_err();
        assert_eq!(said(&over_grpc), ("DATA_LOSS", reason, vec![]));
        assert!(!over_grpc.detail.contains("sha256"), "{}", over_grpc.detail);
        let answer = download(&stack, "a").await;
        assert_eq!(answer.status(), 500);
        let problem: Json = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(problem["reason"], reason);
    }
}

#[tokio::test]
async fn the_same_file_is_kept_once_and_a_repeated_upload_is_carried_out_once() {
    let stack = with_draft().await;
    let content = pdf(1_000);
    let upload_with_key = async |content: Vec<u8>| {
        let path = format!(
            "/v1/{EVALUATION}/evidence:upload?evidenceId=a&title=Scan&component=COMPONENT_OUTPUT"
        );
        let request = stack.rest.request("POST", &path).header("content-type", PDF);
        send(request.header("idempotency-key", "once").body(content)).await
    };
    let first = upload_with_key(content.clone()).await;
    let again = upload_with_key(content.clone()).await;
    assert_eq!((again.status, again.body), (200, first.body));
    let other = upload_with_key(pdf(1_001)).await;
    assert_eq!(other.status, 422);
    assert_eq!(other.into_answer().refusal().reason, "KEY_REUSED");
    let second = upload(&stack, "b", PDF, content.clone()).await.message();
    assert_eq!(second["file"]["sha256"], json!(Sha256Digest::of(&content)));
    let listed = stack.rest.get(&format!("/v1/{EVALUATION}/evidence")).await.message();
    assert_eq!(listed["evidence"].as_array().map(Vec::len), Some(2));
    assert!(stored(&stack, &content).exists());
}

#[tokio::test]
async fn files_are_the_insiders() {
    let stack = with_draft().await;
    upload(&stack, "a", PDF, pdf(1_000)).await.message();
    let path = format!("/v1/{EVALUATION}/evidence/a:download");
    for (grants, status) in
        [(&["operator=33.05"][..], 200), (&["operator=33.06"], 403), (&["assessor"], 403)]
    {
        let token = stack.actor(grants).await.token;
        let answer = stack.rest.with_token(&token).request("GET", &path).send().await.unwrap();
        assert_eq!(answer.status(), status, "{grants:?}");
    }
    let public = stack.rest.with_token("").request("GET", &path).send().await.unwrap();
    assert_eq!(public.status(), 401);
}
