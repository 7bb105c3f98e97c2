//! How buckets are spoken to: hyper, with TLS by rustls and ring.
//!
//! `object_store` would do it by reqwest, which either builds aws-lc or panics in every client of the
//! process that has installed no provider of TLS. Proxies are not used.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector as TcpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use object_store::{
    ClientConfigKey, ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
        HttpResponse, HttpResponseBody, HttpService,
    },
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};

/// How long connecting may take: a server in the same country answers within a second.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one attempt may take until the answer's head: the largest file at 5 Mbit/s.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(17);
/// How long an unused connection is kept: shorter than servers and balancers keep theirs.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Makes the clients by which `object_store` speaks to buckets and to those who give credentials.
#[derive(Debug)]
pub(crate) struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let tls = tls().map_err(|source| object_store::Error::Generic {
            store: "S3",
            source: source.into(),
        })?;
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls);
        let is_http_allowed = options
            .get_config_value(&ClientConfigKey::AllowHttp)
            .is_some_and(|value| value == "true");
        let builder = if is_http_allowed { builder.https_or_http() } else { builder.https_only() };
        let mut tcp = TcpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.set_nodelay(true);
        // The scheme is https, which is the wrapper's to see to.
        tcp.enforce_http(false);
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(builder.enable_http1().wrap_connector(tcp));
        Ok(HttpClient::new(Service(client)))
    }
}

/// TLS with the system's certificates (`SSL_CERT_FILE` names others), or with Mozilla's where the
/// system has none, as in a small container.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

/// hyper's client.
#[derive(Debug)]
struct Service(legacy::Client<HttpsConnector<TcpConnector>, HttpRequestBody>);

#[async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = tokio::time::timeout(ATTEMPT_TIMEOUT, self.0.request(request)).await;
        let response = answer
            .map_err(|elapsed| HttpError::new(HttpErrorKind::Timeout, elapsed))?
            .map_err(|error| HttpError::new(kind(&error), error))?;
        let interrupted = |error| HttpError::new(HttpErrorKind::Interrupted, error);
        Ok(response.map(|body| HttpResponseBody::new(body.map_err(interrupted))))
    }
}

/// What went wrong, by which `object_store` decides whether to try again.
fn kind(error: &legacy::Error) -> HttpErrorKind {
    if error.is_connect() {
        return HttpErrorKind::Connect;
    }
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.downcast_ref::<hyper::Error>().is_some_and(|error| {
            error.is_canceled() || error.is_closed() || error.is_incomplete_message()
        }) {
            return HttpErrorKind::Request;
        }
        if error.is::<std::io::Error>() {
            return HttpErrorKind::Interrupted;
        }
        source = error.source();
    }
    HttpErrorKind::Unknown
}
