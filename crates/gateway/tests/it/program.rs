//! The program itself, in front of a service that only its descriptors tell of.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use takar_tls::testing::{Authority, Issued};

use crate::harness::{PATIENCE, client, descriptor_set, start_server, unused_address};

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_takar-gateway"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn output(arguments: &[&str]) -> (bool, String, String) {
    let output = program().args(arguments).output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// Kills the program where a test fails.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the program serves.
pub(crate) async fn ready(gateway: SocketAddr) {
    let start = Instant::now();
    let is_ready = || async {
        let answer = client().get(format!("http://{gateway}/readyz")).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    };
    while !is_ready().await {
        assert!(start.elapsed() < PATIENCE, "the program isn't ready");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strange_service_is_served_and_the_program_stops_when_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("throwaway.binpb");
    fs::write(&file, descriptor_set()).expect("a file");
    let (server, gateway) = (start_server().await, unused_address().await);
    let child = program()
        .arg("--descriptor-set")
        .arg(&file)
        .args(["--upstream", &format!("http://{server}"), "--listen", &gateway.to_string()])
        .spawn()
        .expect("the program runs");
    let mut running = Running(child);
    ready(gateway).await;

    let url = format!("http://{gateway}/v1/shelves/1/books/2?words=a&words=b&inner.deep.depth=3");
    let answer: serde_json::Value =
        client().get(url).send().await.expect("an answer").json().await.expect("JSON");
    assert_eq!(answer["request"]["name"], "shelves/1/books/2");
    assert_eq!(answer["request"]["words"], serde_json::json!(["a", "b"]));
    let listen = gateway.to_string();
    let (is_healthy, _, complaint) =
        tokio::task::spawn_blocking(move || output(&["healthcheck", "--listen", &listen]))
            .await
            .expect("the healthcheck ends");
    assert!(is_healthy, "{complaint}");

    terminate(&running.0);
    let status = running.0.wait().expect("the program ends");
    assert!(status.success(), "{status}");
}

fn terminate(child: &Child) {
    let killed = Command::new("kill").arg(child.id().to_string()).status().expect("kill runs");
    assert!(killed.success());
}

#[tokio::test]
async fn a_healthcheck_fails_where_nothing_listens() {
    let address = unused_address().await.to_string();
    let (is_healthy, _, complaint) = output(&["healthcheck", "--listen", &address]);
    assert!(!is_healthy);
    assert!(complaint.contains("can't be asked"), "{complaint}");
}

#[test]
fn flags_go_before_the_environment_before_the_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("gateway.toml");
    let text = "max_body_bytes = 1\nmax_url_bytes = 1\nrequest_timeout_seconds = 1\n";
    fs::write(&file, text).expect("a file");
    let output = program()
        .arg("check-config")
        .arg("--config")
        .arg(&file)
        .args(["--max-url-bytes", "3"])
        .env("TAKAR_GATEWAY_MAX_BODY_BYTES", "2")
        .env("TAKAR_GATEWAY_MAX_URL_BYTES", "2")
        .output()
        .expect("the program runs");
    let settings: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(settings["request_timeout_seconds"], 1);
    assert_eq!(settings["max_body_bytes"], 2);
    assert_eq!(settings["max_url_bytes"], 3);
    assert_eq!(settings["listen"], "127.0.0.1:8080");
}

#[test]
fn lists_are_given_with_commas_or_as_lists() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("gateway.toml");
    let text = "trusted_proxies = [\"10.0.0.0/8\"]\nlisten = \"unix:/run/takar.sock\"\n";
    fs::write(&file, text).expect("a file");
    let output = program()
        .arg("check-config")
        .arg("--config")
        .arg(&file)
        .env("TAKAR_GATEWAY_CORS_ALLOWED_ORIGINS", "https://a.example,http://localhost:3000")
        .output()
        .expect("the program runs");
    let settings: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(settings["trusted_proxies"], serde_json::json!(["10.0.0.0/8"]));
    let origins = serde_json::json!(["https://a.example", "http://localhost:3000"]);
    assert_eq!(settings["cors_allowed_origins"], origins);
    assert_eq!(settings["listen"], "unix:/run/takar.sock");
}

/// What the program says of itself while a test talks to it.
struct Logging {
    running: Running,
    log: std::path::PathBuf,
}

impl Logging {
    /// Starts it where `listen` says, with its log in a file of the directory.
    fn start(directory: &Path, listen: &str, server: SocketAddr, more: &[&str]) -> Self {
        let descriptors = directory.join("throwaway.binpb");
        fs::write(&descriptors, descriptor_set()).expect("a file");
        let log = directory.join("log");
        let child = program()
            .arg("--descriptor-set")
            .arg(&descriptors)
            .args(["--upstream", &format!("http://{server}"), "--listen", listen])
            .args(["--log-format", "json"])
            .args(more)
            .stderr(fs::File::create(&log).expect("a file"))
            .spawn()
            .expect("the program runs");
        Self { running: Running(child), log }
    }

    /// Stops it and reads its lines.
    fn stop(mut self) -> Vec<serde_json::Value> {
        terminate(&self.running.0);
        let status = self.running.0.wait().expect("the program ends");
        assert!(status.success(), "{status}");
        let log = fs::read_to_string(&self.log).expect("a log");
        log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_a_line_in_the_log_that_names_its_request() {
    let directory = tempfile::tempdir().expect("a directory");
    let (server, gateway) = (start_server().await, unused_address().await);
    let listen = gateway.to_string();
    let program =
        Logging::start(directory.path(), &listen, server, &["--trusted-proxies", "127.0.0.1"]);
    ready(gateway).await;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let request = client()
        .get(format!("http://{gateway}/v1/nowhere?secret=1"))
        .header("x-request-id", "the-one")
        .header("x-forwarded-for", "198.51.100.7")
        .header("traceparent", parent);
    assert_eq!(request.send().await.expect("an answer").status(), 404);
    let lines = tokio::task::spawn_blocking(|| program.stop()).await.expect("no panic");
    let line = lines.iter().find(|line| line["span"]["request_id"] == "the-one").expect("a line");
    assert_eq!(line["message"], "answered");
    assert_eq!(line["status"], 404);
    assert_eq!(line["code"], "NOT_FOUND");
    let span = &line["span"];
    assert_eq!((&span["method"], &span["path"]), (&"GET".into(), &"/v1/nowhere".into()));
    assert_eq!(span["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(span["client"], "198.51.100.7");
    assert!(!line.to_string().contains("secret"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unix_socket_that_was_left_behind_is_listened_on_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("gateway.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
    let listen = format!("unix:{}", path.display());
    let server = start_server().await;
    let program = Logging::start(directory.path(), &listen, server, &[]);
    let start = Instant::now();
    let healthcheck = async || {
        let listen = listen.clone();
        let check = move || output(&["healthcheck", "--listen", &listen]);
        tokio::task::spawn_blocking(check).await.expect("it ends")
    };
    while !healthcheck().await.0 {
        assert!(start.elapsed() < PATIENCE, "the program isn't ready");
    }
    // Nobody takes it from a process that lives.
    let second = listen.clone();
    let second = tokio::task::spawn_blocking(move || output(&["--listen", &second]));
    let (is_serving, _, complaint) = second.await.expect("it ends");
    assert!(!is_serving);
    assert!(complaint.contains("another process listens there"), "{complaint}");
    tokio::task::spawn_blocking(|| program.stop()).await.expect("no panic");
    assert!(!path.exists());
}

#[test]
fn wrong_lists_counts_and_places_to_listen_are_named() {
    for (flag, value, words) in [
        ("--cors-allowed-origins", "https://a.example/path", "is no origin"),
        ("--cors-allowed-origins", "https://a.example,*", "`*` is no origin"),
        ("--trusted-proxies", "10.0.0.0/8,proxy", "`proxy` is no address or network"),
        ("--max-connections", "0", "number would be zero"),
        ("--upstream-connections", "0", "number would be zero"),
        ("--upstream-connections", "256", "number too large"),
        ("--upstream-keep-alive-seconds", "0", "number would be zero"),
        ("--stream-idle-timeout-seconds", "0", "number would be zero"),
        ("--idle-timeout-seconds", "0", "number would be zero"),
        ("--listen", "localhost", "is neither an address"),
        ("--listen", "unix:takar.sock", "has no path"),
    ] {
        let (is_right, _, complaint) = output(&["check-config", flag, value]);
        assert!(!is_right, "{flag} {value}");
        assert!(complaint.contains(words), "{flag} {value}: {complaint}");
    }
}

#[test]
fn wrong_settings_are_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("gateway.toml");
    fs::write(&file, "max_bdy_bytes = 1\n").expect("a file");
    let path = file.to_str().expect("text");
    let (is_right, _, complaint) = output(&["check-config", "--config", path]);
    assert!(!is_right);
    assert!(complaint.contains("max_bdy_bytes"), "{complaint}");
    let (is_right, _, complaint) = output(&["check-config", "--descriptor-set", "/nowhere"]);
    assert!(!is_right);
    assert!(complaint.contains("/nowhere"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthcheck_passes_mutual_tls_by_the_files_of_the_listener() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let issued = authority.issue("gateway.example");
    let (server, gateway) = (start_server().await, unused_address().await);
    let of = |issued: &Issued| {
        let mut command = program();
        command.args(["--listen", &gateway.to_string(), "--upstream", &format!("http://{server}")]);
        command.arg("--tls-certificate-file").arg(&issued.certificate);
        command.arg("--tls-key-file").arg(&issued.key);
        command.arg("--tls-client-ca-file").arg(clients.certificate());
        command
    };
    let _running = Running(of(&issued).spawn().expect("the program runs"));
    let healthcheck = async |issued: &Issued| {
        let mut command = of(issued);
        let output = tokio::task::spawn_blocking(move || command.arg("healthcheck").output());
        output.await.expect("it ends").expect("the program runs")
    };
    let start = Instant::now();
    while !healthcheck(&issued).await.status.success() {
        assert!(start.elapsed() < PATIENCE, "the program isn't ready");
    }
    // Another certificate of the same authority is another listener.
    let output = healthcheck(&authority.issue("gateway2.example")).await;
    assert!(!output.status.success());
}

#[test]
fn wrong_files_for_tls_are_named() {
    let authority = Authority::new();
    let (one, other) = (authority.issue("one.example"), authority.issue("other.example"));
    let path = |path: &Path| path.to_str().expect("text").to_owned();
    let (certificate, key) = (path(&one.certificate), path(&one.key));
    let other_key = path(&other.key);
    let cases: [(&[&str], &[&str]); 9] = [
        (&["--tls-certificate-file", &certificate], &[&certificate, "key"]),
        (&["--tls-key-file", &key], &[&key, "certificate"]),
        (&["--tls-client-ca-file", &certificate], &[&certificate, "listener's own"]),
        (
            &["--tls-certificate-file", "/nowhere", "--tls-key-file", &key],
            &["/nowhere", "No such file"],
        ),
        (&["--tls-certificate-file", &key, "--tls-key-file", &key], &[&key, "no certificate"]),
        (
            &["--tls-certificate-file", &certificate, "--tls-key-file", &other_key],
            &[&certificate, &other_key],
        ),
        (&["--upstream-certificate-file", &certificate], &[&certificate, "key"]),
        (&["--upstream-ca-file", &certificate], &["http://127.0.0.1:50051", "https"]),
        (&["--upstream", "https://x:1", "--upstream-ca-file", &key], &[&key, "no certificate"]),
    ];
    for (arguments, words) in cases {
        let (is_right, _, complaint) = output(&[&["check-config"], arguments].concat());
        assert!(!is_right, "{arguments:?}");
        for word in words {
            assert!(complaint.contains(word), "{arguments:?}: {word}: {complaint}");
        }
    }
    let arguments =
        ["check-config", "--tls-certificate-file", &certificate, "--tls-key-file", &key];
    let (is_right, settings, complaint) = output(&arguments);
    assert!(is_right, "{complaint}");
    assert!(settings.contains(&certificate), "{settings}");
}
