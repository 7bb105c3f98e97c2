//! The pool of connections, and what a connection is set up with.

use std::{str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::error::{Error, Result};

/// The role that the migrations make and grant to whoever runs them.
const APPLICATION_ROLE: &str = "takar_app";

/// How a store connects.
#[derive(Clone)]
pub struct ConnectionSettings {
    /// The password, where it is kept apart from the URL.
    pub password: Option<String>,
    /// The role that statements run as: one that owns nothing, so that what is only ever added to
    /// can't be changed through a mistake or a break-in here. `None` for that of the login.
    pub role: Option<String>,
    /// The most connections: Postgres serves about as many at once as it has cores and disks, and
    /// further ones only wait inside it instead of here.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is told that the database is busy.
    pub acquire_timeout: Duration,
    /// How long a statement may run. Giving up on a query here leaves the server running it, so the
    /// server has to know the limit.
    pub statement_timeout: Duration,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            password: None,
            role: Some(APPLICATION_ROLE.to_owned()),
            max_connections: 16,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
        }
    }
}

/// Takar's data in Postgres.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pool: PgPool,
    /// As the login itself, which owns the schema.
    owner: PgConnectOptions,
}

impl Store {
    /// A store of the database at `url`; connections are made when they are needed.
    ///
    /// # Errors
    /// [`Error::Database`] where the URL cannot be read.
    pub fn new(url: &str, settings: &ConnectionSettings) -> Result<Self> {
        let statement_timeout = format!("{}ms", settings.statement_timeout.as_millis());
        let mut options = PgConnectOptions::from_str(url)?
            .application_name("takar")
            .options([("statement_timeout", statement_timeout)])
            .disable_statement_logging();
        if let Some(password) = &settings.password {
            options = options.password(password);
        }
        let owner = options.clone();
        if let Some(role) = &settings.role {
            options = options.options([("role", role)]);
        }
        let pool = PgPoolOptions::new()
            .max_connections(settings.max_connections)
            .acquire_timeout(settings.acquire_timeout)
            .connect_lazy_with(options);
        Ok(Self { pool, owner })
    }

    /// Brings the database's schema up to this version; what is there already stays.
    ///
    /// # Errors
    /// [`Error::Migration`] where one fails or was changed after it was applied, and
    /// [`Error::Unavailable`].
    pub async fn migrate(&self) -> Result<()> {
        let mut connection = PgConnection::connect_with(&self.owner).await?;
        // A migration may take longer than any statement of a request.
        sqlx::query("set statement_timeout = 0").execute(&mut connection).await?;
        sqlx::migrate!().run(&mut connection).await.map_err(Error::Migration)?;
        connection.close().await?;
        Ok(())
    }

    /// Makes a connection of its own, whose failure says why: a pool only tells that it waited.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Database`] with the cause.
    pub async fn connect(&self) -> Result<()> {
        let connection = PgConnection::connect_with(&self.pool.connect_options()).await?;
        connection.close().await?;
        Ok(())
    }

    /// Asks the database whether it answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it does not.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }

    /// Closes the connections after the statements under way.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
