//! Exports by the tool.

use std::fs;

use crate::support::{Up, directory};

// One test, as it owns the `up` that all of it reads.
#[tokio::test]
async fn what_is_published_is_written_to_a_file_that_is_whole() {
    let directory = directory();
    let up = Up::start(&directory.path().join("data"), &[]);
    let file = directory.path().join("rapor.csv");
    let path = file.display().to_string();
    let export = ["export", "scorecards", "2022", "--file"];
    let with = |more: &[&str]| up.takar(&[&export[..], more].concat());

    let run = with(&[&path]);
    assert!(run.stderr.contains(&format!("{path}: ")) && run.stderr.contains("written"), "{run:?}");
    run.output();
    let csv = fs::read_to_string(&file).unwrap();
    assert!(csv.contains("33.05,2022,PILLAR_REALISATION,BRANDING,_Z,85.71,"), "{csv}");
    assert!(csv.contains("35.71,2022,INDEX,_Z,_T,3.31,"), "{csv}");

    let told = with(&[&path, "--format", "xlsx", "--lang", "id"]);
    assert!(told.stderr.contains("ditulis"), "{told:?}");
    told.output();
    assert!(fs::read(&file).unwrap().starts_with(b"PK"), "it takes the place of the other");

    let wide = with(&["-", "--wide", "--province", "33"]).output();
    assert_eq!(wide.lines().count(), 2, "{wide}");
    let lines = with(&["-", "--format", "jsonl", "--cohort", "smart-governance-2021"]).output();
    assert!(lines.lines().all(|line| line.contains("\"refArea\":\"33.05\"")), "{lines}");
    let sdmx = with(&["-", "--format", "sdmx-json"]).output();
    assert!(sdmx.starts_with("{\"meta\":"), "{sdmx}");

    let summary = up.takar(&["export", "summary", "2022", "--file", "-"]).output();
    assert!(summary.contains("2022,_T,PILLAR_REALISATION,BRANDING,_Z,MEAN,85.71,"), "{summary}");

    // What is refused leaves the file as it was, and nothing beside it.
    let refused = up.takar(&["export", "scorecards", "1999", "--file", &path]).failure();
    assert!(refused.contains("cycles/1999"), "{refused}");
    with(&[&path, "--as-of", "2999-01-01T00:00:00Z"]).failure();
    assert!(fs::read(&file).unwrap().starts_with(b"PK"));
    let beside: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
    let nowhere = directory.path().join("nowhere/rapor.csv").display().to_string();
    assert!(with(&[&nowhere]).failure().contains(&nowhere));

    let catalog = up.get("/data.json").await;
    assert_eq!(catalog["dataset"][0]["license"], "https://opendatacommons.org/licenses/odbl/1-0/");
    assert!(up.stop().success());
}
