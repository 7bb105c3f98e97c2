//! A page of another origin in a real browser, by `fetch` and `EventSource`.
//!
//! Ignored unless asked for, as it needs Chromium: `.ci/run` installs it and asks.

use std::process::{Child, Command, Stdio};

use axum::{Router, extract::State, response::Html, routing};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::mpsc,
    time::{Duration, timeout},
};

use crate::{
    echo::EVERYTHING,
    harness::unused_address,
    strange::{Strange, shown},
};

/// How long the browser may take: it starts slowly on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

const PAGE: &str = include_str!("browser/page.html");

/// A server of the page, and what the page reports to it.
struct Site {
    origin: String,
    reports: mpsc::Receiver<Json>,
}

impl Site {
    async fn start() -> Self {
        let (tell, reports) = mpsc::channel(1);
        let report = |State(tell): State<mpsc::Sender<Json>>, body: String| async move {
            let report = serde_json::from_str(&body).expect("JSON");
            tell.send(report).await.expect("a test that waits");
        };
        let router = Router::new()
            .route("/", routing::get(|| async { Html(PAGE) }))
            .route("/everything", routing::get(|| async { EVERYTHING }))
            .route("/report", routing::post(report))
            .with_state(tell);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { origin, reports }
    }
}

/// A browser that shows one page, with a profile of its own.
struct Browser {
    process: Child,
    _profile: TempDir,
}

impl Browser {
    fn show(url: &str) -> Self {
        let profile = tempfile::tempdir().expect("a directory");
        let process = Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-sync"])
            .args(["--disable-component-update", "--disable-dev-shm-usage"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("--remote-debugging-port=0")
            .arg(url)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Chromium, which Debian has as the package `chromium`");
        Self { process, _profile: profile }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What the page reports of a gateway that allows this origin, where `None` is its own.
async fn report(allowed: Option<&str>) -> Json {
    let mut site = Site::start().await;
    let origin = allowed.unwrap_or(&site.origin);
    let strange = Strange::start(&["--cors-allowed-origins", origin]).await;
    let _browser = Browser::show(&format!("{}/?api=http://{}", site.origin, strange.gateway));
    timeout(PATIENCE, site.reports.recv()).await.expect("a report in time").expect("a report")
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_page_of_an_allowed_origin_reads_changes_and_watches() {
    let report = report(None).await;
    let status = |name: &str| report[name]["status"].as_u64();
    assert_eq!(status("read"), Some(200), "{report}");
    assert_eq!(report["read"]["hasId"], true);
    let read: Json =
        serde_json::from_str(report["read"]["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(read["request"]["text"], "halo");
    assert_eq!(status("changed"), Some(200), "{report}");
    let echoed: Json =
        serde_json::from_str(report["changed"]["body"].as_str().expect("a body")).expect("JSON");
    let request: Json =
        serde_json::from_str(echoed["request"].as_str().expect("a request")).expect("JSON");
    assert_eq!(
        request,
        json!({"state": {"name": "states/1", "etag": "one", "text": "new"},
        "requestId": "key-1"})
    );
    assert_eq!(status("unchanged"), Some(304), "{report}");
    assert_eq!(report["unchanged"]["etag"], "\"one\"");
    assert_eq!(status("refused"), Some(404));
    assert_eq!(report["refused"]["type"], "application/problem+json");
    let sent: Json = serde_json::from_str(EVERYTHING).expect("JSON");
    let everything = report["everything"]["body"].as_str().expect("a body");
    assert_eq!(shown(everything, &sent), sent, "maps, `Any` and numbers of 64 bits");
    assert_eq!(report["file"]["disposition"], "attachment; filename=\"a.b\"", "{report}");
    assert_eq!(report["file"]["body"], "<script>");
    assert_eq!(report["cutOff"]["error"], "TypeError", "a file that breaks off is none");
    assert_eq!(report["lines"].as_array().map(Vec::len), Some(3), "{report}");
    assert!(report["lines"][2]["end"].is_object(), "{report}");
    assert_eq!(report["broken"][1]["error"]["code"], "FAILED_PRECONDITION", "{report}");
    assert_eq!(report["events"]["ended"], true, "{report}");
    let messages = report["events"]["messages"].as_array().expect("messages");
    assert_eq!(messages.iter().map(|message| &message[0]).collect::<Vec<_>>(), ["1", "2"]);
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_page_of_another_origin_reads_nothing() {
    let nobody = format!("http://{}", unused_address().await);
    assert_eq!(report(Some(&nobody)).await, json!({"read": {"error": "TypeError"}}));
}
