//! The data directory: its layout, its lock, the place of its socket.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::fs::OFlags;

use crate::{Error, account::Account};

/// Only its owner (and root) may enter.
const PRIVATE: u32 = 0o700;

/// The port that names the socket's file; nothing listens on a port of the network.
pub(crate) const PORT: u16 = 5432;

/// The longest path of a Unix socket, without the final zero of `sockaddr_un.sun_path`.
const SOCKET_PATH_BYTES: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// A log larger than this is set aside at a start, so that a log of years can't fill the disk.
const LARGEST_LOG_BYTES: u64 = 16 * 1024 * 1024;

/// How long a lock that is held may be that of a killed instance: a child that it had just forked
/// has the lock too, until it becomes another program a moment later.
const CHILD_HOLDS_LOCK: Duration = Duration::from_secs(1);

/// How often to try for the lock.
const LOCK_INTERVAL: Duration = Duration::from_millis(10);

/// A data directory that this process alone uses.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    path: PathBuf,
    /// Closing the file releases the lock.
    _lock: File,
}

impl DataDirectory {
    /// Creates the directory if need be, and locks it against other instances.
    pub(crate) fn claim(path: &Path, account: &Account) -> Result<Self, Error> {
        create_private(path, account).map_err(Error::io("creating", path))?;
        // One spelling, so that it means the same to Postgres, which changes its directory.
        let path = fs::canonicalize(path).map_err(Error::io("resolving", path))?;
        let lock = lock(&path)?;
        Ok(Self { path, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Postgres's own data directory.
    pub(crate) fn cluster(&self) -> PathBuf {
        cluster_in(&self.path)
    }

    /// Where a new cluster is made, until it is whole.
    pub(crate) fn unfinished_cluster(&self) -> PathBuf {
        self.path.join("pg.new")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("postgres.log")
    }

    /// Opens the log for appending, and tells where this start's part begins.
    pub(crate) fn open_log(&self, account: &Account) -> Result<(File, u64), Error> {
        let path = self.log();
        if fs::metadata(&path).is_ok_and(|metadata| metadata.len() > LARGEST_LOG_BYTES) {
            let aside = self.path.join("postgres.log.old");
            fs::rename(&path, &aside).map_err(Error::io("setting aside", &path))?;
        }
        let log = open_own(&path, OpenOptions::new().append(true).create(true))
            .map_err(Error::io("opening", &path))?;
        account.take_file(&log).map_err(Error::io("giving away", &path))?;
        let end = log.metadata().map_err(Error::io("reading", &path))?.len();
        Ok((log, end))
    }

    /// What the log says from `start` on.
    pub(crate) fn read_log(&self, start: u64) -> Vec<u8> {
        let mut text = Vec::new();
        // It goes into an error message; without it the message is still an error message.
        let _ = File::open(self.log()).and_then(|mut log| {
            log.seek(SeekFrom::Start(start))?;
            log.read_to_end(&mut text)
        });
        text
    }

    /// A private, empty directory for the socket, short enough and reachable by any client.
    pub(crate) fn socket_directory(&self, account: &Account) -> Result<PathBuf, Error> {
        let beside = self.path.join("socket");
        let directory =
            if fits_a_socket(&beside) { beside } else { self.short_socket_directory(account)? };
        create_private(&directory, account).map_err(Error::io("creating", &directory))?;
        let metadata =
            fs::symlink_metadata(&directory).map_err(Error::io("reading", &directory))?;
        // In a directory like /tmp somebody else can be first. Whoever owns the directory can
        // read all traffic, so it must be ours and closed to others.
        let ours = metadata.is_dir()
            && metadata.uid() == account.uid()
            && metadata.mode() & 0o777 == PRIVATE;
        if !ours {
            return Err(Error::NoSocketDirectory {
                directory: self.path.clone(),
                substitute: directory,
            });
        }
        // Left by a killed server. Its lock names a process id that may be anybody's by now,
        // and then Postgres would refuse to start.
        let socket = socket_file(&directory);
        for leftover in [socket.with_added_extension("lock"), socket] {
            match fs::remove_file(&leftover) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("removing", leftover)(error));
                }
                _ => {}
            }
        }
        Ok(directory)
    }

    /// A directory with a short path, the same at each start on the same data directory.
    fn short_socket_directory(&self, account: &Account) -> Result<PathBuf, Error> {
        let metadata = fs::metadata(&self.path).map_err(Error::io("reading", &self.path))?;
        let name = format!("takar-{:x}-{:x}", metadata.dev(), metadata.ino());
        let run_time = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let directory = run_time
            // It is root's own, which another account can't enter.
            .filter(|base| !account.is_other() && base.is_absolute() && base.is_dir())
            .map(|base| base.join(&name))
            .filter(|directory| fits_a_socket(directory));
        // Not `temp_dir()`, whose path is long where that matters.
        Ok(directory.unwrap_or_else(|| Path::new("/tmp").join(name)))
    }
}

/// Postgres's own data directory in a data directory.
pub(crate) fn cluster_in(data_directory: &Path) -> PathBuf {
    data_directory.join("pg")
}

/// The socket in its directory, as Postgres names it.
fn socket_file(directory: &Path) -> PathBuf {
    directory.join(format!(".s.PGSQL.{PORT}"))
}

fn fits_a_socket(directory: &Path) -> bool {
    let path = socket_file(directory);
    // A database URL is text, so a path that isn't can't be in one.
    path.as_os_str().as_bytes().len() <= SOCKET_PATH_BYTES && path.to_str().is_some()
}

/// Creates a directory that only `account` may enter, unless it exists; parents are ordinary.
pub(crate) fn create_private(path: &Path, account: &Account) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    match DirBuilder::new().mode(PRIVATE).create(path) {
        Ok(()) => account.take_directory(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes the lock of a data directory, or says who has it.
fn lock(directory: &Path) -> Result<File, Error> {
    let path = directory.join("lock");
    let mut file =
        open_own(&path, OpenOptions::new().read(true).write(true).create(true).truncate(false))
            .map_err(Error::io("opening", &path))?;
    let deadline = Instant::now() + CHILD_HOLDS_LOCK;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => sleep(LOCK_INTERVAL),
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text);
                return Err(Error::InUse {
                    directory: directory.to_owned(),
                    pid: text.trim().parse().ok(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("locking", path)(error)),
        }
    }
    // The number is only for the message of a second instance; the lock itself is what counts,
    // and the kernel frees it however this process ends.
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .map_err(Error::io("writing", &path))?;
    Ok(file)
}

/// Opens a file that isn't a link: as root we write in a directory that another account owns.
fn open_own(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let no_follow = OFlags::NOFOLLOW.bits().cast_signed();
    options.mode(0o600).custom_flags(no_follow).open(path)
}
