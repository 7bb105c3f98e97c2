//! A gRPC client that knows only descriptors.

use std::{collections::BTreeSet, net::SocketAddr, sync::LazyLock};

use hyper_util::{
    client::legacy::{Client as HttpClient, connect::HttpConnector},
    rt::TokioExecutor,
};
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor, SerializeOptions,
};
use serde_json::Value as Json;
use takar_proto::DESCRIPTOR_SET;
use tonic::{
    Code, Request, Response, Status,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};
use tonic_types::StatusExt as _;

use crate::answer::{Answer, Refusal, camel_case};

/// The package of the contract's services.
const PACKAGE: &str = "takar.evaluation.v1";

/// The contract's descriptors.
static CONTRACT: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(DESCRIPTOR_SET).expect("the descriptor set of the contract")
});

/// A client of one server.
///
/// It speaks HTTP/2 without tonic's channel, which would keep deadlines itself: what comes back is
/// the server's own word.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: HttpClient<HttpConnector, Body>,
    address: SocketAddr,
    token: String,
}

impl Client {
    /// A client that shows this token; an empty one is none.
    pub(crate) fn new(address: SocketAddr, token: &str) -> Self {
        let mut connector = HttpConnector::new();
        // A request's head and its message are two writes; the second would wait for an
        // acknowledgement of the first, 40 ms each time.
        connector.set_nodelay(true);
        let http = HttpClient::builder(TokioExecutor::new()).http2_only(true).build(connector);
        Self { http, address, token: token.to_owned() }
    }

    /// The same client with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Calls a method of the contract, `RegistryService.GetRegion`, with a request in JSON.
    ///
    /// A change that does not say which state it knows takes any.
    pub(crate) async fn call(&self, rpc: &str, request: &Json) -> Answer {
        let mut request = request.clone();
        if let Some(path) = etag_path(rpc) {
            let parent = path.iter().fold(&mut request, |request, part| &mut request[part]);
            if parent.is_object() && parent.get("etag").is_none() {
                parent["etag"] = "*".into();
            }
        }
        match self.call_with(rpc, Request::new(request)).await {
            Ok(response) => Answer::Message(response.into_inner()),
            Err(status) => Answer::Refusal(refusal(&status)),
        }
    }

    /// As [`Client::call`], with metadata both ways.
    pub(crate) async fn call_with(
        &self,
        rpc: &str,
        request: Request<Json>,
    ) -> Result<Response<Json>, Status> {
        let request = request.map(|json| parse(method(rpc).input(), json));
        let response = self.call_method(&method(rpc), request).await?;
        Ok(response.map(|message| to_json(&message)))
    }

    /// Calls a method of any descriptors.
    pub(crate) async fn call_method(
        &self,
        method: &MethodDescriptor,
        mut request: Request<DynamicMessage>,
    ) -> Result<Response<DynamicMessage>, Status> {
        if !self.token.is_empty() {
            let credential = format!("Bearer {}", self.token).parse().expect("a header's text");
            request.metadata_mut().insert("authorization", credential);
        }
        let service = method.parent_service().full_name();
        let path = format!("/{service}/{}", method.name());
        let path = path.parse().expect("a path");
        let origin = format!("http://{}", self.address).parse().expect("an origin");
        let mut client = tonic::client::Grpc::with_origin(self.http.clone(), origin);
        client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let codec = DynamicCodec(method.output());
        if !method.is_server_streaming() {
            return client.unary(request, path, codec).await;
        }
        // Of a stream, what it comes to.
        let (head, mut messages, extensions) =
            client.server_streaming(request, path, codec).await?.into_parts();
        let mut last = None;
        while let Some(message) = messages.message().await? {
            last = Some(message);
        }
        let last = last.ok_or_else(|| Status::unknown("a stream without messages"))?;
        Ok(Response::from_parts(head, last, extensions))
    }
}

/// The methods of the contract: `RegistryService.GetRegion` and the others.
pub(crate) fn methods() -> BTreeSet<String> {
    let services = CONTRACT.services();
    let name =
        |method: MethodDescriptor| format!("{}.{}", method.parent_service().name(), method.name());
    services.flat_map(|service| service.methods().map(name).collect::<Vec<_>>()).collect()
}

/// A method of the contract: `RegistryService.GetRegion`.
pub(crate) fn method(rpc: &str) -> MethodDescriptor {
    let (service, name) = rpc.split_once('.').unwrap_or_else(|| panic!("{rpc} is no method"));
    CONTRACT
        .get_service_by_name(&format!("{PACKAGE}.{service}"))
        .and_then(|service| service.methods().find(|method| method.name() == name))
        .unwrap_or_else(|| panic!("the contract has no {rpc}"))
}

/// Where the request of a change names the state that it knows: in itself, or in the resource that
/// an update brings.
pub(crate) fn etag_path(rpc: &str) -> Option<Vec<String>> {
    let input = method(rpc).input();
    if input.get_field_by_name("etag").is_some() {
        return Some(Vec::new());
    }
    let resource = method(rpc).output().name().to_owned();
    let is_update = input.name() == format!("Update{resource}Request");
    let mut fields = input.fields();
    let field = fields
        .find(|field| field.kind().as_message().is_some_and(|message| message.name() == resource));
    field.filter(|_| is_update).map(|field| vec![field.json_name().to_owned()])
}

/// Reads a message from JSON.
pub(crate) fn parse(descriptor: MessageDescriptor, json: Json) -> DynamicMessage {
    let shown = json.to_string();
    DynamicMessage::deserialize(descriptor, json).unwrap_or_else(|error| panic!("{shown}: {error}"))
}

/// Writes a message as JSON, with the fields that have their default, as the gateway does.
pub(crate) fn to_json(message: &DynamicMessage) -> Json {
    let options = SerializeOptions::new().skip_default_fields(false);
    message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .expect("a message that has a JSON form")
}

/// A status in the words that REST has too.
pub(crate) fn refusal(status: &Status) -> Refusal {
    let details = status.get_error_details();
    let (reason, metadata) = match details.error_info() {
        Some(info) => (info.reason.clone(), info.metadata.clone()),
        None => Default::default(),
    };
    let violations = details.bad_request().map(|bad| bad.field_violations.clone());
    let fields = violations.unwrap_or_default().into_iter();
    Refusal {
        code: code_name(status.code()),
        reason,
        metadata: metadata.into_iter().collect(),
        fields: fields
            .map(|violation| (camel_case(&violation.field), violation.description))
            .collect(),
        detail: status.message().to_owned(),
    }
}

/// `NotFound` as `NOT_FOUND`.
fn code_name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// Messages as their descriptors say; holds that of the answers.
struct DynamicCodec(MessageDescriptor);

struct DynamicEncoder;

struct DynamicDecoder(MessageDescriptor);

impl Codec for DynamicCodec {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = DynamicEncoder;
    type Decoder = DynamicDecoder;

    fn encoder(&mut self) -> DynamicEncoder {
        DynamicEncoder
    }

    fn decoder(&mut self) -> DynamicDecoder {
        DynamicDecoder(self.0.clone())
    }
}

impl Encoder for DynamicEncoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(
        &mut self,
        message: DynamicMessage,
        buffer: &mut EncodeBuf<'_>,
    ) -> Result<(), Status> {
        message.encode(buffer).map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for DynamicDecoder {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let message = DynamicMessage::decode(self.0.clone(), buffer);
        message.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
