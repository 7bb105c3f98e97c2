//! The stream of an import: its progress, and its result as the last message.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use takar_proto::v1::{self, import_progress::Phase};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    task::JoinHandle,
    time::timeout,
};
use tokio_stream::Stream;
use tonic::Status;
use tracing::Instrument as _;

use super::{TIME_MAX, run::Run};
use crate::{convert, error, freshness::SettleLayer};

/// How many messages may wait for a slow reader. Progress that has no room is left out: nobody who
/// reads slowly holds up the database.
const WAITING_MAX: usize = 16;

type Message = Result<v1::ImportRowsResponse, Status>;

/// The messages of an import. Dropped, as when the client is gone, it ends the import where it is;
/// what is not committed leaves nothing behind.
pub(crate) struct Messages {
    receiver: mpsc::Receiver<Message>,
    task: JoinHandle<()>,
}

impl Messages {
    /// Begins an import. Its turn is over with it.
    pub(super) fn of(run: Run, settle: SettleLayer, turn: OwnedSemaphorePermit) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let reporter = Reporter { sender: sender.clone(), rows: run.rows() };
        let work = async move {
            let _turn = turn;
            let ended = match timeout(TIME_MAX, run.carry_out(&reporter)).await {
                Ok(Ok(result)) => {
                    // The layer did so when the stream began, and nothing was written yet.
                    settle.settle().await;
                    Ok(result)
                }
                Ok(Err(error)) => Err(Status::from(error)),
                Err(_) => Err(error::deadline_exceeded(TIME_MAX)),
            };
            // Nobody may be left to hear it.
            let _ = sender.send(ended).await;
        };
        Self { receiver, task: tokio::spawn(work.in_current_span()) }
    }
}

impl Stream for Messages {
    type Item = Message;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Message>> {
        self.receiver.poll_recv(context)
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Tells how far an import is.
#[derive(Debug)]
pub(super) struct Reporter {
    sender: mpsc::Sender<Message>,
    /// How many rows the file has.
    rows: usize,
}

impl Reporter {
    /// Rows have been checked, each for itself.
    pub(super) fn checked(&self) {
        self.tell(Phase::Checking, self.rows);
    }

    /// Rows are in the database.
    pub(super) fn staged(&self, rows: usize) {
        self.tell(Phase::Staging, rows);
    }

    /// Rows are written.
    pub(super) fn writing(&self, rows: usize) {
        self.tell(Phase::Writing, rows);
    }

    fn tell(&self, phase: Phase, rows_done: usize) {
        let _ = self.sender.try_send(Ok(convert::import_progress(phase, rows_done, self.rows)));
    }
}
