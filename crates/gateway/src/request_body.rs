//! The bodies of requests: whether one is taken, how large, and at what pace.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::time::{Instant, timeout_at};

use crate::{
    limits::Limits,
    negotiate,
    problem::Problem,
    refusal,
    transcode::contract::{self, Binding},
};

/// What a client must manage once it has begun: a tenth of what a 2G network does.
const MIN_BYTES_PER_SECOND: u64 = 1024;

/// Reads a body up to the limit, and not at all where it could only be refused.
pub(crate) async fn read(
    binding: &Binding,
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
) -> Result<Bytes, Problem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let is_taken = binding.body != contract::Body::Nothing;
    let is_raw = matches!(binding.body, contract::Body::Raw(_));
    let max_bytes = if is_raw { limits.max_upload_bytes } else { limits.max_body_bytes };
    if is_taken && negotiate::is_encoded(headers) {
        return Err(refusal::unsupported_encoding());
    }
    if let Some(obstacle) = negotiate::json_obstacle(headers).filter(|_| is_taken && !is_raw) {
        return Err(refusal::unsupported_media_type(obstacle));
    }
    if body.size_hint().lower() > max_bytes as u64 {
        return Err(refusal::body_too_large(max_bytes));
    }
    let bytes = collect(body, max_bytes, limits.body_timeout).await;
    let bytes = bytes.map_err(|error| unreadable(error, max_bytes))?;
    // A body that nothing reads would be dropped silently, as if its fields had been set.
    if is_taken || bytes.is_empty() { Ok(bytes) } else { Err(refusal::body_not_allowed()) }
}

fn unreadable(error: BodyError, max_bytes: usize) -> Problem {
    match error {
        BodyError::TooLarge => refusal::body_too_large(max_bytes),
        BodyError::TooSlow => refusal::body_too_slow(),
        BodyError::Broken(cause) => refusal::body_incomplete(cause),
    }
}

/// Why a body couldn't be read.
#[derive(Debug)]
enum BodyError {
    TooLarge,
    TooSlow,
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

/// Collects a body of at most `max_bytes`.
///
/// It may take `patience`, and as much longer as its bytes are worth at the slowest pace that is
/// put up with: so a large body on a bad line arrives, and one that trickles doesn't.
///
/// # Errors
/// Where it is too large, too slow, or ends early.
async fn collect(body: Body, max_bytes: usize, patience: Duration) -> Result<Bytes, BodyError> {
    let mut body = Limited::new(body, max_bytes);
    let mut deadline = Instant::now() + patience;
    let mut whole = Pieces::default();
    loop {
        let frame = timeout_at(deadline, body.frame()).await.map_err(|_| BodyError::TooSlow)?;
        let Some(frame) = frame else {
            return Ok(whole.join());
        };
        let frame = frame.map_err(|error| {
            if error.is::<LengthLimitError>() {
                BodyError::TooLarge
            } else {
                BodyError::Broken(error)
            }
        })?;
        // Trailers say nothing that a field could hold.
        if let Ok(data) = frame.into_data() {
            let worth_millis = data.len() as u64 * 1000 / MIN_BYTES_PER_SECOND;
            deadline += Duration::from_millis(worth_millis);
            whole.push(data);
        }
    }
}

/// The pieces of a body; most have one, which needs no copy.
#[derive(Default)]
struct Pieces {
    first: Bytes,
    all: BytesMut,
}

impl Pieces {
    fn push(&mut self, piece: Bytes) {
        if self.first.is_empty() && self.all.is_empty() {
            self.first = piece;
            return;
        }
        if self.all.is_empty() {
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&piece);
    }

    fn join(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.freeze() }
    }
}
