//! A cluster for a while, whose directory goes when it does.

use std::{
    env,
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::{
    Cluster, Error, Progress, Settings,
    account::Account,
    directory::{cluster_in, create_private},
    predecessor,
};

/// Begins the names of temporary directories.
const PREFIX: &str = "takar-temporary-";

/// Begins the name of a directory that isn't locked yet, and so must not be swept.
const UNLOCKED_PREFIX: &str = ".takar-temporary-";

/// The file whose lock says that the directory's process is alive.
const ALIVE: &str = "alive";

/// A private Postgres in a temporary directory.
///
/// Dropping it removes the directory. A process that ends without dropping it (a killed one,
/// or a test binary that keeps it in a static) leaves the directory to be swept by the next
/// process that starts a temporary cluster; the server itself ends with its process.
#[derive(Debug)]
pub struct TemporaryCluster {
    /// Before the directory, so that it stops before its files go.
    cluster: Cluster,
    _directory: TemporaryDirectory,
}

impl TemporaryCluster {
    /// Starts a cluster; of the settings all but the directory count, and it is disposable.
    ///
    /// # Errors
    ///
    /// As [`Cluster::start`].
    pub fn start(settings: &Settings, progress: impl Fn(Progress<'_>)) -> Result<Self, Error> {
        sweep();
        let directory = TemporaryDirectory::create()?;
        let settings = Settings {
            data_directory: data_directory_in(&directory.path),
            disposable: true,
            ..settings.clone()
        };
        Ok(Self { cluster: Cluster::start(&settings, progress)?, _directory: directory })
    }

    /// The running cluster.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }
}

/// A locked directory, removed when dropped.
#[derive(Debug)]
struct TemporaryDirectory {
    path: PathBuf,
    _alive: File,
}

impl TemporaryDirectory {
    fn create() -> Result<Self, Error> {
        /// Tells the directories of one process apart.
        static NEXT: AtomicU32 = AtomicU32::new(0);

        let account = Account::for_cluster(Path::new(""))?;
        let base = env::temp_dir();
        loop {
            let name = format!("{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let path = base.join(format!("{PREFIX}{name}"));
            let unlocked = base.join(format!("{UNLOCKED_PREFIX}{name}"));
            // The process ids of containers that share the directory can be the same, and ids
            // come again: then the next number is free.
            if path.exists() || unlocked.exists() {
                continue;
            }
            create_private(&unlocked, &account).map_err(Error::io("creating", &unlocked))?;
            let alive_path = unlocked.join(ALIVE);
            let alive =
                File::create_new(&alive_path).map_err(Error::io("creating", &alive_path))?;
            alive.lock().map_err(Error::io("locking", &alive_path))?;
            fs::rename(&unlocked, &path).map_err(Error::io("creating", &path))?;
            return Ok(Self { path, _alive: alive });
        }
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        // The next start sweeps what can't be removed now.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes the directories of processes that are gone.
///
/// It does what it can: a directory that can't be removed (of another user) harms nothing.
fn sweep() {
    let Ok(entries) = fs::read_dir(env::temp_dir()) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
            let _ = remove_if_abandoned(&entry.path());
        }
    }
}

fn remove_if_abandoned(directory: &Path) -> io::Result<()> {
    // Not through a link, which somebody else may have put into a shared directory.
    let metadata = fs::symlink_metadata(directory)?;
    let account = Account::for_cluster(Path::new("")).map_err(io::Error::other)?;
    if !metadata.is_dir() || metadata.uid() != account.uid() {
        return Ok(());
    }
    let alive = File::open(directory.join(ALIVE))?;
    if alive.try_lock().is_err() {
        return Ok(());
    }
    predecessor::discard(&cluster_in(&data_directory_in(directory)));
    fs::remove_dir_all(directory)
}

fn data_directory_in(directory: &Path) -> PathBuf {
    directory.join("data")
}
