//! Credentials into actors.

use std::sync::Arc;

use chrono::Utc;
use http::HeaderMap;
use takar_domain::access::Actor;
use takar_store::{Opened, Store};

use crate::{
    error::Error,
    identity::{Credential, Identifier, IdentityError},
};

/// Tells who calls, by a token of the identity provider or an API key.
#[derive(Clone, Debug)]
pub(crate) struct Authenticator {
    store: Store,
    /// `None` where only API keys are taken.
    identifier: Option<Arc<Identifier>>,
}

impl Authenticator {
    pub(crate) const fn new(store: Store, identifier: Option<Arc<Identifier>>) -> Self {
        Self { store, identifier }
    }

    /// Who calls; without a credential the public.
    ///
    /// Keys are looked up for each call, so one that is revoked is refused from then on.
    ///
    /// # Errors
    /// [`Error::Identity`] where a credential is shown that does not hold.
    pub(crate) async fn actor(&self, headers: &HeaderMap) -> Result<Actor, Error> {
        match Credential::read(headers)? {
            Credential::None => Ok(Actor::anonymous()),
            Credential::Jwt(token) => match &self.identifier {
                Some(identifier) => Ok(identifier.identify(token, Utc::now()).await?),
                None => Err(IdentityError::NoProvider.into()),
            },
            Credential::ApiKey(key) => match self.store.open_api_key(&key).await? {
                Opened::Valid(actor) => Ok(actor),
                Opened::Unknown => Err(IdentityError::UnknownApiKey.into()),
                Opened::Expired => Err(IdentityError::Expired.into()),
                Opened::Revoked => Err(IdentityError::Revoked.into()),
            },
        }
    }
}
