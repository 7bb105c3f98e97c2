//! Servers that speak TLS.

use takar_tls::testing::{Authority, Issued};
use tokio::net::TcpListener;

use crate::support::run;

/// Starts a server that demands a certificate of the authority, and has only a health service: it
/// refuses what the tool asks for, but it answers.
async fn start(issued: &Issued, clients: &Authority) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (_, health) = tonic_health::server::health_reporter();
    let server = tonic::transport::Server::builder().add_service(health);
    let listener = takar_tls::Listener::new(listener, issued.acceptor(Some(clients)));
    tokio::spawn(server.serve_with_incoming(listener));
    format!("https://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_spoken_to_over_mutual_tls() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let server = start(&authority.issue("127.0.0.1"), &clients).await;
    let shown = clients.issue("operator.example");
    let (ca, other) = (authority.certificate(), clients.certificate());
    let text = |path: &std::path::Path| path.to_str().expect("text").to_owned();
    let (ca, other) = (text(&ca), text(&other));
    let (certificate, key) = (text(&shown.certificate), text(&shown.key));
    let list = ["cycle", "list", "--lang", "en", "--server", &server];
    let with = |arguments: &[&str]| run(&[&list[..], arguments].concat()).failure();

    let identity = ["--certificate-file", &certificate, "--key-file", &key];
    let answered = with(&[&["--ca-file", &ca][..], &identity].concat());
    assert!(!answered.contains("cannot be reached"), "{answered}");
    for refused in [
        with(&["--ca-file", &ca]),
        with(&[&["--ca-file", &other][..], &identity].concat()),
        with(&identity),
    ] {
        assert!(refused.contains("cannot be reached"), "{refused}");
    }
}

#[test]
fn wrong_files_for_tls_are_named() {
    let authority = Authority::new();
    let issued = authority.issue("operator.example");
    let certificate = issued.certificate.to_str().expect("text");
    let key = issued.key.to_str().expect("text");
    for (arguments, words) in [
        (["--certificate-file", certificate], "without the key"),
        (["--key-file", key], "without the certificate"),
        (["--ca-file", certificate], "is not `https`"),
    ] {
        let told = run(&[&["cycle", "list", "--lang", "en"][..], &arguments].concat()).failure();
        assert!(told.contains(words), "{told}");
    }
    let https = ["cycle", "list", "--lang", "id", "--server", "https://127.0.0.1:1"];
    let told = run(&[&https[..], &["--ca-file", key]].concat()).failure();
    assert!(told.contains("TLS tidak dapat dipakai") && told.contains(key), "{told}");
}
