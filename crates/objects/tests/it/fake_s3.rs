//! As much of an S3 server as storing and reading takes: it checks what every request carries.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use takar_domain::digest::Sha256Digest;
use tokio::net::TcpListener;

/// The answers that come before the real ones, and whether they also do what was asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) is_done: bool,
}

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Bytes>,
    /// Methods, paths and conditions, as they came.
    requests: Vec<String>,
    failures: Vec<Failure>,
}

/// A server with one bucket, `bukti`.
#[derive(Clone, Default)]
pub(crate) struct FakeS3(Arc<Mutex<Inner>>);

impl FakeS3 {
    /// Starts it and gives its address.
    pub(crate) async fn start() -> (Self, String) {
        let server = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (server, address)
    }

    /// The next answers, the last one first.
    pub(crate) fn fail(&self, failures: &[Failure]) {
        self.0.lock().unwrap().failures = failures.to_vec();
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().requests)
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().objects.keys().cloned().collect()
    }

    pub(crate) fn alter(&self, content: &'static [u8]) {
        for object in self.0.lock().unwrap().objects.values_mut() {
            *object = Bytes::from_static(content);
        }
    }
}

/// That the request is signed, and that the signature covers this body.
fn is_signed(headers: &HeaderMap, body: &Bytes) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    text("authorization").starts_with("AWS4-HMAC-SHA256 Credential=takar/")
        && text("authorization").contains("/ap-southeast-3/s3/aws4_request")
        && text("authorization").contains("x-amz-content-sha256")
        && text("authorization").contains("Signature=")
        && !text("x-amz-date").is_empty()
        && text("x-amz-content-sha256") == Sha256Digest::of(body).to_string()
}

async fn answer(State(server): State<FakeS3>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let is_create = parts.headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == "*");
    let mut inner = server.0.lock().unwrap();
    let condition = if is_create { " If-None-Match: *" } else { "" };
    inner.requests.push(format!("{} {}{condition}", parts.method, parts.uri));
    if !is_signed(&parts.headers, &body) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let failure = inner.failures.pop();
    if let Some(Failure { status, is_done: false }) = failure {
        return status.into_response();
    }
    let key = parts.uri.path().strip_prefix("/bukti/").map(str::to_owned);
    let answer = match (parts.method, key) {
        (Method::GET, None) if parts.uri.path() == "/bukti" => {
            "<ListBucketResult></ListBucketResult>".into_response()
        }
        (Method::PUT, Some(key)) if is_create && inner.objects.contains_key(&key) => {
            StatusCode::PRECONDITION_FAILED.into_response()
        }
        (Method::PUT, Some(key)) => {
            inner.objects.insert(key, body);
            [(header::ETAG, "\"1\"")].into_response()
        }
        (Method::GET, Some(key)) => match inner.objects.get(&key) {
            Some(content) => {
                let headers = [
                    (header::ETAG, "\"1\""),
                    (header::LAST_MODIFIED, "Tue, 24 Nov 2026 07:00:00 GMT"),
                ];
                (headers, content.clone()).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::NOT_FOUND.into_response(),
    };
    failure.map_or(answer, |failure| failure.status.into_response())
}
