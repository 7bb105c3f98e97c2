//! Runs the binary, with every wait bounded.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

/// How long anything may take before it counts as hung: much longer than a slow machine needs.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often to look.
const INTERVAL: Duration = Duration::from_millis(20);

/// The last line that `up` prints, in English.
const LAST_LINE: &str = "Ctrl-C stops it; the data stay.";

/// A directory that Postgres's user can reach when the tests run as root.
pub(crate) fn directory() -> TempDir {
    tempfile::Builder::new()
        .prefix("takar-cli-test-")
        .permissions(fs::Permissions::from_mode(0o755))
        .tempdir()
        .expect("a temporary directory can be made")
}

/// The sample's files.
pub(crate) fn sample(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(file)
}

/// What a run of the tool came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// The output of a run that must have succeeded.
    #[track_caller]
    pub(crate) fn output(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// The message of a run that must have failed.
    #[track_caller]
    pub(crate) fn failure(self) -> String {
        assert_eq!(self.code, Some(1), "{self:?}");
        self.stderr
    }
}

/// The tool in an environment that doesn't depend on who runs the tests.
fn takar() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_takar"));
    command
        .env_remove("TAKAR_SERVER")
        .env_remove("TAKAR_LANG")
        .env_remove("TAKAR_CA_FILE")
        .env_remove("TAKAR_CERTIFICATE_FILE")
        .env_remove("TAKAR_KEY_FILE")
        .env_remove("TAKAR_TOKEN_FILE")
        .env_remove("TAKAR_TOKEN")
        .env("LC_ALL", "C")
        // What help is wrapped to where there is no terminal.
        .env("COLUMNS", "100")
        .stdin(Stdio::null());
    command
}

/// Runs the tool to its end.
#[track_caller]
pub(crate) fn run(arguments: &[&str]) -> Run {
    run_with(arguments, &[])
}

/// Runs the tool to its end, with variables in its environment.
#[track_caller]
pub(crate) fn run_with(arguments: &[&str], variables: &[(&str, &str)]) -> Run {
    run_to_end(takar().args(arguments).envs(variables.iter().copied()))
}

/// Runs a program to its end.
#[track_caller]
pub(crate) fn run_to_end(command: &mut Command) -> Run {
    Tool::start(command).end()
}

/// A program at work.
pub(crate) struct Tool {
    child: Guard,
    output: TempDir,
}

impl Tool {
    /// Starts the tool.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        Self::start(takar().args(arguments))
    }

    fn start(command: &mut Command) -> Self {
        let output = directory();
        let file = |name| fs::File::create(output.path().join(name)).expect("a file can be made");
        let child = command.stdout(file("stdout")).stderr(file("stderr")).spawn();
        Self { child: Guard(child.expect("the tool starts")), output }
    }

    /// Sends it a signal and waits for its end.
    #[track_caller]
    pub(crate) fn signalled(self, signal: Signal) -> Run {
        kill_process(Pid::from_child(&self.child.0), signal).expect("it runs");
        self.end()
    }

    #[track_caller]
    fn end(mut self) -> Run {
        let status = wait(&mut self.child.0, "the tool ends");
        let text =
            |name| fs::read_to_string(self.output.path().join(name)).expect("the tool writes text");
        Run { code: status.code(), stdout: text("stdout"), stderr: text("stderr") }
    }
}

#[track_caller]
fn wait(child: &mut Child, what: &str) -> ExitStatus {
    let mut status = None;
    eventually(what, || {
        status = child.try_wait().expect("a child can be waited for");
        status.is_some()
    });
    status.expect("it has ended")
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(INTERVAL);
    }
}

/// A child that doesn't outlive its test.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // It has ended already, or there is nobody left to tell.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Shows a key with every call.
#[derive(Clone)]
pub(crate) struct Key(MetadataValue<Ascii>);

impl Interceptor for Key {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// A running `takar up`.
pub(crate) struct Up {
    child: Guard,
    data: PathBuf,
    /// `http://127.0.0.1:...`, the REST gateway.
    pub(crate) http: String,
    /// `http://127.0.0.1:...`, the gRPC server.
    pub(crate) grpc: String,
    /// What it printed.
    pub(crate) printed: String,
}

impl Up {
    /// Starts it on `data` and waits until it says that it runs.
    #[track_caller]
    pub(crate) fn start(data: &Path, arguments: &[&str]) -> Self {
        let child = takar()
            .args(["up", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--data-dir"])
            .arg(data)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("takar up starts");
        let mut child = Guard(child);
        let printed = read_until_last_line(&mut child.0);
        let address = |label: &str| {
            let line = printed.lines().find_map(|line| line.trim().strip_prefix(label));
            line.expect("the addresses are printed").trim().to_owned()
        };
        Self {
            child,
            data: data.to_owned(),
            http: address("REST"),
            grpc: format!("http://{}", address("gRPC")),
            printed,
        }
    }

    /// Asks it to stop and gives how it ended; no Postgres may be left.
    #[track_caller]
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let status = wait(&mut self.child.0, "takar up stops after SIGTERM");
        assert_eq!(processes_of(&self.data), Vec::<String>::new());
        status
    }

    /// Kills its Postgres and gives how it ended itself.
    #[track_caller]
    pub(crate) fn end_without_postgres(mut self) -> ExitStatus {
        let pid_file = self.data.join("pg/postmaster.pid");
        let pid_file = fs::read_to_string(pid_file).expect("Postgres runs");
        let pid = pid_file.lines().next().and_then(|line| line.parse().ok());
        let pid = pid.and_then(Pid::from_raw).expect("its first line is a number");
        kill_process(pid, Signal::KILL).expect("Postgres runs");
        wait(&mut self.child.0, "takar up ends without its Postgres")
    }

    /// Kills it as a crash would.
    #[track_caller]
    pub(crate) fn kill(mut self) {
        self.signal(Signal::KILL);
        wait(&mut self.child.0, "takar up ends after SIGKILL");
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child.0);
        kill_process(pid, signal).expect("takar up runs");
    }

    /// Runs the tool against its server, as the public.
    #[track_caller]
    pub(crate) fn takar(&self, arguments: &[&str]) -> Run {
        run(&[arguments, &["--server", &self.grpc]].concat())
    }

    /// Runs the tool against its server, with the development key.
    #[track_caller]
    pub(crate) fn takar_with_key(&self, arguments: &[&str]) -> Run {
        self.takar(
            &[arguments, &["--token-file", self.key_file().to_str().expect("text")]].concat(),
        )
    }

    /// Its database, as the superuser sees it.
    pub(crate) fn database_url(&self) -> String {
        let socket = self.data.join("socket");
        format!("postgres:///postgres?host={}&port=5432&user=postgres", socket.display())
    }

    /// The file of its development key.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.data.join("development-key")
    }

    /// A connection to its server that shows the development key.
    pub(crate) async fn connect(&self) -> InterceptedService<Channel, Key> {
        let key = fs::read_to_string(self.key_file()).expect("there is a key");
        let value = format!("Bearer {}", key.trim()).parse().expect("a key is ASCII");
        let endpoint = Endpoint::from_shared(self.grpc.clone()).expect("it is an address");
        let channel = endpoint.connect().await.expect("the server answers");
        InterceptedService::new(channel, Key(value))
    }

    /// Gets JSON from its gateway.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = reqwest::get(format!("{}{path}", self.http)).await;
        let answer = answer.expect("the gateway answers");
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.expect("the gateway answers JSON")
    }
}

fn read_until_last_line(child: &mut Child) -> String {
    let stdout = child.stdout.take().expect("it is piped");
    let (send, receive) = mpsc::channel();
    // The thread ends with the pipe.
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    let deadline = Instant::now() + PATIENCE;
    let mut printed = String::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match receive.recv_timeout(left) {
            Ok(line) => {
                printed += &line;
                printed.push('\n');
                if line == LAST_LINE {
                    return printed;
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                panic!("takar up isn't ready; it printed {printed:?}")
            }
            Err(RecvTimeoutError::Disconnected) => panic!("takar up ended; it printed {printed:?}"),
        }
    }
}

/// The command lines of the processes that work on a data directory.
fn processes_of(data: &Path) -> Vec<String> {
    let data = data.to_str().expect("the directory's path is text");
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let command_lines = processes.filter_map(|process| {
        let bytes = fs::read(process.path().join("cmdline")).ok()?;
        Some(String::from_utf8_lossy(&bytes).replace('\0', " "))
    });
    command_lines.filter(|line| line.contains(data)).collect()
}
