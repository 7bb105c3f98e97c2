//! The body of an answer that is a stream: read from the server only as the client takes it.

use std::{
    future::Future as _,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::HttpBody;
use bytes::Bytes;
use http::HeaderValue;
use hyper::body::Frame;
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::{Place, form::Writing};
use crate::{
    problem::Problem,
    refusal,
    transcode::answer::AnswerError,
    upstream::{Answers, Failure, Start},
};

/// Messages that are there at once are sent together, up to a frame of HTTP/2: one write for many
/// small ones, and no more held than that.
const MAX_FRAME_BYTES: usize = 16 * 1024;

/// How long a stream of events is quiet before a sign of life: proxies and routers forget
/// connections that are silent for half a minute or more.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);

/// How long a stream goes on without a message.
#[derive(Debug)]
pub(super) struct Patience {
    idle_timeout: Duration,
    last_message: Instant,
    last_sign: Instant,
    /// Looks at both now and then, so that a message costs no timer.
    check: Pin<Box<Sleep>>,
    stopping: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// The messages of a stream as a body.
#[derive(Debug)]
pub(super) struct Messages {
    /// What was there before the answer began.
    start: Vec<u8>,
    /// `None` once the stream has ended.
    answers: Option<Answers>,
    writing: Writing,
    patience: Patience,
    _place: Place,
}

/// What is to be done about a stream that has nothing to send.
enum Due {
    Heartbeat,
    End(Box<Problem>),
}

impl Patience {
    pub(super) fn new(idle_timeout: Duration, stopping: CancellationToken) -> Self {
        let now = Instant::now();
        Self {
            idle_timeout,
            last_message: now,
            last_sign: now,
            check: Box::pin(sleep_until(now + HEARTBEAT_INTERVAL.min(idle_timeout))),
            stopping: Box::pin(stopping.cancelled_owned()),
        }
    }

    fn note_messages(&mut self) {
        self.last_message = Instant::now();
        self.last_sign = self.last_message;
    }

    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<Due> {
        if self.stopping.as_mut().poll(context).is_ready() {
            return Poll::Ready(Due::End(Box::new(refusal::stopping())));
        }
        loop {
            ready!(self.check.as_mut().poll(context));
            let now = Instant::now();
            if now >= self.last_message + self.idle_timeout {
                return Poll::Ready(Due::End(Box::new(refusal::stream_idle())));
            }
            let is_due = now >= self.last_sign + HEARTBEAT_INTERVAL;
            if is_due {
                self.last_sign = now;
            }
            let next = self.last_sign + HEARTBEAT_INTERVAL;
            self.check.as_mut().reset(next.min(self.last_message + self.idle_timeout));
            if is_due {
                return Poll::Ready(Due::Heartbeat);
            }
        }
    }
}

impl Messages {
    pub(super) fn new(
        answers: Answers,
        writing: Writing,
        patience: Patience,
        place: Place,
    ) -> Self {
        Self { start: Vec::new(), answers: Some(answers), writing, patience, _place: place }
    }

    /// Takes what the stream begins with, and gives the media type.
    pub(super) fn start(&mut self, start: Start) -> Result<HeaderValue, AnswerError> {
        let mut first = None;
        match start {
            Start::Message(message) => {
                self.writing.message(&message, &mut self.start)?;
                first = Some(message);
            }
            Start::Quiet => {}
            Start::End => {
                self.writing.end(&mut self.start);
                self.answers = None;
            }
        }
        self.writing.content_type(first.as_ref())
    }

    pub(super) fn is_raw(&self) -> bool {
        self.writing.is_raw()
    }

    /// Adds all messages that are there.
    fn poll_messages(
        &mut self,
        text: &mut Vec<u8>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while text.len() < MAX_FRAME_BYTES {
            let Some(answers) = &mut self.answers else { break };
            let problem = match answers.poll_next(context) {
                Poll::Pending => {
                    return if text.is_empty() { Poll::Pending } else { Poll::Ready(Ok(())) };
                }
                Poll::Ready(None) => {
                    self.answers = None;
                    self.writing.end(text);
                    break;
                }
                Poll::Ready(Some(Ok(message))) => match self.writing.message(&message, text) {
                    Ok(()) => continue,
                    Err(error) => refusal::bad_answer(error),
                },
                Poll::Ready(Some(Err(failure))) => Failure::into_problem(failure),
            };
            return Poll::Ready(self.fail(problem, text));
        }
        Poll::Ready(Ok(()))
    }

    /// Ends the stream by saying why; the call is cancelled where it goes on.
    fn fail(&mut self, problem: Problem, text: &mut Vec<u8>) -> io::Result<()> {
        self.answers = None;
        self.writing.error(problem, text)
    }

    fn poll_text(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Vec<u8>>> {
        let mut text = std::mem::take(&mut self.start);
        if let Poll::Ready(read) = self.poll_messages(&mut text, context) {
            self.patience.note_messages();
            return Poll::Ready(read.map(|()| text));
        }
        loop {
            match ready!(self.patience.poll_due(context)) {
                Due::End(problem) => {
                    return Poll::Ready(self.fail(*problem, &mut text).map(|()| text));
                }
                Due::Heartbeat => {
                    if let Some(heartbeat) = self.writing.heartbeat() {
                        return Poll::Ready(Ok(heartbeat.to_vec()));
                    }
                }
            }
        }
    }
}

impl HttpBody for Messages {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.answers.is_none() && self.start.is_empty() {
            return Poll::Ready(None);
        }
        let text = ready!(self.poll_text(context));
        Poll::Ready(Some(text.map(|text| Frame::data(text.into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.answers.is_none() && self.start.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn a_quiet_stream_shows_life_until_it_has_been_idle_for_too_long() {
        let start = Instant::now();
        let mut patience = Patience::new(HOUR, CancellationToken::new());
        for beat in 1..240 {
            let due = poll_fn(|context| patience.poll_due(context)).await;
            assert!(matches!(due, Due::Heartbeat), "{beat}");
            assert_eq!(start.elapsed().as_secs(), beat * HEARTBEAT_INTERVAL.as_secs());
        }
        let due = poll_fn(|context| patience.poll_due(context)).await;
        assert!(matches!(due, Due::End(problem) if problem.reason == "STREAM_IDLE"));
        assert_eq!(start.elapsed().as_secs(), HOUR.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_is_a_sign_of_life_itself() {
        let start = Instant::now();
        let mut patience = Patience::new(HOUR, CancellationToken::new());
        tokio::time::sleep(HEARTBEAT_INTERVAL / 2).await;
        patience.note_messages();
        assert!(matches!(poll_fn(|context| patience.poll_due(context)).await, Due::Heartbeat));
        assert_eq!(start.elapsed().as_millis(), (HEARTBEAT_INTERVAL * 3 / 2).as_millis());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_waits_hears_at_once_that_the_gateway_stops() {
        let stopping = CancellationToken::new();
        let mut patience = Patience::new(HOUR, stopping.clone());
        stopping.cancel();
        let due = poll_fn(|context| patience.poll_due(context)).await;
        assert!(matches!(due, Due::End(problem) if problem.reason == "GATEWAY_STOPPING"));
    }
}
