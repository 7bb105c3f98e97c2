//! Ties a child's life to its parent's. The only module with `unsafe`.
#![allow(unsafe_code, reason = "`pre_exec` is unsafe, and nothing else sets a parent death signal")]

use std::process::Command;

/// Has the kernel send the child SIGINT when the thread that forks it ends.
///
/// A `kill -9` of the parent leaves no chance to stop Postgres; the kernel does it instead.
/// SIGINT is Postgres's "fast shutdown": it ends the sessions and writes everything to disk.
/// The signal follows the forking *thread*, so that thread must outlive the child's work.
#[cfg(target_os = "linux")]
pub(crate) fn interrupt_when_parent_dies(command: &mut Command) {
    use std::{io, os::unix::process::CommandExt};

    use rustix::{
        io::Errno,
        process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal},
    };

    let parent = getpid();
    let ask_for_the_signal = move || -> io::Result<()> {
        set_parent_process_death_signal(Some(Signal::INT))?;
        // A parent that died before the call above will send no signal any more.
        if getppid().map(Pid::as_raw_nonzero) == Some(parent.as_raw_nonzero()) {
            Ok(())
        } else {
            Err(Errno::SRCH.into())
        }
    };
    // SAFETY: between fork and exec only async-signal-safe functions may run, because other
    // threads' locks (the allocator's above all) may be held forever. The closure makes the
    // bare system calls prctl and getppid, and builds its errors from numbers alone, so it
    // neither allocates nor locks. It owns what it captures (one integer).
    unsafe {
        command.pre_exec(ask_for_the_signal);
    }
}

/// Does nothing: only Linux knows a parent death signal.
///
/// Elsewhere an orphan is stopped by the next start on its directory.
#[cfg(not(target_os = "linux"))]
pub(crate) fn interrupt_when_parent_dies(_command: &mut Command) {}
