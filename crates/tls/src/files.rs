//! PEM files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tokio_rustls::rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject as _},
    sign::CertifiedKey,
};

use crate::{Error, provider};

/// A certificate, with those that lead to its authority, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// What the files of an identity hold.
#[derive(Debug)]
pub(crate) struct LoadedIdentity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Both files or none.
    pub(crate) fn given(
        certificate: Option<PathBuf>,
        key: Option<PathBuf>,
    ) -> Result<Option<Self>, Error> {
        match (certificate, key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(Self { certificate, key })),
            (Some(given), None) => Err(Error::Half { given, missing: "key that goes with it" }),
            (None, Some(given)) => {
                Err(Error::Half { given, missing: "certificate that goes with it" })
            }
        }
    }

    /// Reads both files, and makes sure that they go together.
    pub(crate) fn load(&self) -> Result<LoadedIdentity, Error> {
        let chain = certificates(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?).map_err(|source| {
            Error::Pem { path: self.key.clone(), expected: "private key", source }
        })?;
        CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider()).map_err(|source| {
            Error::Identity { certificate: self.certificate.clone(), key: self.key.clone(), source }
        })?;
        Ok(LoadedIdentity { chain, key })
    }
}

/// The authorities that a file holds.
pub(crate) fn authorities(path: &Path) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    for certificate in certificates(path)? {
        let added = store.add(certificate);
        added.map_err(|source| Error::Authority { path: path.to_owned(), source })?;
    }
    Ok(store)
}

/// The certificates that a file holds, one at least.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let pem = read(path)?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    certificates
        .and_then(|found| if found.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(found) })
        .map_err(|source| Error::Pem { path: path.to_owned(), expected: "certificate", source })
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })
}
