//! The narrow row of figures that every revision has.

use sqlx::Row;
use takar_domain::{
    publication::Measure,
    vocabulary::{Component, Pillar},
};

use crate::support::{Scene, citation, kebumen, score, tally};

#[tokio::test]
async fn every_revision_keeps_its_exact_figures_in_the_order_of_the_measures() {
    let scene = Scene::with_evaluation().await;
    scene.hand.report_tallies(&kebumen(), &[(Pillar::Economy, tally(10, 12))]).await.unwrap();
    let pillars = Pillar::ALL.into_iter().zip(["1", "1.5", "2", "2.5", "3", "3.25"]);
    let pillars: Vec<_> = pillars.map(|(pillar, given)| (pillar, score(given))).collect();
    let components = [Component::Baseline, Component::Output, Component::Outcome]
        .into_iter()
        .zip(["3.6", "3.21", "3.23"])
        .map(|(component, given)| (component, score(given)));
    let components: Vec<_> = components.collect();
    scene.hand.score(&kebumen(), &pillars, &components).await.unwrap();
    scene.hand.publish(&kebumen(), citation(""), &[]).await.unwrap();
    scene.hand.report_tallies(&kebumen(), &[(Pillar::Economy, tally(11, 12))]).await.unwrap();
    let published = scene.hand.publish(&kebumen(), citation("recounted"), &[]).await.unwrap();

    let rows = sqlx::query(
        "select publish_time, exact, null_reason, running, planned, line
         from publication_figures order by revision",
    )
    .fetch_all(&mut scene.connection().await)
    .await
    .unwrap();
    assert_eq!(rows.len(), 2);
    let row = &rows[1];
    let publication = published.publication.unwrap();
    assert_eq!(
        row.get::<chrono::DateTime<chrono::Utc>, _>("publish_time"),
        publication.publish_time
    );
    let exact: Vec<Option<String>> = row.get("exact");
    let null_reason: Vec<Option<String>> = row.get("null_reason");
    assert_eq!(exact.len(), Measure::KEPT.len());
    for ((measure, exact), null_reason) in Measure::KEPT.into_iter().zip(&exact).zip(&null_reason) {
        let computed = measure.exact_in(&published.scorecard).map(ToString::to_string);
        assert_eq!(exact, &computed, "{measure:?}");
        let is_of_instrument = |component| {
            published.scorecard.components.iter().any(|result| result.component == component)
        };
        let has_figure = match measure {
            Measure::ComponentScore(component) => is_of_instrument(component),
            _ => true,
        };
        assert_eq!(null_reason.is_some(), has_figure && exact.is_none(), "{measure:?}");
    }
    let figures = exact.iter().zip(&null_reason).map(|(exact, null_reason)| {
        exact.as_deref().or(null_reason.as_deref()).unwrap_or_default()
    });
    let cells: Vec<_> = figures.chain(["", "", "11/12", "", "", ""]).collect();
    assert_eq!(row.get::<String, _>("line"), cells.join(","));
    let planned: Vec<Option<i32>> = row.get("planned");
    assert_eq!(planned, [None, None, Some(12), None, None, None]);
    let running = |row: &sqlx::postgres::PgRow| row.get::<Vec<Option<i32>>, _>("running")[2];
    assert_eq!((running(&rows[0]), running(row)), (Some(10), Some(11)));
}

#[tokio::test]
async fn kept_figures_are_never_changed() {
    let scene = Scene::with_evaluation().await;
    for change in ["update publication_figures set revision = 2", "delete from publication_figures"]
    {
        assert_eq!(scene.refused_by(change).await, "publication_figures_append_only");
    }
}
