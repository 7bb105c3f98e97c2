//! The sample data of `takar up`, read over REST and by the tool.

use std::fs;

use serde_json::Value;

use crate::{
    aggregates, analyses,
    support::{Up, directory, run, sample},
};

// One test, as it owns the `up` that all of it reads.
#[tokio::test]
async fn up_serves_the_sample_over_rest_and_by_the_tool() {
    let directory = directory();
    let data = directory.path().join("data");
    let up = Up::start(&data, &[]);

    prints_what_runs_where(&up, data.to_str().expect("the path is text"));
    assert_eq!(up.get("/readyz").await["status"], "SERVING");
    let kebumen = kebumen_is_as_published(&up).await;
    let kediri = kediri_is_as_its_letter_says(&up).await;
    scorecards_are_shown_as_tables(&up, &kebumen, &kediri);
    scorecards_are_written_as_csv(&up);
    aggregates::are_shown(&up);
    analyses::are_shown(&up);
    all_regions_are_listed(&up);
    cohort_members_have_the_names_of_the_sample(&up).await;
    former_code_finds_its_region(&up).await;
    refusals_are_told_in_both_languages(&up);
    second_up_is_refused(&up, data.to_str().expect("the path is text"));

    taken_address_is_told(&up, &directory.path().join("other").display().to_string());

    assert!(up.stop().success());
}

fn prints_what_runs_where(up: &Up, data: &str) {
    let shown = up
        .printed
        .replace(&up.http, "[http]")
        .replace(up.grpc.trim_start_matches("http://"), "[grpc]")
        .replace(env!("CARGO_BIN_EXE_takar"), "[takar]")
        .replace(data, "[data]");
    let lines = shown.lines().filter(|line| !line.contains("PostgreSQL"));
    let lines: Vec<_> = lines.collect();
    insta::assert_snapshot!("up", lines.join("\n"));
}

async fn kebumen_is_as_published(up: &Up) -> Value {
    let scorecard = up.get("/v1/regions/33.05/scorecards/2022").await;
    let pillars = scorecard["pillars"].as_array().expect("there are pillars");
    let percents: Vec<_> = pillars
        .iter()
        .map(|pillar| {
            let name = pillar["pillar"].as_str().expect("a pillar has a name");
            (name, pillar["realisation"]["value"].as_str().unwrap_or("none"))
        })
        .collect();
    assert_eq!(
        percents,
        [
            ("PILLAR_GOVERNANCE", "100.00"),
            ("PILLAR_BRANDING", "85.71"),
            ("PILLAR_ECONOMY", "83.33"),
            ("PILLAR_LIVING", "90.00"),
            ("PILLAR_SOCIETY", "100.00"),
            ("PILLAR_ENVIRONMENT", "100.00"),
        ]
    );
    let sum =
        |field: &str| pillars.iter().map(|pillar| pillar[field].as_i64()).sum::<Option<i64>>();
    assert_eq!((sum("running"), sum("planned")), (Some(47), Some(51)));
    assert_eq!(scorecard["pooledRealisation"]["value"], "92.16");
    assert_eq!(scorecard["meanOfPillarsRealisation"]["value"], "93.17");
    assert_eq!(scorecard["allPillarsAtOrAboveThreshold"], true);
    assert_eq!(json(up, &["scorecard", "show", "33.05", "2022"]), scorecard);
    scorecard
}

async fn kediri_is_as_its_letter_says(up: &Up) -> Value {
    let scorecard = up.get("/v1/regions/35.71/scorecards/2022").await;
    assert_eq!(scorecard["index"]["value"], "3.31");
    assert_eq!(scorecard["index"]["exact"], "1243/375");
    let figures = scorecard["publishedFigures"].as_array().expect("there are figures");
    let index = figures
        .iter()
        .find(|figure| figure["measure"] == "MEASURE_INDEX")
        .expect("the letter states the index");
    assert_eq!(
        (&index["value"], &index["recomputed"], &index["difference"]),
        (&"3.31".into(), &"3.31".into(), &"0.00".into())
    );
    assert_eq!(json(up, &["scorecard", "show", "regions/35.71", "2022"]), scorecard);
    scorecard
}

fn scorecards_are_shown_as_tables(up: &Up, kebumen: &Value, kediri: &Value) {
    for (language, region, name, scorecard) in [
        ("en", "33.05", "kebumen", kebumen),
        ("id", "33.05", "kebumen", kebumen),
        ("en", "35.71", "kediri", kediri),
        ("id", "35.71", "kediri", kediri),
    ] {
        let time = scorecard["publication"]["publishTime"].as_str();
        let time = time.and_then(|time| time.split(['.', 'Z']).next());
        let time = format!("{}Z", time.expect("it is published"));
        let table = up.takar(&["scorecard", "show", region, "2022", "--lang", language]);
        let table = table.output().replace(&time, "[time]");
        insta::assert_snapshot!(format!("{name}-{language}"), table);
    }
    let list = up.takar(&["scorecard", "list", "--cycle", "2022"]);
    insta::assert_snapshot!("scorecards", list.output());
}

fn scorecards_are_written_as_csv(up: &Up) {
    let csv = up.takar(&["scorecard", "show", "33.05", "2022", "--output", "csv", "--lang", "id"]);
    insta::assert_snapshot!("kebumen-csv", csv.output());
}

fn all_regions_are_listed(up: &Up) {
    let rows = |arguments: &[&str]| {
        let arguments = [&["region", "list", "--output", "csv"], arguments].concat();
        let csv = up.takar(&arguments).output();
        csv.lines().count() - 1
    };
    assert_eq!(rows(&[]), 552);
    assert_eq!(rows(&["--kind", "province"]), 38);
    assert_eq!(rows(&["--kind", "kabupaten"]) + rows(&["--kind", "kota"]), 514);
    assert_eq!(rows(&["--province", "33"]), 35);
    assert_eq!(rows(&["--limit", "7"]), 7);

    let table = up.takar(&["region", "list", "--name", "kediri", "--lang", "id"]);
    insta::assert_snapshot!("regions-id", table.output());
}

async fn cohort_members_have_the_names_of_the_sample(up: &Up) {
    let file = fs::read(sample("cohort-smart-governance-2021.json")).expect("the sample is there");
    let file: Value = serde_json::from_slice(&file).expect("the sample is JSON");
    let members = file["members"].as_array().expect("the cohort has members");
    assert_eq!(members.len(), 17);
    for member in members {
        let code = member["region"].as_str().expect("a member has a code");
        let region = up.get(&format!("/v1/regions/{code}")).await;
        assert_eq!((&region["code"], &region["displayName"]), (&member["region"], &member["name"]));
    }
    let cohort = up.get("/v1/cohorts/smart-governance-2021").await;
    assert_eq!(cohort["members"].as_array().map(Vec::len), Some(17));
    assert_eq!(json(up, &["cohort", "show", "smart-governance-2021"]), cohort);
}

async fn former_code_finds_its_region(up: &Up) {
    let mimika = up.get("/v1/regions/91.09").await;
    assert_eq!(mimika["name"], "regions/94.04");
    assert_eq!(json(up, &["region", "show", "91.09"]), mimika);
}

fn refusals_are_told_in_both_languages(up: &Up) {
    for language in ["en", "id"] {
        let missing = up.takar(&["region", "show", "99.99", "--lang", language]).failure();
        let malformed = up.takar(&["region", "show", "3305", "--lang", language]).failure();
        let refusals = format!("{missing}{malformed}");
        insta::assert_snapshot!(format!("refusals-{language}"), refusals);
    }
}

fn second_up_is_refused(up: &Up, data: &str) {
    for (language, said) in [
        ("en", "is in use by another running instance"),
        ("id", "sedang dipakai takar lain yang masih berjalan"),
    ] {
        // The directory comes first: the addresses, taken too, are only a consequence.
        let http = up.http.trim_start_matches("http://");
        let grpc = up.grpc.trim_start_matches("http://");
        let addresses = ["--http", http, "--grpc", grpc];
        let second = [&["up", "--data-dir", data, "--lang", language], &addresses[..]].concat();
        let told = run(&second).failure();
        assert!(told.contains(said) && told.contains(data), "{told}");
    }
}

fn taken_address_is_told(up: &Up, data: &str) {
    let taken = up.http.trim_start_matches("http://");
    for (language, said) in [("en", "is taken by another program"), ("id", "sudah dipakai")] {
        let other = ["up", "--data-dir", data, "--http", taken, "--grpc", "127.0.0.1:0"];
        let told = run(&[&other[..], &["--lang", language]].concat()).failure();
        assert!(told.contains(said) && told.contains(taken) && told.contains("--http"), "{told}");
    }
}

fn json(up: &Up, arguments: &[&str]) -> Value {
    let output = up.takar(&[arguments, &["--output", "json"]].concat()).output();
    serde_json::from_str(&output).expect("the tool writes JSON")
}
