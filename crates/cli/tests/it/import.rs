//! `takar import`.

use std::{fs, path::Path};

use serde_json::{Value, json};
use takar_proto::v1::{
    CreateEvaluationRequest, Pillar, ReportTalliesRequest, Tally,
    evaluation_service_client::EvaluationServiceClient,
};

use crate::support::{Up, directory, run, sample};

const FILES: [&str; 7] = [
    "evaluation-kebumen-2022.json",
    "evaluation-kediri-2022.json",
    "cohort-smart-governance-2021.json",
    "cycle-2022.json",
    "instrument-kominfo-2022.json",
    "region-codes.csv",
    "regions.csv",
];

fn paths(files: &[&str]) -> Vec<String> {
    files.iter().map(|file| sample(file).display().to_string()).collect()
}

/// The arguments of an import.
fn import<'a>(options: &[&'a str], files: &'a [String]) -> Vec<&'a str> {
    let files = files.iter().map(String::as_str);
    ["import"].into_iter().chain(options.iter().copied()).chain(files).collect()
}

#[test]
fn a_dry_run_needs_no_server() {
    let files = paths(&FILES);
    let output = run(&import(&["--dry-run"], &files)).output();
    assert_eq!(output.lines().count(), FILES.len(), "{output}");
    assert!(output.contains("regions.csv: fine, 552 items"), "{output}");
}

#[test]
fn a_wrong_file_is_told_with_its_place_and_what_is_allowed() {
    let directory = directory();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).expect("a file can be written");
        path.display().to_string()
    };
    let kebumen = |change: fn(&mut Value)| {
        let mut file = sample_json("evaluation-kebumen-2022.json");
        change(&mut file);
        file.to_string()
    };
    let files = [
        write("not-json.json", "kind: cycle"),
        write("kind.json", r#"{"kind": "rapor"}"#),
        write("unknown-field.json", &kebumen(|file| file["tallies"][1]["runing"] = json!(1))),
        write("wrong-word.json", &kebumen(|file| file["programs"][2]["pillar"] = json!("EKONOMI"))),
        write("running.json", &kebumen(|file| file["tallies"][2]["running"] = json!(13))),
        write(
            "number.json",
            &kebumen(|file| {
                file["publication"]["figures"][0]["value"] = json!(100.0);
            }),
        ),
        write("missing-field.json", r#"{"kind": "cycle", "cycle": "2022", "displayName": "x"}"#),
        write("header.csv", "kode,nama\n33.05,Kebumen\n"),
        write("kind.csv", "code,kind,name\n33,PROVINCE,Jawa Tengah\n33.05,DESA,Kebumen\n"),
    ];
    for language in ["en", "id"] {
        let mut told = String::new();
        for file in &files {
            let refused = run(&["import", "--dry-run", "--lang", language, file]);
            told += &refused.failure();
        }
        let told = told.replace(&format!("{}/", directory.path().display()), "");
        insta::assert_snapshot!(format!("wrong-files-{language}"), told);
    }
    let absent = run(&["import", "--dry-run", "/nowhere/x.json"]).failure();
    assert!(absent.contains("/nowhere/x.json cannot be read"), "{absent}");
}

// One test, as it owns the `up` into which it imports.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_adds_what_is_missing_and_changes_nothing_else() {
    let directory = directory();
    let data = directory.path().join("data");
    let up = Up::start(&data, &["--no-sample"]);

    let files = paths(&FILES[2..]);
    up.takar_with_key(&import(&[], &files)).output();
    begin_kebumen(&up).await;
    wrong_names_are_found_out(&up, directory.path());
    assert!(up.stop().success());

    // As after a kill in the middle: a draft with one tally. `up` goes on from there.
    let up = Up::start(&data, &[]);
    let before = published(&up).await;
    let files = paths(&FILES);
    let again = up.takar_with_key(&import(&[], &files)).output();
    let summaries: Vec<_> = again.lines().collect();
    assert_eq!(summaries.len(), FILES.len());
    assert!(summaries.iter().all(|line| line.contains(": 0 written, ")), "{again}");
    other_content_is_refused(&up, directory.path());
    assert_eq!(published(&up).await, before);
    assert!(up.stop().success());
}

async fn begin_kebumen(up: &Up) {
    let mut client = EvaluationServiceClient::new(up.connect().await);
    let create = CreateEvaluationRequest {
        parent: "regions/33.05".to_owned(),
        cycle: "cycles/2022".to_owned(),
        request_id: String::new(),
    };
    client.create_evaluation(create).await.expect("it can be created");
    let source = sample_json("evaluation-kebumen-2022.json")["source"].clone();
    let report = ReportTalliesRequest {
        name: "regions/33.05/evaluations/2022".to_owned(),
        tallies: vec![Tally {
            pillar: Pillar::Governance.into(),
            running: 9,
            planned: 9,
            source: source.as_str().expect("the file has a source").to_owned(),
            ..Tally::default()
        }],
        etag: "*".to_owned(),
        request_id: String::new(),
    };
    client.report_tallies(report).await.expect("it can be reported");
}

async fn published(up: &Up) -> Value {
    let scorecard = up.get("/v1/regions/33.05/scorecards/2022").await;
    assert_eq!(scorecard["publication"]["revision"], 1);
    assert_eq!(scorecard["pooledRealisation"]["value"], "92.16");
    scorecard
}

fn wrong_names_are_found_out(up: &Up, directory: &Path) {
    let mut cohort = sample_json("cohort-smart-governance-2021.json");
    cohort["cohort"] = json!("wrong-code");
    // Kota Blitar under the name of the kabupaten.
    cohort["members"][0]["region"] = json!("35.72");
    let file = write_json(directory, "cohort.json", &cohort);
    let told = up.takar_with_key(&["import", &file]).failure();
    assert!(told.contains("members[0]: 35.72 is Kota Blitar, not Kabupaten Blitar"), "{told}");

    cohort["members"][0]["region"] = json!("35.05");
    cohort["members"][4]["region"] = json!("91.09");
    let file = write_json(directory, "cohort.json", &cohort);
    let told = up.takar_with_key(&["import", &file]).failure();
    assert!(told.contains("91.09 is a former code; the current one is 94.04"), "{told}");
}

fn other_content_is_refused(up: &Up, directory: &Path) {
    let mut cycle = sample_json("cycle-2022.json");
    cycle["displayName"] = json!("Evaluasi lain");
    let mut instrument = sample_json("instrument-kominfo-2022.json");
    instrument["components"][0]["weight"] = json!("20");
    instrument["components"][1]["weight"] = json!("10");
    let mut tallies = sample_json("evaluation-kebumen-2022.json");
    tallies["tallies"][1]["running"] = json!(7);
    let mut figures = sample_json("evaluation-kebumen-2022.json");
    figures["publication"]["figures"][1]["value"] = json!("85.72");

    let files = [
        write_json(directory, "cycle.json", &cycle),
        write_json(directory, "instrument.json", &instrument),
        write_json(directory, "tallies.json", &tallies),
        write_json(directory, "figures.json", &figures),
    ];
    for language in ["en", "id"] {
        let mut told = String::new();
        for file in &files {
            told += &up.takar_with_key(&["import", "--lang", language, file]).failure();
        }
        let told = told.replace(&format!("{}/", directory.display()), "");
        insta::assert_snapshot!(format!("other-content-{language}"), told);
    }
}

fn sample_json(file: &str) -> Value {
    let text = fs::read(sample(file)).expect("the sample is there");
    serde_json::from_slice(&text).expect("the sample is JSON")
}

fn write_json(directory: &Path, name: &str, content: &Value) -> String {
    let path = directory.join(name);
    fs::write(&path, content.to_string()).expect("a file can be written");
    path.display().to_string()
}
