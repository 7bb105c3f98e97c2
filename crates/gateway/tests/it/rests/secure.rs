//! The same over TLS, which keeps what it couldn't send.

use std::net::SocketAddr;

use takar_gateway::{Gateway, Limits, Upstream};
use takar_tls::{
    Server,
    testing::{Authority, Issued},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite},
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};

use super::{GET, SETTINGS, ask, be_quiet, begin_http_2, send};
use crate::{
    connections::{PATIENCE, read_answer},
    harness::{descriptor_set, start_server},
};

async fn start(issued: &Issued, limits: Limits) -> SocketAddr {
    let server = start_server().await;
    let upstream = Upstream::parse(&format!("http://{server}")).expect("an upstream");
    let gateway = Gateway::new(descriptor_set(), &upstream, limits).expect("routes");
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
    let address = start(&issued, Limits::default()).await;
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
    let address = start(&issued, Limits::default()).await;
    let connector = authority.client(None).connector("127.0.0.1").expect("files");
    let tcp = TcpStream::connect(address).await.expect("a connection");
    let mut connection = connector.connect(tcp).await.expect("HTTP/2 over TLS");
    assert_eq!(begin_http_2(&mut connection).await[3], SETTINGS);
}

#[tokio::test]
async fn who_takes_all_of_an_answer_in_the_end_takes_nothing_too_slowly_later() {
    let authority = Authority::new();
    let issued = authority.issue("127.0.0.1");
    let limits = Limits { write_timeout: 5 * super::SOON, ..Limits::default() };
    let address = start(&issued, limits).await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(16 * 1024).expect("a small buffer");
    let tcp = socket.connect(address).await.expect("a connection");
    let mut connection = secure(&issued, tcp).await;
    send(&mut connection, "GET /v1/large/30000000 HTTP/1.1\r\nhost: x\r\n\r\n").await;
    // So much waits for it that the socket is full until the last bytes.
    be_quiet().await;
    let mut answer = vec![0; 30_000_000];
    let read = timeout(PATIENCE, connection.read_exact(&mut answer)).await;
    read.expect("in time").expect("an answer");
    let mut rest = Vec::new();
    while !rest.ends_with(b"}") {
        connection.read_buf(&mut rest).await.expect("its end");
    }
    tokio::time::sleep(2 * limits.write_timeout).await;
    send(&mut connection, GET).await;
    assert!(read_answer(&mut connection).await.starts_with("HTTP/1.1 200"));
}
