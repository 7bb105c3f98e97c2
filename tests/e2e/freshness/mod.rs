//! What the public reads over REST is kept by the gateway, and never older than what was written.

mod restart;
mod scene;
mod watch;

use serde_json::{Value as Json, json};

use self::scene::{EVALUATION, SCORECARD, Scene};
use crate::stack::{Stack, eventually};

/// How often a correction is followed by a read.
const ROUNDS: i64 = 50;

/// The reads that show the newest revision, and where.
const READS: [(&str, &str); 4] = [
    ("", "/publication/revision"),
    (":explain", "/publication/revision"),
    (":listRevisions", "/scorecards/0/publication/revision"),
    ("s", "/scorecards/0/publication/revision"),
];

/// One of the reads, in turn.
fn read_of(round: i64) -> (String, &'static str) {
    let index = usize::try_from(round).expect("a round") % READS.len();
    let (suffix, pointer) = READS[index];
    match suffix {
        "s" => ("/v1/regions/-/scorecards".to_owned(), pointer),
        suffix => (format!("{SCORECARD}{suffix}"), pointer),
    }
}

#[tokio::test]
async fn a_correction_is_seen_by_the_very_next_read() {
    let scene = Scene::published().await;
    for round in 1..=ROUNDS {
        // Each kind of read comes before and after a correction.
        for (path, pointer) in [read_of(round - 1), read_of(round)] {
            let shown = scene.read(&path).await;
            assert_eq!(shown.json.pointer(pointer), Some(&round.into()), "{path}");
            assert!(scene.read(&path).await.is_kept, "{path} in round {round}");
        }
        scene.publish("a correction").await;
    }
}

#[tokio::test]
async fn a_correction_over_rest_is_seen_by_the_very_next_read() {
    let scene = Scene::published().await;
    for round in 1..=10 {
        assert_eq!(scene.read(SCORECARD).await.json["publication"]["revision"], round);
        assert!(scene.read(SCORECARD).await.is_kept);
        let body = json!({"publication": {"source": "a letter", "reason": "a correction"}});
        let path = format!("/v1/{EVALUATION}:publish");
        let request = scene.stack.rest.request("POST", &path).header("if-match", "*");
        let published = request.json(&body).send().await.expect("an answer");
        assert_eq!(published.status(), 200);
    }
}

#[tokio::test]
async fn what_was_published_then_stays_readable_as_of_then() {
    let scene = Scene::published().await;
    let first = scene.read(SCORECARD).await.json;
    let time = first["publication"]["publishTime"].as_str().expect("a time");
    let then = format!("{SCORECARD}?asOf={time}");
    for revision in 2..=3 {
        scene.publish("a correction").await;
        assert_eq!(scene.read(SCORECARD).await.json["publication"]["revision"], revision);
        for is_kept in [false, true] {
            let shown = scene.read(&then).await;
            assert_eq!((&shown.json, shown.is_kept), (&first, is_kept));
        }
    }
}

#[tokio::test]
async fn what_was_not_there_is_there_once_it_is_published() {
    let scene = Scene::concluded().await;
    for _ in 0..2 {
        assert_eq!(scene.status(SCORECARD).await, 404);
        let list = scene.read("/v1/regions/-/scorecards").await;
        assert_eq!(list.json["scorecards"], json!([]));
    }
    scene.publish("").await;
    assert_eq!(scene.read(SCORECARD).await.json["publication"]["revision"], 1);
    let list = scene.read("/v1/regions/-/scorecards").await;
    assert_eq!(list.json["scorecards"][0]["publication"]["revision"], 1);
}

#[tokio::test]
async fn a_new_name_or_code_of_a_region_is_seen_at_once() {
    let scene = Scene::published().await;
    let region = "/v1/regions/33.05";
    for name in ["Kabupaten Kebumen Raya", "Kabupaten Kebumen"] {
        scene.keep(region).await;
        let request = json!({"region": {"name": "regions/33.05", "displayName": name}, "updateMask": "displayName"});
        scene.call("RegistryService.UpdateRegion", request).await;
        assert_eq!(scene.read(region).await.json["displayName"], name);
    }
    let then = scene.read(SCORECARD).await.json["publication"]["publishTime"].clone();
    let then = format!("{SCORECARD}?asOf={}", then.as_str().expect("a time"));
    for path in [region, SCORECARD, &then, "/v1/regions/-/scorecards"] {
        scene.keep(path).await;
    }
    let request = json!({"name": "regions/33.05", "newCode": "33.99", "source": "a law"});
    scene.call("RegistryService.RecodeRegion", request).await;
    assert_eq!(scene.read(region).await.json["code"], "33.99");
    for path in [SCORECARD, &then] {
        assert_eq!(scene.read(path).await.json["region"], "regions/33.99", "{path}");
    }
    let list = scene.read("/v1/regions/-/scorecards").await;
    assert_eq!(list.json["scorecards"][0]["region"], "regions/33.99");
}

#[tokio::test]
async fn who_shows_a_key_is_shown_what_it_may_see_and_nobody_else_is() {
    let scene = Scene::concluded().await;
    let insider = crate::rest::send(scene.stack.rest.request("GET", SCORECARD)).await;
    assert_eq!((insider.status, insider.header("cache-control")), (200, "private, no-cache"));
    assert!(insider.header("vary").contains("authorization"));
    assert_eq!(scene.status(SCORECARD).await, 404, "the provisional one is not shown");
    scene.publish("").await;
    scene.keep(SCORECARD).await;
    let insider = crate::rest::send(scene.stack.rest.request("GET", SCORECARD)).await;
    assert_eq!((insider.status, insider.header("age")), (200, ""));
    let evaluation = format!("/v1/{EVALUATION}");
    let own = crate::rest::send(scene.stack.rest.request("GET", &evaluation)).await;
    assert_eq!(own.header("cache-control"), "private, no-cache");
    let keys = crate::rest::send(scene.stack.rest.request("GET", "/v1/apiKeys")).await;
    assert_eq!((keys.status, keys.header("cache-control")), (200, "no-store"));
}

#[tokio::test]
async fn all_that_anybody_may_read_may_be_kept() {
    let scene = Scene::published().await;
    let program = json!({"pillar": "PILLAR_LIVING", "displayName": "A clinic", "source": "a test"});
    let request = json!({"parent": "regions/33.05", "programId": "clinic", "program": program});
    scene.call("RegistryService.CreateProgram", request).await;
    let cohort = json!({"displayName": "Some", "source": "a test", "members": [{"region": "regions/33.05"}]});
    let request = json!({"cohortId": "some", "cohort": cohort});
    scene.call("RegistryService.CreateCohort", request).await;
    for path in [
        "regions",
        "regions/33.05",
        "regions/33.05/programs",
        "regions/33.05/programs/clinic",
        "cohorts",
        "cohorts/some",
        "instruments",
        "instruments/plain",
        "cycles",
        "cycles/2022",
        "regions/33.05/scorecards",
        "regions/33.05/scorecards/2022",
        "regions/33.05/scorecards/2022:explain",
        "regions/33.05/scorecards/2022:listRevisions",
    ] {
        scene.keep(&format!("/v1/{path}")).await;
    }
}

#[tokio::test]
async fn what_is_written_past_the_server_or_through_another_is_seen_soon() {
    let scene = Scene::published().await;
    let named = async |name: &str| {
        eventually(name, async || {
            scene.read("/v1/regions/33.05").await.json["displayName"] == name
        })
        .await;
    };
    scene.keep("/v1/regions/33.05").await;
    let rename = "update region set display_name = 'By hand' where kind = 'kabupaten'";
    let mut connection = scene.stack.connection().await;
    sqlx::query(rename).execute(&mut connection).await.expect("it is renamed");
    named("By hand").await;

    scene.keep("/v1/regions/33.05").await;
    let url = scene.stack.database_url();
    let other = Stack::over(url, takar_server::Limits::default()).await;
    let request = json!({
        "region": {"name": "regions/33.05", "displayName": "Through another", "etag": "*"},
        "updateMask": "displayName",
    });
    let answer: Json = other.grpc.call("RegistryService.UpdateRegion", &request).await.message();
    assert_eq!(answer["displayName"], "Through another");
    named("Through another").await;
}
