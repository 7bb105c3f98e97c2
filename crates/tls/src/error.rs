//! What can be wrong with the files.

use std::{io, path::PathBuf};

use tokio_rustls::rustls::{self, pki_types::pem, server::VerifierBuilderError};

/// Why files can't be used for TLS.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Only one of a certificate and its key is given.
    #[error("`{}` is given without the {missing}", given.display())]
    Half {
        /// The file that is given.
        given: PathBuf,
        /// What is not.
        missing: &'static str,
    },
    /// A file can't be read.
    #[error("`{}` can't be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file isn't PEM, or not of what it should hold.
    #[error("`{}` holds no {expected} in PEM form", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// What is wrong.
        source: pem::Error,
    },
    /// A certificate can't be used with its key.
    #[error("the certificate `{}` can't be used with the key `{}`", certificate.display(), key.display())]
    Identity {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// A certificate can't vouch for others.
    #[error("`{}` holds a certificate that can't be an authority's", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// Clients can't be verified.
    #[error("clients can't be verified by `{}`", path.display())]
    ClientAuthority {
        /// The file.
        path: PathBuf,
        /// Why.
        source: VerifierBuilderError,
    },
    /// Certificates are given for an address that is spoken to without TLS.
    #[error("files for TLS are given, but `{0}` is not `https`")]
    NotHttps(String),
    /// TLS can't be set up.
    #[error("TLS can't be set up")]
    Setup(#[source] Box<dyn std::error::Error + Send + Sync>),
}
