//! A database of its own for each test.
//!
//! One cluster serves all tests of a process; it starts with the first test that asks for it
//! and ends with the process. Each database is a copy of a template, which is prepared (the
//! migrations are run) once per process: a copy takes some 30 ms, migrations much longer.

use std::{
    collections::HashSet,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

use crate::{Settings, TemporaryCluster};

/// Tests run side by side and hold a pool each; the default of 100 is soon used up.
const MAX_CONNECTIONS: u32 = 400;

/// The database that is always there, from which others are made.
const MAINTENANCE_DATABASE: &str = "postgres";

/// Any error of a caller's code.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A database that belongs to one test.
///
/// When it is dropped, the database goes with the next one's creation, or with the cluster.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    url: String,
}

impl TestDatabase {
    /// Creates a copy of the template called `template`, which `prepare` fills the first time.
    ///
    /// `prepare` gets the URL of an empty database. The same name must always come with the
    /// same `prepare`.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn create<Prepared, Failure>(
        template: &str,
        prepare: impl FnOnce(String) -> Prepared,
    ) -> Result<Self, Error>
    where
        Prepared: Future<Output = Result<(), Failure>>,
        Failure: Into<BoxError>,
    {
        /// Tells the databases of this process apart.
        static NEXT: AtomicU32 = AtomicU32::new(0);

        let cluster = cluster()?;
        let mut connection = connect(cluster).await?;
        drop_discarded(&mut connection).await?;
        // A name of their own, so that no template can be called like another database.
        let template = format!("template_{template}");
        prepare_once(cluster, &mut connection, &template, prepare).await?;

        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let sql = format!("create database {} template {}", quote(&name), quote(&template));
        execute(&mut connection, sql).await?;
        connection.close().await?;
        Ok(Self { url: cluster.cluster().url(&name), name })
    }

    /// The database's URL, for sqlx and psql.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Dropping a value can't await, so the name is left for the next creation.
        let mut discarded = DISCARDED.lock().unwrap_or_else(PoisonError::into_inner);
        discarded.push(std::mem::take(&mut self.name));
    }
}

/// Why a test has no database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The cluster didn't start; every test of the process gets the same error.
    #[error("the test cluster didn't start")]
    Cluster(#[source] &'static crate::Error),

    /// The caller's preparation of the template failed.
    #[error("preparing the template database {template} failed")]
    Prepare {
        /// The template's name.
        template: String,
        /// The caller's error.
        source: BoxError,
    },

    /// Postgres refused a statement of ours.
    #[error("creating a test database failed")]
    Sql(#[from] sqlx::Error),
}

/// The names of the databases that no test uses any more.
static DISCARDED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The cluster of this process, started on first use.
fn cluster() -> Result<&'static TemporaryCluster, Error> {
    // Statics aren't dropped: the server ends with the process, and the next process that
    // starts a temporary cluster removes the directory.
    static CLUSTER: OnceLock<Result<TemporaryCluster, crate::Error>> = OnceLock::new();

    CLUSTER
        .get_or_init(|| {
            let max_connections = ("max_connections".to_owned(), MAX_CONNECTIONS.to_string());
            let settings =
                Settings { server_parameters: vec![max_connections], ..Settings::new("") };
            TemporaryCluster::start(&settings, |step| eprintln!("{step}"))
        })
        .as_ref()
        .map_err(Error::Cluster)
}

/// Makes and fills the template, unless this process did so before.
async fn prepare_once<Prepared, Failure>(
    cluster: &TemporaryCluster,
    connection: &mut PgConnection,
    template: &str,
    prepare: impl FnOnce(String) -> Prepared,
) -> Result<(), Error>
where
    Prepared: Future<Output = Result<(), Failure>>,
    Failure: Into<BoxError>,
{
    static PREPARED: OnceLock<tokio::sync::Mutex<HashSet<String>>> = OnceLock::new();

    // Held while preparing, so that the other tests wait for the template.
    let mut prepared = PREPARED.get_or_init(tokio::sync::Mutex::default).lock().await;
    if prepared.contains(template) {
        return Ok(());
    }
    let quoted = quote(template);
    // A half-filled one remains where a test panicked in its preparation.
    execute(connection, format!("drop database if exists {quoted} with (force)")).await?;
    execute(connection, format!("create database {quoted}")).await?;
    prepare(cluster.cluster().url(template)).await.map_err(|failure| Error::Prepare {
        template: template.to_owned(),
        source: failure.into(),
    })?;
    // A database with sessions can't be copied, and a dropped pool closes its own only later.
    execute(connection, format!("alter database {quoted} with allow_connections false")).await?;
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
        .bind(template)
        .execute(&mut *connection)
        .await?;
    prepared.insert(template.to_owned());
    Ok(())
}

/// Drops the databases of finished tests, lest hundreds of them fill the disk.
async fn drop_discarded(connection: &mut PgConnection) -> Result<(), Error> {
    let names = std::mem::take(&mut *DISCARDED.lock().unwrap_or_else(PoisonError::into_inner));
    for name in names {
        let sql = format!("drop database if exists {} with (force)", quote(&name));
        execute(connection, sql).await?;
    }
    Ok(())
}

async fn connect(cluster: &TemporaryCluster) -> Result<PgConnection, Error> {
    let options: PgConnectOptions = cluster.cluster().url(MAINTENANCE_DATABASE).parse()?;
    // A connection belongs to the runtime that made it, and each test has its own runtime.
    Ok(options.connect().await?)
}

/// Runs a statement that takes no parameters; its identifiers are quoted by [`quote`].
async fn execute(connection: &mut PgConnection, sql: String) -> Result<(), Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

/// Quotes an SQL identifier.
fn quote(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
