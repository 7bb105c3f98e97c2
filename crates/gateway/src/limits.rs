//! The limits of a gateway.

use std::time::Duration;

/// What a gateway takes and how long it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest body of a request, in bytes.
    pub max_body_bytes: usize,
    /// The largest body of a request that is taken as it is, in bytes.
    pub max_upload_bytes: usize,
    /// The longest path and query of a request, in bytes.
    pub max_url_bytes: usize,
    /// The largest answer of the server, in bytes.
    pub max_answer_bytes: usize,
    /// How long the server may take to answer; it is told, as `grpc-timeout`.
    pub request_timeout: Duration,
    /// How long requests under way may take after the signal to stop.
    pub drain_timeout: Duration,
}

impl Limits {
    /// 4 MiB, the largest message that a gRPC server takes unless told otherwise.
    pub const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
    /// 10 MiB, what a scanned report or a spreadsheet of a region comes to, and what mail takes.
    pub const MAX_UPLOAD_BYTES: usize = 10 * 1024 * 1024;
    /// 8 KiB, what RFC 9110 asks every server to take, and what proxies in front mostly allow.
    pub const MAX_URL_BYTES: usize = 8 * 1024;
    /// 32 MiB, several times the largest page, and small enough to hold for many requests at once.
    pub const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;
    /// 30 s, after which people and proxies have mostly given up.
    pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
    /// 25 s, within the 30 s that Kubernetes leaves between SIGTERM and SIGKILL.
    pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(25);
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: Self::MAX_BODY_BYTES,
            max_upload_bytes: Self::MAX_UPLOAD_BYTES,
            max_url_bytes: Self::MAX_URL_BYTES,
            max_answer_bytes: Self::MAX_ANSWER_BYTES,
            request_timeout: Self::REQUEST_TIMEOUT,
            drain_timeout: Self::DRAIN_TIMEOUT,
        }
    }
}
