//! Improvement: the region's published index of the nearest earlier cycle.

use takar_domain::{
    evaluation::Score,
    instrument::{Definition, Instrument, WeightedComponent},
    registry::Cycle,
    scorecard::{EarlierIndex, Improvement},
    vocabulary::{Component, Derivation},
};
use takar_store::{EvaluationKey, Resource};

use crate::support::{
    Scene, all, citation, cycle, cycle_id, definition, instrument_id, key, missing, score,
};

/// An instrument of one component, so that its score is the index.
fn output_only(id: &str) -> Instrument {
    let output = WeightedComponent::parse(Component::Output, "100", Derivation::Direct).unwrap();
    let definition = Definition { components: vec![output], ..definition() };
    Instrument::new(instrument_id(id), definition).unwrap()
}

fn after_cycle(id: &str, previous: &str, instrument: &str) -> Cycle {
    Cycle {
        instrument: instrument_id(instrument),
        previous_cycle: Some(cycle_id(previous)),
        ..cycle(id)
    }
}

/// 2022 <- 2023 <- 2024 under `one`, <- 2025 under `two`.
async fn four_cycles() -> Scene {
    let scene = Scene::with_regions().await;
    for id in ["one", "two"] {
        scene.hand.create_instrument(&output_only(id)).await.unwrap();
    }
    let first = Cycle { instrument: instrument_id("one"), ..cycle("2022") };
    let later = [
        after_cycle("2023", "2022", "one"),
        after_cycle("2024", "2023", "one"),
        after_cycle("2025", "2024", "two"),
    ];
    for cycle in std::iter::once(&first).chain(&later) {
        scene.hand.create_cycle(cycle).await.unwrap();
    }
    scene
}

async fn scored(scene: &Scene, key: &EvaluationKey, output: Score) {
    if scene.store.evaluation(key).await.is_err() {
        scene.hand.create_evaluation(key).await.unwrap();
    }
    scene.hand.score(key, &[], &[(Component::Output, output)]).await.unwrap();
}

async fn improvement(scene: &Scene, key: &EvaluationKey) -> Improvement {
    scene.store.scorecard(key, None).await.unwrap().scorecard.improvement
}

fn compared_with(improvement: &Improvement) -> Option<(&str, i32, String)> {
    let EarlierIndex { cycle, revision, instrument: _, index } = improvement.earlier.as_ref()?;
    Some((cycle.as_str(), *revision, index.to_string()))
}

#[tokio::test]
async fn an_index_is_compared_with_the_newest_revision_of_the_nearest_published_cycle() {
    let scene = four_cycles().await;
    let kebumen = |cycle: &str| key("33.05", cycle);
    scored(&scene, &kebumen("2022"), score("2")).await;
    scored(&scene, &kebumen("2024"), score("3")).await;

    // Not published yet.
    assert_eq!(improvement(&scene, &kebumen("2024")).await.earlier, None);

    scene.hand.publish(&kebumen("2022"), citation(""), &[]).await.unwrap();
    scored(&scene, &kebumen("2022"), score("2.5")).await;
    scene.hand.publish(&kebumen("2022"), citation("recounted"), &[]).await.unwrap();
    // Another region's says nothing of this one.
    scored(&scene, &key("33.06", "2023"), score("1")).await;
    scene.hand.publish(&key("33.06", "2023"), citation(""), &[]).await.unwrap();

    let over_the_gap = improvement(&scene, &kebumen("2024")).await;
    assert_eq!(compared_with(&over_the_gap), Some(("2022", 2, "5/2".to_owned())));
    assert_eq!(over_the_gap.difference.exact().unwrap().to_string(), "1/2");
    assert!(!over_the_gap.is_break);

    scored(&scene, &kebumen("2023"), score("2.75")).await;
    scene.hand.publish(&kebumen("2023"), citation(""), &[]).await.unwrap();
    let nearer = improvement(&scene, &kebumen("2024")).await;
    assert_eq!(compared_with(&nearer), Some(("2023", 1, "11/4".to_owned())));
}

#[tokio::test]
async fn another_instrument_is_a_break() {
    let scene = four_cycles().await;
    let [before, now] = ["2024", "2025"].map(|cycle| key("35.71", cycle));
    scored(&scene, &before, score("3")).await;
    scene.hand.publish(&before, citation(""), &[]).await.unwrap();
    scored(&scene, &now, score("4")).await;
    assert!(improvement(&scene, &now).await.is_break);
}

#[tokio::test]
async fn a_published_improvement_stays_when_the_earlier_index_is_corrected() {
    let scene = four_cycles().await;
    let [before, now] = ["2022", "2023"].map(|cycle| key("33.05", cycle));
    for (key, output) in [(&before, "2"), (&now, "3")] {
        scored(&scene, key, score(output)).await;
        scene.hand.publish(key, citation(""), &[]).await.unwrap();
    }
    let published = improvement(&scene, &now).await;
    assert_eq!(compared_with(&published), Some(("2022", 1, "2".to_owned())));

    scored(&scene, &before, score("2.9")).await;
    scene.hand.publish(&before, citation("recounted"), &[]).await.unwrap();
    assert_eq!(improvement(&scene, &now).await, published);
}

#[tokio::test]
async fn a_cycle_follows_one_that_is_there() {
    let scene = four_cycles().await;
    let unfounded = after_cycle("2026", "unknown", "one");
    assert_eq!(
        missing(scene.hand.create_cycle(&unfounded).await),
        Resource::Cycle(cycle_id("unknown"))
    );
    let refused = "insert into cycle (cycle_id, display_name, instrument_id, previous_cycle_id)
                   values ('2026', 'a cycle', 'one', '2026')";
    assert_eq!(scene.refused_by(refused).await, "cycle_previous_is_another");
    let cycles = scene.store.cycles(&all()).await.unwrap();
    assert_eq!(cycles.last().unwrap().previous_cycle, Some(cycle_id("2024")));
}
