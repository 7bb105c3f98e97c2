//! What is reported and scored.

use rust_decimal::Decimal;
use takar_domain::{
    evaluation::Progress,
    tally::TallyOrigin,
    vocabulary::{Component, Pillar, ProgramStatus},
};
use takar_store::{Error, Precondition, Resource};

use crate::support::{Scene, code, kebumen, key, missing, program, program_id, runs, score, tally};

/// With a programme each of Kebumen in the pillars governance and living.
async fn with_programs() -> Scene {
    let scene = Scene::with_evaluation().await;
    for (id, pillar) in [("balada", Pillar::Governance), ("jamkesmaskin", Pillar::Living)] {
        scene.hand.create_program(&program("33.05", id, pillar)).await.unwrap();
    }
    scene
}

/// The origin that a pillar has, for which a report of the other origin is refused.
fn existing_origin<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    match result {
        Err(Error::Precondition(Precondition::TallyOrigin { evaluation, pillar, existing })) => {
            assert_eq!(evaluation, Resource::Evaluation(kebumen()));
            assert_eq!(pillar, Pillar::Governance);
            existing
        }
        other => panic!("not refused for its origin: {other:?}"),
    }
}

#[tokio::test]
async fn a_decimal_keeps_its_trailing_zeros() {
    let scene = Scene::with_evaluation().await;
    let values = ["3.60", "0.00", "4", "2.500000", "0.01"];
    let scores: Vec<_> = Component::ALL.into_iter().zip(values.map(score)).collect();
    let pillars = [(Pillar::Society, score("3.60")), (Pillar::Economy, score("0.0"))];
    scene.hand.score(&kebumen(), &pillars, &scores).await.unwrap();

    let read = scene.store.evaluation(&kebumen()).await.unwrap();
    let shown: Vec<_> =
        read.component_scores.values().map(|score| score.value().to_string()).collect();
    assert_eq!(shown, values);
    let shown: Vec<_> =
        read.pillar_scores.values().map(|score| score.value().to_string()).collect();
    assert_eq!(shown, ["0.0", "3.60"]);
}

#[tokio::test]
async fn a_later_report_replaces_the_earlier_one() {
    let scene = with_programs().await;
    let first = [(Pillar::Economy, tally(1, 2)), (Pillar::Society, tally(3, 3))];
    scene.hand.report_tallies(&kebumen(), &first).await.unwrap();
    scene.hand.report_tallies(&kebumen(), &[(Pillar::Economy, tally(2, 2))]).await.unwrap();
    let stopped = Progress::new(ProgramStatus::Stopped, "no budget").unwrap();
    scene.hand.report_programs(&kebumen(), &[(program_id("balada"), runs())]).await.unwrap();
    scene
        .hand
        .report_programs(&kebumen(), &[(program_id("balada"), stopped.clone())])
        .await
        .unwrap();
    scene.hand.score(&kebumen(), &[], &[(Component::Output, score("1"))]).await.unwrap();
    let evaluation =
        scene.hand.score(&kebumen(), &[], &[(Component::Output, score("2"))]).await.unwrap();

    let tallies = evaluation.tallies();
    assert_eq!(tallies[&Pillar::Economy], tally(2, 2));
    assert_eq!(tallies[&Pillar::Society], tally(3, 3));
    assert_eq!(tallies[&Pillar::Governance].origin, TallyOrigin::Programs);
    assert_eq!(tallies[&Pillar::Governance].ratio.planned(), 1);
    assert_eq!(evaluation.program_reports.len(), 1);
    assert_eq!(evaluation.program_reports[0].progress, stopped);
    assert_eq!(evaluation.component_scores[&Component::Output].value(), Decimal::from(2));
    assert_eq!(scene.store.evaluation(&kebumen()).await.unwrap(), evaluation);
}

#[tokio::test]
async fn every_write_moves_the_update_time() {
    let scene = with_programs().await;
    let created = scene.store.evaluation(&kebumen()).await.unwrap();
    let tallied =
        scene.hand.report_tallies(&kebumen(), &[(Pillar::Economy, tally(1, 2))]).await.unwrap();
    let reported =
        scene.hand.report_programs(&kebumen(), &[(program_id("balada"), runs())]).await.unwrap();
    let scored = scene.hand.score(&kebumen(), &[(Pillar::Economy, score("1"))], &[]).await.unwrap();
    let times = [&created, &tallied, &reported, &scored].map(|evaluation| evaluation.update_time);
    assert!(times.is_sorted_by(|earlier, later| earlier < later), "{times:?}");
    assert_eq!(scored.create_time, created.create_time);
}

#[tokio::test]
async fn counts_shut_out_programmes_of_the_same_pillar() {
    let scene = with_programs().await;
    scene.hand.report_tallies(&kebumen(), &[(Pillar::Governance, tally(9, 9))]).await.unwrap();
    let reports = [(program_id("jamkesmaskin"), runs()), (program_id("balada"), runs())];
    let before = scene.store.evaluation(&kebumen()).await.unwrap();
    assert_eq!(
        existing_origin(scene.hand.report_programs(&kebumen(), &reports).await),
        "a reported tally"
    );
    // All or none: the other pillar's report was not taken either.
    assert_eq!(scene.store.evaluation(&kebumen()).await.unwrap(), before);
    scene.hand.report_programs(&kebumen(), &reports[..1]).await.unwrap();
}

#[tokio::test]
async fn programmes_shut_out_counts_of_the_same_pillar() {
    let scene = with_programs().await;
    scene.hand.report_programs(&kebumen(), &[(program_id("balada"), runs())]).await.unwrap();
    let tallies = [(Pillar::Living, tally(9, 10)), (Pillar::Governance, tally(9, 9))];
    let before = scene.store.evaluation(&kebumen()).await.unwrap();
    assert_eq!(
        existing_origin(scene.hand.report_tallies(&kebumen(), &tallies).await),
        "registered programmes"
    );
    assert_eq!(scene.store.evaluation(&kebumen()).await.unwrap(), before);
    scene.hand.report_tallies(&kebumen(), &tallies[..1]).await.unwrap();
}

#[tokio::test]
async fn a_pillar_may_be_counted_otherwise_in_another_cycle() {
    let scene = with_programs().await;
    let other = key("33.05", "2021");
    scene.hand.create_evaluation(&other).await.unwrap();
    scene.hand.report_programs(&kebumen(), &[(program_id("balada"), runs())]).await.unwrap();
    scene.hand.report_tallies(&other, &[(Pillar::Governance, tally(9, 9))]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_counts_and_programmes_reported_at_once_one_wins() {
    let scene = with_programs().await;
    for cycle in ["2021", "2024-1"] {
        scene.hand.create_evaluation(&key("33.05", cycle)).await.unwrap();
    }
    for cycle in ["2021", "2022", "2024-1"] {
        let evaluation = key("33.05", cycle);
        let tallies = [(Pillar::Governance, tally(9, 9))];
        let reports = [(program_id("balada"), runs())];
        let (counted, reported) = tokio::join!(
            scene.hand.report_tallies(&evaluation, &tallies),
            scene.hand.report_programs(&evaluation, &reports),
        );
        let loser = match (counted, reported) {
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
            both => panic!("not one of both: {both:?}"),
        };
        assert!(
            matches!(loser, Error::Precondition(Precondition::TallyOrigin { .. })),
            "{loser:?}"
        );
        assert_eq!(scene.store.evaluation(&evaluation).await.unwrap().tallies().len(), 1);
    }
}

#[tokio::test]
async fn a_report_on_a_programme_of_another_region_is_refused() {
    let scene = with_programs().await;
    scene.hand.create_program(&program("33.06", "lain", Pillar::Living)).await.unwrap();
    let before = scene.store.evaluation(&kebumen()).await.unwrap();
    let reports = [(program_id("balada"), runs()), (program_id("lain"), runs())];
    assert_eq!(
        missing(scene.hand.report_programs(&kebumen(), &reports).await),
        Resource::Program(code("33.05"), program_id("lain"))
    );
    assert_eq!(scene.store.evaluation(&kebumen()).await.unwrap(), before);
}

#[tokio::test]
async fn nothing_is_reported_of_an_evaluation_that_does_not_exist() {
    let scene = Scene::with_cycles().await;
    let unknown = Resource::Evaluation(kebumen());
    let tallies = [(Pillar::Living, tally(1, 2))];
    let reports = [(program_id("balada"), runs())];
    assert_eq!(missing(scene.hand.report_tallies(&kebumen(), &tallies).await), unknown);
    assert_eq!(missing(scene.hand.report_programs(&kebumen(), &reports).await), unknown);
    assert_eq!(missing(scene.hand.score(&kebumen(), &[], &[]).await), unknown);
}
