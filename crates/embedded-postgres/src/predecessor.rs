//! Deals with what a killed instance left behind.
//!
//! The caller holds the data directory's lock, so no other instance is alive. But its Postgres
//! may still be: the kernel told it to shut down when its parent died, and that takes a while.

use std::{
    fs,
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::{Error, Progress};

/// How long a clean shutdown may take: it writes all changed pages to the disk.
pub(crate) const SHUTDOWN_LIMIT: Duration = Duration::from_mins(1);

/// How long an immediate shutdown may take, which writes nothing.
pub(crate) const QUIT_LIMIT: Duration = Duration::from_secs(10);

/// How often to look; a look costs a few microseconds per process of the machine.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// Waits until no process works on `cluster`, and stops those that do.
///
/// Nothing is ever removed from under a live server: a process counts as one of the cluster's
/// by its working directory, which Postgres sets to the data directory in each of its processes
/// (and we, for initdb, to the directory beside which it makes one).
pub(crate) fn await_end(cluster: &Path, progress: &dyn Fn(Progress<'_>)) -> Result<(), Error> {
    // "Fast", then "immediate" shutdown; a repeated request changes nothing.
    let steps = [(Signal::INT, SHUTDOWN_LIMIT), (Signal::QUIT, QUIT_LIMIT)];
    let awaited = |pid| progress(Progress::AwaitingPredecessor { pid });
    match stop_processes(cluster, steps, awaited) {
        None => Ok(()),
        Some(pid) => Err(Error::PredecessorStays { directory: cluster.to_owned(), pid }),
    }
}

/// Stops at once whatever works on `cluster`, whose data is thrown away.
pub(crate) fn discard(cluster: &Path) {
    // Not KILL at first: it would leave segments of shared memory behind.
    let steps = [(Signal::QUIT, QUIT_LIMIT), (Signal::KILL, QUIT_LIMIT)];
    stop_processes(cluster, steps, |_| ());
}

/// Sends each signal to the cluster's processes and waits for their end, up to its limit.
///
/// `awaited` hears of one process per signal. Gives a process that outlived all of them.
fn stop_processes(
    cluster: &Path,
    steps: [(Signal, Duration); 2],
    awaited: impl Fn(u32),
) -> Option<u32> {
    let number = |pid: &Pid| pid.as_raw_nonzero().get().unsigned_abs();
    for (signal, limit) in steps {
        let processes = processes_of(cluster);
        awaited(number(processes.first()?));
        for pid in processes {
            // A process that has ended meanwhile is what we want.
            let _ = kill_process(pid, signal);
        }
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if processes_of(cluster).is_empty() {
                return None;
            }
            sleep(LOOK_INTERVAL);
        }
    }
    processes_of(cluster).first().map(number)
}

/// Removes a `postmaster.pid` that would keep Postgres from starting for no reason.
///
/// To be called after [`await_end`]. Where the process it names is gone, Postgres copes, and
/// checks by the file's last lines that no old shared memory is in use; so the file stays.
/// Where the number has passed to another process (after a reboot, and easily in a container),
/// Postgres would take that process for a server and refuse.
pub(crate) fn remove_misleading_pid_file(cluster: &Path) -> Result<(), Error> {
    let path = cluster.join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(());
    };
    let named = text.lines().next().and_then(|line| line.trim().parse().ok());
    let alive = named
        .and_then(Pid::from_raw)
        .is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH));
    // A file without a number is what a full disk or a power cut leaves.
    if alive || named.is_none() {
        fs::remove_file(&path).map_err(Error::io("removing", &path))?;
    }
    Ok(())
}

/// The processes of any server that runs on `cluster`.
#[cfg(target_os = "linux")]
fn processes_of(cluster: &Path) -> Vec<Pid> {
    use std::os::unix::fs::MetadataExt;

    let Ok(ours) = fs::metadata(cluster) else {
        return Vec::new();
    };
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .filter_map(|entry| {
            let process = entry.ok()?.path();
            let pid = process.file_name()?.to_str()?.parse().ok()?;
            // By device and inode, so that another spelling of the path is the same directory.
            let working = fs::metadata(process.join("cwd")).ok()?;
            let works_here = (working.dev(), working.ino()) == (ours.dev(), ours.ino());
            // Somebody's shell may stand in the directory, too.
            let is_postgres = || {
                fs::read_to_string(process.join("comm"))
                    .is_ok_and(|name| ["postgres", "initdb"].contains(&name.trim_end()))
            };
            (works_here && is_postgres()).then(|| Pid::from_raw(pid))?
        })
        .collect()
}

/// The server that runs on `cluster`: without /proc, the one its `postmaster.pid` names, if
/// that process's command line names the directory.
#[cfg(not(target_os = "linux"))]
fn processes_of(cluster: &Path) -> Vec<Pid> {
    let pid = fs::read_to_string(cluster.join("postmaster.pid"))
        .ok()
        .and_then(|text| Pid::from_raw(text.lines().next()?.trim().parse().ok()?));
    pid.into_iter()
        .filter(|pid| {
            std::process::Command::new("ps")
                .args(["-ww", "-o", "command=", "-p"])
                .arg(pid.as_raw_nonzero().to_string())
                .output()
                .is_ok_and(|output| {
                    String::from_utf8_lossy(&output.stdout).contains(&*cluster.to_string_lossy())
                })
        })
        .collect()
}
