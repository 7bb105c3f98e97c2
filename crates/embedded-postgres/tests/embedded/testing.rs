//! Temporary clusters and the databases of tests.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection, PgConnection};
use takar_embedded_postgres::{
    Settings, TemporaryCluster,
    testing::{Error, TestDatabase},
};

use crate::support::{Helper, Scratch, helper_directory, query, say};

/// Creates a table, and counts how often.
async fn create_table(url: String) -> Result<(), sqlx::Error> {
    PREPARED.fetch_add(1, Ordering::Relaxed);
    let mut connection = PgConnection::connect(&url).await?;
    query(&mut connection, "create table region (code text)").await;
    // Left open, as a pool leaves its connections for a while.
    std::mem::forget(connection);
    Ok(())
}

static PREPARED: AtomicU32 = AtomicU32::new(0);

#[tokio::test]
async fn each_test_has_its_own_copy_of_a_template_prepared_once() {
    let first = TestDatabase::create("regions", create_table).await.expect("a database");
    let second = TestDatabase::create("regions", create_table).await.expect("a database");
    assert_eq!(PREPARED.load(Ordering::Relaxed), 1);

    let mut in_first = PgConnection::connect(first.url()).await.expect("connecting");
    let mut in_second = PgConnection::connect(second.url()).await.expect("connecting");
    query(&mut in_first, "insert into region values ('33.05')").await;
    assert_eq!(query(&mut in_first, "select code from region").await, ["33.05"]);
    assert!(query(&mut in_second, "select code from region").await.is_empty());
}

#[tokio::test]
async fn the_database_of_a_finished_test_goes() {
    async fn nothing(_url: String) -> Result<(), sqlx::Error> {
        Ok(())
    }
    let finished = TestDatabase::create("empty", nothing).await.expect("a database");
    let url = finished.url().to_owned();
    drop(finished);
    let _next = TestDatabase::create("empty", nothing).await.expect("a database");
    assert!(PgConnection::connect(&url).await.is_err());
}

#[tokio::test]
async fn a_failed_preparation_is_reported_and_tried_again() {
    let failing = |_url| async { Err::<(), _>("migration 3 is wrong") };
    let error = TestDatabase::create("broken", failing).await.expect_err("it fails");
    assert!(
        matches!(&error, Error::Prepare { template, .. } if template == "template_broken"),
        "{error:?}"
    );
    let working = |_url| async { Ok::<(), sqlx::Error>(()) };
    TestDatabase::create("broken", working).await.expect("a database");
}

#[test]
#[ignore = "a helper that other tests run in a process of its own and kill"]
fn helper_keeps_a_temporary_cluster() {
    if helper_directory().is_none() {
        return;
    }
    let temporary = TemporaryCluster::start(&Settings::new(""), say).expect("starting");
    println!("running in {}", temporary.cluster().data_directory().display());
    // Until it is killed.
    loop {
        std::thread::park();
    }
}

#[test]
fn the_directory_of_a_killed_process_is_swept_and_that_of_a_living_one_is_not() {
    let scratch = Scratch::new();
    let spawn = || {
        let name = "testing::helper_keeps_a_temporary_cluster";
        let mut helper = Helper::spawn(name, &scratch.join(""));
        let directory = helper.next("running in ").expect("the helper starts a cluster");
        (helper, std::path::PathBuf::from(directory))
    };
    let (mut killed, killed_directory) = spawn();
    let (_living, living_directory) = spawn();
    assert!(killed_directory.exists() && living_directory.exists());
    killed.kill();

    let own = TemporaryCluster::start(&Settings::new(""), say).expect("starting");
    assert!(!killed_directory.exists());
    assert!(living_directory.exists());
    let own_directory = own.cluster().data_directory().to_owned();
    drop(own);
    assert!(!own_directory.exists());
}
