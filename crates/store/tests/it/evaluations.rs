//! Evaluations: made, found and listed.

use takar_domain::{
    name::CycleId,
    vocabulary::{EvaluationState, Pillar, RegionKind},
};
use takar_store::{Error, EvaluationFilter, EvaluationKey, Page, Precondition, Resource};

use crate::support::{
    ROUNDS_MAX, Scene, after, all, citation, code, cycle_id, existing, formerly, kebumen, key,
    length, missing, region, tally,
};

#[tokio::test]
async fn an_evaluation_begins_as_a_draft_without_content() {
    let scene = Scene::with_evaluation().await;
    let evaluation = scene.store.evaluation(&kebumen()).await.unwrap();
    assert_eq!(evaluation.state, EvaluationState::Draft);
    assert!(evaluation.tallies().is_empty());
    assert!(evaluation.pillar_scores.is_empty() && evaluation.component_scores.is_empty());
    assert!(evaluation.create_time <= evaluation.update_time);
    assert_eq!(
        existing(scene.hand.create_evaluation(&kebumen()).await),
        Resource::Evaluation(kebumen())
    );
}

#[tokio::test]
async fn a_province_is_not_evaluated() {
    let scene = Scene::with_cycles().await;
    let error = scene.hand.create_evaluation(&key("33", "2022")).await.unwrap_err();
    let Error::Precondition(precondition) = error else { panic!("{error:?}") };
    assert_eq!(precondition, Precondition::RegionIsProvince(Resource::Region(code("33"))));
}

#[tokio::test]
async fn an_evaluation_needs_its_region_and_its_cycle() {
    let scene = Scene::with_cycles().await;
    assert_eq!(
        missing(scene.hand.create_evaluation(&key("33.99", "2022")).await),
        Resource::Region(code("33.99"))
    );
    assert_eq!(
        missing(scene.hand.create_evaluation(&key("33.05", "1999")).await),
        Resource::Cycle(cycle_id("1999"))
    );
    assert_eq!(missing(scene.store.evaluation(&kebumen()).await), Resource::Evaluation(kebumen()));
    assert_eq!(
        missing(scene.store.scorecard(&kebumen(), None).await),
        Resource::Scorecard(kebumen())
    );
}

#[tokio::test]
async fn an_evaluation_is_found_by_a_former_code_and_names_the_current_one() {
    let scene = Scene::with_cycles().await;
    let renumbered = formerly(region("33.98", RegionKind::Kabupaten, "Kabupaten Lama"), &["33.01"]);
    scene.hand.create_regions(&[renumbered]).await.unwrap();
    let formerly = key("33.01", "2022");
    let created = scene.hand.create_evaluation(&formerly).await.unwrap();
    assert_eq!(created.region, code("33.98"));

    let read = scene.store.evaluation(&formerly).await.unwrap();
    assert_eq!(read, created);
    let reported =
        scene.hand.report_tallies(&formerly, &[(Pillar::Living, tally(1, 2))]).await.unwrap();
    assert_eq!(reported.region, code("33.98"));
    let published = scene.hand.publish(&formerly, citation(""), &[]).await.unwrap();
    assert_eq!(published.key, key("33.98", "2022"));
    assert_eq!(scene.store.scorecard(&formerly, None).await.unwrap(), published);

    let filter = EvaluationFilter { region: Some(code("33.01")), ..EvaluationFilter::default() };
    assert_eq!(keys(&scene, &filter, &all()).await, ["33.98/2022"]);
}

/// The keys of a page of evaluations, which are those of the scorecards too.
async fn keys(scene: &Scene, filter: &EvaluationFilter, page: &Page<EvaluationKey>) -> Vec<String> {
    let evaluations = scene.store.evaluations(filter, page).await.unwrap();
    let keys: Vec<_> = evaluations
        .iter()
        .map(|evaluation| format!("{}/{}", evaluation.region, evaluation.cycle))
        .collect();
    let scorecards = scene.store.scorecards(filter, page).await.unwrap();
    let of_scorecards: Vec<_> = scorecards
        .iter()
        .map(|scorecard| format!("{}/{}", scorecard.key.region, scorecard.key.cycle))
        .collect();
    assert_eq!(keys, of_scorecards);
    let whole = scene.store.evaluations(filter, &all()).await.unwrap();
    assert_eq!(scene.store.count_evaluations(filter).await.unwrap(), length(&whole));
    assert_eq!(scene.store.count_scorecards(filter).await.unwrap(), length(&whole));
    keys
}

async fn with_evaluations(evaluations: &[(&str, &str)]) -> Scene {
    let scene = Scene::with_cycles().await;
    for (region, cycle) in evaluations {
        scene.hand.create_evaluation(&key(region, cycle)).await.unwrap();
    }
    scene
}

#[tokio::test]
async fn each_condition_of_the_list_excludes_by_itself() {
    let scene = with_evaluations(&[
        ("33.05", "2021"),
        ("33.05", "2022"),
        ("33.06", "2022"),
        ("33.06", "2021"),
        ("33.05", "2024-1"),
    ])
    .await;
    let filter = EvaluationFilter {
        region: Some(code("33.05")),
        cycle: Some(cycle_id("2022")),
        ..EvaluationFilter::default()
    };
    assert_eq!(keys(&scene, &filter, &all()).await, ["33.05/2022"]);
    let without_region = EvaluationFilter { region: None, ..filter.clone() };
    assert_eq!(keys(&scene, &without_region, &all()).await, ["33.05/2022", "33.06/2022"]);
    let of_region = EvaluationFilter { cycle: None, ..filter };
    assert_eq!(
        keys(&scene, &of_region, &all()).await,
        ["33.05/2021", "33.05/2022", "33.05/2024-1"]
    );

    // A key goes by region first: what follows may have an earlier cycle.
    let page = after(key("33.05", "2022"));
    assert_eq!(keys(&scene, &of_region, &page).await, ["33.05/2024-1"]);
    assert_eq!(
        keys(&scene, &EvaluationFilter::default(), &page).await,
        ["33.05/2024-1", "33.06/2021", "33.06/2022"]
    );
    let first = Page { after: None, size: 1 };
    assert_eq!(
        keys(&scene, &EvaluationFilter::default(), &first).await,
        ["33.05/2021", "33.05/2022"]
    );
}

#[tokio::test]
async fn an_unknown_region_is_not_found_and_an_unknown_cycle_filters_all() {
    let scene = with_evaluations(&[("33.05", "2022")]).await;
    let unknown_region =
        EvaluationFilter { region: Some(code("33.99")), ..EvaluationFilter::default() };
    let evaluations = scene.store.evaluations(&unknown_region, &all()).await;
    assert_eq!(missing(evaluations), Resource::Region(code("33.99")));
    let scorecards = scene.store.scorecards(&unknown_region, &all()).await;
    assert_eq!(missing(scorecards), Resource::Region(code("33.99")));
    let unknown_cycle =
        EvaluationFilter { cycle: Some(cycle_id("1999")), ..EvaluationFilter::default() };
    assert!(keys(&scene, &unknown_cycle, &all()).await.is_empty());
}

#[tokio::test]
async fn pages_neither_repeat_nor_lose_rows_while_others_are_inserted() {
    let scene = with_evaluations(&[("33.05", "2022"), ("33.06", "2021"), ("35.71", "2021")]).await;
    let later: [(&str, &str); 3] = [("33.05", "2021"), ("33.06", "2022"), ("35.71", "2022")];
    let mut seen = Vec::new();
    let mut page = Page { after: None, size: 1 };
    for round in 0.. {
        assert!(round < ROUNDS_MAX, "the pages do not end: {seen:?}");
        let mut found = keys(&scene, &EvaluationFilter::default(), &page).await;
        let is_last = found.len() <= 1;
        found.truncate(1);
        page.after = found.last().and_then(|last| last.split_once('/')).map(parse_key);
        seen.append(&mut found);
        if is_last {
            break;
        }
        if let Some((region, cycle)) = later.get(round) {
            scene.hand.create_evaluation(&key(region, cycle)).await.unwrap();
        }
    }
    // 33.05/2021 came before what was read already; the others behind it.
    assert_eq!(seen, ["33.05/2022", "33.06/2021", "33.06/2022", "35.71/2021", "35.71/2022"]);
}

fn parse_key((region, cycle): (&str, &str)) -> EvaluationKey {
    EvaluationKey { region: code(region), cycle: CycleId::parse(cycle).unwrap() }
}

#[tokio::test]
async fn a_list_of_scorecards_mixes_published_and_provisional_ones_in_order() {
    let scene = with_evaluations(&[("33.05", "2021"), ("33.05", "2022"), ("33.06", "2022")]).await;
    scene.hand.report_tallies(&kebumen(), &[(Pillar::Living, tally(1, 2))]).await.unwrap();
    scene.hand.publish(&kebumen(), citation(""), &[]).await.unwrap();
    let scorecards = scene.store.scorecards(&EvaluationFilter::default(), &all()).await.unwrap();
    let revisions: Vec<_> = scorecards
        .iter()
        .map(|scorecard| scorecard.publication.as_ref().map(|publication| publication.revision))
        .collect();
    assert_eq!(revisions, [None, Some(1), None]);
    assert_eq!(scorecards[1], scene.store.scorecard(&kebumen(), None).await.unwrap());
}
