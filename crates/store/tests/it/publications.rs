//! Publications: numbered without gaps, never changed.

use std::sync::Arc;

use takar_domain::{
    publication::{Measure, StatedFigure},
    vocabulary::{Component, EvaluationState, Pillar},
};
use takar_store::{Error, Precondition, Resource, StoredScorecard};
use tokio::task::JoinSet;

use crate::support::{Scene, citation, kebumen, missing, score, tally};

/// Publishers that start at once.
const PUBLISHERS: i32 = 10;

async fn with_tally() -> Scene {
    let scene = Scene::with_evaluation().await;
    scene.hand.report_tallies(&kebumen(), &[(Pillar::Economy, tally(10, 12))]).await.unwrap();
    scene
}

fn revision(scorecard: &StoredScorecard) -> i32 {
    scorecard.publication.as_ref().expect("a publication").revision
}

#[tokio::test]
async fn a_published_scorecard_is_read_back_with_its_citation() {
    let scene = with_tally().await;
    let stated = [
        StatedFigure::parse(Measure::PillarRealisation(Pillar::Economy), "83.3").unwrap(),
        StatedFigure::parse(Measure::NationalRank, "22").unwrap(),
    ];
    let citation =
        takar_domain::publication::Citation::parse("B-1003", "2022-12-05", "a letter", "").unwrap();
    let published = scene.hand.publish(&kebumen(), citation.clone(), &stated).await.unwrap();
    assert_eq!(revision(&published), 1);
    assert_eq!(published.publication.as_ref().unwrap().citation, citation);
    let figures = &published.scorecard.published_figures;
    assert_eq!(figures[0].difference().unwrap().to_string(), "0.0");
    assert_eq!(figures[1].recomputed, None);

    assert_eq!(scene.store.scorecard(&kebumen(), None).await.unwrap(), published);
    let evaluation = scene.store.evaluation(&kebumen()).await.unwrap();
    assert_eq!(evaluation.state, EvaluationState::Published);
}

#[tokio::test]
async fn a_provisional_scorecard_follows_the_evaluation_and_a_published_one_does_not() {
    let scene = with_tally().await;
    let provisional = scene.store.scorecard(&kebumen(), None).await.unwrap();
    assert_eq!(provisional.publication, None);
    let published = scene.hand.publish(&kebumen(), citation(""), &[]).await.unwrap();
    assert_eq!(published.scorecard, provisional.scorecard);

    let before = scene.store.evaluation(&kebumen()).await.unwrap();
    scene.hand.report_tallies(&kebumen(), &[(Pillar::Economy, tally(0, 12))]).await.unwrap();
    let after =
        scene.hand.score(&kebumen(), &[], &[(Component::Output, score("1"))]).await.unwrap();
    assert!(before.update_time < after.update_time);
    assert_eq!(scene.store.scorecard(&kebumen(), None).await.unwrap(), published);

    let corrected = scene.hand.publish(&kebumen(), citation("recounted"), &[]).await.unwrap();
    assert_eq!(revision(&corrected), 2);
    assert_ne!(corrected.scorecard, published.scorecard);
    assert_eq!(scene.store.scorecard(&kebumen(), None).await.unwrap(), corrected);
}

#[tokio::test]
async fn a_correction_says_why() {
    let scene = with_tally().await;
    scene.hand.publish(&kebumen(), citation(""), &[]).await.unwrap();
    let error = scene.hand.publish(&kebumen(), citation(""), &[]).await.unwrap_err();
    let Error::Refused(faults) = error else { panic!("{error:?}") };
    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["publication.reason"]);
    // The refused one took no number.
    let second = scene.hand.publish(&kebumen(), citation("recounted"), &[]).await.unwrap();
    assert_eq!(revision(&second), 2);
}

#[tokio::test]
async fn nothing_is_published_of_an_empty_evaluation() {
    let scene = Scene::with_evaluation().await;
    let error = scene.hand.publish(&kebumen(), citation(""), &[]).await.unwrap_err();
    let Error::Precondition(precondition) = error else { panic!("{error:?}") };
    assert_eq!(precondition, Precondition::NothingToPublish(Resource::Evaluation(kebumen())));
    let evaluation = scene.store.evaluation(&kebumen()).await.unwrap();
    assert_eq!(evaluation.state, EvaluationState::Draft);

    let unknown = crate::support::key("33.06", "2022");
    let result = scene.hand.publish(&unknown, citation(""), &[]).await;
    assert_eq!(missing(result), Resource::Evaluation(unknown));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn publishers_at_once_number_their_revisions_without_gap_or_double() {
    let scene = Arc::new(with_tally().await);
    let mut publishers = JoinSet::new();
    for number in 1..=PUBLISHERS {
        let scene = Arc::clone(&scene);
        publishers.spawn(async move {
            let citation = citation(&format!("publisher {number}"));
            scene.hand.publish(&kebumen(), citation, &[]).await
        });
    }
    let mut published: Vec<_> =
        publishers.join_all().await.into_iter().map(|result| result.expect("published")).collect();
    published.sort_by_key(revision);
    assert!(published.iter().map(revision).eq(1..=PUBLISHERS), "{published:?}");

    let times =
        published.iter().map(|scorecard| &scorecard.publication.as_ref().unwrap().publish_time);
    assert!(times.is_sorted(), "a later revision has a later time");
    assert_eq!(scene.store.scorecard(&kebumen(), None).await.unwrap(), published[9]);
}

#[tokio::test]
async fn a_publication_never_changes_in_the_database() {
    let scene = with_tally().await;
    let published = scene.hand.publish(&kebumen(), citation(""), &[]).await.unwrap();
    for sql in [
        "update publication set source = 'another'",
        "delete from publication",
        "truncate publication cascade",
        "truncate evaluation cascade",
    ] {
        assert_eq!(scene.refused_by(sql).await, "publication_append_only", "{sql}");
    }
    assert_eq!(scene.store.scorecard(&kebumen(), None).await.unwrap(), published);
}
