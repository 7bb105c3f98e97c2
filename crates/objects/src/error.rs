//! Why an object was not stored or read.

use std::{io, path::PathBuf};

use takar_domain::{digest::Sha256Digest, evidence_file::FILE_MAX_BYTES, fault::Fault};

/// The result of an operation on objects.
pub type Result<T> = std::result::Result<T, ObjectError>;

/// Why a backend failed, in its own words.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an object was not stored or read.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// A setting is refused; the fault's field is its name.
    #[error("a setting of the objects is refused")]
    Setting(#[source] Fault),
    /// What the environment says of the bucket cannot be used, such as a key without its secret.
    #[error("the bucket cannot be used as the environment's AWS_... describe it")]
    Environment(#[source] Cause),
    /// The directory of the objects cannot be made, or not be written to.
    #[error("the directory of the objects, {}, cannot be used", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no such object.
    #[error("the object {0} does not exist")]
    NotFound(Sha256Digest),
    /// What is stored is not what its name says: damaged, or changed by someone.
    #[error("the stored content of the object {0} has been altered")]
    Altered(Sha256Digest),
    /// The content is larger than a file may be.
    #[error("an object of {size_bytes} bytes is larger than {FILE_MAX_BYTES} bytes")]
    TooLarge {
        /// How large it is.
        size_bytes: u64,
    },
    /// The objects cannot be reached, or did not answer in time; trying again may help.
    #[error("the objects are not available")]
    Unavailable(#[source] Cause),
    /// The objects refuse: credentials, permissions, or something that they cannot do.
    #[error("the objects refuse")]
    Refused(#[source] Cause),
}

impl From<object_store::Error> for ObjectError {
    fn from(error: object_store::Error) -> Self {
        use object_store::Error;
        match error {
            error @ (Error::PermissionDenied { .. }
            | Error::Unauthenticated { .. }
            | Error::NotSupported { .. }
            | Error::NotImplemented { .. }
            | Error::InvalidPath { .. }
            // Of a bucket; that of an object is told apart where its digest is known.
            | Error::NotFound { .. }
            | Error::UnknownConfigurationKey { .. }) => Self::Refused(error.into()),
            error => Self::Unavailable(error.into()),
        }
    }
}
