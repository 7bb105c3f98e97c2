//! The bodies of requests and answers, as far as their connection goes.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Incoming, SizeHint};

use super::activity::{Busy, Offer};

/// The pieces in which a large answer is given over HTTP/2: a frame's worth, so that a reader who
/// takes one within the time that is allowed for it is not too slow.
const PIECE_BYTES: usize = 16 * 1024;

/// A body of a request, which keeps its connection busy until nobody reads it any more: what is left
/// of it on the connection is no next request.
pub(super) struct Held {
    body: Incoming,
    _busy: Busy,
}

impl Held {
    pub(super) fn new(body: Incoming, busy: Busy) -> Self {
        Self { body, _busy: busy }
    }
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body of an answer, which keeps its connection busy until it is sent.
///
/// Over HTTP/2 it is given in pieces, each when there is a window for it: what is given is held
/// until it is sent, and a large answer must wait here, where it is seen to wait.
pub(super) struct Tracked {
    body: Body,
    /// What of the last frame is still to be given.
    rest: Bytes,
    offer: Option<Offer>,
    _busy: Option<Busy>,
}

impl Tracked {
    pub(super) fn new(body: Body, busy: Option<Busy>) -> Self {
        let offer = busy.as_ref().filter(|_| !body.is_end_stream()).and_then(Offer::begin);
        Self { body, rest: Bytes::new(), offer, _busy: busy }
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame, axum::Error>>> {
        if self.rest.is_empty() {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) if self.offer.is_some() => frame,
                ended_or_small => return Poll::Ready(ended_or_small),
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let piece_bytes = self.rest.len().min(PIECE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(piece_bytes)))))
    }
}

type Frame = hyper::body::Frame<Bytes>;

impl HttpBody for Tracked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame, axum::Error>>> {
        let polled = self.poll_next(context);
        if let Some(offer) = &self.offer {
            if polled.is_ready() { offer.wait() } else { offer.rest() }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, inner) = (self.rest.len() as u64, self.body.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
