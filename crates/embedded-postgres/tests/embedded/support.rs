//! What several test modules need.

use std::{
    env, fs,
    io::{BufRead, BufReader, Lines},
    path::{Path, PathBuf},
    process::{self, Child, ChildStdout, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use sqlx::{ConnectOptions, PgConnection, postgres::PgConnectOptions};
use takar_embedded_postgres::{Cluster, Progress, Settings};

/// A directory that goes with the test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("takar-scratch-{}-{number}", process::id()));
        fs::create_dir(&path).expect("creating a scratch directory");
        Self(path)
    }

    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Says on the test's output what a start does.
pub(crate) fn say(step: Progress<'_>) {
    println!("{step}");
}

/// Starts a cluster, on whatever binaries there are.
///
/// It is one whose data may be lost in a power cut: that saves seconds on a busy disk, and
/// changes nothing for a test that has no such cut.
pub(crate) fn start(data_directory: &Path) -> Cluster {
    start_with(&Settings { disposable: true, ..Settings::new(data_directory) })
}

/// Starts a cluster as `takar up` does.
pub(crate) fn start_lasting(data_directory: &Path) -> Cluster {
    start_with(&Settings::new(data_directory))
}

fn start_with(settings: &Settings) -> Cluster {
    Cluster::start(settings, say).unwrap_or_else(|error| {
        panic!("starting in {}: {error}", settings.data_directory.display())
    })
}

/// Connects to the cluster's first database.
pub(crate) async fn connect(cluster: &Cluster) -> PgConnection {
    let options: PgConnectOptions = cluster.url("postgres").parse().expect("a URL for sqlx");
    options.connect().await.expect("connecting")
}

/// Runs statements and gives the first column of their rows, as text.
pub(crate) async fn query(connection: &mut PgConnection, sql: &'static str) -> Vec<String> {
    use sqlx::Row;

    let rows = sqlx::raw_sql(sql).fetch_all(connection).await.expect(sql);
    rows.iter().map(|row| row.get(0)).collect()
}

/// The server's log of all starts.
pub(crate) fn log_of(data_directory: &Path) -> String {
    fs::read_to_string(data_directory.join("postgres.log")).expect("reading the log")
}

/// Names the task of a helper process; unset in an ordinary run of the tests.
const TASK_VARIABLE: &str = "TAKAR_TEST_HELPER_DIRECTORY";

/// What a helper process works on, or `None` in an ordinary run of the tests.
pub(crate) fn helper_directory() -> Option<PathBuf> {
    env::var_os(TASK_VARIABLE).map(PathBuf::from)
}

/// Another process of this test binary, which a test can kill.
pub(crate) struct Helper {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Helper {
    /// Runs the ignored test `name` in a process of its own.
    pub(crate) fn spawn(name: &str, directory: &Path) -> Self {
        let mut child = Command::new(env::current_exe().expect("the test binary's path"))
            .args([name, "--exact", "--ignored", "--nocapture"])
            .env(TASK_VARIABLE, directory)
            .stdout(Stdio::piped())
            .spawn()
            .expect("running the test binary again");
        let stdout = child.stdout.take().expect("the helper's output is piped");
        Self { child, lines: BufReader::new(stdout).lines() }
    }

    /// The rest of the next line that begins with `key`, or `None` after the last one.
    pub(crate) fn next(&mut self, key: &str) -> Option<String> {
        self.lines.by_ref().find_map(|line| {
            // The test harness writes the test's name before the first line.
            let line = line.expect("the helper writes text");
            line.split_once(key).map(|(_, value)| value.to_owned())
        })
    }

    /// Ends the helper as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("killing the helper");
        self.child.wait().expect("waiting for the helper's end");
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
