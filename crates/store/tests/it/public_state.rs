//! The version of what the public is shown.

use takar_domain::vocabulary::Pillar;
use tokio::time::{Duration, timeout};

use crate::support::{Scene, citation, kebumen, tally};

/// How long a test waits for what must happen, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(20);

/// Statements of which each changes what the public is shown, and a table at a time.
const CHANGES: [&str; 14] = [
    "update region set display_name = 'Another' where kind = 'kota'",
    "update region_code set source = 'a law' where code = '35.71'",
    "insert into region_name (region_id, display_name) select region_id, 'Former' from region limit 1",
    "insert into region_lineage (predecessor_id, successor_id, kind, change_date, source)
     select min(region_id), max(region_id), 'split', '2020-01-01', 'a law' from region",
    "insert into cohort (cohort_id, display_name, source) values ('some', 'Some', 'a test')",
    "insert into cohort_member (cohort_id, region_id) select 'some', region_id from region limit 1",
    "delete from cohort_member",
    "insert into instrument (instrument_id, display_name, source, scale_minimum, scale_maximum,
                             threshold_percent, percent_decimals, score_decimals)
     values ('draft', 'Draft', 'a test', 0, 4, 80, 2, 2)",
    "insert into instrument_component (instrument_id, component, weight, derivation)
     values ('draft', 'output', 100, 'direct')",
    "insert into instrument_band (instrument_id, position, label, minimum, maximum)
     values ('draft', 1, 'Good', 0, 4)",
    "update cycle set display_name = 'Another' where cycle_id = '2022'",
    "insert into evaluation (region_id, cycle_id) select region_id, '2021' from region_code where code = '35.71'",
    "insert into cycle_region (cycle_id, region_id) select '2022', region_id from region limit 1",
    "insert into program (region_id, program_id, pillar, display_name, flagship, quick_win, source)
     select region_id, 'clinic', 'living', 'A clinic', false, false, 'a test' from region limit 1",
];

#[tokio::test]
async fn whatever_the_public_is_shown_renews_the_version_by_one() {
    let scene = Scene::with_evaluation().await;
    for change in CHANGES {
        let before = scene.store.public_version().await.unwrap();
        assert_eq!(scene.sql(change).await.expect(change), 1, "{change}");
        assert_eq!(scene.store.public_version().await.unwrap(), before + 1, "{change}");
    }
}

#[tokio::test]
async fn a_table_that_is_emptied_at_once_renews_the_version() {
    let scene = Scene::with_evaluation().await;
    for emptying in [
        "truncate cohort_member",
        "truncate region_name",
        "truncate region_lineage",
        "truncate cycle_region",
    ] {
        let before = scene.store.public_version().await.unwrap();
        scene.sql(emptying).await.expect(emptying);
        assert_eq!(scene.store.public_version().await.unwrap(), before + 1, "{emptying}");
    }
}

#[tokio::test]
async fn a_publication_renews_the_version_and_the_drafts_before_it_do_not() {
    let scene = Scene::with_evaluation().await;
    let before = scene.store.public_version().await.unwrap();
    scene.hand.report_tallies(&kebumen(), &[(Pillar::Economy, tally(10, 12))]).await.unwrap();
    assert_eq!(scene.store.public_version().await.unwrap(), before);
    for (reason, version) in [("", before + 1), ("a correction", before + 2)] {
        scene.hand.publish(&kebumen(), citation(reason), &[]).await.unwrap();
        assert_eq!(scene.store.public_version().await.unwrap(), version);
    }
    // Nobody does so yet; whoever will hides or shows a scorecard.
    scene.sql("update evaluation set state = 'withdrawn'").await.unwrap();
    assert_eq!(scene.store.public_version().await.unwrap(), before + 3);
}

#[tokio::test]
async fn a_transaction_renews_the_version_once_and_only_if_it_is_committed() {
    let scene = Scene::with_regions().await;
    let before = scene.store.public_version().await.unwrap();
    scene.sql("begin; update region set display_name = 'Another'; rollback").await.unwrap();
    assert_eq!(scene.store.public_version().await.unwrap(), before);
    let twice = "begin; update region set display_name = 'Another'; delete from cohort;
                 update region set display_name = 'Yet another'; commit";
    scene.sql(twice).await.unwrap();
    assert_eq!(scene.store.public_version().await.unwrap(), before + 1);
    // The same session, so that what was noted of the first does not count for the second.
    let again = "begin; update region set display_name = '1'; commit;
                 begin; update region set display_name = '2'; commit";
    scene.sql(again).await.unwrap();
    assert_eq!(scene.store.public_version().await.unwrap(), before + 3);
}

#[tokio::test]
async fn the_application_may_renew_the_version_but_not_lose_it() {
    let scene = Scene::with_regions().await;
    scene.sql_as_application("update region set display_name = 'Another'").await.unwrap();
    for statement in ["delete from public_state", "insert into public_state (version) values (1)"] {
        assert!(scene.sql_as_application(statement).await.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn who_listens_hears_of_a_new_version() {
    let scene = Scene::with_regions().await;
    let mut listener = scene.store.listen_to_public_state().await.unwrap();
    let before = listener.version().await.unwrap();
    scene.sql("update region set display_name = 'Another'").await.unwrap();
    timeout(PATIENCE, listener.changed()).await.expect("it is told").unwrap();
    assert_eq!(listener.version().await.unwrap(), before + 1);
}

#[tokio::test]
async fn who_listens_is_told_that_its_connection_was_lost() {
    let scene = Scene::with_regions().await;
    let mut listener = scene.store.listen_to_public_state().await.unwrap();
    let cut = "select pg_terminate_backend(pid) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid()";
    scene.sql(cut).await.unwrap();
    // It may have missed a change: whether that is an error, the server asks for the version anew.
    let _ = timeout(PATIENCE, listener.changed()).await.expect("it is told");
}
