//! Simulated cycles.

use crate::support::{Up, directory};

// One test, as it owns the `up` that all of it asks.
#[test]
fn cycles_are_simulated_once_the_same_for_a_seed_and_say_so() {
    let directory = directory();
    let up = Up::start(&directory.path().join("data"), &[]);
    let simulate = |seed: &str, cycles: &str| {
        let arguments = ["simulate", "--regions", "514", "--cycles", cycles, "--seed", seed];
        up.takar_with_key(&arguments)
    };
    assert!(simulate("1", "1").output().contains("simulation-1-001"));
    let on = simulate("1", "2");
    assert!(on.stderr.contains("1 simulated cycles made, 1 already there"), "{on:?}");
    let shown = on.output();
    assert!(shown.contains("simulation-1-002") && !shown.contains("simulation-1-001"), "{shown}");

    let csv = up.takar(&["scorecard", "list", "--cycle", "simulation-1-002", "--output", "csv"]);
    assert_eq!(csv.output().lines().count(), 1 + 514);
    let page = |lang: &str| {
        up.takar(&["--lang", lang, "scorecard", "show", "33.05", "simulation-1-002"]).output()
    };
    assert!(page("en").contains("SIMULATED: all figures below are made up."));
    for command in ["summary", "ranking", "shortlist"] {
        let shown = up.takar(&[command, "simulation-1-002"]).output();
        assert!(shown.contains("SIMULATED: all figures below are made up."), "{shown}");
        let csv = up.takar(&[command, "simulation-1-002", "--output", "csv"]).output();
        assert!(csv.lines().skip(1).all(|row| row.contains("true")), "{csv}");
    }
    for (command, columns) in [
        (&["what-if", "simulation-1-002", "--aggregation", "geometric"][..], "rank_after"),
        (&["robustness", "simulation-1-002", "--draws", "100", "--seed", "1"], "median_rank"),
    ] {
        let shown = up.takar_with_key(command).output();
        assert!(shown.contains("SIMULATED: all figures below are made up."), "{shown}");
        let csv = || up.takar_with_key(&[command, &["--output", "csv"]].concat()).output();
        let rows = csv();
        assert!(rows.lines().next().is_some_and(|head| head.contains(columns)), "{rows}");
        assert!(rows.lines().skip(1).all(|row| row.ends_with("simulation-1-002,true")), "{rows}");
        assert_eq!(rows, csv(), "the same seed gives the same");
    }
    let winners = ["--cohort", "smart-governance-2021"];
    let winners = up.takar(&[&["summary", "simulation-1-002"], &winners[..]].concat()).output();
    assert!(winners.contains("Published: 17 of 17 regions"), "{winners}");
    let trend = |more: &[&str]| up.takar(&[&["trend", "33.05"], more].concat()).output();
    assert!(!trend(&[]).contains("simulation"), "a simulated chain must be named");
    assert!(trend(&["--until", "simulation-1-002"]).contains("SIMULATED"));
    // When it was published is another time in each run.
    let page = page("id");
    let lines = page.lines().filter(|line| !line.starts_with("Revisi: "));
    insta::assert_snapshot!("simulated-id", lines.collect::<Vec<_>>().join("\n"));
    assert!(up.stop().success());
}
