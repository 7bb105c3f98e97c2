//! Starts and stops in good order.

use std::{fs, os::unix::fs::MetadataExt, time::Duration};

use rustix::process::{Pid, getpgid};
use sqlx::{Connection, PgConnection};
use takar_embedded_postgres::{Cluster, Error, Settings};

use crate::support::{Scratch, connect, log_of, query, say, start, start_lasting};

#[tokio::test]
async fn a_second_start_keeps_the_data() {
    let scratch = Scratch::new();
    let data_directory = scratch.join("data");

    let cluster = start_lasting(&data_directory);
    let mut connection = connect(&cluster).await;
    query(&mut connection, "create table region (code text); insert into region values ('33.05')")
        .await;
    cluster.stop().expect("stopping");

    let cluster = start_lasting(&data_directory);
    let mut connection = connect(&cluster).await;
    assert_eq!(query(&mut connection, "select code from region").await, ["33.05"]);
    cluster.stop().expect("stopping again");
}

#[tokio::test]
async fn a_lasting_cluster_is_durable_and_private() {
    let scratch = Scratch::new();
    let data_directory = scratch.join("data");
    let cluster = start_lasting(&data_directory);
    for directory in ["", "pg", "socket"] {
        let metadata = fs::metadata(data_directory.join(directory)).expect("it exists");
        assert_eq!(metadata.mode() & 0o777, 0o700, "{directory:?}");
    }
    let mut connection = connect(&cluster).await;
    assert_eq!(query(&mut connection, "show fsync").await, ["on"]);
    assert_eq!(query(&mut connection, "show full_page_writes").await, ["on"]);
    assert_eq!(query(&mut connection, "show synchronous_commit").await, ["on"]);
    assert_eq!(query(&mut connection, "show listen_addresses").await, [""]);
    assert_eq!(query(&mut connection, "show server_encoding").await, ["UTF8"]);
}

#[test]
fn ctrl_c_in_the_terminal_does_not_reach_the_server() {
    let scratch = Scratch::new();
    let cluster = start(&scratch.join("data"));
    // The terminal signals the group in its foreground, which is the parent's.
    let pid = Pid::from_raw(cluster.pid().cast_signed());
    assert_eq!(getpgid(pid).ok(), pid);
}

#[test]
fn a_second_instance_is_told_who_uses_the_directory() {
    let scratch = Scratch::new();
    let data_directory = scratch.join("data");
    let running = start(&data_directory);

    let error = Cluster::start(&Settings::new(&data_directory), say).expect_err("it is in use");
    assert!(matches!(error, Error::InUse { .. }), "{error:?}");
    let message = error.to_string();
    assert!(message.contains(&*data_directory.to_string_lossy()), "{message}");
    assert!(message.contains(&format!("process {}", std::process::id())), "{message}");

    running.stop().expect("stopping the first instance");
    start(&data_directory).stop().expect("stopping the second instance");
}

#[tokio::test]
async fn a_stop_with_sessions_at_work_is_clean() {
    let scratch = Scratch::new();
    let data_directory = scratch.join("data");
    let cluster = start(&data_directory);
    let _idle = connect(&cluster).await;
    let mut busy = connect(&cluster).await;
    let query_at_work = tokio::spawn(async move {
        sqlx::query("select pg_sleep(600)").execute(&mut busy).await.map(|_| ())
    });
    let mut connection = connect(&cluster).await;
    let count = "select count(*)::text from pg_stat_activity where query like 'select pg_sleep%'";
    within_a_minute(async || query(&mut connection, count).await == ["1"]).await;

    cluster.stop().expect("a clean stop");
    assert!(query_at_work.await.expect("the task ends").is_err());

    start(&data_directory).stop().expect("stopping again");
    let log = log_of(&data_directory);
    assert!(!log.contains("not properly shut down"), "{log}");
}

#[tokio::test]
async fn a_long_path_gets_a_short_socket() {
    let scratch = Scratch::new();
    let data_directory = scratch.join("long".repeat(50));
    let cluster = start(&data_directory);
    let mut connection = connect(&cluster).await;
    let directory = query(&mut connection, "show unix_socket_directories").await.remove(0);
    let directory = directory.trim_matches('"').to_owned();
    assert!(!directory.contains("longlong"), "{directory}");
    cluster.stop().expect("stopping");
    assert!(fs::metadata(&directory).is_err(), "{directory} is left behind");
}

#[tokio::test]
async fn an_awkward_path_is_no_obstacle() {
    let scratch = Scratch::new();
    let cluster = start(&scratch.join("a b%20c,d\"e'f\\g+h&i=j#k?l\u{e9}"));
    let mut connection = connect(&cluster).await;
    assert_eq!(query(&mut connection, "select 'here'").await, ["here"]);
    cluster.stop().expect("stopping");
}

#[tokio::test]
async fn a_database_with_an_awkward_name_has_a_url() {
    let scratch = Scratch::new();
    let cluster = start(&scratch.join("data"));
    let mut connection = connect(&cluster).await;
    query(&mut connection, "create database \"a/b c%20?&\"").await;
    let url = cluster.url("a/b c%20?&");
    let mut connection = PgConnection::connect(&url).await.expect("connecting");
    assert_eq!(query(&mut connection, "select current_database()::text").await, ["a/b c%20?&"]);
}

#[tokio::test]
async fn the_death_of_the_server_is_noticed() {
    let scratch = Scratch::new();
    let cluster = start(&scratch.join("data"));
    let mut connection = connect(&cluster).await;
    let exited = cluster.exited();
    // An administrator's "immediate" shutdown, from inside.
    let program = "copy (select 1) to program 'kill -QUIT $(head -n 1 postmaster.pid)'";
    let _ = sqlx::query(program).execute(&mut connection).await;
    tokio::time::timeout(Duration::from_mins(1), exited)
        .await
        .expect("the future is ready once the server is gone");
}

#[test]
fn a_server_that_refuses_to_start_says_why() {
    let scratch = Scratch::new();
    let settings = Settings {
        server_parameters: vec![("shared_buffers".to_owned(), "plenty".to_owned())],
        ..Settings::new(scratch.join("data"))
    };
    let error = Cluster::start(&settings, say).expect_err("the parameter is wrong");
    assert!(matches!(error, Error::StartFailed { .. }), "{error:?}");
    assert!(error.to_string().contains("shared_buffers"), "{error}");
}

/// Asks again and again until the answer is yes.
async fn within_a_minute(mut question: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !question().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), asking).await.expect("a yes within a minute");
}
