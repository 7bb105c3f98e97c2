//! Where the issuer's keys come from.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    error::{IdentityError, SetupError},
    fetch::Fetcher,
    key_file::FileKeys,
    key_set::KeySet,
    key_url::UrlKeys,
    settings::KeyLocation,
};

/// The keys, wherever they are.
#[derive(Debug)]
pub(super) enum KeySource {
    Url(Arc<UrlKeys>),
    File(FileKeys),
}

impl KeySource {
    /// Keys that nothing has read yet.
    pub(super) fn new(location: KeyLocation) -> Result<Self, SetupError> {
        Ok(match location {
            KeyLocation::Url(url) => {
                Self::Url(UrlKeys::new(Fetcher::new(url).map_err(SetupError::Tls)?))
            }
            KeyLocation::File(path) => Self::File(FileKeys::new(path)),
        })
    }

    /// The keys, as new as they must be to have the key `id` in them if the issuer has it.
    pub(super) async fn keys_for(
        &self,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Arc<KeySet>, IdentityError> {
        match self {
            Self::Url(keys) => keys.keys_for(id, now).await,
            Self::File(keys) => keys.keys(),
        }
    }
}
