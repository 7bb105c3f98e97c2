//! What a connection costs that rests.

use std::{
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::{net::TcpStream, time::sleep};

use super::{GET, ask, be_quiet};
use crate::{
    connections::connect,
    harness::{PATIENCE, descriptor_set, start_server, unused_address},
    program::{Running, program, ready},
};

/// The resident memory of a process, in bytes.
fn resident_bytes(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
}

#[tokio::test]
async fn connections_that_rest_keep_no_buffers() {
    /// Beside the program's own memory, they must be told from what hyper keeps: some 20 KB each.
    const CONNECTIONS: usize = 400;
    const MOST_BYTES: usize = CONNECTIONS * 6_000;
    /// So many come at once, and rest before the next do.
    const BATCH: usize = 20;
    const BATCH_PAUSE: Duration = Duration::from_millis(300);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("throwaway.binpb");
    fs::write(&file, descriptor_set()).expect("a file");
    let (server, address) = (start_server().await, unused_address().await);
    let mut command = program();
    command.stdout(Stdio::null()).stderr(Stdio::null()).arg("--descriptor-set").arg(&file);
    command.args(["--upstream", &format!("http://{server}"), "--listen", &address.to_string()]);
    let running = Running(command.args(["--requests-per-second", "0"]).spawn().expect("it runs"));
    ready(address).await;

    let mut connections: Vec<TcpStream> = Vec::new();
    let mut before = 0;
    while connections.len() < CONNECTIONS + BATCH {
        for _ in 0..BATCH {
            let mut connection = connect(address).await;
            assert!(ask(&mut connection, GET).await.starts_with("HTTP/1.1 200"));
            connections.push(connection);
        }
        sleep(BATCH_PAUSE).await;
        if before == 0 {
            before = resident_bytes(running.0.id());
        }
    }
    let start = Instant::now();
    while let more = resident_bytes(running.0.id()).saturating_sub(before)
        && more > MOST_BYTES
    {
        assert!(start.elapsed() < PATIENCE, "{more} bytes for {CONNECTIONS} connections");
        be_quiet().await;
    }
}
