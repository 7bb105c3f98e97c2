//! What exports begin with: the state that a file shows, and how its scorecards were published.

use chrono::{DateTime, TimeDelta, Utc};
use takar_domain::{
    fault::Faults,
    name::{CohortId, InstrumentId},
    population::Population,
    registry::{Cohort, CohortMember, Cycle},
    vocabulary::Pillar,
};
use takar_store::{AsOf, Error, Exported, Resource};

use crate::support::{SOURCE, Scene, citation, code, cycle, cycle_id, key, missing, tally};

const MICROSECOND: TimeDelta = TimeDelta::microseconds(1);

/// Publishes an evaluation by a letter; when.
async fn publish(scene: &Scene, region: &str, cycle: &str, letter: &str) -> DateTime<Utc> {
    let key = key(region, cycle);
    let is_new = scene.store.evaluation(&key).await.is_err();
    if is_new {
        scene.hand.create_evaluation(&key).await.unwrap();
    }
    scene.hand.report_tallies(&key, &[(Pillar::Governance, tally(7, 12))]).await.unwrap();
    let reason = if is_new { "" } else { "once more" };
    let mut citation = citation(reason);
    citation.letter_number = (!letter.is_empty()).then(|| letter.to_owned());
    let scorecard = scene.hand.publish(&key, citation, &[]).await.unwrap();
    scorecard.publication.unwrap().publish_time
}

async fn rename_kebumen(scene: &Scene) {
    let mut write = scene.hand.begin().await;
    let locked = write.lock_region(&code("33.05")).await.unwrap();
    write.rename_region(&locked, "Kabupaten Kebumen Raya").await.unwrap();
    write.commit(&[]).await.unwrap();
}

async fn exported(scene: &Scene, cycle: Option<&str>, as_of: AsOf) -> Exported {
    let cycle = cycle.map(cycle_id);
    scene.store.exported(cycle.as_ref(), &Population::Nation, as_of).await.unwrap()
}

fn regions(exported: &Exported) -> Vec<&str> {
    exported.regions.iter().map(|region| region.code.as_str()).collect()
}

fn cycles(exported: &Exported) -> Vec<&str> {
    exported.cycles.iter().map(|cycle| cycle.id.as_str()).collect()
}

fn fields<T: std::fmt::Debug>(result: Result<T, Error>) -> Vec<String> {
    let faults: Faults = match result {
        Err(Error::Refused(faults)) => faults,
        other => panic!("not refused: {other:?}"),
    };
    faults.iter().map(|fault| fault.field.clone()).collect()
}

#[tokio::test]
async fn all_cycles_are_those_with_real_results_that_were_published_by_then() {
    let scene = Scene::with_cycles().await;
    let simulated = Cycle { simulated: true, ..cycle("simulation-1") };
    scene.hand.create_cycle(&simulated).await.unwrap();
    publish(&scene, "33.05", "simulation-1", "").await;
    let first = publish(&scene, "33.05", "2022", "").await;
    let second = publish(&scene, "35.71", "2021", "").await;

    let now = exported(&scene, None, AsOf::Now).await;
    // Nothing is published of 2024-1, and simulation-1 is made up.
    assert_eq!(cycles(&now), ["2021", "2022"]);
    assert_eq!(regions(&now), ["33.05", "35.71"]);
    assert!(now.as_of >= second && now.as_of <= Utc::now());
    let instruments: Vec<_> = now.instruments.keys().map(InstrumentId::as_str).collect();
    assert_eq!(instruments, ["kominfo-2022"]);
    let then = exported(&scene, None, AsOf::Time(first)).await;
    assert_eq!((cycles(&then), regions(&then)), (vec!["2022"], vec!["33.05"]));
    let before = exported(&scene, None, AsOf::Time(first - MICROSECOND)).await;
    assert_eq!((cycles(&before), regions(&before)), (vec![], vec![]));

    let named = exported(&scene, Some("simulation-1"), AsOf::Now).await;
    assert!(named.cycles[0].simulated);
    assert_eq!(regions(&named), ["33.05"]);
    let unpublished = exported(&scene, Some("2024-1"), AsOf::Now).await;
    assert_eq!((cycles(&unpublished), regions(&unpublished)), (vec!["2024-1"], vec![]));
}

#[tokio::test]
async fn a_time_is_kept_as_precise_as_publications_have_it_and_may_not_be_ahead() {
    let scene = Scene::with_cycles().await;
    let published = publish(&scene, "33.05", "2022", "").await;
    let between = published + TimeDelta::nanoseconds(999);
    assert_eq!(exported(&scene, None, AsOf::Time(between)).await.as_of, published);
    let tomorrow = AsOf::Time(Utc::now() + TimeDelta::days(1));
    let refused = scene.store.exported(None, &Population::Nation, tomorrow).await;
    assert_eq!(fields(refused), ["as_of"]);
}

#[tokio::test]
async fn only_regions_of_the_population_are_named() {
    let scene = Scene::with_cycles().await;
    for region in ["33.05", "33.06", "35.71"] {
        publish(&scene, region, "2022", "").await;
    }
    let id = CohortId::parse("winners").unwrap();
    let members = ["33.06", "35.71"];
    let member = |region| CohortMember { region: code(region), display_name: String::new() };
    let cohort = Cohort {
        id: id.clone(),
        display_name: "Penerima penghargaan".to_owned(),
        source: SOURCE.to_owned(),
        members: members.map(member).to_vec(),
    };
    scene.hand.create_cohort(&cohort).await.unwrap();
    for (population, name, expected) in [
        (Population::Nation, "Indonesia", vec!["33.05", "33.06", "35.71"]),
        (Population::Province(code("33")), "Jawa Tengah", vec!["33.05", "33.06"]),
        (Population::Cohort(id), "Penerima penghargaan", vec!["33.06", "35.71"]),
    ] {
        let found = scene.store.exported(None, &population, AsOf::Now).await.unwrap();
        assert_eq!(found.population, population);
        assert_eq!(found.population_display_name, name);
        assert_eq!(regions(&found), expected);
    }
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let scene = Scene::with_cycles().await;
    let cycle = cycle_id("1999");
    let nation = scene.store.exported(Some(&cycle), &Population::Nation, AsOf::Now).await;
    assert_eq!(missing(nation), Resource::Cycle(cycle));
    let cohort = CohortId::parse("nobody").unwrap();
    let population = Population::Cohort(cohort.clone());
    let unknown = scene.store.exported(None, &population, AsOf::Now).await;
    assert_eq!(missing(unknown), Resource::Cohort(cohort));
    let province = Population::Province(code("99"));
    assert_eq!(
        missing(scene.store.exported(None, &province, AsOf::Now).await),
        Resource::Region(code("99"))
    );
    let regency = Population::Province(code("33.05"));
    assert_eq!(fields(scene.store.exported(None, &regency, AsOf::Now).await), ["province"]);
}

#[tokio::test]
async fn a_scorecard_has_the_letter_and_the_name_of_its_newest_revision_by_then() {
    let scene = Scene::with_cycles().await;
    let first = publish(&scene, "33.05", "2022", "B-1/2022").await;
    publish(&scene, "33.05", "2021", "B-0/2021").await;
    rename_kebumen(&scene).await;
    let second = publish(&scene, "33.05", "2022", "").await;
    publish(&scene, "35.71", "2022", "B-2/2022").await;

    let published_as = async |as_of| {
        let found = scene.store.published_as(&cycle_id("2022"), as_of).await.unwrap();
        let mut found: Vec<_> = found
            .into_iter()
            .map(|(code, published)| {
                (code.to_string(), published.region_display_name, published.letter_number)
            })
            .collect();
        found.sort();
        found
    };
    let entry = |code: &str, name: &str, letter: Option<&str>| {
        (code.to_owned(), name.to_owned(), letter.map(str::to_owned))
    };
    assert_eq!(published_as(first - MICROSECOND).await, []);
    let then = [entry("33.05", "Kabupaten Kebumen", Some("B-1/2022"))];
    assert_eq!(published_as(first).await, then);
    assert_eq!(published_as(second - MICROSECOND).await, then);
    assert_eq!(
        published_as(Utc::now()).await,
        [
            entry("33.05", "Kabupaten Kebumen Raya", None),
            entry("35.71", "Kota Kediri", Some("B-2/2022")),
        ]
    );
}

#[tokio::test]
async fn published_cycles_have_their_first_and_newest_publication_and_are_real() {
    let scene = Scene::with_cycles().await;
    let simulated = Cycle { simulated: true, ..cycle("simulation-1") };
    scene.hand.create_cycle(&simulated).await.unwrap();
    publish(&scene, "33.05", "simulation-1", "").await;
    let first = publish(&scene, "33.05", "2022", "").await;
    publish(&scene, "35.71", "2022", "").await;
    let newest = publish(&scene, "33.05", "2022", "").await;
    let earlier = publish(&scene, "33.05", "2021", "").await;

    let found = scene.store.published_cycles().await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|cycle| (cycle.id.as_str(), cycle.first_publish_time, cycle.newest_publish_time))
        .collect();
    assert_eq!(found, [("2021", earlier, earlier), ("2022", first, newest)]);
}
