//! The life of an evaluation, by the tool.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use crate::support::{Up, directory, run, run_to_end, sample};

/// The commands of README.md under a heading, a block each.
fn readme_blocks(heading: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(file).expect("there is a README");
    let (_, section) = readme.split_once(&format!("\n## {heading}\n")).expect("it has the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_readme_run_an_evaluation() {
    let directory = directory();
    let up = Up::start(&directory.path().join("data"), &[]);
    let blocks = readme_blocks("Run an evaluation");
    assert_eq!(blocks.len(), 3);
    let binaries = Path::new(env!("CARGO_BIN_EXE_takar")).parent().expect("it is in a directory");
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").expect("there is one"));
    let mut told = String::new();
    for block in &blocks {
        let mut shell = Command::new("sh");
        shell
            .args(["-e", "-c", block])
            .current_dir(directory.path())
            .env("PATH", &path)
            .env("TAKAR_SERVER", &up.grpc)
            .env("TAKAR_TOKEN_FILE", up.key_file())
            .env("LC_ALL", "C")
            .env_remove("TAKAR_LANG");
        told = run_to_end(&mut shell).output();
    }
    assert!(told.contains("Index: 3.37") && told.contains("entries, head "), "{told}");

    let scorecard = up.get("/v1/regions/33.05/scorecards/2026").await;
    assert_eq!(scorecard["publication"]["revision"], 1);
    assert_eq!(scorecard["index"]["exact"], "101/30");
    let evaluation = json(&up, &["evaluation", "show", "33.05", "2026"]);
    let roles: Vec<_> = evaluation["transitions"]
        .as_array()
        .expect("it has steps")
        .iter()
        .map(|step| (step["role"].as_str(), step["toState"].as_str()))
        .collect();
    assert_eq!(roles[0], (Some("ROLE_OPERATOR"), Some("STATE_SUBMITTED")));
    assert_eq!(roles[4], (Some("ROLE_SECRETARIAT"), Some("STATE_PUBLISHED")));
    assert!(up.stop().success());
}

// One test, as it owns the `up` in which the evaluation goes its way.
#[tokio::test(flavor = "multi_thread")]
async fn an_evaluation_goes_back_is_assessed_objected_to_and_corrected() {
    let directory = directory();
    let up = Up::start(&directory.path().join("data"), &[]);
    let secretariat = |arguments: &[&str]| up.takar_with_key(arguments).output();
    let verb = |verb: &str, options: &[&str]| {
        secretariat(&[&["evaluation", verb, "33.06", "2026", "--lang", "en"], options].concat())
    };
    secretariat(&[
        "cycle",
        "create",
        "--id",
        "2026",
        "--name",
        "2026",
        "--instrument",
        "kominfo-2022",
    ]);
    assert_eq!(verb("create", &[]), "33.06 2026: draft\n");
    let source = ["--source", "a letter"];
    verb("report", &[&["--tally", "governance=8/9"], &source[..]].concat());
    let assessors = ["One", "Two"].map(|name| {
        let file = directory.path().join(name);
        let create = ["key", "create", "--name", name, "--role", "assessor"];
        let secret = secretariat(&create);
        fs::write(&file, &secret).expect("a file can be written");
        let principal = format!("apiKeys/{}", secret.split('_').nth(1).expect("it has an id"));
        verb("assign", &[&principal, "--name", name]);
        file.to_str().expect("text").to_owned()
    });
    assert_eq!(verb("submit", &["--note", "whole"]), "33.06 2026: submitted\n");
    verb("review", &[]);
    let remarks = ["--comment", "governance: no evidence", "--comment", "see the letter"];
    assert_eq!(verb("return", &remarks), "33.06 2026: returned\n");
    verb("report", &[&["--tally", "governance=9/9"], &source[..]].concat());
    verb("submit", &[]);
    verb("review", &[]);
    for (key, score) in assessors.iter().zip(["baseline=3.5", "baseline=3.7"]) {
        let score = ["evaluation", "score", "33.06", "2026", "--score", score, "--source", "desk"];
        let by = ["--token-file", key, "--server", &up.grpc];
        run(&[&score[..], &by].concat()).output();
    }
    for language in ["en", "id"] {
        let conclude = ["evaluation", "conclude", "33.06", "2026", "--lang", language];
        let mut told = up.takar_with_key(&conclude).failure();
        let publish = ["evaluation", "publish", "33.06", "2026", "--lang", language];
        told += &up.takar_with_key(&[&publish[..], &source].concat()).failure();
        insta::assert_snapshot!(format!("workflow-{language}"), told);
    }
    verb("moderate", &[&["--score", "baseline=3.6"], &source[..]].concat());
    verb("conclude", &[]);
    assert_eq!(verb("object", &["--comment", "baseline: too low"]), "33.06 2026: objection\n");
    verb("answer", &["--text", "It stays"]);
    verb("finalize", &[]);
    assert_eq!(verb("publish", &source), "33.06 2026: published\n");
    verb("moderate", &[&["--score", "baseline=3.8"], &source[..]].concat());
    let first = json(&up, &["scorecard", "revisions", "33.06", "2026"]);
    let as_of = first["scorecards"][0]["publication"]["publishTime"].as_str().expect("a time");
    verb("publish", &[&source[..], &["--reason", "a typing error"]].concat());

    let shown = verb("show", &[]);
    let baseline = shown.lines().find(|line| line.starts_with("Baseline")).expect("it is shown");
    let cells: Vec<_> = baseline.split_whitespace().collect();
    assert_eq!(cells, ["Baseline", "3.5", "|", "3.7", "0.2", "3.8"]);
    let show = ["scorecard", "show", "33.06", "2026", "--output", "json"];
    let of_then = up.takar(&[&show[..], &["--as-of", as_of]].concat()).output();
    let of_then: Value = serde_json::from_str(&of_then).expect("it is JSON");
    assert_eq!(of_then["publication"]["revision"], 1);
    let revisions = up.takar(&["scorecard", "revisions", "33.06", "2026", "--lang", "en"]).output();
    assert!(revisions.contains("a typing error") && revisions.lines().count() == 3, "{revisions}");
    let explained = up.takar(&["scorecard", "explain", "33.06", "2026"]).output();
    assert!(explained.contains("\n  baseline: 3.80 [10%]\n"), "{explained}");
    let list = ["evaluation", "list", "--cycle", "2026", "--state", "published", "--output", "csv"];
    assert_eq!(secretariat(&list).lines().count(), 2);
    assert!(up.stop().success());
}

// One test, as it owns the `up` into which it imports.
#[tokio::test(flavor = "multi_thread")]
async fn a_result_file_goes_as_far_as_it_says_and_on_from_where_it_stopped() {
    let directory = directory();
    let up = Up::start(&directory.path().join("data"), &[]);
    let file = directory.path().join("result.json");
    let import = |content: &Value| {
        fs::write(&file, content.to_string()).expect("a file can be written");
        let import = ["import", "--lang", "en", file.to_str().expect("text")];
        up.takar_with_key(&import)
    };
    let verb = |verb: &str| {
        up.takar_with_key(&["evaluation", verb, "33.06", "2022", "--lang", "en"]).output()
    };
    let text = fs::read(sample("evaluation-kediri-2022.json")).expect("the sample is there");
    let mut result: Value = serde_json::from_slice(&text).expect("the sample is JSON");
    result["region"] = json!("33.06");
    result["regionName"] = json!("Kabupaten Purworejo");
    result["tallies"] = json!([{ "pillar": "LIVING", "running": 3, "planned": 4 }]);
    let publication = result["publication"].take();

    let draft = import(&result).output();
    assert!(draft.contains("2 written, 0 already there, 10 wait for the review"), "{draft}");
    assert!(verb("show").contains("State: draft"));
    verb("submit");
    verb("review");
    let scored = import(&result).output();
    assert!(scored.contains("10 written, 2 already there"), "{scored}");
    verb("conclude");

    result["publication"] = publication;
    let published = import(&result).output();
    assert!(published.contains("1 written, 12 already there"), "{published}");
    let scorecard = up.get("/v1/regions/33.06/scorecards/2022").await;
    assert_eq!(scorecard["index"]["exact"], "1243/375");
    let again = import(&result).output();
    assert!(again.contains("0 written, 13 already there"), "{again}");

    result["tallies"][0]["running"] = json!(4);
    assert!(import(&result).failure().contains("a correction needs a reason"));
    result["publication"]["reason"] = json!("the letter of December counts one more");
    let corrected = import(&result).output();
    assert!(corrected.contains("2 written, 11 already there"), "{corrected}");
    let scorecard = up.get("/v1/regions/33.06/scorecards/2022").await;
    assert_eq!(scorecard["publication"]["revision"], 2);
    assert_eq!(scorecard["pillars"][3]["running"], 4);
    let again = import(&result).output();
    assert!(again.contains("0 written, 13 already there"), "{again}");
    assert!(up.stop().success());
}

#[test]
fn up_leaves_alone_what_people_did_to_an_evaluation_of_the_sample() {
    let directory = directory();
    let data = directory.path().join("data");
    let up = Up::start(&data, &["--no-sample"]);
    let files =
        ["regions.csv", "region-codes.csv", "instrument-kominfo-2022.json", "cycle-2022.json"];
    let files = files.map(|file| sample(file).to_str().expect("text").to_owned());
    let files = files.iter().map(String::as_str);
    up.takar_with_key(&["import"].into_iter().chain(files).collect::<Vec<_>>()).output();
    let verb = |up: &Up, verb: &str, options: &[&str]| {
        up.takar_with_key(
            &[&["evaluation", verb, "33.05", "2022", "--lang", "en"], options].concat(),
        )
    };
    verb(&up, "create", &[]).output();
    verb(&up, "withdraw", &["--reason", "merged into another"]).output();
    assert!(up.stop().success());

    let up = Up::start(&data, &[]);
    assert!(verb(&up, "show", &[]).output().contains("State: withdrawn"));
    assert!(up.stop().success());
}

#[test]
fn a_wrong_value_of_an_option_is_told_with_what_is_needed() {
    for (arguments, needed) in [
        (&["report", "33.05", "2022"][..], "--tally"),
        (&["report", "33.05", "2022", "--tally", "governance=9/9"], "--source"),
        (&["report", "33.05", "2022", "--tally", "governance=9"], "governance=9/9"),
        (
            &["moderate", "33.05", "2022", "--source", "x", "--score", "mood=3"],
            "governance, branding",
        ),
        (&["extend", "33.05", "2022", "--reason", "x", "--until", "tomorrow"], "+07:00"),
        (&["publish", "33.05", "2022", "--source", "x", "--letter-number", "1"], "--letter-date"),
        (&["list", "--state", "lost"], "in-review"),
    ] {
        let told = run(&[&["evaluation"], arguments].concat());
        assert_eq!(told.code, Some(2), "{told:?}");
        assert!(told.stderr.contains(needed), "{told:?}");
    }
}

fn json(up: &Up, arguments: &[&str]) -> Value {
    let output = up.takar_with_key(&[arguments, &["--output", "json"]].concat()).output();
    serde_json::from_str(&output).expect("the tool writes JSON")
}
