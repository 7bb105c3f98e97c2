//! Objects in a bucket of S3, or of a server that speaks as it does (Ceph, R2 and others).

use std::time::Duration;

use object_store::{
    BackoffConfig, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    path::Path,
    prefix::PrefixStore,
};

use crate::http::Connector;

/// How often a request is made again, and until when: a dropped connection or a server that is busy
/// for a moment is got over, and whoever waits hears of an outage within their own deadline.
const RETRIES_MAX: usize = 3;
const RETRY_TIMEOUT: Duration = Duration::from_secs(10);

/// The bucket as the settings and the environment describe it; nothing is asked of it yet.
///
/// # Errors
/// Where a variable of the environment cannot be read.
pub(crate) fn open(
    bucket: &str,
    prefix: Path,
    endpoint: Option<&str>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> object_store::Result<impl ObjectStore> {
    let mut builder = AmazonS3Builder::new();
    for (name, value) in environment {
        // As `AmazonS3Builder::from_env` does, which reads the environment itself.
        let key = name.starts_with("AWS_").then(|| name.to_ascii_lowercase().parse().ok());
        if let Some(key) = key.flatten() {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(endpoint) = endpoint {
        builder = builder
            .with_config(AmazonS3ConfigKey::S3Endpoint, endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    }
    let retry = RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: RETRIES_MAX,
        retry_timeout: RETRY_TIMEOUT,
    };
    let store = builder
        .with_bucket_name(bucket)
        .with_retry(retry)
        .with_http_connector(Connector)
        .build()?;
    Ok(PrefixStore::new(store, prefix))
}
