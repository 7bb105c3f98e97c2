//! Fetches a key set by HTTP.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http::{StatusCode, Uri};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;

use super::key_set::{KEY_SET_MAX_BYTES, KeySet, KeySetError};

/// How long a fetch may take in all: callers wait for it, and it is a few kilobytes.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches from one URL. It follows no redirect, which could lead past the rules for the URL.
#[derive(Clone, Debug)]
pub(super) struct Fetcher {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    url: Uri,
    patience: Duration,
}

/// Why a key set was not fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// The server was not reached, or did not speak HTTP.
    #[error("the request failed")]
    Request(#[source] hyper_util::client::legacy::Error),
    /// The answer is no key set.
    #[error("the answer was {0}")]
    Status(StatusCode),
    /// The answer broke off, or is larger than a key set.
    #[error("the answer can't be read")]
    Body(#[source] Box<dyn Error + Send + Sync>),
    /// The server took too long.
    #[error("there was no answer within {0:?}")]
    TooSlow(Duration),
    /// The answer is of no use.
    #[error("the answer is of no use")]
    KeySet(#[source] KeySetError),
}

impl Fetcher {
    /// A fetcher that trusts the machine's certificate authorities and those of the web: an image
    /// may have none of its own, and a ministry may have one of its own.
    pub(super) fn new(url: Uri) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self::trusting(url, roots)
    }

    /// A fetcher that trusts these certificate authorities.
    pub(super) fn trusting(url: Uri, roots: RootCertStore) -> Result<Self, rustls::Error> {
        let provider = rustls::crypto::ring::default_provider();
        let tls = ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Which URLs are http is decided where the settings are read.
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        // Minutes lie between two fetches; no connection stays open that long.
        let client =
            Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(Self { client, url, patience: FETCH_TIMEOUT })
    }

    /// Fetches the key set, in bounded time and size.
    pub(super) async fn fetch(&self) -> Result<KeySet, FetchError> {
        let answer = timeout(self.patience, self.get()).await;
        let bytes = answer.map_err(|_| FetchError::TooSlow(self.patience))??;
        KeySet::parse(&bytes).map_err(FetchError::KeySet)
    }

    async fn get(&self) -> Result<Bytes, FetchError> {
        let answer = self.client.get(self.url.clone()).await.map_err(FetchError::Request)?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status(answer.status()));
        }
        let body = Limited::new(answer.into_body(), KEY_SET_MAX_BYTES).collect();
        Ok(body.await.map_err(FetchError::Body)?.to_bytes())
    }

    /// The same, with less patience than is right for the internet.
    #[cfg(test)]
    pub(super) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }
}
