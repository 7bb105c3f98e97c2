//! Writes: whole or not at all, once for each key, and told of in the audit trail.

use std::sync::Arc;

use serde_json::json;
use takar_domain::{
    access::Principal,
    audit::{self, CHAIN_START, Entry, ResourceChange},
    vocabulary::{Pillar, RegionKind, Role},
};
use takar_store::{
    AuditFilter, Begun, Call, Error, EvaluationFilter, Page, RequestKey, StoredEntry,
};
use tokio::task::JoinSet;

use crate::{
    hand::call,
    support::{Scene, all, citation, kebumen, length, missing, region, tally},
};

/// So many requests come at once.
const AT_ONCE: usize = 50;

fn request_key(key: &str, fingerprint: u8) -> RequestKey {
    RequestKey { key: key.to_owned(), fingerprint: [fingerprint; 32] }
}

async fn entries(scene: &Scene) -> Vec<StoredEntry> {
    let (entries, _) = scene.store.audit_entries(&AuditFilter::default(), &all()).await.unwrap();
    entries
}

/// The first place at which the chain does not hold; `None` where it does, to its noted end.
async fn first_break(scene: &Scene) -> Option<i64> {
    let (entries, end) = scene.store.audit_entries(&AuditFilter::default(), &all()).await.unwrap();
    let mut previous = CHAIN_START;
    let mut sequence = 0;
    for entry in entries {
        sequence += 1;
        let hash = audit::chain(&previous, &entry.content);
        if entry.sequence != sequence || entry.hash != hash {
            return Some(sequence);
        }
        previous = hash;
    }
    (end.sequence != sequence || end.hash != previous).then_some(end.sequence)
}

#[tokio::test]
async fn a_write_that_is_not_committed_leaves_nothing() {
    let scene = Scene::with_cycles().await;
    let before = entries(&scene).await.len();
    let mut write = scene.hand.begin().await;
    write.create_evaluation(&kebumen()).await.unwrap();
    drop(write);
    missing(scene.store.evaluation(&kebumen()).await);
    assert_eq!(entries(&scene).await.len(), before);
}

#[tokio::test]
async fn an_entry_says_who_did_what_from_where_and_what_changed() {
    let scene = Scene::empty().await;
    let mut write = scene.hand.begin().await;
    let before = Some(json!({"state": "STATE_DRAFT", "late": false}));
    let after = Some(json!({"state": "STATE_SUBMITTED", "late": false}));
    write.changed(ResourceChange::between(
        "regions/33.05/evaluations/2022".to_owned(),
        before,
        after,
    ));
    write.commit(&[]).await.unwrap();
    let entry: Entry = serde_json::from_str(&entries(&scene).await[0].content).unwrap();
    assert_eq!((entry.principal.as_str(), entry.role), ("users/siti", Some(Role::Secretariat)));
    assert_eq!((entry.method.as_str(), entry.peer.as_str()), ("TestService/Write", "a test"));
    assert_eq!((entry.outcome.as_str(), entry.request_id.as_str()), ("OK", "a-test"));
    assert_eq!(entry.resource, "regions/33.05/evaluations/2022");
    assert_eq!(entry.changes[0].before, json!({"state": "STATE_DRAFT"}));
    assert_eq!(entry.changes[0].after, json!({"state": "STATE_SUBMITTED"}));
}

#[tokio::test]
async fn a_refused_write_is_told_of() {
    let scene = Scene::empty().await;
    scene.store.record_refusal(&call(), "PERMISSION_DENIED", "NOT_PERMITTED").await.unwrap();
    let entry: Entry = serde_json::from_str(&entries(&scene).await[0].content).unwrap();
    assert_eq!(
        (entry.outcome.as_str(), entry.reason.as_str()),
        ("PERMISSION_DENIED", "NOT_PERMITTED")
    );
    assert!(entry.changes.is_empty());
}

#[tokio::test]
async fn each_condition_of_the_trails_list_excludes_by_itself() {
    let scene = Scene::empty().await;
    for (principal, resource) in
        [("users/a", "cycles/1"), ("users/a", "cycles/2"), ("users/b", "cycles/1")]
    {
        let principal = Principal::parse(principal).unwrap();
        let call = Call { principal, resource: resource.to_owned(), ..call() };
        scene.store.record_refusal(&call, "NOT_FOUND", "").await.unwrap();
    }
    let list = async |principal: Option<&str>, resource: Option<&str>, page: Page<i64>| {
        let principal = principal.map(|text| Principal::parse(text).unwrap());
        let filter = AuditFilter { principal, resource: resource.map(str::to_owned) };
        let (whole, _) = scene.store.audit_entries(&filter, &all()).await.unwrap();
        assert_eq!(scene.store.count_audit_entries(&filter).await.unwrap(), length(&whole));
        let (entries, _) = scene.store.audit_entries(&filter, &page).await.unwrap();
        entries.into_iter().map(|entry| entry.sequence).collect::<Vec<_>>()
    };
    assert_eq!(list(Some("users/a"), None, all()).await, [1, 2]);
    assert_eq!(list(None, Some("cycles/1"), all()).await, [1, 3]);
    assert_eq!(list(Some("users/a"), Some("cycles/1"), all()).await, [1]);
    assert_eq!(list(None, None, Page { after: Some(1), size: 10 }).await, [2, 3]);
    assert_eq!(list(None, None, Page { after: None, size: 1 }).await, [1, 2]);
}

#[tokio::test]
async fn writers_at_once_make_one_chain() {
    let scene = Arc::new(Scene::empty().await);
    let mut tasks = JoinSet::new();
    for index in 0..AT_ONCE {
        let scene = Arc::clone(&scene);
        tasks.spawn(async move {
            let province =
                region(&format!("{:02}", index + 10), RegionKind::Province, "A province");
            scene.hand.create_regions(&[province]).await.unwrap();
        });
    }
    tasks.join_all().await;
    assert_eq!(entries(&scene).await.len(), AT_ONCE);
    assert_eq!(first_break(&scene).await, None);
}

#[tokio::test]
async fn the_same_key_at_once_is_carried_out_once_and_answered_alike() {
    let scene = Arc::new(Scene::with_cycles().await);
    let mut tasks = JoinSet::new();
    for index in 0..AT_ONCE {
        let scene = Arc::clone(&scene);
        tasks.spawn(async move {
            match scene.hand.begin_with(Some(request_key("once", 1))).await.unwrap() {
                Begun::Write(mut write) => {
                    write.create_evaluation(&kebumen()).await.unwrap();
                    let answer = format!("the answer of request {index}").into_bytes();
                    write.commit(&answer).await.unwrap();
                    answer
                }
                Begun::Answered(answer) => answer,
            }
        });
    }
    let mut answers = tasks.join_all().await;
    assert_eq!(answers.len(), AT_ONCE);
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let evaluations = scene.store.evaluations(&EvaluationFilter::default(), &all()).await.unwrap();
    assert_eq!(evaluations.len(), 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_caller() {
    let scene = Scene::with_cycles().await;
    let Begun::Write(write) = scene.hand.begin_with(Some(request_key("mine", 1))).await.unwrap()
    else {
        panic!("answered before it was asked")
    };
    write.commit(b"an answer").await.unwrap();
    let other = scene.hand.begin_with(Some(request_key("mine", 2))).await;
    assert!(matches!(other, Err(Error::KeyReused(key)) if key == "mine"));
    let somebody = Call { principal: Principal::parse("users/budi").unwrap(), ..call() };
    let theirs = scene.store.begin(somebody, Role::Operator, Some(request_key("mine", 2))).await;
    assert!(matches!(theirs, Ok(Begun::Write(_))));
}

#[tokio::test]
async fn a_request_that_failed_may_come_again_with_its_key() {
    let scene = Scene::with_cycles().await;
    let Begun::Write(write) = scene.hand.begin_with(Some(request_key("again", 1))).await.unwrap()
    else {
        panic!("answered before it was asked")
    };
    drop(write);
    let again = scene.hand.begin_with(Some(request_key("again", 1))).await.unwrap();
    assert!(matches!(again, Begun::Write(_)));
}

#[tokio::test]
async fn answers_are_forgotten_after_a_week_and_not_before() {
    let scene = Scene::with_cycles().await;
    for name in ["old", "new"] {
        let Begun::Write(write) = scene.hand.begin_with(Some(request_key(name, 1))).await.unwrap()
        else {
            panic!("answered before it was asked")
        };
        write.commit(name.as_bytes()).await.unwrap();
    }
    scene
        .sql(
            "update idempotent_answer set create_time = create_time - interval '7 days'
             where request_id = 'old'",
        )
        .await
        .unwrap();
    assert_eq!(scene.store.forget_old_answers().await.unwrap(), 1);
    let new = scene.hand.begin_with(Some(request_key("new", 1))).await.unwrap();
    assert!(matches!(new, Begun::Answered(answer) if answer == b"new"));
}

/// With a publication and the entries of all that led there.
async fn published() -> Scene {
    let scene = Scene::with_evaluation().await;
    scene.hand.report_tallies(&kebumen(), &[(Pillar::Living, tally(1, 2))]).await.unwrap();
    scene.hand.publish(&kebumen(), citation(""), &[]).await.unwrap();
    scene
}

#[tokio::test]
async fn the_applications_role_changes_neither_publications_nor_the_trail() {
    let scene = published().await;
    for statement in [
        "update publication set reason = 'x'",
        "delete from publication",
        "truncate publication cascade",
        "update audit_entry set content = '{}'",
        "delete from audit_entry",
        "truncate audit_entry",
        "update evaluation_transition set reason = 'x'",
        "delete from evaluation_transition",
        "delete from audit_head",
        "alter table publication disable trigger all",
        "drop trigger publication_append_only on publication",
        "drop table audit_entry",
        "update _sqlx_migrations set version = 0",
    ] {
        let refused = scene.sql_as_application(statement).await.expect_err(statement);
        let code = refused.as_database_error().and_then(sqlx::error::DatabaseError::code);
        assert_eq!(
            code.as_deref(),
            Some("42501"),
            "insufficient_privilege: {statement}: {refused}"
        );
    }
}

#[tokio::test]
async fn the_owner_is_stopped_by_triggers_and_what_a_superuser_alters_shows() {
    let scene = published().await;
    assert_eq!(scene.refused_by("delete from audit_entry").await, "audit_entry_append_only");
    assert_eq!(
        scene.refused_by("update publication set reason = 'x'").await,
        "publication_append_only"
    );
    assert_eq!(first_break(&scene).await, None);
    let count = i64::try_from(entries(&scene).await.len()).unwrap();

    scene
        .sql(
            "set session_replication_role = replica;
             update audit_entry set content = replace(content, 'siti', 'budi') where sequence = 2",
        )
        .await
        .unwrap();
    assert_eq!(first_break(&scene).await, Some(2));
    scene
        .sql(
            "set session_replication_role = replica;
             update audit_entry set content = replace(content, 'budi', 'siti') where sequence = 2;
             delete from audit_entry where sequence = (select max(sequence) from audit_entry)",
        )
        .await
        .unwrap();
    assert_eq!(first_break(&scene).await, Some(count), "the end is missing");
}
