//! Populations: who is expected in a cycle, what of them is published, and who is missing.

use takar_domain::{
    fault::Faults,
    name::CohortId,
    population::{KeptFigure, MissingReason, Population, Survey},
    publication::Measure,
    registry::{Cohort, CohortMember, Cycle},
    scorecard::NullReason,
    vocabulary::{Component, Pillar, RegionKind},
};
use takar_store::{AsOf, Error, Resource};

use crate::support::{
    SOURCE, Scene, citation, code, cycle, cycle_id, formerly, kebumen, key, missing, region, score,
    tally,
};

fn cohort_id() -> CohortId {
    CohortId::parse("winners").expect("an id")
}

async fn create_cohort(scene: &Scene, members: &[&str]) {
    let member = |region: &&str| CohortMember { region: code(region), display_name: String::new() };
    let cohort = Cohort {
        id: cohort_id(),
        display_name: "Penerima penghargaan".to_owned(),
        source: SOURCE.to_owned(),
        members: members.iter().map(member).collect(),
    };
    scene.hand.create_cohort(&cohort).await.unwrap();
}

async fn survey(scene: &Scene, population: &Population) -> Survey {
    scene.store.survey(&cycle_id("2022"), population, AsOf::Now).await.unwrap()
}

fn present(survey: &Survey) -> Vec<&str> {
    survey.present.iter().map(|published| published.region.code.as_str()).collect()
}

fn absent(survey: &Survey) -> Vec<(&str, MissingReason)> {
    let missing = survey.missing.iter();
    missing.map(|missing| (missing.region.code.as_str(), missing.reason)).collect()
}

/// Publishes an evaluation that has a tally of its governance.
async fn publish(scene: &Scene, region: &str, cycle: &str, running: i32) {
    let key = key(region, cycle);
    if scene.store.evaluation(&key).await.is_err() {
        scene.hand.create_evaluation(&key).await.unwrap();
    }
    let tallies = [(Pillar::Governance, tally(running, 12))];
    scene.hand.report_tallies(&key, &tallies).await.unwrap();
    scene.hand.publish(&key, citation("counted"), &[]).await.unwrap();
}

fn governance(survey: &Survey) -> Vec<String> {
    let measure = Measure::PillarRealisation(Pillar::Governance);
    let figures = survey.present.iter().map(|published| published.figures.exact(measure));
    figures.map(|exact| exact.expect("a figure").to_string()).collect()
}

#[tokio::test]
async fn who_is_missing_is_named_with_why() {
    let scene = Scene::with_cycles().await;
    let more = [
        region("33.01", RegionKind::Kabupaten, "Kabupaten Cilacap"),
        region("33.02", RegionKind::Kabupaten, "Kabupaten Banyumas"),
    ];
    scene.hand.create_regions(&more).await.unwrap();
    publish(&scene, "33.05", "2022", 10).await;
    for region in ["33.01", "33.06", "35.71"] {
        scene.hand.create_evaluation(&key(region, "2022")).await.unwrap();
    }
    scene
        .sql("update evaluation set state = case code when '33.01' then 'withdrawn' else 'not_assessable' end
              from region_code where region_code.region_id = evaluation.region_id and code in ('33.01', '35.71')")
        .await
        .unwrap();

    let nation = survey(&scene, &Population::Nation).await;
    assert_eq!(present(&nation), ["33.05"]);
    assert_eq!(
        absent(&nation),
        [
            ("33.01", MissingReason::Withdrawn),
            ("33.02", MissingReason::NoEvaluation),
            ("33.06", MissingReason::NotPublished),
            ("35.71", MissingReason::NotAssessable),
        ]
    );
    assert_eq!((nation.display_name.as_str(), nation.expected_count()), ("Indonesia", 5));
    let cilacap = &nation.missing[0].region;
    assert_eq!(cilacap.display_name, "Kabupaten Cilacap");
    assert_eq!(cilacap.province.as_str(), "33");
}

#[tokio::test]
async fn what_was_withdrawn_after_it_was_published_is_missing() {
    let scene = Scene::with_cycles().await;
    publish(&scene, "33.05", "2022", 10).await;
    scene.sql("update evaluation set state = 'withdrawn'").await.unwrap();
    let nation = survey(&scene, &Population::Nation).await;
    assert!(absent(&nation).contains(&("33.05", MissingReason::Withdrawn)));
    assert_eq!(nation.newest_publish_time(), None);
}

#[tokio::test]
async fn figures_are_those_of_the_newest_revision_in_the_cycle_now_or_as_of_a_time() {
    let scene = Scene::with_cycles().await;
    publish(&scene, "33.05", "2022", 10).await;
    let before = survey(&scene, &Population::Nation).await;
    publish(&scene, "33.05", "2022", 9).await;
    publish(&scene, "33.05", "2021", 8).await;
    publish(&scene, "35.71", "2022", 7).await;

    let now = survey(&scene, &Population::Nation).await;
    assert_eq!(governance(&now), ["75", "175/3"]);
    assert_eq!(now.present[0].revision, 2);
    let time = before.newest_publish_time().unwrap();
    let then =
        scene.store.survey(&cycle_id("2022"), &Population::Nation, AsOf::Time(time)).await.unwrap();
    assert_eq!(then.present, before.present);
    assert_eq!(governance(&then), ["250/3"]);
    let microsecond = chrono::TimeDelta::microseconds(1);
    let earlier = AsOf::Time(time - microsecond);
    let earlier =
        scene.store.survey(&cycle_id("2022"), &Population::Nation, earlier).await.unwrap();
    assert_eq!(present(&earlier), [""; 0]);

    let tomorrow = AsOf::Time(chrono::Utc::now() + chrono::TimeDelta::days(1));
    let refused = scene.store.survey(&cycle_id("2022"), &Population::Nation, tomorrow).await;
    assert_eq!(fields(refused), ["as_of"]);
}

#[tokio::test]
async fn a_figure_has_its_value_or_why_it_has_none() {
    let scene = Scene::with_evaluation().await;
    scene.hand.score(&kebumen(), &[], &[(Component::Output, score("3.21"))]).await.unwrap();
    let tallies = [(Pillar::Governance, tally(10, 12)), (Pillar::Economy, tally(0, 0))];
    scene.hand.report_tallies(&kebumen(), &tallies).await.unwrap();
    scene.hand.publish(&kebumen(), citation(""), &[]).await.unwrap();

    let nation = survey(&scene, &Population::Nation).await;
    let published = &nation.present[0];
    let null = |measure| match published.figures.get(measure) {
        Some(KeptFigure::Null(reason)) => Some(*reason),
        _ => None,
    };
    assert_eq!(null(Measure::Index), Some(NullReason::InputMissing));
    assert_eq!(null(Measure::Improvement), Some(NullReason::NoEarlierIndex));
    assert_eq!(null(Measure::PillarRealisation(Pillar::Economy)), Some(NullReason::NothingPlanned));
    assert_eq!(null(Measure::PillarRealisation(Pillar::Branding)), Some(NullReason::NotReported));
    assert_eq!(null(Measure::ComponentScore(Component::Baseline)), Some(NullReason::NotScored));
    let output = published.figures.exact(Measure::ComponentScore(Component::Output));
    assert_eq!(output.unwrap().to_string(), "321/100");
    let counts =
        published.ratios.map(|ratio| ratio.map(|ratio| (ratio.running(), ratio.planned())));
    assert_eq!(counts, [Some((10, 12)), None, Some((0, 0)), None, None, None]);
    assert!(!published.improvement_is_break);
}

#[tokio::test]
async fn a_population_is_of_its_province_or_cohort_by_any_code() {
    let scene = Scene::with_cycles().await;
    let more = [
        formerly(region("94", RegionKind::Province, "Papua Tengah"), &["90"]),
        formerly(region("94.04", RegionKind::Kabupaten, "Kabupaten Mimika"), &["35.09"]),
    ];
    scene.hand.create_regions(&more).await.unwrap();
    create_cohort(&scene, &["35.09", "33.05"]).await;

    let cohort = survey(&scene, &Population::Cohort(cohort_id())).await;
    let none = MissingReason::NoEvaluation;
    assert_eq!(absent(&cohort), [("33.05", none), ("94.04", none)]);
    assert_eq!(cohort.display_name, "Penerima penghargaan");
    let java = survey(&scene, &Population::Province(code("35"))).await;
    assert_eq!(absent(&java), [("35.71", none)], "Mimika's former code is of another province");
    let papua = survey(&scene, &Population::Province(code("90"))).await;
    assert_eq!(absent(&papua), [("94.04", none)]);
    assert_eq!(papua.population, Population::Province(code("94")));
    assert_eq!(papua.display_name, "Papua Tengah");
}

#[tokio::test]
async fn only_the_regions_that_the_cycle_lists_are_expected() {
    let scene = Scene::with_cycles().await;
    let listed = Cycle { eligible_regions: vec![code("33.05"), code("35.71")], ..cycle("2023") };
    scene.hand.create_cycle(&listed).await.unwrap();
    create_cohort(&scene, &["33.05", "33.06"]).await;
    let codes = async |population: Population| {
        let survey = scene.store.survey(&listed.id, &population, AsOf::Now).await.unwrap();
        survey
            .missing
            .into_iter()
            .map(|missing| missing.region.code.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(Population::Nation).await, ["33.05", "35.71"]);
    assert_eq!(codes(Population::Cohort(cohort_id())).await, ["33.05"]);
    assert_eq!(codes(Population::Province(code("35"))).await, ["35.71"]);
}

#[tokio::test]
async fn a_region_that_ended_is_expected_where_it_was_evaluated() {
    let scene = Scene::with_cycles().await;
    publish(&scene, "33.05", "2022", 10).await;
    scene.sql("update region set end_date = '2023-01-01' where kind = 'kabupaten'").await.unwrap();
    let nation = survey(&scene, &Population::Nation).await;
    assert_eq!((present(&nation), absent(&nation).len()), (vec!["33.05"], 1));
}

#[tokio::test]
async fn what_a_survey_is_asked_of_must_be_there() {
    let scene = Scene::with_cycles().await;
    let asked = |cycle: &str, population: Population| {
        let (cycle, store) = (cycle_id(cycle), scene.store.clone());
        async move { store.survey(&cycle, &population, AsOf::Now).await }
    };
    assert_eq!(missing(asked("1999", Population::Nation).await), Resource::Cycle(cycle_id("1999")));
    assert_eq!(
        missing(asked("2022", Population::Cohort(cohort_id())).await),
        Resource::Cohort(cohort_id())
    );
    assert_eq!(
        missing(asked("2022", Population::Province(code("11"))).await),
        Resource::Region(code("11"))
    );
    assert_eq!(fields(asked("2022", Population::Province(code("33.05"))).await), ["province"]);
}

fn fields<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let faults: Faults = match result {
        Err(Error::Refused(faults)) => faults,
        other => panic!("not refused: {other:?}"),
    };
    faults.iter().map(|fault| fault.field.clone()).collect()
}
