//! Makes a new cluster.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    Error, Progress, Settings, account::Account, binaries::Binaries, death_signal,
    directory::DataDirectory, error::tail, predecessor,
};

/// The database's superuser, and the only user there is.
pub(crate) const SUPERUSER: &str = "postgres";

/// Makes a cluster in the data directory, all of it or nothing.
///
/// It grows under another name, so that an interrupted try is never taken for a cluster.
pub(crate) fn make_cluster(
    data_directory: &DataDirectory,
    binaries: &Binaries,
    account: &Account,
    settings: &Settings,
    progress: &dyn Fn(Progress<'_>),
) -> Result<(), Error> {
    let cluster = data_directory.cluster();
    let unfinished = data_directory.unfinished_cluster();
    if unfinished.exists() {
        // An orphaned initdb works beside the cluster, its servers within; the former, interrupted
        // when its parent died, removes what it made.
        predecessor::await_end(data_directory.path(), progress)?;
        predecessor::await_end(&unfinished, progress)?;
        remove_if_there(&unfinished).map_err(Error::io("removing", &unfinished))?;
    }
    // As root we make the directory, since the account may be unable to write beside it.
    crate::directory::create_private(&unfinished, account)
        .map_err(Error::io("creating", &unfinished))?;

    progress(Progress::Initialising { directory: &cluster, version: &binaries.version });
    let mut command = postgres_command(binaries.program("initdb"), data_directory, account);
    death_signal::interrupt_when_parent_dies(&mut command);
    command
        .arg("--pgdata")
        .arg(&unfinished)
        .args(["--username", SUPERUSER])
        .args(["--encoding", "UTF8"])
        // Sorts by bytes, the same on every machine and after every update of the system's C
        // library, which has broken indexes of other locales. Indonesian names are ASCII.
        .args(["--locale", "C"])
        // Whoever reaches the socket is trusted: its directory admits only root and Postgres's
        // own user, and both could read the files of the database anyway. `peer` would add
        // a map of names, and fails for a user without a name, as in many containers.
        .args(["--auth-local", "trust", "--auth-host", "reject"])
        .arg("--no-instructions");
    if settings.disposable {
        command.arg("--no-sync");
    }
    let output = command.output().map_err(launch_error(
        binaries.program("initdb"),
        data_directory.path(),
        account,
    ))?;
    if !output.status.success() {
        return Err(Error::InitialiseFailed {
            status: output.status,
            output: tail(&output.stderr),
        });
    }

    fs::rename(&unfinished, &cluster).map_err(Error::io("moving the cluster to", &cluster))?;
    // The new name must survive a power cut as the files do.
    File::open(data_directory.path())
        .and_then(|directory| directory.sync_all())
        .map_err(Error::io("syncing", data_directory.path()))
}

fn remove_if_there(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// A command for one of Postgres's programs, as `account` and without surprises around it.
pub(crate) fn postgres_command(
    program: PathBuf,
    data_directory: &DataDirectory,
    account: &Account,
) -> Command {
    let mut command = Command::new(program);
    account.apply(&mut command);
    command.current_dir(data_directory.path()).stdin(Stdio::null());
    // PGDATA, PGPORT, PGOPTIONS and the like are meant for another server.
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
    // Messages in one language; and on macOS Postgres refuses to start in an unknown locale.
    command.env("LC_ALL", "C");
    command
}

/// Tells a directory that the account can't enter from a program that can't be launched.
pub(crate) fn launch_error(
    program: PathBuf,
    data_directory: &Path,
    account: &Account,
) -> impl FnOnce(io::Error) -> Error {
    // The program itself ran before, under the same account, when its version was asked for.
    move |source| match source.kind() {
        io::ErrorKind::PermissionDenied => Error::Unreachable {
            directory: data_directory.to_owned(),
            account: account.name().to_owned(),
            source,
        },
        _ => Error::Launch { program, source },
    }
}
