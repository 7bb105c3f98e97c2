//! Finds the directory of Postgres's programs.

use std::{
    cmp::Reverse,
    collections::HashSet,
    env, fmt, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    str::FromStr,
};

use crate::{Error, Progress, account::Account, fetch, install, settings::user_directory};

/// The oldest major version whose SQL the store may use.
pub(crate) const OLDEST_MAJOR: u32 = 15;

/// The operator's word about binaries: a directory, or [`PORTABLE`].
const VARIABLE: &str = "TAKAR_POSTGRES_BIN";

/// The value of [`VARIABLE`] that leaves the machine's own binaries aside.
const PORTABLE: &str = "portable";

/// Where packages put the programs. A `*` stands for any end of that part of the path.
const PACKAGE_DIRECTORIES: [&str; 7] = [
    "/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
    "/usr/pgsql-*/bin",                                   // postgresql.org's RPMs
    "/usr/libexec/postgresql*",                           // Alpine
    "/usr/lib/postgresql*/bin",                           // SUSE
    "/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew on Apple silicon
    "/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel
    "/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
];

/// The programs that a cluster needs; the first one is asked for the version.
const PROGRAMS: [&str; 2] = ["postgres", "initdb"];

/// Where Postgres's programs are looked for.
///
/// A value rather than a fact of the machine, so that a test can hide the machine's binaries.
#[derive(Clone, Debug)]
pub struct Search {
    /// The directory that the operator named. Nothing else is then looked at, since a silent
    /// substitute would surprise.
    pub chosen: Option<PathBuf>,
    /// Directories that may hold the programs.
    pub candidates: Vec<PathBuf>,
    /// Where fetched portable binaries are kept. They come after the candidates, which the
    /// system's updates keep secure.
    pub cache: PathBuf,
}

impl Search {
    /// The places of this machine: `TAKAR_POSTGRES_BIN`, else `PATH` and where packages put
    /// the programs, else the cache.
    ///
    /// `TAKAR_POSTGRES_BIN=portable` leaves the machine's own binaries aside.
    pub fn of_this_machine() -> Self {
        let chosen = env::var_os(VARIABLE).filter(|value| !value.is_empty());
        if chosen.as_deref().is_some_and(|value| value == PORTABLE) {
            return Self::portable_only();
        }
        let on_path = env::var_os("PATH").unwrap_or_default();
        let packaged = PACKAGE_DIRECTORIES.into_iter().flat_map(expand);
        Self {
            chosen: chosen.map(PathBuf::from),
            candidates: env::split_paths(&on_path).chain(packaged).collect(),
            ..Self::portable_only()
        }
    }

    /// Portable binaries only, whatever the machine has.
    pub fn portable_only() -> Self {
        let cache = if rustix::process::geteuid().is_root() {
            // Root's own cache is in /root, which Postgres's user can't traverse.
            PathBuf::from("/var/cache/takar")
        } else {
            user_directory("XDG_CACHE_HOME", ".cache")
        };
        Self { chosen: None, candidates: Vec::new(), cache }
    }

    /// The newest suitable binaries, of the major version `needed` if one is needed.
    ///
    /// `needed` comes with the cluster that needs it. `account` is who will run them.
    /// `may_fetch` says whether they may be fetched where nothing fits.
    pub(crate) fn run(
        &self,
        needed: Option<(u32, &Path)>,
        account: &Account,
        may_fetch: bool,
        progress: &dyn Fn(Progress<'_>),
    ) -> Result<Binaries, Error> {
        let needed_major = needed.map(|(major, _)| major);
        if let Some(directory) = &self.chosen {
            let chosen = Binaries::inspect(directory, account).map_err(Error::ChosenUnusable)?;
            return chosen.fit(needed_major).map_err(|rejection| match needed {
                Some((needed, cluster)) => mismatch(cluster, needed, vec![rejection]),
                None => Error::ChosenUnusable(rejection),
            });
        }

        let mut rejected = match self.newest(needed_major, account) {
            Ok(binaries) => return Ok(binaries),
            Err(rejected) => rejected,
        };
        // Only one version can be fetched: it is no help for a cluster of another one.
        let fetched_fits = needed_major.is_none_or(|major| major == fetch::MAJOR);
        if fetched_fits {
            match fetch::cached(&self.cache) {
                Some(directory) => match Binaries::inspect(&directory, account) {
                    Ok(binaries) => return Ok(binaries),
                    Err(rejection) => rejected.push(rejection),
                },
                None if may_fetch => {
                    return fetch::fetch(&self.cache, account, progress).map_err(|source| {
                        Error::FetchFailed {
                            rejected,
                            install_command: install::command(needed_major),
                            source,
                        }
                    });
                }
                None => {}
            }
        }
        Err(match needed {
            Some((needed, cluster)) => mismatch(cluster, needed, rejected),
            None => Error::NotFound { rejected, install_command: install::command(None) },
        })
    }

    /// The newest of the candidates that fit, else what is wrong with each.
    fn newest(&self, needed: Option<u32>, account: &Account) -> Result<Binaries, Vec<Rejection>> {
        let mut seen = HashSet::new();
        let mut rejected = Vec::new();
        let mut suitable = Vec::new();
        for candidate in &self.candidates {
            // Homebrew and Alpine put links on PATH; the programs' own directory also holds
            // what is beside the linked one.
            let Ok(program) = fs::canonicalize(candidate.join(PROGRAMS[0])) else {
                continue;
            };
            let directory = program.parent().unwrap_or(candidate);
            if !seen.insert(directory.to_owned()) {
                continue;
            }
            let inspected = Binaries::inspect(directory, account);
            match inspected.and_then(|binaries| binaries.fit(needed)) {
                Ok(binaries) => suitable.push(binaries),
                Err(rejection) => rejected.push(rejection),
            }
        }
        // Stable, so that among equals the first candidate wins.
        suitable.sort_by_key(|binaries| Reverse(binaries.version.major));
        suitable.into_iter().next().ok_or(rejected)
    }
}

fn mismatch(cluster: &Path, needed: u32, found: Vec<Rejection>) -> Error {
    Error::VersionMismatch {
        directory: cluster.to_owned(),
        needed,
        found,
        install_command: install::command(Some(needed)),
    }
}

/// The directories that match `pattern`, where one part of the path may end in `*`.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((start, end)) = pattern.split_once('*') else {
        return vec![PathBuf::from(pattern)];
    };
    let (parent, prefix) = start.rsplit_once('/').unwrap_or((".", start));
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut directories: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes()))
        .map(|entry| entry.path().join(end.trim_start_matches('/')))
        .collect();
    // The directory lists them in no order; a fixed one makes equals comparable.
    directories.sort();
    directories
}

/// A directory with working programs of one version.
#[derive(Clone, Debug)]
pub(crate) struct Binaries {
    pub(crate) directory: PathBuf,
    pub(crate) version: Version,
}

impl Binaries {
    /// Looks whether `account` can use the programs in `directory`, and which version they are.
    pub(crate) fn inspect(directory: &Path, account: &Account) -> Result<Self, Rejection> {
        let reject = |reason| Rejection { directory: directory.to_owned(), reason };
        let directory =
            fs::canonicalize(directory).map_err(|error| reject(Reason::Unusable(error)))?;
        if let Some(missing) = PROGRAMS.iter().find(|name| !directory.join(name).is_file()) {
            return Err(reject(Reason::Missing(missing)));
        }
        let mut command = Command::new(directory.join(PROGRAMS[0]));
        // As the account that will run it: it may be unable to reach what we can.
        account.apply(&mut command);
        let output = command
            .arg("--version")
            .current_dir("/")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| reject(Reason::Unusable(error)))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let version = said
            .split_whitespace()
            .find_map(|word| word.parse().ok())
            .ok_or_else(|| reject(Reason::NoVersion))?;
        Ok(Self { directory, version })
    }

    /// Itself, if it is new enough and of the needed major version.
    fn fit(self, needed: Option<u32>) -> Result<Self, Rejection> {
        let fits = match needed {
            Some(needed) => self.version.major == needed,
            None => self.version.major >= OLDEST_MAJOR,
        };
        if fits {
            Ok(self)
        } else {
            Err(Rejection { directory: self.directory, reason: Reason::OtherVersion(self.version) })
        }
    }

    /// The path of one of the programs.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// A Postgres version, such as `15.18`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    major: u32,
    full: String,
}

impl Version {
    /// The first number, which decides what clusters the version can open.
    pub fn major(&self) -> u32 {
        self.major
    }
}

impl FromStr for Version {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Also `19beta1` and `18rc1` have a major version.
        let digits = text.split(|character: char| !character.is_ascii_digit()).next();
        Ok(Self { major: digits.unwrap_or_default().parse()?, full: text.to_owned() })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.full)
    }
}

/// A directory that was looked at, and why its programs are not used.
#[derive(Debug)]
pub struct Rejection {
    /// The directory.
    pub directory: PathBuf,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Missing(&'static str),
    Unusable(io::Error),
    NoVersion,
    OtherVersion(Version),
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let directory = self.directory.display();
        match &self.reason {
            Reason::Missing(program) => write!(formatter, "{directory}: no program {program}"),
            Reason::Unusable(error) => write!(formatter, "{directory}: can't be used: {error}"),
            Reason::NoVersion => write!(formatter, "{directory}: doesn't tell its version"),
            Reason::OtherVersion(version) => {
                write!(formatter, "{directory}: PostgreSQL {version}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Version, expand};

    #[test]
    fn a_pattern_stands_for_the_directories_whose_name_begins_so() {
        let manifest = env!("CARGO_MANIFEST_DIR");
        let expected =
            ["embedded/main.rs"].map(|name| PathBuf::from(manifest).join("tests").join(name));
        assert_eq!(expand(&format!("{manifest}/tests/embed*/main.rs")), expected);
        assert!(expand(&format!("{manifest}/absent/*/bin")).is_empty());
    }

    #[test]
    fn a_version_has_a_major_number_also_before_its_release() {
        let major = |text: &str| text.parse::<Version>().map(|version| version.major).ok();
        assert_eq!(major("15.18"), Some(15));
        assert_eq!(major("19beta1"), Some(19));
        assert_eq!(major("(PostgreSQL)"), None);
    }
}
