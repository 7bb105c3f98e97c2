//! API keys, whose secrets are stored as hashes.

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use takar_domain::{
    access::{Actor, Grant, Principal},
    api_key::ApiKey,
};

use crate::{
    connection::Store,
    error::{Error, Resource, Result, stored},
    page::Page,
    write::Write,
};

/// A key that is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// Its id.
    pub id: String,
    /// Which system it is for.
    pub display_name: String,
    /// SHA-256 of its secret.
    pub secret_hash: [u8; 32],
    /// What it may do.
    pub grants: Vec<Grant>,
    /// When it expires.
    pub expire_time: Option<DateTime<Utc>>,
}

/// A key as it is stored, without its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApiKey {
    /// Its id.
    pub id: String,
    /// Which system it is for.
    pub display_name: String,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// When it was created.
    pub create_time: DateTime<Utc>,
    /// Who created it.
    pub create_principal: Principal,
    /// When it expires.
    pub expire_time: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_use_time: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoke_time: Option<DateTime<Utc>>,
}

/// What a secret opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// A key in force.
    Valid(Actor),
    /// There is no such key, or its secret is another.
    Unknown,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

struct ApiKeyRow {
    api_key_id: String,
    display_name: String,
    grants: Json<Vec<Grant>>,
    create_time: DateTime<Utc>,
    create_principal: String,
    expire_time: Option<DateTime<Utc>>,
    last_use_time: Option<DateTime<Utc>>,
    revoke_time: Option<DateTime<Utc>>,
}

impl ApiKeyRow {
    fn into_stored(self) -> Result<StoredApiKey> {
        Ok(StoredApiKey {
            id: self.api_key_id,
            display_name: self.display_name,
            grants: self.grants.0,
            create_time: self.create_time,
            create_principal: stored(Principal::parse(&self.create_principal))?,
            expire_time: self.expire_time,
            last_use_time: self.last_use_time,
            revoke_time: self.revoke_time,
        })
    }
}

impl Store {
    /// What a key opens, now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open_api_key(&self, key: &ApiKey) -> Result<Opened> {
        let id = key.id().as_str();
        let found = sqlx::query!(
            r#"select secret_hash, grants as "grants: Json<Vec<Grant>>",
                      revoke_time is not null as "is_revoked!",
                      coalesce(expire_time <= clock_timestamp(), false) as "is_expired!",
                      (last_use_time is null
                       or last_use_time < clock_timestamp() - interval '1 minute') as "is_use_to_note!"
               from api_key
               where api_key_id = $1"#,
            id,
        )
        .fetch_optional(&self.pool)
        .await?;
        let found = found.filter(|found| {
            let hash = found.secret_hash.as_slice().try_into();
            hash.is_ok_and(|hash| key.has_secret_hash(hash))
        });
        let Some(found) = found else { return Ok(Opened::Unknown) };
        if found.is_revoked {
            return Ok(Opened::Revoked);
        }
        if found.is_expired {
            return Ok(Opened::Expired);
        }
        if found.is_use_to_note {
            // At most once a minute: a busy key must not write for every read.
            sqlx::query!(
                "update api_key set last_use_time = clock_timestamp() where api_key_id = $1",
                id
            )
            .execute(&self.pool)
            .await?;
        }
        Ok(Opened::Valid(Actor { principal: key.id().principal(), grants: found.grants.0 }))
    }

    /// The key.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn api_key(&self, id: &str) -> Result<StoredApiKey> {
        let page = Page { after: None, size: 1 };
        let mut found = self.api_keys_of(Some(id), &page).await?;
        found.pop().ok_or_else(|| Error::NotFound(Resource::ApiKey(id.to_owned())))
    }

    /// Keys, oldest first, one more than the page where there are more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn api_keys(&self, page: &Page<String>) -> Result<Vec<StoredApiKey>> {
        self.api_keys_of(None, page).await
    }

    async fn api_keys_of(
        &self,
        id: Option<&str>,
        page: &Page<String>,
    ) -> Result<Vec<StoredApiKey>> {
        sqlx::query_as!(
            ApiKeyRow,
            r#"
            select api_key_id, display_name, grants as "grants: Json<Vec<Grant>>", create_time,
                   create_principal, expire_time, last_use_time, revoke_time
            from api_key
            where ($1::text is null or api_key_id = $1)
              and ($2::text is null or (create_time, api_key_id) > (
                  select create_time, api_key_id from api_key before where before.api_key_id = $2))
            order by create_time, api_key_id
            limit $3
            "#,
            id,
            page.after.as_deref(),
            page.limit(),
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(ApiKeyRow::into_stored)
        .collect()
    }
}

impl Write {
    /// Stores a new key.
    ///
    /// # Errors
    /// Those of the database; an id is random, so it is not taken.
    pub async fn create_api_key(&mut self, key: &NewApiKey) -> Result<StoredApiKey> {
        let NewApiKey { id, display_name, secret_hash, grants, expire_time } = key;
        let principal = self.caller().principal;
        let create_time = sqlx::query_scalar!(
            "insert into api_key
                 (api_key_id, display_name, secret_hash, grants, expire_time, create_principal)
             values ($1, $2, $3, $4, $5, $6)
             returning create_time",
            id,
            display_name,
            secret_hash.as_slice(),
            Json(grants) as _,
            *expire_time,
            principal.as_str(),
        )
        .fetch_one(&mut *self.transaction)
        .await?;
        Ok(StoredApiKey {
            id: id.clone(),
            display_name: display_name.clone(),
            grants: grants.clone(),
            create_time,
            create_principal: principal,
            expire_time: *expire_time,
            last_use_time: None,
            revoke_time: None,
        })
    }

    /// Revokes a key; one that is revoked stays so.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn revoke_api_key(&mut self, id: &str) -> Result<StoredApiKey> {
        sqlx::query_as!(
            ApiKeyRow,
            r#"
            update api_key set revoke_time = coalesce(revoke_time, clock_timestamp())
            where api_key_id = $1
            returning api_key_id, display_name, grants as "grants: Json<Vec<Grant>>", create_time,
                      create_principal, expire_time, last_use_time, revoke_time
            "#,
            id,
        )
        .fetch_optional(&mut *self.transaction)
        .await?
        .ok_or_else(|| Error::NotFound(Resource::ApiKey(id.to_owned())))?
        .into_stored()
    }
}
