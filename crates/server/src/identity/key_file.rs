//! Keys in a file, read again when it changes: for development and tests.

use std::{
    error::Error,
    fs::File,
    io::{self, Read as _},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use super::{
    error::IdentityError,
    key_set::{KEY_SET_MAX_BYTES, KeySet, KeySetError},
};

/// The keys in a file.
#[derive(Debug)]
pub(super) struct FileKeys {
    path: PathBuf,
    read: Mutex<Option<(Stamp, Arc<KeySet>)>>,
}

/// By what a changed file is told.
type Stamp = (SystemTime, u64);

#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error("it can't be read")]
    Unreadable(#[from] io::Error),
    #[error("it is of no use")]
    KeySet(#[from] KeySetError),
}

impl FileKeys {
    /// The keys in the file at `path`, which is not read yet.
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, read: Mutex::new(None) }
    }

    /// The keys as the file has them now. A look at the file's time takes microseconds, so it is
    /// not worth another thread.
    pub(super) fn keys(&self) -> Result<Arc<KeySet>, IdentityError> {
        self.read_if_changed().map_err(|error| {
            let cause = error.source().map(ToString::to_string);
            let path = self.path.display();
            tracing::warn!(cause, "the file {path} of the identity provider's keys: {error}");
            IdentityError::ProviderUnavailable
        })
    }

    fn read_if_changed(&self) -> Result<Arc<KeySet>, FileError> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let file = File::open(&self.path)?;
        let metadata = file.metadata()?;
        let stamp = (metadata.modified()?, metadata.len());
        if let Some((of, keys)) = &*read
            && *of == stamp
        {
            return Ok(Arc::clone(keys));
        }
        let mut json = Vec::new();
        // What is cut off there is no JSON any more.
        file.take(KEY_SET_MAX_BYTES as u64).read_to_end(&mut json)?;
        let keys = Arc::new(KeySet::parse(&json)?);
        *read = Some((stamp, Arc::clone(&keys)));
        Ok(keys)
    }
}
