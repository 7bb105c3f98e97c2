//! Storing, reading and checking objects.

use std::{
    fs::DirBuilder, future::Future, io, os::unix::fs::DirBuilderExt as _, path::PathBuf, sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use object_store::{
    Error as StoreError, ObjectStore, ObjectStoreExt as _, PutMode, local::LocalFileSystem,
    path::Path,
};
use rustix::fs::{Access, access};
use takar_domain::{digest::Sha256Digest, evidence_file::FILE_MAX_BYTES};
use tokio::task::spawn_blocking;

use crate::{
    error::{ObjectError, Result},
    s3,
    settings::{Location, ObjectSettings},
};

/// How long one operation may take, retries included: a little less than a call to the server may,
/// so that the answer says that it was the objects.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(25);
/// How long the check for readiness may take: less than an orchestrator waits for the answer.
const PING_TIMEOUT: Duration = Duration::from_secs(5);
/// The mode of directories that are made: files of evidence are the service's own business.
const DIRECTORY_MODE: u32 = 0o700;

/// An object that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub sha256: Sha256Digest,
    /// How large it is.
    pub size_bytes: u64,
}

/// Objects in a directory or a bucket.
///
/// Each is kept as `sha256/ab/cdef...`, by its digest's digits. Nothing is ever deleted. What a
/// crash leaves of an upload to a directory ends in `#` and a number and may be removed.
#[derive(Clone, Debug)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// Where the objects are, unless in a bucket.
    directory: Option<PathBuf>,
}

impl Objects {
    /// Opens the objects; a missing directory is made, for its owner only. A bucket is not asked
    /// yet, see [`Objects::ping`].
    ///
    /// # Errors
    /// [`ObjectError::Setting`], [`ObjectError::Environment`] or [`ObjectError::Directory`].
    pub fn open(settings: &ObjectSettings) -> Result<Self> {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self::open_with(settings, std::env::vars_os().filter_map(text))
    }

    /// The same as [`Objects::open`] with a given environment, of which `AWS_...` is read.
    pub fn open_with(
        settings: &ObjectSettings,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        match settings.location().map_err(ObjectError::Setting)? {
            Location::Directory(path) => Self::in_directory(path),
            Location::Bucket { bucket, prefix, endpoint } => {
                let store = s3::open(&bucket, prefix, endpoint.as_deref(), environment);
                let store = store.map_err(|error| ObjectError::Environment(error.into()))?;
                Ok(Self { store: Arc::new(store), directory: None })
            }
        }
    }

    /// Opens the objects of a directory; a missing one is made, for its owner only.
    ///
    /// # Errors
    /// [`ObjectError::Directory`].
    pub fn in_directory(path: PathBuf) -> Result<Self> {
        let make = DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(&path);
        make.map_err(|source| ObjectError::Directory { path: path.clone(), source })?;
        // Without fsync a crash of the machine could lose a file that the database refers to.
        let store = LocalFileSystem::new_with_prefix(&path)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), directory: Some(path) })
    }

    /// Stores a content, whole or not at all; when this returns it survives a crash of the machine.
    ///
    /// Storing what is stored already changes nothing.
    ///
    /// # Errors
    /// [`ObjectError::TooLarge`]; [`ObjectError::Altered`] where something else lies under its name,
    /// which stays there to be looked into.
    pub async fn put(&self, content: Bytes) -> Result<Stored> {
        let size_bytes = size_bytes(&content);
        refuse_too_large(size_bytes)?;
        let sha256 = digest(content.clone()).await?;
        within(OPERATION_TIMEOUT, self.store_content(&sha256, content)).await?;
        Ok(Stored { sha256, size_bytes })
    }

    async fn store_content(&self, sha256: &Sha256Digest, content: Bytes) -> Result<()> {
        let key = key(sha256);
        let created = self.store.put_opts(&key, content.clone().into(), PutMode::Create.into());
        match created.await {
            Ok(_) => return Ok(()),
            Err(StoreError::AlreadyExists { .. }) => match self.read_content(sha256).await {
                // A bucket also answers so while another upload of the same is under way.
                Err(ObjectError::NotFound(_)) => {}
                stored => return stored.map(drop),
            },
            // A bucket that knows no conditions, by AWS_CONDITIONAL_PUT=disabled.
            Err(StoreError::NotImplemented { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        // The same content replaces itself at most.
        self.store.put(&key, content.into()).await?;
        Ok(())
    }

    /// Reads a content and makes sure that it is the one that was stored.
    ///
    /// # Errors
    /// [`ObjectError::NotFound`], [`ObjectError::Altered`]; [`ObjectError::TooLarge`] where it is
    /// larger than this version stores, before it is read.
    pub async fn get(&self, sha256: &Sha256Digest) -> Result<Bytes> {
        within(OPERATION_TIMEOUT, self.read_content(sha256)).await
    }

    async fn read_content(&self, sha256: &Sha256Digest) -> Result<Bytes> {
        let found = self.store.get(&key(sha256)).await.map_err(|error| match error {
            StoreError::NotFound { .. } => ObjectError::NotFound(*sha256),
            error => error.into(),
        })?;
        refuse_too_large(found.meta.size)?;
        let content = found.bytes().await?;
        if digest(content.clone()).await? == *sha256 {
            Ok(content)
        } else {
            Err(ObjectError::Altered(*sha256))
        }
    }

    /// Whether objects can be stored: the directory can be written to, or the bucket answers.
    ///
    /// A bucket is asked for a list, so the credentials must allow `s3:ListBucket`; without it S3
    /// also answers 403 instead of 404 for an object that does not exist.
    ///
    /// # Errors
    /// [`ObjectError::Directory`], [`ObjectError::Refused`] or [`ObjectError::Unavailable`].
    pub async fn ping(&self) -> Result<()> {
        within(PING_TIMEOUT, async {
            let Some(path) = self.directory.clone() else {
                // Nothing is stored under it, so the list is empty however much is stored.
                self.store.list_with_delimiter(Some(&Path::from("ping"))).await?;
                return Ok(());
            };
            let checked = path.clone();
            // With the slash, a file in the directory's place is an error too.
            let check = move || access(checked.join(""), Access::WRITE_OK | Access::EXEC_OK);
            let writable = spawn_blocking(check).await.map_err(unavailable)?;
            writable.map_err(|errno| ObjectError::Directory { path, source: errno.into() })
        })
        .await
    }
}

/// Where an object is kept. The first digits divide them, since directories of many files are slow.
fn key(sha256: &Sha256Digest) -> Path {
    let digits = sha256.to_string();
    let (first, rest) = digits.split_at(2);
    Path::from(format!("sha256/{first}/{rest}"))
}

fn size_bytes(content: &Bytes) -> u64 {
    u64::try_from(content.len()).unwrap_or(u64::MAX)
}

fn refuse_too_large(size_bytes: u64) -> Result<()> {
    if size_bytes <= FILE_MAX_BYTES { Ok(()) } else { Err(ObjectError::TooLarge { size_bytes }) }
}

/// The digest, counted apart from the threads that serve calls: 10 MiB take up to 50 ms.
async fn digest(content: Bytes) -> Result<Sha256Digest> {
    spawn_blocking(move || Sha256Digest::of(&content)).await.map_err(unavailable)
}

async fn within<T>(timeout: Duration, operation: impl Future<Output = Result<T>>) -> Result<T> {
    let late = |_| {
        unavailable(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("no answer within {} seconds", timeout.as_secs()),
        ))
    };
    tokio::time::timeout(timeout, operation).await.map_err(late)?
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> ObjectError {
    ObjectError::Unavailable(Box::new(error))
}
