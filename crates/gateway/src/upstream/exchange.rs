//! One call on a connection: its request out, its messages and its status in.

use std::{
    future::{Future as _, poll_fn},
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use h2::{RecvStream, SendStream, client::ResponseFuture};
use http::{HeaderMap, HeaderValue, Request, Response};
use tonic::Code;

use super::{
    connection::{Connection, Counted},
    failure::{Failure, check_head, read_status},
    message::{Incoming, Outgoing},
};
use crate::file_name;

/// How much is read before the server is told that it may send as much again: a part of the
/// smallest window, so that it need not wait, and more than most answers have, which tell nothing.
const RELEASE_BYTES: usize = 16 * 1024;

/// A call whose answer isn't there yet. One that is dropped before its end is cancelled.
#[derive(Debug)]
pub(super) struct Exchange {
    /// `None` from the end on.
    open: Option<Unfinished>,
    incoming: Incoming,
    disposition: Option<HeaderValue>,
    /// What was read since the server was told.
    read_bytes: usize,
}

/// What a connection holds of a call; the last of it that drops resets the call.
#[derive(Debug)]
pub(super) struct Unfinished {
    answer: Answer,
    counted: Counted,
}

#[derive(Debug)]
enum Answer {
    Awaited(ResponseFuture),
    Reading(RecvStream),
}

impl Exchange {
    /// Sends a request, and its only message if it is there already.
    ///
    /// # Errors
    /// Where the connection takes no more; nothing is processed then.
    pub(super) fn begin(
        connection: &Arc<Connection>,
        request: Request<()>,
        max_bytes: usize,
    ) -> Result<(Self, SendStream<Outgoing>), Failure> {
        let begun = connection.begin(request);
        let (counted, response, stream) =
            begun.map_err(|error| Failure::Unprocessed(error.into()))?;
        let open = Some(Unfinished { answer: Answer::Awaited(response), counted });
        let incoming = Incoming::new(max_bytes);
        Ok((Self { open, incoming, disposition: None, read_bytes: 0 }, stream))
    }

    /// Waits for the next message; `None` after the last, if the status is OK.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Why the server took no whole request: its status where it answered already, as one does that
    /// refuses a call before it reads it; else that it can't be sent.
    pub(super) async fn refusal(&mut self, unsent: Failure) -> Failure {
        if matches!(unsent, Failure::Malformed(_)) {
            return unsent;
        }
        match self.next().await {
            Some(Err(status @ Failure::Status(_))) => status,
            _ => unsent,
        }
    }

    /// What the server says that a file which it answers with is to be called.
    pub(super) fn disposition(&self) -> Option<&HeaderValue> {
        self.disposition.as_ref()
    }

    pub(super) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Failure>>> {
        loop {
            match self.incoming.next() {
                Ok(Some(message)) => return Poll::Ready(Some(Ok(message))),
                Ok(None) => {}
                Err(malformed) => return Poll::Ready(Some(Err(Failure::Malformed(malformed)))),
            }
            let Some(open) = &mut self.open else { return Poll::Ready(None) };
            match &mut open.answer {
                Answer::Awaited(response) => {
                    let response = ready!(Pin::new(response).poll(context));
                    if let Some(end) = self.take_head(response) {
                        return Poll::Ready(end.err().map(Err));
                    }
                }
                Answer::Reading(body) => {
                    match ready!(poll_piece(body, &mut self.read_bytes, context)) {
                        Some(Ok(piece)) => self.incoming.push(piece),
                        Some(Err(error)) => return Poll::Ready(Some(Err(self.fail(error)))),
                        None => {
                            let trailers = ready!(body.poll_trailers(context));
                            let end = self.take_trailers(trailers);
                            return Poll::Ready(end.err().map(Err));
                        }
                    }
                }
            }
        }
    }

    /// Takes the head of the answer, which is its end where it has a status.
    fn take_head(
        &mut self,
        response: Result<Response<RecvStream>, h2::Error>,
    ) -> Option<Result<(), Failure>> {
        let (mut head, body) = match response {
            Ok(response) => response.into_parts(),
            Err(error) => return Some(Err(self.fail(error))),
        };
        self.disposition = file_name::said(&head.headers);
        let end = read_status(&mut head.headers);
        let end = end.or_else(|| check_head(head.status, &head.headers).err().map(Err));
        let is_ended = body.is_end_stream();
        if let Some(open) = &mut self.open {
            open.answer = Answer::Reading(body);
        }
        if is_ended {
            self.open = None;
        }
        end.or_else(|| is_ended.then(|| Err(no_status())))
    }

    fn take_trailers(
        &mut self,
        trailers: Result<Option<HeaderMap>, h2::Error>,
    ) -> Result<(), Failure> {
        let trailers = trailers.map_err(|error| self.fail(error))?;
        self.open = None;
        let mut trailers = trailers.ok_or_else(no_status)?;
        read_status(&mut trailers).ok_or_else(no_status)??;
        self.incoming.end().map_err(Failure::Malformed)
    }

    /// Ends by an error, which is the connection's unless it is a reset.
    fn fail(&mut self, error: h2::Error) -> Failure {
        if let Some(open) = self.open.take().filter(|_| !error.is_reset()) {
            open.counted.connection().close();
        }
        Failure::of(error)
    }
}

/// Reads on, and tells the server now and then how far.
fn poll_piece(
    body: &mut RecvStream,
    read_bytes: &mut usize,
    context: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, h2::Error>>> {
    if *read_bytes >= RELEASE_BYTES {
        // It fails only where more is released than was read.
        let _ = body.flow_control().release_capacity(mem::take(read_bytes));
    }
    let polled = ready!(body.poll_data(context));
    if let Some(Ok(piece)) = &polled {
        *read_bytes += piece.len();
    }
    Poll::Ready(polled)
}

fn no_status() -> Failure {
    Failure::status(Code::Internal, "The answer ended without a status.")
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            Unfinished::abandon(open);
        }
    }
}

impl Unfinished {
    fn abandon(self) {
        let connection = Arc::clone(self.counted.connection());
        connection.abandon(self);
    }
}
