//! A server that is away for a while, before a gateway that stays.

use std::net::SocketAddr;

use serde_json::Value as Json;
use sqlx::{Connection as _, PgConnection};
use takar_embedded_postgres::testing::TestDatabase;
use takar_gateway::{Gateway, Upstream};
use takar_proto::DESCRIPTOR_SET;
use takar_server::{Limits, ServeError, Server};
use takar_store::{ConnectionSettings, Store};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle, time::timeout};

use crate::{
    rest,
    stack::{PATIENCE, eventually, listen},
};

struct Running {
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), ServeError>>,
}

impl Running {
    fn start(store: &Store, listener: TcpListener) -> Self {
        let (stop, stopped) = oneshot::channel();
        let server = Server::new(store.clone(), Limits::default());
        let server = tokio::spawn(server.serve(listener, async move {
            let _ = stopped.await;
        }));
        Self { stop, server }
    }

    async fn stop(self) {
        self.stop.send(()).expect("it runs");
        let ended = timeout(PATIENCE, self.server).await.expect("the server stops");
        ended.unwrap().expect("without a failure");
    }
}

async fn gateway(server: SocketAddr) -> rest::Client {
    let upstream = Upstream::parse(&format!("http://{server}")).expect("an address");
    let gateway = Gateway::new(DESCRIPTOR_SET, &upstream, takar_gateway::Limits::default())
        .expect("the contract's routes");
    let (listener, address) = listen().await;
    tokio::spawn(gateway.serve(listener, std::future::pending()));
    rest::Client::new(address, "")
}

#[tokio::test]
async fn what_changed_while_the_server_was_away_is_seen_once_it_is_back() {
    let migrate = |url: String| async move {
        Store::new(&url, &ConnectionSettings::default())?.migrate().await
    };
    let database = TestDatabase::create("takar", migrate).await.expect("a database");
    let store = Store::new(database.url(), &ConnectionSettings::default()).expect("a readable URL");
    let mut connection = PgConnection::connect(database.url()).await.expect("a connection");
    let register = "with province as (insert into region (kind, display_name)
                                      values ('province', 'Before') returning region_id)
                    insert into region_code (code, region_id, is_current)
                    select '33', region_id, true from province";
    sqlx::query(register).execute(&mut connection).await.expect("a region");

    let (listener, address) = listen().await;
    let running = Running::start(&store, listener);
    let public = gateway(address).await;
    let read = async || rest::send(public.request("GET", "/v1/regions/33")).await;
    eventually("it is kept", async || read().await.headers.contains_key("age")).await;

    running.stop().await;
    eventually("nothing is shown", async || read().await.status == 503).await;
    let rename = "update region set display_name = 'After'";
    sqlx::query(rename).execute(&mut connection).await.expect("it is renamed");
    let listener = TcpListener::bind(address).await.expect("the same port");
    let running = Running::start(&store, listener);
    eventually("the server is back", async || {
        let received = read().await;
        let json: Json = serde_json::from_str(&received.body).expect("JSON");
        assert!(received.status == 503 || json["displayName"] == "After", "{json}");
        received.headers.contains_key("age")
    })
    .await;
    running.stop().await;
}
