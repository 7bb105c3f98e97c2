//! A database, a server and a gateway of each test's own.

use std::{net::SocketAddr, time::Duration};

use sqlx::{Connection, PgConnection};
use takar_embedded_postgres::testing::TestDatabase;
use takar_gateway::{Gateway, Upstream};
use takar_objects::Objects;
use takar_proto::DESCRIPTOR_SET;
use takar_server::{
    CatalogSettings, CatalogTable, Limits, ServeError, Server,
    identity::{Identifier, IdentitySettings, IdentityTable},
};
use takar_store::{ConnectionSettings, Store};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};
use tonic::transport::{Channel, Endpoint};

use crate::{grpc, rest};

/// How long a test waits for what must happen: long enough for a machine under load.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Where the public is told to find the gateway.
pub(crate) const PUBLIC_URL: &str = "https://takar.test";

/// What a test may do unless it says who it is.
const EVERYTHING: [&str; 5] =
    ["secretariat", "administrator", "assessor", "operator=*", "integrator=*"];

/// Someone who calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actor {
    /// By which name the server knows them.
    pub(crate) principal: String,
    /// What they show; empty for nothing.
    pub(crate) token: String,
}

/// A running server with a gateway in front of it.
pub(crate) struct Stack {
    /// Shows a key that may do everything.
    pub(crate) grpc: grpc::Client,
    /// As [`grpc`](Self::grpc).
    pub(crate) rest: rest::Client,
    /// That key.
    pub(crate) token: String,
    /// Where files of evidence are.
    pub(crate) objects: TempDir,
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    /// The server's task, and what tells it to stop.
    server: JoinHandle<Result<(), ServeError>>,
    stop: oneshot::Sender<()>,
    keys: Server,
    database: Option<TestDatabase>,
}

impl Stack {
    /// Starts all of it on an empty database.
    pub(crate) async fn start() -> Self {
        Self::with_limits(Limits::default()).await
    }

    /// As [`Stack::start`], with limits of the server's.
    pub(crate) async fn with_limits(limits: Limits) -> Self {
        Self::on_empty_database(limits, None).await
    }

    /// As [`Stack::start`], with an identity provider whose tokens the server takes.
    pub(crate) async fn with_identity(table: IdentityTable) -> Self {
        let settings = IdentitySettings::new(table).expect("settings");
        let identifier = Identifier::new(settings).expect("an identifier");
        Self::on_empty_database(Limits::default(), Some(identifier)).await
    }

    /// As [`Stack::start`], but without a gateway, so that nobody watches the server.
    pub(crate) async fn without_gateway() -> Self {
        let database = Self::empty_database().await;
        let url = database.url().to_owned();
        let server = Self::run_server(&url, Limits::default(), None).await;
        Self { database: Some(database), ..server }
    }

    async fn on_empty_database(limits: Limits, identifier: Option<Identifier>) -> Self {
        let database = Self::empty_database().await;
        let url = database.url().to_owned();
        Self { database: Some(database), ..Self::run(&url, limits, identifier).await }
    }

    async fn empty_database() -> TestDatabase {
        let migrate = |url: String| async move {
            Store::new(&url, &ConnectionSettings::default())?.migrate().await
        };
        TestDatabase::create("takar", migrate).await.expect("a database")
    }

    /// Starts a server and a gateway over a database that is there already.
    pub(crate) async fn over(database_url: &str, limits: Limits) -> Self {
        Self::run(database_url, limits, None).await
    }

    async fn run(database_url: &str, limits: Limits, identifier: Option<Identifier>) -> Self {
        let stack = Self::run_server(database_url, limits, identifier).await;
        let upstream = Upstream::parse(&format!("http://{}", stack.address)).expect("an address");
        let gateway = Gateway::new(DESCRIPTOR_SET, &upstream, takar_gateway::Limits::default())
            .expect("the contract's routes");
        let (listener, gateway_address) = listen().await;
        tokio::spawn(gateway.serve(listener, std::future::pending()));
        Self { rest: rest::Client::new(gateway_address, &stack.token), ..stack }
    }

    /// Starts a server, whose REST client talks to nobody.
    async fn run_server(
        database_url: &str,
        limits: Limits,
        identifier: Option<Identifier>,
    ) -> Self {
        let store =
            Store::new(database_url, &ConnectionSettings::default()).expect("a readable URL");
        let (stop, stopped) = oneshot::channel();
        let (listener, address) = listen().await;
        let objects = tempfile::tempdir().expect("a directory");
        let kept = Objects::in_directory(objects.path().to_owned()).expect("the directory");
        let keys = Server::new(store, limits).with_objects(kept).with_catalog(catalog());
        let mut keys = keys.with_simulation();
        if let Some(identifier) = identifier {
            keys = keys.with_identifier(identifier);
        }
        let server = tokio::spawn(keys.clone().serve(listener, async move {
            // A test that drops the sender has no more use for the server either.
            let _ = stopped.await;
        }));
        let token = keys.create_api_key("Everything", &EVERYTHING).await.expect("a key");
        let (_, nobody) = listen().await;
        Self {
            grpc: grpc::Client::new(address, &token),
            rest: rest::Client::new(nobody, &token),
            token,
            objects,
            address,
            server,
            stop,
            keys,
            database: None,
        }
    }

    /// Someone with an API key of these grants.
    pub(crate) async fn actor(&self, grants: &[&str]) -> Actor {
        let token = self.keys.create_api_key("A test's", grants).await.expect("a key");
        let id = token.split('_').nth(1).expect("an id");
        Actor { principal: format!("apiKeys/{id}"), token }
    }

    /// A connection to the server for generated clients.
    pub(crate) async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address));
        endpoint.expect("an address").connect().await.expect("a connection")
    }

    /// The database that belongs to this stack.
    pub(crate) fn database_url(&self) -> &str {
        self.database.as_ref().expect("a database of the stack's own").url()
    }

    /// A connection past the server.
    pub(crate) async fn connection(&self) -> PgConnection {
        PgConnection::connect(self.database_url()).await.expect("a connection")
    }

    /// Waits until a session of the database waits for a lock.
    pub(crate) async fn await_waiting_session(&self) {
        let mut connection = self.connection().await;
        let is_waiting = "select count(*) > 0 from pg_stat_activity
                          where datname = current_database() and wait_event_type = 'Lock'";
        eventually("a session waits for the lock", async || {
            sqlx::query_scalar::<_, bool>(is_waiting).fetch_one(&mut connection).await.unwrap()
        })
        .await;
    }

    /// Ends the server at once; the database stays while what is returned is kept.
    pub(crate) fn kill(self) -> Option<TestDatabase> {
        self.server.abort();
        self.database
    }

    /// Tells the server to stop; what it ends with.
    pub(crate) fn stop(self) -> JoinHandle<Result<(), ServeError>> {
        self.stop.send(()).expect("the server runs");
        self.server
    }
}

/// A catalogue whose links lead nowhere.
fn catalog() -> CatalogSettings {
    let table = CatalogTable {
        public_url: Some(PUBLIC_URL.to_owned()),
        licence_url: Some("https://creativecommons.org/licenses/by/4.0/".to_owned()),
        ..CatalogTable::default()
    };
    CatalogSettings::parse(table).expect("settings")
}

/// Asks until it is so, for a bounded time.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asking = timeout(PATIENCE, async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(asking.await.is_ok(), "in {PATIENCE:?}: {what}");
}

/// A free port.
pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("the port");
    (listener, address)
}
