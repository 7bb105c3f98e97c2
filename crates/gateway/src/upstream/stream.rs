//! Calls of many messages.

use std::{
    future::poll_fn,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use h2::SendStream;
use http::{HeaderMap, HeaderValue, uri::PathAndQuery};
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    client::{Call, Client, send},
    exchange::Exchange,
    failure::Failure,
    message::Outgoing,
};

/// How a stream begins.
#[derive(Debug)]
pub(crate) enum Start {
    /// With this message.
    Message(Bytes),
    /// With nothing yet.
    Quiet,
    /// With its end.
    End,
}

impl Client {
    /// Opens a stream in both directions, for as long as both ends are kept.
    ///
    /// # Errors
    /// Where the server can't be reached; that it refuses the call is what it answers.
    pub(crate) async fn open(
        &self,
        path: &PathAndQuery,
        headers: &HeaderMap,
    ) -> Result<(Requests, Answers), Failure> {
        let (exchange, stream) = self.0.begin(&self.0.streams, path, headers, None).await?;
        Ok((Requests(stream), Answers(exchange)))
    }

    /// Calls a method that answers with a stream, and waits for `patience` for how it begins.
    ///
    /// # Errors
    /// Where it fails before its first message, and trying again would not help.
    pub(crate) async fn stream(
        &self,
        call: &Call<'_>,
        patience: Duration,
    ) -> Result<(Start, Answers), Failure> {
        let deadline = Instant::now() + self.0.limits.request_timeout;
        let mut attempt = 1;
        loop {
            let begun = timeout_at(deadline, self.begin(call, patience)).await;
            let failure = match begun.unwrap_or(Err(Failure::TimedOut)) {
                Ok(begun) => return Ok(begun),
                Err(failure) => failure,
            };
            let Some(pause) = self.0.budget.pause(&failure, call.is_idempotent, attempt) else {
                return Err(failure);
            };
            sleep(pause).await;
            attempt += 1;
        }
    }

    async fn begin(
        &self,
        call: &Call<'_>,
        patience: Duration,
    ) -> Result<(Start, Answers), Failure> {
        let (mut requests, mut answers) = self.open(call.path, call.headers).await?;
        if let Err(unsent) = requests.send(call.message.clone()).await {
            return Err(answers.0.refusal(unsent).await);
        }
        requests.finish();
        let start = match timeout_at(Instant::now() + patience, answers.next()).await {
            Ok(Some(Ok(message))) => Start::Message(message),
            Ok(Some(Err(failure))) => return Err(failure),
            Ok(None) => Start::End,
            Err(_) => Start::Quiet,
        };
        Ok((start, answers))
    }
}

/// Where the messages of a stream's requests go.
#[derive(Debug)]
pub(crate) struct Requests(SendStream<Outgoing>);

impl Requests {
    /// Sends a message, once the server takes it.
    ///
    /// # Errors
    /// Where the stream has ended; why, its answers tell.
    pub(crate) async fn send(&mut self, message: Bytes) -> Result<(), Failure> {
        self.0.reserve_capacity(message.len().max(1));
        while self.0.capacity() == 0 {
            match poll_fn(|context| self.0.poll_capacity(context)).await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Failure::of(error)),
                None => return Err(Failure::Broken("the stream has ended".into())),
            }
        }
        send(&mut self.0, message, false)
    }

    /// Tells the server that nothing more comes; its answers go on.
    pub(crate) fn finish(mut self) {
        // Where it can't be told, the stream has ended.
        let _ = self.0.send_data(Outgoing::nothing(), true);
    }
}

/// The messages that a stream answers with.
#[derive(Debug)]
pub(crate) struct Answers(Exchange);

impl Answers {
    /// Waits for the next message; `None` after the last, if the status is OK.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, Failure>> {
        self.0.next().await
    }

    /// What the server says that a file of these is to be called, once it has begun to answer.
    pub(crate) fn disposition(&self) -> Option<&HeaderValue> {
        self.0.disposition()
    }

    pub(crate) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Failure>>> {
        self.0.poll_next(context)
    }
}
