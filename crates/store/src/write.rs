//! A write: one transaction with the audit entry that tells of it and the answer that is kept for a
//! repeated request.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Postgres, Transaction};
use takar_domain::{access::Principal, audit::ResourceChange, life::Caller, vocabulary::Role};

use crate::{
    audit::{self, Head},
    connection::Store,
    error::{Error, Result},
};

/// Who calls which method, from where: what an audit entry says besides what changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who.
    pub principal: Principal,
    /// The role in which the policy admitted them; `None` where it did not.
    pub role: Option<Role>,
    /// The service and method, `EvaluationService/PublishEvaluation`.
    pub method: String,
    /// The id that the answer carries.
    pub request_id: String,
    /// From where, as far as it is known.
    pub peer: String,
    /// What the request names; empty where it names nothing.
    pub resource: String,
}

/// The caller's key of a request that may come again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    /// The key.
    pub key: String,
    /// A hash of the method and the request.
    pub fingerprint: [u8; 32],
}

/// A write that began.
#[derive(Debug)]
pub enum Begun {
    /// It is to be carried out.
    Write(Box<Write>),
    /// It was carried out before; this was the answer.
    Answered(Vec<u8>),
}

/// A write under way. Dropped without a [`commit`](Self::commit), it leaves nothing behind.
#[derive(Debug)]
pub struct Write {
    pub(crate) transaction: Transaction<'static, Postgres>,
    call: Call,
    role: Role,
    key: Option<RequestKey>,
    changes: Vec<ResourceChange>,
    /// What entries before the last one tell of.
    told: Vec<Vec<ResourceChange>>,
    head: Option<Head>,
}

impl Store {
    /// Begins a write, or finds the answer of an earlier one with the same key.
    ///
    /// Of requests with the same key that come at the same time, all but the first wait here for it.
    ///
    /// # Errors
    /// [`Error::KeyReused`] where the key came with another request.
    pub async fn begin(&self, call: Call, role: Role, key: Option<RequestKey>) -> Result<Begun> {
        let mut transaction = self.pool.begin().await?;
        if let Some(key) = &key
            && !claim(&mut transaction, &call.principal, key).await?
        {
            return answer_of(&mut transaction, &call.principal, key).await.map(Begun::Answered);
        }
        let write = Write {
            transaction,
            call,
            role,
            key,
            changes: Vec::new(),
            told: Vec::new(),
            head: None,
        };
        Ok(Begun::Write(Box::new(write)))
    }
}

impl Write {
    /// Who writes.
    pub fn caller(&self) -> Caller {
        Caller { principal: self.call.principal.clone(), role: self.role }
    }

    /// The time of the database, now: not that of the transaction's begin, which is before its locks.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn now(&mut self) -> Result<DateTime<Utc>> {
        let now = sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#)
            .fetch_one(&mut *self.transaction)
            .await?;
        Ok(now)
    }

    /// Notes what changed, for the audit entry.
    pub fn changed(&mut self, change: ResourceChange) {
        self.changes.push(change);
    }

    /// Ends an entry of the audit trail, so that what is noted from here on stands in another one: what
    /// is written of many regions is found by each of them, and no entry is beyond all size.
    pub fn end_entry(&mut self) {
        if !self.changes.is_empty() {
            self.told.push(std::mem::take(&mut self.changes));
        }
    }

    /// Makes the write lasting, with its audit entries and the answer for a repeated request.
    ///
    /// # Errors
    /// Those of the database; then nothing of it stays.
    pub async fn commit(mut self, answer: &[u8]) -> Result<()> {
        if let Some(RequestKey { key, fingerprint: _ }) = &self.key {
            sqlx::query!(
                "update idempotent_answer set answer = $3 where principal = $1 and request_id = $2",
                self.call.principal.as_str(),
                key,
                answer,
            )
            .execute(&mut *self.transaction)
            .await?;
        }
        // Last, as entries follow each other: what holds the end of the chain soon lets it go.
        let head = self.take_head().await?;
        if !self.changes.is_empty() || self.told.is_empty() {
            self.told.push(self.changes);
        }
        let entries = self.told.into_iter().map(|changes| {
            // What a request creates it can't name yet.
            if let Some(first) = changes.first() {
                self.call.resource.clone_from(&first.resource);
            }
            audit::entry(&self.call, audit::Outcome::Done(changes), head.time)
        });
        audit::append(&mut self.transaction, &head, entries).await?;
        self.transaction.commit().await?;
        Ok(())
    }

    /// Lets go of the write, of which nothing stays, and waits until its locks are free.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn abandon(self) -> Result<()> {
        self.transaction.rollback().await?;
        Ok(())
    }

    /// Takes the end of the audit trail early. Writes that do so are committed in the order of the
    /// times that they see from here on.
    pub(crate) async fn in_commit_order(&mut self) -> Result<DateTime<Utc>> {
        let head = self.take_head().await?;
        let time = head.time;
        self.head = Some(head);
        Ok(time)
    }

    async fn take_head(&mut self) -> Result<Head> {
        match self.head.take() {
            Some(head) => Ok(head),
            None => audit::lock_head(&mut self.transaction).await,
        }
    }
}

/// Takes the key; false where another request has it, which has ended then.
async fn claim(
    connection: &mut PgConnection,
    principal: &Principal,
    key: &RequestKey,
) -> Result<bool> {
    let claimed = sqlx::query!(
        "insert into idempotent_answer (principal, request_id, fingerprint) values ($1, $2, $3)
         on conflict (principal, request_id) do nothing",
        principal.as_str(),
        key.key,
        key.fingerprint.as_slice(),
    )
    .execute(connection)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

async fn answer_of(
    connection: &mut PgConnection,
    principal: &Principal,
    key: &RequestKey,
) -> Result<Vec<u8>> {
    let found = sqlx::query!(
        r#"select fingerprint, answer as "answer!"
           from idempotent_answer
           where principal = $1 and request_id = $2"#,
        principal.as_str(),
        key.key,
    )
    .fetch_one(connection)
    .await?;
    if found.fingerprint == key.fingerprint {
        Ok(found.answer)
    } else {
        Err(Error::KeyReused(key.key.clone()))
    }
}
