//! A running cluster, from start to stop.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rustix::process::Signal;

use crate::{
    Error, Exited, Progress, Settings, Version,
    account::Account,
    binaries::Binaries,
    directory::{DataDirectory, PORT, cluster_in},
    error::tail,
    initialise::{SUPERUSER, launch_error, make_cluster, postgres_command},
    postmaster::Postmaster,
    predecessor::{self, QUIT_LIMIT, SHUTDOWN_LIMIT},
};

/// How long Postgres may take to become ready.
///
/// After a kill it first replays its log, at most a gigabyte by default; minutes mean that
/// something is wrong.
const READY_LIMIT: Duration = Duration::from_mins(5);

/// How often to look whether Postgres is ready; a warm start takes some 20 ms.
const READY_INTERVAL: Duration = Duration::from_millis(2);

/// What stands for itself in any part of a URL.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What must be encoded in a path that is a parameter: a person reads these URLs.
const ENCODED_IN_PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// A running private Postgres, which stops when this value is dropped.
#[derive(Debug)]
pub struct Cluster {
    postmaster: Postmaster,
    socket_directory: PathBuf,
    version: Version,
    /// Last, so that the lock is released after all else.
    data_directory: DataDirectory,
}

impl Cluster {
    /// Starts the cluster in the settings' data directory, and makes it first if there is none.
    ///
    /// Blocks until Postgres accepts connections. `progress` hears of the steps that take time.
    ///
    /// # Errors
    ///
    /// See [`Error`]; above all no suitable binaries, and a directory that is in use.
    pub fn start(settings: &Settings, progress: impl Fn(Progress<'_>)) -> Result<Self, Error> {
        Self::start_reporting(settings, &progress)
    }

    fn start_reporting(
        settings: &Settings,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<Self, Error> {
        let account = Account::for_cluster(&cluster_in(&settings.data_directory))?;
        let data_directory = DataDirectory::claim(&settings.data_directory, &account)?;
        let cluster = data_directory.cluster();
        let exists = cluster.exists();

        let needed = if exists { Some((major_version_of(&cluster)?, &*cluster)) } else { None };
        let binaries = settings.search.run(needed, &account, settings.fetch, progress)?;

        if exists {
            predecessor::await_end(&cluster, progress)?;
            predecessor::remove_misleading_pid_file(&cluster)?;
        } else {
            make_cluster(&data_directory, &binaries, &account, settings, progress)?;
        }
        progress(Progress::Starting { binaries: &binaries.directory, version: &binaries.version });
        launch(data_directory, binaries, &account, settings)
    }

    /// A URL of one of the cluster's databases, which sqlx and psql understand.
    pub fn url(&self, database: &str) -> String {
        // `DataDirectory::socket_directory` takes only paths that are text.
        let directory = self.socket_directory.to_string_lossy();
        format!(
            "postgres:///{}?host={}&port={PORT}&user={SUPERUSER}",
            utf8_percent_encode(database, UNRESERVED),
            utf8_percent_encode(&directory, ENCODED_IN_PATH),
        )
    }

    /// The version of the running Postgres.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// The data directory, as the system spells it.
    pub fn data_directory(&self) -> &Path {
        self.data_directory.path()
    }

    /// The server's log, for a person who looks for a reason.
    pub fn log(&self) -> PathBuf {
        self.data_directory.log()
    }

    /// The process id of the server.
    pub fn pid(&self) -> u32 {
        self.postmaster.pid().as_raw_nonzero().get().unsigned_abs()
    }

    /// A future that is ready once the server has exited, so that `takar up` notices its death.
    pub fn exited(&self) -> Exited {
        self.postmaster.exited()
    }

    /// Ends all sessions, writes everything to the disk and waits until that is done.
    ///
    /// Blocks for a minute at most.
    ///
    /// # Errors
    ///
    /// [`Error::Killed`] and [`Error::StopFailed`]: it stopped, but recovers at the next start.
    pub fn stop(self) -> Result<(), Error> {
        self.shut_down()
        // Dropping `self` finds the server gone and only tidies up.
    }

    fn shut_down(&self) -> Result<(), Error> {
        // "Fast" shutdown, which doesn't wait for clients to leave.
        self.signal(Signal::INT)?;
        let Some(exit) = self.postmaster.wait(SHUTDOWN_LIMIT) else {
            // "Immediate" shutdown takes the server's children along, which KILL doesn't.
            self.signal(Signal::QUIT)?;
            if self.postmaster.wait(QUIT_LIMIT).is_none() {
                self.signal(Signal::KILL)?;
                self.postmaster.wait(QUIT_LIMIT);
            }
            return Err(Error::Killed { limit: SHUTDOWN_LIMIT });
        };
        if exit.is_none_or(|status| status.success()) {
            Ok(())
        } else {
            Err(Error::StopFailed { status: exit })
        }
    }

    fn signal(&self, signal: Signal) -> Result<(), Error> {
        let cluster = self.data_directory.cluster();
        self.postmaster.signal(signal).map_err(Error::io("signalling the server of", cluster))
    }

    /// Waits until this very server says that it accepts connections.
    fn await_ready(&self, stale: Option<&str>, log_start: u64) -> Result<(), Error> {
        let deadline = Instant::now() + READY_LIMIT;
        let ready = || {
            pid_file_text(&self.data_directory)
                .is_some_and(|text| Some(&*text) != stale && says_ready(&text, self.pid()))
        };
        while !ready() {
            if let Some(status) = self.postmaster.wait(READY_INTERVAL) {
                return Err(Error::StartFailed {
                    status,
                    log: self.log(),
                    log_tail: tail(&self.data_directory.read_log(log_start)),
                });
            }
            if Instant::now() > deadline {
                return Err(Error::NotReady {
                    limit: READY_LIMIT,
                    log: self.log(),
                    log_tail: tail(&self.data_directory.read_log(log_start)),
                });
            }
        }
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nobody is left to tell; the next start deals with a server that stays.
        let _ = self.shut_down();
        // It may be outside the data directory, so nothing else would remove it.
        let _ = fs::remove_dir_all(&self.socket_directory);
    }
}

/// Launches the server on a whole, unused cluster.
fn launch(
    data_directory: DataDirectory,
    binaries: Binaries,
    account: &Account,
    settings: &Settings,
) -> Result<Cluster, Error> {
    let socket_directory = data_directory.socket_directory(account)?;
    let (log, log_start) = data_directory.open_log(account)?;
    let second_log = log.try_clone().map_err(Error::io("opening", data_directory.log()))?;

    let program = binaries.program("postgres");
    let mut command = postgres_command(program.clone(), &data_directory, account);
    command.arg("-D").arg(data_directory.cluster());
    let own_parameters = [
        // Only the socket: no port that others could reach, or that could be taken.
        ("listen_addresses", String::new()),
        ("unix_socket_directories", quote_list_item(&socket_directory.to_string_lossy())),
        ("port", PORT.to_string()),
    ];
    for (name, value) in own_parameters {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    if settings.disposable {
        // Together: without fsync a torn page is as possible as any other damage.
        command.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
    }
    for (name, value) in &settings.server_parameters {
        command.arg("-c").arg(format!("{name}={value}"));
    }
    command.stdout(Stdio::from(log)).stderr(Stdio::from(second_log));

    // Of a killed server; in a container the next one easily gets the same process id.
    let stale = pid_file_text(&data_directory);
    let postmaster = Postmaster::spawn(command).map_err(launch_error(
        program,
        data_directory.path(),
        account,
    ))?;
    // From here on an early return drops the cluster, which stops the server.
    let cluster =
        Cluster { postmaster, socket_directory, version: binaries.version, data_directory };
    cluster.await_ready(stale.as_deref(), log_start)?;
    Ok(cluster)
}

/// Quotes an item of a list in Postgres's configuration, where a comma separates items.
fn quote_list_item(item: &str) -> String {
    format!("\"{}\"", item.replace('"', "\"\""))
}

/// What `postmaster.pid` says, if there is one.
fn pid_file_text(data_directory: &DataDirectory) -> Option<String> {
    fs::read_to_string(data_directory.cluster().join("postmaster.pid")).ok()
}

/// Whether the text of `postmaster.pid` says that process `pid` accepts connections.
fn says_ready(text: &str, pid: u32) -> bool {
    let mut lines = text.lines().map(str::trim);
    lines.next() == Some(&pid.to_string()) && lines.nth(6) == Some("ready")
}

/// The major version that made a cluster, from its `PG_VERSION`.
fn major_version_of(cluster: &Path) -> Result<u32, Error> {
    fs::read_to_string(cluster.join("PG_VERSION"))
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .ok_or_else(|| Error::NotACluster { directory: cluster.to_owned() })
}
