//! A REST client.

use std::{collections::BTreeMap, net::SocketAddr};

use reqwest::{Method, Response, header::HeaderMap};
use serde::Deserialize;

use crate::answer::{Answer, Refusal};

/// A client of one gateway.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    token: String,
}

/// An answer over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The body as text; empty where there is none.
    pub(crate) body: String,
}

/// A problem of RFC 9457 as the gateway writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Problem {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    instance: String,
    code: String,
    #[serde(default)]
    reason: String,
    #[serde(default, rename = "domain")]
    _domain: String,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    #[serde(default)]
    errors: Vec<Violation>,
    request_id: String,
}

#[derive(Deserialize)]
struct Violation {
    field: String,
    description: String,
}

impl Client {
    /// A client that shows this token; an empty one is none.
    pub(crate) fn new(address: SocketAddr, token: &str) -> Self {
        Self { http: reqwest::Client::new(), address, token: token.to_owned() }
    }

    /// The same client with another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Begins a request; `path` has its query.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method: Method = method.parse().expect("a method");
        let request = self.http.request(method, format!("http://{}{path}", self.address));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }

    /// Gets a resource.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request("GET", path)).await.into_answer()
    }
}

/// Sends a request and reads all of the answer.
pub(crate) async fn send(request: reqwest::RequestBuilder) -> Received {
    let response: Response = request.send().await.expect("an answer");
    Received {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.text().await.expect("the body"),
    }
}

impl Received {
    /// A header as text; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header that is text"))
    }

    /// The answer in the words that gRPC has too.
    pub(crate) fn into_answer(self) -> Answer {
        let media_type = self.header("content-type").to_owned();
        if self.status == 200 && media_type == "application/x-ndjson" {
            return Answer::Message(last_message(&self.body));
        }
        if self.status == 200 {
            assert_eq!(media_type, "application/json", "{self:?}");
            return Answer::Message(serde_json::from_str(&self.body).expect("JSON"));
        }
        assert_eq!(media_type, "application/problem+json", "{self:?}");
        let problem: Problem = serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error}", self.body));
        assert_eq!(problem.status, self.status);
        assert_eq!(problem.request_id, self.header("x-request-id"));
        assert!(problem.instance.starts_with('/') && !problem.title.is_empty(), "{}", self.body);
        assert!(problem.r#type.starts_with("urn:problem:"), "{}", self.body);
        Answer::Refusal(Refusal {
            code: problem.code,
            reason: problem.reason,
            metadata: problem.metadata,
            fields: problem
                .errors
                .into_iter()
                .map(|violation| (violation.field, violation.description))
                .collect(),
            detail: problem.detail,
        })
    }
}

/// What a stream comes to: the message before its last line, which says that it is whole.
fn last_message(lines: &str) -> serde_json::Value {
    let mut lines = lines.lines().rev();
    assert_eq!(lines.next(), Some(r#"{"end":{}}"#), "a stream that is cut off");
    serde_json::from_str(lines.next().expect("a message")).expect("JSON")
}
