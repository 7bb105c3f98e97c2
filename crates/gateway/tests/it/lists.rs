//! The server of the lists' service, by descriptors as the gateway is.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage as _, Value};
use prost_types::Any;
use takar_gateway::Limits;
use tonic::{Code, Request, Response, Status, body::Body};

use crate::{
    grpc::{self, Serve},
    harness::{Stack, descriptor_set, start_gateway},
};

/// How large a page is unless asked otherwise, and at most.
const PAGE_SIZES: (usize, usize) = (3, 1000);

/// The service, and how many pages it has given.
#[derive(Clone)]
pub(crate) struct Lists {
    pool: DescriptorPool,
    pages: Arc<AtomicUsize>,
}

/// Starts the service and a gateway in front of it.
pub(crate) async fn start() -> (Stack, Lists) {
    let lists = Lists {
        pool: DescriptorPool::decode(descriptor_set()).expect("descriptors"),
        pages: Arc::default(),
    };
    let server = grpc::start(grpc::router(lists.clone())).await;
    let gateway = start_gateway(&format!("http://{server}"), Limits::default()).await;
    (Stack::of(server, gateway), lists)
}

impl Lists {
    /// How many pages were asked for.
    pub(crate) fn pages(&self) -> usize {
        self.pages.load(Ordering::SeqCst)
    }

    fn answer(&self, method: &str, request: DynamicMessage) -> Result<DynamicMessage, Status> {
        match method {
            "ListThings" => self.list(&request),
            "RankThings" => Ok(self.rank()),
            "GetThing" => Ok(self.thing("one", 0)),
            "FailWith" => Err(status(&request)),
            _ => Ok(request),
        }
    }

    fn list(&self, request: &DynamicMessage) -> Result<DynamicMessage, Status> {
        self.pages.fetch_add(1, Ordering::SeqCst);
        let parent = text(request, "parent");
        let (count, fate) = parent
            .trim_start_matches("lists/")
            .split_once('-')
            .unwrap_or((parent.trim_start_matches("lists/"), ""));
        let count: usize = count.parse().expect("a count");
        let start: usize = text(request, "page_token").parse().unwrap_or_default();
        if start > 0 && fate == "broken" {
            return Err(Status::internal("select * from secret"));
        }
        let size = match number(request, "page_size") {
            0 => PAGE_SIZES.0,
            size => usize::try_from(size).expect("a size").min(PAGE_SIZES.1),
        };
        let end = count.min(start + size);
        let mut answer = self.message("ListThingsResponse");
        let things = (start..end).map(|index| Value::Message(self.thing(&parent, index)));
        answer.set_field_by_name("things", Value::List(things.collect()));
        let next = match fate {
            "endless" => "1".to_owned(),
            _ if end < count => end.to_string(),
            _ => String::new(),
        };
        answer.set_field_by_name("next_page_token", Value::String(next));
        if flag(request, "count_total") {
            let count = i32::try_from(count).expect("a count");
            answer.set_field_by_name("total_size", Value::I32(count));
        }
        Ok(answer)
    }

    fn rank(&self) -> DynamicMessage {
        let rank = |rank: i32| {
            let mut ranked = self.message("RankedThing");
            ranked.set_field_by_name("rank", Value::I32(rank));
            ranked.set_field_by_name("thing", Value::String(format!("thing {rank}")));
            Value::Message(ranked)
        };
        let mut answer = self.message("RankThingsResponse");
        answer.set_field_by_name("ranks", Value::List(vec![rank(1), rank(2)]));
        answer
    }

    /// A thing that has all its fields where its number is 0, and few otherwise.
    fn thing(&self, parent: &str, index: usize) -> DynamicMessage {
        let descriptor = self.message("Thing").descriptor();
        let json = if index == 0 { FULL_THING } else { r#"{"displayName": "-1.5"}"# };
        let mut json = serde_json::Deserializer::from_str(json);
        let mut thing = DynamicMessage::deserialize(descriptor, &mut json).expect("a thing");
        let name = format!("{parent}/things/{index}");
        thing.set_field_by_name("name", Value::String(name));
        thing
    }

    fn message(&self, name: &str) -> DynamicMessage {
        let name = format!("throwaway.v1.{name}");
        DynamicMessage::new(self.pool.get_message_by_name(&name).expect("a message"))
    }
}

const FULL_THING: &str = r#"{
    "displayName": "=HYPERLINK(\"http://x\")",
    "size": "SIZE_SMALL",
    "box": {"volume": "-9007199254740993", "colour": "red, \"dark\"\nred", "within": {"colour": "blue"}},
    "weight": -0.5,
    "tags": ["a", "b|c", "d\\e"],
    "parts": [{"label": "p", "count": 2}],
    "counts": {"b": 2, "a": 1},
    "createTime": "2022-12-31T17:00:00Z",
    "note": "+62 811",
    "extra": {"z": 1, "a": [null]},
    "anything": "@x",
    "marker": {},
    "choicePart": {"label": "c"},
    "times": ["2022-01-01T00:00:00Z", "2023-01-01T00:00:00Z"]
}"#;

fn status(request: &DynamicMessage) -> Status {
    let details = request.get_field_by_name("details").expect("details");
    let details = details.as_list().expect("a list").iter().map(|detail| {
        let detail = detail.as_message().expect("a message");
        let value = detail.get_field_by_name("value").expect("a value");
        Any { type_url: text(detail, "type_url"), value: value.as_bytes().expect("bytes").to_vec() }
    });
    let code = Code::from_i32(number(request, "code"));
    let message = text(request, "message");
    let details: Vec<_> = details.collect();
    let whole = tonic_types::pb::Status { code: code.into(), message: message.clone(), details };
    Status::with_details(code, message, whole.encode_to_vec().into())
}

fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field).expect("a field");
    value.as_str().expect("a text").to_owned()
}

fn flag(message: &DynamicMessage, field: &str) -> bool {
    message.get_field_by_name(field).expect("a field").as_bool().expect("a flag")
}

fn number(message: &DynamicMessage, field: &str) -> i32 {
    message.get_field_by_name(field).expect("a field").as_i32().expect("a number")
}

/// The same answer with the status behind it.
fn with_trailers(response: http::Response<Body>) -> http::Response<Body> {
    let (mut head, _) = response.into_parts();
    let content_type = head.headers.remove("content-type").expect("a type");
    let trailers = std::mem::take(&mut head.headers);
    head.headers.insert("content-type", content_type);
    let body = Empty::new().with_trailers(async { Some(Ok::<_, Infallible>(trailers)) });
    http::Response::from_parts(head, Body::new(body))
}

impl Serve for Lists {
    const NAME: &'static str = "throwaway.v1.Lists";

    async fn serve(self, method: String, request: http::Request<Body>) -> http::Response<Body> {
        let service = self.pool.get_service_by_name(Self::NAME).expect("the service");
        let method = service.methods().find(|known| known.name() == method).expect("a method");
        let (mut header, mut is_trailer) = (String::new(), false);
        let answer = async |request: Request<Bytes>| {
            let bytes = request.into_inner();
            let request = DynamicMessage::decode(method.input(), bytes).expect("a request");
            if method.name() == "FailWith" {
                header = text(&request, "header");
                is_trailer = flag(&request, "is_trailer");
            }
            let answer = self.answer(method.name(), request)?;
            Ok(Response::new(answer.encode_to_vec().into()))
        };
        let mut response = grpc::unary(request, answer).await;
        if let Ok(header) = http::HeaderValue::try_from(header)
            && !header.is_empty()
        {
            response.headers_mut().insert("grpc-status-details-bin", header);
        }
        if is_trailer { with_trailers(response) } else { response }
    }
}
