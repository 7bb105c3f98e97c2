//! Authorities of a test's own, and what they issue.
#![allow(clippy::missing_panics_doc, reason = "a test has no use for an authority that failed")]

use std::{fs, path::PathBuf, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// An authority whose files live as long as it does.
#[derive(Debug)]
pub struct Authority {
    directory: TempDir,
    issuer: Issuer<'static, KeyPair>,
}

/// The files of a certificate that an authority issued.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Authority {
    /// Makes an authority.
    #[expect(clippy::new_without_default, reason = "no two are the same")]
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "An authority of a test");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("ca.pem"), certificate.pem()).expect("a file");
        Self { directory, issuer: Issuer::new(params, key) }
    }

    /// The file of its own certificate.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Issues a certificate for a host's name or address.
    pub fn issue(&self, name: &str) -> Issued {
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let write = |kind: &str, text: &str| {
            let path = self.directory.path().join(format!("{name}.{kind}.pem"));
            fs::write(&path, text).expect("a file");
            path
        };
        Issued {
            certificate: write("certificate", &certificate.pem()),
            key: write("key", &key.serialize_pem()),
        }
    }

    /// A client that trusts this authority, and shows what it has.
    pub fn client(&self, shown: Option<&Issued>) -> crate::Client {
        let certificate = shown.map(|issued| issued.certificate.clone());
        let key = shown.map(|issued| issued.key.clone());
        crate::Client::given(Some(self.certificate()), certificate, key).expect("whole pairs")
    }
}

impl Issued {
    /// A listener that shows this, and demands a certificate of the authority, if there is one.
    pub fn acceptor(&self, client_ca: Option<&Authority>) -> crate::Acceptor {
        let (certificate, key) = (self.certificate.clone(), self.key.clone());
        let client_ca = client_ca.map(Authority::certificate);
        let server = crate::Server::given(Some(certificate), Some(key), client_ca);
        let server = server.expect("whole pairs").expect("files");
        server.acceptor().expect("files that go together")
    }

    /// A listener that shows this to anybody and says by ALPN that it speaks these; where there are
    /// none, it doesn't know ALPN.
    pub fn acceptor_speaking(&self, protocols: &[&str]) -> crate::Acceptor {
        let crate::Acceptor(acceptor) = self.acceptor(None);
        let mut config = ServerConfig::clone(acceptor.config());
        config.alpn_protocols = protocols.iter().map(|one| one.as_bytes().to_vec()).collect();
        crate::Acceptor(TlsAcceptor::from(Arc::new(config)))
    }
}
