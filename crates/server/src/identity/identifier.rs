//! Tells who calls, by a token of the identity provider.

use chrono::{DateTime, Utc};
use serde_json::Value;
use takar_domain::access::{Actor, Principal};

use super::{
    claims::Claims,
    error::{IdentityError, SetupError},
    key_source::KeySource,
    settings::IdentitySettings,
    signature,
    token::{Header, check_claims, verified_claims},
};

/// Verifies tokens of one identity provider. It is shared by all calls.
#[derive(Debug)]
pub struct Identifier {
    issuer: String,
    audience: String,
    keys: KeySource,
    claims: Claims,
}

impl Identifier {
    /// An identifier by these settings. It asks the provider for nothing until a token comes, so
    /// that the server starts without it.
    ///
    /// # Errors
    /// [`SetupError`] where TLS cannot be set up.
    pub fn new(settings: IdentitySettings) -> Result<Self, SetupError> {
        let IdentitySettings { issuer, audience, keys, claims } = settings;
        signature::use_ring();
        Ok(Self { issuer, audience, keys: KeySource::new(keys)?, claims })
    }

    /// Who calls with this token at `now`: `users/SUB`, with what its claims grant.
    ///
    /// The signature is verified before any claim is believed, and a claim that is not as it must
    /// be is an error, not a smaller right.
    ///
    /// # Errors
    /// [`IdentityError`], whose words are fit for the client.
    pub async fn identify(&self, token: &str, now: DateTime<Utc>) -> Result<Actor, IdentityError> {
        let header = Header::parse(token)?;
        let keys = self.keys.keys_for(&header.key_id, now).await?;
        let key = keys.find(&header.key_id, header.algorithm)?;
        let claims = verified_claims(token, key)?;
        check_claims(&claims, &self.issuer, &self.audience, now)?;
        let principal = claims
            .get("sub")
            .and_then(Value::as_str)
            .and_then(|subject| Principal::parse(&format!("users/{subject}")).ok())
            .ok_or_else(|| IdentityError::malformed("its sub is no subject without blanks"))?;
        self.claims.actor(principal, &claims)
    }
}
