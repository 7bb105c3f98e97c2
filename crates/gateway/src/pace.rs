//! Bodies of requests, which must come at some pace.

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::time::{Instant, timeout_at};

/// What a client must manage once it has begun: a tenth of what a 2G network does.
const MIN_BYTES_PER_SECOND: u64 = 1024;

/// Why a body couldn't be read.
#[derive(Debug)]
pub(crate) enum BodyError {
    TooLarge,
    TooSlow,
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

/// Reads a body of at most `max_bytes`.
///
/// It may take `patience`, and as much longer as its bytes are worth at the slowest pace that is
/// put up with: so a large body on a bad line arrives, and one that trickles doesn't.
///
/// # Errors
/// Where it is too large, too slow, or ends early.
pub(crate) async fn read(
    body: Body,
    max_bytes: usize,
    patience: Duration,
) -> Result<Bytes, BodyError> {
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
