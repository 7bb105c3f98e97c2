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
    /// The streams that are open at once; further ones are refused.
    pub max_streams: u32,
    /// How long a stream may have nothing to send.
    pub stream_idle_timeout: Duration,
    /// The connections to the server, for calls and for streams each; more only while those are
    /// full.
    pub upstream_connections: u8,
    /// How long the server may be silent while it is waited for, before it is asked whether it
    /// lives.
    pub upstream_keep_alive: Duration,
    /// The largest headers of a request, in bytes.
    pub max_header_bytes: usize,
    /// How long a client may take to send the head of a request.
    pub header_timeout: Duration,
    /// How long the body of a request may take, and longer only as its bytes come.
    pub body_timeout: Duration,
    /// How long a client may take nothing of an answer that waits for it.
    pub write_timeout: Duration,
    /// How long a connection may be without a request.
    pub idle_timeout: Duration,
    /// The connections that are open at once; further ones wait in the kernel's queue.
    pub max_connections: u32,
    /// The requests that are under way at once; further ones are refused.
    pub max_concurrent_requests: u32,
    /// The requests of one client in a second, over time; 0 is no limit.
    pub requests_per_second: u32,
    /// The requests of one client at once.
    pub request_burst: u32,
    /// How much memory answers to the public may take that are kept, in bytes; 0 keeps none.
    pub cache_bytes: usize,
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
    /// 1,024 readers: an office's open pages several times over, at some 100 KB each where they are
    /// slow.
    pub const MAX_STREAMS: u32 = 1024;
    /// 1 h: a page that watches for changes may see none in a night; it connects again then.
    pub const STREAM_IDLE_TIMEOUT: Duration = Duration::from_hours(1);
    /// 2, so that neither side's processors wait for one connection's lock or its lost packet;
    /// with more, each write and read carries fewer calls, and costs more of each.
    pub const UPSTREAM_CONNECTIONS: u8 = 2;
    /// 20 s, so that a dead server is found within the time that requests wait; more often than
    /// every 10 s is what servers take for abuse.
    pub const UPSTREAM_KEEP_ALIVE: Duration = Duration::from_secs(20);
    /// 32 KiB: a token of 8 KiB, a trace and cookies of other applications, with room.
    pub const MAX_HEADER_BYTES: usize = 32 * 1024;
    /// 10 s: a head is a packet or two, on any line.
    pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
    /// 20 s until the first bytes, on the slowest line that anybody works over.
    pub const BODY_TIMEOUT: Duration = Duration::from_secs(20);
    /// 60 s without taking a byte: whoever is that slow is gone, or means harm.
    pub const WRITE_TIMEOUT: Duration = Duration::from_mins(1);
    /// 75 s, more than the 60 s for which proxies in front keep idle connections, so that they
    /// and not we end them: then no request meets a closing connection.
    pub const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
    /// 4,096, at 6 KB each while they rest and some 50 KB while they are busy, in the 256 MiB that a
    /// container is given.
    pub const MAX_CONNECTIONS: u32 = 4096;
    /// 1,024, some times more than the server works on at once; more only wait.
    pub const MAX_CONCURRENT_REQUESTS: u32 = 1024;
    /// 200, what an office behind one address needs at its busiest, and a fiftieth of what the
    /// gateway serves.
    pub const REQUESTS_PER_SECOND: u32 = 200;
    /// 1,000: all pages of a national list at once.
    pub const REQUEST_BURST: u32 = 1000;
    /// 32 MiB: thousands of scorecards, and an eighth of what a container is given. It is taken only
    /// as answers are kept.
    pub const CACHE_BYTES: usize = 32 * 1024 * 1024;
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
            max_streams: Self::MAX_STREAMS,
            stream_idle_timeout: Self::STREAM_IDLE_TIMEOUT,
            upstream_connections: Self::UPSTREAM_CONNECTIONS,
            upstream_keep_alive: Self::UPSTREAM_KEEP_ALIVE,
            max_header_bytes: Self::MAX_HEADER_BYTES,
            header_timeout: Self::HEADER_TIMEOUT,
            body_timeout: Self::BODY_TIMEOUT,
            write_timeout: Self::WRITE_TIMEOUT,
            idle_timeout: Self::IDLE_TIMEOUT,
            max_connections: Self::MAX_CONNECTIONS,
            max_concurrent_requests: Self::MAX_CONCURRENT_REQUESTS,
            requests_per_second: Self::REQUESTS_PER_SECOND,
            request_burst: Self::REQUEST_BURST,
            cache_bytes: Self::CACHE_BYTES,
            drain_timeout: Self::DRAIN_TIMEOUT,
        }
    }
}
