//! The running server process: forked, signalled, reaped.

use std::{
    io,
    os::unix::process::CommandExt,
    pin::Pin,
    process::{Child, Command, ExitStatus},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid},
};

use crate::death_signal;

/// The server process, watched by a thread of its own until it has exited.
#[derive(Debug)]
pub(crate) struct Postmaster {
    pid: Pid,
    shared: Arc<Shared>,
}

impl Postmaster {
    /// Launches `command` as a direct child that outlives this process by no more than its
    /// shutdown.
    ///
    /// The thread that forks also waits for the child's end, so it lives as long as the child:
    /// the kernel's parent death signal would otherwise come when that thread ends.
    pub(crate) fn spawn(mut command: Command) -> io::Result<Self> {
        // A group of its own: Ctrl-C in the terminal reaches only the app, and the database
        // still answers while the app drains.
        command.process_group(0);
        death_signal::interrupt_when_parent_dies(&mut command);

        let shared = Arc::new(Shared::default());
        let for_thread = Arc::clone(&shared);
        let (report, spawned) = mpsc::sync_channel(1);
        thread::Builder::new().name("postgres".to_owned()).spawn(move || {
            let spawned = command.spawn();
            // Its copy of the log is open as long as it lives.
            drop(command);
            // The caller waits for the message, so sending can't fail.
            match spawned {
                Ok(child) => {
                    let pid = Pid::from_child(&child);
                    let _ = report.send(Ok(pid));
                    for_thread.reap(child, pid);
                }
                Err(error) => {
                    let _ = report.send(Err(error));
                }
            }
        })?;
        let pid = spawned
            .recv()
            .map_err(|_| io::Error::other("the thread that starts Postgres panicked"))??;
        Ok(Self { pid, shared })
    }

    /// The process id, which is also what the first line of `postmaster.pid` says.
    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Sends `signal` unless the process has exited.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        // Reaping takes the same lock, so the id can't have passed to another process.
        let state = self.shared.lock();
        match state.exited {
            Some(_) => Ok(()),
            None => Ok(kill_process(self.pid, signal)?),
        }
    }

    /// Waits until the process has exited, but at most for `limit`.
    pub(crate) fn wait(&self, limit: Duration) -> Option<Exit> {
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), limit, |state| state.exited.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        state.exited
    }

    /// A future that is ready once the process has exited.
    pub(crate) fn exited(&self) -> Exited {
        Exited { shared: Arc::clone(&self.shared) }
    }
}

/// How a server ended: its exit status, or `None` where the system didn't tell.
pub(crate) type Exit = Option<ExitStatus>;

/// What the watching thread and the others both see.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    exited: Option<Exit>,
    waiting: Vec<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // No code panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the child's end, then tells everybody.
    fn reap(&self, mut child: Child, pid: Pid) {
        // NOWAIT leaves a zombie, which keeps the process id ours until the lock is held.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while waitid(WaitId::Pid(pid), options).is_err_and(|error| error == Errno::INTR) {}

        let mut state = self.lock();
        // It fails only where the whole process ignores SIGCHLD and the kernel reaps by itself.
        state.exited = Some(child.wait().ok());
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.changed.notify_all();
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// A future that is ready once the server has exited, whether it was asked to or not.
///
/// It gives the exit status, or `None` where the system didn't tell. It borrows nothing and
/// runs on any runtime.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Exited {
    shared: Arc<Shared>,
}

impl Future for Exited {
    type Output = Option<ExitStatus>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.shared.lock();
        if let Some(exit) = state.exited {
            return Poll::Ready(exit);
        }
        let waker = context.waker();
        if !state.waiting.iter().any(|known| known.will_wake(waker)) {
            state.waiting.push(waker.clone());
        }
        Poll::Pending
    }
}
