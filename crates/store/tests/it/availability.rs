//! What the store says when the database does not answer or does not make sense.

use std::time::Duration;

use sqlx::Connection;
use takar_domain::vocabulary::Pillar;
use takar_embedded_postgres::{Settings, TemporaryCluster};
use takar_store::{ConnectionSettings, Error, Store};
use tokio::task;

use crate::hand::Hand;
use crate::support::{Scene, citation, kebumen, tally};

/// Long enough for a loaded machine to begin what a test waits for.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn without_a_free_connection_the_database_is_unavailable() {
    let scene = Scene::with_evaluation().await;
    let store = scene.store_with(&ConnectionSettings {
        max_connections: 1,
        acquire_timeout: Duration::from_secs(1),
        ..ConnectionSettings::default()
    });
    store.ping().await.expect("the connection is made");
    // Another session holds the evaluation, so the only connection waits for it.
    let mut other = scene.connection().await;
    let mut transaction = other.begin().await.unwrap();
    sqlx::query("select from evaluation for update").execute(&mut *transaction).await.unwrap();
    let waiting = task::spawn({
        let store = store.clone();
        async move { Hand(store).report_tallies(&kebumen(), &[(Pillar::Living, tally(1, 2))]).await }
    });
    await_waiting_session(&scene).await;

    let error = store.ping().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(sqlx::Error::PoolTimedOut)), "{error:?}");
    transaction.rollback().await.unwrap();
    waiting.await.unwrap().expect("the one that waited goes on");
    store.ping().await.expect("the connection is free again");
}

#[tokio::test]
async fn a_statement_over_its_time_ends_as_unavailable() {
    let scene = Scene::with_evaluation().await;
    let store = scene.store_with(&ConnectionSettings {
        statement_timeout: Duration::from_millis(100),
        ..ConnectionSettings::default()
    });
    let mut other = scene.connection().await;
    let mut transaction = other.begin().await.unwrap();
    sqlx::query("select from evaluation for update").execute(&mut *transaction).await.unwrap();
    let error = Hand(store).publish(&kebumen(), citation(""), &[]).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(sqlx::Error::Database(_))), "{error:?}");
}

#[tokio::test]
async fn a_stopped_database_is_unavailable() {
    let start = || TemporaryCluster::start(&Settings::new(""), |step| eprintln!("{step}"));
    let cluster = task::spawn_blocking(start).await.unwrap().expect("a cluster");
    let settings =
        ConnectionSettings { acquire_timeout: Duration::from_secs(1), ..Default::default() };
    let store = Store::new(&cluster.cluster().url("postgres"), &settings).unwrap();
    store.migrate().await.unwrap();
    store.ping().await.expect("it runs");

    task::spawn_blocking(move || drop(cluster)).await.unwrap();
    // The first finds a broken connection, the second makes none.
    for _ in 0..2 {
        let error = store.ping().await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    }
    let error = store.evaluation(&kebumen()).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn a_closed_store_is_unavailable() {
    let scene = Scene::empty().await;
    scene.store.close().await;
    let error = scene.store.ping().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(sqlx::Error::PoolClosed)), "{error:?}");
}

#[tokio::test]
async fn what_another_hand_wrote_badly_is_unreadable() {
    let scene = Scene::with_evaluation().await;
    scene
        .sql(
            "insert into publication (evaluation_id, revision, source, scorecard)
             select evaluation_id, 1, 'a test', '{\"index\": 4}' from evaluation",
        )
        .await
        .unwrap();
    let error = scene.store.scorecard(&kebumen(), None).await.unwrap_err();
    assert!(matches!(error, Error::Unreadable(_)), "{error:?}");
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let scene = Scene::with_evaluation().await;
    let before = scene.store.evaluation(&kebumen()).await.unwrap();
    scene.store.migrate().await.unwrap();
    assert_eq!(scene.store.evaluation(&kebumen()).await.unwrap(), before);
}

/// Waits until a session of the database waits for a lock.
async fn await_waiting_session(scene: &Scene) {
    let mut connection = scene.connection().await;
    let is_waiting = "select count(*) > 0 from pg_stat_activity
                      where datname = current_database() and wait_event_type = 'Lock'";
    let found = tokio::time::timeout(PATIENCE, async {
        while !sqlx::query_scalar::<_, bool>(is_waiting).fetch_one(&mut connection).await.unwrap() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    found.await.expect("a session waits for the lock");
}
