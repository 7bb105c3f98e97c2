//! Calls that are sent together.

use std::{
    future::Future,
    mem,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::task::yield_now;

/// Calls that have begun and are not sent yet, which others may join.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    has_begun: Arc<AtomicBool>,
}

impl Batch {
    /// Adds a call; what wakes the connection's task comes after this.
    pub(super) fn join(&self) {
        self.has_begun.store(true, Ordering::Release);
    }

    /// Takes all that have joined; false where none have.
    fn take(&self) -> bool {
        self.has_begun.swap(false, Ordering::Acquire)
    }
}

pin_project! {
    /// The task of a connection, which lets all who are ready have their turn before it sends a batch.
    ///
    /// A call that begins wakes its connection, which the runtime would have write it at once, alone.
    /// So it waits for those that begin in the same round, and they go in one write. Where nobody else is
    /// ready, the round is over at once. What comes from the server waits for nobody: that a connection
    /// has ended is better known early.
    pub(super) struct Batching<F> {
        #[pin]
        task: F,
        batch: Batch,
        has_waited: bool,
    }
}

impl<F> Batching<F> {
    pub(super) fn new(task: F, batch: Batch) -> Self {
        Self { task, batch, has_waited: false }
    }
}

impl<F: Future> Future for Batching<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let is_batch = this.batch.take();
        let has_waited = mem::replace(this.has_waited, false);
        if has_waited || !is_batch {
            return this.task.poll(context);
        }
        *this.has_waited = true;
        // Asked once, it has the runtime wake this task at the end of the round.
        let _ = pin!(yield_now()).poll(context);
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use tokio::{runtime::Builder, sync::mpsc};

    use super::*;

    /// What a task takes at a time, of what others give it one by one, as a batch or not.
    async fn portions(givers: u32, is_batch: bool) -> Vec<usize> {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let batch = Batch::default();
        let task = async move {
            let mut portions = Vec::new();
            let mut given = Vec::new();
            while receiver.recv_many(&mut given, usize::MAX).await > 0 {
                portions.push(mem::take(&mut given).len());
            }
            portions
        };
        let taking = tokio::spawn(Batching::new(task, batch.clone()));
        // Until it waits for the first of them.
        for _ in 0..10 {
            yield_now().await;
        }
        for giver in 0..givers {
            let (sender, batch) = (sender.clone(), batch.clone());
            tokio::spawn(async move {
                if is_batch {
                    batch.join();
                }
                sender.send(giver)
            });
        }
        drop(sender);
        taking.await.expect("it ends")
    }

    /// In the runtime of the program, which lets a task go on directly after the one that woke it; with
    /// one thread, and rounds that are as long as there is something to do.
    #[test]
    fn what_begins_in_one_round_goes_at_once() {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).event_interval(u32::MAX).build();
        let runtime = runtime.expect("a runtime");
        for (givers, is_batch, expected) in
            [(1, true, vec![1]), (50, true, vec![50]), (50, false, vec![1; 50])]
        {
            let portions = async move { tokio::spawn(portions(givers, is_batch)).await };
            let portions = runtime.block_on(portions).expect("it ends");
            assert_eq!(portions, expected, "{is_batch}");
        }
    }
}
