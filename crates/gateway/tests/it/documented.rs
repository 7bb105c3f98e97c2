//! Whether the gateway takes what `/openapi.json` shows.

use futures_util::{StreamExt as _, stream};
use reqwest::RequestBuilder;
use serde_json::{Value as Json, json};
use takar_gateway::{Gateway, Limits, Upstream};
use tokio::net::TcpListener;

use crate::harness::{self, Stack};

/// With which a gateway refuses requests that it can't read, before it asks the server.
const REFUSED: [u16; 9] = [400, 404, 405, 406, 411, 412, 415, 422, 428];

/// How many requests are sent at once.
const CONCURRENT: usize = 16;

/// A gateway of a contract, in front of the throw-away server, and its document.
pub(crate) async fn documented(descriptor_set: &[u8]) -> (Stack, Json) {
    let server = harness::start_server().await;
    let upstream = Upstream::parse(&format!("http://{server}")).expect("an upstream");
    // There are many examples, all of one client.
    let limits = Limits { requests_per_second: 0, ..Limits::default() };
    let gateway = Gateway::new(descriptor_set, &upstream, limits).expect("a contract");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(gateway.serve(listener, std::future::pending()));
    let stack = Stack::of(server, address);
    let document = stack.get("/openapi.json").await.json().await.expect("JSON");
    (stack, document)
}

#[tokio::test]
async fn what_the_document_shows_of_takar_is_taken() {
    assert_examples_are_taken(takar_proto::DESCRIPTOR_SET).await;
}

#[tokio::test]
async fn what_the_document_shows_of_another_contract_is_taken() {
    assert_examples_are_taken(harness::descriptor_set()).await;
}

#[tokio::test]
async fn what_the_document_shows_of_every_kind_of_field_is_taken() {
    assert_examples_are_taken(&harness::compile(&["everything.proto"])).await;
}

#[tokio::test]
async fn what_the_document_shows_of_several_packages_is_taken() {
    assert_examples_are_taken(&harness::compile(&["namesakes/namesakes.proto"])).await;
}

/// Sends the example of each operation, alone and with each parameter of its query.
async fn assert_examples_are_taken(descriptor_set: &[u8]) {
    let (stack, _) = documented(descriptor_set).await;
    assert_examples_are_taken_by(&stack).await;
}

/// The same of a gateway that runs already.
pub(crate) async fn assert_examples_are_taken_by(stack: &Stack) {
    let document = stack.get("/openapi.json").await.json().await.expect("JSON");
    let requests = requests(stack, &document);
    assert!(requests.len() > 5, "{}", requests.len());
    let wrong = stream::iter(requests).map(refusal).buffer_unordered(CONCURRENT);
    let wrong: Vec<_> = wrong.filter_map(std::future::ready).collect().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn requests(stack: &Stack, document: &Json) -> Vec<RequestBuilder> {
    let mut requests = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let examples = Examples { document, operation };
            for url in examples.urls(path) {
                let request = stack.request(&method.to_ascii_uppercase(), &url);
                requests.push(match examples.body() {
                    Some((media_type, body)) => {
                        request.header("content-type", media_type).body(body)
                    }
                    None => request,
                });
            }
        }
    }
    requests
}

/// What the gateway says where it doesn't take a request.
async fn refusal(request: RequestBuilder) -> Option<String> {
    let response = request.send().await.expect("an answer");
    let url = response.url().to_string();
    let is_refused = REFUSED.contains(&response.status().as_u16());
    if is_refused {
        Some(format!("{url}: {}", response.text().await.expect("a body")))
    } else {
        None
    }
}

/// What the document shows of an operation.
struct Examples<'d> {
    document: &'d Json,
    operation: &'d Json,
}

impl Examples<'_> {
    /// Its path, without a query and with each parameter that a query can have.
    fn urls(&self, path: &str) -> Vec<String> {
        let mut path = path.to_owned();
        let mut queries = Vec::new();
        for parameter in self.operation["parameters"].as_array().unwrap_or(&Vec::new()) {
            let parameter = self.resolve(parameter);
            let name = parameter["name"].as_str().expect("a name");
            let value = match parameter.get("example") {
                Some(example) => text(example),
                None => text(&self.example(&parameter["schema"])),
            };
            let value = percent_encoded(&value);
            match parameter["in"].as_str() {
                Some("path") => path = path.replace(&format!("{{{name}}}"), &value),
                Some("query") => queries.push(format!("{}={value}", percent_encoded(name))),
                _ => {}
            }
        }
        let with_queries = queries.iter().map(|query| format!("{path}?{query}"));
        with_queries.chain([path.clone()]).collect()
    }

    fn body(&self) -> Option<(String, Vec<u8>)> {
        let content = self.operation["requestBody"]["content"].as_object()?;
        let (media_type, content) = content.iter().next()?;
        Some(match content.get("example") {
            Some(example) => (media_type.clone(), example.to_string().into_bytes()),
            None => ("application/octet-stream".to_owned(), b"anything".to_vec()),
        })
    }

    /// What a reference leads to, where it is one.
    fn resolve<'v>(&'v self, value: &'v Json) -> &'v Json {
        let Some(reference) = value["$ref"].as_str() else { return value };
        let pointer = reference.strip_prefix('#').expect("a part of the document");
        self.document.pointer(pointer).expect("a part that is there")
    }

    /// An example of a schema, or a value that it allows.
    fn example(&self, schema: &Json) -> Json {
        let schema = self.resolve(schema);
        if let Some(example) = schema["examples"].get(0) {
            return example.clone();
        }
        if let Some(word) = schema["enum"].as_array().and_then(|words| words.last()) {
            return word.clone();
        }
        if let Some(first) = schema["anyOf"].get(0) {
            return self.example(first);
        }
        match (schema["type"].as_str(), schema["format"].as_str()) {
            (Some("array"), _) => self.example(&schema["items"]),
            (Some("boolean"), _) => json!(true),
            (Some("integer" | "number"), _) => json!(1),
            (_, Some("int64" | "uint64")) => json!("1"),
            (_, Some("date-time")) => json!("2022-12-05T07:00:00Z"),
            _ if schema["contentEncoding"] == "base64" => json!("AA=="),
            _ if schema["pattern"].as_str().is_some_and(|it| it.ends_with("s$")) => json!("1s"),
            _ => json!("text"),
        }
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// A value as a path or a query has it.
fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
