//! Keys over TLS: only from a server that the certificate authorities vouch for.

use std::io;

use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::identity::fetch::{FetchError, Fetcher};

/// Of `localhost`, made with `openssl ca -selfsign`; it is valid from 2020 to 2120.
const CERTIFICATE: &[u8] = include_bytes!("localhost-for-tests-only.crt");
const PRIVATE_KEY: &[u8] = include_bytes!("localhost-for-tests-only.pk8");

/// Serves these keys over TLS; says the port.
async fn serve(keys: String) -> u16 {
    let key = PrivatePkcs8KeyDer::from(PRIVATE_KEY.to_vec());
    let tls = ServerConfig::builder_with_provider(default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            // Clients that do not trust us hang up.
            let Ok(mut connection) = acceptor.accept(connection).await else { continue };
            let _ = connection.read(&mut [0; 4_096]).await?;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", keys.len());
            connection.write_all((head + &keys).as_bytes()).await?;
            connection.shutdown().await?;
        }
        io::Result::Ok(())
    });
    port
}

#[tokio::test]
async fn keys_are_believed_only_from_a_server_with_a_trusted_certificate() {
    let port = serve(key_set(&[&TestKey::ed25519("a")])).await;
    let mut trusting = RootCertStore::empty();
    trusting.add(CertificateDer::from(CERTIFICATE)).unwrap();
    let url = |host| format!("https://{host}:{port}/jwks").parse().unwrap();

    let keys = Fetcher::trusting(url("localhost"), trusting.clone()).unwrap().fetch().await;
    assert!(keys.unwrap().has("a"));

    let by_another_name = Fetcher::trusting(url("127.0.0.1"), trusting).unwrap();
    let by_nobody_known = Fetcher::new(url("localhost")).unwrap();
    for fetcher in [by_another_name, by_nobody_known] {
        let answer = fetcher.fetch().await;
        assert!(matches!(answer, Err(FetchError::Request(_))), "{answer:?}");
    }
}
