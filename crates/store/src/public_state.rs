//! The version of what the public is shown, and how to hear of a new one.
//!
//! Triggers renew it in the transaction of whoever writes, so it counts what other processes and
//! people at a prompt do, too.

use std::time::Duration;

use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
};

use crate::{connection::Store, error::Result};

/// The channel on which the database tells of a new version.
const CHANNEL: &str = "public_state";

/// How long a listener waits for its connection: it is one of its own, so nobody else keeps it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Hears of new versions, on a connection of its own.
#[derive(Debug)]
pub struct PublicStateListener(PgListener);

impl Store {
    /// The version of what the public is shown; whatever changes it leads to another number.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn public_version(&self) -> Result<i64> {
        let version = sqlx::query_scalar!("select version from public_state");
        Ok(version.fetch_one(&self.pool).await?)
    }

    /// Begins to listen for new versions.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn listen_to_public_state(&self) -> Result<PublicStateListener> {
        let mut listener = PgListener::connect_with(&self.pool_of_one()).await?;
        listener.listen(CHANNEL).await?;
        Ok(PublicStateListener(listener))
    }

    /// The listener takes its connection for good, so not one of those that requests wait for.
    fn pool_of_one(&self) -> PgPool {
        let options = self.pool.connect_options();
        PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(CONNECT_TIMEOUT)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(options.as_ref().clone())
    }
}

impl PublicStateListener {
    /// Waits until there may be a new version: the database tells of one, or the connection was lost
    /// meanwhile. Giving up the wait loses nothing.
    ///
    /// # Errors
    /// Where the connection can't be made again; the listener is of no more use then.
    pub async fn changed(&mut self) -> Result<()> {
        self.0.try_recv().await?;
        Ok(())
    }

    /// The version now.
    ///
    /// # Errors
    /// As of [`changed`](Self::changed).
    pub async fn version(&mut self) -> Result<i64> {
        let version = sqlx::query_scalar!("select version from public_state");
        Ok(version.fetch_one(&mut self.0).await?)
    }
}
