//! The audit trail, a chain of hashes that is only ever added to.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use takar_domain::{
    access::Principal,
    audit::{self, ChainHash, Entry, OUTCOME_OK, ResourceChange},
};

use crate::{
    connection::Store,
    error::{Error, Result},
    page::Page,
    write::Call,
};

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its place in the chain, from 1.
    pub sequence: i64,
    /// What it says, JSON of [`Entry`].
    pub content: String,
    /// Its hash.
    pub hash: ChainHash,
}

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainEnd {
    /// The place of the newest entry, 0 where there is none.
    pub sequence: i64,
    /// Its hash.
    pub hash: ChainHash,
}

/// Which entries a list shows; each condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Those of requests that named this resource.
    pub resource: Option<String>,
    /// Those of this principal.
    pub principal: Option<Principal>,
}

/// The end of the chain, locked, with the time that the next entry has.
#[derive(Debug)]
pub(crate) struct Head {
    end: ChainEnd,
    pub(crate) time: DateTime<Utc>,
}

/// How a write ended.
pub(crate) enum Outcome<'a> {
    Done(Vec<ResourceChange>),
    Refused { code: &'a str, reason: &'a str },
}

impl Store {
    /// Notes a write that was refused.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn record_refusal(&self, call: &Call, code: &str, reason: &str) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        let head = lock_head(&mut transaction).await?;
        let entry = entry(call, Outcome::Refused { code, reason }, head.time);
        append(&mut transaction, &head, [entry]).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Entries, oldest first, one more than the page where there are more, and the chain's end.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn audit_entries(
        &self,
        filter: &AuditFilter,
        page: &Page<i64>,
    ) -> Result<(Vec<StoredEntry>, ChainEnd)> {
        let mut transaction = self.pool.begin().await?;
        // First, so that every entry up to it is there to be read.
        let end = sqlx::query!("select sequence, hash from audit_head")
            .fetch_one(&mut *transaction)
            .await?;
        let end = ChainEnd { sequence: end.sequence, hash: hash(end.hash)? };
        let rows = sqlx::query!(
            "select sequence, content, hash
             from audit_entry
             where ($1::bigint is null or sequence > $1)
               and ($2::text is null or resource = $2)
               and ($3::text is null or principal = $3)
             order by sequence
             limit $4",
            page.after,
            filter.resource.as_deref(),
            filter.principal.as_ref().map(Principal::as_str),
            page.limit(),
        )
        .fetch_all(&mut *transaction)
        .await?;
        let entries = rows.into_iter().map(|row| {
            Ok(StoredEntry { sequence: row.sequence, content: row.content, hash: hash(row.hash)? })
        });
        Ok((entries.collect::<Result<_>>()?, end))
    }
}

/// What an entry says of a call and its outcome.
pub(crate) fn entry(call: &Call, outcome: Outcome<'_>, time: DateTime<Utc>) -> Entry {
    let Call { principal, role, method, request_id, peer, resource } = call.clone();
    let (outcome, reason, changes) = match outcome {
        Outcome::Done(changes) => (OUTCOME_OK, "", changes),
        Outcome::Refused { code, reason } => (code, reason, Vec::new()),
    };
    Entry {
        time: audit::time(time),
        principal,
        role,
        method,
        request_id,
        peer,
        resource,
        outcome: outcome.to_owned(),
        reason: reason.to_owned(),
        changes,
    }
}

/// Waits for the end of the chain and holds it until the transaction ends.
pub(crate) async fn lock_head(connection: &mut PgConnection) -> Result<Head> {
    let row = sqlx::query!("select sequence, hash from audit_head for update")
        .fetch_one(&mut *connection)
        .await?;
    // A statement of its own: a clock in the one above may be read before it waits.
    let time = sqlx::query_scalar!(r#"select clock_timestamp() as "time!""#)
        .fetch_one(&mut *connection)
        .await?;
    let end = ChainEnd { sequence: row.sequence, hash: hash(row.hash)? };
    Ok(Head { end, time })
}

/// How many entries are added by one statement: of an import some megabytes.
const ENTRIES_AT_ONCE: usize = 100;

/// Adds entries to the locked end, one after the other.
pub(crate) async fn append(
    connection: &mut PgConnection,
    head: &Head,
    entries: impl IntoIterator<Item = Entry>,
) -> Result<()> {
    let mut end = head.end;
    let mut entries = entries.into_iter().peekable();
    while entries.peek().is_some() {
        let (mut sequences, mut contents, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries.by_ref().take(ENTRIES_AT_ONCE) {
            let content = serde_json::to_string(&entry)
                .map_err(|error| Error::Unreadable(Box::new(error)))?;
            end = ChainEnd { sequence: end.sequence + 1, hash: audit::chain(&end.hash, &content) };
            sequences.push(end.sequence);
            contents.push(content);
            hashes.push(end.hash.to_vec());
        }
        sqlx::query!(
            "with added as (
                 insert into audit_entry (sequence, content, hash)
                 select * from unnest($1::bigint[], $2::text[], $3::bytea[])
             )
             update audit_head set sequence = $4, hash = $5",
            &sequences,
            &contents,
            &hashes,
            end.sequence,
            end.hash.as_slice(),
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

fn hash(bytes: Vec<u8>) -> Result<ChainHash> {
    let length = bytes.len();
    bytes.try_into().map_err(|_| Error::Unreadable(format!("a hash of {length} bytes").into()))
}
