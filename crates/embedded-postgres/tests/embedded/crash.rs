//! Starts on what a crash left behind.

use std::{
    fs::{self, DirBuilder},
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, chown},
        process::CommandExt,
    },
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread::sleep,
    time::{Duration, Instant},
};

use takar_embedded_postgres::{Cluster, Progress, Settings};

use crate::support::{
    Helper, Scratch, connect, helper_directory, log_of, query, start, start_lasting,
};

/// How many commits to wait for before the kill: enough that it falls into the middle of work.
const COMMITS_BEFORE_KILL: usize = 50;

#[test]
#[ignore = "a helper that other tests run in a process of its own and kill"]
fn helper_commits_until_it_is_killed() {
    let Some(data_directory) = helper_directory() else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let cluster = start_lasting(&data_directory);
        let mut connection = connect(&cluster).await;
        query(&mut connection, "create table if not exists score (value int)").await;
        for value in 0_i32.. {
            let insert = sqlx::query("insert into score values ($1)").bind(value);
            insert.execute(&mut connection).await.expect("inserting");
            println!("committed {value}");
        }
    });
}

#[tokio::test]
async fn what_was_committed_survives_a_killed_parent() {
    let scratch = Scratch::new();
    let data_directory = scratch.join("data");
    // Twice: the second time on what the first one left.
    for _ in 0..2 {
        let mut helper = Helper::spawn("crash::helper_commits_until_it_is_killed", &data_directory);
        let mut committed = Vec::new();
        for _ in 0..COMMITS_BEFORE_KILL {
            committed.push(helper.next("committed ").expect("the helper commits"));
        }
        helper.kill();
        // What it had said before it died is committed, too.
        committed.extend(std::iter::from_fn(|| helper.next("committed ")));

        let cluster = start_lasting(&data_directory);
        let mut connection = connect(&cluster).await;
        let found = query(&mut connection, "select value::text from score order by value").await;
        for value in &committed {
            assert!(found.contains(value), "{value} was committed and is gone: {found:?}");
        }
        query(&mut connection, "truncate score").await;
        cluster.stop().expect("stopping");
    }
}

#[test]
#[ignore = "a helper that another test runs in a process of its own and kills"]
fn helper_makes_a_cluster_until_it_is_killed() {
    if let Some(data_directory) = helper_directory() {
        println!("making one");
        start_lasting(&data_directory);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_making_of_a_cluster_is_no_obstacle() {
    let scratch = Scratch::new();
    // At different moments of initdb's work, which takes a second or so.
    for pause in [0, 50, 150, 400, 700] {
        let data_directory = scratch.join(format!("data-{pause}"));
        let helper = "crash::helper_makes_a_cluster_until_it_is_killed";
        let mut helper = Helper::spawn(helper, &data_directory);
        helper.next("making one").expect("the helper begins");
        let deadline = Instant::now() + Duration::from_mins(1);
        while !data_directory.join("pg.new").exists() && !data_directory.join("pg").exists() {
            assert!(Instant::now() < deadline, "no cluster is made");
            sleep(Duration::from_millis(1));
        }
        sleep(Duration::from_millis(pause));
        helper.kill();
        // At once, while an orphaned initdb may still be at work.
        start(&data_directory).stop().expect("stopping");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_server_of_a_killed_parent_ends_by_itself() {
    let scratch = Scratch::new();
    let data_directory = scratch.join("data");
    let mut helper = Helper::spawn("crash::helper_commits_until_it_is_killed", &data_directory);
    helper.next("committed ").expect("the helper commits");
    helper.kill();

    // A clean shutdown removes the file last.
    let pid_file = data_directory.join("pg/postmaster.pid");
    let deadline = Instant::now() + Duration::from_mins(1);
    while pid_file.exists() {
        assert!(Instant::now() < deadline, "the orphan runs on: {}", log_of(&data_directory));
        sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_pid_file_that_names_a_living_stranger_is_no_obstacle() {
    let scratch = Scratch::new();
    let data_directory = scratch.join("data");
    start(&data_directory).stop().expect("stopping");

    // As after a reboot: the number is now that of this test, which is no server.
    let pid_file = data_directory.join("pg/postmaster.pid");
    let text = format!("{}\n/elsewhere\n1700000000\n5432\n\n\n\nready   \n", std::process::id());
    fs::write(&pid_file, text).expect("writing a stale pid file");

    start(&data_directory).stop().expect("stopping again");
}

#[test]
fn an_empty_pid_file_is_no_obstacle() {
    let scratch = Scratch::new();
    let data_directory = scratch.join("data");
    start(&data_directory).stop().expect("stopping");
    fs::write(data_directory.join("pg/postmaster.pid"), "").expect("writing an empty file");
    start(&data_directory).stop().expect("stopping again");
}

#[test]
fn a_socket_lock_that_names_a_living_stranger_is_no_obstacle() {
    let scratch = Scratch::new();
    let data_directory = scratch.join("data");
    start(&data_directory).stop().expect("stopping");

    let owner = fs::metadata(data_directory.join("pg")).expect("the cluster's directory");
    let socket_directory = data_directory.join("socket");
    DirBuilder::new().mode(0o700).create(&socket_directory).expect("creating a directory");
    chown(&socket_directory, Some(owner.uid()), Some(owner.gid())).expect("giving it away");
    let text = format!("{}\n/elsewhere\n", std::process::id());
    fs::write(socket_directory.join(".s.PGSQL.5432.lock"), text).expect("writing a stale lock");

    start(&data_directory).stop().expect("stopping again");
}

#[test]
fn an_interrupted_creation_is_begun_anew() {
    let scratch = Scratch::new();
    let unfinished = scratch.join("data/pg.new");
    fs::create_dir_all(&unfinished).expect("creating directories");
    fs::write(unfinished.join("PG_VERSION"), "15\n").expect("writing a file");
    // The directory is made as another program would make it, so that its owner counts, too.
    let parent = scratch.join("data");
    start(&parent).stop().expect("stopping");
    assert!(!unfinished.exists());
}

#[test]
fn an_orphaned_server_is_stopped_first() {
    let scratch = Scratch::new();
    let data_directory = scratch.join("data");
    let mut orphan = spawn_orphan(&data_directory);

    let awaited = Mutex::new(None);
    let cluster = Cluster::start(&Settings::new(&data_directory), |step| {
        if let Progress::AwaitingPredecessor { pid } = step {
            *awaited.lock().expect("no panic") = Some(pid);
        }
    })
    .expect("starting beside an orphan");

    assert_eq!(*awaited.lock().expect("no panic"), Some(orphan.id()));
    let status = orphan.wait().expect("the orphan has ended");
    assert!(status.success(), "it should have shut down cleanly: {status}");
    cluster.stop().expect("stopping");
}

/// Makes a cluster, then runs a server on it that this crate knows nothing of.
fn spawn_orphan(data_directory: &PathBuf) -> Child {
    let program = Mutex::new(PathBuf::new());
    Cluster::start(&Settings::new(data_directory), |step| {
        if let Progress::Starting { binaries, .. } = step {
            *program.lock().expect("no panic") = binaries.join("postgres");
        }
    })
    .and_then(Cluster::stop)
    .expect("making a cluster");

    let cluster = data_directory.join("pg");
    let owner = fs::metadata(&cluster).expect("the cluster's directory");
    let mut command = Command::new(program.into_inner().expect("no panic"));
    // Setting one's own ids is allowed to everybody; the standard library would clear the
    // groups only for root.
    command.uid(owner.uid()).gid(owner.gid());
    let mut orphan = command
        .arg("-D")
        .arg(&cluster)
        .args(["-c", "listen_addresses=", "-c", "unix_socket_directories=."])
        .current_dir("/")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("launching a server");
    let deadline = Instant::now() + Duration::from_mins(1);
    let ready = || {
        fs::read_to_string(cluster.join("postmaster.pid")).is_ok_and(|text| text.contains("ready"))
    };
    while !ready() {
        assert!(Instant::now() < deadline, "the server isn't ready after a minute");
        let exit = orphan.try_wait().expect("asking for its end");
        assert!(exit.is_none(), "the server has ended: {exit:?}");
        sleep(Duration::from_millis(5));
    }
    orphan
}
