//! The same over TLS.

use std::net::SocketAddr;

use takar_gateway::{Gateway, Limits, Upstream};
use takar_tls::{
    Server,
    testing::{Authority, Issued},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};

use super::{GET, SETTINGS, ask, be_quiet, begin_http_2};
use crate::harness::{descriptor_set, start_server};

async fn start(issued: &Issued) -> SocketAddr {
    let server = start_server().await;
    let upstream = Upstream::parse(&format!("http://{server}")).expect("an upstream");
    let gateway = Gateway::new(descriptor_set(), &upstream, Limits::default()).expect("routes");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let gateway = gateway.with_tls(issued.acceptor(None));
    tokio::spawn(gateway.serve(listener, std::future::pending()));
    address
}

/// Secures a connection for HTTP/1.1.
async fn secure(issued: &Issued, tcp: TcpStream) -> impl AsyncRead + AsyncWrite + Unpin + use<> {
    let (certificate, key) = (issued.certificate.clone(), issued.key.clone());
    let client = Server::given(Some(certificate), Some(key), None).expect("pairs").expect("files");
    client.connect(tcp).await.expect("a secure connection")
}

#[tokio::test]
async fn a_secure_connection_goes_on_after_every_rest() {
    let authority = Authority::new();
    let issued = authority.issue("127.0.0.1");
    let address = start(&issued).await;
    let tcp = TcpStream::connect(address).await.expect("a connection");
    let mut connection = secure(&issued, tcp).await;
    for _ in 0..3 {
        be_quiet().await;
        let answer = ask(&mut connection, GET).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[tokio::test]
async fn http_2_may_begin_in_pieces_over_tls() {
    let authority = Authority::new();
    let issued = authority.issue("127.0.0.1");
    let address = start(&issued).await;
    let connector = authority.client(None).connector("127.0.0.1").expect("files");
    let tcp = TcpStream::connect(address).await.expect("a connection");
    let mut connection = connector.connect(tcp).await.expect("HTTP/2 over TLS");
    assert_eq!(begin_http_2(&mut connection).await[3], SETTINGS);
}
