//! gRPC over TLS, and the healthcheck of a server that demands certificates; without a database.

use std::{
    net::SocketAddr,
    process::{Command, Output},
    time::{Duration, Instant},
};

use takar_server::{Limits, Server};
use takar_store::{ConnectionSettings, Store};
use takar_tls::{
    Client,
    testing::{Authority, Issued},
};
use tokio::net::TcpListener;
use tonic::transport::Endpoint;
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, health_client::HealthClient},
};

/// How long a server may take to start, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(20);

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// Whether a client gets any answer.
async fn is_answered(address: SocketAddr, client: &Client) -> bool {
    let endpoint = Endpoint::from_shared(format!("https://{address}")).expect("an address");
    let Ok(channel) = client.secure(endpoint).expect("files").connect().await else {
        return false;
    };
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.is_ok()
}

#[tokio::test]
async fn only_clients_of_the_authority_are_served() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let (listener, address) = listen().await;
    // Connects only when it is asked, and says that it doesn't serve.
    let store = Store::new("postgres://takar@127.0.0.1:1/takar", &ConnectionSettings::default());
    let server = Server::new(store.expect("a URL"), Limits::default())
        .with_tls(authority.issue("127.0.0.1").acceptor(Some(&clients)));
    tokio::spawn(server.serve(listener, std::future::pending()));
    let client = clients.issue("client.example");
    assert!(is_answered(address, &authority.client(Some(&client))).await);
    assert!(!is_answered(address, &authority.client(None)).await);
    let stranger = authority.issue("stranger.example");
    assert!(!is_answered(address, &authority.client(Some(&stranger))).await);
    assert!(!is_answered(address, &Authority::new().client(Some(&client))).await);
    let plain = Endpoint::from_shared(format!("http://{address}")).expect("an address");
    let answer = match plain.connect().await {
        Ok(channel) => HealthClient::new(channel).check(HealthCheckRequest::default()).await.ok(),
        Err(_) => None,
    };
    assert!(answer.is_none());
}

fn takard(arguments: &[&str], issued: &Issued, clients: &Authority) -> Output {
    Command::new(env!("CARGO_BIN_EXE_takard"))
        .args(arguments)
        .arg("--api-keys-only")
        .arg("--tls-certificate-file")
        .arg(&issued.certificate)
        .arg("--tls-key-file")
        .arg(&issued.key)
        .arg("--tls-client-ca-file")
        .arg(clients.certificate())
        .output()
        .expect("the program runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthcheck_passes_mutual_tls_by_the_files_of_the_listener() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let issued = authority.issue("takard.example");
    let (listener, address) = listen().await;
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("", ServingStatus::Serving).await;
    let listener = takar_tls::Listener::new(listener, issued.acceptor(Some(&clients)));
    let server = tonic::transport::Server::builder().add_service(health);
    tokio::spawn(server.serve_with_incoming(listener));

    let address = address.to_string();
    let arguments = ["healthcheck", "--listen", &address];
    let start = Instant::now();
    let mut output = takard(&arguments, &issued, &clients);
    while !output.status.success() && start.elapsed() < PATIENCE {
        output = takard(&arguments, &issued, &clients);
    }
    assert!(output.status.success(), "{output:?}");
    // Another certificate of the same authority is another listener.
    let other = authority.issue("other.example");
    assert!(!takard(&arguments, &other, &clients).status.success());
}

#[test]
fn wrong_files_are_named() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let mut issued = authority.issue("takard.example");
    let database = ["--database-url", "postgres://takar@127.0.0.1/takar", "check-config"];
    let output = takard(&database, &issued, &clients);
    assert!(output.status.success(), "{output:?}");
    let settings = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(settings.contains("takard.example.certificate.pem"), "{settings}");
    issued.key = clients.issue("other.example").key;
    let output = takard(&database, &issued, &clients);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(complaint.contains("other.example.key.pem"), "{complaint}");
    let output = Command::new(env!("CARGO_BIN_EXE_takard"))
        .args(database)
        .arg("--api-keys-only")
        .arg("--tls-certificate-file")
        .arg(&issued.certificate)
        .output()
        .expect("the program runs");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(complaint.contains("without the key"), "{complaint}");
}
